"""From a template to a page: everything escaped, every link relative, every word from the catalogues."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from indicators.spec import Direction
from loaders.store import Store
from publish import shelf
from views import assets, figure, numbers, theme
from views.words import LANGUAGES, cap, language, plural, say, speaking

HERE = Path(__file__).resolve().parent
# No page asks anything of another host, runs or wears anything written inside it, or can send a form.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
SECTIONS = (("food", "index.html"), ("overview", "overview.html"), ("areas", "areas/index.html"), ("data", "data.html"))


@dataclass(frozen=True)
class Page:
    """One page in one language: `path` is under the folder of the language, `section` the entry of the menu.

    `hidden` asks search engines to leave it out: nobody may be sent to an invented place.
    """

    path: str
    template: str
    section: str
    title: str
    about: str
    held: Mapping[str, Any] = field(default_factory=dict)
    hidden: bool = False


class Press:
    """Templates, style sheet, script and fonts of one site, and what every page of it says."""

    def __init__(self, store: Store) -> None:
        """Load the templates and give each asset the name its bytes ask for."""
        self.store = store
        self.url = shelf.site_url()
        # Addresses that must be whole are so only where the host is told.
        self.base = self.url if self.url.startswith(("https://", "http://")) else ""
        self.assets, self.files = _assets()
        self.env = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        )
        mark = (assets.STATIC / "mark.svg").read_text("utf-8").replace("<svg ", '<svg aria-hidden="true" ')
        self.mark = Markup(mark.strip())  # inside the page, where it follows the reader's colours
        self.env.globals.update(say=say, cap=cap, rich=rich, asset=self.assets, policy=POLICY, mark=self.mark)

    def page(self, one: Page) -> tuple[str, bytes]:
        """Path and bytes of a page in the language spoken."""
        spoken = language()
        other = next(name for name in LANGUAGES if name != spoken)
        here, there = f"{spoken}/{one.path}", f"{other}/{one.path}"
        settings = self.store.settings
        held = {
            "lang": spoken, "other": other, "here": here, "there": there, "section": one.section, "title": one.title,
            "about": figure.plain(one.about), "hidden": one.hidden, "menu": self.menu(spoken),
            "edition": settings[f"title_{spoken}"], "day": numbers.version_day(self.store.version),
            "version": self.store.version, "zone": settings["settings"].get("timezone", ""),
            "incomplete": settings["settings"].get(f"listing_notice_{spoken}") or "",
            "invented": False, "n_places": n_places, "space": numbers.NBSP if spoken == "fr" else "",
            **self._addresses(here, one.path), **one.held,
        }
        return here, self.env.get_template(one.template).render(held).encode()

    def menu(self, spoken: str) -> list[tuple[str, str]]:
        """Name and path of each entry of the menu."""
        return [(name, f"{spoken}/{path}") for name, path in SECTIONS]

    def _addresses(self, here: str, path: str) -> dict[str, Any]:
        def to(target: str) -> str:
            return relative(here, target)

        where = [(name, f"{name}/{path}") for name in LANGUAGES]
        return {
            "to": to, "canonical": self.base + here if self.base else to(here),
            "alternates": [(name, self.base + target if self.base else to(target)) for name, target in where],
        }

    def front(self, sides: Sequence[Mapping[str, Any]]) -> tuple[str, bytes]:
        """The first page: a language and a way on, both languages beside each other."""
        def to(target: str) -> str:
            return relative("index.html", target)

        told = {
            "title": say("app.title"), "about": say("site.front_about"), "sides": sides, "to": to,
            "canonical": self.base or "./",
            "alternates": [(name, (self.base or "") + f"{name}/index.html") for name in LANGUAGES],
        }
        return "index.html", self.env.get_template("front.html").render(told).encode()

    def alone(self, name: str, *, wait: int = 0) -> bytes:
        """A page served in place of another, at any address: both languages, its style inside, links from the root.

        `name`: `missing` or `busy`; `wait` [s] before it is worth trying again, by a link: a page that changes by
        itself takes the words from who is still reading them.
        """
        sides = []
        for n, spoken in enumerate(LANGUAGES):
            with speaking(spoken):
                lines = [say(f"site.{name}_line", **({"n": wait} if wait else {}))]
                sides.append({
                    "lang": spoken, "head": "h1" if n == 0 else "h2", "title": say(f"site.{name}_title"),
                    "lines": [*lines, *([say("site.busy_food")] if wait else [])],
                    "food": f"{self.url}{spoken}/index.html", "overview": f"{self.url}{spoken}/overview.html",
                    "food_words": say("site.food_title"), "overview_words": say("site.front_overview"),
                    "help": say("foot.help"), "again": say("site.busy_again"),
                })
        style = Markup(_tokens() + (HERE / "static" / "alone.css").read_text("utf-8"))
        title = " · ".join(str(side["title"]) for side in sides)
        template = self.env.get_template("alone.html")
        return template.render(sides=sides, style=style, title=title, wait=wait).encode()


def rich(text: str) -> Markup:
    """Catalogue words: everything escaped, `**x**` bold."""
    return Markup(figure.rich(text))


def relative(here: str, target: str) -> str:
    """The address of a file of the site as a page of the site writes it."""
    return posixpath.relpath(target, posixpath.dirname(here) or ".")


def n_places(count: int) -> str:
    """How many places, in words."""
    return plural("site.places", count, n=numbers.count(count))


# --- assets -----------------------------------------------------------------------------------------------

_FONTS = ("newsreader-latin.woff2", "public-sans-latin.woff2")


def _assets() -> tuple[dict[str, str], dict[str, bytes]]:
    """Name -> path, and path -> bytes: a path holds the bytes' digest, so that a browser keeps it for good."""
    assets.ensure()
    made = {name: (assets.STATIC / "fonts" / name).read_bytes() for name in _FONTS}
    made["mark.svg"] = (assets.STATIC / "mark.svg").read_bytes()
    made["site.js"] = (HERE / "static" / "site.js").read_bytes()
    paths = {name: _path(name, content) for name, content in made.items()}
    sheet = _tokens() + (HERE / "static" / "site.css").read_text("utf-8")
    for name in _FONTS:
        sheet = sheet.replace(f"url({name})", f"url({posixpath.basename(paths[name])})")
    made["site.css"] = sheet.encode()
    paths["site.css"] = _path("site.css", made["site.css"])
    return paths, {paths[name]: content for name, content in made.items()}


def _path(name: str, content: bytes) -> str:
    stem, _, end = name.rpartition(".")
    return f"assets/{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{end}"


def _tokens() -> str:
    """The colours of the look as properties, by day and by night; the reader's system chooses."""
    def one(dark: bool) -> str:
        names = "".join(f"--{name}:{colour};" for name, colour in theme.TOKENS[dark].items())
        ramps: tuple[tuple[Direction, str], ...] = (("more_is_worse", "w"), ("more_is_better", "b"))
        for way, start in ramps:
            names += "".join(f"--{start}{n}:{colour};" for n, colour in enumerate(theme.ramp(way, dark=dark), 1))
        return names

    return (
        f":root{{color-scheme:light dark;{one(False)}}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{{one(True)}}}}}\n"
    )
