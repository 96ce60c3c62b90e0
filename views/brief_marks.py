"""What the brief draws besides words: the strip of a measure, the code to scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from views import theme
from views.strips import Strip

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


def _ink(token: str) -> str:
    return theme.token(token, dark=False)


def strip(canvas: Canvas, one: Strip, x: float, y: float, width: float) -> None:
    """Every area a tick, then peers, city, borough and the area itself, each its own shape."""
    canvas.setStrokeColor(_ink("rule"))
    canvas.setLineWidth(0.6)
    canvas.line(x, y, x + width, y)
    canvas.setStrokeColor(_ink("hatch"))
    canvas.setLineCap(0)
    canvas.setLineWidth(0.25)
    for at in one.ticks:
        canvas.line(x + at * width, y - 3, x + at * width, y + 3)
    if one.low is not None and one.high is not None:
        canvas.setStrokeColor(_ink("mark"))
        canvas.setLineWidth(1.6)
        canvas.line(x + one.low * width, y, x + one.high * width, y)
    for at in one.peers:
        _diamond(canvas, x + at * width, y, 2.7)
    canvas.setStrokeColor(_ink("ink"))
    if one.city is not None:
        canvas.setLineWidth(1.4)
        canvas.line(x + one.city * width, y - 6.5, x + one.city * width, y + 6.5)
    if one.borough is not None:
        canvas.setLineWidth(1.2)
        canvas.setFillColor(_ink("paper"))
        canvas.circle(x + one.borough * width, y, 3.1, fill=1)
    if one.own is not None:
        canvas.setStrokeColor(_ink("mark" if one.simulated else "paper"))
        canvas.setLineWidth(1.4 if one.simulated else 0.7)
        canvas.setFillColor(_ink("paper" if one.simulated else "mark"))
        canvas.circle(x + one.own * width, y, 4.1, fill=1)


def _diamond(canvas: Canvas, x: float, y: float, r: float) -> None:
    path = canvas.beginPath()
    path.moveTo(x, y + r)
    for dx, dy in ((r, 0), (0, -r), (-r, 0)):
        path.lineTo(x + dx, y + dy)
    path.close()
    canvas.setFillColor(_ink("teal"))
    canvas.setStrokeColor(_ink("paper"))
    canvas.setLineWidth(0.4)
    canvas.drawPath(path, fill=1, stroke=1)


def code(canvas: Canvas, link: str, x: float, y: float, side: float) -> None:
    """The code of the live page, drawn as squares, with its quiet zone."""
    import segno

    rows = [list(row) for row in segno.make(link or "-", error="m", micro=False).matrix_iter(border=2)]
    step = side / len(rows)
    canvas.setFillColorRGB(0, 0, 0)
    for n, row in enumerate(rows):
        for m, dark in enumerate(row):
            if dark:
                canvas.rect(x + m * step, y + side - (n + 1) * step, step * 1.02, step * 1.02, fill=1, stroke=0)
