"""What an address asked for that its page does not have: kept while the page stays, so that it can be told."""

from __future__ import annotations

import streamlit as st

from views.words import known, say

_KEY = "unread"
# An address may hold anything: what it asked for is told up to this many characters.
MOST = 40


def note(name: str, asked: str) -> None:
    """Selector `name` was asked for something it does not offer."""
    st.session_state.setdefault(_KEY, {})[name] = [asked, None, None]


def named(name: str, label: str, held: object) -> None:
    """The words of a selector that was asked for what it does not have, and what it holds instead.

    Another choice of the reader's is the way on: from then on nothing is told of this selector.
    """
    found = st.session_state.get(_KEY, {}).get(name)
    if found is None:
        return
    if found[1] is not None and found[2] != held:
        del st.session_state[_KEY][name]
        return
    found[1:] = [label, held]


def forget() -> None:
    """Tell nothing any more: the reader left the page, or has read it."""
    st.session_state.pop(_KEY, None)


def listed() -> list[str]:
    """« Indicateur : « nope » », one a selector, in the order they were met."""
    told = []
    for name, (asked, label, _) in st.session_state.get(_KEY, {}).items():
        words = label or say(f"unread.{name}" if known(f"unread.{name}") else "unread.choice")
        told.append(say("unread.one", name=words, asked=asked if len(asked) <= MOST else f"{asked[:MOST]}…"))
    return told
