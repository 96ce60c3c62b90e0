"""Directories of services whose records point nowhere, contradict each other, or say too much."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loaders.icarol import OPTIONAL, REQUIRED
from tests.corpus.entry import Entry, loader, put

SMALL = {
    "organizations": "id,name\no,Le Phare\n",
    "services": "id,organization_id,name,status\ns,o,Soupe,active\n",
    "locations": "id,latitude,longitude\nl,45.5,-73.6\n",
    "service_at_location": "id,service_id,location_id\nsl,s,l\n",
}
NAMES = "SELECT service_id, service_status FROM service ORDER BY 1"


def package(**files: str) -> Callable[[Path], object]:
    """The small HSDS package with some files replaced or added; an empty one is left out."""
    def write(folder: Path) -> None:
        (folder / "p").mkdir()
        for name, text in (SMALL | files).items():
            if text:
                (folder / "p" / f"{name}.csv").write_text(text, "utf-8")
    return write


def hsds(sql: str = NAMES, file: str = "p", **options: Any) -> Callable[[Path], Any]:
    return loader("hsds", file, sql, **options)


def services(columns: str, *rows: str) -> str:
    return "\n".join([f"id,organization_id,name,status{columns}", *rows, ""])


def icarol(*rows: dict[str, str], without: str = "") -> Callable[[Path], object]:
    """An iCarol export of an agency and these records."""
    agency = {"ResourceAgencyNum": "1", "TaxonomyLevelName": "Agency", "ParentAgencyNum": "0", "PublicName": "Le Phare",
              "AgencyStatus": "Active"}
    program = {"TaxonomyLevelName": "Program", "ParentAgencyNum": "1", "AgencyStatus": "Active"}

    def write(folder: Path) -> None:
        with (folder / "x.csv").open("w", encoding="utf-8", newline="") as handle:
            columns = [c for c in (*REQUIRED, *OPTIONAL) if c != without]
            writer = csv.DictWriter(handle, columns, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows([agency, *({**program, **row} for row in rows)])
    return write


def dates(*days: str) -> str:
    return services(",assured_date", *(f"s{i},o,S,active,{day}" for i, day in enumerate(days, start=1)))


ASSURED = "SELECT assured_date FROM service ORDER BY service_id"
HOURS = "SELECT byday, opens_at, closes_at FROM schedule ORDER BY 1, 2"
RECORD = {"id": "s", "name": "Soupe", "status": "active", "organization": {"id": "o", "name": "Le Phare"}}
TWICE = json.dumps(RECORD).replace('"status": "active"', '"status": "defunct", "status": "active"')

ENTRIES = (
    Entry("dangling organization_id", "a service of no organization",
          package(services=services("", "s,o,Soupe,active", "x,gone,Pain,active")), hsds(), [["d:s", "active"]],
          refused=((3, "organization_id", "reference"),)),
    Entry("dangling location_id", "a service at no place",
          package(service_at_location="id,service_id,location_id\nsl,s,l\nsx,s,nowhere\n"),
          hsds("SELECT location_id FROM service_at_location"), ["d:l"], refused=((3, "location_id", "reference"),)),
    Entry("dangling location_id", "an iCarol link to no site",
          icarol({"ResourceAgencyNum": "2", "PublicName": "Repas"},
                 {"ResourceAgencyNum": "4", "TaxonomyLevelName": "ProgramAtSite", "ConnectsToProgramNum": "2",
                  "ConnectsToSiteNum": "99"}), loader("icarol", "x.csv", NAMES), [["d:2", "active"]],
          refused=((4, "ConnectsToSiteNum", "reference"),)),
    Entry("service without location", "a service that is nowhere", package(locations="", service_at_location=""),
          hsds("SELECT service_id, location_id FROM service LEFT JOIN service_at_location USING (service_id)"),
          [["d:s", None]]),
    Entry("status outside the four", "a word that is no status",
          package(services=services("", "s,o,Soupe,Active", "x,o,Pain,maybe", "y,o,Lait,temporarily closed")), hsds(),
          [["d:s", "active"], ["d:y", "temporarily closed"]], refused=((3, "status", "word"),)),
    Entry("status outside the four", "an iCarol status that is blank", icarol({"ResourceAgencyNum": "2",
          "PublicName": "Repas", "AgencyStatus": "?"}), loader("icarol", "x.csv", NAMES), [["d:2", "inactive"]],
          noted=((3, "AgencyStatus", "status"),)),
    Entry("RRULE invalid", "a recurrence that is none", package(
        schedules="id,service_id,freq,interval,byday,opens_at,closes_at\na,s,WEEKLY,1,\"MO,XX\",09:00,12:00\n"
                  "b,s,WEEKLY,1,TU,09:00,12:00\nc,s,SOMETIMES,1,WE,09:00,12:00\nd,s,WEEKLY,1,TH,9:75,12:00\n"),
          hsds(HOURS), [["TU", "09:00", "12:00"]],
          refused=((2, "byday", "weekday"), (5, "opens_at", "time"))),
    Entry("hours past midnight", "open until two in the morning", package(
        schedules="id,service_id,freq,byday,opens_at,closes_at\na,s,WEEKLY,SA,20:00,02:00\n"), hsds(HOURS),
          [["SA", "20:00", "24:00"], ["SU", "00:00", "02:00"]]),
    Entry("hours past midnight", "closes before it opens, by a whole day", package(
        schedules="id,service_id,freq,byday,opens_at,closes_at\na,s,WEEKLY,SA,09:00,05:00\n"), hsds(HOURS), [],
          refused=((2, "closes_at", "order"),)),
    Entry("two active copies", "one program twice, active both times",
          icarol({"ResourceAgencyNum": "2", "PublicName": "Repas"}, {"ResourceAgencyNum": "3", "PublicName": "Repas"}),
          loader("icarol", "x.csv", NAMES), [["d:2", "active"], ["d:3", "active"]],
          noted=((4, "PublicName", "possible_duplicate"),), why="one service twice, or two: only a person knows"),
    Entry("two active copies", "one identifier, active twice with other words",
          package(services=services("", "s,o,Soupe,active", "s,o,Soupe populaire,active")), hsds(), [["d:s", "active"]],
          refused=((3, "id", "key"),)),
    Entry("assured_date", "to come, blank, of 2005", lambda folder: package(services=dates("2126-01-01", "",
          "2005-06-07"),
                                                                           service_at_location="")(folder),
          hsds(ASSURED), [None, None, "2005-06-07"], noted=((2, "assured_date", "future"),)),
    Entry("HTML in description", "markup, scripts, entities", package(services=services(
        ",description", 's,o,Soupe,active,"<p>Soupe &amp; <b>pain</b></p><script>alert(1)</script>&lt;i&gt;midi"')),
          hsds("SELECT description FROM service"), ["Soupe & painmidi"]),
    Entry("JSON with duplicate keys", "one key twice in one object", put(f"[{TWICE}]", "x.json"), hsds(file="x.json"),
          told="x.json: the key “status” appears twice in one object"),
    Entry("JSON with duplicate keys", "JSON cut short", put(f"[{TWICE}"[:60], "x.json"), hsds(file="x.json"),
          told="x.json, line 1: "),
    Entry("JSON with duplicate keys", "brackets two thousand deep", put("[" * 2000 + "]" * 2000, "x.json"),
          hsds(file="x.json"), told="x.json: its brackets nest too deep"),
    Entry("JSON with duplicate keys", "a plain record", put(json.dumps([RECORD]), "x.json"), hsds(file="x.json"),
          [["d:s", "active"]]),
    Entry("50 MB description", "a description of fifty million signs",
          package(services=services(",description", f"s,o,Soupe,active,{'soupe ' * 8_400_000}",
          "t,o,Pain,active,court")),
          hsds("SELECT length(description) FROM service ORDER BY service_id"), [20_001, 5]),
    Entry("taxonomy code unknown", "a term that is not in the file", package(
        taxonomy_terms="id,code\nt,BD-1800\n",
        attributes="link_id,link_entity,taxonomy_term_id\ns,service,t\ns,service,gone\n"),
          hsds("SELECT codes FROM service"), ["BD-1800"], refused=((3, "taxonomy_term_id", "reference"),)),
    Entry("taxonomy code unknown", "a code that our table does not name", lambda folder: (
        package(taxonomy_terms="id,code\nt,ZZ-9999\n",
        attributes="link_id,link_entity,taxonomy_term_id\ns,service,t\n")(folder),
        (folder / "kinds.csv").write_text("code,kind\nBD,food_aid\n")), hsds("SELECT kind FROM service",
        kinds="kinds.csv"),
          ["other"]),
    Entry("closed organisation still listed", "inactive since a day", icarol(
        {"ResourceAgencyNum": "2", "PublicName": "Repas", "AgencyStatus": "Inactive", "MadeInactiveOn": "2020-05-06"}),
          loader("icarol", "x.csv", "SELECT service_status, date FROM service JOIN service_event USING (service_id)"),
          [["inactive", "2020-05-06"]]),
    Entry("closed organisation still listed", "defunct, and listed", package(
        services=services("", "s,o,Soupe,defunct")), hsds(), [["d:s", "defunct"]],
          why="it is kept and not counted: what closed is an answer too"),
    Entry("closed organisation still listed", "a column of an iCarol export that was renamed",
          icarol({"ResourceAgencyNum": "2", "PublicName": "Repas"}, without="AgencyStatus"),
          loader("icarol", "x.csv", NAMES), told="x.csv, line 1, column “AgencyStatus”: the column is missing"),
)
