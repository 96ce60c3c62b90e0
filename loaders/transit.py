"""Transit minutes from a timetable (GTFS): experimental, never slower than walking, never outside its dates."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loaders.catalog import LoadError

# The library answers this, in seconds, where no journey is found.
_NEVER = 4e9


def transit_minutes(
    feeds: Sequence[Path], extract: Path, origins: pd.DataFrame, destinations: pd.DataFrame, when: datetime,
    limit: float, walking: pd.DataFrame, kmh: float = 4.8,
) -> pd.DataFrame:
    """Pairs within `limit` minutes by transit or on foot, leaving at `when`: origin, destination, cost [minutes].

    `feeds`: GTFS archives; `extract`: the OpenStreetMap streets around them; both frames are indexed by id with lon,
    lat [degrees]. `walking`: the pairs of `indicators.walking.walking_minutes` at the same limit: where walking is
    quicker, or alone possible, it stands. Raises LoadError where the optional packages are absent, where a feed cannot
    be read, and where `when` is on a day with no trip: the library would answer with walking alone, in silence.
    """
    try:
        cafein: Any = importlib.import_module("cafein")
        import geopandas as gpd
    except ModuleNotFoundError as error:
        raise LoadError(
            "minutes by transit need the optional packages cafein and pyrosm: install requirements-extras.txt",
            file=feeds[0].name if feeds else "",
        ) from error
    try:
        net = cafein.TransportNetwork.from_gtfs(
            [str(feed) for feed in feeds], osm_pbf=str(extract), walking_speed_kmph=kmh, max_walking_time=limit,
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise LoadError(f"this timetable cannot be read: {error}", file=", ".join(f.name for f in feeds)) from error
    _on_calendar(net, when, feeds)
    ends = [
        gpd.GeoDataFrame({"id": frame.index.astype("str")}, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]),
                         crs=4326)
        for frame in (origins, destinations)
    ]
    seconds = np.asarray(
        net.travel_time_matrix(ends[0], when, 4, destinations=ends[1], walking_speed_kmph=kmh), dtype="float64",
    )
    minutes = np.where(seconds > _NEVER, np.inf, seconds / 60)
    i, j = walking["origin"].cat.codes.to_numpy(), walking["destination"].cat.codes.to_numpy()
    np.minimum.at(minutes, (i, j), walking["cost"].to_numpy())
    origin, place = np.nonzero(minutes <= limit)
    out = pd.DataFrame({
        "origin": pd.Categorical.from_codes(origin.astype("int32"), categories=origins.index),
        "destination": pd.Categorical.from_codes(place.astype("int32"), categories=destinations.index),
        "cost": minutes[origin, place],
    })
    out.attrs["reach"] = limit
    return out


def _on_calendar(net: object, when: datetime, feeds: Sequence[Path]) -> None:
    """LoadError unless trips run on the day of `when`."""
    window = net.service_window  # type: ignore[attr-defined]
    names = ", ".join(feed.name for feed in feeds)
    if window is None:
        raise LoadError("no trip of this timetable ever runs", file=names)
    first, last = window
    if not first <= when.date() <= last:
        raise LoadError(
            f"the timetable runs from {first} to {last}; {when:%Y-%m-%d} is outside", file=names,
            remedy="Ask for a date inside it, or bring a newer timetable.",
        )
    if net.daily_trip_counts.get(pd.Timestamp(when.date()), 0) == 0:  # type: ignore[attr-defined]
        raise LoadError(f"no trip runs on {when:%Y-%m-%d}, a day inside the timetable", file=names,
                        remedy="Ask for another day.")
