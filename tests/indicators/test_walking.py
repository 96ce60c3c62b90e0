"""Walking minutes, against another search of the network and the straight line; a made grid and real extracts."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from indicators.access import geocentric
from indicators.spec import InputError
from indicators.walking import KMH, Streets, unplaced, walking_minutes

SIDE, STEP = 8, 0.001  # a grid of streets about 100 m apart


def grid() -> Streets:
    """Eight by eight corners near Montréal, and one corner apart that nobody can leave."""
    lon = -73.6 + STEP * np.tile(np.arange(SIDE), SIDE)
    lat = 45.5 + STEP * np.repeat(np.arange(SIDE), SIDE)
    at = geocentric(np.append(lon, -73.5), np.append(lat, 45.5))
    here = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    pairs = np.vstack([
        np.column_stack([here[:, :-1].ravel(), here[:, 1:].ravel()]),
        np.column_stack([here[:-1].ravel(), here[1:].ravel()]),
    ])
    metres = np.linalg.norm(at[pairs[:, 0]] - at[pairs[:, 1]], axis=1)
    both = (np.r_[metres, metres], (np.r_[pairs[:, 0], pairs[:, 1]], np.r_[pairs[:, 1], pairs[:, 0]]))
    network = csr_array(both, shape=(len(at),) * 2)
    return Streets(at, network, np.arange(SIDE * SIDE), (-73.6, 45.5, -73.5, 45.51), "made")


def points(rng: np.random.Generator, count: int, prefix: str) -> pd.DataFrame:
    return pd.DataFrame({
        "lon": -73.6 + STEP * (SIDE - 1) * rng.random(count), "lat": 45.5 + STEP * (SIDE - 1) * rng.random(count),
    }, index=[f"{prefix}{row}" for row in range(count)])


def straight(origins: pd.DataFrame, destinations: pd.DataFrame, pairs: pd.DataFrame) -> np.ndarray:
    a = geocentric(origins["lon"].to_numpy(), origins["lat"].to_numpy())[pairs["origin"].cat.codes]
    b = geocentric(destinations["lon"].to_numpy(), destinations["lat"].to_numpy())[pairs["destination"].cat.codes]
    return np.linalg.norm(a - b, axis=1) / (KMH * 1000 / 60)


def test_every_pair_agrees_with_another_search() -> None:
    rng, streets = np.random.default_rng(1), grid()
    origins, places = points(rng, 30, "o"), points(rng, 12, "d")
    told = walking_minutes(streets, origins, places, limit=60)
    assert len(told) == 30 * 12, "everything is within an hour on this grid"
    coo = streets.metres.tocoo()
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist()))
    pace = KMH * 1000 / 60
    near = {}
    for frame in (origins, places):
        for name, row in frame.iterrows():
            away = np.linalg.norm(streets.at[:-1] - geocentric(np.array([row["lon"]]), np.array([row["lat"]])), axis=1)
            near[name] = int(away.argmin()), float(away.min())
    for row in told.itertuples():
        (a, first), (b, last) = near[row.origin], near[row.destination]
        way = nx.dijkstra_path_length(graph, a, b)
        assert row.cost == pytest.approx((first + way + last) / pace)
    assert (told["cost"].to_numpy() >= straight(origins, places, told) - 1e-9).all()


def test_there_and_back_is_the_same_walk() -> None:
    rng, streets = np.random.default_rng(2), grid()
    origins, places = points(rng, 20, "o"), points(rng, 9, "d")
    there = walking_minutes(streets, origins, places, 60).set_index(["origin", "destination"])["cost"]
    back = walking_minutes(streets, places, origins, 60).set_index(["destination", "origin"])["cost"]
    assert np.allclose(there.sort_index(), back.sort_index())


def test_the_limit_and_the_pace() -> None:
    rng, streets = np.random.default_rng(3), grid()
    origins, places = points(rng, 20, "o"), points(rng, 9, "d")
    every, near = (walking_minutes(streets, origins, places, limit) for limit in (60, 5))
    assert len(near) == int((every["cost"] <= 5).sum()) > 0
    slow = walking_minutes(streets, origins, places, 60, kmh=2.4)
    assert np.allclose(slow["cost"], 2 * every["cost"]) and every.attrs["reach"] == 60


def test_off_the_streets_is_no_pair_and_is_told() -> None:
    streets = grid()
    away = pd.DataFrame({"lon": [-73.599, -73.56], "lat": [45.501, 45.5]}, index=["street", "water"])
    told = walking_minutes(streets, away, away, 60)
    assert set(told["origin"]) == {"street"} and list(unplaced(streets, away)) == ["water"]


def test_another_city_is_refused() -> None:
    lyon = pd.DataFrame({"lon": [4.8], "lat": [45.7]}, index=["lyon"])
    with pytest.raises(InputError, match="no origin is inside"):
        walking_minutes(grid(), lyon, lyon, 30)
    for wrong in ({"limit": 0}, {"limit": 30, "kmh": -1}):
        with pytest.raises(InputError):
            walking_minutes(grid(), lyon, lyon, **wrong)  # type: ignore[arg-type]


def test_no_place_is_no_pair() -> None:
    origins = points(np.random.default_rng(1), 3, "o")
    assert walking_minutes(grid(), origins, origins.iloc[:0], 30).empty


@pytest.mark.parametrize(("name", "corners"), [
    ("porto_portugal.osm.pbf", 300_000), ("porto_alegre/poa.osm.pbf", 20_000), ("sao_paulo_centre.osm.pbf", 10_000),
])
def test_real_extracts(raw: Path, tmp_path: Path, name: str, corners: int) -> None:
    from loaders.streets import walked

    extract = raw / "network" / name
    streets = Streets(**walked(extract, tmp_path))  # type: ignore[arg-type]
    again = Streets(**walked(extract, tmp_path))  # type: ignore[arg-type]
    assert len(streets.at) > corners and len(streets.main) > 0.5 * len(streets.at)
    assert (again.at == streets.at).all() and np.array_equal(again.metres.data, streets.metres.data)
    west, south, east, north = streets.covers
    rng = np.random.default_rng(5)
    some = pd.DataFrame({"lon": rng.uniform(west, east, 200), "lat": rng.uniform(south, north, 200)})
    told = walking_minutes(streets, some, some.iloc[:40], 30)
    assert len(told) > 40
    assert (told["cost"].to_numpy() >= straight(some, some.iloc[:40], told) - 1e-9).all()
