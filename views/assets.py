"""What `static/` needs, built from dependencies: fonts cut to Latin, the map's pattern and icon atlases."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

STATIC = Path(__file__).resolve().parent.parent / "static"

# Latin with the accents of French and of local names, quotes, dashes, no-break space, minus and a few signs.
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2027), 0x2032, 0x2033, 0x2039, 0x203A, 0x2044,
          0x20AC, 0x2122, 0x2191, 0x2193, 0x2212, 0x2215, 0x2248, 0x2260, 0x2264, 0x2265, 0x00D7, 0x02C6, 0x02DC]

_FONTS = {
    "newsreader-latin.woff2": ("fontpkg_newsreader", "Newsreader[opsz,wght].ttf"),
    "public-sans-latin.woff2": ("fontpkg_public_sans", "PublicSans[wght].ttf"),
}

# Where each pattern of the atlas begins [px]; `views/maps.py` reads this table.
PATTERNS = {"suppressed": 0, "missing": 128, "unknown": 256}
PATTERN_SIZE = 128
ICON_SIZE = 96
# kind -> (column in the atlas); the second row holds the same shapes hollow: not open now.
ICONS = {"food_aid": 0, "market": 1, "garden": 2, "grocery": 3, "community_organization": 4}


def ensure() -> list[Path]:
    """Build what is missing in `static/`; gives the paths written. Safe when several sessions start at once."""
    written = []
    for name, (package, source) in _FONTS.items():
        written += _once(STATIC / "fonts" / name, lambda p=package, s=source: latin(p, s))
    written += _once(STATIC / "patterns.png", patterns)
    written += _once(STATIC / "icons.png", icons)
    return written


def write_aside(path: Path, content: bytes) -> None:
    """Write a file under another name, then move it in place: a reader sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    aside.write_bytes(content)
    aside.replace(path)


def _once(path: Path, make: Callable[[], bytes]) -> list[Path]:
    if path.is_file():
        return []
    write_aside(path, make())
    return [path]


def latin(package: str, source: str) -> bytes:
    """The variable font of a package, cut to Latin, axes kept, as woff2."""
    font = TTFont(io.BytesIO(files(package).joinpath("files", source).read_bytes()))
    options = subset.Options()
    options.layout_features = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "lnum", "tnum", "pnum"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=LATIN)
    cutter.subset(font)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def patterns() -> bytes:
    """Hatch (suppressed), dots (missing), broken lines (unknown): white on transparent, one 32 px step."""
    atlas = Image.new("RGBA", (3 * PATTERN_SIZE, PATTERN_SIZE), (255, 255, 255, 0))
    draw = ImageDraw.Draw(atlas)
    white = (255, 255, 255, 255)
    hatch = Image.new("RGBA", (PATTERN_SIZE, PATTERN_SIZE), (255, 255, 255, 0))
    pen = ImageDraw.Draw(hatch)
    for start in range(-PATTERN_SIZE, 2 * PATTERN_SIZE, 32):
        pen.line([(start, PATTERN_SIZE), (start + PATTERN_SIZE, 0)], fill=white, width=7)
    atlas.paste(hatch, (PATTERNS["suppressed"], 0))
    for x in range(16, PATTERN_SIZE, 32):
        for y in range(16, PATTERN_SIZE, 32):
            left = PATTERNS["missing"] + x
            draw.ellipse([left - 6, y - 6, left + 6, y + 6], fill=white)
    for row, y in enumerate(range(16, PATTERN_SIZE, 32)):
        for x in range(-32 if row % 2 else 0, PATTERN_SIZE, 64):
            left = PATTERNS["unknown"] + max(x, 0)
            right = PATTERNS["unknown"] + min(x + 40, PATTERN_SIZE) - 1
            draw.rectangle([left, y - 3, right, y + 3], fill=white)
    return _png(atlas)


def icons() -> bytes:
    """Service shapes with a ring, by kind; the second row holds the same shapes hollow."""
    scale = 4
    big = ICON_SIZE * scale
    atlas = Image.new("RGBA", (big * len(ICONS), big * 2), (0, 0, 0, 0))
    draw = ImageDraw.Draw(atlas)
    for kind, column in ICONS.items():
        for row, hollow in enumerate((False, True)):
            _shape(draw, kind, column * big, row * big, big, hollow)
    return _png(atlas.resize((ICON_SIZE * len(ICONS), ICON_SIZE * 2), Image.Resampling.LANCZOS))


_INK, _WHITE = (28, 33, 38, 255), (255, 255, 255, 255)
_FILL = {
    "food_aid": (22, 51, 92, 255), "market": (255, 201, 60, 255), "garden": (31, 107, 69, 255),
    "grocery": _WHITE, "community_organization": (138, 95, 0, 255),
}


def _shape(draw: ImageDraw.ImageDraw, kind: str, x: int, y: int, big: int, hollow: bool) -> None:
    middle = (x + big / 2, y + big / 2)

    def at(radius: float, fill: tuple[int, int, int, int]) -> None:
        r = radius * big
        cx, cy = middle
        if kind == "food_aid":
            draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=fill)
        elif kind == "market":
            draw.polygon([(cx, cy - r), (cx + r, cy), (cx, cy + r), (cx - r, cy)], fill=fill)
        elif kind == "garden":
            draw.polygon([(cx, cy - r), (cx + r * 0.95, cy + r * 0.72), (cx - r * 0.95, cy + r * 0.72)], fill=fill)
        elif kind == "grocery":
            draw.rectangle([cx - r * 0.8, cy - r * 0.8, cx + r * 0.8, cy + r * 0.8], fill=fill)
        else:
            points = [(cx + r * dx, cy + r * dy) for dx, dy in
                      ((0, -0.95), (0.9, -0.29), (0.56, 0.77), (-0.56, 0.77), (-0.9, -0.29))]
            draw.polygon(points, fill=fill)

    fill = _WHITE if hollow else _FILL[kind]
    at(0.48, _INK)
    at(0.42, _WHITE)
    at(0.34, _INK if hollow or kind == "grocery" else fill)
    at(0.27, fill)
    if kind == "food_aid" and not hollow:  # the plate: a thin white ring inside
        at(0.18, _WHITE)
        at(0.11, fill)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    for path in ensure():
        print(path.relative_to(STATIC.parent), path.stat().st_size)
