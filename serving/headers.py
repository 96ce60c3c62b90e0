"""Headers of every answer: one list, sent by the app itself and printed for the proxy (`python -m serving headers`)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import logs, notices
from views import frame


def policy(scripts: Sequence[str] = ()) -> str:
    """The content policy. `scripts` are the inline scripts allowed, by their hash; every other one is refused.

    Styles written in the page are allowed: the interface sets them from code by the hundred, and a style runs nothing.
    `blob:` is what scripts already running make in the browser for themselves: pictures and workers of maps, and the
    framework's own components (it has no other way for one without a package). A page's text cannot make one. Maps
    are drawn with WebAssembly; JavaScript from text (`eval`) stays refused.
    """
    hashes = " ".join(f"'sha256-{digest(text)}'" for text in scripts)
    return "; ".join([
        "default-src 'self'",
        f"script-src 'self' 'wasm-unsafe-eval' blob: {hashes}".strip(),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ])


def digest(script: str) -> str:
    """What a policy calls an inline script: the SHA-256 of its text, in base 64."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def security() -> dict[str, str]:
    """Name -> value of the headers that every answer carries."""
    return {
        "Content-Security-Policy": policy([frame.script()]),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def for_nginx() -> str:
    """The same list as lines of an nginx configuration; `always`: on refusals and faults too."""
    return "".join(f'add_header {name} "{value}" always;\n' for name, value in security().items())


class Headers:
    """Puts the headers on every answer, whoever makes it, in place of any the app put there before.

    Where the app breaks before it answered, the answer is a page with the number under which that is written down.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._sent = app, security()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in self._sent.items():
                    headers[name] = value
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            number = logs.fault(error, "server")
            if scope["type"] == "websocket" or begun:
                raise
            page = notices.notice("broken", incident=number, again="/")
            await HTMLResponse(page, 500, headers={"Cache-Control": "no-store"})(scope, receive, sending)
