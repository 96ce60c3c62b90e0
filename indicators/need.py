"""Need: how many people live in food-insecure households, estimated from who lives below the poverty line."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy.optimize import bisect
from scipy.special import expit, logit

from indicators.rates import blank, rate, require_counts, with_status
from indicators.spec import Indicator, InputError, Text

INDICATOR = Indicator(
    id="food_insecurity",
    title=Text("Insécurité alimentaire estimée", "Estimated food insecurity"),
    question=Text(
        "Où estime-t-on que l’argent manque le plus pour se nourrir?",
        "Where are people most likely short of money for food?",
    ),
    counts=Text(
        "personnes dans un ménage en situation d’insécurité alimentaire",
        "people in a food-insecure household",
    ),
    unit="share",
    direction="more_is_worse",
    tables=("census_value", "prevalence", "area_link"),
    formula="FI_a = N_below,a · p_below + N_above,a · p_above;  logit p_g = logit(p⁰_g) + δ;  Σ_a FI_a = b · Σ_a N_a",
    method=Text(
        "On compte les personnes sous et au-dessus de la mesure du panier de consommation. On applique à chaque "
        "groupe la proportion publiée de personnes en situation d’insécurité alimentaire. Un même décalage δ "
        "amène ensuite le total de la ville au chiffre publié pour la région.",
        "People below and above the Market Basket Measure are counted. The published share of food-insecure people "
        "is applied to each group. One same shift δ then brings the city total to the figure published for the region.",
    ),
    range_means=Text(
        "Du plus bas au plus haut de plusieurs calculs : chaque paire de proportions publiées, avec le total publié, "
        "puis un peu moins et un peu plus. Ce n’est pas une marge d’erreur d’enquête.",
        "From the lowest to the highest of several calculations: each pair of published shares, with the published "
        "total, then a little less and a little more. It is not a survey margin of error.",
    ),
    limits=(
        Text(
            "Estimation modélisée : aucune enquête ne mesure l’insécurité alimentaire par quartier.",
            "Modelled estimate: no survey measures food insecurity by neighbourhood.",
        ),
        Text(
            "Revenu, proportions et total publié ne sont pas de la même année : voir la page des méthodes.",
            "Income, shares and published total are not of the same year: see the methods page.",
        ),
        Text(
            "Des proportions de familles tiennent lieu de proportions de personnes.",
            "Shares of families stand for shares of persons.",
        ),
        Text(
            "Les écarts entre secteurs sont plus petits que dans la réalité : seul le revenu les distingue ici.",
            "Gaps between areas are smaller than in reality: only income sets them apart here.",
        ),
    ),
    citation=Text(
        "Standardisation indirecte, calée sur un total publié (ISQ, 2026; Uppal, Statistique Canada, 2023).",
        "Indirect standardization, benchmarked to a published total (ISQ, 2026; Uppal, Statistics Canada, 2023).",
    ),
    breaks=(0.205, 0.215, 0.225, 0.245),
)


@dataclass(frozen=True)
class Rates:
    """Shares of food-insecure people below and above the poverty line, once brought to a benchmark.

    `delta` is the shift on the logit scale; 0 where no benchmark was asked for.
    """

    below: float
    above: float
    delta: float


def benchmarked(
    people_below: float, people_above: float, below: float, above: float, benchmark: float | None
) -> Rates:
    """Shift both shares by one δ on the logit scale until their total is `benchmark` of everyone.

    `people_below`, `people_above` [people] are city totals; shares are 0 to 1. Raises InputError where a
    share or the benchmark is not strictly between 0 and 1, or nobody is counted.
    """
    for name, share in (("below", below), ("above", above), ("benchmark", benchmark)):
        if share is not None and not 0 < share < 1:
            raise InputError(f"need.{name}: {share} is not strictly between 0 and 1")
    if benchmark is None:
        return Rates(below, above, 0.0)
    everyone = people_below + people_above
    if not everyone > 0:
        raise InputError("need: nobody is counted below or above the poverty line")

    def excess(delta: float) -> float:
        shifted = people_below * expit(logit(below) + delta) + people_above * expit(logit(above) + delta)
        return float(shifted / everyone - benchmark)

    delta = float(bisect(excess, -20.0, 20.0, xtol=1e-13, maxiter=200))  # pyright: ignore[reportArgumentType]
    return Rates(float(expit(logit(below) + delta)), float(expit(logit(above) + delta)), delta)


def variants(
    people_below: float, people_above: float, pairs: list[tuple[float, float]], benchmark: float | None,
    relative: float,
) -> list[Rates]:
    """Central rates first, then every pair of shares at the benchmark and at `relative` below and above it.

    Low and high are the envelope of these: an honest spread of assumptions, not a sampling interval.
    """
    levels = [None] if benchmark is None else [benchmark, benchmark * (1 - relative), benchmark * (1 + relative)]
    return [
        benchmarked(people_below, people_above, below, above, level)
        for below, above in pairs
        for level in levels
    ]


def people_in_need(below: pd.Series, above: pd.Series, rates: list[Rates]) -> pd.DataFrame:
    """People in food-insecure households [people]: `need` under the central rates, `low`, `high` over all of them.

    `below`, `above` [people; NaN = not published]: NaN where either is.
    """
    each = pd.DataFrame({i: below * r.below + above * r.above for i, r in enumerate(rates)})
    return pd.DataFrame({
        "need": each[0], "low": each.min(axis=1, skipna=False), "high": each.max(axis=1, skipna=False),
    })


def food_insecurity(counts: pd.DataFrame, rates: list[Rates]) -> pd.DataFrame:
    """Estimated share of people in food-insecure households, per area.

    `counts`: one row per area: area_id, residents [people], below, above [people below and above the poverty
    line; NaN = not published]. Returns the result shape, sorted as given: numerator [people], denominator
    [people whose poverty status is published], value, low, high [0 to 1]; status `missing` where fewer than
    half the residents have a published status, `not_applicable` where nobody lives.
    """
    require_counts(counts, "counts", ("residents", "below", "above"))
    people = people_in_need(counts["below"], counts["above"], rates)
    known = counts["below"] + counts["above"]
    out = pd.DataFrame({
        "area_id": counts["area_id"], "numerator": people["need"], "denominator": known,
        "value": rate(people["need"], known), "low": rate(people["low"], known), "high": rate(people["high"], known),
    })
    out["status"] = with_status(out, known, counts["residents"])
    out["basis"] = "modelled"
    return blank(out)
