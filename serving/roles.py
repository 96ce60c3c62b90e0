"""Who may do what: public, analyst, operator; refused unless a line here says otherwise."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serving import clients
from serving.settings import ROLES, Settings

# What is kept from the public -> the least role that may do it. Reading a page is not on the list: all may.
ACTS: Mapping[str, str] = {
    "upload": "analyst",  # put a table of one's own on the map, for the visit
    "rejects": "analyst",  # see and take away the rows a source had refused
    "decisions": "analyst",  # read the decision log, and write in it
    "versions": "operator",  # list what is published, give readers an earlier version
    "faults": "operator",  # be told on the page what is wrong with the published file
}
WORKDAY = 8 * 3600  # [s] after signing in, a role is to be proved again


class DeniedError(Exception):
    """An act was asked for by someone whose role does not allow it."""


@dataclass(frozen=True)
class Person:
    """Who acts. `mark` tells people apart in the log without naming them; "" where nobody signed in."""

    role: str
    mark: str = ""

    def may(self, act: str) -> bool:
        """Whether the role allows the act; an act that is on no list is nobody's."""
        return act in ACTS and ROLES.index(self.role) >= ROLES.index(ACTS[act])


PUBLIC = Person("public")


def person(settings: Settings, headers: Iterable[str], user: Mapping[str, Any], *, now: float | None = None) -> Person:
    """Who the visit is. `headers` are the names of its request's headers, `user` the claims its provider signed.

    Everyone is the operator of a server that answers its own machine only, unless a proxy stands in between. Elsewhere
    a role takes an address the provider has verified, a line in the role table, and a sign-in of the same workday.
    """
    if settings.local:
        return PUBLIC if clients.forwarded(headers) else Person("operator", "local")
    if settings.provider is None or not user.get("is_logged_in") or user.get("email_verified") is not True:
        return PUBLIC
    email, signed = str(user.get("email", "")).strip().lower(), user.get("iat")
    if not isinstance(signed, int | float) or not 0 <= (now or time.time()) - signed + 60 <= WORKDAY + 60:
        return PUBLIC
    role = settings.people.get(email, "public")
    return Person(role, mark(settings, email)) if role != "public" else PUBLIC


def mark(settings: Settings, email: str) -> str:
    """Twelve signs that stand for a person in the log: the same for the same person, and no way back."""
    return hmac.new(settings.cookie_secret.encode(), email.encode(), hashlib.sha256).hexdigest()[:12]
