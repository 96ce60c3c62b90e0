"""The download menu on a page of Toyville: nothing is made before it opens, everything is offered once it is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from tests.pages.visit import HOUSE, whole
from views import exports, figure, taken, words
from views.taken import Taken


@pytest.fixture
def app(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    monkeypatch.setattr(script_runner, "_mpa_v1", whole)
    yield AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    words.use(None)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Taken]:
    """What menus were asked for, in order."""
    asked: list[Taken] = []
    real = figure.taken_from

    def watched(*parts: object) -> Taken:
        asked.append(real(*parts))  # type: ignore[arg-type]
        return asked[-1]

    monkeypatch.setattr(figure, "taken_from", watched)
    return asked


def opened(app: AppTest, page: str, key: str, lang: str) -> AppTest:
    app.query_params["lang"] = lang
    app.run()
    if page != "overview":
        app.switch_page(f"pages/{page}.py").run()
    app.session_state[f"take_{key}"] = True
    words.use(lang)  # AppTest calls format_func outside the visit, which has no language there
    app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def test_a_closed_menu_asks_for_nothing(app: AppTest, made: list[Taken]) -> None:
    app.run()
    app.switch_page("pages/gap_map.py").run()
    assert not app.exception and made == [] and labels(app) == []


@pytest.mark.parametrize(("lang", "first", "cite"), [
    ("fr", "CSV, Excel français", "Consulté le"), ("en", "CSV, French Excel", "Read on"),
])
def test_the_menu_of_the_map(app: AppTest, made: list[Taken], lang: str, first: str, cite: str) -> None:
    opened(app, "gap_map", "map", lang)
    told = labels(app)
    assert told[0] == first and {"GeoPackage", "GeoParquet", "GeoJSON"} <= set(told) and len(made) == 1
    citations = [code.value for code in app.code if code.value.startswith("Couvert (")]
    assert len(citations) == 2 and cite in citations[0] and cite not in citations[1]  # the reader's language first
    assert made[0].level == "district" and "toy_limits" in made[0].datasets and "toy_services" in made[0].datasets
    assert {"PNG", "SVG"} <= set(told) and made[0].picture is not None
    with words.speaking(lang):
        drawn = made[0].picture("svg").decode()
    assert ("SIMULÉ" if lang == "fr" else "SIMULATED") in drawn and made[0].title.split("?")[0] in drawn
    with words.speaking(lang):
        name = taken.file_name(made[0], "csv")
    wanted = {"fr": "couvert_personnes-touchees-sans-aide-a-portee_districts_portee-1100-m_",
              "en": "couvert_people-in-need-with-no-aid-within-reach_districts_reach-1100-m_"}
    assert name.startswith(wanted[lang]) and "SIMUL" in name


def test_a_chart_is_taken_as_it_is_drawn(app: AppTest, made: list[Taken]) -> None:
    opened(app, "risk_factors", "years", "en")
    assert {"PNG", "SVG"} <= set(labels(app)) and made[0].picture is not None
    content = exports.made(made[0], exports.FORM["svg"]).decode()
    assert "How has the share changed" in content or made[0].title in content
    assert made[0].level == "" and "GeoJSON" not in labels(app)


def test_bars_are_taken_as_they_are_drawn(app: AppTest, made: list[Taken]) -> None:
    opened(app, "overview", "gaps", "fr")
    assert made[0].picture is not None and "Centre" in made[0].picture("svg").decode()
