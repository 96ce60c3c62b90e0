"""Which areas each census block belongs to, from the publisher's own table of relationships."""

from __future__ import annotations

import pandas as pd

from loaders.catalog import LoadError
from loaders.census import not_brought
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import read_table


def relationships(draft: Draft, source: Source) -> None:
    """Membership of each demand point, from Statistics Canada's geographic relationship file: one row a block.

    Options: block [column], block_prefix [what its identifiers have before ours], base [column of the base area],
    `levels`: a list of {level, column, only [identifiers, where the edition has some areas of that level]}; optional.

    Sets aside `membership` (point_id, level, area_id; no area = the block is in none of the edition's). Blocks of
    elsewhere are left out while reading. Raises LoadError where a point is absent, lies in another base area than
    the blocks said, or a level names an area the edition does not have.
    """
    o = source.options
    if not_brought(draft, source):
        return
    points = draft.frame("SELECT point_id, base_id FROM demand_point ORDER BY point_id")
    block, prefix = o["block"], o.get("block_prefix", "")
    columns = dict.fromkeys([block, o["base"], *(level["column"] for level in o["levels"])])
    intake = read_table(
        source.dataset_id, draft.raw, source.file, list(columns), encoding=o.get("encoding"),
        keep={"block outside the edition": {block: set(prefix + points["point_id"])}},
    )
    intake.unique(block)
    rows = intake.rows.assign(point_id=intake.rows[block].str.removeprefix(prefix)).set_index("point_id")
    absent = points.loc[~points["point_id"].isin(rows.index), "point_id"]
    if len(absent):
        raise LoadError(
            f"{len(absent)} blocks of the edition are absent, the first {absent.iloc[0]}", file=source.file,
            column=block, remedy="Use the relationship file of the same census as the blocks.",
        )
    rows = rows.reindex(points["point_id"])
    moved = rows[rows[o["base"]].to_numpy() != points["base_id"].to_numpy()]
    if len(moved):
        raise LoadError(
            f"{len(moved)} blocks lie in another base area than the blocks’ own, the first {moved.index[0]}",
            file=source.file, line=int(moved["line"].iloc[0]), column=o["base"],
            remedy="Use the relationship file of the same census as the blocks.",
        )
    for level in o["levels"]:
        area = rows[level["column"]].where(rows[level["column"]] != "")
        if "only" in level:
            area = area.where(area.isin(level["only"]))
        known = set(draft.frame("SELECT area_id FROM area WHERE level = ?", level["level"])["area_id"])
        strange = rows[area.notna() & ~area.isin(known)]
        if len(strange):
            raise LoadError(
                f"“{strange[level['column']].iloc[0]}” is not an area of level {level['level']}", file=source.file,
                line=int(strange["line"].iloc[0]), column=level["column"],
                remedy="Load the areas of that level first, or name those the edition has with “only”.",
            )
        draft.keep_private("membership", pd.DataFrame({
            "point_id": points["point_id"], "level": level["level"], "area_id": area.to_numpy(),
        }))
    draft.close_intake(intake, source)
