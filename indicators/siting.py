"""Siting: where the next sites should open, by three rules that do not agree; each answer with its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

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
    """Maximize Σ people · x: x [group reached] ≤ Σ of the openings y that reach it; openings within sites or budget."""
    groups, count = near.shape
    spent = np.ones(count) if sites is not None else _sizes(capacity, names)
    reached = sparse.hstack([sparse.csr_array(-near.astype("float64")), sparse.eye_array(groups)])
    limit = sparse.csr_array(np.r_[spent, np.zeros(groups)].reshape(1, -1))
    found = best(
        np.r_[np.zeros(count), -people], np.r_[np.ones(count), np.zeros(groups)],
        LinearConstraint(sparse.vstack([reached, limit]), -np.inf,  # pyright: ignore[reportArgumentType]
                         np.r_[np.zeros(groups), float(sites if sites is not None else budget or 0.0)]),
        seconds,
    )
    return Siting(tuple(names[np.flatnonzero(found.x[:count] > 0.5)]), -found.value, -found.bound, found.gap)


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
    _check(need, costs, now)
    _check_sites(sites, costs)
    asked, _, lost = _reachable(need, costs, now)
    if not asked.any():
        return Siting((), 0.0, 0.0, 0.0, lost)
    people, travel = need.to_numpy("float64")[asked], costs.to_numpy("float64")[asked]
    # What cannot be travelled costs more than all that can: nobody is left out whom a choice could reach.
    today = now.to_numpy("float64")[asked]
    today = np.where(np.isfinite(today), today, _wall(np.column_stack([travel, today]), people))
    found = _solved_median(people, travel, today, sites, seconds)
    chosen = np.flatnonzero(found.x[:travel.shape[1]] > 0.5)
    after = np.minimum(now.to_numpy("float64"), costs.iloc[:, chosen].min(axis=1).to_numpy("float64"))
    near, everyone = np.isfinite(after), need.to_numpy("float64")
    value = float((everyone[near] * after[near]).sum())
    return Siting(tuple(costs.columns[chosen]), value, value / (1 + found.gap), found.gap, float(everyone[~near].sum()))


def _solved_median(
    people: np.ndarray, travel: np.ndarray, today: np.ndarray, sites: int, seconds: float,
) -> Found:
    """Minimize Σ people · cost: an origin keeps today’s site, or takes an opening, which must then be open.

    Only pairs nearer than today’s site are in the model: it is always open, so no one goes farther.
    """
    count = travel.shape[1]
    i, j = np.nonzero(travel < today[:, None])
    pairs = len(i)
    gain = people[i] * (travel[i, j] - today[i])
    rows = np.arange(pairs)
    # Each origin moves once at most; only to what opens; so many open.
    once = sparse.csr_array((np.ones(pairs), (i, count + rows)), shape=(len(people), count + pairs))
    only = sparse.csr_array((np.r_[np.ones(pairs), -np.ones(pairs)], (np.r_[rows, rows], np.r_[count + rows, j])),
                            shape=(pairs, count + pairs))
    spent = sparse.csr_array(np.r_[np.ones(count), np.zeros(pairs)].reshape(1, -1))
    found = best(
        np.r_[np.zeros(count), gain], np.r_[np.ones(count), np.zeros(pairs)],
        LinearConstraint(sparse.vstack([once, only, spent]),  # pyright: ignore[reportArgumentType]
                         np.r_[np.full(len(people) + pairs, -np.inf), sites],
                         np.r_[np.ones(len(people)), np.zeros(pairs), sites]),
        seconds,
    )
    start = float((people * today).sum())
    gap = (found.value - found.bound) / (start + found.value) if start + found.value > 0 else 0.0
    return Found(found.x, start + found.value, start + found.bound, 0.0 if gap < _DIGITS else gap)


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
    far = today > within
    if not far.any():
        return np.empty(0, dtype="int64")
    near = np.unique(travel[far] <= within, axis=0)
    if not near.any(axis=1).all():
        return None
    ones = np.ones(near.shape[1])
    found = best(ones, ones, LinearConstraint(sparse.csr_array(near.astype("float64")), 1.0, np.inf), seconds)  # pyright: ignore[reportArgumentType]
    if found.gap:
        raise InputError(f"sites: no proof within {seconds:g} s; ask for fewer areas or candidates")
    chosen = np.flatnonzero(found.x > 0.5)
    return chosen if len(chosen) <= sites else None


# The solver counts to nine digits: a gap below that is none.
_DIGITS = 1e-9


@dataclass(frozen=True)
class Found:
    """An answer of the solver: variables, value, the bound no answer passes, the relative gap between [0 = proven]."""

    x: np.ndarray
    value: float
    bound: float
    gap: float


def best(weights: np.ndarray, whole: np.ndarray, rules: LinearConstraint, seconds: float) -> Found:
    """Minimize Σ weights · x over x in [0, 1], whole where `whole` is 1, to the proof or to `seconds` (HiGHS).

    Raises InputError where nothing was found in time.
    """
    found = milp(weights, integrality=whole, bounds=Bounds(0, 1), constraints=rules,
                 options={"time_limit": seconds, "mip_rel_gap": 0.0})
    if found.x is None:
        raise InputError(f"sites: no choice found within {seconds:g} s; ask for fewer areas or candidates")
    value, bound = float(found.fun), float(found.mip_dual_bound)
    gap = abs(value - bound) / abs(value) if value else 0.0
    return Found(found.x, value, bound, 0.0 if gap < _DIGITS else gap)


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
