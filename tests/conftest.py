"""What every test shares: toyville built once, the raw folder where there is one, the table of what was measured."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import settings as laws

from build import build
from serving import settings
from tests.report import RECORDED, VARIABLE, record, table

laws.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
laws.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _local(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pages are run as `make run` runs them, for the one person at the machine; tests of roles say otherwise.

    Decisions go to a log of the tests' own, also those of servers they start.
    """
    settings.serve(settings.read({"COUVERT_LOCAL": "1"}))
    os.environ["COUVERT_DECISIONS"] = f"sqlite:///{tmp_path_factory.mktemp('log') / 'decisions.sqlite'}"


@pytest.fixture(scope="session")
def toyville(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of versions that holds a freshly built toyville."""
    versions = tmp_path_factory.mktemp("versions")
    build("toyville", versions=versions)
    return versions


@pytest.fixture(scope="session")
def toyville_con(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Connection to a copy of the built toyville: one process may not open a file under two configurations."""
    (path,) = (toyville / "toyville").glob("*.duckdb")
    copy = tmp_path_factory.mktemp("copy") / path.name
    shutil.copy(path, copy)
    return duckdb.connect(str(copy), read_only=True)


@pytest.fixture(scope="session")
def toy_values(toyville_con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every indicator value of toyville, indexed by indicator, area, setting and period."""
    frame = toyville_con.sql("SELECT * FROM indicator_value WHERE grp = ''").df()
    return frame.set_index(["indicator_id", "area_id", "setting", "period"]).sort_index()


@pytest.fixture(scope="session")
def raw() -> Path:
    """The folder of real files; tests that need it are skipped where COUVERT_RAW does not name it."""
    folder = os.environ.get("COUVERT_RAW")
    if not folder:
        pytest.skip("COUVERT_RAW does not name a folder of real files")
    path = Path(folder).resolve()
    assert path.is_dir(), f"COUVERT_RAW={folder} is not a folder"
    return path


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test that fails may never have measured its row: where a table is kept, the failure is a line of it."""
    if report.failed and os.environ.get(VARIABLE) and not os.environ.get("PYTEST_XDIST_WORKER"):  # told once
        record(0, report.nodeid, "it ends well", f"failed at {report.when}", passed=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was measured, after the tests that did."""
    if RECORDED:
        terminalreporter.section("measured")
        terminalreporter.write_line(table(RECORDED))
