"""Requests beside the need estimated: where little is asked for it, said with care."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from indicators import INDICATOR
from loaders.store import Store
from views import figure, kept, maps, numbers, overview, range_charts, referrals, sources, tables
from views.figure import Figure
from views.range_charts import Mark
from views.sentences import place_in
from views.tables import Column, Table
from views.words import cap, language, plural, say

RATIO = INDICATOR["awareness_ratio"]
# Areas drawn, least asked for their need first; all are in the table and on the map.
DRAWN = 10


def asked(store: Store, level: str) -> pd.DataFrame:
    """The result shape and reason, name, place, fr_in, en_in and kind (`less`: surely fewer requests than expected).

    Least asked for the need first, areas without a value last.
    """
    rows = store.indicator(RATIO.id, level)
    rows["kind"] = [range_charts.side(low, high, 1.0) for low, high in zip(rows["low"], rows["high"])]
    rows = rows.merge(maps.names(store, level)[["area_id", "name", "place", "fr_in", "en_in"]], on="area_id")
    return rows.sort_values(["value", "name"], na_position="last", ignore_index=True)


def awareness_sentence(rows: pd.DataFrame, level: str, chosen: str | None) -> str:
    """How many areas ask less than their need leads to expect, the lowest by name, or the chosen one; never why."""
    one = rows[rows["area_id"] == chosen]
    if len(one):
        return " ".join([_area(one.iloc[0]), say("referrals.asked_little")])
    ok = rows[rows["value"].notna()]
    few = ok[ok["kind"] == "less"]
    told = [plural(
        "referrals.asked_all", len(few), n=numbers.count(len(few)), more=numbers.count((ok["kind"] == "more").sum()),
        total=plural(f"level_n.{level}", len(ok), n=numbers.count(len(ok))),
    )]
    if len(few):
        told.append(say("referrals.asked_lowest", names=" · ".join(few["name"].head(3))))
    absent = int((rows["value"].isna() & (rows["status"] != "not_applicable")).sum())
    if absent:
        told.append(plural("referrals.asked_absent", absent, n=numbers.count(absent)))
    return " ".join([*told, say("referrals.asked_little")])


def _area(row: pd.Series) -> str:
    place = cap(place_in(row))
    if row["status"] != "ok":
        return say("referrals.area_hidden", place=place, word=tables.status_word(row["status"], row["reason"]).lower())
    return say(
        f"referrals.asked_area_{row['kind']}", place=place, n=numbers.count(row["numerator"]),
        expected=numbers.count(row["denominator"]), times=numbers.times(row["value"]),
        span=numbers.span(row["low"], row["high"], "ratio"),
    )


def awareness_table(rows: pd.DataFrame, chosen: str | None) -> Table:
    """Areas by name: ratio and range, requests noted and expected."""
    frame = tables.by_name(rows, "name").reset_index(drop=True)
    ok = (frame["status"] == "ok").tolist()
    cells = [row for _, row in frame.iterrows()]
    at = frame.index[frame["area_id"] == chosen].tolist()
    return Table([
        Column(say("table.area"), frame["name"].tolist(), "head", under=frame["place"].fillna("").tolist(),
               under_name=say("export.place")),
        Column(RATIO.title.of(language()), [
            numbers.times(row["value"]) if good else tables.status_word(row["status"], row["reason"])
            for row, good in zip(cells, ok)], "number", words=[not good for good in ok]),
        Column(say("table.range"), [
            numbers.span(row["low"], row["high"], "ratio") or "" for row in cells], "number"),
        Column(say("referrals.alerts_observed"), [
            numbers.count(row["numerator"]) if good else "" for row, good in zip(cells, ok)], "number", second=True),
        Column(say("referrals.alerts_expected"), [
            numbers.count(row["denominator"]) if good else "" for row, good in zip(cells, ok)], "number", second=True),
    ], frame.drop(columns=["fr_in", "en_in"]), say("table.caption", title=RATIO.title.of(language())),
        at[0] if at else None)


def awareness_figure(store: Store, held: str, chosen: str | None) -> Figure:
    """Ratios of requests to need at the level `held` above, least first; the area `chosen` is always drawn."""
    levels = [level for level in referrals.area_levels(store) if RATIO.id in store.offered(level)]
    title = RATIO.question.of(language())
    if not levels:
        return Figure("asked", title, "", empty=say("referrals.asked_empty"), indicator=RATIO)
    level = held if held in levels else levels[0]
    rows = asked(store, level)
    sentence, bases = awareness_sentence(rows, level, chosen), rows["basis"].dropna().unique().tolist()
    known = rows[rows["value"].notna()]
    drawn = known[(known.index < DRAWN) | (known["area_id"] == chosen)]
    marks = [Mark(
        row["name"], row["value"], numbers.times(row["value"]), row["low"], row["high"], row["kind"],
        hover=say("referrals.asked_hover", name=row["name"], n=numbers.count(row["numerator"]),
                  expected=numbers.count(row["denominator"])),
    ) for _, row in drawn.iterrows()]
    chart = kept.chart(
        lambda dark: range_charts.drawn(marks, numbers.times, at=1.0, simulated="simulated" in bases, dark=dark),
        key="asked", alt=figure.alt_of(sentence, say("referrals.asked_alt", n=numbers.count(len(drawn)))),
    )

    def draw() -> None:
        if marks:
            chart()
        else:  # words, not `empty`: another level may have values, and the table says why
            st.html(f'<div class="cv-empty">{figure.rich(say("referrals.asked_masked"))}</div>')
        link = overview.address("gap_map", indicator=RATIO.id, level=level)
        st.html(f'<p class="cv-source"><a href="{html.escape(link)}" target="_self">'
                f"{html.escape(say('referrals.asked_map'))}</a></p>")

    behind = list(dict.fromkeys([*sources.behind(store, RATIO), *sources.behind(store, overview.NEED)]))
    return Figure(
        "asked", title, sentence, draw=draw, table=awareness_table(rows, chosen), bases=bases, indicator=RATIO,
        name=(level,), source=sources.line(store, behind, method=say("referrals.asked_method")),
        source_plain=sources.plain(store, behind),
    )
