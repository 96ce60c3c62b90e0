"""Toyville by pencil: the nine cells of need against distance, and one hour of the week."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.store import Store, current_version, open_store
from views import classes, gap_map, hours, mapfiles, older, pairs, theme, words


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    words.use("en")
    yield open_store("toyville", current_version("toyville") or "")
    words.use(None)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


# --- need × distance --------------------------------------------------------------------------------------


def test_cells_of_toyville(store: Store) -> None:
    both = pairs.pair(store, "district", "fixed")
    found = both.frame.set_index("area_id")
    # Need: 25 of 100 in Nord, 60 of 300 in Centre, 10 of 100 in Colline; the limits are 21.5 and 22.5%.
    assert both.need == (0.215, 0.225) and both.far == (800.0, 1500.0)
    assert found.loc[["T1", "T2", "T3"], "need"].tolist() == pytest.approx([0.25, 0.2, 0.1])
    metres = store.indicator("nearest_food_aid", "district").set_index("area_id")["value"]
    across = {area: 1 + (metres[area] >= 800) + (metres[area] >= 1500) for area in ("T1", "T2", "T3")}
    cells = [f"{row}{across[area]}" for row, area in (("C", "T1"), ("A", "T2"), ("A", "T3"))]
    assert found.loc[["T1", "T2", "T3"], "cell"].tolist() == cells
    assert found.loc["T4", "status"] == "not_applicable" and found.loc["T5", "status"] == "missing"
    assert found.loc[["T4", "T5"], "cell"].tolist() == ["", ""]


def test_key_table_and_file_of_the_cells_agree(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapfiles.assets, "STATIC", tmp_path)
    url = pairs.file(store, "district")
    held = json.loads((tmp_path / url.removeprefix("/app/static/")).read_text("utf-8"))["features"]
    for n, method in enumerate(classes.METHODS):
        both = pairs.pair(store, "district", method)
        table = pairs.table(both)
        told = dict(zip(table.export["area_id"], table.columns[1].texts))
        key = pairs.key(both, unit_key="level_n.district", services={}, closed=0)
        cells = [told[area] for area in ("T1", "T2", "T3")]
        for cell in set(cells):
            assert f"<b>{cell}</b><small>{cells.count(cell)}</small>" in key
        for feature in held:
            own = feature["properties"]
            assert own[f"s{n + 1}"] == (told[own["id"]] if own["v2"] == 0 else "")
            colour = seen(pairs.fill(both, dark=False), own)
            if own["v2"] == 0:
                row, column = pairs.LETTERS.index(own[f"s{n + 1}"][0]), int(own[f"s{n + 1}"][1]) - 1
                assert colour == "[{},{},{}]".format(*theme.rgb(theme.PAIR[row][column]))
            else:
                name = "na" if own["v2"] == mapfiles.CODES["not_applicable"] else "paper"
                assert colour == "[{},{},{}]".format(*theme.rgb(theme.token(name, dark=False)))


def seen(chain: str, own: dict[str, float]) -> str:
    """What the chain gives for one feature, read the way the browser reads it."""
    for part in chain.split(":"):
        test, _, colour = part.rpartition("?")
        if all(holds(one, own) for one in test.split("&&") if one):
            return colour
    raise AssertionError("the chain has no end")


def holds(test: str, own: dict[str, float]) -> bool:
    for sign in (">=", "==", "<"):
        if sign in test:
            name, limit = test.split(sign)
            value = own[name.removeprefix("properties.")]
            return {">=": value >= float(limit), "==": value == float(limit), "<": value < float(limit)}[sign]
    raise AssertionError(test)


def test_the_sentence_of_the_cells_counts_people(store: Store) -> None:
    both = pairs.pair(store, "district", "equal")  # three areas, a class each
    assert len(both.need) == 2
    told = plain(pairs.sentence(both, "district"))
    assert "Of 3 districts, none" in told and "For 1 area, the figure is missing" in told


# --- one hour ---------------------------------------------------------------------------------------------


def at(store: Store, day: str, hour: int) -> gap_map.Values:
    return gap_map.values(store, hours.NONE_OPEN, "district", hours.setting(store, day, hour))


def test_people_without_an_open_place_by_pencil(store: Store) -> None:
    # Wednesday at 11: Nord’s 25 people have one, and 30 of Centre’s 60. Colline’s 10 depend on untold hours.
    rows = hours.without(at(store, "WE", 11).frame).set_index("area_id")
    assert rows.loc[["T1", "T2", "T3"], "least"].tolist() == pytest.approx([0, 30, 0])
    assert rows.loc[["T1", "T2", "T3"], "most"].tolist() == pytest.approx([0, 30, 10])
    assert rows.loc[["T4", "T5"], ["least", "most"]].isna().all(axis=None)


def test_saturday_morning_names_areas_with_their_ranges(store: Store) -> None:
    shown = at(store, "SA", 10)
    told = plain(hours.sentence(store, hours.without(shown.frame), shown.city, "SA", 10))
    # Nothing is open for certain: 85 to 95 of 95 people, Centre’s 60 and Nord’s 25 for sure, up to 10 in Colline.
    assert told.startswith("On Saturday from 10 a.m. to 11 a.m., people in need with no known open place within 1.1 km")
    assert "Centre (about 100); Nord (about 25); Colline (0 to 10)" in told
    assert "In 1 area, a place within reach does not publish its hours" in told
    table = hours.table(hours.without(shown.frame), "T2")
    people = dict(zip(table.export["area_id"], map(plain, table.columns[1].texts)))
    assert people["T3"] == "0 to 10" and people["T4"] == people["T5"] == ""
    share = dict(zip(table.export["area_id"], map(plain, table.columns[2].texts)))
    assert share["T3"].startswith("Hours unknown: a place within reach") and share["T1"] == "100.0%"


def test_an_incomplete_listing_tells_at_most_and_names_no_area(store: Store) -> None:
    shown = at(store, "SA", 10)
    # As the store bounds what rests on the listing: the upper limit is the value, the lower one is not known.
    limited = hours.without(shown.frame.assign(low=float("nan"), high=shown.frame["value"].fillna(shown.frame["high"])))
    assert limited["least"].isna().all() and limited["most"].max() == pytest.approx(60)
    city = shown.city.copy() if shown.city is not None else None
    assert city is not None
    city["low"] = float("nan")
    told = plain(hours.sentence(store, limited, city, "SA", 10))
    assert "at most 100" in told and "The most live here" not in told and "Centre" not in told
    assert "at most" in plain(hours.table(limited, None).columns[1].texts[0])


def test_hours_that_are_alike_are_written_once(store: Store) -> None:
    held = mapfiles.columns(store, "district", (hours.NONE_OPEN.id,))
    # Closed everywhere, Monday evening, Wednesday at 10, at 11 and at 12: near Nord and half of Centre, always both.
    assert len(held) == 168 and len(set(held.values())) == 2
    name = hours.NONE_OPEN.id
    assert held[name, hours.setting(store, "MO", 18)] != held[name, hours.setting(store, "SA", 10)]


# --- what is offered --------------------------------------------------------------------------------------


def test_views_levels_and_rings_of_toyville(store: Store) -> None:
    offer = gap_map.offer(store)
    assert offer.shows() == ["one", "pair", "hours"] and offer.levels["hours"] == ["district"]
    assert hours.OPEN.id not in offer.indicators["district"]
    assert older.published(store, "district")


def test_rings_of_toyville(store: Store) -> None:
    # Shares of 20, 10 and 40% of 100, 300 and 100 residents; Rive is hidden, nobody lives in the park.
    rows = older.counts(store, "district").set_index("area_id")["people"]
    assert rows[["T1", "T2", "T3"]].tolist() == [20, 30, 40] and rows[["T4", "T5"]].isna().all()
    assert "the largest ring stands for 40. No value: 2 areas." in older.key(store, "district")
    column = older.column(store, "district", rows.index.to_series())
    assert column.texts == ["20", "30", "40", "Not applicable", "Hidden (confidential)"]
    drawn = json.loads(older._file(store, "district"))
    assert [ring["r"] / drawn[2]["r"] for ring in drawn] == pytest.approx([0.5**0.5, 0.75**0.5, 1], abs=0.01)


def test_what_a_level_could_place_is_told(store: Store) -> None:
    people = store.crosswalks()
    worst = people[(people["parent_level"] == "district") & (people["child_level"] == "demand_point")].iloc[0]
    told = plain(gap_map.placed(store, "district"))
    assert f"{worst['placed']:,.0f} residents placed out of {worst['population']:,.0f}" in told
