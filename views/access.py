"""What this visit may do, and what is said where it may not."""

from __future__ import annotations

import html

import streamlit as st

from serving import logs, roles, settings
from serving.roles import DeniedError, Person
from views.words import say


def person() -> Person:
    """Who this visit is."""
    served = settings.served()
    user = dict(st.user) if served.provider is not None else {}
    return roles.person(served, st.context.headers.keys(), user)


def may(act: str) -> bool:
    """Whether to show what an act needs."""
    return person().may(act)


def require(act: str, **facts: str | int) -> None:
    """Stop unless this visit may do `act`: where data are given or taken, whatever the page showed. Both are logged."""
    who = person()
    granted = who.may(act)
    logs.audit(act, granted=granted, role=who.role, mark=who.mark, **facts)
    if not granted:
        raise DeniedError(act)


def explain(act: str) -> None:
    """In place of what the visit may not do: for whom it is, and how to become one of them."""
    provider = settings.served().provider is not None
    how = say("access.sign_in_how") if provider else say("access.no_provider")
    told = f"{say(f'access.{act}')} {how}"
    st.html(f'<div class="cv-empty" role="note">{html.escape(told)}</div>')
    if provider:
        sign_in()


def sign_in() -> None:
    """The button that takes to the provider, or, for who is signed in, the one that leaves."""
    if st.user.get("is_logged_in"):
        st.button(say("access.sign_out"), on_click=st.logout, type="tertiary", key="sign_out")
    else:
        st.button(say("access.sign_in"), on_click=st.login, type="tertiary", key="sign_in")
