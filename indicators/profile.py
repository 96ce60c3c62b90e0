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
        census_variable="seniors_65plus",
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
        census_variable="recent_immigrants",
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
