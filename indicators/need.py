"""Need: how many people live in food-insecure households, estimated from who lives below the poverty line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import bisect
from scipy.special import expit, logit

from indicators.rates import blank, rate, require, require_counts, with_status
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
    assumptions=(
        Text(
            "Dans un même groupe, la proportion est la même partout dans la ville.",
            "Within a group, the share is the same everywhere in the city.",
        ),
        Text(
            "Le total publié pour la région vaut pour la ville.",
            "The total published for the region holds for the city.",
        ),
    ),
    misuse=Text(
        "Ce chiffre parle d’une population, jamais d’une personne : il ne sert pas à décider de l’aide à quelqu’un.",
        "This figure speaks of a population, never of a person: it cannot decide whether someone gets help.",
    ),
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


# --- any groups ---------------------------------------------------------------------------------------------


class ConvergenceError(InputError):
    """An iteration that did not settle: its inputs contradict one another."""


def require_shares(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    """Raise InputError unless the columns are there and hold shares strictly between 0 and 1, none missing."""
    require(frame, name, columns)
    for column in columns:
        value = frame[column].astype("float64")
        bad = ~((value > 0) & (value < 1))
        if bad.any():
            raise InputError(f"{name}.{column}: {int(bad.sum())} shares not strictly between 0 and 1, first at row "
                             f"{bad.idxmax()}")


def require_unique(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    """Raise InputError where the frame is empty, or a key is missing or comes twice."""
    require(frame, name, columns)
    if frame.empty:
        raise InputError(f"{name}: the frame is empty")
    keys = frame[list(columns)]
    bad = keys.isna().any(axis=1) | keys.duplicated()
    if bad.any():
        raise InputError(f"{name}.{', '.join(columns)}: {int(bad.sum())} keys missing or repeated, first at row "
                         f"{bad.idxmax()}")


def group_matrix(
    counts: pd.DataFrame, rates: pd.DataFrame, groups: Sequence[str]
) -> tuple[pd.Index, np.ndarray, pd.DataFrame]:
    """Area ids in order of appearance, people by area × group [NaN = not published], and the rates in that group order.

    `counts`: area_id, the group columns, people. `rates`: the group columns, share. A cell that is not listed holds
    nobody. Raises InputError at a repeated key, or at a group with people and no rate.
    """
    groups = list(groups)
    require_counts(counts, "counts", ("people",))
    require_unique(counts, "counts", ("area_id", *groups))
    require_unique(rates, "rates", groups)
    require_shares(rates, "rates", ("share",))
    rates = rates.reset_index(drop=True)
    order = pd.Series(rates.index, index=pd.MultiIndex.from_frame(rates[groups]))
    at = order.reindex(pd.MultiIndex.from_frame(counts[groups])).to_numpy()
    absent = np.isnan(at.astype("float64"))
    if absent.any():
        first = counts[absent].iloc[0]
        raise InputError(f"rates.share: no rate for the group {tuple(first[groups])} of area {first['area_id']}")
    areas = pd.Index(counts["area_id"].drop_duplicates(), name="area_id")
    people = np.zeros((len(areas), len(rates)))
    place = areas.get_indexer(pd.Index(counts["area_id"]))
    people[place, at.astype("int64")] = counts["people"].to_numpy(dtype="float64")
    return areas, people, rates


def shift(people: Sequence[float] | np.ndarray, shares: Sequence[float] | np.ndarray, benchmark: float) -> float:
    """The δ that, added to the logit of every group's share, makes `benchmark` [0 to 1] the share of all `people`.

    `people` [people by group, none missing] and `shares` [strictly between 0 and 1] in one order. Bisection: the
    total rises with δ, so the root is the only one. Raises InputError where nobody is counted.
    """
    heads, logits = np.asarray(people, dtype="float64"), logit(np.asarray(shares, dtype="float64"))
    if not 0 < benchmark < 1:
        raise InputError(f"need.benchmark: {benchmark} is not strictly between 0 and 1")
    if not heads.sum() > 0:
        raise InputError("need: nobody is counted in any group")
    target = benchmark * heads.sum()
    return float(bisect(  # pyright: ignore[reportArgumentType]
        lambda delta: float(heads @ expit(logits + delta) - target), -40.0, 40.0, xtol=1e-13, maxiter=200,
    ))


def standardized(
    counts: pd.DataFrame, rates: pd.DataFrame, groups: Sequence[str], benchmark: float | None = None
) -> pd.DataFrame:
    """Indirect standardization: expected people in food-insecure households per area, FI_a = Σ_g N_ag · p_g.

    `counts`: one row per area and group: area_id, the columns `groups`, people [NaN = not published]. `rates`: one row
    per group: the columns `groups`, share [0 to 1]. With `benchmark` [0 to 1] all logits move by one δ until the total
    is met. Result shape in order of appearance: numerator, denominator [people], value [0 to 1], low and high NaN
    (`intervals.simulated_need` gives them). Status `missing` where any group of the area is not published,
    `not_applicable` where nobody lives; basis `modelled`. Composition alone sets areas apart: real gaps are larger.
    Source: methods 3.2 a and d; Map the Meal Gap technical appendix (2020) for the form.
    """
    areas, people, rates = group_matrix(counts, rates, groups)
    shares = rates["share"].to_numpy(dtype="float64")
    known = ~np.isnan(people).any(axis=1)
    if benchmark is not None:
        shares = expit(logit(shares) + shift(people[known].sum(axis=0), shares, benchmark))
    return expected(areas, people, people @ shares)


def expected(areas: pd.Index, people: np.ndarray, need: np.ndarray) -> pd.DataFrame:
    """The result shape of `need` [people in need by area] over the row sums of `people`; low and high NaN."""
    heads = pd.Series(people.sum(axis=1))
    out = pd.DataFrame({"area_id": areas, "numerator": need, "denominator": heads})
    out["value"] = rate(out["numerator"], heads)
    out["low"] = out["high"] = np.nan
    out["status"] = np.select([heads.isna(), heads == 0], ["missing", "not_applicable"], "ok")
    out["basis"] = "modelled"
    return blank(out)
