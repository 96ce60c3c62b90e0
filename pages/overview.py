"""How is the city doing, in four numbers?"""

from __future__ import annotations

import html
from typing import Any

import pandas as pd
import streamlit as st

from views import (
    bars,
    city,
    figure,
    gaps,
    guide,
    kept,
    numbers,
    overview,
    overview_told,
    page,
    sources,
    tables,
    trend_charts,
    what_changed,
)
from views import session as visit
from views.figure import Figure
from views.session import Store
from views.tables import Column, Table
from views.words import plural, say


def gaps_figure(store: Store, level: str) -> Figure:
    """The largest gaps by name, with their likely ranks."""
    ranked, setting = gaps.gaps(store, level), city.reach_of(store)
    behind = sources.behind(store, overview.FAR)
    common: dict[str, Any] = {
        "id": "gaps", "title": say("overview.gaps_title"), "indicator": overview.FAR, "name": (level, setting),
        "source": sources.line(store, behind, method=say("method.straight")) + overview.onward(
            "gap_map", "overview.gaps_go", indicator=overview.FAR.id, level=level,
        ),
        "source_plain": sources.plain(store, behind),
    }
    if ranked.empty:
        return Figure(**common, sentence="", empty=say("overview.gaps_none"))
    rest = len(ranked) - gaps.SHOWN
    note = plural("overview.gaps_more", rest, n=numbers.count(rest)) if rest > 0 else ""

    def told() -> list[str]:
        first: list[Any] = list(ranked.head(gaps.SHOWN).itertuples())
        rows = [
            bars.Row(
                row.name, gaps.people(row), row.numerator, row.people_low, row.people_high,
                rank=gaps.rank_words(row.rank_best, row.rank_worst), under=row.place,
                href=overview.address("gap_map", area=row.area_id, level=level, indicator=overview.FAR.id),
                more=[numbers.limited(row.value, row.low, row.high, "share"), gaps.distance(row.metres, row.side)],
            )
            for row in first
        ]
        heads = [say(f"overview.{key}") for key in ("rank", "people", "share", "distance")]
        heads[0] = "" if store.listing_incomplete else heads[0]
        heads.insert(1, say("table.area"))
        simulated = "simulated" in set(ranked["basis"])
        more = [f'<p class="cv-source">{html.escape(note)}</p>'] if note else []
        return [bars.to_html(rows, heads, say("overview.gaps_caption"), simulated=simulated), *more]

    return Figure(
        **common, sentence=gaps.gaps_sentence(store, level, ranked), draw=kept.markup(told),
        table=overview_told.gaps_table(ranked), bases=ranked["basis"].unique().tolist(),
    )


def together_figure(store: Store, level: str) -> Figure:
    """Need, reach and distance where most live in the most deprived fifth, beside the other areas."""
    sides = gaps.together(store, level)
    used = (overview.NEED, overview.FIFTH, overview.FAR)
    behind = list(dict.fromkeys(name for one in used for name in sources.behind(store, one)))
    common: dict[str, Any] = {
        "id": "together", "title": say("overview.together_title"), "indicator": overview.FIFTH, "name": (level,),
        "source": sources.line(store, behind, method=say("overview.together_other")) + overview.onward(
            "risk_factors", "overview.together_go",
        ),
        "source_plain": sources.plain(store, behind),
    }
    if sides.empty:
        return Figure(**common, sentence="", empty=say("overview.together_none"))
    bases = set(store.indicator(overview.FAR.id, level, city.reach_of(store))["basis"])
    bases |= set(store.indicator(overview.NEED.id, level)["basis"])
    measures = gaps.together_measures(store, level, sides)
    names = [say(f"overview.together_{side}") for side in sides.index]
    areas = [plural(f"level_n.{level}", n, n=numbers.count(n)) for n in sides["areas"]]
    heads = [say("overview.together_side", side=name, areas=n) for name, n in zip(names, areas)]

    def told() -> list[str]:
        drawn = []
        for one in measures:
            rows = [
                bars.Row(names[i], one.shown[i], one.values[i], one.lows[i], one.highs[i], under=areas[i])
                for i in (0, 1)
            ]
            drawn.append(bars.to_html(rows, ["", one.name, ""], one.name, simulated=one.simulated))
        return drawn

    return Figure(
        **common, sentence=gaps.together_sentence(sides, incomplete=store.listing_incomplete),
        draw=kept.markup(told), table=together_table(measures, heads), bases=sorted(bases),
    )


def together_table(measures: list[gaps.Measure], heads: list[str]) -> Table:
    """Three measures by two sides, with the range of the estimated one."""
    columns = [Column(say("overview.together_what"), [one.name for one in measures], "head")]
    for i, head in enumerate(heads):
        under = [numbers.span(one.lows[i], one.highs[i], "share") or "" for one in measures]
        columns.append(Column(head, [one.shown[i] for one in measures], "number", under=under))
    export = pd.DataFrame([{
        "measure": one.id, "inside": one.values[0], "inside_low": one.lows[0], "inside_high": one.highs[0],
        "outside": one.values[1], "outside_low": one.lows[1], "outside_high": one.highs[1],
    } for one in measures])
    return Table(columns, export, say("overview.together_caption"))


def survey_figure(store: Store) -> Figure:
    """The published share, year by year: one series drawn, every series in the table."""
    rows = overview.series(store).dropna(subset=["percent"]).sort_values("reference_year")
    every = overview.all_series(store)
    behind = every["dataset_id"].unique().tolist()
    common: dict[str, Any] = {
        "id": "survey", "title": say("overview.survey_title"), "source_plain": sources.plain(store, behind),
        "source": sources.line(store, behind) + overview.onward("risk_factors", "overview.survey_go"),
    }
    if rows.empty:
        return Figure(**common, sentence="", empty=say("overview.survey_none"))
    sentence = overview.survey_sentence(store, rows, every)

    draw = kept.chart(
        lambda dark: trend_charts.published(rows, dark=dark), key="survey",
        alt=figure.alt_of(sentence, say("overview.survey_alt")),
    )
    return Figure(
        **common, sentence=sentence, draw=draw, table=survey_table(every), bases=rows["basis"].unique().tolist(),
    )


def survey_table(every: pd.DataFrame) -> Table:
    """Published shares, newest year first inside each series."""
    rows = every.sort_values(["title", "geography", "reference_year"], ascending=[True, True, False], ignore_index=True)
    known = rows["percent"].notna()
    values = [
        numbers.percent(value / 100) if good else tables.status_word(status)
        for value, good, status in zip(rows["percent"], known, rows["status"])
    ]
    columns = [
        Column(say("overview.survey_source"), rows["title"].tolist(), "head"),
        Column(say("overview.survey_place"), [city.territory(x) for x in rows["geography"]], "text", second=True),
        Column(say("overview.survey_reference"), rows["reference_year"].astype(str).tolist(), "number"),
        Column(say("overview.survey_collection"), rows["collection_year"].astype(str).tolist(), "number"),
        Column(say("overview.survey_value"), values, "number", words=(~known).tolist()),
    ]
    if rows[["low", "high"]].notna().any(axis=None):
        cells: list[Any] = list(rows.itertuples())
        spans = [numbers.span(r.low / 100, r.high / 100, "share") or "" for r in cells]
        columns.append(Column(say("overview.span"), spans, "number", second=True))
    return Table(columns, rows, say("overview.survey_caption"))


def main() -> None:
    """The page."""
    store = visit.store()
    level = str(store.settings["default_level"])
    four = kept.once(store, "overview.four", lambda: overview.four(store))
    said = kept.once(store, "overview.lead", lambda: overview_told.lead(store, level))
    page.header("overview", said, bases=[one.basis for one in four])
    st.html(overview.to_html(four))
    guide.panel(store)
    left, right = st.columns([2.15, 1], gap="large")
    with left:
        figure.show(kept.figure(store, "overview.together", lambda: together_figure(store, level)))
        figure.show(kept.figure(store, "overview.gaps", lambda: gaps_figure(store, level)))
        figure.show(kept.figure(store, "overview.survey", lambda: survey_figure(store)))
    with right:
        before = visit.before()
        since = before.version if before else ""
        figure.show(kept.figure(store, "overview.changes", lambda: what_changed.figure_of(store, before), since))
        page.limits(overview_told.limits(store, level))


main()
