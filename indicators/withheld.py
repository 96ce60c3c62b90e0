"""What a hidden count may be: from the totals published beside it, and never from the threshold alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.disclosure import BASE, SMALLEST, ranges_of
from indicators.rates import require

KEYS = ("place_id", "need", "period")


def outcome_limits(published: pd.DataFrame, smallest: int = SMALLEST, base: int = BASE) -> pd.DataFrame:
    """`published` with low and high: the fewest and the most needs each count may stand for, as nothing else says.

    `published`: one cut as the version holds it: place_id, need, period, outcome [all, met, unmet], count [needs; NaN =
    hidden or missing], status. A published count is within half the base. A hidden one is 1 or more: it may be small,
    or hidden so that another cannot be worked out, and the two are not told apart; so `smallest` limits it from below
    only. From above it is limited by what is published of the same week: met and unmet lie in all. Nothing published
    beside it: high is infinite. A missing count is 0 or more. Index as given.

    >>> week = pd.DataFrame({"place_id": "c", "need": "food", "period": "2026", "outcome": ["all", "met", "unmet"],
    ...                      "count": [20, None, None], "status": ["ok", "suppressed", "suppressed"]})
    >>> outcome_limits(week)[["low", "high"]].to_numpy().tolist()
    [[18.0, 22.0], [1.0, 21.0], [1.0, 21.0]]
    """
    require(published, "published", (*KEYS, "outcome", "count", "status"))
    rows = ranges_of(published, smallest, base)
    hidden = rows["status"] == "suppressed"
    absent = rows["low"].isna() | hidden
    rows["low"] = rows["low"].mask(absent, hidden.astype("float64"))
    rows["high"] = rows["high"].mask(absent, np.inf)
    by = [rows[key] for key in KEYS]
    part = rows["outcome"] != "all"
    least = rows["low"].where(part, 0.0).groupby(by).transform("sum")
    most = rows["high"].where(~part, np.inf).groupby(by).transform("min")
    # Some requests are neither met nor unmet: parts limit their sum from below, never from above.
    rows["low"] = rows["low"].mask(~part, np.maximum(rows["low"], least))
    rows["high"] = rows["high"].mask(part, np.minimum(rows["high"], most - (least - rows["low"])))
    return rows


def sum_limits(limits: pd.DataFrame, base: int = BASE) -> tuple[float, float]:
    """The fewest and the most that counts with `low` and `high` add up to; infinite where one has no upper limit.

    Limits of a sum are moved outwards to multiples of the base, so that none of them shows a small count.
    """
    low, high = float(limits["low"].sum()), float(limits["high"].sum())
    return float(np.floor(low / base) * base), float(np.ceil(high / base) * base) if np.isfinite(high) else high
