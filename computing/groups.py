"""Groups of the survey: how much more often they go without, and how many people that is in the city."""

from __future__ import annotations

from computing.facts import Facts
from indicators import risk
from indicators.rates import weakest
from loaders.draft import Draft
from loaders.lift import HALF, covered, level_of, lifted, one_each

REASONS = {"suppressed": "suppressed", "missing": "not_published", "not_applicable": "nobody"}


def compute(draft: Draft, _: Facts) -> None:
    """Write representation ratios and people by group, where the edition has a survey."""
    settings = draft.edition.settings
    published = draft.frame("""
        SELECT group_id, reference_year, percent, status, basis FROM prevalence
        WHERE geography = ? AND severity = 'any' AND dataset_id = ? ORDER BY ALL
    """, settings["survey_geography"], settings["survey_dataset"])
    if published.empty:
        return
    ratios = risk.representation_ratio(published)
    heads = draft.frame("SELECT group_id, head_variable FROM survey_group ORDER BY group_id")
    counted, bases = _city_heads(draft, set(heads["head_variable"].dropna().str.removeprefix("not:")))
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
            grp=result["group_id"], setting="", reason=result["status"].map(REASONS),
        ))


def _city_heads(draft: Draft, asked: set[str]) -> tuple[dict[str, float], list[str]]:
    """People of each census variable `asked` in the city, and the bases of those counts.

    `residents` is everyone, `not:variable` all but those of the variable. NaN where fewer than half the residents live
    where it is published.
    """
    city = draft.frame("SELECT area_id, population FROM area WHERE level = 'city' ORDER BY area_id").iloc[0]
    heads = {"residents": float(city["population"])}
    values = draft.frame("""
        SELECT variable, area_id, numerator, denominator, basis FROM census_value
        WHERE numerator IS NOT NULL ORDER BY ALL
    """)
    values = values[values["variable"].isin(asked)]
    for variable, rows in values.groupby("variable"):
        one_each(rows, str(variable))
        level = level_of(draft, rows["area_id"])
        if covered(draft, rows["area_id"], level, "city").get(city["area_id"], 0) < HALF:
            continue
        total = lifted(draft, rows, level, "city", ["numerator", "denominator"])
        inside = total.set_index("area_id").loc[city["area_id"]]
        heads[str(variable)] = float(inside["numerator"])
        heads[f"not:{variable}"] = float(inside["denominator"] - inside["numerator"])
    return heads, values["basis"].unique().tolist()
