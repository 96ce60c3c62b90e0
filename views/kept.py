"""What is made once for a version, a language, a day and a choice, then shown again at every click: figures, words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st

from loaders.store import Store
from views import charts, noted, session
from views.figure import Figure
from views.words import language

Made = TypeVar("Made")


@st.cache_resource(max_entries=300, show_spinner=False)
def _made(
    edition: str, version: str, spoken: str, day: str, name: str, chosen: tuple[str, ...],  # noqa: ARG001  cache key
    _make: Callable[[], Any],
) -> Any:
    return _make()


def once(store: Store, name: str, make: Callable[[], Made], *chosen: object) -> Made:
    """What `make` makes, under a name no other page uses; `chosen` is everything the reader chose that it depends on.

    The day is in the key: a source line says how old its source is. What `make` returns is shared by readers: nobody
    may change it, and it reads the theme and the address when it is drawn, never before.
    """
    return _made(
        store.edition, store.version, language(), date.today().isoformat(), name, tuple(map(str, chosen)), make,  # noqa: DTZ011
    )


def figure(store: Store, name: str, make: Callable[[], Figure], *chosen: object) -> Figure:
    """The figure `name` as `make` makes it: as `once`. Its drawing is kept too where `chart` or `markup` draws it."""
    return once(store, name, make, *chosen)


def forget() -> None:
    """Let go of every figure: for tests that change what a version holds."""
    _made.clear()


def chart(make: Callable[[bool], go.Figure], *, key: str, alt: str) -> Callable[[], Any]:
    """What draws a chart: made at the first drawing in a theme (`make` of whether it is dark), kept for the next."""
    drawn = functools.cache(make)
    return lambda: charts.show(drawn(session.dark()), key=key, alt=alt)


def markup(make: Callable[[], Sequence[str]]) -> Callable[[], None]:
    """What draws pieces of HTML: made at the first drawing, kept for the next with the rows of bars in them."""

    @functools.cache
    def told() -> tuple[Sequence[str], list[Any]]:
        with noted.noting() as parts:
            return make(), parts

    def draw() -> None:
        pieces, parts = told()
        for part in parts:
            noted.note(part)
        for piece in pieces:
            st.html(piece)

    return draw
