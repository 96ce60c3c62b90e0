"""Closures: what is lost when sites close, one at a time, together, or the worst few; by people, counted once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import LinearConstraint

from indicators.catchments import allocation, network, uncovered
from indicators.decay import Weight
from indicators.rates import rate
from indicators.siting import PAGE_SECONDS, Siting, best
from indicators.spec import InputError


def after_closing(
    demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight, closed: Iterable[object],
) -> pd.DataFrame:
    """Each origin before and after sites close: area_id [the origin], people, access and access_after [places a person
    in need, by the supply-conserving allocation], covered and covered_after [a site within reach].

    `demand` [people], `supply` [places] and `cost` of `catchments.allocation`; `closed`: ids of `supply`, of which
    there may be none. `unserved` and `unserved_after` [people] = people × max(0, 1 − access): a person counts once.
    Where access rises, people have left a shared site for one that closed to them no more: a gain, shown as one.
    """
    closed = pd.Index(list(closed))
    unknown = closed.difference(supply.index)
    if len(unknown):
        raise InputError(f"closed: {len(unknown)} ids that are no site, first {unknown[0]!r}")
    kept = supply[~supply.index.isin(closed)]
    left = cost[cost["destination"].isin(kept.index)]
    before = allocation(demand, supply, cost, weight)
    after = allocation(demand, kept, left, weight) if len(kept) else before.assign(value=0.0)
    out = pd.DataFrame({
        "area_id": demand.index, "people": demand.to_numpy("float64"),
        "access": before["value"].to_numpy(), "access_after": after["value"].to_numpy(),
        "covered": _covered(demand, supply, cost, weight), "covered_after": _covered(demand, kept, left, weight),
    })
    for name in ("", "_after"):
        out[f"unserved{name}"] = out["people"] * (1 - out[f"access{name}"]).clip(lower=0.0)
    return out


def _covered(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> np.ndarray:
    """Whether each origin has a site in reach, people or not."""
    alive = pd.Series(1.0, index=demand.index)
    return ~demand.index.isin(uncovered(alive, supply, cost, weight).index)


def criticality(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """What is lost when each site alone closes: a row a site, by id, the most people left without first.

    `uncovered` [people in need who then have no site in reach], `unserved` [people: the increase in
    Σ people × max(0, 1 − access), each person once], `balanced_loss` [the part, 0 to 1, of the sum of balanced access
    (Páez, Higgins & Vivona 2019) that goes], `gaining` [people whose access rises]. `rank` from 1: by `uncovered`, then
    `unserved`; equal sites share the mean of their ranks. Frames and errors of `catchments.allocation`.

    Each closure touches only the people who could reach the site and the sites those can reach: only these are
    computed again.
    """
    net = network(demand, supply, cost)
    w = net.weighted(weight)
    w.eliminate_zeros()
    base = _Base(w, net.people, net.places)
    told = np.array([base.without(site) for site in range(len(supply))]).reshape(-1, 4)
    out = pd.DataFrame(told, index=supply.index, columns=["uncovered", "unserved", "balanced", "gaining"])
    total = pd.Series(base.balanced.sum(), index=out.index)
    out["balanced_loss"] = rate(out.pop("balanced"), total).fillna(0.0)
    # Nine digits: what two sums of the same people in another order differ by is no order between sites.
    order = out[["uncovered", "unserved"]].round(9).groupby(["uncovered", "unserved"]).ngroup()
    out["rank"] = order.rank(ascending=False, method="average")
    return out.sort_values(["rank"], kind="stable")[["uncovered", "unserved", "balanced_loss", "gaining", "rank"]]


class _Base:
    """The network with every site open, by origin and by site, so that closing one is a small change to it."""

    def __init__(self, w: sparse.csr_array, people: np.ndarray, places: np.ndarray) -> None:
        self.rows, self.columns = w, w.tocsc()
        self.people, self.places = people, places
        self.total = np.asarray(w.sum(axis=1)).ravel()
        self.sites_near = np.diff(w.indptr)
        self.shared = _divided(people, self.total)
        self.claimed = w.T @ self.shared
        self.balanced = _divided(places, self.claimed)
        self.offered = w @ self.balanced
        self.value = _divided(self.offered, self.total)
        self.unserved = people * np.clip(1 - self.value, 0, None)

    def without(self, site: int) -> tuple[float, float, float, float]:
        """uncovered, increase of unserved, loss of Σ balanced, people who gain, when one site closes."""
        start, end = self.columns.indptr[site], self.columns.indptr[site + 1]
        near, its = self.columns.indices[start:end], self.columns.data[start:end]
        if not len(near):
            return 0.0, 0.0, 0.0, 0.0
        alone = self.sites_near[near] == 1
        total = np.where(alone, 0.0, self.total[near] - its)
        # People move to the other sites they can reach: those are claimed more, and give each less.
        pairs, of = _slices(self.rows.indptr, near)
        sites = self.rows.indices[pairs]
        moved = self.rows.data[pairs] * (_divided(self.people[near], total) - self.shared[near])[of]
        others, at = np.unique(sites, return_inverse=True)
        more = np.bincount(at, weights=moved, minlength=len(others))
        mine = others == site
        given = _divided(self.places[others], self.claimed[others] + np.where(mine, 0.0, more))
        given[mine] = 0.0
        change = given - self.balanced[others]
        # Everyone who can reach one of those sites is given another amount.
        pairs, of = _slices(self.columns.indptr, others)
        origins, at = np.unique(self.columns.indices[pairs], return_inverse=True)
        offered = self.offered[origins] + np.bincount(
            at, weights=self.columns.data[pairs] * change[of], minlength=len(origins))
        whole = self.total[origins]
        where = np.searchsorted(origins, near)
        whole[where] = total
        offered[where[alone]] = 0.0
        value = _divided(offered, whole)
        people = self.people[origins]
        unserved = people * np.clip(1 - value, 0, None)
        gains = value > self.value[origins] * (1 + 1e-9) + 1e-12
        return (
            float(self.people[near[alone]].sum()), float((unserved - self.unserved[origins]).sum()),
            float(-change.sum()), float(people[gains].sum()),
        )


def _slices(starts: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places, in a compressed array, of all entries of the chosen rows, and which of them each belongs to."""
    sizes = starts[chosen + 1] - starts[chosen]
    of = np.repeat(np.arange(len(chosen)), sizes)
    first = np.cumsum(sizes) - sizes
    return np.arange(len(of)) - first[of] + starts[chosen][of], of


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part ÷ whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def worst_closures(
    demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight, sites: int,
    seconds: float = PAGE_SECONDS,
) -> Siting:
    """The `sites` whose closing together leaves most people in need with no site in reach, and its proof.

    The interdiction covering problem (Church, Scaparra & Middleton 2004): a person is left without only where every
    site in reach is among those that close. `value`: people newly without. Frames and errors of `allocation`.
    """
    net = network(demand, supply, cost)
    if not 1 <= sites <= len(supply):
        raise InputError(f"sites: {sites} asked of {len(supply)}")
    w = net.weighted(weight)
    w.eliminate_zeros()
    near = np.diff(w.indptr)
    groups: dict[tuple[int, ...], float] = {}
    for origin in np.flatnonzero((near >= 1) & (near <= sites) & (net.people > 0)):
        key = tuple(sorted(w.indices[w.indptr[origin]:w.indptr[origin + 1]].tolist()))
        groups[key] = groups.get(key, 0.0) + float(net.people[origin])
    if not groups:
        return Siting((), 0.0, 0.0, 0.0)
    return _worst(groups, supply.index, sites, seconds)


def _worst(groups: dict[tuple[int, ...], float], names: pd.Index, sites: int, seconds: float) -> Siting:
    """`groups`: sites within reach -> people who have these and no other."""
    used = sorted({site for key in groups for site in key})
    column = {site: row for row, site in enumerate(used)}
    people = np.fromiter(groups.values(), dtype="float64")
    # One row a group and site: without (x) only where the site is closed (y), x − y ≤ 0. The last: so many closures.
    group = np.repeat(np.arange(len(groups)), [len(key) for key in groups])
    site = np.array([column[one] for key in groups for one in key])
    rows, ones = np.arange(len(group)), np.ones(len(group))
    rules = sparse.vstack([
        sparse.csr_array((np.r_[ones, -ones], (np.r_[rows, rows], np.r_[len(used) + group, site])),
                         shape=(len(rows), len(used) + len(people))),
        sparse.csr_array(np.r_[np.ones(len(used)), np.zeros(len(people))].reshape(1, -1)),
    ])
    found = best(
        np.r_[np.zeros(len(used)), -people], np.r_[np.ones(len(used)), np.zeros(len(people))],
        LinearConstraint(rules, -np.inf, np.r_[np.zeros(len(rows)), sites]), seconds,  # pyright: ignore[reportArgumentType]
    )
    chosen = [used[row] for row in np.flatnonzero(found.x[:len(used)] > 0.5)]
    return Siting(tuple(names[chosen]), -found.value, -found.bound, found.gap)
