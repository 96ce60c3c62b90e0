"""People helped: a unit is told, never guessed; a month not sent is missing; units are never added."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import clients
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from tests.loaders.small import ABOUT, draft, one

LONG: dict[str, Any] = {
    "organization": "org", "period": "month", "count": "n", "unit_column": "what",
    "units": {"personnes": "people", "ménages": "households", "repas": "meals", "visites": "visits"},
}


def load(
    folder: Path, text: str, options: dict[str, Any], threshold: float = 0.0, **about: Any
) -> tuple[Draft, pd.DataFrame]:
    """The draft and what was set aside of a file with that text."""
    aside = Path(tempfile.mkdtemp(dir=folder))
    (aside / "f.csv").write_text(text, encoding="utf-8")
    made = draft(aside)
    clients.clients(made, Source("f", "", "f.csv", threshold, "test", options, {**ABOUT, **about}))
    return made, made.private["clients"][0]


def counts(kept: pd.DataFrame) -> dict[tuple[str, str, str], float | None]:
    """Count by organization, month and unit."""
    return {(r[0], f"{r[1]:%Y-%m}", r[2]): None if pd.isna(r[3]) else float(r[3]) for r in kept[
        ["organization_id", "period", "unit", "count"]].itertuples(index=False)}


def test_units_stay_apart_and_a_month_not_sent_is_missing(tmp_path: Path) -> None:
    made, kept = load(tmp_path, "org,month,what,n\n" + "\n".join([
        "A,2024-01,personnes,120", "A,2024-01,repas,900", "A,2024-02,personnes,", "A,2024-04,personnes,0",
        "A,2024-04,personnes,0", "B,2024-03,ménages,40", "B,2024-03,ménages,41", "B,2024-03,foyers,40",
        ",2024-03,repas,5", "B,2024-04,ménages,12.5", "B,2024-04,visites,-3", "C,mars,repas,5",
    ]) + "\n", LONG, threshold=0.9)
    assert counts(kept) == {
        ("A", "2024-01", "people"): 120, ("A", "2024-02", "people"): None, ("A", "2024-03", "people"): None,
        ("A", "2024-04", "people"): 0, ("A", "2024-01", "meals"): 900, ("A", "2024-02", "meals"): None,
        ("A", "2024-03", "meals"): None, ("A", "2024-04", "meals"): None, ("B", "2024-03", "households"): 40,
        ("B", "2024-04", "households"): None,
    }
    refused = made.frame("SELECT line, rule FROM reject ORDER BY line").to_numpy().tolist()
    assert refused == [[8, "key"], [9, "unit"], [10, "empty"], [11, "whole"], [12, "range"], [13, "date"]]
    assert one(made, "SELECT duplicates FROM load_ledger") == 1
    assert one(made, "SELECT count(*) FROM clients_count") == 0 and list(made.private) == ["clients"]
    assert set(kept.columns) == {"organization_id", "period", "unit", "count", "basis", "dataset_id"}


@pytest.mark.parametrize(("changed", "words"), [
    ({"unit_column": None}, "it must say once what it counts"), ({"units": None}, "it must say once what it counts"),
    ({"unit": "people"}, "it must say once what it counts"), ({"units": {"x": "clients"}}, "“clients” is not a unit"),
    ({"unit_column": None, "unit": "familles"}, "“familles” is not a unit"),
])
def test_a_file_without_a_unit_is_refused_with_what_to_do(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    o = {key: value for key, value in {**LONG, **changed}.items() if value is not None}
    with pytest.raises(LoadError, match=rf"f\.csv: {words}.*Declare unit = one of people, households, visits, meals"):
        load(tmp_path, "org,month,what,n\nA,2024-01,personnes,1\n", o)


@pytest.mark.parametrize(("written", "form"), [
    ("2024-03", "%Y-%m"), ("mars 2024", "%B %Y"), ("Mars 2024", "%B %Y"), ("March 2024", "%B %Y"),
    ("2024-03-01", "%Y-%m-%d"), ("2024-03-31", "%Y-%m-%d"), ("03/2024", "%m/%Y"), ("mar. 2024", "%b %Y"),
    ("févr. 2024", "%b %Y"), ("août 2024", "%B %Y"),
])
def test_a_month_is_read_as_the_edition_says_it_is_written(tmp_path: Path, written: str, form: str) -> None:
    o = {**LONG, "period_formats": [form]}
    month = {"f": "2024-02", "a": "2024-08"}.get(written[0], "2024-03")
    assert counts(load(tmp_path, f"org,month,what,n\nA,{written},repas,3\n", o)[1]) == {("A", month, "meals"): 3}
    other = "%Y-%m" if form != "%Y-%m" else "%B %Y"
    with pytest.raises(LoadError, match="not written as the edition says"):
        load(tmp_path, f"org,month,what,n\nA,{written},repas,3\n", {**LONG, "period_formats": [other]})


def test_two_days_of_one_month_are_two_tellings_of_it(tmp_path: Path) -> None:
    made, kept = load(tmp_path, "org,month,what,n\nA,2024-03-01,repas,3\nA,2024-03-15,repas,4\n", LONG, threshold=0.5)
    assert counts(kept) == {("A", "2024-03", "meals"): 3} and one(made, "SELECT rule FROM reject") == "key"


def test_months_as_columns_of_a_french_spreadsheet(tmp_path: Path) -> None:
    text = "Organisme;2024-01;2024-02;2024-03\nA;1 234;;12\nB;x;0;1\u00a0000\nB;x;0;1\u00a0000\n"
    made, kept = load(tmp_path, text, {
        "organization": "Organisme", "unit": "meals",
        "month_columns": {"first": "2024-01-01", "last": "2024-03-01", "format": "%Y-%m"},
    })
    assert counts(kept) == {
        ("A", "2024-01", "meals"): 1234, ("A", "2024-02", "meals"): None, ("A", "2024-03", "meals"): 12,
        ("B", "2024-01", "meals"): None, ("B", "2024-02", "meals"): 0, ("B", "2024-03", "meals"): 1000,
    }
    assert made.frame("SELECT column_name, rule, value FROM cell_note").fillna("").to_numpy().tolist() == [
        ["2024-01", "number", ""]] * 2  # a cell of a count that was not controlled is not kept
    assert one(made, "SELECT duplicates FROM load_ledger") == 1


def test_the_column_of_a_month_that_was_not_over_is_not_read(tmp_path: Path) -> None:
    o = {"organization": "o", "unit": "meals",
         "month_columns": {"first": "2024-01-01", "last": "2024-12-01", "format": "%Y-%m"}}
    text = "o,2024-01,2024-02,2024-03\nA,1,9,\n"  # a form for the year, sent in February
    _, kept = load(tmp_path, text, o, retrieved=date(2024, 2, 20))
    assert counts(kept) == {("A", "2024-01", "meals"): 1}
    with pytest.raises(LoadError, match="none of its months is over"):
        load(tmp_path, text, o, retrieved=date(2024, 1, 5))


def test_a_bad_cell_among_months_leaves_the_others(tmp_path: Path) -> None:
    made, kept = load(tmp_path, "o,2024-01,2024-02\nA,1,\"2,5\"\nB,-4,2.5\n", {
        "organization": "o", "unit": "meals",
        "month_columns": {"first": "2024-01-01", "last": "2024-02-01", "format": "%Y-%m"},
    })
    assert counts(kept) == {("A", "2024-01", "meals"): 1, ("A", "2024-02", "meals"): None,
                            ("B", "2024-01", "meals"): None, ("B", "2024-02", "meals"): None}
    assert made.frame("SELECT rule, count(value) FROM cell_note GROUP BY rule ORDER BY rule").to_numpy().tolist() == [
        ["number", 0], ["whole", 0]]  # what, and nothing of what was written


def test_a_spreadsheet_loads_as_its_text_does(tmp_path: Path) -> None:
    rows = [["Rapport annuel", None, None, None], ["org", "month", "what", "n"], ["A", "2024-01", "repas", 3]]
    pd.DataFrame(rows).to_excel(tmp_path / "f.xlsx", header=False, index=False)
    made = draft(tmp_path)
    clients.clients(made, Source("f", "", "f.xlsx", 0.0, "test", LONG, ABOUT))
    assert counts(made.private["clients"][0]) == {("A", "2024-01", "meals"): 3}


def test_a_month_that_was_not_over_is_left_out_and_a_later_one_refused(tmp_path: Path) -> None:
    text = "org,month,what,n\nA,2024-01,repas,3\nA,2024-02,repas,4\nA,2024-03,repas,5\n"
    made, kept = load(tmp_path, text, LONG, threshold=0.5, retrieved=date(2024, 2, 20))
    assert counts(kept) == {("A", "2024-01", "meals"): 3}
    assert one(made, "SELECT rule FROM left_out") == "month that was not over"
    assert one(made, "SELECT rule FROM reject") == "future"


def test_an_organization_is_declared_or_listed_where_the_edition_asks(tmp_path: Path) -> None:
    text = "org,month,what,n\nLa Table,2024-01,repas,3\nAutre,2024-01,repas,4\n"
    made, kept = load(tmp_path, text, {**LONG, "organizations": {"La Table": "O001"}}, threshold=0.5)
    assert counts(kept) == {("O001", "2024-01", "meals"): 3} and one(made, "SELECT count(*) FROM reject") == 1
    with pytest.raises(LoadError, match="not in the listing"):
        load(tmp_path, text, {**LONG, "listed": True})
    with pytest.raises(LoadError, match="expected form"):
        load(tmp_path, text, {**LONG, "organization_pattern": "O[0-9]{3}"})
