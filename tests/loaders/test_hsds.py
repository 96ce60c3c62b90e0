"""HSDS packages 1.x to 3.1 and JSON: an orphan is refused and its file is not, people are never read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.hsds import hsds
from loaders.store import Store
from tests.loaders.small import ABOUT, draft, one, source

MIAMI = "services/open211_miami_hsds1"
FLORIDA = [-87.7, 24.3, -79.8, 31.1]
SMALL = {
    "organizations": "id,name\no,Le Phare\n",
    "services": "id,organization_id,name,status\ns,o,Soupe,active\n",
    "locations": "id,latitude,longitude\nl,45.5,-73.6\n",
    "service_at_location": "id,service_id,location_id\nsl,s,l\n",
}


def loaded(folder: Path, file: str = "p", raw: Path | None = None, **options: Any) -> Draft:
    """A package loaded into an empty draft, however many rows it refuses."""
    made = draft(folder)
    made._raw = raw or folder
    hsds(made, source("d", file, options, threshold=1.0))
    return made


def package(folder: Path, **files: str) -> Draft:
    """The small package with some files replaced or added, loaded."""
    (folder / "p").mkdir()
    for name, text in (SMALL | files).items():
        (folder / "p" / f"{name}.csv").write_text(text, "utf-8")
    return loaded(folder)


def rules(made: Draft, table: str = "reject") -> dict[tuple[str, str, str], int]:
    """Rows refused (or cells noted) by file, column and rule."""
    rows = made.frame(f"SELECT file, column_name, rule, count(*) AS n FROM {table} GROUP BY ALL")
    return {(Path(file).stem, column, rule): n for file, column, rule, n in rows.itertuples(index=False)}


def left_out(made: Draft) -> dict[str, int]:
    """Rows left out by rule, those that left none aside."""
    rows = made.frame("SELECT rule, sum(rows)::INT AS n FROM left_out WHERE rows > 0 GROUP BY rule")
    return dict(zip(rows["rule"], rows["n"], strict=True))


def rows_of(made: Draft, *tables: str) -> list[int]:
    """How many rows each table holds."""
    return [one(made, f"SELECT count(*) FROM {table}") for table in tables]


# --- the laws, on files made here ------------------------------------------------------------------------


def test_an_orphan_is_refused_with_all_that_names_it(tmp_path: Path) -> None:
    made = package(
        tmp_path, services="id,organization_id,name,status\ns,o,Soupe,active\nx,gone,Pain,active\n",
        service_at_location="id,service_id,location_id\nsl,s,l\nsx,x,l\nsy,s,nowhere\n",
        locations="id,organization_id,latitude,longitude\nl,gone,45.5,-73.6\n",
    )
    assert rules(made) == {
        ("services", "organization_id", "reference"): 1, ("service_at_location", "service_id", "reference"): 1,
        ("service_at_location", "location_id", "reference"): 1,
    }
    # HSDS does not ask a location for its organization: the cell is emptied, the place stays.
    assert rules(made, "cell_note") == {("locations", "organization_id", "reference"): 1}
    assert rows_of(made, "service", "location", "service_at_location") == [1, 1, 1]


def test_a_status_is_one_of_four_words_or_noted_as_blank(tmp_path: Path) -> None:
    made = package(tmp_path, services="id,organization_id,name,status\ns,o,A,Active\nt,o,B,\nu,o,C,perhaps\n"
                   "v,o,D,temporarily closed\n")
    assert made.frame("SELECT service_status FROM service ORDER BY name")["service_status"].tolist() == [
        "active", "active", "temporarily closed",
    ]
    assert rules(made) == {("services", "status", "word"): 1}
    assert rules(made, "cell_note") == {("services", "status", "status_blank"): 1}


def test_dates_that_are_none_or_in_the_future_are_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ABOUT, "retrieved", "2025-01-31")
    made = package(tmp_path, services="id,organization_id,name,status,assured_date,last_modified\n"
                   "s,o,A,active,2005-01-01,2025-01-15T10:30:45.123Z\nt,o,B,active,6/16/99,2031-01-01\n"
                   "u,o,C,active,today,\n")
    found = made.frame("SELECT assured_date, last_modified FROM service ORDER BY name").astype("str")
    assert found.fillna("none").to_numpy().tolist() == [
        ["2005-01-01", "2025-01-15"], ["none", "none"], ["none", "none"],
    ]
    assert rules(made, "cell_note") == {
        ("services", "assured_date", "date"): 2, ("services", "last_modified", "future"): 1,
    }


def test_weekly_rules_become_openings_and_others_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ABOUT, "retrieved", "2025-01-31")
    head = "id,service_id,location_id,service_at_location_id,freq,interval,byday,dtstart,valid_to,opens_at,closes_at\n"
    made = package(tmp_path, schedules=head + (
        "1,s,,,WEEKLY,1,\"MO,WE\",,,10:00:00,18:00:00\n2,,,sl,WEEKLY,,SA,,,22:00,02:00\n"
        "3,s,,,WEEKLY,,,2024-01-04,,09:00,10:00\n4,s,,,MONTHLY,,1MO,,,09:00,10:00\n5,s,,,WEEKLY,2,FR,,,09:00,10:00\n"
        "6,s,,,WEEKLY,,FR,,2024-12-31,09:00,10:00\n7,,l,,WEEKLY,,FR,,,09:00,10:00\n8,s,,,,,,,,,\n"
        "9,s,,,WEEKLY,,1FR,,,09:00,10:00\n10,s,,,WEEKLY,,FR,,,nine,10:00\n11,gone,,,WEEKLY,,FR,,,09:00,10:00\n"
        "12,s,,,WEEKLY,,FR,,,10:00,09:00\n13,s,,,WEEKLY,,FR,,,00:00,00:00\n14,s,,,WEEKLY,,FR,,,,10:00\n"
    ))
    assert made.frame("SELECT byday, opens_at, closes_at FROM schedule ORDER BY ALL").to_numpy().tolist() == [
        ["MO", "10:00", "18:00"], ["SA", "22:00", "24:00"], ["SU", "00:00", "02:00"], ["TH", "09:00", "10:00"],
        ["WE", "10:00", "18:00"],
    ]
    assert left_out(made) == {
        "hours not of every week": 2, "hours of another season": 1, "hours of a building": 1,
        "hours told in words only": 1, "closed that day": 1,
    }
    assert rules(made) == {
        ("schedules", "byday", "weekday"): 1, ("schedules", "opens_at", "time"): 1,
        ("schedules", "opens_at", "empty"): 1, ("schedules", "closes_at", "order"): 1,
        ("schedules", "service_id", "reference"): 1,
    }


def test_the_line_of_a_contact_is_left_out_and_no_person_is_read(tmp_path: Path) -> None:
    head = "id,location_id,service_id,organization_id,contact_id,service_at_location_id,number,type\n"
    made = package(
        tmp_path, contacts="\0not,even\ntext", phones=head + (
            "1,,s,,c,,555-PRIVATE,voice\n2,,,o,,,555-0001,voice\n3,,,,,sl,555-0002,\n4,l,,,,,555-0003,voice\n"
            "5,,s,,,,555-0004,fax\n6,,s,,,,,voice\n"
        ), addresses="id,location_id,attention,address_1,city,address_type\n1,l,Mme Une,1 rue A,Ville,physical\n"
                     "2,l,Mme Une,C.P. 2,Ville,postal\n",
    )
    assert one(made, "SELECT phone FROM service") == "555-0002"  # its place's line goes before its organization's
    assert left_out(made) == {
        "line of a contact": 1, "not a voice line": 1, "line of a place": 1, "postal or virtual address": 1,
    }
    assert rules(made) == {("phones", "number", "empty"): 1}
    assert one(made, "SELECT address FROM location") == "1 rue A, Ville"
    tables = ("service", "location", "reject", "cell_note")
    held = "".join(made.frame(f"SELECT * FROM {table}").to_csv() for table in tables)
    assert "PRIVATE" not in held and "Mme" not in held


def test_a_capacity_counts_where_its_unit_is_people_a_month(tmp_path: Path) -> None:
    services = "id,organization_id,name,status\n" + "".join(f"{x},o,{x},active\n" for x in "abcde")
    made = package(
        tmp_path, services=services, service_at_location="service_id,location_id\na,l\n",
        units="id,name\n1,People per month\n2,Kilogram\n3,meals a day\n",
        service_capacity="id,service_id,unit_id,available,maximum\n1,a,1,5,120\n2,b,2,5,120\n3,c,1,12,10\n"
                         "4,d,1,,-4\n5,gone,1,1,2\n6,e,1,3,\n",
    )
    told = made.frame("SELECT name, capacity FROM service WHERE capacity IS NOT NULL")
    assert told.to_numpy().tolist() == [["a", 120]]
    assert left_out(made) == {"unit that is not people a month": 1, "no maximum told": 1}
    assert {rule for _, _, rule in rules(made)} == {"order", "range", "reference"}
    again = tmp_path / "again"
    again.mkdir()
    hsds(other := _reader(again, tmp_path), source("d", "p", {"capacity_units": {"kilogram": 2}}, threshold=1.0))
    assert one(other, "SELECT capacity FROM service WHERE name = 'b'") == 240


def _reader(folder: Path, raw: Path) -> Draft:
    made = draft(folder)
    made._raw = raw
    return made


def test_codes_languages_costs_and_metadata_describe_a_service(tmp_path: Path) -> None:
    made = package(
        tmp_path, taxonomy_terms="id,code,name\nt1,X-1,n\nt2,X-2,n\n",
        attributes="id,link_id,taxonomy_term_id,link_type,link_entity\n1,s,t1,x,service\n2,s,t2,x,service\n"
                   "3,l,t1,x,location\n4,s,gone,x,service\n5,s,t1,x,service\n",
        languages="id,service_id,location_id,name,code\n1,s,,French,fr\n2,s,,Inuktitut,\n3,s,,ask us,\n"
                  "4,,l,English,en\n",
        cost_options="id,service_id,option,amount,currency,amount_description\n1,s,Adultes,5,cad,par mois\n",
        metadata="id,resource_id,last_action_date,updated_by\n1,s,2024-05-06T01:02:03Z,Mme Une\n2,o,2025-01-01,M. Un\n",
    )
    row = made.frame("SELECT codes, languages, fees, last_modified FROM service").iloc[0]
    assert row.tolist()[:3] == ["X-1; X-2", "fr,iu", "Adultes 5 cad par mois"]
    assert str(row["last_modified"])[:10] == "2024-05-06"
    assert rules(made) == {("attributes", "taxonomy_term_id", "reference"): 1}
    assert rules(made, "cell_note") == {("languages", "name", "language"): 1}


def test_a_zip_is_a_folder_and_two_packages_are_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for name, text in SMALL.items():
            archive.writestr(f"data/{name}.csv", text)
    made = loaded(tmp_path, "p.zip")
    assert rows_of(made, "organization", "service", "location") == [1, 1, 1]
    assert one(made, "SELECT min(file) FROM load_ledger") == "p.zip!data/locations.csv"
    for name in ("a", "b"):
        (tmp_path / "q" / name).mkdir(parents=True)
        (tmp_path / "q" / name / "services.csv").write_text(SMALL["services"], "utf-8")
    for file, what in (("q", "holds 2 packages"), ("none", "is missing"), ("q/a", r"no organizations\.csv")):
        (tmp_path / file.replace("/", "")).mkdir(exist_ok=True) if file == "q/a" else None
        with pytest.raises(LoadError, match=what):
            loaded(_fresh(tmp_path, file), file, raw=tmp_path)


def _fresh(folder: Path, name: str) -> Path:
    made = folder / f"draft-{name.replace('/', '-')}"
    made.mkdir()
    return made


def test_one_object_in_many_places_is_one_record(tmp_path: Path) -> None:
    place = {"id": "l", "latitude": 45.5, "longitude": -73.6, "addresses": [{"address_1": "1 rue A", "city": "Ville"}]}
    contact = {"id": "c", "name": "Mme Une", "phones": [{"id": "p", "number": "555-PRIVATE"}]}
    service = {"id": "s", "name": "Soupe", "status": "active", "contacts": [contact], "organization": {"id": "o"},
               "service_at_locations": [{"id": "sl", "location": place}],
               "attributes": [{"id": "a", "taxonomy_term": {"id": "t", "code": "X-1"}}]}
    organization = {"id": "o", "name": "Le Phare", "website": None, "phones": [{"number": "555-0001"}]}
    whole = {"id": "v", "name": "Pain", "status": "inactive", "organization": organization,
             "service_at_locations": [{"id": "vl", "location": {"id": "l", "latitude": 45.5, "longitude": -73.6}}]}
    page = {"total_items": 2, "contents": [service, whole]}
    for n, document in enumerate((page, [service, whole])):
        (tmp_path / "p.json").write_text(json.dumps(document), "utf-8")
        made = loaded(_fresh(tmp_path, str(n)), "p.json", raw=tmp_path)
        assert rows_of(made, "organization", "service", "location", "service_at_location") == [1, 2, 1, 2]
        assert one(made, "SELECT length(sha256) FROM load_ledger") == 64
        assert one(made, "SELECT duplicates FROM load_ledger") == 2  # the organization and the place, said twice
        row = made.frame("SELECT codes, phone, name FROM service WHERE service_id = 'd:s'").iloc[0]
        assert row.tolist() == ["X-1", "555-0001", "Soupe"]
        assert one(made, "SELECT address FROM location") == "1 rue A, Ville"
        assert "PRIVATE" not in made.frame("SELECT * FROM service").to_csv()


# --- the real files --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def miami(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """Open211 Miami, 1.x; the kinds are those of its own most used code, for no code is written here."""
    folder = tmp_path_factory.mktemp("miami")
    used = pd.read_csv(raw / MIAMI / "data/services_taxonomy.csv", dtype=str)["taxonomy_id"].value_counts()
    (folder / "kinds.csv").write_text(f"code,kind,form\n{used.index[0]},food_aid,pantry\n", "utf-8")
    (folder / "raw").symlink_to(raw, target_is_directory=True)
    return loaded(folder, f"raw/{MIAMI}", kinds="kinds.csv", within=FLORIDA)


def test_miami_is_refused_only_where_it_is_broken(miami: Draft) -> None:
    assert rules(miami) == {
        ("services", "organization_id", "reference"): 447, ("services_at_location", "service_id", "reference"): 447,
        ("eligibility", "service_id", "reference"): 2244, ("languages", "service_id", "reference"): 1122,
        ("services_taxonomy", "link_id", "reference"): 2417, ("phones", "number", "empty"): 22,
        # 150 of the 18 + 137 + 122 rows the documents count break two rules, and each row is refused once.
        ("regular_schedules", "opens_at", "empty"): 132, ("regular_schedules", "opens_at", "time"): 15,
        ("regular_schedules", "closes_at", "time"): 13, ("regular_schedules", "closes_at", "order"): 15,
        ("regular_schedules", "service_id", "reference"): 1422,
    }
    assert rules(miami, "cell_note") == {
        ("locations", "organization_id", "reference"): 3015, ("languages", "id", "repeated"): 5275,
        ("languages", "name", "language"): 324, ("services", "status", "status_blank"): 1,
    }
    assert "4089" in one(miami, "SELECT message_en FROM cell_note WHERE rule = 'status_blank'")
    assert one(miami, "SELECT duplicates FROM load_ledger WHERE file LIKE '%/taxonomy.csv'") == 3
    assert one(miami, "SELECT count(*) FROM load_ledger WHERE file LIKE '%contacts%'") == 0


def test_miami_is_listed_whole_and_placed_where_it_can_be(miami: Draft) -> None:
    assert rows_of(miami, "organization", "service", "location", "service_at_location") == [1074, 3642, 4089, 3642]
    assert miami.frame("SELECT position, count(*) FROM location GROUP BY 1 ORDER BY 1").to_numpy().tolist() == [
        ["given", 2172], ["missing", 1829], ["outside", 88],  # the busiest point is a tower of 30 offices
    ]
    assert one(miami, "SELECT count(*) FROM location WHERE (lon IS NULL) <> (position <> 'given')") == 0
    assert one(miami, "SELECT count(*) FROM schedule WHERE opens_at >= closes_at") == 0
    assert one(miami, "SELECT count(*) FROM schedule WHERE closes_at = '24:00'") == 3


def test_miami_reads_clean(miami: Draft, raw: Path) -> None:
    written = pd.read_csv(raw / MIAMI / "data/services.csv", dtype=str, keep_default_na=False)["description"]
    assert written.str.contains("###").sum() == 982 and written.str.contains(r"\n", regex=False).sum() == 2212
    for column in ("description", "referral", "name"):
        text = miami.frame(f"SELECT {column} AS t FROM service")["t"].dropna()
        assert not text.str.contains(r"###|\\n|\s$|\w@\w").any(), column
    assert miami.frame("SELECT referral FROM service")["referral"].str.contains("…").sum() > 100  # 137 mailboxes


def test_the_kinds_of_miami_are_those_of_the_users_table(miami: Draft, raw: Path) -> None:
    links = pd.read_csv(raw / MIAMI / "data/services_taxonomy.csv", dtype=str)
    kept = set(miami.frame("SELECT service_id FROM service")["service_id"].str.removeprefix("d:"))
    asked = links["taxonomy_id"].value_counts().index[0]
    own = set(links.loc[links["taxonomy_id"].str.startswith(asked), "service_id"]) & kept
    assert len(own) > 100 and one(miami, "SELECT count(*) FROM service WHERE kind = 'food_aid'") == len(own)


@pytest.mark.parametrize(("folder", "rows"), [("simple", [10, 13, 10, 13, 0]), ("all_resources", [10, 13, 10, 13, 3])])
def test_the_sample_package_loads_cleanly(raw: Path, tmp_path: Path, folder: str, rows: list[int]) -> None:
    made = loaded(tmp_path, f"services/sample_hsds_datapackage_v1/{folder}", raw=raw)
    assert rows_of(made, "organization", "service", "location", "service_at_location", "schedule") == rows
    assert rules(made) == rules(made, "cell_note") == {}
    assert one(made, "SELECT count(*) FROM location WHERE position = 'missing'") == 9


@pytest.mark.parametrize(("version", "refused", "noted"), [
    ("v3", {}, {("locations", "organization_id", "reference"): 1}),
    ("v3.1-dev", {("service_capacity", "service_id", "reference"): 1}, {
        ("locations", "organization_id", "reference"): 1, ("service_areas", "service_at_location_id", "reference"): 1,
    }),
])
def test_the_standards_own_tables_load_without_their_orphans(
    raw: Path, tmp_path: Path, version: str, refused: dict[str, int], noted: dict[str, int],
) -> None:
    made = loaded(tmp_path, f"services/hsds_spec_{version}/examples/csv", raw=raw)
    assert rules(made) == refused and rules(made, "cell_note") == noted
    assert rows_of(made, "organization", "service", "location", "service_at_location", "service_area") == [1] * 5
    assert made.frame("SELECT byday, opens_at, closes_at FROM schedule ORDER BY 1 DESC").to_numpy().tolist() == [
        ["TH", "10:00", "18:00"], ["FR", "10:00", "18:00"],
    ]
    assert one(made, "SELECT position FROM location") == "outside"  # at 100 degrees of latitude
    assert one(made, "SELECT languages FROM service") == "ur"


@pytest.mark.parametrize("version", ["v3", "v3.1-dev"])
@pytest.mark.parametrize(("file", "rows"), [
    ("organization_full", [1, 1, 1, 2]), ("service_full", [1, 1, 1, 2]), ("service_at_location_full", [1, 1, 1, 2]),
    ("service_list", [1, 1, 0, 0]), ("service_at_location_list", [1, 1, 1, 0]),
])
def test_the_standards_own_documents_load(
    raw: Path, tmp_path: Path, version: str, file: str, rows: list[int],
) -> None:
    made = loaded(tmp_path, f"services/hsds_spec_{version}/examples/{file}.json", raw=raw)
    assert rows_of(made, "organization", "service", "location", "schedule") == rows
    whole = version == "v3.1-dev" and file.endswith("full")
    # The 3.1 example has 12 available of 10.
    assert {rule for _, _, rule in rules(made)} == ({"order"} if whole else set())
    assert len(made.frame("SELECT * FROM load_ledger")) == 1


@pytest.mark.parametrize("file", ["organization_list", "location", "taxonomy_list"])
def test_a_document_without_services_is_a_fault_of_the_file(raw: Path, tmp_path: Path, file: str) -> None:
    with pytest.raises(LoadError, match=r"it holds no|object 1 is no"):
        loaded(tmp_path, f"services/hsds_spec_v3/examples/{file}.json", raw=raw)


def test_a_service_without_a_place_is_still_listed(tmp_path: Path) -> None:
    made = package(tmp_path, service_at_location="service_id,location_id\ns,gone\n")
    made.close()
    rows = Store(made.path, {"edition": "small", "version": "1", "settings": {"settings": {}}}).services()
    assert rows["name"].tolist() == ["Soupe"] and rows["lon"].isna().all() and rows["location_id"].isna().all()
