"""The overview and the data page: the four numbers with what to know of them, and every file to take away."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from loaders.store import Store
from publish import drawings
from publish.downloads import Offered
from publish.drawings import Land, Shape
from publish.pages import Page, relative
from publish.places import Places
from views import city, figure, gaps, metadata, numbers, overview, overview_told, sources, tables
from views.tables import Column, Table
from views.words import LANGUAGES, language, local, plural, say, speaking


def pages(store: Store, places: Places, every: list[Offered]) -> list[Page]:
    """The overview and the data page in the language spoken."""
    return [_overview(store, places), _data(store, every)]


# --- overview ---------------------------------------------------------------------------------------------


def _overview(store: Store, places: Places) -> Page:
    level = places.default
    four = overview.made(store)
    return Page("overview.html", "overview.html", "overview", say("nav.overview"), say("site.overview_about"), {
        "lead": overview_told.lead(store, level), "four": four, "limits": overview_told.limits(store, level),
        "invented": any(one.basis == "simulated" for one in four),
        "unit": lambda count: plural(f"level_n.{level}", count, n=numbers.count(count)),
        "blocks": [_map(store, places, level), _gaps(store, places, level)],
    })


def _map(store: Store, places: Places, level: str) -> dict[str, Any]:
    """The city coloured by need: the measure every other number rests on."""
    need, spoken = overview.NEED, language()
    rows, land = store.indicator(need.id, level), Land(store, level)
    looks, here = drawings.looks(need, rows), f"{spoken}/overview.html"
    shapes = [
        Shape(place.id, place.name, looks.get(place.id, "missing"),
              relative(here, f"{spoken}/areas/{place.page}.html")) for place in places.of(level)
    ]
    title = need.question.of(local("fr", "en"))
    lines = Land(store, "borough") if "borough" in places.levels and level != "borough" else None
    picture = drawings.city(
        land, shapes, alt=say("site.map_alt", title=need.title.of(local("fr", "en"))), way="w", lines=lines,
        names=drawings.names(store, level),
    )
    whole = city.city_row(store, need.id)
    table = tables.of_values(rows.merge(_names(store, level), on="area_id"), need)
    behind = sources.behind(store, need)
    return {
        "id": "need", "title": title, "empty": "", "sentence": say("site.map_sentence"),
        "bases": _bases(rows), "picture": picture, "measure": need.title.of(local("fr", "en")),
        "entries": drawings.key(need, rows), "way": "w", "rows": [], "table": Markup(tables.to_html(table)),
        "city": say("legend.city", value=numbers.value(whole["value"], need.unit)) if whole is not None else "",
        "source": Markup(sources.line(store, behind, dated=True)),
    }


def _names(store: Store, level: str) -> Any:
    """area_id, name and place (its borough, where that is not its name) of a level."""
    areas = store.areas(level)
    name, place = areas[local("name_fr", "name_en")], areas["place_fr"].fillna("")
    return areas[["area_id"]].assign(name=name, place=place.where(place != name, ""))


def _bases(rows: Any) -> list[str]:
    return [str(basis) for basis in rows["basis"].dropna().unique()]


def _gaps(store: Store, places: Places, level: str) -> dict[str, Any]:
    """The largest gaps with their likely ranks, ten rows; the table holds them all."""
    ranked, spoken = gaps.gaps(store, level), language()
    behind = sources.behind(store, overview.FAR)
    block: dict[str, Any] = {
        "id": "gaps", "title": say("overview.gaps_title"), "picture": "", "rows": [], "table": "", "empty": "",
        "source": Markup(sources.line(store, behind, method=say("method.straight"), dated=True)),
    }
    if ranked.empty:
        return {**block, "empty": say("overview.gaps_none")}
    first: list[Any] = list(ranked.head(gaps.SHOWN).itertuples())
    top = max(max(row.numerator, row.people_high) if row.people_high == row.people_high else row.numerator
              for row in first)
    simulated = "simulated" in set(ranked["basis"])
    rest = len(ranked) - gaps.SHOWN
    return {
        **block, "sentence": gaps.gaps_sentence(store, level, ranked), "bases": _bases(ranked),
        "caption": say("overview.gaps_caption"), "ranked": not store.listing_incomplete,
        "rest": plural("overview.gaps_more", rest, n=numbers.count(rest)) if rest > 0 else "",
        "rows": [{
            "rank": gaps.rank_words(row.rank_best, row.rank_worst), "name": row.name, "place": row.place,
            "href": f"{spoken}/areas/{places.page(str(row.area_id))}.html", "people": gaps.people(row),
            "span": numbers.people_span(row.people_low, row.people_high) or "",
            "distance": gaps.distance(row.metres, row.side),
            "share": numbers.limited(row.value, row.low, row.high, "share"),
            "bar": drawings.bar(row.numerator, row.people_low, row.people_high, top, simulated=simulated),
        } for row in first],
        "table": Markup(tables.to_html(overview_told.gaps_table(ranked))),
    }


# --- data -------------------------------------------------------------------------------------------------


def _data(store: Store, every: list[Offered]) -> Page:
    citations = []
    for spoken in LANGUAGES:
        with speaking(spoken):
            citations.append((spoken, _citation(store)))
    licences = {one.title: one for what in every for one in metadata.licences(what)}
    return Page("data.html", "data.html", "data", say("site.nav_data"), say("site.data_about"), {
        "sets": [_set(what) for what in every], "citations": citations, "licences": list(licences.values()),
        "shared": any(metadata.openstreetmap(what) for what in every),
        "invented": any(what.simulated for what in every), "table": Markup(tables.to_html(_sources(store))),
    })


def _set(what: Offered) -> dict[str, Any]:
    size = numbers.decimal(max(len(what.content) / 1000, 0.1), 0 if len(what.content) > 9_500 else 1)
    count = len(what.frame)
    return {
        "path": what.path, "title": what.both.of(local("fr", "en")), "about": what.told.of(local("fr", "en")),
        "bases": what.bases, "form": "GeoJSON" if what.extension == "geojson" else "CSV",
        "size": say("site.bytes", n=size), "rows": plural("site.rows", count, n=numbers.count(count)),
        "licences": ", ".join(one.title for one in metadata.licences(what)),
    }


def _citation(store: Store) -> str:
    """How to quote the site as a whole, in the language spoken; its sources are listed under it."""
    settings = store.settings
    simulated = "simulated" in set(store.datasets()["basis"])
    told = say(
        "exports.citation", year=store.version[:4], title=say("site.set_site"),
        edition=settings[f"title_{language()}"], version=store.version,
    )
    return figure.plain(f"{told} {say('exports.citation_simulated')}" if simulated else told)


def _sources(store: Store) -> Table:
    rows = sources.datasets(store)
    kept = tables.by_name(rows.reset_index(drop=True), "title").reset_index(drop=True)
    columns = [
        Column(say("site.source"), kept["title"].astype(str).tolist(), "head"),
        Column(say("site.producer"), kept["producer"].astype(str).tolist(), "text"),
        Column(say("site.reference"), kept["reference"].astype(str).tolist(), "text"),
        Column(say("site.licence"), kept["licence"].astype(str).tolist(), "text", second=True),
    ]
    return Table(columns, kept, say("site.data_sources"))
