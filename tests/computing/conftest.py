"""What tests of several steps share: the embedded edition, built once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from build import build


@pytest.fixture(scope="package")
def montreal_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of a freshly built montreal; its manifest stands beside it."""
    return build("montreal", versions=tmp_path_factory.mktemp("versions"))


@pytest.fixture(scope="package")
def montreal(montreal_version: Path) -> duckdb.DuckDBPyConnection:
    """Connection to it."""
    return duckdb.connect(str(montreal_version), read_only=True)
