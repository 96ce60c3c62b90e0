"""Drawn maps of toyville: words and counts of the key, five looks apart, one area framed, nothing blank."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from indicators import INDICATOR
from loaders.store import Store, current_version, open_store
from views import drawn_key, drawn_map, maps, theme, words

NEED = INDICATOR["need_out_of_reach"]
REACH = "reach_m=1100"


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    version = current_version("toyville")
    assert version
    yield open_store("toyville", version)
    words.use(None)


def level_of(store: Store) -> str:
    return str(store.settings["default_level"])


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3)


def holds(data: bytes, colour: str) -> bool:
    return bool((pixels(data) == np.array(theme.rgb(colour))).all(axis=1).sum() > 200)


@pytest.mark.parametrize(("lang", "shown"), [("fr", "Donnée manquante"), ("en", "Missing")])
def test_svg_keeps_words_and_counts(store: Store, lang: str, shown: str) -> None:
    words.use(lang)
    asked = maps.Map(store, level_of(store), NEED, REACH)
    text = drawn_map.draw(asked, form="svg", title="T<itre", sentence="Une **phrase**.", source="S").decode()
    told = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", text)).replace("\u00a0", " ")
    assert "T&lt;itre" in told and "Une phrase." in told
    assert shown in told and NEED.title.of(lang).split()[0] in told
    assert "@font-face{font-family:'Public Sans'" in text


def test_the_key_counts_every_area_once(store: Store) -> None:
    level = level_of(store)
    values = store.indicator(NEED.id, level, REACH)
    entries = drawn_key.entries(NEED, values)
    assert sum(count for _, _, count in entries) == len(values)
    counted = {shown: count for shown, _, count in entries}
    assert counted["missing"] == int((values["status"] == "missing").sum()) > 0
    assert counted["not_applicable"] == int((values["status"] == "not_applicable").sum()) > 0


def test_png_has_the_colours_of_its_classes_and_grey_has_none(store: Store) -> None:
    asked = maps.Map(store, level_of(store), NEED, REACH, "T2")
    coloured = drawn_map.draw(asked, form="png")
    values = store.indicator(NEED.id, level_of(store), REACH)
    ok = values[(values["status"] == "ok") & values["value"].notna()]
    for n in set(maps.classes_of(NEED, ok["value"])) - {0}:
        assert holds(coloured, theme.ramp(NEED.direction, dark=False)[n - 1])
    assert holds(coloured, theme.TOKENS[False]["water"])
    grey = pixels(drawn_map.draw(asked, form="png", grey=True)).astype("int")
    assert np.ptp(grey, axis=1).max() == 0 and len(np.unique(grey[:, 0])) > 8


def test_zero_and_the_four_statuses_never_look_alike() -> None:
    plate = drawn_map.Plate((2.0, 2.0), grey=True)
    looks = [0, *drawn_key.STATUSES]
    told = {(look["facecolor"], look.get("hatch", "")) for look in (plate.look(x, NEED) for x in looks)}
    assert len(told) == 5


def test_near_frames_the_chosen_area_and_an_unknown_one_is_the_whole_map(store: Store) -> None:
    level = level_of(store)
    whole = drawn_map.draw(maps.Map(store, level, NEED, REACH), form="png")
    near = drawn_map.draw(maps.Map(store, level, NEED, REACH, "T2"), form="png", near=True)
    lost = drawn_map.draw(maps.Map(store, level, NEED, REACH, "nowhere"), form="png", near=True)
    assert near != whole and lost == whole


def test_values_without_a_row_are_missing(store: Store) -> None:
    nothing = maps.Map(store, level_of(store), NEED, "reach_m=1")
    values = drawn_map._values(nothing)  # pyright: ignore[reportPrivateUsage]
    assert set(values["status"]) == {"missing"} and len(drawn_map.draw(nothing, form="png")) > 10_000
    assert isinstance(values, pd.DataFrame)
