"""What a scenario starts from, asked of the published file by the same words the build asks its draft."""

from __future__ import annotations

import pandas as pd

from loaders.store import Store

# Active food-aid service points, one row a service at a place; the parameter is the kind that counts.
FOOD_AID = """
    SELECT service_id || '@' || location_id AS id, lon, lat,
        capacity / count(*) OVER (PARTITION BY service_id) AS capacity, basis
    FROM service JOIN service_at_location USING (service_id) JOIN location USING (location_id)
    WHERE kind = ? AND service_status = 'active' AND referable IS DISTINCT FROM false
    QUALIFY lon IS NOT NULL ORDER BY id  -- after the window: an unplaced place keeps its part
"""

# The points each place with a service area may serve; a place with no row serves anyone.
SERVED = """
    SELECT DISTINCT service_id || '@' || location_id AS destination, child_id AS area_id
    FROM service_area JOIN service_at_location USING (service_id)
    JOIN area_link ON child_level = 'demand_point' AND parent_id = area_id ORDER BY ALL
"""

_POINTS = """
    SELECT point_id, lon, lat, population, base_id, parent_id AS area_id FROM demand_point
    LEFT JOIN area_link ON child_level = 'demand_point' AND child_id = point_id AND parent_level = ?
    ORDER BY point_id
"""

_NAMES = """
    SELECT service_id || '@' || location_id AS id, service_id, s.name, o.name AS organization, s.form, s.dataset_id
    FROM service s JOIN organization o USING (organization_id) JOIN service_at_location USING (service_id)
    WHERE kind = ? ORDER BY id
"""


def demand_points(store: Store, level: str) -> pd.DataFrame:
    """Where residents are counted as living, by point_id: lon, lat, population, base_id, area_id [of `level`]."""
    return _frame(store, _POINTS, level).set_index("point_id")


def food_aid(store: Store) -> pd.DataFrame:
    """Active food-aid service points by id: lon, lat, capacity [people a month; NaN = never told], basis; with
    service_id, name, organization, form and dataset_id.

    A place without a position is listed but not counted: its part of a service's capacity is placed nowhere.
    """
    kind = store.setting("food_kind")
    return _frame(store, FOOD_AID, kind).set_index("id").join(_frame(store, _NAMES, kind).set_index("id"))


def served(store: Store) -> pd.DataFrame:
    """The points each place with a service area may serve: destination [as in `food_aid`], area_id [point]."""
    return _frame(store, SERVED)


def _frame(store: Store, sql: str, *parameters: object) -> pd.DataFrame:
    """A question of this file alone: no method of the store takes SQL from elsewhere."""
    return store._frame(sql, *parameters)  # pyright: ignore[reportPrivateUsage]
