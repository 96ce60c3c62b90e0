"""A file none of the loaders was written for, loaded by the mapping its custodian writes."""

from __future__ import annotations

import shutil
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
    assert ledger[counts].tolist() == [7, 1, 6, 3, 2, 1]
    refused = made.frame("SELECT line, column_name, rule FROM reject ORDER BY line").values.tolist()
    assert refused == [[6, "Nom de l’organisme", "empty"], [7, "Statut", "word"]]
    notes = made.frame("SELECT line, column_name, value, rule FROM cell_note ORDER BY line, column_name")
    assert notes.values.tolist() == [
        [4, "Heures", "sur appel", "hours"], [5, "Places", "beaucoup", "number"],
        [5, "Vérifié", "2026-02-30", "date"],
    ]
    services = made.frame("SELECT name, kind, form, service_status, capacity, assured_date FROM service ORDER BY name")
    assert services["name"].tolist() == ["Comptoir A", "Cuisine C", "Popote B"]
    assert services["capacity"].iloc[0] == 1200 and services["capacity"].isna().tolist()[1:] == [True, True]
    assert str(services["assured_date"].iloc[0])[:10] == "2026-04-03"
    assert str(services["assured_date"].iloc[2])[:10] == "2026-02-03"
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
    ('table = "listing"\n[fields]\nname = "n"\ndescription = "Narrative"', "are not read. Take the column out"),
    ('table = "listing"\n[fields]\nname = "n"\nphone = "Cellulaire"', "If it is public: phone = { column = …, public"),
    ('table = "listing"\n[fields]\nname = "n"\nverifier = "Nom du responsable"', "names of people"),
    ('table = "listing"\n[fields]\nname = "n"\ncapacity = { column = "c", minimum = "0" }', "is not a number"),
    ('table = "listing"\n[file]\ndecimal = "virgule"\n[fields]\nname = "n"', "the decimal is neither"),
    ('table = "listing"\n[fields]\nname = "n"\nkind = { constant = "soup" }', "“soup” is not a word for kind"),
    ('table = "listing"\n[fields]\nname = "n"\nassured_date = { column = "d", date = "%d/%m" }', "says no year"),
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


def counts_by_need(words: str) -> str:
    return f"""
table = "referrals"
[fields]
place = "p"
period = {{ column = "d", date = "%Y-%m-%d" }}
need = {{ column = "n", words = {words} }}
count = "c"
"""


@pytest.mark.parametrize("rows", [
    ["Nord,2026-03-01,Food,10", "Nord,2026-03-02,Food,10"],  # two days of a month
    ["Nord,2026-03-01,Food,10", "Nord,2026-03-01,Meals,10"],  # two of their needs that are one of ours
    ["Nord,2026-03-01,Food,10", "NORD,2026-03-01,Food,10"],  # two spellings of a place
])
def test_counts_that_become_one_are_added_not_taken_for_repeats(tmp_path: Path, rows: list[str]) -> None:
    made = peopled(tmp_path)
    bring(tmp_path, counts_by_need('{ Food = "food", Meals = "food" }'), "\n".join(["p,d,n,c", *rows, rows[0]]))
    mapped(made, source("calls", "theirs.csv", options(level="borough", grain="month")))
    (found,) = made.private["referrals"]
    assert found[["place_id", "need", "count"]].values.tolist() == [["B1", "food", 20]]
    ledger = made.frame("SELECT loaded, duplicates FROM load_ledger WHERE dataset_id = 'calls'")
    assert ledger.values.tolist() == [[2, 1]]


@pytest.mark.parametrize(("mapping", "header"), [
    ('table = "listing"\n[fields]\nname = "n"\ncapacity = "c"', "n,c"),
    ('table = "clients"\n[fields]\norganization = "o"\nperiod = "d"\nunit = "u"\ncount = "c"', "o,d,u,c"),
    ('table = "values"\n[fields]\narea = "a"\nvariable = "v"\nyear = "y"\nvalue = "x"', "a,v,y,x"),
    (counts_by_need("{}"), "p,d,n,c"),
])
def test_a_file_of_a_header_alone_is_refused(tmp_path: Path, mapping: str, header: str) -> None:
    made = peopled(tmp_path)
    bring(tmp_path, mapping, f"{header}\n")
    with pytest.raises(LoadError, match=r"theirs\.csv: it has a header and no row"):
        mapped(made, source("none", "theirs.csv", options(level="borough", grain="month")))


def test_no_cell_of_a_refused_record_of_clients_is_kept(tmp_path: Path) -> None:
    made = draft(tmp_path)
    mapping = 'table = "clients"\n[fields]\norganization = "o"\nperiod = "d"\nunit = "u"\ncount = "c"'
    bring(tmp_path, mapping, "o,d,u,c\nA,2026-01-01,people,-3\nB,Canary Name,people,4\n")
    mapped(made, source("served", "theirs.csv", options(), threshold=0.5))
    assert one(made, "SELECT count(*) FROM reject") == 1
    assert one(made, "SELECT count(value) FROM reject") + one(made, "SELECT count(value) FROM cell_note") == 0


def test_the_food_banks_of_toronto(raw: Path, tmp_path: Path) -> None:
    """A real file of points that no loader was written for."""
    (tmp_path / "mapping.toml").write_text(
        'table = "listing"\n[fields]\nid = "ID"\nname = "ID"\nkind = { constant = "food_aid" }\nlon = "X"\nlat = "Y"\n',
        encoding="utf-8",
    )
    shutil.copy(raw / "services/food_locations/toronto_foodbanks_feb2020_apr2021_xy.csv", tmp_path / "t.csv")
    made = draft(tmp_path)
    mapped(made, source("to", "t.csv", options(within=[-79.7, 43.5, -79.1, 43.9])))
    assert made.frame("SELECT rows_read, loaded, rejected FROM load_ledger").to_numpy().tolist() == [[102, 102, 0]]
    assert made.frame("SELECT position, count(*) FROM location GROUP BY 1 ORDER BY 1").to_numpy().tolist() == [
        ["given", 101], ["outside", 1],  # one east of the city
    ]
    assert one(made, "SELECT count(DISTINCT (lon, lat)) FROM location WHERE lon IS NOT NULL") == 101 - 4
