"""Ranks people may trust: the places an area may really hold, and how few areas hold half of a total."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import rate, require_counts


def likely_ranks(ranges: pd.DataFrame) -> pd.DataFrame:
    """Best and worst rank each row may hold, 1 = most, indexed as given.

    `ranges`: low, high [same unit, no NaN]. Two rows are apart only where their ranges do not meet.

    >>> likely_ranks(pd.DataFrame({"low": [8, 5, 1], "high": [10, 9, 2]})).to_numpy().tolist()
    [[1, 2], [1, 2], [3, 3]]
    """
    require_counts(ranges, "ranges", ("low", "high"))
    low, high = ranges["low"].sort_values().to_numpy(), ranges["high"].sort_values().to_numpy()
    surely_above = len(ranges) - low.searchsorted(ranges["high"].to_numpy(), side="right")
    surely_below = high.searchsorted(ranges["low"].to_numpy(), side="left")
    return pd.DataFrame(
        {"rank_best": 1 + surely_above, "rank_worst": len(ranges) - surely_below}, index=ranges.index
    )


def hold_half(people: pd.Series) -> int:
    """The fewest areas that together hold half of `people` [people, no NaN]; 0 where there is nobody.

    >>> hold_half(pd.Series([50, 30, 10, 10]))
    1
    """
    total = people.sum()
    if not total > 0:
        return 0
    return int((people.sort_values(ascending=False).cumsum() < total / 2).sum()) + 1


def pooled(result: pd.DataFrame) -> dict[str, float]:
    """One share over several areas: `value`, `low`, `high` of a result frame, weighted by its denominator.

    Only rows with status ok count; NaN where they count nobody.
    """
    ok = result[result["status"] == "ok"]
    people = pd.Series([ok["denominator"].sum()], dtype="float64")
    parts = {"value": ok["numerator"], "low": ok["low"] * ok["denominator"], "high": ok["high"] * ok["denominator"]}
    return {name: float(rate(pd.Series([part.sum()], dtype="float64"), people).iloc[0]) for name, part in parts.items()}


def in_worst_fifth(values: np.ndarray, people: np.ndarray | None = None) -> np.ndarray:
    """How many draws put each area in the worst fifth: `values` [area × draw, more = worse, no NaN] gives one number
    an area.

    Without `people` the worst fifth is a fifth of the areas, rounded up, and areas tied with the last of them are in
    it. With `people` [area × draw] it is the areas of highest value that hold a fifth of residents: those whose own
    middle lies past four fifths of everyone, as in `deprivation.weighted_fifths`.

    >>> in_worst_fifth(np.array([[1.0, 9.0], [5.0, 2.0], [3.0, 3.0]])).tolist()
    [1, 1, 0]
    """
    number = len(values)
    if people is None:
        place = number - -(-number // 5)
        return (values >= np.partition(values, place, axis=0)[place]).sum(axis=1)
    order = np.argsort(values, axis=0, kind="stable")
    heads = np.take_along_axis(people, order, axis=0)
    below = heads.cumsum(axis=0) - heads / 2
    worst = np.empty(values.shape, dtype=bool)
    np.put_along_axis(worst, order, below > 0.8 * heads.sum(axis=0), axis=0)
    return worst.sum(axis=1)
