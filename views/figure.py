"""The figure block: every figure of every page is drawn through `show(Figure(...))`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import streamlit as st

from indicators.spec import Indicator
from views import session, tables
from views.tables import Table
from views.words import known, language, say, use

_BASES = ("counted", "modelled", "simulated")


def nothing() -> None:
    """Draw nothing: for a block that only says what is missing, or that is its table."""


@dataclass(frozen=True)
class Figure:
    """One question, one sentence, one figure, its table, where it comes from and how to take it away.

    `title` is the question; `sentence` and `empty` are catalogue words, where `**x**` is bold; `draw` draws the
    figure (it should pass `alt` to Streamlit: `alt_of`), `controls` what belongs to this figure only, `beside` a
    card to its right (2.35 : 1). `legend` is HTML of our own (`legends.key`), `source` comes from `sources.line`,
    `bases` lists the bases of the numbers shown. `indicator` feeds “how is this made”. `name` lists what the
    file name says after the indicator: level, setting. `first` is the view it opens on; without `draw` the
    figure is its table.
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
    beside: Callable[[], object] | None = None
    empty: str = ""
    name: Sequence[str] = field(default_factory=tuple)
    first: Literal["figure", "table"] = "figure"


def rich(text: str) -> str:
    """Catalogue words as HTML: everything escaped, `**x**` bold.

    >>> rich("**5** < 6")
    '<b>5</b> &lt; 6'
    """
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text, quote=False))


def plain(text: str) -> str:
    """The same words without marks, for alternative text and exports."""
    return text.replace("**", "")


def alt_of(sentence: str, drawn: str) -> str:
    """Alternative text of a figure: what it says, then what is drawn."""
    return f"{plain(sentence)} {drawn}"


def tag(basis: str) -> str:
    """The tag of a basis [HTML]: solid for counted, dashed for modelled, ochre for simulated."""
    return f'<span class="cv-tag cv-tag-{html.escape(basis)}">{html.escape(say(f"basis.{basis}"))}</span>'


def tags(bases: Sequence[str]) -> str:
    """The tags [HTML] of several bases, strongest first, each once."""
    return " ".join(tag(basis) for basis in _BASES if basis in set(bases))


def show(figure: Figure) -> None:
    """Draw a figure block: rule, question, toggle, sentence, controls, figure or table, key, sources, actions."""
    with st.container(key=f"fig-{figure.id}", gap="small"):
        view = _header(figure)
        if figure.empty:
            st.html(f'<div class="cv-empty">{rich(figure.empty)}</div>')
            _foot(figure)
            return
        told = f'<p class="cv-sentence">{rich(figure.sentence)} {tags(figure.bases)}</p>'
        st.html(told)
        if figure.controls is not None:
            figure.controls()
        if figure.beside is None:
            _body(figure, view)
        else:
            left, right = st.columns([2.35, 1], gap="large")
            with left:
                _body(figure, view)
            with right:
                figure.beside()
        _foot(figure)


def _header(figure: Figure) -> str:
    with st.container(key=f"fh-{figure.id}", horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.header(figure.title, anchor=False, width="stretch")
        if figure.table is None or figure.empty:
            return "figure"
        if figure.draw is nothing:
            return "table"
        key = f"view_{figure.id}"
        st.session_state.setdefault(key, figure.first)
        chosen = st.segmented_control(
            say("figure.view"), ("figure", "table"), format_func=lambda v: say(f"figure.{v}"), key=key,
            label_visibility="collapsed", required=True, width="content", persist_state="session",
        )
    return chosen or "figure"


def _body(figure: Figure, view: str) -> None:
    if view == "table" and figure.table is not None:
        tables.show(_table(figure.table))
        return
    if "simulated" in figure.bases:
        with st.container(key=f"corner-{figure.id}"):  # drawn over the figure's corner
            st.html(f'<span class="cv-corner">{html.escape(say("simulated.corner"))}</span>')
    figure.draw()
    if figure.legend:
        st.html(figure.legend)


def _foot(figure: Figure) -> None:
    if figure.source:
        st.html(figure.source)
    with st.container(key=f"fa-{figure.id}", horizontal=True, gap="small"):
        if figure.table is not None and not figure.empty:
            _downloads(figure, figure.table)
        if figure.indicator is not None:
            with st.popover(say("figure.how"), icon=":material/function:", type="tertiary", width="content"):
                how(figure.indicator)
        with st.popover(say("figure.link"), icon=":material/link:", type="tertiary", width="content"):
            st.text(say("figure.link_help"))
            st.code(session.link(), language=None, wrap_lines=True)


def _table(table: Table | Callable[[], Table]) -> Table:
    return table if isinstance(table, Table) else table()


def _downloads(figure: Figure, table: Table | Callable[[], Table]) -> None:
    with st.popover(say("figure.download"), icon=":material/download:", type="tertiary", width="content"):
        for excel in (True, False):
            st.download_button(
                say("figure.csv_excel" if excel else "figure.csv_machine"),
                data=_later(figure, table, excel),
                file_name=file_name(figure, "excel.csv" if excel else "csv"), mime="text/csv",
                key=f"csv_{figure.id}_{excel}", on_click="ignore", type="tertiary",
            )


def _later(figure: Figure, table: Table | Callable[[], Table], excel: bool) -> Callable[[], bytes]:
    """What makes the file at the click. Streamlit calls it outside the visit, so version and language go with it."""
    version, spoken = session.version(), language()

    def made() -> bytes:
        use(spoken)
        return tables.csv(exported(figure, _table(table), version, words=excel), french_excel=excel)

    return made


def file_name(figure: Figure, extension: str) -> str:
    """Name of an export: indicator, level and setting, version, language, and SIMULE where a number is simulated."""
    what = figure.indicator.id if figure.indicator else figure.id
    parts = ["couvert", what, *figure.name, session.version(), language()]
    if "simulated" in figure.bases:
        parts.append(say("simulated.file"))
    return "_".join(re.sub(r"[^A-Za-z0-9-]+", "-", part).strip("-") for part in parts if part) + f".{extension}"


def exported(figure: Figure, table: Table, version: str, *, words: bool) -> pd.DataFrame:
    """The rows of an export with version and source; in words and the reader's headings if `words`.

    Indicator and unit are named only where there is a `value` column: other numbers are not in that unit.
    """
    frame = table.export.copy()
    if figure.indicator is not None and "value" in frame:
        frame["indicator"], frame["unit"] = figure.indicator.id, figure.indicator.unit
    frame["setting"] = " ".join(part for part in figure.name if part)
    frame["version"], frame["source"] = version, figure.source_plain
    first = [column for column in ("area_id", "name", "place") if column in frame]
    frame = frame[[*first, *(column for column in frame if column not in first)]]
    if not words:
        return frame
    for column, family in (
        ("status", "status"), ("basis", "basis"), ("reason", "reason"), ("before_status", "status"),
        ("before_reason", "reason"),
    ):
        if column in frame:
            frame[column] = frame[column].map(lambda x, f=family: say(f"{f}.{x}") if known(f"{f}.{x}") else x)
    return frame.rename(columns={c: say(f"export.{c}") for c in frame.columns if known(f"export.{c}")})


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
