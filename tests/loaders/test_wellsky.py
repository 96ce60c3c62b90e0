"""WellSky exports: nested cells are read as literals and nothing else, codes are codes, people are never read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from loaders import wellsky
from loaders.draft import Draft
from tests.loaders.small import draft, one, source

FILES = {"organization": "breorganization.csv", "location": "brevlocation.csv", "service": "brevservices.csv",
         "phone": "brevlocationphone.csv", "address": "brevphysicaladdress.csv"}
PLACES = "ID,NAME,LATITUDE,LONGITUDE,ISACTIVE,SHOW_ON_PUBLIC_SITE,PHYSICAL_ADDRESS,CONTACTS\n"


def small(folder: Path, *, status: str = "Available", place: str = "[]", areas: str = "[]", public: str = "TRUE",
          updated: str = "2024-11-12 21:40:29") -> Draft:
    """One organization, two places (one hidden from the public) and a service at each."""
    (folder / "o.csv").write_text(f"ID,NAME,SHOW_ON_PUBLIC_SITE,CONTACTS\n1,Le Phare,{public},secret\n", "utf-8")
    (folder / "l.csv").write_text(
        f'{PLACES}7,Sous-sol,45.5,-73.6,TRUE,TRUE,"{place}",secret\n8,Refuge,45.5,-73.6,TRUE,FALSE,[],secret\n',
        "utf-8",
    )
    rows = [f'{n},1,{place},X-1,Soupe,{status},,,{updated},"French, English",Lundi,,"{areas}",TRUE'
            for n, place in ((5, 7), (6, 8))]
    (folder / "s.csv").write_text(",".join(wellsky.SERVICE) + "\n" + "\n".join(rows) + "\n", "utf-8")
    made = draft(folder)
    options = {"files": {"organization": "o.csv", "location": "l.csv", "service": "s.csv"}}
    wellsky.wellsky(made, source("w", "", options, threshold=1.0))
    return made


def test_a_place_hidden_from_the_public_is_not_listed(tmp_path: Path) -> None:
    made = small(tmp_path, place="[{'address_1': '1 rue A', 'attention': 'M. Un', 'city': 'Ville', 'address_2': None}]")
    assert made.frame("SELECT location_id, address FROM location").to_numpy().tolist() == [["w:7", "1 rue A, Ville"]]
    row = made.frame("SELECT * FROM service").iloc[0]
    assert row[["service_id", "name", "codes", "languages", "service_status"]].tolist() == [
        "w:5", "Sous-sol", "X-1", "fr,en", "active",
    ]
    assert row["description"] == "Soupe\nLundi" and str(row["last_modified"])[:10] == "2024-11-12"
    assert one(made, "SELECT rule FROM reject") == "reference" and one(made, "SELECT sum(rows) FROM left_out") == 1


def test_an_organization_hidden_from_the_public_is_not_listed(tmp_path: Path) -> None:
    made = small(tmp_path, public="FALSE")
    assert one(made, "SELECT count(*) FROM organization") == one(made, "SELECT count(*) FROM service") == 0
    assert one(made, "SELECT rows FROM left_out WHERE file = 'o.csv'") == 1


def test_a_day_to_come_is_noted_and_emptied(tmp_path: Path) -> None:
    made = small(tmp_path, updated="2150-01-01")
    assert one(made, "SELECT count(last_modified) FROM service") == 0
    assert one(made, "SELECT rule FROM cell_note") == "future"


def test_a_word_that_is_no_status_is_refused(tmp_path: Path) -> None:
    made = small(tmp_path, status="Perhaps")
    assert one(made, "SELECT count(*) FROM service") == 0
    assert one(made, "SELECT count(*) FROM reject WHERE rule = 'word'") == 1


@pytest.mark.parametrize("cell", [
    "[__import__('os').system('true')]", "[" * 5000, "{'a': 1}", "[1]", "[{'a': 1}",
    "[{}]" + " " * wellsky.LONGEST_CELL,
])
def test_a_cell_that_is_no_list_of_literals_is_emptied_and_noted(tmp_path: Path, cell: str) -> None:
    assert wellsky.nested(cell) is None
    made = small(tmp_path, areas=cell)
    assert one(made, "SELECT count(*) FROM service") == 1 and one(made, "SELECT count(*) FROM service_area") == 0
    assert one(made, "SELECT count(*) FROM cell_note WHERE rule = 'nested'") == 1


def test_service_areas_are_named_by_their_finest_level(tmp_path: Path) -> None:
    area = "[{'level': 'County', 'postal_code': None, 'county': 'Comté', 'state_name': 'État'}, {'level': 'National'}]"
    made = small(tmp_path, areas=area)
    rows = made.frame("SELECT name, extent FROM service_area ORDER BY name").to_numpy().tolist()
    assert rows == [["Comté", "County"], ["National", "National"]]


def test_the_real_export(raw: Path, tmp_path: Path) -> None:
    made = draft(tmp_path)
    made._raw = raw
    florida = {"files": FILES, "within": [-88, 24, -79, 32]}
    wellsky.wellsky(made, source("w", "services/wellsky_211brevard", florida))
    read = made.frame("SELECT file, rows_read, loaded, rejected FROM load_ledger ORDER BY file")
    assert read["rows_read"].tolist() == [10, 14, 23, 13, 18] and read["rejected"].sum() == 0
    assert made.frame("SELECT position FROM location").value_counts().to_dict() == {
        ("given",): 11, ("missing",): 2, ("outside",): 1,  # one is a head office in another state
    }
    assert one(made, "SELECT count(*) FROM service WHERE service_status = 'active'") == 18
    assert one(made, "SELECT count(*) FROM service WHERE name = codes") == 0
    stated = pd.read_csv(raw / "services/wellsky_211brevard/brevservices.csv", usecols=["NAME", "ALTERNATE_NAME"])
    assert set(made.frame("SELECT codes FROM service")["codes"]) == set(stated["NAME"])
    # The term of a code is its owner's text: no column holds it as a service's name.
    assert not set(made.frame("SELECT name FROM service")["name"]) & set(stated["ALTERNATE_NAME"])
    assert one(made, "SELECT sum(rows) FROM left_out WHERE rule = 'inactive'") == 6
    assert one(made, "SELECT count(DISTINCT name) FROM service_area WHERE service_id = 'w:4174'") == 52
