"""A figure drawn without a browser, as PNG or SVG: its question, sentence, parts, basis, source, on white paper.

Lengths are pixels of a sheet 1000 wide, from its top left corner; a PNG has two dots a pixel.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from views import bars, drawn_bars, drawn_charts, drawn_map, maps, plates, theme, typefaces
from views.drawn_text import BOLD, PLAIN, QUESTION, Lines, Sheet, wide, wrapped
from views.words import say

WIDTH, SIDE = 1000, 48


@dataclass(frozen=True)
class Told:
    """The words of a picture. `sentence` and `source` may mark `**bold**`; `bases` become tags."""

    title: str
    sentence: str
    source: str
    bases: Sequence[str] = ()
    link: str = ""


def drawable(parts: Sequence[Any]) -> bool:
    """Whether every part is one this program knows how to draw."""
    if len(parts) == 1 and isinstance(parts[0], maps.Map):
        return drawn_map.drawable(parts[0])
    return bool(parts) and all(
        isinstance(part, bars.Drawn) or (isinstance(part, go.Figure) and drawn_charts.drawable(part)) for part in parts
    )


def picture(told: Told, parts: Sequence[Any], form: Literal["png", "svg"]) -> bytes:
    """The picture of a figure in the language spoken; `form` is `png` or `svg`. `parts` as `noted.noting` gives."""
    if isinstance(parts[0], maps.Map):
        return drawn_map.draw(
            parts[0], form=form, title=told.title, sentence=told.sentence, source=f"{told.source} {told.link}".strip(),
            corner=say("simulated.corner") if "simulated" in told.bases else "",
        )
    with plates.ALONE:
        plates.ready()
        return _saved(_sheet(told, parts), told, form)


def _sheet(told: Told, parts: Sequence[Any]) -> Sheet:
    inner = WIDTH - 2 * SIDE
    simulated = "simulated" in told.bases
    title = wrapped(told.title, inner - (110 if simulated else 0), 28, QUESTION, QUESTION)
    sentence = wrapped(told.sentence, min(inner, 760), 16, PLAIN, BOLD)
    source = wrapped(told.source, inner, 12, PLAIN, BOLD)
    link = wrapped(told.link, inner, 12, PLAIN, BOLD)
    heights = [_height(part, inner) for part in parts]
    bases = [basis for basis in told.bases if basis != "simulated"]  # its word is in the corner: once is enough
    tags = 34 if bases else 0
    top = SIDE + 18
    foot = 16 + source.height + (link.height + 4 if told.link else 0) + SIDE
    body = top + title.height + 10 + sentence.height + tags + 14
    sheet = Sheet(WIDTH, round(body + sum(h + 18 for h in heights) + foot))
    sheet.line(SIDE, SIDE, WIDTH - SIDE, SIDE, theme.token("ink", dark=False), 2)
    _words(sheet, title, top, "ink")
    if simulated:
        _corner(sheet, top)
    y = top + title.height + 10
    _words(sheet, sentence, y, "ink2")
    y += sentence.height
    if bases:
        _tags(sheet, bases, y + 10)
    y = body
    for part, height in zip(parts, heights):
        _part(sheet, part, y, inner, height)
        y += height + 18
    _words(sheet, source, y + 4, "ink3")
    if told.link:
        _words(sheet, link, y + 8 + source.height, "ink3")
    return sheet


def _words(sheet: Sheet, lines: Lines, y: float, colour: str) -> None:
    sheet.lines(lines, SIDE, y, theme.token(colour, dark=False), bold=theme.token("ink", dark=False))


def _height(part: Any, width: float) -> float:
    return drawn_bars.height(part, width) if isinstance(part, bars.Drawn) else drawn_charts.height(part)


def _part(sheet: Sheet, part: Any, y: float, width: float, height: float) -> None:
    if isinstance(part, bars.Drawn):
        drawn_bars.draw(sheet, part, SIDE, y, width)
    else:
        drawn_charts.draw(sheet, part, SIDE, y, width, height)


def _corner(sheet: Sheet, y: float) -> None:
    """SIMULÉ, in the corner of the picture: it cannot be cut off the words without being seen."""
    word = say("simulated.corner")
    width = wide(word, BOLD, 14) + 20
    left = WIDTH - SIDE - width
    sheet.box(left, y + 2, width, 26, fill=theme.token("sim-ground", dark=False), edge=theme.token("ochre", dark=False))
    sheet.text(left + 10, y + 20, word, BOLD, 14, theme.token("sim-ink", dark=False))


def _tags(sheet: Sheet, bases: Sequence[str], y: float) -> None:
    x: float = SIDE
    for basis, ink in (("counted", "teal"), ("modelled", "ink3")):
        if basis not in bases:
            continue
        word, colour = say(f"basis.{basis}"), theme.token(ink, dark=False)
        width = wide(word, BOLD, 12) + 14
        sheet.box(x, y, width, 20, fill=theme.token("paper", dark=False), edge=colour, dashed=basis == "modelled")
        sheet.text(x + 7, y + 14, word, BOLD, 12, colour)
        x += width + 8


def _saved(sheet: Sheet, told: Told, form: Literal["png", "svg"]) -> bytes:
    out = io.BytesIO()
    about = {"Title": told.title.replace("**", "")}
    if form == "png":
        sheet.figure.savefig(out, format="png", dpi=200, metadata={**about, "Software": "Couvert"})
        return out.getvalue()
    sheet.figure.savefig(out, format="svg", metadata={**about, "Creator": "Couvert", "Date": None})
    text = out.getvalue().decode("utf-8")
    used = [name for name in typefaces.FACES if re.search(rf"'{name}'", text)]
    # One weight a face: a reader must not thicken it again.
    faces = "".join(typefaces.embedded(name).replace("{", "{font-weight:100 900;", 1) for name in used)
    said = html.escape(told.sentence.replace("**", ""), quote=False)
    return re.sub(
        r"(<svg [^>]*>)", lambda found: f"{found[1]}<desc>{said}</desc><style>{faces}</style>", text, count=1,
    ).encode()
