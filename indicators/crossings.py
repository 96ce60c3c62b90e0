"""Crossings: people who carry two or three characteristics at once, and what adds to the sum of each alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from indicators.need import require_unique
from indicators.rates import rate, require, require_counts
from indicators.spec import Indicator, InputError, Text

INDICATOR = Indicator(
    id="crossing_excess",
    title=Text("Caractéristiques croisées", "Crossed characteristics"),
    question=Text(
        "Qui cumule les risques, et plus que leur somme?", "Who carries several risks, and more than their sum?",
    ),
    counts=Text("personnes touchées qui ont ces caractéristiques", "people in need who have these characteristics"),
    unit="share", direction="more_is_worse", tables=("census_value", "prevalence"),
    formula="excess_12 = p_12 − (p_1 + p_2 − p_0)",
    method=Text(
        "On compare la proportion du groupe qui a toutes les caractéristiques à celle qu’on attendrait si chacune "
        "ajoutait son propre écart. Le surplus dit ce que le cumul ajoute.",
        "The share of the group with all the characteristics is compared with what one would expect if each added "
        "its own gap. The excess says what having them together adds.",
    ),
    range_means=Text(
        "Marge d’erreur de la proportion, là où la source en donne une; sinon, aucune fourchette.",
        "Margin of error of the share, where the source gives one; otherwise no range.",
    ),
    limits=(
        Text(
            "Un croisement modélisé à partir de marges ne contient que ce que les marges disent.",
            "A crossing modelled from margins holds only what the margins say.",
        ),
        Text("Les petits groupes donnent des écarts instables.", "Small groups give unstable gaps."),
        Text("Les groupes se recoupent : ne pas les additionner.", "Groups overlap: do not add them up."),
    ),
    citation=Text(
        "Écart additif sur les risques, à la manière de Rothman (RERI).",
        "Additive excess on risks, in the manner of Rothman’s RERI.",
    ),
    breaks=(0.10, 0.20, 0.30, 0.40), grain="group",
    assumptions=(
        Text(
            "Le groupe sans aucune de ces caractéristiques sert de point de départ.",
            "The group with none of these characteristics is the starting point.",
        ),
    ),
    misuse=Text(
        "Un surplus n’est pas une cause, et son absence ne veut pas dire que tout va bien : les proportions restent "
        "peut-être très hautes.",
        "An excess is not a cause, and no excess does not mean all is well: the shares themselves may be very high.",
    ),
)


def from_fit(cells: pd.DataFrame, characteristics: Sequence[str], outcome: str = "in_need") -> pd.DataFrame:
    """Shares of a fitted table whose cells tell who is in need (`raking.fitted`): the input of `crossings`.

    `cells`: the columns `characteristics` and `outcome` [0 or 1], people. Returns the characteristics, people, share
    [0 to 1; NaN where nobody], observed = False.
    """
    keys = list(characteristics)
    require_counts(cells, "cells", ("people",))
    _require_flags(cells, [*keys, outcome])
    need = cells["people"].where(cells[outcome].astype("float64") == 1, 0.0)
    both = cells[keys].assign(people=cells["people"], need=need).groupby(keys, sort=True, as_index=False).sum()
    return both.assign(share=rate(both["need"], both["people"]), observed=False).drop(columns="need")


def crossings(cells: pd.DataFrame, characteristics: Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """Every pair and triple of characteristics: size, share in need, the share expected by adding, and the excess.

    `cells`: one row per combination of `characteristics` [columns of 0 and 1, two or three], people [NaN = size not
    known], share [in need, 0 to 1; NaN = not published], optionally observed [False = modelled; True where absent] and
    se [standard error of the share]. A pair of three characteristics is read among people without the third, so that
    only what is named differs. Expected = Σ p_i − (m − 1) p_0: with two, p₁ + p₂ − p₀. Returns one row per crossing:
    grp [names joined by " × "], numerator [people in need; NaN where the size is not known], denominator [people],
    value [share], low, high [limits at `level`], expected, excess, excess_low, excess_high [NaN without se], observed
    [False where any of its shares is modelled], status [`missing` where a share it needs is, `not_applicable` where
    nobody is crossed], basis `modelled`. Expected may pass 1 or fall below 0: then the sum itself cannot be, and the
    excess says so. Source: methods 3.10.
    """
    keys = list(characteristics)
    if not 2 <= len(keys) <= 3:
        raise InputError(f"crossings: {len(keys)} characteristics; two or three can be crossed")
    require_counts(cells, "cells", ("people",))
    require(cells, "cells", ("share",))
    require_unique(cells, "cells", keys)
    _require_flags(cells, keys)
    share = cells["share"].astype("float64")
    bad = (share < 0) | (share > 1)
    if bad.any():
        raise InputError(f"cells.share: {int(bad.sum())} shares outside 0 to 1, first at row {bad.idxmax()}")
    table = cells.assign(
        observed=cells["observed"].astype(bool) if "observed" in cells else True,
        se=cells["se"].astype("float64") if "se" in cells else np.nan,
    ).set_index(pd.MultiIndex.from_frame(cells[keys].astype("int64")))
    rows = [
        _crossing(table, keys, chosen, level)
        for size in range(2, len(keys) + 1) for chosen in combinations(keys, size)
    ]
    return pd.DataFrame(rows)


def _crossing(table: pd.DataFrame, keys: list[str], chosen: tuple[str, ...], level: float) -> dict[str, object]:
    def at(*carried: str) -> tuple[int, ...]:
        return tuple(int(key in carried) for key in keys)

    weights = {at(*chosen): 1.0, at(): float(len(chosen) - 1), **{at(one): -1.0 for one in chosen}}
    here = table.reindex(pd.MultiIndex.from_tuples(weights, names=keys))
    own = here.iloc[0]
    weight = np.array(list(weights.values()))
    excess = float((here["share"].to_numpy(dtype="float64") * weight).sum())
    spread = float(np.sqrt((here["se"].to_numpy(dtype="float64") ** 2 * weight**2).sum()))
    z = float(ndtri((1 + level) / 2))
    people, value = float(own["people"]), float(own["share"])
    status = "not_applicable" if people == 0 else "missing" if np.isnan(excess) else "ok"
    shown = status == "ok"
    nothing = float("nan")
    return {
        "grp": " × ".join(chosen), "numerator": people * value if shown else nothing, "denominator": people,
        "value": value if shown else nothing,
        "low": max(value - z * float(own["se"]), 0.0) if shown and own["se"] == own["se"] else nothing,
        "high": min(value + z * float(own["se"]), 1.0) if shown and own["se"] == own["se"] else nothing,
        "expected": value - excess if shown else nothing, "excess": excess if shown else nothing,
        "excess_low": excess - z * spread if shown else nothing,
        "excess_high": excess + z * spread if shown else nothing,
        "observed": bool(here["observed"].fillna(False).all()), "status": status, "basis": "modelled",
    }


def _require_flags(cells: pd.DataFrame, columns: Sequence[str]) -> None:
    require(cells, "cells", columns)
    for column in columns:
        bad = ~cells[column].isin([0, 1])
        if bad.any():
            raise InputError(f"cells.{column}: {int(bad.sum())} values other than 0 and 1, first at row {bad.idxmax()}")
