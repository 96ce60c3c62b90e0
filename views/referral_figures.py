"""Figures of the page on requests that come from counts alone: weeks, needs, years, areas; and their common source."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from loaders.store import Store
from views import bars, figure, kept, numbers, referrals, search, sentences, session, sources, tables
from views import referral_tables as shown
from views import trend_charts as trends
from views.city import against_year, city_row, verdict_words, why_none
from views.figure import Figure
from views.words import cap, local, plural, say


def lead(store: Store) -> str:
    """Twelve months of food needs in the city against the year before, or what the source gives instead."""
    now = city_row(store, referrals.ASKED.id)
    if now is None:
        return say("referrals.lead_none" if store.referral_cuts().empty else "referrals.lead_yearly")
    last = pd.to_datetime(store.referral_cuts()["last"]).max()
    told = say(
        "referrals.lead_asked", month=numbers.month(last), n=numbers.count(now["numerator"]),
        rate=numbers.value(now["value"], "per_1000"), span=numbers.span(now["low"], now["high"], "per_1000"),
    )
    return f"{told} {against_year(store)}"


def about(store: Store, name: str = "", method: str = "") -> dict[str, Any]:
    """What the figures of one published cut, or of all of them, share: source line with `method`, and plain source."""
    behind = store.referrals(name)["dataset_id"].unique().tolist() if name else sources.behind(store, referrals.ASKED)
    return {
        "source": sources.line(store, behind, method=f"{method} {say('referrals.method')}".strip()),
        "source_plain": sources.plain(store, behind),
    }


def windows(store: Store) -> str:
    """Why weeks and months stand on one page, where both do: the source publishes the two."""
    both = {referrals.WEEKLY, referrals.MONTHLY} <= set(store.referral_cuts()["cut"])
    return say("referrals.windows", weeks=referrals.YEAR) if both else ""


# --- weeks ------------------------------------------------------------------------------------------------


def weeks_figure(store: Store) -> Figure:
    """Food needs by week beside the year before, with events."""
    frame = referrals.weeks(store)
    if frame[["count", "before"]].isna().all(axis=None):
        why = "masked" if len(frame) else why_none(store)
        empty = say("referrals.weeks_none" if why == "none" else f"referrals.weeks_none_{why}")
        shared = about(store) if why != "none" else {}
        return Figure("weeks", say("referrals.weeks_title"), "", empty=empty, indicator=referrals.ASKED, **shared)
    events = referrals.events_in(store, frame["period"].iloc[0], frame["period"].iloc[-1])
    bases = referrals.cut(store, referrals.WEEKLY)["basis"].unique().tolist()
    sentence = weeks_sentence(store, frame)

    draw = kept.chart(
        lambda dark: trends.weekly(frame, events, simulated="simulated" in bases, dark=dark), key="weeks",
        alt=figure.alt_of(sentence, say("referrals.weeks_alt")),
    )
    return Figure(
        "weeks", say("referrals.weeks_title"), sentence, draw=draw,
        table=shown.weeks_table(frame, events), bases=bases, indicator=referrals.ASKED,
        name=("city", "week"), **about(store, referrals.WEEKLY, windows(store)),
    )


def weeks_sentence(store: Store, frame: pd.DataFrame) -> str:
    """The change over the weeks drawn, their span, then what the line cannot show."""
    told = []
    pair = referrals.week_pair(store)
    if pair is not None:
        told.append(say("referrals.weeks_year", weeks=referrals.YEAR, n=numbers.count(pair["now"])))
        told.append(verdict_words(pair, "low", "high"))
    seen = frame["count"].dropna()
    if len(seen):
        low, high = numbers.count(seen.min()), numbers.count(seen.max())
        span = high if low == high else say("number.span", low=low, high=high)
        told.append(say("referrals.weeks_span", n=numbers.count(len(frame)), span=span))
    for status in ("suppressed", "missing"):
        absent = int((frame["status"] == status).sum())
        if absent:
            told.append(plural(f"referrals.weeks_{status}", absent, n=numbers.count(absent)))
    if frame["before"].isna().all():
        told.append(say("referrals.weeks_no_before"))
    return " ".join(told)


# --- needs ------------------------------------------------------------------------------------------------


def needs_figure(store: Store) -> Figure:
    """Food beside other needs: how many were noted, and the share left unmet."""
    frame, weeks = referrals.needs(store)
    if frame.empty:
        if referrals.cut(store, referrals.YEARLY).empty:
            return Figure("needs", say("referrals.needs_title"), "", empty=say("referrals.needs_none"))
        return years_figure(store)
    bases = referrals.cut(store, referrals.WEEKLY)["basis"].unique().tolist()
    simulated = "simulated" in bases

    def draw() -> None:
        rows: list[Any] = list(frame.itertuples())
        noted = [
            bars.Row(referrals.need_name(r.need), shown.told(r.count, r.low, r.high), *drawn(r.count, r.low, r.high))
            for r in rows
        ]
        unmet = [
            bars.Row(referrals.need_name(r.need), shown.share(r.share, r.share_low, r.share_high, hidden=r.hidden > 0),
                     *drawn(r.share, r.share_low, r.share_high, limits=True))
            for r in rows
        ]
        left, right = st.columns(2, gap="large")
        for column, these, key in ((left, noted, "count"), (right, unmet, "unmet")):
            heads = ["", say("referrals.needs_need"), say(f"referrals.needs_{key}")]
            column.html(bars.to_html(these, heads, say(f"referrals.needs_{key}"), simulated=simulated))

    return Figure(
        "needs", say("referrals.needs_title"), needs_sentence(store, frame, weeks), draw=draw,
        table=shown.needs_table(frame), bases=bases, name=("city", f"weeks-{weeks}"),
        **about(store, referrals.WEEKLY, windows(store)),
    )


def drawn(
    value: float, low: float, high: float, *, limits: bool = False,
) -> tuple[float | None, float | None, float | None]:
    """Value and range of a bar; no range beside a plain count, a range alone where a week is hidden."""
    if numbers.known(value):
        return value, low if limits else None, high if limits else None
    return (None, low, high) if numbers.known(low) and numbers.known(high) else (None, None, None)


def needs_sentence(store: Store, frame: pd.DataFrame, weeks: int) -> str:
    """The unmet share of food with its range, the need noted most, what is hidden."""
    parts = []
    food = frame[frame["need"].isin(store.setting("food_needs"))]
    if len(food):
        one = food.iloc[0]
        span = numbers.span(one["share_low"], one["share_high"], "share")
        key = "needs_food" if numbers.known(one["share"]) else "needs_food_hidden" if span else "needs_food_missing"
        parts.append(say(
            f"referrals.{key}", weeks=numbers.count(weeks), span=span,
            share=numbers.percent(one["share"]) if numbers.known(one["share"]) else "",
        ))
    first = frame[frame["count"].notna()]
    if len(first) > 1 and first["count"].iloc[0] > first["count"].iloc[1]:
        name = referrals.need_name(first["need"].iloc[0]).lower()
        parts.append(say("referrals.needs_first", need=name, n=numbers.count(first["count"].iloc[0])))
    hidden = int(frame["hidden"].gt(0).sum())
    if hidden:
        parts.append(plural("referrals.needs_hidden", hidden, n=numbers.count(hidden)))
    return " ".join([*parts, say("referrals.needs_met")])


def years_figure(store: Store) -> Figure:
    """Needs of the last whole year where the source counts by year only; every year in the table."""
    frame, every, part = referrals.years(store)
    whole = [year for year in every if year not in part]
    year = whole[-1] if whole else every[-1]
    order = frame.assign(
        _n=pd.to_numeric(frame[year], errors="coerce"), _name=[referrals.need_name(x) for x in frame.index],
    ).sort_values(["_n", "_name"], ascending=[False, True])
    order = order[order[year].notna()]
    known = order[order["_n"].notna()]
    basis = referrals.cut(store, referrals.YEARLY)["basis"].unique().tolist()

    def draw() -> None:
        rows = [bars.Row(row["_name"], numbers.count(row["_n"]), float(row["_n"])) for _, row in known.iterrows()]
        heads = ["", say("referrals.needs_need"), say("referrals.needs_count")]
        st.html(bars.to_html(rows, heads, say("referrals.years_caption"), simulated="simulated" in basis))

    parts = [say("referrals.years_all_hidden", year=year)]
    if len(known):
        first = known.iloc[0]
        parts = [say("referrals.years_first", year=year, need=first["_name"].lower(), n=numbers.count(first["_n"]))]
        hidden = len(order) - len(known)
        parts += [plural("referrals.years_hidden", hidden, n=numbers.count(hidden))] if hidden else []
    parts += [say("referrals.years_part", year=one) for one in every if one in part]
    parts += [say("referrals.years_outcome"), say("referrals.years_lists")]
    return Figure(
        "needs", say("referrals.years_title"), " ".join(parts), draw=draw,
        table=shown.years_table(frame, every, part), bases=basis,
        name=("city", str(year)), **about(store, referrals.YEARLY),
    )


# --- areas ------------------------------------------------------------------------------------------------


def place(store: Store) -> tuple[str, str | None]:
    """Level and area the reader chose, settled before anything is drawn; an empty level where none has requests."""
    levels = referrals.area_levels(store)
    if not levels:
        return "", None
    level = st.session_state[session.seed("level", levels, _start(store, levels))]
    return level, st.session_state[session.seed("area", store.areas(level)["area_id"].tolist(), None)]


def _start(store: Store, levels: list[str]) -> str:
    start = store.settings["default_level"]
    return start if start in levels else levels[0]


def areas_figure(store: Store, level: str, chosen: str | None) -> Figure:
    """Requests per 1,000 residents by area, and whether they moved since a year ago."""
    question, levels = referrals.ASKED.question.of(local("fr", "en")), referrals.area_levels(store)
    if not levels:
        none = store.referral_cuts().empty
        shared = {} if none else about(store)
        empty = say("referrals.areas_none_empty" if none else "referrals.areas_none")
        return Figure("areas", question, "", empty=empty, indicator=referrals.ASKED, **shared)

    def controls() -> None:
        left, middle, _ = st.columns([1, 1.2, 1.6], gap="medium")
        with left:
            session.select("level", say("control.level"), levels, lambda x: say(f"level.{x}"),
                           default=_start(store, levels))
        with middle:
            search.box(store, level)

    frame, city = referrals.areas(store, level), city_row(store, referrals.ASKED.id)
    sentence = areas_sentence(frame, city, level, chosen)
    bases = frame["basis"].dropna().unique().tolist()

    chart = kept.chart(lambda dark: trends.changes(
        frame, None if city is None else float(city["value"]), chosen, simulated="simulated" in bases, dark=dark,
    ), key="areas", alt=figure.alt_of(sentence, say("referrals.areas_alt")))

    def draw() -> None:
        if frame["value"].isna().all():  # words, not `empty`: the level can still be changed, the table still says why
            st.html(f'<div class="cv-empty">{figure.rich(say("referrals.areas_masked"))}</div>')
        else:
            chart()

    behind = sources.behind(store, referrals.ASKED)
    return Figure(
        "areas", question, sentence, draw=draw, controls=controls, table=shown.areas_table(frame, chosen),
        bases=bases, indicator=referrals.ASKED, name=(level,),
        source=sources.line(store, behind, method=f"{windows(store)} {say('referrals.method')}".strip()),
        source_plain=sources.plain(store, behind),
    )


def areas_sentence(frame: pd.DataFrame, city: pd.Series | None, level: str, chosen: str | None) -> str:
    """The chosen area against a year ago, or how many areas moved; never why."""
    one = frame[frame["area_id"] == chosen]
    if len(one):
        return area_sentence(one.iloc[0], city)
    n = {verdict: int((frame["verdict"] == verdict).sum()) for verdict in trends.ORDER}
    compared = n["more"] + n["less"] + n["unclear"]
    parts = [say(
        "referrals.areas_all", total=plural(f"level_n.{level}", len(frame), n=numbers.count(len(frame))),
        **{verdict: numbers.count(n[verdict]) for verdict in ("more", "less", "unclear")},
    )]
    if n["unknown"]:
        parts.append(plural("referrals.areas_unknown", n["unknown"], n=numbers.count(n["unknown"])))
    if compared >= 10:
        parts.append(say("referrals.areas_chance", n=numbers.count(compared)))
    return " ".join([*parts, say("referrals.areas_little")])


def area_sentence(row: pd.Series, city: pd.Series | None) -> str:
    """One area: its rate with range, against a year ago, against the city."""
    place = cap(sentences.place_in(row))
    if row["status"] != "ok":
        word = tables.status_word(row["status"], row["reason"]).lower()
        return f"{say('referrals.area_hidden', place=place, word=word)} {say('referrals.areas_little')}"
    parts = [say("referrals.area_value", place=place, value=numbers.value(row["value"], "per_1000"),
                 span=numbers.span(row["low"], row["high"], "per_1000"))]
    parts.append(verdict_words(row, "ratio_low", "ratio_high"))
    if city is not None:
        parts.append(sentences.against_city(row, city, "per_1000"))
    return " ".join([*parts, say("referrals.areas_little")])
