"""The part of a plotly chart our views make, drawn on a sheet: lines, marks, bars, rules, words, round axes.

`drawable` says whether a chart keeps to that part: another is not offered as a picture, rather than drawn wrong.
"""

from __future__ import annotations

from typing import Any

from views import theme
from views.drawn_axes import Chart, Place, place
from views.drawn_marks import bars, errors, fills, line, marks
from views.drawn_text import BOLD, PLAIN, Lines, Sheet, runs

_KINDS = {"scatter", "bar"}


def drawable(chart: Chart) -> bool:
    """Whether every trace, axis and shape is of a kind drawn here."""
    axes = [axis for name in ("xaxes", "yaxes") for axis in getattr(chart, f"select_{name}")()]
    return (
        bool(chart.data) and all(trace.type in _KINDS for trace in chart.data)
        and all(tuple(axis.domain or (0, 1)) == (0, 1) for axis in axes)
        and all(axis.type in (None, "-", "linear", "date", "category") for axis in axes)
        and all(shape.type in ("line", "rect") for shape in chart.layout.shapes)
        and not chart.layout.images
    )


def height(chart: Chart) -> float:
    """Pixels a chart asks for."""
    return float(chart.layout.height or 380)


def colour(value: Any, default: str = "#1C2126") -> str:
    """A colour by day: what was drawn for a dark screen is printed on white paper."""
    text = str(value) if isinstance(value, str) else default
    if text.startswith("rgb"):
        numbers = [float(x) for x in text[text.index("(") + 1:-1].split(",")]
        channels = [round(x) for x in numbers[:3]] + [round(255 * (numbers[3] if len(numbers) > 3 else 1.0))]
        return "#" + "".join(f"{x:02X}" for x in channels)
    return theme.by_day(text)


def draw(sheet: Sheet, chart: Chart, x: float, y: float, width: float, tall: float) -> None:
    """Draw a chart in a box of the sheet; its words stand on top."""
    where = place(sheet, chart, x, y, width, tall)
    _grid(sheet, where)
    for shape in chart.layout.shapes:
        _shape(where, shape)
    for at, trace in enumerate(chart.data):
        ground = where.ground(trace)
        if trace.type == "bar":
            bars(where, ground, chart, at, colour)
            continue
        mode = trace.mode or ("lines" if len(trace.x if trace.x is not None else ()) > 19 else "lines+markers")
        fills(where, ground, chart, at, colour)
        errors(where, ground, trace, colour)
        if "lines" in mode:
            line(where, ground, trace, colour)
        if "markers" in mode:
            marks(where, ground, trace, colour)
        if "text" in mode:
            _labels(sheet, where, trace)
    for note in chart.layout.annotations:
        _annotation(sheet, where, note, chart)


def _grid(sheet: Sheet, where: Place) -> None:
    """Lines at the round steps of an axis that asks for them, and the words beside every step."""
    for axis, upright in ((where.x, True), (where.y, False)):
        for at, words in axis.ticks:
            px, py = where.pixel(at if upright else None, None if upright else at)
            if axis.grid and upright:
                sheet.line(px, where.top, px, where.bottom, colour(axis.rule, "#D9D5CD"), 1, over=1)
            elif axis.grid:
                sheet.line(where.left, py, where.right, py, colour(axis.rule, "#D9D5CD"), 1, over=1)
            if not axis.shown or not words:
                continue
            lines = lined(words, axis.size)
            ink = colour(axis.ink, "#4A5158")
            if upright:
                foot = where.top - 6 - lines.height if axis.side == "top" else where.bottom + 6
                sheet.lines(lines, px, foot, ink, align="center")
            else:
                sheet.lines(lines, where.left - 8, py - lines.height / 2, ink, align="right")


def lined(text: str, size: float) -> Lines:
    """Words of a chart, where `<br>` breaks a line and `<b>` is bold."""
    return Lines([runs(part) or [("", False)] for part in str(text).split("<br>")], size, PLAIN, BOLD, 1.3)


def _shape(where: Place, shape: Any) -> None:
    """A rule or a band, under or over the marks."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    ground = where.grounds[("x", "y")]
    across, up = where.reference(shape.xref, "x"), where.reference(shape.yref, "y")
    x0, x1 = (where.number(v, "x", shape.xref) for v in (shape.x0, shape.x1))
    y0, y1 = (where.number(v, "y", shape.yref) for v in (shape.y0, shape.y1))
    both = where.blended(ground, across, up)
    over = 0.5 if shape.layer == "below" else 3
    stroke = shape.line.width if shape.line.width is not None else 2
    if shape.type == "line":
        ground.add_line(Line2D([x0, x1], [y0, y1], color=colour(shape.line.color), transform=both, clip_on=False,
                               linewidth=stroke * where.point, zorder=over, **where.dash(shape.line.dash, stroke)))
        return
    ground.add_patch(Rectangle(
        (x0, y0), x1 - x0, y1 - y0, transform=both, zorder=over,
        linewidth=stroke * where.point if shape.line.color else 0,
        facecolor=colour(shape.fillcolor, "#FFFFFF") if shape.fillcolor else "none", clip_on=False,
        edgecolor=colour(shape.line.color) if shape.line.color else "none",
        alpha=shape.opacity if shape.opacity is not None else 1,
    ))


def _labels(sheet: Sheet, where: Place, trace: Any) -> None:
    """The words beside the marks of a trace."""
    texts = [trace.text] * len(trace.x) if isinstance(trace.text, str) else list(trace.text)
    spots = trace.textposition or "middle center"
    for i, (x, y, words) in enumerate(zip(where.numbers(trace.x, "x"), where.numbers(trace.y, "y"), texts)):
        if x != x or y != y or not words:
            continue
        px, py = where.pixel(x, y, trace)
        lines = lined(words, trace.textfont.size or 13)
        upright, across = (spots if isinstance(spots, str) else spots[i]).split(" ")
        top = {"top": py - lines.height - 6, "middle": py - lines.height / 2, "bottom": py + 6}[upright]
        aside = {"left": -8, "center": 0, "right": 8}[across]
        align: Any = {"left": "right", "center": "center", "right": "left"}[across]
        sheet.lines(lines, px + aside, top, colour(trace.textfont.color), align=align)


def _annotation(sheet: Sheet, where: Place, note: Any, chart: Chart) -> None:
    """Words at a place of the chart, on a ground of their own where they ask for one."""
    if not note.text or note.visible is False:
        return
    px, py = where.spot(note)
    if note.showarrow is not False and note.ax is not None:
        tail = px + note.ax, py + (note.ay if note.ay is not None else 0)
        sheet.line(px, py, *tail, colour(note.arrowcolor), note.arrowwidth or 1)
        px, py = tail
    px, py = px + (note.xshift or 0), py - (note.yshift or 0)
    lines = lined(note.text, note.font.size or chart.layout.font.size or 14)
    across = note.xanchor if note.xanchor not in (None, "auto") else "center"
    upright = note.yanchor if note.yanchor not in (None, "auto") else "middle"
    left = px - {"left": 0.0, "center": lines.width / 2, "right": lines.width}[across]
    top = py - {"top": 0.0, "middle": lines.height / 2, "bottom": lines.height}[upright]
    if note.bgcolor:
        pad = note.borderpad or 1
        sheet.box(left - pad, top - pad + 1, lines.width + 2 * pad, lines.height + 2 * pad - 2, over=5,
                  fill=colour(note.bgcolor, "#FFFFFF"), edge=colour(note.bordercolor) if note.bordercolor else None)
    align: Any = note.align if note.align in ("left", "center", "right") else "center"
    at = {"left": left, "center": left + lines.width / 2, "right": left + lines.width}[align]
    sheet.lines(lines, at, top, colour(note.font.color or chart.layout.font.color), align=align)
