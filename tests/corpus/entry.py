"""What an entry of the corpus is: the files it writes, how they are read, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from loaders.draft import Draft
from loaders.features import mend, read_features
from loaders.mapping import read_mapping
from loaders.sources import LOADERS
from loaders.staging import Intake, read_table
from tests.loaders.small import draft, peopled, source

Where = tuple[int, str, str]  # line, column, rule


@dataclass
class Seen:
    """What came of reading: the rows that stand, those refused, the cells emptied or repaired, the ledger."""

    rows: Any
    refused: list[Where]
    noted: list[Where]
    ledger: list[dict[Any, Any]]
    everything: str = ""  # all that is handed on, as text: nothing from elsewhere may be in it


@dataclass(frozen=True)
class Entry:
    """One bad file. `told` is part of the error of a file refused whole; otherwise the rest is the verdict."""

    key: str  # of KEYS: which phrase of the list of bad input it stands for
    name: str
    write: Callable[[Path], object]
    read: Callable[[Path], Seen]
    loads: Any = None
    refused: tuple[Where, ...] = ()
    noted: tuple[Where, ...] = ()
    told: str = ""
    why: str = field(default="", compare=False)  # where the verdict is not the first that comes to mind


# --- writing ----------------------------------------------------------------------------------------------


def put(content: str | bytes, name: str = "x.csv", encoding: str = "utf-8") -> Callable[[Path], object]:
    """A file of that content."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    return lambda folder: (folder / name).write_bytes(data)


def both(*writes: Callable[[Path], object]) -> Callable[[Path], object]:
    """Several files."""
    return lambda folder: [write(folder) for write in writes]


# --- reading ----------------------------------------------------------------------------------------------


def table(
    columns: Sequence[str] | dict[str, Any] = ("id", "n"), file: str = "x.csv",
    then: Callable[[Intake], object] | None = None, **how: Any,
) -> Callable[[Path], Seen]:
    """`read_table`, then what a loader would ask of the rows; the rows as lists, without their lines."""
    def read(folder: Path) -> Seen:
        intake = read_table("d", folder, file, columns, **how)
        if then is not None:
            then(intake)
        return of_intake(intake)
    return read


def numbers(column: str = "n", **asked: Any) -> Callable[[Intake], object]:
    """`Intake.number` of a column."""
    return lambda intake: intake.number(column, **asked)


def shapes(file: str = "x.geojson", columns: Sequence[str] = ("id",), **how: Any) -> Callable[[Path], Seen]:
    """`read_features`, mended for EPSG:32188; identifiers and the area [square degrees] of each."""
    def read(folder: Path) -> Seen:
        intake = read_features("d", folder, file, columns, **how)
        mend(intake, "EPSG:32188")
        area = [round(shape.area, 6) for shape in intake.rows["geometry"]]
        intake.rows = intake.rows.drop(columns="geometry").assign(area=area)
        return of_intake(intake)
    return read


def loader(
    which: str, file: str, sql: str, /, *, with_areas: bool = False, private: str = "", **options: Any,
) -> Callable[[Path], Seen]:
    """A loader of the list, over an empty draft or one of two boroughs and six blocks; then the rows of a query.

    `private` asks for what was set aside instead: place, period, need, outcome and count.
    """
    def read(folder: Path) -> Seen:
        made = peopled(folder) if with_areas else draft(folder)
        made.edition.settings["food_needs"] = ["food"]
        LOADERS[which](made, source("d", file, options, threshold=1.0))
        if private:
            asked = {"referrals": ["place_id", "period", "need", "outcome", "count"],
                     "clients": ["organization_id", "period", "unit", "count"]}[private]
            rows = pd.concat(made.private[private])[asked]
        else:
            rows = made.frame(sql)
        return of_draft(made, rows)
    return read


def mapped(mapping: str, file: str, sql: str = "", private: str = "", **options: Any) -> Callable[[Path], Seen]:
    """The loader of any table at all, with its mapping."""
    def read(folder: Path) -> Seen:
        (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
        asked = {"mapping": "mapping.toml", **options}
        seen = loader("mapped", file, sql, with_areas="level" in options, private=private, **asked)(folder)
        # What is refused is told in the custodian's words; the verdicts are in ours.
        ours = {"/".join(one.columns): one.name for one in read_mapping(folder / "mapping.toml").fields if one.columns}

        def named(cells: list[Where]) -> list[Where]:
            return sorted((line, ours.get(column, column), rule) for line, column, rule in cells)

        return replace(seen, refused=named(seen.refused), noted=named(seen.noted))
    return read


def listed(rows: pd.DataFrame) -> list[Any]:
    """Rows as lists; one column as one list; nothing for what is missing, days as text."""
    text = rows.assign(**{
        str(name): rows[name].dt.strftime("%Y-%m-%d") for name in rows
        if pd.api.types.is_datetime64_any_dtype(rows[name])
    }).astype("object")
    found = text.where(text.notna(), None).to_numpy().tolist()
    return [row[0] for row in found] if len(rows.columns) == 1 else found


def of_intake(intake: Intake) -> Seen:
    def cells(frames: list[pd.DataFrame]) -> list[Where]:
        return sorted((int(r["line"]), str(r["column_name"]),
        str(r["rule"])) for f in frames for r in f.to_dict("records"))

    rows = listed(intake.rows.drop(columns="line"))
    told = " ".join(str(frame.to_dict("records")) for frame in [*intake.rejects, *intake.notes])
    return Seen(rows, cells(intake.rejects), cells(intake.notes), [intake.ledger(1.0)], f"{rows} {told}")


def of_draft(made: Draft, rows: pd.DataFrame) -> Seen:
    """What a loader left in a draft; the file is read as bytes too."""
    made.flush()
    made.con.execute("CHECKPOINT")
    asked = "SELECT line, column_name, rule FROM {} WHERE dataset_id = 'd' ORDER BY ALL"
    cells = [
        [(int(line), str(column), str(rule)) for line, column, rule in made.con.execute(asked.format(t)).fetchall()]
        for t in ("reject", "cell_note")
    ]
    ledger = [dict(row) for row in made.frame("SELECT * FROM load_ledger").to_dict("records")]
    text = listed(rows)
    made.con.close()
    return Seen(text, cells[0], cells[1], ledger, f"{text} {made.path.read_bytes().decode('latin-1')}")
