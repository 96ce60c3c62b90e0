"""The risk factors page of toyville: the numbers checked by pencil in tests/indicators are the ones shown."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from loaders.store import Store
from views import risk_groups, words

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


@pytest.mark.parametrize(("lang", "black", "old", "lacks", "why"), [
    ("fr", "Personnes noires", "65 ans et plus", "n’est dans aucun fichier", "Cela ne dit pas pourquoi."),
    ("en", "Black people", "Aged 65 and over", "no file says how many they are here", "This does not say why."),
])
def test_ratios_and_people(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, black: str, old: str, lacks: str, why: str
) -> None:
    app = opened(toyville, monkeypatch, "risk_factors", lang)
    two, half = ("2,0", "0,5") if lang == "fr" else ("2.0", "0.5")
    told = html_of(app)
    assert f"{two}{NBSP}×" in told and black in told  # 40 ÷ 20
    assert f"{half}{NBSP}×" in told and old in told  # 10 ÷ 20
    assert lacks in told  # the group most at risk is not in the census: it is named, never the group that is counted
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


def test_groups_without_a_count_are_one_line_with_the_reason(
    toyville: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = html_of(opened(toyville, monkeypatch, "risk_factors", "fr"))
    assert f"car aucun fichier ne donne leur effectif{NBSP}: Autochtones, 15 ans et plus; Personnes noires." in shown
    table = html_of(as_tables(opened(toyville, monkeypatch, "risk_factors", "fr")))
    assert not re.search(r"Personnes noires\s*Donnée manquante", table)


def test_the_sentence_begins_with_a_group_at_higher_risk(store: Store) -> None:
    words.use("fr")
    try:
        rows = pd.DataFrame({
            "grp": ["black", "not_visible_minority_nor_indigenous", "one_parent"], "status": ["missing", "ok", "ok"],
            "label": ["A", "B", "C"], "ratio": [2.1, 1.9, 1.5], "numerator": [float("nan"), 90_000.0, 20_000.0],
            "people_low": [float("nan"), 1.0, 15_000.0], "people_high": [float("nan"), 2.0, 25_000.0],
        })
        assert risk_groups.head_sentence(rows).startswith(f"C{NBSP}: environ **20{NBSP}000** personnes")
        told = risk_groups.head_sentence(rows.assign(ratio=[2.1, 0.8, 1.04]))
        assert told.startswith(f"A{NBSP}: **2,1{NBSP}×** la proportion de référence") and "aucun n’est plus" in told
        everything = risk_groups.published(store)
        like = everything["grp"] == "age_65plus"
        monkey = everything.assign(grp=everything["grp"].mask(like, "born_in_canada_15plus"))
        assert "65 ans et plus" not in risk_groups.lead(store, monkey)
    finally:
        words.use(None)


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
