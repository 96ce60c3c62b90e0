"""Every bad file meets its verdict, is named by its fault, and loses no row without a trace."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loaders.catalog import LoadError
from tests.corpus import directories, geometry, ids_dates, names, numeric, text, workbooks
from tests.corpus.entry import Entry, Seen

FAMILIES = {"text": text, "numeric": numeric, "ids_dates": ids_dates, "geometry": geometry, "workbooks": workbooks,
            "directories": directories, "names": names}
ALL = [pytest.param(entry, id=f"{name}: {entry.name}") for name, family in FAMILIES.items() for entry in family.ENTRIES]
CANARY = "Zyx-canari-dehors"
PRIVATE = ("Zyx Canari", "514 555-0199")
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
    before = sorted(path for path in tmp_path.rglob("*"))
    _opened = []
    yield tmp_path / "in"
    opened, _opened = _opened, None
    assert not [name for name in opened if "/outside/" in name or name.startswith("socket")]
    assert before == sorted(path for path in tmp_path.rglob("*") if "in" not in path.relative_to(tmp_path).parts[1:2]
                            and path.relative_to(tmp_path).parts[:1] != ("in",) or path == tmp_path / "in")


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
        return
    seen = entry.read(inside)
    assert (seen.rows, tuple(seen.refused), tuple(seen.noted)) == (entry.loads, entry.refused, entry.noted)
    balanced(seen)
    assert not [word for word in (CANARY, *PRIVATE) if word in seen.everything]


def balanced(seen: Seen) -> None:
    assert seen.ledger
    for row in seen.ledger:
        assert row["rows_read"] == row["left_out"] + row["loaded"] + row["rejected"] + row["duplicates"], row
        assert row["rows_in"] == row["rows_read"] - row["left_out"] and len(row["sha256"]) == 64


def test_names_are_all_different() -> None:
    names = [param.id for param in ALL]
    assert len(set(names)) == len(names)


