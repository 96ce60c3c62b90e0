"""The embedded edition: what is simulated is marked, adds up, shows every state, and is the same every time."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import shapely

from build import build
from loaders.catalog import TABLES
from loaders.draft import Draft
from loaders.edition import read_edition
from loaders.simulate import districts, shared_out, spread
from loaders.simulate_referrals import cuts, one_by_one
from loaders.sources import LOADERS

NEEDS = 10


def loaded(folder: Path) -> Draft:
    """A draft of montreal with every source loaded, nothing computed: the private totals are still there."""
    edition = read_edition("montreal")
    draft = Draft(edition, None, folder / "draft.duckdb")
    for source in edition.sources:
        draft.describe(source)
        LOADERS[source.loader](draft, source)
    return draft


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return loaded(tmp_path_factory.mktemp("draft"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(build("montreal", versions=tmp_path_factory.mktemp("versions"))), read_only=True)


def statuses(built: duckdb.DuckDBPyConnection, indicator_id: str) -> dict[str, int]:
    found = built.execute("""
        SELECT status, count(*) FROM indicator_value WHERE indicator_id = ? AND level = 'district'
            AND setting IN ('', 'reach_m=1000') AND period = '' GROUP BY status
    """, [indicator_id]).fetchall()
    return dict(found)


def test_points_hold_every_resident_of_their_district(draft: Draft) -> None:
    wrong = draft.frame("""
        SELECT area_id FROM area JOIN (SELECT base_id, sum(population) AS n, count(*) AS points FROM demand_point
            GROUP BY base_id) ON base_id = area_id
        WHERE level = 'district' AND (n <> population OR points NOT BETWEEN 8 AND 36)
    """)
    assert wrong.empty
    assert draft.frame("SELECT sum(population) AS n FROM demand_point")["n"].iloc[0] == 1_762_248
    assert 1000 <= len(draft.frame("SELECT * FROM demand_point")) <= 1400


def test_points_lie_in_their_district_and_apart(draft: Draft) -> None:
    for area_id, row in districts(draft).head(6).iterrows():
        x, y = spread(row["shape"], 12, np.random.default_rng(1))
        assert shapely.contains_xy(row["shape"], x, y).all(), area_id
        assert len({*zip(x, y)}) == 12


def test_shared_out_adds_up() -> None:
    for total in (0, 1, 7, 4_114):
        assert shared_out(total, np.array([0.2, 3.0, 1.1])).sum() == total


def test_the_listing_has_six_forms_and_its_faults_are_refused_with_reasons(draft: Draft) -> None:
    services = draft.frame("SELECT * FROM service")
    assert len(services) == 180
    assert len(draft.frame("SELECT * FROM organization")) == 120
    assert set(services["kind"]) == {"food_aid"}
    assert set(services["form"]) == {"pantry", "hamper", "soup_kitchen", "community_meal", "home_delivery", "fridge"}
    assert set(services["service_status"]) == {"active", "inactive", "defunct", "temporarily closed"}
    assert 0.15 <= services["capacity"].isna().mean() <= 0.27
    ledger = draft.frame("SELECT * FROM load_ledger WHERE dataset_id = 'simulated_services'").iloc[0]
    assert (ledger["rows_read"], ledger["loaded"], ledger["rejected"], ledger["duplicates"]) == (187, 180, 5, 2)
    refused = draft.frame("SELECT * FROM reject WHERE dataset_id = 'simulated_services'")
    assert set(refused["rule"]) == {"identifier", "number", "position", "date", "key"}
    assert set(refused["line"]) == {182, 183, 184, 185, 186}
    assert refused["message_fr"].str.len().gt(0).all() and refused["message_en"].str.len().gt(0).all()
    assert set(draft.frame("SELECT rule FROM reject WHERE dataset_id = 'simulated_clients'")["rule"]) == {
        "identifier", "number",
    }


def test_verification_is_spread_and_apart_from_the_last_change(draft: Draft) -> None:
    services = draft.frame("SELECT assured_date, last_modified, verifier FROM service")
    today = pd.Timestamp("2026-11-15")
    age = (today - services["assured_date"]).dt.days
    assert (age <= 548).mean() > 0.6
    assert (age > 1095).sum() >= 5
    never = services["assured_date"].isna()
    assert 5 <= never.sum() <= 30
    assert services.loc[never, "verifier"].isna().all() and services.loc[~never, "verifier"].notna().all()
    known = services.dropna()
    assert (known["last_modified"] >= known["assured_date"]).all()
    assert (known["last_modified"] > known["assured_date"]).sum() > 30
    assert services["last_modified"].max() <= today


def test_nothing_simulated_bears_a_real_name(draft: Draft) -> None:
    names = pd.concat([draft.frame(f"SELECT name FROM {table}")["name"] for table in ("service", "organization")])
    assert names.str.fullmatch(r"[A-ZÉ][a-zé ]+ simulée? \d{3}").all()
    folder = os.environ.get("COUVERT_RAW")
    if folder:
        path = Path(folder) / "food_services" / "osm_food_help_montreal_excerpt.csv"
        with path.open(encoding="utf-8-sig", newline="") as handle:
            real = {row["name"].casefold() for row in csv.DictReader(handle)}
        assert real and not real & set(names.str.casefold())


def test_every_simulated_row_says_so(built: duckdb.DuckDBPyConnection) -> None:
    invented = ("demand_point", "organization", "service", "service_event", "referral_count", "clients_count", "event")
    for table in invented:
        assert built.execute(f"SELECT DISTINCT basis FROM {table}").fetchall() == [("simulated",)], table
    touched = built.execute("""
        SELECT DISTINCT indicator_id, basis FROM indicator_value WHERE basis = 'simulated' ORDER BY 1
    """).fetchall()
    assert {row[0] for row in touched} == {
        "access", "access_3sfca", "access_balanced", "access_e2sfca", "access_gravity", "awareness_ratio",
        "concentration_index", "coverage_gap", "demographic_disparity", "effective_capacity", "fifth_ratio",
        "geographic_disparity", "gini", "help_seekers", "inequity", "local_cluster", "nearest_food_aid",
        "need_out_of_reach", "open_hours_within_reach", "open_within_reach", "people_reached", "referral_help",
        "referrals_per_1000", "request_alert", "residents_out_of_reach", "unserved_seekers", "who_is_missing",
    }
    notes = built.execute("SELECT note_fr, note_en, producer_en FROM dataset WHERE basis = 'simulated'").fetchall()
    assert len(notes) == 4
    for note_fr, note_en, producer in notes:
        assert "20261123" in note_fr and "20261123" in note_en and producer == "Couvert (simulation)"
        assert "aucune décision" in note_fr and "Do not base a decision" in note_en


def test_need_is_the_benchmark_and_spreads_by_income_only(built: duckdb.DuckDBPyConnection) -> None:
    value = built.execute("""
        SELECT level, min(value), max(value), sum(numerator), sum(denominator) FROM indicator_value
        WHERE indicator_id = 'food_insecurity' GROUP BY level
    """).fetchall()
    by_level = {row[0]: row[1:] for row in value}
    low, high, people, known = by_level["district"]
    assert people / known == pytest.approx(0.22, abs=1e-9)
    assert 0.19 < low < 0.20 and 0.26 < high < 0.28
    calibration = built.execute("SELECT value FROM edition WHERE key = 'calibration'").fetchall()[0][0]
    assert float(re.search(r"'delta': ([0-9.]+)", calibration)[1]) == pytest.approx(0.39, abs=0.005)


def test_every_state_of_the_map_is_there(built: duckdb.DuckDBPyConnection) -> None:
    gap = statuses(built, "coverage_gap")
    assert gap["ok"] >= 15 and gap["unknown"] >= 10 and sum(gap.values()) == 58
    reach = built.execute("""
        SELECT count(*) FILTER (value = 0), count(*) FILTER (value = 1), count(*) FROM indicator_value
        WHERE indicator_id = 'residents_out_of_reach' AND level = 'district' AND setting = 'reach_m=1000'
    """).fetchall()[0]
    assert reach[0] >= 1 and reach[1] >= 1 and reach[2] == 58


def test_referrals_are_filled_with_zeros_and_add_up(draft: Draft) -> None:
    frame = pd.concat(draft.private["referrals"])
    by_cut = dict(list(frame.groupby("cut")))
    assert len(by_cut["district_month_need"]) == 58 * 36 * NEEDS
    assert len(by_cut["borough_week_food"]) == 19 * 155
    assert len(by_cut["city_week_need_outcome"]) == 155 * NEEDS * 3
    city = by_cut["city_week_need_outcome"].pivot_table(
        index=["period", "need"], columns="outcome", values="count", aggfunc="sum",
    )
    assert (city["met"] + city["unmet"] == city["all"]).all()
    weekly = by_cut["borough_week_food"].groupby("period")["count"].sum()
    assert (weekly == city["all"].xs("food", level="need")).all()
    assert set(by_cut["borough_week_food"]["period"].dt.day_of_week) == {0}
    assert 90_000 <= by_cut["district_month_need"]["count"].sum() <= 170_000
    food = by_cut["district_month_need"].query("need == 'food'")["count"]
    assert (food >= 10).mean() > 0.75 and food.between(1, 9).sum() > 50 and (food == 0).sum() >= 1


def test_mail_out_and_shock_show(draft: Draft) -> None:
    frame = pd.concat(draft.private["referrals"]).query("cut == 'city_week_need_outcome' and need == 'food'")
    week = frame.pivot_table(index="period", columns="outcome", values="count", aggfunc="sum")
    events = draft.frame("SELECT date, kind, title_fr, title_en FROM event").set_index("kind")
    sent, closed = events.loc["outreach", "date"], events.loc["closure", "date"]
    before = week["all"].loc[sent - pd.Timedelta(28, "D"): sent - pd.Timedelta(1, "D")].mean()
    assert week["all"].loc[sent] > 1.4 * before
    share = week["unmet"] / week["all"]
    assert share.loc[closed] > 2 * share.loc[closed - pd.Timedelta(56, "D"): closed - pd.Timedelta(1, "D")].mean()
    assert len(draft.frame("SELECT * FROM service_event WHERE event = 'closed' AND date = ?", closed)) == 3
    for column in ("title_fr", "title_en"):
        assert events[column].str.len().le(30).all()


def test_only_controlled_counts_are_published(built: duckdb.DuckDBPyConnection) -> None:
    for table in ("referral_count", "clients_count"):
        found = dict(built.execute(f"SELECT status, count(*) FROM {table} GROUP BY status").fetchall())
        assert found["ok"] > 0
        bad = built.execute(
            f'SELECT count(*) FROM {table} WHERE "count" % 5 <> 0 OR "count" BETWEEN 1 AND 9'
        ).fetchall()
        assert bad == [(0,)]
    states = built.execute("""
        SELECT count(*) FILTER (status = 'suppressed'), count(*) FILTER (count = 0) FROM referral_count
        WHERE cut = 'district_month_need' AND need = 'food'
    """).fetchall()[0]
    assert states[0] > 0 and states[1] > 0


def test_people_helped_overlap_and_units_stay_apart(draft: Draft) -> None:
    clients = pd.concat(draft.private["clients"])
    assert list(clients.columns) == ["organization_id", "period", "unit", "count", "basis", "dataset_id"]
    assert set(clients["unit"]) == {"people", "households", "visits"}
    assert clients["period"].nunique() == 24 and clients["period"].max() == pd.Timestamp("2026-10-01")
    assert clients.groupby("organization_id")["unit"].nunique().eq(1).all()
    assert clients["count"].isna().any()
    organizations = set(draft.frame("SELECT organization_id FROM organization")["organization_id"])
    assert set(clients["organization_id"]) < organizations


def test_a_wrong_seed_would_show(draft: Draft) -> None:
    source = draft.edition.source("simulated_referrals")
    o = {**source.options, "shock": {**source.options["shock"], "boroughs": []}}
    places = districts(draft)
    one, other = (
        cuts(draft, places, one_by_one(places, o, np.random.default_rng(seed)), o)["count"].sum() for seed in (1, 2)
    )
    assert one != other


def test_same_seed_same_tables(draft: Draft, tmp_path: Path) -> None:
    again = loaded(tmp_path)
    for table in TABLES:
        if table.name in ("indicator_value", "edition"):
            continue
        one, two = (d.con.execute(f"SELECT * FROM {table.name} ORDER BY ALL").df() for d in (draft, again))
        pd.testing.assert_frame_equal(one, two, obj=table.name)
    for name in draft.private:
        for one, two in zip(draft.private[name], again.private[name], strict=True):
            pd.testing.assert_frame_equal(one, two, obj=name)
