"""From bytes to all-text rows with line numbers, and the ledger that proves no row is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from loaders import archives, forms, values
from loaders.catalog import LoadError
from loaders.records import Fault, Keep, Part, Reading
from loaders.values import BLANKS, NUMBER

EMPTY = pd.DataFrame({"line": pd.Series(dtype="int64")})


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Intake:
    """The rows of one file on their way in: each is left out, refused, a duplicate, or loaded.

    `rows` holds the rows still standing: a frame of text with `line` [line of the file; record number
    for a binary file]. Every method that drops rows counts them, so that
    rows_read = left_out + rejected + duplicates + loaded at any moment.
    """

    def __init__(
        self, dataset_id: str, file: str, path: Path | None, rows: pd.DataFrame, encoding: str,
    ) -> None:
        """`rows` must have a `line` column; `file` is the name shown to people, `path` None for a part of a file."""
        self.dataset_id, self.file, self.encoding = dataset_id, file, encoding
        self.sha256 = sha256(path) if path else ""
        self.rows = rows
        self.kept = 0  # rows set down elsewhere: a file too long to hold is taken in parts
        self.rows_read = len(rows)
        self.left_out: dict[str, int] = {}
        self.labels: dict[str, str] = {}  # our column -> theirs, where a file is told in its custodian's words
        self.record = ""  # column that names a record, told beside its line
        self.unread: list[str] = []  # columns of the file that were not asked for
        self.duplicates = 0
        self.rejects: list[pd.DataFrame] = []
        self.notes: list[pd.DataFrame] = []

    @property
    def rejected(self) -> int:
        """Rows refused so far."""
        return sum(len(frame) for frame in self.rejects)

    def gather(self, part: Intake) -> pd.DataFrame:
        """Add the counts, rejects and notes of a part of the same file; gives its rows still standing, to set down."""
        self.rows_read += part.rows_read
        self.duplicates += part.duplicates
        self.kept += len(part.rows)
        for rule, count in part.left_out.items():
            self.left_out[rule] = self.left_out.get(rule, 0) + count
        self.rejects += part.rejects
        self.notes += part.notes
        return part.rows

    def leave_out(self, rule: str, mask: pd.Series | np.ndarray) -> None:
        """Drop the rows of `mask`: a declared filter does not ask for them."""
        mask = np.asarray(mask, dtype=bool)
        self.left_out[rule] = self.left_out.get(rule, 0) + int(mask.sum())
        self.rows = self.rows.loc[~mask]

    def reject(self, mask: pd.Series | np.ndarray, column: str, rule: str, fr: str, en: str) -> None:
        """Refuse the rows of `mask`, keeping line, column, value, rule and the reason in both languages."""
        mask = np.asarray(mask, dtype=bool)
        if not mask.any():
            return
        self.rejects.append(self._cells(mask, column, rule, fr, en))
        self.rows = self.rows.loc[~mask]

    def blank(self, mask: pd.Series | np.ndarray, column: str, rule: str, fr: str, en: str) -> None:
        """Empty the cells of `mask` and keep their rows: the value is not usable, and the rest of the row is."""
        mask = np.asarray(mask, dtype=bool)
        self.note(mask, column, rule, fr, en)
        if mask.any():
            old = self.rows[column]
            empty = "" if isinstance(old.dtype, pd.StringDtype) or old.dtype == object else None
            self.rows = self.rows.assign(**{column: old.mask(mask, empty)})

    def note(self, mask: pd.Series | np.ndarray, column: str, rule: str, fr: str, en: str) -> None:
        """Say what a person should look at in the cells of `mask`, which stay as they are."""
        mask = np.asarray(mask, dtype=bool)
        if mask.any():
            self.notes.append(self._cells(mask, column, rule, fr, en))

    def _cells(self, mask: np.ndarray, column: str, rule: str, fr: str, en: str) -> pd.DataFrame:
        bad = self.rows.loc[mask]
        value = bad[column].astype("string") if column in bad else pd.Series(pd.NA, index=bad.index)
        record = bad[self.record].astype("string").to_numpy() if self.record in bad else None
        return pd.DataFrame({
            "line": bad["line"].to_numpy(), "column_name": self.labels.get(column, column), "record": record,
            "value": value.to_numpy(), "rule": rule, "message_fr": fr, "message_en": en,
        })

    def withhold(self) -> None:
        """Forget what was written in refused and emptied cells: a shifted column of a record may hold a name."""
        self.rejects = [frame.assign(value=None, record=None) for frame in self.rejects]
        self.notes = [frame.assign(value=None, record=None) for frame in self.notes]

    def withhold_numbers(self) -> None:
        """Forget the numbers among refused and emptied cells: a small count is not published by being refused."""
        for kept in (self.rejects, self.notes):
            kept[:] = [
                frame.assign(value=frame["value"].mask(frame["value"].astype("str").str.contains(r"^\W*\d", na=False)))
                for frame in kept
            ]

    def note_unread(self) -> None:
        """Note the columns that were not asked for: a file that has all our columns and others may have changed."""
        if self.unread:
            self.notes.append(pd.DataFrame({
                "line": 1, "column_name": self.unread, "value": None, "rule": "unread",
                "message_fr": "Cette colonne n’est pas attendue : elle n’a pas été lue.",
                "message_en": "This column is not expected: it was not read.",
            }))

    def identifier(self, column: str, pattern: str) -> None:
        """Refuse rows whose identifier is not written in full (a lost zero, a number, a blank)."""
        bad = ~self.rows[column].fillna("").str.fullmatch(pattern)
        self.reject(
            bad, column, "identifier",
            f"L’identifiant n’a pas la forme attendue ({pattern}) : un zéro a pu se perdre.",
            f"The identifier does not have the expected form ({pattern}): a zero may have been lost.",
        )

    def repair(self, column: str, known: Collection[str]) -> None:
        """Put back the zeros a spreadsheet took from an identifier, where exactly one of `known` fits; refuse others.

        What was repaired is noted with the value as it was written.
        """
        mended = values.repaired(self.rows[column], known)
        changed = mended.notna() & (mended != self.rows[column])
        self.note(
            changed, column, "repaired", "Des zéros perdus ont été remis : un seul identifiant connu convient.",
            "Lost zeros were put back: only one known identifier fits.",
        )
        self.reject(
            mended.isna(), column, "identifier", "L’identifiant n’est pas connu, ou plusieurs conviendraient.",
            "The identifier is not known, or several would fit.",
        )
        self.rows = self.rows.assign(**{column: mended[mended.notna()]})

    def require(self, column: str) -> None:
        """Refuse rows whose cell is blank."""
        self.reject(
            self.rows[column].fillna("").str.strip() == "", column, "empty",
            "La cellule est vide.", "The cell is empty.",
        )

    def choice(self, column: str, allowed: Collection[str] | Mapping[str, str]) -> None:
        """Refuse words that are not `allowed`; a mapping also puts our word in their place."""
        self.reject(
            ~self.rows[column].isin(list(allowed)), column, "word",
            f"Mot inconnu; permis : {', '.join(allowed)}.", f"Unknown word; allowed: {', '.join(allowed)}.",
        )
        if isinstance(allowed, Mapping):
            self.rows = self.rows.assign(**{column: self.rows[column].map(dict(allowed))})

    def reference(self, column: str, known: Collection[str], fr: str, en: str) -> None:
        """Refuse rows that name something that is not there."""
        self.reject(~self.rows[column].isin(list(known)), column, "reference", fr, en)

    def date(
        self, column: str, *, formats: Collection[str] = ("%Y-%m-%d",), may_be_blank: bool = True,
        not_after: date | None = None,
    ) -> None:
        """Turn a text column into days [NaT where blank]; refuse others, and days after `not_after`."""
        text = self.rows[column].fillna("").str.strip()
        day = values.dates(text, formats)
        bad = day.isna() & ((text != "") if may_be_blank else True)
        shown = ", ".join(_spoken(form) for form in formats)
        self.reject(
            bad, column, "date", f"La date n’est pas écrite {shown.replace('YYYY', 'AAAA').replace('DD', 'JJ')}.",
            f"The date is not written {shown}.",
        )
        self.rows = self.rows.assign(**{column: day[~bad]})
        if not_after is not None:
            self.reject(
                self.rows[column] > pd.Timestamp(not_after), column, "future", "La date est dans l’avenir.",
                "The date is in the future.",
            )

    def number(
        self, column: str, *, minimum: float | None = None, maximum: float | None = None,
        blanks: Sequence[str] = BLANKS, decimal: str = ".",
    ) -> None:
        """Turn a text column into numbers [NaN where blank]; refuse words and values out of range.

        `decimal` is the mark the source declares; spaces of any kind group thousands.
        """
        text = self.rows[column].fillna("").str.strip()
        blank = text.isin(blanks)
        odd = ~blank & (~text.str.fullmatch(NUMBER) if decimal == "." else True)
        if odd.any():
            text = text.where(~odd, values.plain_number(text[odd], decimal).reindex(text.index))
        wrong = ~blank & ~text.str.fullmatch(NUMBER)
        self.reject(wrong, column, "number", "Ce n’est pas un nombre.", "This is not a number.")
        value = values.as_numbers(text[~wrong].mask(blank[~wrong], ""))
        low = value < minimum if minimum is not None else pd.Series(False, index=value.index)
        high = value > maximum if maximum is not None else pd.Series(False, index=value.index)
        # The reject shows the cell as it was written, not as it was read.
        self.reject(
            (low | high | np.isinf(value)).to_numpy(), column, "range",
            f"La valeur sort de l’intervalle permis ({_range_fr(minimum, maximum)}).",
            f"The value is outside the allowed range ({_range_en(minimum, maximum)}).",
        )
        self.rows = self.rows.assign(**{column: value[~(low | high | np.isinf(value))]})

    def unique(self, *key: str, compare: Sequence[str] | None = None) -> None:
        """One row per key: repeats that agree (on `compare`, or everywhere) are duplicates; others are refused."""
        names = list(compare or [c for c in self.rows.columns if c != "line"])
        again = self.rows.duplicated(list(key)).to_numpy()
        same = np.zeros(len(again), dtype=bool)
        if again.any():
            # Each is compared with the first of its key, which stands: one that is like a refused row is refused too.
            often = self.rows.duplicated(list(key), keep=False).to_numpy()
            rows = self.rows.loc[often].reset_index(drop=True)
            whole = rows.groupby([*dict.fromkeys([*key, *names])], dropna=False, sort=False).ngroup()
            first = whole.groupby([rows[name] for name in key], dropna=False, sort=False).transform("first")
            same[often] = whole == first
        self.reject(
            again & ~same, key[0], "key",
            "La clé existe déjà plus haut, avec d’autres valeurs.",
            "The key already exists above, with other values.",
        )
        self.duplicates += int((again & same).sum())
        self.rows = self.rows.loc[~(again & same)[~again | same]]

    def ledger(self, threshold: float) -> dict[str, Any]:
        """The balance of the file: rows_read = rows_in + left_out, rows_in = loaded + rejected + duplicates."""
        left_out = sum(self.left_out.values())
        loaded = self.kept + len(self.rows)
        rows_in = self.rows_read - left_out
        if rows_in != loaded + self.rejected + self.duplicates:
            raise LoadError(
                f"the ledger does not balance: {rows_in} in, {loaded} loaded, {self.rejected} rejected, "
                f"{self.duplicates} duplicates", file=self.file, remedy="This is a fault of the loader.",
            )
        return {
            "dataset_id": self.dataset_id, "file": self.file, "sha256": self.sha256, "encoding": self.encoding,
            "rows_read": self.rows_read, "left_out": left_out, "rows_in": rows_in, "loaded": loaded,
            "rejected": self.rejected, "duplicates": self.duplicates, "threshold": threshold,
        }

    def check_threshold(self, threshold: float) -> None:
        """Raise LoadError naming the first refused row where too many were refused."""
        rows_in = self.rows_read - sum(self.left_out.values())
        if rows_in and self.rejected / rows_in > threshold:
            first = self.rejects[0].iloc[0]
            raise LoadError(
                f"{self.rejected} of {rows_in} rows refused, past the threshold of {threshold:.1%}; the first: "
                f"{first['message_en']} Value: {first['value']!r}",
                file=self.file, line=int(first["line"]), column=str(first["column_name"]),
                remedy="Mend the rows, or set the source's threshold with its reason.",
            )


def find(raw: Path, file: str) -> Path:
    """The path of a source file under the raw folder, or under the edition's own; raises LoadError where absent."""
    path = raw / file
    own = forms.OWN_FOLDER.get()
    if not path.is_file() and own is not None and (own / file).is_file():
        return own / file
    if not path.is_file():
        raise LoadError(
            "the file is missing", file=file,
            remedy=f"Put it in {raw.name}/, or point RAW= at the folder that has it.",
        )
    return path


def read_table(
    dataset_id: str, raw: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], *,
    encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None, header: int | None = None,
    footer: str | None = None, optional: Sequence[str] = (), keep: Keep | None = None,
) -> Intake:
    """All-text rows of a table in any form it is sent, with `line` [line of the file, or row of the sheet].

    Delimited text (also in gzip, or `archive.zip!member`), xlsx, or a JSON array of objects. `columns` are the
    file's names, or ours -> theirs or a position from 0; those of `optional` may be absent. `header` is the line of
    the names where the first line that has them all is not it; lines above are left out, and with `footer="blank"`
    those after the first blank line. `keep` leaves rows out while reading: rule -> column -> values.

    Records that cannot be read as rows are refused; raises LoadError where the whole file cannot be read.
    """
    path = find(raw, archives.split(file)[0])
    reading = forms.read(path, file, columns, forms.How(
        encoding=encoding, delimiter=delimiter, sheet=sheet, header=header, footer=footer, optional=tuple(optional),
        keep=keep or {},
    ))
    return gathered(Intake(dataset_id, file, path, EMPTY, reading.encoding), reading)


def read_csv(
    dataset_id: str, raw: Path, file: str, columns: Sequence[str], *, encoding: str | None = None,
) -> Intake:
    """`read_table` of a file whose header is its first line."""
    return read_table(dataset_id, raw, file, columns, encoding=encoding, header=1)


def gathered(whole: Intake, reading: Reading) -> Intake:
    """The whole of a file, for files that fit in memory."""
    parts = list(reading.parts)
    one = part_intake(whole, parts)
    whole.gather(one)
    whole.rows, whole.kept = one.rows, 0
    whole.encoding, whole.unread = reading.encoding, reading.unread
    whole.rows_read += reading.preamble
    if reading.preamble:
        whole.left_out["preamble"] = reading.preamble
    return whole


def part_intake(whole: Intake, parts: Sequence[Part]) -> Intake:
    """Some parts of a file as an intake of their own; text stays in Arrow's memory."""
    rows = pa.concat_tables([part.table for part in parts]).to_pandas() if parts else EMPTY
    intake = Intake(whole.dataset_id, whole.file, None, rows, "")
    intake.rows_read = sum(part.records for part in parts)
    for part in parts:
        for rule, count in part.left_out.items():
            intake.left_out[rule] = intake.left_out.get(rule, 0) + count
    faults = [fault for part in parts for fault in part.faults]
    if faults:
        intake.rejects.append(refused(faults))
    return intake


def refused(faults: Sequence[Fault]) -> pd.DataFrame:
    """Records that could not be read, as rejects."""
    return pd.DataFrame([{
        "line": fault.line, "column_name": "", "value": fault.value, "rule": fault.rule, "message_fr": fault.fr,
        "message_en": fault.en,
    } for fault in faults])


def read_json(dataset_id: str, raw: Path, file: str, rows: Callable[[Any], pd.DataFrame]) -> Intake:
    """Rows that `rows` makes of a JSON document: a frame with `line` [record number]."""
    path = find(raw, archives.split(file)[0])
    return Intake(dataset_id, file, path, rows(forms.document(path, file)), "utf-8")


def _spoken(form: str) -> str:
    words = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%B": "month", "%b": "month", "%y": "YY", "%H": "hh", "%M": "mm",
             "%S": "ss", "%I": "hh", "%p": "AM/PM", "%z": "+hh:mm"}
    for code, word in words.items():
        form = form.replace(code, word)
    return form


def _range_en(minimum: float | None, maximum: float | None) -> str:
    return f"{minimum:g} to {maximum:g}" if minimum is not None and maximum is not None else (
        f"at least {minimum:g}" if minimum is not None else f"at most {maximum:g}" if maximum is not None else "finite"
    )


def _range_fr(minimum: float | None, maximum: float | None) -> str:
    return f"{minimum:g} à {maximum:g}" if minimum is not None and maximum is not None else (
        f"au moins {minimum:g}" if minimum is not None else f"au plus {maximum:g}" if maximum is not None else "fini"
    )
