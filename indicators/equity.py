"""Equity: whether help goes to the most deprived areas, and how unevenly it is spread, with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.resampled import (
    DRAWS,
    LEVEL,
    City,
    blocks,
    bootstrap,
    concentration,
    first_share,
    mean_of,
    one_row,
    populated,
    snap,
)
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="concentration_index",
        title=Text("Indice de concentration", "Concentration index"),
        question=Text(
            "L’aide va-t-elle aux secteurs les plus défavorisés?",
            "Does help go to the most deprived areas?"),
        counts=Text(
            "de −1 à 1; sous 0, davantage dans les secteurs les plus défavorisés",
            "from −1 to 1; below 0, more in the most deprived areas"),
        unit="index", direction="more_is_worse", tables=("indicator_value", "deprivation", "area"),
        formula="C = 2 · cov_P(A, r) ÷ A̅;  E = 4 · A̅ · C ÷ (b − a)",
        method=Text(
            "Les secteurs sont rangés du plus au moins défavorisé. L’indice dit de quel côté la ressource penche.",
            "Areas are ranked from most to least deprived. The index says to which side the resource leans."),
        range_means=Text(
            "Percentiles de 2 000 rééchantillons des secteurs, 95 %; trop étroits sous 100 secteurs.",
            "Percentiles of 2,000 resamples of the areas, 95%; too narrow under 100 areas."),
        limits=(
            Text(
            "Un secteur n’est pas une personne : on ne sait pas qui, dans le secteur, est aidé.",
            "An area is not a person: who is helped inside it is not known."),
            Text(
            "Un indice de 0 peut cacher des écarts qui se compensent.",
            "An index of 0 may hide gaps that cancel out."),
        ),
        assumptions=(
            Text("Les secteurs de même cote partagent leur rang.", "Areas of equal score share their rank."),
            Text(
            "Chaque personne est prise à la moyenne de son secteur.",
            "Each person is taken at the mean of their area."),
        ),
        misuse=Text(
            "Y lire une cause, ou comparer deux villes rangées par des indices différents.",
            "Reading a cause in it, or comparing two cities ranked by different scores."),
        citation=Text(
            "Wagstaff, Paci et van Doorslaer (1991); Erreygers (2009).",
            "Wagstaff, Paci and van Doorslaer (1991); Erreygers (2009)."),
        grain="city", breaks=(-0.2, -0.05, 0.05, 0.2),
    ),
    Indicator(
        id="gini",
        title=Text("Indice de Gini de l’accès", "Gini index of access"),
        question=Text("L’aide est-elle répartie de façon égale?", "Is help spread evenly?"),
        counts=Text("de 0 (égal partout) à moins de 1", "from 0 (the same everywhere) to below 1"),
        unit="index", direction="more_is_worse", tables=("indicator_value", "area"),
        formula="G = Σ_i Σ_j P_i P_j |A_i − A_j| ÷ (2 P² A̅)",
        method=Text(
            "Écart moyen entre deux personnes prises au hasard, rapporté à deux fois la moyenne.",
            "Mean gap between two people taken at random, over twice the mean."),
        range_means=Text(
            "Percentiles de 2 000 rééchantillons des secteurs, 95 %; trop étroits sous 100 secteurs.",
            "Percentiles of 2,000 resamples of the areas, 95%; too narrow under 100 areas."),
        limits=(
            Text(
            "Un secteur n’est pas une personne : on ne sait pas qui, dans le secteur, est aidé.",
            "An area is not a person: who is helped inside it is not known."),
            Text(
            "Une répartition égale n’est pas juste si les besoins diffèrent.",
            "An even spread is not fair where needs differ."),
        ),
        assumptions=(
            Text(
            "Chaque personne est prise à la moyenne de son secteur.",
            "Each person is taken at the mean of their area."),
        ),
        misuse=Text(
            "Conclure qu’un Gini bas veut dire que le besoin est comblé.",
            "Concluding that a low Gini means need is met."),
        citation=Text("Gini (1914); pondéré par les personnes.", "Gini (1914); weighted by people."),
        grain="city", breaks=(0.1, 0.2, 0.3, 0.5),
    ),
    Indicator(
        id="fifth_ratio",
        title=Text("Rapport entre cinquièmes", "Ratio between fifths"),
        question=Text(
            "Combien pour les plus défavorisés, quand les moins défavorisés ont 1?",
            "How much for the most deprived when the least deprived have 1?"),
        counts=Text("fois ce qu’a le cinquième le moins défavorisé", "times what the least deprived fifth has"),
        unit="ratio", direction="more_is_better", tables=("indicator_value", "deprivation", "area"),
        formula="A̅(Q5) ÷ A̅(Q1)",
        method=Text(
            "Moyenne du cinquième des gens le plus défavorisé, divisée par celle du moins défavorisé.",
            "Mean of the most deprived fifth of people, divided by that of the least deprived."),
        range_means=Text(
            "Percentiles de 2 000 rééchantillons des secteurs, 95 %; trop étroits sous 100 secteurs.",
            "Percentiles of 2,000 resamples of the areas, 95%; too narrow under 100 areas."),
        limits=(
            Text(
            "Un secteur n’est pas une personne : on ne sait pas qui, dans le secteur, est aidé.",
            "An area is not a person: who is helped inside it is not known."),
            Text("Les trois cinquièmes du milieu ne comptent pas.", "The three middle fifths do not count."),
        ),
        assumptions=(
            Text(
            "Un secteur à cheval sur la coupe compte pour sa part.",
            "An area astride the cut counts by its part."),
            Text("Les secteurs de même cote partagent leur rang.", "Areas of equal score share their rank."),
        ),
        misuse=Text(
            "Prendre 1 pour un but : le besoin du premier cinquième est plus grand.",
            "Taking 1 for a goal: the first fifth has more need."),
        citation=Text(
            "Rapport interquintile, cinquièmes pondérés par les personnes.",
            "Interquintile ratio, fifths weighted by people."),
        grain="city", breaks=(0.5, 0.8, 1.25, 2.0),
    ),
    Indicator(
        id="inequity",
        title=Text("Iniquité ajustée au besoin", "Need-adjusted inequity"),
        question=Text("L’aide penche-t-elle autant que le besoin?", "Does help lean as far as need does?"),
        counts=Text(
            "de −2 à 2; au-dessus de 0, l’aide penche moins que le besoin vers les plus défavorisés",
            "from −2 to 2; above 0, help leans less than need towards the most deprived"),
        unit="index", direction="more_is_worse", tables=("indicator_value", "deprivation", "area"),
        formula="I = C(S) − C(FI)",
        method=Text(
            "Différence de deux indices de concentration, celui de l’offre et celui du besoin estimé.",
            "Difference of two concentration indices, that of supply and that of estimated need."),
        range_means=Text(
            "Percentiles de 2 000 rééchantillons des secteurs, 95 %; trop étroits sous 100 secteurs.",
            "Percentiles of 2,000 resamples of the areas, 95%; too narrow under 100 areas."),
        limits=(
            Text(
            "Un secteur n’est pas une personne : on ne sait pas qui, dans le secteur, est aidé.",
            "An area is not a person: who is helped inside it is not known."),
            Text("Le besoin est une estimation modélisée.", "Need is a modelled estimate."),
        ),
        assumptions=(
            Text("Les secteurs de même cote partagent leur rang.", "Areas of equal score share their rank."),
            Text(
            "Chaque personne est prise à la moyenne de son secteur.",
            "Each person is taken at the mean of their area."),
        ),
        misuse=Text(
            "Prendre 0 pour « assez » : l’offre peut suivre le besoin et manquer partout.",
            "Taking 0 for “enough”: supply may follow need and be short everywhere."),
        citation=Text("Wagstaff et van Doorslaer (2000).", "Wagstaff and van Doorslaer (2000)."),
        grain="city", breaks=(-0.2, -0.05, 0.05, 0.2),
    ),
)


def concentration_index(
    areas: pd.DataFrame, place: str, bounds: tuple[float, float] | None = None, draws: int = DRAWS, seed: int = 0,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Concentration index of a quantity over areas ranked from most to least deprived: one row for the city.

    `areas`: one row per area_id: population [people], value [of the quantity, per person or as a share, 0 up],
    deprivation [any score, high = most deprived], basis; NaN = not known. C = 2 cov(A, r) ÷ mean A, weighted by
    people, r the weighted fractional mid-rank, tied areas sharing theirs: −1 to 1, below 0 where the quantity is
    greater among the most deprived, 0 where it is the same everywhere. With `bounds` (a, b) of a bounded
    quantity, Erreygers's E = 4 · mean · C ÷ (b − a), also −1 to 1.

    Result shape: numerator = 2 cov(A, r) (8 cov(A, r) with bounds), denominator = mean A (b − a); low and high =
    percentiles over `draws` resamples of the areas (seeded); with few areas they are too narrow: of limits meant to
    hold 80 %, 74 to 77 % do at 30 to 60 areas, and for Gini 62 to 71 % (`tests/studies/interval_coverage.py`).
    Areas with nobody, or with something missing, are out.
    `missing` where fewer than half the people live where everything is known; `not_applicable` where nobody lives,
    fewer than two areas are left, all share one score (no order), or the mean is 0 without bounds. Raises
    InputError for no rows, an area twice, negative or infinite numbers, values outside the bounds.
    Wagstaff, Paci & van Doorslaer (1991); Erreygers (2009).
    """
    city = _ranked(areas, ["value"])
    if bounds is not None:
        _require_bounds(areas, bounds)
    if city.status != "ok":
        return one_row(city, place, np.nan, np.nan, None, level)
    width = np.nan if bounds is None else bounds[1] - bounds[0]

    def statistic(weight: np.ndarray) -> np.ndarray:
        c = concentration(city, weight, "value")
        return c if bounds is None else 4 * mean_of(city, weight, "value") / width * np.nan_to_num(c)

    mean = float(mean_of(city, city.people, "value"))
    index = float(concentration(city, city.people, "value"))
    if bounds is None:
        return one_row(city, place, snap(index) * mean, mean, bootstrap(city, statistic, draws, seed), level)
    corrected = 4 * mean * snap(float(np.nan_to_num(index)))
    return one_row(city, place, corrected, width, bootstrap(city, statistic, draws, seed), level)


def _ranked(areas: pd.DataFrame, columns: list[str]) -> City:
    """Areas from most to least deprived; `not_applicable` where one score is everybody's."""
    city = populated(areas, columns, "deprivation", descending=True)
    if city.status == "ok" and len(city.starts) < 2:
        return City(city.people, city.starts, city.columns, "not_applicable", city.basis)
    return city


def _require_bounds(areas: pd.DataFrame, bounds: tuple[float, float]) -> None:
    if not (np.isfinite(bounds).all() and bounds[0] < bounds[1]):
        raise InputError(f"concentration_index.bounds: {bounds} is not a range")
    outside = (areas["value"] < bounds[0]) | (areas["value"] > bounds[1])
    if outside.any():
        raise InputError(f"areas.value: {int(outside.sum())} outside {bounds}, first at row {outside.idxmax()}")


def gini(areas: pd.DataFrame, place: str, draws: int = DRAWS, seed: int = 0, level: float = LEVEL) -> pd.DataFrame:
    """Gini index of a quantity over people, each taken to have the mean of their area: one row for the city.

    `areas`: area_id, population [people], value [per person, 0 up], basis. G = Σ Σ P_i P_j |A_i − A_j| ÷ (2 P² mean):
    0 where everyone has the same, below 1. Result shape: numerator = half the mean absolute difference, denominator =
    the mean; limits, statuses and errors as `concentration_index`.
    """
    city = populated(areas, ["value"], "value", descending=False)
    if city.status != "ok":
        return one_row(city, place, np.nan, np.nan, None, level)
    mean = float(mean_of(city, city.people, "value"))
    index = snap(float(concentration(city, city.people, "value")))
    found = bootstrap(city, lambda weight: concentration(city, weight, "value"), draws, seed)
    return one_row(city, place, index * mean, mean, np.maximum(found, 0.0), level)


def lorenz(areas: pd.DataFrame, by: str = "value") -> pd.DataFrame:
    """The curve under the index: cumulated shares of people and of the quantity, from (0, 0) to (1, 1).

    `by` is `value` (Lorenz, least first) or `deprivation` (concentration curve, most deprived first). `areas`: as for
    `concentration_index`. Columns people_share and resource_share [0 to 1], one row per block of equal rank; no
    rows where the index would have no number.
    """
    if by not in ("value", "deprivation"):
        raise InputError(f"lorenz.by: {by} is neither value nor deprivation")
    city = _ranked(areas, ["value"]) if by == "deprivation" else populated(areas, ["value"], "value", descending=False)
    if city.status != "ok" or not (city.columns["value"] > 0).any():
        return pd.DataFrame({"people_share": [], "resource_share": []}, dtype="float64")
    people, amount = blocks(city, city.people, "value")
    return pd.DataFrame({
        "people_share": np.r_[0.0, people.cumsum()], "resource_share": np.r_[0.0, amount.cumsum()],
    })


def fifth_ratio(
    areas: pd.DataFrame, place: str, draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> pd.DataFrame:
    """Mean quantity of the most deprived fifth of people ÷ that of the least deprived fifth: one row for the city.

    `areas`: as for `concentration_index`. Fifths hold exactly 20 % of people: an area on the cut counts by its part,
    tied areas as one. 1 = the same; above 1, more for the most deprived. Result shape: numerator and
    denominator = the two means; `not_applicable` also where the least deprived fifth has none; `high` is NaN where
    the resamples allow any ratio. Statuses and errors as `concentration_index`.
    """
    city = _ranked(areas, ["value"])
    if city.status != "ok":
        return one_row(city, place, np.nan, np.nan, None, level)

    def statistic(weight: np.ndarray) -> np.ndarray:
        most = first_share(city, weight, "value", 0.2)
        least = first_share(city, weight, "value", 0.2, last=True)
        ratio = most / np.where(least > 0, least, np.nan)
        return np.where((least == 0) & (most > 0), np.inf, ratio)

    mean = float(mean_of(city, city.people, "value"))
    if mean == 0:
        return one_row(city, place, 0.0, 0.0, None, level)
    most = float(first_share(city, city.people, "value", 0.2)) * mean / 0.2
    least = float(first_share(city, city.people, "value", 0.2, last=True)) * mean / 0.2
    return one_row(city, place, most, least, bootstrap(city, statistic, draws, seed), level)


def inequity(
    areas: pd.DataFrame, place: str, draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> pd.DataFrame:
    """Need-adjusted inequity: C(supply) − C(need), both over the same ranks: one row for the city.

    `areas`: area_id, population [people], supply and need [both per person, 0 up], deprivation [high = most
    deprived], basis. −2 to 2; 0 where supply follows need, above 0 where need leans more to deprived areas than
    supply does. numerator = C(supply) and denominator = C(need), the two terms of the difference; limits from the
    same resamples for both. Statuses and errors as `concentration_index`. Wagstaff & van Doorslaer (2000).
    """
    city = _ranked(areas, ["supply", "need"])
    if city.status != "ok":
        return one_row(city, place, np.nan, np.nan, None, level)

    def statistic(weight: np.ndarray) -> np.ndarray:
        return concentration(city, weight, "supply") - concentration(city, weight, "need")

    supply = snap(float(concentration(city, city.people, "supply")))
    need = snap(float(concentration(city, city.people, "need")))
    return one_row(city, place, supply, need, bootstrap(city, statistic, draws, seed), level, snap(supply - need))
