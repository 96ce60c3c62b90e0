"""Figures drawn without a browser: words in the file, marks on the paper, what cannot be drawn not offered."""

from __future__ import annotations

import dataclasses
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from PIL import Image

from indicators import coverage
from views import bars, charts, drawn, drawn_charts, maps, noted, theme, trend_charts, words
from views.drawn_text import BOLD, PLAIN, wide, wrapped

TOLD = drawn.Told(
    "L’aide est-elle plus demandée, à 5 $ ou 10 $?", "En douze mois\u00a0: **23 085** besoins.",
    "Source\u00a0: Couvert.", ("simulated",), "https://couvert.example/referrals?lang=fr",
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    words.use("fr")
    yield
    words.use(None)


def weekly(*, dark: bool = False) -> go.Figure:
    days = pd.date_range("2026-01-05", periods=20, freq="7D")
    frame = pd.DataFrame({"period": days, "count": [400.0 + 10 * i for i in range(20)], "before": 350.0})
    frame.loc[4, "count"] = None
    events = pd.DataFrame({"date": [days[3]], "title_fr": ["Envoi postal"], "title_en": ["Mail-out"]})
    return trend_charts.weekly(frame, events, simulated=True, dark=dark)


ROWS = bars.Drawn(
    [bars.Row("Côte-de-Liesse", "9 500", 9500, 8500, 10500, "1", "Saint-Laurent", more=["17,8 %"]),
     bars.Row("Parc", "Masqué (confidentiel)", rank="2", more=[""])],
    ["Rang", "Secteur", "Personnes", "Part"], False,
)


def seen(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def share(image: Image.Image, colour: str) -> float:
    """The share of the picture that is one colour."""
    found = image.getcolors(maxcolors=10_000_000) or []
    return sum(n for n, c in found if c == theme.rgb(colour)) / (image.width * image.height)


@pytest.mark.parametrize("part", [weekly(), ROWS], ids=["chart", "bars"])
def test_a_png_is_a_whole_picture_on_white_paper(part: Any) -> None:
    image = seen(drawn.picture(TOLD, [part], "png"))
    assert image.width == 2000 and image.height > 600
    assert share(image, "#FFFFFF") > 0.7
    for token in ("ink", "mark", "sim-ground"):  # words, data, the word SIMULÉ
        assert share(image, theme.token(token, dark=False)) > 1e-4, token


def test_a_chart_drawn_for_a_dark_screen_is_printed_on_white() -> None:
    day, night = (drawn.picture(TOLD, [weekly(dark=dark)], "png") for dark in (False, True))
    assert seen(day).tobytes() == seen(night).tobytes()


@pytest.mark.parametrize("part", [weekly(), ROWS], ids=["chart", "bars"])
def test_an_svg_holds_its_words_as_text_and_its_own_letters(part: Any) -> None:
    content = drawn.picture(TOLD, [part], "svg").decode()
    root = ET.fromstring(content)
    told = " ".join("".join(node.itertext()) for node in root.iter(f"{SVG}text")).replace("\u00a0", " ")
    assert told.count("SIMULÉ") == 1 and "Simulé " not in f"{told} ".replace("simulé", "")  # the corner says it, once
    for wanted in (TOLD.title, "23 085", "Source : Couvert.", "lang=fr"):
        assert wanted in told, wanted
    titles = [node.text for node in root.iter(f"{SVG}title")]
    assert titles == [TOLD.title] and "23 085" in (root.findtext(f"{SVG}desc") or "").replace("\u00a0", " ")
    assert "@font-face" in content and "http" not in content.split("@font-face")[1].split("</style>")[0]
    wanted = "Envoi postal" if part is not ROWS else "Masqué (confidentiel)"
    assert wanted in told


def test_a_point_stands_where_its_value_is() -> None:
    chart = charts.base(300, dark=False)
    chart.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})
    chart.add_scatter(x=[0, 5, 10], y=[0, 50, 0], mode="markers", marker={
        "size": [0, 20, 0], "color": "#1E7C8A"})
    chart.update_xaxes(range=[0, 10], showticklabels=False)
    chart.update_yaxes(range=[0, 100], showticklabels=False)
    plain = drawn.Told("T", "S", "Q")
    image = seen(drawn.picture(plain, [chart], "png"))
    ys, xs = np.nonzero((np.asarray(image) == theme.rgb("#1E7C8A")).all(axis=2))
    assert (min(xs) + max(xs)) / 2 == pytest.approx(image.width / 2, abs=4)  # 5 of 0 to 10: the middle
    assert max(xs) - min(xs) == pytest.approx(40, abs=5)  # 20 px, two dots a pixel
    assert max(ys) - min(ys) == pytest.approx(40, abs=5)


def test_bars_are_as_long_as_their_values() -> None:
    rows = bars.Drawn([bars.Row("a", "10", 10.0), bars.Row("b", "5", 5.0)], ["", "Nom", "Combien"], False)
    image = seen(drawn.picture(drawn.Told("T", "S", "Q"), [rows], "png"))
    mark = theme.rgb(theme.token("mark", dark=False))
    lengths = (np.asarray(image) == mark).all(axis=2).sum(axis=1)
    long = sorted(lengths[lengths > 40])
    assert long[-1] / long[0] == pytest.approx(2, rel=0.03)


def test_a_dollar_is_a_dollar_and_a_sign_we_lack_is_still_drawn() -> None:
    content = drawn.picture(drawn.Told("5 $ ou 10 $ → ⅛", "S", "Q"), [ROWS], "svg").decode()
    assert "5 $ ou 10 $ → ⅛" in content


def test_a_kind_we_cannot_draw_is_not_offered() -> None:
    assert drawn.drawable([weekly(), ROWS])
    assert not drawn.drawable([]) and not drawn.drawable([go.Figure(go.Pie(values=[1]))])
    assert not drawn.drawable([go.Figure(go.Scatter(x=[1, 2], y=[1, 2])).update_yaxes(type="log")])
    half = go.Figure(go.Scatter(x=[1], y=[1])).update_xaxes(domain=[0, 0.5])
    assert not drawn_charts.drawable(half)


def test_a_map_that_shows_more_than_a_drawing_can_has_none() -> None:
    plain = maps.Map(None, "district", coverage.NEED, "reach_m=1000", breaks=(0.1, 0.2), method="natural")  # type: ignore[arg-type]
    assert drawn.drawable([plain])
    assert not drawn.drawable([dataclasses.replace(plain, older=True)])


def test_what_is_drawn_on_screen_is_what_is_kept() -> None:
    with noted.noting() as parts:
        bars.to_html(ROWS.rows, ROWS.heads, "Rangs", simulated=False)
    assert parts == [ROWS]
    bars.to_html(ROWS.rows, ROWS.heads, "Rangs", simulated=False)
    assert parts == [ROWS]  # nobody asked


def test_lines_fit_their_width_and_a_long_name_breaks_after_a_dash() -> None:
    name = "Saint-Henri–Petite-Bourgogne–Pointe-Saint-Charles"
    lines = wrapped(name, 260, 15, BOLD, BOLD)
    assert len(lines.rows) == 2 and lines.width <= 260
    assert "".join(text for row in lines.rows for text, _ in row) == name
    day = wrapped("Version 2026-11-23-001 du fichier " * 3, 300, 15)
    assert all("2026-11-23-001" in "".join(t for t, _ in row) or "2026" not in "".join(t for t, _ in row)
               for row in day.rows)
    assert wide("mm", PLAIN, 20) == pytest.approx(2 * wide("m", PLAIN, 20), rel=0.15)


@pytest.mark.parametrize(("mode", "steps"), [("stack", 3), ("group", 2), ("overlay", 2)])
def test_bars_stack_or_stand_beside_as_the_chart_says(mode: str, steps: int) -> None:
    chart = charts.base(300, dark=False).update_layout(barmode=mode)
    chart.add_bar(x=["a"], y=[1.0], marker={"color": "#1E7C8A"})
    chart.add_bar(x=["a"], y=[2.0], marker={"color": "#8A5F00"})
    chart.update_yaxes(range=[0, 3], showticklabels=False)
    image = seen(drawn.picture(drawn.Told("T", "S", "Q"), [chart], "png"))
    teal, ochre = (share(image, colour) for colour in ("#1E7C8A", "#8A5F00"))
    assert ochre > 0
    if mode == "overlay":
        assert teal == 0  # the larger stands over it
    else:
        assert ochre / teal == pytest.approx(2, rel=0.03)
