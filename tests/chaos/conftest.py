"""What the chaos tests share: the table of measured figures that `make reliability` ends with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

_FIGURES: list[tuple[str, str]] = []


@pytest.fixture
def measured() -> Callable[[str, str], None]:
    """`measured(promise, figure)`: one row of the table."""
    return lambda promise, figure: _FIGURES.append((promise, figure))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FIGURES:
        terminalreporter.section("measured")
    for promise, figure in _FIGURES:
        terminalreporter.write_line(f"| {promise} | {figure} |")
