"""Closures: what the change computes, a whole recomputation and brute force compute too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from indicators.access import step_weight
from indicators.catchments import balanced
from indicators.closures import after_closing, criticality, worst_closures
from indicators.spec import InputError

WEIGHT = step_weight({10: 1.0, 20: 0.5, 25: 0.2})


def city(seed: int) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    origins, sites = int(rng.integers(1, 20)), int(rng.integers(1, 9))
    need = pd.Series(rng.integers(0, 50, origins).astype("float64"))
    supply = pd.Series(rng.integers(0, 60, sites).astype("float64"), index=[f"s{row}" for row in range(sites)])
    pairs = [
        (origin, site, float(rng.integers(0, 30))) for origin in need.index for site in supply.index
        if rng.random() < 0.35
    ]
    return need, supply, pd.DataFrame(pairs, columns=["origin", "destination", "cost"]).astype({"cost": "float64"})


@pytest.mark.parametrize("seed", range(60))
def test_each_closure_is_what_computing_all_again_gives(seed: int) -> None:
    need, supply, cost = city(seed)
    told = criticality(need, supply, cost, WEIGHT)
    whole = balanced(need, supply, cost, WEIGHT)["value"].sum()
    for site in supply.index:
        changed = after_closing(need, supply, cost, WEIGHT, [site])
        lost = changed["covered"] & ~changed["covered_after"]
        assert told["uncovered"][site] == pytest.approx(changed.loc[lost, "people"].sum())
        assert told["unserved"][site] == pytest.approx(
            (changed["unserved_after"] - changed["unserved"]).sum(), abs=1e-9)
        kept = supply.drop(site)
        left = balanced(need, kept, cost[cost["destination"] != site], WEIGHT)["value"].sum() if len(kept) else 0.0
        assert told["balanced_loss"][site] == pytest.approx((whole - left) / whole if whole else 0.0, abs=1e-9)
        gains = changed["access_after"] > changed["access"] * (1 + 1e-9) + 1e-12
        assert told["gaining"][site] == pytest.approx(changed.loc[gains, "people"].sum())
    assert told["uncovered"].is_monotonic_decreasing and told["rank"].sum() == pytest.approx(
        len(supply) * (len(supply) + 1) / 2)


@pytest.mark.parametrize("seed", range(25))
def test_no_other_closures_are_worse(seed: int) -> None:
    need, supply, cost = city(seed)
    sites = 1 + seed % len(supply)
    found = worst_closures(need, supply, cost, WEIGHT, sites)
    worst = 0.0
    for closed in combinations(supply.index, sites):
        changed = after_closing(need, supply, cost, WEIGHT, closed)
        worst = max(worst, changed.loc[changed["covered"] & ~changed["covered_after"], "people"].sum())
    assert found.value == pytest.approx(worst) and found.gap == 0 and len(found.chosen) <= sites


def test_with_a_pencil() -> None:
    # Two sites of 10 places; 10 people reach a, 10 reach both, 5 reach b only.
    need = pd.Series([10.0, 10.0, 5.0], index=["p", "q", "r"])
    supply = pd.Series([10.0, 10.0], index=["a", "b"])
    cost = pd.DataFrame({
        "origin": ["p", "q", "q", "r"], "destination": ["a", "a", "b", "b"], "cost": [1.0, 1.0, 1.0, 1.0],
    })
    flat = step_weight({10: 1.0})
    told = criticality(need, supply, cost, flat)
    # a: D = 10 + 5 = 15, b: D = 5 + 5 = 10. Without a, p has none; q and r share b: 10 places for 15.
    assert told["uncovered"]["a"] == 10 and told["uncovered"]["b"] == 5
    before = 10 * (1 - 10 / 15) + 10 * (1 - (10 / 15 + 1) / 2)
    assert told["unserved"]["a"] == pytest.approx(10 + 15 * (1 - 10 / 15) - before)
    assert told["rank"].to_dict() == {"a": 1.0, "b": 2.0}
    assert worst_closures(need, supply, cost, flat, 2).value == 25


def test_closing_then_opening_again_gives_the_first_numbers_back() -> None:
    need, supply, cost = city(3)
    none = after_closing(need, supply, cost, WEIGHT, [])
    assert (none["access"] == none["access_after"]).all() and (none["covered"] == none["covered_after"]).all()
    once = after_closing(need, supply, cost, WEIGHT, [supply.index[0]])
    again = after_closing(need, supply, cost, WEIGHT, [])
    pd.testing.assert_frame_equal(none, again)
    pd.testing.assert_series_equal(once["access"], none["access"])


def test_totals_conserve() -> None:
    need, supply, cost = city(5)
    changed = after_closing(need, supply, cost, WEIGHT, [supply.index[0]])
    kept = supply.iloc[1:]
    pairs = cost[cost["destination"].isin(kept.index) & (cost["cost"] <= 25)]
    asked = pairs[pairs["origin"].map(need) > 0]["destination"].unique()
    assert (changed["access_after"] * changed["people"]).sum() == pytest.approx(kept[kept.index.isin(asked)].sum())


def test_all_closed_leaves_nobody_covered() -> None:
    need, supply, cost = city(7)
    changed = after_closing(need, supply, cost, WEIGHT, supply.index)
    assert not changed["covered_after"].any() and (changed["access_after"] == 0).all()
    assert (changed["unserved_after"] == changed["people"]).all()


def test_refusals() -> None:
    need, supply, cost = city(1)
    with pytest.raises(InputError, match="1 ids that are no site, first 'x'"):
        after_closing(need, supply, cost, WEIGHT, ["x"])
    with pytest.raises(InputError, match=f"asked of {len(supply)}"):
        worst_closures(need, supply, cost, WEIGHT, len(supply) + 1)
