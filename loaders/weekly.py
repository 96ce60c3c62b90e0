"""Hours written in a cell, one week at a time: read where they say one thing only, left alone otherwise."""

from __future__ import annotations

import math
import re
from functools import cache

import pandas as pd

from loaders.hours import DAYS, backwards, clock, weekday

_TIME = r"(?:\d{1,2}\s*h(?:\s*\d{2})?|\d{1,2}(?::\d{2}){0,2}(?:\s*[ap]\.?m\.?)?|noon|midnight|midi|minuit)"
_DAY = r"[a-z]{3,9}"
# “Mon 08:00 - 16:00; Tue 24/7; Sun Close - Close;”, “Lun 9 h - 16 h 30; Dim fermé”, “mon: 8:30:00 - 16:00:00 tues: …”
_DAY_FIRST = re.compile(
    rf"\s*({_DAY})\b:?\s*(?:({_TIME})\s*-\s*({_TIME})|(24/7)|closed?(?:\s*-\s*closed?)?|fermé)\s*(?:;|$|(?<=\s))"
)
# “9:00 am - 5:00 pm, Monday - Friday; 9:00 am - 1:00 pm, Saturday”: both times say their half of the day.
_HALF = r"(?:\d{1,2}(?::\d{2})?\s*[ap]\.?m\.?|noon|midnight)"
_TIME_FIRST = re.compile(
    rf"\s*({_HALF})\s*-\s*({_HALF}),?\s+({_DAY}(?:\s*-\s*{_DAY})?(?:(?:,|\s+and)\s*{_DAY}(?:\s*-\s*{_DAY})?)*)\s*(?:;|$)"
)

_TOLD = re.compile(r"[apnmh]")  # am, pm, noon, midnight, midi, minuit; the French h is of 24 hours


def weekly(text: str) -> list[tuple[str, str, str]] | None:
    """Openings (MO to SU, opens, closes) of hours written in a form that says one thing only; None otherwise.

    A text is read whole or not at all: hours of which a part is left aside would be wrong hours.

    >>> weekly("Mon 08:00 - 16:00; Sun Close - Close; ")
    [('MO', '08:00', '16:00')]
    >>> weekly("9:00 am - noon, Monday, Saturday - Sunday")
    [('MO', '9:00 am', 'noon'), ('SA', '9:00 am', 'noon'), ('SU', '9:00 am', 'noon')]
    >>> weekly("9:00 am - 5:00 pm, Monday - Friday (by appointment)") is None
    True
    """
    text = re.sub(r"\s+", " ", text).strip().casefold()
    found: list[tuple[str, str, str]] = []
    for pattern in (_DAY_FIRST, _TIME_FIRST):
        at, found = 0, []
        while at < len(text) and (part := pattern.match(text, at)):
            at = part.end()
            if pattern is _TIME_FIRST:
                days, opens, closes = part[3], part[1], part[2]
            else:
                days, opens, closes = part[1], part[2] or "00:00", part[3] or ("24:00" if part[4] else "00:00")
            found += [(day, opens, closes) for day in _days(days)]
        if text and at == len(text):
            break
    else:
        return None
    week = [(day, opens, closes, _minutes(opens), _minutes(closes)) for day, opens, closes in found]
    if any(day == "" or math.isnan(start + end) for day, _, _, start, end in week):
        return None
    week = [opening for opening in week if opening[3] or opening[4]]  # 0:00 to 0:00 is how “closed” is written
    if any(_slips(start, end) for *_, start, end in week) or not _whole_day_clock(week):
        return None
    return [opening[:3] for opening in week]


def _whole_day_clock(week: list[tuple[str, str, str, float, float]]) -> bool:
    """False where “1:00 - 5:00” may be the night or the afternoon: nothing in the cell tells which clock it uses."""
    if any(bool(_TOLD.search(opens)) != bool(_TOLD.search(closes)) for _, opens, closes, _, _ in week):
        return False
    plain = [opening for opening in week if not _TOLD.search(opening[1])]
    # A clock of 24 hours shows by an hour past noon, by a zero before the nine, or by seconds.
    return not plain or any(
        max(start, end) >= 13 * 60 or re.match(r"0\d|\d+:\d+:", opens) for _, opens, _, start, end in plain
    )


def _days(text: str) -> list[str]:
    """MO to SU of “monday - friday” or “mon, wed and sat”; an empty string stands for a word that is no day."""
    named: list[str] = []
    for part in re.split(r",| and ", text):
        ends = [_weekday(word) for word in part.split("-")]
        if "" in ends or len(ends) > 2:
            return [""]
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        named += [DAYS[(first + n) % 7] for n in range((last - first) % 7 + 1)]
    return named


# A directory writes the same few dozen words thousands of times.
@cache
def _weekday(word: str) -> str:
    return str(weekday(pd.Series([word])).iloc[0])


@cache
def _minutes(text: str) -> float:
    return float(clock(pd.Series([text])).iloc[0])


@cache
def _slips(opens: float, closes: float) -> bool:
    return bool(backwards(pd.Series([opens]), pd.Series([closes])).iloc[0])
