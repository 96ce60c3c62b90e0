"""The methods page of toyville: every declared indicator with its own formula, and the facts of the version."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from indicators import INDICATORS
from tests.pages.test_risk_factors import NBSP, html_of, opened


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_indicator_with_its_formula(toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    app = opened(toyville, monkeypatch, "methods", lang)
    titles, formulas = [x.value for x in app.header], [x.value for x in app.code]

    told = html.unescape(html_of(app))
    for indicator in INDICATORS:
        assert indicator.title.of(lang) in titles
        assert indicator.formula in formulas
        for words in (indicator.question, indicator.method, indicator.range_means, indicator.citation,
                      *indicator.limits):
            assert words.of(lang) in told, (indicator.id, words.of(lang))
        for table in indicator.tables:
            assert table in told


@pytest.mark.parametrize(("lang", "delta", "below", "rule"), [
    ("fr", "δ = 0", f"40,0{NBSP}%", "entre 1 et moins de 10 est masqué"),
    ("en", "δ = 0", "40.0%", "from 1 to under 10"),
])
def test_calibration_and_disclosure(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, delta: str, below: str, rule: str
) -> None:
    told = html_of(opened(toyville, monkeypatch, "methods", lang))
    assert delta in told and below in told and rule in told


def test_the_version_read_is_named(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = html_of(opened(toyville, monkeypatch, "methods", "fr"))
    (facts,) = (toyville / "toyville").glob("*-*.json")
    manifest = json.loads(facts.read_text(encoding="utf-8"))
    for fact in (manifest["version"], manifest["code"], manifest["duckdb"], manifest["sha256"]):
        assert fact in told


def test_one_indicator_comes_first_when_asked(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(toyville, monkeypatch, "methods", "fr", indicator="access")
    titles = [x.value for x in app.header]
    asked = next(i for i in INDICATORS if i.id == "access")
    assert titles[0] == asked.title.fr and titles.count(asked.title.fr) == 1


def test_statuses_bases_and_crosswalks(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = html_of(opened(toyville, monkeypatch, "methods", "fr"))
    for word in ("Zéro", "Masqué (confidentiel)", "Donnée manquante", "Sans objet", "Capacité inconnue",
                 "Compté", "Modélisé", "Simulé"):
        assert word in told
    assert "Points où vivent les gens" in told and "600" in told
