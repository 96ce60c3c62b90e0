"""Classes of a map: cut by hand, by the library's own natural breaks, and told as they are drawn."""

from __future__ import annotations

import dataclasses
import re
import warnings

import mapclassify
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import coverage
from views import classes, gap_map, legends, maps, theme, words

LAW = settings(max_examples=40, deadline=None, derandomize=True)
SHARE = coverage.NEED


def test_equal_counts_by_pencil() -> None:
    # Ten areas that differ, five classes of two; zeros are no part of it.
    values = pd.Series([0.0, 0.0, *(n / 100 for n in range(1, 11))])
    cut = classes.breaks_of(SHARE, values, "equal")
    assert cut == (0.03, 0.05, 0.07, 0.09)
    assert classes.classes_of(SHARE, values, cut).value_counts().to_dict() == {0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2}


def test_natural_classes_by_pencil() -> None:
    values = pd.Series([0.01, 0.011, 0.1, 0.101, 0.102, 0.5])
    assert classes.breaks_of(SHARE, values, "natural", most=3) == (0.1, 0.5)


def test_ties_make_fewer_classes_and_never_an_empty_one() -> None:
    many = pd.Series([0.2] * 50 + [0.4])
    for method in ("equal", "natural"):
        cut = classes.breaks_of(SHARE, many, method)
        assert cut == (0.4,), method
        assert len(legends.ranges(SHARE, cut)) == len(classes.shades("abcde", cut)) == 2
    assert classes.breaks_of(SHARE, pd.Series([0.2, 0.2]), "equal") == ()
    assert classes.breaks_of(SHARE, pd.Series([0.0, 0.0]), "natural") == ()
    assert legends.ranges(SHARE, ()) == ["plus de 0\u00a0%"]
    # Limits a key would print alike are one: 10.00% and 10.04% read the same.
    assert classes.breaks_of(SHARE, pd.Series([0.05, 0.1, 0.1004]), "equal") == (0.1,)


def squares(known: np.ndarray, starts: list[float]) -> float:
    parts = np.split(known, np.searchsorted(known, starts))
    return sum(((part - part.mean()) ** 2).sum() for part in parts if len(part))


@LAW
@given(seed=st.integers(0, 10**6), size=st.integers(6, 80), most=st.integers(2, 5))
def test_natural_classes_are_as_tight_as_the_library_s(seed: int, size: int, most: int) -> None:
    known = np.sort(np.round(np.random.default_rng(seed).gamma(2, 0.05, size), 3))
    if len(np.unique(known)) < most:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it is slow
        bins = mapclassify.FisherJenks(known, k=most).bins
    theirs = [float(known[known > upper].min()) for upper in bins[:-1]]
    assert squares(known, classes.natural(known, most)) <= squares(known, theirs) + 1e-12


@LAW
@given(
    values=st.lists(st.one_of(st.just(0.0), st.floats(1e-4, 1.0)), min_size=1, max_size=60),
    method=st.sampled_from(classes.METHODS),
)
def test_key_table_and_map_agree_whatever_the_method(values: list[float], method: str) -> None:
    frame = pd.DataFrame({"value": [*values, None, None], "status": ["ok"] * len(values) + ["missing", "suppressed"]})
    frame = frame.assign(low=None, high=None)
    cut = classes.breaks_of(SHARE, frame["value"].dropna(), method)
    told = [text for text in gap_map.class_column(frame, SHARE, cut).texts if text]
    key = legends.key(SHARE, frame, unit_key="level_n.district", breaks=cut)
    drawn = [int(re.sub(r"\D", "", n)) for n in re.findall(r"<small>([\d\s\u00a0]+) districts?</small>", key)]
    named = legends.ranges(SHARE, cut)
    assert drawn == [told.count(name) for name in named]
    zero = values.count(0.0)
    assert f'<i class="zero"></i><span>0\u00a0% <small>{zero}</small>' in key
    assert told.count("0\u00a0%") == zero and sum(drawn) + zero == len(values)
    # The map: its expression, read as the browser reads it, gives the colour of the class the key names.
    chain = maps.fill(SHARE, 3, dark=False, breaks=cut)
    shades = classes.shades(theme.ramp(SHARE.direction, dark=False), cut)
    for value in values:
        n = classes.class_of(SHARE, value, cut)
        colour = theme.token("zero", dark=False) if n == 0 else shades[n - 1]
        assert read(chain, classes.stored(value)) == "[{},{},{}]".format(*theme.rgb(colour))


def read(chain: str, value: float) -> str:
    for part in chain.split(":"):
        test, _, colour = part.rpartition("?")
        found = re.fullmatch(r"properties\.v3(==|>=|>)(-?[\d.e-]+)", test)
        if found is None:
            return colour
        limit = float(found[2])
        if {"==": value == limit, ">=": value >= limit, ">": value > limit}[found[1]]:
            return colour
    raise AssertionError("the chain has no end")


def test_fixed_classes_are_the_declared_ones() -> None:
    assert classes.breaks_of(SHARE, pd.Series([0.5]), "fixed") == SHARE.breaks
    empty = dataclasses.replace(SHARE, breaks=(0.9, 0.95, 0.97, 0.99))
    assert classes.breaks_of(empty, pd.Series([0.5]), "fixed") == empty.breaks  # empty classes stay: years compare


@pytest.mark.parametrize(("hour", "fr", "en"), [
    (0, "minuit", "midnight"), (9, "9\u00a0h", "9\u00a0a.m."), (12, "midi", "noon"), (15, "15\u00a0h", "3\u00a0p.m."),
    (24, "minuit", "midnight"),
])
def test_hours_of_the_clock(hour: int, fr: str, en: str) -> None:
    from views import numbers

    for lang, told in (("fr", fr), ("en", en)):
        words.use(lang)
        assert numbers.clock(hour) == told
    words.use(None)
