"""From bytes to all-text rows with line numbers, and the ledger that proves no row is lost."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from loaders.catalog import LoadError

BLANKS = ("", "NA", "..", "…", "...", "None")
NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?")


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Intake:
    """The rows of one file on their way in: each is left out, refused, a duplicate, or loaded.

    `rows` holds the rows still standing: a frame of text with `line` [line of the file; record number
    for a binary file]. Every method that drops rows counts them, so that
    rows_read = left_out + rejected + duplicates + loaded at any moment.
    """

    def __init__(self, dataset_id: str, file: str, path: Path, rows: pd.DataFrame, encoding: str) -> None:
        """`rows` must have a `line` column; `file` is the name shown to people."""
        self.dataset_id, self.file, self.encoding = dataset_id, file, encoding
        self.sha256 = sha256(path)
        self.rows = rows
        self.rows_read = len(rows)
        self.left_out: dict[str, int] = {}
        self.duplicates = 0
        self.rejects: list[pd.DataFrame] = []

    @property
    def rejected(self) -> int:
        """Rows refused so far."""
        return sum(len(frame) for frame in self.rejects)

    def leave_out(self, rule: str, mask: pd.Series | np.ndarray) -> None:
        """Drop the rows of `mask`: a declared filter does not ask for them."""
        mask = np.asarray(mask, dtype=bool)
        self.left_out[rule] = self.left_out.get(rule, 0) + int(mask.sum())
        self.rows = self.rows.loc[~mask]

    def reject(self, mask: pd.Series | np.ndarray, column: str, rule: str, fr: str, en: str) -> None:
        """Refuse the rows of `mask`, keeping line, column, value, rule and the reason in both languages."""
        mask = np.asarray(mask, dtype=bool)
        if not mask.any():
            return
        bad = self.rows.loc[mask]
        value = bad[column].astype("string") if column in bad else pd.Series(pd.NA, index=bad.index)
        self.rejects.append(pd.DataFrame({
            "line": bad["line"].to_numpy(), "column_name": column, "value": value.to_numpy(), "rule": rule,
            "message_fr": fr, "message_en": en,
        }))
        self.rows = self.rows.loc[~mask]

    def identifier(self, column: str, pattern: str) -> None:
        """Refuse rows whose identifier is not written in full (a lost zero, a number, a blank)."""
        bad = ~self.rows[column].fillna("").str.fullmatch(pattern)
        self.reject(
            bad, column, "identifier",
            f"L’identifiant n’a pas la forme attendue ({pattern}) : un zéro a pu se perdre.",
            f"The identifier does not have the expected form ({pattern}): a zero may have been lost.",
        )

    def number(
        self, column: str, *, minimum: float | None = None, maximum: float | None = None,
        blanks: Sequence[str] = BLANKS,
    ) -> None:
        """Turn a text column into numbers [NaN where blank]; refuse words and values out of range."""
        text = self.rows[column].fillna("").str.strip()
        blank = text.isin(blanks)
        self.reject(
            ~blank & ~text.str.fullmatch(NUMBER), column, "number",
            "Ce n’est pas un nombre.", "This is not a number.",
        )
        text = self.rows[column].fillna("").str.strip()
        value = pd.to_numeric(text.where(~text.isin(blanks)), errors="raise").astype("float64")
        self.rows = self.rows.assign(**{column: value})
        low = value < minimum if minimum is not None else pd.Series(False, index=value.index)
        high = value > maximum if maximum is not None else pd.Series(False, index=value.index)
        self.reject(
            low | high, column, "range",
            f"La valeur sort de l’intervalle permis ({minimum} à {maximum}).",
            f"The value is outside the allowed range ({minimum} to {maximum}).",
        )

    def unique(self, *key: str, compare: Sequence[str] | None = None) -> None:
        """One row per key: repeats that agree (on `compare`, or everywhere) are duplicates; others are refused."""
        names = list(compare or [c for c in self.rows.columns if c != "line"])
        again = self.rows.duplicated(list(key))
        same = self.rows.duplicated([*dict.fromkeys([*key, *names])])
        self.reject(
            again & ~same, key[0], "key",
            "La clé existe déjà plus haut, avec d’autres valeurs.",
            "The key already exists above, with other values.",
        )
        repeated = self.rows.duplicated([*dict.fromkeys([*key, *names])])
        self.duplicates += int(repeated.sum())
        self.rows = self.rows.loc[~repeated]

    def ledger(self, threshold: float) -> dict[str, Any]:
        """The balance of the file: rows_read = rows_in + left_out, rows_in = loaded + rejected + duplicates."""
        left_out = sum(self.left_out.values())
        loaded = len(self.rows)
        rows_in = self.rows_read - left_out
        if rows_in != loaded + self.rejected + self.duplicates:
            raise LoadError(
                f"the ledger does not balance: {rows_in} in, {loaded} loaded, {self.rejected} rejected, "
                f"{self.duplicates} duplicates", file=self.file, remedy="This is a fault of the loader.",
            )
        return {
            "dataset_id": self.dataset_id, "file": self.file, "sha256": self.sha256, "encoding": self.encoding,
            "rows_read": self.rows_read, "left_out": left_out, "rows_in": rows_in, "loaded": loaded,
            "rejected": self.rejected, "duplicates": self.duplicates, "threshold": threshold,
        }

    def check_threshold(self, threshold: float) -> None:
        """Raise LoadError naming the first refused row where too many were refused."""
        rows_in = self.rows_read - sum(self.left_out.values())
        if rows_in and self.rejected / rows_in > threshold:
            first = self.rejects[0].iloc[0]
            raise LoadError(
                f"{self.rejected} of {rows_in} rows refused, past the threshold of {threshold:.1%}; the first: "
                f"{first['message_en']} Value: {first['value']!r}",
                file=self.file, line=int(first["line"]), column=str(first["column_name"]),
                remedy="Mend the rows, or set the source's threshold with its reason.",
            )


def find(raw: Path, file: str) -> Path:
    """The path of a source file under the raw folder; raises LoadError where it is absent."""
    path = raw / file
    if not path.is_file():
        raise LoadError(
            "the file is missing", file=file,
            remedy=f"Put it in {raw.name}/, or point RAW= at the folder that has it.",
        )
    return path


def read_csv(
    dataset_id: str, raw: Path, file: str, columns: Sequence[str], *, encoding: str = "utf-8-sig",
) -> Intake:
    """All-text rows of a delimited file, with `line` [line its record ends on]; only `columns` are kept.

    Raises LoadError where the file is absent or empty, is not in the declared encoding, lacks a column,
    or has a row with another number of fields.
    """
    path = find(raw, file)
    text = _decode(path.read_bytes(), file, encoding)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(reader, None)
    if not header:
        raise LoadError("the file is empty", file=file, remedy="Download it again.")
    absent = [name for name in columns if name not in header]
    if absent:
        raise LoadError(
            "the column is missing", file=file, line=1, column=absent[0],
            remedy=f"The file has: {', '.join(header[:12])}{' …' if len(header) > 12 else ''}.",
        )
    where = [header.index(name) for name in columns]
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for record in reader:
            if len(record) != len(header):
                if not record:
                    continue
                raise LoadError(
                    f"{len(record)} fields where the header has {len(header)}", file=file,
                    line=reader.line_num, remedy="Look for a stray delimiter or quote on that line.",
                )
            rows.append([record[i] for i in where])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise LoadError(
            str(error), file=file, line=reader.line_num, remedy="Look for an unclosed quote above."
        ) from error
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str")
    frame.insert(0, "line", np.asarray(lines, dtype="int64"))
    return Intake(dataset_id, file, path, frame, encoding)


def _decode(raw: bytes, file: str, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LoadError(
            f"byte 0x{raw[error.start]:02X} is not {encoding}", file=file, line=line,
            remedy="Declare the source's encoding in the edition (often cp1252).",
        ) from error


def read_json(dataset_id: str, raw: Path, file: str, rows: Callable[[Any], pd.DataFrame]) -> Intake:
    """Rows that `rows` makes of a JSON document: a frame with `line` [record number]."""
    path = find(raw, file)
    try:
        document = json.loads(_decode(path.read_bytes(), file, "utf-8"))
    except json.JSONDecodeError as error:
        raise LoadError(
            error.msg, file=file, line=error.lineno, remedy="Download it again: the file looks cut short."
        ) from error
    return Intake(dataset_id, file, path, rows(document), "utf-8")


def read_features(
    dataset_id: str, raw: Path, file: str, columns: Sequence[str], *, encoding: str | None = None,
) -> Intake:
    """Features of a GeoJSON or Shapefile in EPSG:4326: text columns, `line` [feature number], `geometry`.

    Reprojected where the file declares another system. Raises LoadError where the file is absent, cannot be
    read, lacks a column, or calls metres degrees.
    """
    path = find(raw, file)
    # The prefix names the driver: a .geojson that is really a list of other files is not followed.
    target = f"GeoJSON:{path}" if path.suffix.lower() in (".geojson", ".json") else path
    try:
        frame: gpd.GeoDataFrame = pyogrio.read_dataframe(target, encoding=encoding)
    except (DataSourceError, DataLayerError) as error:
        raise LoadError("cannot be read as boundaries", file=file, remedy="Download it again.") from error
    except UnicodeDecodeError as error:
        raise LoadError(
            f"its text is not {encoding or 'UTF-8'}", file=file,
            remedy="Declare the source's encoding in the edition (often cp1252).",
        ) from error
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise LoadError(
            "the column is missing", file=file, column=absent[0],
            remedy=f"The file has: {', '.join(map(str, frame.columns[:12]))}.",
        )
    if frame.crs is None:
        raise LoadError(
            "it does not say its coordinate system", file=file, remedy="Add the .prj file beside it."
        )
    if not frame.crs.equals("EPSG:4326") and frame.crs.to_epsg() != 4326:
        frame = frame.to_crs(4326)
    west, south, east, north = frame.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise LoadError(
            f"coordinates reach {max(abs(west), abs(east)):,.0f}: metres called degrees", file=file,
            column="geometry", remedy="Ask for the file in EPSG:4326, or add its true coordinate system.",
        )
    rows = pd.DataFrame({"line": np.arange(1, len(frame) + 1, dtype="int64")})
    for name in columns:
        rows[name] = _as_text(frame[name])
    rows["geometry"] = frame.geometry.to_numpy()
    return Intake(dataset_id, file, path, rows, encoding or "utf-8")


def _as_text(values: pd.Series) -> pd.Series:
    """Text as it stood in the file: 24660001.0 is written back as 24660001; empty stays empty."""
    if values.dtype.kind == "f":
        whole = values.notna() & (values == values.round())
        text = values.astype("string")
        text = text.mask(whole, values.where(whole, 0).astype("int64").astype("string"))
        return text.fillna("").astype("str")
    return values.astype("string").fillna("").astype("str")


def mend(intake: Intake) -> None:
    """Refuse empty geometries and make the others valid; a repaired polygon keeps its row."""
    shapes = np.asarray(intake.rows["geometry"], dtype=object)
    empty = pd.Series(shapely.is_missing(shapes) | shapely.is_empty(shapes), index=intake.rows.index)
    intake.reject(
        empty, "geometry", "geometry", "La géométrie est vide.", "The geometry is empty.",
    )
    shapes = np.asarray(intake.rows["geometry"], dtype=object)
    valid = shapely.is_valid(shapes)
    repaired = np.where(valid, shapes, shapely.make_valid(shapes))
    intake.rows = intake.rows.assign(geometry=repaired)
