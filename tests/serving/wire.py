"""A visit without a browser: cookies, the connection, a page run, everything the server sent for it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

SMALL = 4096  # bytes; what tells how a run went is smaller, what is drawn is mostly larger
_OPENED: list[Visit] = []


def asking(page: str, query: str) -> bytes:
    """The message that asks for a page."""
    asked = BackMsg()
    asked.rerun_script.query_string, asked.rerun_script.page_name = query, page
    return asked.SerializeToString()


def ended(data: bytes) -> bool:
    """Whether a message says that a run ended well; one that gave way to another run is followed by that one."""
    if len(data) > SMALL:
        return False
    told = ForwardMsg.FromString(data)
    return told.WhichOneof("type") == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


def joining(base: str, cookies: Mapping[str, str], **headers: str) -> tuple[str, dict[str, Any]]:
    """Where a page connects and how, with the proof against forged requests that the framework asks for."""
    token = cookies.get("_streamlit_xsrf", "")
    told = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return f"{base.replace('http', 'ws')}/_stcore/stream", {
        "origin": headers.pop("Origin", base), "subprotocols": ["streamlit", token] if token else ["streamlit"],
        "additional_headers": {"Cookie": told, **headers}, "max_size": 2**26,
    }


def closed() -> None:
    """Every visit opened so far is over."""
    while _OPENED:
        _OPENED.pop().http.close()


class Visit:
    """One browser's worth of cookies at `base`; `see` opens a page and gives every byte sent as text."""

    def __init__(self, base: str) -> None:
        self.base, self.http = base, httpx.Client(base_url=base, timeout=30)
        self.session = ""
        _OPENED.append(self)

    def connected(self, **headers: str) -> ClientConnection:
        """The connection a page opens."""
        self.http.get("/_stcore/health")
        self.http.get("/_stcore/host-config")
        address, options = joining(self.base, dict(self.http.cookies), **headers)
        return connect(address, **options, open_timeout=30)

    def see(self, page: str = "", query: str = "lang=fr") -> str:
        """Everything sent for a page, as text."""
        with self.connected() as connection:
            return self.run(connection, page, query)

    def run(self, connection: ClientConnection, page: str = "", query: str = "lang=fr") -> str:
        """One run of a page on an open connection."""
        connection.send(asking(page, query))
        told, ends = [], time.monotonic() + 60
        while time.monotonic() < ends:
            data: Any = connection.recv(timeout=60)
            told.append(data.decode("utf-8", "replace"))
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
            if ended(data):
                return "\n".join(told)
        raise AssertionError("the page was not finished in a minute")

    def put(self, name: str, data: bytes) -> httpx.Response:
        """A file sent as the page would send it, to the visit last seen."""
        token = self.http.cookies.get("_streamlit_xsrf") or ""
        return self.http.put(
            f"/_stcore/upload_file/{self.session}/{name}", files={"file": (name, data)},
            headers={"X-Xsrftoken": token, "Origin": self.base},
        )


def incident(text: str) -> str:
    """The number a page tells of a fault; "" where it tells none."""
    found = re.search(r"(?:numéro|number) ([2-9A-Z]{8})\b", text)
    return found[1] if found else ""
