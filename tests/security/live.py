"""The app on loopback as readers have it, and visits that keep every byte they are sent."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

HOUSE = Path(__file__).resolve().parents[2]
SECONDS = 90.0  # of a page on a busy machine


@dataclass
class Served:
    """A running app: its port, its process, what it wrote, its folder of temporary files."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    temporary: Path

    @property
    def address(self) -> str:
        """Where readers find it."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """One request: status, body, headers."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            client.request(method, path, body=body, headers=headers)  # type: ignore[arg-type]
            answer = client.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            client.close()

    def spooled(self) -> list[str]:
        """Temporary files the process holds or has left: named ones in its folder, and those without a name."""
        named = [path.name for path in self.temporary.rglob("*")]
        unnamed = []
        for handle in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(handle.readlink())
                if target.startswith(str(self.temporary)):
                    unnamed.append(target)
        return named + unnamed


@contextlib.contextmanager
def serve(versions: Path, folder: Path, **settings: str) -> Iterator[Served]:
    """The app over toyville, on a free port of loopback; it ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    temporary = folder / "tmp"
    temporary.mkdir()
    started = "server.py" if (HOUSE / "server.py").is_file() else "app.py"
    env = {
        **os.environ, "COUVERT_EDITION": "toyville", "COUVERT_VERSIONS": str(versions), "COUVERT_LOCAL": "1",
        "TMPDIR": str(temporary), **settings,
    }
    log = folder / "log"
    command = [sys.executable, "-m", "streamlit", "run", started, "--server.port", str(port), "--server.address",
               "127.0.0.1", "--server.headless", "true"]
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=HOUSE, env=env, stdout=said, stderr=subprocess.STDOUT)
    served = Served(port, process, log, temporary)
    try:
        end = time.monotonic() + SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if served.ask("GET", "/_stcore/health")[0] == 200:
                    break
            assert process.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < end, "it never answers"
            time.sleep(0.1)
        yield served
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Visit:
    """One reader: every frame that was received, and the identifier of the visit."""

    connection: ClientConnection
    frames: list[bytes] = field(default_factory=list)
    session: str = ""

    def run(self, page: str = "", **address: str) -> bytes:
        """Ask for a page and wait until it is whole; gives the bytes received for it."""
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(address)
        asked.rerun_script.page_name = page
        self.connection.send(asked.SerializeToString())
        here: list[bytes] = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            frame = self.connection.recv(timeout=SECONDS)
            assert isinstance(frame, bytes)
            here.append(frame)
            told = ForwardMsg()
            told.ParseFromString(frame)
            kind = told.WhichOneof("type")
            if kind == "new_session":
                self.session = told.new_session.initialize.session_id or self.session
            # 0 is a run that ended well; one that gave way to another run is followed by that one.
            if kind == "script_finished" and told.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR
            ):
                break
        else:
            raise AssertionError(f"{page} never ends")
        self.frames += here
        return b"".join(here)


@contextlib.contextmanager
def visit(served: Served) -> Iterator[Visit]:
    """A reader who stays for the block."""
    uri = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    with connect(
        uri, subprotocols=["streamlit"], origin=served.address, max_size=None, ping_interval=None,  # type: ignore[arg-type]
        open_timeout=SECONDS, proxy=None,
    ) as connection:
        yield Visit(connection)


def token(served: Served) -> str:
    """A token against requests from elsewhere, as the app gives it to its own page."""
    for path in ("/_stcore/host-config", "/_stcore/health"):
        _, _, headers = served.ask("GET", path)
        cookie = headers.get("set-cookie", headers.get("Set-Cookie", ""))
        if "_streamlit_xsrf=" in cookie:
            return cookie.split("_streamlit_xsrf=")[1].split(";")[0]
    raise AssertionError("no token is given")


def form(data: bytes, name: str = "table.csv") -> tuple[bytes, dict[str, str]]:
    """A file as a browser sends it: body and headers."""
    edge = uuid.uuid4().hex
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return head.encode() + data + f"\r\n--{edge}--\r\n".encode(), {
        "Content-Type": f"multipart/form-data; boundary={edge}",
    }


@contextlib.contextmanager
def canary() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that nobody may ask for anything, and what was asked of it."""
    hits: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", hits
        finally:
            server.shutdown()
            thread.join()
