"""Events: what a mail-out, a closure or a policy date did to requests, against a need it should not touch."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.alerts import STEP, Every, evenly
from indicators.rates import rate, require, weakest

# Fewest periods on each side of an event.
LEAST_AROUND = 8


def event_effect(counts: pd.DataFrame, date: str, every: Every, place: str, level: float = 0.95) -> pd.DataFrame:
    """Effect of an event on a need, against a control need that it should not touch: one row.

    `counts`: period, count [of the need], control [count of the control need], basis; 0 up, NaN or no row = not
    covered. `date`: the first period at or after it is after. Segmented regression of
    log((count + ½) ÷ (control + ½)) on time, with a change of level and of slope at the event; what moves both needs
    alike (season, opening hours) cancels. Newey–West errors (lag ⌊4 (n ÷ 100)^(2/9)⌋), Student limits.

    Result shape: value = mean ratio over the periods after the event to what the earlier ones lead to (1 = no
    change), low, high; numerator = counted after, denominator = numerator ÷ value, what was to be expected; and step,
    step_low, step_high [ratio at the event], slope, slope_low, slope_high [ratio per period since]; status
    `missing` with reason `short` where fewer than 8 periods are covered before or after. A link in time, not a proof.
    Wagner et al. (2002); Newey & West (1987), by statsmodels.
    """
    require(counts, "counts", ["basis"])
    known = evenly(counts, every, ("count", "control")).dropna()
    after = np.asarray(known.index >= pd.Timestamp(date))
    out = {"area_id": place, "numerator": np.nan, "denominator": np.nan, "value": np.nan, "low": np.nan, "high": np.nan,
           "status": "missing", "basis": weakest(["modelled", *counts["basis"].unique()]), "reason": "short"}
    out |= dict.fromkeys(("step", "step_low", "step_high", "slope", "slope_low", "slope_high"), np.nan)
    if min(after.sum(), (~after).sum()) < LEAST_AROUND:
        return pd.DataFrame([out])
    fit, since = _segmented(known, after, every)
    mean_after = float(since[after].mean())
    contrast = np.array([[0, 0, 1, mean_after], [0, 0, 1, 0], [0, 0, 0, 1]])
    test = fit.t_test(contrast)
    middle, (value, step, slope) = np.exp(test.conf_int(alpha=1 - level)), np.exp(test.effect)
    total = float(known.loc[after, "count"].sum())
    out |= {"numerator": total, "denominator": float(rate(pd.Series([total]), pd.Series([value])).iloc[0]),
            "value": float(value), "low": float(middle[0, 0]), "high": float(middle[0, 1]),
            "status": "ok", "reason": "",
            "step": float(step), "step_low": float(middle[1, 0]), "step_high": float(middle[1, 1]),
            "slope": float(slope), "slope_low": float(middle[2, 0]), "slope_high": float(middle[2, 1])}
    return pd.DataFrame([out])


def _segmented(known: pd.DataFrame, after: np.ndarray, every: Every):
    """The fit, and periods since the event (gaps counted) of each row."""
    from statsmodels.regression.linear_model import OLS  # about two seconds to import

    grid = pd.date_range(known.index[0], known.index[-1], freq=STEP[every])
    at = grid.get_indexer(known.index).astype("float64")
    since = np.where(after, at - at[after][0], 0.0)
    log_ratio = np.log(known["count"] + 0.5) - np.log(known["control"] + 0.5)
    design = np.c_[np.ones(len(at)), at, after.astype("float64"), since]
    lag = int(4 * (len(at) * 0.01) ** (2 / 9))
    fit = OLS(log_ratio.to_numpy(), design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": True}, use_t=True
    )
    return fit, since
