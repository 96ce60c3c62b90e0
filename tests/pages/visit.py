"""A visit without a browser: how AppTest runs the whole app, and what is read of it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

HOUSE = Path(__file__).resolve().parent.parent.parent


def whole(main_script_path: str) -> None:
    """Run app.py, as a server does once any visit has called st.navigation."""
    code = Path(main_script_path).read_text("utf-8")
    exec(compile(code, main_script_path, "exec"), {"__name__": "__main__", "__file__": main_script_path})


def asked(app: AppTest, name: str) -> str:
    """What the address carries under a name."""
    held = app.query_params[name]
    return held if isinstance(held, str) else held[-1]


def shown(app: AppTest) -> str:
    """The HTML of the page, no-break spaces made plain."""
    return " ".join(element.proto.body for element in app.get("html")).replace("\u00a0", " ")
