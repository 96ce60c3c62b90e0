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

from loaders.store import current_version, open_store
from tests.browser.measure import pages
from views import brief, brief_pdf, my_area

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
    """One row per edition, page and choice: the middle of five warm runs of its script, without a browser."""
    rows = []
    for edition in EDITIONS:
        if not (Path(versions) / edition / "CURRENT").is_file():
            continue
        os.environ.update(COUVERT_EDITION=edition, COUVERT_VERSIONS=versions)
        store = open_store(edition, current_version(edition) or "")
        level = str(store.settings["default_level"])
        area = {"area": str(store.areas(level)["area_id"].iloc[0]), "level": level}
        chosen = {"my_area": [{}, area], "gap_map": [{}, area, {"show": "pair"}, {"show": "hours"}]}
        for path in sorted((HOUSE / "pages").glob("*.py")):
            for query in chosen.get(path.stem, [{}]):
                took, busy = _rerun(path, query)
                name = " ".join([path.stem, *(f"{key}={held}" for key, held in query.items())])
                told = f"{1000 * took:.0f} ms; processor {1000 * busy:.0f} ms"
                rows.append((f"{edition}: {name}, script", told, "at most 150 ms"))
        took, busy = _brief(edition, area["area"])
        told = f"{took:.2f} s; processor {busy:.2f} s"
        rows.append((f"{edition}: brief of an area, PDF", told, "at most 3 s"))
    return rows


def _rerun(path: Path, query: dict[str, str]) -> tuple[float, float]:
    """Seconds of a rerun: the middle by the clock, the least of processor (what a busy machine adds left out)."""
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=120)
    for key, held in query.items():
        app.query_params[key] = held
    app.run()
    app.switch_page(f"pages/{path.name}").run()
    if app.exception:
        raise SystemExit(f"{path.name}: {app.exception[0].value}")
    taken, busy = [], []
    for _ in range(5):
        began, spent = time.perf_counter(), time.process_time()
        app.run()
        taken.append(time.perf_counter() - began)
        busy.append(time.process_time() - spent)
    return statistics.median(taken), min(busy)


def _brief(edition: str, area_id: str) -> tuple[float, float]:
    """Seconds from a click to the bytes of the brief, its map drawn, by the clock and of processor; the first time."""
    store = open_store(edition, current_version(edition) or "")
    began, spent = time.perf_counter(), time.process_time()
    area = my_area.of(store, area_id)
    if area is None:
        raise SystemExit(f"{area_id} is not in {edition}")
    brief_pdf.made(brief.of(area, link="http://127.0.0.1/", version=store.version))
    return time.perf_counter() - began, time.process_time() - spent


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
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    print(f"{'what':{width}}  measured, against the target ({load})")
    for what, found, target in rows:
        print(f"{what:{width}}  {found}  ({target})")


if __name__ == "__main__":
    main()
