"""The marks of a chart: lines, fills, points, error bars, bars, as plotly declares them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from views.drawn_axes import Chart, Place

Colour = Callable[..., str]

# plotly's name -> the drawing library's, and how much larger it must be drawn to look the same.
_SYMBOLS: dict[str, tuple[str, float]] = {
    "circle": ("o", 1.0), "square": ("s", 0.9), "diamond": ("D", 0.88), "triangle-up": ("^", 1.05),
    "triangle-down": ("v", 1.05), "x": ("X", 1.0), "cross": ("P", 1.0), "line-ns": ("|", 1.4), "line-ew": ("_", 1.4),
    "star": ("*", 1.3), "hexagon": ("h", 1.0), "pentagon": ("p", 1.0),
}


def each(value: Any, count: int, default: Any) -> list[Any]:
    """One value a mark, whether a chart gives one for all or one each."""
    if value is None:
        return [default] * count
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return [value] * count
    return list(value)


def line(where: Place, ground: Any, trace: Any, colour: Colour) -> None:
    """A line; it stops where a value is missing, unless the chart joins over gaps."""
    points = list(zip(where.numbers(trace.x, "x"), where.numbers(trace.y, "y")))
    if trace.connectgaps:
        points = [p for p in points if not any(map(math.isnan, p))]
    width = trace.line.width if trace.line.width is not None else 2
    steps = {"hv": "steps-post", "vh": "steps-pre", "hvh": "steps-mid"}.get(trace.line.shape or "", "default")
    ground.plot(
        [p[0] for p in points], [p[1] for p in points], color=colour(trace.line.color or trace.marker.color),
        linewidth=width * where.point, drawstyle=steps, zorder=2, clip_on=trace.cliponaxis is not False,
        alpha=trace.opacity if trace.opacity is not None else 1, **where.dash(trace.line.dash, width),
    )


def marks(where: Place, ground: Any, trace: Any, colour: Colour) -> None:
    """Points, each of its size, shape, fill and edge; an open shape has no fill."""
    xs, ys = where.numbers(trace.x, "x"), where.numbers(trace.y, "y")
    n, m = len(xs), trace.marker
    colours = each(m.color, n, trace.line.color)
    columns = zip(
        xs, ys, each(m.symbol, n, "circle"), each(m.size, n, 6), colours, each(m.line.color, n, None),
        each(m.line.width, n, 0), each(m.opacity, n, 1.0),
    )
    for x, y, symbol, size, fill, edge, stroke, opacity in columns:
        if math.isnan(x) or math.isnan(y) or not size:
            continue
        plain = str(symbol).removesuffix("-open")
        shape, scale = _SYMBOLS.get(plain, _SYMBOLS["circle"])
        hollow, thin = str(symbol).endswith("-open"), plain.startswith("line-")
        ink = colour(fill)
        ground.plot(
            [x], [y], linestyle="none", marker=shape, markersize=size * scale * where.point, zorder=2.5, clip_on=False,
            markerfacecolor="none" if hollow else ink,
            alpha=opacity * (trace.opacity if trace.opacity is not None else 1),
            markeredgecolor=colour(edge) if edge and not hollow else ink,
            markeredgewidth=(stroke or (2 if hollow else 1 if thin else 0)) * where.point,
        )


def errors(where: Place, ground: Any, trace: Any, colour: Colour) -> None:
    """The range of each point, with its ends."""
    for way, name in (("y", "error_y"), ("x", "error_x")):
        told = trace[name]
        if told.array is None or told.visible is False:
            continue
        above = list(told.array)
        below = list(told.arrayminus) if told.arrayminus is not None else above
        kept = [
            (x, y, max(b, 0.0), max(a, 0.0))
            for x, y, b, a in zip(where.numbers(trace.x, "x"), where.numbers(trace.y, "y"), below, above)
            if not any(v is None or math.isnan(v) for v in (x, y, b, a))
        ]
        if kept:
            xs, ys, lows, highs = zip(*kept)
            width = (told.thickness or 2) * where.point
            ground.errorbar(
                xs, ys, **{f"{way}err": [lows, highs]}, fmt="none", ecolor=colour(told.color or trace.line.color),
                elinewidth=width, capsize=(told.width or 4) * where.point, capthick=width, zorder=2.2,
            )


def fills(where: Place, ground: Any, chart: Chart, at: int, colour: Colour) -> None:
    """The ground between a line and zero, the line before it, or itself."""
    trace = chart.data[at]
    if trace.fill in (None, "none"):
        return
    xs, ys = where.numbers(trace.x, "x"), where.numbers(trace.y, "y")
    tint = colour(trace.fillcolor or trace.line.color)
    about = {"color": tint, "linewidth": 0, "zorder": 1.5, **({} if trace.fillcolor else {"alpha": 0.5})}
    if trace.fill == "toself":
        ground.fill(xs, ys, **about)
    elif trace.fill == "tonexty" and at:
        ground.fill_between(xs, ys, where.numbers(chart.data[at - 1].y, "y"), **about)
    else:
        ground.fill_between(xs, ys, 0, **about)


def bars(where: Place, ground: Any, chart: Chart, at: int, colour: Colour) -> None:
    """Bars of one trace: over the others, stacked on them or beside them, as the chart says."""
    trace, mode = chart.data[at], chart.layout.barmode or "group"
    flat = trace.orientation == "h"
    along, long = ("y", "x") if flat else ("x", "y")
    places, lengths = where.numbers(trace[along], along), where.numbers(trace[long], long)
    mates = [i for i, t in enumerate(chart.data) if t.type == "bar" and t.orientation == trace.orientation]
    beside = mode == "group" and len(mates) > 1 and trace.width is None
    thick = each(trace.width, len(places), 0.8 / (len(mates) if beside else 1))
    shift = (mates.index(at) - (len(mates) - 1) / 2) * thick[0] if beside and thick else 0.0
    bases = [float(b) for b in each(trace.base, len(places), 0.0)]
    if mode in ("stack", "relative"):
        bases = _stacked(where, chart, mates[: mates.index(at)], along, long, places)
    fill, edge = each(trace.marker.color, len(places), None), each(trace.marker.line.color, len(places), None)
    stroke = each(trace.marker.line.width, len(places), 0)
    hatch = each(trace.marker.pattern.shape, len(places), "")
    draw = ground.barh if flat else ground.bar
    for i, (middle, size) in enumerate(zip(places, lengths)):
        if math.isnan(size) or math.isnan(middle):
            continue
        draw(
            [middle + shift], [size], thick[i], [bases[i]], color=colour(fill[i]), zorder=2,
            edgecolor=colour(edge[i]) if edge[i] else colour(fill[i]), linewidth=(stroke[i] or 0) * where.point,
            hatch={"/": "///", "\\": "\\\\\\", "x": "xxx", ".": "..."}.get(hatch[i] or "", hatch[i] or None),
            alpha=trace.opacity if trace.opacity is not None else 1,
        )


def _stacked(
    where: Place, chart: Chart, before: list[int], along: str, long: str, places: list[float],
) -> list[float]:
    """Where each bar of a stack begins: the sum of those under it."""
    under = dict.fromkeys(places, 0.0)
    for i in before:
        trace = chart.data[i]
        for middle, size in zip(where.numbers(trace[along], along), where.numbers(trace[long], long)):
            under[middle] = under.get(middle, 0.0) + (0.0 if math.isnan(size) else size)
    return [under[p] for p in places]
