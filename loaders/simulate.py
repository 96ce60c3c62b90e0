"""What the embedded edition invents, by rule and from one seed: here, where people live inside a district.

Nothing simulated describes a real place or organization, and no decision may rest on it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike
from pyproj import Transformer
from scipy.spatial import KDTree

from loaders.draft import Draft
from loaders.edition import Source

# One stream of chance for each thing simulated: changing one leaves the others as they were.
POINTS, SERVICES, PEOPLE, REFERRALS = 1, 2, 3, 4
CANDIDATES, ROUNDS = 500, 6


def chance(draft: Draft, stream: int) -> np.random.Generator:
    """The generator of one stream, from the edition's seed."""
    return np.random.default_rng([int(draft.edition.settings["seed"]), stream])


def shared_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to `weights` that add up to `total` exactly (largest remainders).

    >>> shared_out(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4, 3, 3]
    """
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype("int64")
    most = np.argsort(-(exact - whole), kind="stable")[: total - whole.sum()]
    whole[most] += 1
    return whole


def districts(draft: Draft) -> pd.DataFrame:
    """Districts by identifier: residents, households [counts], need [index of people in need], borough, shape
    [edition's projection, m]. Need is the edition's central rates over people below and above the MBM."""
    rows = draft.frame("""
        SELECT a.area_id, a.population AS residents, a.households, a.geometry, b.area_id AS borough,
            c.numerator AS below, c.denominator AS known
        FROM area a JOIN area b ON b.level = 'borough' AND b.name_fr = a.place_fr
        LEFT JOIN census_value c ON c.area_id = a.area_id AND c.variable = 'below_mbm'
        WHERE a.level = 'district' ORDER BY a.area_id
    """).set_index("area_id")
    below, above = draft.edition.need["rates"][0]
    share = (rows["below"] / rows["known"]).fillna(0.0)
    rows["need"] = rows["residents"] * (share * below + (1 - share) * above)
    shapes = shapely.from_wkb([bytes(value) for value in rows.pop("geometry")])
    rows["shape"] = shapely.transform(shapes, lambda xy: np.column_stack(metres(draft, xy[:, 0], xy[:, 1])))
    return rows


@cache
def _between(here: int | str, there: int | str) -> Transformer:
    return Transformer.from_crs(here, there, always_xy=True)


def metres(draft: Draft, lon: ArrayLike, lat: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Metres in the edition's projection of longitudes and latitudes."""
    x, y = _between(4326, draft.edition.projection).transform(np.asarray(lon), np.asarray(lat))
    return x, y


def degrees(draft: Draft, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of metres in the edition's projection, to a tenth of a metre or so."""
    lon, lat = _between(draft.edition.projection, 4326).transform(x, y)
    return np.round(lon, 6), np.round(lat, 6)


def simulated_points(draft: Draft, source: Source) -> None:
    """Demand points inside each district: positions are drawn, their residents add up to the district's exactly.

    Options: residents_per_point, least, most [points a district]. Points are spread by moving each to the middle
    of the ground nearest to it, so parks and industry count like streets: the district's total is real, the spot
    is not. Keeps `households` (point_id, households) aside.
    """
    rng = chance(draft, POINTS)
    o = source.options
    frames = []
    for area_id, row in districts(draft).iterrows():
        number = int(np.clip(round(row["residents"] / o["residents_per_point"]), o["least"], o["most"]))
        x, y = spread(row["shape"], number, rng)
        weights = rng.dirichlet(np.full(number, 8.0))
        lon, lat = degrees(draft, x, y)
        frames.append(pd.DataFrame({
            "point_id": [f"{area_id}-{i:02d}" for i in range(1, number + 1)], "base_id": area_id,
            "lon": lon, "lat": lat,
            "population": shared_out(int(row["residents"]), weights).astype("float64"),
            "households": shared_out(int(row["households"]), weights).astype("float64"),
        }))
    points = pd.concat(frames, ignore_index=True)
    draft.keep_private("households", points[["point_id", "households"]])
    draft.insert("demand_point", points.drop(columns="households").assign(basis=source.about["basis"]))


def spread(shape: shapely.Geometry, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """`number` well-spread places inside a shape [m]: a few rounds of nearest-ground averaging over random ground."""
    ground = inside(shape, CANDIDATES, rng)
    centre = ground[:number].copy()
    for _ in range(ROUNDS):
        nearest = KDTree(centre).query(ground)[1]
        count = np.bincount(nearest, minlength=number)
        for axis in (0, 1):
            total = np.bincount(nearest, ground[:, axis], minlength=number)
            centre[:, axis] = np.where(count > 0, total / np.maximum(count, 1), centre[:, axis])
    # An average may fall in a bay: the nearest ground is inside for certain.
    spot = ground[KDTree(ground).query(centre)[1]]
    return spot[:, 0], spot[:, 1]


def inside(shape: shapely.Geometry, number: int, rng: np.random.Generator) -> np.ndarray:
    """`number` random places inside a shape, one row each: x, y [m]."""
    west, south, east, north = shapely.bounds(shape)
    shapely.prepare(shape)
    found = np.empty((0, 2))
    while len(found) < number:
        tried = rng.random((4 * number, 2)) * (east - west, north - south) + (west, south)
        found = np.vstack([found, tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])]])
    return found[:number]
