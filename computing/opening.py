"""When a place is open within reach: every hour of the week in the city, hours a week in each area."""

from __future__ import annotations

import pandas as pd

from computing.facts import Facts
from computing.nearby import at_each_reach, by_area_and_reach, nearby, setting_of
from computing.need import poverty
from indicators import opening
from loaders.draft import Draft
from loaders.lift import covered, keep

# The 168 hours of every dissemination area would be more rows than all the rest: maps by the hour stop at tracts.
_TOO_FINE = ("dissemination_area",)


def compute(draft: Draft, facts: Facts) -> None:
    """Write the 168 hours of areas of a tract or more at the default reach, and the hours a week at every reach.

    The setting of an hour is `reach_m=1000;weekday=MO;hour=18`: open at some time from 18:00 to 19:00.
    """
    near = nearby(draft, facts)
    hours = draft.frame("""
        SELECT service_id || '@' || location_id AS place, byday, opens_at, closes_at
        FROM schedule JOIN service_at_location USING (service_id) ORDER BY ALL
    """)
    week = opening.open_week(near.places.index, hours[hours["place"].isin(near.places.index)])
    numbers = {reach: opening.hours_at(near.points.index, week, near.within(reach)) for reach in near.reaches}
    people = near.points[["population", "known", "need"]]
    at = at_each_reach({reach: people.join(hours) for reach, hours in numbers.items()})
    start, known = float(draft.edition.settings["reach_m"]), poverty(draft)["area_id"]
    for level, points in near.by_level():
        told = covered(draft, known, draft.edition.base_level, level)
        if level not in _TOO_FINE:
            found = _explained(opening.open_by_hour(points, week, _inside(near.within(start), points)), near.basis)
            when = f"{setting_of(start)};weekday=" + found["weekday"] + ";hour=" + found["hour"].astype("str")
            keep(draft, opening.OPEN.id, level, found.assign(setting=when), settings=tuple(when.unique()), covered=told)
        every = _explained(by_area_and_reach(at, near.member[level], opening.hours_within_reach), near.basis)
        keep(draft, opening.WEEK.id, level, every, settings=tuple(at["setting"].cat.categories), covered=told)


def _inside(cost: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    return cost[cost["origin"].isin(points.index)]


def _explained(result: pd.DataFrame, basis: str) -> pd.DataFrame:
    hidden = result["status"] == "unknown"
    return result.assign(basis=basis, because=pd.Series("hours_untold", index=result.index).where(hidden))
