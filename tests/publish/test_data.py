"""What the site gives to take away: files, descriptors and catalogue agree with each other and with the store."""

from __future__ import annotations

import hashlib
import io
import json

import pandas as pd
import pytest
from lxml.html import HtmlElement
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF

from loaders.store import Store
from tests.publish import small

BASE = "https://couvert.example/site/"


def values(made: dict[str, bytes]) -> pd.DataFrame:
    (path,) = [path for path in made if "values_district" in path]
    return pd.read_csv(io.BytesIO(made[path]), dtype={"area_id": str})


def test_values_are_those_a_pencil_finds(made: dict[str, bytes]) -> None:
    rows = values(made).set_index(["indicator", "area_id"])
    need = rows.loc[("food_insecurity", "T2")]
    assert need["value"] == 0.2 and need["numerator"] == 60 and need["denominator"] == 300 and need["status"] == "ok"
    park = rows.loc[("food_insecurity", "T4")]
    assert pd.isna(park["value"]) and park["status"] == "not_applicable"
    shore = rows.loc[("food_insecurity", "T5")]
    assert pd.isna(shore["value"]) and shore["status"] == "missing"


def test_every_row_says_unit_basis_and_version(made: dict[str, bytes], store: Store) -> None:
    rows = values(made)
    assert rows[["unit", "version", "status", "name_fr", "name_en"]].notna().all(axis=None)
    assert set(rows["version"]) == {store.version}
    assert set(rows.loc[rows["status"] == "ok", "basis"]) == {"simulated"}


def test_the_data_package_describes_every_file(made: dict[str, bytes]) -> None:
    package = json.loads(made["data/datapackage.json"])
    described = {f"data/{one['path']}": one for one in package["resources"]}
    given = {path for path in made if path.startswith("data/") and path != "data/datapackage.json"}
    assert set(described) == given and package["simulated"] is True
    for path, one in described.items():
        assert one["bytes"] == len(made[path]) and one["hash"] == "sha256:" + hashlib.sha256(made[path]).hexdigest()
        assert one["licenses"] and one["sources"] and one["title"] != "" and one["description_en"] != ""
        assert ("SIMULE" in path) == one["simulated"], path
        if path.endswith(".csv"):
            head = pd.read_csv(io.BytesIO(made[path]), nrows=0).columns.tolist()
            assert [field["name"] for field in one["schema"]["fields"]] == head
    names = [one["name"] for one in package["resources"]]
    assert len(set(names)) == len(names)


def graph(content: bytes, form: str) -> Graph:
    return Graph().parse(data=content, format=form, publicID=BASE)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib's own reader
def test_both_catalogues_say_the_same(made: dict[str, bytes]) -> None:
    one, other = graph(made["catalog.jsonld"], "json-ld"), graph(made["catalog.ttl"], "turtle")
    assert len(one) > 100 and isomorphic(one, other)


def test_a_harvester_finds_what_it_needs(made: dict[str, bytes]) -> None:
    found = graph(made["catalog.ttl"], "turtle")
    (catalogue,) = found.subjects(RDF.type, DCAT.Catalog)
    sets = list(found.objects(catalogue, DCAT.dataset))
    assert len(sets) == len([path for path in made if path.startswith("data/")]) - 1
    for thing in (catalogue, *sets):
        for need in (DCTERMS.title, DCTERMS.description):
            assert {word.language for word in found.objects(thing, need)} == {"fr", "en"}  # type: ignore[attr-defined]
        assert list(found.objects(thing, DCTERMS.publisher))
    for one in sets:
        (file,) = found.objects(one, DCAT.distribution)
        (where,) = found.objects(file, DCAT.downloadURL)
        assert isinstance(where, URIRef) and str(where).removeprefix(BASE) in made
        assert list(found.objects(file, DCTERMS.license)) and list(found.objects(file, DCAT.accessURL))
        (size,) = found.objects(file, DCAT.byteSize)
        assert int(str(size)) == len(made[str(where).removeprefix(BASE)])


def test_the_data_page_names_files_licences_and_how_to_cite(
    pages: dict[str, HtmlElement], made: dict[str, bytes], store: Store,
) -> None:
    for lang in ("fr", "en"):
        page = pages[f"{lang}/data.html"]
        linked = {small.target(f"{lang}/data.html", str(x))[0] for x in page.xpath("//ul[@class='sets']//a/@href")}
        assert linked == {path for path in made if path.startswith("data/")} - {"data/datapackage.json"}
        cited = [small.text(one, ".") for one in page.xpath("//blockquote")]
        assert len(cited) == 2 and all(store.version in one for one in cited)
        assert "CC0" in small.text(page, "//section[@id='cite']")
