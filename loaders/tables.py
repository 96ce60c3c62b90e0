"""Tables that already speak our words: a CSV whose columns are those of the catalogue."""

from __future__ import annotations

import pandas as pd

from loaders.catalog import BASES, STATUSES, TABLE, Column
from loaders.draft import Draft
from loaders.edition import HOUSE, Source
from loaders.staging import Intake, read_csv

# What a referral aggregate carries before disclosure control.
REFERRAL = ("cut", "place_id", "level", "period", "grain", "need", "outcome", "count")


def table(draft: Draft, source: Source) -> None:
    """Fill a table of the catalogue from a CSV with its columns; `basis` and `dataset_id` come from the source.

    Options: table; embedded [folder under data/ that holds the file, where it is not among the raw files].
    A cell that is not of its column's type, is empty where it may not be, or repeats a key
    sends its row to `reject`.
    """
    declared = TABLE[source.options["table"]]
    given = [c for c in declared.columns if c.name not in ("basis", "dataset_id")]
    folder = HOUSE / "data" / source.options["embedded"] if "embedded" in source.options else draft.raw
    intake = read_csv(source.dataset_id, folder, source.file, [c.name for c in given])
    for column in given:
        _typed(intake, column)
    names = [c.name for c in given]
    intake.unique(*(name for name in declared.key if name in names), compare=names)
    frame = intake.rows.drop(columns="line")
    if "basis" in declared.names:
        frame = frame.assign(basis=source.about["basis"])
    if "dataset_id" in declared.names:
        frame = frame.assign(dataset_id=source.dataset_id)
    draft.insert(declared.name, frame)
    draft.close_intake(intake, source)


def referral_table(draft: Draft, source: Source) -> None:
    """Uncontrolled referral aggregates, set aside for disclosure control.

    One row per cut, place, period, need and outcome; columns `REFERRAL`, count [needs].
    """
    intake = read_csv(source.dataset_id, draft.raw, source.file, list(REFERRAL))
    intake.number("count", minimum=0)
    intake.reject(  # zero and “not told” are two things, and a total cannot be made with the second
        intake.rows["count"].isna(), "count", "empty", "Le compte est vide.", "The count is empty.",
    )
    _date(intake, "period", may_be_blank=False)
    intake.unique("cut", "place_id", "period", "need", "outcome")
    frame = intake.rows.drop(columns="line")
    draft.keep_private("referrals", frame.assign(basis=source.about["basis"], dataset_id=source.dataset_id))
    draft.close_intake(intake, source)


def _typed(intake: Intake, column: Column) -> None:
    if not column.null:
        intake.reject(
            intake.rows[column.name].str.strip() == "", column.name, "empty",
            "La cellule est vide.", "The cell is empty.",
        )
    if column.type in ("DOUBLE", "INTEGER", "BIGINT"):
        intake.number(column.name, blanks=("",))
    elif column.type == "DATE":
        _date(intake, column.name, may_be_blank=column.null)
    elif column.name in ("status", "basis"):
        allowed = STATUSES if column.name == "status" else BASES
        intake.reject(
            ~intake.rows[column.name].isin(allowed), column.name, "word",
            f"Mot inconnu; permis : {', '.join(allowed)}.", f"Unknown word; allowed: {', '.join(allowed)}.",
        )
    elif column.null:
        text = intake.rows[column.name]
        intake.rows = intake.rows.assign(**{column.name: text.where(text != "")})


def _date(intake: Intake, column: str, *, may_be_blank: bool) -> None:
    text = intake.rows[column].str.strip()
    day = pd.to_datetime(text.where(text != ""), format="%Y-%m-%d", errors="coerce")
    bad = day.isna() & ((text != "") if may_be_blank else True)
    intake.rows = intake.rows.assign(**{column: day})
    intake.reject(
        bad, column, "date", "La date n’est pas écrite AAAA-MM-JJ.", "The date is not written YYYY-MM-DD.",
    )
