"""The risk factors page of toyville: the numbers checked by pencil in tests/indicators are the ones shown."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from loaders.store import Store
from views import words

HOUSE = Path(__file__).resolve().parents[2]
NBSP = "\u00a0"


def opened(toyville: Path, monkeypatch: pytest.MonkeyPatch, page: str, lang: str, **query: str) -> AppTest:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    app.query_params["lang"] = lang
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def html_of(app: AppTest) -> str:
    """Every piece of HTML of the page, in order, without tags."""
    pieces = [element.proto.body for element in app.get("html")]
    return re.sub(r"[ \n]+", " ", re.sub(r"<(?!style)[^>]+>", " ", " ".join(pieces)))


def as_tables(app: AppTest) -> AppTest:
    """The page with every figure shown as its table."""
    words.use(str(app.session_state["lang_now"]))  # AppTest names an option outside the visit: in whose language?
    try:
        for figure in ("ratios", "heads", "years"):
            app.button_group(key=f"w_risk_factors.v_{figure}").set_value("table")
        app.run()
    finally:
        words.use(None)
    assert not app.exception
    return app


@pytest.mark.parametrize(("lang", "black", "old", "people", "why"), [
    ("fr", "Personnes noires", "65 ans et plus", "environ 9 personnes", "Cela ne dit pas pourquoi."),
    ("en", "Black people", "Aged 65 and over", "about 9 people", "This does not say why."),
])
def test_ratios_and_people(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, black: str, old: str, people: str, why: str
) -> None:
    app = opened(toyville, monkeypatch, "risk_factors", lang)
    two, half = ("2,0", "0,5") if lang == "fr" else ("2.0", "0.5")
    told = html_of(app)
    assert f"{two}{NBSP}×" in told and black in told  # 40 ÷ 20
    assert f"{half}{NBSP}×" in told and old in told  # 10 ÷ 20
    assert people in told  # 600 residents × 20 % = 120, to the nearest hundred
    assert why in told
    shown = html_of(as_tables(app))
    assert re.search(rf"{black}\s*{two}{NBSP}×", shown)
    # 65 and over: 90 people × 10 % = 9, the same in both published years.
    assert re.search(rf"{old}\s*9\s*9\s*90\b", shown)
    # Indigenous people aged 15 and over are compared with everyone aged 15 and over: 36 ÷ 18; 2023 is hidden.
    group, reference = ("Autochtones, 15 ans et plus", "15 ans et plus") if lang == "fr" else (
        "Indigenous people, 15 and over", "aged 15 and over")
    percents = ("36,0", "18,0") if lang == "fr" else ("36.0", "18.0")
    row = rf"{group} {two}{NBSP}× {two}{NBSP}× {percents[0]}\S* {percents[1]}\S* {reference}"
    assert re.search(row, shown.replace(f"{NBSP}%", "%"))


def test_every_group_has_its_word_where_the_count_is_absent(
    toyville: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = as_tables(opened(toyville, monkeypatch, "risk_factors", "fr"))
    shown = html_of(app)
    assert re.search(r"Personnes noires\s*Donnée manquante", shown)  # no census count of the group: never zero


def test_a_dimension_lives_in_the_address(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = as_tables(opened(toyville, monkeypatch, "risk_factors", "fr", groups="age"))
    shown = html_of(app)
    lead = shown.index("Le rapport le plus haut")
    assert "65 ans et plus" in shown[lead:] and "Personnes noires" not in shown[lead:]
    assert app.query_params["groups"] in ("age", ["age"])


def test_years_keep_both_dates(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = html_of(as_tables(opened(toyville, monkeypatch, "risk_factors", "fr")))
    assert re.search(rf"Enquête de Toyland\s*À Toyland\s*2023\s*2024\s*25,0{NBSP}%", shown)
    assert re.search(rf"Enquête de Toyland\s*À Toyland\s*2024\s*2025\s*20,0{NBSP}%", shown)


def test_a_simulated_survey_says_so(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = html_of(opened(toyville, monkeypatch, "risk_factors", "fr"))
    assert "Données simulées." in told and "Simulé" in told


def test_sources_are_those_of_the_edition_s_groups(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    census, asked = Store.census, []
    monkeypatch.setattr(Store, "census", lambda self, name: asked.append(name) or census(self, name))
    opened(toyville, monkeypatch, "risk_factors", "fr")
    assert "seniors_65plus" in asked and "minority_or_indigenous" not in asked  # toyville counts no such group


def test_a_region_stands_beside_any_survey(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prevalence = Store.prevalence
    monkeypatch.setattr(Store, "prevalence", lambda self, _: prevalence(self, "toyland"))
    shown = html_of(as_tables(opened(toyville, monkeypatch, "risk_factors", "fr")))
    assert "Dans la région de Montréal" in shown


def test_everyone_hidden_leaves_words(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups, prevalence = Store.groups, Store.prevalence

    def masked(self: Store, name: str) -> pd.DataFrame:
        rows = groups(self, name)
        every = rows["grp"] == "all"
        rows.loc[every, ["numerator", "denominator", "value", "low", "high"]] = float("nan")
        return rows.assign(status=rows["status"].mask(every, "suppressed"))

    monkeypatch.setattr(Store, "groups", masked)
    monkeypatch.setattr(Store, "prevalence", lambda self, *a: prevalence(self, *a).assign(
        percent=float("nan"), status="suppressed",
    ))
    shown = html_of(opened(toyville, monkeypatch, "risk_factors", "fr"))
    assert "nan" not in shown
    assert re.search(r"À Toyland\s*2024\s*2025\s*Masqué \(confidentiel\)", shown)
