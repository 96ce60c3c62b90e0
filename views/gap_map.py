"""What the gap map offers and says: views by level, the values of a map, what a change of level could not place."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from indicators import INDICATOR, MAPPED
from indicators.rates import rate, share
from indicators.spec import Indicator
from loaders.store import Store
from views import classes, hours, legends, mapfiles, numbers, outside, pairs
from views.classes import Breaks
from views.tables import Column
from views.words import language, local, say

KINDS = ("food_aid", "market", "garden", "grocery", "community_organization")
# One indicator, need against distance, or one hour of the week.
SHOWS = ("one", "pair", "hours")


@dataclass(frozen=True)
class Offer:
    """What an edition can draw: the levels of each view, the indicators of each level."""

    levels: dict[str, list[str]]
    indicators: dict[str, list[str]]

    def shows(self) -> list[str]:
        """The views that have a level."""
        return [show for show in SHOWS if self.levels[show]]


def offer(store: Store) -> Offer:
    """What can be drawn of this version."""
    return _offer(store.edition, store.version, store)


@st.cache_data(max_entries=16, show_spinner=False)
def _offer(edition: str, version: str, _store: Store) -> Offer:  # noqa: ARG001  cache key
    levels = [level for level in _store.levels() if level != "city"]
    here = {level: set(_store.offered(level)) for level in levels}
    return Offer(
        {
            "one": levels, "pair": [level for level in levels if pairs.offered(_store, level)],
            "hours": [level for level in _store.hourly(hours.OPEN.id) if level != "city"],
        },
        {level: [i.id for i in MAPPED if i.id in here[level]] for level in levels},
    )


@dataclass(frozen=True)
class Values:
    """One indicator over a level: `frame` of the result shape with name and place, `city` its row there, or None."""

    frame: pd.DataFrame
    city: pd.Series | None


def values(store: Store, indicator: Indicator, level: str, setting: str) -> Values:
    """The values of one map. Cached: read them only."""
    return _values(store.edition, store.version, indicator.id, level, setting, language(), store)


@st.cache_resource(max_entries=256, show_spinner=False)
def _values(
    edition: str, version: str, name: str, level: str, setting: str, spoken: str, _store: Store,  # noqa: ARG001  cache key
) -> Values:
    frame = outside.of_level(_store, INDICATOR[name], level, setting)
    frame = frame.merge(mapfiles.names(_store, level)[["area_id", "name", "place"]])
    cities = outside.of_level(_store, INDICATOR[name], "city", setting)
    return Values(frame, cities.iloc[0] if len(cities) else None)


def breaks(store: Store, indicator: Indicator, level: str, setting: str, method: str) -> Breaks:
    """Where the classes of one map are cut."""
    if method == "fixed":
        return indicator.breaks
    return _breaks(store.edition, store.version, indicator.id, level, setting, method, store, indicator)


@st.cache_data(max_entries=512, show_spinner=False)
def _breaks(
    edition: str, version: str, name: str, level: str, setting: str, method: str,  # noqa: ARG001  cache key
    _store: Store, _indicator: Indicator,
) -> Breaks:
    frame = values(_store, _indicator, level, setting).frame
    ok = frame[(frame["status"] == "ok") & frame["value"].notna()]
    return classes.breaks_of(_indicator, ok["value"], method)


def class_column(frame: pd.DataFrame, indicator: Indicator, cut: Breaks) -> Column:
    """The class of each row in the words of the key; empty where there is no value."""
    words = legends.class_words(indicator, frame["value"].where(frame["status"] == "ok"), cut)
    return Column(say("table.class"), words, second=True)


def with_class(frame: pd.DataFrame, indicator: Indicator, cut: Breaks) -> pd.DataFrame:
    """`frame` with `class` for exports: 0 for zero, 1 for the lowest; empty where there is no value."""
    ok = frame[(frame["status"] == "ok") & frame["value"].notna()]
    found = classes.classes_of(indicator, ok["value"], cut)
    return frame.assign(**{"class": found.reindex(frame.index).astype("Int64")})


# --- places and levels ------------------------------------------------------------------------------------


def statuses(store: Store) -> dict[str, pd.Series]:
    """Status of each place that can be drawn, by kind, kinds without any left aside."""
    found = {kind: mapfiles.shown_services(store, kind)["service_status"] for kind in KINDS}
    return {kind: rows for kind, rows in found.items() if len(rows)}


def placed(store: Store, level: str) -> str:
    """How many residents the change to a level could place: the worst of the changes made, and why where some are left.

    Homes left out before any level (blocks outside every limit) are told too.
    """
    return _placed(store.edition, store.version, level, language(), store)


@st.cache_data(max_entries=64, show_spinner=False)
def _placed(edition: str, version: str, level: str, spoken: str, _store: Store) -> str:  # noqa: ARG001  cache key
    rows, levels = _store.crosswalks(), _store.levels()
    finer = ["demand_point", *levels[:levels.index(level)]]
    here = rows[(rows["parent_level"] == level) & rows["child_level"].isin(finer)]
    lost = rows[(rows["child_level"] == "block") & (rows["unplaced"] > 0)]
    if here.empty:
        return ""
    worst = here.iloc[int(rate(here["unplaced"], here["population"]).fillna(0).to_numpy().argmax())]
    told = [say(
        "gap_map.placed", placed=numbers.count(worst["placed"]), total=numbers.count(worst["population"]),
        share=numbers.percent(share(worst["placed"], worst["population"]), 2),
    )]
    reasons = pd.concat([here[here["unplaced"] > 0], lost])[["reason_fr", "reason_en"]].drop_duplicates()
    told += [local(fr, en) for fr, en in reasons.itertuples(index=False) if isinstance(fr, str)]
    return " ".join(told)
