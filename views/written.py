"""A figure's table as a person reads it in a spreadsheet: the page's words, and the page's numbers as numbers.

A cell that is a number on the page is that number in the file, as rounded as it is there, its unit in the heading.
A range becomes two columns. A word that stands for a number stays a word. Machines have files of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from indicators import INDICATOR
from views import numbers
from views.numbers import Read
from views.tables import Column, Table, status_word
from views.words import known, local, say

# Signs that stand against their number on the page; other units are words.
_METRES = frozenset({"m", "km"})


@dataclass(frozen=True)
class Field:
    """A column of the file: its heading, its cells, and the decimals of its numbers (None: none, or as they come)."""

    name: str
    cells: list[Any]
    digits: int | None = None

    @property
    def numeric(self) -> bool:
        """Whether some cell is a number: then a word in it stands for one."""
        return any(isinstance(cell, int | float) for cell in self.cells)


def fields(table: Table, machine: pd.DataFrame, *, about: Sequence[tuple[str, str]] = ()) -> list[Field]:
    """The columns of a table in the language spoken, `machine` being its rows in machine names.

    Code, then what the page shows; then state and nature of each row, its value and range with every decimal where
    it has them, and the `about` of the whole, as (heading, words).
    """
    made: list[Field] = []
    if "area_id" in machine and machine["area_id"].nunique() > 1:
        made.append(Field(say("export.area_id"), [_text(cell) for cell in machine["area_id"]]))
    for column in table.columns:
        made += _column(column)
    told = {text for field in made for text in field.cells if isinstance(text, str)}
    made += _states(machine, told)
    made += _whole(machine)
    made += [Field(heading, [words] * len(machine)) for heading, words in about if words]
    return _apart(made)


def frame(made: Sequence[Field]) -> pd.DataFrame:
    """Fields as a frame, one row per row of the table; numbers stay numbers, also beside words."""
    return pd.DataFrame({field.name: pd.Series(field.cells, dtype="object") for field in made})


# --- what the page shows ----------------------------------------------------------------------------------


def _column(column: Column) -> list[Field]:
    """A column of the page as one or more columns of the file: value, range, what stands under it."""
    ends = column.name in (say("table.range"), say("table.spread"))
    made = _read(column.name, column.texts, ends=ends) if column.kind == "number" else [
        _plain(column.name, column.texts)
    ]
    if not column.under or not any(column.under):
        return made
    if any(numbers.read_span(text) for text in column.under):
        return made + _read(f"{_bare(column.name)}, {say('written.range')}", column.under, ends=True)
    heading = column.under_name or say("written.more")
    name = heading if column.kind == "head" or column.under_name else f"{column.name}, {heading}"
    return [*made, _plain(name, column.under)]


def _bare(name: str) -> str:
    """A heading without the word that says a range stands in its cells: in a file it has columns of its own."""
    return name.removesuffix(f", {say('written.range')}")


def _plain(name: str, texts: Sequence[str]) -> Field:
    """Texts as they are; days, where every one is a day."""
    days = [_day(text) for text in texts]
    held = [day for text, day in zip(texts, days) if text]
    return Field(name, days if held and all(held) else [text or None for text in texts])


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time()) if len(text) == 10 else None
    except ValueError:
        return None


def _read(name: str, texts: Sequence[str], *, ends: bool = False) -> list[Field]:
    """Numbers of one unit as numbers, their ranges as two columns; texts where they are not of one unit.

    `ends`: cells are ranges, so that a number alone is both ends of its own.
    """
    read = [numbers.read_cell(text) for text in texts]
    if ends:
        read = [(None, cell[0], cell[0]) if cell and cell[1] is None else cell for cell in read]
    found = [one for cell in read if cell is not None for one in cell if one is not None]
    unit = _one_unit([one.unit for one in found])
    if not found or unit is None or any(cell is None and _counts(text) for text, cell in zip(texts, read)):
        return [_plain(name, texts)]
    digits = 0 if unit == "m" else max(one.digits for one in found)
    bare = _bare(name) if any(cell and all(cell) for cell in read) else name
    heads = [_with_unit(f"{bare}{tail}", unit) for tail in ("", f", {say('written.low')}", f", {say('written.high')}")]
    columns: list[Field] = []
    for at, heading in enumerate(heads):
        cells: list[Any] = [
            (text or None) if cell is None and at == 0 else _number(None if cell is None else cell[at], unit)
            for text, cell in zip(texts, read)
        ]
        if any(cell is not None for cell in cells):
            columns.append(Field(heading, [_rounded(x, digits) for x in cells], digits))
    return columns


def _counts(text: str) -> bool:
    """Whether words hold a number that was not understood: a column that has such a cell stays as it reads."""
    return any(sign.isdigit() for sign in text)


def _number(one: Read | None, unit: str) -> float | None:
    if one is None:
        return None
    return one.value * 1000 if unit == "m" and one.unit == "km" else one.value


def _rounded(cell: Any, digits: int) -> Any:
    if not isinstance(cell, float):
        return cell
    return round(cell) if digits == 0 else round(cell, digits)


def _one_unit(units: Sequence[str]) -> str | None:
    """The unit all are in, in its longest form (points, not point); metres for metres and kilometres; or None."""
    every = set(units) or {""}
    if every <= _METRES and len(every) > 1:
        return "m"
    longest = max(every, key=len)
    return longest if all(longest in (one, f"{one}s") for one in every) else None


def _with_unit(name: str, unit: str) -> str:
    return name if not unit or unit in ("×",) or name.endswith(unit) else f"{name} ({unit})"


# --- what each row is -------------------------------------------------------------------------------------


def _states(machine: pd.DataFrame, told: set[str]) -> list[Field]:
    """State and nature of each row, in words; nothing that the page's own columns already say of each."""
    made = []
    if "status" in machine and machine["status"].map(lambda x: known(f"status.{x}")).all():
        reasons = machine["reason"] if "reason" in machine else [None] * len(machine)
        made.append(Field(say("export.status"), [_state(x, why) for x, why in zip(machine["status"], reasons)]))
    if "basis" in machine:
        words = [say(f"basis.{x}") if known(f"basis.{x}") else None for x in machine["basis"]]
        if any(words) and not {word for word in words if word} <= told:
            made.append(Field(say("export.basis"), words))
    return made


def _state(status: str, reason: Any) -> str:
    """A status in words; unknown without its object, which the page's own cell names: a capacity, an hour, a count."""
    if status != "unknown":
        return status_word(status, reason)
    why = f"reason.{reason}"
    return say("status.because", word=say("written.unknown"), reason=say(why)) if known(why) else say("written.unknown")


def _whole(machine: pd.DataFrame) -> list[Field]:
    """Value and range of an indicator with every decimal, in the unit of the row: what an analyst sums again."""
    if not {"value", "unit", "indicator"} <= set(machine) or not pd.api.types.is_numeric_dtype(machine["value"]):
        return []
    units = [str(unit) for unit in machine["unit"]]
    if not all(known(f"written.unit_{unit}") for unit in units):
        return []
    made = [
        Field(say(f"written.whole_{name}"), [_scaled(x, unit) for x, unit in zip(machine[name], units)])
        for name in ("value", "low", "high") if name in machine and machine[name].notna().any()
    ]
    if not made:
        return []
    spoken = local("fr", "en")
    named = [INDICATOR[name].title.of(spoken) if name in INDICATOR else None for name in machine["indicator"]]
    return [
        *([Field(say("export.indicator"), named)] if any(named) else []), *made,
        Field(say("export.unit"), [say(f"written.unit_{unit}") for unit in units]),
    ]


def _scaled(value: Any, unit: str) -> float | None:
    """A value as the page scales it: shares and points out of 100."""
    if not numbers.known(value):
        return None
    return float(value) * (100 if unit in ("share", "points") else 1)


def _text(cell: Any) -> str | None:
    return cell if isinstance(cell, str) and cell else None


def _apart(made: list[Field]) -> list[Field]:
    """Headings that come twice told apart by their place: a spreadsheet looks columns up by name."""
    seen: dict[str, int] = {}
    told = []
    for field in made:
        seen[field.name] = seen.get(field.name, 0) + 1
        told.append(field if seen[field.name] == 1 else replace(field, name=f"{field.name} {seen[field.name]}"))
    return told
