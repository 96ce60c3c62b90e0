"""Referrals and clients as they may be published: counts that nest are controlled together, then subtracted."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from computing.facts import Facts
from indicators import disclosure, trends
from indicators.published_cuts import KEYS, YEAR, cells_of_cuts
from indicators.rates import rate, weakest
from loaders.catalog import LEVELS, LoadError
from loaders.draft import Draft
from loaders.lift import areas_of, coarser, keep

MONTHLY = "district_month_need"
# A place lies in an area where this share of its residents does: limits drawn twice never meet to the metre.
WHOLE = 0.99


def compute(draft: Draft, facts: Facts) -> None:
    """Control the cuts together with their twelve-month food totals; only controlled counts are written.

    Raises LoadError where subtracting what would be published gives a hidden count away.
    """
    frames = draft.private.pop("referrals", [])
    if frames:  # all sources at once: a city's weeks may come from one and its boroughs' from another
        _publish(draft, facts, _together(frames))
    for frame in draft.private.pop("clients", []):
        settings = draft.edition.settings
        control = disclosure.controlled(frame["count"].round(), settings["smallest"], settings["base"])
        draft.insert("clients_count", frame.assign(count=control["count"], status=control["status"]))


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The counts of every source; raises LoadError where two of them tell the same one."""
    every = pd.concat(frames, ignore_index=True)
    again = every.duplicated(list(KEYS), keep=False)
    if again.any():
        both = every.loc[again, "dataset_id"].unique().tolist()
        raise LoadError(
            f"{int(again.sum())} counts are told twice, in the cut {every.loc[again, 'cut'].iloc[0]}",
            file=", ".join(both), remedy="Keep one source of each cut, place and period.",
        )
    return every.assign(count=every["count"].round())


def _publish(draft: Draft, facts: Facts, frame: pd.DataFrame) -> None:
    """Write the counts and their twelve-month food totals. `frame`: referral_count, uncontrolled [needs]."""
    settings = draft.edition.settings
    above, levels = places_above(draft, frame["level"].unique().tolist())
    cells, nesting = cells_of_cuts(frame, above, settings["food_needs"])
    out = disclosure.nested(cells, nesting, settings["smallest"], settings["base"])
    _audit(draft, facts, cells, out, nesting, frame["dataset_id"].unique().tolist())
    draft.insert("referral_count", frame.assign(
        count=out["count"].iloc[:len(frame)].array, status=out["status"].iloc[:len(frame)].to_numpy(),
    ))
    years = cells[["cut", "place_id", "period"]].assign(
        count=out["count"].array, status=out["status"].to_numpy()
    ).iloc[len(frame):]
    if years.empty:
        return
    basis = weakest(frame["basis"].unique())
    for level in levels.get(str(frame.loc[frame["cut"] == MONTHLY, "level"].iloc[0]), []):
        areas = areas_of(draft, level).rename(columns={"residents": "population"})
        for period, rows in years.groupby("period"):
            here = areas.merge(rows.rename(columns={"place_id": "area_id"}), on="area_id").assign(basis=basis)
            keep(draft, trends.INDICATOR.id, level, trends.per_1000(here), period=str(period))


# --- what nests -----------------------------------------------------------------------------------------------


def places_above(draft: Draft, levels: list[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What holds each place of `levels` (place -> the place just above it), and by level those its places add up to.

    From a level up, the next is the finest whose areas hold every placed one whole (`WHOLE`); a level that splits
    places is passed over: a part of a controlled count is not a count.
    """
    above: dict[str, str] = {}
    chains: dict[str, list[str]] = {}
    for level in sorted({x for x in levels if x in draft.edition.levels}, key=LEVELS.index):
        here, chain = level, [level]
        for upper in sorted(coarser(draft, level), key=LEVELS.index):
            parent = _held(draft, here, upper) if upper != level else {}
            if parent:
                for place, over in parent.items():
                    above.setdefault(place, over)
                here, chain = upper, [*chain, upper]
        chains[level] = chain
    return above, chains


def _held(draft: Draft, child: str, parent: str) -> Mapping[str, str]:
    """The parent that holds each child whole, by child; nothing where one is split. Through the demand points where
    the levels are not linked."""
    links = draft.frame("""
        SELECT child_id, parent_id, population_weight AS share FROM area_link
        WHERE child_level = ? AND parent_level = ? ORDER BY ALL
    """, child, parent)
    if links.empty:
        links = draft.frame("""
            SELECT c.parent_id AS child_id, p.parent_id, sum(population) AS share
            FROM area_link c JOIN area_link p USING (child_level, child_id) JOIN demand_point ON c.child_id = point_id
            WHERE c.child_level = 'demand_point' AND c.parent_level = ? AND p.parent_level = ? AND population > 0
            GROUP BY ALL ORDER BY ALL
        """, child, parent)
        links["share"] = rate(links["share"], links.groupby("child_id")["share"].transform("sum"))
    most = links.sort_values("share").drop_duplicates("child_id", keep="last")
    return {} if (most["share"] < WHOLE).any() else dict(zip(most["child_id"], most["parent_id"], strict=True))


# --- what could be worked out ---------------------------------------------------------------------------------


def _audit(
    draft: Draft, facts: Facts, cells: pd.DataFrame, out: pd.DataFrame, nesting: pd.DataFrame, dataset_ids: list[str]
) -> None:
    """Subtract as a reader would: raise LoadError where this version gives a count away by itself.

    What the version before it adds is told in `facts.against_previous`, by kind, and stops nothing: see `Facts`.
    """
    settings = draft.edition.settings
    before = _earlier(draft, cells, dataset_ids)
    found = disclosure.differencing(cells, out, nesting, before, settings["smallest"], settings["base"])
    kinds = found["kind"].value_counts().to_dict()
    alone = kinds.pop("hidden", 0) + kinds.pop("pair", 0)
    if alone:
        raise LoadError(
            f"{alone} published counts would give small ones away", file=", ".join(dataset_ids),
            remedy="Take a cut out of this source, or raise “smallest” in the edition.",
        )
    for kind, number in kinds.items():
        facts.against_previous[str(kind)] = facts.against_previous.get(str(kind), 0) + int(number)


def _earlier(draft: Draft, cells: pd.DataFrame, dataset_ids: list[str]) -> pd.DataFrame | None:
    """cell, count [needs; NA = hidden or missing], status of the same cells in the version now served; None without.

    Twelve months that do not end in the same month are not the same cell.
    """
    if draft.previous is None:
        return None
    months = cells.loc[cells["cut"] == MONTHLY, "period"]
    path = str(draft.previous).replace("'", "''")
    try:
        draft.con.execute(f"ATTACH '{path}' AS earlier (READ_ONLY)")
        rows = draft.frame("""
            SELECT cut, place_id, strftime(period, '%Y-%m-%d') AS period, need, outcome, count::DOUBLE AS count, status
            FROM earlier.referral_count WHERE list_contains(?, dataset_id)
            UNION ALL
            SELECT ?, area_id, period, 'food', 'all', numerator, status FROM earlier.indicator_value
            WHERE indicator_id = ? AND grp = '' AND (
                SELECT strftime(max(period), '%Y-%m-%d') FROM earlier.referral_count
                WHERE cut = ? AND list_contains(?, dataset_id)
            ) = ?
        """, dataset_ids, YEAR, trends.INDICATOR.id, MONTHLY, dataset_ids, months.max() if len(months) else "")
    except duckdb.Error:
        return None  # a version that cannot be read adds nothing to what a reader knows
    finally:
        draft.con.execute("DETACH DATABASE IF EXISTS earlier")
    found = rows.merge(cells[["cell", *KEYS]], on=list(KEYS))
    if found.empty:
        return None
    return found[["cell", "count", "status"]].astype({"count": "Int64"})
