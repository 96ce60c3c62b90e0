"""Who is missing: of each indicator and group, what share of areas and of people the published numbers leave out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from indicators.need import require_unique
from indicators.rates import rate, require
from indicators.spec import Indicator, InputError, Text

STATUSES = ("ok", "missing", "suppressed", "not_applicable", "unknown")
NEVER = "not_collected"

INDICATOR = Indicator(
    id="who_is_missing",
    title=Text("Qui manque dans les chiffres", "Who is missing from the numbers"),
    question=Text("Qui ces chiffres ne montrent-ils pas?", "Whom do these numbers not show?"),
    counts=Text("résidents de secteurs sans valeur", "residents of areas without a value"),
    unit="share", direction="more_is_worse", tables=("indicator_value", "area"),
    formula="hidden_g = Σ_a N_a · [status ≠ ok] ÷ Σ_a N_a",
    method=Text(
        "Pour chaque indicateur, groupe et échelle attendus, on compte les secteurs et les personnes dont la valeur "
        "est masquée, non publiée ou inconnue. Un croisement qu’aucune source ne donne est nommé, pas omis.",
        "For each indicator, group and scale that is expected, we count the areas and people whose value is hidden, "
        "not published or unknown. A crossing that no source gives is named, not left out.",
    ),
    range_means=Text("Aucune fourchette : c’est un compte.", "No range: it is a count."),
    limits=(
        Text(
            "Les personnes qu’aucune source ne compte n’y sont pas non plus : sans logement, en établissement, sans "
            "statut.",
            "People whom no source counts are not here either: without a home, in institutions, without status.",
        ),
    ),
    citation=Text(
        "Statuts de nos propres tables; critique de Chokly et Lauriault (2020).",
        "Statuses of our own tables; critique of Chokly and Lauriault (2020).",
    ),
    breaks=(0.01, 0.05, 0.20, 0.50), grain="indicator",
    assumptions=(
        Text(
            "Un indicateur qui a des valeurs à une échelle est attendu à toutes les échelles plus fines.",
            "An indicator with values at one scale is expected at every finer one.",
        ),
    ),
    misuse=Text(
        "Un chiffre absent ne veut pas dire que personne n’est touché.",
        "A number that is absent does not mean that nobody is affected.",
    ),
)


def who_is_missing(
    expected: pd.DataFrame, values: pd.DataFrame, residents: pd.DataFrame,
    why: Mapping[tuple[str, str], str] | None = None,
) -> pd.DataFrame:
    """The table indicator × group × scale of what is not shown, and to how many people that applies.

    `expected`: the declarations: indicator_id, grp [group or crossing; "" = everyone], level, one row each. `values`:
    results as published: indicator_id, grp, level, area_id, status. `residents`: level, area_id, residents [people; NaN
    = not known]. `why` [(indicator_id, grp) -> key of the catalogue] says why a combination cannot be had. Returns one
    row per expected combination, in order: areas [of the level], ok, missing, suppressed, not_applicable, unknown [of
    them; an area without a row is `missing`], numerator [residents of areas with no value], denominator [residents of
    areas to which it applies], value [0 to 1], low, high [NaN], shown [all, part, none or not_collected: no source
    gives it at that scale], status [`not_applicable` where nobody is concerned, `missing` where residents are not
    known], basis `counted`, reason. Raises InputError at a status that is not ours, or a value nobody declared.
    """
    keys = ["indicator_id", "grp", "level"]
    require_unique(expected, "expected", keys)
    require_unique(residents, "residents", ("level", "area_id"))
    require(residents, "residents", ("residents",))
    below = residents["residents"] < 0
    if below.any():
        raise InputError(f"residents.residents: {int(below.sum())} values negative, first at row {below.idxmax()}")
    if len(values):
        require_unique(values, "values", (*keys, "area_id"))
    require(values, "values", ("status",))
    bad = ~values["status"].isin(STATUSES)
    if bad.any():
        raise InputError(f"values.status: {int(bad.sum())} values are none of {', '.join(STATUSES)}, first at row "
                         f"{bad.idxmax()}")
    stray = values[keys].drop_duplicates().merge(expected[keys], on=keys, how="left", indicator="found")
    stray = stray[stray["found"] == "left_only"]
    if len(stray):
        raise InputError(f"expected: nothing declares {tuple(stray[keys].iloc[0])}, which values holds")
    every = expected[keys].assign(place=range(len(expected))).merge(residents, on="level", how="left")
    every = every.merge(values[[*keys, "area_id", "status"]], on=[*keys, "area_id"], how="left")
    every["collected"] = every["status"].notna()
    every["status"] = every["status"].fillna("missing").where(every["area_id"].notna())
    return _table(every, expected[keys], dict(why or {}))


def _table(every: pd.DataFrame, expected: pd.DataFrame, why: dict[tuple[str, str], str]) -> pd.DataFrame:
    out = expected.reset_index(drop=True)
    out["areas"] = every.groupby("place")["area_id"].count()
    for status in STATUSES:
        out[status] = (every["status"] == status).groupby(every["place"]).sum().astype("int64")
    concerned = every["status"].notna() & (every["status"] != "not_applicable")
    hidden = concerned & (every["status"] != "ok")
    known = every["residents"].where(concerned)
    zero = every["residents"].where(hidden, 0.0).where(concerned)
    # An area whose residents are not known leaves the whole count unknown, not smaller.
    unknown = (concerned & every["residents"].isna()).groupby(every["place"]).any()
    out["numerator"] = zero.groupby(every["place"]).sum(min_count=1).mask(unknown)
    out["denominator"] = known.groupby(every["place"]).sum(min_count=1).mask(unknown)
    out["value"] = rate(out["numerator"], out["denominator"])
    out["low"] = out["high"] = np.nan
    collected = every["collected"].groupby(every["place"]).any()
    asked = out["areas"] - out["not_applicable"]
    out["shown"] = np.select(
        [~collected, out["ok"] == asked, out["ok"] > 0], [NEVER, "all", "part"], "none",
    )
    nobody = (out["denominator"] == 0) | (asked == 0) & (out["areas"] > 0)
    out["status"] = np.select([nobody, out["value"].isna()], ["not_applicable", "missing"], "ok")
    out["basis"] = "counted"
    out["reason"] = [
        why.get((indicator, group), "" if shown == "all" else f"missing.{shown}")
        for indicator, group, shown in zip(out["indicator_id"], out["grp"], out["shown"], strict=True)
    ]
    return out
