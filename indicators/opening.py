"""Opening: who has a place that is open within reach, hour by hour of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from indicators.access import BORDER, HOME, LISTED, STRAIGHT
from indicators.rates import blank, rate, require, require_counts, sums, with_status
from indicators.spec import Indicator, InputError, Text

DAYS: tuple[str, ...] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HOURS = 24 * len(DAYS)
# A place open for less of an hour than this is not open in that hour.
LEAST_MINUTES = 30

_PUBLISHED = Text(
    "Les heures sont celles du répertoire : un congé, une panne ou un rendez-vous obligatoire n’y sont pas.",
    "Hours are those of the listing: a holiday, a breakdown or a required appointment are not in it.",
)
_UNTOLD = Text(
    "Un lieu sans heures répertoriées n’est ni ouvert ni fermé : il est inconnu.",
    "A place with no listed hours is neither open nor closed: it is unknown.",
)
_EVERY_WEEK = Text("Chaque semaine est comme les autres.", "Every week is like the others.")
_CITATION = Text(
    "Horaires au format HSDS 3; calcul propre, par heure et par jour de la semaine.",
    "Schedules in HSDS 3 terms; own computation, by hour and weekday.",
)

OPEN = Indicator(
    id="open_within_reach",
    title=Text("Personnes touchées près d’un lieu ouvert", "People in need near an open place"),
    question=Text("Quand y a-t-il un lieu ouvert à portée?", "When is a place open within reach?"),
    counts=Text("personnes touchées, un lieu ouvert à portée", "people in need with an open place within reach"),
    unit="share", direction="more_is_better", tables=("demand_point", "service", "schedule", "census_value"),
    formula="share_at = Σ_i∈a FI_i · [some j open at t, d_ij ≤ d₀] ÷ Σ_i∈a FI_i",
    method=Text(
        "On compte, heure par heure, les personnes touchées qui ont à portée un lieu d’aide ouvert. Il faut qu’il "
        "ouvre au moins trente minutes dans l’heure.",
        "We count, hour by hour, the people in need who have an open food-aid place within reach. It must open at "
        "least thirty minutes of the hour.",
    ),
    range_means=Text(
        "Les lieux sans heures répertoriées, tous fermés, puis tous ouverts.",
        "Places with no listed hours, all closed, then all open.",
    ),
    limits=(_UNTOLD, _PUBLISHED, LISTED, STRAIGHT, BORDER), citation=_CITATION, breaks=(0.05, 0.20, 0.40, 0.60),
    setting="hour", assumptions=(HOME, _EVERY_WEEK),
    misuse=Text(
        "Ouvert ne veut pas dire accessible à tous : le lieu peut être plein, ou sur rendez-vous.",
        "Open does not mean open to all: the place may be full, or by appointment.",
    ),
)

NONE_OPEN = Indicator(
    id="nothing_open_within_reach",
    title=Text("Personnes touchées sans lieu ouvert à portée", "People in need with no open place within reach"),
    question=Text(
        "À cette heure, qui n’a aucun lieu ouvert à portée?", "At this hour, who has no open place within reach?",
    ),
    counts=Text("personnes touchées, aucun lieu ouvert à portée", "people in need with no open place within reach"),
    unit="share", direction="more_is_worse", tables=OPEN.tables, formula="none_at = 1 − share_at",
    method=Text(
        "On compte, heure par heure, les personnes touchées qui n’ont à portée aucun lieu d’aide ouvert. C’est un "
        "moins la part de celles qui en ont un.",
        "We count, hour by hour, the people in need who have no open food-aid place within reach. It is one minus the "
        "share of those who have one.",
    ),
    range_means=Text(
        "Les lieux sans heures répertoriées, tous ouverts, puis tous fermés.",
        "Places with no listed hours, all open, then all closed.",
    ),
    limits=OPEN.limits, citation=_CITATION, breaks=(0.40, 0.60, 0.80, 0.95), setting="hour",
    assumptions=OPEN.assumptions, complement_of=OPEN.id,
    misuse=Text(
        "Sans lieu ouvert connu ne veut pas dire sans aide : les lieux non répertoriés n’y sont pas.",
        "No known open place does not mean no help: places that are not listed are not in it.",
    ),
)

WEEK = Indicator(
    id="open_hours_within_reach",
    title=Text("Heures par semaine avec un lieu ouvert à portée", "Hours a week with an open place within reach"),
    question=Text(
        "Combien d’heures par semaine y a-t-il un lieu ouvert à portée?",
        "For how many hours a week is a place open within reach?",
    ),
    counts=Text("heures par semaine, moyenne des personnes touchées", "hours a week, average of people in need"),
    unit="hours", direction="more_is_better", tables=("demand_point", "service", "schedule", "census_value"),
    formula="hours_a = Σ_i∈a FI_i · #{t : some j open at t, d_ij ≤ d₀} ÷ Σ_i∈a FI_i",
    method=Text(
        "À chaque point, on compte les heures de la semaine, de 0 à 168, où au moins un lieu à portée est ouvert. On "
        "fait la moyenne selon le nombre de personnes touchées.",
        "At each point, we count the hours of the week, 0 to 168, when at least one place within reach is open. We "
        "average it by number of people in need.",
    ),
    range_means=Text(
        "Les lieux sans heures répertoriées, toujours fermés, puis toujours ouverts.",
        "Places with no listed hours, always closed, then always open.",
    ),
    limits=(_UNTOLD, _PUBLISHED, LISTED, STRAIGHT, BORDER), citation=_CITATION, breaks=(5.0, 15.0, 30.0, 50.0),
    setting="reach_m", counts_people=False, assumptions=(HOME, _EVERY_WEEK),
    misuse=Text(
        "Beaucoup d’heures ne veut pas dire beaucoup de places : deux lieux ouverts ensemble comptent une fois.",
        "Many hours does not mean many places: two places open together count once.",
    ),
)

INDICATORS: tuple[Indicator, ...] = (OPEN, NONE_OPEN, WEEK)


def open_week(places: pd.Index, schedule: pd.DataFrame) -> pd.DataFrame:
    """Whether each place is open in each hour of the week: 1 or 0, NaN where its hours were never told.

    `schedule`: place [an id of `places`; others are left aside], byday [MO to SU], opens_at, closes_at [HH:MM,
    closes after it opens, 24:00 at the latest; openings of one day do not overlap]. One row a place, one column an
    hour, 0 = Monday from midnight to 167 = Sunday from 23:00. Open = at least LEAST_MINUTES of the hour. Raises
    InputError on a day or a time that is none, an opening that does not end after it starts, or a place twice.
    """
    require(schedule, "schedule", ("place", "byday", "opens_at", "closes_at"))
    if not places.is_unique:
        raise InputError(f"places: {places[places.duplicated()][0]!r} twice")
    day = pd.Index(DAYS).get_indexer(pd.Index(schedule["byday"]))
    opens, closes = _minutes(schedule, "opens_at"), _minutes(schedule, "closes_at")
    bad = (day < 0) | ~(closes > opens) | ~(closes <= 1440)
    if bad.any():
        raise InputError(
            f"schedule: {int(bad.sum())} rows of no weekday, or that do not close after they open, "
            f"first at row {schedule.index[bad][0]}"
        )
    at = places.get_indexer(pd.Index(schedule["place"]))
    starts = 60.0 * np.arange(24)
    each = np.minimum(closes[:, None], starts + 60) - np.maximum(opens[:, None], starts)
    minutes = np.zeros((len(places), len(DAYS), 24))
    np.add.at(minutes, (at[at >= 0], day[at >= 0]), each.clip(min=0)[at >= 0])
    week = (minutes.reshape(len(places), HOURS) >= LEAST_MINUTES).astype("float64")
    week[~np.isin(np.arange(len(places)), at)] = np.nan
    return pd.DataFrame(week, index=places, columns=pd.RangeIndex(HOURS))


def _minutes(schedule: pd.DataFrame, column: str) -> np.ndarray:
    """Minutes since midnight of HH:MM; InputError on anything else."""
    parts = schedule[column].astype("str").str.extract(r"^(\d{2}):([0-5]\d)$")
    if parts.isna().any(axis=None):
        lost = parts.isna().any(axis=1)
        first = schedule.loc[lost, column].iloc[0]
        raise InputError(f"schedule.{column}: {int(lost.sum())} not HH:MM, first {first!r}")
    return (60 * parts[0].astype("float64") + parts[1].astype("float64")).to_numpy()


def open_by_hour(
    points: pd.DataFrame, week: pd.DataFrame, cost: pd.DataFrame, hours: range | list[int] = range(HOURS),
) -> pd.DataFrame:
    """Share of people in need with an open place within reach, per area and hour of the week.

    `points`, indexed by id: area_id, population, known [residents whose need is known], need [people; NaN = not
    published]. `week` of `open_week`. `cost`: origin, destination, a row a pair within reach. Result shape with weekday
    [MO to SU] and hour [0 to 23]: numerator = people with a place that is open for certain, denominator = people in
    need. `unknown` where for some of them it hangs on a place whose hours were never told: closed (low), or open
    (high). Nobody in reach of anything is 0, not unknown. Raises InputError.
    """
    require_counts(points, "points", ("population", "known", "need"))
    require(points, "points", ("area_id",))
    sure, maybe = open_at(points.index, week, cost)
    code, areas = pd.factorize(points["area_id"], sort=True)
    need = points["need"].fillna(0.0).to_numpy("float64")
    inside = sparse.csr_array((need, (code, np.arange(len(points)))), shape=(len(areas), len(points)))
    chosen = np.asarray(list(hours))
    certain = inside @ sure[:, chosen].astype("float64")
    hidden = inside @ (maybe[:, None] & ~sure[:, chosen]).astype("float64")
    total = sums(points, "area_id", ("need", "known", "population")).loc[areas]
    people = total.iloc[np.repeat(np.arange(len(areas)), len(chosen))].reset_index(drop=True)
    out = pd.DataFrame({
        "area_id": np.repeat(areas, len(chosen)),
        "weekday": np.tile(np.array(DAYS, dtype=object)[chosen // 24], len(areas)),
        "hour": np.tile(chosen % 24, len(areas)), "numerator": certain.ravel(), "denominator": people["need"],
    })
    out["value"] = out["low"] = rate(out["numerator"], people["need"])
    out["high"] = rate(out["numerator"] + hidden.ravel(), people["need"])
    return _finished(out, people, pd.Series(hidden.ravel() > 0))


def hours_at(points: pd.Index, week: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """Hours of the week when a place is open within reach of each point, indexed by point: `hours`, `hours_most`.

    `week` of `open_week`; `cost`: origin, destination, a row a pair within reach. `hours` holds for certain; in
    `hours_most` a place whose hours were never told is always open [0 to 168].
    """
    sure, maybe = open_at(points, week, cost)
    hours = sure.sum(axis=1).astype("float64")
    return pd.DataFrame({"hours": hours, "hours_most": np.where(maybe, float(HOURS), hours)}, index=points)


def hours_within_reach(points: pd.DataFrame) -> pd.DataFrame:
    """Hours of the week when a place is open within reach, averaged over people in need, per area.

    `points`: area_id, population, known [residents whose need is known], need [people; NaN = not published], hours and
    hours_most of `hours_at`. Result shape: value [hours, 0 to 168], numerator = people × hours, denominator = people in
    need. `unknown` where someone in need reaches a place whose hours were never told: always closed (low), or always
    open (high).
    """
    require_counts(points, "points", ("population", "known", "need", "hours", "hours_most"))
    frame = points[["area_id", "need", "known", "population"]].assign(
        certain=points["need"] * points["hours"], most=points["need"] * points["hours_most"],
    )
    total = sums(frame, "area_id", ("need", "known", "population", "certain", "most"))
    out = pd.DataFrame({"numerator": total["certain"], "denominator": total["need"]})
    out["value"] = out["low"] = rate(total["certain"], total["need"])
    out["high"] = rate(total["most"], total["need"])
    return _finished(out, total, total["most"] > total["certain"]).reset_index()


def open_at(points: pd.Index, week: pd.DataFrame, cost: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """By point: hours when some place in reach is open for certain, and whether one in reach never told its hours."""
    require(cost, "cost", ("origin", "destination"))
    # By category where there are any: the ids of a point come back for every place near it.
    ends = ((points, cost["origin"]), (week.index, cost["destination"]))
    i, j = (
        np.append(ids.get_indexer(end.cat.categories), -1)[end.cat.codes] if isinstance(end.dtype, pd.CategoricalDtype)
        else ids.get_indexer(pd.Index(end)) for ids, end in ends
    )
    if len(cost) and min(i.min(), j.min()) < 0:
        raise InputError("cost: it names a point or a place that is in neither frame")
    reach = sparse.csr_array((np.ones(len(i), "float32"), (i, j)), shape=(len(points), len(week)))
    told = week.notna().all(axis=1).to_numpy()
    sure = reach[:, np.flatnonzero(told)] @ week[told].to_numpy("float32") > 0
    return sure, np.asarray(reach[:, np.flatnonzero(~told)].sum(axis=1)).ravel() > 0


def _finished(out: pd.DataFrame, people: pd.DataFrame, hidden: pd.Series) -> pd.DataFrame:
    """Status and basis; `low` and `high` stay only where they say something `value` does not."""
    status = with_status(out, people["known"], people["population"])
    status = status.mask((people["need"] == 0) & (status == "missing"), "not_applicable")
    out["status"] = status.mask((status == "ok") & hidden, "unknown")
    out[["low", "high"]] = out[["low", "high"]].where(out["status"] == "unknown")
    return blank(out.assign(basis="modelled"))
