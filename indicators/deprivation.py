"""Deprivation: the share of residents who live in the most deprived fifth of the city."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import blank, rate, require_counts, with_status
from indicators.spec import Indicator, InputError, Text

INDICATOR = Indicator(
    id="most_deprived_fifth",
    title=Text("Résidents du cinquième le plus défavorisé", "Residents of the most deprived fifth"),
    question=Text(
        "Où vivent les personnes des secteurs les plus défavorisés?",
        "Where do people from the most deprived areas live?",
    ),
    counts=Text("personnes dans le cinquième le plus défavorisé", "people in the most deprived fifth"),
    unit="share",
    direction="more_is_worse",
    tables=("deprivation", "area_link"),
    formula="share_a = Σ_i∈a N_i · [Q_i = 5] ÷ Σ_i∈a N_i",
    method=Text(
        "La cote économique de l’indice d’équité des milieux de vie est coupée en cinq parts de population égale, "
        "à l’intérieur de la Ville. Q5 est la plus défavorisée. On compte les personnes qui y vivent.",
        "The economic score of the living-environment equity index is cut into five parts of equal population, "
        "within the City. Q5 is the most deprived. We count the people who live there.",
    ),
    range_means=Text(
        "Aucune fourchette : la source publie une cote sans marge d’erreur.",
        "No range: the source publishes a score without a margin of error.",
    ),
    limits=(
        Text(
            "Une cote décrit un petit secteur, pas les gens qui y vivent.",
            "A score describes a small area, not the people who live there.",
        ),
        Text(
            "Les versions de cet indice ne se comparent pas d’une année à l’autre.",
            "Versions of this index cannot be compared from year to year.",
        ),
    ),
    citation=Text(
        "Ville de Montréal, indice d’équité des milieux de vie, version du 31 juillet 2023.",
        "Ville de Montréal, living-environment equity index, version of July 31, 2023.",
    ),
    breaks=(0.05, 0.15, 0.30, 0.50),
    assumptions=(
        Text(
            "Chaque résident porte la cote de son petit secteur.",
            "Each resident carries the score of their small area.",
        ),
        Text(
            "Les secteurs sans cote ressemblent à ceux qui en ont une.",
            "Areas without a score are like those that have one.",
        ),
    ),
    misuse=Text(
        "Vivre dans le cinquième le plus défavorisé ne veut pas dire être pauvre : la cote est celle du lieu.",
        "Living in the most deprived fifth does not mean being poor: the score is that of the place.",
    ),
)


def weighted_fifths(score: pd.Series, population: pd.Series) -> pd.Series:
    """Fifth of each area, 1 to 5 (5 = highest score), each holding about a fifth of `population` [people].

    Areas of one score share one fifth: that of the middle of their block of people. NaN where the score is
    missing; areas nobody lives in do not move the cuts.

    >>> weighted_fifths(pd.Series([1.0, 2, 3, 4, 5]), pd.Series([10, 10, 10, 10, 10])).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    known = score.notna()
    people = population.where(known, 0.0).fillna(0.0)
    if not people.sum() > 0:
        raise InputError("weighted_fifths: nobody lives in the areas that have a score")
    block = people.groupby(score).sum().sort_index()
    middle = (block.cumsum() - block / 2) / block.sum()
    fifth = np.clip(np.ceil(middle * 5), 1, 5)
    return score.map(fifth).astype("float64")


def most_deprived_fifth(counts: pd.DataFrame) -> pd.DataFrame:
    """Share of residents in the most deprived fifth, per area.

    `counts`: area_id, residents, scored [residents of small areas that have a score], q5 [of them, in the most
    deprived fifth; NaN = no score]. Result shape; denominator = scored; no low or high (the source gives none);
    status `missing` where fewer than half the residents are scored.
    """
    require_counts(counts, "counts", ("residents", "scored", "q5"))
    out = pd.DataFrame({
        "area_id": counts["area_id"], "numerator": counts["q5"], "denominator": counts["scored"],
        "value": rate(counts["q5"], counts["scored"]), "low": np.nan, "high": np.nan,
    })
    out["status"] = with_status(out, counts["scored"], counts["residents"])
    out["basis"] = "modelled"
    return blank(out)
