"""What a page will need before its first words are shown, named in its first answer so that the browser asks at once.

Without it the browser learns of each script when the message that needs it arrives, and of what that script imports
when it has read it: two more journeys before the first sentence. What draws maps and charts is not named: were it there
first, it would be started before the words are shown.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from streamlit import file_util

# Scripts of the framework, by the start of their names: what draws words on every page, what draws controls on some.
WORDS = ("Html", "ButtonGroup")
CONTROLS = {"gap_map": ("Selectbox", "Slider", "Checkbox")}
FONTS = ("newsreader-latin.woff2", "public-sans-latin.woff2")
_IMPORT = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')


def links(page: str) -> str:
    """The `<link>` elements [HTML] of a page: fonts, then scripts with all that they import, each once."""
    fonts = "".join(
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href="/app/static/fonts/{name}">'
        for name in FONTS
    )
    return fonts + "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in scripts((*WORDS, *CONTROLS.get(page, ())))
    )


@functools.cache
def scripts(roots: tuple[str, ...]) -> tuple[str, ...]:
    """File names of scripts and of all they import, without those the framework's page names itself.

    A root this release of the framework does not have is left out: its page then loads as it did.
    """
    static = Path(file_util.get_static_dir())
    folder = static / "static" / "js"
    named = set(re.findall(r"static/js/([\w.-]+\.js)", (static / "index.html").read_text("utf-8")))
    left = [path.name for root in roots for path in sorted(folder.glob(f"{root}.*.js"))]
    found: dict[str, None] = {}
    while left:
        name = left.pop(0)
        if name not in found and name not in named:
            found[name] = None
            left += _IMPORT.findall((folder / name).read_text("utf-8"))
    return tuple(found)
