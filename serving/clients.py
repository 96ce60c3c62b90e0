"""Who asks, as far as the network tells: the address that counts, the site that is asked for, what was forwarded."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any

from serving.settings import Network, loopback

Scope = MutableMapping[str, Any]


def header(scope: Scope, name: str) -> str:
    """The first value of a header, "" where it is absent."""
    wanted = name.lower().encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), "")


def forwarded(names: Iterable[str]) -> bool:
    """Whether headers of these names tell of a proxy on the way.

    >>> forwarded(["Host", "X-Forwarded-For"]), forwarded(["Host", "Accept"])
    (True, False)
    """
    return any(name.lower() in ("forwarded", "x-real-ip") or name.lower().startswith("x-forwarded") for name in names)


def names(scope: Scope) -> list[str]:
    """Names of the headers of a request."""
    return [key.decode("latin-1") for key, _ in scope["headers"]]


def peer(scope: Scope) -> str:
    """Address of who opened the connection, proxy or not; "" where there is none.

    uvicorn believes X-Forwarded-For of this machine before any of our code runs, and then gives 0 as the port: what it
    replaced was this machine.
    """
    host, port = scope.get("client") or ("", 1)
    return "127.0.0.1" if port == 0 else host


def client(scope: Scope, proxies: Sequence[Network]) -> str:
    """Address that limits count by: the peer's, or the one a trusted proxy says it speaks for."""
    found = peer(scope)
    if not _among(found, proxies):
        return found
    told = [one.strip() for key, value in scope["headers"] if key == b"x-forwarded-for"
            for one in value.decode("latin-1").split(",")]
    for one in reversed(told):  # the last proxy writes last; what stands before the first stranger may be invented
        if not _among(one, proxies):
            return one if _address(one) else found
    return found


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _among(text: str, networks: Sequence[Network]) -> bool:
    if not _address(text):
        return False
    found = ipaddress.ip_address(text)
    return any(found in network for network in networks)


def known_host(host: str, allowed: Sequence[str]) -> bool:
    """Whether a `Host` header names this site; a name `*.x` stands for the names under x.

    >>> known_host("a.org:8501", ["a.org"]), known_host("[::1]:80", ["::1"]), known_host("b.org", ["a.org"])
    (True, True, False)
    >>> known_host("x.a.org", ["*.a.org"]), known_host("a.org@b.org", ["a.org"]), known_host("", ["a.org"])
    (True, False, False)
    """
    name = host.lower().strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name, _, port = name.partition(":")
        if not port.isdecimal():
            return False
    name = name.rstrip(".")
    return any(name.endswith(one[1:]) if one.startswith("*.") else name == one for one in allowed)


def here(scope: Scope) -> bool:
    """Whether the request comes from this machine itself, through no proxy."""
    return loopback(peer(scope)) and not forwarded(names(scope))
