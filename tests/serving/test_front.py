"""The door: names, pages, proxies and seats, over an app that answers “app” to whatever reaches it."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from serving import clients
from serving.files import Files, Shelf
from serving.front import Front
from serving.headers import Headers, security
from serving.seats import Seats
from serving.settings import Settings, read
from tests.serving.test_settings import GOOD, HOUSE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for a successor of httpx that the house does not have
    from starlette.testclient import TestClient

PAGES = sorted(path.stem for path in (HOUSE / "pages").glob("*.py"))
STREAM = "ws://couvert.example.org/_stcore/stream"


async def _said(request: Any) -> PlainTextResponse:
    return PlainTextResponse(f"app {request.client.host if request.client else ''}")


async def _stream(websocket: WebSocket) -> None:
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await websocket.receive_text()


def opened(settings: Settings, shelves: tuple[Shelf, ...] = (), peer: str = "203.0.113.9", port: int = 5) -> TestClient:
    app: Any = Starlette(routes=[
        WebSocketRoute("/_stcore/stream", _stream), Route("/{path:path}", _said, methods=["GET", "PUT", "POST"]),
    ])
    app = Front(app, settings, PAGES, Seats(settings.max_sessions))
    app = Headers(Files(app, shelves, lambda: b"nothing here"))
    return TestClient(app, base_url=f"http://{settings.hosts[0]}", client=(peer, port))


@pytest.fixture
def public() -> TestClient:
    return opened(read({**GOOD, "COUVERT_MAX_SESSIONS": "1", "COUVERT_SITE_URL": "https://site.example.org/"}))


def test_a_page_says_its_language_and_its_name(public: TestClient) -> None:
    french, english = public.get("/methods"), public.get("/methods?lang=en")
    assert '<html lang="fr">' in french.text and '<html lang="en">' in english.text
    assert "Méthodes" in french.text and "Methods" in english.text
    assert "prerenderReady" not in french.text and "agent" not in french.text and "Streamlit</title>" not in french.text
    assert 'src="./static/js/index.' in french.text and '<div id="root">' in french.text
    assert french.text.count("<script") == 1  # none of them is written in the page
    assert "httponly" in french.headers["set-cookie"].lower() and "set-cookie" not in english.headers


def test_every_answer_carries_the_headers(public: TestClient) -> None:
    for path in ("/", "/methods", "/no-such-page", "/_stcore/health", "/static/none.js", "/site/"):
        answer = public.get(path)
        for name, value in security().items():
            assert answer.headers[name] == value, (path, name)
    assert "unsafe-inline" not in security()["Content-Security-Policy"].split("style-src")[0]


def test_what_is_not_ours_is_a_page_not_found_in_both_languages(public: TestClient) -> None:
    for path in ("/.env", "/wp-login.php", "/index.html", "/gap_map.py", "/_stcore/metrics", "/_stcore/agent/mcp"):
        answer = public.get(path)
        assert answer.status_code == 404 and "adresse" in answer.text and "address" in answer.text, path
    assert public.get("/_stcore/host-config").text.startswith("app")
    assert public.post("/").status_code == 405


def test_a_name_that_is_not_ours_is_refused_but_health_is_told(public: TestClient) -> None:
    for host in ("evil.org", "couvert.example.org.evil.org", "couvert.example.org@evil.org", ""):
        assert public.get("/", headers={"host": host}).status_code == 400, host
        assert public.get("/_stcore/health", headers={"host": host}).status_code == 200
    assert public.get("/", headers={"host": "couvert.example.org:8501"}).status_code == 200


def test_the_second_visit_to_a_house_of_one_is_told_so_and_where_to_go(public: TestClient) -> None:
    assert public.get("/").status_code == 200
    with public.websocket_connect(STREAM):
        other = TestClient(public.app, base_url=public.base_url)
        full = other.get("/gap_map")
        assert full.status_code == 503 and full.headers["retry-after"] == "30"
        assert full.headers["cache-control"] == "no-store"
        for words in ("Toutes les places", "Every seat", 'lang="en"', 'href="https://site.example.org/"', "211"):
            assert words in full.text
        assert other.get("/_stcore/health").status_code == 200
        assert public.get("/").status_code == 200  # who is in may read the page again
        with pytest.raises(WebSocketDisconnect), other.websocket_connect(STREAM):
            pass
    assert other.get("/").status_code == 503  # kept a moment for who has just left
    with public.websocket_connect(STREAM):  # who comes back, and sits
        assert other.get("/").status_code == 503


def test_a_seat_is_given_back_where_the_app_breaks() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    seats = Seats(3)
    client = TestClient(Front(broken, read(GOOD), PAGES, seats), base_url="http://couvert.example.org")
    with pytest.raises(RuntimeError), client.websocket_connect(STREAM):
        pass
    assert seats.open() == seats.taken() == 0


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"])
def test_every_role_is_never_given_through_a_proxy(name: str) -> None:
    mine = opened(read({"COUVERT_LOCAL": "1"}), peer="127.0.0.1")
    assert mine.get("/").status_code == 200
    refused = mine.get("/", headers={name: "x"})
    assert refused.status_code == 403 and "refusée" in refused.text and "refused" in refused.text
    address = STREAM.replace("couvert.example.org", "localhost")
    with pytest.raises(WebSocketDisconnect), mine.websocket_connect(address, headers={name: "x"}):
        pass


def test_metrics_are_for_this_machine_and_no_proxy() -> None:
    here = opened(read(GOOD), peer="127.0.0.1")
    assert here.get("/_stcore/metrics").status_code == 200
    assert here.get("/_stcore/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize(("peer", "port", "told", "proxies", "found"), [
    ("203.0.113.9", 5, "198.51.100.1", "", "203.0.113.9"),  # nobody is believed unless named
    ("127.0.0.1", 5, "198.51.100.1", "127.0.0.1", "198.51.100.1"),
    ("198.51.100.1", 0, "198.51.100.1", "", "127.0.0.1"),  # uvicorn believed this machine by itself
    ("10.0.0.2", 5, "192.0.2.1, 198.51.100.1, 10.0.0.3", "10.0.0.0/24", "198.51.100.1"),  # the first is invented
    ("10.0.0.2", 5, "not-an-address", "10.0.0.0/24", "10.0.0.2"),
])
def test_who_asks_is_believed_from_named_proxies_alone(
    peer: str, port: int, told: str, proxies: str, found: str,
) -> None:
    settings = read({**GOOD, "COUVERT_TRUSTED_PROXY": proxies})
    scope = {"client": (peer, port), "headers": [(b"x-forwarded-for", told.encode())]}
    assert clients.client(scope, settings.proxies) == found
    answer = opened(settings, peer=peer, port=port).get("/media/x", headers={"x-forwarded-for": told})
    assert answer.text == f"app {found}"


def test_files_are_squeezed_kept_and_asked_about(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("let a = 1;\n" * 500)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "index.html").write_text("<p>ici</p>")
    (tmp_path / ".secret.js").write_text("no")
    (tmp_path.parent / "outside.js").write_text("no")
    (tmp_path / "way_out.js").symlink_to(tmp_path.parent / "outside.js")
    shelves = (Shelf("/site/", lambda: tmp_path, pages=True), Shelf("/static/", lambda: tmp_path, lambda _: True))
    client = opened(read(GOOD), shelves)
    plain = client.get("/static/a.js", headers={"accept-encoding": "identity"})
    for name in ("br", "gzip"):
        squeezed = client.get("/static/a.js", headers={"accept-encoding": name})
        assert squeezed.headers["content-encoding"] == name and squeezed.text == plain.text
        assert int(squeezed.headers["content-length"]) < len(plain.content) / 10
    assert "immutable" in plain.headers["cache-control"]
    assert client.get("/site/a.js").headers["cache-control"] == "public, max-age=3600"
    again = client.get("/static/a.js", headers={"if-none-match": plain.headers["etag"]})
    assert again.status_code == 304 and not again.content
    (tmp_path / "a.js").write_text("let a = 2;")
    assert client.get("/static/a.js").text == "let a = 2;"
    page = client.get("/site/b/")
    assert page.text == "<p>ici</p>" and page.headers["cache-control"] == "no-cache"
    assert client.get("/site/b", follow_redirects=False).headers["location"] == "/site/b/"
    for path in ("/site/way_out.js", "/site/.secret.js", "/site/c/", "/site/%2e%2e/outside.js", "/site/a.js%00"):
        answer = client.get(path)
        assert answer.status_code == 404 and answer.content == b"nothing here", path
    assert client.get("/static/.secret.js").text.startswith("app")  # the framework refuses it its own way
