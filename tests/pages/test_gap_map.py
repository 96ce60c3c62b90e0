"""The gap map over toyville: numbers a pencil finds, in both languages."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from indicators import INDICATOR, MAPPED
from tests.pages.visit import HOUSE, asked, shown
from views import session, words


def opened(app: AppTest, **address: str) -> AppTest:
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/gap_map.py").run()
    assert not app.exception
    return app


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
    app.button_group(key="w_gap_map.v_map").set_value("table").run()
    page = shown(app)
    assert "Not applicable: no one lives in this area" in page
    assert "Missing: the source" in page  # with its reason
    # 10% of Centre, then the two at zero and the two without a value, each by name.
    order = [page.index(f">{name}<") for name in ("Centre", "Colline", "Nord", "Parc", "Rive")]
    assert order == sorted(order)


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
    opened(app)
    for name, bad in {"lang": "xx", "indicator": "nope", "area": "<b>", "level": "city", "reach": "7"}.items():
        app.query_params[name] = bad
    app.run()
    assert app.title[0].value.startswith("Où vit-on")
    assert app.selectbox(key="w_indicator").value == "need_out_of_reach"
    assert app.selectbox(key="w_area").value is None
    assert app.select_slider(key="w_reach").value == 1100
    page = shown(app)
    assert "Ce lien demande 5 choix que cette page n’a pas." in page
    for told in ("Langue : « xx »", "Indicateur : « nope »", "Secteur : « &lt;b&gt; »", "Découpage : « city »",
                 "Portée, à vol d’oiseau : « 7 »"):
        assert told in page, told


def test_what_an_address_asked_in_vain_is_told_until_the_reader_chooses_or_has_read_it(app: AppTest) -> None:
    opened(app, lang="en", indicator="nope", level="nowhere")
    words.use("en")  # AppTest calls format_func outside the visit, which has no language there
    assert "This link asks for 2 choices" in shown(app) and "Pick another in the lists" in shown(app)
    app.run()
    assert "Level: “nowhere”; Indicator: “nope”." in shown(app)
    app.selectbox(key="w_indicator").set_value("below_mbm").run()
    assert "nope" not in shown(app) and "This link asks for a choice this page does not have" in shown(app)
    next(button for button in app.button if button.label == "Hide this message").click().run()
    assert "This link asks" not in shown(app) and not app.exception
    app.query_params["indicator"] = "gone"
    app.run()
    assert "Indicator: “gone”" in shown(app)
    app.switch_page("pages/methods.py").run()
    assert "gone" not in shown(app)


def test_the_view_of_a_figure_is_in_the_address_and_of_its_page_alone(app: AppTest) -> None:
    opened(app, lang="fr")
    assert "v_map" not in app.query_params  # what everyone sees first needs no word
    tabled(app, "fr")
    assert asked(app, "v_map") == "table"
    again = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    assert ">Centre<" in shown(opened(again, v_map="table"))
    del app.query_params["v_map"]  # a change of page leaves the address of the old one behind
    app.switch_page("pages/services.py").run()
    assert app.button_group(key="w_services.v_map").value == "figure" and "v_map" not in app.query_params
    app.switch_page("pages/gap_map.py").run()
    assert ">Centre<" in shown(app) and asked(app, "v_map") == "table"
    app.button_group(key="w_gap_map.v_map").set_value("figure").run()
    assert "v_map" not in app.query_params and not app.exception


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
    app.button_group(key="w_gap_map.v_map").set_value("table").run()
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
    # The map, its key and its table tell one share: of those who have nothing open within reach.
    assert '<p class="cv-key">Personnes touchées sans lieu ouvert à portée</p>' in page and "Part sans lieu" in table
    assert app.header[0].value == "À cette heure, qui n’a aucun lieu ouvert à portée?"
    assert table.index(">Centre<") < table.index(">Colline<") < table.index(">Nord<")  # 30, 0 to 10, nobody


def test_rings_are_told_in_the_key_and_the_table(app: AppTest) -> None:
    opened(app, lang="fr", older="True")
    assert "le plus grand anneau en compte 40. Sans valeur : 2 secteurs." in shown(app)
    assert ">65 ans et plus<" in tabled(app, "fr") and asked(app, "older") == "True"
    assert not app.toggle  # it changes the drawing: the table goes without
    app.button_group(key="w_gap_map.v_map").set_value("figure").run()
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
    assert "w_gap_map.v_map" not in app.session_state  # no figure to go back to


def test_what_the_level_could_not_place_is_in_the_source_line(app: AppTest) -> None:
    opened(app, lang="fr")
    assert "Passage à ce découpage :" in shown(app)


def test_the_kinds_of_places_drawn_are_in_the_address(app: AppTest) -> None:
    opened(app, lang="en", places="grocery,nonsense")
    assert asked(app, "places") in ("grocery", "none")  # what this listing lacks is not asked for
    assert "nonsense" not in asked(app, "places")
