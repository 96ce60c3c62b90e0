"""Listings: what is left out is counted, capacity stays unknown, a building is one place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loaders import services
from loaders.catalog import LoadError
from loaders.listing import UNNAMED
from tests.loaders.small import draft, one, source, write_features


def test_overpass_keeps_shops_and_counts_the_corners(tmp_path: Path) -> None:
    made = draft(tmp_path)
    shop = {"shop": "grocery", "name": "A", "check_date": "2025-08-25"}
    elements = [
        {"type": "node", "id": 1, "lat": 45.5, "lon": -73.5, "tags": shop},
        {"type": "node", "id": 2, "lat": 45.0, "lon": -73.0}, {"type": "node", "id": 3, "lat": 45.2, "lon": -73.2},
        {"type": "node", "id": 4, "lat": 45.4, "lon": -73.4, "tags": {"entrance": "main"}},
        {"type": "way", "id": 5, "nodes": [2, 3, 4, 2], "tags": {"shop": "supermarket", "check_date": "2025"}},
        {"type": "way", "id": 6, "nodes": [99], "tags": {"shop": "supermarket"}},
    ]
    (tmp_path / "o.json").write_text(json.dumps({"elements": elements}), encoding="utf-8")
    services.overpass(made, source("o", "o.json", {"key": "shop", "kind": "grocery"}, threshold=0.5))
    rows = made.frame("SELECT s.name, lat, lon, capacity, assured_date FROM service s "
                      "JOIN location ON location_id = service_id ORDER BY service_id")
    assert rows["name"].tolist() == ["A", UNNAMED]
    assert rows["lat"].tolist() == pytest.approx([45.5, 45.2])  # the first corner counts once
    assert rows["assured_date"].notna().tolist() == [True, False] and rows["capacity"].isna().all()
    assert one(made, "SELECT left_out FROM load_ledger") == 2 and one(made, "SELECT rejected FROM load_ledger") == 1


def test_a_way_stands_at_its_own_centre_and_never_at_a_node_of_its_number(tmp_path: Path) -> None:
    made = draft(tmp_path)
    shop, centre = {"shop": "grocery", "name": "W"}, {"lat": 45.5, "lon": -73.6}
    elements = [
        {"type": "node", "id": 7, "lat": 45.6, "lon": -73.4}, {"type": "relation", "id": 7, "tags": shop},
        {"type": "way", "id": 7, "center": centre, "tags": shop},
        {"type": "way", "id": 7, "center": centre, "tags": shop},
        {"type": "way", "id": 7, "center": {"lat": 45.7, "lon": -73.6}, "tags": shop},
    ]
    (tmp_path / "o.json").write_text(json.dumps({"elements": elements}), encoding="utf-8")
    services.overpass(made, source("o", "o.json", {"key": "shop", "kind": "grocery"}, threshold=0.9))
    assert made.frame("SELECT location_id, lon, lat FROM location").to_numpy().tolist() == [["o:way/7", -73.6, 45.5]]
    assert made.frame("SELECT line, rule FROM reject").to_numpy().tolist() == [[2, "geometry"], [5, "key"]]
    assert one(made, "SELECT duplicates FROM load_ledger") == 1


def test_an_empty_answer_is_a_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "o.json").write_text('{"elements": []}', encoding="utf-8")
    with pytest.raises(LoadError, match=r"o\.json: it holds no elements"):
        services.overpass(draft(tmp_path), source("o", "o.json", {"key": "shop", "kind": "grocery"}))


def test_a_table_of_places_keeps_its_identifiers_when_rows_move(tmp_path: Path) -> None:
    options = {"name": "n", "lon": "x", "lat": "y", "address": "a", "kind": "food_aid", "form": "t",
               "forms": {"food_bank": "pantry"}}
    rows = ["Le Phare,-73.6,45.6,,food_bank", "L’œuvre,-73.7,45.5,1 rue A,charity"]
    keys = []
    for name, order in (("a", rows), ("b", rows[::-1])):
        (tmp_path / name).mkdir()
        made = draft(tmp_path / name)
        (tmp_path / name / "t.csv").write_text("n,x,y,a,t\n" + "\n".join(order) + "\n", encoding="utf-8")
        services.service_table(made, source("t", "t.csv", options))
        listed = made.frame("SELECT service_id, form FROM service ORDER BY name")
        keys.append(listed["service_id"].tolist())
        assert set(listed["form"].dropna()) == {"pantry"}
    assert keys[0] == keys[1]


def test_points_of_other_types_are_left_out(tmp_path: Path) -> None:
    made = draft(tmp_path)
    point = {"type": "Point", "coordinates": [-73.6, 45.5]}
    write_features(tmp_path / "p.geojson", [
        ({"ID": 1, "n": "Jardin", "t": "garden", "no": "12", "rue": "Rue B"}, point),
        ({"ID": 2, "n": "Hôtel", "t": "hotel", "no": "", "rue": ""}, point),
    ])
    options = {"id": "ID", "name": "n", "type": "t", "address": ["no", "rue"], "kinds": {"garden": "garden"}}
    services.service_points(made, source("p", "p.geojson", options))
    assert one(made, "SELECT address FROM location") == "12 Rue B"
    assert one(made, "SELECT rows FROM left_out") == 1
