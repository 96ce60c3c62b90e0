"""The static files a map reads: limits of a level with the values of what is drawn, and places.

A file holds one indicator at all its settings, so that a slider recolours what the browser has; every indicator in one
file would be eight megabytes by dissemination area. Each is written once per version, when it is first asked for.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from indicators import INDICATOR
from indicators.spec import Indicator
from loaders.store import Store, known_versions
from views import assets, classes, numbers, outside, tables
from views.words import known, language, say

# How statuses travel in the map file: negative, so that an accessor compares numbers only.
CODES = {"missing": -1, "suppressed": -2, "not_applicable": -3, "unknown": -4}
# Raise it when what a map file holds changes: a browser may keep the old one.
SHAPE = 5
# Texts of an area a tooltip may show: as many as there are reaches, and more by the hour only.
FEW = 8
_SHOWN_STATUS = ("active", "temporarily closed")
_SERVICE_SIZE = {"food_aid": 18, "market": 17, "garden": 16, "grocery": 13, "community_organization": 15}


def columns(store: Store, level: str, indicator_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """(indicator, setting) -> its number in the map file of these indicators: value `v<n>`, words `s<n>`.

    Settings at which every area has the same values share a number: most hours of the night are alike.
    """
    return _columns(store.edition, store.version, level, tuple(indicator_ids), store)


@st.cache_data(max_entries=256, show_spinner=False)
def _columns(
    edition: str, version: str, level: str, indicator_ids: tuple[str, ...], _store: Store,  # noqa: ARG001  cache key
) -> dict[tuple[str, str], int]:
    number: dict[tuple[str, str], int] = {}
    seen: dict[tuple[Any, ...], int] = {}
    for pair, rows in outside.values(_store, level, indicator_ids).groupby(["indicator_id", "setting"], sort=True):
        alike = (pair[0], *(tuple(rows[c].astype("object").where(rows[c].notna(), None)) for c in _ALIKE))
        number[pair] = seen.setdefault(alike, len(seen))  # type: ignore[index]
    return number


_ALIKE = ("area_id", "value", "status")  # low and high are told only where one of them is the value


def column(store: Store, level: str, indicator: Indicator, setting: str) -> int | None:
    """Number of one indicator and setting in the map file of a level; None where the level does not have it."""
    return columns(store, level, (indicator.id,)).get((indicator.id, setting))


def folder(store: Store) -> str:
    """Folder of a version's files under `static/`: its bytes are in the name, so two builds never share a file."""
    return f"maps/{store.edition}/{store.version}-{store.facts['sha256'][:8]}-{SHAPE}"


def file(store: Store, level: str, *indicator_ids: str) -> str:
    """Address of the map file of a level in the reader's language: limits and names, and values of the indicators."""
    return kept(
        store, f"{level}.{'.'.join(indicator_ids) or 'limits'}.{language()}.geojson",
        lambda: geojson(store, level, indicator_ids),
    )


def kept(store: Store, name: str, make: Callable[[], bytes]) -> str:
    """Address of a file of this version under `static/`, written by `make` the first time it is asked for."""
    path = assets.STATIC / folder(store) / name
    if not path.is_file():
        assets.write_aside(path, make())
        _forget(store)
    return f"/app/static/{folder(store)}/{name}"


def _forget(store: Store) -> None:
    """Drop the files of versions that are no longer published; an open visit that needs one writes it again."""
    stay = (*known_versions(store.edition), store.version)
    for old in (assets.STATIC / "maps" / store.edition).iterdir():
        if old.is_dir() and not old.name.startswith(stay):
            shutil.rmtree(old, ignore_errors=True)


def geojson(store: Store, level: str, indicator_ids: Sequence[str] = ()) -> bytes:
    """Simplified limits of a level with name `n`, place `p`, and per indicator and setting `v<n>` and `s<n>`."""
    number = columns(store, level, indicator_ids)
    held = named(store, level)
    words = {status: tables.status_word(status) for status in ("ok", *CODES)}
    rows = outside.values(store, level, indicator_ids)
    first = {n: pair for pair, n in reversed(number.items())}  # of settings that share a number, one is written
    cells = (rows[c].tolist() for c in ("indicator_id", "setting", "area_id", "value", "low", "high", "status"))
    for indicator_id, setting, area_id, value, low, high, status in zip(*cells):
        at, properties = number[indicator_id, setting], held.get(area_id)
        if properties is None or first[at] != (indicator_id, setting):
            continue
        good = status == "ok" and value == value  # NaN is not itself
        properties[f"v{at}"] = classes.stored(value) if good else CODES.get(status, -1)
        properties[f"s{at}"] = (
            numbers.limited(value, low, high, INDICATOR[indicator_id].unit) if good else words.get(status, "")
        )
    return collection(store, level, held)


def named(store: Store, level: str) -> dict[str, dict[str, Any]]:
    """By area_id, what every feature holds: `id`, name `n`, place `p`."""
    rows = names(store, level)
    return {
        str(area_id): {"id": area_id, "n": name, "p": place}
        for area_id, name, place in zip(rows["area_id"], rows["name"], rows["place"])
    }


def collection(store: Store, level: str, held: dict[str, dict[str, Any]]) -> bytes:
    """Of the areas of `held`, those that have limits as GeoJSON with their properties, by area_id."""
    features = [
        b'{"type":"Feature","geometry":' + text.encode() + b',"properties":' + orjson.dumps(held[area_id]) + b"}"
        for area_id, text in store.shapes(level).itertuples(index=False) if area_id in held
    ]
    return b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]}"


def names(store: Store, level: str) -> pd.DataFrame:
    """area_id, name and place [text, in the reader's language; place is empty where it repeats the name], and the
    other columns of `Store.areas`; by area_id. Cached: do not change it in place."""
    return _names(store.edition, store.version, level, language(), store)


@st.cache_resource(max_entries=64, show_spinner=False)
def _names(edition: str, version: str, level: str, spoken: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    areas = _store.areas(level)
    place = areas["place_fr"].fillna("").astype("str")
    name = areas["name_fr" if spoken == "fr" else "name_en"].astype("str")
    return areas.assign(name=name, place=place.where(place != name, ""))


def service_file(store: Store, kind: str, words: int = FEW) -> str:
    """Address of the places of one kind of service: position, name, status, capacity, in the reader's language.

    `words`: how many texts `s<n>` the areas under them may show. A tooltip is one text for areas and places alike, and
    prints a name it does not find: so places hold them all, empty.
    """
    return kept(
        store, f"services-{kind}.{words}.{language()}.json", lambda: orjson.dumps(_places(store, kind, words)),
    )


def _places(store: Store, kind: str, words: int) -> list[dict[str, Any]]:
    rows = shown_services(store, kind)
    blanks = {f"s{n}": "" for n in range(words)}
    out = []
    for name, form, status, lon, lat in rows[["name", "form", "service_status", "lon", "lat"]].itertuples(index=False):
        word = f"form.{form}"
        what = say(word) if isinstance(form, str) and known(word) else say(f"kind.{kind}")
        open_now = status == "active"
        tail = "" if open_now else f" · {say('service.closed')}"
        out.append({**blanks, "n": f"{name}\n{what}{tail}", "lon": round(float(lon), 5), "lat": round(float(lat), 5),
                    "i": kind if open_now else f"{kind}_closed"})
    return out


def shown_services(store: Store, kind: str) -> pd.DataFrame:
    """Services of a kind that have a position and are not gone for good: one row per service and location.

    Cached: read it only.
    """
    return _shown(store.edition, store.version, kind, store)


@st.cache_resource(max_entries=64, show_spinner=False)
def _shown(edition: str, version: str, kind: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    rows = _store.services(kind)
    return rows[rows["service_status"].isin(_SHOWN_STATUS) & rows["lon"].notna()]


def service_size(store: Store, kind: str) -> int:
    """Size [px] of a kind's shape: smaller where so many would bury the map."""
    size = _SERVICE_SIZE.get(kind, 15)
    return size if len(shown_services(store, kind)) <= 60 else round(size * 0.62)
