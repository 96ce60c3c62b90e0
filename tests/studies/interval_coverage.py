"""How often intervals meant to hold the truth 80 times in 100 do: prints the table of the docs; run by hand.

python -m tests.studies.interval_coverage
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from indicators import awareness, equity, nowcast
from indicators.rates import poisson_limits, ratio_limits

RUNS = 400


def city(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Areas from one law: deprived areas have somewhat more, and much varies besides."""
    score = rng.normal(size=n)
    return pd.DataFrame({
        "area_id": np.arange(n), "population": rng.integers(100, 900, n) * 1.0, "basis": "simulated",
        "deprivation": score, "value": np.exp(0.3 * score + 0.5 * rng.normal(size=n)),
    })


def indices(areas: int) -> Iterator[tuple[str, float]]:
    """Bootstrap over areas; the truth is the index of 200,000 areas of the same law."""
    rng = np.random.default_rng(1)
    whole = city(rng, 200_000)
    for index in (equity.concentration_index, equity.gini, equity.fifth_ratio):
        truth = index(whole, "x", draws=1).at[0, "value"]
        rows = [index(city(rng, areas), "x", draws=400, seed=i, level=0.8).iloc[0] for i in range(RUNS)]
        yield f"{index.__name__}, {areas} areas", float(np.mean([r["low"] <= truth <= r["high"] for r in rows]))


def ratios(shape: float) -> Iterator[tuple[str, float]]:
    """Posterior of the awareness ratio, the prior fitted each time to 58 areas."""
    rng, held = np.random.default_rng(2), []
    for _ in range(RUNS):
        need, ratio = rng.integers(20, 400, 58) * 1.0, rng.gamma(shape, 1 / shape, 58)
        frame = pd.DataFrame({
            "area_id": range(58), "population": need * 5, "need": need, "basis": "simulated",
            "requests": rng.poisson(need * 0.1 * ratio) * 1.0,
        })
        found = awareness.awareness_ratio(frame, level=0.8)
        truth = ratio * need.sum() / (ratio * need).sum()
        held.append(((found["low"] <= truth) & (truth <= found["high"])).mean())
    yield f"awareness ratio, shape {shape:g}", float(np.mean(held))


def totals(mean: float, dispersion: float) -> Iterator[tuple[str, float]]:
    """Nowcast of the last of 12 periods."""
    rng, held = np.random.default_rng(3), []
    for i in range(RUNS):
        cell = mean * np.array([0.5, 0.3, 0.15, 0.05])
        cells = rng.poisson(cell, (12, 4)) if dispersion == 1 else rng.negative_binomial(
            cell / (dispersion - 1), 1 / dispersion, (12, 4)
        )
        rows = [(p, d, cells[p, d] * 1.0, "simulated") for p in range(12) for d in range(4) if p + d < 12]
        reports = pd.DataFrame(rows, columns=["period", "delay", "count", "basis"])
        last = nowcast.nowcast(reports, draws=400, seed=i).iloc[-1]
        held.append(last["total_low"] <= cells[-1].sum() <= last["total_high"])
    yield f"nowcast, mean {mean:g}, dispersion {dispersion:g}", float(np.mean(held))


def counts(mean: float) -> Iterator[tuple[str, float]]:
    """Exact limits never hold less than they say."""
    rng = np.random.default_rng(4)
    x, y = (pd.Series(rng.poisson(mean, 20_000) * 1.0) for _ in range(2))
    low, high = poisson_limits(x, 0.8)
    yield f"rate, mean {mean:g}", float(((low <= mean) & (mean <= high)).mean())
    low, high = ratio_limits(x, y, 0.8)
    yield f"year-ago ratio, mean {mean:g}", float(((low <= 1) & ~(high < 1)).mean())


if __name__ == "__main__":
    for study in (counts(5), counts(50), ratios(3), ratios(30), totals(60, 1), totals(600, 1), totals(600, 3),
                  indices(30), indices(58), indices(300)):
        for name, share in study:
            print(f"| {name} | {share:.1%} |", flush=True)
