"""Reading delimited text in blocks gives what the csv module gives of the whole, with the lines of the file."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import delimited, encodings
from loaders.catalog import LoadError
from loaders.staging import read_table

CELL = st.text(alphabet=st.sampled_from(list('ab1é œ’,;\t"\n.')), max_size=6)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=25)
DIALECTS = st.tuples(
    st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.integers(16, 300),
)


def taken(path: Path, columns: list[str], **how: object) -> list[delimited.Part]:
    return list(delimited.read(path, path.name, columns, **how).parts)  # type: ignore[arg-type]


def rows_of(parts: list[delimited.Part]) -> list[tuple[str, ...]]:
    table = pa.concat_tables([part.table for part in parts]).drop_columns("line")
    return [tuple(row.values()) for row in table.to_pylist()]


@given(ROWS, DIALECTS)
def test_any_dialect_in_blocks_of_any_size_reads_as_the_csv_module_reads_the_whole(
    rows: list[tuple[str, str, str]], dialect: tuple[str, str, str, int, int]
) -> None:
    delimiter, encoding, end, quoting, block = dialect
    rows = [row for row in rows if any(row)] or [("a", "b", "1")]
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["x", "y", "z"])
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(encodings, "BLOCK", block):
        path = Path(folder) / "t.csv"
        path.write_bytes(written.getvalue().encode(encoding))
        parts = taken(path, ["x", "y", "z"], encoding=encoding)
    referee = csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=delimiter)
    next(referee)
    expected, lines, line = [], [], 2
    for record in referee:
        if record:
            expected.append(tuple(cell.replace("\r\n", "\n") for cell in record))
            lines.append(line)
        line = referee.line_num + 1
    assert rows_of(parts) == expected and not any(part.faults for part in parts)
    assert [n for part in parts for n in part.table["line"].to_pylist()] == lines
    assert sum(part.records for part in parts) == len(expected)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(encodings, "BLOCK", 64):
        path = Path(folder) / "t.csv"
        path.write_bytes(b"x,y\n" + content)
        try:
            parts = taken(path, ["x", "y"])
        except LoadError as error:
            assert str(error).startswith("t.csv") and "\n" not in str(error)
        else:
            for part in parts:
                assert part.records == part.table.num_rows + len(part.faults) + sum(part.left_out.values())


def test_the_fast_way_and_the_rigorous_way_agree(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('x,y\n"a","1"\n"b",""\n"c, d","3"\n', encoding="utf-8")
    fast = taken(path, ["x", "y"])
    with mock.patch.object(delimited._Parser, "_plain", lambda *_: False):
        slow = taken(path, ["x", "y"])
    assert rows_of(fast) == rows_of(slow) == [("a", "1"), ("b", ""), ("c, d", "3")]
    assert delimited._Parser("t", ["x", "y"], {"x": 0, "y": 1}, [], ",", {})._plain(b'"a","1"\n')


@pytest.mark.parametrize("record", ['a"b,1', '"a"b,1', '"a""b",1', "a\x00,1", "Montr\u00c3\u00a9al,1"])
def test_what_the_fast_way_would_let_through_goes_the_rigorous_way(record: str) -> None:
    parser = delimited._Parser("t", ["x", "y"], {"x": 0, "y": 1}, [], ",", {})
    assert not parser._plain(f"{record}\n".encode())


def test_one_bad_record_among_many_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "a,1\n" * 500 + "a,1,2\n" + "b\n" + '"c"d,1\n' + "a,1\n" * 500, encoding="utf-8")
    with mock.patch.object(encodings, "BLOCK", 200):
        parts = taken(path, ["x", "y"])
    faults = [fault for part in parts for fault in part.faults]
    assert [(f.line, f.rule) for f in faults] == [(502, "fields"), (503, "fields"), (504, "quote")]
    assert len(rows_of(parts)) == 1000


def test_a_preamble_and_a_footer_are_left_out_by_rule(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        'Table 1\nAll figures\n\nx,y\na,1\nb,2\n\nSource: them\n"Note, 1"\n', encoding="utf-8",
    )
    intake = read_table("d", tmp_path, "t.csv", ["x", "y"], footer="blank")
    assert intake.rows["line"].tolist() == [5, 6]
    assert intake.left_out == {"preamble": 2, "footer": 2} and intake.rows_read == 6
    intake.ledger(0)


def test_rows_not_asked_for_never_stand_in_memory(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("k,x\n" + "".join(f"{i % 5},{i}\n" for i in range(1000)), encoding="utf-8")
    intake = read_table("d", tmp_path, "t.csv", {"key": "k", "value": "x"}, keep={"other keys": {"key": ["3"]}})
    assert len(intake.rows) == 200 and intake.left_out == {"other keys": 800} and intake.rows_read == 1000
    assert intake.rows["line"].iloc[0] == 5


def test_names_that_repeat_are_read_by_position(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("v,SYMBOL,w,SYMBOL\n1,x,2,E\n", encoding="utf-8")
    with pytest.raises(LoadError, match=r"more than once\. Declare which by its position: 1, 3"):
        read_table("d", tmp_path, "t.csv", ["SYMBOL"])
    columns: dict[str, str | int] = {"v": "v", "mark": 1, "w": 2, "other": 3, "none": "gone"}
    intake = read_table("d", tmp_path, "t.csv", columns, optional=["none"])
    assert intake.rows.iloc[0].tolist() == [2, "1", "x", "2", "E", ""]
