"""The decision log: a view saved with its parameters, its numbers, who decided what and why; never edited."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

# Longest text kept of what a person writes: a page of it.
LONGEST = 4000
_TABLES = sa.MetaData()
_DECISION = sa.Table(
    "decision", _TABLES,
    sa.Column("decision_id", sa.Integer, primary_key=True),
    sa.Column("saved_at", sa.String(32), nullable=False),
    sa.Column("author", sa.String(320), nullable=False),
    sa.Column("edition", sa.String(80), nullable=False),
    sa.Column("version", sa.String(80), nullable=False),
    sa.Column("page", sa.String(80), nullable=False),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("numbers", sa.Text, nullable=False),
    sa.Column("figure_hash", sa.String(64), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("decided_by", sa.String(200), nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    # The entry this one corrects or withdraws; both stay.
    sa.Column("replaces", sa.Integer, sa.ForeignKey("decision.decision_id"), nullable=True),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
)


class DecisionError(ValueError):
    """What was written cannot be kept; `field` names the box to mend, `rule` the words of the catalogue."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field, self.rule = field, rule


@dataclass(frozen=True)
class Number:
    """A number as it was shown: `name` [key of the catalogue or id], value, low, high, unit, basis; None = no value."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    basis: str


@dataclass(frozen=True)
class View:
    """What was on screen: edition, version, page, its parameters as in the address, and the numbers it showed."""

    edition: str
    version: str
    page: str
    parameters: dict[str, str]
    numbers: tuple[Number, ...]

    @property
    def figure_hash(self) -> str:
        """SHA-256 of the view: another version, parameter or number gives another."""
        return hashlib.sha256(json.dumps(
            [self.edition, self.version, self.page, self.parameters, [vars(one) for one in self.numbers]],
            sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False,
        ).encode()).hexdigest()


@dataclass(frozen=True)
class Decision:
    """What was decided on a view: a title, who decided, what, and why; `author` is who wrote it down."""

    title: str
    decided_by: str
    decision: str
    reason: str
    author: str

    def checked(self) -> Decision:
        """The same without spaces around; DecisionError where a box is empty or too long."""
        kept = {name: str(value).replace("\x00", "").strip() for name, value in vars(self).items()}
        for name, value in kept.items():
            if not value:
                raise DecisionError(name, "empty")
            if len(value) > (200 if name in ("title", "decided_by") else 320 if name == "author" else LONGEST):
                raise DecisionError(name, "long")
        return Decision(**kept)


@dataclass(frozen=True)
class Entry:
    """One line of the log. `current` is False where a later line corrects or withdraws it."""

    decision_id: int
    saved_at: datetime
    view: View
    decision: Decision
    figure_hash: str
    replaces: int | None
    withdrawn: bool
    current: bool

    @property
    def intact(self) -> bool:
        """Whether the numbers kept are those that were saved: the hash still answers for them."""
        return self.view.figure_hash == self.figure_hash


def address() -> str:
    """Where the log is: COUVERT_DECISIONS [an SQLAlchemy address], or a file beside the versions."""
    given = os.environ.get("COUVERT_DECISIONS", "")
    return given or f"sqlite:///{Path('data/partners/decisions.sqlite').resolve()}"


class DecisionLog:
    """The log at an SQLAlchemy address: SQLite for one server, PostgreSQL for several. Lines are only added."""

    def __init__(self, where: str) -> None:
        """Open it, and make its table where there is none."""
        url = sa.make_url(where)
        if url.get_backend_name() == "sqlite":
            if url.database:
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(url, connect_args={"timeout": 10})
            event.listen(self._engine, "connect", _for_several)
        else:
            self._engine = sa.create_engine(url, pool_pre_ping=True)
        _TABLES.create_all(self._engine)

    def save(self, view: View, decision: Decision, *, replaces: int | None = None, withdrawn: bool = False) -> int:
        """Add a line; gives its number.

        DecisionError where a box is empty or too long, or where the log does not answer: nothing is kept then.
        """
        kept = decision.checked()
        row = {
            "saved_at": datetime.now(UTC).isoformat(timespec="seconds"), **vars(kept),
            "edition": view.edition, "version": view.version, "page": view.page,
            "parameters": json.dumps(view.parameters, sort_keys=True, ensure_ascii=False),
            "numbers": json.dumps([vars(one) for one in view.numbers], ensure_ascii=False, allow_nan=False),
            "figure_hash": view.figure_hash, "replaces": replaces, "withdrawn": withdrawn,
        }
        try:
            with self._engine.begin() as con:
                if replaces is not None and con.scalar(
                    sa.select(_DECISION.c.decision_id).where(_DECISION.c.decision_id == replaces)
                ) is None:
                    raise DecisionError("replaces", "unknown")
                added = con.execute(sa.insert(_DECISION).values(row).returning(_DECISION.c.decision_id))
                return int(added.scalar_one())
        except SQLAlchemyError as error:  # a full disk, a server that stopped: the page keeps what was typed
            raise DecisionError("title", "failed") from error

    def withdraw(self, decision_id: int, reason: str, author: str) -> int:
        """Add a line that withdraws another: it stays readable, with the reason beside it."""
        before = self.one(decision_id)
        if before is None:
            raise DecisionError("replaces", "unknown")
        said = Decision(before.decision.title, before.decision.decided_by, before.decision.decision, reason, author)
        return self.save(before.view, said, replaces=decision_id, withdrawn=True)

    def entries(self, edition: str) -> list[Entry]:
        """Every line about an edition, newest first."""
        return self._read(_DECISION.c.edition == edition)

    def one(self, decision_id: int) -> Entry | None:
        """One line, or None where there is none of that number."""
        found = self._read(_DECISION.c.decision_id == decision_id)
        return found[0] if found else None

    def close(self) -> None:
        """Let go of its connections."""
        self._engine.dispose()

    def _read(self, where: sa.ColumnElement[bool]) -> list[Entry]:
        later = _DECISION.alias()
        query = sa.select(
            _DECISION, ~sa.exists().where(later.c.replaces == _DECISION.c.decision_id).label("current"),
        ).where(where).order_by(_DECISION.c.decision_id.desc())
        with self._engine.connect() as con:
            return [_entry(row) for row in con.execute(query).mappings()]


def then_and_now(entry: Entry, now: Sequence[Number]) -> pd.DataFrame:
    """Numbers of a line beside those of today: name, unit, then, then_low, then_high, now, now_low, now_high, change.

    In the order they were saved; a number shown today only comes last. NaN where one side has none.
    """
    names = [one.name for one in entry.view.numbers]
    names += [one.name for one in now if one.name not in names]
    before, after = ({one.name: one for one in side} for side in (entry.view.numbers, now))
    rows = []
    for name in names:
        pair = {"then": before.get(name), "now": after.get(name)}
        row: dict[str, object] = {"name": name, "unit": next(one.unit for one in pair.values() if one)}
        for side, one in pair.items():
            row |= {side: one and one.value, f"{side}_low": one and one.low, f"{side}_high": one and one.high}
        rows.append(row)
    columns = ["then", "then_low", "then_high", "now", "now_low", "now_high"]
    out = pd.DataFrame(rows, columns=["name", "unit", *columns])
    out[columns] = out[columns].astype("float64")
    return out.assign(change=out["now"] - out["then"])


def _entry(row: sa.RowMapping) -> Entry:
    view = View(row["edition"], row["version"], row["page"], json.loads(row["parameters"]),
                tuple(Number(**one) for one in json.loads(row["numbers"])))
    said = Decision(row["title"], row["decided_by"], row["decision"], row["reason"], row["author"])
    return Entry(row["decision_id"], datetime.fromisoformat(row["saved_at"]), view, said, row["figure_hash"],
                 row["replaces"], bool(row["withdrawn"]), bool(row["current"]))


def _for_several(connection: object, _record: object) -> None:
    """SQLite for several readers and one writer that waits; links between lines are checked."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for rule in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {rule}")
    cursor.close()
