"""Where the change since a year ago comes from: by need, and by area for food."""

from __future__ import annotations

from collections.abc import Callable
"""What changed since the previous version: city numbers, the largest moves by area, services, sources."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from indicators.rates import rate
from indicators.trends import change_parts
from loaders.store import Store
from views import figure, kept, numbers, range_charts, referrals
from views.city import why_none, year_pair
from views.figure import Figure
from views.range_charts import Mark
from views.referral_figures import about
from views.tables import Column, Table, status_word
from views.words import plural, say

# Rows drawn on each side; all are in the table.
DRAWN = 7
SIDES = ("need", "area")


def by_need(store: Store) -> pd.DataFrame:
    """Needs of the city in the last 52 weeks against the 52 before: need, now, before, change with its range, status.

    Where a week is hidden there is no change, only the widest its bounds allow (a hidden week holds more than none
    and less than `smallest`); where one is missing, or there are not two years, no limits either.
    """
    rows = referrals.cut(store, referrals.WEEKLY)
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
        told.append({"need": need, **_bounds(parts, int(store.setting("smallest")))})
    frame = pd.DataFrame(told)
    out = change_parts(frame)
    wide = frame["status"] == "suppressed"
    out["change_low"] = out["change_low"].mask(wide, frame["now_low"] - frame["before_high"])
    out["change_high"] = out["change_high"].mask(wide, frame["now_high"] - frame["before_low"])
    return out.drop(columns=["now_low", "now_high", "before_low", "before_high"])


def _bounds(parts: dict[str, pd.DataFrame], smallest: int) -> dict[str, object]:
    """Both years of one need: count [NaN where part of it is hidden or missing], least, most, status of the worst."""
    out: dict[str, object] = {"status": "ok"}
    for name, rows in parts.items():
        hidden, seen = int((rows["status"] == "suppressed").sum()), float(rows["count"].sum())
        whole = len(rows) - int((rows["count"].isna() & (rows["status"] != "suppressed")).sum()) >= referrals.YEAR
        out[name] = seen if whole and not hidden else float("nan")
        out[f"{name}_low"] = seen if whole else float("nan")
        out[f"{name}_high"] = seen + smallest * hidden if whole else float("nan")
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
    """The range of a change, both signs written; empty without limits."""
    if not numbers.known(low) or not numbers.known(high):
        return ""
    first, last = signed(float(low)), signed(float(high))  # type: ignore[arg-type]
    return last if first == last else say("number.span", low=first, high=last)


def changes_sentence(frame: pd.DataFrame, level: str) -> str:
    """The need, then the area, whose count moved most; its share of the city's change; what cannot be told."""
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
    drawn = frame[frame["change"].notna() | frame["change_low"].notna()]
    if drawn.empty:
        why = why_none(store)
        shared = about(store) if why != "none" else {}
        return Figure("changes", title, "", empty=say(f"referrals.changes_empty_{why}"), **shared)
    sentence, bases = changes_sentence(frame, level), store.referral_cuts()["basis"].unique().tolist()

    sides: dict[str, Callable[[], object]] = {}
    for name in SIDES:
        marks = [mark(row) for _, row in drawn[drawn["side"] == name].head(DRAWN).iterrows()]
        head = say(f"referrals.changes_head_{name}")
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
        name=("city", level), **about(store, method=say("referrals.changes_method")),
from loaders.store import Store
from views import numbers, overview, sources
from views.city import ASKED, city_row, reach_of
from views.figure import Figure
from views.tables import Column, Table
from views.words import local, plural, say

AREAS, NAMED = 3, 4  # areas and services told by name


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: what, before, now, by how much [words], and where to read on [HTML address]."""

    kind: str
    what: str
    before: str
    now: str
    by: str
    href: str


def changes(now: Store, then: Store) -> list[Change]:
    """Every change a reader would see: numbers first, then areas, services, sources. Cached by the two versions."""
    return _changes(now.edition, now.version, then.version, local("fr", "en"), now, then)


@st.cache_data(max_entries=32, show_spinner=False)
def _changes(edition: str, version: str, before: str, spoken: str, _now: Store, _then: Store) -> list[Change]:  # noqa: ARG001
    return [*city(_now, _then), *areas(_now, _then), *services(_now, _then), *datasets(_now, _then)]


# --- numbers ------------------------------------------------------------------------------------------------


def signed(by: float, shown: str) -> str:
    """A change with its sign always written."""
    return f"+{shown}" if by > 0 else shown


def city(now: Store, then: Store) -> list[Change]:
    """The city's numbers that do not read as they did: people in need, people out of reach, requests, the survey."""
    asked = (
        ("need", overview.NEED.id, "", "gap_map", {"indicator": overview.NEED.id}),
        ("far", overview.FAR.id, reach_of(now), "gap_map", {"indicator": overview.FAR.id}),
        ("asked", ASKED.id, "", "referrals", {}),
    )
    found = []
    for name, indicator, setting, page, chosen in asked:
        rows = [city_row(store, indicator, setting) for store in (then, now)]
        pair = [None if row is None else float(row["numerator"]) for row in rows]
        words = numbers.count if name == "asked" else _people
        one = _moved(say(f"overview.changes_{name}", reach=numbers.metres(now.setting("reach_m"))), pair, words)
        if one is not None:
            found.append(Change("number", *one, overview.address(page, **chosen)))
    pair = [_survey(store) for store in (then, now)]
    one = _moved(say("overview.changes_survey"), pair, numbers.percent, points=True)
    return found if one is None else [*found, Change("number", *one, overview.address("data_library"))]


def _people(value: float) -> str:
    return numbers.people(value, city=True)


def _survey(store: Store) -> float | None:
    rows = overview.series(store).dropna(subset=["percent"]).sort_values("reference_year")
    return None if rows.empty else float(rows["percent"].iloc[-1]) / 100


def _moved(what: str, pair: list[float | None], words: Any, *, points: bool = False) -> tuple[str, str, str, str] | None:
    """What, before, now and by how much, in words; None where both read the same."""
    shown = [say("overview.unknown") if x is None else words(x) for x in pair]
    if shown[0] == shown[1]:
        return None
    then, now = pair
    if then is None or now is None:
        return what, shown[0], shown[1], ""
    by = now - then
    return what, shown[0], shown[1], signed(by, numbers.value(by, "points") if points else words(by))


def areas(now: Store, then: Store) -> list[Change]:
    """The areas whose people out of reach moved most, by at least a hundred people as shown."""
    level, setting = str(now.settings["default_level"]), reach_of(now)
    pair = [store.indicator(overview.FAR.id, level, setting) for store in (then, now)]
    before, after = (rows[rows["status"] == "ok"].set_index("area_id")["numerator"] for rows in pair)
    both = pd.DataFrame({"before": before, "after": after}).dropna()
    both["by"] = both["after"] - both["before"]
    both = both[both["by"].abs() >= 50].sort_values("by", key=abs, ascending=False, kind="stable").head(AREAS)
    names = now.areas(level).set_index("area_id")[local("name_fr", "name_en")]
    return [
        Change(
            "area", say("overview.changes_area", name=names.get(area_id, area_id)), numbers.people(row["before"]),
            numbers.people(row["after"]), signed(row["by"], numbers.people(row["by"])),
            overview.address("gap_map", area=str(area_id), level=level, indicator=overview.FAR.id),
        )
        for area_id, row in both.iterrows()
    ]


# --- services and sources -----------------------------------------------------------------------------------


def services(now: Store, then: Store) -> list[Change]:
    """Food services listed in one version only, by name, and how many listings there were and are."""
    kind = str(now.setting("food_kind"))
    rows = [store.services(kind).drop_duplicates("service_id").set_index("service_id")["name"] for store in (then, now)]
    before, after = rows
    new, gone = after[~after.index.isin(before.index)], before[~before.index.isin(after.index)]
    if new.empty and gone.empty:
        return []
    told = [plural(f"overview.changes_{key}", len(names), n=numbers.count(len(names)), list=_listed(names))
            for key, names in (("new", new), ("gone", gone)) if len(names)]
    by = len(after) - len(before)
    href = overview.address("services" if overview.has_page("services") else "gap_map")
    return [Change(
        "service", f"{say('overview.changes_services')} {' '.join(told)}", numbers.count(len(before)),
        numbers.count(len(after)), signed(by, numbers.count(by)), href,
    )]


def _listed(names: pd.Series) -> str:
    first = ", ".join(sorted(str(name) for name in names)[:NAMED])
    return f"{first}…" if len(names) > NAMED else first


def datasets(now: Store, then: Store) -> list[Change]:
    """Sources added, taken out, or whose files are not the same bytes."""
    marks = []
    for store in (then, now):
        rows = store.ledger()
        rows = rows[rows["encoding"] != "absent"]
        marks.append({str(name): frozenset(own["sha256"]) for name, own in rows.groupby("dataset_id")})
    told = {str(row.dataset_id): row for store in (then, now) for row in sources.datasets(store).itertuples()}
    found = []
    for name in sorted({*marks[0], *marks[1]}):
        was, here = marks[0].get(name), marks[1].get(name)
        if was == here:
            continue
        row: Any = told[name]
        key = "added" if was is None else "removed" if here is None else "updated"
        before = "" if was is None else _reference(then, name)
        after = "" if here is None else _reference(now, name)
        found.append(Change(
            "source", str(row.title), before, after, say(f"overview.changes_{key}"),
            overview.address("data_library", dataset=name) if here is not None else overview.address("data_library"),
        ))
    return found


def _reference(store: Store, name: str) -> str:
    rows = sources.datasets(store).set_index("dataset_id")
    return str(rows.loc[name, "reference"]) if name in rows.index else ""


# --- the block ----------------------------------------------------------------------------------------------


def figure_of(now: Store, then: Store | None) -> Figure:
    """What changed, each line linked to the page that says more; or why there is nothing to compare."""
    title = say("overview.changes_title")
    onward = overview.onward("data_library", "overview.changes_go")
    common: dict[str, Any] = {
        "id": "changes", "title": title, "source_plain": say("overview.changes_own"),
        "source": f'<p class="cv-source">{html.escape(say("overview.changes_own"))}</p>{onward}',
    }
    if then is None:
        day = numbers.version_day(now.version)
        return Figure(**common, sentence="", empty=say("overview.changes_one", day=day))
    day, rows = numbers.version_day(then.version), changes(now, then)
    name = say("overview.changes_since", day=day, version=then.version)
    if not rows:
        return Figure(**common, sentence="", empty=f"{name} {say('overview.changes_none')}")
    moved = sum(row.kind == "number" for row in rows)
    told = plural("overview.changes_numbers", moved, n=numbers.count(moved)) if moved else say("overview.changes_same")
    columns = [
        Column(title, [row.what for row in rows], "head", html=[
            f'<a href="{html.escape(row.href)}" target="_self">{html.escape(row.what)}</a>' for row in rows
        ]),
        Column(say("overview.changes_before"), [row.before for row in rows], "number", second=True),
        Column(say("overview.changes_now"), [row.now for row in rows], "number", second=True),
        Column(say("overview.changes_by"), [row.by for row in rows], "number"),
    ]
    export = pd.DataFrame([vars(row) for row in rows]).drop(columns="href")
    return Figure(
        **common, sentence=f"{name} {told}", table=Table(columns, export, say("table.caption", title=title)),
        name=(then.version,),
    )
