"""The filters of the services page: each lives in the address, one button clears them all."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from indicators.opening import DAYS
from loaders.store import Store
from views import numbers, search, services, session, timetable
from views.services import Asked
from views.tables import folded
from views.words import cap, local, say

_HALF_HOURS = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)]
# What the button clears: selectors that belong to this page, and the area.
_OURS = ("kind", "form", "tongue", "who", "on", "at", "state", "within", "area", "page")


def controls(store: Store, frame: pd.DataFrame) -> Asked:
    """Draw the filters over the listing `frame` of `services.rows`; gives what they ask for."""
    one, two, three, four, five = st.columns([1.7, 1.1, 0.9, 0.9, 0.9], gap="medium", vertical_alignment="bottom")
    with one:
        text = session.text("q", say("services.search"), placeholder=say("services.search_hint"))
    with two:
        kind = _kind(store, frame)
    with three:
        day = session.select(
            "on", say("services.day"), DAYS, lambda x: cap(say(f"weekday.{x}")), may_be_empty=True,
            placeholder=say("services.any_day"),
        )
    with four:
        at = session.keep("at", None) if day is None else session.select(
            "at", say("services.at"), _times(), numbers.time_of_day, may_be_empty=True,
            placeholder=say("services.any_time"),
        )
    with five:
        st.button(say("services.now"), on_click=_now, args=(store,), icon=":material/schedule:", width="stretch")
    more = [name for name in ("form", "tongue", "who", "state", "area") if _holds(name)]
    with st.expander(say("services.more"), expanded=bool(more)):
        form, tongue, who, state = _offer(frame, kind)
        area, within = _place(store)
    asked = Asked(
        text=text, kind=kind, form=form, tongue=tongue, who=who, day=day or "", at=at or "", state=state, area=area,
        within=within,
    )
    _first_page(asked)
    return asked


def at_rest(store: Store, frame: pd.DataFrame) -> Asked:
    """What is asked for when no filter is set."""
    return Asked(kind=_food(store, frame))


def _food(store: Store, frame: pd.DataFrame) -> str:
    food = str(store.setting("food_kind"))
    return food if (frame["kind"] == food).any() else ""


def _holds(name: str) -> bool:
    return session.held(name) not in (None, "", "listed")


def _kind(store: Store, frame: pd.DataFrame) -> str:
    """Kind asked for, “” for every kind; food aid at first."""
    found = sorted(frame["kind"].unique(), key=lambda kind: folded(say(f"kinds.{kind}")))
    chosen = session.select(
        "kind", say("services.kind"), ["all", *found],
        lambda x: say("services.all") if x == "all" else say(f"kinds.{x}"), default=_food(store, frame) or "all",
    )
    return "" if chosen == "all" else chosen


def _offer(frame: pd.DataFrame, kind: str) -> tuple[str, str, str, str]:
    """Form, language, eligibility and state asked for."""
    own = frame[frame["kind"] == kind] if kind else frame
    forms = sorted(own["form"].dropna().unique(), key=lambda form: folded(services.what("", form)))
    codes = own["languages"].dropna().str.split(",").explode().str.strip().unique()
    spoken = sorted((code for code in codes if code), key=lambda code: folded(services.tongue(code)))
    present = [who for who in services.WHO if (own["who"] == who).any()]
    one, two, three, four = st.columns(4, gap="medium")
    with one:
        form = session.select("form", say("services.form"), forms, lambda x: services.what("", x), may_be_empty=True,
                              placeholder=say("services.any_form" if forms else "services.none_told"))
    with two:
        tongue = session.select("tongue", say("services.tongue"), spoken, lambda x: cap(services.tongue(x)),
                                may_be_empty=True,
                                placeholder=say("services.any_tongue" if spoken else "services.none_told"))
    with three:
        who = session.select("who", say("services.who"), present, lambda x: say(f"services.who_{x}"),
                             may_be_empty=True, placeholder=say("services.any_who"))
    with four:
        state = session.select("state", say("services.state"), list(services.STATES),
                               lambda x: say(f"services.states_{x}"), default="listed")
    return form or "", tongue or "", who or "", state


def _place(store: Store) -> tuple[str, str]:
    """Area asked for [area_id or “”], and “inside” or a reach [m, as text] of its centre."""
    levels = [level for level in store.levels() if level != "city"]
    start = store.settings["default_level"]
    one, two, three = st.columns([1, 1.6, 1.4], gap="medium")
    with one:
        level = session.select("level", say("control.level"), levels, lambda x: say(f"level.{x}"),
                               default=start if start in levels else levels[0])
    with two:
        area = search.box(store, level)
    with three:
        steps = ["inside", *(str(int(step)) for step in store.setting("reach_steps_m"))]
        within = session.select("within", say("services.within"), steps, within_words, default="inside")
    return area or "", within


def within_words(within: str) -> str:
    """« Dans ses limites », or « À 1 km au plus de son centre »."""
    if within == "inside":
        return say("services.inside")
    return say("services.around", reach=numbers.reach(float(within)))


def _times() -> list[str]:
    """Times of day offered: every half hour, and the very minute an address or the button asks for."""
    asked = {st.query_params.get("at"), session.held("at")}
    return sorted({*_HALF_HOURS, *(text for text in asked if timetable.valid(text))})


def clock_now(store: Store) -> tuple[str, str]:
    """Day [MO to SU] and time [HH:MM] where the city is; the reader's own where the edition does not say."""
    zone = store.settings["settings"].get("timezone") or st.context.timezone
    now = datetime.now(ZoneInfo(zone) if zone else None)
    return DAYS[now.weekday()], f"{now:%H:%M}"


def _now(store: Store) -> None:
    """Ask for this day and minute: they go in the address, so that a copied link shows the same services."""
    day, at = clock_now(store)
    session.put("on", day)
    session.put("at", at)


def clear() -> None:
    """Let go of every filter."""
    for name in _OURS:
        session.put(name, None)
    session.put("q", "")


def _first_page(asked: Asked) -> None:
    """Back to the first page when a filter changed since the last run; a link keeps the page it names."""
    before = st.session_state.get("services_asked")
    if before is not None and before != asked:
        session.put("page", 1)
    st.session_state["services_asked"] = asked


def told(store: Store, asked: Asked) -> list[str]:
    """The filters that hold, in words: what a closed panel would hide."""
    out = [say("services.f_text", text=asked.text)] if asked.text else []
    out.append(say(f"kinds.{asked.kind}") if asked.kind else say("services.all"))
    if asked.form:
        out.append(services.what("", asked.form))
    if asked.day:
        day = say(f"weekday.{asked.day}")
        out.append(say("services.f_at", day=day, at=numbers.time_of_day(asked.at)) if asked.at else
                   say("services.f_day", day=day))
    if asked.tongue:
        out.append(cap(services.tongue(asked.tongue)))
    if asked.who:
        out.append(say(f"services.who_{asked.who}"))
    if asked.state != "listed":
        out.append(say(f"services.states_{asked.state}"))
    area = store.area(asked.area) if asked.area else None
    if area is not None:
        name = local(area["name_fr"], area["name_en"])
        out.append(name if asked.within == "inside" else
                   say("services.f_around", reach=numbers.reach(float(asked.within)), area=name))
    return out
