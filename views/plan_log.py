"""The decision log on the page: writing down what was decided on a scenario, and reading it again, then beside now."""

from __future__ import annotations

import html
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from loaders.store import Store
from partners.decisions import Decision, DecisionError, DecisionLog, Entry, Number, View, address, then_and_now
from views import access, figure, numbers, tables
from views.figure import Figure
from views.plan_words import Scenario
from views.tables import Column, Table
from views.words import plural, say

ACT = "decisions"


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(where: str) -> DecisionLog:
    return DecisionLog(where)


def log() -> DecisionLog:
    """The log of this server; for who may read it."""
    access.require(ACT)
    return _opened(address())


def view_of(store: Store, scenario: Scenario) -> View:
    """What is on screen: the version, what the address holds, the numbers."""
    kept_out = ("lang", "version", "decision")
    asked = {name: value for name, value in st.query_params.items() if name not in kept_out}
    return View(store.edition, store.version, "plan", asked, scenario.numbers)


def link_of(entry: Entry, *, then: bool) -> str:
    """The address that reopens a line: with the version of then, or the newest."""
    asked = {**entry.view.parameters, "decision": str(entry.decision_id)}
    return f"plan?{urlencode(sorted((asked | ({'version': entry.view.version} if then else {})).items()))}"


# --- then and now ------------------------------------------------------------------------------------------


def reopened(store: Store, scenario: Scenario) -> None:
    """Above a scenario opened from the log: what was decided, its numbers then and now."""
    asked = st.query_params.get("decision", "")
    if not asked.isdecimal() or len(asked) > 9 or not access.may(ACT):
        return
    entry = log().one(int(asked))
    if entry is None or entry.view.edition != store.edition:
        st.html(f'<div class="cv-empty" role="note">{html.escape(say("plan.no_line", n=asked))}</div>')
        return
    figure.show(then_figure(entry, scenario.numbers, store.version))


def then_figure(entry: Entry, now: tuple[Number, ...], version: str) -> Figure:
    """One line of the log: what was decided, and each number then and now."""
    said = entry.decision
    rows = then_and_now(entry, now)
    told = [
        say("plan.decided", title=said.title, who=said.decided_by, day=numbers.day(entry.saved_at.date())),
        say("plan.decided_what", what=said.decision), say("plan.decided_why", why=said.reason),
    ]
    if entry.withdrawn:
        told.append(say("plan.withdrawn"))
    elif not entry.current:
        told.append(say("plan.replaced"))
    if not entry.intact:
        told.append(say("plan.not_intact"))
    told.append(say("plan.versions", then=numbers.version_day(entry.view.version), now=numbers.version_day(version)))
    table = Table([
        Column(say("plan.number"), [say(f"plan.number_{name}") for name in rows["name"]], "head"),
        Column(say("plan.then"), [shown(row.then, row.unit) for row in tables.records(rows)], "number"),
        Column(say("plan.now"), [shown(row.now, row.unit) for row in tables.records(rows)], "number"),
        Column(say("plan.change"), [change(row.change, row.unit) for row in tables.records(rows)], "number"),
    ], rows, say("plan.then_caption"))
    return Figure("then", say("plan.then_title"), " ".join(told), table=table, bases=["modelled"])


def shown(value: float, unit: str) -> str:
    """A number of a scenario, or a dash in words."""
    if not numbers.known(value):
        return say("plan.no_number")
    return numbers.metres(value) if unit == "metres" else numbers.people(value) if unit == "people" else numbers.count(
        round(value))


def change(value: float, unit: str) -> str:
    """A difference with its sign; « aucun » where both read the same."""
    if not numbers.known(value):
        return ""
    if abs(value) < 0.5:
        return say("plan.same")
    return f"{'+' if value > 0 else '−'}{shown(abs(value), unit)}"


# --- writing, listing ---------------------------------------------------------------------------------------


def show(store: Store, scenario: Scenario) -> None:
    """The form where there is a scenario, then every line; for analysts."""
    st.header(say("plan.log_title"), anchor=False)
    if not access.may(ACT):
        access.explain(ACT)
        return
    if scenario.numbers:
        with st.expander(say("plan.write")):
            _form(store, scenario)
    entries = log().entries(store.edition)
    if not entries:
        st.html(f'<div class="cv-empty">{html.escape(say("plan.log_empty"))}</div>')
        return
    figure.show(list_figure(entries))


def _form(store: Store, scenario: Scenario) -> None:
    with st.form("decision", border=False):
        texts = {
            "title": st.text_input(say("plan.box_title"), max_chars=200, key="d_title"),
            "decided_by": st.text_input(say("plan.box_decided_by"), max_chars=200, key="d_decided_by"),
            "decision": st.text_area(say("plan.box_decision"), max_chars=4000, key="d_decision", height=100),
            "reason": st.text_area(say("plan.box_reason"), max_chars=4000, key="d_reason", height=100),
        }
        sent = st.form_submit_button(say("plan.save"), type="primary")
    if not sent:
        return
    who = access.person()
    try:
        number = log().save(view_of(store, scenario), Decision(**texts, author=who.mark or who.role))
    except DecisionError as error:
        st.error(say(f"plan.box_{error.rule}", box=say(f"plan.box_{error.field}")))
        return
    st.success(say("plan.saved", n=number))


def list_figure(entries: list[Entry]) -> Figure:
    """Every line, newest first: the link reopens it with today’s numbers."""
    frame = pd.DataFrame([{
        "decision_id": entry.decision_id, "saved_at": entry.saved_at, "title": entry.decision.title,
        "decided_by": entry.decision.decided_by, "decision": entry.decision.decision, "reason": entry.decision.reason,
        "version": entry.view.version, "state": state(entry), "figure_hash": entry.figure_hash,
    } for entry in entries])
    links = [
        f'<a href="{html.escape(link_of(entry, then=False))}" target="_self">{html.escape(entry.decision.title)}</a>'
        for entry in entries
    ]
    table = Table([
        Column(say("plan.box_title"), frame["title"].tolist(), "head", html=links,
               under=[say("plan.line_n", n=x) for x in frame["decision_id"]]),
        Column(say("plan.box_decided_by"), frame["decided_by"].tolist()),
        Column(say("plan.box_decision"), frame["decision"].tolist(), second=True),
        Column(say("plan.saved_on"), [numbers.day(x.date()) for x in frame["saved_at"]]),
        Column(say("plan.state"), [say(f"plan.state_{x}") for x in frame["state"]], second=True),
    ], frame.assign(saved_at=[entry.saved_at.isoformat() for entry in entries]), say("plan.log_caption"))
    live = int((frame["state"] == "current").sum())
    return Figure("log", say("plan.log_list"), plural("plan.log_n", live, n=numbers.count(live)), table=table,
                  bases=["counted"])


def state(entry: Entry) -> str:
    """Current, replaced by a later line, or withdrawn."""
    return "withdrawn" if entry.withdrawn else "current" if entry.current else "replaced"

