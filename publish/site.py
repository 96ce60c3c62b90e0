"""One site a version: every page in both languages, every file to take away, then one link moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
from streamlit.logger import set_log_level

from loaders.store import Store
from publish import area_pages, catalogue, downloads, food_pages, number_pages, shelf
from publish.pages import Page, Press
from publish.places import Places
from views import services
from views.words import LANGUAGES, say, speaking

Tell = Callable[[str, int, int], None]
# Seconds before a full dashboard is worth asking again: the server's Retry-After says the same.
WAIT = 30


def publish(store: Store, sites: Path | None = None, tell: Tell | None = None) -> Path:
    """Make the site of a version and give it to readers; gives its folder. What fails leaves the last site in place."""
    set_log_level("error")  # nobody visits here: every cache would say so
    return shelf.put((sites or shelf.sites_folder()) / store.edition, store.version, made(store, tell))



def follow(store: Store, sites: Path | None = None, tell: Tell | None = None) -> Path:
    """Give readers the site of a version: the one that stands, if it was made from this very file, else a new one."""
    folder = (sites or shelf.sites_folder()) / store.edition
    standing = [name for name in shelf.known(folder) if _made_from(folder / name, store)]
    if not standing:
        return publish(store, sites, tell)
    with shelf.only_one(folder):
        shelf.point(folder, standing[-1])
    return folder / standing[-1]


def _made_from(site: Path, store: Store) -> bool:
    try:
        told = orjson.loads((site / "site.json").read_bytes())
    except (OSError, ValueError):
        return False
    return told.get("version") == store.version and told.get("database") == store.facts["sha256"]


def made(store: Store, tell: Tell | None = None) -> dict[str, bytes]:
    """Path -> bytes of every file of the site. The same version and address give the same bytes."""
    told = tell or (lambda *_: None)
    press, places = Press(store), Places(store)
    files = dict(press.files)
    shown: list[str] = []  # paths that search engines may list
    every = downloads.offered(store, places)
    for spoken in LANGUAGES:
        with speaking(spoken):
            pages: list[Page] = [
                *food_pages.pages(store, places, press), *number_pages.pages(store, places, every),
                area_pages.index(places),
            ]
            for one in pages:
                path, content = press.page(one)
                files[path] = content
                shown += [] if one.hidden else [path]
            for path, content, listed in area_pages.pages(store, places, press, told):
                files[path] = content
                shown += [path] if listed else []
    files |= downloads.files(every)
    record = catalogue.record(store, every, press.base)
    files["catalog.jsonld"], files["catalog.ttl"] = catalogue.jsonld(record), catalogue.turtle(record)
    path, content = press.front([_side(store, spoken) for spoken in LANGUAGES])
    files[path] = content
    files["404.html"], files["503.html"] = press.alone("missing"), press.alone("busy", wait=WAIT)
    files["robots.txt"], files["sitemap.xml"] = robots(press.base), sitemap(press.url, store.version, shown)
    files["site.json"] = orjson.dumps({
        "edition": store.edition, "version": store.version, "database": store.facts["sha256"], "files": sorted(files),
    }, option=orjson.OPT_INDENT_2)
    return files


def _side(store: Store, spoken: str) -> dict[str, Any]:
    """One language of the first page."""
    with speaking(spoken):
        rows = services.rows(store)
        return {
            "lang": spoken, "lead": say("site.front_lead", edition=store.settings[f"title_{spoken}"]),
            "food": f"{spoken}/index.html", "food_words": say("site.front_food"),
            "overview": f"{spoken}/overview.html", "overview_words": say("site.front_overview"),
            "areas": f"{spoken}/areas/index.html", "areas_words": say("site.front_areas"), "help": say("foot.help"),
            "invented": say("site.food_invented") if "simulated" in set(rows["basis"]) else "",
        }


def sitemap(url: str, version: str, paths: list[str]) -> bytes:
    """The pages search engines may list, each with its other language. Whole addresses where the host is told."""
    def where(path: str) -> str:
        return escape(url + path)

    rows = []
    for path in sorted(paths):
        rest = path.split("/", 1)[1]
        both = "".join(
            f'<xhtml:link rel="alternate" hreflang="{name}" href="{where(f"{name}/{rest}")}"/>' for name in LANGUAGES
        )
        rows.append(f"<url><loc>{where(path)}</loc><lastmod>{version[:10]}</lastmod>{both}</url>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n' + "\n".join(rows) + "\n</urlset>\n"
    ).encode()


def robots(base: str) -> bytes:
    """Everyone may read everything; where the site map is, if that is known whole."""
    return ("User-agent: *\nAllow: /\n" + (f"Sitemap: {base}sitemap.xml\n" if base else "")).encode()
