"""The structure of a tagged PDF, which reportlab does not make: what is a title, a paragraph, a cell, a picture.

Everything drawn inside `said` belongs to an element in reading order; everything else is decoration (an artifact) and
is passed over by whoever reads the page aloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


@dataclass
class Element:
    """A node of the structure: its kind (P, H1, Table…), its children, and the marks on pages that it owns."""

    kind: str
    alt: str = ""
    scope: str = ""
    children: list[Element] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)  # (page from 0, number on that page)


class Tags:
    """Collects elements while pages are drawn; `write` puts them in the file."""

    def __init__(self, canvas: Canvas) -> None:
        """Tags of one document, which begins with its first `begin`."""
        self.canvas, self.root = canvas, Element("Document")
        self._open = [self.root]
        self._pages: list[list[Element]] = []
        self._inside = False

    def begin(self) -> None:
        """A page starts: what is drawn is decoration until something is said."""
        self._pages.append([])
        self.canvas.addLiteral("/Artifact BMC")

    def end(self) -> None:
        """The page is drawn."""
        self.canvas.addLiteral("EMC")

    @contextmanager
    def group(self, kind: str) -> Iterator[None]:
        """An element that holds others: a table, a row, a list, a section."""
        one = Element(kind)
        self._open[-1].children.append(one)
        self._open.append(one)
        try:
            yield
        finally:
            self._open.pop()

    @contextmanager
    def said(self, kind: str = "P", *, alt: str = "", scope: str = "") -> Iterator[None]:
        """What is drawn inside is content of this kind; inside other content it is a part of that."""
        if self._inside or not kind:
            yield
            return
        page = self._pages[-1]
        one = Element(kind, alt, scope or ("Column" if kind == "TH" else ""), marks=[(len(self._pages) - 1, len(page))])
        self._open[-1].children.append(one)
        self.canvas.addLiteral(f"EMC /{kind} <</MCID {len(page)}>> BDC")
        page.append(one)
        self._inside = True
        try:
            yield
        finally:
            self._inside = False
            self.canvas.addLiteral("EMC /Artifact BMC")

    def write(self) -> None:
        """The tree, the way back from each mark to its element, and the word that the file is tagged."""
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObjectReference

        canvas: Any = self.canvas  # reportlab has no call for any of this
        document: Any = canvas._doc
        tree = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        above = document.Reference(tree, "StructTree")
        self._numbered: dict[int, Any] = {}
        tree.dict["K"] = self._written(document, self.root, above)
        nums: list[Any] = []
        for at, page in enumerate(self._pages):
            nums += [at, PDFArray([self._numbered[id(one)] for one in page])]
            sheet: Any = document.idToObject[f"Page{at + 1}"]
            sheet.__NoDefault__ = [*sheet.__NoDefault__, "StructParents", "Tabs"]
            sheet.StructParents, sheet.Tabs = at, PDFName("S")
        tree.dict["ParentTree"] = PDFDictionary({"Nums": PDFArray(nums)})
        tree.dict["ParentTreeNextKey"] = len(self._pages)
        document.Catalog.StructTreeRoot = PDFObjectReference("StructTree")
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    def _written(self, document: Any, one: Element, above: Any) -> Any:
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObjectReference, PDFString

        made = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(one.kind), "P": above})
        own = document.Reference(made)
        self._numbered[id(one)] = own
        kids: list[Any] = [self._written(document, child, own) for child in one.children]
        for page, number in one.marks:
            made.dict["Pg"] = PDFObjectReference(f"Page{page + 1}")
            kids.append(number)
        if kids:
            made.dict["K"] = PDFArray(kids)
        if one.alt:
            made.dict["Alt"] = PDFString(one.alt)
        if one.scope:
            made.dict["A"] = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName(one.scope)})
        return own
