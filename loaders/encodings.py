"""Bytes of any encoding in blocks of whole records, each line ended by a line feed."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from loaders.catalog import LoadError

BLOCK = 4 << 20
LONGEST = 64 << 20  # bytes in which quotes must pair
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)
# Those whose every byte is a character, ASCII below 128: quotes and line ends are found before they are decoded.
SINGLE = ("cp1252", "iso8859-1", "iso8859-15")
_UNDEFINED = {"cp1252": (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")}

# How archives, documents, pictures, programs and databases begin.
_OTHER_KINDS = (
    b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"%PDF", b"{\\rtf",
    b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"SQLite format 3", b"PAR1\x15", b"fgb\x03",
)


class Text:
    """A stream of bytes in blocks that end where a record ends.

    A block is in `block_encoding`: UTF-8, or one of `SINGLE`, which is decoded where it is parsed. Lines end with
    LF, or all with CRLF.
    """

    def __init__(self, stream: Any, file: str, encoding: str | None) -> None:
        self._stream, self._file, self._declared = stream, file, encoding is not None
        self._lines, self._carry, self._ended = 0, b"", False
        start = stream.read(BLOCK)
        if not start:
            raise LoadError("the file is empty", file=file, remedy="Ask for it again.")
        _refuse_other_kinds(start, file)
        mark = next((name for bom, name in BOMS if start.startswith(bom)), None)
        if mark is None and not encoding and start[1:2] == b"\x00":
            mark = "utf-16-le"
        # A mark is certain; a declaration is a promise; otherwise the first byte past ASCII decides.
        self.encoding = mark or encoding or "ascii"
        if self.encoding == "utf-8-sig" and not mark:
            self.encoding = "utf-8"
        self._wide = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(self.encoding)(), translate=True
        ) if codecs.lookup(self.encoding).name.startswith("utf-16") else None
        self._pending = self._utf8(start.removeprefix(codecs.BOM_UTF8))

    @property
    def block_encoding(self) -> str:
        """What the blocks given so far are written in."""
        name = codecs.lookup(self.encoding).name
        return name if name in SINGLE else "utf-8"

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def blocks(self) -> Iterator[bytes]:
        """Blocks of whole records: cut at a line end with every quote closed; the last one ends with a line end."""
        while True:
            cut = _record_end(self._pending)
            if cut:
                block, self._pending = self._pending[:cut], self._pending[cut:]
                yield block
            if self._ended:
                break
            if len(self._pending) + len(self._carry) > LONGEST:
                cut = self._pending.rfind(b"\n") + 1
                if not cut:
                    raise LoadError(
                        f"a line is longer than {LONGEST / 1e6:,.0f} MB", file=self._file, line=self._lines + 1,
                        remedy="It is no table of lines: ask for the CSV.",
                    )
                # No quote closes: a stray one, or one left open. The csv module will tell which.
                block, self._pending = self._pending[:cut], self._pending[cut:]
                yield block
            raw = self._stream.read(BLOCK)
            self._ended = not raw
            self._pending += self._utf8(raw, last=not raw)
        if self._pending:
            block, self._pending = self._pending, b""
            yield block if block.endswith(b"\n") else block + b"\n"

    def push_back(self, data: bytes) -> None:
        """Give back what the header did not use."""
        self._pending = data + self._pending

    def _utf8(self, raw: bytes, last: bool = False) -> bytes:
        if self._wide is not None:
            try:
                data = self._wide.decode(raw, last).encode()
            except UnicodeDecodeError as error:
                raise self._undecodable(error, raw) from error
        else:
            # A character or a line end may be cut in two at the end of a block: keep its bytes for the next one.
            raw = self._carry + raw
            cut = len(raw) if last else raw.rfind(b"\n") + 1 or raw.rfind(b"\r", 0, len(raw) - 1) + 1
            raw, self._carry = raw[:cut], raw[cut:]
            data = self._narrow(raw)
            if data.count(b"\r") != data.count(b"\r\n"):
                data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._lines += data.count(b"\n")
        return data

    def _narrow(self, raw: bytes) -> bytes:
        if raw.isascii():
            return raw
        if self.encoding == "ascii":
            self.encoding = "utf-8"
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                self.encoding = "cp1252"
        name = codecs.lookup(self.encoding).name
        if name in SINGLE and not any(byte in raw for byte in _UNDEFINED.get(name, ())):
            return raw
        try:
            decoded = raw.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise self._undecodable(error, raw) from error
        return raw if self.encoding.startswith("utf-8") else decoded.encode()

    def _undecodable(self, error: UnicodeDecodeError, raw: bytes) -> LoadError:
        remedy = "Declare the source's encoding in the edition (often cp1252)." if self._declared else (
            "The file mixes encodings: save it again as UTF-8, or declare the source's encoding."
        )
        return LoadError(
            f"byte 0x{raw[error.start]:02X} is not {self.encoding}", file=self._file,
            line=self._lines + raw.count(b"\n", 0, error.start) + 1, remedy=remedy,
        )


def _refuse_other_kinds(start: bytes, file: str) -> None:
    program = start.startswith(b"MZ") and b"\x00" in start[:64]
    if program or start.startswith(_OTHER_KINDS):
        raise LoadError("it is not a text file", file=file, remedy="Name it by what it is, or ask for the CSV.")
    if re.match(rb"\s*<[!?a-z]", start.removeprefix(codecs.BOM_UTF8)[:200], re.IGNORECASE):
        raise LoadError(
            "it is a page or a document, not a table", file=file,
            remedy="The download failed or the name is wrong: ask for the CSV.",
        )


def _record_end(data: bytes) -> int:
    """Where the last whole record ends: after a line end with an even number of quotes before it; 0 where none."""
    cut = data.rfind(b"\n") + 1
    if not data.count(b'"', 0, cut) % 2:
        return cut
    letters = np.frombuffer(data, dtype="uint8")
    ends = np.flatnonzero(letters == 10)
    quotes = np.searchsorted(np.flatnonzero(letters == 34), ends)
    whole = ends[quotes % 2 == 0]
    return int(whole[-1]) + 1 if len(whole) else 0
