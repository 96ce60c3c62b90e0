"""Whether this browser can draw a map: without WebGL a canvas stays blank, and says nothing."""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2 import component

# Asked once: the answer comes back with a run of its own, and only where there is no WebGL.
_ASK = """
export default function ({ setStateValue }) {
  if (window.couvertHasNoMap === undefined) {
    const canvas = document.createElement("canvas");
    window.couvertHasNoMap = !canvas.getContext("webgl2");
    if (window.couvertHasNoMap) setStateValue("absent", true);
  }
}
"""


def absent() -> bool:
    """True once the browser has said that it has no WebGL; False before it answers, and where it never does."""
    if st.session_state.get("no_webgl"):
        return True
    ask = component("couvert_webgl", js=_ASK)
    with st.container(key="webgl", height=1, border=False):
        answer = ask(key="webgl_answer", on_absent_change=_told)
    return bool(answer.absent or st.session_state.get("no_webgl"))


def _told() -> None:
    st.session_state["no_webgl"] = True
