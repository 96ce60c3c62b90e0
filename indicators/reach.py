"""Reach: how many different people are behind the counts of several organizations, as a range that holds the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from indicators.disclosure import SMALLEST
from indicators.rates import BASES, blank, rate, require, require_counts, weakest
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (Indicator(
    id="people_reached",
    title=Text("Personnes différentes aidées", "Different people served"),
    question=Text(
        "Combien de personnes différentes sont derrière ces comptes?",
        "How many different people are behind these counts?",
    ),
    counts=Text("personnes différentes aidées dans le mois", "different people served in the month"),
    unit="people", direction="more_is_better", tables=("clients_count", "organization"),
    formula="max n_i ≤ U ≤ min(Σ n_i, N);  U_ind = N · (1 − Π(1 − n_i ÷ N))",
    method=Text(
        "Les organismes comptent chacun de leur côté; une même personne peut être dans plusieurs comptes. Au moins, "
        "ce sont les personnes du plus grand compte. Au plus, ce sont toutes les personnes comptées, sans dépasser "
        "la population. Là où l’on sait combien de personnes deux organismes ont en commun, la fourchette se resserre.",
        "Organizations count apart; one person may be in several counts. At least, they are the people of the "
        "largest count. At most, they are everyone counted, never more than the population. Where it is known how "
        "many people two organizations share, the range narrows.",
    ),
    range_means=Text(
        "Du nombre le plus bas au plus haut que ces comptes permettent. Ce n’est pas une marge d’erreur : sans autre "
        "renseignement, aucun nombre de la fourchette n’est plus vrai qu’un autre.",
        "From the lowest to the highest number these counts allow. It is not a margin of error: without more "
        "information, no number in the range is truer than another.",
    ),
    limits=(
        Text(
            "Un mois n’est pas une année : les personnes d’un mois ne s’ajoutent pas à celles d’un autre.",
            "A month is not a year: the people of one month do not add to those of another.",
        ),
        Text(
            "Personnes, ménages, visites et repas ne s’additionnent jamais.",
            "People, households, visits and meals are never added together.",
        ),
        Text(
            "Un organisme qui n’a pas envoyé son compte peut avoir aidé n’importe qui.",
            "An organization that sent no count may have served anyone.",
        ),
    ),
    citation=Text(
        "Bornes de Boole et de Fréchet; Dawson et Sankoff (1967); Hunter (1976) et Worsley (1982).",
        "Boole and Fréchet bounds; Dawson and Sankoff (1967); Hunter (1976) and Worsley (1982).",
    ),
    breaks=(100.0, 250.0, 500.0, 1000.0), grain="period",
    assumptions=(
        Text("Chaque organisme compte une personne une seule fois.", "Each organization counts a person once."),
        Text(
            "La valeur, là où il y en a une, suppose que fréquenter un organisme ne change rien à fréquenter les "
            "autres. Deux comptoirs voisins partageaient 14 % de leurs ménages (Longmont).",
            "The value, where there is one, supposes that going to one organization changes nothing to going to the "
            "others. Two neighbouring pantries shared 14% of their households (Longmont).",
        ),
    ),
    misuse=Text(
        "Additionner les comptes et parler de personnes : trois fois 50 n’est pas 150 personnes.",
        "Adding the counts and calling them people: three times 50 is not 150 people.",
    ),
),)

# What can be bounded as it is; visits need `people_from_visits`, meals cannot become people.
COUNTED = ("people", "households")
UNITS = (*COUNTED, "visits", "meals")
STATUSES = ("ok", "missing", "suppressed")
# Sums of fractions (visits ÷ visits a person) may miss each other by rounding alone.
TOLERANCE = 1e-9


def bounds(
    people: Sequence[float], eligible: float = np.nan, overlaps: np.ndarray | None = None,
    most: Sequence[float] | None = None,
) -> tuple[float, float]:
    """Fewest and most different people behind the counts of several organizations in one period [people].

    `people`: one count an organization; with `most`, the least and the most each count may be (inf = never told).
    `eligible`: everyone who could be counted [people; NaN = unknown]. `overlaps`: square and symmetric, the people
    two organizations share [NaN = unknown; diagonal unread]. max nᵢ ≤ U ≤ min(Σnᵢ, N), sharp without overlaps.
    With overlaps the lower bound is also that of Dawson & Sankoff (1967) and of every known pair, nᵢ + nⱼ − mᵢⱼ; the
    upper that of Hunter (1976) and Worsley (1982), Σnᵢ less the maximum spanning tree; an unknown overlap takes its
    worst possible value, so that knowing more never widens. The upper bound is inf where a count was never told and
    `eligible` is unknown. Raises InputError for no count, a negative one, more people than are eligible, or overlaps
    that cannot be.

    >>> bounds([50, 50, 50])
    (50.0, 150.0)
    >>> bounds([50, 50, 50], eligible=120)
    (50.0, 120.0)
    """
    low = np.asarray(people, dtype="float64")
    high = low if most is None else np.asarray(most, dtype="float64")
    if low.ndim != 1 or low.shape != high.shape or not len(low):
        raise InputError("people: one count an organization is needed, and as many in `most`")
    bad = ~(np.isfinite(low) & (low >= 0) & (high >= low))
    if bad.any():
        raise InputError(f"people: {int(bad.sum())} counts negative, missing or crossed, first at {int(bad.argmax())}")
    everyone = np.inf if np.isnan(eligible) else float(eligible)
    if low.max() > everyone + TOLERANCE:
        raise InputError(f"people: {low.max():g} counted at {int(low.argmax())}, of {everyone:g} eligible")
    fewest, utmost = float(low.max()), min(float(high.sum()), everyone)
    if overlaps is not None and len(low) > 1:
        least, greatest = _with_overlaps(low, high, everyone, np.asarray(overlaps, dtype="float64"))
        fewest, utmost = max(fewest, least), min(utmost, greatest)
        if fewest > utmost + TOLERANCE * max(1.0, utmost):
            raise InputError(f"overlaps: cannot all be true, at least {fewest:g} people and at most {utmost:g}")
    return min(fewest, utmost), utmost


def _with_overlaps(low: np.ndarray, high: np.ndarray, everyone: float, shared: np.ndarray) -> tuple[float, float]:
    """Dawson–Sankoff and known-pair lower bound, Hunter–Worsley upper bound; unknown overlaps at their worst."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    size = len(low)
    if shared.shape != (size, size):
        raise InputError(f"overlaps: {shared.shape} where {size} organizations ask for ({size}, {size})")
    pair = np.triu_indices(size, 1)
    known, mirror = shared[pair], shared.T[pair]
    told = ~np.isnan(known)
    ceiling = np.minimum(high[pair[0]], high[pair[1]])
    floor = np.maximum(0.0, low[pair[0]] + low[pair[1]] - everyone)
    bad = (told != ~np.isnan(mirror)) | (told & ~(
        (known == mirror) & (known >= floor - TOLERANCE) & (known <= ceiling + TOLERANCE)
    ))
    if bad.any():
        i, j = int(pair[0][bad.argmax()]), int(pair[1][bad.argmax()])
        raise InputError(f"overlaps: {int(bad.sum())} not symmetric or not possible for their counts, first ({i}, {j})")
    union = np.where(told, low[pair[0]] + low[pair[1]] - known, 0.0).max()
    # S₂ at its largest and S₁ at its least give the least the union may be.
    s1, s2 = low.sum(), np.where(told, known, ceiling).sum()
    dawson = 0.0
    if s1 > 0 and np.isfinite(s2):
        kappa = 1 + np.floor(2 * s2 / s1)
        dawson = 2 * s1 / (kappa + 1) - 2 * s2 / (kappa * (kappa + 1))
    weight = np.zeros((size, size))
    weight[pair] = -np.where(told, known, floor)
    return max(float(union), float(dawson)), float(high.sum() + minimum_spanning_tree(weight).sum())


def at_overlap(people: Sequence[float], share: float, eligible: float = np.nan) -> float:
    """Different people if a share of the possible overlap is real [people]: U(ω) = high − ω · (high − low).

    `share` ω is 0 (nobody goes to two) to 1 (the smaller counts are all inside the largest). Raises InputError outside.

    >>> at_overlap([50, 50, 50], 0.14)
    136.0
    """
    return part_way(*bounds(people, eligible), share)


def part_way(low: float, high: float, share: float) -> float:
    """What a share of the possible overlap leaves of a range: all of it `high`, none of it `low`; NaN stays NaN.

    >>> part_way(50.0, 150.0, 0.5)
    100.0
    """
    if not 0 <= share <= 1:
        raise InputError(f"share: {share} is not between 0 and 1")
    return high - share * (high - low)


def chapman(first: int, second: int, matched: int, level: float = 0.95) -> dict[str, float]:
    """Everyone two lists were drawn from, seen or not [people], from how many are on both (Chapman 1951).

    `value` = (n₁+1)(n₂+1)/(m+1) − 1, `variance` (Seber 1970), `seen` = n₁ + n₂ − m, `low` and `high`: log-normal
    interval of the unseen (Chao 1987), so `low` is never below `seen`. Supposes a closed population and independent
    lists: where being on one makes being on the other likelier, as between food banks that send people to each other,
    the value is too low. Raises InputError for an empty list or more matches than the shorter one holds.

    >>> {name: round(number, 1) for name, number in chapman(50, 50, 25).items()}
    {'value': 99.0, 'variance': 89.1, 'seen': 75.0, 'low': 86.4, 'high': 125.5}
    """
    from scipy.special import ndtri

    if min(first, second) < 1 or not 0 <= matched <= min(first, second) or not 0 < level < 1:
        raise InputError(f"chapman: lists of {first} and {second} with {matched} matches, level {level}")
    value = (first + 1) * (second + 1) / (matched + 1) - 1
    free = (first - matched) * (second - matched)
    variance = (first + 1) * (second + 1) * free / ((matched + 1) ** 2 * (matched + 2))
    seen = first + second - matched
    unseen = free / (matched + 1)
    spread = 1.0
    if unseen > 0:
        spread = float(np.exp(ndtri((1 + level) / 2) * np.sqrt(np.log1p(variance / unseen**2))))
    return {
        "value": value, "variance": variance, "seen": float(seen), "low": seen + unseen / spread,
        "high": seen + unseen * spread,
    }


def people_from_visits(counts: pd.DataFrame, visits_per_person: tuple[float, float], smallest: int = SMALLEST,
                       base: int = 1) -> pd.DataFrame:
    """The people visits may stand for: rows of `clients_count` in visits become rows in people.

    `visits_per_person`: fewest and most visits a person makes in the period (1 or more; Ontario 2023–24 had 7.7 a
    year). Adds `least` and `most` [people]; `count` is NaN, because no one number is known; basis `modelled` at best.
    """
    fewest, most = visits_per_person
    if not 1 <= fewest <= most < np.inf:
        raise InputError(f"visits_per_person: {visits_per_person} is not a range from 1 up")
    rows = _limits(counts, ("visits",), smallest, base)
    # Whoever made the visits is at least one person.
    least = np.maximum(rows["least"] / most, (rows["least"] > 0).astype("float64"))
    return rows.assign(
        unit="people", count=np.nan, least=least, most=(rows["most"] / fewest).where(np.isfinite(rows["most"])),
        basis=rows["basis"].map(lambda basis: weakest([str(basis), "modelled"])),
    )


def people_reached(
    counts: pd.DataFrame, eligible: pd.Series | None = None, overlaps: pd.DataFrame | None = None,
    smallest: int = SMALLEST, base: int = 1,
) -> pd.DataFrame:
    """Different people (or households) behind the counts of an area's organizations, per area and period.

    `counts`: area_id, organization_id, period, unit, count, status, basis, as `clients_count` holds them once its
    organizations are placed (or given the city's id), and optionally least, most; one unit a call. A suppressed count
    is 1 to `smallest` − 1; one rounded to `base` is within half of it; a missing one is 0 to everyone. `eligible`: who
    could be counted, in the unit of `counts`, indexed by area_id [NaN or absent = unknown]. `overlaps`: period, first,
    second [organization_id], both [in the unit].

    Result shape with period and unit: low and high are the sharp bounds of `bounds`; value and numerator the
    independence reference, never the truth, only where every count and the eligible are known and overlaps do not
    refute it; denominator the eligible. Without it status is `unknown` and the limits stay: "between 50 and 150".
    Status ok without it where only one number is possible; `missing` or `suppressed` where every count is;
    `not_applicable` where nobody is eligible. high is NaN where nothing limits it. Also organizations, told [how many
    sent a count that is shown], counted [Σ of those: attendances, not people], high_told [`high` over the organizations
    that sent a count, shown or hidden: one that sent none may have served everyone]. Raises InputError.
    """
    rows = _limits(counts, COUNTED, smallest, base)
    if rows.empty:
        raise InputError("counts: no rows")
    by = ["area_id", "period"]
    rows["eligible"] = np.nan if eligible is None else rows["area_id"].map(_eligible(eligible)).astype("float64")
    excess = rows["least"] > rows["eligible"] + TOLERANCE
    if excess.any():
        raise InputError(f"counts.count: {int(excess.sum())} above the eligible, first at row {excess.idxmax()}")
    rows["outside"] = 1 - rate(rows["count"], rows["eligible"])
    for status in STATUSES:
        rows[status] = rows["status"] == status
    rows["told"] = rows["count"].notna()
    rows["sent"] = rows["most"].where(np.isfinite(rows["most"]))
    groups = rows.groupby(by, sort=True)
    out = groups.agg(
        unit=("unit", "first"), organizations=("unit", "size"), told=("told", "sum"), denominator=("eligible", "first"),
        low=("least", "max"), high=("most", "sum"), ok=("ok", "sum"), suppressed=("suppressed", "sum"),
        basis=("basis", weakest),
    )
    out["counted"] = groups["count"].sum(min_count=1)
    out["high_told"] = groups["sent"].sum(min_count=1)
    out["high"] = out["high"].clip(upper=out["denominator"].fillna(np.inf))
    if overlaps is not None:
        _narrow(out, rows, overlaps)
    out["value"] = (out["denominator"] * (1 - groups["outside"].prod())).where(out["told"] == out["organizations"])
    slack = TOLERANCE * out["low"].clip(lower=1.0)  # never of high, which may be infinite
    out["value"] = out["value"].where((out["value"] >= out["low"] - slack) & (out["value"] <= out["high"] + slack))
    exact = (out["high"] - out["low"]) <= slack
    out["high_told"] = out[["high_told", "high"]].min(axis=1)
    modelled = out["value"].notna() & ~exact
    out["value"] = out["value"].mask(exact, out["low"])
    out["basis"] = out["basis"].mask(modelled & (out["basis"] == "counted"), "modelled")
    out["high"] = out["high"].where(np.isfinite(out["high"]))
    out["status"] = np.select(
        [out["denominator"] == 0, (out["ok"] == 0) & (out["suppressed"] > 0), out["ok"] == 0, out["value"].isna()],
        ["not_applicable", "suppressed", "missing", "unknown"], "ok",
    )
    out["numerator"] = out["value"]
    return blank(out.reset_index()[[
        *by, "unit", "numerator", "denominator", "value", "low", "high", "status", "basis", "organizations", "told",
        "counted", "high_told",
    ]])


def _limits(counts: pd.DataFrame, units: tuple[str, ...], smallest: int, base: int) -> pd.DataFrame:
    """`counts`, checked, with `least` and `most` each count may be; inf where it was never told."""
    require(counts, "counts", ("area_id", "organization_id", "period", "unit", "status", "basis"))
    given = [name for name in ("least", "most") if name in counts]
    require_counts(counts, "counts", ("count", *given))
    if base < 1 or smallest < 1:
        raise InputError(f"counts: smallest {smallest} and base {base} must be at least 1")
    mixed = sorted(set(counts["unit"].astype(str)))
    if len(mixed) > 1 or not set(mixed) <= set(units):
        raise InputError(f"counts.unit: {', '.join(mixed)}; one of {', '.join(units)} alone can be bounded here")
    for column, allowed in (("status", STATUSES), ("basis", BASES)):
        odd = ~counts[column].isin(allowed)
        if odd.any():
            raise InputError(f"counts.{column}: {int(odd.sum())} not in {allowed}, first at row {odd.idxmax()}")
    key = ["area_id", "period", "organization_id"]
    for column in key:
        if counts[column].isna().any():
            raise InputError(f"counts.{column}: missing, first at row {counts[column].isna().idxmax()}")
    twice = counts.duplicated(key)
    if twice.any():
        raise InputError(f"counts.organization_id: {int(twice.sum())} counted twice, first at row {twice.idxmax()}")
    rows = counts.sort_values(key, kind="stable")
    count = rows["count"].astype("float64")
    rows["count"] = count.where(rows["status"] == "ok")
    # A multiple of the base stands for every whole number that rounds to it, halves up; zero is never rounded.
    positive, hidden = rows["count"] > 0, rows["status"] == "suppressed"
    least = np.ceil(rows["count"] - base / 2).where(positive & (base > 1), rows["count"])
    most = (np.ceil(rows["count"] + base / 2) - 1).where(positive & (base > 1), rows["count"])
    least, most = least.fillna(0.0).mask(hidden, 1.0), most.fillna(np.inf).mask(hidden, smallest - 1.0)
    for name, worked in (("least", least), ("most", most)):
        rows[name] = rows[name].astype("float64").fillna(worked) if name in rows else worked
    # Said to be there, but nothing is: missing, not a count of nobody.
    rows["status"] = rows["status"].mask((rows["status"] == "ok") & np.isinf(rows["most"]), "missing")
    crossed = rows["least"] > rows["most"]
    if crossed.any():
        raise InputError(f"counts.least: {int(crossed.sum())} above `most`, first at row {crossed.idxmax()}")
    return rows


def _eligible(eligible: pd.Series) -> pd.Series:
    """`eligible`, checked: one number an area, none negative."""
    require_counts(eligible.to_frame("eligible"), "eligible", ("eligible",))
    if not eligible.index.is_unique:
        raise InputError(f"eligible: area_id {eligible.index[eligible.index.duplicated()][0]!r} twice")
    return eligible.astype("float64")


def _narrow(out: pd.DataFrame, rows: pd.DataFrame, overlaps: pd.DataFrame) -> None:
    """Narrow low and high of the groups that hold both organizations of a known overlap; in place."""
    require(overlaps, "overlaps", ("period", "first", "second"))
    require_counts(overlaps, "overlaps", ("both",))
    swapped = overlaps["first"].astype(str) > overlaps["second"].astype(str)
    ends = pd.DataFrame({
        "period": overlaps["period"], "a": overlaps["first"].mask(swapped, overlaps["second"]),
        "b": overlaps["second"].mask(swapped, overlaps["first"]), "both": overlaps["both"].astype("float64"),
    })
    wrong = ends.duplicated(["period", "a", "b"]) | (ends["a"] == ends["b"])
    if wrong.any():
        raise InputError(f"overlaps: {int(wrong.sum())} pairs given twice or of one, first at row {wrong.idxmax()}")
    known: dict[Any, pd.DataFrame] = dict(list(ends[ends["both"].notna()].groupby("period")))
    each: Any = rows.groupby(["area_id", "period"])
    for (area, period), group in each:
        if period not in known or len(group) < 2:
            continue
        at = pd.Index(group["organization_id"])
        i, j = (at.get_indexer(pd.Index(known[period][end])) for end in ("a", "b"))
        here = (i >= 0) & (j >= 0)
        if not here.any():
            continue
        matrix = np.full((len(at), len(at)), np.nan)
        matrix[i[here], j[here]] = matrix[j[here], i[here]] = known[period]["both"].to_numpy()[here]
        try:
            low, high = bounds(
                group["least"].to_list(), float(group["eligible"].iloc[0]), matrix, group["most"].to_list()
            )
        except InputError as error:
            raise InputError(f"overlaps, {area} {period}: {error}") from error
        out.loc[(area, period), ["low", "high"]] = low, high
