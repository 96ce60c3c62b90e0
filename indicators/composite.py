"""Material and social deprivation: the published index first, else one computed from six census indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from indicators.deprivation import weighted_fifths
from indicators.need import require_unique
from indicators.rates import rate, require, require_counts
from indicators.spec import InputError

# The six indicators and the way each points when deprivation is high.
MATERIAL = {"no_diploma": 1.0, "employment": -1.0, "income": -1.0}
SOCIAL = {"living_alone": 1.0, "separated": 1.0, "lone_parent": 1.0}
SIX = (*MATERIAL, *SOCIAL)
# Averages of dollars are skewed: one rich street is no more than a few steps from the middle once logged.
LOGGED = ("income",)
DIMENSIONS = ("material", "social")
FEWEST = 8


@dataclass(frozen=True)
class Index:
    """A deprivation index. `source`: published, or computed (the fallback, labelled so wherever it is shown).

    `values`: area_id, dimension, numerator [NaN], denominator [people], value [score, high = deprived], low, high
    [NaN: no margin of error], fifth [1 to 5, 5 = most deprived], status, basis. `loadings`: indicator × dimension,
    −1 to 1; `explained`: share of the variance of the six, by dimension; both empty where the index is published.
    `agreement`: by dimension, areas, pearson and spearman of the two scores, weighted by people, and same_fifth [share
    of people]; empty unless both exist.
    """

    source: Literal["published", "computed"]
    values: pd.DataFrame
    loadings: pd.DataFrame
    explained: pd.Series
    agreement: pd.DataFrame


def directly_standardized(strata: pd.DataFrame, standard: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Share of each area had it the age and sex of the standard population: Σ_s w_s · cases_as ÷ people_as.

    `strata`: area_id, the columns `by` (age, sex …), cases, people [NaN = not published]. `standard`: the columns `by`,
    people [of the reference region]. Returns area_id, value [0 to 1], status: strata where nobody of the area lives
    are left out and the weights of the others grow; `missing` where those left hold under half the standard's people,
    or a stratum is not published; `not_applicable` where nobody lives. Raises InputError where cases exceed people.
    """
    by = list(by)
    require_counts(strata, "strata", ("cases", "people"))
    require_counts(standard, "standard", ("people",))
    require_unique(strata, "strata", ("area_id", *by))
    require_unique(standard, "standard", by)
    bad = strata["cases"] > strata["people"]
    if bad.any():
        raise InputError(f"strata.cases: {int(bad.sum())} exceed the people of their stratum, first at row "
                         f"{bad.idxmax()}")
    both = strata.merge(standard[[*by, "people"]].rename(columns={"people": "weight"}), on=by, how="left")
    if both["weight"].isna().any():
        first = both.loc[both["weight"].isna(), by].iloc[0]
        raise InputError(f"standard.people: nothing for the stratum {tuple(first)}")
    lived = both["people"] > 0
    both["weighted"] = rate(both["cases"], both["people"]).where(lived) * both["weight"]
    both["known"] = both["weight"].where(lived, 0.0)
    both["blank"] = both["people"].isna() | both["cases"].isna()
    areas = both.groupby("area_id", sort=False).agg(
        weighted=("weighted", "sum"), known=("known", "sum"), people=("people", "sum"), blank=("blank", "any"),
    ).reset_index()
    value = rate(areas["weighted"], areas["known"])
    status = np.select(
        [areas["blank"], areas["people"] == 0, areas["known"] < standard["people"].sum() / 2],
        ["missing", "not_applicable", "missing"], "ok",
    )
    out = pd.DataFrame({"area_id": areas["area_id"], "value": value, "status": status})
    return out.assign(value=out["value"].where(out["status"] == "ok"))


def varimax(loadings: np.ndarray) -> np.ndarray:
    """The rotation [2 × 2] of two columns of loadings that maximizes the variance of their squares (Kaiser 1958).

    Rows are first brought to length 1 (Kaiser's normalization), as SAS and SPSS do. With two columns the best angle
    has a closed form, so nothing is iterated.
    """
    length = np.hypot(loadings[:, :1], loadings[:, 1:])
    x, y = (loadings / np.where(length > 0, length, 1.0)).T
    u, v = x**2 - y**2, 2 * x * y
    number = len(x)
    top = 2 * (u @ v) - 2 * u.sum() * v.sum() / number
    bottom = (u @ u - v @ v) - (u.sum() ** 2 - v.sum() ** 2) / number
    angle = np.arctan2(top, bottom) / 4
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def computed(indicators: pd.DataFrame, region: pd.Series | None = None) -> Index:
    """Pampalon-style index: material and social scores from six indicators, and fifths of equal population.

    `indicators`: one row per area: area_id, population [people], no_diploma, employment, living_alone, separated,
    lone_parent [shares, standardized for age and sex where the strata were at hand], income [dollars, above 0]; NaN =
    not published. `region`, aligned: fifths are cut inside each of its values (the scale the caller names); without it
    over all areas given. Steps: log income; z-scores, PCA of the correlation matrix, both weighted by population; two
    components, varimax, each oriented so that high = deprived; scores of mean 0 and variance 1. Areas with a gap in
    the six are `missing`, those without people `not_applicable`. Raises InputError at fewer than eight complete areas,
    or an indicator equal everywhere. Source: Pampalon et al. 2009, Chronic Dis. Can. 29(4):178–91; Gamache et al. 2019.
    """
    _check(indicators)
    frame = indicators.reset_index(drop=True)
    six = frame[list(SIX)].astype("float64")
    people = frame["population"].astype("float64")
    complete = six.notna().all(axis=1) & (people > 0)
    if complete.sum() < FEWEST:
        raise InputError(f"indicators: {int(complete.sum())} areas have all six and people; {FEWEST} are needed")
    values = six[complete].to_numpy(copy=True)
    for column in LOGGED:
        values[:, SIX.index(column)] = np.log(values[:, SIX.index(column)])
    weight = people[complete].to_numpy() / people[complete].sum()
    centred = values - weight @ values
    spread = np.sqrt(weight @ centred**2)
    flat = spread < 1e-12 * np.maximum(1.0, np.abs(values).max(axis=0))
    if flat.any():
        raise InputError(f"indicators.{SIX[int(np.flatnonzero(flat)[0])]}: equal in every area, it tells nothing")
    z = centred / spread
    roots, vectors = np.linalg.eigh(z.T @ (z * weight[:, None]))
    roots, vectors = roots[::-1][:2], vectors[:, ::-1][:, :2]
    if roots[1] < 1e-9:
        raise InputError("indicators: the six are one and the same measure; there is no second dimension")
    turn = varimax(vectors * np.sqrt(roots))
    loadings, turn = _oriented(vectors * np.sqrt(roots), turn)
    scores = z @ (vectors / np.sqrt(roots)) @ turn
    cut = None if region is None else pd.Series(region.to_numpy())
    rows = []
    for at, dimension in enumerate(DIMENSIONS):
        score = pd.Series(np.nan, index=frame.index)
        score[complete] = scores[:, at]
        rows.append(_result(frame["area_id"], dimension, people, score, fifths_within(score, people, cut)))
    table = pd.DataFrame(loadings, index=pd.Index(SIX, name="indicator"), columns=list(DIMENSIONS))
    return Index(
        "computed", pd.concat(rows, ignore_index=True), table, (table**2).sum() / len(SIX), pd.DataFrame(),
    )


def _oriented(loadings: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotated loadings and rotation with the material component first and both pointing to deprivation."""
    rotated = loadings @ turn
    points = np.array([[MATERIAL.get(name, 0.0), SOCIAL.get(name, 0.0)] for name in SIX])
    pull = rotated.T @ points  # component × dimension
    straight, crossed = abs(pull[0, 0]) + abs(pull[1, 1]), abs(pull[0, 1]) + abs(pull[1, 0])
    order = [0, 1] if straight >= crossed else [1, 0]
    sign = np.where(np.array([pull[order[0], 0], pull[order[1], 1]]) < 0, -1.0, 1.0)
    return rotated[:, order] * sign, turn[:, order] * sign


def fifths_within(score: pd.Series, people: pd.Series, region: pd.Series | None = None) -> pd.Series:
    """`weighted_fifths` inside each value of `region` (everywhere where None); NaN without score or people."""
    lived = score.where(people > 0)
    if region is None:
        return weighted_fifths(lived, people)
    out = pd.Series(np.nan, index=score.index)
    for _, rows in lived.dropna().groupby(region):
        out[rows.index] = weighted_fifths(rows, people[rows.index])
    return out


def _result(
    area_id: pd.Series, dimension: str, people: pd.Series, score: pd.Series, fifth: pd.Series
) -> pd.DataFrame:
    status = np.select([people.fillna(0) == 0, score.isna()], ["not_applicable", "missing"], "ok")
    return pd.DataFrame({
        "area_id": area_id, "dimension": dimension, "numerator": np.nan, "denominator": people, "value": score,
        "low": np.nan, "high": np.nan, "fifth": fifth.where(status == "ok"), "status": status, "basis": "modelled",
    })


def _check(indicators: pd.DataFrame) -> None:
    require_counts(indicators, "indicators", ("population", *SIX))
    require_unique(indicators, "indicators", ("area_id",))
    for column in SIX:
        value = indicators[column].astype("float64")
        bad = value <= 0 if column in LOGGED else value > 1
        if bad.any():
            why = "not above 0: it has no logarithm" if column in LOGGED else "shares above 1"
            raise InputError(f"indicators.{column}: {int(bad.sum())} values {why}, first at row {bad.idxmax()}")


# --- published first ------------------------------------------------------------------------------------------


def published(table: pd.DataFrame) -> pd.DataFrame:
    """A published index in the result shape, its own fifths kept: they are never cut again.

    `table`: area_id, dimension, quintile [1 to 5, 5 = most deprived; NaN = not scored], optionally score, population,
    status. Returns the columns of `Index.values`. Raises InputError at a quintile other than 1 to 5.
    """
    require(table, "published", ("area_id", "dimension", "quintile"))
    require_unique(table, "published", ("area_id", "dimension"))
    fifth = table["quintile"].astype("float64")
    bad = fifth.notna() & ~fifth.isin([1, 2, 3, 4, 5])
    if bad.any():
        raise InputError(f"published.quintile: {int(bad.sum())} values other than 1 to 5, first at row {bad.idxmax()}")
    nothing = pd.Series(np.nan, index=table.index)
    score = table["score"].astype("float64") if "score" in table else nothing
    status = table["status"] if "status" in table else pd.Series("ok", index=table.index, dtype="object")
    status = status.mask((status == "ok") & fifth.isna(), "missing")
    out = pd.DataFrame({
        "area_id": table["area_id"], "dimension": table["dimension"], "numerator": np.nan,
        "denominator": table["population"].astype("float64") if "population" in table else nothing,
        "value": score.where(status == "ok"), "low": np.nan, "high": np.nan, "fifth": fifth.where(status == "ok"),
        "status": status, "basis": "modelled",
    })
    return out.reset_index(drop=True)


def index(
    table: pd.DataFrame | None, indicators: pd.DataFrame | None = None, region: pd.Series | None = None
) -> Index:
    """The published index where there is one, else the computed one; with both, how far they agree.

    `table` as for `published`, `indicators` and `region` as for `computed`. Raises InputError where neither is given.
    """
    own = None if indicators is None else computed(indicators, region)
    if table is None:
        if own is None:
            raise InputError("deprivation: neither a published index nor the six indicators is given")
        return own
    given = published(table)
    agreement = pd.DataFrame() if own is None else agreed(given, own.values)
    return Index("published", given, pd.DataFrame(), pd.Series(dtype="float64"), agreement)


def agreed(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """By dimension that both have: areas, pearson, spearman [weighted by the people of `other`], same_fifth [0 to 1].

    Scores are compared where `one` has them, else its fifths. NaN where either does not vary.
    """
    both = one.merge(other, on=["area_id", "dimension"], suffixes=("", "_other"))
    both = both[(both["status"] == "ok") & (both["status_other"] == "ok")]
    rows = []
    for dimension, part in both.groupby("dimension"):
        mine = part["value"] if part["value"].notna().all() else part["fifth"]
        weight = part["denominator_other"].to_numpy(dtype="float64")
        rows.append({
            "dimension": dimension, "areas": len(part),
            "pearson": weighted_correlation(mine.to_numpy(), part["value_other"].to_numpy(), weight),
            "spearman": weighted_correlation(
                mine.rank().to_numpy(), part["value_other"].rank().to_numpy(), weight
            ),
            "same_fifth": float(weight[(part["fifth"] == part["fifth_other"]).to_numpy()].sum() / weight.sum()),
        })
    return pd.DataFrame(rows, columns=["dimension", "areas", "pearson", "spearman", "same_fifth"])


def weighted_correlation(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """Pearson's correlation with weights [0 or more]; NaN where either does not vary."""
    share = weight / weight.sum()
    x, y = x - share @ x, y - share @ y
    scale = float(np.sqrt((share @ x**2) * (share @ y**2)))
    return float(share @ (x * y)) / scale if scale > 0 else float("nan")
