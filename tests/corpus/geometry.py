"""Limits and points that are not where, or what, they say."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely import affinity

from tests.corpus.entry import Entry, loader, mapped, put, shapes

SQUARE = shapely.box(-73.6, 45.5, -73.5, 45.6)
NEXT = affinity.translate(SQUARE, 0.1)
BOW = shapely.Polygon([(-73.6, 45.5), (-73.5, 45.6), (-73.5, 45.5), (-73.6, 45.6)])
TOUCHING = shapely.Polygon([(-73.6, 45.5), (-73.5, 45.5), (-73.55, 45.55), (-73.5, 45.6), (-73.6, 45.6), (-73.55,
45.55)])


def collection(*given: shapely.Geometry | dict[str, Any] | None, more: dict[str, Any] | None = None) -> str:
    """A GeoJSON of these geometries, identified 1, 2, 3 …"""
    features = [
        {"type": "Feature", "properties": {"id": str(i)},
         "geometry": json.loads(shapely.to_geojson(g)) if isinstance(g, shapely.Geometry) else g}
        for i, g in enumerate(given, start=1)
    ]
    return json.dumps({"type": "FeatureCollection", **(more or {}), "features": features})


def drawn(*given: shapely.Geometry | dict[str, Any] | None, more: dict[str, Any] | None = None) -> Callable[[Path],
    object]:
    return put(collection(*given, more=more), "x.geojson")


def shapefile(frame: gpd.GeoDataFrame, *without: str, prj: str = "") -> Callable[[Path], object]:
    """A Shapefile, `without` some of its files; `prj` takes the place of its own."""
    def write(folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of long field names, and of a missing system
            frame.to_file(folder / "x.shp", driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8")
        for end in without:
            (folder / f"x{end}").unlink()
        if prj:
            (folder / "x.prj").write_text(prj)
    return write


def frame(*given: shapely.Geometry, crs: Any = 4326, **columns: list[str]) -> gpd.GeoDataFrame:
    told = columns or {"id": [str(i) for i in range(1, len(given) + 1)]}
    return gpd.GeoDataFrame(told, geometry=list(given), crs=crs)


METRES = shapely.box(300000, 5040000, 301000, 5041000)
WEB = 'PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],' \
      'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Mercator_1SP"],' \
      'PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1]]'
AREAS = {"level": "district", "id": "id", "name": "id", "pattern": r"\d+", "vintage": 2026}
areas = loader("areas", "x.geojson",
"SELECT area_id, round(ST, 3) FROM (SELECT area_id, lon AS ST FROM area) ORDER BY 1",
               **AREAS)
LISTING = """
table = "listing"
[fields]
id = "id"
name = "id"
address = "address"
lon = "lon"
lat = "lat"
"""
PLACES = "SELECT position, lon FROM location ORDER BY location_id"


def points(*at: tuple[str, str]) -> Callable[[Path], object]:
    return put("id,address,lon,lat\n" + "".join(f"{i},{i} rue,{x},{y}\n" for i, (x, y) in enumerate(at, start=1)))


listing = mapped(LISTING, "x.csv", PLACES)
POSITIONS = "SELECT position, count(*) FROM location GROUP BY ALL ORDER BY ALL"
swapped = shapely.transform(SQUARE, lambda xy: xy[:, ::-1])

ENTRIES = (
    Entry("lat/lon swapped", "limits with latitude first", drawn(swapped, SQUARE), shapes(), [["2", 0.01]],
          refused=((1, "geometry", "position"),)),
    Entry("lat/lon swapped", "a level of areas with latitude first", drawn(swapped, SQUARE), areas, [["2", -73.55]],
          refused=((1, "geometry", "position"),)),
    Entry("lat/lon swapped", "services with latitude first", points(("45.5", "-73.6"), ("-73.6", "45.5")), listing,
          [["outside", None], ["given", -73.6]], noted=((2, "lat", "outside"),)),
    Entry("lat/lon swapped", "demand points with latitude first",
          put("point_id,base_id,lon,lat,population\na,A,45.5,-73.6,9\nb,A,-73.6,45.5,9\n"),
          loader("table", "x.csv", "SELECT point_id FROM demand_point", table="demand_point"), ["b"],
          refused=((2, "lon", "position"),)),
    Entry("lat/lon swapped", "a table of services with latitude first",
          put("name,address,lon,lat\nA,1 rue,45.5,-73.6\nB,2 rue,-73.6,45.5\n"),
          loader("service_table", "x.csv", "SELECT position FROM location ORDER BY 1", kind="food_aid", name="name",
                 address="address", lon="lon", lat="lat"), ["given", "outside"]),
    Entry("metres labelled 4326", "metres in a GeoJSON", drawn(METRES), shapes(),
          told="x.geojson, column “geometry”: coordinates reach 5,041,000: metres called degrees"),
    Entry("metres labelled 4326", "metres in a Shapefile that says degrees", shapefile(frame(METRES)),
          shapes("x.shp"), told="x.shp, column “geometry”: coordinates reach 5,041,000"),
    Entry("metres labelled 4326", "metres that say so", shapefile(frame(METRES, crs=32188)), shapes("x.shp"),
          [["1", 0.000115]]),
    Entry("missing .prj", "no coordinate system", shapefile(frame(SQUARE), ".prj"), shapes("x.shp"),
          told="x.shp: it does not say its coordinate system. Add the .prj file beside it, or declare `crs`"),
    Entry("missing .prj", "a coordinate system declared in its place", shapefile(frame(SQUARE), ".prj"),
          shapes("x.shp", crs="EPSG:4326"), [["1", 0.01]]),
    Entry("wrong .prj", "degrees that say they are metres", shapefile(frame(SQUARE), prj=WEB), shapes("x.shp"), [],
          refused=((1, "geometry", "position"),)),
    Entry("wrong .prj", "metres of Quebec that say they are of a Mercator of the world",
          shapefile(frame(METRES), prj=WEB), shapes("x.shp"), [], refused=((1, "geometry", "position"),)),
    Entry("wrong .prj", "a coordinate system that is none", shapefile(frame(SQUARE), prj="nonsense"), shapes("x.shp"),
          told="x.shp: it does not say its coordinate system"),
    Entry("missing .shx", "no index", shapefile(frame(SQUARE), ".shx"), shapes("x.shp"),
          told="x.shp: cannot be read as boundaries. The file x.shx should lie beside it."),
    Entry("missing .dbf", "no attributes", shapefile(frame(SQUARE), ".dbf"), shapes("x.shp"),
          told="x.shp, column “id”: the column is missing"),
    Entry("missing .cpg", "accents of UTF-8, encoding declared", shapefile(frame(SQUARE, id=["Étang"]), ".cpg"),
          shapes("x.shp", encoding="UTF-8"), [["Étang", 0.01]]),
    Entry("missing .cpg", "accents of UTF-8, encoding told by nobody", shapefile(frame(SQUARE, id=["Étang"]), ".cpg"),
          shapes("x.shp"), [], refused=((1, "id", "encoding"),)),
    Entry("10-character field clash", "two long names cut to one",
          shapefile(frame(SQUARE, population_2016=["1"], population_2021=["2"])),
          shapes("x.shp", ["population_2021"]), told="x.shp, column “population_2021”: the column is missing"),
    Entry("bow-tie", "a polygon whose sides cross", drawn(BOW), shapes(), [["1", 0.005]],
          why="its two triangles are its surface: as it stood it had none"),
    Entry("self-touching ring", "a ring that touches itself", drawn(TOUCHING), shapes(), [["1", 0.005]]),
    Entry("slivers", "a gap and an overlap of a metre", drawn(SQUARE, affinity.translate(SQUARE, 0.09999),
                                                             affinity.translate(SQUARE, -0.10001)), shapes(),
          [["1", 0.01], ["2", 0.01], ["3", 0.01]],
          why="limits of two publishers never meet exactly; a point in two areas is in the first (links.py)"),
    Entry("duplicate polygons", "one identifier and one shape, twice", drawn(SQUARE, SQUARE), areas, [["1", -73.55],
          ["2", -73.55]], why="two names for one place are two areas; one name twice is a duplicate (next)"),
    Entry("duplicate polygons", "one feature twice",
          put(collection(SQUARE, NEXT, NEXT).replace('"id": "3"', '"id": "2"'), "x.geojson"), areas,
          [["1", -73.55], ["2", -73.45]]),
    Entry("mixed geometry", "a polygon, a line, a point, a collection",
          drawn(SQUARE, shapely.LineString([(-73.6, 45.5), (-73.5, 45.5)]), shapely.Point(-73.6, 45.5),
                shapely.GeometryCollection([SQUARE, shapely.Point(-73.4, 45.5)])), shapes(),
          [["1", 0.01], ["4", 0.01]], refused=((2, "geometry", "surface"), (3, "geometry", "surface"))),
    Entry("empty and null geometry", "an empty polygon and none",
          drawn(SQUARE, {"type": "Polygon", "coordinates": []}, None), shapes(), [["1", 0.01]],
          refused=((2, "geometry", "geometry"), (3, "geometry", "geometry"))),
    Entry("Z/M coordinates", "heights", drawn(shapely.force_3d(SQUARE, 35.0)), shapes(), [["1", 0.01]]),
    Entry("antimeridian", "an island on both sides of 180°", drawn(SQUARE, shapely.box(179.9, 51, 180, 52),
                                                                  shapely.box(-180, 51, -179.9, 52)), shapes(),
          [["1", 0.01]], refused=((2, "geometry", "position"), (3, "geometry", "position"))),
    Entry("points on a boundary", "a service on the line of two areas", points(("-73.5", "45.55")), listing,
          [["given", -73.5]],
          why="it is one place; which area it counts in is tested in tests/loaders/test_geography.py"),
    Entry("points in the river", "a service in the river", points(("-73.53", "45.52")), listing, [["given", -73.53]],
          why="a barge or a slip: the listing says where, and no limit of ours says no"),
    Entry("islands", "one area of two islands", drawn(shapely.MultiPolygon([SQUARE, affinity.translate(SQUARE, 0.5)])),
          shapes(), [["1", 0.02]]),
    Entry("point at (0,0)", "the place of blanks", points(("0", "0"), ("-73.6", "45.5")), listing,
          [["placeholder", None], ["given", -73.6]], noted=((2, "lat", "placeholder"),)),
    Entry("stacked geocodes", "two hundred addresses at one point", points(*[("-73.6", "45.5")] * 200),
          mapped(LISTING, "x.csv", POSITIONS), [["placeholder", 200]],
          noted=tuple((line, "lat", "placeholder") for line in range(2, 202))),
    Entry("NaN coordinates", "a coordinate that is no number",
          put(collection(SQUARE).replace("45.6", "NaN", 1), "x.geojson"), shapes(),
          told="x.geojson, column “geometry”: its coordinates cannot be placed on Earth"),
    Entry("nested geometry", "brackets two thousand deep", put('{"a":' + "[" * 2000 + "]" * 2000 + "}", "x.geojson"),
          shapes(), told="x.geojson: its brackets nest too deep"),
    Entry("cut short", "half a GeoJSON", put(collection(SQUARE)[:150], "x.geojson"), shapes(),
          told="x.geojson: cannot be read as boundaries"),
    Entry("links", "a coordinate system that is a link",
          drawn(SQUARE, more={"crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs"}}}), shapes(),
          told="x.geojson, column “crs”: its coordinate system is not given by name"),
    Entry("links", "a link written in escapes", put(collection(SQUARE).replace(
        '"features"', '"\\u0063rs" : {"type": "link", "properties": {"href": "http://127.0.0.1:9/"}}, "features"'),
        "x.geojson"), shapes(), told="x.geojson, column “crs”: its coordinate system is not given by name"),
    Entry("links", "a coordinate system by its name",
          drawn(SQUARE, more={"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}),
          shapes(), [["1", 0.01]]),
)
