"""The page on requests over toyville, in both languages, against pencil values; and editions that say less."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from loaders.store import Store, current_version, open_store
from views import referrals

HOUSE = Path(__file__).resolve().parent.parent.parent


def run(monkeypatch: pytest.MonkeyPatch, versions: Path, lang: str, **chosen: str) -> str:
    """Everything the page writes, as one text."""
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    for key, text in {"lang": lang, **chosen}.items():
        app.query_params[key] = text
    app.run()
    app.switch_page("pages/referrals.py").run()
    assert not app.exception
    written = [element.proto.body for element in app.get("html")]
    text = "\n".join([*(title.value for title in app.title), *(head.value for head in app.header), *written])
    return text.replace("\u00a0", " ")


@pytest.fixture
def store(toyville: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    shutil.copytree(toyville / "toyville", tmp_path / "toyville")  # the app may hold the other open
    monkeypatch.setenv("COUVERT_VERSIONS", str(tmp_path))
    version = current_version("toyville")
    assert version
    return open_store("toyville", version)


def test_the_page_in_french(monkeypatch: pytest.MonkeyPatch, toyville: Path) -> None:
    page = run(monkeypatch, toyville, "fr")
    assert "Que demande-t-on, quand, et le besoin est-il comblé?" in page
    assert "le 211 a noté <b>300</b> besoins d’aide alimentaire" in page
    assert "C’est <b>plus</b> qu’un an avant (180) : +66,7 %" in page
    assert "Sur les 8 dernières semaines, on compte 30 besoins par semaine." in page
    assert "la ligne de l’année d’avant n’est pas tracée" in page
    assert "33,3 % des besoins d’aide alimentaire sont restés <b>non comblés</b>" in page  # 80 of 240
    assert "Sur 5 districts, <b>1</b> ont plus de demandes qu’un an avant, <b>0</b> en ont moins, 1 ne" in page
    assert "Le 211 ne voit que celles et ceux qui l’appellent." in page
    assert "SIMULÉ" in page


def test_the_page_in_english(monkeypatch: pytest.MonkeyPatch, toyville: Path) -> None:
    page = run(monkeypatch, toyville, "en")
    assert "What is asked for, when, and is the need met?" in page
    assert "211 noted <b>300</b> food needs" in page
    assert "33.3% of food needs stayed <b>unmet</b>" in page
    assert "211 sees only those who contact it." in page


def test_one_area_against_a_year_ago(monkeypatch: pytest.MonkeyPatch, toyville: Path) -> None:
    page = run(monkeypatch, toyville, "fr", area="T1")
    assert "C’est <b>plus</b> qu’un an avant (120) : +100,0 %" in page  # 240 to 120
    hidden = run(monkeypatch, toyville, "fr", area="T5")
    assert "Dans le quartier Rive : masqué" in hidden


def test_verdicts_of_areas_by_pencil(store: Store) -> None:
    frame = referrals.areas(store, "district").set_index("area_id")
    unknown = dict.fromkeys(("T3", "T4", "T5"), "unknown")  # 0 and 0, nobody, hidden
    assert frame["verdict"].to_dict() == {"T1": "more", "T2": "unclear", **unknown}
    assert frame.loc["T1", "ratio"] == 2


def test_a_hidden_week_leaves_no_total(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = store.referrals("city_week_need_outcome")
    first = rows.index[(rows["need"] == "food") & (rows["outcome"] == "unmet")][0]
    rows.loc[first, "count"] = pd.NA
    rows.loc[first, "status"] = "suppressed"
    monkeypatch.setattr(store, "referrals", lambda _: rows)
    food = referrals.needs(store)[0].set_index("need").loc["food"]
    assert pd.isna(food["share"])
    assert food["share_low"] == pytest.approx(70 / 230) and food["share_high"] == pytest.approx(80 / 240)
    assert food["count"] == 240


def test_a_hidden_week_is_a_gap_not_zero(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = store.referrals("city_week_need_outcome")
    food = (rows["need"] == "food") & (rows["outcome"] == "all")
    rows.loc[food & (rows["period"] == rows["period"].min()), "count"] = pd.NA
    monkeypatch.setattr(store, "referrals", lambda _: rows)
    frame = referrals.weeks(store)
    assert frame["count"].isna().tolist() == [True] + [False] * 7


@pytest.mark.parametrize(("lang", "words"), [
    ("fr", ("Pas encore de demandes par semaine", "Pas encore de demandes dans cette édition")),
    ("en", ("No weekly requests in this edition yet", "No requests in this edition yet")),
])
def test_an_edition_without_requests(
    monkeypatch: pytest.MonkeyPatch, toyville: Path, lang: str, words: tuple[str, ...],
) -> None:
    cuts, rows, indicator, offered = Store.referral_cuts, Store.referrals, Store.indicator, Store.offered
    asked = "referrals_per_1000"
    monkeypatch.setattr(Store, "referral_cuts", lambda self: cuts(self).iloc[:0])
    monkeypatch.setattr(Store, "referrals", lambda self, cut: rows(self, cut).iloc[:0])
    monkeypatch.setattr(Store, "offered", lambda self, level: [x for x in offered(self, level) if x != asked])
    monkeypatch.setattr(
        Store, "indicator", lambda self, name, *a, **k: indicator(self, name if name != asked else "", *a, **k)
    )
    page = run(monkeypatch, toyville, lang)
    for told in words:
        assert told in page
    assert "<b>300</b>" not in page
