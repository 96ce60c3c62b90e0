"""The figure blocks under the list of services: hours, ageing, calls to make, changes, what may be missing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from indicators import INDICATOR
from indicators.rates import share, weakest
from loaders.store import Store
from views import bars, hours, maps, numbers, services, session, sources, tables, timetable, trust
from views.city import city_row
from views.figure import Figure
from views.services import Asked
from views.tables import Column, Table
from views.words import cap, local, plural, say

OPEN, WEEK, EFFECTIVE = (
    INDICATOR[name] for name in ("open_within_reach", "open_hours_within_reach", "effective_capacity")
)


def about(store: Store, frame: pd.DataFrame) -> dict[str, Any]:
    """What the figures of some services share: bases, source line and plain source."""
    behind = frame["dataset_id"].unique().tolist()
    return {
        "bases": frame["basis"].unique().tolist(), "source": sources.line(store, behind),
        "source_plain": sources.plain(store, behind),
    }


def _selection(frame: pd.DataFrame) -> str:
    count = services.counted(frame)
    return plural("services.selection", count, n=numbers.count(count))


def simulated(frame: pd.DataFrame) -> bool:
    """Whether some of these services are simulated."""
    return "simulated" in set(frame["basis"])


# --- hours ------------------------------------------------------------------------------------------------


def hours_figure(store: Store, frame: pd.DataFrame, schedule: pd.DataFrame, asked: Asked) -> Figure:
    """How many of the kept services are open, hour by hour."""
    title = say("services.hours_title")
    active = frame[frame["service_status"] == "active"]
    ids = pd.Index(active["service_id"].unique())
    counts, silent = timetable.by_hour(ids, schedule)
    shared = about(store, frame)
    if not counts.to_numpy().any():
        none = say("services.hours_none" if len(ids) else "services.no_result")
        return Figure("hours", title, "", empty=none, **shared)
    (day, hour, most), (nobody, daytime) = timetable.busiest(counts), timetable.nobody(counts)
    parts = [
        _selection(active),
        plural("services.hours_best", most, n=numbers.count(most), day=say(f"weekday.{day}"),
               at=numbers.clock(hour)),
        plural("services.hours_nobody", nobody, n=numbers.count(nobody), all=numbers.count(daytime)) if nobody else
        say("services.hours_always"),
        plural("services.hours_silent", silent, n=numbers.count(silent)) if silent else "",
        people_open(store, asked) if asked.day and asked.at else "",
    ]
    sentence = " ".join(part for part in parts if part)

    def draw() -> None:
        st.html(timetable.heat(counts, say("services.hours_alt")))

    return Figure(
        "hours", title, sentence, draw=draw, indicator=OPEN, name=("services", "week"),
        table=timetable.table(counts, weakest(shared["bases"]), say("table.caption", title=title)), **shared,
    )


def people_open(store: Store, asked: Asked) -> str:
    """The share of people in need with an open place within the default reach, in the hour asked for."""
    rows = store.indicator(OPEN.id, "city", hours.setting(store, asked.day, int(asked.at[:2])))
    if rows.empty:
        return ""
    row = rows.iloc[0]
    span = numbers.span(row["low"], row["high"], OPEN.unit)
    shown = numbers.value(row["value"], OPEN.unit) if row["status"] == "ok" else span
    if not shown:
        return ""
    if span and span != shown:
        shown = f"{shown} ({span})"
    return say(
        "services.hours_people", day=cap(say(f"weekday.{asked.day}")), at=numbers.clock(int(asked.at[:2])), share=shown,
        reach=numbers.reach(store.setting("reach_m")),
    )


def reach_figure(store: Store, level: str) -> Figure:
    """Hours a week with an open place within reach, area by area of a level."""
    title = WEEK.question.of(local("fr", "en"))
    rows = store.indicator(WEEK.id, level, f"reach_m={store.setting('reach_m')}")
    behind = sources.behind(store, WEEK)
    shared: dict[str, Any] = {
        "source": sources.line(store, behind, method=say("method.straight")),
        "source_plain": sources.plain(store, behind),
    }
    if rows.empty:
        return Figure("reach", title, "", empty=say("services.reach_none"), indicator=WEEK, **shared)
    frame = tables.by_name(rows.merge(maps.names(store, level)[["area_id", "name", "place"]]), "name")
    frame = frame.reset_index(drop=True)
    never = int(((frame["status"] == "ok") & (frame["value"] == 0)).sum())
    unsure = int((frame["status"] == "unknown").sum())
    total = plural(f"level_n.{level}", len(frame), n=numbers.count(len(frame)))
    parts = [plural("services.reach_never", never, n=numbers.count(never), total=total,
                    reach=numbers.reach(store.setting("reach_m")))]
    if unsure:
        parts.append(plural("services.reach_unsure", unsure, n=numbers.count(unsure)))
    words = [_week_words(row) for row in frame.itertuples()]
    table = Table([
        Column(say("table.area"), frame["name"].tolist(), "head", under=frame["place"].fillna("").tolist(),
               under_name=say("export.place")),
        Column(say("services.week_hours"), words, "number", words=frame["status"].ne("ok").tolist()),
    ], frame, say("table.caption", title=title))
    return Figure("reach", title, " ".join(parts), table=table, bases=frame["basis"].dropna().unique().tolist(),
                  indicator=WEEK, name=(level, f"reach_m={store.setting('reach_m')}"), **shared)


def level_shown(store: Store) -> str:
    """The level chosen, or the edition's own where that one is the city, or too fine for a table."""
    held, start = str(session.held("level") or ""), str(store.settings["default_level"])
    return held if held in store.levels() and held != "city" and store.areas(held).shape[0] <= tables.LONG else start


def _week_words(row: Any) -> str:
    if row.status == "ok":
        return numbers.value(row.value, WEEK.unit)
    if row.status == "unknown":
        return say("services.week_span", span=numbers.span(row.low, row.high, WEEK.unit) or "")
    return tables.status_word(row.status, row.reason)


# --- ageing -----------------------------------------------------------------------------------------------


def ages_figure(store: Store, frame: pd.DataFrame) -> Figure:
    """How old the listing is, by class, and how much of it likely still holds."""
    title, shared = say("services.ages_title"), about(store, frame)
    active = frame[frame["service_status"].isin(services.STATES["listed"])]
    if active.empty:
        return Figure("ages", title, "", empty=say("services.no_result"), **shared)
    rows, days = trust.ages(active), trust.half_life(store)
    total, low_high = services.counted(active), trust.holding(active, days)
    never = int(rows.loc[rows["fresh"] == "never", "count"].iloc[0])
    saved = int((active.drop_duplicates("service_id")["assured_date"].isna()
                 & active.drop_duplicates("service_id")["last_modified"].notna()).sum())
    low, high = trust.chance_at(services.LONG_AGO, days)
    parts = [
        plural("services.ages_sure", total - never, n=numbers.count(total - never), total=numbers.count(total),
               share=numbers.percent(share(total - never, total))),
        plural("services.ages_saved", saved, n=numbers.count(saved)) if saved else "",
        say("services.ages_half", days=numbers.count(days["value"]), low=numbers.count(days["low"]),
            high=numbers.count(days["high"])),
        say("services.ages_hold", span=_span(*low_high), total=numbers.count(total)),
        say("services.ages_year", span=numbers.span(low, high, "share")),
    ]
    sentence = " ".join(part for part in parts if part)
    hollow = simulated(active)

    def draw() -> None:
        made = [
            bars.Row(f"{services.CLASSES[row.fresh]} {say(f'services.age_{row.fresh}')}", numbers.count(row.count_),
                     float(row.count_), more=[numbers.percent(row.share)])
            for row in tables.records(rows.rename(columns={"count": "count_"}))
        ]
        heads = ["", say("services.age"), say("services.count"), say("services.share")]
        st.html(bars.to_html(made, heads, title, simulated=hollow))

    bases = [*shared.pop("bases"), "modelled"]
    return Figure("ages", title, sentence, draw=draw, table=trust.ages_table(rows, weakest(bases[:-1])), bases=bases,
                  indicator=EFFECTIVE, name=("services", "ages"), **shared)


def _span(low: float, high: float) -> str:
    """Listings as a range of whole numbers: the lower one down, the upper one up."""
    first, last = numbers.count(int(low)), numbers.count(-int(-high // 1))
    return first if first == last else say("number.span", low=first, high=last)


# --- whom to call first -----------------------------------------------------------------------------------


def calls_figure(store: Store, frame: pd.DataFrame) -> Figure:
    """The verification call list of the kept services."""
    title = trust.PRIORITY.question.of(local("fr", "en"))
    rows, shared = trust.calls(store, frame), about(store, frame)
    if rows.empty:
        return Figure("calls", title, "", empty=say("services.calls_none"), indicator=trust.PRIORITY, **shared)
    first, phones = rows.iloc[0], int(rows["phone"].notna().sum())
    parts = [plural("services.calls_ranked", len(rows), n=numbers.count(len(rows)))]
    known = first["status"] == "ok"
    parts.append(say(
        "services.calls_first" if known else "services.calls_first_unsure", name=first["name"],
        n=numbers.people(first["value"]) if known else numbers.people(first["high"]),
        span=numbers.people_span(first["low"], first["high"]) or "",
    ))
    parts.append(
        plural("services.calls_phone", phones, n=numbers.count(phones)) if phones else say("services.calls_silent")
    )
    parts.append(say("services.calls_grade"))
    shared["bases"] = rows["basis"].unique().tolist()
    return Figure("calls", title, " ".join(parts), table=trust.calls_table(rows), indicator=trust.PRIORITY,
                  name=("services", "calls"), **shared)


# --- what changed -----------------------------------------------------------------------------------------


def changes_figure(store: Store, every: pd.DataFrame) -> Figure:
    """What opened, closed or changed in the listing since an earlier published version."""
    title, known = say("services.changes_title"), session.earlier()
    shared = about(store, every)
    if not known:
        return Figure("changes", title, "", empty=say("services.changes_one", version=store.version), **shared)
    since = st.session_state[session.seed("since", known, known[0])]
    before = session.store_of(since)

    def choose() -> None:
        with st.container(key="services-since", width=360):
            session.select("since", say("services.since"), known, version_words, default=known[0])

    if before is None:
        return Figure("changes", title, say("services.changes_damaged", version=since), controls=choose, **shared)
    found = trust.changes(store, before)
    counts = trust.tally(found)
    if found.empty:
        sentence = say("services.changes_none", since=version_words(since))
        table = None
    else:
        told = [plural(f"services.tally_{what}", n, n=numbers.count(n)) for what, n in counts.items() if n]
        sentence = " ".join([say("services.changes_since", since=version_words(since), list=", ".join(told)),
                             say("services.changes_caution")])
        table = trust.changes_table(found)
    return Figure("changes", title, sentence, table=table, controls=choose, name=("services", "changes", since),
                  **shared)


def version_words(version: str) -> str:
    """A version by its id and its day."""
    return say("services.version", version=version, day=numbers.version_day(version))


def events_figure(store: Store) -> Figure | None:
    """Dated events of services, where a source tells some."""
    events = store.service_events()
    if events.empty:
        return None
    counts = events["event"].value_counts()
    told = [plural(f"services.event_n_{name}", int(n), n=numbers.count(n)) for name, n in
            ((name, counts.get(name, 0)) for name in ("opened", "resumed", "reduced", "closed")) if n]
    first, last = (numbers.day(pd.Timestamp(when)) for when in (events["date"].min(), events["date"].max()))
    sentence = say("services.events_sentence", list=", ".join(told), first=first, last=last)
    return Figure("events", say("services.events_title"), sentence, table=trust.events_table(events),
                  name=("services", "events"), **about(store, events))


# --- what it may lack -------------------------------------------------------------------------------------


def unlisted_figure(store: Store) -> Figure:
    """Places a public register has and the listing lacks."""
    title = trust.UNLISTED.question.of(local("fr", "en"))
    asked = trust.compared(store)
    if not asked:
        return Figure("unlisted", title, "", empty=say("services.unlisted_none"), indicator=trust.UNLISTED)
    found = trust.unlisted(store)
    named = {name: source_name(store, asked[name]) for name in ("register", "listing")}
    lost, looked = int((found["found"] == "register_only").sum()), int((found["found"] != "unplaced").sum())
    behind = [asked["register"], asked["listing"]]
    shared: dict[str, Any] = {"source": sources.line(store, behind), "source_plain": sources.plain(store, behind)}
    if not looked:
        return Figure("unlisted", title, "", empty=say("services.unlisted_unplaced", **named), indicator=trust.UNLISTED,
                      **shared)
    parts = [plural("services.unlisted_sentence", lost, n=numbers.count(lost), looked=numbers.count(looked),
                    share=numbers.percent(share(lost, looked)), **named)]
    city = city_row(store, trust.UNLISTED.id)
    if city is not None and int(city["denominator"]) != looked:
        parts.append(plural("services.unlisted_city", int(city["denominator"]), n=numbers.count(city["numerator"]),
                            looked=numbers.count(city["denominator"])))
    parts += [say("services.unlisted_rule"), say("services.unlisted_limits")]
    return Figure("unlisted", title, " ".join(parts), table=trust.unlisted_table(found),
                  bases=found["basis"].unique().tolist(), indicator=trust.UNLISTED, name=("services", "unlisted"),
                  **shared)


def source_name(store: Store, dataset_id: str) -> str:
    """Title of a source in the reader's language; its identifier where this version does not declare it."""
    rows = sources.held(store)
    return str(rows.loc[dataset_id, "title"]) if dataset_id in rows.index else dataset_id
