"""A city's list of food programmes: one row a programme, no identifier, words for yes and no."""

from __future__ import annotations

import numpy as np
import pandas as pd

from loaders import listing, values
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_table
from loaders.wording import without_mailboxes

# Our words, and those of the City of Vancouver's list of free and low-cost food programmes. What is not named is never
# read: the e-mail address to sign up, and the person, phone and e-mail address of a referral.
COLUMNS = {
    "name": "program_name", "address": "location_address", "address_more": "address_extra_info",
    "organization": "organization_name", "status": "program_status", "description": "description",
    "eligibility": "program_population_served", "meals": "provides_meals", "hampers": "provides_hampers",
    "delivered": "delivery_available", "taken_out": "takeout_available", "meal_cost": "meal_cost",
    "hamper_cost": "hamper_cost", "sign_up": "signup_required", "referral": "requires_referral",
    "phone": "signup_phone_number", "lon": "longitude", "lat": "latitude", "last_modified": "last_update_date",
}
OPTIONAL = tuple(column for column in COLUMNS if column not in ("name", "address", "status", "lon", "lat"))
_YES_NO = {"true": "yes", "yes": "yes", "false": "no", "no": "no", "unknown": "", "": ""}
_WORDS = ("meals", "hampers", "delivered", "taken_out", "sign_up", "referral")

# HSDS: `inactive` is not offered now; the list does not say whether it will be again.
_STATUS = {"open": "active", "closed": "inactive", "temporarily closed": "temporarily closed"}


def programme_list(draft: Draft, source: Source) -> None:
    """The service tables from a list of food programmes (JSON array or delimited text), one service a row.

    The list gives no identifier: name and address, folded, make one that survives a change of order, of accents and of
    case, but neither a new name nor a move (`vintages.compare` pairs those). “Unknown” is empty. The date of the last
    update is last_modified: nobody says that the programme was confirmed. Capacity is never told. A blank or unknown
    status is inactive until somebody says; it is noted, and so are a word that is neither yes nor no, a date that is
    none, and a position that is no number or lies beyond `within`: the row stays, listed and not placed.

    Options: columns [ours -> theirs, COLUMNS where absent]; kind [food_aid where absent]; within [west, south, east,
    north, degrees] and the others of `listing.write`; encoding.
    """
    o = source.options
    unknown = set(o.get("columns", {})) - set(COLUMNS)
    if unknown:
        raise LoadError(
            f"{', '.join(sorted(unknown))}: no such column", file=source.file,
            remedy=f"In `columns`, use: {', '.join(COLUMNS)}.",
        )
    intake = read_table(
        source.dataset_id, draft.raw, source.file, COLUMNS | o.get("columns", {}), encoding=o.get("encoding"),
        optional=OPTIONAL,
    )
    # A record that could not be cut into columns may show a private one: its line number is enough to find it.
    intake.rejects = [refused.assign(value=None) for refused in intake.rejects]
    text = [column for column in intake.rows.columns if column != "line"]
    intake.rows = intake.rows.assign(**{column: without_mailboxes(intake.rows[column].str.strip()) for column in text})
    intake.require("name")
    key = slug(intake.rows["name"]) + "--" + slug(intake.rows["address"])
    intake.rows = intake.rows.assign(id=key.str.removesuffix("--"))
    intake.unique("id", compare=text)
    for column in _WORDS:
        _yes_or_no(intake, column)
    listing.day(intake, "last_modified", source)
    _status(intake)
    _position(intake, o.get("within"))
    listing.write(draft, source, _frames(intake.rows, o.get("kind", "food_aid")))
    draft.close_intake(intake, source)


def slug(text: pd.Series) -> pd.Series:
    """Words of a text, folded, joined by dashes: “Café L’Amitié” gives cafe-l-amitie."""
    return values.folded(text).str.replace(r"[\W_]+", "-", regex=True).str.strip("-")


def _yes_or_no(intake: Intake, column: str) -> None:
    word = intake.rows[column].str.casefold()
    intake.blank(
        ~word.isin(list(_YES_NO)), column, "word", "Ce n’est ni oui ni non.", "This is neither yes nor no.",
    )
    intake.rows = intake.rows.assign(**{column: word.map(_YES_NO).fillna("")})


def _status(intake: Intake) -> None:
    word = intake.rows["status"].str.casefold()
    intake.blank(
        ~word.isin(list(_STATUS)), "status", "status",
        "Le statut est vide ou inconnu : le service est inactif jusqu’à ce que quelqu’un le dise.",
        "The status is blank or unknown: the service is inactive until somebody says.",
    )
    intake.rows = intake.rows.assign(status=word.map(_STATUS).fillna("inactive"))


def _position(intake: Intake, within: list[float] | None) -> None:
    """Turn lon and lat into degrees [NaN = not placed]; note what is no number, and what lies out of the area."""
    listing.degrees(intake, "lon", "lat")
    if within is None:
        return
    west, south, east, north = within
    for column, low, high in (("lon", west, east), ("lat", south, north)):
        rows = intake.rows
        intake.note(
            rows[column].notna() & ~rows[column].between(low, high), column, "outside",
            "La position sort du territoire : l’adresse a été mal située, et le lieu n’est pas placé.",
            "The position lies out of the area: the address was misplaced, and the place is not placed.",
        )


def _frames(rows: pd.DataFrame, kind: str) -> dict[str, pd.DataFrame]:
    """The programmes as the tables of a listing."""
    organization = rows["organization"].where(rows["organization"] != "", rows["name"])
    one = pd.DataFrame({"id": slug(organization), "name": organization}).drop_duplicates("id")
    meals, hampers = rows["meals"] == "yes", rows["hampers"] == "yes"
    # One form, where there is one: a programme that does both has none of its own.
    form = pd.Series(np.select([meals & ~hampers, hampers & ~meals], ["community_meal", "hamper"], ""),
                     index=rows.index, dtype="object")
    service = pd.DataFrame({
        "id": rows["id"], "organization_id": slug(organization), "name": rows["name"],
        "service_status": rows["status"], "kind": kind,
        "form": form.where(form != "", None),
        "last_modified": rows["last_modified"], "description": rows["description"],
        "eligibility": rows["eligibility"], "phone": rows["phone"],
        "fees": _told(rows, {"meal_cost": "meals: {}", "hamper_cost": "hampers: {}"}),
        "referral": _told(rows, {"referral": "referral: {}", "sign_up": "sign-up: {}"}),
        "delivery": _told(rows, {"delivered": "delivered: {}", "taken_out": "taken out: {}"}),
    })
    more = rows["address_more"]
    return {
        "organization": one,
        "service": service,
        "location": pd.DataFrame({
            "id": rows["id"], "address": rows["address"] + np.where(more == "", "", " (" + more + ")"),
            "lon": rows["lon"], "lat": rows["lat"],
        }),
        "service_at_location": pd.DataFrame({"service_id": rows["id"], "location_id": rows["id"]}),
    }


def _told(rows: pd.DataFrame, said: dict[str, str]) -> pd.Series:
    """What the columns of `said` tell, each in its words, “; ” between; empty where none tells anything."""
    text = pd.Series("", index=rows.index, dtype="str")
    for column, words in said.items():
        value = rows[column].mask(rows[column].str.casefold() == "unknown", "")
        part = pd.Series([words.format(v) if v else "" for v in value], index=rows.index, dtype="str")
        text = text + np.where((text != "") & (part != ""), "; ", "") + part
    return text
