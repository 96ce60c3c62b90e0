"""Calls: a textbook's table, a queue with a pencil, waves that hold and none fewer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from indicators.spec import InputError
from indicators.surge import Lines, Outreach, calls_of, erlang_c, surge, waves


@pytest.mark.parametrize(("load", "lines", "chance"), [
    # Chance to wait in M/M/c: one line is its load; two lines at 1 erlang, one in three; the rest to four digits.
    (0.5, 1, 0.5), (1.0, 2, 1 / 3), (2.0, 3, 0.4444), (4.0, 5, 0.5541), (8.0, 10, 0.4092), (10.0, 14, 0.1741),
])
def test_the_table_of_a_textbook(load: float, lines: int, chance: float) -> None:
    assert erlang_c(np.array([load]), lines)[0] == pytest.approx(chance, abs=5e-5)


@pytest.mark.parametrize(("load", "lines"), [(0.1, 1), (3.3, 4), (17.0, 20), (95.0, 100)])
def test_the_formula_by_factorials(load: float, lines: int) -> None:
    last = load**lines / math.factorial(lines) * lines / (lines - load)
    rest = sum(load**count / math.factorial(count) for count in range(lines))
    assert erlang_c(np.array([load]), lines)[0] == pytest.approx(last / (rest + last), rel=1e-9)


def test_many_lines_do_not_overflow_and_full_ones_always_wait() -> None:
    assert 0 < erlang_c(np.array([990.0]), 1000)[0] < 1
    assert erlang_c(np.array([5.0, 6.0]), 5).tolist() == [1.0, 1.0]
    assert erlang_c(np.array([0.0]), 5)[0] == 0


def test_a_queue_with_a_pencil() -> None:
    # Two lines, 10-minute calls: 12 an hour at most. 18 come, then 6: 6 wait as the first hour ends, none after.
    told = surge(np.array([17.0, 5.0, 5.0]), Lines(lines=2, minutes=10, usual=1))
    assert told["calls"].tolist() == [18.0, 6.0, 6.0]
    assert told["queue"].tolist() == [6.0, 0.0, 0.0]
    assert told["holds"].tolist() == [False, True, True]
    assert told["wait"].iloc[0] == np.inf
    # 1 erlang on two lines: one in three waits; the mean wait is a third of 10 minutes over the one spare line.
    assert told["wait"].iloc[1] == pytest.approx(10 / 3)


def test_calls_come_by_halves_and_add_up() -> None:
    outreach = Outreach(households=1000, reached=0.5, responding=0.2, half_life=2)
    calls = outreach.calls(400)
    assert calls.sum() == pytest.approx(100) and calls[:2].sum() == pytest.approx(50)


def test_waves_hold_and_one_fewer_does_not() -> None:
    outreach, line = Outreach(20_000, 0.4, 0.05, 4.0), Lines(lines=6, minutes=8, usual=10)
    assert not surge(outreach.calls(40), line)["holds"].all()
    plan = waves(outreach, line, wait=5, spacing=8, hours=40)
    assert plan is not None and plan["households"].sum() == 20_000
    held = surge(calls_of(outreach, plan, 8, 40), line)
    assert (held["wait"] <= 5).all()
    fewer = plan.iloc[:-1]
    assert (surge(calls_of(outreach, fewer, 8, 40), line)["wait"] > 5).any()


def test_no_schedule_helps_a_line_that_is_full_already() -> None:
    assert waves(Outreach(100, 1, 1, 4), Lines(2, 10, usual=12), wait=5, spacing=8, hours=10) is None


@pytest.mark.parametrize("line", [Lines(0, 10, 1), Lines(2, 0, 1), Lines(2, 10, -1)])
def test_a_line_that_cannot_be_is_refused(line: Lines) -> None:
    with pytest.raises(InputError):
        surge(np.array([1.0]), line)
