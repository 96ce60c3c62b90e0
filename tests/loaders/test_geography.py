"""Which areas a block belongs to: every block placed, none in an area the edition does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loaders import geography
from loaders.catalog import LoadError
from loaders.draft import Draft
from tests.loaders.small import BLOCKS, peopled, source

OPTIONS: dict[str, Any] = {
    "block": "DBDGUID_IDIDUGD", "block_prefix": "2021S0513", "base": "DADGUID_ADIDUGD",
    "levels": [{"level": "borough", "column": "CSDDGUID_SDRIDUGD"}],
}
HEAD = "PRDGUID_PRIDUGD,CSDDGUID_SDRIDUGD,DADGUID_ADIDUGD,DBDGUID_IDIDUGD,CTDGUID_SRIDUGD"


def rows(changed: dict[str, str] | None = None) -> list[str]:
    """One row a block, as the relationship file has it, and one block of elsewhere."""
    parent = changed or {}
    return [
        f"2021A000224,{parent.get(key, 'B1')},2021S0512{key[:8]},2021S0513{key}," for key, *_ in BLOCKS
    ] + ["2021A000235,B9,2021S051235000001,2021S051335000001001,"]


def related(folder: Path, lines: list[str], options: dict[str, Any] = OPTIONS) -> Draft:
    made = peopled(folder)
    made.private.clear()
    (folder / "r.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    geography.relationships(made, source("r", "r.csv", options))
    return made


def test_every_block_takes_the_area_the_file_says(tmp_path: Path) -> None:
    made = related(tmp_path, rows({"24660002003": "B2", "24660002001": ""}))
    (found,) = made.private["membership"]
    assert dict(zip(found["point_id"], found["area_id"].fillna(""), strict=True)) == {
        "24660001001": "B1", "24660001002": "B1", "24660001003": "B1", "24660002001": "", "24660002002": "B1",
        "24660002003": "B2",
    }
    assert set(found["level"]) == {"borough"}
    assert made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist() == [["block outside the edition", 1]]


def test_only_some_areas_of_a_level(tmp_path: Path) -> None:
    options = {**OPTIONS, "levels": [{**OPTIONS["levels"][0], "only": ["B1"]}]}
    made = related(tmp_path, rows({"24660002003": "B7"}), options)
    (found,) = made.private["membership"]
    assert found["area_id"].isna().sum() == 1


@pytest.mark.parametrize(("lines", "told"), [
    (rows()[1:], "1 blocks of the edition are absent, the first 24660001001"),
    (rows({"24660002003": "B7"}), "“B7” is not an area of level borough"),
    ([line.replace("2021S051224660002,", "2021S051224660009,") for line in rows()], "3 blocks lie in another base"),
])
def test_a_file_of_another_census_is_refused(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(LoadError, match=told):
        related(tmp_path, lines)


def test_a_block_twice_in_two_places_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="already exists above"):
        related(tmp_path, [*rows(), rows({"24660001001": "B2"})[0]])
