"""What help is listed, and can we trust the listing?"""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from indicators.rates import share
from views import (
    figure,
    kept,
    numbers,
    page,
    service_filters,
    service_list,
    service_map,
    services,
    session,
    trust_figures,
)
from views.figure import Figure
from views.services import Asked
from views.session import Store
from views.words import begun_low, plural, say


def lead(store: Store, frame: pd.DataFrame) -> str:
    """How many food-aid services are listed, active, verified within six months; then what else is listed."""
    if frame.empty:
        return say("services.lead_none")
    every = frame.drop_duplicates("service_id")
    food = every["kind"] == str(store.setting("food_kind"))
    each, others = every[food], every[~food]
    active = each[each["service_status"] == "active"]
    said = say("services.lead_all_active") if 1 < len(active) == len(each) else (
        say("services.lead_active", n=numbers.count(len(active))))
    told = [plural("services.lead", len(each), n=numbers.count(len(each)), active=said)]
    if len(active):
        recent = int((active["fresh"] == "recent").sum())
        of_active = numbers.percent(share(recent, len(active)))
        told.append(
            plural("services.lead_recent", recent, n=numbers.count(recent), share=of_active)
            if recent else say("services.lead_recent_none")
        )
    if len(others):
        kinds = ", ".join(begun_low(say(f"kind.{kind}")) for kind in sorted(others["kind"].unique()))
        told.append(plural("services.lead_others", len(others), n=numbers.count(len(others)), kinds=kinds))
    return " ".join([*told, say("services.lead_call")])


def count_line(store: Store, found: pd.DataFrame, frame: pd.DataFrame, asked: Asked, silent: int) -> None:
    """How many services the filters keep, said aloud when it changes; the filters that hold; the button that clears."""
    count, every = services.counted(found), services.counted(frame)
    words = plural("services.results", count, n=numbers.count(count), every=numbers.count(every)) if count else (
        say("services.no_results", every=numbers.count(every)))
    places = len(found)
    if places != count:
        words += " " + plural("services.at_places", places, n=numbers.count(places))
    told = say("services.filters", list=" · ".join(service_filters.told(store, asked)))
    hidden = " " + plural("services.silent", silent, n=numbers.count(silent)) if silent else ""
    with st.container(key="services-count", horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<p class="cv-count" role="status" aria-live="polite"><b>{html.escape(words)}</b> '
            f"{html.escape(told)}{html.escape(hidden)}</p>", width="stretch",
        )
        if asked != service_filters.at_rest(store, frame):
            st.button(say("services.clear"), on_click=service_filters.clear, icon=":material/close:", type="tertiary")


def list_figure(store: Store, found: pd.DataFrame, frame: pd.DataFrame, asked: Asked, silent: int) -> Figure:
    """The filters, how many services they keep, and the services page by page."""
    shared = trust_figures.about(store, found if len(found) else frame)
    title = say("services.list_title")
    if frame.empty:
        return Figure("list", title, "", empty=say("services.empty"), **shared)

    def draw() -> None:
        if found.empty:
            none = say("services.none_here" if asked.area else "services.no_result")
            st.html(f'<div class="cv-empty" role="status">{html.escape(none)}</div>')
            return
        last = service_list.pages(found)
        at = st.session_state[session.seed("page", range(1, last + 1), 1)]
        st.html(service_list.to_html(
            service_list.page_of(found, at), (at - 1) * service_list.PER_PAGE + 1, title,
        ))
        if last > 1:
            with st.container(key="services-page", width=220):
                session.select(
                    "page", say("services.page_label"), range(1, last + 1),
                    lambda n: say("services.page_of", n=numbers.count(n), last=numbers.count(last)), default=1,
                )

    return Figure(
        "list", title, say("services.list_sentence"), draw=draw, table=lambda: service_list.table(found),
        controls=lambda: count_line(store, found, frame, asked, silent), name=("services",), **shared,
    )


def map_figure(store: Store, found: pd.DataFrame, asked: Asked) -> Figure:
    """Where the kept services are."""
    title, placed = say("services.map_title"), service_map.placed(found)
    shared = trust_figures.about(store, found)
    if placed.empty:
        empty = say("services.map_none" if len(found) else "services.no_result")
        return Figure("map", title, "", empty=empty, **shared)
    away = len(found) - len(placed)
    told = [plural("services.map_sentence", len(placed), n=numbers.count(len(placed)))]
    if away:
        told.append(plural("services.map_away", away, n=numbers.count(away)))
    sentence = " ".join([*told, say("services.map_near")])
    level = trust_figures.level_shown(store)

    def draw() -> None:
        service_map.show(store, found, level, asked.area, key="services_map",
                         alt=figure.alt_of(sentence, say("services.map_alt")))

    return Figure(
        "map", title, sentence, draw=draw, table=lambda: service_list.table(placed), legend=service_map.key(found),
        name=("services", "map"), on_phone="table", **shared,
    )


def limits() -> None:
    """What the listing does not say."""
    told = [say(f"services.not_{key}") for key in ("listed", "call", "hours", "open")]
    page.limits(told, title=say("services.not_title"))


def trust(store: Store, frame: pd.DataFrame, scope: pd.DataFrame, asked: Asked) -> None:
    """Hours, ages, calls, changes and what may be missing: `scope` is what the lasting filters keep."""
    lasting, level = asked.lasting(), trust_figures.level_shown(store)
    schedule = services.schedule(store)
    makers = (
        ("hours", (lasting, asked.day, asked.at), lambda: trust_figures.hours_figure(store, scope, schedule, asked)),
        ("reach", level, lambda: trust_figures.reach_figure(store, level)),
        ("ages", lasting, lambda: trust_figures.ages_figure(store, scope)),
        ("calls", lasting, lambda: trust_figures.calls_figure(store, scope)),
    )
    after = (
        ("events", "", lambda: trust_figures.events_figure(store)),
        ("unlisted", "", lambda: trust_figures.unlisted_figure(store)),
    )
    shown: list[Figure | None] = [kept.once(store, f"services.{name}", make, chosen) for name, chosen, make in makers]
    shown.append(trust_figures.changes_figure(store, frame))
    shown += [kept.once(store, f"services.{name}", make, chosen) for name, chosen, make in after]
    for made in shown:
        if made is not None:
            figure.show(made)


def main() -> None:
    """The page."""
    store = session.store()
    frame = services.rows(store)
    page.header("services", lead(store, frame), bases=frame["basis"].unique().tolist())
    asked = Asked() if frame.empty else service_filters.controls(store, frame)
    schedule = services.schedule(store)
    near = services.near(store, frame, asked)
    found = services.kept(frame, asked, schedule, near)
    scope = services.kept(frame, asked.lasting(), schedule, near)
    silent = services.untold(frame, asked, schedule, near)
    figure.show(list_figure(store, found, frame, asked, silent))
    figure.show(map_figure(store, found, asked))
    trust(store, frame, scope, asked)
    limits()


main()
