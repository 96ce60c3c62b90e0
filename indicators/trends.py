"""Trends: what was asked for, per 1,000 residents, and whether it moved since a year ago."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.rates import blank, poisson_limits, rate, ratio_limits, require, require_counts
from indicators.spec import Indicator, Text

INDICATOR = Indicator(
    id="referrals_per_1000",
    title=Text("Demandes d’aide alimentaire au 211", "Food requests to 211"),
    question=Text("Où l’aide alimentaire est-elle le plus demandée?", "Where is food help most asked for?"),
    counts=Text("besoins d’aide alimentaire notés en douze mois", "food needs noted in twelve months"),
    unit="per_1000", direction="more_is_worse", tables=("referral_count", "area"),
    formula="r_a = 1000 · Y_a ÷ N_a",
    method=Text(
        "Le nombre de besoins d’aide alimentaire notés en douze mois, protégé puis divisé par la population.",
        "The number of food needs noted in twelve months, controlled, then divided by population.",
    ),
    range_means=Text(
        "Intervalle exact de Poisson à 95 % : le hasard seul, pas les gens qui n’appellent pas.",
        "Exact 95% Poisson interval: chance alone, not the people who do not call.",
    ),
    limits=(
        Text("Peu de demandes ne veut pas dire peu de besoins.", "Few requests do not mean little need."),
        Text("Le 211 ne voit que celles et ceux qui l’appellent.", "211 sees only those who contact it."),
        Text(
            "Un besoin comblé au 211 n’est pas une aide reçue.", "A need met at 211 is not help received.",
        ),
    ),
    citation=Text("Intervalle : Garwood (1936).", "Interval: Garwood (1936)."),
    breaks=(5.0, 10.0, 15.0, 25.0),
    assumptions=(
        Text(
            "Chaque demande est notée une fois, au secteur de la personne qui la fait.",
            "Each request is noted once, in the area of the person who makes it.",
        ),
        Text(
            "Les demandes arrivent au hasard, chacune sans lien avec les autres.",
            "Requests arrive at random, each unconnected to the others.",
        ),
    ),
    misuse=Text(
        "Lire ces demandes comme des personnes, ou leur rareté comme une absence de besoin.",
        "Reading these requests as people, or their rarity as an absence of need.",
    ),
)


def per_1000(counts: pd.DataFrame) -> pd.DataFrame:
    """Needs noted per 1,000 residents.

    `counts`: area_id, count [controlled; NaN where hidden or missing], status, population [people], basis.
    Result shape: numerator = count, denominator = population, value, low, high [per 1,000; exact Poisson 95 %].
    """
    require_counts(counts, "counts", ("count", "population"))
    require(counts, "counts", ("area_id", "status", "basis"))
    low, high = poisson_limits(counts["count"])
    people = counts["population"].astype("float64")
    out = pd.DataFrame({
        "area_id": counts["area_id"], "numerator": counts["count"].astype("float64"), "denominator": people,
        "value": 1000 * rate(counts["count"].astype("float64"), people),
        "low": 1000 * rate(low, people), "high": 1000 * rate(high, people),
        "status": counts["status"], "basis": counts["basis"],
    })
    out["status"] = out["status"].mask(~(people > 0), "not_applicable")
    return blank(out)


def year_ago(counts: pd.DataFrame) -> pd.DataFrame:
    """Change since the same period a year ago.

    `counts`: key columns, `now` and `before` [controlled counts; NaN = hidden or missing]. Adds ratio
    (now ÷ before), low and high [exact 95 %; NaN where there is no limit] and verdict: `more`, `less`,
    `unclear`, or `unknown` where a count is hidden or missing or both are zero.
    """
    require_counts(counts, "counts", ("now", "before"))
    low, high = ratio_limits(counts["now"], counts["before"])
    known = counts["now"].notna() & counts["before"].notna() & ((counts["now"] + counts["before"]) > 0)
    verdict = np.select([~known, low > 1, (high < 1) & high.notna()], ["unknown", "more", "less"], "unclear")
    return counts.assign(ratio=rate(counts["now"], counts["before"]), low=low, high=high, verdict=verdict)


def change_parts(counts: pd.DataFrame) -> pd.DataFrame:
    """How many more, or fewer, each part counted than a year ago, with what chance alone allows.

    `counts`: key columns, `now` and `before` [controlled counts; NaN = hidden or missing]. Adds change [now − before]
    and change_low, change_high: exact 95 % limits given the two years' total n, n · (q − 1) ÷ (q + 1) for the limits
    q of the ratio (`year_ago`). NaN where a count is not known; 0 with no limits where both are 0.

    >>> change_parts(pd.DataFrame({"now": [60.0], "before": [40.0]}))["change"].tolist()
    [20.0]
    """
    require_counts(counts, "counts", ("now", "before"))
    now, before = counts["now"].astype("float64"), counts["before"].astype("float64")
    low, high = ratio_limits(now, before)
    both = now + before
    top = both * rate(high - 1, high + 1)
    return counts.assign(
        change=now - before, change_low=both * rate(low - 1, low + 1),
        # Nobody a year ago: the ratio has no upper limit, and at most all of n is more.
        change_high=top.mask(high.isna() & (both > 0), both),
    )


def unmet_share(met: tuple[float, float, float], unmet: tuple[float, float, float]) -> dict[str, float]:
    """Share of needs that stayed unmet, with its limits, from two counts and what is sure of each.

    `met`, `unmet`: count [NaN where part of it is hidden], least, most [NaN where nothing limits it]. Where both counts
    are known the limits are exact 95 % (the odds are a ratio of two counts); elsewhere there is no share, only the
    widest the hidden parts allow. NaN where nothing was counted, and where every share is possible.
    """
    if not (np.isnan(met[0]) or np.isnan(unmet[0])):
        now, before = pd.Series([unmet[0]]), pd.Series([met[0]])
        low, high = ratio_limits(now, before)
        seen = now + before
        share = float(rate(now, seen).iloc[0])
        top = 1.0 if np.isnan(high[0]) and seen[0] > 0 else float(rate(high, 1 + high).iloc[0])
        return {"share": share, "share_low": float(rate(low, 1 + low).iloc[0]), "share_high": top}
    least = 0.0 if np.isnan(met[2]) else float(rate(pd.Series([unmet[1]]), pd.Series([unmet[1] + met[2]])).iloc[0])
    most = 1.0 if np.isnan(unmet[2]) else float(rate(pd.Series([unmet[2]]), pd.Series([unmet[2] + met[1]])).iloc[0])
    if (least, most) == (0.0, 1.0):
        least = most = float("nan")  # « 0 to 100% » is not a range
    return {"share": float("nan"), "share_low": least, "share_high": most}
