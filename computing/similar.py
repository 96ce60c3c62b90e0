"""Similar areas: the nearest by census profile, at each level, and groups of peers at the `default_level`.

Measures are those of `census_value` carried up to the level, the declared ones of `indicators.profile` first, then the
others by name. One is kept where at least half the residents live where it and those before it are known, where
there are three areas for each measure, and where no measure kept would follow almost wholly from the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from computing.facts import Facts
from indicators import peers, profile
from indicators.rates import MIN_COVERED, rate, weakest
from loaders.catalog import LEVELS
from loaders.draft import Draft
from loaders.lift import HALF, areas_of, lifted

NEAREST = 5
SIZES = (3, 4, 5, 6)
DRAWS = 50  # resamples that tell how well groups hold
# Fewer areas than this a measure, and the correlations they are set apart by are chance: all look as far as another.
AREAS_PER_MEASURE = 3
# Share of a measure's variance that the others may explain (a variance inflation factor of 10): past it, what is left
# of the measure is mostly the rounding of the source, and a Mahalanobis distance would weigh it as much as any other.
EXPLAINED = 0.9
# Not of the census profile: what stands nearby, and the second sources that only check a first one.
LEFT_OUT = ("food_shops_near", "control_%")
NONE = "none"  # `grp` of a row that has no peer and no group


@dataclass(frozen=True)
class Profile:
    """Measures of the areas of one level, indexed by area_id, one column each.

    `values` [NaN = not known]; `status` and `reason` say why not; `basis` of each measure; `people` [residents].
    """

    values: pd.DataFrame
    status: pd.DataFrame
    reason: pd.DataFrame
    basis: dict[str, str]
    people: pd.Series


def compute(draft: Draft, facts: Facts) -> None:
    """Write the nearest areas at every level and the groups of the default one; tells the measures compared on."""
    published = _published(draft)
    for level in (level for level in draft.edition.levels if level not in ("block", "city")):
        found = _profile(draft, published, level)
        measures = chosen(found.values, found.people)
        if not measures:
            continue
        facts.compared_on[level] = measures
        _similar(draft, level, found, measures)
        if level == draft.edition.default_level:
            _groups(draft, level, found, measures)


def _published(draft: Draft) -> pd.DataFrame:
    """Newest year of every measure: variable, area_id, level, amount and base [what it is a share or mean of],
    known, hidden and told [residents whose value is known, suppressed, or in the source at all], basis.

    A share whose source does not count its base (families, say) is weighed by residents: good enough to call areas
    alike, and nowhere shown as a number of its own.
    """
    rows = draft.frame("""
        SELECT variable, area_id, a.level, status, c.basis, coalesce(a.population, 0)::DOUBLE AS told,
            CASE WHEN status = 'ok' THEN coalesce(denominator, told) END AS base,
            CASE WHEN status = 'ok' THEN coalesce(numerator, value * base) END AS amount
        FROM census_value c JOIN area a USING (area_id) WHERE variable NOT LIKE ? AND variable NOT LIKE ?
        QUALIFY reference_year = max(reference_year) OVER (PARTITION BY variable) ORDER BY variable, area_id
    """, *LEFT_OUT)
    rows["base"] = rows["base"].where(rows["amount"].notna())
    rows["known"] = rows["told"].where(rows["amount"].notna() & rows["base"].notna(), 0.0)
    rows["hidden"] = rows["told"].where(rows["status"] == "suppressed", 0.0)
    return rows


def _profile(draft: Draft, published: pd.DataFrame, level: str) -> Profile:
    """Every measure known at this level or below, carried up to it by residents."""
    areas = areas_of(draft, level).set_index("area_id")
    people = areas["residents"].astype("float64")
    values, status, reason, basis = ({} for _ in range(4))
    below = [x for x in LEVELS if LEVELS.index(x) <= LEVELS.index(level)]
    for source_level in below:
        rows = published[published["level"] == source_level]
        if rows.empty:
            continue
        columns = ["amount", "base", "known", "hidden", "told"]
        wide = rows.pivot(index="area_id", columns="variable", values=columns)
        wide.columns = [f"{column} {variable}" for column, variable in wide.columns]
        up = lifted(draft, wide.reset_index(), source_level, level, list(wide.columns)).set_index("area_id")
        up = up.reindex(areas.index)
        for name, own in ((str(variable), own) for variable, own in rows.groupby("variable")):
            if name in values:  # a finer source told it
                continue
            amount, base, known, hidden, told = (up[f"{column} {name}"] for column in columns)
            value = rate(amount, base).where(known >= MIN_COVERED * people)
            values[name] = value.where(people > 0)
            why = np.select(
                [~(people > 0), hidden >= MIN_COVERED * people, told.fillna(0) < HALF * people],
                ["nobody", "suppressed", "not_covered"], "not_published",
            )
            reason[name] = pd.Series(why, index=areas.index).where(values[name].isna())
            status[name] = reason[name].map({"nobody": "not_applicable", "suppressed": "suppressed"}).fillna("missing")
            lift = [] if level == source_level else ["modelled"]
            basis[name] = weakest([*own["basis"].unique(), *lift])
    declared = [indicator.census_variable for indicator in profile.INDICATORS if indicator.census_variable in values]
    order = [*declared, *sorted(set(values) - set(declared))]
    frames = (pd.DataFrame(x, index=areas.index, columns=pd.Index(order)) for x in (values, status, reason))
    return Profile(*frames, basis=basis, people=people)


def chosen(values: pd.DataFrame, people: pd.Series) -> list[str]:
    """Measures areas are compared on, taken in the order of the columns by the rules of this module.

    `values`: indexed by area_id [NaN = not known]; `people` [residents], same index. Empty where areas are too few.
    """
    kept: list[str] = []
    for name in values.columns:
        asked = [*kept, name]
        known = values.loc[people > 0, asked].dropna()
        weight = people[known.index]
        enough = len(known) >= AREAS_PER_MEASURE * len(asked) and weight.sum() >= MIN_COVERED * people.sum()
        if enough and _apart(known.to_numpy("float64"), weight.to_numpy()):
            kept = asked
    return kept


def _apart(value: np.ndarray, weight: np.ndarray) -> bool:
    """Whether every column differs between areas and is not almost wholly explained by the others."""
    covariance = np.atleast_2d(np.cov(value, rowvar=False, aweights=weight, ddof=0))
    spread = np.sqrt(np.diag(covariance))
    if (spread <= peers.DEGENERATE * np.abs(value).max(axis=0)).any():
        return False
    correlation = covariance / np.outer(spread, spread)
    if np.linalg.eigvalsh(correlation)[0] < peers.DEGENERATE:
        return False
    return bool((np.diag(np.linalg.inv(correlation)) < 1 / (1 - EXPLAINED)).all())


def _similar(draft: Draft, level: str, found: Profile, measures: list[str]) -> None:
    """The five nearest of each area: `grp` is the peer, `setting` its rank, the value their distance."""
    near = peers.neighbours(found.values[measures], found.people, NEAREST)
    near["grp"] = near["peer_id"].fillna(NONE)
    near["setting"] = "rank=" + near["rank"].astype("Int64").fillna(1).astype("str")
    _write(draft, "similar_areas", level, near, found, measures)


def _groups(draft: Draft, level: str, found: Profile, measures: list[str]) -> None:
    """The group of each area: `grp` is its medoid. Of three to six groups, as many as fit best.

    Each number tried has two rows at level `city`: `grp` k=3 to k=6, setting `silhouette` and `stability`.
    """
    variables = found.values[measures]
    compared = variables.dropna().index
    sizes = [k for k in SIZES if 2 * k <= len(compared)]  # a group of one is no group
    if not sizes:
        alone = pd.DataFrame({"area_id": variables.index, "value": np.nan, "status": "not_applicable", "grp": NONE})
        _write(draft, "peer_group", level, alone.assign(setting=""), found, measures)
        return
    quality = peers.group_quality(variables, found.people, sizes, draws=DRAWS)
    best = sizes[int(quality["silhouette"].round(9).to_numpy().argmax())]
    groups = peers.peer_groups(variables, found.people, best)
    groups["grp"] = groups["group"].fillna(NONE)
    _write(draft, "peer_group", level, groups.assign(setting=""), found, measures)
    city = draft.frame("SELECT area_id FROM area WHERE level = 'city' ORDER BY area_id")["area_id"].head(1)
    for area_id in city:
        tried = [quality.assign(setting="silhouette", value=quality["silhouette"], low=np.nan),
                 quality.assign(setting="stability", value=quality["stability"], low=quality["stability_low"])]
        rows = pd.concat(tried, ignore_index=True).dropna(subset="value")
        draft.insert_later("indicator_value", rows[["setting", "value", "low"]].assign(
            indicator_id="peer_group", level="city", area_id=area_id, period="", grp="k=" + rows["k"].astype("str"),
            numerator=np.nan, denominator=np.nan, high=np.nan, status="ok", reason=None,
            basis=weakest(found.basis[name] for name in measures),
        ))


def _write(
    draft: Draft, indicator_id: str, level: str, rows: pd.DataFrame, found: Profile, measures: list[str]
) -> None:
    """Set rows aside; an area that is not compared keeps the status and reason of the first measure it lacks."""
    lacks = found.values[measures].isna()
    left = (rows["status"] != "ok").to_numpy()
    basis = weakest(found.basis[name] for name in measures)
    out = rows[["area_id", "value", "status", "grp", "setting"]].assign(
        indicator_id=indicator_id, level=level, period="", basis=basis, numerator=np.nan, denominator=np.nan,
        low=np.nan, high=np.nan,
    )
    out["reason"] = pd.Series(None, index=rows.index, dtype="object").mask(left, "no_comparison")
    for name in reversed(measures):  # the first measure it lacks has the last word
        gone = left & rows["area_id"].map(lacks[name]).to_numpy("bool")
        out["status"] = out["status"].mask(gone, rows["area_id"].map(found.status[name]))
        out["reason"] = out["reason"].mask(gone, rows["area_id"].map(found.reason[name]))
    draft.insert_later("indicator_value", out)
