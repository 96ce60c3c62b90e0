"""What the tests measured, row by row of the promises: kept as JSON lines, printed as one table.

`python -m tests.report FILE` ends with 1 where a row failed, where a test that keeps one failed, or where a promised
row was not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

VARIABLE = "COUVERT_REPORT"

# Every row the table must hold, in its order. A row is one or several lines: one for each test that measures it.
PROMISED: dict[int, str] = {
    1: "kill -9 at any moment of a build",
    2: "kill -9 after each step of a build",
    3: "a full disk during a build",
    5: "a flipped bit of a version",
    6: "a flipped bit of a source file",
    7: "damaged file, pointer or manifest",
    8: "versions published while people read",
    9: "builds started together",
    10: "the same file again",
    11: "one row of a file changed",
    12: "rows in = loaded + rejected + duplicates",
    14: "the age of a source",
    15: "clocks that go back or jump",
    16: "restore of a backup",
    18: "SQL by value",
    19: "SQL by name of a column",
    20: "SQL that reads or sets",
    21: "a query without end",
    22: "a query that wants all memory",
    23: "a VRT under another name",
    24: "an address as the name of a file",
    25: "a fetch led inside",
    26: "zip bombs",
    27: "XML bombs",
    28: "zip entries that leave their folder",
    29: "GeoJSON too deep, too long or without numbers",
    30: "files that are not what their name says",
    31: "uploads too large, too slow or cut",
    32: "scripts in names, notes and addresses",
    33: "markdown in names and notes",
    34: "formulas in exports",
    35: "requests from another site",
    36: "headers and hosts",
    37: "roles",
    41: "small counts",
    42: "small counts by subtraction",
    43: "small counts by subtraction of versions",
    44: "private columns",
    45: "the cache of another dataset",
    46: "no network",
    48: "3,000 visitors in five minutes",
    49: "25 people open one link",
    50: "500 visits, one after another",
    51: "a connection cut",
    52: "a server restarted",
    53: "an exception in a page",
    58: "a setting missing or malformed",
    59: "packages with a known advisory",
    60: "accessibility",
}


@dataclass(frozen=True)
class Line:
    """One thing measured: the figure promised, the one found, and whether it is kept."""

    row: int  # of PROMISED; 0 is a test that failed before it measured anything
    promise: str
    figure: str
    measured: str
    passed: bool
    full: bool = True  # at the full number of tries


RECORDED: list[Line] = []


def full() -> bool:
    """Whether tests run at their full numbers (COUVERT_RUNS=full)."""
    return os.environ.get("COUVERT_RUNS") == "full"


def times(short: int, whole: int) -> int:
    """How often to try: `whole` at full numbers, `short` otherwise."""
    return whole if full() else short


def record(row: int, promise: str, figure: str, measured: str, passed: bool) -> bool:
    """Keep one line, also in the file COUVERT_REPORT names; gives `passed`, so that a test can assert it."""
    if row and row not in PROMISED:
        raise ValueError(f"row {row} is not promised")
    line = Line(row, promise, figure, measured, bool(passed), full())
    RECORDED.append(line)
    path = os.environ.get(VARIABLE)
    if path:
        with Path(path).open("a", encoding="utf-8") as handle:  # one short write: several processes may add lines
            handle.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
    return line.passed


def read(path: Path) -> list[Line]:
    """The lines of a file; raises ValueError where one is no line."""
    try:
        return [Line(**json.loads(text)) for text in path.read_text(encoding="utf-8").splitlines() if text.strip()]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path.name} holds a line that is none of ours") from error


def absent(lines: Iterable[Line], rows: Iterable[int] = PROMISED) -> list[int]:
    """Rows nothing was measured for."""
    return sorted({*rows} - {line.row for line in lines})


def table(lines: Iterable[Line], missing: Iterable[int] = ()) -> str:
    """The lines in the order of the rows, then of time; rows that are `missing` say so."""
    gaps = [Line(row, PROMISED[row], "", "not measured", False) for row in missing]
    ordered = sorted([*_together(lines), *gaps], key=lambda line: (line.row == 0, line.row))
    head = ["| row | promise | figure | measured | pass |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(
        f"| {line.row or '–'} | {_cell(line.promise)} | {_cell(line.figure)} | {_cell(line.measured)} | "
        f"{'yes' if line.passed else 'NO'} |" for line in ordered
    )])


def _together(lines: Iterable[Line]) -> list[Line]:
    """Lines of one promise and figure become one: how many kept it, and the first that did not."""
    found: dict[tuple[int, str, str], list[Line]] = {}
    for line in lines:
        found.setdefault((line.row, line.promise, line.figure), []).append(line)
    return [
        replace(
            min(same, key=_kept),  # a failure before the others
            measured=f"{sum(line.passed for line in same)} of {len(same)}: {min(same, key=_kept).measured}",
        ) if len(same) > 1 else same[0]
        for same in found.values()
    ]


def _kept(line: Line) -> bool:
    return line.passed


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main(arguments: list[str] | None = None) -> int:
    """Print the table of a file; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.report", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", help="only these are promised here: 1,2,18-35", default="")
    asked = parser.parse_args(arguments)
    rows = _rows(asked.rows) if asked.rows else list(PROMISED)
    if not asked.file.is_file():
        print(f"{asked.file}: there is no such file: nothing was measured", file=sys.stderr)
        return 1
    lines = read(asked.file)
    missing, failed = absent(lines, rows), [line for line in lines if not line.passed]
    print(table(lines, missing))
    if not all(line.full for line in lines):
        print("\nSome rows are at short numbers; FULL=1 runs every try.")
    print(f"\n{len(lines)} lines, {len(failed)} failed, {len(missing)} of {len(rows)} rows not measured.")
    return 1 if failed or missing else 0


def _rows(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return [row for row in found if row in PROMISED]


if __name__ == "__main__":
    sys.exit(main())
