"""What tests look for in the texts of a page: numbers in either language, words of the other one, typography."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

NBSP = "\u00a0"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that give a language away; none is part of a place's name or of a title that stays in its language.
ENGLISH = _set(
    "the and of with for from within people area areas need needs this that these are is was were not than more less "
    "their there here which what where who how who’s its it they share range year years month months day days "
    "downloaded unknown missing hidden between below above about only each every other listing listings"
)
FRENCH = _set(
    "les dans pour avec sont cette ces ce que qui aux une aucun aucune personnes secteurs secteur année années mois "
    "jour jours entre selon n’est n’y d’un d’une ne pas moins chaque nombre données"
)


def numbers(texts: Iterable[str], language: str) -> Counter[str]:
    """Every number written in these texts, as English writes it without commas, and how often it comes."""
    found: Counter[str] = Counter()
    for text in texts:
        if language == "fr":
            text = re.sub(rf"(?<=\d)[{NBSP}\u202f](?=\d{{3}}(?!\d))", "", text)
            text = re.sub(r"(?<=\d),(?=\d)", ".", text)
        else:
            text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
            text = re.sub(rf"\b(\d{{1,2}})(:\d\d)?[{NBSP}\u202f ]([ap])\.m\.", _hour, text)
        found.update(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d)(?:er|re|e|st|nd|rd|th)\b", "", text)))
    return found


def _hour(found: re.Match[str]) -> str:
    """An hour of the English clock on the French one: “1:30 p.m.” is « 13 h 30 »."""
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    return f"{hour} {(found[2] or '')[1:]}"


def tell_tale(text: str, of: frozenset[str]) -> list[str]:
    """The words of `of` in a text."""
    return [word for word in re.findall(r"[^\W\d_]+(?:’[^\W\d_]+)?", text.lower()) if word in of]
