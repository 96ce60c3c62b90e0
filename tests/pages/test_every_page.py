"""Every page in both languages: the same numbers, no word of the other language, typography, and words of the house."""

from __future__ import annotations

import re

import pytest

from tests.pages.crawl import Heard, pages
from tests.pages.reading import LEAST_FRENCH, MEAN_WORDS, MOST_ENGLISH, MOST_WORDS, RUNNING, score, sentences, words
from tests.pages.saying import ENGLISH, FRENCH, NBSP, numbers, tell_tale
from views import words as said
from views.figure import nothing

Pages = dict[tuple[str, str], Heard]
PAGES = pages()
BOTH = [pytest.param(page, language, id=f"{page}-{language}") for page in PAGES for language in said.LANGUAGES]
RUNNING_TEXT = ("cv-lead", "cv-sentence", "cv-note", "cv-empty", "cv-limits", "cv-sim", "cv-caveats")

# What words.md refuses, as said of people and places; a term of ours never holds one.
BANNED = {
    "fr": r"les pauvres|démunis|\bclient|bénéficiaire|usagers|vulnérable|marginalisé|quartier pauvre|"
          r"\bprévalence|\bquantile|choroplèthe|désert alimentaire|\bfléau|explosion|\bforage|\bsévère|référencement|"
          r"\bévidences?\b|supprimé|obsolète|à cause de|grâce à|entraîne\b|\bimpact",
    "en": r"the needy|\bthe poor\b|beneficiar|\bclients?\b|hot ?spot|vulnerable|minorities|\bprevalence|"
          r"\bquantile|choropleth|food desert|food swamp|\bcrisis\b|welfare case|the elderly|due to|leads to|"
          r"because of|\bdrives\b|\bimpact",
}


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_say_the_same_numbers(heard: Pages, page: str) -> None:
    french, english = (heard[page, language] for language in said.LANGUAGES)
    one, other = numbers([*french.told(), *french.drawn], "fr"), numbers([*english.told(), *english.drawn], "en")
    assert (one - other, other - one) == ({}, {})
    assert len(french.told()) == len(english.told()) and len(french.drawn) == len(english.drawn)
    assert sum(one.values()) > 5, "nothing was read"


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_no_word_of_the_other_language_and_no_hole(heard: Pages, page: str, language: str) -> None:
    here = heard[page, language]
    telling = ENGLISH if language == "fr" else FRENCH
    for text in (*here.told(), *here.drawn):
        assert tell_tale(text, telling) == [], text
        assert not re.search(r"\bnan\b|\bNaT\b|<NA>|^None$|\{\w+\}", text), text
        assert not re.search(r"\b(?:de|à|in the) Les? [A-ZÉ]|\bdans (?:à|au)\b|\bde (?:de|à|dans)\b", text), text


@pytest.mark.parametrize("page", PAGES)
def test_french_typography_on_the_page(heard: Pages, page: str) -> None:
    for text in (*heard[page, "fr"].told(), *heard[page, "fr"].drawn):
        assert not re.search(r"\w'\w", text), text
        assert not re.search(r"[^\s:] [:%»]|« |\d \d{3}\b", text), text
        assert not re.search(rf"[ {NBSP}][?!;]", text), text


@pytest.mark.parametrize("page", PAGES)
def test_english_typography_on_the_page(heard: Pages, page: str) -> None:
    for text in (*heard[page, "en"].told(), *heard[page, "en"].drawn):
        assert not re.search(r"\w'\w|[«»]", text), text
        assert not re.search(rf"\w[ {NBSP}][:;?!](?:\s|$)", text), text


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_no_banned_word(heard: Pages, page: str, language: str) -> None:
    for text in heard[page, language].told():
        if page == "methods" and re.search(r"prévalence|prevalence", text):
            continue  # the field's word, in the names of sources and tables
        assert not re.search(BANNED[language], text, re.IGNORECASE), text


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_running_text_is_easy_to_read(heard: Pages, page: str, language: str) -> None:
    texts = heard[page, language].told_in(*RUNNING_TEXT)
    long = [each for text in texts for each in sentences(text) if len(words(each)) > MOST_WORDS]
    assert long == []
    found, mean, count = score(texts, language)
    assert count >= 10 and mean <= MEAN_WORDS
    if count >= RUNNING:
        assert found >= LEAST_FRENCH if language == "fr" else found <= MOST_ENGLISH, found


def test_the_gate_of_reading_can_close() -> None:
    thesis = {
        "fr": "La multidimensionnalité intersectionnelle des vulnérabilités socioéconomiques contemporaines détermine "
              "inéluctablement l’hétérogénéité territoriale des disponibilités institutionnelles communautaires.",
        "en": "The intersectional multidimensionality of contemporary socioeconomic vulnerabilities determines "
              "the territorial heterogeneity of institutional community availabilities.",
    }
    assert score([thesis["fr"]], "fr")[0] < 20 and score([thesis["en"]], "en")[0] > 15
    assert len(sentences("Un. Deux? Trois! « Quatre. »")) == 4


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_every_figure_has_a_table_and_every_drawing_its_words(heard: Pages, page: str, language: str) -> None:
    here = heard[page, language]
    for figure in here.figures:
        assert figure.title and (figure.sentence or figure.empty), figure.id
        if figure.empty:
            continue
        assert figure.source or page == "data_library", figure.id  # there the source is what the page shows
        table = here.tables.get(figure.id)
        assert table is not None and table.caption and table.columns, figure.id
        assert figure.draw is nothing or len(table.export), figure.id
        for column in table.columns:
            assert len(column.texts) == len(table.export), (figure.id, column.name)
            assert all(text.strip() for text in column.texts) or column.kind != "head", (figure.id, column.name)
    for alt in here.alts:
        assert len(alt) > 30 and alt.rstrip().endswith("."), alt
    for piece in here.html:
        for table in re.findall(r"<table\b[^>]*>", piece):
            named = "aria-label" in table or 'role="region"' in piece or "<caption" in piece
            assert named, piece[:200]
        assert not re.findall(r"<img(?![^>]*\balt=)", piece)


def test_a_number_is_read_the_same_in_both_languages() -> None:
    assert numbers([f"Environ 1{NBSP}762{NBSP}248 personnes, 22,5{NBSP}%, le 1er mars 2025"], "fr") == numbers(
        ["About 1,762,248 people, 22.5%, on March 1, 2025"], "en"
    )
    assert numbers([f"13{NBSP}h{NBSP}30"], "fr") == numbers([f"1:30{NBSP}p.m."], "en")
    assert numbers(["1,5"], "fr") != numbers(["1,500"], "en")
