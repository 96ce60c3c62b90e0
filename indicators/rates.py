"""The one place that divides, the one that sums without turning missing into zero, and the exact intervals."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv

from indicators.spec import InputError

# Weakest last.
BASES = ("counted", "modelled", "simulated")
# Below this share of residents with a known value, an area's value is missing rather than partial.
MIN_COVERED = 0.5


def rate(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """numerator ÷ denominator; NaN where the denominator is 0 or either is NaN: nobody to count is not zero."""
    return numerator / denominator.where(denominator != 0)


def share(part: float, whole: float) -> float:
    """`rate` of two numbers: NaN where there is nobody to count, or either is not known.

    >>> share(1, 4), share(1, 0)
    (0.25, nan)
    """
    return float(part) / float(whole) if whole != 0 else float("nan")


def complement(frame: pd.DataFrame) -> pd.DataFrame:
    """Result rows of a share as those of who is outside it: one minus the share, the limits changing places.

    `status` stays: what is missing, hidden or unknown of those inside is so of the others. Columns a frame does not
    have are left out.
    """
    out = frame.copy()
    for column, other in (("value", "value"), ("low", "high"), ("high", "low")):
        if other in frame:
            out[column] = 1 - frame[other]
    if "numerator" in frame:
        out["numerator"] = frame["denominator"] - frame["numerator"]
    return out


def weakest(bases: Iterable[str]) -> str:
    """The weakest basis among the inputs of a value.

    >>> weakest(["counted", "simulated", "modelled"])
    'simulated'
    """
    return max(bases, key=BASES.index)


def require(frame: pd.DataFrame, name: str, columns: Iterable[str]) -> None:
    """Raise InputError unless the frame has the columns."""
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise InputError(f"{name}: no column {', '.join(absent)}; it has {', '.join(map(str, frame.columns))}")


def require_counts(frame: pd.DataFrame, name: str, columns: Iterable[str]) -> None:
    """Raise InputError unless the columns are there and hold no negative or infinite number; NaN is missing."""
    columns = list(columns)
    require(frame, name, columns)
    for column in columns:
        value = frame[column].astype("float64")
        bad = (value < 0) | np.isinf(value)
        if bad.any():
            raise InputError(
                f"{name}.{column}: {int(bad.sum())} values negative or infinite, first at row {bad.idxmax()}"
            )


def sums(frame: pd.DataFrame, by: str, columns: Iterable[str]) -> pd.DataFrame:
    """Sums by area, indexed and sorted by `by`; NaN where every value is missing, never zero in its place."""
    return frame.groupby(by, sort=True)[list(columns)].sum(min_count=1)


def with_status(frame: pd.DataFrame, covered: pd.Series, residents: pd.Series) -> pd.Series:
    """Status of each row: not_applicable without residents, missing below the covered share, ok otherwise.

    `covered` and `residents` [people], aligned with `frame`; a value that is NaN all the same is missing.
    """
    status = pd.Series("ok", index=frame.index, dtype="object")
    share = rate(covered.fillna(0), residents)
    status = status.mask(frame["value"].isna() | ~(share >= MIN_COVERED), "missing")
    return status.mask(residents.fillna(0) == 0, "not_applicable")


def blank(frame: pd.DataFrame) -> pd.DataFrame:
    """No number stands beside a status other than ok: such rows lose numerator, value and limits.

    `unknown` keeps its limits: capacity that was never told still bounds the answer.
    """
    out = frame.copy()
    hidden = out["status"] != "ok"
    out.loc[hidden, ["numerator", "value"]] = np.nan
    out.loc[hidden & (out["status"] != "unknown"), ["low", "high"]] = np.nan
    return out


def poisson_limits(count: pd.Series, level: float = 0.95) -> tuple[pd.Series, pd.Series]:
    """Exact limits of a Poisson mean seen as `count` (Garwood 1936); the lower one is 0 at 0.

    >>> low, high = poisson_limits(pd.Series([0.0, 10.0]))
    >>> [round(float(v), 2) for v in (*low, *high)]
    [0.0, 4.8, 3.69, 18.39]
    """
    tail = (1 - level) / 2
    value = count.astype("float64")
    low = pd.Series(gammaincinv(value, tail), index=count.index).where(value > 0, 0.0).where(value.notna())
    high = pd.Series(gammaincinv(value + 1, 1 - tail), index=count.index)
    return low, high


def ratio_limits(now: pd.Series, before: pd.Series, level: float = 0.95) -> tuple[pd.Series, pd.Series]:
    """Exact limits of the ratio of two Poisson means, now ÷ before (conditional binomial, Clopper–Pearson).

    NaN where both are 0; the upper limit is NaN where `before` is 0 (there is none).
    """
    tail = (1 - level) / 2
    x, y = now.astype("float64"), before.astype("float64")
    p_low = pd.Series(betaincinv(x, y + 1, tail), index=now.index).where(x > 0, 0.0)
    p_high = pd.Series(betaincinv(x + 1, y, 1 - tail), index=now.index)
    seen = (x + y) > 0
    low = rate(p_low, 1 - p_low).where(seen)
    high = rate(p_high, 1 - p_high).where(seen & (y > 0))
    return low, high
