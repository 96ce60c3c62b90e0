"""Which versions stay, and why: the last five, month-ends, pins, what readers have, what a visit may still read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from loaders.__main__ import main
from loaders.publish import published
from loaders.retention import kept, pin, pin_reason, reasons, retire, unpin

DAY = 24 * 3600
NAMES = [
    "2026-09-01-001", "2026-09-30-001", "2026-10-02-001", "2026-10-31-001", *(f"2026-11-0{d}-001" for d in range(1, 8)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eleven versions of toyville with empty files, all written at second 0, the newest named by the pointer."""
    home = tmp_path / "toyville"
    home.mkdir()
    for name in NAMES:
        (home / f"{name}.duckdb").touch()
        facts = {"edition": "toyville", "version": name, "settings": {}, "bytes": 0, "sha256": EMPTY}
        (home / f"{name}.json").write_text(json.dumps(facts))
        os.utime(home / f"{name}.json", (0, 0))
    (home / "CURRENT").write_text(NAMES[-1])
    return home


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of no byte


def test_last_five_month_ends_and_pins_are_kept(folder: Path) -> None:
    (folder / "2026-09-01-001.pin").touch()
    going = ["2026-10-02-001", "2026-11-01-001", "2026-11-02-001"]
    assert retire(folder, dry=True, now=2 * DAY) == going and published(folder) == NAMES
    assert retire(folder, now=2 * DAY) == going
    assert published(folder) == [name for name in NAMES if name not in going]
    assert not list(folder.glob("2026-10-02*"))


def test_what_a_visit_may_still_read_stays_a_day(folder: Path) -> None:
    os.utime(folder / "2026-11-03-001.json", (2 * DAY, 2 * DAY))  # it replaced 11-02: both were given to readers then
    assert retire(folder, dry=True, now=2 * DAY + 3600) == ["2026-09-01-001", "2026-10-02-001", "2026-11-01-001"]
    assert "young" in {v: why for v, why, _ in reasons(folder, 3 * DAY - 1)}["2026-11-02-001"]
    assert "2026-11-02-001" in retire(folder, dry=True, now=3 * DAY)
    assert retire(folder, dry=True, now=0) == []  # a clock that went back drops nothing


def test_what_readers_are_given_is_never_dropped(folder: Path) -> None:
    (folder / "CURRENT").write_text("2026-10-02-001")
    assert "2026-10-02-001" not in retire(folder, dry=True, now=9 * DAY)


def test_kept_says_every_reason() -> None:
    assert kept(["2026-01-31-001", "2026-02-01-001"], "2026-02-01-001", {"2026-01-31-001"}, set()) == {
        "2026-01-31-001": ("recent", "month_end", "pinned"), "2026-02-01-001": ("current", "recent", "month_end"),
    }


def test_pins_carry_their_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--edition", "toyville", "--versions", str(folder.parent)]
    assert main(["pin", "2026-10-02-001", "--reason", "  shown to\nthe council ", *where]) == 0
    assert pin_reason(folder, "2026-10-02-001").endswith(" shown to the council")
    assert "2026-10-02-001" not in retire(folder, dry=True, now=9 * DAY)
    assert main(["pin", "2026-10-02-001", "--reason", " x ", *where]) == 1
    assert main(["pin", "../../etc", "--reason", "a good reason", *where]) == 1
    (folder / "2026-11-01-001.duckdb").write_bytes(b"rot")
    assert main(["pin", "2026-11-01-001", "--reason", "a good reason", *where]) == 1
    capsys.readouterr()
    assert main(["versions", *where]) == 0
    lines = {line[2:16]: line for line in capsys.readouterr().out.splitlines()}
    assert "pinned: 20" in lines["2026-10-02-001"] and "shown to the council" in lines["2026-10-02-001"]
    assert lines["2026-11-07-001"].startswith("* ") and "what readers are given" in lines["2026-11-07-001"]
    assert "DAMAGED: the file has 3 bytes instead of 0" in lines["2026-11-01-001"]
    assert "nothing keeps it" in lines["2026-09-01-001"]
    assert main(["unpin", "2026-10-02-001", *where]) == 0 and "shown to the council" in capsys.readouterr().out
    assert main(["unpin", "2026-10-02-001", *where]) == 1 and "is not pinned" in capsys.readouterr().err
    pin(folder, "2026-10-02-001", "again, for a day")
    assert unpin(folder, "2026-10-02-001").endswith("again, for a day")


def test_retire_tells_before_it_acts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--edition", "toyville", "--versions", str(folder.parent)]
    assert main(["retire", "--dry-run", *where]) == 0 and len(published(folder)) == len(NAMES)
    told = capsys.readouterr().out
    assert main(["retire", *where]) == 0
    assert capsys.readouterr().out == told.replace("would be dropped", "dropped") and told.count("\n") == 4
    assert main(["retire", *where]) == 0 and "every version stays" in capsys.readouterr().out
