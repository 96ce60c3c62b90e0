"""The referee of equity, disparity and clusters: the same answers by loops, sharing no code with `indicators`."""

from __future__ import annotations

from collections.abc import Callable

Area = dict[str, float]


def kept(areas: list[Area], columns: tuple[str, ...]) -> list[Area]:
    """Areas where somebody lives and everything is known (NaN differs from itself)."""
    return [a for a in areas if a["population"] > 0 and all(a[c] == a[c] for c in columns)]


def concentration(areas: list[Area], column: str, rank: Callable[[Area], float]) -> tuple[float, float]:
    """2 cov(A, r) and mean A; an area's rank is the people before it plus half of those it ties with."""
    everyone = sum(a["population"] for a in areas)
    mean = sum(a["population"] * a[column] for a in areas) / everyone
    total = 0.0
    for a in areas:
        before = sum(b["population"] for b in areas if rank(b) < rank(a))
        tied = sum(b["population"] for b in areas if rank(b) == rank(a))
        r = (before + tied / 2) / everyone
        total += a["population"] / everyone * (a[column] - mean) * (r - 0.5)
    return 2 * total, mean


def gini(areas: list[Area]) -> float:
    """Half the mean absolute difference between two people, over the mean."""
    everyone = sum(a["population"] for a in areas)
    mean = sum(a["population"] * a["value"] for a in areas) / everyone
    gap = sum(a["population"] * b["population"] * abs(a["value"] - b["value"]) for a in areas for b in areas)
    return gap / (2 * everyone**2 * mean)


def fifth_mean(areas: list[Area], most: bool) -> float:
    """Mean of the most, or least, deprived fifth of people; tied areas give in proportion to their people."""
    everyone = sum(a["population"] for a in areas)
    left, got = everyone / 5, 0.0
    for score in sorted({a["deprivation"] for a in areas}, reverse=most):
        tied = [a for a in areas if a["deprivation"] == score]
        people = sum(a["population"] for a in tied)
        part = min(1.0, left / people)
        got += part * sum(a["population"] * a["value"] for a in tied)
        left -= part * people
        if left <= 1e-12 * everyone:
            break
    return got / (everyone / 5)


def geographic(areas: dict[str, Area]) -> dict[str, float]:
    """Share of the resource less share of the baseline, by area, where both are known and somebody lives."""
    live = {k: a for k, a in areas.items() if a["population"] > 0 and a["resource"] == a["resource"]}
    live = {k: a for k, a in live.items() if a["baseline"] == a["baseline"]}
    resource, baseline = (sum(a[c] for a in live.values()) for c in ("resource", "baseline"))
    if resource == 0 or baseline == 0:
        return {}
    return {k: a["resource"] / resource - a["baseline"] / baseline for k, a in live.items()}


def demographic(areas: dict[str, Area], share: dict[str, float]) -> float:
    """Share of a group around the resource less its share of everyone."""
    live = {k: a for k, a in areas.items() if a["population"] > 0 and k in share and share[k] == share[k]}
    resource, people = (sum(a[c] for a in live.values()) for c in ("resource", "population"))
    around = sum(a["resource"] * share[k] for k, a in live.items()) / resource
    return around - sum(a["population"] * share[k] for k, a in live.items()) / people


def moran(value: dict[str, float], near: dict[str, list[str]]) -> tuple[float, dict[str, float]]:
    """Global and local Moran's I with weights that sum to 1 over an area's neighbours; every area has some."""
    n = len(value)
    mean = sum(value.values()) / n
    spread = sum((v - mean) ** 2 for v in value.values())
    around = {a: sum(value[b] - mean for b in near[a]) / len(near[a]) for a in value}
    cross = {a: (value[a] - mean) * around[a] for a in value}
    return sum(cross.values()) / spread, {a: (n - 1) * c / spread for a, c in cross.items()}
