"""How many different people are behind the counts of organizations, in the city and near each group of places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from computing.facts import Facts
from indicators import reach
from loaders.draft import Draft
from loaders.lift import SHAPE, coarser
from loaders.links import containing

(REACHED,) = reach.INDICATORS
# Beside the rows of a unit: the same over the organizations that sent a count that month, shown or hidden.
SENT = "/sent"


def compute(draft: Draft, _: Facts) -> None:
    """Write the fewest and the most different people, and households, of each month, from the controlled counts.

    `grp` is the unit: one unit a call, for people, households, visits and meals are never added together; visits and
    meals cannot be bounded as they are. `period` is the month. Nobody is known to be eligible and no overlap is known:
    there is no value, only limits. An organization with places in several areas may have served its people in any of
    them: none at least, all at most. In the city, all count but those placed outside it.
    """
    counts = draft.frame("SELECT * FROM clients_count ORDER BY organization_id, period, unit")
    counts["period"] = counts["period"].astype("datetime64[s]").dt.strftime("%Y-%m")
    counts = counts[counts["unit"].isin(reach.COUNTED)]
    places = draft.frame("""
        SELECT DISTINCT organization_id, lon, lat FROM service JOIN service_at_location USING (service_id)
        JOIN location USING (location_id) WHERE lon IS NOT NULL ORDER BY ALL
    """)
    if counts.empty:
        return
    found: list[pd.DataFrame] = []
    for level in coarser(draft, draft.edition.default_level):
        placed = places.assign(area_id=containing(draft, level, places))
        if level == "city":
            placed = _in_city(draft, placed, counts)
        of = placed[["organization_id", "area_id"]].drop_duplicates()
        several = of["organization_id"].duplicated(keep=False)
        of = of.assign(several=several, level=level).dropna(subset="area_id")
        found.append(counts.merge(of, on="organization_id"))
    for unit, rows in pd.concat(found, ignore_index=True).groupby("unit"):
        _write(draft, str(unit), rows)


def _in_city(draft: Draft, placed: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Organizations counted in the city: with a place in it, or with no place at all."""
    city = draft.frame("SELECT area_id FROM area WHERE level = 'city' ORDER BY area_id")["area_id"].iloc[0]
    unplaced = counts.loc[~counts["organization_id"].isin(placed["organization_id"]), ["organization_id"]]
    return pd.concat([placed, unplaced.drop_duplicates().assign(area_id=city)], ignore_index=True)


def _write(draft: Draft, unit: str, rows: pd.DataFrame) -> None:
    """Every level at once: an area is of one level only."""
    level = rows.drop_duplicates("area_id").set_index("area_id")["level"]
    settings = draft.edition.settings
    smallest, base = int(settings["smallest"]), int(settings["base"])
    rows = _unsure(rows, smallest, base)
    sent = rows[rows["status"].isin(["ok", "suppressed"])]
    every = ["area_id", "period"]
    lacking = rows.merge(rows.loc[rows["status"] == "missing", every].drop_duplicates(), on=every)
    sent = sent.merge(lacking[every].drop_duplicates(), on=every)  # elsewhere it would repeat the whole
    for group, frame in ((unit, rows), (unit + SENT, sent)):
        if frame.empty:
            continue
        found = reach.people_reached(frame, smallest=smallest, base=base)
        why = {"unknown": "overlap_untold", "missing": "not_published", "suppressed": "suppressed"}
        draft.insert_later("indicator_value", found[[*SHAPE, "period"]].assign(
            indicator_id=REACHED.id, level=found["area_id"].map(level), grp=group, setting="",
            reason=found["status"].map(why),
        ))


def _unsure(rows: pd.DataFrame, smallest: int, base: int) -> pd.DataFrame:
    """Counts of an organization with places in several areas become a range from none to all of it."""
    count = rows["count"].astype("float64")
    rounded = pd.Series(np.ceil(count + base / 2) - 1, index=rows.index) if base > 1 else count
    most = rounded.where(count > 0, count).mask(rows["status"] == "suppressed", smallest - 1.0)
    return rows.assign(
        count=count.mask(rows["several"]), least=pd.Series(0.0, index=rows.index).where(rows["several"]),
        most=most.where(rows["several"]),
    )
