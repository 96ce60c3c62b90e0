"""What readers take away holds no formula, whatever a name says; numbers stay numbers."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from indicators import coverage
from loaders.store import Store, current_version, open_store
from tests.report import record
from tests.security.payloads import FORMULAS
from views import exports, tables, words
from views.tables import Column, Table
from views.taken import Taken

NUMBERS = [-3.2, 0.0, 12.0, -1.0, 1e6]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


@pytest.fixture
def what(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Taken]:
    """A figure whose names, headings, title and sources are formulas, beside numbers that are below 0."""
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    version = current_version("toyville")
    assert version
    store: Store = open_store("toyville", version)
    rows = pd.DataFrame({
        "area_id": [f"A{i}" for i in range(len(FORMULAS))], "name": FORMULAS, "=cmd|A0": FORMULAS[::-1],
        "value": [NUMBERS[i % len(NUMBERS)] for i in range(len(FORMULAS))],
        "mixed": [FORMULAS[i] if i % 2 else NUMBERS[i % len(NUMBERS)] for i in range(len(FORMULAS))],
        "status": "ok", "basis": "counted",
    })
    with words.speaking("fr"):
        yield Taken(
            "map", FORMULAS[0], FORMULAS[2], lambda: Table([Column("=A1", list(FORMULAS))], rows, "=A2"), store, "fr",
            "https://couvert.example/", date(2026, 11, 23), ("counted",), ("district", "=A3"), ("toy_census",),
            "=HYPERLINK(1)", coverage.NEED,
        )


def table_of(data: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def formulas(path: Path) -> list[str]:
    """The cells of a workbook that a program would compute."""
    book = openpyxl.load_workbook(path)
    return [f"{sheet.title}!{cell.coordinate}: {cell.value}" for sheet in book for row in sheet.iter_rows()
            for cell in row if cell.data_type == "f"]


def test_no_cell_of_a_csv_begins_a_formula_and_numbers_come_back(what: Taken) -> None:
    cells = bad = 0
    for form, delimiter in (("csv_excel", ";"), ("csv_machine", ",")):
        head, *rows = table_of(exports.made(what, exports.FORM[form]), delimiter)
        assert len(rows) == len(FORMULAS)
        for row in (head, *rows):
            for cell in row:
                cells += 1
                bad += cell.startswith(STARTS) and number(cell) is None
        at = next(i for i, name in enumerate(head) if name == "value" or name.startswith(words.say("export.value")))
        values = [number(row[at]) for row in rows]
        assert None not in values and min(x for x in values if x is not None) < 0
        if form == "csv_machine":
            assert values == [NUMBERS[i % len(NUMBERS)] for i in range(len(rows))]
        written = [name.replace("\r", "\n") for name in FORMULAS]  # nothing else of a name is changed
        columns = [[row[i].removeprefix("'").replace("\r\n", "\n").replace("\r", "\n") for row in rows]
                   for i in range(len(head))]
        assert written in columns
    assert record(34, "formulas in CSV: starts of cells, names and headings", "0; negative numbers are numbers",
                  f"{cells} cells: {bad}", passed=bad == 0)


def test_no_cell_of_a_workbook_is_a_formula_for_openpyxl_nor_for_libreoffice(what: Taken, tmp_path: Path) -> None:
    (tmp_path / "taken.xlsx").write_bytes(exports.made(what, exports.FORM["xlsx"]))
    found = formulas(tmp_path / "taken.xlsx")
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    for form in ("csv_excel", "csv_machine"):
        (tmp_path / f"{form}.csv").write_bytes(exports.made(what, exports.FORM[form]))
    (tmp_path / "read").mkdir()
    for name, options in (("taken.xlsx", []), ("csv_excel.csv", ["--infilter=CSV:59,34,76,1,,3084,false,true"]),
                          ("csv_machine.csv", ["--infilter=CSV:44,34,76,1,,1033,false,true"])):
        subprocess.run(
            [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/office", *options, "--convert-to", "xlsx",
             "--outdir", str(tmp_path / "read"), str(tmp_path / name)],
            check=True, capture_output=True, timeout=180,
        )
        here = tmp_path / "read" / f"{Path(name).stem}.xlsx"
        found += formulas(here)
        values = [cell for sheet in openpyxl.load_workbook(here) for row in sheet.iter_rows(values_only=True)
                  for cell in row]
        below = [cell for cell in values if isinstance(cell, int | float) and cell < 0]
        assert len(below) >= len(FORMULAS) // 4, name  # a number below zero is one there too
    assert record(34, "formulas in XLSX and CSV, as openpyxl and LibreOffice read them", "0 formula cells",
                  f"3 files, {len(FORMULAS)} payloads in each text column: {len(found)}", passed=found == []), found


def test_the_check_sees_a_formula(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "=1+1"
    book.save(tmp_path / "x.xlsx")
    assert formulas(tmp_path / "x.xlsx") == ["Sheet!A1: =1+1"]
    assert tables.safe("＝1") == "'＝1" and tables.safe(-1) == -1
