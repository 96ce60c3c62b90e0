"""Help-seeking: Toyville by pencil, the referee, the laws, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.help_seeking import DEFAULT, Seeking, help_seekers, unserved_seekers
from indicators.spec import InputError
from tests import reference_services as reference

LAW = settings(max_examples=150, deadline=None, derandomize=True)
HALF = Seeking(0.4, 0.5, 0.6)
# Nord; Centre's two halves; Colline, beside a place of untold capacity; Rive, whose poverty is not published; Parc.
TOY = pd.DataFrame({
    "area_id": ["T1", "T2", "T2", "T3", "T5", "T4"], "population": [100.0, 150, 150, 100, 100, 0],
    "known": [100.0, 150, 150, 100, None, 0], "need": [25.0, 30, 30, 10, None, 0],
    "need_low": [25.0, 30, 30, 10, None, 0], "need_high": [40.0, 50, 50, 20, None, 0],
    "places": [10.0, 12, 0, 0, None, 0], "places_low": [10.0, 12, 0, 0, None, 0],
    "places_high": [40 * 22 / 90, 50 * 22 / 90, 0, 0, None, 0], "untold": [0.0, 0, 0, 1, 0, 0],
})


def test_seekers_of_toyville() -> None:
    row = help_seekers(TOY, HALF).set_index("area_id")
    # Nord: half of 25 people; low 0.4 × 25 = 10, high 0.6 × 40 = 24, of 100 residents.
    assert row.loc["T1", ["numerator", "value", "low", "high"]].tolist() == pytest.approx([12.5, .125, .10, .24])
    assert row.loc["T2", ["numerator", "value", "low", "high"]].tolist() == pytest.approx([30, .10, .08, .20])
    assert row["status"].to_dict() == {"T1": "ok", "T2": "ok", "T3": "ok", "T4": "not_applicable", "T5": "missing"}
    assert row.loc[["T4", "T5"], ["numerator", "value", "low", "high"]].isna().all(axis=None)


def test_unserved_of_toyville() -> None:
    row = unserved_seekers(TOY, HALF).set_index("area_id")
    # Nord: 12.5 people seek help, 10 have a place: 2.5 of 12.5. High: 24 seek, 40 × 22 ÷ 90 have one.
    assert row.loc["T1", ["numerator", "denominator", "value", "low"]].tolist() == pytest.approx([2.5, 12.5, .2, 0])
    assert row.loc["T1", "high"] == pytest.approx(1 - 40 * 22 / 90 / 24)
    # Centre: 15 − 12 = 3 and 15 of 30. Places spare at one point serve nobody at the other: low 12 of 24.
    assert row.loc["T2", ["numerator", "value", "low"]].tolist() == pytest.approx([18, .6, .5])
    assert row.loc["T3", "status"] == "unknown" and math.isnan(row.loc["T3", "value"])
    assert (row.loc["T3", "low"], row.loc["T3", "high"]) == (0, 1)
    assert (row.loc["T4", "status"], row.loc["T5", "status"]) == ("not_applicable", "missing")


def test_a_doubtful_place_is_bounded_by_its_best_and_worst() -> None:
    # Ten people, all seek help; a place of 4 whose listing was never confirmed: 4 at best, none at worst.
    one = pd.DataFrame({
        "area_id": ["a"], "population": [10.0], "known": [10.0], "need": [10.0], "need_low": [10.0],
        "need_high": [10.0], "places": [0.0], "places_low": [4.0], "places_high": [0.0], "untold": [0.0],
        "doubtful": [1.0],
    })
    row = unserved_seekers(one, Seeking(1, 1, 1)).iloc[0]
    assert row["status"] == "unknown" and (row["low"], row["high"]) == pytest.approx((.6, 1))


def city(seed: int, *, hidden: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 30))
    need = rng.uniform(0.1, 50, size)
    frame = pd.DataFrame({
        "area_id": rng.choice(list("abc"), size), "population": need * 4, "known": need * 4, "need": need,
        "need_low": need * rng.uniform(.5, 1), "need_high": need * rng.uniform(1, 2),
    })
    for name in ("places", "places_low", "places_high"):
        frame[name] = rng.uniform(0, 20, size)
    for name in ("untold", "doubtful"):
        frame[name] = rng.integers(0, 2, size).astype("float64") if hidden else 0.0
    return frame


@LAW
@given(seed=st.integers(0, 10**6), hidden=st.booleans())
def test_the_referee_agrees(seed: int, hidden: bool) -> None:
    points = city(seed, hidden=hidden)
    found = unserved_seekers(points, DEFAULT).set_index("area_id")
    rows = [dict(zip(points.columns, row, strict=True)) for row in points.itertuples(index=False)]
    expected = reference.unserved(rows, (DEFAULT.value, DEFAULT.low, DEFAULT.high))
    assert found.index.tolist() == sorted(expected)
    for area, (value, low, high, unsure) in expected.items():
        got = found.loc[area]
        assert (got["low"], got["high"]) == pytest.approx((low, high), abs=1e-12)
        assert got["status"] == ("unknown" if unsure else "ok")
        assert math.isnan(got["value"]) if unsure else got["value"] == pytest.approx(value, abs=1e-12)


@LAW
@given(seed=st.integers(0, 10**6), more=st.floats(1, 3))
def test_served_and_unserved_are_everyone_and_more_seekers_never_leave_fewer(seed: int, more: float) -> None:
    points = city(seed, hidden=False)
    few = unserved_seekers(points, Seeking(.1, .1, .1))
    many = unserved_seekers(points, Seeking(.1 * more, .1 * more, .1 * more))
    assert (many["value"] >= few["value"] - 1e-12).all()
    assert few["value"].between(0, 1).all() and (few["numerator"] <= few["denominator"] + 1e-12).all()
    assert ((few["low"] <= few["value"]) & (few["value"] <= few["high"])).all()


@pytest.mark.parametrize("wrong", [(0, .2, .3), (.3, .2, .4), (.2, .3, 1.1), (.2, float("nan"), .4)])
def test_a_share_that_is_no_range_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="help_seeking"):
        Seeking(*wrong)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="no column untold"):
        unserved_seekers(TOY.drop(columns="untold"))
    with pytest.raises(InputError, match=r"points\.need: 1 values negative"):
        help_seekers(TOY.assign(need=[-1.0, 0, 0, 0, 0, 0]))
