"""Risk: which groups are over-represented among food-insecure people, and how many people that may be here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from indicators.intervals import LETTER_CV
from indicators.need import require_unique
from indicators.rates import rate, require, require_counts
from indicators.spec import Indicator, InputError, Text

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
        "The group’s food-insecure share is divided by that of the whole population. A group aged 15 and over is "
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
    breaks=(0.5, 0.8, 1.25, 2.0), grain="group",
    assumptions=(
        Text(
            "Là où la source donne une marge, les deux proportions sont tenues pour indépendantes : la fourchette est "
            "un peu trop large.",
            "Where the source gives a margin, the two shares are taken as independent: the range is a little too wide.",
        ),
    ),
    misuse=Text(
        "Un rapport élevé ne dit pas combien de personnes sont touchées : un petit groupe très exposé compte "
        "parfois moins de gens qu’un grand.",
        "A high ratio does not say how many people are affected: a small group at high risk may hold fewer people "
        "than a large group.",
    ),
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
    breaks=(0.1, 0.15, 0.2, 0.3), grain="group",
    assumptions=(
        Text(
            "La proportion du groupe au Québec vaut pour celui de la ville.",
            "The share of the group in Québec holds for that of the city.",
        ),
    ),
    misuse=Text(
        "La somme des groupes n’est pas un total : une même personne est dans plusieurs.",
        "The sum of groups is not a total: one person is in several.",
    ),
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


# --- intervals of the source ------------------------------------------------------------------------------------


def log_spread(
    prevalence: pd.DataFrame, level: float = 0.95, letters: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Standard error of the logarithm of each share, and where it comes from: se_log, interval_from; indexed as given.

    `prevalence`: percent [0 to 100] and, where there are, low, high [percent, limits at `level`], cv [standard error ÷
    share], quality [letter: the upper end of its range is taken]. interval_from is limits, cv, quality or none (se_log
    NaN). By the delta method the standard error of ln p is the coefficient of variation of p. Raises InputError where
    limits do not hold the share.
    """
    percent = prevalence["percent"].astype("float64")
    nothing = pd.Series(np.nan, index=prevalence.index)
    low, high, cv = (
        prevalence[name].astype("float64") if name in prevalence else nothing for name in ("low", "high", "cv")
    )
    bad = (low.notna() & high.notna() & ~((low > 0) & (low <= percent) & (percent <= high))) | (cv < 0)
    if bad.any():
        raise InputError(f"prevalence.low, high, cv: {int(bad.sum())} do not hold the share, first at row "
                         f"{bad.idxmax()}")
    quality = (
        prevalence["quality"].map(dict(LETTER_CV if letters is None else letters)).astype("float64")
        if "quality" in prevalence else nothing
    )
    limits = (np.log(high.where(high > 0)) - np.log(low.where(low > 0))) / (2 * ndtri((1 + level) / 2))
    spread = limits.fillna(cv).fillna(quality).where(percent > 0)
    source = np.select([limits.notna(), cv.notna(), quality.notna()], ["limits", "cv", "quality"], "none")
    return pd.DataFrame({"se_log": spread, "interval_from": source}, index=prevalence.index)


def ratio_interval(prevalence: pd.DataFrame, level: float = 0.95, source_level: float = 0.95) -> pd.DataFrame:
    """`representation_ratio` with a confidence interval wherever the source tells how sure it is.

    `prevalence`: as there, with low, high [limits at `source_level`], cv or quality, and optionally share_of_all [the
    group's share of everyone, 0 to 1]. On logs, by the delta method: var ln R = cv_g² + cv_all² − 2 w R cv_g², w the
    share of all; without w the last term, which only narrows the interval, is left out. Returns the columns of
    `representation_ratio` and interval_from; low and high at `level`, NaN where either share has no margin: the
    extremes of the published years are `representation_ratio`'s, another thing. Source: methods 3.10.
    """
    require_unique(prevalence, "prevalence", ("group_id", "reference_year"))
    out = representation_ratio(prevalence)
    keys = ["group_id", "reference_year"]
    spread = log_spread(prevalence, source_level).join(prevalence[keys])
    if "share_of_all" in prevalence:
        share = prevalence["share_of_all"].astype("float64")
        bad = (share < 0) | (share > 1)
        if bad.any():
            raise InputError(f"prevalence.share_of_all: {int(bad.sum())} outside 0 to 1, first at row {bad.idxmax()}")
        spread["share"] = share
    else:
        spread["share"] = 0.0
    own = out[keys].merge(spread, on=keys, how="left")
    everyone = out[["reference_year"]].assign(group_id=reference_group(out["group_id"])).merge(
        spread, on=keys, how="left"
    )
    alone = out["group_id"].isin(["all", "all_15plus"])
    overlap = own["share"].fillna(0.0).where(~alone, 1.0)
    variance = own["se_log"] ** 2 * (1 - 2 * overlap * out["value"]) + everyone["se_log"] ** 2
    # Everyone against everyone is 1, exactly.
    width = ndtri((1 + level) / 2) * np.sqrt(variance.mask(alone, 0.0).clip(lower=0.0))
    ok = out["status"] == "ok"
    out["low"], out["high"] = (out["value"] * np.exp(-width)).where(ok), (out["value"] * np.exp(width)).where(ok)
    out["interval_from"] = own["interval_from"].where(everyone["interval_from"] != "none", "none")
    return out


def burden_interval(
    heads: pd.DataFrame, prevalence: pd.DataFrame, level: float = 0.95, source_level: float = 0.95
) -> pd.DataFrame:
    """`people_by_group` with the interval of the latest share: value, low, high [0 to 1], and people_low, people_high.

    As there; low and high at `level` on the logarithm of the share, never above 1; NaN where the source tells no
    margin. Head-counts are taken as exact.
    """
    require_unique(heads, "heads", ("group_id",))
    out = people_by_group(heads, prevalence)
    latest = prevalence[prevalence["reference_year"] == prevalence["reference_year"].max()]
    require_unique(latest, "prevalence", ("group_id",))
    spread = log_spread(latest, source_level).set_index(latest["group_id"]).reindex(out["group_id"])
    width = ndtri((1 + level) / 2) * spread["se_log"].to_numpy()
    ok = out["status"] == "ok"
    out["low"] = (out["value"] * np.exp(-width)).where(ok)
    out["high"] = (out["value"] * np.exp(width)).clip(upper=1.0).where(ok)
    out["people_low"], out["people_high"] = out["low"] * out["denominator"], out["high"] * out["denominator"]
    out["interval_from"] = spread["interval_from"].fillna("none").to_numpy()
    return out
