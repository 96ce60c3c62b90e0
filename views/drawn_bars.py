"""Rows with a bar (`views/bars.py`) drawn on a sheet: rank, name, bar with its range, number, other columns."""

from __future__ import annotations

from views import bars, numbers, theme
from views.drawn_text import BOLD, PLAIN, Lines, Sheet, wide, wrapped

_BAR = 14
_RANK, _MORE, _GAP = 84, 112, 14


def _widths(part: bars.Drawn, width: float) -> tuple[float, float, float]:
    """Where the name begins, how wide it is, where the columns after the bar begin."""
    start = _RANK if part.heads[0] else 0.0
    return start, 0.30 * width, width - _MORE * (len(part.heads) - 3)


def _named(row: bars.Row, width: float) -> tuple[Lines, Lines | None]:
    name = wrapped(row.name, width - _GAP, 15, BOLD, BOLD)
    return name, wrapped(row.under, width - _GAP, 12.5) if row.under else None


def _row_height(row: bars.Row, width: float) -> float:
    name, under = _named(row, width)
    return max(38.0, name.height + (under.height if under else 0) + 16)


def _head_height(part: bars.Drawn, width: float) -> float:
    _, name, _ = _widths(part, width)
    wholes = [wrapped(part.heads[1], name if part.heads[2] else width, 13, BOLD, BOLD)]
    wholes += [wrapped(head, _MORE - 8, 13, BOLD, BOLD) for head in part.heads[3:] if head]
    return max(lines.height for lines in wholes) + 8


def height(part: bars.Drawn, width: float) -> float:
    """Pixels a list of rows takes at a width."""
    _, name, _ = _widths(part, width)
    return _head_height(part, width) + sum(_row_height(row, name) for row in part.rows)


def draw(sheet: Sheet, part: bars.Drawn, x: float, y: float, width: float) -> None:
    """Draw the rows below `y`, headings first."""
    ink2, ink3, rule = (theme.token(name, dark=False) for name in ("ink2", "ink3", "rule"))
    start, name, after = _widths(part, width)
    foot = y + _head_height(part, width)
    under = name if part.heads[2] else width - start
    places = [(0.0, _RANK, "left"), (start, under, "left"), (start + name, 240.0, "left")]
    places += [(after + _MORE * (i + 1), _MORE - 8, "right") for i in range(len(part.heads) - 3)]
    for head, (at, room, align) in zip(part.heads, places):
        if head:
            lines = wrapped(head, room, 13, BOLD, BOLD)
            sheet.lines(lines, x + at, foot - 6 - lines.height, ink2, align=align)  # type: ignore[arg-type]
    sheet.line(x, foot, x + width, foot, ink3, 1)
    top = bars.longest(part.rows)
    room = _number_room(part)
    for row in part.rows:
        tall = _row_height(row, name)
        _row(sheet, part, row, (x, foot, width, tall), top, room)
        foot += tall
        sheet.line(x, foot, x + width, foot, rule, 1)


def _number_room(part: bars.Drawn) -> float:
    """Pixels kept at the end of the tracks for the longest number."""
    return max([62.0, *(wide(row.shown, BOLD, 15) for row in part.rows)]) + _GAP


def _row(
    sheet: Sheet, part: bars.Drawn, row: bars.Row, box: tuple[float, float, float, float], top: float, room: float,
) -> None:
    x, y, width, tall = box
    ink, ink3 = theme.token("ink", dark=False), theme.token("ink3", dark=False)
    start, name_room, after = _widths(part, width)
    middle = y + tall / 2 + 5
    if part.heads[0]:
        sheet.text(x, middle, row.rank, PLAIN, 15, ink3)
    name, under = _named(row, name_room)
    whole = name.height + (under.height if under else 0)
    sheet.lines(name, x + start, y + (tall - whole) / 2, ink)
    if under:
        sheet.lines(under, x + start, y + (tall - whole) / 2 + name.height, ink3)
    left, right = x + start + name_room, x + after - (_GAP if len(part.heads) > 3 else 0)
    _track(sheet, row, left, right - room - left, y + tall / 2, top, simulated=part.simulated)
    known = row.value is not None
    sheet.text(right, middle, row.shown, BOLD if known else PLAIN, 15, ink if known else ink3, "right")
    for i, text in enumerate(row.more):
        sheet.text(x + after + _MORE * (i + 1), middle, text, PLAIN, 15, ink, "right")


def _track(sheet: Sheet, row: bars.Row, x: float, width: float, y: float, top: float, *, simulated: bool) -> None:
    """The bar, hollow and dashed where simulated, and the ends of its range."""
    mark, ink, rule, paper = (theme.token(name, dark=False) for name in ("mark", "ink", "rule", "paper"))
    sheet.line(x, y, x + width, y, rule, 1)
    if row.value:
        long = width * row.value / top
        sheet.box(x, y - _BAR / 2, long, _BAR, fill=paper if simulated else mark, edge=mark, dashed=simulated, stroke=2)
        if simulated:
            sheet.line(x, y - _BAR / 2, x, y + _BAR / 2, mark, 2)
    if numbers.known(row.low) and numbers.known(row.high) and row.high > row.low:  # type: ignore[operator]
        ends = [x + width * end / top for end in (row.low, row.high) if end is not None]
        sheet.line(ends[0], y, ends[1], y, ink, 1.5)
        for end in ends:
            sheet.line(end, y - 5, end, y + 5, ink, 2)
