"""Measures of the same thing from two sources, compared: what an operator reads before trusting an edition."""

from __future__ import annotations

import math
from typing import Any

from computing.facts import Facts
from indicators.agreement import agreement
from indicators.rates import rate
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.lift import level_of, lifted, one_each


def compute(draft: Draft, facts: Facts) -> None:
    """Tell how far the pairs of measures the edition declares agree, at the coarser level of the two.

    `agreement` of the edition's settings is a list of {one, other [variables of census_value], and at_most_gap [of the
    median, in the unit of the two] or at_least_correlation}. A pair whose source is not at hand is not compared.
    """
    for asked in draft.edition.settings.get("agreement", []):
        levels = [_level(draft, asked[name]) for name in ("one", "other")]
        if None in levels:
            continue
        level = max((str(x) for x in levels), key=draft.edition.levels.index)
        found = agreement(*(_share(draft, asked[name], level) for name in ("one", "other")))
        facts.agreement.append({**asked, **_plain(found), "level": level, "holds": _holds(asked, found)})


def _level(draft: Draft, variable: str) -> str | None:
    areas = draft.frame("SELECT area_id FROM census_value WHERE variable = ? ORDER BY area_id", variable)["area_id"]
    return level_of(draft, areas) if len(areas) else None


def _share(draft: Draft, variable: str, level: str):
    """The variable [0 to 1] by area_id of a level: people summed, then divided."""
    values = draft.frame("""
        SELECT area_id, numerator, denominator FROM census_value WHERE variable = ? ORDER BY area_id
    """, variable)
    one_each(values, variable)
    # A denominator without its numerator would water the share down.
    values["denominator"] = values["denominator"].where(values["numerator"].notna())
    total = lifted(draft, values, level_of(draft, values["area_id"]), level, ["numerator", "denominator"])
    return rate(total["numerator"], total["denominator"]).set_axis(total["area_id"])


def _plain(found: dict[str, float]) -> dict[str, float | None]:
    """For the manifest: JSON has no NaN."""
    return {key: None if isinstance(x, float) and math.isnan(x) else x for key, x in found.items()}


def _holds(asked: dict[str, Any], found: dict[str, float]) -> bool | None:
    """None where there was too little to compare: that is no disagreement."""
    if "at_most_gap" in asked:
        return None if math.isnan(found["median_gap"]) else found["median_gap"] <= asked["at_most_gap"]
    if "at_least_correlation" in asked:
        return None if math.isnan(found["correlation"]) else found["correlation"] >= asked["at_least_correlation"]
    raise LoadError(
        f"agreement of {asked['one']} and {asked['other']}: nothing is asked of it",
        remedy="Give at_most_gap or at_least_correlation.",
    )
