"""iCarol exports: four kinds of record, two vintages of columns, and nothing private in the file that is built."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import icarol
from loaders.catalog import TABLES, LoadError
from loaders.draft import Draft
from loaders.hours import DAYS
from loaders.icarol import OPTIONAL, REQUIRED
from loaders.weekly import weekly
from tests.loaders.small import draft, one, source

DC = "dc211_icarol_export_2014_redacted.csv"
MARYLAND = ("md_iCarol_iCarolData.csv", "md_iCarol2_iCarolData.csv")
REGION = [-77.63, 38.3, -76.43, 39.5]
PRIVATE_PREFIXES = ("InternalNotes", "SeniorWorker", "MainContact", "LastVerifiedBy", "LastVerificationApprovedBy",
                    "MailingAttentionName", "FEIN")
PRIVATE = (  # columns of both vintages that no loader may read
    "InternalNotes", "InternalNotesForEditorsAndViewers", "SeniorWorkerName", "SeniorWorkerTitle",
    "SeniorWorkerEmailAddress", "SeniorWorkerPhoneNumber", "MainContactName", "MainContactEmailAddress",
    "LastVerifiedByName", "LastVerifiedByPhoneNumber", "LastVerificationApprovedBy", "MailingAttentionName",
    "MailingAddress1", "FEIN", "EmailAddressMain", "RecordOwner", "SearchHints",
)
AGENCY = {"ResourceAgencyNum": "1", "TaxonomyLevelName": "Agency", "ParentAgencyNum": "0", "PublicName": "Le Phare",
          "AgencyStatus": "Active"}
PROGRAM = {"ResourceAgencyNum": "2", "TaxonomyLevelName": "Program", "ParentAgencyNum": "1", "PublicName": "Repas",
           "AgencyStatus": "Active", "PhysicalAddress1": "1 rue A", "PhysicalCity": "Ville", "Latitude": "45.5",
           "Longitude": "-73.5", "PhysicalStateProvince": "-1"}
SITE = {"ResourceAgencyNum": "3", "TaxonomyLevelName": "Site", "ParentAgencyNum": "1", "PublicName": "Salle",
        "AgencyStatus": "Active", "PhysicalAddress1": "9 rue B", "Latitude": "45.6", "Longitude": "-73.6"}
LINK = {"ResourceAgencyNum": "4", "TaxonomyLevelName": "ProgramAtSite", "ParentAgencyNum": "1", "PublicName": "",
        "AgencyStatus": "Active", "ConnectsToProgramNum": "2", "ConnectsToSiteNum": "3", "IsLinkOnly": "TRUE"}


def export(path: Path, *rows: dict[str, str], columns: tuple[str, ...] = (*REQUIRED, *OPTIONAL, *PRIVATE)) -> None:
    """An export of these records; a column a record does not give is blank."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def loaded(folder: Path, *rows: dict[str, str], threshold: float = 0.0, **options: Any) -> Draft:
    """A draft that holds these records."""
    folder.mkdir(exist_ok=True)
    export(folder / "e.csv", *rows)
    made = draft(folder)
    icarol.icarol(made, source("ic", "e.csv", options, threshold))
    return made


def everything(made: Draft) -> str:
    """Every cell of every table, as one text."""
    return "\n".join(made.frame(f"SELECT * FROM {table.name}").to_csv() for table in TABLES)


def left_out(made: Draft) -> dict[str, int]:
    rows = made.frame("SELECT rule, rows FROM left_out WHERE rows > 0")
    return dict(zip(rows["rule"], rows["rows"], strict=True))


def notes(made: Draft) -> dict[tuple[str, str], int]:
    rows = made.frame("SELECT column_name, rule, count(*) AS n FROM cell_note GROUP BY ALL")
    return {(c, r): n for c, r, n in zip(rows["column_name"], rows["rule"], rows["n"], strict=True)}


# --- the four kinds --------------------------------------------------------------------------------------


def test_a_program_stands_at_its_own_address_until_a_site_is_joined(tmp_path: Path) -> None:
    alone = loaded(tmp_path / "a", AGENCY, PROGRAM)
    assert alone.frame("SELECT service_id, address, lon, position FROM service_at_location JOIN location "
                       "USING (location_id)").to_numpy().tolist() == [["ic:2", "1 rue A, Ville", -73.5, "given"]]
    joined = loaded(tmp_path / "b", LINK, AGENCY, PROGRAM, SITE)
    assert joined.frame("SELECT service_id, location_id, address FROM service_at_location JOIN location "
                        "USING (location_id)").to_numpy().tolist() == [["ic:2", "ic:3", "9 rue B"]]
    overriding = {**LINK, "IsLinkOnly": "", "PhysicalAddress1": "9 rue B, porte 2"}
    other = loaded(tmp_path / "c", AGENCY, PROGRAM, SITE, overriding)
    assert one(other, "SELECT address FROM service_at_location JOIN location USING (location_id)") == "9 rue B, porte 2"
    assert one(other, "SELECT count(*) FROM location") == 2  # the site is still a place


def test_an_agency_without_programs_is_an_organization_and_no_place(tmp_path: Path) -> None:
    made = loaded(tmp_path, {**AGENCY, "Latitude": "45.5", "Longitude": "-73.5", "PhysicalAddress1": "siège"})
    assert one(made, "SELECT name FROM organization") == "Le Phare"
    assert one(made, "SELECT count(*) FROM service") == one(made, "SELECT count(*) FROM location") == 0


def test_statuses_are_said_in_hsds_words(tmp_path: Path) -> None:
    words = ("Active", "Inactive", "Active, but do not refer", "", "Pending")
    rows = [{**PROGRAM, "ResourceAgencyNum": str(10 + n), "PublicName": f"P{n}", "AgencyStatus": word}
            for n, word in enumerate(words)]
    made = loaded(tmp_path, AGENCY, *rows)
    said = made.frame("SELECT service_status, referable FROM service ORDER BY service_id").to_numpy().tolist()
    assert said == [["active", True], ["inactive", True], ["active", False], ["inactive", True], ["inactive", True]]
    assert notes(made)[("AgencyStatus", "status")] == 2


def test_a_program_is_no_more_open_than_its_agency(tmp_path: Path) -> None:
    closed = loaded(tmp_path / "a", {**AGENCY, "AgencyStatus": "Inactive"}, PROGRAM)
    assert one(closed, "SELECT service_status FROM service") == "inactive"
    assert notes(closed) == {("AgencyStatus", "agency_status"): 1}
    kept = loaded(tmp_path / "b", {**AGENCY, "AgencyStatus": "Active, but do not refer"}, PROGRAM)
    assert kept.frame("SELECT service_status, referable FROM service").to_numpy().tolist() == [["active", False]]


def test_records_that_belong_to_one_left_out_go_with_it(tmp_path: Path) -> None:
    hidden = loaded(tmp_path / "a", {**AGENCY, "ExcludeFromWebsite": "Yes"}, PROGRAM, SITE, LINK)
    assert left_out(hidden) == {"ExcludeFromWebsite = Yes": 1, "of an agency left out": 3}
    assert "Repas" not in everything(hidden)
    site = loaded(tmp_path / "b", AGENCY, PROGRAM, {**SITE, "ExcludeFromDirectory": "Yes"}, LINK)
    assert left_out(site) == {"ExcludeFromDirectory = Yes": 1, "joins a record left out": 1}
    link = loaded(tmp_path / "c", AGENCY, PROGRAM, SITE, {**LINK, "AgencyStatus": "Inactive"})
    assert left_out(link) == {"ProgramAtSite, Inactive": 1}
    # A doubt about what may be published is not published.
    doubt = loaded(tmp_path / "d", AGENCY, {**PROGRAM, "ExcludeFromWebsite": "perhaps"}, threshold=0.5)
    assert one(doubt, "SELECT rule FROM reject") == "word" and one(doubt, "SELECT count(*) FROM service") == 0


def test_what_points_nowhere_is_refused(tmp_path: Path) -> None:
    rows = [AGENCY, PROGRAM, {**PROGRAM, "ResourceAgencyNum": "5", "ParentAgencyNum": "99"},
            {**LINK, "ConnectsToProgramNum": "5"}, {**LINK, "ResourceAgencyNum": "6", "ConnectsToSiteNum": "98"},
            {**AGENCY, "ResourceAgencyNum": "7", "PublicName": " "}, {**AGENCY, "ResourceAgencyNum": "7"}]
    made = loaded(tmp_path, *rows, threshold=1.0)
    refused = made.frame("SELECT line, column_name, value, rule FROM reject ORDER BY line").to_numpy().tolist()
    assert refused == [
        [4, "ParentAgencyNum", "99", "reference"], [5, "ConnectsToProgramNum", "5", "reference"],
        [6, "ConnectsToSiteNum", "98", "reference"], [7, "PublicName", "", "empty"],
        [8, "ResourceAgencyNum", "7", "key"],
    ]
    assert one(made, "SELECT loaded FROM load_ledger") == 2


def test_columns_go_by_name_and_an_absent_one_is_said(tmp_path: Path) -> None:
    made = loaded(tmp_path / "a", AGENCY, PROGRAM, SITE, LINK)
    (tmp_path / "b").mkdir()
    export(tmp_path / "b" / "e.csv", AGENCY, PROGRAM, SITE, LINK, columns=(*PRIVATE, *OPTIONAL[::-1], *REQUIRED[::-1]))
    other = draft(tmp_path / "b")
    icarol.icarol(other, source("ic", "e.csv", {}))
    for name in ("organization", "service", "location", "service_at_location"):
        pd.testing.assert_frame_equal(made.frame(f"FROM {name} ORDER BY ALL"), other.frame(f"FROM {name} ORDER BY ALL"))
    short = tuple(c for c in REQUIRED if c != "ExcludeFromWebsite")  # the rule could not be kept without it
    with (tmp_path / "c.csv").open("w", encoding="utf-8") as handle:
        handle.write(",".join(short) + "\n" + ",".join("x" for _ in short) + "\n")
    with pytest.raises(LoadError, match="ExcludeFromWebsite"):
        icarol.icarol(draft(tmp_path), source("ic", "c.csv", {}))


# --- privacy ---------------------------------------------------------------------------------------------


def test_no_private_cell_reaches_the_database(tmp_path: Path) -> None:
    canary = {column: f"CANARY-{n} canary{n}@example.org" for n, column in enumerate(PRIVATE)}
    hidden = {"PhysicalAddressIsPrivate": "Yes", "Phone1IsPrivate": "TRUE", "PhysicalAddress1": "CANARY rue X",
              "PhysicalPostalCode": "CANARY", "Latitude": "45.123456", "Longitude": "CANARY",
              "Phone1Number": "CANARY", "Phone2Number": "555-0100"}
    agency, program = {**AGENCY, **canary}, {**PROGRAM, **canary, **hidden, "AgencyDescription": "write canary@x.org",
                                             "WebsiteAddress": "canary@x.org", "HoursOfOperation": "ask canary@x.org"}
    link = {**LINK, **canary, "PhysicalAddressIsPrivate": "maybe", "PhysicalAddress1": "CANARY"}
    export(tmp_path / "e.csv", agency, program, SITE, link)
    with (tmp_path / "e.csv").open("a", encoding="utf-8") as handle:  # a record cut short, and one spoilt
        handle.write("8,CANARY,CANARY\n")
        handle.write("9," + ",".join("CANARY\x00" for _ in (*REQUIRED, *OPTIONAL, *PRIVATE)[1:]) + "\n")
    made = draft(tmp_path)
    icarol.icarol(made, source("ic", "e.csv", {}, 0.9))
    text = everything(made)
    assert "Le Phare" in text and "555-0100" in text and one(made, "SELECT count(*) FROM reject") == 2
    assert "CANARY" not in text and "canary" not in text and "45.123456" not in text
    # The link hides where the program is: the site's address must not say it.
    place = made.frame("SELECT l.location_id, position, address FROM service_at_location JOIN location l "
                       "USING (location_id)").iloc[0]
    assert place["location_id"] == "ic:4" and place["position"] == "missing" and pd.isna(place["address"])
    made.close()
    assert b"CANARY" not in (tmp_path / "small.duckdb").read_bytes()


def test_no_private_column_is_named() -> None:
    assert not [c for c in (*REQUIRED, *OPTIONAL) if c.startswith(PRIVATE_PREFIXES)]
    assert not set(PRIVATE) & {*REQUIRED, *OPTIONAL}


# --- dates and hours -------------------------------------------------------------------------------------


def test_dates_as_both_vintages_write_them(tmp_path: Path) -> None:
    written = ("6/16/99 0:00", "4/9/2014", "2025-08-04 0:00:00", "1899-12-30 00:00:00", "1/1/1900", "soon", "2/30/11")
    rows = [{**PROGRAM, "ResourceAgencyNum": str(10 + n), "PublicName": f"P{n}", "LastVerifiedOn": day}
            for n, day in enumerate(written)]
    made = loaded(tmp_path, AGENCY, *rows)
    days = made.frame("SELECT CAST(assured_date AS VARCHAR) AS d FROM service ORDER BY service_id")["d"]
    assert days.fillna("").tolist() == ["1999-06-16", "2014-04-09", "2025-08-04", "", "", "", ""]
    assert notes(made) == {("LastVerifiedOn", "sentinel"): 2, ("LastVerifiedOn", "date"): 2}
    assert one(made, "SELECT rejected FROM load_ledger") == 0


def test_a_program_made_inactive_says_when(tmp_path: Path) -> None:
    gone = {**PROGRAM, "AgencyStatus": "Inactive", "MadeInactiveOn": "2025-06-09 19:29:58"}
    still = {**PROGRAM, "ResourceAgencyNum": "5", "PublicName": "B", "MadeInactiveOn": "1900-01-01 0:00:00"}
    events = loaded(tmp_path, AGENCY, gone, still).frame(
        "SELECT service_id, CAST(date AS VARCHAR) AS d, event FROM service_event"
    )
    assert events.to_numpy().tolist() == [["ic:2", "2025-06-09", "closed"]]


@pytest.mark.parametrize(("text", "openings"), [
    ("mon: 8:30:00 - 16:00:00 sat: 0:00:00 - 0:00:00", [("MO", "8:30:00", "16:00:00")]),
    ("Mon 24/7; Sun Close - Close; ", [("MO", "00:00", "24:00")]),
    ("9:00 am - noon, Friday - Saturday", [("FR", "9:00 am", "noon"), ("SA", "9:00 am", "noon")]),
    ("Lun 9 h - 12 h 30; Mar fermé; Mercredi: 13h - 17h", [("MO", "9 h", "12 h 30"), ("WE", "13h", "17h")]),
    ("Lun 9 h - midi", [("MO", "9 h", "midi")]), ("Lun 9 h - 5", None), ("Lun 9 h - 17 h, sauf en juillet", None),
    ("Mon; Tue; Wed;", None), ("Mon 9:00 - 5:00", None), ("Open 24 hours", None), ("", None),
    ("Moon 8:00 - 9:00", None), ("Mon 1:00 - 5:00", None), ("Mon 1:00 - 5:00 pm", None),
    ("Mon 01:00 - 05:00", [("MO", "01:00", "05:00")]), ("Mon 9:00 - 17:00", [("MO", "9:00", "17:00")]),
    ("9:00 am - 5:00 pm, Monday - Friday (by appointment)", None), ("Mon 8:00 - 16:00; closed in July", None),
])
def test_hours_are_read_whole_or_not_at_all(text: str, openings: list[tuple[str, str, str]] | None) -> None:
    assert weekly(text) == openings


SPELT = dict(zip(DAYS, ("Mon", "tues", "Wed", "thurs", "Friday", "Sat", "sun"), strict=True))


@given(st.dictionaries(st.sampled_from(DAYS), st.tuples(st.integers(0, 22), st.integers(0, 59)), min_size=1))
def test_both_forms_say_the_same_week(week: dict[str, tuple[int, int]]) -> None:
    week = week | {"MO": (14, 0)}  # an hour past noon shows that the clock has 24 hours
    form = "; ".join(f"{SPELT[d]} {h:02d}:{m:02d} - {h + 1:02d}:{m:02d}" for d, (h, m) in week.items()) + "; "
    typed = " ".join(f"{SPELT[d]}: {h}:{m:02d}:00 - {h + 1}:{m:02d}:00" for d, (h, m) in week.items())
    read = [[(d, *(t[:5].zfill(5) if t.count(":") == 1 else t[:-3].zfill(5) for t in times)) for d, *times in weekly(w)
             or []] for w in (form, typed)]
    assert read[0] == read[1] == [(d, f"{h:02d}:{m:02d}", f"{h + 1:02d}:{m:02d}") for d, (h, m) in week.items()]


def test_hours_fall_through_to_the_one_site(tmp_path: Path) -> None:
    site = {**SITE, "Hours": "Mon 00:00 - 23:59; ", "HoursOfOperation": "24 hours, call first"}
    made = loaded(tmp_path / "a", AGENCY, {**PROGRAM, "HoursOfOperation": "Evenings"}, site, LINK)
    assert made.frame("FROM schedule").to_numpy().tolist() == [["ic:2", "MO", "00:00", "24:00"]]
    assert notes(made) == {("HoursOfOperation", "hours"): 1}
    two = [{**site, "ResourceAgencyNum": "8"}, {**LINK, "ResourceAgencyNum": "9", "ConnectsToSiteNum": "8"}]
    many = loaded(tmp_path / "b", AGENCY, PROGRAM, site, LINK, *two)
    assert one(many, "SELECT count(*) FROM schedule") == 0  # two sites may keep other hours


def test_codes_lead_to_kinds_by_the_users_own_table(tmp_path: Path) -> None:
    (tmp_path / "kinds.csv").write_text("code,kind,form\nQQ-1,food_aid,pantry\n", encoding="utf-8")
    food = {**PROGRAM, "TaxonomyCodes": "ZZ; QQ-1234 * YY ;", "TaxonomyTerms": "never read",
            "LanguagesOffered": "English; French, on request", "Coverage": "Ville A; Ville B; "}
    export(tmp_path / "e.csv", AGENCY, {k: v for k, v in food.items() if k != "TaxonomyTerms"})
    made = draft(tmp_path)
    icarol.icarol(made, source("ic", "e.csv", {"kinds": "kinds.csv"}))
    row = made.frame("SELECT kind, form, codes, languages FROM service").iloc[0]
    assert row.tolist() == ["food_aid", "pantry", "ZZ; QQ-1234 * YY", "en,fr"]
    assert made.frame("SELECT name FROM service_area ORDER BY 1")["name"].tolist() == ["Ville A", "Ville B"]


# --- the real files --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dc(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Draft:
    folder = tmp_path_factory.mktemp("dc")
    shutil.copy(raw / "services" / "icarol" / DC, folder)
    made = draft(folder)
    # One program in 1 974 has spaces for a name.
    icarol.icarol(made, source("dc", DC, {"within": REGION}, 0.001))
    return made


def test_the_counts_of_dc_211(dc: Draft) -> None:
    rows = icarol.records(dc, source("dc", DC, {})).rows
    assert len(rows) == 2132
    assert rows["TaxonomyLevelName"].value_counts().to_dict() == {"Program": 1637, "Agency": 494, "Site": 1}
    assert rows["AgencyStatus"].value_counts().to_dict() == {
        "Active": 1750, "Inactive": 361, "Active, but do not refer": 13, "": 8,
    }
    assert (rows["ExcludeFromWebsite"] == "Yes").sum() == 153
    # The 494 parents that are not in the file are the agencies' own: they have none, written 0.
    orphan = rows[~rows["ParentAgencyNum"].isin(rows["ResourceAgencyNum"])]
    assert len(orphan) == 494 and set(orphan["TaxonomyLevelName"] + orphan["ParentAgencyNum"]) == {"Agency0"}
    degrees = rows[["Longitude", "Latitude"]].apply(pd.to_numeric)
    west, south, east, north = REGION
    inside = degrees["Longitude"].between(west, east) & degrees["Latitude"].between(south, north)
    assert degrees["Latitude"].isna().sum() == 17 and (~inside & degrees["Latitude"].notna()).sum() == 31
    assert degrees.value_counts().head(3).tolist() == [270, 205, 173]
    # By the agency's name there are 123 repeats: 122 are an agency and its program of one name. By number there is one.
    assert rows.duplicated(["PublicName", "ParentAgencyNum", "PhysicalAddress1"]).sum() == 1
    whole = pd.read_csv(dc.raw / DC, dtype=str, keep_default_na=False)
    again = whole[whole.duplicated(["PublicName", "ParentAgency", "PhysicalAddress1"], keep=False)]
    pairs = again.groupby(["PublicName", "ParentAgency", "PhysicalAddress1"])["TaxonomyLevelName"].agg(sorted)
    assert pairs.map("+".join).value_counts().to_dict() == {"Agency+Program": 122, "Program+Program": 1}
    verified = rows["LastVerifiedOn"]
    assert str(verified.max().date()) == "2014-04-09" and str(verified.min().date()) == "2000-08-06"
    assert ((verified.max() - verified).dt.days > 365).sum() == 2049  # 96 %


def test_what_dc_211_becomes(dc: Draft) -> None:
    ledger = dc.frame("SELECT rows_read, left_out, rows_in, loaded, rejected, duplicates FROM load_ledger")
    assert ledger.iloc[0].tolist() == [2132, 158, 1974, 1973, 1, 0]
    assert left_out(dc) == {"ExcludeFromWebsite = Yes": 153, "of an agency left out": 5}
    tables = ("organization", "service", "location", "service_at_location")
    assert [one(dc, f"SELECT count(*) FROM {name}") for name in tables] == [452, 1520, 1521, 1520]
    said = dc.frame("SELECT service_status, referable, count(*) AS n FROM service GROUP BY ALL ORDER BY ALL")
    assert said.to_numpy().tolist() == [["active", False, 11], ["active", True, 1318], ["inactive", True, 191]]
    told = notes(dc)
    assert told[("EnteredOn", "sentinel")] == 6 and told[("AgencyStatus", "status")] == 5  # 3 agencies have none either
    assert told[("PublicName", "possible_duplicate")] == 1 and told[("AgencyStatus", "agency_status")] == 1
    assert one(dc, "SELECT max(assured_date) FROM service").year == 2014


def test_postal_centres_are_not_places(dc: Draft, raw: Path) -> None:
    positions = dc.frame("SELECT position, count(*) AS n FROM location GROUP BY ALL").set_index("position")["n"]
    # Six services in seven: this export was placed by postal code.
    assert positions.to_dict() == {"given": 178, "placeholder": 1315, "outside": 20, "missing": 8}
    assert one(dc, "SELECT count(*) FROM location WHERE lon IS NOT NULL AND position <> 'given'") == 0
    rows = pd.read_csv(raw / "services" / "icarol" / DC, dtype=str, keep_default_na=False)
    busiest = rows[rows["Latitude"] != ""].groupby(["Latitude", "Longitude"]).size().nlargest(3)
    found = dc.frame("SELECT location_id, position FROM location").set_index("location_id")["position"]
    at = ("dc:" + rows.set_index(["Latitude", "Longitude"])["ResourceAgencyNum"]).map(found)
    assert busiest.tolist() == [270, 205, 173]
    # The others of each are agencies, which are no place, and records not meant for the public.
    assert [at.loc[[point]].value_counts().to_dict() for point in busiest.index] == [
        {"placeholder": 199}, {"placeholder": 167}, {"placeholder": 126},
    ]


def test_kinds_of_dc_211_come_from_a_table_of_ours(dc: Draft, tmp_path: Path) -> None:
    codes = dc.frame("SELECT codes FROM service WHERE codes IS NOT NULL")["codes"].str.split("; ").explode()
    common = codes[~codes.str.contains("*", regex=False)].value_counts().index[0]
    offered = dc.frame("SELECT count(*) AS n FROM service WHERE list_bool_or(list_transform(string_split(codes, '; '), "
                       "c -> starts_with(c, ?)))", common)["n"].iloc[0]
    shutil.copy(dc.raw / DC, tmp_path)
    (tmp_path / "kinds.csv").write_text(f"code,kind\n{common},food_aid\n", encoding="utf-8")
    made = draft(tmp_path)
    icarol.icarol(made, source("dc", DC, {"kinds": "kinds.csv"}, 0.001))
    assert one(made, "SELECT count(*) FROM service WHERE kind = 'food_aid'") == offered > 100


@pytest.mark.parametrize("file", MARYLAND)
def test_both_maryland_files(raw: Path, tmp_path: Path, file: str) -> None:
    shutil.copy(raw / "services" / "icarol" / file, tmp_path)
    made = draft(tmp_path)
    asked = source("md", file, {})
    rows = icarol.records(made, asked).rows
    assert rows["TaxonomyLevelName"].value_counts().to_dict() == {
        "ProgramAtSite": 8, "Program": 6, "Site": 4, "Agency": 2,
    }
    assert rows["LastVerifiedOn"].isna().sum() == 11
    icarol.icarol(made, asked)
    assert notes(made) == {("MadeInactiveOn", "sentinel"): 12, ("HoursOfOperation", "hours"): 2}
    assert left_out(made) == {"ExcludeFromWebsite = Yes": 1, "joins a record left out": 1}
    assert one(made, "SELECT loaded FROM load_ledger") == 18 and one(made, "SELECT rejected FROM load_ledger") == 0
    placed = made.frame("SELECT location_id, count(*) AS n FROM service_at_location GROUP BY ALL ORDER BY n DESC")
    assert placed["n"].tolist() == [5, 1, 1, 1]  # one building, two sites, and one that is not placed
    open_days = made.frame("SELECT service_id, count(*) AS n FROM schedule GROUP BY ALL").set_index("service_id")["n"]
    # The one program whose hours are in free words alone, at one site, keeps the site's.
    assert sorted(open_days) == [5, 5, 7, 7, 7]
    private = pd.read_csv(tmp_path / file, dtype=str, keep_default_na=False).filter(
        regex="^(SeniorWorker|MainContact|LastVerifiedBy).*(Name|EmailAddress)$"
    )
    text = everything(made)
    people = {value for value in private.to_numpy().ravel() if value}
    assert len(people) >= 5 and not [value for value in people if value in text]
