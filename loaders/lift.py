"""Values carried from one level of areas to a coarser one, and written with the reason where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from loaders.catalog import LEVELS, LoadError
from loaders.draft import Draft

HALF = 0.5
SHAPE = ["area_id", "numerator", "denominator", "value", "low", "high", "status", "basis"]


def areas_of(draft: Draft, level: str) -> pd.DataFrame:
    """area_id and residents [people] of a level."""
    return draft.frame("SELECT area_id, population AS residents FROM area WHERE level = ? ORDER BY area_id", level)


def lifted(draft: Draft, values: pd.DataFrame, source_level: str, level: str, columns: list[str]) -> pd.DataFrame:
    """Columns of people summed from one level to another by population weight; one row per area of `level`.

    `values`: area_id and the columns [people; NaN = missing, which stays missing where all of it is].
    """
    areas = areas_of(draft, level)
    if source_level == level:
        return areas.merge(values[["area_id", *columns]], on="area_id", how="left")
    links = draft.frame("""
        SELECT child_id, parent_id, population_weight FROM area_link
        WHERE child_level = ? AND parent_level = ? AND population_weight > 0  -- a link nobody lives on covers no one
    """, source_level, level)
    share = links.merge(values.rename(columns={"area_id": "child_id"}), on="child_id")
    for column in columns:
        share[column] = share[column] * share["population_weight"]
    total = share.groupby("parent_id")[columns].sum(min_count=1)
    return areas.merge(total, left_on="area_id", right_index=True, how="left")


def covered(draft: Draft, area_ids: pd.Series, source_level: str, level: str) -> pd.Series:
    """Share of the residents of each area who live where a source has a row, valued or not [0 to 1], by area_id."""
    draft.con.register("asked", pd.DataFrame({"area_id": area_ids.unique()}))
    people = draft.frame("SELECT area_id, population AS here FROM asked JOIN area USING (area_id)")
    draft.con.unregister("asked")
    total = lifted(draft, people.astype({"here": "float64"}), source_level, level, ["here"]).set_index("area_id")
    return (total["here"].fillna(0) / total["residents"].where(total["residents"] > 0)).fillna(0)


def one_each(values: pd.DataFrame, what: str) -> None:
    """Raise LoadError where an area has two rows: two years or two sources of one variable would be added up."""
    again = values["area_id"].duplicated()
    if again.any():
        raise LoadError(
            f"{what}: area {values.loc[again, 'area_id'].iloc[0]} has two rows",
            remedy="Keep one year and one source of it in the edition.",
        )


def level_of(draft: Draft, area_ids: pd.Series) -> str:
    """The level a source speaks at: that of its areas. Raises LoadError where they are unknown or mixed."""
    draft.con.register("asked", pd.DataFrame({"area_id": area_ids.unique()}))
    found = draft.frame("SELECT DISTINCT level FROM asked LEFT JOIN area USING (area_id)")["level"]
    draft.con.unregister("asked")
    if len(found) != 1 or found.isna().any():
        raise LoadError(f"areas of levels {found.tolist()} in one variable; first: {area_ids.iloc[0]}")
    return str(found.iloc[0])


def coarser(draft: Draft, level: str) -> list[str]:
    """The levels at or above one: a value is added up, never spread down."""
    return [x for x in draft.edition.levels if x != "block" and LEVELS.index(x) >= LEVELS.index(level)]


def keep(
    draft: Draft, indicator_id: str, level: str, result: pd.DataFrame, *, settings: tuple[str, ...] = ("",),
    period: str = "", covered: pd.Series | None = None, group: str = "",
) -> None:
    """Write one indicator over a level: areas absent from the result get their reason, not silence.

    `result`: the result shape, with a column `setting` where `settings` are several, and `because` where it has
    reasons of its own. A missing value is `not_published` where the source has rows for most residents (`covered`),
    `not_covered` elsewhere. A `group` keeps the rows apart from those of everyone, which maps and cards show.
    """
    found = result[SHAPE].assign(
        area_id=result["area_id"].astype("str"), setting=result["setting"] if "setting" in result else settings[0],
        because=result.get("because"),
    )
    every = areas_of(draft, level).merge(pd.DataFrame({"setting": settings}), how="cross")
    rows = every.merge(found, on=["area_id", "setting"], how="left")
    nobody = rows["residents"].fillna(0) == 0
    absent = rows["status"].isna()
    rows["status"] = rows["status"].mask(absent, np.where(nobody, "not_applicable", "missing"))
    rows["basis"] = rows["basis"].fillna(result["basis"].iloc[0] if len(result) else "modelled")
    reason = {
        "missing": "not_published", "suppressed": "suppressed", "not_applicable": "nobody",
        "unknown": "capacity_untold",
    }
    rows["reason"] = rows["status"].map(reason)
    told = rows["area_id"].map(covered).fillna(0) if covered is not None else pd.Series(0.0, index=rows.index)
    rows["reason"] = rows["reason"].mask((rows["status"] == "missing") & (told < HALF), "not_covered")
    rows["reason"] = rows["because"].where(rows["because"].notna(), rows["reason"])
    draft.insert_later("indicator_value", rows[[*SHAPE, "setting", "reason"]].assign(
        indicator_id=indicator_id, level=level, period=period, grp=group,
    ))
