"""What surrounds a page in the browser: its language, the framework's own English words, the words it explains."""

from __future__ import annotations

import functools
import html
import json
from pathlib import Path

from views import glossary, words
from views.words import LANGUAGES, language

_SCRIPT = Path(__file__).with_name("frame.js")

# Words Streamlit 1.67 writes itself, around the page and in its widgets -> their key in the catalogues. A word it
# changes comes back in English: tests/browser/test_crawl.py looks for those.
UPSTREAM = {
    "Skip to main content": "frame.skip", "Navigate to home page": "frame.home", "App pages": "frame.pages",
    "Main menu": "frame.menu", "Theme": "frame.theme", "System": "frame.system", "Light": "frame.light",
    "Dark": "frame.dark", "Print": "frame.print", "Record screen": "frame.record",
    "Copy version to clipboard": "frame.copy_version", "Link to heading": "frame.heading", "Open": "frame.open",
    "Choose an option": "frame.choose", "Clear value": "frame.clear", "Fullscreen": "frame.fullscreen",
    "Close fullscreen": "frame.close_fullscreen", "Copy to clipboard": "frame.copy", "Close": "frame.close",
    "No results": "frame.no_results", "Page not found": "frame.not_found", "Search": "frame.search",
    "The page that you have requested does not seem to exist. Running the app's main page.": "frame.not_found_text",
    "Made with Streamlit v": "frame.made_with", "Download as CSV": "frame.csv",
    "Show/hide columns": "frame.columns", "Add": "frame.add", "Running...": "frame.running", "Stop": "frame.stop",
    "Failed to generate file for download": "frame.no_file",
}


@functools.cache
def script() -> str:
    """The one script of the site. It never changes with the page, so that a content policy can name its hash."""
    return _SCRIPT.read_text("utf-8").strip()


def mark() -> str:
    """The language of the page, the framework's words in it and the terms to explain [HTML], and the script.

    The script runs again when they change. `data-words`: for each upstream word, itself and our word in every
    language, so that a word already replaced is known again when the reader changes language. The script marks the
    terms, not the page: sentences stay whole in exports, alternative texts and tests.
    """
    forms = [[theirs, *(_said(key, spoken) for spoken in LANGUAGES)] for theirs, key in UPSTREAM.items()]
    told, terms = (html.escape(json.dumps(x, ensure_ascii=False)) for x in (forms, glossary.explained()))
    return (
        f'<span id="cv-frame" hidden data-lang="{language()}" data-at="{1 + LANGUAGES.index(language())}" '
        f'data-words="{told}" data-terms="{terms}"></span><script>{script()}</script>'
    )


def _said(key: str, spoken: str) -> str:
    return words.catalogue(spoken)[key][0]
