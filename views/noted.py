"""What a figure draws on screen, kept as it is drawn, so that the picture taken away is of the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_PARTS: ContextVar[list[Any] | None] = ContextVar("parts", default=None)


@contextmanager
def noting() -> Iterator[list[Any]]:
    """The charts and rows of bars drawn inside the block, in order."""
    parts: list[Any] = []
    token = _PARTS.set(parts)
    try:
        yield parts
    finally:
        _PARTS.reset(token)


def note(part: Any) -> None:
    """Keep a part drawn, where someone asked; the part itself, not a copy."""
    parts = _PARTS.get()
    if parts is not None:
        parts.append(part)
