"""A file nobody has described: a first mapping from its header, and a rehearsal that publishes nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from loaders import delimited, objects, sheets
from loaders.__main__ import main
from loaders.catalog import LoadError
from loaders.mapping import read_mapping
from loaders.sketch import sketch

THEIRS = """Bottin 2026;;;;;;;;
N°;Nom de l'organisme;Adresse;Téléphone;Latitude;Longitude;Vérifié le;Statut;Nom du responsable
1;Le Garde-Manger;1 rue A;514 555-0100;45,5;-73,6;25/02/2026;Ouvert;Canari Un
2;La Tablée;2 rue B;;45,6;-73,5;03/02/2026;En travaux;Canari Deux
3;;3 rue C;;;;;Ouvert;Canari Trois
"""


def test_a_sketch_names_what_it_could_tell_and_lists_the_rest(tmp_path: Path) -> None:
    (tmp_path / "bottin.csv").write_text(THEIRS, encoding="cp1252")
    written = sketch(tmp_path / "bottin.csv", "listing")
    content = tomllib.loads(written)
    assert content["file"] == {"header": 2, "delimiter": ";", "decimal": ","}
    assert content["fields"] == {
        "id": "N°", "name": "Nom de l'organisme", "kind": {"constant": "food_aid"}, "phone": "Téléphone",
        "status": {"column": "Statut", "words": {"Ouvert": "active", "En travaux": "?"}}, "address": "Adresse",
        "assured_date": {"column": "Vérifié le", "date": "%d/%m/%Y"}, "lat": "Latitude", "lon": "Longitude",
    }
    assert "#   Nom du responsable" in written and "capacity" in written


@pytest.mark.parametrize(("name", "content", "told"), [
    ("x.json", "{}", "not a list of records"), ("x.csv", "", "the file is empty"), ("x.xlsx", "a,b", "not a workbook"),
])
def test_a_sketch_of_a_broken_file_says_so(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(LoadError, match=told):
        sketch(tmp_path / name, "listing")


def test_a_file_nobody_has_described_is_opened_in_a_limited_process_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for opener in (delimited, objects, sheets):
        monkeypatch.delattr(opener, "archives")  # in this process, none of them could open a file
    (tmp_path / "x.csv").write_text("Nom;Téléphone\nA;1\n", encoding="utf-8")
    (tmp_path / "x.json").write_text('[{"nom": "A"}, {"url": "b", "two\\nlines": 1}]')
    assert 'name = "Nom"' in sketch(tmp_path / "x.csv", "listing")
    written = sketch(tmp_path / "x.json", "listing")
    assert tomllib.loads(written)["fields"]["url"] == "url" and "#   two lines" in written


def test_five_minutes_from_a_file_to_its_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bottin.csv"
    file.write_text(THEIRS.replace("03/02/2026", "=hier()"), encoding="cp1252")
    assert main(["sketch", str(file)]) == 0
    mapping = tmp_path / "mapping.toml"
    assert main(["rehearse", str(file)]) == 1  # a word nobody has decided on stops it at once
    assert "“?” is not a word for status. Use one of: active" in capsys.readouterr().err
    written = mapping.read_text(encoding="utf-8").replace('"?"', '"temporarily closed"')
    mapping.write_text(written.replace('"%Y-%m-%d"', '"JJ/MM/AAAA"'), encoding="utf-8")
    assert read_mapping(mapping).columns[:2] == ["N°", "Nom de l'organisme"]
    assert main(["rehearse", str(file), "--versions", str(tmp_path / "none")]) == 1
    said = capsys.readouterr().out
    assert "4 rows read = 1 left out + 2 loaded + 1 rejected + 0 duplicates (cp1252)" in said
    assert "A build would REFUSE this file: 33.3% of its rows are refused, and the limit is 2%" in said
    assert "1 × Nom de l'organisme: The cell is empty. First: line 5." in said
    assert "1 × Vérifié le: The date is not written as %d/%m/%Y. First: line 4." in said and "“=hier()”" in said
    rows = (tmp_path / "bottin.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("what;file;line;record;column;value")
    assert rows[1].startswith("rejected;bottin.csv;5;3;Nom de l'organisme;")
    assert ";'=hier();date;" in rows[2] and "Canari" not in "".join(rows)  # nothing a spreadsheet would run
    assert main(["sketch", str(file)]) == 0  # what a person wrote is never replaced
    assert "temporarily closed" in mapping.read_text(encoding="utf-8")


def test_a_missing_file_or_mapping_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", str(tmp_path / "x.csv")]) == 1
    (tmp_path / "x.csv").write_text("a\n1\n")
    assert main(["rehearse", str(tmp_path / "x.csv"), "--versions", str(tmp_path)]) == 1
    assert "the mapping is missing" in capsys.readouterr().err
