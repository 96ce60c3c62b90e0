"""The map of `views/maps.py` drawn without a browser, as PNG or SVG: same classes, same five looks, same key."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import orjson
import pandas as pd
import streamlit as st

from loaders.store import Store
from views import drawn_key, labels, maps, numbers, outside, plates
from views.plates import Plate
from views.words import language, local

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

Form = Literal["png", "svg"]

# Width of the key beside the map [in], and the size of a drawing that stands alone [in].
KEY = 2.05
SIZE = (11.0, 8.0)
# On a map of one neighbourhood, its frame is this many times its own size, and at least so wide [degrees].
AROUND, LEAST = 3.2, 0.035


# What a drawing shows of a map. A map that asks for more has no drawing, rather than one that shows less.
_SHOWN = frozenset({"store", "level", "indicator", "setting", "chosen", "kinds", "statuses", "breaks", "method"})


def drawable(asked: maps.Map) -> bool:
    """Whether everything the map on screen shows is shown by a drawing too."""
    return all(getattr(asked, one.name) == one.default for one in fields(asked) if one.name not in _SHOWN)


def draw(
    asked: maps.Map, *, form: Form, title: str = "", sentence: str = "", source: str = "", grey: bool = False,
    near: bool = False, size: tuple[float, float] = SIZE, margin: float = 0.3,
    corner: str = "", water: bool = True,
) -> bytes:
    """A map as a file: title and sentence above, key beside, source below, `corner`
    (SIMULÉ) in the corner; each only where given.

    `near` frames the chosen area with its surroundings; `grey` draws without colour; `size` and `margin` in inches;
    `water` is left white where ink matters. An area that this level does not hold is not outlined. The words are
    those of the reader's language.
    """
    told = tuple(repr(getattr(asked, field.name)) for field in fields(asked) if field.name != "store")
    words = (language(), title, sentence, source, corner)
    ways, sheet = (grey, near, water), (size, margin)
    return _drawn(asked.store.edition, asked.store.version, told, words, form, ways, sheet, asked)


def warm() -> None:
    """Load what drawing needs in the background, once, so that the first drawing does not wait for it."""
    threading.Thread(target=_ready, daemon=True).start()


def _ready() -> None:
    with plates.ALONE:
        plates.ready()


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(
    edition: str, version: str, told: tuple[str, ...], words: tuple[str, ...], form: Form,  # noqa: ARG001
    ways: tuple[bool, bool, bool], sheet: tuple[tuple[float, float], float], _asked: maps.Map,
) -> bytes:
    (_, title, sentence, source, corner), (grey, near, water), (size, margin) = words, ways, sheet
    with plates.ALONE:
        plate = Plate(size, grey=grey, margin=margin)
        top = plate.heading(title, sentence)
        plate.corner(corner)
        bottom = plate.footing(source)
        values = _values(_asked)
        drawn_key.draw(plate, _asked, values, bottom=bottom, top=top)
        _map(plate, _asked, values, bottom=bottom, top=top, near=near, water=water)
        return plate.saved(form, title or _asked.indicator.title.of(language()))


def _values(asked: maps.Map) -> pd.DataFrame:
    """The result shape of the map's areas, every one that has limits, by area_id; `missing` where no row tells it."""
    rows = outside.of_level(asked.store, asked.indicator, asked.level, asked.setting)
    ids = pd.Index(_limits(asked.store.edition, asked.store.version, asked.level, asked.store), name="area_id")
    frame = rows.set_index("area_id").reindex(ids)
    return frame.assign(status=frame["status"].fillna("missing")).reset_index()


@st.cache_resource(max_entries=24, show_spinner=False)
def _limits(edition: str, version: str, level: str, _store: Store) -> dict[str, Path]:  # noqa: ARG001  cache key
    """area_id -> its simplified limits [lon, lat], holes included."""
    return {area_id: _outline(orjson.loads(text)) for area_id, text in _store.shapes(level).itertuples(index=False)}


def _outline(shape: dict[str, Any]) -> Path:
    from matplotlib.path import Path

    many = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    parts = []
    for polygon in many:
        for n, ring in enumerate(polygon):
            points = np.asarray(ring, dtype="float64")[:, :2]
            x, y = points[:, 0], points[:, 1]
            turns_left = float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) > 0
            parts.append(Path(points if turns_left == (n == 0) else points[::-1], closed=True))  # holes the other way
    return Path.make_compound_path(*parts)


# --- the map ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Frame:
    """What is in the picture: its limits [degrees], and inches a degree of longitude."""

    west: float
    south: float
    east: float
    north: float
    inches: float

    def holds(self, x: float, y: float) -> bool:
        return self.west <= x <= self.east and self.south <= y <= self.north

    def meets(self, path: Path) -> bool:
        box = path.get_extents()
        return box.x0 <= self.east and self.west <= box.x1 and box.y0 <= self.north and self.south <= box.y1


def _map(
    plate: Plate, asked: maps.Map, values: pd.DataFrame, *, bottom: float, top: float, near: bool, water: bool,
) -> None:
    store = asked.store
    limits = _limits(store.edition, store.version, asked.level, store)
    left, width, height = plate.margin + KEY + 0.15, plate.width - 2 * plate.margin - KEY - 0.15, top - bottom
    axes = plate.axes(left, bottom, width, height, ground="water" if water else "paper")
    near = near and asked.chosen in limits
    frame = _framed(limits, asked.chosen if near else None, width, height)
    limits = {area_id: path for area_id, path in limits.items() if frame.meets(path)}
    axes.set(xlim=(frame.west, frame.east), ylim=(frame.south, frame.north))
    _areas(axes, plate, asked, values, limits)
    _boroughs(axes, plate, asked)
    outlined = limits.get(asked.chosen) if asked.chosen else None
    if outlined is not None:
        _paths(axes, [outlined], facecolors="none", edgecolors=plate.token("paper"), linewidths=3.6, zorder=6)
        _paths(axes, [outlined], facecolors="none", edgecolors=plate.token("ink"), linewidths=1.8, zorder=6.1)
    for kind in asked.kinds:
        _services(axes, plate, store, kind, frame)
    if near:
        _names_near(axes, plate, asked, frame)
    elif outlined is not None:
        _call_out(axes, plate, asked, limits, frame)
    else:
        _names(axes, plate, asked, frame)
    _scale_bar(axes, plate, frame)


def _framed(limits: dict[str, Path], chosen: str | None, width: float, height: float) -> _Frame:
    """Limits of the picture: everything, or one area and what surrounds it, at the shape of the axes."""
    boxes = [limits[chosen].get_extents()] if chosen else [path.get_extents() for path in limits.values()]
    west, east = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    south, north = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    x, y = (west + east) / 2, (south + north) / 2
    squeeze = float(np.cos(np.radians(y)))  # a degree of longitude is shorter than one of latitude
    wide, high = east - west, north - south
    grow = AROUND if chosen else 1.04
    wide, high = wide * grow, high * grow
    if chosen:
        wide = max(wide, LEAST)
    wide = max(wide, high / squeeze * width / height)
    high = wide * squeeze * height / width
    return _Frame(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, width / wide)


def _areas(
    axes: Axes, plate: Plate, asked: maps.Map, values: pd.DataFrame, limits: dict[str, Path],
) -> None:
    """Five classes and zero as colours; each status its own look, patterns real."""
    ok = (values["status"] == "ok") & values["value"].notna()
    look = values["status"].where(~ok, "").astype("object")
    look[ok] = maps.classes_of(asked.indicator, values.loc[ok, "value"], asked.breaks)
    line = 0.25 if len(values) > 1000 else 0.5
    inside = values["area_id"].isin(list(limits))
    for shown, ids in values.loc[inside, "area_id"].groupby(look[inside]):
        if shown == "ok":  # a known status without a number cannot be drawn as a class
            shown = "missing"
        fill = plate.look(shown, asked.indicator, asked.breaks)  # type: ignore[arg-type]
        _paths(axes, [limits[area_id] for area_id in ids], linewidths=line, zorder=2, **fill)


def _paths(axes: Axes, paths: list[Path], **settings: Any) -> None:
    from matplotlib.collections import PathCollection

    drawn = PathCollection(paths, transform=axes.transData, **settings)
    if settings.get("hatch"):
        drawn.set_hatch_linewidth(0.7)
    axes.add_collection(drawn, autolim=False)


def _boroughs(axes: Axes, plate: Plate, asked: maps.Map) -> None:
    store = asked.store
    if "borough" not in store.levels() or asked.level == "borough":
        return
    above = _limits(store.edition, store.version, "borough", store)
    _paths(axes, list(above.values()), facecolors="none", edgecolors=plate.token("borough"), linewidths=0.6, zorder=4)


def _services(axes: Axes, plate: Plate, store: Store, kind: str, frame: _Frame) -> None:
    rows = maps.shown_services(store, kind)
    if rows.empty:
        return
    side = 5.2 if len(rows) <= 60 or frame.inches > 60 else 3.6
    for closed, some in rows.groupby(rows["service_status"] != "active"):
        plates.marks(axes, some["lon"].tolist(), some["lat"].tolist(), kind, side, plate, hollow=bool(closed))


# --- names ------------------------------------------------------------------------------------------------


def _names(axes: Axes, plate: Plate, asked: maps.Map, frame: _Frame) -> None:
    """The names of the map on screen, at the same places, where they are large enough to read."""
    placed, pixels = labels.placed(asked.store, asked.level)
    points = 11.5 * frame.inches / pixels * 72  # the same share of the map as on screen
    if points < 4.5:
        return
    for text, (x, y), kind in placed[["n", "at", "kind"]].itertuples(index=False):
        linked = kind == "linked_city"
        plate.name(axes, float(x), float(y), str(text), min(points, 10.0), "ink3" if linked else "ink", bold=not linked)


def _names_near(axes: Axes, plate: Plate, asked: maps.Map, frame: _Frame) -> None:
    """The chosen area's name, then its neighbours' where they fit without touching."""
    areas = maps.names(asked.store, asked.level).dropna(subset=["lon", "lat"])
    seen = areas[[frame.holds(x, y) for x, y in zip(areas["lon"], areas["lat"])]]
    first = (seen["area_id"] == asked.chosen).to_numpy()
    seen = seen.assign(first=first).sort_values(["first", "population"], ascending=False)
    seen = seen[seen["first"] | (seen["name"] != seen["code"])]  # a map full of codes names nothing
    east = (frame.east - frame.west) * frame.inches
    taken = [(east - 2.2, 0.0, east, 0.5)]  # the scale bar
    for name, lon, lat, chosen in seen[["name", "lon", "lat", "first"]].itertuples(index=False):
        text = labels.wrapped(str(name))
        size = 9.0 if chosen else 7.0
        wide, high = plate.measured(text, size)
        x, y = (lon - frame.west) * frame.inches, (lat - frame.south) * frame.inches * 1.42
        box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        if all(box[2] < b[0] or b[2] < box[0] or box[3] < b[1] or b[3] < box[1] for b in taken):
            taken.append(box)
            plate.name(axes, lon, lat, text, size, "ink" if chosen else "ink2", bold=bool(chosen))


def _call_out(axes: Axes, plate: Plate, asked: maps.Map, limits: dict[str, Path], frame: _Frame) -> None:
    """The chosen area's name beside it, where it hides the least of the map, with a line to the area."""
    row = asked.store.area(str(asked.chosen))
    if row is None:
        return
    text = labels.wrapped(local(row["name_fr"], row["name_en"]))
    wide, high = (side / frame.inches for side in plate.measured(text, 9.5))
    outline = limits[str(asked.chosen)].get_extents()
    x, y = (outline.x0 + outline.x1) / 2, (outline.y0 + outline.y1) / 2
    squeeze = (frame.north - frame.south) / (frame.east - frame.west)
    points = np.concatenate([path.vertices for path in limits.values()])
    best: tuple[float, float, float] | None = None
    for turn in np.radians(np.arange(0, 360, 15)):
        for far in (0.75, 1.1, 1.5, 2.0, 2.6):
            cx, cy = x + far / frame.inches * np.cos(turn), y + far / frame.inches * np.sin(turn) * 0.7
            west, east, south, north = cx - wide * 0.55, cx + wide * 0.55, cy - high * 0.7, cy + high * 0.7
            inside = frame.west < west and east < frame.east and frame.south < south and north < frame.north
            if not inside:
                continue
            hidden = int(((points[:, 0] > west) & (points[:, 0] < east) & (points[:, 1] > south)
                          & (points[:, 1] < north)).sum())
            cost = hidden + 12 * far * squeeze
            if best is None or cost < best[0]:
                best = (cost, cx, cy)
    if best is not None:
        axes.plot([x, best[1]], [y, best[2]], color=plate.token("ink"), linewidth=0.9, zorder=7)
        plate.name(axes, best[1], best[2], text, 9.5, "ink", bold=True)


def _scale_bar(axes: Axes, plate: Plate, frame: _Frame) -> None:
    """A bar of a round number of metres, about a fifth of the map's width, in the corner."""
    degree = 111_320 * float(np.cos(np.radians((frame.south + frame.north) / 2)))
    room = (frame.east - frame.west) * degree / 5
    metres = max(step * 10**power for power in range(1, 6) for step in (1, 2, 5) if step * 10**power <= max(room, 10))
    length, edge = metres / degree, 0.15 / frame.inches
    x0, y0 = frame.east - edge - length, frame.south + edge
    tick = 0.05 / frame.inches
    axes.plot([x0, x0, x0 + length, x0 + length], [y0 + tick, y0, y0, y0 + tick], color=plate.token("ink2"),
              linewidth=0.9, zorder=8, solid_joinstyle="miter")
    plate.name(axes, x0 + length / 2, y0 + 2.2 * tick, numbers.reach(metres), 7.0, "ink2", bold=False)

