"""Tables of the page on people served: ranges by month and area, who sent what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from indicators import reach
from views import bars, numbers, people, tables
from views.tables import Column, Table
from views.words import say


def range_words(row: Any) -> str:
    """A range in words; « de 40 à 90, ou plus » where a count is missing; a status where there is none."""
    if not numbers.known(row.top):
        return tables.status_word("missing" if row.status == "unknown" else str(row.status))
    told = people.span(row.low, row.top)
    return say("people_served.or_more", span=told) if row.open else told


def open_words(row: Any) -> str:
    """Whether every organization sent its count."""
    if not numbers.known(row.top):
        return ""
    return say("people_served.some_missing" if row.open else "people_served.all_sent")


def overlap_words(row: Any, share: float) -> str:
    """What the reader's overlap would make of a range: about so many, over those who sent a count."""
    if not numbers.known(row.top):
        return ""
    return say("people_served.about", n=numbers.count(round(reach.part_way(row.low, row.top, share))))


def months_table(frame: pd.DataFrame, unit: str) -> Table:
    """Newest month first: range, and whether a count is missing."""
    rows = frame.sort_values("period", ascending=False, ignore_index=True)
    cells = tables.records(rows)
    return Table([
        Column(say("people_served.month"), [people.month_words(r.period) for r in cells], "head"),
        _ranges(cells, unit), Column(say("people_served.counts_sent"), [open_words(r) for r in cells], "text"),
    ], export(rows, unit), say("table.caption", title=say("people_served.months_title")))


def areas_table(frame: pd.DataFrame, unit: str, share: float) -> Table:
    """Areas by name: range, whether a count is missing, and the range cut at the reader's overlap."""
    rows = tables.by_name(frame, "name").reset_index(drop=True)
    cells = tables.records(rows)
    return Table([
        Column(say("table.area"), rows["name"].tolist(), "head"), _ranges(cells, unit),
        Column(say("people_served.counts_sent"), [open_words(r) for r in cells], "text", second=True),
        Column(say("people_served.your_overlap"), [overlap_words(r, share) for r in cells], "number", second=True),
    ], export(rows, unit), say("table.caption", title=say("people_served.areas_title")))


def areas_html(frame: pd.DataFrame, share: float, *, simulated: bool) -> str:
    """A range a row, areas by name [HTML]; a row without a count has a word and no bar."""
    rows = [
        bars.Row(
            str(r.name), people.span(r.low, r.top) if numbers.known(r.top) else range_words(r),
            under=open_words(r) if r.open else "",
            low=float(r.low) if numbers.known(r.top) else None, high=float(r.top) if numbers.known(r.top) else None,
            more=[overlap_words(r, share)],
        ) for r in tables.records(tables.by_name(frame, "name"))
    ]
    heads = ["", say("table.area"), say("people_served.range"), say("people_served.your_overlap")]
    return bars.to_html(rows, heads, say("people_served.areas_title"), simulated=simulated)


def _ranges(cells: Sequence[Any], unit: str) -> Column:
    return Column(
        say(f"people_served.range_{unit}"), [range_words(r) for r in cells], "number",
        words=[not numbers.known(r.top) for r in cells],
    )


def export(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Machine names: low and high_of_sent [in `unit`], every_count_sent; no `value`, for there is none."""
    out = rows.rename(columns={"top": "high_of_sent"}).assign(every_count_sent=~rows["open"].astype("bool"), unit=unit)
    return out.drop(columns="open")


def sent_table(rows: pd.DataFrame) -> Table:
    """Organizations by name: the unit each counts in, and its count; what was not sent is a word, never zero."""
    rows = tables.by_name(rows, "name").reset_index(drop=True)
    known = (rows["count"].notna() & rows["status"].eq("ok")).tolist()
    counts = [
        numbers.count(count) if ok else say(f"people_served.sent_{status}")
        for count, status, ok in zip(rows["count"], rows["status"], known)
    ]
    units = [say(f"people_served.unit_{unit}") if unit else say("people_served.unit_none") for unit in rows["unit"]]
    return Table([
        Column(say("people_served.organization"), rows["name"].tolist(), "head"),
        Column(say("people_served.unit"), units, "text"),
        Column(say("people_served.count"), counts, "number", words=[not ok for ok in known]),
    ], rows, say("table.caption", title=say("people_served.sent_title")))
