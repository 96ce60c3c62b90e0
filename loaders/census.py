"""Census profiles: shares published by area, kept as shares with the people they are a share of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_csv


def area_values(draft: Draft, source: Source) -> None:
    """Shares by area from a wide file: one row an area, one column a variable.

    Options: level, id [column], prefix, pattern, encoding, blank [status of an empty cell: suppressed or
    missing], `variables`: see `census_rows`.
    """
    o = source.options
    intake = read_csv(
        source.dataset_id, draft.raw, source.file, columns_of(o), encoding=o.get("encoding", "utf-8-sig")
    )
    place_rows(draft, intake, o)
    draft.insert("census_value", census_rows(intake, source))
    draft.close_intake(intake, source)


def columns_of(options: dict[str, Any]) -> list[str]:
    """The columns of the file that the options name: identifier, variables and their denominators."""
    named = [options["id"]]
    for variable in options["variables"]:
        named += [variable["column"], *([variable["denominator"]] if "denominator" in variable else [])]
    return list(dict.fromkeys(named))


def place_rows(draft: Draft, intake: Intake, options: dict[str, Any]) -> None:
    """Give each row its `area_id`; a lost zero, a repeated area or an area unknown at that level is refused."""
    key = options["id"]
    intake.identifier(key, options["pattern"])
    intake.unique(key)
    intake.rows = intake.rows.assign(area_id=options.get("prefix", "") + intake.rows[key])
    known = draft.frame("SELECT area_id FROM area WHERE level = ?", options["level"])["area_id"]
    intake.reject(
        ~intake.rows["area_id"].isin(known), key, "area",
        "Aucun secteur n’a cet identifiant.", "No area has this identifier.",
    )


def census_rows(intake: Intake, source: Source) -> pd.DataFrame:
    """Rows of `census_value` for each declared variable, one per area; also turns its columns into numbers.

    A variable is {variable, column, reference_year, scale [what one unit of the column is worth; 0.01 for
    percent], denominator [column, people or households]}. `value` is the column × scale; `numerator` is value ×
    denominator; both empty where the source gives no denominator. Empty cells take the source's `blank` status.
    """
    o = source.options
    shares = {v["column"] for v in o["variables"] if v["scale"] == 0.01}
    for column in columns_of(o)[1:]:
        intake.number(column, minimum=0, maximum=100 if column in shares else None)
    rows = intake.rows
    frames = []
    for variable in o["variables"]:
        value = rows[variable["column"]] * variable["scale"]
        # Where the source does not count whom it is a share of, the share stands alone.
        denominator = rows[variable["denominator"]] if "denominator" in variable else value * float("nan")
        frames.append(pd.DataFrame({
            "area_id": rows["area_id"], "variable": variable["variable"],
            "reference_year": variable["reference_year"],
            "numerator": value * denominator, "denominator": denominator, "value": value,
            "status": value.notna().map({True: "ok", False: o["blank"]}),
            "basis": source.about["basis"], "dataset_id": source.dataset_id,
        }))
    return pd.concat(frames, ignore_index=True)
