"""Catchments: who claims what, where, over one sparse cost frame. `indicators.access` is where to import these from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.decay import Weight, above_zero, step_weight
from indicators.rates import rate, require
from indicators.spec import InputError

Method = Literal["allocation", "e2sfca", "three_step", "balanced", "gravity"]

# --- one network of pairs ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """People, places and the cost of every pair: origins in rows, sites in columns, a cost of 0 kept."""

    origins: pd.Index
    sites: pd.Index
    people: np.ndarray
    places: np.ndarray
    costs: sparse.csr_array

    def weighted(self, weight: Weight) -> sparse.csr_array:
        """The same pairs with their weights in place of their costs."""
        costs = np.asarray(self.costs.data)
        w = np.asarray(weight(costs), dtype="float64")
        if w.shape != costs.shape:
            raise InputError(f"weight: {w.shape} weights for {costs.shape} costs")
        bad = ~((w >= 0) & np.isfinite(w))
        if bad.any():
            raise InputError(
                f"weight: {int(bad.sum())} weights negative or not finite, first at cost {costs[bad][0]:g}"
            )
        return sparse.csr_array((w, self.costs.indices, self.costs.indptr), shape=self.costs.shape)


def _counts(series: pd.Series, name: str, unit: str) -> np.ndarray:
    """The numbers of a Series indexed by id; InputError on anything but one known count of 0 or more an id."""
    if not isinstance(series, pd.Series):
        raise InputError(f"{name}: {type(series).__name__} given, a Series of {unit} indexed by id is needed")
    index = series.index
    if not index.is_unique:
        twice = index.duplicated()
        raise InputError(f"{name}: index has duplicates, {int(twice.sum())} rows, first {index[twice][0]!r}")
    if index.hasnans:
        raise InputError(f"{name}: {np.count_nonzero(index.isna())} rows without an id")
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        if len(series):
            raise InputError(f"{name}: not numbers but {series.dtype}, first {index[0]!r}: {series.iloc[0]!r}")
        return np.empty(0)
    values = series.to_numpy("float64", na_value=np.nan)
    for bad, fault in ((np.isnan(values), "missing"), ((values < 0) | np.isinf(values), "negative or infinite")):
        if bad.any():
            raise InputError(f"{name}: {int(bad.sum())} rows {fault} [{unit}], first {index[bad][0]!r}")
    return values


def _codes(values: pd.Series, of: Callable[[pd.Index], np.ndarray]) -> np.ndarray:
    """The code `of` gives each id of a cost column, -1 where it has none; categories are looked up once."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return of(pd.Index(values))
    return np.append(of(values.cat.categories), -1)[values.cat.codes.to_numpy()]


def _rows(values: pd.Series, index: pd.Index, column: str, frame: str) -> np.ndarray:
    """Row of `index` that each id of a cost column names."""
    if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.categories.equals(index):
        found = values.cat.codes.to_numpy()
    else:
        found = _codes(values, index.get_indexer)
    if len(found) and found.min() < 0:
        lost = found < 0
        raise InputError(
            f"cost.{column}: {int(lost.sum())} rows name an id that is not in the index of {frame}, "
            f"first {values[lost].iloc[0]!r}"
        )
    return found.astype("int32", copy=False)


def network(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame) -> Network:
    """One checked network of people [by origin], places [by site] and the cost of each pair; InputError on bad rows."""
    people, places = _counts(demand, "demand", "people"), _counts(supply, "supply", "places")
    if not len(people):
        raise InputError("demand: no rows")
    if not isinstance(cost, pd.DataFrame):
        raise InputError(f"cost: {type(cost).__name__} given, a frame of origin, destination, cost is needed")
    require(cost, "cost", ("origin", "destination", "cost"))
    i = _rows(cost["origin"], demand.index, "origin", "demand")
    j = _rows(cost["destination"], supply.index, "destination", "supply")
    if len(cost) and not pd.api.types.is_numeric_dtype(cost["cost"].dtype):
        raise InputError(f"cost.cost: not numbers but {cost['cost'].dtype}, first {cost['cost'].iloc[0]!r}")
    d = cost["cost"].to_numpy("float64", na_value=np.nan)
    # Two passes without a mask of the pairs: minimum and maximum are NaN where one cost is.
    if len(d) and not (d.min() >= 0 and np.isfinite(d.max())):
        bad = ~((d >= 0) & np.isfinite(d))
        raise InputError(
            f"cost.cost: {int(bad.sum())} rows negative or not finite, first at row {cost.index[bad][0]!r}; "
            "leave out pairs that cannot be travelled"
        )
    costs = sparse.coo_array((d, (i, j)), shape=(len(people), len(places))).tocsr()
    if costs.nnz < len(d):
        twice = cost.duplicated(["origin", "destination"])
        first = cost.loc[twice, ["origin", "destination"]].iloc[0].tolist()
        raise InputError(f"cost: {int(twice.sum())} rows repeat a pair of origin and destination, first {first}")
    return Network(demand.index, supply.index, people, places, costs)


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part ÷ whole, 0 where the whole is 0: nobody claims, so nothing is given."""
    out = rate(pd.Series(part), pd.Series(whole)).fillna(0.0).to_numpy()
    if np.isinf(out).any():
        raise InputError(f"demand: too few people beside supply, {int(np.isinf(out).sum())} ratios overflow")
    return out


def _result(ids: pd.Index, people: np.ndarray, value: np.ndarray) -> pd.DataFrame:
    """The one shape, a row an id; `not_applicable` keeps its value: it is what a resident would find there."""
    with np.errstate(over="ignore"):
        numerator = people * value
    far = np.isinf(value) | np.isinf(numerator)
    if far.any():
        raise InputError(f"demand: {int(far.sum())} rows whose numerator overflows, first {ids[far][0]!r}")
    return pd.DataFrame({
        "area_id": ids, "numerator": numerator, "denominator": people, "value": value,
        "low": np.nan, "high": np.nan, "status": np.where(people > 0, "ok", "not_applicable"), "basis": "modelled",
    })


# --- methods -----------------------------------------------------------------------------------------------


def _turn_to(w: sparse.csr_array, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """People who turn to each site, each shared among the sites in reach, and the weight of each origin."""
    total = w.sum(axis=1)
    return w.T @ _over(people, total), total


def _value(method: str, w: sparse.csr_array, people: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Value at each origin; a method is two walks of the pairs, one towards the sites and one back."""
    if method == "gravity":
        return w @ places
    if method == "e2sfca":
        return w @ _over(places, w.T @ people)
    if method == "allocation":
        claimed, total = _turn_to(w, people)
        return _over(w @ _over(places, claimed), total)
    if method == "balanced":
        claimed, _ = _turn_to(w, people)
        return w @ _over(_over(places, claimed), w.sum(axis=0))
    if method == "three_step":
        total = w.sum(axis=1)
        chosen = sparse.csr_array((w.data**2, w.indices, w.indptr), shape=w.shape)  # G·w before its division by Σ w
        return _over(chosen @ _over(places, chosen.T @ _over(people, total)), total)
    raise InputError(f"method: {method!r} is none of {', '.join(get_args(Method))}")


def _at_origins(method: Method, demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight
                ) -> pd.DataFrame:
    net = network(demand, supply, cost)
    return _result(demand.index, net.people, _value(method, net.weighted(weight), net.people, net.places))


def two_step(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, reach: float) -> pd.DataFrame:
    """Two-step floating catchment (Luo & Wang 2003): R_j = S_j ÷ Σ_i P_i, A_i = Σ_j R_j, over pairs of cost ≤ `reach`.

    Frames, statuses and errors of `e2sfca`; `reach` in the unit of the cost, inclusive.
    """
    return e2sfca(demand, supply, cost, step_weight({above_zero("reach", reach, endless=True): 1.0}))


def e2sfca(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Enhanced two-step floating catchment (Luo & Qi 2009): R_j = S_j ÷ Σ_i w_ij P_i, A_i = Σ_j w_ij R_j.

    `demand` [people] and `supply` [places] are indexed by id, without missing. `cost`: a row a pair in reach, origin
    and destination [ids, text or categoricals], cost [any unit; a pair that is absent is out of reach].
    One row an id of `demand`, `area_id` a column: value [places a person, 0 or more], numerator = people × value,
    denominator = people. Nothing in reach is 0 (see `uncovered`), so is a place nobody in demand can reach (see
    `unreached`); an origin without people keeps its value, status `not_applicable`. Σ numerator = the places reached.
    Raises InputError on negative, missing or repeated rows, an id of `cost` unknown to the Series, empty `demand`.
    """
    return _at_origins("e2sfca", demand, supply, cost, weight)


def three_step(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Three-step floating catchment (Wan, Zou & Sternberg 2012), the choice G_ij = w_ij ÷ Σ_j w_ij inside both steps.

    R_j = S_j ÷ Σ_i G_ij w_ij P_i, A_i = Σ_j G_ij w_ij R_j. The paper's weights are `step_weight(WAN_2012)`, for
    minutes. Frames, statuses and errors of `e2sfca`; Σ numerator = the places reached.
    """
    return _at_origins("three_step", demand, supply, cost, weight)


def balanced(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Balanced floating catchment (Páez, Higgins & Vivona 2019), weights of demand divided by their row sums.

    D_j = Σ_i P_i w_ij ÷ Σ_j w_ij (see `claims`), A_i = Σ_j (S_j ÷ D_j) · w_ij ÷ Σ_i w_ij. It keeps people
    (Σ D_j = Σ P_i of the covered) and Σ A_i = Σ S_j ÷ D_j, **not** places: Σ numerator is no total, and cutting an
    area in two changes the values. Frames, statuses and errors of `e2sfca`.
    """
    return _at_origins("balanced", demand, supply, cost, weight)


def allocation(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Supply-conserving allocation, after Páez, Higgins & Vivona (2019): each person is shared, then each place.

    q_ij = w_ij ÷ Σ_j w_ij, D_j = Σ_i P_i q_ij, V_i = Σ_j q_ij S_j ÷ D_j.
    Σ numerator = the supply of the sites that have demand within reach; `unreached` is the rest, and D_j is `claims`.
    Frames, statuses and errors of `e2sfca`.
    """
    return _at_origins("allocation", demand, supply, cost, weight)


def gravity(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Proximity Σ_j S_j f(d_ij) (Hansen 1959; Statistics Canada's proximity measures): value [places], not shared out.

    No one competes, so demand only sets numerator, denominator and status. Scale it, if at all, with `min_max`.
    Frames, statuses and errors of `e2sfca`.
    """
    return _at_origins("gravity", demand, supply, cost, weight)


def min_max(result: pd.DataFrame) -> pd.DataFrame:
    """`result` with value from 0 (lowest of the rows that are ok) to 1 (highest); NaN in other rows, numerator too.

    A scaled value compares only with the rows it was scaled with. InputError where all are equal or none is ok.
    """
    require(result, "result", ("value", "status", "denominator"))
    ok = result["value"].where(result["status"] == "ok").astype("float64")
    if not ok.max() > ok.min():
        raise InputError(f"result.value: {int(ok.notna().sum())} rows ok and no two differ: there is no scale")
    value = rate(ok - ok.min(), pd.Series(ok.max() - ok.min(), index=ok.index))
    return result.assign(value=value, numerator=value * result["denominator"], low=np.nan, high=np.nan)


def at_each_reach(
    demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, reaches: Iterable[float],
    method: Method = "allocation", weight_at: Callable[[float], Weight] | None = None,
) -> pd.DataFrame:
    """The sensitivity strip: one method at several reaches, from one cost frame that holds the farthest.

    `weight_at` gives the weight for a reach; without it, 1 up to the reach. Result frame of `e2sfca` with `reach`
    [unit of the cost] after area_id, one block a reach, as given. A score can rise as reach shrinks: people compete
    less. InputError for a reach beyond that of `cost_matrix`, where pairs would be missing in silence.
    """
    net, held = network(demand, supply, cost), cost.attrs.get("reach", np.inf)
    blocks = []
    for reach in reaches:
        if above_zero("reaches", reach) > held:
            raise InputError(f"reaches: {reach:g} is beyond {held:g}, the reach of cost")
        w = net.weighted(weight_at(reach) if weight_at else step_weight({reach: 1.0}))
        block = _result(demand.index, net.people, _value(method, w, net.people, net.places))
        block.insert(1, "reach", float(reach))
        blocks.append(block)
    if not blocks:
        raise InputError("reaches: none given")
    return pd.concat(blocks, ignore_index=True)


# --- who and what is left out, and plain counts ------------------------------------------------------------


def unreached(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.Series:
    """Supply [places] of the sites that no demand can reach, indexed by destination: what `allocation` leaves."""
    net = network(demand, supply, cost)
    return supply[net.weighted(weight).T @ (net.people > 0).astype("float64") == 0]


def uncovered(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.Series:
    """People of the origins with no site in reach (no weight above 0), indexed by origin; without people left out.

    A site of 0 places is still a site: leave closed ones out of `supply` and `cost`.
    """
    net = network(demand, supply, cost)
    return demand[(net.weighted(weight).sum(axis=1) == 0) & (net.people > 0)]


def claims(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.Series:
    """D_j [people] who turn to each site, each person shared among the sites in reach; Σ = everyone but `uncovered`."""
    net = network(demand, supply, cost)
    return pd.Series(_turn_to(net.weighted(weight), net.people)[0], index=supply.index, name="claims")


def nearest_cost(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame) -> pd.DataFrame:
    """Lowest cost of each origin [unit of the cost]; NaN and `missing` where the frame has no pair: it is farther.

    Frames and errors of `e2sfca`; from coordinates and without a limit, `access.nearest`.
    """
    net = network(demand, supply, cost)
    value = np.full(len(net.people), np.nan)
    some = np.diff(net.costs.indptr) > 0
    value[some] = np.minimum.reduceat(net.costs.data, net.costs.indptr[:-1][some]) if some.any() else np.nan
    out = _result(demand.index, net.people, value)
    return out.assign(status=out["status"].mask((out["status"] == "ok") & ~some, "missing"))


def services_within(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, reach: float) -> pd.DataFrame:
    """Sites at a cost of at most `reach` from each origin: value [count, 0 where there is none]; shape of `e2sfca`."""
    net = network(demand, supply, cost)
    w = net.weighted(step_weight({above_zero("reach", reach, endless=True): 1.0}))
    return _result(demand.index, net.people, w.sum(axis=1))


def people_within(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, reach: float) -> pd.DataFrame:
    """People at a cost of at most `reach` from each site: a row a site, its id as `area_id`, value [people], over 1.

    People near two sites are counted at both: never add sites up. Status is always ok: 0 is nobody near.
    """
    net = network(demand, supply, cost)
    w = net.weighted(step_weight({above_zero("reach", reach, endless=True): 1.0}))
    return _result(supply.index, np.ones(len(supply)), w.T @ net.people)


def limit(cost: pd.DataFrame, allowed: pd.DataFrame, areas: pd.Series | None = None) -> pd.DataFrame:
    """`cost` without the pairs a site may not serve (HSDS `service_area`; eligibility by borough or postal code).

    `allowed`: a row for each destination and `area_id` it serves; a destination with no row serves anyone. `areas`:
    the area of each origin, indexed by origin, in the ids of `allowed`; an origin without one is served by
    destinations without a limit only. Without `areas`, an origin is its own area. Same columns and order as `cost`.
    """
    require(cost, "cost", ("origin", "destination", "cost"))
    require(allowed, "allowed", ("destination", "area_id"))
    blank = allowed[["destination", "area_id"]].isna().any(axis=1)
    if blank.any():
        first = blank.idxmax()
        raise InputError(f"allowed: {int(blank.sum())} rows without a destination or an area_id, first at row {first}")
    if areas is not None and not areas.index.is_unique:
        raise InputError(f"areas: index has duplicates, first {areas.index[areas.index.duplicated()][0]!r}")
    sites, places = pd.Index(allowed["destination"].unique()), pd.Index(allowed["area_id"].unique())
    j = _codes(cost["destination"], sites.get_indexer).astype("int64")
    a = _codes(cost["origin"], lambda ids: places.get_indexer(
        ids if areas is None else pd.Index(areas.reindex(ids).astype("object"))
    ))
    site, place = pd.Index(allowed["destination"]), pd.Index(allowed["area_id"])
    served = sites.get_indexer(site) * len(places) + places.get_indexer(place)
    return cost[(j < 0) | ((a >= 0) & np.isin(j * len(places) + a, served))]
