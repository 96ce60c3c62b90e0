"""Where the change since a year ago comes from: by need, and by area for food."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from indicators import withheld
from indicators.rates import rate
from indicators.trends import change_parts
from loaders.store import Store
from views import figure, kept, numbers, range_charts, referrals
from views.city import why_none, year_pair
from views.figure import Figure
from views.range_charts import Mark
from views.referral_figures import about, windows
from views.tables import Column, Table, status_word
from views.words import plural, say

# Rows drawn on each side; all are in the table.
DRAWN = 7
SIDES = ("need", "area")


def by_need(store: Store) -> pd.DataFrame:
    """Needs of the city in the last 52 weeks against the 52 before: need, now, before, change with its range, status.

    Where a week is hidden there is no change, only the widest its limits allow (`withheld`): none on the side where
    nothing published limits the week. Where one is missing, or there are not two years, no limits either.
    """
    rows = referrals.limited(store)
    rows = rows[rows["outcome"] == "all"]
    columns = ["need", "now", "before", "status"]
    if rows.empty:
        return change_parts(pd.DataFrame({name: pd.Series(dtype="float64") for name in columns}))
    last, year = rows["period"].max(), pd.Timedelta(weeks=referrals.YEAR)
    told = []
    for need, own in rows.groupby("need"):
        parts = {
            "now": own[own["period"] > last - year],
            "before": own[(own["period"] > last - 2 * year) & (own["period"] <= last - year)],
        }
        told.append({"need": need, **_bounds(parts, int(store.setting("base")))})
    frame = pd.DataFrame(told)
    out = change_parts(frame)
    wide = frame["status"] == "suppressed"
    out["change_low"] = out["change_low"].mask(wide, frame["now_low"] - frame["before_high"])
    out["change_high"] = out["change_high"].mask(wide, frame["now_high"] - frame["before_low"])
    out[["change_low", "change_high"]] = out[["change_low", "change_high"]].where(
        np.isfinite(out[["change_low", "change_high"]])
    )
    return out.drop(columns=["now_low", "now_high", "before_low", "before_high"])


def _bounds(parts: dict[str, pd.DataFrame], base: int) -> dict[str, object]:
    """Both years of one need: count [NaN where part of it is hidden or missing], least, most [infinite where nothing
    limits it], status of the worst."""
    out: dict[str, object] = {"status": "ok"}
    for name, rows in parts.items():
        hidden = bool((rows["status"] == "suppressed").any())
        whole = len(rows) - int((rows["count"].isna() & (rows["status"] != "suppressed")).sum()) >= referrals.YEAR
        low, high = withheld.sum_limits(rows, base)
        out[name] = float(rows["count"].sum()) if whole and not hidden else float("nan")
        out[f"{name}_low"] = low if whole else float("nan")
        out[f"{name}_high"] = high if whole else float("nan")
        if not whole:
            out["status"] = "missing"
        elif hidden and out["status"] == "ok":
            out["status"] = "suppressed"
    return out


def by_area(store: Store) -> tuple[pd.DataFrame, str]:
    """Food requests of twelve months by area against a year ago, and the level: the one with the fewest areas.

    area_id, name, now, before, change with its range, status [of the count that is not known]; no rows without one.
    """
    levels = referrals.area_levels(store)
    if not levels:
        return pd.DataFrame(), ""
    level = min(levels, key=lambda x: len(store.areas(x)))
    rows = referrals.areas(store, level)
    status = rows["status"].where(rows["now"].isna(), rows["before_status"]).mask(
        rows[["now", "before"]].notna().all(axis=1), "ok"
    )
    return change_parts(rows[["area_id", "name", "now", "before"]].assign(status=status.to_numpy())), level


def parts(store: Store) -> tuple[pd.DataFrame, str]:
    """Both sides as one frame: side (`need`, `area`), name, now, before, change, change_low, change_high, status.

    And share, share_low, share_high: the part of the city's change in food requests, for areas, where that change is
    clear (taken as known); NaN elsewhere.
    """
    needs, (areas, level) = by_need(store), by_area(store)
    needs = needs.assign(side="need", name=[referrals.need_name(str(x)) for x in needs["need"]])
    frame = pd.concat([needs, areas.assign(side="area")], ignore_index=True) if len(areas) else needs
    total = city_change(store) if len(areas) else float("nan")
    for share, part in (("share", "change"), ("share_low", "change_low"), ("share_high", "change_high")):
        whole = pd.Series(total, index=frame.index).where(frame["side"] == "area")
        frame[share] = rate(frame[part], whole)
    if total < 0:  # a fall: the deeper limit of a part is the larger share
        frame[["share_low", "share_high"]] = frame[["share_high", "share_low"]].to_numpy()
    return frame.sort_values(
        ["side", "change", "name"], key=lambda x: -x.abs() if x.name == "change" else x, ignore_index=True,
    ), level


def city_change(store: Store) -> float:
    """The city's change in food requests since a year ago [needs]; NaN where it is not clear or not known."""
    row = year_pair(store, "city")
    if row.empty or row["verdict"].iloc[0] not in ("more", "less"):
        return float("nan")
    return float(row["now"].iloc[0] - row["before"].iloc[0])


def signed(value: float) -> str:
    """A change in a count, its sign always written: « +120 », « −35 »."""
    shown = numbers.count(value)
    return f"+{shown}" if value > 0 and shown != numbers.count(0) else shown


def signed_span(low: object, high: object) -> str:
    """The range of a change, its signs written; one limit where there is no other, empty without any."""
    if not numbers.known(low) or not numbers.known(high):
        for limit, key in ((low, "number.at_least"), (high, "number.at_most")):
            if numbers.known(limit):
                return say(key, value=signed(float(limit)))  # type: ignore[arg-type]
        return ""
    first, last = signed(float(low)), signed(float(high))  # type: ignore[arg-type]
    return last if first == last else say("number.span", low=first, high=last)


def changes_sentence(frame: pd.DataFrame, level: str) -> str:
    """Among clear changes, the largest need, then area; its share of the city's change; what cannot be told."""
    told = []
    for name in SIDES:
        own = frame[(frame["side"] == name) & frame["change"].notna()]
        sure = own[(own["change_low"] > 0) | (own["change_high"] < 0)]
        if len(sure):
            row = sure.iloc[0]
            told.append(say(f"referrals.changes_{name}", name=row["name"], change=signed(row["change"]),
                            span=signed_span(row["change_low"], row["change_high"])))
            if numbers.known(row["share"]):
                told.append(say("referrals.changes_share", share=numbers.percent(row["share"]),
                                span=numbers.span(row["share_low"], row["share_high"], "share")))
        elif len(own):
            told.append(say(f"referrals.changes_{name}_unclear"))
    absent = frame[frame["change"].isna() & (frame["status"] != "not_applicable")]
    for name in SIDES:
        n = int((absent["side"] == name).sum())
        if n:
            total = plural(f"level_n.{level}", n, n=numbers.count(n)) if name == "area" else numbers.count(n)
            told.append(plural(f"referrals.changes_{name}_absent", n, n=total))
    return " ".join(told)


def changes_table(frame: pd.DataFrame) -> Table:
    """Every need, then every area: both counts, change and range, share of the city's change."""
    known = frame["change"].notna().tolist()
    cells = [row for _, row in frame.iterrows()]
    return Table([
        Column(say("referrals.changes_what"), frame["name"].tolist(), "head",
               under=[say(f"referrals.changes_side_{side}") for side in frame["side"]]),
        Column(say("referrals.changes_change"), [
            signed(row["change"]) if ok else status_word(row["status"]) for row, ok in zip(cells, known)
        ], "number", words=[not ok for ok in known]),
        Column(say("table.range"), [signed_span(row["change_low"], row["change_high"]) for row in cells], "number"),
        *(Column(say(f"referrals.areas_{name}"), [
            numbers.count(row[name]) if numbers.known(row[name]) else "" for row in cells
        ], "number", second=True) for name in ("now", "before")),
        Column(say("referrals.changes_part"), [
            f"{numbers.percent(row['share'])} ({numbers.span(row['share_low'], row['share_high'], 'share')})"
            if numbers.known(row["share"]) and numbers.known(row["share_low"]) else "" for row in cells
        ], "number", second=True),
    ], frame.drop(columns=[x for x in ("need", "area_id") if x in frame]), say("referrals.changes_caption"))


def mark(row: pd.Series) -> Mark:
    """One row of the chart: the change, or its bounds alone where a week is hidden."""
    ok = numbers.known(row["change"])
    return Mark(
        row["name"], row["change"] if ok else None, signed(row["change"]) if ok else say("short.suppressed"),
        row["change_low"], row["change_high"], range_charts.side(row["change_low"], row["change_high"]),
        hover=say("referrals.changes_hover", name=row["name"], now=_told(row["now"]), before=_told(row["before"])),
    )


def _told(count: float) -> str:
    return numbers.count(count) if numbers.known(count) else say("short.suppressed")


def changes_figure(store: Store) -> Figure:
    """Changes in counts, by need on the left, by area for food on the right."""
    frame, level = parts(store)
    title = say("referrals.changes_title")
    drawn = frame[frame[["change", "change_low", "change_high"]].notna().any(axis=1)]
    if drawn.empty:
        why = why_none(store)
        shared = about(store) if why != "none" else {}
        return Figure("changes", title, "", empty=say(f"referrals.changes_empty_{why}"), **shared)
    sentence, bases = changes_sentence(frame, level), store.referral_cuts()["basis"].unique().tolist()

    sides: dict[str, Callable[[], object]] = {}
    for name in SIDES:
        marks = [mark(row) for _, row in drawn[drawn["side"] == name].head(DRAWN).iterrows()]
        head = say(f"referrals.changes_head_{name}", weeks=referrals.YEAR)
        if marks:
            sides[head] = kept.chart(
                lambda dark, marks=marks: range_charts.drawn(marks, signed, simulated="simulated" in bases, dark=dark),
                key=f"changes_{name}", alt=figure.alt_of(sentence, say("referrals.changes_alt", what=head)),
            )

    def draw() -> None:
        for column, (head, one) in zip(st.columns(len(sides), gap="large"), sides.items()):
            with column:
                st.html(f'<p class="cv-source"><b>{head}</b></p>')
                one()

    return Figure(
        "changes", title, sentence, draw=draw, table=changes_table(frame), bases=bases,
        name=("city", level), **about(store, method=f"{say('referrals.changes_method')} {windows(store)}".strip()),
    )
