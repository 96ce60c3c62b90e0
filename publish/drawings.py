"""Maps, strips and bars as SVG inside the page: no style attribute, colours of the reader's theme, a few kilobytes.

The drawings of `views/drawn_map.py` are sheets of paper: 200 kB, one theme, styles in every shape, which a strict
content policy refuses. These carry classes; the style sheet colours them by day and by night.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup, escape

from indicators.spec import Indicator
from loaders.store import Store
from views import classes, drawn_key, labels
from views.strips import Strip
from views.words import say

# Width of a map of the whole city [units, about one CSS pixel on a wide screen], and of one borough.
WIDE, NEAR = 800.0, 640.0
# Statuses that are drawn with a pattern.
PATTERNED = ("suppressed", "missing", "unknown")


@dataclass(frozen=True)
class Shape:
    """One area of a map: where its page is (or nothing), its name, the class of its fill."""

    id: str
    name: str
    look: str
    href: str = ""


@dataclass(frozen=True)
class Dot:
    """One place of help: position [degrees], number beside it in the list (or nothing), hollow where closed."""

    lon: float
    lat: float
    number: str = ""
    hollow: bool = False


class Land:
    """The limits of a level, simplified to what a screen shows, and the frame that holds them."""

    def __init__(self, store: Store, level: str) -> None:
        """Read the limits of a level that this version holds."""
        rows = store.shapes(level)
        self.ids = [str(area_id) for area_id in rows["area_id"]]
        self._raw = shapely.from_geojson(rows["geojson"].to_numpy())

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the level [degrees]."""
        west, south, east, north = shapely.total_bounds(self._raw)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def light(self) -> Any:
        """Neighbours keep one line between them: the level is simplified as a whole, to half a unit of the map."""
        west, _, east, _ = self.bounds
        step = (east - west) / WIDE / 2
        try:
            return shapely.coverage_simplify(self._raw, step)
        except shapely.errors.GEOSException:  # limits that overlap are no coverage: each on its own, to half a pixel
            return shapely.simplify(self._raw, step)

    def shapes(self) -> dict[str, Any]:
        """area_id -> its limits, whole: for a map of one borough."""
        return dict(zip(self.ids, self._raw))

    @cached_property
    def sheet(self) -> Sheet:
        """The frame of a map of the whole level."""
        return Sheet(self.bounds, WIDE)

    @cached_property
    def paths(self) -> dict[str, str]:
        """area_id -> its limits as the `d` of a path on that sheet: every page of the level draws the same."""
        return {area_id: self.sheet.path(limits) for area_id, limits in zip(self.ids, self.light)}

    def around(self, area_id: str) -> tuple[float, float, float, float]:
        """The frame of one area with some of what surrounds it [degrees]."""
        west, south, east, north = shapely.bounds(self._raw[self.ids.index(area_id)])
        room = 0.06 * max(east - west, north - south)
        return float(west - room), float(south - room), float(east + room), float(north + room)

    def neighbours(self, area_id: str) -> list[str]:
        """Areas of the level that touch one, by id."""
        own = self._raw[self.ids.index(area_id)]
        meets = shapely.dwithin(self._raw, own, 1e-4)  # ten metres: simplified limits do not meet exactly
        return [other for other, touching in zip(self.ids, meets) if touching and other != area_id]


class Sheet:
    """From degrees to units of a map, whole numbers: a tenth of a pixel is not seen and costs bytes."""

    def __init__(self, bounds: tuple[float, float, float, float], width: float) -> None:
        """The frame of the map [degrees] and its width [units]."""
        self.west, south, east, self.north = bounds
        self._x = width / (east - self.west)
        self._y = self._x / float(np.cos(np.radians((south + self.north) / 2)))
        self.width, self.height = round(width), max(1, round((self.north - south) * self._y))

    def at(self, lon: float, lat: float) -> tuple[int, int]:
        """Units from the left and from the top."""
        return round((lon - self.west) * self._x), round((self.north - lat) * self._y)

    def path(self, limits: Any) -> str:
        """The limits of one area as the `d` of a path."""
        parts = []
        for polygon in shapely.get_parts(limits):
            for ring in (polygon.exterior, *polygon.interiors):
                line = self._ring(shapely.get_coordinates(ring))
                if line:
                    parts.append(line)
        return "".join(parts)

    def _ring(self, points: np.ndarray) -> str:
        steps = [self.at(lon, lat) for lon, lat in points.tolist()]
        kept = [steps[0]] + [now for before, now in pairwise(steps) if now != before]
        if len(kept) < 4:
            return ""
        moves = [f"{x - a} {y - b}" for (a, b), (x, y) in pairwise(kept[:-1])]
        return f"M{kept[0][0]} {kept[0][1]}l{' '.join(moves)}z"


def city(
    land: Land, shapes: Iterable[Shape], *, alt: str, way: str = "", chosen: str = "", dots: Sequence[Dot] = (),
    names: pd.DataFrame | None = None, lines: Land | None = None,
) -> Markup:
    """The whole city [SVG]: areas, borough lines, places, names; `way` is the direction of an indicator's ramp."""
    sheet, paths = land.sheet, land.paths
    drawn = [_area(paths[shape.id], shape) for shape in shapes if shape.id in paths]
    if lines is not None:
        drawn += [f'<path class="line" d="{sheet.path(limit)}"/>' for limit in lines.light]
    if chosen in paths:
        d = paths[chosen]
        drawn.append(f'<path class="halo" d="{d}"/><path class="chosen" d="{d}"/>')
    drawn += [_dot(sheet, dot) for dot in dots]
    if names is not None:
        drawn += _names(sheet, names)
    return _svg(sheet, drawn, alt, way)


def near(
    land: Land, area_id: str, *, alt: str, dots: Sequence[Dot], inner: Land | None = None,
) -> Markup:
    """One area with what surrounds it [SVG], the lines of the finer level inside, numbered places."""
    sheet, limits = Sheet(land.around(area_id), NEAR), land.shapes()
    drawn = [f'<path class="land" d="{sheet.path(limit)}"/>' for other, limit in limits.items() if other != area_id]
    drawn.append(f'<path class="here" d="{sheet.path(limits[area_id])}"/>')
    if inner is not None:
        seen = shapely.box(*land.around(area_id))
        lines = [limit for limit in inner.shapes().values() if shapely.intersects(limit, seen)]
        drawn += [f'<path class="thin" d="{sheet.path(limit)}"/>' for limit in lines]
    drawn.append(f'<path class="line" d="{sheet.path(limits[area_id])}"/>')
    drawn += [_dot(sheet, dot) for dot in dots]
    return _svg(sheet, drawn, alt, "")


def _area(d: str, shape: Shape) -> str:
    href = f' data-href="{escape(shape.href)}"' if shape.href else ""
    over = f'<path class="p-{shape.look}" d="{d}"/>' if shape.look in PATTERNED else ""
    return f'<path class="a {escape(shape.look)}"{href} d="{d}"><title>{escape(shape.name)}</title></path>{over}'


def _dot(sheet: Sheet, dot: Dot) -> str:
    x, y = sheet.at(dot.lon, dot.lat)
    look = "dot hollow" if dot.hollow else "dot"
    if not dot.number:
        return f'<circle class="{look}" cx="{x}" cy="{y}" r="4.5"/>'
    wide = 11 + 3 * max(0, len(dot.number) - 2)
    return (
        f'<g class="{look}"><circle cx="{x}" cy="{y}" r="{wide}"/>'
        f'<text x="{x}" y="{y + 4}">{escape(dot.number)}</text></g>'
    )


def _names(sheet: Sheet, names: pd.DataFrame) -> list[str]:
    """Names where they do not overlap, as on the map on screen; hidden on a phone, where the list has them."""
    drawn = []
    for text, at, kind in names[["n", "at", "kind"]].itertuples(index=False):
        lines = str(text).split("\n")
        x, y = sheet.at(*at)
        half = round(3.6 * max(map(len, lines)))  # half of the widest line, about
        x = min(max(x, half), sheet.width - half)
        top = min(max(y + 4 - 7 * (len(lines) - 1), 12), sheet.height - 4 - 14 * (len(lines) - 1))
        spans = "".join(f'<tspan x="{x}" y="{top + 14 * n}">{escape(line)}</tspan>' for n, line in enumerate(lines))
        drawn.append(f'<text class="name{" linked" if kind == "linked_city" else ""}">{spans}</text>')
    return drawn


def names(store: Store, level: str) -> pd.DataFrame:
    """The names of the map on screen and where they stand."""
    return labels.placed(store, level)[0]


def _svg(sheet: Sheet, drawn: Sequence[str], alt: str, way: str) -> Markup:
    hatch = "".join(_PATTERN[name] for name in PATTERNED if f'class="p-{name}"' in "".join(drawn))
    look, wide, high = f"map {way}".strip(), sheet.width, sheet.height
    head = f"<defs>{hatch}</defs>" if hatch else ""
    return Markup(  # every text above went through `escape`
        f'<svg class="{look}" role="img" aria-label="{escape(alt)}" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}">{head}{"".join(drawn)}</svg>'
    )


_PATTERN = {
    "suppressed": '<pattern id="suppressed" width="7" height="7" patternUnits="userSpaceOnUse" '
                  'patternTransform="rotate(45)"><path class="mesh" d="M0 0v7"/></pattern>',
    "missing": '<pattern id="missing" width="6" height="6" patternUnits="userSpaceOnUse">'
               '<circle class="speck" cx="3" cy="3" r="1.2"/></pattern>',
    "unknown": '<pattern id="unknown" width="9" height="6" patternUnits="userSpaceOnUse">'
               '<path class="mesh" d="M0 3h5"/></pattern>',
}


# --- classes of an indicator ------------------------------------------------------------------------------


def looks(indicator: Indicator, rows: pd.DataFrame) -> dict[str, str]:
    """area_id -> the class of its fill: k1 to k5, zero, or its status; rows are of the result shape."""
    out = {}
    for area_id, value, status in rows[["area_id", "value", "status"]].itertuples(index=False):
        ok = status == "ok" and value == value  # NaN is not itself
        step = classes.class_of(indicator, float(value)) if ok else 0
        out[str(area_id)] = (f"k{step}" if step else "zero") if ok else ("missing" if status == "ok" else str(status))
    return out


@dataclass(frozen=True)
class Entry:
    """One line of a key: the class of its swatch, its words, how many areas it counts."""

    look: str
    words: str
    count: int


def key(indicator: Indicator, rows: pd.DataFrame) -> list[Entry]:
    """The counted key of a map: every class, then zero and the statuses that are there."""
    told = drawn_key.entries(indicator, rows)
    return [
        Entry(f"k{shown}" if isinstance(shown, int) and shown else "zero" if shown == 0 else str(shown), words, count)
        for shown, words, count in told if count or (isinstance(shown, int) and shown)
    ]


# --- strips and bars --------------------------------------------------------------------------------------


def strip(one: Strip) -> Markup:
    """One measure on its own scale [SVG]: all areas, similar ones, city, borough, the range, the area itself."""
    def at(value: float) -> str:
        return f"{2 + 96 * value:.1f}%".replace(".0%", "%")

    drawn = ['<line class="base" x1="2%" x2="98%" y1="12" y2="12"/>']
    ticks = "".join(f"M{round(1000 * x)} 0v10" for x in one.ticks)  # one path: three hundred lines are 20 kB
    drawn.append('<svg x="2%" y="7" width="96%" height="10" viewBox="0 0 1000 10" preserveAspectRatio="none">'
                 f'<path class="tick" d="{ticks}"/></svg>')
    if one.low is not None and one.high is not None:
        drawn.append(f'<line class="doubt" x1="{at(one.low)}" x2="{at(one.high)}" y1="12" y2="12"/>')
    drawn += [
        f'<svg class="gem" x="{at(x)}" y="12"><path d="M0-5 5 0 0 5-5 0z"/></svg>' for x in one.peers
    ]
    if one.city is not None:
        drawn.append(f'<line class="city" x1="{at(one.city)}" x2="{at(one.city)}" y1="2" y2="22"/>')
    if one.borough is not None:
        drawn.append(f'<circle class="ring" cx="{at(one.borough)}" cy="12" r="5"/>')
    if one.own is not None:
        look = "own hollow" if one.simulated else "own"
        drawn.append(f'<circle class="{look}" cx="{at(one.own)}" cy="12" r="6.5"/>')
    return Markup(  # numbers and our own classes
        f'<svg class="strip" aria-hidden="true" width="100%" height="24">{"".join(drawn)}</svg>'
    )


def bar(value: float, low: float, high: float, top: float, *, simulated: bool) -> Markup:
    """A bar with the range of doubt at its end [SVG]; dashed and unfilled where simulated."""
    def at(number: float) -> str:
        return f"{100 * number / (top or 1):.1f}%"

    doubt = ""
    if low == low and high == high:
        doubt = f'<line class="doubt" x1="{at(low)}" x2="{at(high)}" y1="7" y2="7"/>' + "".join(
            f'<line class="doubt" x1="{at(x)}" x2="{at(x)}" y1="3" y2="11"/>' for x in (low, high)
        )
    look = "bar faint" if simulated else "bar"
    return Markup(  # numbers and our own classes
        f'<svg class="{look}" aria-hidden="true" width="100%" height="14">'
        f'<line class="base" x1="0" x2="100%" y1="7" y2="7"/><rect x="0" y="0" width="{at(value)}" height="14"/>'
        f"{doubt}</svg>"
    )


def corner() -> str:
    """The word over a drawing that holds something simulated."""
    return say("simulated.corner")
