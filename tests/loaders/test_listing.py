"""Listings: words are cleaned, kinds come from the user's table, a place nobody can trust is listed and not placed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import listing
from loaders.catalog import LoadError
from loaders.hours import backwards, clock, openings
from loaders.services import food_aid
from loaders.staging import Intake
from loaders.wording import language_codes, languages, words
from tests.loaders.small import draft, one, peopled, source


def frames(services: int = 1, **changed: Any) -> dict[str, pd.DataFrame]:
    """A directory of one organization, with one service at each of `services` places."""
    ids = [str(n) for n in range(services)]
    service = pd.DataFrame({"id": ids, "organization_id": "o", "name": "Soupe", "service_status": "active"})
    return {
        "organization": pd.DataFrame({"id": ["o"], "name": ["Le Phare"]}),
        "service": service.assign(**changed),
        "location": pd.DataFrame({"id": ids, "address": [f"{n} rue A" for n in ids], "lon": -73.6, "lat": 45.5}),
        "service_at_location": pd.DataFrame({"service_id": ids, "location_id": ids}),
    }


def test_identifiers_carry_their_source_and_words_are_cleaned(tmp_path: Path) -> None:
    made = draft(tmp_path)
    given = frames(
        name=" <b>Soupe</b>\\n &amp; pain ", description="Un\\n\\n\\n\\nDeux ###MON###<script>x()</script>", fees="",
        referral="write to m.une@example.org",
        kind=None,
    )
    listing.write(made, source("d", "", {}), given)
    row = made.frame("SELECT * FROM service").iloc[0]
    assert row[["service_id", "organization_id", "name", "kind"]].tolist() == ["d:0", "d:o", "Soupe & pain", "other"]
    assert row["referral"] == "write to …"  # of any directory: many mailboxes are a person’s
    assert row["description"] == "Un\n\nDeux" and pd.isna(row["fees"]) and row["basis"] == "counted"
    assert one(made, "SELECT position FROM location") == "given"


@pytest.mark.parametrize(("written", "seen"), [
    ("moins de 5 < 6 ans", "moins de 5 < 6 ans"), ("&lt;b&gt;gras&lt;/b&gt;", "gras"), ('"><img onerror=x>', '">'),
    ("a\u202eb\u200bc", "abc"), ("## Titre ##", "## Titre ##"), ("e\u0301", "é"), ("<p>a<p>b", "a b"), ("", ""),
])
def test_words_are_what_a_reader_would_see(written: str, seen: str) -> None:
    assert words(pd.Series([written])).tolist() == [seen]


def test_a_text_without_end_is_cut() -> None:
    assert words(pd.Series(["<" * 3_000_000])).str.len().iloc[0] == 20_001


def test_the_longest_code_of_the_users_table_wins(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text("code,kind,form\nX,other,\nX-1,food_aid,pantry\nX-15,garden,\nZ,market,\n", "utf-8")
    (tmp_path / "k.toml").write_text('[kinds]\nX = "other"\n"X-1" = {kind = "food_aid", form = "pantry"}\n'
                                     '"X-15" = "garden"\nZ = "market"\n', "utf-8")
    codes = ["X-12.3", "X-15.9", "Q", "X", "Z; X-1", None, "X-15; X-10"]
    for n, file in enumerate(("k.csv", "k.toml")):
        made = draft(tmp_path) if n == 0 else draft(_folder(tmp_path))
        made._raw = tmp_path
        listing.write(made, source("d", "", {"kinds": file}), frames(7, codes=codes))
        found = made.frame("SELECT kind, form FROM service ORDER BY service_id").fillna("").to_numpy().tolist()
        assert found == [["food_aid", "pantry"], ["garden", ""], ["other", ""], ["other", ""], ["food_aid", "pantry"],
                         ["other", ""], ["food_aid", "pantry"]]


def _folder(folder: Path) -> Path:
    (folder / "again").mkdir()
    return folder / "again"


def test_a_kind_that_is_not_ours_stops_the_file(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text("code,kind\nX,restaurant\n", "utf-8")
    with pytest.raises(LoadError, match=r"k\.csv: “restaurant” is not a kind"):
        listing.kinds(tmp_path, "k.csv")
    (tmp_path / "k.csv").write_text("nom,kind\nX,other\n", "utf-8")
    with pytest.raises(LoadError, match="cannot be read"):
        listing.kinds(tmp_path, "k.csv")
    with pytest.raises(LoadError, match="is missing"):
        listing.kinds(tmp_path, "absent.toml")


def test_a_point_many_addresses_share_is_no_place_and_a_building_is_one() -> None:
    many = pd.DataFrame({"address": [f"{n} rue A" for n in range(10)], "lon": -73.6, "lat": 45.5})
    suites = pd.DataFrame({"address": [f"1 rue B, bureau {n}" for n in range(40)], "lon": -73.5, "lat": 45.5})
    silent = pd.DataFrame({"address": [""] * 10, "lon": -73.4, "lat": 45.5})
    rest = pd.DataFrame({
        "address": "x", "lon": [float("nan"), 0.0, -122.4, 101.0, -73.3], "lat": [45.5, 0.0, 52.9, 100.0, 45.5],
    })
    rows = pd.concat([many, suites, silent, rest], ignore_index=True)
    found = listing.positions(rows, {"within": [-74, 45, -73, 46]}).tolist()
    assert found[:10] == ["placeholder"] * 10 and found[10:50] == ["given"] * 40
    assert found[50:60] == ["placeholder"] * 10
    assert found[60:] == ["missing", "placeholder", "outside", "outside", "given"]
    nine = rows.drop(index=[0, 50])
    assert listing.positions(nine, {}).value_counts()["placeholder"] == 1
    assert listing.positions(rows, {"placeholder_from": 11}).value_counts()["placeholder"] == 1
    assert listing.positions(rows, {})[62] == "given"  # without `within`, only what is not on Earth is outside


def test_an_unplaced_or_unreferable_service_is_listed_and_not_counted(tmp_path: Path) -> None:
    made = draft(tmp_path)
    made.edition.settings["food_kind"] = "food_aid"
    given = frames(4, kind="food_aid", capacity=[100.0, 50.0, None, 30.0], referable=[True, None, None, False])
    given["location"].loc[1, "lon"] = None
    given["service_at_location"] = pd.concat([  # service 0 also works at the place nobody can find
        given["service_at_location"], pd.DataFrame({"service_id": ["0"], "location_id": ["1"]}),
    ])
    listing.write(made, source("d", "", {}), given)
    assert one(made, "SELECT count(*) FROM service") == 4 and one(made, "SELECT count(*) FROM location") == 4
    counted = food_aid(made)
    assert counted.index.tolist() == ["d:0@d:0", "d:2@d:2"]
    assert counted["capacity"].tolist()[0] == 50 and pd.isna(counted["capacity"].iloc[1])


def test_a_service_area_finds_its_area_by_name(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    given = frames()
    given["service_area"] = pd.DataFrame({"service_id": "0", "name": ["SUD–EST", "Ailleurs", "Ailleurs"]})
    listing.write(made, source("d", "", {}), given)
    rows = made.frame("SELECT name, area_id FROM service_area ORDER BY name").to_numpy().tolist()
    assert rows[0][0] == "Ailleurs" and pd.isna(rows[0][1]) and rows[1] == ["SUD–EST", "B2"] and len(rows) == 2


def week(*hours: tuple[str, str, str]) -> list[list[str]]:
    rows = pd.DataFrame(hours, columns=["byday", "opens_at", "closes_at"]).assign(service_id="s")
    return openings(rows).drop(columns="service_id").to_numpy().tolist()


def test_no_opening_crosses_midnight() -> None:
    assert week(("SU", "22:00", "6:00")) == [["MO", "00:00", "06:00"], ["SU", "22:00", "24:00"]]
    assert week(("MO", "24:00", "02:00"), ("WE", "24:00", "0:00")) == [["TU", "00:00", "02:00"]]
    assert week(("MO", "4:00pm", "12:00am")) == [["MO", "16:00", "24:00"]]
    assert week(("MO", "0:00:00", "23:59:00")) == week(("MO", "00:00", "24:00")) == [["MO", "00:00", "24:00"]]


def test_closed_days_and_slips_of_the_pen_open_nothing() -> None:
    assert week(("MO", "0:00:00", "0:00:00"), ("TU", "9:00", "9:00"), ("WE", "9:00am", "5:00"), ("TH", "", "17:00"),
                ("xx", "9:00", "17:00")) == []


def test_openings_that_overlap_are_one_and_order_does_not_matter() -> None:
    rows = [("MO", "9:00", "12:00"), ("MO", "11:00", "11:30"), ("MO", "12:00", "15:00"), ("MO", "16:00", "17:00"),
            ("TU", "9:00", "10:00")]
    expected = [["MO", "09:00", "15:00"], ["MO", "16:00", "17:00"], ["TU", "09:00", "10:00"]]
    assert week(*rows) == week(*rows[::-1]) == expected


def test_a_clock_is_read_in_every_hand_and_nothing_is_guessed() -> None:
    written = ["9am", "9:30 a.m.", "12:15am", "13h", "13h05", "9 h 30", "noon", "17:00Z", "08:00:00-05:00"]
    read = clock(pd.Series(written))
    assert read.tolist() == [540, 570, 15, 780, 785, 570, 720, 1020, 480]
    assert clock(pd.Series(["", "9", "9:0am", "830am", "8:00m", "25:00", "13:00pm", "24:30", "6:300pm"])).isna().all()
    assert backwards(pd.Series([540.0, 960.0]), pd.Series([300.0, 0.0])).tolist() == [True, False]


def test_languages_of_a_sentence_are_listed_once() -> None:
    written = ["French; English", "français, anglais et français", "on request", ""]
    assert languages(pd.Series(written)).fillna("").tolist() == ["fr,en", "fr,en", "", ""]


def test_a_day_is_written_and_not_guessed_nor_to_come(tmp_path: Path) -> None:
    text = pd.Series(["2024-05-06", "2024-05-06T23:30:00-08:00", "2024-05-06 21:40:29", " ", "today", "2024-13-01",
                      "2150-01-01", "2024-05-06x"])
    intake = Intake("d", "f", None, pd.DataFrame({"line": range(8), "day": text}), "utf-8")
    listing.day(intake, "day", source("d", "", {}))
    assert intake.rows["day"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2024-05-06"] * 3 + [""] * 5
    noted = pd.concat(intake.notes)[["line", "rule"]].to_numpy().tolist()
    assert noted == [[4, "date"], [5, "date"], [7, "date"], [6, "future"]]


def test_degrees_are_finite_numbers_or_nothing() -> None:
    intake = Intake("d", "f", None, pd.DataFrame({"line": range(4), "lon": ["-73.5", "", "inf", "-73,5"]}), "utf-8")
    listing.degrees(intake, "lon")
    assert intake.rows["lon"].fillna(0).tolist() == [-73.5, 0, 0, 0]
    assert pd.concat(intake.notes)["value"].tolist() == ["inf", "-73,5"]


def test_languages_are_codes() -> None:
    written = ["English", "anglais", "Créole haïtien", "Haitian-Creole", "Spanish (limited)", "iu", "on request", ""]
    assert language_codes(pd.Series(written)).tolist() == ["en", "en", "ht", "ht", "es", "iu", "", ""]
