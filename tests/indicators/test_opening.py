"""Opening hours: Toyville by pencil, the referee minute by minute, closed apart from unknown, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.opening import DAYS, HOURS, hours_at, hours_within_reach, open_by_hour, open_week
from indicators.spec import InputError
from tests import reference_services as reference

LAW = settings(max_examples=60, deadline=None, derandomize=True)
PLACES = pd.Index(["S1", "S2", "S3"])
SCHEDULE = pd.DataFrame(
    [("S1", "MO", "17:00", "19:30"), ("S1", "WE", "10:00", "12:00"), ("S2", "WE", "11:00", "13:00")],
    columns=["place", "byday", "opens_at", "closes_at"],
)
# Nord; Centre's two halves, one of them far from everything; Colline, near S3, which never told its hours; Rive.
POINTS = pd.DataFrame({
    "area_id": ["T1", "T2", "T2", "T3", "T5"], "population": [100.0, 150, 150, 100, 100],
    "known": [100.0, 150, 150, 100, None], "need": [25.0, 30, 30, 10, None],
}, index=["P1", "P2", "P3", "P4", "P5"])
COST = pd.DataFrame({"origin": ["P1", "P1", "P2", "P2", "P4"], "destination": ["S1", "S2", "S1", "S2", "S3"]})
WEEK = open_week(PLACES, SCHEDULE)


def test_a_place_is_open_in_an_hour_it_is_open_for_half_of() -> None:
    # Monday 17:00 to 19:30: hours 17, 18 and 19. Wednesday starts at hour 48.
    assert np.flatnonzero(WEEK.loc["S1"] == 1).tolist() == [17, 18, 19, 58, 59]
    assert np.flatnonzero(WEEK.loc["S2"] == 1).tolist() == [59, 60]
    assert WEEK.loc["S3"].isna().all() and not WEEK.loc[["S1", "S2"]].isna().any(axis=None)
    short = open_week(pd.Index(["a"]), pd.DataFrame({
        "place": ["a", "a"], "byday": ["SU", "MO"], "opens_at": ["23:31", "09:10"], "closes_at": ["24:00", "09:40"],
    }))
    assert np.flatnonzero(short.loc["a"]).tolist() == [9]  # 29 minutes on Sunday are too few, 30 on Monday enough


def test_hours_of_toyville() -> None:
    hours = hours_at(POINTS.index, WEEK, COST)
    assert hours["hours"].tolist() == [6, 6, 0, 0, 0] and hours["hours_most"].tolist() == [6, 6, 0, 168, 0]
    row = hours_within_reach(POINTS.join(hours)).set_index("area_id")
    # Monday 17, 18, 19 and Wednesday 10, 11, 12: six hours in Nord; half of Centre's people have them.
    assert row.loc["T1", "value"] == 6 and row.loc["T2", "value"] == 3
    assert row.loc["T3", "status"] == "unknown" and (row.loc["T3", "low"], row.loc["T3", "high"]) == (0, 168)
    assert math.isnan(row.loc["T3", "value"]) and row.loc["T5", "status"] == "missing"
    city = hours_within_reach(POINTS.join(hours).assign(area_id="TOY")).iloc[0]
    assert (city["low"], city["high"]) == pytest.approx((330 / 95, (330 + 1680) / 95))


def test_hours_of_the_city_one_by_one() -> None:
    rows = open_by_hour(POINTS.assign(area_id="TOY"), WEEK, COST).set_index(["weekday", "hour"])
    assert len(rows) == HOURS and rows.index.is_unique
    # Wednesday at 11, 25 + 30 of 95 people have an open place; 10 more, perhaps.
    assert rows.loc[("WE", 11), ["low", "high"]].tolist() == pytest.approx([55 / 95, 65 / 95])
    assert rows.loc[("MO", 9), ["low", "high"]].tolist() == pytest.approx([0, 10 / 95])
    by_area = open_by_hour(POINTS, WEEK, COST, [24 * DAYS.index("WE") + 11]).set_index("area_id")
    assert by_area["value"].iloc[:2].tolist() == [1.0, .5]
    assert by_area["status"].tolist() == ["ok", "ok", "unknown", "missing"]


def test_no_place_in_reach_is_zero_and_an_untold_one_unknown() -> None:
    nothing = COST.iloc[:0]
    row = open_by_hour(POINTS, WEEK, nothing, [17]).set_index("area_id")
    assert row.loc[["T1", "T2", "T3"], "value"].tolist() == [0, 0, 0] and row.loc["T1", "status"] == "ok"
    none_told = open_week(PLACES, SCHEDULE.iloc[:0])
    row = open_by_hour(POINTS, none_told, COST, [17]).set_index("area_id")
    assert row["status"].tolist() == ["unknown", "unknown", "unknown", "missing"]
    assert row.loc["T2", ["low", "high"]].tolist() == [0, .5]


@LAW
@given(seed=st.integers(0, 10**6))
def test_the_referee_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, points = [f"s{i}" for i in range(4)], [f"p{i}" for i in range(5)]
    openings: list[reference.Opening] = []
    for place in places[:int(rng.integers(0, 5))]:
        for day in rng.choice(DAYS, int(rng.integers(1, 4)), replace=False):
            start, end = sorted(rng.choice(1441, 2, replace=False))
            openings.append((place, str(day), f"{start // 60:02d}:{start % 60:02d}", f"{end // 60:02d}:{end % 60:02d}"))
    near = {point: [place for place in places if rng.random() < .4] for point in points}
    people = pd.DataFrame({
        "area_id": ["x", "x", "x", "y", "y"], "population": 100.0, "known": 100.0, "need": rng.uniform(1, 30, 5),
    }, index=points)
    cost = pd.DataFrame([(p, s) for p in points for s in near[p]], columns=["origin", "destination"])
    week = open_week(pd.Index(places), pd.DataFrame(openings, columns=["place", "byday", "opens_at", "closes_at"]))
    hours = [int(hour) for hour in rng.choice(HOURS, 12, replace=False)]
    found = open_by_hour(people, week, cost, hours).set_index(["area_id", "weekday", "hour"])
    for hour in hours:
        day, clock = DAYS[hour // 24], hour % 24
        state = reference.states(near, openings, day, clock)
        for area, inside in (("x", points[:3]), ("y", points[3:])):
            total = sum(people.loc[p, "need"] for p in inside)
            sure = sum(people.loc[p, "need"] for p in inside if state[p] == "open")
            perhaps = sum(people.loc[p, "need"] for p in inside if state[p] == "unknown")
            row = found.loc[(area, day, clock)]
            assert row["status"] == ("unknown" if perhaps else "ok")
            if perhaps:
                assert (row["low"], row["high"]) == pytest.approx((sure / total, (sure + perhaps) / total))
            else:
                assert row["value"] == pytest.approx(sure / total)


def test_the_hours_of_a_week_are_the_sum_of_its_hours() -> None:
    hours = hours_within_reach(POINTS.join(hours_at(POINTS.index, WEEK, COST))).set_index("area_id")
    each = open_by_hour(POINTS, WEEK, COST).groupby("area_id")["value"].sum(min_count=1)
    assert each[["T1", "T2"]].tolist() == pytest.approx(hours.loc[["T1", "T2"], "value"].tolist())


@pytest.mark.parametrize(("column", "value"), [
    ("byday", "LU"), ("opens_at", "9:00"), ("opens_at", "20:00"), ("closes_at", "24:30"), ("closes_at", "17:00"),
])
def test_hours_that_are_none_are_refused(column: str, value: str) -> None:
    wrong = SCHEDULE.copy()
    wrong.loc[0, column] = value
    with pytest.raises(InputError, match="schedule"):
        open_week(PLACES, wrong)


def test_a_pair_of_an_unknown_place_is_refused() -> None:
    with pytest.raises(InputError, match="cost"):
        hours_at(POINTS.index, WEEK, pd.DataFrame({"origin": ["P1"], "destination": ["S9"]}))
