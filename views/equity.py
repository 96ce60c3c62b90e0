"""Whether help goes more to poorer areas, and around whom it stands: the published indices in plain words."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from indicators import INDICATOR
from loaders.store import Store
from views import bars, crossed, figure, kept, maps, numbers, range_charts, sources, tables
from views.figure import Figure
from views.range_charts import Mark
from views.tables import Column, Table
from views.words import language, plural, say

RATIO, LEAN, UNEVEN, SHORT = (INDICATOR[x] for x in ("fifth_ratio", "concentration_index", "gini", "inequity"))
AREAS, GROUPS = INDICATOR["geographic_disparity"], INDICATOR["demographic_disparity"]
# Quantities compared between the two ends of deprivation; need last: its gap comes partly from the computation.
QUANTITIES = ("nearest_food_aid", "access", "food_insecurity")
PLACES = "food_aid"
# Areas drawn: the widest gaps; all are in the table.
DRAWN = 6


def indices(store: Store) -> pd.DataFrame:
    """Every index of the city: indicator_id, quantity, and the result columns; no rows where none was computed."""
    frames = [store.groups(i.id).rename(columns={"grp": "quantity"}).assign(indicator_id=i.id)
              for i in (RATIO, LEAN, SHORT, UNEVEN)]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame()
    rows = pd.concat(frames, ignore_index=True)
    order = {name: n for n, name in enumerate(QUANTITIES)}
    rows["_n"] = rows["quantity"].map(order).fillna(len(order))
    return rows.sort_values("_n", kind="stable", ignore_index=True).drop(columns="_n")


def fifths(rows: pd.DataFrame) -> pd.DataFrame:
    """The quantities with a ratio between fifths, in order; numerator and denominator are the two means."""
    return rows[(rows["indicator_id"] == RATIO.id) & rows["quantity"].isin(QUANTITIES)].reset_index(drop=True)


def fifths_sentence(rows: pd.DataFrame, *, incomplete: bool = False) -> str:
    """Distance, places, need between the two ends; whether help leans as far as need. No verdict on places from an
    incomplete listing."""
    told = []
    for _, row in fifths(rows).iterrows():
        name = str(row["quantity"])
        if incomplete and name != QUANTITIES[-1]:
            told.extend([say("risk_factors.fifths_listed")] if name == QUANTITIES[0] else [])
            continue
        if row["status"] != "ok":
            told.append(say(f"risk_factors.fifths_{name}_none"))
            continue
        unit = INDICATOR[name].unit
        words = {
            "most": numbers.value(row["numerator"], unit), "least": numbers.value(row["denominator"], unit),
            "ratio": numbers.value(row["value"], "ratio"),
            "span": numbers.span(row["low"], row["high"], "ratio") or say("risk_factors.no_limit"),
        }
        side = range_charts.side(row["low"], row["high"], 1.0)
        told.append(say(f"risk_factors.fifths_{name}" if name == QUANTITIES[-1] else
                        f"risk_factors.fifths_{name}_{side}", **words))
    lean = rows[(rows["indicator_id"] == SHORT.id) & (rows["status"] == "ok") & (not incomplete)]
    for _, row in lean.iterrows():
        side = range_charts.side(row["low"], row["high"])
        told.append(say(f"risk_factors.lean_{side}", value=numbers.value(row["value"], "index"),
                        span=numbers.span(row["low"], row["high"], "index")))
    return " ".join(told)


def index_table(rows: pd.DataFrame) -> Table:
    """Every index: what it measures, on which quantity, its value, its range and how to read it."""
    ok = ((rows["status"] == "ok") & rows["value"].notna()).tolist()
    cells = [row for _, row in rows.iterrows()]
    made = [INDICATOR[str(row["indicator_id"])] for row in cells]
    return Table([
        Column(say("risk_factors.index"), [i.title.of(language()) for i in made], "head",
               under=[INDICATOR[str(row["quantity"])].title.of(language()) for row in cells]),
        Column(say("risk_factors.index_value"), [
            numbers.value(row["value"], i.unit) if good else tables.status_word(row["status"])
            for row, i, good in zip(cells, made, ok)], "number", words=[not good for good in ok]),
        Column(say("table.range"), [
            numbers.span(row["low"], row["high"], i.unit) or "" for row, i in zip(cells, made)], "number"),
        Column(say("risk_factors.index_reads"), [i.counts.of(language()) for i in made], "text", second=True),
        Column(say("risk_factors.nature"), [say(f"basis.{row['basis']}") for row in cells], "text", second=True),
    ], rows, say("risk_factors.index_caption"))


def fifths_figure(store: Store) -> Figure:
    """Two bars a quantity: the most and the least deprived fifth of people; each quantity on its own scale."""
    rows, title = indices(store), LEAN.question.of(language())
    if rows.empty or not (rows["status"] == "ok").any():
        return Figure("fifths", title, "", empty=say("risk_factors.fifths_empty"), indicator=RATIO)
    sentence, bases = fifths_sentence(rows, incomplete=store.listing_incomplete), rows["basis"].unique().tolist()
    two = fifths(rows)
    two = two[two["status"] == "ok"]

    def draw() -> None:
        for column, (_, row) in zip(st.columns(len(two), gap="large"), two.iterrows()):
            what = INDICATOR[str(row["quantity"])]
            ends = [bars.Row(say(f"risk_factors.fifth_{end}"), numbers.value(row[part], what.unit), float(row[part]))
                    for end, part in (("most", "numerator"), ("least", "denominator"))]
            head = what.title.of(language())
            column.html(bars.to_html(ends, ["", head, ""], head, simulated=row["basis"] == "simulated"))

    ranked = (store.deprivation("economic") if scored(store) else store.census("below_mbm"))["dataset_id"]
    behind = [x for name in QUANTITIES for x in sources.behind(store, INDICATOR[name])]
    behind = list(dict.fromkeys([*behind, *ranked.unique()]))
    method = " ".join([
        say("risk_factors.fifths_by_score" if scored(store) else "risk_factors.fifths_by_mbm",
            level=say(f"level.{store.settings['default_level']}").lower()),
        say("risk_factors.fifths_other"),
    ])
    if "income" not in set(store.group_labels()["dimension"]):
        method = f"{method} {say('risk_factors.no_income')}"
    return Figure(
        "fifths", title, sentence, draw=draw if len(two) else figure.nothing, table=index_table(rows), bases=bases,
        indicator=RATIO, name=("city",),
        source=sources.line(store, behind, method=f"{method} {RATIO.range_means.of(language())}"),
        source_plain=sources.plain(store, behind),
    )


def scored(store: Store) -> bool:
    """Whether areas are ranked by the edition's economic index; if not, by the share below the poverty line."""
    rows = store.deprivation("economic")
    return bool(rows["score"].notna().any())


# --- around whom, and where ---------------------------------------------------------------------------------------


def gaps(store: Store) -> tuple[pd.DataFrame, str]:
    """Groups, then areas, whose share of places is compared with their share: side (`group`, `area`), indicator_id,
    name, the result columns, verdict (`more`, `less`, `unclear`); and the level of the areas. On each side, widest gaps
    first. From an incomplete listing nothing is told apart."""
    level = str(store.settings["default_level"])
    groups, areas = store.groups(GROUPS.id), store.groups(AREAS.id)
    areas = areas[areas["grp"] == PLACES]
    names = maps.names(store, level).set_index("area_id")["name"] if len(areas) else pd.Series(dtype="object")
    rows = pd.concat([
        groups.assign(side="group", indicator_id=GROUPS.id,
                      name=[INDICATOR[x].title.of(language()) for x in groups["grp"]]),
        areas.assign(side="area", indicator_id=AREAS.id, name=areas["area_id"].map(names)),
    ], ignore_index=True)
    rows["verdict"] = [
        "unclear" if store.listing_incomplete else range_charts.side(low, high)
        for low, high in zip(rows["low"], rows["high"])
    ]
    return rows.sort_values(
        ["side", "value", "name"], ascending=[False, True, True], key=lambda x: -x.abs() if x.name == "value" else x,
        ignore_index=True,
    ), level


def around_sentence(rows: pd.DataFrame, level: str) -> str:
    """How many groups, then areas, surely have less or more than their share; chance among many comparisons."""
    told = []
    groups, areas = (rows[(rows["side"] == side) & rows["value"].notna()] for side in ("group", "area"))
    for _, row in groups[groups["verdict"] != "unclear"].iterrows():
        told.append(say(f"risk_factors.around_{row['verdict']}", name=row["name"], gap=crossed.points(row["value"]),
                        span=crossed.points_span(row["low"], row["high"])))
    unclear = int((groups["verdict"] == "unclear").sum())
    if unclear:
        told.append(plural("risk_factors.around_unclear", unclear, n=numbers.count(unclear)))
    if len(areas):
        told.append(say("risk_factors.around_areas",
                        total=plural(f"level_n.{level}", len(areas), n=numbers.count(len(areas))),
                        **{verdict: _how_many(areas, verdict) for verdict in ("more", "less", "unclear")}))
    return " ".join([*told, say("risk_factors.around_caution")])


def _how_many(areas: pd.DataFrame, verdict: str) -> str:
    """How many areas have a verdict, as a piece of a sentence; none is a word."""
    count = int((areas["verdict"] == verdict).sum())
    key = f"risk_factors.around_{verdict}"
    return plural(f"{key}_n", count, n=numbers.count(count)) if count else say(f"{key}_none")


def around_table(rows: pd.DataFrame) -> Table:
    """Groups then areas: share around help or of places, share of everyone or of people in need, gap and range."""
    ok = rows["value"].notna().tolist()
    cells = [row for _, row in rows.iterrows()]
    return Table([
        Column(say("risk_factors.around_what"), rows["name"].tolist(), "head",
               under=[say(f"risk_factors.around_side_{side}") for side in rows["side"]]),
        Column(say("risk_factors.around_gap"), [
            crossed.points(row["value"]) if good else tables.status_word(row["status"]) for row, good in zip(cells, ok)
        ], "number", words=[not good for good in ok]),
        Column(say("table.range"), [
            crossed.points_span(row["low"], row["high"]) if numbers.known(row["low"]) else "" for row in cells
        ], "number"),
        Column(say("referrals.areas_verdict"), [
            say(f"risk_factors.around_verdict_{row['verdict']}") if good else "" for row, good in zip(cells, ok)
        ], "text", second=True),
    ], rows.drop(columns="grp"), say("risk_factors.around_caption"))


def around_figure(store: Store) -> Figure:
    """Gaps in points with their range: groups on the left, areas on the right."""
    rows, level = gaps(store)
    title = say("risk_factors.around_title")
    known = rows[rows["value"].notna()]
    if known.empty:
        return Figure("around", title, "", empty=say("risk_factors.around_empty"), indicator=GROUPS)
    bases = known["basis"].unique().tolist()
    sentence = say("risk_factors.around_listed") if store.listing_incomplete else around_sentence(rows, level)

    sides: dict[str, Callable[[], object]] = {}
    for side in ("group", "area"):
        marks = [Mark(row["name"], row["value"], crossed.points(row["value"]), row["low"], row["high"], row["verdict"])
                 for _, row in known[known["side"] == side].head(DRAWN).iterrows()]
        head = say(f"risk_factors.around_head_{side}")
        if marks:
            sides[head] = kept.chart(
                lambda dark, marks=marks: range_charts.drawn(
                    marks, crossed.points_tick, simulated="simulated" in bases, dark=dark,
                ), key=f"around_{side}", alt=figure.alt_of(sentence, say("risk_factors.around_alt", what=head)),
            )

    def draw() -> None:
        for column, (head, one) in zip(st.columns(len(sides), gap="large"), sides.items()):
            with column:
                st.html(f'<p class="cv-source"><b>{head}</b></p>')
                one()

    behind = list(dict.fromkeys(x for name in QUANTITIES for x in sources.behind(store, INDICATOR[name])))
    return Figure(
        "around", title, sentence, draw=draw, table=around_table(rows), bases=bases, indicator=GROUPS, name=(level,),
        source=sources.line(store, behind, method=say("risk_factors.around_method")),
        source_plain=sources.plain(store, behind),
    )
