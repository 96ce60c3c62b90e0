"""A file nobody has described: a first mapping from its header, and a rehearsal that publishes nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from loaders.__main__ import main
from loaders.catalog import LoadError
from loaders.mapping import read_mapping
from loaders.trial import sketch

THEIRS = """Bottin 2026;;;;;
N°;Nom de l'organisme;Adresse;Téléphone;Latitude;Longitude;Vérifié le
1;Le Garde-Manger;1 rue A;514 555-0100;45,5;-73,6;2026-02-01
2;La Tablée;2 rue B;;45,6;-73,5;hier
3;;3 rue C;;;;
"""


def test_a_sketch_names_what_it_could_tell_and_lists_the_rest(tmp_path: Path) -> None:
    (tmp_path / "bottin.csv").write_text(THEIRS, encoding="cp1252")
    written = sketch(tmp_path / "bottin.csv", "listing")
    content = tomllib.loads(written)
    assert content["file"] == {"header": 2, "delimiter": ";"}
    assert content["fields"] == {
        "name": "Nom de l'organisme", "kind": {"constant": "food_aid"}, "phone": "Téléphone", "address": "Adresse",
        "assured_date": {"column": "Vérifié le", "date": "%Y-%m-%d"}, "lat": "Latitude", "lon": "Longitude",
    }
    assert "#   N°" in written and "capacity" in written


@pytest.mark.parametrize(("name", "content", "told"), [
    ("x.json", "{}", "not a list of records"), ("x.csv", "", "the file is empty"), ("x.xlsx", "a,b", "not a workbook"),
])
def test_a_sketch_of_a_broken_file_says_so(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(LoadError, match=told):
        sketch(tmp_path / name, "listing")


def test_five_minutes_from_a_file_to_its_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bottin.csv"
    file.write_text(THEIRS, encoding="cp1252")
    assert main(["sketch", str(file)]) == 0
    mapping = tmp_path / "mapping.toml"
    written = mapping.read_text(encoding="utf-8")
    mapping.write_text(written.replace("[fields]", 'decimal = ","\n[fields]'), encoding="utf-8")
    assert read_mapping(mapping).columns[0] == "Nom de l'organisme"
    capsys.readouterr()
    assert main(["rehearse", str(file), "--versions", str(tmp_path / "none")]) == 0
    said = capsys.readouterr().out
    assert "4 rows read = 1 left out + 2 loaded + 1 rejected + 0 duplicates (cp1252)" in said
    assert "1 × name: The cell is empty. First: line 5." in said
    assert "1 × assured_date: The date is not written as %Y-%m-%d. First: line 4." in said
    rows = (tmp_path / "bottin.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 3 and rows[1].startswith('"rejected","bottin.csv","5","name"')
    assert main(["sketch", str(file)]) == 0  # what a person wrote is never replaced
    assert 'decimal = ","' in mapping.read_text(encoding="utf-8")


def test_a_missing_file_or_mapping_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", str(tmp_path / "x.csv")]) == 1
    (tmp_path / "x.csv").write_text("a\n1\n")
    assert main(["rehearse", str(tmp_path / "x.csv"), "--versions", str(tmp_path)]) == 1
    assert "the mapping is missing" in capsys.readouterr().err
