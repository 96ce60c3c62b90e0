"""What the build writes of help-seeking, opening hours and the listing: Toyville by pencil, laws on Montréal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from build import build
from computing.help_seeking import seeking_of
from computing.services import change_rates, half_life, reconciled, still_valid
from indicators import MAPPED
from indicators.help_seeking import DEFAULT
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import read_edition
from loaders.store import Store

REACH = "reach_m=1100"
TOYVILLE = read_edition("toyville")


def draft_with(**settings: object) -> Draft:
    kept = {**TOYVILLE.settings, **settings}
    return Draft(replace(TOYVILLE, settings={k: v for k, v in kept.items() if v is not None}), None, Path(":memory:"))


@pytest.fixture(scope="module")
def montreal(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(build("montreal", versions=tmp_path_factory.mktemp("versions"))), read_only=True)


def row(con: duckdb.DuckDBPyConnection, indicator: str, area: str, setting: str = "", grp: str = "") -> Any:
    return con.execute("""
        SELECT * FROM indicator_value WHERE indicator_id = ? AND area_id = ? AND setting = ? AND grp = ?
    """, [indicator, area, setting, grp]).df().iloc[0]


def test_help_seekers_of_toyville(toyville_con: duckdb.DuckDBPyConnection) -> None:
    # Half of 25, 60 and 10 people; low 0.4 of them, high 0.6 of 40, 100 and 20.
    found = {area: row(toyville_con, "help_seekers", area) for area in ("T1", "T2", "T3", "TOY")}
    assert [one["numerator"] for one in found.values()] == pytest.approx([12.5, 30, 5, 47.5])
    assert (found["TOY"]["low"], found["TOY"]["high"]) == pytest.approx((.4 * 95 / 500, .6 * 160 / 500))


def test_unserved_seekers_of_toyville(toyville_con: duckdb.DuckDBPyConnection) -> None:
    one = row(toyville_con, "unserved_seekers", "T1", REACH)
    # 22 places for 55 people in need: 10 for Nord’s 25, of whom 12.5 seek help. High: 40 × 22 ÷ 90 for 24.
    assert (one["numerator"], one["value"], one["low"]) == pytest.approx((2.5, .2, 0))
    assert one["high"] == pytest.approx(1 - 40 * 22 / 90 / 24)
    one = row(toyville_con, "unserved_seekers", "T2", REACH)
    assert (one["numerator"], one["value"], one["low"]) == pytest.approx((18, .6, .5))
    city = row(toyville_con, "unserved_seekers", "TOY", REACH)
    assert city["status"] == "unknown" and city["reason"] == "capacity_untold"
    assert city["low"] == pytest.approx(12 / 38)  # only Centre’s far half, if Colline’s place serves everyone


def test_unserved_by_what_still_holds(toyville_con: duckdb.DuckDBPyConnection) -> None:
    # Confirmed 31 and 335 days before the listing’s last day, half gone in a year: 11 × (0.9428 + 0.5293) = 16.19.
    held = 11 * (.5 ** (31 / 365) + .5 ** (335 / 365))
    one = row(toyville_con, "unserved_seekers", "T1", REACH, "effective")
    assert one["value"] == pytest.approx(1 - 25 * held / 55 / 12.5)
    fast = 11 * (.5 ** (31 / 180) + .5 ** (335 / 180))
    assert one["high"] == pytest.approx(1 - 40 * fast / 90 / 24)
    assert row(toyville_con, "unserved_seekers", "T3", REACH, "effective")["status"] == "unknown"


def test_opening_hours_of_toyville(toyville_con: duckdb.DuckDBPyConnection) -> None:
    # Monday 17 to 19:30, Wednesday 10 to 12 and 11 to 13: six hours near Nord and half of Centre.
    assert row(toyville_con, "open_hours_within_reach", "T1", REACH)["value"] == 6
    assert row(toyville_con, "open_hours_within_reach", "T2", REACH)["value"] == 3
    one = row(toyville_con, "open_hours_within_reach", "T3", REACH)
    assert one["status"] == "unknown" and one["reason"] == "hours_untold" and (one["low"], one["high"]) == (0, 168)
    one = row(toyville_con, "open_within_reach", "TOY", f"{REACH};weekday=WE;hour=11")
    assert (one["low"], one["high"]) == pytest.approx((55 / 95, 65 / 95))
    count = toyville_con.sql("SELECT count(*) FROM indicator_value WHERE indicator_id = 'open_within_reach'")
    assert count.fetchall() == [(6 * 168,)]  # five areas and the city


def test_an_hour_of_each_area_of_toyville(toyville_con: duckdb.DuckDBPyConnection) -> None:
    # Wednesday from 11 to 12, S1 and S2 are open: all of Nord’s 25 people, the near half of Centre’s 60.
    found = {area: row(toyville_con, "open_within_reach", area, f"{REACH};weekday=WE;hour=11") for area in
             ("T1", "T2", "T3", "T4", "T5")}
    assert [(found[a]["numerator"], found[a]["denominator"]) for a in ("T1", "T2")] == [(25, 25), (30, 60)]
    assert (found["T3"]["status"], found["T3"]["reason"]) == ("unknown", "hours_untold")
    assert (found["T3"]["low"], found["T3"]["high"], found["T3"]["denominator"]) == (0, 1, 10)
    assert [found[a]["status"] for a in ("T4", "T5")] == ["not_applicable", "missing"]
    # On Saturday morning nothing is open for certain: zero of 25, not unknown.
    assert row(toyville_con, "open_within_reach", "T1", f"{REACH};weekday=SA;hour=10")["value"] == 0


def test_effective_capacity_of_toyville(toyville_con: duckdb.DuckDBPyConnection) -> None:
    found = {area: row(toyville_con, "effective_capacity", area) for area in ("T1", "T2", "T3", "T4", "T5", "TOY")}
    assert found["T1"]["value"] == pytest.approx(.5 ** (31 / 365)) and found["T1"]["denominator"] == 11
    assert found["T2"]["value"] == pytest.approx(.5 ** (335 / 365))
    assert (found["T2"]["low"], found["T2"]["high"]) == pytest.approx((.5 ** (335 / 180), .5 ** (335 / 730)))
    assert found["T3"]["status"] == "unknown" and found["T3"]["reason"] == "capacity_untold"
    # A closed service stands in Rive: it has no capacity to hold, and neither has the park.
    assert [found[area]["reason"] for area in ("T4", "T5")] == ["no_place", "no_place"]
    assert found["TOY"]["status"] == "unknown"


def test_verification_order_of_toyville(toyville: Path) -> None:
    (path,) = (toyville / "toyville").glob("*.duckdb")
    store = Store(path, {"edition": "toyville", "version": path.stem, "settings": {"settings": {}}})
    found = store.service_values("verification_priority")
    # 27.5 people turn to each of two places: (1 − 0.529) × 27.5 = 12.9; ten to a third never confirmed; 1.6.
    assert found["service_id"].tolist() == ["S2", "S3", "S1"] and found["rank"].tolist() == [1, 2, 3]
    assert found["denominator"].tolist() == pytest.approx([27.5, 10, 27.5])
    assert found["value"].dropna().tolist() == pytest.approx([12.944, 1.572], abs=.001)
    unknown = found.iloc[1]
    assert (unknown["status"], unknown["reason"]) == ("unknown", "never_confirmed")
    assert (unknown["low"], unknown["high"]) == (0, 10)


def test_an_edition_without_the_settings_has_the_defaults() -> None:
    plain = draft_with(help_seeking=None, listing_half_life_days=None)
    assert seeking_of(plain) == DEFAULT
    assert half_life(plain) == {"low": 180, "value": 365, "high": 730}
    assert change_rates(plain).iloc[0]["value"] == pytest.approx(.0018990, abs=1e-7)


@pytest.mark.parametrize(("name", "wrong"), [
    ("help_seeking", {"low": .5, "value": .2, "high": .9}), ("help_seeking", {"low": .2}), ("help_seeking", 0.21),
    ("listing_half_life_days", 365), ("listing_half_life_days", {"low": 730, "value": 365, "high": 180}),
    ("listing_half_life_days", {"low": 1, "value": 2, "high": "3"}),
])
def test_a_setting_that_is_no_range_names_the_edition(name: str, wrong: object) -> None:
    with pytest.raises(LoadError, match=rf"toyville\.toml.*Write {name}"):
        (seeking_of if name == "help_seeking" else half_life)(draft_with(**{name: wrong}))


def test_ages_count_to_the_day_the_listing_was_retrieved() -> None:
    draft = draft_with()
    about = {f"{key}_{one}": "x" for key in ("title", "producer", "licence", "reference") for one in ("fr", "en")}
    for dataset, day in (("dated", "2026-11-01"), ("undated", None)):
        draft.insert("dataset", pd.DataFrame([{"dataset_id": dataset, **about, "basis": "counted", "retrieved": day}])
                     .astype({"retrieved": "datetime64[s]"}))
    draft.insert("service", pd.DataFrame({
        "service_id": ["a", "b", "c", "d"], "organization_id": "o", "name": "x", "kind": "food_aid",
        "service_status": ["active", "active", "active", "defunct"],
        "assured_date": pd.to_datetime(["2025-11-01", "2025-06-01", None, "2026-01-01"]),
        "last_modified": pd.to_datetime(["2026-10-01", "2025-06-01", "2026-06-01", None]),
        "basis": "counted", "dataset_id": ["dated", "undated", "undated", "dated"],
    }))
    found = still_valid(draft).set_index("service_id")
    assert found.index.tolist() == ["a", "b", "c"]  # what closed has nothing to hold
    assert found.loc["a", "value"] == pytest.approx(.5)  # a year before the day of retrieval
    assert found.loc["b", "value"] == pytest.approx(.5)  # a year before the last save of its listing
    assert found.loc["c", "status"] == "unknown" and (found.loc["c", "low"], found.loc["c", "high"]) == (0, 1)


def test_a_register_that_is_no_source_is_refused() -> None:
    assert reconciled(draft_with()) == {}
    asked = {"register": "toy_services", "listing": "toy_places"}
    assert reconciled(draft_with(reconcile=asked)) == asked
    for wrong in ({**asked, "listing": "elsewhere"}, {"register": "toy_services"}, "toy_services"):
        with pytest.raises(LoadError, match="Write reconcile"):
            reconciled(draft_with(reconcile=wrong))


# --- laws on the embedded city ------------------------------------------------------------------------------


def test_levels_of_montreal_tell_the_same_seekers(montreal: duckdb.DuckDBPyConnection) -> None:
    rows = montreal.sql("""
        SELECT level, sum(numerator) AS people FROM indicator_value WHERE indicator_id = 'help_seekers' GROUP BY 1
    """).df().set_index("level")["people"]
    assert rows.to_numpy() == pytest.approx(rows["city"])
    need = montreal.sql("""
        SELECT numerator FROM indicator_value WHERE indicator_id = 'food_insecurity' AND level = 'city'
    """).fetchall()[0][0]
    assert rows["city"] == pytest.approx(.275 * need)


def test_more_reach_never_opens_fewer_hours_and_less_capacity_never_serves_more(
    montreal: duckdb.DuckDBPyConnection,
) -> None:
    rows = montreal.sql("""
        SELECT level, area_id, setting, grp, indicator_id, value, low, high, status FROM indicator_value
        WHERE indicator_id IN ('open_hours_within_reach', 'unserved_seekers') AND status IN ('ok', 'unknown')
    """).df()
    hours = rows[rows["indicator_id"] == "open_hours_within_reach"].copy()
    hours["sure"] = hours["value"].fillna(hours["low"])
    wide = hours.pivot(index=["level", "area_id"], columns="setting", values="sure")
    steps = [f"reach_m={step}" for step in (500, 750, 1000, 1500, 2000, 3000)]
    assert (np.diff(wide[steps].to_numpy(), axis=1) >= -1e-9).all() and wide.max(axis=None) <= 168
    left = rows[(rows["indicator_id"] == "unserved_seekers") & (rows["setting"] == "reach_m=1000")]
    both = left.pivot(index=["level", "area_id"], columns="grp", values="value").dropna()
    assert len(both) > 20 and (both["effective"] >= both[""] - 1e-9).all()
    unsure = rows[rows["status"] == "unknown"]
    assert unsure["value"].isna().all() and (unsure["low"] <= unsure["high"] + 1e-12).all()


def test_the_hours_of_the_week_add_up_in_montreal(montreal: duckdb.DuckDBPyConnection) -> None:
    each = montreal.sql("""
        SELECT sum(low), count(*) FROM indicator_value WHERE indicator_id = 'open_within_reach' AND level = 'city'
    """).fetchall()[0]
    week = montreal.sql("""
        SELECT low FROM indicator_value
        WHERE indicator_id = 'open_hours_within_reach' AND level = 'city' AND setting = 'reach_m=1000'
    """).fetchall()[0]
    assert each == (pytest.approx(week[0]), 168)


def test_people_who_depend_on_services_are_those_in_reach(montreal: duckdb.DuckDBPyConnection) -> None:
    found = montreal.sql("SELECT * FROM service_value").df()
    active = montreal.sql("SELECT service_id FROM service WHERE kind = 'food_aid' AND service_status = 'active'").df()
    assert set(found["service_id"]) == set(active["service_id"])
    totals = dict(montreal.sql("""
        SELECT indicator_id, numerator FROM indicator_value WHERE level = 'city' AND setting IN ('', 'reach_m=1000')
            AND grp = '' AND indicator_id IN ('food_insecurity', 'need_out_of_reach')
    """).fetchall())
    # Each person in reach turns to the places in reach, shared among them; nobody twice.
    assert found["denominator"].sum() == pytest.approx(
        totals["food_insecurity"] - totals["need_out_of_reach"], rel=1e-3
    )
    ranked = found.sort_values("rank")
    expected = ranked["value"].fillna(ranked["high"])
    assert expected.is_monotonic_decreasing and ranked["rank"].tolist() == list(range(1, len(found) + 1))


def test_no_row_apart_reaches_a_map_or_a_card(montreal: duckdb.DuckDBPyConnection) -> None:
    (path,) = montreal.execute("""
        SELECT path FROM duckdb_databases() WHERE database_name = current_database()
    """).fetchall()[0]
    montreal.close()
    store = Store(Path(path), {"edition": "montreal", "version": "x", "settings": {"settings": {}}})
    shown = store.values("district", [indicator.id for indicator in MAPPED])
    assert not shown.duplicated(["indicator_id", "setting", "area_id"]).any()
    assert "people_reached" not in set(shown["indicator_id"]) and "open_within_reach" not in set(shown["indicator_id"])
    assert not shown["setting"].str.contains("hour=").any()
    assert "open_within_reach" not in store.offered("district")
