"""Text and plain shapes on a sheet of pixels: measured, wrapped, placed; the base of every picture."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any, Literal

from views import typefaces

PLAIN, BOLD, QUESTION = "Public Sans", "Public Sans SemiBold", "Newsreader SemiBold"
WEIGHTS = {PLAIN: 400, BOLD: 600, QUESTION: 600}
_DOTS = 100  # pixels an inch of the sheet
POINT = 72 / _DOTS  # points a pixel
Run = tuple[str, bool]


@dataclass(frozen=True)
class Lines:
    """Text broken into lines of runs (words, bold or not), with its size, both faces and the height it takes."""

    rows: list[list[Run]]
    size: float
    plain: str
    bold: str
    leading: float = 1.38

    @property
    def height(self) -> float:
        """Pixels from the top of the first line to the foot of the last."""
        return len(self.rows) * self.size * self.leading

    @property
    def width(self) -> float:
        """Pixels of the longest line."""
        return max((sum(wide(t, self.bold if b else self.plain, self.size) for t, b in row) for row in self.rows),
                   default=0.0)


def fonts(face: str, words: str) -> list[str]:
    """The face; with the one that comes with the drawing library where ours lacks a sign."""
    return [face] if _signs(face).issuperset(map(ord, words)) else [face, "DejaVu Sans"]


@functools.lru_cache(maxsize=8)
def _signs(face: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(str(typefaces.path(face))).get_charmap())


@functools.lru_cache(maxsize=20_000)
def wide(text: str, face: str, size: float) -> float:
    """Width of a text [px]."""
    from matplotlib.font_manager import findfont, get_font
    from matplotlib.ft2font import LoadFlags

    own, *others = fonts(face, text)
    font = get_font([str(typefaces.path(own)), *map(findfont, others)])
    font.set_size(size, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64


def runs(text: str) -> list[Run]:
    """Words in bold or not, from `**x**` or `<b>x</b>`.

    >>> runs("a **b** <b>c</b>")
    [('a ', False), ('b', True), (' ', False), ('c', True)]
    """
    parts = re.split(r"\*\*(.+?)\*\*|<b>(.*?)</b>", text)
    found: list[Run] = []
    for at in range(0, len(parts), 3):
        found.append((parts[at], False))
        if at + 2 < len(parts):
            found.append((parts[at + 1] or parts[at + 2] or "", True))
    return [run for run in found if run[0]]


def wrapped(text: str, width: float, size: float, plain: str = PLAIN, bold: str = BOLD) -> Lines:
    """A text broken at its spaces to fit a width; a no-break space never breaks.

    A word wider than the line breaks after its dashes, an address after & and ?.
    """
    rows: list[list[Run]] = [[]]
    left = width
    for words, strong in runs(text):
        face = bold if strong else plain
        for piece in _pieces(words, width, face, size):
            word = piece
            if wide(word.rstrip(" "), face, size) > left and rows[-1]:
                rows.append([])
                left, word = width, word.lstrip(" ")
            rows[-1].append((word, strong))
            left -= wide(word, face, size)
    return Lines([_joined(row) for row in rows if row], size, plain, bold)


def _pieces(words: str, width: float, face: str, size: float) -> list[str]:
    """What a line may break between, each with the spaces after it."""
    found: list[str] = []
    for word in re.findall(r"[^ ]+ *| +", words):
        found += re.findall(r"[^–&?-]+[–&?-]?|[–&?-]", word) if wide(word.rstrip(" "), face, size) > width else [word]
    return found


def _joined(row: list[Run]) -> list[Run]:
    """Neighbours of one weight as one run: fewer pieces, and kerning between words."""
    joined: list[Run] = []
    for text, strong in row:
        if joined and joined[-1][1] == strong:
            joined[-1] = (joined[-1][0] + text, strong)
        else:
            joined.append((text, strong))
    return joined


class Sheet:
    """White paper [px, from the top left] over the drawing library's figure."""

    def __init__(self, width: int, height: int) -> None:
        """A sheet of this many pixels."""
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self.figure: Any = Figure(figsize=(width / _DOTS, height / _DOTS), dpi=_DOTS, facecolor="#FFFFFF")

    def text(
        self, x: float, y: float, words: str, face: str, size: float, colour: str,
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """One run of text whose baseline is at `y`."""
        self.figure.text(
            x / self.width, 1 - y / self.height, words, family=fonts(face, words), weight=WEIGHTS[face],
            fontsize=size * POINT, color=colour,
            ha=align, va="baseline", parse_math=False, zorder=6,
        )

    def lines(
        self, lines: Lines, x: float, y: float, colour: str, *, bold: str | None = None,
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Wrapped lines below `y`, each placed by its own width."""
        for i, row in enumerate(lines.rows):
            widths = [wide(text, lines.bold if strong else lines.plain, lines.size) for text, strong in row]
            at = x - {"left": 0.0, "center": sum(widths) / 2, "right": sum(widths)}[align]
            foot = y + i * lines.size * lines.leading + lines.size * (0.5 * lines.leading + 0.34)
            for (text, strong), width in zip(row, widths):
                self.text(at, foot, text, lines.bold if strong else lines.plain, lines.size,
                          bold or colour if strong else colour)
                at += width

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float, over: float = 4) -> None:
        """A straight line; marks of a chart are at 2."""
        from matplotlib.lines import Line2D

        self.figure.add_artist(Line2D(
            [x0 / self.width, x1 / self.width], [1 - y0 / self.height, 1 - y1 / self.height], color=colour,
            linewidth=width * POINT, solid_capstyle="butt", transform=self.figure.transFigure, zorder=over,
        ))

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, edge: str | None = None,
        dashed: bool = False, stroke: float = 1, over: int = 4,
    ) -> None:
        """A rectangle, from its top left corner."""
        from matplotlib.patches import Rectangle

        self.figure.add_artist(Rectangle(
            (x / self.width, 1 - (y + height) / self.height), width / self.width, height / self.height, facecolor=fill,
            edgecolor=edge or "none", linewidth=stroke * POINT if edge else 0,
            linestyle=(0, (3.2, 2)) if dashed else "solid", transform=self.figure.transFigure, zorder=over,
        ))

    def axes(self, x: float, y: float, width: float, height: float, zorder: float = 2) -> Any:
        """A plotting ground with no frame, ticks or background of its own."""
        made = self.figure.add_axes(
            (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height), zorder=zorder,
        )
        made.set_axis_off()
        return made
