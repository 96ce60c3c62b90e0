"""Census and index variables shown as they are: shares of residents, with their status carried through."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import MIN_COVERED, blank, rate, require_counts, with_status
from indicators.spec import Indicator, Text

_INDEX = Text(
    "Ville de Montréal, indice d’équité des milieux de vie, version du 31 juillet 2023 (recensement de 2021).",
    "Ville de Montréal, living-environment equity index, version of July 31, 2023 (2021 census).",
)
_PROFILE = Text(
    "Statistique Canada, Profil du recensement de 2021, 98-401-X2021007 (adapté).",
    "Statistics Canada, Census Profile 2021, 98-401-X2021007 (adapted).",
)
_NO_RANGE = Text(
    "Aucune fourchette : la source n’en publie pas. Le questionnaire long joint un ménage sur quatre.",
    "No range: the source publishes none. The long form reaches one household in four.",
)
_COUNT_RANGE = Text(
    "Aucune fourchette : compte de tous les ménages, arrondi à 5 près.",
    "No range: a count of all households, rounded to the nearest 5.",
)
_AREA = Text(
    "Un secteur n’est pas une personne : il réunit des gens de situations différentes.",
    "An area is not a person: it holds people in different situations.",
)
_ALIKE = Text(
    "Dans un petit secteur coupé par une limite, la proportion est la même de chaque côté.",
    "In a small area cut by a boundary, the share is the same on both sides.",
)
_LONG_FORM = Text(
    "Les ménages qui ont reçu le questionnaire long ressemblent à leurs voisins.",
    "Households that were sent the long form are like their neighbours.",
)
_INCOME = Text(
    "Un revenu sous le seuil n’est pas la faim : certains s’en sortent, d’autres au-dessus n’y arrivent pas.",
    "Income under the line is not hunger: some get by, and others above it do not.",
)
_SHARE = "share_a = Σ_i∈a N_i · s_i ÷ Σ_i∈a N_i"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="below_mbm",
        title=Text("Sous la mesure du panier de consommation", "Below the Market Basket Measure"),
        question=Text(
            "Quelle part des résidents n’a pas le revenu d’un panier de base?",
            "What share of residents cannot afford a basic basket?",
        ),
        counts=Text("personnes sous la mesure du panier de consommation", "people below the Market Basket Measure"),
        unit="share", direction="more_is_worse", tables=("census_value",), formula=_SHARE,
        method=Text(
            "La proportion publiée pour chaque petit secteur est multipliée par sa population, puis additionnée.",
            "The share published for each small area is multiplied by its population, then added up.",
        ),
        range_means=_NO_RANGE,
        limits=(_AREA, Text(
            "Beaucoup de zéros sont des arrondis de la source.", "Many zeros are rounding by the source.",
        )),
        citation=_INDEX, breaks=(0.05, 0.10, 0.15, 0.20), census_variable="below_mbm",
        assumptions=(_ALIKE, _LONG_FORM), misuse=_INCOME,
    ),
    Indicator(
        id="seniors_65plus",
        title=Text("Personnes de 65 ans et plus", "People aged 65 and over"),
        question=Text("Où vivent les personnes de 65 ans et plus?", "Where do people aged 65 and over live?"),
        counts=Text("personnes de 65 ans et plus", "people aged 65 and over"),
        unit="share", direction="more_is_worse", tables=("census_value",), formula=_SHARE,
        method=Text(
            "Proportion publiée par secteur de recensement, multipliée par la population.",
            "Share published by census tract, multiplied by population.",
        ),
        range_means=_COUNT_RANGE, limits=(_AREA,), citation=_PROFILE, breaks=(0.10, 0.15, 0.20, 0.25),
        census_variable="seniors_65plus", assumptions=(_ALIKE,),
        misuse=Text(
            "Beaucoup de personnes aînées ne veut pas dire beaucoup de besoin : au Canada, elles sont moins souvent "
            "touchées que les autres.",
            "Many older adults does not mean much need: in Canada they are affected less often than others.",
        ),
    ),
    Indicator(
        id="recent_immigrants",
        title=Text("Personnes immigrantes récentes", "Recent immigrants"),
        question=Text("Où vivent les personnes immigrantes récentes?", "Where do recent immigrants live?"),
        counts=Text("personnes immigrantes récentes", "recent immigrants"),
        unit="share", direction="more_is_worse", tables=("census_value",), formula=_SHARE,
        method=Text(
            "La proportion publiée pour chaque petit secteur est multipliée par sa population, puis additionnée.",
            "The share published for each small area is multiplied by its population, then added up.",
        ),
        range_means=_NO_RANGE, limits=(_AREA,), citation=_INDEX, breaks=(0.02, 0.05, 0.08, 0.12),
        census_variable="recent_immigrants", assumptions=(_ALIKE, _LONG_FORM),
        misuse=Text(
            "Ce chiffre dit qui vit ici, pas pourquoi des gens manquent d’argent pour se nourrir.",
            "This figure says who lives here, not why people are short of money for food.",
        ),
    ),
    Indicator(
        id="low_income_lim",
        title=Text("Faible revenu (MFR-ApI)", "Low income (LIM-AT)"),
        question=Text(
            "Quelle part des résidents vit sous la mesure de faible revenu?",
            "What share of residents live below the low-income measure?",
        ),
        counts=Text("personnes sous la mesure de faible revenu", "people below the low-income measure"),
        unit="share", direction="more_is_worse", tables=("census_value",), formula=_SHARE,
        method=Text(
            "Proportion publiée par secteur de recensement, multipliée par la population.",
            "Share published by census tract, multiplied by population.",
        ),
        range_means=_NO_RANGE,
        limits=(_AREA, Text(
            "Cette mesure n’est jamais mise à la place de la mesure du panier de consommation.",
            "This measure never stands in for the Market Basket Measure.",
        )),
        citation=_PROFILE, breaks=(0.10, 0.15, 0.20, 0.30), census_variable="low_income_lim",
        assumptions=(_ALIKE,), misuse=_INCOME,
    ),
)


def share_of_residents(counts: pd.DataFrame, basis: str = "counted") -> pd.DataFrame:
    """A share summed from small areas, per area.

    `counts`: area_id, residents, numerator, denominator [people; NaN = not published], and optionally
    `suppressed` [residents of small areas whose value the publisher hid]. Result shape without low or high; an
    area most of whose residents are hidden is `suppressed`, most of whose residents have no value `missing`.
    """
    require_counts(counts, "counts", ("residents", "numerator", "denominator"))
    out = counts[["area_id", "numerator", "denominator"]].assign(
        value=rate(counts["numerator"], counts["denominator"]), low=np.nan, high=np.nan
    )
    out["status"] = with_status(out, counts["denominator"], counts["residents"])
    if "suppressed" in counts:
        hidden = (out["status"] == "missing") & (counts["suppressed"] >= MIN_COVERED * counts["residents"])
        out["status"] = out["status"].mask(hidden, "suppressed")
    out["basis"] = basis
    return blank(out)
