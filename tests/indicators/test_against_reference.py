"""The indicators agree with the referee on random cities, to 1e-9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import access, coverage, deprivation, disclosure, need
from tests import reference


def city(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A random city: points by id (area_id, lon, lat, population, need…) and services by id (lon, lat, capacity)."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 40)), int(rng.integers(1, 12))
    points = pd.DataFrame({
        "area_id": rng.choice(["A", "B", "C", "D"], n), "lon": -73.6 + rng.uniform(-.03, .03, n),
        "lat": 45.5 + rng.uniform(-.03, .03, n), "population": rng.integers(0, 300, n).astype(float),
    }, index=pd.Index([f"P{i}" for i in range(n)], name="point_id"))
    points["need"] = points["population"] * rng.uniform(0, .5, n)
    points["known"] = points["population"]
    points["need_low"], points["need_high"] = points["need"] * .8, points["need"] * 1.3
    services = pd.DataFrame({
        "lon": -73.6 + rng.uniform(-.03, .03, m), "lat": 45.5 + rng.uniform(-.03, .03, m),
        "capacity": rng.integers(0, 200, m).astype(float),
    }, index=pd.Index([f"S{j}" for j in range(m)], name="id"))
    # A service on the very point it serves: a distance of zero must count.
    services.iloc[0, :2] = points.iloc[0][["lon", "lat"]].to_numpy()
    return points, services


def listed(frame: pd.DataFrame) -> list[reference.Point]:
    return [{"id": str(i), **row} for i, row in zip(frame.index, frame.to_dict("records"), strict=True)]


@pytest.mark.parametrize("seed", range(200))
def test_access_coverage_and_distance_agree(seed: int) -> None:
    points, services = city(seed)
    reach = 1500.0
    steps = {500.0: 1.0, 1000.0: .68, 1500.0: .22}
    cost = access.cost_matrix(points, services, reach)
    theirs = reference.pairs(listed(points), listed(services), reach)
    assert len(cost) == len(theirs)
    demand, supply = points["need"], services["capacity"]
    for ours, referee in ((access.allocation, reference.allocation), (access.e2sfca, reference.e2sfca)):
        got = ours(demand, supply, cost, access.step_weight(steps)).set_index("area_id")["value"]
        want = referee(demand.to_dict(), supply.to_dict(), theirs, sorted(steps.items()))
        assert got.to_dict() == pytest.approx(want, rel=1e-9, abs=1e-9)
    points["nearest_m"] = access.nearest(points, services)
    assert points["nearest_m"].to_dict() == pytest.approx(reference.nearest(listed(points), listed(services)), abs=1e-6)
    for column, result in (
        ("population", coverage.residents_out_of_reach(points, reach)),
        ("need", coverage.need_out_of_reach(points, reach)),
    ):
        want = reference.out_of_reach(listed(points), listed(services), reach, column)
        ok = result[result["status"] == "ok"].set_index("area_id")["numerator"]
        assert ok.to_dict() == pytest.approx({a: want[a] for a in ok.index}, rel=1e-9, abs=1e-9)
    given_ = access.allocation(demand, supply, cost, access.step_weight({reach: 1.0}))
    each = given_.set_index("area_id")["value"].to_dict()
    places = points.assign(untold=0.0)
    for name in ("places", "places_low", "places_high"):
        places[name] = given_["numerator"].to_numpy()
    result = coverage.coverage_gap(places)
    ok = result[result["status"] == "ok"].set_index("area_id")["numerator"]
    want = reference.gap(listed(points), each)
    assert ok.to_dict() == pytest.approx({a: want[a] for a in ok.index}, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(100))
def test_supply_given_plus_supply_unreached_is_supply(seed: int) -> None:
    points, services = city(seed)
    cost = access.cost_matrix(points, services, 900.0)
    flat = access.step_weight({900.0: 1.0})
    given_ = access.allocation(points["need"], services["capacity"], cost, flat)
    left = access.unreached(points["need"], services["capacity"], cost, flat)
    assert given_["numerator"].sum() + left.sum() == pytest.approx(services["capacity"].sum(), rel=1e-12)


@given(st.integers(0, 10_000), st.floats(100, 3000), st.floats(100, 3000))
@settings(max_examples=60)
def test_reaching_further_never_uncovers_anyone(seed: int, near: float, far: float) -> None:
    points, services = city(seed)
    points["nearest_m"] = access.nearest(points, services)
    near, far = sorted([near, far])
    narrow = coverage.residents_out_of_reach(points, near).set_index("area_id")["numerator"]
    wide = coverage.residents_out_of_reach(points, far).set_index("area_id")["numerator"]
    assert (wide.fillna(0) <= narrow.fillna(0) + 1e-9).all()


@given(st.integers(0, 10_000))
@settings(max_examples=60)
def test_row_order_is_irrelevant(seed: int) -> None:
    points, services = city(seed)
    points["nearest_m"] = access.nearest(points, services)
    straight = coverage.nearest_food_aid(points)
    shuffled = coverage.nearest_food_aid(points.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(straight, shuffled)


@given(
    st.floats(1, 1e6), st.floats(1, 1e6), st.floats(.02, .9), st.floats(.02, .9), st.floats(.05, .8),
)
@settings(max_examples=200)
def test_benchmark_is_met_and_agrees(below: float, above: float, p: float, q: float, benchmark: float) -> None:
    rates = need.benchmarked(below, above, p, q, benchmark)
    assert (below * rates.below + above * rates.above) / (below + above) == pytest.approx(benchmark, abs=1e-12)
    assert (rates.below, rates.above) == pytest.approx(
        reference.calibrate(below, above, p, q, benchmark), rel=1e-9, abs=1e-9
    )


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 1000)), min_size=1, max_size=40))
@settings(max_examples=200)
def test_fifths_agree(rows: list[tuple[int, int]]) -> None:
    if sum(people for _, people in rows) == 0:
        rows = [*rows, (0, 1)]
    score = {f"a{i}": float(s) for i, (s, _) in enumerate(rows)}
    people = {f"a{i}": float(p) for i, (_, p) in enumerate(rows)}
    got = deprivation.weighted_fifths(pd.Series(score), pd.Series(people))
    assert got.astype(int).to_dict() == reference.fifths(score, people)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=30), st.integers(1, 15), st.integers(1, 10))
@settings(max_examples=200)
def test_disclosure_agrees_and_never_shows_a_small_count(counts: list[int], smallest: int, base: int) -> None:
    got = disclosure.controlled(pd.Series(counts), smallest, base)
    want = [reference.controlled(c, smallest, base) for c in counts]
    assert [None if pd.isna(v) else int(v) for v in got["count"]] == want
    assert ((got["status"] == "suppressed") == [w is None for w in want]).all()
