"""Names on a map that do not overlap at its opening zoom, placed in Python: the most people first."""

from __future__ import annotations

import pandas as pd
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from loaders.store import Store
from views import mapfiles, theme
from views.words import language

Box = tuple[float, float, float, float]


def placed(store: Store, level: str) -> tuple[pd.DataFrame, float]:
    """Labels that do not overlap (n [text], at [lon, lat], kind), and the pixels a degree of longitude they suppose."""
    shown = "borough" if "borough" in store.levels() else level
    return _placed(store.edition, store.version, shown, language(), store), _scale(store)


def _scale(store: Store) -> float:
    """Pixels per degree of longitude at the opening zoom, tiles of 512."""
    return 256 / 360 * 2 ** float(store.settings["view"]["zoom"]) * 2


def layers(store: Store, level: str, *, dark: bool) -> list[pdk.Layer]:
    """Two text layers: boroughs (or the level's own areas) in bold, linked cities lighter."""
    labels, _ = placed(store, level)
    return [_layer(labels[(labels["kind"] == "linked_city") == linked], linked, dark) for linked in (True, False)]


def _layer(labels: pd.DataFrame, linked: bool, dark: bool) -> pdk.Layer:
    return pdk.Layer(
        "TextLayer", labels[["n", "at"]].to_dict("records"), id=f"labels-{'cities' if linked else 'areas'}",
        pickable=False, get_text="n", get_position="at", character_set=String("auto"),
        font_family=String("'Public Sans', sans-serif"), font_weight=500 if linked else 600,
        get_size=11.5, size_units=String("pixels"), line_height=1.15,
        get_color=list(theme.rgb(theme.token("ink3" if linked else "ink", dark=dark))),
        background=True, background_padding=[4, 2, 4, 1],
        get_background_color=[*theme.rgb(theme.token("paper", dark=dark)), 150 if linked else 190],
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _placed(
    edition: str, version: str, level: str, spoken: str, _store: Store,  # noqa: ARG001
) -> pd.DataFrame:
    """Labels that do not overlap at the opening zoom: n [text], at [lon, lat], kind; the most people first."""
    areas = mapfiles.names(_store, level).dropna(subset=["lon", "lat"]).sort_values("population", ascending=False)
    scale = _scale(_store)
    kind = str(_store.setting("food_kind"))
    side = mapfiles.service_size(_store, kind)
    points = mapfiles.shown_services(_store, kind)[["lon", "lat"]]
    marks = [_box(x * scale, -y * scale * 1.43, side, side) for x, y in points.itertuples(index=False)]
    taken: list[Box] = []
    out = []
    for name, kind_of, lon, lat in areas[["name", "kind", "lon", "lat"]].itertuples(index=False):
        text = wrapped(str(name))
        lines = text.split("\n")
        width, height = 7.0 * max(map(len, lines)) + 8, 13.5 * len(lines) + 4
        nudges = [(dx, dy) for dy in (0, -12, 12, -24, 24, -36, 36) for dx in (0, -18, 18, -36, 36)]  # [px]
        tried = []
        for dx, dy in nudges:
            box = _box(lon * scale + dx, -lat * scale * 1.43 + dy, width, height)
            if not any(_meet(box, other) for other in taken):
                hidden = sum(_meet(box, mark) for mark in marks)
                tried.append((hidden, abs(dx) + abs(dy), dx, dy, box))
        if not tried or min(tried)[0] > 1:  # the marks are drawn above the labels: one may touch, no more
            continue
        _, _, dx, dy, box = min(tried)
        taken.append(box)
        at = [round(lon + dx / scale, 4), round(lat - dy / (scale * 1.43), 4)]
        out.append({"n": text, "at": at, "kind": kind_of})
    return pd.DataFrame(out, columns=["n", "at", "kind"])


def wrapped(name: str) -> str:
    """A long name on two lines, broken after a dash near its middle."""
    if len(name) < 18:
        return name
    breaks = [i + 1 for i, c in enumerate(name) if c in "–- /" and 0 < i < len(name) - 1]
    if not breaks:
        return name
    middle = min(breaks, key=lambda i: abs(i - len(name) / 2) - (6 if name[i - 1] == "–" else 0))
    return name[:middle].rstrip() + "\n" + name[middle:]


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
