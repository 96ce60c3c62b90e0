"""The referee of `indicators.freshness`: the same answers by loops, halving and trying; shares no code with it."""

from __future__ import annotations

import math
import unicodedata

from tests.reference import metres

Look = tuple[float, bool]
Place = dict[str, object]


def likelihood(looks: list[Look], rates: float) -> float:
    """Log-likelihood of λ."""
    return sum(math.log(-math.expm1(-rates * age)) if changed else -rates * age for age, changed in looks)


def halved(test, low: float, high: float) -> float:
    """Where `test`, true at low, turns false; by halving the logarithm."""
    a, b = math.log(low), math.log(high)
    for _ in range(200):
        middle = (a + b) / 2
        if test(math.exp(middle)):
            a = middle
        else:
            b = middle
    return math.exp(a)


def change_rate(looks: list[Look], level: float = 0.95, quantile: float = 3.841458820694124) -> dict[str, float]:
    """λ and its limits; `quantile` is the 95th centile of χ² with one degree of freedom."""
    gone = [age for age, changed in looks if changed]
    held = sum(age for age, changed in looks if not changed)
    nothing = {"value": math.nan, "low": math.nan, "high": math.nan}
    if not gone:
        return {**nothing, "low": 0.0, "high": -math.log(1 - level) / held} if held else nothing
    if not held:
        return {**nothing, "low": halved(lambda x: likelihood(looks, x) < math.log(1 - level), 1e-12, 1e3)}

    def climbs(rates: float) -> bool:
        return sum(age * math.exp(-rates * age) / -math.expm1(-rates * age) for age in gone) > held

    best = halved(climbs, 1e-12, 1e3)
    depth = likelihood(looks, best) - quantile / 2
    return {
        "value": best, "low": halved(lambda x: likelihood(looks, x) < depth, best * 1e-9, best),
        "high": halved(lambda x: likelihood(looks, x) > depth, best, best * 1e6),
    }


def effective(services: list[tuple[float | None, float | None]]) -> tuple[float, float] | None:
    """Effective and nominal capacity of (capacity, chance) pairs; None where one is unknown."""
    total, nominal = 0.0, 0.0
    for capacity, chance in services:
        if capacity is None or (chance is None and capacity > 0):
            return None
        total += capacity * (chance or 0.0)
        nominal += capacity
    return total, nominal


def folded(name: str) -> str:
    """A name without accents, case, legal form or articles."""
    silent = " inc enr ltee ltd senc osbl le la les l de des du d the of and et "
    out = ""
    for letter in unicodedata.normalize("NFKD", name.lower().replace("œ", "oe")):
        if letter.isalnum():
            out += letter
        elif not unicodedata.combining(letter):
            out += " "
    return " ".join({"st": "saint", "ste": "sainte"}.get(w, w) for w in out.split() if f" {w} " not in silent)


def alike(one: str, two: str) -> float:
    """Twice the longest common subsequence of the sorted words, over both lengths [0 to 100]."""
    a, b = " ".join(sorted(one.split())), " ".join(sorted(two.split()))
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], before + 1 if x == y else max(row[j], row[j - 1])
    return 200 * row[-1] / (len(a) + len(b)) if a and b else -1


def reconcile(register: list[Place], listing: list[Place], within_m: float, least: float) -> set[tuple[object, object]]:
    """Pairs of ids, the likest first, then the nearest, then by id."""
    pairs = []
    for r in register:
        for s in listing:
            if None in (r["lon"], s["lon"]) or not (r["name"] and s["name"]):
                continue
            far = metres(r["lon"], r["lat"], s["lon"], s["lat"])  # type: ignore[arg-type]
            if far <= within_m:
                score = alike(folded(str(r["name"])), folded(str(s["name"])))
                if score >= least:
                    pairs.append((-score, round(far, 6), str(r["id"]), str(s["id"])))
    found: set[tuple[object, object]] = set()
    for *_, i, j in sorted(pairs):
        if all(i != a and j != b for a, b in found):
            found.add((i, j))
    return found
