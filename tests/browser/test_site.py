"""The static pages in a browser: axe finds nothing, nothing overflows, no script is needed."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.publish import current, manifest
from loaders.store import Store
from publish import shelf
from tests.browser.test_access import faults
from tests.publish import small
from tests.report import record

pytestmark = pytest.mark.browser

PAGES = ("index.html", "fr/index.html", "en/food/nord-t1.html", "fr/overview.html", "en/areas/index.html",
         "fr/areas/rive-t5.html", "en/data.html", "503.html")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: a test's log is what it asserts."""


@pytest.fixture(scope="module")
def static(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of toyville's site, in a folder below the root of a plain server of files."""
    folder, root = toyville / "toyville", tmp_path_factory.mktemp("root")
    version = current(folder)
    assert version
    store = Store(folder / f"{version}.duckdb", manifest(folder, version))
    shelf.put(root / "below", version, small.quick(store))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/below/current/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def tab(browser, static) -> Iterator:
    """A function that opens a page; what it asked elsewhere and what it complained of are kept."""
    opened = []

    def go(path: str, *, width: int = 1400, dark: bool = False, script: bool = True):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light",
            java_script_enabled=script, timezone_id="Pacific/Auckland",
        )
        opened.append(context)
        page = context.new_page()
        page.complaints, page.outside = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda one: page.outside.append(one.url) if not one.url.startswith(static) else None)
        page.goto(static + path)
        return page

    yield go
    for context in opened:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_by_day_or_night_and_nothing_overflows(tab, path: str) -> None:
    for dark in (False, True):
        page = tab(path, dark=dark)
        wrong = faults(page)
        assert record(60, "each kind of static page, by day and by night: axe (WCAG 2.2 AA)", "0 faults",
                      f"{path}: {len(wrong)}", passed=not wrong), (dark, wrong)
        assert page.complaints == [] and page.outside == []
        heading = page.locator("h1").bounding_box()
        assert heading and heading["width"] > 200 and heading["height"] < 140, "a title reads in one or two lines"
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"dark: {dark}"


def test_everything_is_there_without_a_script(tab) -> None:
    page = tab("fr/food/nord-t1.html", script=False)
    assert page.locator("li.place").count() == 1 and page.locator("li.place").is_visible()
    assert not page.locator("#find").is_visible() and not page.locator("#open-now").is_visible()
    page.locator("summary", has_text="Ouvert quel jour?").click()
    page.locator("summary", has_text="Lundi").click()
    page.locator("details details a").first.click()
    assert page.url.endswith("#s1-l1")


def test_the_search_ignores_accents_and_says_what_it_found(tab) -> None:
    page = tab("fr/areas/index.html")
    page.locator("#find").fill("CÉNTRE")
    assert page.locator("li[data-say]:visible").all_inner_texts() == ["Centre"]
    assert page.locator(".found").inner_text() == "1 résultat."
    page.locator("#find").fill("zzz")
    assert page.locator(".found").inner_text() == "Aucun résultat."


@pytest.mark.parametrize(("moment", "seen"), [
    ("2026-11-23T17:00:00-05:00", True), ("2026-11-23T19:29:59-05:00", True), ("2026-11-23T19:30:00-05:00", False),
    ("2026-11-23T16:59:00-05:00", False), ("2026-11-24T17:30:00-05:00", False),
])
def test_open_now_follows_the_clock_of_the_place(tab, browser, static, moment: str, seen: bool) -> None:
    """Nord opens on Monday from 17:00 to 19:30, at home; the reader's device is in another zone."""
    from datetime import datetime

    page = tab("index.html")
    page.clock.set_fixed_time(datetime.fromisoformat(moment))
    page.goto(f"{static}en/food/nord-t1.html")
    page.evaluate("document.documentElement.dataset.zone = 'America/Toronto'")  # toyville's edition names no zone
    page.locator("#open-now").check()
    assert page.locator("li.place").is_visible() == seen


def test_a_click_on_the_map_is_the_link_of_the_list(tab, static) -> None:
    page = tab("fr/index.html")
    page.locator("svg [data-href]").first.click(position={"x": 5, "y": 5})
    page.wait_for_url("**/fr/food/*.html")
    assert page.locator("h1").inner_text().startswith("Aide alimentaire dans le quartier")


def test_it_prints_without_its_menu(tab) -> None:
    page = tab("fr/food/nord-t1.html")
    page.emulate_media(media="print")
    assert not page.locator("header nav").is_visible() and not page.locator("#find").is_visible()
    assert page.locator("li.place").is_visible() and page.locator(".drawn svg").is_visible()
    assert page.pdf().startswith(b"%PDF-")
