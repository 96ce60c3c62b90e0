"""What an operator sees of a fetch: a bar in a terminal, plain lines elsewhere, and what became of each source."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import TransferSpeedColumn as SpeedColumn

from loaders.fetch import Fetcher, Outcome, Watch


def fetch_and_tell(fetcher: Fetcher, only: list[str] | None = None) -> int:
    """Fetch, print one line a source on standard output; gives 1 where one failed, else 0. Raises LoadError."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), SpeedColumn(), TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as progress:
            fetcher.watch = _bars(progress)
            outcomes = fetcher.fetch(only)
    else:
        fetcher.watch = _line
        outcomes = fetcher.fetch(only)
    tell(fetcher, outcomes)
    return int(any(outcome.status == "failed" for outcome in outcomes))


def tell(fetcher: Fetcher, outcomes: list[Outcome]) -> None:
    """Print what became of each source, and the sum."""
    if not outcomes:
        print(f"{fetcher.edition.id}: no source has an official download: its files come with Couvert, "
              "or are put in the raw folder by hand")
        return
    wide = max(len(outcome.dataset_id) for outcome in outcomes)
    for outcome in outcomes:
        size = f"{outcome.bytes / 1e6:8.2f} MB" if outcome.bytes else " " * 11
        print(f"{outcome.status:9}  {outcome.dataset_id:{wide}}  {size}  {outcome.file}")
        if outcome.note and outcome.status in ("failed", "by hand", "fetched"):
            print(f"{'error: ' if outcome.status == 'failed' else '':>11}{outcome.note}")
    sums = {status: sum(outcome.status == status for outcome in outcomes) for status in (
        "fetched", "unchanged", "kept", "by hand", "failed",
    )}
    print(", ".join(f"{count} {status}" for status, count in sums.items() if count) + f" in {fetcher.folder}")


def _bars(progress: Progress) -> Watch:
    tasks: dict[str, TaskID] = {}

    def watch(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=None)
        progress.update(tasks[what], completed=done, total=total)

    return watch


def _line(what: str, done: int, total: int | None) -> None:
    if done == 0:
        print(f"fetching {what}", file=sys.stderr)
    elif done == total:
        print(f"received {what}: {done:,} bytes", file=sys.stderr)
