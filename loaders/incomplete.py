"""What a listing that is declared incomplete can say: a limit on one side, never a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

# Computed from the listed places. A place that is not listed can only lower the first, and only raise the second.
AT_MOST = frozenset({
    "need_out_of_reach", "residents_out_of_reach", "nearest_food_aid", "coverage_gap", "unserved_seekers",
})
AT_LEAST = frozenset({
    "open_within_reach", "open_hours_within_reach", "access", "access_e2sfca", "access_3sfca", "access_balanced",
    "access_gravity",
})
# Their low and high span residents, not doubt: nothing is left of them but the value.
SPREAD = frozenset({"nearest_food_aid"})
# Residents behind each status of an indicator; limits an incomplete listing takes away do not bound.
STATUSES = """
    SELECT v.indicator_id, v.grp, v.level, v.status, v.basis, count(*) AS areas, sum(a.population) AS residents,
        coalesce(sum(a.population) FILTER (v.status = 'unknown' AND (
            v.high IS NOT NULL AND NOT list_contains(?, v.indicator_id)
            OR v.low > 0 AND NOT list_contains(?, v.indicator_id))), 0) AS within,
        bool_or(v.reason = 'hours_untold') AS hours
    FROM indicator_value v JOIN area a USING (area_id, level)
    WHERE v.period = '' AND v.setting IN ('', ?) GROUP BY ALL ORDER BY ALL
"""


def declared(settings: dict[str, Any]) -> bool:
    """Whether the edition declares its listing far from complete: it then has a notice that says so."""
    return bool(settings["settings"].get("listing_notice_fr") or settings["settings"].get("listing_notice_en"))


def side(indicator_id: str) -> str:
    """Which limit is left: `most`, `least`, or none where the indicator does not rest on the listing.

    >>> side("need_out_of_reach"), side("open_within_reach"), side("food_insecurity")
    ('most', 'least', '')
    """
    return "most" if indicator_id in AT_MOST else "least" if indicator_id in AT_LEAST else ""


def lost() -> tuple[list[str], list[str]]:
    """Indicators that lose their upper limit, and those that lose their lower one."""
    return sorted(AT_LEAST), sorted(AT_MOST)


def bounded(rows: pd.DataFrame, indicator_id: str = "") -> pd.DataFrame:
    """`rows` as an incomplete listing allows to tell them: what rests on it has one limit, which is its value.

    `rows`: value, low, high, status and, where they are there, indicator_id [else `indicator_id`], numerator and
    denominator. At most: value and high are the upper limit, low is NaN; at least: value and low are the lower one,
    high is NaN. Nobody out of reach of a listed place is 0, with no doubt. Where the value is not known the side that
    still holds stays. Other indicators are left as they are.
    """
    names = rows["indicator_id"] if "indicator_id" in rows else pd.Series(indicator_id, index=rows.index)
    out = rows
    for wanted, kept, lost, end in ((AT_MOST, "high", "low", 0.0), (AT_LEAST, "low", "high", np.nan)):
        here = names.isin(wanted)
        if not here.any():
            continue
        limit = rows[kept].mask(names.isin(SPREAD)).fillna(rows["value"])
        known, at_end = here & rows["value"].notna(), here & (limit == end)
        out = out.assign(**{
            "value": out["value"].mask(known, limit), kept: out[kept].mask(known, limit),
            lost: out[lost].mask(here & ~at_end).mask(at_end & known, limit),
        })
        if "numerator" in rows:
            out["numerator"] = out["numerator"].mask(known & ~names.isin(SPREAD), limit * rows["denominator"])
    return out
