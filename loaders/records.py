"""Records of any form as parts of a file: text columns with their line, what was left out, what cannot be a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from loaders.catalog import LoadError

# UTF-8 read as Windows-1252 and saved again ("MontrÃ©al", "Lâ€™Aide"), and the mark of a lost character.
SPOILT = re.compile("\N{REPLACEMENT CHARACTER}|Ã[\u0080-\u00bf\u201a\u0192\u201e\u2026\u0160\u0152]|â€[™œ˜“”\u009d¦]")
_HALF = re.compile("[\ud800-\udfff]")  # half of a pair, which a JSON may spell out
Keep = Mapping[str, Mapping[str, Collection[str]]]


@dataclass(frozen=True)
class Fault:
    """One record that cannot be read as a row."""

    line: int
    value: str
    rule: str
    fr: str
    en: str


@dataclass
class Part:
    """Some consecutive records: `table` of text columns and `line`, those not asked for, those refused."""

    table: pa.Table
    records: int
    left_out: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Reading:
    """One file being read: its `encoding` is certain once `parts` is exhausted; `preamble` counts lines above.

    `unread` names the columns of the file that nobody asked for.
    """

    encoding: str
    preamble: int
    parts: Iterator[Part]
    unread: list[str] = field(default_factory=list)


def kept(part: Part, keep: Keep) -> Part:
    """The part without the rows a declared filter does not ask for, counted by rule."""
    for rule, asked in keep.items():
        before = part.table.num_rows
        for column, values in asked.items():
            asked_for = pc.SetLookupOptions(pa.array(sorted(values), pa.string()))
            part.table = part.table.filter(pc.call_function("is_in", [part.table[column]], asked_for))
        if before > part.table.num_rows:
            part.left_out[rule] = before - part.table.num_rows
    return part


def spoilt(line: int, cells: Iterable[str]) -> Fault | None:
    """What is wrong with the text of a record: a NUL character, or accents read in a wrong encoding and saved again."""
    for cell in cells:
        if "\x00" in cell:
            return fault(line, cell.replace("\x00", "␀"), "nul", "Un caractère nul se trouve dans le texte.",
                          "There is a NUL character in the text.")
        if SPOILT.search(cell) or _HALF.search(cell):
            return fault(
                line, cell, "encoding", "Des accents ont été abîmés par un mauvais encodage.",
                "Accents were spoilt by a wrong encoding: export the file again as UTF-8.",
            )
    return None


def positions(
    found: list[str], names: Mapping[str, str | int], optional: set[str], file: str, line: int
) -> dict[str, int]:
    """Where each of our columns stands; optional ones that are absent are not in it. Raises LoadError for others."""
    where: dict[str, int] = {}
    for ours, theirs in names.items():
        if isinstance(theirs, int):
            if theirs >= len(found):
                raise LoadError(
                    f"it has {len(found)} columns, not {theirs + 1}", file=file, line=line,
                    remedy="Declare the column by its position, from 0.",
                )
            where[ours] = theirs
        elif found.count(theirs) == 1:
            where[ours] = found.index(theirs)
        elif found.count(theirs) > 1:
            at = ", ".join(str(i) for i, name in enumerate(found) if name == theirs)
            raise LoadError(
                "the column appears more than once", file=file, line=line, column=theirs,
                remedy=f"Declare which by its position: {at}.",
            )
        elif ours not in optional:
            raise LoadError(
                "the column is missing", file=file, line=line, column=theirs,
                remedy=f"The file has: {', '.join(found[:12])}{' …' if len(found) > 12 else ''}.",
            )
    return where


def fault(line: int, value: str, rule: str, fr: str, en: str) -> Fault:
    """A refusal; the value is cut at 200 signs and holds no half of a character."""
    return Fault(line, value[:200].encode(errors="replace").decode(), rule, fr, en)
