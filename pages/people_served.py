"""How many different people are behind these counts?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from indicators import reach
from indicators.rates import share
from views import figure, kept, numbers, page, people, people_charts, people_example, session, sources
from views import people_tables as shown
from views.city import city
from views.figure import Figure
from views.people import Range
from views.people_charts import Mark
from views.session import Store
from views.words import cap, local, plural, say


@dataclass(frozen=True)
class Asked:
    """What the reader chose above the figures: a unit, a month, an overlap [0 to 1], and among whom it is measured."""

    unit: str
    month: str
    overlap: float
    among: str
    visits: tuple[int, int]


def place(store: Store) -> str:
    """« à Montréal », "in Montréal"."""
    whole = city(store)
    return say("people_served.here") if whole is None else str(whole[local("fr_in", "en_in")])


def lead(store: Store, clients: pd.DataFrame) -> str:
    """The range of the newest month, in people, or in households where nobody counts people."""
    unit = next((unit for unit in people.units(clients) if unit in reach.COUNTED), None)
    if unit is None:
        return say("people_served.lead_none")
    month = people.months(clients, unit)[0]
    found = people.of_city(store, people.ranges(store, unit), month)
    if found is None:
        return say("people_served.lead_hidden", month=people.month_words(month))
    told = [say(
        "people_served.lead", month=people.month_words(month), place=place(store), between=people.between(found, unit),
    )]
    if found.open:
        told.append(open_words(clients, unit, month))
    if not found.exact:
        told.append(say("people_served.lead_why"))
    return " ".join(told)


def open_words(clients: pd.DataFrame, unit: str, month: str) -> str:
    """How many organizations sent nothing: the most is not known."""
    n = people.silent(clients, unit, month)
    return plural("people_served.silent", n, n=numbers.count(n))


def asked(store: Store, clients: pd.DataFrame) -> Asked:
    """Unit, month, overlap and reference, in one row; visits also ask how many a person makes."""
    first, second, third, fourth = st.columns([1, 1, 1.5, 1.5], gap="medium")
    with first:
        unit = session.select(
            "unit", say("people_served.unit"), people.units(clients), lambda x: cap(say(f"people_served.unit_{x}")),
        )
    with second:
        month = session.select("month", say("people_served.month"), people.months(clients, unit), people.month_words)
    with third:
        overlap = people_example.overlap_slider()
    among = ""
    with fourth:
        choices = list(people.eligible(store, unit)) if unit in reach.COUNTED else []
        if choices:
            among = session.select(
                "among", say("people_served.among"), choices, lambda x: say(f"people_served.among_{x}"),
            )
    return Asked(unit, month, overlap, among, visits() if unit == "visits" else (1, 1))


def visits() -> tuple[int, int]:
    """Fewest and most visits a person makes in a month: the reader's supposition, in order."""
    left, right, _ = st.columns([1, 1, 3], gap="medium")
    with left:
        fewest = session.number("visits_low", say("people_served.visits_low"), least=1, most=31, default=1)
    with right:
        most = session.number("visits_high", say("people_served.visits_high"), least=1, most=31, default=4)
    return min(fewest or 1, most or 1), max(fewest or 1, most or 1)


def about(store: Store, rows: pd.DataFrame) -> dict[str, Any]:
    """Source line and plain source of the counts."""
    behind = rows["dataset_id"].dropna().unique().tolist() if "dataset_id" in rows else []
    return {
        "source": sources.line(store, behind, method=say("people_served.method")),
        "source_plain": sources.plain(store, behind),
    }


# --- the range of the city --------------------------------------------------------------------------------


def reached_figure(store: Store, clients: pd.DataFrame, choice: Asked) -> Figure:
    """The range of one month in one unit, with the reader's overlap and the independence reference in it."""
    title = say("people_served.reached_title", unit=say(f"people_served.different_{choice.unit}"))
    rows = clients[(clients["unit"] == choice.unit) & (clients["period"] == choice.month)]
    found = city_range(store, clients, choice)
    if found is None:
        empty = no_range(rows, choice)
        return Figure("reached", title, "", empty=empty, indicator=people.REACHED, **about(store, rows))
    unit = "people" if choice.unit == "visits" else choice.unit
    bases = rows["basis"].unique().tolist() + (["modelled"] if choice.unit == "visits" else [])
    marks, sentence = marks_of(store, choice, found), reached_sentence(store, clients, choice, found)
    frame = pd.DataFrame([{
        "period": choice.month, "low": found.low, "top": found.top, "open": found.open, "status": "unknown",
        "basis": "simulated" if "simulated" in bases else bases[0],
    }])

    draw = kept.chart(
        lambda dark: people_charts.one(found, marks, simulated="simulated" in bases, dark=dark), key="reached",
        alt=figure.alt_of(sentence, say("people_served.reached_alt")),
    )
    return Figure(
        "reached", title, sentence, draw=draw, table=shown.months_table(frame, unit), bases=bases,
        indicator=people.REACHED, name=(choice.unit, choice.month), **about(store, rows),
    )


def no_range(rows: pd.DataFrame, choice: Asked) -> str:
    """Why a month has no range: meals, counts that are hidden, or none sent."""
    month, total = people.month_words(choice.month), rows["count"].sum(min_count=1)
    if choice.unit == "meals" and numbers.known(total):
        return say("people_served.meals_only", n=numbers.count(total), month=month)
    hidden = (rows["status"] == "suppressed").any()
    return say(f"people_served.reached_{'hidden' if hidden else 'none'}", month=month)


def city_range(store: Store, clients: pd.DataFrame, choice: Asked) -> Range | None:
    """The city's range: as computed at build, or from visits as the reader supposes; none for meals."""
    if choice.unit in reach.COUNTED:
        return people.of_city(store, people.ranges(store, choice.unit), choice.month)
    if choice.unit == "visits":
        return people.from_visits(clients, choice.month, *choice.visits, store.settings["settings"])
    return None


def marks_of(store: Store, choice: Asked, found: Range) -> list[Mark]:
    """The overlap chosen, then the independence reference where it can be worked out; none where nothing overlaps."""
    if found.top <= found.low:
        return []
    at = float(reach.part_way(found.low, found.top, choice.overlap))
    marks = [Mark(at, say(
        "people_served.mark_overlap", share=numbers.percent(choice.overlap, 0), n=numbers.count(round(at)),
    ), "diamond")]
    alone = reference(store, choice, found)
    if alone is not None:
        marks.append(Mark(alone, say("people_served.mark_independent", n=numbers.count(round(alone))), "circle-open"))
    return marks


def reference(store: Store, choice: Asked, found: Range) -> float | None:
    """Different people if nothing linked the organizations, among those the reader chose."""
    everyone = people.eligible(store, choice.unit).get(choice.among) if choice.among else None
    return None if everyone is None else people.independent(store, choice.unit, choice.month, everyone, found)


def reached_sentence(store: Store, clients: pd.DataFrame, choice: Asked, found: Range) -> str:
    """The range, why it is one, what the chosen overlap would make of it, and who is outside it."""
    rows = clients[(clients["unit"] == choice.unit) & (clients["period"] == choice.month)]
    sent = rows[rows["status"].isin(["ok", "suppressed"])]
    unit = "people" if choice.unit == "visits" else choice.unit
    told = [plural(
        "people_served.reached", len(sent), n=numbers.count(len(sent)), month=people.month_words(choice.month),
        between=people.between(found, unit),
    )]
    if choice.unit == "visits":
        told.append(say("people_served.from_visits", low=choice.visits[0], high=choice.visits[1]))
    else:
        told += sum_words(store, rows)
    if found.top > found.low:
        at = round(reach.part_way(found.low, found.top, choice.overlap))
        end = {0.0: "_0", 1.0: "_100"}.get(choice.overlap, "")
        told.append(say(
            f"people_served.at_overlap{end}", share=numbers.percent(choice.overlap, 0), n=numbers.count(at),
            noun=say(f"people_served.different_{unit}"),
        ))
        alone = reference(store, choice, found)
        if alone is not None:
            told.append(say(
                "people_served.independent", n=numbers.count(round(alone)),
                among=say(f"people_served.among_in_{choice.among}"),
                share=numbers.percent(share(found.top - alone, found.top - found.low), 0),
            ))
    if found.open:
        told.append(open_words(clients, choice.unit, choice.month))
    return " ".join(told)


def sum_words(store: Store, rows: pd.DataFrame) -> list[str]:
    """What the published counts add up to, and what the true ones may: the top of the range, where nobody overlaps."""
    total = people.total(rows, store.settings["settings"])
    if total is None:
        return []
    key = "sum" if total.low == total.shown == total.high else "sum_range"
    return [say(f"people_served.{key}", n=numbers.count(total.shown), span=people.span(total.low, total.high),
                high=numbers.count(total.high), base=store.setting("base"))]


# --- months, areas, who sent what -------------------------------------------------------------------------


def months_figure(store: Store, clients: pd.DataFrame, choice: Asked) -> Figure:
    """The city's range, month by month; months are never added."""
    title = say("people_served.months_title")
    found = people.ranges(store, choice.unit)
    whole = city(store)
    frame = (found[:0] if whole is None else found[found["area_id"] == whole["area_id"]]).reset_index(drop=True)
    rows = clients[clients["unit"] == choice.unit]
    if frame["top"].isna().all():
        return Figure("months", title, "", empty=say("people_served.months_none"), indicator=people.REACHED,
                      **about(store, rows))
    known, bases = frame[frame["top"].notna()], rows["basis"].unique().tolist()
    words = [say(
        "people_served.months", n=numbers.count(len(known)), low=people.span(known["low"].min(), known["low"].max()),
        high=people.span(known["top"].min(), known["top"].max()),
    )]
    n = int(known["open"].sum())
    if n:
        words.append(plural("people_served.months_open", n, n=numbers.count(n)))
    sentence = " ".join([*words, say("people_served.months_apart")])

    draw = kept.chart(
        lambda dark: people_charts.by_month(frame, choice.month, simulated="simulated" in bases, dark=dark),
        key="months", alt=figure.alt_of(sentence, say("people_served.months_alt")),
    )
    return Figure(
        "months", title, sentence, draw=draw, table=shown.months_table(frame.drop(columns="area_id"), choice.unit),
        bases=bases, indicator=people.REACHED, name=(choice.unit, "city"), **about(store, rows),
    )


def by_size(store: Store) -> list[str]:
    """Levels below the city, the one with the fewest areas first."""
    return sorted((x for x in store.levels() if x != "city"), key=lambda x: len(store.areas(x)))


def areas_figure(store: Store, clients: pd.DataFrame, choice: Asked, level: str) -> Figure:
    """The range of each area: the organizations with a place in it, whose people may live elsewhere."""
    levels = by_size(store)
    frame = people.by_area(store, level, people.ranges(store, choice.unit), choice.month)
    rows = clients[clients["unit"] == choice.unit]
    bases, known = rows["basis"].unique().tolist(), frame[frame["top"].notna()]
    sentence = " ".join([
        plural("people_served.areas", len(known), n=numbers.count(len(known)),
               total=plural(f"level_n.{level}", len(frame), n=numbers.count(len(frame)))),
        say("people_served.areas_not_home"), say("people_served.areas_no_sum"),
    ])

    def controls() -> None:
        left, _ = st.columns([1, 2.6])
        with left:
            session.select("level", say("control.level"), levels, lambda x: say(f"level.{x}"), default=levels[0])

    return Figure(
        "areas", say("people_served.areas_title"), sentence, controls=controls,
        draw=kept.markup(lambda: [shown.areas_html(frame, choice.overlap, simulated="simulated" in bases)]),
        table=lambda: shown.areas_table(frame, choice.unit, choice.overlap), bases=bases, indicator=people.REACHED,
        name=(choice.unit, level, choice.month), **about(store, rows),
    )


def sent_figure(store: Store, clients: pd.DataFrame, choice: Asked) -> Figure:
    """Every organization: the unit it counts in, what it sent for the month, or that it sent nothing."""
    rows = people.sent(store, clients, choice.month)
    n, counted = rows["status"].value_counts(), rows[rows["status"].isin(["ok", "suppressed"])]
    told = [plural("people_served.sent", len(counted), n=numbers.count(len(counted)),
                   month=people.month_words(choice.month))]
    told += [
        plural(f"people_served.sent_n_{status}", int(n[status]), n=numbers.count(n[status]))
        for status in ("suppressed",) if n.get(status, 0)
    ]
    kinds = [
        plural(f"people_served.in_{unit}", len(one), n=numbers.count(len(one)))
        for unit, one in counted.groupby("unit")
    ]
    if kinds:
        told.append(say("people_served.sent_units", list=", ".join(kinds)))
    told += [
        plural(f"people_served.sent_n_{status}", int(n[status]), n=numbers.count(n[status]))
        for status in ("missing", "never") if n.get(status, 0)
    ]
    return Figure(
        "sent", say("people_served.sent_title"), " ".join(told), table=shown.sent_table(rows), first="table",
        bases=rows["basis"].dropna().unique().tolist(), name=(choice.month,), **about(store, clients),
    )


def main() -> None:
    """The page."""
    store = session.store()
    clients = people.counts(store)
    said = kept.once(store, "people_served.lead", lambda: lead(store, clients))
    page.header("people_served", said, bases=clients["basis"].unique().tolist())
    if clients.empty:
        figure.show(Figure(
            "reached", say("people_served.reached_title", unit=say("people_served.different_people")), "",
            empty=say("people_served.empty"), indicator=people.REACHED,
        ))
        figure.show(people_example.example_figure(store, alone=True))
        return
    choice = asked(store, clients)

    def show(name: str, make: Callable[..., Figure], *more: str, by: Sequence[object]) -> None:
        figure.show(kept.figure(
            store, f"people_served.{name}", lambda: make(store, clients, choice, *more), *by, *more,
        ))

    when = choice.unit, choice.month
    show("reached", reached_figure, by=(choice,))
    figure.show(people_example.example_figure(store, alone=False))
    if choice.unit in reach.COUNTED:
        levels = by_size(store)
        level = st.session_state[session.seed("level", levels, levels[0])]
        show("months", months_figure, by=when)
        show("areas", areas_figure, level, by=(*when, choice.overlap))
    show("sent", sent_figure, by=when)


main()
