"""What an edition declares of its sources is compared at build and kept in the manifest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from computing import agreement
from computing.facts import Facts
from loaders.catalog import LoadError
from tests.loaders.small import draft

PAIR = {"one": "first", "other": "second", "at_most_gap": 0.01}


def compared(folder: Path, pair: dict[str, object], *, second: bool = True) -> list[dict[str, object]]:
    made = draft(folder)
    made.insert("area", pd.DataFrame([{
        "area_id": area, "level": "dissemination_area", "kind": "x", "code": area, "name_fr": area, "name_en": area,
        "fr_in": "x", "fr_of": "x", "en_in": "x", "vintage": "2021", "lon": 0.0, "lat": 0.0, "x_m": 0.0, "y_m": 0.0,
        "population": 100.0, "dataset_id": "d",
    } for area in ("D1", "D2", "D3")]))
    rows = [("D1", "first", 10.0), ("D2", "first", 20.0), ("D3", "first", 30.0)]
    if second:
        rows += [("D1", "second", 10.0), ("D2", "second", 21.0), ("D3", "second", 40.0)]
    made.insert("census_value", pd.DataFrame([{
        "area_id": area, "variable": name, "reference_year": 2021, "numerator": people, "denominator": 100.0,
        "value": people / 100, "status": "ok", "basis": "counted", "dataset_id": "d",
    } for area, name, people in rows]))
    made.edition = replace(made.edition, settings={**made.edition.settings, "agreement": [pair]})
    facts = Facts()
    agreement.compute(made, facts)
    return facts.agreement


def test_a_pair_is_told_with_what_was_asked(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, PAIR)
    assert found["areas"] == 3 and found["level"] == "dissemination_area" and found["holds"] is True
    assert found["median_gap"] == pytest.approx(.01) and found["largest_gap"] == pytest.approx(.1)


def test_a_pair_that_disagrees_is_told_too(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, {**PAIR, "at_most_gap": 0.001})
    assert found["holds"] is False


def test_a_source_not_at_hand_is_not_compared(tmp_path: Path) -> None:
    assert compared(tmp_path, PAIR, second=False) == []


def test_a_pair_of_which_nothing_is_asked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="at_least_correlation"):
        compared(tmp_path, {"one": "first", "other": "second"})
