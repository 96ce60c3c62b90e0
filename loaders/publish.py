"""Publishing: a verified file under a new name, its manifest, and one pointer moved at the end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from loaders.catalog import LoadError
from loaders.checkpoint import checkpoint
from loaders.draft import reread
from loaders.edition import HOUSE
from loaders.staging import sha256

VERSIONS = HOUSE / "data" / "versions"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-\d{3}")
_RESTORE = "Restore it from a copy, or build again."


def versions_folder() -> Path:
    """Where versions live: COUVERT_VERSIONS, or data/versions."""
    return Path(os.environ.get("COUVERT_VERSIONS") or VERSIONS)


def edition_id() -> str:
    """The edition the app serves: COUVERT_EDITION, or montreal."""
    return os.environ.get("COUVERT_EDITION") or "montreal"


def published(folder: Path) -> list[str]:
    """Version ids of one edition's folder that have both file and manifest, oldest first."""
    if not folder.is_dir():
        return []
    ids = [path.stem for path in folder.glob("*.duckdb") if _VERSION.fullmatch(path.stem)]
    return sorted(version for version in ids if (folder / f"{version}.json").is_file())


def manifest(folder: Path, version: str) -> dict[str, Any]:
    """What a version was made of: sources, SHA-256, counts, settings, code; raises LoadError where unreadable."""
    try:
        facts = json.loads((folder / f"{version}.json").read_text(encoding="utf-8"))
        if {"edition", "version", "settings", "sha256", "bytes"} <= set(facts):
            return facts
    except (OSError, ValueError, TypeError):
        pass
    raise LoadError("the manifest cannot be read", file=f"{version}.json", remedy=_RESTORE)


# --- what readers are given ------------------------------------------------------------------------------


class Serving(NamedTuple):
    """The version readers are given, the one `CURRENT` names, and why they differ [plain words; empty: they agree]."""

    version: str | None
    named: str
    fault: str


def serving(folder: Path) -> Serving:
    """The version `CURRENT` names where it is whole; else the newest whole one before it, else the newest whole one.

    Never one after it: a version newer than the pointer was rolled back from, or never announced.
    """
    named, known = pointer(folder), published(folder)
    if not named and not known:
        return Serving(None, "", "")
    why = fault(folder, named) if named else "the pointer CURRENT is missing or names no version"
    if not why:
        return Serving(named, named, "")
    earlier = [version for version in reversed(known) if version < named]
    later = [version for version in reversed(known) if version > named]
    found = next((version for version in (*earlier, *later) if not fault(folder, version)), None)
    return Serving(found, named, why)


def current(folder: Path) -> str | None:
    """The version readers are given; None where nothing whole is published."""
    return serving(folder).version


def pointer(folder: Path) -> str:
    """The version id that `CURRENT` holds; empty where it is missing or holds something else."""
    try:
        text = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if _VERSION.fullmatch(text) else ""


def fault(folder: Path, version: str) -> str:
    """Why a version cannot be served, in plain words; empty where its file is the one its manifest describes.

    The bytes are hashed once per process for as long as file and manifest keep their inode, size and time: the
    app asks at every run of a page.
    """
    paths = folder / f"{version}.duckdb", folder / f"{version}.json"
    try:
        seen = tuple((s.st_ino, s.st_size, s.st_mtime_ns) for s in (path.stat() for path in paths))
    except OSError:
        return _fault(folder, version)
    with _LOOKING:  # many visits begin at once: one hashes, the others wait for its answer
        if _SEEN.get(paths[0], ((), ""))[0] != seen:
            _SEEN[paths[0]] = seen, _fault(folder, version)
        return _SEEN[paths[0]][1]


_LOOKING = threading.Lock()
_SEEN: dict[Path, tuple[tuple[tuple[int, int, int], ...], str]] = {}


def _fault(folder: Path, version: str) -> str:
    path = folder / f"{version}.duckdb"
    if not path.is_file():
        return "the file is missing"
    try:
        facts = manifest(folder, version)
        if path.stat().st_size != facts["bytes"]:
            return f"the file has {path.stat().st_size} bytes instead of {facts['bytes']}"
        found = sha256(path)
    except LoadError:
        return "the manifest is missing or cannot be read"
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    if found == facts["sha256"]:
        return ""
    return (
        f"the file is not the one that was published (SHA-256 {found[:12]}… instead of {str(facts['sha256'])[:12]}…)"
    )


def verify(folder: Path, version: str) -> None:
    """Raise LoadError unless the file of a version is the one its manifest describes; every byte is read again."""
    if why := _fault(folder, version):
        raise LoadError(why, file=f"{version}.duckdb", remedy=_RESTORE)


# --- one build at a time ---------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one(folder: Path, *, wait: bool = True, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """One build or rollback at a time per edition: a second one waits, after `tell` said for which process.

    Raises LoadError at once where `wait` is false. The kernel lets go of the lock of a process that dies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            running = f"another build is running (pid {handle.read().strip() or 'unknown'})"
            if not wait:
                raise LoadError(running, remedy="Wait for it to end, then build again.") from None
            tell(f"{running}: waiting")
            fcntl.flock(handle, fcntl.LOCK_EX)
        with contextlib.suppress(OSError):  # the number is for people; a full disk does not stop the lock
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def sweep(folder: Path) -> None:
    """Remove what a killed build left. Call it under the lock: nobody else is building.

    Drafts and half-written texts go. So does a file that was named but has no manifest, if it is newer than all
    that was ever announced; an older one has lost its manifest, and is left for a person to restore.
    """
    for left in (*folder.glob(".draft-*"), *folder.glob("*.duckdb.tmp")):  # DuckDB makes the second, empty
        shutil.rmtree(left, ignore_errors=True)
    for left in (*folder.glob(".CURRENT.*"), *folder.glob(".*.json.*"), *folder.glob("*.duckdb.wal")):
        left.unlink(missing_ok=True)
    announced = pointer(folder)
    if not announced and (folder / "CURRENT").exists():
        return  # a damaged pointer: nothing can be told from it
    newest = max([announced, *published(folder)])
    for path in folder.glob("*.duckdb"):
        if _VERSION.fullmatch(path.stem) and path.stem > newest:
            path.unlink()


# --- publishing ------------------------------------------------------------------------------------------


def publish(draft: Path, folder: Path, version: str, facts: dict[str, Any]) -> Path:
    """Make a closed draft the current version: verify, fsync, name, manifest, pointer.

    `facts` holds `rows` and `checksums` as they were in the draft before it was closed. Readers resolve the
    pointer at the start of a session, so nothing a reader has open changes. What fails before the pointer moved
    leaves nothing behind.
    """
    target, described = folder / f"{version}.duckdb", folder / f"{version}.json"
    written = reread(draft, facts)
    checkpoint("publish.verified")
    try:
        facts = {**facts, **written, "version": version, "sha256": sha256(draft), "bytes": draft.stat().st_size}
        _fsync(draft)
        checkpoint("publish.file_synced")
        draft.replace(target)
        checkpoint("publish.renamed")
        _fsync(folder)
        checkpoint("publish.folder_synced")
        _write(described, json.dumps(facts, ensure_ascii=False, indent=2) + "\n", "publish.manifest_aside")
        checkpoint("publish.manifest_written")
        _write(folder / "CURRENT", version + "\n", "publish.pointer_aside")
    except BaseException:
        if pointer(folder) != version:
            described.unlink(missing_ok=True)  # first: a file without a manifest is not a version
            target.unlink(missing_ok=True)
        raise
    checkpoint("publish.pointer_moved")
    return target


def rollback(folder: Path, to: str | None = None, *, wait: bool = True) -> tuple[str, str]:
    """Point readers at an earlier version; gives the ids (from, to). `to` is by default the newest whole one before.

    It is verified first. No version is removed, so the next build still gets an id after all of them.
    """
    with only_one(folder, wait=wait):
        now, known = pointer(folder), published(folder)
        if to is None:
            earlier = [version for version in reversed(known) if version < (now or "9") and not _fault(folder, version)]
            if not earlier:
                raise LoadError(
                    "there is no earlier whole version", file=folder.name, remedy=f"Published: {_list(known)}."
                )
            to = earlier[0]
        if to not in known:
            raise LoadError(f"there is no version {to}", file=folder.name, remedy=f"Published: {_list(known)}.")
        verify(folder, to)
        write_text(folder / "CURRENT", to + "\n")
    return now, to


def _list(versions: list[str]) -> str:
    return ", ".join(versions) or "none"


def write_text(path: Path, text: str) -> None:
    """Replace a small file whole: a reader sees the old text or the new one, also after a power cut."""
    _write(path, text, "")


def _write(path: Path, text: str, aside_step: str) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8")
        _fsync(aside)
        if aside_step:
            checkpoint(aside_step)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _fsync(path.parent)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def code_version() -> str:
    """Version of the code, with the commit where it is known."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    git = shutil.which("git")
    if git is None or not (HOUSE / ".git").exists():
        return project
    found = subprocess.run(
        [git, "-C", str(HOUSE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return f"{project}+{found.stdout.strip()}" if found.returncode == 0 else project


def next_version(folder: Path, today: datetime | None = None) -> str:
    """The next id, YYYY-MM-DD-NNN: ids sort in the order they were published, even if the clock went back."""
    day = (today or datetime.now(UTC)).strftime("%Y-%m-%d")
    taken = [path.stem for end in ("*.duckdb", "*.json") for path in folder.glob(end) if _VERSION.fullmatch(path.stem)]
    last = max([*taken, pointer(folder)])
    if last[:10] > day:
        day = last[:10]
    number = int(last[11:]) + 1 if last[:10] == day else 1
    if number > 999:  # an id of four digits would be none, and would sort before this one
        day, number = (datetime.fromisoformat(day) + timedelta(days=1)).strftime("%Y-%m-%d"), 1
    return f"{day}-{number:03d}"
