"""The command line: list editions and versions, build one, check it, derive the embedded facts."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from build import build, fill
from loaders.catalog import LoadError
from loaders.derive import derive
from loaders.draft import Draft
from loaders.edition import edition_names, read_edition
from loaders.publish import current, manifest, published, verify, versions_folder


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives 0, or 1 after a one-line error on standard error."""
    parser = argparse.ArgumentParser(prog="python -m loaders", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="editions, their sources and their published versions")
    building = commands.add_parser("build", help="build an edition and publish it")
    building.add_argument("--edition", default="montreal")
    building.add_argument("--raw", type=Path, help="folder of source files")
    checking = commands.add_parser("check", help="verify the current version against its manifest")
    checking.add_argument("--edition", default="montreal")
    deriving = commands.add_parser("derive", help="make the small table of facts of the embedded edition")
    deriving.add_argument("--raw", type=Path, required=True, help="folder of source files")
    for command in (listing, building, checking):
        command.add_argument("--versions", type=Path, help="folder of versions")
    asked = parser.parse_args(arguments)
    try:
        return {"list": _list, "build": _build, "check": _check, "derive": _derive}[asked.command](asked)
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _list(asked: argparse.Namespace) -> int:
    root = asked.versions or versions_folder()
    for name in edition_names():
        edition = read_edition(name)
        now = current(root / name)
        print(f"{name}: {edition.title_en}; {len(edition.sources)} sources")
        for source in edition.sources:
            print(f"    {source.dataset_id}: {source.about['producer_en']}, {source.about['title_en']}")
        for version in published(root / name):
            print(f"  {'*' if version == now else ' '} {version}")
    return 0


def _build(asked: argparse.Namespace) -> int:
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Starting")
            target = build(
                asked.edition, asked.raw, asked.versions,
                lambda what, done, total: progress.update(task, description=what, completed=done, total=total),
            )
    else:
        target = build(asked.edition, asked.raw, asked.versions, _plain)
    print(target)
    return 0


def _plain(what: str, done: int, total: int) -> None:
    print(f"[{done}/{total}] {what}", file=sys.stderr)




def _check(asked: argparse.Namespace) -> int:
    folder = (asked.versions or versions_folder()) / asked.edition
    version = current(folder)
    if version is None:
        raise LoadError(
            f"nothing is published for “{asked.edition}”",
            remedy=f"Run: python -m loaders build --edition {asked.edition}",
        )
    verify(folder, version)
    facts = manifest(folder, version)
    print(f"{asked.edition} {version}: the file is the one published on {facts['built_at']}")
    for table, rows in facts["rows"].items():
        print(f"    {table}: {rows:,}")
    return 0


def _derive(asked: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as workshop:
        draft = Draft(read_edition("montreal-open"), asked.raw, Path(workshop) / "draft.duckdb")
        try:
            fill(draft, _plain)
            for path in derive(draft):
                print(path)
        finally:
            draft.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
