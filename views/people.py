"""How many different people are behind the counts: ranges by month, area and unit, and an example worked live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from indicators import INDICATOR, disclosure, reach
from loaders.store import Store
from views import numbers
from views.city import city, city_row
from views.words import local, plural, say

REACHED, NEED = INDICATOR["people_reached"], INDICATOR["food_insecurity"]
_SENT = "/sent"


# --- counts and ranges of a version -----------------------------------------------------------------------


@dataclass(frozen=True)
class Range:
    """Fewest and most different people (or households); `top` is over those who sent a count, `open` if one did not."""

    low: float
    top: float
    open: bool

    @property
    def exact(self) -> bool:
        """Whether only one number is possible."""
        return not self.open and self.low == self.top


def counts(store: Store) -> pd.DataFrame:
    """What organizations counted, as `Store.clients` gives it."""
    return _counts(store.edition, store.version, store)


@st.cache_data(max_entries=8, show_spinner=False)
def _counts(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return _store.clients()


def units(clients: pd.DataFrame) -> list[str]:
    """Units that some organization counts in, in one stated order."""
    return [unit for unit in reach.UNITS if unit in set(clients["unit"])]


def months(clients: pd.DataFrame, unit: str) -> list[str]:
    """Months with a row in this unit, newest first."""
    return sorted(clients.loc[clients["unit"] == unit, "period"].unique(), reverse=True)


def month_words(period: str) -> str:
    """« octobre 2026 » for 2026-10."""
    return numbers.month(pd.Timestamp(f"{period}-01"))


def ranges(store: Store, unit: str) -> pd.DataFrame:
    """area_id, period, low, top, open, status, basis of a unit that can be bounded, over every level."""
    return _ranges(store.edition, store.version, unit, store)


@st.cache_data(max_entries=32, show_spinner=False)
def _ranges(edition: str, version: str, unit: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    rows = _store.groups(REACHED.id)
    keys = ["area_id", "period"]
    whole, sent = rows[rows["grp"] == unit], rows.loc[rows["grp"] == unit + _SENT, [*keys, "high"]]
    out = whole.merge(sent.rename(columns={"high": "sent"}), on=keys, how="left")
    out["open"] = out["high"].isna() & out["low"].notna()
    out["top"] = out["high"].fillna(out["sent"])
    return out[[*keys, "low", "top", "open", "status", "basis"]].sort_values(keys, ignore_index=True)


def of_city(store: Store, found: pd.DataFrame, period: str) -> Range | None:
    """The city's range in one month, or None where nobody sent a count that can be bounded."""
    whole = city(store)
    if whole is None:
        return None
    row = found[(found["area_id"] == whole["area_id"]) & (found["period"] == period)]
    if row.empty or row[["low", "top"]].isna().any(axis=None):
        return None
    return Range(float(row["low"].iloc[0]), float(row["top"].iloc[0]), bool(row["open"].iloc[0]))


@dataclass(frozen=True)
class Total:
    """What the counts sent in one month add up to: as published, and the least and most they stood for before."""

    shown: float
    low: float
    high: float


def total(rows: pd.DataFrame, settings: dict[str, Any]) -> Total | None:
    """The sum of the counts of one unit and month; None where none is published. A hidden one is 1 to `smallest` − 1:
    counts of organizations are controlled one by one."""
    sent = rows[rows["status"].isin(["ok", "suppressed"])]
    if not sent["count"].notna().any():
        return None
    limits = disclosure.ranges_of(sent, int(settings["smallest"]), int(settings["base"]))
    hidden = sent["status"] == "suppressed"
    low, high = limits["low"].mask(hidden, 1.0), limits["high"].mask(hidden, settings["smallest"] - 1.0)
    return Total(float(sent["count"].sum()), float(low.sum()), float(high.sum()))


def from_visits(clients: pd.DataFrame, period: str, fewest: int, most: int, settings: dict[str, Any]) -> Range | None:
    """The people that one month's visits may stand for, if a person makes from `fewest` to `most` of them."""
    rows = clients[(clients["unit"] == "visits") & (clients["period"] == period)].assign(area_id="city")
    if rows.empty:
        return None
    people = reach.people_from_visits(rows, (fewest, most), settings["smallest"], settings["base"])
    found = reach.people_reached(people, smallest=settings["smallest"], base=settings["base"]).iloc[0]
    if not numbers.known(found["high_told"]):
        return None
    return Range(np.ceil(found["low"]), np.floor(found["high_told"]), not numbers.known(found["high"]))


def eligible(store: Store, unit: str) -> dict[str, float]:
    """Who the independence reference may be drawn among, by name: estimated need and residents, or households."""
    whole = city(store)
    if whole is None:
        return {}
    if unit == "households":
        found = {"households": whole["households"]}
    else:
        need = city_row(store, NEED.id)
        found = {"need": np.nan if need is None else need["numerator"], "residents": whole["population"]}
    return {name: float(n) for name, n in found.items() if numbers.known(n) and n > 0}


def independent(store: Store, unit: str, period: str, everyone: float, inside: Range) -> float | None:
    """Different people if going to one place changed nothing to going to another; None where `inside` refutes it."""
    value = _independent(store.edition, store.version, unit, period, everyone, store)
    return value if value is not None and inside.low <= value <= inside.top else None


@st.cache_data(max_entries=256, show_spinner=False)
def _independent(
    edition: str, version: str, unit: str, period: str, everyone: float, _store: Store,  # noqa: ARG001  cache key
) -> float | None:
    rows = counts(_store)
    rows = rows[(rows["unit"] == unit) & (rows["period"] == period) & (rows["status"] == "ok")]
    if rows.empty or unit not in reach.COUNTED or rows["count"].max() > everyone:
        return None
    alone = reach.people_reached(rows.assign(area_id="city"), pd.Series({"city": everyone}))
    return float(alone["value"].iloc[0]) if numbers.known(alone["value"].iloc[0]) else None


def silent(clients: pd.DataFrame, unit: str, period: str) -> int:
    """Organizations that count in this unit and sent nothing for this month."""
    return int(((clients["unit"] == unit) & (clients["period"] == period) & (clients["status"] == "missing")).sum())


def never(store: Store, clients: pd.DataFrame) -> pd.DataFrame:
    """Organizations of the listing that have never sent a count: organization_id, name, basis."""
    listed = _listed(store.edition, store.version, store)
    return listed[~listed["organization_id"].isin(clients["organization_id"])].reset_index(drop=True)


@st.cache_data(max_entries=8, show_spinner=False)
def _listed(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return _store.organizations(str(_store.setting("food_kind")))


def by_area(store: Store, level: str, found: pd.DataFrame, period: str) -> pd.DataFrame:
    """Every area of a level with its range in one month; `status` is `missing` where no organization sent a count."""
    areas = store.areas(level)
    rows = areas.merge(found[found["period"] == period], on="area_id", how="left")
    rows["name"] = rows[local("name_fr", "name_en")]
    rows["status"] = rows["status"].fillna("missing")
    rows["open"] = rows["open"].eq(True)
    return rows[["area_id", "name", "low", "top", "open", "status", "basis"]]


def sent(store: Store, clients: pd.DataFrame, period: str) -> pd.DataFrame:
    """Who sent what for one month, by unit then name: organization, name, unit, count, status; `never` sent at all."""
    rows = clients[clients["period"] == period][["organization_id", "name", "unit", "count", "status", "basis"]]
    none = never(store, clients).assign(unit="", count=np.nan, status="never")
    rows = rows.assign(count=rows["count"].astype("float64"))
    return pd.concat([rows, none[rows.columns]], ignore_index=True) if len(none) else rows.reset_index(drop=True)


# --- words of a range -------------------------------------------------------------------------------------


def span(low: float, top: float) -> str:
    """« de 50 à 150 », or the one number there can be: counts and their limits are exact, never rounded."""
    first, last = numbers.count(low), numbers.count(top)
    return last if first == last else say("number.span", low=first, high=last)


def between(found: Range, unit: str) -> str:
    """« entre 50 et 150 personnes »; « exactement 50 personnes » where only one number is possible."""
    noun = plural(f"people_served.noun_{unit}", found.top, n="").strip()
    if found.exact:
        return say("people_served.exactly", n=numbers.count(found.top), noun=noun)
    if found.open:
        return say("people_served.between_open", low=numbers.count(found.low), high=numbers.count(found.top), noun=noun)
    return say("people_served.between", low=numbers.count(found.low), high=numbers.count(found.top), noun=noun)
