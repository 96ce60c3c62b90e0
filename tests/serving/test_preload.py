"""What a page's first answer names: scripts that exist, with all they import, none twice; fonts as the theme asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit import file_util

from serving import preload
from serving.front import index

STATIC = Path(file_util.get_static_dir())
HOUSE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["overview", "gap_map"])
def test_every_script_named_is_there_with_all_it_imports(page: str) -> None:
    told = index("fr", page, "").decode()
    named = re.findall(r'rel="modulepreload"[^>]*href="\./static/js/([\w.-]+\.js)"', told)
    assert len(named) == len(set(named)) and len(named) > 58
    entry = re.search(r'src="\./static/js/([\w.-]+\.js)"', told)
    assert entry
    for name in named:
        for asked in preload._IMPORT.findall((STATIC / "static" / "js" / name).read_text("utf-8")):
            assert asked in {*named, entry[1]}, f"{name} imports {asked}"


def test_the_scripts_wanted_are_in_this_release() -> None:
    for root in (*preload.WORDS, *(root for names in preload.CONTROLS.values() for root in names)):
        assert preload.scripts((root,)), f"{root}: the framework has another name for it"


def test_what_draws_maps_and_charts_waits_for_the_words() -> None:
    for page in ("overview", "gap_map"):
        assert not {"DeckGlJsonChart", "PlotlyChart"} & {name.split(".")[0] for name in preload.links(page).split("/")}


def test_fonts_are_those_of_the_theme() -> None:
    theme = (HOUSE / ".streamlit" / "config.toml").read_text("utf-8")
    asked = re.findall(r'<link rel="preload" as="font"[^>]*href="/([^"]+)"', preload.links("overview"))
    assert sorted(asked) == sorted(re.findall(r'url = "(app/static/fonts/[^"]+)"', theme))
