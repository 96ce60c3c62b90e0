"""Two characteristics at once: whether a published group that has both goes without more than their sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators import crossings, risk
from indicators.rates import weakest
from loaders.store import Store
from views import figure, kept, numbers, range_charts, sources, tables
from views.figure import Figure
from views.range_charts import Mark
from views.tables import Column, Table
from views.words import language, plural, say


@dataclass(frozen=True)
class Crossing:
    """Four groups of a survey that cut people by two characteristics: neither, only one, only the other, both."""

    id: str
    neither: str
    first: str
    second: str
    both: str


# What the Canadian Income Survey publishes crossed: gender, age, living outside a family. Nothing by origin or income.
CROSSINGS = (
    Crossing("women_seniors", "men_18to64", "women_18to64", "men_65plus", "women_65plus"),
    Crossing("unattached_seniors", "non_senior_family", "unattached_non_senior", "senior_family", "unattached_senior"),
    Crossing("unattached_women", "unattached_non_senior_men", "unattached_non_senior_women", "unattached_senior_men",
             "unattached_senior_women"),
)


def crossed(store: Store) -> pd.DataFrame:
    """One row a crossing the survey publishes: grp, period [last of the survey], value [share of those with both, 0 to
    1], expected [share if the gaps added up], excess [value − expected], others [excess of the other years], low, high
    [least and most of all years], status, basis. A crossing of which the survey publishes no year has no row."""
    rows = store.groups(risk.RATIO.id)
    if rows.empty:
        return pd.DataFrame()
    shares = rows.pivot_table(index="period", columns="grp", values="numerator", dropna=False) / 100
    status = rows.pivot_table(index="period", columns="grp", values="status", aggfunc="first")
    last, told = rows["period"].max(), []
    for one in CROSSINGS:
        cells = [one.neither, one.first, one.second, one.both]
        if not set(cells) <= set(shares.columns):
            continue
        found = {str(year): _excess(shares.loc[year, cells].to_numpy("float64")) for year in shares.index}
        now = found[str(last)]
        seen = [row["excess"] for row in found.values() if numbers.known(row["excess"])]
        if not seen:
            continue
        hidden = bool((status.loc[last, cells] == "suppressed").any())
        told.append({
            "grp": one.id, "period": str(last), "value": now["value"], "expected": now["expected"],
            "excess": now["excess"], "low": min(seen), "high": max(seen), "years": len(seen),
            "others": [row["excess"] for year, row in found.items() if year != str(last) and
                       numbers.known(row["excess"])],
            "status": "suppressed" if hidden and now["status"] == "missing" else now["status"],
            "basis": weakest(rows.loc[rows["grp"].isin(cells), "basis"].unique()),
        })
    return pd.DataFrame(told)


def _excess(shares: np.ndarray) -> pd.Series:
    """The crossing of four observed shares, in the order of `Crossing`; the survey gives no size of the groups."""
    cells = pd.DataFrame({
        "first": [0, 1, 0, 1], "second": [0, 0, 1, 1], "people": np.nan, "share": shares,
    })
    return crossings.crossings(cells, ["first", "second"]).iloc[0]


def points(value: float) -> str:
    """A gap between two shares, its sign always written: « +2,1 points »."""
    shown = numbers.value(value, "points")
    return f"+{shown}" if round(100 * value, 1) > 0 else shown


def points_tick(value: float) -> str:
    """A gap on an axis, without its unit, which the rows write: « +2,5 », « 0 »."""
    shown = numbers.decimal(100 * value, 1, least=0)
    return f"+{shown}" if round(100 * value, 1) > 0 else shown


def points_span(low: float, high: float) -> str:
    """The least and the most gap of all years."""
    first, last = points(low), points(high)
    return last if first == last else say("number.span", low=first, high=last)


def kind(row: pd.Series) -> range_charts.Kind:
    """Above or below the sum in every published year; else not told apart from it."""
    return range_charts.side(row["low"], row["high"]) if row["years"] > 1 else "unclear"


def crossed_sentence(rows: pd.DataFrame) -> str:
    """How many crossings pass the sum of their gaps in every year, one in numbers, which crossing nobody publishes."""
    ok = rows[rows["status"] == "ok"]
    if ok.empty:
        return say("risk_factors.crossed_hidden")
    kinds = [kind(row) for _, row in ok.iterrows()]
    told = [plural(f"risk_factors.crossed_{'some' if 'more' in kinds else 'no'}", kinds.count("more"),
                   n=numbers.count(kinds.count("more")), total=numbers.count(len(ok)))]
    one = ok.iloc[int(ok["excess"].abs().to_numpy().argmax())]
    told.append(say(
        "risk_factors.crossed_one", who=say(f"risk_factors.crossing_{one['grp']}"), share=numbers.percent(one["value"]),
        expected=numbers.percent(one["expected"]), excess=points(one["excess"]),
        span=points_span(one["low"], one["high"]),
    ))
    return " ".join([*told, say("risk_factors.crossed_needed"), say("risk_factors.crossed_caution")])


def crossed_table(rows: pd.DataFrame) -> Table:
    """Every crossing: share of those with both, share expected, what is more or less, over the years."""
    ok = (rows["status"] == "ok").tolist()
    cells = [row for _, row in rows.iterrows()]
    return Table([
        Column(say("risk_factors.crossed_who"), [say(f"risk_factors.crossing_{x}") for x in rows["grp"]], "head",
               under=[say(f"risk_factors.crossing_of_{x}") for x in rows["grp"]]),
        Column(say("risk_factors.own_share"), [
            numbers.percent(row["value"]) if good else tables.status_word(row["status"]) for row, good in zip(cells, ok)
        ], "number", words=[not good for good in ok]),
        Column(say("risk_factors.crossed_expected"), [
            numbers.percent(row["expected"]) if good else "" for row, good in zip(cells, ok)], "number"),
        Column(say("risk_factors.crossed_excess"), [
            points(row["excess"]) if good else "" for row, good in zip(cells, ok)], "number"),
        Column(say("risk_factors.spread"), [points_span(row["low"], row["high"]) for row in cells], "number",
               second=True),
        Column(say("risk_factors.nature"), [
            say("risk_factors.nature_crossed", basis=say(f"basis.{row['basis']}")) for row in cells
        ], "text", second=True),
    ], rows.drop(columns="others"), say("risk_factors.crossed_caption"))


def crossed_figure(store: Store) -> Figure:
    """What both together add to the sum of each, in points; other years as thin ticks."""
    rows, title = crossed(store), crossings.INDICATOR.question.of(language())
    behind = [str(store.setting("survey_dataset"))]
    if rows.empty:
        return Figure(
            "crossed", title, "", empty=say("risk_factors.crossed_empty"), indicator=crossings.INDICATOR,
            source=sources.line(store, behind), source_plain=sources.plain(store, behind),
        )
    sentence, bases = crossed_sentence(rows), rows["basis"].unique().tolist()
    ok = rows[rows["status"] == "ok"]

    marks = [Mark(
        say(f"risk_factors.crossing_{row['grp']}"), row["excess"], points(row["excess"]), kind=kind(row),
        others=row["others"], hover=say("risk_factors.crossed_hover", share=numbers.percent(row["value"]),
                                        expected=numbers.percent(row["expected"])),
    ) for _, row in ok.iterrows()]
    draw = kept.chart(
        lambda dark: range_charts.drawn(marks, points_tick, simulated="simulated" in bases, dark=dark),
        key="crossed", alt=figure.alt_of(sentence, say("risk_factors.crossed_alt")),
    )

    return Figure(
        "crossed", title, sentence, draw=draw if len(ok) else figure.nothing, table=crossed_table(rows), bases=bases,
        indicator=crossings.INDICATOR, name=(str(rows["period"].iloc[0]),),
        source=sources.line(store, behind, method=say("risk_factors.crossed_method")),
        source_plain=sources.plain(store, behind),
    )
