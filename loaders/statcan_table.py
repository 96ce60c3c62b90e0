"""Statistics Canada tables as downloaded: shares of persons and the counts behind them, with their quality letters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from loaders.catalog import LoadError
from loaders.census import not_brought, read_source
from loaders.draft import Draft
from loaders.edition import Source
from loaders.prevalence import columns_of, name_rows
from loaders.staging import Intake
from loaders.values import symbols

# What every table holds beside its own dimensions, in this order around them.
BEFORE = ("REF_DATE", "GEO", "DGUID")
AFTER = (
    "UOM", "UOM_ID", "SCALAR_FACTOR", "SCALAR_ID", "VECTOR", "COORDINATE", "VALUE", "STATUS", "SYMBOL", "TERMINATED",
    "DECIMALS",
)
SCALES = {"units": 1, "tens": 10, "hundreds": 100, "thousands": 1000, "millions": 1_000_000}
LETTERS = ("A", "B", "C", "D", "E", "F")


def statcan_table(draft: Draft, source: Source) -> None:
    """Rows of `prevalence` from a table such as 13-10-0835: the percentage and, beside it, the persons it counts.

    Options: severity, group [columns], geographies, severities, groups, collection_lag: see `prevalence.prevalence`;
    statistics [column of the kind of figure, percent and persons: its two labels; other figures are left out];
    optional; those of `census.read_source`.

    `quality` is the letter of STATUS, A to F. A blank VALUE takes the status its symbol says: x suppressed, F (too
    unreliable to print) and .. missing, ... not applicable; never 0. Raises LoadError where the standard columns are
    not there; a row cut short is refused.
    """
    o = {**source.options, "year": "REF_DATE", "geography": "GEO", "value": "VALUE"}
    if not_brought(draft, source):
        return
    kind = o["statistics"]
    # All standard columns are asked for, so that another layout is refused, though few are kept.
    wanted = dict.fromkeys([*BEFORE, *columns_of(o), kind["column"], *AFTER])
    intake = read_source(draft, source, list(wanted))
    unused = set(wanted) - {*columns_of(o), kind["column"], "VECTOR", "SCALAR_FACTOR", "STATUS"}
    intake.rows = intake.rows.drop(columns=sorted(unused))
    asked = [kind["percent"], kind["persons"]]
    intake.leave_out(f"{kind['column']} not asked for", ~intake.rows[kind["column"]].isin(asked))
    name_rows(draft, intake, o)
    intake.number("REF_DATE", minimum=1990, maximum=2100)
    _figures(intake, kind)
    intake.unique("geography", "group_id", "severity", "REF_DATE", kind["column"], compare=["VALUE", "status"])
    draft.insert("prevalence", _side_by_side(intake, kind).assign(
        collection_year=lambda rows: rows["reference_year"] + o["collection_lag"],
        basis=source.about["basis"], dataset_id=source.dataset_id,
    ))
    draft.close_intake(intake, source)


def _figures(intake: Intake, kind: dict[str, Any]) -> None:
    """VALUE in units, with `status` and `letter`; figures that cannot be are refused."""
    intake.choice("SCALAR_FACTOR", list(SCALES))
    mark = intake.rows["STATUS"].str.strip()
    value, status = symbols(intake.rows["VALUE"], mark.where(~mark.isin(LETTERS[:-1]), ""))
    # F with a number would be a figure its publisher says not to print.
    intake.rows = intake.rows.assign(
        figure=value * intake.rows["SCALAR_FACTOR"].map(SCALES), status=status,
        letter=mark.where(mark.isin(LETTERS)),
    )
    intake.reject(
        intake.rows["status"] == "unknown", "VALUE", "number",
        "Ce n’est ni un nombre ni un symbole de Statistique Canada.",
        "This is neither a number nor a symbol of Statistics Canada.",
    )
    percent = intake.rows[kind["column"]] == kind["percent"]
    out = (intake.rows["figure"] < 0) | (percent & (intake.rows["figure"] > 100))
    intake.reject(
        out, "VALUE", "range", "Une proportion va de 0 à 100, un nombre de personnes n’est pas négatif.",
        "A share runs from 0 to 100, and a number of persons is not negative.",
    )


def _side_by_side(intake: Intake, kind: dict[str, Any]) -> pd.DataFrame:
    """One row per geography, group, severity and year: percent and persons, each with its letter."""
    key = ["geography", "group_id", "severity", "reference_year"]
    rows = intake.rows.assign(reference_year=intake.rows["REF_DATE"].astype("int64"))
    percent = rows[rows[kind["column"]] == kind["percent"]].set_index(key)
    persons = rows[rows[kind["column"]] == kind["persons"]].set_index(key)
    if percent.empty and len(rows):
        raise LoadError(
            f"no row is “{kind['percent']}”", file=intake.file, column=kind["column"],
            remedy="Check the label declared in the edition.",
        )
    every = percent.index.union(persons.index)
    letter = persons["letter"].reindex(every)
    return pd.DataFrame({
        "percent": percent["figure"].reindex(every), "quality": percent["letter"].reindex(every),
        "status": percent["status"].reindex(every).fillna("missing"),
        "persons": persons["figure"].reindex(every), "persons_quality": letter.where(letter.notna(), None),
    }).reset_index().replace({np.nan: None}).infer_objects()
