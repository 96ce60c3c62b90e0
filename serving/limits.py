"""How often one client may ask for what costs: uploads, forms, sign-ins. Counted in this process, kept nowhere."""

from __future__ import annotations

import hashlib
import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

# Offices and libraries share one address: an upload is allowed them often enough, a flood is not.
RATES: dict[str, RateLimitItem] = {
    "upload": parse("20/minute"),
    "form": parse("5/minute"),
    "sign_in": parse("30/minute"),
}
_COUNTED = MovingWindowRateLimiter(MemoryStorage())


def allow(kind: str, client: str) -> bool:
    """Whether `client` may do one more of `kind` now; counted where it may. An unknown kind raises KeyError."""
    return _COUNTED.hit(RATES[kind], kind, _word(client))


def wait(kind: str, client: str) -> int:
    """Whole seconds until one more would be allowed, 0 where it is."""
    window = _COUNTED.get_window_stats(RATES[kind], kind, _word(client))
    return 0 if window.remaining else max(1, math.ceil(window.reset_time - time.time()))


def _word(client: str) -> str:
    """What stands for a client in memory: its address is not needed, only that it is the same one."""
    return hashlib.blake2b(client.encode(), digest_size=12).hexdigest()
