"""Freshness: four looks by pencil, the speed of change recovered, and what a listing leaves out."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.freshness import (
    change_rate,
    change_rates,
    effective_capacity,
    folded,
    listing_age,
    reconcile,
    still_valid,
    unlisted,
    verification_priority,
)
from indicators.spec import InputError
from tests import reference_freshness as reference

LAW = settings(max_examples=200, deadline=None, derandomize=True)
YEAR = 365.0


def looks(ages: list[float], changed: list[bool]) -> tuple[pd.Series, pd.Series]:
    return pd.Series(ages, dtype="float64"), pd.Series(changed, dtype="bool")


def checks(form: str, changed: int, unchanged: int, age: float = YEAR) -> pd.DataFrame:
    return pd.DataFrame({"form": form, "age_days": age, "changed": [True] * changed + [False] * unchanged})


# Half of the listings looked at after a year had changed: the half-life is a year.
HALF = change_rates(checks("pantry", 10, 10))


def test_age_is_counted_from_the_last_confirmation() -> None:
    services = pd.DataFrame({
        "assured_date": pd.to_datetime(["2026-10-01", "2025-12-01", None, "2020-01-01"]),
        "last_modified": pd.to_datetime(["2026-10-01", "2026-01-01", "2026-11-01", "2020-01-01"]),
    })
    # Toyville, on 1 November 2026: the third was saved that day, and confirmed by nobody.
    age = listing_age(services, dt.date(2026, 11, 1))
    assert age.tolist()[:2] == [31, 335] and math.isnan(age[2]) and age[3] == 2496
    with pytest.raises(InputError, match=r"services\.assured_date: 1 after 2026-09-30, first at row 0"):
        listing_age(services, dt.date(2026, 9, 30))
    with pytest.raises(InputError, match="no column assured_date"):
        listing_age(services.drop(columns="assured_date"), dt.date(2026, 11, 1))


def test_half_changed_in_a_year_is_a_half_life_of_a_year() -> None:
    found = change_rate(*looks([YEAR] * 4, [True, True, False, False]))
    assert found["value"] == pytest.approx(math.log(2) / YEAR, rel=1e-12)  # 0.0019 a day
    assert (found["low"], found["high"]) == pytest.approx((0.000310587, 0.006118616), abs=1e-9)
    # Nobody changed in 300 days of listings: at most −ln(0.05) ÷ 300 a day. All changed: only a lower bound.
    found = change_rate(*looks([100, 200], [False, False]))
    assert math.isnan(found["value"]) and (found["low"], found["high"]) == (0, pytest.approx(-math.log(.05) / 300))
    found = change_rate(*looks([100, 100], [True, True]))
    assert math.isnan(found["value"]) and math.isnan(found["high"])
    assert found["low"] == pytest.approx(-math.log(1 - math.sqrt(.05)) / 100)
    for nothing in (looks([], []), looks([0, 0], [False, False])):
        assert all(math.isnan(number) for number in change_rate(*nothing).values())


def test_toyville_listing() -> None:
    # Two services of 11 places, confirmed 31 and 335 days before 1 November 2026; the third never was.
    listing = pd.DataFrame({
        "service_id": ["S1", "S2", "S3"], "area_id": ["T1", "T1", "T3"], "form": ["pantry", "soup_kitchen", "fridge"],
        "capacity": [11, 11, None], "assured_date": pd.to_datetime(["2026-10-01", "2025-12-01", None]),
    })
    valid = still_valid(listing.assign(age_days=listing_age(listing, dt.date(2026, 11, 1))), HALF)
    assert valid["value"].tolist()[:2] == pytest.approx([0.9428, 0.5293], abs=1e-4)
    rows = effective_capacity(listing.merge(valid, on="service_id")).set_index("area_id")
    assert rows.loc["T1", ["numerator", "value"]].tolist() == pytest.approx([16.193, 0.7361], abs=1e-3)
    assert rows.loc["T3", ["status", "low", "high"]].tolist() == ["unknown", 0, 1]


def test_types_with_too_few_looks_take_the_rate_of_all() -> None:
    rates = change_rates(pd.concat([checks("pantry", 10, 10), checks("fridge", 1, 2)], ignore_index=True))
    rows = rates.set_index("form")
    assert rows["fitted_on"].to_dict() == {"": "own", "fridge": "all", "pantry": "own"}
    assert rows["value"]["pantry"] == pytest.approx(math.log(2) / YEAR)
    assert rows["value"]["fridge"] == rows["value"][""] == pytest.approx(-math.log(12 / 23) / YEAR)
    assert (rows["numerator"]["fridge"], rows["denominator"]["fridge"]) == (1, 3)
    assert change_rates(checks("pantry", 0, 3))["status"].tolist() == ["unknown", "unknown"]
    assert change_rates(checks("pantry", 0, 0))["status"].tolist() == ["missing"]


def test_unknown_age_is_unknown_never_zero() -> None:
    services = pd.DataFrame({
        "service_id": list("abcd"), "form": ["pantry", "pantry", "pantry", "soup_kitchen"],
        "age_days": [0.0, YEAR, None, 2 * YEAR],
    })
    valid = still_valid(services, HALF).set_index("service_id")
    assert valid["value"].tolist()[:2] == pytest.approx([1, .5]) and valid["value"]["d"] == pytest.approx(.25)
    assert valid.loc["c", ["status", "low", "high"]].tolist() == ["unknown", 0, 1] and math.isnan(valid["value"]["c"])
    assert (valid["low"] <= valid["value"].fillna(.5)).all() and (valid["value"].fillna(.5) <= valid["high"]).all()
    # A speed only bounded leaves a range: at most 5 % of chances to have lived through 300 days of no change.
    bound = still_valid(services, change_rates(checks("pantry", 0, 3, 100.0))).set_index("service_id")
    assert bound["status"]["b"] == "unknown" and bound["high"]["b"] == 1
    assert bound["low"]["b"] == pytest.approx(.05 ** (YEAR / 300))


def test_effective_capacity_and_what_to_verify_first() -> None:
    services = pd.DataFrame({
        "service_id": list("abcd"), "area_id": ["T1", "T1", "T2", "T3"], "form": "pantry",
        "age_days": [0.0, YEAR, None, YEAR], "capacity": [100.0, 60.0, 40.0, 0.0],
    })
    valid = still_valid(services, HALF)
    both = services.merge(valid[["service_id", "value", "low", "high"]], on="service_id")
    rows = effective_capacity(both).set_index("area_id")
    # 100 × 1 + 60 × 0.5 = 130 of 160.
    assert rows.loc["T1", ["numerator", "denominator", "value"]].tolist() == pytest.approx([130, 160, 130 / 160])
    assert rows["low"]["T1"] < rows["value"]["T1"] < rows["high"]["T1"]
    assert rows.loc["T2", ["status", "low", "high"]].tolist() == ["unknown", 0, 1]
    assert rows["status"]["T3"] == "not_applicable"
    untold = effective_capacity(both.assign(capacity=[None, 60.0, 40.0, 0.0])).set_index("area_id").loc["T1"]
    assert untold["status"] == "unknown" and math.isnan(untold["denominator"])
    assert (untold["low"], untold["high"]) == pytest.approx((valid["low"][1], 1))
    # 200 people × 0.5 = 100; 40 people on a listing never confirmed: 0 to 40; nobody knows who depends on d.
    first = verification_priority(valid, pd.Series({"a": 500.0, "b": 200.0, "c": 40.0})).set_index("service_id")
    assert first["value"].tolist()[:2] == [0, 100] and first["rank"].tolist()[:3] == [3, 1, 2]
    assert first.loc["c", ["status", "low", "high"]].tolist() == ["unknown", 0, 40]
    assert first["status"]["d"] == "unknown" and pd.isna(first["rank"]["d"])
    # A city without a service has no rows, and none of its own making.
    nothing = still_valid(services.iloc[:0], HALF)
    assert nothing.empty and effective_capacity(both.iloc[:0]).empty
    assert verification_priority(nothing, pd.Series(dtype=float)).empty
    assert unlisted(reconcile(places([]), places([])), pd.Series(dtype=object)).empty


def places(rows: list[tuple[str, object, float | None, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "name", "lon", "lat"]).astype({"lon": float, "lat": float})


def test_what_a_listing_leaves_out() -> None:
    register = places([
        ("r1", "Moisson Montréal inc.", -73.6, 45.5), ("r2", "Épicerie St-Henri", -73.61, 45.5),
        ("r3", "Le Frigo", -73.62, 45.5), ("r4", "Popote", None, None), ("r5", None, -73.6, 45.5),
    ])
    listing = places([
        ("a", "MOISSON MONTREAL", -73.6001, 45.5),  # 7.8 m away
        ("b", "L’épicerie Saint-Henri", -73.61, 45.5),
        ("c", "Le Frigo", -73.621, 45.5),  # 78 m away
    ])
    found = reconcile(register, listing).set_index("register_id", drop=False)
    assert found.loc[["r1", "r2"], "listing_id"].tolist() == ["a", "b"]
    assert found["metres"]["r1"] == pytest.approx(7.8, abs=.1) and found["alike"]["r2"] == 100
    assert found.loc[["r3", "r4", "r5"], "found"].tolist() == ["register_only", "unplaced", "register_only"]
    assert found.loc[found["found"] == "listing_only", "listing_id"].tolist() == ["c"]
    areas = pd.Series({"r1": "T1", "r2": "T1", "r3": "T1", "r4": "T2", "r5": "T1"})
    share = unlisted(found, areas).set_index("area_id")
    assert share.loc["T1", ["numerator", "denominator", "value"]].tolist() == [2, 4, .5]
    assert share["status"].to_dict() == {"T1": "ok", "T2": "missing"}
    assert set(reconcile(register, listing, within_m=80)["found"]) == {"matched", "register_only", "unplaced"}
    assert reconcile(register.iloc[:0], listing)["found"].tolist() == ["listing_only"] * 3
    assert reconcile(register.iloc[:0], listing.iloc[:0]).empty and folded(None) == ""


def city(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A register and a listing of nearly the same places, with slips in names and positions."""
    rng = np.random.default_rng(seed)
    words = ["Moisson", "Épicerie", "St-Henri", "Cuisine", "du", "Cœur", "Frigo", "Ste-Marie", "inc.", "Partage"]

    def some(prefix: str) -> pd.DataFrame:
        n = int(rng.integers(0, 12))
        rows = [(
            f"{prefix}{i}", None if rng.random() < .05 else " ".join(rng.choice(words, int(rng.integers(1, 4)))),
            *((None, None) if rng.random() < .1 else (-73.6 + rng.uniform(0, .002), 45.5 + rng.uniform(0, .001))),
        ) for i in range(n)]
        return places(rows)  # type: ignore[arg-type]

    return some("r"), some("l")


def plain(frame: pd.DataFrame) -> list[reference.Place]:
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


@pytest.mark.parametrize("part", range(4))
def test_two_hundred_cities_agree_with_the_referee(part: int) -> None:
    for seed in range(part, 200, 4):
        rng = np.random.default_rng(seed)
        age = rng.integers(0, 1500, int(rng.integers(1, 40))).astype(float)
        changed = (rng.random(len(age)) < rng.choice([0, .3, .9, 1])) & (age > 0)
        got = change_rate(*looks(age.tolist(), changed.tolist()))
        want = reference.change_rate([(a, bool(c)) for a, c in zip(age, changed)])
        assert got == pytest.approx(want, rel=1e-9, nan_ok=True)
        register, listing = city(seed)
        found = reconcile(register.sample(frac=1, random_state=seed), listing, 60, 80)
        pairs = found.loc[found["found"] == "matched", ["register_id", "listing_id"]]
        assert set(pairs.itertuples(index=False, name=None)) == reference.reconcile(
            plain(register), plain(listing), 60, 80
        )
        assert sorted(found["register_id"].dropna()) == sorted(register["id"])
        assert sorted(found["listing_id"].dropna()) == sorted(listing["id"])
        if seed % 8 == part:  # a listing holds all of itself
            named = register[register["lon"].notna() & (register["name"].map(folded) != "")]
            assert (reconcile(register, register, 1, 99)["found"] == "matched").sum() == len(named)


def test_effective_capacity_agrees_with_the_referee() -> None:
    rng = np.random.default_rng(3)
    size = 200 * 4
    area = pd.Series(rng.choice([f"A{i}" for i in range(200)], size))
    capacity = pd.Series(rng.choice([0.0, 20.0, 50.0, np.nan], size, p=[.3, .4, .25, .05]))
    chance = pd.Series(rng.choice([.3, .8, 1.0, np.nan], size, p=[.3, .3, .3, .1]))
    result = effective_capacity(pd.DataFrame({
        "area_id": area, "capacity": capacity, "value": chance, "low": chance.fillna(0), "high": chance.fillna(1),
    })).set_index("area_id")
    assert set(result["status"]) == {"ok", "unknown", "not_applicable"} and set(result.index) == set(area)
    for name, row in result.iterrows():
        here = [(None if math.isnan(s) else s, None if math.isnan(p) else p)
                for s, p in zip(capacity[area == name], chance[area == name])]
        held = reference.effective(here)
        if held is None:
            assert row["status"] == "unknown" and 0 <= row["low"] <= row["high"] <= 1
        elif held[1] == 0:
            assert row["status"] == "not_applicable"
        else:
            assert (row["numerator"], row["value"]) == pytest.approx((held[0], held[0] / held[1]), rel=1e-9)


AGES = st.lists(st.tuples(st.integers(1, 3000), st.booleans()), min_size=1, max_size=30)


@given(AGES, st.integers(2, 50), st.randoms(use_true_random=False))
@LAW
def test_laws_of_the_rate_of_change(rows: list[tuple[int, bool]], factor: int, shuffle) -> None:
    age, changed = [float(a) for a, _ in rows], [c for _, c in rows]
    found = change_rate(*looks(age, changed))
    if any(changed) and not all(changed):
        assert 0 < found["low"] < found["value"] < found["high"] < math.inf
    # In another unit of time, the same speed; in another order, the same answer.
    slower = change_rate(*looks([a * factor for a in age], changed))
    assert [v / factor for v in found.values()] == pytest.approx(list(slower.values()), rel=1e-9, nan_ok=True)
    shuffle.shuffle(rows)
    again = change_rate(*looks([float(a) for a, _ in rows], [c for _, c in rows]))
    assert list(again.values()) == pytest.approx(list(found.values()), rel=1e-9, nan_ok=True)
    # One more change is never a slower one; one more unchanged look never a faster one.
    up = change_rate(*looks([*age, 100.0], [*changed, True]))["value"]
    down = change_rate(*looks([*age, 100.0], [*changed, False]))["value"]
    if not math.isnan(found["value"]):
        assert down <= found["value"] * (1 + 1e-9) and found["value"] <= up * (1 + 1e-9)


@given(st.lists(st.integers(0, 4000), min_size=2, max_size=10), st.integers(1, 30), st.integers(1, 30))
@LAW
def test_an_older_listing_is_never_surer(ages: list[int], changed: int, unchanged: int) -> None:
    services = pd.DataFrame({
        "service_id": [f"S{i}" for i in range(len(ages))], "form": "pantry", "age_days": sorted(map(float, ages)),
    })
    seen = checks("pantry", changed, unchanged)
    valid = still_valid(services, pd.DataFrame([{"form": "", **change_rate(seen["age_days"], seen["changed"])}]))
    for column in ("value", "low", "high"):
        assert (valid[column].diff().dropna() <= 0).all() and valid[column].between(0, 1).all()
    assert (valid["low"] <= valid["value"]).all() and (valid["value"] <= valid["high"]).all()


@given(st.integers(0, 10**6), st.integers(10, 100), st.integers(0, 100))
@LAW
def test_reconciliation_pairs_once_and_misses_no_pair(seed: int, within: int, alike: int) -> None:
    register, listing = city(seed)
    found = reconcile(register, listing, within, alike)
    matched = found[found["found"] == "matched"]
    assert (matched["metres"] <= within).all() and (matched["alike"] >= alike).all()
    assert matched["register_id"].is_unique and matched["listing_id"].is_unique
    assert sorted(found["register_id"].dropna()) == sorted(register["id"])
    left = found[found["found"].str.endswith("_only")]
    again = reconcile(
        register[register["id"].isin(left["register_id"])], listing[listing["id"].isin(left["listing_id"])],
        within, alike,
    )
    assert "matched" not in set(again["found"])


def test_the_interval_covers_and_the_shortcut_does_not() -> None:
    rng = np.random.default_rng(1)
    ratio, shortcut, held = [], [], 0
    for _ in range(400):
        age = rng.uniform(30, 900, 60)
        changed = rng.random(60) < -np.expm1(-age / 500)
        found = change_rate(pd.Series(age), pd.Series(changed))
        ratio.append(found["value"] * 500)
        held += found["low"] <= 1 / 500 <= found["high"]
        shortcut.append(-np.log(1 - changed.mean()) / age.mean() * 500)
    assert 0.93 <= held / 400 <= 0.975 and np.median(ratio) == pytest.approx(1, abs=.03)
    assert np.mean(shortcut) < .9


@pytest.mark.parametrize(("call", "words"), [
    (lambda: change_rate(*looks([-1], [True])), r"checks\.age_days: 1 values negative or infinite"),
    (lambda: change_rate(*looks([0], [True])), "1 missing, or 0 and changed, first at row 0"),
    (lambda: change_rate(*looks([math.nan], [False])), "1 missing, or 0 and changed, first at row 0"),
    (lambda: change_rates(checks("a", 1, 1).assign(changed=[True, None])), r"checks\.changed: 1 neither .* row 1"),
    (lambda: change_rates(checks("a", 1, 1).drop(columns="form")), "checks: no column form"),
    (lambda: still_valid(pd.DataFrame({"service_id": ["a", "a"], "form": "x", "age_days": 1.0}), HALF),
     r"services\.service_id: 1 missing or given twice, first 'a'"),
    (lambda: still_valid(pd.DataFrame({"service_id": ["a"], "form": "x", "age_days": [-1.0]}), HALF), "negative"),
    (lambda: effective_capacity(pd.DataFrame({
        "area_id": ["A"], "capacity": [5.0], "value": [1.5], "low": [0.0], "high": [1.0],
    })), r"services\.value: 1 chances above 1, first at row 0"),
    (lambda: effective_capacity(pd.DataFrame({
        "area_id": ["A"], "capacity": [-5.0], "value": [.5], "low": [0.0], "high": [1.0],
    })), r"services\.capacity: 1 values negative"),
    (lambda: verification_priority(still_valid(pd.DataFrame({
        "service_id": ["a"], "form": "x", "age_days": [1.0]}), HALF), pd.Series([1.0, 2.0], index=["a", "a"])),
     "people: 1 missing or given twice"),
    (lambda: reconcile(places([("a", "x", 0, 0), ("a", "y", 0, 0)]), places([])), r"register\.id: 1 .* first 'a'"),
    (lambda: reconcile(places([("a", "x", 200, 0)]), places([])), r"register\.lon, lat: 1 rows without a position"),
    (lambda: reconcile(places([]), places([("a", "x", 0, math.inf)])), r"listing\.lon, lat: 1 rows without a position"),
    (lambda: reconcile(places([]), places([]), within_m=0), "within_m: 0 is not above 0"),
    (lambda: unlisted(reconcile(places([("a", "x", 0, 0)]), places([])), pd.Series({"b": "A"})), "no area for 1"),
])
def test_broken_input_is_refused(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
