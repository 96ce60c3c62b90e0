"""A database being built aside: loaders fill it, nothing is served from it until it is published."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from loaders.catalog import TABLE, TABLES, LoadError
from loaders.edition import Edition, Source
from loaders.staging import Intake


class Draft:
    """The tables of one edition while they are filled.

    `private` holds uncontrolled aggregates of referrals and clients: they are computed from, then
    thrown away; only their controlled form is inserted.
    """

    def __init__(self, edition: Edition, raw: Path | None, path: Path) -> None:
        """Create the empty tables in a new file at `path`; `raw` is the folder of source files."""
        self.edition = edition
        self._raw = raw or edition.raw
        self.path = path
        self.private: dict[str, list[pd.DataFrame]] = {}
        self._later: dict[str, list[pd.DataFrame]] = {}
        self.con = duckdb.connect(str(path), config={
            "autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 2,
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
        """Record who made a source, when, and under what terms."""
        self.insert("dataset", pd.DataFrame([{"dataset_id": source.dataset_id, **source.about}]))

    def close_intake(self, intake: Intake, source: Source) -> None:
        """Write the balance and the refused rows of a file; raises LoadError past the source's threshold."""
        self.insert("load_ledger", pd.DataFrame([intake.ledger(source.threshold)]))
        if intake.left_out:
            rules = pd.DataFrame({"rule": list(intake.left_out), "rows": list(intake.left_out.values())})
            self.insert("left_out", rules.assign(dataset_id=intake.dataset_id, file=intake.file))
        if intake.rejects:
            refused = pd.concat(intake.rejects, ignore_index=True)
            self.insert("reject", refused.assign(dataset_id=intake.dataset_id, file=intake.file))
        intake.check_threshold(source.threshold)

    def check(self) -> None:
        """Refuse to publish a version with no area, no resident or no indicator, or a ledger out of balance."""
        for table, what in (("area", "no area"), ("demand_point", "no resident"), ("indicator_value", "no indicator")):
            if self.con.table(table).count("*").fetchall()[0][0] == 0:
                raise LoadError(
                    f"the build holds {what}", file=self.edition.path.name, remedy="Add the source that fills it."
                )
        bad = self.frame("""
            SELECT dataset_id, file FROM load_ledger
            WHERE rows_read <> rows_in + left_out OR rows_in <> loaded + rejected + duplicates
        """)
        if len(bad):
            raise LoadError("the ledger does not balance", file=str(bad["file"].iloc[0]), remedy="Mend the loader.")
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
