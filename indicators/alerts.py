"""Alerts: whether a count moved more than chance and the season explain, with a stated rate of false alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from indicators.rates import poisson_limits, rate, require, require_counts, weakest
from indicators.spec import Indicator, InputError, Text

Every = Literal["day", "week", "month"]

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="request_alert",
        title=Text("Hausse inhabituelle des demandes", "Unusual rise in requests"),
        question=Text(
            "Les demandes montent-elles plus que la saison et le hasard?",
            "Do requests rise more than season and chance explain?"),
        counts=Text("fois les demandes attendues", "times the requests expected"),
        unit="ratio", direction="more_is_worse", tables=("referral_count",),
        formula="S_t = max(0, S_t−1 + z_t − ½);  S_t > h",
        method=Text(
            "La saison et le niveau sont appris avant la période surveillée (STL robuste). Les écarts s’y cumulent "
            "(CUSUM); la limite est réglée par simulation.",
            "Season and level are learnt before the watched period (robust STL). Departures add up (CUSUM); the limit"
            " is set by simulation."),
        range_means=Text(
            "Intervalle exact de Poisson à 95 % des demandes notées; l’attendu est pris comme connu.",
            "Exact 95% Poisson interval of the requests noted; the expected is taken as known."),
        limits=(
            Text(
            "Une alerte dit qu’il y a un changement, pas pourquoi.",
            "An alert says that something changed, not why."),
            Text("Les périodes non couvertes ne comptent pas.", "Periods not covered do not count."),
        ),
        assumptions=(
            Text("La saison se répète sans changer.", "The season repeats unchanged."),
        ),
        misuse=Text("Prendre l’absence d’alerte pour l’absence de besoin.", "Taking no alert for no need."),
        citation=Text(
            "Cleveland et coll. (1990); Fricker, Hegler et Dunfee (2008).",
            "Cleveland et al. (1990); Fricker, Hegler and Dunfee (2008)."),
        breaks=(0.8, 0.95, 1.05, 1.25),
    ),
)

STEP = {"day": "D", "week": "7D", "month": "MS"}
# Beyond this share of periods not covered, a season cannot be told from the gaps.
MAX_GAPS = 0.2
# Weekly requests: below about two a period the logarithm is mostly noise.
LEAST_MEAN = 2.0
SLACK = 0.5
# False alarms allowed: by one series that does not change over its watch, and among all series flagged.
BUDGET, FALSE_DISCOVERIES = 0.05, 0.05
Direction = Literal["more", "less"]
DIRECTIONS: tuple[Direction, ...] = ("more", "less")
CHANCES = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
# Heights a cusum without change passes with those chances, by cycle, history, watch and direction: the worst of means
# 5, 50 and 500, computed by tests/studies/cusum_budget.py.
TABLE: dict[tuple[int, int, int, Direction], tuple[float, ...]] = {
    (52, 105, 13, "more"): (1.786, 2.544, 3.021, 3.883, 4.772, 5.963),
    (52, 105, 13, "less"): (2.106, 2.986, 3.742, 5.193, 6.662, 7.698),
    (52, 105, 52, "more"): (3.439, 4.213, 4.966, 6.159, 7.292, 8.773),
    (52, 105, 52, "less"): (4.526, 5.95, 7.004, 8.783, 11.016, 12.527),
    (52, 156, 13, "more"): (1.793, 2.594, 3.09, 3.87, 4.69, 5.64),
    (52, 156, 13, "less"): (2.433, 3.527, 4.212, 5.456, 6.649, 8.444),
    (52, 156, 52, "more"): (3.508, 4.246, 4.87, 5.933, 6.957, 8.094),
    (52, 156, 52, "less"): (4.888, 6.183, 7.092, 8.747, 10.284, 11.973),
    (12, 25, 6, "more"): (1.1, 1.725, 2.114, 2.957, 3.725, 4.87),
    (12, 25, 6, "less"): (1.334, 2.132, 2.854, 3.786, 5.167, 6.786),
    (12, 25, 12, "more"): (1.753, 2.453, 3.0, 4.081, 4.874, 6.415),
    (12, 25, 12, "less"): (2.252, 3.261, 4.103, 5.609, 6.864, 9.399),
    (12, 36, 6, "more"): (1.09, 1.681, 2.258, 3.08, 4.14, 5.093),
    (12, 36, 6, "less"): (1.272, 2.299, 2.965, 3.962, 5.274, 6.84),
    (12, 36, 12, "more"): (1.758, 2.531, 3.061, 3.933, 4.945, 6.636),
    (12, 36, 12, "less"): (2.363, 3.426, 4.099, 5.431, 6.877, 8.836),
    (12, 60, 6, "more"): (0.965, 1.576, 2.059, 2.741, 3.766, 5.001),
    (12, 60, 6, "less"): (1.183, 2.009, 2.687, 3.744, 4.877, 6.617),
    (12, 60, 12, "more"): (1.546, 2.26, 2.702, 4.003, 5.427, 7.276),
    (12, 60, 12, "less"): (1.997, 3.027, 3.775, 5.376, 6.597, 8.708),
}


def benjamini_hochberg(p_value: pd.Series, false_discoveries: float = FALSE_DISCOVERIES) -> pd.DataFrame:
    """Which of many tests to believe when at most `false_discoveries` of those believed may be false.

    `p_value` [0 to 1; NaN = no test, not counted among them], any index, kept. Columns p_value, adjusted [NaN
    without a test], flagged. Raises InputError for a p outside 0 to 1. Benjamini & Hochberg (1995), by statsmodels.

    >>> benjamini_hochberg(pd.Series([0.01, 0.02, 0.5]))["flagged"].tolist()
    [True, True, False]
    """
    value = p_value.astype("float64")
    bad = (value < 0) | (value > 1)
    if bad.any():
        raise InputError(f"p_value: {int(bad.sum())} outside 0 to 1, first at row {bad.idxmax()}")
    if not 0 < false_discoveries < 1:
        raise InputError(f"benjamini_hochberg.false_discoveries: {false_discoveries} is not strictly between 0 and 1")
    out = pd.DataFrame({"p_value": value, "adjusted": np.nan, "flagged": False}, index=value.index)
    tested = value.notna()
    if tested.any():
        from statsmodels.stats.multitest import multipletests  # about two seconds to import

        flagged, adjusted, _, _ = multipletests(value[tested], alpha=false_discoveries, method="fdr_bh")
        out.loc[tested, "adjusted"], out.loc[tested, "flagged"] = adjusted, flagged
    return out


def evenly(counts: pd.DataFrame, every: Every, columns: tuple[str, ...] = ("count",)) -> pd.DataFrame:
    """One row per period from the first to the last, indexed by period: a period with no row stays missing, not zero.

    `counts`: period [date: any day of a `week` that starts the count, first of a `month`], the columns [0 up; NaN =
    not covered]. Raises InputError for no rows, a period twice, or one off the grid.
    """
    require(counts, "counts", ["period"])
    require_counts(counts, "counts", columns)
    if counts.empty:
        raise InputError("counts: no rows")
    period = pd.to_datetime(counts["period"], errors="coerce", format="ISO8601")
    if period.isna().any():
        raise InputError(f"counts.period: not a date at row {period.isna().idxmax()}")
    if period.duplicated().any():
        raise InputError(f"counts.period: given twice at row {period.duplicated().idxmax()}")
    grid = pd.date_range(period.min(), period.max(), freq=STEP[every], name="period")
    off = ~period.isin(grid)
    if off.any():
        raise InputError(f"counts.period: {int(off.sum())} not a {every} apart, first at row {off.idxmax()}")
    return counts.assign(period=period).set_index("period")[list(columns)].astype("float64").reindex(grid)


def _reason(known: pd.Series, cycle: int) -> str:
    """Why a series cannot be decomposed, or nothing."""
    if known.notna().sum() < 2 * cycle + 1 or len(known) < 2 * cycle + 1:
        return "short"
    if known.isna().mean() > MAX_GAPS:
        return "gaps"
    return "sparse" if known.mean() < LEAST_MEAN else ""


def decomposed(counts: pd.DataFrame, every: Every, cycle: int) -> pd.DataFrame:
    """Level, season and remainder of log(1 + count), by robust STL; one row per period, in order.

    `counts`: as for `evenly`; `cycle` [periods in a season: 52 weeks, 12 months, 7 days]. The season is taken to
    repeat unchanged. Columns period, count, trend, season, remainder [log scale; count = trend + season +
    remainder there], status (`ok`; `missing` for a period not covered, and for all where no season can be told) and
    reason (`short`: fewer than two cycles and a period; `gaps`: more than a fifth not covered; `sparse`: fewer than
    two a period). A gap is bridged for the fit only and stays missing. Cleveland et al. (1990), by statsmodels.
    """
    if cycle < 2:
        raise InputError(f"decomposed.cycle: {cycle} periods make no season")
    known = evenly(counts, every)["count"]
    out = pd.DataFrame({"count": known, "trend": np.nan, "season": np.nan, "remainder": np.nan})
    reason = _reason(known, cycle)
    if not reason:
        trend, season = _stl(_log(known), cycle)
        out["trend"], out["season"] = trend, season
        out["remainder"] = _log(known) - trend - season
    out["status"] = np.where(known.isna() | (reason != ""), "missing", "ok")
    out.loc[known.isna(), ["trend", "season"]] = np.nan
    out["reason"] = np.where(known.isna(), "not covered", reason)
    return out.reset_index()


def _log(count: pd.Series) -> pd.Series:
    return pd.Series(np.log1p(count.to_numpy("float64")), index=count.index)


def _stl(log_count: pd.Series, cycle: int) -> tuple[np.ndarray, np.ndarray]:
    """Trend and season of a series whose gaps are bridged by a straight line for the fit."""
    from statsmodels.tsa.seasonal import STL  # about two seconds to import

    whole = log_count.interpolate(limit_direction="both").to_numpy()
    # A seasonal window longer than the series: with two to five cycles, a freer season would swallow the remainder.
    fit = STL(whole, period=cycle, seasonal=10 * len(whole) | 1, seasonal_deg=0, robust=True).fit(outer_iter=5)
    return np.asarray(fit.trend), np.asarray(fit.seasonal)


def surprises(counts: pd.DataFrame, every: Every, cycle: int, watched: int) -> pd.DataFrame:
    """How far each of the last `watched` periods is from what the earlier ones lead to expect; one row per period.

    `counts`, `cycle`: as for `decomposed`, which is fitted to the earlier periods only, so that a change cannot
    explain itself away. Expected = e^(level + season) − 1, level = the mean of the log count less its season over
    the last cycle before the watch. Columns period, count, expected, z [standardized on the log scale by the larger
    of the robust spread of the earlier remainders (1.4826 × median absolute, times √(n ÷ (n − cycle)) for the season
    fitted) and the spread chance alone gives a count of that size; NaN = not covered, or nothing to expect], status,
    reason (as `decomposed`).
    """
    if watched < 1:
        raise InputError(f"surprises.watched: {watched} periods")
    known = evenly(counts, every)["count"]
    before, watch = known.iloc[:-watched], known.iloc[-watched:]
    out = pd.DataFrame({"count": watch, "expected": np.nan, "z": np.nan})
    reason = _reason(before, cycle) if len(before) else "short"
    if not reason:
        out["expected"], spread = _ahead(before, cycle, watched)
        out["z"] = rate(_log(watch) - _log(out["expected"]), pd.Series(spread, index=watch.index))
    out["status"] = np.where(out["z"].isna(), "missing", "ok")
    out["reason"] = np.where(watch.isna(), "not covered", reason)
    return out.reset_index()


def _ahead(before: pd.Series, cycle: int, watched: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected counts of the periods that follow, and the spread of their logarithms."""
    log_before = _log(before)
    trend, season = _stl(log_before, cycle)
    level = float((log_before - season).iloc[-cycle:].mean())
    n = float(before.notna().sum())
    inflate = np.sqrt(rate(pd.Series([n]), pd.Series([n - cycle])).iloc[0])
    spread = 1.4826 * float((log_before - trend - season).abs().median()) * inflate
    # Below half a request, the logarithm of one more looks like a wonder.
    expected = np.maximum(np.expm1(level + np.resize(season[-cycle:], watched)), 0.5)
    # √mean ÷ (1 + mean): the spread of log(1 + a Poisson count).
    chance = rate(pd.Series(np.sqrt(expected)), pd.Series(1 + expected)).to_numpy()
    return expected, np.maximum(spread, chance)


def cusum(z: np.ndarray, slack: float = SLACK) -> np.ndarray:
    """S_t = max(0, S_{t−1} + z_t − slack), from 0, down the first axis; a missing z (NaN) leaves S as it was.

    >>> cusum(np.array([1.0, 2.0, np.nan, -3.0])).tolist()
    [0.5, 2.0, 2.0, 0.0]
    """
    total, out = np.zeros(z.shape[1:]), np.empty(z.shape)
    for t, now in enumerate(z):
        total = np.maximum(0.0, total + np.where(np.isnan(now), slack, now) - slack)
        out[t] = total
    return out


@dataclass(frozen=True)
class Null:
    """How high the cusum of a series that did not change goes over a whole watch: `maxima` passed with `chances`.

    Between and beyond the entries the logarithm of the chance is a straight line: the tail of a cusum is exponential.
    """

    chances: tuple[float, ...]
    maxima: tuple[float, ...]

    def limit(self, budget: float) -> float:
        """The height passed with chance `budget` during a watch without change [0 to 1, one series]."""
        if not 0 < budget < 1:
            raise InputError(f"alerts.budget: {budget} is not strictly between 0 and 1")
        return float(_line(np.log(budget), np.log(self.chances), np.array(self.maxima)))

    def p_value(self, maximum: float) -> float:
        """Chance that a series without change goes as high; NaN for NaN."""
        if np.isnan(maximum):
            return float("nan")
        return float(min(1.0, np.exp(_line(maximum, np.array(self.maxima), np.log(self.chances)))))


def _line(at: float, x: np.ndarray, y: np.ndarray) -> float:
    """Straight lines through the points, the last two carried on at each end."""
    order = np.argsort(x)
    x, y = x[order], y[order]
    i = int(np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2))
    slope = rate(pd.Series([y[i + 1] - y[i]]), pd.Series([x[i + 1] - x[i]])).iloc[0]
    return float(y[i] + slope * (at - x[i]))


def null_surprises(cycle: int, history: int, watched: int, mean: float, series: int, seed: int) -> np.ndarray:
    """Surprises z, watched × series, of seeded Poisson series that keep one mean and one season.

    The whole way is simulated, fit included: an expectation learnt from `history` periods is itself uncertain, and
    limits computed for perfect residuals would alarm several times too often. The season swings by ±20 %.
    """
    rng = np.random.default_rng(seed)
    wave = 1 + 0.2 * np.sin(2 * np.pi * np.arange(history + watched) * (1 / cycle))
    z = np.empty((watched, series))
    for i in range(series):
        drawn = pd.Series(rng.poisson(mean * wave).astype("float64"))
        expected, spread = _ahead(drawn.iloc[:history], cycle, watched)
        gap = np.log1p(drawn.iloc[history:].to_numpy()) - np.log1p(expected)
        z[:, i] = rate(pd.Series(gap), pd.Series(spread)).to_numpy()
    return z


def heights(z: np.ndarray, watched: int, direction: Direction = "more") -> np.ndarray:
    """Highest cusum of each column of surprises over the first `watched` periods."""
    return cusum(z[:watched] if direction == "more" else -z[:watched]).max(axis=0)


def null_of(heights: np.ndarray, chances: tuple[float, ...] = CHANCES) -> Null:
    """The `Null` of simulated maxima, one per series."""
    found = np.quantile(heights, 1 - np.array(chances), method="higher")
    return Null(chances, tuple(round(float(v), 3) for v in np.maximum.accumulate(found + 1e-6 * np.arange(len(found)))))


def calibrated(cycle: int, history: int, watched: int, direction: Direction = "more") -> Null:
    """The tabulated `Null` for at least these settings: the longest history not above, the shortest watch not below.

    Raises InputError outside the table, which `tests/studies/cusum_budget.py` computes with `null_surprises`.
    """
    fit = [h for c, h, _, _ in TABLE if c == cycle and h <= history]
    far = [w for c, _, w, _ in TABLE if c == cycle and w >= watched]
    if not fit or not far:
        raise InputError(
            f"alerts: no calibration for {history} periods before {watched} watched, in cycles of {cycle}; "
            f"the table has {sorted({key[:3] for key in TABLE})}"
        )
    return Null(CHANCES, TABLE[cycle, max(fit), min(far), direction])


def alerts(
    counts: pd.DataFrame, every: Every, cycle: int, watched: int, budget: float = BUDGET,
    false_discoveries: float = FALSE_DISCOVERIES, direction: Direction | Literal["both"] = "more",
    null: Null | None = None,
) -> pd.DataFrame:
    """Series (area × need) that rose, or fell, beyond chance and season in the last `watched` periods; one row each.

    With `both` one row for each direction, all judged together.

    `counts`: area_id, need, period, count [0 up; NaN or no row = not covered], basis. `budget` [0 to 1]: chance that
    one series without change alarms at all during the watch; `false_discoveries`: share of flagged series that may be
    false, over all areas and needs (Benjamini–Hochberg). `null` replaces the table (`calibrated`).

    Result shape with need: numerator = counted during the watch, denominator = expected over the same covered
    periods, value = their ratio, low and high = exact Poisson 95 % with the expectation taken as known; and height
    (of the cusum), limit, since (first period above the limit; NaT = none), p_value, adjusted, flagged; status
    `missing` and `reason` where nothing can be expected (`decomposed`); direction. Sorted by area_id, need. Fricker,
    Hegler & Dunfee (2008).
    """
    require(counts, "counts", ["area_id", "need", "period", "basis"])
    if counts.empty:
        raise InputError("counts: no rows")
    rows: list[dict[str, Any]] = []
    ways: tuple[Direction, ...] = DIRECTIONS if direction == "both" else (direction,)
    last = pd.to_datetime(counts["period"], errors="coerce", format="ISO8601").max()
    for (area, need), own in counts.groupby(["area_id", "need"], sort=True):
        found = surprises(_until(own, last), every, cycle, watched)
        ok = found["status"] == "ok"
        row = {"area_id": area, "need": need, "numerator": np.nan, "denominator": np.nan, "status": "missing",
               "basis": weakest(["modelled", *own["basis"].unique()]), "height": np.nan, "limit": np.nan,
               "since": pd.NaT, "p_value": np.nan, "reason": _why(found["reason"])}
        if ok.any():
            row |= {"numerator": found.loc[ok, "count"].sum(), "denominator": found.loc[ok, "expected"].sum(),
                    "status": "ok", "reason": ""}
        for way in ways:
            rows.append(row | {"direction": way})
            if ok.any():
                history = len(evenly(_until(own, last), every)) - watched
                rows[-1] |= _passed(found, null or calibrated(cycle, history, watched, way), budget, way)
    out = pd.DataFrame(rows)
    low, high = poisson_limits(out["numerator"])
    out.insert(4, "value", rate(out["numerator"], out["denominator"]))
    out.insert(5, "low", rate(low, out["denominator"]))
    out.insert(6, "high", rate(high, out["denominator"]))
    judged = benjamini_hochberg(out["p_value"], false_discoveries)
    return out.assign(adjusted=judged["adjusted"], flagged=judged["flagged"])


def _passed(found: pd.DataFrame, scale: Null, budget: float, direction: Direction) -> dict[str, object]:
    """How high the cusum of a watch went, the limit, since when it is above, and the chance of that."""
    path = cusum((1 if direction == "more" else -1) * found["z"].to_numpy("float64"))
    limit, height = scale.limit(budget), float(path.max())
    above = found.loc[path > limit, "period"]
    return {"height": height, "limit": limit, "since": above.iloc[0] if len(above) else pd.NaT,
            "p_value": scale.p_value(height)}


def _why(reasons: pd.Series) -> str:
    """Why a series has no verdict: what is wrong with its past, before a last period that is not covered."""
    past = reasons[~reasons.isin(["", "not covered"])]
    return str(past.iloc[0] if len(past) else reasons.iloc[-1])


def _until(own: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """The series up to the last period of all: one that stops early is not covered since, it is not quiet."""
    if (pd.to_datetime(own["period"], errors="coerce", format="ISO8601") == last).any():
        return own[["period", "count"]]
    return pd.concat([own[["period", "count"]], pd.DataFrame({"period": [last], "count": [np.nan]})], ignore_index=True)
