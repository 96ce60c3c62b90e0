"""Both catalogues complete, every key the code uses known, French typography kept."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from views import words

HOUSE = Path(__file__).resolve().parent.parent.parent
FILES = [HOUSE / "app.py", *sorted((HOUSE / "views").glob("*.py")), *sorted((HOUSE / "pages").glob("*.py")),
         *sorted((HOUSE / "serving").glob("*.py")), *sorted((HOUSE / "publish").glob("*.py"))]
TEMPLATES = sorted((HOUSE / "publish" / "templates").glob("*.html"))


def forms(language: str) -> list[tuple[str, str]]:
    return [(key, form) for key, found in words.catalogue(language).items() for form in found]


def used() -> tuple[set[str], set[str]]:
    """Keys said literally, and the beginnings of keys made at run time."""
    literal: set[str] = set()
    begun: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in ("say", "plural"):
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                literal.add(first.value)
            elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                begun.add(str(first.values[0].value))
    for path in TEMPLATES:
        for key, more in re.findall(r"say\('([a-z0-9_.]+)'( ~)?", path.read_text("utf-8")):
            (begun if more else literal).add(key)
    return literal, begun


def test_no_word_is_written_in_a_template() -> None:
    for path in TEMPLATES:
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        shown = " ".join(re.sub(r"<[^>]+>", " ", text).split())
        assert not re.search(r"[^\W\d_]{2,}", shown), f"{path.name}: {shown}"


def test_both_languages_hold_the_same_keys_and_fields() -> None:
    french, english = words.catalogue("fr"), words.catalogue("en")
    assert set(french) == set(english)
    for key in french:
        fields = [
            {name for form in found for _, name, _, _ in string.Formatter().parse(form) if name}
            for found in (french[key], english[key])
        ]
        assert fields[0] == fields[1], key
        assert len(french[key]) == len(english[key]), key


def test_no_form_is_empty() -> None:
    assert [key for language in words.LANGUAGES for key, form in forms(language) if not form.strip()] == []


def test_every_key_the_code_says_is_in_the_catalogues() -> None:
    literal, begun = used()
    known = set(words.catalogue("fr"))
    assert sorted(literal - known) == []
    assert sorted(start for start in begun if not any(key.startswith(start) for key in known)) == []
    assert len(literal) > 40


def test_a_missing_word_is_an_error() -> None:
    with pytest.raises(words.MissingWordError):
        words.say("no.such.key")


@pytest.mark.parametrize(("key", "form"), forms("fr"), ids=lambda x: x[:40])
def test_french_typography(key: str, form: str) -> None:
    assert "'" not in form, "write ’"
    assert "\u202f" not in form
    assert not re.search(r"[ \u00a0][?!;]", form), "no space before ? ! ;"
    assert not re.search(r"(?<![\u00a0\d]):(?!//)", form), "U+00A0 before :"
    assert " %" not in form and "« " not in form and " »" not in form, "U+00A0 there"


@pytest.mark.parametrize(("key", "form"), forms("en"), ids=lambda x: x[:40])
def test_english_typography(key: str, form: str) -> None:
    assert "'" not in form
    assert "\u00a0:" not in form and " :" not in form and "«" not in form and "\u202f" not in form


def test_no_cause_is_written_anywhere() -> None:
    banned = r"\b(à cause de|grâce à|entraîne|explique|impact|due to|leads to|because of|drives)\b"
    assert [key for language in words.LANGUAGES for key, form in forms(language) if re.search(banned, form, re.I)] == []


@pytest.mark.parametrize(
    ("language", "number", "singular"),
    [("fr", 0, True), ("fr", 1.5, True), ("fr", 2, False), ("en", 0, False), ("en", 1, True), ("en", 1.5, False)],
)
def test_plurals_agree_with_the_number_shown(language: str, number: float, singular: bool) -> None:
    words.use(language)
    try:
        said = words.plural("level_n.district", number)
    finally:
        words.use(None)
    assert said.endswith("district") == singular
