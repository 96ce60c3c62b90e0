"""Delimited text of any dialect: encodings, delimiters, preambles, footers; Arrow tables with line numbers."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from loaders import archives
from loaders.catalog import LoadError
from loaders.encodings import Text
from loaders.records import Fault, Keep, Part, Reading, fault, kept, positions, spoilt

SEEK = 60  # lines in which a header is looked for
DELIMITERS = ",;\t|"
WORKERS = 2
_SPOILT_BYTES = (b"\xef\xbf\xbd", b"\xc3\x83", b"\xc3\xa2\xe2\x82\xac", b"\x00")
_SPOILT_SINGLE = (b"\xc3", b"\xe2\x80", b"\x00")  # the same, in an encoding of one byte a character
csv.field_size_limit(64 << 20)  # a long description is data; past this, a quote was left open
IN_TURN = 50_000  # records of a part where blocks cannot be told apart


def read(
    path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], *, encoding: str | None = None,
    delimiter: str | None = None, header: int | None = None, footer: str | None = None,
    optional: Sequence[str] = (), keep: Keep | None = None, untrusted: bool = False,
) -> Reading:
    """A file as parts of text columns named as in `columns`, with `line` [line the record starts on].

    `columns` are the file's names, or ours -> theirs, or ours -> position from 0 where names repeat; those of
    `optional` may be absent and are then empty. `header` is the line of the names; where it is not given, the first
    line that holds them all. `footer="blank"` stops at the first blank line. `keep` leaves rows out by rule while
    reading. Raises LoadError where the whole file cannot be read.
    """
    names = dict(columns) if isinstance(columns, Mapping) else {name: name for name in columns}
    stream = archives.opened(path, archives.split(file)[1], untrusted=untrusted)
    try:
        text = Text(stream, file, encoding)
        found, delimiter, preamble, line = _header(text, file, names, delimiter, header, set(optional))
        where = positions(found, names, set(optional), file, line)
    except LoadError:
        stream.close()
        raise
    parser = _Parser(file, found, where, [n for n in names if n not in where], delimiter, keep or {})
    unread = [name for i, name in enumerate(found) if name and i not in where.values()]
    reading = Reading(text.encoding, preamble, iter(()), unread)
    reading.parts = _parts(text, parser, reading, line + 1, footer)
    return reading


def top(path: Path, file: str) -> tuple[list[list[str]], str]:
    """The first lines of a file nobody has described, split; its delimiter."""
    stream = archives.opened(path, archives.split(file)[1], untrusted=True)
    try:
        text = Text(stream, file, None)
        lines = [one for one in _lines(next(text.blocks(), b"").split(b"\n", SEEK), text) if one.strip()]
    finally:
        stream.close()
    if not lines:
        raise LoadError("the file is empty", file=file, remedy="Ask for it again.")
    delimiter = max(DELIMITERS, key=lambda mark: _regular(lines, mark))
    return [_split(line, delimiter) for line in lines], delimiter


def _regular(lines: Sequence[str], mark: str) -> tuple[int, int]:
    """How many lines a mark cuts into the same number of fields, and how many: a decimal comma cuts only some."""
    widths = Counter(len(_split(line, mark)) for line in lines)
    return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))


class _OpenError(Exception):
    """A block ended inside a quoted value: its quotes do not pair, so neither do the ends of the blocks after it."""


def _parts(
    text: Text, parser: _Parser, reading: Reading, line: int, footer: str | None,
) -> Iterator[Part]:
    """Parse blocks side by side, in order; Arrow leaves Python's lock while it splits.

    Where a stray quote (an inch mark) misled the cutting, the rest of the file is read record by record.
    """
    waiting: deque[tuple[Future[Part], bytes, str, int]] = deque()
    rest, blocks = b"", text.blocks()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for block in blocks:
                if footer == "blank":
                    block, rest = _cut_at_blank(block.replace(b"\r\n", b"\n"))
                encoding = text.block_encoding
                waiting.append((pool.submit(parser.part, block, line, encoding), block, encoding, line))
                line += block.count(b"\n")
                if len(waiting) > WORKERS:
                    yield waiting[0][0].result()
                    waiting.popleft()
                if rest:
                    break
            while waiting:
                yield waiting[0][0].result()
                waiting.popleft()
            notes = sum(1 for b in (rest, *blocks) for one in b.split(b"\n") if one.strip()) if rest else 0
            yield Part(parser.empty(), notes, {"footer": notes} if notes else {})  # a file of no row has its columns
        except _OpenError:
            left = [(block, encoding) for _, block, encoding, _ in waiting]
            again = ((block, text.block_encoding) for block in blocks)
            yield from parser.in_turn(itertools.chain(left, again), waiting[0][3])
            yield Part(parser.empty(), 0)
        finally:
            text.close()
            reading.encoding = text.encoding


def _cut_at_blank(block: bytes) -> tuple[bytes, bytes]:
    if block.startswith(b"\n"):
        return b"", block
    at = block.find(b"\n\n")
    while at >= 0 and block.count(b'"', 0, at) % 2:  # a blank line inside a value is part of it
        at = block.find(b"\n\n", at + 1)
    return (block, b"") if at < 0 else (block[: at + 1], block[at + 1 :])


def _header(
    text: Text, file: str, names: Mapping[str, str | int], delimiter: str | None, header: int | None,
    optional: set[str],
) -> tuple[list[str], str, int, int]:
    """The names, the delimiter, records above them, and the line they stand on; what follows is pushed back."""
    raw = next(text.blocks(), b"").split(b"\n", SEEK)
    lines = _lines(raw, text)
    if not any(lines):
        raise LoadError("the file is empty", file=file, remedy="Ask for it again.")
    declared = re.fullmatch(r'"?sep=(.)"?', lines[0].strip())
    skip = 1 if declared else 0
    if declared:
        delimiter = declared[1]
    wanted = {n for ours, n in names.items() if isinstance(n, str) and ours not in optional}
    at = header - 1 if header else next(
        (i for i in range(skip, len(lines))
         if wanted and wanted <= set(_split(lines[i], delimiter or _delimiter(lines[i], wanted)))), skip,
    )
    if at >= len(lines):
        raise LoadError(f"it has no line {at + 1}", file=file, remedy="Declare the line of the header.")
    last = at
    if lines[at].count('"') % 2 and at + 1 < len(lines):  # a name that runs over two lines
        last = at + 1
    names_line = "\n".join(lines[at : last + 1])
    delimiter = delimiter or _delimiter(names_line, wanted)
    text.push_back(b"\n".join(raw[last + 1 :]))
    preamble = sum(1 for one in lines[skip:at] if one.strip())
    return _split(names_line, delimiter), delimiter, preamble, last + 1


def _lines(raw: list[bytes], text: Text) -> list[str]:
    """The first lines of a file as text; what a bad byte was is told when its block is parsed."""
    return [one.removesuffix(b"\r").decode(text.block_encoding, "replace") for one in raw[:SEEK]]


def _delimiter(line: str, wanted: Collection[str]) -> str:
    """The delimiter that yields the most wanted names, then the most fields."""
    split = {mark: _split(line, mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: (len(set(wanted) & set(split[mark])), len(split[mark])))


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])


class _Parser:
    """Blocks to parts. Arrow splits a block that holds one record a line; the csv module any other."""

    def __init__(
        self, file: str, header: list[str], where: dict[str, int], absent: list[str], delimiter: str, keep: Keep,
    ) -> None:
        self._file, self._width, self._where, self._absent = file, len(header), where, absent
        self._delimiter, self._keep = delimiter, keep
        fields = [f"f{i}" for i in range(self._width)]
        used = {f"f{i}" for i in where.values()}
        self._read = arrow_csv.ReadOptions(column_names=fields, use_threads=False, block_size=1 << 30)
        self._parse = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        self._convert = arrow_csv.ConvertOptions(
            include_columns=sorted(used), column_types={name: pa.binary() for name in fields},
            strings_can_be_null=False, quoted_strings_can_be_null=False,
        )
        self._mark = ord(delimiter)
        alone = b"\n" + delimiter.encode() * (self._width - 1)
        self._blank = (alone + b"\n", alone + b"\r") if self._width > 1 else ()

    def empty(self) -> pa.Table:
        """A table without rows."""
        schema = [pa.field("line", pa.int64()), *(pa.field(n, pa.string()) for n in (*self._where, *self._absent))]
        return pa.schema(schema).empty_table()

    def part(self, block: bytes, line: int, encoding: str = "utf-8") -> Part:
        """The records of a block whose first line is `line`."""
        if not block:
            return Part(self.empty(), 0)
        table = self._by_arrow(block, line, encoding) if self._plain(block, encoding) else None
        part = Part(table, table.num_rows) if table is not None else self._by_record(block, line, encoding)
        return kept(part, self._keep)

    def _plain(self, block: bytes, encoding: str = "utf-8") -> bool:
        """Whether nothing in the block needs the csv module's rigour.

        Quotes open after a delimiter or a line end and close before one, in turn: none is stray, doubled or left open.
        """
        if any(mark in block for mark in (_SPOILT_BYTES if encoding == "utf-8" else _SPOILT_SINGLE)):
            return False
        # numpy lets the other thread work; counting pairs of bytes would not.
        if self._blank and any(end in block or block.startswith(end[1:]) for end in self._blank):
            return False
        letters = np.frombuffer(block, dtype="uint8")
        quotes = np.flatnonzero(letters == 34)
        edge = (letters == self._mark) | (letters == 10) | (letters == 13)
        opens = np.arange(len(quotes)) % 2 == 0
        # A block ends with a line end: a byte follows the last quote, and an edge is what stands “before” the first.
        return len(quotes) % 2 == 0 and bool(
            (edge[quotes - 1] == opens).all() and (edge[quotes + 1] != opens).all()
        )

    def _by_arrow(self, block: bytes, line: int, encoding: str) -> pa.Table | None:
        try:
            table = arrow_csv.read_csv(pa.BufferReader(block), self._read, self._parse, self._convert)
        except pa.ArrowInvalid:
            return None  # some record has another number of fields: the csv module says which
        rows = block.count(b"\n")
        if table.num_rows != rows:  # blank lines, or values of several lines
            return None
        columns: dict[str, Any] = {"line": pa.array(np.arange(line, line + rows))}
        columns |= {name: _decoded(table[f"f{i}"], encoding) for name, i in self._where.items()}
        columns |= {name: pa.array([""] * rows, pa.string()) for name in self._absent}
        return pa.table(columns)

    def _by_record(self, block: bytes, line: int, encoding: str) -> Part:
        """A block by the csv module; raises _OpenError where it ends inside a value."""
        return next(self._records(_lines_of(block, encoding), line, len(block)))

    def in_turn(self, blocks: Iterable[tuple[bytes, str]], line: int) -> Iterator[Part]:
        """Blocks as one stream of records, wherever they were cut; raises LoadError where a quote never closes."""
        lines = itertools.chain.from_iterable(_lines_of(block, encoding) for block, encoding in blocks)
        try:
            yield from (kept(part, self._keep) for part in self._records(lines, line, IN_TURN))
        except _OpenError as error:
            raise LoadError(
                "a quote opens and never closes", file=self._file, line=int(str(error)),
                remedy="Close it, or double the quotes inside a value.",
            ) from error

    def _records(self, lines_of: Iterable[str], line: int, most: int) -> Iterator[Part]:
        """Records of a stream of lines, `most` a part; where it ends inside a value raises _OpenError with the line."""
        reader = csv.reader(lines_of, strict=True, delimiter=self._delimiter)
        ended = False
        while not ended:
            kept: list[tuple[int, list[str]]] = []
            faults: list[Fault] = []
            blank = 0
            while len(kept) < most:
                start = line + reader.line_num
                try:
                    record = next(reader)
                except StopIteration:
                    ended = True
                    break
                except csv.Error as error:
                    if "end of data" in str(error) or "field limit" in str(error):
                        raise _OpenError(start) from error
                    end = line + reader.line_num - 1
                    faults.append(fault(
                        start, "", "quote", f"Guillemet mal placé (lignes {start} à {end}).",
                        f"A quote is out of place (lines {start} to {end}).",
                    ))
                    continue
                if record and not any(record):
                    blank += 1  # spreadsheets export the rows below the last as delimiters alone
                elif record:
                    wrong = self._fault(record, start)
                    if wrong:
                        faults.append(wrong)
                    else:
                        kept.append((start, record))
            columns: dict[str, Any] = {"line": pa.array([at for at, _ in kept], pa.int64())}
            for name, i in self._where.items():
                columns[name] = pa.array([record[i] for _, record in kept], pa.string())
            columns |= {name: pa.array([""] * len(kept), pa.string()) for name in self._absent}
            left_out = {"blank": blank} if blank else {}
            yield Part(pa.table(columns), len(kept) + len(faults) + blank, left_out, faults)

    def _fault(self, record: list[str], line: int) -> Fault | None:
        extra = record[self._width :]
        if len(record) < self._width or any(extra):  # a delimiter at the end of the line adds nothing
            # The record itself is not shown: it holds columns that were never to be read.
            return fault(
                line, "", "fields", f"{len(record)} champs au lieu de {self._width} : un séparateur ou un "
                "guillemet est de trop ou manque.", f"{len(record)} fields instead of {self._width}: a delimiter "
                "or a quote is missing or too many.",
            )
        return spoilt(line, [record[i] for i in self._where.values()])


def _lines_of(block: bytes, encoding: str) -> io.StringIO:
    return io.StringIO(block.decode(encoding).replace("\r\n", "\n"), newline="")


def _decoded(column: pa.ChunkedArray, encoding: str) -> pa.Array:
    """A column of bytes as text; one that is all ASCII keeps its memory, in another each different value is decoded."""
    raw = column.combine_chunks()
    data = raw.buffers()[2]
    if encoding == "utf-8" or data is None or np.frombuffer(data, dtype="uint8").max(initial=0) < 128:
        return raw.cast(pa.string())
    found = raw.dictionary_encode()
    return pa.array([one.decode(encoding) for one in found.dictionary.to_pylist()], pa.string()).take(found.indices)
