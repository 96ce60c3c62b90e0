"""The map of a reader's own table. Its values travel to that reader's browser only: no file, no cache holds them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from loaders.store import Store
from views import assets, labels, maps, session, tables, theme

# A point of a class is drawn as wide as its class says, so that colour is not alone.
_RADII = (5, 6, 7, 8.5, 10)
# The pattern of areas no row of the table names: that of an unknown capacity, which a reader's table does not have.
ABSENT = "unknown"


def show(store: Store, level: str, placed: pd.DataFrame, breaks: list[float], *, alt: str) -> None:
    """Draw areas (`area_id`) or points (`lon`, `lat`) with `value`, `status` and `words`, classes cut at `breaks`."""
    st.pydeck_chart(deck(store, level, placed, breaks), height=400 if session.on_phone() else 620, key="layer", alt=alt)


def deck(store: Store, level: str, placed: pd.DataFrame, breaks: list[float]) -> pdk.Deck:
    """Water, areas or points in their classes, borough lines, names. No base map."""
    dark, phone, view = session.dark(), session.on_phone(), store.settings["view"]
    layers = [maps.water(dark)]
    if "area_id" in placed:
        layers += [*_areas(store, level, placed, breaks, dark), *_lines(store, level, dark)]
    else:
        layers += [_ground(store, level, dark), *_lines(store, level, dark)]
    layers += labels.layers(store, level, dark=dark)
    if "lon" in placed:
        layers.append(_points(placed, breaks, dark))
    where = pdk.ViewState(
        longitude=view["phone_lon"] if phone else view["lon"], latitude=view["lat"],
        zoom=view["phone_zoom"] if phone else view["zoom"], min_zoom=8, max_zoom=16, pitch=0, bearing=0,
    )
    return pdk.Deck(layers, initial_view_state=where, map_provider=None, tooltip={"text": "{n}\n{s}"})  # type: ignore[arg-type]


def class_of(values: pd.Series, breaks: list[float]) -> pd.Series:
    """Class of each known value, 0 for zero, then 1 and up: a value on a break belongs above it."""
    numeric = values.to_numpy("float64")
    cut = np.searchsorted(np.array(breaks, dtype="float64"), numeric, side="right") + 1
    return pd.Series(np.where(numeric == 0, 0, cut), index=values.index)


def colours(classes: int, *, dark: bool | None = None) -> list[str]:
    """As many steps of the ramp as there are classes, darkest last."""
    ramp = theme.ramp("more_is_worse", dark=dark)
    return [ramp[round(i * (len(ramp) - 1) / max(classes - 1, 1))] if classes > 1 else ramp[2] for i in range(classes)]


def _fill(row: Any, steps: list[str], dark: bool) -> list[int]:
    """The colour of an area or a point, by its class or its status."""
    if row.status == "not_applicable":
        return list(theme.rgb(theme.token("na", dark=dark)))
    if row.status != "ok" or row.cls < 0:
        return list(theme.rgb(theme.token("paper", dark=dark)))
    return list(theme.rgb(steps[row.cls - 1] if row.cls else theme.token("zero", dark=dark)))


def _classed(placed: pd.DataFrame, breaks: list[float]) -> pd.DataFrame:
    known = placed["value"].notna() & (placed["status"] == "ok")
    return placed.assign(cls=class_of(placed["value"].fillna(0.0), breaks).where(known, -1).astype("int64"))


def _areas(store: Store, level: str, placed: pd.DataFrame, breaks: list[float], dark: bool) -> list[pdk.Layer]:
    """Every area of the level with its colour `c`; over those without a value, the pattern of their status."""
    steps, hatch = colours(len(breaks) + 1, dark=dark), [*theme.rgb(theme.token("hatch", dark=dark))]
    rows = {row.area_id: row for row in _classed(placed, breaks).itertuples()}
    features = []
    for area_id, text in _shapes(store, level).items():
        row: Any = rows[area_id]
        pattern = ABSENT if row.status == "absent" else row.status if row.status in assets.PATTERNS else ""
        said = {"n": row.name, "s": row.words, "c": _fill(row, steps, dark), "p": pattern or "missing",
                "h": [*hatch, 255 if pattern else 0]}
        features.append(b'{"type":"Feature","geometry":' + text + b',"properties":' + orjson.dumps(said) + b"}")
    body = b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]}"
    # One text: Streamlit's own writing of thousands of shapes would cost a second at every click.
    url = "data:application/json;base64," + base64.b64encode(body).decode("ascii")
    drawn = [pdk.Layer(
        "GeoJsonLayer", url, id="layer-areas", pickable=True, filled=True, stroked=len(features) <= 1000,
        get_fill_color="properties.c", get_line_color=[*theme.rgb(theme.token("paper", dark=dark)), 110],
        get_line_width=0.6, line_width_units=String("pixels"),
    )]
    if placed["status"].isin(["absent", *assets.PATTERNS]).any():
        size, zoom = assets.PATTERN_SIZE, float(store.settings["view"]["zoom"])
        drawn.append(pdk.Layer(
            "GeoJsonLayer", url, id="layer-patterns", pickable=False, stroked=False, filled=True,
            get_fill_color="properties.h", extensions=[{"@@type": "FillStyleExtension", "pattern": True}],
            fill_pattern_mask=True, fill_pattern_atlas=String("/app/static/patterns.png"),
            fill_pattern_mapping={name: {"x": x, "y": 0, "width": size, "height": size, "mask": True}
                                  for name, x in assets.PATTERNS.items()},
            get_fill_pattern="properties.p", get_fill_pattern_scale=round(16 * 2 ** (10 - zoom), 2),
        ))
    return drawn


def _shapes(store: Store, level: str) -> dict[str, bytes]:
    return _limits(store.edition, store.version, level, store)


@st.cache_resource(max_entries=8, show_spinner=False)
def _limits(edition: str, version: str, level: str, _store: Store) -> dict[str, bytes]:  # noqa: ARG001  cache key
    """Limits of a level as GeoJSON text, by area_id: published, so they may be shared by every visit."""
    return {area_id: text.encode() for area_id, text in _store.shapes(level).itertuples(index=False)}


def _ground(store: Store, level: str, dark: bool) -> pdk.Layer:
    """The city under points, in one colour."""
    return pdk.Layer(
        "GeoJsonLayer", maps.file(store, level), id="layer-ground", pickable=False, filled=True, stroked=False,
        get_fill_color=list(theme.rgb(theme.token("wash", dark=dark))),
    )


def _lines(store: Store, level: str, dark: bool) -> list[pdk.Layer]:
    above = "borough" if "borough" in store.levels() else level
    return [pdk.Layer(
        "GeoJsonLayer", maps.file(store, above), id="layer-lines", pickable=False, stroked=True, filled=False,
        get_line_color=list(theme.rgb(theme.token("borough", dark=dark))), get_line_width=1,
        line_width_units=String("pixels"),
    )]


def _points(placed: pd.DataFrame, breaks: list[float], dark: bool) -> pdk.Layer:
    """One disc a row, coloured and sized by its class; without a value, small and hollow."""
    steps = colours(len(breaks) + 1, dark=dark)
    data = [
        {"n": row.name, "s": row.words, "at": [row.lon, row.lat], "c": _fill(row, steps, dark),
         "r": _RADII[round((row.cls - 1) * 4 / max(len(steps) - 1, 1))] if row.cls > 0 else 4}
        for row in tables.records(_classed(placed, breaks))
    ]
    return pdk.Layer(
        "ScatterplotLayer", data, id="layer-points", pickable=True, stroked=True, get_position="at",
        get_fill_color="c", get_radius="r", radius_units=String("pixels"), line_width_units=String("pixels"),
        get_line_width=1.2, get_line_color=list(theme.rgb(theme.token("ink", dark=dark))),
    )
