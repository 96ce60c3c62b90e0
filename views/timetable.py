"""Opening hours: a week in words, who is open at an hour, and how many are open hour by hour."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from indicators.opening import DAYS, open_week
from views import numbers, theme
from views.tables import Column, Table
from views.words import say

Spans = tuple[tuple[str, str], ...]

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
# Hours of the day most help is sought in: what “nobody is open” is counted over beside the whole week.
DAYTIME = range(8, 20)


# --- in words ---------------------------------------------------------------------------------------------


def in_words(openings: Sequence[tuple[str, str, str]]) -> str:
    """A week in words, from (byday, opens_at, closes_at) in the order of the week; “” without an opening.

    Days with the same hours are told together: « du lundi au mercredi de 9 h à midi; jeudi de 13 h 30 à 16 h ».
    """
    by_day: dict[str, Spans] = {}
    for day, opens, closes in openings:
        by_day[day] = (*by_day.get(day, ()), (opens, closes))
    together: dict[Spans, list[str]] = {}
    for day in DAYS:
        if day in by_day:
            together.setdefault(by_day[day], []).append(day)
    told = [f"{_days(days)} {_spans(spans)}" for spans, days in together.items()]
    return "; ".join(told)


def _days(days: list[str]) -> str:
    """Days in words: a run of three or more by its ends, the others one by one."""
    at = [DAYS.index(day) for day in days]
    if len(days) > 2 and all(after - before == 1 for before, after in pairwise(at)):
        return say("services.days_run", first=say(f"weekday.{days[0]}"), last=say(f"weekday.{days[-1]}"))
    names = [say(f"weekday.{day}") for day in days]
    if len(names) == 1:
        return names[0]
    return say("services.and", first=", ".join(names[:-1]), last=names[-1])


def _spans(spans: Spans) -> str:
    told = [
        say("services.all_day") if (opens, closes) == ("00:00", "24:00")
        else say("services.from_to", opens=numbers.time_of_day(opens), closes=numbers.time_of_day(closes))
        for opens, closes in spans
    ]
    return told[0] if len(told) == 1 else say("services.and", first=", ".join(told[:-1]), last=told[-1])


# --- at one moment ----------------------------------------------------------------------------------------


def valid(hhmm: object) -> bool:
    """Whether a text is a time of day [HH:MM, 00:00 to 23:59].

    >>> valid("18:30"), valid("24:00"), valid("8:00")
    (True, False, False)
    """
    return isinstance(hhmm, str) and bool(_CLOCK.fullmatch(hhmm))


def open_at(schedule: pd.DataFrame, day: str, at: str) -> frozenset[str]:
    """Services open at a moment: opened at or before it, and not yet closed. `schedule`: `Store.schedule`."""
    now = (schedule["byday"] == day) & (schedule["opens_at"] <= at) & (schedule["closes_at"] > at)
    return frozenset(schedule.loc[now, "service_id"])


def open_on(schedule: pd.DataFrame, day: str) -> frozenset[str]:
    """Services open at some time of a day."""
    return frozenset(schedule.loc[schedule["byday"] == day, "service_id"])


# --- the week by hour -------------------------------------------------------------------------------------


def by_hour(service_ids: pd.Index, schedule: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """How many services are open by hour [rows, 0 to 23] and day [columns, MO to SU], and how many never told hours.

    Open = at least half of the hour, as the indicators of opening count it. `service_ids` has each service once.
    """
    own = schedule[schedule["service_id"].isin(service_ids)].rename(columns={"service_id": "place"})
    week = open_week(service_ids, own)
    counts = week.sum(min_count=0).to_numpy("int64").reshape(len(DAYS), 24)
    return pd.DataFrame(counts.T, columns=list(DAYS)), int(week.isna().all(axis=1).sum()) if len(week) else 0


def shown_hours(counts: pd.DataFrame) -> range:
    """Hours worth a row: from the first when someone opens, on any day, to the last."""
    busy = counts.index[counts.sum(axis=1) > 0]
    return range(int(busy.min()), int(busy.max()) + 1) if len(busy) else range(0)


def heat(counts: pd.DataFrame, caption: str) -> str:
    """The week as a table [HTML]: one row an hour, one column a day, the number in every cell, deeper for more."""
    top = int(counts.to_numpy().max())
    ramp = theme.ramp("more_is_better")
    dark_text = {step: _reads_on(colour) for step, colour in enumerate(ramp)}
    head = "".join(
        f'<th scope="col" title="{html.escape(long)}">{html.escape(short)}</th>'
        for long, short in ((say(f"weekday.{day}"), numbers.weekday_short(day)) for day in DAYS)
    )
    body = []
    held = counts.to_numpy()
    for hour in shown_hours(counts):
        cells = []
        for count in held[hour].tolist():
            step = min(4, 5 * (count - 1) // top) if count else -1
            look = f' style="background:{ramp[step]};color:{dark_text[step]}"' if count else ' class="zero"'
            cells.append(f"<td{look}>{numbers.count(count)}</td>")
        told = numbers.clock(hour)
        body.append(f'<tr><th scope="row">{html.escape(told)}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="cv-heat"><table aria-label="{html.escape(caption)}"><thead><tr>'
        f'<th scope="col">{html.escape(say("services.hour"))}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _reads_on(colour: str) -> str:
    """Ink or white: the one that reads better on a colour (relative luminance, WCAG)."""
    red, green, blue = (_linear(part / 255) for part in theme.rgb(colour))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    ink = theme.TOKENS[False]["ink"]
    dark = sum(w * _linear(p / 255) for w, p in zip((0.2126, 0.7152, 0.0722), theme.rgb(ink)))
    paper = theme.TOKENS[False]["paper"]
    return ink if (light + 0.05) / (dark + 0.05) >= 1.05 / (light + 0.05) else paper


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def table(counts: pd.DataFrame, basis: str, caption: str) -> Table:
    """Every hour of the day × day as a table; the export has the same rows: hour, a column a day, basis."""
    columns = [Column(say("services.hour"), [numbers.clock(hour) for hour in counts.index], "head")]
    columns += [Column(say(f"weekday.{day}"), [numbers.count(n) for n in counts[day]], "number") for day in DAYS]
    export = counts.rename_axis("hour").reset_index().assign(basis=basis)
    return Table(columns, export, caption)


def busiest(counts: pd.DataFrame) -> tuple[str, int, int]:
    """Day, hour and number of services of the hour when most are open; the first in the week where several tie."""
    held = counts.to_numpy().T  # a row a day: the first of the greatest is the first in the week
    day, hour = divmod(int(held.argmax()), held.shape[1])
    return DAYS[day], hour, int(held[day, hour])


def nobody(counts: pd.DataFrame) -> tuple[int, int]:
    """Hours of DAYTIME in the week when nobody is open, and how many there are."""
    return int(counts.loc[list(DAYTIME)].eq(0).to_numpy().sum()), len(DAYTIME) * len(DAYS)
