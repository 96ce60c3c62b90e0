"""Hours: spells by a slow reading of the week, and one more evening against computing all again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from indicators.evenings import evenings, longest_spell, opened, spells
from indicators.opening import HOURS, open_at, open_week
from indicators.spec import InputError

POINTS = pd.DataFrame({"area_id": ["A", "A", "B"], "need": [10.0, 20.0, 5.0]}, index=["p", "q", "r"])
COST = pd.DataFrame({"origin": ["p", "q", "q"], "destination": ["x", "x", "y"]})
WEEK = open_week(pd.Index(["x", "y"]), pd.DataFrame({
    "place": ["x", "y"], "byday": ["MO", "TH"], "opens_at": ["09:00", "09:00"], "closes_at": ["12:00", "12:00"],
}))


def slowly(row: np.ndarray) -> tuple[int, int]:
    """Longest closed run going round, by trying every start."""
    best = (0, -1)
    for start in range(HOURS):
        length = 0
        while length < HOURS and not row[(start + length) % HOURS]:
            length += 1
        if length > best[0] and (length == HOURS or row[start - 1]):
            best = (length, start)
    return (HOURS, 0) if not row.any() else best


def test_spells_agree_with_trying_every_start() -> None:
    rng = np.random.default_rng(1)
    week = rng.random((60, HOURS)) < rng.random((60, 1)) * 0.3
    hours, starts = longest_spell(week)
    for row in range(len(week)):
        length, start = slowly(week[row])
        assert hours[row] == length
        run = [week[row][(starts[row] + step) % HOURS] for step in range(int(hours[row]))]
        assert not any(run), "the spell told is closed from end to end"
        assert start == -1 or length == HOURS or not week[row][start]


def test_spells_with_a_pencil() -> None:
    told = spells(POINTS, WEEK, COST).set_index("area_id")
    # p: open Monday 9 to 12, so 165 hours. q: also Thursday, so Thursday noon to Monday 9: 93 hours.
    assert told.loc["A", "hours"] == pytest.approx((10 * 165 + 20 * 93) / 30)
    assert told.loc["A", "starts"] == 3 * 24 + 12 and told.loc["A", "never"] == 0
    assert told.loc["B", "hours"] == HOURS and told.loc["B", "never"] == 5 and told.loc["B", "starts"] == 0


def test_a_place_of_untold_hours_bounds_the_spell_from_below() -> None:
    week = WEEK.copy()
    week.loc["y"] = np.nan
    told = spells(POINTS, week, COST).set_index("area_id")
    assert told.loc["A", "hours"] == 165 and told.loc["A", "least"] == pytest.approx(10 * 165 / 30)


def test_one_more_evening_is_what_opening_it_gives() -> None:
    told = evenings(POINTS, WEEK, COST, 18, 21)
    first = told.iloc[0]
    assert (first["place"], first["people"], first["people_hours"]) == ("x", 30.0, 90.0)
    assert first["share"] == pytest.approx(90 / 105)
    before, _ = open_at(POINTS.index, WEEK, COST)
    after, _ = open_at(POINTS.index, opened(WEEK, "x", str(first["weekday"]), 18, 21), COST)
    assert (POINTS["need"].to_numpy()[:, None] * (after & ~before)).sum() == 90


def test_nobody_gains_from_hours_already_open() -> None:
    told = evenings(POINTS, WEEK, COST, 9, 12).set_index(["place", "weekday"])
    assert told.loc[("x", "MO"), "people_hours"] == 0 and told.loc[("y", "MO"), "people_hours"] == 0
    assert told.loc[("x", "TH"), "people_hours"] == 30  # p alone: q has y


def test_refusals() -> None:
    with pytest.raises(InputError, match="no stretch of one day"):
        evenings(POINTS, WEEK, COST, 21, 18)
    with pytest.raises(InputError, match="not in the week"):
        opened(WEEK, "z", "MO", 18, 21)
    with pytest.raises(InputError, match="a row a point"):
        longest_spell(np.zeros((2, 24)))
