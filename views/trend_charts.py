"""Charts over time, and where areas stand: published shares by year, requests by week, changes by area."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from views import charts, numbers, theme
from views.words import local, say

# Dash of a simulated series: never solid.
SIMULATED = "5px,3px"


def published(rows: pd.DataFrame, *, dark: bool) -> go.Figure:
    """One published series: a point a year, each with its value; `rows`: reference_year, percent, low, high, basis."""
    mark, paper = theme.token("mark", dark=dark), theme.token("paper", dark=dark)
    simulated = "simulated" in set(rows["basis"])
    chart = charts.base(230, dark=dark)
    limits: dict[str, Any] | None = None
    if rows[["low", "high"]].notna().all(axis=None):
        limits = {
            "type": "data", "symmetric": False, "array": rows["high"] - rows["percent"],
            "arrayminus": rows["percent"] - rows["low"], "color": mark, "thickness": 1.5, "width": 4,
        }
    texts = [numbers.percent(value / 100) for value in rows["percent"]]
    chart.add_scatter(
        x=rows["reference_year"].astype(str), y=rows["percent"], mode="lines+markers+text", text=texts,
        textposition="top center", textfont={"size": 13}, error_y=limits, cliponaxis=False,
        line={"color": mark, "width": 2, "dash": SIMULATED if simulated else "solid"},
        marker={"size": 9, "color": paper if simulated else mark, "line": {"color": mark, "width": 2}},
        hovertemplate=charts.pair("%{x}", "%{text}") + "<extra></extra>",
    )
    chart.update_xaxes(type="category", range=[-0.45, len(rows) - 0.55])
    chart.update_yaxes(range=[0, float(rows["percent"].max()) * 1.22], showticklabels=False)
    chart.add_hline(y=0, line={"color": theme.token("ink3", dark=dark), "width": 1})
    return chart


def weekly(frame: pd.DataFrame, events: pd.DataFrame, *, simulated: bool, dark: bool) -> go.Figure:
    """Weeks, the same weeks a year before in a paler line, events as upright rules; gaps where a count is hidden.

    `frame`: period, count, before, one of them known at least; `events`: date, title_fr, title_en.
    """
    mark, ink3, paper, ink = (theme.token(name, dark=dark) for name in ("mark", "ink3", "paper", "ink"))
    top = float(frame[["count", "before"]].max().max()) * 1.3 or 1.0
    chart = charts.base(360, dark=dark)
    for column, colour, width in (("before", ink3, 1.25), ("count", mark, 2.25)):
        chart.add_scatter(
            x=frame["period"], y=frame[column], mode="lines+markers" if len(frame) < 16 else "lines", opacity=1,
            connectgaps=False, line={"color": colour, "width": width, "dash": SIMULATED if simulated else "solid"},
            marker={"size": 7, "color": paper, "line": {"color": colour, "width": 1.75}}, cliponaxis=False,
            text=[numbers.day(day) for day in frame["period"]],
            hovertemplate=say("referrals.weeks_" + ("now" if column == "count" else "before"))
            + ", " + charts.pair("%{text}", "%{y:,.0f}") + "<extra></extra>",
        )
    chart.update_layout(margin={"r": 92, "t": 20, "l": 4})
    for column, colour, words, lift in _ends(frame, top):
        chart.add_annotation(
            x=frame["period"].iloc[-1], y=column, text=f"<b>{words}</b>", xanchor="left", xshift=8, showarrow=False,
            yshift=lift, font={"color": mark if colour else ink3, "size": 13},
        )
    middle = frame["period"].iloc[0] + (frame["period"].iloc[-1] - frame["period"].iloc[0]) / 2
    for i, event in enumerate(events.itertuples()):
        chart.add_shape(
            type="line", x0=event.date, x1=event.date, y0=0, y1=top * (0.97 - 0.09 * (i % 2)),
            line={"color": ink, "width": 1, "dash": "dot"}, layer="below",
        )
        chart.add_annotation(
            x=event.date, y=top * (0.97 - 0.09 * (i % 2)), text=local(event.title_fr, event.title_en), showarrow=False,
            xanchor="left" if event.date <= middle else "right", xshift=5 if event.date <= middle else -5,
            font={"size": 13, "color": ink}, bgcolor=paper, borderpad=2, yanchor="top",
        )
    _months(chart, frame)
    _steps(chart, top, dark=dark)
    return chart


def levels(frame: pd.DataFrame, *, simulated: bool, dark: bool) -> go.Figure:
    """Weekly counts in a thin pale line, the level without the season in a thick one; gaps where a count is hidden.

    `frame`: period, count, level, one level known at least.
    """
    mark, ink3 = theme.token("mark", dark=dark), theme.token("ink3", dark=dark)
    top = float(frame[["count", "level"]].max().max()) * 1.12
    chart = charts.base(300, dark=dark)
    for column, colour, width in (("count", ink3, 1.0), ("level", mark, 2.5)):
        chart.add_scatter(
            x=frame["period"], y=frame[column], mode="lines", connectgaps=False, cliponaxis=False,
            line={"color": colour, "width": width, "dash": SIMULATED if simulated else "solid"},
            text=[numbers.day(day) for day in frame["period"]],
            hovertemplate=say(f"referrals.seasons_{column}") + ", %{text} : %{y:,.0f}<extra></extra>",
        )
    chart.update_layout(margin={"r": 8, "t": 20, "l": 4})
    last = frame[frame["level"].notna()].iloc[-1]
    chart.add_annotation(
        x=last["period"], y=last["level"], text=f"<b>{say('referrals.seasons_level')}</b>", xanchor="right",
        yshift=-26, showarrow=False, font={"color": mark, "size": 13}, bgcolor=theme.token("paper", dark=dark),
    )
    _months(chart, frame)
    _steps(chart, top, dark=dark)
    return chart


def _months(chart: go.Figure, frame: pd.DataFrame) -> None:
    """A time axis of about four months, or of days where there are only a few weeks."""
    months = pd.date_range(frame["period"].iloc[0], frame["period"].iloc[-1], freq="MS")
    ticks = list(months[:: max(1, math.ceil(len(months) / 4))])
    if len(frame) < 16:
        ticks = list(frame["period"].iloc[:: max(1, len(frame) // 3)])
    words = [numbers.iso(day) if len(frame) < 16 else numbers.month_tick(day) for day in ticks]
    chart.update_xaxes(tickvals=ticks, ticktext=words, tickangle=0)


def _steps(chart: go.Figure, top: float, *, dark: bool) -> None:
    """A value axis from zero: a base line, and a few round steps written as the reader's language writes them."""
    size = 10 ** math.floor(math.log10(top / 4)) if top > 0 else 1.0
    step = next(size * k for k in (1, 2, 5, 10) if size * k * 5.5 >= top)
    values = [step * i for i in range(1, 7) if step * i <= top]
    chart.update_yaxes(showgrid=True, range=[0, top], tickvals=values, ticktext=[numbers.count(x) for x in values])
    chart.add_hline(y=0, line={"color": theme.token("ink3", dark=dark), "width": 1})


def _ends(frame: pd.DataFrame, top: float) -> list[tuple[float, bool, str, float]]:
    """Where the words at the end of both lines stand, pushed apart where the lines end close together."""
    now, before = frame["count"].dropna(), frame["before"].dropna()
    told: list[tuple[float, bool, str, float]] = []
    close = len(now) and len(before) and abs(now.iloc[-1] - before.iloc[-1]) < top * 0.07
    up = bool(len(now) and len(before) and now.iloc[-1] >= before.iloc[-1])
    if len(now):
        told.append((float(now.iloc[-1]), True, say("referrals.weeks_now"), (9 if up else -9) if close else 0))
    if len(before):
        told.append((float(before.iloc[-1]), False, say("referrals.weeks_before"), (-9 if up else 9) if close else 0))
    return told


ORDER = ("more", "unclear", "less", "unknown")


def changes(frame: pd.DataFrame, city: float | None, chosen: str | None, *, simulated: bool, dark: bool) -> go.Figure:
    """A dot an area by requests per 1,000, in rows by its change since a year ago; the city as an upright rule.

    `frame`: area_id, name, value, verdict. Areas without a value are in the table only;
    one at least has one.
    """
    mark, ink, ink3, paper = (theme.token(name, dark=dark) for name in ("mark", "ink", "ink3", "paper"))
    rows = frame[frame["value"].notna()]
    kinds = [verdict for verdict in ORDER if (rows["verdict"] == verdict).any()]
    chart = charts.base(56 + 62 * len(kinds), dark=dark)
    top = max(float(rows["value"].max()), city or 0.0) * 1.08 or 1.0
    for i, verdict in enumerate(kinds):
        at, y = rows[rows["verdict"] == verdict], len(kinds) - 1 - i
        chart.add_scatter(
            x=at["value"], y=[y] * len(at), mode="markers", cliponaxis=False,
            text=[charts.pair(name, numbers.value(value, "per_1000")) for name, value in zip(at["name"], at["value"])],
            hovertemplate="%{text}<extra></extra>",
            marker={
                "size": [17 if area == chosen else 11 for area in at["area_id"]],
                "color": [mark if area == chosen or not simulated else paper for area in at["area_id"]],
                "opacity": 0.9,
                "line": {"color": [ink if area == chosen else mark for area in at["area_id"]], "width": 1.5},
            },
        )
        chart.add_annotation(
            x=0, y=y, xref="paper", xanchor="left", yshift=22, showarrow=False, bgcolor=paper, borderpad=1,
            text=f"{say(f'referrals.verdict_{verdict}')} <b>{numbers.count(len(at))}</b>",
        )
        for name, value in at.loc[at["area_id"] == chosen, ["name", "value"]].itertuples(index=False):
            chart.add_annotation(
                x=value, y=y, text=f"<b>{name}</b>", showarrow=False, yshift=-19, bgcolor=paper, borderpad=1,
                xanchor="right" if value > top / 2 else "left",
            )
    if city is not None:
        line = {"color": ink, "width": 2}
        chart.add_shape(type="line", x0=city, x1=city, y0=-0.4, y1=len(kinds) - 0.5, line=line, layer="below")
        chart.add_annotation(
            x=city, y=len(kinds) - 0.5, text=say("referrals.areas_city", value=numbers.value(city, "per_1000")),
            showarrow=False, xanchor="left", xshift=6, yshift=8, font={"size": 13, "color": ink3},
        )
    size = 10 ** math.floor(math.log10(top))
    step = next(size * k for k in (0.2, 0.25, 0.5, 1, 2) if size * k * 5 >= top)
    values = [step * i for i in range(6) if step * i <= top]
    texts = [numbers.decimal(x, 1, least=0) for x in values]
    chart.update_xaxes(showgrid=True, range=[-top * 0.015, top], tickvals=values, ticktext=texts)
    chart.update_yaxes(range=[-0.45, len(kinds) - 0.2], showticklabels=False)
    return chart
