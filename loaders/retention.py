"""Which versions stay on the disk and why, pins with their reason, and dropping the others."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from loaders.catalog import LoadError
from loaders.publish import fault, only_one, pointer, published, write_text

KEEP = 5
# A visit reads the version it opened: one that readers may have been given within this time is not dropped.
YOUNG_SECONDS = 24 * 3600


class Kept(NamedTuple):
    """One version: its id, why it stays (codes of `kept`; none: it may be dropped), and the reason of its pin."""

    version: str
    why: tuple[str, ...]
    pinned: str


def kept(known: list[str], current: str, pinned: set[str], young: set[str]) -> dict[str, tuple[str, ...]]:
    """What keeps each version, by id; an empty tuple where nothing does. `known` is in the order of publication.

    `current`: the pointer names it. `recent`: one of the last five. `month_end`: the last of its month. `pinned`:
    a person asked. `young`: a visit that is still open may read it.
    """
    month_ends = {version[:7]: version for version in known}.values()
    found = {}
    for version in known:
        why = {
            "current": version == current,
            "recent": version in known[-KEEP:],
            "month_end": version in month_ends,
            "pinned": version in pinned,
            "young": version in young,
        }
        found[version] = tuple(code for code, holds in why.items() if holds)
    return found


def reasons(folder: Path, now: float | None = None) -> list[Kept]:
    """Every version of an edition's folder, oldest first, with what keeps it.

    Young is what was published, or replaced by the next one, less than 24 hours ago; a file dated in the future
    counts as young, for the clock is wrong and the file may not be.
    """
    known, moment = published(folder), time.time() if now is None else now
    written = {version: (folder / f"{version}.json").stat().st_mtime for version in known}
    young = {version for version, after in zip(known, [*known[1:], ""])
             if moment - written[after or version] < YOUNG_SECONDS}
    why = kept(known, pointer(folder), {path.stem for path in folder.glob("*.pin")}, young)
    return [Kept(version, why[version], pin_reason(folder, version)) for version in known]


def retire(folder: Path, *, dry: bool = False, now: float | None = None) -> list[str]:
    """Drop the versions nothing keeps; gives their ids. `dry` only tells which. Call it under the lock."""
    dropped = [version for version, why, _ in reasons(folder, now) if not why]
    for version in dropped if not dry else ():
        (folder / f"{version}.duckdb").unlink()  # first: killed here, a manifest of a few bytes stays, not a file
        (folder / f"{version}.json").unlink()
    return dropped


def pin(folder: Path, version: str, reason: str) -> None:
    """Keep a version until it is unpinned, with the reason and the day; raises LoadError without either."""
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise LoadError("a pin needs a reason", remedy="Say it: --reason “shown to the council of 12 May”.")
    with only_one(folder):
        if why := fault(folder, _known(folder, version)):
            raise LoadError(f"{why}: a damaged version is not worth keeping", file=f"{version}.duckdb",
                            remedy="Restore it from a copy first.")
        write_text(folder / f"{version}.pin", f"{datetime.now(UTC):%Y-%m-%d} {reason}\n")


def unpin(folder: Path, version: str) -> str:
    """Let go of a pin; gives the reason it had. The version is dropped by a later build, if nothing else keeps it."""
    with only_one(folder):
        path = folder / f"{_known(folder, version)}.pin"
        if not path.exists():
            raise LoadError(f"version {version} is not pinned", file=folder.name)
        reason = pin_reason(folder, version)
        path.unlink()
    return reason


def pin_reason(folder: Path, version: str) -> str:
    """What a pin says: the day and the reason; empty where there is none or it says nothing."""
    try:
        return " ".join((folder / f"{version}.pin").read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return ""


def _known(folder: Path, version: str) -> str:
    known = published(folder)
    if version not in known:
        raise LoadError(f"there is no version {version}", file=folder.name,
                        remedy=f"Published: {', '.join(known) or 'none'}.")
    return version
