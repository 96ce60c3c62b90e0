"""The same brief as a text document (DOCX), for those who paste it into their own."""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from views.brief import Brief
from views.words import say

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

# Fonts every office suite has: ours are not on readers' machines.
SERIF, SANS = "Georgia", "Arial"


def made(brief: Brief) -> bytes:
    """The file: same words, numbers, map and table as the PDF; language, title and author set."""
    import docx
    from docx.shared import Inches

    document = docx.Document()
    _properties(document, brief)
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Inches(0.8))
    section.header.paragraphs[0].text = f"{brief.kicker} · {brief.version}"
    tail = f" · {say('simulated.corner')}" if brief.simulated else ""
    section.footer.paragraphs[0].text = brief.footer + tail
    document.add_heading(brief.title, 0)
    _rich(document.add_paragraph(), brief.lead)
    for text in (brief.simulated, brief.notice):
        if text:
            _rich(document.add_paragraph(style="Intense Quote"), text)
    _numbers(document, brief)
    if brief.map_png:
        document.add_heading(brief.map_title, 1)
        shape = document.add_picture(io.BytesIO(brief.map_png), width=Inches(6.9))
        shape._inline.docPr.set("descr", brief.map_alt)  # python-docx has no call for it
        document.add_paragraph(brief.map_source, style="Caption")
    document.add_heading(say("my_area.compare_title"), 1)
    _table(document, brief)
    document.add_paragraph(brief.key, style="Caption")
    document.add_heading(say("my_area.years_title"), 1)
    _rich(document.add_paragraph(), f"{brief.answer} {brief.rank}")
    document.add_heading(say("brief.limits"), 1)
    for text in brief.limits:
        document.add_paragraph(text, style="List Bullet")
    document.add_heading(say("brief.methods"), 1)
    for title, text in brief.methods:
        _rich(document.add_paragraph(), f"**{title}.** {text}")
    document.add_heading(say("brief.sources"), 1)
    for text in brief.sources:
        document.add_paragraph(text, style="List Bullet")
    document.add_paragraph(f"{brief.version} {say('brief.link')} {brief.link}")
    _qr(document, brief)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _properties(document: Document, brief: Brief) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    spoken = "fr-CA" if brief.language == "fr" else "en-CA"
    facts = document.core_properties
    facts.title, facts.author, facts.language, facts.subject = brief.title, "Couvert", spoken, brief.kicker
    # The version's day, in the middle of it: the same date wherever it is read.
    facts.created = facts.modified = datetime.combine(brief.day, time(12), UTC)
    styles: Any = document.styles
    for name, face, size in (
        ("Normal", SANS, 10), ("Title", SERIF, 22), ("Heading 1", SERIF, 14), ("Caption", SANS, 9),
        ("List Bullet", SANS, 9),
    ):
        style = styles[name]
        style.font.name, style.font.size = face, Pt(size)
        style.font.color.rgb = RGBColor(0x1C, 0x21, 0x26)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(key), face)
        for key in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):  # a theme font would win
            fonts.attrib.pop(qn(key), None)
    default = styles.element.find(".//" + qn("w:rPrDefault") + "/" + qn("w:rPr"))
    tongue = default.find(qn("w:lang"))
    if tongue is None:
        tongue = OxmlElement("w:lang")
        default.append(tongue)
    tongue.set(qn("w:val"), spoken)


def _rich(paragraph: Paragraph, text: str) -> None:
    """Words into a paragraph, `**x**` bold."""
    for n, part in enumerate(text.split("**")):
        if part:
            paragraph.add_run(part).bold = n % 2 == 1


def _numbers(document: Document, brief: Brief) -> None:
    from docx.shared import Pt

    if not brief.numbers:
        return
    cells = document.add_table(rows=1, cols=len(brief.numbers)).rows[0].cells
    for cell, one in zip(cells, brief.numbers):
        _rich(cell.paragraphs[0], f"**{one.label}**")
        run = cell.add_paragraph().add_run(one.shown)
        run.font.name, run.font.size = SERIF, Pt(22 if one.known else 13)
        for text in (one.span, one.note, _basis(one.basis)):
            if text:
                cell.add_paragraph(text).runs[0].font.size = Pt(9)


def _basis(basis: str) -> str:
    if not basis:
        return ""
    return say("simulated.corner") if basis == "simulated" else say(f"basis.{basis}")


def _table(document: Document, brief: Brief) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=1 + len(brief.heads), style="Light List")
    rows = [[say("my_area.measure"), *brief.heads]]
    for row in brief.rows:
        under = f"\n{_basis(row.basis)}" if row.basis else ""
        rows.append([row.label + under, *(f"{a}\n{b}" if b else a for a, b in zip(row.cells, row.unders))])
    for n, texts in enumerate(rows):
        cells = table.rows[0].cells if n == 0 else table.add_row().cells
        for m, (cell, text) in enumerate(zip(cells, texts)):
            cell.text = text
            for paragraph in cell.paragraphs:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if m else WD_ALIGN_PARAGRAPH.LEFT
                for run in paragraph.runs:
                    run.font.size = Pt(9)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # repeats on each page


def _qr(document: Document, brief: Brief) -> None:
    import segno
    from docx.shared import Inches

    code = io.BytesIO()
    segno.make(brief.link or "-", error="m", micro=False).save(code, kind="png", scale=6, border=2)
    code.seek(0)
    shape = document.add_picture(code, width=Inches(1.0))
    shape._inline.docPr.set("descr", say("brief.qr_alt"))
