"""A 211 directory as iCarol exports it: agencies, programs, sites and programs at sites, all in one table."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from loaders import listing, values
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_table
from loaders.weekly import weekly
from loaders.wording import languages, without_mailboxes

AGENCY, PROGRAM, SITE, LINK = "Agency", "Program", "Site", "ProgramAtSite"

# The whole policy on columns: what is not named here is never read. Names of people, their phones and mailboxes,
# internal notes, mailing addresses and tax numbers are not named.
_ADDRESS = ("PhysicalAddress1", "PhysicalAddress2", "PhysicalCity", "PhysicalStateProvince")
_PLACE = (*_ADDRESS, "PhysicalPostalCode", "Latitude", "Longitude")
_PHONES = ("Phone1Number", "Phone2Number", "Phone3Number", "Phone4Number")
_DATES = ("LastVerifiedOn", "UpdatedOn", "EnteredOn", "MadeInactiveOn")
_EXCLUDED = ("ExcludeFromWebsite", "ExcludeFromDirectory")
REQUIRED = (
    "ResourceAgencyNum", "ParentAgencyNum", "TaxonomyLevelName", "PublicName", "AgencyStatus", *_EXCLUDED, *_PLACE,
    *_DATES, "ConnectsToProgramNum", "ConnectsToSiteNum", "HoursOfOperation", "TaxonomyCodes",
)
_PRIVATE = dict.fromkeys(_PLACE, "PhysicalAddressIsPrivate") | {
    column: column.replace("Number", "IsPrivate") for column in _PHONES
}
OPTIONAL = (
    *_PHONES, *dict.fromkeys(_PRIVATE.values()), "IsLinkOnly", "Hours", "AgencyDescription", "Eligibility",
    "FeeStructureSource", "ApplicationProcess", "WebsiteAddress", "LanguagesOffered", "LanguagesOfferedList",
    "Coverage", "CoverageArea",
)
_YES_NO = {"yes": "yes", "true": "yes", "y": "yes", "1": "yes", "no": "", "false": "", "n": "", "0": "", "": ""}

# iCarol writes the dates of its country; two-digit years from 69 on are of the last century.
FORMATS = (
    "%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d",
    "%m/%d/%Y %I:%M:%S %p",
)
# The day zero of a spreadsheet and of a database: nobody wrote them.
SENTINELS = (date(1899, 12, 30), date(1900, 1, 1))

# HSDS has no word for “open, but do not refer”: the service is active, and not referable.
_STATUS = {"active": "active", "active, but do not refer": "active", "inactive": "inactive"}

_WEB = re.compile(r"(https?://)?[\w-]+(\.[\w-]+)+(:\d+)?([/?#]\S*)?", re.IGNORECASE)


def icarol(draft: Draft, source: Source) -> None:
    """The service tables from an iCarol resource export, one row a record; columns are matched by name.

    Agency gives an organization; Program a service; Site a location; ProgramAtSite joins a program and a site, and is
    a place of its own where it overrides the site's address. A program that no site is joined to stands at its own
    address, placed or not. Hours: the program's, else those of its one ProgramAtSite, else of its one site. Capacity
    is not read: exports count beds, places and people, never people a month.

    Records marked ExcludeFromWebsite or ExcludeFromDirectory, what belongs to them, and links that are not active are
    left out. What is marked private is emptied before anything else reads it. A program whose agency, or a link whose
    program or site, is nowhere in the file is refused. Dates that are no dates, sentinels, hours in free words,
    positions that are no numbers and statuses left blank (inactive until somebody says) are noted; their row stays.

    Options: encoding; dates [formats, FORMATS by default]; and those of `listing.write`.
    """
    intake = records(draft, source)
    _leave_out(intake)
    _refuse_dangling(intake)
    listing.degrees(intake, "Latitude", "Longitude")
    hours = _hours(intake)
    _statuses(intake)
    _addresses_of_pages(intake)
    _possible_duplicates(intake)
    rows = intake.rows
    links, places = _links(rows)
    services = _services(rows[rows["TaxonomyLevelName"] == PROGRAM])
    agencies = rows[rows["TaxonomyLevelName"] == AGENCY]
    listing.write(draft, source, {
        "organization": pd.DataFrame({"id": agencies["ResourceAgencyNum"], "name": agencies["PublicName"]}),
        "service": services,
        "location": _locations(places),
        "service_at_location": links[["service_id", "location_id"]],
        "schedule": _schedule(services["id"], links, hours),
        "service_area": _service_areas(rows[rows["TaxonomyLevelName"] == PROGRAM]),
    })
    draft.insert("service_event", _closures(rows, source))
    draft.close_intake(intake, source)


def records(draft: Draft, source: Source) -> Intake:
    """Every record of the export with its identifier, kind and dates read, private cells emptied: nothing left out yet.

    Raises LoadError where a column of REQUIRED is absent.
    """
    o = source.options
    intake = read_table(
        source.dataset_id, draft.raw, source.file, (*REQUIRED, *OPTIONAL), encoding=o.get("encoding"),
        optional=OPTIONAL,
    )
    # A record that could not be cut into columns may show a private one: its line number is enough to find it.
    intake.rejects = [refused.assign(value=None) for refused in intake.rejects]
    words = [column for column in intake.rows.columns if column != "line"]
    intake.rows = intake.rows.assign(**{column: without_mailboxes(intake.rows[column].str.strip()) for column in words})
    # First of all: a private cell must not reach a note or a refused row either.
    for column, flag in _PRIVATE.items():
        private = intake.rows[flag].str.casefold().map(_YES_NO).fillna("yes") == "yes"  # a doubt is a yes
        intake.rows = intake.rows.assign(**{column: intake.rows[column].mask(private, "")})
    intake.choice("TaxonomyLevelName", (AGENCY, PROGRAM, SITE, LINK))
    intake.require("ResourceAgencyNum")
    intake.unique("ResourceAgencyNum")
    for column in _DATES:
        _day(intake, column, o.get("dates", FORMATS), source.about.get("retrieved"))
    return intake


def _day(intake: Intake, column: str, formats: tuple[str, ...], newest: date | None) -> None:
    """Turn a text column into days [NaT where empty]; what is no day, a sentinel or to come is noted and emptied."""
    text = intake.rows[column]
    day = values.dates(text, formats).dt.normalize()
    intake.blank(
        (text != "") & day.isna(), column, "date",
        f"La date n’est écrite dans aucune des formes attendues ({', '.join(formats)}).",
        f"The date is written in none of the expected forms ({', '.join(formats)}).",
    )
    intake.blank(
        day.isin([pd.Timestamp(d) for d in SENTINELS]), column, "sentinel",
        "C’est le jour zéro d’un logiciel, pas une date.", "This is a program’s day zero, not a date.",
    )
    intake.blank(
        day > pd.Timestamp(newest or pd.Timestamp.today()), column, "future",
        "La date suit celle où le fichier a été obtenu.", "The date comes after the day the file was obtained.",
    )
    stands = intake.rows[column].fillna("") != ""
    intake.rows = intake.rows.assign(**{column: day.where(stands)})


def _leave_out(intake: Intake) -> None:
    """Records not meant for the public, what belongs to them, and links that no longer hold."""
    before = set(intake.rows["ResourceAgencyNum"])
    for column in _EXCLUDED:
        word = intake.rows[column].str.casefold().map(_YES_NO)
        intake.reject(
            word.isna(), column, "word", "Ce n’est ni « Yes » ni « No » : dans le doute, rien n’est publié.",
            "This is neither “Yes” nor “No”: in doubt, nothing is published.",
        )
        intake.leave_out(f"{column} = Yes", intake.rows[column].str.casefold().map(_YES_NO) == "yes")
    out = before - set(intake.rows["ResourceAgencyNum"])
    # The name of an agency that asks not to be published must not come back through its programs.
    intake.leave_out("of an agency left out", intake.rows["ParentAgencyNum"].isin(out))
    out = before - set(intake.rows["ResourceAgencyNum"])
    link = intake.rows["TaxonomyLevelName"] == LINK
    joins_out = intake.rows["ConnectsToProgramNum"].isin(out) | intake.rows["ConnectsToSiteNum"].isin(out)
    intake.leave_out("joins a record left out", link & joins_out)
    link = intake.rows["TaxonomyLevelName"] == LINK
    intake.leave_out("ProgramAtSite, Inactive", link & (intake.rows["AgencyStatus"].str.casefold() == "inactive"))


def _refuse_dangling(intake: Intake) -> None:
    """Refuse agencies and programs without a name, programs without their agency, links without program or site."""
    nameless = (intake.rows["PublicName"] == "") & intake.rows["TaxonomyLevelName"].isin((AGENCY, PROGRAM))
    intake.reject(nameless, "PublicName", "empty", "Le nom est vide.", "The name is empty.")
    for kind, column, of, fr, en in (
        (PROGRAM, "ParentAgencyNum", AGENCY, "l’organisme", "agency"),
        (LINK, "ConnectsToProgramNum", PROGRAM, "le programme", "program"),
        (LINK, "ConnectsToSiteNum", SITE, "le lieu", "site"),
    ):
        rows = intake.rows
        known = rows.loc[rows["TaxonomyLevelName"] == of, "ResourceAgencyNum"]
        intake.reject(
            (rows["TaxonomyLevelName"] == kind) & ~rows[column].isin(known), column, "reference",
            f"Le fichier ne contient pas {fr} de ce numéro.", f"The file holds no {en} of that number.",
        )


def _statuses(intake: Intake) -> None:
    """Adds service_status [HSDS] and referable; a blank or unknown status is noted, and inactive until one is.

    A program is no more open than its agency: of one that is inactive it is inactive, and noted; of one not to refer
    to it is not to refer to.
    """
    rows = intake.rows
    word = rows["AgencyStatus"].str.casefold().str.replace(r"\s+", " ", regex=True)
    program = rows["TaxonomyLevelName"] == PROGRAM
    agencies = word.set_axis(rows["ResourceAgencyNum"]).to_dict()
    whose = rows["ParentAgencyNum"].map(agencies).where(program, "").fillna("")
    closed = (word.map(_STATUS) == "active") & (whose == "inactive")
    intake.rows = rows.assign(
        service_status=word.map(_STATUS).fillna("inactive").mask(closed, "inactive"),
        referable=~(word + whose).str.contains("do not refer", regex=False),
    )
    intake.note(
        closed, "AgencyStatus", "agency_status", "Le programme est actif, mais son organisme est inactif : il est tenu "
        "pour inactif.", "The program is active but its agency is inactive: it is taken as inactive.",
    )
    intake.blank(
        program & ~word.isin(_STATUS), "AgencyStatus", "status",
        "Le statut est vide ou inconnu : le service est inactif jusqu’à ce que quelqu’un le dise.",
        "The status is blank or unknown: the service is inactive until somebody says.",
    )


def _addresses_of_pages(intake: Intake) -> None:
    page = intake.rows["WebsiteAddress"]
    intake.blank(
        (page != "") & ~page.str.fullmatch(_WEB), "WebsiteAddress", "address", "Ce n’est pas l’adresse d’une page.",
        "This is not the address of a page.",
    )


def _possible_duplicates(intake: Intake) -> None:
    """Note programs of one name, parent and address: one service twice, or two; only a person knows."""
    rows = intake.rows
    program = rows["TaxonomyLevelName"] == PROGRAM
    again = rows[program].duplicated(["PublicName", "ParentAgencyNum", "PhysicalAddress1"])
    intake.note(
        program & again.reindex(rows.index, fill_value=False), "PublicName", "possible_duplicate",
        "Un autre programme du même organisme a ce nom et cette adresse : à fusionner ou à distinguer.",
        "Another program of the same agency has this name and address: merge them or tell them apart.",
    )


# --- hours -----------------------------------------------------------------------------------------------


def _hours(intake: Intake) -> pd.DataFrame:
    """Openings that the records state: record, byday, opens_at, closes_at; hours in free words are noted.

    `Hours`, which a form filled, comes before `HoursOfOperation`, which a person typed.
    """
    rows = intake.rows
    offered = rows["TaxonomyLevelName"] != AGENCY
    texts = rows.loc[offered, ["Hours", "HoursOfOperation"]]
    known = {text: weekly(text) for text in pd.unique(texts.to_numpy().ravel()) if text}
    read = texts["Hours"].map(known)
    read = read.where(read.notna(), texts["HoursOfOperation"].map(known))
    for column in ("Hours", "HoursOfOperation"):
        mask = offered & (rows[column] != "") & read.isna().reindex(rows.index, fill_value=False)
        intake.blank(
            mask, column, "hours", "Heures en texte libre : elles n’ont pas été lues.",
            "Hours in free words: they were not read.",
        )
    stated = [
        (record, *opening) for record, openings in zip(rows.loc[offered, "ResourceAgencyNum"], read, strict=True)
        if isinstance(openings, list) for opening in openings
    ]
    return pd.DataFrame(stated, columns=["record", "byday", "opens_at", "closes_at"])


def _schedule(services: pd.Series, links: pd.DataFrame, hours: pd.DataFrame) -> pd.DataFrame:
    """Openings of each service: its own, else those of its one link, else those of its one site."""
    one = links[~links["service_id"].duplicated(keep=False)]
    parts, silent = [], set(services)
    for record, service in (
        (services, services), (one["link_id"], one["service_id"]), (one["site_id"], one["service_id"]),
    ):
        of = pd.DataFrame({"record": record.to_numpy(), "service_id": service.to_numpy()})
        part = of[of["service_id"].isin(silent)].merge(hours, on="record")
        parts.append(part)
        silent -= set(part["service_id"])
    return pd.concat(parts, ignore_index=True).drop(columns="record")


# --- frames ----------------------------------------------------------------------------------------------


def _links(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links (service_id, location_id, link_id, site_id) and the records that are places."""
    link = rows[rows["TaxonomyLevelName"] == LINK]
    own_place = (link["PhysicalAddress1"] != "") | link["Latitude"].notna()
    hidden = link["PhysicalAddressIsPrivate"].str.casefold().map(_YES_NO).fillna("yes") == "yes"
    # A link that hides its address must not show the site's instead: it is a place that is not told.
    overrides = ((link["IsLinkOnly"].str.casefold().map(_YES_NO) != "yes") & own_place) | hidden
    joined = pd.DataFrame({
        "service_id": link["ConnectsToProgramNum"], "link_id": link["ResourceAgencyNum"],
        "site_id": link["ConnectsToSiteNum"],
        "location_id": link["ConnectsToSiteNum"].mask(overrides, link["ResourceAgencyNum"]),
    })
    alone = rows[(rows["TaxonomyLevelName"] == PROGRAM) & ~rows["ResourceAgencyNum"].isin(joined["service_id"])]
    number = alone["ResourceAgencyNum"]
    own = pd.DataFrame({"service_id": number, "link_id": number, "site_id": number, "location_id": number})
    places = pd.concat([rows[rows["TaxonomyLevelName"] == SITE], link[overrides], alone])
    return pd.concat([joined, own], ignore_index=True), places


def _locations(places: pd.DataFrame) -> pd.DataFrame:
    parts = places[list(_ADDRESS)].replace("-1", "")  # how iCarol writes “not given” in a list to choose from
    return pd.DataFrame({
        "id": places["ResourceAgencyNum"], "address": _joined(parts, ", "), "lon": places["Longitude"],
        "lat": places["Latitude"], "postal_code": places["PhysicalPostalCode"],
    })


def _joined(parts: pd.DataFrame, mark: str) -> pd.Series:
    """The cells of each row that are not blank, with `mark` between."""
    text = pd.Series("", index=parts.index, dtype="str")
    for column in parts:
        text = text + np.where((text != "") & (parts[column] != ""), mark, "") + parts[column]
    return text


def _services(program: pd.DataFrame) -> pd.DataFrame:
    phone = pd.Series("", index=program.index, dtype="str")
    for column in _PHONES:
        phone = phone.where(phone != "", program[column])
    codes = program["TaxonomyCodes"].str.replace(r"\s*;\s*", "; ", regex=True).str.strip("; ")
    spoken = program["LanguagesOfferedList"].where(program["LanguagesOfferedList"] != "", program["LanguagesOffered"])
    return pd.DataFrame({
        "id": program["ResourceAgencyNum"], "organization_id": program["ParentAgencyNum"],
        "name": program["PublicName"], "service_status": program["service_status"], "referable": program["referable"],
        "languages": languages(spoken), "assured_date": program["LastVerifiedOn"],
        # Entering a record is saving it, where no later saving is told.
        "last_modified": program["UpdatedOn"].fillna(program["EnteredOn"]),
        "description": program["AgencyDescription"], "eligibility": program["Eligibility"],
        "fees": program["FeeStructureSource"], "referral": program["ApplicationProcess"],
        "url": program["WebsiteAddress"], "phone": phone, "codes": codes.where(codes != ""),
    })


def _service_areas(program: pd.DataFrame) -> pd.DataFrame:
    """The areas a program covers, one row each; those chosen from a list come before those written in words."""
    chosen = program["Coverage"].str.strip("; ")
    written = program["CoverageArea"].str.replace(";", ",")
    area = chosen.where(chosen != "", written).str.split(";").explode().str.strip()
    area = area[area.fillna("") != ""]
    return pd.DataFrame({"service_id": program["ResourceAgencyNum"].reindex(area.index), "name": area})


def _closures(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """One closing a program that is inactive and says since when."""
    inactive = (rows["TaxonomyLevelName"] == PROGRAM) & (rows["service_status"] == "inactive")
    gone = inactive & rows["MadeInactiveOn"].notna()
    about: dict[str, Any] = {"event": "closed", "basis": source.about["basis"]}
    return pd.DataFrame({
        "service_id": f"{source.dataset_id}:" + rows.loc[gone, "ResourceAgencyNum"],
        "date": rows.loc[gone, "MadeInactiveOn"],
    }).assign(**about)
