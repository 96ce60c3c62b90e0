"""The listing as people read it: one row a service and place, in words, and which rows the filters keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
import streamlit as st
from babel import Locale

from indicators.access import cost_matrix
from loaders.store import Store
from views import numbers, timetable
from views.tables import folded
from views.words import cap, known, language, local, plural, say

# Ages [days] where a listing passes from verified recently to a while ago, and to long ago; glyph of each class.
RECENT, LONG_AGO = 183, 365
CLASSES = {"recent": "●", "while": "◐", "long": "○", "never": "?"}
# HSDS words -> which states a filter keeps.
STATES = {"listed": ("active", "temporarily closed"), "active": ("active",), "all": ()}
WHO = ("none", "area", "text")


@dataclass(frozen=True)
class Asked:
    """What the filters ask for; “” asks for nothing. `at` [HH:MM] counts only with a `day` [MO to SU]."""

    text: str = ""
    kind: str = ""
    form: str = ""
    tongue: str = ""
    who: str = ""
    day: str = ""
    at: str = ""
    state: str = "listed"
    area: str = ""
    within: str = "inside"

    def lasting(self) -> Asked:
        """The same without what is asked of one moment or one name: what the figures on trust follow."""
        return replace(self, text="", day="", at="")


# --- rows -------------------------------------------------------------------------------------------------


def rows(store: Store) -> pd.DataFrame:
    """Every service and place in the reader's words, by name. Cached: do not change it in place.

    Columns of `Store.services`, plus `what`, `week` [hours in words, as published, or “”], `tongues`, `who` [one of
    WHO], `who_words`, `state`, `room` [capacity in words], `age_days` [since a person confirmed it, to the day the
    listing was obtained; NaN = never], `fresh` [key of CLASSES], `fresh_words`, `as_of`, `searched`.
    """
    return _rows(store.edition, store.version, language(), store)


@st.cache_resource(max_entries=16, show_spinner=False)
def _rows(edition: str, version: str, spoken: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return written(_store.services(), _store.schedule(), _store.service_areas(), _store.datasets())


def schedule(store: Store) -> pd.DataFrame:
    """`Store.schedule`, cached: do not change it in place."""
    return _schedule(store.edition, store.version, store)


@st.cache_resource(max_entries=8, show_spinner=False)
def _schedule(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return _store.schedule()


def written(
    services: pd.DataFrame, schedule: pd.DataFrame, areas: pd.DataFrame, datasets: pd.DataFrame,
) -> pd.DataFrame:
    """See `rows`; the frames are those of the store's methods of the same names."""
    out = services.copy()
    week = {
        name: timetable.in_words(list(own[["byday", "opens_at", "closes_at"]].itertuples(index=False, name=None)))
        for name, own in schedule.groupby("service_id", sort=False)
    }
    published = out["hours"].fillna("").astype("str").str.strip()
    out["week"] = out["service_id"].map(week).fillna("")
    out["week"] = out["week"].where(out["week"] != "", published)
    out["what"] = [what(kind, form) for kind, form in zip(out["kind"], out["form"])]
    out["tongues"] = [tongues(codes) for codes in out["languages"]]
    ours = areas.assign(told=areas[local("name_fr", "name_en")].fillna(areas["name"]))
    only = ours.groupby("service_id")["told"].agg(lambda names: ", ".join(dict.fromkeys(names.astype("str"))))
    place, rule = out["service_id"].map(only), out["eligibility"].fillna("").astype("str").str.strip()
    out["who"] = np.select([rule != "", place.notna()], ["text", "area"], "none")
    out["who_words"] = [who_words(text, area) for text, area in zip(rule, place)]
    out["state"] = [state_words(status, refer) for status, refer in zip(out["service_status"], out["referable"])]
    out["room"] = [room(capacity) for capacity in out["capacity"]]
    out["as_of"] = as_of(out, datasets)
    out["age_days"] = (out["as_of"] - pd.to_datetime(out["assured_date"])).dt.days.astype("float64")
    out["fresh"] = [freshness_class(days) for days in out["age_days"]]
    out["fresh_words"] = [fresh_words(days, when) for days, when in zip(out["age_days"], out["assured_date"])]
    told = out[["name", "organization", "what", "address", "tongues", "eligibility", "description"]]
    out["searched"] = [
        folded(" ".join(text for text in cells if isinstance(text, str)))
        for cells in told.itertuples(index=False, name=None)
    ]
    out["_order"] = out["name"].map(folded)
    out["_nameless"] = out["_order"] == ""  # last: a list that begins with dashes reads as broken
    ordered = out.sort_values(["_nameless", "_order", "service_id", "location_id"], ignore_index=True)
    return ordered.drop(columns=["_order", "_nameless"])


def as_of(services: pd.DataFrame, datasets: pd.DataFrame) -> pd.Series:
    """Day to which each listing's age is counted, as the build counts it: the one its source was obtained.

    Where that is not known, or comes before, the latest day someone saved or confirmed a record of the source: never
    today's clock, so that one version always shows the same ages.
    """
    got = services["dataset_id"].map(datasets.set_index("dataset_id")["retrieved"])
    seen = services.assign(
        saved=pd.to_datetime(services["last_modified"]), sure=pd.to_datetime(services["assured_date"])
    ).groupby("dataset_id")
    day = pd.to_datetime(got).fillna(seen["saved"].transform("max"))
    return pd.concat([day, seen["sure"].transform("max")], axis=1).max(axis=1)


def what(kind: str, form: object) -> str:
    """What is offered: the form where it has words, else the kind."""
    if isinstance(form, str) and form:
        return say(f"form.{form}") if known(f"form.{form}") else cap(form.replace("_", " "))
    return say(f"kind.{kind}")


def tongues(codes: object) -> str:
    """Languages in words, in the order given; “” where none is told."""
    if not isinstance(codes, str):
        return ""
    told = [tongue(code.strip()) for code in codes.split(",") if code.strip()]
    return ", ".join(told)


def tongue(code: str) -> str:
    """One language in the reader's words: « français », "French"; its code where it has none."""
    return str(Locale(language()).languages.get(code, code))


def who_words(rule: str, place: object) -> str:
    """Whom a service is for: as published, the areas it is for, or that no condition is published."""
    told = [rule] if rule else []
    if isinstance(place, str) and place:
        told.append(say("services.only_area", area=place))
    return " ".join(told) or say("services.no_rule")


def state_words(status: str, referable: object) -> str:
    """The state of a service in words; where the source asks that nobody be sent there, that too."""
    word = say(f"services.state_{status.replace(' ', '_')}")
    return f"{word}. {say('services.no_referral')}" if held_back(referable) else word


def held_back(referable: Any) -> bool:
    """Whether the source says no; silence is not a no."""
    return bool(pd.notna(referable)) and not referable


def room(capacity: object) -> str:
    """Capacity in words; « capacité inconnue » where nobody told it."""
    if not numbers.known(capacity):
        return say("services.room_unknown")
    people = float(capacity)  # type: ignore[arg-type]
    return plural("services.room", people, n=numbers.count(people))


def freshness_class(days: object) -> str:
    """Key of CLASSES for an age [days; NaN = never confirmed]."""
    if not numbers.known(days):
        return "never"
    age = float(days)  # type: ignore[arg-type]
    return "recent" if age < RECENT else "while" if age <= LONG_AGO else "long"


def fresh_words(days: object, when: object) -> str:
    """« Fiche vérifiée il y a 31 jours, le 1er octobre 2026 », or that nobody ever verified it."""
    if not numbers.known(days):
        return say("services.never")
    whole = int(days)  # type: ignore[call-overload]
    day = numbers.day(pd.Timestamp(when).date())  # type: ignore[arg-type]
    return plural("services.verified", whole, n=numbers.count(whole), day=day)


# --- what the filters keep --------------------------------------------------------------------------------


def kept(frame: pd.DataFrame, asked: Asked, schedule: pd.DataFrame, near: frozenset[str] | None) -> pd.DataFrame:
    """The rows that answer every filter, same order. `near`: locations of the area asked for; None = everywhere.

    Someone is open at a moment only if the listing tells hours and the service is active: unknown hours are not open.
    """
    good = pd.Series(True, index=frame.index)
    if asked.text:
        for word in folded(asked.text).split():
            good &= frame["searched"].str.contains(word, regex=False)
    for column, value in (("kind", asked.kind), ("form", asked.form), ("who", asked.who)):
        if value:
            good &= frame[column].fillna("") == value
    if asked.tongue:
        spoken = frame["languages"].fillna("").astype("str")
        good &= pd.Series([asked.tongue in codes.split(",") for codes in spoken], index=frame.index, dtype="bool")
    if STATES[asked.state]:
        good &= frame["service_status"].isin(STATES[asked.state])
    if asked.day:
        day, at = asked.day, asked.at
        moment = timetable.open_at(schedule, day, at) if at else timetable.open_on(schedule, day)
        good &= frame["service_id"].isin(moment) & (frame["service_status"] == "active")
    if near is not None:
        good &= frame["location_id"].isin(near)
    return frame[good]


def near(store: Store, frame: pd.DataFrame, asked: Asked) -> frozenset[str] | None:
    """Locations inside the area asked for, or within a reach of its centre; None where no area is asked for."""
    area = store.area(asked.area) if asked.area else None
    if area is None:
        return None
    places = frame.dropna(subset=["location_id", "lon", "lat"]).drop_duplicates("location_id")
    places = places.set_index("location_id")[["lon", "lat"]]
    limits = store.limits(asked.area)
    if asked.within == "inside":
        if limits is None:
            return frozenset()
        inside = shapely.intersects_xy(shapely.from_wkb(limits), places["lon"].to_numpy(), places["lat"].to_numpy())
        return frozenset(places.index[inside])
    at = centre(area, limits)
    if at is None:
        return frozenset()
    here = pd.DataFrame({"lon": [at[0]], "lat": [at[1]]}, index=pd.Index([asked.area]))
    return frozenset(cost_matrix(here, places, float(asked.within))["destination"].astype("str"))


def centre(area: pd.Series, limits: bytes | None) -> tuple[float, float] | None:
    """lon, lat of where an area's residents live on average; of its limits where nobody lives there."""
    if numbers.known(area["lon"]) and numbers.known(area["lat"]):
        return float(area["lon"]), float(area["lat"])
    if limits is None:
        return None
    middle: Any = shapely.centroid(shapely.from_wkb(limits))
    return float(middle.x), float(middle.y)


def counted(frame: pd.DataFrame) -> int:
    """How many services: one at several places is one."""
    return int(frame["service_id"].nunique())


def untold(frame: pd.DataFrame, asked: Asked, schedule: pd.DataFrame, places: frozenset[str] | None) -> int:
    """Services left out of an answer about a moment only because they never told their hours."""
    if not asked.day:
        return 0
    others = kept(frame, replace(asked, day="", at=""), schedule, places)
    silent = ~others["service_id"].isin(schedule["service_id"]) & (others["service_status"] == "active")
    return counted(others[silent])
