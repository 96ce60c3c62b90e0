"""Colours and the one style sheet: tokens of the look, light and dark."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st

from indicators.spec import Direction
from views import session

_SHEET = Path(__file__).with_name("theme.css")

Colour = tuple[int, int, int]

TOKENS: dict[bool, dict[str, str]] = {
    False: {
        "paper": "#FFFFFF", "wash": "#F5F3EF", "ink": "#1C2126", "ink2": "#4A5158", "ink3": "#5D646B",
        "rule": "#D9D5CD", "accent": "#8F1D4B", "on-accent": "#FFFFFF", "mark": "#B9395C", "teal": "#1E7C8A",
        "ochre": "#8A5F00", "sim-ground": "#FFF4DC", "sim-ink": "#6B4A00", "water": "#DDE6EA",
        "na": "#E3DFD7", "zero": "#FFFFFF", "hatch": "#7A8087", "borough": "#3A4047",
    },
    True: {
        "paper": "#14181C", "wash": "#1E242A", "ink": "#ECEAE5", "ink2": "#C3C7CA", "ink3": "#A7ADB3",
        "rule": "#363D44", "accent": "#F2A38F", "on-accent": "#14181C", "mark": "#F08A76", "teal": "#6FC1C3",
        "ochre": "#E0B45C", "sim-ground": "#33290F", "sim-ink": "#F0CF86", "water": "#0E1418",
        "na": "#2C343B", "zero": "#171C20", "hatch": "#848D95", "borough": "#D5D8DA",
    },
}

_RAMPS: dict[tuple[str, bool], tuple[str, ...]] = {
    ("more_is_worse", False): ("#FAE3D1", "#F6B294", "#E7736D", "#B9395C", "#711243"),
    ("more_is_worse", True): ("#5E283F", "#9C3856", "#D3585E", "#F49473", "#FED6B0"),
    ("more_is_better", False): ("#D2EFEE", "#96D1D0", "#53ABB0", "#1E7C8A", "#00475B"),
    ("more_is_better", True): ("#1C4351", "#286A79", "#3B959E", "#6FC1C3", "#B9E9E5"),
}
# Need down (A to C), distance across (1 to 3): amber × blue, the same by day and night, as beet × teal fails for many.
PAIR = (
    ("#F2EEE8", "#ADC3EC", "#6393E9"), ("#E0B182", "#9C8990", "#555B93"), ("#D27A10", "#80492C", "#3C223C"),
)
SERIES = {
    False: ("#B9395C", "#1E7C8A", "#083E4F", "#C07B02", "#6C9880"),
    True: ("#F08A76", "#6FC1C3", "#11848A", "#A95D3A", "#E9E9FE"),
}


def token(name: str, *, dark: bool | None = None) -> str:
    """A colour by its name in the look (`ink`, `mark`, `teal`…), for the reader's theme unless `dark` is given."""
    return TOKENS[session.dark() if dark is None else dark][name]


def ramp(direction: Direction, *, dark: bool | None = None) -> tuple[str, ...]:
    """Five class colours, lowest class first: beet for need, teal for help; reversed in the dark."""
    return _RAMPS[(direction, session.dark() if dark is None else dark)]


@functools.lru_cache(maxsize=1)
def _days() -> dict[str, str]:
    pairs = [(TOKENS[True][name], TOKENS[False][name]) for name in TOKENS[True]]
    pairs += zip(SERIES[True], SERIES[False])
    pairs += [pair for (way, dark), ramp in _RAMPS.items() if dark for pair in zip(ramp, _RAMPS[(way, False)])]
    return {night.upper(): day for night, day in reversed(pairs)}


def by_day(colour: str) -> str:
    """What a colour of the dark theme is in the light one; any other as it is.

    >>> by_day("#F08A76"), by_day("#b9395c")
    ('#B9395C', '#b9395c')
    """
    return _days().get(colour.upper(), colour)


def rgb(colour: str) -> Colour:
    """`#8F1D4B` as three numbers.

    >>> rgb("#8F1D4B")
    (143, 29, 75)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def over(colour: str) -> str:
    """Ink or white, whichever reads better on a colour (WCAG contrast)."""
    return max("#1C2126", "#FFFFFF", key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """Contrast of two colours by WCAG, 1 to 21.

    >>> round(contrast("#000000", "#FFFFFF"))
    21
    """
    light = sorted((_light(one), _light(other)))
    return (light[1] + 0.05) / (light[0] + 0.05)


def _light(colour: str) -> float:
    parts = [part / 255 for part in rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@functools.lru_cache(maxsize=8)
def _sheet(dark: bool, changed: float) -> str:  # noqa: ARG001  cache key
    names = "".join(f"--{name}:{colour};" for name, colour in TOKENS[dark].items())
    return f"<style>:root{{{names}color-scheme:{'dark' if dark else 'light'};}}{_SHEET.read_text('utf-8')}</style>"


def send() -> None:
    """Send the style sheet: once a run, from app.py."""
    st.html(_sheet(session.dark(), _SHEET.stat().st_mtime))
