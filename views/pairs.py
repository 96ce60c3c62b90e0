"""Need against distance, two indicators on one map: nine cells, A1 to C3, printed in the key, tooltip and table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from indicators import access, need
from indicators.spec import Indicator
from loaders.store import Store
from views import classes, legends, mapfiles, numbers, tables, theme
from views.classes import Breaks
from views.tables import Column, Table
from views.words import language, local, plural, say

# Down the key, then across it. Both are published wherever there are people and places.
DOWN: Indicator = need.INDICATOR
ACROSS: Indicator = access.NEAREST
LETTERS = "ABC"
_SIDES = ((DOWN, "need"), (ACROSS, "far"))
# Where two statuses meet, the first of these is shown: what was hidden on purpose, then what no one knows.
_WEAKEST = ("suppressed", "missing", "unknown", "not_applicable")


@dataclass(frozen=True)
class Pair:
    """One row per area that has limits, by area_id, and the two inner limits of each side.

    `frame`: area_id, name, place, need and far [values], people, people_low, people_high [in need], cell [A1 to C3,
    empty where a side has no value], status, basis. `breaks` by side; a side with fewer values has fewer classes.
    `listed`: the listing is incomplete, and help is at most so far.
    """

    frame: pd.DataFrame
    need: Breaks
    far: Breaks
    listed: bool = False


def offered(store: Store, level: str) -> bool:
    """Whether both indicators are there at a level."""
    return {DOWN.id, ACROSS.id} <= set(store.offered(level))


def pair(store: Store, level: str, method: str) -> Pair:
    """Both indicators over the areas of a level, in cells cut by `method`. Cached: read it only."""
    return _pair(store.edition, store.version, level, method, language(), store)


@st.cache_resource(max_entries=64, show_spinner=False)
def _pair(edition: str, version: str, level: str, method: str, spoken: str, _store: Store) -> Pair:  # noqa: ARG001  cache key
    sides = {name: _store.indicator(indicator.id, level).set_index("area_id") for indicator, name in _SIDES}
    frame = mapfiles.names(_store, level).set_index("area_id")[["name", "place"]]
    frame = frame[frame.index.isin(sides["need"].index)]
    for name, rows in sides.items():
        frame[name] = rows["value"].where(rows["status"] == "ok").reindex(frame.index)
    rows = sides["need"].reindex(frame.index)
    frame["people"] = rows["numerator"].where(frame["need"].notna())
    for end in ("low", "high"):
        frame[f"people_{end}"] = (rows[end] * rows["denominator"]).where(frame["need"].notna())
    found = [rows["status"].reindex(frame.index).fillna("missing") for rows in sides.values()]
    frame["status"] = [_together({*both}) for both in zip(*found)]
    frame["basis"] = sides["far"]["basis"].reindex(frame.index)
    cuts = {name: cut(indicator, frame[name].dropna(), method) for indicator, name in _SIDES}
    frame["cell"] = _cells(frame, cuts["need"], cuts["far"])
    return Pair(frame.reset_index(), **cuts, listed=_store.listing_incomplete)


def _together(statuses: set[str]) -> str:
    return next((name for name in _WEAKEST if name in statuses), "ok")


def cut(indicator: Indicator, values: pd.Series, method: str) -> Breaks:
    """Two inner limits: the two middle ones declared, or those of three classes by the method."""
    if method == "fixed":
        return indicator.breaks[1:3]
    return classes.breaks_of(indicator, values, method, most=3)


def _cells(frame: pd.DataFrame, down: Breaks, across: Breaks) -> pd.Series:
    known = frame["need"].notna() & frame["far"].notna()
    rows, columns = _side(frame["need"], down), _side(frame["far"], across)
    told = pd.Series([f"{LETTERS[i]}{j + 1}" for i, j in zip(rows, columns)], index=frame.index)
    return told.where(known, "")


def _side(values: pd.Series, breaks: Breaks) -> np.ndarray:
    """0, 1 or 2: zero is the lowest, and a value that is not known is not read."""
    numeric = np.array([classes.stored(value) for value in values.fillna(0.0)])
    return np.searchsorted(np.array(breaks), numeric, side="right")


# --- the map ----------------------------------------------------------------------------------------------


def file(store: Store, level: str) -> str:
    """Address of the map file of both indicators: `v0` need, `v1` distance [or a status below zero], `v2` the status
    of both; `s0` both in words, `s1` to `s3` the cell by each method."""
    return mapfiles.kept(store, f"{level}.pair.{language()}.geojson", lambda: _geojson(store, level))


def _geojson(store: Store, level: str) -> bytes:
    held = mapfiles.named(store, level)
    for n, method in enumerate(classes.METHODS):
        for row in tables.records(pair(store, level, method).frame):
            held[row.area_id][f"s{n + 1}"] = row.cell
    for row in tables.records(pair(store, level, classes.METHODS[0]).frame):
        code = mapfiles.CODES.get(row.status, 0)
        told = tables.status_word(row.status) if code else _both(
            row.need, far_words(row.far, listed=store.listing_incomplete),
        )
        held[row.area_id].update({
            "v0": code or classes.stored(row.need), "v1": code or classes.stored(row.far), "v2": code, "s0": told,
        })
    return mapfiles.collection(store, level, held)


def _both(need_value: float, far: str) -> str:
    lines = (
        say("pair.tooltip", title=indicator.title.of(local("fr", "en")), value=told)
        for indicator, told in ((DOWN, numbers.value(need_value, DOWN.unit)), (ACROSS, far))
    )
    return "\n".join(lines)


def far_words(value: float, *, listed: bool) -> str:
    """A distance; at most so far where the listing is incomplete."""
    shown = numbers.value(value, ACROSS.unit)
    return say("number.at_most", value=shown) if listed else shown


def fill(shown: Pair, *, dark: bool) -> str:
    """The fill accessor: statuses first, then nine cells from the highest down."""
    steps = [
        f"properties.v2=={mapfiles.CODES['not_applicable']}?{_js(theme.token('na', dark=dark))}",
        f"properties.v2<0?{_js(theme.token('paper', dark=dark))}",
    ]
    rows = [f"properties.v0>={brk:g}" for brk in reversed(shown.need)]
    for i, row in zip(range(len(shown.need), -1, -1), [*rows, ""]):
        for j, brk in zip(range(len(shown.far), 0, -1), reversed(shown.far)):
            test = f"{row}&&properties.v1>={brk:g}" if row else f"properties.v1>={brk:g}"
            steps.append(f"{test}?{_js(theme.PAIR[i][j])}")
        steps.append(f"{row}?{_js(theme.PAIR[i][0])}" if row else _js(theme.PAIR[i][0]))
    return ":".join(steps)


def _js(colour: str) -> str:
    return "[{},{},{}]".format(*theme.rgb(colour))


# --- words ------------------------------------------------------------------------------------------------


def key(shown: Pair, *, unit_key: str, services: dict[str, int], closed: int, more: str = "") -> str:
    """The key [HTML]: three by three, code and count in each cell, limits on both sides, then the statuses."""
    counts = shown.frame["cell"].value_counts()
    down, across = legends.ranges(DOWN, shown.need), legends.ranges(ACROSS, shown.far)
    lines = []
    for i in range(len(shown.need), -1, -1):
        cells = "".join(
            f'<td style="background:{theme.PAIR[i][j]};color:{theme.over(theme.PAIR[i][j])}">'
            f"<b>{LETTERS[i]}{j + 1}</b><small>{numbers.count(int(counts.get(f'{LETTERS[i]}{j + 1}', 0)))}</small></td>"
            for j in range(len(shown.far) + 1)
        )
        lines.append(f'<tr><th scope="row">{LETTERS[i]} · {html.escape(down[i])}</th>{cells}</tr>')
    foot = "".join(f'<th scope="col">{j + 1} · {html.escape(words)}</th>' for j, words in enumerate(across))
    spoken = local("fr", "en")
    total = plural(unit_key, len(shown.frame), n=numbers.count(len(shown.frame)))
    read = say("pair.corner", down=DOWN.title.of(spoken), across=ACROSS.title.of(spoken))
    read += " " + say("pair.counts", total=total)
    return (
        f'<div class="cv-legend"><table class="cv-pair"><caption>{html.escape(read)}</caption>'
        f"<tbody>{''.join(lines)}<tr><td></td>{foot}</tr></tbody></table>"
        f'<div class="cv-keys">{legends.statuses(shown.frame["status"])}</div>'
        f'<div class="cv-keys">{legends.places(services, closed)}{more}</div></div>'
    )


def sentence(shown: Pair, level: str) -> str:
    """How many areas join the highest need and the farthest help, and how many people in need live there."""
    known = shown.frame[shown.frame["cell"] != ""]
    if known.empty:
        return say("sentence.map_none")
    worst = f"{LETTERS[len(shown.need)]}{len(shown.far) + 1}"
    there = known[known["cell"] == worst]
    total = plural(f"level_n.{level}", len(known), n=numbers.count(len(known)))
    words = {
        "need": legends.ranges(DOWN, shown.need)[-1], "far": legends.ranges(ACROSS, shown.far)[-1], "total": total,
        "cell": worst,
    }
    told = [plural("pair.worst", len(there), n=numbers.count(len(there)), **words) if len(there)
            else say("pair.none", **words)]
    if len(there):
        people = there[["people", "people_low", "people_high"]].sum()
        span = numbers.people_span(people["people_low"], people["people_high"])
        told.append(say("pair.people", n=numbers.people(people["people"]), span=span))
    silent = int(((shown.frame["cell"] == "") & (shown.frame["status"] != "not_applicable")).sum())
    if silent:
        told.append(plural("sentence.map_silent", silent, n=numbers.count(silent)))
    return " ".join(told)


def table(shown: Pair, chosen: str | None = None, more: Sequence[Column] = ()) -> Table:
    """Both values, the cell and people in need of each area, C3 first; `more` columns follow the rows of `shown`."""
    # C3, C2, C1, B3…: the most need first, and the farthest from help in it; areas without a cell are last.
    rows = shown.frame.assign(_cell=shown.frame["cell"].replace("", None))
    rows = tables.highest(rows, ["_cell"]).drop(columns="_cell")
    order = rows.index
    rows = rows.reset_index(drop=True)
    spoken, known = local("fr", "en"), (rows["cell"] != "").tolist()
    columns = [
        Column(say("table.area"), rows["name"].tolist(), "head", under=rows["place"].tolist(),
               under_name=say("export.place")),
        Column(say("pair.cell"), [
            cell or tables.status_word(status) for cell, status in zip(rows["cell"], rows["status"])
        ], words=[not good for good in known]),
    ]
    for indicator, name in _SIDES:
        listed = shown.listed and indicator is ACROSS
        told = [
            "" if not numbers.known(v) else far_words(v, listed=True) if listed else numbers.value(v, indicator.unit)
            for v in rows[name]
        ]
        columns.append(Column(indicator.title.of(spoken), told, "number", second=name == "far"))
    people = [
        numbers.people(row.people) if numbers.known(row.people) else "" for row in tables.records(rows)
    ]
    span = [numbers.people_span(row.people_low, row.people_high) or "" for row in tables.records(rows)]
    columns += [
        Column(say("pair.in_need"), people, "number", second=True),
        Column(say("table.range"), span, "number", second=True),
        *(tables.ordered(column, order) for column in more),
    ]
    export = rows.rename(columns={"need": DOWN.id, "far": ACROSS.id})
    at = rows.index[rows["area_id"] == chosen].tolist() if chosen else []
    return Table(columns, export, say("table.caption", title=say("pair.question")), at[0] if at else None)
