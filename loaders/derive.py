"""The small tables of real figures the embedded edition ships, made from openly licensed files by our own loaders."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from loaders.catalog import TABLE, LoadError
from loaders.districts import CITY, OUTSIDE, district_limits
from loaders.draft import Draft
from loaders.edition import HOUSE
from loaders.scratch import Scratch

FOLDER = HOUSE / "data" / "montreal"
CENSUS = "EPSG:3347"
SURVEY, GEOGRAPHY = "cis_food_insecurity", "quebec"

# Shares kept as people: column of the facts, variable of the open edition, and its level.
SHARES: tuple[tuple[str, str, str], ...] = (
    ("below_mbm", "below_mbm", "dissemination_area"),
    ("recent_immigrants", "recent_immigrants", "dissemination_area"),
    ("minority_or_indigenous", "minority_or_indigenous", "dissemination_area"),
    # The one column kept from the tract table: its other columns are for tests only.
    ("seniors_65plus", "seniors_65plus", "tract"),
)
# Means: column, variable, and what the small areas are weighted by.
MEANS: tuple[tuple[str, str, str], ...] = (
    ("no_diploma", "no_diploma", "population"),
    ("lone_parent_families", "lone_parent_families", "population"),
    ("core_housing_need", "core_housing_need", "households"),
    ("food_shops_near", "food_shops_near", "population"),
)
DIMENSIONS = (
    "residential_instability", "ethno_cultural_composition", "economic_dependency", "situational_vulnerability",
)


def derive(draft: Draft, folder: Path = FOLDER) -> list[Path]:
    """Write the embedded facts from a filled draft of `montreal-open`; gives the files written.

    `district_facts.csv`: one row a district, and one, `outside`, for the residents of the City no district holds.
    `prevalence_quebec.csv`: the Québec rows of the income survey. Same draft, same bytes.
    """
    facts = district_table(draft)
    survey = draft.frame(f"""
        SELECT {", ".join(c.name for c in TABLE["prevalence"].columns if c.name not in ("basis", "dataset_id"))}
        FROM prevalence WHERE dataset_id = ? AND geography = ?
        ORDER BY group_id, severity, reference_year
    """, SURVEY, GEOGRAPHY)
    if survey.empty:
        raise LoadError(f"no row of “{SURVEY}” for {GEOGRAPHY}", remedy="Load it in the edition montreal-open.")
    return [
        _written(folder / "district_facts.csv", facts),
        _written(folder / "prevalence_quebec.csv", survey),
    ]


def district_table(draft: Draft) -> pd.DataFrame:
    """One row a district by number, then `outside`: residents, households and blocks; then each fact beside the
    residents (or households) it is known for; people are whole numbers, means have four decimals.

    A block belongs to the district its point falls in and takes the share of its dissemination area or tract.
    """
    blocks = city_blocks(draft)
    blocks["district"] = district_of(blocks)
    by = blocks["district"]
    out = pd.DataFrame({
        "residents": blocks.groupby(by)["population"].sum().astype("int64"),
        "households": blocks.groupby(by)["households"].sum().astype("int64"),
        "blocks": blocks.groupby(by).size(),
    })
    for column, variable, level in SHARES:
        share = blocks[level].map(_values(draft, variable))
        people = blocks["population"].where(share.notna())
        out[f"{column}_known"] = people.groupby(by).sum().round().astype("int64")
        out[column] = (people * share).groupby(by).sum().round().astype("int64")
    fifth = blocks["dissemination_area"].map(_fifths(draft))
    scored = blocks["population"].where(fifth.notna())
    out["scored"] = scored.groupby(by).sum().round().astype("int64")
    out["most_deprived_fifth"] = scored.where(fifth == 5, 0.0).groupby(by).sum().round().astype("int64")
    for column, variable, weight in MEANS:
        value = blocks["dissemination_area"].map(_values(draft, variable))
        known = blocks[weight].where(value.notna()).groupby(by).sum()
        out[f"{column}_known"] = known.round().astype("int64")
        out[column] = ((blocks[weight] * value).groupby(by).sum() / known.where(known > 0)).round(4)
    for dimension in DIMENSIONS:
        score = blocks["dissemination_area"].map(_scores(draft, dimension))
        known = blocks["population"].where(score.notna()).groupby(by).sum()
        out[f"cimd_{dimension}"] = (
            (blocks["population"] * score).groupby(by).sum() / known.where(known > 0)
        ).round(4)
    numbered = out.drop(index=OUTSIDE, errors="ignore")
    numbered = numbered.loc[sorted(numbered.index, key=int)]
    # Outside every district only the count is kept: a handful of blocks has no profile worth showing.
    rest = out.reindex([OUTSIDE])[["residents", "households", "blocks"]].fillna(0).astype("int64")
    return pd.concat([numbered, rest]).rename_axis("district").reset_index().astype(
        {c: "Int64" for c in numbered.columns if numbered[c].dtype.kind == "i"}
    )


def city_blocks(draft: Draft) -> pd.DataFrame:
    """The blocks of the City: point_id, dissemination_area, tract, geometry, population [people], households."""
    blocks = draft.frame("""
        SELECT p.point_id, p.base_id AS dissemination_area, tract.parent_id AS tract, a.geometry,
            p.population, a.households::DOUBLE AS households
        FROM demand_point p
        JOIN area_link city ON city.child_id = p.point_id AND city.child_level = 'demand_point' AND city.parent_id = ?
        JOIN area a ON a.area_id = p.point_id AND a.level = 'block'
        LEFT JOIN area_link tract ON tract.child_id = p.point_id AND tract.child_level = 'demand_point'
            AND tract.parent_level = 'tract'
        ORDER BY p.point_id
    """, CITY)
    if blocks.empty:
        raise LoadError("the draft holds no block of the City", remedy="Derive from the edition montreal-open.")
    blocks["geometry"] = shapely.from_wkb([bytes(value) for value in blocks["geometry"]])
    return blocks


def district_of(blocks: pd.DataFrame) -> pd.Series:
    """Number of the packaged district that holds a point of each block (geometry, EPSG:4326), or `outside`.

    The point is taken in the census's own projection: taken in degrees, one block of 539 people on a limit
    changes sides.
    """
    with Scratch() as folder:
        limits = district_limits("plotly_districts", Path(folder)).rows
    limits = limits.assign(order=limits["number"].astype("int64")).sort_values("order")
    planar = gpd.GeoSeries(blocks["geometry"].to_numpy(), crs=4326).to_crs(CENSUS)
    at = gpd.GeoSeries(planar.representative_point(), crs=CENSUS).to_crs(4326).to_numpy()
    point, area = shapely.STRtree(limits["geometry"].to_numpy()).query(at, predicate="intersects")
    first = pd.DataFrame({"point": point, "area": area}).sort_values(["point", "area"]).drop_duplicates("point")
    found = pd.Series(OUTSIDE, index=blocks.index, dtype="object")
    found.iloc[first["point"].to_numpy()] = limits["number"].to_numpy()[first["area"].to_numpy()]
    return found


def _values(draft: Draft, variable: str) -> pd.Series:
    found = draft.frame("""
        SELECT area_id, value FROM census_value WHERE variable = ? AND value IS NOT NULL ORDER BY area_id
    """, variable)
    if found.empty:
        raise LoadError(f"the draft has no value of “{variable}”", remedy="Load it in the edition montreal-open.")
    return found.set_index("area_id")["value"]


def _fifths(draft: Draft) -> pd.Series:
    """Fifth of every scored dissemination area of the City, cut over all of them by the build."""
    found = draft.frame("""
        SELECT area_id, quintile FROM deprivation
        WHERE dimension = 'economic' AND quintile IS NOT NULL ORDER BY area_id
    """)
    return found.set_index("area_id")["quintile"].astype("float64")


def _scores(draft: Draft, dimension: str) -> pd.Series:
    found = draft.frame("""
        SELECT area_id, score FROM deprivation
        WHERE index_id = 'cimd_2021' AND dimension = ? AND score IS NOT NULL ORDER BY area_id
    """, dimension)
    return found.set_index("area_id")["score"]


def _written(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL, encoding="utf-8")
    return path
