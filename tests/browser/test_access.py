"""The first page in a browser: the keyboard reaches all and shows where it is, words are explained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.crawl import pages

pytestmark = pytest.mark.browser

PAGES = pages()


@pytest.fixture(scope="module")
def tab(browser, served) -> Iterator:
    """One visit for the whole file: pages are opened in it one after the other."""
    context = browser.new_context(viewport={"width": 1400, "height": 1200}, locale="fr-CA", reduced_motion="reduce")
    page = context.new_page()
    yield page
    context.close()


def opened(tab, served: str, page: str, language: str = "fr"):
    """A page, whole: its foot is drawn, and its script has said its language."""
    path = "" if page == PAGES[0] else page
    tab.goto(f"{served}/{path}?lang={language}")
    whole(tab, language)
    return tab


def whole(tab, language: str) -> None:
    """Wait until the page is drawn in this language and nothing runs any more."""
    tab.wait_for_selector(".cv-foot", timeout=60_000)
    tab.wait_for_function(f"document.documentElement.lang === '{language}'", timeout=30_000)
    tab.wait_for_selector("[data-testid='stStatusWidget']", state="detached", timeout=30_000)


# What a reader can act on; a segment of a group or a tab is reached with the arrows from its first.
REACHABLE = (
    "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary, "
    "[tabindex='0']"
)


@pytest.mark.parametrize("page", ["overview"])
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(tab, served, page: str) -> None:
    opened(tab, served, page)
    tab.evaluate(
        "sel => [...document.querySelectorAll(sel)].forEach((e, i) => { if (e.offsetParent && e.tabIndex >= 0) "
        "e.dataset.cvAsked = i; })", REACHABLE,
    )
    asked = tab.locator("[data-cv-asked]").count()
    tab.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    seen: set[str] = set()
    unseen = []
    for place in range(asked + 20):
        tab.keyboard.press("Tab")
        name, shown, words = tab.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            "const box = e.closest('[data-baseweb=select], [data-testid=stSelectbox], [data-testid=stSlider]');"
            "return [e.dataset.cvAsked || '', s.outlineStyle !== 'none' || s.boxShadow !== 'none' || !!box || "
            "e.tagName === 'BODY' || e.tagName === 'MAIN', e.innerText || e.ariaLabel || '']; }"
        )
        if place == 0:
            assert words.strip() == "Aller au contenu"
        if name in seen and len(seen) == asked:
            break
        if name:
            seen.add(name)
            if not shown:
                unseen.append(words)
    missed = tab.evaluate(
        "seen => [...document.querySelectorAll('[data-cv-asked]')].filter(e => !seen.includes(e.dataset.cvAsked) && "
        "e.getAttribute('role') !== 'radio' && "
        "!e.closest('[role=radiogroup], [role=toolbar]')).map(e => e.outerHTML.slice(0, 120))", sorted(seen),
    )
    assert missed == [] and unseen == []


def test_a_word_is_explained_on_focus_and_on_hover_and_escape_closes_it(tab, served) -> None:
    opened(tab, served, "overview")
    term = tab.locator("dfn.cv-term").first
    term.focus()
    tip = tab.locator("#cv-tip")
    assert tip.is_visible() and len(tip.inner_text()) > 10
    assert term.get_attribute("aria-describedby") == "cv-tip"
    tab.keyboard.press("Escape")
    assert not tip.is_visible()
    other = tab.locator("dfn.cv-term").nth(1)
    other.hover()
    assert tip.is_visible()
    tip.hover()  # one may move to the explanation itself
    tab.wait_for_timeout(400)
    assert tip.is_visible()
    tab.mouse.move(1300, 5)
    tip.wait_for(state="hidden", timeout=3000)
    terms = tab.eval_on_selector_all("dfn.cv-term", "all => all.map(e => e.dataset.term)")
    assert len(terms) == len(set(terms)) > 3
