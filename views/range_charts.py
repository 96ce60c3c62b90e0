"""Rows with a dot and its range around one upright line: changes, gaps, ratios less one; it reads at any width."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import plotly.graph_objects as go

from views import numbers, theme
from views.group_charts import rows_figure, stub

Kind = Literal["more", "less", "unclear"]
# Shape and colour say the same thing: above the line, below it, or not told apart from it.
_LOOKS: dict[str, tuple[str, str, int]] = {
    "more": ("circle", "mark", 11), "less": ("diamond", "teal", 12), "unclear": ("square", "ink3", 9),
}


@dataclass(frozen=True)
class Mark:
    """One row: its name, its value or None, its range, and the words at its right; `others` are thin ticks.

    A range without a value is drawn as a range. `kind` is what is said of it against the line.
    """

    label: str
    value: float | None
    text: str
    low: float | None = None
    high: float | None = None
    kind: Kind = "unclear"
    hover: str = ""
    others: Sequence[float] = field(default_factory=tuple)


def side(low: object, high: object, at: float = 0.0) -> Kind:
    """Where a range stands against the line: `unclear` where it holds it, or where there is no range.

    >>> side(0.1, 0.4), side(-2, -1), side(-1, 1), side(None, None)
    ('more', 'less', 'unclear', 'unclear')
    """
    if numbers.known(low) and float(low) > at:  # type: ignore[arg-type]
        return "more"
    return "less" if numbers.known(high) and float(high) < at else "unclear"  # type: ignore[arg-type]


def drawn(
    rows: Sequence[Mark], ticks: Callable[[float], str], *, at: float = 0.0, simulated: bool = False, dark: bool,
) -> go.Figure:
    """The rows on one scale that holds the line `at`; `ticks` writes a value of the axis. Hollow if simulated."""
    figure = rows_figure([(row.label, row.text, row.value is None) for row in rows], dark=dark)
    seen = [float(x) for row in rows for x in (row.value, row.low, row.high, *row.others)
            if x is not None and numbers.known(x)]
    low, high = min([at, *seen]), max([at, *seen])
    step = _step((high - low) or 1.0)
    margin = ((high - low) or step) * 0.04
    places = [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)] or [at]
    figure.update_xaxes(
        range=[low - margin, high + margin], tickvals=places, ticktext=[ticks(x) for x in places], side="top",
        showgrid=True,
    )
    figure.add_shape(
        type="line", x0=at, x1=at, y0=-0.5, y1=len(rows) - 0.5, layer="below",
        line={"color": theme.token("ink", dark=dark), "width": 1.2},
    )
    for i, row in enumerate(rows):
        _row(figure, row, i + 0.2, at, (high - low) or 1.0, simulated=simulated, dark=dark)
    return figure


def _row(figure: go.Figure, row: Mark, y: float, at: float, width: float, *, simulated: bool, dark: bool) -> None:
    shape, token, size = _LOOKS[row.kind]
    colour, ink3 = theme.token(token, dark=dark), theme.token("ink3", dark=dark)
    if row.others:
        figure.add_trace(go.Scatter(
            x=list(row.others), y=[y] * len(row.others), mode="markers", hoverinfo="skip",
            marker={"symbol": "line-ns", "size": 11, "line": {"color": ink3, "width": 1.2}},
        ))
    if row.low is not None and row.high is not None and numbers.known(row.low) and numbers.known(row.high):
        figure.add_trace(go.Scatter(
            x=[row.low, row.high], y=[y, y], mode="lines+markers", text=[row.hover] * 2,
            hovertemplate="%{text}<extra></extra>", hoverinfo=None if row.hover else "skip",
            line={"color": colour, "width": 2, "dash": "dash" if simulated else "solid"},
            marker={"symbol": "line-ns", "size": 8, "line": {"color": colour, "width": 1.6}},
        ))
    elif row.value is None:
        stub(figure, at, at + width * 0.1, y, dark=dark)
    if row.value is not None:
        figure.add_trace(go.Scatter(
            x=[row.value], y=[y], mode="markers", text=[row.hover], hovertemplate="%{text}<extra></extra>",
            marker={"symbol": shape, "size": size, "line": {"width": 2, "color": colour},
                    "color": theme.token("paper", dark=dark) if simulated else colour},
        ))


def _step(width: float) -> float:
    """A round step that gives two to five ticks over a width.

    >>> [_step(x) for x in (0.6, 3.0, 40, 700)]
    [0.2, 1.0, 10.0, 200.0]
    """
    size = 10.0 ** math.floor(math.log10(width))
    return next(size * k for k in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5) if width / (size * k) <= 5)
