"""Disclosure control: small counts are hidden and the rest rounded, at build, before anything is published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.spec import InputError

SMALLEST = 10
BASE = 5


def controlled(counts: pd.Series, smallest: int = SMALLEST, base: int = BASE) -> pd.DataFrame:
    """Counts as they may be published, indexed as given: `count` [multiple of `base`; NA = hidden] and `status`.

    Zero stays zero; 1 to `smallest` − 1 is `suppressed`; the rest is rounded to `base`, halves up; NaN is
    `missing`. The same count always gets the same answer. Raises InputError for a negative or broken count.

    >>> controlled(pd.Series([0, 3, 9, 10, 12, 13]))["count"].tolist()
    [0, <NA>, <NA>, 10, 10, 15]
    """
    if base < 1 or smallest < 1:
        raise InputError(f"disclosure: smallest {smallest} and base {base} must be at least 1")
    value = counts.astype("float64")
    if ((value < 0) | (value != np.floor(value)) & value.notna()).any():
        raise InputError("disclosure: counts must be whole numbers from 0 up")
    rounded = pd.Series(np.floor(value / base + 0.5) * base, index=counts.index).where(value > 0, 0.0)
    hidden = (value > 0) & (value < smallest)
    status = pd.Series("ok", index=counts.index, dtype="object").mask(hidden, "suppressed")
    status = status.mask(value.isna(), "missing")
    return pd.DataFrame({"count": rounded.where(status == "ok").astype("Int64"), "status": status})
