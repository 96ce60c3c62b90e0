"""Several at once: readers while versions change under them, builds that start together."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from build import build
from loaders.catalog import LoadError
from loaders.publish import current, published
from loaders.store import current_version, open_store
from tests.chaos.builds import run, start, tagged, whole
from tests.report import record, times


def test_readers_keep_one_version_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions, raw = tmp_path / "v", tmp_path / "raw"
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    build("toyville", tagged(raw, "run first"), versions)
    readers, rounds, stop = times(6, 20), times(2, 20), threading.Event()
    faults: list[str] = []
    visits: list[str] = []

    def read() -> None:
        try:
            while not stop.is_set():
                version = current_version("toyville")
                assert version
                store = open_store("toyville", version)  # what a visit pins
                seen = set()
                for _ in range(3):  # the visit goes on while other versions are published
                    seen |= {*store.services()["organization"], *store.events()["title_fr"]}
                    stop.wait(0.02)
                found = {text for text in seen if text.startswith("run ")}
                if len(found) != 1 or store.version != version:
                    faults.append(f"{version}: {found}")
                visits.append(version)
        except Exception as error:  # any error of a reader is the finding
            faults.append(repr(error))

    crowd = [threading.Thread(target=read) for _ in range(readers)]
    for reader in crowd:
        reader.start()
    try:
        for number in range(rounds):
            assert run(versions, tagged(raw, f"run {number}")) == 0
    finally:
        stop.set()
        for reader in crowd:
            reader.join()
    assert len(set(visits)) > 1
    assert record(
        8, "versions published while people read", "0 errors, 0 visits that saw two versions",
        f"{rounds} versions, {readers} readers, {len(visits)} visits: {len(faults)} faults", passed=faults == [],
    ), faults


def test_builds_that_start_together(tmp_path: Path) -> None:
    versions, raw, tries = tmp_path / "v", tmp_path / "raw", times(1, 20)
    for number in range(tries):
        before = set(published(versions / "toyville"))
        tagged(raw, f"run {number}")
        crowd = [start(versions, raw) for _ in range(5)]
        for child in crowd:
            child.join(120)
        assert [child.exitcode for child in crowd] == [0] * 5
        assert len(set(published(versions / "toyville")) - before) == 1  # the others found nothing changed
        assert whole(versions / "toyville") == f"run {number}"
    assert record(
        9, "five builds started together", "exactly one publishes", f"{tries} of {tries}: the others waited and found "
        "nothing changed", passed=tries >= times(1, 20),
    )


def test_a_build_says_which_one_it_waits_for(tmp_path: Path) -> None:
    versions, raw = tmp_path / "v", tagged(tmp_path / "raw", "run first")
    held = start(versions, raw, fault="build.swept:pause")
    try:
        _until(lambda: _stopped(held.pid))
        with pytest.raises(LoadError, match=rf"another build is running \(pid {held.pid}\)"):
            build("toyville", raw, versions, wait=False)
        told: list[str] = []

        def tell(what: str, done: int, total: int) -> None:
            told.append(what)
            if what.endswith("waiting"):  # the first goes on once the second says that it waits
                os.kill(held.pid or 0, signal.SIGCONT)

        path = build("toyville", raw, versions, tell)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(held.pid or 0, signal.SIGCONT)
        held.join(60)
    assert told[0] == f"another build is running (pid {held.pid}): waiting" and told[-1].startswith("Nothing changed")
    assert held.exitcode == 0 and path.stem == current(versions / "toyville")


def test_a_killed_build_holds_no_lock(tmp_path: Path) -> None:
    versions, raw = tmp_path / "v", tagged(tmp_path / "raw", "run first")
    assert run(versions, raw, fault="build.locked:kill") == -9
    assert run(versions, raw, wait=False) == 0


def _stopped(pid: int | None) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
