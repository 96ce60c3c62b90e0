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
from loaders.staging import mend, read_features

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
    households, land_km2. Names and prepositions of the edition's own table win over `name`.
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
        "geojson": drawn(shapes.to_numpy()) if level != "block" else None,
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
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def areas(draft: Draft, source: Source) -> None:
    """A level of areas from a file of limits.

    Options: level, id [column], name [column], pattern [of the id], prefix [put before the id],
    vintage, encoding; optionally kind [column], kinds [value -> kind], place [column], population,
    households, land_km2 [columns], keep_column and keep [values asked for].
    """
    o = source.options
    wanted = [o["id"], o["name"]] + [
        o[key] for key in ("kind", "place", "population", "households", "land_km2", "keep_column") if key in o
    ]
    intake = read_features(
        source.dataset_id, draft.raw, source.file, list(dict.fromkeys(wanted)), encoding=o.get("encoding")
    )
    if "keep" in o:
        intake.leave_out(
            f"{o['keep_column']} not asked for", ~intake.rows[o["keep_column"]].isin(o["keep"])
        )
    intake.identifier(o["id"], o["pattern"])
    mend(intake)
    intake.unique(o["id"], compare=[c for c in wanted])
    for key in ("population", "households", "land_km2"):
        if key in o:
            intake.number(o[key], minimum=0)
    rows = intake.rows
    frame = pd.DataFrame({
        "area_id": o.get("prefix", "") + rows[o["id"]], "code": rows[o["id"]], "name": rows[o["name"]],
        "geometry": rows["geometry"],
    })
    if "kind" in o:
        frame["kind"] = rows[o["kind"]].map(o["kinds"])
    for key in ("population", "households", "land_km2"):
        if key in o:
            frame[key] = rows[o[key]]
    if "place" in o:
        frame["place_fr"] = rows[o["place"]].where(rows[o["place"]] != "")
    add_areas(draft, source, o["level"], frame, str(o["vintage"]))
    draft.close_intake(intake, source)
