"""Contacts by place: spellings are mapped by a table or refused, never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loaders import referrals
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
        "2024,Montréal,Juggling,1",
    ]) + "\n", encoding="utf-8")
    referrals.contacts_by_place(made, source("c", "c.csv", OPTIONS, threshold=0.9))
    (kept,) = made.private["referrals"]
    assert kept[["need", "count"]].to_numpy().tolist() == [["Food/Meals", 7], ["Health (2)", 2]]
    assert set(kept["place_id"]) == {"2021A00052466023"} and set(kept["grain"]) == {"year"}
    assert kept["period"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2024-01-01"]
    refused = made.frame("SELECT value, rule, message_fr, message_en FROM reject ORDER BY value")
    assert refused[["value", "rule"]].to_numpy().tolist() == [
        ["Juggling", "need"], ["MontrxE9al-Nord", "alias"], ["Montrèal", "alias"],
    ]
    assert refused["message_en"].iloc[1].startswith("6,789 contacts")
    assert made.frame("SELECT rows FROM left_out")["rows"].tolist() == [1]
    # Uncontrolled counts never enter the file.
    assert made.frame("SELECT count(*) AS n FROM referral_count")["n"].tolist() == [0]
