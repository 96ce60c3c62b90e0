"""Two measures compared: areas of both only, gaps in their unit, a plain correlation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.agreement import agreement
from indicators.spec import InputError


def test_by_pencil() -> None:
    one = pd.Series({"a": 0.10, "b": 0.20, "c": 0.30, "d": 0.40, "only one": 0.5})
    other = pd.Series({"d": 0.40, "c": 0.33, "b": 0.21, "a": np.nan, "only other": 0.5})
    found = agreement(one, other)
    # b, c and d: gaps of 0.01, 0.03 and 0; deviations (−.1, 0, .1) and (−.31, .05, .26) ÷ 3 of .9133…
    assert found["areas"] == 3 and found["median_gap"] == pytest.approx(.01) and found["largest_gap"] == pytest.approx(
        .03)
    x, y = [-.1, 0, .1], [.21 - .94 / 3, .33 - .94 / 3, .4 - .94 / 3]
    expected = sum(a * b for a, b in zip(x, y, strict=True)) / math.sqrt(sum(a * a for a in x) * sum(b * b for b in y))
    assert found["correlation"] == pytest.approx(expected, abs=1e-12)


def test_too_little_to_compare_is_not_a_number() -> None:
    two = pd.Series({"a": .1, "b": .2})
    assert math.isnan(agreement(two, two)["median_gap"]) and agreement(two, two)["areas"] == 2
    flat = pd.Series({"a": .1, "b": .1, "c": .1})
    found = agreement(flat, flat + .1)
    assert found["median_gap"] == pytest.approx(.1) and math.isnan(found["correlation"])


def test_a_repeated_area_or_a_negative_share_is_named() -> None:
    twice = pd.Series([.1, .2, .3], index=["a", "a", "b"])
    with pytest.raises(InputError, match="one: 1 areas come twice, first 'a'"):
        agreement(twice, twice)
    bad = pd.Series([-.1, .2, .3], index=["a", "b", "c"])
    with pytest.raises(InputError, match="measures"):
        agreement(bad, bad.abs())


@given(st.lists(st.floats(0, 1), min_size=3, max_size=20), st.floats(0.1, 2), st.floats(0, 1))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_correlation_ignores_scale_and_order(values: list[float], scale: float, shift: float) -> None:
    one = pd.Series(values, index=[f"a{i}" for i in range(len(values))])
    found = agreement(one, (one * scale + shift).iloc[::-1])
    if one.round(6).nunique() > 1:
        assert found["correlation"] == pytest.approx(1, abs=1e-6)
    assert found["median_gap"] <= found["largest_gap"]
