"""The age of a source under a clock of the test: counted in days, marked only past its own cycle, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders.store import Store
from tests.report import record
from views import library, sources, words

# Obtained, then cycle [days]: a listing, a rebuild each month, a census product, one that has no cycle.
CYCLES = {"listing": 45, "monthly": 31, "census": 400, "none": None}
OBTAINED = (date(2024, 1, 31), date(2024, 2, 29), date(2026, 3, 8), date(2026, 11, 1))  # leap days, nights of DST
DAYS = {"fr": ("aujourd’hui", "il y a 1 jour", "il y a {} jours", ", à renouveler"),
        "en": ("today", "1 day ago", "{} days ago", ", to be renewed")}
MONTHS = {"fr": (", obtenu il y a 1 mois", ", obtenu il y a {} mois"),
          "en": (", fetched 1 month ago", ", fetched {} months ago")}


def in_days(days: int, cycle: int | None, lang: str) -> str:
    today, yesterday, many, due = DAYS[lang]
    said = today if days <= 0 else yesterday if days == 1 else many.format(days)
    return said + (due if cycle is not None and days > cycle else "")


def in_months(obtained: date, today: date) -> int:
    """Months over by now, counted one by one: each is over on the day of the month it began on."""
    over = 0
    while True:
        year, month = divmod(obtained.year * 12 + obtained.month + over, 12)  # the month after the last one
        if (year, month + 1, obtained.day) > (today.year, today.month, today.day):
            return over
        over += 1


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_an_age_is_counted_and_marked_only_past_its_own_cycle(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, tried = [], 0
    words.use(lang)
    try:
        for cycle in CYCLES.values():
            near = cycle or 365
            for obtained in OBTAINED:
                for days in (-1, 0, 1, 30, near - 1, near, near + 1, 2 * near, 999):
                    today = obtained + timedelta(days=days)
                    monkeypatch.setattr(sources, "date", clock(today))
                    known = pd.DataFrame({"retrieved": [pd.Timestamp(obtained)], "cycle_days": [cycle]}).astype(
                        {"cycle_days": "Int64"})
                    row = aged(known, today).iloc[0]
                    told, marked = library.age_words(row["age"], overdue=row["overdue"])
                    months, line = in_months(obtained, today), plain(sources._age(obtained))
                    tried += 1
                    if (plain(told), "cv-due" in marked, line) != (
                        in_days(days, cycle, lang), cycle is not None and days > cycle,
                        MONTHS[lang][months > 1].format(months) if months else "",
                    ):
                        wrong.append((cycle, obtained, days, told, line))
    finally:
        words.use(None)
    assert record(14, "age of a source and its mark, by a clock of the test (28 to 31 days, leap years, DST)",
                  "right in both languages", f"{lang}: {tried - len(wrong)} of {tried}", passed=not wrong), wrong


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_page_of_sources_says_the_age_of_each(
    toyville: Path, written: Callable[..., str], monkeypatch: pytest.MonkeyPatch, lang: str,
) -> None:
    today, wanted = date(2026, 11, 23), []

    def by_the_clock(store: Store, _: date) -> pd.DataFrame:
        known = sources.datasets(store)
        ages = [60 + 7 * at for at in range(len(known))]
        cycles = [(45, 400, None)[at % 3] for at in range(len(known))]
        wanted.extend(in_days(days, cycle, lang) for days, cycle in zip(ages, cycles))
        return aged(known.assign(
            retrieved=[pd.Timestamp(today - timedelta(days=days)) for days in ages],
            cycle_days=pd.array(cycles, "Int64"),
        ), today, store)

    monkeypatch.setattr(library, "sources", by_the_clock)
    page = written(toyville, "data_library", lang=lang)
    absent = [said for said in wanted if not re.search(re.escape(said) + "(?!,)", page)]  # not “…, to be renewed”
    marks = page.count('class="cv-due"')
    due = sum(DAYS[lang][3] in said for said in wanted)
    assert record(14, "the page of sources at a clock of the test", "each age, and a mark past its cycle alone",
                  f"{lang}: {len(wanted) - len(absent)} of {len(wanted)}, {marks} marks for {due}",
                  passed=len(wanted) > 5 and not absent and marks == due > 0), (absent, marks, due)


def clock(today: date) -> type[date]:
    class Clock(date):
        @classmethod
        def today(cls) -> date:
            return today

    return Clock


_sources = library.sources


def aged(known: pd.DataFrame, today: date, store: Store | None = None) -> pd.DataFrame:
    """What the page of sources works out of them on a day."""
    whole = known.assign(**{name: 0 for name in (*library._LEDGER, "rows_read") if name not in known})
    whole = whole if "waiting" in whole else whole.assign(waiting=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "datasets", lambda _: whole)
        return _sources(store, today)  # type: ignore[arg-type]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
