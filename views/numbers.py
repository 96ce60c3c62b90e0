"""The only place that formats a number, a date or a range; French first, no-break spaces included."""

from __future__ import annotations

import functools
import math
import re
from datetime import date, datetime
from typing import Any, NamedTuple

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from indicators.spec import Unit
from views.words import language, plural, say

NBSP = "\u00a0"
# What `low` and `high` of these units span: residents of an area, not our doubt about its value.
SPREAD_UNITS = frozenset({"metres"})
# Decimals shown; metres and indices choose theirs by size.
DECIMALS: dict[str, int] = {
    "share": 1, "points": 1, "per_1000": 1, "ratio": 1, "deviations": 1, "hours": 1, "people": 0, "places_per_need": 2,
}


def known(value: Any) -> bool:
    """Whether there is a number to show: not None, NaN or pandas' NA."""
    try:
        return value is not None and not math.isnan(float(value))
    except (TypeError, ValueError):
        return False


def decimal(value: float, digits: int = 0, *, least: int | None = None) -> str:
    """A number with `digits` decimals (at least `least` of them), real minus sign, separators of the language."""
    rounded = round(float(value), digits) + 0.0  # + 0.0: never « −0 »
    return _decimal(rounded, digits, digits if least is None else least, language())


@functools.lru_cache(maxsize=50_000)
def _decimal(rounded: float, digits: int, least: int, spoken: str) -> str:
    keep = "0" * least + "#" * (digits - least)
    pattern = "#,##0" + (f".{keep}" if keep else "")
    text = format_decimal(rounded, format=pattern, locale="fr_CA" if spoken == "fr" else "en_CA")
    return text.replace("-", "−").replace("\u202f", NBSP)


def count(value: float) -> str:
    """A count: `12 345`, `12,345`."""
    return decimal(value)


def place(rank: int) -> str:
    """A place in an order: « 1er », « 12e »; English sentences say "rank 12", so the bare number."""
    return say("number.first" if rank == 1 else "number.place", n=count(rank))


def people(value: float, *, city: bool = False) -> str:
    """Estimated people: to the nearest 100, or 1,000 for a city; under half a step, the plain count."""
    step = 1000 if city else 100
    if abs(value) < step / 2 or (city and abs(value) < 10 * step):
        step = 100 if city and abs(value) >= 50 else 1
    return decimal(math.floor(value / step + 0.5) * step)  # halves up: 50 people are never « 0 »


def percent(value: float, digits: int = 1) -> str:
    """A share of 0 to 1: `11,4 %`, `11.4%`."""
    return decimal(100 * value, digits) + (f"{NBSP}%" if language() == "fr" else "%")


def times(value: float) -> str:
    """A ratio of two shares, one decimal: `2,1 ×`."""
    return f"{decimal(value, 1)}{NBSP}×"


def metres(value: float) -> str:
    """A distance [m]: `980 m` to the nearest 10, `2,6 km` from one kilometre."""
    if value < 995:
        return f"{decimal(round(value / 10) * 10)}{NBSP}m"
    return f"{decimal(value / 1000, 1)}{NBSP}km"


def reach(value: float) -> str:
    """A chosen distance [m], without idle decimals: `500 m`, `1 km`, `1,5 km`."""
    return f"{decimal(value)}{NBSP}m" if value < 1000 else f"{decimal(value / 1000, 2, least=0)}{NBSP}km"


def value(number: Any, unit: Unit | str) -> str:
    """One value with its unit; raises ValueError where there is no number: absence is a word, elsewhere."""
    if not known(number):
        raise ValueError("no number to format: say its status instead")
    return _with_unit(bare(float(number), unit), unit, float(number))


def limited(number: Any, low: Any, high: Any, unit: Unit | str) -> str:
    """One value, or « au plus », « au moins » it, where it is itself the only limit known (`one_sided`)."""
    side, shown = one_sided(number, low, high), value(number, unit)
    return say(f"number.at_{side}", value=shown) if side else shown


def one_sided(number: Any, low: Any, high: Any) -> str:
    """`most` or `least` where a value is the only limit known, as an incomplete listing tells it; else empty.

    >>> one_sided(0.2, None, 0.2), one_sided(0.2, 0.2, None), one_sided(0.2, 0.1, 0.3), one_sided(0.2, None, None)
    ('most', 'least', '', '')
    """
    if not known(number) or known(low) == known(high):
        return ""
    end = high if known(high) else low
    return ("most" if known(high) else "least") if float(end) == float(number) else ""


def bare(number: float, unit: str) -> str:
    """A number of a unit without its word or sign: the first of a range."""
    if unit == "metres":
        return decimal(round(number / 10) * 10) if number < 995 else decimal(number / 1000, 1)
    if unit == "index":
        return decimal(number, 3 if 0 < abs(number) < 0.1 else 2)
    if unit not in DECIMALS:
        raise ValueError(f"unknown unit {unit}")
    return decimal(_scaled(number, unit), DECIMALS[unit])


def _scaled(number: float, unit: str) -> float:
    return 100 * number if unit in ("share", "points") else number


def _with_unit(text: str, unit: str, number: float) -> str:
    if unit == "share":
        return f"{text}{NBSP}%" if language() == "fr" else f"{text}%"
    if unit == "metres":
        return f"{text}{NBSP}{'m' if number < 995 else 'km'}"
    if unit == "ratio":
        return f"{text}{NBSP}×"
    if unit == "index":
        return text
    if unit == "per_1000":
        return say("number.per_1000", n=text)
    key = "number.places" if unit == "places_per_need" else f"number.{unit}"
    return plural(key, round(_scaled(number, unit), DECIMALS[unit]), n=text)


def span(low: Any, high: Any, unit: Unit | str) -> str | None:
    """A range: « de 20,1 à 22,0 % », "20.1 to 22.0%"; one value where both read the same; None without limits."""
    if not known(low) and not known(high):
        return None
    if not known(high):
        if bare(float(low), unit) == bare(0.0, unit):
            return None  # « au moins 0 » says nothing
        return say("number.at_least", value=value(low, unit))
    if not known(low):
        return say("number.at_most", value=value(high, unit))
    first, last = value(low, unit), value(high, unit)
    if first == last:
        return last
    same = unit != "metres" or (float(low) < 995) == (float(high) < 995)
    return say("number.span", low=bare(float(low), unit) if same else first, high=last)


def people_span(low: Any, high: Any, *, city: bool = False) -> str | None:
    """A range of estimated people, rounded as they are."""
    if not known(low) or not known(high):
        return None
    first, last = people(float(low), city=city), people(float(high), city=city)
    return last if first == last else say("number.span", low=first, high=last)


def people_limited(number: float, share: Any, low: Any, high: Any, *, city: bool = False) -> str:
    """Estimated people, « au plus » or « au moins » where the share they are of is the only limit known."""
    side, shown = one_sided(share, low, high), people(number, city=city)
    return say(f"number.at_{side}", value=shown) if side else shown


def day(when: date | datetime) -> str:
    """A date in a sentence: « 1er mars 2025 », "March 1, 2025"."""
    if language() == "en":
        return format_date(when, "MMMM d, y", locale="en_CA").replace(" ", NBSP)
    text = format_date(when, "d MMMM y", locale="fr_CA")
    return ("1er" + text[1:] if when.day == 1 else text).replace(" ", NBSP)


def clock(hour: int, minute: int = 0) -> str:
    """A time of day, 0 to 24 h: « 10 h », « 13 h 30 », « midi », "10 a.m.", "1:30 p.m.", "noon"."""
    if hour % 12 == 0 and minute == 0:
        return say("clock.noon" if hour == 12 else "clock.midnight")
    if language() == "fr":
        return f"{hour}{NBSP}h" + (f"{NBSP}{minute}" if minute else "")
    past = f":{minute:02d}" if minute else ""
    return f"{hour % 12 or 12}{past}{NBSP}{'a.m.' if hour < 12 else 'p.m.'}"


def time_of_day(hhmm: str) -> str:
    """A time written HH:MM [00:00 to 24:00], as `clock` says it."""
    return clock(int(hhmm[:2]), int(hhmm[3:]))


def weekday_short(code: str) -> str:
    """A day of the week [MO to SU] over a narrow column: « lun. », "Mon"."""
    names = get_day_names("abbreviated", locale="fr_CA" if language() == "fr" else "en_CA")
    return str(names[("MO", "TU", "WE", "TH", "FR", "SA", "SU").index(code)])


def month(when: date | datetime) -> str:
    """A month: « novembre 2026 », "November 2026"."""
    return format_date(when, "MMMM y", locale="fr_CA" if language() == "fr" else "en_CA").replace(" ", NBSP)


def month_name(month: int) -> str:
    """A month of any year, 1 to 12: « juillet », "July"."""
    return format_date(date(2000, month, 1), "LLLL", locale="fr_CA" if language() == "fr" else "en_CA")


def month_tick(when: date | datetime) -> str:
    """A month on an axis, year under it: « sept. » over « 2026 »."""
    return f"{format_date(when, 'MMM', locale='fr_CA' if language() == 'fr' else 'en_CA')}<br>{when.year}"


def iso(when: date | datetime) -> str:
    """A date in a table: 2026-11-23."""
    return when.strftime("%Y-%m-%d")


def period(text: str) -> str:
    """A source's period in words where it is written in digits: a day, a month, years; any other text as it is."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(date.fromisoformat(text))
    if re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])", text):
        return month(date.fromisoformat(f"{text}-01"))
    years = re.fullmatch(r"(\d{4})-(\d{4})", text)
    return text if years is None or language() == "fr" else f"{years[1]}–{years[2]}"


def version_day(version: str) -> str:
    """The day of a version id `YYYY-MM-DD-NNN`, in words."""
    return day(date.fromisoformat(version[:10]))


# --- read again, for files --------------------------------------------------------------------------------


class Read(NamedTuple):
    """A number as it was shown: its value, the decimals shown, the words or sign of its unit."""

    value: float
    digits: int
    unit: str


# Words after a number that make it a part of something else: a rank of how many, a range, a choice.
_JOINS = frozenset(["à", "to", "sur", "of", "out", "ou", "or", "et", "and"])


def read(text: str) -> Read | None:
    """The number a text is, in the language spoken, with its unit; None where the text is anything else.

    `2,6 km` is (2.6, 1, "km"); `18,4 pour 1 000` is (18.4, 1, "pour 1 000"); `3 à 9` is nothing.
    """
    french = language() == "fr"
    group, point = (f"[{NBSP}]", ",") if french else (",", r"\.")
    found = re.fullmatch(rf"([+−-]?)(\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}(\d+))?(?:[{NBSP} ]?(\D.*))?", text)
    if found is None:
        return None
    sign, whole, rest, unit = found[1], re.sub(r"\D", "", found[2]), found[3] or "", (found[4] or "").strip()
    per_1000 = say("number.per_1000", n="").strip()
    words = re.split(rf"[{NBSP} ]", unit)
    joined = words[0] in _JOINS or unit[:1] == "," or bool(re.search(r"\d", unit))
    if joined and unit.replace(" ", NBSP) != per_1000.replace(" ", NBSP):
        return None
    value = float(f"{whole}.{rest}" if rest else whole)
    return Read(-value if sign in ("−", "-") and sign else value, len(rest), unit.replace(NBSP, " "))


def read_span(text: str) -> tuple[Read, Read] | None:
    """The two ends of a range as `span` writes it, both in the unit of the last where the first has none."""
    head, between = say("number.span", low="|", high="|").split("|")[:2]
    if not text.startswith(head) or between not in text:
        return None
    low, _, high = text[len(head):].partition(between)
    first, last = read(low), read(high)
    if first is None or last is None:
        return None
    return (first if first.unit else first._replace(unit=last.unit)), last


def read_cell(text: str) -> tuple[Read | None, Read | None, Read | None] | None:
    """Value, low and high of a cell; None for words.

    A number, a range, a number with its range in brackets, or a word with the range of what it hides after a colon.
    """
    one = read(text)
    if one is not None:
        return one, None, None
    ends = read_span(re.sub(rf"^\\D+?[{NBSP}]?: ", "", text))
    if ends is not None:
        return None, *ends
    for side in ("most", "least"):  # one limit is known: it is the value, and an end of the range
        told = say(f"number.at_{side}", value="")
        one = read(text.removeprefix(told)) if text.startswith(told) else None
        if one is not None:
            return (None, None, one) if side == "most" else (None, one, None)
    found = re.fullmatch(r"(.+?) \((.+)\)", text)
    if found is None:
        return None
    one, ends = read(found[1]), read_span(found[2])
    return None if one is None or ends is None else (one, *ends)
