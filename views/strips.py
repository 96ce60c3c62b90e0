"""One strip a measure: every area a pale tick, the area a disc, its borough a ring, the city a bar, peers diamonds."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from views import area_words, charts, numbers, theme
from views.my_area import Area, Line
from views.words import language, plural, say

ROW = 60  # height [px]
# Ticks closer than this share of a strip are one tick: three thousand areas say no more than that.
STEP = 1 / 400


@dataclass(frozen=True)
class Strip:
    """Where things stand on one strip, 0 = least to 1 = most shown; None where there is no value."""

    label: str
    value: str
    known: bool
    simulated: bool
    ticks: list[float]
    own: float | None
    low: float | None
    high: float | None
    borough: float | None
    city: float | None
    peers: list[float]


def strips(area: Area) -> list[Strip]:
    """The strips of an area, one a measure that has a value somewhere at its level."""
    return [found for found in (strip(area, line) for line in area.lines) if found]


def strip(area: Area, line: Line) -> Strip | None:
    """One measure on its own scale, from the least to the most of the level, borough and city included."""
    ok = line.frame[(line.frame["status"] == "ok") & line.frame["value"].notna()]["value"].astype("float64")
    others = [_number(row) for row in (line.borough, line.city)]
    limits = _doubt(line)
    every = [*ok, *(x for x in (*others, *limits) if x is not None)]
    if not every:
        return None
    low, high = min(every), max(every)
    wide = (high - low) or 1.0

    def at(value: float | None) -> float | None:
        return None if value is None else (value - low) / wide

    places = (ok - low) / wide
    ticks = sorted(set((np.round(places / STEP) * STEP).tolist()))
    return Strip(
        area_words.label(line, area), area_words.value(line.own, line.indicator.unit), line.known,
        line.own["basis"] == "simulated", ticks, at(_number(line.own)), at(limits[0]), at(limits[1]),
        at(others[0]), at(others[1]), [float((x - low) / wide) for x in line.peers["value"]],
    )


def _number(row: pd.Series | None) -> float | None:
    if row is None or row["status"] != "ok" or not numbers.known(row["value"]):
        return None
    return float(row["value"])


def _doubt(line: Line) -> tuple[float | None, float | None]:
    """The range of the area's own value, where it says how sure we are."""
    own = line.own
    if line.indicator.unit in numbers.SPREAD_UNITS or not (numbers.known(own["low"]) and numbers.known(own["high"])):
        return None, None
    return float(own["low"]), float(own["high"])


def chart(area: Area, shown: list[Strip], *, dark: bool) -> go.Figure:
    """The strips as a chart: label above at the left, value above at the right. Cached: show it only."""
    return _chart(area.store.edition, area.store.version, area.id, language(), dark, area, shown)


@st.cache_resource(max_entries=128, show_spinner=False)
def _chart(
    edition: str, version: str, area_id: str, spoken: str, dark: bool, _area: Area, _shown: list[Strip],  # noqa: ARG001
) -> go.Figure:
    area, shown = _area, _shown
    figure = charts.base(ROW * len(shown), dark=dark)
    corner = 26 if "simulated" in area.bases else 0  # the figure block writes a word over the corner
    figure.update_layout(height=ROW * len(shown) + 16 + corner, margin={"l": 0, "r": 0, "t": 4 + corner, "b": 4})
    ink, rule, paper, mark, teal, pale = (
        theme.token(name, dark=dark) for name in ("ink", "rule", "paper", "mark", "teal", "ink3")
    )
    for n, one in enumerate(shown):
        y = -float(n)
        figure.add_shape(type="line", x0=0, x1=1, y0=y, y1=y, line={"color": rule, "width": 1}, layer="below")
        _marks(figure, one.ticks, y, say("my_area.others"), symbol="line-ns-open", size=9, color=pale, opacity=0.45)
        if one.low is not None and one.high is not None:
            figure.add_shape(type="line", x0=one.low, x1=one.high, y0=y, y1=y, line={"color": mark, "width": 3})
        _marks(figure, one.peers, y, say("my_area.similar_areas"), symbol="diamond", size=11, color=teal, line=paper)
        if one.city is not None:
            figure.add_shape(type="line", x0=one.city, x1=one.city, y0=y - 0.2, y1=y + 0.2,
                             line={"color": ink, "width": 2.5})
            _marks(figure, [one.city], y, say("my_area.city"), symbol="line-ns-open", size=1, color=ink)
        if one.borough is not None:
            _marks(figure, [one.borough], y, say("my_area.borough"), symbol="circle-open", size=12, color=ink, wide=2)
        if one.own is not None:
            symbol = "circle-open" if one.simulated else "circle"
            _marks(figure, [one.own], y, area.name, symbol=symbol, size=16, color=mark, line=paper,
                   wide=3 if one.simulated else 1.5)
        value = f"<b>{one.value}</b>" if one.known else one.value
        for x, text, anchor in ((0, one.label, "left"), (1, value, "right")):
            figure.add_annotation(x=x, y=y + 0.42, text=text, showarrow=False, xanchor=anchor, yanchor="middle",
                                  font={"size": 14 if one.known or anchor == "left" else 13}, bgcolor=paper)
    figure.update_xaxes(visible=False, range=[-0.014, 1.014])
    figure.update_yaxes(visible=False, range=[-len(shown) + 0.6, 0.66], automargin=False)
    return figure


def show(area: Area, shown: list[Strip], *, key: str, alt: str, dark: bool) -> None:
    """Draw the strips at the width of their column."""
    charts.show(chart(area, shown, dark=dark), key=key, alt=alt)


def _marks(
    figure: go.Figure, at: list[float], y: float, name: str, *, symbol: str, size: int, color: str,
    opacity: float = 1.0, line: str | None = None, wide: float = 1.5,
) -> None:
    if not at:
        return
    figure.add_scatter(
        x=at, y=[y] * len(at), mode="markers", name=name, opacity=opacity, hovertemplate=f"{name}<extra></extra>",
        marker={"symbol": symbol, "size": size, "color": color, "line": {"color": line or color, "width": wide}},
    )


def key(area: Area) -> str:
    """The key [HTML]: each shape with its word."""
    total = max((len(line.frame) for line in area.lines), default=0)
    entries = [("disc", area.name), *([("ring", say("my_area.borough"))] if area.borough is not None else []),
               ("bar", say("my_area.city"))]
    if len(area.peers):
        entries.append(("gem", say("my_area.similar_areas")))
    entries.append(("tick", plural(f"level_n.{area.level}", total, n=numbers.count(total))))
    if any(one.simulated for one in strips(area)):
        entries.append(("hollow", say("my_area.hollow")))
    return '<div class="cv-keys cv-strips">' + "".join(
        f'<span><i class="mark-{name}"></i><span>{html.escape(words)}</span></span>' for name, words in entries
    ) + "</div>"
