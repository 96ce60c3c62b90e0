"""What leaves with every figure of every page, in toyville and montreal: no machine word, and its numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import openpyxl
import pandas as pd
import pytest

from build import build
from tests.pages.crawl import Heard, crawl
from tests.pages.reading import LEAST_FRENCH, MEAN_WORDS, MOST_ENGLISH, MOST_WORDS, score, sentences
from tests.pages.reading import words as words_of
from tests.pages.saying import ENGLISH, FRENCH, tell_tale
from tests.pages.test_every_page import BANNED, RUNNING_TEXT
from views import exports, metadata, taken, words
from views.taken import Taken

Pages = dict[tuple[str, str], Heard]
EDITIONS = ("toyville", "montreal")
# Names of files and columns that others chose, which the data library quotes; a product's number in its source.
QUOTED = {
    "fr": ("Fichier", "Colonne", "Précision", "Producteur", "Encodage"),
    "en": ("File", "Column", "Detail", "Producer", "Encoding"),
}
# French words that names of places hold: « La Pointe-aux-Prairies ».
NAMED = frozenset({"aux"})
CODES = re.compile(
    r"[a-z]\w*_\w|\b(?:ok|NaN|nan|NaT|None|true|false|not_applicable|suppressed|modelled|counted|simulated|status)\b"
)


@pytest.fixture(scope="module")
def everywhere(
    heard: Pages, tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Pages]:
    """Every page of both editions; in montreal, with a district chosen."""
    versions = tmp_path_factory.mktemp("montreal")
    build("montreal", versions=versions)
    return {"toyville": heard, "montreal": dict(crawl(versions, "montreal", "D194"))}


def every(pages: Pages, language: str) -> Iterator[tuple[str, Taken]]:
    for (page, spoken), here in pages.items():
        if spoken == language:
            yield from ((page, one) for one in here.taken)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("edition", EDITIONS)
def test_no_machine_word_is_in_a_file_that_people_read(
    everywhere: dict[str, Pages], edition: str, language: str,
) -> None:
    seen, other = 0, ENGLISH if language == "fr" else FRENCH - NAMED
    for page, one in every(everywhere[edition], language):
        with words.speaking(language):
            fields = taken.fields(one)
            name = taken.file_name(one, "xlsx")
        assert tell_tale(name.replace("_", " ").replace("-", " "), other) == [], name
        assert len({field.name for field in fields}) == len(fields), (page, one.id)
        for field in fields:
            seen += len(field.cells)
            texts = [field.name, *(cell for cell in field.cells if isinstance(cell, str))]
            if page == "data_library" and field.name in QUOTED[language]:
                texts = texts[:1]
            for text in texts:
                codes = CODES.search(text)
                assert codes is None or (language == "en" and "_" not in codes[0] and codes[0] != "ok"), (
                    page, one.id, field.name, text)
                assert tell_tale(text, other) == [], (page, one.id, field.name, text)
    assert seen > 2000


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_number_in_a_file_is_the_number_of_the_page(everywhere: dict[str, Pages], edition: str) -> None:
    """Digit for digit: what the page writes as « 11,4 % » is 11.4 under a heading in %; no number is lost."""
    read = 0
    for page, one in every(everywhere[edition], "fr"):
        with words.speaking("fr"):
            made = {field.name: field for field in taken.fields(one)}
        for column in one.table().columns:
            field = next((made[name] for name in (column.name, f"{column.name} (%)") if name in made), None)
            if column.kind != "number" or field is None:
                continue
            for text, cell in zip(column.texts, field.cells):
                found = re.fullmatch(r"([−+]?)([\d\u00a0]+(?:,\d+)?)(?:\u00a0%)?", text)
                if found and isinstance(cell, int | float):
                    told = float(found[2].replace("\u00a0", "").replace(",", ".")) * (-1 if found[1] == "−" else 1)
                    assert cell == told, (page, one.id, column.name, text)
                    read += 1
    assert read > 150


@pytest.mark.parametrize("edition", EDITIONS)
def test_columns_for_machines_are_described_with_the_unit_of_their_rows(
    everywhere: dict[str, Pages], edition: str,
) -> None:
    for page, one in every(everywhere[edition], "fr"):
        with words.speaking("fr"):
            frame = taken.rows(one, words=False)
            fields = {field["name"]: field for field in metadata.fields(frame)}
        assert [name for name, field in fields.items() if "description" not in field] == [], (page, one.id)
        if "value" in fields and "unit" in frame and fields["value"]["type"] != "string":
            units = set(frame["unit"].dropna())
            assert ("unit" in fields["value"]) is (len(units) == 1), (page, one.id)
            assert fields["value"].get("unit") in {None, *units}


def test_a_measure_of_each_row_keeps_its_unit_in_the_comparison(everywhere: dict[str, Pages]) -> None:
    (one,) = [one for page, one in every(everywhere["montreal"], "fr") if (page, one.id) == ("my_area", "compare")]
    with words.speaking("fr"):
        book = openpyxl.load_workbook(io.BytesIO(exports.made(one, exports.FORM["xlsx"])))["Données"]
        fields = {field["name"]: field for field in metadata.fields(taken.rows(one, words=False))}
    rows = list(book.iter_rows(values_only=True))
    told = pd.DataFrame(rows[1:], columns=list(rows[0]))
    assert {"%", "mètres", "pour 1\u00a0000 résidents"} <= set(told["Unité"])
    far = told[told["Mesure"].str.startswith("Distance")].iloc[0]
    assert far["Unité"] == "mètres" and far["Valeur, toutes les décimales"] > 10
    assert "unit" not in fields["value"] and "colonne" in fields["value"]["description"]
    assert not [cell.number_format for row in book.iter_rows() for cell in row if "%" in cell.number_format]


def test_a_french_file_is_named_in_french(everywhere: dict[str, Pages]) -> None:
    (one,) = [one for page, one in every(everywhere["montreal"], "fr") if one.id == "map" and page == "gap_map"]
    with words.speaking("fr"):
        assert taken.file_name(one, "gpkg").startswith(
            "couvert_personnes-touchees-sans-aide-a-portee_districts_portee-1000-m_"
        )


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_running_text_of_the_default_edition_is_easy_to_read(everywhere: dict[str, Pages], language: str) -> None:
    """The gate of toyville, over the sentences that real names and numbers make."""
    for (page, spoken), here in everywhere["montreal"].items():
        if spoken != language:
            continue
        texts = here.told_in(*RUNNING_TEXT)
        assert [each for text in texts for each in sentences(text) if len(words_of(each)) > MOST_WORDS] == [], page
        found, mean, count = score(texts, language)
        assert mean <= MEAN_WORDS and count > 50, page
        assert found >= LEAST_FRENCH if language == "fr" else found <= MOST_ENGLISH, (page, found)
        for text in here.told():
            assert tell_tale(text, ENGLISH if language == "fr" else FRENCH - NAMED) == [], text
            assert page == "methods" or not re.search(BANNED[language], text, re.IGNORECASE), text


def test_the_search_for_machine_words_finds_them() -> None:
    for text in ("before_status", "ok", "not_applicable", "reach_m=1000", "suppressed"):
        assert CODES.search(text), text
    assert not CODES.search("Masqué (confidentiel)") and tell_tale("unknown", ENGLISH)
