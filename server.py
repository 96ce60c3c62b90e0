"""The app as an ASGI application: what `make run` and a deployment start (`streamlit run server.py`)."""

from __future__ import annotations

from pathlib import Path

from starlette.middleware import Middleware
from streamlit import file_util
from streamlit.starlette import App

from serving import settings
from serving.files import Files, Shelf
from serving.front import Front, edition, unknown
from serving.headers import Headers
from serving.seats import Seats

HOUSE = Path(__file__).resolve().parent
SETTINGS = settings.begin()
SEATS = Seats(SETTINGS.max_sessions)
PAGES = sorted(path.stem for path in (HOUSE / "pages").glob("*.py"))  # the file name is the address

SHELVES = (
    Shelf("/static/", lambda: Path(file_util.get_static_dir()) / "static", forever=lambda _: True),
    Shelf("/app/static/maps/", lambda: HOUSE / "static" / "maps", forever=lambda _: True),
    Shelf("/app/static/", lambda: HOUSE / "static"),
    Shelf("/site/", lambda: SETTINGS.site / edition() / "current", pages=True),
)

app = App(
    HOUSE / "app.py",
    secrets=SETTINGS.secrets(),
    middleware=[
        Middleware(Headers),
        Middleware(Files, shelves=SHELVES, missing=lambda: unknown(SETTINGS)),
        Middleware(Front, settings=SETTINGS, pages=PAGES, seats=SEATS),
    ],
)
