"""Blocks and their crosswalk: sums are kept, and what does not add up is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import blocks, boundaries
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.links import link
from loaders.values import folded
from tests.loaders.small import one, peopled, source

CROSSWALK: dict[str, Any] = {
    "id": "da", "population": "pop", "keep_column": "cd", "keep": ["2466"], "pattern": r"2466\d{4}",
    "base_prefix": "2021S0512",
    "levels": [{"level": "tract", "column": "ct", "prefix": "2021S0507", "pattern": r"462\d{4}[.]\d\d"}],
}


def test_blocks_add_up_to_their_area_and_name_their_borough(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    areas = made.frame(
        "SELECT area_id, population, households, land_km2, place_fr FROM area "
        "WHERE level = 'dissemination_area' ORDER BY 1"
    )
    assert areas["area_id"].tolist() == ["2021S051224660001", "2021S051224660002"]
    assert areas["population"].tolist() == [50, 150]
    assert areas["households"].tolist() == [20, 65]
    assert areas["land_km2"].tolist() == [1.5, 1.5]  # one of them written with a comma
    assert one(made, "SELECT sum(population) FROM demand_point") == 200
    link(made)
    shares = made.frame("SELECT placed, unplaced FROM crosswalk WHERE parent_level = 'borough'")
    assert shares["unplaced"].eq(0).all()
    boroughs = made.frame("SELECT population FROM area WHERE level = 'borough' ORDER BY area_id")
    assert boroughs["population"].tolist() == [50, 150]


def test_a_block_whose_place_is_no_borough_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"blocks\.geojson, column “place”: “Ouest” is not the name of an area"):
        peopled(tmp_path, {2: {"place": "Ouest"}})


def test_a_block_that_lost_a_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="1 of 6 rows refused"):
        peopled(tmp_path, {0: {"id": "2466000101"}})


def crosswalk(folder: Path, second: str) -> Draft:
    made = peopled(folder)
    text = f"da,pop,cd,ct\n24660001,50,2466,4620001.00\n{second}\n24650001,9,2465,4620009.00\n"
    (folder / "crosswalk.csv").write_text(text, encoding="utf-8")
    blocks.crosswalk(made, source("crosswalk", "crosswalk.csv", CROSSWALK))
    return made


def test_the_crosswalk_gives_each_point_its_tract(tmp_path: Path) -> None:
    made = crosswalk(tmp_path, "24660002,150,2466,4620002.10")
    member = made.private["membership"][-1]
    assert member["area_id"].value_counts().to_dict() == {"2021S05074620001.00": 3, "2021S05074620002.10": 3}
    assert one(made, "SELECT rows FROM left_out WHERE dataset_id = 'crosswalk'") == 1


@pytest.mark.parametrize(("second", "told"), [
    ("24660002,151,2466,4620002.10", r"line 3, column “pop”: 1 areas differ .* 2021S051224660002 by -1"),
    ("24660003,150,2466,4620002.10", r"column “da”: 1 areas of the blocks are absent"),
    ("24660002,150,2466,4620002.1", r"1 areas of the blocks are absent"),
])
def test_blocks_that_do_not_add_up_stop_the_build(tmp_path: Path, second: str, told: str) -> None:
    with pytest.raises(LoadError, match=told):
        crosswalk(tmp_path, second)


def test_a_dissolved_city_is_drawn_as_the_land_of_its_boroughs(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    options = {
        "level": "city", "area_id": "C", "code": "C", "name": "Ville", "from_level": "borough",
        "kinds": ["borough"], "vintage": 2021,
    }
    boundaries.dissolve(made, source("city", "", options))
    assert one(made, "SELECT land_km2 FROM area WHERE area_id = 'C'") == pytest.approx(3.0)
    assert made.frame("SELECT land_km2 FROM area WHERE level = 'borough'")["land_km2"].tolist() == [1.5, 1.5]


def test_two_writings_of_a_name_are_one() -> None:
    names = folded(pd.Series(["Baie-D'Urfé", "baie‑d’urfe ", "Rosemont–La", "Rosemont-La"]))
    assert names.nunique() == 2
