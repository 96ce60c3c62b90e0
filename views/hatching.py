"""The patterns over areas that have no value: a small file of those areas alone, and the layer that draws it.

Over every area of a level the patterns would double what a browser unpacks, cuts in triangles and paints. A slider that
changes no status asks for the same file again: nothing of it is drawn anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import orjson
import pydeck as pdk
import streamlit as st
from pydeck.types import String

from loaders.store import Store
from views import assets, mapfiles, outside, theme
from views.pairs import Pair

# area_id and the pattern of its status, by area_id.
Marks = tuple[tuple[str, str], ...]


def of_indicator(store: Store, level: str, indicator_id: str, setting: str) -> Marks:
    """The areas of one map that bear a pattern."""
    return _of_indicator(store.edition, store.version, level, indicator_id, setting, store)


@st.cache_data(max_entries=512, show_spinner=False)
def _of_indicator(
    edition: str, version: str, level: str, indicator_id: str, setting: str, _store: Store,  # noqa: ARG001  cache key
) -> Marks:
    rows = outside.values(_store, level, (indicator_id,))
    rows = rows[rows["setting"] == setting]
    status = rows["status"].mask((rows["status"] == "ok") & rows["value"].isna(), "missing")  # as `mapfiles.geojson`
    return marks(zip(rows["area_id"], status))


def of_pair(shown: Pair) -> Marks:
    """The areas of the map of need against distance that bear a pattern."""
    return marks(zip(shown.frame["area_id"], shown.frame["status"]))


def marks(statuses: Iterable[tuple[str, str]]) -> Marks:
    """Those whose status has a pattern; zero, not applicable and values have none.

    >>> marks([("B", "missing"), ("A", "unknown"), ("C", "ok"), ("D", "not_applicable")])
    (('A', 'unknown'), ('B', 'missing'))
    """
    return tuple(sorted((area_id, status) for area_id, status in statuses if status in assets.PATTERNS))


def layers(store: Store, level: str, shown: Marks, *, dark: bool) -> list[pdk.Layer]:
    """The layer of hatch (suppressed), dots (missing) and broken lines (unknown); none where no area bears one."""
    if not shown:
        return []
    zoom = float(store.settings["view"]["zoom"])
    mapping = {
        name: {"x": x, "y": 0, "width": assets.PATTERN_SIZE, "height": assets.PATTERN_SIZE, "mask": True}
        for name, x in assets.PATTERNS.items()
    }
    return [pdk.Layer(
        "GeoJsonLayer", file(store, level, shown), id="patterns", pickable=False, stroked=False, filled=True,
        get_fill_color=[*theme.rgb(theme.token("hatch", dark=dark)), 255], get_fill_pattern="properties.k",
        extensions=[{"@@type": "FillStyleExtension", "pattern": True}], fill_pattern_mask=True,
        fill_pattern_atlas=String("/app/static/patterns.png"), fill_pattern_mapping=mapping,
        get_fill_pattern_scale=round(16 * 2 ** (10 - zoom), 2),
    )]


def file(store: Store, level: str, shown: Marks) -> str:
    """Address of the limits of these areas with their pattern `k`: the same for every map that marks them alike."""
    mark = hashlib.sha256(orjson.dumps(shown)).hexdigest()[:16]
    return mapfiles.kept(
        store, f"{level}.marks.{mark}.geojson",
        lambda: mapfiles.collection(store, level, {area_id: {"k": kind} for area_id, kind in shown}),
    )
