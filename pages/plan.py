"""What if one closes, where should one open, when is nobody open?"""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from views import (
    brief_docx,
    brief_pdf,
    numbers,
    page,
    plan_brief,
    plan_city,
    plan_close,
    plan_hours,
    plan_log,
    plan_open,
    plan_surge,
    session,
)
from views.plan_words import Scenario
from views.words import language, say, speaking

KINDS = ("close", "open", "hours", "surge")


def controls() -> tuple[str, float]:
    """The question asked, and the reach [m]."""
    store = session.store()
    left, right = st.columns([2, 1], gap="medium")
    with left:
        kind = session.pick("what", say("plan.what"), KINDS, lambda x: say(f"plan.what_{x}"), default="close")
    steps = [int(step) for step in store.setting("reach_steps_m")]
    if kind == "surge":
        return kind, float(store.setting("reach_m"))
    with right:
        usual = int(store.setting("reach_m"))
        reach = session.slide("reach", say("control.reach"), steps, numbers.reach, default=usual)
    return kind, float(reach)


def printed(city: plan_city.City, scenario: Scenario, reach: float) -> None:
    """The scenario as a page to print, and the same words as a text document."""
    store, link, spoken = session.store(), session.link(), language()

    def made(form: str) -> bytes:
        with speaking(spoken):  # Streamlit makes the file outside the visit: language and link go with it
            content = plan_brief.of(store, city, scenario, reach=reach, link=link)
            return brief_pdf.made(content) if form == "pdf" else brief_docx.made(content)

    with st.container(horizontal=True, gap="small"):
        for form, mime in (
            ("pdf", "application/pdf"),
            ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ):
            st.download_button(
                say(f"plan.print_{form}"), data=partial(made, form), mime=mime, key=f"plan_{form}", on_click="ignore",
                file_name=f"couvert-{store.edition}-{scenario.kind}-{store.version}.{form}",
                type="primary" if form == "pdf" else "secondary",
            )


def main() -> None:
    """The page: one question at a time, its answer, the printed page, the log."""
    store = session.store()
    city = plan_city.city(store)
    page.header("plan", say("plan.lead"), bases=city.bases)
    kind, reach = controls()
    above = st.container()
    if city.sites.empty and kind != "surge":
        st.html(f'<div class="cv-empty">{html.escape(say("plan.no_sites"))}</div>')
        scenario = Scenario(kind, "", (), ())
    elif kind == "close":
        scenario = plan_close.show(store, city, reach)
    elif kind == "open":
        scenario = plan_open.show(store, city, reach)
    elif kind == "hours":
        scenario = plan_hours.show(store, city, reach)
    else:
        scenario = plan_surge.show(store)
    with above:
        plan_log.reopened(store, scenario)
    if scenario.numbers:
        printed(city, scenario, reach)
    plan_log.show(store, scenario)
    page.limits([say(f"plan.not_{key}") for key in ("listed", "straight", "behaviour", "best")])


main()
