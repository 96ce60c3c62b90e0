"""What a reader sees when a page breaks: that it did, a number to give, and a way on. Never where, nor why."""

from __future__ import annotations

import html

import streamlit as st

from serving import logs
from serving.roles import DeniedError
from serving.turns import BusyError
from views import access
from views.words import LANGUAGES, language, say, speaking


def show(error: Exception) -> bool:
    """Say in both languages that the page broke, under the number the log holds; true: the framework says nothing."""
    if isinstance(error, DeniedError):
        access.explain(str(error))
        return True
    kind = "wait" if isinstance(error, BusyError) else "broken"
    number = logs.fault(error, "page") if kind == "broken" else ""
    st.html(f'<div class="cv-empty" role="alert">{"".join(_told(kind, number, name) for name in _order())}</div>')
    return True


def _order() -> list[str]:
    return sorted(LANGUAGES, key=lambda name: name != language())


def _told(kind: str, number: str, name: str) -> str:
    with speaking(name):
        title = say(f"notice.{kind}.title")
        text = say("notice.broken.text", incident=number) if kind == "broken" else say("incident.busy")
        onward = say("notice.unknown.again")
    return (
        f'<p lang="{name}"><b>{html.escape(title)}.</b> {html.escape(text)} '
        f'<a href="/?lang={name}" target="_self">{html.escape(onward)}</a></p>'
    )
