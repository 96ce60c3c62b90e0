"""What requests did around dated events, against a need the event should not touch."""

from __future__ import annotations

import pandas as pd

from indicators.events import LEAST_AROUND
from loaders.store import Store
from views import figure, kept, numbers, range_charts, referrals, tables
from views.city import change, change_span, change_tick
from views.figure import Figure
from views.range_charts import Mark
from views.referral_figures import about
from views.tables import Column, Table
from views.words import local, plural, say

# Events told in the sentence, the newest; all are drawn and in the table.
TOLD = 2


def effects(store: Store) -> pd.DataFrame:
    """The published effects, newest first: the columns of `event_effect`, title [reader's language], ratio's side.

    `verdict`: `more` or `less` where the range leaves 1 out, `unclear` where it holds it, `none` without a value.
    """
    rows = store.event_effects()
    rows["title"] = [local(row.title_fr, row.title_en or row.title_fr) for row in tables.records(rows)]
    rows["verdict"] = [
        range_charts.side(low, high, 1.0) if status == "ok" else "none"
        for low, high, status in zip(rows["low"], rows["high"], rows["status"])
    ]
    return rows.sort_values(["date", "title"], ascending=[False, True], ignore_index=True)


def needs_in_words(need: str) -> str:
    """Needs joined by commas in the file, in the reader's words."""
    return ", ".join(referrals.need_name(one).lower() for one in need.split(", "))


def events_sentence(rows: pd.DataFrame) -> str:
    """What was observed after the newest events, which cannot be told; never why."""
    told = []
    for _, row in rows[rows["verdict"] != "none"].head(TOLD).iterrows():
        told.append(say(
            f"referrals.events_{row['verdict']}", title=row["title"], day=numbers.day(row["date"]),
            change=change(row["value"]), span=change_span(row["low"], row["high"]),
        ))
    absent = int((rows["verdict"] == "none").sum())
    if absent:
        told.append(plural("referrals.events_none_for", absent, n=numbers.count(absent), least=LEAST_AROUND))
    return " ".join([*told, say("referrals.events_link", control=needs_in_words(rows["control"].iloc[0]))])


def events_table(rows: pd.DataFrame) -> Table:
    """Every event: date, noted after, expected, change with range, control need."""
    good = [verdict != "none" for verdict in rows["verdict"]]
    cells = [row for _, row in rows.iterrows()]
    return Table([
        Column(say("referrals.weeks_events"), rows["title"].tolist(), "head",
               under=[numbers.day(day) for day in rows["date"]], under_name=say("written.day")),
        Column(say("referrals.events_change"), [
            change(row["value"]) if ok else tables.status_word(row["status"], row["reason"])
            for row, ok in zip(cells, good)], "number", words=[not ok for ok in good]),
        Column(say("table.range"), [
            change_span(row["low"], row["high"]) if ok else "" for row, ok in zip(cells, good)], "number"),
        Column(say("referrals.events_observed"), [
            numbers.count(row["observed"]) if ok else "" for row, ok in zip(cells, good)], "number", second=True),
        Column(say("referrals.alerts_expected"), [
            numbers.count(row["expected"]) if ok else "" for row, ok in zip(cells, good)], "number", second=True),
        Column(say("referrals.events_control"), [needs_in_words(x) for x in rows["control"]], "text", second=True),
    ], rows.drop(columns=["title_fr", "title_en", "step", "slope"]), say("referrals.events_caption"))


def events_figure(store: Store) -> Figure:
    """A dot an event: food requests after it, against the control need, with their range."""
    rows, title = effects(store), say("referrals.events_title")
    if rows.empty:
        why = "none" if store.events().empty else "weeks"
        return Figure("events", title, "", empty=say(f"referrals.events_empty_{why}"))
    sentence, bases = events_sentence(rows), rows["basis"].unique().tolist()
    drawn = rows[rows["verdict"] != "none"]

    marks = [Mark(
        say("referrals.events_label", title=row["title"], day=numbers.day(row["date"])), row["value"] - 1,
        change(row["value"]), row["low"] - 1, row["high"] - 1, row["verdict"],
        hover=say("referrals.events_hover", title=row["title"], change=change(row["value"]),
                  span=change_span(row["low"], row["high"])),
    ) for _, row in drawn.iterrows()]
    draw = kept.chart(
        lambda dark: range_charts.drawn(marks, change_tick, simulated="simulated" in bases, dark=dark),
        key="events", alt=figure.alt_of(sentence, say("referrals.events_alt")),
    )

    return Figure(
        "events", title, sentence, draw=draw if len(drawn) else figure.nothing, table=events_table(rows), bases=bases,
        name=("city", "week"), **about(store, referrals.WEEKLY, method=say("referrals.events_method")),
    )
