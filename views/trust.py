"""Can we trust the listing? How it ages, which entries to verify first, what changed, what it may lack."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import INDICATOR, freshness
from indicators.rates import rate
from loaders.store import Store
from views import numbers, services
from views.tables import Column, Table, by_name, records
from views.words import known, language, say

PRIORITY, UNLISTED = INDICATOR["verification_priority"], INDICATOR["unlisted_places"]


# --- how it ages ------------------------------------------------------------------------------------------


def half_life(store: Store) -> dict[str, float]:
    """Days after which half of the listings are taken to have changed, as this version was built: low, value, high."""
    return store.settings["settings"].get("listing_half_life_days") or freshness.HALF_LIFE


def ages(frame: pd.DataFrame) -> pd.DataFrame:
    """Services by class of age, most recent first: `fresh`, `count`, `share` [0 to 1]. `frame`: rows of the listing."""
    each = frame.drop_duplicates("service_id")
    counts = each["fresh"].value_counts().reindex(list(services.CLASSES), fill_value=0)
    out = counts.rename_axis("fresh").reset_index(name="count")
    return out.assign(share=rate(out["count"], pd.Series(len(each), index=out.index)).fillna(0.0))


def holding(frame: pd.DataFrame, days: dict[str, float]) -> tuple[float, float]:
    """Fewest and most listings that likely still hold, by half-life [days]; one never verified counts 0, then 1."""
    each = frame.drop_duplicates("service_id")[["service_id", "form", "age_days"]]
    valid = freshness.still_valid(each, freshness.declared_rates(days))
    return float(valid["low"].sum()), float(valid["high"].sum())


def chance_at(age: float, days: dict[str, float]) -> tuple[float, float]:
    """Lowest and highest chance [0 to 1] that a listing of this age still holds."""
    one = pd.DataFrame({"service_id": ["x"], "form": [""], "age_days": [float(age)]})
    row = freshness.still_valid(one, freshness.declared_rates(days)).iloc[0]
    return float(row["low"]), float(row["high"])


def ages_table(rows: pd.DataFrame, basis: str) -> Table:
    """Classes of age with their counts and shares."""
    shown = [f"{services.CLASSES[name]} {say(f'services.age_{name}')}" for name in rows["fresh"]]
    columns = [
        Column(say("services.age"), shown, "head"),
        Column(say("services.count"), [numbers.count(n) for n in rows["count"]], "number"),
        Column(say("services.share"), [numbers.percent(x) for x in rows["share"]], "number"),
    ]
    return Table(columns, rows.assign(basis=basis), say("table.caption", title=say("services.ages_title")))


# --- whom to call first -----------------------------------------------------------------------------------


def calls(store: Store, frame: pd.DataFrame) -> pd.DataFrame:
    """Listings to verify, most urgent first: columns of `Store.service_values` and of `services.rows`.

    Kept to the services of `frame`; one row a service, its first place. Rank is that of the whole listing.
    """
    ranked = store.service_values(PRIORITY.id)
    listed = frame.drop_duplicates("service_id").drop(columns=["basis"])
    return ranked[ranked["rank"].notna()].merge(listed, on="service_id", validate="1:1").reset_index(drop=True)


def calls_table(rows: pd.DataFrame) -> Table:
    """Rank, service, phone where the listing publishes one, why, and the people who may be misdirected."""
    value = [
        numbers.people(row.value) if row.status == "ok" else (numbers.people_span(row.low, row.high) or "")
        for row in records(rows)
    ]
    spans = [
        (numbers.people_span(row.low, row.high) or "") if row.status == "ok" else say(f"reason.{row.reason}")
        for row in records(rows)
    ]
    told = [isinstance(x, str) and bool(x) for x in rows["phone"]]
    phones = [x if known_ else say("services.no_phone") for x, known_ in zip(rows["phone"], told)]
    under = [x if isinstance(x, str) and x else "" for x in rows["address"]]
    columns = [
        Column(say("services.rank"), [numbers.count(n) for n in rows["rank"]], "number"),
        Column(say("services.service"), rows["name"].tolist(), "head", under=under, under_name=say("services.address")),
        *([Column(say("services.phone"), phones, "text")] if any(told) else []),  # a column of noes says nothing
        Column(say("services.why"),
               [f"{services.CLASSES[n]} {w}" for n, w in zip(rows["fresh"], rows["fresh_words"])], "text"),
        Column(say("services.misled"), value, "number"),
        Column(say("services.misled_span"), spans, "number", second=True, words=rows["status"].ne("ok").tolist()),
        Column(say("services.depend"), [numbers.people(n) if numbers.known(n) else say("status.missing")
                                        for n in rows["denominator"]], "number", second=True),
    ]
    keep = ["rank", "service_id", "name", "organization", "address", "phone", "assured_date", "last_modified", "as_of",
            "age_days", "value", "low", "high", "denominator", "status", "reason", "basis"]
    return Table(columns, rows[keep], say("table.caption", title=say("services.calls_title")))


# --- what changed -----------------------------------------------------------------------------------------


def changes(store: Store, earlier: Store) -> pd.DataFrame:
    """What changed in the listing since an earlier version: columns of `vintages.compare`, plus `what` [our kinds].

    `what`: gone, new, closed and reopened [the state changed], renamed [a proposal], verified [only dates of
    verification or saving moved], edited. Cached: do not change it in place.
    """
    return _changes(store.edition, earlier.version, store.version, earlier, store)


@st.cache_resource(max_entries=8, show_spinner=False)
def _changes(edition: str, before: str, after: str, _earlier: Store, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return sorted_out(_store.listing_changes(_earlier))


_ORDER = ("closed", "gone", "reopened", "new", "renamed", "edited", "verified")
_DATES = ("assured_date", "last_modified", "verifier")


def sorted_out(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of `vintages.compare` with `what`, closures first; see `changes`."""
    kind = found["change"].map({"closed": "gone", "opened": "new", "renamed": "renamed", "changed": "edited"})
    state = (found["change"] == "changed") & (found["field"] == "status")
    again = found["after"] == "active"
    kind = kind.mask(state & again, "reopened").mask(state & ~again, "closed")
    kind = kind.mask((found["change"] == "changed") & found["field"].isin(_DATES), "verified")
    out = found.assign(what=pd.Categorical(kind, categories=_ORDER, ordered=True))
    out = out.sort_values(["what", "name", "field"], kind="stable", ignore_index=True)
    return out.assign(what=out["what"].astype("str"))


def tally(found: pd.DataFrame) -> dict[str, int]:
    """How many services had each kind of change: one changed in three fields counts once."""
    ids = found["after_id"].fillna(found["before_id"])
    return {what: int(ids[found["what"] == what].nunique()) for what in _ORDER}


def changes_table(found: pd.DataFrame) -> Table:
    """One row a change: what happened, to which service, which field, before and after in words."""
    columns = [
        Column(say("services.service"), found["name"].astype("str").tolist(), "head"),
        Column(say("services.change"), [say(f"services.change_{x}") for x in found["what"]], "text"),
        Column(say("services.field"), [field_words(x) for x in found["field"]], "text", second=True),
        Column(say("services.before"), [_cell(f, x) for f, x in zip(found["field"], found["before"])], "text"),
        Column(say("services.after"), [_cell(f, x) for f, x in zip(found["field"], found["after"])], "text",
               under=[x if isinstance(x, str) else "" for x in found[f"why_{language()}"]]),
    ]
    return Table(columns, found, say("table.caption", title=say("services.changes_title")))


def field_words(field: object) -> str:
    """A column of the listing in words; its own name where it has none, “” where the change is of the whole entry."""
    if not isinstance(field, str) or not field:
        return ""
    return say(f"services.field_{field}") if known(f"services.field_{field}") else field


def _cell(field: object, text: object) -> str:
    if not isinstance(field, str) or not field:
        return ""
    if not isinstance(text, str) or not text:
        return say("services.blank")
    if field == "status":
        return services.state_words(text, None)
    if field == "capacity":
        return services.room(float(text))
    if field == "form":
        return services.what("", text)
    return services.tongues(text) if field == "languages" else text


# --- what the source says happened ------------------------------------------------------------------------


def events_table(events: pd.DataFrame) -> Table:
    """Dated openings, closures, reductions and resumptions, newest first."""
    events = events.reset_index(drop=True)
    columns = [
        Column(say("services.service"), events["name"].tolist(), "head"),
        Column(say("services.event"), [say(f"services.event_{x}") for x in events["event"]], "text"),
        Column(say("services.date"), [numbers.iso(pd.Timestamp(x)) for x in events["date"]], "number"),
    ]
    return Table(columns, events, say("table.caption", title=say("services.events_title")))


# --- what it may lack -------------------------------------------------------------------------------------


def compared(store: Store) -> dict[str, str]:
    """dataset_id of the `register` and the `listing` this version compares; empty where it compares none."""
    return store.settings["settings"].get("reconcile") or {}


def unlisted(store: Store) -> pd.DataFrame:
    """Places of the register and whether the listing has them: `found` of `freshness.reconcile`, name, address, basis.

    One row a place of the register, alphabetical. Cached: do not change it in place.
    """
    return _unlisted(store.edition, store.version, store)


@st.cache_resource(max_entries=8, show_spinner=False)
def _unlisted(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    asked = compared(_store)
    every = _store.services()
    every = every.assign(id=every["service_id"] + ("@" + every["location_id"]).fillna(""))
    register, listing = (every[every["dataset_id"] == asked[name]] for name in ("register", "listing"))
    found = freshness.reconcile(register[["id", "name", "lon", "lat"]], listing[["id", "name", "lon", "lat"]])
    named = register[["id", "name", "address", "kind", "form", "basis"]].rename(columns={"id": "register_id"})
    out = found[found["register_id"].notna()].merge(named, on="register_id", validate="1:1")
    return by_name(out, "name").reset_index(drop=True)


def unlisted_table(found: pd.DataFrame) -> Table:
    """The places only the register has, and those that could not be looked for."""
    rows = found[found["found"] != "matched"].reset_index(drop=True)
    under = [x if isinstance(x, str) and x else say("services.no_address") for x in rows["address"]]
    columns = [
        Column(say("services.place"), rows["name"].tolist(), "head", under=under, under_name=say("services.address")),
        Column(say("services.kind"), [services.what(k, f) for k, f in zip(rows["kind"], rows["form"])], "text"),
        Column(say("services.found"), [say(f"services.found_{x}") for x in rows["found"]], "text"),
    ]
    keep = ["register_id", "name", "address", "kind", "form", "found", "basis"]
    return Table(columns, rows[keep], say("table.caption", title=say("services.unlisted_title")))
