"""Finding an area by its name: accents, dashes, St/Saint and local short forms are all understood."""

from __future__ import annotations

import difflib

import pandas as pd
import streamlit as st

from loaders.store import Store
from views import maps, session
from views.tables import by_name, folded
from views.words import language, say

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
    return session.keep("area", chosen if chosen in told else None)
