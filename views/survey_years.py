"""Published shares of everyone over the years: every source and vintage its own line."""

from __future__ import annotations

import pandas as pd

from loaders.store import Store
from views import figure, group_charts, kept, numbers, overview, sources, tables
from views.city import territory
from views.group_charts import Series
from views.tables import Column, Table
from views.words import known, plural, say


def series_name(dataset_id: str, title: str) -> str:
    """A short name for one source of the series; its title where we have none."""
    return say(f"series.{dataset_id}") if known(f"series.{dataset_id}") else title


def years_figure(store: Store) -> figure.Figure:
    """Published shares of everyone: every source and vintage its own line, and the region's own figure."""
    geography = str(store.setting("survey_geography"))
    titles = sources.datasets(store).set_index("dataset_id")
    frames = [store.prevalence(place).assign(geography=place) for place in dict.fromkeys((geography, overview.REGION))]
    rows = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    if rows.empty:
        return figure.Figure("years", say("risk_factors.years_title"), "", empty=say("overview.survey_none"))
    rows["name"] = [
        series_name(x, str(titles.loc[x, "title"])) for x in rows["dataset_id"]
    ]
    rows["name"] = rows["name"].where(rows["geography"] != overview.REGION, say("series.montreal_region"))
    ok = rows[rows["status"].eq("ok")]
    lines = [Series(str(name), one["reference_year"].astype(int).tolist(), one["percent"].tolist(), len(one) == 1)
             for (_, _, name), one in ok.groupby(["geography", "dataset_id", "name"], sort=False)]
    sentence = years_sentence(store, ok, geography)
    good = rows["status"].eq("ok")
    table = Table([
        Column(say("risk_factors.series"), rows["name"].tolist(), "head",
               under=[territory(g) for g in rows["geography"]], under_name=say("written.territory")),
        Column(say("risk_factors.year_described"), rows["reference_year"].astype(str).tolist(), "number"),
        Column(say("risk_factors.year_asked"), rows["collection_year"].astype(str).tolist(), "number", second=True),
        Column(say("risk_factors.share"), [
            numbers.percent(row.percent / 100) if g else tables.status_word(row.status)
            for row, g in zip(tables.records(rows), good)
        ], "number", words=(~good).tolist()),
        Column(say("risk_factors.quality"), [
            x if isinstance(x, str) else say("risk_factors.not_told") for x in rows["quality"]
        ], "text", second=True),
    ], rows.drop(columns=["name"]), say("table.caption", title=say("risk_factors.years_title")))
    behind = rows["dataset_id"].unique().tolist()

    draw = kept.chart(
        lambda dark: group_charts.series(lines, simulated="simulated" in set(rows["basis"]), dark=dark),
        key="chart_years", alt=figure.alt_of(sentence, say("risk_factors.years_alt")),
    )
    return figure.Figure(
        id="years", title=say("risk_factors.years_title"), sentence=sentence, table=table,
        draw=draw if lines else figure.nothing,  # no year is known: the table alone, with its words
        bases=rows["basis"].unique().tolist(), source_plain=sources.plain(store, behind),
        source=sources.line(store, behind, method=say("risk_factors.years_method")),
    )


def years_sentence(store: Store, ok: pd.DataFrame, geography: str) -> str:
    """First and last year of the main series; how the sources differ; the region's figure with its caveat."""
    main = ok[(ok["dataset_id"] == store.setting("survey_dataset")) & (ok["geography"] == geography)]
    told = []
    if len(main):
        first, last = main.iloc[0], main.iloc[-1]
        told.append(say(
            "risk_factors.years_main", place=territory(geography), first=first["reference_year"],
            last=last["reference_year"], first_share=numbers.percent(first["percent"] / 100),
            last_share=numbers.percent(last["percent"] / 100),
        ))
    others = ok[ok["geography"] == geography]["dataset_id"].nunique() - 1
    if len(main) and others:
        told.append(plural("risk_factors.years_others", others, n=numbers.count(others)))
    region, benchmark = ok[ok["geography"] == overview.REGION], store.settings["need"].get("benchmark")
    if len(region):
        one = region.iloc[-1]
        told.append(say(
            "risk_factors.years_region", share=numbers.percent(one["percent"] / 100), year=one["reference_year"],
        ))
    elif benchmark:
        told.append(say("risk_factors.years_benchmark", share=numbers.percent(benchmark)))
    return " ".join([*told, say("risk_factors.years_caution")])
