"""Intervals by simulation: what the published margins of error and the census rounding leave open, area by area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from indicators.need import expected, group_matrix, shift
from indicators.ranks import in_worst_fifth
from indicators.rates import blank, rate
from indicators.spec import Indicator, InputError, Text

DRAWS = 2000
LEVEL = 0.80
CENSUS_BASE = 5
CHUNK = 250
# Upper end of the coefficient of variation behind each quality letter of the Canadian Income Survey tables: under 2 %,
# 4, 8, 16, 33.3. From general knowledge; the letters of 13-10-0835 fit it (Canada A or B, the smallest provinces D).
# F is not published.
LETTER_CV = {"A": 0.02, "B": 0.04, "C": 0.08, "D": 0.16, "E": 1 / 3}

STABILITY = Indicator(
    id="worst_fifth",
    title=Text("Chances d’être parmi les plus touchés", "Chance of being among the most affected"),
    question=Text("Est-on sûr que ces secteurs sont les plus touchés?", "Are these areas surely the most affected?"),
    counts=Text("tirages où le secteur est parmi les plus touchés", "draws with the area among the most affected"),
    unit="share", direction="more_is_worse", tables=("census_value", "prevalence"),
    formula="P_a = #{d : FI_a,d in the top fifth} ÷ D",
    method=Text(
        "L’estimation est refaite 2 000 fois, en tirant au sort dans la marge de chaque chiffre publié et dans "
        "l’arrondi du recensement. On compte combien de fois le secteur est dans le premier cinquième.",
        "The estimate is made again 2,000 times, drawing within the margin of each published figure and within the "
        "census rounding. We count how often the area is in the top fifth.",
    ),
    range_means=Text("Aucune fourchette : c’est déjà une probabilité.", "No range: it is already a probability."),
    limits=(
        Text(
            "Ne tient compte que des marges publiées, pas de ce que le modèle ignore.",
            "Holds only the published margins, not what the model leaves out.",
        ),
    ),
    citation=Text(
        "Simulation : 2 000 tirages, graine fixe.", "Simulation: 2,000 draws, fixed seed.",
    ),
    breaks=(0.05, 0.20, 0.80, 0.95), counts_people=False,
    assumptions=(
        Text(
            "Les erreurs des chiffres publiés sont indépendantes les unes des autres.",
            "The errors of the published figures are independent of one another.",
        ),
    ),
    misuse=Text(
        "Ce n’est pas la part de personnes touchées : un secteur peut être sûr de son rang et peu touché.",
        "It is not a share of people: an area may be sure of its rank and little affected.",
    ),
)


@dataclass(frozen=True)
class Benchmark:
    """A published total, as a share of all residents [0 to 1], with its own interval at `level` where it has one."""

    share: float
    low: float | None = None
    high: float | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        """Raise InputError unless 0 < low ≤ share ≤ high < 1."""
        low = self.share if self.low is None else self.low
        high = self.share if self.high is None else self.high
        if not 0 < low <= self.share <= high < 1:
            raise InputError(f"benchmark: {low}, {self.share}, {high} do not rise between 0 and 1")


def logit_spread(rates: pd.DataFrame, level: float = 0.95, letters: dict[str, float] | None = None) -> pd.Series:
    """Standard error of each published share on the logit scale, indexed as given; NaN where nothing tells it.

    `rates`: share [0 to 1] and, where there are, low, high [limits at `level`], cv [standard error ÷ share], quality
    [letter]. Limits are asked first, then cv, then the upper end of the letter's range: the careful one. A letter that
    has no range (F) tells nothing. Raises InputError where the limits do not hold the share.
    """
    share = rates["share"].astype("float64")
    spread = pd.Series(np.nan, index=rates.index)
    if "quality" in rates:
        cv = rates["quality"].map(LETTER_CV if letters is None else letters).astype("float64")
        spread = cv / (1 - share)
    if "cv" in rates:
        cv = rates["cv"].astype("float64")
        if (cv < 0).any():
            raise InputError(f"rates.cv: {int((cv < 0).sum())} values negative, first at row {(cv < 0).idxmax()}")
        spread = (cv / (1 - share)).fillna(spread)
    if "low" in rates and "high" in rates:
        low, high = rates["low"].astype("float64"), rates["high"].astype("float64")
        bad = low.notna() & high.notna() & ~((low > 0) & (low <= share) & (share <= high) & (high < 1))
        if bad.any():
            raise InputError(f"rates.low, high: {int(bad.sum())} do not hold the share between 0 and 1, first at row "
                             f"{bad.idxmax()}")
        width = pd.Series(logit(high.to_numpy()) - logit(low.to_numpy()), index=rates.index)
        spread = (width / (2 * ndtri((1 + level) / 2))).fillna(spread)
    return spread


def shifts(people: np.ndarray, logits: np.ndarray, target: np.ndarray) -> np.ndarray:
    """δ of every draw at once: `people` and `logits` [group × draw], `target` [share of everyone, by draw].

    Bisection on all draws together, 60 halvings of [−40, 40]: within 1e-16 of the one-draw answer of `need.shift`.
    """
    low, high = np.full(len(target), -40.0), np.full(len(target), 40.0)
    asked = target * people.sum(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        under = (people * expit(logits + middle)).sum(axis=0) < asked
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2


def rounding_noise(rng: np.random.Generator, shape: tuple[int, ...], base: int = CENSUS_BASE) -> np.ndarray:
    """What unbiased random rounding to `base` may have hidden: true count − published count, −(base − 1) to base − 1.

    A count c goes up with chance (c mod base) ÷ base. Seen from a published multiple of the base, the error e has
    chance (base − |e|) ÷ base²: the sum of two even draws.
    """
    if base <= 1:
        return np.zeros(shape, dtype="int8")
    high = rng.integers(0, base, shape, dtype="int8")
    return high + rng.integers(0, base, shape, dtype="int8") - np.int8(base - 1)


def simulated_need(
    counts: pd.DataFrame, rates: pd.DataFrame, groups: Sequence[str], benchmark: Benchmark | None, *,
    seed: int, draws: int = DRAWS, level: float = LEVEL, rate_level: float = 0.95, rounding: int = CENSUS_BASE,
    rank_by: str = "people",
) -> pd.DataFrame:
    """`need.standardized` with an interval by simulation, and the chance that each area is in the worst fifth.

    `counts` and `rates` as there; the rates also carry low and high [at `rate_level`], cv or quality: a share with
    none of them is kept fixed. Each draw takes a share per group (normal on the logit scale), a benchmark in its own
    interval, counts as they may have been before the census rounded them (`rounding` = 1: taken as exact), and solves
    δ again. Returns the result shape, low and high the central `level` of the draws, and `worst_fifth` [0 to 1]: how
    often the area is among the fifth of areas with most people in need (`rank_by` "people"), or among those of highest
    share that hold a fifth of residents ("share"); NaN where the status is not ok, as in an edition of one area.

    Chunks of 250 draws; memory is 4 bytes × areas × draws (26 MB at 3 228 × 2,000), and one chunk. The same seed gives
    the same numbers. It does not hold what the model leaves out: the range is of the published figures, not of the
    spread of real areas round it. Source: methods 3.2 e.
    """
    if draws < 2 or not 0 < level < 1 or rank_by not in ("people", "share"):
        raise InputError(f"simulated_need: draws {draws}, level {level}, rank_by {rank_by}")
    areas, people, rates = group_matrix(counts, rates, groups)
    known = ~np.isnan(people).any(axis=1) & (people.sum(axis=1) > 0)
    if not known.any():
        raise InputError("counts.people: no area has every group published and somebody living there")
    share = rates["share"].to_numpy(dtype="float64")
    centre = share
    if benchmark is not None:
        centre = expit(logit(share) + shift(people[known].sum(axis=0), share, benchmark.share))
    out = expected(areas, people, people @ centre)
    spread = logit_spread(rates, rate_level).fillna(0.0).to_numpy()
    low, high, worst = _summaries(people[known], share, spread, benchmark, seed, draws, level, rounding, rank_by)
    out["worst_fifth"] = np.nan
    for column, values in (("low", low), ("high", high), ("worst_fifth", worst)):
        out.loc[known, column] = values
    return blank(out)[["area_id", "numerator", "denominator", "value", "low", "high", "worst_fifth", "status", "basis"]]


def _summaries(
    people: np.ndarray, share: np.ndarray, spread: np.ndarray, benchmark: Benchmark | None, seed: int, draws: int,
    level: float, rounding: int, rank_by: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = logit(share)[:, None] + spread[:, None] * rng.standard_normal((len(share), draws))
    target = _targets(benchmark, draws, rng)
    values = np.empty((len(people), draws), dtype="float32")
    worst = np.zeros(len(people))
    for start in range(0, draws, CHUNK):
        chunk = slice(start, min(start + CHUNK, draws))
        size = chunk.stop - chunk.start
        heads = np.zeros((len(people), size))
        cells, totals = [], np.empty((len(share), size))
        for group in range(len(share)):
            # float32 halves the time; a count below 2^24 is exact in it.
            noisy = people[:, group, None].astype("float32")
            if rounding > 1:
                noisy = np.maximum(noisy + rounding_noise(rng, (len(people), size), rounding), np.float32(0))
                noisy[people[:, group] == 0] = 0.0  # nobody published: nothing to spread, and no area comes to life
            else:
                noisy = np.broadcast_to(noisy, (len(people), size))
            totals[group] = noisy.sum(axis=0, dtype="float64")
            cells.append(noisy)
            heads += noisy
        part = logits[:, chunk]
        if target is not None:
            part = part + shifts(totals, part, target[chunk])
        chance = expit(part)
        need = np.zeros((len(people), size))
        for group, noisy in enumerate(cells):
            need += noisy * chance[group]
        fraction = rate(pd.DataFrame(need), pd.DataFrame(heads)).fillna(0.0).to_numpy()  # pyright: ignore
        values[:, chunk] = fraction
        worst += in_worst_fifth(need if rank_by == "people" else fraction, None if rank_by == "people" else heads)
    tails = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return tails[0], tails[1], worst / draws if len(people) > 1 else np.full(1, np.nan)


def _targets(benchmark: Benchmark | None, draws: int, rng: np.random.Generator) -> np.ndarray | None:
    """The benchmark of every draw, normal on the logit scale within its interval; None where there is no benchmark."""
    if benchmark is None:
        return None
    low = benchmark.share if benchmark.low is None else benchmark.low
    high = benchmark.share if benchmark.high is None else benchmark.high
    spread = (logit(high) - logit(low)) / (2 * ndtri((1 + benchmark.level) / 2))
    return expit(logit(benchmark.share) + spread * rng.standard_normal(draws))
