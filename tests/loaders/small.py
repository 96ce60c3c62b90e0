"""A city of two boroughs and six blocks, small enough to write here: for the tests of single loaders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loaders import blocks, boundaries
from loaders.draft import Draft
from loaders.edition import Edition, Source

ABOUT = {
    "title_fr": "x", "title_en": "x", "producer_fr": "x", "producer_en": "x", "licence_fr": "x", "licence_en": "x",
    "reference_fr": "2021", "reference_en": "2021", "basis": "counted",
}
BLOCKS = [  # id, population, households, land, place
    ("24660001001", 30, 10, "0.5", "Nord"), ("24660001002", 20, 10, "0,5", "Nord"),
    ("24660001003", 0, 0, "0.5", "Nord"), ("24660002001", 40, 20, "0.5", "Sud–Est"),
    ("24660002002", 10, 5, "0.5", "Sud–Est"), ("24660002003", 100, 40, "0.5", "Sud–Est"),
]
BLOCK_OPTIONS: dict[str, Any] = {
    "id": "id", "population": "pop", "households": "hh", "land_km2": "land", "place": "place",
    "pattern": r"2466\d{7}", "base_digits": 8, "base_prefix": "2021S0512", "base_level": "dissemination_area",
    "place_level": "borough", "vintage": 2021,
}


def source(dataset_id: str, file: str, options: dict[str, Any], threshold: float = 0.0) -> Source:
    """A source as an edition would declare it."""
    return Source(dataset_id, "", file, threshold, "test", options, ABOUT)


def draft(folder: Path) -> Draft:
    """An empty draft that reads its files from `folder`."""
    edition = Edition(
        "small", "Petite", "Small", ("block", "dissemination_area", "borough"), "dissemination_area", "borough",
        "EPSG:32188", None, None, {}, {}, {}, (), folder / "small.toml",
    )
    return Draft(edition, folder, folder / "small.duckdb")


def square(column: int, row: int, wide: int = 1) -> dict[str, Any]:
    """A square of a hundredth of a degree, `wide` squares wide."""
    west, south, step = -73.6 + column / 100, 45.5 + row / 100, 1 / 100
    east, north = west + step * wide, south + step
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def write_features(path: Path, rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """A GeoJSON file of (properties, geometry)."""
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def peopled(folder: Path, changed: dict[int, dict[str, Any]] | None = None) -> Draft:
    """A draft that holds the two boroughs, the six blocks and their two dissemination areas."""
    write_features(folder / "boroughs.geojson", [
        ({"id": "B1", "name": "Nord"}, square(0, 1, 3)), ({"id": "B2", "name": "Sud-Est"}, square(0, 0, 3)),
    ])
    rows = []
    for i, (key, pop, hh, land, place) in enumerate(BLOCKS):
        row = {"id": key, "pop": pop, "hh": hh, "land": land, "place": place, **(changed or {}).get(i, {})}
        rows.append((row, square(i % 3, 1 - i // 3)))
    write_features(folder / "blocks.geojson", rows)
    made = draft(folder)
    boundaries.areas(made, source("boroughs", "boroughs.geojson", {
        "level": "borough", "id": "id", "name": "name", "pattern": r"B\d", "vintage": 2021,
    }))
    blocks.blocks(made, source("blocks", "blocks.geojson", BLOCK_OPTIONS))
    return made


def one(made: Draft, sql: str) -> Any:
    """The first cell of a query."""
    row = made.con.execute(sql).fetchone()
    assert row is not None, sql
    return row[0]


__all__ = ["ABOUT", "BLOCKS", "BLOCK_OPTIONS", "draft", "one", "peopled", "source", "square", "write_features"]
