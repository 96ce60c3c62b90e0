"""Streets: an OpenStreetMap extract to the network people walk; read once, kept by the hash of the file."""

from __future__ import annotations

import hashlib
import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer
from scipy.sparse import csr_array, load_npz, save_npz
from scipy.sparse.csgraph import connected_components

from loaders.catalog import LoadError

# Ways of these kinds are not walked on, unless the way itself says people on foot may.
_NOT_ON_FOOT = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "construction", "proposed", "abandoned", "raceway",
    "bus_guideway", "busway", "platform", "corridor", "elevator",
})
_GEOCENTRIC = Transformer.from_crs(4979, 4978, always_xy=True)


def walked(extract: Path, cache: Path) -> dict[str, object]:
    """The walking network of an OpenStreetMap extract (.osm.pbf): at, metres, main, covers, source.

    As `indicators.walking.Streets` asks. Kept in `cache` under the hash of the extract: read from there the next
    time, without osmium. Raises LoadError where the extract is damaged or holds no street, or where osmium, an
    optional extra, is not installed.
    """
    source = _hash(extract)
    kept = cache / f"{source}.npz"
    if not kept.is_file():
        found = _read(extract)
        cache.mkdir(parents=True, exist_ok=True)
        aside = cache / f".{source}.{os.getpid()}.npz"
        metres = csr_array(found.pop("metres"))
        np.savez_compressed(aside, **found)  # type: ignore[arg-type]
        save_npz(aside.with_suffix(".metres.npz"), metres)
        # The network last: where it is, the rest is whole.
        aside.with_suffix(".metres.npz").replace(kept.with_suffix(".metres.npz"))
        aside.replace(kept)
    with np.load(kept) as data:
        out: dict[str, object] = {name: data[name] for name in ("at", "main")}
        out["covers"] = tuple(float(x) for x in data["covers"])
    return out | {"metres": csr_array(load_npz(kept.with_suffix(".metres.npz"))), "source": source}


def _hash(extract: Path) -> str:
    if not extract.is_file():
        raise LoadError("this extract of streets is not there", file=extract.name)
    with extract.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def on_foot(tags: dict[str, str]) -> bool:
    """Whether people on foot may use a way: its `foot` tag first, then its kind and its access."""
    foot = tags.get("foot", "")
    if foot in ("yes", "designated", "permissive"):
        return True
    return (
        foot not in ("no", "private", "use_sidepath") and tags.get("highway", "") not in _NOT_ON_FOOT
        and tags.get("access", "yes") not in ("no", "private", "military")
    )


def _read(extract: Path) -> dict[str, np.ndarray | csr_array]:
    corner, way, place = _ways(extract)
    if not corner:
        raise LoadError("this extract holds no street open to people on foot", file=extract.name)
    ids, first, row = np.unique(np.array(corner, dtype="int64"), return_index=True, return_inverse=True)
    lonlat, way_of = np.array(place)[first], np.array(way)
    # Two vertices in a row of one way are a stretch; an extract may lack a vertex where a way crosses its edge.
    follows = (way_of[1:, 0] == way_of[:-1, 0]) & (way_of[1:, 1] == way_of[:-1, 1] + 1) & (row[1:] != row[:-1])
    ends = np.unique(np.sort(np.column_stack([row[:-1], row[1:]])[follows], axis=1), axis=0)
    at = np.column_stack(_GEOCENTRIC.transform(lonlat[:, 0], lonlat[:, 1], np.zeros(len(lonlat))))
    # A stretch of no length would be no stretch at all in a sparse network.
    metres = np.maximum(np.linalg.norm(at[ends[:, 0]] - at[ends[:, 1]], axis=1), 0.01)
    network = csr_array(
        (np.r_[metres, metres], (np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]])), shape=(len(ids),) * 2,
    )
    piece = connected_components(network, directed=False)[1]
    covers = np.array([*lonlat.min(axis=0), *lonlat.max(axis=0)])
    return {"at": at, "metres": network, "main": np.flatnonzero(piece == np.bincount(piece).argmax()), "covers": covers}


def _ways(extract: Path) -> tuple[list[int], list[tuple[int, int]], list[tuple[float, float]]]:
    """Vertices of the ways walked: id, (way, place in it), (lon, lat)."""
    try:
        osmium: Any = importlib.import_module("osmium")
    except ModuleNotFoundError as error:
        raise LoadError(
            "reading streets needs the optional package osmium: install requirements-extras.txt", file=extract.name,
        ) from error
    corner: list[int] = []
    way: list[tuple[int, int]] = []
    place: list[tuple[float, float]] = []
    wanted = osmium.filter.KeyFilter("highway")
    try:
        ways = osmium.FileProcessor(str(extract)).with_locations().with_filter(
            osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(wanted)
        for number, one in enumerate(ways):
            if on_foot(dict(one.tags)):
                for rank, node in enumerate(one.nodes):
                    if node.location.valid():
                        corner.append(node.ref)
                        way.append((number, rank))
                        place.append((node.location.lon, node.location.lat))
    except RuntimeError as error:
        raise LoadError(f"this is not a whole OpenStreetMap extract: {error}", file=extract.name) from error
    return corner, way, place
