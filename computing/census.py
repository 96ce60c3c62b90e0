"""Shares of residents and fifths of deprivation, from the tables of the census and of the indices."""

from __future__ import annotations

from computing.facts import Facts
from indicators import deprivation, profile
from indicators.rates import weakest
from loaders.draft import Draft
from loaders.lift import coarser, covered, keep, level_of, lifted, one_each


def cut_fifths(draft: Draft, _: Facts) -> None:
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


def compute(draft: Draft, _: Facts) -> None:
    """Write the most deprived fifth and every declared share of residents, at every level they add up to."""
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
