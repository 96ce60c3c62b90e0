"""Nowcast: how much of a recent period has been reported so far, and what it will hold once all reports are in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import rate, require, require_counts, weakest
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="reporting_completeness",
        title=Text("Déclaration à ce jour", "Reported so far"),
        question=Text(
            "Quelle part des demandes récentes est déjà connue?",
            "What share of recent requests is already known?"),
        counts=Text("demandes déjà déclarées", "requests reported so far"),
        unit="share", direction="more_is_better", tables=("referral_count",),
        formula="π_d = Π_k>d Σ C_k−1 ÷ Σ C_k",
        method=Text(
            "Les délais passés disent quelle part d’une période récente reste à venir.",
            "Past delays say what part of a recent period is still to come."),
        range_means=Text(
            "80 % : hasard des délais passés et de ce qui reste à venir.",
            "80%: chance in past delays and in what is still to come."),
        limits=(
            Text(
            "Un changement de la façon de déclarer fausse le calcul.",
            "A change in how reports are made breaks it."),
        ),
        assumptions=(
            Text("Rien n’arrive après le plus long délai vu.", "Nothing arrives after the longest delay seen."),
        ),
        misuse=Text("Lire une baisse dans une semaine incomplète.", "Reading a fall in an incomplete week."),
        citation=Text("Mack (1993); England et Verrall (2002).", "Mack (1993); England and Verrall (2002)."),
        grain="period", counts_people=False, breaks=(0.5, 0.7, 0.85, 0.95),
    ),
)

DRAWS = 2000


def _triangle(reports: pd.DataFrame) -> np.ndarray:
    """Cumulated counts, period × delay; NaN from the first cell that was not covered or is yet to come."""
    require(reports, "reports", ["period", "delay", "basis"])
    require_counts(reports, "reports", ["delay", "count"])
    if reports.empty:
        raise InputError("reports: no rows")
    broken = reports["delay"].isna() | (reports["delay"] % 1 > 0)
    if broken.any():
        raise InputError(f"reports.delay: {int(broken.sum())} not whole, first at row {broken.idxmax()}")
    twice = reports.duplicated(["period", "delay"])
    if twice.any():
        raise InputError(f"reports: {int(twice.sum())} given twice, first at row {twice.idxmax()}")
    wide = reports.pivot(index="period", columns="delay", values="count").sort_index()
    wide = wide.reindex(columns=range(int(reports["delay"].max()) + 1)).to_numpy("float64")
    return wide.cumsum(axis=1)


def nowcast(reports: pd.DataFrame, draws: int = DRAWS, seed: int = 0, level: float = 0.8) -> pd.DataFrame:
    """How complete each recent period is, and what it will hold once all reports are in; one row per period, sorted.

    `reports`: period [sortable, one step apart], delay [whole periods from event to report, 0 up], count [reported with
    that delay, 0 up; NaN = not covered], basis: a reporting triangle. Every delay up to the longest seen is needed
    except those yet to come, which have no row; nothing is taken to arrive later than the longest seen.

    Chain ladder: π_d = Π over later delays of Σ C_{d−1} ÷ Σ C_d over the periods seen at both. Result shape with
    period: numerator = reported so far, denominator = numerator ÷ π (the nowcast), value = π [0 to 1, completeness],
    low and high of π; and total_low, total_high of the final count: percentiles of `draws` (seeded) of each step from
    its Beta posterior and of the unreported from an overdispersed Poisson, the dispersion estimated from the
    triangle (at least 1). `missing` where a needed cell is, or a step of the ladder was never seen or saw nothing.
    Raises InputError for no rows, a cell twice, negative counts, broken delays. Mack (1993); England & Verrall (2002).
    """
    total = _triangle(reports)
    periods = np.sort(reports["period"].unique())
    n, width = total.shape
    seen = (~np.isnan(total)).sum(axis=1)  # a NaN carries on along the row
    step, base, late, dispersion = _ladder(total)
    rng = np.random.default_rng(seed)
    drawn = np.ones((draws, width))
    usable = base > 0
    drawn[:, usable] = 1 - rng.beta(
        (late[usable] * (1 / dispersion)) + 0.5, ((base - late)[usable] * (1 / dispersion)) + 0.5, (draws, usable.sum())
    )
    drawn[:, ~usable], drawn[:, 0] = np.nan, 1.0
    rows = []
    for i in range(n):
        row = dict.fromkeys(("numerator", "denominator", "value", "low", "high"), np.nan) | {"status": "missing"}
        row |= {"total_low": np.nan, "total_high": np.nan}
        # The triangle's edge: the longest delay this period or any later one has been seen with.
        due = min(width, max(seen[k] + k - i for k in range(i, n)))
        complete = float(np.prod(step[seen[i]:]))
        if seen[i] >= max(due, 1) and complete > 0:
            so_far = float(total[i, seen[i] - 1])
            share = drawn[:, seen[i]:].prod(axis=1)
            final = so_far + _unreported(so_far, share, dispersion, rng)
            tail = [(1 - level) / 2, (1 + level) / 2]
            low, high = np.quantile(share, tail)
            least, most = np.quantile(final, tail, method="inverted_cdf")
            row = {"numerator": so_far, "denominator": float(rate(pd.Series([so_far]), pd.Series([complete])).iloc[0]),
                   "value": complete, "low": low, "high": high, "status": "ok", "total_low": least, "total_high": most}
        rows.append({"period": periods[i], **row})
    out = pd.DataFrame(rows)
    out.insert(7, "basis", weakest(["modelled", *reports["basis"].unique()]))
    return out


def _ladder(total: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """For each delay: Σ C_{d−1} ÷ Σ C_d, Σ C_d, Σ of those that came with delay d, over periods seen at both."""
    width = total.shape[1]
    step, base, late = np.ones(width), np.ones(width), np.zeros(width)
    squares, freedom = 0.0, 0
    for d in range(1, width):
        both = ~np.isnan(total[:, d])
        before, now = total[both, d - 1], total[both, d]
        base[d], late[d] = now.sum(), (now - before).sum()
        step[d] = rate(pd.Series([before.sum()]), pd.Series([now.sum()])).iloc[0]
        spread = now * step[d] * (1 - step[d])
        if np.all(np.isnan(spread)) or not (spread > 0).any():
            continue
        gap = (before - now * step[d])[spread > 0] ** 2
        squares += float(rate(pd.Series(gap), pd.Series(spread[spread > 0])).sum())
        freedom += int((spread > 0).sum()) - 1
    if freedom < 1:
        return step, base, late, 1.0
    return step, base, late, max(1.0, float(rate(pd.Series([squares]), pd.Series([float(freedom)])).iloc[0]))


def _unreported(so_far: float, share: np.ndarray, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Draws of what is still to come: rate from its Gamma posterior, count overdispersed around it."""
    level = rng.gamma(so_far * (1 / dispersion) + 0.5, dispersion, len(share))
    mean = level * (rate(pd.Series(1.0, index=range(len(share))), pd.Series(share)).to_numpy() - 1)
    if dispersion <= 1 + 1e-9:
        return rng.poisson(mean)
    size = np.maximum(mean, 1e-12) * (1 / (dispersion - 1))
    return np.where(mean > 0, rng.negative_binomial(size, 1 / dispersion), 0)
