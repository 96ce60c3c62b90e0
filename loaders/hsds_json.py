"""Dereferenced HSDS JSON (one object, a list, or a page of an API) taken apart into the tables of a package."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.hsds_tabular import PARTS, Package
from loaders.staging import Intake, read_json

# Key of the document -> table. What is not here is not visited: contacts are people.
TABLES: Mapping[str, str] = {
    "organization": "organization", "organizations": "organization", "service": "service", "services": "service",
    "location": "location", "locations": "location", "service_at_locations": "service_at_location",
    "addresses": "address", "phones": "phone", "schedules": "schedule", "service_areas": "service_area",
    "languages": "language", "cost_options": "cost_option", "attributes": "attribute", "taxonomy_term": "taxonomy_term",
    "capacities": "service_capacity", "unit": "unit",
}
ENTITIES = ("organization", "service", "location", "service_at_location", "taxonomy_term", "unit")
COLUMNS: Mapping[str, tuple[str, ...]] = {part.name: tuple(part.columns) for part in PARTS}


def read_document(draft: Draft, source: Source) -> Package:
    """The parts of a document.

    One organization, service or place may stand in several places, whole in one and short in another: its cells are
    put together, and its repeats are duplicates. A phone or an opening belongs to the object it stands in. `line` is
    the number of the object at the top of the document. Raises LoadError where the document holds no service and its
    organization: a list of taxonomies, or of organizations alone, lists nothing.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def taken_apart(document: Any) -> pd.DataFrame:
        for line, item in enumerate(_objects(document, source.file), start=1):
            _visit(item, _sort(item, source.file, line), line, {}, rows)
        return pd.DataFrame({"line": pd.Series([], dtype="int64")})

    whole = read_json(source.dataset_id, draft.raw, source.file, taken_apart)
    package: Package = {}
    for name, found in rows.items():
        frame = pd.DataFrame(found, columns=["line", *dict.fromkeys(("id", *COLUMNS[name]))])
        package[name] = Intake(
            source.dataset_id, source.file, None, _together(frame) if name in ENTITIES else frame, whole.encoding,
        )
        package[name].sha256 = whole.sha256  # of the file, whichever part stands for it in the ledger
        if name not in ENTITIES:
            package[name].unique(*dict.fromkeys(("id", *COLUMNS[name])))
    for need in ("organization", "service"):
        if need not in package:
            raise LoadError(
                f"it holds no {need}", file=source.file, remedy="Ask for whole services, with their organization."
            )
    return package


def _objects(document: Any, file: str) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict) and isinstance(document.get("contents"), list):
        document = document["contents"]
    for item in document if isinstance(document, list) else [document]:
        if not isinstance(item, dict):
            raise LoadError("it is not a list of HSDS objects", file=file, remedy="Ask for the API's own answer.")
        yield item


def _sort(item: Mapping[str, Any], file: str, number: int) -> str:
    """Which HSDS object this is, by the keys only that object has."""
    if {"service", "location"} & set(item):
        return "service_at_location"
    if "status" in item:
        return "service"
    if {"website", "legal_status", "services", "tax_status", "organization_identifiers"} & set(item):
        return "organization"
    if {"location_type", "addresses", "latitude"} & set(item):
        return "location"
    raise LoadError(
        f"object {number} is no organization, service, service at location or location", file=file,
        remedy="Ask for the HSDS form of the listing: taxonomies alone list nothing.",
    )


def _visit(
    item: Mapping[str, Any], table: str, line: int, owners: dict[str, str], rows: dict[str, list[dict[str, Any]]],
) -> None:
    """Add an object and those nested in it; `owners` are the identifiers of the objects it stands in, outermost first.

    A service takes its organization, and a service at location its service, from any of them; other records belong
    to the object they stand in and to no other.
    """
    own = {name: _text(item.get(name)) for name in ("id", *COLUMNS[table])}
    for name in ("service", "organization", "location", "unit", "taxonomy_term"):  # one nested object is a reference
        if isinstance(item.get(name), Mapping) and not own.get(f"{name}_id"):
            own[f"{name}_id"] = _text(item[name].get("id"))
    nearest = dict(list(owners.items())[-1:])
    for name, identifier in (owners if table in ("service", "service_at_location") else nearest).items():
        if table != "location" and not own.get(name):
            own[name] = identifier
    if table == "attribute":  # where it stands says what it describes
        own |= {"link_id": "".join(nearest.values()), "link_entity": "".join(nearest).removesuffix("_id")}
    rows[table].append({"line": line, **{name: own[name] for name in ("id", *COLUMNS[table])}})
    for key, value in item.items():
        for child in (value if isinstance(value, list) else [value]) if key in TABLES else ():
            if isinstance(child, Mapping):
                _visit(child, TABLES[key], line, {**owners, f"{table}_id": own["id"]}, rows)


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return json.dumps(value) if value else ""
    return value if isinstance(value, str) else json.dumps(value)


def _together(rows: pd.DataFrame) -> pd.DataFrame:
    """Every mention of an object with the cells that any of its mentions gives, where it is blank itself."""
    named = rows["id"] != ""
    cells = [column for column in rows.columns if column not in ("line", "id")]
    first = rows[named].mask(rows[named] == "").groupby("id")[cells].transform("first")
    filled = rows[cells].mask(rows[cells] == "").fillna(first).fillna("")
    return rows.assign(**{column: filled[column].astype("str") for column in cells})
