"""What a version was built from, so that building again from the same things can be seen to change nothing."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from loaders.archives import split
from loaders.edition import HOUSE, Edition
from loaders.staging import sha256

# Those whose answers end in a version: another release may read, cut or draw differently.
PACKAGES = (
    "babel", "duckdb", "esda", "geopandas", "libpysal", "numpy", "pandas", "plotly", "pyarrow", "pyogrio", "pyproj",
    "python-calamine", "rapidfuzz", "scikit-learn", "scipy", "shapely", "statsmodels",
)


def read_files(edition: Edition, raw: Path | None, sources: Iterable[dict[str, Any]]) -> dict[str, str]:
    """SHA-256 of each raw file that was read, by name; `sources` are rows of the ledger with `file` and `sha256`.

    The digest is that of the bytes that were read, whatever the file became since. A file that does not lie in
    the raw folder is one of ours or of a package, and counted in `house`.
    """
    folder = raw or edition.raw
    if folder is None:
        return {}
    read = {split(str(source["file"]))[0]: str(source["sha256"]) for source in sources}
    names = {name for name in read if (folder / name).is_file()} | beside(edition, folder)
    return {name: _one(folder / name, read.get(name, "")) for name in sorted(names)}


def beside(edition: Edition, folder: Path) -> set[str]:
    """Files of the raw folder that the edition's sources name: theirs, and the tables their options give."""
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield split(value)[0]
        elif isinstance(value, dict):
            for inner in value.values():
                yield from texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)

    named = {name for source in edition.sources for name in (*texts(source.options), split(source.file)[0]) if name}
    return {name for name in named if len(name) < 200 and (folder / name).is_file()}


def changed(facts: dict[str, Any], edition: Edition, raw: Path | None) -> list[str]:
    """What differs from the inputs a manifest records: `edition`, `code`, `tables`, `packages` or names of raw files.

    Empty means that a build would give the same version again: it reads no other file than those it read.
    """
    then = facts.get("inputs")
    if not then:
        return ["inputs"]  # a version from before inputs were recorded
    folder = raw or edition.raw
    differs = [name for name, now in house(edition).items() if then.get(name) != now]
    for name, digest in then["files"].items():
        path = folder / name if folder else None
        if path is None or not path.is_file() or _one(path) != digest:
            differs.append(name)
    if folder and folder.is_dir():  # a file that was waited for
        differs += sorted(beside(edition, folder) - set(then["files"]))
    return differs


def house(edition: Edition) -> dict[str, str]:
    """SHA-256 of the `edition`, of our `code`, of our own `tables` and of the releases of `packages`."""
    data = edition.path.parent.parent
    code = [HOUSE / "build.py", *(HOUSE / "loaders").rglob("*.py"), *(HOUSE / "loaders").rglob("*.sql"),
            *(HOUSE / "indicators").rglob("*.py"), *(HOUSE / "computing").rglob("*.py")]
    skipped = {data / "versions", data / "raw", data / "editions"}
    tables = [
        path for room in sorted(data.iterdir()) if room.is_dir() and room not in skipped
        for path in room.rglob("*") if path.suffix in (".csv", ".geojson", ".json")
    ]
    packages = "\n".join(f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES)
    return {
        "edition": edition.sha256,
        "code": _all(HOUSE, code),
        "tables": _all(data, tables),
        "packages": hashlib.sha256(packages.encode()).hexdigest(),
    }


def _one(path: Path, read: str = "") -> str:
    """`read`, or SHA-256 of a file; a Shapefile is several files, and its values are not in the one that is named."""
    if path.suffix.lower() != ".shp":
        return read or sha256(path)
    return _all(path.parent, path.parent.glob(f"{path.stem}.*"))


def _all(root: Path, paths: Iterable[Path]) -> str:
    told = [f"{path.relative_to(root).as_posix()} {sha256(path)}" for path in sorted(set(paths)) if path.is_file()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
