"""Reach: three counts of 50, by pencil; bounds that hold the truth in made-up cities; what is refused."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from indicators.disclosure import controlled
from indicators.reach import at_overlap, bounds, chapman, people_from_visits, people_reached
from indicators.spec import InputError
from tests import reference_reach as reference

LAW = settings(max_examples=200, deadline=None, derandomize=True)


def counted(counts: list[float | None], status: str = "ok", unit: str = "people") -> pd.DataFrame:
    """One area, one month: organizations a, b, c…"""
    return pd.DataFrame({
        "area_id": "T", "organization_id": [chr(97 + i) for i in range(len(counts))], "period": "2026-01",
        "unit": unit, "count": counts, "status": status, "basis": "counted",
    })


def overlap(pairs: dict[str, float]) -> pd.DataFrame:
    """`ab: 10` is ten people of both a and b."""
    return pd.DataFrame(
        [{"period": "2026-01", "first": k[0], "second": k[1], "both": v} for k, v in pairs.items()]
    )


def sets(seed: int) -> tuple[list[set[int]], int]:
    """A made-up city: who goes where, some organizations sharing a habit; and how many people live there."""
    rng = np.random.default_rng(seed)
    people, k = int(rng.integers(10, 300)), int(rng.integers(1, 7))
    habit = rng.random(people)
    lean = rng.choice([0.0, 0.5, 1.0])
    found = []
    for share in rng.uniform(0.02, 0.7, k):
        keen = lean * habit + (1 - lean) * rng.random(people)
        found.append({int(i) for i in np.argsort(keen)[: round(share * people)]})
    return found, people


def matrix(found: list[set[int]], told: set[tuple[int, int]]) -> np.ndarray:
    shared = np.full((len(found), len(found)), np.nan)
    for i, j in told:
        shared[i, j] = shared[j, i] = len(found[i] & found[j])
    return shared


def test_three_times_fifty() -> None:
    row = people_reached(counted([50, 50, 50])).iloc[0]
    assert (row["low"], row["high"], row["status"], row["basis"]) == (50, 150, "unknown", "counted")
    assert math.isnan(row["value"]) and math.isnan(row["numerator"])
    assert (row["counted"], row["organizations"], row["told"]) == (150, 3, 3)


@pytest.mark.parametrize(("eligible", "reference_value", "high"), [
    (200, 115.625, 150),  # 200 × (1 − 0.75³)
    (400, 132.03125, 150),  # 400 × (1 − 0.875³)
    (120, 120 * (1 - (70 / 120) ** 3), 120),  # no more than everyone
])
def test_independence_is_a_reference_between_the_bounds(eligible: float, reference_value: float, high: float) -> None:
    row = people_reached(counted([50, 50, 50]), pd.Series({"T": eligible})).iloc[0]
    assert row["value"] == pytest.approx(reference_value, rel=1e-12)
    assert (row["low"], row["high"], row["status"], row["basis"]) == (50, high, "ok", "modelled")


def test_known_overlaps_narrow_the_range() -> None:
    # S₁ = 150, S₂ = 35: 2 × 35 ÷ 150 < 1, so κ = 1 and at least 150 − 35; the tree keeps 20 and 10: at most 150 − 30.
    row = people_reached(counted([50, 50, 50]), overlaps=overlap({"ab": 10, "bc": 20, "ca": 5})).iloc[0]
    assert (row["low"], row["high"], row["status"]) == (115, 120, "unknown")
    # One pair alone: 50 + 50 − 10 are at least 90, and 10 people were counted twice.
    row = people_reached(counted([50, 50, 50]), overlaps=overlap({"ba": 10})).iloc[0]
    assert (row["low"], row["high"]) == (90, 140)
    # Two organizations and what they share: one number, and it is counted.
    row = people_reached(counted([50, 50]), overlaps=overlap({"ab": 7})).iloc[0]
    assert (row["low"], row["value"], row["high"], row["status"], row["basis"]) == (93, 93, 93, "ok", "counted")
    # Independence (115.6) is refuted by what the lists share: no reference is left.
    known = overlap({"ab": 0, "bc": 0, "ac": 0})
    row = people_reached(counted([50, 50, 40]), pd.Series({"T": 400}), known).iloc[0]
    assert (row["low"], row["value"], row["high"]) == (140, 140, 140)
    row = people_reached(counted([50, 50, 50]), pd.Series({"T": 200}), overlap({"ab": 0, "bc": 0})).iloc[0]
    assert (row["low"], row["high"]) == (100, 150) and row["value"] == 115.625
    row = people_reached(counted([50, 50, 50]), pd.Series({"T": 200}), overlap({"ab": 50, "bc": 50})).iloc[0]
    assert (row["low"], row["high"], row["status"]) == (50, 50, "ok")


def test_each_kind_of_nothing_keeps_its_own_status() -> None:
    counts = counted([50, None, None]).assign(status=["ok", "suppressed", "missing"])
    row = people_reached(counts).iloc[0]
    assert (row["low"], row["status"], row["told"]) == (50, "unknown", 1) and math.isnan(row["high"])
    assert row["high_told"] == 59  # 50 and a hidden 9, whatever the third one did
    row = people_reached(counts, pd.Series({"T": 80.0})).iloc[0]
    assert (row["low"], row["high"], row["high_told"], row["status"]) == (50, 80, 59, "unknown")
    # A hidden count is 1 to 9: 50 to 59 people.
    assert people_reached(counts.iloc[:2]).iloc[0][["low", "high"]].tolist() == [50, 59]
    for rows, status in ((counts.iloc[1:], "suppressed"), (counts.iloc[2:], "missing")):
        row = people_reached(rows).iloc[0]
        assert row["status"] == status and row[["value", "low", "high"]].isna().all()
    assert people_reached(counted([None]))["status"].tolist() == ["missing"]
    # As DuckDB and `controlled` hand them over: whole numbers that may be missing.
    whole = counts.assign(count=pd.array([50, pd.NA, pd.NA], dtype="Int64"))
    pd.testing.assert_frame_equal(people_reached(whole), people_reached(counts))
    assert people_reached(counted([0]), pd.Series({"T": 0})).iloc[0]["status"] == "not_applicable"
    # Nobody came: zero is a value.
    row = people_reached(counted([0, 0])).iloc[0]
    assert (row["value"], row["low"], row["high"], row["status"]) == (0, 0, 0, "ok")


def test_visits_become_a_range_of_people() -> None:
    rows = people_from_visits(counted([120, 60], unit="visits"), (2, 4))
    assert rows[["least", "most"]].to_numpy().tolist() == [[30, 60], [15, 30]]
    row = people_reached(rows).iloc[0]
    assert (row["low"], row["high"], row["status"], row["basis"]) == (30, 90, "unknown", "modelled")
    never = counted([None], unit="visits").assign(status="missing")
    assert people_reached(people_from_visits(never, (1, 8))).iloc[0]["status"] == "missing"
    one = people_reached(people_from_visits(counted([3], unit="visits"), (1, 8))).iloc[0]
    assert (one["low"], one["high"]) == (1, 3)


def test_overlap_slider() -> None:
    # 150 − 0.14 × (150 − 50): Longmont's 14 %.
    assert [at_overlap([50, 50, 50], share) for share in (0, 0.14, 1)] == [150, 136, 50]
    with pytest.raises(InputError, match=r"share: 1\.2 is not between 0 and 1"):
        at_overlap([50], 1.2)


@pytest.mark.parametrize("base", [1, 5])
def test_two_hundred_cities_agree_with_the_referee(base: int) -> None:
    rows, known, want, eligible = [], [], {}, {}
    for seed in range(200):
        rng, area = np.random.default_rng(seed), f"A{seed}"
        eligible[area] = float(rng.choice([math.nan, 900.0]))
        for month in ("2026-01", "2026-02"):
            found, _ = sets(int(rng.integers(1e9)))
            pairs = list(combinations(range(len(found)), 2))
            truth = controlled(pd.Series([len(s) for s in found]), 10, 1)
            status = truth["status"].where(rng.random(len(found)) < .8, "missing").tolist()
            count = [len(s) // base * base if said == "ok" else None for s, said in zip(found, status)]
            told = {}
            if base == 1 and "missing" not in status:
                told = {(i, j): len(found[i] & found[j]) for i, j in pairs if rng.random() < .5}
            name = [f"{area}-{i}" for i in range(len(found))]
            rows += [
                {"area_id": area, "organization_id": name[i], "period": month, "unit": "people", "count": count[i],
                 "status": status[i], "basis": "simulated"} for i in range(len(found))
            ]
            known += [{"period": month, "first": name[j], "second": name[i], "both": m} for (i, j), m in told.items()]
            ends = [reference.limits(c, said, 10, base) for c, said in zip(count, status)]
            everyone = math.inf if math.isnan(eligible[area]) else eligible[area]
            low, high = reference.bounds([least for least, _ in ends], [most for _, most in ends], everyone, told)
            value = math.nan
            if everyone < math.inf and None not in count:
                value = reference.independence(count, everyone)  # type: ignore[arg-type]
            if high - low <= 1e-9:
                value = low
            want[area, month] = (low, high, value if low - 1e-9 <= value <= high + 1e-9 else math.nan, status)
    got = people_reached(
        pd.DataFrame(rows).sample(frac=1, random_state=1), pd.Series(eligible),
        pd.DataFrame(known, columns=["period", "first", "second", "both"]), 10, base,
    ).set_index(["area_id", "period"])
    assert set(got.index) == set(want) and {"ok", "unknown", "suppressed", "missing"} <= set(got["status"])
    for (low, high, value, status), (_, row) in zip(want.values(), got.loc[list(want)].iterrows()):
        if "ok" not in status:
            assert row["status"] == ("suppressed" if "suppressed" in status else "missing")
            continue
        told_high = high if high < math.inf else math.nan
        assert row[["low", "high", "value"]].tolist() == pytest.approx(
            [low, told_high, value], rel=1e-9, abs=1e-9, nan_ok=True
        )
        assert row["status"] == ("unknown" if math.isnan(value) else "ok")


def test_published_counts_and_visits_still_hold_the_truth() -> None:
    rng = np.random.default_rng(4)
    cities = {f"A{seed}": sets(seed)[0] for seed in range(200)}
    truth = pd.Series({area: len(set().union(*found)) for area, found in cities.items()}).sort_index()
    rows = pd.concat([counted([len(s) for s in found]).assign(area_id=area) for area, found in cities.items()])
    rows = rows.reset_index(drop=True)
    seen = controlled(rows["count"])
    shown = people_reached(rows.assign(count=seen["count"], status=seen["status"]), smallest=10, base=5)
    shown = shown[shown["status"] != "suppressed"].set_index("area_id")
    real = truth[shown.index]
    assert len(shown) > 150 and (shown["low"] <= real).all() and (real <= shown["high"]).all()
    visits = rows.assign(unit="visits", count=[rng.integers(1, 5, int(n)).sum() for n in rows["count"]])
    shown = people_reached(people_from_visits(visits, (1, 4))).set_index("area_id")
    assert (shown["low"] <= truth).all() and (truth <= shown["high"]).all()


@given(st.integers(0, 10**6))
@LAW
def test_bounds_hold_the_truth(seed: int) -> None:
    found, people = sets(seed)
    rng = np.random.default_rng(seed)
    truth = len(set().union(*found))
    pairs = list(combinations(range(len(found)), 2))
    some = {pair for pair in pairs if rng.random() < .5}
    sizes = [len(s) for s in found]
    for told in (set(), some, set(pairs)):
        for eligible in (math.nan, people):
            low, high = bounds(sizes, eligible, matrix(found, told))
            assert low - 1e-9 <= truth <= high + 1e-9


@given(st.integers(0, 10**6))
@LAW
def test_bounds_hold_every_answer_the_overlaps_allow(seed: int) -> None:
    # The sharp interval, by linear programming over who is on which lists, lies inside ours.
    found, people = sets(seed)
    found = found[:5]
    k = len(found)
    told = {pair for pair in combinations(range(k), 2) if seed % 3 or pair[0] == 0}
    held = np.array([[atom >> i & 1 for atom in range(1, 2**k)] for i in range(k)], dtype="float64")
    rows = [*held, *[held[i] * held[j] for i, j in told]]
    right = [*map(len, found), *[len(found[i] & found[j]) for i, j in told]]
    low, high = bounds([len(s) for s in found], people, matrix(found, told))
    for sign, ours in ((1, low), (-1, -high)):
        best = linprog(
            sign * np.ones(2**k - 1), A_eq=np.array(rows), b_eq=right, A_ub=np.ones((1, 2**k - 1)), b_ub=[people],
        )
        assert best.status == 0 and best.fun >= ours - 1e-6


@given(st.integers(0, 10**6))
@LAW
def test_order_is_irrelevant_and_knowing_more_never_widens(seed: int) -> None:
    found, people = sets(seed)
    rng = np.random.default_rng(seed)
    sizes = np.array([float(len(s)) for s in found])
    pairs = list(combinations(range(len(found)), 2))
    rng.shuffle(pairs)
    pairs = [(min(p), max(p)) for p in pairs]
    order = rng.permutation(len(found))
    before = bounds(sizes.tolist())
    assert bounds(sizes[order].tolist()) == before
    for n in range(len(pairs) + 1):
        shared = matrix(found, set(pairs[:n]))
        now = bounds(sizes.tolist(), people, shared)
        assert now == pytest.approx(bounds(sizes[order].tolist(), people, shared[np.ix_(order, order)]), rel=1e-12)
        assert before[0] <= now[0] + 1e-9 and now[1] <= before[1] + 1e-9
        before = now


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.integers(0, 11), st.integers(0, 100),
       st.integers(600, 5000))
@LAW
def test_more_people_never_lower_either_bound(counts: list[int], which: int, more: int, eligible: int) -> None:
    raised = [c + more * (i == which % len(counts)) for i, c in enumerate(counts)]
    for everyone in (math.nan, eligible):
        a, b = bounds(counts, everyone), bounds(raised, everyone)
        assert a[0] <= b[0] and a[1] <= b[1]


def test_more_people_never_lower_the_reference_and_it_stays_inside() -> None:
    rng = np.random.default_rng(5)
    cities, eligible = [], {}
    for n in range(200):
        counts = rng.integers(0, 500, int(rng.integers(1, 12)))
        raised = counts + rng.integers(0, 100, len(counts))
        cities += [counted(c.tolist()).assign(area_id=f"{a}{n}") for a, c in zip("abc", (counts, raised, counts))]
        everyone = float(rng.integers(600, 5000))
        eligible |= {f"a{n}": everyone, f"b{n}": everyone, f"c{n}": 2 * everyone}
    out = people_reached(pd.concat(cities, ignore_index=True), pd.Series(eligible))
    assert (out["low"] - 1e-6 <= out["value"]).all() and (out["value"] <= out["high"] + 1e-6).all()
    least, raised, wide = (out.loc[out["area_id"].str[0] == a, "value"].to_numpy() for a in "abc")
    assert (least <= raised + 1e-9).all() and (least <= wide + 1e-9).all()


@given(st.integers(1, 5000), st.integers(1, 5000), st.floats(0, 1))
@LAW
def test_chapman_agrees(first: int, second: int, share: float) -> None:
    matched = math.floor(share * min(first, second))
    got, want = chapman(first, second, matched), reference.chapman(first, second, matched)
    assert (got["value"], got["variance"]) == pytest.approx(want, rel=1e-9)
    assert got["seen"] <= got["low"] + 1e-9 and got["low"] <= got["value"] + 1e-9 <= got["high"] + 2e-9


def test_chapman_by_pencil_and_its_interval_covers() -> None:
    # 51 × 51 ÷ 26 − 1 = 99.04; 51 × 51 × 25 × 25 ÷ (26² × 27) = 89.07.
    got = chapman(50, 50, 25)
    assert (got["value"], got["variance"]) == pytest.approx((99.0385, 89.0656), abs=1e-4)
    assert (got["low"], got["high"]) == pytest.approx((86.4453, 125.4876), abs=1e-4)
    assert chapman(50, 80, 50)["value"] == chapman(50, 80, 50)["high"] == 80
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        one, two = rng.random(400) < .3, rng.random(400) < .25
        found = chapman(int(one.sum()), int(two.sum()), int((one & two).sum()))
        held += found["low"] <= 400 <= found["high"]
    assert 0.93 <= held / 2000 <= 0.97


@pytest.mark.parametrize(("change", "words"), [
    ({"unit": ["people", "visits", "people"]}, r"counts\.unit: people, visits; one of people, households alone"),
    ({"unit": "meals"}, r"counts\.unit: meals"),
    ({"count": [50.0, -1.0, 3.0]}, r"counts\.count: 1 values negative or infinite, first at row 1"),
    ({"organization_id": ["a", "a", "b"]}, r"counts\.organization_id: 1 counted twice, first at row 1"),
    ({"status": ["ok", "hidden", "ok"]}, r"counts\.status: 1 not in"),
    ({"basis": ["counted", "guessed", "counted"]}, r"counts\.basis: 1 not in"),
    ({"area_id": ["T", None, "T"]}, r"counts\.area_id: missing, first at row 1"),
    ({"count": [50.0, 500.0, 3.0]}, r"counts\.count: 1 above the eligible, first at row 1"),
    ({"least": [9.0, 9.0, 9.0], "most": [8.0, 9.0, 9.0]}, r"counts\.least: 1 above `most`, first at row 0"),
])
def test_broken_counts_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        people_reached(counted([50, 50, 50]).assign(**change), pd.Series({"T": 200}))


def test_other_broken_input_is_refused() -> None:
    good = counted([50, 50, 50])
    for frame, words in ((good.iloc[:0], "no rows"), (good.drop(columns="period"), "no column period")):
        with pytest.raises(InputError, match=words):
            people_reached(frame)
    for known, words in (
        ({"ab": 60}, r"overlaps, T 2026-01: .* not possible for their counts, first \(0, 1\)"),
        ({"ab": 50, "bc": 50, "ac": 0}, "cannot all be true"),
        ({"ab": 5, "ba": 5}, "pairs given twice or of one, first at row 1"), ({"aa": 5}, "first at row 0"),
    ):
        with pytest.raises(InputError, match=words):
            people_reached(good, overlaps=overlap(known))
    with pytest.raises(InputError, match="area_id 'T' twice"):
        people_reached(good, pd.Series([1.0, 2.0], index=["T", "T"]))
    with pytest.raises(InputError, match="is not a range from 1 up"):
        people_from_visits(good.assign(unit="visits"), (0.5, 2))
    with pytest.raises(InputError, match=r"counts\.unit: people"):
        people_from_visits(good, (1, 2))
    for lists in ((0, 5, 0), (5, 5, 6), (5, 5, -1)):
        with pytest.raises(InputError, match="chapman"):
            chapman(*lists)
    for people in ([], [math.nan], [-1.0]):
        with pytest.raises(InputError, match="people"):
            bounds(people)
    for broken in (np.zeros((2, 2)), np.array([[0, 1, 0], [2, 0, 0], [0, 0, 0.0]])):
        with pytest.raises(InputError, match="overlaps"):
            bounds([5, 5, 5], overlaps=broken)
