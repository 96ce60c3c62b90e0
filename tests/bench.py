"""`make bench`: builds, the gap map and its slider, measured and printed as one table. Never a timed test."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.measure import pages

HOUSE = Path(__file__).resolve().parent.parent


def measured(arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak memory [MB] of a command."""
    before = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen([sys.executable, *arguments], cwd=HOUSE, **quiet)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - before, usage.ru_maxrss / 1000


def builds(versions: str) -> list[tuple[str, str, str]]:
    """One row per edition that can be built here."""
    rows = []
    raw = os.environ.get("COUVERT_RAW")
    for edition, limit, extra in (("montreal", 5, []), ("montreal-open", 20, ["--raw", raw or ""])):
        if edition == "montreal-open" and not raw:
            rows.append((f"build {edition}", "not measured", "set COUVERT_RAW"))
            continue
        seconds, peak = measured(["-m", "loaders", "build", "--edition", edition, "--versions", versions, *extra])
        rows.append((f"build {edition}", f"{seconds:.1f} s, {peak:.0f} MB", f"at most {limit} s, 1000 MB"))
    return rows


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as versions:
        rows = builds(versions)
        rows += pages(versions)
    width = max(len(what) for what, _, _ in rows)
    print(f"{'what':{width}}  measured, against the target ({os.cpu_count()} cores)")
    for what, found, target in rows:
        print(f"{what:{width}}  {found}  ({target})")


if __name__ == "__main__":
    main()
