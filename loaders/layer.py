"""A reader's own table, for one visit: the door by which a page hands over bytes and is given rows of text.

The bytes are read by the limited process of `loaders/limited.py`, like any file from outside. They are on disk while
they are read and no longer; nothing enters an edition, a version or a cache.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import shapely

from loaders import forms, limited, placing
from loaders.catalog import LoadError
from loaders.edition import read_edition
from loaders.identity import aliases
from loaders.placing import KINDS_OF_VALUE, LEVEL_NOT_MAPPED, Check, Key, areas_of, best_key, by_area, by_point, near
from loaders.scratch import Scratch
from loaders.staging import EMPTY, Intake, gathered

__all__ = [
    "COLUMNS", "ENDINGS", "KINDS_OF_VALUE", "LARGEST", "LEVEL_NOT_MAPPED", "ROWS", "Check", "Key", "Upload",
    "UploadError", "areas_of", "best_key", "by_area", "by_point", "likely_kind", "likely_value",
    "near", "read", "spellings", "where_columns",
]

LARGEST, ROWS, COLUMNS = 20_000_000, 100_000, 100
_TURN = threading.BoundedSemaphore(2)  # each reading may take 2 GB: a third reader waits for a turn
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".geojson", ".json")
# Errors of loaders are one line of English for an operator, and may quote a cell. A reader is told what kind of
# fault it is, in words of the catalogues; the first that fits, in this order.
_FAULTS: tuple[tuple[str, str], ...] = (
    ("old_workbook", r"old \.xls workbook"),
    ("password", r"password"),
    ("too_much", r"larger than|takes more than|unpacks to|more than [\d,]+ vertices|it holds [\d,]+ files|longer than"),
    ("empty", r"is empty|has no sheet|no geometry"),
    ("projection", r"metres called degrees|placed on Earth|coordinate system"),
    ("encoding", r"byte 0x|its text is not|is no encoding"),
    ("quote", r"quote opens"),
    ("records", r"not a list of records"),
    ("other_kind", r"is not a workbook|it is not a |not a kind of map file|it is an? |are not text|is binary"),
)
_LINE = re.compile(r", line (\d+)")
_LAT = ("lat", "latitude", "y", "coord y", "coordonnee y")
_LON = ("lon", "lng", "long", "longitude", "x", "coord x", "coordonnee x")


class UploadError(Exception):
    """Why a whole file is refused: `kind` is one of `_FAULTS`, or size, ending, no_rows, too_long, too_wide, broken."""

    def __init__(self, kind: str, line: int | None = None) -> None:
        """`line` of the file where it is known."""
        super().__init__(kind)
        self.kind, self.line = kind, line


@dataclass(frozen=True)
class Upload:
    """The rows of one file. `rows`: `line` and text columns c0, c1… named by `columns`; `lon`, `lat` of map points.

    `refused`: records that are no rows, or shapes that are no points where there is no other key [line, column, value,
    rule, message_fr, message_en]. `unread`: columns whose name comes twice, or is blank.
    """

    columns: tuple[str, ...]
    rows: pd.DataFrame
    refused: pd.DataFrame
    rows_read: int
    unread: tuple[str, ...] = field(default_factory=tuple)

    @property
    def pointed(self) -> bool:
        """Whether the file is a map of points."""
        return "lon" in self.rows

    def column(self, at: int) -> pd.Series:
        """The cells of one column, blank where empty."""
        return self.rows[f"c{at}"].fillna("").str.strip()


def read(name: str, data: bytes) -> Upload:
    """The rows of a reader's file; its name tells the form and is not used as a path. Raises UploadError."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise UploadError("ending")
    if len(data) > LARGEST:
        raise UploadError("size")
    if ending == ".xls":  # refused in words, or a workbook by another name
        ending = ".xlsx"
    if ending == ".json" and data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{":
        ending = ".geojson"
    with Scratch() as aside:
        path = Path(aside) / f"table{ending}"
        path.write_bytes(data)
        try:
            with _TURN:
                upload = _map_file(path) if ending == ".geojson" else _table(path)
        except LoadError as error:
            raise _told(str(error)) from error
    if upload.rows.empty and upload.refused.empty:
        raise UploadError("no_rows")
    return upload


def _told(text: str) -> UploadError:
    line = _LINE.search(text)
    kind = next((kind for kind, pattern in _FAULTS if re.search(pattern, text)), "broken")
    return UploadError(kind, int(line[1]) if line else None)


def _table(path: Path) -> Upload:
    file = path.name
    top, delimiter = limited.top(path, file)
    # The names stand on the first line that fills as many cells as most lines do: a title above fills fewer.
    filled = [sum(1 for cell in row if cell.strip()) for row in top]
    usual = max(Counter(n for n in filled if n > 1).items(), key=lambda one: one[::-1], default=(1, 0))[0]
    written = next((row for row, n in zip(top, filled) if n >= usual), [])
    # A workbook's names come without the blanks around them, and are compared so.
    names = [cell.strip() if path.suffix in (".xlsx", ".xls") else cell for cell in written]
    once = [name for name in names if name.strip() and names.count(name) == 1]
    if not once:
        raise UploadError("empty")
    if len(once) > COLUMNS:
        raise UploadError("too_wide")
    reading = limited.table(
        path, file, {f"c{i}": name for i, name in enumerate(once)}, forms.How(delimiter=delimiter or None),
    )
    intake = gathered(Intake("layer", file, None, EMPTY, reading.encoding), reading)
    if intake.rows_read > ROWS:
        raise UploadError("too_long")
    refused = pd.concat(intake.rejects, ignore_index=True) if intake.rejects else _NONE
    unread = dict.fromkeys(name.strip() for name in names if name not in once and name.strip())
    left_out = sum(intake.left_out.values())  # notes above the table
    return Upload(_shown(once), intake.rows, _named(refused), intake.rows_read - left_out, tuple(unread))


_NONE = pd.DataFrame(columns=["line", "column_name", "value", "rule", "message_fr", "message_en"])


def _named(rejects: pd.DataFrame) -> pd.DataFrame:
    return rejects.reindex(columns=_NONE.columns).rename(columns={"column_name": "column"}).reset_index(drop=True)


def _shown(names: list[str]) -> tuple[str, ...]:
    """Names of columns on one line, without marks that turn text around, not over eighty signs."""
    plain = [re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", " ", name) for name in names]
    return tuple(" ".join(name.split())[:80] or "?" for name in plain)


def _map_file(path: Path) -> Upload:
    found: pa.Table = limited.features(path, path.name, None, {})
    rows = found.to_pandas()
    if len(rows) > ROWS:
        raise UploadError("too_long")
    names = [str(name) for name in rows.columns if name not in ("line", "geometry")]
    if len(names) > COLUMNS:
        raise UploadError("too_wide")
    shapes = shapely.from_wkb(rows.pop("geometry").to_numpy())
    rows = rows.rename(columns={name: f"c{i}" for i, name in enumerate(names)})
    pointed = shapely.get_type_id(shapes) == 0
    if pointed.any():
        rows["lon"], rows["lat"] = shapely.get_x(shapes), shapely.get_y(shapes)
    elif not names:
        raise UploadError("no_key")
    return Upload(_shown(names), rows, _named(_NONE), len(rows))


# --- what a reader would choose -----------------------------------------------------------------------------


def spellings(edition: str) -> dict[str, str]:
    """Spelling -> area_id that the edition's sources declare; empty where there are none."""
    try:
        declared = {str(s.options["aliases"]) for s in read_edition(edition).sources if "aliases" in s.options}
        frames = [aliases("layer", file) for file in sorted(declared)]
    except LoadError:
        return {}  # an edition that is no longer described still has its areas' own names
    rows = pd.concat(frames) if frames else pd.DataFrame(columns=["decision", "spelling", "area_id"])
    rows = rows[rows["decision"] == "map"]
    return dict(zip(rows["spelling"], rows["area_id"]))


def where_columns(upload: Upload) -> tuple[int, int] | None:
    """Numbers of the longitude and latitude columns, by their names; None where there are none."""
    plain = placing.plain_names(upload.columns)
    lon = next((i for i, name in enumerate(plain) if name in _LON), None)
    lat = next((i for i, name in enumerate(plain) if name in _LAT), None)
    return None if lon is None or lat is None else (lon, lat)


def likely_value(upload: Upload, taken: set[int]) -> int | None:
    """Number of the column most like numbers, the last of equals, outside `taken`; None where none has any."""
    found = [(placing.number_share(upload.column(i)), i) for i in range(len(upload.columns)) if i not in taken]
    best = max(found, default=(0.0, -1))
    return best[1] if best[0] > 0 else None


def likely_kind(upload: Upload, at: int) -> str:
    """What a column seems to hold: share, rate or count, by its name and its numbers."""
    return placing.likely_kind(upload.columns[at], upload.column(at))
