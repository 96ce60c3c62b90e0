"""Alerts and event effects: the referee, the false-alarm budget, gaps, short series, refusals."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import alerts, events
from indicators.spec import InputError
from tests import reference_trends as reference


def monthly(seed: int, months: int = 48, mean: float = 30, lift: float = 1.0, last: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    at = np.arange(months)
    level = mean * (1 + .2 * np.sin(2 * np.pi * at / 12)) * np.where(at >= months - last, lift, 1.0)
    return pd.DataFrame({
        "period": pd.date_range("2022-01-01", periods=months, freq="MS"), "count": rng.poisson(level).astype("float64"),
    })


@given(st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=40))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_cusum_agrees_and_a_gap_changes_nothing(z: list[float]) -> None:
    assert alerts.cusum(np.array(z)).tolist() == pytest.approx(reference.cusum(z, .5), abs=1e-9)
    covered = [v for v in z if v == v]
    assert alerts.cusum(np.array([*covered, 0.0]))[-1] == pytest.approx(alerts.cusum(np.array([*z, 0.0]))[-1])


@given(st.lists(st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=40), st.floats(.01, .5))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_benjamini_hochberg_agrees_in_any_order(p: list[float], rate: float) -> None:
    found = alerts.benjamini_hochberg(pd.Series(p), rate)
    near = found["adjusted"].sub(rate).abs() < 1e-9  # a p on the very limit may fall either way
    want = pd.Series(reference.benjamini_hochberg(p, rate))
    assert (found["flagged"] == want)[~near].all()
    pd.testing.assert_frame_equal(found, alerts.benjamini_hochberg(pd.Series(p).iloc[::-1], rate).sort_index())


def test_benjamini_hochberg_by_pencil() -> None:
    # Limits at 5 % of 4 tests: .0125, .025, .0375, .05; the third, .04, is above its own.
    found = alerts.benjamini_hochberg(pd.Series([.01, .02, math.nan, .04, .9]))
    assert found["flagged"].tolist() == [True, True, False, False, False]
    assert found["adjusted"].tolist() == pytest.approx([.04, .04, math.nan, .04 * 4 / 3, .9], nan_ok=True)


def test_a_series_is_its_level_its_season_and_the_rest() -> None:
    found = alerts.decomposed(monthly(1), "month", 12)
    assert (found["status"] == "ok").all() and (found["reason"] == "").all()
    total = found["trend"] + found["season"] + found["remainder"]
    assert np.allclose(np.expm1(total), found["count"])
    wave = np.log(1 + .2 * np.sin(2 * np.pi * np.arange(48) / 12))
    assert np.corrcoef(found["season"], wave)[0, 1] > .9


def test_periods_not_covered_stay_missing() -> None:
    gap = monthly(1).drop(index=[5, 6])
    gap.loc[20, "count"] = math.nan
    found = alerts.decomposed(gap, "month", 12).set_index("period")
    hidden = found[found["reason"] == "not covered"]
    assert hidden.index.strftime("%Y-%m").tolist() == ["2022-06", "2022-07", "2023-09"]
    assert (hidden["status"] == "missing").all()
    assert hidden[["count", "trend", "season", "remainder"]].isna().all(axis=None)
    watch = alerts.surprises(monthly(1).drop(index=46), "month", 12, 6)
    assert watch["reason"].tolist() == [*[""] * 4, "not covered", ""] and watch["z"].isna().sum() == 1


def test_short_sparse_and_broken_series_are_told() -> None:
    assert set(alerts.decomposed(monthly(1, 24), "month", 12)["reason"]) == {"short"}
    assert set(alerts.decomposed(monthly(1, mean=1), "month", 12)["reason"]) == {"sparse"}
    holes = monthly(1, 60)
    holes.loc[10:25, "count"] = math.nan
    assert set(alerts.decomposed(holes, "month", 12)["reason"]) == {"gaps", "not covered"}
    assert alerts.surprises(monthly(1, 6), "month", 12, 6)["reason"].eq("short").all()
    flat = alerts.surprises(monthly(1).assign(count=30.0), "month", 12, 6)
    assert np.allclose(flat["z"], 0) and flat["expected"].tolist() == pytest.approx([30.0] * 6)
    for bad, message in (
        (monthly(1).assign(count=-1.0), r"counts\.count: 48"), (monthly(1).head(0), "counts: no rows"),
        (pd.concat([monthly(1), monthly(2)]), "given twice"), (monthly(1).assign(period="?"), "not a date at row 0"),
    ):
        with pytest.raises(InputError, match=message):
            alerts.decomposed(bad, "month", 12)
    with pytest.raises(InputError, match="not a week apart"):
        alerts.evenly(monthly(1), "week")
    with pytest.raises(InputError, match="no calibration for 30 periods"):
        alerts.calibrated(7, 30, 5)
    with pytest.raises(InputError, match="budget"):
        alerts.calibrated(12, 36, 6).limit(0)


def test_false_alarms_keep_to_their_budget() -> None:
    # 250 fresh series: at 10 %, 25 expected, standard error 4.7; the table's own error adds half as much.
    z = alerts.null_surprises(12, 36, 12, 20.0, 250, seed=77)
    scale = alerts.calibrated(12, 36, 12)
    alarms = int((alerts.heights(z, 12) > scale.limit(.1)).sum())
    assert 8 <= alarms <= 37
    drops = int((alerts.heights(z, 12, "less") > alerts.calibrated(12, 36, 12, "less").limit(.1)).sum())
    assert 5 <= drops <= 37


@pytest.mark.parametrize("key", alerts.TABLE)
def test_chance_and_height_are_each_other_s_inverse(key: tuple) -> None:
    scale = alerts.Null(alerts.CHANCES, alerts.TABLE[key])
    heights = [scale.limit(p) for p in (.4, .1, .05, .01, 1e-4)]
    assert heights == sorted(heights)
    assert [scale.p_value(h) for h in heights] == pytest.approx([.4, .1, .05, .01, 1e-4])
    assert scale.p_value(0) <= 1 and math.isnan(scale.p_value(math.nan))


def test_only_what_moved_is_flagged() -> None:
    frame = pd.concat([
        monthly(i, lift=2.0 if i == 3 else 1.0, last=6).assign(area_id=f"A{i}", need="food", basis="counted")
        for i in range(8)
    ])
    stopped = monthly(9).head(40).assign(area_id="A9", need="food", basis="counted")
    found = alerts.alerts(pd.concat([frame, stopped]), "month", 12, 6)
    assert found.set_index("area_id")["flagged"].pipe(lambda f: f[f]).index.tolist() == ["A3"]
    row = found.set_index("area_id").loc["A3"]
    assert 1.6 < row["value"] < 2.4 and row["low"] < row["value"] < row["high"] and row["since"].month in (7, 8)
    assert found.set_index("area_id").loc["A9", "status"] == "missing"
    assert found["basis"].eq("modelled").all()
    assert not alerts.alerts(frame, "month", 12, 6, direction="less")["flagged"].any()
    pd.testing.assert_frame_equal(found, alerts.alerts(pd.concat([stopped, frame.iloc[::-1]]), "month", 12, 6))


def around(seed: int, effect: float = 1.5, weeks: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    at = np.arange(weeks)
    shared = 1 + .3 * np.sin(at / 4)
    return pd.DataFrame({
        "period": pd.date_range("2026-01-05", periods=weeks, freq="7D"), "basis": "counted",
        "count": rng.poisson(60 * shared * np.where(at >= 26, effect, 1)) * 1.0,
        "control": rng.poisson(90 * shared) * 1.0,
    })


@pytest.mark.parametrize("seed", range(200))
def test_event_effect_agrees_with_the_referee(seed: int) -> None:
    frame = around(seed)
    if seed % 2:
        frame = frame.drop(index=[3, 30])
    row = events.event_effect(frame, "2026-07-06", "week", "TOY").iloc[0]
    at = ((frame["period"] - frame["period"].iloc[0]).dt.days / 7).to_list()
    y = [math.log(a + .5) - math.log(b + .5) for a, b in zip(frame["count"], frame["control"], strict=True)]
    x = [[1.0, t, float(t >= 26), max(0.0, t - 26)] for t in at]
    after = [t - 26 for t in at if t >= 26]
    mean_after = sum(after) / len(after)
    for contrast, name in (([0, 0, 1, mean_after], "value"), ([0, 0, 1, 0], "step"), ([0, 0, 0, 1], "slope")):
        effect, _ = reference.segmented(y, x, int(4 * (len(y) / 100) ** (2 / 9)), contrast)
        assert row[name] == pytest.approx(math.exp(effect), rel=1e-9)
    effect, variance = reference.segmented(y, x, int(4 * (len(y) / 100) ** (2 / 9)), [0, 0, 1, 0])
    low, high = math.log(row["step_low"]), math.log(row["step_high"])
    assert (low + high) / 2 == pytest.approx(effect, abs=1e-9)
    # 2.0281 and 2.0322: Student's 97.5 % at 36 and 34 degrees of freedom.
    student = {40: 2.0280940009804502, 38: 2.0322445093177187}[len(y)]
    assert (high - low) / 2 == pytest.approx(student * math.sqrt(variance), abs=1e-9)


def test_event_effect_finds_what_was_put_in() -> None:
    rows = pd.concat([events.event_effect(around(s), "2026-07-06", "week", "TOY") for s in range(30)])
    assert np.exp(np.log(rows["value"]).mean()) == pytest.approx(1.5, abs=.08)
    assert (rows["denominator"] * rows["value"]).to_numpy() == pytest.approx(rows["numerator"].to_numpy())
    short = events.event_effect(around(1), "2026-10-01", "week", "TOY").iloc[0]
    assert (short["status"], short["reason"]) == ("missing", "short") and math.isnan(short["value"])
