"""Awareness, nowcast and the funnel: worked examples, the referee, laws, coverage, refusals."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import awareness, funnel, nowcast
from indicators.spec import InputError
from tests import reference_trends as reference

# Toyville's year: Nord 240 requests, Centre 60, Colline 0; Rive's two are hidden; nobody lives in Parc.
TOY = pd.DataFrame({
    "area_id": ["T1", "T2", "T3", "T4", "T5"], "population": [100.0, 300, 100, 0, 100], "basis": "simulated",
    "requests": [240.0, 60, 0, 0, np.nan], "need": [25.0, 60, 10, 0, np.nan],
})


def areas(seed: int, shape: float = 3.0, n: int = 30) -> tuple[pd.DataFrame, np.ndarray]:
    """Random areas and their true ratios, which average 1."""
    rng = np.random.default_rng(seed)
    need = rng.integers(20, 400, n) * 1.0
    ratio = rng.gamma(shape, 1 / shape, n)
    frame = pd.DataFrame({
        "area_id": [f"A{i:02}" for i in range(n)], "population": need * 5, "need": need, "basis": "counted",
        "requests": rng.poisson(need * .1 * ratio) * 1.0,
    })
    return frame, ratio


def test_awareness_in_toyville() -> None:
    found = awareness.awareness_ratio(TOY).set_index("area_id")
    # 300 requests for 95 people in need: Nord should make 25 × 300 ÷ 95 = 78.9 of them, Centre 189.5, Colline 31.6.
    assert found["denominator"]["T1"] == pytest.approx(7500 / 95) and found["raw"]["T1"] == pytest.approx(3.04)
    assert found["raw"][["T2", "T3"]].tolist() == pytest.approx([60 * 95 / 18000, 0])
    assert found["verdict"].to_dict() == {
        "T1": "above", "T2": "below", "T3": "below", "T4": "unknown", "T5": "unknown"
    }
    assert found["status"].to_dict() == {
        "T1": "ok", "T2": "ok", "T3": "ok", "T4": "not_applicable", "T5": "missing"
    }
    shape = reference.prior_shape([240, 60, 0], [7500 / 95, 18000 / 95, 3000 / 95])
    # Nobody asked in Colline: drawn towards 1, yet hardly, for chance would have given some thirty.
    assert found["value"]["T3"] == pytest.approx(shape / (shape + 3000 / 95), abs=1e-9) and found["value"]["T3"] < .05
    assert set(found["basis"]) == {"simulated"}


@pytest.mark.parametrize("seed", range(200))
def test_awareness_agrees_with_the_referee(seed: int) -> None:
    frame, _ = areas(seed, shape=[.5, 3, 50][seed % 3], n=5 + seed % 26)
    found = awareness.awareness_ratio(frame)
    total, people = sum(frame["requests"]), sum(frame["need"])
    expected = [n * total / people for n in frame["need"]]
    shape = reference.prior_shape([int(v) for v in frame["requests"]], expected)
    a = min(shape, 1e4)
    want = [(a + o) / (a + e) for o, e in zip(frame["requests"], expected, strict=True)]
    assert found["value"].tolist() == pytest.approx(want, abs=1e-9)
    for part, low, high in ((.025, "funnel_low", "funnel_high"), (.001, "far_low", "far_high")):
        for i, e in enumerate(expected):
            assert found[low][i] * e == pytest.approx(reference.poisson_quantile(e, part), abs=1e-6)
            assert found[high][i] * e == pytest.approx(reference.poisson_quantile(e, 1 - part), abs=1e-6)


@given(st.integers(0, 10**6), st.floats(.1, 10))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_awareness_does_not_depend_on_order_or_on_the_scale_of_need(seed: int, scale: float) -> None:
    frame, _ = areas(seed, n=8)
    found = awareness.awareness_ratio(frame)
    mixed = awareness.awareness_ratio(frame.sample(frac=1, random_state=seed)).sort_index()
    assert mixed["value"].tolist() == pytest.approx(found["value"].tolist(), abs=1e-9)
    scaled = awareness.awareness_ratio(frame.assign(need=frame["need"] * scale))
    assert scaled["value"].tolist() == pytest.approx(found["value"].tolist(), abs=1e-9)
    between = (found["value"] - 1).abs() <= (found["raw"] - 1).abs() + 1e-12
    assert between.all() and ((found["low"] < found["value"]) & (found["value"] < found["high"])).all()


def test_eight_in_ten_awareness_intervals_hold_the_truth() -> None:
    held = []
    for seed in range(60):
        frame, ratio = areas(seed, n=60)
        found = awareness.awareness_ratio(frame, level=.8)
        scale = ratio * frame["need"].sum() / (ratio * frame["need"]).sum()  # the city's rate is 1 by definition
        held.append(((found["low"] <= scale) & (scale <= found["high"])).mean())
    assert .76 <= float(np.mean(held)) <= .84


def test_awareness_of_nothing() -> None:
    frame, _ = areas(1, n=5)
    for nothing in (frame.assign(population=0.0), frame.assign(need=0.0), frame.assign(requests=0.0)):
        found = awareness.awareness_ratio(nothing)
        assert set(found["status"]) == {"not_applicable"} and found[["value", "low", "high"]].isna().all(axis=None)
    assert awareness.awareness_ratio(frame.head(1))["value"].tolist() == pytest.approx([1])
    assert set(awareness.awareness_ratio(frame.assign(requests=np.nan))["status"]) == {"missing"}
    same = awareness.awareness_ratio(frame.assign(need=100.0, requests=10.0))
    assert same["value"].tolist() == pytest.approx([1] * 5) and math.isinf(awareness.prior_shape(
        np.full(5, 10.0), np.full(5, 10.0)
    ))
    for bad, message in (
        (frame.assign(requests=1.5), "5 not whole, first at row 0"), (frame.assign(need=-1.0), r"areas\.need"),
        (frame.head(0), "areas: no rows"), (pd.concat([frame, frame]), "given twice"),
    ):
        with pytest.raises(InputError, match=message):
            awareness.awareness_ratio(bad)


ARRIVE = np.array([.5, .3, .15, .05])


def triangle(seed: int, periods: int = 12, mean: float = 80) -> tuple[pd.DataFrame, np.ndarray]:
    """Reports as they stand, and what each period will hold in the end."""
    cells = np.random.default_rng(seed).poisson(mean * ARRIVE, (periods, 4))
    rows = [
        (p, d, float(cells[p, d]), "counted") for p in range(periods) for d in range(4) if p + d < periods
    ]
    return pd.DataFrame(rows, columns=["period", "delay", "count", "basis"]), cells.sum(axis=1)


def test_nowcast_by_pencil() -> None:
    # Of 100 and 120 reports, 60 and 60 came in the first week: 120 ÷ 220. The last week has 30 so far: 30 × 220 ÷ 120.
    reports = pd.DataFrame({
        "period": [1, 1, 2, 2, 3], "delay": [0, 1, 0, 1, 0], "count": [60.0, 40, 60, 60, 30], "basis": "counted",
    })
    found = nowcast.nowcast(reports).set_index("period")
    assert found["value"].tolist() == pytest.approx([1, 1, 120 / 220])
    assert found["denominator"].tolist() == pytest.approx([100, 120, 55])
    assert found["total_low"][1] == found["total_high"][1] == 100
    assert found["total_low"][3] < 55 < found["total_high"][3] and found["low"][3] < 120 / 220 < found["high"][3]


@pytest.mark.parametrize("seed", range(200))
def test_nowcast_agrees_with_the_referee(seed: int) -> None:
    reports, _ = triangle(seed, periods=5 + seed % 8)
    cells = {(int(p), int(d)): float(c) for p, d, c in reports[["period", "delay", "count"]].to_numpy()}
    want = reference.completeness(cells, 5 + seed % 8, 4)
    mixed = nowcast.nowcast(reports.sample(frac=1, random_state=seed), draws=20)
    assert mixed.set_index("period")["value"].to_dict() == pytest.approx(want, abs=1e-9)
    pd.testing.assert_frame_equal(mixed, nowcast.nowcast(reports, draws=20))


def test_eight_in_ten_nowcasts_hold_the_truth() -> None:
    held = []
    for seed in range(150):
        reports, final = triangle(seed, mean=600)
        found = nowcast.nowcast(reports, draws=300, seed=seed).tail(3)
        held += ((found["total_low"] <= final[-3:]) & (final[-3:] <= found["total_high"])).tolist()
    # Never less: the dispersion is taken to be at least that of chance, and whole counts stop short of no bound.
    assert .77 <= float(np.mean(held)) <= .93


def test_what_was_not_covered_is_missing_from_a_nowcast() -> None:
    reports, _ = triangle(1)
    gap = reports.copy()
    gap.loc[(gap["period"] == 10) & (gap["delay"] == 1), "count"] = np.nan
    assert nowcast.nowcast(gap).set_index("period")["status"].value_counts().to_dict() == {"ok": 11, "missing": 1}
    silent = nowcast.nowcast(reports.assign(count=0.0))
    assert silent["status"].tolist() == ["ok"] * 9 + ["missing"] * 3
    assert nowcast.nowcast(reports[reports["delay"] == 0])["value"].tolist() == [1.0] * 12
    for bad, message in (
        (reports.assign(delay=.5), "not whole"), (reports.assign(count=-1.0), r"reports\.count"),
        (reports.head(0), "no rows"), (pd.concat([reports, reports]), "given twice"),
    ):
        with pytest.raises(InputError, match=message):
            nowcast.nowcast(bad)


HELP = pd.DataFrame({
    "area_id": ["T1", "T2", "T4"], "population": [100.0, 300, 0], "basis": "counted", "need": [25.0, 60, 0],
    "need_low": [25.0, 60, 0], "need_high": [40.0, 100, 0], "referred": [240.0, np.nan, 0], "reached": np.nan,
})


def test_the_funnel_is_a_range() -> None:
    found = funnel.referral_funnel(HELP).set_index(["area_id", "step"])
    row = found.loc[("T1", "helped")]
    # 36 to 67 % of 240 referrals led to help: 86.4 to 160.8.
    assert (row["count_low"], row["count_high"]) == pytest.approx((86.4, 160.8)) and math.isnan(row["value"])
    assert row["status"] == "unknown" and (row["low"], row["high"]) == (.36, .67)
    assert found.loc["T1", "status"].tolist() == ["ok", "unknown", "unknown", "unknown"]
    assert found.loc["T2", "status"].tolist() == ["ok", "missing", "missing", "missing"]
    assert set(found.loc["T4", "status"]) == {"not_applicable"}
    # From 8 to 24 requests a person a year: 10 to 30 people, of 40 to 25 in need: 25 to 100 %.
    row = funnel.referral_funnel(HELP, per_person=(8, 24)).set_index(["area_id", "step"]).loc[("T1", "referred")]
    assert (row["low"], row["high"]) == pytest.approx((.25, 1)) and math.isnan(row["value"])


def test_what_was_followed_up_is_counted() -> None:
    followed = HELP.assign(reached=[200.0, np.nan, np.nan], helped=[240.0 - 80, np.nan, np.nan])
    found = funnel.referral_funnel(followed).set_index(["area_id", "step"])
    row = found.loc[("T1", "helped")]
    assert (row["value"], row["status"], row["basis"]) == (160 / 240, "ok", "counted")
    # Clopper–Pearson for 160 of 240.
    assert (row["low"], row["high"]) == pytest.approx((.603158, .725946), abs=1e-4)
    everyone = funnel.referral_funnel(HELP.assign(helped=[240.0, np.nan, np.nan])).set_index(["area_id", "step"])
    assert everyone.loc[("T1", "helped"), "high"] == 1 and everyone.loc[("T1", "helped"), "low"] > .98


def test_the_funnel_refuses() -> None:
    for call, message in (
        (lambda: funnel.Range(.5, .5, "one number"), "low < high"), (lambda: funnel.Range(.5, 1.1, ""), "low < high"),
        (lambda: funnel.referral_funnel(HELP, per_person=(.5, 1)), "per_person"),
        (lambda: funnel.referral_funnel(HELP.assign(helped=999.0)), r"areas\.helped: 2 above referred, first at row 0"),
        (lambda: funnel.referral_funnel(HELP.assign(need=-1.0)), r"areas\.need"),
        (lambda: funnel.referral_funnel(HELP.head(0)), "no rows"),
    ):
        with pytest.raises(InputError, match=message):
            call()
