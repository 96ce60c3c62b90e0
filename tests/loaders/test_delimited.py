"""Reading delimited text in blocks gives what the csv module gives of the whole, with the lines of the file."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path
from unittest import mock

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import archives, delimited, encodings, limited, records
from loaders.catalog import LoadError
from loaders.staging import read_table

CELL = st.text(alphabet=st.sampled_from(list('ab1é œ’,;\t"\n.')), max_size=6)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=25)
DIALECTS = st.tuples(
    st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.integers(16, 300),
)


def taken(path: Path, columns: list[str], **how: object) -> list[records.Part]:
    return list(delimited.read(path, path.name, columns, **how).parts)  # type: ignore[arg-type]


def rows_of(parts: list[records.Part]) -> list[tuple[str, ...]]:
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


@pytest.mark.parametrize("content", ['x,y\n1,2\n3,"4\n', 'x,y\n5",6\n3,"4\n'])
def test_a_quote_left_open_on_the_last_line_is_not_read_as_its_value(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(LoadError, match=r"line 3: a quote opens and never closes"):
        taken(tmp_path / "t.csv", ["x", "y"])


def test_a_blank_line_inside_a_value_does_not_begin_the_notes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('x,y\n1,"two\n\nparagraphs"\n2,b\n\nNote\n')
    parts = taken(tmp_path / "t.csv", ["x", "y"], footer="blank")
    assert rows_of(parts) == [("1", "two\n\nparagraphs"), ("2", "b")]
    assert [part.left_out for part in parts if part.left_out] == [{"footer": 1}]


@pytest.mark.parametrize(("how", "told"), [
    ({"encoding": "windows-99"}, "“windows-99” is no encoding"), ({"delimiter": ";;"}, "“;;” is no delimiter"),
])
def test_a_declaration_that_cannot_be_is_named(tmp_path: Path, how: dict[str, str], told: str) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n")
    with pytest.raises(LoadError, match=told):
        read_table("d", tmp_path, "t.csv", ["x"], **how)  # type: ignore[arg-type]


def test_the_name_of_an_encoding_may_be_written_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("x,y\n\u010a,2\n".encode("utf-16-le"))  # in Ċ is the byte of a line feed
    assert rows_of(taken(tmp_path / "t.csv", ["x", "y"], encoding="UTF-16LE")) == [("\u010a", "2")]


def test_spoilt_text_of_a_json_record_is_refused_alone(tmp_path: Path) -> None:
    written = '[{"x": "MontrÃ©al"}, {"x": "a\\u0000b"}, {"x": "ok"}, {"x": "\\ud83d"}]'
    (tmp_path / "t.json").write_text(written, encoding="utf-8")
    intake = read_table("d", tmp_path, "t.json", ["x"])
    assert intake.rows[["line", "x"]].values.tolist() == [[3, "ok"]]
    assert pd.concat(intake.rejects)[["line", "rule"]].values.tolist() == [
        [1, "encoding"], [2, "nul"], [4, "encoding"],
    ]


def test_an_error_of_the_limited_process_is_told_by_its_kind_without_its_words(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n")
    with pytest.raises(LoadError, match=r"could not be read \(TypeError\)") as error:
        limited._run({"what": "table", "columns": ["x"], "how": {"optional": [], "canary": 1}},
                     tmp_path / "t.csv", "t.csv", tmp_path)
    assert "canary" not in str(error.value)


# --- archives ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "byte"), [(8, 9), (30, ord("b"))])  # a method of Windows; a name said in two ways
def test_a_member_that_cannot_be_unpacked_is_one_line(tmp_path: Path, at: int, byte: int) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
    content = bytearray((tmp_path / "t.zip").read_bytes())
    content[at] = byte
    if at == 8:
        content[content.find(b"PK\x01\x02") + 10] = byte
    (tmp_path / "t.zip").write_bytes(content)
    with pytest.raises(LoadError, match="damaged, or packed in a way we do not read"):
        archives.opened(tmp_path / "t.zip", "a.csv")


def test_a_member_without_a_name_stops_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr(".", "")
        archive.writestr("a.csv", "x\n1\n")
    with archives.opened(tmp_path / "t.zip", "a.csv", untrusted=True) as stream:
        assert stream.read() == b"x\n1\n"


def test_comments_before_a_declaration_are_told_at_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("a.xml", "<!---->" * 500 + "<!DOCTYPE a []><a/>")  # took 2 to the power of 500 steps
    with pytest.raises(LoadError, match="declares entities"):
        archives.inspect_workbook(tmp_path / "t.xlsx", "t.xlsx")


def test_an_inch_mark_spoils_no_other_record(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    later = '"two\nlines",2\n' * 30
    path.write_text('x,y\na,1\n5" pipe,1\n' + "b,1\n" * 400 + later + "c,1\n" * 400 + '3" pipe,1\n', encoding="utf-8")
    for block in (64, 300, 5000):
        with mock.patch.object(encodings, "BLOCK", block), mock.patch.object(encodings, "LONGEST", 1000):
            parts = taken(path, ["x", "y"])
        rows = rows_of(parts)
        assert len(rows) == 833 and not any(part.faults for part in parts)
        assert rows[1] == ('5" pipe', "1") and rows[-1] == ('3" pipe', "1") and ("two\nlines", "2") in rows
        lines = [n for part in parts for n in part.table["line"].to_pylist()]
        assert lines[:2] == [2, 3] and lines[-1] == 2 + 1 + 400 + 60 + 400 + 1 and lines == sorted(set(lines))


def test_a_quote_that_never_closes_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "a,1\n" * 300 + '"open,1\n' + "b,1\n" * 300, encoding="utf-8")
    for block in (64, 5000):
        with mock.patch.object(encodings, "BLOCK", block), mock.patch.object(encodings, "LONGEST", 1000), pytest.raises(
            LoadError, match=r"t\.csv, line 302: a quote opens and never closes"
        ):
            taken(path, ["x", "y"])


def test_lines_of_delimiters_alone_are_no_record(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x;y;z\na;1;\n;;\n;;\n;2;\n;;\n", encoding="utf-8")
    intake = read_table("d", tmp_path, "t.csv", ["x", "y"])
    assert intake.rows["line"].tolist() == [2, 5] and intake.left_out == {"blank": 3} and intake.rows_read == 5
