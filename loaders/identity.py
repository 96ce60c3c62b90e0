"""Which area a written place is: identifiers first, then the edition's names and its declared spellings."""

from __future__ import annotations

import pandas as pd

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import HOUSE
from loaders.staging import Intake, read_csv
from loaders.values import by_value, folded

ALIASES = ("spelling", "area_id", "decision", "reason_fr", "reason_en")


def places(draft: Draft, level: str) -> pd.Series:
    """Identifier, code or folded name -> area_id at a level; what could be two areas is not in it."""
    areas = draft.frame("SELECT area_id, code, name_fr, name_en FROM area WHERE level = ? ORDER BY area_id", level)
    written = [areas["area_id"], areas["code"], folded(areas["name_fr"]), folded(areas["name_en"])]
    known = pd.DataFrame({
        "written": pd.concat(written, ignore_index=True),
        "area_id": pd.concat([areas["area_id"]] * len(written), ignore_index=True),
    }).drop_duplicates()
    known = known[~known["written"].duplicated(keep=False)]
    return known.set_index("written")["area_id"]


def aliases(dataset_id: str, file: str) -> pd.DataFrame:
    """The edition's declared spellings: `ALIASES`, decision being map or reject; `file` is under data/.

    Raises LoadError where one spelling is decided twice.
    """
    found = read_csv(dataset_id, HOUSE / "data", file, list(ALIASES)).rows
    once(found, file)
    return found


def once(spellings: pd.DataFrame, file: str) -> None:
    """Raise LoadError where one spelling is decided twice."""
    again = spellings[spellings["spelling"].duplicated()]
    if len(again):
        raise LoadError(
            f"“{again['spelling'].iloc[0]}” is decided twice", file=file, line=int(again["line"].iloc[0]),
            remedy="Keep one decision for each spelling.",
        )


def place(intake: Intake, column: str, known: pd.Series, declared: pd.DataFrame | None = None) -> None:
    """Put an area_id in the place of each written name; refuse names that are no area, or were decided against.

    A declared spelling is compared as it is written; the edition's own names without accents, kinds of dash or
    apostrophe, and with Saint for St.
    """
    if declared is not None:
        for row in declared[declared["decision"] == "reject"].to_dict("records"):
            intake.reject(
                intake.rows[column].str.strip() == row["spelling"], column, "alias", str(row["reason_fr"]),
                str(row["reason_en"]),
            )
        mapped = declared[declared["decision"] == "map"].set_index("spelling")["area_id"]
    else:
        mapped = pd.Series(dtype="str")

    def area_of(name: pd.Series) -> pd.Series:
        name = name.str.strip()
        return name.map(mapped).astype("str").fillna(name.map(known)).fillna(folded(name).map(known))

    area = by_value(intake.rows[column], area_of)
    intake.reject(
        area.isna(), column, "place", "Ce lieu n’est pas un secteur de cette ville : ajoutez sa graphie à la table "
        "des noms si c’en est un.", "This place is not an area of this city: add its spelling to the table of names "
        "if it is one.",
    )
    intake.rows = intake.rows.assign(**{column: area[area.notna()].astype("str")})
