"""People helped: what organizations report having served, by month, in the unit they count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.place_counts import number
from loaders.staging import Intake, read_table
from loaders.values import dates

UNITS = ("people", "households", "visits", "meals")


def clients(draft: Draft, source: Source) -> None:
    """Uncontrolled counts organization × month × unit, set aside under `clients` for disclosure control.

    Columns: `organization`, `period`, `count`; or months as columns, month_columns {first, last, format}. The unit is
    a column, unit_column with units {their word: ours}, or one for the whole file, unit [people, households, visits or
    meals]; without either the file is refused, and two units are never added. Other options: period_formats [%Y-%m,
    %B %Y, %Y-%m-%d …: month names of both languages]; organizations {their name: organization_id};
    organization_pattern; listed = true [only organizations of the listing]; sheet, header, encoding, decimal.

    A blank count is a month that was not sent: missing, never zero, and so is a month between the first an
    organization sent and the last of the file. Rows that agree are duplicates; a month told twice differently is
    refused. A month that was not over when the file was obtained is left out.
    """
    o = source.options
    _check_unit(source)
    values = _values(source)
    keys = [o[name] for name in ("organization", "period", "unit_column") if name in o]
    intake = read_table(
        source.dataset_id, draft.raw, source.file, [*keys, *values], encoding=o.get("encoding"),
        sheet=o.get("sheet"), header=o.get("header"), footer=o.get("footer"),
    )
    intake.rows = intake.rows.assign(**{key: intake.rows[key].str.strip() for key in keys})
    _organization(draft, intake, o)
    _unit(intake, o)
    _month(intake, source)
    for column in values:
        number(intake, column, {"decimal": o.get("decimal", ".")}, alone=len(values) == 1)
    named = ["organization_id", "unit", *(["_month"] if "period" in o else [])]
    intake.unique(*named, compare=[*named, *values])
    rows = intake.rows
    found = pd.concat([
        rows[["organization_id", "unit"]].assign(period=rows["_month"] if month is None else month, count=rows[column])
        for column, month in values.items()
    ], ignore_index=True)
    draft.keep_private("clients", _every_month(found).assign(
        basis=source.about["basis"], dataset_id=source.dataset_id,
    ))
    intake.withhold()
    draft.close_intake(intake, source)


def _check_unit(source: Source) -> None:
    o = source.options
    asked = [o["unit"]] if "unit" in o else list(o.get("units", {}).values()) if "unit_column" in o else []
    wrong = [unit for unit in asked if unit not in UNITS]
    if asked and not wrong and not ("unit" in o and "unit_column" in o):
        return
    raise LoadError(
        f"“{wrong[0]}” is not a unit" if wrong else "it must say once what it counts", file=source.file,
        remedy=f"Declare unit = one of {', '.join(UNITS)}; or unit_column, and units for its words.",
    )


def _values(source: Source) -> dict[str, pd.Timestamp | None]:
    """Columns that hold counts, and the month each tells; None where a column of the row tells it.

    The column of a month that was not over is not read. Raises LoadError where none was.
    """
    o = source.options
    if "month_columns" not in o:
        return {o["count"]: None}
    told = o["month_columns"]
    months = pd.date_range(told["first"], told["last"], freq="MS")
    over = months[months + pd.offsets.MonthEnd(0) <= _obtained(source)]
    if over.empty:
        raise LoadError("none of its months is over", file=source.file, remedy="Check month_columns.")
    return {month.strftime(told["format"]): month for month in over}


def _obtained(source: Source) -> pd.Timestamp:
    return pd.Timestamp(source.about.get("retrieved") or datetime.now(UTC).date())


def _organization(draft: Draft, intake: Intake, o: dict[str, Any]) -> None:
    column = o["organization"]
    intake.require(column)
    if "organization_pattern" in o:
        intake.identifier(column, o["organization_pattern"])
    names = o.get("organizations")
    if names is not None:
        intake.reference(
            column, names, "Cet organisme n’est pas déclaré dans l’édition.",
            "This organization is not declared in the edition.",
        )
    written = intake.rows[column]
    intake.rows = intake.rows.assign(organization_id=written if names is None else written.map(names))
    if o.get("listed"):
        intake.reference(
            "organization_id", draft.frame("SELECT organization_id FROM organization")["organization_id"],
            "Cet organisme n’est pas dans le répertoire de l’édition.",
            "This organization is not in the listing of the edition.",
        )


def _unit(intake: Intake, o: dict[str, Any]) -> None:
    if "unit" in o:
        intake.rows = intake.rows.assign(unit=o["unit"])
        return
    column = o["unit_column"]
    intake.reject(
        ~intake.rows[column].isin(o["units"]), column, "unit",
        "Cette unité n’est pas déclarée : dire si l’on compte des personnes, des ménages, des visites ou des repas.",
        "This unit is not declared: say whether people, households, visits or meals are counted.",
    )
    intake.rows = intake.rows.assign(unit=intake.rows[column].map(o["units"]))


def _month(intake: Intake, source: Source) -> None:
    """_month: first day of the month a row tells; months that were not over are left out, later ones refused."""
    o = source.options
    if "period" not in o:
        return
    column, formats = o["period"], o.get("period_formats", ["%Y-%m", "%Y-%m-%d"])
    day = dates(intake.rows[column], formats)
    intake.rows = intake.rows.assign(_month=day.dt.to_period("M").dt.start_time)
    intake.reject(
        day.isna(), column, "date", f"Le mois n’est pas écrit comme l’édition le dit ({', '.join(formats)}).",
        f"The month is not written as the edition says ({', '.join(formats)}).",
    )
    now = _obtained(source)
    intake.reject(
        intake.rows["_month"] > now, column, "future", "Le mois est après l’obtention du fichier.",
        "The month is after the file was obtained.",
    )
    unfinished = intake.rows["_month"] + pd.offsets.MonthEnd(0) > now
    if unfinished.any():
        intake.leave_out("month that was not over", unfinished)


def _every_month(found: pd.DataFrame) -> pd.DataFrame:
    """Each organization and unit from its first month to the last of the file; a month that is not there is NaN."""
    if found.empty:
        return found
    last = found["period"].max()
    first = found.groupby(["organization_id", "unit"], as_index=False)["period"].min()
    asked = first.assign(
        period=[pd.date_range(month, last, freq="MS") for month in first["period"]]
    ).explode("period", ignore_index=True).astype({"period": "datetime64[ns]"})
    found = found.astype({"period": "datetime64[ns]"})
    return asked.merge(found, how="left", on=["organization_id", "unit", "period"])[
        ["organization_id", "period", "unit", "count"]
    ]
