"""Openings: two answers side by side, most people reached and nobody too far; what each does, and its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from indicators import siting
from indicators.siting import Siting
from loaders.store import Store
from partners.decisions import Number
from views import bars, figure, kept, numbers, plan_city, session
from views.bars import Row
from views.figure import Figure
from views.plan_city import MOST_ORIGINS, City
from views.plan_words import Scenario, about, area_names, at_most, bases_of
from views.tables import Column, Table
from views.words import plural, say

RULES = ("covering", "median", "center")  # most people reached, shortest trips, nobody too far
MOST = 10


@dataclass(frozen=True)
class Option:
    """One rule’s answer, and what it does to everyone: `told` of `siting.judged`, at the points where people live."""

    rule: str
    found: Siting
    told: pd.Series
    low: pd.Series
    high: pd.Series


def options(store: Store, city: City, kind: str, reach: float, sites: int) -> list[Option]:
    """The answers of the three rules, each judged on the same people; a rule too heavy here is left out."""
    return kept.once(store, "plan.options", lambda: _options(store, city, kind, reach, sites), kind, reach, sites)


def _options(store: Store, city: City, kind: str, reach: float, sites: int) -> list[Option]:
    places = plan_city.candidates(store, kind)
    costs = plan_city.distances(city.points, places)
    found = {"covering": siting.maximal_covering(city.need, costs, city.points["nearest_m"], reach, sites)}
    areas = plan_city.as_areas(store, city.points)
    if len(areas) <= MOST_ORIGINS:
        far = plan_city.distances(areas, places)
        now = siting.nearest_now(plan_city.distances(areas, city.sites))
        found["median"] = siting.p_median(areas["need"], far, now, sites)
        found["center"] = siting.p_center(areas["need"], far, now, sites)
    return [judged(city, costs, rule, one, reach) for rule, one in found.items()]


def judged(city: City, costs: pd.DataFrame, rule: str, found: Siting, reach: float) -> Option:
    """What a choice does under the central, lowest and highest need."""
    now, chosen = city.points["nearest_m"], found.chosen
    told, low, high = (
        siting.judged(city.points[name].fillna(0.0), costs, now, chosen, reach)
        for name in ("need", "need_low", "need_high")
    )
    return Option(rule, found, told, low, high)


def today(city: City, reach: float) -> pd.Series:
    """What `siting.judged` says of opening nothing."""
    none = pd.DataFrame({"none": np.full(len(city.points), np.inf)}, index=city.points.index)
    return siting.judged(city.need, none, city.points["nearest_m"], (), reach)


# --- figures -----------------------------------------------------------------------------------------------


def options_figure(store: Store, city: City, kind: str, reach: float, sites: int) -> Figure:
    """The rules side by side: people newly reached, mean and farthest distance; never one answer alone."""
    title = plural("plan.opening_title", sites, n=numbers.count(sites))
    several, start = options(store, city, kind, reach, sites), today(city, reach)
    if not any(option.found.chosen for option in several):
        return Figure("opening", title, "", empty=say("plan.opening_nothing", reach=numbers.reach(reach)))
    rows = [
        Row(say(f"plan.rule_{one.rule}"), say("plan.reached_n", n=numbers.people(one.told["newly"])),
            float(one.told["newly"]), float(one.low["newly"]), float(one.high["newly"]),
            under=say(f"plan.rule_{one.rule}_is"),
            more=(numbers.metres(one.told["mean"]), numbers.metres(one.told["farthest"])))
        for one in several
    ]
    heads = ["", say("plan.rule"), say("plan.reached_head"), say("plan.mean_head"), say("plan.farthest_head")]
    sentence = " ".join([pair_sentence(several, start, reach), *at_most(city)])
    draw = kept.markup(lambda: [bars.to_html(rows, heads, title, simulated="simulated" in city.bases)])
    return Figure(
        "opening", title, sentence, draw=draw, table=options_table(several, start), bases=bases_of(city),
        name=("plan", kind, f"{reach:g}", str(sites)), **about(store, city),
    )


def pair_sentence(several: Sequence[Option], start: pd.Series, reach: float) -> str:
    """What the choice that reaches most gives, what the one that leaves nobody too far gives, and their proof."""
    by_rule = {one.rule: one for one in several}
    most = by_rule["covering"]
    told = [say("plan.covering_none", reach=numbers.reach(reach)) if most.told["newly"] < 0.5 else say(
        "plan.covering", n=numbers.people(most.told["newly"]), reach=numbers.reach(reach),
        span=numbers.people_span(most.low["newly"], most.high["newly"]) or "",
    )]
    fair = by_rule.get("center")
    if fair is not None:
        told.append(say(
            "plan.center", n=numbers.people(fair.told["newly"]), farthest=numbers.metres(fair.told["farthest"]),
            now=numbers.metres(start["farthest"]),
        ))
        same = set(fair.found.chosen) == set(most.found.chosen)
        told.append(say("plan.pair_same" if same else "plan.pair"))
    else:
        told.append(say("plan.too_fine"))
    told.append(proof_words([one.found for one in several]))
    return " ".join(told)


def proof_words(found: Sequence[Siting]) -> str:
    """Whether every answer is proven best; else how far from it one may be."""
    gap = max(one.gap for one in found)
    return say("plan.proven_best") if gap == 0 else say("plan.gap_left", gap=numbers.percent(gap, 2))


def options_table(several: Sequence[Option], start: pd.Series) -> Table:
    """Today, then each rule: people near, newly near with range, mean and farthest distance, proof."""
    names = [say("plan.today"), *(say(f"plan.rule_{one.rule}") for one in several)]
    told = pd.DataFrame([start, *(one.told for one in several)]).reset_index(drop=True)
    spans = ["", *(numbers.people_span(one.low["newly"], one.high["newly"]) or "" for one in several)]
    gaps = [None, *(one.found.gap for one in several)]
    proofs = ["", *(say("plan.proven") if gap == 0 else say("plan.within", gap=numbers.percent(gap or 0, 2))
                    for gap in gaps[1:])]
    export = told.assign(
        rule=["today", *(one.rule for one in several)], newly_low=[np.nan, *(one.low["newly"] for one in several)],
        newly_high=[np.nan, *(one.high["newly"] for one in several)], gap=gaps,
        sites=["", *(" ".join(map(str, one.found.chosen)) for one in several)],
    )
    columns = ["rule", "near", "newly", "newly_low", "newly_high", "mean", "farthest", "gap", "sites"]
    return Table([
        Column(say("plan.rule"), names, "head"),
        Column(say("plan.near_head"), [numbers.people(x, city=True) for x in told["near"]], "number"),
        Column(say("plan.reached_head"), [numbers.people(x) for x in told["newly"]], "number"),
        Column(say("table.range"), spans, "number", second=True),
        Column(say("plan.mean_head"), [numbers.metres(x) for x in told["mean"]], "number", second=True),
        Column(say("plan.farthest_head"), [numbers.metres(x) for x in told["farthest"]], "number", second=True),
        Column(say("plan.proof_head"), proofs, "text", second=True),
    ], export[columns], say("plan.opening_caption"))


def sites_figure(store: Store, city: City, kind: str, reach: float, sites: int) -> Figure:
    """Where each rule would open, by area."""
    title, names = say("plan.where_title"), area_names(store, city.level)
    places = plan_city.candidates(store, kind)
    rows = [
        {"rule": one.rule, "site": site, "name": str(places.loc[site, "name"]),  # type: ignore[index]
         "area": names.get(str(places.loc[site, "area_id"]), ""),  # type: ignore[index]
         "lon": places.loc[site, "lon"], "lat": places.loc[site, "lat"]}  # type: ignore[index]
        for one in options(store, city, kind, reach, sites) for site in one.found.chosen
    ]
    if not rows:
        return Figure("sites", title, "", empty=say("plan.where_none"))
    frame = pd.DataFrame(rows)
    both = frame.groupby("site")["rule"].nunique()
    sentence = plural("plan.where", int((both > 1).sum()), n=numbers.count(int((both > 1).sum())))
    words = frame["name"].where(frame["name"] != "", say("plan.on_grid")).tolist()
    table = Table([
        Column(say("plan.rule"), [say(f"plan.rule_{rule}") for rule in frame["rule"]], "head"),
        Column(say("table.area"), frame["area"].tolist(), "text"),
        Column(say("plan.site"), words, "text"),
    ], frame, say("plan.where_caption"))
    return Figure("sites", title, sentence, table=table, bases=bases_of(city), **about(store, city))


def told(city: City, several: Sequence[Option]) -> tuple[Number, ...]:
    """The numbers of the pair, for the log and the printed page: by rule, people newly reached, mean and farthest."""
    basis, out = city.bases[0], []
    for one in several:
        out.append(Number(f"{one.rule}_newly", float(one.told["newly"]), float(one.low["newly"]),
                          float(one.high["newly"]), "people", basis))
        out += [Number(f"{one.rule}_{name}", float(one.told[name]), None, None, "metres", basis)
                for name in ("mean", "farthest")]
    return tuple(out)


def show(store: Store, city: City, reach: float) -> Scenario:
    """Everything about opening; gives what is on screen, for the log and the printed page."""
    kinds = plan_city.candidate_kinds(store)
    left, right, _ = st.columns([1.2, 1, 1.6], gap="medium")
    with left:
        kind = session.select("where", say("plan.where_from"), kinds, lambda x: say(f"plan.kind_{x}"))
    places = plan_city.candidates(store, kind)
    if places.empty:
        figure.show(Figure("opening", say("plan.where_title"), "", empty=say("plan.no_candidates")))
        return Scenario("open", "", (), ())
    with right:
        most = min(MOST, len(places))
        sites = session.number("open", say("plan.open_n"), least=1, most=most, default=min(2, most)) or 1
    with st.spinner(say("plan.looking")):
        several = options(store, city, kind, reach, sites)
    figure.show(kept.figure(
        store, "plan.opening", lambda: options_figure(store, city, kind, reach, sites), kind, reach, sites))
    figure.show(kept.figure(
        store, "plan.sites", lambda: sites_figure(store, city, kind, reach, sites), kind, reach, sites))
    rows = tuple(
        (say(f"plan.rule_{one.rule}"), (numbers.people(one.told["newly"]), numbers.metres(one.told["mean"]),
                                        numbers.metres(one.told["farthest"]))) for one in several
    )
    names = area_names(store, city.level)
    areas = {one.rule: ", ".join(dict.fromkeys(
        names.get(str(places.loc[site, "area_id"]), "") for site in one.found.chosen)) for one in several}  # type: ignore[index]
    return Scenario(
        "open", " ".join([pair_sentence(several, today(city, reach), reach), *at_most(city)]), told(city, several),
        rows,
        heads=(say("plan.reached_head"), say("plan.mean_head"), say("plan.farthest_head")),
        notes=tuple(say("plan.rule_in", rule=say(f"plan.rule_{rule}"), areas=where) for rule, where in areas.items()
                    if where),
    )
