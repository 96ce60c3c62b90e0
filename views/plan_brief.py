"""The printed page of a scenario: its sentence, three numbers, its rows, limits and sources, as the brief is."""

from __future__ import annotations

from datetime import date

from indicators.access import HOME, LISTED, NEAREST, STRAIGHT
from indicators.coverage import NEED
from indicators.need import INDICATOR as FOOD
from loaders.store import Store
from partners.decisions import Number as Told
from views import brief, drawn_map, maps, numbers, sources
from views.brief import Brief, Number, Row
from views.city import reach_of
from views.plan_city import City
from views.plan_log import shown
from views.plan_words import Scenario
from views.words import language, local, say


def of(store: Store, city: City, scenario: Scenario, *, reach: float, link: str) -> Brief:
    """The brief of what is on screen, in the reader’s language; `link` reopens it."""
    settings, spoken = store.settings, language()
    name = local(settings["title_fr"], settings["title_en"])
    behind = list(dict.fromkeys([*sources.behind(store, NEED), *sources.behind(store, NEAREST)]))
    simulated = "simulated" in city.bases and scenario.kind != "surge"
    title = NEED.question.of(spoken)
    asked = maps.Map(store, city.level, NEED, reach_of(store), "")
    png = b"" if scenario.kind == "surge" else drawn_map.draw(
        asked, form="png", near=False, size=brief.MAP_SIZE, margin=0.0, water=False)
    limits = [say("plan.surge_source")] if scenario.kind == "surge" else [
        say("plan.method_units" if city.units else "plan.method"),
        *(one.of(spoken) for one in (LISTED, STRAIGHT, HOME)), FOOD.limits[0].of(spoken),
    ]
    return Brief(
        language=spoken, name=name, kicker=say("plan.brief_kicker"), title=say(f"plan.brief_{scenario.kind}"),
        lead=scenario.sentence,
        simulated=f"{say('simulated.title')} {say('brief.simulated')}" if simulated else "",
        notice=str(settings["settings"].get(f"listing_notice_{spoken}") or ""),
        numbers=[_number(one) for one in scenario.numbers[:3]], map_title=title if png else "", map_png=png,
        map_alt=say("brief.map_alt", title=NEED.title.of(spoken), name=name) if png else "",
        map_source=" · ".join(sources.cited(store, sources.behind(store, NEED))) if png else "",
        heads=list(scenario.heads),
        rows=[Row(label, city.bases[0] if scenario.kind != "surge" else "modelled", list(cells),
                  [""] * len(cells), None) for label, cells in scenario.rows],
        key=" ".join(scenario.notes), answer=say("plan.brief_reach", reach=numbers.reach(reach)), rank="",
        limits=limits, methods=[], sources=sources.cited(store, behind),
        version=say("brief.version", version=store.version, day=numbers.version_day(store.version)),
        day=date.fromisoformat(store.version[:10]), link=link,
        footer=say("brief.footer", name=name, version=store.version),
    )


def _number(one: Told) -> Number:
    span = numbers.people_span(one.low, one.high) if one.unit == "people" and one.low is not None else ""
    return Number(say(f"plan.number_{one.name}"), shown(one.value if one.value is not None else float("nan"), one.unit),
                  one.value is not None, span or "", "", one.basis)
