"""Archives, workbooks and map files from outside that would fill a disk, leave their folder or lie about their kind."""

from __future__ import annotations

import gzip
import io
import sqlite3
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from loaders.forms import from_outside
from tests.corpus.entry import Entry, Seen, both, loader, put, shapes, table
from tests.corpus.geometry import SQUARE, collection
from tests.corpus.workbooks import HEAD, PLAIN, book, number, parts, sheet, text

CSV = b"id,n\na,1\n"
Read = Callable[[Path], Seen]
Write = Callable[[Path], object]


def outside(read: Read) -> Read:
    """The reading of a partner's file or an upload: in the limited process."""
    def limited(folder: Path) -> Seen:
        with from_outside(True):
            return read(folder)
    return limited


def zipped(members: dict[str, bytes], name: str = "x.zip", links: tuple[str, ...] = ()) -> Write:
    """A zip of these members under the very names given, however wrong; those of `links` are symbolic links."""
    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                item = zipfile.ZipInfo("placeholder")
                item.filename = member  # past the constructor, which would mend a backslash elsewhere
                item.compress_type = zipfile.ZIP_DEFLATED
                mode = stat.S_IFLNK if member in links else stat.S_IFREG
                item.external_attr = (mode | 0o644) << 16
                archive.writestr(item, content)
    return write


def inner(members: dict[str, bytes]) -> bytes:
    """The bytes of a zip."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def lying(folder: Path) -> None:
    """A zip whose table of contents says the member is small."""
    zipped({"x.csv": b"id,n\n" + b"a,1\n" * 5_000_000})(folder)
    data = bytearray((folder / "x.zip").read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    (folder / "x.zip").write_bytes(bytes(data))


def bomb(folder: Path) -> None:
    """A workbook of some 654 kB whose one sheet is 186 MB of XML."""
    row = b'<row><c t="inlineStr"><is><t>' + b"a" * 960 + b"</t></is></c></row>"
    whole = parts({"Données": ""})
    with zipfile.ZipFile(folder / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in whole.items():
            if "sheet1" not in name:
                archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as out:
            head, _, tail = sheet(()).partition("</sheetData>")
            out.write(head.encode())
            for _n in range(186):
                out.write(row * 1000)
            out.write(f"</sheetData>{tail}".encode())


def gpkg_of_sqlite(name: str) -> Write:
    """A database of SQLite under another name."""
    def write(folder: Path) -> None:
        with sqlite3.connect(folder / "made.db") as con:
            con.execute("CREATE TABLE t (id TEXT)")
        con.close()
        (folder / "made.db").rename(folder / name)
    return write


def vrt(name: str) -> Write:
    """A list of other files to read, under the name of a map file or a table."""
    def write(folder: Path) -> None:
        there = folder.parent / "outside" / "canary.csv"
        (folder / name).write_text(
            f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{there}</SrcDataSource></OGRVRTLayer>'
            "</OGRVRTDataSource>"
        )
    return write


def entity(declared: str, used: str) -> Write:
    """A workbook whose sheet declares entities above its root element."""
    made = parts({"Données": PLAIN})
    body = made["xl/worksheets/sheet1.xml"].replace("?>", f"?><!DOCTYPE x [{declared}]>", 1).replace(">a<", f">{used}<")
    return book(made | {"xl/worksheets/sheet1.xml": body})


LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
read, in_zip, in_book = outside(table()), outside(table(file="x.zip")), outside(table(file="x.xlsx"))
ENTITIES = "x.xlsx: the part “xl/worksheets/sheet1.xml” declares entities"

BOMBS = (
    Entry("gzip bomb", "two hundred megabytes of zeros in gzip",
          lambda folder: (folder / "x.csv.gz").write_bytes(gzip.compress(b"id,n\n" + bytes(210_000_000))),
          outside(table(file="x.csv.gz")), told="x.csv.gz: it unpacks to more than"),
    Entry("zip bomb", "one member a thousand times its size", zipped({"x.csv": b"id,n\n" + b"a,1\n" * 5_000_000}),
          in_zip,
          told="x.zip: the member “x.csv” unpacks to more than 100 times its size"),
    Entry("zip bomb", "a member larger than it says", lying, in_zip, told="x.zip: the archive is cut short or altered"),
    Entry("zip bomb", "a zip in a zip", zipped({"x.csv": CSV, "y.zip": inner({"x.csv": CSV})}), in_zip,
          told="x.zip: the member “y.zip” is an archive"),
    Entry("zip bomb", "sixteen zips of sixteen zips", zipped({
        f"{i}.zip": inner({f"{j}.zip": inner({"x.csv": bytes(100_000)}) for j in range(16)}) for i in range(16)}),
        in_zip,
          told="x.zip: the member “0.zip” is an archive"),
    Entry("zip bomb", "two hundred and one members", zipped({f"{i}.csv": CSV for i in range(201)}), in_zip,
          told="x.zip: it holds 201 files, more than 200"),
    Entry("xlsx bomb", "654 kB that are 186 MB", bomb, in_book,
          told="x.xlsx: the member “xl/worksheets/sheet1.xml” unpacks to more than 100 times its size"),
)
ENTRIES = (
    *BOMBS,
    Entry("xlsx bomb", "a bomb inside a zip", lambda folder: (
        bomb(folder), zipped({"x.xlsx": (folder / "x.xlsx").read_bytes()})(folder)),
        outside(table(file="x.zip!x.xlsx")),
          told="the member “xl/worksheets/sheet1.xml” unpacks to more than 100 times its size"),
    Entry("XML bomb", "a billion laughs", entity(LAUGHS, "&l9;"), in_book, told=ENTITIES),
    Entry("XML bomb", "one long entity many times", entity(f'<!ENTITY a "{"a" * 50_000}">', "&a;" * 5_000), in_book,
          told=ENTITIES),
    Entry("XML bomb", "an entity that is a file", entity('<!ENTITY a SYSTEM "../outside/canary.csv">', "&a;"), in_book,
          told=ENTITIES),
    Entry("XML bomb", "an entity behind four thousand spaces", book(parts({"Données": PLAIN.replace(
        "?>", "?>" + " " * 5000 + '<!DOCTYPE x [<!ENTITY a "b">]>', 1)})), in_book, told=ENTITIES),
    *(Entry("XML bomb", f"laughs in {name}", put(f'<?xml version="1.0"?><!DOCTYPE x [{LAUGHS}]><x>&l9;</x>', name),
            outside(shapes(name)), told=f"{name}: it is not a kind of map file we read") for name in ("x.kml",
            "x.gml")),
    *(Entry("zip path", what, zipped({name: CSV}, links=(name,) if "link" in what else ()), in_zip,
            told=told) for what, name, told in (
        ("up and out", "../outside/x.csv", "leaves its folder"), ("up inside", "a/../../x.csv", "leaves its folder"),
        ("from the root", "/tmp/x.csv", "leaves its folder"), ("a drive of Windows", "C:/x.csv", "leaves its folder"),
        ("backslashes of Windows", "..\\outside\\x.csv", "leaves its folder"), ("a symbolic link", "x.csv",
            "is a link"),
    )),
    Entry("zip path", "up and out, in a zip of a map", zipped({"../x.geojson": collection(SQUARE).encode()}),
          outside(shapes("x.zip")), told="leaves its folder"),
    Entry("zip path", "up and out, in a package", zipped({"../services.csv": CSV, "../organizations.csv": CSV}),
          outside(loader("hsds", "x.zip", "SELECT 1")), told="leaves its folder"),
    *(Entry("VRT", f"a list of files named {name}", vrt(name), outside(shapes(name) if name != "x.csv" else table()),
          told=told)
      for name, told in (
        ("x.geojson", "it is not a .geojson file"), ("x.gpkg", "it is not a .gpkg file"),
        ("x.csv", "it is a page or a document"), ("x.shp", "it is not a .shp file"), ("x.fgb",
            "it is not a .fgb file"))),
    # kinds that are not what their name says
    Entry("polyglot", "a page named csv", put("<!DOCTYPE html><html><body>404</body></html>"), read,
          told="x.csv: it is a page or a document, not a table"),
    Entry("polyglot", "a program named xlsx", put(b"MZ\x90\x00" + bytes(500), "x.xlsx"), in_book,
          told="x.xlsx: it is not a workbook"),
    Entry("polyglot", "a program named csv", put(b"MZ\x90\x00" + bytes(500)), read,
          told="x.csv: it is not a text file"),
    Entry("polyglot", "a PDF named csv", put(b"%PDF-1.7\nid,n\n"), read, told="x.csv: it is not a text file"),
    Entry("polyglot", "an old workbook named xlsx", put(b"\xd0\xcf\x11\xe0" + bytes(500), "x.xlsx"), in_book,
          told="x.xlsx: it is an old .xls workbook"),
    Entry("polyglot", "a zip named csv", zipped({"x.csv": CSV}, "x.csv"), read, told="x.csv: it is not a text file"),
    Entry("polyglot", "a workbook named csv", both(book(parts({"D": PLAIN}), "x.csv")), read,
          told="x.csv: it is not a text file"),
    Entry("polyglot", "a zip named xlsx", zipped({"x.csv": CSV}, "x.xlsx"), in_book,
          told="x.xlsx: the workbook is broken"),
    Entry("polyglot", "a CSV named xlsx", put(CSV, "x.xlsx"), in_book, told="x.xlsx: it is not a workbook"),
    Entry("polyglot", "a picture named geojson", put(b"\x89PNG\r\n\x1a\n" + bytes(500), "x.geojson"),
          outside(shapes()), told="x.geojson: cannot be read as boundaries: it is not a .geojson file"),
    Entry("polyglot", "a database named fgb", gpkg_of_sqlite("x.fgb"), outside(shapes("x.fgb")),
          told="x.fgb: cannot be read as boundaries: it is not a .fgb file"),
    Entry("polyglot", "a database that is no GeoPackage", gpkg_of_sqlite("x.gpkg"), outside(shapes("x.gpkg")),
          told="x.gpkg: "),
    Entry("polyglot", "a page named json", put("<html></html>", "x.json"), outside(table(file="x.json")),
          told="x.json, line 1: "),
    Entry("polyglot", "gzip named csv", lambda folder: (folder / "x.csv").write_bytes(gzip.compress(CSV)), read,
          [["a", "1"]], why="a server may send any file packed: what it unpacks to is looked at"),
    Entry("polyglot", "what its name says", book(parts({"D": sheet((HEAD, (text("a"), number("1"))))})), in_book,
          [["a", "1"]]),
    Entry("polyglot", "a map that is what its name says", put(collection(SQUARE), "x.geojson"), outside(shapes()),
          [["1", 0.01]]),
)
