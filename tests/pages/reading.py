"""How hard a text is to read: words a sentence, Kandel-Moles for French, Flesch-Kincaid for English.

Formulas are a smoke alarm, not a proof: syllables come from hyphenation (`pyphen`), which counts a little under.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyphen

_BREAKS = {"fr": pyphen.Pyphen(lang="fr"), "en": pyphen.Pyphen(lang="en_US")}
MOST_WORDS, MEAN_WORDS, LEAST_FRENCH, MOST_ENGLISH, RUNNING = 25, 15, 70.0, 8.0, 100


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    parts = re.split(r"(?<=[.!?])[\s\u00a0]+(?=[«“A-ZÀ-Ý0-9])", text.replace("\u00a0", " ").strip())
    return [part for part in parts if re.search(r"[^\W\d_]{2}", part)]


def words(sentence: str) -> list[str]:
    """Its words without numbers and without names: a capital inside a sentence is a name."""
    found = re.findall(r"[^\W\d_]+(?:[’-][^\W\d_]+)*", sentence)
    return [word for place, word in enumerate(found) if place == 0 or not word[0].isupper()]


def syllables(word: str, language: str) -> int:
    """Syllables of a word, at least one; an elided article is part of its word."""
    return sum(len(_BREAKS[language].positions(part)) + 1 for part in re.split(r"[-]", word) if part)


def score(texts: Iterable[str], language: str) -> tuple[float, float, int]:
    """Ease (French, more is easier) or school grade (English, less is easier), mean words a sentence, words in all."""
    told = [words(sentence) for text in texts for sentence in sentences(text)]
    told = [each for each in told if each]
    count = sum(map(len, told))
    if not count:
        return 0.0, 0.0, 0
    mean = count / len(told)
    weight = sum(syllables(word, language) for each in told for word in each) / count
    found = 207 - 1.015 * mean - 73.6 * weight if language == "fr" else 0.39 * mean + 11.8 * weight - 15.59
    return found, mean, count
