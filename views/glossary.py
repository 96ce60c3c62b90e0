"""Words explained: where a term is first used on a page, and all of them in one list, in both languages."""

from __future__ import annotations

import html

from views import words
from views.tables import folded
from views.words import LANGUAGES, language, say

# Keys of the catalogues: `glossary.<key>` the term, `.forms` the pattern of its forms in a sentence, `.means`.
# An earlier term wins where two begin at one place.
TERMS = (
    "food_insecurity", "in_need", "estimated_need", "household", "food_aid", "reach", "straight_line", "coverage_gap",
    "capacity", "range", "fifth", "deprivation", "ratio", "rank", "district", "borough", "linked_city",
    "dissemination_area", "tract", "mbm", "lim", "request", "unmet", "helped", "listing", "similar", "suppressed",
    "missing", "not_applicable", "counted", "modelled", "simulated",
)


def explained() -> list[tuple[str, str, str]]:
    """Key, pattern and meaning of every term in the reader's language: what the page's script looks for."""
    return [(key, say(f"glossary.{key}.forms"), say(f"glossary.{key}.means")) for key in TERMS]


def listed() -> str:
    """Every term [HTML], by French or English alphabet: its name, its name in the other language, its meaning."""
    other = next(spoken for spoken in LANGUAGES if spoken != language())
    there = words.catalogue(other)
    rows = []
    for key in sorted(TERMS, key=lambda name: folded(say(f"glossary.{name}"))):
        beside = f'<small lang="{other}">{html.escape(there[f"glossary.{key}"][0])}</small>'
        rows.append(
            f'<div id="glossary-{key}"><dt>{html.escape(say(f"glossary.{key}"))} {beside}</dt>'
            f'<dd>{html.escape(say(f"glossary.{key}.means"))}</dd></div>'
        )
    return f'<dl class="cv-facts cv-glossary">{"".join(rows)}</dl>'
