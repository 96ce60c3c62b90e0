"""The areas a site has a page for: their levels, their addresses, who is in whom, and which places are inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from loaders.store import LoadError, Store
from views import brief, services
from views.services import Asked
from views.tables import by_name, folded
from views.words import language, local


def slug(text: str) -> str:
    """A name as an address holds it: lower case, no accents, dashes.

    >>> slug("L’Île-Bizard–Sainte-Geneviève"), slug("<b>")
    ('l-ile-bizard-sainte-genevieve', 'b')
    """
    return re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")


@dataclass(frozen=True)
class Place:
    """One area in the language spoken: `inside` is « dans l’arrondissement d’Anjou », `above` its borough, or empty."""

    id: str
    level: str
    name: str
    inside: str
    above: str
    page: str


class Places:
    """Every area of a version that has a page. Names are in the language spoken when they are asked for."""

    def __init__(self, store: Store) -> None:
        """Read the areas of the levels that have pages."""
        self.store = store
        every = store.levels()
        self.levels = [level for level in every if level != "city" and level not in brief.SMALL]
        self.default = str(store.settings["default_level"])
        # Help is looked for by borough, the division a family knows; by the default level where there is none.
        self.help_level = "borough" if "borough" in self.levels else self.default
        self._frames = {level: store.areas(level) for level in self.levels}
        self._above = {
            str(area): store.within(str(area)).get(self.help_level, "")
            for level in self.levels if level != self.help_level for area in self._frames[level]["area_id"]
        }
        self._pages = _addresses(self._frames)
        self._named: dict[tuple[str, str], list[Place]] = {}
        self._known: dict[str, dict[str, Place]] = {}

    def of(self, level: str) -> list[Place]:
        """The areas of a level by name."""
        key = language(), level
        if key not in self._named:
            self._named[key] = self._by_name(level)
        return self._named[key]

    def _by_name(self, level: str) -> list[Place]:
        rows = self._frames[level].assign(
            name=self._frames[level][local("name_fr", "name_en")], inside=self._frames[level][local("fr_in", "en_in")],
        )
        return [
            Place(str(row.area_id), level, str(row.name_), str(row.inside), self._above.get(str(row.area_id), ""),
                  self._pages[str(row.area_id)])
            for row in by_name(rows, "name").rename(columns={"name": "name_"}).itertuples()
        ]

    def page(self, area_id: str) -> str:
        """The address of an area's page inside a folder of pages: the same in both languages."""
        return self._pages[area_id]

    def place(self, area_id: str) -> Place | None:
        """One area by its id; None where it has no page."""
        spoken = language()
        if spoken not in self._known:
            self._known[spoken] = {one.id: one for level in self.levels for one in self.of(level)}
        return self._known[spoken].get(area_id)

    @cached_property
    def finer(self) -> str:
        """The level lists of help are cut by inside a page; empty where the page is already of that level."""
        return "" if self.default == self.help_level else self.default

    def holding(self, frame: pd.DataFrame, level: str) -> dict[str, str]:
        """location_id -> the area of a level it stands in; a place on a line is in the first of both, by id."""
        found: dict[str, str] = {}
        for area_id in self._frames[level]["area_id"]:
            for location in services.near(self.store, frame, Asked(area=str(area_id))) or ():
                found.setdefault(location, str(area_id))
        return found


def _addresses(frames: dict[str, pd.DataFrame]) -> dict[str, str]:
    pages: dict[str, str] = {}
    for level, frame in frames.items():
        for area_id, name in frame[["area_id", "name_fr"]].itertuples(index=False):
            page = "-".join(part for part in (slug(str(name)), slug(str(area_id))) if part)
            if page in pages.values() or str(area_id) in pages:
                raise LoadError(f"two areas of this version have the address “{page}”", file=level,
                                remedy="Give one of them another id.")
            pages[str(area_id)] = page
    return pages
