"""The referee of `indicators.reach`: the same answers by loops and dictionaries, sharing no code with it."""

from __future__ import annotations

import math


def limits(count: float | None, status: str, smallest: int, base: int) -> tuple[float, float]:
    """Every whole number a published count may stand for, by trying them."""
    if status == "suppressed":
        return 1.0, float(smallest - 1)
    if status == "missing" or count is None:
        return 0.0, math.inf
    if base == 1 or count == 0:
        return float(count), float(count)
    same = [n for n in range(int(count) + 2 * base) if base * ((2 * n + base) // (2 * base)) == count]
    return float(min(same)), float(max(same))


def tree(weights: dict[tuple[int, int], float]) -> float:
    """Weight of the heaviest forest: Kruskal, one edge at a time."""
    group: dict[int, int] = {}
    total = 0.0
    for (i, j), weight in sorted(weights.items(), key=lambda item: -item[1]):
        a, b = group.setdefault(i, i), group.setdefault(j, j)
        if a != b:
            total += weight
            for k in group:
                if group[k] == b:
                    group[k] = a
    return total


def bounds(
    least: list[float], most: list[float], eligible: float, overlaps: dict[tuple[int, int], float] | None = None,
) -> tuple[float, float]:
    """Fewest and most different people; `overlaps` by pair of positions, absent = unknown."""
    low, high = max(least), min(sum(most), eligible)
    if overlaps:
        k = len(least)
        upper, lower = {}, {}
        for i in range(k):
            for j in range(i + 1, k):
                known = overlaps.get((i, j))
                upper[i, j] = min(most[i], most[j]) if known is None else known
                lower[i, j] = max(0.0, least[i] + least[j] - eligible) if known is None else known
                if known is not None:
                    low = max(low, least[i] + least[j] - known)
        s1, s2 = sum(least), sum(upper.values())
        for r in range(1, k + 1):  # Dawson and Sankoff's bound holds for every r; theirs is the best one
            if s2 < math.inf:
                low = max(low, 2 * s1 / (r + 1) - 2 * s2 / (r * (r + 1)))
        high = min(high, sum(most) - tree(lower))
    return min(low, high), high


def independence(counts: list[float], eligible: float) -> float:
    """Different people if going to one organization changed nothing to going to another."""
    outside = 1.0
    for count in counts:
        outside *= (eligible - count) / eligible
    return eligible - eligible * outside


def chapman(n1: int, n2: int, m: int) -> tuple[float, float]:
    """Chapman's estimate and its variance."""
    value = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    return value, (n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / (m + 1) / (m + 1) / (m + 2)
