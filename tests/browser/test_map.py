"""The gap map in a real browser: drawn, recoloured, clicked, linked, with nothing fetched from outside."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indicators import coverage
from tests.browser.conftest import chromium
from views import maps, theme

pytestmark = pytest.mark.browser


def colours(page) -> set:
    """Colours that cover at least 0.2 % of the map."""
    from PIL import Image

    shot = page.screenshot(clip=page.locator("canvas").first.bounding_box())  # without waiting for it to be still
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    many = image.getcolors(maxcolors=10_000_000) or []
    return {colour for n, colour in many if n > image.width * image.height * 0.002}


def drawn(page, wanted: tuple[int, ...], seconds: float = 30) -> float:
    """Seconds until a colour is on the map."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if page.locator("canvas").count() and wanted in colours(page):
            return time.monotonic() - start
        page.wait_for_timeout(100)
    raise AssertionError(f"{wanted} is not on the map: {sorted(colours(page))}")


def centre(*, dark: bool) -> tuple[int, ...]:
    """Colour of Centre, where 10 % of residents are in need and out of reach."""
    ramp = theme.ramp(coverage.NEED.direction, dark=dark)
    return theme.rgb(ramp[maps.class_of(coverage.NEED, 0.10) - 1])


CENTRE, CENTRE_DARK = centre(dark=False), centre(dark=True)
WATER = theme.rgb(theme.token("water", dark=False))


def test_the_map_is_drawn_with_nothing_from_outside(visit) -> None:
    page = visit("/gap_map")
    drawn(page, CENTRE)
    assert WATER in colours(page)
    assert page.outside == []
    assert page.locator("text=Dans 1 des 3 districts").count() == 1


def test_a_slider_move_recolours_with_few_bytes(visit) -> None:
    page = visit("/gap_map")
    drawn(page, CENTRE)
    page.wait_for_timeout(1500)
    got = {"bytes": 0}
    page.on("response", lambda response: got.__setitem__("bytes", got["bytes"] + len(response.body() or b"")))
    thumb = page.get_by_role("slider")
    thumb.focus()
    thumb.press("ArrowLeft")  # 500 m: need out of reach of Centre is 10 % still, of the city 6 %
    page.wait_for_function("() => location.search.includes('reach=500')")
    page.wait_for_timeout(500)
    assert got["bytes"] < 100_000
    assert "reach=500" in page.url


def test_a_click_chooses_the_area_and_the_link_brings_it_back(visit) -> None:
    page = visit("/gap_map?lang=en")
    drawn(page, CENTRE)
    box = page.locator("canvas").first.bounding_box()
    for _ in range(10):  # the map takes clicks a moment after it is drawn
        page.wait_for_timeout(2000)
        page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.61)
        page.wait_for_timeout(1500)
        if "area=T2" in page.url:
            break
    page.wait_for_selector("h3:has-text('Centre')")
    assert CENTRE in colours(page)  # Streamlit's dimming of everything else stays away
    again = visit("/gap_map" + page.url.split("/gap_map")[1])
    again.wait_for_selector("h3:has-text('Centre')")
    assert again.locator("text=Where do people live with little").count() == 1


def test_language_and_area_survive_a_change_of_page(visit) -> None:
    page = visit("/gap_map?area=T2")
    page.wait_for_selector("h3:has-text('Centre')")
    page.locator(".st-key-strip").get_by_text("EN", exact=True).click()
    page.wait_for_selector("text=Search for an area")
    assert "lang=en" in page.url
    page.get_by_role("link", name="Overview", exact=True).click()
    page.wait_for_selector("h1:has-text('How is the city doing')")
    assert "lang=en" in page.url and "version=" in page.url
    page.get_by_role("link", name="Gap map", exact=True).click()
    page.wait_for_selector("h3:has-text('Centre')")
    assert "area=T2" in page.url


def test_a_name_typed_without_accents_or_by_its_short_form_is_found(visit) -> None:
    page = visit("/gap_map")
    page.wait_for_selector("canvas")
    box = page.get_by_role("combobox", name="Chercher un secteur")
    box.fill("coline")
    box.press("Enter")
    page.wait_for_function("() => location.search.includes('area=T3')", timeout=15_000)
    page.wait_for_selector("h3:has-text('Colline')")
    assert "area=T3" in page.url


def test_back_leaves_the_page_where_it_was(visit) -> None:
    page = visit("/gap_map?area=T2")
    page.wait_for_selector("h3:has-text('Centre')")
    page.get_by_role("link", name="Aperçu", exact=True).click()
    page.wait_for_selector("h1:has-text('Comment va la ville')")
    page.wait_for_timeout(800)
    for _ in range(4):
        if "/gap_map" in page.url:
            break
        page.go_back()
        page.wait_for_timeout(1500)
    page.wait_for_selector("h3:has-text('Centre')")
    assert "/gap_map" in page.url and "area=T2" in page.url


def test_a_download_is_a_file_french_excel_reads(visit) -> None:
    page = visit("/gap_map")
    page.wait_for_selector("canvas")
    page.get_by_text("Télécharger").click()
    with page.expect_download() as waiting:
        page.get_by_text("CSV, Excel français").click()  # the menu is filled when it opens
    name = waiting.value.suggested_filename
    assert name.startswith("couvert_personnes-touchees-sans-aide-a-portee_districts_portee-1100-m_20")
    assert name.endswith("_fr_SIMULE.excel.csv")
    lines = Path(waiting.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Code;") and ";Nature;" in lines[0] and len(lines) == 6
    assert any(";10,0;" in line and "Simulé" in line and "Centre" in line for line in lines)


def test_a_phone_opens_on_the_table_and_never_scrolls_sideways(visit) -> None:
    page = visit("/gap_map", width=390, agent="Mozilla/5.0 (Linux; Android 14) Mobile Safari")
    page.wait_for_selector(".cv-table")
    assert page.locator("canvas").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dark_theme_uses_the_reversed_ramp(visit) -> None:
    page = visit("/gap_map", dark=True)
    drawn(page, CENTRE_DARK)
    assert page.outside == []


def test_saturday_morning_in_four_clicks(visit) -> None:
    """Where do most people in need have no help within reach on Saturday morning? From the first page, three clicks."""
    page = visit("/")
    page.get_by_role("link", name="Carte des écarts", exact=True).click()
    page.get_by_text("Selon l’heure", exact=True).click()
    page.get_by_text("sam.", exact=True).click()
    told = page.locator(".cv-sentence", has_text="Le samedi de")
    told.wait_for()
    words = told.inner_text().replace("\u00a0", " ")
    assert "sans aucun lieu ouvert connu à moins de 1,1 km" in words
    assert "Centre (environ 100); Nord (environ 25); Colline (de 0 à 10)" in words
    assert "day=SA" in page.url and "hour=10" in page.url and "show=hours" in page.url


def test_the_nine_cells_are_painted_and_another_cut_sends_no_polygon(visit) -> None:
    page = visit("/gap_map?show=pair")
    drawn(page, theme.rgb(theme.PAIR[2][0]))  # Nord: 25% in need, beside a place
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.get_by_text("En nombre égal", exact=True).click()
    page.wait_for_function("() => location.search.includes('classes=equal')")
    page.wait_for_timeout(1500)
    assert [url for url in fetched if "/static/maps/" in url] == []


def test_without_webgl_the_table_stands_in_for_the_map(served) -> None:
    if chromium() is None:
        pytest.skip("no Chromium on this machine")
    # A process of its own: playwright runs one loop a thread.
    script = (
        "import sys\nfrom playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as play:\n"
        "    flags = ['--no-sandbox', '--disable-gpu', '--disable-webgl', '--disable-webgl2', '--disable-3d-apis']\n"
        "    page = play.chromium.launch(executable_path=sys.argv[2], args=flags).new_page()\n"
        "    page.goto(sys.argv[1] + '/gap_map')\n"
        "    page.wait_for_selector('.cv-table', timeout=60_000)\n"
        "    print(page.locator('canvas').count(), page.get_by_text('il lui manque WebGL').count())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, served, chromium() or ""], capture_output=True, text=True, check=False,
    )
    assert found.stdout.split() == ["0", "1"], found.stderr
