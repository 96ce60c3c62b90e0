"""Distance, people out of reach, places per person in need and the coverage gap, at every reach and level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from computing.facts import Facts
from computing.nearby import Nearby, at_each_reach, by_area_and_reach, nearby, setting_of
from computing.need import poverty
from indicators import access, coverage
from indicators.access import Method, Weight
from loaders.draft import Draft
from loaders.lift import covered, keep

Result = Callable[[pd.DataFrame], pd.DataFrame]


def compute(draft: Draft, facts: Facts) -> None:
    """Write distances, people out of reach, access and coverage; tells the capacity nobody in need can reach."""
    near = nearby(draft, facts)
    points, services, cost, reaches = near.points, near.places, near.cost, list(near.reaches)
    told = services["capacity"].notna()
    # People also turn to the places that never told their capacity: leaving those out would crowd the others.
    supply = services["capacity"].fillna(0.0)
    results: list[tuple[str, pd.DataFrame, Result]] = []
    people = points.drop(columns=["lon", "lat", "base_id"])
    at = at_each_reach({reach: people.assign(reach_m=reach) for reach in reaches})
    at["untold"] = _untold(points, services[~told], cost, reaches)
    for indicator_id, (method, weight_at) in _methods(draft).items():
        claimed = at.assign(**_claims(points, supply, cost, reaches, method, weight_at))
        results.append((indicator_id, claimed, coverage.access_by_area))
        if indicator_id == access.ACCESS.id:
            results.append((coverage.GAP.id, claimed, coverage.coverage_gap))
    proximity = access.at_each_reach(points["population"], supply, cost, reaches, "gravity", _thirds(draft))
    results += [
        (coverage.RESIDENTS.id, at, lambda f: coverage.residents_out_of_reach(f, f["reach_m"])),
        (coverage.NEED.id, at, lambda f: coverage.need_out_of_reach(f, f["reach_m"])),
        (access.GRAVITY.id, at.assign(places=proximity["numerator"].to_numpy()), coverage.proximity_by_area),
    ]
    _write(draft, near, results)
    need = points["need"].fillna(0.0)
    facts.unreached = {
        setting_of(reach): float(access.unreached(need, supply, cost, access.step_weight({reach: 1.0})).sum())
        for reach in reaches
    }


def _write(draft: Draft, near: Nearby, results: list[tuple[str, pd.DataFrame, Result]]) -> None:
    base, known = draft.edition.base_level, poverty(draft)["area_id"]
    settings = tuple(setting_of(reach) for reach in near.reaches)
    for level, here in near.by_level():
        keep(draft, access.NEAREST.id, level, coverage.nearest_food_aid(here).assign(basis=near.basis))
        told = covered(draft, known, base, level)
        for indicator_id, frame, result_of in results:
            result = by_area_and_reach(frame, near.member[level], result_of).assign(basis=near.basis)
            if indicator_id == access.GRAVITY.id:
                result = _scaled(result)
            keep(draft, indicator_id, level, result, settings=settings, covered=told)


def _methods(draft: Draft) -> dict[str, tuple[Method, Callable[[float], Weight]]]:
    """What each reading of access is computed by: its method, and its weights at a reach."""
    flat, near = (lambda reach: access.step_weight({reach: 1.0})), _thirds(draft)
    return {
        access.ACCESS.id: ("allocation", flat), access.TWO_STEP.id: ("e2sfca", near),
        access.THREE_STEP.id: ("three_step", near), access.BALANCED.id: ("balanced", flat),
    }


def _scaled(result: pd.DataFrame) -> pd.DataFrame:
    """Proximity from 0 to 1 among the areas of one level at one reach; `not_applicable` where no two differ."""
    blocks = []
    for _, rows in result.groupby("setting", sort=False, observed=True):
        ok = rows["value"].where(rows["status"] == "ok")
        if ok.max() > ok.min():
            blocks.append(access.min_max(rows))
        else:
            known = rows["status"] == "ok"
            blocks.append(rows.assign(
                status=rows["status"].mask(known, "not_applicable"), value=np.nan, numerator=np.nan,
                because=pd.Series("no_comparison", index=rows.index).where(known),
            ))
    return pd.concat(blocks) if blocks else result


def _thirds(draft: Draft) -> Callable[[float], Weight]:
    first, second, third = draft.edition.settings["reach_weights"]
    return lambda reach: access.step_weight({reach / 3: first, 2 * reach / 3: second, reach: third})


def _untold(points: pd.DataFrame, untold: pd.DataFrame, cost: pd.DataFrame, reaches: list[float]) -> np.ndarray:
    """Places within each reach of each point whose capacity was never told."""
    pairs = cost[cost["destination"].isin(untold.index)]
    sites = pd.Series(0.0, index=untold.index)
    return np.concatenate([access.services_within(points["population"], sites, pairs, r)["value"] for r in reaches])


def _claims(
    points: pd.DataFrame, supply: pd.Series, cost: pd.DataFrame, reaches: list[float], method: Method,
    weight_at: Callable[[float], Weight],
) -> dict[str, pd.Series]:
    """Places [a month] each point can claim at each reach under central, low and high need; NaN where need is."""
    claimed = {}
    for asked, column in (("need", "places"), ("need_low", "places_low"), ("need_high", "places_high")):
        found = access.at_each_reach(points[asked].fillna(0.0), supply, cost, reaches, method, weight_at)
        known = np.tile(points[asked].notna(), len(reaches))
        claimed[column] = found["numerator"].where(known)
    return claimed
