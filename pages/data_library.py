"""Which data, from whom, how old, under what licence, with what losses?"""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from views import figure, library, methods, numbers, operations, page, session, tables
from views.session import Store
from views.words import plural, say


def lead(rows: pd.DataFrame) -> str:
    """How many sources, rows read, kept and refused."""
    sums = library.totals(rows)
    return " ".join([
        plural("data_library.lead", len(rows), n=numbers.count(len(rows))),
        plural("data_library.lead_rows", sums["rows_read"], n=numbers.count(sums["rows_read"]),
               loaded=numbers.count(sums["loaded"])),
        plural("data_library.lead_rejected", sums["rejected"], n=numbers.count(sums["rejected"]))
        if sums["rejected"] else say("data_library.lead_none_rejected"),
    ])


def one_source(store: Store, rows: pd.DataFrame) -> None:
    """A source the reader chose: what it is, its files, what was left out, what was refused."""
    by_id = {row["dataset_id"]: row for _, row in rows.iterrows()}
    options = sorted(by_id, key=lambda x: tables.folded(by_id[x]["title"]))
    with st.container(key="fig-source", gap="small"):
        st.header(say("data_library.one_title"), anchor="source")
        with st.container(key="choose-dataset", width=560):
            chosen = session.select(
                "dataset", say("data_library.choose"), options, lambda x: by_id[x]["title"],
                # The same source whatever the language, whose alphabet orders the list.
                default=next((x for x in sorted(options) if by_id[x]["rejected"] > 0), min(options)),
            )
        row = by_id[chosen]
        st.html(library.details(row))
    for make in (library.files, library.left_out, library.rejects, library.notes):
        shown = make(store, row)
        if shown is not None:
            figure.show(shown)


def main() -> None:
    """The page."""
    store = session.store()
    rows = library.sources(store, date.today())  # noqa: DTZ011  a day is enough
    page.header("data_library", lead(rows))
    figure.show(library.catalogue(rows))
    past = library.accepted(store)
    if past is not None:
        figure.show(past)
    one_source(store, rows)
    figure.show(methods.crosswalks(store))
    operations.section()


main()
