"""Every form a table is sent in, read the same way; files from outside are read in a limited process."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders import archives, delimited, limited, objects, sheets
from loaders.catalog import LoadError
from loaders.records import Keep, Part, Reading, kept

# Set for the files of a partner or an upload: this process then parses none of their bytes, but for a JSON document
# that a limited process has parsed before.
UNTRUSTED: ContextVar[bool] = ContextVar("UNTRUSTED", default=False)
# Where an edition keeps its own files: for those that the folder of raw files does not have.
OWN_FOLDER: ContextVar[Path | None] = ContextVar("OWN_FOLDER", default=None)


@dataclass(frozen=True)
class How:
    """How a file is written, where its own marks do not say."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: int | None = None
    footer: str | None = None
    optional: tuple[str, ...] = ()
    keep: Keep = field(default_factory=dict)


@contextmanager
def from_outside(partner: bool, own: Path | None = None) -> Iterator[None]:
    """While it lasts, files are read in a limited process where `partner` is true, and looked for in `own` too."""
    tokens = UNTRUSTED.set(partner), OWN_FOLDER.set(own)
    try:
        yield
    finally:
        UNTRUSTED.reset(tokens[0])
        OWN_FOLDER.reset(tokens[1])


def read(path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], how: How) -> Reading:
    """A table as parts of text columns named as in `columns`, with `line`; the form is told by the file's name.

    Raises LoadError where the whole file cannot be read.
    """
    _check(how, file)
    if UNTRUSTED.get():
        return limited.table(path, file, columns, how)
    return read_here(path, file, columns, how)


def _check(how: How, file: str) -> None:
    """Raise LoadError where what an edition or a mapping declares is no encoding or no delimiter."""
    try:
        codecs.lookup(how.encoding or "utf-8")
    except LookupError as error:
        raise LoadError(
            f"“{how.encoding}” is no encoding", file=file, remedy="Declare utf-8, utf-16 or cp1252, or nothing.",
        ) from error
    if how.delimiter and (len(how.delimiter) > 1 or not how.delimiter.isascii() or how.delimiter in '"\r\n'):
        raise LoadError(f"“{how.delimiter}” is no delimiter", file=file, remedy="Declare one sign, or nothing.")


def read_here(
    path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], how: How, *, untrusted: bool = False,
) -> Reading:
    """`read` in this process."""
    form = Path(archives.split(file)[1] or file).suffix.lower()
    if form in (".xlsx", ".xls", ".xlsm"):
        part = sheets.read(
            path, file, columns, sheet=how.sheet, header=how.header, footer=how.footer, optional=how.optional,
            untrusted=untrusted,
        )
        return Reading("binary", 0, iter([kept(part, how.keep)]))
    if form == ".json":
        part = objects.read(path, file, columns, how.encoding, how.optional, untrusted=untrusted)
        return Reading("utf-8", 0, iter([kept(part, how.keep)]))
    return delimited.read(
        path, file, columns, encoding=how.encoding, delimiter=how.delimiter, header=how.header, footer=how.footer,
        optional=how.optional, keep=how.keep, untrusted=untrusted,
    )


def top(path: Path, file: str) -> tuple[list[list[str]], str]:
    """The first rows of a file nobody has described, and its delimiter; of a JSON array, its keys. In this process."""
    form = path.suffix.lower()
    if form == ".json":
        records = objects.document(path, file, "utf-8-sig", untrusted=True)
        if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
            raise LoadError("it is not a list of records", file=file, remedy="Use a JSON array of objects.")
        return [list(dict.fromkeys(key for record in records for key in record))], ""
    return (sheets.top(path, file), "") if form == ".xlsx" else delimited.top(path, file)


def document(path: Path, file: str) -> Any:
    """A JSON document, tried first in a limited process where the file comes from outside."""
    if UNTRUSTED.get():
        limited.tried(path, file)
    return objects.document(path, file, "utf-8-sig")


__all__ = ["How", "Keep", "Part", "Reading", "document", "from_outside", "read", "read_here", "top"]
