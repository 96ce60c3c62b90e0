"""A visit without a browser: cookies, the connection, a page run, everything the server sent for it."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

_OPENED: list[Visit] = []


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
        """The connection a page opens, with the proof against forged requests that the framework asks for."""
        self.http.get("/_stcore/health")
        self.http.get("/_stcore/host-config")
        token = self.http.cookies.get("_streamlit_xsrf", "")
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return connect(
            f"{self.base.replace('http', 'ws')}/_stcore/stream", origin=headers.pop("Origin", self.base),  # type: ignore[arg-type]
            subprotocols=["streamlit", token] if token else ["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": cookies, **headers}, max_size=2**26, open_timeout=30,
        )

    def see(self, page: str = "", query: str = "lang=fr") -> str:
        """Everything sent for a page, as text."""
        with self.connected() as connection:
            return self.run(connection, page, query)

    def run(self, connection: ClientConnection, page: str = "", query: str = "lang=fr") -> str:
        """One run of a page on an open connection."""
        asked = BackMsg()
        asked.rerun_script.query_string, asked.rerun_script.page_name = query, page
        connection.send(asked.SerializeToString())
        told, ends = [], time.monotonic() + 60
        while time.monotonic() < ends:
            data: Any = connection.recv(timeout=60)
            told.append(data.decode("utf-8", "replace"))
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
            if kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
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
