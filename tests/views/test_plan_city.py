"""A scenario starts from the numbers of the map: same people, same places, same reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from indicators.access import step_weight
from indicators.closures import after_closing
from loaders.store import Store, current_version, open_store
from views import plan_city


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    return open_store("toyville", current_version("toyville") or "")


def test_before_any_change_it_says_what_the_map_says(store: Store) -> None:
    city = plan_city.city(store)
    for reach in store.setting("reach_steps_m"):
        told = store.indicator("need_out_of_reach", "city", f"reach_m={reach:g}").iloc[0]
        start = after_closing(city.need, city.supply, city.within(reach), step_weight({reach: 1.0}), [])
        assert start.loc[~start["covered"], "people"].sum() == pytest.approx(told["numerator"])
        assert city.need[city.points["nearest_m"] > reach].sum() == pytest.approx(told["numerator"])
        assert (start["access"] * start["people"]).sum() <= city.supply.sum() * (1 + 1e-9)
    everyone = store.indicator("food_insecurity", "city").iloc[0]["numerator"]
    assert city.need.sum() == pytest.approx(everyone)


def test_people_in_need_are_shared_by_residents_and_never_guessed() -> None:
    points = pd.DataFrame({"base_id": ["a", "a", "b", "c"], "population": [30.0, 10.0, 5.0, 0.0]}, index=list("wxyz"))
    base = pd.DataFrame({
        "area_id": ["a", "b", "c"], "numerator": [8.0, np.nan, 0.0], "denominator": [40.0, np.nan, 0.0],
        "low": [0.1, np.nan, np.nan], "high": [0.3, np.nan, np.nan], "status": ["ok", "missing", "not_applicable"],
    })
    told = plan_city.with_need(points, base)
    assert told["need"].iloc[:2].tolist() == [6.0, 2.0] and told["need"].iloc[2:].isna().all()
    assert told["need_low"].iloc[:2].tolist() == [3.0, 1.0] and told["need_high"].iloc[:2].tolist() == [9.0, 3.0]


def test_a_grid_has_one_candidate_a_square_where_people_live() -> None:
    points = pd.DataFrame({
        "lon": [-73.6, -73.5999, -73.5], "lat": [45.5, 45.5001, 45.6], "population": [10.0, 50.0, 0.0],
        "area_id": ["A", "A", "B"],
    })
    told = plan_city.on_grid(points)
    assert told.index.tolist() == ["g1"] and told["lon"].tolist() == [-73.5999] and told["area_id"].tolist() == ["A"]


def test_distances_are_those_of_the_map() -> None:
    here = pd.DataFrame({"lon": [-73.6, -73.5], "lat": [45.5, 45.6]}, index=["p", "q"])
    told = plan_city.distances(here, here.set_axis(["a", "b"], axis=0))
    assert told.loc["p", "a"] == 0 and told.loc["p", "b"] == pytest.approx(13_576, abs=10)
