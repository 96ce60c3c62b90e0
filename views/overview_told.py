"""The overview's sentences, table and limits: the same words on the page and on its static copy."""

from __future__ import annotations

from typing import Any

import pandas as pd

from loaders.store import Store
from views import city, gaps, numbers, overview
from views.tables import Column, Table
from views.words import plural, say


def lead(store: Store, level: str) -> str:
    """The city in three sentences: people in need, where half of them live, how many are out of reach."""
    need = city.city_row(store, overview.NEED.id)
    if need is None:
        return say("overview.lead_none")
    told = [say(
        "overview.lead_need", n=numbers.people(need["numerator"], city=True), share=numbers.percent(need["value"]),
    )]
    half = gaps.half(store, level)
    if half is not None and half[1] > 1:
        total = plural(f"level_n.{level}", half[1], n=numbers.count(half[1]))
        told.append(plural("overview.lead_half", half[0], n=numbers.count(half[0]), total=total))
    far = city.city_row(store, overview.FAR.id, city.reach_of(store))
    if far is not None:
        reach = numbers.reach(store.setting("reach_m"))
        told.append(say("overview.lead_far", share=city.share_of_need(need, far), reach=reach))
    return " ".join(told)


def gaps_table(ranked: pd.DataFrame) -> Table:
    """Every ranked area: likely rank, people with range, shares, distance."""
    rows: list[Any] = list(ranked.itertuples())
    ordered = [gaps.rank_words(r.rank_best, r.rank_worst) for r in rows]
    columns = [
        *([Column(say("overview.rank"), ordered, "text")] if any(ordered) else []),
        Column(say("table.area"), [r.name for r in rows], "head", under=[r.place for r in rows],
               under_name=say("export.place")),
        Column(say("overview.people"), [gaps.people(r) for r in rows], "number"),
        *([Column(
            say("overview.span"), [numbers.people_span(r.people_low, r.people_high) or "" for r in rows], "number",
            second=True,
        )] if any(ordered) else []),
        Column(say("overview.share"), [
            numbers.limited(r.value, r.low, r.high, "share") for r in rows
        ], "number", second=True),
        Column(say("overview.share_need"), [
            gaps.at(r.side, numbers.percent(r.share_need)) if numbers.known(r.share_need) else say("status.missing")
            for r in rows
        ], "number", second=True),
        Column(say("overview.distance"), [gaps.distance(r.metres, r.side) for r in rows], "number", second=True),
    ]
    kept = ["area_id", "name", "place", "rank_best", "rank_worst", "numerator", "people_low", "people_high",
            "denominator", "value", "low", "high", "share_need", "metres", "status", "basis"]
    return Table(columns, ranked[kept], say("overview.gaps_caption"))


def limits(store: Store, level: str) -> list[str]:
    """What the numbers of the overview do not say."""
    vintage = store.areas(level)["vintage"].dropna().unique()
    told = [say(f"overview.not_{key}") for key in ("modelled", "person", "near", "asked")]
    if len(vintage):
        told.append(say("overview.not_vintage", vintage=", ".join(map(str, vintage))))
    return told
