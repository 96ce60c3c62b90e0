"""My area over toyville: numbers a pencil finds, both languages; bad links; the brief at the click."""

from __future__ import annotations

import html

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visit import asked
from views import search


def opened(app: AppTest, **address: str) -> str:
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/my_area.py").run()
    assert not app.exception
    return shown(app)


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html")).replace("\u00a0", " ")


@pytest.mark.parametrize(("lang", "need", "peers", "hidden"), [
    ("fr", "<b>20,0 %</b>", "Dans les 2 secteurs semblables", "masquées ou manquantes"),
    ("en", "<b>20.0%</b>", "In the 2 similar areas", "hidden or missing"),
])
def test_centre(app: AppTest, lang: str, need: str, peers: str, hidden: str) -> None:
    page = opened(app, lang=lang, area="T2")
    assert app.title[0].value.startswith("Centre")
    assert need in page  # 60 of 300 people
    assert peers in page and hidden in page
    assert asked(app, "area") == "T2"
    assert "Nord" in page and "Colline" in page
    buttons = [element.proto.label for element in app.get("download_button")]
    assert any("dossier" in label or "brief" in label for label in buttons)


def test_requests_of_north_doubled(app: AppTest) -> None:
    page = opened(app, lang="en", area="T1")
    assert "<b>240 requests</b>" in page and "+100.0%" in page
    assert ">240<" in page and ">120<" in page


def test_no_area_asks_for_one(app: AppTest) -> None:
    page = opened(app, lang="fr")
    assert app.title[0].value == "Que sait-on de mon secteur?"
    assert "Choisissez un secteur pour commencer" in page


@pytest.mark.parametrize("area", ["nowhere", "TOY", "<b>"])
def test_an_unknown_area_is_said_plainly(app: AppTest, area: str) -> None:
    page = opened(app, lang="en", area=area)
    assert "This link asks for a choice this page does not have." in page and "Choose an area to begin" in page
    assert f"Area: “{html.escape(area)}”" in page
    assert "area" not in app.query_params


def test_an_area_where_nobody_lives(app: AppTest) -> None:
    page = opened(app, lang="fr", area="T4")
    assert app.title[0].value.replace("\u00a0", " ") == "Parc, district : que sait-on?"
    assert "aucune mesure n’est connue" in page
    assert "0,0 %" not in app.title[0].value


def test_a_name_typed_is_found_and_the_level_follows(app: AppTest) -> None:
    opened(app, lang="fr")
    app.session_state["w_area"] = "T1"
    app.run()
    assert app.title[0].value.startswith("Nord")
    assert asked(app, "area") == "T1"


def test_short_forms_find_the_area_at_whatever_level_has_it() -> None:
    told = {"REM25": "Villeray–Saint-Michel–Parc-Extension · arrondissement", "D194": "Parc-Extension · district"}
    assert [search.found(typed, told) for typed in ("parc ex", "Parc-Extension", "PARC EXT")] == ["D194"] * 3
    assert search.found("villeray", told) == "REM25"
