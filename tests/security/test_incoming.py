"""Temporary files of uploads and builds: gone with their process, or with the next one where it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loaders import limited, scratch
from loaders.edition import HOUSE

_HOLD = """
import sys, time
from pathlib import Path
from loaders.scratch import Scratch
held = Scratch()
Path(held.name, "upload.csv").write_text("Zyx Canari")
print(held.name, flush=True)
time.sleep(60)
"""
_SLOW = """
from pathlib import Path
from loaders import limited
limited._START = limited._START.split("from loaders")[0] + '''
import os, pathlib, time
pathlib.Path(os.environ["TMPDIR"]).parent.joinpath("pid").write_text(str(os.getpid()))
time.sleep(60)
'''
limited.tried(Path("pyproject.toml"), "x.json")
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def python(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], cwd=HOUSE, stdout=subprocess.PIPE, text=True)


def held(process: subprocess.Popen[str]) -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_what_a_killed_process_left_is_removed_by_the_next_and_no_other(temporary: Path) -> None:
    killed, alive = python(_HOLD), python(_HOLD)
    try:
        left, kept = held(killed), held(alive)
        elsewhere = temporary / "couvert-of-another"
        elsewhere.mkdir()
        killed.kill()
        killed.wait()
        assert (left / "upload.csv").is_file()
        assert left.stat().st_mode & 0o077 == 0  # nobody else reads it meanwhile
        with scratch.Scratch() as ours:
            assert not left.exists() and kept.is_dir() and elsewhere.is_dir() and Path(ours).is_dir()
        assert not Path(ours).exists()
        assert scratch.abandoned() == [] and kept.is_dir()
    finally:
        for process in (killed, alive):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    assert scratch.abandoned() == [kept.name]
    assert [path.name for path in temporary.iterdir()] == ["couvert-of-another"]


def test_a_reading_ends_with_the_process_that_asked_for_it(temporary: Path) -> None:
    asked = python(_SLOW)
    try:
        pid = reading(temporary / "pid")
    finally:
        os.kill(asked.pid, signal.SIGKILL)
        asked.wait()
        assert asked.stdout is not None
        asked.stdout.close()
    end = time.monotonic() + 20
    while running(pid):
        assert time.monotonic() < end, "the process that reads outlives the one that asked"
        time.sleep(0.02)
    assert len(scratch.abandoned()) == 1


def reading(path: Path) -> int:
    end = time.monotonic() + 60
    while not (path.is_file() and path.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(path.read_text())


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_the_limited_process_leaves_is_in_the_folder_of_the_one_that_asked(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited, "_START", "import tempfile, os; tempfile.mkdtemp(); os.kill(os.getpid(), 9)")
    with pytest.raises(limited.LoadError, match="memory"):
        limited.tried(HOUSE / "pyproject.toml", "x.json")
    assert list(temporary.iterdir()) == []


def test_every_temporary_folder_of_the_house_is_one_that_is_swept() -> None:
    """`tempfile` alone leaves its folder where a process is killed; the draft's own is swept beside the versions."""
    allowed = {"loaders/scratch.py", "loaders/aside.py"}
    rooms = ("loaders", "computing", "indicators", "views", "pages", "serving", "publish", "deploy")
    found = {
        str(path.relative_to(HOUSE)) for room in rooms for path in (HOUSE / room).rglob("*.py")
        if "import tempfile" in path.read_text("utf-8") or "from tempfile" in path.read_text("utf-8")
    }
    assert found <= allowed
