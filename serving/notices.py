"""Pages the server answers by itself, whole in one file and in both languages: busy, unknown, refused, broken."""

from __future__ import annotations

import functools
import html
from pathlib import Path
from string import Template

from views.words import LANGUAGES, say, speaking

_TEMPLATE = Path(__file__).with_name("notice.html")
AGAIN = 30  # seconds after which a visit that found every seat taken is asked to try again


@functools.lru_cache(maxsize=32)
def notice(
    kind: str, *, site_url: str = "", again: str | None = None, seconds: int = AGAIN, incident: str = "",
) -> bytes:
    """The page for `kind` (busy, unknown, local, host, wait, broken), French first.

    `site_url` links to the static pages, which are always open; `again` to another page; empty, to this address.
    """
    with speaking(LANGUAGES[0]):
        title = say(f"notice.{kind}.title")
    said = "\n".join(
        _section(kind, name, site_url, again, seconds, incident, "h1" if name == LANGUAGES[0] else "h2")
        for name in LANGUAGES
    )
    return Template(_TEMPLATE.read_text("utf-8")).substitute(title=html.escape(title), sections=said).encode()


def _section(kind: str, name: str, site_url: str, again: str | None, seconds: int, incident: str, head: str) -> str:
    with speaking(name):
        lines = [
            f"<{head}>{html.escape(say(f'notice.{kind}.title'))}</{head}>",
            f"<p>{html.escape(say(f'notice.{kind}.text', seconds=seconds, incident=incident))}</p>",
        ]
        if site_url:
            words = html.escape(say("notice.busy.site"))
            lines.append(f'<p><a class="first" href="{html.escape(site_url)}">{words}</a></p>')
        if again is not None:
            words = html.escape(say("notice.unknown.again" if kind == "unknown" else "notice.busy.again"))
            lines.append(f'<p><a href="{html.escape(again)}">{words}</a></p>')
        if site_url:
            lines.append(f'<p class="soft">{html.escape(say("notice.busy.help"))}</p>')
        return f'<section lang="{name}">\n' + "\n".join(lines) + "\n</section>"
