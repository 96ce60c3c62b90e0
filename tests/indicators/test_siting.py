"""Openings: brute force over every choice agrees with the solver, on random cities; laws; refusals."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.siting import judged, maximal_covering, nearest_now, p_center, p_median
from indicators.spec import InputError

REACH = 1000.0


def city(seed: int) -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    """Up to 14 origins and 12 candidates; some pairs cannot be travelled, some origins have no site today."""
    rng = np.random.default_rng(seed)
    origins, candidates = int(rng.integers(1, 15)), int(rng.integers(1, 13))
    names = [f"c{row}" for row in range(candidates)]
    need = pd.Series(rng.integers(0, 50, origins).astype("float64"))
    costs = pd.DataFrame(100.0 * rng.integers(0, 30, (origins, candidates)), columns=names)
    costs = costs.mask(rng.random(costs.shape) < 0.15, np.inf)
    now = pd.Series(np.where(rng.random(origins) < 0.3, np.inf, 100.0 * rng.integers(0, 30, origins)))
    return need, costs, now


def after(costs: pd.DataFrame, now: pd.Series, chosen: tuple[object, ...]) -> np.ndarray:
    return np.minimum(now.to_numpy(), costs[list(chosen)].min(axis=1).to_numpy() if chosen else np.inf)


@pytest.mark.parametrize("seed", range(40))
def test_no_other_choice_is_better(seed: int) -> None:
    need, costs, now = city(seed)
    sites = 1 + seed % min(4, costs.shape[1])
    choices = [after(costs, now, chosen) for chosen in combinations(costs.columns, sites)]
    some = np.isfinite(after(costs, now, tuple(costs.columns))) & (need.to_numpy() > 0)

    covering = maximal_covering(need, costs, now, REACH, sites)
    newly = [need[(cost <= REACH) & (now.to_numpy() > REACH)].sum() for cost in choices]
    assert covering.value == pytest.approx(max(newly)) and covering.gap == 0
    assert judged(need, costs, now, covering.chosen, REACH)["newly"] == pytest.approx(covering.value)

    if some.any():
        center = p_center(need, costs, now, sites)
        assert center.value == min(cost[some].max() for cost in choices)
        totals = [(need[some] * cost[some]).sum() for cost in choices if np.isfinite(cost[some]).all()]
        if totals:
            median = p_median(need, costs, now, sites)
            assert median.value == pytest.approx(min(totals)) and median.gap == 0
            assert len(median.chosen) == sites


@pytest.mark.parametrize("seed", range(12))
def test_a_budget_of_places_is_spent_best(seed: int) -> None:
    need, costs, now = city(seed)
    costs = costs.iloc[:, :8]
    capacity = pd.Series(np.random.default_rng(seed).integers(1, 9, costs.shape[1]).astype("float64"), costs.columns)
    budget = 10.0
    found = maximal_covering(need, costs, now, REACH, capacity=capacity, budget=budget)
    best = max(
        need[(after(costs, now, chosen) <= REACH) & (now.to_numpy() > REACH)].sum()
        for count in range(costs.shape[1] + 1) for chosen in combinations(costs.columns, count)
        if capacity[list(chosen)].sum() <= budget
    )
    assert found.value == pytest.approx(best)
    assert capacity[capacity.index.isin(found.chosen)].sum() <= budget


@pytest.mark.parametrize("seed", range(8))
def test_one_more_site_never_covers_fewer(seed: int) -> None:
    need, costs, now = city(seed)
    values = [maximal_covering(need, costs, now, REACH, sites).value for sites in range(1, costs.shape[1] + 1)]
    assert values == sorted(values)


@pytest.mark.parametrize("seed", [3, 8])
def test_spopt_gives_the_same_best(seed: int) -> None:
    import pulp
    from spopt.locate import MCLP, PMedian

    rng = np.random.default_rng(seed)
    need = pd.Series(rng.integers(1, 50, 40).astype("float64"))
    costs, now = pd.DataFrame(rng.integers(1, 40, (40, 15)) * 100.0), pd.Series(np.full(40, 9000.0))
    solver = pulp.HiGHS(msg=False)
    covering: Any = MCLP.from_cost_matrix(costs.to_numpy(), need.to_numpy(), REACH, 3).solve(solver)
    assert maximal_covering(need, costs, now, REACH, 3).value == pytest.approx(covering.problem.objective.value())
    median: Any = PMedian.from_cost_matrix(costs.to_numpy(), need.to_numpy(), 3).solve(solver)
    assert p_median(need, costs, now, 3).value == pytest.approx(median.problem.objective.value())


def test_equity_and_number_choose_differently() -> None:
    # 100 people 2 km west, 10 people 9 km east: most people are west, the farthest are east.
    need = pd.Series([100.0, 10.0], index=["west", "east"])
    costs = pd.DataFrame({"w": [0.0, 11_000.0], "e": [11_000.0, 0.0]}, index=need.index)
    now = pd.Series([2000.0, 9000.0], index=need.index)
    assert maximal_covering(need, costs, now, REACH, 1).chosen == ("w",)
    assert p_center(need, costs, now, 1).chosen == ("e",)
    told = judged(need, costs, now, ("e",), REACH, pd.Series([False, True], index=need.index))
    assert told.to_dict() == {
        "near": 10.0, "newly": 10.0, "newly_share": pytest.approx(10 / 110), "mean": pytest.approx(200_000 / 110),
        "farthest": 2000.0, "deprived_share": 1.0,
    }


def test_who_cannot_be_reached_is_told_and_left_out() -> None:
    need, now = pd.Series([30.0, 5.0, 7.0]), pd.Series([np.inf] * 3)
    costs = pd.DataFrame({"a": [100.0, np.inf, np.inf], "b": [np.inf, 200.0, np.inf]})
    one = p_median(need, costs, now, 1)
    assert one.chosen == ("a",) and one.value == 3000.0 and one.unreachable == 12.0
    both = p_median(need, costs, now, 2)
    assert both.value == 4000.0 and both.unreachable == 7.0
    center = p_center(need, costs, now, 1)
    assert center.chosen == () and center.value == float("inf") and center.unreachable == 7.0
    assert p_center(need, costs, now, 2).value == 200.0


def test_a_covered_city_asks_for_nothing() -> None:
    need, now = pd.Series([30.0]), pd.Series([10.0])
    found = maximal_covering(need, pd.DataFrame({"a": [5.0]}), now, REACH, 1)
    assert found.chosen == () and found.value == 0 and found.gap == 0
    assert nearest_now(pd.DataFrame(index=[0, 1])).tolist() == [np.inf, np.inf]


@pytest.mark.parametrize(("change", "fault"), [
    ({"costs": pd.DataFrame(index=[0, 1])}, "no candidates"),
    ({"sites": 3}, "3 asked of 2"),
    ({"sites": 0}, "0 asked of 2"),
    ({"need": pd.Series([1.0, np.nan])}, "need: a number missing"),
    ({"need": pd.Series([1.0, -1.0])}, "negative"),
    ({"now": pd.Series([1.0, np.nan])}, "now: a number missing"),
    ({"now": pd.Series([1.0, 2.0], index=[5, 6])}, "its rows are not those"),
    ({"reach": 0.0}, "not above 0"),
])
def test_refusals_say_what_is_wrong(change: dict[str, object], fault: str) -> None:
    asked = {
        "need": pd.Series([1.0, 2.0]), "costs": pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}),
        "now": pd.Series([9.0, 9.0]), "reach": 5.0, "sites": 1,
    } | change
    with pytest.raises(InputError, match=fault):
        maximal_covering(**asked)  # type: ignore[arg-type]


def test_a_budget_needs_the_size_of_every_candidate() -> None:
    need, costs, now = pd.Series([1.0]), pd.DataFrame({"a": [1.0], "b": [1.0]}), pd.Series([9.0])
    with pytest.raises(InputError, match="1 candidates without a number of places"):
        maximal_covering(need, costs, now, 5.0, capacity=pd.Series({"a": 3.0}), budget=3.0)
    with pytest.raises(InputError, match="not both"):
        maximal_covering(need, costs, now, 5.0, 1, budget=3.0)
