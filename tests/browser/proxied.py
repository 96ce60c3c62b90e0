"""A deployment in a folder: Debian's nginx with the rendered file, two processes, static pages; and its faults."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from deploy.__main__ import main

HOUSE = Path(__file__).resolve().parent.parent.parent
NGINX = Path("/usr/sbin/nginx")
NAME = "localhost"  # the name readers use: the browser's own, and the only one the proxy answers to


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, told all at once so that none comes twice."""
    with contextlib.ExitStack() as held:
        asked = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in asked:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in asked]


class Deployment:
    """Proxy, two processes and static pages of one edition; every process is ours, and ends with it."""

    def __init__(self, place: Path, versions: Path, edition: str) -> None:
        self.place, self.ports = place, free_ports(3)
        self.web, *self.app_ports = self.ports
        self.address = f"http://{NAME}:{self.web}"
        self.apps: dict[int, subprocess.Popen[bytes]] = {}
        self.nginx: subprocess.Popen[bytes] | None = None
        self.site = place / "site" / edition / "current"
        self.log = place / "access.log"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COUVERT_")},
            "COUVERT_EDITION": edition, "COUVERT_VERSIONS": str(versions), "COUVERT_SITE": str(place / "site"),
            "COUVERT_COOKIE_SECRET": secrets.token_hex(32), "COUVERT_ALLOWED_HOSTS": NAME,
            "COUVERT_TRUSTED_PROXY": "127.0.0.1", "COUVERT_MAX_SESSIONS": "500",
        }
        self._static()
        user = ["--user", pwd.getpwuid(0).pw_name] if os.geteuid() == 0 else []
        assert main([
            "nginx", "--to", str(place / "proxy"), "--host", NAME, "--listen", f"127.0.0.1:{self.web}",
            "--process", *(f"127.0.0.1:{port}" for port in self.app_ports), "--site", str(self.site),
            "--log", str(self.log), "--errors", str(place / "error.log"), "--run", str(place), *user,
        ]) == 0

    def _static(self) -> None:
        """Pages made in advance; the compressed form says so, to tell which one was sent."""
        (self.site / "empty").mkdir(parents=True)
        (self.site / "index.html").write_text("<!DOCTYPE html><title>Statique</title><p>plain</p>")
        (self.site / "index.html.gz").write_bytes(gzip.compress(b"<!DOCTYPE html><title>Statique</title><p>packed</p>"))
        (self.site / "catalogue.jsonld").write_text("{}")

    def open_proxy(self) -> None:
        """Start nginx in the foreground: it is ours to end."""
        command = [str(NGINX), "-c", str(self.place / "proxy" / "nginx.conf"), "-g", "daemon off;"]
        self.nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.until(lambda: self.ask("/site/")[0] == 200, 10)

    def close_proxy(self) -> None:
        """Stop nginx as a cut of the network: every connection is dropped."""
        if self.nginx is not None:
            self.nginx.terminate()
            self.nginx.wait(10)

    def open_app(self, port: int) -> None:
        """Start one process."""
        command = [sys.executable, "-m", "streamlit", "run", "server.py", "--server.address", "127.0.0.1",
                   "--server.port", str(port)]
        with (self.place / f"{port}.log").open("ab") as log:
            self.apps[port] = subprocess.Popen(command, cwd=HOUSE, env=self.env, stdout=log, stderr=log)

    def ready(self, *ports: int) -> None:
        """Wait until processes answer."""
        assert main(["ready", *(f"127.0.0.1:{port}" for port in ports or self.app_ports)]) == 0

    def kill(self, *ports: int) -> None:
        """End processes as a fault of the machine would."""
        for port in ports:
            self.apps[port].send_signal(signal.SIGKILL)
            self.apps.pop(port).wait(10)

    def close(self) -> None:
        """End everything."""
        self.close_proxy()
        for port in list(self.apps):
            self.kill(port)

    def ask(
        self, path: str, method: str = "GET", *, port: int | None = None, host: str | None = None,
        headers: dict[str, str] | None = None, source: str = "127.0.0.1", body: bytes | None = None,
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers (each as often as it came) and body of one request; 0 where nothing answers."""
        to = port or self.web
        connection = http.client.HTTPConnection("127.0.0.1", to, timeout=20, source_address=(source, 0))
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            if host != "":
                connection.putheader("Host", host or f"{NAME}:{to}")
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, [(name.lower(), value) for name, value in answer.getheaders()], answer.read()
        except (ConnectionError, http.client.HTTPException, TimeoutError):
            return 0, [], b""
        finally:
            connection.close()

    def shake(
        self, *, origin: str | None = None, cookie: str = "", source: str = "127.0.0.1"
    ) -> tuple[int, socket.socket | None]:
        """Ask for a websocket: the status, and the connection where it is open."""
        asked = socket.create_connection(("127.0.0.1", self.web), timeout=20, source_address=(source, 0))
        lines = [
            "GET /_stcore/stream HTTP/1.1", f"Host: {NAME}:{self.web}", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: streamlit", f"Origin: {origin or self.address}",
            *([f"Cookie: {cookie}"] if cookie else []),
        ]
        asked.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = int(asked.recv(4096).split(b" ", 2)[1])
        if status != 101:
            asked.close()
            return status, None
        return status, asked

    def logged(self, path: str) -> list[dict[str, object]]:
        """What the proxy wrote of the requests for a path."""
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["path"] == path]

    @staticmethod
    def until(done, seconds: float) -> float:
        """Wait for something, at most so long; gives how long it took."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if done():
                return time.monotonic() - begun
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s")
