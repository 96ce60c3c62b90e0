"""Hours: the longest spell with nobody open, by area, and what one more evening would change."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import evenings
from indicators.opening import DAYS, HOURS, open_week
from loaders.store import Store
from partners.decisions import Number
from views import bars, figure, kept, numbers, session, tables
from views.bars import Row
from views.figure import Figure
from views.plan_city import City
from views.plan_words import Scenario, about, area_names, bases_of
from views.tables import Column, Table
from views.words import plural, say

LISTED = 12
FROM, TO = 17, 21  # an evening, as first offered [hours]


def week(store: Store, city: City) -> pd.DataFrame:
    """`opening.open_week` of every site; NaN where a site never told its hours."""
    schedule = store.schedule()
    own = schedule.merge(city.sites.reset_index()[["id", "service_id"]], on="service_id")
    return open_week(city.sites.index, own.rename(columns={"id": "place"}))


def spells_frame(store: Store, city: City, reach: float) -> pd.DataFrame:
    """`evenings.spells` by area with names, the longest first; areas with nobody in need left out."""
    told = evenings.spells(city.points, week(store, city), city.within(reach))
    names = area_names(store, city.level)
    told = told[told["people"] > 0].copy()
    told["name"] = [names.get(str(x), str(x)) for x in told["area_id"]]
    return told.sort_values(["hours", "name"], ascending=[False, True], ignore_index=True)


def spell_start(hours: float, start: float) -> str:
    """When the longest spell starts; « toute la semaine » where nothing opens, nothing where all is open."""
    if start < 0:
        return ""
    return say("plan.all_week") if hours >= HOURS - 0.5 else hour_words(start)


def hour_words(hour: float) -> str:
    """« vendredi, 18 h » of an hour of the week [0 to 167]."""
    return say("plan.day_at", day=say(f"weekday.{DAYS[int(hour) // 24]}"), time=numbers.clock(int(hour) % 24))


def spells_figure(store: Store, city: City, reach: float) -> Figure:
    """The longest spell with nobody open within reach, by area."""
    title, frame = say("plan.spells_title", reach=numbers.reach(reach)), spells_frame(store, city, reach)
    told = week(store, city).notna().all(axis=1)
    if not told.any():
        return Figure("spells", title, "", empty=say("plan.spells_untold"))
    some = frame[frame["starts"] >= 0]
    never = float(frame["never"].sum())
    parts = [say("plan.spells_never", n=numbers.people(never, city=True))]
    reached = some[some["never"] < some["people"]]
    if len(reached):
        row = reached.iloc[0]
        parts.append(say("plan.spells_longest", area=row["name"], hours=numbers.count(round(row["hours"])),
                         start=hour_words(row["starts"])))
    if not told.all():
        parts.append(plural("plan.untold_n", int((~told).sum()), n=numbers.count(int((~told).sum()))))
    rows = [
        Row(row.name, say("plan.hours_n", n=numbers.count(round(row.hours))), row.hours,
            row.least if row.least < row.hours else None, row.hours if row.least < row.hours else None,
            more=(spell_start(row.hours, row.starts), numbers.people(row.never)))
        for row in tables.records(frame.head(LISTED))
    ]
    heads = ["", say(f"level.{city.level}"), say("plan.spell_head"), say("plan.starts_head"), say("plan.never_head")]
    draw = kept.markup(lambda: [bars.to_html(rows, heads, title, simulated="simulated" in city.bases)])
    return Figure("spells", title, " ".join(parts), draw=draw, table=lambda: spells_table(frame),
                  bases=bases_of(city), name=("plan", f"{reach:g}"), **about(store, city))


def spells_table(frame: pd.DataFrame) -> Table:
    """Every area: mean longest spell, its least, when it starts, people with nothing open all week."""
    return Table([
        Column(say("table.area"), frame["name"].tolist(), "head"),
        Column(say("plan.spell_head"), [say("plan.hours_n", n=numbers.count(round(x))) for x in frame["hours"]],
               "number"),
        Column(say("plan.least_head"), [say("plan.hours_n", n=numbers.count(round(x))) for x in frame["least"]],
               "number", second=True),
        Column(say("plan.starts_head"), [spell_start(*x) for x in zip(frame["hours"], frame["starts"])], second=True),
        Column(say("plan.never_head"), [numbers.people(x) for x in frame["never"]], "number", second=True),
    ], frame, say("plan.spells_caption"))


def evenings_figure(store: Store, city: City, reach: float, opens: int, closes: int) -> Figure:
    """Which site, on which evening, would give most people somewhere open."""
    title = say("plan.evenings_title", opens=numbers.clock(opens), closes=numbers.clock(closes))
    told = evenings.evenings(city.points, week(store, city), city.within(reach), opens, closes)
    told = told[told["people_hours"] >= 0.5].reset_index(drop=True)
    if told.empty:
        return Figure("evenings", title, "", empty=say("plan.evenings_none"))
    names = city.sites["name"]
    first = told.iloc[0]
    sentence = say(
        "plan.evenings", name=names[first["place"]], day=say(f"weekday.{first['weekday']}"),
        n=numbers.people(first["people"]), reach=numbers.reach(reach), share=numbers.percent(first["share"]),
    )
    rows = [
        Row(str(names[row.place]), numbers.people(row.people), row.people, under=say(f"weekday.{row.weekday}"),
            more=(numbers.percent(row.share),))
        for row in tables.records(told.head(LISTED))
    ]
    heads = ["", say("plan.site"), say("plan.evening_people"), say("plan.evening_share")]
    draw = kept.markup(lambda: [bars.to_html(rows, heads, title, simulated="simulated" in city.bases)])
    table = Table([
        Column(say("plan.site"), [str(names[x]) for x in told["place"]], "head"),
        Column(say("plan.evening"), [say(f"weekday.{x}") for x in told["weekday"]]),
        Column(say("plan.evening_people"), [numbers.people(x) for x in told["people"]], "number"),
        Column(say("plan.evening_hours"), [numbers.people(x) for x in told["people_hours"]], "number", second=True),
        Column(say("plan.evening_share"), [numbers.percent(x) for x in told["share"]], "number", second=True),
    ], told, say("plan.evenings_caption"))
    return Figure("evenings", title, sentence, draw=draw, table=table, bases=bases_of(city),
                  name=("plan", f"{reach:g}", f"{opens}-{closes}"), **about(store, city))


def show(store: Store, city: City, reach: float) -> Scenario:
    """Everything about hours; gives what is on screen, for the log and the printed page."""
    figure.show(kept.figure(store, "plan.spells", lambda: spells_figure(store, city, reach), reach))
    hours = list(range(25))
    left, right, _ = st.columns([1, 1, 2.4], gap="medium")
    with left:
        opens = session.select("from", say("plan.from"), hours[:-1], numbers.clock, default=FROM)
    with right:
        later = [hour for hour in hours if hour > opens]
        closes = session.select("to", say("plan.to"), later, numbers.clock, default=TO if opens < TO else later[0])
    one = kept.figure(
        store, "plan.evenings", lambda: evenings_figure(store, city, reach, opens, closes), reach, opens, closes)
    figure.show(one)
    if one.empty:
        return Scenario("hours", "", (), ())
    frame, rows = spells_frame(store, city, reach), one.rows.export.head(LISTED)
    return Scenario(
        "hours", one.sentence, (
            Number("never", float(frame["never"].sum()), None, None, "people", city.bases[0]),
            Number("evening_people", float(rows["people"].iloc[0]), None, None, "people", city.bases[0]),
        ),
        tuple((f"{city.sites.loc[row.place, 'name']}, {say(f'weekday.{row.weekday}')}",
               (numbers.people(row.people), numbers.percent(row.share))) for row in tables.records(rows)),
        heads=(say("plan.evening_people"), say("plan.evening_share")),
    )
