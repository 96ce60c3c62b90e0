"""What every page shares: the strip above it, its kicker, question and lead, the simulated banner, the foot."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from views import access, figure, frame, numbers, session, unread
from views.city import listing_notice
from views.words import local, plural, say


def strip() -> None:
    """Edition and version on the left, FR | EN on the right."""
    settings = session.store().settings
    with st.container(key="strip", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        words = say(
            "strip.version", edition=local(settings["title_fr"], settings["title_en"]),
            day=numbers.version_day(session.version()),
        )
        # Our own script and nobody's input: the page says its language, and the framework's words are said in it.
        shown = f'<span class="cv-strip">{html.escape(words)}</span>{frame.mark()}'
        st.html(shown, width="stretch", unsafe_allow_javascript=True)
        session.language_switch()


def notices(name: str) -> None:
    """What is to know about the version: the link was to a removed one; a newer one exists, with its button."""
    if session.gone(name):
        st.html(f'<div class="cv-empty">{html.escape(say("version.gone"))}</div>', width="content")
    if session.newer():
        with st.container(key="notice", horizontal=True, vertical_alignment="center"):
            st.html(f'<div class="cv-empty">{html.escape(say("version.newer"))}</div>', width="content")
            st.button(say("version.read_newest"), on_click=session.read_newest, type="tertiary")


def astray(place: DeltaGenerator) -> None:
    """Say in `place`, above the page, what its address asked for in vain, what stands instead, and the way on.

    Called after the page: only its selectors know what they do not have. Draws nothing where all was found.
    """
    told = unread.listed()
    if not told:
        return
    words = html.escape("; ".join(told), quote=False)
    with place.container(key="astray", horizontal=True, vertical_alignment="center"):
        st.html(
            f'<div class="cv-empty" role="status">{figure.rich(plural("unread.lead", len(told)))} {words}. '
            f'{figure.rich(say("unread.way_on"))}</div>', width="content",
        )
        st.button(say("unread.hide"), on_click=unread.forget, type="tertiary")


def header(name: str, lead: str, *, bases: Sequence[str] = (), title: str = "") -> None:
    """Notices, kicker (the page's name), h1 (its question), lead (`**x**` is bold), banner if anything is simulated.

    `name` is the page's file name: the words are `nav.<name>` and `<name>.title`. A page about one place gives its
    finding as `title`.
    """
    session.routed()
    notices(name)
    st.html(f'<p class="cv-kicker">{html.escape(say(f"nav.{name}"))}</p>')
    st.title(title or say(f"{name}.title"), anchor=False)
    st.html(f'<p class="cv-lead">{figure.rich(lead)}</p>')
    if "simulated" in bases:
        simulated()
    incomplete = listing_notice(session.store())
    if incomplete and name in ("overview", "gap_map", "risk_factors", "my_area", "services", "plan"):
        st.html(f'<div class="cv-sim" role="note">{html.escape(incomplete)}</div>')


def simulated() -> None:
    """The banner of a page where a number is simulated."""
    st.html(
        f'<div class="cv-sim" role="note"><b>{html.escape(say("simulated.title"))}</b> '
        f'{html.escape(say("simulated.text"))} {figure.tag("simulated")}</div>'
    )


def limits(told: Sequence[str], *, title: str = "") -> None:
    """The box of what the numbers of a page do not say: one plain sentence a line."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in told)
    st.html(f'<div class="cv-limits"><h3>{html.escape(title or say("limits.title"))}</h3>{lines}</div>')


def foot() -> None:
    """Where to turn now, and what this site keeps: the same lines under every page."""
    st.html(
        f'<div class="cv-foot"><p><b>{html.escape(say("foot.help"))}</b></p>'
        f"<p>{html.escape(say('foot.area'))}</p><p>{html.escape(say('foot.offline'))}</p></div>"
    )
    access.sign_in("foot")
