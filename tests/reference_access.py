"""The referee of `indicators.access`: the same answers by loops and dictionaries, sharing no code with it."""

from __future__ import annotations

import math
from collections.abc import Callable

Pairs = dict[tuple[str, str], float]
Counts = dict[str, float]
Weight = Callable[[float], float]


def steps(limits: dict[float, float]) -> Weight:
    """Weight by steps, upper limit inclusive."""
    def weight(d: float) -> float:
        for limit in sorted(limits):
            if d <= limit:
                return limits[limit]
        return 0.0
    return weight


def gaussian(bandwidth: float, reach: float) -> Weight:
    """exp(−½ (d ÷ bandwidth)²) up to reach."""
    return lambda d: math.exp(-(d / bandwidth) ** 2 / 2) if d <= reach else 0.0


def exponential(scale: float, reach: float) -> Weight:
    """exp(−d ÷ scale) up to reach."""
    return lambda d: math.exp(-d / scale) if d <= reach else 0.0


def inverse_power(exponent: float, near: float, reach: float) -> Weight:
    """(d ÷ near)^−exponent up to reach, 1 up to near."""
    return lambda d: 0.0 if d > reach else 1.0 if d <= near else (d / near) ** -exponent


def _share(w: Pairs, demand: Counts) -> Pairs:
    """Weights divided by their sum at each origin."""
    total = dict.fromkeys(demand, 0.0)
    for (i, _), value in w.items():
        total[i] += value
    return {(i, j): value / total[i] for (i, j), value in w.items() if total[i] > 0}


def claims(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """People who turn to each site."""
    share = _share({pair: weight(d) for pair, d in cost.items()}, demand)
    return {j: sum(demand[i] * q for (i, b), q in share.items() if b == j) for j in supply}


def e2sfca(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """Enhanced two-step floating catchment."""
    ratio = {}
    for j in supply:
        people = sum(demand[i] * weight(d) for (i, b), d in cost.items() if b == j)
        ratio[j] = supply[j] / people if people > 0 else 0.0
    return {i: sum(weight(d) * ratio[j] for (a, j), d in cost.items() if a == i) for i in demand}


def two_step(demand: Counts, supply: Counts, cost: Pairs, reach: float) -> Counts:
    """Two-step floating catchment."""
    return e2sfca(demand, supply, cost, lambda d: 1.0 if d <= reach else 0.0)


def three_step(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """Three-step floating catchment, the choice inside both steps."""
    w = {pair: weight(d) for pair, d in cost.items()}
    chosen = {pair: g * w[pair] for pair, g in _share(w, demand).items()}
    ratio = {}
    for j in supply:
        people = sum(demand[i] * x for (i, b), x in chosen.items() if b == j)
        ratio[j] = supply[j] / people if people > 0 else 0.0
    return {i: sum(x * ratio[j] for (a, j), x in chosen.items() if a == i) for i in demand}


def allocation(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """Supply-conserving allocation."""
    share = _share({pair: weight(d) for pair, d in cost.items()}, demand)
    people = claims(demand, supply, cost, weight)
    value = dict.fromkeys(demand, 0.0)
    for (i, j), q in share.items():
        if people[j] > 0:
            value[i] += q * supply[j] / people[j]
    return value


def balanced(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """Balanced floating catchment, row-sum form."""
    people = claims(demand, supply, cost, weight)
    column = dict.fromkeys(supply, 0.0)
    for (_, j), d in cost.items():
        column[j] += weight(d)
    value = dict.fromkeys(demand, 0.0)
    for (i, j), d in cost.items():
        if people[j] > 0 and column[j] > 0:
            value[i] += supply[j] / people[j] * weight(d) / column[j]
    return value


def gravity(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """Supply discounted by distance."""
    return {i: sum(supply[j] * weight(d) for (a, j), d in cost.items() if a == i) for i in demand}


def min_max(value: Counts, demand: Counts) -> Counts:
    """From 0 to 1 over the origins with people."""
    ok = [value[i] for i in value if demand[i] > 0]
    return {i: (value[i] - min(ok)) / (max(ok) - min(ok)) for i in value if demand[i] > 0}


def uncovered(demand: Counts, cost: Pairs, weight: Weight) -> Counts:
    """People without a site in reach."""
    near = {i for (i, _), d in cost.items() if weight(d) > 0}
    return {i: people for i, people in demand.items() if people > 0 and i not in near}


def unreached(demand: Counts, supply: Counts, cost: Pairs, weight: Weight) -> Counts:
    """Places nobody in demand can reach."""
    near = {j for (i, j), d in cost.items() if weight(d) > 0 and demand[i] > 0}
    return {j: places for j, places in supply.items() if j not in near}


def nearest_cost(demand: Counts, cost: Pairs) -> Counts:
    """Lowest cost of the origins that have a pair."""
    found: Counts = {}
    for (i, _), d in cost.items():
        found[i] = min(d, found.get(i, math.inf))
    return {i: found[i] for i in demand if i in found}


def services_within(demand: Counts, cost: Pairs, reach: float) -> Counts:
    """Sites at a cost of at most reach, per origin."""
    return {i: float(sum(1 for (a, _), d in cost.items() if a == i and d <= reach)) for i in demand}


def people_within(demand: Counts, supply: Counts, cost: Pairs, reach: float) -> Counts:
    """People at a cost of at most reach, per site."""
    return {j: sum((demand[i] for (i, b), d in cost.items() if b == j and d <= reach), 0.0) for j in supply}


def limit(cost: Pairs, allowed: list[tuple[str, str]], area: dict[str, str]) -> Pairs:
    """The pairs that a site may serve."""
    limited = {j for j, _ in allowed}
    return {(i, j): d for (i, j), d in cost.items() if j not in limited or (j, area.get(i, "")) in allowed}
