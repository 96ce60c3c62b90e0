"""Unusual rises and falls of requests: the published verdict of each area and need, or why there is none."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import INDICATOR
from indicators.alerts import BUDGET, FALSE_DISCOVERIES
from indicators.rates import poisson_limits, rate
from loaders.store import Store
from views import figure, kept, maps, numbers, range_charts, referrals, tables
from views.city import change, change_span, change_tick
from views.figure import Figure
from views.range_charts import Mark
from views.referral_figures import about
from views.tables import Column, Table
from views.words import plural, say

WATCH = INDICATOR["request_alert"]
# Series drawn: those flagged, then those least likely to be chance; all are in the table.
DRAWN = 8


def watched(store: Store) -> pd.DataFrame:
    """One row a series (area × need): both directions of the table `alert` as one verdict.

    Columns: area_id, level, name, need, period [last week watched], weeks, observed and expected [needs; NaN = no
    verdict], ratio with low and high [exact Poisson 95 %], since, tests [directions tested], p_value [the smaller],
    verdict: `more` or `less` (flagged), `passed` (its own limit is passed, not kept among so many tests), `usual`,
    `none` (with status and reason). Flagged first, then least likely to be chance.
    """
    rows = store.alerts()
    if rows.empty:
        return rows.assign(name=[], ratio=[], low=[], high=[], verdict=[], tests=[])
    own = rows.groupby(["area_id", "need"], sort=False)
    out = rows.drop_duplicates(["area_id", "need"]).drop(columns=["direction", "statistic", "threshold", "adjusted"])
    keys = pd.MultiIndex.from_frame(out[["area_id", "need"]])
    out["tests"] = own["p_value"].count().reindex(keys).to_numpy()
    out["p_value"] = own["p_value"].min().reindex(keys).to_numpy()
    passed = own["since"].min().reindex(keys).notna().to_numpy()
    flagged = rows[rows["flagged"]].drop_duplicates(["area_id", "need"]).set_index(["area_id", "need"])
    out["since"] = flagged["since"].reindex(keys).to_numpy()
    found = flagged["direction"].reindex(keys).to_numpy()
    out["verdict"] = pd.Series(found, index=out.index, dtype="object").fillna(
        pd.Series("usual", index=out.index).mask(passed, "passed").mask(out["status"] != "ok", "none")
    )
    low, high = poisson_limits(out["observed"])
    out = out.assign(
        ratio=rate(out["observed"], out["expected"]), low=rate(low, out["expected"]), high=rate(high, out["expected"]),
    )
    names = pd.concat([maps.names(store, level)[["area_id", "name"]] for level in out["level"].unique()])
    out = out.merge(names, on="area_id", how="left")
    return out.sort_values(
        ["flagged", "p_value", "name", "need"], ascending=[False, True, True, True], ignore_index=True,
    )


def series_name(row: pd.Series) -> str:
    """« Aide alimentaire · Verdun »: the need, then the place."""
    return say("referrals.alerts_series", need=referrals.need_name(str(row["need"])), place=row["name"])


def verdict_text(row: pd.Series) -> str:
    """The verdict in words; where there is none, why."""
    words = say(f"referrals.alerts_verdict_{row['verdict']}")
    if row["verdict"] != "none":
        return words
    return say("status.because", word=words, reason=say(f"reason.{row['reason'] or 'not_published'}"))


def label(row: pd.Series, food: list[str]) -> str:
    """A row of the chart, short enough for a phone: the place alone for food in an area, else need and place."""
    return str(row["name"]) if row["level"] != "city" and row["need"] in food else series_name(row)


def mark_text(row: pd.Series) -> str:
    """The gap, and one word more where it is unusual."""
    told = change(row["ratio"])
    return say("referrals.alerts_mark", change=told) if row["flagged"] else told


def alerts_sentence(rows: pd.DataFrame) -> str:
    """How many series are unusual, the first of them, what many tests do by chance, which have no verdict."""
    judged, flagged = rows[rows["verdict"] != "none"], rows[rows["verdict"].isin(["more", "less"])]
    weeks, total = numbers.count(rows["weeks"].iloc[0]), numbers.count(len(judged))
    told = []
    if judged.empty:
        told.append(say("referrals.alerts_no_verdict"))
    elif flagged.empty:
        told.append(say("referrals.alerts_all_usual", weeks=weeks, total=total))
    else:
        told.append(plural("referrals.alerts_flagged", len(flagged), n=numbers.count(len(flagged)), weeks=weeks,
                           total=total))
        told += [say(
            f"referrals.alerts_one_{row['verdict']}", series=series_name(row), observed=numbers.count(row["observed"]),
            expected=numbers.count(row["expected"]), since=numbers.day(row["since"]), change=change(row["ratio"]),
            span=change_span(row["low"], row["high"]),
        ) for _, row in flagged.head(3).iterrows() if pd.notna(row["since"])]
    passed = int((rows["verdict"] == "passed").sum())
    if passed:
        told.append(plural("referrals.alerts_passed", passed, n=numbers.count(passed),
                           tests=numbers.count(rows["tests"].sum()),
                           chance=numbers.count(BUDGET * float(rows["tests"].sum()))))
    absent = int((rows["verdict"] == "none").sum())
    if absent and len(judged):
        told.append(plural("referrals.alerts_none_for", absent, n=numbers.count(absent)))
    return " ".join([*told, say("referrals.alerts_hidden_week")])


def alerts_table(rows: pd.DataFrame) -> Table:
    """Every series: noted and expected, the ratio with its range, the verdict and since when."""
    cells = [row for _, row in rows.iterrows()]
    absent = rows["observed"].isna().tolist()
    word = [tables.status_word(str(status)) for status in rows["status"]]
    return Table([
        Column(say("table.area"), rows["name"].tolist(), "head",
               under=[referrals.need_name(str(x)) for x in rows["need"]], under_name=say("referrals.needs_need")),
        Column(say("referrals.alerts_verdict"), [verdict_text(row) for row in cells], "text"),
        Column(say("referrals.alerts_observed"), [
            w if a else numbers.count(x) for x, a, w in zip(rows["observed"], absent, word)], "number", words=absent),
        Column(say("referrals.alerts_expected"), [
            "" if a else numbers.count(x) for x, a in zip(rows["expected"], absent)], "number", second=True),
        Column(say("referrals.alerts_gap"), [
            "" if a else f"{change(row['ratio'])} ({change_span(row['low'], row['high'])})"
            for row, a in zip(cells, absent)], "number", second=True),
        Column(say("referrals.alerts_since"), [
            numbers.iso(x) if pd.notna(x) else "" for x in rows["since"]], "text", second=True),
    ], rows.drop(columns=["flagged", "dataset_id"]), say("referrals.alerts_caption"))


def alerts_figure(store: Store) -> Figure:
    """Requests noted against those expected, the series least likely to be chance first."""
    rows, title = watched(store), say("referrals.alerts_title")
    if rows.empty:
        none = store.referral_cuts().empty
        shared = {} if none else about(store)
        empty = say("referrals.alerts_empty_none" if none else "referrals.alerts_empty")
        return Figure("alerts", title, "", empty=empty, indicator=WATCH, **shared)
    sentence, bases = alerts_sentence(rows), rows["basis"].unique().tolist()
    drawn = rows[rows["ratio"].notna()].head(max(DRAWN, int(rows["flagged"].sum())))

    marks = [Mark(
        label(row, store.setting("food_needs")), row["ratio"] - 1, mark_text(row), row["low"] - 1, row["high"] - 1,
        row["verdict"] if row["verdict"] in ("more", "less") else "unclear",
        hover=say("referrals.alerts_hover", series=series_name(row), observed=numbers.count(row["observed"]),
                  expected=numbers.count(row["expected"]), verdict=verdict_text(row)),
    ) for _, row in drawn.iterrows()]
    chart = kept.chart(
        lambda dark: range_charts.drawn(marks, change_tick, simulated="simulated" in bases, dark=dark),
        key="alerts", alt=figure.alt_of(sentence, say("referrals.alerts_alt", n=numbers.count(len(drawn)))),
    )

    def draw() -> None:
        st.html(f'<p class="cv-source">{say("referrals.alerts_place_alone")}</p>')
        chart()

    share = {"budget": numbers.percent(BUDGET, 0), "false": numbers.percent(FALSE_DISCOVERIES, 0)}
    return Figure(
        "alerts", title, sentence, draw=draw if len(drawn) else figure.nothing, table=alerts_table(rows), bases=bases,
        indicator=WATCH, name=("city-and-areas", "week"),
        **about(store, method=say("referrals.alerts_method", **share)),
    )
