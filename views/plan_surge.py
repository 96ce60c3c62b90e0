"""Surge: what an outreach does to a telephone line, hour by hour, and the waves that hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from indicators import surge
from indicators.surge import Lines, Outreach
from loaders.store import Store
from partners.decisions import Number
from views import charts, figure, kept, numbers, session, tables, theme
from views.figure import Figure
from views.plan_words import Scenario
from views.tables import Column, Table
from views.words import plural, say

HOURS = 40  # open hours followed after a message: a week of eight-hour days
DAY = 8  # open hours of a day: a wave a day


@dataclass(frozen=True)
class Asked:
    """What the reader supposes: a message, a line, and the wait it should keep [minutes]."""

    outreach: Outreach
    line: Lines
    wait: int


def asked() -> Asked:
    """The eight suppositions, in two rows; none of them is measured here."""
    one, two, three, four = st.columns(4, gap="medium")
    with one:
        households = session.number("households", say("plan.households"), least=1, most=2_000_000, default=20_000) or 1
    with two:
        reached = session.slide("read", say("plan.read"), list(range(5, 101, 5)), _percent, default=40)
    with three:
        responding = session.slide("respond", say("plan.respond"), [1, 2, 3, 5, 8, 10, 15, 20, 30], _percent, default=5)
    with four:
        half = session.slide("half", say("plan.half"), [1, 2, 4, 8, 16], _hours, default=4)
    one, two, three, four = st.columns(4, gap="medium")
    with one:
        lines = session.number("lines", say("plan.lines"), least=1, most=500, default=6) or 1
    with two:
        minutes = session.number("minutes", say("plan.minutes"), least=1, most=120, default=8) or 1
    with three:
        usual = session.number("usual", say("plan.usual"), least=0, most=5000, default=10) or 0
    with four:
        wait = session.slide("wait", say("plan.wait"), [1, 2, 3, 5, 10, 15, 20, 30], _minutes, default=5)
    return Asked(Outreach(households, reached / 100, responding / 100, half), Lines(lines, minutes, usual), wait)


def _percent(value: int) -> str:
    return numbers.percent(value / 100, 0)


def _hours(value: int) -> str:
    return say("plan.hours_n", n=numbers.count(value))


def _minutes(value: int) -> str:
    return say("plan.minutes_n", n=numbers.count(value))


def surge_figure(choice: Asked) -> Figure:
    """Calls an hour against what the lines can take, at once."""
    title = say("plan.surge_title")
    told = surge.surge(choice.outreach.calls(HOURS), choice.line)
    able = choice.line.lines * 60 / choice.line.minutes
    broken = told[~told["holds"]]
    first = told.iloc[0]
    parts = [say("plan.surge_first", n=numbers.count(round(first["calls"])), able=numbers.count(round(able)))]
    if len(broken):
        clear = told[(told["queue"] == 0) & (told["hour"] > broken["hour"].max())]
        parts.append(plural("plan.surge_breaks", len(broken), n=numbers.count(len(broken)),
                            queue=numbers.count(round(told["queue"].max()))))
        parts.append(say("plan.surge_clears", n=numbers.count(int(clear["hour"].min()) + 1)) if len(clear)
                     else say("plan.surge_stays", n=numbers.count(HOURS)))
    else:
        parts.append(say("plan.surge_holds", wait=wait_words(told["wait"].max())))
    sentence = " ".join(parts)
    return Figure(
        "surge", title, sentence, draw=drawing(told, able, "surge", sentence), table=surge_table(told),
        bases=["modelled"], name=("plan",), source=note(), source_plain=say("plan.surge_source"),
    )


def waves_figure(choice: Asked) -> Figure:
    """The fewest waves, one a day, that keep the wait; the same line, hour by hour."""
    title = say("plan.waves_title", wait=_minutes(choice.wait))
    plan = surge.waves(choice.outreach, choice.line, choice.wait, DAY, HOURS)
    if plan is None:
        return Figure("waves", title, "", empty=say("plan.waves_none", n=numbers.count(surge.MOST_WAVES)))
    calls = surge.calls_of(choice.outreach, plan, DAY, HOURS)
    told = surge.surge(calls, choice.line)
    sentence = plural(
        "plan.waves", len(plan), n=numbers.count(len(plan)), each=numbers.count(plan["households"].max()),
        wait=wait_words(told["wait"].max()),
    )
    able = choice.line.lines * 60 / choice.line.minutes
    table = Table([
        Column(say("plan.wave"), [numbers.count(x) for x in plan["wave"]], "head"),
        Column(say("plan.wave_day"), [numbers.count(hour // DAY + 1) for hour in plan["hour"]], "number"),
        Column(say("plan.wave_households"), [numbers.count(x) for x in plan["households"]], "number"),
    ], plan, say("plan.waves_caption"))
    return Figure(
        "waves", title, sentence, draw=drawing(told, able, "waves", sentence), table=table, bases=["modelled"],
        name=("plan",), source=note(), source_plain=say("plan.surge_source"),
    )


def note() -> str:
    """The source line of what no source gives: the reader’s own suppositions, and the formula."""
    return f'<p class="cv-source">{figure.rich(say("plan.surge_source"))}</p>'


def wait_words(minutes: float) -> str:
    """A mean wait: under a minute, in minutes, or without end."""
    if np.isinf(minutes):
        return say("plan.wait_endless")
    return say("plan.wait_short") if minutes < 1 else _minutes(round(minutes))


def surge_table(told: pd.DataFrame) -> Table:
    """Every open hour: calls, chance to wait, mean wait, callers waiting at its end."""
    return Table([
        Column(say("plan.hour"), [numbers.count(x + 1) for x in told["hour"]], "head"),
        Column(say("plan.calls"), [numbers.count(round(x)) for x in told["calls"]], "number"),
        Column(say("plan.waiting"), [numbers.percent(x, 0) for x in told["waiting"]], "number"),
        Column(say("plan.mean_wait"), [wait_words(x) for x in told["wait"]], "number"),
        Column(say("plan.queue"), [numbers.count(round(x)) for x in told["queue"]], "number", second=True),
    ], told.assign(wait=told["wait"].where(np.isfinite(told["wait"]))), say("plan.surge_caption"))


def drawing(told: pd.DataFrame, able: float, key: str, sentence: str) -> Callable[[], Any]:
    """Calls an hour as columns under the line of what can be taken; hours that break are marked by colour and cross."""
    return kept.chart(lambda dark: _drawn(told, able, dark=dark), key=key,
                      alt=figure.alt_of(sentence, say("plan.surge_alt")))


def _drawn(told: pd.DataFrame, able: float, *, dark: bool) -> go.Figure:
    chart = charts.base(300, dark=dark)
    mark, teal, ink3 = (theme.token(name, dark=dark) for name in ("mark", "teal", "ink3"))
    for holds, colour, pattern in ((True, teal, ""), (False, mark, "x")):
        rows = told[told["holds"] == holds]
        chart.add_bar(
            x=rows["hour"] + 1, y=rows["calls"], marker={"color": colour, "pattern": {"shape": pattern}},
            text=[say("plan.surge_hover", hour=numbers.count(hour + 1), n=numbers.count(round(calls)),
                      wait=wait_words(wait)) for hour, calls, wait in
                  zip(rows["hour"], rows["calls"], rows["wait"])],
            textposition="none", hovertemplate="%{text}<extra></extra>",
        )
    chart.add_hline(y=able, line={"color": ink3, "width": 1.5, "dash": "dash"})
    chart.add_annotation(x=1, xref="paper", xanchor="right", y=able, yanchor="bottom", showarrow=False,
                         text=say("plan.able", n=numbers.count(round(able))), font={"color": ink3, "size": 13})
    days = list(range(DAY, int(told["hour"].max()) + 2, DAY))
    chart.update_xaxes(tickvals=days, ticktext=[numbers.count(x) for x in days], title=say("plan.hours_after"))
    chart.update_yaxes(showgrid=True, rangemode="tozero")
    chart.update_layout(bargap=0.15, showlegend=False)
    return chart


def show(store: Store) -> Scenario:
    """Everything about a surge; gives what is on screen, for the log and the printed page."""
    choice = asked()
    at_once = kept.figure(store, "plan.surge", lambda: surge_figure(choice), choice)
    held = kept.figure(store, "plan.waves", lambda: waves_figure(choice), choice)
    figure.show(at_once)
    figure.show(held)
    told = at_once.rows.export
    found = [
        Number("first_calls", float(told["calls"].iloc[0]), None, None, "calls", "modelled"),
        Number("queue", float(told["queue"].max()), None, None, "calls", "modelled"),
    ]
    rows: list[tuple[str, tuple[str, ...]]] = []
    if not held.empty:
        plan = held.rows.export
        found.append(Number("waves", float(len(plan)), None, None, "waves", "modelled"))
        rows = [(say("plan.wave_n", n=numbers.count(row.wave)),
                 (numbers.count(row.hour // DAY + 1), numbers.count(row.households)))
                for row in tables.records(plan.head(15))]
    return Scenario(
        "surge", " ".join(one.sentence for one in (at_once, held) if not one.empty), tuple(found), tuple(rows),
        heads=(say("plan.wave_day"), say("plan.wave_households")),
    )
