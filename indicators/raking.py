"""Raking: the cells of a cross-table that only its margins were published of, by iterative proportional fitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.need import ConvergenceError, require_unique
from indicators.rates import rate, require_counts
from indicators.spec import InputError

CLOSE = 1e-10
PASSES = 2000


@dataclass(frozen=True)
class Fit:
    """Cells brought to their margins.

    `cells`: the seed's keys and `people`; `passes` it took; `entropy_lost` [nats]: divergence of the fitted shares
    from the seed's, Σ f ln(f ÷ s). Where the seed is flat it is the entropy the margins took away; 0 = they said
    nothing the seed did not. `error`: the largest distance left to a margin, as a share of it.
    """

    cells: pd.DataFrame
    passes: int
    entropy_lost: float
    error: float


def fitted(seed: pd.DataFrame, margins: Sequence[pd.DataFrame], keys: Sequence[str]) -> Fit:
    """Iterative proportional fitting of `seed` to every margin, to 1e-10 of each.

    `seed`: one row per cell: the columns `keys` (an area among them where there is one), weight [0 or more; 0 = the
    cell cannot hold anyone]. Each margin: some of `keys`, one row per combination, people. Areas are fitted all at
    once; a key in every margin keeps them apart. Raises InputError at a missing, repeated or negative number, a
    combination that one frame has and the other lacks, or margins whose totals differ; ConvergenceError where the
    zeros of the seed contradict the margins. Source: Deming & Stephan 1940, Ann. Math. Stat. 11(4).
    """
    _check(seed, margins, keys)
    total = float(margins[0]["people"].sum())
    codes, targets = [], []
    for number, margin in enumerate(margins):
        names = [column for column in margin.columns if column in keys]
        index = pd.MultiIndex.from_frame(margin[names])
        code = index.get_indexer(pd.MultiIndex.from_frame(seed[names]))
        if (code < 0).any():
            first = seed.loc[code < 0, names].iloc[0]
            raise InputError(f"margins[{number}].people: no row for {tuple(first)}, which the seed has")
        absent = ~np.isin(np.arange(len(margin)), code) & (margin["people"].to_numpy() > 0)
        if absent.any():
            first = tuple(margin.loc[absent, names].iloc[0])
            raise InputError(f"seed.weight: no cell for {first} of margins[{number}]")
        codes.append(code)
        targets.append(margin["people"].to_numpy(dtype="float64"))
    weight = seed["weight"].to_numpy(dtype="float64")
    people = weight * (total / weight.sum()) if weight.sum() > 0 else weight.copy()
    error, passes = np.inf, 0
    while error > CLOSE and passes < PASSES:
        for code, target in zip(codes, targets, strict=True):
            now = np.bincount(code, people, len(target))
            people = people * rate(pd.Series(target), pd.Series(now)).fillna(0.0).to_numpy()[code]
        error = _error(people, codes, targets)
        passes += 1
    if error > CLOSE:
        raise ConvergenceError(
            f"seed.weight: after {passes} passes the margins are still {error:.2g} of themselves away: "
            "its zeros leave no table with these margins"
        )
    keep = people > 0
    # Shares of the total; a cell the seed gave no weight stays at zero and adds nothing.
    share = people[keep] / total if total > 0 else people[keep]
    lost = float(np.sum(share * np.log(share / (weight[keep] / weight.sum())))) if keep.any() else 0.0
    cells = seed[list(keys)].assign(people=people).reset_index(drop=True)
    return Fit(cells, passes, max(lost, 0.0), float(error))


def _check(seed: pd.DataFrame, margins: Sequence[pd.DataFrame], keys: Sequence[str]) -> None:
    if not margins:
        raise InputError("margins: none is given")
    require_counts(seed, "seed", ("weight",))
    require_unique(seed, "seed", keys)
    totals = []
    for number, margin in enumerate(margins):
        names = [column for column in margin.columns if column in keys]
        require_counts(margin, f"margins[{number}]", ("people",))
        require_unique(margin, f"margins[{number}]", names)
        totals.append(float(margin["people"].sum()))
    for name, value in [("seed.weight", seed["weight"]), *(
        (f"margins[{i}].people", margin["people"]) for i, margin in enumerate(margins)
    )]:
        if value.isna().any():
            raise InputError(f"{name}: {int(value.isna().sum())} values missing, first at row {value.isna().idxmax()}")
    if max(totals) - min(totals) > 1e-9 * max(totals):
        raise InputError(f"margins.people: the totals differ: {', '.join(f'{t:g}' for t in totals)}")


def _error(people: np.ndarray, codes: list[np.ndarray], targets: list[np.ndarray]) -> float:
    """The largest distance to a margin, as a share of that margin; of one person where the margin is 0."""
    return max(
        float((np.abs(np.bincount(code, people, len(target)) - target) / np.where(target > 0, target, 1.0)).max())
        for code, target in zip(codes, targets, strict=True)
    )


def agreeing(margins: Sequence[pd.DataFrame], by: Sequence[str]) -> list[pd.DataFrame]:
    """The margins with every later one scaled to the first within each combination of the columns `by`.

    Census margins are rounded to 5 one by one, so their totals differ by a few people; the first one is kept. Raises
    InputError where one holds people and the first none.
    """
    by = list(by)
    totals = margins[0].groupby(by, sort=True)["people"].sum(min_count=1)
    made = [margins[0]]
    for number, margin in enumerate(margins[1:], start=1):
        own = margin.groupby(by)["people"].transform("sum")
        index = pd.MultiIndex.from_frame(margin[by]) if len(by) > 1 else pd.Index(margin[by[0]])
        asked = pd.Series(totals.reindex(index).to_numpy(), index=margin.index)
        bad = (own == 0) != (asked.fillna(0.0) == 0)
        if bad.any():
            raise InputError(f"margins[{number}].people: {int(bad.sum())} rows of a total that is 0 here or in "
                             f"margins[0] only, first at row {bad.idxmax()}")
        scaled = rate(margin["people"] * asked, own).where(own > 0, 0.0)
        made.append(margin.assign(people=scaled))
    return made
