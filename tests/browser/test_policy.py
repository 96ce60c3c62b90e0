"""The content policy in a browser: what a page must not run is not run; conftest checks that all of ours is."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_a_script_that_came_with_data_is_not_run(visit) -> None:
    page = visit("/methods?lang=fr")
    page.evaluate("""() => {
      const place = document.querySelector(".cv-foot");
      place.append(document.createRange().createContextualFragment(
        '<script>window.broke = 1</scr' + 'ipt><img src="x" onerror="window.broke = 2">'
        + '<a id="trap" href="javascript:window.broke = 3">x</a>'));
      document.getElementById("trap").click();
      setTimeout("window.broke = 4");
    }""")
    page.wait_for_timeout(500)
    assert page.evaluate("window.broke") is None
    assert len(visit.refused) >= 3
    visit.refused.clear()


def test_the_words_of_the_frame_are_run_and_the_map_is_drawn(visit) -> None:
    page = visit("/gap_map?lang=fr")
    page.wait_for_selector("canvas", state="attached", timeout=30_000)
    assert page.evaluate("typeof window.couvertFrame") == "function"
    assert page.evaluate("document.documentElement.lang") == "fr"
    page.wait_for_timeout(2000)
    assert page.outside == []
