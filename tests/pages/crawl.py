"""Every page of an edition in both languages, run once: its texts, its charts, its figures and their tables."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from views import figure, words
from views.figure import Figure
from views.tables import Table
from views.taken import Taken

HOUSE = Path(__file__).resolve().parents[2]


def pages() -> tuple[str, ...]:
    """The pages that app.py lists, without running it."""
    for node in ast.parse((HOUSE / "app.py").read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "PAGES":
            assert node.value is not None
            return tuple(name for _, name in ast.literal_eval(node.value))
    raise AssertionError("app.py lists no pages")


@dataclass
class Heard:
    """One page in one language: HTML pieces, other texts, alternative texts of charts and maps, figures shown."""

    page: str
    language: str
    html: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    def told(self) -> list[str]:
        """Every text a reader meets on the page, tables of its figures included, tags away."""
        cells = [
            text for table in self.tables.values()
            for column in table.columns for text in (column.name, *column.texts, *(column.under or ()))
        ]
        shown = [text for piece in self.html for text in plain(piece)]
        return [text for text in (*self.texts, *shown, *self.alts, *cells) if text.strip()]

    def told_in(self, *classes: str) -> list[str]:
        """The texts of HTML elements of these classes, each whole."""
        named = "|".join(classes)
        found = []
        for piece in self.html:
            for tag, inner in re.findall(rf'<(p|div)[^>]*class="(?:{named})"[^>]*>(.*?)</\1>', piece, re.DOTALL):
                found += [" ".join(plain(part)) for part in re.split(r"</p>|</li>|</h3>", inner)] if tag else []
        return [text for text in found if text.strip()]


def plain(piece: str) -> list[str]:
    """The texts of a piece of HTML and its labels, entities read, style and script away."""
    piece = re.sub(r"<(style|script)\b.*?</\1>|<span id=\"cv-frame\".*?</span>", "", piece, flags=re.DOTALL)
    piece = re.sub(r'<(code|pre|small lang)\b.*?</', "</", piece, flags=re.DOTALL)  # identifiers, formulas, other words
    labels = re.findall(r'(?:aria-label|alt|title)="([^"]*)"', piece)
    joined = re.sub(r"</?(?:b|em|strong|span|a|i|u|abbr|dfn)\b[^>]*>", "\u2060", piece)
    texts = [html.unescape(part.replace("\u2060", "")) for part in re.split(r"<[^>]+>", joined)]
    return [text.strip("\n ") for text in (*texts, *map(html.unescape, labels)) if text.strip()]


def crawl(versions: Path, edition: str, area: str) -> Iterator[tuple[tuple[str, str], Heard]]:
    """Each page in each language, as (page, language), heard with `area` chosen; a page that raises stops here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUVERT_VERSIONS", str(versions))
        patch.setenv("COUVERT_EDITION", edition)
        shown, show = [], figure.show

        def recorded(asked: Figure) -> None:
            show(asked)
            there = asked.table is not None and not asked.empty
            shown.append((asked, figure.taken_from(asked, []) if there else None))

        patch.setattr(figure, "show", recorded)
        for language in words.LANGUAGES:
            for page in pages():
                shown.clear()
                yield (page, language), _heard(page, language, area, shown)


def _heard(page: str, language: str, area: str, shown: list[tuple[Figure, Taken | None]]) -> Heard:
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    app.query_params["lang"] = language
    app.query_params["area"] = area
    if page != pages()[0]:
        app.switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception, (page, language, app.exception[0].value)
    heard = Heard(page, language, [element.proto.body for element in app.get("html")])
    for kind in ("title", "header", "subheader", "caption", "text", "markdown", "info", "warning", "error", "success"):
        heard.texts += [str(getattr(element, "value", "")) for element in app.get(kind)]
    for kind in ("selectbox", "multiselect", "select_slider", "slider", "text_input", "button", "toggle", "checkbox",
                 "download_button", "number_input", "date_input", "file_uploader", "radio"):
        heard.texts += [str(getattr(element.proto, "label", "")) for element in app.get(kind)]
    heard.texts = [text.replace("**", "") for text in heard.texts]
    for kind in ("plotly_chart", "deck_gl_json_chart"):
        for element in app.get(kind):
            heard.alts.append(element.proto.alt)
            if kind == "plotly_chart":
                heard.drawn += _drawn(json.loads(element.proto.spec))
    heard.figures = [asked for asked, _ in shown]
    heard.tables = {asked.id: taken.table() for asked, taken in shown if taken is not None}
    heard.taken = [taken for _, taken in shown if taken is not None]
    return heard


def _drawn(told: Any, named: bool = False) -> list[str]:
    """The words and numbers written in a chart: its `text`, labels of its axes, what hovering shows."""
    if isinstance(told, dict):
        keys = ("text", "ticktext", "hovertext", "customdata", "hovertemplate")
        return [text for key, value in told.items() for text in _drawn(value, named or key in keys)]
    if isinstance(told, list):
        return [text for value in told for text in _drawn(value, named)]
    if not named or not isinstance(told, str):
        return []
    return [re.sub(r"%\{[^}]*\}", "0", re.sub(r"<[^>]+>", " ", told))]  # a place to fill is filled by a number
