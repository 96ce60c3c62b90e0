"""Surge: the calls an outreach brings, against the lines there are; when it breaks, and waves that hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.spec import InputError

# More waves than this are no plan.
MOST_WAVES = 200


@dataclass(frozen=True)
class Outreach:
    """A message to `households`, of whom a share `reached` reads it and a share `responding` of these calls once.

    `half_life` [hours on the line]: half of those calls come in that time, half of the rest in the next.
    """

    households: float
    reached: float
    responding: float
    half_life: float

    def calls(self, hours: int) -> np.ndarray:
        """Calls in each open hour after the message, the first `hours` of them; the rest come later."""
        after = np.arange(hours + 1)
        left = np.exp2(-after / self.half_life)
        return self.households * self.reached * self.responding * (left[:-1] - left[1:])


@dataclass(frozen=True)
class Lines:
    """`lines` staffed at once, a call of `minutes` on average, and `usual` calls an hour without any outreach."""

    lines: int
    minutes: float
    usual: float


def erlang_c(load: np.ndarray, lines: int) -> np.ndarray:
    """Chance that a caller waits (Erlang 1917), from the offered load [calls × minutes ÷ 60 = busy lines]; 1 at `lines`
    and above, where the queue only grows.

    Through Erlang-B by its recursion, as factorials overflow at 171 lines.

    >>> erlang_c(np.array([1.0, 4.0, 5.0]), 5).round(4).tolist()
    [0.0038, 0.5541, 1.0]
    """
    if lines < 1:
        raise InputError(f"lines: {lines} is not at least 1")
    load = np.asarray(load, dtype="float64")
    if not (load >= 0).all():
        raise InputError("load: a number missing or negative")
    blocked = np.ones_like(load)
    for count in range(1, lines + 1):
        blocked = load * blocked / (count + load * blocked)
    busy = np.minimum(load / lines, 1.0)
    return np.where(load >= lines, 1.0, blocked / (1 - busy * (1 - blocked)))


def surge(calls: np.ndarray, line: Lines) -> pd.DataFrame:
    """Each hour of an outreach, a row an hour from the message on: what callers meet.

    `calls` [an hour, beside the usual ones]. hour [from 0], calls [with the usual], load [busy lines asked for],
    waiting [chance to wait], wait [mean minutes; inf where the lines do not cope], queue [callers still waiting as the
    hour ends, were nobody to hang up: what comes less what the lines can take], holds. Raises InputError.
    """
    _check(line)
    every = np.asarray(calls, dtype="float64") + line.usual
    load = every * line.minutes / 60
    chance = erlang_c(load, line.lines)
    spare = line.lines - load
    wait = np.where(spare > 0, chance * line.minutes / np.where(spare > 0, spare, 1.0), np.inf)
    queue, left = np.zeros(len(every)), 0.0
    able = line.lines * 60 / line.minutes
    for hour, come in enumerate(every):
        left = max(0.0, left + come - able)
        queue[hour] = left
    return pd.DataFrame({
        "hour": np.arange(len(every)), "calls": every, "load": load, "waiting": chance, "wait": wait, "queue": queue,
        "holds": load < line.lines,
    })


def waves(outreach: Outreach, line: Lines, wait: float, spacing: int, hours: int) -> pd.DataFrame | None:
    """The fewest equal waves, `spacing` open hours apart, in which no hour’s mean wait passes `wait` [minutes].

    A row a wave: wave [from 1], hour [of its message], households. None where even `MOST_WAVES` do not hold, or where
    the usual calls alone pass it. `hours` [open hours] of calls are followed after each message. Raises InputError.
    """
    _check(line)
    for name, value in (("wait", wait), ("spacing", spacing), ("hours", hours), ("half_life", outreach.half_life)):
        if not value > 0:
            raise InputError(f"{name}: {value!r} is not above 0")
    if not _within(np.zeros(1), line, wait):
        return None
    whole = outreach.calls(hours)
    for count in range(1, MOST_WAVES + 1):
        if _within(_together(whole / count, count, spacing), line, wait):
            return pd.DataFrame({
                "wave": np.arange(1, count + 1), "hour": spacing * np.arange(count),
                "households": np.diff(np.round(np.linspace(0, outreach.households, count + 1))),
            })
    return None


def calls_of(outreach: Outreach, plan: pd.DataFrame, spacing: int, hours: int) -> np.ndarray:
    """Calls in each open hour of a plan of `waves`, from its first message on."""
    return _together(outreach.calls(hours) / len(plan), len(plan), spacing)


def _together(each: np.ndarray, count: int, spacing: int) -> np.ndarray:
    out = np.zeros(len(each) + spacing * (count - 1))
    for wave in range(count):
        out[wave * spacing:wave * spacing + len(each)] += each
    return out


def _within(calls: np.ndarray, line: Lines, wait: float) -> bool:
    return bool((surge(calls, line)["wait"] <= wait).all())


def _check(line: Lines) -> None:
    if line.minutes <= 0 or line.usual < 0:
        raise InputError(f"line: calls of {line.minutes:g} minutes and {line.usual:g} usual calls an hour")
