"""Links between levels: population-weighted crosswalks, all made from where the demand points live."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from loaders.draft import Draft

REASON = (
    "Des gens habitent hors de tout secteur de ce découpage.",
    "Some people live outside every area of this level.",
)


def link(draft: Draft) -> None:
    """Fill `area_link` and `crosswalk` for every ordered pair of levels, then set population-weighted centres.

    Each demand point belongs to at most one area of each level: the one a loader declared in the private
    frame `membership` (point_id, level, area_id), or the one whose limits hold the point. Where two areas
    overlap, the first by identifier keeps it.
    """
    points = draft.frame("SELECT point_id, base_id, lon, lat, population FROM demand_point ORDER BY point_id")
    declared = draft.private.pop("membership", [])
    households = draft.private.pop("households", [])
    points["households"] = 0.0
    for frame in households:
        points["households"] = points["point_id"].map(frame.set_index("point_id")["households"]).fillna(0.0)
    levels = [level for level in draft.edition.levels if level != "block"]
    for level in levels:
        if level == draft.edition.base_level:
            points[level] = points["base_id"]
            continue
        known = [frame[frame["level"] == level] for frame in declared]
        known = [frame for frame in known if len(frame)]
        if known:
            found = pd.concat(known).set_index("point_id")["area_id"]
            points[level] = points["point_id"].map(found)
        else:
            points[level] = containing(draft, level, points)
    # Categories: grouping by text would take most of the time spent here.
    points = points.astype(dict.fromkeys(levels, "category"))
    _point_links(draft, points, levels)
    for child in levels:
        for parent in levels:
            if child != parent:
                _level_links(draft, points, child, parent)
    _fill_areas(draft, points, levels)


def containing(draft: Draft, level: str, points: pd.DataFrame) -> np.ndarray:
    """Identifier of the area of a level that holds each point, or None."""
    areas = draft.frame(
        "SELECT area_id, geometry FROM area WHERE level = ? AND geometry IS NOT NULL ORDER BY area_id", level
    )
    shapes = shapely.from_wkb([bytes(value) for value in areas["geometry"]])
    at = shapely.points(points["lon"].to_numpy(), points["lat"].to_numpy())
    point, area = shapely.STRtree(shapes).query(at, predicate="intersects")
    first = pd.DataFrame({"point": point, "area": area}).sort_values(["point", "area"]).drop_duplicates("point")
    found = np.full(len(points), None, dtype=object)
    found[first["point"].to_numpy()] = areas["area_id"].to_numpy()[first["area"].to_numpy()]
    return found


def _point_links(draft: Draft, points: pd.DataFrame, levels: list[str]) -> None:
    for level in levels:
        placed = points[points[level].notna()]
        draft.insert("area_link", pd.DataFrame({
            "child_level": "demand_point", "child_id": placed["point_id"], "parent_level": level,
            "parent_id": placed[level].astype("str"), "population_weight": 1.0, "household_weight": 1.0,
            "method": "point",
        }))
        _balance(draft, "demand_point", level, points)


def _balance(draft: Draft, child: str, parent: str, points: pd.DataFrame) -> None:
    inside = points if child == "demand_point" else points[points[child].notna()]
    total = inside["population"].sum()
    placed = inside.loc[inside[parent].notna(), "population"].sum()
    lost = total - placed
    draft.insert("crosswalk", pd.DataFrame([{
        "child_level": child, "parent_level": parent, "population": round(total), "placed": placed,
        "unplaced": lost, "reason_fr": REASON[0] if lost > 0 else None, "reason_en": REASON[1] if lost > 0 else None,
    }]))


def _level_links(draft: Draft, points: pd.DataFrame, child: str, parent: str) -> None:
    """Weights of each child over its parents; a child with no resident is shared by its number of points."""
    inside = points[points[child].notna()]
    weights = {}
    for name, column in (("population_weight", "population"), ("household_weight", "households")):
        amount = inside[column].where(inside.groupby(child)[column].transform("sum") > 0, 1.0)
        share = amount / amount.groupby(inside[child]).transform("sum")
        placed = inside[parent].notna()
        weights[name] = share[placed].groupby([inside.loc[placed, child], inside.loc[placed, parent]]).sum()
    links = pd.DataFrame(weights).reset_index(names=["child_id", "parent_id"])
    links = links.astype({"child_id": "str", "parent_id": "str"})
    empty = inside.groupby(child)["population"].sum()
    links["method"] = np.where(links["child_id"].map(empty) > 0, "point", "land")
    draft.insert("area_link", links.assign(child_level=child, parent_level=parent))
    _balance(draft, child, parent, points)


def _fill_areas(draft: Draft, points: pd.DataFrame, levels: list[str]) -> None:
    """Residents, households and population-weighted centres, from the points each area holds."""
    planar = Transformer.from_crs(4326, draft.edition.projection, always_xy=True)
    for level in levels:
        inside = points[points[level].notna()]
        total = inside.groupby(level).agg(population=("population", "sum"), households=("households", "sum"))
        for axis in ("lon", "lat"):
            total[axis] = (inside[axis] * inside["population"]).groupby(inside[level]).sum() / total["population"]
        lived_in = total["population"] > 0  # where nobody lives, the centre stays that of the land
        total["x_m"], total["y_m"] = planar.transform(total["lon"].where(lived_in), total["lat"].where(lived_in))
        filled = total.reset_index(names="area_id")
        filled.loc[~lived_in.to_numpy(), ["lon", "lat", "x_m", "y_m"]] = None
        filled["population"] = filled["population"].round().astype("int64")
        filled["households"] = filled["households"].round().astype("int64")
        draft.con.register("filled", filled)
        draft.con.execute("""
            UPDATE area SET population = filled.population,
                households = coalesce(area.households, nullif(filled.households, 0)),
                lon = coalesce(filled.lon, area.lon), lat = coalesce(filled.lat, area.lat),
                x_m = coalesce(filled.x_m, area.x_m), y_m = coalesce(filled.y_m, area.y_m)
            FROM filled WHERE area.area_id = filled.area_id
        """)
        draft.con.execute("UPDATE area SET population = 0 WHERE level = ? AND population IS NULL", [level])
        draft.con.unregister("filled")
