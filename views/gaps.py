"""The largest gaps with their likely ranks, and what goes with need: the two figures of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from indicators import ranks
from indicators.rates import rate
from loaders.store import Store
from views import numbers, sentences
from views.city import reach_of
from views.overview import FAR, FIFTH, NEAR, NEED
from views.words import cap, local, plural, say

SHOWN = 10
MOST = 0.5


def gaps(store: Store, level: str) -> pd.DataFrame:
    """Areas with people in need out of reach, most first: people, low and high [people], best and worst rank.

    Two areas are apart only where their ranges do not meet; areas at zero or without a value are not in it. `side` is
    `most` where the listing is incomplete: people are then at most so many, and no area has a rank.
    """
    far = store.indicator(FAR.id, level, reach_of(store))
    ok = far[(far["status"] == "ok") & (far["numerator"] > 0)].copy()
    ok["people_low"], ok["people_high"] = ok["low"] * ok["denominator"], ok["high"] * ok["denominator"]
    ok["side"] = [numbers.one_sided(*cells) for cells in zip(ok["value"], ok["low"], ok["high"])]
    need = store.indicator(NEED.id, level).set_index("area_id")
    need = (need["high"] * need["denominator"]) if store.listing_incomplete else need["numerator"]
    near = store.indicator(NEAR.id, level).set_index("area_id")["value"]
    # Where nobody is out of reach there is no row, and a map of no text is text.
    ok["share_need"] = rate(ok["numerator"], ok["area_id"].map(need).astype("float64"))
    ok["metres"] = ok["area_id"].map(near).astype("float64")
    ranges = ok[["people_low", "people_high"]].set_axis(["low", "high"], axis=1)
    unranked = store.listing_incomplete
    ok = ok.assign(rank_best=0, rank_worst=0) if unranked else ok.join(ranks.likely_ranks(ranges))
    ok = ok.merge(store.areas(level)[["area_id", "name_fr", "name_en", "fr_in", "en_in", "place_fr"]], on="area_id")
    ok["name"], ok["place_in"] = ok[local("name_fr", "name_en")], ok[local("fr_in", "en_in")]
    ok["place"] = ok["place_fr"].fillna("").where(ok["place_fr"].fillna("") != ok["name"], "")
    return ok.sort_values(["numerator", "area_id"], ascending=[False, True], ignore_index=True)


def rank_words(best: int, worst: int) -> str:
    """A likely rank: one number, or a range; empty where there is none."""
    if not best:
        return ""
    return numbers.count(best) if best == worst else say("overview.rank_span", low=best, high=worst)


def gaps_sentence(store: Store, level: str, ranked: pd.DataFrame) -> str:
    """Who is first with its range, from which rank the order is not sure, how many areas have no rank."""
    far = store.indicator(FAR.id, level, reach_of(store))
    first, key = ranked.iloc[0], "gaps_first_listed" if store.listing_incomplete else "gaps_first"
    told = [say(
        f"overview.{key}", place=cap(first["place_in"]), n=numbers.people(first["numerator"]),
        reach=numbers.reach(store.setting("reach_m")),
        span=numbers.people_span(first["people_low"], first["people_high"]),
    )]
    unsure = ranked.index[ranked["rank_best"] != ranked["rank_worst"]]
    if store.listing_incomplete:
        told.append(say("overview.gaps_listed"))
    elif len(unsure):
        told.append(say("overview.gaps_overlap", rank=numbers.place(int(unsure[0]) + 1)))
    else:
        told.append(say("overview.gaps_sure" if len(ranked) > 1 else "overview.gaps_one"))
    zero = int(((far["status"] == "ok") & ~(far["numerator"] > 0)).sum())
    silent = int((far["status"] != "ok").sum())
    quiet = "overview.gaps_silent_listed" if store.listing_incomplete else "overview.gaps_silent"
    for key, n in (("overview.gaps_zero", zero), (quiet, silent)):
        if n:
            told.append(plural(key, n, n=numbers.count(n)))
    return " ".join(told)


def at(side: str, shown: str) -> str:
    """« au plus » so much, where a value is only a limit."""
    return say(f"number.at_{side}", value=shown) if side else shown


def people(row: Any) -> str:
    """People out of reach in an area, or at most so many."""
    return at(row.side, numbers.people(row.numerator))


def half(store: Store, level: str) -> tuple[int, int] | None:
    """How many areas, of how many with a value, hold half the people in need; None where nobody is known."""
    rows = store.indicator(NEED.id, level)
    people = rows.loc[rows["status"] == "ok", "numerator"]
    count = ranks.hold_half(people)
    return (count, len(people)) if count else None


def together(store: Store, level: str) -> pd.DataFrame:
    """Areas where most live in the most deprived fifth (`inside`) beside the others: need, reach, distance.

    One row per side: areas, need, low, high [share of residents], far [share of the need], metres; empty where a
    side has no area.
    """
    fifth = store.indicator(FIFTH.id, level).set_index("area_id")["value"]
    frames = {
        "need": store.indicator(NEED.id, level), "far": store.indicator(FAR.id, level, reach_of(store)),
        "near": store.indicator(NEAR.id, level),
    }
    rows = []
    for side, ids in (("inside", fifth.index[fifth > MOST]), ("outside", fifth.index[fifth <= MOST])):
        need, far, near = (f[f["area_id"].isin(ids) & (f["status"] == "ok")] for f in frames.values())
        people = ranks.pooled(need)
        if not numbers.known(people["value"]):
            return pd.DataFrame()
        seen = (need["high"] * need["denominator"]) if store.listing_incomplete else need["numerator"]
        out_of_reach = rate(pd.Series([far["numerator"].sum()]), pd.Series([seen.sum()]))
        rows.append({
            "side": side, "areas": len(ids), **people, "far": out_of_reach.iloc[0],
            "metres": ranks.pooled(near)["value"],
        })
    return pd.DataFrame(rows).set_index("side")


@dataclass(frozen=True)
class Measure:
    """One measure of both sides: number, range and the number in words, `inside` first."""

    id: str
    name: str
    values: list[float | None]
    lows: list[float | None]
    highs: list[float | None]
    shown: list[str]
    simulated: bool


def together_measures(store: Store, level: str, sides: pd.DataFrame) -> list[Measure]:
    """Need, reach and distance of both sides, in that order."""
    frames = (
        store.indicator(NEED.id, level), store.indicator(FAR.id, level, reach_of(store)),
        store.indicator(NEAR.id, level),
    )
    names = ("need", "far", "distance")
    invented = {str(name): "simulated" in set(frame["basis"]) for name, frame in zip(names, frames)}
    pair = [_row(sides, side) for side in ("inside", "outside")]
    limit = "most" if store.listing_incomplete else ""

    def one(name: str, column: str, unit: str, *, ranged: bool = False) -> Measure:
        values = [float(row[column]) if numbers.known(row[column]) else None for row in pair]
        return Measure(
            name, say(f"overview.together_{name}"), values,
            [float(row["low"]) if ranged else None for row in pair],
            [float(row["high"]) if ranged else None for row in pair],
            [
                say("status.missing") if x is None else at("" if ranged else limit, numbers.value(x, unit))
                for x in values
            ], invented[name],
        )

    return [one("need", "value", "share", ranged=True), one("far", "far", "share"), one("distance", "metres", "metres")]


def distance(metres: float, side: str = "") -> str:
    """A mean distance, at most so far where a value is only a limit; or the word for a missing one."""
    return at(side, numbers.metres(metres)) if numbers.known(metres) else say("status.missing")


def together_sentence(sides: pd.DataFrame, *, incomplete: bool = False) -> str:
    """What goes with need, income first, then distance where the listing allows to compare it; never why."""
    inside, outside = (_row(sides, side) for side in ("inside", "outside"))
    verdict = sentences.compare(inside, outside, "share") or "unclear"
    told = [say(
        f"overview.together_{verdict}", inside=numbers.percent(inside["value"]),
        outside=numbers.percent(outside["value"]),
    )]
    here, there = inside["metres"], outside["metres"]
    if incomplete:
        told.append(say("overview.together_listed"))
    elif numbers.known(here) and numbers.known(there) and numbers.metres(here) != numbers.metres(there):
        key = "near" if here < there else "away"
        told.append(say(f"overview.together_{key}", inside=numbers.metres(here), outside=numbers.metres(there)))
    return " ".join([*told, say("overview.together_built")])


def _row(sides: pd.DataFrame, side: str) -> Any:
    """One side, as a row."""
    return sides.loc[side]
