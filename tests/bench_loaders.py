"""How fast files come in: each loader against DuckDB's own reader, on the same rows, in the same run.

Run alone: `python -m tests.bench_loaders [millions of rows]`. A machine that does other work slows both, so the target
is a ratio first: at most 4 times the processor time of the bare reader that fills a table.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from loaders import census_profile
from loaders.draft import Draft
from tests.loaders.small import draft, source

CHARACTERISTICS = 2631
Row = tuple[str, str, str]


def clocked(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def write_profile(path: Path, areas: int, encoding: str = "cp1252") -> None:
    """A profile in the layout of 98-401-X2021: every characteristic of so many areas, one cell in 17 suppressed."""
    with path.open("wb") as handle:
        handle.write((",".join(census_profile.LAYOUT_2021) + "\r\n").encode(encoding))
        for area in range(areas):
            code = f"2466{area:04d}"
            head = f'2021,"2021S0512{code}","{code}","Dissemination area","Montréal – {code}",3.1,4.3,"00000"'
            rows = []
            for key in range(1, CHARACTERISTICS + 1):
                count, rate = (key * 7 + area) % 2000 * 5, (key + area) % 1000 / 10
                cells = f'{count},"",{count // 2},"",{count // 2},"",{rate},"",10.1,"",9.9,""'
                if key % 17 == 0:
                    cells = ',"x",,"...",,"...",,"x",,"...",,"..."'
                rows.append(f'{head},{key},"  Characteristic {key}, of its kind",,{cells}\r\n')
            handle.write("".join(rows).encode(encoding))


def with_areas(folder: Path, areas: int) -> Draft:
    """A draft that knows the areas of the file."""
    made = draft(folder)
    ids = [f"2021S05122466{area:04d}" for area in range(areas)]
    text = ("kind", "code", "name_fr", "name_en", "fr_in", "fr_of", "en_in", "vintage", "dataset_id")
    made.insert("area", pd.DataFrame({
        "area_id": ids, "level": "dissemination_area", **dict.fromkeys(text, "x"),
        **dict.fromkeys(("lon", "lat", "x_m", "y_m"), 0.0),
    }))
    return made


def profile(folder: Path, millions: float) -> list[Row]:
    """A profile kept whole, against a table DuckDB fills from the same rows in UTF-8; then another characteristic."""
    areas = max(1, round(millions * 1e6 / CHARACTERISTICS))
    write_profile(folder / "p.csv", areas)
    write_profile(folder / "bare.csv", areas, "utf-8")
    megabytes = (folder / "p.csv").stat().st_size / 1e6
    con = duckdb.connect(str(folder / "bare.duckdb"), config={"threads": 2})
    # The six columns that are kept, as text: what any reader must do.
    bare, bare_cpu = clocked(lambda: con.execute(
        "CREATE TABLE long AS SELECT column01, column08, column11, column12, column17, column18 "
        "FROM read_csv(?, header = false, skip = 1, all_varchar = true)", [str(folder / "bare.csv")],
    ))
    con.close()
    made = with_areas(folder, areas)
    options = {"layout": "2021", "areas": {"DGUID": ["2021S05122466"]}}
    whole, cpu = clocked(lambda: census_profile.census_profile(made, source("profile", "p.csv", options)))
    rows = areas * CHARACTERISTICS
    assert made.con.execute("SELECT count(*) FROM census_long").fetchone() == (rows,)
    again, _ = clocked(lambda: made.frame(
        "SELECT area_id, count, count_status FROM census_long WHERE dataset_id = 'profile' AND characteristic_id = ?",
        CHARACTERISTICS,
    ))
    made.close()
    name = f"profile of {rows / 1e6:.1f} million rows, {megabytes:.0f} MB"
    return [
        (name, f"{whole:.1f} s, {megabytes / whole:.0f} MB/s", "at least 120 MB/s on an idle machine"),
        ("against bare DuckDB", f"× {cpu / bare_cpu:.1f} processor, × {whole / bare:.1f} wall", "at most × 4"),
        ("another characteristic", f"{again:.3f} s", "under 1 s"),
    ]


MAPPING = """
table = "referrals"
[fields]
id = "id"
place = "place"
period = { column = "month", date = "%Y-%m" }
need = { column = "need", words = { food = "food", rent = "housing" } }
count = "count"
"""


def write_records(path: Path, millions: float) -> None:
    """Counts of needs by area and month, each row with its own identifier, 900 areas."""
    with path.open("w", encoding="utf-8") as handle:
        handle.write("id,place,month,need,count\n")
        for n in range(round(millions * 1e6)):
            need = "food" if n % 3 else "rent"
            handle.write(f"{n},2021S05122466{n % 900:04d},2024-{n % 12 + 1:02d},{need},{n % 97}\n")


def records(folder: Path, millions: float) -> list[Row]:
    """A generic mapped table, in a process of its own so that its memory is its own."""
    write_records(folder / "records.csv", millions)
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    run = (
        "import resource, sys, time; from pathlib import Path\n"
        "from loaders.mapped import mapped; from tests.bench_loaders import with_areas; "
        "from tests.loaders.small import source\n"
        "folder = Path(sys.argv[1]); made = with_areas(folder, 900)\n"
        "options = {'mapping': 'mapping.toml', 'level': 'dissemination_area', 'grain': 'month'}\n"
        "start = time.perf_counter(); mapped(made, source('records', 'records.csv', options))\n"
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,\n"
        "      *made.con.execute('SELECT rows_read, loaded, rejected, duplicates FROM load_ledger').fetchall()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", run, str(folder)], capture_output=True, text=True, check=True)
    seconds, peak, *ledger = (float(x) for x in done.stdout.splitlines()[-1].split())  # DuckDB draws its progress above
    assert ledger == [round(millions * 1e6)] * 2 + [0, 0], ledger
    name = f"{millions:g} million mapped rows, {(folder / 'records.csv').stat().st_size / 1e6:.0f} MB"
    return [
        (name, f"{seconds:.1f} s", "10 million in at most 60 s"),
        ("its memory at most", f"{peak:.0f} MB", "1 000 MB"),
    ]


def loaders(millions: float = 1.0) -> list[Row]:
    """Every row of this bench: what, measured, target."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "records").mkdir()
        return [*profile(Path(folder), millions), *records(Path(folder) / "records", millions)]


def main() -> None:
    """Measure and print."""
    rows = loaders(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
    width = max(len(what) for what, _, _ in rows)
    print(f"{'what':{width}}  measured, against the target ({os.cpu_count()} cores)")
    for what, found, target in rows:
        print(f"{what:{width}}  {found}  ({target})")


if __name__ == "__main__":
    main()
