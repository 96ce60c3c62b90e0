"""Tables of the page on requests: weeks, needs, years and areas, with hidden and missing counts as words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from views import city, numbers, referrals, tables
from views.tables import Column, Table
from views.words import local, say


def weeks_table(frame: pd.DataFrame, events: pd.DataFrame) -> Table:
    """Every week, newest first, with the year before and what happened that week."""
    rows = frame.iloc[::-1].reset_index(drop=True)
    names = dict.fromkeys(range(len(rows)), "")
    happened: list[Any] = list(events.itertuples())
    for event in happened:
        inside = rows.index[(rows["period"] <= event.date) & (rows["period"] > event.date - pd.Timedelta(days=7))]
        title = event.title_fr if local("fr", "en") == "fr" else event.title_en
        names.update({i: str(title) for i in inside})

    columns = [
        Column(say("referrals.weeks_week"), [numbers.iso(day) for day in rows["period"]], "head"),
        Column(
            say("referrals.weeks_count"), _counts(rows, "count", "status"), "number",
            words=rows["count"].isna().tolist(),
        ),
        Column(
            say("referrals.weeks_count_before"), _counts(rows, "before", "before_status"), "number",
            words=rows["before"].isna().tolist(),
        ),
        Column(say("referrals.weeks_events"), list(names.values()), "text", second=True),
    ]
    return Table(columns, rows.assign(event=list(names.values())), say("referrals.weeks_caption"))


def _counts(rows: pd.DataFrame, column: str, status: str, reason: str = "") -> list[str]:
    """Counts in words; where there is none, what its status says (`ok` without a count is missing)."""
    reasons = rows[reason] if reason else [None] * len(rows)
    return [
        numbers.count(x) if numbers.known(x) else tables.status_word("missing" if word == "ok" else word, why)
        for x, word, why in zip(rows[column], rows[status], reasons)
    ]



def told(value: float, low: float, high: float) -> str:
    """A count in words, or its limits where weeks are hidden."""
    if numbers.known(value):
        return numbers.count(value)
    if not numbers.known(high):  # a missing week: what was counted is the least, if anything was
        return say("number.at_least", value=numbers.count(low)) if numbers.known(low) and low else say("status.missing")
    return say("number.span", low=numbers.count(low), high=numbers.count(high))



def share(value: float, low: float, high: float, *, hidden: bool) -> str:
    """An unmet share in words, or its limits; a word where weeks are hidden, or missing, and nothing limits them."""
    if numbers.known(value):
        return numbers.percent(value)
    return numbers.span(low, high, "share") or say("status.suppressed" if hidden else "status.missing")



def needs_table(frame: pd.DataFrame) -> Table:
    """Every need: count, unmet share, range."""
    rows: list[Any] = list(frame.itertuples())
    columns = [
        Column(say("referrals.needs_need"), [referrals.need_name(r.need) for r in rows], "head"),
        Column(say("referrals.needs_count"), [told(r.count, r.low, r.high) for r in rows], "number", under=[
            told(float("nan"), r.low, r.high) if numbers.known(r.count) else "" for r in rows
        ]),
        Column(say("referrals.needs_unmet"), [
            share(r.share, r.share_low, r.share_high, hidden=r.hidden > 0) for r in rows
        ], "number"),
        Column(
            say("referrals.needs_range"), [numbers.span(r.share_low, r.share_high, "share") or "" for r in rows],
            "number", second=True,
        ),
    ]
    return Table(columns, frame, say("referrals.needs_caption"))



def years_table(frame: pd.DataFrame, every: list[int], part: list[int]) -> Table:
    """Needs by name, one column a year; hidden and missing are words."""
    rows = frame.assign(_name=[referrals.need_name(x) for x in frame.index])
    rows = tables.by_name(rows, "_name").rename_axis("need").reset_index()
    columns = [Column(say("referrals.needs_need"), rows["_name"].tolist(), "head")]
    for year in every:
        words = [not isinstance(x, int | float) or not numbers.known(x) for x in rows[year]]
        texts = [
            numbers.count(x) if not word else say(f"status.{x}" if isinstance(x, str) else "status.missing")
            for x, word in zip(rows[year], words)
        ]
        key = "years_year_part" if year in part else "years_year"
        columns.append(Column(say(f"referrals.{key}", year=year), texts, "number", words=words))
    return Table(columns, rows.drop(columns="_name").rename(columns=str), say("referrals.years_caption"))



def areas_table(frame: pd.DataFrame, chosen: str | None) -> Table:
    """Areas by name: rate and range, counts now and a year ago, ratio and verdict."""
    rows = tables.by_name(frame, "name").reset_index(drop=True)
    ok = (rows["status"] == "ok").tolist()
    cells: list[Any] = list(rows.itertuples())

    ratios = [
        f"{city.change(r.ratio)} ({city.change_span(r.ratio_low, r.ratio_high)})"
        if numbers.known(r.ratio) else "" for r in cells
    ]
    rate = [
        numbers.value(r.value, "per_1000") if good else tables.status_word(r.status, r.reason)
        for r, good in zip(cells, ok)
    ]
    columns = [
        Column(say("table.area"), rows["name"].tolist(), "head", under=rows["place"].fillna("").tolist(),
               under_name=say("export.place")),
        Column(say("referrals.areas_rate"), rate, "number", words=[not x for x in ok],
               under=[numbers.span(r.low, r.high, "per_1000") or "" for r in cells]),
        Column(
            say("referrals.areas_now"), _counts(rows, "now", "status", "reason"), "number", second=True,
            words=rows["now"].isna().tolist(),
        ),
        Column(
            say("referrals.areas_before"), _counts(rows, "before", "before_status", "before_reason"), "number",
            second=True, words=rows["before"].isna().tolist(),
        ),
        Column(say("referrals.areas_ratio"), ratios, "number", second=True),
        Column(say("referrals.areas_verdict"), [say(f"referrals.verdict_{r.verdict}") for r in cells], "text"),
    ]
    at = rows.index[rows["area_id"] == chosen].tolist()
    return Table(columns, rows.drop(columns=["fr_in", "en_in"]), say("referrals.areas_caption"), at[0] if at else None)

