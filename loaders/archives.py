"""Files as they are sent: plain, gzip, or one member of a zip; what an untrusted archive may hold."""

from __future__ import annotations

import gzip
import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any

from loaders.catalog import LoadError

# What an archive from outside may hold: faults.md's figures, generous for a directory, small for a bomb.
MEMBERS, UNPACKED_BYTES, RATIO = 200, 200_000_000, 100
# The root element comes first, and in UTF-8: entities are declared above it, and nowhere else.
_PLAIN_XML = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>\s*)?(<!--([^-]|-(?!->))*-->\s*)*<[A-Za-z]")
MEMBER = "!"  # `archive.zip!folder/member.csv`


def split(file: str) -> tuple[str, str]:
    """The file and the member a source names: `a.zip!b.csv` gives (`a.zip`, `b.csv`)."""
    name, _, member = file.partition(MEMBER)
    return name, member


def opened(path: Path, member: str, *, untrusted: bool = False) -> Any:
    """The bytes of a plain file, a gzip, or a member of a zip; the only member where none is named.

    Raises LoadError where the archive is broken, encrypted or has no such member; for an `untrusted` one also
    where it holds too much, or a name that leaves its folder.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    if start[:2] == b"\x1f\x8b":
        most = min(UNPACKED_BYTES, max(1_000_000, RATIO * path.stat().st_size))
        return Unpacked(gzip.open(path), path.name, most if untrusted else None)
    # A workbook is a zip too, and so is a page of a word processor named .csv: a zip is what says it is one.
    if start != b"PK\x03\x04" or not (member or path.suffix.lower() == ".zip"):
        if member:
            raise LoadError("it is not a zip archive", file=path.name, remedy="Name the file without “!”.")
        return path.open("rb")
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise LoadError("the archive is broken", file=path.name, remedy="Ask for it again.") from error
    if untrusted:
        inspect(archive, path.name)
    files = [item for item in archive.infolist() if not item.is_dir()]
    found = [item for item in files if item.filename == member] if member else files
    if len(found) != 1:
        shown = ", ".join(item.filename for item in files[:8])
        what = f"it has no member “{member}”" if member else f"it holds {len(files)} files and none is named"
        raise LoadError(what, file=path.name, remedy=f"Name one as {path.name}!MEMBER. It holds: {shown}.")
    if found[0].flag_bits & 1:
        raise LoadError("the archive has a password", file=path.name, remedy="Ask for it without one.")
    try:
        stream = archive.open(found[0])
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise LoadError(
            f"the member “{found[0].filename}” is damaged, or packed in a way we do not read", file=path.name,
            remedy="Zip the files again, without a special method.",
        ) from error
    return Unpacked(stream, path.name, UNPACKED_BYTES if untrusted else None)


def inspect(archive: zipfile.ZipFile, file: str, *, sizes: bool = True) -> None:
    """Raise LoadError where an archive from outside holds what none of ours needs; nothing is unpacked.

    Without `sizes`, names and links alone: a publisher’s bulk file may be large.
    """
    items = archive.infolist()
    if sizes and len(items) > MEMBERS:
        raise LoadError(f"it holds {len(items)} files, more than {MEMBERS}", file=file, remedy="Send fewer.")
    unpacked = sum(item.file_size for item in items)
    if sizes and unpacked > UNPACKED_BYTES:
        raise LoadError(
            f"it unpacks to {unpacked / 1e6:,.0f} MB, more than {UNPACKED_BYTES / 1e6:,.0f}", file=file,
            remedy="Send the table alone.",
        )
    for item in items:
        # The raw name: zipfile has already turned some of these into harmless ones on this system.
        name = PurePosixPath(item.orig_filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or "\\" in item.orig_filename or ":" in "".join(name.parts[:1]):
            raise LoadError(
                f"the member “{item.orig_filename}” leaves its folder", file=file, remedy="Zip the files again.",
            )
        if stat.S_ISLNK(item.external_attr >> 16):
            raise LoadError(f"the member “{item.filename}” is a link", file=file, remedy="Zip the file itself.")
        if sizes and item.file_size > RATIO * max(item.compress_size, 1) and item.file_size > 1_000_000:
            raise LoadError(
                f"the member “{item.filename}” unpacks to more than {RATIO} times its size", file=file,
                remedy="Send the table itself.",
            )
        if name.suffix.lower() in (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz"):
            raise LoadError(f"the member “{item.filename}” is an archive", file=file, remedy="Send the table itself.")


def inspect_workbook(path: Path | IO[bytes], file: str) -> None:
    """`inspect` for an .xlsx, which is a zip of XML; also refuses XML that may declare entities."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise LoadError("the workbook is broken", file=file, remedy="Open it, save it again as .xlsx.") from error
    with archive:
        inspect(archive, file)
        for item in archive.infolist():
            if item.filename.lower().endswith((".xml", ".rels")):
                with archive.open(item) as stream:
                    if not _PLAIN_XML.match(stream.read(4096)):
                        raise LoadError(
                            f"the part “{item.filename}” declares entities, or is no XML of a workbook", file=file,
                            remedy="Save it again as .xlsx from a spreadsheet program.",
                        )


class Unpacked:
    """A stream out of an archive that says what is wrong with it in one line, and stops at `limit` bytes."""

    def __init__(self, stream: Any, file: str, limit: int | None) -> None:
        """`limit` None reads to the end."""
        self._stream, self._file, self._limit, self._read = stream, file, limit, 0

    def read(self, size: int = -1) -> bytes:
        """As `IO.read`; raises LoadError where the archive is cut short, altered or too large."""
        try:
            data = self._stream.read(size)
        except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
            raise LoadError(
                "the archive is cut short or altered", file=self._file, remedy="Ask for it again.",
            ) from error
        self._read += len(data)
        if self._limit is not None and self._read > self._limit:
            raise LoadError(
                f"it unpacks to more than {self._limit / 1e6:,.0f} MB", file=self._file,
                remedy="Send the table itself.",
            )
        return data

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def __enter__(self) -> Unpacked:
        """The stream itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the stream."""
        self.close()
