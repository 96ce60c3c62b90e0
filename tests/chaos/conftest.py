"""What the chaos tests share: pages that forget, the table of figures that `make reliability` ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import streamlit as st

_FIGURES: list[tuple[str, str]] = []


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Pages keep what they read by edition and version: the next test reads another folder under the same names."""
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def measured() -> Callable[[str, str], None]:
    """`measured(promise, figure)`: one row of the table."""
    return lambda promise, figure: _FIGURES.append((promise, figure))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FIGURES:
        terminalreporter.section("measured")
    for promise, figure in _FIGURES:
        terminalreporter.write_line(f"| {promise} | {figure} |")
