"""The services page of toyville: the filters, hours, ages and changes a pencil finds, in both languages."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from loaders.store import Store
from tests.pages.test_risk_factors import html_of, opened
from views import service_filters, service_map, services, words

Written = Callable[..., str]
EARLIER = "2020-01-01-001"


def names(page: str) -> list[str]:
    """Numbers of the simulated services that the list of a page shows, in order."""
    listed = page[page.index("cv-list"):page.index("</ol>")] if "cv-list" in page else ""
    return [part.split("<")[0].split()[-1] for part in listed.split("<h3>")[1:]]


def test_the_page_in_french(written: Written, toyville: Path) -> None:
    page = written(toyville, "services", lang="fr")
    assert "Quelle aide est répertoriée, et peut-on se fier à la liste?" in page
    assert "<b>4</b> services d’aide alimentaire sont répertoriés, dont 3 en activité." in page
    assert "S’y ajoute 1 autre lieu : épicerie." in page  # food aid first
    assert "Une personne en a vérifié <b>1</b> dans les six mois avant la liste (33,3 % des actifs)" in page
    assert "3 résultats, sur 5 services." in page and "SIMULÉ" in page and names(page) == ["1", "2", "3"]
    for told in ("Lundi de 17 h à 19 h 30; mercredi de 10 h à midi", "Français, anglais", "11 personnes par mois",
                 "Capacité inconnue", "Heures inconnues",
                 "Fiche vérifiée le 1er octobre 2026, 31 jours avant cette liste",
                 "Fiche jamais vérifiée : appelez avant d’y aller.", "Liste obtenue le 1er novembre 2026."):
        assert told in page, told
    assert "Absent de la liste ne veut pas dire absent du quartier." in page
    assert "mercredi à 11 h, avec <b>2</b> services" in page
    assert "De 8 h à 20 h, aucun lieu n’est ouvert pendant 78 heures sur 84 dans la semaine." in page  # 84 − 3 − 3
    assert "Une personne a déjà vérifié <b>2</b> fiches sur 3 (66,7 %)" in page
    assert "1 fiche jamais vérifiée porte une date de modification" in page
    # 31 and 335 days, and one unknown: 2^(−31/180) + 2^(−335/180) = 1.2 at least; 1.0 + 0.7 + 1 at most.
    assert "<b>de 1 à 3</b> des 3 fiches" in page
    assert "de 24,5 à 70,7 %" in page  # 2^(−365/180) and 2^(−365/730)
    assert "La liste ne publie aucun numéro de téléphone." in page
    assert "Cette édition ne compare pas sa liste à un registre." in page
    assert "est la première publiée : il n’y a rien à comparer" in page


def test_the_page_in_english(written: Written, toyville: Path) -> None:
    page = written(toyville, "services", lang="en")
    assert "What help is listed, and can we trust the listing?" in page
    assert "<b>4</b> food-aid services are listed, of which 3 active. " in page
    assert "1 other place is listed too: grocery." in page
    for told in ("Monday 5 p.m. to 7:30 p.m.; Wednesday 10 a.m. to noon", "French, English", "11 people a month",
                 "Verified on October 1, 2026, 31 days before this listing", "3 results, of 5 services."):
        assert told in page, told


@pytest.mark.parametrize(("asked", "kept"), [
    ({"state": "all", "kind": "all"}, "Service simulé 4"), ({"on": "WE", "at": "11:30", "tongue": "en"}, "1 résultat"),
    ({"area": "T2", "within": "1600", "q": "ORGANISME fictif a"}, "2 résultats"), ({"form": "fridge"}, "1 résultat"),
    # Nothing of an address that means nothing is kept.
    ({"kind": "zoo", "on": "XX", "at": "99:99", "area": "nowhere", "page": "7", "state": "x", "within": "-1"},
     "3 résultats, sur 5 services. Filtres : Aide alimentaire."),
])
def test_filters_live_in_the_address(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], kept: str,
) -> None:
    app = opened(toyville, monkeypatch, "services", "fr")
    for key, value in asked.items():
        app.query_params[key] = value
    told = html_of(app.run()).replace("\u00a0", " ")
    assert not app.exception and kept in told


@pytest.mark.parametrize(("asked", "kept"), [
    ({}, "S1 S2 S3"), ({"kind": ""}, "G1 S1 S2 S3"), ({"kind": "grocery"}, "G1"), ({"state": "all"}, "S1 S2 S3 S4"),
    ({"form": "fridge"}, "S3"), ({"tongue": "en"}, "S1"), ({"text": "SIMULE 2"}, "S2"), ({"text": "fictif b"}, "S3"),
    ({"day": "MO", "at": "17:00"}, "S1"), ({"day": "WE", "at": "11:30"}, "S1 S2"), ({"day": "MO"}, "S1"),
    ({"day": "WE", "at": "12:00"}, "S2"), ({"day": "MO", "at": "19:29"}, "S1"), ({"who": "area"}, ""),
    # Centre’s people live half at L2, half 0.025° east of it: their middle is 977 m from L2, 1 398 m from L1.
    ({"area": "T2"}, "S2"), ({"area": "T2", "within": "500"}, ""), ({"area": "T2", "within": "1100"}, "S2"),
    ({"area": "T2", "within": "1600"}, "S1 S2"),
    ({"area": "T3"}, "S3"), ({"area": "T4"}, ""),
])
def test_what_the_filters_keep(store: Store, asked: dict[str, str], kept: str) -> None:
    words.use("fr")
    try:
        frame = services.rows(store)
    finally:
        words.use(None)
    wanted = services.Asked(**{"kind": "food_aid", **asked})
    found = services.kept(frame, wanted, store.schedule(), services.near(store, frame, wanted))
    assert " ".join(sorted(found["service_id"])) == kept


def test_an_answer_about_a_moment_says_who_never_told_hours(written: Written, toyville: Path) -> None:
    page = written(toyville, "services", lang="fr", on="MO", at="18:00")
    assert "1 résultat, sur 5 services." in page
    assert "1 service ne publie pas ses heures : il n’est pas dans ces résultats." in page
    assert "Filtres : Aide alimentaire · lundi à 18 h." in page


def test_no_result_and_nothing_here_are_two_sentences(written: Written, toyville: Path) -> None:
    none = written(toyville, "services", lang="fr", q="rien de tel")
    assert "Aucun résultat. Enlevez un filtre." in none and names(none) == []
    here = written(toyville, "services", lang="fr", area="T4")
    assert "Aucun service connu ici. Cela ne veut pas dire aucun." in here
    assert "No known service here. That does not mean none." in written(toyville, "services", lang="en", area="T4")


def test_the_moment_asked_for_is_told_of_people_too(written: Written, toyville: Path, store: Store) -> None:
    at = "reach_m=1100;weekday=MO;hour=18"
    row = store.indicator("open_within_reach", "city", at).iloc[0]
    page = written(toyville, "services", lang="en", on="MO", at="18:10")
    span = f"{100 * row['low']:.1f} to {100 * row['high']:.1f}%"
    assert f"Monday at 6 p.m., counting all help, {span} of people in need" in page


@pytest.mark.parametrize(("lang", "told"), [
    ("fr", "Cette édition ne répertorie aucun service."), ("en", "This edition lists no service."),
])
def test_an_edition_without_services(
    monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path, lang: str, told: str,
) -> None:
    empty = Store.services
    monkeypatch.setattr(Store, "services", lambda self, kind=None: empty(self, kind).iloc[:0])
    st.cache_resource.clear()
    page = written(toyville, "services", lang=lang)
    st.cache_resource.clear()
    assert told in page and names(page) == []


def test_the_button_clears_every_filter(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(toyville, monkeypatch, "services", "fr", q="simule", form="fridge", on="WE", at="11:30", area="T2")
    assert "Aucun service connu ici" in html_of(app)
    _button(app, "Réinitialiser les filtres").click().run()
    assert not app.exception and "3 résultats, sur 5 services." in html_of(app).replace("\u00a0", " ")
    assert not {"q", "form", "on", "at", "area"} & set(app.query_params)


def test_now_is_written_in_the_address(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_filters, "clock_now", lambda _: ("WE", "11:07"))
    app = opened(toyville, monkeypatch, "services", "fr")
    _button(app, "Maintenant").click().run()
    assert app.query_params["on"] == "WE" and app.query_params["at"] == "11:07"
    assert "mercredi à 11 h 7." in html_of(app).replace("\u00a0", " ")


def _button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def test_the_map_holds_what_the_list_keeps(store: Store) -> None:
    words.use("fr")
    try:
        frame = services.rows(store)
        kept = services.kept(frame, services.Asked(state="all"), store.schedule(), None)
        data = service_map.data(service_map.placed(kept))
    finally:
        words.use(None)
    assert len(data) == 5 and {x["i"] for x in data} == {"food_aid", "food_aid_closed", "grocery"}
    assert next(x for x in data if x["i"] == "food_aid_closed")["n"].endswith("Fermé définitivement")


# --- two versions -----------------------------------------------------------------------------------------


@pytest.fixture
def two(toyville: Path, tmp_path: Path) -> Path:
    """Toyville with an earlier version: S1 not yet, S2 paused, S3 elsewhere, S4 still active, S9 since removed."""
    folder = tmp_path / "toyville"
    shutil.copytree(toyville / "toyville", folder)
    (path,) = folder.glob("*.duckdb")
    before = folder / f"{EARLIER}.duckdb"
    shutil.copy(path, before)
    with duckdb.connect(str(before)) as con:
        con.execute("UPDATE service SET service_id = 'S9', name = 'Ailleurs' WHERE service_id = 'S1'")
        con.execute("UPDATE service_at_location SET service_id = 'S9', location_id = 'L4' WHERE service_id = 'S1'")
        con.execute("UPDATE service SET service_status = 'temporarily closed' WHERE service_id = 'S2'")
        con.execute("UPDATE service SET languages = 'fr,en' WHERE service_id = 'S3'")
        con.execute("UPDATE service SET service_status = 'active' WHERE service_id = 'S4'")
    facts = json.loads(path.with_suffix(".json").read_text("utf-8"))
    content = before.read_bytes()
    facts |= {"version": EARLIER, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    before.with_suffix(".json").write_text(json.dumps(facts), "utf-8")
    return tmp_path


def test_what_changed_since_an_earlier_version(written: Written, two: Path) -> None:
    st.cache_resource.clear()
    page = written(two, "services", lang="fr")
    st.cache_resource.clear()
    told = ("Depuis la version 2020-01-01-001, du 1er janvier 2020 : 1 fermé ou en pause, 1 retiré de la liste, "
            "1 de nouveau actif, 1 ajouté, 1 modifié.")
    assert told in page
    for cells in (("Ailleurs", "Retiré de la liste"), ("Service simulé 1", "Ajouté à la liste"),
                  ("Service simulé 4", "Fermé ou en pause"), ("Fermé temporairement", "En activité"),
                  ("français, anglais", "français")):
        assert all(cell in page for cell in cells), cells


def test_a_damaged_earlier_version_says_so(written: Written, two: Path) -> None:
    (two / "toyville" / f"{EARLIER}.duckdb").write_bytes(b"x")
    st.cache_resource.clear()
    page = written(two, "services", lang="en", since=EARLIER)
    st.cache_resource.clear()
    assert "The file of version 2020-01-01-001 is damaged." in page


# --- a register beside the listing ------------------------------------------------------------------------


def test_what_a_register_has_and_the_listing_lacks(
    written: Written, toyville: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = Store.services

    def both(self: Store, kind: str | None = None) -> pd.DataFrame:
        rows = every(self, kind)
        copy = rows[rows["service_id"].isin(["S1", "S3"])].assign(dataset_id="toy_index")
        copy["service_id"] = "R" + copy["service_id"]
        copy.loc[copy["service_id"] == "RS3", "name"] = "Cuisine du parc"
        return pd.concat([rows, copy], ignore_index=True)

    asked = {"register": "toy_index", "listing": "toy_services"}
    settings = Store.settings.fget
    assert settings
    monkeypatch.setattr(Store, "services", both)
    monkeypatch.setattr(Store, "settings", property(
        lambda self: {**settings(self), "settings": {**settings(self)["settings"], "reconcile": asked}}
    ))
    st.cache_resource.clear()
    page = written(toyville, "services", lang="fr")
    st.cache_resource.clear()
    assert "<b>1</b> des 2 lieux cherchés (50,0 %) n’est pas dans la liste comparée." in page
    assert "Registre : Indice de Toyville. Liste comparée : Services de Toyville." in page
    assert "Cuisine du parc" in page and "Absent de la liste" in page
