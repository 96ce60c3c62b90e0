"""Sites of toyville for tests, and what a reader or a browser makes of their bytes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from lxml import html
from lxml.html import HtmlElement

from loaders.store import Store
from publish import site


def pages(files: dict[str, bytes]) -> dict[str, HtmlElement]:
    """Path -> parsed page, of every HTML file."""
    return {path: html.document_fromstring(content.decode()) for path, content in files.items() if
            path.endswith(".html")}


def text(page: HtmlElement, at: str = "//body") -> str:
    """The words of a part of a page, spaces made plain."""
    return " ".join(" ".join(str(one) for one in page.xpath(f"{at}//text()")).replace("\u00a0", " ").split())


def addresses(page: HtmlElement) -> Iterator[str]:
    """Every address a page names."""
    for name in ("href", "src", "data-href", "action", "poster", "srcset"):
        yield from map(str, page.xpath(f"//@{name}"))


def target(path: str, address: str) -> tuple[str, str]:
    """The file an address of a page means, and the place in it."""
    parts = urlsplit(address)
    where = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path))) if parts.path else path
    return where, parts.fragment


def quick(store: Store) -> dict[str, bytes]:
    """The site without its PDFs, which take most of the time: for tests that look at pages alone."""
    from views import brief_pdf

    whole = brief_pdf.made
    brief_pdf.made = lambda _: b"%PDF-1.4 left out\n"
    try:
        return site.made(store)
    finally:
        brief_pdf.made = whole
