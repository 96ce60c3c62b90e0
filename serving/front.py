"""The door: which names and pages are ours, who may come in, and a seat for each visit."""

from __future__ import annotations

import html
import os
import re
import secrets
import time
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from serving import clients, limits, logs, notices, preload, roles, signed
from serving.seats import Seats
from serving.settings import HOUSE, Settings
from views.words import LANGUAGES, say, speaking

STREAM, HEALTH, METRICS = "/_stcore/stream", "/_stcore/health", "/_stcore/metrics"
UPLOAD = "/_stcore/upload_file"
# What the framework answers by itself; anything else is a page of ours, or nothing.
_FRAMEWORK = re.compile(
    r"/(_stcore/(?!agent/)|media/|static/|app/static/|component/|bidi-components/|auth/|oauth2callback$|favicon\.png$)"
)
FIRST = "overview"  # the page at "/"
SEAT = "couvert_seat"  # a random word for the length of a browser's visit, so that a visit cut off keeps its seat
_IN_GOOD_ORDER = (1000, 1001, 1005)  # closing codes of a tab that was left; a cut connection gives another


def index(lang: str, page: str, site_url: str) -> bytes:
    """The framework's page with our language, title and icon; what says so without JavaScript links to static pages.

    What its first words need is named in it (`preload`). Its font, its inline script and the address of a programming
    interface that is off are left out.
    """
    with speaking(lang):
        title, told = say("frame.title", page=say(f"nav.{page}")), say("front.no_script")
        link, help_line = say("notice.busy.site"), say("notice.busy.help")
    shell = (Path(file_util.get_static_dir()) / "index.html").read_text("utf-8")
    onward = f'<p><a href="{html.escape(site_url)}">{link}</a></p>' if site_url else ""
    without = f"<noscript><p>{told}</p>{onward}<p>{help_line}</p></noscript>"
    for pattern, ours in (
        (r"<!--.*?-->\s*", ""),
        (r'<html lang="en">', f'<html lang="{lang}">'),
        (r"<title>.*?</title>", f"<title>{title}</title>"),
        (r'<link\s+rel="shortcut icon"[^>]*>', '<link rel="icon" href="/app/static/mark.svg">'),
        (r'<link\s+rel="preload"[^>]*SourceSans[^>]*>\s*', ""),
        (r'<link\s+rel="service-desc"[^>]*>\s*', ""),
        (r"<script>\s*window\.prerenderReady = false\s*</script>\s*", ""),
        (r"<noscript>.*?</noscript>", without),
        (r"</head>", f"{preload.links(page)}</head>"),
    ):
        shell = re.sub(pattern, lambda _, ours=ours: ours, shell, flags=re.DOTALL)
    return shell.strip().encode()


def static_pages(settings: Settings) -> str:
    """Address of the static pages; "" where they would be ours and none is published."""
    ours = settings.site_url.startswith("/site")
    return settings.site_url if not ours or (settings.site / edition() / "current").is_dir() else ""


def edition() -> str:
    """The edition this process serves."""
    return os.environ.get("COUVERT_EDITION") or "montreal"


def unknown(settings: Settings) -> bytes:
    """The page for an address where there is none."""
    return notices.notice("unknown", site_url=static_pages(settings), again="/")


class Front:
    """Refuses what is not ours, answers pages from memory, and gives each visit a seat or says that none is left.

    `pages` are the addresses of pages, without the slash.
    """

    def __init__(self, app: ASGIApp, settings: Settings, pages: Sequence[str], seats: Seats) -> None:
        self._app, self._settings, self._seats, self._told = app, settings, seats, -10.0
        self._script = str(HOUSE / "app.py").encode()
        self._pages = {"/": FIRST, **{f"/{name}": name for name in pages}}
        names, onward = self._pages.values(), static_pages(settings)
        self._index = {(lang, name): index(lang, name, onward) for lang in LANGUAGES for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope["client"] = (clients.client(scope, self._settings.proxies), (scope.get("client") or ("", 0))[1])
        answer = self._at_the_door(scope)
        if answer is not None:
            await self._refuse(answer, scope, receive, send)
        elif scope["type"] == "websocket":
            await self._visit(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _at_the_door(self, scope: Scope) -> Response | None:
        """What is answered without the app: refusals and pages; None where the app should answer."""
        path = scope["path"]
        if path != HEALTH and not clients.known_host(clients.header(scope, "host"), self._settings.hosts):
            return HTMLResponse(notices.notice("host"), 400)
        if self._settings.local and clients.forwarded(clients.names(scope)):
            return HTMLResponse(notices.notice("local"), 403)
        if path == METRICS and not clients.here(scope):
            return HTMLResponse(unknown(self._settings), 404)
        if scope["type"] == "websocket":
            return None if path == STREAM else Response(status_code=404)
        if path in self._pages:
            return self._page(scope)
        if path.startswith(UPLOAD) and scope["method"] != "OPTIONS":
            return self._upload(scope)
        if path.startswith("/auth/") or path == "/oauth2callback":
            return None if limits.allow("sign_in", scope["client"][0]) else self._wait("sign_in", scope)
        if _FRAMEWORK.match(path) or path.rstrip("/") in self._pages:
            return None
        return HTMLResponse(unknown(self._settings), 404)

    def _page(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        known = holder(scope)
        mine = known or secrets.token_urlsafe(16)
        if scope["method"] == "GET" and not self._seats.page(mine):
            return self._full()
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        lang = asked if asked in LANGUAGES else LANGUAGES[0]
        answer = HTMLResponse(self._index[lang, self._pages[scope["path"]]])
        answer.headers["Cache-Control"] = "no-cache"
        if not known:
            answer.set_cookie(SEAT, mine, httponly=True, samesite="lax", secure=scope["scheme"] == "https")
        return answer

    def _upload(self, scope: Scope) -> Response | None:
        """An upload from who may not, or too often; bytes that no page asked for never reach the memory of the app."""
        user = signed.user(scope) if self._settings.provider else {}
        who = roles.person(self._settings, clients.names(scope), user)
        if not who.may("upload"):
            logs.audit("upload", granted=False, role=who.role, mark=who.mark)
            return Response(status_code=403)
        return None if limits.allow("upload", scope["client"][0]) else self._wait("upload", scope)

    def _wait(self, kind: str, scope: Scope) -> Response:
        seconds = limits.wait(kind, scope["client"][0])
        page = notices.notice("wait", seconds=seconds, again="")
        return HTMLResponse(page, 429, headers={"Retry-After": str(seconds), "Cache-Control": "no-store"})

    def _full(self) -> Response:
        if time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            logs.event("full", seats=self._seats.most, open=self._seats.open())
        headers = {"Retry-After": str(notices.AGAIN), "Cache-Control": "no-store"}
        page = notices.notice("busy", site_url=static_pages(self._settings), again="")
        return HTMLResponse(page, 503, headers=headers)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A connection, from its seat to its leaving; the seat is given back whatever happens in between."""
        who = holder(scope)
        if not self._seats.sit(who):
            await self._refuse(self._full(), scope, receive, send)
            return
        cut = True

        async def receiving() -> Message:
            nonlocal cut
            message = await receive()
            if message["type"] == "websocket.disconnect":
                cut = message.get("code", 1005) not in _IN_GOOD_ORDER
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "websocket.send" and self._script in (message.get("bytes") or b""):
                message = {**message, "bytes": without_path(message["bytes"])}
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            self._seats.leave(who, cut=cut)

    async def _refuse(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": 1013})  # try again later
            return
        await answer(scope, receive, send)


def holder(scope: Scope) -> str:
    """The word that this browser keeps for its seat; "" where it has none yet, or one we did not give."""
    try:
        cookies = SimpleCookie(clients.header(scope, "cookie"))
    except CookieError:
        return ""
    found = cookies[SEAT].value if SEAT in cookies else ""
    return found if re.fullmatch(r"[A-Za-z0-9_-]{22}", found) else ""


def without_path(data: bytes) -> bytes:
    """A message of the framework without the place of our code on this machine, which it sends with each new visit."""
    message = ForwardMsg()
    message.ParseFromString(data)
    if message.WhichOneof("type") == "new_session":
        message.new_session.main_script_path = ""
    return message.SerializeToString()
