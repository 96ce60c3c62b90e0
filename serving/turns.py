"""Whose turn it is to compute: a few pages at once, and one heavy thing, so that the server goes on answering."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PAGES = 3  # pages computed at once: Python runs one at a time, and more of them only delay what answers the network
HEAVY = 1  # briefs, pictures, archives and readings of files at once
PATIENCE = 60.0  # [s] after which a heavy thing is not begun: who asked has likely left

_pages = threading.Semaphore(PAGES)
_heavy = threading.Semaphore(HEAVY)
_mine = threading.local()  # `page`: this thread holds a page's turn


class BusyError(Exception):
    """A heavy thing waited its turn longer than anybody waits."""


@contextmanager
def page() -> Iterator[None]:
    """The turn of a page, first come first served; a page inside a page has its turn already."""
    if getattr(_mine, "page", False):
        yield
        return
    with _pages:
        _mine.page = True
        try:
            yield
        finally:
            _mine.page = False


@contextmanager
def heavy(wait: Callable[[], object] | None = None, *, patience: float = PATIENCE) -> Iterator[None]:
    """The turn of something heavy. `wait` is called where others come first: it should say so.

    The page that asks lends its own turn meanwhile. Raises BusyError after `patience` seconds.
    """
    held = getattr(_mine, "page", False)
    if held:
        _mine.page = False
        _pages.release()
    try:
        if not _heavy.acquire(blocking=False):
            if wait is not None:
                wait()
            if not _heavy.acquire(timeout=patience):
                raise BusyError
        try:
            yield
        finally:
            _heavy.release()
    finally:
        if held:
            _pages.acquire()
            _mine.page = True
