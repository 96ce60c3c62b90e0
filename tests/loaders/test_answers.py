"""Questions to a file: asked once, a frame each, kept while there is room and no longer."""

from __future__ import annotations

import duckdb
import pytest

from loaders import answers
from loaders.answers import Answers


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    con.execute("CREATE TABLE t AS SELECT range AS n, 'x' || range AS name FROM range(1000)")
    return con


def test_a_question_is_asked_once_and_its_parameters_tell_it_apart(con: duckdb.DuckDBPyConnection) -> None:
    kept = Answers(con, [])
    first = kept.frame("SELECT name FROM t WHERE n = ?", [3], 5)
    con.execute("UPDATE t SET name = 'changed'")  # a published file never changes: here it would show
    assert kept.frame("SELECT name FROM t WHERE n = ?", [3], 5).equals(first)
    assert kept.frame("SELECT name FROM t WHERE n = ?", [4], 5)["name"].tolist() == ["changed"]
    assert kept.frame("SELECT ? AS v", [1], 5)["v"].tolist() == [1]
    assert kept.frame("SELECT ? AS v", ["1"], 5)["v"].tolist() == ["1"]


def test_what_one_reader_writes_another_does_not_see(con: duckdb.DuckDBPyConnection) -> None:
    kept = Answers(con, [])
    one = kept.frame("SELECT n FROM t ORDER BY n", [], 5)
    one["n"] = -1
    one.loc[0, "more"] = 1
    two = kept.frame("SELECT n FROM t ORDER BY n", [], 5)
    two.iloc[0, 0] = 77
    three = kept.frame("SELECT n FROM t ORDER BY n", [], 5)
    assert list(three.columns) == ["n"] and three["n"].tolist() == list(range(1000))


def test_room_is_bounded_and_the_oldest_leaves(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "ROOM", 20_000)  # two answers of 8,000 bytes, not three
    monkeypatch.setattr(answers, "SHARE", 10_000)
    kept = Answers(con, [])
    for start in (0, 1, 2):
        kept.frame("SELECT n + ? AS n FROM t ORDER BY 1", [start], 5)
        assert 0 < kept.held <= 20_000
    con.execute("DELETE FROM t")
    assert len(kept.frame("SELECT n + ? AS n FROM t ORDER BY 1", [2], 5)) == 1000
    assert len(kept.frame("SELECT n + ? AS n FROM t ORDER BY 1", [0], 5)) == 0  # it had left: asked again
    con.execute("INSERT INTO t SELECT range, 'long enough to be too much' || range FROM range(1000)")
    held = kept.held
    assert len(kept.frame("SELECT * FROM t", [], 5)) == 1000 and kept.held == held
