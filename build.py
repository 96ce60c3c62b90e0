"""From source files to a published version: the one file that knows both loaders and indicators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from indicators import access, coverage, deprivation, disclosure, need, profile, risk, trends
from indicators.rates import weakest
from indicators.spec import InputError
from loaders.aside import Report, build_aside
from loaders.catalog import LoadError
from loaders.checkpoint import checkpoint
from loaders.draft import Draft
from loaders.edition import read_edition
from loaders.forms import from_outside
from loaders.lift import coarser, covered, keep, level_of, lifted, one_each
from loaders.links import link
from loaders.publish import code_version
from loaders.services import food_aid
from loaders.sources import LOADERS


def build(
    name: str, raw: Path | None = None, versions: Path | None = None, report: Report | None = None, *,
    again: bool = False, accept: str | None = None, wait: bool = True,
) -> Path:
    """Build an edition aside, check it, publish it; gives the path of the version readers now have.

    Where no input changed nothing is published, unless `again`. Raises LoadError where a source, the edition, a
    gate (unless `accept` gives a written reason) or the disk is at fault: what was published before stands.
    """
    edition = read_edition(name)
    tell = report or (lambda *_: None)
    try:
        return build_aside(edition, raw, versions, tell, fill, again=again, accept=accept, wait=wait)
    except InputError as error:
        raise LoadError(str(error), file=edition.path.name, remedy="Mend the source that fills it.") from error


def fill(draft: Draft, tell: Report) -> dict[str, Any]:
    """Load every source, link the levels, compute and control; gives the facts of the manifest."""
    edition = draft.edition
    total = len(edition.sources) + 7
    for done, source in enumerate(edition.sources):
        tell(source.about["title_en"], done, total)
        if source.loader not in LOADERS:
            raise LoadError(
                f"source “{source.dataset_id}”: there is no loader “{source.loader}”", file=edition.path.name,
                remedy=f"Use one of: {', '.join(sorted(LOADERS))}.",
            )
        draft.describe(source)
        with from_outside(source.partner, edition.raw):
            LOADERS[source.loader](draft, source)
    draft.check_gates()
    checkpoint("build.loaded")
    after = len(edition.sources)
    tell("Linking levels", after, total)
    link(draft)
    tell("Cutting fifths", after + 1, total)
    cut_fifths(draft)
    tell("Estimating need", after + 2, total)
    rates = need_rates(draft)
    _need(draft, rates)
    tell("Measuring access", after + 3, total)
    unreached = _access(draft, rates)
    tell("Adding up the census", after + 4, total)
    _profile(draft)
    tell("Controlling referrals", after + 5, total)
    _referrals(draft)
    tell("Comparing groups", after + 6, total)
    _risk(draft)
    draft.flush()
    facts = manifest_facts(draft, rates, unreached)
    draft.insert("edition", pd.DataFrame([
        {"key": key, "value": str(value)} for key, value in facts.items() if key != "sources"
    ]))
    tell("Done", total, total)
    return facts


def manifest_facts(draft: Draft, rates: list[need.Rates], unreached: dict[str, float]) -> dict[str, Any]:
    """What the manifest says of a version: settings, sources with their SHA-256, calibration, code."""
    edition = draft.edition
    ledger = draft.frame("SELECT * EXCLUDE (encoding, threshold) FROM load_ledger ORDER BY ALL")
    return {
        "edition": edition.id, "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code_version(), "duckdb": duckdb.__version__,
        "settings": {
            "title_fr": edition.title_fr, "title_en": edition.title_en, "levels": list(edition.levels),
            "base_level": edition.base_level, "default_level": edition.default_level,
            "settings": edition.settings, "need": edition.need, "view": edition.view,
        },
        "calibration": {
            "delta": rates[0].delta if rates else None,
            "rates": [[r.below, r.above] for r in rates],
            "unreached_capacity": unreached,
        },
        "sources": ledger.to_dict("records"),
    }


# --- what areas hold -------------------------------------------------------------------------------------


def cut_fifths(draft: Draft) -> None:
    """Cut unpublished fifths of every index: equal population, over all areas it scores."""
    todo = draft.frame("""
        SELECT area_id, index_id, dimension, score, population FROM deprivation
        WHERE quintile IS NULL AND score IS NOT NULL AND population IS NOT NULL ORDER BY ALL
    """)
    for (index_id, dimension), rows in todo.groupby(["index_id", "dimension"]):
        fifth = deprivation.weighted_fifths(rows["score"], rows["population"])
        cut = rows[["area_id"]].assign(
            fifth=fifth, q5=rows["population"].where(fifth == 5, 0.0).where(fifth.notna())
        )
        draft.con.register("cut", cut)
        draft.con.execute("""
            UPDATE deprivation SET quintile = cut.fifth, q5_population = coalesce(q5_population, cut.q5)
            FROM cut WHERE deprivation.area_id = cut.area_id AND index_id = ? AND dimension = ?
        """, [index_id, dimension])
        draft.con.unregister("cut")


# --- need -------------------------------------------------------------------------------------------------


def poverty(draft: Draft) -> pd.DataFrame:
    """People below and above the Market Basket Measure at the base level: area_id, below, above [NaN = missing]."""
    found = draft.frame("""
        SELECT area_id, numerator AS below, denominator - numerator AS above, basis FROM census_value
        WHERE variable = 'below_mbm' ORDER BY area_id
    """)
    one_each(found, "below_mbm")
    if len(found) and level_of(draft, found["area_id"]) != draft.edition.base_level:
        raise LoadError("below_mbm is not at the base level of the edition", file=draft.edition.path.name)
    return found


def need_rates(draft: Draft) -> list[need.Rates]:
    """The edition's declared rates, brought to its benchmark; the central ones first."""
    asked = draft.edition.need
    counts = poverty(draft)
    return need.variants(
        float(counts["below"].sum()), float(counts["above"].sum()),
        [(below, above) for below, above in asked["rates"]],
        asked.get("benchmark"), float(asked.get("benchmark_relative", 0.0)),
    )


def _need(draft: Draft, rates: list[need.Rates]) -> None:
    counts = poverty(draft)
    base = draft.edition.base_level
    for level in coarser(draft, base):
        here = lifted(draft, counts, base, level, ["below", "above"])
        result = need.food_insecurity(here, rates).assign(basis=weakest(["modelled", *counts["basis"].unique()]))
        keep(draft, need.INDICATOR.id, level, result, covered=covered(draft, counts["area_id"], base, level))


# --- distance, access, coverage --------------------------------------------------------------------------


def demand(draft: Draft, rates: list[need.Rates]) -> pd.DataFrame:
    """Demand points by point_id: base_id, lon, lat, population, known, need, need_low, need_high [people], basis.

    A point takes its share of its base area by residents: of the people whose poverty is published (`known`) and
    of the need.
    """
    points = draft.frame("""
        SELECT point_id, base_id, lon, lat, population, basis FROM demand_point ORDER BY point_id
    """).set_index("point_id")
    counts = poverty(draft).set_index("area_id")
    people = need.people_in_need(counts["below"], counts["above"], rates)
    people["known"] = counts["below"] + counts["above"]
    residents = points.groupby("base_id")["population"].transform("sum")
    share = (points["population"] / residents.where(residents > 0)).fillna(0.0)
    for column, name in (("known", "known"), ("need", "need"), ("low", "need_low"), ("high", "need_high")):
        points[name] = points["base_id"].map(people[column]) * share
    return points


def _access(draft: Draft, rates: list[need.Rates]) -> dict[str, float]:
    """Distances, people out of reach, access and coverage at every level and reach; gives unreached capacity."""
    points, services = demand(draft, rates), food_aid(draft)
    basis = weakest(["modelled", *points["basis"].unique(), *services["basis"].unique()])
    points["nearest_m"] = access.nearest(points, services)
    memberships = draft.frame("""
        SELECT child_id AS point_id, parent_level, parent_id FROM area_link WHERE child_level = 'demand_point'
    """)
    member = {
        level: pd.Categorical(rows.set_index("point_id")["parent_id"].reindex(points.index))
        for level, rows in memberships.groupby("parent_level")
    }
    points = points.drop(columns=["base_id", "basis"]).reset_index(drop=True)
    given, catchment, unreached = _claims_at_each_reach(draft, points, services)
    known = poverty(draft)["area_id"]
    for level in coarser(draft, draft.edition.base_level):
        here = points.assign(area_id=member[level]).dropna(subset="area_id")
        keep(draft, access.NEAREST.id, level, coverage.nearest_food_aid(here).assign(basis=basis))
        for indicator_id, frame, compute in (
            (coverage.RESIDENTS.id, given, lambda f: coverage.residents_out_of_reach(f, f["reach_m"])),
            (coverage.NEED.id, given, lambda f: coverage.need_out_of_reach(f, f["reach_m"])),
            (access.ACCESS.id, given, coverage.access_by_area),
            (coverage.GAP.id, given, coverage.coverage_gap),
            (access.TWO_STEP.id, catchment, coverage.access_by_area),
        ):
            result = _by_area_and_reach(frame, member[level], compute)
            told = covered(draft, known, draft.edition.base_level, level)
            keep(draft, indicator_id, level, result.assign(basis=basis), settings=tuple(unreached), covered=told)
    return unreached


def _by_area_and_reach(
    frame: pd.DataFrame, member: Any, compute: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """One computation over every area and reach at once: an area at one reach is one group, by number.

    Two hundred small computations would be the longest step of the build.
    """
    reaches, member = frame["setting"].cat.categories, pd.Categorical(member)
    codes = np.tile(member.codes, len(reaches))
    group = frame["setting"].cat.codes.to_numpy().astype("int64") * len(member.categories) + codes
    result = compute(frame.assign(area_id=group)[codes >= 0])
    at, area = np.divmod(result["area_id"].to_numpy(), len(member.categories))
    return result.assign(area_id=member.categories[area], setting=reaches[at])


def _claims_at_each_reach(
    draft: Draft, points: pd.DataFrame, services: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """The points once per reach with `reach_m`, `setting` and the places they can claim, by both methods.

    Also the capacity nobody in need can reach, by setting.
    """
    steps = [float(step) for step in draft.edition.settings["reach_steps_m"]]
    given, catchment, unreached = [], [], {}
    for reach in steps:
        one, other, left = _claims(draft, points, services, reach)
        given.append(one.assign(reach_m=reach))
        catchment.append(other.assign(reach_m=reach))
        unreached[f"reach_m={reach:g}"] = left
    setting = pd.Categorical(np.repeat(list(unreached), len(points)), categories=list(unreached))
    frames = [pd.concat(x, ignore_index=True).assign(setting=setting) for x in (given, catchment)]
    return frames[0], frames[1], unreached


def _claims(
    draft: Draft, points: pd.DataFrame, services: pd.DataFrame, reach: float
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Places each point can claim within `reach` [m], by both methods, and the capacity nobody in need can reach."""
    told = services["capacity"].notna()
    cost = access.cost_matrix(points, services, reach)
    untold = cost[cost["destination"].isin(services.index[~told])].groupby("origin", observed=False).size()
    known = cost[cost["destination"].isin(services.index[told])]
    supply = services.loc[told, "capacity"]
    flat = access.step_weight({reach: 1.0})
    thirds = draft.edition.settings["reach_weights"]
    decay = access.step_weight({reach / 3: thirds[0], 2 * reach / 3: thirds[1], reach: thirds[2]})
    given, catchment = points.drop(columns=["lon", "lat"]), points.drop(columns=["lon", "lat"])
    for frame, method, weight in ((given, access.allocation, flat), (catchment, access.e2sfca, decay)):
        frame["untold"] = untold.reindex(points.index).fillna(0)
        for need_column, column in (("need", "places"), ("need_low", "places_low"), ("need_high", "places_high")):
            people = points[need_column].fillna(0.0)
            frame[column] = method(people, supply, known, weight)["numerator"].to_numpy()
            frame[column] = frame[column].where(points[need_column].notna())
    left = float(access.unreached(points["need"].fillna(0.0), supply, known, flat).sum())
    return given, catchment, left


# --- census, referrals, groups ----------------------------------------------------------------------------


def _profile(draft: Draft) -> None:
    index = draft.frame("""
        SELECT area_id, population AS scored, q5_population AS q5, basis FROM deprivation
        WHERE dimension = 'economic' AND population IS NOT NULL ORDER BY area_id
    """)
    if len(index):
        one_each(index, "the economic dimension of deprivation")
        index["scored"] = index["scored"].where(index["q5"].notna())
        source_level = level_of(draft, index["area_id"])
        for level in coarser(draft, source_level):
            counts = lifted(draft, index, source_level, level, ["scored", "q5"])
            result = deprivation.most_deprived_fifth(counts)
            result["basis"] = weakest(["modelled", *index["basis"].unique()])
            told = covered(draft, index["area_id"], source_level, level)
            keep(draft, deprivation.INDICATOR.id, level, result, covered=told)
    for indicator in profile.INDICATORS:
        values = draft.frame("""
            SELECT c.area_id, numerator, denominator, status, c.basis, a.population AS residents
            FROM census_value c JOIN area a USING (area_id) WHERE variable = ? ORDER BY c.area_id
        """, indicator.census_variable)
        if values.empty:
            continue
        one_each(values, indicator.census_variable)
        # A denominator without its numerator would water the share down.
        values["denominator"] = values["denominator"].where(values["numerator"].notna())
        values["suppressed"] = values["residents"].where(values["status"] == "suppressed", 0.0)
        source_level = level_of(draft, values["area_id"])
        for level in coarser(draft, source_level):
            counts = lifted(draft, values, source_level, level, ["numerator", "denominator", "suppressed"])
            basis = weakest([*values["basis"].unique(), *([] if level == source_level else ["modelled"])])
            told = covered(draft, values["area_id"], source_level, level)
            keep(draft, indicator.id, level, profile.share_of_residents(counts, basis), covered=told)


def _referrals(draft: Draft) -> None:
    """Control the cuts, and the twelve-month food counts of each area; only controlled counts are written."""
    for frame in draft.private.pop("referrals", []):
        draft.insert("referral_count", _controlled(draft, frame))
        food = frame["need"].isin(draft.edition.settings["food_needs"]) & (frame["outcome"] == "all")
        monthly = frame[food & (frame["cut"] == "district_month_need")]
        if monthly.empty:
            continue
        source_level, last, year = str(monthly["level"].iloc[0]), monthly["period"].max(), pd.DateOffset(years=1)
        for period, end in (("", last), ("year_before", last - year)):
            inside = monthly[(monthly["period"] <= end) & (monthly["period"] > end - year)]
            if inside["period"].nunique() < 12:
                continue  # a year with months missing would pass for a quiet one
            counts = inside.groupby("place_id", as_index=False)["count"].sum().rename(columns={"place_id": "area_id"})
            for level in coarser(draft, source_level):
                here = lifted(draft, counts, source_level, level, ["count"]).rename(columns={"residents": "population"})
                here["basis"] = weakest(frame["basis"].unique())
                keep(draft, trends.INDICATOR.id, level, trends.per_1000(_controlled(draft, here)), period=period)
    for frame in draft.private.pop("clients", []):
        draft.insert("clients_count", _controlled(draft, frame))


def _controlled(draft: Draft, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its `count` hidden or rounded, and the `status` that says so."""
    settings = draft.edition.settings
    control = disclosure.controlled(frame["count"].round(), settings["smallest"], settings["base"])
    return frame.assign(count=control["count"], status=control["status"])


def _risk(draft: Draft) -> None:
    settings = draft.edition.settings
    published = draft.frame("""
        SELECT group_id, reference_year, percent, status, basis FROM prevalence
        WHERE geography = ? AND severity = 'any' AND dataset_id = ? ORDER BY ALL
    """, settings["survey_geography"], settings["survey_dataset"])
    if published.empty:
        return
    ratios = risk.representation_ratio(published)
    heads = draft.frame("SELECT group_id, head_variable FROM survey_group ORDER BY group_id")
    counted, bases = _city_heads(draft)
    heads["heads"] = heads["head_variable"].map(counted)
    people = risk.people_by_group(heads, published)
    ratios["basis"] = weakest(["modelled", *published["basis"].unique()])
    people["basis"] = weakest(["modelled", *published["basis"].unique(), *bases])
    city = draft.frame("SELECT area_id FROM area WHERE level = 'city' ORDER BY area_id")["area_id"].iloc[0]
    for indicator_id, place, result in (
        (risk.RATIO.id, settings["survey_geography"], ratios), (risk.BURDEN.id, city, people),
    ):
        draft.insert("indicator_value", result.drop(columns=["group_id", "reference_year"]).assign(
            indicator_id=indicator_id, level="city", area_id=place, period=result["reference_year"].astype("str"),
            grp=result["group_id"], setting="", reason=None,
        ))


def _city_heads(draft: Draft) -> tuple[dict[str, float], list[str]]:
    """People of each census variable in the city, and the bases of those counts.

    `residents` is everyone, `not:variable` all but those of the variable.
    """
    city = draft.frame("SELECT area_id, population FROM area WHERE level = 'city' ORDER BY area_id").iloc[0]
    heads = {"residents": float(city["population"])}
    values = draft.frame("""
        SELECT variable, area_id, numerator, denominator, basis FROM census_value
        WHERE numerator IS NOT NULL ORDER BY ALL
    """)
    for variable, rows in values.groupby("variable"):
        total = lifted(draft, rows, level_of(draft, rows["area_id"]), "city", ["numerator", "denominator"])
        inside = total.set_index("area_id").loc[city["area_id"]]
        heads[str(variable)] = float(inside["numerator"])
        heads[f"not:{variable}"] = float(inside["denominator"] - inside["numerator"])
    return heads, values["basis"].unique().tolist()
