"""A file none of the loaders was written for, loaded by the mapping its custodian writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders.catalog import LoadError
from loaders.mapped import mapped
from loaders.mapping import read_mapping
from tests.loaders.small import draft, one, peopled, source

LISTING = """
table = "listing"
[file]
delimiter = ";"
decimal = ","
[fields]
id = "No"
name = "Nom de l’organisme"
kind = { constant = "food_aid" }
form = { column = "Genre", words = { "Comptoir" = "pantry", "Popote" = "home_delivery" }, other = "" }
status = { column = "Statut", words = { "Ouvert" = "active", "Fermé" = "defunct" } }
capacity = "Places"
assured_date = { column = "Vérifié", date = ["%d/%m/%Y", "%d %B %Y"] }
address = { join = ["No civique", "Rue"] }
lat = "Latitude"
lon = "Longitude"
hours = "Heures"
"""
ROWS = """Répertoire du quartier;;;;;;;;;;;;
No;Nom de l’organisme;Genre;Statut;Places;Vérifié;No civique;Rue;Latitude;Longitude;Heures;Cellulaire;Notes internes
1;Comptoir A;Comptoir;Ouvert;1\u00a0200;03/04/2026;12;rue du Nord;45,515;-73,595;Mon 09:00 - 12:00;555-0101;canary
2;Popote B;Popote;Fermé;;3 févr. 2026;;rue du Sud;45,505;-73,575;sur appel;;
3;Cuisine C;Autre;Ouvert;beaucoup;2026-02-30;7;rue de l’Est;45,505;-73,575;;;
4;;Comptoir;Ouvert;10;;;;;;;;
5;Comptoir E;Comptoir;Peut-être;10;;1;rue X;45,505;-73,575;;;
1;Comptoir A;Comptoir;Ouvert;1\u00a0200;03/04/2026;12;rue du Nord;45,515;-73,595;Mon 09:00 - 12:00;555-0101;canary
"""


def bring(folder: Path, mapping: str, rows: str | bytes, file: str = "theirs.csv") -> None:
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    (folder / file).write_bytes(rows if isinstance(rows, bytes) else rows.encode("cp1252"))


def options(**more: Any) -> dict[str, Any]:
    return {"mapping": "mapping.toml", **more}


def test_a_listing_in_french_excel_clothes(tmp_path: Path) -> None:
    bring(tmp_path, LISTING, ROWS)
    made = draft(tmp_path)
    mapped(made, source("dir", "theirs.csv", options(), threshold=0.5))
    ledger = made.frame("SELECT * FROM load_ledger").iloc[0]
    assert ledger["encoding"] == "cp1252"
    counts = ["rows_read", "left_out", "rows_in", "loaded", "rejected", "duplicates"]
    assert ledger[counts].tolist() == [7, 1, 6, 4, 1, 1]
    refused = made.frame("SELECT line, column_name, rule FROM reject ORDER BY line").values.tolist()
    assert refused == [[6, "name", "empty"]]
    notes = made.frame("SELECT line, column_name, value, rule FROM cell_note ORDER BY line, column_name")
    assert notes.values.tolist() == [
        [4, "hours", "sur appel", "hours"], [5, "assured_date", "2026-02-30", "date"],
        [5, "capacity", "beaucoup", "number"], [7, "status", "Peut-être", "word"],
    ]
    services = made.frame("SELECT name, kind, form, service_status, capacity, assured_date FROM service ORDER BY name")
    assert services["name"].tolist() == ["Comptoir A", "Comptoir E", "Cuisine C", "Popote B"]
    assert services["capacity"].tolist()[:2] == [1200.0, 10.0]
    assert services["capacity"].isna().tolist()[2:] == [True, True]
    assert str(services["assured_date"].iloc[0])[:10] == "2026-04-03"
    assert str(services["assured_date"].iloc[3])[:10] == "2026-02-03"
    assert one(made, "SELECT address FROM location WHERE location_id = 'dir:1'") == "12 rue du Nord"
    assert made.frame("SELECT byday, opens_at, closes_at FROM schedule").values.tolist() == [["MO", "09:00", "12:00"]]
    made.con.execute("CHECKPOINT")
    assert b"canary" not in made.path.read_bytes()


@pytest.mark.parametrize(("mapping", "told"), [
    ('table = "listings"', "“listings” is not a kind of table. Use one of: listing"),
    ('table = "listing"\n[fields]\nnmae = "x"', "“nmae” is not a field of a table of listing. Did you mean “name”?"),
    ('table = "listing"\n[fields]\nid = "x"', "nothing is mapped to “name”"),
    ('table = "listing"\n[fields]\nname = { colum = "x" }', "should say one of column, constant or join"),
    ('table = "listing"\n[fields]\nname = { column = "x", wrods = {} }', "Did you mean “words”?"),
    ('table = "listing"\n[fields]\nname = "n"\ndescription = "Narrative"', "are never read. Take the column out"),
    ('table = "listing"\n[fields]\nname = "n"\nphone = "CallerName"', "names of people"),
    ('table = "listing"\n[fields]\nname = { column = "n", match = "(a" }', "the match of “name” cannot be read"),
    ('table = [', "mapping.toml: "),
])
def test_a_mapping_at_fault_names_the_key_and_the_remedy(tmp_path: Path, mapping: str, told: str) -> None:
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    with pytest.raises(LoadError) as error:
        read_mapping(tmp_path / "mapping.toml")
    assert told in str(error.value) and "\n" not in str(error.value)


REFERRALS = """
table = "referrals"
[fields]
id = "call"
place = "where"
period = { column = "when", date = "%Y-%m-%d" }
need = { column = "what", words = { "Food" = "food", "Meals" = "food", "Rent" = "housing" } }
outcome = { column = "met", words = { "t" = "met", "f" = "unmet" } }
"""
NEEDS = """call,where,when,what,met
1,Nord,2026-03-02,Food,t
2,NORD,2026-03-31,Meals,t
3,Sud–Est,2026-03-05,Rent,f
4,sud-est,2026-04-05,Rent,f
5,Laval,2026-04-05,Rent,f
6,Nord,2026-04-05,Cats,f
1,Nord,2026-03-02,Food,t
2,Nord,2026-03-01,Rent,t
"""


def test_one_row_a_need_becomes_counts_and_repeats_are_not_counted_twice(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    bring(tmp_path, REFERRALS, NEEDS)
    mapped(made, source("calls", "theirs.csv", options(level="borough", grain="month"), threshold=0.5))
    (found,) = made.private["referrals"]
    assert found[["place_id", "need", "outcome", "count"]].values.tolist() == [
        ["B1", "food", "met", 2], ["B2", "housing", "unmet", 1], ["B2", "housing", "unmet", 1],
    ]
    ledger = made.frame("SELECT loaded, rejected, duplicates FROM load_ledger WHERE dataset_id = 'calls'").iloc[0]
    assert ledger.tolist() == [4, 3, 1]
    assert one(made, "SELECT count(value) FROM reject WHERE dataset_id = 'calls'") == 0  # a record’s cells stay out
    assert made.frame("SELECT line, rule FROM reject WHERE dataset_id = 'calls' ORDER BY line").values.tolist() == [
        [6, "place"], [7, "word"], [9, "key"],
    ]


def test_referrals_say_their_grain_and_level(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    bring(tmp_path, REFERRALS, NEEDS)
    for given in ({}, {"grain": "month"}, {"grain": "month", "level": "tract"}):
        with pytest.raises(LoadError, match="does not say"):
            mapped(made, source("calls", "theirs.csv", options(**given)))


def test_clients_keep_their_unit(tmp_path: Path) -> None:
    made = draft(tmp_path)
    bring(tmp_path, """
        table = "clients"
        [fields]
        organization = "org"
        period = { column = "mois", date = "%B %Y" }
        unit = { column = "unité", words = { "personnes" = "people", "paniers" = "visits" } }
        count = "n"
    """, "org,mois,unité,n\nA,mars 2026,personnes,50\nA,mars 2026,paniers,80\nA,mars 2026,bouches,9\n"
         "A,avril 2026,personnes,\n")
    mapped(made, source("served", "theirs.csv", options(), threshold=0.5))
    (found,) = made.private["clients"]
    assert found[["unit", "count"]].values.tolist()[:2] == [["people", 50.0], ["visits", 80.0]]
    assert found["count"].isna().tolist() == [False, False, True]
    assert one(made, "SELECT rejected FROM load_ledger") == 1


def test_values_by_area_from_a_percentage(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    bring(tmp_path, """
        table = "values"
        [fields]
        area = "arr"
        variable = { constant = "below_mbm" }
        year = { constant = 2021 }
        value = { column = "taux", decimal = ",", percent = true, maximum = 1 }
    """, "arr;taux\nNord;12,5 %\nSud-Est;..\nsud est;130 %\n")
    mapped(made, source("rates", "theirs.csv", options(level="borough"), threshold=0.5))
    assert made.con.execute("SELECT area_id, value, status FROM census_value ORDER BY area_id").fetchall() == [
        ("B1", 0.125, "ok"), ("B2", None, "missing"),
    ]
