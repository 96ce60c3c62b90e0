"""A file of an earlier program is read as today's tables: what it lacks is empty."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from loaders.catalog import TABLES
from loaders.older import as_today
from loaders.publish import manifest
from loaders.store import Store


@pytest.fixture
def earlier(toyville: Path, tmp_path: Path) -> Path:
    """Toyville as a program would have built it that knew neither rejects' records, nor cell notes, nor households."""
    (built,) = (toyville / "toyville").glob("*.duckdb")
    path = tmp_path / built.name
    shutil.copy(built, path)
    with duckdb.connect(str(path)) as con:
        con.execute("ALTER TABLE reject DROP COLUMN record")
        con.execute("ALTER TABLE area DROP COLUMN households")
        con.execute("DROP TABLE cell_note")
    return path


def test_what_an_earlier_version_lacks_is_empty(earlier: Path, toyville: Path) -> None:
    facts = manifest(toyville / "toyville", earlier.stem)
    old = Store(earlier, facts)
    new = Store(next((toyville / "toyville").glob("*.duckdb")), facts)
    areas, today = old.areas("district"), new.areas("district")
    assert list(areas) == list(today) and areas["households"].isna().all()
    assert areas.drop(columns="households").equals(today.drop(columns="households"))
    for _ in range(2):  # each question has a cursor of its own, and the views are of that cursor
        assert old._frame("SELECT * FROM cell_note").empty  # pyright: ignore[reportPrivateUsage]
        assert "record" in old._frame("SELECT * FROM reject")  # pyright: ignore[reportPrivateUsage]


def test_a_version_of_today_needs_nothing(toyville_con: duckdb.DuckDBPyConnection, earlier: Path) -> None:
    assert as_today(toyville_con) == []
    with duckdb.connect(str(earlier), read_only=True) as con:
        assert len(as_today(con)) == 3 and len(TABLES) > 10
