"""What readers take away, opened again by the programs they use: no formula, no lost accent, the same numbers."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rdflib
import shapely

from indicators import INDICATOR, coverage, missing
from loaders.store import Store, current_version, open_store
from views import equity, exports, metadata, sources, tables, taken, words
from views.taken import Taken

NAMES = {"T1": "Nord", "T2": "Côte-des-Neiges–Œuvre", "T3": "=HYPERLINK(1)", "T4": "L’Île, « Parc »", "T5": "@Rive"}


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    version = current_version("toyville")
    assert version
    return open_store("toyville", version)


@pytest.fixture
def what(store: Store) -> Iterator[Taken]:
    """Need out of reach in the five areas of Toyville: 0, 0.1, 0, nobody, not published; under difficult names."""
    frame = store.indicator(coverage.NEED.id, "district", "reach_m=1100")
    frame = frame.assign(name=frame["area_id"].map(NAMES), place="")
    with words.speaking("fr"):
        table = tables.of_values(frame, coverage.NEED)
        behind = sources.plain(store, ["toy_census", "toy_services"])
        yield Taken(
            "map", coverage.NEED.question.fr, "Une phrase avec 10,0\u00a0%.", lambda: table, store, "fr",
            "https://couvert.example/gap_map?lang=fr&version=x", date(2026, 11, 23), ("simulated",),
            ("district", "reach_m=1100"), behind.datasets, str(behind), coverage.NEED, None,
            taken.level_of(store, table),
        )


def made(what: Taken, form: str) -> bytes:
    return exports.made(what, exports.FORM[form])


def near(one: object, other: object) -> bool:
    """The same cell: both empty, or the same number to twelve digits, or the same words."""
    if one in (None, "") or other in (None, ""):
        return one in (None, "") and other in (None, "")
    try:
        return math.isclose(number(str(one)), number(str(other)), rel_tol=1e-12)
    except ValueError:
        return one == other


def number(text: str) -> float:
    """A number as LibreOffice writes it, a share as « 10% »."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


# --- tables -----------------------------------------------------------------------------------------------


def test_a_workbook_holds_numbers_words_and_no_formula(what: Taken) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(what, "xlsx")))
    assert book.sheetnames == ["Données", "Notes"]
    data = book["Données"]
    head = [cell.value for cell in data[1]]
    shown, whole = f"{coverage.NEED.title.fr} (%)", "Valeur, toutes les décimales"
    assert head[:3] == ["Code", "Secteur", shown] and data.max_row == 6
    assert not [cell.coordinate for row in data.iter_rows() for cell in row if cell.data_type == "f"]
    rows = {row[0].value: dict(zip(head, row)) for row in data.iter_rows(min_row=2)}
    assert rows["T2"][shown].value == 10.0 and rows["T2"][shown].data_type == "n"  # « 10,0 % » on the page
    assert rows["T2"][shown].number_format == "#,##0.0" and rows["T1"][shown].value == 0
    assert rows["T2"][whole].value == pytest.approx(10) and rows["T2"]["Unité"].value == "%"
    assert rows["T4"][whole].value is None and rows["T4"][shown].value.startswith("Sans objet")
    assert rows["T4"]["État"].value.startswith("Sans objet")
    assert [rows[area]["Secteur"].value for area in sorted(NAMES)] == list(NAMES.values())
    assert {row["Nature"].value for row in rows.values()} == {"Simulé"}


def test_the_notes_say_what_a_reader_must_know(what: Taken) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(what, "xlsx")))
    told = " ".join(str(cell.value) for row in book["Notes"].iter_rows() for cell in row if cell.value)
    for wanted in (
        coverage.NEED.question.fr, "Une phrase", coverage.NEED.formula, coverage.NEED.method.fr, "CC0", "Toyville",
        what.store.version, "SIMULÉ", "Sans objet", "Masqué", what.link, "Consulté le 23\u00a0novembre\u00a02026",
    ):
        assert wanted in told, wanted
    english = dataclasses.replace(what, language="en")
    told = str(openpyxl.load_workbook(io.BytesIO(made(english, "xlsx")))["Notes"]["B1"].value)
    assert told == coverage.NEED.question.en  # the sentence itself was made in French


def test_a_mixed_column_keeps_its_types_in_both_csv() -> None:
    frame = pd.DataFrame({"=year": pd.Series([1.5, "suppressed", "\0x", None], dtype="object")})
    assert tables.csv(frame, french_excel=True).decode("utf-8-sig").split("\r\n")[:4] == [
        "'=year", "1,5", "suppressed", "'\0x",
    ]
    assert tables.csv(frame, french_excel=False).decode().split("\n")[1] == "1.5"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_the_same_numbers_in_the_french_csv_and_the_workbook(what: Taken, tmp_path: Path) -> None:
    (tmp_path / "french.csv").write_bytes(made(what, "csv_excel"))
    (tmp_path / "book.xlsx").write_bytes(made(what, "xlsx"))
    # Read: `;`, UTF-8, French of Canada, numbers recognised. Written: `,`, UTF-8, cells as they are and not as shown.
    for file, read in (("french.csv", ["--infilter=CSV:59,34,76,1,,3084,false,true"]), ("book.xlsx", [])):
        subprocess.run(
            ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", *read,
             "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,false,false", "--outdir",
             str(tmp_path / f"out-{file}"), str(tmp_path / file)],
            check=True, capture_output=True, timeout=120,
        )
    french, book = (
        pd.read_csv(tmp_path / f"out-{file}" / f"{Path(file).stem}.csv", dtype=str, keep_default_na=False)
        for file in ("french.csv", "book.xlsx")
    )
    assert french.columns.tolist() == book.columns.tolist() and len(french) == len(book) == 5
    wrong = [
        (column, one, other) for column in french for one, other in zip(french[column], book[column])
        if not near(one.removeprefix("'"), other)
    ]
    assert wrong == []
    told = french.set_index("Code")
    shown = told[f"{coverage.NEED.title.fr} (%)"]
    assert float(shown["T2"]) == 10 and shown["T4"].startswith("Sans objet")
    assert float(told["Valeur, toutes les décimales"]["T2"]) == pytest.approx(10)


# --- maps -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "geojson"])
def test_a_map_file_opens_with_its_names_gaps_and_place_on_earth(what: Taken, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"areas.{form}"
    path.write_bytes(made(what, form))
    frame = gpd.read_parquet(path) if form == "parquet" else gpd.read_file(path, engine="pyogrio")
    assert frame.crs.to_epsg() == 4326 and len(frame) == 5
    rows = frame.set_index("area_id")
    assert rows["name"].to_dict() == NAMES
    assert rows.loc["T2", "value"] == pytest.approx(0.1) and rows.loc["T1", "value"] == 0
    assert rows.loc[["T4", "T5"], "value"].isna().all()
    assert rows["status"].to_dict() == {
        "T1": "ok", "T2": "ok", "T3": "ok", "T4": "not_applicable", "T5": "missing",
    }
    assert rows["basis"].eq("simulated").all() and rows.geometry.is_valid.all() and not rows.geometry.is_empty.any()
    west, south, east, north = frame.total_bounds
    assert -180 < west < east < 180 and -90 < south < north < 90


def test_a_geopackage_is_in_the_words_of_its_readers(what: Taken, tmp_path: Path) -> None:
    (tmp_path / "areas.gpkg").write_bytes(made(what, "gpkg"))
    assert pyogrio.list_layers(tmp_path / "areas.gpkg")[0][0] == "personnes-touchees-sans-aide-a-portee"
    frame = gpd.read_file(tmp_path / "areas.gpkg", engine="pyogrio")
    rows, shown = frame.set_index("Code"), f"{coverage.NEED.title.fr} (%)"
    assert frame.crs.to_epsg() == 4326 and rows["Secteur"].to_dict() == NAMES
    assert rows.loc["T2", shown] == 10 and rows.loc["T1", shown] == 0 and rows.loc[["T4", "T5"], shown].isna().all()
    assert rows["État"].str.split("\u00a0: ").str[0].to_dict() == {
        "T1": "Connu", "T2": "Connu", "T3": "Connu", "T4": "Sans objet", "T5": "Donnée manquante",
    }
    assert rows["Nature"].eq("Simulé").all() and rows.geometry.is_valid.all() and not rows.geometry.is_empty.any()


def test_geojson_keeps_to_its_standard_and_says_what_it_is(what: Taken) -> None:
    whole = json.loads(made(what, "geojson"))
    assert "crs" not in whole and whole["licence"] == "CC0" and "Données simulées" in whole["citation"]
    for feature in whole["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert all(part.exterior.is_ccw for part in getattr(shape, "geoms", [shape]))
    assert {f["properties"]["area_id"]: f["properties"]["value"] for f in whole["features"]}["T4"] is None


def test_an_area_without_limits_keeps_its_row(what: Taken, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shapes = what.store.shapes("district")
    monkeypatch.setattr(what.store, "shapes", lambda _: shapes[shapes["area_id"] != "T3"])
    (tmp_path / "areas.gpkg").write_bytes(made(what, "gpkg"))
    frame = gpd.read_file(tmp_path / "areas.gpkg")
    assert len(frame) == 5 and frame.set_index("Code").geometry.isna().to_dict()["T3"]


def test_only_areas_of_one_level_make_a_map(what: Taken) -> None:
    table = what.table()
    assert what.level == "district"
    assert {form.id for form in exports.offered(what)} >= {"gpkg", "parquet", "geojson"}
    twice = dataclasses.replace(table, export=pd.concat([table.export, table.export]))
    other = dataclasses.replace(table, export=table.export.assign(area_id="elsewhere").head(1))
    none = dataclasses.replace(table, export=table.export.drop(columns="area_id"))
    assert [taken.level_of(what.store, one) for one in (twice, other, none)] == ["", "", ""]
    assert not [f for f in exports.offered(dataclasses.replace(what, level="")) if f.family == "map"]


# --- what goes with them ----------------------------------------------------------------------------------


@pytest.fixture
def archive(what: Taken) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(made(what, "zip")))


def test_everything_is_in_the_archive_and_each_file_says_simulated(what: Taken, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    assert {name.split(".", 1)[1] for name in names if name.startswith("couvert")} == {
        "excel.csv", "machine.csv", "xlsx", "gpkg", "parquet", "geojson",
    }
    assert all("_SIMULE." in name for name in names if name.startswith("couvert"))
    french, english = (archive.read(name).decode("utf-8-sig") for name in ("LISEZMOI.txt", "README.txt"))
    assert coverage.NEED.question.fr in french and coverage.NEED.question.en in english
    assert "Données simulées" in french and "Simulated data" in english
    assert all(name in french and name in english for name in names)
    assert "Une phrase" in french and "Une phrase" not in english


def test_the_descriptor_describes_every_column_of_the_table_beside_it(archive: zipfile.ZipFile) -> None:
    record = json.loads(archive.read("datapackage.json"))
    (resource,) = record["resources"]
    frame = pd.read_csv(archive.open(resource["path"]), dtype=str, keep_default_na=False)
    fields = resource["schema"]["fields"]
    assert [field["name"] for field in fields] == frame.columns.tolist()
    assert all(field["description"] for field in fields) and resource["schema"]["missingValues"] == [""]
    for field in fields:
        held = frame.loc[frame[field["name"]] != "", field["name"]]
        if field["type"] == "number":
            held.map(float)
        if "enum" in field.get("constraints", {}):
            assert set(held) <= set(field["constraints"]["enum"])
    assert next(field["type"] for field in fields if field["name"] == "value") == "number"
    assert record["simulated"] is True and record["basis"] == ["simulated"]
    assert record["licenses"] == [{
        "title": "CC0", "name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    }]
    assert set(record["citation"]) == {"fr", "en"} and len(record["sources"]) == 2


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's own reader
def test_the_catalogue_record_is_a_graph_others_can_read(what: Taken, archive: zipfile.ZipFile) -> None:
    graph = rdflib.Graph().parse(data=archive.read("dcat.jsonld"), format="json-ld")
    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
    (one,) = [s for s in graph.subjects(rdflib.RDF.type, dcat.Dataset) if (s, dcat.version, None) in graph]
    assert {str(x.language) for x in graph.objects(one, dct.title)} == {"fr", "en"}
    assert rdflib.URIRef("https://creativecommons.org/publicdomain/zero/1.0/") in set(graph.objects(one, dct.license))
    assert len(list(graph.objects(one, dcat.distribution))) == 7  # six files and the descriptor
    assert rdflib.Literal("simulated") in set(graph.objects(one, dcat.keyword))
    assert len(list(graph.objects(one, rdflib.Namespace("http://www.w3.org/ns/prov#").wasDerivedFrom))) == 2


def test_what_touches_openstreetmap_is_shared_alike(what: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not metadata.openstreetmap(what)
    rows = what.store.datasets()
    odbl = "ODbL 1.0, © OpenStreetMap contributors"
    rows.loc[rows["dataset_id"] == "toy_services", ["licence_fr", "licence_en"]] = odbl
    monkeypatch.setattr(what.store, "datasets", lambda: rows)
    assert [one.name for one in metadata.licences(what)] == ["ODbL-1.0", "CC0-1.0"]  # the strictest first
    assert "offrez-la sous la même licence" in metadata.readme(what, [])
    record = json.loads(metadata.datapackage(what, taken.rows(what, words=False), "x.csv"))
    assert record["licenses"][0]["path"] == "https://opendatacommons.org/licenses/odbl/1-0/"


def test_a_citation_can_be_copied_in_both_languages(what: Taken) -> None:
    french = metadata.citation(what)
    with words.speaking("en"):
        english = metadata.citation(what)
    assert coverage.NEED.question.fr in french and coverage.NEED.question.en in english
    for told in (french, english):
        assert what.store.version in told and what.link in told and told.startswith("Couvert (2026).")


def test_an_export_names_an_indicator_only_beside_its_values(what: Taken) -> None:
    for column, named in (("value", True), ("count", False)):
        frame = pd.DataFrame({column: [0.2]})
        one = dataclasses.replace(what, table=lambda f=frame: tables.Table([], f, ""))
        rows = taken.rows(one, words=False)
        assert ({"indicator", "unit"} <= set(rows)) is named
        assert rows[["version", "basis"]].values.tolist() == [[what.store.version, "simulated"]]


def test_rows_that_name_their_indicator_are_in_its_unit(what: Taken) -> None:
    frame = pd.DataFrame({"indicator_id": ["fifth_ratio", "gini"], "value": [2.0, 0.15]})
    for about, named in (
        (INDICATOR["fifth_ratio"], [["fifth_ratio", "ratio"], ["gini", "index"]]),
        (missing.INDICATOR, [["who_is_missing", "share"]] * 2),  # there the column says what a row is about
    ):
        one = dataclasses.replace(what, table=lambda: tables.Table([], frame, ""), indicator=about)
        assert taken.rows(one, words=False)[["indicator", "unit"]].values.tolist() == named


def test_groups_and_areas_of_the_same_figure_keep_their_indicator(what: Taken) -> None:
    found, _ = equity.gaps(what.store)
    one = dataclasses.replace(what, table=lambda: equity.around_table(found), indicator=equity.GROUPS)
    rows = taken.rows(one, words=False)
    assert dict(zip(found["side"], rows["indicator"])) == {"group": equity.GROUPS.id, "area": equity.AREAS.id}
