"""Charts of ranges: one range with what marks it, and a range a month. Never a point alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from views import charts, numbers, people, theme
from views.people import Range
from views.words import say


@dataclass(frozen=True)
class Mark:
    """A place inside a range: what would be if something were supposed; `text` says what, in a few words."""

    at: float
    text: str
    symbol: str


def one(found: Range, marks: Sequence[Mark], *, simulated: bool, dark: bool) -> go.Figure:
    """A range from 0 on: a bar from fewest to most, both ends in words above it, each mark on a line of its own below.

    A dotted end says that a count is missing: the most is not known. Bars of simulated counts are hollow.
    """
    figure = charts.base(124 + 34 * len(marks), dark=dark)
    teal, ink, ink3, paper = (theme.token(name, dark=dark) for name in ("teal", "ink", "ink3", "paper"))
    far = found.top * (1.16 if found.open else 1.04) or 1.0
    figure.add_trace(go.Bar(
        base=[found.low], x=[max(found.top - found.low, far * 0.004)], y=[0], orientation="h", width=0.5,
        hoverinfo="skip", marker={
            "color": paper if simulated else teal, "line": {"width": 2, "color": teal},
        },
    ))
    if found.open:
        figure.add_trace(go.Scatter(
            x=[found.top, far * 0.995], y=[0, 0], mode="lines+markers", hoverinfo="skip",
            line={"color": ink3, "width": 2, "dash": "dot"},
            marker={"symbol": "triangle-right-open", "size": [0, 12], "color": ink3, "opacity": 1},
        ))
    low, top = say("number.at_least", value=numbers.count(found.low)), numbers.count(found.top)
    top = say("people_served.at_most_sent", n=top) if found.open else say("number.at_most", value=top)
    ends = [(found.low, low), (found.top, top)] if found.low < found.top else [(found.top, numbers.count(found.top))]
    # One above the other: they never meet, however narrow the page.
    notes = [{
        "x": x, "y": 0.58 + 0.42 * n, "text": f"<b>{text}</b>", "showarrow": False, "font": {"size": 14},
        "xanchor": "left" if n and x < far * 0.6 else "right",
    } for n, (x, text) in enumerate(reversed(ends))]
    lines = []
    for n, mark in enumerate(marks):
        y, left = -0.75 - 0.62 * n, mark.at < far * 0.5
        lines.append({
            "type": "line", "x0": mark.at, "x1": mark.at, "y0": 0.3, "y1": y, "line": {"color": ink, "width": 1.2},
        })
        notes.append({
            "x": mark.at, "y": y, "text": mark.text, "showarrow": False, "xanchor": "left" if left else "right",
            "xshift": 6 if left else -6, "font": {"size": 13}, "bgcolor": paper,
        })
    figure.add_trace(go.Scatter(
        x=[mark.at for mark in marks], y=[0] * len(marks), mode="markers", hoverinfo="skip", marker={
            "symbol": [mark.symbol for mark in marks], "size": 13, "color": ink, "line": {"width": 2, "color": ink},
        },
    ))
    ticks = _ticks(found.top)
    figure.update_xaxes(
        range=[0, far], tickvals=ticks, ticktext=[numbers.count(x) for x in ticks], showgrid=True, showline=False,
    )
    figure.update_yaxes(range=[-0.62 * len(marks) - 0.6, 1.25], showticklabels=False)
    figure.update_layout(margin={"l": 4, "r": 4, "t": 4, "b": 30}, annotations=notes, shapes=lines)
    return figure


def by_month(frame: pd.DataFrame, chosen: str, *, simulated: bool, dark: bool) -> go.Figure:
    """A bar a month from fewest to most; the chosen month in ink, a dotted end where a count is missing.

    `frame`: period, low, top, open, by period; a month without a range stands empty with its word in the table.
    """
    figure = charts.base(300, dark=dark)
    teal, ink, ink3, paper = (theme.token(name, dark=dark) for name in ("teal", "ink", "ink3", "paper"))
    edges = [ink if period == chosen else teal for period in frame["period"]]
    figure.add_trace(go.Bar(
        base=frame["low"], x=frame["period"], y=frame["top"] - frame["low"], width=0.62,
        marker={"color": paper if simulated else teal, "line": {"width": 2, "color": edges}},
        customdata=[
            f"{people.month_words(p)} : {people.span(low, top)}" if numbers.known(top) else people.month_words(p)
            for p, low, top in zip(frame["period"], frame["low"], frame["top"])
        ],
        hovertemplate="%{customdata}<extra></extra>",
    ))
    highest = frame["top"].max()
    highest = float(highest) if numbers.known(highest) and highest > 0 else 1.0
    missing = frame[frame["open"]]
    figure.add_trace(go.Scatter(  # a gap after each pair: one line a month
        x=[x for period in missing["period"] for x in (period, period, period)],
        y=[y for top in missing["top"] for y in (top, top + highest * 0.09, None)],
        mode="lines", hoverinfo="skip", line={"color": ink3, "width": 2, "dash": "dot"},
    ))
    shown = frame["period"].tolist()[:: -max(1, -(-len(frame) // 6))]
    figure.update_xaxes(
        type="category", tickvals=shown, ticktext=[numbers.month_tick(pd.Timestamp(f"{p}-01")) for p in shown],
    )
    ticks = _ticks(highest)
    figure.update_yaxes(
        range=[0, highest * 1.14], tickvals=ticks, ticktext=[numbers.count(x) for x in ticks], showgrid=True,
    )
    figure.update_layout(margin={"l": 0, "r": 4, "t": 8, "b": 44})
    return figure


def _ticks(top: float) -> list[float]:
    """Round steps from 0, three to six of them.

    >>> _ticks(150), _ticks(43829)
    ([0, 50, 100, 150], [0, 10000, 20000, 30000, 40000])
    """
    size = 10 ** (len(str(int(max(top, 1)))) - 1)
    step = next(size * f for f in (0.1, 0.2, 0.25, 0.5, 1, 2) if top / (size * f) <= 5 and (size * f >= 1))
    return [round(step * n) for n in range(int(top // step) + 1)]
