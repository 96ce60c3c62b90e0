"""Coverage: who lives out of reach of food aid, and how much need is left once help within reach is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators.access import BORDER, HOME, LISTED, OPEN, SHARED, STRAIGHT
from indicators.rates import blank, rate, require_counts, sums, with_status
from indicators.spec import Indicator, Text

_STRAIGHT_CITATION = Text(
    "Distance sur l’ellipsoïde WGS 84; portée réglable.", "Distance on the WGS 84 ellipsoid; adjustable reach.",
)
_SPREAD = Text(
    "Dans un petit secteur, les personnes touchées vivent aux mêmes endroits que les autres résidents.",
    "In a small area, people in need live in the same places as other residents.",
)
_AS_ONE = Text(
    "La portée est la même pour tout le monde, à tout âge et en toute saison.",
    "The reach is the same for everyone, at any age and in any season.",
)

RESIDENTS = Indicator(
    id="residents_out_of_reach",
    title=Text("Résidents sans aide alimentaire à portée", "Residents with no food aid within reach"),
    question=Text("Où vit-on loin de toute aide alimentaire?", "Where do people live far from any food aid?"),
    counts=Text("personnes sans aide alimentaire à portée", "people with no food aid within reach"),
    unit="share", direction="more_is_worse", tables=("demand_point", "service", "location"),
    formula="share_a = Σ_i∈a N_i · [min_j d_ij > d₀] ÷ Σ_i∈a N_i",
    method=Text(
        "On compte les résidents dont le lieu d’aide alimentaire le plus proche est au-delà de la portée.",
        "We count residents whose nearest food-aid place is beyond the reach.",
    ),
    range_means=Text(
        "Aucune fourchette : les positions et les lieux sont pris comme donnés.",
        "No range: positions and places are taken as given.",
    ),
    limits=(STRAIGHT, LISTED, OPEN, BORDER), citation=_STRAIGHT_CITATION,
    breaks=(0.10, 0.30, 0.60, 0.90), setting="reach_m", assumptions=(HOME, _AS_ONE),
    misuse=Text(
        "Loin d’un lieu ne veut pas dire dans le besoin : tous les résidents y sont comptés.",
        "Far from a place does not mean in need: every resident is counted.",
    ),
)

NEED = Indicator(
    id="need_out_of_reach",
    title=Text("Personnes touchées sans aide à portée", "People in need with no aid within reach"),
    question=Text("Où le besoin et la distance se cumulent-ils?", "Where do need and distance add up?"),
    counts=Text(
        "personnes en insécurité alimentaire sans aide à portée", "food-insecure people with no aid within reach",
    ),
    unit="share", direction="more_is_worse", tables=("demand_point", "service", "census_value", "prevalence"),
    formula="share_a = Σ_i∈a FI_i · [min_j d_ij > d₀] ÷ Σ_i∈a N_i",
    method=Text(
        "Parmi tous les résidents, la part dont le ménage est en insécurité alimentaire (estimation) et dont l’aide la "
        "plus proche est au-delà de la portée.",
        "Among all residents, the share who live in a food-insecure household (estimate) and whose nearest aid is "
        "beyond the reach.",
    ),
    range_means=Text(
        "Fourchette de l’insécurité alimentaire estimée, mêmes points, même portée.",
        "Range of estimated food insecurity, same points, same reach.",
    ),
    limits=(
        Text("Estimation modélisée, pas comptée sur place.", "Modelled estimate, not counted on site."),
        STRAIGHT, LISTED, OPEN, BORDER,
    ),
    citation=_STRAIGHT_CITATION, breaks=(0.05, 0.10, 0.15, 0.20), setting="reach_m",
    assumptions=(HOME, _AS_ONE, _SPREAD),
    misuse=Text(
        "À portée ne veut pas dire servi : le lieu peut être plein, fermé ou réservé à d’autres.",
        "Within reach does not mean served: the place may be full, closed or kept for others.",
    ),
)

GAP = Indicator(
    id="coverage_gap",
    title=Text("Écart de couverture", "Coverage gap"),
    question=Text(
        "Quelle part du besoin reste une fois l’aide à portée comptée?",
        "How much need is left once help within reach is counted?",
    ),
    counts=Text("personnes touchées sans place d’aide", "people in need without a place of help"),
    unit="share", direction="more_is_worse", tables=("demand_point", "service", "census_value", "prevalence"),
    formula="gap_a = Σ_i∈a FI_i · max(0, 1 − V_i) ÷ Σ_i∈a FI_i",
    method=Text(
        "On donne à chaque point sa part de la capacité des lieux à portée. Ce qui manque pour que chaque personne "
        "touchée ait une place par mois est l’écart.",
        "Each point is given its share of the capacity of the places within reach. What is missing for each person "
        "in need to have one place a month is the gap.",
    ),
    range_means=Text(
        "Selon le besoin le plus bas et le plus élevé estimés. Si une capacité est inconnue, on suppose qu’elle "
        "sert tout le monde à sa portée, puis personne.",
        "From the lowest and the highest need estimated. Where a capacity is unknown, it is taken to serve everyone "
        "within its reach, then nobody.",
    ),
    limits=(
        Text(
            "Toutes les personnes touchées ne demandent pas d’aide : l’écart n’est pas une file d’attente.",
            "Not everyone in need asks for help: the gap is not a waiting line.",
        ),
        Text(
            "Le besoin porte sur douze mois, la capacité sur un mois.",
            "Need is over twelve months, capacity over one month.",
        ),
        LISTED, STRAIGHT, BORDER,
    ),
    citation=Text(
        "Répartition qui conserve l’offre, d’après Páez, Higgins et Vivona (2019).",
        "Supply-conserving allocation, after Páez, Higgins and Vivona (2019).",
    ),
    breaks=(0.50, 0.70, 0.85, 0.95), setting="reach_m", assumptions=(HOME, SHARED, _SPREAD),
    misuse=Text(
        "Ce n’est pas le nombre de personnes refusées : personne n’a été compté à une porte.",
        "This is not the number of people turned away: nobody was counted at a door.",
    ),
)


def nearest_food_aid(points: pd.DataFrame) -> pd.DataFrame:
    """Distance to the nearest food aid [m], averaged over residents, per area.

    `points`: area_id, population [people], nearest_m [m; NaN where the city has no service]. Result shape:
    numerator = Σ population × metres, denominator = population; low and high = 10th and 90th percentile of
    residents. `not_applicable` where nobody lives, `missing` where no distance is known.
    """
    require_counts(points, "points", ("population", "nearest_m"))
    far = points.assign(
        numerator=points["population"] * points["nearest_m"],
        covered=points["population"].where(points["nearest_m"].notna()),
    )
    total = sums(far, "area_id", ("numerator", "covered", "population"))
    out = pd.DataFrame({
        "numerator": total["numerator"], "denominator": total["covered"],
        "value": rate(total["numerator"], total["covered"]),
        "low": weighted_quantile(points, 0.10), "high": weighted_quantile(points, 0.90),
    })
    out["status"] = with_status(out, total["covered"], total["population"])
    out["basis"] = "modelled"
    return blank(out.reset_index())


def weighted_quantile(points: pd.DataFrame, q: float) -> pd.Series:
    """Per area, the smallest `nearest_m` [m] that a share `q` of residents do not exceed; NaN without residents."""
    live = points[(points["population"] > 0) & points["nearest_m"].notna()].sort_values(["area_id", "nearest_m"])
    share = live.groupby("area_id")["population"].cumsum() / live.groupby("area_id")["population"].transform("sum")
    return live[share >= q - 1e-12].groupby("area_id")["nearest_m"].first()


def residents_out_of_reach(points: pd.DataFrame, reach_m: float | pd.Series) -> pd.DataFrame:
    """Share of residents farther than `reach_m` [m] from any food aid, per area.

    `reach_m` may differ from point to point. `points`: area_id, population [people], nearest_m [m; NaN = no
    service anywhere, so out of reach]. Result
    shape: numerator and denominator [people], value [0 to 1], no low or high.
    """
    require_counts(points, "points", ("population", "nearest_m"))
    out_of_reach = ~(points["nearest_m"] <= reach_m)  # NaN compares false: out of reach
    total = sums(points.assign(out=points["population"].where(out_of_reach, 0.0)), "area_id", ("out", "population"))
    out = pd.DataFrame({
        "numerator": total["out"], "denominator": total["population"],
        "value": rate(total["out"], total["population"]), "low": np.nan, "high": np.nan,
    })
    out["status"] = with_status(out, total["population"], total["population"])
    out["basis"] = "modelled"
    return blank(out.reset_index())


def need_out_of_reach(points: pd.DataFrame, reach_m: float | pd.Series) -> pd.DataFrame:
    """Share of residents who are in need and farther than `reach_m` [m] from any food aid, per area.

    `points`: area_id, population, known [residents whose need is known], need, need_low, need_high [people; NaN =
    not published], nearest_m [m]. Result shape: numerator = people in need out of reach, denominator = known.
    """
    require_counts(points, "points", ("population", "known", "need", "need_low", "need_high", "nearest_m"))
    out_of_reach = ~(points["nearest_m"] <= reach_m)
    far = points[["area_id", "population", "known"]].copy()
    for name in ("need", "need_low", "need_high"):
        far[name] = points[name].where(out_of_reach | points[name].isna(), 0.0)
    total = sums(far, "area_id", ("need", "need_low", "need_high", "known", "population"))
    out = pd.DataFrame({
        "numerator": total["need"], "denominator": total["known"], "value": rate(total["need"], total["known"]),
        "low": rate(total["need_low"], total["known"]), "high": rate(total["need_high"], total["known"]),
    })
    out["status"] = with_status(out, total["known"], total["population"])
    out["basis"] = "modelled"
    return blank(out.reset_index())


def _known(points: pd.DataFrame) -> pd.DataFrame:
    """Per area: need [people], residents and residents whose need is known, and whether a capacity is unknown."""
    frame = points.assign(
        hidden=((points["untold"] > 0) & (points["need"] > 0)).astype("float64"),
    )
    return sums(frame, "area_id", ("need", "known", "population", "hidden"))


def access_by_area(points: pd.DataFrame) -> pd.DataFrame:
    """Places a month per person in need, per area.

    `points`: area_id, population, known, need [people], places, places_low, places_high [places a month the point's
    people can claim, under central, low and high need], need_low, need_high, untold [places within reach whose
    capacity was never told]. Result shape: numerator [places a month], denominator [people in need]; `unknown`
    where an untold capacity is within reach (low = what is known, no high).
    """
    require_counts(points, "points", ("need", "need_low", "need_high", "places", "places_low", "places_high", "untold"))
    total = _known(points)
    give = sums(points, "area_id", ("places", "places_low", "places_high", "need_low", "need_high"))
    least, most = rate(give["places_high"], give["need_high"]), rate(give["places_low"], give["need_low"])
    out = pd.DataFrame({
        "numerator": give["places"], "denominator": total["need"], "value": rate(give["places"], total["need"]),
        "low": np.minimum(least, most), "high": np.maximum(least, most),
    })
    out["status"] = with_status(out, total["known"], total["population"])
    unknown = (out["status"] == "ok") & (total["hidden"] > 0)
    out["status"] = out["status"].mask(unknown, "unknown")
    out["low"] = out["low"].mask(unknown, least)
    out["high"] = out["high"].mask(unknown, np.nan)
    out["basis"] = "modelled"
    return blank(out.reset_index())


def proximity_by_area(points: pd.DataFrame) -> pd.DataFrame:
    """Supply near the residents of an area, nearer places counting more: Σ places × weight, averaged over residents.

    `points`: area_id, population [people], places [Σ of `access.gravity` × population], untold [places within reach
    whose capacity was never told]. Result shape: value [places, shared with nobody], no low or high; `unknown` where
    an untold capacity is within reach of a resident. `access.min_max` scales it.
    """
    require_counts(points, "points", ("population", "places", "untold"))
    hidden = ((points["untold"] > 0) & (points["population"] > 0)).astype("float64")
    total = sums(points.assign(hidden=hidden), "area_id", ("places", "population", "hidden"))
    out = pd.DataFrame({
        "numerator": total["places"], "denominator": total["population"],
        "value": rate(total["places"], total["population"]), "low": np.nan, "high": np.nan,
    })
    out["status"] = with_status(out, total["population"], total["population"])
    out["status"] = out["status"].mask((out["status"] == "ok") & (total["hidden"] > 0), "unknown")
    out["basis"] = "modelled"
    return blank(out.reset_index())


def coverage_gap(points: pd.DataFrame) -> pd.DataFrame:
    """Share of people in need left without a place once help within reach is counted, per area.

    `points`: as for `access_by_area`. Result shape: numerator [people], denominator [people in need], value,
    low, high [0 to 1]. `unknown` where an untold capacity is within reach of someone in need: at best it serves
    everyone who reaches it (low), at worst nobody (high).
    """
    require_counts(points, "points", ("need", "need_low", "need_high", "places", "places_low", "places_high", "untold"))
    total = _known(points)
    left = pd.DataFrame({"area_id": points["area_id"]})
    for name, people, places in (
        ("gap", "need", "places"), ("gap_low", "need_low", "places_low"), ("gap_high", "need_high", "places_high"),
    ):
        left[name] = (points[people] - points[places]).clip(lower=0)
    # At best, an untold capacity serves everyone within its reach.
    left["gap_best"] = left["gap_low"].where(~(points["untold"] > 0) | left["gap_low"].isna(), 0.0)
    left[["need_low", "need_high"]] = points[["need_low", "need_high"]]
    gap = sums(left, "area_id", ("gap", "gap_low", "gap_high", "gap_best", "need_low", "need_high"))
    low, high = rate(gap["gap_low"], gap["need_low"]), rate(gap["gap_high"], gap["need_high"])
    out = pd.DataFrame({
        "numerator": gap["gap"], "denominator": total["need"], "value": rate(gap["gap"], total["need"]),
        "low": np.minimum(low, high), "high": np.maximum(low, high),
    })
    out["status"] = with_status(out, total["known"], total["population"])
    unknown = (out["status"] == "ok") & (total["hidden"] > 0)
    out["status"] = out["status"].mask(unknown, "unknown")
    out["low"] = out["low"].mask(unknown, rate(gap["gap_best"], gap["need_low"]))
    out["basis"] = "modelled"
    return blank(out.reset_index())
