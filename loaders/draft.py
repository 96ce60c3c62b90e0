"""A database being built aside: loaders fill it, nothing is served from it until it is published."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from loaders.catalog import TABLE, TABLES, LoadError
from loaders.edition import Edition, Source
from loaders.fetch_record import retrieved
from loaders.gates import Gates
from loaders.staging import Intake


class Draft:
    """The tables of one edition while they are filled.

    `private` holds uncontrolled aggregates of referrals and clients: they are computed from, then
    thrown away; only their controlled form is inserted.
    """

    def __init__(self, edition: Edition, raw: Path | None, path: Path, gates: Gates | None = None) -> None:
        """Create the empty tables in a new file at `path`; `raw` is the folder of source files.

        With `gates`, every file is read before too many refused rows stop the build; without, the first stops.
        """
        self.edition = edition
        self.gates = gates
        self._raw = raw or edition.raw
        self.path = path
        self.previous: Path | None = None  # the version now served
        self.rehearsal = False  # nothing is published from it
        self.private: dict[str, list[pd.DataFrame]] = {}
        self._later: dict[str, list[pd.DataFrame]] = {}
        self.con = duckdb.connect(str(path), config={
            "autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 2,
            "memory_limit": "420MB",  # past it, the engine works on disk: a build fits a small machine
        })
        for table in TABLES:
            self.con.execute(table.ddl())

    @property
    def raw(self) -> Path:
        """The folder of source files; raises LoadError where none was given."""
        if self._raw is None or not self._raw.is_dir():
            where = f" ({self._raw})" if self._raw else ""
            raise LoadError(
                f"edition “{self.edition.id}” needs a folder of source files{where}",
                remedy="Give it: --raw FOLDER, or make run RAW=FOLDER.",
            )
        return self._raw

    def insert(self, table: str, frame: pd.DataFrame) -> None:
        """Append a frame to a table by column name; columns that may be empty may be left out."""
        declared = TABLE[table]
        unknown = set(frame.columns) - set(declared.names)
        absent = [c.name for c in declared.columns if c.name not in frame.columns and not c.null]
        if unknown or absent:
            raise LoadError(f"table {table}: unknown columns {sorted(unknown)}, absent columns {absent}")
        columns = ", ".join(frame.columns)
        self.con.register("incoming", frame)
        try:
            self.con.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming")
        except duckdb.Error as error:
            raise LoadError(f"table {table}: {str(error).splitlines()[0]}") from error
        finally:
            self.con.unregister("incoming")

    def insert_later(self, table: str, frame: pd.DataFrame) -> None:
        """Set rows aside for `flush`: hundreds of small inserts cost ten times one large one."""
        self._later.setdefault(table, []).append(frame)

    def flush(self) -> None:
        """Insert what was set aside."""
        for table, frames in self._later.items():
            self.insert(table, pd.concat(frames, ignore_index=True))
        self._later.clear()

    def frame(self, sql: str, *parameters: object) -> pd.DataFrame:
        """A query over the draft, as a frame."""
        return self.con.execute(sql, list(parameters)).df()

    def keep_private(self, name: str, frame: pd.DataFrame) -> None:
        """Set uncontrolled aggregates aside; they never enter the file."""
        self.private.setdefault(name, []).append(frame)

    def describe(self, source: Source) -> None:
        """Record who made a source, when, and under what terms; the day it was fetched, where a fetch is on record."""
        about = dict(source.about)
        day = retrieved(self._raw, source.file) if self._raw and source.file else ""
        if day:
            about["retrieved"] = date.fromisoformat(day)
        self.insert("dataset", pd.DataFrame([{"dataset_id": source.dataset_id, **about}]))

    def close_intake(self, intake: Intake, source: Source, *, may_be_empty: bool = False) -> None:
        """Write the balance and the refused rows of a file.

        A file of a header and no row raises LoadError unless it `may_be_empty`, as a table beside others may. Past
        the source's threshold the gates of the build take note; without gates, raises LoadError.
        """
        ledger = intake.ledger(source.threshold)
        if not may_be_empty and intake.rows_read == intake.left_out.get("preamble", 0):
            raise LoadError(
                "it has a header and no row", file=intake.file, remedy="Ask for it again, or take the source out."
            )
        self.insert("load_ledger", pd.DataFrame([ledger]))
        if intake.left_out:
            rules = pd.DataFrame({"rule": list(intake.left_out), "rows": list(intake.left_out.values())})
            self.insert("left_out", rules.assign(dataset_id=intake.dataset_id, file=intake.file))
        if intake.rejects:
            refused = pd.concat(intake.rejects, ignore_index=True)
            self.insert("reject", refused.assign(dataset_id=intake.dataset_id, file=intake.file))
        if intake.notes:
            cells = pd.concat(intake.notes, ignore_index=True)
            self.insert("cell_note", cells.assign(dataset_id=intake.dataset_id, file=intake.file))
        if self.gates is None:
            intake.check_threshold(source.threshold)
        else:
            self.gates.look(intake, ledger)

    def check_gates(self) -> None:
        """Every source is read: raise GateError where one failed a gate and no reason was written."""
        if self.gates is not None:
            ledger = self.frame("SELECT dataset_id, file, loaded, encoding FROM load_ledger")
            self.gates.miss(ledger, [source.dataset_id for source in self.edition.sources])
            self.gates.check()

    def check(self) -> None:
        """Refuse to publish a version with no area, no resident or no indicator, or a ledger out of balance."""
        for table, what in (("area", "no area"), ("demand_point", "no resident"), ("indicator_value", "no indicator")):
            if self.con.table(table).count("*").fetchall()[0][0] == 0:
                raise LoadError(
                    f"the build holds {what}", file=self.edition.path.name, remedy="Add the source that fills it."
                )
        balanced(self.con)
        weights = self.frame("""
            SELECT child_id FROM area_link GROUP BY child_level, child_id, parent_level
            HAVING sum(population_weight) > 1 + 1e-9
        """)
        if len(weights):
            raise LoadError(f"the links of {weights['child_id'].iloc[0]} sum to more than 1", file="area_link")

    def close(self) -> None:
        """Flush everything to disk."""
        self.con.execute("CHECKPOINT")
        self.con.close()

    def drop(self) -> None:
        """Let go of the file without flushing it: the build failed, and a full disk could not take it."""
        with contextlib.suppress(duckdb.Error):
            self.con.close()


def balanced(con: duckdb.DuckDBPyConnection) -> None:
    """Raise LoadError where a file's rows do not add up, or where its refused rows are not all kept."""
    bad = con.execute("""
        SELECT l.file FROM load_ledger l
        LEFT JOIN (SELECT dataset_id, file, count(*) AS kept FROM reject GROUP BY ALL) r USING (dataset_id, file)
        WHERE rows_read <> rows_in + left_out OR rows_in <> loaded + rejected + duplicates
            OR rejected <> coalesce(kept, 0)
        ORDER BY ALL
    """).fetchall()
    if bad:
        raise LoadError("the ledger does not balance", file=str(bad[0][0]), remedy="Mend the loader.")


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """`rows` and `checksums` of every table: the sum of the hashes of its rows, whatever their order.

    Every block of the file is read, so a block that was badly written is an error here.
    """
    told = {}
    for table in TABLES:
        row = con.execute(f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM {table.name} t").fetchall()[0]
        told[table.name] = row
    return {
        "rows": {name: int(rows) for name, (rows, _) in told.items()},
        "checksums": {name: f"{int(total):x}" for name, (_, total) in told.items()},
    }


def schema_version() -> str:
    """Twelve digits that change when a table, a column or a type does."""
    return hashlib.sha256("\n".join(table.ddl() for table in TABLES).encode()).hexdigest()[:12]


def reread(path: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Open a closed draft as readers will, and compare it with what was written; gives `storage` and `schema`.

    `facts` holds `rows` and `checksums` as `contents` told them before the draft was closed. Raises LoadError
    where they differ, where the ledger does not balance, or where a block cannot be read.
    """
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            balanced(con)
            found = contents(con)
            storage = con.execute("""
                SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()
            """).fetchall()[0][0]
    except duckdb.Error as error:
        raise LoadError(
            f"the file just built cannot be read back ({str(error).splitlines()[0]})", remedy="Check the disk."
        ) from error
    for name, rows in facts["rows"].items():
        if (rows, facts["checksums"][name]) != (found["rows"][name], found["checksums"][name]):
            raise LoadError(f"table {name} is not what was written to it", remedy="Check the disk, then build again.")
    return {"storage": storage, "schema": schema_version()}
