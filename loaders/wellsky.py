"""Directories exported from WellSky Community Services: flat files whose cells hold Python lists or JSON."""

from __future__ import annotations

import ast
import json
from typing import Any

import pandas as pd

from loaders import listing
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_table
from loaders.wording import languages

LONGEST_CELL = 500_000  # signs of a nested list: the longest of the real files has 9 063
LEVELS = ("postal_code", "city", "county", "state_name", "state")  # finest first: what a service area is called by
STATUSES = {"Available": "active"}
SERVICE = (
    "PROVIDER_SERVICE_CODE_ID", "ORGANIZATION_ID", "LOCATION_ID", "NAME", "DESCRIPTION", "STATUS",
    "APPLICATION_PROCESS", "FEES", "DATE_UPDATED", "LANGUAGES", "SCHEDULE", "ELIGIBILITY", "SERVICE_AREAS", "ISACTIVE",
)
ADDRESS = ("LOCATION_ID", "ADDRESS_1", "ADDRESS_2", "CITY", "POSTAL_CODE", "ISACTIVE")


def wellsky(draft: Draft, source: Source) -> None:
    """A directory exported from WellSky: one file a record kind, in the folder `source.file`.

    Options, beside those of `listing.write`: files [organization, location, service, phone, address -> file name;
    the last two may be absent]; statuses [their word -> ours, beside Available].

    PROVIDER_SERVICE_CODE_ID identifies a service: SERVICE_CODE_ID is that of its taxonomy term, and repeats. NAME
    holds the taxonomy code, and ALTERNATE_NAME the term, whose words are not ours to keep: a service takes the name
    of its place. Hours are told in words only: they stay in the description. A place without a row in the file of
    addresses takes the address of its own nested cell. CONTACTS, and the cells that repeat them, are never read.
    """
    files = {name: f"{source.file}/{file}" if source.file else file for name, file in source.options["files"].items()}
    intakes: dict[str, Intake] = {}

    def read(name: str, *columns: str) -> Intake:
        intakes[name] = read_table(source.dataset_id, draft.raw, files[name], columns, header=1)
        return intakes[name]

    organization = read("organization", "ID", "NAME", "SHOW_ON_PUBLIC_SITE")
    organization.require("ID")
    organization.require("NAME")
    _public(organization)
    organization.unique("ID")
    places = _locations(read("location", "ID", "NAME", "LATITUDE", "LONGITUDE", "ISACTIVE", "SHOW_ON_PUBLIC_SITE",
                             "PHYSICAL_ADDRESS"))
    address = _addresses(read("address", *ADDRESS) if "address" in files else None, places)
    phone = _phones(read("phone", "LOCATION_ID", "NUMBER", "DESCRIPTION", "ISACTIVE", "ISPRIMARY")
                    if "phone" in files else None, places)
    service = _services(read("service", *SERVICE), source, places, set(organization.rows["ID"]))
    at = service["location_id"]
    listing.write(draft, source, {
        "organization": organization.rows.rename(columns={"ID": "id", "NAME": "name"})[["id", "name"]],
        "service": service.assign(name=at.map(places["NAME"].to_dict()), phone=at.map(phone.to_dict())),
        "location": pd.DataFrame({
            "id": places.index, "lon": places["LONGITUDE"].to_numpy(), "lat": places["LATITUDE"].to_numpy(),
            "address": address["address"].reindex(places.index).to_numpy(),
            "postal_code": address["postal_code"].reindex(places.index).to_numpy(),
        }),
        "service_at_location": pd.DataFrame({"service_id": service["id"], "location_id": at}),
        "service_area": _areas(service),
    })
    for intake in intakes.values():
        draft.close_intake(intake, source)


def nested(cell: str) -> list[dict[str, Any]] | None:
    """The records of a cell that holds a list, as JSON or as Python writes it; None where it cannot be read.

    Only literals are read, and nothing past `LONGEST_CELL`. An empty cell holds none.

    >>> nested("[{'city': None}]"), nested("[]"), nested("[open('x')]")
    ([{'city': None}], [], None)
    """
    if not cell.strip():
        return []
    if len(cell) > LONGEST_CELL:
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            found = ast.literal_eval(cell)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
    return found if isinstance(found, list) and all(isinstance(item, dict) for item in found) else None


def _public(intake: Intake) -> None:
    intake.leave_out("not shown to the public", intake.rows["SHOW_ON_PUBLIC_SITE"].str.upper() == "FALSE")


def _locations(intake: Intake) -> pd.DataFrame:
    """Places shown to the public, by identifier: NAME, LATITUDE, LONGITUDE, ISACTIVE, PHYSICAL_ADDRESS [records]."""
    intake.require("ID")
    intake.require("NAME")
    _public(intake)
    intake.unique("ID")
    listing.degrees(intake, "LATITUDE", "LONGITUDE")
    cells = intake.rows["PHYSICAL_ADDRESS"].map(nested)
    _unread(intake, cells, "PHYSICAL_ADDRESS")
    return intake.rows.assign(PHYSICAL_ADDRESS=cells).set_index("ID")


def _unread(intake: Intake, cells: pd.Series, column: str) -> None:
    intake.blank(
        cells.isna(), column, "nested", "La liste de cette cellule ne se lit pas.",
        "The list in this cell cannot be read.",
    )


def _addresses(intake: Intake | None, places: pd.DataFrame) -> pd.DataFrame:
    """Address and postal code by place: of the file of addresses, else of the place's own cell."""
    own = [
        {"LOCATION_ID": place, **{name: str(record.get(name.lower()) or "") for name in ADDRESS[1:5]}}
        for place, records in places["PHYSICAL_ADDRESS"].items() for record in (records or [])[:1]
    ]
    rows = pd.DataFrame(own, columns=list(ADDRESS[:5]), dtype="str")
    if intake is not None:
        intake.leave_out("inactive", intake.rows["ISACTIVE"].str.upper() == "FALSE")
        intake.reference(
            "LOCATION_ID", set(places.index), "Ce lieu n’est pas dans le fichier des lieux.",
            "This place is not in the file of places.",
        )
        intake.leave_out("further address of a place", intake.rows["LOCATION_ID"].duplicated())
        rows = pd.concat([intake.rows[list(ADDRESS[:5])], rows])
    rows = rows.drop_duplicates("LOCATION_ID").set_index("LOCATION_ID")
    return pd.DataFrame({
        "address": listing.address(rows["ADDRESS_1"], rows["ADDRESS_2"], rows["CITY"]),
        "postal_code": rows["POSTAL_CODE"],
    })


def _phones(intake: Intake | None, places: pd.DataFrame) -> pd.Series:
    """The public line of each place: its primary one, else its first."""
    if intake is None:
        return pd.Series(dtype="str")
    intake.leave_out("inactive", intake.rows["ISACTIVE"].str.upper() == "FALSE")
    intake.leave_out("not a voice line", intake.rows["DESCRIPTION"].str.strip().str.lower().isin(["fax", "tty"]))
    intake.require("NUMBER")
    intake.reference(
        "LOCATION_ID", set(places.index), "Ce lieu n’est pas dans le fichier des lieux.",
        "This place is not in the file of places.",
    )
    first = intake.rows.assign(later=intake.rows["ISPRIMARY"].str.upper() != "TRUE").sort_values("later", kind="stable")
    return first.groupby("LOCATION_ID")["NUMBER"].first()


def _services(intake: Intake, source: Source, places: pd.DataFrame, organizations: set[str]) -> pd.DataFrame:
    """Services as `listing.write` asks for them, with location_id and the records of `areas`."""
    intake.require("PROVIDER_SERVICE_CODE_ID")
    intake.unique("PROVIDER_SERVICE_CODE_ID")
    intake.reference(
        "ORGANIZATION_ID", organizations, "Cet organisme n’est pas dans le fichier des organismes, ou n’est pas montré "
        "au public.", "This organization is not in the file of organizations, or is not shown to the public.",
    )
    intake.reference(
        "LOCATION_ID", set(places.index), "Ce lieu n’est pas dans le fichier des lieux, ou n’est pas montré au public.",
        "This place is not in the file of places, or is not shown to the public.",
    )
    own = {word: word for word in listing.STATUSES} | STATUSES | source.options.get("statuses", {})
    intake.choice("STATUS", own)
    areas = intake.rows["SERVICE_AREAS"].map(nested)
    _unread(intake, areas, "SERVICE_AREAS")
    listing.day(intake, "DATE_UPDATED", source)
    rows = intake.rows
    open_there = rows["LOCATION_ID"].map(places["ISACTIVE"].to_dict()).str.upper() != "FALSE"
    runs = (rows["ISACTIVE"].str.upper() != "FALSE") & open_there
    return pd.DataFrame({
        "id": rows["PROVIDER_SERVICE_CODE_ID"], "organization_id": rows["ORGANIZATION_ID"],
        "location_id": rows["LOCATION_ID"], "service_status": rows["STATUS"].where(runs, "inactive"),
        "description": rows["DESCRIPTION"] + "\n" + rows["SCHEDULE"], "eligibility": rows["ELIGIBILITY"],
        "fees": rows["FEES"], "referral": rows["APPLICATION_PROCESS"], "languages": languages(rows["LANGUAGES"]),
        "last_modified": rows["DATE_UPDATED"], "codes": rows["NAME"].str.strip(), "areas": areas,
    })


def _areas(service: pd.DataFrame) -> pd.DataFrame:
    """Service areas by the name of their finest level, with that level as their extent."""
    found = [
        (key, next((str(area[name]) for name in LEVELS if area.get(name)), str(area.get("level") or "")),
         area.get("level"))
        for key, areas in zip(service["id"], service["areas"], strict=True) for area in areas or []
    ]
    rows = pd.DataFrame(found, columns=["service_id", "name", "extent"])
    return rows[rows["name"] != ""]
