"""The referee: the same answers by loops and dictionaries, from plain lists, sharing no code with `indicators`."""

from __future__ import annotations

import math

Point = dict[str, float | str | None]

A = 6378137.0
F = 1 / 298.257223563


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Chord between two points of the WGS 84 ellipsoid [m], from its two constants."""
    def position(lon: float, lat: float) -> tuple[float, float, float]:
        e2 = F * (2 - F)
        phi, lam = math.radians(lat), math.radians(lon)
        n = A / math.sqrt(1 - e2 * math.sin(phi) ** 2)
        return (
            n * math.cos(phi) * math.cos(lam), n * math.cos(phi) * math.sin(lam), n * (1 - e2) * math.sin(phi)
        )
    return math.dist(position(lon1, lat1), position(lon2, lat2))


def shifted(share: float, delta: float) -> float:
    """A share moved by `delta` on the logit scale."""
    odds = math.log(share / (1 - share)) + delta
    return 1 / (1 + math.exp(-odds))


def calibrate(below: float, above: float, p_below: float, p_above: float, benchmark: float) -> tuple[float, float]:
    """Both shares once their total is the benchmark, by bisection."""
    low, high = -20.0, 20.0
    for _ in range(200):
        middle = (low + high) / 2
        total = below * shifted(p_below, middle) + above * shifted(p_above, middle)
        if total / (below + above) < benchmark:
            low = middle
        else:
            high = middle
    return shifted(p_below, low), shifted(p_above, low)


def nearest(points: list[Point], services: list[Point]) -> dict[str, float]:
    """Distance [m] from each point to its nearest service."""
    return {
        str(p["id"]): min(metres(p["lon"], p["lat"], s["lon"], s["lat"]) for s in services)  # type: ignore[arg-type]
        for p in points
    }


def pairs(points: list[Point], services: list[Point], reach: float) -> dict[tuple[str, str], float]:
    """Every point and service within reach, with their distance [m]."""
    found = {}
    for p in points:
        for s in services:
            d = metres(p["lon"], p["lat"], s["lon"], s["lat"])  # type: ignore[arg-type]
            if d <= reach:
                found[str(p["id"]), str(s["id"])] = d
    return found


def allocation(
    demand: dict[str, float], supply: dict[str, float], cost: dict[tuple[str, str], float],
    steps: list[tuple[float, float]],
) -> dict[str, float]:
    """Places per person by supply-conserving allocation."""
    def weight(d: float) -> float:
        for limit, value in steps:
            if d <= limit:
                return value
        return 0.0
    total = {i: sum(weight(d) for (a, _), d in cost.items() if a == i) for i in demand}
    share = {(i, j): weight(d) / total[i] for (i, j), d in cost.items() if total[i] > 0}
    claimed = {j: sum(demand[a] * q for (a, b), q in share.items() if b == j) for j in supply}
    given = dict.fromkeys(demand, 0.0)
    for (i, j), q in share.items():
        if claimed[j] > 0:
            given[i] += q * supply[j] / claimed[j]
    return given


def e2sfca(
    demand: dict[str, float], supply: dict[str, float], cost: dict[tuple[str, str], float],
    steps: list[tuple[float, float]],
) -> dict[str, float]:
    """Places per person by enhanced two-step floating catchments."""
    def weight(d: float) -> float:
        for limit, value in steps:
            if d <= limit:
                return value
        return 0.0
    ratio = {}
    for j in supply:
        claimed = sum(demand[a] * weight(d) for (a, b), d in cost.items() if b == j)
        ratio[j] = supply[j] / claimed if claimed > 0 else 0.0
    return {i: sum(weight(d) * ratio[b] for (a, b), d in cost.items() if a == i) for i in demand}


def out_of_reach(points: list[Point], services: list[Point], reach: float, what: str) -> dict[str, float]:
    """People of `what` per area whose nearest service is beyond reach."""
    far = nearest(points, services) if services else {str(p["id"]): math.inf for p in points}
    total: dict[str, float] = {}
    for p in points:
        area = str(p["area_id"])
        total.setdefault(area, 0.0)
        if far[str(p["id"])] > reach:
            total[area] += float(p[what] or 0)
    return total


def gap(points: list[Point], per_person: dict[str, float]) -> dict[str, float]:
    """People in need without a place, per area."""
    total: dict[str, float] = {}
    for p in points:
        area, people = str(p["area_id"]), float(p["need"] or 0)
        total[area] = total.get(area, 0.0) + max(0.0, people - people * per_person[str(p["id"])])
    return total


def fifths(score: dict[str, float], population: dict[str, float]) -> dict[str, int]:
    """Population-weighted fifth of each area, ties together, by the middle of their block of people."""
    everyone = sum(population[a] for a in score)
    below, out = 0.0, {}
    for value in sorted(set(score.values())):
        tied = [a for a in score if score[a] == value]
        people = sum(population[a] for a in tied)
        middle = (below + people / 2) / everyone
        for a in tied:
            out[a] = min(5, max(1, math.ceil(middle * 5)))
        below += people
    return out


def controlled(count: int, smallest: int, base: int) -> int | None:
    """A count as it may be published; None where it is hidden."""
    if count == 0:
        return 0
    if count < smallest:
        return None
    return base * ((2 * count + base) // (2 * base))
