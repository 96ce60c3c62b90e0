"""Survey shares: every label is declared, blank is suppressed, vintages never meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders import prevalence
from loaders.catalog import LoadError
from tests.loaders.small import draft, source

SURVEY: dict[str, Any] = {
    "year": "Year", "geography": "Geo", "severity": "Status", "value": "Value", "group": ["Family", "Group"],
    "groups": "montreal/groups.csv", "collection_lag": 1, "geographies": {"Quebec": "quebec", "Canada": "canada"},
    "severities": {"Food insecure": "any", "Food insecure, moderate or severe": "moderate_or_severe"},
    "headline": {"geography": "canada", "group_id": "all", "severity": "moderate_or_severe"},
}
HEAD = "Year,Geo,Family,Group,Status,Value\n"


def loaded(folder: Path, text: str, options: dict[str, Any] = SURVEY) -> Any:
    made = draft(folder)
    (folder / "s.csv").write_text(text, encoding="utf-8")
    prevalence.prevalence(made, source("s", "s.csv", options))
    return made


def test_rows_take_our_names_and_both_years(tmp_path: Path) -> None:
    made = loaded(tmp_path, HEAD + (
        "2023,Quebec,All persons,,Food insecure,19.9\n2023,Quebec,,Black,Food insecure,\n"
        "2023,Quebec,All persons,,Food secure,80.1\n2023,Ontario,All persons,,Food insecure,26\n2023,,,,,17.1\n"
    ))
    rows = made.frame("SELECT * FROM prevalence ORDER BY geography DESC, group_id")
    assert rows[["geography", "group_id", "severity"]].to_numpy().tolist() == [
        ["quebec", "all", "any"], ["quebec", "black", "any"], ["canada", "all", "moderate_or_severe"],
    ]
    assert set(rows["reference_year"]) == {2023} and set(rows["collection_year"]) == {2024}
    assert rows["status"].tolist() == ["ok", "suppressed", "ok"] and rows["percent"].isna().tolist()[1]
    assert made.frame("SELECT group_id FROM survey_group ORDER BY 1")["group_id"].tolist() == ["all", "black"]
    assert made.frame("SELECT left_out FROM load_ledger")["left_out"].tolist() == [2]


def test_a_group_nobody_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"not in the edition’s table of groups\. Value: 'Left-handed'"):
        loaded(tmp_path, HEAD + "2023,Quebec,,Left-handed,Food insecure,20\n")


def test_the_glued_letter_is_the_quality_and_must_agree(tmp_path: Path) -> None:
    options = {key: SURVEY[key] for key in ("year", "severity", "value", "collection_lag", "geographies", "severities")}
    options |= {"geography": "Geo", "quality": "Mark", "group_id": "all"}
    made = loaded(tmp_path, "Year,Geo,Status,Value,Mark\n2022,Quebec,Food insecure,12,12.0D\n", options)
    assert made.frame("SELECT percent, quality FROM prevalence").to_numpy().tolist() == [[12.0, "D"]]
    (tmp_path / "b").mkdir()
    with pytest.raises(LoadError, match="does not repeat the value"):
        loaded(tmp_path / "b", "Year,Geo,Status,Value,Mark\n2022,Quebec,Food insecure,12,13.0D\n", options)
