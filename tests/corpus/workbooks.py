"""Workbooks written by hand: a zip of XML, without the help of a library that would never write these."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.corpus.entry import Entry, numbers, put, table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
Rows = Sequence[Sequence[str]]


def text(value: str) -> str:
    """A cell of text."""
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def number(value: str, style: int = 0) -> str:
    """A cell of a number; style 1 is a date."""
    return f'<c s="{style}"><v>{value}</v></c>'


def formula(of: str, value: str = "") -> str:
    """A cell of a formula; nothing is cached where no value is given."""
    return f"<c><f>{of}</f>{f'<v>{value}</v>' if value else ''}</c>"


def error(value: str) -> str:
    """A cell in error."""
    return f'<c t="e"><v>{value}</v></c>'


def sheet(rows: Rows, hidden: Sequence[int] = (), merged: str = "") -> str:
    """A sheet; `hidden` rows are numbered from 1."""
    body = ""
    for y, row in enumerate(rows, start=1):
        cells = "".join(cell.replace("<c", f'<c r="{chr(65 + x)}{y}"', 1) for x, cell in enumerate(row) if cell)
        unseen = ' hidden="1"' if y in hidden else ""
        body += f'<row r="{y}"{unseen}>{cells}</row>'
    merge = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'{XML}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{merge}</worksheet>'


def parts(sheets: dict[str, str], hidden: Sequence[str] = (), date1904: bool = False) -> dict[str, str]:
    """The parts of a workbook of these sheets."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}"{_state(name in hidden)} r:id="rId{i}"/>'
        for i, name in enumerate(names, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for i in range(1, len(names) + 1)
    )
    book = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    made = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{book}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{book}.styles+xml"/>{kinds}</Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr'
        f'{_old(date1904)}/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{related}<Relationship '
        f'Id="rId{len(names) + 1}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/>'
        '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2">'
        '<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }
    return made | {f"xl/worksheets/sheet{i}.xml": sheets[name] for i, name in enumerate(names, start=1)}


def _state(hidden: bool) -> str:
    return ' state="hidden"' if hidden else ""


def _old(date1904: bool) -> str:
    return ' date1904="1"' if date1904 else ""


def book(made: dict[str, str], name: str = "x.xlsx") -> Callable[[Path], object]:
    """The workbook of these parts."""
    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in made.items():
                archive.writestr(part, content)
    return write


def one(*rows: Sequence[str], name: str = "Données", hidden: Sequence[int] = (), merged: str = "",
        date1904: bool = False) -> Callable[[Path], object]:
    """A workbook of one sheet."""
    return book(parts({name: sheet(rows, hidden, merged)}, date1904=date1904))


HEAD = (text("id"), text("n"))
PLAIN = sheet((HEAD, (text("a"), number("1"))))
read = table(file="x.xlsx")

ENTRIES = (
    Entry("merged header", "names over two rows, merged", one(
        (text("Aire"), text("Personnes"), ""), ("", text("Hommes"), text("Femmes")), (text("a"), number("1"),
        number("2")),
        merged="B1:C1"), table({"id": 0, "men": "Hommes", "women": "Femmes"}, "x.xlsx", header=2), [["a", "1", "2"]]),
    Entry("merged header", "names over two rows, asked by a name of the first", one(
        (text("Aire"), text("Personnes"), ""), ("", text("Hommes"), text("Femmes")), (text("a"), number("1"),
        number("2")),
        merged="B1:C1"), table({"id": "Aire", "women": "Femmes"}, "x.xlsx"),
          told="x.xlsx, line 1, column “Femmes”: the column is missing"),
    Entry("hidden rows", "a row that is hidden", one(HEAD, (text("a"), number("1")), (text("b"), number("2")),
          hidden=[3]),
          read, [["a", "1"], ["b", "2"]], why="a filter hides rows without taking them out: they are data"),
    Entry("hidden sheets", "the first sheet is hidden", book(parts(
        {"Brouillon": sheet((HEAD, (text("draft"), number("9")))), "Données": PLAIN}, hidden=["Brouillon"])), read,
          [["a", "1"]]),
    Entry("numbers as text", "a number in a cell of text", one(HEAD, (text("a"), text("0514")), (text("b"), text("7"))),
          read, [["a", "0514"], ["b", "7"]]),
    Entry("numbers as text", "a whole number has no point", one(HEAD, (number("24660001"), number("1.5"))), read,
          [["24660001", "1.5"]]),
    Entry("formulas without cached values", "a formula nobody computed", one(
        HEAD, (text("a"), formula("1+1")), (text("b"), formula("1+1", "2"))), table(file="x.xlsx", then=numbers()),
          [["a", None], ["b", 2.0]], why="empty is missing, never zero"),
    Entry("error cells", "#N/A and #DIV/0!", one(HEAD, (text("a"), error("#N/A")), (text("b"), error("#DIV/0!")),
                                                 (text("c"), number("3"))), table(file="x.xlsx", then=numbers()),
          [["a", None], ["b", None], ["c", 3.0]], why="the library shows no error: the value is missing, never zero"),
    Entry("1904 dates", "days counted from 1904", one(HEAD, (text("a"), number("44538", 1)), date1904=True), read,
          [["a", "2025-12-09"]]),
    Entry("1904 dates", "days counted from 1900", one(HEAD, (text("a"), number("46000", 1))), read,
          [["a", "2025-12-09"]]),
    Entry("accented sheet names", "a sheet asked by its French name", book(parts(
        {"Notes": sheet(((text("rien"),),)), "Été 2026 – données": PLAIN})),
          table(file="x.xlsx", sheet="Été 2026 – données"), [["a", "1"]]),
    Entry("accented sheet names", "a sheet that is not there", one(HEAD), table(file="x.xlsx", sheet="Hiver"),
          told="x.xlsx: it has no sheet “Hiver”. It has: Données."),
    Entry("password", "a workbook with a password", put(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "x.xlsx"),
          read,
          told="x.xlsx: it is an old .xls workbook, or one with a password"),
    Entry(".xls renamed", "an old workbook", put(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x09\x08" * 900, "x.xls"),
          table(file="x.xls"), told="x.xls: it is an old .xls workbook"),
    Entry("broken workbook", "a workbook cut short", lambda folder: (
        one(HEAD)(folder), (folder / "x.xlsx").write_bytes((folder / "x.xlsx").read_bytes()[:300])), read,
          told="x.xlsx: the workbook is broken"),
    Entry("broken workbook", "an empty sheet", one(), read, told="x.xlsx: the sheet is empty"),
    Entry("merged header", "a total under a blank row", one(
        HEAD, (text("a"), number("1")), (), (text("Total"), number("1"))), table(file="x.xlsx", footer="blank"),
          [["a", "1"]]),
)
