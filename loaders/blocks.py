"""Census blocks: where residents are counted as living, the dissemination areas they add up to, and their crosswalk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from loaders.boundaries import add_areas, drawn, official, union
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.features import mend, read_features
from loaders.staging import Intake, read_csv
from loaders.values import folded


def blocks(draft: Draft, source: Source) -> None:
    """Blocks as demand points and areas, dissolved into areas of the base level; one point a block.

    Options: id, population, households, land_km2, place [columns], pattern [of the id], vintage,
    base_digits [of the id that name the base area], base_prefix [put before them], base_level,
    place_level [level whose areas `place` names].

    Keeps aside `households` (point_id, households) and, for place_level, `membership` (point_id, level,
    area_id). Population in people, households are occupied dwellings, land in km². Raises LoadError where a
    block's place is not the name of an area of place_level.
    """
    o = source.options
    columns = [o[key] for key in ("id", "population", "households", "land_km2", "place")]
    intake = read_features(source.dataset_id, draft.raw, source.file, columns, encoding=o.get("encoding"))
    intake.identifier(o["id"], o["pattern"])
    # Two of the 13 842 land areas are written with a decimal comma.
    intake.rows = intake.rows.assign(**{o["land_km2"]: intake.rows[o["land_km2"]].str.replace(",", ".")})
    for key in ("population", "households", "land_km2"):
        intake.number(o[key], minimum=0)
        intake.reject(
            intake.rows[o[key]].isna(), o[key], "empty", "La cellule est vide.", "The cell is empty.",
        )
    mend(intake, draft.edition.projection)
    intake.unique(o["id"], compare=columns)
    rows = intake.rows
    frame = pd.DataFrame({
        "area_id": rows[o["id"]], "code": rows[o["id"]], "name": rows[o["id"]], "geometry": rows["geometry"],
        "place": rows[o["place"]], "place_fr": official(draft, rows[o["place"]]),
        "population": rows[o["population"]].round().astype("int64"),
        "households": rows[o["households"]].round().astype("int64"), "land_km2": rows[o["land_km2"]],
        "code_base": rows[o["id"]].str[: o["base_digits"]], "geojson": None,
    }).reset_index(drop=True)
    add_areas(draft, source, "block", frame.drop(columns=["place", "code_base"]), str(o["vintage"]))
    _add_points(draft, source, frame, o["base_prefix"])
    _add_base(draft, source, frame)
    draft.keep_private(
        "households", pd.DataFrame({"point_id": frame["area_id"], "households": frame["households"]})
    )
    draft.keep_private("membership", _named_places(draft, source, frame, o["place_level"]))
    draft.close_intake(intake, source)


def _add_points(draft: Draft, source: Source, frame: pd.DataFrame, prefix: str) -> None:
    at = shapely.point_on_surface(frame["geometry"].to_numpy())
    draft.insert("demand_point", pd.DataFrame({
        "point_id": frame["area_id"], "base_id": prefix + frame["code_base"],
        "lon": shapely.get_x(at), "lat": shapely.get_y(at),
        "population": frame["population"].astype("float64"), "basis": source.about["basis"],
    }))


def _add_base(draft: Draft, source: Source, frame: pd.DataFrame) -> None:
    """Areas of the base level: the union of their blocks, and the sums of what blocks count."""
    o = source.options
    frame = frame.sort_values("code_base", kind="stable")
    codes = frame["code_base"].to_numpy()
    starts = np.flatnonzero(codes[1:] != codes[:-1]) + 1
    parts = np.split(frame["geometry"].to_numpy(), starts)
    whole = np.asarray([union(part) for part in parts], dtype=object)
    total = frame.groupby("code_base", as_index=False).agg(
        population=("population", "sum"), households=("households", "sum"), land_km2=("land_km2", "sum"),
    )
    # A few areas lie in two boroughs: the one with most blocks is shown.
    most = frame.groupby(["code_base", "place_fr"]).size().sort_values(ascending=False).reset_index()
    place = most.drop_duplicates("code_base").set_index("code_base")["place_fr"]
    add_areas(draft, source, o["base_level"], total.assign(
        area_id=o["base_prefix"] + total["code_base"], code=total["code_base"], name=total["code_base"],
        geometry=whole, geojson=drawn(whole), place_fr=total["code_base"].map(place),
    ), str(o["vintage"]))


def _named_places(draft: Draft, source: Source, frame: pd.DataFrame, level: str) -> pd.DataFrame:
    """The area of `level` each block names: point_id, level, area_id."""
    areas = draft.frame("SELECT area_id, name_fr FROM area WHERE level = ?", level)
    found = folded(frame["place"]).map(dict(zip(folded(areas["name_fr"]), areas["area_id"], strict=True)))
    if found.isna().any():
        raise LoadError(
            f"“{frame.loc[found.isna(), 'place'].iloc[0]}” is not the name of an area of level {level}",
            file=source.file, column=source.options["place"],
            remedy="Add the name to the edition's table of places.",
        )
    return pd.DataFrame({"point_id": frame["area_id"], "level": level, "area_id": found})


def crosswalk(draft: Draft, source: Source) -> None:
    """What each base area belongs to, as membership of its points; and the law that its blocks add up to it.

    Options: id, population, keep_column [columns], keep [values asked for], pattern [of the id], encoding,
    base_prefix, and `levels`: a list of {level, column, prefix, pattern, only [values, where not all are areas]}.
    Raises LoadError where a base area is absent, or where its points do not sum to its own population [people].
    """
    o = source.options
    parents = o["levels"]
    wanted = dict.fromkeys([o["id"], o["population"], o["keep_column"], *(p["column"] for p in parents)])
    intake = read_csv(source.dataset_id, draft.raw, source.file, list(wanted), encoding=o.get("encoding"))
    intake.leave_out(f"{o['keep_column']} not asked for", ~intake.rows[o["keep_column"]].isin(o["keep"]))
    intake.identifier(o["id"], o["pattern"])
    for parent in parents:
        intake.identifier(parent["column"], parent["pattern"])
    intake.number(o["population"], minimum=0)
    intake.unique(o["id"])
    base = intake.rows.assign(base_id=o["base_prefix"] + intake.rows[o["id"]]).set_index("base_id")
    points = draft.frame("SELECT point_id, base_id, population FROM demand_point ORDER BY point_id")
    _check_sums(points, base[o["population"]], base["line"], source, intake)
    for parent in parents:
        code = points["base_id"].map(base[parent["column"]])
        if "only" in parent:
            code = code.where(code.isin(parent["only"]))
        area = (parent["prefix"] + code).where(code.notna())
        draft.keep_private("membership", pd.DataFrame({
            "point_id": points["point_id"], "level": parent["level"], "area_id": area,
        }))
    draft.close_intake(intake, source)


def _check_sums(
    points: pd.DataFrame, published: pd.Series, line: pd.Series, source: Source, intake: Intake
) -> None:
    counted = points.groupby("base_id")["population"].sum()
    lost = counted.index.difference(published.index)
    if len(lost):
        raise LoadError(
            f"{len(lost)} areas of the blocks are absent, the first {lost[0]}", file=intake.file,
            column=source.options["id"], remedy="Use the crosswalk of the same census as the blocks.",
        )
    gap = counted - published.reindex(counted.index)
    wrong = gap.index[gap != 0]
    if len(wrong):
        raise LoadError(
            f"{len(wrong)} areas differ from the sum of their blocks, the first {wrong[0]} by {gap[wrong[0]]:.0f}",
            file=intake.file, line=int(line[wrong[0]]), column=source.options["population"],
            remedy="Use blocks and areas of the same census.",
        )

