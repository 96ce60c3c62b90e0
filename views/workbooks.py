"""A workbook of a figure: a sheet of typed cells, a sheet of notes; text is never a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import xlsxwriter

from views import metadata, numbers, taken
from views.taken import Taken
from views.words import say
from views.written import Field

_SAFE = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def xlsx(what: Taken) -> bytes:
    """The rows in the reader's words and the notes, as one workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _SAFE) as book:
        book.set_properties({
            "title": what.title, "author": "Couvert", "comments": metadata.citation(what),
            "keywords": say("basis.simulated") if what.simulated else "",
        })
        _data(book, taken.fields(what))
        _notes(book, metadata.notes(what))
    return out.getvalue()


def _data(book: Any, fields: Sequence[Field]) -> None:
    """One column a field, cells of the type they hold, numbers as rounded as on the page; absent: an empty cell."""
    sheet = book.add_worksheet(say("exports.sheet_data"))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "font_name": "Arial"})
    for at, field in enumerate(fields):
        look = "#,##0." + "0" * (field.digits or 0)
        style = book.add_format({} if field.digits is None else {"num_format": look.rstrip(".")})
        sheet.write_string(0, at, field.name, head)
        texts = [_write(sheet, row, at, cell, style) for row, cell in enumerate(field.cells, start=1)]
        sheet.set_column(at, at, min(44, max([min(len(field.name), 24), 8, *texts]) + 2))
    rows = max((len(field.cells) for field in fields), default=0)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(rows, 1), max(len(fields) - 1, 0))
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
    if isinstance(cell, datetime):
        sheet.write_datetime(row, at, cell)
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
