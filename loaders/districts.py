"""The 58 districts of the embedded edition, from the plotly package, and the real figures we ship for each."""

from __future__ import annotations

import csv
import gzip
import importlib.resources
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from loaders.boundaries import add_areas
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import HOUSE, Source
from loaders.features import mend, read_features
from loaders.staging import Intake, read_csv

NAMES = HOUSE / "data" / "montreal" / "district_names.csv"
CITY = "2021A00052466023"
CITY_NAME = "Montréal"
# The row of the facts that counts who lives in the City but in no district.
OUTSIDE = "outside"
PACKAGED = ("package_data", "datasets", "election.geojson.gz")


def district_names() -> pd.DataFrame:
    """Our own names, by district number [text]: name_fr, borough [REMnn], borough_name."""
    with NAMES.open(encoding="utf-8", newline="") as handle:
        return pd.DataFrame(list(csv.DictReader(handle)), dtype="str").set_index("number")


def unpacked(folder: Path) -> str:
    """Write the limits that plotly ships into `folder`; gives the file's name. Raises LoadError where it has none."""
    packed = importlib.resources.files("plotly").joinpath(*PACKAGED)
    if not packed.is_file():
        raise LoadError(
            "the plotly package no longer ships the districts", file=PACKAGED[-1],
            remedy="Install the version of plotly pinned in requirements.txt.",
        )
    name = PACKAGED[-1].removesuffix(".gz")
    (folder / name).write_bytes(gzip.decompress(packed.read_bytes()))
    return name


def district_limits(dataset_id: str, folder: Path) -> Intake:
    """The districts as `number` [text] and `geometry` [EPSG:4326]; `folder` receives the unpacked file.

    The package writes number and name in one word and lost the dashes of four names: only the number is kept.
    A number we have no name for is refused.
    """
    intake = read_features(dataset_id, folder, unpacked(folder), ["district"])
    intake.identifier("district", r"[0-9]{2,3}-.+")
    mend(intake)
    intake.rows = intake.rows.assign(number=intake.rows["district"].str.split("-", n=1).str[0])
    intake.reject(
        ~intake.rows["number"].isin(district_names().index), "district", "area",
        "Ce district n’est pas dans notre table de noms.", "This district is not in our table of names.",
    )
    intake.unique("number", compare=["district"])
    return intake


def packaged_districts(draft: Draft, source: Source) -> None:
    """Areas of three levels: districts as packaged, boroughs and the city as the union of theirs.

    Option: vintage. `land_km2` stays empty: the limits hold 375 km² where the City has 365 km² of land, so
    they take in some water. Raises LoadError where a district of our table of names is absent.
    """
    intake = district_limits(source.dataset_id, Path(draft.path).parent)
    names = district_names()
    absent = names.index[~names.index.isin(intake.rows["number"])]
    if len(absent):
        raise LoadError(f"district {absent[0]} is absent", file=intake.file, column="district")
    rows = intake.rows.join(names, on="number")
    vintage = str(source.options["vintage"])
    add_areas(draft, source, "district", pd.DataFrame({
        "area_id": "D" + rows["number"], "code": rows["number"], "name": rows["name_fr"],
        "place_fr": rows["borough_name"], "geometry": rows["geometry"],
    }), vintage)
    boroughs = rows.groupby("borough", as_index=False).agg(
        name=("borough_name", "first"), geometry=("geometry", lambda part: shapely.union_all(part.to_numpy())),
    )
    add_areas(draft, source, "borough", boroughs.assign(
        area_id=boroughs["borough"], code=boroughs["borough"], kind="borough", place_fr=CITY_NAME,
    ), vintage)
    add_areas(draft, source, "city", pd.DataFrame({
        "area_id": [CITY], "code": [CITY], "name": [CITY_NAME],
        "geometry": [shapely.union_all(rows["geometry"].to_numpy())],
    }), vintage)
    draft.close_intake(intake, source)


def district_facts(draft: Draft, source: Source) -> None:
    """Some columns of the table of facts: one row a district, one source for each producer.

    Options: residents and households [columns; they fill `area`, and the row `outside` fills `crosswalk`];
    `shares`: {variable, numerator, denominator, reference_year}; `means`: {variable, value, weight,
    reference_year}; `index`: {index_id, vintage, reference_region} with `fifths`: {dimension, population, q5}
    or `scores`: {dimension, column}. People are whole numbers; an empty cell is `missing`.
    """
    o = source.options
    intake = read_csv(source.dataset_id, draft.raw, source.file, ["district", *_columns(o)])
    for column in _columns(o):
        intake.number(column, minimum=None if column.startswith("cimd_") else 0, blanks=("",))
    outside = intake.rows[intake.rows["district"] == OUTSIDE]
    intake.leave_out("residents outside every district", intake.rows["district"] == OUTSIDE)
    intake.identifier("district", "[0-9]{2,3}")
    intake.rows = intake.rows.assign(area_id="D" + intake.rows["district"])
    known = draft.frame("SELECT area_id FROM area WHERE level = 'district'")["area_id"]
    intake.reject(
        ~intake.rows["area_id"].isin(known), "district", "area",
        "Aucun secteur n’a cet identifiant.", "No area has this identifier.",
    )
    intake.unique("district")
    if "residents" in o:
        _people(draft, intake.rows, outside, o)
    stamp = {"basis": source.about["basis"], "dataset_id": source.dataset_id}
    for rows, table in ((_values(intake.rows, o), "census_value"), (_index(intake.rows, o), "deprivation")):
        if len(rows):
            draft.insert(table, rows.assign(**stamp))
    draft.close_intake(intake, source)


def _columns(o: dict[str, Any]) -> list[str]:
    columns = [o[key] for key in ("residents", "households", "blocks") if key in o]
    for kind, keys in (
        ("shares", ("numerator", "denominator")), ("means", ("value", "weight")),
        ("fifths", ("population", "q5")), ("scores", ("column",)),
    ):
        columns += [entry[key] for entry in o.get(kind, []) for key in keys]
    return list(dict.fromkeys(columns))


def _people(draft: Draft, rows: pd.DataFrame, outside: pd.DataFrame, o: dict[str, Any]) -> None:
    """Residents and households of the districts, and those of the City who live in none, with the reason."""
    counted = pd.DataFrame({
        "area_id": rows["area_id"], "residents": rows[o["residents"]].astype("int64"),
        "households": rows[o["households"]].astype("int64"),
    })
    draft.con.register("counted", counted)
    draft.con.execute("""
        UPDATE area SET population = counted.residents, households = counted.households
        FROM counted WHERE area.area_id = counted.area_id
    """)
    draft.con.unregister("counted")
    inside = int(counted["residents"].sum())
    people, homes, blocks = (int(outside[o[key]].sum()) for key in ("residents", "households", "blocks"))
    draft.insert("crosswalk", pd.DataFrame([{
        "child_level": "block", "parent_level": "district", "population": inside + people, "placed": float(inside),
        "unplaced": float(people),
        "reason_fr": f"{people} personnes ({homes} logements occupés, {blocks} îlots) : leur îlot est hors des limites "
        "de 2013 des districts. Elles ne sont pas dans cette édition." if people else None,
        "reason_en": f"{people} people ({homes} occupied dwellings, {blocks} blocks): their block lies outside the "
        "2013 limits of the districts. They are not in this edition." if people else None,
    }]))


def _values(rows: pd.DataFrame, o: dict[str, Any]) -> pd.DataFrame:
    """Rows of `census_value`: shares with their people; means with the people they are weighted by."""
    frames = []
    for entry in o.get("shares", []):
        numerator, denominator = rows[entry["numerator"]], rows[entry["denominator"]]
        frames.append(pd.DataFrame({
            "area_id": rows["area_id"], "variable": entry["variable"], "reference_year": entry["reference_year"],
            "numerator": numerator, "denominator": denominator,
            "value": numerator / denominator.where(denominator > 0),
        }))
    frames += [
        pd.DataFrame({
            "area_id": rows["area_id"], "variable": entry["variable"], "reference_year": entry["reference_year"],
            "numerator": float("nan"), "denominator": rows[entry["weight"]], "value": rows[entry["value"]],
        }) for entry in o.get("means", [])
    ]
    if not frames:
        return pd.DataFrame()
    out = pd.concat(frames, ignore_index=True)
    return out.assign(status=out["value"].notna().map({True: "ok", False: "missing"}))


def _index(rows: pd.DataFrame, o: dict[str, Any]) -> pd.DataFrame:
    """Rows of `deprivation`: residents scored and in the most deprived fifth, or the mean score of a dimension.

    A mean score carries no residents: the build cuts fifths wherever a score has some, and fifths of districts
    would not be those of the small areas.
    """
    frames = [
        pd.DataFrame({
            "area_id": rows["area_id"], "dimension": entry["dimension"], "score": float("nan"),
            "population": rows[entry["population"]], "q5_population": rows[entry["q5"]],
        }) for entry in o.get("fifths", [])
    ] + [
        pd.DataFrame({
            "area_id": rows["area_id"], "dimension": entry["dimension"], "score": rows[entry["column"]],
            "population": float("nan"), "q5_population": float("nan"),
        }) for entry in o.get("scores", [])
    ]
    if not frames:
        return pd.DataFrame()
    out = pd.concat(frames, ignore_index=True)
    known = out["score"].notna() | out["q5_population"].notna()
    index = {key: str(value) for key, value in o["index"].items()}
    return out.assign(status=known.map({True: "ok", False: "missing"}), **index)
