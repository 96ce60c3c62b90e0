"""Tables: status as words, numbers on the right, alphabetical by French collation; and the files they become."""

from __future__ import annotations

import functools
import html
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st

from indicators.spec import Indicator
from views import numbers
from views.words import known, local, say

# Above this many rows the table is drawn by Streamlit's grid, which scrolls without drawing every row.
LONG = 600
_SHAPE = ("value", "low", "high", "status", "reason")
# As many columns as a phone shows beside one another.
SIDE_BY_SIDE = 3
# What a spreadsheet may read as a formula, full-width signs included, or as the end of a cell.
_INJECTION = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Column:
    """One column of a table on screen: `texts` are ready to show, in the reader's language.

    `second` columns are hidden on a phone; `words` marks rows whose text stands for a missing number; `html`
    replaces a text on screen by HTML its maker has escaped (a link, a word in ochre). `under_name` heads what stands
    `under` where a file gives it a column of its own; else it is a range under numbers, a detail under the rest.
    """

    name: str
    texts: list[str]
    kind: Literal["head", "text", "number"] = "text"
    second: bool = False
    words: list[bool] | None = None
    under: list[str] | None = None
    html: list[str] | None = None
    under_name: str = ""


@dataclass(frozen=True)
class Table:
    """What a figure shows as a table, and `export`: machine names, raw numbers, one row per row of the table."""

    columns: list[Column]
    export: pd.DataFrame
    caption: str
    chosen: int | None = None

    @functools.cached_property
    def html(self) -> str:
        """As it stands on screen, written once: a table kept for a choice is shown at every click."""
        return to_html(self)


def folded(text: str) -> str:
    """A name without accents, ligatures, case, dashes or apostrophes: for sorting and searching.

    >>> folded("L’Île-Bizard–Sainte-Geneviève")
    'l ile bizard sainte genevieve'
    """
    plain = text.lower().replace("œ", "oe").replace("æ", "ae")
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def records(frame: pd.DataFrame) -> list[Any]:
    """The rows of a frame as named tuples."""
    return list(frame.itertuples())


def by_name(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows in alphabetical order of a text column, accents folded, then by the rest of the name."""
    return frame.assign(_f=frame[column].map(folded)).sort_values(["_f", column], kind="stable").drop(columns="_f")


def highest(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Rows from the highest of `columns` down, those without a value last; alphabetical where they tie."""
    return by_name(frame, "name").sort_values(list(columns), ascending=False, kind="stable", na_position="last")


def status_word(status: str, reason: object = None) -> str:
    """A status in words; with its reason where the words for it exist."""
    word = say("status.unknown_hours" if reason == "hours_untold" else f"status.{status}")
    if isinstance(reason, str) and known(f"reason.{reason}"):
        return say("status.because", word=word, reason=say(f"reason.{reason}"))
    return word


def of_values(
    frame: pd.DataFrame, indicator: Indicator, *, chosen: str | None = None, more: Sequence[Column] = (),
) -> Table:
    """The table of one indicator over areas, the highest value first: it answers “where” at its first row.

    `frame`: the result shape with `reason`, plus name and place [text]. Zero, missing, suppressed,
    not applicable and unknown read as five different things. `more`: columns whose texts follow the rows of `frame`.
    """
    rows = frame.reset_index(drop=True)
    rows = highest(rows.assign(_v=rows["value"].where(rows["status"] == "ok")), ["_v"]).drop(columns="_v")
    order = rows.index
    rows = rows.reset_index(drop=True)
    ok = (rows["status"] == "ok") & rows["value"].notna()
    shown = [
        numbers.limited(value, low, high, indicator.unit) if good else status_word(str(status), reason)
        for value, low, high, status, reason, good in zip(*(rows[c] for c in _SHAPE), ok)
    ]
    ranges = [
        "" if good and numbers.one_sided(value, low, high) else numbers.span(low, high, indicator.unit) or ""
        for value, low, high, good in zip(rows["value"], rows["low"], rows["high"], ok)
    ]
    columns = [
        Column(say("table.area"), rows["name"].tolist(), "head", under=rows["place"].fillna("").tolist(),
               under_name=say("export.place")),
        Column(indicator.title.of(_language()), shown, "number", words=(~ok).tolist()),
    ]
    if any(ranges):
        label = "table.spread" if indicator.unit in numbers.SPREAD_UNITS else "table.range"
        columns.append(Column(say(label), ranges, "number", second=True))
    if indicator.unit == "share" and indicator.counts_people:
        people = [
            numbers.people_limited(n, *cells) if good and numbers.known(n) else ""
            for n, *cells, good in zip(rows["numerator"], rows["value"], rows["low"], rows["high"], ok)
        ]
        columns.append(Column(say("table.people"), people, "number", second=True))
    columns += [ordered(column, order) for column in more]
    at = rows.index[rows["area_id"] == chosen].tolist() if chosen else []
    return Table(columns, rows, say("table.caption", title=indicator.title.of(_language())), at[0] if at else None)


def ordered(column: Column, order: pd.Index) -> Column:
    """A column with its rows in another order: positions of the rows it has now."""
    lists = {name: getattr(column, name) for name in ("texts", "words", "under", "html")}
    return replace(column, **{name: [cells[i] for i in order] for name, cells in lists.items() if cells is not None})


def _language() -> str:
    return local("fr", "en")


def show(table: Table) -> None:
    """Draw a table: real HTML up to `LONG` rows, Streamlit's grid beyond."""
    if len(table.export) > LONG:
        grid = pd.DataFrame({column.name: column.texts for column in table.columns})
        side = {c.name: st.column_config.TextColumn(alignment="right") for c in table.columns if c.kind == "number"}
        st.dataframe(grid, hide_index=True, height=560, column_config=side, alt=table.caption)
        return
    st.html(table.html)


def to_html(table: Table) -> str:
    """The table as HTML, every text escaped. A phone stacks the cells of a row where a table has many columns."""
    stacked = sum(not column.second for column in table.columns) > SIDE_BY_SIDE

    def classes(column: Column, word: bool = False) -> str:
        names = [*(["num"] if column.kind == "number" else []), *(["second"] if column.second else [])]
        if word:
            names = [n for n in names if n != "num"] + ["num", "word"]
        return f' class="{" ".join(names)}"' if names else ""

    # Roles are said again: a phone shows each row as a block, which would make browsers forget that it is a table.
    def role(name: str) -> str:
        return f' role="{name}"' if stacked else ""

    head = "".join(
        f'<th scope="col"{role("columnheader")}{classes(c)}>{html.escape(c.name)}</th>' for c in table.columns
    )
    body = []
    for i in range(len(table.export)):
        cells = []
        for column in table.columns:
            text = column.html[i] if column.html else html.escape(column.texts[i])
            if column.under and column.under[i]:
                text += f"<small>{html.escape(column.under[i])}</small>"
            word = bool(column.words and column.words[i])
            if column.kind == "head":
                cells.append(f'<th scope="row"{role("rowheader")}{classes(column, word)}>{text}</th>')
            else:
                named = f' data-head="{html.escape(column.name)}"' if stacked else ""
                cells.append(f'<td{role("cell")}{named}{classes(column, word)}>{text}</td>')
        body.append(f'<tr{role("row")}{" class=on" if table.chosen == i else ""}>{"".join(cells)}</tr>')
    return (
        f'<div class="cv-table{" cv-stack" if stacked else ""}" tabindex="0" role="region" '
        f'aria-label="{html.escape(table.caption)}"><table{role("table")}><thead{role("rowgroup")}><tr{role("row")}>'
        f"{head}</tr></thead><tbody{role('rowgroup')}>{''.join(body)}</tbody></table></div>"
    )


# --- files ------------------------------------------------------------------------------------------------


def safe(cell: object) -> object:
    """A text cell a spreadsheet cannot take for a formula; numbers stay numbers.

    >>> safe("=1+1"), safe("-2"), safe(-2)
    ("'=1+1", "'-2", -2)
    """
    if not isinstance(cell, str):
        return cell
    # A lone \r is not quoted by the writer, and ends the row for a spreadsheet: what follows would begin a cell.
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if cell.startswith(_INJECTION) else cell


def _comma(cell: object) -> object:
    """A number among texts with a decimal comma, a day without its hour: `to_csv` does so to whole columns only."""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d")
    return str(cell).replace(".", ",") if isinstance(cell, float) and numbers.known(cell) else cell


def csv(frame: pd.DataFrame, *, french_excel: bool) -> bytes:
    """A CSV: for French Excel (`;`, decimal comma, byte-order mark) or for machines (`,`, point, UTF-8)."""
    text = frame.rename(columns=safe)
    for column in text.columns:
        if not pd.api.types.is_numeric_dtype(text[column]) and not pd.api.types.is_datetime64_any_dtype(text[column]):
            cells = [_comma(safe(cell)) if french_excel else safe(cell) for cell in text[column]]
            text[column] = pd.Series(cells, text.index, dtype="object")  # counts beside gaps stay whole numbers
    out = io.StringIO()
    if french_excel:
        text.to_csv(out, index=False, sep=";", decimal=",", lineterminator="\r\n", date_format="%Y-%m-%d")
        return out.getvalue().encode("utf-8-sig")
    text.to_csv(out, index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return out.getvalue().encode("utf-8")
