"""Walking: minutes along streets between points, over one network of corners and the stretches between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

from indicators.access import geocentric
from indicators.decay import above_zero
from indicators.spec import InputError

# An adult’s usual pace; slower for a stroller or a cane: a setting, not a truth.
KMH = 4.8
# A point farther than this from any street is not walked to: it is on water, or outside the extract.
SNAP_M = 300.0
# Destinations walked from at once: each takes eight bytes a corner of the network.
_BLOCK = 50


@dataclass(frozen=True)
class Streets:
    """Streets open to people on foot: `at` [geocentric m, a row a corner], `metres` [symmetric, corner × corner].

    `main` marks the corners of the largest piece: from another one would not get away. `covers` is west, south, east,
    north [degrees]; `source` names the extract by its hash.
    """

    at: np.ndarray
    metres: csr_array
    main: np.ndarray
    covers: tuple[float, float, float, float]
    source: str


def walking_minutes(
    streets: Streets, origins: pd.DataFrame, destinations: pd.DataFrame, limit: float, kmh: float = KMH,
    snap_m: float = SNAP_M,
) -> pd.DataFrame:
    """Pairs within `limit` minutes on foot: origin, destination [categoricals of the indexes], cost [minutes].

    The shape of `access.cost_matrix`, so that every measure of access takes either. Both frames are indexed by id with
    lon, lat [degrees]. The way is the straight line to the nearest corner, the shortest way along streets, the straight
    line from the last corner: never shorter than the straight line. A point farther than `snap_m` from a street has no
    pair. InputError where the extract covers none of the origins: another city’s file would say “too far” of everyone.
    """
    above_zero("limit", limit)
    above_zero("kmh", kmh)
    pace = kmh * 1000 / 60
    _same_city(streets, origins)
    tree = cKDTree(streets.at[streets.main])
    (from_m, start), (to_m, end) = (_corners(tree, frame) for frame in (origins, destinations))
    i, j, cost = [np.empty(0, "int32")], [np.empty(0, "int32")], [np.empty(0)]
    corners = streets.main[start]
    for first in range(0, len(destinations), _BLOCK):
        some = slice(first, first + _BLOCK)
        way = np.atleast_2d(dijkstra(streets.metres, indices=streets.main[end[some]], limit=limit * pace))[:, corners]
        minutes = (way + from_m[None, :] + to_m[some, None]) / pace
        near = (minutes <= limit) & (from_m <= snap_m)[None, :] & (to_m[some] <= snap_m)[:, None]
        place, origin = np.nonzero(near)
        i.append(origin.astype("int32"))
        j.append((place + first).astype("int32"))
        cost.append(minutes[place, origin])
    frame = pd.DataFrame({
        "origin": pd.Categorical.from_codes(np.concatenate(i), categories=origins.index),
        "destination": pd.Categorical.from_codes(np.concatenate(j), categories=destinations.index),
        "cost": np.concatenate(cost),
    })
    frame.attrs["reach"] = limit
    return frame


def unplaced(streets: Streets, points: pd.DataFrame, snap_m: float = SNAP_M) -> pd.Index:
    """Ids of the points no street passes within `snap_m` of: walked to and from by nobody, and to be told."""
    metres, _ = _corners(cKDTree(streets.at[streets.main]), points)
    return points.index[metres > snap_m]


def _corners(tree: cKDTree, points: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Metres to the nearest corner, and its row."""
    if points.empty:
        return np.empty(0), np.empty(0, dtype="int64")
    return tree.query(geocentric(points["lon"].to_numpy(), points["lat"].to_numpy()))


def _same_city(streets: Streets, origins: pd.DataFrame) -> None:
    west, south, east, north = streets.covers
    inside = origins["lon"].between(west, east) & origins["lat"].between(south, north)
    if len(origins) and not inside.any():
        raise InputError(
            f"streets: the extract covers {west:.2f} to {east:.2f}, {south:.2f} to {north:.2f}; no origin is inside"
        )
