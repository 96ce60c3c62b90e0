"""The app as an ASGI application: what `make run` and a deployment start (`streamlit run server.py`)."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.middleware import Middleware
from streamlit import file_util
from streamlit.starlette import App

from serving import logs, settings
from serving.files import Files, Shelf
from serving.front import Front, edition, unknown
from serving.headers import Headers
from serving.seats import Seats
from views import incident

HOUSE = Path(__file__).resolve().parent
SETTINGS = settings.begin()
logs.begin()
sys.setswitchinterval(0.001)  # what answers the network waits for the pages being computed a fifth as long
SEATS = Seats(SETTINGS.max_sessions)
PAGES = sorted(path.stem for path in (HOUSE / "pages").glob("*.py"))  # the file name is the address

SHELVES = (
    Shelf("/static/", lambda: Path(file_util.get_static_dir()) / "static", forever=lambda _: True),
    Shelf("/app/static/maps/", lambda: HOUSE / "static" / "maps", forever=lambda _: True),
    Shelf("/app/static/", lambda: HOUSE / "static"),
    Shelf("/site/", lambda: SETTINGS.site / edition() / "current", pages=True),
)


@asynccontextmanager
async def warmed(_: App) -> AsyncIterator[None]:
    """Before anyone comes: what every page is made with is loaded, beside the server and not in its way."""
    threading.Thread(target=load_all, daemon=True).start()
    yield


def load_all() -> None:
    """Import what pages are made with: the first visit finds it there."""
    for path in sorted((HOUSE / "views").glob("*.py")):
        importlib.import_module(f"views.{path.stem}")


app = App(
    HOUSE / "app.py",
    secrets=SETTINGS.secrets(),
    lifespan=warmed,
    on_script_error=incident.show,
    middleware=[
        Middleware(Headers),
        Middleware(Files, shelves=SHELVES, missing=lambda: unknown(SETTINGS)),
        Middleware(Front, settings=SETTINGS, pages=PAGES, seats=SEATS),
    ],
)
