"""`make bench`: builds, the script of each page, the gap map and its moves, as one table. Never a timed test."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from tests.browser.measure import pages

EDITIONS = ("montreal", "montreal-open")
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
        where = ["--edition", edition, "--versions", versions]
        seconds, peak = measured(["-m", "loaders", "build", "--no-site", *where, *extra])
        rows.append((f"build {edition}", f"{seconds:.1f} s, {peak:.0f} MB", f"at most {limit} s, 1000 MB"))
    return rows


def scripts(versions: str) -> list[tuple[str, str, str]]:
    """One row per page and edition: the middle of five warm runs of its script, without a browser."""
    rows = []
    for edition in EDITIONS:
        if not (Path(versions) / edition / "CURRENT").is_file():
            continue
        os.environ.update(COUVERT_EDITION=edition, COUVERT_VERSIONS=versions)
        for path in sorted((HOUSE / "pages").glob("*.py")):
            seconds = _rerun(path)
            rows.append((f"{edition}: {path.stem}, script", f"{1000 * seconds:.0f} ms", "at most 150 ms"))
    return rows


def _rerun(path: Path) -> float:
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=120)
    app.run()
    app.switch_page(f"pages/{path.name}").run()
    if app.exception:
        raise SystemExit(f"{path.name}: {app.exception[0].value}")
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        app.run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def whole(main_script_path: str) -> None:
    """Run app.py as a server does once any visit has called st.navigation; AppTest would run the page file alone."""
    code = compile(Path(main_script_path).read_text("utf-8"), main_script_path, "exec")
    exec(code, {"__name__": "__main__", "__file__": main_script_path})


def main() -> None:
    """Measure and print: builds into a folder of its own, or what COUVERT_BENCH_VERSIONS names, without building."""
    built = os.environ.get("COUVERT_BENCH_VERSIONS")
    script_runner._mpa_v1 = whole
    with tempfile.TemporaryDirectory() as folder:
        versions = built or folder
        rows = [] if built else builds(versions)
        rows += scripts(versions)
        rows += pages(versions)
    width = max(len(what) for what, _, _ in rows)
    print(f"{'what':{width}}  measured, against the target ({os.cpu_count()} cores)")
    for what, found, target in rows:
        print(f"{what:{width}}  {found}  ({target})")


if __name__ == "__main__":
    main()
