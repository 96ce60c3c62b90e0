"""Areas with their values as files a map program opens: GeoPackage, GeoParquet, GeoJSON, in degrees (EPSG:4326).

GeoPackage is read by people: words and numbers of the page. The two others are for programs: machine names.
"""

from __future__ import annotations

import io
from typing import Any

import geopandas as gpd
import orjson
import pandas as pd
import pyarrow.parquet as pq
import shapely

from views import metadata, taken
from views.taken import Taken
from views.words import language


def areas(what: Taken) -> gpd.GeoDataFrame:
    """The machine rows of a figure with the limits of their areas, rings by the right-hand rule.

    An area whose limits are not known keeps its row, without a shape: the count is that of the table.
    """
    frame = taken.rows(what, words=False)
    for column in frame:
        if frame[column].map(lambda cell: isinstance(cell, (list, tuple))).any():
            frame[column] = [", ".join(map(str, cell)) if isinstance(cell, (list, tuple)) else None
                             for cell in frame[column]]
    shapes = what.store.shapes(what.level).set_index("area_id")["geojson"]
    limits = shapely.from_geojson([shapes.get(area_id) for area_id in frame["area_id"]])
    return gpd.GeoDataFrame(frame, geometry=shapely.orient_polygons(limits), crs="EPSG:4326")


def read_areas(what: Taken) -> gpd.GeoDataFrame:
    """The rows as a person reads them with the limits of their areas; a word in a column of numbers is left empty.

    The state of the row says why: a column of a map file is of one type.
    """
    shapes = areas(what)
    made = {
        field.name: [None if field.numeric and isinstance(cell, str) else cell for cell in field.cells]
        for field in taken.fields(what)
    }
    return gpd.GeoDataFrame(made, geometry=shapes.geometry.tolist(), crs=shapes.crs)


def gpkg(what: Taken) -> bytes:
    """A GeoPackage of one layer in the reader's words, for map programs with people in front; its metadata inside."""
    out = io.BytesIO()
    read_areas(what).to_file(
        out, driver="GPKG", layer=taken.short(what.indicator.title.of(_spoken()) if what.indicator else what.title),
        engine="pyogrio", promote_to_multi=True,
        layer_options={"GEOMETRY_NAME": "geom", "IDENTIFIER": what.title}, dataset_metadata=_about(what),
    )
    return out.getvalue()


def _spoken() -> Any:
    return language()


def parquet(what: Taken) -> bytes:
    """A GeoParquet file; what it is stands in its own key of the footer, beside `geo`."""
    out, whole = io.BytesIO(), io.BytesIO()
    areas(what).to_parquet(out, index=False)
    table = pq.read_table(io.BytesIO(out.getvalue()))
    kept = {**(table.schema.metadata or {}), **{f"couvert:{k}".encode(): v.encode() for k, v in _about(what).items()}}
    pq.write_table(table.replace_schema_metadata(kept), whole)
    return whole.getvalue()



def geojson(what: Taken) -> bytes:
    """GeoJSON after RFC 7946: degrees, no CRS member; what it is stands in members of its own."""
    frame = areas(what)
    for column in frame.columns[frame.dtypes.map(pd.api.types.is_datetime64_any_dtype)]:
        frame[column] = frame[column].dt.strftime("%Y-%m-%d")
    made = orjson.loads(frame.to_json(na="null", drop_id=True, to_wgs84=True))
    made.pop("crs", None)
    return orjson.dumps({"type": made["type"], **_about(what), "features": made["features"]})


def _about(what: Taken) -> dict[str, str]:
    """Title, citation, licence, version, basis: the few words that travel inside a file."""
    told = {
        "title": what.title, "citation": metadata.citation(what), "version": what.store.version,
        "licence": "; ".join(one.title for one in metadata.licences(what)), "basis": ", ".join(sorted(set(what.bases))),
        "source": str(what.sources),
    }
    return {key: text for key, text in told.items() if text}
