"""A workbook of a figure: a sheet of typed cells, a sheet of notes; text is never a formula."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import xlsxwriter

from views import metadata, numbers, taken
from views.taken import Taken
from views.words import say

# How numbers of a unit look; the cell keeps them whole.
_LOOKS = {
    "share": "0.0%", "points": "0.0%", "metres": "#,##0", "per_1000": "0.0", "people": "#,##0", "ratio": "0.0",
    "hours": "0.0", "places_per_need": "0.00", "index": "0.00", "deviations": "0.0",
}
_SAFE = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def xlsx(what: Taken) -> bytes:
    """The rows in the reader's words and the notes, as one workbook."""
    out = io.BytesIO()
    machine, frame = taken.rows(what, words=False), taken.rows(what, words=True)
    with xlsxwriter.Workbook(out, _SAFE) as book:
        book.set_properties({
            "title": what.title, "author": "Couvert", "comments": metadata.citation(what),
            "keywords": say("basis.simulated") if what.simulated else "",
        })
        _data(book, frame, list(machine.columns), what.indicator.unit if what.indicator else "")
        _notes(book, metadata.notes(what))
    return out.getvalue()


def _data(book: Any, frame: pd.DataFrame, names: list[str], unit: str) -> None:
    """One column a field, one row a row, cells of the type they hold; a missing number is an empty cell."""
    sheet = book.add_worksheet(say("exports.sheet_data"))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "font_name": "Arial"})
    for at, (title, name) in enumerate(zip(frame.columns, names)):
        look = _LOOKS.get(unit) if name in ("value", "low", "high") else None
        style = book.add_format({"num_format": look} if look else {})
        sheet.write_string(0, at, str(title), head)
        texts = [_write(sheet, row, at, cell, style) for row, cell in enumerate(frame.iloc[:, at].tolist(), start=1)]
        sheet.set_column(at, at, min(44, max([len(str(title)), 8, *texts]) + 2))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)


def _write(sheet: Any, row: int, at: int, cell: Any, style: Any) -> int:
    """Write one cell by its type; gives the width of its text [characters]."""
    if isinstance(cell, str):
        sheet.write_string(row, at, cell)
        return len(cell)
    if isinstance(cell, (list, tuple)):
        return _write(sheet, row, at, ", ".join(map(str, cell)), style)
    if cell is None or pd.isna(cell):
        sheet.write_blank(row, at, None, style)
        return 0
    if isinstance(cell, bool):
        sheet.write_boolean(row, at, cell)
        return 5
    if isinstance(cell, pd.Timestamp):
        sheet.write_datetime(row, at, cell.to_pydatetime())
        return 10
    if numbers.known(cell):
        sheet.write_number(row, at, float(cell), style)
        return 10
    return _write(sheet, row, at, str(cell), style)


def _notes(book: Any, notes: list[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(say("exports.sheet_notes"))
    bold = book.add_format({"bold": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    last = ""
    for row, (heading, words) in enumerate(notes):
        sheet.write_string(row, 0, "" if heading == last else heading, bold)
        sheet.write_string(row, 1, words, text)
        last = heading
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
