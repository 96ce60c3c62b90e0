"""The gap map over toyville: numbers a pencil finds, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from indicators import INDICATOR, MAPPED
from views import session, words

HOUSE = Path(__file__).resolve().parent.parent.parent


def whole(main_script_path: str) -> None:
    """Run app.py, as a server does once any visit has called st.navigation."""
    code = Path(main_script_path).read_text("utf-8")
    exec(compile(code, main_script_path, "exec"), {"__name__": "__main__", "__file__": main_script_path})


@pytest.fixture
def app(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    # AppTest forgets before each run that the app calls st.navigation, and would run the page file alone.
    monkeypatch.setattr(script_runner, "_mpa_v1", whole)
    yield AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    words.use(None)


def opened(app: AppTest, **address: str) -> AppTest:
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/gap_map.py").run()
    assert not app.exception
    return app


def asked(app: AppTest, name: str) -> str:
    """What the address carries under a name."""
    held = app.query_params[name]
    return held if isinstance(held, str) else held[-1]


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html")).replace("\u00a0", " ")


@pytest.mark.parametrize(("lang", "title", "lead", "centre", "city"), [
    ("fr", "Où vit-on avec peu, et loin de l’aide?", "vivent à plus de 1,1 km", "10,0 %", "ville : 6,0 %"),
    ("en", "Where do people live with little, and far from help?", "live more than 1.1 km", "10.0%", "city: 6.0%"),
])
def test_centre_at_1100_m(app: AppTest, lang: str, title: str, lead: str, centre: str, city: str) -> None:
    opened(app, lang=lang, area="T2")
    page = shown(app)
    assert app.title[0].value == title
    assert lead in page
    assert f"<dd>{centre}" in page and city in page  # 30 of 300 people of Centre; 30 of the 500 whose need is known
    assert ("Simulé" if lang == "fr" else "Simulated") in page
    asked_in = {"fr": "Où le besoin et la distance se cumulent-ils?", "en": "Where do need and distance add up?"}
    assert app.header[0].value == asked_in[lang]


def test_the_table_says_statuses_in_words(app: AppTest) -> None:
    opened(app, lang="en")
    words.use("en")  # AppTest calls format_func outside the visit, which has no language there
    app.button_group(key="view_map").set_value("table").run()
    page = shown(app)
    assert "Not applicable: no one lives in this area" in page
    assert "Missing: the source" in page  # with its reason
    assert page.index(">Centre<") < page.index(">Colline<") < page.index(">Nord<") < page.index(">Rive<")


def test_the_slider_moves_the_city_and_the_address(app: AppTest) -> None:
    opened(app, lang="fr", indicator="residents_out_of_reach")
    assert asked(app, "reach") == "1100"
    app.select_slider(key="w_reach").set_value(1600).run()
    assert asked(app, "reach") == "1600"
    before = shown(app)
    app.select_slider(key="w_reach").set_value(500).run()
    assert shown(app) != before and not app.exception


def test_the_address_is_identifiers_so_it_reads_the_same_in_both_languages(app: AppTest) -> None:
    opened(app, lang="en", indicator="below_mbm", area="T3")
    assert app.selectbox(key="w_indicator").value == "below_mbm"
    assert app.selectbox(key="w_area").value == "T3"
    assert not app.select_slider  # no reach for an indicator that has none
    assert asked(app, "indicator") == "below_mbm" and asked(app, "area") == "T3"
    assert "<dd>0.0%" in shown(app)


def test_unknown_words_in_the_address_are_ignored(app: AppTest) -> None:
    opened(app, lang="xx", indicator="nope", area="<b>", level="city", reach="7")
    assert app.title[0].value.startswith("Où vit-on")
    assert app.selectbox(key="w_indicator").value == "need_out_of_reach"
    assert app.selectbox(key="w_area").value is None
    assert app.select_slider(key="w_reach").value == 1100


def test_a_removed_version_says_so_and_shows_the_newest(app: AppTest) -> None:
    app.query_params["version"] = "1999-01-01-001"
    app.run()
    assert not app.exception
    for _ in range(2):  # told as long as the page stays
        assert "Lien d’une version retirée" in shown(app)
        assert asked(app, "version") != "1999-01-01-001"
        app.run()
    app.switch_page("pages/gap_map.py").run()
    assert "Lien d’une version retirée" not in shown(app) and not app.exception


def test_a_newer_version_is_told_with_its_button_after_a_removed_one(
    app: AppTest, monkeypatch: pytest.MonkeyPatch,
) -> None:
    app.query_params["version"] = "1999-01-01-001"
    app.run()
    assert words.say("version.read_newest") not in [button.label for button in app.button]
    monkeypatch.setattr(session, "newer", lambda: True)
    app.run()
    assert words.say("version.read_newest") in [button.label for button in app.button]


@pytest.mark.parametrize("reach", ["abc", "7"])
def test_a_reach_no_one_offers_is_the_default(app: AppTest, reach: str) -> None:
    opened(app, indicator="below_mbm", reach=reach)  # no slider here: nothing else looks at it
    assert "vivent à plus de 1,1 km" in shown(app)


def test_the_language_switch_keeps_the_choice(app: AppTest) -> None:
    opened(app, area="T2")
    app.button_group(key="lang_switch").set_value("en").run()
    assert asked(app, "lang") == "en"
    assert app.title[0].value.startswith("Where do people live")
    assert app.selectbox(key="w_area").value == "T2"


def test_only_what_a_map_can_show_is_offered(app: AppTest) -> None:
    opened(app, lang="fr")
    offered = set(app.selectbox(key="w_indicator").options)
    drawn = {indicator.title.fr for indicator in MAPPED}
    assert offered <= drawn and INDICATOR["food_insecurity"].title.fr in offered
    for name in ("people_by_group", "who_is_missing", "gini", "local_cluster", "similar_areas"):
        assert INDICATOR[name].title.fr not in offered


@pytest.mark.parametrize("name", ["worst_fifth", "access_3sfca", "access_balanced", "access_gravity"])
def test_an_indicator_asked_for_by_its_address_is_drawn(app: AppTest, name: str) -> None:
    opened(app, lang="fr", indicator=name)
    assert asked(app, "indicator") == name and INDICATOR[name].question.fr in [head.value for head in app.header]


# --- classes, cells, hours, rings -------------------------------------------------------------------------


def tabled(app: AppTest, lang: str) -> str:
    words.use(lang)  # AppTest calls format_func outside the visit, which has no language there
    app.button_group(key="view_map").set_value("table").run()
    assert not app.exception
    return shown(app)


@pytest.mark.parametrize(("method", "told"), [
    ("fixed", "10 à 15 %"), ("equal", "plus de 0 %"), ("natural", "plus de 0 %"),
])
def test_classes_are_in_the_address_the_key_and_the_table(app: AppTest, method: str, told: str) -> None:
    opened(app, lang="fr", classes=method)
    assert asked(app, "classes") == method and app.button_group(key="w_classes").value == method
    # Of three areas with a value, only Centre’s is above zero: 10 %.
    assert f'<span class="cv-nowrap">{told}</span><small>1 district</small>' in shown(app).replace("&gt;", ">")
    assert '<i class="zero"></i><span>0 % <small>2</small>' in shown(app)
    table = tabled(app, "fr")
    assert table.count(f">{told}</td>") == 1 and table.count(' class="second">0 %</td>') == 2


def test_the_nine_cells_swap_title_sentence_key_and_table(app: AppTest) -> None:
    opened(app, lang="en", show="pair", area="T1")
    assert app.header[0].value == "Where is need high and help far away?"
    page = shown(app)
    assert all(f"<b>C{n}</b>" in page for n in (1, 2, 3)) and "out of 5 districts" in page
    assert 'class="cv-ramp"' not in page
    assert not app.select_slider and "<h3>Nord</h3>" in page
    table = tabled(app, "en")
    assert ">Cell<" in table and "25.0%" in table and asked(app, "show") == "pair"


def test_saturday_morning_is_a_click_away(app: AppTest) -> None:
    opened(app, lang="fr")
    words.use("fr")
    app.button_group(key="w_show").set_value("hours").run()
    page = shown(app)
    assert (asked(app, "day"), asked(app, "hour")) == ("SA", "10")
    assert "Le samedi de 10 h à 11 h, personnes touchées sans aucun lieu ouvert connu à moins de 1,1 km" in page
    assert "Centre (environ 100); Nord (environ 25); Colline (de 0 à 10)" in page and "Heures inconnues" in page
    app.button_group(key="w_day").set_value("WE")
    app.select_slider(key="w_hour").set_value(11).run()
    page = shown(app)
    assert "Le mercredi de 11 h à midi" in page and "Centre (environ 30); Colline (de 0 à 10)" in page
    assert (asked(app, "day"), asked(app, "hour")) == ("WE", "11")
    table = tabled(app, "fr")
    assert "Heures inconnues : un lieu à portée ne publie pas ses heures" in table and ">50,0 %<" in table


def test_rings_are_told_in_the_key_and_the_table(app: AppTest) -> None:
    opened(app, lang="fr", older="True")
    assert "le plus grand anneau en compte 40. Sans valeur : 2 secteurs." in shown(app)
    assert ">65 ans et plus<" in tabled(app, "fr") and asked(app, "older") == "True"
    app.toggle(key="w_older").set_value(False).run()
    assert "anneau" not in shown(app) and "older" not in app.query_params


def test_views_classes_and_hours_that_are_none_are_the_first(app: AppTest) -> None:
    opened(app, lang="fr", show="<b>", classes="jenks", older="perhaps", day="LU", hour="25")
    assert app.button_group(key="w_show").value == "one" and app.button_group(key="w_classes").value == "fixed"
    assert not app.toggle(key="w_older").value
    words.use("fr")
    app.button_group(key="w_show").set_value("hours").run()
    assert app.button_group(key="w_day").value == "SA" and app.select_slider(key="w_hour").value == 10


def test_a_browser_without_webgl_is_given_the_table(app: AppTest) -> None:
    app.session_state["no_webgl"] = True
    opened(app, lang="fr")
    assert ">Centre<" in shown(app) and "il lui manque WebGL" in shown(app)
    assert "view_map" not in app.session_state  # no figure to go back to


def test_what_the_level_could_not_place_is_in_the_source_line(app: AppTest) -> None:
    opened(app, lang="fr")
    assert "Passage à ce découpage :" in shown(app)


def test_the_kinds_of_places_drawn_are_in_the_address(app: AppTest) -> None:
    opened(app, lang="en", places="grocery,nonsense")
    assert asked(app, "places") in ("grocery", "none")  # what this listing lacks is not asked for
    assert "nonsense" not in asked(app, "places")
