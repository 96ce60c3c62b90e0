"""Equity: whether help leans to the deprived, how unevenly it is spread, who has less than a share, and clusters.

All is measured over the areas of the edition's `default_level`, those whose value is known. Rows of the city are at
level `city`; rows of areas at `default_level`. `grp` is the quantity measured, never empty: no map takes these rows
for an indicator of its own. `setting` is that of the quantity: the default reach for access, empty elsewhere.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from computing.facts import Facts
from indicators import access, clusters, disparity, equity, need, profile
from indicators.rates import MIN_COVERED, rate, weakest
from loaders.draft import Draft
from loaders.lift import SHAPE, areas_of, covered, level_of, lifted, one_each
from loaders.links import containing
from loaders.services import food_aid

# Quantities ranked by deprivation; a share has bounds, and its index is then Erreygers's.
BOUNDS: dict[str, tuple[float, float] | None] = {
    access.ACCESS.id: None, access.NEAREST.id: None, need.INDICATOR.id: (0.0, 1.0),
}
# Quantities whose spread over people is measured: need is a model's share, its spread says what the model says.
SPREAD = (access.ACCESS.id, access.NEAREST.id)
# Resources placed in areas: points of service, and the people they say they can serve in a month.
PLACES, CAPACITY = "food_aid", "capacity"


def compute(draft: Draft, _: Facts) -> None:
    """Write the indices of the city and the disparities and clusters of its areas; nothing where there are no areas."""
    level = draft.edition.default_level
    cities = draft.frame("SELECT area_id FROM area WHERE level = 'city' ORDER BY area_id")["area_id"]
    if level == "city" or cities.empty or areas_of(draft, level).empty:
        return
    draft.flush()  # what the steps before set aside is read here
    city, score = str(cities.iloc[0]), deprivation_score(draft, level)
    found = {quantity: _quantity(draft, level, quantity, score) for quantity in BOUNDS}
    found = {quantity: areas for quantity, areas in found.items() if areas["status"].notna().any()}
    for quantity, areas in found.items():
        _indices(draft, city, quantity, areas)
    if access.ACCESS.id in found and need.INDICATOR.id in found:
        _inequity(draft, city, found[access.ACCESS.id], found[need.INDICATOR.id])
    if need.INDICATOR.id in found:
        _disparities(draft, city, level, found[need.INDICATOR.id])
    _clusters(draft, city, level, found)


def _setting(draft: Draft, quantity: str) -> str:
    return f"reach_m={float(draft.edition.settings['reach_m']):g}" if quantity == access.ACCESS.id else ""


def deprivation_score(draft: Draft, level: str) -> pd.DataFrame:
    """Score of each area [high = most deprived; NaN = not known] and its basis, by area_id.

    The economic dimension of the edition's index, mean over residents; where nobody scored it, the share below the
    Market Basket Measure. An area most of whose residents have no score has none.
    """
    scored = draft.frame("""
        SELECT d.area_id, score * a.population AS points, CAST(a.population AS DOUBLE) AS people, d.basis
        FROM deprivation d JOIN area a USING (area_id)
        WHERE dimension = 'economic' AND score IS NOT NULL AND a.population IS NOT NULL ORDER BY d.area_id
    """)
    if scored.empty:
        below = draft.frame("""
            SELECT area_id, CASE WHEN status = 'ok' THEN value END AS deprivation, basis FROM indicator_value
            WHERE indicator_id = 'below_mbm' AND level = ? AND grp = '' AND setting = '' AND period = ''
        """, level)
        return below.astype({"deprivation": "float64"}).set_index("area_id")
    one_each(scored, "the economic dimension of deprivation")
    source_level = level_of(draft, scored["area_id"])
    total = lifted(draft, scored, source_level, level, ["points", "people"]).set_index("area_id")
    mean = rate(total["points"], total["people"])
    told = covered(draft, scored["area_id"], source_level, level).reindex(mean.index)
    basis = weakest([*scored["basis"].unique(), *([] if level == source_level else ["modelled"])])
    return mean.where(told >= MIN_COVERED).to_frame("deprivation").assign(basis=basis)


def _quantity(draft: Draft, level: str, quantity: str, score: pd.DataFrame) -> pd.DataFrame:
    """Every area of the level: area_id, population [people], value and numerator [NaN unless ok], status, reason,
    basis, deprivation; status is NaN where the indicator has no row."""
    rows = draft.frame("""
        SELECT area_id, value, numerator, status, reason, basis FROM indicator_value
        WHERE indicator_id = ? AND level = ? AND setting = ? AND grp = '' AND period = ''
    """, quantity, level, _setting(draft, quantity))
    areas = areas_of(draft, level).rename(columns={"residents": "population"}).merge(rows, on="area_id", how="left")
    areas["population"] = areas["population"].astype("float64")
    for column in ("value", "numerator"):
        areas[column] = areas[column].astype("float64").where(areas["status"] == "ok")
    bases = [*areas["basis"].dropna().unique(), *score["basis"].unique()]
    return areas.assign(
        deprivation=areas["area_id"].map(score["deprivation"]).astype("float64"),
        basis=weakest(bases) if bases else "modelled",
    )


def _write(draft: Draft, indicator_id: str, level: str, result: pd.DataFrame, grp: str, setting: str = "") -> None:
    """Set aside rows of one quantity: the result shape and `reason`."""
    draft.insert_later("indicator_value", result[[*SHAPE, "reason"]].assign(
        indicator_id=indicator_id, level=level, period="", grp=grp, setting=setting,
    ))


def _because(result: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """A row of the city with the status and reason most of the people left out share.

    `areas`: population, status, reason of what the row is made from. `not_applicable` where people live: too few
    areas, or no gap between them.
    """
    live = areas[areas["population"] > 0]
    status, reason = str(result["status"].iloc[0]), None
    if status == "missing":
        out = live[live["status"] != "ok"].fillna({"status": "missing", "reason": "not_published"})
        people = out["population"].groupby([out["status"], out["reason"]]).sum()
        status, reason = people.index.to_list()[int(people.to_numpy().argmax())]
    elif status == "not_applicable":
        reason = "no_comparison" if len(live) else "nobody"
    return result.assign(status=status, reason=reason)


def _ranked(areas: pd.DataFrame) -> pd.DataFrame:
    """The areas, those without a deprivation score being `not_covered`."""
    lacking = (areas["status"] == "ok") & areas["deprivation"].isna()
    return areas.assign(
        status=areas["status"].mask(lacking, "missing"), reason=areas["reason"].mask(lacking, "not_covered")
    )


def _indices(draft: Draft, city: str, quantity: str, areas: pd.DataFrame) -> None:
    """Concentration, ratio between fifths and spread of one quantity."""
    ranked, setting = _ranked(areas), _setting(draft, quantity)
    for indicator_id, result, used in (
        ("concentration_index", equity.concentration_index(areas, city, BOUNDS[quantity]), ranked),
        ("fifth_ratio", equity.fifth_ratio(areas, city), ranked),
        *([("gini", equity.gini(areas, city), areas)] if quantity in SPREAD else []),
    ):
        _write(draft, indicator_id, "city", _because(result, used), quantity, setting)


def _inequity(draft: Draft, city: str, supply: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Places that residents can claim against people in need, both per resident."""
    areas = supply.assign(supply=rate(supply["numerator"], supply["population"]), need=wanted["value"])
    areas["basis"] = weakest([*supply["basis"].unique(), *wanted["basis"].unique()])
    lacking = (areas["status"] == "ok") & areas["need"].isna()
    for column in ("status", "reason"):
        areas[column] = areas[column].mask(lacking, wanted[column])
    result = _because(equity.inequity(areas, city), _ranked(areas))
    _write(draft, "inequity", "city", result, access.ACCESS.id, _setting(draft, access.ACCESS.id))


def _disparities(draft: Draft, city: str, level: str, wanted: pd.DataFrame) -> None:
    """Share of the food aid that stands in each area against its share of people in need, and around which groups."""
    services = food_aid(draft)
    at = pd.Series(containing(draft, level, services), index=services.index, dtype="object")
    basis = weakest([*wanted["basis"].unique(), *services["basis"].unique()])
    areas = wanted[["area_id", "population", "status", "reason"]].assign(baseline=wanted["numerator"], basis=basis)
    told_any = services["capacity"].notna().any()  # nobody told a capacity: there is nothing to share out
    for name, amounts in (
        (PLACES, pd.Series(1.0, index=services.index)), *([(CAPACITY, services["capacity"])] if told_any else []),
    ):
        # An area that holds one place of untold capacity has no total: a sum without it would be too low.
        held = amounts.groupby(at).agg(lambda each: each.sum(skipna=False))
        told = areas.assign(resource=areas["area_id"].map(held).where(areas["area_id"].isin(at), 0.0).astype("float64"))
        untold = (told["status"] == "ok") & told["resource"].isna()
        told["status"] = told["status"].mask(untold, "unknown")
        told["reason"] = told["reason"].mask(untold, "capacity_untold")
        kept = told.loc[(told["status"] == "ok") & (told["population"] > 0), "area_id"]
        result = disparity.geographic_disparity(told, disparity.effective_units(amounts[at.isin(kept)]))
        _write(draft, "geographic_disparity", level, _with_reason(result, told), name)
        if name == PLACES:
            _around_groups(draft, city, level, told, float(at.notna().sum()))


def _with_reason(result: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """One row per area: an area without a value keeps the status and reason of what it lacks."""
    own = areas.set_index("area_id").loc[result["area_id"], ["status", "reason"]].reset_index(drop=True)
    result = result.reset_index(drop=True)
    left = result["status"] != "ok"
    lacking = left & (own["status"] != "ok")
    reason = own["reason"].where(lacking).mask(left & ~lacking, "no_comparison")
    return result.assign(status=result["status"].mask(lacking, own["status"]), reason=reason)


def _around_groups(draft: Draft, city: str, level: str, areas: pd.DataFrame, units: float) -> None:
    """Share of each declared group of residents around points of service, against its share of the city."""
    rows = draft.frame("""
        SELECT indicator_id AS group_id, area_id, CASE WHEN status = 'ok' THEN value END AS share, status, reason, basis
        FROM indicator_value WHERE level = ? AND grp = '' AND setting = '' AND period = ''
        ORDER BY indicator_id, area_id
    """, level)
    rows = rows[rows["group_id"].isin([indicator.id for indicator in profile.INDICATORS])]
    if rows.empty:
        return
    services = areas[["area_id", "population", "resource", "basis"]]
    found = disparity.demographic_disparity(services, rows.astype({"share": "float64"}), units)
    for group_id, own in rows.groupby("group_id"):
        result = found[found["group_id"] == group_id].assign(
            area_id=city, basis=weakest([*areas["basis"].unique(), *own["basis"].unique()])
        )
        used = areas[["area_id", "population"]].merge(own, on="area_id", how="left")
        _write(draft, "demographic_disparity", "city", _because(result, used), str(group_id))


def _clusters(draft: Draft, city: str, level: str, found: dict[str, pd.DataFrame]) -> None:
    """Local Moran of each quantity, its class and p-value, and the index of the whole city.

    A class is a row of its own, setting `cluster=…`, whose value is the p-value; so is the city's, setting `p_value`.
    """
    # Contiguity is slow to import: not for a city where no pattern could be told.
    enough = any((areas["value"].notna() & (areas["population"] > 0)).sum() >= clusters.FEWEST
                 for areas in found.values())
    near = contiguity(draft, level) if enough else pd.DataFrame({"area_id": [], "neighbour_id": []}, dtype="str")
    for quantity, areas in found.items():
        setting = _setting(draft, quantity)
        whole = clusters.moran(areas, near, city)
        _write(draft, "local_cluster", "city", _because(whole, areas), quantity, setting)
        local = _with_reason(clusters.local_clusters(areas, near), areas)
        alone = (local["cluster"] == "island") & local["status"].eq("not_applicable") & enough
        local["reason"] = local["reason"].mask(alone, "no_neighbour")
        _write(draft, "local_cluster", level, local, quantity, setting)
        sure = local[local["status"] == "ok"]
        for cluster, rows in sure.groupby("cluster"):
            _p_values(draft, level, rows, quantity, f"{setting};cluster={cluster}".lstrip(";"))
        _p_values(draft, "city", whole[whole["status"] == "ok"], quantity, f"{setting};p_value".lstrip(";"))


def _p_values(draft: Draft, level: str, rows: pd.DataFrame, quantity: str, setting: str) -> None:
    told = rows.assign(numerator=float("nan"), denominator=float("nan"), value=rows["p_value"], reason=None)
    if len(told):
        _write(draft, "local_cluster", level, told, quantity, setting)


def contiguity(draft: Draft, level: str) -> pd.DataFrame:
    """Areas of a level that touch, from their limits: area_id, neighbour_id; an area without limits has no row."""
    limits = draft.frame(
        "SELECT area_id, geometry FROM area WHERE level = ? AND geometry IS NOT NULL ORDER BY area_id", level
    )
    shapes = shapely.from_wkb([bytes(value) for value in limits["geometry"]])
    return clusters.contiguity(gpd.GeoDataFrame(limits[["area_id"]], geometry=shapes))
