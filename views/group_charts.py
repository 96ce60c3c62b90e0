"""Charts of groups of people: lollipops around 1, head-counts beside them, published shares over the years."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from views import charts, numbers, theme
from views.words import say

# One row of a chart of groups [px]: the label above, the mark below it.
ROW = 48
_HEAD = 34
_LABEL, _MARK = -0.17, 0.2
_SIGNS = {0.125: "⅛", 0.25: "¼", 0.5: "½"}
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_SYMBOLS = ("circle", "square-open", "triangle-up-open", "diamond-open", "x")


@dataclass(frozen=True)
class Row:
    """One group in one chart: its label, its value or None, the words at its right, other values as thin ticks."""

    label: str
    value: float | None
    text: str
    others: list[float] = field(default_factory=list)
    low: float | None = None
    high: float | None = None
    hover: str = ""


@dataclass(frozen=True)
class Series:
    """Published shares [0 to 100] of one source over the years it describes; `alone` is a single mark, no line."""

    name: str
    years: list[int]
    percents: list[float]
    alone: bool = False


def ratios(rows: Sequence[Row], *, simulated: bool = False, dark: bool) -> go.Figure:
    """Lollipops from 1 on a log2 axis: circle above, diamond below, other years as thin ticks; hollow if simulated."""
    figure = rows_figure([(row.label, row.text, row.value is None) for row in rows], dark=dark)
    seen = [x for row in rows for x in (row.value, *row.others) if x]
    far = max([2.0, *(abs(math.log2(x)) for x in seen)])
    ticks = [n for n in range(-3, 4) if abs(n) <= far + 1e-9]
    figure.update_xaxes(
        range=[-far - 0.12, far + 0.12], tickvals=ticks, ticktext=[_times(2.0**n) for n in ticks], side="top",
        showgrid=True,
    )
    ink, ink3 = theme.token("ink", dark=dark), theme.token("ink3", dark=dark)
    figure.add_shape(
        type="line", x0=0, x1=0, y0=-0.5, y1=len(rows) - 0.5, line={"color": ink, "width": 1.2}, layer="below",
    )
    for others in (True, False):  # thin ticks first: the mark of the year stands over them
        for i, row in enumerate(rows):
            y = i + _MARK
            if others and row.others:
                figure.add_trace(go.Scatter(
                    x=[math.log2(x) for x in row.others], y=[y] * len(row.others), mode="markers", hoverinfo="skip",
                    marker={"symbol": "line-ns", "size": 11, "line": {"color": ink3, "width": 1.2}},
                ))
            elif not others:
                _lollipop(figure, row, y, simulated, dark=dark)
    return figure


def _lollipop(figure: go.Figure, row: Row, y: float, simulated: bool, *, dark: bool) -> None:
    if not row.value:
        stub(figure, 0, 0.35, y, dark=dark)
        return
    above = row.value >= 1
    colour = theme.token("mark" if above else "teal", dark=dark)
    x = math.log2(row.value)
    figure.add_trace(go.Scatter(
        x=[0, x], y=[y, y], mode="lines", line={"color": colour, "width": 2, "dash": "dash" if simulated else "solid"},
        hoverinfo="skip",
    ))
    figure.add_trace(go.Scatter(
        x=[x], y=[y], mode="markers", text=[row.hover], hovertemplate="%{text}<extra></extra>",
        marker={"symbol": ("circle" if above else "diamond") + ("-open" if simulated else ""), "color": colour,
                "size": 11 if above else 12, "line": {"width": 2 if simulated else 0, "color": colour}},
    ))


def heads(rows: Sequence[Row], *, simulated: bool = False, dark: bool) -> go.Figure:
    """Bars of estimated people in the order of the ratios, hollow if simulated; a dotted stub without a count."""
    figure = rows_figure([(row.label, row.text, row.value is None) for row in rows], dark=dark)
    top = max([x for row in rows for x in (row.value, row.high) if x], default=1.0)
    step = _step(top)
    ticks = [step * n for n in range(int(top // step) + 1)]
    figure.update_xaxes(
        range=[0, top * 1.04], tickvals=ticks, ticktext=[numbers.count(x) if x else "" for x in ticks], side="top",
        showgrid=True,
    )
    mark, ink = theme.token("mark", dark=dark), theme.token("ink", dark=dark)
    fill = theme.token("paper", dark=dark) if simulated else mark
    for i, row in enumerate(rows):
        y = i + _MARK
        if row.value is None:
            stub(figure, 0, top * 0.14, y, dark=dark)
            continue
        figure.add_trace(go.Bar(
            x=[row.value], y=[y], orientation="h", width=0.22,
            marker={"color": fill, "line": {"width": 1.5, "color": mark}},
            text=[row.hover], textposition="none", hovertemplate="%{text}<extra></extra>",
        ))
        if row.low is not None and row.high is not None and row.low < row.high:
            figure.add_trace(go.Scatter(
                x=[row.low, row.high], y=[y, y], mode="lines+markers", line={"color": ink, "width": 1.2},
                marker={"symbol": "line-ns", "size": 8, "line": {"color": ink, "width": 1.2}}, hoverinfo="skip",
            ))
    return figure


def series(lines: Sequence[Series], *, simulated: bool = False, dark: bool) -> go.Figure:
    """Shares over the years, one line a source, at least one, never merged: each with its name, dash and shape."""
    figure = charts.base(380, dark=dark)
    top = max((x for line in lines for x in line.percents), default=1.0)
    years = sorted({year for line in lines for year in line.years})
    step = 5 if top <= 30 else 10
    ticks = list(range(0, int(top * 1.15) + 1, step))
    figure.update_yaxes(
        range=[0, top * 1.15], tickvals=ticks, ticktext=[numbers.percent(x / 100, 0) for x in ticks], showgrid=True,
    )
    figure.update_xaxes(range=[years[0] - 0.35, years[-1] + 0.45], tickvals=years, ticktext=[str(y) for y in years])
    for n, line in enumerate(lines):
        colour = theme.SERIES[dark][n % 5]
        figure.add_trace(go.Scatter(
            x=line.years, y=line.percents, mode="markers" if line.alone else "lines+markers",
            line={"color": colour, "width": 2.2, "dash": _DASHES[n % 5] if not simulated else "dash"},
            marker={"symbol": _SYMBOLS[n % 5], "size": 12 if line.alone else 9, "color": colour,
                    "line": {"width": 2, "color": colour}},
            text=[say("risk_factors.hover_series", name=line.name, year=year, value=numbers.percent(x / 100))
                  for year, x in zip(line.years, line.percents)],
            hovertemplate="%{text}<extra></extra>",
        ))
        if n == 0 or line.alone:
            falls = len(line.percents) > 1 and line.percents[-1] < line.percents[-2]
            figure.add_annotation(
                x=line.years[-1], y=line.percents[-1], text=f"<b>{numbers.percent(line.percents[-1] / 100)}</b>",
                showarrow=False, yshift=-18 if falls else 17, font={"color": colour},
            )
    _names(figure, lines, top * 1.15, dark=dark)
    return figure


def _names(figure: go.Figure, lines: Sequence[Series], height: float, *, dark: bool) -> None:
    """Each line's dash and shape beside its name, in the empty ground under the lines: it reads at any width."""
    figure.update_layout(xaxis2={"overlaying": "x", "range": [0, 1], "visible": False, "fixedrange": True})
    for n, line in enumerate(lines):
        colour, y = theme.SERIES[dark][n % 5], height * (0.31 - 0.078 * n)
        edge = {"width": 2, "color": colour}
        figure.add_trace(go.Scatter(
            x=[0.02, 0.06, 0.1], y=[y] * 3, xaxis="x2", hoverinfo="skip",
            mode="markers" if line.alone else "lines+markers", line={**edge, "dash": _DASHES[n % 5]},
            marker={"symbol": _SYMBOLS[n % 5], "size": [0, 9, 0], "color": colour, "line": edge, "opacity": 1},
        ))
        figure.add_annotation(
            x=0.12, y=y, xref="x2", text=line.name, showarrow=False, xanchor="left", font={"size": 13},
            bgcolor=theme.token("paper", dark=dark), borderpad=1,
        )


def rows_figure(rows: Sequence[tuple[str, str, bool]], *, dark: bool) -> go.Figure:
    """An empty chart of rows: labels above their marks on the left, values bold on the right.

    `rows`: label, words at the right, and whether these stand for an absent number.
    """
    figure = charts.base(_HEAD + ROW * len(rows) + 8, dark=dark)
    figure.update_layout(margin={"l": 0, "r": 0, "t": _HEAD, "b": 8}, barmode="overlay")
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], showticklabels=False, automargin=False)
    paper, ink3 = theme.token("paper", dark=dark), theme.token("ink3", dark=dark)
    words = []  # all at once: plotly checks the whole layout at each annotation added
    for i, (label, text, absent) in enumerate(rows):
        shared = {"y": i + _LABEL, "showarrow": False, "xref": "paper", "bgcolor": paper, "borderpad": 1}
        words.append({"x": 0, "xanchor": "left", "text": label, **shared})
        words.append({
            "x": 1, "xanchor": "right", "text": text if absent else f"<b>{text}</b>",
            **({"font": {"color": ink3, "size": 13}} if absent else {}), **shared,
        })
    figure.update_layout(annotations=words)
    return figure


def stub(figure: go.Figure, start: float, end: float, y: float, *, dark: bool) -> None:
    """A dotted line where a mark would be: there is no number."""
    figure.add_trace(go.Scatter(
        x=[start, end], y=[y, y], mode="lines", hoverinfo="skip",
        line={"color": theme.token("ink3", dark=dark), "width": 1.5, "dash": "dot"},
    ))


def _times(value: float) -> str:
    return f"{_SIGNS.get(value) or numbers.decimal(value)}{numbers.NBSP}×"


def _step(top: float) -> float:
    """A round step that gives two to four ticks up to `top`.

    >>> [_step(x) for x in (9, 120, 317000)]
    [4, 50, 100000]
    """
    size = 10 ** math.floor(math.log10(max(top, 1)))
    for factor in (0.5, 1, 2, 4):
        if top / (size * factor) < 4:
            return int(size * factor) if size * factor >= 1 else 1
    return int(size * 5)
