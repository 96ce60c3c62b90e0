"""Directories in the Human Services Data Specification: tabular packages 1.x to 3.1, and JSON."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from loaders import listing
from loaders.draft import Draft
from loaders.edition import Source
from loaders.hsds_hours import by_weekday, recurring
from loaders.hsds_json import read_document
from loaders.hsds_tabular import Package, read_package
from loaders.staging import Intake
from loaders.wording import language_codes, words

# A capacity is in people a month only where its unit says so: HSDS counts beds, meals or kilograms at a moment.
PEOPLE_A_MONTH = ("people a month", "people per month", "persons per month", "personnes par mois")
MOST_PEOPLE = 1e6


def hsds(draft: Draft, source: Source) -> None:
    """A directory in HSDS: a folder or zip of CSV files, or a JSON document.

    Options, beside those of `listing.write`: encoding; statuses [their word -> active, inactive, defunct or
    temporarily closed]; capacity_units [name or identifier of a unit -> how many times a month it serves that many
    people].

    An orphan is refused, never its file. A service that names no organization we know is one, and so is all that
    names that service. A location that does is not: HSDS does not ask a location for an organization, so the cell
    is emptied. A service without a status is listed as active, with a note. Hours are those of services: hours of a
    building, hours that are not of every week, and those told in words only are left out. Persons are never read.
    """
    document = source.file.lower().endswith(".json")
    package = read_document(draft, source) if document else read_package(draft, source)
    listing.write(draft, source, directory(package, source))
    for part, intake in {"service": as_one(package)}.items() if document else package.items():
        draft.close_intake(intake, source, may_be_empty=part not in ("organization", "service"))


def directory(package: Package, source: Source) -> dict[str, pd.DataFrame]:
    """The frames `listing.write` asks for; what cannot be used is refused, left out or noted in its intake."""
    organization, service = _organizations(package), _services(package, source)
    location, place = _locations(package, set(organization["id"])), _places(package)
    known = set(service["id"])
    service = service.assign(
        eligibility=_first(service["eligibility"], _of(service, _eligibility(package, known))),
        fees=_first(service["fees"], _of(service, _costs(package, known))),
        last_modified=service["last_modified"].fillna(_of(service, _modified(package, known))),
        phone=_phones(package, service, place), codes=_of(service, _codes(package, known)),
        languages=_of(service, _languages(package, known)),
        capacity=_of(service, _capacities(package, source, known)).astype("float64"),
    )
    return {
        "organization": organization, "service": service, "location": location, "service_at_location": place,
        "schedule": _hours(package, source, place, known), "service_area": _areas(package, place, known),
    }


def as_one(package: Package) -> Intake:
    """The parts of one file as one intake: a file has one line in the ledger."""
    first, *others = package.values()
    for other in others:
        first.gather(other)
    return first


def _of(service: pd.DataFrame, told: pd.Series) -> pd.Series:
    """What is told by service identifier, in the order of the services."""
    return told.reindex(service["id"]).set_axis(service.index)


def _first(one: pd.Series, other: pd.Series) -> pd.Series:
    """The cells of `one`, and of `other` where they are blank."""
    return _text(one).mask(lambda told: told == "", _text(other))


def _text(told: pd.Series) -> pd.Series:
    """Text with nothing missing: a column where nothing is told is one of numbers."""
    return told.astype("object").fillna("").astype("str")


def _to(package: Package, part: str, column: str, known: Collection[str], fr: str, en: str) -> pd.DataFrame:
    """The rows of a part whose reference is whole; none where the package has no such part."""
    if part not in package:
        return pd.DataFrame(columns=["line", column])
    package[part].reference(
        column, known, f"{fr} n’existe pas dans le fichier, ou y a été refusé.",
        f"{en} is not in the file, or was refused there.",
    )
    return package[part].rows


def _to_service(package: Package, part: str, known: Collection[str]) -> pd.DataFrame:
    return _to(package, part, "service_id", known, "Ce service", "This service")


# --- organizations, services, places ---------------------------------------------------------------------


def _organizations(package: Package) -> pd.DataFrame:
    intake = package["organization"]
    for column in ("id", "name"):
        intake.require(column)
    intake.unique("id")
    return intake.rows[["id", "name"]]


def _services(package: Package, source: Source) -> pd.DataFrame:
    intake = package["service"]
    for column in ("id", "name"):
        intake.require(column)
    intake.unique("id")
    _status(intake, source)
    organizations = set(package["organization"].rows["id"])
    _to(package, "service", "organization_id", organizations, "Cet organisme", "This organization")
    for column in ("assured_date", "last_modified"):
        listing.day(intake, column, source)
    rows = intake.rows
    return pd.DataFrame({
        "id": rows["id"], "organization_id": rows["organization_id"], "name": rows["name"],
        "service_status": rows["status"], "description": rows["description"], "url": rows["url"],
        "eligibility": rows["eligibility_description"], "referral": rows["application_process"],
        "fees": _first(rows["fees_description"], rows["fees"]),
        "assured_date": rows["assured_date"], "last_modified": rows["last_modified"],
    })


def _status(intake: Intake, source: Source) -> None:
    """Give each service one of the four words; refuse others. A blank is noted, once where every row is blank."""
    text = intake.rows["status"].str.strip().str.lower()
    blank = text == ""
    noted = blank & ~(blank.duplicated() & bool(blank.all()))
    intake.blank(
        noted, "status", "status_blank",
        f"Le statut est vide ({blank.sum()} services en tout) : le service est tenu pour actif.",
        f"The status is empty ({blank.sum()} services in all): the service is taken as active.",
    )
    intake.rows = intake.rows.assign(status=text.mask(blank, "active"))
    own = {word.lower(): ours for word, ours in source.options.get("statuses", {}).items()}
    intake.choice("status", {**{word: word for word in listing.STATUSES}, **own})


def _locations(package: Package, organizations: set[str]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=["id", "address", "postal_code", "lon", "lat"])
    if "location" not in package:
        return empty
    intake = package["location"]
    intake.require("id")
    intake.unique("id")
    owner = intake.rows["organization_id"]
    intake.blank(
        (owner != "") & ~owner.isin(organizations), "organization_id", "reference",
        "Cet organisme n’existe pas dans le fichier : le lieu est gardé sans lui.",
        "This organization is not in the file: the place is kept without it.",
    )
    listing.degrees(intake, "latitude", "longitude")
    written = _addresses(package, set(intake.rows["id"])).reindex(intake.rows["id"]).fillna("")
    return pd.DataFrame({
        "id": intake.rows["id"], "address": written["address"].to_numpy(),
        "postal_code": written["postal_code"].to_numpy(), "lon": intake.rows["longitude"],
        "lat": intake.rows["latitude"],
    })


def _addresses(package: Package, known: set[str]) -> pd.DataFrame:
    """Address and postal code by location; a postal address is where mail goes, not where the service is."""
    found = []
    for part in ("physical_address", "address"):
        if part in package:
            intake = package[part]
            if "address_type" in intake.rows:
                intake.leave_out("postal or virtual address", intake.rows["address_type"].isin(["postal", "virtual"]))
            _to(package, part, "location_id", known, "Ce lieu", "This place")
            intake.leave_out("further address of a place", intake.rows["location_id"].duplicated())
            found.append(intake.rows)
    if not found:
        return pd.DataFrame(columns=["address", "postal_code"])
    rows = pd.concat(found).drop_duplicates("location_id").set_index("location_id")
    return pd.DataFrame({
        "address": listing.address(rows["address_1"], rows["address_2"], rows["city"]),
        "postal_code": rows["postal_code"],
    })


def _places(package: Package) -> pd.DataFrame:
    """Which service is at which location: id, service_id, location_id."""
    if "service_at_location" not in package:
        return pd.DataFrame(columns=["id", "service_id", "location_id"])
    package["service_at_location"].unique("service_id", "location_id", compare=["service_id"])
    _to_service(package, "service_at_location", set(package["service"].rows["id"]))
    places = set(package["location"].rows["id"]) if "location" in package else set()
    return _to(package, "service_at_location", "location_id", places, "Ce lieu", "This place")[
        ["id", "service_id", "location_id"]
    ]


# --- what describes a service ----------------------------------------------------------------------------


def _eligibility(package: Package, known: set[str]) -> pd.Series:
    """The 1.x table of eligibility as one text a service."""
    rows = _to_service(package, "eligibility", known)
    if rows.empty:
        return pd.Series(dtype="str")
    return rows.groupby("service_id")["eligibility"].agg("\n".join)


def _costs(package: Package, known: set[str]) -> pd.Series:
    """Cost options as one text a service, a line an option."""
    rows = _to_service(package, "cost_option", known)
    if rows.empty:
        return pd.Series(dtype="str")
    line = words(rows["option"] + " " + rows["amount"] + " " + rows["currency"] + " " + rows["amount_description"])
    return line.groupby(rows["service_id"]).agg("\n".join)


def _modified(package: Package, known: set[str]) -> pd.Series:
    """Last day of the metadata of each service: its record was changed, nobody has verified it."""
    if "metadata" not in package:
        return pd.Series(dtype="datetime64[ns]")
    intake = package["metadata"]
    intake.leave_out("metadata of another record", ~intake.rows["resource_id"].isin(known))
    day = listing.days(intake.rows["last_action_date"])
    intake.reject(day.isna(), "last_action_date", "date", "Ce n’est pas une date AAAA-MM-JJ.",
                  "This is not a date YYYY-MM-DD.")
    return day.groupby(intake.rows["resource_id"]).max()


def _phones(package: Package, service: pd.DataFrame, place: pd.DataFrame) -> pd.Series:
    """The public line of each service: its own, else its line at a place, else its organization's.

    The line of a contact is a person's, and is left out before its number is looked at; so are the lines of a
    building, and those where nobody speaks.
    """
    if "phone" not in package:
        return pd.Series("", index=service.index)
    intake = package["phone"]
    intake.leave_out("line of a contact", intake.rows["contact_id"] != "")
    kind = intake.rows["type"].str.strip().str.lower()
    intake.leave_out("not a voice line", ~kind.isin(["", "voice"]))
    owners = intake.rows[["service_id", "service_at_location_id", "organization_id"]]
    intake.leave_out("line of a place", (owners == "").all(axis=1))
    intake.require("number")
    rows = intake.rows.assign(number=intake.rows["number"].str.strip(' "'))
    at = place.set_index("id")["service_id"]
    at = at[~at.index.duplicated()]

    def by(owner: pd.Series) -> pd.Series:
        return rows["number"].groupby(owner.where(owner != "")).first()

    own = service["id"].map(by(rows["service_id"]).to_dict())
    own = _first(own, service["id"].map(by(_text(rows["service_at_location_id"].map(at.to_dict()))).to_dict()))
    return _first(own, service["organization_id"].map(by(rows["organization_id"]).to_dict()))


def _codes(package: Package, known: set[str]) -> pd.Series:
    """Taxonomy codes of each service, “; ” between; the names of terms are never read."""
    terms: dict[str, str] = {}
    for part in ("taxonomy_term", "taxonomy"):
        if part in package:
            intake = package[part]
            intake.require("id")
            intake.unique("id", compare=["id", "code"])
            terms |= dict(zip(intake.rows["id"], _first(intake.rows["code"], intake.rows["id"]), strict=True))
    found = []
    for part in ("attribute", "service_taxonomy", "service_attribute"):
        if part not in package:
            continue
        intake = package[part]
        if "link_entity" in intake.rows:
            entity = intake.rows["link_entity"].str.strip().str.lower()
            intake.leave_out("attribute of another record", ~entity.isin(["", "service", "services"]))
        _to(package, part, "link_id", known, "Ce service", "This service")
        _to(package, part, "taxonomy_term_id", terms, "Ce terme", "This term")
        intake.unique("link_id", "taxonomy_term_id", compare=["link_id"])
        found.append(intake.rows)
    if not found:
        return pd.Series(dtype="str")
    rows = pd.concat(found)
    return rows["taxonomy_term_id"].map(terms).groupby(rows["link_id"]).agg("; ".join)


def _languages(package: Package, known: set[str]) -> pd.Series:
    """ISO 639 codes of each service, comma separated; what names no language is noted and emptied."""
    if "language" not in package:
        return pd.Series(dtype="str")
    intake = package["language"]
    intake.leave_out("language of a place or a phone line", intake.rows["service_id"] == "")
    own = intake.rows["id"]
    intake.blank(
        (own != "") & own.duplicated(), "id", "repeated",
        "L’identifiant sert déjà plus haut : la ligne est lue par son service et sa langue.",
        "The identifier is used above: the row is read by its service and language.",
    )
    rows = _to_service(package, "language", known)
    written = _first(rows["code"], _first(rows["name"], rows["language"]))
    code = language_codes(written)
    intake.rows = rows.assign(name=written)
    intake.blank(
        (code == "") & (written != ""), "name", "language", "Cela ne nomme pas une langue.",
        "This does not name a language.",
    )
    one = pd.DataFrame({"service_id": rows["service_id"], "code": code})[code != ""].drop_duplicates()
    return one.groupby("service_id")["code"].agg(",".join)


def _capacities(package: Package, source: Source, known: set[str]) -> pd.Series:
    """Capacity [people a month] of each service that tells it in such a unit; others are left out."""
    if "service_capacity" not in package:
        return pd.Series(dtype="float64")
    intake = package["service_capacity"]
    if "unit" in package:
        package["unit"].unique("id")
    _to_service(package, "service_capacity", known)
    for column in ("available", "maximum"):
        intake.number(column, minimum=0, maximum=MOST_PEOPLE, blanks=("",))
    intake.reject(
        intake.rows["available"] > intake.rows["maximum"], "available", "order",
        "Il reste plus de places que le maximum.", "More is available than the maximum.",
    )
    times = dict.fromkeys(PEOPLE_A_MONTH, 1.0) | {
        name.lower(): float(factor) for name, factor in source.options.get("capacity_units", {}).items()
    }
    units = package["unit"].rows if "unit" in package else pd.DataFrame(columns=["id", "name", "identifier"])
    named = pd.concat([units.set_index("id")[name].str.lower().map(times) for name in ("identifier", "name")])
    monthly = intake.rows["unit_id"].map(named.dropna().groupby(level=0).first().to_dict()).astype("float64")
    intake.leave_out("unit that is not people a month", monthly.isna())
    intake.leave_out("no maximum told", intake.rows["maximum"].isna())
    people = intake.rows["maximum"] * monthly[intake.rows.index]
    return people.groupby(intake.rows["service_id"]).max()


def _areas(package: Package, place: pd.DataFrame, known: set[str]) -> pd.DataFrame:
    """Service areas by name; one tied to a service at a location is that of the service."""
    if "service_area" not in package:
        return pd.DataFrame(columns=["service_id", "name", "extent"])
    intake = package["service_area"]
    tie = intake.rows["service_at_location_id"]
    intake.blank(
        (tie != "") & ~tie.isin(place["id"]), "service_at_location_id", "reference",
        "Ce lien entre service et lieu n’existe pas dans le fichier.", "This service at location is not in the file.",
    )
    _tie(intake, place)
    rows = _to_service(package, "service_area", known)
    intake.rows = rows.assign(name=_first(_first(rows["name"], rows["service_area"]), rows["description"]))
    intake.require("name")
    return intake.rows[["service_id", "name", "extent"]]


def _hours(package: Package, source: Source, place: pd.DataFrame, known: set[str]) -> pd.DataFrame:
    """Weekly hours of services; those tied to a service at a location are those of the service."""
    found = [pd.DataFrame(columns=["service_id", "byday", "opens_at", "closes_at"])]
    for part in ("schedule", "regular_schedule"):
        if part not in package:
            continue
        intake = package[part]
        _tie(intake, place)
        intake.leave_out("hours of a building", intake.rows["service_id"] == "")
        weekly = recurring(intake, source) if part == "schedule" else by_weekday(intake)
        _to_service(package, part, known)
        found.append(weekly[weekly["service_id"].isin(known)])
    return pd.concat(found, ignore_index=True)


def _tie(intake: Intake, place: pd.DataFrame) -> None:
    """Give a row its service by its service at location, where it names no service itself."""
    at = place[place["id"] != ""].drop_duplicates("id").set_index("id")["service_id"]
    tied = intake.rows["service_at_location_id"].map(at.to_dict())
    intake.rows = intake.rows.assign(service_id=_first(intake.rows["service_id"], tied))
