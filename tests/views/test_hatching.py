"""Patterns: the areas without a value, those alone, in one file for every map that marks them alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from indicators import MAPPED
from loaders.store import Store, current_version, open_store
from views import assets, hatching, mapfiles, maps, words


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    words.use("fr")
    version = current_version("toyville")
    assert version
    yield open_store("toyville", version)
    words.use(None)


def read(address: str) -> dict[str, dict]:
    """Properties by area_id of a map file, where its areas are told by `id`; else by order."""
    path = assets.STATIC / address.removeprefix("/app/static/")
    features = json.loads(path.read_bytes())["features"]
    return {one["properties"].get("id", n): one["properties"] for n, one in enumerate(features)}


def test_marks_are_the_areas_that_the_map_file_gives_no_value(store: Store) -> None:
    seen, words_of = 0, {code: name for name, code in mapfiles.CODES.items()}
    for level in store.levels():
        for indicator in MAPPED:
            held = mapfiles.columns(store, level, (indicator.id,))
            file = read(mapfiles.file(store, level, indicator.id))
            for (name, setting), at in held.items():
                if "hour=" in setting and "hour=10" not in setting:
                    continue  # one hour of each day is enough
                codes = {area: words_of.get(row.get(f"v{at}")) for area, row in file.items()}
                expected = tuple(sorted((area, word) for area, word in codes.items() if word in assets.PATTERNS))
                assert hatching.of_indicator(store, level, name, setting) == expected, (level, name, setting)
                seen += len(expected)
    assert seen > 10


def test_a_file_holds_marked_areas_alone_and_equal_marks_share_it(store: Store) -> None:
    shown = hatching.marks([("T2", "missing"), ("T1", "suppressed"), ("T3", "ok"), ("T4", "not_applicable")])
    address = hatching.file(store, "district", shown)
    assert [row["k"] for row in read(address).values()] == ["suppressed", "missing"]
    assert hatching.file(store, "district", tuple(shown)) == address
    assert hatching.file(store, "district", shown[:1]) != address
    (layer,) = hatching.layers(store, "district", shown, dark=False)
    assert layer.data == address and layer.get_fill_pattern == "@@=properties.k"
    assert hatching.layers(store, "district", (), dark=False) == []


def test_the_deck_draws_patterns_only_where_an_area_bears_one(store: Store) -> None:
    found = set()
    for indicator in MAPPED:
        for _, setting in mapfiles.columns(store, "district", (indicator.id,)):
            if "hour=" in setting:
                continue
            bears = bool(hatching.of_indicator(store, "district", indicator.id, setting))
            deck = maps.deck(maps.Map(store, "district", indicator, setting, kinds=()))
            assert ("patterns" in {layer.id for layer in deck.layers}) == bears, (indicator.id, setting)
            found.add(bears)
    assert found == {True, False}
