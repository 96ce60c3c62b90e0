"""One area beside its borough, the city and the areas most like it: what is compared, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import pandas as pd
import streamlit as st

from indicators import INDICATOR, ranks
from indicators.spec import Indicator
from loaders.store import Store
from views import maps, numbers, sentences
from views.city import ASKED, reach_of, year_pair
from views.sentences import Comparison
from views.words import language, local

NEED, FAR = INDICATOR["food_insecurity"], INDICATOR["need_out_of_reach"]
SURE = INDICATOR["worst_fifth"]
__all__ = ["ASKED", "FAR", "MEASURES", "NEED", "SURE", "Area", "Line", "known", "of", "shown_first"]

# What is compared, in the order of the page: need, help, requests, who lives there.
MEASURES = tuple(INDICATOR[name] for name in (
    "food_insecurity", "below_mbm", "low_income_lim", "need_out_of_reach", "nearest_food_aid", "coverage_gap",
    "referrals_per_1000", "recent_immigrants", "seniors_65plus",
))
GONE = pd.Series({
    "numerator": None, "denominator": None, "value": None, "low": None, "high": None, "status": "missing",
    "basis": None, "reason": "not_published",
}, dtype="object")  # or None would become NaN


@dataclass(frozen=True)
class Line:
    """One measure: every area of the level, then the area's own row, its borough's, the city's, its peers'.

    Rows hold the result shape; `borough` and `city` are None where there is no such row. `peers` are the rows of the
    similar areas that have a value, nearest first.
    """

    indicator: Indicator
    setting: str
    frame: pd.DataFrame
    own: pd.Series
    borough: pd.Series | None
    city: pd.Series | None
    peers: pd.DataFrame

    @property
    def known(self) -> bool:
        """Whether the area itself has a value."""
        return known(self.own)

    def against(self, other: pd.Series | None) -> Comparison | None:
        """Surely more, surely less, or unclear; None where either has no value or no range of doubt."""
        return sentences.compare(self.own, other, self.indicator.unit) if other is not None and self.known else None

    @cached_property
    def middle(self) -> float | None:
        """The middle value of the similar areas; None where none has a value."""
        return float(self.peers["value"].median()) if len(self.peers) else None

    @cached_property
    def rank(self) -> tuple[int, int, int] | None:
        """Best and worst place the area may hold, 1 = most, and of how many; None where ranges do not tell doubt."""
        if self.indicator.unit in numbers.SPREAD_UNITS or self.indicator.direction != "more_is_worse":
            return None
        ok = self.frame[(self.frame["status"] == "ok") & self.frame[["value", "low", "high"]].notna().all(axis=1)]
        if len(ok) < 2 or self.own.get("area_id") not in set(ok["area_id"]):
            return None
        places = ranks.likely_ranks(ok.set_index("area_id")[["low", "high"]]).loc[self.own["area_id"]]
        return int(places["rank_best"]), int(places["rank_worst"]), len(ok)


@dataclass(frozen=True)
class Area:
    """An area and what it is compared with; `peers`: peer_id, rank, distance and name; empty where not compared."""

    store: Store
    row: pd.Series
    borough: pd.Series | None
    city: pd.Series | None
    peers: pd.DataFrame
    alone: str = ""  # why there are no peers: the reason in the file
    lines: list[Line] = field(default_factory=list)

    @property
    def id(self) -> str:
        """area_id."""
        return str(self.row["area_id"])

    @property
    def level(self) -> str:
        """The area's level."""
        return str(self.row["level"])

    @property
    def name(self) -> str:
        """The area's name in the reader's language."""
        return local(self.row["name_fr"], self.row["name_en"])

    def line(self, indicator: Indicator) -> Line | None:
        """The line of one measure, or None where the level does not have it."""
        return next((line for line in self.lines if line.indicator.id == indicator.id), None)

    @cached_property
    def bases(self) -> list[str]:
        """Bases of the numbers shown."""
        return list(dict.fromkeys(str(line.own["basis"]) for line in self.lines if pd.notna(line.own["basis"])))

    @cached_property
    def requests(self) -> pd.Series | None:
        """Requests of twelve months: now, before, ratio, low, high, verdict; None where nothing is published."""
        pair = year_pair(self.store, self.level)
        return cast("pd.Series", pair.loc[self.id]) if self.id in pair.index else None

    @cached_property
    def peer_requests(self) -> pd.DataFrame:
        """`requests` of the similar areas, by peer_id in their order; only where both years are known."""
        pair = year_pair(self.store, self.level)
        rows = pair.reindex([name for name in self.peers["peer_id"] if name in pair.index])
        return rows[rows["ratio"].notna()]

    @cached_property
    def sure(self) -> pd.Series | None:
        """The row of the chance of being among the fifth with most people in need; None where it is not known."""
        rows = _rows(self.store, SURE, self.level, "")
        own = _own(rows, self.id)
        return own if known(own) else None


def known(row: pd.Series | Any) -> bool:
    """Whether a row of the result shape has a value."""
    return row["status"] == "ok" and numbers.known(row["value"])


def of(store: Store, area_id: str) -> Area | None:
    """An area with everything it is compared with; None where this version does not know it, or it is the city.

    Cached for a version and a language: read it only.
    """
    return _of(store.edition, store.version, area_id, language(), store)


@st.cache_resource(max_entries=128, show_spinner=False)
def _of(edition: str, version: str, area_id: str, spoken: str, _store: Store) -> Area | None:  # noqa: ARG001  cache key
    store = _store
    row = store.area(area_id)
    if row is None or row["level"] in ("city", "block"):
        return None
    above = store.within(area_id)
    borough = store.area(above["borough"]) if "borough" in above and row["level"] != "borough" else None
    cities = store.areas("city")
    city = cities.iloc[0] if len(cities) else None
    peers = store.similar(area_id)
    reasons = peers.loc[peers["peer_id"].isna(), "reason"].dropna()
    named = maps.names(store, str(row["level"])).set_index("area_id")["name"]
    peers = peers[peers["peer_id"].notna()].reset_index(drop=True)
    peers["name"] = peers["peer_id"].map(named)
    area = Area(store, row, borough, city, peers, str(reasons.iloc[0]) if len(reasons) else "")
    offered = set(store.offered(area.level))
    area.lines.extend(_line(area, indicator) for indicator in MEASURES if indicator.id in offered)
    return area


def _line(area: Area, indicator: Indicator) -> Line:
    store = area.store
    setting = reach_of(store) if indicator.setting == "reach_m" else ""
    frame = _rows(store, indicator, area.level, setting)
    own = _own(frame, area.id)
    borough = city = None
    if area.borough is not None:
        borough = _one(_rows(store, indicator, "borough", setting), str(area.borough["area_id"]))
    if area.city is not None:
        city = _one(_rows(store, indicator, "city", setting), str(area.city["area_id"]))
    held = frame[(frame["status"] == "ok") & frame["value"].notna()].set_index("area_id")
    peers = held.loc[[name for name in area.peers["peer_id"] if name in held.index]]
    return Line(indicator, setting, frame, own, borough, city, peers)


def _rows(store: Store, indicator: Indicator, level: str, setting: str) -> pd.DataFrame:
    return _held(store.edition, store.version, indicator.id, level, setting, store)


@st.cache_resource(max_entries=256, show_spinner=False)
def _held(edition: str, version: str, name: str, level: str, setting: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return _store.indicator(name, level, setting)


def _one(frame: pd.DataFrame, area_id: str) -> pd.Series | None:
    found = frame[frame["area_id"] == area_id]
    return None if found.empty else found.iloc[0]


def _own(frame: pd.DataFrame, area_id: str) -> pd.Series:
    found = _one(frame, area_id)
    return found if found is not None else pd.concat([pd.Series({"area_id": area_id}), GONE])


def shown_first(area: Area) -> Line | None:
    """The measure a map of the area shows: the first with a value there, else the first of all."""
    return next((line for line in area.lines if line.known), area.lines[0] if area.lines else None)
