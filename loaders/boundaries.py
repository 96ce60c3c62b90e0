"""Areas of every level: names, limits, centres, and how the levels link to each other."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.features import mend, read_features
from loaders.staging import read_csv
from loaders.values import folded

# How far limits may be simplified for drawing [degrees]; about 8 m. Shared edges stay shared.
SIMPLIFY = 8e-5
DIGITS = 5

# Words for a place whose name takes no preposition of its own: a noun before it is right for any name.
NOUN: dict[str, tuple[str, str, str]] = {
    "dissemination_area": ("dans l’aire de diffusion {}", "de l’aire de diffusion {}", "in dissemination area {}"),
    "block": ("dans l’îlot {}", "de l’îlot {}", "in block {}"),
    "tract": ("dans le secteur de recensement {}", "du secteur de recensement {}", "in census tract {}"),
    "district": ("dans le district {}", "du district {}", "in the district of {}"),
    "neighbourhood_housing": ("dans le quartier {}", "du quartier {}", "in {}"),
    "neighbourhood_social": ("dans le quartier {}", "du quartier {}", "in {}"),
    "borough": ("dans l’arrondissement {}", "de l’arrondissement {}", "in {}"),
    "city": ("à {}", "de {}", "in {}"),
}


def read_places(path: Path | None) -> pd.DataFrame:
    """The edition's own table of names: area_id, name_fr, name_en, fr_in, fr_of, en_in, kind; empty without one."""
    columns = ["area_id", "kind", "name_fr", "name_en", "fr_in", "fr_of", "en_in"]
    if path is None:
        return pd.DataFrame(columns=columns)
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return pd.DataFrame(rows, columns=columns, dtype="str")


def add_areas(draft: Draft, source: Source, level: str, frame: pd.DataFrame, vintage: str) -> None:
    """Write one level of areas.

    `frame`: area_id, code, name, geometry [EPSG:4326]; optionally kind, place_fr, population [people],
    households, land_km2, geojson [limits as drawn; made here where absent]. Names and prepositions of the
    edition's own table win over `name`.
    """
    places = read_places(draft.edition.places).set_index("area_id")
    shapes = gpd.GeoSeries(frame["geometry"].to_numpy(), crs=4326)
    centre = shapely.point_on_surface(shapes.to_numpy())
    planar = gpd.GeoSeries(centre, crs=4326).to_crs(draft.edition.projection)
    fr_in, fr_of, en_in = NOUN[level]
    name = frame["name"].to_numpy()
    rows = pd.DataFrame({
        "area_id": frame["area_id"].to_numpy(),
        "level": level,
        "kind": frame["kind"].to_numpy() if "kind" in frame else level,
        "code": frame["code"].to_numpy(),
        "name_fr": name,
        "name_en": name,
        "fr_in": [fr_in.format(n) for n in name],
        "fr_of": [fr_of.format(n) for n in name],
        "en_in": [en_in.format(n) for n in name],
        "place_fr": frame["place_fr"].to_numpy() if "place_fr" in frame else None,
        "vintage": vintage,
        "population": frame["population"].to_numpy() if "population" in frame else None,
        "households": frame["households"].to_numpy() if "households" in frame else None,
        "land_km2": frame["land_km2"].to_numpy() if "land_km2" in frame else None,
        "lon": shapely.get_x(centre), "lat": shapely.get_y(centre),
        "x_m": planar.x.to_numpy(), "y_m": planar.y.to_numpy(),
        "geometry": shapely.to_wkb(shapes.to_numpy()),
        "geojson": frame["geojson"].to_numpy() if "geojson" in frame else drawn(shapes.to_numpy()),
        "dataset_id": source.dataset_id,
    })
    own = rows["area_id"].map(lambda i: i in places.index)
    for column in ("kind", "name_fr", "name_en", "fr_in", "fr_of", "en_in"):
        named = rows["area_id"].map(places[column]) if own.any() else pd.Series(pd.NA, index=rows.index)
        rows[column] = named.where(named.notna() & (named != ""), rows[column])
    if rows["area_id"].duplicated().any():
        raise LoadError(
            f"level {level}: area “{rows.loc[rows['area_id'].duplicated(), 'area_id'].iloc[0]}” comes twice",
            file=source.file,
        )
    draft.insert("area", rows)


def drawn(shapes: np.ndarray) -> list[str]:
    """GeoJSON geometries simplified for drawing; edges two areas share stay shared."""
    polygons = np.asarray([polygonal(shape) for shape in shapes], dtype=object)
    simple = shapely.coverage_simplify(polygons, SIMPLIFY)
    simple = np.where(shapely.is_empty(simple), polygons, simple)
    return list(shapely.to_geojson(shapely.set_precision(simple, 10.0**-DIGITS, mode="pointwise")))


def polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape: a repaired limit may have kept a stray line."""
    kinds = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    if shapely.get_type_id(shape) in kinds:
        return shape
    parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) in kinds]
    return shapely.union_all(parts)


def official(draft: Draft, names: pd.Series) -> pd.Series:
    """The official writing of place names [None where blank]; “A / B” is two places; unknown names stay."""
    places = read_places(draft.edition.places)
    places = places[places["kind"].isin(["borough", "linked_city", "city"])]
    known = dict(zip(folded(places["name_fr"]), places["name_fr"], strict=True))
    written: dict[str, str | None] = {"": None}
    for name in names[names != ""].unique():
        parts = name.split(" / ")
        plain = folded(pd.Series(parts))
        written[name] = " / ".join(known.get(p, part.replace("'", "’")) for p, part in zip(plain, parts, strict=True))
    return names.fillna("").map(written)


def areas(draft: Draft, source: Source) -> None:
    """A level of areas from a file of limits.

    Options: level, id [column], name [column], pattern [of the id], prefix [put before the id],
    vintage, encoding; optionally kind [column], kinds [value -> kind], place [column], place_else [column
    where it is empty], population, households, land_km2 [columns], measure_land [the limits stop at the
    shore: their area is land], keep_column and keep [values asked for], or keep_column with keep_in
    and keep_id [another file and its column that name the areas asked for].
    """
    o = source.options
    wanted = [o["id"], o["name"]] + [
        o[key] for key in (
            "kind", "place", "place_else", "population", "households", "land_km2", "keep_column",
        ) if key in o
    ]
    intake = read_features(
        source.dataset_id, draft.raw, source.file, list(dict.fromkeys(wanted)), encoding=o.get("encoding")
    )
    if "keep" in o:
        intake.leave_out(
            f"{o['keep_column']} not asked for", ~intake.rows[o["keep_column"]].isin(o["keep"])
        )
    if "keep_in" in o:
        asked = read_csv(source.dataset_id, draft.raw, o["keep_in"], [o["keep_id"]]).rows[o["keep_id"]]
        intake.leave_out(f"{o['keep_column']} not in {o['keep_in']}", ~intake.rows[o["keep_column"]].isin(asked))
    intake.identifier(o["id"], o["pattern"])
    mend(intake, draft.edition.projection)
    intake.unique(o["id"], compare=list(wanted))
    for key in ("population", "households", "land_km2"):
        if key in o:
            intake.number(o[key], minimum=0)
    rows = intake.rows
    frame = pd.DataFrame({
        "area_id": o.get("prefix", "") + rows[o["id"]], "code": rows[o["id"]],
        "name": rows[o["name"]].str.replace("'", "’"), "geometry": rows["geometry"],
    })
    if "kind" in o:
        frame["kind"] = rows[o["kind"]].map(o["kinds"])
    for key in ("population", "households", "land_km2"):
        if key in o:
            frame[key] = rows[o[key]]
    if o.get("measure_land"):
        planar = gpd.GeoSeries(rows["geometry"].to_numpy(), crs=4326).to_crs(draft.edition.projection)
        frame["land_km2"] = planar.area.to_numpy() / 1e6
    if "place" in o:
        place = rows[o["place"]]
        if "place_else" in o:
            place = place.where(place != "", rows[o["place_else"]])
        frame["place_fr"] = official(draft, place)
    add_areas(draft, source, o["level"], frame, str(o["vintage"]))
    draft.close_intake(intake, source)


def union(shapes: np.ndarray) -> shapely.Geometry:
    """One shape of many that share their edges; the slow way where they only nearly do."""
    try:
        whole = shapely.coverage_union_all(shapes)
    except shapely.errors.GEOSException:
        return shapely.union_all(shapes)
    return whole if shapely.is_valid(whole) else shapely.union_all(shapes)


def dissolve(draft: Draft, source: Source) -> None:
    """One area made of others, and the dry land of both: limits that run into the river would draw the river.

    Needs the blocks and their private `membership` of `from_level`. Options: level, area_id, code, name,
    vintage, from_level, kinds [of the areas taken].
    """
    o = source.options
    parts = draft.frame("SELECT area_id, kind, geometry FROM area WHERE level = ? ORDER BY area_id", o["from_level"])
    taken = parts[parts["kind"].isin(o["kinds"])]
    if taken.empty:
        raise LoadError(
            f"no area of level {o['from_level']} to dissolve", file=draft.edition.path.name,
            remedy="List its source above this one.",
        )
    member = pd.concat(draft.private.get("membership", [pd.DataFrame(columns=["point_id", "level", "area_id"])]))
    member = member[member["level"] == o["from_level"]]
    if member.empty:
        raise LoadError(
            f"no block says which area of level {o['from_level']} it is in", file=draft.edition.path.name,
            remedy="List the source of the blocks above this one.",
        )
    blocks = draft.frame("SELECT area_id, land_km2, geometry FROM area WHERE level = 'block'")
    blocks["parent"] = blocks["area_id"].map(member.set_index("point_id")["area_id"])
    shapes = pd.Series(shapely.from_wkb([bytes(value) for value in blocks["geometry"]]), index=blocks.index)
    land = {str(parent): union(group.to_numpy()) for parent, group in shapes.groupby(blocks["parent"])}
    shore = np.asarray([land[i] for i in land], dtype=object)
    filled = pd.DataFrame({
        "area_id": list(land), "geojson": drawn(shore),
        "land_km2": blocks.groupby("parent")["land_km2"].sum().reindex(list(land)).to_numpy(),
    })
    draft.con.register("filled", filled)
    draft.con.execute("""
        UPDATE area SET geojson = filled.geojson, land_km2 = filled.land_km2
        FROM filled WHERE area.area_id = filled.area_id
    """)
    draft.con.unregister("filled")
    inside = [i for i in land if i in set(taken["area_id"])]
    add_areas(draft, source, o["level"], pd.DataFrame({
        "area_id": [o["area_id"]], "code": [o["code"]], "name": [o["name"]],
        "geometry": [union(shapely.from_wkb([bytes(value) for value in taken["geometry"]]))],
        "land_km2": [filled.set_index("area_id").loc[inside, "land_km2"].sum()],
        "geojson": drawn(np.asarray([union(np.asarray([land[i] for i in inside], dtype=object))], dtype=object)),
    }), str(o["vintage"]))
