"""Toyville's answers, checked with a pencil: the arithmetic is written beside each."""

from __future__ import annotations

import math

import duckdb
import pandas as pd
import pytest

REACH = "reach_m=1100"


def cell(values: pd.DataFrame, indicator: str, area: str, setting: str = "", period: str = "") -> pd.Series:
    return values.loc[(indicator, area, setting, period)]


@pytest.mark.parametrize(("area", "people", "of", "low", "high"), [
    ("T1", 25, 100, .25, .40),  # 50 × 0.40 + 50 × 0.10 = 25; high: 50 × 0.60 + 50 × 0.20 = 40
    ("T2", 60, 300, .20, 1 / 3),  # 100 × 0.40 + 200 × 0.10 = 60; high: 60 + 40 = 100
    ("T3", 10, 100, .10, .20),  # 100 × 0.10 = 10; high: 20
    ("TOY", 95, 500, .19, .32),  # 25 + 60 + 10, over the 500 whose poverty is published
])
def test_need(toy_values: pd.DataFrame, area: str, people: float, of: float, low: float, high: float) -> None:
    row = cell(toy_values, "food_insecurity", area)
    assert (row["numerator"], row["denominator"]) == pytest.approx((people, of))
    assert (row["value"], row["low"], row["high"]) == pytest.approx((people / of, low, high))


def test_each_kind_of_nothing_keeps_its_own_status(toy_values: pd.DataFrame) -> None:
    status = toy_values["status"]
    assert status["food_insecurity", "T4", "", ""] == "not_applicable"  # nobody lives in the park
    assert status["food_insecurity", "T5", "", ""] == "missing"  # poverty was not published
    assert status["seniors_65plus", "T5", "", ""] == "suppressed"  # the publisher hid it
    assert status["access", "T3", REACH, ""] == "unknown"  # the only place in reach never told its capacity
    assert status["below_mbm", "T3", "", ""] == "ok" and toy_values["value"]["below_mbm", "T3", "", ""] == 0
    assert status["referrals_per_1000", "T5", "", ""] == "suppressed"  # two requests in the year
    assert status["referrals_per_1000", "T3", "", ""] == "ok"  # nobody asked: zero is a value
    assert toy_values["value"]["referrals_per_1000", "T3", "", ""] == 0
    hidden = toy_values[toy_values["status"] != "ok"]
    assert hidden["value"].isna().all() and hidden["numerator"].isna().all()
    assert toy_values.loc[toy_values["status"] == "ok", "value"].notna().all()
    assert hidden["reason"].notna().all()


def test_distance_and_reach(toy_values: pd.DataFrame) -> None:
    # Half of Centre lives at the service, half 25 thousandths of a degree east: 1,953.6 m at latitude 45.509.
    row = cell(toy_values, "nearest_food_aid", "T2")
    assert row["value"] == pytest.approx(1953.64 / 2, abs=0.01)
    assert (row["low"], row["high"]) == pytest.approx((0, 1953.64), abs=0.01)
    # 150 of Centre's 300 and all 100 of Rive are beyond 1,100 m.
    assert cell(toy_values, "residents_out_of_reach", "T2", REACH)["value"] == 150 / 300
    assert cell(toy_values, "residents_out_of_reach", "TOY", REACH)["value"] == pytest.approx(250 / 600)
    # Centre's 60 people in need are spread evenly: 30 are out of reach, of 300 residents; of 500 in the city.
    row = cell(toy_values, "need_out_of_reach", "T2", REACH)
    assert (row["numerator"], row["value"], row["high"]) == pytest.approx((30, .10, 50 / 300))
    assert cell(toy_values, "need_out_of_reach", "TOY", REACH)["value"] == pytest.approx(30 / 500)
    # A closed service with room for 500 stands in Rive: it is not counted.
    assert cell(toy_values, "residents_out_of_reach", "T5", REACH)["value"] == 1


def test_access_and_gap(toy_values: pd.DataFrame) -> None:
    # 25 people of Nord and 30 of Centre share two services of 11 places: 22 ÷ 55 = 0.4 each.
    assert cell(toy_values, "access", "T1", REACH)["value"] == pytest.approx(.4)
    # Centre: 12 places for the 30 in reach, none for the other 30: 12 ÷ 60, and 48 of 60 without a place.
    assert cell(toy_values, "access", "T2", REACH)["value"] == pytest.approx(.2)
    row = cell(toy_values, "coverage_gap", "T2", REACH)
    assert (row["numerator"], row["value"]) == pytest.approx((48, .8))
    # High need: 40 + 50 share 22 places: 22 ÷ 90; Centre gets 12.2 of 100, so 87.8 % is left.
    assert row["high"] == pytest.approx(1 - 50 * 22 / 90 / 100)
    # Colline's only place never told its capacity: it serves all 10, or none.
    row = cell(toy_values, "coverage_gap", "T3", REACH)
    assert (row["low"], row["high"]) == (0, 1) and math.isnan(row["value"])
    # The city: 15 + 48 of 95 if that place serves everyone.
    assert cell(toy_values, "coverage_gap", "TOY", REACH)["low"] == pytest.approx(63 / 95)


def test_most_deprived_fifth(toy_values: pd.DataFrame, toyville_con: duckdb.DuckDBPyConnection) -> None:
    # By score: Rive 100, Colline 100, Centre 300, Nord 100 of 600: middles at 1/12, 1/4, 7/12, 11/12.
    found = toyville_con.sql("SELECT area_id, quintile FROM deprivation ORDER BY area_id").fetchall()
    assert found == [("T1", 5), ("T2", 3), ("T3", 2), ("T5", 1)]
    assert cell(toy_values, "most_deprived_fifth", "TOY")["value"] == pytest.approx(1 / 6)


def test_referrals(toy_values: pd.DataFrame, toyville_con: duckdb.DuckDBPyConnection) -> None:
    # Nord: 12 months of 20 over 100 people; the year before, 12 of 10.
    assert cell(toy_values, "referrals_per_1000", "T1")["value"] == 2400
    assert cell(toy_values, "referrals_per_1000", "T1", period="year_before")["value"] == 1200
    # Garwood's limits for 240 events: 210.6 to 272.4.
    row = cell(toy_values, "referrals_per_1000", "T1")
    assert (row["low"] / 10, row["high"] / 10) == pytest.approx((210.59, 272.36), abs=0.01)
    # The city: 240 + 60 + 0 + 2 = 302, published as 300.
    assert cell(toy_values, "referrals_per_1000", "TOY")["numerator"] == 300
    # Centre asks 5 times a month: every month is hidden, none is zero.
    months = toyville_con.sql("""
        SELECT status, count(*) FROM referral_count WHERE cut = 'district_month_need' AND place_id = 'T2' GROUP BY 1
    """).fetchall()
    assert months == [("suppressed", 24)]
    small = toyville_con.sql('SELECT count(*) FROM referral_count WHERE "count" BETWEEN 1 AND 9').fetchone()
    assert small == (0,)


def test_representation_ratio(toyville_con: duckdb.DuckDBPyConnection) -> None:
    rows = toyville_con.sql("""
        SELECT grp, period, value, low, high, status FROM indicator_value WHERE indicator_id = 'representation_ratio'
    """).df().set_index(["grp", "period"])
    assert rows["value"]["black", "2024"] == 2 and rows["value"]["age_65plus", "2024"] == .5
    assert rows["value"]["indigenous_15plus", "2024"] == 2  # 36 ÷ 18, the reference aged 15 and over
    assert rows["status"]["indigenous_15plus", "2023"] == "suppressed"
    assert (rows["low"]["age_65plus", "2024"], rows["high"]["age_65plus", "2024"]) == pytest.approx((.4, .5))


def test_people_by_group(toyville_con: duckdb.DuckDBPyConnection) -> None:
    # 20 + 30 + 40 people aged 65 and over, 10 % of them: 9.
    row = toyville_con.sql("""
        SELECT numerator, denominator FROM indicator_value WHERE indicator_id = 'people_by_group' AND grp = 'age_65plus'
    """).fetchone()
    assert row == pytest.approx((9, 90))


def test_a_simulated_city_is_simulated_everywhere(toy_values: pd.DataFrame) -> None:
    assert set(toy_values["basis"]) == {"simulated"}
