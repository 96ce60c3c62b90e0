"""Who is missing: of each indicator by area and each level, the share of residents this version has no value for."""

from __future__ import annotations

import pandas as pd

from computing.facts import Facts
from indicators import MAPPED, missing
from loaders.catalog import LEVELS
from loaders.draft import Draft


def compute(draft: Draft, _: Facts) -> None:
    """Write who is missing from what the version holds so far: one row per indicator, group and level, at the city.

    Only indicators a map may offer: one value an area, at the reach the edition starts with, newest period. What is
    worked out between areas (clusters, disparities, peers) only inherits their gaps. `grp` is the indicator's id,
    followed by `/` and its group where it has one.
    """
    draft.flush()
    held = draft.frame("""
        SELECT v.indicator_id, v.grp, v.level, v.area_id, v.status, v.basis
        FROM indicator_value v JOIN area a USING (area_id, level)
        WHERE list_contains(?, v.indicator_id) AND v.period = '' AND v.setting IN ('', ?)
        ORDER BY ALL
    """, [indicator.id for indicator in MAPPED], f"reach_m={draft.edition.settings['reach_m']:g}")
    residents = draft.frame("SELECT level, area_id, population AS residents FROM area ORDER BY level, area_id")
    city = residents.loc[residents["level"] == "city", "area_id"]
    if held.empty or city.empty:
        return
    held = held.drop_duplicates(["indicator_id", "grp", "level", "area_id"])
    levels = [level for level in draft.edition.levels if level != "block"]
    table = missing.who_is_missing(expected(held, levels), held, residents)
    # A count of statuses is counted, unless what has the statuses is made up.
    made_up = set(zip(*(held.loc[held["basis"] == "simulated", name] for name in ("indicator_id", "grp")), strict=True))
    basis = ["simulated" if one in made_up else "counted" for one in zip(table["indicator_id"], table["grp"])]
    reason = pd.Series(None, index=table.index, dtype="object")
    reason = reason.mask(table["status"] == "not_applicable", "nobody")
    reason = reason.mask(table["status"] == "missing", "not_published")
    columns = ["level", "numerator", "denominator", "value", "low", "high", "status"]
    draft.insert("indicator_value", table[columns].assign(
        indicator_id=missing.INDICATOR.id, area_id=city.iloc[0], period="", setting="", basis=basis,
        grp=table["indicator_id"] + ("/" + table["grp"]).where(table["grp"] != "", ""),
        reason=reason.mask(table["shown"] == missing.NEVER, missing.NEVER),
    ))


def expected(held: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    """Where each indicator and group should have values: at the levels it has, and at every finer one.

    `held`: indicator_id, grp, level; `levels`: any order. At a finer level without a row everyone is missing. A
    coarser one is not expected: a chance of rank, say, has no sense for the whole city.
    """
    order = {level: LEVELS.index(level) for level in levels}
    pairs = held[["indicator_id", "grp", "level"]].drop_duplicates()
    every = pairs[["indicator_id", "grp"]].drop_duplicates().merge(pd.DataFrame({"level": levels}), how="cross")
    every = every.merge(pairs.assign(here=True), how="left", on=["indicator_id", "grp", "level"])
    finest = pairs.assign(at=pairs["level"].map(order)).groupby(["indicator_id", "grp"])["at"].min().rename("finest")
    every = every.merge(finest.reset_index(), on=["indicator_id", "grp"])
    asked = every["here"].notna() | (every["level"].map(order) < every["finest"])
    return every.loc[asked, ["indicator_id", "grp", "level"]].reset_index(drop=True)
