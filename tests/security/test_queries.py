"""The store answers only what it is asked: no payload, no other file, no setting, no query without end."""

from __future__ import annotations

import ast
import csv
import inspect
import io
import re
import resource
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from loaders import layer as door
from loaders import store as store_module
from loaders.catalog import TABLES
from loaders.draft import contents
from loaders.edition import HOUSE
from loaders.publish import current, publish
from loaders.store import Store, open_store
from tests.pages.crawl import pages
from tests.report import record, times
from tests.security.payloads import SQL
from views import figure


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    version = current(toyville / "toyville")
    assert version
    return open_store("toyville", version)


def test_payloads_are_values(store: Store) -> None:
    before, asked = contents(store._con), 0
    for name, method in inspect.getmembers(store, inspect.ismethod):
        parameters = list(inspect.signature(method).parameters)
        # A setting is a key of the manifest; a listing is compared with another store, not with words; statuses of
        # indicators without a reach are told whatever the reach.
        if name.startswith("_") or not parameters or name in ("setting", "listing_changes", "statuses"):
            continue
        for payload in SQL:
            for position in range(len(parameters)):
                # every other filter asks for everything it can, so a payload that widened one would show
                values = [payload if i == position else "district" for i in range(len(parameters))]
                found = method(**dict(zip(parameters, values)))
                rows = 0 if found is None else len(found)
                assert rows == 0, f"{name}({parameters[position]}={payload!r}) gave {rows} rows"
                asked += 1
    assert contents(store._con) == before and len(SQL) == 50
    assert record(18, "text that looks like SQL, through every filter", "0 errors, 0 rows, the file unchanged",
                  f"{len(SQL)} payloads, {asked} questions: 0, 0, unchanged", passed=asked > 10 * len(SQL))


def keys_of_addresses() -> list[str]:
    """Every name an address may carry: what selectors are bound to, read from the code."""
    found = {"version", "lang", "area", "level", "indicator", "reach"}
    for room in ("views", "pages"):
        for path in (HOUSE / room).glob("*.py"):
            text = path.read_text("utf-8")
            found |= set(re.findall(r"session\.(?:select|slide|seed|keep|put)\(\s*\"(\w+)\"", text))
            found |= set(re.findall(r"query_params(?:\.get\(|\[)\"(\w+)\"", text))
    return sorted(found)


def shown(page: str, address: dict[str, str], patch: pytest.MonkeyPatch) -> dict[str, int]:
    """Rows of each figure of a page at an address."""
    rows: dict[str, int] = {}
    show = figure.show

    def counted(asked: figure.Figure) -> None:
        rows[asked.id] = 0 if asked.table is None or asked.empty else len(asked.rows.export)
        show(asked)

    with patch.context() as here:
        here.setattr(figure, "show", counted)
        app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
        for key, value in address.items():
            app.query_params[key] = value
        if page != pages()[0]:
            app.switch_page(f"pages/{page}.py")
        app.run()
    assert not app.exception, (page, address, app.exception[0].value)
    return rows


@pytest.mark.parametrize("page", pages())
def test_payloads_in_every_part_of_an_address(page: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key holds another payload: a page shows what it shows without them, and not a row more."""
    keys, plain, more, first = keys_of_addresses(), shown(page, {}, monkeypatch), [], pages().index(page)
    assert len(keys) > 25
    turns = times(1, len(SQL))
    for turn in range(turns):
        address = {key: SQL[(7 * i + turn + first) % len(SQL)] for i, key in enumerate(keys)}
        found = shown(page, address, monkeypatch)
        more += [name for name, rows in found.items() if rows > plain.get(name, rows if name not in plain else 0)]
    assert record(18, "the same in every part of an address, on every page", "0 errors, 0 rows more",
                  f"{page}: {len(keys)} keys × {turns}: 0, {len(more)}", passed=more == []), more


def test_payloads_in_a_reader_s_own_table(store: Store) -> None:
    """Cells, headers and the name of the file: none is a statement, and none is an area."""
    out = io.StringIO(newline="")
    cells = [text.replace("\x00", "") for text in SQL if len(text) < 300]
    writer = csv.writer(out)
    writer.writerows([["code", *cells[:40]], *([cell, *cells[:40]] for cell in cells), ["T1", *["1"] * 40]])
    before = contents(store._con)
    upload = door.read("'; DROP TABLE area; --.csv", out.getvalue().encode())
    areas = door.areas_of(store.areas("district"), {})
    made = door.by_area(
        upload.rows, upload.refused, upload.rows_read, areas, key=("code", upload.column(0)),
        value=("n", upload.column(1)), kind="count",
    )
    placed = made.placed["area_id"].tolist()
    assert contents(store._con) == before
    assert record(18, "the same in a reader’s own table: cells, headers, name", "0 errors, 0 rows placed but our own",
                  f"{len(cells)} cells, {len(upload.columns)} headers: {placed}", passed=placed in ([], ["T1"]))


def test_no_other_file_and_no_setting(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "secret.csv")
    refused = (
        f"SELECT * FROM read_csv('{tmp_path}/secret.csv')", f"SELECT * FROM '{tmp_path}/link.csv'",
        "SELECT * FROM read_text('../../../../../../etc/hosts')", "SELECT * FROM read_blob('/etc/hosts')",
        "SELECT * FROM glob('/etc/*')", f"ATTACH '{tmp_path}/other.duckdb'", f"COPY area TO '{tmp_path}/area.csv'",
        f"EXPORT DATABASE '{tmp_path}/all'", "INSTALL spatial", "LOAD spatial", "SET memory_limit = '64GB'",
        "SET enable_external_access = true", "RESET memory_limit", "DELETE FROM area", "CREATE TABLE more (i INTEGER)",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
    )
    for sql in refused:
        with pytest.raises(duckdb.Error, match=r"(?i)read-only|disabled|locked|cannot|not allowed|permission"):
            store._frame(sql)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "secret.csv"]
    assert record(20, "SQL that reads, writes or sets", "all refused", f"{len(refused)} of {len(refused)}",
                  passed=len(refused) >= 12)


def test_a_query_without_end_is_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store_module.LIMIT_SECONDS < 5
    if times(1, 0):
        monkeypatch.setattr(store_module, "LIMIT_SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(duckdb.InterruptException):
        store._frame("SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE (a.range * b.range) % 7 = 3")
    took = time.monotonic() - begun
    assert took < store_module.LIMIT_SECONDS + times(2, 1) / 2  # a busy machine answers an interrupt later
    assert len(store.areas("district")) == 5  # and the store goes on
    assert record(21, "a query without end", "stopped within 5 s",
                  f"{took:.2f} s (limit {store_module.LIMIT_SECONDS} s)", passed=took <= 5)


def test_a_query_that_wants_all_memory_is_an_error(store: Store, toyville: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(duckdb.Error):
        store._frame("SELECT repeat(hash(range)::VARCHAR, 50) AS s FROM range(20000000) ORDER BY s LIMIT 15000000")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 1000 and len(store.areas("district")) == 5
    assert not list((toyville / "toyville").glob("*.tmp/*"))  # nothing was spilled beside the versions
    assert record(22, "a query that wants all memory", "an error; the process goes on, under 1 GB more",
                  f"an error; it grew by {grown:.0f} MB", passed=grown < 1000)


def test_two_versions_that_differ_in_one_cell_are_never_confused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "toyville"
    folder.mkdir()
    for number in (1, 2):
        path = tmp_path / f"draft{number}.duckdb"
        with duckdb.connect(str(path)) as con:
            for table in TABLES:
                con.execute(table.ddl())
            con.execute("""
                INSERT INTO indicator_value (indicator_id, level, area_id, period, grp, setting, value, status, basis)
                SELECT 'i', 'district', 'A' || range, '', '', '', CASE WHEN range = 31234 THEN ? ELSE 0.5 END, 'ok',
                    'counted' FROM range(60000)
            """, [float(number)])
            facts = contents(con)
        publish(path, folder, f"2026-11-23-00{number}", {**facts, "edition": "toyville", "settings": {"settings": {}}})
    monkeypatch.setenv("COUVERT_VERSIONS", str(tmp_path))

    @st.cache_data
    def kept(edition: str, version: str, _store: Store) -> pd.DataFrame:  # as every cache of the house is keyed
        return _store.values("district", ["i"])

    stores = [open_store("toyville", f"2026-11-23-00{number}") for number in (1, 2)]
    for _ in range(2):
        one, two = (kept(store.edition, store.version, store) for store in stores)
        differ = one["value"] != two["value"]
        assert len(one) == 60_000 and differ.sum() == 1 and one[differ]["area_id"].tolist() == ["A31234"]
    assert record(45, "two versions of 60,000 rows that differ in one cell", "each gets its own, from the cache too",
                  "4 of 4", passed=True)


def test_no_cache_takes_a_frame() -> None:
    """Streamlit samples large frames when it hashes them: a cache may be keyed by words and numbers only.

    `Range` and `Mark` are frozen records of those.
    """
    seen = 0
    for path in [*(HOUSE / "views").rglob("*.py"), *(HOUSE / "pages").glob("*.py"), HOUSE / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            if any("cache_data" in ast.unparse(d) or "cache_resource" in ast.unparse(d) for d in node.decorator_list):
                seen += 1
                for argument in [*node.args.args, *node.args.kwonlyargs]:
                    kind = ast.unparse(argument.annotation) if argument.annotation else ""
                    words = set(re.findall(r"\w+", kind))
                    known = {"str", "int", "float", "bool", "None", "tuple", "Path", "Range", "Mark", "Form"}
                    plain = words and words <= known
                    plain = plain or (bool(words) and not words & {"DataFrame", "Series", "Any", "ndarray"})
                    assert argument.arg.startswith("_") or plain, f"{path.name}: {node.name}({argument.arg})"
    assert seen >= 5
