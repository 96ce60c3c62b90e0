"""What stops a publication: too many refused rows, a file that shrank; and the written reason that lets it pass."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from loaders.catalog import LoadError
from loaders.staging import Intake

# A file that lost more than this share of its rows since the version now served was probably cut short.
MOST_LOST = 0.10
SHORTEST_REASON = 10
REJECT_COLUMNS = ("dataset_id", "file", "line", "record", "column", "value", "rule", "reason_fr", "reason_en")
_NUMBER = re.compile(r"[+-]?[\d., ]+")


class GateError(LoadError):
    """Publication stopped at one or more gates; a written reason may let it pass."""


@dataclass(frozen=True)
class Failure:
    """One gate that one file failed: `gate` is reject_rate or row_count; the first refused row where there is one."""

    gate: str
    dataset_id: str
    file: str
    told: str
    line: int | None = None
    column: str = ""
    value: str = ""
    rule: str = ""


@dataclass
class Gates:
    """The gates of one build. `before`: rows loaded per (dataset_id, file) in the version now served."""

    before: dict[tuple[str, str], int] = field(default_factory=dict)
    reason: str = ""
    failures: list[Failure] = field(default_factory=list)

    def look(self, intake: Intake, ledger: dict[str, Any]) -> None:
        """Note what is wrong with a file whose `ledger` row is closed; nothing is raised, all files are to be read."""
        dataset_id, file = intake.dataset_id, intake.file
        try:
            intake.check_threshold(ledger["threshold"])
        except LoadError as error:
            first = intake.rejects[0].iloc[0]
            value = "" if pd.isna(first["value"]) else str(first["value"])
            told = str(error).split(" Mend the rows, ")[0].rstrip(".")
            self.failures.append(Failure(
                "reject_rate", dataset_id, file, f"{told} (rule “{first['rule']}”)", int(first["line"]),
                str(first["column_name"]), value, str(first["rule"]),
            ))
        before, now = self.before.get((dataset_id, file), 0), ledger["loaded"]
        told_already = any((f.dataset_id, f.file) == (dataset_id, file) for f in self.failures)
        came = now + ledger["rejected"] if told_already else now  # rows refused are not told twice
        if came < before * (1 - MOST_LOST):
            self.failures.append(Failure(
                "row_count", dataset_id, file,
                f"{file}: {now} rows loaded, {before} in the version now served ({(before - now) / before:.1%} fewer)",
            ))

    def miss(self, ledger: pd.DataFrame, sources: Collection[str]) -> None:
        """Note the files now served that were not read, unless new files of their source bring as many rows.

        `ledger`: dataset_id, file, loaded, encoding of every file; `sources` are those the edition still has.
        """
        read = ledger[ledger["encoding"] != "absent"]
        now = dict(zip(zip(read["dataset_id"], read["file"]), read["loaded"], strict=True))
        for dataset_id in sources:
            gone = {file: rows for (own, file), rows in self.before.items()
                    if own == dataset_id and (own, file) not in now}
            new = sum(loaded for key, loaded in now.items() if key[0] == dataset_id and key not in self.before)
            if new < sum(gone.values()) * (1 - MOST_LOST):
                self.failures += [
                    Failure("row_count", dataset_id, file, f"{file}: not read, {rows} rows in the version now served")
                    for file, rows in gone.items() if rows
                ]

    def check(self) -> None:
        """Raise GateError that lists every failure, unless a reason was written."""
        if self.failures and not self.reason:
            raise self.error()

    def error(self, rejected: Path | None = None) -> GateError:
        """The failures as one error: a line where there is one, a list where there are more."""
        told = [failure.told for failure in self.failures]
        where = f"The refused rows are in {rejected}. " if rejected else ""
        remedy = f'{where}Mend the file, or publish in writing: --accept "reason".'
        if len(told) == 1:
            return GateError(told[0], remedy=remedy)
        lines = "".join(f"\n  - {line}" for line in told)
        return GateError(f"{len(told)} gates stop this build:{lines}\n", remedy=remedy)

    def accepted(self) -> dict[str, Any] | None:
        """What the manifest keeps where a reason let failures pass: reason, date [UTC], failures; None otherwise."""
        if not self.failures:
            return None
        return {
            "reason": self.reason, "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "failures": [{"gate": f.gate, "dataset_id": f.dataset_id, "file": f.file, "told": f.told}
                         for f in self.failures],
        }


def written_reason(text: str | None) -> str:
    """The reason given with --accept, trimmed; empty where none was given. Raises LoadError where it says nothing."""
    if text is None:
        return ""
    if len(text.strip()) < SHORTEST_REASON:
        raise LoadError(
            "the reason given with --accept says too little",
            remedy=f"Write at least {SHORTEST_REASON} characters: it is kept with the version.",
        )
    return text.strip()


def rows_before(facts: dict[str, Any] | None) -> dict[tuple[str, str], int]:
    """Rows loaded per (dataset_id, file), from a manifest; empty without one."""
    if facts is None:
        return {}
    return {(source["dataset_id"], source["file"]): int(source["loaded"]) for source in facts["sources"]}


def reject_csv(rejects: pd.DataFrame) -> str:
    """Refused rows as the text of a CSV for a spreadsheet: columns `REJECT_COLUMNS`, with a byte-order mark.

    `rejects` has the columns of the table `reject`; `what` comes first where it is there too. Text that a spreadsheet
    would run starts with an apostrophe.
    """
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";")  # what a French spreadsheet opens in columns
    named = rejects.rename(columns={"column_name": "column", "message_fr": "reason_fr", "message_en": "reason_en"})
    columns = [name for name in ("what", *REJECT_COLUMNS) if name in named]
    writer.writerow(columns)
    for row in named[columns].astype(object).itertuples(index=False):
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: object) -> str:
    text = "" if cell is None or cell is pd.NA or cell != cell else str(cell)
    runs = text.startswith(("=", "+", "-", "@", "\t", "\r", "\0", "＝")) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text
