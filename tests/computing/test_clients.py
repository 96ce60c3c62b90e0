"""Different people behind controlled counts, as the build writes them: three times fifty, and what widens it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely

from computing.clients import compute
from computing.facts import Facts
from loaders.draft import Draft
from loaders.edition import read_edition

TOYVILLE = read_edition("toyville")
SQUARE = "POLYGON (({w} 45, {e} 45, {e} 46, {w} 46, {w} 45))"


Place = tuple[str, float | None]
Count = tuple[str, str, float | None, str]


def draft(places: list[Place], counts: list[Count], base: int = 1) -> Draft:
    """Two districts, west and east of −73.5; `places`: organization, longitude; `counts`: organization, unit, count."""
    made = Draft(replace(TOYVILLE, settings={**TOYVILLE.settings, "base": base}), None, Path(":memory:"))
    words = dict.fromkeys(("kind", "code", "name_fr", "name_en", "fr_in", "fr_of", "en_in", "vintage"), "x")
    for area, level, west, east in (
        ("W", "district", -74, -73.5), ("E", "district", -73.5, -73), ("C", "city", -74, -73),
    ):
        shape = shapely.to_wkb(shapely.from_wkt(SQUARE.format(w=west, e=east)))
        made.insert("area", pd.DataFrame([{
            "area_id": area, "level": level, **words, "lon": 0.0, "lat": 0.0, "x_m": 0.0, "y_m": 0.0, "geometry": shape,
            "dataset_id": "d",
        }]))
    for number, (organization, lon) in enumerate(places):
        made.insert("service", pd.DataFrame([{
            "service_id": f"S{number}", "organization_id": organization, "name": "x", "kind": "food_aid",
            "service_status": "active", "basis": "counted", "dataset_id": "d",
        }]))
        if lon is not None:
            made.insert("location", pd.DataFrame([{
                "location_id": f"L{number}", "lon": lon, "lat": 45.5, "position": "given", "dataset_id": "d",
            }]))
            made.insert("service_at_location", pd.DataFrame([
                {"service_id": f"S{number}", "location_id": f"L{number}"},
            ]))
    made.insert("clients_count", pd.DataFrame([
        {"organization_id": o, "period": pd.Timestamp("2026-10-01"), "unit": unit, "count": count, "status": status,
         "basis": "counted", "dataset_id": "d"} for o, unit, count, status in counts
    ]))
    return made


def bounded(made: Draft) -> pd.DataFrame:
    compute(made, Facts())
    made.flush()
    return made.frame("SELECT * FROM indicator_value ORDER BY ALL").set_index(["area_id", "grp"])


def fifty(*organizations: str) -> list[Count]:
    return [(one, "people", 50.0, "ok") for one in organizations]


def test_three_times_fifty() -> None:
    found = bounded(draft([("a", -73.7), ("b", -73.7), ("c", -73.2)], fifty("a", "b", "c")))
    assert found.loc[("C", "people"), ["low", "high"]].tolist() == [50, 150]
    assert found.loc[("W", "people"), ["low", "high"]].tolist() == [50, 100]
    city = found.loc[("C", "people")]
    assert (city["status"], city["reason"], city["period"], city["level"]) == (
        "unknown", "overlap_untold", "2026-10", "city",
    )
    assert pd.isna(city["value"]) and set(found.index.get_level_values("grp")) == {"people"}
    # One organization, told exactly: the only number there can be.
    assert found.loc[("E", "people"), ["value", "status"]].tolist() == [50, "ok"]


def test_units_are_never_added() -> None:
    counts = [("a", "people", 50.0, "ok"), ("b", "households", 40.0, "ok"), ("c", "visits", 900.0, "ok"),
              ("d", "meals", 3000.0, "ok")]
    found = bounded(draft([(one, -73.7) for one in "abcd"], counts))
    assert found.loc[("C", "people"), "high"] == 50 and found.loc[("C", "households"), "high"] == 40
    assert set(found.index.get_level_values("grp")) == {"people", "households"}


def test_rounded_and_hidden_counts_are_as_wide_as_they_may_be() -> None:
    counts = [("a", "people", 50.0, "ok"), ("b", "people", None, "suppressed")]
    found = bounded(draft([("a", -73.7), ("b", -73.7)], counts, base=5))
    # 50 stands for 48 to 52; a hidden count for 1 to 9.
    assert found.loc[("C", "people"), ["low", "high"]].tolist() == [48, 61]


def test_who_sent_nothing_may_have_served_anyone() -> None:
    counts = [*fifty("a", "b"), ("c", "people", None, "missing")]
    found = bounded(draft([(one, -73.7) for one in "abc"], counts))
    assert found.loc[("C", "people"), "low"] == 50 and pd.isna(found.loc[("C", "people"), "high"])
    assert found.loc[("C", "people/sent"), ["low", "high"]].tolist() == [50, 100]


def test_an_organization_in_two_areas_may_have_served_in_either() -> None:
    found = bounded(draft([("a", -73.7), ("a", -73.2), ("b", -73.7)], fifty("a", "b")))
    assert found.loc[("W", "people"), ["low", "high"]].tolist() == [50, 100]
    assert found.loc[("E", "people"), ["low", "high"]].tolist() == [0, 50]
    assert found.loc[("C", "people"), ["low", "high"]].tolist() == [50, 100]


@pytest.mark.parametrize(("lon", "inside"), [(None, True), (-72.0, False)])
def test_the_city_counts_all_but_those_placed_outside(lon: float | None, inside: bool) -> None:
    found = bounded(draft([("a", -73.7), ("b", lon)], fifty("a", "b")))
    assert found.loc[("C", "people"), "high"] == (100 if inside else 50)


def test_no_counts_write_nothing() -> None:
    made = draft([("a", -73.7)], [("a", "meals", 900.0, "ok")])
    assert bounded(made).empty
