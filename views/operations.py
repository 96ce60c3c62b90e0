"""For operators: which versions are published and whole, and giving readers an earlier one."""

from __future__ import annotations

import html

import streamlit as st

from loaders import store as published
from serving import limits
from views import access, figure, session
from views.words import say


def section() -> None:
    """The block, for operators alone: others see nothing of it."""
    if not access.may("versions"):
        return
    with st.container(key="fig-versions", gap="small"):
        st.header(say("operations.title"), anchor=False)
        _told()
        now = published.current_version(session.edition())
        others = [known for known in reversed(published.known_versions(session.edition())) if known != now]
        words = say("operations.lead" if others else "operations.alone", version=now)
        st.html(f'<p class="cv-sentence">{figure.rich(words)}</p>')
        if others:
            _choose(others)


def _choose(others: list[str]) -> None:
    """A version, a box to tick, a button: two gestures, so that no slip of the hand changes what a city reads."""
    whole = {known: published.readable(session.edition(), known) for known in others}
    with st.container(key="choose-version", width=560):
        chosen = st.selectbox(
            say("operations.choose"), others, key="operations_version",
            format_func=lambda x: say("operations.whole" if whole[x] else "operations.damaged", version=x),
        )
        sure = st.checkbox(say("operations.sure", version=chosen), key=f"operations_sure_{chosen}")
        st.button(
            say("operations.ask"), key="operations_ask", disabled=not (sure and whole[chosen]), on_click=_give,
            args=(chosen,), icon=":material/history:",
        )


def _give(version: str) -> None:
    client = access.client()
    if not limits.allow("form", client):
        st.session_state["operations_told"] = ("too_often", {"seconds": limits.wait("form", client)})
        return
    try:
        give_back(version)
        st.session_state["operations_told"] = ("done", {"version": version})
    except (published.LoadError, OSError):  # a build runs, the file is damaged, or the folder is only read from here
        st.session_state["operations_told"] = ("not_done", {})


def give_back(version: str) -> None:
    """Give readers another published version. Raises DeniedError for all but operators, LoadError, OSError."""
    access.require("versions", version=version)
    published.give_back(session.edition(), version)


def _told() -> None:
    """What came of the last act, once."""
    told = st.session_state.pop("operations_told", None)
    if told is not None:
        words = say(f"operations.{told[0]}", **told[1])
        st.html(f'<div class="cv-empty" role="status">{html.escape(words)}</div>')
