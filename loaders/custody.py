"""The commands that look after versions: which stay and why, pins, dropping, copies and the way back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loaders.backup import Told, backup, editions_in, restore
from loaders.catalog import LoadError
from loaders.publish import fault, manifest, only_one, published, serving, versions_folder
from loaders.retention import pin, reasons, retire, unpin
from loaders.scratch import Scratch

# A lost server must be back within this time (row 16 of the promises): past it a rehearsal has failed.
BACK_WITHIN_SECONDS = 600
_WHY = {
    "current": "what readers are given", "recent": "one of the last five", "month_end": "last of its month",
    "pinned": "pinned", "young": "read less than 24 hours ago",
}


def add(commands: Any) -> dict[str, Callable[[argparse.Namespace], int]]:
    """Declare the commands; gives what runs each."""
    listing = commands.add_parser("versions", help="versions of an edition, and why each stays")
    pinning = commands.add_parser("pin", help="keep a version whatever its age")
    freeing = commands.add_parser("unpin", help="let a version go when its time comes")
    dropping = commands.add_parser("retire", help="drop the versions nothing keeps")
    for command in (pinning, freeing):
        command.add_argument("version", metavar="VERSION")
    pinning.add_argument("--reason", required=True, help="why; kept with the version")
    dropping.add_argument("--dry-run", action="store_true", help="say which, drop none")
    for command in (listing, pinning, freeing, dropping):
        command.add_argument("--edition", default="montreal")
    copying = commands.add_parser("backup", help="copy versions, manifests, pins and pointer to another place")
    copying.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    copying.add_argument("--retire", action="store_true", help="the copy drops what the versions’ own rule would")
    back = commands.add_parser("restore", help="bring versions back from a copy into an empty folder")
    back.add_argument("--from", dest="copy", type=Path, required=True, metavar="FOLDER")
    back.add_argument("--only", metavar="VERSION", help="this version alone, which readers are then given")
    back.add_argument("--rehearse", action="store_true", help="into a folder that is removed after; tells the time")
    for command in (copying, back):
        command.add_argument("--edition", help="default: every edition there is")
    for command in (listing, pinning, freeing, dropping, copying, back):
        command.add_argument("--versions", type=Path, help="folder of versions")
    return {"versions": _versions, "pin": _pin, "unpin": _unpin, "retire": _retire, "backup": _backup,
            "restore": _restore}


def _folder(asked: argparse.Namespace) -> Path:
    folder = (asked.versions or versions_folder()) / asked.edition
    if not published(folder):
        raise LoadError(f"nothing is published for “{asked.edition}”", file=str(folder))
    return folder


def _versions(asked: argparse.Namespace) -> int:
    folder = _folder(asked)
    now = serving(folder)
    for version, why, pinned in reasons(folder):
        mark = "*" if version == now.version else " "
        print(f"{mark} {version}  {_described(folder, version)}  {_told(why, pinned)}")
    if now.fault:
        print(f"CURRENT names {now.named or 'no version'}: {now.fault}", file=sys.stderr)
    return 1 if now.fault else 0


def _described(folder: Path, version: str) -> str:
    """When a version was built and its size, or what is wrong with it."""
    if why := fault(folder, version):
        return f"DAMAGED: {why}"
    facts = manifest(folder, version)
    return f"built {str(facts.get('built_at', 'unknown'))[:16]}, {facts['bytes'] / 1e6:,.1f} MB"


def _told(why: tuple[str, ...], pinned: str) -> str:
    words = [f"pinned: {pinned}" if code == "pinned" and pinned else _WHY[code] for code in why]
    return f"stays: {'; '.join(words)}" if words else "nothing keeps it: the next build drops it"


def _pin(asked: argparse.Namespace) -> int:
    pin(_folder(asked), asked.version, asked.reason)
    print(f"{asked.edition} {asked.version}: pinned")
    return 0


def _unpin(asked: argparse.Namespace) -> int:
    print(f"{asked.edition} {asked.version}: no longer pinned (it was: {unpin(_folder(asked), asked.version)})")
    return 0


def _retire(asked: argparse.Namespace) -> int:
    folder = _folder(asked)
    with only_one(folder):
        dropped = retire(folder, dry=asked.dry_run)
    for version in dropped:
        print(f"{asked.edition} {version}: {'would be dropped' if asked.dry_run else 'dropped'}")
    if not dropped:
        print(f"{asked.edition}: every version stays")
    return 0


def _backup(asked: argparse.Namespace) -> int:
    root = asked.versions or versions_folder()
    failed = False
    for edition in _editions(root, asked.edition):
        told = backup(root, asked.to, edition, drop=asked.retire)
        failed |= bool(told.faults)
        dropped = f", dropped {', '.join(told.dropped)}" if told.dropped else ""
        print(f"{edition}: the copy holds {_several(len(told.versions), 'version')}; {_work(told)}{dropped}")
        for line in told.faults:
            print(f"error: {line}", file=sys.stderr)
    return int(failed)


def _restore(asked: argparse.Namespace) -> int:
    if asked.rehearse == (asked.versions is not None):
        raise LoadError("say where to", remedy="Give --versions and an empty folder, or --rehearse.")
    seconds = 0.0
    with Scratch() as place:
        root = Path(place) if asked.rehearse else asked.versions
        for edition in _editions(asked.copy, asked.edition):
            told = restore(asked.copy, root, edition, only=asked.only)
            seconds += told.seconds
            held = f"{_several(len(told.versions), 'version')}, readers are given {told.current}"
            print(f"{edition}: {held}; {_work(told)}")
    print(f"back in {seconds:.2f} s (promised: {BACK_WITHIN_SECONDS} s)" + (", rehearsed" if asked.rehearse else ""))
    return int(seconds > BACK_WITHIN_SECONDS)


def _editions(root: Path, asked: str | None) -> list[str]:
    found = [asked] if asked else editions_in(root)
    if not found:
        raise LoadError("it holds no edition", file=str(root), remedy="Check the path.")
    return found


def _work(told: Told) -> str:
    return (f"{_several(told.copied, 'file')} copied ({told.bytes / 1e6:,.1f} MB), {told.whole} found whole, "
            f"{told.seconds:.2f} s")


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
