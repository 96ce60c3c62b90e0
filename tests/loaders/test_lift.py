"""Values carried to coarser areas: what has no residents says nothing of anyone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from loaders.catalog import LoadError
from loaders.lift import covered, lifted, one_each
from tests.loaders.small import draft


def test_a_link_nobody_lives_on_covers_no_one(tmp_path: Path) -> None:
    made = draft(tmp_path)
    text = ["kind", "code", "name_fr", "name_en", "fr_in", "fr_of", "en_in", "vintage", "dataset_id"]
    areas = pd.DataFrame({
        "area_id": ["B1", "B2", "a"], "level": ["borough", "borough", "dissemination_area"],
        "population": [100, 50, 100], "lon": -73.6, "lat": 45.5, "x_m": 0.0, "y_m": 0.0,
        **dict.fromkeys(text, "x"),
    })
    made.con.register("areas", areas)
    made.con.execute("INSERT INTO area BY NAME SELECT * FROM areas")
    made.con.execute("""
        INSERT INTO area_link VALUES
        ('dissemination_area', 'a', 'borough', 'B1', 1, 0.6, 'point'),
        ('dissemination_area', 'a', 'borough', 'B2', 0, 0.4, 'point')
    """)
    values = pd.DataFrame({"area_id": ["a"], "people": [30.0]})
    total = lifted(made, values, "dissemination_area", "borough", ["people"]).set_index("area_id")["people"]
    assert total["B1"] == pytest.approx(30) and pd.isna(total["B2"])  # not zero: nothing is known there
    assert covered(made, values["area_id"], "dissemination_area", "borough").to_dict() == {"B1": 1.0, "B2": 0.0}


def test_two_rows_of_an_area_are_refused() -> None:
    with pytest.raises(LoadError, match="low income: area b has two rows"):
        one_each(pd.DataFrame({"area_id": ["a", "b", "b"]}), "low income")
