"""Every page in a browser, both languages and themes: axe finds nothing, keys reach all, nothing overflows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.crawl import pages
from tests.report import record
from views import frame

pytestmark = pytest.mark.browser

PAGES = pages()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# Faults of the framework alone, each with its reason and the day it was seen; looked at again when Streamlit moves.
ALLOWED: dict[str, str] = {}


@pytest.fixture(scope="module")
def tab(browser, served) -> Iterator:
    """One visit for the whole file: pages are opened in it one after the other."""
    context = browser.new_context(viewport={"width": 1400, "height": 1200}, locale="fr-CA", reduced_motion="reduce")
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture(scope="module")
def dark_tab(browser, served) -> Iterator:
    """The same for a reader whose system is dark."""
    context = browser.new_context(
        viewport={"width": 1400, "height": 1200}, locale="fr-CA", reduced_motion="reduce", color_scheme="dark",
    )
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
    # By selectors: an expression that is asked again is text to evaluate, which the content policy refuses.
    tab.wait_for_selector(f"html[lang={language}]", state="attached", timeout=30_000)
    tab.wait_for_selector("[data-testid='stStatusWidget']", state="detached", timeout=30_000)
    # What an earlier run drew fades while it waits for the next: its contrast is nobody's.
    tab.wait_for_selector("[data-stale=true]", state="detached", timeout=30_000)
    tab.wait_for_timeout(300)


def faults(tab) -> list[str]:
    """What axe finds, apart from what is allowed."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found.response["violations"]
        for node in one["nodes"] if one["id"] not in ALLOWED
    ]


# Targets under 24 by 24 pixels (WCAG 2.5.8) that have no room of their own either: a circle of 24 pixels round their
# middle meets another target. A link in a line of text is as high as its line; what is not drawn is not touched.
SMALL = """() => {
  const kinds = 'a[href], button, summary, select, textarea, input:not([type=hidden]), [role=slider], [role=option]';
  const seen = [...document.querySelectorAll(kinds)].filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return e.offsetParent && !e.disabled && box.width > 1 && box.height > 1 && style.opacity !== '0'
      && style.visibility === 'visible' && !(style.clipPath || '').startsWith('inset(50');
  });
  const middle = e => { const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; };
  const away = (point, e) => {
    const b = e.getBoundingClientRect();
    const [x, y] = point;
    return Math.hypot(Math.max(b.left - x, 0, x - b.right), Math.max(b.top - y, 0, y - b.bottom));
  };
  const small = e => { const b = e.getBoundingClientRect(); return b.width < 24 || b.height < 24; };
  const inText = e => e.tagName === 'A' && getComputedStyle(e).display === 'inline';
  return seen.filter(e => small(e) && !inText(e) && seen.some(other => other !== e && !other.contains(e)
      && !e.contains(other) && (small(other) && !inText(other)
        ? Math.hypot(middle(e)[0] - middle(other)[0], middle(e)[1] - middle(other)[1]) < 24
        : away(middle(e), other) < 12)))
    .map(e => { const b = e.getBoundingClientRect();
      return `${Math.round(b.width)}x${Math.round(b.height)} ${e.outerHTML.slice(0, 140)}`; });
}"""


def overflow(tab) -> list[int]:
    """Pixels that the document and the page's own scroller hold beyond a screen of 320."""
    tab.set_viewport_size({"width": 320, "height": 800})
    tab.wait_for_timeout(500)
    return tab.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        "return [Math.max(0, document.documentElement.scrollWidth - 320), main.scrollWidth - main.clientWidth]; }"
    )


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_in_either_language_or_theme_and_nothing_overflows(tab, dark_tab, served, page: str) -> None:
    """Then reflow at 320 pixels (WCAG 1.4.10): a table scrolls in its box, no page does."""
    found: dict[str, list] = {}
    for theme, one in (("light", tab), ("dark", dark_tab)):
        opened(one, served, page)
        found[f"{theme} fr"] = faults(one)
        one.locator(".st-key-strip").get_by_text("EN", exact=True).click()
        whole(one, "en")
        assert "Couvert" in one.title() and one.title() != "Couvert"
        found[f"{theme} en"] = faults(one)
    found["too small at 1400"] = tab.evaluate(SMALL)
    try:
        found["pixels beyond 320"] = [px for px in overflow(tab) if px]
        found["too small at 320"] = tab.evaluate(SMALL)
    finally:
        tab.set_viewport_size({"width": 1400, "height": 1200})
    wrong = {where: what for where, what in found.items() if what}
    assert record(60, "every page, both languages, both themes: axe (WCAG 2.2 AA), size of targets, 320 pixels",
                  f"0 faults beyond {len(ALLOWED)} allowed", f"{page}: {sum(len(what) for what in wrong.values())}",
                  passed=not wrong), wrong


def test_two_small_buttons_side_by_side_would_be_found(browser) -> None:
    page = browser.new_page()
    small = "width:16px;height:16px;padding:0;border:0"
    page.set_content(f"<button style='{small}'>a</button><button style='{small}'>b</button><p>x <a href='#'>y</a></p>")
    assert len(page.evaluate(SMALL)) == 2
    page.close()


# What a reader can act on; a segment of a group or a tab is reached with the arrows from its first.
REACHABLE = (
    "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary, "
    "[tabindex='0']"
)


@pytest.mark.parametrize("page", ["overview", "gap_map"])
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


def test_panels_and_menus_hold_no_fault_and_no_english(tab, served) -> None:
    opened(tab, served, "gap_map")
    for words in ("Télécharger", "Comment est-ce calculé?", "Copier le lien"):
        button = tab.get_by_role("button", name=words).first
        button.click()
        tab.wait_for_selector("[data-testid='stPopoverBody']")
        assert faults(tab) == [], words
        tab.keyboard.press("Escape")
        tab.wait_for_selector("[data-testid='stPopoverBody']", state="detached")
    tab.get_by_test_id("stMainMenuButton").click()
    menu = tab.get_by_test_id("stMainMenuPopover")
    menu.wait_for()
    told = menu.inner_text()
    assert not {"Print", "Light", "Dark", "System", "Record screen"} & set(told.split("\n")), told
    tab.keyboard.press("Escape")
    labels = tab.eval_on_selector_all(
        "[aria-label], [placeholder], [title]",
        "all => all.flatMap(e => [e.ariaLabel, e.placeholder, e.title]).filter(Boolean)",
    )
    english = [one for one in labels if one.split(": ")[0] in frame.UPSTREAM]
    assert english == []


@pytest.mark.parametrize("page", ["gap_map", "my_area", "services"])
def test_every_area_can_be_chosen_with_the_keyboard_alone(tab, served, page: str) -> None:
    """The box is in the order of Tab, its list holds each area, typing finds one and Enter takes it."""
    opened(tab, served, page)
    if page == "services":  # the area is one filter more
        tab.locator("summary", has_text="Autres filtres").press("Enter")
    box = tab.get_by_role("combobox", name="secteur").first
    box.wait_for()
    box.focus()
    assert box.evaluate("e => e.tabIndex >= 0 && e === document.activeElement")
    tab.keyboard.press("ArrowDown")
    tab.get_by_role("option").first.wait_for()
    offered = {one.split(" · ")[0] for one in tab.get_by_role("option").all_inner_texts()}
    assert offered >= {"Nord", "Centre", "Colline", "Parc", "Rive"}
    tab.keyboard.type("rive")
    tab.wait_for_timeout(300)
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => location.search.includes('area=T5')", timeout=15_000)


def test_a_copied_link_opens_the_table_and_goes_with_its_page(tab, served) -> None:
    opened(tab, served, "gap_map")
    assert "v_map" not in tab.url
    tab.locator(".st-key-fh-map").get_by_text("Tableau", exact=True).click()
    tab.wait_for_function("() => location.search.includes('v_map=table')", timeout=15_000)
    copied = tab.url
    tab.goto("about:blank")
    tab.goto(copied)
    tab.wait_for_selector(".st-key-fig-map .cv-table")
    assert tab.locator("canvas").count() == 0
    tab.get_by_role("link", name="Aperçu", exact=True).first.click()
    tab.wait_for_selector("h1:has-text('Comment va la ville')")
    tab.wait_for_function("() => !location.search.includes('v_map')", timeout=15_000)
