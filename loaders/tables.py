"""Tables that already speak our words: a CSV whose columns are those of the catalogue."""

from __future__ import annotations

from loaders.catalog import BASES, STATUSES, TABLE, Column
from loaders.draft import Draft
from loaders.edition import HOUSE, Source
from loaders.features import where_it_serves
from loaders.staging import Intake, read_csv, read_table

LARGEST = {"INTEGER": 2**31 - 1, "BIGINT": 2**53}  # past it, a float is no whole number any more
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
    # A column that may be empty may be left out: a table of an earlier catalogue still loads.
    intake = read_table(
        source.dataset_id, folder, source.file, [c.name for c in given], header=1,
        optional=[c.name for c in given if c.null],
    )
    intake.note_unread()
    for column in given:
        _typed(intake, column)
    names = [c.name for c in given]
    if {"lon", "lat"} <= set(names):
        west, south, east, north = where_it_serves(draft.edition.projection)
        lon, lat = intake.rows["lon"], intake.rows["lat"]
        intake.reject(
            (lon.notna() & ~lon.between(west, east)) | (lat.notna() & ~lat.between(south, north)), "lon", "position",
            "Le point est loin de la ville : longitude et latitude sont peut-être inversées.",
            "The point is far from the city: longitude and latitude may be swapped.",
        )
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
    intake.note_unread()
    intake.number("count", minimum=0, maximum=LARGEST["BIGINT"])
    intake.reject(  # zero and “not told” are two things, and a total cannot be made with the second
        intake.rows["count"].isna(), "count", "empty", "Le compte est vide.", "The count is empty.",
    )
    intake.date("period", may_be_blank=False)
    intake.unique("cut", "place_id", "period", "need", "outcome")
    frame = intake.rows.drop(columns="line")
    draft.keep_private("referrals", frame.assign(basis=source.about["basis"], dataset_id=source.dataset_id))
    intake.withhold()
    draft.close_intake(intake, source)


def _typed(intake: Intake, column: Column) -> None:
    if not column.null:
        intake.require(column.name)
    if column.type in ("DOUBLE", "INTEGER", "BIGINT"):
        most = LARGEST.get(column.type)
        intake.number(column.name, blanks=("",), minimum=None if most is None else -most, maximum=most)
    elif column.type == "DATE":
        intake.date(column.name, may_be_blank=column.null)
    elif column.name in ("status", "basis"):
        intake.choice(column.name, STATUSES if column.name == "status" else BASES)
    elif column.null:
        text = intake.rows[column.name]
        intake.rows = intake.rows.assign(**{column.name: text.where(text != "")})
