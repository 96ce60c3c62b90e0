"""Referee of need, deprivation and risk: loops and dictionaries, sharing no code with `indicators`."""

from __future__ import annotations

import math

Cell = tuple[str, ...]


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def benchmarked(people: dict[Cell, float], shares: dict[Cell, float], benchmark: float) -> dict[Cell, float]:
    """The shares once all logits moved by one δ so that the benchmark is met; bisection."""
    low, high = -40.0, 40.0
    for _ in range(200):
        middle = (low + high) / 2
        total = sum(people[g] * expit(logit(shares[g]) + middle) for g in people)
        if total < benchmark * sum(people.values()):
            low = middle
        else:
            high = middle
    return {g: expit(logit(shares[g]) + low) for g in shares}


def standardized(counts: dict[str, dict[Cell, float]], shares: dict[Cell, float]) -> dict[str, float]:
    """Expected people in need by area."""
    return {a: sum(n * shares[g] for g, n in groups.items()) for a, groups in counts.items()}


def raked(
    seed: dict[Cell, float], margins: list[tuple[list[int], dict[Cell, float]]], passes: int = 3000
) -> dict[Cell, float]:
    """Iterative proportional fitting; a margin is the places of its keys in a cell, and its totals."""
    cells = dict(seed)
    for _ in range(passes):
        for places, totals in margins:
            now: dict[Cell, float] = {}
            for cell, n in cells.items():
                key = tuple(cell[i] for i in places)
                now[key] = now.get(key, 0.0) + n
            for cell in cells:
                key = tuple(cell[i] for i in places)
                cells[cell] = cells[cell] * totals[key] / now[key] if now[key] > 0 else 0.0
    return cells


def worst_fifth_of_areas(values: dict[str, float]) -> set[str]:
    """A fifth of the areas, rounded up, and those tied with the last."""
    place = math.ceil(len(values) / 5)
    last = sorted(values.values(), reverse=True)[place - 1]
    return {a for a, v in values.items() if v >= last}


def worst_fifth_of_people(values: dict[str, float], people: dict[str, float]) -> set[str]:
    """Areas of highest value, whose middle lies past four fifths of everyone."""
    everyone, below, found = sum(people.values()), 0.0, set()
    for area in sorted(values, key=lambda a: values[a]):
        if below + people[area] / 2 > 0.8 * everyone:
            found.add(area)
        below += people[area]
    return found


def varimax_gain(loadings: list[tuple[float, float]], angle: float) -> float:
    """Kaiser's criterion of two columns once turned by an angle, rows of length 1."""
    squares = []
    for x, y in loadings:
        length = math.hypot(x, y) or 1.0
        x, y = x / length, y / length
        a, b = x * math.cos(angle) + y * math.sin(angle), -x * math.sin(angle) + y * math.cos(angle)
        squares.append((a * a, b * b))
    gain = 0.0
    for column in range(2):
        values = [row[column] for row in squares]
        middle = sum(values) / len(values)
        gain += sum((v - middle) ** 2 for v in values)
    return gain


def correlations(rows: list[list[float]], weights: list[float]) -> list[list[float]]:
    """Weighted correlation matrix, by the definition."""
    everyone = sum(weights)
    number = len(rows[0])
    means = [sum(w * r[i] for w, r in zip(weights, rows, strict=True)) / everyone for i in range(number)]

    def covariance(i: int, j: int) -> float:
        terms = (w * (r[i] - means[i]) * (r[j] - means[j]) for w, r in zip(weights, rows, strict=True))
        return sum(terms) / everyone

    return [
        [covariance(i, j) / math.sqrt(covariance(i, i) * covariance(j, j)) for j in range(number)]
        for i in range(number)
    ]


def directly_standardized(
    strata: dict[str, tuple[float, float]], standard: dict[str, float]
) -> float | None:
    """Share of one area at the standard's ages: stratum -> cases and people."""
    lived = [s for s, (_, people) in strata.items() if people > 0]
    weight = sum(standard[s] for s in lived)
    if not lived or weight < sum(standard.values()) / 2:
        return None
    return sum(standard[s] * strata[s][0] / strata[s][1] for s in lived) / weight


def excess(cells: dict[tuple[int, ...], float], chosen: tuple[int, ...]) -> float:
    """Additive excess of the characteristics at these places of a cell."""
    size = len(next(iter(cells)))

    def share(carried: tuple[int, ...]) -> float:
        return cells[tuple(int(i in carried) for i in range(size))]

    expected = share(())
    for one in chosen:
        expected += share((one,)) - share(())
    return share(chosen) - expected
