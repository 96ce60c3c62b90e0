"""Shares by area and indexes: empty is never zero, and no area is invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders import census, deprivation
from loaders.catalog import LoadError
from tests.loaders.small import peopled, source

VALUES: dict[str, Any] = {
    "level": "dissemination_area", "id": "da", "prefix": "2021S0512", "pattern": r"2466\d{4}", "blank": "suppressed",
    "variables": [
        {"variable": "poor", "column": "poor", "reference_year": 2020, "scale": 0.01, "denominator": "pop"},
        {"variable": "shops", "column": "shops", "reference_year": 2023, "scale": 1},
    ],
}
INDEX: dict[str, Any] = {
    "index_id": "toy", "vintage": 2021, "reference_region": "Canada", "population": "pop",
    "dimensions": [{"dimension": "economic", "column": "score", "sign": -1}],
}


def test_shares_become_people_and_an_empty_cell_keeps_its_status(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    (tmp_path / "v.csv").write_text("da,poor,pop,shops\n24660001,10,50,3\n24660002,,150,0\n", encoding="utf-8")
    census.area_values(made, source("v", "v.csv", VALUES))
    rows = made.frame("SELECT * FROM census_value ORDER BY variable, area_id").set_index(["variable", "area_id"])
    assert rows.loc[("poor", "2021S051224660001"), ["numerator", "denominator", "value"]].tolist() == [5.0, 50.0, 0.1]
    assert rows.loc[("poor", "2021S051224660002"), "status"] == "suppressed"
    assert rows.loc[("poor", "2021S051224660002"), ["numerator", "value"]].isna().all()
    assert rows.loc[("shops", "2021S051224660002"), "value"] == 0  # zero is a value
    assert rows.loc["shops", "denominator"].isna().all()


@pytest.mark.parametrize(("row", "told"), [
    ("24669999,10,50,3", "No area has this identifier"),
    ("2466000,10,50,3", "does not have the expected form"),
    ("24660001,ten,50,3", "This is not a number"),
    ("24660001,110,50,3", "outside the allowed range"),
])
def test_a_row_at_fault_is_named(tmp_path: Path, row: str, told: str) -> None:
    made = peopled(tmp_path)
    (tmp_path / "v.csv").write_text(f"da,poor,pop,shops\n{row}\n", encoding="utf-8")
    with pytest.raises(LoadError, match=rf"v\.csv, line 2, column .*{told}"):
        census.area_values(made, source("v", "v.csv", VALUES))


def test_an_index_with_its_variables_fills_both_tables(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    (tmp_path / "i.csv").write_text(
        "da,poor,pop,shops,score\n24660001,10,50,3,1.5\n24660002,NA,150,0,NA\n", encoding="utf-8"
    )
    deprivation.index_with_values(made, source("i", "i.csv", {**VALUES, **INDEX, "blank": "missing"}))
    scores = made.frame("SELECT score, population, quintile, status FROM deprivation ORDER BY area_id")
    assert scores["score"].tolist()[0] == -1.5 and scores["population"].tolist() == [50.0, 150.0]
    assert scores["status"].tolist() == ["ok", "missing"] and scores["quintile"].isna().all()
    assert made.frame("SELECT DISTINCT status FROM census_value ORDER BY 1")["status"].tolist() == ["missing", "ok"]


def test_areas_a_wider_index_withholds_are_suppressed(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    options = {**INDEX, "level": "dissemination_area", "id": "da", "prefix": "2021S0512", "pattern": r"\d{8}"}
    (tmp_path / "i.csv").write_text("da,score\n10000001,1\n24660002,2\n", encoding="utf-8")
    deprivation.index_of_region(made, source("i", "i.csv", options))
    rows = made.frame("SELECT area_id, score, population, status FROM deprivation ORDER BY area_id")
    assert rows["status"].tolist() == ["suppressed", "ok"]
    assert rows["score"].isna().tolist() == [True, False] and rows["population"].tolist() == [50.0, 150.0]
    assert made.frame("SELECT left_out FROM load_ledger WHERE dataset_id = 'i'")["left_out"].tolist() == [1]


def test_an_index_of_elsewhere_stops_the_build(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    options = {**INDEX, "level": "dissemination_area", "id": "da", "prefix": "2021S0512", "pattern": r"\d{8}"}
    (tmp_path / "i.csv").write_text("da,score\n10000001,1\n", encoding="utf-8")
    with pytest.raises(LoadError, match="none of its areas is in the edition"):
        deprivation.index_of_region(made, source("i", "i.csv", options))
