"""Risk: which groups are over-represented among food-insecure people, and how many people that may be here."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import rate, require, require_counts
from indicators.spec import Indicator, Text

RATIO = Indicator(
    id="representation_ratio",
    title=Text("Rapport de représentation", "Representation ratio"),
    question=Text(
        "Qui est touché, et combien plus souvent que les autres?", "Who is affected, and how much more often?",
    ),
    counts=Text("fois la proportion de référence", "times the reference share"),
    unit="ratio", direction="more_is_worse", tables=("prevalence",),
    formula="R_g = p_g ÷ p_all",
    method=Text(
        "La proportion du groupe en situation d’insécurité alimentaire est divisée par celle de toute la population. "
        "Un groupe de 15 ans et plus est comparé à toutes les personnes de 15 ans et plus.",
        "The group's food-insecure share is divided by that of the whole population. A group aged 15 and over is "
        "compared with all people aged 15 and over.",
    ),
    range_means=Text(
        "La source ne publie pas de marge d’erreur. Bas et haut sont les extrêmes des années publiées : ils "
        "montrent combien le rapport bouge.",
        "The source publishes no margin of error. Low and high are the extremes of the published years: they show "
        "how much the ratio moves.",
    ),
    limits=(
        Text(
            "Un lien n’est pas une cause : cela ne dit pas pourquoi.", "A link is not a cause: this does not say why.",
        ),
        Text(
            "L’enquête n’atteint pas les personnes sans logement ni celles qui vivent en établissement.",
            "The survey does not reach people without a home nor those in institutions.",
        ),
        Text("Les groupes se recoupent : ne pas les additionner.", "Groups overlap: do not add them up."),
    ),
    citation=Text(
        "Statistique Canada, Enquête canadienne sur le revenu, tableaux 13-10-0834 et 13-10-0835.",
        "Statistics Canada, Canadian Income Survey, tables 13-10-0834 and 13-10-0835.",
    ),
    breaks=(0.5, 0.8, 1.25, 2.0),
)

BURDEN = Indicator(
    id="people_by_group",
    title=Text("Personnes touchées par groupe", "People in need by group"),
    question=Text("Et combien de personnes cela fait-il ici?", "And how many people is that here?"),
    counts=Text("personnes touchées du groupe", "people in need in the group"),
    unit="share", direction="more_is_worse", tables=("census_value", "prevalence"),
    formula="FI_g = N_g · p_g",
    method=Text(
        "Le nombre de personnes du groupe dans la ville est multiplié par la proportion du Québec.",
        "The number of people of the group in the city is multiplied by the share for Québec.",
    ),
    range_means=Text(
        "Extrêmes des proportions publiées depuis 2018, mêmes effectifs.",
        "Extremes of the shares published since 2018, same head-counts.",
    ),
    limits=(
        Text(
            "Estimation modélisée : proportions du Québec, effectifs de la ville.",
            "Modelled estimate: shares for Québec, head-counts for the city.",
        ),
        Text("Les groupes se recoupent : ne pas les additionner.", "Groups overlap: do not add them up."),
    ),
    citation=Text(
        "Proportions : Statistique Canada, 13-10-0834 et 13-10-0835. Effectifs : recensement de 2021.",
        "Shares: Statistics Canada, 13-10-0834 and 13-10-0835. Head-counts: 2021 census.",
    ),
    breaks=(0.1, 0.15, 0.2, 0.3),
)


def reference_group(group: pd.Series) -> pd.Series:
    """What each group is compared with: `all_15plus` for groups of people aged 15 and over, `all` otherwise."""
    return pd.Series(np.where(group.str.endswith("_15plus"), "all_15plus", "all"), index=group.index)


def representation_ratio(prevalence: pd.DataFrame) -> pd.DataFrame:
    """Representation ratio per group and year.

    `prevalence`: one geography, severity and source: group_id, reference_year, percent [0 to 100; NaN = not
    published], status. Returns group_id, reference_year, numerator = percent of the group, denominator =
    percent of its reference, value [ratio], low and high = extremes of the group's published years, status,
    basis `modelled`; sorted by group and year.
    """
    require_counts(prevalence, "prevalence", ["percent"])
    require(prevalence, "prevalence", ["group_id", "reference_year", "status"])
    own = prevalence[["group_id", "reference_year", "percent", "status"]].copy()
    everyone = own[own["group_id"].isin(["all", "all_15plus"])].rename(
        columns={"group_id": "reference", "percent": "denominator"}
    )[["reference", "reference_year", "denominator"]]
    own["reference"] = reference_group(own["group_id"])
    out = own.merge(everyone, on=["reference", "reference_year"], how="left").rename(columns={"percent": "numerator"})
    out["value"] = rate(out["numerator"], out["denominator"])
    by_group = out.groupby("group_id")["value"]
    out["low"], out["high"] = by_group.transform("min"), by_group.transform("max")
    absent = out["value"].isna()
    out["status"] = out["status"].mask(absent & (out["status"] == "ok"), "missing")
    out.loc[absent, ["low", "high"]] = np.nan
    out["basis"] = "modelled"
    columns = ["group_id", "reference_year", "numerator", "denominator", "value", "low", "high", "status", "basis"]
    return out[columns].sort_values(["group_id", "reference_year"], ignore_index=True)


def people_by_group(heads: pd.DataFrame, prevalence: pd.DataFrame) -> pd.DataFrame:
    """People in need per group in one city, for the latest year of the prevalence.

    `heads`: group_id, heads [people of the group in the city; NaN = not counted]. `prevalence`: as for
    `representation_ratio`. Returns group_id, reference_year, numerator [people in need], denominator [people of
    the group], value [share, 0 to 1], low, high [extremes of the published years], status, basis.
    """
    require_counts(heads, "heads", ["heads"])
    latest = prevalence["reference_year"].max()
    years = prevalence.groupby("group_id")["percent"].agg(["min", "max"])
    now = prevalence[prevalence["reference_year"] == latest].set_index("group_id")
    out = heads[["group_id"]].assign(
        reference_year=latest, denominator=heads["heads"], value=heads["group_id"].map(now["percent"]) / 100,
        low=heads["group_id"].map(years["min"]) / 100, high=heads["group_id"].map(years["max"]) / 100,
    )
    out["numerator"] = out["denominator"] * out["value"]
    absent = out["numerator"].isna()
    out.loc[absent, ["value", "low", "high"]] = np.nan
    out["status"] = np.where(absent, "missing", "ok")
    out["basis"] = "modelled"
    columns = ["group_id", "reference_year", "numerator", "denominator", "value", "low", "high", "status", "basis"]
    return out[columns].sort_values("group_id", ignore_index=True)
