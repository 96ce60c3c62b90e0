"""Contacts by place: spellings are mapped by a table or refused, never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders import referrals
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import read_edition
from tests.loaders.small import draft, source

OPTIONS: dict[str, Any] = {
    "year": "year", "place": "city", "need": "need", "count": "n", "level": "city", "resembles": "montr",
    "aliases": "montreal/aliases_211.csv", "needs": {"Food/Meals": "Food/Meals", "Health": "Health (2)"},
}


def test_spellings_of_one_place_are_summed_and_the_rest_is_accounted_for(tmp_path: Path) -> None:
    made = draft(tmp_path)
    (tmp_path / "c.csv").write_text("year,city,need,n\n" + "\n".join([
        "2024,Montréal,Food/Meals,3", "2024,MontrxE9al,Food/Meals,4", "2024,Montreal,Health,2",
        "2024,MontrxE9al-Nord,Food/Meals,900", "2024,Montrèal,Food/Meals,1", "2024,Halifax,Food/Meals,50",
        "2024,Montréal,Juggling,1", "2024,Montréal,Health,2.9",
    ]) + "\n", encoding="utf-8")
    referrals.contacts_by_place(made, source("c", "c.csv", OPTIONS, threshold=0.9))
    (kept,) = made.private["referrals"]
    assert kept[["need", "count"]].to_numpy().tolist() == [["Food/Meals", 7], ["Health (2)", 2]]
    assert set(kept["place_id"]) == {"2021A00052466023"} and set(kept["grain"]) == {"year"}
    assert kept["period"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2024-01-01"]
    refused = made.frame("SELECT value, rule, message_fr, message_en FROM reject ORDER BY value")
    assert refused["rule"].tolist() == ["need", "alias", "alias", "whole"]
    assert refused["value"].tolist()[:3] == ["Juggling", "MontrxE9al-Nord", "Montrèal"]
    assert refused["value"].isna().tolist()[3]  # a count is not told by being refused
    assert refused["message_en"].iloc[1].startswith("6,789 contacts")
    assert made.frame("SELECT rows FROM left_out")["rows"].tolist() == [1]
    # Uncontrolled counts never enter the file.
    assert made.frame("SELECT count(*) AS n FROM referral_count")["n"].tolist() == [0]


def test_a_spelling_decided_twice_is_a_fault_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "spellings.csv").write_text(
        "spelling,area_id,decision,reason_fr,reason_en\nA,1,map,a,a\nB,,reject,b,b\nA,2,map,a,a\n", encoding="utf-8",
    )
    (tmp_path / "c.csv").write_text("year,city,need,n\n2024,A,Health,1\n", encoding="utf-8")
    with pytest.raises(LoadError, match=r"spellings\.csv, line 4: “A” is decided twice"):
        referrals.contacts_by_place(draft(tmp_path), source("c", "c.csv", {**OPTIONS, "aliases": "spellings.csv"}))


def test_the_montreal_spellings_of_the_real_file(raw: Path, tmp_path: Path) -> None:
    edition = read_edition("montreal-open")
    made = Draft(edition, raw, tmp_path / "open.duckdb")
    referrals.contacts_by_place(made, edition.source("contacts_211"))
    (kept,) = made.private["referrals"]
    assert kept["count"].sum() == 24 + 650 + 1070 + 27 == 1771
    assert set(made.frame("SELECT value FROM reject WHERE rule = 'alias'")["value"]) == {
        "Montréal - Région 06", "Montréal-Est", "Montréal-Nord", "Montréal-Ouest", "MontrxE9al-Est", "MontrxE9al-Nord",
        "MontrxE9al-Ouest",
    }
    assert made.frame("SELECT rows_read FROM load_ledger")["rows_read"].tolist() == [886]
    # A table that ships with the edition is part of it, and has no line of its own.
    assert made.frame("SELECT file FROM load_ledger")["file"].tolist() == [edition.source("contacts_211").file]
