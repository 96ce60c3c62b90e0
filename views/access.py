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
    st.html(f'<div class="cv-empty" role="note">{html.escape(reserved(act))}</div>')
    if settings.served().provider is not None:
        sign_in("here")


def reserved(act: str) -> str:
    """The words: for whom the act is, and how to become one of them."""
    how = "access.no_provider" if settings.served().provider is None else "access.sign_in_how"
    return f"{say(f'access.{act}')} {say(how)}"


def sign_in(where: str) -> None:
    """The button that takes to the provider, or, for who is signed in, the one that leaves; none without a provider.

    `where` tells two of them on one page apart.
    """
    if settings.served().provider is None:
        return
    inside = bool(st.user.get("is_logged_in"))
    words, act = ("access.sign_out", st.logout) if inside else ("access.sign_in", st.login)
    st.button(say(words), on_click=act, type="tertiary", key=f"sign_{where}", icon=":material/person:")


def client() -> str:
    """What limits count this visit by: the address of its connection; "" on the machine itself, where there is one."""
    return st.context.ip_address or ""
