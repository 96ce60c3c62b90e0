"""Every form a table is sent in, read the same way; files from outside are read in a limited process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders import archives, delimited, limited, objects, sheets
from loaders.delimited import Keep, Part, Reading

# Set for the files of a partner or an upload: nothing in this process then parses their bytes.
UNTRUSTED: ContextVar[bool] = ContextVar("UNTRUSTED", default=False)


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
def from_outside(partner: bool) -> Iterator[None]:
    """While it lasts, files are read in a limited process where `partner` is true."""
    token = UNTRUSTED.set(partner)
    try:
        yield
    finally:
        UNTRUSTED.reset(token)


def read(path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], how: How) -> Reading:
    """A table as parts of text columns named as in `columns`, with `line`; the form is told by the file's name.

    Raises LoadError where the whole file cannot be read.
    """
    if UNTRUSTED.get():
        return limited.table(path, file, columns, how)
    return read_here(path, file, columns, how)


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
        return Reading("binary", 0, iter([delimited.kept(part, how.keep)]))
    if form == ".json":
        part = objects.read(path, file, columns, how.encoding, how.optional, untrusted=untrusted)
        return Reading("utf-8", 0, iter([delimited.kept(part, how.keep)]))
    return delimited.read(
        path, file, columns, encoding=how.encoding, delimiter=how.delimiter, header=how.header, footer=how.footer,
        optional=how.optional, keep=how.keep, untrusted=untrusted,
    )


def document(path: Path, file: str) -> Any:
    """A JSON document, tried first in a limited process where the file comes from outside."""
    if UNTRUSTED.get():
        limited.tried(path, file)
    return objects.document(path, file, "utf-8-sig")


__all__ = ["How", "Keep", "Part", "Reading", "document", "from_outside", "read", "read_here"]
