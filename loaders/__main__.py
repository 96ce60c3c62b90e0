"""The command line: list editions and versions, build one, check it, copy it, bring it back."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from build import build, fill
from loaders import custody, trial
from loaders.catalog import LoadError
from loaders.derive import derive
from loaders.draft import Draft
from loaders.edition import edition_names, read_edition
from loaders.fetch import Fetcher
from loaders.fetch_screen import fetch_and_tell
from loaders.mapping import KINDS
from loaders.publish import current, manifest, published, rollback, serving, verify, versions_folder
from loaders.scratch import Scratch
from loaders.sketch import sketch
from loaders.store import Store
from loaders.vintages import compare_versions, lines


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives 0, or 1 after a one-line error on standard error."""
    parser = argparse.ArgumentParser(prog="python -m loaders", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="editions, their sources and their published versions")
    building = commands.add_parser("build", help="build an edition and publish it")
    building.add_argument("--edition", default="montreal")
    building.add_argument("--raw", type=Path, help="folder of source files")
    building.add_argument("--again", action="store_true", help="build even where nothing changed")
    building.add_argument("--accept", metavar="REASON", help="publish past the gates; kept in the manifest")
    building.add_argument("--no-wait", action="store_true", help="stop where another build is running")
    building.add_argument("--no-site", action="store_true", help="leave the static pages as they are")
    checking = commands.add_parser("check", help="verify the current version against its manifest")
    checking.add_argument("--edition", default="montreal")
    checking.add_argument("--all", action="store_true", help="verify every version")
    back = commands.add_parser("rollback", help="give readers an earlier version")
    back.add_argument("--edition", default="montreal")
    back.add_argument("--to", metavar="VERSION", help="default: the whole version before the current one")
    back.add_argument("--no-site", action="store_true", help="leave the static pages as they are")
    comparing = commands.add_parser("compare", help="what opened, closed or changed between two versions of a listing")
    comparing.add_argument("--edition", default="montreal")
    comparing.add_argument("--before", default="", metavar="VERSION", help="default: the one before AFTER")
    comparing.add_argument("--after", default="", metavar="VERSION", help="default: the current one")
    comparing.add_argument("--source", default="", help="this source's services alone")
    fetching = commands.add_parser("fetch", help="download the sources of an edition from their publishers")
    fetching.add_argument("--edition", default="montreal")
    fetching.add_argument("--raw", type=Path, help="folder to fill; default: data/raw/EDITION")
    fetching.add_argument("--only", nargs="+", metavar="SOURCE", help="these sources alone")
    fetching.add_argument("--mirror", default="", metavar="ADDRESS", help="folder or http address with the same names")
    fetching.add_argument("--again", action="store_true", help="ask again for what is already in the folder")
    sketching = commands.add_parser("sketch", help="begin the mapping.toml of a file nobody has described")
    sketching.add_argument("file", type=Path)
    sketching.add_argument("--as", dest="table", default="listing", metavar="KIND", help=", ".join(KINDS))
    rehearsing = commands.add_parser("rehearse", help="what a mapping would load, without publishing anything")
    rehearsing.add_argument("file", type=Path)
    rehearsing.add_argument("--mapping", type=Path, help="default: mapping.toml beside the file")
    rehearsing.add_argument("--edition", default="montreal", help="whose areas places are compared with")
    rehearsing.add_argument("--level", default="", help="level of the places or areas")
    rehearsing.add_argument("--aliases", default="", help="table of spellings, under data/")
    rehearsing.add_argument("--grain", default="month", help="year, month or week")
    deriving = commands.add_parser("derive", help="make the small table of facts of the embedded edition")
    deriving.add_argument("--raw", type=Path, required=True, help="folder of source files")
    for command in (listing, building, checking, back, comparing, rehearsing):
        command.add_argument("--versions", type=Path, help="folder of versions")
    looking_after = custody.add(commands)
    asked = parser.parse_args(arguments)
    try:
        acts = {"list": _list, "fetch": _fetch, "build": _build, "check": _check, "rollback": _rollback,
                "compare": _compare, "sketch": _sketch, "rehearse": _rehearse, "derive": _derive, **looking_after}
        return acts[asked.command](asked)
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing was published: readers have the version they had.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our lines has gone: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    ways: dict[str, Any] = {"again": asked.again, "accept": asked.accept, "wait": not asked.no_wait}
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Starting")
            target = build(
                asked.edition, asked.raw, asked.versions,
                lambda what, done, total: progress.update(task, description=what, completed=done, total=total), **ways,
            )
    else:
        target = build(asked.edition, asked.raw, asked.versions, _plain, **ways)
    _loaded(target)
    print(target)
    return 0 if asked.no_site else _site(target)


def _site(target: Path) -> int:
    """Give readers the static pages of a published version; gives 1, after saying why, where they cannot be made.

    The version stays published whatever happens here: the pages are made from it, it needs nothing of them.
    """
    from publish.site import follow  # here: it loads what draws, and most commands draw nothing

    try:
        print(follow(Store(target, manifest(target.parent, target.stem)), None, _pages), file=sys.stderr)
    except Exception as error:
        print(f"error: version {target.stem} is published; its static pages could not be made "
              f"({type(error).__name__}: {error}). Readers keep those they had. "
              f"Run: python -m publish --edition {target.parent.name}", file=sys.stderr)
        return 1
    return 0


def _pages(what: str, done: int, total: int) -> None:
    if done % 20 == 0:
        print(f"[{done}/{total}] Static pages: {what}", file=sys.stderr)


def _loaded(target: Path) -> None:
    """What became of each source's rows, on standard error: the path stays alone on standard output."""
    store = Store(target, manifest(target.parent, target.stem))
    for row in store.datasets().to_dict("records"):
        if row["rows_read"] == row["rows_read"] and not row["waiting"] and row["rows_read"]:
            noted = f", {int(row['noted']):,} cells to look at" if row["noted"] else ""
            print(f"    {row['dataset_id']}: {int(row['loaded']):,} of {int(row['rows_read']):,} rows loaded, "
                  f"{int(row['rejected']):,} refused{noted}", file=sys.stderr)


def _plain(what: str, done: int, total: int) -> None:
    print(f"[{done}/{total}] {what}", file=sys.stderr)


def _check(asked: argparse.Namespace) -> int:
    folder = (asked.versions or versions_folder()) / asked.edition
    now = serving(folder)
    if now.version is None and not now.named and not published(folder):
        raise LoadError(
            f"nothing is published for “{asked.edition}”",
            remedy=f"Run: python -m loaders build --edition {asked.edition}",
        )
    failed = False
    for version in published(folder) if asked.all else filter(None, [now.version]):
        try:
            verify(folder, version)
        except LoadError as error:
            failed = True
            print(f"error: {error}", file=sys.stderr)
            continue
        facts = manifest(folder, version)
        print(f"{asked.edition} {version}: the file is the one published on {facts['built_at']}")
        if not asked.all:
            for table, rows in facts["rows"].items():
                print(f"    {table}: {rows:,}")
            for pair in facts.get("agreement", []):
                print(f"    {_agreement(pair)}")
    if now.fault:
        given = f"readers are given {now.version}" if now.version else "readers are given nothing"
        raise LoadError(
            f"{now.fault}; {given}", file=f"{now.named}.duckdb" if now.named else "CURRENT",
            remedy="Restore it, build again, or: python -m loaders rollback.",
        )
    return int(failed)


def _agreement(pair: dict[str, Any]) -> str:
    """A pair of measures in one line: areas, median gap in points, correlation, what was asked, whether it holds."""
    told = f"{pair['one']} and {pair['other']}, {pair['areas']:,} areas ({pair['level']}): "
    if pair["median_gap"] is None or pair["correlation"] is None:
        return told + "too few areas, or no difference between them, to compare"
    told += f"median gap {pair['median_gap'] * 100:.2f} points, correlation {pair['correlation']:.2f}"
    asked = (f"at most {pair['at_most_gap'] * 100:.2f} points" if "at_most_gap" in pair
             else f"at least {pair['at_least_correlation']:.2f}")
    return f"{told} (asked: {asked}): {'as asked' if pair['holds'] else 'NOT as asked'}"


def _rollback(asked: argparse.Namespace) -> int:
    folder = (asked.versions or versions_folder()) / asked.edition
    before, now = rollback(folder, asked.to)
    print(f"{asked.edition}: readers are now given {now} (before: {before or 'no version'})")
    return 0 if asked.no_site else _site(folder / f"{now}.duckdb")


def _compare(asked: argparse.Namespace) -> int:
    folder = (asked.versions or versions_folder()) / asked.edition
    changes = compare_versions(folder, asked.before, asked.after, asked.source)
    print(f"{asked.edition}: from {changes.attrs['before']} to {changes.attrs['after']}")
    for line in lines(changes):
        print(line)
    return 0


def _fetch(asked: argparse.Namespace) -> int:
    fetcher = Fetcher(read_edition(asked.edition), asked.raw, mirror=asked.mirror, again=asked.again)
    return fetch_and_tell(fetcher, asked.only)


def _sketch(asked: argparse.Namespace) -> int:
    target = asked.file.parent / "mapping.toml"
    written = sketch(_file(asked.file), asked.table)
    if target.exists():
        print(written)
        print(f"{target} exists and was left as it is.", file=sys.stderr)
    else:
        target.write_text(written, encoding="utf-8")
        print(target)
    return 0


def _rehearse(asked: argparse.Namespace) -> int:
    folder = (asked.versions or versions_folder()) / asked.edition
    version = current(folder)
    options = {"grain": asked.grain} | {
        name: value for name, value in (("level", asked.level), ("aliases", asked.aliases)) if value
    }
    mapping = asked.mapping or asked.file.parent / "mapping.toml"
    ledger, rejects, notes, names = trial.rehearse(
        _file(asked.file), mapping, asked.edition, folder / f"{version}.duckdb" if version else None, options,
    )
    print("\n".join(trial.told(ledger, rejects, notes, names)))
    if len(rejects) or len(notes):
        target = asked.file.with_name(f"{asked.file.stem}.rejected.csv")
        trial.write_rejects(target, (rejects, notes))
        print(f"Written for its custodian: {target}")
    return 0 if trial.passes(ledger) else 1


def _file(path: Path) -> Path:
    if not path.is_file():
        raise LoadError("the file is missing", file=str(path), remedy="Give its path.")
    return path


def _derive(asked: argparse.Namespace) -> int:
    with Scratch() as workshop:
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
