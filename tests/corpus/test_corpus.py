"""Every bad file meets its verdict, is named by its fault, and loses no row without a trace."""

from __future__ import annotations

import gzip
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from build import build
from loaders.catalog import LoadError
from loaders.draft import balanced as balance
from loaders.edition import HOUSE
from loaders.publish import current, verify
from tests.corpus import archives, directories, geometry, ids_dates, names, numeric, text, workbooks
from tests.corpus.entry import Entry, Seen
from tests.corpus.keys import KEYS
from tests.report import record

FAMILIES = {"text": text, "numeric": numeric, "ids_dates": ids_dates, "geometry": geometry, "workbooks": workbooks,
            "directories": directories, "names": names, "archives": archives}
ALL = [pytest.param(entry, id=f"{name}: {entry.name}") for name, family in FAMILIES.items() for entry in family.ENTRIES]
CANARY = "Zyx-canari-dehors"
PRIVATE = ("Zyx Canari", "514 555-0199")
# Rows of the table of promises that an entry of a key is measured for, and what must happen.
ROWS: dict[str, tuple[int, str, str]] = {
    "VRT": (23, "a list of other files named as a map or a table", "refused, nothing read"),
    "zip bomb": (26, "archives and workbooks that would fill the disk", "refused, named"),
    "gzip bomb": (26, "archives and workbooks that would fill the disk", "refused, named"),
    "xlsx bomb": (26, "archives and workbooks that would fill the disk", "refused, named"),
    "XML bomb": (27, "entities in workbooks, KML and GML", "refused, nothing read"),
    "zip path": (28, "names of members that leave their folder", "refused, nothing outside"),
    "nested geometry": (29, "a GeoJSON nested 2,000 deep, or with coordinates that are no numbers", "refused, told"),
    "NaN coordinates": (29, "a GeoJSON nested 2,000 deep, or with coordinates that are no numbers", "refused, told"),
    "polyglot": (30, "files that are not what their name says", "refused, named"),
}
_opened: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None:
        if event == "open":
            _opened.append(str(arguments[0]))
        elif event == "socket.connect":
            _opened.append(f"socket {arguments[1]}")


sys.addaudithook(_watch)


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """A folder beside one that nobody may look into; what this process opens meanwhile is watched."""
    global _opened
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary.csv").write_text(f"id,n\n{CANARY},1\n", encoding="utf-8")
    (tmp_path / "in").mkdir()
    _opened = []
    yield tmp_path / "in"
    opened, _opened = _opened, None
    assert not [name for name in opened if "/outside/" in name or name.startswith("socket")]
    assert {path.name for path in tmp_path.iterdir()} == {"in", "outside"}
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["canary.csv"]


@pytest.mark.parametrize("entry", ALL)
def test_the_verdict(entry: Entry, inside: Path) -> None:
    entry.write(inside)
    if entry.told:
        with pytest.raises(LoadError) as error:
            entry.read(inside)
        said = str(error.value)
        assert entry.told in said
        assert re.fullmatch(r"[^\n]+?: [^\n]+\. [^\n]*\w[^\n]*[.!]", said), f"no place or no remedy: {said}"
        assert CANARY not in said
        if entry.key in ROWS:
            assert record(*ROWS[entry.key], entry.name, passed=True)
        return
    seen = entry.read(inside)
    assert (seen.rows, tuple(seen.refused), tuple(seen.noted)) == (entry.loads, entry.refused, entry.noted)
    balanced(seen)
    assert not [word for word in (CANARY, *PRIVATE) if word in seen.everything]
    assert record(12, "files of the corpus", "rows read = left out + loaded + rejected + duplicates", entry.name,
                  passed=bool(seen.ledger))
    if ROWS.get(entry.key, (0,))[0] == 29:
        assert record(*ROWS[entry.key], entry.name, passed=bool(entry.refused or entry.noted))


def balanced(seen: Seen) -> None:
    assert seen.ledger
    for row in seen.ledger:
        assert row["rows_read"] == row["left_out"] + row["loaded"] + row["rejected"] + row["duplicates"], row
        assert row["rows_in"] == row["rows_read"] - row["left_out"] and len(row["sha256"]) == 64


def test_names_are_all_different() -> None:
    names = [param.id for param in ALL]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_phrase_of_the_list_has_an_entry(family: str) -> None:
    assert {entry.key for entry in FAMILIES[family].ENTRIES} == set(KEYS[family])


# --- what was published before ----------------------------------------------------------------------------


def spoilt(name: str, content: str | bytes) -> tuple[str, bytes]:
    return name, content if isinstance(content, bytes) else content.encode()


def toy(name: str) -> str:
    return (HOUSE / "data" / "toyville" / name).read_text(encoding="utf-8")


# One file of toyville for each family, as bad as one of its entries, and what stops the build.
STOPPED = {
    "text": (*spoilt("organization.csv", toy("organization.csv") + '"O9,never closed\n'),
        "a quote opens and never closes"),
    "numeric": (*spoilt("census_value.csv", toy("census_value.csv").replace(",50,100,", ",99999999999,-1E999,")),
                "census_value.csv, line 2"),
    "ids_dates": (*spoilt("event.csv", toy("event.csv").replace("2026-09-14", "2026-02-30")), "event.csv, line 2"),
    "geometry": (*spoilt("districts.geojson", toy("districts.geojson").replace("-73.", "-7300.")),
        "metres called degrees"),
    "workbooks": (*spoilt("service.csv", b"PK\x03\x04 a workbook under another name"), "it is not a text file"),
    "directories": (*spoilt("location.csv", toy("location.csv").replace("-73.595,45.5,", "45.5,-73.595,")),
                    "location.csv, line 2"),
    "names": (*spoilt("service.csv", toy("service.csv").replace("Service simulé 1", "Service simulÃ© 1")),
              "service.csv, line 2"),
    "archives": (*spoilt("referrals.csv", gzip.compress(toy("referrals.csv").encode())[:-9]), "cut short or altered"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_published_before_still_opens(family: str, toyville: Path, tmp_path: Path) -> None:
    name, content, told = STOPPED[family]
    raw, versions = tmp_path / "raw", tmp_path / "versions"
    shutil.copytree(HOUSE / "data" / "toyville", raw)
    shutil.copytree(toyville, versions)
    before = current(versions / "toyville")
    (raw / name).write_bytes(content)
    with pytest.raises(LoadError, match=re.escape(told)):
        build("toyville", raw, versions)
    assert before is not None and current(versions / "toyville") == before
    verify(versions / "toyville", before)
    with duckdb.connect(str(versions / "toyville" / f"{before}.duckdb"), read_only=True) as con:
        balance(con)
        assert con.execute("SELECT count(*) FROM area").fetchone() == (6,)
