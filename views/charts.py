"""What every chart shares: the plotly layout of the look, and how a chart is shown."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from views import noted, theme
from views.numbers import NBSP
from views.words import language, say

FONT = "'Public Sans', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


def base(height: int, *, dark: bool) -> go.Figure:
    """An empty figure in the look: transparent grounds, no legend, no mode bar, grid on neither axis.

    A chart adds `showgrid=True` on its value axis only. Labels stand above or beside their marks.
    """
    ink, ink2, rule, paper = (theme.token(name, dark=dark) for name in ("ink", "ink2", "rule", "paper"))
    axis = {
        "showline": False, "zeroline": False, "ticks": "", "showgrid": False, "gridcolor": rule, "fixedrange": True,
        "tickfont": {"size": 13, "color": ink2}, "title": None,
    }
    figure = go.Figure()
    figure.update_layout(
        height=height, margin={"l": 0, "r": 8, "t": 8, "b": 36}, showlegend=False, dragmode=False,
        font={"family": FONT, "size": 14, "color": ink}, paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        separators=f",{NBSP}" if language() == "fr" else ".,",
        hoverlabel={"bgcolor": ink, "bordercolor": ink, "font": {"color": paper, "size": 13, "family": FONT}},
        xaxis=axis, yaxis={**axis, "automargin": True},
    )
    return figure


def pair(name: str, value: str) -> str:
    """A name and its value, as the hover of a chart says them: « Nord : 12 », "Nord: 12"."""
    return say("chart.pair", name=name, value=value)


def show(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draw a chart at the width of its column, without any bar of tools; `alt` says what it says and shows."""
    noted.note(figure)
    st.plotly_chart(
        figure, key=key, theme=None, width="stretch", alt=alt,
        config={"displayModeBar": False, "locale": language(), "scrollZoom": False},
    )
