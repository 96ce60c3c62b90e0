"""One site of toyville, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml.html import HtmlElement

from loaders.publish import current, manifest
from loaders.store import Store
from publish import site
from tests.publish import small


@pytest.fixture(scope="session")
def store(toyville: Path) -> Store:
    folder = toyville / "toyville"
    version = current(folder)
    assert version
    return Store(folder / f"{version}.duckdb", manifest(folder, version))


@pytest.fixture(scope="session")
def made(store: Store) -> dict[str, bytes]:
    """Every file of the site, PDFs too."""
    return site.made(store)


@pytest.fixture(scope="session")
def pages(made: dict[str, bytes]) -> dict[str, HtmlElement]:
    return small.pages(made)
