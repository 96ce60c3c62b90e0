"""Ranks, halves, pooled shares, unmet shares and year-ago changes, on numbers small enough to check."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.disclosure import controlled
from indicators.profile import share_of_residents
from indicators.ranks import hold_half, likely_ranks, pooled
from indicators.rates import ratio_limits
from indicators.spec import InputError
from indicators.trends import per_1000, unmet_share, year_ago

RANGES = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=20)


@given(RANGES)
def test_likely_ranks_agree_with_counting(rows: list[tuple[float, float]]) -> None:
    ranges = [(min(pair), max(pair)) for pair in rows]
    got = likely_ranks(pd.DataFrame(ranges, columns=["low", "high"]))
    want = [
        [1 + sum(low > mine[1] for low, _ in ranges), len(ranges) - sum(high < mine[0] for _, high in ranges)]
        for mine in ranges
    ]
    assert got.to_numpy().tolist() == want


def test_half_is_held_by_the_fewest() -> None:
    assert hold_half(pd.Series([10, 10, 10, 30])) == 1
    assert hold_half(pd.Series([10, 10, 10, 10])) == 2
    assert hold_half(pd.Series([0, 0])) == 0


def test_pooled_share_weighs_by_people_and_leaves_out_the_unknown() -> None:
    frame = pd.DataFrame({
        "numerator": [10.0, 60.0, None], "denominator": [100.0, 300.0, 50.0], "low": [.05, .15, None],
        "high": [.2, .3, None], "status": ["ok", "ok", "missing"],
    })
    assert pooled(frame) == pytest.approx({"value": 70 / 400, "low": 50 / 400, "high": 110 / 400})
    assert math.isnan(pooled(frame[frame["status"] == "missing"])["value"])


def test_unmet_share() -> None:
    whole = unmet_share((80.0, 80.0, 80.0), (20.0, 20.0, 20.0))
    assert whole["share"] == 0.2 and whole["share_low"] < 0.2 < whole["share_high"]
    # Clopper–Pearson for 20 of 100: 12.7 to 29.2 %.
    assert (whole["share_low"], whole["share_high"]) == pytest.approx((0.1267, 0.2918), abs=0.0005)
    hidden = unmet_share((80.0, 80.0, 80.0), (math.nan, 10.0, 20.0))
    assert math.isnan(hidden["share"])
    assert (hidden["share_low"], hidden["share_high"]) == pytest.approx((10 / 90, 20 / 100))
    nothing = unmet_share((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert all(math.isnan(value) for value in nothing.values())


def test_a_year_ago_is_more_or_less_only_when_chance_cannot_say() -> None:
    now, before = [200.0, 100.0, 105.0, math.nan, 0.0, 10.0], [100.0, 200.0, 100.0, 50.0, 0.0, 0.0]
    pairs = pd.DataFrame({"now": now, "before": before})
    assert year_ago(pairs)["verdict"].tolist() == ["more", "less", "unclear", "unknown", "unknown", "more"]
    low, high = ratio_limits(pairs["now"], pairs["before"])
    assert low[0] < 2 < high[0] and math.isnan(high[5])


def test_rates_refuse_what_they_cannot_divide() -> None:
    bad = pd.DataFrame({"area_id": ["A"], "count": [-1.0], "population": [10.0], "status": "ok", "basis": "counted"})
    with pytest.raises(InputError, match=r"counts\.count: 1 values negative or infinite, first at row 0"):
        per_1000(bad)
    with pytest.raises(InputError, match="no column count"):
        per_1000(bad.drop(columns="count"))
    with pytest.raises(InputError, match="whole numbers"):
        controlled(pd.Series([1.5]))


def test_one_hidden_resident_does_not_hide_an_area() -> None:
    counts = pd.DataFrame({
        "area_id": ["A", "B", "C"], "residents": [1000.0, 1000.0, 0.0], "numerator": math.nan, "denominator": math.nan,
        "suppressed": [5.0, 600.0, 0.0],
    })
    assert share_of_residents(counts)["status"].tolist() == ["missing", "suppressed", "not_applicable"]
