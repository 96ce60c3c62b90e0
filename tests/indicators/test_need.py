"""Need by any groups: by pencil, against the referee, and whether intervals cover what they claim."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.intervals import Benchmark, logit_spread, rounding_noise, shifts, simulated_need
from indicators.need import ConvergenceError, shift, standardized
from indicators.raking import agreeing, fitted
from indicators.ranks import in_worst_fifth
from indicators.spec import InputError
from tests import reference_need as reference
from tests.studies.coverage import share_covered

LAWS = settings(max_examples=200, deadline=None, derandomize=True)
RATES = pd.DataFrame({"poverty": ["below", "above"], "share": [.4, .1]})


def toyville() -> pd.DataFrame:
    """Nord 50 below and 50 above, Centre 100 and 200, Colline 0 and 100, Parc nobody, Rive not published."""
    people = [50, 50, 100, 200, 0, 100, 0, 0, np.nan, np.nan]
    return pd.DataFrame({
        "area_id": np.repeat(["T1", "T2", "T3", "T4", "T5"], 2), "poverty": ["below", "above"] * 5, "people": people,
    })


def city(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    areas, groups = int(rng.integers(1, 12)), int(rng.integers(1, 6))
    counts = pd.DataFrame({
        "area_id": np.repeat([f"a{i}" for i in range(areas)], groups),
        "g": np.tile([f"g{i}" for i in range(groups)], areas),
        "people": rng.integers(0, 80, areas * groups) * 5.0,
    })
    counts.loc[0, "people"] = 50.0
    rates = pd.DataFrame({"g": [f"g{i}" for i in range(groups)], "share": rng.uniform(.02, .7, groups)})
    return counts, rates


# --- indirect standardization ---------------------------------------------------------------------------------


def test_toyville_by_pencil() -> None:
    out = standardized(toyville(), RATES, ["poverty"]).set_index("area_id")
    assert out["numerator"].dropna().to_dict() == pytest.approx({"T1": 25, "T2": 60, "T3": 10})
    assert out["value"].dropna().to_dict() == pytest.approx({"T1": .25, "T2": .2, "T3": .1})
    assert out["status"].to_dict() == {
        "T1": "ok", "T2": "ok", "T3": "ok", "T4": "not_applicable", "T5": "missing",
    }


@pytest.mark.parametrize("seed", range(200))
def test_agrees_with_the_referee(seed: int) -> None:
    counts, rates = city(seed)
    people = {
        str(a): {(g,): n for g, n in zip(rows["g"], rows["people"], strict=True)}
        for a, rows in counts.groupby("area_id")
    }
    shares = {(g,): p for g, p in zip(rates["g"], rates["share"], strict=True)}
    totals = {key: sum(groups[key] for groups in people.values()) for key in shares}
    for benchmark in (None, .22):
        moved = shares if benchmark is None else reference.benchmarked(totals, shares, benchmark)
        want = reference.standardized(people, moved)
        out = standardized(counts, rates, ["g"], benchmark).set_index("area_id")
        ok = out[out["status"] == "ok"]["numerator"].to_dict()
        assert ok == pytest.approx({a: want[a] for a in ok}, rel=1e-9, abs=1e-9)
    draws = shifts(np.array([[totals[k]] for k in shares]), np.array([[reference.logit(p)] for p in shares.values()]),
                   np.array([.22]))
    one = shift(list(totals.values()), list(shares.values()), .22)
    assert draws[0] == pytest.approx(one, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@LAWS
def test_order_is_irrelevant_and_splitting_an_area_keeps_its_sum(seed: int, mix: int) -> None:
    counts, rates = city(seed)
    out = standardized(counts, rates, ["g"], .2).set_index("area_id")["numerator"]
    first = counts["area_id"] == "a0"
    half = counts[first].assign(people=counts["people"] / 4, area_id="b0")
    split = pd.concat([counts.assign(people=counts["people"].where(~first, counts["people"] * .75)), half])
    mixed = split.sample(frac=1, random_state=mix)
    parts = standardized(mixed, rates, ["g"], .2).set_index("area_id")["numerator"]
    assert parts["a0"] + parts["b0"] == pytest.approx(out["a0"], rel=1e-9)
    others = out.index.drop("a0")
    assert parts[others].to_numpy() == pytest.approx(out[others].to_numpy(), rel=1e-9, nan_ok=True)


# --- raking ---------------------------------------------------------------------------------------------------


def test_raking_by_pencil() -> None:
    # A flat seed of 2 × 2 with rows 60, 40 and columns 70, 30 becomes the independent table 42, 18, 28, 12.
    seed = pd.DataFrame({"p": ["b", "b", "a", "a"], "f": ["x", "y", "x", "y"], "weight": [1.0] * 4})
    rows = pd.DataFrame({"p": ["b", "a"], "people": [60.0, 40]})
    columns = pd.DataFrame({"f": ["x", "y"], "people": [70.0, 30]})
    fit = fitted(seed, [rows, columns], ["p", "f"])
    assert fit.cells["people"].tolist() == pytest.approx([42, 18, 28, 12])
    # ln 4 − (H(.6, .4) + H(.7, .3)) = 1.38629 − 0.67301 − 0.61086.
    assert fit.entropy_lost == pytest.approx(0.10242, abs=5e-6)
    assert fit.error <= 1e-10 and fit.passes <= 2


@pytest.mark.parametrize("seed", range(200))
def test_raking_agrees_with_the_referee(seed: int) -> None:
    rng = np.random.default_rng(seed)
    areas, a, b = range(int(rng.integers(1, 4))), range(int(rng.integers(2, 4))), range(2)
    cells = [(str(i), str(j), str(k)) for i in areas for j in a for k in b]
    truth = dict(zip(cells, rng.integers(1, 60, len(cells)).astype(float), strict=True))
    seed_ = dict(zip(cells, rng.uniform(.2, 5, len(cells)), strict=True))
    margins, frames = [], []
    for places in ([0, 1], [0, 2]):
        totals: dict[tuple[str, ...], float] = {}
        for cell, n in truth.items():
            key = tuple(cell[i] for i in places)
            totals[key] = totals.get(key, 0.0) + n
        margins.append((places, totals))
        names = [["area_id", "a", "b"][i] for i in places]
        frames.append(pd.DataFrame(list(totals), columns=names).assign(people=list(totals.values())))
    fit = fitted(
        pd.DataFrame(cells, columns=["area_id", "a", "b"]).assign(weight=list(seed_.values())), frames,
        ["area_id", "a", "b"],
    )
    want = reference.raked(seed_, margins, passes=400)
    assert fit.cells["people"].tolist() == pytest.approx(list(want.values()), rel=1e-9)
    assert fit.error <= 1e-10


def test_raking_refuses_margins_that_contradict_the_seed_or_one_another() -> None:
    seed = pd.DataFrame({"p": ["b", "b", "a", "a"], "f": ["x", "y", "x", "y"], "weight": [1.0, 0, 0, 1]})
    rows = pd.DataFrame({"p": ["b", "a"], "people": [60.0, 40]})
    columns = pd.DataFrame({"f": ["x", "y"], "people": [70.0, 30]})
    with pytest.raises(ConvergenceError, match=r"seed.weight: after 2000 passes"):
        fitted(seed, [rows, columns], ["p", "f"])
    with pytest.raises(InputError, match=r"margins.people: the totals differ: 100, 101"):
        fitted(seed, [rows, columns.assign(people=[70.0, 31])], ["p", "f"])
    with pytest.raises(InputError, match=r"margins\[0\].people: no row for \('a',\)"):
        fitted(seed, [rows.head(1), columns.assign(people=[42.0, 18])], ["p", "f"])
    with pytest.raises(InputError, match=r"seed.weight: 1 values negative"):
        fitted(seed.assign(weight=[1.0, -1, 0, 1]), [rows, columns], ["p", "f"])
    closer = agreeing([rows.assign(area="A"), columns.assign(area="A", people=[70.0, 31])], ["area"])
    assert closer[1]["people"].sum() == pytest.approx(100)


# --- intervals ------------------------------------------------------------------------------------------------


def with_margins(rates: pd.DataFrame) -> pd.DataFrame:
    return rates.assign(low=rates["share"] * .8, high=rates["share"] * 1.2)


def test_where_nothing_is_uncertain_there_is_no_range() -> None:
    out = simulated_need(toyville(), RATES, ["poverty"], None, seed=1, draws=50, rounding=1).set_index("area_id")
    ok = out[out["status"] == "ok"]
    assert ok["low"].to_dict() == pytest.approx(ok["value"].to_dict(), abs=1e-7)
    assert ok["high"].to_dict() == pytest.approx(ok["value"].to_dict(), abs=1e-7)
    # Centre's 60 people are the most of three areas in every draw: a fifth of three, rounded up, is one area.
    assert ok["worst_fifth"].to_dict() == {"T1": 0, "T2": 1, "T3": 0}
    assert out.loc[["T4", "T5"], ["low", "high", "worst_fifth"]].isna().all(axis=None)


def test_the_same_seed_gives_the_same_numbers() -> None:
    rates, benchmark = with_margins(RATES), Benchmark(.2, .18, .22)
    one = simulated_need(toyville(), rates, ["poverty"], benchmark, seed=7, draws=300)
    pd.testing.assert_frame_equal(one, simulated_need(toyville(), rates, ["poverty"], benchmark, seed=7, draws=300))
    ok = one[one["status"] == "ok"]
    assert ((ok["low"] < ok["value"]) & (ok["value"] < ok["high"])).all()


def test_a_single_area_has_no_rank() -> None:
    one = simulated_need(toyville().head(2), RATES, ["poverty"], None, seed=1, draws=10)
    assert one["status"].item() == "ok" and math.isnan(one["worst_fifth"].item())


def test_rounding_noise_has_the_chances_of_random_rounding() -> None:
    noise = rounding_noise(np.random.default_rng(0), (200_000,))
    seen = np.bincount(noise + 4, minlength=9) / len(noise)
    assert seen == pytest.approx([(5 - abs(e)) / 25 for e in range(-4, 5)], abs=.004)
    assert (rounding_noise(np.random.default_rng(0), (10,), 1) == 0).all()


def test_spread_of_each_source() -> None:
    rates = pd.DataFrame({
        "share": [.2, .2, .2, .2], "low": [.16, None, None, None], "high": [.25, None, None, None],
        "cv": [.5, .08, None, None], "quality": ["E", "E", "C", "F"],
    })
    spread = logit_spread(rates)
    width = reference.logit(.25) - reference.logit(.16)
    assert spread.tolist()[:3] == pytest.approx([width / 2 / 1.959964, .1, .1], rel=1e-6)
    assert math.isnan(spread.iloc[3])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), min_size=1, max_size=12))
@LAWS
def test_the_worst_fifth_agrees(rows: list[tuple[int, int]]) -> None:
    values = {f"a{i:02d}": v for i, (v, _) in enumerate(rows)}
    people = {f"a{i:02d}": n for i, (_, n) in enumerate(rows)}
    matrix = np.array([[v] for v in values.values()], dtype=float)
    got = in_worst_fifth(matrix)
    assert {a for a, hit in zip(values, got, strict=True) if hit} == reference.worst_fifth_of_areas(values)
    got = in_worst_fifth(matrix, np.array([[n] for n in people.values()], dtype=float))
    assert {a for a, hit in zip(values, got, strict=True) if hit} == reference.worst_fifth_of_people(values, people)


def test_eight_in_ten_intervals_hold_the_truth() -> None:
    covered = share_covered(cities=60, draws=200, seed=3)
    assert covered["covered"] == pytest.approx(.80, abs=.05)


def test_three_thousand_areas_and_two_thousand_draws_are_quick() -> None:
    rng = np.random.default_rng(0)
    counts = pd.DataFrame({
        "area_id": np.repeat([f"a{i}" for i in range(3228)], 2), "poverty": ["below", "above"] * 3228,
        "people": rng.integers(1, 100, 6456) * 5.0,
    })
    began = time.process_time()
    simulated_need(counts, with_margins(RATES), ["poverty"], Benchmark(.22, .2, .24), seed=1)
    assert time.process_time() - began < 3


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "says"), [
    ({"people": -1.0}, r"counts.people: 10 values negative"),
    ({"poverty": "other"}, r"counts.area_id, poverty: 5 keys missing or repeated"),
    ({"area_id": None}, r"keys missing or repeated"),
])
def test_broken_counts_are_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        standardized(toyville().assign(**change), RATES, ["poverty"])


def test_other_refusals() -> None:
    with pytest.raises(InputError, match=r"rates.share: 1 shares not strictly between 0 and 1, first at row 0"):
        standardized(toyville(), RATES.assign(share=[1.2, .1]), ["poverty"])
    with pytest.raises(InputError, match=r"rates.share: no rate for the group \('above',\) of area T1"):
        standardized(toyville(), RATES.head(1), ["poverty"])
    with pytest.raises(InputError, match="counts: the frame is empty"):
        standardized(toyville().head(0), RATES, ["poverty"])
    nobody = toyville().assign(people=0.0)
    with pytest.raises(InputError, match="nobody is counted"):
        standardized(nobody, RATES, ["poverty"], .2)
    assert set(standardized(nobody, RATES, ["poverty"])["status"]) == {"not_applicable"}
    with pytest.raises(InputError, match="no area has every group published"):
        simulated_need(nobody, RATES, ["poverty"], None, seed=1)
    with pytest.raises(InputError, match="do not rise between 0 and 1"):
        Benchmark(.2, .3, .4)
    with pytest.raises(InputError, match=r"rates.low, high: 1 do not hold the share"):
        logit_spread(pd.DataFrame({"share": [.2], "low": [.3], "high": [.4]}))
