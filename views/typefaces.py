"""The two families at fixed weights: what PDF and drawn maps embed. Made once, kept in `static/fonts/`."""

from __future__ import annotations

import base64
import functools
import io
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from views import assets

# name -> package, file, place on the axes. Newsreader is finer at large optical sizes.
FACES: dict[str, tuple[str, str, dict[str, float]]] = {
    "Public Sans": ("fontpkg_public_sans", "PublicSans[wght].ttf", {"wght": 400}),
    "Public Sans SemiBold": ("fontpkg_public_sans", "PublicSans[wght].ttf", {"wght": 600}),
    "Newsreader": ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf", {"wght": 400, "opsz": 16}),
    "Newsreader Medium": ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf", {"wght": 500, "opsz": 36}),
    "Newsreader SemiBold": ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf", {"wght": 600, "opsz": 20}),
}


def path(name: str) -> Path:
    """The TrueType file of a face, made where it is not there yet."""
    where = assets.STATIC / "fonts" / f"{name.replace(' ', '-').lower()}.ttf"
    if not where.is_file():
        assets.write_aside(where, _made(name))
    return where


def _made(name: str) -> bytes:
    package, source, axes = FACES[name]
    font = TTFont(io.BytesIO(files(package).joinpath("files", source).read_bytes()))
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=assets.LATIN)
    cutter.subset(font)
    fixed = instancer.instantiateVariableFont(font, axes)
    _rename(fixed, name)
    out = io.BytesIO()
    fixed.save(out)
    return out.getvalue()


def _rename(font: TTFont, name: str) -> None:
    """Give an instance names of its own: readers of a PDF take two fonts of one name for the same font."""
    told = {1: name, 2: "Regular", 3: f"Couvert {name}", 4: name, 6: name.replace(" ", "-"), 16: name, 17: "Regular"}
    table = font["name"]
    for record in list(table.names):
        if record.nameID in told:
            table.setName(told[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID)
    for number, text in told.items():
        table.setName(text, number, 3, 1, 0x409)


@functools.lru_cache(maxsize=8)
def embedded(name: str) -> str:
    """A face as one CSS rule [text] that needs no file beside it."""
    font = TTFont(path(name))
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    data = base64.b64encode(out.getvalue()).decode()
    return f"@font-face{{font-family:'{name}';src:url(data:font/woff2;base64,{data})}}"
