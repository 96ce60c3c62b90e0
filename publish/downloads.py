"""Open data: what the site gives to take away, each file with its fields, sources, licences and citation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

import orjson
import pandas as pd

from indicators import INDICATOR, INDICATORS
from indicators.spec import Text
from loaders.store import Store
from publish import shelf
from publish.places import Places, slug
from views import mapfiles, metadata, sources, tables
from views.city import reach_of
from views.tables import Table
from views.taken import Taken
from views.words import LANGUAGES, say, speaking

FOLDER = "data"
_NOTHING = Text("", "")


@dataclass(frozen=True)
class Offered(Taken):
    """One data set: a `Taken` whose title and sentence are known in both languages, and its only file."""

    both: Text = _NOTHING
    told: Text = _NOTHING
    path: str = ""
    content: bytes = b""

    def titles(self) -> Text:
        """The title in both languages."""
        return self.both

    @property
    def frame(self) -> pd.DataFrame:
        """Its rows; none for limits of areas."""
        return self.table().export

    @property
    def extension(self) -> str:
        """Form of its file."""
        return self.path.rsplit(".", 1)[-1]


def offered(store: Store, places: Places) -> list[Offered]:
    """Every data set of a version: values and limits by level, the listing, the sources, what each indicator is."""
    made = []
    for level in [*places.levels, "city"]:
        made += [_values(store, level), *([_limits(store, level)] if level != "city" else [])]
    made += [_services(store), _sources(store), _indicators(store)]
    return [one for one in made if one is not None]


def _one(
    store: Store, name: str, frame: pd.DataFrame, content: bytes, *, extension: str = "csv", level: str = "",
    bases: set[str] = frozenset(), datasets: list[str] | None = None,  # type: ignore[assignment]
) -> Offered:
    """One data set; `name` names its words, `site.set_<name>` and `site.about_<name>`."""
    def both(key: str) -> Text:
        told = []
        for spoken in LANGUAGES:
            with speaking(spoken):
                told.append(say(key, level=say(f"level.{level}") if level else ""))
        return Text(*told)

    with speaking("fr"):
        mark = [say("simulated.file")] if "simulated" in bases else []
    parts = ["couvert", slug(store.edition), name, *([slug(level)] if level else []), *mark]
    title = both(f"site.set_{name}")
    every = cast("list[str]", store.datasets()["dataset_id"].tolist())
    return Offered(
        f"{name}{'-' + slug(level) if level else ''}", title.fr, both(f"site.about_{name}").fr,
        lambda: Table([], frame, title.fr), store, "fr", _link(), date.fromisoformat(store.version[:10]),
        tuple(sorted(bases)), (), tuple(every if datasets is None else datasets),
        both=title, told=both(f"site.about_{name}"), path=f"{FOLDER}/{'_'.join(parts)}.{extension}", content=content,
    )


def _link() -> str:
    """Where the data page is, where that is known whole; a citation without an address says none."""
    base = shelf.site_url()
    return f"{base}fr/data.html" if base.startswith("https://") else ""


def _values(store: Store, level: str) -> Offered | None:
    """Every indicator of a level at the default reach, one row an area and indicator, in the one shape."""
    areas = store.areas(level)[["area_id", "name_fr", "name_en"]]
    frames = []
    for name in store.offered(level):
        indicator = INDICATOR[name]
        setting = reach_of(store) if indicator.setting == "reach_m" else ""
        rows = store.indicator(name, level, setting)
        frames.append(rows.assign(indicator=name, unit=indicator.unit, setting=setting))
    held = [rows for rows in frames if len(rows)]
    if not held:
        return None
    frame = areas.merge(pd.concat(held, ignore_index=True), on="area_id").assign(version=store.version)
    first = ["area_id", "name_fr", "name_en", "indicator", "unit", "setting"]
    frame = frame[[*first, *(column for column in frame if column not in first)]]
    frame = frame.sort_values(["indicator", "area_id"], ignore_index=True)
    behind = [one for name in frame["indicator"].unique() for one in sources.behind(store, INDICATOR[name])]
    bases = set(frame["basis"].dropna())
    return _one(store, "values", frame, tables.csv(frame, french_excel=False), level=level, bases=bases,
                datasets=list(dict.fromkeys(behind)))


def _limits(store: Store, level: str) -> Offered:
    """Simplified limits with both names."""
    areas = store.areas(level)[["area_id", "name_fr", "name_en", "vintage", "population"]]
    held = {
        str(row.area_id): {
            "area_id": row.area_id, "name_fr": row.name_fr, "name_en": row.name_en, "level": level,
            "vintage": int(row.vintage) if pd.notna(row.vintage) else None,
            "population": int(row.population) if pd.notna(row.population) else None,
        } for row in tables.records(areas)
    }
    return _one(store, "areas", areas, mapfiles.collection(store, level, held), extension="geojson", level=level,
                datasets=store.drawn_from(level))


_LISTING = (
    "service_id", "name", "organization", "kind", "form", "service_status", "languages", "eligibility", "fees",
    "referral", "delivery", "url", "phone", "hours", "openings", "capacity", "assured_date", "last_modified",
    "location_id", "address", "lon", "lat", "position", "basis", "dataset_id",
)


def _services(store: Store) -> Offered | None:
    """The listing as the sources publish it, one row a service and place; hours as `MO 09:00-12:00`."""
    rows = store.services()
    if rows.empty:
        return None
    week = store.schedule()
    told = week["byday"] + " " + week["opens_at"] + "-" + week["closes_at"]
    frame = rows.assign(openings=rows["service_id"].map(told.groupby(week["service_id"]).agg("; ".join)))
    frame = frame[list(_LISTING)].assign(version=store.version)
    return _one(store, "services", frame, tables.csv(frame, french_excel=False), bases=set(frame["basis"]),
                datasets=frame["dataset_id"].unique().tolist())


_ORIGIN = (
    "dataset_id", "title_fr", "title_en", "producer_fr", "producer_en", "licence_fr", "licence_en", "reference_fr",
    "reference_en", "address", "retrieved", "basis",
)


def _sources(store: Store) -> Offered:
    """Every source: who, what, how old, under what licence."""
    frame = store.datasets()[list(_ORIGIN)].sort_values("dataset_id", ignore_index=True)
    return _one(store, "sources", frame, tables.csv(frame, french_excel=False))


def _indicators(store: Store) -> Offered:
    """What each indicator of the files is: unit, formula, method, limits, reference."""
    held = set(store.held())
    frame = pd.DataFrame([{
        "indicator": one.id, "title_fr": one.title.fr, "title_en": one.title.en, "unit": one.unit,
        "direction": one.direction, "formula": one.formula, "method_fr": one.method.fr, "method_en": one.method.en,
        "limits_fr": " ".join(limit.fr for limit in one.limits), "limits_en": " ".join(x.en for x in one.limits),
        "citation_fr": one.citation.fr, "citation_en": one.citation.en,
    } for one in INDICATORS if one.id in held])
    return _one(store, "indicators", frame, tables.csv(frame, french_excel=False))


# --- descriptors ------------------------------------------------------------------------------------------


def files(every: list[Offered]) -> dict[str, bytes]:
    """Each data set's file, and the Frictionless descriptor of them all."""
    made = {one.path: one.content for one in every}
    made[f"{FOLDER}/datapackage.json"] = datapackage(every)
    return made


def datapackage(every: list[Offered]) -> bytes:
    """One Frictionless data package of every file [JSON]; each resource keeps its own licences and sources."""
    store = every[0].store
    packages = [orjson.loads(metadata.datapackage(one, one.frame, one.path.removeprefix(f"{FOLDER}/")))
                for one in every]
    resources = []
    for one, package in zip(every, packages):
        resource: dict[str, Any] = package["resources"][0]
        if one.extension != "csv":
            resource = {"name": resource["name"], "path": resource["path"], "profile": "data-resource",
                        "format": one.extension, "mediatype": metadata.MEDIA[one.extension], "encoding": "utf-8"}
        resource |= {
            "title": one.both.fr, "title_en": one.both.en, "description": one.told.fr, "description_en": one.told.en,
            "bytes": len(one.content), "hash": f"sha256:{_sha256(one.content)}", "basis": package["basis"],
            "simulated": package["simulated"], "citation": package["citation"], "licenses": package["licenses"],
            "sources": package["sources"],
        }
        resources.append(resource)
    title = package_title(store)
    licences = {one["title"]: one for package in packages for one in package["licenses"]}
    return orjson.dumps({
        "profile": "data-package", "name": slug(f"couvert {store.edition}"), "title": title.fr, "title_en": title.en,
        "version": store.version, "created": f"{store.version[:10]}T00:00:00Z",
        "simulated": any(package["simulated"] for package in packages), "licenses": list(licences.values()),
        "contributors": [{"title": "Couvert", "role": "author"}], "resources": resources,
    }, option=orjson.OPT_INDENT_2)


def package_title(store: Store) -> Text:
    """The name of all the data of an edition, in both languages."""
    told = []
    for spoken in LANGUAGES:
        with speaking(cast("Literal['fr', 'en']", spoken)):
            told.append(say("site.catalogue", edition=store.settings[f"title_{spoken}"]))
    return Text(*told)


def _sha256(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()
