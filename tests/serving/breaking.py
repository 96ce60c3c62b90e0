"""The same application, whose pages break on request: `?break=1` in their address. For uvicorn, in tests only."""

from __future__ import annotations

import streamlit as st

from server import app
from views import page

__all__ = ["CANARY", "app"]

CANARY = "Zoraïde Quenneville zq@example.org 514-555-0199 H2X 1Y4 in /srv/secret/place.csv"
_header = page.header


def _breaks(*arguments: object, **named: object) -> None:
    if st.query_params.get("break") == "1":
        raise RuntimeError(CANARY)
    _header(*arguments, **named)  # type: ignore[arg-type]


page.header = _breaks
