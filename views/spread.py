"""How evenly places within reach are spread over people: the Lorenz curve of access and its Gini index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from indicators import INDICATOR
from indicators.equity import lorenz
from loaders.store import Store
from views import charts, figure, kept, numbers, sources, theme
from views.city import reach_of
from views.figure import Figure
from views.tables import Column, Table
from views.words import language, say

GINI, ACCESS = INDICATOR["gini"], INDICATOR["access"]
FIFTH = 0.2


def curve(store: Store) -> pd.DataFrame:
    """Cumulated shares of people and of places within reach, least served first; no rows where places are not known.

    Areas are those of the edition's default level; one whose access is not known is out, as in the index.
    """
    level = str(store.settings["default_level"])
    rows = store.indicator(ACCESS.id, level, reach_of(store))
    if rows.empty:
        return pd.DataFrame()
    areas = store.areas(level)[["area_id", "population"]].merge(rows, on="area_id", how="left")
    return lorenz(areas.astype({"population": "float64"}).assign(
        value=areas["value"].where(areas["status"] == "ok"), basis=areas["basis"].fillna("modelled"),
    ))


def held(rows: pd.DataFrame, people: float) -> float:
    """Share of the places that the least served `people` [share of everyone] have."""
    return float(np.interp(people, rows["people_share"], rows["resource_share"]))


def spread_sentence(rows: pd.DataFrame, index: pd.Series) -> str:
    """What the least and the best served fifth hold, the index with its range; even is not fair."""
    told = [
        say("risk_factors.spread_least", share=numbers.percent(FIFTH, 0), held=numbers.percent(held(rows, FIFTH))),
        say("risk_factors.spread_best", share=numbers.percent(FIFTH, 0),
            held=numbers.percent(1 - held(rows, 1 - FIFTH))),
        say("risk_factors.spread_gini", value=numbers.value(index["value"], "index"),
            span=numbers.span(index["low"], index["high"], "index")),
    ]
    return " ".join([*told, say("risk_factors.spread_fair")])


def spread_table(rows: pd.DataFrame) -> Table:
    """The curve at every tenth of people."""
    tenths = [n / 10 for n in range(1, 11)]
    shares = [held(rows, x) for x in tenths]
    return Table([
        Column(say("risk_factors.spread_people"), [numbers.percent(x, 0) for x in tenths], "head"),
        Column(say("risk_factors.spread_held"), [numbers.percent(x) for x in shares], "number"),
    ], pd.DataFrame({"people_share": tenths, "resource_share": shares}), say("risk_factors.spread_caption"))


def drawn(rows: pd.DataFrame, *, simulated: bool, dark: bool) -> go.Figure:
    """The curve under the line of equal shares."""
    teal, ink3 = theme.token("teal", dark=dark), theme.token("ink3", dark=dark)
    chart = charts.base(340, dark=dark)
    chart.add_scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", line={"color": ink3, "width": 1})
    chart.add_scatter(
        x=rows["people_share"], y=rows["resource_share"], mode="lines",
        line={"color": teal, "width": 2.5, "dash": "dash" if simulated else "solid"},
        text=[say("risk_factors.spread_hover", people=numbers.percent(x), held=numbers.percent(y))
              for x, y in zip(rows["people_share"], rows["resource_share"])],
        hovertemplate="%{text}<extra></extra>",
    )
    ticks = [n * FIFTH for n in range(6)]
    words = [numbers.percent(x, 0) for x in ticks]
    chart.update_xaxes(range=[0, 1], tickvals=ticks, ticktext=words)
    chart.update_yaxes(range=[0, 1.02], tickvals=ticks, ticktext=words, showgrid=True)
    paper = theme.token("paper", dark=dark)
    chart.add_annotation(x=0.5, y=0.5, text=say("risk_factors.spread_equal"), showarrow=False, xanchor="right",
                         xshift=-10, font={"color": ink3, "size": 13}, bgcolor=paper)
    chart.add_annotation(x=0.75, y=held(rows, 0.75), text=f"<b>{say('risk_factors.spread_here')}</b>", showarrow=False,
                         xanchor="left", xshift=8, yshift=-12, font={"color": teal, "size": 13}, bgcolor=paper)
    return chart


def spread_figure(store: Store) -> Figure:
    """The Lorenz curve of access at the default reach."""
    rows, title = curve(store), GINI.question.of(language())
    index = store.groups(GINI.id)
    index = index[(index["grp"] == ACCESS.id) & (index["status"] == "ok")]
    if rows.empty or index.empty or store.listing_incomplete:
        why = "spread_listed" if store.listing_incomplete else "spread_empty"
        return Figure("spread", title, "", empty=say(f"risk_factors.{why}"), indicator=GINI)
    sentence, bases = spread_sentence(rows, index.iloc[0]), index["basis"].unique().tolist()
    behind = sources.behind(store, ACCESS)
    return Figure(
        "spread", title, sentence, table=spread_table(rows), bases=bases, indicator=GINI, name=("city",),
        draw=kept.chart(
            lambda dark: drawn(rows, simulated="simulated" in bases, dark=dark), key="spread",
            alt=figure.alt_of(sentence, say("risk_factors.spread_alt")),
        ),
        source=sources.line(store, behind, method=GINI.range_means.of(language())),
        source_plain=sources.plain(store, behind),
    )
