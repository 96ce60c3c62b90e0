"""A build that is killed, fails or finds the disk full changes nothing that readers see; the next one completes."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from build import build
from loaders.checkpoint import STEPS, checkpoint
from loaders.publish import current
from tests.chaos.builds import leftovers, run, start, tagged, whole
from tests.report import record, times

KILLED = -9
# From here on the pointer names the new version: the build is done, even if nobody was told.
DONE = STEPS[STEPS.index("publish.pointer_moved"):]


def test_killed_at_any_moment(tmp_path: Path) -> None:
    versions, raw, folder = tmp_path / "v", tmp_path / "raw", tmp_path / "v" / "toyville"
    assert run(versions, tagged(raw, "run first")) == 0  # it also starts the server that forks
    begun = time.monotonic()
    assert run(versions, tagged(raw, "run second")) == 0
    longest = (time.monotonic() - begun) * 1.05
    shown, tries, killed = "run second", times(6, 200), 0
    drawn = random.Random(3)
    for number in range(tries):
        child = start(versions, tagged(raw, f"run {number}"))
        child.join(drawn.uniform(0.01, longest))
        child.kill()
        child.join()
        killed += child.exitcode == KILLED
        tag = whole(folder)
        assert tag in (shown, f"run {number}")  # the version there was, or the new one; never another, never a mix
        assert child.exitcode != 0 or tag == f"run {number}", "a build that ended well was lost"
        shown = tag
    assert run(versions, tagged(raw, "run last")) == 0
    assert whole(folder) == "run last" and leftovers(folder) == []
    assert killed > tries / 3  # the others ended first: a moment after the end is a moment too
    assert record(
        1, "kill -9 at any moment of a build", "0 broken, 0 mixed, 0 finished builds lost",
        f"{tries} runs, {killed} killed before the end: 0, 0, 0; the next build completes and leaves no trace",
        passed=tries >= times(6, 200),
    )


def test_killed_at_every_step(tmp_path: Path) -> None:
    versions, raw, folder = tmp_path / "v", tmp_path / "raw", tmp_path / "v" / "toyville"
    assert run(versions, tagged(raw, "run first")) == 0
    shown, tries, readable = "run first", times(1, 5), 0
    for step in STEPS:
        thin = tries == 1 and step not in ("build.loaded", "build.computed")  # whole builds where N is full
        for number in range(tries):
            new = f"run {step} {number}"
            assert run(versions, tagged(raw, new), fault=f"{step}:kill", thin=thin) == KILLED, f"{step} is not reached"
            shown = new if step in DONE else shown
            assert whole(folder) == shown, step
            readable += 1
    assert run(versions, tagged(raw, "run last")) == 0
    assert whole(folder) == "run last" and leftovers(folder) == []
    assert record(
        2, "kill -9 after each step of a build", "all readable, file equal to its manifest",
        f"{len(STEPS)} steps × {tries}: {readable} of {len(STEPS) * tries}", passed=readable == len(STEPS) * tries,
    )


@pytest.mark.parametrize("fault", ["raise", "enospc"])
def test_a_step_that_fails_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    raw, folder = tmp_path / "raw", tmp_path / "v" / "toyville"
    first = build("toyville", tagged(raw, "run first"), tmp_path / "v").stem
    for step in STEPS if times(0, 1) else ("publish.renamed", "publish.pointer_aside"):
        if step in (*DONE, "build.locked", "build.swept"):
            continue
        monkeypatch.setenv("COUVERT_FAULT", f"{step}:{fault}")
        with pytest.raises(Exception, match="disk is full" if fault == "enospc" else step):
            build("toyville", tagged(raw, f"run {step}"), tmp_path / "v")
        assert current(folder) == first and whole(folder) == "run first" and leftovers(folder) == [], step


def test_an_unknown_step_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint("nowhere")  # nothing is asked: nothing is looked at
    monkeypatch.setenv("COUVERT_FAULT", "publish.renamed:melt")
    with pytest.raises(ValueError, match="nowhere"):
        checkpoint("nowhere")
    with pytest.raises(ValueError, match="melt"):
        checkpoint("publish.renamed")
