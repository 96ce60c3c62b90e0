"""Referee of disclosure control: what a reader can work out, by linear programming and by trying every table."""

from __future__ import annotations

import itertools
import math

from scipy.optimize import linprog

Sums = list[tuple[str, list[str], bool]]  # parent, children, whether they make it up


def known(
    counts: dict[str, int], hidden: set[str], sums: Sums, k: int, base: int
) -> dict[str, tuple[float, float]]:
    """What each cell alone tells the reader of `nested`'s docstring."""
    parents = {parent for parent, _, _ in sums}
    limits: dict[str, tuple[float, float]] = {}
    for cell, count in counts.items():
        if count == 0:
            limits[cell] = (0, 0)
        elif cell not in hidden:
            # The counts that are rounded to the same multiple, tried one by one.
            rounded = base * ((2 * count + base) // (2 * base))
            same = [x for x in range(k, count + 2 * base + 1) if base * ((2 * x + base) // (2 * base)) == rounded]
            limits[cell] = (same[0], same[-1])
        elif cell in parents:
            limits[cell] = (1, math.inf)
        else:
            limits[cell] = (1, k - 1) if count < k else (k, math.inf)
    return limits


def interval(cell: str, limits: dict[str, tuple[float, float]], sums: Sums) -> tuple[float, float]:
    """The lowest and highest value of `cell` over every table within the limits, by linear programming."""
    names = list(limits)
    rests = [f"rest {i}" for i, (_, _, complete) in enumerate(sums) if not complete]
    at = {name: i for i, name in enumerate([*names, *rests])}
    rows = []
    for i, (parent, children, complete) in enumerate(sums):
        row = [0.0] * len(at)
        row[at[parent]] = -1.0
        for child in children:
            row[at[child]] = 1.0
        if not complete:
            row[at[f"rest {i}"]] = 1.0
        rows.append(row)
    bounds = [limits[name] for name in names] + [(0, math.inf)] * len(rests)
    found = []
    for sign in (1.0, -1.0):
        goal = [0.0] * len(at)
        goal[at[cell]] = sign
        answer = linprog(goal, A_eq=rows or None, b_eq=[0.0] * len(rows) or None, bounds=bounds, method="highs")
        found.append(math.inf * -sign if answer.status == 3 else answer.fun * sign)
    return found[0], found[1]


def by_trying(cell: str, limits: dict[str, tuple[float, float]], sums: Sums, most: int) -> set[int]:
    """Every value of `cell` in a table of whole numbers, none above `most`: all tables are tried."""
    names = list(limits)
    ranges = [range(int(limits[n][0]), int(min(limits[n][1], most)) + 1) for n in names]
    seen = set()
    for values in itertools.product(*ranges):
        table = dict(zip(names, values, strict=True))
        sound = all(
            sum(table[c] for c in children) == table[parent] if complete
            else sum(table[c] for c in children) <= table[parent]
            for parent, children, complete in sums
        )
        if sound:
            seen.add(table[cell])
    return seen


def safe(counts: dict[str, int], hidden: set[str], sums: Sums, k: int, base: int) -> bool:
    """Whether every hidden small count may still be all that it could be if every positive number were withheld."""
    positive = {cell for cell, count in counts.items() if count > 0}
    now, blank = known(counts, hidden, sums, k, base), known(counts, positive, sums, k, base)
    for cell in hidden:
        if counts[cell] < k:
            low, high = interval(cell, now, sums)
            # Of a finest cell W must allow everything: that is the claim, not a computation.
            least, most = interval(cell, blank, sums) if any(cell == p for p, _, _ in sums) else (1, k - 1)
            if low > max(least, 1) + 1e-6 or high < min(most, k - 1) - 1e-6:
                return False
    return True


def pair_gives_away(counts: dict[str, int], outer: str, inner: str, k: int, base: int) -> bool:
    """Whether two published counts, one inside the other, give a difference among 1 to k − 1 away, by counting."""
    def may_be(count: int) -> list[int]:
        rounded = base * ((2 * count + base) // (2 * base))
        return [x for x in range(k, count + 2 * base + 1) if base * ((2 * x + base) // (2 * base)) == rounded]
    differences = {a - b for a in may_be(counts[outer]) for b in may_be(counts[inner])}
    return all(1 <= d <= k - 1 for d in differences) and differences != set(range(1, k))
