"""Finding an area by its name: accents, dashes, St/Saint and local short forms are all understood."""

from __future__ import annotations

import difflib

import pandas as pd
import streamlit as st

from loaders.store import Store
from views import maps, session
from views.tables import by_name, folded
from views.words import language, local, say

# Above this many areas the box lists none: one types a code.
LISTED = 1000

# Short forms people type, folded -> folded words of the official name.
_SHORT = {
    "tmr": "mont royal", "town of mount royal": "mont royal", "montreal east": "montreal est",
    "montreal west": "montreal ouest", "dorval island": "l ile dorval", "ddo": "dollard des ormeaux",
    "csl": "cote saint luc", "ndg": "notre dame de grace", "cdn": "cote des neiges", "pat": "pointe aux trembles",
    "rdp": "riviere des prairies", "homa": "hochelaga maisonneuve", "parc ex": "parc extension",
    "south west": "sud ouest",
}


def search_key(text: str) -> str:
    """A name as it is searched: folded, `st` and `ste` spelled out, short forms replaced.

    >>> search_key("St-Léonard"), search_key("NDG")
    ('saint leonard', 'notre dame de grace')
    """
    words = [{"st": "saint", "ste": "sainte"}.get(word, word) for word in folded(text).split()]
    joined = " ".join(words)
    return _SHORT.get(joined, joined)


def labels(areas: pd.DataFrame) -> dict[str, str]:
    """area_id -> the label of the search box, each one once: the name, with its place or code where names repeat."""
    told: dict[str, str] = {}
    rows = by_name(areas.assign(again=areas["name"].duplicated(keep=False)), "name")
    cells = rows[["area_id", "name", "place", "code", "again"]].itertuples(index=False)
    for area_id, name, place, code, again in cells:
        told[area_id] = f"{name} ({place or code})" if again else str(name)
    seen: dict[str, int] = {}
    for area_id, label in told.items():
        seen[label] = seen.get(label, 0) + 1
        if seen[label] > 1:
            told[area_id] = f"{label} ({area_id})"
    return told


def found(typed: str, told: dict[str, str]) -> str | None:
    """The area a reader means: same name, then a beginning, then a part, then the closest spelling; None if none."""
    asked = search_key(typed)
    if not asked:
        return None
    keyed = {area_id: search_key(label) for area_id, label in told.items()}
    for fits in (str.__eq__, str.startswith, str.__contains__):
        hits = [area_id for area_id, key in keyed.items() if fits(key, asked)]
        if hits:
            return min(hits, key=lambda area_id: len(keyed[area_id]))
    near = difflib.get_close_matches(asked, list(keyed.values()), n=1, cutoff=0.8)
    return next((area_id for area_id, key in keyed.items() if near and key == near[0]), None)


@st.cache_resource(max_entries=64, show_spinner=False)
def _labels(edition: str, version: str, level: str, spoken: str, _store: Store) -> dict[str, str]:  # noqa: ARG001  cache key
    return labels(maps.names(_store, level))


@st.cache_resource(max_entries=16, show_spinner=False)
def _everywhere(edition: str, version: str, first: str, spoken: str, _store: Store) -> dict[str, str]:  # noqa: ARG001  cache key
    """area_id -> « name · level », areas of level `first` first; levels of too many areas are left out."""
    levels = [level for level in _store.levels() if level != "city"]
    told: dict[str, str] = {}
    for level in sorted(levels, key=lambda x: x != first):
        named = _labels(_store.edition, _store.version, level, spoken, _store)
        if len(named) <= LISTED:
            kind = say(f"level_one.{level}")
            told.update({area_id: f"{label} · {kind}" for area_id, label in named.items() if area_id not in told})
    return told


def anywhere(store: Store) -> str | None:
    """The search box over the areas of every level; gives the area_id chosen.

    The choice lives in the address as `?area=`; selector `level` follows it. Levels of thousands of areas are not
    listed: one types a code, or comes from the map.
    """
    told = dict(_everywhere(store.edition, store.version, str(store.settings["default_level"]), language(), store))
    asked = st.query_params.get("area")
    for area_id in {str(x) for x in (asked, session.held("area")) if x} - set(told):
        row = store.area(area_id)
        if row is not None and row["level"] not in ("city", "block"):
            told[area_id] = f"{local(row['name_fr'], row['name_en'])} · {say(f'level_one.{row.level}')}"
    key = session.seed("area", list(told), None)

    def settle() -> None:
        typed = st.session_state[key]
        if typed is not None and typed not in told:
            hit = _known_code(store, str(typed).strip()) or found(str(typed), told)
            st.session_state[f"{key}_lost"] = None if hit else str(typed)
            session.put("area", hit)
        row = store.area(st.session_state[key]) if st.session_state[key] else None
        if row is not None:
            session.put("level", str(row["level"]))

    chosen = st.selectbox(
        say("control.search"), list(told), index=None, format_func=lambda area_id: told.get(area_id, str(area_id)),
        key=key, placeholder=say("control.search_hint"), accept_new_options=True, on_change=settle,
        filter_mode="contains",
    )
    if st.session_state.pop(f"{key}_lost", None):
        st.caption(say("control.search_none"))
    return session.keep("area", chosen if chosen in told else None, label=say("table.area"))


def _known_code(store: Store, typed: str) -> str | None:
    """The area whose identifier was typed, at a level that has a page."""
    row = store.area(typed)
    return None if row is None or row["level"] in ("city", "block") else typed


def box(store: Store, level: str) -> str | None:
    """The search box over the areas of a level; its choice, an area_id, lives in the address as `?area=`."""
    told = _labels(store.edition, store.version, level, language(), store)
    key = session.seed("area", list(told), None)

    def settle() -> None:
        typed = st.session_state[key]
        if typed is not None and typed not in told:
            hit = found(str(typed), told)
            st.session_state[f"{key}_lost"] = None if hit else str(typed)
            st.session_state[key] = hit

    # Three thousand codes would travel with every move of a slider; a code typed is found all the same.
    listed = len(told) <= LISTED
    held = st.session_state[key]
    offered = list(told) if listed else [held] if held in told else []
    chosen = st.selectbox(
        say("control.search"), offered, index=None, format_func=lambda area_id: told.get(area_id, str(area_id)),
        key=key, placeholder=say("control.search_hint" if listed else "control.search_code"),
        accept_new_options=True, on_change=settle, filter_mode="contains",
    )
    lost = st.session_state.pop(f"{key}_lost", None)
    if lost:
        st.caption(say("control.search_none"))
    return session.keep("area", chosen if chosen in told else None, label=say("table.area"))
