"""Every page, whatever its address asks for and however little its edition holds: words, and never a traceback."""

from __future__ import annotations

import ast
import html
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from loaders.catalog import LoadError
from loaders.store import Store, current_version
from tests.pages.visit import shown
from views import words

HOUSE = Path(__file__).resolve().parent.parent.parent
# Read, not imported: importing app.py runs it.
PAGES = [name for node in ast.parse((HOUSE / "app.py").read_text("utf-8")).body
         if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PAGES"
         for _, name in ast.literal_eval(node.value or ast.Tuple())]
BAD = ("<script>alert(1)</script>'; DROP TABLE area; --", "nope")
NAMES = ("area", "indicator", "level", "reach", "dataset", "reader", "guide", "need", "borough", "group", "kind",
         "form", "language", "status", "scale", "organization", "month", "cut", "open", "day", "hour", "classes",
         "dimension")


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    yield
    words.use(None)


def on(app: AppTest, page: str) -> AppTest:
    """The page, as a visit that is already open reads it."""
    if page == PAGES[0]:
        return app.run()
    return app.switch_page(f"pages/{page}.py").run()


def whole(app: AppTest, what: str) -> str:
    """The page stands: no traceback, a title, more than a title; gives its words."""
    assert not app.exception, (what, app.exception[0].stack_trace[-1] if app.exception else "")
    told = shown(app)
    assert app.title and len(told) > 600, what
    assert "<script>alert" not in told and "Traceback" not in told, what
    return told


@pytest.mark.parametrize("page", PAGES)
def test_an_address_that_asks_for_what_is_not_there(app: AppTest, page: str) -> None:
    app.run()  # a visit that is open: a change of page alone would forget what the last page told
    on(app, page)
    for i, bad in enumerate(BAD):
        for name in (*NAMES, "lang"):
            app.query_params[name] = bad
        app.run()
        told = whole(app, f"{page}: {bad}")
        assert app.session_state["lang_now"] == "fr"
        assert "Ce lien demande" in told and f"Langue : « {html.escape(bad[:40], quote=False)}" in told
        # Every selector that is on the page, and is not what it was asked for, is told.
        left = {"guide", "reader"} if page != PAGES[0] else set()  # the first page, where the visit began, had them
        drawn = {name for name in set(NAMES) - left
                 if f"w_{name}" in app.session_state and app.session_state[f"w_{name}"] != bad}
        assert told.count("« nope »" if i else "« &lt;script") >= len(drawn) + 1


@pytest.mark.parametrize("page", PAGES)
def test_a_version_that_was_removed_is_told_once_on_the_page_read(app: AppTest, page: str) -> None:
    app.query_params["version"] = "1999-01-01-001"
    if page == PAGES[0]:
        app.run()
    else:
        on(app, page)  # AppTest runs app.py with the page chosen, as a copied link does
    told = whole(app, page)
    assert "Lien d’une version retirée" in told


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_an_edition_without_values_services_or_requests(
    app: AppTest, page: str, lang: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every indicator has a row and no value; nothing is listed, nothing was asked for."""
    ours = {name: getattr(Store, name) for name in ("indicator", "indicators_of", "groups", "service_values")}

    def silent(name: str):
        def rows(self: Store, *asked: object, **named: object):
            found = ours[name](self, *asked, **named)
            return found.assign(numerator=None, denominator=None, value=None, low=None, high=None, status="missing",
                                reason=None).astype(dict.fromkeys(("numerator", "denominator", "value", "low", "high"),
                                                                  "float64"))
        return rows

    for name in ours:
        monkeypatch.setattr(Store, name, silent(name))
    for name in ("services", "prevalence", "referral_cuts", "referrals", "events", "alerts", "event_effects"):
        own = getattr(Store, name)
        monkeypatch.setattr(Store, name, lambda self, *a, _own=own, **k: _own(self, *a, **k).iloc[:0])
    st.cache_data.clear()
    st.cache_resource.clear()
    app.query_params["lang"] = lang
    app.run()
    words.use(lang)
    whole(on(app, page), f"{page} in {lang}")
    st.cache_data.clear()
    st.cache_resource.clear()


def test_nothing_published_and_nothing_that_builds(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    import build

    def cannot(*_: object, **__: object) -> None:
        raise LoadError("the file is missing", file="x.csv")

    monkeypatch.setenv("COUVERT_VERSIONS", str(tmp_path))
    monkeypatch.setattr(build, "build", cannot)
    for lang, told in (("fr", "start.failed"), ("en", "start.failed")):
        app.query_params["lang"] = lang
        with caplog.at_level(logging.ERROR, logger="couvert"):
            app.run()
        words.use(lang)
        assert not app.exception and app.status[0].label == words.say(told)
        words.use(None)
    assert "x.csv" in caplog.text and current_version("toyville") is None
