"""The overview over toyville, in both languages, against pencil values; and an edition without requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from loaders.store import Store
from views import gaps, overview, session, words

Written = Callable[..., str]

def test_the_four_numbers_in_french(written: Written, toyville: Path) -> None:
    page = written(toyville, "overview", lang="fr")
    assert "Comment va la ville, en quatre nombres?" in page
    assert '<div class="big">20,0<small> %</small></div>' in page  # Toyland, 2024
    assert "année décrite" in page and "2024, collecte" in page and "collecte : 2025" in page
    assert '<div class="big">100</div>' in page  # 95 people, to the nearest 100
    assert "19,0 % des résidents; probablement de 100 à 200" in page  # 95 to 160 of 500
    assert '<div class="big">30</div>' in page  # out of reach: all of them in Centre
    assert "31,6 % des personnes touchées" in page  # 30 of 95
    assert '<div class="big">300</div>' in page
    assert "C’est <b>plus</b> qu’un an avant (180) : +66,7 %" in page  # 300 to 180
    assert "de 30 à 0" not in page


def test_the_four_numbers_in_english(written: Written, toyville: Path) -> None:
    page = written(toyville, "overview", lang="en")
    assert "How is the city doing, in four numbers?" in page
    for shown in ("20.0<small>%</small>", "100", "30", "300"):
        assert f'<div class="big">{shown}</div>' in page
    assert "31.6% of people in need" in page
    assert "That is <b>more</b> than a year before (180): +66.7%" in page
    assert "Personnes" not in page


def test_the_gap_by_name_and_what_has_no_rank(written: Written, toyville: Path) -> None:
    page = written(toyville, "overview", lang="fr")
    assert "Dans le quartier Centre, environ <b>30 personnes</b>" in page
    assert "C’est le seul secteur dans ce cas." in page
    assert "Dans 2 secteurs, toutes les personnes touchées ont une aide à portée." in page  # Nord, Colline
    assert "2 secteurs n’ont pas de rang" in page  # Parc, Rive
    assert "gap_map?lang=fr&amp;version=" in page and "area=T2" in page


def test_what_goes_with_need_by_pencil(store: Store) -> None:
    sides = gaps.together(store, "district")
    # Nord alone is in the most deprived fifth: 25 of 100, none out of reach, next to a place.
    assert sides.loc["inside", "value"] == pytest.approx(0.25) and sides.loc["inside", "far"] == 0
    # Centre, Colline, Rive: 70 of 400; 30 of 70 out of reach.
    assert sides.loc["outside", "value"] == pytest.approx(70 / 400)
    assert sides.loc["outside", "far"] == pytest.approx(30 / 70)


def test_ranks_are_ranges_where_ranges_meet(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    areas = store.areas("district")
    far = pd.DataFrame({
        "area_id": ["T1", "T2", "T3", "T5"], "numerator": [50.0, 20.0, 19.0, 0.0], "denominator": [100.0] * 4,
        "value": [0.5, 0.2, 0.19, 0.0], "low": [0.4, 0.18, 0.17, 0.0], "high": [0.6, 0.22, 0.21, 0.0],
        "status": "ok", "basis": "modelled", "reason": None,
    })
    monkeypatch.setattr(store, "indicator", lambda *_, **__: far)
    monkeypatch.setattr(store, "areas", lambda _: areas)
    words.use("fr")
    try:
        ranked = gaps.gaps(store, "district")
        assert ranked[["rank_best", "rank_worst"]].to_numpy().tolist() == [[1, 1], [2, 3], [2, 3]]
        told = gaps.gaps_sentence(store, "district", ranked)
    finally:
        words.use(None)
    assert "Dès le rang 2, les fourchettes se chevauchent" in told
    assert "Dans 1 secteur, toutes" in told


def test_an_edition_without_requests_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cuts = store.referral_cuts()
    nothing = store.indicator("referrals_per_1000", "city").iloc[:0]
    monkeypatch.setattr(store, "indicator", lambda *_, **__: nothing)
    monkeypatch.setattr(store, "referral_cuts", lambda: cuts.iloc[:0])
    monkeypatch.setattr(session, "version", lambda: store.version)
    for lang, title in (("fr", "Pas encore de demandes dans cette édition"), ("en", "No requests in this edition yet")):
        words.use(lang)
        try:
            one = overview.asked_number(store)
        finally:
            words.use(None)
        assert one.word and one.big == title and one.under


def test_the_twelve_months_name_every_cut_they_rest_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview.sources, "behind", lambda *_: ["toy_survey"])
    monkeypatch.setattr(session, "version", lambda: store.version)
    assert overview.asked_number(store).source == overview.short_source(store, ["toy_survey"])


def test_a_survey_of_a_place_without_words_of_its_own(
    monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path,
) -> None:
    setting, prevalence = Store.setting, Store.prevalence
    monkeypatch.setattr(
        Store, "setting", lambda self, name: "atlantis" if name == "survey_geography" else setting(self, name),
    )
    monkeypatch.setattr(
        Store, "prevalence", lambda self, place, *a: prevalence(self, "toyland" if place == "atlantis" else place, *a),
    )
    page = written(toyville, "overview", lang="fr")
    assert "Insécurité alimentaire, territoire : atlantis" in page and "Territoire : atlantis, en 2023" in page
