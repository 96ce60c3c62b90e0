"""A figure as a reader takes it away: what every file needs to know, its name, its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from indicators import INDICATOR, missing
from indicators.spec import Indicator, Text
from loaders.store import Store
from views import written
from views.tables import Table, folded
from views.words import elsewhere, known, language, local, say

# Strongest first: a figure is as sure as its weakest number.
BASES = ("counted", "modelled", "simulated")


@dataclass(frozen=True)
class Taken:
    """What leaves with a figure. Made while the visit lasts, at no cost; read when the visit may be gone.

    `name` lists level and setting; `datasets` are the sources the numbers rest on, `sources` the same in plain text.
    `table` gives the rows when asked; `picture` draws `png` or `svg`, None where the figure cannot be drawn.
    `level` is that of the areas in the rows, empty where the rows are something else. `hidden`: the reader looks at
    the table, so that nothing was drawn.
    """

    id: str
    title: str
    sentence: str
    table: Callable[[], Table]
    store: Store
    language: str
    link: str
    day: date
    bases: Sequence[str] = ()
    name: Sequence[str] = ()
    datasets: Sequence[str] = ()
    sources: str = ""
    indicator: Indicator | None = None
    picture: Callable[[Literal["png", "svg"]], bytes] | None = None
    level: str = ""
    hidden: bool = False

    @property
    def simulated(self) -> bool:
        """Whether a number of the figure is simulated."""
        return "simulated" in self.bases

    @property
    def basis(self) -> str:
        """The weakest basis of the figure; empty where none is told."""
        return next((basis for basis in reversed(BASES) if basis in self.bases), "")

    def titles(self) -> Text:
        """The question in both languages; as it was asked where the other language has no word for word of it."""
        if self.indicator is not None and self.title in (self.indicator.question.fr, self.indicator.question.en):
            return self.indicator.question
        return Text(*(elsewhere(self.title, self.language, wanted) for wanted in ("fr", "en")))


def file_name(taken: Taken, extension: str) -> str:
    """Name of a file, in the language spoken: indicator or question, level, setting, version, SIMULE where it is."""
    asked = taken.indicator.title.of(local("fr", "en")) if taken.indicator else taken.titles().of(local("fr", "en"))
    parts = ["couvert", short(asked), *(part(taken, name) for name in taken.name), taken.store.version, language()]
    if taken.simulated:
        parts.append(say("simulated.file"))
    return "_".join(re.sub(r"[^A-Za-z0-9-]+", "-", part).strip("-") for part in parts if part) + f".{extension}"


def short(text: str, most: int = 48) -> str:
    """A title as a piece of a file name: no accent, no capital, whole words, at most `most` letters.

    >>> short("Où vivent les gens?")
    'ou-vivent-les-gens'
    """
    words = folded(text).split()
    while len("-".join(words)) > most and len(words) > 1:
        words.pop()
    return "-".join(words)


def part(taken: Taken, name: str) -> str:
    """A part of `Taken.name` as it stands in a file name: levels and settings in words, identifiers as they are."""
    told = setting(taken, name)
    return short(told) if told else name


def setting(taken: Taken, name: str) -> str:
    """A part of `Taken.name` in words: a level, a reach, a source, a way of looking; empty for areas and dates."""
    for pattern, key in ((r"reach_m=(\d+)", "written.reach"), (r"weeks-(\d+)", "written.weeks")):
        found = re.fullmatch(pattern, name)
        if found:
            return say(key, n=found[1])
    keys = (f"level.{name}", f"written.part_{name}", f"who_is_missing.severity_{name}")
    told = next((say(key) for key in keys if known(key)), "")
    if told:
        return told
    sources = taken.store.datasets()
    own = sources[sources["dataset_id"] == name]
    return "" if own.empty else local(own.iloc[0]["title_fr"], own.iloc[0]["title_en"])


def settings(taken: Taken) -> str:
    """Level and setting of a figure in words, « Districts, portée 1000 m »; what has no word as it is."""
    return ", ".join(setting(taken, name) or name for name in taken.name if name)


def machine(taken: Taken) -> pd.DataFrame:
    """The rows of an export in machine names, with basis, version and source.

    Indicator and unit are named only where there is a `value` column: other numbers are not in that unit. Rows that
    name their own `indicator_id` are of that one, not of the figure's; only in who is missing does it say what a row is
    about. Where rows have no basis of their own they carry the weakest of the figure.
    """
    frame = taken.table().export.reset_index(drop=True).copy()
    figures_own = taken.indicator is not None and taken.indicator.id == missing.INDICATOR.id
    if "value" in frame and "indicator_id" in frame and not figures_own:
        frame["indicator"] = frame["indicator_id"].astype(str)
        frame["unit"] = [INDICATOR[name].unit for name in frame["indicator"]]
    elif taken.indicator is not None and "value" in frame:
        frame["indicator"], frame["unit"] = taken.indicator.id, taken.indicator.unit
    if "basis" not in frame and taken.basis:
        frame["basis"] = taken.basis
    frame["setting"] = " ".join(part for part in taken.name if part)
    frame["version"], frame["source"] = taken.store.version, str(taken.sources)
    first = [column for column in ("area_id", "name", "place") if column in frame]
    return frame[[*first, *(column for column in frame if column not in first)]]


def fields(taken: Taken) -> list[written.Field]:
    """The rows of an export as a person reads them: the page's words and numbers, then version and source."""
    return written.fields(taken.table(), machine(taken), about=(
        (say("export.setting"), settings(taken)), (say("export.version"), taken.store.version),
        (say("written.sources"), str(taken.sources)),
    ))


def rows(taken: Taken, *, words: bool) -> pd.DataFrame:
    """The rows of an export: the reader's headings and `words`, or machine names."""
    return written.frame(fields(taken)) if words else machine(taken)


def level_of(store: Store, table: Table) -> str:
    """The level whose areas the rows are, one row an area; empty where they are something else."""
    if "area_id" not in table.export or table.export.empty:
        return ""
    ids = table.export["area_id"]
    if ids.isna().any() or not ids.is_unique:
        return ""
    wanted = set(ids)
    for level in store.levels():
        if wanted <= set(store.areas(level)["area_id"]):
            return level
    return ""
