"""What goes with every file: citation, licences, Frictionless descriptor, DCAT record, a page to read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pandas as pd

from views import numbers, taken
from views.city import listing_notice
from views.taken import Taken
from views.words import LANGUAGES, known, local, say, speaking

# What a licence is called in the files machines read: Open Definition's names, and where the terms are.
_TERMS: tuple[tuple[str, str, str], ...] = (
    ("ODbL", "ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    ("CC BY 4.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    ("CC0", "CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    ("MIT", "MIT", "https://opensource.org/license/mit"),
    ("Statistics Canada Open Licence", "statcan-open-licence", "https://www.statcan.gc.ca/en/reference/licence"),
)


@dataclass(frozen=True)
class Licence:
    """One licence: its words in the reader's language, the name machines know, where its terms are (or nothing)."""

    title: str
    name: str
    path: str


def sources(what: Taken) -> pd.DataFrame:
    """The sources behind a figure, in its order: title, producer, licence, reference… in both languages."""
    every = what.store.datasets().set_index("dataset_id", drop=False)
    return every.loc[[name for name in what.datasets if name in every.index]]


def licences(what: Taken) -> list[Licence]:
    """The licences of the sources, each once, ODbL first: it asks the same of what is made from it."""
    found: dict[str, Licence] = {}
    for row in sources(what).to_dict("records"):
        title = local(row["licence_fr"], row["licence_en"])
        said = str(row["licence_en"])
        _, name, path = next((terms for terms in _TERMS if terms[0] in said), ("", "notspecified", ""))
        found.setdefault(title, Licence(title, name, path))
    return sorted(found.values(), key=lambda one: one.name != "ODbL-1.0")


def openstreetmap(what: Taken) -> bool:
    """Whether the figure rests on OpenStreetMap data, which is shared alike."""
    return any(one.name == "ODbL-1.0" for one in licences(what))


def citation(what: Taken) -> str:
    """How to quote the figure, in the language spoken: title, place, version, producers, day, address."""
    title = what.titles().of(local("fr", "en"))
    settings = what.store.settings
    producers = dict.fromkeys(local(r["producer_fr"], r["producer_en"]) for r in sources(what).to_dict("records"))
    told = say(
        "exports.citation", year=what.store.version[:4], title=title.rstrip(),
        edition=local(settings["title_fr"], settings["title_en"]), version=what.store.version,
    )
    if what.simulated:
        told += " " + say("exports.citation_simulated")
    if producers:
        told += " " + say("exports.citation_sources", list=", ".join(producers))
    return f"{told} {say('exports.citation_seen', day=numbers.day(what.day))} {what.link}".strip()


def notes(what: Taken) -> list[tuple[str, str]]:
    """What is to know of a file, in the language spoken, as (heading, words): the notes sheet and the page to read."""
    spoken, indicator = local("fr", "en"), what.indicator
    settings = what.store.settings
    told = [("question", what.titles().of(spoken))]
    if spoken == what.language:  # a sentence is made from values: it exists in the reader's language only
        told.append(("sentence", what.sentence))
    told.append(("edition", local(settings["title_fr"], settings["title_en"])))
    told.append(("version", what.store.version))
    told.append(("setting", taken.settings(what)))
    if what.basis:
        told.append(("basis", say(f"exports.basis_{what.basis}")))
    if indicator is not None:
        told += [
            ("indicator", f"{indicator.title.of(spoken)} ({indicator.id})"), ("formula", indicator.formula),
            ("method", indicator.method.of(spoken)), ("range", indicator.range_means.of(spoken)),
            ("limits", " ".join(limit.of(spoken) for limit in indicator.limits)),
            ("misuse", indicator.misuse.of(spoken) if indicator.misuse else ""),
            ("reference", indicator.citation.of(spoken)),
        ]
    if indicator is None or "service" in indicator.tables:
        told.append(("listing", " ".join(filter(None, (
            listing_notice(what.store), say("exports.one_limit") if what.store.listing_incomplete else "",
        )))))
    told += [("statuses", say(f"exports.status_{name}")) for name in
             ("ok", "missing", "suppressed", "not_applicable", "unknown")]
    told += [("sources", _source(row)) for row in sources(what).to_dict("records")]
    told += [("licences", one.title if not one.path else f"{one.title} — {one.path}") for one in licences(what)]
    if openstreetmap(what):
        told.append(("licences", say("exports.odbl")))
    if what.level:
        told.append(("limits_areas", say("exports.simplified")))
    told += [("citation", citation(what)), ("link", what.link)]
    return [(say(f"exports.note_{key}"), text) for key, text in told if text]


def _source(row: Mapping[Any, Any]) -> str:
    parts = [local(row[f"{name}_fr"], row[f"{name}_en"]) for name in ("producer", "title", "reference", "licence")]
    told = ", ".join(map(numbers.period, parts))
    if isinstance(row["address"], str):
        told += f", {row['address']}"
    note = row[f"note_{local('fr', 'en')}"]
    return f"{told}. {note}" if isinstance(note, str) and note else told


def readme(what: Taken, files: Sequence[str]) -> str:
    """The page to read first, as plain text in the language spoken; `files` are the names beside it."""
    head = f"Couvert — {what.titles().of(local('fr', 'en'))}"
    lines = [head, "=" * len(head), ""]
    last = ""
    for heading, text in notes(what):
        if heading != last:
            lines += [heading.upper()]
            last = heading
        lines += [f"  {text}"]
    lines += ["", say("exports.note_files").upper(), *(f"  {name} — {described(name)}" for name in files)]
    return "\r\n".join(lines) + "\r\n"  # Windows' oldest editor reads it too


def described(name: str) -> str:
    """What a file of the archive is, in the language spoken."""
    kind = "excel_csv" if name.endswith(".excel.csv") else name.rsplit(".", 1)[-1]
    return say(f"exports.file_{kind}")


# --- Frictionless -----------------------------------------------------------------------------------------


def slug(text: str) -> str:
    """A name as descriptors want it: lower case, digits, dashes, dots.

    >>> slug("couvert_need-out-of-reach_SIMULÉ.csv")
    'couvert_need-out-of-reach_simul-.csv'
    """
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower())


def kind(column: pd.Series) -> str:
    """The Frictionless type of a column as the CSV writes it.

    >>> [kind(pd.Series(x)) for x in ([1], [1.5], ["a"], [True], pd.to_datetime(["2026-01-05"]))]
    ['integer', 'number', 'string', 'boolean', 'date']
    """
    types = pd.api.types
    if types.is_bool_dtype(column):
        return "boolean"
    if types.is_integer_dtype(column):
        return "integer"
    if types.is_numeric_dtype(column):
        return "number"
    return "date" if types.is_datetime64_any_dtype(column) else "string"


# Columns that are in a unit of their own, whatever the figure is about: the same name, the same unit, everywhere.
_UNITS: dict[str, tuple[str, ...]] = {
    "share": (
        "above", "below", "benchmark", "declared_above", "declared_below", "excess_share", "people_share",
        "resource_share", "rest", "season", "share", "share_high", "share_low", "share_need", "threshold",
    ),
    "people": ("missing", "people_high", "people_low", "placed", "population", "suppressed", "unknown", "unplaced"),
    "metres": ("metres", "reach_m"),
    "ratio": ("ratio", "ratio_high", "ratio_low", "year_ratio"),
    "days": ("age_days", "cycle_days"),
    "percent": ("percent",),
    "degrees": ("lat", "lon"),
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names}
# Columns in the unit that the row names.
_IN_UNIT = {"unit": ("value", "low", "high", "borough_value", "city_value", "similar_middle"),
            "measure_unit": ("measure_value", "low", "high", "borough_value", "city_value", "similar_middle")}


def unit_of(name: str, frame: pd.DataFrame) -> str:
    """The unit of a column; « by row » where rows are in several, which the column `unit` then tells; empty for none.

    >>> unit_of("value", pd.DataFrame({"value": [1.0, 2.0], "unit": ["share", "metres"]}))
    'by_row'
    """
    for told, names in _IN_UNIT.items():
        if told in frame and name in names and kind(frame[name]) != "string":
            units = frame[told].dropna().unique()
            return str(units[0]) if len(units) == 1 else "by_row"
    return _UNIT_OF.get(name, "")


def fields(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The columns of the machine CSV in order: name, type, what each means, its unit where it has one."""
    made = []
    for name in map(str, frame.columns):
        one: dict[str, Any] = {"name": name, "type": kind(frame[name])}
        key = "column.any_year" if name.isdigit() else f"column.{name}"
        words = [say(key)] if known(key) else []
        unit = unit_of(name, frame)
        if unit:
            words.append(say(f"exports.unit_{unit}"))
            one |= {} if unit == "by_row" else {"unit": unit}
        if words:
            one["description"] = " ".join(words)
        if name in ("status", "basis"):
            one["constraints"] = {"enum": _STATUSES if name == "status" else list(taken.BASES)}
        made.append(one)
    return made


_STATUSES = ["ok", "missing", "suppressed", "not_applicable", "unknown"]


def datapackage(what: Taken, frame: pd.DataFrame, path: str) -> bytes:
    """A Frictionless tabular data package of the machine CSV at `path`, whose rows are `frame` [JSON]."""
    table: dict[str, Any] = {"fields": fields(frame), "missingValues": [""]}
    if what.level:
        table["primaryKey"] = ["area_id"]
    record = {
        "profile": "tabular-data-package", "name": slug(path.removesuffix(".csv")),
        "title": what.titles().of(local("fr", "en")),
        "description": what.sentence, "version": what.store.version, "created": f"{what.day.isoformat()}T00:00:00Z",
        **({"homepage": what.link} if what.link else {}), "simulated": what.simulated, "basis": sorted(set(what.bases)),
        "citation": {name: _cited(what, name) for name in LANGUAGES},
        "licenses": [{k: v for k, v in vars(one).items() if v} for one in licences(what)],
        "sources": [_origin(row) for row in sources(what).to_dict("records")],
        "contributors": [{"title": "Couvert", "role": "author"}],
        "resources": [{
            "name": slug(path.removesuffix(".csv")), "path": path, "profile": "tabular-data-resource", "format": "csv",
            "mediatype": "text/csv", "encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\n"},
            "schema": table,
        }],
    }
    return orjson.dumps(record, option=orjson.OPT_INDENT_2)


def _origin(row: Mapping[Any, Any]) -> dict[str, str]:
    one = {"title": f"{local(row['producer_fr'], row['producer_en'])}, {local(row['title_fr'], row['title_en'])}"}
    return {**one, "path": row["address"]} if isinstance(row["address"], str) else one


def _cited(what: Taken, name: str) -> str:
    with speaking(name):
        return citation(what)


# --- DCAT -------------------------------------------------------------------------------------------------

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3", "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json", "png": "image/png", "svg": "image/svg+xml", "zip": "application/zip",
    "json": "application/json", "jsonld": "application/ld+json", "txt": "text/plain",
}


def dcat(what: Taken, files: Sequence[str]) -> bytes:
    """A DCAT dataset record [JSON-LD] that needs nothing from the network to be read."""
    titles, settings = what.titles(), what.store.settings
    record: dict[str, Any] = {
        "@context": CONTEXT, "@id": f"urn:couvert:{what.store.edition}:{what.store.version}:{what.id}",
        "@type": "dcat:Dataset", "dct:identifier": f"{what.store.edition}/{what.store.version}/{what.id}",
        "dct:title": _both(titles.fr, titles.en),
        "dct:description": {"@language": what.language, "@value": what.sentence},
        "dct:issued": {"@type": "xsd:date", "@value": what.store.version[:10]},
        "dcat:version": what.store.version, "dct:language": list(LANGUAGES),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": "Couvert"},
        "dct:spatial": {"@type": "dct:Location", "dct:title": _both(settings["title_fr"], settings["title_en"])},
        "dct:bibliographicCitation": _both(_cited(what, "fr"), _cited(what, "en")),
        "dcat:keyword": sorted(set(what.bases)),
        "dct:license": [_licence(one) for one in licences(what)],
        "prov:wasDerivedFrom": [_derived(row) for row in sources(what).to_dict("records")],
        "dcat:distribution": [{
            "@type": "dcat:Distribution", "dct:title": name, "dcat:mediaType": MEDIA[name.rsplit(".", 1)[-1]],
        } for name in files],
    }
    if what.link:
        record["dcat:landingPage"] = {"@id": what.link}
    return orjson.dumps(record, option=orjson.OPT_INDENT_2)


def _both(fr: object, en: object) -> list[dict[str, str]]:
    return [{"@language": name, "@value": str(text)} for name, text in zip(LANGUAGES, (fr, en))]


def _licence(one: Licence) -> dict[str, Any]:
    made: dict[str, Any] = {"@type": "dct:LicenseDocument", "dct:title": one.title}
    return {"@id": one.path, **made} if one.path else made


def _derived(row: Mapping[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "dcat:Dataset", "dct:identifier": row["dataset_id"],
        "dct:title": _both(row["title_fr"], row["title_en"]),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(row["producer_fr"], row["producer_en"])},
        "dct:license": {"@type": "dct:LicenseDocument", "dct:title": _both(row["licence_fr"], row["licence_en"])},
    }
    if not pd.isna(row["retrieved"]):
        made["dct:modified"] = {"@type": "xsd:date", "@value": str(pd.Timestamp(row["retrieved"]).date())}
    return made
