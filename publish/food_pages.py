"""The pages of food help: the areas with how many places, then each area with its places, their map and the week."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from loaders.store import Store
from publish import drawings, food
from publish.drawings import Dot, Land, Shape
from publish.food import Entry, Part
from publish.pages import Page, Press, relative, rich
from publish.places import Place, Places
from views import numbers, sources, tables
from views.words import language, plural, say

AWAY = "away"


def pages(store: Store, places: Places, press: Press) -> list[Page]:
    """The first page of the language, a page an area, and one for places that stand in no area, if there are any."""
    held = food.by_place(store, places)
    land = Land(store, places.help_level)
    inner = Land(store, places.finer) if places.finer else None
    maker = _Maker(store, places, press, held, land, inner)
    made = [maker.front(), *(maker.area(place) for place in places.of(places.help_level))]
    return [*made, *([maker.away()] if held.get("") else [])]


class _Maker:
    """What every page of food help needs."""

    def __init__(
        self, store: Store, places: Places, press: Press, held: dict[str, list[Part]], land: Land, inner: Land | None,
    ) -> None:
        self.store, self.places, self.press, self.held = store, places, press, held
        self.land, self.inner = land, inner
        self.all = [entry for parts in held.values() for entry in food.every(parts)]
        self.invented = any(entry.simulated for entry in self.all)
        datasets = list(dict.fromkeys(food.listed(store)["dataset_id"]))
        self.source = Markup(sources.line(store, datasets, dated=True))

    def page(self, path: str, template: str, title: str, **held: Any) -> Page:
        """A page of this section. An invented place is no place to send anyone to: search engines leave it out."""
        return Page(path, template, "food", title, say("site.food_about"), {
            "invented": self.invented, "source": self.source, **held,
        }, hidden=self.invented)

    def counted(self, entries: list[Entry]) -> str:
        """How many places, in words; invented ones are named so."""
        key = "site.places_invented" if self.invented else "site.places"
        return plural(key, len(entries), n=numbers.count(len(entries)))

    def lead(self, entries: list[Entry]) -> str:
        """How many places, and to call first; of invented ones, that they are."""
        if not entries:
            return ""
        key = "site.food_lead_invented" if self.invented else "site.food_lead"
        return plural(key, len(entries), n=numbers.count(len(entries)))

    def href(self, place: Place) -> str:
        """The page of an area, from the root of the site."""
        return f"{language()}/food/{place.page}.html"

    def front(self) -> Page:
        """Every area by name, with how many places, and the map of all."""
        level = self.places.help_level
        rows = [self._row(place) for place in self.places.of(level)]
        if self.held.get(""):
            rows.append({"name": say("site.food_away_title"), "href": f"{language()}/food/{AWAY}.html", "parts": [],
                         "count": self.counted(food.every(self.held[""])), "searched": ""})
        here = f"{language()}/index.html"
        shapes = [Shape(place.id, place.name, "na", relative(here, self.href(place)))
                  for place in self.places.of(level)]
        dots = [Dot(x.lon, x.lat, hollow=x.closed) for x in self.all if x.placed]
        picture = drawings.city(
            self.land, shapes, alt=say("site.food_map_alt"), dots=dots, lines=self.land,
            names=drawings.names(self.store, level),
        )
        return self.page(
            "index.html", "food.html", say("site.food_title"), pages=rows if self.all else [], picture=picture,
            lead=self.lead(self.all) or say("site.food_lead_none"),
            sentence=drawn(len(dots)), parts_told=self._parts_told, closed=any(entry.closed for entry in self.all),
        )

    def _parts_told(self, count: int) -> str:
        return plural(f"level_n.{self.places.finer}", count, n=numbers.count(count))

    def _row(self, place: Place) -> dict[str, Any]:
        parts = self.held.get(place.id, [])
        inside = [{"name": part.place.name, "anchor": anchor(part), "count": self.counted(part.entries)}
                  for part in parts if part.place is not None]
        names = [place.name, *(part["name"] for part in inside)]
        return {
            "name": place.name, "href": self.href(place), "count": self.counted(food.every(parts)), "parts": inside,
            "searched": tables.folded(" ".join(names)),
        }

    def area(self, place: Place) -> Page:
        """The places of one area, its map, its week and its neighbours."""
        parts = self.held.get(place.id, [])
        entries = food.every(parts)
        alt = say("site.food_area_alt", place=place.inside)
        neighbours = [other for one in self.land.neighbours(place.id) if (other := self.places.place(one))]
        return self._area(
            place.page, say("site.food_inside", place=place.inside), parts,
            picture=drawings.near(self.land, place.id, alt=alt, dots=dots(entries), inner=self.inner) if any(
                entry.placed for entry in entries) else "",
            neighbours=[(other.name, self.href(other), self.counted(food.every(self.held.get(other.id, []))))
                        for other in sorted(neighbours, key=lambda one: tables.folded(one.name))],
            numbers_page=f"{language()}/areas/{place.page}.html",
        )

    def away(self) -> Page:
        """What stands in no area: no position, or outside the limits."""
        return self._area(AWAY, say("site.food_away_title"), self.held[""], picture="", neighbours=[], numbers_page="")

    def _area(self, page: str, title: str, parts: list[Part], **held: Any) -> Page:
        entries = food.every(parts)
        told = [
            {"name": part.place.name if part.place else say("site.food_rest"), "anchor": anchor(part),
             "entries": part.entries} for part in parts
        ]
        silent = sum(not entry.openings and not entry.closed for entry in entries)
        return self.page(
            f"food/{page}.html", "food_area.html", title, lead=self.lead(entries), parts=told, count=len(entries),
            cut=bool(self.places.finer) and page != AWAY, days=food.days(parts), kinds=food.kinds(parts),
            silent=plural("site.silent", silent, n=numbers.count(silent)) if silent else "", **held,
        )


def drawn(count: int) -> Markup:
    """How many places are on the map."""
    return rich(plural("site.food_sentence", count, n=numbers.count(count)))


def anchor(part: Part) -> str:
    """The place of a part inside its page; empty for what is in no neighbourhood."""
    return part.place.page if part.place is not None else ""


def dots(entries: list[Entry]) -> list[Dot]:
    """One dot an address, with its number; hollow where all that is there is closed."""
    held: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.placed:
            held.setdefault(entry.number, []).append(entry)
    return [Dot(own[0].lon, own[0].lat, number, all(entry.closed for entry in own)) for number, own in held.items()]
