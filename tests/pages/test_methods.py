"""The methods page of toyville: every declared indicator with its own formula, and the facts of the version."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from indicators import INDICATORS, THEMES
from indicators.examples import example
from loaders.store import Store
from tests.pages.test_risk_factors import NBSP, html_of, opened
from views import outside


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_indicator_with_its_formula(toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    app = opened(toyville, monkeypatch, "methods", lang)
    told = html.unescape(html_of(app))
    for indicator in INDICATORS:
        assert indicator.misuse
        for words in (indicator.title, indicator.question, indicator.method, indicator.range_means, indicator.citation,
                      example(indicator.id), indicator.misuse, *indicator.limits, *indicator.assumptions):
            assert words.of(lang) in told, (indicator.id, words.of(lang))
        assert re.sub(" +", " ", indicator.formula) in told
        for table in indicator.tables:
            assert table in told


def test_every_theme_and_indicator_is_one_link_away_and_folded(
    toyville: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(toyville, monkeypatch, "methods", "fr")
    pieces = [element.proto.body for element in app.get("html")]
    (links,) = [piece for piece in pieces if '<ul class="cv-toc"' in piece]
    whole = "".join(pieces)
    for indicator in INDICATORS:
        assert f'href="#{indicator.id}"' in links and whole.count(f'id="{indicator.id}"') == 1
    anchors = {head.proto.anchor for head in app.header}
    assert {f"theme-{name}" for name in THEMES} <= anchors
    assert whole.count("<details") == whole.count("</details>") == len(INDICATORS)
    assert "<details open" not in whole
    # What this page sends grows with each indicator: some two screens of text, never a widget.
    assert sum(map(len, pieces)) < 6000 * len(INDICATORS) and len(app.expander) == 0


@pytest.mark.parametrize(("lang", "absent"), [("fr", "pas dans cette version"), ("en", "not in this version")])
def test_what_this_version_does_not_hold_says_so(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, store: Store, lang: str, absent: str
) -> None:
    told = "".join(element.proto.body for element in opened(toyville, monkeypatch, "methods", lang).get("html"))
    folds = {part.split('id="')[1].split('"')[0]: part for part in told.split("<details")[1:]}
    held = outside.held(store)
    assert "who_is_missing" in held and "crossing_excess" not in held
    for name, part in folds.items():
        assert (absent in part) is (name not in held), name


@pytest.mark.parametrize(("lang", "delta", "below", "rule"), [
    ("fr", "δ = 0", f"40,0{NBSP}%", "plus petit que 10 est masqué"),
    ("en", "δ = 0", "40.0%", "under 10 is hidden, except zero"),
])
def test_calibration_and_disclosure(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, delta: str, below: str, rule: str
) -> None:
    told = html_of(opened(toyville, monkeypatch, "methods", lang))
    told = told.replace(NBSP, " ")
    assert all(words.replace(NBSP, " ") in told for words in (delta, below, rule))


def test_the_version_read_is_named(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = html_of(opened(toyville, monkeypatch, "methods", "fr"))
    (facts,) = (toyville / "toyville").glob("*-*.json")
    manifest = json.loads(facts.read_text(encoding="utf-8"))
    for fact in (manifest["version"], manifest["code"], manifest["duckdb"], manifest["sha256"]):
        assert fact in told


def test_one_indicator_comes_first_when_asked(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(toyville, monkeypatch, "methods", "fr", indicator="access")
    asked = next(i for i in INDICATORS if i.id == "access")
    assert app.header[0].value == asked.title.fr
    told = "".join(element.proto.body for element in app.get("html"))
    assert told.count(html.escape(asked.formula)) == 1 and told.count("<details") == len(INDICATORS) - 1


def test_statuses_bases_and_crosswalks(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = html_of(opened(toyville, monkeypatch, "methods", "fr"))
    for word in ("Zéro", "Masqué (confidentiel)", "Donnée manquante", "Sans objet", "Capacité inconnue",
                 "Compté", "Modélisé", "Simulé"):
        assert word in told
    assert "Points où vivent les gens" in told and "600" in told
