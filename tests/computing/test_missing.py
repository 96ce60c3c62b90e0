"""Who is missing from toyville: what has no value, where, and how many people that is."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from computing.missing import expected
from indicators import INDICATOR
from loaders.catalog import TABLE


@pytest.fixture(scope="module")
def found(toyville_con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    rows = toyville_con.sql("SELECT * FROM indicator_value WHERE indicator_id = 'who_is_missing'").df()
    return rows.set_index(["grp", "level"]).sort_index()


def test_residents_without_a_value(found: pd.DataFrame) -> None:
    # Rive's poverty is not published: 100 of the 600 who live somewhere. Parc has nobody and does not count.
    row = found.loc[("food_insecurity", "district")]
    assert row[["numerator", "denominator", "value"]].tolist() == pytest.approx([100, 600, 1 / 6])
    assert row["status"] == "ok" and pd.isna(row["reason"]) and row["area_id"] == "TOY"
    # Rive's 65 and over are hidden: the same 100. Its two requests too, and Centre's, which would give them away.
    assert found["numerator"]["seniors_65plus", "district"] == 100
    assert found["numerator"]["referrals_per_1000", "district"] == 400
    # Colline's only place never told its capacity: its 100, and Rive's, whose need is missing.
    assert found["value"]["coverage_gap", "district"] == pytest.approx(200 / 600)
    # Everyone has a distance.
    assert found["value"]["nearest_food_aid", "district"] == 0
    # The city has a value of need, and none of the gap: unknown.
    assert found["value"]["food_insecurity", "city"] == 0 and found["value"]["coverage_gap", "city"] == 1


def test_only_indicators_by_area_at_every_level(found: pd.DataFrame) -> None:
    named = {grp.split("/")[0] for grp, _ in found.index}
    assert {"food_insecurity", "below_mbm"} <= named
    assert all(INDICATOR[name].mapped for name in named)
    assert set(found.index.get_level_values("level")) == {"district", "city"}
    assert set(found["basis"]) == {"simulated"}  # toyville is made up


def test_its_rows_keep_the_shape_of_the_table(found: pd.DataFrame) -> None:
    key = list(TABLE["indicator_value"].key)
    assert not found.reset_index().duplicated(key).any()
    assert found["value"].between(0, 1).all() and (found["numerator"] <= found["denominator"]).all()


def test_a_level_finer_than_every_source_is_expected_and_a_coarser_one_is_not() -> None:
    held = pd.DataFrame({
        "indicator_id": ["need", "need", "requests"], "grp": "", "level": ["tract", "city", "district"],
    })
    found = expected(held, ["city", "district", "tract", "dissemination_area"])
    assert set(found.drop(columns="grp").itertuples(index=False, name=None)) == {
        ("need", "dissemination_area"), ("need", "tract"), ("need", "city"),
        ("requests", "dissemination_area"), ("requests", "tract"), ("requests", "district"),
    }
