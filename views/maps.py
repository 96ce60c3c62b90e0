"""Maps: a deck over one static file a level; it recolours by expression, not by data, and fetches nothing outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from indicators.spec import Indicator
from loaders.store import Store
from views import assets, labels, session, theme
from views.mapfiles import CODES, column, file, names, service_file, service_size, shown_services

__all__ = ["CODES", "Map", "class_of", "classes_of", "deck", "file", "fill", "names", "show", "shown_services"]

_PATTERNED = frozenset({"suppressed", "missing", "unknown"})


# --- accessors --------------------------------------------------------------------------------------------


def fill(indicator: Indicator, at: int, *, dark: bool) -> str:
    """The fill accessor: a ternary chain over `v<at>`; five classes, zero and four statuses, each its own look."""
    classes = theme.ramp(indicator.direction, dark=dark)
    p = f"properties.v{at}"
    paper = theme.token("paper", dark=dark)
    steps = [f"{p}==0?{_js(theme.token('zero', dark=dark))}"]
    steps += [f"{p}>={brk:g}?{_js(colour)}" for brk, colour in zip(reversed(indicator.breaks), reversed(classes[1:]))]
    steps.append(f"{p}>0?{_js(classes[0])}")
    steps.append(f"{p}=={CODES['not_applicable']}?{_js(theme.token('na', dark=dark))}")
    return ":".join(steps) + f":{_js(paper)}"


def class_of(indicator: Indicator, value: float) -> int:
    """Class 1 to 5 of a value, 0 for zero: the same cut as `fill`."""
    if value == 0:
        return 0
    return 1 + sum(value >= brk for brk in indicator.breaks)


def classes_of(indicator: Indicator, values: pd.Series) -> pd.Series:
    """`class_of` of many values, same index; values must be known."""
    numeric = values.to_numpy("float64")
    cut = np.searchsorted(np.array(indicator.breaks), numeric, side="right") + 1
    return pd.Series(np.where(numeric == 0, 0, cut), index=values.index)


def _js(colour: str, alpha: int | None = None) -> str:
    parts = [*theme.rgb(colour), *([alpha] if alpha is not None else [])]
    return f"[{','.join(map(str, parts))}]"


# --- the deck ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Map:
    """What one map shows. `statuses` are those present: a pattern layer is added only where there is one."""

    store: Store
    level: str
    indicator: Indicator
    setting: str = ""
    chosen: str | None = None
    kinds: Sequence[str] = ("food_aid",)
    statuses: frozenset[str] = field(default_factory=frozenset)


def deck(asked: Map) -> pdk.Deck:
    """The deck of a map: water, areas, patterns, borough lines, the chosen area, labels, services. No base map."""
    dark, phone = session.dark(), session.on_phone()
    at = column(asked.store, asked.level, asked.indicator, asked.setting)
    url = file(asked.store, asked.level)
    view = asked.store.settings["view"]
    layers = [_water(dark), _areas(asked, url, at, dark)]
    if at is not None and asked.statuses & _PATTERNED:
        layers.append(_patterns(url, at, float(view["zoom"]), dark))
    layers += _outlines(asked, dark)
    if asked.chosen:
        layers += _chosen(asked, dark)
    layers += labels.layers(asked.store, asked.level, dark=dark)
    layers += [_services(asked.store, kind) for kind in asked.kinds]
    where = pdk.ViewState(
        longitude=view["phone_lon"] if phone else view["lon"], latitude=view["lat"],
        zoom=view["phone_zoom"] if phone else view["zoom"], min_zoom=8, max_zoom=16, pitch=0, bearing=0,
    )
    # Every object picked must hold what the tooltip names, or its braces are shown.
    tip = {"text": "{n}" if at is None else "{n}\n{s" + str(at) + "}"}
    # The style stays unset: with map_provider=None Streamlit draws no base map; None would fetch one.
    return pdk.Deck(layers, initial_view_state=where, map_provider=None, tooltip=tip)  # type: ignore[arg-type]


def show(asked: Map, *, key: str, alt: str) -> None:
    """Draw a map; a click puts the area clicked in selector `area` (the address, the card, every page)."""
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


def _water(dark: bool) -> pdk.Layer:
    ring = [[-76.0, 44.5], [-71.5, 44.5], [-71.5, 46.6], [-76.0, 46.6]]
    return _layer(
        "PolygonLayer", [{"r": ring}], id="water", get_polygon="r", stroked=False, pickable=False,
        get_fill_color=list(theme.rgb(theme.token("water", dark=dark))),
    )


def _areas(asked: Map, url: str, at: int | None, dark: bool) -> pdk.Layer:
    colour = fill(asked.indicator, at, dark=dark) if at is not None else _js(theme.token("na", dark=dark))
    layer = _layer(
        "GeoJsonLayer", url, pickable=True, filled=True,
        # A hairline round thousands of areas greys the map and costs most of each redraw without a graphics card.
        stroked=len(names(asked.store, asked.level)) <= 1000, get_fill_color=colour,
        get_line_color=[*theme.rgb(theme.token("paper", dark=dark)), 110], get_line_width=0.6,
        line_width_units=String("pixels"),
        update_triggers={"getFillColor": [colour]},
    )
    # Without an id, Streamlit reports the click but does not dim every other area (its look, not ours).
    layer.id = None
    return layer


def _patterns(url: str, at: int, zoom: float, dark: bool) -> pdk.Layer:
    """Hatch, dots and broken lines over the areas of three statuses; everything else is transparent."""
    p, ink = f"properties.v{at}", theme.token("hatch", dark=dark)
    shown = f"({p}=={CODES['suppressed']}||{p}=={CODES['missing']}||{p}=={CODES['unknown']})"
    colour = f"{shown}?{_js(ink, 255)}:{_js(ink, 0)}"
    pattern = (
        f"{p}=={CODES['suppressed']}?'suppressed':({p}=={CODES['unknown']}?'unknown':'missing')"
    )
    mapping = {
        name: {"x": x, "y": 0, "width": assets.PATTERN_SIZE, "height": assets.PATTERN_SIZE, "mask": True}
        for name, x in assets.PATTERNS.items()
    }
    return _layer(
        "GeoJsonLayer", url, id="patterns", pickable=False, stroked=False, filled=True, get_fill_color=colour,
        extensions=[{"@@type": "FillStyleExtension", "pattern": True}], fill_pattern_mask=True,
        fill_pattern_atlas=String("/app/static/patterns.png"), fill_pattern_mapping=mapping,
        get_fill_pattern=pattern, get_fill_pattern_scale=round(16 * 2 ** (10 - zoom), 2),
        update_triggers={"getFillColor": [colour], "getFillPattern": [pattern]},
    )


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


def _services(store: Store, kind: str) -> pdk.Layer:
    mapping = {}
    for row, tail in enumerate(("", "_closed")):
        mapping[f"{kind}{tail}"] = {
            "x": assets.ICONS[kind] * assets.ICON_SIZE, "y": row * assets.ICON_SIZE,
            "width": assets.ICON_SIZE, "height": assets.ICON_SIZE,
        }
    return _layer(
        "IconLayer", service_file(store, kind), id=f"services-{kind}", pickable=True, get_position="[lon,lat]",
        get_icon="i", icon_atlas=String("/app/static/icons.png"), icon_mapping=mapping,
        get_size=service_size(store, kind), size_units=String("pixels"),
    )
