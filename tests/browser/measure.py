"""The gap map as a reader waits for it: first text, drawing, and what a move of the slider costs. Used by the bench."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image

from loaders.publish import current

HOUSE = Path(__file__).resolve().parent.parent.parent
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LEVEL = {"montreal": "district", "montreal-open": "dissemination_area"}

Rows = list[tuple[str, str, str]]


def pages(versions: str) -> Rows:
    """One block of rows per edition that is published in `versions`."""
    rows: Rows = []
    for edition, level in LEVEL.items():
        if current(Path(versions) / edition):
            rows += _edition(versions, edition, level)
    return rows


def _edition(versions: str, edition: str, level: str) -> Rows:
    from playwright.sync_api import sync_playwright

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    env = {**os.environ, "COUVERT_EDITION": edition, "COUVERT_VERSIONS": versions}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", f"--server.port={port}"]
    server = subprocess.Popen(command, cwd=HOUSE, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            try:
                _visit(browser, address, level)  # warms the server
                return _visit(browser, address, level, f"{edition}, {level}")
            finally:
                browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def _visit(browser: Any, address: str, level: str, name: str = "") -> Rows:
    context = browser.new_context(viewport={"width": 1400, "height": 1600}, locale="fr-CA")
    page, cost = context.new_page(), {"http": 0, "ws": 0}
    page.on("response", lambda r: cost.__setitem__("http", cost["http"] + int(r.headers.get("content-length") or 0)))
    page.on("websocket", lambda ws: ws.on("framereceived", lambda f: cost.__setitem__("ws", cost["ws"] + len(f))))
    began = time.perf_counter()
    page.goto(f"{address}/gap_map?level={level}&indicator=need_out_of_reach")
    page.wait_for_selector("#fig-map h2, .st-key-fig-map h2", timeout=60_000)
    text = time.perf_counter() - began
    page.wait_for_selector("canvas", timeout=60_000)
    drawn = _settled(page, began)
    first = dict(cost)
    cost.update(http=0, ws=0)
    before = page.inner_text(".st-key-fig-map .cv-sentence")
    picture = _canvas(page)
    thumb = page.get_by_role("slider").first
    thumb.focus()
    moved = time.perf_counter()
    thumb.press("ArrowRight")
    page.wait_for_function(
        "old => document.querySelector('.st-key-fig-map .cv-sentence').innerText !== old", arg=before, timeout=30_000,
    )
    told = time.perf_counter() - moved
    while _canvas(page) == picture and time.perf_counter() - moved < 20:
        time.sleep(0.02)
    recoloured = time.perf_counter() - moved
    time.sleep(1)
    context.close()
    total = sum(cost.values()) / 1000
    return [
        (f"{name}: first text", f"{text:.2f} s", "at most 2 s, warm server"),
        (f"{name}: map drawn", f"{drawn:.2f} s, {sum(first.values()) / 1000:.0f} kB", "no target here"),
        (f"{name}: slider, text", f"{told:.2f} s", "at most 0.3 s"),
        (f"{name}: slider, recoloured", f"{recoloured:.2f} s", "at most 0.7 s"),
        (f"{name}: slider, bytes", f"{total:.1f} kB", "at most 100 kB"),
    ]


def _canvas(page: Any) -> bytes:
    """The map's pixels, small: a screenshot of the canvas as seen."""
    shot = page.locator(".st-key-fig-map canvas").first.screenshot()
    return Image.open(io.BytesIO(shot)).convert("RGB").resize((60, 50)).tobytes()


def _settled(page: Any, began: float) -> float:
    """Seconds since `began` until the map has many colours and stops changing."""
    last = b""
    while time.perf_counter() - began < 60:
        now = _canvas(page)
        if now == last and len(set(zip(now[::3], now[1::3], now[2::3]))) > 20:
            break
        last = now
        time.sleep(0.15)
    return time.perf_counter() - began
