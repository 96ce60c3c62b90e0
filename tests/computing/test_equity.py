"""Equity as the build writes it: toyville by pencil and by the referee, Montréal by its laws."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from build import build
from indicators.clusters import FEWEST
from tests import reference_equity as reference

REACH = "reach_m=1100"
MINE = ("concentration_index", "gini", "fifth_ratio", "inequity", "geographic_disparity", "demographic_disparity",
        "local_cluster")


def written(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    frame = con.execute("SELECT * FROM indicator_value WHERE list_contains(?, indicator_id)", [list(MINE)]).df()
    return frame.set_index(["indicator_id", "level", "area_id", "grp", "setting"]).sort_index()


@pytest.fixture(scope="module")
def toy(toyville_con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return written(toyville_con)


def of_city(toy: pd.DataFrame, indicator: str, quantity: str) -> pd.Series:
    return toy.loc[(indicator, "city", "TOY", quantity, REACH if quantity == "access" else "")]


def of_area(toy: pd.DataFrame, indicator: str, area: str, quantity: str) -> pd.Series:
    return toy.loc[(indicator, "district", area, quantity, REACH if quantity == "access" else "")]


def test_the_city_by_pencil(toy: pd.DataFrame) -> None:
    # Access 0.4 for Nord's 100, 0.2 for Centre's 300, the others not known; Nord is the more deprived: ranks 1/8, 5/8.
    # 2 × (40 × 1/8 + 60 × 5/8) ÷ 100 − 1 = −0.15; the only two areas that differ are in order, so the spread is 0.15.
    assert of_city(toy, "concentration_index", "access")["value"] == pytest.approx(-.15)
    assert of_city(toy, "gini", "access")["value"] == pytest.approx(.15)
    assert of_city(toy, "fifth_ratio", "access")["value"] == pytest.approx(.4 / .2)
    # Need is a share: Erreygers's 4 × 0.19 × −12 ÷ 95. The first 100 of 500 people are Nord's, the last Colline's.
    assert of_city(toy, "concentration_index", "food_insecurity")["value"] == pytest.approx(-.096)
    assert of_city(toy, "fifth_ratio", "food_insecurity")["value"] == pytest.approx(2.5)
    # 10 and 12 of 22 places, 25 and 60 of 85 people in need: −9/44 and −3/68.
    row = of_city(toy, "inequity", "access")
    assert (row["numerator"], row["denominator"]) == pytest.approx((-9 / 44, -3 / 68))
    assert row["value"] == pytest.approx(-9 / 44 + 3 / 68)
    for _, row in toy.xs("city", level="level").iterrows():
        assert row["basis"] == "simulated" and row["period"] == ""
        if row["status"] == "ok" and pd.notna(row["low"]):
            assert row["low"] - 1e-9 <= row["value"]


def test_the_city_by_the_referee(toy: pd.DataFrame, toy_values: pd.DataFrame) -> None:
    people, score = {"T1": 100.0, "T2": 300.0, "T3": 100.0, "T5": 100.0}, {"T1": 2.0, "T2": 1.0, "T3": 0.0, "T5": -1.0}
    areas = [{"population": people[a], "deprivation": score[a],
              "value": float(toy_values.loc[("nearest_food_aid", a, "", ""), "value"])} for a in people]
    above, mean = reference.concentration(areas, "value", lambda a: -a["deprivation"])
    row = of_city(toy, "concentration_index", "nearest_food_aid")
    assert (row["numerator"], row["denominator"]) == pytest.approx((above, mean))
    assert of_city(toy, "gini", "nearest_food_aid")["value"] == pytest.approx(reference.gini(areas))
    most, least = (reference.fifth_mean(areas, most=most) for most in (True, False))
    assert of_city(toy, "fifth_ratio", "nearest_food_aid")["value"] == pytest.approx(most / least)


def test_disparities_by_pencil(toy: pd.DataFrame) -> None:
    # Three places, one each in Nord, Centre and Colline, who hold 25, 60 and 10 of 95 people in need.
    areas = {a: {"population": 1.0, "resource": 1.0, "baseline": b} for a, b in (("T1", 25), ("T2", 60), ("T3", 10))}
    assert {a: of_area(toy, "geographic_disparity", a, "food_aid")["value"] for a in areas} == pytest.approx(
        reference.geographic(areas)
    )
    assert of_area(toy, "geographic_disparity", "T1", "food_aid")["value"] == pytest.approx(1 / 3 - 25 / 95)
    # Colline's place never told its capacity: the others share 22 places, and 85 people in need.
    assert of_area(toy, "geographic_disparity", "T1", "capacity")["value"] == pytest.approx(.5 - 25 / 85)
    rest = (of_area(toy, "geographic_disparity", area, "capacity") for area in ("T3", "T4", "T5"))
    assert [(row["status"], row["reason"]) for row in rest] == [
        ("unknown", "capacity_untold"), ("not_applicable", "nobody"), ("missing", "not_published"),
    ]
    # Seniors are 20, 10 and 40 % around the three places, 90 of 500 in the city; the poor 50, 33 and 0 %, 150 of 500.
    assert of_city(toy, "demographic_disparity", "seniors_65plus")["value"] == pytest.approx(.7 / 3 - .18)
    assert of_city(toy, "demographic_disparity", "below_mbm")["value"] == pytest.approx((.5 + 1 / 3) / 3 - .3)


def test_five_areas_have_no_pattern_and_say_so(toy: pd.DataFrame) -> None:
    rows = toy.loc["local_cluster"]
    assert (rows["status"] != "ok").all() and rows["value"].isna().all() and rows["reason"].notna().all()
    assert of_city(toy, "local_cluster", "food_insecurity")["reason"] == "no_comparison"
    assert of_area(toy, "local_cluster", "T3", "access")["reason"] == "capacity_untold"
    assert of_area(toy, "local_cluster", "T4", "access")["reason"] == "nobody"


def test_no_row_can_be_taken_for_an_indicator_of_an_area(toyville_con: duckdb.DuckDBPyConnection) -> None:
    mine = [*MINE, "similar_areas", "peer_group"]
    told = toyville_con.execute("""
        SELECT count(*), count(*) FILTER (grp = '') FROM indicator_value WHERE list_contains(?, indicator_id)
    """, [mine]).fetchone()
    assert told and told[0] > 0 and told[1] == 0


def test_montreal_keeps_the_laws(montreal: duckdb.DuckDBPyConnection) -> None:
    rows = written(montreal)
    ok = rows[rows["status"] == "ok"]
    assert ok["value"].notna().all() and ok["reason"].isna().all()
    assert rows.loc[rows["status"] != "ok", "value"].isna().all()
    assert rows.loc[rows["status"] != "ok", "reason"].notna().all()
    for indicator in ("concentration_index", "gini", "fifth_ratio", "inequity"):
        city = ok.loc[indicator]
        assert len(city) and (city["low"] <= city["value"]).all() and (city["value"] <= city["high"]).all()
    assert ok.loc["concentration_index"]["value"].between(-1, 1).all() and ok.loc["gini"]["value"].between(0, 1).all()
    # Need follows poverty, which stands for deprivation here: need leans to the most deprived.
    assert ok.loc[("concentration_index", "city")].xs("food_insecurity", level="grp")["high"].lt(0).all()
    shares = ok.loc[("geographic_disparity", "district")]
    # Shares less shares: they add up to nothing, and what stands in an area lies within its interval.
    assert shares.groupby("grp")["value"].sum().to_numpy() == pytest.approx(0, abs=1e-9)
    assert (shares["low"] <= shares["value"] + 1e-12).all() and (shares["value"] <= shares["high"] + 1e-12).all()
    assert len(shares.xs("food_aid", level="grp")) == 58
    # Every place stands in one district: their numbers add up to all of them.
    (places,) = montreal.execute("""
        SELECT count(*) FROM service JOIN service_at_location USING (service_id) JOIN location USING (location_id)
        WHERE kind = 'food_aid' AND service_status = 'active' AND lon IS NOT NULL AND referable IS DISTINCT FROM false
    """).fetchone() or (0,)
    assert shares.xs("food_aid", level="grp")["numerator"].sum() == places


def test_montreal_clusters_agree_with_their_whole(montreal: duckdb.DuckDBPyConnection) -> None:
    rows = written(montreal).loc["local_cluster"]
    ok = rows[rows["status"] == "ok"].reset_index()
    for quantity in ("food_insecurity", "nearest_food_aid"):
        own = ok[ok["grp"] == quantity]
        whole = own[(own["level"] == "city") & (own["setting"] == "")]["value"].iloc[0]
        local = own[(own["level"] == "district") & (own["setting"] == "")]
        assert len(local) == 58 >= FEWEST
        # Local indices add up to n − 1 times the global one.
        assert local["value"].sum() == pytest.approx(57 * whole)
        named = own[own["setting"].str.startswith("cluster=")]
        assert sorted(named["area_id"]) == sorted(local["area_id"]) and named["value"].between(.002, 1).all()
        # A class says on which side of the mean an area and its neighbours are.
        both = local.set_index("area_id")
        high = both["numerator"] > both["numerator"].mean()
        for _, row in named[named["setting"].isin(["cluster=high_high", "cluster=low_low"])].iterrows():
            assert high[row["area_id"]] == (row["setting"] == "cluster=high_high")
        p_value = own[own["setting"] == "p_value"]
        assert len(p_value) == 1 and p_value["value"].between(.002, 1).all()


def test_the_same_again(toyville: Path, toy: pd.DataFrame, tmp_path: Path) -> None:
    again = duckdb.connect(str(build("toyville", versions=tmp_path)), read_only=True)
    pd.testing.assert_frame_equal(written(again), toy)
