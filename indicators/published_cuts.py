"""How the published cuts of referrals nest in one another, so that they are controlled together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from indicators.rates import require
from indicators.spec import InputError

KEYS = ("cut", "place_id", "period", "need", "outcome")
YEAR = "place_year_food"
UNPLACED = "unplaced"  # as the loaders write it
MONTHS = 12


def cells_of_cuts(
    cuts: pd.DataFrame, above: Mapping[str, str], food_needs: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every count that is published of the cuts, and which lie inside which: what `disclosure.nested` asks for.

    `cuts`: cut, place_id, period [first day], need, outcome, count [uncontrolled; NaN = missing]. `above`: place -> the
    place that holds it (district -> borough -> city). Returns cells (cell, cut, place_id, period, need, outcome, count:
    the rows of `cuts` in their order, then the twelve-month food counts of each place, cut `place_year_food`, period
    "" and "year_before", as the dashboard publishes them) and nesting (parent, child, partition, complete). What nests:
    met and unmet in all; a borough\'s week of food in the city\'s, where food is one need; twelve months in the year;
    districts\' years in those of the places above. Parts are complete where they make up every sum of their kind.
    Weeks and months cross, and are not nested. Raises InputError where a place is above itself, or has counts of its
    own and is above another.
    """
    require(cuts, "cuts", (*KEYS, "count"))
    cells = cuts[[*KEYS, "count"]].reset_index(drop=True)
    cells["period"] = pd.to_datetime(cells["period"])
    years, inside = _years(cells, above, set(food_needs))
    cells["cell"] = _name(cells)
    edges = [inside]
    outcomes = cells[cells["outcome"] != "all"]
    edges.append(pd.DataFrame({
        "parent": _name(outcomes.assign(outcome="all")), "child": outcomes["cell"],
        "partition": "outcome of " + outcomes["cut"].astype("str"),  # one cut may be complete and another not
    }))
    if len(food_needs) == 1:
        weeks = cells[cells["cut"] == "borough_week_food"]
        cities = cells.loc[cells["cut"] == "city_week_need_outcome", "place_id"].unique()
        # Requests that no borough could be given are published too: with them the boroughs make up the city.
        over = {**above, UNPLACED: cities[0]} if len(cities) == 1 else dict(above)
        city = weeks.assign(
            cut="city_week_need_outcome", place_id=weeks["place_id"].map(over), need=food_needs[0], outcome="all",
        )
        edges.append(pd.DataFrame({"parent": _name(city), "child": weeks["cell"], "partition": "borough"}))
    cells = pd.concat([cells.assign(period=cells["period"].dt.strftime("%Y-%m-%d")), years], ignore_index=True)
    nesting = pd.concat(edges, ignore_index=True)
    # A sum that is not published, or not known, says nothing of its parts.
    told = cells.loc[cells["count"].notna(), "cell"]
    nesting = nesting[nesting["parent"].isin(told)].reset_index(drop=True)
    return cells[["cell", *KEYS, "count"]], _completed(cells, nesting)


def _name(rows: pd.DataFrame) -> pd.Series:
    period = rows["period"]
    text = period.dt.strftime("%Y-%m-%d") if pd.api.types.is_datetime64_any_dtype(period) else period.astype("str")
    name = rows["cut"].astype("str")
    for part in (rows["place_id"], text, rows["need"], rows["outcome"]):
        name = name + "|" + part.astype("str")
    return name


def _years(cells: pd.DataFrame, above: Mapping[str, str], food_needs: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The twelve-month food counts of districts and of every place above, and what lies in them."""
    food = cells[(cells["cut"] == "district_month_need") & (cells["outcome"] == "all") & cells["need"].isin(food_needs)]
    made = [pd.DataFrame(columns=["cell", *KEYS, "count"])]
    edges = [pd.DataFrame(columns=["parent", "child", "partition"])]
    if food.empty:
        return made[0], edges[0]
    last, year = food["period"].max(), pd.DateOffset(years=1)
    for label, end in (("", last), ("year_before", last - year)):
        rows = food[(food["period"] <= end) & (food["period"] > end - year)]
        if rows["period"].nunique() < MONTHS:
            continue  # a year with months missing is not published
        places = _places(rows["place_id"].unique().tolist(), above)
        # A place that lacks a month, or a need of a month, has no year, and neither has what holds it.
        known = rows.groupby("place_id")["count"].agg(["count", "sum"])
        own = known["sum"].where(known["count"] == MONTHS * rows["need"].nunique()).rename("count")
        held = places.merge(own, left_on="leaf", right_index=True).groupby("place_id")["count"]
        totals = held.sum().where(held.count() == held.size()).reset_index()
        totals = totals.assign(cut=YEAR, period=label, need="food", outcome="all")
        totals["cell"] = _name(totals)
        cell = totals.set_index("place_id")["cell"]
        edges.append(pd.DataFrame({
            "parent": rows["place_id"].map(cell), "child": _name(rows), "partition": "month",
        }))
        over = totals["place_id"].map(dict(above)).map(cell)
        edges.append(pd.DataFrame({"parent": over, "child": totals["cell"], "partition": "place"}).dropna())
        made.append(totals)
    return pd.concat(made[1:] or made, ignore_index=True), pd.concat(edges[1:] or edges, ignore_index=True)


def _places(leaves: Sequence[str], above: Mapping[str, str]) -> pd.DataFrame:
    """Each place that holds counts, its own or others' (place_id), and the places whose counts it holds (leaf)."""
    pairs = []
    for leaf in leaves:
        place, past = leaf, set()
        while place is not None:
            if place in past:
                raise InputError(f"above: {place} is above itself")
            if place in leaves and place != leaf:
                raise InputError(f"above: {place} has counts of its own, and is above {leaf}")
            past.add(place)
            pairs.append((place, leaf))
            place = above.get(place)
    return pd.DataFrame(pairs, columns=["place_id", "leaf"])


def _completed(cells: pd.DataFrame, nesting: pd.DataFrame) -> pd.DataFrame:
    """`complete` by kind of partition: whether the parts make up every one of its sums, as a reader would notice."""
    count = cells.set_index("cell")["count"].astype("float64").fillna(0.0)
    made = nesting.assign(part=nesting["child"].map(count)).groupby(["partition", "parent"])["part"].sum()
    whole = made.reset_index()
    whole["equal"] = whole["part"] == whole["parent"].map(count)
    kind = whole.groupby("partition")["equal"].all()
    return nesting.assign(complete=nesting["partition"].map(kind).astype(bool))
