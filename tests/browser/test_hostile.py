"""Every page over names that are code, in Chromium: nothing runs, nothing is asked of anybody, all is shown as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.pages.crawl import pages
from tests.report import record, times
from tests.security.hostile import hostile
from tests.security.live import HOUSE, Served, canary, serve
from tests.security.payloads import markdown, scripts

KEYS = ("area", "level", "indicator", "dataset", "need", "group", "kind", "form", "tongue", "month", "unit", "status")
# What a page may be built of: anything else a name brought there.
STRANGE = "script, iframe, object, embed, base, form, marquee, math, meta[http-equiv=refresh], video, audio, [onerror]"

OURS = (HOUSE / "views" / "frame.js").read_text("utf-8").strip()  # the one script of the site


@pytest.fixture(scope="module")
def beacon() -> Iterator[tuple[str, list[str]]]:
    with canary() as found:
        yield found


@pytest.fixture(scope="module")
def hostile_served(beacon: tuple[str, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        names = [*scripts(beacon[0]), *markdown(beacon[0])]
        versions = hostile(tmp_path_factory.mktemp("hostile"), names, patch)
    with serve(versions, tmp_path_factory.mktemp("served")) as running:
        yield running


def opened(browser, address: str, path: str):
    """A page of a fresh visit, whole: what it ran, said in boxes, asked outside, failed to load."""
    context = browser.new_context(viewport={"width": 1400, "height": 2400}, locale="fr-CA")
    page = context.new_page()
    page.outside, page.failed, page.boxes = [], [], []

    def only_here(route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            page.outside.append(route.request.url)
            route.abort()

    def answered(response) -> None:
        # On a deep link Streamlit first asks below the page, is told no, and then asks at the root.
        probe = re.search(r"/\w+/_stcore/(health|host-config)$", response.url)
        if response.status >= 400 and not probe:
            page.failed.append(f"{response.status} {response.url}")

    def box(dialog) -> None:
        page.boxes.append(dialog.message)
        dialog.dismiss()

    page.route("**/*", only_here)
    page.on("response", answered)
    page.on("requestfailed", lambda request: page.failed.append(request.url))
    page.on("dialog", box)
    page.goto(address + path)
    page.wait_for_selector("h1", timeout=90_000)
    page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached", timeout=90_000)
    page.wait_for_timeout(800)
    return context, page


def test_the_check_sees_what_runs(browser, beacon: tuple[str, list[str]]) -> None:
    page = browser.new_context().new_page()
    page.set_content(f'<h1>x</h1><img src=x onerror="{"window.ran=(window.ran||0)+1"}"><img src="{beacon[0]}/seen">')
    page.wait_for_function("() => window.ran === 1")
    page.wait_for_timeout(200)
    assert "/seen" in beacon[1]
    beacon[1].clear()
    page.context.close()


@pytest.mark.parametrize("page_name", pages())
def test_names_and_addresses_that_are_code_are_shown_as_text(
    browser, hostile_served: Served, beacon: tuple[str, list[str]], page_name: str
) -> None:
    texts = scripts(beacon[0])
    first, language = pages().index(page_name), ("fr", "en")[pages().index(page_name) % 2]
    ran, asked, strange, failed, boxes = 0, [], [], [], []
    for turn in range(times(1, 4)):
        address = {"lang": language, **{key: texts[(11 * i + first + turn) % 40] for i, key in enumerate(KEYS)}}
        if turn == 0:
            address |= {"area": "T1", "level": "district"}  # the names of an area, chosen
        path = "" if page_name == pages()[0] else page_name
        context, page = opened(browser, hostile_served.address, f"/{path}?{urlencode(address)}")
        for at in range(3):  # what a map says of the area under the pointer
            page.mouse.move(500 + 60 * at, 700 + 90 * at)
            page.wait_for_timeout(150)
        ran += sum(frame.evaluate("() => window.ran || 0") for frame in page.frames)
        inside = page.locator('[data-testid="stMain"]')
        strange += inside.evaluate_all(
            "(roots, [kinds, ours]) => roots.flatMap(r => [...r.querySelectorAll(kinds)])"
            ".filter(e => e.textContent.trim() !== ours).map(e => e.outerHTML.slice(0, 90))", [STRANGE, OURS],
        )
        strange += inside.evaluate_all(
            "roots => roots.flatMap(r => [...r.querySelectorAll('a[href]')]).map(a => a.getAttribute('href'))"
            ".filter(h => /^\\s*javascript:|\\/(beacon|md|auto)/i.test(h))"
        )
        asked += page.outside + beacon[1]
        failed += page.failed
        boxes += page.boxes
        context.close()
        beacon[1].clear()
    assert record(
        32, "40 scripts in every name, note and part of an address, every page, in Chromium",
        "0 executions, 0 loads from outside", f"{page_name}: {ran + len(boxes)}, {len(asked)}",
        passed=not (ran or boxes or asked or strange),
    ), (ran, boxes, asked, strange)
    assert record(46, "every page with all but loopback blocked", "0 requests needed from outside, none failed",
                  f"{page_name}: {len(asked)}, {len(failed)}", passed=not asked and not failed), (asked, failed)


def test_markdown_is_shown_letter_by_letter(browser, hostile_served: Served, beacon: tuple[str, list[str]]) -> None:
    """Services whose names are marks of markdown: the very letters are on the page of services."""
    found, seen = set(), ""
    for at in range(1, 8):
        context, page = opened(browser, hostile_served.address, f"/services?lang=fr&page={at}")
        seen += page.locator('[data-testid="stMain"]').inner_text()
        drawn = page.locator('[data-testid="stMain"]').evaluate_all(
            "roots => roots.flatMap(r => [...r.querySelectorAll('.katex, code, img')])"
            ".map(e => e.outerHTML.slice(0, 80))"
        )
        assert not [one for one in drawn if "x^2" in one or "/md" in one or ">code<" in one], drawn
        context.close()
    flat = " ".join(seen.split())
    for text in markdown(beacon[0]):
        if " ".join(text.split()) in flat:
            found.add(text)
    missing = [text for text in markdown(beacon[0]) if text not in found]
    assert record(33, "ten marks of markdown in names of services", "literal on the page, 0 requests",
                  f"{len(found)} of 10 literal, {len(beacon[1])} requests",
                  passed=not missing and not beacon[1]), missing
