"""The page on requests over toyville, in both languages, against pencil values; and editions that say less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from indicators.trends import year_ago
from loaders.store import Store
from views import city, referral_tables, referrals, words

Written = Callable[..., str]

def test_the_page_in_french(written: Written, toyville: Path) -> None:
    page = written(toyville, "referrals", lang="fr")
    assert "Que demande-t-on, quand, et le besoin est-il comblé?" in page
    assert "le 211 a noté <b>300</b> besoins d’aide alimentaire" in page
    assert "C’est <b>plus</b> qu’un an avant (180) : +66,7 %" in page
    assert "Sur les 8 semaines montrées, on compte 30 besoins par semaine." in page
    assert "la ligne de l’année d’avant n’est pas tracée" in page
    assert "33,3 % des besoins d’aide alimentaire sont restés <b>non comblés</b>" in page  # 80 of 240
    assert "Sur 5 districts, plus de demandes qu’un an avant : <b>1</b>; moins : <b>0</b>; pas d’écart clair :" in page
    assert "Le 211 ne voit que celles et ceux qui l’appellent." in page
    assert "SIMULÉ" in page


def test_the_page_in_english(written: Written, toyville: Path) -> None:
    page = written(toyville, "referrals", lang="en")
    assert "What is asked for, when, and is the need met?" in page
    assert "211 noted <b>300</b> food needs" in page
    assert "33.3% of food needs stayed <b>unmet</b>" in page
    assert "211 sees only those who contact it." in page


def test_one_area_against_a_year_ago(written: Written, toyville: Path) -> None:
    page = written(toyville, "referrals", lang="fr", area="T1")
    assert "C’est <b>plus</b> qu’un an avant (120) : +100,0 %" in page  # 240 to 120
    hidden = written(toyville, "referrals", lang="fr", area="T5")
    assert "Dans le quartier Rive : masqué" in hidden


def test_verdicts_of_areas_by_pencil(store: Store) -> None:
    frame = referrals.areas(store, "district").set_index("area_id")
    # 60 hidden, as it would give the 2 of T5 away; 0 and 0, nobody, hidden.
    unknown = dict.fromkeys(("T2", "T3", "T4", "T5"), "unknown")
    assert frame["verdict"].to_dict() == {"T1": "more", **unknown}
    assert frame.loc["T1", "ratio"] == 2


def test_a_hidden_week_leaves_no_total(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = store.referrals("city_week_need_outcome")
    first = rows.index[(rows["need"] == "food") & (rows["outcome"] == "unmet")][0]
    rows.loc[first, "count"] = pd.NA
    rows.loc[first, "status"] = "suppressed"
    monkeypatch.setattr(store, "referrals", lambda _: rows)
    food = referrals.needs(store)[0].set_index("need").loc["food"]
    assert pd.isna(food["share"])
    # Met, eight weeks of 20: 144 to 176, outwards 140 to 180. Unmet, seven of 10: 70 to 84, and one of 1 to 32 − 18.
    assert food["share_low"] == pytest.approx(70 / (70 + 180))
    assert food["share_high"] == pytest.approx(100 / (100 + 140))
    assert food["count"] == 240 and (food["low"], food["high"]) == (220, 260)


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
    monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path, lang: str, words: tuple[str, ...],
) -> None:
    cuts, rows, indicator, offered = Store.referral_cuts, Store.referrals, Store.indicator, Store.offered
    asked = "referrals_per_1000"
    monkeypatch.setattr(Store, "referral_cuts", lambda self: cuts(self).iloc[:0])
    monkeypatch.setattr(Store, "referrals", lambda self, cut: rows(self, cut).iloc[:0])
    monkeypatch.setattr(Store, "offered", lambda self, level: [x for x in offered(self, level) if x != asked])
    monkeypatch.setattr(
        Store, "indicator", lambda self, name, *a, **k: indicator(self, name if name != asked else "", *a, **k)
    )
    page = written(toyville, "referrals", lang=lang)
    for told in words:
        assert told in page
    assert "<b>300</b>" not in page


@pytest.fixture
def french() -> Iterator[None]:
    words.use("fr")
    yield
    words.use(None)


@pytest.mark.usefixtures("french")
def test_every_count_that_is_not_there_says_its_own_status(store: Store) -> None:
    table = referral_tables.areas_table(referrals.areas(store, "district"), None)
    names, now, before = (table.columns[i].texts for i in (0, 2, 3))
    told = dict(zip(names, zip(now, before)))
    assert told["Rive"] == ("Masqué (confidentiel)", "0")
    assert told["Parc"] == ("Sans objet\u00a0: personne n’habite ce secteur",) * 2
    export = table.export.set_index("name")
    assert export.loc["Parc", "before_status"] == "not_applicable" and export.loc["Rive", "status"] == "suppressed"


@pytest.mark.usefixtures("french")
def test_a_hidden_week_and_an_absent_one_read_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = store.referrals("city_week_need_outcome")
    food = rows[(rows["need"] == "food") & (rows["outcome"] == "all")].head(1)
    weeks = pd.date_range("2024-01-01", periods=56, freq="7D")
    many = pd.concat([food.assign(period=week) for week in weeks if week != weeks[53]], ignore_index=True)
    many.loc[many["period"] == weeks[2], ["count", "status"]] = [None, "suppressed"]
    many.loc[many["period"] == weeks[55], ["count", "status"]] = [None, "suppressed"]
    monkeypatch.setattr(store, "referrals", lambda _: many)
    frame = referrals.weeks(store).set_index("period")
    assert frame.loc[weeks[55], "status"] == "suppressed" and frame.loc[weeks[53], "status"] == "missing"
    assert frame.loc[weeks[54], "before_status"] == "suppressed"  # the week a year before
    table = referral_tables.weeks_table(frame.reset_index(), store.events().iloc[:0])
    count, before = table.columns[1].texts, table.columns[2].texts
    assert count[:3] == ["Masqué (confidentiel)", "30", "Donnée manquante"]
    assert before[:2] == ["30", "Masqué (confidentiel)"] and before[-1] == "Donnée manquante"
    assert table.export["status"].tolist()[:3] == ["suppressed", "ok", "missing"]


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(("now", "told"), [
    (20.0, "C’est **plus** qu’un an avant (compte d’un an avant\u00a0: 0)."),  # agrees with requests, needs, counts
    (1.0, "Compte d’un an avant\u00a0: 0;"), (0.0, "Compte d’un an avant\u00a0: **0**"),
])
def test_from_a_known_zero_the_year_before_is_not_unknown(now: float, told: str) -> None:
    row = year_ago(pd.DataFrame({"now": [now], "before": [0.0]})).iloc[0]
    said = city.verdict_words(row, "low", "high")
    assert told in said and "ne peut pas comparer" not in said


def test_a_missing_week_gives_no_upper_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = store.referrals("city_week_need_outcome")
    first = rows.index[(rows["need"] == "food") & (rows["outcome"] == "all")][0]
    rows.loc[first, ["count", "status"]] = [None, "missing"]
    monkeypatch.setattr(store, "referrals", lambda _: rows)
    food = referrals.needs(store)[0].set_index("need").loc["food"]
    assert pd.isna(food["count"]) and pd.isna(food["high"]) and food["low"] == 220  # 8 × 28, outwards
    assert food["hidden"] == 0


def test_every_week_hidden_and_no_area_with_a_rate(
    monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path,
) -> None:
    rows, indicator = Store.referrals, Store.indicator

    def masked(self: Store, cut: str) -> pd.DataFrame:
        return rows(self, cut).assign(count=float("nan"), status="suppressed")

    def none(self: Store, name: str, *place: str, **period: str) -> pd.DataFrame:
        frame = indicator(self, name, *place, **period)
        if name == "referrals_per_1000":
            frame[["numerator", "value", "low", "high"]] = float("nan")
            frame["status"] = "suppressed"
        return frame

    monkeypatch.setattr(Store, "referrals", masked)
    monkeypatch.setattr(Store, "indicator", none)
    page = written(toyville, "referrals", lang="fr")
    assert "<b>aucune semaine n’a de compte que l’on peut montrer</b>" in page
    assert "<b>aucun secteur n’a de taux que l’on peut montrer</b>" in page
