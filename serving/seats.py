"""How many visits a process serves at once, counted without loss: seats taken, kept a moment, given back."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable

COMING = 10.0  # [s] a seat is kept between the page and its connection: the time to load the interface
RELOADING = 4.0  # [s] after a connection was closed in good order: a page read again asks at once
CUT = 15.0  # [s] after one was cut: a phone that changes network comes back


class Seats:
    """At most `most` visits with a connection open or a seat kept for them.

    A visit is known by `holder`, a random word its browser keeps; "" is a visit without one, for which no seat can be
    kept. One holder may have several connections: tabs are visits. Not for several threads: one event loop asks.
    """

    def __init__(self, most: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self.most, self._now = most, now
        self._open: Counter[str] = Counter()
        self._kept: defaultdict[str, list[float]] = defaultdict(list)  # holder -> when each kept seat is let go

    def taken(self) -> int:
        """Seats that nobody else may have now: connections open, and seats kept."""
        return self.open() + sum(len(ends) for ends in self._still_kept().values())

    def open(self) -> int:
        """Connections open now."""
        return self._open.total()

    def page(self, holder: str) -> bool:
        """A visit asks for its page: whether there is room; a seat is kept until it connects.

        A page read again takes no second seat: where one is kept for it, and, when the house is full, where its
        connection is still open, which a browser closes only once the new page is there.
        """
        if self._still_kept().get(holder):
            self._kept[holder][-1] = self._now() + COMING
            return True
        if self.taken() >= self.most:
            return self._open[holder] > 0
        if holder:
            self._kept[holder].append(self._now() + COMING)
        return True

    def sit(self, holder: str) -> bool:
        """A visit connects: whether it may, on the seat kept for it or on a free one."""
        if self._still_kept().get(holder):
            self._kept[holder].pop()
        elif self.taken() >= self.most:
            return False
        self._open[holder] += 1
        return True

    def leave(self, holder: str, *, cut: bool) -> None:
        """A connection that sat is closed; its seat is kept a moment where the holder can be known again."""
        self._open[holder] -= 1
        if self._open[holder] <= 0:
            del self._open[holder]
        if holder:
            self._kept[holder].append(self._now() + (CUT if cut else RELOADING))

    def _still_kept(self) -> dict[str, list[float]]:
        now = self._now()
        for holder in [one for one, ends in self._kept.items() if min(ends, default=0.0) <= now]:
            self._kept[holder] = [end for end in self._kept[holder] if end > now]
            if not self._kept[holder]:
                del self._kept[holder]
        return self._kept
