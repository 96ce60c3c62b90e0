"""Files served from memory, compressed once: the interface, the maps, the static pages. They answer under any load."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import brotli
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.clients import header

BUDGET = 128_000_000  # bytes of files kept, all forms together
LARGEST = 24_000_000  # bytes; a larger file is left to the framework, which sends it in pieces
_TEXT = {
    ".css": "text/css", ".csv": "text/csv", ".geojson": "application/geo+json", ".html": "text/html",
    ".js": "text/javascript", ".json": "application/json", ".jsonld": "application/ld+json", ".md": "text/markdown",
    ".mjs": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain", ".ttl": "text/turtle",
    ".webmanifest": "application/manifest+json", ".xml": "application/xml",
}
_BINARY = {
    ".gpkg": "application/geopackage+sqlite3", ".ico": "image/x-icon", ".jpg": "image/jpeg", ".parquet":
    "application/vnd.apache.parquet", ".pdf": "application/pdf", ".png": "image/png", ".ttf": "font/ttf", ".wasm":
    "application/wasm", ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2", ".xlsx":
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".zip": "application/zip",
}
FOREVER = "public, max-age=31536000, immutable"  # the bytes are in the name: the address never means another file
AN_HOUR = "public, max-age=3600"
ASK = "no-cache"  # kept, and asked about each time
_HASHED = re.compile(r"[.-](?=[\w-]*\d)[A-Za-z0-9_-]{8,}\.\w+$")


@dataclass(frozen=True)
class Shelf:
    """A folder served under a prefix. `root` is asked at each request: it may be a pointer that moves.

    `forever` tells from the path whether the bytes are in the name. `pages`: a folder shows its index.html.
    """

    prefix: str
    root: Callable[[], Path | None]
    forever: Callable[[str], bool] = lambda path: bool(_HASHED.search(path))
    pages: bool = False


@dataclass(frozen=True)
class Kept:
    """A file in memory: its plain bytes and, where smaller, its two compressed forms."""

    plain: bytes
    gz: bytes | None
    br: bytes | None
    tag: str
    media: str

    def size(self) -> int:
        """Bytes of all forms."""
        return len(self.plain) + len(self.gz or b"") + len(self.br or b"")


def prepared(path: Path) -> Kept:
    """A file read, and compressed where it is text."""
    plain = path.read_bytes()
    text = path.suffix.lower() in _TEXT
    media = f"{_TEXT[path.suffix.lower()]}; charset=utf-8" if text else _BINARY[path.suffix.lower()]
    squeezed = text and len(plain) > 1000
    return Kept(
        plain, gzip.compress(plain, 6, mtime=0) if squeezed else None,
        brotli.compress(plain, quality=5) if squeezed else None, hashlib.sha256(plain).hexdigest()[:20], media,
    )


def response(kept: Kept, scope: Scope, cache: str) -> Response:
    """The smallest form the browser reads, or 304 where it already has this one."""
    headers = {"Cache-Control": cache, "ETag": f'"{kept.tag}"', "Vary": "Accept-Encoding"}
    if kept.tag in header(scope, "if-none-match"):
        return Response(status_code=304, headers=headers)
    accepted = header(scope, "accept-encoding")
    for name, content in (("br", kept.br), ("gzip", kept.gz)):
        if content is not None and re.search(rf"\b{name}\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", accepted):
            return Response(content, media_type=kept.media, headers={**headers, "Content-Encoding": name})
    return Response(kept.plain, media_type=kept.media, headers=headers)


class Files:
    """Answers for the shelves; what it does not hold goes on to the app, or is refused where the shelf has pages."""

    def __init__(self, app: ASGIApp, shelves: tuple[Shelf, ...], missing: Callable[[], bytes]) -> None:
        self._app, self._shelves, self._missing = app, shelves, missing
        self._kept: OrderedDict[tuple[Path, int, int], Kept] = OrderedDict()
        self._making: dict[tuple[Path, int, int], asyncio.Task[Kept]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope.get("path", "")
        shelf = next((one for one in self._shelves if path.startswith(one.prefix)), None)
        if scope["type"] != "http" or shelf is None or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        answer = await self._answer(shelf, path[len(shelf.prefix):], scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        await answer(scope, receive, send)

    async def _answer(self, shelf: Shelf, asked: str, scope: Scope) -> Response | None:
        root = shelf.root()
        found = None if root is None else _within(root, asked)
        if found is not None and shelf.pages and found.is_dir():
            if asked and not asked.endswith("/"):
                return RedirectResponse(f"{scope['path']}/", status_code=301)
            found = found / "index.html"
        if found is None or not found.is_file() or found.suffix.lower() not in {**_TEXT, **_BINARY}:
            return Response(self._missing(), 404, media_type="text/html") if shelf.pages else None
        if found.stat().st_size > LARGEST and not shelf.pages:
            return None
        cache = FOREVER if shelf.forever(asked) else ASK if found.suffix == ".html" else AN_HOUR
        return response(await self._held(found), scope, cache)

    async def _held(self, path: Path) -> Kept:
        """The file in memory; those who ask while it is being read wait for the same reading."""
        facts = path.stat()
        key = (path, facts.st_mtime_ns, facts.st_size)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._making:
            self._making[key] = asyncio.create_task(asyncio.to_thread(prepared, path))
        task = self._making[key]
        try:
            kept = await asyncio.shield(task)
        finally:
            if task.done():
                self._making.pop(key, None)
        if kept.size() <= LARGEST * 2:
            self._kept[key] = kept
        while sum(one.size() for one in self._kept.values()) > BUDGET:
            self._kept.popitem(last=False)
        return kept


def _within(root: Path, asked: str) -> Path | None:
    """A path under a folder, or None where it would leave it, hides itself or is no path at all."""
    parts = asked.split("/")
    if "\x00" in asked or "\\" in asked or any(part.startswith(".") for part in parts):
        return None
    real = root.resolve()
    found = (real / asked).resolve()
    return found if found == real or found.is_relative_to(real) else None
