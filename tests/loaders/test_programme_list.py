"""A city's food programmes: words for yes and no, dates with an offset, places far away, and no mailbox of anybody."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import programme_list
from loaders.catalog import TABLES, LoadError
from loaders.draft import Draft
from tests.loaders.small import draft, one, source

VANCOUVER = {
    82: "free-and-low-cost-food-programs_repo2025-05.json", 80: "free-and-low-cost-food-programs_repo2026-04.json",
}
WITHIN = [-123.3, 49.19, -122.9, 49.35]
MEAL = {
    "program_name": "Soupe du midi", "location_address": "1 rue A", "program_status": "Open",
    "organization_name": "L’Abri", "provides_meals": "True", "provides_hampers": "False", "meal_cost": "Free",
    "hamper_cost": None, "requires_referral": "Yes", "signup_required": "Unknown", "delivery_available": "No",
    "takeout_available": "Unknown",
    "latitude": 49.25, "longitude": -123.1, "last_update_date": "2024-12-06T23:30:00-08:00",
}


def loaded(folder: Path, *rows: dict[str, Any], **options: Any) -> Draft:
    """A draft that holds these programmes; `threshold` among the options is the source's."""
    folder.mkdir(exist_ok=True)
    (folder / "p.json").write_text(json.dumps(list(rows), ensure_ascii=False), encoding="utf-8")
    made = draft(folder)
    threshold = options.pop("threshold", 0.0)
    programme_list.programme_list(made, source("v", "p.json", options, threshold))
    return made


def notes(made: Draft) -> list[list[Any]]:
    return made.frame("SELECT line, column_name, value, rule FROM cell_note ORDER BY ALL").to_numpy().tolist()


def test_a_programme_is_a_service_with_its_words(tmp_path: Path) -> None:
    made = loaded(tmp_path, MEAL)
    row = made.frame("SELECT * FROM service").iloc[0]
    assert row["service_id"] == "v:soupe-du-midi--1-rue-a" and row["organization_id"] == "v:l-abri"
    assert (row["kind"], row["form"], row["service_status"]) == ("food_aid", "community_meal", "active")
    assert (row["fees"], row["referral"], row["delivery"]) == ("meals: Free", "referral: yes", "delivered: no")
    assert str(row["last_modified"].date()) == "2024-12-06"  # the day it was in Vancouver, the 7th in UTC
    assert pd.isna(row["assured_date"]) and pd.isna(row["capacity"]) and notes(made) == []


def test_the_key_survives_case_accents_and_order_and_splits_two_addresses(tmp_path: Path) -> None:
    again = {**MEAL, "program_name": "SOUPE DU MIDI", "location_address": "1, rue A"}
    other = {**MEAL, "location_address": "2 rue B"}
    made = loaded(tmp_path / "a", MEAL, MEAL, other)
    assert one(made, "SELECT duplicates FROM load_ledger") == 1 and one(made, "SELECT count(*) FROM service") == 2
    both = loaded(tmp_path / "b", MEAL, again, threshold=0.5)
    assert one(both, "SELECT rule FROM reject") == "key"  # one key, two spellings: a person must choose
    nowhere = loaded(tmp_path / "c", {**MEAL, "location_address": None, "latitude": None, "longitude": None})
    assert one(nowhere, "SELECT service_id FROM service") == "v:soupe-du-midi"
    assert one(nowhere, "SELECT position FROM location") == "missing"


def test_what_is_dirty_is_noted_and_the_programme_stays_listed(tmp_path: Path) -> None:
    made = loaded(tmp_path, {
        **MEAL, "program_status": "Paused?", "requires_referral": "sometimes", "last_update_date": "2024-13-45",
        "latitude": "north", "longitude": -123.1,
    })
    assert notes(made) == [
        [1, "last_modified", "2024-13-45", "date"], [1, "lat", "north", "number"],
        [1, "referral", "sometimes", "word"], [1, "status", "Paused?", "status"],
    ]
    row = made.frame("SELECT service_status, last_modified, referral FROM service").iloc[0]
    assert row["service_status"] == "inactive" and pd.isna(row["last_modified"]) and pd.isna(row["referral"])
    assert one(made, "SELECT position FROM location") == "missing"


def test_no_mailbox_is_read_and_the_public_line_is(tmp_path: Path) -> None:
    made = loaded(tmp_path, {
        **MEAL, "signup_email": "canary1@example.org", "referral_email": "canary2@example.org",
        "referral_phone_number": "canary3", "referral_agency_name": "canary4", "signup_phone_number": "(604) 555-0100",
        "description": "Thursdays; write to canary5@example.org.",
    })
    text = "\n".join(made.frame(f"FROM {table.name}").to_csv() for table in TABLES)
    assert "canary" not in text
    assert made.frame("SELECT phone, description FROM service").iloc[0].tolist() == [
        "(604) 555-0100", "Thursdays; write to ….",
    ]


def test_other_names_of_columns_are_told_by_the_edition(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("nom;adresse;etat;x;y\nSoupe;1 rue A;Open;-73,5;45.5\n", encoding="utf-8")
    made = draft(tmp_path)
    names = {"name": "nom", "address": "adresse", "status": "etat", "lon": "x", "lat": "y"}
    programme_list.programme_list(made, source("p", "p.csv", {"columns": names, "kind": "garden"}))
    assert one(made, "SELECT kind FROM service") == "garden"
    assert notes(made) == [[2, "lon", "-73,5", "number"]]
    with pytest.raises(LoadError, match="nmae: no such column"):
        programme_list.programme_list(made, source("p", "p.csv", {"columns": {"nmae": "nom"}}))


@pytest.mark.parametrize("count", VANCOUVER)
def test_both_vintages_of_vancouver(raw: Path, tmp_path: Path, count: int) -> None:
    shutil.copy(raw / "services" / "vancouver" / VANCOUVER[count], tmp_path)
    made = draft(tmp_path)
    programme_list.programme_list(made, source("v", VANCOUVER[count], {"within": WITHIN}))
    assert made.frame("SELECT rows_read, loaded FROM load_ledger").iloc[0].tolist() == [count, count]
    said = made.frame("SELECT service_status, count(*) AS n FROM service GROUP BY ALL ORDER BY ALL").to_numpy().tolist()
    assert said == [["active", count - 1], ["inactive", 1]]
    assert one(made, "SELECT name FROM service WHERE service_status = 'inactive'") == "Food Stash - Rescued Food Box"
    positions = made.frame("SELECT position, count(*) AS n FROM location GROUP BY ALL").set_index("position")["n"]
    lost = {"outside": 1} if count == 80 else {}  # 400 km away: its position is refused, its listing stays
    assert positions.to_dict() == {"given": count - 2 - len(lost), "missing": 2, **lost}
    assert [note[1:] for note in notes(made)] == (
        [["lat", "52.984779", "outside"], ["lon", "-122.480962", "outside"]] if lost else []
    )
    assert one(made, "SELECT count(*) FROM service WHERE referral LIKE 'referral: no%'") == {82: 73, 80: 70}[count]
    assert one(made, "SELECT count(*) FROM service WHERE assured_date IS NOT NULL OR last_modified IS NULL") == 0
    mailboxes = {row["signup_email"] for row in json.loads((tmp_path / VANCOUVER[count]).read_text("utf-8"))}
    mailboxes = {text for text in mailboxes if text and "@" in text}
    text = "\n".join(made.frame(f"FROM {table.name}").to_csv() for table in TABLES)
    assert len(mailboxes) > 10 and not [box for box in mailboxes if box in text] and not re.search(r"\S@\S", text)
    assert one(made, "SELECT count(phone) FROM service") == {82: 16, 80: 17}[count]
