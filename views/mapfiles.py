"""The static files a map reads: limits with every value of a level, and places; written once per version."""

from __future__ import annotations

import shutil
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from indicators import INDICATOR, MAPPED
from indicators.spec import Indicator
from loaders.store import Store, known_versions
from views import assets, numbers, tables
from views.words import known, language, say

# How statuses travel in the map file: negative, so that an accessor compares numbers only.
CODES = {"missing": -1, "suppressed": -2, "not_applicable": -3, "unknown": -4}
# Raise it when what a map file holds changes: a browser may keep the old one.
SHAPE = 3
_SHOWN_STATUS = ("active", "temporarily closed")
_SERVICE_SIZE = {"food_aid": 18, "market": 17, "garden": 16, "grocery": 13, "community_organization": 15}


@st.cache_data(max_entries=64, show_spinner=False)
def columns(edition: str, version: str, level: str, _store: Store) -> dict[tuple[str, str], int]:  # noqa: ARG001  cache key
    """(indicator, setting) -> its number in the map file: value `v<n>`, words `s<n>`."""
    values = _store.values(level)[["indicator_id", "setting"]].drop_duplicates()
    mapped = {indicator.id for indicator in MAPPED}
    pairs = sorted((i, s) for i, s in values.itertuples(index=False) if i in mapped)
    return {pair: n for n, pair in enumerate(pairs)}


def column(store: Store, level: str, indicator: Indicator, setting: str) -> int | None:
    """Number of one indicator and setting in the map file of a level; None where the level does not have it."""
    return columns(store.edition, store.version, level, store).get((indicator.id, setting))


def folder(store: Store) -> str:
    """Folder of a version's files under `static/`: its bytes are in the name, so two builds never share a file."""
    return f"maps/{store.edition}/{store.version}-{store.facts['sha256'][:8]}-{SHAPE}"


def file(store: Store, level: str) -> str:
    """Address of the map file of a level in the reader's language, written once per version."""
    name = f"{folder(store)}/{level}.{language()}.geojson"
    path = assets.STATIC / name
    if not path.is_file():
        assets.write_aside(path, geojson(store, level))
        _forget(store)
    return f"/app/static/{name}"


def _forget(store: Store) -> None:
    """Drop the files of versions that are no longer published; an open visit that needs one writes it again."""
    kept = (*known_versions(store.edition), store.version)
    for old in (assets.STATIC / "maps" / store.edition).iterdir():
        if old.is_dir() and not old.name.startswith(kept):
            shutil.rmtree(old, ignore_errors=True)


def geojson(store: Store, level: str) -> bytes:
    """Simplified limits of a level with name `n`, place `p`, and per indicator and setting `v<n>` and `s<n>`."""
    number = columns(store.edition, store.version, level, store)
    named = names(store, level).set_index("area_id")
    held: dict[str, dict[str, Any]] = {
        str(area_id): {"id": area_id, "n": name, "p": place}
        for area_id, name, place in zip(named.index, named["name"], named["place"])
    }
    words = {status: tables.status_word(status) for status in ("ok", *CODES)}
    rows = store.values(level)
    cells = (rows[c].tolist() for c in ("indicator_id", "setting", "area_id", "value", "status"))
    for indicator_id, setting, area_id, value, status in zip(*cells):
        at, properties = number.get((indicator_id, setting)), held.get(area_id)
        if at is None or properties is None:
            continue
        good = status == "ok" and value == value  # NaN is not itself
        properties[f"v{at}"] = float(f"{value:.5g}") if good else CODES.get(status, -1)
        properties[f"s{at}"] = numbers.value(value, INDICATOR[indicator_id].unit) if good else words.get(status, "")
    features = [
        b'{"type":"Feature","geometry":' + text.encode() + b',"properties":' + orjson.dumps(held[area_id]) + b"}"
        for area_id, text in store.shapes(level).itertuples(index=False)
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


def service_file(store: Store, kind: str) -> str:
    """Address of the places of one kind of service: position, name, status, capacity, in the reader's language."""
    name = f"{folder(store)}/services-{kind}.{language()}.json"
    path = assets.STATIC / name
    if not path.is_file():
        assets.write_aside(path, orjson.dumps(_places(store, kind)))
    return f"/app/static/{name}"


def _places(store: Store, kind: str) -> list[dict[str, Any]]:
    rows = shown_services(store, kind)
    # A tooltip is one text for areas and places alike, and prints a name it does not find: so places hold them all.
    most = max(len(columns(store.edition, store.version, level, store)) for level in store.levels())
    blanks = {f"s{n}": "" for n in range(most)}
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
