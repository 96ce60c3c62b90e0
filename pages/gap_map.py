"""Where do people in need live out of reach of help?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import INDICATOR, MAPPED, coverage
from indicators.spec import Indicator
from views import cards, figure, legends, maps, numbers, page, search, sentences, session, sources, tables
from views.session import Store
from views.words import language, say

KINDS = ("food_aid", "market", "garden", "grocery", "community_organization")


def controls(store: Store) -> tuple[Indicator, str, str, int]:
    """Indicator, level, setting and reach [m] chosen in the row of controls."""
    levels = [level for level in store.levels() if level != "city"]
    start = store.settings["default_level"]
    steps = [int(step) for step in store.setting("reach_steps_m")]
    one, two, three, four = st.columns([1.35, 0.9, 1.1, 1.1], gap="medium")
    with two:
        level = session.select(
            "level", say("control.level"), levels, lambda x: say(f"level.{x}"),
            default=start if start in levels else levels[0],
        )
    here = set(store.offered(level))
    offered = [i.id for i in MAPPED if i.id in here]
    with one:
        chosen = session.select(
            "indicator", say("control.indicator"), offered, lambda x: INDICATOR[x].title.of(language()),
            default=coverage.NEED.id if coverage.NEED.id in offered else offered[0],
        )
    indicator = INDICATOR[chosen]
    reach = {str(step): step for step in steps}.get(str(session.held("reach")), int(store.setting("reach_m")))
    with three:
        if indicator.setting == "reach_m":
            reach = session.slide(
                "reach", say("control.reach"), steps, numbers.reach, default=int(store.setting("reach_m")),
            )
    with four:
        search.box(store, level)
    return indicator, level, f"reach_m={reach}" if indicator.setting == "reach_m" else "", reach


def lead(store: Store, reach: int) -> str:
    """The city in one sentence: people in need beyond the reach."""
    row = store.indicator(coverage.NEED.id, "city", f"reach_m={reach}")
    if row.empty or row["status"].iloc[0] != "ok":
        return say("gap_map.lead_none")
    one = row.iloc[0]
    return say(
        "gap_map.lead", n=numbers.people(one["numerator"], city=True), share=numbers.percent(one["value"]),
        reach=numbers.reach(reach),
    )


def kinds(store: Store) -> list[str]:
    """Kinds of places drawn on the map: food aid at first, others when asked."""
    present = [kind for kind in KINDS if len(maps.shown_services(store, kind))]
    if len(present) < 2:
        return present
    chosen = st.pills(
        say("control.places"), present, format_func=lambda kind: say(f"kinds.{kind}"), selection_mode="multi",
        default=[kind for kind in present if kind in ("food_aid", "market")], key="places", persist_state="session",
    )
    return [kind for kind in present if kind in (chosen or [])]


def values(store: Store, indicator: Indicator, level: str, setting: str) -> pd.DataFrame:
    """The result shape with name, place and the words of places, one row per area that has limits."""
    return store.indicator(indicator.id, level, setting).merge(maps.names(store, level)[["area_id", "name", "place"]])


def map_figure(store: Store, indicator: Indicator, level: str, setting: str) -> figure.Figure:
    """The map, its key, its table, the card of the chosen area."""
    frame, cities = values(store, indicator, level, setting), store.indicator(indicator.id, "city", setting)
    city = cities.iloc[0] if len(cities) else None
    sentence = sentences.of_map(frame, city, indicator, level)
    behind = sources.behind(store, indicator)
    chosen = session.held("area")
    area = store.area(chosen) if chosen else None
    places = store.areas("city")
    method = say("method.straight") if "service" in indicator.tables else ""
    drawn: list[str] = []

    def draw() -> None:
        maps.show(
            maps.Map(store, level, indicator, setting, chosen, drawn, frozenset(frame["status"])), key="gap_map",
            alt=figure.alt_of(sentence, say("gap_map.alt", level=say(f"level.{level}"))),
        )

    def beside() -> None:
        if area is not None:
            cards.area(store, area, indicator, setting)
        elif len(places):
            cards.area(store, places.iloc[0], indicator, setting)

    def choose() -> None:
        drawn.extend(kinds(store))

    found = {kind: maps.shown_services(store, kind)["service_status"] for kind in KINDS}
    return figure.Figure(
        id="map", title=indicator.question.of(language()), sentence=sentence, draw=draw, controls=choose, beside=beside,
        table=lambda: tables.of_values(frame, indicator, chosen=chosen), indicator=indicator, name=(level, setting),
        legend=legends.key(
            indicator, frame, unit_key=f"level_n.{level}", city=None if city is None else city["value"],
            services={kind: len(rows) for kind, rows in found.items() if len(rows)},
            closed=sum(int((rows != "active").sum()) for rows in found.values()),
        ),
        bases=frame["basis"].dropna().unique().tolist(), source=sources.line(store, behind, method=method),
        source_plain=sources.plain(store, behind), first="table" if session.on_phone() else "figure",
    )


def main() -> None:
    """The page."""
    store = session.store()
    head = st.container(gap="small")
    indicator, level, setting, reach = controls(store)
    shown = map_figure(store, indicator, level, setting)
    with head:
        page.header("gap_map", lead(store, reach), bases=shown.bases)
    figure.show(shown)


main()
