"""The range shown for a hidden count holds the true one, whatever was hidden and for whose sake."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure import nested
from indicators.published_cuts import cells_of_cuts
from indicators.withheld import outcome_limits, sum_limits

COLUMNS = ["cut", "place_id", "period", "need", "outcome", "count"]
LAWS = settings(max_examples=150, deadline=None, derandomize=True)
# Met, unmet, neither: small enough that most weeks hide something, some of it for another's sake.
WEEK = st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(0, 3))


def published(weeks: dict[str, list[tuple[int, int, int]]]) -> pd.DataFrame:
    """The weekly cut as a version holds it, beside the true count; `weeks`: need -> met, unmet, neither by week."""
    days = pd.date_range("2025-01-06", periods=60, freq="7D")
    rows = [
        ("city_week_need_outcome", "city", day, need, outcome, n)
        for need, every in weeks.items() for day, (met, unmet, neither) in zip(days, every, strict=False)
        for outcome, n in (("all", met + unmet + neither), ("met", met), ("unmet", unmet))
    ]
    true = pd.DataFrame(rows, columns=COLUMNS)
    cells, nesting = cells_of_cuts(true, {}, ["food"])
    out = nested(cells, nesting)
    shown = out["count"].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    return true.assign(true=true["count"], count=shown, status=out["status"].to_numpy())


def test_a_count_hidden_for_another_is_past_the_threshold() -> None:
    # 18 met, 3 unmet: both hidden, so that 21 − 18 cannot be read. 18 is not under 10.
    rows = outcome_limits(published({"food": [(18, 3, 0)]})).set_index("outcome")
    assert rows["status"].to_dict() == {"all": "ok", "met": "suppressed", "unmet": "suppressed"}
    assert (rows["low"]["met"], rows["high"]["met"]) == (1, 21)  # the week was 18 to 22, and unmet is 1 or more
    assert sum_limits(rows.loc[["met", "unmet"]]) == (0, 45)  # no limit of a sum shows a small count


def test_nothing_published_beside_it_limits_nothing() -> None:
    rows = outcome_limits(published({"food": [(4, 3, 0)]})).set_index("outcome")
    assert rows["status"].eq("suppressed").all() and np.isinf(rows["high"]).all()
    assert rows["low"].to_dict() == {"all": 2, "met": 1, "unmet": 1}
    assert sum_limits(rows) == (0, np.inf)


def test_a_missing_count_may_be_nobody() -> None:
    rows = published({"food": [(30, 20, 0)]})
    rows.loc[rows["outcome"] == "met", ["count", "status"]] = [np.nan, "missing"]
    met = outcome_limits(rows).set_index("outcome").loc["met"]
    assert (met["low"], met["high"]) == (0, 52 - 18)


@LAWS
@given(st.dictionaries(st.sampled_from(["food", "housing", "legal"]), st.lists(WEEK, min_size=1, max_size=6),
                       min_size=1))
def test_the_true_count_lies_in_its_range(weeks: dict[str, list[tuple[int, int, int]]]) -> None:
    rows = outcome_limits(published(weeks))
    assert ((rows["low"] <= rows["true"]) & (rows["true"] <= rows["high"])).all()
    for _, group in rows.groupby(["need", "outcome"]):
        low, high = sum_limits(group)
        assert low <= group["true"].sum() <= high and low % 5 == 0 and (high % 5 == 0 or np.isinf(high))
