"""Figures made once for a version, a language, a day and a choice, then shown again at every click."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from loaders.store import Store
from views import charts, session
from views.figure import Figure
from views.words import language


@st.cache_resource(max_entries=300, show_spinner=False)
def _made(
    edition: str, version: str, spoken: str, day: str, name: str, chosen: tuple[object, ...],  # noqa: ARG001  cache key
    _make: Callable[[], Figure],
) -> Figure:
    return _make()


def figure(store: Store, name: str, make: Callable[[], Figure], *chosen: object) -> Figure:
    """The figure `name` as `make` makes it; `chosen` is everything the reader chose that it depends on.

    The day is in the key: a source line says how old its source is. What `make` returns is shared by readers: it
    reads the theme and the address when it is drawn, never before.
    """
    return _made(
        store.edition, store.version, language(), date.today().isoformat(), name, tuple(map(str, chosen)), make,  # noqa: DTZ011
    )


def forget() -> None:
    """Let go of every figure: for tests that change what a version holds."""
    _made.clear()


def chart(make: Callable[[bool], go.Figure], *, key: str, alt: str) -> Callable[[], Any]:
    """What draws a chart: made at the first drawing in a theme (`make` of whether it is dark), kept for the next."""
    once = functools.cache(make)
    return lambda: charts.show(once(session.dark()), key=key, alt=alt)
