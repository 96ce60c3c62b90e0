"""The classes of a map: where they are cut, and which one a value falls in. The map, its key and its table share it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from indicators.spec import Indicator

# fixed: as declared, so that two years compare; equal: as many areas in each; natural: least spread inside each.
METHODS = ("fixed", "equal", "natural")
MOST = 5

Breaks = tuple[float, ...]

# Decimals a class limit is told with: a limit no key can print would put two areas that read alike in two classes.
_DECIMALS = {"share": 3, "points": 3, "per_1000": 1, "ratio": 2, "deviations": 2, "index": 3, "people": 0, "hours": 1,
             "places_per_need": 2, "metres": -1}


def stored(value: float) -> float:
    """A value as map files hold it, in five digits: every cut is made on this one, or the key and the map differ."""
    return float(f"{value:.5g}")


def class_of(indicator: Indicator, value: float, breaks: Breaks | None = None) -> int:
    """Class 1 to 5 of a value, 0 for zero, by the indicator's own limits unless `breaks` are given."""
    if value == 0:
        return 0
    return 1 + sum(stored(value) >= brk for brk in _limits(indicator, breaks))


def classes_of(indicator: Indicator, values: pd.Series, breaks: Breaks | None = None) -> pd.Series:
    """`class_of` of many values, same index; values must be known."""
    numeric = np.array([stored(value) for value in values.to_numpy("float64")])
    cut = np.searchsorted(np.array(_limits(indicator, breaks)), numeric, side="right") + 1
    return pd.Series(np.where(numeric == 0, 0, cut), index=values.index, dtype="int64")


def _limits(indicator: Indicator, breaks: Breaks | None) -> Breaks:
    return indicator.breaks if breaks is None else breaks


def breaks_of(indicator: Indicator, values: pd.Series, method: str, most: int = MOST) -> Breaks:
    """The inner limits of the classes of one map: at most `most` − 1, each the lowest value of its class.

    `values`: those of the areas shown; zeros and missing ones are left aside, zero being a class of its own. Limits
    that would be printed alike are one, and no class is empty: where few values differ, there are fewer classes.
    """
    if method == "fixed":
        return indicator.breaks
    known = np.sort([stored(value) for value in values.to_numpy("float64") if value > 0])
    if not len(known):
        return ()
    digits = _DECIMALS[indicator.unit]
    starts = equal(known, most) if method == "equal" else natural(np.round(known, digits), most)
    told = np.unique([round(start, digits) for start in starts])
    return tuple(float(brk) for brk in _filled(known, told))


def equal(known: np.ndarray, most: int) -> list[float]:
    """First value of each class but the first, so that classes hold as many values as ties allow."""
    last = [known[math.ceil(len(known) * part / most) - 1] for part in range(1, most)]
    above = np.searchsorted(known, last, side="right")
    return [float(known[i]) for i in above if i < len(known)]


def natural(known: np.ndarray, most: int) -> list[float]:
    """First value of each class but the first, for the least squared distance to class means (Fisher 1958, exact).

    `known`: sorted values. mapclassify takes half a minute for three thousand areas, and four seconds to import:
    here the inner loop is one array operation over the values that differ, and a test compares the two.
    """
    x, weight = np.unique(known, return_counts=True)
    classes = min(most, len(x))
    count = np.append(0.0, np.cumsum(weight))
    total, square = np.append(0.0, np.cumsum(weight * x)), np.append(0.0, np.cumsum(weight * x * x))

    def spread(first: np.ndarray, end: int) -> np.ndarray:
        """Squared distances to their mean of the values from each `first` up to `end`, not included."""
        n = count[end] - count[first]
        return square[end] - square[first] - (total[end] - total[first]) ** 2 / n

    best = np.array([0.0, *(spread(np.array([0]), end)[0] for end in range(1, len(x) + 1))])
    starts = []
    for made in range(2, classes + 1):
        cost, start = np.full(len(x) + 1, np.inf), np.zeros(len(x) + 1, dtype="int64")
        for end in range(made, len(x) + 1):
            first = np.arange(made - 1, end)
            tried = best[first] + spread(first, end)
            start[end] = first[tried.argmin()]
            cost[end] = tried.min()
        best = cost
        starts.append(start)
    found, end = [], len(x)
    for start in reversed(starts):
        end = int(start[end])
        found.append(float(x[end]))
    return sorted(found)


def _filled(known: np.ndarray, breaks: np.ndarray) -> list[float]:
    """The limits that leave no class empty."""
    kept: list[float] = []
    below = 0
    for brk in breaks:
        under = int(np.searchsorted(known, brk, side="left"))
        if under > below and under < len(known):
            kept.append(float(brk))
            below = under
    return kept


def shades(ramp: Sequence[str], breaks: Breaks | None = None) -> list[str]:
    """Colours of the classes: all five, or fewer spread over the ramp where there are fewer classes."""
    spread: dict[int, list[int]] = {1: [2], 2: [1, 3], 3: [0, 2, 4], 4: [0, 1, 3, 4]}
    count = MOST if breaks is None else len(breaks) + 1
    return [str(ramp[i]) for i in spread.get(count, list(range(MOST)))]
