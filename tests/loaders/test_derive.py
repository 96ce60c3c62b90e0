"""The facts the embedded edition ships: whole, plausible, and the same when derived again."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from build import fill
from loaders.derive import FOLDER, derive
from loaders.draft import Draft
from loaders.edition import read_edition


@pytest.fixture(scope="module")
def facts() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "district_facts.csv", dtype={"district": "str"}).set_index("district")


def test_every_resident_is_in_a_district_or_reported(facts: pd.DataFrame) -> None:
    assert len(facts) == 59 and facts.index.is_unique
    assert facts["residents"].sum() == 1_762_949
    assert facts.loc["outside", "residents"] == 701
    assert facts.loc["outside", "blocks"] == 17
    assert facts.drop(index="outside").notna().all().all()


def test_a_part_is_never_more_than_its_whole(facts: pd.DataFrame) -> None:
    inside = facts.drop(index="outside")
    for part in ("below_mbm", "recent_immigrants", "minority_or_indigenous", "seniors_65plus"):
        assert (inside[part] <= inside[f"{part}_known"]).all()
        assert (inside[f"{part}_known"] <= inside["residents"]).all()
    assert (inside["most_deprived_fifth"] <= inside["scored"]).all()
    for share in ("no_diploma", "lone_parent_families", "core_housing_need"):
        assert inside[share].between(0, 1).all()


def test_only_the_columns_allowed_are_shipped(facts: pd.DataFrame) -> None:
    known = ["below_mbm", "recent_immigrants", "minority_or_indigenous", "seniors_65plus", "no_diploma",
             "lone_parent_families", "core_housing_need", "food_shops_near"]
    assert set(facts.columns) == {
        "residents", "households", "blocks", "scored", "most_deprived_fifth", *known, *(f"{k}_known" for k in known),
        "cimd_residential_instability", "cimd_ethno_cultural_composition", "cimd_economic_dependency",
        "cimd_situational_vulnerability",
    }
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for column in facts.columns:
        assert column in readme or column.endswith("_known") or column.startswith("cimd_"), f"{column} has no citation"


def test_the_survey_is_quebec_only_and_gives_the_published_series() -> None:
    survey = pd.read_csv(FOLDER / "prevalence_quebec.csv")
    assert set(survey["geography"]) == {"quebec"}
    assert set(survey["severity"]) == {"any", "marginal", "moderate", "severe", "moderate_or_severe"}
    series = survey.query("group_id == 'all' and severity == 'any'").sort_values("reference_year")
    assert list(series["reference_year"]) == list(range(2018, 2025))
    assert list(series["percent"]) == [14.5, 11.0, 12.8, 14.8, 15.8, 19.9, 18.0]
    assert (survey["collection_year"] == survey["reference_year"] + 1).all()
    assert (survey["status"] == "suppressed").equals(survey["percent"].isna())
    with (FOLDER / "groups.csv").open(encoding="utf-8", newline="") as handle:
        assert set(survey["group_id"]) <= {row["group_id"] for row in csv.DictReader(handle)}


def test_deriving_again_gives_the_same_bytes(raw: Path, tmp_path: Path) -> None:
    draft = Draft(read_edition("montreal-open"), raw, tmp_path / "draft.duckdb")
    try:
        fill(draft, lambda *_: None)
        written = derive(draft, tmp_path)
    finally:
        draft.close()
    assert [path.name for path in written] == ["district_facts.csv", "prevalence_quebec.csv"]
    for path in written:
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name
