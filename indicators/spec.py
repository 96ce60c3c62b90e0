"""What an indicator declares about itself; the methods page and every figure are rendered from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal[
    "share", "points", "metres", "per_1000", "ratio", "index", "deviations", "people", "hours", "places_per_need",
]
Direction = Literal["more_is_worse", "more_is_better"]
# What one value is about: an area, the whole city, a group of people, a listed service, two areas, a period, or an
# indicator itself. Maps and cards hold areas only.
Grain = Literal["area", "city", "group", "service", "pair", "period", "indicator"]


class InputError(ValueError):
    """A frame or setting an indicator cannot work with: names the frame, the column and the rows."""


@dataclass(frozen=True)
class Text:
    """The same words in French and in English."""

    fr: str
    en: str

    def of(self, language: str) -> str:
        """The words in `fr` or `en`."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Indicator:
    """One indicator, declared once.

    `breaks` are the inner limits of its five map classes, in the unit of `value`: fixed, so that two years
    and two languages show the same colours. `setting` names the setting its values depend on, or is empty.
    `range_means` says what `low` and `high` are: never left to be guessed. `misuse` is the wrong conclusion a reader
    in a hurry would draw. `points` is a difference of two shares, `index` a number without a unit.
    `counts_people` is False where the numerator of a share is something else: places, requests, draws. `complement_of`
    is the id of the share this one is one minus: it is read from that one's values (`rates.complement`), never stored.
    """

    id: str
    title: Text
    question: Text
    counts: Text
    unit: Unit
    direction: Direction
    tables: tuple[str, ...]
    formula: str
    method: Text
    range_means: Text
    limits: tuple[Text, ...]
    citation: Text
    breaks: tuple[float, float, float, float]
    setting: str = ""
    census_variable: str = ""
    assumptions: tuple[Text, ...] = ()
    misuse: Text | None = None
    grain: Grain = "area"
    counts_people: bool = True
    complement_of: str = ""

    @property
    def mapped(self) -> bool:
        """Whether lists of indicators by area may offer it: one value an area, or one a reach; none below zero.

        Map files keep the statuses below zero. A value an hour has a view of its own on the gap map.
        """
        return self.grain == "area" and self.breaks[0] > 0 and self.setting != "hour"

