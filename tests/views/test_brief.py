"""The brief of areas of toyville: two letter pages, language, title, bookmarks, fonts, the numbers of the page."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import Destination

from loaders.store import Store, current_version, open_store
from views import area_words, brief, brief_docx, brief_pdf, my_area, typefaces, words

LINK = "https://couvert.example/my_area?area=T2&lang=fr&level=district"


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    version = current_version("toyville")
    assert version
    yield open_store("toyville", version)
    words.use(None)


def content(store: Store, area_id: str, lang: str) -> brief.Brief:
    words.use(lang)
    area = my_area.of(store, area_id)
    assert area is not None
    return brief.of(area, link=LINK, version=store.version)


def pages(reader: PdfReader) -> list[str]:
    return [" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in reader.pages]


@pytest.mark.parametrize(("lang", "tongue", "need", "span", "simulated"), [
    ("fr", "fr-CA", "20,0 %", "de 20,0 à 33,3 %", "SIMULÉ"), ("en", "en-CA", "20.0%", "20.0 to 33.3%", "SIMULATED"),
])
def test_pdf_of_centre(store: Store, lang: str, tongue: str, need: str, span: str, simulated: str) -> None:
    told = content(store, "T2", lang)
    reader = PdfReader(io.BytesIO(brief_pdf.made(told)))
    assert len(reader.pages) == 2
    assert [float(x) for x in reader.pages[0].mediabox[2:]] == [612.0, 792.0]
    assert reader.root_object["/Lang"] == tongue
    assert reader.metadata is not None and reader.metadata.title == told.title and reader.metadata.author == "Couvert"
    first, second = pages(reader)
    assert need in first and span in first  # 60 of 300 people; the range of toyville's rates
    assert need in second and span in second
    assert first.count(simulated) >= 2 and simulated in second
    assert store.version in second
    outline = [item.title for item in reader.outline if isinstance(item, Destination)]
    assert outline[0] == told.title and len(outline) >= 7


def elements(node: Any, above: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every element of a structure tree, from the top in reading order: its kind, the kind above it, itself."""
    one = node.get_object()
    if isinstance(one, dict):
        kind = str(one.get("/S", ""))
        if kind:
            yield kind, above, one
        kids = one.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            if not isinstance(kid, int):
                yield from elements(kid, kind)


def test_the_pdf_is_tagged_and_everything_drawn_is_said_or_decoration(store: Store) -> None:
    told = content(store, "T2", "fr")
    reader = PdfReader(io.BytesIO(brief_pdf.made(told)))
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"].value is True
    found = list(elements(root["/StructTreeRoot"]["/K"]))
    kinds = [kind for kind, _, _ in found]
    assert kinds[0] == "/Document" and kinds.count("/H1") == 1 and kinds.count("/H2") >= 6
    assert [one["/Alt"] for kind, _, one in found if kind == "/Figure"] == [told.map_alt, words.say("brief.qr_alt")]
    rows = kinds.count("/TR")
    assert rows == 1 + len(told.rows) and kinds.count("/TH") == len(told.heads) + 1 + len(told.rows)
    assert kinds.count("/TD") == len(told.heads) * len(told.rows)
    assert {above for kind, above, _ in found if kind in ("/TH", "/TD")} == {"/TR"}
    assert kinds.count("/LI") == len(told.limits)
    numbers: list[Any] = list(root["/StructTreeRoot"]["/ParentTree"]["/Nums"])
    for at, page in enumerate(reader.pages):
        held: Any = page.get_contents()
        drawn = held.get_data().decode("latin-1")
        marks = [int(x) for x in re.findall(r"<</MCID (\d+)>> BDC", drawn)]
        assert marks == list(range(len(numbers[2 * at + 1]))) and page["/StructParents"] == at and marks
        depth = 0
        for word in re.findall(r"\b(BDC|BMC|EMC|BT|Do|re|l|S)\b", re.sub(r"\((?:\\\\.|[^)])*\)", "", drawn)):
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(word, 0)
            assert depth in (0, 1) and (depth == 1 or word in ("EMC",)), word  # nothing drawn is without a mark
        assert depth == 0


def test_the_pdf_is_dated_by_its_version_and_says_ranges_in_a_size_to_read(store: Store) -> None:
    told = content(store, "T2", "fr")
    reader = PdfReader(io.BytesIO(brief_pdf.made(told)))
    assert reader.metadata is not None and reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == told.day == date.fromisoformat(store.version[:10])
    sizes: dict[str, float] = {}

    def visited(text: str, _matrix: Any, place: Any, _font: Any, size: float) -> None:
        sizes[" ".join(text.replace("\u00a0", " ").split())] = size * abs(place[3])

    for page in reader.pages:
        page.extract_text(visitor_text=visited)
    wanted = [under.replace("\u00a0", " ") for row in told.rows for under in row.unders if under]
    found = [size for text, size in sizes.items() if any(text and text in under for under in wanted)]
    assert len(found) >= 5 and min(found) >= 9
    facts = docx.Document(io.BytesIO(brief_docx.made(told))).core_properties
    assert facts.created is not None and facts.created.date() == told.day


def test_both_pages_count_the_people_out_of_reach_on_the_same_people(store: Store) -> None:
    """Of all residents on the first page as in the comparison: T2 has 30 of 300 out of reach, one in ten."""
    told = content(store, "T2", "fr")
    first = next(one for one in told.numbers if "km" in one.label)
    row = next(row for row in told.rows if row.label.startswith("Personnes touchées"))
    assert first.note.startswith(row.cells[0]) and first.note.endswith("de tous les résidents")


def test_every_font_is_embedded_and_holds_every_letter(store: Store) -> None:
    told = content(store, "T2", "fr")
    reader = PdfReader(io.BytesIO(brief_pdf.made(told)))
    fonts: dict[str, Any] = {}
    for page in reader.pages:
        resources: Any = page["/Resources"]
        fonts |= {font["/BaseFont"]: font for font in (ref.get_object() for ref in resources["/Font"].values())}
    assert len(fonts) == 5
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts.values())
    held = set(TTFont(typefaces.path("Public Sans")).getBestCmap() or {})
    shown = {field.name: getattr(told, field.name) for field in dataclasses.fields(told) if field.name != "map_png"}
    assert {letter for letter in str(shown).replace("\\xa0", "") if ord(letter) not in held} == set()


def test_an_area_where_nobody_lives_says_words_and_never_zero(store: Store) -> None:
    told = content(store, "T4", "fr")
    assert {one.shown for one in told.numbers} == {"Sans objet"}
    assert all(row.cells[0] == "Sans objet" for row in told.rows)
    reader = PdfReader(io.BytesIO(brief_pdf.made(told)))
    first, second = pages(reader)
    assert len(reader.pages) == 2 and "Sans objet" in first and "Sans objet" in second
    assert len(brief_docx.made(told)) > 10_000


def test_long_words_never_make_a_third_page(store: Store) -> None:
    told = content(store, "T2", "fr")
    longer = dataclasses.replace(told, limits=told.limits * 4, methods=told.methods * 2, sources=told.sources * 3)
    assert len(PdfReader(io.BytesIO(brief_pdf.made(longer))).pages) == 2


def test_a_measure_without_a_row_is_a_word_in_both_files(store: Store) -> None:
    area = my_area.of(store, "T2")
    assert area is not None
    gone = [dataclasses.replace(line, own=my_area._own(line.own.to_frame().T.iloc[:0], "T2")) for line in area.lines]
    assert {line.own["basis"] for line in gone} == {None}  # NaN would be said as a basis
    content = brief.of(dataclasses.replace(area, lines=gone), link="http://localhost/", version="2026-11-23-001")
    assert len(PdfReader(io.BytesIO(brief_pdf.made(content))).pages) == 2 and brief_docx.made(content)


def test_the_same_brief_twice_is_the_same_file(store: Store) -> None:
    assert brief_pdf.made(content(store, "T1", "en")) == brief_pdf.made(content(store, "T1", "en"))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_docx_says_what_the_pdf_says(store: Store, lang: str) -> None:
    told = content(store, "T2", lang)
    document = docx.Document(io.BytesIO(brief_docx.made(told)))
    facts = document.core_properties
    assert (facts.title, facts.author, facts.language) == (told.title, "Couvert", f"{lang}-CA")
    text = "\n".join(p.text for p in document.paragraphs)
    assert brief.unmarked(told.lead) in text and told.link in text
    numbers, comparison = document.tables
    assert [cell.paragraphs[1].text for cell in numbers.rows[0].cells] == [one.shown for one in told.numbers]
    assert [row.cells[1].text.split("\n")[0] for row in comparison.rows[1:]] == [row.cells[0] for row in told.rows]
    footer = document.sections[0].footer.paragraphs[0].text
    assert store.version in footer and ("SIMUL" in footer)
    picture = np.asarray(Image.open(io.BytesIO(told.map_png)).convert("L"))
    assert picture.min() < 60 and picture.max() == 255


def test_what_is_compared_in_centre(store: Store) -> None:
    words.use("en")
    area = my_area.of(store, "T2")
    assert area is not None and area.borough is None
    assert area.peers["peer_id"].tolist() == ["T1", "T3"]
    need = area.line(my_area.NEED)
    assert need is not None and need.known
    values = store.indicator("food_insecurity", "district").set_index("area_id")["value"]
    assert need.middle == pytest.approx((values["T1"] + values["T3"]) / 2)
    table = area_words.comparison(area)
    assert [column.name for column in table.columns][1:4] == ["Centre", "Whole city", "Similar, middle"]
    assert len(table.export) == len(area.lines)


def test_ranks_are_ranges_and_absent_where_there_is_no_value(store: Store) -> None:
    area, park = my_area.of(store, "T2"), my_area.of(store, "T4")
    assert area is not None and park is not None
    line, none = area.line(my_area.NEED), park.line(my_area.NEED)
    assert line is not None and none is not None and none.rank is None
    ok = line.frame[line.frame["status"] == "ok"]
    above = int((ok["low"] > line.own["high"]).sum())
    below = int((ok["high"] < line.own["low"]).sum())
    assert line.rank == (1 + above, len(ok) - below, len(ok))


def test_the_city_and_an_unknown_area_have_no_page(store: Store) -> None:
    assert my_area.of(store, "TOY") is None and my_area.of(store, "nowhere") is None


def test_year_against_year_north_doubled(store: Store) -> None:
    words.use("en")
    area = my_area.of(store, "T1")
    assert area is not None
    told = area_words.year_answer(area)
    assert "**240 requests**" in told and "more" in told and "+100.0%" in told  # 240 after 120
    hidden = my_area.of(store, "T2")
    assert hidden is not None and "not zero" in area_words.year_answer(hidden)
