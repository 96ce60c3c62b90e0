"""What is written in a cell is read, repaired or refused; where it could say two things nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from loaders.catalog import LoadError
from loaders.mapping import read_mapping
from loaders.staging import Intake
from loaders.values import dates, repaired


def text(*cells: str) -> pd.Series:
    return pd.Series(cells, dtype="str")


@pytest.mark.parametrize(("cell", "decimal", "number"), [
    ("1 234", ".", 1234.0), ("1\u00a0234\u202f567,5", ",", 1234567.5), ("1'234.5", ".", 1234.5), ("\u22125", ".", -5.0),
    ("2021 500", ".", None),  # a year beside a number, not 2 021 500
    ("5145 551", ",", None), ("1.234,5", ",", None), ("1,234", ".", None),
    ("\u0661\u0662", ".", None), ("\uff11\uff12", ".", None),  # digits of other scripts
])
def test_a_number_says_one_thing(cell: str, decimal: str, number: float | None) -> None:
    intake = Intake("d", "f", None, pd.DataFrame({"line": [2], "n": text(cell)}), "")
    intake.number("n", decimal=decimal)
    assert intake.rows["n"].tolist() == ([] if number is None else [number])
    assert intake.rejected == (number is None)


@pytest.mark.parametrize(("cell", "form", "day"), [
    ("2026-1-5", "%Y-%m-%d", "2026-01-05"), ("20260105", "%Y%m%d", "2026-01-05"), ("46000", "excel", "2025-12-09"),
    ("3 févr. 2026", "%d %B %Y", "2026-02-03"), ("9:30AM 2026-01-05", "%I:%M%p %Y-%m-%d", "2026-01-05 09:30"),
    ("today", "%Y-%m-%d", ""), ("Now", "%d/%m/%Y", ""),  # a word is no day, and not the day of the build
    ("2026111", "%Y%m%d", ""),  # 11 January or 1 November
])
def test_a_day_says_one_thing(cell: str, form: str, day: str) -> None:
    found = dates(text(cell), [form]).iloc[0]
    assert (found == pd.Timestamp(day)) if day else pd.isna(found)


def test_zeros_are_put_back_only_where_every_digit_was_written() -> None:
    known = ["4620001.00", "4620000.00", "000", "24660001"]
    written = text("4620001", "4.620001E6", "4.62E+06", "4.62E+99", "", "0", "24660001.0")
    assert repaired(written, known).fillna("?").tolist() == [
        "4620001.00", "4620001.00", "?", "?", "?", "?", "24660001",
    ]


def test_two_orders_of_day_month_and_short_year_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(
        'table = "listing"\n[fields]\nname = "n"\nassured_date = { column = "d", date = ["%d/%m/%y", "%y/%m/%d"] }'
    )
    with pytest.raises(LoadError, match="would be two days"):
        read_mapping(tmp_path / "mapping.toml")
