"""A served toyville and a Chromium that reaches nothing but this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent.parent
POLICY = "Content Security Policy"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def chromium() -> str | None:
    found = (Path(p) for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"))
    return next((str(path) for path in found if path.exists()), None)


def serving(versions: Path, edition: str) -> Iterator[str]:
    """Address of the app over an edition, warm; the server stops with the generator."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    env = {**os.environ, "COUVERT_EDITION": edition, "COUVERT_VERSIONS": str(versions), "COUVERT_LOCAL": "1"}
    command = [sys.executable, "-m", "streamlit", "run", "server.py", "--server.address", "127.0.0.1",
               "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=HOUSE, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def served(toyville: Path) -> Iterator[str]:
    """Address of the app over toyville."""
    yield from serving(toyville, "toyville")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's Chromium with a software GL."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, served):
    """A function that opens a path in a fresh visit; every request that leaves this machine is refused and listed.

    Nothing of ours may break the content policy; a test that breaks it on purpose empties `go.refused`.
    """
    opened, refused = [], []

    def go(path: str, *, width: int = 1400, dark: bool = False, agent: str | None = None):
        context = browser.new_context(
            viewport={"width": width, "height": 1900}, color_scheme="dark" if dark else "light", locale="fr-CA",
            **({"user_agent": agent} if agent else {}),
        )
        opened.append(context)
        page = context.new_page()
        page.outside = []
        page.on("console", lambda message: refused.append(message.text) if POLICY in message.text else None)
        page.on("pageerror", lambda error: refused.append(str(error)) if POLICY in str(error) else None)

        def only_here(route) -> None:
            if route.request.url.startswith(served):
                route.continue_()
            else:
                page.outside.append(route.request.url)
                route.abort()

        page.route("**/*", only_here)
        page.goto(served + path)
        page.wait_for_selector("h1", timeout=60_000)
        return page

    go.refused = refused
    yield go
    for context in opened:
        context.close()
    assert refused == [], "the content policy refused something of ours"
