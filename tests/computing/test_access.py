"""Every reading of access as the build writes it, and places that serve only some."""

from __future__ import annotations

import pandas as pd
import pytest

from computing.access import _scaled  # pyright: ignore[reportPrivateUsage]
from indicators.access import nearest_allowed
from tests import reference_access as reference

REACH = "reach_m=1100"
NORD_CENTRE = 977.0  # any cost in the last third of 1,100 m
DEMAND = {"Nord": 25.0, "Centre": 30.0}  # half of Centre lives beyond any reach of ours
SUPPLY = {"at Nord": 11.0, "at Centre": 11.0}
COST = {("Nord", "at Nord"): 0.0, ("Nord", "at Centre"): NORD_CENTRE, ("Centre", "at Nord"): NORD_CENTRE,
        ("Centre", "at Centre"): 0.0}


def value(toy_values: pd.DataFrame, indicator: str, area: str) -> float:
    return toy_values.loc[(indicator, area, REACH, ""), "value"]


def test_three_steps_by_the_referee(toy_values: pd.DataFrame) -> None:
    near = reference.steps({1100 / 3: 1.0, 2200 / 3: .68, 1100.0: .22})
    expected = reference.three_step(DEMAND, SUPPLY, COST, near)
    assert value(toy_values, "access_3sfca", "T1") == pytest.approx(expected["Nord"], abs=1e-12)
    # Centre's other half reaches nothing: 30 of its 60 people hold what all of it has.
    assert value(toy_values, "access_3sfca", "T2") == pytest.approx(expected["Centre"] / 2, abs=1e-12)


def test_balanced_by_the_referee(toy_values: pd.DataFrame) -> None:
    expected = reference.balanced(DEMAND, SUPPLY, COST, reference.steps({1100.0: 1.0}))
    assert value(toy_values, "access_balanced", "T1") == pytest.approx(expected["Nord"], abs=1e-12)
    assert value(toy_values, "access_balanced", "T2") == pytest.approx(expected["Centre"] / 2, abs=1e-12)


def test_proximity_goes_from_the_least_served_area_to_the_best(toy_values: pd.DataFrame) -> None:
    # Nord and half of Centre are near 11 + 0.22 × 11 places; the other half of Centre, and Rive, near none.
    found = {area: value(toy_values, "access_gravity", area) for area in ("T1", "T2", "T5")}
    assert found == pytest.approx({"T1": 1.0, "T2": 0.5, "T5": 0.0}, abs=1e-12)
    # A place near Colline never told its capacity, so neither Colline nor the city is known.
    for area in ("T3", "TOY"):
        assert toy_values.loc[("access_gravity", area, REACH, ""), "status"] == "unknown"


def test_proximity_has_no_scale_where_no_two_areas_differ() -> None:
    rows = pd.DataFrame({
        "area_id": ["a", "b", "c"], "setting": ["s", "s", "t"], "numerator": [5.0, 5.0, 1.0], "denominator": 1.0,
        "value": [5.0, 5.0, 1.0], "low": None, "high": None, "status": "ok", "basis": "modelled",
    })
    out = _scaled(rows)
    assert out["status"].tolist() == ["not_applicable"] * 3 and out["value"].isna().all()
    assert out["because"].tolist() == ["no_comparison"] * 3


def test_a_place_that_serves_some_is_near_to_them_alone() -> None:
    points = pd.DataFrame({"lon": [-73.6, -73.6], "lat": [45.50, 45.51]}, index=["south", "north"])
    places = pd.DataFrame({"lon": [-73.6, -73.6], "lat": [45.50, 45.53]}, index=["limited", "open"])
    anyone = nearest_allowed(points, places, pd.DataFrame({"destination": [], "area_id": []}))
    assert anyone["south"] == pytest.approx(0) and anyone["north"] == pytest.approx(1111.6, abs=1)
    limited = nearest_allowed(points, places, pd.DataFrame({"destination": ["limited"], "area_id": ["north"]}))
    assert limited["north"] == pytest.approx(1111.6, abs=1) and limited["south"] == pytest.approx(3334.8, abs=3)
    allowed = pd.DataFrame({"destination": ["limited"], "area_id": ["north"]})
    only = nearest_allowed(points, places.loc[["limited"]], allowed)
    assert only["north"] == pytest.approx(1111.6, abs=1) and pd.isna(only["south"])
