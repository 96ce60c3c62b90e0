"""Maps: a deck over one static file a level; it recolours by expression, not by data, and fetches nothing outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from indicators.spec import Indicator
from loaders.store import Store
from views import assets, classes, hatching, labels, mapfiles, noted, older, pairs, session, theme
from views.classes import Breaks, class_of, classes_of
from views.mapfiles import CODES, file, names, shown_services

__all__ = ["CODES", "Map", "class_of", "classes_of", "deck", "file", "fill", "names", "show", "shown_services", "water"]


# --- accessors --------------------------------------------------------------------------------------------


def fill(indicator: Indicator, at: int, *, dark: bool, breaks: Breaks | None = None) -> str:
    """The fill accessor: a ternary chain over `v<at>`; its classes, zero and four statuses, each its own look."""
    limits = indicator.breaks if breaks is None else breaks
    colours = classes.shades(theme.ramp(indicator.direction, dark=dark), breaks)
    p = f"properties.v{at}"
    paper = theme.token("paper", dark=dark)
    steps = [f"{p}==0?{_js(theme.token('zero', dark=dark))}"]
    steps += [f"{p}>={brk:g}?{_js(colour)}" for brk, colour in zip(reversed(limits), reversed(colours[1:]))]
    steps.append(f"{p}>0?{_js(colours[0])}")
    steps.append(f"{p}=={CODES['not_applicable']}?{_js(theme.token('na', dark=dark))}")
    return ":".join(steps) + f":{_js(paper)}"


def _js(colour: str, alpha: int | None = None) -> str:
    parts = [*theme.rgb(colour), *([alpha] if alpha is not None else [])]
    return f"[{','.join(map(str, parts))}]"


# --- the deck ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Map:
    """What one map shows.

    `breaks`: inner limits of the classes, where they are not the declared ones. `pair`: need against distance, cut by
    `method`, instead of the indicator. `older`: rings for residents aged 65 or over.
    """

    store: Store
    level: str
    indicator: Indicator
    setting: str = ""
    chosen: str | None = None
    kinds: Sequence[str] = ("food_aid",)
    breaks: Breaks | None = None
    pair: pairs.Pair | None = None
    method: str = "fixed"
    older: bool = False


@dataclass(frozen=True)
class _Paint:
    """How areas are coloured: file, fill accessor, those that bear a pattern, tooltip, its texts."""

    url: str
    fill: str
    marks: hatching.Marks
    tip: str
    words: int


def _paint(asked: Map, dark: bool) -> _Paint:
    if asked.pair is not None:
        cell = 1 + classes.METHODS.index(asked.method)
        return _Paint(
            pairs.file(asked.store, asked.level), pairs.fill(asked.pair, dark=dark), hatching.of_pair(asked.pair),
            "{n}\n{s0}\n{s" + str(cell) + "}", mapfiles.FEW,
        )
    held = mapfiles.columns(asked.store, asked.level, (asked.indicator.id,))
    at = held.get((asked.indicator.id, asked.setting))
    url = file(asked.store, asked.level, asked.indicator.id)
    if at is None:
        return _Paint(url, _js(theme.token("na", dark=dark)), (), "{n}", mapfiles.FEW)
    colour = fill(asked.indicator, at, dark=dark, breaks=asked.breaks)
    texts = max(mapfiles.FEW, *(n + 1 for n in held.values()))
    marks = hatching.of_indicator(asked.store, asked.level, asked.indicator.id, asked.setting)
    return _Paint(url, colour, marks, "{n}\n{s" + str(at) + "}", texts)


def deck(asked: Map) -> pdk.Deck:
    """The deck of a map: water, areas, patterns, borough lines, the chosen area, labels, services. No base map."""
    dark, phone = session.dark(), session.on_phone()
    paint = _paint(asked, dark)
    view = asked.store.settings["view"]
    layers = [water(dark), _areas(asked, paint, dark)]
    layers += hatching.layers(asked.store, asked.level, paint.marks, dark=dark)
    layers += _outlines(asked, dark)
    if asked.older:
        layers += older.layers(asked.store, asked.level, dark=dark)
    if asked.chosen:
        layers += _chosen(asked, dark)
    layers += labels.layers(asked.store, asked.level, dark=dark)
    layers += [_services(asked.store, kind, paint.words) for kind in asked.kinds]
    where = pdk.ViewState(
        longitude=view["phone_lon"] if phone else view["lon"], latitude=view["lat"],
        zoom=view["phone_zoom"] if phone else view["zoom"], min_zoom=8, max_zoom=16, pitch=0, bearing=0,
    )
    # The style stays unset: with map_provider=None Streamlit draws no base map; None would fetch one.
    # Every object picked holds what the tooltip names, or its braces would be shown.
    return pdk.Deck(
        layers, initial_view_state=where, map_provider=None, tooltip={"text": paint.tip},  # type: ignore[arg-type]
    )


def show(asked: Map, *, key: str, alt: str) -> None:
    """Draw a map; a click puts the area clicked in selector `area` (the address, the card, every page)."""
    noted.note(asked)
    st.pydeck_chart(
        deck(asked), height=400 if session.on_phone() else 680, key=key, alt=alt,
        on_select=lambda: _clicked(key), selection_mode="single-object",
    )


def _clicked(key: str) -> None:
    picked = st.session_state[key]["selection"]["objects"]
    for objects in picked.values():
        area_id = objects[0].get("properties", {}).get("id") if objects else None
        if area_id:
            session.put("area", area_id)


def _layer(kind: str, data: Any, **settings: Any) -> pdk.Layer:
    return pdk.Layer(kind, data, **settings)


def water(dark: bool) -> pdk.Layer:
    """What lies behind the city, as far as a reader can pan."""
    ring = [[-76.0, 44.5], [-71.5, 44.5], [-71.5, 46.6], [-76.0, 46.6]]
    return _layer(
        "PolygonLayer", [{"r": ring}], id="water", get_polygon="r", stroked=False, pickable=False,
        get_fill_color=list(theme.rgb(theme.token("water", dark=dark))),
    )


def _areas(asked: Map, paint: _Paint, dark: bool) -> pdk.Layer:
    layer = _layer(
        "GeoJsonLayer", paint.url, pickable=True, filled=True,
        # A hairline round thousands of areas greys the map and costs most of each redraw without a graphics card.
        stroked=len(names(asked.store, asked.level)) <= 1000, get_fill_color=paint.fill,
        get_line_color=[*theme.rgb(theme.token("paper", dark=dark)), 110], get_line_width=0.6,
        line_width_units=String("pixels"),
        update_triggers={"getFillColor": [paint.fill]},
    )
    # Without an id, Streamlit reports the click but does not dim every other area (its look, not ours).
    layer.id = None
    return layer


def _outlines(asked: Map, dark: bool) -> list[pdk.Layer]:
    above = "borough" if "borough" in asked.store.levels() else None
    if above is None or above == asked.level:
        return []
    return [_layer(
        "GeoJsonLayer", file(asked.store, above), id="boroughs", pickable=False, stroked=True, filled=False,
        get_line_color=list(theme.rgb(theme.token("borough", dark=dark))), get_line_width=1,
        line_width_units=String("pixels"),
    )]


def _chosen(asked: Map, dark: bool) -> list[pdk.Layer]:
    shapes = asked.store.shapes(asked.level)
    found = shapes[shapes["area_id"] == asked.chosen]
    if found.empty:
        return []
    data = {"type": "Feature", "geometry": orjson.loads(found["geojson"].iloc[0]), "properties": {}}
    return [
        _layer(
            "GeoJsonLayer", data, id=f"chosen-{name}", pickable=False, stroked=True, filled=False,
            get_line_color=list(theme.rgb(theme.token(name, dark=dark))), get_line_width=width,
            line_width_units=String("pixels"), line_joint_rounded=True,
        )
        for name, width in (("paper", 5.5), ("ink", 2.6))
    ]


def _services(store: Store, kind: str, words: int) -> pdk.Layer:
    mapping = {}
    for row, tail in enumerate(("", "_closed")):
        mapping[f"{kind}{tail}"] = {
            "x": assets.ICONS[kind] * assets.ICON_SIZE, "y": row * assets.ICON_SIZE,
            "width": assets.ICON_SIZE, "height": assets.ICON_SIZE,
        }
    return _layer(
        "IconLayer", mapfiles.service_file(store, kind, words), id=f"services-{kind}", pickable=True,
        get_position="[lon,lat]", get_icon="i", icon_atlas=String("/app/static/icons.png"), icon_mapping=mapping,
        get_size=mapfiles.service_size(store, kind), size_units=String("pixels"),
    )
