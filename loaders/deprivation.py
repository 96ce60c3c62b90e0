"""Deprivation indexes as their publishers scored them; the build cuts the fifths nobody published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loaders.archives import split
from loaders.catalog import LoadError
from loaders.census import census_rows, columns_of, not_brought, numbers, place_rows, read_source
from loaders.draft import Draft
from loaders.edition import Source
from loaders.features import read_features
from loaders.staging import Intake

# A column of the City's index measures one poverty line: the other line's variable is never filled from it.
POVERTY_LINES = {"pr_ind_mpc": "below_mbm", "pr_ind_sfr": "below_sfr"}
# The multiple-deprivation index of Canada and that of a region are two models. Model -> reference region, and the
# province all its areas are in; the index of Canada covers several.
MODELS = {"canada": ("Canada", ""), "quebec": ("Québec", "24")}


def index_with_values(draft: Draft, source: Source) -> None:
    """An index whose file also carries the variables behind it: rows of `census_value` and of `deprivation`.

    Options: those of `census.area_values` and of `scores`. Identifiers that repeat and agree are duplicates, the
    others are refused. Raises LoadError where a variable would be filled from another poverty line's column.
    """
    o = source.options
    if not_brought(draft, source):
        return
    for variable in o["variables"]:
        measured = POVERTY_LINES.get(variable["column"].lower())
        if measured not in (None, variable["variable"]) and variable["variable"] in POVERTY_LINES.values():
            raise LoadError(
                f"“{variable['column']}” measures {measured}, never {variable['variable']}", file=source.file,
                column=variable["column"], remedy=f"Call the variable {measured}, or use the later export.",
            )
    wanted = [*columns_of(o), *(d["column"] for d in o["dimensions"]), o["population"]]
    intake = read_source(draft, source, list(dict.fromkeys(wanted)))
    place_rows(draft, intake, o)
    values = census_rows(intake, source)
    scored = scores(intake, source)
    draft.insert("census_value", values[values["area_id"].isin(intake.rows["area_id"])])
    draft.insert("deprivation", scored)
    draft.close_intake(intake, source)


def index_of_region(draft: Draft, source: Source) -> None:
    """An index of a wider region: rows of other places are left out, areas the publisher withheld are suppressed.

    Options: those of `scores`, level, id [column], prefix, pattern; model [canada or quebec: enters `index_id` and
    `reference_region`; a file that covers something else is refused]; optional.
    """
    o = source.options
    if not_brought(draft, source):
        return
    intake = read_source(draft, source, [o["id"], *_read_for_scores(o)])
    if "model" in o:
        _check_model(intake, o)
    areas = draft.frame("SELECT area_id, population FROM area WHERE level = ? ORDER BY area_id", o["level"])
    place_rows(draft, intake, {**o, "region": True})
    withheld = areas.loc[~areas["area_id"].isin(intake.rows["area_id"]), "area_id"]
    people = areas.set_index("area_id")["population"].astype("float64")
    scored = scores(intake, source, people)
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


def _check_model(intake: Intake, o: dict[str, Any]) -> None:
    """Raise LoadError where the file's areas are not those of the declared model."""
    if o["model"] not in MODELS:
        raise LoadError(f"there is no model “{o['model']}”", file=intake.file, remedy=f"Use: {', '.join(MODELS)}.")
    region, province = MODELS[o["model"]]
    code = intake.rows[o["id"]].str.strip().str[:2]
    elsewhere = intake.rows.loc[code != province] if province else intake.rows.head(0)
    if len(elsewhere):
        raise LoadError(
            f"{len(elsewhere)} of its areas are outside {region}: it is the index of another region",
            file=intake.file, line=int(elsewhere["line"].iloc[0]), column=o["id"],
            remedy="Each region has its own model: use its file, or declare the model of this one.",
        )
    if not province and code.nunique() < 2:
        raise LoadError(
            f"all its areas are in the province {code.iloc[0] if len(code) else '?'}: it is the index of a region",
            file=intake.file, column=o["id"],
            remedy="Each region has its own model: use the file of all Canada, or declare the model of this one.",
        )


def material_social(draft: Draft, source: Source) -> None:
    """INSPQ's material and social deprivation index, as a workbook or as a map's attributes: rows of `deprivation`.

    Options: those of `scores`, level, id [column], prefix, pattern, sheet; fraction [column: an area split between
    territories has a row a piece, and the largest is kept]; regional [{index_id, region [column], columns
    {dimension -> its quintile}}: fifths cut within one health region, kept as an index of their own]; optional.

    Fifths run from 1 to 5, 5 = most deprived. An area whose fifth is blank, 0 or less was not scored: `missing`.
    """
    o = source.options
    if not_brought(draft, source):
        return
    regional = o.get("regional", {})
    extra = [regional["region"], *regional["columns"].values()] if regional else []
    wanted = [o["id"], o["population"], *_read_for_scores(o), *extra, *([o["fraction"]] if "fraction" in o else [])]
    wanted = list(dict.fromkeys(wanted))
    if Path(split(source.file)[0]).suffix.lower() in (".shp", ".geojson"):
        intake = read_features(source.dataset_id, draft.raw, source.file, wanted, encoding=o.get("encoding"))
        intake.rows = intake.rows.drop(columns="geometry")
    else:
        intake = read_source(draft, source, wanted)
    for column in (o["id"], *extra):  # a workbook holds its codes as numbers
        intake.rows = intake.rows.assign(**{column: intake.rows[column].str.strip().str.removesuffix(".0")})
    if "fraction" in o:
        _largest_piece(intake, o)
    place_rows(draft, intake, {**o, "region": True})
    scored = scores(intake, source)
    draft.insert("deprivation", scored)
    if regional:
        draft.insert("deprivation", _regional(intake, source, scored))
    draft.close_intake(intake, source)


def _largest_piece(intake: Intake, o: dict[str, Any]) -> None:
    """Keep the largest piece of each area; a piece that tells another score than its area's largest is refused."""
    numbers(intake, o, o["fraction"], minimum=0)
    order = intake.rows.sort_values([o["id"], o["fraction"], "line"], ascending=[True, False, True])
    first = order.drop_duplicates(o["id"]).set_index(o["id"])
    rows = intake.rows
    told = [column for d in o["dimensions"] for column in (d["column"], d.get("quintile")) if column]
    same = pd.Series(True, index=rows.index)
    for column in told:
        same &= rows[column].to_numpy() == rows[o["id"]].map(first[column]).to_numpy()
    intake.reject(
        ~same, o["id"], "key", "Deux morceaux du même secteur n’ont pas la même cote.",
        "Two pieces of the same area do not have the same score.",
    )
    intake.leave_out("smaller piece of a split area", ~intake.rows["line"].isin(first["line"]))


def _regional(intake: Intake, source: Source, scored: pd.DataFrame) -> pd.DataFrame:
    """The same scores with the fifths of each area's own health region, which they are labelled with."""
    regional = source.options["regional"]
    rows = intake.rows.set_index("area_id")
    frames = []
    for dimension, column in regional["columns"].items():
        fifth, odd = _fifths(rows[column])
        intake.notes += _odd_fifths(intake, column, odd)
        mine = scored[scored["dimension"] == dimension].set_index("area_id")
        known = fifth.notna() & (mine["status"] == "ok")
        frames.append(mine.assign(
            index_id=regional["index_id"], score=mine["score"].where(known), quintile=fifth.where(known),
            q5_population=mine["population"].where(fifth == 5, 0.0).where(known),
            reference_region="RSS " + rows[regional["region"]], status=np.where(known, "ok", "missing"),
        ).reset_index())
    return pd.concat(frames, ignore_index=True)


def _read_for_scores(o: dict[str, Any]) -> list[str]:
    named: list[str] = []
    for dimension in o["dimensions"]:
        named += [dimension["column"], *([dimension["quintile"]] if "quintile" in dimension else [])]
    return list(dict.fromkeys(named))


def _fifths(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Published fifths, 1 to 5 [NaN where the area was not scored], and the cells that are neither."""
    value = pd.to_numeric(text.str.strip(), errors="coerce")
    blank = text.str.strip().isin(["", "NA", "..", "x"]) | (value <= 0)
    return value.where(value.isin([1, 2, 3, 4, 5])), ~blank & ~value.isin([1, 2, 3, 4, 5])


def _odd_fifths(intake: Intake, column: str, odd: pd.Series) -> list[pd.DataFrame]:
    if not odd.any():
        return []
    bad = intake.rows.set_index("area_id").loc[odd[odd].index]
    return [pd.DataFrame({
        "line": bad["line"].to_numpy(), "column_name": column, "value": bad[column].to_numpy(), "rule": "fifth",
        "message_fr": "Un quintile va de 1 à 5 : la cellule est vidée.",
        "message_en": "A fifth runs from 1 to 5: the cell is emptied.",
    })]


def scores(intake: Intake, source: Source, people: pd.Series | None = None) -> pd.DataFrame:
    """Rows of `deprivation`: area × dimension, with the publisher's score [higher = more deprived].

    Options: index_id, vintage, reference_region [both completed by `model` where it is declared], decimal,
    `dimensions`: {dimension, column, sign [−1 where the publisher counts the other way; 1 by default], quintile
    [column of the published fifths, 5 = most deprived]}, population [column of residents, where `people` by area_id
    is not given]. An empty score is `missing`, and so is one whose published fifth is empty; `quintile` is left empty
    where none is published. Raises LoadError where scores do not rise with the fifths.
    """
    o = source.options
    for dimension in o["dimensions"]:
        numbers(intake, o, dimension["column"])
    residents = people
    if residents is None:
        # It is already a number where a variable is a share of it.
        if not pd.api.types.is_float_dtype(intake.rows[o["population"]]):
            numbers(intake, o, o["population"], minimum=0)
        residents = intake.rows.set_index("area_id")[o["population"]]
    index_id, region = o["index_id"], o.get("reference_region", "")
    if "model" in o:
        index_id, region = f"{index_id}_{o['model']}", MODELS[o["model"]][0]
    rows = intake.rows.set_index("area_id")
    frames = []
    for dimension in o["dimensions"]:
        score = rows[dimension["column"]] * dimension.get("sign", 1)
        population = residents.reindex(rows.index)
        frame = pd.DataFrame({
            "index_id": index_id, "dimension": dimension["dimension"], "vintage": str(o["vintage"]), "score": score,
            "population": population, "reference_region": region, "basis": source.about["basis"],
            "dataset_id": source.dataset_id,
        })
        if "quintile" in dimension:
            fifth, odd = _fifths(rows[dimension["quintile"]])
            intake.notes += _odd_fifths(intake, dimension["quintile"], odd)
            fifth = fifth.where(score.notna())
            _check_direction(intake, dimension, score, fifth)
            frame = frame.assign(
                score=score.where(fifth.notna()), quintile=fifth,
                q5_population=population.where(fifth == 5, 0.0).where(fifth.notna()),
            )
        frame["status"] = np.where(frame["score"].notna(), "ok", "missing")
        frames.append(frame.reset_index())
    return pd.concat(frames, ignore_index=True)


def _check_direction(intake: Intake, dimension: dict[str, Any], score: pd.Series, fifth: pd.Series) -> None:
    """Raise LoadError where the fifth called most deprived has the lower scores: one of the two is reversed."""
    most, least = score[fifth == 5].mean(), score[fifth == 1].mean()
    if most < least:
        raise LoadError(
            f"scores fall as fifths rise ({least:.2f} in the first, {most:.2f} in the fifth)", file=intake.file,
            column=dimension["column"], remedy="Declare sign = -1, or check which fifth is the most deprived.",
        )
