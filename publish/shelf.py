"""Where sites stand: written aside, named whole, then one symbolic link moved; killed half-way, nothing changed."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
SITES = HOUSE / "data" / "site"
# Sites kept beside the one readers are given: a page opened before a publish still finds its pictures.
KEEP = 3
# Forms that shrink; the others (PDF, WOFF2, PNG) are packed already.
PACKED = frozenset({".html", ".css", ".js", ".svg", ".csv", ".json", ".jsonld", ".geojson", ".ttl", ".xml", ".txt"})
CURRENT = "current"

Files = Mapping[str, bytes]


def sites_folder() -> Path:
    """Where sites live: COUVERT_SITE, or data/site."""
    return Path(os.environ.get("COUVERT_SITE") or SITES)


def site_url() -> str:
    """Where readers find the site, with its last slash: COUVERT_SITE_URL, or /site/ of the same host."""
    return (os.environ.get("COUVERT_SITE_URL") or "/site/").rstrip("/") + "/"


def packed(name: str, content: bytes) -> bytes | None:
    """The file compressed, for a server that sends it as it is; None where that saves nothing. Always the same."""
    if Path(name).suffix not in PACKED:
        return None
    small = gzip.compress(content, 9, mtime=0)
    return small if len(small) < len(content) else None


def digest(files: Files) -> str:
    """One name for the whole content: SHA-256 over names and bytes, in order of name."""
    told = hashlib.sha256()
    for name in sorted(files):
        told.update(f"{name}\0{len(files[name])}\0".encode())
        told.update(files[name])
    return told.hexdigest()


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One writer at a time per edition: a second one waits. The kernel lets go of the lock of a process that dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def put(folder: Path, version: str, files: Files) -> Path:
    """Make `files` the site of an edition: gives the folder that `current` now names.

    The folder is named after the version; where that name holds other bytes (another code made them), after the
    version and its digest, so that what readers have is never written over.
    """
    with only_one(folder):
        sweep(folder)
        target = folder / version
        if target.exists() and _held(target) != digest(files):
            target = folder / f"{version}-{digest(files)[:8]}"
        if not target.exists():
            _write(folder / f".draft-{os.getpid()}", target, files)
        point(folder, target.name)
        retire(folder)
    return target


def _write(aside: Path, target: Path, files: Files) -> None:
    for name, content in sorted(files.items()):
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        small = packed(name, content)
        if small is not None:
            path.with_name(f"{path.name}.gz").write_bytes(small)
    (aside / ".digest").write_text(digest(files) + "\n", encoding="utf-8")
    for path in (*aside.rglob("*"), aside):
        _sync(path)
    aside.replace(target)
    _sync(target.parent)


def _held(target: Path) -> str:
    try:
        return (target / ".digest").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def point(folder: Path, name: str) -> None:
    """Make `current` name a folder beside it: a reader finds the old site or the new one, never neither."""
    aside = folder / f".{CURRENT}-{os.getpid()}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(name, target_is_directory=True)
    aside.replace(folder / CURRENT)
    _sync(folder)


def named(folder: Path) -> str:
    """The folder `current` names; empty where it names none that is there."""
    link = folder / CURRENT
    return link.readlink().name if link.is_symlink() and link.is_dir() else ""


def known(folder: Path) -> list[str]:
    """Names of the whole sites of an edition, oldest version first."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink() and path.name[0] != ".")
    return sorted(path.name for path in found)


def sweep(folder: Path) -> None:
    """Remove what a killed writer left. Call it under the lock."""
    for left in folder.glob(".draft-*"):
        shutil.rmtree(left)
    for left in folder.glob(f".{CURRENT}-*"):
        left.unlink()


def retire(folder: Path) -> list[str]:
    """Drop the oldest sites beyond the last few; never the one readers are given. Gives the names dropped."""
    now = named(folder)
    old = [name for name in known(folder)[:-KEEP] if name != now]
    for name in old:
        # Renamed first: killed here, half a site stands under no name that a link can hold.
        gone = folder / f".draft-{name}"
        (folder / name).rename(gone)
        shutil.rmtree(gone)
    return old


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
