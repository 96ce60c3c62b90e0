"""Where do people in need live out of reach of help?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from indicators import INDICATOR, coverage
from indicators.spec import Indicator
from views import (
    cards,
    classes,
    figure,
    gap_map,
    hours,
    legends,
    maps,
    numbers,
    older,
    page,
    pairs,
    search,
    sentences,
    session,
    sources,
    tables,
    webgl,
)
from views.session import Store
from views.words import begun_low, language, say

# Kinds of places drawn at first.
PLACES = "food_aid,market"
# Four columns of controls, by view: the names of levels and areas are long.
WIDTHS = {"one": (1.35, 1.1, 0.9, 1.2), "pair": (1.2, 1.5, 0.9, 0.9), "hours": (1, 1.2, 1.5, 0.5)}


@dataclass(frozen=True)
class Asked:
    """What the controls say: the view, the indicator drawn, its level and setting, the reach [m], the classes."""

    show: str
    indicator: Indicator
    level: str
    setting: str
    reach: int
    method: str
    day: str = hours.DAY
    hour: int = hours.HOUR


def controls(store: Store) -> Asked:
    """The switch between views, then one row of controls, those of the view chosen."""
    offer = gap_map.offer(store)
    show = session.pick("show", say("gap_map.show"), offer.shows(), lambda x: say(f"gap_map.show_{x}"), default="one")
    start, levels = store.settings["default_level"], offer.levels[show]
    method = session.now("classes", classes.METHODS, "fixed")
    day = hours.DAY
    if show == "hours":  # in a column, its seven buttons would scroll
        day = session.pick(
            "day", say("hours.day"), hours.DAYS, lambda x: say(f"weekday_short.{x}"), default=hours.DAY,
        )
    # The level is the second control, but the others depend on it: columns are filled out of order.
    first, second, third, last = st.columns(WIDTHS[show], gap="medium")
    with first if show == "pair" else second:
        level = session.select(
            "level", say("control.level"), levels, lambda x: say(f"level.{x}"),
            default=start if start in levels else levels[0],
        )
    with {"one": last, "pair": second, "hours": third}[show]:
        search.box(store, level)
    steps = [int(step) for step in store.setting("reach_steps_m")]
    reach = session.keep(
        "reach", session.now("reach", steps, int(store.setting("reach_m"))), label=say("control.reach"),
    )
    if show == "hours":
        with first:
            hour = session.slide("hour", say("hours.hour"), range(24), numbers.clock, default=hours.HOUR)
        return Asked(show, hours.NONE_OPEN, level, hours.setting(store, day, hour), reach, method, day, hour)
    if show == "pair":
        return Asked(show, pairs.DOWN, level, "", reach, method)
    offered = offer.indicators[level]
    with first:
        chosen = session.select(
            "indicator", say("control.indicator"), offered, lambda x: INDICATOR[x].title.of(language()),
            default=coverage.NEED.id if coverage.NEED.id in offered else offered[0],
        )
    indicator = INDICATOR[chosen]
    if indicator.setting != "reach_m":
        return Asked(show, indicator, level, "", reach, method)
    with third:
        reach = session.slide(
            "reach", say("control.reach"), steps, numbers.reach, default=int(store.setting("reach_m")),
        )
    return Asked(show, indicator, level, f"reach_m={reach}", reach, method)


def lead(store: Store, reach: int) -> str:
    """The city in one sentence: people in need beyond the reach."""
    row = store.indicator(coverage.NEED.id, "city", f"reach_m={reach}")
    if row.empty or row["status"].iloc[0] != "ok":
        return say("gap_map.lead_none")
    one = row.iloc[0]
    key = "lead_listed" if numbers.one_sided(one["value"], one["low"], one["high"]) else "lead"
    return say(
        f"gap_map.{key}", n=numbers.people(one["numerator"], city=True), share=numbers.percent(one["value"]),
        reach=numbers.reach(reach),
    )


def above(store: Store, level: str) -> None:
    """What changes the drawing alone: how classes are cut, rings for residents 65 or over, kinds of places drawn."""
    one, two = st.columns([1, 1.6], gap="medium", vertical_alignment="bottom")
    with one:
        session.pick("classes", say("classes.label"), classes.METHODS, lambda x: say(f"classes.{x}"), default="fixed")
    here = older.published(store, level)
    with two:
        session.toggle("older", say("older.toggle"), disabled=not here, help=None if here else say("older.not_here"))
    present = list(gap_map.statuses(store))
    if len(present) < 2:
        return
    chosen = st.pills(
        say("control.places"), present, format_func=lambda kind: say(f"kinds.{kind}"), selection_mode="multi",
        key=seeded(present),
    )
    session.keep("places", ",".join(kind for kind in present if kind in (chosen or [])) or "none")


def seeded(present: list[str]) -> str:
    """Settle which kinds of places are drawn before the row of kinds is; gives its key."""
    key, asked = "w_places", st.query_params.get("places")
    if key not in st.session_state or (asked is not None and asked != st.session_state.get("seen_places")):
        named = str(asked if asked is not None else session.held("places", PLACES)).split(",")
        st.session_state[key] = [kind for kind in present if kind in named]
    return key


def places_drawn(store: Store) -> list[str]:
    """The kinds of places on the map: those chosen, or the only one there is."""
    present = list(gap_map.statuses(store))
    named = str(session.held("places", PLACES)).split(",")
    return [kind for kind in present if kind in named] if len(present) > 1 else present


@dataclass(frozen=True)
class Told:
    """What differs from one view to another: words, key and table."""

    title: str
    sentence: str
    alt: str
    legend: str
    table: Callable[[], tables.Table]
    bases: list[str]
    cut: classes.Breaks | None = None
    pair: pairs.Pair | None = None


def told(store: Store, asked: Asked, *, rings: bool) -> Told:
    """The words, key and table of the view asked for."""
    found = gap_map.statuses(store)
    common = {
        "unit_key": f"level_n.{asked.level}", "services": {kind: len(rows) for kind, rows in found.items()},
        "closed": sum(int((rows != "active").sum()) for rows in found.values()),
        "more": older.key(store, asked.level) if rings else "",
    }
    chosen = session.held("area")

    def rows(frame: pd.DataFrame) -> list[tables.Column]:
        return [older.column(store, asked.level, frame["area_id"])] if rings else []

    if asked.show == "pair":
        both = pairs.pair(store, asked.level, asked.method)
        return Told(
            say("pair.question"), pairs.sentence(both, asked.level), say("pair.alt"), pairs.key(both, **common),
            lambda: pairs.table(both, chosen, rows(both.frame)), both.frame["basis"].dropna().unique().tolist(),
            pair=both,
        )
    shown = gap_map.values(store, asked.indicator, asked.level, asked.setting)
    cut = gap_map.breaks(store, asked.indicator, asked.level, asked.setting, asked.method)

    def table() -> tables.Table:
        frame = gap_map.with_class(shown.frame, asked.indicator, cut)
        more = [gap_map.class_column(frame, asked.indicator, cut), *rows(frame)]
        if asked.show == "hours":
            return hours.table(hours.without(frame), chosen, more)
        return tables.of_values(frame, asked.indicator, chosen=chosen, more=more)

    title = asked.indicator.question.of(language())
    if asked.show == "hours":
        common["unknown"] = say("status.unknown_hours")
        sentence = hours.sentence(store, hours.without(shown.frame), shown.city, asked.day, asked.hour)
    else:
        sentence = sentences.of_map(shown.frame, shown.city, asked.indicator, asked.level, cut)
    legend = legends.key(
        asked.indicator, shown.frame, city=None if shown.city is None else shown.city["value"], breaks=cut, **common,
    )
    return Told(
        title, sentence, say("gap_map.alt", level=begun_low(say(f"level.{asked.level}"))), legend, table,
        shown.frame["basis"].dropna().unique().tolist(), cut,
    )


def map_figure(store: Store, asked: Asked) -> figure.Figure:
    """The map, its key, its table, the card of the chosen area."""
    ringed = session.now("older", (True, False), False)
    rings = bool(ringed) and older.published(store, asked.level)
    for name, held in (("older", ringed or None), ("classes", asked.method)):
        session.keep(name, held)  # their controls are not drawn beside the table, and its link is the same
    now = told(store, asked, rings=rings)
    blind = webgl.absent()

    def warn() -> None:
        st.html(f'<div class="cv-empty">{figure.rich(say("gap_map.no_webgl"))}</div>')

    def draw() -> None:
        # Declared classes are left unsaid: what differs from them cannot be drawn as a picture yet (`drawn_map`).
        cut = None if asked.method == "fixed" else now.cut
        shown = maps.Map(
            store, asked.level, asked.indicator, asked.setting, session.held("area"), places_drawn(store), cut,
            now.pair, asked.method, rings,
        )
        maps.show(shown, key="gap_map", alt=figure.alt_of(now.sentence, now.alt))

    def beside() -> None:
        chosen, places = session.held("area"), store.areas("city")
        area = store.area(chosen) if chosen else None
        if area is not None or len(places):
            card = area if area is not None else places.iloc[0]
            cards.area(store, card, asked.indicator, asked.setting)

    behind = list(dict.fromkeys(
        name for indicator in ((pairs.DOWN, pairs.ACROSS) if asked.show == "pair" else (asked.indicator,))
        for name in sources.behind(store, indicator)
    ))
    straight = asked.show == "pair" or "service" in asked.indicator.tables
    method = [say("method.straight")] if straight else []
    return figure.Figure(
        id="map", title=now.title, sentence=now.sentence, draw=figure.nothing if blind else draw,
        controls=warn if blind else None, drawing=lambda: above(store, asked.level), beside=beside, table=now.table,
        indicator=asked.indicator, name=(asked.level, "pair" if asked.show == "pair" else asked.setting),
        legend=now.legend, bases=now.bases,
        source=sources.line(store, behind, method=" ".join([*method, gap_map.placed(store, asked.level)])),
        source_plain=sources.plain(store, behind),
        on_phone="table",
    )


def main() -> None:
    """The page."""
    store = session.store()
    head = st.container(gap="small")
    asked = controls(store)
    shown = map_figure(store, asked)
    with head:
        page.header("gap_map", lead(store, asked.reach), bases=shown.bases)
    figure.show(shown)
    page.limits([say(f"overview.not_{key}") for key in ("modelled", "near", "person")])


main()
