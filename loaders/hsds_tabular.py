"""The files of a Human Services Data Specification package, 1.x to 3.1, under the names of version 3."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from loaders import archives, forms
from loaders.archives import MEMBER
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_table


@dataclass(frozen=True)
class Part:
    """One table of a package: its file names, and the columns read of it, ours -> theirs.

    `needed` must be in the file; the others may be absent. No other column is read, and no other file is opened:
    contacts.csv holds people, and so do the columns that name who assured or updated a record.
    """

    name: str
    files: tuple[str, ...]
    columns: Mapping[str, str]
    needed: tuple[str, ...]


def _part(name: str, files: str, columns: str, *, needed: str, renamed: Mapping[str, str] | None = None) -> Part:
    ours = dict(zip(columns.split(), columns.split(), strict=True)) | dict(renamed or {})
    return Part(name, tuple(f"{file}.csv" for file in files.split()), ours, tuple(needed.split()))


PARTS: tuple[Part, ...] = (
    _part("organization", "organizations organization", "id name", needed="id name"),
    _part("service", "services service", "id organization_id name status description url application_process "
          "fees_description fees eligibility_description assured_date last_modified", needed="id organization_id name"),
    _part("location", "locations location", "id organization_id location_type latitude longitude", needed="id"),
    _part("service_at_location", "service_at_location services_at_location", "id service_id location_id",
          needed="service_id location_id"),
    _part("address", "addresses address", "location_id address_1 address_2 city postal_code address_type",
          needed="location_id address_1"),
    _part("physical_address", "physical_addresses physical_address",
          "location_id address_1 address_2 city postal_code", needed="location_id address_1"),
    _part("phone", "phones phone", "service_id organization_id service_at_location_id contact_id number type",
          needed="number"),
    _part("schedule", "schedules schedule", "service_id location_id service_at_location_id freq interval byday dtstart "
          "valid_from valid_to until opens_at closes_at", needed="opens_at closes_at"),
    _part("regular_schedule", "regular_schedules regular_schedule", "service_id location_id service_at_location_id "
          "byday opens_at closes_at", needed="byday opens_at closes_at", renamed={"byday": "weekday"}),
    _part("service_area", "service_areas service_area", "service_id service_at_location_id name service_area "
          "description extent", needed="service_id"),
    _part("language", "languages language", "id service_id name language code", needed="service_id"),
    _part("cost_option", "cost_options cost_option", "service_id option amount currency amount_description",
          needed="service_id"),
    _part("eligibility", "eligibility eligibilities", "service_id eligibility", needed="service_id eligibility"),
    _part("taxonomy_term", "taxonomy_terms taxonomy_term", "id code", needed="id"),
    # Before 3.0 the identifier of a term is its code, and the table has no other.
    _part("taxonomy", "taxonomy", "id code", needed="id"),
    _part("attribute", "attributes attribute", "link_id link_entity taxonomy_term_id",
          needed="link_id taxonomy_term_id"),
    _part("service_taxonomy", "services_taxonomy service_taxonomy", "link_id taxonomy_term_id",
          needed="link_id taxonomy_term_id", renamed={"link_id": "service_id", "taxonomy_term_id": "taxonomy_id"}),
    _part("service_attribute", "service_attributes service_attribute", "link_id taxonomy_term_id",
          needed="link_id taxonomy_term_id", renamed={"link_id": "service_id"}),
    _part("unit", "units unit", "id name identifier", needed="id name"),
    _part("service_capacity", "service_capacities service_capacity", "service_id unit_id available maximum",
          needed="service_id unit_id"),
    _part("metadata", "metadata", "resource_id last_action_date", needed="resource_id last_action_date"),
)
Package = dict[str, Intake]


def read_package(draft: Draft, source: Source) -> Package:
    """The parts of a folder or zip, one intake a file; raises LoadError where it holds no organization or service."""
    names = _names(draft.raw, source.file)
    package: Package = {}
    for part in PARTS:
        found = [name for name in part.files if name in names]
        if len(found) > 1:
            raise LoadError(
                f"it holds {' and '.join(found)}, which are one table", file=source.file, remedy="Keep one of them."
            )
        if found:
            optional = [name for name in part.columns if name not in part.needed]
            package[part.name] = read_table(
                source.dataset_id, draft.raw, names[found[0]], part.columns, optional=optional, header=1,
                encoding=source.options.get("encoding"),
            )
    for need in ("organization", "service"):
        if need not in package:
            raise LoadError(
                f"it holds no {need}s.csv", file=source.file,
                remedy="Name the folder, or the zip, that holds the tables of the package.",
            )
    return package


def _names(raw: Path, file: str) -> dict[str, str]:
    """The CSV files of one folder or zip: bare name -> name to read. Their folder is the one of services.csv."""
    path = raw / file
    if path.is_dir():
        found = [path.relative_to(raw) for path in sorted(path.rglob("*.csv"))]
        every = {PurePosixPath(name.as_posix()): name.as_posix() for name in found}
    elif path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                if forms.UNTRUSTED.get():
                    archives.inspect(archive, file)
                members = [name for name in archive.namelist() if name.endswith(".csv")]
        except zipfile.BadZipFile as error:
            raise LoadError("the archive is broken", file=file, remedy="Ask for it again.") from error
        every = {PurePosixPath(name): f"{file}{MEMBER}{name}" for name in members if "__MACOSX" not in name}
    else:
        raise LoadError(
            "the package is missing", file=file,
            remedy=f"Put it in {raw.name}/, or point RAW= at the folder that has it.",
        )
    folders = sorted({name.parent for name in every if name.name in ("services.csv", "service.csv")})
    if len(folders) > 1:
        shown = ", ".join(map(str, folders[:4]))
        raise LoadError(f"it holds {len(folders)} packages ({shown})", file=file, remedy="Name one of these folders.")
    return {name.name: text for name, text in every.items() if name.parent in folders}
