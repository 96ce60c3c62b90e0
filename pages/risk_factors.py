"""Who is at risk, and how much more than others?"""

from __future__ import annotations

import streamlit as st

from views import crossed, equity, figure, kept, page, risk_groups, session, spread, survey_years
from views.words import say


def main() -> None:
    """The page."""
    store = session.store()
    everything = risk_groups.published(store)
    if everything.empty:
        page.header("risk_factors", say("risk_factors.lead_none"))
    else:
        bases = everything["basis"].unique().tolist()
        page.header("risk_factors", risk_groups.lead(store, everything), bases=bases)
        rows = risk_groups.chosen_groups(everything)
        groups = session.held("groups")
        left, right = st.columns([1.5, 1], gap="large")
        with left:
            figure.show(kept.figure(store, "ratios", lambda: risk_groups.ratio_figure(store, rows, everything), groups))
        with right:
            figure.show(kept.figure(store, "heads", lambda: risk_groups.head_figure(store, rows), groups))
        figure.show(kept.figure(store, "crossed", lambda: crossed.crossed_figure(store)))
    figure.show(kept.figure(store, "fifths", lambda: equity.fifths_figure(store)))
    figure.show(kept.figure(store, "around", lambda: equity.around_figure(store)))
    if not everything.empty:
        figure.show(kept.figure(store, "years", lambda: survey_years.years_figure(store)))
    with st.expander(say("risk_factors.details")):
        figure.show(kept.figure(store, "spread", lambda: spread.spread_figure(store)))


main()
