"""The worked examples of the Methods page hold the very numbers Toyville gives."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd
import pytest

from indicators import (
    INDICATORS,
    access,
    alerts,
    awareness,
    clusters,
    crossings,
    disparity,
    equity,
    freshness,
    funnel,
    help_seeking,
    intervals,
    nowcast,
    opening,
    peers,
    rates,
    reach,
)
from indicators.examples import EXAMPLES, example
from tests.indicators import test_access, test_equity, test_freshness, test_need, test_reach, test_risk, test_trends
from views import numbers
from views.words import use

REACH = "reach_m=1100"
# indicator, area, setting, column, decimals, factor: what the example must end with
SAID = [
    ("food_insecurity", "T1", "", "numerator", 0, 1), ("food_insecurity", "T1", "", "value", 0, 100),
    ("food_insecurity", "T1", "", "high", 0, 100), ("need_out_of_reach", "T2", REACH, "value", 0, 100),
    ("need_out_of_reach", "T2", REACH, "numerator", 0, 1), ("residents_out_of_reach", "T2", REACH, "value", 0, 100),
    ("residents_out_of_reach", "TOY", REACH, "value", 1, 100), ("coverage_gap", "T2", REACH, "value", 0, 100),
    ("coverage_gap", "T2", REACH, "numerator", 0, 1), ("nearest_food_aid", "T2", "", "value", 1, 1),
    ("nearest_food_aid", "T2", "", "high", 1, 1), ("access", "T1", REACH, "value", 1, 1),
    ("access", "T2", REACH, "value", 1, 1), ("access_e2sfca", "T1", REACH, "value", 3, 1),
    ("most_deprived_fifth", "TOY", "", "value", 1, 100), ("referrals_per_1000", "T1", "", "value", 0, 1),
    ("referrals_per_1000", "T1", "", "low", 0, 1), ("referrals_per_1000", "T1", "", "high", 0, 1),
    ("below_mbm", "T1", "", "value", 0, 100), ("below_mbm", "T2", "", "value", 1, 100),
]
Numbers = list[tuple[float, int]]


@pytest.mark.parametrize(("indicator", "area", "setting", "column", "decimals", "factor"), SAID)
def test_an_example_says_what_toyville_gives(
    toy_values: pd.DataFrame, indicator: str, area: str, setting: str, column: str, decimals: int, factor: int
) -> None:
    says(indicator, [(toy_values[column][indicator, area, setting, ""] * factor, decimals)])


def says(indicator: str, found: Numbers) -> None:
    try:
        for language in ("fr", "en"):
            use(language)
            for number, decimals in found:
                assert numbers.decimal(number, decimals) in example(indicator).of(language), (language, number)
    finally:
        use(None)


# --- indicators that one page or one place holds: the same numbers, from the function itself -------------------


def places(method: str) -> Numbers:
    points, sites = test_access.toyville()
    cost = access.cost_matrix(points, sites, 2000)
    weight = access.step_weight(test_access.TOY_STEPS)
    got = test_access.METHODS[method](points["need"], sites["capacity"], cost, weight)
    if method == "gravity":
        scaled = access.min_max(got)["value"].tolist()
        return [(got["value"][0], 1), (got["value"][2], 1), (scaled[0], 0), (scaled[2], 0)]
    claims = access.claims(points["need"], sites["capacity"], cost, weight)
    levels = [] if method == "three_step" else [(claims["L1"], 1), (claims["L2"], 1), (11 / claims["L2"], 3)]
    return [*levels, (got["value"][0], 3)]


def surest() -> Numbers:
    found = intervals.simulated_need(
        test_need.toyville(), test_need.RATES, ["poverty"], None, seed=1, draws=50, rounding=1
    ).set_index("area_id")
    assert found["worst_fifth"].dropna().to_dict() == {"T1": 0, "T2": 1, "T3": 0}
    return [(found["numerator"]["T2"], 0), (100 * found["worst_fifth"]["T2"], 0)]


def asked() -> Numbers:
    row = awareness.awareness_ratio(test_trends.TOY).set_index("area_id")
    shape = awareness.prior_shape(np.array([240, 60, 0.0]), row["denominator"].dropna().to_numpy())
    return [(row["denominator"]["T1"], 1), (row["raw"]["T1"], 2), (row["value"]["T1"], 2), (shape, 2),
            (row["denominator"]["T2"], 1), (row["value"]["T2"], 2)]


def alarm() -> Numbers:
    heights = alerts.cusum(np.array([2.5, 3.5]))
    limit = alerts.calibrated(12, 36, 12).limit(0.05)
    assert heights[1] > limit and set(alerts.decomposed(months_of(24), "month", 12)["reason"]) == {"short"}
    return [(heights[0], 0), (heights[1], 0), (limit, 1)]


def months_of(months: int) -> pd.DataFrame:
    return pd.DataFrame({"period": pd.date_range("2024-11-01", periods=months, freq="MS"), "count": 20.0})


def complete() -> Numbers:
    row = nowcast.nowcast(pd.DataFrame({
        "period": [1, 1, 2, 2, 3], "delay": [0, 1, 0, 1, 0], "count": [60.0, 40, 60, 60, 30], "basis": "counted",
    })).iloc[2]
    return [(100 * row["value"], 1), (row["denominator"], 0), (row["numerator"], 0)]


def helped() -> Numbers:
    row = funnel.referral_funnel(test_trends.HELP).set_index(["area_id", "step"]).loc[("T1", "helped")]
    return [(row["count_low"], 1), (row["count_high"], 1), (100 * row["low"], 0), (100 * row["high"], 0)]


def crossed() -> Numbers:
    cells = test_risk.two(.10, .25, .20, .42).assign(se=[.01, .02, .02, .04])
    row = crossings.crossings(cells, ["lone_parent", "tenant"]).iloc[0]
    return [(100 * row["value"], 0), (100 * row["expected"], 0), (100 * row["excess"], 0),
            (100 * row["excess_low"], 1), (100 * row["excess_high"], 1)]


def different() -> Numbers:
    counts = test_reach.counted([50, 50, 50])
    alone = reach.people_reached(counts, pd.Series({"T": 200})).iloc[0]
    shared = reach.people_reached(counts, overlaps=test_reach.overlap({"ab": 10, "bc": 20, "ca": 5})).iloc[0]
    return [(alone["low"], 0), (alone["high"], 0), (alone["value"], 1), (shared["low"], 0), (shared["high"], 0)]


def listing() -> pd.DataFrame:
    services = pd.DataFrame({
        "service_id": ["S1", "S2", "S3"], "area_id": ["TOY", "TOY", "T3"], "capacity": [11, 11, None],
        "form": ["pantry", "soup_kitchen", "fridge"], "age_days": [31.0, 335.0, None],
    })
    return services.merge(freshness.still_valid(services, test_freshness.HALF), on="service_id")


def holding() -> Numbers:
    rows = freshness.effective_capacity(listing()).set_index("area_id")
    assert rows["status"]["T3"] == "unknown"
    return [(100 * p, 1) for p in listing()["value"][:2]] + [
        (rows["numerator"]["TOY"], 1), (100 * rows["value"]["TOY"], 1),
    ]


def to_verify() -> Numbers:
    valid = listing()[["service_id", "value", "low", "high"]]
    row = freshness.verification_priority(valid, pd.Series({"S1": 27.5, "S2": 27.5, "S3": 10.0}))
    assert row["rank"].tolist() == [3, 1, 2]
    return [(row["value"][0], 1), (row["value"][1], 1), (row["high"][2], 0)]


def city(index: Callable[..., pd.DataFrame], decimals: int = 3, **options: object) -> Numbers:
    row = index(test_equity.TOY, "TOY", **options).iloc[0]
    return [(row["value"], decimals)]


def uneven() -> Numbers:
    toy = test_equity.TOY.assign(resource=[11.0, 11, 0, 0, 0], baseline=[25.0, 60, 10, 0, np.nan])
    row = disparity.geographic_disparity(toy, 2).iloc[0]
    return [(100 * row[name], 1) for name in ("value", "low", "high", "baseline_share")]


def around() -> Numbers:
    toy = test_equity.TOY.assign(resource=[11.0, 11, 0, 0, 0])
    groups = pd.DataFrame({"area_id": ["T1", "T2", "T3"], "group_id": "age_65plus", "share": [.20, .10, .40]})
    row = disparity.demographic_disparity(toy, groups, 2).iloc[0]
    return [(100 * row[name], 1) for name in ("value", "numerator", "denominator")]


BELOW = pd.DataFrame({"below_mbm": [.5, 1 / 3, 0]}, index=["T1", "T2", "T3"])
PEOPLE = pd.Series({"T1": 100, "T2": 300, "T3": 100})


def alike() -> Numbers:
    found = peers.neighbours(BELOW, PEOPLE, k=1).set_index("area_id")["value"]
    return [(found["T1"], 2), (found["T3"], 2)]


def grouped() -> Numbers:
    found = peers.peer_groups(BELOW, PEOPLE, 2).set_index("area_id")
    assert found["group"].to_dict() == {"T1": "T2", "T2": "T2", "T3": "T3"}
    return [(found["value"]["T1"], 2), (found["value"]["T2"], 2), (found["value"]["T3"], 0)]


def ring() -> Numbers:
    around_it = pd.DataFrame({"area_id": list("abcdefgh"), "neighbour_id": list("bcdefgha")})
    areas = pd.DataFrame({"area_id": list("abcdefgh"), "population": 100.0, "value": [1.0] * 4 + [0.0] * 4})
    found = clusters.local_clusters(areas.assign(basis="counted"), around_it)["value"]
    return [(found[1], 3), (found[0], 0)]


def toy_points() -> pd.DataFrame:
    """Nord, Centre's two points and Colline, with need and the places each can claim at 1,100 m."""
    points = pd.DataFrame({
        "area_id": ["T1", "T2", "T2", "T3"], "population": [100.0, 150, 150, 100], "known": [100.0, 150, 150, 100],
        "need": [25.0, 30, 30, 10], "need_low": [25.0, 30, 30, 10], "need_high": [40.0, 50, 50, 20],
        "places": [10.0, 12, 0, 0], "untold": [0, 0, 0, 1],
    }, index=["P1", "P2", "P3", "P4"])
    return points.assign(places_low=points["places"], places_high=points["places"])


def seekers() -> Numbers:
    found = help_seeking.help_seekers(toy_points()).set_index("area_id")
    return [(found["numerator"]["T1"], 1), (100 * found["value"]["T1"], 1), (100 * found["low"]["T1"], 0),
            (100 * found["high"]["T1"], 0), (found["numerator"]["T2"], 1), (100 * found["value"]["T2"], 1)]


def unserved() -> Numbers:
    found = help_seeking.unserved_seekers(toy_points()).set_index("area_id")
    return [(found["numerator"]["T2"], 2), (found["denominator"]["T2"], 1), (100 * found["value"]["T2"], 0),
            (100 * found["value"]["T1"], 0)]


def week(*opened: tuple[str, str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    places = pd.Index(["L1", "L2", "L3"])
    schedule = pd.DataFrame(opened, columns=["place", "opens_at", "closes_at"]).assign(byday="TU")
    cost = pd.DataFrame({"origin": ["P1", "P1", "P2", "P2", "P4"], "destination": ["L1", "L2", "L1", "L2", "L3"]})
    return opening.open_week(places, schedule), cost


def at_ten() -> Numbers:
    city = toy_points().assign(area_id="TOY")
    row = opening.open_by_hour(city, *week(("L1", "09:00", "12:00")), [24 + 10]).iloc[0]
    assert row["status"] == "unknown"
    people = row["low"] * row["denominator"]
    return [(people, 0), (row["denominator"], 0), (100 * row["low"], 1), (100 * row["high"], 1)]


def none_at_ten() -> Numbers:
    found = rates.complement(opening.open_by_hour(toy_points(), *week(("L1", "09:00", "12:00")), [24 + 10]))
    rows = found.set_index("area_id")
    assert rows["status"].tolist() == ["ok", "ok", "unknown"] and rows["low"]["T3"] == 0
    return [(rows["numerator"]["T2"], 0), (rows["denominator"]["T2"], 0), (100 * rows["value"]["T2"], 1),
            (100 * rows["value"]["T1"], 1), (rows["high"]["T3"] * rows["denominator"]["T3"], 0)]


def open_hours() -> Numbers:
    opened = week(("L1", "09:00", "12:00"), ("L2", "11:00", "13:00"))
    points = toy_points()
    found = opening.hours_within_reach(points.join(opening.hours_at(points.index, *opened))).set_index("area_id")
    return [(found["value"]["T1"], 0), (found["value"]["T2"], 1)]


WORKED: dict[str, Callable[[], Numbers]] = {
    "worst_fifth": surest, "access_3sfca": lambda: places("three_step"), "access_balanced": lambda: places("balanced"),
    "access_gravity": lambda: places("gravity"), "awareness_ratio": asked, "request_alert": alarm,
    "reporting_completeness": complete, "referral_help": helped, "crossing_excess": crossed,
    "people_reached": different, "effective_capacity": holding, "verification_priority": to_verify,
    "concentration_index": lambda: city(equity.concentration_index) + city(equity.concentration_index, bounds=(0, 1)),
    "gini": lambda: city(equity.gini), "fifth_ratio": lambda: city(equity.fifth_ratio, 1),
    "inequity": lambda: city(equity.inequity), "geographic_disparity": uneven, "demographic_disparity": around,
    "help_seekers": seekers, "unserved_seekers": unserved, "open_within_reach": at_ten,
    "nothing_open_within_reach": none_at_ten,
    "open_hours_within_reach": open_hours, "similar_areas": alike, "peer_group": grouped, "local_cluster": ring,
    "unlisted_places": lambda: [(2, 0), (4, 0), (50, 0)],  # asserted in test_freshness
}


@pytest.mark.parametrize("indicator", WORKED)
def test_an_example_says_what_its_function_gives(indicator: str) -> None:
    says(indicator, WORKED[indicator]())


def test_examples_of_groups_and_of_who_is_missing(toyville_con: duckdb.DuckDBPyConnection) -> None:
    for indicator, group, column, decimals, factor in (
        ("representation_ratio", "black", "value", 1, 1), ("people_by_group", "age_65plus", "numerator", 0, 1),
        ("people_by_group", "age_65plus", "denominator", 0, 1), ("who_is_missing", "food_insecurity", "value", 1, 100),
        ("who_is_missing", "food_insecurity", "numerator", 0, 1),
    ):
        (row,) = toyville_con.execute(f"""
            SELECT {column} FROM indicator_value
            WHERE indicator_id = ? AND grp = ? AND level = ? AND period IN ('', '2024')
        """, [indicator, group, "district" if indicator == "who_is_missing" else "city"]).fetchall()
        says(indicator, [(row[0] * factor, decimals)])


def test_every_example_is_worked_out_by_a_test() -> None:
    tested = {row[0] for row in SAID} | set(WORKED) | {"representation_ratio", "people_by_group", "who_is_missing"}
    assert set(EXAMPLES) <= tested


def test_every_indicator_has_an_example_and_no_other_has() -> None:
    shares = {i.id for i in INDICATORS if i.census_variable}
    assert set(EXAMPLES) == {i.id for i in INDICATORS} - shares
