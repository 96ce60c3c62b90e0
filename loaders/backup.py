"""A copy of the versions in another place, every byte of it checked, and the way back from it.

A copy holds, per edition, the files of its versions under their own names and one list, `SHA256SUMS`: the SHA-256 of
each file, the pointer, the pins, and a seal over all of that. `sha256sum -c SHA256SUMS` reads it without this program.
Only files that never change are copied beside it, and the list is replaced in one step after they are whole: a copy
that was cut short is the copy there was before, and the next one goes on from the files it has.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from loaders.aside import disk_full
from loaders.catalog import LoadError
from loaders.edition import edition_names
from loaders.publish import manifest, only_one, pointer, published, write_text
from loaders.retention import kept, pin_reason
from loaders.staging import sha256

LIST = "SHA256SUMS"
ENDINGS = (".duckdb", ".json")
_CHUNK = 1 << 20
_SUM = re.compile(r"([0-9a-f]{64})  (\d{4}-\d{2}-\d{2}-\d{3}\.(?:duckdb|json))")


@dataclass
class Index:
    """What a copy holds: SHA-256 by file name, the version readers were given, pins (id to day and reason)."""

    sums: dict[str, str] = field(default_factory=dict)
    current: str = ""
    pins: dict[str, str] = field(default_factory=dict)

    @property
    def versions(self) -> list[str]:
        """Ids of the versions of which both files are listed, oldest first."""
        ids = {name.split(".")[0] for name in self.sums}
        return sorted(version for version in ids if all(version + end in self.sums for end in ENDINGS))

    def text(self, edition: str) -> str:
        """The list as it is written, sealed."""
        lines = [f"# couvert {edition} {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", f"# current {self.current}"]
        lines += [f"# pin {version} {said}".rstrip() for version, said in sorted(self.pins.items())]
        lines += [f"{digest}  {name}" for name, digest in sorted(self.sums.items())]
        body = "\n".join(lines) + "\n"
        return body + f"# seal {_digest(body)}\n"


@dataclass
class Told:
    """What a backup or a restoration did: version ids, files copied and found whole, bytes, seconds, what is wrong."""

    edition: str
    versions: list[str]
    current: str
    copied: int = 0
    whole: int = 0
    bytes: int = 0
    dropped: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


# --- to the copy -----------------------------------------------------------------------------------------


def backup(root: Path, to: Path, edition: str, *, drop: bool = False) -> Told:
    """Bring the copy of one edition up to date; gives what was done.

    A version whose file is not the one its manifest describes is not copied, and told in `faults`, as is a file of
    the copy that rotted and that the versions no longer hold. `drop` applies to the copy the rule the versions
    themselves follow; without it a copy only grows. Raises LoadError where the disk is full or the copy in use.
    """
    folder, target, begun = root / edition, to / edition, time.monotonic()
    if target.resolve().is_relative_to(root.resolve()) or root.resolve().is_relative_to(to.resolve()):
        raise LoadError("a copy beside what it copies is lost with it", file=str(to), remedy="Give another place.")
    if not published(folder):
        raise LoadError(f"nothing is published for “{edition}”", file=str(folder))
    target.mkdir(parents=True, exist_ok=True)
    with _held(target), only_one(folder):  # a build must not drop a version while it is copied
        index = read_index(target) if (target / LIST).exists() else Index()
        told = Told(edition, [], pointer(folder))
        try:
            _updated(folder, target, index, told)
            if drop:
                _dropped(target, index, told)
        except OSError as error:
            if disk_full(error):
                raise _full(target, error) from error
            raise
        _sweep(target, index)
    told.versions, told.current, told.seconds = index.versions, index.current, time.monotonic() - begun
    return told


def _updated(folder: Path, target: Path, index: Index, told: Told) -> None:
    """Copy what is new, what readers have first, listing each version as soon as it is whole."""
    known = published(folder)
    index.pins = {version: said for version, said in index.pins.items() if version not in known}
    index.pins |= {version: pin_reason(folder, version) for version in known if (folder / f"{version}.pin").exists()}
    for version in sorted(known, key=lambda one: (one == told.current, one), reverse=True):
        if _copied(folder, target, version, index, told):
            index.current = told.current if told.current in index.versions else index.current or version
            write_text(target / LIST, index.text(told.edition))
    _rotten(target, index, known, told)


def _copied(folder: Path, target: Path, version: str, index: Index, told: Told) -> bool:
    """Have both files of a version in the copy, whole; False where the version itself is damaged."""
    try:
        digests = {version + ".duckdb": str(manifest(folder, version)["sha256"]),
                   version + ".json": sha256(folder / f"{version}.json")}
        if index.sums.get(version + ".json", digests[version + ".json"]) != digests[version + ".json"]:
            raise LoadError("the manifest is not the one that was copied before, and it never changes",
                            file=f"{folder.name}/{version}.json", remedy="The copy keeps the one it has.")
        for name, digest in digests.items():
            _bring(folder / name, target / name, digest, told)
    except LoadError as error:
        if disk_full(error):
            raise
        told.faults.append(str(error))
        return False
    index.sums |= digests
    return True


def _rotten(target: Path, index: Index, known: list[str], told: Told) -> None:
    """Look at what the copy alone still holds: a listed file that changed since cannot be made good again."""
    for name, digest in index.sums.items():
        if name.split(".")[0] not in known and (why := _differs(target / name, digest)):
            told.faults.append(f"{told.edition}/{name}: {why}; the versions no longer hold it")


def _dropped(target: Path, index: Index, told: Told) -> None:
    why = kept(index.versions, index.current, set(index.pins), set())
    told.dropped = [version for version, codes in why.items() if not codes]
    for version in told.dropped:
        for end in ENDINGS:
            del index.sums[version + end]
        index.pins.pop(version, None)
    if told.dropped:
        # before its files go: what the list names is there at any moment
        write_text(target / LIST, index.text(told.edition))


def _sweep(target: Path, index: Index) -> None:
    """Remove what a backup that was cut short left, and what the list no longer names."""
    for path in target.iterdir():
        ours = path.name.startswith(f".{LIST}.") or path.suffix == ".part" or path.suffix in ENDINGS
        if ours and path.name not in index.sums:
            path.unlink()


# --- and back --------------------------------------------------------------------------------------------


def restore(copy: Path, root: Path, edition: str, *, only: str | None = None) -> Told:
    """Bring an edition back from its copy into a folder that holds nothing of it; gives what was done.

    All its versions and the pointer, or `only` one version, that readers are then given. Every file is compared
    with the list while it is copied, the version readers get is opened and its rows counted, and the folder appears
    under its name last. Raises LoadError, and leaves no edition, where a file of the copy is missing or damaged
    (named), where the target holds anything, or where the disk is full.
    """
    source, target, begun = copy / edition, root / edition, time.monotonic()
    if target.exists() and any(target.iterdir()):
        raise LoadError("the folder holds something: a restoration never overwrites", file=str(target),
                        remedy="Give an empty folder, or move this one away.")
    index = read_index(source)
    if only is not None and only not in index.versions:
        raise LoadError(f"the copy holds no version {only}", file=str(source),
                        remedy=f"It holds: {', '.join(index.versions)}.")
    versions, current = ([only], only) if only else (index.versions, index.current)
    told, aside = Told(edition, versions, current), root / f".restore-{edition}"
    aside.mkdir(parents=True, exist_ok=True)
    with _held(aside):
        try:
            _brought(source, aside, index, told)
            _opened(aside, current)
            for version in set(index.pins) & set(versions):
                write_text(aside / f"{version}.pin", index.pins[version] + "\n")
            write_text(aside / "CURRENT", current + "\n")
            aside.replace(target)
        except OSError as error:
            if disk_full(error):
                raise _full(aside, error) from error
            raise
        except LoadError as error:
            if not disk_full(error):  # what was copied of a copy that cannot be used is of no use
                shutil.rmtree(aside)
            raise
    told.seconds = time.monotonic() - begun
    return told


def _brought(source: Path, aside: Path, index: Index, told: Told) -> None:
    """Copy the listed files of the versions asked for; raises LoadError naming every one that is missing or damaged."""
    names = [version + end for version in told.versions for end in ENDINGS]
    for left in set(aside.iterdir()) - {aside / name for name in names}:
        left.unlink()
    for name in names:
        try:
            _bring(source / name, aside / name, index.sums[name], told)
        except LoadError as error:
            if disk_full(error):
                raise
            told.faults.append(str(error))
    if told.faults:
        raise LoadError("; ".join(told.faults), remedy="Restore from another copy, or --only a version that is whole.")


def _opened(folder: Path, version: str) -> None:
    """Raise LoadError unless the version opens in this program and its tables have the rows its manifest says."""
    facts = manifest(folder, version)
    try:
        with duckdb.connect(str(folder / f"{version}.duckdb"), read_only=True) as con:
            found = {table: con.table(table).count("*").fetchall()[0][0] for table in facts["rows"]}
    except duckdb.Error as error:
        raise LoadError(f"the file cannot be opened ({str(error).splitlines()[0]})", file=f"{version}.duckdb",
                        remedy="Install the release that wrote it, or restore --only another.") from error
    if found != facts["rows"]:
        raise LoadError("its tables have not the rows its manifest says", file=f"{version}.duckdb")


# --- both ways -------------------------------------------------------------------------------------------


def editions_in(root: Path) -> list[str]:
    """Editions that a folder of versions, or of copies, holds something of."""
    return [name for name in edition_names() if published(root / name) or (root / name / LIST).is_file()]


def read_index(folder: Path) -> Index:
    """The list of a copy; raises LoadError where it is missing or its seal is broken."""
    try:
        body, mark, seal = (folder / LIST).read_text(encoding="utf-8").rpartition("# seal ")
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError("this is no copy: its list is missing or cannot be read", file=f"{folder.name}/{LIST}",
                        remedy="Give the folder that was given to backup --to.") from error
    if not mark or seal.strip() != _digest(body):
        raise LoadError("the list of the copy is damaged", file=f"{folder.name}/{LIST}",
                        remedy="Restore from another copy.")
    index = Index()
    for line in body.splitlines():
        if found := _SUM.fullmatch(line):
            index.sums[found[2]] = found[1]
        elif line.startswith("# current "):
            index.current = line.removeprefix("# current ").strip()
        elif line.startswith("# pin "):
            version, _, said = line.removeprefix("# pin ").partition(" ")
            index.pins[version] = said
    return index


def _bring(source: Path, target: Path, digest: str, told: Told) -> None:
    """Have `target` hold the bytes whose SHA-256 is `digest`: as it stands, or copied; raises LoadError otherwise."""
    if target.is_file() and not _differs(target, digest):
        told.whole += 1
        return
    aside = target.with_name(f".{target.name}.part")
    try:
        told.bytes += _streamed(source, aside, digest)
        aside.replace(target)
    except OSError as error:
        if disk_full(error):
            raise _full(target, error, source) from error
        name = f"{source.parent.name}/{source.name}"
        raise LoadError(f"the file cannot be read ({error.strerror})", file=name) from error
    finally:
        aside.unlink(missing_ok=True)
    told.copied += 1


def _streamed(source: Path, aside: Path, digest: str) -> int:
    """Copy a file and flush it, hashing what is read; then hash what was written. Gives its bytes."""
    running = hashlib.sha256()
    with source.open("rb") as reading, aside.open("wb") as writing:
        while chunk := reading.read(_CHUNK):
            running.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    for path, found in ((source, running.hexdigest()), (aside, sha256(aside))):
        if found != digest:
            raise LoadError(f"the file is not the one that was published (SHA-256 {found[:12]}… instead of "
                            f"{digest[:12]}…)", file=f"{source.parent.name}/{path.name}")
    return aside.stat().st_size


def _differs(path: Path, digest: str) -> str:
    try:
        found = sha256(path)
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    return "" if found == digest else f"the file is damaged (SHA-256 {found[:12]}… instead of {digest[:12]}…)"


def _full(target: Path, error: OSError, source: Path | None = None) -> LoadError:
    free = shutil.disk_usage(target.parent).free
    needs = f" and {source.name} takes {source.stat().st_size:,}" if source else ""
    full = LoadError(f"the disk is full: {target.parent} has {free:,} bytes free{needs}",
                     remedy="Free some space, then run this again: what was copied stays.")
    full.__cause__ = error  # so that a caller can tell a full disk
    return full


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Only one backup or restoration at a time in a folder; the kernel lets go of the lock of a process that dies."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LoadError("another backup or restoration is at work there", file=str(folder)) from None
        yield
    finally:
        os.close(handle)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
