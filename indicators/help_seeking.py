"""Help-seeking: of people in need, how many likely ask for help, and how many of them find no place within reach."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from indicators.access import BORDER, HOME, LISTED, SHARED, STRAIGHT
from indicators.rates import blank, rate, require_counts, sums, with_status
from indicators.spec import Indicator, InputError, Text


@dataclass(frozen=True)
class Seeking:
    """Share of people in need who seek help: least, middle and most [0 to 1]. No one number is known."""

    low: float
    value: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what is not a range of shares."""
        if not 0 < self.low <= self.value <= self.high <= 1:
            raise InputError(
                f"help_seeking: {self.low}, {self.value}, {self.high}; 0 < low ≤ value ≤ high ≤ 1 expected"
            )


# 21.1 % of food-insecure households in 2008; about 35 % a month in Québec in 2025: the range, and its middle.
DEFAULT = Seeking(0.20, 0.275, 0.35)

_CITATION = Text(
    "Tarasuk, Fafard St-Germain et Loopstra (2020) : 21,1 %, données de 2008; Loopstra et Tarasuk (2012) : 23 % de "
    "371 familles de Toronto; Bilan-Faim Québec 2025 : environ 35 % par mois (calcul de Couvert).",
    "Tarasuk, Fafard St-Germain and Loopstra (2020): 21.1%, data of 2008; Loopstra and Tarasuk (2012): 23% of 371 "
    "Toronto families; Bilan-Faim Québec 2025: about 35% a month (own arithmetic).",
)
_OLD = Text(
    "La proportion de 21 % date de 2008; celle de 35 % rapporte un mois à un besoin sur douze mois. D’où une "
    "fourchette.",
    "The share of 21% is of 2008; that of 35% sets one month against need over twelve. Hence a range.",
)
_EVERYWHERE = Text(
    "La même proportion demande de l’aide partout : ni la distance, ni la langue, ni la gêne n’y changent rien.",
    "The same share seeks help everywhere: distance, language and shame change nothing to it.",
)
_MODELLED = Text("Estimation modélisée, pas comptée sur place.", "Modelled estimate, not counted on site.")

SEEKERS = Indicator(
    id="help_seekers",
    title=Text("Personnes qui demandent probablement de l’aide", "People who likely seek help"),
    question=Text(
        "Combien de personnes demandent probablement de l’aide alimentaire?", "How many people likely seek food aid?",
    ),
    counts=Text("personnes qui demandent probablement de l’aide", "people who likely seek help"),
    unit="share", direction="more_is_worse", tables=("demand_point", "census_value", "prevalence"),
    formula="seekers_a = h · FI_a ÷ N_a;  h = 0.275 ∈ [0.20, 0.35]",
    method=Text(
        "Les personnes touchées, estimées, multipliées par la proportion d’entre elles qui demandent de l’aide. Cette "
        "proportion est un réglage; au départ, le milieu de la fourchette publiée.",
        "People in need, as estimated, times the share of them who seek help. That share is a setting; at first, the "
        "middle of the published range.",
    ),
    range_means=Text(
        "Du besoin et de la proportion les plus bas aux plus élevés.",
        "From the lowest need and share to the highest.",
    ),
    limits=(_OLD, _MODELLED), citation=_CITATION, breaks=(0.03, 0.05, 0.07, 0.09), assumptions=(_EVERYWHERE,),
    misuse=Text(
        "Ne pas demander d’aide n’est pas ne pas en avoir besoin : la plupart des personnes touchées n’en demandent "
        "pas.",
        "Not seeking help is not being without need: most people in need do not seek it.",
    ),
)

UNSERVED = Indicator(
    id="unserved_seekers",
    title=Text("Demandes d’aide sans place à portée", "Help-seekers with no place within reach"),
    question=Text(
        "Parmi ceux qui demandent de l’aide, combien n’ont pas de place à portée?",
        "Of those who seek help, how many have no place within reach?",
    ),
    counts=Text(
        "personnes qui demandent de l’aide, sans place à portée", "people who seek help, with no place within reach",
    ),
    unit="share", direction="more_is_worse", tables=("demand_point", "service", "census_value", "prevalence"),
    formula="unserved_a = Σ_i∈a max(0, h · FI_i − FI_i · V_i) ÷ Σ_i∈a h · FI_i",
    method=Text(
        "La capacité de chaque lieu se partage entre les personnes à sa portée qui demandent de l’aide. Celles qui "
        "dépassent les places de leur point restent sans place. La même chose se calcule avec la capacité probablement "
        "encore exacte.",
        "The capacity of each place is shared among the people within its reach who seek help. Those beyond the "
        "places of their point are left without one. The same is computed with the capacity that likely still holds.",
    ),
    range_means=Text(
        "De la demande la plus basse à la plus élevée. Si une capacité est inconnue, on suppose qu’elle sert tout le "
        "monde à sa portée, puis personne.",
        "From the lowest demand to the highest. Where a capacity is unknown, it is taken to serve everyone within its "
        "reach, then nobody.",
    ),
    limits=(
        _OLD, _MODELLED,
        Text(
            "Le besoin porte sur douze mois, la capacité sur un mois.",
            "Need is over twelve months, capacity over one month.",
        ),
        LISTED, STRAIGHT, BORDER,
    ),
    citation=_CITATION, breaks=(0.10, 0.30, 0.50, 0.80), setting="reach_m", assumptions=(HOME, SHARED, _EVERYWHERE),
    misuse=Text(
        "Ce n’est pas le nombre de personnes refusées : personne n’a été compté à une porte.",
        "This is not the number of people turned away: nobody was counted at a door.",
    ),
)

INDICATORS: tuple[Indicator, ...] = (SEEKERS, UNSERVED)

_NEED = ("need", "need_low", "need_high")


def help_seekers(points: pd.DataFrame, seeking: Seeking = DEFAULT) -> pd.DataFrame:
    """People who likely seek help, as a share of residents, per area.

    `points`, a row a point or an area: area_id, population, known [residents whose need is known], need, need_low,
    need_high [people; NaN = not published]. Result shape: numerator = people who seek help, denominator = known; low
    and high from the lowest and the highest need and share. `missing` where most residents' need is not known.
    """
    require_counts(points, "points", ("population", "known", *_NEED))
    total = sums(points, "area_id", (*_NEED, "known", "population"))
    out = pd.DataFrame({
        "numerator": seeking.value * total["need"], "denominator": total["known"],
        "value": rate(seeking.value * total["need"], total["known"]),
        "low": rate(seeking.low * total["need_low"], total["known"]),
        "high": rate(seeking.high * total["need_high"], total["known"]),
    })
    out["status"] = with_status(out, total["known"], total["population"])
    return blank(out.assign(basis="modelled").reset_index())


def unserved_seekers(points: pd.DataFrame, seeking: Seeking = DEFAULT) -> pd.DataFrame:
    """Share of those who seek help left without a place within reach, per area; the others are served.

    `points`: area_id, population, known, need, need_low, need_high [people], places, places_low, places_high [places
    a month its people can claim under central, low and high need: the same whatever share of them seeks help], untold
    [places within reach whose capacity was never told], and optionally doubtful [places within reach with a capacity
    but no known chance that it holds: `places` leaves them out, `places_low` counts them at their best, `places_high`
    at their worst]. Result shape: numerator = people unserved, denominator = people who seek help (served = the
    difference). `unknown` where someone in need reaches an untold or doubtful place: at best an untold one serves
    everyone in reach (low), at worst nobody (high). `not_applicable` where nobody lives, or nobody is in need.
    """
    claims = ("places", "places_low", "places_high")
    doubtful = ("doubtful",) if "doubtful" in points else ()
    require_counts(points, "points", ("population", "known", *_NEED, *claims, "untold", *doubtful))
    reached = points["untold"] > 0
    unsure = reached | (points["doubtful"] > 0) if doubtful else reached
    frame = points[["area_id", "population", "known"]].assign(
        hidden=(unsure & (points["need"] > 0)).astype("float64"), **dict.fromkeys(_NEED, 0.0),
    )
    shares = (seeking.value, seeking.low, seeking.high)
    for need, places, share in zip(_NEED, claims, shares, strict=True):
        frame[need] = share * points[need]
        frame[places] = (frame[need] - points[places]).clip(lower=0)
        frame[f"best_{places}"] = frame[places].mask(reached & frame[places].notna(), 0.0)
    best = [f"best_{places}" for places in claims]
    total = sums(frame, "area_id", ("population", "known", "hidden", *_NEED, *claims, *best))
    left = pd.concat([rate(total[places], total[need]) for need, places in zip(_NEED, claims)], axis=1)
    least = pd.concat([rate(total[places], total[need]) for need, places in zip(_NEED, best)], axis=1)
    out = pd.DataFrame({
        "numerator": total["places"], "denominator": total["need"], "value": left[0],
        "low": left.min(axis=1), "high": left.max(axis=1),
    })
    status = with_status(out, total["known"], total["population"])
    status = status.mask(status.eq("ok") & (total["hidden"] > 0), "unknown")
    out["low"] = out["low"].mask(status == "unknown", least.min(axis=1))
    out["status"] = status.mask((total["need"] == 0) & (status == "missing"), "not_applicable")
    return blank(out.assign(basis="modelled").reset_index())
