"""The page on who is missing: toyville's blind spots by pencil, groups that come and go, and who no source counts."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from indicators import INDICATOR, access, need, risk, trends
from loaders.store import Store
from views import absent, absent_tables, numbers

HOUSE = Path(__file__).resolve().parents[2]


# Some tests change what the store gives: nothing of it may be kept.
pytestmark = pytest.mark.usefixtures("nothing_kept")


def opened(toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str = "fr", **query: str) -> AppTest:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    app.query_params["lang"] = lang
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/who_is_missing.py").run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    pieces = " ".join(element.proto.body for element in app.get("html"))
    return re.sub(r"[ \n\u00a0]+", " ", re.sub(r"<(?!style)[^>]+>", " ", pieces))


# --- indicators and levels --------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "lead", "cell"), [
    ("fr", "Par district, le plus grand angle mort touche 400 résidents sur 600.", "83 % des résidents Simulé"),
    ("en", "By district, the largest blind spot covers 400 residents of 600.", "83% of residents Simulated"),
])
def test_the_largest_blind_spot_comes_first(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, lead: str, cell: str,
) -> None:
    # Requests are hidden in Centre (300) and Rive (100); need has no value in Rive: 500 of 600 are known, 83%.
    text = told(opened(toyville, monkeypatch, lang))
    assert lead in text and cell in text
    assert text.index(lead) < text.index(cell)
    assert "nan" not in text and "None" not in text


def test_cells_of_the_matrix(store: Store) -> None:
    rows = absent.matrix(store).set_index(["indicator_id", "grp", "level"])
    columns = ["numerator", "denominator", "suppressed", "missing", "unknown"]
    assert rows.loc[("food_insecurity", "", "district"), columns].tolist() == [100, 600, 0, 100, 0]
    assert rows.loc[("referrals_per_1000", "", "district"), columns].tolist() == [400, 600, 400, 0, 0]
    # Access: Colline's place never told its capacity (unknown), Rive's need is not published (missing).
    assert rows.loc[("access", "", "district"), columns].tolist() == [200, 600, 0, 100, 100]
    assert rows.loc[("access", "", "city"), "kind"] == "none"
    assert rows.loc[("residents_out_of_reach", "", "district"), "kind"] == "all"
    assert ("worst_fifth", "", "city") not in rows.index  # a chance of rank has no sense for the whole city
    held = rows[["suppressed", "missing", "unknown"]].sum(axis=1)
    assert (held == rows["numerator"].fillna(0)).all()


def test_a_value_between_limits_is_the_same_state_as_on_the_card_of_its_area(store: Store) -> None:
    rows = absent.matrix(store)
    city = store.indicators_of(str(store.areas("city")["area_id"].iloc[0]))
    card = city[city["setting"].isin(["", f"reach_m={store.setting('reach_m')}"])].set_index("indicator_id")
    seen = 0
    for row in rows[rows["level"].eq("city") & rows["grp"].eq("") & rows["indicator_id"].isin(card.index)].itertuples():
        told = card.loc[row.indicator_id]
        limits = numbers.span(told["low"], told["high"], INDICATOR[row.indicator_id].unit)
        between = told["status"] == "unknown" and limits is not None
        assert (row.within > 0) == between, row.indicator_id
        seen += between
    assert seen and (rows["within"] <= rows["unknown"]).all()


@pytest.mark.parametrize(("lang", "limits", "hours"), [
    ("fr", "Bornes seulement, pour 100 % des résidents", "Heures inconnues"),
    ("en", "Limits only, for 100% of residents", "Hours unknown"),
])
def test_limits_and_hours_are_said_in_the_matrix(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, limits: str, hours: str,
) -> None:
    text = told(opened(toyville, monkeypatch, lang))
    assert limits in text and hours in text


def test_a_tie_is_told_and_a_reading_is_no_blind_spot(store: Store) -> None:
    first = absent.largest(absent.matrix(store), "district")
    assert first["indicator_id"].tolist() == ["referrals_per_1000", "awareness_ratio"]
    assert (first["grp"] == "").all() and (first["numerator"] == 400).all()
    assert absent.largest(absent.matrix(store), "tract").empty


@pytest.mark.usefixtures("french")
def test_nearly_all_is_not_all() -> None:
    row = pd.DataFrame([{"value": 0.00004}, {"value": 0.99996}, {"value": 0.0}, {"value": 0.5}])
    shares = [absent_tables.share_known(one).replace("\u00a0", " ") for one in row.itertuples()]
    assert shares == ["presque 100 %", "presque 0 %", "100 %", "50 %"]


# --- groups -----------------------------------------------------------------------------------------------


def survey(**told: str) -> pd.DataFrame:
    """One group a name; one letter a year from 2020: `o` published, `s` hidden, `.` no row."""
    status = {"o": "ok", "s": "suppressed"}
    return pd.DataFrame([
        {"group_id": group, "label": group.title(), "dimension": "origin", "head_variable": None,
         "reference_year": 2020 + n, "status": status[letter], "basis": "counted"}
        for group, letters in told.items() for n, letter in enumerate(letters) if letter in status
    ])


def test_groups_that_vanish_appear_or_never_were() -> None:
    found = absent.changed(survey(always="oooo", gone="soos", never="ssss", new="ssoo", back="osoo", dropped="oo.."))
    assert found.set_index("label")["change"].to_dict() == {
        "Gone": "gone", "Dropped": "gone", "Never": "never", "Back": "back", "New": "new",
    }
    assert found["change"].tolist() == ["gone", "gone", "never", "back", "new"]  # what is lost now comes first
    assert found.set_index("label")["since"].to_dict() == {
        "Gone": 2023, "Dropped": 2022, "Never": 2020, "Back": 2022, "New": 2022,
    }
    dropped = found.set_index("label").loc["Dropped"]
    assert [dropped["2021"], dropped["2022"]] == ["ok", "absent"]  # no row is not a hidden cell
    assert absent.changed(survey(one="ooo", two="ooo")).empty


def test_toyville_hides_a_group_in_one_year(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(opened(toyville, monkeypatch))
    assert "De 2023 à 2024, 1 groupes sur 5" not in text  # agreement
    assert "De 2023 à 2024, 1 groupe sur 5 manque au moins une année." in text
    assert re.search(r"Autochtones, 15 ans et plus Publié depuis 2024 Masqué Publié", text)


def test_what_can_be_told_of_a_group_at_each_scale(store: Store) -> None:
    rows = absent.scales(store).set_index("group_id")
    scale = list(absent_tables.SCALES)
    assert rows.loc["all", scale].tolist() == ["published", "none", "modelled", "modelled"]
    # 65 and over: 9 people estimated in the city; by district only how many live there.
    assert rows.loc["age_65plus", scale].tolist() == ["published", "none", "modelled", "heads"]
    assert rows.loc["black", scale].tolist() == ["published", "none", "none", "none"]


def test_crossings_that_no_group_carries() -> None:
    groups = pd.DataFrame([
        {"group_id": name, "label": name, "dimension": kind, "areas": "none"} for name, kind in (
            ("men", "gender"), ("men_65plus", "gender"), ("age_65plus", "age"), ("black", "origin"), ("all", "all"),
        )
    ])
    found = absent.crossings(groups).set_index(["first", "second"])
    assert found.loc[("age", "gender"), "groups"] == 1 and found.loc[("age", "gender"), "labels"] == ["men_65plus"]
    assert found.loc[("gender", "origin"), "groups"] == 0
    assert found.loc[("origin", absent.PLACE), "groups"] == 0
    assert len(found) == 6  # three pairs of kinds, and each kind with the place


def test_every_group_said_to_cross_is_one_of_the_survey() -> None:
    with (HOUSE / "data" / "montreal" / "groups.csv").open(encoding="utf-8", newline="") as file:
        known = {row["group_id"]: row["dimension"] for row in csv.DictReader(file)}
    for group, kinds in absent.CROSSED.items():
        assert known[group] in kinds, group


# --- outside every source; warnings; nothing at all -------------------------------------------------------


def test_who_is_left_out_is_said_by_a_declaration(store: Store) -> None:
    found = {left.key: left for left in absent.left_out(store)}
    assert {"homeless", "institutions", "no_status", "small_groups", "silent_211", "unlisted"} <= set(found)
    assert found["homeless"].says == risk.RATIO.limits[1] and "sans logement" in risk.RATIO.limits[1].fr
    assert found["silent_211"].says == trends.INDICATOR.limits[1] and "211" in trends.INDICATOR.limits[1].fr
    assert found["unlisted"].says == access.LISTED
    assert "familles" in need.INDICATOR.limits[2].fr
    assert found["homeless"].n is None and found["small_groups"].n == 0  # unknown is not zero, zero is a number
    assert "unsent" not in found and "linked_cities" not in found  # toyville has neither


@pytest.mark.parametrize(("lang", "nobody", "wrong"), [
    ("fr", "Personnes en situation d’itinérance Personne ne les compte", "mauvaise conclusion"),
    ("en", "People experiencing homelessness Nobody counts them", "wrong conclusion"),
])
def test_left_out_and_warnings_are_on_the_page(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, nobody: str, wrong: str,
) -> None:
    text = told(opened(toyville, monkeypatch, lang))
    assert nobody in text and wrong in text
    assert need.INDICATOR.misuse is not None
    assert need.INDICATOR.misuse.of(lang).replace("\u00a0", " ") in text


def test_an_unknown_severity_falls_back(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "400 résidents" in told(opened(toyville, monkeypatch, severity="colossal", level="moon"))


@pytest.mark.parametrize(("lang", "lead", "groups"), [
    ("fr", "Cette version ne contient aucun indicateur", "Cette version ne contient aucune enquête par groupe."),
    ("en", "This version holds no indicator", "This version holds no survey by group."),
])
def test_an_empty_version_keeps_its_blocks(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, lead: str, groups: str,
) -> None:
    for name in ("missing", "statuses", "surveyed", "clients"):
        whole = getattr(Store, name)
        monkeypatch.setattr(Store, name, lambda self, *args, whole=whole: whole(self, *args).iloc[:0])
    monkeypatch.setattr(Store, "held", lambda _: [])
    app = opened(toyville, monkeypatch, lang)
    text = told(app)
    assert lead in text and groups in text
    assert len(app.header) == 6  # every question is still asked
