"""Do 80 % intervals hold the truth 80 % of the time? `python -m tests.studies.coverage` prints the docs' table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from indicators.intervals import Benchmark, simulated_need

GROUPS = ("lone_parent", "couple", "alone", "senior")
SHARES = np.array([.40, .18, .30, .08])


def one_city(rng: np.random.Generator, areas: int, cv: float, benchmark_cv: float, rounded: bool) -> tuple[
    pd.DataFrame, pd.DataFrame, Benchmark, np.ndarray
]:
    """A city whose truth is known, and what a survey and a census would publish of it: counts, rates, total, truth."""
    mix = rng.dirichlet([2, 6, 3, 2], areas)
    people = np.maximum(np.round(mix * rng.integers(300, 900, (areas, 1))), 5)
    # The city's own shares: the region's, moved by one δ, as the model says.
    own = expit(logit(SHARES) + rng.normal(0, .3))
    need = people @ own
    total = need.sum() / people.sum()
    spread, spread_total = cv / (1 - SHARES), benchmark_cv / (1 - total)
    seen = expit(logit(SHARES) + spread * rng.standard_normal(len(SHARES)))
    seen_total = float(expit(logit(total) + spread_total * rng.standard_normal()))
    published = people
    if rounded:
        down = np.floor(people / 5) * 5
        published = down + 5 * (rng.random(people.shape) < (people - down) / 5)
    z = float(ndtri(.975))
    rates = pd.DataFrame({"group": GROUPS, "share": seen, "low": expit(logit(seen) - z * spread),
                          "high": expit(logit(seen) + z * spread)})
    counts = pd.DataFrame({
        "area_id": np.repeat([f"a{i}" for i in range(areas)], len(GROUPS)), "group": np.tile(GROUPS, areas),
        "people": published.ravel(),
    })
    benchmark = Benchmark(seen_total, float(expit(logit(seen_total) - z * spread_total)),
                          float(expit(logit(seen_total) + z * spread_total)))
    return counts, rates, benchmark, need / people.sum(axis=1)


def share_covered(
    cities: int, draws: int, seed: int, cv: float = .08, benchmark_cv: float = .04, rounded: bool = True,
    areas: int = 20,
) -> dict[str, float]:
    """Share of areas whose 80 % interval holds the truth, over `cities` cities, with its standard error by city."""
    rng = np.random.default_rng(seed)
    held, width = [], []
    for number in range(cities):
        counts, rates, benchmark, truth = one_city(rng, areas, cv, benchmark_cv, rounded)
        out = simulated_need(counts, rates, ["group"], benchmark, seed=number, draws=draws,
                             rounding=5 if rounded else 1)
        held.append(float(((out["low"] <= truth) & (truth <= out["high"])).mean()))
        width.append(float((out["high"] - out["low"]).mean()))
    return {
        "covered": float(np.mean(held)), "error": float(np.std(held) / np.sqrt(cities)), "width": float(np.mean(width)),
    }


def main() -> None:
    """Print the table: 1,000 cities of 20 areas and 1,000 draws a row."""
    print("| what is uncertain | held by the 80 % interval | mean width |")
    print("| --- | --- | --- |")
    for label, options in (
        ("shares (CV 8 %), total (CV 4 %), counts rounded to 5", (.08, .04, True)),
        ("shares and total, counts exact", (.08, .04, False)),
        ("shares (CV 16 %), total (CV 4 %), counts rounded", (.16, .04, True)),
        ("shares (CV 8 %), total (CV 1 %), counts rounded", (.08, .01, True)),
        ("shares almost known (CV 1 %), total (CV 1 %), counts rounded", (.01, .01, True)),
    ):
        found = share_covered(1000, 1000, 11, *options)
        print(f"| {label} | {found['covered']:.1%} ± {1.96 * found['error']:.1%} | {100 * found['width']:.2f} points |")


if __name__ == "__main__":
    main()
