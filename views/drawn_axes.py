"""Where a chart stands on its sheet: margins, ranges, steps of its axes, and from a value to a pixel."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from views import numbers
from views.drawn_text import PLAIN, POINT, Sheet, wide

# A plotly figure: its own types do not know the attributes of its traces and axes.
Chart = Any
# Lengths of dashes [px].
_DASHES: dict[str, tuple[float, ...]] = {
    "dot": (1.5, 2.5), "dash": (6, 4), "dashdot": (6, 3, 1.5, 3), "longdash": (10, 4), "longdashdot": (10, 3, 1.5, 3),
}


@dataclass(frozen=True)
class Axis:
    """One axis: its ends, its steps with their words, what of it is seen."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    grid: bool
    shown: bool
    side: str
    size: float
    ink: Any
    rule: Any


class Place:
    """The plotting ground of one chart [px of the sheet], and the scales of its axes."""

    point = POINT

    def __init__(self, sheet: Sheet, chart: Chart, box: tuple[float, float, float, float]) -> None:
        """`box`: left, top, right, bottom of the ground."""
        self.sheet, self.left, self.top, self.right, self.bottom = sheet, *box
        self.kinds = {name: _kind(chart, name) for name in ("x", "y")}
        self.known = {name: _categories(chart, name) for name in ("x", "y") if self.kinds[name] == "category"}
        self.x, self.y = self._axis(chart, "x"), self._axis(chart, "y")
        self.grounds: dict[tuple[str, str], Any] = {}
        for pair in dict.fromkeys([("x", "y"), *((t.xaxis or "x", t.yaxis or "y") for t in chart.data)]):
            self.grounds[pair] = self._ground(chart, *pair)

    def _ground(self, chart: Chart, across: str, up: str) -> Any:
        made = self.sheet.axes(self.left, self.top, self.right - self.left, self.bottom - self.top, 2)
        for name, base, put in ((across, self.x, made.set_xlim), (up, self.y, made.set_ylim)):
            axis = base if name in ("x", "y") else self._axis(chart, name)
            put(axis.low, axis.high)
        return made

    def ground(self, trace: Any) -> Any:
        """The ground of a trace."""
        return self.grounds[(trace.xaxis or "x", trace.yaxis or "y")]

    def _axis(self, chart: Chart, name: str) -> Axis:
        way, asked = name[0], chart.layout[f"{name[0]}axis{name[1:]}"]
        if asked.range is not None:
            low, high = self.numbers(asked.range, way)
        else:
            low, high = _ends(chart, self, name)
        steps = self._steps(asked, way, low, high)
        size = asked.tickfont.size or 13
        shown = asked.visible is not False and asked.showticklabels is not False
        return Axis(low, high, steps, bool(asked.showgrid) and asked.visible is not False, shown,
                    asked.side or ("bottom" if way == "x" else "left"), size, asked.tickfont.color, asked.gridcolor)

    def _steps(self, asked: Any, way: str, low: float, high: float) -> list[tuple[float, str]]:
        if asked.tickvals is not None:
            places = self.numbers(asked.tickvals, way)
            words = list(asked.ticktext) if asked.ticktext is not None else [f"{v:g}" for v in places]
        elif way in self.known:
            words, places = self.known[way], [float(i) for i in range(len(self.known[way]))]
        else:
            places = _round_steps(min(low, high), max(low, high))
            words = [_day(v) if self.kinds[way] == "date" else numbers.decimal(v, 2, least=0) for v in places]
        inside = min(low, high), max(low, high)
        slack = 1e-9 * (inside[1] - inside[0] or 1)
        return [(p, str(w)) for p, w in zip(places, words) if inside[0] - slack <= p <= inside[1] + slack]

    def number(self, value: Any, way: str, ref: str | None = None) -> float:
        """A value of an axis as a number; a share of the ground where `ref` is the paper or a domain."""
        if ref == "paper" or (ref or "").endswith("domain"):
            return float(value)
        return self.numbers([value], way)[0]

    def numbers(self, values: Any, way: str) -> list[float]:
        """Values of an axis as numbers: days for dates, order for words, NaN where there is none."""
        kind = self.kinds[way]
        if kind == "date":
            days = pd.to_datetime(pd.Series(list(values)))
            return [(day - pd.Timestamp(0)) / pd.Timedelta(days=1) if not pd.isna(day) else math.nan for day in days]
        if kind == "category":
            order = self.known.get(way, [])
            return [float(order.index(str(v))) if str(v) in order else _float(v) for v in values]
        return [_float(v) for v in values]

    def pixel(self, x: float | None, y: float | None, trace: Any = None) -> tuple[float, float]:
        """A point of the chart on the sheet [px]; None is the near edge."""
        across, up = self.x, self.y
        if trace is not None and (trace.xaxis or "x") != "x":
            low, high = self.ground(trace).get_xlim()
            across = Axis(low, high, (), False, False, "", 0, None, None)
        width, tall = self.right - self.left, self.bottom - self.top
        px = self.left if x is None else self.left + (x - across.low) / (across.high - across.low) * width
        py = self.bottom if y is None else self.bottom - (y - up.low) / (up.high - up.low) * tall
        return px, py

    def spot(self, note: Any) -> tuple[float, float]:
        """Where an annotation stands [px]: in values, or in shares of the ground."""
        px, py = self.left, self.bottom
        if self.reference(note.xref, "x") == "share":
            px = self.left + float(note.x) * (self.right - self.left)
        elif note.xref not in (None, "x"):
            low, high = next(g.get_xlim() for (x, _), g in self.grounds.items() if x == note.xref)
            px = self.left + (float(note.x) - low) / (high - low) * (self.right - self.left)
        else:
            px = self.pixel(self.number(note.x, "x"), None)[0]
        if self.reference(note.yref, "y") == "share":
            py = self.bottom - float(note.y) * (self.bottom - self.top)
        else:
            py = self.pixel(None, self.number(note.y, "y"))[1]
        return px, py

    @staticmethod
    def reference(ref: str | None, way: str) -> str:
        """`share` of the ground, or a value of the axis."""
        return "share" if ref == "paper" or (ref or "").endswith("domain") else way

    @staticmethod
    def blended(ground: Any, across: str, up: str) -> Any:
        """The transform of a shape that is placed by values one way, by shares the other."""
        from matplotlib.transforms import blended_transform_factory

        return blended_transform_factory(
            ground.transAxes if across == "share" else ground.transData,
            ground.transAxes if up == "share" else ground.transData,
        )

    @staticmethod
    def dash(name: str | None, width: float) -> dict[str, Any]:
        """The dashes of a line as the drawing library wants them: in widths of the line."""
        if name in (None, "solid"):
            return {"solid_capstyle": "round"}
        lengths = _DASHES.get(name) or tuple(float(x) for x in re.findall(r"[\d.]+", name))
        return {"linestyle": (0, tuple(x / max(width, 0.5) for x in lengths)), "dash_capstyle": "butt"}


def place(sheet: Sheet, chart: Chart, x: float, y: float, width: float, tall: float) -> Place:
    """The ground of a chart in its box: the margins it asks for, and room for the words of its value axis."""
    margin = chart.layout.margin
    left, right, top, bottom = (float(v if v is not None else d) for v, d in
                                ((margin.l, 0), (margin.r, 8), (margin.t, 8), (margin.b, 36)))
    box = (x + left, y + top, x + width - right, y + tall - bottom)
    made = Place(Sheet(sheet.width, sheet.height), chart, box)
    if made.y.shown and made.y.ticks:
        words = max(wide(part, PLAIN, made.y.size) for _, text in made.y.ticks for part in text.split("<br>"))
        box = (x + max(left, words + 14), *box[1:])
    return Place(sheet, chart, box)


def _float(value: Any) -> float:
    return float(value) if value is not None and not pd.isna(value) else math.nan


def _values(chart: Chart, name: str) -> list[Any]:
    way = name[0]
    return [v for t in chart.data if (t[f"{way}axis"] or way) == name for v in (t[way] if t[way] is not None else ())]


def _kind(chart: Chart, name: str) -> str:
    asked = chart.layout[f"{name}axis"].type
    if asked in ("linear", "date", "category"):
        return asked
    held = [v for v in _values(chart, name) if v is not None]
    if held and all(isinstance(v, str) for v in held):
        return "date" if all(re.match(r"\d{4}-\d\d", v) for v in held) else "category"
    return "date" if held and not isinstance(held[0], (int, float)) and hasattr(pd.Timestamp(held[0]), "year") and (
        "datetime" in type(held[0]).__name__ or type(held[0]).__name__ in ("Timestamp", "date")) else "linear"


def _categories(chart: Chart, name: str) -> list[str]:
    asked = chart.layout[f"{name}axis"].categoryarray
    return list(dict.fromkeys(map(str, asked if asked is not None else _values(chart, name))))


def _ends(chart: Chart, place: Place, name: str) -> tuple[float, float]:
    """The ends of an axis that states none: all its values with a little air; bars stand on zero."""
    held = [v for v in place.numbers(_values(chart, name), name[0]) if not math.isnan(v)] or [0.0, 1.0]
    if place.kinds[name[0]] == "category":
        return -0.5, max(held) + 0.5
    low, high = min(held), max(held)
    if any(t.type == "bar" for t in chart.data):
        low, high = min(low, 0.0), max(high, 0.0)
    air = 0.06 * (high - low or 1)
    asked = chart.layout[f"{name[0]}axis{name[1:]}"]
    if asked.rangemode == "tozero" or low == 0:
        return min(low, 0.0), high + air
    return (high + air, low - air) if asked.autorange == "reversed" else (low - air, high + air)


def _round_steps(low: float, high: float) -> list[float]:
    """Four to six round steps between two ends.

    >>> _round_steps(0, 47)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    size = 10 ** math.floor(math.log10((high - low) / 4)) if high > low else 1.0
    step = next(size * k for k in (1, 2, 5, 10) if (high - low) / (size * k) <= 6)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _day(days: float) -> str:
    return numbers.iso(pd.Timestamp(0) + pd.Timedelta(days=days))
