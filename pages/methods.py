"""How is each number made?"""

from __future__ import annotations

import html

import streamlit as st

from indicators import INDICATORS, THEMES
from views import figure, glossary, methods, numbers, outside, page, session
from views.words import say


def main() -> None:
    """The page."""
    store = session.store()
    page.header("methods", say("methods.lead", n=numbers.count(len(INDICATORS))))
    with st.container(key="choose-indicator", width=460):
        asked = methods.chosen(INDICATORS)
    held = outside.held(store)
    if asked is not None:
        methods.block(asked, store, held)
    else:
        methods.contents(THEMES)
    methods.section(
        "words", say("methods.words"), f'<p class="cv-sentence">{html.escape(say("methods.words_text"))}</p>',
        methods.statuses(), f'<p class="cv-sentence">{html.escape(say("methods.bases_text"))}</p>', methods.bases(),
    )
    methods.section(
        "glossary", say("glossary.title"), f'<p class="cv-sentence">{html.escape(say("glossary.text"))}</p>',
        glossary.listed(),
    )
    for theme, indicators in THEMES.items():
        others = [indicator for indicator in indicators if indicator is not asked]
        if others:
            methods.theme_of(theme, others, store, held)
    figure.show(methods.calibration(store))
    services = store.services(str(store.setting("food_kind")))
    figure.show(methods.unreached(store, services["basis"].unique().tolist()))
    figure.show(methods.crosswalks(store))
    methods.section(
        "disclosure", say("methods.disclosure"), f'<p class="cv-sentence">{html.escape(methods.disclosure(store))}</p>',
    )
    methods.section("version", say("methods.this_version"), methods.version(store))
    methods.section("fonts", say("methods.fonts"), methods.fonts())


main()
