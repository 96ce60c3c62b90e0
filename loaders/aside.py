"""A build from the lock to the pointer: made aside, checked, published; what readers see moves last or not at all."""

from __future__ import annotations

import errno
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from loaders.catalog import LoadError
from loaders.checkpoint import checkpoint
from loaders.draft import Draft, contents
from loaders.edition import Edition
from loaders.gates import GateError, Gates, reject_csv, rows_before, written_reason
from loaders.inputs import changed, house, read_files
from loaders.publish import (
    manifest,
    next_version,
    only_one,
    publish,
    serving,
    sweep,
    versions_folder,
    write_text,
)
from loaders.retention import retire
from loaders.scratch import abandoned

# Told as the build goes: (what is being done, steps done, steps in all).
Report = Callable[[str, int, int], None]
Fill = Callable[[Draft, Report], dict[str, Any]]


def build_aside(
    edition: Edition, raw: Path | None, versions: Path | None, tell: Report, fill: Fill, *,
    again: bool = False, accept: str | None = None, wait: bool = True,
) -> Path:
    """Fill a draft aside, check it, publish it; gives the path of the version readers now have.

    That version is the one there was where no input changed, unless `again`. `accept` is the written reason that
    lets gates pass. Without `wait`, a build that finds another one running raises LoadError. Raises GateError
    where a gate stops it, and LoadError where a source or the disk does: what was published before stands.
    """
    reason, folder = written_reason(accept), (versions or versions_folder()) / edition.id
    with only_one(folder, wait=wait, tell=lambda what: tell(what, 0, 1)):
        checkpoint("build.locked")
        sweep(folder)
        abandoned()
        checkpoint("build.swept")
        now = serving(folder)
        before = manifest(folder, now.version) if now.version else None
        if before and not now.fault and not again and not changed(before, edition, raw):
            tell(f"Nothing changed since {now.version}: nothing published (--again builds anyway)", 1, 1)
            return folder / f"{now.version}.duckdb"
        room = _Room(folder, before)
        try:
            gates = Gates(rows_before(before), reason)
            target = _build(edition, raw, room, tell, fill, gates, {"previous": now.version})
            rejects_path(folder).unlink(missing_ok=True)  # those of a build that failed: mended or accepted since
            return target
        except (OSError, duckdb.Error, LoadError) as error:
            if not disk_full(error):
                raise
            raise LoadError(room.told(), remedy="Free some space, then build again.") from error
        finally:
            room.clear()


def _build(
    edition: Edition, raw: Path | None, room: _Room, tell: Report, fill: Fill, gates: Gates, known: dict[str, Any]
) -> Path:
    started, ours = time.monotonic(), house(edition)
    path = room.open() / "draft.duckdb"
    draft = Draft(edition, raw, path, gates)
    draft.previous = room.folder / f"{known['previous']}.duckdb" if known["previous"] else None
    try:
        checkpoint("build.opened")
        facts = _filled(draft, tell, fill, room.folder)
        checkpoint("build.computed")
        draft.check()
        checkpoint("build.checked")
        facts |= contents(draft.con)
        room.measure()
        draft.close()
    finally:
        draft.drop()
    room.measure()
    checkpoint("build.closed")
    facts |= {
        **known, "inputs": {**ours, "files": read_files(edition, raw, facts["sources"])}, "accepted": gates.accepted(),
        "seconds": round(time.monotonic() - started, 2), "peak_bytes": room.peak,
    }
    target = publish(path, room.folder, next_version(room.folder), facts)
    retire(room.folder)
    checkpoint("publish.retired")
    return target


def _filled(draft: Draft, tell: Report, fill: Fill, folder: Path) -> dict[str, Any]:
    """Run `fill`; a gate that stops it leaves the refused rows where a person can mend them."""
    gates = draft.gates
    try:
        return fill(draft, tell)
    except GateError:
        raise _stopped(draft, folder) from None
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Too many rows were refused for what came after to work: the gate is the news, not what it led to.
        if gates and gates.failures and not gates.reason:
            raise _stopped(draft, folder) from error
        raise


def _stopped(draft: Draft, folder: Path) -> GateError:
    assert draft.gates is not None
    rejects = draft.frame("SELECT * FROM reject ORDER BY dataset_id, file, line, column_name")
    if rejects.empty:
        return draft.gates.error()
    path = rejects_path(folder)
    write_text(path, reject_csv(rejects))
    path.chmod(0o600)  # a refused cell may hold what a page would hide
    return draft.gates.error(path)


def rejects_path(folder: Path) -> Path:
    """Where the refused rows of a stopped build are written: beside the versions of its edition."""
    return folder / f"rejected-{folder.name}.csv"


class _Room:
    """The folder a draft is made in, and what it takes on the disk."""

    def __init__(self, folder: Path, before: dict[str, Any] | None) -> None:
        """`before` is the manifest of the version now served: its build tells how much room one takes."""
        self.folder, self.workshop = folder, None
        self.free = shutil.disk_usage(folder).free
        self.expected = int((before or {}).get("peak_bytes", 0))
        self.peak = 0

    def open(self) -> Path:
        """Make the folder of the draft."""
        self.workshop: Path | None = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.folder))
        return self.workshop

    def measure(self) -> None:
        """Take note of the bytes on disk: file, log and spilled rows."""
        if self.workshop is not None:
            found = (path.stat() for path in self.workshop.rglob("*") if path.is_file())
            self.peak = max(self.peak, sum(s.st_blocks * 512 for s in found))

    def clear(self) -> None:
        """Give the space back."""
        if self.workshop is not None:
            shutil.rmtree(self.workshop, ignore_errors=True)

    def told(self) -> str:
        """One line for a full disk: which folder, bytes needed, bytes there were."""
        needs = f"about {self.expected:,} bytes" if self.expected > self.free else "more than that"
        return f"the disk is full: {self.folder} had {self.free:,} bytes free and a build needs {needs}"


def disk_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error; DuckDB says so in words only."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in str(error) or "Disk quota exceeded" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
