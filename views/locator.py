"""Where an area is, and the areas most like it: a small map over the same static file as the large one."""

from __future__ import annotations

import html

import pydeck as pdk
import streamlit as st
from pydeck.types import String

from views import maps, overview, session, tables, theme
from views.area_words import alone, label, peer_status, value
from views.my_area import Area, shown_first
from views.words import say


def show(area: Area, *, key: str, alt: str) -> None:
    """Draw the map; a click on another area goes to it."""
    st.pydeck_chart(
        deck(area), height=280, key=key, alt=alt, on_select=lambda: _clicked(key), selection_mode="single-object",
    )


def _clicked(key: str) -> None:
    picked = st.session_state[key]["selection"]["objects"]
    for objects in picked.values():
        area_id = objects[0].get("properties", {}).get("id") if objects else None
        if area_id:
            session.put("area", area_id)


def deck(area: Area) -> pdk.Deck:
    """Areas in grey, the chosen one in beet, its similar areas in teal."""
    dark = session.dark()
    store = area.store
    url = maps.file(store, area.level)
    land, mark, teal, paper = (theme.rgb(theme.token(name, dark=dark)) for name in ("na", "mark", "teal", "paper"))
    fill = f"properties.id=={area.id!r}?[{_list(mark)}]:"
    same = "||".join(f"properties.id=={peer!r}" for peer in area.peers["peer_id"])
    fill += f"({same})?[{_list(teal)}]:[{_list(land)}]" if same else f"[{_list(land)}]"
    areas = pdk.Layer(
        "GeoJsonLayer", url, pickable=True, filled=True, stroked=len(maps.names(store, area.level)) <= 1000,
        get_fill_color=fill, get_line_color=[*paper, 150], get_line_width=0.6, line_width_units=String("pixels"),
        update_triggers={"getFillColor": [fill]},
    )
    areas.id = None
    view = store.settings["view"]
    where = pdk.ViewState(
        longitude=view["lon"], latitude=view["lat"], zoom=float(view["zoom"]) - 1.4, min_zoom=7, max_zoom=16,
        pitch=0, bearing=0,
    )
    ring = [[-76.0, 44.5], [-71.5, 44.5], [-71.5, 46.6], [-76.0, 46.6]]
    water = pdk.Layer(
        "PolygonLayer", [{"r": ring}], id="ground", get_polygon="r", stroked=False, pickable=False,
        get_fill_color=list(theme.rgb(theme.token("water", dark=dark))),
    )
    layers = [water, areas]
    if area.level != "borough" and "borough" in store.levels():
        layers.append(pdk.Layer(
            "GeoJsonLayer", maps.file(store, "borough"), id="limits", pickable=False, stroked=True, filled=False,
            get_line_color=list(theme.rgb(theme.token("borough", dark=dark))), get_line_width=0.7,
            line_width_units=String("pixels"),
        ))
    return pdk.Deck(layers, initial_view_state=where, map_provider=None, tooltip={"text": "{n}"})  # type: ignore[arg-type]


def _list(colour: tuple[int, int, int]) -> str:
    return ",".join(map(str, colour))


def peers(area: Area) -> None:
    """The similar areas as links, with the value of the first measure that this area has."""
    if area.peers.empty:
        st.html(f'<div class="cv-empty">{html.escape(alone(area))}</div>')
        return
    line = shown_first(area)
    places = maps.names(area.store, area.level).set_index("area_id")["place"]
    rows = []
    for peer, name in zip(area.peers["peer_id"], area.peers["name"]):
        shown = tables.status_word("missing" if line is None else peer_status(line, str(peer)))
        if line is not None and peer in line.peers.index:
            shown = value(line.peers.loc[peer], line.indicator.unit)
        place = f"<small>{html.escape(places[peer])}</small>" if places[peer] else ""
        link = html.escape(overview.address("my_area", area=peer, level=area.level))
        rows.append(f'<div><dt><a href="{link}" target="_self">{html.escape(str(name))}</a>{place}</dt>'
                    f"<dd>{html.escape(shown)}</dd></div>")
    told = say("my_area.peers_of", title=label(line, area)) if line is not None else ""
    st.html(f'<div class="cv-card"><dl>{"".join(rows)}</dl><p class="cv-source">{html.escape(told)}</p></div>')
