"""The gap map the plain way, for comparison: frames read and joined at every run, polygons with colours sent each time.

Run by the bench: the stock serializer of pydeck, no map files, no expressions, nothing cached. Edition and folder come
from the environment as for the app, the level from COUVERT_LEVEL.
"""

from __future__ import annotations

import json
import os

import pydeck as pdk
import streamlit as st

from indicators import INDICATOR
from loaders.store import current_version, edition_id, open_store
from views import classes, theme

NEED = INDICATOR["need_out_of_reach"]


def main() -> None:
    """One slider, one sentence, one map."""
    store = open_store(edition_id(), current_version(edition_id()) or "")
    level = os.environ["COUVERT_LEVEL"]
    reach = st.select_slider(NEED.title.en, [int(step) for step in store.setting("reach_steps_m")], value=1000)
    rows = store.indicator(NEED.id, level, f"reach_m={reach}").merge(store.shapes(level)).merge(store.areas(level))
    colours = theme.ramp(NEED.direction, dark=False)
    features = []
    for row in rows.to_dict("records"):
        known = row["status"] == "ok"
        at = classes.class_of(NEED, row["value"]) if known else 0
        colour = theme.rgb(colours[at - 1]) if at else (255, 255, 255)
        features.append({
            "type": "Feature", "geometry": json.loads(row["geojson"]),
            "properties": {"name": row["name_fr"], "value": row["value"] if known else None, "colour": colour},
        })
    ok = rows[rows["status"] == "ok"]
    st.html(f'<p class="cv-sentence">{reach}: {ok["value"].mean():.4f}</p>')
    layer = pdk.Layer(
        "GeoJsonLayer", {"type": "FeatureCollection", "features": features}, id="areas", pickable=True,
        get_fill_color="properties.colour",
    )
    view = store.settings["view"]
    where = pdk.ViewState(longitude=view["lon"], latitude=view["lat"], zoom=view["zoom"])
    st.pydeck_chart(pdk.Deck([layer], initial_view_state=where, map_provider=None), height=680)


main()
