"""The table of promises fails when a row failed, when a test failed, and when a row was not measured."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import report
from tests.report import PROMISED, main, read, record

HOUSE = Path(__file__).resolve().parent.parent


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(report.VARIABLE, str(tmp_path / "report.jsonl"))
    monkeypatch.setattr(report, "RECORDED", [])
    return tmp_path / "report.jsonl"


def test_every_row_kept_and_passed_ends_well(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for row, promise in PROMISED.items():
        assert record(row, promise, "0", "0 | 1", passed=True)
    assert main([str(kept)]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[2] == f"| 1 | {PROMISED[1]} | 0 | 0 \\| 1 | yes |"
    assert "0 failed, 0 of" in told


def test_a_row_that_failed_is_a_failure(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for row, promise in PROMISED.items():
        record(row, promise, "0", "1" if row == 5 else "0", passed=row != 5)
    assert main([str(kept)]) == 1
    assert f"| 5 | {PROMISED[5]} | 0 | 1 | NO |" in capsys.readouterr().out


def test_many_files_of_one_promise_are_one_line_and_one_that_fails_is_shown(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abc":
        record(30, "files", "refused", f"{name}.csv", passed=name != "b")
    assert main([str(kept), "--rows", "30"]) == 1
    assert "| 30 | files | refused | 2 of 3: b.csv | NO |" in capsys.readouterr().out


def test_a_row_that_is_absent_is_a_failure(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(18, "SQL", "0", "0", passed=True)
    record(20, "SQL", "0", "0", passed=True)
    assert main([str(kept), "--rows", "18,20"]) == 0
    assert main([str(kept), "--rows", "18-20"]) == 1
    assert f"| 19 | {PROMISED[19]} |  | not measured | NO |" in capsys.readouterr().out
    assert main([str(kept.with_name("nothing"))]) == 1


def test_a_line_of_another_kind_is_an_error(kept: Path) -> None:
    kept.write_text('{"row": 1}\n')
    with pytest.raises(ValueError, match="none of ours"):
        read(kept)
    with pytest.raises(ValueError, match="not promised"):
        record(999, "?", "", "", passed=True)


def test_a_test_that_fails_before_it_measures_is_on_the_table(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_logreport  # noqa: F401\n")
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n")
    kept = tmp_path / "report.jsonl"
    quiet = ["-q", "-p", "no:cacheprovider", "-c", os.devnull]
    alone = {key: text for key, text in os.environ.items() if key != "PYTEST_XDIST_WORKER"}  # a run of its own
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, str(tmp_path / "test_it.py")],
        cwd=HOUSE, env={**alone, report.VARIABLE: str(kept), "PYTHONPATH": str(HOUSE)},
        capture_output=True, check=False,
    )
    assert done.returncode == 1
    (line,) = read(kept)
    assert line.row == 0 and "test_it" in line.promise and not line.passed


def test_every_test_that_keeps_a_row_is_run_for_the_table() -> None:
    lists = re.findall(r"^(?:PROMISES|TIMED) := \$\(wildcard ([^)]*)\)", (HOUSE / "Makefile").read_text("utf-8"), re.M)
    named = [HOUSE / name for text in lists for name in text.replace("\\", " ").split()]
    keeping = [path for path in (HOUSE / "tests").rglob("test_*.py")
               if path.name != "test_report.py" and re.search(r"\brecord\(\s*[\d*]", path.read_text("utf-8"))]
    assert len(keeping) > 15
    assert [path for path in keeping if path not in named and not set(path.parents) & set(named)] == []
