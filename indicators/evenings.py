"""Hours: the longest spell with nobody open within reach, and what one more evening would change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.opening import DAYS, HOURS, open_at
from indicators.rates import rate, require, require_counts, sums
from indicators.spec import InputError


def longest_spell(open_hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longest run of closed hours of each row and the hour it starts at, the week going round from Sunday to Monday.

    `open_hours`: a row a point, 168 columns of True where something is open. Never open: 168 hours, from 0. Always
    open: 0 hours, from -1. Of equal runs, the first that starts in the week.

    >>> week = np.zeros((1, 168), bool); week[0, 10:20] = True
    >>> [part.tolist() for part in longest_spell(week)]
    [[158], [20]]
    """
    closed = ~np.asarray(open_hours, dtype=bool)
    if closed.ndim != 2 or closed.shape[1] != HOURS:
        raise InputError(f"open_hours: {closed.shape} where a row a point and {HOURS} hours are needed")
    # Twice round: a run that crosses the end of the week is whole in the second turn.
    run, best = np.zeros(len(closed), "int64"), np.zeros(len(closed), "int64")
    start = np.full(len(closed), -1, "int64")
    for hour in range(2 * HOURS):
        run = np.where(closed[:, hour % HOURS], run + 1, 0)
        longer = np.minimum(run, HOURS) > best
        best = np.where(longer, np.minimum(run, HOURS), best)
        start = np.where(longer, (hour - run + 1) % HOURS, start)
    return best, np.where(best == HOURS, 0, start)


def spells(points: pd.DataFrame, week: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """The longest spell with nobody open within reach, by area: people in need, averaged; and the worst of them.

    `points`, by id: area_id, need [people; NaN = not published]. `week` of `opening.open_week`, `cost` a row a pair
    within reach. A row an area: people [in need], hours [0 to 168: mean over them of the longest spell, places whose
    hours were never told taken as closed], least [the same with those always open], starts [hour of the week at which
    the spell of most of them starts; -1 where nobody has one], never [people with nothing open all week]. NaN where
    nobody’s need is known.
    """
    require(points, "points", ("area_id",))
    require_counts(points, "points", ("need",))
    sure, maybe = open_at(points.index, week, cost)
    longest, start = longest_spell(sure)
    need = points["need"].to_numpy("float64")
    frame = pd.DataFrame({
        "area_id": points["area_id"].to_numpy(), "need": need, "all": need * longest,
        "least": need * np.where(maybe, 0, longest), "never": need * (longest == HOURS), "start": start,
    })
    total = sums(frame, "area_id", ("need", "all", "least", "never"))
    most = frame.groupby(["area_id", "start"])["need"].sum().reset_index().sort_values(
        ["area_id", "need", "start"], ascending=[True, False, True]).drop_duplicates("area_id")
    return pd.DataFrame({
        "area_id": total.index, "people": total["need"].to_numpy(),
        "hours": rate(total["all"], total["need"]).to_numpy(),
        "least": rate(total["least"], total["need"]).to_numpy(),
        "starts": most.set_index("area_id")["start"].reindex(total.index).to_numpy(),
        "never": total["never"].to_numpy(),
    })


def evenings(points: pd.DataFrame, week: pd.DataFrame, cost: pd.DataFrame, opens: int, closes: int) -> pd.DataFrame:
    """What each place would add by opening one more evening: a row a place and weekday, the most people-hours first.

    `points`, by id: need [people; NaN = not published]. From `opens` to `closes` [hours of the day, whole]. place,
    weekday [MO to SU], people [in need who would then have an open place within reach, and have none in some of those
    hours], people_hours [the same, hour by hour], share [of people_hours that nobody serves in those hours, city-wide].
    Places whose hours were never told are left out, as candidates and as help. Raises InputError.
    """
    require_counts(points, "points", ("need",))
    if not 0 <= opens < closes <= 24:
        raise InputError(f"opens, closes: {opens} to {closes} is no stretch of one day")
    sure, _ = open_at(points.index, week, cost)
    need = points["need"].fillna(0.0).to_numpy("float64")
    told = np.flatnonzero(week.notna().all(axis=1).to_numpy())
    i = points.index.get_indexer(pd.Index(cost["origin"]))
    j = week.index.get_indexer(pd.Index(cost["destination"]))
    near = sparse.csr_array((np.ones(len(i)), (j, i)), shape=(len(week), len(points)))[told]
    rows = []
    for day, name in enumerate(DAYS):
        shut = ~sure[:, 24 * day + opens:24 * day + closes]
        unserved = need[:, None] * shut
        whole = pd.Series(unserved.sum(), index=range(len(told)))
        added = pd.Series((near @ unserved).sum(axis=1))
        rows.append(pd.DataFrame({
            "place": week.index[told], "weekday": name, "people": near @ (need * shut.any(axis=1)),
            "people_hours": added, "share": rate(added, whole),
        }))
    out = pd.concat(rows, ignore_index=True)
    return out.sort_values(["people_hours", "people"], ascending=False, kind="stable", ignore_index=True)


def opened(week: pd.DataFrame, place: object, weekday: str, opens: int, closes: int) -> pd.DataFrame:
    """`week` of `opening.open_week` with one place open one more stretch; a copy."""
    if place not in week.index:
        raise InputError(f"place: {place!r} is not in the week")
    day = DAYS.index(weekday)
    out = week.copy()
    out.loc[place, range(24 * day + opens, 24 * day + closes)] = 1.0
    return out
