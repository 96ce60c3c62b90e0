"""Toyville as an enemy would send it: code in every name, and private columns beside the requests."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from build import build
from loaders import edition as edition_files
from loaders.edition import HOUSE

TOYVILLE = HOUSE / "data" / "toyville"
# Nothing of these may be found in anything that is served, sent, written or logged.
CALLERS = ("Zyxwa Canari-Bleu", "Qpvolt Canarineau", "Wkzumba Ézoquart")
LINES = ("514-555-0199", "438 555 0147", "+1 (514) 555-0123")
STORIES = ("elle chuchote qu’il ne reste rien zyxw", "famille zkrrn de neuf", "refus hqzvv au comptoir")
CITIES, CODES = ("Canarville-Zyx", "Zkrrnbourg"), ("H9Z9Z9", "X0X0X0")
CANARIES = (*CALLERS, *LINES, *STORIES, *CITIES, *CODES, "zyxw@example.org")
POSTAL = {"H1A": "T1", "H1B": "T2", "H1C": "T3", "H1E": "T5"}
CALLS = ("CallReportNum", "ReportNeedNum", "DateOfCall", "Need", "Unmet", "PostalCode", "CityName", "CallerName",
         "PhoneNumberFull", "Courriel", "Narrative", "Age", "HouseholdSize")


def write(path: Path, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([tuple(head), *rows])


def contacts(path: Path) -> int:
    """Two years of records with their private columns, some of them shifted or under a place we do not know."""
    drawn = random.Random(7)
    rows: list[tuple[object, ...]] = []
    for month in range(24):
        day = f"{2024 + (10 + month) // 12}-{(10 + month) % 12 + 1:02d}"
        for place, mean in zip(POSTAL, (24, 12, 4, 6)):
            for _ in range(drawn.randint(0, 2 * mean)):
                who = drawn.randrange(3)
                need = drawn.choice(("Food", "Food", "Housing"))
                rows.append((
                    len(rows), len(rows), f"{day}-{drawn.randint(1, 28):02d}", need,
                    drawn.choice(("True", "False")), f"{place} 1A1", "Ville", CALLERS[who], LINES[who],
                    "zyxw@example.org", STORIES[who], drawn.randint(18, 90), drawn.randint(1, 7),
                ))
    here, ok = "H1A 1A1", "False"
    for broken in (  # a story where a need should be, a name where a day should be, places that are people's own
        ("2025-01-02", STORIES[0], ok, here, "Ville", CALLERS[0]), (CALLERS[1], "Food", ok, here, "Ville", LINES[1]),
        ("2025-01-03", "Food", CALLERS[2], here, "Ville", ""), ("2025-01-04", "Food", ok, CODES[0], CITIES[0], ""),
        ("2025-01-05", "Food", ok, CODES[1], CITIES[1], CALLERS[0]),
    ):
        rows.append((len(rows), len(rows), *broken, "", "", "", 1, 1))
    write(path, CALLS, rows)
    return len(rows)


RECORDS = """
[[source]]
dataset_id = "toy_calls"
loader = "contact_records"
file = "calls.csv"
threshold = 0.5
threshold_reason = "Rows are broken on purpose."
partner = true
[source.options]
contact = "CallReportNum"
need_id = "ReportNeedNum"
date = "DateOfCall"
date_order = "ymd"
need = "Need"
outcome = "Unmet"
outcomes = { "True" = "unmet", "False" = "met" }
needs = { "Food" = "food", "Housing" = "housing" }
postal = "PostalCode"
city = "CityName"
postal_areas = "postal.csv"
start = "2024-11-01"
end = "2026-10-31"
[source.about]
title_fr = "Appels de Toyville"
title_en = "Calls of Toyville"
producer = "Couvert"
licence = "CC0"
reference = "2024-2026"
basis = "simulated"
"""


def hostile(folder: Path, names: list[str], patch: pytest.MonkeyPatch) -> Path:
    """Build it; gives the folder of versions. `names` are given in turn to everything that has one."""
    raw, editions, versions = folder / "raw", folder / "editions", folder / "versions"
    shutil.copytree(TOYVILLE, raw)
    editions.mkdir()
    _names(raw, names)
    contacts(raw / "calls.csv")
    write(raw / "postal.csv", ("code", "area_id"), POSTAL.items())
    text = (HOUSE / "data" / "editions" / "toyville.toml").read_text("utf-8")
    text = text.replace('places = "toyville/places.csv"', f"places = {json.dumps(str(raw / 'places.csv'))}")
    before, _, after = text.partition('[[source]]\ndataset_id = "toy_referrals"')
    text = before + RECORDS.lstrip() + "\n[[source]]" + after.partition("[[source]]")[2]
    text = text.replace('producer = "Couvert"', f"producer = {json.dumps(names[2])}", 1)
    (editions / "toyville.toml").write_text(text, encoding="utf-8")
    patch.setattr(edition_files, "EDITIONS", editions)
    build("toyville", raw, versions)
    return versions


def _names(raw: Path, names: list[str]) -> None:
    turn = [names[i % len(names)] for i in range(400)]
    write(raw / "organization.csv", ("organization_id", "name"), [(f"O{i}", turn[i]) for i in range(len(names))])
    write(
        raw / "service.csv",
        ("service_id", "organization_id", "name", "kind", "form", "service_status", "capacity", "languages",
         "assured_date", "last_modified", "verifier", "description", "eligibility", "fees", "referral", "delivery",
         "url", "hours", "phone"),
        [(f"S{i}", f"O{i}", turn[i], "food_aid", ("pantry", turn[i])[i % 2], "active", 11, f"fr,{turn[i + 1]}",
          "2026-10-01", "2026-10-01", turn[i + 2], turn[i + 3], turn[i + 4], turn[i + 5], turn[i + 6], turn[i + 7],
          ("javascript:window.ran=1", turn[i + 8], "https://example.org/\"onmouseover=window.ran=1 x=\"")[i % 3],
          turn[i + 9], turn[i + 10]) for i in range(len(names))],
    )
    write(raw / "location.csv", ("location_id", "address", "lon", "lat", "position"),
          [(f"L{i}", turn[i + 11], -73.595 + i / 2000, 45.5 + (i % 20) / 1000, "given") for i in range(len(names))])
    write(raw / "service_at_location.csv", ("service_id", "location_id"),
          [(f"S{i}", f"L{i}") for i in range(len(names))])
    write(raw / "schedule.csv", ("service_id", "byday", "opens_at", "closes_at"),
          [(f"S{i}", "SA", "09:00", "12:00") for i in range(len(names))])
    write(raw / "event.csv", ("date", "kind", "title_fr", "title_en"),
          [(f"2026-{1 + i // 4:02d}-{1 + 5 * (i % 4):02d}", "outreach", turn[i], turn[i]) for i in range(24)])
    with (raw / "places.csv").open(encoding="utf-8", newline="") as handle:
        head, *rows = list(csv.reader(handle))
    write(raw / "places.csv", head, [
        [*row[:2], turn[i], turn[i], f"dans {turn[i]}", f"de {turn[i]}", f"in {turn[i]}", *row[7:]]
        for i, row in enumerate(rows)
    ])
    with (raw / "survey_group.csv").open(encoding="utf-8", newline="") as handle:
        head, *rows = list(csv.reader(handle))
    write(raw / "survey_group.csv", head,
          [[row[0], turn[i + 20], turn[i + 20], *row[3:]] for i, row in enumerate(rows)])
