"""Publishing: a verified file under a new name, its manifest, and one pointer moved at the end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loaders.catalog import LoadError
from loaders.edition import HOUSE
from loaders.staging import sha256

VERSIONS = HOUSE / "data" / "versions"
KEEP = 5
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-\d{3}")


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


def current(folder: Path) -> str | None:
    """The version `CURRENT` names; the newest complete one where the pointer is broken; None where none is."""
    known = published(folder)
    pointer = folder / "CURRENT"
    named = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""
    if named in known:
        return named
    return known[-1] if known else None


def manifest(folder: Path, version: str) -> dict[str, Any]:
    """What a version was made of: sources, SHA-256, counts, settings, code version."""
    return json.loads((folder / f"{version}.json").read_text(encoding="utf-8"))


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
    last = max((path.stem for path in folder.glob("*.duckdb") if _VERSION.fullmatch(path.stem)), default="")
    if last[:10] > day:
        day = last[:10]
    number = int(last[11:]) + 1 if last[:10] == day else 1
    return f"{day}-{number:03d}"


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One build at a time per edition: a second one waits for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def publish(draft: Path, folder: Path, version: str, facts: dict[str, Any]) -> Path:
    """Make a closed draft the current version: fsync, name, manifest, pointer; then drop old versions.

    Readers resolve the pointer at the start of a session, so nothing a reader has open changes.
    """
    target = folder / f"{version}.duckdb"
    _fsync(draft)
    draft.replace(target)
    facts = {**facts, "version": version, "sha256": sha256(target), "bytes": target.stat().st_size}
    _write(folder / f"{version}.json", json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    _write(folder / "CURRENT", version + "\n")
    retire(folder)
    return target


def retire(folder: Path) -> list[str]:
    """Drop versions beyond the last five, month-ends and those with a `.pin` file; gives the ids dropped."""
    known = published(folder)
    month_ends = {version[:7]: version for version in known}.values()
    kept = {*known[-KEEP:], *month_ends, *(p.stem for p in folder.glob("*.pin"))}
    named = current(folder)
    dropped = [version for version in known if version not in kept and version != named]
    for version in dropped:
        (folder / f"{version}.duckdb").unlink()
        (folder / f"{version}.json").unlink()
    return dropped


def verify(folder: Path, version: str) -> None:
    """Raise LoadError unless the file of a version is the one its manifest describes."""
    facts = manifest(folder, version)
    found = sha256(folder / f"{version}.duckdb")
    if found != facts["sha256"]:
        raise LoadError(
            f"the file is not the one that was published (SHA-256 {found[:12]}… instead of "
            f"{facts['sha256'][:12]}…)", file=f"{version}.duckdb",
            remedy="Restore it from a copy, or build again.",
        )


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    _fsync(aside)
    aside.replace(path)
    _fsync(path.parent)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
