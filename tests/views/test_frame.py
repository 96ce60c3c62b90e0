"""What surrounds a page: one script a policy can name, the framework's words in both languages, terms explained."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from views import frame, glossary, search, tables, words

HOUSE = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(params=words.LANGUAGES)
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    words.use(request.param)
    yield request.param
    words.use(None)


def test_the_script_is_the_same_in_every_language_and_survives_the_cleaner_of_pages(spoken: str) -> None:
    script = re.search(r"<script>(.*)</script>", frame.mark(), re.DOTALL)
    assert script is not None and script[1] == frame.script()
    assert not re.search(r"<[/\w!]", frame.script()), "Streamlit's cleaner takes out a script that holds this"


def test_the_mark_says_the_language_and_holds_every_word(spoken: str) -> None:
    mark = frame.mark()
    assert f'data-lang="{spoken}"' in mark
    forms = json.loads(html.unescape(re.search(r'data-words="([^"]*)"', mark)[1]))  # type: ignore[index]
    assert [one[0] for one in forms] == list(frame.UPSTREAM)
    ours = {form for one in forms for form in one[1:]}
    assert len(forms) == len({one[0] for one in forms}) and all(ours)
    for theirs, french, english in forms:  # a word we say must not be another of theirs: they would chase each other
        clash = [one for one in forms if one[0] in (french, english) and one[0] != theirs]
        assert not [one for one in clash if one[1:] != [french, english]], theirs


def test_every_term_finds_itself_and_is_explained_in_a_short_sentence(spoken: str) -> None:
    for key, forms, means in glossary.explained():
        term = words.say(f"glossary.{key}")
        assert re.search(rf"(?<!\w)(?:{forms})(?!\w)", term, re.IGNORECASE) or key in ("request", "unmet"), key
        assert means.endswith(".") and len(means) <= 110, key


def test_every_term_is_on_the_methods_page_and_in_the_document_in_both_languages(spoken: str) -> None:
    listed, document = html.unescape(glossary.listed()), (HOUSE / "docs" / "glossary.md").read_text("utf-8").lower()
    for key in glossary.TERMS:
        for language in words.LANGUAGES:
            term = words.catalogue(language)[f"glossary.{key}"][0]
            assert term in listed
            assert term.lower().split(" (")[0].replace("’", "'") in document.replace("’", "'"), term
    assert "glossary.listed()" in (HOUSE / "pages" / "methods.py").read_text("utf-8")


def test_terms_come_in_the_order_of_the_alphabet_accents_apart(spoken: str) -> None:
    terms = [html.unescape(term) for term in re.findall(r"<dt>(.*?) <small", glossary.listed())]
    assert terms == sorted(terms, key=tables.folded) and len(terms) == len(glossary.TERMS)


def test_names_are_sorted_with_e_acute_beside_e() -> None:
    names = ["Zone", "Étang", "Est", "Eau", "ouest", "L’Île-Dorval", "Œuvre", "Côte", "cote", "Ému"]
    ordered = tables.by_name(pd.DataFrame({"name": names}), "name")["name"].tolist()
    assert ordered == ["Côte", "cote", "Eau", "Ému", "Est", "Étang", "L’Île-Dorval", "Œuvre", "ouest", "Zone"]


@pytest.mark.parametrize(("typed", "found"), [
    ("etang", "1"), ("ÉTANG", "1"), ("st leonard", "2"), ("Saint-Léonard", "2"), ("ile des soeurs", "3"),
    ("l'ile-des-soeurs", "3"), ("NDG", "4"), ("notre dame", "4"), ("Ste Genevieve", "5"), ("nowhere at all", None),
])
def test_a_name_is_found_without_its_accents_dashes_or_ligatures(typed: str, found: str | None) -> None:
    told = {"1": "Étang", "2": "Saint-Léonard", "3": "L’Île-des-Sœurs", "4": "Côte-des-Neiges–Notre-Dame-de-Grâce",
            "5": "Sainte-Geneviève"}
    assert search.found(typed, told) == found
