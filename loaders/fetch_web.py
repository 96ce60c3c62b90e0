"""Which addresses a download may reach, and a connection that can reach no other."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore
import httpx

from loaders.catalog import LoadError

# Where the publishers serve their files. A file of donnees.montreal.ca is answered by its storage, hence that name.
OFFICIAL_HOSTS = frozenset({
    "www12.statcan.gc.ca", "www12-2021.statcan.gc.ca", "www150.statcan.gc.ca", "api.statcan.gc.ca",
    "donnees.montreal.ca", "montreal-prod.storage.googleapis.com", "www.donneesquebec.ca", "overpass-api.de",
})
# Anyone may publish there: reached only for a file whose SHA-256 the edition declares.
SHARED_HOSTS = frozenset({"raw.githubusercontent.com"})
# These answer 403 (“RBAC: access denied”) to anything that does not present itself as a browser.
BROWSER_HOSTS = frozenset({"donnees.montreal.ca", "montreal-prod.storage.googleapis.com", "www.donneesquebec.ca"})
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
AGENT = "Couvert/0.1 (fetches the open data of an edition)"

HOPS = 5
TIMEOUT = httpx.Timeout(30.0, connect=15.0)
LINGER_SECONDS = 2.0  # how long a server that announced its length is given to show that it sends more
REDIRECTS = (301, 302, 303, 307, 308)

# What `is_global` of this Python lets through although nobody publishes there, or another address hides inside.
_NOT_PUBLIC = tuple(ipaddress.ip_network(block) for block in (
    "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
))
# The whole of the global unicast space: what lies outside (::ffff:0:0/96, 64:ff9b::/96, fc00::/7 …) is not public.
_UNICAST = ipaddress.ip_network("2000::/3")

Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], httpcore.NetworkStream]


def plain(text: object, length: int = 120) -> str:
    """What a server said, fit for one line of a terminal."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:length].strip()


def is_public(address: str) -> bool:
    """Whether an IP address is one anybody on the Internet reaches, and nothing nearer."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.version == 6 and (ip not in _UNICAST or ip.scope_id is not None):
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _NOT_PUBLIC)


def resolve(host: str, port: int) -> list[str]:
    """Every IP address of a host, in the system's order; raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


def connect(address: str, port: int, timeout: float) -> httpcore.NetworkStream:
    """A connection to one IP address; raises httpcore.ConnectError or ConnectTimeout."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=timeout)


class TooLongError(LoadError):
    """The time a source may take is over."""


class Deadline:
    """The moment a source must be done by; every wait is cut to what is left of it."""

    def __init__(self, seconds: float) -> None:
        """`seconds` from now."""
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, never less than zero."""
        return max(self._end - time.monotonic(), 0.0)

    def cut(self, timeout: float | None) -> float:
        """The shorter of a timeout and what is left; raises TooLongError where nothing is."""
        left = self.left()
        if left <= 0.05:  # a timer may end a little early
            raise TooLongError(
                f"not done after {self.seconds:g} seconds", remedy="Run again: it goes on from where it stopped.",
            )
        return left if timeout is None else min(timeout, left)


class Line(httpcore.NetworkStream):
    """One connection, cut at the deadline, that counts what the server sends after its headers.

    A timeout alone would not do: a server that sends one byte a second never reaches it.
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        """`stream` is connected; after start_tls the returned Line is the one to read."""
        self._stream, self._deadline = stream, deadline
        self._head, self._in_body = b"", False
        self.body_bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As httpcore's; raises TooLongError past the deadline."""
        try:
            data = self._stream.read(max_bytes, self._deadline.cut(timeout))
        except httpcore.ReadTimeout:
            self._deadline.cut(timeout)
            raise
        if self._in_body:
            self.body_bytes += len(data)
        else:
            self._head += data
            while self._head.startswith(b"HTTP/1.1 1") and b"\r\n\r\n" in self._head:  # 100 Continue, 103 Early Hints
                self._head = self._head.split(b"\r\n\r\n", 1)[1]
            _, end, body = self._head.partition(b"\r\n\r\n")
            if end:
                self._head, self._in_body, self.body_bytes = b"", True, len(body)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As httpcore's; raises TooLongError past the deadline."""
        self._stream.write(buffer, self._deadline.cut(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Line:
        """As httpcore's: the certificate is asked of, and checked for, the host's name, not its address."""
        return Line(self._stream.start_tls(ssl_context, server_hostname, self._deadline.cut(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """As httpcore's; `line` is this object."""
        return self if info == "line" else self._stream.get_extra_info(info)


class Web:
    """What one source may ask of the network: https, listed hosts, public addresses, one deadline.

    Each host is resolved once a connection, all its addresses are checked, and the connection is opened to the
    very address that was checked: a name that answers differently the second time is not asked a second time.
    A proxy of the environment is not used: it would resolve the names itself, and nothing here could be checked.
    """

    def __init__(
        self, deadline: Deadline, *, hosts: Iterable[str] = OFFICIAL_HOSTS, mirror: str = "",
        resolve: Resolve = resolve, connect: Connect = connect,
    ) -> None:
        """`mirror` is the address an operator named: its scheme, host and port, and they alone, escape the rules."""
        self.deadline = deadline
        self._hosts = frozenset(hosts)
        self._mirror = _origin(httpx.URL(mirror)) if mirror else None
        backend = _Checked(self._mirror, self._hosts, deadline, resolve, connect)
        # The transport alone, without httpx's client: it reads no proxy, keeps no cookie and parses no redirect.
        self._transport = httpx.HTTPTransport(verify=_certificates(), trust_env=False)
        # httpx offers no way to hand over a network backend.
        self._transport._pool = httpcore.ConnectionPool(ssl_context=_certificates(), network_backend=backend)

    def close(self) -> None:
        """Close what is open."""
        self._transport.close()

    def allowed(self, address: str | httpx.URL) -> httpx.URL:
        """The address, parsed; raises LoadError where it may not be asked."""
        try:
            url = httpx.URL(address)
            origin = _origin(url)
        except (httpx.InvalidURL, ValueError, UnicodeError) as error:
            raise LoadError(f"“{plain(address)}” is not an address") from error
        shown = f"{url.scheme}://{plain(url.host)}"
        if url.userinfo:
            raise LoadError(f"the address on {plain(url.host)} carries a name or a password", remedy="It is refused.")
        if origin == self._mirror:
            return url
        if url.scheme != "https":
            raise LoadError(f"{shown} is not https", remedy="It is refused.")
        if origin[1] not in self._hosts:
            remedy = "Hosts are listed in loaders/fetch_web.py; a mirror of your own is named with --mirror."
            if origin[1] in SHARED_HOSTS:
                remedy = "Anyone publishes there: the edition must declare the file's sha256."
            raise LoadError(f"{shown} is not an official host of the data", remedy=remedy)
        if origin[2] != 443:
            raise LoadError(f"{shown}:{origin[2]} is not the port of https", remedy="It is refused.")
        return url

    @contextmanager
    def ask(
        self, address: str, *, headers: dict[str, str] | None = None, form: dict[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """The answer at the end of the redirects, its body not yet read; `form` is posted.

        Each redirect is checked as the first address was. Raises LoadError for what is refused,
        httpx.TransportError for what the network did.
        """
        url = self.allowed(address)
        for _ in range(HOPS + 1):
            request = httpx.Request(
                "POST" if form else "GET", url, data=form, extensions={"timeout": TIMEOUT.as_dict()},
                headers={
                    "User-Agent": BROWSER if url.host in BROWSER_HOSTS else AGENT, "Accept": "*/*",
                    # Lengths, ranges and checksums are those of the file only if it is not compressed on the way.
                    "Accept-Encoding": "identity", "Connection": "close", **(headers or {}),
                },
            )
            response = self._transport.handle_request(request)
            response.request = request
            try:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                target = response.headers.get("location", "")
            finally:
                response.close()
            if form or not target:
                raise LoadError(f"{plain(url.host)} redirects to nowhere we can follow", remedy="Look at its page.")
            try:
                url = self.allowed(url.join(target))
            except (httpx.InvalidURL, ValueError) as error:
                raise LoadError(f"{plain(url.host)} redirects to “{plain(target)}”, not an address") from error
            except LoadError as error:
                raise LoadError(f"a redirect was refused: {error}") from error
        raise LoadError(f"more than {HOPS} redirects", remedy="Look at the source's page.")


def body_over(response: httpx.Response, length: int) -> bool:
    """Whether the server sends more than the `length` bytes its header announced.

    Asked once they are read, before the answer is closed. HTTP stops at the announced length: without this, a
    table cut short would be taken for whole.
    """
    line = response.extensions["network_stream"].get_extra_info("line")
    if line.body_bytes > length:
        return True
    try:
        return bool(line.read(1, LINGER_SECONDS))
    except (httpcore.NetworkError, httpcore.TimeoutException, TooLongError):
        return False


@cache
def _certificates() -> ssl.SSLContext:
    # Reading the authorities takes longer than all the rest. SSL_CERT_FILE is honoured: the operator chose it.
    return httpx.create_ssl_context()


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host.lower(), url.port or {"https": 443, "http": 80}.get(url.scheme, 0)


class _Checked(httpcore.NetworkBackend):
    """Opens connections to addresses that were checked, whatever asks for them."""

    def __init__(
        self, mirror: tuple[str, str, int] | None, hosts: frozenset[str], deadline: Deadline, resolve: Resolve,
        connect: Connect,
    ) -> None:
        self._mirror = mirror[1:] if mirror else None
        self._hosts, self._deadline, self._resolve, self._connect = hosts, deadline, resolve, connect

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> Line:
        """A Line to the first address of the host that answers; raises LoadError where one is not public."""
        mirror = (host.lower(), port) == self._mirror
        if not mirror and (host.lower() not in self._hosts or port != 443):
            raise LoadError(f"{plain(host)}:{port} is not an official host of the data")
        try:
            addresses = self._resolve(host.strip("[]"), port)
        except OSError as error:
            raise httpcore.ConnectError(f"{plain(host)} has no address") from error
        hidden = [address for address in addresses if not is_public(address)]
        if hidden and not mirror:
            raise LoadError(
                f"{plain(host)} leads to {plain(hidden[0])}, an address of a private network",
                remedy="It is refused; look at the resolver. A mirror of your own is named with --mirror.",
            )
        last: Exception = httpcore.ConnectError(f"{plain(host)} has no address")
        for address in addresses:
            try:
                return Line(self._connect(address, port, self._deadline.cut(timeout)), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last
