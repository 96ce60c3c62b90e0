"""A clock that goes back, jumps, or changes its hour: versions keep their order, weeks their sums (row 15)."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from build import build
from loaders import publish
from loaders.publish import current, next_version, published, rollback
from tests.loaders.test_contact_records import contact, load, need
from tests.report import record

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEAP_DAY = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)
JUMPS = (timedelta(0), timedelta(days=-1), timedelta(days=365), timedelta(days=-400), timedelta(hours=-1))


def test_no_order_of_clocks_puts_a_version_out_of_order(tmp_path: Path) -> None:
    drawn, misordered, tried = random.Random(15), 0, 300
    days = [datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC), LEAP_DAY, NOON]  # DST, 29 February
    made: list[str] = []
    for _ in range(tried):
        moment = drawn.choice(days) + drawn.choice(JUMPS) + timedelta(minutes=drawn.randrange(-90, 90))
        made.append(next_version(tmp_path, moment))
        for end in ("duckdb", "json"):
            (tmp_path / f"{made[-1]}.{end}").touch()
        misordered += published(tmp_path) != made
    assert record(15, "names of versions by clocks that jump −400 d to +1 y, over DST nights and 29 February",
                  "0 misordered", f"{tried} names: {misordered}", passed=not misordered and len(set(made)) == tried)


def test_readers_get_the_version_built_last_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    for moment in (NOON, NOON + timedelta(days=365), NOON - timedelta(days=1)):
        class Clock(datetime):
            at = moment

            @classmethod
            def now(cls, _tz=None) -> datetime:
                return cls.at

        monkeypatch.setattr(publish, "datetime", Clock)
        made.append(build("toyville", versions=tmp_path, again=True).stem)
        assert current(tmp_path / "toyville") == made[-1], moment
    kept = published(tmp_path / "toyville")
    back = rollback(tmp_path / "toyville")
    assert record(15, "builds with a clock at noon, then +1 y, then −1 d",
                  "readers get the last; rollback gives the one before", " ".join(made),
                  passed=kept == made and back == (made[-1], made[-2])), (kept, back)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def test_weeks_add_up_over_nights_of_dst_and_a_leap_day_in_every_zone(
    tmp_path: Path, zone: pytest.MonkeyPatch
) -> None:
    nights = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 9), date(2024, 3, 10),
              date(2024, 3, 11), date(2024, 11, 2), date(2024, 11, 3), date(2024, 11, 4)]
    rows = []
    for day in nights:  # each half hour of the night, and its last minute; 2:30 on 10 March was on no clock
        for hour in ("12:00:00 AM", "1:30:00 AM", "2:30:00 AM", "3:00:00 AM", "11:59:59 PM"):
            rows.append(need(len(rows), 10, DateOfCall=f"{day.month}/{day.day}/{day.year} {hour}"))
    pencil = Counter(day - timedelta(days=day.weekday()) for day in nights for _ in range(5))
    found = {}
    for name in ("UTC", "America/Toronto", "Pacific/Auckland"):
        zone.setenv("TZ", name)
        time.tzset()
        (tmp_path / name.split("/")[-1]).mkdir()
        _, kept = load(tmp_path / name.split("/")[-1], [contact(10)], rows, end="2024-12-29")
        weeks = kept[(kept["cut"] == "city_week_need_outcome") & (kept["outcome"] == "all") & (kept["need"] == "food")]
        found[name] = {week.date(): int(n) for week, n in zip(weeks["period"], weeks["count"])}
    assert record(15, "weekly sums over two nights of DST and 29 February, in three time zones", "those of a pencil",
                  f"{len(pencil)} weeks, {sum(pencil.values())} needs", passed=all(x == pencil for x in found.values())
                  ), found
