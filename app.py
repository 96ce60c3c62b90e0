"""The page list, the language and the theme; runs the page chosen, and nothing else."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from serving import turns
from views import assets, page, session, theme
from views.words import say

HOUSE = Path(__file__).resolve().parent

# (section of the menu, file in pages/): the file name is the address. The first page answers at “/” only.
PAGES: tuple[tuple[str, str], ...] = (
    ("", "overview"),
    ("", "gap_map"),
    ("", "my_area"),
    ("", "risk_factors"),
    ("", "plan"),
    ("requests", "referrals"),
    ("requests", "people_served"),
    ("requests", "services"),
    ("data", "who_is_missing"),
    ("data", "data_library"),
    ("data", "methods"),
    ("data", "add_layer"),
)


def navigation() -> st.Page:
    """The top menu in the reader's language; gives the page chosen."""
    sections: dict[str, list[st.Page]] = {}
    for section, name in PAGES:
        heading = say(f"section.{section}") if section else ""
        sections.setdefault(heading, []).append(
            st.Page(f"pages/{name}.py", title=say(f"nav.{name}"), url_path=name, default=name == PAGES[0][1])
        )
    return st.navigation(sections, position="top")


def main() -> None:
    """One run of the app."""
    session.start_language()
    st.set_page_config(page_icon=str(HOUSE / "static" / "mark.svg"), layout="wide")
    theme.send()
    assets.ensure()
    session.ensure_published()
    session.pin()
    st.logo(str(HOUSE / "static" / f"logo-{'dark' if session.dark() else 'light'}.svg"), size="large")
    chosen = navigation()
    st.set_page_config(page_title=say("frame.title", page=chosen.title))  # in the menu the name of the page is enough
    session.turn_to(chosen.url_path or PAGES[0][1])
    page.strip()
    above = st.empty()
    chosen.run()
    page.astray(above)
    page.foot()


if __name__ == "__main__":  # a forked build imports this file under another name
    with turns.page():  # a visit that waits its turn waits without computing: what answers the network goes first
        main()
