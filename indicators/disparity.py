"""Disparity: which areas and which groups get more or less of a resource than their share of a baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from indicators.rates import rate, require, require_counts, weakest
from indicators.resampled import DRAWS, LEVEL, require_areas
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="geographic_disparity",
        title=Text("Écart géographique", "Geographic disparity"),
        question=Text("Quels secteurs ont moins que leur part?", "Which areas have less than their share?"),
        counts=Text(
            "part de la ressource moins part de la population visée",
            "share of the resource less share of the people it is for"),
        unit="points", direction="more_is_better", tables=("indicator_value", "area"),
        formula="d_a = R_a ÷ R − B_a ÷ B",
        method=Text(
            "Part de la ressource dans le secteur, moins sa part de la population visée.",
            "Share of the resource in the area, less its share of the people it is for."),
        range_means=Text(
            "Intervalle exact à 95 % de la part d’un si petit nombre de lieux; « non significatif » s’il contient 0.",
            "Exact 95% interval of the share of so few places; “not significant” where it holds 0."),
        limits=(
            Text("Un secteur sur vingt ressort par hasard.", "One area in twenty stands out by chance."),
            Text("L’aide d’un secteur sert aussi ses voisins.", "Help in one area also serves its neighbours."),
        ),
        assumptions=(
            Text("La population visée est prise comme connue.", "The people it is for are taken as known."),
        ),
        misuse=Text(
            "Fermer un lieu parce que son secteur a « plus que sa part ».",
            "Closing a place because its area has “more than its share”."),
        citation=Text(
            "D’après l’outil de données sur l’équité spatiale (Urban Institute).",
            "After the Spatial Equity Data Tool (Urban Institute)."),
        breaks=(-0.05, -0.01, 0.01, 0.05),
    ),
    Indicator(
        id="demographic_disparity",
        title=Text("Écart par groupe", "Disparity by group"),
        question=Text("Autour de quels groupes y a-t-il moins d’aide?", "Around which groups is there less help?"),
        counts=Text(
            "part du groupe autour de l’aide moins sa part de la population",
            "share of the group around help less its share of everyone"),
        unit="points", direction="more_is_better", tables=("indicator_value", "census_value", "area"),
        formula="d_g = Σ_a s_a · π_ag − π_g",
        method=Text(
            "Part du groupe dans les secteurs où se trouve l’aide, moins sa part dans la ville.",
            "Share of the group in the areas where help stands, less its share of the city."),
        range_means=Text(
            "Ce que donnerait le hasard si autant de lieux étaient semés comme les gens, 95 %.",
            "What chance would give if as many places were scattered as people are, 95%."),
        limits=(
            Text(
            "Un secteur n’est pas une personne : on ne sait pas qui, dans le secteur, est aidé.",
            "An area is not a person: who is helped inside it is not known."),
            Text("Les groupes se recoupent : ne pas les additionner.", "Groups overlap: do not add them up."),
        ),
        assumptions=(
            Text("Les lieux sont indépendants les uns des autres.", "Places are independent of one another."),
        ),
        misuse=Text("Y lire une discrimination par les organismes.", "Reading discrimination by organizations in it."),
        citation=Text(
            "D’après l’outil de données sur l’équité spatiale (Urban Institute).",
            "After the Spatial Equity Data Tool (Urban Institute)."),
        grain="group", breaks=(-0.05, -0.01, 0.01, 0.05),
    ),
)

# Shares of a group are published rounded: a hair above 1 is round-off, not an error.
_ROUND_OFF = 1e-9


def effective_units(amounts: pd.Series) -> float:
    """How many equal places would vary as much as these: (Σ x)² ÷ Σ x² (Kish 1965); 0 where nothing is offered.

    `amounts`: one number per place, from 0 up; NaN [amount never told] counts for nothing.

    >>> effective_units(pd.Series([11.0, 11.0])), effective_units(pd.Series([30.0, 10.0]))
    (2.0, 1.6)
    """
    require_counts(amounts.to_frame("amount"), "places", ["amount"])
    total, squares = amounts.sum(), (amounts**2).sum()
    return float(rate(pd.Series([total**2]), pd.Series([squares])).fillna(0.0).iloc[0])


def share_limits(share: pd.Series, units: float, level: float = LEVEL) -> tuple[pd.Series, pd.Series]:
    """Exact limits of a share seen on `units` independent places, not always whole (Clopper–Pearson); NaN for none."""
    tail = (1 - level) / 2
    hit = share * units
    miss = units - hit
    low = pd.Series(betaincinv(hit, miss + 1, tail), index=share.index).where(hit > 0, 0.0)
    high = pd.Series(betaincinv(hit + 1, miss, 1 - tail), index=share.index).where(miss > 1e-12, 1.0)
    seen = share.notna() & (units > 0)
    return low.where(seen), high.where(seen)


def verdicts(low: pd.Series, high: pd.Series) -> pd.Series:
    """`more` or `less` where the interval leaves 0 out, `not_significant` where it holds 0, `unknown` without one."""
    found = np.select([low.isna() | high.isna(), low > 0, high < 0], ["unknown", "more", "less"], "not_significant")
    return pd.Series(found, index=low.index)


def geographic_disparity(areas: pd.DataFrame, units: float | None = None, level: float = LEVEL) -> pd.DataFrame:
    """Share of the resource in each area less its share of the baseline: one row per area, in the order given.

    `areas`: area_id, population [people], resource [any amount that adds up, 0 up], baseline [people of the group
    the resource is for, 0 up], basis; NaN = not known. `units`: how many independent places stand behind the
    resource (`effective_units` of their amounts); None = not known, so no interval.

    Result shape: numerator = resource, denominator = baseline, value = d_a [−1 to 1], low and high = exact limits of
    the share of that many places, less the baseline share, which is taken as known; and resource_share,
    baseline_share, verdict (`verdicts`). `not_applicable`: nobody lives there, or there is no resource or no
    baseline anywhere; `missing`: a number of the area is; shares are of the other areas. At 95 %, one area in
    twenty is `more` or `less` by chance. Raises InputError for no rows, an area twice, negative or infinite
    numbers, `units` below 0. After the Spatial Equity Data Tool (Urban Institute).
    """
    require_areas(areas, ["population", "resource", "baseline"])
    if units is not None and not 0 <= units < np.inf:
        raise InputError(f"geographic_disparity.units: {units} is not a number of places")
    live = areas["population"].fillna(0) > 0
    known = areas[["resource", "baseline"]].notna().all(axis=1) & areas["population"].notna()
    kept = live & known
    resource, baseline = areas["resource"].where(kept), areas["baseline"].where(kept)
    share, held = (rate(x, pd.Series(x.sum(), index=x.index)) for x in (resource, baseline))
    low, high = share_limits(share, units or 0.0, level)
    out = areas[["area_id"]].assign(
        numerator=resource, denominator=baseline, value=share - held, low=low - held, high=high - held,
        status="ok", basis=areas["basis"], resource_share=share, baseline_share=held,
    )
    out["status"] = out["status"].mask(out["value"].isna(), "not_applicable").mask(~known, "missing")
    out["status"] = out["status"].mask((areas["population"] == 0), "not_applicable")
    hidden = out["status"] != "ok"
    out.loc[hidden, ["numerator", "value", "low", "high", "resource_share", "baseline_share"]] = np.nan
    return out.assign(verdict=verdicts(out["low"], out["high"]))


def demographic_disparity(
    areas: pd.DataFrame, groups: pd.DataFrame, units: float | None = None, draws: int = DRAWS, seed: int = 0,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Share of each group around the resource less its share of everyone: one row per group_id, sorted.

    `areas`: area_id, population [people], resource [any amount that adds up, 0 up], basis; `groups`: area_id,
    group_id, share [of the area's population, 0 to 1]; NaN = not known. d_g = Σ s_a π_ag − π_g, where s_a is the
    area's share of the resource and π_g the group's share of everyone. `units`: as for `geographic_disparity`.

    Result shape, with group_id in place of area_id: numerator = Σ s_a π_ag, denominator = π_g, value = d_g [−1 to
    1], low and high = value less what chance alone gives when that many places are scattered as people are
    (percentiles of `draws`, seeded), verdict. An area that lacks the group's share is out for that group;
    `missing` where these hold more than half the people, `not_applicable` where there is no resource. Raises
    InputError as above, and for a share above 1, an area of `groups` not in `areas`, or an area twice in a group.
    """
    require_areas(areas, ["population", "resource"])
    require(groups, "groups", ["area_id", "group_id"])
    require_counts(groups, "groups", ["share"])
    _require_groups(areas, groups)
    if units is not None and not 0 <= units < np.inf:
        raise InputError(f"demographic_disparity.units: {units} is not a number of places")
    place = areas.sort_values("area_id").set_index("area_id")
    place = place[(place["population"] > 0)]
    basis, rows = weakest(areas["basis"].unique()), []
    for group_id, own in groups.groupby("group_id", sort=True):
        share = own.set_index("area_id")["share"].reindex(place.index)
        kept = place[share.notna() & place["resource"].notna()]
        found = {"group_id": group_id, "numerator": np.nan, "denominator": np.nan, "low": np.nan, "high": np.nan}
        status = "not_applicable" if place.empty else "missing"
        if kept["population"].sum() * 2 >= place["population"].sum() and len(kept):
            pi, people = share[kept.index].to_numpy("float64"), kept["population"].to_numpy("float64")
            around, total = pd.Series([(kept["resource"] * pi).sum()]), pd.Series([kept["resource"].sum()])
            status = "ok" if total[0] > 0 else "not_applicable"
            found["numerator"] = float(rate(around, total).iloc[0])
            found["denominator"] = float(rate(pd.Series([people @ pi]), pd.Series([people.sum()])).iloc[0])
            if units and status == "ok":
                shift = _scattered(pi, people, units, draws, seed) - found["denominator"]
                tail = (1 - level) / 2
                down, up = np.quantile(shift, [tail, 1 - tail])
                gap = found["numerator"] - found["denominator"]
                found |= {"low": max(-1.0, gap - up), "high": min(1.0, gap - down)}
        rows.append(found | {"status": status, "basis": basis})
    out = pd.DataFrame(rows)
    out.insert(3, "value", out["numerator"] - out["denominator"])
    return out.assign(verdict=verdicts(out["low"], out["high"]))


def _scattered(pi: np.ndarray, people: np.ndarray, units: float, draws: int, seed: int) -> np.ndarray:
    """Group's share around `units` places scattered as people are, in each draw; a part of a place is left out."""
    rng = np.random.default_rng(seed)
    places = max(1, int(units))
    edge = people.cumsum()
    at = np.searchsorted(edge, rng.uniform(0, edge[-1], (draws, places)), side="right")
    return pi[np.minimum(at, len(pi) - 1)].mean(axis=1)


def _require_groups(areas: pd.DataFrame, groups: pd.DataFrame) -> None:
    if groups.empty:
        raise InputError("groups: no rows")
    above = groups["share"] > 1 + _ROUND_OFF
    if above.any():
        raise InputError(f"groups.share: {int(above.sum())} above 1, first at row {above.idxmax()}")
    strange = ~groups["area_id"].isin(areas["area_id"])
    if strange.any():
        raise InputError(f"groups.area_id: {int(strange.sum())} not in areas, first at row {strange.idxmax()}")
    twice = groups.duplicated(["area_id", "group_id"])
    if twice.any():
        raise InputError(f"groups: {int(twice.sum())} areas twice in a group, first at row {twice.idxmax()}")
