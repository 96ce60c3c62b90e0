"""What about my borough or neighbourhood?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from serving import turns
from views import (
    area_words,
    brief,
    brief_docx,
    brief_pdf,
    drawn_map,
    figure,
    locator,
    my_area,
    page,
    search,
    session,
    sources,
    strips,
    tables,
    taken,
)
from views.my_area import Area, Line
from views.session import Store
from views.words import language, say, speaking


def take_away(area: Area, store: Store, places: Sequence[DeltaGenerator]) -> None:
    """The brief as PDF, the one primary button; and the same words as a text document."""
    drawn_map.warm()
    link, version, spoken = session.link(), session.version(), language()

    def made(form: str) -> bytes:
        # Streamlit makes the file outside the visit: language, link and version go with it.
        with speaking(spoken), turns.heavy():
            content = brief.of(my_area.of(store, area.id) or area, link=link, version=version)
            return brief_pdf.made(content) if form == "pdf" else brief_docx.made(content)

    for place, (form, kind, mime) in zip(places, (
        ("pdf", "primary", "application/pdf"),
        ("docx", "tertiary", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    )):
        place.download_button(
            say(f"my_area.print_{form}"), data=lambda form=form: made(form), mime=mime, key=f"brief_{form}",
            file_name=taken.file_name(_taken(area, link), form), on_click="ignore",
            type=kind, icon=":material/print:" if form == "pdf" else ":material/description:",  # type: ignore[arg-type]
        )


def _taken(area: Area, link: str) -> taken.Taken:
    """What names the file of the brief: the area, its level, and whether a number is simulated."""
    return taken.Taken(
        id="brief", title=say("my_area.file"), sentence="", store=area.store, link=link,
        table=lambda: area_words.comparison(area), language=language(), bases=area.bases,
        day=date.fromisoformat(session.version()[:10]), name=(area.level, tables.folded(area.name).replace(" ", "-")),
    )


def behind(area: Area) -> list[str]:
    """dataset_id of everything the measures shown rest on."""
    found = [name for line in area.lines for name in sources.behind(area.store, line.indicator)]
    return list(dict.fromkeys(found))


def compare(area: Area) -> figure.Figure:
    """The strips, their key and their table; the locator and the similar areas beside."""
    sentence = area_words.compare_sentence(area)
    shown = strips.strips(area)
    told = behind(area)

    def draw() -> None:
        strips_alt = figure.alt_of(sentence, say("my_area.strips_alt"))
        strips.show(area, shown, key="strips", alt=strips_alt, dark=session.dark())

    def beside() -> None:
        st.subheader(say("my_area.where_title"), anchor=False)
        locator.show(area, key="locator", alt=say("my_area.where_alt", name=area.name))
        locator.peers(area)

    return figure.Figure(
        id="compare", title=say("my_area.compare_title"), sentence=sentence, draw=draw, beside=beside,
        table=lambda: area_words.comparison(area), legend=strips.key(area), bases=area.bases,
        source=sources.line(area.store, told, method=say("my_area.method")),
        source_plain=sources.plain(area.store, told),
        empty="" if shown else say("my_area.compare_none"), name=(area.level, area.id),
        on_phone="table",
    )


def based(lines: Sequence[Line]) -> list[str]:
    """How the area's own values were come by, where it has any."""
    return [str(line.own["basis"]) for line in lines if pd.notna(line.own["basis"])]


def years(area: Area) -> figure.Figure:
    """Requests against the year before, beside the similar areas."""
    store = area.store
    line = area.line(my_area.ASKED)
    told = sources.behind(store, my_area.ASKED)
    table = area_words.years(area)
    return figure.Figure(
        id="years", title=say("my_area.years_title"), sentence=area_words.year_answer(area), table=lambda: table,
        bases=based([line] if line is not None else []), indicator=my_area.ASKED,
        source=sources.line(store, told), source_plain=sources.plain(store, told), name=(area.level, area.id),
        empty=say("my_area.year_none") if area.requests is None else "",
    )


def rank(area: Area) -> figure.Figure:
    """The likely rank of each measure that has a range, and how sure the worst fifth is."""
    told = sources.behind(area.store, my_area.NEED)
    table = area_words.ranked(area)
    return figure.Figure(
        id="ranks", title=say("my_area.rank_title"), sentence=area_words.rank_sentence(area), table=lambda: table,
        bases=based([line for line in area.lines if line.rank is not None]), indicator=my_area.SURE,
        source=sources.line(area.store, told), source_plain=sources.plain(area.store, told), name=(area.level, area.id),
        empty="" if len(table.export) else say("my_area.rank_none"),
    )


def nothing() -> None:
    """The page before an area is chosen: what to do, and why nothing is shown."""
    figure.show(figure.Figure(
        id="compare", title=say("my_area.compare_title"), sentence="",
        empty=say("my_area.choose"),
    ))


def main() -> None:
    """The page."""
    store = session.store()
    head = st.container(gap="small")
    box, *places = st.columns([2.4, 0.9, 1], gap="medium", vertical_alignment="bottom")
    with box:
        chosen = search.anywhere(store)
    area = my_area.of(store, chosen) if chosen else None
    if area is not None:
        take_away(area, store, places)
    with head:
        if area is None:
            page.header("my_area", say("my_area.lead_empty"))
        else:
            page.header("my_area", area_words.lead(area), bases=area.bases, title=area_words.finding(area))
    if area is None:
        nothing()
        return
    for shown in (compare(area), years(area), rank(area)):
        figure.show(shown)
    st.html(brief.limits_html(area))


main()
