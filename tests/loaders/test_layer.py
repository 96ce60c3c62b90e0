"""A reader's own table: a bad file ends in a fault with words, every row in one account, no number guessed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest

from loaders import layer, placing
from loaders.layer import Check, UploadError
from loaders.placing import Known
from tests.corpus import archives, geometry, text, workbooks
from tests.corpus.entry import Entry
from views import words

AREAS = pd.DataFrame({
    "area_id": ["2021S05070001.00", "2021S05070002.00", "T3", "T4"], "code": ["0001.00", "0002.00", "T3", "T4"],
    "name_fr": ["Nord", "L’Île-Est", "Parc", "Rive"], "name_en": ["North", "East Island", "Park", "Shore"],
})
SQUARE = '{"type":"Polygon","coordinates":[[[-74,45],[-73,45],[-73,46],[-74,46],[-74,45]]]}'


@pytest.fixture
def known() -> Known:
    return layer.areas_of(AREAS, {"Ile Est (ancien)": "2021S05070002.00"})


def checked(known: Known, cells: dict[str, list[str]], kind: str = "count", hundred: bool | None = None) -> Check:
    names = list(cells)
    rows = pd.DataFrame({"line": range(2, 2 + len(cells[names[0]])), **cells})
    none = pd.DataFrame(columns=["line", "column", "value", "rule"])
    made = layer.by_area(
        rows, none, len(rows), known, key=(names[0], rows[names[0]]), value=(names[1], rows[names[1]]), kind=kind,
        hundred=hundred,
    )
    counts = made.counts
    assert counts["rows_read"] == counts["used"] + counts["refused"] + counts["duplicates"]
    return made


def values(made: Check) -> dict[str, float | None]:
    return {a: None if pd.isna(v) else v for a, v in zip(made.placed["area_id"], made.placed["value"])}


def rules(made: Check) -> list[tuple[int, str]]:
    return list(zip(made.refused["line"], made.refused["rule"]))


# --- areas ------------------------------------------------------------------------------------------------


def test_names_codes_dguids_spellings_and_lost_zeros_find_their_area(known: Known) -> None:
    written = ["nord", "Lile est", "l'ile-est", "East Island", "Ile Est (ancien)", "2021S05070001.00", "0001.00", "1",
               "T3", "2.0"]
    area, how = placing.placed(pd.Series(written), known)
    one, two = "2021S05070001.00", "2021S05070002.00"
    assert [None if pd.isna(x) else x for x in area] == [one, None, two, two, two, one, one, one, "T3", two]
    assert how.tolist() == ["exact", "unknown", "exact", "exact", "exact", "exact", "exact", "repaired", "exact",
                            "repaired"]


@pytest.mark.parametrize(("cell", "why"), [
    ("", "empty"), ("..", "empty"), ("Total", "total"), ("H2X 1Y4", "postal"), ("h2x", "postal"), ("Laval", "unknown"),
    ("2016S05070001.00", "vintage"), ("'; DROP TABLE area; --", "unknown"), ("<script>", "unknown"),
])
def test_why_a_place_is_none_of_the_areas(known: Known, cell: str, why: str) -> None:
    area, how = placing.placed(pd.Series([cell]), known)
    assert area.isna().all() and how.tolist() == [why]


def test_the_key_is_the_column_and_level_that_place_most_rows(known: Known) -> None:
    other = layer.areas_of(AREAS.assign(area_id=["1", "2", "3", "4"], code=["1", "2", "3", "4"]), {})
    columns = [("n", pd.Series(["1", "2", "900"])), ("Secteur", pd.Series(["Nord", "Parc", "Rive"]))]
    key = layer.best_key(columns, {"tract": known, "district": other})
    assert key is not None and (key.column, key.rows) == (1, 3)
    assert layer.best_key([("a", pd.Series(["x", "y"]))], {"tract": known}) is None


# --- values -----------------------------------------------------------------------------------------------


def test_counts_of_one_area_are_added_and_shares_never_are(known: Known) -> None:
    cells = {"a": ["Nord", "Nord", "Parc", "Parc"], "v": ["0.2", "0.3", "0.1", "0.1"], "x": ["1", "2", "3", "4"]}
    made = checked(known, cells)
    assert values(made) == {"2021S05070001.00": 0.5, "T3": 0.2} and made.counts["several"] == 2
    made = checked(known, cells, "share")
    assert values(made) == {"T3": 0.1}  # of the two that differ neither stands
    assert rules(made) == [(2, "several"), (3, "several")]


def test_a_row_repeated_word_for_word_counts_once(known: Known) -> None:
    made = checked(known, {"a": ["Nord", "Nord", "Nord"], "v": ["5", "5", "6"]})
    assert values(made) == {"2021S05070001.00": 11.0} and made.counts["duplicates"] == 1


def test_a_symbol_is_a_status_and_hides_the_sum_it_would_be_part_of(known: Known) -> None:
    made = checked(known, {"a": ["Nord", "Nord", "Parc", "Rive"], "v": ["5", "x", "..", "0"]})
    assert values(made) == {"2021S05070001.00": None, "T3": None, "T4": 0.0}
    assert made.placed["status"].tolist() == ["suppressed", "missing", "ok"] and made.counts["silent"] == 2


@pytest.mark.parametrize(("cells", "kind", "read", "decimal"), [
    (["1\u00a0234,5", "2\u202f000", "12,25"], "count", [1234.5, 2000.0, 12.25], ","),
    (["1,234", "12,345.5", "7"], "count", [1234.0, 12345.5, 7.0], "."),
    (["1,234", "987", "2,000"], "count", [1234.0, 987.0, 2000.0], "."),  # a count: they group thousands
    (["0,234", "0,987"], "share", [0.234, 0.987], ","),  # a share: they are decimals
    (["12 %", "12,5%"], "share", [0.12, 0.125], ","),
    (["’12", "1e3"], "count", [12.0, 1000.0], "."),
    (["1.234,5", "2,5"], "count", [None, 2.5], "."),  # point and comma: refused rather than guessed
    (["∞", "nan", "abc", "1 23"], "count", [None] * 4, "."),
])
def test_numbers_as_people_write_them(cells: list[str], kind: str, read: list[float | None], decimal: str) -> None:
    value, status, _, mark = placing.written_numbers(pd.Series(cells), kind)
    if cells[0] == "1.234,5":
        assert pd.isna(value.iloc[0]) and status.iloc[0] == "unknown"
        return
    assert [None if pd.isna(x) else x for x in value] == read and mark == decimal
    assert [one == "ok" for one in status] == [x is not None for x in read]


def test_one_column_of_shares_is_in_one_unit(known: Known) -> None:
    three = {"a": ["Nord", "Parc", "Rive"]}
    assert list(values(checked(known, {**three, "v": ["12", "0.5", "7"]}, "share")).values()) == [0.12, 0.005, 0.07]
    assert list(values(checked(known, {**three, "v": ["0.12", "0.5", "1"]}, "share")).values()) == [0.12, 0.5, 1.0]
    assert rules(checked(known, {**three, "v": ["12", "0.5", "1"]}, "share", hundred=False)) == [(2, "share")]
    assert rules(checked(known, {**three, "v": ["-1", "2", "beaucoup"]})) == [(2, "negative"), (4, "number")]


def test_what_a_column_seems_to_hold() -> None:
    assert placing.likely_kind("Personnes", pd.Series(["12", "1 000"])) == "count"
    assert placing.likely_kind("Taux pour 1 000", pd.Series(["12", "10"])) == "rate"
    assert placing.likely_kind("x", pd.Series(["12 %", "10 %"])) == "share"
    assert placing.likely_kind("x", pd.Series(["0.5", "0.25"])) == "share"
    assert placing.likely_kind("part", pd.Series(["12", "10"])) == "share"


# --- points -----------------------------------------------------------------------------------------------


def test_points_outside_swapped_at_zero_and_in_metres_are_refused_by_name() -> None:
    lat = pd.Series(["45,5", "-73.5", "0", "5040000", "48.8", ""])
    lon = pd.Series(["-73,5", "45.5", "0", "300000", "2.3", "-73.5"])
    rows = pd.DataFrame({"line": range(2, 8), "c0": lat, "c1": lon})
    none = pd.DataFrame(columns=["line", "column", "value", "rule"])
    made = layer.by_point(rows, none, 6, [SQUARE], lon=("x", lon), lat=("y", lat), label=None, value=None, kind="count")
    assert made.placed[["lon", "lat"]].to_numpy().tolist() == [[-73.5, 45.5]]
    assert rules(made) == [(3, "swapped"), (4, "zero"), (5, "metres"), (6, "outside"), (7, "coordinates")]
    assert made.refused["value"].tolist()[0] == "45.5 / -73.5"


# --- files ------------------------------------------------------------------------------------------------


def said(kind: str) -> None:
    """The kind of fault has words in both languages."""
    for language in words.LANGUAGES:
        assert f"add_layer.fault_{kind}" in words.catalogue(language), kind


def bad(names: set[str]) -> list[Entry]:
    every = [*text.ENTRIES, *workbooks.ENTRIES, *archives.ENTRIES, *geometry.ENTRIES]
    return [entry for entry in every if entry.name in names]


KINDS = {
    "a byte that is no character of cp1252": "encoding", "a quote that never closes": "quote", "no byte": "empty",
    "names and no row": "no_rows", "a workbook with a password": "old_workbook", "654 kB that are 186 MB": "too_much",
    "a list of files named x.csv": "other_kind", "metres in a GeoJSON": "projection", "half a GeoJSON": "broken",
}


@pytest.mark.parametrize("entry", bad(set(KINDS)), ids=lambda entry: entry.name)
def test_a_bad_file_of_the_corpus_is_refused_with_words(entry: Entry, tmp_path: Path) -> None:
    entry.write(tmp_path)
    (path,) = tmp_path.iterdir()
    with pytest.raises(UploadError) as caught:
        layer.read(path.name, path.read_bytes())
    assert caught.value.kind == KINDS[entry.name]
    said(caught.value.kind)


def test_every_kind_of_fault_has_words() -> None:
    for kind in (*(kind for kind, _ in layer._FAULTS), "ending", "size", "no_rows", "no_key", "too_long", "too_wide",
                 "broken"):
        said(kind)


def test_too_large_or_of_another_kind_is_refused_before_it_is_read() -> None:
    for name, data, kind in (("x.csv", b"a" * (layer.LARGEST + 1), "size"), ("x.exe", b"MZ", "ending"),
                             ("x.geojson/../../y", b"", "ending")):
        with pytest.raises(UploadError) as caught:
            layer.read(name, data)
        assert caught.value.kind == kind


def test_bad_records_are_refused_alone_and_the_file_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    upload = layer.read("../étrange !.csv", "Tableau 1\nid;n;n\na;1;2\nb;2\nMontrÃ©al;1;1\n".encode())
    assert upload.columns == ("id",) and upload.unread == ("n",)
    assert upload.refused[["line", "rule"]].to_numpy().tolist() == [[4, "fields"], [5, "encoding"]]
    assert upload.rows_read == 3 and upload.column(0).tolist() == ["a"]
    assert list(tmp_path.iterdir()) == []


def test_points_of_a_geojson_are_coordinates() -> None:
    feature = '{"type":"Feature","properties":{"nom":"A","n":%d},"geometry":{"type":"Point","coordinates":[%s,45.5]}}'
    data = '{"type":"FeatureCollection","features":[' + feature % (3, "-73.5") + "," + feature % (4, "2.1") + "]}"
    upload = layer.read("x.json", data.encode())
    assert upload.pointed and upload.columns == ("nom", "n")
    assert upload.rows["lon"].tolist() == [-73.5, 2.1] and upload.column(1).tolist() == ["3", "4"]
