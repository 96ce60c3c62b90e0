"""Residents aged 65 or over, as rings above a map: a ring twice as wide stands for four times as many people."""

from __future__ import annotations

import html

import orjson
import pandas as pd
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from indicators import INDICATOR
from loaders.store import Store
from views import mapfiles, numbers, theme
from views.tables import Column
from views.words import plural, say

OLDER = INDICATOR["seniors_65plus"]
# Radius of the largest ring [px], and less where hundreds of areas would touch.
_LARGEST, _MANY = 17.0, 150


def published(store: Store, level: str) -> bool:
    """Whether the edition counts residents aged 65 or over at a level."""
    return OLDER.id in store.offered(level)


def counts(store: Store, level: str) -> pd.DataFrame:
    """area_id, lon, lat and people [aged 65 or over; NaN where not published], by area_id. Cached: read it only."""
    return _counts(store.edition, store.version, level, store)


@st.cache_resource(max_entries=32, show_spinner=False)
def _counts(edition: str, version: str, level: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    rows = _store.indicator(OLDER.id, level)
    rows["people"] = rows["numerator"].where(rows["status"] == "ok")
    return _store.areas(level)[["area_id", "lon", "lat"]].merge(rows[["area_id", "people", "status"]], on="area_id")


def _radius(rows: pd.DataFrame) -> pd.Series:
    """Radius of each ring [px]: its area is proportional to people."""
    largest = _LARGEST if len(rows) <= _MANY else _LARGEST * 0.6
    return largest * (rows["people"] / rows["people"].max()) ** 0.5


def layers(store: Store, level: str, *, dark: bool) -> list[pdk.Layer]:
    """Rings: ink on a paper halo, so that they read on every class."""
    url = mapfiles.kept(store, f"older.{level}.json", lambda: _file(store, level))
    return [
        pdk.Layer(
            "ScatterplotLayer", url, id=f"older-{name}", pickable=False, filled=False, stroked=True,
            get_position="[lon,lat]", get_radius="r", radius_units=String("pixels"), line_width_units=String("pixels"),
            get_line_width=width, get_line_color=[*theme.rgb(theme.token(name, dark=dark)), alpha],
        )
        for name, width, alpha in (("paper", 4.0, 200), ("ink", 1.8, 255))
    ]


def _file(store: Store, level: str) -> bytes:
    rows = counts(store, level).dropna(subset=["people", "lon", "lat"])
    rows = rows.assign(r=_radius(rows).round(2), lon=rows["lon"].round(5), lat=rows["lat"].round(5))
    return orjson.dumps(rows[["lon", "lat", "r"]].to_dict("records"))


def key(store: Store, level: str) -> str:
    """The entry of the key [HTML]: what a ring is, how many people the largest stands for, areas without one."""
    rows = counts(store, level)
    most = numbers.people(rows["people"].max()) if rows["people"].notna().any() else numbers.count(0)
    told = say("older.key", most=most)
    silent = int(rows["people"].isna().sum())
    if silent:
        told += " " + plural("older.silent", silent, n=numbers.count(silent))
    return f'<span><i class="ring"></i><span>{html.escape(told)}</span></span>'


def column(store: Store, level: str, area_ids: pd.Series) -> Column:
    """Residents aged 65 or over of each area, for the table behind the map; a status is a word."""
    rows = counts(store, level).set_index("area_id").reindex(area_ids)
    told = [
        numbers.people(people) if numbers.known(people) else say(f"status.{status}")
        for people, status in zip(rows["people"], rows["status"].fillna("missing"))
    ]
    return Column(say("older.column"), told, "number", second=True)
