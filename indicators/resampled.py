"""Areas ranked by a score and drawn again and again: what the equity indices share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.rates import MIN_COVERED, rate, require, require_counts, weakest
from indicators.spec import InputError

DRAWS = 2000
LEVEL = 0.95
# Draws worked on at a time: 2,000 × 57,000 areas at once would be 900 MB.
_CHUNK_CELLS = 2_000_000


@dataclass(frozen=True)
class City:
    """Areas where somebody lives and everything is known, sorted by what ranks them, most deprived first.

    `starts` are the first rows of blocks of equal rank; `people` [people]; `columns` the quantities, by name.
    """

    people: np.ndarray
    starts: np.ndarray
    columns: dict[str, np.ndarray]
    status: str
    basis: str


def require_areas(areas: pd.DataFrame, columns: list[str], name: str = "areas") -> None:
    """Raise InputError unless the frame has rows, one per area_id, `basis`, and numbers from 0 up in `columns`."""
    require(areas, name, ["area_id", "basis"])
    require_counts(areas, name, columns)
    if areas.empty:
        raise InputError(f"{name}: no rows")
    twice = areas["area_id"].duplicated()
    if twice.any():
        raise InputError(f"{name}.area_id: {int(twice.sum())} given twice, first {areas.loc[twice, 'area_id'].iloc[0]}")


def _require_finite(areas: pd.DataFrame, column: str) -> None:
    require(areas, "areas", [column])
    bad = areas[column].astype("float64").isin([np.inf, -np.inf])
    if bad.any():
        raise InputError(f"areas.{column}: {int(bad.sum())} infinite, first at row {bad.idxmax()}")


def populated(areas: pd.DataFrame, columns: list[str], rank_by: str, descending: bool) -> City:
    """Check, leave out areas with nobody or with something missing, sort; the status says if a number may be given."""
    require_areas(areas, ["population", *columns])
    _require_finite(areas, rank_by)
    numbers = {column: areas[column].to_numpy("float64") for column in ("population", rank_by, *columns)}
    people, known = numbers["population"], ~np.any([np.isnan(v) for v in numbers.values()], axis=0)
    live = people > 0
    kept = np.flatnonzero(known & live)
    # By area_id within a score, so that the order of the rows never shows in a sum or a draw.
    kept = kept[np.argsort(areas["area_id"].to_numpy()[kept].astype("str"), kind="stable")]
    kept = kept[np.argsort(numbers[rank_by][kept] * (-1 if descending else 1), kind="stable")]
    status = "ok"
    if not live.any():
        status = "not_applicable"
    elif people[kept].sum() < MIN_COVERED * people[live].sum():
        status = "missing"
    elif len(kept) < 2:
        status = "not_applicable"
    score = numbers[rank_by][kept]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]]) if len(kept) else np.array([0])
    return City(
        people[kept], starts, {column: numbers[column][kept] for column in columns}, status,
        weakest(areas["basis"].unique()),
    )


def blocks(city: City, weight: np.ndarray, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Share of people and of the quantity in each block of equal rank; rows of `weight` are draws.

    The share of the quantity is NaN in a draw that holds none of it.
    """
    people = np.add.reduceat(weight, city.starts, axis=-1)
    amount = np.add.reduceat(weight * city.columns[column], city.starts, axis=-1)
    held = amount.sum(axis=-1, keepdims=True)
    # A draw always holds somebody; it may hold none of the quantity.
    return people / people.sum(axis=-1, keepdims=True), amount / np.where(held > 0, held, np.nan)


def concentration(city: City, weight: np.ndarray, column: str) -> np.ndarray:
    """2 cov(A, r) ÷ mean A, of each row of weights; tied areas share the middle of their block."""
    people, amount = blocks(city, weight, column)
    middle = people.cumsum(axis=-1) - people / 2
    return 2 * (amount * middle).sum(axis=-1) - 1


def first_share(city: City, weight: np.ndarray, column: str, part: float, last: bool = False) -> np.ndarray:
    """Share of the quantity held by the first (or last) `part` of people; a block on the cut counts by its part."""
    people, amount = blocks(city, weight, column)
    if last:
        people, amount = people[..., ::-1], amount[..., ::-1]
    before = people.cumsum(axis=-1) - people
    inside = np.clip((part - before) / np.where(people > 0, people, 1.0), 0, 1)
    return (amount * inside).sum(axis=-1)


def mean_of(city: City, weight: np.ndarray, column: str) -> np.ndarray:
    """Mean of the quantity over people, of each row of weights."""
    return (weight * city.columns[column]).sum(axis=-1) / weight.sum(axis=-1)


def limits(draws: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Percentile limits of draws; NaN where most draws have no value, or where the limit is infinite."""
    known = draws[~np.isnan(draws)]
    if len(known) * 2 < len(draws) or not len(known):
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    # A quantile that is one of the draws: none lies between a number and infinity.
    low, high = np.quantile(known, [tail, 1 - tail], method="inverted_cdf")
    return tuple(float(v) if np.isfinite(v) else float("nan") for v in (low, high))  # pyright: ignore[reportReturnType]


def bootstrap(city: City, statistic: Callable[[np.ndarray], np.ndarray], draws: int, seed: int) -> np.ndarray:
    """The statistic over `draws` resamples of the areas, with replacement; each area keeps its people."""
    rng, n = np.random.default_rng(seed), len(city.people)
    step = max(1, _CHUNK_CELLS // n)
    out = []
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        picks = rng.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(picks.ravel(), minlength=rows * n).reshape(rows, n)
        out.append(statistic(times * city.people))
    return np.concatenate(out)


def one_row(
    city: City, place: str, numerator: float, denominator: float, draws: np.ndarray | None, level: float,
    value: float | None = None,
) -> pd.DataFrame:
    """One row of the result shape; a number that cannot be given has no limits either."""
    if value is None:
        value = float(rate(pd.Series([numerator]), pd.Series([denominator])).iloc[0])
    low, high = (np.nan, np.nan) if draws is None else limits(draws, level)
    status = city.status if city.status != "ok" or not np.isnan(value) else "not_applicable"
    ok = status == "ok"
    return pd.DataFrame({
        "area_id": [place], "numerator": [numerator if ok else np.nan], "denominator": [denominator if ok else np.nan],
        "value": [value if ok else np.nan], "low": [low if ok else np.nan], "high": [high if ok else np.nan],
        "status": [status], "basis": [city.basis],
    })


def snap(index: float) -> float:
    """0 for the round-off of a sum, some 1e-16, that equal values leave where the answer is 0."""
    return 0.0 if abs(index) < 1e-14 else index
