"""Need: rates brought to the benchmark of the edition, people in need per area and per demand point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from computing.facts import Facts
from indicators import need
from indicators.intervals import CENSUS_BASE, STABILITY, Benchmark, simulated_need
from indicators.rates import weakest
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.lift import coarser, covered, keep, level_of, lifted, one_each

SEED = 20260323  # of the draws: the same inputs give the same file


def poverty(draft: Draft) -> pd.DataFrame:
    """People below and above the Market Basket Measure at the base level: area_id, below, above [NaN = missing]."""
    found = draft.frame("""
        SELECT area_id, numerator AS below, denominator - numerator AS above, basis FROM census_value
        WHERE variable = 'below_mbm' ORDER BY area_id
    """)
    one_each(found, "below_mbm")
    if len(found) and level_of(draft, found["area_id"]) != draft.edition.base_level:
        raise LoadError("below_mbm is not at the base level of the edition", file=draft.edition.path.name)
    return found


def calibrated(draft: Draft) -> list[need.Rates]:
    """The edition's declared rates, brought to its benchmark; the central ones first."""
    asked = draft.edition.need
    counts = poverty(draft)
    return need.variants(
        float(counts["below"].sum()), float(counts["above"].sum()),
        [(below, above) for below, above in asked["rates"]],
        asked.get("benchmark"), float(asked.get("benchmark_relative", 0.0)),
    )


def compute(draft: Draft, facts: Facts) -> None:
    """Write estimated food insecurity at every level; tells the rates it used."""
    counts, rates = poverty(draft), calibrated(draft)
    facts.rates = rates
    base = draft.edition.base_level
    for level in coarser(draft, base):
        here = lifted(draft, counts, base, level, ["below", "above"])
        result = need.food_insecurity(here, rates).assign(basis=weakest(["modelled", *counts["basis"].unique()]))
        told = covered(draft, counts["area_id"], base, level)
        keep(draft, need.INDICATOR.id, level, result, covered=told)
        if len(here) > 1 and (result["status"] == "ok").any():
            chance = stability(here, draft.edition.need, seed=SEED, rounding=CENSUS_BASE if level == base else 1)
            keep(draft, STABILITY.id, level, chance.assign(basis=result["basis"]), covered=told)


def stability(here: pd.DataFrame, asked: dict[str, Any], *, seed: int, rounding: int) -> pd.DataFrame:
    """Chance that each area is among the fifth of areas with most people in need: the result shape.

    `here`: area_id, residents, below, above [people; NaN = not published]; `asked`: the need of the edition. The span
    of its declared rates is read as a 95 % interval, and so is the tolerance of its benchmark: they have no published
    margins. `rounding` [people]: what the counts were rounded to; sums of rounded counts are taken as exact.
    """
    pairs = pd.DataFrame(asked["rates"], columns=["below", "above"], dtype="float64")
    rates = pd.DataFrame({
        "poverty": pairs.columns, "share": pairs.iloc[0].to_numpy(), "low": pairs.min().to_numpy(),
        "high": pairs.max().to_numpy(),
    })
    total, relative = asked.get("benchmark"), float(asked.get("benchmark_relative", 0.0))
    benchmark = None if total is None else Benchmark(total, total * (1 - relative), total * (1 + relative))
    counts = here.melt(["area_id"], ["below", "above"], "poverty", "people")
    drawn = simulated_need(counts, rates, ["poverty"], benchmark, seed=seed, rounding=rounding)
    out = drawn.assign(numerator=np.nan, denominator=np.nan, value=drawn["worst_fifth"], low=np.nan, high=np.nan)
    nobody = out["area_id"].isin(here.loc[here["residents"].fillna(0) == 0, "area_id"])
    return out.assign(status=out["status"].mask(nobody, "not_applicable")).drop(columns="worst_fifth")


def demand(draft: Draft, rates: list[need.Rates]) -> pd.DataFrame:
    """Demand points by point_id: base_id, lon, lat, population, known, need, need_low, need_high [people], basis.

    A point takes its share of its base area by residents: of the people whose poverty is published (`known`) and
    of the need.
    """
    points = draft.frame("""
        SELECT point_id, base_id, lon, lat, population, basis FROM demand_point ORDER BY point_id
    """).set_index("point_id")
    counts = poverty(draft).set_index("area_id")
    people = need.people_in_need(counts["below"], counts["above"], rates)
    people["known"] = counts["below"] + counts["above"]
    residents = points.groupby("base_id")["population"].transform("sum")
    share = (points["population"] / residents.where(residents > 0)).fillna(0.0)
    for column, name in (("known", "known"), ("need", "need"), ("low", "need_low"), ("high", "need_high")):
        # Where nobody lives nothing is known of anyone: zero would pass for an area covered by the source.
        points[name] = (points["base_id"].map(people[column]) * share).where(points["population"] > 0)
    return points
