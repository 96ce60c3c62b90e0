"""The catalogue other catalogues harvest: DCAT (application profile), as JSON-LD and as Turtle, from one record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from loaders.store import Store
from publish import downloads
from publish.downloads import Offered
from views import metadata
from views.words import LANGUAGES, say, speaking

Node = dict[str, Any]

_IANA = "https://www.iana.org/assignments/media-types/"
_SPOKEN = {
    "fr": "http://publications.europa.eu/resource/authority/language/FRA",
    "en": "http://publications.europa.eu/resource/authority/language/ENG",
}
_MORE = {"spdx": "http://spdx.org/rdf/terms#"}


def record(store: Store, every: Sequence[Offered], base: str) -> Node:
    """The catalogue as JSON-LD. `base`: where the site is, whole, or empty: then addresses follow the file's own."""
    day = {"@type": "xsd:date", "@value": store.version[:10]}
    about = _both("site.catalogue_about")
    return {
        "@context": {}, "@id": f"urn:couvert:{store.edition}:{store.version}", "@type": "dcat:Catalog",
        "dct:title": _texts(downloads.package_title(store)), "dct:description": about, "dct:issued": day,
        "dct:modified": day, "dct:language": [{"@id": _SPOKEN[name]} for name in LANGUAGES],
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": "Couvert"}, "foaf:homepage": {"@id": base or "./"},
        "dcat:dataset": [_dataset(one, base) for one in every],
    }


def _dataset(one: Offered, base: str) -> Node:
    """The record of `views/metadata.py`, with what a harvester needs: both languages, addresses, size, checksum."""
    node: Node = orjson.loads(metadata.dcat(one, [one.path]))
    del node["@context"]
    (given,) = node["dcat:distribution"]
    licence = node["dct:license"][:1] or [{"@type": "dct:LicenseDocument", "dct:title": "notspecified"}]
    mark = [{"@language": name, "@value": text} for name, text in zip(LANGUAGES, (one.told.fr, one.told.en))]
    node |= {
        "dct:description": mark, "dct:language": [{"@id": _SPOKEN[name]} for name in LANGUAGES],
        "dcat:landingPage": {"@id": f"{base}fr/{_PAGE}"},
        "dcat:distribution": [{
            "@type": "dcat:Distribution", "dct:title": given["dct:title"].rsplit("/", 1)[-1],
            "dcat:accessURL": {"@id": f"{base}fr/{_PAGE}"}, "dcat:downloadURL": {"@id": base + one.path},
            "dcat:mediaType": {"@id": _IANA + given["dcat:mediaType"]}, "dct:license": licence[0],
            "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(one.content))},
            "spdx:checksum": {
                "@type": "spdx:Checksum", "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                "spdx:checksumValue": {"@type": "xsd:hexBinary",
                                       "@value": hashlib.sha256(one.content).hexdigest()},
            },
        }],
    }
    return node


_PAGE = "data.html"


def _both(key: str) -> list[Node]:
    told = []
    for name in LANGUAGES:
        with speaking(name):
            told.append({"@language": name, "@value": say(key)})
    return told


def _texts(both: Any) -> list[Node]:
    return [{"@language": name, "@value": text} for name, text in zip(LANGUAGES, (both.fr, both.en))]


def prefixes() -> dict[str, str]:
    """Short names of the vocabularies: those of the records, and the checksum's."""
    return {**metadata.CONTEXT, **_MORE}


def jsonld(node: Node) -> bytes:
    """The catalogue as JSON-LD that needs nothing from the network."""
    return orjson.dumps({**node, "@context": prefixes()}, option=orjson.OPT_INDENT_2)


# --- Turtle -----------------------------------------------------------------------------------------------


def turtle(node: Node) -> bytes:
    """The same record as Turtle. Nodes with an address are subjects of their own, the others stay where they are."""
    heads = "".join(f"@prefix {name}: <{where}> .\n" for name, where in sorted(prefixes().items()))
    subjects: dict[str, str] = {}
    _subject(node, subjects)
    return (heads + "\n" + "\n".join(subjects.values())).encode()


def _subject(node: Node, subjects: dict[str, str]) -> str:
    """Write a node with an address once; gives how others name it."""
    name = _name(node["@id"])
    if name not in subjects and len(node) > 1:
        subjects[name] = ""  # its place in the order, before the nodes it holds
        subjects[name] = f"{name} {_facts(node, subjects, 1)} .\n"
    return name


def _facts(node: Node, subjects: dict[str, str], deep: int) -> str:
    pad = "\n" + "  " * deep
    facts = []
    for key, value in node.items():
        if key in ("@id", "@context"):
            continue
        several = value if isinstance(value, list) else [value]
        if key == "@type":
            facts.append(f"a {', '.join(several)}")
        elif several:
            told = [_object(one, subjects, deep + 1) for one in several]
            facts.append(f"{key} {', '.join(told)}")
    return f" ;{pad}".join(facts)


def _object(value: Any, subjects: dict[str, str], deep: int) -> str:
    if not isinstance(value, dict):
        return _text(value)
    if "@value" in value:
        if "@language" in value:
            return f"{_text(value['@value'])}@{value['@language']}"
        return f"{_text(value['@value'])}^^{value['@type']}"
    if "@id" in value:
        return _subject(value, subjects)
    return f"[ {_facts(value, subjects, deep)} ]"


def _name(address: str) -> str:
    """An address between angle brackets, or a short name of ours; what Turtle may not hold is written in hexadecimal.

    >>> _name("data/a b.csv"), _name("spdx:x")
    ('<data/a%20b.csv>', 'spdx:x')
    """
    if address.split(":")[0] in prefixes():
        return address
    return "<" + "".join(c if c > " " and c not in '<>"{}|^`\\' else f"%{ord(c):02X}" for c in address) + ">"


def _text(value: object) -> str:
    """Words between quotation marks.

    >>> print(_text('a "b" \\\\ c'))
    "a \\"b\\" \\\\ c"
    """
    told = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{told}"'
