"""Siting: where the next sites should open, by three rules that do not agree; each answer with its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.rates import rate
from indicators.spec import InputError

# A search on a page stops here and says how far from the best it may be.
PAGE_SECONDS = 10.0


@dataclass(frozen=True)
class Siting:
    """Candidates chosen [ids, in the order given], `value` of the rule, `bound` no choice can pass, `gap` between.

    `gap` is relative, 0 where the choice is proven best. `unreachable` [people]: those no candidate and no site of
    today can be reached by, left out of a mean or a farthest distance.
    """

    chosen: tuple[object, ...]
    value: float
    bound: float
    gap: float
    unreachable: float = 0.0


def maximal_covering(
    need: pd.Series, costs: pd.DataFrame, now: pd.Series, reach: float, sites: int | None = None, *,
    capacity: pd.Series | None = None, budget: float | None = None, seconds: float = PAGE_SECONDS,
) -> Siting:
    """The openings that bring most people in need within reach of a site (MCLP: Church & ReVelle 1974).

    `need` [people, 0 or more] by origin; `costs`: a row an origin, a column a candidate [metres or minutes; inf =
    cannot be travelled]; `now` [same unit; inf = none] from each origin to its nearest site of today. Spend `sites`
    openings, or a `budget` of `capacity` [places a month, by candidate]. `value`: people newly within reach. People
    already within reach are not counted again, so today’s sites need no place in the model. Raises InputError.
    """
    _check(need, costs, now)
    if (sites is None) == (budget is None):
        raise InputError("sites: give a number of sites or a budget of places, not both")
    if sites is not None:
        _check_sites(sites, costs)
    if not reach > 0:
        raise InputError(f"reach: {reach!r} is not above 0")
    near = (costs.to_numpy("float64") <= reach) & (now.to_numpy("float64") > reach)[:, None]
    # Origins with the same candidates in reach are one: the model shrinks and its optimum does not change.
    kinds, which = np.unique(near, axis=0, return_inverse=True)
    people = np.bincount(which.ravel(), weights=need.to_numpy("float64"), minlength=len(kinds))
    useful = kinds.any(axis=1) & (people > 0)
    if not useful.any():
        return Siting((), 0.0, 0.0, 0.0)
    return _solved_covering(kinds[useful], people[useful], costs.columns, sites, capacity, budget, seconds)


def _solved_covering(
    near: np.ndarray, people: np.ndarray, names: pd.Index, sites: int | None, capacity: pd.Series | None,
    budget: float | None, seconds: float,
) -> Siting:
    import pulp
    from spopt.locate import MCLP

    count = len(names) if sites is None else sites
    model = MCLP.from_cost_matrix(np.where(near, 0.0, 2.0), people, 1.0, count)
    if sites is None:
        sizes = _sizes(capacity, names)
        # The rule on the number of sites is the last one spopt adds; a budget of places takes its place.
        number = list(model.problem.constraints)[-1]
        del model.problem.constraints[number]
        model.problem += pulp.lpSum(s * x for s, x in zip(sizes, model.fac_vars)) <= budget
    rows, value, bound, gap = _solve(model, seconds, sense=1)
    return Siting(tuple(names[rows]), value, bound, gap)


def _sizes(capacity: pd.Series | None, names: pd.Index) -> np.ndarray:
    sizes = pd.Series(dtype="float64") if capacity is None else capacity
    sizes = sizes.reindex(names).to_numpy("float64", na_value=np.nan)
    if not (sizes > 0).all():
        raise InputError(f"capacity: {int((~(sizes > 0)).sum())} candidates without a number of places above 0")
    return sizes


def p_median(
    need: pd.Series, costs: pd.DataFrame, now: pd.Series, sites: int, *, seconds: float = PAGE_SECONDS,
) -> Siting:
    """The openings that bring people in need nearest to a site on average (p-median: Hakimi 1964).

    Frames and errors of `maximal_covering`. `value`: Σ people × cost to their nearest site, today’s included; divide
    by people for the mean. Meant for about a hundred origins; more takes minutes, and stops at `seconds`.
    """
    import pulp  # noqa: F401 — as above
    from spopt.locate import PMedian

    _check(need, costs, now)
    _check_sites(sites, costs)
    asked, _, lost = _reachable(need, costs, now)
    if not asked.any():
        return Siting((), 0.0, 0.0, 0.0, lost)
    # Today’s sites are one more candidate, always open: the cost of each origin to the nearest of them. What cannot
    # be travelled costs more than any way that can, so that no choice ever takes it where another is open.
    travel = np.column_stack([costs.to_numpy("float64"), now.to_numpy("float64")])[asked]
    people = need.to_numpy("float64")[asked]
    wall = _wall(travel, people)
    travel = np.where(np.isfinite(travel), travel, wall)
    model = PMedian.from_cost_matrix(
        travel, people, sites + 1, predefined_facilities_arr=np.array([0] * len(costs.columns) + [1]),
    )
    rows, _, _, gap = _solve(model, seconds, sense=-1)
    chosen = [row for row in rows if row < len(costs.columns)]
    after = np.minimum(now.to_numpy("float64"), costs.iloc[:, chosen].min(axis=1).to_numpy("float64"))
    near = np.isfinite(after)
    everyone = need.to_numpy("float64")
    value = float((everyone[near] * after[near]).sum())
    # Where some are left out all the same, the wall was paid: what is proven is the gap, not a sum of costs.
    bound = value / (1 + gap) if near[asked].all() else value
    return Siting(tuple(costs.columns[chosen]), value, bound, gap, float(everyone[~near].sum()))


def _wall(travel: np.ndarray, people: np.ndarray) -> float:
    """A cost above all others together [unit of travel]."""
    finite = travel[np.isfinite(travel)]
    return 2 * float(finite.max() if len(finite) else 1.0) * float(people.sum() / people[people > 0].min())


def p_center(need: pd.Series, costs: pd.DataFrame, now: pd.Series, sites: int, *, seconds: float = PAGE_SECONDS
             ) -> Siting:
    """The openings that leave nobody in need farther than they must (p-center: Hakimi 1964).

    Frames and errors of `maximal_covering`. `value`: cost of the origin farthest from a site. Exact: the answer is
    one of the costs given, found by halving, each step asking whether so many sites can cover everyone (Daskin 1995).
    """
    _check(need, costs, now)
    _check_sites(sites, costs)
    asked, best, lost = _reachable(need, costs, now)
    if not asked.any():
        return Siting((), 0.0, 0.0, 0.0, lost)
    travel, today = costs.to_numpy("float64")[asked], now.to_numpy("float64")[asked]
    steps = np.unique(np.concatenate([travel[np.isfinite(travel)], today[np.isfinite(today)]]))
    steps = steps[steps >= best[asked].max()]
    found = _covers_all(travel, today, float(steps[-1]), sites, seconds)
    if found is None:
        return Siting((), float("inf"), float("inf"), 0.0, lost)
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        trial = _covers_all(travel, today, float(steps[middle]), sites, seconds)
        low, high, found = (low, middle, trial) if trial is not None else (middle + 1, high, found)
    value = float(steps[high])
    return Siting(tuple(costs.columns[found]), value, value, 0.0, lost)


def _covers_all(travel: np.ndarray, today: np.ndarray, within: float, sites: int, seconds: float
                ) -> np.ndarray | None:
    """Rows of at most `sites` candidates that bring everyone within a cost of a site; None where none can."""
    import pulp
    from spopt.locate import LSCP

    far = today > within
    if not far.any():
        return np.empty(0, dtype="int64")
    near = np.unique(travel[far] <= within, axis=0)
    if not near.any(axis=1).all():
        return None
    model = LSCP.from_cost_matrix(np.where(near, 0.0, 2.0), 1.0)
    model.problem.solve(_solver(seconds))
    if pulp.LpStatus[model.problem.status] != "Optimal":
        raise InputError(f"sites: no proof within {seconds:g} s; ask for fewer areas or candidates")
    chosen = np.flatnonzero([x.value() > 0.5 for x in model.fac_vars])
    return chosen if len(chosen) <= sites else None


def _solver(seconds: float) -> object:
    """HiGHS, to the proof or to `seconds`, on one processor: the same answer on every machine."""
    import pulp

    return pulp.HiGHS(msg=False, gapRel=0.0, gapAbs=0.0, timeLimit=seconds, threads=1)


def _solve(model: object, seconds: float, sense: int) -> tuple[list[int], float, float, float]:
    """Rows chosen, value, bound and gap of a model of spopt; `sense` 1 where more is better."""
    model.problem.solve(_solver(seconds))  # type: ignore[attr-defined]
    info = model.problem.solverModel.getInfo()  # type: ignore[attr-defined]
    values = [x.value() for x in model.fac_vars]  # type: ignore[attr-defined]
    if any(value is None for value in values):
        raise InputError(f"sites: no choice found within {seconds:g} s; ask for fewer areas or candidates")
    value, bound = abs(float(info.objective_function_value)), abs(float(info.mip_dual_bound))
    gap = max(0.0, sense * (bound - value) / value) if value else 0.0
    # The solver counts to nine digits: a gap below that is none.
    return [row for row, x in enumerate(values) if x > 0.5], value, bound, 0.0 if gap < 1e-9 else gap


# --- what a choice does ------------------------------------------------------------------------------------


def judged(
    need: pd.Series, costs: pd.DataFrame, now: pd.Series, chosen: tuple[object, ...], reach: float,
    deprived: pd.Series | None = None,
) -> pd.Series:
    """What opening `chosen` does, beside today: people and costs, whatever rule chose it.

    `near` [people within reach], `newly` [of them, not today], `newly_share` [of all people in need], `mean` and
    `farthest` [cost, over people some site can be reached by], `deprived_share` [of the newly reached, those of the
    origins `deprived` says are; NaN where nobody is newly reached or `deprived` is None].
    """
    _check(need, costs, now)
    people = need.to_numpy("float64")
    after = np.minimum(now.to_numpy("float64"), costs[list(chosen)].min(axis=1).to_numpy("float64")
                       if chosen else np.inf)
    near, before = after <= reach, now.to_numpy("float64") <= reach
    some = np.isfinite(after) & (people > 0)
    newly = float(people[near & ~before].sum())
    hit = deprived.reindex(need.index).fillna(value=False).to_numpy(dtype=bool) if deprived is not None else None
    told = pd.Series({
        "near": float(people[near].sum()), "newly": newly,
        "weighted": float((people[some] * after[some]).sum()), "people": float(people.sum()),
        "reached": float(people[some].sum()),
        "hit": float("nan") if hit is None else float(people[near & ~before & hit].sum()),
    })
    shares = rate(told[["newly", "weighted", "hit"]].reset_index(drop=True),
                  told[["people", "reached", "newly"]].reset_index(drop=True))
    return pd.Series({
        "near": told["near"], "newly": newly, "newly_share": shares[0], "mean": shares[1],
        "farthest": float(after[some].max()) if some.any() else float("nan"), "deprived_share": shares[2],
    })


def nearest_now(costs: pd.DataFrame) -> pd.Series:
    """Cost from each origin to the nearest of today’s sites; inf where there is none. `costs` as above, of them."""
    if costs.shape[1] == 0:
        return pd.Series(np.inf, index=costs.index)
    return costs.min(axis=1)


# --- checks ------------------------------------------------------------------------------------------------


def _reachable(need: pd.Series, costs: pd.DataFrame, now: pd.Series) -> tuple[np.ndarray, np.ndarray, float]:
    """Origins with people that some site can be reached by; the least cost of each origin; the people left out."""
    best = np.minimum(now.to_numpy("float64"), costs.min(axis=1).to_numpy("float64"))
    people = need.to_numpy("float64")
    some = np.isfinite(best) & (people > 0)
    return some, best, float(people[~np.isfinite(best)].sum())


def _check(need: pd.Series, costs: pd.DataFrame, now: pd.Series) -> None:
    people = need.to_numpy("float64", na_value=np.nan)
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("costs: no candidates", lambda: costs.shape[1] > 0),
        ("need: no rows", lambda: len(need) > 0),
        ("costs: its rows are not those of need", lambda: costs.index.equals(need.index)),
        ("now: its rows are not those of need", lambda: now.index.equals(need.index)),
        ("costs: a candidate twice", lambda: costs.columns.is_unique),
        ("need: a number missing, negative or infinite", lambda: bool(((people >= 0) & np.isfinite(people)).all())),
        ("costs: a number missing or negative", lambda: bool((costs.to_numpy("float64") >= 0).all())),
        ("now: a number missing or negative", lambda: bool((now.to_numpy("float64") >= 0).all())),
    )
    for fault, holds in tests:
        if not holds():
            raise InputError(fault)


def _check_sites(sites: int, costs: pd.DataFrame) -> None:
    if not 1 <= sites <= costs.shape[1]:
        raise InputError(f"sites: {sites} asked of {costs.shape[1]} candidates")
