"""What is asked for, when, and is it met?"""

from __future__ import annotations

import html

import streamlit as st

from views import (
    alerts,
    awareness,
    changes,
    events,
    figure,
    funnel,
    page,
    referral_figures,
    seasons,
    session,
)
from views.words import say


def limits() -> None:
    """What the numbers of this page do not say."""
    paragraphs = "".join(
        f"<p>{html.escape(say(f'referrals.not_{key}'))}</p>"
        for key in ("see", "met", "person", "total", "event", "complete")
    )
    st.html(f'<div class="cv-limits"><h3>{html.escape(say("referrals.not_title"))}</h3>{paragraphs}</div>')


def main() -> None:
    """The page."""
    store = session.store()
    page.header("referrals", referral_figures.lead(store), bases=store.referral_cuts()["basis"].unique().tolist())
    for made in (
        referral_figures.weeks_figure, alerts.alerts_figure, events.events_figure, referral_figures.needs_figure,
        changes.changes_figure, referral_figures.areas_figure, awareness.awareness_figure, funnel.funnel_figure,
    ):
        figure.show(made(store))
    with st.expander(say("referrals.details")):
        figure.show(seasons.seasons_figure(store))
    limits()


main()
