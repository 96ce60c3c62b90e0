"""Staging: what a bad file or a bad row ends in, and the ledger that never loses one."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.catalog import LoadError
from loaders.features import read_features
from loaders.staging import Intake, read_csv


def file(folder: Path, text: str | bytes, name: str = "x.csv") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder


def balanced(intake: Intake) -> bool:
    row = intake.ledger(1.0)
    return row["rows_read"] == row["rows_in"] + row["left_out"] and (
        row["rows_in"] == row["loaded"] + row["rejected"] + row["duplicates"]
    )


def test_identifiers_stay_text_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    intake = read_csv("d", file(tmp_path, 'id,n\n"4620001.00",1\n"0514555","a\nb"\n24660001,3\n'), "x.csv", ["id", "n"])
    assert intake.rows["id"].tolist() == ["4620001.00", "0514555", "24660001"]
    assert intake.rows["line"].tolist() == [2, 3, 5]  # where each record starts: a quoted newline takes a line


@pytest.mark.parametrize(("content", "told"), [
    ("", "x.csv: the file is empty. Ask for it again."),
    ("id\n1\n", "x.csv, line 1, column “n”: the column is missing. The file has: id."),
    ('id,n\n0,1\n"1,2\n', "x.csv, line 3: a quote opens and never closes."),
])
def test_a_fault_of_the_file_is_one_line_with_file_line_column_and_remedy(
    tmp_path: Path, content: str | bytes, told: str
) -> None:
    with pytest.raises(LoadError) as error:
        read_csv("d", file(tmp_path, content), "x.csv", ["id", "n"])
    assert str(error.value).startswith(told) and "\n" not in str(error.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"nowhere\.csv: the file is missing\. Put it in"):
        read_csv("d", tmp_path, "nowhere.csv", ["id"])


def test_rows_at_fault_are_refused_with_line_column_value_and_reason(tmp_path: Path) -> None:
    text = "id,n\n001,5\n2,6\n003,many\n004,-1\n005,\n001,5\n001,7\n"
    intake = read_csv("d", file(tmp_path, text), "x.csv", ["id", "n"])
    intake.identifier("id", r"\d{3}")
    intake.number("n", minimum=0)
    intake.unique("id")
    refused = [
        (int(r["line"]), r["column_name"], r["value"], r["rule"])
        for frame in intake.rejects for r in frame.to_dict("records")
    ]
    assert refused == [
        (3, "id", "2", "identifier"), (4, "n", "many", "number"), (5, "n", "-1", "range"), (8, "id", "001", "key"),
    ]
    assert intake.duplicates == 1 and len(intake.rows) == 2 and balanced(intake)
    assert intake.rows["n"].isna().tolist() == [False, True]  # a blank is missing, not zero
    with pytest.raises(LoadError, match=r"x\.csv, line 3, column “id”: 4 of 7 rows refused"):
        intake.check_threshold(0.02)
    intake.check_threshold(0.6)


ROWS = st.tuples(st.sampled_from(["1", "02", "003", "x", ""]), st.sampled_from(["1", "b", "", "9e9"]))


@given(st.lists(ROWS, max_size=40))
def test_the_ledger_always_balances(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = "id,n\n" + "".join(f"{a},{b}\n" for a, b in rows)
        intake = read_csv("d", file(Path(folder), text), "x.csv", ["id", "n"])
        intake.leave_out("blank id", intake.rows["id"] == "")
        intake.identifier("id", r"\d+")
        intake.number("n", maximum=100)
        intake.unique("id")
        assert intake.rows_read == len(rows) and balanced(intake)


def test_a_row_like_a_refused_one_is_refused_too_and_one_row_stands_for_a_key(tmp_path: Path) -> None:
    intake = read_csv("d", file(tmp_path, "id,n\n1,a\n1,b\n1,b\n2,c\n1,a\n"), "x.csv", ["id", "n"])
    intake.unique("id")
    assert intake.rows["line"].tolist() == [2, 5] and intake.rejected == 2 and intake.duplicates == 1


def feature(x: float, y: float) -> dict[str, object]:
    ring = [[x, y], [x + .1, y], [x + .1, y + .1], [x, y]]
    return {"type": "Feature", "properties": {"id": "1"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_metres_called_degrees_are_refused(tmp_path: Path) -> None:
    content = json.dumps({"type": "FeatureCollection", "features": [feature(300000.0, 5040000.0)]})
    with pytest.raises(LoadError, match="metres called degrees"):
        read_features("d", file(tmp_path, content, "x.geojson"), "x.geojson", ["id"])


def test_metres_that_say_so_are_reprojected(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32188"}}
    content = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature(300000.0, 5040000.0)]})
    intake = read_features("d", file(tmp_path, content, "x.geojson"), "x.geojson", ["id"])
    assert -74 < intake.rows["geometry"].iloc[0].bounds[0] < -73


def test_a_list_of_other_files_disguised_as_geojson_is_not_followed(tmp_path: Path) -> None:
    canary = tmp_path / "canary.csv"
    canary.write_text("id\nsecret\n")
    layer = f'<OGRVRTLayer name="canary"><SrcDataSource>{canary}</SrcDataSource></OGRVRTLayer>'
    vrt = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    with pytest.raises(LoadError, match="cannot be read as boundaries"):
        read_features("d", file(tmp_path, vrt, "x.geojson"), "x.geojson", ["id"])
