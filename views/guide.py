"""A first visit, guided: who is reading, then three questions, each one click from the page that answers it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import streamlit as st

from indicators import risk
from indicators.spec import Indicator
from loaders.store import Store
from views import overview, session
from views.city import ASKED, city_row, reach_of
from views.words import say

READERS = ("council", "borough", "analyst")


@dataclass(frozen=True)
class Question:
    """One question of one reader, the page that answers it, and what is chosen there."""

    key: str
    page: str
    chosen: dict[str, str]


def questions(store: Store, reader: str) -> list[Question]:
    """Three questions of a reader that this version answers; another in place of one it does not."""
    level = str(store.settings["default_level"])
    borough = "borough" if "borough" in store.levels() else level
    far = answered(store, overview.FAR) and not store.listing_incomplete
    shown = overview.FAR.id if far else overview.NEED.id
    gap = Question("gap" if far else "need", "gap_map", {"indicator": shown, "level": level})
    asked, data = Question("asked", "referrals", {}), Question("data", "data_library", {})
    area = Question("area", "my_area", {})
    every = {
        "council": [gap, asked, area, Question("who", "risk_factors", {})],
        "borough": [area, Question("borough", "gap_map", {"indicator": shown, "level": borough}),
                    Question("services", "services", {}), asked, data],
        "analyst": [Question("made", "methods", {}), data, Question("missing", "who_is_missing", {}),
                    Question("layer", "add_layer", {})],
    }
    told = {
        "asked": answered(store, ASKED), "need": answered(store, overview.NEED),
        "borough": far or answered(store, overview.NEED), "area": bool(store.offered(level)),
        "who": not store.groups(risk.RATIO.id).empty, "services": not store.services(None).empty,
        "missing": not store.missing().empty,
    }
    return [one for one in every[reader] if overview.has_page(one.page) and told.get(one.key, True)][:3]


def answered(store: Store, indicator: Indicator) -> bool:
    """Whether the city has a value of an indicator: where it has none, the page has no answer to give."""
    return city_row(store, indicator.id, reach_of(store) if indicator.setting == "reach_m" else "") is not None


def panel(store: Store) -> None:
    """The panel, until the reader closes it; what they chose is in the address, so a link keeps it."""
    if session.keep("guide", _off()) == "off":
        return
    with st.container(key="guide", gap="small"):
        st.html(f'<h2 class="cv-guide">{html.escape(say("overview.guide_title"))}</h2>')
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            reader = _reader()
            st.button(say("overview.guide_close"), type="tertiary", icon=":material/close:", on_click=_close)
        st.html(_listed(store, reader))


def _off() -> str | None:
    key = session.seed("guide", ("off",), None)
    return st.session_state[key]


def _close() -> None:
    session.put("guide", "off")


def _reader() -> str:
    key = session.seed("reader", READERS, READERS[0])
    chosen = st.segmented_control(
        say("overview.guide_who"), READERS, format_func=lambda x: say(f"overview.guide_{x}"), key=key,
        label_visibility="collapsed", required=True, width="content",
    )
    return str(session.keep("reader", chosen or READERS[0], label=say("overview.guide_who")))


def _listed(store: Store, reader: str) -> str:
    """Three links, each a question and what its page shows."""
    items: list[Any] = []
    for one in questions(store, reader):
        where = html.escape(overview.address(one.page, **one.chosen))
        items.append(
            f'<li><a href="{where}" target="_self">{html.escape(say(f"overview.ask_{one.key}"))}</a>'
            f'<span>{html.escape(say(f"overview.then_{one.key}"))}</span></li>'
        )
    return f'<ol class="cv-asks">{"".join(items)}</ol>'
