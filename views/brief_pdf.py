"""The brief as a PDF of two letter pages, by reportlab: tagged, fonts embedded, language, title and bookmarks set."""

from __future__ import annotations

import io
import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

from views import brief_marks, numbers, plates, theme, typefaces
from views.brief import Brief, Number, Row, unmarked, words_of
from views.pdf_tags import Tags
from views.words import say

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT, MARGIN = 612.0, 792.0, 46.0
ROOM = WIDTH - 2 * MARGIN
FOOT = MARGIN - 6
# Sizes of type [points]: what is read in a meeting, and what is looked up after it.
READ, FINE = 9.0, 8.0
SANS, BOLD, SERIF, TITLE, HEAD = (
    "Public Sans", "Public Sans SemiBold", "Newsreader", "Newsreader Medium", "Newsreader SemiBold",
)


def made(brief: Brief) -> bytes:
    """The file. Two pages, whatever the words: text that would not fit is set smaller, never cut."""
    with plates.ALONE:  # its typefaces are read through one place in one file, whoever asks
        return _made(brief)


def _made(brief: Brief) -> bytes:
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = 0  # the picture as bytes, not as text a quarter longer
    _faces()
    out = io.BytesIO()
    canvas = Canvas(
        out, pagesize=(WIDTH, HEIGHT), lang="fr-CA" if brief.language == "fr" else "en-CA",
        initialFontName=SANS, initialFontSize=9, invariant=1,  # type: ignore[arg-type]  its stub says a number
    )
    canvas.setTitle(brief.title)
    canvas.setAuthor("Couvert")
    canvas.setSubject(f"{brief.kicker}, {brief.version}")
    canvas.setCreator("Couvert")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setDateFormatter(lambda *_: f"D:{brief.day:%Y%m%d}000000Z")  # the version's: the same whoever prints it
    tags = Tags(canvas)
    for number, drawn in enumerate((_first, _second), start=1):
        tags.begin()
        drawn(_Page(canvas, brief, number, tags), brief)
        tags.end()
        canvas.showPage()
    canvas.showOutline()
    tags.write()
    canvas.save()
    return out.getvalue()


def _faces() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in typefaces.FACES:
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(typefaces.path(name))))


def _colour(token: str) -> str:
    return theme.token(token, dark=False)


class _Page:
    """A page written from the top down: `y` is where the next thing begins [points from the bottom]."""

    def __init__(self, canvas: Canvas, brief: Brief, number: int, tags: Tags) -> None:
        self.canvas, self.y, self.tags = canvas, HEIGHT - MARGIN, tags
        canvas.setStrokeColor(_colour("rule"))
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, FOOT + 11, WIDTH - MARGIN, FOOT + 11)
        tail = f"{number} / 2"
        self.line(MARGIN, FOOT, brief.footer, FINE, token="ink3", kind="")
        self.line(WIDTH - MARGIN - self.wide(tail, FINE), FOOT, tail, FINE, token="ink3", kind="")
        if brief.simulated:
            self.tag(WIDTH - MARGIN - 90, FOOT - 2.5, "simulated", kind="")

    def wide(self, text: str, size: float, face: str = SANS) -> float:
        return self.canvas.stringWidth(text, face, size)

    def line(
        self, x: float, y: float, text: str, size: float, *, face: str = SANS, token: str = "ink", kind: str = "P",
    ) -> None:
        with self.tags.said(kind):
            self.canvas.setFont(face, size)
            self.canvas.setFillColor(_colour(token))
            self.canvas.drawString(x, y, text)

    def block(
        self, text: str, size: float, *, x: float = MARGIN, width: float = ROOM, face: str = SANS, token: str = "ink",
        bold: str = BOLD, leading: float = 1.32, y: float | None = None, draw: bool = True, kind: str = "P",
    ) -> float:
        """Words wrapped from `y` (or the page's own place) down; gives their height. `**x**` in face `bold`.

        `kind` is what they are in the structure of the file: a paragraph, a heading, a label.
        """
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Paragraph

        style = ParagraphStyle(
            "block", fontName=face, fontSize=size, leading=size * leading, textColor=HexColor(_colour(token)),
        )
        marked = words_of(text, bold="font").replace("<font>", f'<font name="{bold}">')
        paragraph = Paragraph(marked, style)
        _, high = paragraph.wrap(width, 10_000)
        if draw:
            top = self.y if y is None else y
            with self.tags.said(kind):
                paragraph.drawOn(self.canvas, x, top - high)
            if y is None:
                self.y -= high
        return high

    def rule(self, *, x: float = MARGIN, width: float = ROOM, thick: float = 1.4) -> None:
        self.canvas.setStrokeColor(_colour("ink"))
        self.canvas.setLineWidth(thick)
        self.canvas.line(x, self.y, x + width, self.y)

    def heading(self, text: str, key: str, level: int = 0) -> None:
        """A section: its rule, its title, its bookmark."""
        self.rule()
        self.mark(text, key, level)
        self.y -= 6
        self.block(text, 14, face=HEAD, leading=1.2, kind="H2")
        self.y -= 3

    def mark(self, text: str, key: str, level: int = 0) -> None:
        self.canvas.bookmarkHorizontal(key, 0, self.y + 8)
        self.canvas.addOutlineEntry(text, key, level)

    def tag(self, x: float, y: float, basis: str, kind: str = "P") -> float:
        """The tag of a basis: solid, dashed or ochre; gives its width."""
        word = say("simulated.corner") if basis == "simulated" else say(f"basis.{basis}")
        canvas, wide = self.canvas, self.wide(word, 7.5, BOLD) + 8
        ink, ground = {
            "counted": ("teal", "paper"), "modelled": ("ink3", "paper"), "simulated": ("sim-ink", "sim-ground"),
        }[basis]
        canvas.setFillColor(_colour(ground))
        canvas.setStrokeColor(_colour("ochre" if basis == "simulated" else ink))
        canvas.setLineWidth(0.8)
        canvas.setDash(*([2, 1.5] if basis == "modelled" else []))
        canvas.rect(x, y, wide, 11.5, fill=1, stroke=1)
        canvas.setDash()
        self.line(x + 4, y + 3.2, word, 7.5, face=BOLD, token=ink, kind=kind)
        return wide


# --- page 1 -----------------------------------------------------------------------------------------------


def _first(page: _Page, brief: Brief) -> None:
    from reportlab.lib.utils import ImageReader

    page.y -= 8
    page.line(MARGIN, page.y, brief.kicker, 9, face=BOLD, token="accent")
    page.line(WIDTH - MARGIN - page.wide(brief.version, 9), page.y, brief.version, 9, token="ink3")
    page.y -= 9
    page.mark(brief.title, "top")
    page.block(brief.title, 24, face=TITLE, leading=1.14, kind="H1")
    page.y -= 6
    page.block(brief.lead, 12.2, face=SERIF, bold=HEAD, leading=1.34)
    page.y -= 8
    for text in (brief.simulated, brief.notice):
        if text:
            _banner(page, text)
    _numbers(page, brief.numbers)
    if not brief.map_png:
        return
    page.heading(brief.map_title, "map")
    under = page.block(brief.map_source, FINE, token="ink3", draw=False)
    picture = ImageReader(io.BytesIO(brief.map_png))
    across, down = picture.getSize()
    high = min(page.y - FOOT - 20 - under, ROOM * down / across)
    wide = high * across / down
    with page.tags.said("Figure", alt=brief.map_alt):
        page.canvas.drawImage(picture, MARGIN + (ROOM - wide) / 2, page.y - high, wide, high)
    page.y -= high + 4
    page.block(brief.map_source, FINE, token="ink3")


def _banner(page: _Page, text: str) -> None:
    high = page.block(text, 9, width=ROOM - 24, draw=False) + 8
    canvas = page.canvas
    canvas.setFillColor(_colour("sim-ground"))
    canvas.rect(MARGIN, page.y - high, ROOM, high, fill=1, stroke=0)
    canvas.saveState()
    edge = canvas.beginPath()
    edge.rect(MARGIN, page.y - high, 8, high)
    canvas.clipPath(edge, stroke=0)
    canvas.setStrokeColor(_colour("ochre"))
    canvas.setLineWidth(2)
    for step in range(-2, int(high / 4) + 3):
        canvas.line(MARGIN - 2, page.y - high + step * 4 - 6, MARGIN + 10, page.y - high + step * 4 + 6)
    canvas.restoreState()
    page.block(text, 9, x=MARGIN + 16, width=ROOM - 24, token="sim-ink", y=page.y - 4)
    page.y -= high + 10


def _numbers(page: _Page, shown: list[Number]) -> None:
    """Up to three numbers side by side: label, number or word, range, note, tag."""
    page.mark(say("brief.numbers"), "numbers")
    gap = 20.0
    width = (ROOM - 2 * gap) / 3
    label = max((page.block(x.label, 9, width=width, face=BOLD, draw=False) for x in shown), default=0)
    low = page.y
    for n, one in enumerate(shown):
        x, y = MARGIN + n * (width + gap), page.y
        page.canvas.setStrokeColor(_colour("ink"))
        page.canvas.setLineWidth(0.8)
        page.canvas.line(x, y, x + width, y)
        y -= 5
        page.block(one.label, 9, x=x, width=width, face=BOLD, y=y)
        y -= label + 3
        size = 27.0 if one.known else 14.0
        while page.wide(one.shown, size, TITLE) > width and size > 9:
            size -= 0.5
        y -= 25
        page.line(x, y, one.shown, size, face=TITLE)
        y -= 7
        for text, token in ((one.span, "ink2"), (one.note, "ink3")):
            if text:
                y -= page.block(text, 9, x=x, width=width, token=token, y=y)
        if one.basis:
            y -= 14
            page.tag(x, y, one.basis)
        low = min(low, y)
    page.y = low - 12


# --- page 2 -----------------------------------------------------------------------------------------------


# What is looked up is set as large as the page allows: most areas take the first or second size.
_SIZES = (READ, 8.6, 8.3, FINE, 7.6, 7.2, 6.8, 6.4, 6.0)


def _second(page: _Page, brief: Brief) -> None:
    _table(page, brief)
    page.y -= 9
    page.heading(say("my_area.years_title"), "year")
    page.block(f"{brief.answer} {brief.rank}", READ, token="ink2", leading=1.28)
    page.y -= 8
    size = next((s for s in _SIZES if _rest(page, brief, s, draw=False) >= FOOT + 14), _SIZES[-1])
    _rest(page, brief, size, draw=True)


def _table(page: _Page, brief: Brief) -> None:
    """The comparison: one row a measure; at the right the likely rank, under the strip of every area."""
    page.heading(say("my_area.compare_title"), "compare")
    first, strip = 140.0, 80.0
    width = (ROOM - first - strip) / max(len(brief.heads) - 1, 1)
    page.y -= 2
    with page.tags.group("Table"):
        with page.tags.group("TR"):
            high = [page.block(say("my_area.measure"), READ, width=first - 6, face=BOLD, token="ink2", y=page.y,
                               leading=1.2, kind="TH")]
            high += [
                _right(page, head, MARGIN + first + n * width, strip if n == len(brief.heads) - 1 else width, page.y,
                       READ, BOLD, "ink2", kind="TH")
                for n, head in enumerate(brief.heads)
            ]
        page.y -= max(high, default=0) + 4
        for row in brief.rows:
            page.canvas.setStrokeColor(_colour("rule"))
            page.canvas.setLineWidth(0.5)
            page.canvas.line(MARGIN, page.y, WIDTH - MARGIN, page.y)
            page.y -= 2.5
            with page.tags.group("TR"):
                page.y -= _table_row(page, row, first, width, strip) + 2.5
    page.canvas.line(MARGIN, page.y, WIDTH - MARGIN, page.y)
    page.y -= 3
    page.block(brief.key, FINE, token="ink3", leading=1.25)


def _table_row(page: _Page, row: Row, first: float, width: float, strip: float) -> float:
    high = 0.0
    with page.tags.said("TH", scope="Row"):
        high += page.block(row.label, READ, width=first - 6, y=page.y, leading=1.2)
        if row.basis:
            page.tag(MARGIN, page.y - high - 12.5, row.basis)
            high += 13
    *cells, rank = zip(row.cells, row.unders)
    for n, (text, under) in enumerate(cells):
        x = MARGIN + first + n * width
        with page.tags.said("TD"):
            down = _right(page, text, x, width, page.y, READ, BOLD if n == 0 else SANS, "ink")
            if under:
                down += _right(page, under, x, width, page.y - down, READ, SANS, "ink3")
        high = max(high, down)
    left, drawn = WIDTH - MARGIN - strip, 18.0 if row.strip is not None else 0.0
    if row.strip is not None:
        brief_marks.strip(page.canvas, row.strip, left + 10, page.y - drawn / 2, strip - 16)
    with page.tags.said("TD"):
        return max(high, drawn + _right(page, rank[0], left, strip, page.y - drawn, READ, SANS, "ink"))


def _right(
    page: _Page, text: str, x: float, width: float, y: float, size: float, face: str, token: str, kind: str = "P",
) -> float:
    """Words set right in a column; gives their height. Where a word does not fit, its no-break spaces may break."""
    room = width - 4
    words = text.split(" ")
    if any(page.wide(word, size, face) > room for word in words):
        words = re.split(rf" |{numbers.NBSP}(?=(?:à|to|pour|per)\b)", text)  # never between a number and its sign
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and page.wide(longer, size, face) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    with page.tags.said(kind):
        for n, line in enumerate(lines, start=1):
            page.line(x + room - page.wide(line, size, face), y - n * size * 1.2 + size * 0.2, line, size, face=face,
                      token=token)
    return len(lines) * size * 1.2


def _rest(page: _Page, brief: Brief, size: float, *, draw: bool) -> float:
    """Limits beside methods, then sources beside the QR code, at one size of type; gives where they end."""
    top, gap = page.y, 20.0
    less, more = 0.4 * (ROOM - gap), 0.6 * (ROOM - gap)  # methods are longer than limits
    left = [(say("brief.limits"), [f"–\u00a0{text}" for text in brief.limits], "limits")]
    right = [(say("brief.methods"), [f"**{title}.** {text}" for title, text in brief.methods], "methods")]
    ends = [
        _column(page, column, x, width, top, size, draw)
        for column, x, width in ((left, MARGIN, less), (right, MARGIN + less + gap, more))
    ]
    y = min(ends) - 6
    side = 66.0
    told = [" · ".join(brief.sources), brief.version]
    if brief.link:
        told.append(f"{say('brief.link')} {unmarked(brief.link)}")
    end = _column(page, [(say("brief.sources"), told, "sources")], MARGIN, ROOM - side - 16, y, size * 0.95, draw)
    if draw:
        with page.tags.said("Figure", alt=say("brief.qr_alt")):
            brief_marks.code(page.canvas, brief.link, WIDTH - MARGIN - side, y - side - 6, side)
    return min(end, y - side - 6)


def _column(
    page: _Page, parts: list[tuple[str, list[str], str]], x: float, width: float, y: float, size: float, draw: bool,
) -> float:
    for title, texts, key in parts:
        if draw:
            page.canvas.setStrokeColor(_colour("ink"))
            page.canvas.setLineWidth(1.4)
            page.canvas.line(x, y, x + width, y)
            page.canvas.bookmarkHorizontal(key, 0, y + 8)
            page.canvas.addOutlineEntry(title, key, 0)
        y -= 5
        y -= page.block(title, 12, x=x, width=width, face=HEAD, y=y, draw=draw, kind="H2")
        listed = key == "limits"
        with page.tags.group("L") if listed and draw else nullcontext():
            for text in texts:
                with page.tags.group("LI") if listed and draw else nullcontext():
                    y -= 2 + page.block(text, size, x=x, width=width, token="ink2", y=y - 2, leading=1.24, draw=draw,
                                        kind="LBody" if listed else "P")
    return y
