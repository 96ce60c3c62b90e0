"""The page on people served: three times fifty is between 50 and 150, whatever the slider; units are never added."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from build import fill
from indicators import reach
from loaders.aside import build_aside
from loaders.edition import Source, read_edition
from loaders.store import Store, current_version, open_store
from views import people, people_tables, words

HOUSE = Path(__file__).resolve().parents[2]
# Three organizations count people, one of them (O1) with places in two districts; in September `b` sent nothing.
COUNTS = """who,month,unit,count
a,2026-09,people,50
a,2026-10,people,50
b,2026-09,people,
b,2026-10,people,50
O1,2026-09,people,50
O1,2026-10,people,50
h,2026-10,households,20
v,2026-10,visits,40
"""


# One of two sent its count in October; in September every count is too small to be shown.
THIN = """who,month,unit,count
a,2026-10,people,50
b,2026-10,people,
a,2026-09,people,4
m,2026-09,meals,3
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of versions of a toyville whose organizations sent their counts, told to the unit."""
    return built(tmp_path_factory, COUNTS)


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with `THIN`."""
    return built(tmp_path_factory, THIN)


def built(tmp_path_factory: pytest.TempPathFactory, counts: str) -> Path:
    raw = tmp_path_factory.mktemp("raw") / "toyville"
    shutil.copytree(HOUSE / "data" / "toyville", raw)
    (raw / "clients.csv").write_text(counts, encoding="utf-8")
    toyville = read_edition("toyville")
    about = {**toyville.sources[0].about, "title_fr": "Comptes de Toyville", "title_en": "Toyville counts"}
    source = Source("toy_clients", "clients", "clients.csv", options={
        "organization": "who", "period": "month", "period_formats": ["%Y-%m"], "count": "count", "unit_column": "unit",
        "units": {name: name for name in ("people", "households", "visits", "meals")},
    }, about=about)
    edition = replace(
        toyville, sources=(*toyville.sources, source), settings={**toyville.settings, "base": 1}, raw=raw,
    )
    versions = tmp_path_factory.mktemp("served")
    build_aside(edition, raw, versions, lambda *_: None, fill)
    return versions


# Two toyvilles bear one version number here: nothing kept of one may be shown of the other.
pytestmark = pytest.mark.usefixtures("nothing_kept")


def store_of(versions: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    version = current_version("toyville")
    assert version
    return open_store("toyville", version)


def opened(versions: Path, monkeypatch: pytest.MonkeyPatch, lang: str = "fr", **query: str) -> AppTest:
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    app.query_params["lang"] = lang
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/people_served.py").run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    """Every piece of HTML of the page and the words of its charts, without tags."""
    pieces = " ".join(element.proto.body for element in app.get("html"))
    return re.sub(r"[ \n\u00a0]+", " ", re.sub(r"<(?!style)[^>]+>", " ", pieces))


# --- the range of the city --------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "between", "where"), [
    ("fr", "entre 50 et 150 personnes différentes", "En octobre 2026"),
    ("en", "between 50 and 150 different people", "In October 2026"),
])
def test_three_times_fifty_is_a_range(
    served: Path, monkeypatch: pytest.MonkeyPatch, lang: str, between: str, where: str,
) -> None:
    text = told(opened(served, monkeypatch, lang))
    lead, example = text.index(where), text.rindex(between)
    assert text.index(between) > lead and example > text.index(between)  # in the lead, the figure and the example
    assert text.count(between) == 3
    assert "nan" not in text and "None" not in text


def test_the_ends_of_the_slider_are_the_sum_and_the_largest(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "(recoupement de 0 %) : 150 personnes différentes" in told(opened(served, monkeypatch, overlap="0"))
    assert "(100 %) : 50 personnes différentes" in told(opened(served, monkeypatch, overlap="100"))
    # Half of the possible overlap: 150 − 0.5 × (150 − 50).
    app = opened(served, monkeypatch, overlap="50")
    assert "Avec un recoupement supposé de 50 % : 100 personnes différentes" in told(app)
    app.select_slider(key="w_overlap").set_value(20).run()
    assert not app.exception and "de 20 % : 130 personnes" in told(app)
    assert app.query_params["overlap"] in ("20", ["20"])


def test_the_slider_starts_in_the_middle_with_the_range_beside(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(served, monkeypatch)
    assert app.select_slider(key="w_overlap").value == 50
    text = told(app)
    assert "recoupement supposé de 50 % : 100 personnes différentes" in text and "entre 50 et 150 personnes" in text


def test_the_top_of_the_range_is_the_largest_true_total() -> None:
    rows = pd.DataFrame({
        "organization_id": list("abcd"), "area_id": "x", "period": "2026-10", "unit": "people", "basis": "counted",
        "count": [50.0, 10.0, None, None], "status": ["ok", "ok", "suppressed", "missing"],
    })
    total = people.total(rows, {"smallest": 10, "base": 5})
    # 48 to 52, 10 to 12 (under ten it would be hidden), and 1 to 9.
    assert total == people.Total(60, 48 + 10 + 1, 52 + 12 + 9)
    found = reach.people_reached(rows[rows["status"] != "missing"], smallest=10, base=5).iloc[0]
    assert found["high_told"] == total.high
    assert people.total(rows.iloc[2:], {"smallest": 10, "base": 5}) is None
    exact = people.total(rows.iloc[:2], {"smallest": 10, "base": 1})
    assert exact == people.Total(60, 60, 60)


def test_rounded_counts_say_what_they_may_be(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Store.setting
    monkeypatch.setattr(Store, "settings", property(lambda self: {
        **self.facts["settings"], "settings": {**self.facts["settings"]["settings"], "base": 5},
    }))
    monkeypatch.setattr(Store, "setting", lambda self, name: 5 if name == "base" else setting(self, name))
    text = told(opened(served, monkeypatch))
    assert "Les comptes publiés font 150. Ils sont arrondis à 5 près : leur vrai total est de 144 à 156." in text


def test_the_organizations_that_sent_add_up(thin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(thin, monkeypatch, month="2026-09"))
    # Two counts, both hidden: one in people, one in meals; `b` sent nothing in October.
    assert "Pour septembre 2026, 2 organismes ont envoyé leur compte." in text
    assert "2 de ces comptes sont masqués." in text and "Ils comptent ainsi : 1 en repas, 1 en personnes." in text


def test_the_independence_mark_is_worked_out_live(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 600 residents: 600 × (1 − (1 − 50 ÷ 600)³) = 137.8, an overlap of (150 − 137.8) ÷ 100 = 12%.
    text = told(opened(served, monkeypatch, among="residents"))
    assert "parmi tous les résidents, il y en aurait environ 138" in text
    assert "un recoupement de 12 %" in text


def test_a_count_that_was_not_sent_opens_the_range(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(served, monkeypatch, month="2026-09"))
    assert "au moins 50 personnes différentes, et jusqu’à 100 selon les comptes envoyés" in text
    assert "1 organisme n’a pas envoyé son compte : le haut de la fourchette n’est pas connu." in text
    assert "b personnes Pas envoyé ce mois-là" in text
    store = store_of(served, monkeypatch)
    found = people.of_city(store, people.ranges(store, "people"), "2026-09")
    assert found == people.Range(50, 100, True) and not found.exact


def test_units_are_never_added(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(served, monkeypatch))
    for total in ("170", "190", "210"):  # with households, with visits, with both
        assert not re.search(rf"(?<!\d){total}(?!\d)", text)
    households = told(opened(served, monkeypatch, unit="households"))
    assert "exactement 20 ménages différents" in households
    # 40 visits of 1 to 4 a person: 10 to 40 people.
    visits = opened(served, monkeypatch, unit="visits")
    assert "entre 10 et 40 personnes différentes" in told(visits)
    visits.number_input(key="w_visits_high").set_value(2).run()
    assert "entre 20 et 40 personnes différentes" in told(visits)


def test_who_sent_nothing_is_named(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(served, monkeypatch))
    assert "1 organisme du répertoire n’a jamais rien envoyé" in text
    assert re.search(r"Organisme fictif B inconnue Jamais rien envoyé", text)
    assert re.search(r"Organisme fictif A personnes 50", text)


def test_people_of_two_places_may_be_in_either_area(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(served, monkeypatch)
    words.use("fr")
    try:
        frame = people.by_area(store, "district", people.ranges(store, "people"), "2026-10").set_index("name")
        shown = people_tables.areas_html(frame.reset_index(), 0.5, simulated=True)
    finally:
        words.use(None)
    assert frame.loc["Nord", ["low", "top"]].tolist() == [0, 50]
    assert frame.loc["Rive", "status"] == "missing" and pd.isna(frame.loc["Rive", "top"])
    plain = re.sub(r"[ \u00a0]+", " ", re.sub(r"<[^>]+>", " ", shown))
    assert re.search(r"Nord de 0 à 50 environ 25", plain)
    assert re.search(r"Rive Donnée manquante", plain)  # a word, never zero


def test_one_count_of_two_leaves_nothing_to_overlap(thin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(thin, monkeypatch, overlap="50"))
    assert "au moins 50 personnes différentes, et jusqu’à 50 selon les comptes envoyés" in text
    assert "Les comptes publiés font 50 en tout" in text
    assert "recoupement supposé de 50 % : 50 personnes" not in text


def test_hidden_counts_do_not_make_zero(thin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people_text = told(opened(thin, monkeypatch, month="2026-09"))
    assert "font 0 en tout" not in people_text and "Les comptes publiés" not in people_text
    for lang, word in (("fr", "Aucun compte de cette unité n’est publié pour septembre 2026. Ce n’est pas zéro."),
                       ("en", "No count in this unit is published for September 2026. It is not zero.")):
        meals = told(opened(thin, monkeypatch, lang, month="2026-09", unit="meals"))
        assert word in meals and "0 repas" not in meals and "0 meals" not in meals


# --- the example ------------------------------------------------------------------------------------------


def test_what_two_banks_share_narrows_the_range(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(served, monkeypatch, both12="10", both13="20", both23="5", everyone="200")
    text = told(app)
    assert "entre 115 et 120 personnes différentes" in text  # the example of docs/indicators.md
    # 51 × 51 ÷ 11 − 1 = 235.5; variance 51² × 40² ÷ (11² × 12) = 2 866.1.
    assert re.search(r"235,5 personnes, vues ou non \(de [\d,]+ à [\d,]+; variance 2 866,1\)", text)
    app.number_input(key="w_bank1").set_value(80).run()
    assert "comptent 80, 50 et 50 personnes" in told(app)
    assert app.query_params["bank1"] in ("80", ["80"])


def test_numbers_that_cannot_be_are_said_plainly(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(served, monkeypatch, "en", bank1="30", both12="40"))
    assert "The added numbers cannot be true together" in text
    assert "between 50 and 130 different people" in text


@pytest.mark.parametrize("query", [
    {"bank1": "-3", "both12": "x", "overlap": "7e9", "month": "1999-01", "unit": "meals", "level": "moon"},
    {"bank1": "99999999999999999999", "everyone": "1.5", "among": "", "overlap": "101"},
])
def test_nonsense_in_the_address_falls_back(
    served: Path, monkeypatch: pytest.MonkeyPatch, query: dict[str, str],
) -> None:
    assert "entre 50 et 150 personnes" in told(opened(served, monkeypatch, **query))


# --- a version without counts -----------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "why", "range_"), [
    ("fr", "Cette version ne contient aucun compte d’organisme", "entre 50 et 150 personnes différentes"),
    ("en", "This version holds no count from organizations", "between 50 and 150 different people"),
])
def test_without_counts_the_page_says_so_and_the_example_works(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, why: str, range_: str,
) -> None:
    app = opened(toyville, monkeypatch, lang, overlap="100")
    text = told(app)
    assert why in text and text.count(range_) == 1
    assert app.select_slider(key="w_overlap").value == 100
