"""The map of the services a filter keeps: the areas of a level, and a shape a place; small data, sent inline."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from indicators import INDICATOR
from loaders.store import Store
from views import assets, maps, numbers, session, theme
from views.words import say

# An indicator of services: no level holds it, so the areas keep one flat colour.
_PLAIN = INDICATOR["verification_priority"]
_SIZE, _MANY = 18, 60


def placed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a position."""
    return frame[frame["lon"].notna() & frame["lat"].notna()]


def show(store: Store, frame: pd.DataFrame, level: str, area: str, *, key: str, alt: str) -> None:
    """Draw the map of some rows of `services.rows` over the areas of a level; `area` is outlined."""
    deck = maps.deck(maps.Map(store, level, _PLAIN, chosen=area or None, kinds=()))
    rows = placed(frame)
    deck.layers += [_shapes(rows[rows["kind"].isin(assets.ICONS)]), *_others(rows[~rows["kind"].isin(assets.ICONS)])]
    st.pydeck_chart(deck, height=400 if session.on_phone() else 680, key=key, alt=alt)


def data(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What the map reads of each place: position, words of its tooltip, shape [hollow where it is closed]."""
    cells = rows[["name", "what", "state", "service_status", "kind", "lon", "lat"]].itertuples(index=False)
    return [
        {"n": "\n".join([name, what, *([state] if status != "active" else [])]), "lon": round(float(lon), 5),
         "lat": round(float(lat), 5), "i": kind if status == "active" else f"{kind}_closed"}
        for name, what, state, status, kind, lon, lat in cells
    ]


def _shapes(rows: pd.DataFrame) -> pdk.Layer:
    mapping = {
        f"{kind}{tail}": {"x": at * assets.ICON_SIZE, "y": row * assets.ICON_SIZE, "width": assets.ICON_SIZE,
                          "height": assets.ICON_SIZE}
        for kind, at in assets.ICONS.items() for row, tail in enumerate(("", "_closed"))
    }
    return pdk.Layer(
        "IconLayer", data(rows), id="services-kept", pickable=True, get_position="[lon,lat]", get_icon="i",
        icon_atlas=String("/app/static/icons.png"), icon_mapping=mapping, size_units=String("pixels"),
        get_size=_SIZE if len(rows) <= _MANY else round(_SIZE * 0.62),
    )


def _others(rows: pd.DataFrame) -> list[pdk.Layer]:
    """Places of a kind without a shape of its own: a plain ring."""
    if rows.empty:
        return []
    dark = session.dark()
    return [pdk.Layer(
        "ScatterplotLayer", data(rows), id="services-others", pickable=True, get_position="[lon,lat]", get_radius=5,
        radius_units=String("pixels"), stroked=True, line_width_units=String("pixels"), get_line_width=2,
        get_fill_color=list(theme.rgb(theme.token("paper", dark=dark))),
        get_line_color=list(theme.rgb(theme.token("ink", dark=dark))),
    )]


def key(frame: pd.DataFrame) -> str:
    """The key [HTML]: how many places of each kind are drawn, and how many of them are closed for now."""
    rows = placed(frame)
    counts = rows["kind"].value_counts()
    told = [(kind, 0, say(f"kinds.{kind}"), int(counts[kind])) for kind in assets.ICONS if kind in counts]
    closed = int((rows["service_status"] != "active").sum())
    if closed and told:
        told.append((told[0][0], 18, say("services.key_closed"), closed))
    marks = [
        f'<span><i class="icon" style="background-position:-{18 * assets.ICONS[kind]}px -{down}px"></i>'
        f"<span>{html.escape(words)} <small>{numbers.count(count)}</small></span></span>"
        for kind, down, words, count in told
    ]
    rest = int((~rows["kind"].isin(assets.ICONS)).sum())
    if rest:
        marks.append(f'<span><i class="ring"></i><span>{html.escape(say("kinds.other"))} '
                     f"<small>{numbers.count(rest)}</small></span></span>")
    return f'<div class="cv-legend"><div class="cv-keys">{"".join(marks)}</div></div>'
