"""Rows with a bar: rank, name, a bar with its range, the number, then columns a phone hides. One real HTML table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from views import noted, numbers


@dataclass(frozen=True)
class Row:
    """One row. `value`, `low`, `high` set the lengths; `shown` is the number in words, ready to read.

    Without `value` the row has no bar and `shown` is read as a word; a range alone is drawn as a range.
    """

    name: str
    shown: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    rank: str = ""
    under: str = ""
    href: str = ""
    more: Sequence[str] = ()


@dataclass(frozen=True)
class Drawn:
    """Rows as they were shown, for the picture taken away."""

    rows: Sequence[Row]
    heads: Sequence[str]
    simulated: bool


def longest(rows: Sequence[Row]) -> float:
    """What the full length of a track stands for: the largest value or end of a range."""
    return max([x for row in rows for x in (row.value, row.high) if numbers.known(x) and x is not None] or [1.0]) or 1.0


def to_html(rows: Sequence[Row], heads: Sequence[str], caption: str, *, simulated: bool) -> str:
    """The rows as a table [HTML]. `heads`: rank (empty = no such column), name, bar, then one per `more`.

    Where the bar has no heading, that of the name stands over both.

    Bars of simulated values are dashed and unfilled; the last columns are hidden on a phone.
    """
    noted.note(Drawn(rows, heads, simulated))
    top = longest(rows)
    ranked = bool(heads[0])
    kinds = [*(["rank"] if ranked else []), "name", "bar", *["num second"] * (len(heads) - 3)]
    words = [head for i, head in enumerate(heads) if i or ranked]
    wide = not heads[2]
    head = "".join(
        f'<th scope="col" class="{k}"{" colspan=2" if wide and k == "name" else ""}>{html.escape(w)}</th>'
        for k, w in zip(kinds, words) if w
    )
    body = "".join(_row(row, top, ranked=ranked) for row in rows)
    ranges = any(row.value is None and row.high is not None for row in rows)  # all tracks keep one length, one scale
    look = " ".join(["cv-bars", *(["ranged"] if ranges else []), *(["sim"] if simulated else [])])
    return (
        f'<table class="{look}" aria-label="{html.escape(caption)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(row: Row, top: float, *, ranked: bool) -> str:
    name = html.escape(row.name)
    if row.href:
        name = f'<a href="{html.escape(row.href)}" target="_self">{name}</a>'
    under = f"<small>{html.escape(row.under)}</small>" if row.under else ""
    rank = f'<td class="rank"><span class="cv-nowrap">{html.escape(row.rank)}</span></td>' if ranked else ""
    more = "".join(f'<td class="num second">{html.escape(text)}</td>' for text in row.more)
    return (
        f'<tr>{rank}<th scope="row" class="name">{name}{under}</th>'
        f'<td class="bar"><div>{_track(row, top)}{_number(row)}</div></td>{more}</tr>'
    )


def _number(row: Row) -> str:
    return f"<b>{html.escape(row.shown)}</b>" if row.value is not None else f"<em>{html.escape(row.shown)}</em>"


def _track(row: Row, top: float) -> str:
    """The bar and its whisker, in shares of the longest; nothing where there is no number at all."""
    parts = []
    if row.value:
        parts.append(f'<i style="width:{100 * row.value / top:.2f}%"></i>')
    if row.low is not None and row.high is not None and row.high > row.low:
        left, wide = 100 * row.low / top, 100 * (row.high - row.low) / top
        parts.append(f'<u style="left:{left:.2f}%;width:{wide:.2f}%"></u>')
    return f'<span class="track" aria-hidden="true">{"".join(parts)}</span>'
