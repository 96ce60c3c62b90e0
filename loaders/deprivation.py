"""Deprivation indexes as their publishers scored them; the build cuts the fifths."""

from __future__ import annotations

import numpy as np
import pandas as pd

from loaders.catalog import LoadError
from loaders.census import census_rows, columns_of, place_rows
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_csv


def index_with_values(draft: Draft, source: Source) -> None:
    """An index whose file also carries the variables behind it: rows of `census_value` and of `deprivation`.

    Options: those of `census.area_values` and of `scores`.
    """
    o = source.options
    wanted = [*columns_of(o), *(d["column"] for d in o["dimensions"]), o["population"]]
    intake = read_csv(source.dataset_id, draft.raw, source.file, list(dict.fromkeys(wanted)))
    place_rows(draft, intake, o)
    values = census_rows(intake, source)
    scored = scores(intake, source)
    draft.insert("census_value", values[values["area_id"].isin(intake.rows["area_id"])])
    draft.insert("deprivation", scored)
    draft.close_intake(intake, source)


def index_of_region(draft: Draft, source: Source) -> None:
    """An index of a wider region: rows of other places are left out, areas the publisher withheld are suppressed.

    Options: those of `scores`, level, id [column], prefix, pattern.
    """
    o = source.options
    intake = read_csv(source.dataset_id, draft.raw, source.file, [o["id"], *(d["column"] for d in o["dimensions"])])
    areas = draft.frame("SELECT area_id, population FROM area WHERE level = ? ORDER BY area_id", o["level"])
    intake.leave_out("area outside the edition", ~(o["prefix"] + intake.rows[o["id"]]).isin(areas["area_id"]))
    place_rows(draft, intake, o)
    if intake.rows.empty:
        raise LoadError(
            "none of its areas is in the edition", file=source.file, column=o["id"],
            remedy="Use the index of the same census as the areas.",
        )
    people = areas.set_index("area_id")["population"].astype("float64")
    scored = scores(intake, source, people)
    withheld = areas.loc[~areas["area_id"].isin(intake.rows["area_id"]), "area_id"]
    blank = pd.concat([
        scored.head(0),
        *(pd.DataFrame({"area_id": withheld, "dimension": d["dimension"]}) for d in o["dimensions"]),
    ], ignore_index=True)
    same = ("index_id", "vintage", "reference_region", "basis", "dataset_id")
    blank = blank.assign(
        **{column: scored[column].iloc[0] for column in same}, population=blank["area_id"].map(people),
        status="suppressed",
    )
    draft.insert("deprivation", scored)
    draft.insert("deprivation", blank.astype({"score": "float64"}))
    draft.close_intake(intake, source)


def scores(intake: Intake, source: Source, people: pd.Series | None = None) -> pd.DataFrame:
    """Rows of `deprivation`: area × dimension, with the publisher's score [higher = more deprived].

    Options: index_id, vintage, reference_region, `dimensions`: {dimension, column, sign [−1 where the publisher
    counts the other way; 1 by default]}, population [column of residents, where `people` by area_id is not given].
    `quintile` is left empty. An empty score is `missing`.
    """
    o = source.options
    for dimension in o["dimensions"]:
        intake.number(dimension["column"])
    residents = people
    if residents is None:
        # It is already a number where a variable is a share of it.
        if not pd.api.types.is_float_dtype(intake.rows[o["population"]]):
            intake.number(o["population"], minimum=0)
        residents = intake.rows.set_index("area_id")[o["population"]]
    rows = intake.rows
    frames = []
    for dimension in o["dimensions"]:
        score = rows[dimension["column"]] * dimension.get("sign", 1)
        frames.append(pd.DataFrame({
            "area_id": rows["area_id"], "index_id": o["index_id"], "dimension": dimension["dimension"],
            "vintage": str(o["vintage"]), "score": score, "population": residents.reindex(rows["area_id"]).to_numpy(),
            "reference_region": o["reference_region"], "status": np.where(score.notna(), "ok", "missing"),
            "basis": source.about["basis"], "dataset_id": source.dataset_id,
        }))
    return pd.concat(frames, ignore_index=True)
