"""The open edition, built whole from the publishers' files: the numbers that must come out."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from build import build

REACH = "reach_m=1000"


@pytest.fixture(scope="module")
def version(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("montreal-open", raw=raw, versions=tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def con(version: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(version), read_only=True)


def need(con: duckdb.DuckDBPyConnection, level: str) -> pd.DataFrame:
    return con.execute("""
        SELECT v.*, a.kind, a.population FROM indicator_value v JOIN area a USING (area_id, level)
        WHERE indicator_id = 'food_insecurity' AND level = ?
    """, [level]).df()


def test_need_meets_its_benchmark_exactly(con: duckdb.DuckDBPyConnection, version: Path) -> None:
    facts = json.loads(version.with_suffix(".json").read_text("utf-8"))
    assert facts["calibration"]["delta"] == pytest.approx(0.39, abs=0.005)
    areas = need(con, "dissemination_area")
    ok = areas[areas["status"] == "ok"]
    assert len(ok) == 2822 - 36
    assert (ok["value"].min(), ok["value"].max()) == pytest.approx((0.194, 0.333), abs=0.0005)
    assert ok["numerator"].sum() / ok["denominator"].sum() == pytest.approx(0.22, abs=1e-12)
    assert (ok["low"] <= ok["value"]).all() and (ok["value"] <= ok["high"]).all()
    city = need(con, "city").iloc[0]
    assert city["value"] == pytest.approx(0.22, abs=1e-12)
    assert (city["low"], city["high"]) == pytest.approx((.198, .242))


def test_linked_cities_and_blank_areas_are_missing_with_a_reason(con: duckdb.DuckDBPyConnection) -> None:
    boroughs = need(con, "borough")
    assert boroughs.groupby(["kind", "status"]).size().to_dict() == {
        ("borough", "ok"): 19, ("linked_city", "missing"): 15,
    }
    areas = need(con, "dissemination_area")
    missing = areas[areas["status"] == "missing"]
    assert missing["reason"].value_counts().to_dict() == {"not_covered": 397, "not_published": 36}
    hoods = need(con, "neighbourhood_housing")
    assert set(hoods.loc[hoods["status"] == "missing", "reason"]) == {"not_covered"}
    blank = con.execute("""
        SELECT v.status FROM census_value c JOIN indicator_value v USING (area_id)
        WHERE c.variable = 'below_mbm' AND c.status = 'missing' AND v.indicator_id = 'food_insecurity'
    """).df()
    assert len(blank) == 36 and set(blank["status"]) <= {"missing", "not_applicable"}
    nobody = areas[areas["population"] == 0]
    assert set(nobody["status"]) == {"not_applicable"}


def test_a_hidden_tract_is_suppressed_not_zero_not_absent(con: duckdb.DuckDBPyConnection) -> None:
    tracts = con.execute("""
        SELECT v.status, v.value, a.population FROM indicator_value v JOIN area a USING (area_id)
        WHERE indicator_id = 'low_income_lim' AND v.level = 'tract'
    """).df()
    assert len(tracts) == 541 and (tracts["status"] == "ok").sum() == 530
    hidden = tracts[tracts["status"] != "ok"]
    assert len(hidden) == 11 and hidden["value"].isna().all()
    assert set(hidden.loc[hidden["population"] > 0, "status"]) == {"suppressed"}
    assert set(hidden.loc[hidden["population"] == 0, "status"]) == {"not_applicable"}


def test_every_level_tells_the_same_city(con: duckdb.DuckDBPyConnection) -> None:
    totals = con.execute("""
        SELECT level, sum(numerator) AS people FROM indicator_value
        WHERE indicator_id = 'need_out_of_reach' AND setting = ? GROUP BY level
    """, [REACH]).df().set_index("level")["people"]
    for level in ("dissemination_area", "tract", "neighbourhood_housing", "borough", "city"):
        # A few people of the City live in a neighbourhood most of whose residents are a linked city's: missing there.
        assert totals[level] == pytest.approx(totals["city"], abs=5), level


def test_crosswalks_conserve_population_or_say_what_they_lost(con: duckdb.DuckDBPyConnection) -> None:
    pairs = con.sql("SELECT * FROM crosswalk").df()
    levels = {"dissemination_area", "tract", "neighbourhood_housing", "neighbourhood_social", "borough", "city"}
    assert {(c, p) for c in levels for p in levels if c != p} <= set(
        zip(pairs["child_level"], pairs["parent_level"], strict=True)
    )
    lost = pairs[pairs["unplaced"].abs() > 1]
    assert lost["reason_fr"].notna().all() and lost["reason_en"].notna().all()
    assert (pairs["placed"] + pairs["unplaced"]).to_numpy() == pytest.approx(pairs["population"].to_numpy(), abs=1)
    carried = con.sql("""
        SELECT child_level, parent_level, sum(population_weight * population) AS people
        FROM area_link JOIN area ON area_id = child_id GROUP BY ALL
    """).df().merge(pairs, on=["child_level", "parent_level"])
    assert carried["people"].to_numpy() == pytest.approx(carried["placed"].to_numpy(), abs=1)


def test_unknown_capacity_is_unknown_and_bounded(con: duckdb.DuckDBPyConnection) -> None:
    gap = con.execute("""
        SELECT status, value, low, high FROM indicator_value
        WHERE indicator_id = 'coverage_gap' AND level = 'dissemination_area' AND setting = ?
    """, [REACH]).df()
    unknown = gap[gap["status"] == "unknown"]
    assert len(unknown) > 100 and unknown["value"].isna().all()
    assert (unknown["low"] < 1).all() and np.allclose(unknown["high"], 1)
    assert np.allclose(gap.loc[gap["status"] == "ok", "value"], 1)  # no place in reach: nothing is covered


def test_fifths_hold_a_fifth_of_the_city_each(con: duckdb.DuckDBPyConnection) -> None:
    people = con.sql("""
        SELECT quintile, sum(population) AS people FROM deprivation
        WHERE index_id = 'equity_index_2023' AND quintile IS NOT NULL GROUP BY 1 ORDER BY 1
    """).df()
    share = people["people"] / people["people"].sum()
    assert people["quintile"].tolist() == [1, 2, 3, 4, 5] and np.allclose(share, 0.2, atol=0.002)


def test_no_small_count_and_no_uncontrolled_one(con: duckdb.DuckDBPyConnection) -> None:
    for table in ("referral_count", "clients_count"):
        bad = con.sql(f'SELECT count(*) FROM {table} WHERE "count" BETWEEN 1 AND 9 OR "count" % 5 <> 0').fetchone()
        assert bad == (0,)


def test_series_of_two_vintages_are_never_summed(con: duckdb.DuckDBPyConnection) -> None:
    series = con.sql("""
        SELECT dataset_id, list(percent ORDER BY reference_year) AS percents,
            bool_and(collection_year = reference_year + 1) AS later
        FROM prevalence WHERE geography = 'quebec' AND group_id = 'all' AND severity = 'any' GROUP BY 1
    """).df().set_index("dataset_id")
    assert series["percents"]["cis_food_insecurity"].tolist() == [14.5, 11.0, 12.8, 14.8, 15.8, 19.9, 18.0]
    assert len(series) == 3 and bool(series["later"]["cis_food_insecurity"])
    needs = con.sql("SELECT DISTINCT need FROM referral_count").df()["need"]
    assert needs.str.endswith("(2)").any()  # the second list of categories keeps its own labels


def test_sources_that_say_the_same_agree(version: Path) -> None:
    facts = json.loads(version.with_suffix(".json").read_text("utf-8"))
    pairs = {(pair["one"], pair["other"]): pair for pair in facts["agreement"]}
    tract = pairs["control_low_income_lim", "low_income_lim"]
    assert tract["areas"] == 530 and tract["median_gap"] <= 0.0006
    assert pairs["control_low_income_sfr", "control_low_income_lim"]["correlation"] == pytest.approx(.91, abs=.005)
    assert pairs["below_mbm", "control_low_income_lim"]["correlation"] == pytest.approx(.77, abs=.005)
    assert all(pair["holds"] for pair in pairs.values())
