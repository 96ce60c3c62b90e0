"""Map files: GeoJSON, GeoPackage, FlatGeobuf and Shapefile as rows of text with a geometry in EPSG:4326."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS

from loaders import archives, forms, limited
from loaders.catalog import LoadError
from loaders.records import SPOILT
from loaders.scratch import Scratch
from loaders.staging import Intake, find

# A file is what its first bytes say: a name can lie, and a lying one may be a list of other files to read.
_STARTS = {
    ".geojson": (b"{", b"\xef\xbb\xbf{"), ".json": (b"{", b"\xef\xbb\xbf{"), ".gpkg": (b"SQLite format 3\x00",),
    ".fgb": (b"fgb\x03",), ".shp": (b"\x00\x00\x27\x0a",),
}
VERTICES, DEPTH = 5_000_000, 500
# A GeoJSON may give its coordinate system as a link, which the library would follow: only a name or a code is let in.
# Its parser takes escapes, any case and single quotes, so these are looked for as well.
_CRS_KEY = re.compile(rb"""["'](?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)["']\s*(?![\s,}\]])""", re.IGNORECASE)
_NAME = rb'"type"\s*:\s*"name"', rb'"properties"\s*:\s*\{\s*"name"\s*:\s*"[^"\\]*"\s*\}'
_CODE = rb'"type"\s*:\s*"EPSG"', rb'"properties"\s*:\s*\{\s*"code"\s*:\s*"?\d+"?\s*\}'
_CRS = re.compile(rb":\s*(?:null|\"|[-\d]|\{\s*(?:" + rb"|".join(
    one + rb"\s*,\s*" + other for kind, told in (_NAME, _CODE) for one, other in ((kind, told), (told, kind))
) + rb")\s*\})")
# Nothing that a map file says is fetched: what the library would ask of the network, it asks of a closed door.
pyogrio.set_gdal_config_options({"GDAL_HTTP_PROXY": "127.0.0.1:9"})


def read_features(
    dataset_id: str, raw: Path, file: str, columns: Sequence[str], *, encoding: str | None = None,
    crs: str | None = None, layer: str | None = None,
) -> Intake:
    """Features of a map file: text columns, `line` [feature number], `geometry` in EPSG:4326, without heights.

    `crs` is said by the edition where the file does not (a Shapefile without .prj); `layer` picks one of several.
    A `.zip` of a Shapefile is unpacked aside. Raises LoadError where the file is absent, is not what its name says,
    lacks a column, has no coordinate system, or calls metres degrees.
    """
    path = find(raw, archives.split(file)[0])
    how = {"encoding": encoding, "crs": crs, "layer": layer}
    if forms.UNTRUSTED.get():
        rows = limited.features(path, file, columns, how).to_pandas()
        rows["geometry"] = shapely.from_wkb(rows["geometry"].to_numpy())
    else:
        rows = _rows(path, file, columns, how)
    intake = Intake(dataset_id, file, path, rows, encoding or "utf-8")
    for column in columns:
        intake.reject(
            intake.rows[column].str.contains(SPOILT), column, "encoding",
            "Des accents ont été abîmés par un mauvais encodage.",
            "Accents were spoilt by a wrong encoding: declare the source's encoding in the edition.",
        )
    return intake


def wkb_rows(path: Path, file: str, columns: Sequence[str] | None, how: Mapping[str, Any]) -> pa.Table:
    """The rows of `read_features` with their geometry as WKB, to hand from one process to another.

    Without `columns`, all of them: for a file nobody has described.
    """
    rows = _rows(path, file, columns, {**how, "untrusted": True})
    return pa.Table.from_pandas(rows.assign(geometry=shapely.to_wkb(rows["geometry"].to_numpy())), preserve_index=False)


def _rows(path: Path, file: str, columns: Sequence[str] | None, how: Mapping[str, Any]) -> pd.DataFrame:
    if path.suffix.lower() == ".zip":
        with Scratch() as aside:
            inside = _unpacked(path, archives.split(file)[1], Path(aside), untrusted=how.get("untrusted", False))
            frame = _frame(inside, file, how)
    else:
        frame = _frame(path, file, how)
    if columns is None:
        columns = [str(column) for column in frame.columns if column != frame.geometry.name]
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise LoadError(
            "the column is missing", file=file, column=absent[0],
            remedy=f"The file has: {', '.join(map(str, frame.columns[:12]))}.",
        )
    rows = pd.DataFrame({"line": np.arange(1, len(frame) + 1, dtype="int64")})
    for column in columns:
        rows[column] = _as_text(frame[column])
    rows["geometry"] = shapely.force_2d(frame.geometry.to_numpy())
    return rows


def _frame(path: Path, file: str, how: Mapping[str, Any]) -> gpd.GeoDataFrame:
    encoding, crs = how.get("encoding"), how.get("crs")
    _check_start(path, file)
    # The prefix names the driver: a .geojson that is really a list of other files is not followed.
    target = f"GeoJSON:{path}" if path.suffix.lower() in (".geojson", ".json") else path
    try:
        with np.errstate(invalid="ignore"):  # a coordinate that is no number is refused below, in words
            frame: gpd.GeoDataFrame = pyogrio.read_dataframe(target, encoding=encoding, layer=how.get("layer"))
    except (DataSourceError, DataLayerError, json.JSONDecodeError) as error:
        missing = [end for end in (".shx", ".dbf") if path.suffix == ".shp" and not path.with_suffix(end).is_file()]
        remedy = f"The file {path.stem}{missing[0]} should lie beside it." if missing else "Ask for it again."
        raise LoadError("cannot be read as boundaries", file=file, remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise LoadError(
            f"its text is not {encoding or 'UTF-8'}", file=file,
            remedy="Declare the source's encoding in the edition (often cp1252).",
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LoadError("it has no geometry", file=file, remedy="A Shapefile comes as .shp, .shx and .dbf together.")
    if frame.crs is None and crs is None:
        raise LoadError(
            "it does not say its coordinate system", file=file,
            remedy="Add the .prj file beside it, or declare `crs` in the source's options.",
        )
    if frame.crs is None and crs is not None:
        frame = frame.set_crs(crs)
    return _in_degrees(frame, file)


def _in_degrees(frame: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    """The frame in EPSG:4326; raises LoadError where its coordinates cannot be what it says."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if int(shapely.get_num_coordinates(shapes).sum()) > VERTICES:
        raise _too_many(file)
    system = frame.crs
    if system is not None and not system.equals("EPSG:4326") and system.to_epsg() != 4326:
        frame = frame.to_crs(4326)
    known = shapely.get_coordinates(np.asarray(frame.geometry.array, dtype=object))
    if len(known) == 0:
        return frame
    if not np.isfinite(known).all():
        raise LoadError(
            "its coordinates cannot be placed on Earth", file=file, column="geometry",
            remedy="Its coordinate system is not the one it says: ask for EPSG:4326.",
        )
    (west, south), (east, north) = known.min(axis=0), known.max(axis=0)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise LoadError(
            f"coordinates reach {max(abs(west), abs(east), abs(south), abs(north)):,.0f}: metres called degrees",
            file=file, column="geometry",
            remedy="Ask for the file in EPSG:4326, or add its true coordinate system.",
        )
    return frame


def _check_start(path: Path, file: str) -> None:
    starts = _STARTS.get(path.suffix.lower())
    if starts is None:
        raise LoadError(
            "it is not a kind of map file we read", file=file,
            remedy="Use GeoJSON, GeoPackage (.gpkg), FlatGeobuf (.fgb) or Shapefile (.shp).",
        )
    with path.open("rb") as handle:
        start = handle.read(64)
        if not start.lstrip().startswith(starts):
            raise LoadError(
                f"cannot be read as boundaries: it is not a {path.suffix} file", file=file, remedy="Ask for it again.",
            )
        if path.suffix.lower() in (".geojson", ".json"):
            handle.seek(0)
            _check_text(handle, file)


def _check_text(handle: BinaryIO, file: str) -> None:
    """Refuse, before it is parsed, a GeoJSON of brackets too deep, of too many vertices, or that names a link."""
    depth = vertices = brackets = 0
    rest = b""
    while data := handle.read(1 << 20):
        letters = np.frombuffer(data, dtype="uint8")
        opens = (letters == ord("[")) | (letters == ord("{"))
        closes = (letters == ord("]")) | (letters == ord("}"))
        steps = np.cumsum(opens.astype("int8") - closes.astype("int8"), dtype="int32")
        if depth + steps.max() > DEPTH:
            raise LoadError("its brackets nest too deep", file=file, remedy="Ask for it as plain polygons.")
        depth += int(steps[-1])
        after = letters[1:]
        number = (after == ord("-")) | ((after >= ord("0")) & (after <= ord("9")))
        vertices += int(((letters[:-1] == ord("[")) & number).sum())
        brackets += data.count(b"[")
        if vertices > VERTICES or brackets > 2 * VERTICES:
            raise _too_many(file)
        seen = rest + data
        _check_crs(seen, len(seen) - 500, file)
        rest = seen[-500:]  # a key too near the end to be read whole is read with what follows
    _check_crs(rest, len(rest), file)


def _check_crs(data: bytes, end: int, file: str) -> None:
    """Refuse a “crs” that begins before `end` and is no name."""
    for key in _CRS_KEY.finditer(data):
        if key.start() < end and not _CRS.match(data, key.end()):
            raise LoadError(
                "its coordinate system is not given by name", file=file, column="crs",
                remedy="Ask for it in EPSG:4326, without “crs”.",
            )


def _too_many(file: str) -> LoadError:
    return LoadError(f"it has more than {VERTICES:,} vertices", file=file, remedy="Ask for simplified limits.")


def _unpacked(path: Path, member: str, aside: Path, *, untrusted: bool) -> Path:
    """The one Shapefile, GeoPackage or GeoJSON of a zip, unpacked with the files of its name."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise LoadError("the archive is broken", file=path.name, remedy="Ask for it again.") from error
    with archive:
        if untrusted:
            archives.inspect(archive, path.name)
        names = [item for item in archive.namelist() if PurePosixPath(item).suffix.lower() in _STARTS]
        found = [item for item in names if item == member] if member else names
        if len(found) != 1:
            raise LoadError(
                f"it holds {len(names)} map files and none is named" if not member else f"it has no “{member}”",
                file=path.name, remedy=f"Name one as {path.name}!MEMBER: {', '.join(names[:8])}.",
            )
        stem = PurePosixPath(found[0]).with_suffix("")
        for item in archive.namelist():
            if PurePosixPath(item).with_suffix("") == stem:  # .shp with its .shx, .dbf, .prj and .cpg
                with archives.opened(path, item, untrusted=untrusted) as stream:
                    (aside / PurePosixPath(item).name).write_bytes(stream.read())
    return aside / PurePosixPath(found[0]).name


def _as_text(values: pd.Series) -> pd.Series:
    """Text as it stood in the file: 24660001.0 is written back as 24660001; empty stays empty."""
    if values.dtype.kind == "f":
        whole = values.notna() & (values == values.round())
        text = values.astype("string")
        text = text.mask(whole, values.where(whole, 0).astype("int64").astype("string"))
        return text.fillna("").astype("str")
    return values.astype("string").fillna("").astype("str")


def where_it_serves(projection: str) -> tuple[float, float, float, float]:
    """West, south, east and north [degrees] of where a projection is made for, and one degree around it.

    Beyond, its metres are none: what stands there is misplaced (a longitude for a latitude, zero for a blank).
    """
    use = CRS.from_user_input(projection).area_of_use
    if use is None or use.west > use.east:
        return -180.0, -90.0, 180.0, 90.0
    return use.west - 1, use.south - 1, use.east + 1, use.north + 1


def mend(intake: Intake, projection: str = "") -> None:
    """Refuse geometries that are empty, no surface, or where the edition's projection, if given, does not serve.

    The others are made valid; a repaired polygon keeps its row.
    """
    shapes = np.asarray(intake.rows["geometry"], dtype=object)
    intake.reject(
        shapely.is_missing(shapes) | shapely.is_empty(shapes), "geometry", "geometry",
        "La géométrie est vide.", "The geometry is empty.",
    )
    shapes = np.asarray(intake.rows["geometry"], dtype=object)
    valid = shapely.is_valid(shapes)
    intake.rows = intake.rows.assign(geometry=np.where(valid, shapes, shapely.make_valid(shapes)))
    intake.reject(
        shapely.area(np.asarray(intake.rows["geometry"], dtype=object)) == 0, "geometry", "surface",
        "Ce n’est pas une surface.", "This is not a surface.",
    )
    west, south, east, north = where_it_serves(projection or "EPSG:4326")
    bounds = shapely.bounds(np.asarray(intake.rows["geometry"], dtype=object)).reshape(-1, 4)
    outside = (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)
    intake.reject(
        outside, "geometry", "position", "La géométrie est loin de la ville : longitude et latitude sont peut-être "
        "inversées.", "The geometry is far from the city: longitude and latitude may be swapped.",
    )
