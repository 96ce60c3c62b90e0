"""How much of the listing still holds, which listings to verify first, and which known places it does not list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from computing.facts import Facts
from computing.nearby import nearby
from indicators import access, freshness
from indicators.rates import weakest
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.lift import areas_of, coarser, keep
from loaders.links import containing
from loaders.services import food_aid

EFFECTIVE, PRIORITY, UNLISTED = (indicator.id for indicator in freshness.INDICATORS)


def compute(draft: Draft, facts: Facts) -> None:
    """Write effective capacity by area, verification priority by service, and unlisted places where it is asked.

    Areas are those of the edition's default level and coarser: finer ones hold too few places.
    """
    asked, valid, places = reconciled(draft), still_valid(draft), food_aid(draft)
    basis = weakest(["modelled", *places["basis"].unique()])
    each = places.assign(service_id=places.index.str.split("@").str[0]).merge(
        valid[["service_id", "value", "low", "high"]], on="service_id", how="left", validate="m:1",
    )
    levels = coarser(draft, draft.edition.default_level)
    for level in levels:
        at = each.assign(area_id=containing(draft, level, each)).dropna(subset="area_id")
        if at.empty:
            continue
        found = freshness.effective_capacity(at).assign(basis=basis)
        untold = found["area_id"].isin(at.loc[at["capacity"].isna(), "area_id"])
        why = pd.Series(np.where(untold, "capacity_untold", "never_confirmed"), index=found.index)
        _keep(draft, EFFECTIVE, level, found.assign(because=why.where(found["status"] == "unknown")))
    _priority(draft, facts, valid)
    if asked:
        _unlisted(draft, asked, levels)


def _keep(draft: Draft, indicator_id: str, level: str, found: pd.DataFrame) -> None:
    """Write an indicator of places: an area without a place has nothing to measure, which is not a gap in a source."""
    every = areas_of(draft, level)[["area_id"]].merge(found, on="area_id", how="left")
    none = every["status"].isna()
    every["status"] = every["status"].mask(none, "not_applicable")
    every["basis"] = every["basis"].fillna(found["basis"].iloc[0])
    own = every.get("because", pd.Series(index=every.index, dtype="object"))
    keep(draft, indicator_id, level, every.assign(because=own.mask(none, "no_place")))


def half_life(draft: Draft) -> dict[str, float]:
    """Days after which half of the listings changed: low, value, high; the edition's, or `freshness.HALF_LIFE`.

    Raises LoadError where they are not three numbers in order.
    """
    asked: Any = draft.edition.settings.get("listing_half_life_days", freshness.HALF_LIFE)
    good = isinstance(asked, dict) and set(asked) == set(freshness.HALF_LIFE) and all(
        isinstance(days, int | float) and not isinstance(days, bool) for days in asked.values()
    )
    if not good or not 0 < asked["low"] <= asked["value"] <= asked["high"]:
        raise LoadError(
            f"listing_half_life_days is {asked}", file=draft.edition.path.name,
            remedy="Write listing_half_life_days = { low = 180, value = 365, high = 730 }.",
        )
    return {name: float(days) for name, days in asked.items()}


def change_rates(draft: Draft) -> pd.DataFrame:
    """λ [a day] of every form of service, as `freshness.change_rates` tells it: here from the declared half-life.

    No source holds re-verifications; once one does, `freshness.change_rates` of them takes this function's place.
    """
    return freshness.declared_rates(half_life(draft))


def still_valid(draft: Draft) -> pd.DataFrame:
    """Chance that each active food-aid listing still holds, by service_id: result shape of `freshness.still_valid`.

    Age is counted to the day the listing was retrieved, never to the day of the build: the same files give the same
    ages. A listing of no known day is dated by its latest confirmation or save.
    """
    rows = draft.frame("""
        SELECT service_id, form, assured_date, s.dataset_id, greatest(
            coalesce(retrieved, max(last_modified) OVER (PARTITION BY s.dataset_id)),
            max(assured_date) OVER (PARTITION BY s.dataset_id)
        ) AS as_of
        FROM service s JOIN dataset USING (dataset_id)
        WHERE kind = ? AND service_status = 'active' AND referable IS DISTINCT FROM false ORDER BY service_id
    """, draft.edition.settings["food_kind"])
    rows["age_days"] = np.nan
    for day, own in rows.groupby("as_of"):
        rows.loc[own.index, "age_days"] = freshness.listing_age(own, pd.Timestamp(str(day)).date())
    return freshness.still_valid(rows, change_rates(draft))


def _priority(draft: Draft, facts: Facts, valid: pd.DataFrame) -> None:
    """People who depend on each service are those who turn to its places: each is shared among what is within reach."""
    reach = float(draft.edition.settings["reach_m"])
    near = nearby(draft, facts)
    people = near.points["need"].fillna(0.0)
    nominal = pd.Series(0.0, index=near.places.index)
    turned = access.claims(people, nominal, near.cost, access.step_weight({reach: 1.0}))
    who = turned.groupby(turned.index.str.split("@").str[0]).sum()
    found = freshness.verification_priority(valid, who)
    why = pd.Series(np.where(found["denominator"].isna(), "no_position", "never_confirmed"), index=found.index)
    draft.insert_later("service_value", found.assign(
        indicator_id=PRIORITY, basis=near.basis, reason=why.where(found["status"] == "unknown"),
    ))


def reconciled(draft: Draft) -> dict[str, str]:
    """The `register` and the `listing` to compare, two dataset_ids; empty where the edition asks for nothing.

    Raises LoadError where they are not two of its sources.
    """
    asked: Any = draft.edition.settings.get("reconcile", {})
    sources = {source.dataset_id for source in draft.edition.sources}
    named = isinstance(asked, dict) and set(asked) == {"register", "listing"} and set(asked.values()) <= sources
    if asked == {} or named:
        return asked
    raise LoadError(
        f"reconcile is {asked}", file=draft.edition.path.name,
        remedy="Write reconcile = { register = …, listing = … } with the dataset_id of two sources.",
    )


def _unlisted(draft: Draft, asked: dict[str, str], levels: list[str]) -> None:
    """Which places of one source another lists too."""
    register, listing = (_named(draft, asked[name]) for name in ("register", "listing"))
    found = freshness.reconcile(register, listing)
    basis = weakest(["counted", *register["basis"].unique(), *listing["basis"].unique()])
    for level in levels:
        placed = register[register["lon"].notna()]
        area = pd.Series(containing(draft, level, placed), index=placed["id"], dtype="object").dropna()
        here = found[found["register_id"].isin(area.index)]
        if len(here):
            _keep(draft, UNLISTED, level, freshness.unlisted(here, area).assign(basis=basis))


def _named(draft: Draft, dataset_id: str) -> pd.DataFrame:
    """Places of a source: id, name, lon, lat [degrees; NaN = not placed], basis."""
    return draft.frame("""
        SELECT service_id || coalesce('@' || location_id, '') AS id, name, lon, lat, s.basis
        FROM service s LEFT JOIN service_at_location USING (service_id) LEFT JOIN location USING (location_id)
        WHERE s.dataset_id = ? ORDER BY id
    """, dataset_id)
