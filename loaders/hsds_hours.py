"""Hours of an HSDS package: recurrence rules of 3.x and weekdays of 1.x, as weekly openings of services."""

from __future__ import annotations

import pandas as pd

from loaders.edition import Source
from loaders.hours import DAYS, backwards, clock, weekday
from loaders.listing import days
from loaders.staging import Intake


def recurring(intake: Intake, source: Source) -> pd.DataFrame:
    """Rows of the schedules of 3.x that hold every week, one row a weekday: service_id, byday, opens_at, closes_at.

    Left out: rules that are not of every week (monthly, every other week), which a week cannot show; those whose
    season is over, or has not begun, on the day the file was obtained; hours told in words only.
    """
    rows = intake.rows
    words_only = (rows[["byday", "opens_at", "closes_at"]].apply(lambda cell: cell.str.strip()) == "").all(axis=1)
    intake.leave_out("hours told in words only", words_only)
    often = intake.rows["freq"].str.strip().str.upper()
    every = often.isin(["", "WEEKLY", "DAILY"]) & intake.rows["interval"].str.strip().isin(["", "1"])
    intake.leave_out("hours not of every week", ~every)
    if source.about.get("retrieved"):
        day = pd.Timestamp(source.about["retrieved"])
        ends = pd.concat([days(intake.rows[name]) for name in ("valid_to", "until")], axis=1).min(axis=1)
        intake.leave_out("hours of another season", (ends < day) | (days(intake.rows["valid_from"]) > day))
    rows = intake.rows
    own = rows["byday"].str.upper().str.replace(" ", "")
    # A weekly rule without a day falls on the weekday it started on; a daily one falls on all.
    start = days(rows["dtstart"]).dt.day_of_week.map(dict(enumerate(DAYS))).fillna("")
    start = start.mask(rows["freq"].str.strip().str.upper() == "DAILY", ",".join(DAYS))
    intake.rows = rows.assign(byday=own.where(own != "", start))
    day = "|".join(DAYS)
    intake.reject(
        ~intake.rows["byday"].str.fullmatch(f"(?:{day})(?:,(?:{day}))*"), "byday", "weekday",
        "Les jours ne sont pas écrits MO,TU,WE…", "The days are not written MO,TU,WE…",
    )
    _times(intake)
    kept = intake.rows[["service_id", "byday", "opens_at", "closes_at"]]
    return kept.assign(byday=kept["byday"].str.split(",")).explode("byday")


def by_weekday(intake: Intake) -> pd.DataFrame:
    """Rows of the regular schedules of 1.x: service_id, byday, opens_at, closes_at."""
    code = weekday(intake.rows["byday"])
    intake.reject(code == "", "byday", "weekday", "Ce n’est pas un jour de la semaine.", "This is not a weekday.")
    intake.rows = intake.rows.assign(byday=weekday(intake.rows["byday"]))
    _times(intake)
    return intake.rows[["service_id", "byday", "opens_at", "closes_at"]]


def _times(intake: Intake) -> None:
    """Refuse rows without two times of day that can be read, or that close before they open; leave closed days out."""
    for column in ("opens_at", "closes_at"):
        intake.require(column)
    for column in ("opens_at", "closes_at"):
        intake.reject(
            clock(intake.rows[column]).isna(), column, "time",
            "Ce n’est pas une heure : écrivez 9:00am ou 09:00.", "This is not a time of day: write 9:00am or 09:00.",
        )
    opens, closes = clock(intake.rows["opens_at"]), clock(intake.rows["closes_at"])
    intake.reject(
        backwards(opens, closes), "closes_at", "order",
        "Le service fermerait avant d’ouvrir : « am », « pm » ou un chiffre est sans doute faux.",
        "The service would close before it opens: am, pm or a digit is likely wrong.",
    )
    closed = (clock(intake.rows["opens_at"]) == 0) & (clock(intake.rows["closes_at"]) == 0)
    intake.leave_out("closed that day", closed)
