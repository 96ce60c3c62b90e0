"""The worked examples of the Methods page hold the very numbers Toyville gives."""

from __future__ import annotations

import pandas as pd
import pytest

from indicators import INDICATORS
from indicators.examples import EXAMPLES, example
from views import numbers
from views.words import use

REACH = "reach_m=1100"
# indicator, area, setting, column, decimals, factor: what the example must end with
SAID = [
    ("food_insecurity", "T1", "", "numerator", 0, 1), ("food_insecurity", "T1", "", "value", 0, 100),
    ("food_insecurity", "T1", "", "high", 0, 100), ("need_out_of_reach", "T2", REACH, "value", 0, 100),
    ("need_out_of_reach", "T2", REACH, "numerator", 0, 1), ("residents_out_of_reach", "T2", REACH, "value", 0, 100),
    ("residents_out_of_reach", "TOY", REACH, "value", 1, 100), ("coverage_gap", "T2", REACH, "value", 0, 100),
    ("coverage_gap", "T2", REACH, "numerator", 0, 1), ("nearest_food_aid", "T2", "", "value", 1, 1),
    ("nearest_food_aid", "T2", "", "high", 1, 1), ("access", "T1", REACH, "value", 1, 1),
    ("access", "T2", REACH, "value", 1, 1), ("access_e2sfca", "T1", REACH, "value", 3, 1),
    ("most_deprived_fifth", "TOY", "", "value", 1, 100), ("referrals_per_1000", "T1", "", "value", 0, 1),
    ("referrals_per_1000", "T1", "", "low", 0, 1), ("referrals_per_1000", "T1", "", "high", 0, 1),
    ("below_mbm", "T1", "", "value", 0, 100), ("below_mbm", "T2", "", "value", 1, 100),
]


@pytest.mark.parametrize(("indicator", "area", "setting", "column", "decimals", "factor"), SAID)
def test_an_example_says_what_toyville_gives(
    toy_values: pd.DataFrame, indicator: str, area: str, setting: str, column: str, decimals: int, factor: int
) -> None:
    found = toy_values[column][indicator, area, setting, ""] * factor
    for language in ("fr", "en"):
        use(language)
        assert numbers.decimal(found, decimals) in example(indicator).of(language), language


def test_every_indicator_has_an_example_and_no_other_has() -> None:
    shares = {i.id for i in INDICATORS if i.census_variable}
    assert set(EXAMPLES) == {i.id for i in INDICATORS} - shares
