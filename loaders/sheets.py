"""Spreadsheets (.xlsx): one visible sheet as rows of text."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from loaders import archives
from loaders.catalog import LoadError
from loaders.delimited import SEEK
from loaders.records import Part, positions, spoilt


def read(
    path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], *, sheet: str | None = None,
    header: int | None = None, footer: str | None = None, optional: Sequence[str] = (), untrusted: bool = False,
) -> Part:
    """Rows of a sheet (the first visible one where none is named) as text, with `line` [row of the sheet].

    A whole number is written without a point, a date as YYYY-MM-DD; a cell in error (`#N/A`) and a formula that nobody
    computed are empty. Hidden rows are rows. Raises LoadError where the file is not a workbook, has a password, or
    lacks the sheet or a column.
    """
    rows = _rows(path, file, sheet, untrusted)
    names = dict(columns) if isinstance(columns, Mapping) else {name: name for name in columns}
    wanted = {theirs for ours, theirs in names.items() if isinstance(theirs, str) and ours not in optional}
    at = header - 1 if header else next(
        (i for i, row in enumerate(rows[:SEEK]) if wanted and wanted <= {cell.strip() for cell in row}), 0
    )
    if at >= len(rows):
        raise LoadError(f"it has no line {at + 1}", file=file, remedy="Declare the line of the header.")
    found = [cell.strip() for cell in rows[at]]
    where = positions(found, names, set(optional), file, at + 1)
    body = [(line, row) for line, row in enumerate(rows[at + 1 :], start=at + 2)]
    left_out = {"preamble": sum(1 for row in rows[:at] if any(row))}
    if footer == "blank":
        end = next((i for i, (_, row) in enumerate(body) if not any(row)), len(body))
        left_out["footer"] = sum(1 for _, row in body[end:] if any(row))
        body = body[:end]
    body = [(line, row) for line, row in body if any(cell.strip() for cell in row)]
    faults = [fault for line, row in body if (fault := spoilt(line, [row[i] for i in where.values()]))]
    bad = {fault.line for fault in faults}
    kept = [(line, row) for line, row in body if line not in bad]
    table: dict[str, Any] = {"line": pa.array([line for line, _ in kept], pa.int64())}
    for ours in names:
        at_column = where.get(ours)
        table[ours] = pa.array(["" if at_column is None else row[at_column] for _, row in kept], pa.string())
    left_out = {rule: count for rule, count in left_out.items() if count}
    return Part(pa.table(table), len(body) + sum(left_out.values()), left_out, faults)


def top(path: Path, file: str) -> list[list[str]]:
    """The first rows of the first visible sheet of a workbook nobody has described."""
    return _rows(path, file, None, untrusted=True)[:SEEK]


def _rows(path: Path, file: str, sheet: str | None, untrusted: bool) -> list[list[str]]:
    with path.open("rb") as handle:
        start = handle.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise LoadError(
            "it is an old .xls workbook, or one with a password", file=file,
            remedy="Save it again as .xlsx, without a password.",
        )
    if not start.startswith(b"PK\x03\x04"):
        raise LoadError("it is not a workbook", file=file, remedy="Name it by what it is, or save it as .xlsx.")
    member = archives.split(file)[1]
    inside = None
    if member:
        with archives.opened(path, member, untrusted=untrusted) as stream:
            inside = io.BytesIO(stream.read())
    if untrusted:
        archives.inspect_workbook(inside or path, file)
    try:
        book = calamine.CalamineWorkbook.from_filelike(inside) if inside else calamine.CalamineWorkbook.from_path(path)
        visible = [s.name for s in book.sheets_metadata if s.visible == calamine.SheetVisibleEnum.Visible]
        asked = sheet or (visible[0] if visible else "")
        if asked not in book.sheet_names:
            raise LoadError(
                f"it has no sheet “{asked}”", file=file, remedy=f"It has: {', '.join(visible[:12])}.",
            )
        rows = book.get_sheet_by_name(asked).to_python(skip_empty_area=False)
    except calamine.PasswordError as error:
        raise LoadError("it has a password", file=file, remedy="Save it again without one.") from error
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, OSError) as error:
        raise LoadError("the workbook is broken", file=file, remedy="Open it, save it again as .xlsx.") from error
    if not rows:
        raise LoadError("the sheet is empty", file=file, remedy=f"It has: {', '.join(visible[:12])}.")
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        whole = cell.time() == datetime.time()
        return cell.date().isoformat() if whole else cell.isoformat(" ")
    return "" if cell is None else str(cell)
