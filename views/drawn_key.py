"""The key of a drawn map: classes in words with their counts, the city, zero and four statuses, kinds of service."""

from __future__ import annotations

import pandas as pd

from indicators.spec import Indicator
from views import classes, legends, maps, numbers, outside, plates
from views.plates import BOLD, Plate
from views.words import language, plural, say

STATUSES = ("suppressed", "missing", "not_applicable", "unknown")
_ROOM = 2.0  # width [in]
_STEP = 0.235
_SWATCH = (0.34, 0.15)


def draw(plate: Plate, asked: maps.Map, values: pd.DataFrame, *, bottom: float, top: float) -> None:
    """Write the key at the left of a sheet between two heights [in]; every line with how many areas it counts."""
    axes = plate.axes(plate.margin, bottom, _ROOM, top - bottom, ground="paper")
    axes.set(xlim=(0, _ROOM), ylim=(0, top - bottom))
    pen = _Pen(plate, axes, top - bottom, bottom)
    indicator = asked.indicator
    pen.words(indicator.title.of(language()), 9.0, face=BOLD)
    city = outside.of_level(asked.store, indicator, "city", asked.setting)
    known = city[(city["status"] == "ok") & city["value"].notna()]
    if len(known) and asked.level != "city":
        value, low, high = known[["value", "low", "high"]].iloc[0]
        pen.words(say("legend.city", value=numbers.limited(value, low, high, indicator.unit)), 8.0, "ink2")
    pen.gap()
    for shown, words, count in entries(indicator, values, asked.breaks):
        unit = plural(f"level_n.{asked.level}", count, n=numbers.count(count))
        pen.swatch(plate.look(shown, indicator, asked.breaks), words, unit if isinstance(shown, int) and shown else
                   numbers.count(count), gap=shown in (0, "suppressed"))
    simulated = set(values["basis"].dropna()) == {"simulated"}
    pen.gap()
    for kind in asked.kinds:
        _kind(pen, asked, kind)
    if simulated:
        pen.gap()
        pen.words(say("simulated.corner"), 9.0, "sim-ink", face=BOLD)


def entries(
    indicator: Indicator, values: pd.DataFrame, breaks: classes.Breaks | None = None,
) -> list[tuple[int | str, str, int]]:
    """Lines of the key: class 1 to 5, 0 for zero, or a status; its words; how many areas of `values` it counts."""
    ok = (values["status"] == "ok") & values["value"].notna()
    found = classes.classes_of(indicator, values.loc[ok, "value"], breaks)
    zero = numbers.percent(0, 0) if indicator.unit == "share" else numbers.value(0.0, indicator.unit)
    told: list[tuple[int | str, str, int]] = [
        (n, words, int((found == n).sum())) for n, words in enumerate(legends.ranges(indicator, breaks), start=1)
    ]
    told.append((0, zero, int((found == 0).sum())))
    return [*told, *((s, say(f"status.{s}"), int((values["status"] == s).sum())) for s in STATUSES)]


def _kind(pen: _Pen, asked: maps.Map, kind: str) -> None:
    rows = maps.shown_services(asked.store, kind)
    if rows.empty:
        return
    tail = f" ({say('basis.simulated').lower()})" if set(rows["basis"]) == {"simulated"} else ""
    pen.mark(kind, f"{say(f'kinds.{kind}')}{tail}", len(rows), hollow=False)
    closed = int((rows["service_status"] != "active").sum())
    if closed:
        pen.mark(kind, say("legend.closed"), closed, hollow=True)


class _Pen:
    """Writes one line of the key after the other, from the top down."""

    def __init__(self, plate: Plate, axes: object, top: float, bottom: float) -> None:
        self.plate, self.axes, self.y, self.bottom = plate, axes, top - 0.02, bottom

    def gap(self) -> None:
        self.y -= 0.09

    def words(self, text: str, size: float, token: str = "ink", *, face: str = plates.SANS) -> None:
        lines = self.plate.wrapped(text, size, _ROOM, face)
        self.y = self.plate.block(self.plate.margin, self.bottom + self.y, lines, size, token, face) - self.bottom

    def swatch(self, look: dict[str, object], words: str, count: str, *, gap: bool) -> None:
        from matplotlib.patches import Rectangle

        if gap:
            self.gap()
        self.y -= _STEP
        wide, high = _SWATCH
        box = {**look, "edgecolor": self.plate.token("hatch"), "linewidth": 0.6}
        self.axes.add_patch(Rectangle((0.01, self.y), wide, high, **box))  # type: ignore[attr-defined]
        self._told(words, count)

    def mark(self, kind: str, words: str, count: int, *, hollow: bool) -> None:
        self.y -= _STEP
        wide, high = _SWATCH
        plates.marks(self.axes, [wide / 2], [self.y + high / 2], kind, 5.2, self.plate, hollow=hollow)  # type: ignore[arg-type]
        self._told(words, numbers.count(count))

    def _told(self, words: str, count: str) -> None:
        x, y = self.plate.margin + _SWATCH[0] + 0.1, self.bottom + self.y + 0.035
        self.plate.text(x, y, words, 8.0)
        wide = self.plate.measured(words, 8.0, plates.SANS)[0]
        told = f"({count})"
        if x + wide + 0.07 + self.plate.measured(told, 7.5, plates.SANS)[0] > self.plate.margin + _ROOM:
            self.y -= 0.14  # the count goes under its words
            x, y, wide = x, y - 0.14, -0.07
        self.plate.text(x + wide + 0.07, y, told, 7.5, "ink3")
