"""A sheet drawn by matplotlib: fonts of the look, colours by token, hatches by status, marks by kind of service."""

from __future__ import annotations

import functools
import io
import threading
from typing import TYPE_CHECKING, Any, Literal

from indicators.spec import Indicator
from views import classes, theme, typefaces

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
# Matplotlib's settings and its table of fonts belong to the whole process: one drawing at a time.
ALONE = threading.RLock()

SANS, BOLD, SERIF = "Public Sans", "Public Sans SemiBold", "Newsreader SemiBold"
# The weight written in each face: matplotlib asks for it and warns where it differs.
_WEIGHT = {SANS: 400, BOLD: 600, SERIF: 600}
_HATCH = {"suppressed": "//////", "missing": "....", "unknown": "---"}
# kind -> matplotlib marker, its size beside a disc's, fill, edge: the shapes of `assets.icons`.
_MARK = {
    "food_aid": ("o", 1.0, "#16335C", "#FFFFFF"), "market": ("D", 0.9, "#FFC93C", "#1C2126"),
    "garden": ("^", 1.1, "#1F6B45", "#FFFFFF"), "grocery": ("s", 0.9, "#FFFFFF", "#1C2126"),
    "community_organization": ("p", 1.1, "#8A5F00", "#FFFFFF"),
}


@functools.cache
def ready() -> None:
    """Load matplotlib and our faces once. It is slow to load, and most visits draw nothing."""
    import matplotlib as mpl
    from matplotlib import font_manager

    for name in typefaces.FACES:
        font_manager.fontManager.addfont(str(typefaces.path(name)))
    mpl.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "couvert", "hatch.linewidth": 0.7,
        "text.hinting": "none",  # letters stand where they were measured
    })


def greyed(colour: str) -> str:
    """A colour as the grey a printer makes of it.

    >>> greyed("#711243")
    '#343434'
    """
    red, green, blue = theme.rgb(colour)
    return "#" + f"{round(0.299 * red + 0.587 * green + 0.114 * blue):02X}" * 3


class Plate:
    """One sheet of `width` by `height` inches, white; lengths are inches from its lower left corner."""

    def __init__(self, size: tuple[float, float], *, grey: bool = False, margin: float = 0.3) -> None:
        """Start an empty sheet; `grey` turns every colour into its grey."""
        ready()
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width, self.height = size
        self.grey, self.margin = grey, margin
        self.figure: Figure = Figure(figsize=size, dpi=DPI, facecolor="white")
        self._pen = FigureCanvasAgg(self.figure).get_renderer()

    def colour(self, code: str) -> str:
        """A colour, or its grey on a grey sheet."""
        return greyed(code) if self.grey else code

    def token(self, name: str) -> str:
        """A colour of the light theme by its name: paper is white in every theme."""
        return self.colour(theme.token(name, dark=False))

    def look(self, shown: int | str, indicator: Indicator, breaks: classes.Breaks | None = None) -> dict[str, Any]:
        """How a class (1 to 5), zero (0) or a status is filled: arguments of a matplotlib collection or patch."""
        line = self.token("paper")
        if isinstance(shown, int | float) and shown > 0:
            colours = classes.shades(theme.ramp(indicator.direction, dark=False), breaks)
            return {"facecolor": self.colour(colours[int(shown) - 1]), "edgecolor": line}
        if shown == 0:
            return {"facecolor": self.token("zero"), "edgecolor": self.token("rule")}
        if shown == "not_applicable":
            return {"facecolor": self.token("na"), "edgecolor": line}
        dashed = {"linestyle": "--"} if shown == "unknown" else {}
        return {
            "facecolor": self.token("paper"), "edgecolor": self.token("rule"), "hatch": _HATCH[str(shown)],
            "hatchcolor": self.token("hatch"), **dashed,
        }

    def axes(self, left: float, bottom: float, width: float, height: float, *, ground: str) -> Axes:
        """Bare axes over a rectangle [in], filled with a token."""
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        drawn = self.figure.add_axes(box)
        drawn.set(xticks=[], yticks=[], facecolor=self.token(ground))
        for spine in drawn.spines.values():
            spine.set_visible(False)
        return drawn

    # --- words ---

    def measured(self, text: str, size: float, face: str = BOLD) -> tuple[float, float]:
        """Width and height [in] of words at a size [points]."""
        from matplotlib.font_manager import FontProperties

        font = FontProperties(family=face, size=size, weight=_WEIGHT[face])
        wide = max(self._pen.get_text_width_height_descent(line or " ", font, False)[0] for line in text.split("\n"))
        return wide / DPI, size * 1.3 / 72 * (text.count("\n") + 1)

    def wrapped(self, text: str, size: float, width: float, face: str = SANS) -> list[str]:
        """Lines no wider than `width` [in]; no-break spaces hold."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.measured(longer, size, face)[0] <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def text(self, x: float, y: float, words: str, size: float, token: str = "ink", face: str = SANS) -> None:
        """One line of words, its baseline at (x, y) [in]."""
        self.figure.text(
            x / self.width, y / self.height, words, fontfamily=face, fontweight=_WEIGHT[face], fontsize=size,
            color=self.token(token), va="baseline", ha="left", parse_math=False,
        )

    def block(self, x: float, top: float, lines: list[str], size: float, token: str, face: str = SANS) -> float:
        """Lines one under the other from `top`; gives where the next may begin."""
        for line in lines:
            top -= size * 1.3 / 72
            self.text(x, top, line, size, token, face)
        return top

    def heading(self, title: str, sentence: str) -> float:
        """Title and sentence at the top; gives the height left under them."""
        y, room = self.height - self.margin * 0.6, self.width - 2 * self.margin
        if title:
            y = self.block(self.margin, y, self.wrapped(title, 19, room, SERIF), 19, "ink", SERIF)
        if sentence:
            told = sentence.replace("**", "")
            y = self.block(self.margin, y - 0.06, self.wrapped(told, 10.5, min(room, 7.6)), 10.5, "ink2")
        return y - 0.2 if title or sentence else self.height - 0.04

    def corner(self, word: str) -> None:
        """A word in ochre in the upper right corner: SIMULÉ."""
        if not word:
            return
        self.figure.text(
            1 - self.margin / self.width, 1 - self.margin / self.height, word, fontfamily=BOLD, fontweight=600,
            fontsize=10.5, color=self.token("sim-ink"), ha="right", va="center", parse_math=False, zorder=10,
            bbox={"boxstyle": "square,pad=0.4", "facecolor": self.token("sim-ground"),
                  "edgecolor": self.token("ochre"), "linewidth": 0.8},
        )

    def footing(self, source: str) -> float:
        """The source at the bottom; gives where the map may begin above it."""
        if not source:
            return 0.04
        lines = self.wrapped(source, 7.5, self.width - 2 * self.margin)
        top = self.margin * 0.7 + len(lines) * 7.5 * 1.3 / 72
        self.block(self.margin, top, lines, 7.5, "ink3")
        return top + 0.14

    def name(self, axes: Axes, x: float, y: float, words: str, size: float, token: str, *, bold: bool) -> None:
        """A name on a map, centred on a point of its axes, on a chip of paper."""
        axes.text(
            x, y, words, fontfamily=BOLD if bold else SANS, fontweight=600 if bold else 400, fontsize=size,
            color=self.token(token), ha="center", va="center", zorder=9, parse_math=False, linespacing=1.05,
            clip_on=True,
            bbox={"boxstyle": "square,pad=0.18", "facecolor": self.token("paper"), "edgecolor": "none", "alpha": 0.8},
        )

    # --- files ---

    def saved(self, form: Literal["png", "svg"], title: str) -> bytes:
        """The sheet as a file; an SVG keeps its words as words and carries its fonts."""
        out = io.BytesIO()
        if form == "png":
            self.figure.savefig(out, format="png", dpi=DPI, metadata={"Title": title, "Software": "Couvert"})
            return out.getvalue()
        self.figure.savefig(out, format="svg", metadata={"Title": title, "Date": None, "Creator": "Couvert"})
        text = out.getvalue().decode()
        faces = "".join(typefaces.embedded(face) for face in (SANS, BOLD, SERIF) if f"'{face}'" in text)
        return text.replace("<defs>", f"<defs><style>{faces}</style>", 1).encode()


def marks(
    axes: Axes, x: list[float], y: list[float], kind: str, side: float, plate: Plate, *, hollow: bool, **more: Any,
) -> None:
    """Shapes of one kind of service, `side` points wide: ink edge, ring, fill; hollow where closed for now."""
    marker, scale, fill, ring = _MARK.get(kind, _MARK["community_organization"])
    white = "#FFFFFF"
    rings = ((1.55, "#1C2126"), (1.3, ring if not hollow else white), (0.95, fill if not hollow else white))
    if hollow:
        rings = ((1.45, "#1C2126"), (1.0, white))
    for n, (wide, colour) in enumerate(rings):
        axes.scatter(
            x, y, s=(side * scale * wide) ** 2, marker=marker, c=plate.colour(colour), linewidths=0,
            zorder=8 + n / 10, **more,
        )
