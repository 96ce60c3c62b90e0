"""Sentences made from values: a fact, its doubt, never a cause; place words come from the area rows."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from indicators.spec import Indicator
from views import classes, legends, numbers
from views.classes import Breaks
from views.words import cap, language, plural, say

Comparison = Literal["more", "less", "unclear"]


def place_in(area: pd.Series | Any) -> str:
    """« dans le quartier Centre », "in Centre", as the area row says it."""
    return str(area["fr_in"] if language() == "fr" else area["en_in"])


def compare(row: pd.Series | Any, other: pd.Series | Any, unit: str) -> Comparison | None:
    """Whether a value is surely above or below another: only where their ranges do not meet.

    None where either has no value, or no range that says how sure it is (`metres` spread over residents, not doubt).
    """
    cells = [x[c] for x in (row, other) for c in ("value", "low", "high")]
    if unit in numbers.SPREAD_UNITS or not all(numbers.known(cell) for cell in cells):
        return None
    if row["low"] > other["high"]:
        return "more"
    if row["high"] < other["low"]:
        return "less"
    return "unclear"


def against_city(row: pd.Series | Any, city: pd.Series | Any, unit: str) -> str:
    """« C’est plus que dans toute la ville (6,0 %). », or that no clear gap shows; only the city's value if unsure."""
    if not numbers.known(city["value"]):
        return ""
    shown = numbers.limited(city["value"], city["low"], city["high"], unit)
    verdict = compare(row, city, unit)
    return say(f"sentence.city_{verdict}" if verdict else "sentence.city", value=shown)


def of_area(area: pd.Series | Any, row: pd.Series | Any, city: pd.Series | Any, indicator: Indicator) -> str:
    """What one indicator says of one area: value, range, against the city; a status is a plain sentence."""
    if row["status"] != "ok" or not numbers.known(row["value"]):
        words = say(f"sentence.{row['status'] if row['status'] != 'ok' else 'missing'}")
        if row.get("reason") == "hours_untold":
            words = say("sentence.unknown_hours")
        limits = numbers.span(row["low"], row["high"], indicator.unit)
        if row["status"] == "unknown" and limits:
            words += " " + say("sentence.between", span=limits)
        return words
    told = [say("sentence.value", place=cap(place_in(area)), value=shown_of(row, indicator))]
    told.append(doubt(row, indicator))
    told.append(against_city(row, city, indicator.unit))
    return " ".join(part for part in told if part)


def shown_of(row: pd.Series | Any, indicator: Indicator) -> str:
    """The value of a row, or « au plus » it where an incomplete listing gives no more."""
    return numbers.limited(row["value"], row["low"], row["high"], indicator.unit)


def doubt(row: pd.Series | Any, indicator: Indicator) -> str:
    """The range of a value as a sentence; empty without one, plain where it is a single number."""
    limits = numbers.span(row["low"], row["high"], indicator.unit)
    if limits is None:
        return ""
    if limits in (numbers.value(row["value"], indicator.unit), shown_of(row, indicator)):
        return ""
    key = "sentence.spread" if indicator.unit in numbers.SPREAD_UNITS else "sentence.between"
    return say(key, span=limits)


def of_map(
    frame: pd.DataFrame, city: pd.Series | Any | None, indicator: Indicator, level: str, breaks: Breaks | None = None,
) -> str:
    """What a map shows: areas in its most severe class, the city's value with its range, what is not known."""
    ok = frame[(frame["status"] == "ok") & frame["value"].notna()]
    if ok.empty:
        return say("sentence.map_none")
    n = len(ok)
    total = plural(f"level_n.{level}", n, n=numbers.count(n))
    ends = {numbers.value(end, indicator.unit) for end in (ok["value"].min(), ok["value"].max())}
    sides = {numbers.one_sided(*cells) for cells in zip(ok["value"], ok["low"], ok["high"])} - {""}
    if sides:  # no class is told apart: each value is only the end of what is possible
        told = [say(f"sentence.map_at_{side}") for side in sorted(sides)]
    elif len(ends) == 1:
        told = [say("sentence.map_same", total=total, value=numbers.value(ok["value"].iloc[0], indicator.unit))]
    else:
        found = classes.classes_of(indicator, ok["value"], breaks)
        worst = indicator.direction == "more_is_worse"
        top = int(found.max() if worst else found.min())
        count = int((found == top).sum())
        words = legends.ranges(indicator, breaks)[top - 1] if top else numbers.value(0.0, indicator.unit)
        key = f"sentence.map_{'high' if worst else 'low'}"
        told = [plural(key, count, n=numbers.count(count), total=total, range=words)]
    if city is not None and numbers.known(city["value"]):
        told.append(_city(city, indicator))
    silent = int((~frame.index.isin(ok.index) & (frame["status"] != "not_applicable")).sum())
    if silent:
        told.append(plural("sentence.map_silent", silent, n=numbers.count(silent)))
    return " ".join(told)


def _city(city: pd.Series | Any, indicator: Indicator) -> str:
    shown = shown_of(city, indicator)
    doubt_told = indicator.unit not in numbers.SPREAD_UNITS
    limits = numbers.span(city["low"], city["high"], indicator.unit) if doubt_told else None
    if limits and limits != shown:
        return say("sentence.map_city_range", value=shown, span=limits)
    return say("sentence.map_city", value=shown)
