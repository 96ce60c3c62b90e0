"""An edition is a city: which source files fill which tables, and its settings, read from one TOML file."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from loaders.catalog import LEVELS, LoadError

HOUSE = Path(__file__).resolve().parent.parent
EDITIONS = HOUSE / "data" / "editions"

# What a source says in both languages: `producer = "x"` stands for producer_fr and producer_en alike.
SPOKEN_KEYS = ("title", "producer", "licence", "reference", "note")
DATASET_KEYS = (
    *(f"{key}_{language}" for key in SPOKEN_KEYS for language in ("fr", "en")),
    "product", "address", "retrieved", "cycle_days", "basis",
)
REQUIRED_DATASET_KEYS = tuple(
    key for key in DATASET_KEYS if key.startswith(("title_", "producer_", "licence_", "reference_", "basis"))
)

FETCH_KINDS = {"url": ("address",), "ckan": ("address", "package"), "wds": ("address", "table"),
               "overpass": ("address", "query")}


@dataclass(frozen=True)
class Fetch:
    """Where a source is downloaded from, and how much of it is tolerated.

    kind `url`: `address` is the file. `ckan`: `package` asked of the API at `address`; of its resources, the one
    whose id is `resource`, else the only one of that `format` whose address ends with the file `name`.
    `wds`: `table` asked of the StatCan service at `address`. `overpass`: `query` posted to `address`.
    `sha256` pins the bytes. `aside` is another name than the source's file: an official file in a layout the
    build does not read, fetched only when asked for by name. `members` unpacks a zip: name in it = name under
    the raw folder.
    """

    kind: str
    address: str = ""
    package: str = ""
    resource: str = ""
    name: str = ""
    format: str = ""
    table: str = ""
    query: str = ""
    sha256: str = ""
    aside: str = ""
    members: dict[str, str] = field(default_factory=dict)
    # Over twenty times the largest file an edition reads, and the time that many bytes take at 170 kB a second.
    max_bytes: int = 100_000_000
    max_seconds: float = 600.0


@dataclass(frozen=True)
class Source:
    """One source of an edition: what fills it, from which file, and what is tolerated."""

    dataset_id: str
    loader: str
    file: str = ""
    threshold: float = 0.02
    threshold_reason: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    fetch: Fetch | None = None
    partner: bool = False  # a file from outside, read in a limited process


@dataclass(frozen=True)
class Edition:
    """One city. `settings`, `need` and `view` are the tables of the TOML file, as written."""

    id: str
    title_fr: str
    title_en: str
    levels: tuple[str, ...]
    base_level: str
    default_level: str
    projection: str
    raw: Path | None
    places: Path | None
    settings: dict[str, Any]
    need: dict[str, Any]
    view: dict[str, Any]
    sources: tuple[Source, ...]
    path: Path
    sha256: str = ""  # of the bytes that were read, whatever the file became since

    def source(self, dataset_id: str) -> Source:
        """The source of that identifier; raises KeyError where the edition has none."""
        return {source.dataset_id: source for source in self.sources}[dataset_id]


def edition_names() -> list[str]:
    """The editions at hand, alphabetical."""
    return sorted(path.stem for path in EDITIONS.glob("*.toml"))


def read_edition(name: str) -> Edition:
    """The edition of that name; raises LoadError naming the file, the key and the remedy."""
    path = EDITIONS / f"{name}.toml"
    if name not in edition_names():
        raise LoadError(
            f"there is no edition “{name}”", remedy=f"Choose one of: {', '.join(edition_names())}."
        )
    try:
        written = path.read_bytes()
        content = tomllib.loads(written.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LoadError(str(error), file=path.name, remedy="Mend the TOML and build again.") from error
    return replace(_edition(content, path), sha256=hashlib.sha256(written).hexdigest())


def _edition(content: dict[str, Any], path: Path) -> Edition:
    def need(key: str) -> Any:
        if key not in content:
            raise LoadError(f"the key “{key}” is missing", file=path.name, remedy="Add it and build again.")
        return content[key]

    levels = tuple(need("levels"))
    for level in (*levels, need("base_level"), need("default_level")):
        if level not in LEVELS:
            raise LoadError(
                f"“{level}” is not a level", file=path.name, remedy=f"Use one of: {', '.join(LEVELS)}."
            )
    if "city" not in levels:
        raise LoadError("the levels have no “city”", file=path.name, remedy="Every area is compared with the city.")
    data = HOUSE / "data"
    return Edition(
        id=path.stem,
        title_fr=need("title_fr"),
        title_en=need("title_en"),
        levels=levels,
        base_level=content["base_level"],
        default_level=content["default_level"],
        projection=need("projection"),
        raw=data / content["raw"] if "raw" in content else None,
        places=data / content["places"] if "places" in content else None,
        settings=need("settings"),
        need=need("need"),
        view=need("view"),
        sources=tuple(_source(entry, path) for entry in need("source")),
        path=path,
    )


def _source(entry: dict[str, Any], path: Path) -> Source:
    for key in ("dataset_id", "loader", "about"):
        if key not in entry:
            raise LoadError(f"a source has no “{key}”", file=path.name, remedy="Add it and build again.")
    about = dict(entry["about"])
    for key in SPOKEN_KEYS:
        if key in about:
            about[f"{key}_fr"] = about[f"{key}_en"] = about.pop(key)
    for key in REQUIRED_DATASET_KEYS:
        if key not in about:
            raise LoadError(
                f"source “{entry['dataset_id']}” does not say its “{key}”",
                file=path.name, remedy="Every number shown names its source: add it.",
            )
    unknown = set(about) - set(DATASET_KEYS)
    if unknown:
        raise LoadError(f"unknown keys {sorted(unknown)} in source “{entry['dataset_id']}”", file=path.name)
    if entry.get("threshold", 0.02) != 0.02 and not entry.get("threshold_reason"):
        raise LoadError(
            f"source “{entry['dataset_id']}” sets a threshold without a reason",
            file=path.name, remedy="Add threshold_reason.",
        )
    return Source(
        dataset_id=entry["dataset_id"],
        loader=entry["loader"],
        file=entry.get("file", ""),
        threshold=float(entry.get("threshold", 0.02)),
        threshold_reason=entry.get("threshold_reason", ""),
        partner=bool(entry.get("partner", False)),
        fetch=_fetch(entry["fetch"], entry["dataset_id"], path) if "fetch" in entry else None,
        options=entry.get("options", {}),
        about=about,
    )


def _fetch(entry: dict[str, Any], dataset_id: str, path: Path) -> Fetch:
    kind = entry.get("kind", "")
    unknown = sorted(set(entry) - {item.name for item in fields(Fetch)})
    absent = [key for key in FETCH_KINDS.get(kind, ()) if not entry.get(key)]
    if kind not in FETCH_KINDS or absent or unknown:
        fault = f"is of no kind we know, “{kind}”"
        if unknown or absent:
            fault = f"has unknown keys {unknown}" if unknown else f"needs “{absent[0]}”"
        kinds = "; ".join(f"{kind}: {', '.join(keys)}" for kind, keys in FETCH_KINDS.items())
        raise LoadError(
            f"the fetch of “{dataset_id}” {fault}", file=path.name, remedy=f"Kinds and what each needs: {kinds}.",
        )
    return Fetch(**entry)
