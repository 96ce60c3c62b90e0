"""What is asked for, when, and is it met?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from views import alerts, awareness, changes, events, figure, funnel, kept, page, referral_figures, seasons, session
from views.figure import Figure
from views.session import Store
from views.words import plural, say


def figures(store: Store) -> list[Figure]:
    """In the order they are read: whether requests moved, what, where, beside need, what became of them; the season."""
    level, chosen = referral_figures.place(store)
    makers: dict[str, Callable[..., Figure]] = {
        "weeks": referral_figures.weeks_figure, "alerts": alerts.alerts_figure, "events": events.events_figure,
        "needs": referral_figures.needs_figure, "changes": changes.changes_figure,
        "areas": referral_figures.areas_figure, "asked": awareness.awareness_figure, "help": funnel.funnel_figure,
        "seasons": seasons.seasons_figure,
    }
    by_place = ("areas", "asked")
    return [
        kept.figure(store, name, partial(make, store, *((level, chosen) if name in by_place else ())),
                    *((level, chosen) if name in by_place else ()))
        for name, make in makers.items()
    ]


def limits() -> None:
    """What the numbers of this page do not say."""
    page.limits([
        say(f"referrals.not_{key}") for key in ("see", "met", "person", "total", "event", "complete")
    ])


def main() -> None:
    """The page: what can be told, the season folded; the questions the source leaves open, folded together."""
    store = session.store()
    page.header("referrals", referral_figures.lead(store), bases=store.referral_cuts()["basis"].unique().tolist())
    first, *others, season = figures(store)
    for one in (first, *(one for one in others if not one.empty)):
        figure.show(one)
    if not season.empty:
        with st.expander(say("referrals.details")):
            figure.show(season)
    absent = [one for one in (*others, season) if one.empty]
    if absent:
        with st.expander(plural("referrals.absent", len(absent), n=len(absent))):
            for one in absent:
                figure.show(one)
    limits()


main()
