"""Scenarios: closing, opening, one more evening, a mail-out; what was decided, then beside now."""

from __future__ import annotations

import html
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from loaders.store import Store
from partners.decisions import Decision, DecisionLog, Entry
from serving import roles
from tests.pages.visit import asked
from tests.pages.visit import shown as whole_page
from views import access, brief_pdf, plan_brief, plan_city, plan_close, plan_hours, plan_log, plan_open, words
from views.plan_words import Scenario


@pytest.fixture(autouse=True)
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'decisions.sqlite'}"
    monkeypatch.setenv("COUVERT_DECISIONS", address)
    return address


def shown(app: AppTest) -> str:
    """The words of the page."""
    return html.unescape(whole_page(app))


def opened(app: AppTest, **address: str) -> str:
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/plan.py").run()
    assert not app.exception
    return shown(app)


# People are shown to the nearest hundred from fifty on.
# At 1,100 m, S1 and S2 both serve P1 [25 in need] and P2 [30]; S3 alone serves P4 [10]; P3 [30] has nobody.


@pytest.mark.parametrize(("lang", "told"), [
    ("fr", ("<b>100 personnes touchées</b> de plus", "Elles passent de 30 à 100", "c’est démontré")),
    ("en", ("<b>100 more people in need</b>", "They go from 30 to 100", "this is proven")),
])
def test_the_worst_three_closures_leave_everyone_without(app: AppTest, lang: str, told: tuple[str, ...]) -> None:
    page = opened(app, lang=lang)
    for words_of in told:
        assert words_of in page
    assert asked(app, "what") == "close" and asked(app, "event") == "worst"


def test_closing_a_place_that_another_doubles_takes_nobody_their_only_one(app: AppTest) -> None:
    page = opened(app, lang="fr", event="chosen", close="S1@L1")
    assert "Si ce lieu ferme, personne ne perd son seul lieu" in page and asked(app, "close") == "S1@L1"
    app.multiselect[0].set_value(["S1@L1", "S2@L2"]).run()
    page = shown(app)
    assert "Si ces 2 lieux ferment, <b>100 personnes touchées</b> de plus" in page
    assert asked(app, "close") == "S1@L1,S2@L2"


@pytest.mark.parametrize("close", ["nowhere", "S1@L1,<script>", "", "," * 50])
def test_places_an_address_invents_are_left_aside(app: AppTest, close: str) -> None:
    page = opened(app, lang="en", event="chosen", close=close)
    assert "S1@L1,<script>" not in page and ("Choose at least one place" in page or "If this place closes" in page)


@pytest.mark.parametrize(("event", "more"), [
    ("area", {"flood": "T3"}), ("organization", {"funded": "Organisme fictif B"}),
])
def test_an_event_closes_every_place_of_an_area_or_an_organization(
    app: AppTest, event: str, more: dict[str, str]
) -> None:
    page = opened(app, lang="en", event=event, **more)
    assert "If this place closes, <b>10 more people in need</b>" in page and "Most are in" in page


def test_closing_then_opening_again_gives_the_map_back(store: Store) -> None:
    city = plan_city.city(store)
    before = plan_close.changed(city, 1100.0, ["S1@L1", "S2@L2"])
    again = plan_close.changed(city, 1100.0, [])
    told = store.indicator("need_out_of_reach", "city", "reach_m=1100").iloc[0]["numerator"]
    assert before.total("before") == again.total("before") == again.total("after") == told == 30
    assert again.total("newly") == 0 and before.total("newly") == 55


def test_each_place_alone(store: Store) -> None:
    told = plan_close.critical(plan_city.city(store), 1100.0)
    assert told["uncovered"].to_dict() == {"S3@L3": 10.0, "S1@L1": 0.0, "S2@L2": 0.0}
    assert [told["uncovered_low"]["S3@L3"], told["uncovered_high"]["S3@L3"]] == [10.0, 20.0]


def test_where_to_open(app: AppTest, store: Store) -> None:
    page = opened(app, lang="en", what="open", open="1")
    assert "brings <b>30</b>" in page and "Each answer is proven" in page
    several = plan_open.options(store, plan_city.city(store), "grid", 1100.0, 1)
    assert [one.rule for one in several] == ["covering", "median", "center"]
    covering = several[0]
    assert covering.told["newly"] == 30 and covering.found.gap == 0
    start = plan_open.today(plan_city.city(store), 1100.0)
    assert start["near"] == 65 and start["farthest"] == pytest.approx(1953.6, abs=0.1)
    assert all(one.told["farthest"] <= start["farthest"] + 1e-6 for one in several)


def test_a_kind_whose_places_help_nobody_says_so(app: AppTest) -> None:
    page = opened(app, lang="en", what="open", where="grocery", open="1")
    assert "No site of this list brings anyone more within 1.1" in page


def test_nobody_open(app: AppTest, store: Store) -> None:
    page = opened(app, lang="fr", what="hours")
    assert "n’ont aucun lieu ouvert à portée de toute la semaine" in page and "n’a pas dit ses heures" in page
    frame = plan_hours.spells_frame(store, plan_city.city(store), 1100.0).set_index("area_id")
    # T1 is P1: Monday 17 h to 19 h 30 (S1) and Wednesday 10 to 13 h: from Wednesday 13 h to Monday 17 h, 124 hours.
    assert frame.loc["T1", "hours"] == 124 and frame.loc["T1", "starts"] == 2 * 24 + 13


def test_a_mail_out(app: AppTest) -> None:
    page = opened(app, lang="en", what="surge", households="20000", lines="6")
    assert "calls in the first hour, for a line that takes 45" in page and "does not cope" in page
    assert "waves" in page
    app.number_input(key="w_lines").set_value(100).run()
    assert "It <b>holds</b>" in shown(app)


# --- the log -----------------------------------------------------------------------------------------------


def write(app: AppTest, title: str = "Garder S3") -> None:
    app.text_input(key="d_title").set_value(title)
    app.text_input(key="d_decided_by").set_value("Conseil")
    app.text_area(key="d_decision").set_value("On garde le lieu.")
    app.text_area(key="d_reason").set_value("Dix personnes.")
    next(button for button in app.button if "décision" in button.label or "down" in button.label).click().run()
    assert not app.exception


def test_a_decision_is_written_then_reopened_with_then_and_now(app: AppTest, where: str) -> None:
    opened(app, lang="fr", event="chosen", close="S3@L3")
    write(app)
    assert "Décision 1 notée" in app.success[0].value
    log = DecisionLog(where)
    entry = log.one(1)
    assert entry is not None and entry.view.parameters["close"] == "S3@L3" and entry.decision.title == "Garder S3"
    assert {one.name: one.value for one in entry.view.numbers}["newly"] == 10
    # Another day, another version: the numbers kept are those of then.
    then = replace(entry.view, version="2026-01-01-001",
                   numbers=tuple(replace(one, value=4.0) if one.name == "newly" else one for one in entry.view.numbers))
    log.save(then, replace(entry.decision, title="Ancienne"))
    log.close()
    page = opened(app, decision="2")
    assert "Qu’est-ce qui a changé depuis la décision?" in [head.value for head in app.header]
    assert "Ancienne" in page and "+6" in page and "1er janvier 2026" in page.replace("\u00a0", " ")


def test_an_empty_box_is_said_and_nothing_is_kept(app: AppTest, where: str) -> None:
    opened(app, lang="fr", event="chosen", close="S3@L3")
    write(app, title="  ")
    assert "remplissez « Titre »" in app.error[0].value.replace("\u00a0", " ")
    assert DecisionLog(where).entries("toyville") == []


def test_the_public_reads_scenarios_and_not_the_log(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "person", lambda: roles.PUBLIC)
    page = opened(app, lang="en", decision="1")
    assert "The decision log is for analysts." in page and "more people in need" in page
    assert not app.text_input and "Write it down" not in [button.label for button in app.button]


@pytest.mark.parametrize("number", ["99", "abc", "-1", "9" * 30])
def test_a_line_that_is_not_there(app: AppTest, number: str) -> None:
    page = opened(app, lang="en", decision=number)
    assert ("Decision 99 is not in this log" in page) == (number == "99")


def test_hostile_words_are_words(app: AppTest, where: str) -> None:
    opened(app, lang="fr", event="chosen", close="S3@L3")
    write(app, title="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in whole_page(app)


def test_numbers_changed_afterwards_are_told(store: Store) -> None:
    words.use("fr")
    city = plan_city.city(store)
    change = plan_close.changed(city, 1100.0, ["S3@L3"])
    numbers_of = plan_close.told(city, change)
    view = plan_log.View(store.edition, store.version, "plan", {}, numbers_of)
    entry = Entry(1, pd.Timestamp("2026-11-23", tz="UTC").to_pydatetime(), view,
                  Decision("t", "w", "d", "r", "a"), "0" * 64, None, False, True)
    assert "modifiés après coup" in plan_log.then_figure(entry, numbers_of, store.version).sentence
    words.use(None)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_printed_page(store: Store, lang: str) -> None:
    words.use(lang)
    city = plan_city.city(store)
    change = plan_close.changed(city, 1100.0, ["S3@L3"])
    areas = plan_close.by_area(store, city, change)
    scenario = Scenario("close", plan_close.change_sentence(city, change, areas), plan_close.told(city, change),
                        (("Colline", ("10", "0", "10")),), ("a", "b", "c"))
    printed = PdfReader(io.BytesIO(brief_pdf.made(plan_brief.of(
        store, city, scenario, reach=1100.0, link="http://localhost/plan?close=S3"))))
    text = " ".join(page.extract_text() for page in printed.pages)
    assert ("Et si ces lieux ferment?" if lang == "fr" else "What if these places close?") in " ".join(text.split())
    assert str(printed.root_object["/Lang"]).startswith(lang) and len(printed.pages) == 2
    words.use(None)
