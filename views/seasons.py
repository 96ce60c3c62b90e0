"""The level of weekly food requests without the season, and what the season adds: robust STL on published weeks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from indicators.alerts import decomposed
from indicators.rates import share
from loaders.store import Store
from views import figure, kept, numbers, referrals, tables
from views import trend_charts as trends
from views.city import change, why_none
from views.figure import Figure
from views.referral_figures import about
from views.tables import Column, Table
from views.words import plural, say


@st.cache_data(max_entries=32, show_spinner=False)
def _decomposed(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    weekly = referrals.weekly(_store)
    if weekly.empty:
        return pd.DataFrame()
    found = decomposed(weekly.reset_index()[["period", "count"]], "week", referrals.YEAR)
    return found.assign(status=found["period"].map(weekly["status"]))  # hidden or missing, which the fit does not ask


def parted(store: Store) -> pd.DataFrame:
    """One row a published week: period, count [NaN where status is not `ok`], level [requests without the season],
    season and rest [ratios less 1; NaN where the week is not covered], reason. No rows without weekly counts."""
    found = _decomposed(store.edition, store.version, store)
    if found.empty:
        return found
    return found[["period", "count", "status", "reason"]].assign(
        level=np.expm1(found["trend"]), season=np.expm1(found["season"]), rest=np.expm1(found["remainder"]),
    )


def seasons_sentence(rows: pd.DataFrame) -> str:
    """The level now and a year before, the months where the season is high and low, how far a week strays from both."""
    known = rows[rows["level"].notna()]
    now, day = float(known["level"].iloc[-1]), known["period"].iloc[-1]
    before = known[known["period"] <= day - pd.Timedelta(weeks=referrals.YEAR)]
    told = [say("referrals.seasons_now", n=numbers.count(now), before=numbers.count(before["level"].iloc[-1]),
                change=change(share(now, before["level"].iloc[-1])))]
    months = known.groupby(known["period"].dt.month)["season"].mean()
    high, low = int(months.idxmax()), int(months.idxmin())
    told.append(say(
        "referrals.seasons_months", high=numbers.month_name(high), low=numbers.month_name(low),
        more=change(1 + float(months[high])), less=change(1 + float(months[low])),
    ))
    first, last = known["rest"].quantile([0.05, 0.95])
    told.append(say("referrals.seasons_rest", low=change(1 + float(first)), high=change(1 + float(last))))
    absent = int(rows["count"].isna().sum())
    if absent:
        told.append(plural("referrals.seasons_absent", absent, n=numbers.count(absent)))
    return " ".join([*told, say("referrals.seasons_no_range")])


def seasons_table(rows: pd.DataFrame) -> Table:
    """Every week, newest first: noted, level, what the season and the rest add."""
    frame = rows.iloc[::-1].reset_index(drop=True)
    absent = frame["count"].isna().tolist()
    return Table([
        Column(say("referrals.weeks_week"), [numbers.iso(day) for day in frame["period"]], "head"),
        Column(say("referrals.weeks_count"), [
            numbers.count(x) if numbers.known(x) else tables.status_word(status)
            for x, status in zip(frame["count"], frame["status"])
        ], "number", words=absent),
        Column(say("referrals.seasons_head_level"), [
            numbers.count(x) if numbers.known(x) else "" for x in frame["level"]], "number"),
        *(Column(say(f"referrals.seasons_head_{name}"), [
            change(1 + x) if numbers.known(x) else "" for x in frame[name]], "number", second=True)
          for name in ("season", "rest")),
    ], frame.drop(columns="reason").rename(columns={"level": "trend"}), say("referrals.seasons_caption"))


def seasons_figure(store: Store) -> Figure:
    """Weeks noted, thin, and the level without the season, thick."""
    rows, title = parted(store), say("referrals.seasons_title")
    if rows.empty or rows["level"].isna().all():
        why = why_none(store)
        if len(rows):
            why = next((x for x in rows["reason"] if x in ("short", "gaps", "sparse")), "short")
        return Figure("seasons", title, "", empty=say(f"referrals.seasons_empty_{why}"),
                      **(about(store) if why != "none" else {}))
    sentence = seasons_sentence(rows)
    bases = referrals.cut(store, referrals.WEEKLY)["basis"].unique().tolist()

    draw = kept.chart(
        lambda dark: trends.levels(rows, simulated="simulated" in bases, dark=dark), key="seasons",
        alt=figure.alt_of(sentence, say("referrals.seasons_alt")),
    )
    return Figure(
        "seasons", title, sentence, draw=draw, table=seasons_table(rows), bases=["modelled", *bases],
        name=("city", "week"), **about(store, referrals.WEEKLY, method=say("referrals.seasons_method")),
    )
