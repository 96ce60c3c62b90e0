"""Questions to a published file: each asked once, under a time limit, its answer kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import duckdb
import pandas as pd

# What is kept of one file [bytes]. A larger answer than SHARE (limits of thousands of areas) is asked for again: what
# is made from it is kept in another form.
ROOM, SHARE = 32_000_000, 4_000_000


class Answers:
    """The frames a file answers with. The file never changes, so an answer holds for as long as it is open.

    `views` are statements run before every question. Every reader of a version shares its answers: each is given a
    frame of its own over the same cells, which pandas copies as soon as one writes in it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, views: Sequence[str]) -> None:
        self._con, self._views = con, views
        self._kept: OrderedDict[tuple[str, str], tuple[pd.DataFrame, int]] = OrderedDict()
        self._held, self._lock = 0, threading.Lock()

    def frame(self, sql: str, parameters: Sequence[object], seconds: float) -> pd.DataFrame:
        """The rows of a question, stopped after `seconds`."""
        key = sql, repr(parameters)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0].copy(deep=False)
        found = self._asked(sql, parameters, seconds)
        size = int(found.memory_usage(deep=True).sum())
        if size <= SHARE:
            self._keep(key, found, size)
        return found.copy(deep=False)

    @property
    def held(self) -> int:
        """Bytes kept now."""
        return self._held

    def _keep(self, key: tuple[str, str], found: pd.DataFrame, size: int) -> None:
        with self._lock:
            if key in self._kept:  # two readers asked at once
                return
            self._kept[key] = found, size
            self._held += size
            while self._held > ROOM:
                _, (_, freed) = self._kept.popitem(last=False)
                self._held -= freed

    def _asked(self, sql: str, parameters: Sequence[object], seconds: float) -> pd.DataFrame:
        cursor = self._con.cursor()
        timer = threading.Timer(seconds, cursor.interrupt)
        timer.start()
        try:
            for view in self._views:
                cursor.execute(view)
            return cursor.execute(sql, list(parameters)).df()
        finally:
            timer.cancel()
            cursor.close()
