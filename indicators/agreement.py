"""How far two measures of the same areas agree: what `loaders check` reports of an edition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import require_counts
from indicators.spec import InputError

FEWEST = 3


def agreement(one: pd.Series, other: pd.Series) -> dict[str, float]:
    """Two measures of the same areas side by side, by area_id: `areas`, `median_gap`, `largest_gap`, `correlation`.

    Areas that only one of them has, or where either is NaN, are out. The gaps are absolute, in the unit of the two;
    the correlation is Pearson's, unweighted: every area is one observation. Both are NaN with fewer than three areas,
    the correlation also where either does not vary. Raises InputError at a repeated area.

    >>> found = agreement(pd.Series([.1, .2, .3]), pd.Series([.1, .2, .4]))
    >>> found["areas"], found["median_gap"], round(found["correlation"], 3)
    (3, 0.0, 0.982)
    """
    for name, series in (("one", one), ("other", other)):
        if not series.index.is_unique:
            first = series.index[series.index.duplicated()][0]
            raise InputError(f"{name}: {int(series.index.duplicated().sum())} areas come twice, first {first!r}")
    both = pd.DataFrame({"one": one, "other": other}).astype("float64").dropna()
    require_counts(both, "measures", ("one", "other"))
    if len(both) < FEWEST:
        return {"areas": len(both), "median_gap": np.nan, "largest_gap": np.nan, "correlation": np.nan}
    gap = (both["one"] - both["other"]).abs()
    varies = both.nunique().min() > 1
    return {
        "areas": len(both), "median_gap": float(gap.median()), "largest_gap": float(gap.max()),
        "correlation": float(both["one"].corr(both["other"])) if varies else np.nan,
    }
