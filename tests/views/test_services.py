"""The listing in words, its hours and its filters: small frames a pencil follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest

from views import numbers, service_list, services, timetable, trust, words
from views.services import Asked

NBSP = "\u00a0"


@pytest.fixture
def french() -> Iterator[None]:
    words.use("fr")
    yield
    words.use(None)


@pytest.fixture
def english() -> Iterator[None]:
    words.use("en")
    yield
    words.use(None)


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(("week", "told"), [
    ([("MO", "13:30", "16:00")], "lundi de 13 h 30 à 16 h"),
    ([(day, "09:05", "12:00") for day in ("MO", "TU", "WE")], "du lundi au mercredi de 9 h 5 à midi"),
    ([("MO", "09:00", "12:00"), ("MO", "13:00", "16:00")], "lundi de 9 h à midi et de 13 h à 16 h"),
    ([("MO", "10:00", "11:00"), ("SU", "10:00", "11:00"), ("TH", "17:00", "24:00")],
     "lundi et dimanche de 10 h à 11 h; jeudi de 17 h à minuit"),
    ([("SA", "00:00", "24:00")], "samedi toute la journée"),
    ([("MO", "10:00", "11:00"), ("WE", "10:00", "11:00"), ("FR", "10:00", "11:00")],
     "lundi, mercredi et vendredi de 10 h à 11 h"),
    ([], ""),
])
def test_a_week_in_french(week: list[tuple[str, str, str]], told: str) -> None:
    assert timetable.in_words(week).replace(NBSP, " ") == told


@pytest.mark.usefixtures("english")
def test_a_week_in_english() -> None:
    said = timetable.in_words([("MO", "13:30", "16:00"), ("TU", "00:00", "12:00")])
    assert said.replace(NBSP, " ") == "Monday 1:30 p.m. to 4 p.m.; Tuesday midnight to noon"
    assert numbers.time_of_day("12:30") == f"12:30{NBSP}p.m." and numbers.time_of_day("00:15") == f"12:15{NBSP}a.m."


SCHEDULE = pd.DataFrame(
    [("A", "MO", "17:00", "19:30"), ("A", "WE", "10:00", "12:00"), ("B", "WE", "11:00", "13:00")],
    columns=["service_id", "byday", "opens_at", "closes_at"],
)


def test_open_from_its_first_minute_to_the_one_before_its_last() -> None:
    assert timetable.open_at(SCHEDULE, "MO", "16:59") == frozenset()
    assert timetable.open_at(SCHEDULE, "MO", "17:00") == {"A"} == timetable.open_at(SCHEDULE, "MO", "19:29")
    assert timetable.open_at(SCHEDULE, "MO", "19:30") == frozenset()
    assert timetable.open_at(SCHEDULE, "WE", "11:30") == {"A", "B"}


def test_the_week_by_hour_counts_half_hours_and_leaves_the_silent_out() -> None:
    counts, silent = timetable.by_hour(pd.Index(["A", "B", "C"]), SCHEDULE)
    assert silent == 1
    assert counts["MO"][counts["MO"] > 0].to_dict() == {17: 1, 18: 1, 19: 1}  # half of 19 to 20 h is enough
    assert counts["WE"][counts["WE"] > 0].to_dict() == {10: 1, 11: 2, 12: 1}
    assert timetable.busiest(counts) == ("WE", 11, 2)
    assert timetable.nobody(counts) == (7 * 12 - 6, 84)
    assert timetable.shown_hours(counts) == range(10, 20)
    none, everyone = timetable.by_hour(pd.Index(["C"]), SCHEDULE)
    assert everyone == 1 and not none.to_numpy().any() and timetable.shown_hours(none) == range(0)


@pytest.mark.usefixtures("french")
def test_every_shade_of_the_week_holds_its_number() -> None:
    counts, _ = timetable.by_hour(pd.Index(["A", "B"]), SCHEDULE)
    shown = timetable.heat(counts, "x")
    assert shown.count("<tr>") == 11 and ">2</td>" in shown and shown.count('class="zero"') == 7 * 10 - 6


@pytest.mark.parametrize(("days", "name"), [(0, "recent"), (182, "recent"), (183, "while"), (365, "while"),
                                            (366, "long"), (float("nan"), "never")])
def test_classes_of_age(days: float, name: str) -> None:
    assert services.freshness_class(days) == name


def listing(**changed: object) -> pd.DataFrame:
    """One listing as `Store.services` gives it, with some cells changed."""
    row: dict[str, object] = {
        "service_id": "s", "name": "Œuvre Sainte-Élise", "organization": "Org", "kind": "food_aid", "form": "pantry",
        "service_status": "active", "capacity": 30.0, "languages": "fr,ht", "assured_date": pd.Timestamp("2026-05-01"),
        "last_modified": pd.NaT, "verifier": None, "referable": pd.NA, "description": None, "eligibility": None,
        "fees": None, "referral": None, "delivery": None, "url": None, "hours": None, "phone": None, "basis": "counted",
        "dataset_id": "d", "location_id": "p", "address": "1, rue A", "lon": -73.6, "lat": 45.5, "position": "given",
    }
    return pd.DataFrame([{**row, **changed}])


def read(**changed: object) -> pd.DataFrame:
    """The same in words, obtained on 2026-11-01, without hours or service areas."""
    areas = pd.DataFrame(columns=["service_id", "name", "name_fr", "name_en"])
    sources = pd.DataFrame({"dataset_id": ["d"], "retrieved": [pd.Timestamp("2026-11-01")]})
    return services.written(listing(**changed), SCHEDULE, areas, sources)


@pytest.mark.usefixtures("french")
def test_age_runs_to_the_day_the_listing_was_obtained_and_an_edit_is_no_verification() -> None:
    row = read().iloc[0]
    assert row["age_days"] == 184 and row["fresh"] == "while"
    assert row["fresh_words"].replace(NBSP, " ") == "Fiche vérifiée le 1er mai 2026, 184 jours avant cette liste"
    edited = read(assured_date=pd.NaT, last_modified=pd.Timestamp("2026-10-31")).iloc[0]
    assert edited["fresh"] == "never" and "jamais vérifiée" in edited["fresh_words"]


@pytest.mark.usefixtures("french")
def test_what_is_not_told_is_a_word() -> None:
    shown = service_list.to_html(read(capacity=float("nan"), languages=None, address=None), 1, "x")
    for word in ("Capacité inconnue", "Langues inconnues", "Heures inconnues", "Adresse inconnue",
                 "Aucune condition publiée"):
        assert word in shown, word
    assert "nan" not in shown.lower() and "None" not in shown


@pytest.mark.usefixtures("french")
def test_texts_of_a_listing_are_escaped_and_only_a_secure_page_is_a_link() -> None:
    row = read(name="<script>x</script>", eligibility="<b>a</b> & b", url="javascript:alert(1)", phone="<i>1</i>")
    shown = service_list.to_html(row, 1, "x")
    assert "<script" not in shown and "&lt;script&gt;" in shown and "&lt;b&gt;a&lt;/b&gt; &amp; b" in shown
    assert "javascript" not in shown and "<i>" not in shown
    assert 'href="https://exemple.org/a"' in service_list.to_html(read(url="https://exemple.org/a"), 1, "x")


@pytest.mark.usefixtures("french")
def test_a_service_nobody_is_to_be_sent_to_says_so() -> None:
    assert "n’y diriger personne" in service_list.to_html(read(referable=False), 1, "x")
    assert "n’y diriger personne" not in service_list.to_html(read(referable=True), 1, "x")
    assert "n’y diriger personne" not in service_list.to_html(read(), 1, "x")


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(("asked", "kept"), [
    ({"text": "OEUVRE elise"}, 1), ({"text": "créole"}, 1), ({"text": "bengali"}, 0), ({"kind": "grocery"}, 0),
    ({"form": "pantry"}, 1), ({"tongue": "ht"}, 1), ({"tongue": "h"}, 0), ({"who": "none"}, 1), ({"who": "text"}, 0),
    ({"state": "all"}, 1), ({"day": "MO", "at": "18:00"}, 0), ({"day": "MO"}, 0),
])
def test_each_filter_alone(asked: dict[str, str], kept: int) -> None:
    assert len(services.kept(read(), Asked(**asked), SCHEDULE, None)) == kept


@pytest.mark.usefixtures("french")
def test_closed_for_good_is_hidden_until_asked_and_never_open() -> None:
    row = read(service_id="A", service_status="defunct")
    assert services.kept(row, Asked(), SCHEDULE, None).empty
    assert len(services.kept(row, Asked(state="all"), SCHEDULE, None)) == 1
    assert services.kept(row, Asked(state="all", day="MO", at="18:00"), SCHEDULE, None).empty
    paused = read(service_id="A", service_status="temporarily closed")
    assert len(services.kept(paused, Asked(), SCHEDULE, None)) == 1
    assert services.kept(paused, Asked(day="MO", at="18:00"), SCHEDULE, None).empty


@pytest.mark.usefixtures("french")
def test_unknown_hours_are_told_beside_an_answer_about_a_moment() -> None:
    asked = Asked(day="MO", at="18:00")
    assert services.untold(read(), asked, SCHEDULE, None) == 1
    assert services.untold(read(service_id="A"), asked, SCHEDULE, None) == 0
    assert services.untold(read(), replace(asked, day="", at=""), SCHEDULE, None) == 0


def test_chances_of_a_year_follow_the_half_life() -> None:
    days = {"low": 180.0, "value": 365.0, "high": 730.0}
    low, high = trust.chance_at(365, days)
    assert low == pytest.approx(0.5 ** (365 / 180)) and high == pytest.approx(0.5**0.5)


def test_a_change_of_state_is_told_apart_from_an_edit_and_from_new_dates() -> None:
    found = pd.DataFrame([
        ("changed", "a", "a", "A", "status", "active", "defunct"),
        ("changed", "b", "b", "B", "status", "inactive", "active"),
        ("changed", "c", "c", "C", "assured_date", "2025-01-01", "2026-01-01"),
        ("changed", "c", "c", "C", "verifier", "", "211"),
        ("changed", "d", "d", "D", "address", "x", "y"), ("closed", "e", None, "E", None, None, None),
        ("opened", None, "f", "F", None, None, None),
    ], columns=["change", "before_id", "after_id", "name", "field", "before", "after"])
    rows = trust.sorted_out(found)
    assert dict(zip(rows["name"], rows["what"])) == {
        "A": "closed", "B": "reopened", "C": "verified", "D": "edited", "E": "gone", "F": "new"}
    assert rows["what"].tolist()[0] == "closed"
    assert trust.tally(rows) == {
        "closed": 1, "gone": 1, "reopened": 1, "new": 1, "renamed": 0, "edited": 1, "verified": 1}


@pytest.mark.usefixtures("french")
def test_a_change_is_told_in_words_field_by_field() -> None:
    found = pd.DataFrame([
        ("changed", "a", "a", "A", "capacity", "", "10.0", None, "", ""),
        ("changed", "a", "a", "A", "languages", "fr", "fr,ht", None, "", ""),
        ("changed", "a", "a", "A", "form", "fridge", "pantry", None, "", ""),
        ("closed", "b", None, "B", None, None, None, None, None, None),
    ], columns=["change", "before_id", "after_id", "name", "field", "before", "after", "score", "why_fr", "why_en"])
    table = trust.changes_table(trust.sorted_out(found))
    cells = {column.name: column.texts for column in table.columns}
    assert cells["Service"] == ["B", "A", "A", "A"]
    assert sorted(cells["Champ"]) == ["", "Capacité", "Forme", "Langues"]
    told = dict(zip(cells["Champ"], zip(cells["Avant"], cells["Après"])))
    assert told["Capacité"] == ("(vide)", f"10{NBSP}personnes par mois")
    assert told["Langues"] == ("français", "français, créole haïtien")
    assert told["Forme"] == ("Frigo communautaire", "Comptoir alimentaire") and told[""] == ("", "")
