"""The palette holds what the look promises, under five kinds of vision; the settings and the sheet keep to it."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from tests.colours import VISIONS, contrast, distance
from views import assets, theme

HOUSE = Path(__file__).resolve().parent.parent.parent
SHEET = re.sub(r"/\*.*?\*/", "", (HOUSE / "views" / "theme.css").read_text("utf-8"), flags=re.DOTALL)
SETTINGS = tomllib.loads((HOUSE / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
THEMES = [pytest.param(False, id="light"), pytest.param(True, id="dark")]

# Text on its ground: 4.5 and more (WCAG 1.4.3).
TEXT = [("ink", "paper"), ("ink2", "paper"), ("ink3", "paper"), ("ink", "wash"), ("ink2", "wash"), ("ink3", "wash"),
        ("accent", "paper"), ("accent", "wash"), ("on-accent", "accent"), ("teal", "paper"), ("ochre", "paper"),
        ("sim-ink", "sim-ground"), ("ink3", "na"), ("ink3", "water"), ("mark", "paper")]
# Marks and lines that carry meaning: 3 and more (WCAG 1.4.11).
MARKS = [("mark", "paper"), ("teal", "paper"), ("ochre", "paper"), ("hatch", "paper"), ("borough", "na"),
         ("borough", "water"), ("ink", "paper"), ("ink", "na"), ("ink3", "paper")]

# What the look states, light then dark: the smallest distance of neighbours, worst of five visions, then in grey.
RAMPS = {"more_is_worse": ((11.1, 11.6), (10.2, 12.3)), "more_is_better": ((10.0, 10.6), (12.6, 12.9))}
ENDS = {"more_is_worse": (9.0, 8.3), "more_is_better": (8.4, 8.0)}  # contrast of the first and last class
SERIES = (8.8, 10.8)  # all pairs, grey apart
SERVICES = 14.0  # all pairs of four kinds, grey included


@pytest.mark.parametrize("dark", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_reads_on_its_ground(text: str, ground: str, dark: bool) -> None:
    tokens = theme.TOKENS[dark]
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("dark", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_a_mark_stands_out_from_its_ground(mark: str, ground: str, dark: bool) -> None:
    tokens = theme.TOKENS[dark]
    assert contrast(tokens[mark], tokens[ground]) >= 3


@pytest.mark.parametrize("dark", THEMES)
@pytest.mark.parametrize("direction", sorted(RAMPS))
def test_classes_of_a_ramp_are_told_apart_by_every_eye(direction: str, dark: bool) -> None:
    ramp = theme.ramp(direction, dark=dark)  # type: ignore[arg-type]
    worst = {vision: min(distance(a, b, vision) for a, b in itertools.pairwise(ramp)) for vision in VISIONS}
    every, grey = RAMPS[direction][dark]
    assert min(worst.values()) >= every - 0.1 and worst["grey"] >= grey - 0.1, worst
    light = [contrast(colour, "#000000") for colour in ramp]
    assert light == sorted(light, reverse=not dark), "more is darker in the light, lighter in the dark"
    assert contrast(ramp[0], ramp[-1]) >= ENDS[direction][dark]


@pytest.mark.parametrize("dark", THEMES)
def test_series_are_told_apart_and_seen(dark: bool) -> None:
    series, paper = theme.SERIES[dark], theme.TOKENS[dark]["paper"]
    for vision in set(VISIONS) - {"grey"}:  # in grey, the direct label and the dash tell them apart
        assert min(distance(a, b, vision) for a, b in itertools.combinations(series, 2)) >= SERIES[dark] - 0.1, vision
    assert min(contrast(colour, paper) for colour in series) >= 3


def test_kinds_of_places_are_told_apart_by_every_eye() -> None:
    four = [f"#{r:02X}{g:02X}{b:02X}" for r, g, b, _ in
            (assets._FILL[kind] for kind in ("food_aid", "market", "garden", "grocery"))]
    for vision in VISIONS:
        assert min(distance(a, b, vision) for a, b in itertools.combinations(four, 2)) >= SERVICES, vision


def test_no_two_kinds_of_places_share_a_shape() -> None:
    """Colour is the second cue: as white silhouettes of one size, the five shapes still differ."""
    import io

    from PIL import Image, ImageChops

    atlas = Image.open(io.BytesIO(assets.icons()))
    side = assets.ICON_SIZE
    cut = [atlas.crop((side * n, 0, side * (n + 1), side)).getchannel("A") for n in assets.ICONS.values()]
    for one, other in itertools.combinations(cut, 2):
        differs = sum(ImageChops.difference(one, other).histogram()[128:])
        assert differs > 0.03 * side * side


@pytest.mark.parametrize("dark", THEMES)
def test_the_frameworks_colours_are_the_tokens(dark: bool) -> None:
    tokens, told = theme.TOKENS[dark], SETTINGS["dark" if dark else "light"]
    expected = {
        "primaryColor": "accent", "linkColor": "accent", "backgroundColor": "paper", "textColor": "ink",
        "secondaryBackgroundColor": "wash", "borderColor": "rule", "dataframeHeaderBackgroundColor": "wash",
        "grayColor": "ink3",
    }
    assert {name: told[name] for name in expected} == {name: tokens[token] for name, token in expected.items()}
    charts = told if dark else SETTINGS
    assert tuple(charts["chartCategoricalColors"]) == theme.SERIES[dark]
    sequence = charts["chartSequentialColors"]
    assert len(sequence) == 10 and sequence[0 + dark :: 2] == list(theme.ramp("more_is_worse", dark=dark))


def test_both_themes_name_the_same_colours_and_the_sheet_writes_none_of_its_own() -> None:
    assert set(theme.TOKENS[False]) == set(theme.TOKENS[True])
    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b(?=[^{}]*[;}])", SHEET)
    assert set(re.findall(r"var\(--([a-z0-9-]+)", SHEET)) <= set(theme.TOKENS[False])


# --- one type scale, one spacing ---------------------------------------------------------------------------

SIZES = {"inherit", ".75rem", ".8125rem", ".9375rem", "1rem", "1.125rem", "1.375rem", "1.5rem", "1.625rem", "1.95rem",
         "3.1rem", "clamp(1.8rem, 1.1rem + 2.4vw, 2.6rem)", "clamp(1.125rem, 1rem + .6vw, 1.375rem)"}


def test_the_sheet_uses_the_declared_sizes_only() -> None:
    sizes = {size.replace("!important", "").strip() for size in re.findall(r"font-size:\s*([^;}]+)", SHEET)}
    sizes |= set(re.findall(r"font:\s*(\S+?)/", SHEET))
    assert sizes - SIZES == set()


def test_space_is_in_steps_of_four_pixels() -> None:
    """Two pixels are left to what stands inside a line: tags, codes, the row under a label."""
    odd = []
    spaces = r"((?<![a-z-])(?:margin|padding|gap|row-gap|column-gap)[a-z-]*)\s*:\s*([^;{}]+)"
    for name, told in re.findall(spaces, SHEET):
        for number, unit in re.findall(r"(-?\d*\.?\d+)(rem|px|em)\b", "" if "clamp" in told else told):
            pixels = abs(float(number)) * (1 if unit == "px" else 16)
            if unit == "em" or (pixels % 4 and pixels != 2):
                odd.append((name, told.strip()))
    assert odd == []


def test_the_sheet_leans_on_nothing_that_streamlit_renames() -> None:
    assert "st-emotion" not in SHEET
    held = set(re.findall(r'data-testid="?([\w-]+)', SHEET))
    assert held <= {"stMainBlockContainer", "stHeading", "stBaseButton-primary"}, held
