"""One page an area: the brief of the meeting, on screen, with its two files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from markupsafe import Markup

from loaders.store import Store
from publish import drawings
from publish.drawings import Land, Shape
from publish.pages import Page, Press, relative
from publish.places import Place, Places
from views import brief, brief_pdf, my_area, numbers, sources, tables
from views.brief import Brief
from views.city import city_row
from views.my_area import Area
from views.words import LANGUAGES, language, local, plural, say, speaking

Tell = Callable[[str, int, int], None]


def index(places: Places) -> Page:
    """Every area that has a page, by level and name."""
    above = {place.id: place.name for place in places.of(places.help_level)}
    levels = []
    for level in dict.fromkeys([places.help_level, *places.levels]):
        rows = [{
            "name": place.name, "place": above.get(place.above, ""), "href": f"{language()}/areas/{place.page}.html",
            "searched": tables.folded(f"{place.name} {above.get(place.above, '')}"),
        } for place in places.of(level)]
        if rows:
            levels.append((level, rows))
    return Page("areas/index.html", "areas.html", "areas", say("site.areas_title"), say("site.areas_about"), {
        "levels": levels,
        "n_level": lambda level, count: plural(f"level_n.{level}", count, n=numbers.count(count)),
    })


def pages(store: Store, places: Places, press: Press, tell: Tell) -> Iterator[tuple[str, bytes, bool]]:
    """Path, bytes and whether search engines may list it: the page of each area, then its brief as PDF."""
    every = [place for level in places.levels for place in places.of(level)]
    lands = {level: Land(store, level) for level in places.levels}
    for n, place in enumerate(every):
        tell(place.name, n + (0 if language() == "fr" else len(every)), 2 * len(every))
        area = my_area.of(store, place.id)
        if area is None:
            continue
        link = f"{press.base}{language()}/areas/{place.page}.html" if press.base else ""
        content = brief.of(area, link=link, version=store.version)
        one = _page(store, places, place, area, content, lands[place.level])
        path, written = press.page(one)
        yield path, written, True
        yield pdf(place, content, language()), brief_pdf.made(content), False


def pdf(place: Place, content: Brief, spoken: str) -> str:
    """The path of an area's brief, whose name says where a number in it is simulated."""
    with speaking(spoken):
        mark = [say("simulated.file")] if content.simulated else []
        parts = ["couvert", say("site.brief_file"), place.page, *mark]
    return f"{spoken}/areas/{'_'.join(re.sub(r'[^A-Za-z0-9-]+', '-', part) for part in parts)}.pdf"


def _page(store: Store, places: Places, place: Place, area: Area, content: Brief, land: Land) -> Page:
    spoken = language()
    files = []
    for name in LANGUAGES:
        with speaking(name):
            files.append({"lang": name, "href": pdf(place, content, name), "words": say("site.brief_pdf")})
    told = dict.fromkeys(name for line in area.lines for name in sources.behind(store, line.indicator))
    similar = []
    for peer, name in zip(area.peers["peer_id"], area.peers["name"]):
        known = places.place(str(peer))
        similar.append((str(name), f"{spoken}/areas/{known.page}.html" if known else ""))
    food_area = place.id if place.level == places.help_level else place.above
    held = places.place(food_area) if food_area else None
    return Page(
        f"areas/{place.page}.html", "area.html", "areas", content.title,
        say("site.area_about", name=place.name), {
            "brief": content, "pdfs": sorted(files, key=lambda one: one["lang"] != spoken), "similar": similar,
            "rows": _rows(content), "source": Markup(sources.line(store, told, dated=True)),
            **_map(store, places, place, area, land),
            "food_page": f"{spoken}/food/{held.page}.html" + _anchor(places, place) if held else "",
        },
    )


def _anchor(places: Places, place: Place) -> str:
    """Where inside the page of food help a neighbourhood's own places begin, if it is cut by this level."""
    return f"#{place.page}" if place.level == places.finer else ""


def _rows(content: Brief) -> list[dict[str, Any]]:
    return [{
        "label": row.label, "basis": row.basis, "cells": list(zip(row.cells, row.unders, content.heads)),
        "strip": drawings.strip(row.strip) if row.strip is not None else "",
    } for row in content.rows]


def _map(store: Store, places: Places, place: Place, area: Area, land: Land) -> dict[str, Any]:
    """The city coloured by the first measure of the area, the area outlined."""
    line = my_area.shown_first(area)
    if line is None:
        return {"picture": ""}
    spoken, indicator = language(), line.indicator
    looks = drawings.looks(indicator, line.frame)
    here = f"{spoken}/areas/{place.page}.html"
    shapes = [Shape(other.id, other.name, looks.get(other.id, "missing"),
                    relative(here, f"{spoken}/areas/{other.page}.html")) for other in places.of(place.level)]
    way = "w" if indicator.direction == "more_is_worse" else "b"
    whole = city_row(store, indicator.id, line.setting)
    return {
        "picture": drawings.city(land, shapes, alt=say("brief.map_alt", title=indicator.title.of(local("fr", "en")),
                                                       name=place.name), way=way, chosen=place.id),
        "measure": indicator.title.of(local("fr", "en")), "entries": drawings.key(indicator, line.frame), "way": way,
        "unit": lambda count: plural(f"level_n.{place.level}", count, n=numbers.count(count)),
        "city": say("legend.city", value=numbers.value(whole["value"], indicator.unit)) if whole is not None else "",
        "map_basis": next((str(x) for x in line.frame["basis"].dropna().unique()), ""),
    }
