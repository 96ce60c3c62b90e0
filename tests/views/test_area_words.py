"""What is said of an area's numbers that are not there, and of one similar area alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from loaders.store import Store, current_version, open_store
from views import area_words, changes, city, locator, my_area, referral_figures, words
from views.my_area import Area, Line

HIDDEN, MISSING = "Masqué (confidentiel)", "Donnée manquante"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    words.use("fr")
    yield
    words.use(None)


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    version = current_version("toyville")
    assert version
    return open_store("toyville", version)


def of(store: Store, area_id: str) -> Area:
    area = my_area.of(store, area_id)
    assert area is not None
    return dataclasses.replace(area)  # nothing kept of it is shared


def requests(area: Area) -> Line:
    line = area.line(my_area.ASKED)
    assert line is not None
    return line


def hidden(line: Line, statuses: dict[str, str]) -> Line:
    """A line whose areas named have no value, with these statuses."""
    frame = line.frame.copy()
    for area_id, status in statuses.items():
        frame.loc[frame["area_id"] == area_id, "status"] = status
        frame.loc[frame["area_id"] == area_id, "value"] = float("nan")
    return dataclasses.replace(line, frame=frame, peers=line.peers.drop(index=list(statuses), errors="ignore"))


# --- hidden is not missing ------------------------------------------------------------------------------------


def test_a_hidden_year_says_so(store: Store) -> None:
    pair = city.year_pair(store, "district")
    assert pair["status"].to_dict()["T5"] == "suppressed" and pair["before_status"].to_dict()["T5"] == "ok"
    assert pair["before_status"].to_dict()["T4"] == "not_applicable"
    table = area_words.years(of(store, "T5"))
    assert [column.texts[0] for column in table.columns[1:]] == [HIDDEN, "0", HIDDEN]
    assert (table.export["status"].iloc[0], table.export["before_status"].iloc[0]) == ("suppressed", "ok")


def test_from_a_known_zero_the_change_is_not_missing(store: Store) -> None:
    table = area_words.years(of(store, "T3"))
    assert [column.texts[0] for column in table.columns[1:]] == ["0", "0", "Sans objet"]


@pytest.mark.parametrize(("statuses", "told"), [
    ({"T1": "suppressed", "T3": "missing"}, HIDDEN), ({"T1": "missing", "T3": "missing"}, MISSING),
])
def test_similar_areas_that_are_hidden_are_not_missing(store: Store, statuses: dict[str, str], told: str) -> None:
    area = of(store, "T2")
    assert set(area.peers["peer_id"]) == set(statuses)
    assert area_words.peers_value(hidden(requests(area), statuses), area) == told


def test_a_link_to_a_hidden_area_says_hidden(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    area, shown = of(store, "T2"), []
    line = hidden(requests(area), {"T1": "suppressed", "T3": "missing"})
    monkeypatch.setattr(locator, "shown_first", lambda _: line)
    monkeypatch.setattr(locator.overview, "address", lambda *_, **__: "#")
    monkeypatch.setattr(locator.st, "html", shown.append)
    locator.peers(area)
    assert f"<dd>{HIDDEN}</dd>" in shown[0] and f"<dd>{MISSING}</dd>" in shown[0]


# --- which area, and which order --------------------------------------------------------------------------------


def test_the_headline_names_the_kind_of_area(store: Store) -> None:
    area = of(store, "T2")
    assert area_words.finding(area).startswith("Centre, district\u00a0: une part touchée")
    borough = dataclasses.replace(area, row=area.row.replace({"district": "borough"}))
    for kind, told in (("borough", "Centre, arrondissement"), ("linked_city", "Centre, ville liée"),
                       ("other", "Centre, arrondissement ou ville liée")):
        row = borough.row.copy()
        row["kind"] = kind
        assert area_words.named(dataclasses.replace(borough, row=row)) == told
    row = area.row.copy()
    row["name_fr"] = "District du Centre"
    assert area_words.named(dataclasses.replace(area, row=row)) == "District du Centre"
    words.use("en")
    assert area_words.finding(of(store, "T2")).startswith("Centre, district: ")


def test_rank_by_share_and_by_number_are_told_apart(store: Store) -> None:
    area = of(store, "T2")
    told = area_words.rank_sentence(area)
    share, number = told.split("**Selon le nombre** de personnes")
    assert share.startswith("**Selon la part** des résidents touchés") and "districts" in share
    assert "un secteur plus peuplé en compte plus" in number and "hasard" in number and "hasard" not in share


# --- one, and none --------------------------------------------------------------------------------------------


def test_one_similar_area_is_not_them(store: Store) -> None:
    area = of(store, "T1")
    line = requests(area)
    for low, high, told in ((1.0, 2.0, "C’est **plus** que dans celui-ci."), (9e5, 1e6, "C’est **moins** que dans"),
                            (line.own["low"], line.own["high"], "**pas d’écart clair** avec lui.")):
        one = pd.DataFrame([{**line.own.to_dict(), "area_id": "T3", "low": low, "high": high}]).set_index("area_id")
        said = area_words.peers_sentence(dataclasses.replace(line, peers=one))
        assert said.startswith("Dans le secteur semblable connu") and told in said
        assert " eux" not in said and "d’entre" not in said


def test_one_area_of_several_agrees_with_its_number() -> None:
    frame = pd.DataFrame({"area_id": list("abc"), "verdict": ["more", "less", "unclear"]})
    assert referral_figures.areas_sentence(frame, None, "district", None).replace("\u00a0", " ").startswith(
        "Sur 3 districts, plus de demandes qu’un an avant : **1**; moins : **1**; pas d’écart clair : 1.",
    )
    for key in ("referrals.asked_all", "add_layer.balance"):
        said = words.plural(key, 3, total="3", more="1", used="1", refused="1", duplicates="1")
        assert not any(wrong in said for wrong in ("1 en ont", "1 refusées"))


def test_the_largest_is_among_clear_changes() -> None:
    row = {"share": None, "share_low": None, "share_high": None, "status": "ok"}
    frame = pd.DataFrame([
        {**row, "side": "area", "name": "Grand", "change": 50.0, "change_low": -5.0, "change_high": 90.0},
        {**row, "side": "area", "name": "Petit", "change": 20.0, "change_low": 5.0, "change_high": 30.0},
    ])
    told = changes.changes_sentence(frame, "district")
    assert "parmi les changements clairs par secteur, le plus grand\u00a0: **Petit**" in told
    assert "bouge le plus" not in told
