"""One hour of the week on the map: who has no open place within reach, and where hours are not told."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from indicators import opening
from loaders.store import Store
from views import numbers, tables
from views.tables import Column, Table
from views.words import local, plural, say

# What is stored, and what is drawn: dark is worst here as on every other map.
OPEN, NONE_OPEN = opening.OPEN, opening.NONE_OPEN
DAYS = opening.DAYS
# Where the view opens: when most people are free and few places are open.
DAY, HOUR = "SA", 10
# Areas named in the sentence.
NAMED = 3


def setting(store: Store, day: str, hour: int) -> str:
    """How the tables name an hour of the week, at the default reach."""
    return f"reach_m={store.setting('reach_m'):g};weekday={day};hour={hour}"


def without(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` of `nothing_open_within_reach` with least and most [people in need with no open place within reach].

    Both are NaN where the share is missing, suppressed or not applicable; they differ where hours were never told.
    Where the listing is declared incomplete only `most` is known.
    """
    told = frame["status"].isin(["ok", "unknown"])
    low, high = (frame["value"].fillna(frame[end]).where(told) for end in ("low", "high"))
    low = low.where(frame["low"].notna() | frame["high"].isna())
    return frame.assign(least=frame["denominator"] * low, most=frame["denominator"] * high)


def sentence(store: Store, frame: pd.DataFrame, city: pd.Series | None, day: str, hour: int) -> str:
    """People in need with no open place at that hour: in the city, where they are most, what is not known.

    `frame`: of `without`, with name. An area is named by the people who surely have none; where another could have as
    many, the sentence says so.
    """
    told = [_city(store, city, day, hour)]
    known = frame.dropna(subset=["least", "most"]).sort_values(["least", "most", "area_id"], ascending=[False] * 3)
    first = known[known["most"] > 0].head(NAMED)
    if len(first):
        each = "; ".join(f"{row.name_} ({span(row.least, row.most)})" for row in
                         tables.records(first.rename(columns={"name": "name_"})))
        told.append(say("hours.most", list=each))
        others = known[~known["area_id"].isin(first["area_id"])]
        if (others["most"] > first["least"].min()).any():
            told.append(say("hours.unsure"))
    for key, n in (
        ("hours.untold", int((frame["status"].eq("unknown") & frame["least"].notna()).sum())),
        ("sentence.map_silent", int(frame["status"].isin(["missing", "suppressed"]).sum())),
    ):
        if n:
            told.append(plural(key, n, n=numbers.count(n)))
    return " ".join(told)


def _city(store: Store, city: pd.Series | None, day: str, hour: int) -> str:
    when = {
        "day": say(f"weekday.{day}"), "start": numbers.clock(hour), "end": numbers.clock(hour + 1),
        "reach": numbers.reach(float(store.setting("reach_m"))),
    }
    if city is None:
        return say("hours.city_none", **when)
    row = without(city.to_frame().T.infer_objects()).iloc[0]
    if not numbers.known(row["most"]):
        return say("hours.city_none", **when)
    return say("hours.city", people=span(row["least"], row["most"], city=True), **when)


def span(least: float, most: float, *, city: bool = False) -> str:
    """People who have none: « environ 5 400 », a range where hours are untold, « au plus » if places are lacking."""
    if not numbers.known(least):
        return say("number.at_most", value=numbers.people(most, city=city))
    told = numbers.people_span(least, most, city=city) or ""
    return say("hours.about", n=told) if told == numbers.people(most, city=city) else told


def table(frame: pd.DataFrame, chosen: str | None, more: Sequence[Column] = ()) -> Table:
    """People in need with no open place and their share, most people first; `more` columns follow `frame`."""
    ok = frame["status"] == "ok"
    rows = tables.records(frame)
    share = [
        numbers.value(row.value, NONE_OPEN.unit) if good else tables.status_word(row.status, row.reason)
        for row, good in zip(rows, ok)
    ]
    limits = [numbers.span(row.low, row.high, NONE_OPEN.unit) or "" for row in rows]
    people = [span(row.least, row.most) if numbers.known(row.most) else "" for row in rows]
    order = tables.highest(frame.reset_index(drop=True), ["least", "most"]).index
    columns = [
        Column(say("table.area"), frame["name"].tolist(), "head", under=frame["place"].fillna("").tolist(),
               under_name=say("export.place")),
        Column(say("hours.column_without"), people, "number"),
        Column(say("hours.column_share"), share, "number", words=(~ok).tolist()),
        Column(say("table.range"), limits, "number", second=True),
        *more,
    ]
    export = frame.reset_index(drop=True).loc[order].reset_index(drop=True)
    at = export.index[export["area_id"] == chosen].tolist() if chosen else []
    caption = say("table.caption", title=NONE_OPEN.question.of(local("fr", "en")))
    return Table([tables.ordered(column, order) for column in columns], export, caption, at[0] if at else None)
