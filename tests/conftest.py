"""What every test shares: toyville built once, the raw folder where there is one, Hypothesis settings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import settings

from build import build

settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


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
