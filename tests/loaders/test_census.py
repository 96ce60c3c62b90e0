"""Shares by area and indexes: empty is never zero, and no area is invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import census, deprivation
from loaders.catalog import LoadError
from loaders.draft import Draft
from tests.loaders.small import draft, one, peopled, source

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


def test_a_symbol_says_its_own_status_and_refuses_nothing(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    (tmp_path / "v.csv").write_text("da,poor,pop,shops\n24660001,x,..,F\n24660002,..,150,...\n", encoding="utf-8")
    census.area_values(made, source("v", "v.csv", {**VALUES, "blank": "suppressed"}))
    rows = made.frame("SELECT variable, status, denominator FROM census_value ORDER BY variable, area_id")
    assert rows["status"].tolist() == ["suppressed", "missing", "missing", "not_applicable"]
    assert rows["denominator"].isna().tolist() == [True, False, True, True]


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


def test_an_area_refused_is_not_called_suppressed(tmp_path: Path) -> None:
    options = {**INDEX, "level": "dissemination_area", "id": "da", "prefix": "2021S0512", "pattern": r"\d{8}"}
    for name, row, rule in (("a", "24660001,ten", "number"), ("b", "2466001,1", "identifier")):
        (tmp_path / name).mkdir()
        made = peopled(tmp_path / name)
        (tmp_path / name / "i.csv").write_text(f"da,score\n{row}\n24660002,2\n", encoding="utf-8")
        deprivation.index_of_region(made, source("i", "i.csv", options, threshold=0.5))
        assert one(made, "SELECT rule FROM reject") == rule  # nothing is left out in silence
        assert one(made, "SELECT count(*) FROM deprivation WHERE status = 'suppressed'") == (name == "b")


def test_an_index_of_elsewhere_stops_the_build(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    options = {**INDEX, "level": "dissemination_area", "id": "da", "prefix": "2021S0512", "pattern": r"\d{8}"}
    (tmp_path / "i.csv").write_text("da,score\n10000001,1\n", encoding="utf-8")
    with pytest.raises(LoadError, match="none of its areas is in the edition"):
        deprivation.index_of_region(made, source("i", "i.csv", options))


# --- the publishers' wide files, whole ----------------------------------------------------------------------


def with_areas(folder: Path, raw: Path, level: str, area_ids: list[str]) -> Draft:
    """A draft that reads the real files and holds these areas, without limits."""
    made = draft(folder)
    made._raw = raw
    text = ("kind", "code", "name_fr", "name_en", "fr_in", "fr_of", "en_in", "vintage", "dataset_id")
    made.insert("area", pd.DataFrame({
        "area_id": area_ids, "level": level, **dict.fromkeys(text, "x"),
        **dict.fromkeys(("lon", "lat", "x_m", "y_m"), 0.0),
    }))
    return made


def told(made: Draft) -> dict[str, Any]:
    return made.frame("SELECT * FROM load_ledger").iloc[0].to_dict()


def variable(name: str, column: str, scale: float = 1) -> dict[str, Any]:
    return {"variable": name, "column": column, "reference_year": 2021, "scale": scale}


def test_the_wide_table_of_censusmapper(raw: Path, tmp_path: Path) -> None:
    file = "census/censusmapper_ca21_ct_montreal_data.csv"
    codes = pd.read_csv(raw / file, dtype=str)["GeoUID"]
    made = with_areas(tmp_path, raw, "tract", ("2021S0507" + codes).tolist())
    census.area_values(made, source("cm", file, {
        "level": "tract", "id": "GeoUID", "prefix": "2021S0507", "pattern": r"462\d{4}[.]\d{2}", "blank": "suppressed",
        "variables": [
            variable("population", "Population "),
            variable("median_income", "v_CA21_560: Median total income in 2020 among recipients ($)"),
        ],
    }))
    assert (told(made)["rows_read"], told(made)["loaded"]) == (485, 485)
    rows = made.frame("SELECT variable, status, count(*) AS n FROM census_value GROUP BY ALL ORDER BY ALL")
    assert rows.to_numpy().tolist() == [
        ["median_income", "ok", 475], ["median_income", "suppressed", 10], ["population", "ok", 485],
    ]
    assert one(made, "SELECT value FROM census_value WHERE variable = 'median_income' AND area_id LIKE '%0001.00'"
               ) == 40000
    with pytest.raises(LoadError, match="column “Population”: the column is missing"):
        census.area_values(made, source("cm2", file, {
            "level": "tract", "id": "GeoUID", "pattern": ".*", "blank": "missing",
            "variables": [variable("population", "Population")],  # the space is in the file's own name
        }))


ISLAND = "census/statcan_2021_montreal_island_ct_variables.csv"


def island(raw: Path) -> list[str]:
    return pd.read_csv(raw / ISLAND, dtype=str)["dguid"].tolist()


def test_the_identifiers_that_lost_their_zeros_get_them_back(raw: Path, tmp_path: Path) -> None:
    made = with_areas(tmp_path, raw, "tract", island(raw))
    options = {
        "level": "tract", "id": "ct_code", "prefix": "2021S0507", "pattern": r"462\d{4}[.]\d{2}", "repair": True,
        "blank": "suppressed", "variables": [variable("low_income_lim", "low_income_pct", 0.01)],
    }
    census.area_values(made, source("ct", ISLAND, options))
    assert (told(made)["rows_read"], told(made)["loaded"]) == (541, 541)
    notes = made.frame("SELECT value FROM cell_note WHERE rule = 'repaired'")["value"]
    assert len(notes) == 541 - 195 and "4620415.1" in set(notes)  # 195 of 541 joined as they were: 36 %
    # Each went where the file's own DGUID says.
    frame = pd.read_csv(raw / ISLAND, dtype=str).set_index("dguid")["low_income_pct"].astype(float)
    found = made.frame("SELECT area_id, value FROM census_value").set_index("area_id")["value"]
    assert (found - frame / 100).abs().max() < 1e-12 and found.isna().sum() == 11


def test_without_the_repair_they_are_refused(raw: Path, tmp_path: Path) -> None:
    made = with_areas(tmp_path, raw, "tract", island(raw))
    with pytest.raises(LoadError, match="346 of 541 rows refused"):
        census.area_values(made, source("ct", ISLAND, {
            "level": "tract", "id": "ct_code", "prefix": "2021S0507", "pattern": r"462\d{4}[.]\d{2}",
            "blank": "suppressed", "variables": [variable("low_income_lim", "low_income_pct", 0.01)],
        }))


def test_their_own_dguid_needs_no_repair(raw: Path, tmp_path: Path) -> None:
    made = with_areas(tmp_path, raw, "tract", island(raw))
    census.area_values(made, source("ct", ISLAND, {
        "level": "tract", "id": "dguid", "pattern": r"2021S0507462\d{4}[.]\d{2}", "blank": "suppressed",
        "variables": [variable("low_income_lim", "low_income_pct", 0.01)],
    }))
    assert told(made)["loaded"] == 541
    assert made.frame("SELECT status, count(*) FROM census_value GROUP BY 1 ORDER BY 1").to_numpy().tolist() == [
        ["ok", 530], ["suppressed", 11],
    ]


def test_populations_of_every_dissemination_area(raw: Path, tmp_path: Path) -> None:
    crosswalk = pd.read_csv(raw / "census/pop_counts_da21_2021.csv", dtype=str, encoding="cp1252")
    codes = crosswalk.loc[crosswalk["cd_id_21"] == "2466", "da_id_21"]
    assert len(codes) == 3228
    made = with_areas(tmp_path, raw, "dissemination_area", ("2021S0512" + codes).tolist())
    same = {"level": "dissemination_area", "prefix": "2021S0512", "pattern": r"\d{8}", "region": True,
            "blank": "missing"}
    census.area_values(made, source("land", "census/da_population_landarea_2021.csv", {
        **same, "id": "DAUID", "leave_out": {"census divisions": r"\d{4}"},
        "variables": [variable("population_land", "Population")],
    }))
    left = dict(made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist())
    assert left["census divisions"] == 269 and left["area outside the edition"] == 56313 - 3228
    assert (told(made)["rows_read"], told(made)["loaded"]) == (56582, 3228)
    census.area_values(made, source("counts", "census/pop_counts_da21_2021.csv", {
        **same, "id": "da_id_21", "variables": [variable("population", "da_pop_21")],
    }))
    row = made.frame("SELECT * FROM load_ledger WHERE dataset_id = 'counts'").iloc[0]
    assert (row["rows_read"], row["loaded"], row["encoding"]) == (57936, 3228, "cp1252")
    assert one(made, "SELECT sum(value) FROM census_value WHERE variable = 'population'") == 2004265
    apart = made.frame("SELECT a.value - b.value AS gap FROM census_value a JOIN census_value b USING (area_id) "
                       "WHERE a.variable = 'population' AND b.variable = 'population_land'")["gap"]
    assert (apart.dropna() == 0).all()


def test_the_low_income_of_the_region_by_dissemination_area(raw: Path, tmp_path: Path) -> None:
    file = "census/da_lim_bedrooms_2021_cma462.csv"
    codes = pd.read_csv(raw / file, dtype=str)["dauid"]
    made = with_areas(tmp_path, raw, "dissemination_area", ("2021S0512" + codes).tolist())
    census.area_values(made, source("lim", file, {
        "level": "dissemination_area", "id": "dauid", "prefix": "2021S0512", "pattern": r"24\d{6}",
        "blank": "suppressed", "variables": [variable("low_income_lim", "LIM", 0.01), variable("residents", "pop")],
    }))
    assert (told(made)["rows_read"], told(made)["loaded"]) == (6574, 6574)
    blank = made.frame("SELECT variable, count(*) FROM census_value WHERE status = 'suppressed' AND value IS NULL "
                       "GROUP BY 1 ORDER BY 1")
    assert blank.to_numpy().tolist() == [["low_income_lim", 198], ["residents", 14]]


def test_a_decimal_comma_is_read_where_it_is_declared(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    (tmp_path / "v.csv").write_text('da;poor;pop;shops\n24660001;14,7;50;3\n24660002;;1\u202f500;0\n', "utf-8")
    census.area_values(made, source("v", "v.csv", {**VALUES, "decimal": ","}))
    rows = made.frame("SELECT * FROM census_value WHERE variable = 'poor' ORDER BY area_id")
    assert rows["value"].tolist()[0] == pytest.approx(0.147) and rows["denominator"].tolist() == [50, 1500]


def test_a_file_nobody_brought_leaves_a_row_that_says_so(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    census.area_values(made, source("v", "v.csv", {**VALUES, "optional": True}))
    row = made.frame("SELECT * FROM load_ledger WHERE dataset_id = 'v'").iloc[0]
    assert (row["encoding"], row["rows_read"]) == ("absent", 0)
    assert one(made, "SELECT count(*) FROM census_value") == 0
