"""A server on loopback that serves, breaks off, redirects, refuses and lies; and a network that leads only to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore

PUBLIC = "93.184.216.34"

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server  # type: ignore[assignment]

    def answer(self) -> None:
        host = self.headers.get("Host", "").split(":")[0]
        length = int(self.headers.get("Content-Length", 0))
        self.posted = self.rfile.read(length).decode()
        self.server.hits.append((host, self.path, dict(self.headers.items())))
        answers = self.server.answers.get(host + self.path) or self.server.answers.get(self.path)
        if not answers:
            return self.reply(404, b"not here")
        return (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    do_GET = do_POST = answer  # noqa: N815

    def reply(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        """`length` is what the header claims; the connection is closed after `body` either way."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """`answers`: path, or host and path, to what is answered in turn; the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.hits: list[tuple[str, str, dict[str, str]]] = []
        self.port = self.server_address[1]
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def on(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what half of these tests are about."""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


def whole(body: bytes, etag: str = '"v1"', ranges: bool = True, **headers: str) -> Answer:
    """Serves ranges as RFC 9110 says: If-Range with another ETag gives the whole file."""
    def answer(h: Handler) -> None:
        told = {"ETag": etag, **headers} if etag else dict(headers)
        if etag and h.headers.get("If-None-Match") == etag:
            return h.reply(304, b"", **told)
        asked = h.headers.get("Range")
        if ranges and asked and h.headers.get("If-Range", etag) == etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                return h.reply(416, b"", Content_Range=f"bytes */{len(body)}")
            told["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return h.reply(206, body[start:], **told)
        return h.reply(200, body, **told)
    return answer


def broken(body: bytes, at: int, etag: str = '"v1"') -> Answer:
    """Says the whole length, sends `at` bytes and hangs up."""
    return lambda h: h.reply(200, body[:at], length=len(body), **({"ETag": etag} if etag else {}))


def understated(body: bytes, length: int) -> Answer:
    return lambda h: h.reply(200, body, length=length, ETag='"v1"')


def status(code: int, **headers: str) -> Answer:
    return lambda h: h.reply(code, b"<html>no</html>", **headers)


def redirect(target: str, code: int = 302) -> Answer:
    return lambda h: h.reply(code, b"", Location=target)


def endless(chunk: bytes) -> Answer:
    """Chunked, no length, never ends."""
    def answer(h: Handler) -> None:
        h.send_response(200)
        h.send_header("Transfer-Encoding", "chunked")
        h.end_headers()
        h.close_connection = True
        for _ in range(10_000):
            h.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    return answer


def dripping(body: bytes, seconds: float, from_header: bool = False) -> Answer:
    """One byte at a time: no single read ever times out."""
    def answer(h: Handler) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nX-Long: {'x' * 500}\r\n\r\n".encode()
        if not from_header:
            h.wfile.write(head)
        h.close_connection = True
        for i in range(len(body)):
            h.wfile.write((head if from_header else body)[i:i + 1])
            time.sleep(seconds)
    return answer


class OpenLine(httpcore.NetworkStream):
    """A connection that says it is encrypted: the name asked of the certificate is noted instead."""

    def __init__(self, stream: httpcore.NetworkStream, names: list[str | None]) -> None:
        self._stream, self._names = stream, names

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None,
    ) -> OpenLine:
        self._names.append(server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        return None if info == "ssl_object" else self._stream.get_extra_info(info)


class Network:
    """Public addresses lead to `server`, every other one but the mirror's to `canary`, which nothing may reach.

    `names`: host to its answers in turn, each a list of addresses; one public address by default.
    """

    def __init__(self, server: Server, canary: Server) -> None:
        self.server, self.canary = server, canary
        self.names: dict[str, list[list[str]]] = {}
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.certified: list[str | None] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host in ("127.0.0.1", "localhost"):
            return ["127.0.0.1"]
        answers = self.names.get(host, [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: str, port: int, timeout: float) -> httpcore.NetworkStream:
        self.connected.append((address, port))
        mirror = (address, port) == ("127.0.0.1", self.server.port)
        to = self.server if address == PUBLIC or mirror else self.canary
        stream = httpcore.SyncBackend().connect_tcp("127.0.0.1", to.port, timeout=timeout)
        return stream if mirror else OpenLine(stream, self.certified)
