"""The figure block: every figure of every page is drawn through `show(Figure(...))`."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

import streamlit as st

from indicators.spec import Indicator
from views import drawn, exports, noted, session, sources, tables
from views.tables import Table
from views.taken import BASES, Taken, level_of
from views.words import language, say

VIEWS = ("figure", "table")


def nothing() -> None:
    """Draw nothing: for a block that only says what is missing, or that is its table."""


@dataclass(frozen=True)
class Figure:
    """One question, one sentence, one figure, its table, where it comes from and how to take it away.

    `title` is the question; `sentence` and `empty` are catalogue words, where `**x**` is bold; `draw` draws the
    figure (it should pass `alt` to Streamlit: `alt_of`), `controls` what belongs to this figure only, `drawing` what
    changes the drawing alone (a table goes without), `beside` a card to its right (2.35 : 1). `legend` is HTML of our
    own (`legends.key`), `source` comes from `sources.line`, `bases` lists the bases of the numbers shown. `indicator`
    feeds “how is this made”. `name` lists what the file name says after the indicator: level, setting. `first` is the
    view it opens on, `on_phone` there; without `draw` the figure is its table. The view chosen lives in the address as
    `?v_<id>=`.
    """

    id: str
    title: str
    sentence: str
    draw: Callable[[], object] = nothing
    table: Table | Callable[[], Table] | None = None
    source: str = ""
    source_plain: str = ""
    legend: str = ""
    bases: Sequence[str] = ()
    indicator: Indicator | None = None
    controls: Callable[[], object] | None = None
    drawing: Callable[[], object] | None = None
    beside: Callable[[], object] | None = None
    empty: str = ""
    name: Sequence[str] = field(default_factory=tuple)
    first: Literal["figure", "table"] = "figure"
    on_phone: Literal["figure", "table", ""] = ""

    @functools.cached_property
    def rows(self) -> Table:
        """Its table, made when it is first asked for; raises ValueError where it has none."""
        if self.table is None:
            raise ValueError("a figure without a table cannot be taken away")
        return self.table if isinstance(self.table, Table) else self.table()


def rich(text: str) -> str:
    """Catalogue words as HTML: everything escaped, `**x**` bold.

    >>> rich("**5** < 6")
    '<b>5</b> &lt; 6'
    """
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text, quote=False))


def plain(text: str) -> str:
    """The same words without marks, for alternative text and exports."""
    return re.sub(r"\[\[\w+\|(.+?)\]\]", r"\1", text.replace("**", ""))


def onward(told: str) -> str:
    """HTML whose `[[page|words]]` are links to that page of the same visit: an empty block's way on."""
    kept = urlencode({"lang": language(), "version": session.version()})
    return re.sub(
        r"\[\[(\w+)\|(.+?)\]\]", lambda x: f'<a href="{x[1]}?{html.escape(kept)}" target="_self">{x[2]}</a>', told,
    )


def unformatted(text: str) -> str:
    r"""Words that Streamlit would read as Markdown, made plain: a title may hold the name of a column of a file.

    >>> unformatted("Budget $ [x](y)")
    'Budget \\$ \\[x\\](y)'
    """
    return re.sub(r"([\\`*_\[\]$~<>#]|:(?=\w))", r"\\\1", text)


def alt_of(sentence: str, drawn: str) -> str:
    """Alternative text of a figure: what it says, then what is drawn."""
    return f"{plain(sentence)} {drawn}"


def tag(basis: str) -> str:
    """The tag of a basis [HTML]: solid for counted, dashed for modelled, ochre for simulated."""
    return f'<span class="cv-tag cv-tag-{html.escape(basis)}">{html.escape(say(f"basis.{basis}"))}</span>'


def tags(bases: Sequence[str]) -> str:
    """The tags [HTML] of several bases, strongest first, each once."""
    return " ".join(tag(basis) for basis in BASES if basis in set(bases))


def show(figure: Figure) -> None:
    """Draw a figure block: rule, question, toggle, sentence, controls, figure or table, key, sources, actions."""
    with st.container(key=f"fig-{figure.id}", gap="small"):
        view = _header(figure)
        if figure.empty:
            st.html(f'<div class="cv-empty">{onward(rich(figure.empty))}</div>')
            _foot(figure, [])
            return
        told = f'<p class="cv-sentence">{rich(figure.sentence)} {tags(figure.bases)}</p>'
        st.html(told)
        if figure.controls is not None:
            figure.controls()
        if figure.drawing is not None and view == "figure":
            figure.drawing()
        if figure.beside is None:
            parts = _body(figure, view)
        else:
            left, right = st.columns([2.35, 1], gap="large")
            with left:
                parts = _body(figure, view)
            with right:
                figure.beside()
        _foot(figure, parts)


def _header(figure: Figure) -> str:
    with st.container(key=f"fh-{figure.id}", horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.header(unformatted(figure.title), anchor=False, width="stretch")
        if figure.table is None or figure.empty:
            return "figure"
        if figure.draw is nothing:
            return "table"
        return _view(figure)


def _view(figure: Figure) -> str:
    """Figure or table, as the reader or the address says. Two pages may hold a figure of one id: each has its own."""
    name = f"v_{figure.id}"
    own = f"{session.page_now()}.{name}"
    usual = figure.on_phone if figure.on_phone and session.on_phone() else figure.first
    chosen = st.segmented_control(
        say("figure.view"), VIEWS, format_func=lambda v: say(f"figure.{v}"),
        key=session.seed(name, VIEWS, usual, own=own), label_visibility="collapsed", required=True, width="content",
    )
    # A phone's own first view is carried all the same: the link opens as it was copied, on any screen.
    return session.keep(name, chosen, label=say("figure.view"), own=own, usual=figure.first)


def _body(figure: Figure, view: str) -> list[Any]:
    """Draw the figure or its table; gives the parts drawn, none for a table."""
    if view == "table" and figure.table is not None:
        tables.show(figure.rows)
        return []
    if "simulated" in figure.bases:
        with st.container(key=f"corner-{figure.id}"):  # drawn over the figure's corner
            st.html(f'<span class="cv-corner">{html.escape(say("simulated.corner"))}</span>')
    with noted.noting() as parts:
        figure.draw()
    if figure.legend:
        st.html(figure.legend)
    return parts


def _foot(figure: Figure, parts: list[Any]) -> None:
    if figure.source:
        st.html(figure.source)
    with st.container(key=f"fa-{figure.id}", horizontal=True, gap="small"):
        if figure.table is not None and not figure.empty:
            with st.container(width="content"):
                exports.menu(figure.id, lambda: taken_from(figure, parts))
        if figure.indicator is not None:
            with st.popover(say("figure.how"), icon=":material/function:", type="tertiary", width="content"):
                how(figure.indicator)
        with st.popover(say("figure.link"), icon=":material/link:", type="tertiary", width="content"):
            st.text(say("figure.link_help"))
            st.code(session.link(), language=None, wrap_lines=True)


def taken_from(figure: Figure, parts: list[Any]) -> Taken:
    """What leaves with a figure: asked when its menu opens, while there is a visit to ask. `parts`: what it drew."""
    store, table, link = session.store(), figure.rows, session.link()
    level = level_of(store, table)
    # A reader's own table is nobody's data set: the publisher of its limits is not the source of its numbers.
    own = bool(figure.source_plain) and not isinstance(figure.source_plain, sources.Named)
    behind = [] if own else [
        *getattr(figure.source_plain, "datasets", ()), *(store.drawn_from(level) if level else []),
    ]
    return Taken(
        figure.id, figure.title, plain(figure.sentence), lambda: table, store, language(), link,
        date.today(),  # noqa: DTZ011  the reader's day is enough
        tuple(figure.bases), tuple(figure.name), tuple(dict.fromkeys(behind)),
        sources.plain(store, behind) if level and not own else figure.source_plain, figure.indicator,
        pictured(figure, parts, link), level, hidden=not parts and figure.draw is not nothing,
    )


def pictured(figure: Figure, parts: list[Any], link: str) -> Callable[[Literal["png", "svg"]], bytes] | None:
    """What draws the picture of the parts on screen; None where there is nothing this program can draw."""
    if not drawn.drawable(parts):
        return None
    told = drawn.Told(figure.title, figure.sentence, sources.bare(figure.source), figure.bases, link)
    return lambda form: drawn.picture(told, parts, form)


def how(indicator: Indicator) -> None:
    """How an indicator is made, from its declaration: formula, method, what the range means, limits, citation."""
    spoken: Any = language()
    st.html(f'<p class="cv-sentence"><b>{html.escape(indicator.title.of(spoken))}</b></p>')
    st.text(indicator.method.of(spoken))
    st.code(indicator.formula, language=None, wrap_lines=True)
    for key, text in (("figure.range_means", indicator.range_means.of(spoken)),
                      ("figure.citation", indicator.citation.of(spoken))):
        if text:
            st.html(f'<p class="cv-source"><b>{html.escape(say(key))}</b> {html.escape(text)}</p>')
    limits = "".join(f"<li>{html.escape(limit.of(spoken))}</li>" for limit in indicator.limits)
    st.html(f'<div class="cv-source"><b>{html.escape(say("figure.limits"))}</b><ul>{limits}</ul></div>')
