"""Closures: what is lost when sites close, by area and by group; which sites matter most; the worst few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from indicators import closures
from indicators.access import step_weight
from indicators.decay import Weight
from indicators.rates import rate
from loaders.store import Store
from partners.decisions import Number
from views import bars, figure, kept, numbers, session, tables
from views.bars import Row
from views.figure import Figure
from views.plan_city import City
from views.plan_words import Scenario, about, area_names, at_most, bases_of, site_name
from views.tables import Column, Table
from views.words import language, plural, say

EVENTS = ("worst", "chosen", "area", "organization")
MOST = 12  # sites closed by hand at once: a page of names
LISTED = 15  # rows drawn; all are in the table
# Groups of residents a closure is read for: indicators that count people, where the edition has them.
GROUPS = (
    "most_deprived_fifth", "recent_immigrants", "seniors_65plus", "lone_parent_families", "minority_or_indigenous",
)


@dataclass(frozen=True)
class Change:
    """People in need without a site in reach, by point, before and after; `closed` are ids of sites."""

    reach: float
    closed: tuple[str, ...]
    points: pd.DataFrame

    def total(self, column: str, need: str = "need") -> float:
        """Sum of people [`need`, `need_low`, `need_high`] over the points a column of truths marks."""
        return float(self.points.loc[self.points[column], need].sum())


def flat(reach: float) -> Weight:
    """Everyone within the reach counts alike, as on the map."""
    return step_weight({reach: 1.0})


def changed(city: City, reach: float, closed: Sequence[str]) -> Change:
    """What closing sites changes: each point with before, after, newly [no site within reach] and unserved."""
    told = closures.after_closing(city.need, city.supply, city.within(reach), flat(reach), closed)
    points = city.points[["area_id", "need", "need_low", "need_high"]].reset_index(drop=True)
    points = points.assign(
        before=~told["covered"], after=~told["covered_after"], newly=told["covered"] & ~told["covered_after"],
        unserved=told["unserved"], unserved_after=told["unserved_after"],
        gains=told["access_after"] > told["access"] * (1 + 1e-9) + 1e-12,
    )
    return Change(reach, tuple(closed), points)


def critical(city: City, reach: float) -> pd.DataFrame:
    """`closures.criticality` with the range of `uncovered` under the lowest and highest need, and each site's names."""
    pairs = city.within(reach)
    told = closures.criticality(city.need, city.supply, pairs, flat(reach))
    near = pd.Series(1, index=city.points.index).reindex(pairs["origin"]).groupby(pairs["origin"].to_numpy()).sum()
    alone = pairs[pairs["origin"].map(near).to_numpy() == 1]
    for side in ("low", "high"):
        people = city.points[f"need_{side}"].reindex(alone["origin"]).to_numpy()
        told[f"uncovered_{side}"] = pd.Series(people).groupby(alone["destination"].astype("str").to_numpy()).sum(
            ).reindex(told.index).fillna(0.0)
    return told.join(city.sites[["name", "area_id", "capacity"]])


# --- what closes -------------------------------------------------------------------------------------------


def closed_sites(store: Store, city: City, reach: float) -> list[str]:
    """What the reader closes: sites by hand, the worst few, those of one area, or those of one organization."""
    left, right = st.columns([1, 2.2], gap="medium")
    with left:
        event = session.select("event", say("plan.event"), EVENTS, lambda x: say(f"plan.event_{x}"))
    with right:
        if event == "worst":
            count = session.number("worst", say("plan.worst"), least=1, most=min(10, len(city.sites)), default=3) or 1
            return list(worst(store, city, reach, count).chosen)  # type: ignore[arg-type]
        if event == "area":
            names = area_names(store, city.level)
            here = [area for area in names if (city.sites["area_id"] == area).any()]
            area = session.select("flood", say("plan.flood"), here, lambda x: names[x])
            return city.sites.index[city.sites["area_id"] == area].tolist()
        if event == "organization":
            several = city.sites["organization"].value_counts()
            chosen = session.select("funded", say("plan.funded"), sorted(several.index), str)
            return city.sites.index[city.sites["organization"] == chosen].tolist()
        order = kept.once(store, "plan.critical", lambda: critical(city, reach), reach).index.tolist()
        return session.several("close", say("plan.close"), order, lambda x: site_name(city, x), most=MOST)


def worst(store: Store, city: City, reach: float, count: int) -> closures.Siting:
    """The sites whose closing together leaves most people without, and its proof."""
    return kept.once(
        store, "plan.worst",
        lambda: closures.worst_closures(city.need, city.supply, city.within(reach), flat(reach), count), reach, count,
    )


# --- what it changes ---------------------------------------------------------------------------------------


def by_area(store: Store, city: City, change: Change) -> pd.DataFrame:
    """Each area: name, people in need, without a site before and after, newly with its range, unserved, gains."""
    points = change.points
    parts = {
        "people": points["need"], "before": points["need"].where(points["before"], 0.0),
        "after": points["need"].where(points["after"], 0.0),
        **{f"newly{side}": points[f"need{side}"].where(points["newly"], 0.0) for side in ("", "_low", "_high")},
        "unserved": points["unserved"], "unserved_after": points["unserved_after"],
        "gains": points["need"].where(points["gains"], 0.0),
    }
    frame = pd.DataFrame(parts).groupby(points["area_id"]).sum(min_count=1).dropna(subset=["people"])
    names = area_names(store, city.level)
    named = frame.assign(name=[names.get(str(area), str(area)) for area in frame.index])
    out = named.rename_axis("area_id").reset_index()
    return out.sort_values(["newly", "name"], ascending=[False, True], ignore_index=True)


def by_group(store: Store, city: City, change: Change) -> pd.DataFrame:
    """Each group: id, its share [0 to 1] among people newly without and among all in need, as its areas are.

    Shares are of residents of the areas: who is in need is not known by group at this scale. No row where the
    edition does not count the group, or where nobody is newly without.
    """
    people = pd.DataFrame({
        "newly": change.points["need"].where(change.points["newly"], 0.0), "all": change.points["need"],
    }).groupby(change.points["area_id"]).sum()
    if not people["newly"].sum() > 0:
        return pd.DataFrame(columns=["name", "newly", "all"])
    rows = []
    for indicator in GROUPS:
        if indicator not in store.offered(city.level):
            continue
        told = store.indicator(indicator, city.level)
        share = told[told["status"] == "ok"].set_index("area_id")["value"].reindex(people.index)
        known = people[share.notna()]
        parts = pd.DataFrame({side: [(known[side] * share[share.notna()]).sum(), known[side].sum()]
                              for side in ("newly", "all")}, index=["part", "whole"]).T
        shares = rate(parts["part"], parts["whole"])
        rows.append({"id": indicator, "newly": shares["newly"], "all": shares["all"]})
    return pd.DataFrame(rows, columns=["id", "newly", "all"])


def change_sentence(city: City, change: Change, areas: pd.DataFrame) -> str:
    """How many people are newly without, from how many to how many, where most, and who gains."""
    reach = numbers.reach(change.reach)
    newly = change.total("newly")
    shut = plural("plan.if_closed", len(change.closed), n=numbers.count(len(change.closed)))
    if newly < 0.5:
        told = [say("plan.nobody_newly", shut=shut, reach=reach, now=numbers.people(change.total("before"), city=True))]
    else:
        span = numbers.people_span(change.total("newly", "need_low"), change.total("newly", "need_high"))
        told = [say(
            "plan.newly", shut=shut, n=numbers.people(newly), span=span or "", reach=reach,
            before=numbers.people(change.total("before"), city=True),
            after=numbers.people(change.total("after"), city=True),
        )]
        first = areas.iloc[0]
        told.append(say("plan.most_in", area=first["name"], n=numbers.people(first["newly"])))
    if not city.units:
        more = float((change.points["unserved_after"] - change.points["unserved"]).sum())
        told.append(say("plan.unserved_more", n=numbers.people(more)))
        gains = change.total("gains")
        if gains >= 0.5:
            told.append(plural("plan.gaining", round(gains), n=numbers.people(gains)))
    return " ".join([*told, *at_most(city)])


def change_figure(store: Store, city: City, change: Change) -> Figure:
    """Before and after, by area."""
    title = say("plan.closing_title")
    if not change.closed:
        return Figure("closing", title, "", empty=say("plan.closing_none"))
    areas = by_area(store, city, change)
    sentence = change_sentence(city, change, areas)
    hit = areas[areas["newly"] >= 0.5].head(LISTED)
    rows = [
        Row(row.name, numbers.people(row.newly), row.newly, row.newly_low, row.newly_high,
            more=(numbers.people(row.before), numbers.people(row.after)))
        for row in tables.records(hit)
    ]
    heads = ["", say(f"level.{city.level}"), say("plan.newly_head"), say("plan.before"), say("plan.after")]
    draw = kept.markup(lambda: [bars.to_html(rows, heads, title, simulated="simulated" in city.bases)])
    return Figure(
        "closing", title, sentence, table=lambda: areas_table(city, areas), bases=bases_of(city),
        name=("plan", f"{change.reach:g}"), **({"draw": draw} if rows else {}), **about(store, city),
    )


def areas_table(city: City, areas: pd.DataFrame) -> Table:
    """Every area, before and after; access only where capacity is told."""
    columns = [
        Column(say("table.area"), areas["name"].tolist(), "head"),
        Column(say("plan.newly_head"), [numbers.people(x) for x in areas["newly"]], "number"),
        Column(say("table.range"), [numbers.people_span(a, b) or "" for a, b in
                                    zip(areas["newly_low"], areas["newly_high"])], "number", second=True),
        Column(say("plan.before"), [numbers.people(x) for x in areas["before"]], "number", second=True),
        Column(say("plan.after"), [numbers.people(x) for x in areas["after"]], "number", second=True),
    ]
    keep = ["area_id", "name", "people", "before", "after", "newly", "newly_low", "newly_high"]
    if not city.units:
        columns += [
            Column(say("plan.unserved_before"), [numbers.people(x) for x in areas["unserved"]], "number", second=True),
            Column(say("plan.unserved_after"), [numbers.people(x) for x in areas["unserved_after"]], "number",
                   second=True),
            Column(say("plan.gain_head"), [numbers.people(x) for x in areas["gains"]], "number", second=True),
        ]
        keep += ["unserved", "unserved_after", "gains"]
    return Table(columns, areas[keep], say("plan.closing_caption"))


def groups_figure(store: Store, city: City, change: Change) -> Figure:
    """Who lives where people lose their only site, against everyone in need."""
    title, rows = say("plan.groups_title"), by_group(store, city, change)
    if rows.empty:
        return Figure("lost_groups", title, "", empty=say("plan.groups_none"))
    from indicators import INDICATOR

    names = [INDICATOR[x].title.of(language()) for x in rows["id"]]  # type: ignore[arg-type]
    at = int((rows["newly"] - rows["all"]).abs().to_numpy().argmax())
    top = rows.iloc[at]
    sentence = say(
        "plan.groups", name=names[at], newly=numbers.percent(top["newly"]),
        all=numbers.percent(top["all"]),
    )
    table = Table([
        Column(say("plan.group"), names, "head"),
        Column(say("plan.share_newly"), [numbers.percent(x) for x in rows["newly"]], "number"),
        Column(say("plan.share_all"), [numbers.percent(x) for x in rows["all"]], "number"),
    ], rows.rename(columns={"newly": "share_newly", "all": "share_all"}).assign(name=names), say("plan.groups_caption"))
    return Figure("lost_groups", title, sentence, table=table, bases=bases_of(city), **about(store, city))


def critical_figure(store: Store, city: City, reach: float) -> Figure:
    """Each site, by what is lost when it alone closes."""
    title = say("plan.critical_title", reach=numbers.reach(reach))
    frame = kept.once(store, "plan.critical", lambda: critical(city, reach), reach)
    names = area_names(store, city.level)
    told = frame[frame["uncovered"] >= 0.5]
    sentence = plural(
        "plan.critical", len(told), n=numbers.count(len(told)), total=numbers.count(len(frame)),
        reach=numbers.reach(reach),
    )
    if len(told):
        first = told.iloc[0]
        sentence += " " + say(
            "plan.critical_first", name=first["name"], n=numbers.people(first["uncovered"]),
            span=numbers.people_span(first["uncovered_low"], first["uncovered_high"]) or "",
        )
    sentence = " ".join([sentence, *at_most(city)])
    rows = [
        Row(str(row.name), numbers.people(row.uncovered), row.uncovered, row.uncovered_low, row.uncovered_high,
            rank=numbers.place(round(row.rank)), under=names.get(row.area_id, ""),
            more=() if city.units else (numbers.people(row.unserved), numbers.percent(row.balanced_loss)))
        for row in tables.records(told.head(LISTED))
    ]
    heads = [say("plan.rank"), say("plan.site"), say("plan.newly_head"),
             *(() if city.units else (say("plan.unserved_head"), say("plan.balanced_head")))]
    draw = kept.markup(lambda: [bars.to_html(rows, heads, title, simulated="simulated" in city.bases)])
    return Figure(
        "critical", title, sentence, table=lambda: critical_table(city, frame, names), bases=bases_of(city),
        name=("plan", f"{reach:g}"), **({"draw": draw} if rows else {}), **about(store, city),
    )


def critical_table(city: City, frame: pd.DataFrame, names: dict[str, str]) -> Table:
    """Every site; losses of access only where capacity is told."""
    rows = frame.reset_index()
    columns = [
        Column(say("plan.site"), rows["name"].tolist(), "head", under=[names.get(x, "") for x in rows["area_id"]]),
        Column(say("plan.rank"), [numbers.decimal(x, 1 if x % 1 else 0) for x in rows["rank"]], "number"),
        Column(say("plan.newly_head"), [numbers.people(x) for x in rows["uncovered"]], "number"),
        Column(say("table.range"), [numbers.people_span(a, b) or "" for a, b in
                                    zip(rows["uncovered_low"], rows["uncovered_high"])], "number", second=True),
    ]
    keep = ["id", "name", "area_id", "rank", "uncovered", "uncovered_low", "uncovered_high"]
    if not city.units:
        columns += [
            Column(say("plan.unserved_head"), [numbers.people(x) for x in rows["unserved"]], "number", second=True),
            Column(say("plan.balanced_head"), [numbers.percent(x) for x in rows["balanced_loss"]], "number",
                   second=True),
            Column(say("plan.gain_head"), [numbers.people(x) for x in rows["gaining"]], "number", second=True),
        ]
        keep += ["unserved", "balanced_loss", "gaining"]
    return Table(columns, rows.replace({np.nan: None})[keep].astype(rows[keep].dtypes), say("plan.critical_caption"))


def proof(store: Store, city: City, reach: float, count: int) -> str:
    """Whether the worst closures are proven worst."""
    found = worst(store, city, reach, count)
    if found.gap == 0:
        return say("plan.proven_worst")
    return say("plan.gap_left", gap=numbers.percent(found.gap))


def told(city: City, change: Change) -> tuple[Number, ...]:
    """The numbers of a closure, for the log and the printed page."""
    basis = city.bases[0]
    ranged = {
        name: (change.total(column), change.total(column, "need_low"), change.total(column, "need_high"))
        for name, column in (("newly", "newly"), ("before", "before"), ("after", "after"))
    }
    out = [Number(name, *values, "people", basis) for name, values in ranged.items()]
    if not city.units:
        more = float((change.points["unserved_after"] - change.points["unserved"]).sum())
        out.append(Number("unserved_more", more, None, None, "people", basis))
    return tuple(out)


def show(store: Store, city: City, reach: float) -> Scenario:
    """Everything about closing; gives what is on screen, for the log and the printed page."""
    closed = closed_sites(store, city, reach)
    if session.held("event") == "worst" and closed:
        count = int(session.held("worst") or 1)
        st.html(f'<p class="cv-source">{figure.rich(proof(store, city, reach, count))}</p>')
    change = changed(city, reach, closed)
    figure.show(change_figure(store, city, change))
    if change.closed:
        figure.show(groups_figure(store, city, change))
    figure.show(kept.figure(store, "plan.critical_figure", lambda: critical_figure(store, city, reach), reach))
    if not change.closed:
        return Scenario("close", "", (), ())
    areas = by_area(store, city, change)
    names = [site_name(city, site) for site in change.closed]
    rows = tuple(
        (row.name, (numbers.people(row.newly), numbers.people(row.before), numbers.people(row.after)))
        for row in tables.records(areas[areas["newly"] >= 0.5].head(LISTED))
    )
    return Scenario(
        "close", change_sentence(city, change, areas), told(city, change), rows,
        heads=(say("plan.newly_head"), say("plan.before"), say("plan.after")),
        notes=(say("plan.closed_list", names=", ".join(names)),),
    )
