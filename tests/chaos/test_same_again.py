"""The same files give the same version; one changed row changes one key; every row is accounted for."""

from __future__ import annotations

import ast
import csv
import gzip
import importlib.metadata
import io
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build import build
from loaders import edition as edition_files
from loaders.catalog import TABLE, TABLES, LoadError
from loaders.draft import Draft, contents, reread
from loaders.edition import HOUSE, read_edition
from loaders.inputs import PACKAGES, house
from loaders.publish import current, published
from loaders.tables import table
from tests.chaos.builds import tagged
from tests.report import record, times

TOYVILLE = read_edition("toyville")
# One row of the ledger holds the digest of its file, one of the edition the moment of the build.
WITHOUT = {"edition": "WHERE key <> 'built_at'"}


def dump(path: Path, *, ledger: bool = True) -> str:
    """Every row of every table as text, in the order of the rows themselves."""
    told = []
    with duckdb.connect(str(path), read_only=True) as con:
        for one in TABLES:
            if ledger or one.name != "load_ledger":
                if one.name == "cell_note" and not ledger:
                    continue  # says that a column was added
                rows = con.execute(f"SELECT * FROM {one.name} {WITHOUT.get(one.name, '')} ORDER BY ALL").fetchall()
                told.append(f"{one.name}: {rows}")
    return "\n".join(told)


def test_the_same_files_again(tmp_path: Path) -> None:
    told: list[str] = []
    raw, versions, tries = tagged(tmp_path / "raw", "run one"), tmp_path / "v", times(1, 3)
    equal = 0
    first = build("toyville", raw, versions)
    for _ in range(tries):
        assert build("toyville", raw, versions, lambda what, *_: told.append(what)) == first
        assert told[-1].startswith(f"Nothing changed since {first.stem}")
        again = build("toyville", raw, versions, again=True)
        assert again != first
        equal += dump(again) == dump(first)
        first = again
    assert record(10, "the same files again", "nothing published; built anyway, every row equal",
                  f"{equal} of {tries}", passed=equal == tries)


def test_what_makes_a_build_new(tmp_path: Path) -> None:
    raw, versions = tagged(tmp_path / "raw", "run one"), tmp_path / "v"
    first = build("toyville", raw, versions)
    (versions / "toyville" / "CURRENT").unlink()  # a fault is not “nothing changed”: it is mended by building
    second = build("toyville", raw, versions)
    assert second != first and current(versions / "toyville") == second.stem
    tagged(raw, "run two")
    assert build("toyville", raw, versions) not in (first, second)
    assert published(versions / "toyville")[-1] == current(versions / "toyville")


NUMBERS = st.integers(0, 10_000).map(str) | st.just("")
ROWS = st.dictionaries(st.integers(0, 60), st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30)


def test_an_edition_that_changed_while_a_build_waited_is_not_taken_for_the_one_it_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "editions").mkdir()
    path = shutil.copy(edition_files.EDITIONS / "toyville.toml", tmp_path / "editions")
    monkeypatch.setattr(edition_files, "EDITIONS", tmp_path / "editions")
    waiting = read_edition("toyville")
    with Path(path).open("a") as handle:
        handle.write("# mended\n")
    assert house(waiting)["edition"] != house(read_edition("toyville"))["edition"]


def test_every_package_that_reads_or_computes_is_among_the_inputs() -> None:
    modules = {
        name.partition(".")[0] for room in ("loaders", "indicators") for path in (HOUSE / room).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    installed = importlib.metadata.packages_distributions()
    used = {one.lower() for module in modules for one in installed.get(module, [])}
    chosen = set(re.findall(r"^[\w-]+", (HOUSE / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE))
    # These show, download, or compare two versions that are published.
    told = {"rich", "httpx", "httpcore", "tenacity", "rapidfuzz"}
    assert {"pandas", "pyarrow", "python-calamine"} <= used & chosen - told <= {*PACKAGES}


def _loaded(folder: Path, rows: dict[int, tuple[str, str]]) -> dict[tuple[object, ...], tuple[object, ...]]:
    """Rows of the census table by their key, loaded by our loader from a CSV of `rows`."""
    text = io.StringIO()
    writer = csv.writer(text)
    given_columns = [c.name for c in TABLE["census_value"].columns if c.name not in ("basis", "dataset_id")]
    writer.writerow(given_columns)
    for key, (numerator, denominator) in rows.items():
        cells = {"area_id": f"T{key}", "variable": "v", "reference_year": "2021", "numerator": numerator,
                 "denominator": denominator, "value": "", "status": "ok"}
        writer.writerow([cells.get(name, "") for name in given_columns])
    (folder / "census_value.csv").write_text(text.getvalue(), encoding="utf-8")
    draft = Draft(TOYVILLE, folder, Path(":memory:"))
    try:
        table(draft, TOYVILLE.source("toy_census"))
        found = draft.con.execute("SELECT area_id, variable, reference_year, * FROM census_value").fetchall()
        (balance,) = draft.con.execute("SELECT rows_read, loaded, rejected, duplicates FROM load_ledger").fetchall()
    finally:
        draft.drop()
    assert balance == (len(rows), len(rows), 0, 0)
    return {row[:3]: row for row in found}


_DIFFERENCES: list[int] = []


@given(rows=ROWS, data=st.data())
@settings(max_examples=times(15, 200))
def test_one_changed_row_changes_one_key(rows: dict[int, tuple[str, str]], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(rows)))
    new = data.draw(st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair != rows[key]))
    with tempfile.TemporaryDirectory() as folder:
        before, after = _loaded(Path(folder), rows), _loaded(Path(folder), {**rows, key: new})
    differ = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    assert differ == {(f"T{key}", "v", 2021)}
    _DIFFERENCES.append(len(differ))


def test_the_figure_of_the_changed_rows() -> None:
    assert record(
        11, "one row of a file changed", "one key differs, no other", f"{len(_DIFFERENCES)} random files: one key each",
        passed=len(_DIFFERENCES) >= times(15, 200) and set(_DIFFERENCES) == {1},
    )


def _columns(raw: Path, change: Callable[[list[str], list[list[str]]], list[list[str]]]) -> None:
    for path in sorted(raw.glob("*.csv")):
        if path.name != "places.csv":  # a table of ours, not a source
            with path.open(encoding="utf-8", newline="") as handle:
                head, *rows = list(csv.reader(handle))
            with path.open("w", encoding="utf-8", newline="") as handle:
                csv.writer(handle).writerows(change(head, rows))


def test_columns_moved_or_added_change_nothing(tmp_path: Path) -> None:
    raw, versions = tagged(tmp_path / "raw", "run one"), tmp_path / "v"
    plain = build("toyville", raw, versions)
    _columns(raw, lambda head, rows: [[*reversed(head), "new"], *([*reversed(row), "x"] for row in rows)])
    assert dump(build("toyville", raw, versions), ledger=False) == dump(plain, ledger=False)


def test_a_renamed_column_stops_the_build_and_is_named(tmp_path: Path) -> None:
    sources = [s for s in TOYVILLE.sources if s.loader == "table"][: times(3, 99)]
    for source in sources:
        raw = tagged(tmp_path / source.dataset_id, "run one")
        with (raw / source.file).open(encoding="utf-8", newline="") as handle:
            head, *rows = list(csv.reader(handle))
        with (raw / source.file).open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([[f"{head[0]}_2", *head[1:]], *rows])
        draft = Draft(TOYVILLE, raw, Path(":memory:"))
        with pytest.raises(LoadError, match=f"{source.file}, line 1, column “{head[0]}”: the column is missing"):
            table(draft, source)
        draft.drop()



def test_what_was_written_is_what_is_published(tmp_path: Path) -> None:
    draft = Draft(TOYVILLE, None, tmp_path / "draft.duckdb")
    draft.insert("event", pd.DataFrame([{
        "date": "2026-01-01", "kind": "policy", "title_fr": "un", "title_en": "one", "basis": "counted",
    }]))
    facts = contents(draft.con)
    draft.close()
    assert reread(draft.path, facts)["storage"].startswith("v1")
    facts["rows"]["event"] += 1
    with pytest.raises(LoadError, match="table event is not what was written"):
        reread(draft.path, facts)
    facts["rows"]["event"] -= 1
    shutil.copy(draft.path, tmp_path / "damaged.duckdb")
    with (tmp_path / "damaged.duckdb").open("r+b") as handle:
        handle.truncate(draft.path.stat().st_size // 2)
    with pytest.raises(LoadError, match="cannot be read back"):
        reread(tmp_path / "damaged.duckdb", facts)


@pytest.mark.parametrize(("loaded", "rejected"), [(7, 0), (6, 1)])
def test_a_ledger_out_of_balance_is_not_published(tmp_path: Path, loaded: int, rejected: int) -> None:
    draft = Draft(TOYVILLE, None, tmp_path / "draft.duckdb")
    draft.insert("load_ledger", pd.DataFrame([{  # seven rows in: one vanished, or one was refused and not kept
        "dataset_id": "d", "file": "f.csv", "sha256": "0", "encoding": "utf-8", "rows_read": 9, "left_out": 1,
        "rows_in": 8 if loaded == 7 else 7, "loaded": loaded, "rejected": rejected, "duplicates": 0, "threshold": 0.5,
    }]))
    facts = contents(draft.con)
    draft.close()
    with pytest.raises(LoadError, match=r"f\.csv: the ledger does not balance"):
        reread(draft.path, facts)


def test_a_file_of_the_pinned_release_opens(toyville: Path, tmp_path: Path) -> None:
    packed = Path(__file__).parent / "written_by_duckdb_1.5.5.duckdb.gz"
    path = tmp_path / "old.duckdb"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.sql("SELECT * FROM kept ORDER BY ALL").fetchall() == [("D01", 1.5, None), ("D02", None, "Écluse")]
    (manifest,) = [p.read_text() for p in (toyville / "toyville").glob("*.json")]
    for words in ('"storage": "v1', '"schema": "', f'"duckdb": "{duckdb.__version__}"'):
        assert words in manifest
