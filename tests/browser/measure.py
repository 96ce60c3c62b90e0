"""The gap map as a reader waits for it: first text, drawing, what a move costs, beside the plain way. For the bench."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from loaders.publish import current

HOUSE = Path(__file__).resolve().parent.parent.parent
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LEVEL = {"montreal": "district", "montreal-open": "dissemination_area"}
TOLD = ".cv-sentence"

Rows = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Cost:
    """One move: seconds until the sentence changed and until the map did, bytes over websocket and HTTP.

    `busy`: seconds of processor of the whole browser, software GL included: what is left of a move on a busy machine.
    """

    text: float
    recoloured: float
    bytes: int
    busy: float


@dataclass(frozen=True)
class First:
    """A first view: seconds until the first sentence and until the map is still, bytes and processor until then."""

    text: float
    drawn: float
    bytes: int
    busy: float

    def told(self) -> str:
        """In one line of the table."""
        size, busy = f"{self.bytes / 1000:.0f} kB", f"processor {self.busy:.1f} s"
        return f"text {self.text:.2f}, drawn {self.drawn:.2f} s, {size}, {busy}"


def pages(versions: str) -> Rows:
    """One block of rows per edition that is published in `versions`."""
    rows: Rows = []
    for edition, level in LEVEL.items():
        if current(Path(versions) / edition):
            rows += _edition(versions, edition, level)
    return rows


def _edition(versions: str, edition: str, level: str) -> Rows:
    from playwright.sync_api import sync_playwright

    name = f"{edition}, {level}"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            with _served("server.py", versions, edition, level) as address:
                path = f"{address}/gap_map?level={level}&indicator=need_out_of_reach"
                _visit(browser, path, [])  # warms the server
                cold, again, (slider, classes) = _visit(browser, path, [_slide, _equal])
            with _served("tests/browser/plain.py", versions, edition, level) as address:
                _visit(browser, address, [])
                plain_cold, plain_again, (plain,) = _visit(browser, address, [_slide])
        finally:
            browser.close()
    rows = [
        (f"{name}: empty browser", cold.told(), "text at most 1.2 s, drawn at most 3 s, warm server"),
        (f"{name}: scripts kept by the browser", again.told(), "the same"),
        *_told(f"{name}: slider", slider), *_told(f"{name}: classes", classes),
        (f"{name}: plain way, empty browser", plain_cold.told(), ""),
        (f"{name}: plain way, scripts kept", plain_again.told(), ""), *_told(f"{name}: plain way, slider", plain),
    ]
    for what, theirs, ours in (
        ("text", plain.text, slider.text), ("recoloured", plain.recoloured, slider.recoloured),
        ("bytes", plain.bytes, slider.bytes), ("processor", plain.busy, slider.busy),
    ):
        rows.append((f"{name}: slider, plain ÷ ours, {what}", f"× {theirs / max(ours, 0.01):.1f}", ""))
    return rows


def _told(name: str, cost: Cost) -> Rows:
    return [
        (f"{name}, text", f"{cost.text:.2f} s", "at most 0.3 s"),
        (f"{name}, recoloured", f"{cost.recoloured:.2f} s", "at most 0.7 s"),
        (f"{name}, bytes", f"{cost.bytes / 1000:.1f} kB", "at most 100 kB"),
        (f"{name}, processor of the browser", f"{cost.busy:.2f} s", ""),
    ]


@contextmanager
def _served(script: str, versions: str, edition: str, level: str) -> Iterator[str]:
    """Address of a script served by Streamlit, up and running."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    env = {
        **os.environ, "COUVERT_EDITION": edition, "COUVERT_VERSIONS": versions, "COUVERT_LEVEL": level,
        "COUVERT_LOCAL": "1", "PYTHONPATH": str(HOUSE),
    }
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true", f"--server.port={port}",
               "--server.address", "127.0.0.1"]
    server = subprocess.Popen(command, cwd=HOUSE, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
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


def _visit(browser: Any, path: str, moves: list[Callable[[Any], None]]) -> tuple[First, First, list[Cost]]:
    """A first view with nothing kept, one in a second tab of the same browser, and the cost of each move there."""
    context = browser.new_context(viewport={"width": 1400, "height": 1600}, locale="fr-CA")
    cold, page, _ = _view(context, path)
    page.close()
    again, page, cost = _view(context, path)
    costs = []
    for move in moves:
        page.wait_for_timeout(1500)
        costs.append(_cost(page, cost, move))
    context.close()
    return cold, again, costs


def _view(context: Any, path: str) -> tuple[First, Any, dict[str, int]]:
    page, cost = context.new_page(), {"bytes": 0}
    _counted(context, page, cost)
    before, began = busy(), time.perf_counter()
    page.goto(path)
    page.wait_for_selector(TOLD, timeout=120_000)
    text = time.perf_counter() - began
    page.wait_for_selector("canvas", timeout=120_000)
    drawn = _settled(page, began)
    return First(text, drawn, cost["bytes"], busy() - before), page, cost


def busy() -> float:
    """Seconds of processor that the browsers started here have taken; 0 where the system does not tell."""
    if not Path("/proc/self/stat").is_file():
        return 0.0
    children: dict[int, list[tuple[int, float]]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
            line = (path.parent / "cmdline").read_text()
        except OSError:  # it ended meanwhile
            continue
        spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        children.setdefault(int(fields[1]), []).append((int(path.parent.name), spent if "chrom" in line else 0.0))
    total, left = 0.0, [os.getpid()]
    while left:
        for child, spent in children.get(left.pop(), []):
            total += spent
            left.append(child)
    return total


def _counted(context: Any, page: Any, cost: dict[str, int]) -> None:
    """Count what crosses the network: HTTP as compressed on the wire, websocket frames as they are unpacked."""
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")

    def add(size: float) -> None:
        cost["bytes"] += int(size)

    wire.on("Network.loadingFinished", lambda event: add(event["encodedDataLength"]))
    page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: add(len(frame))))


def _cost(page: Any, cost: dict[str, int], move: Callable[[Any], None]) -> Cost:
    cost["bytes"] = 0
    before, picture, spent = page.inner_text(TOLD), _canvas(page), busy()
    began = time.perf_counter()
    move(page)
    page.wait_for_function(
        f"old => document.querySelector('{TOLD}').innerText !== old", arg=before, timeout=30_000, polling=20,
    )
    text = time.perf_counter() - began
    while _canvas(page) == picture and time.perf_counter() - began < 120:
        page.wait_for_timeout(20)
    recoloured = time.perf_counter() - began
    page.wait_for_timeout(1000)
    return Cost(text, recoloured, cost["bytes"], busy() - spent)


def _slide(page: Any) -> None:
    thumb = page.get_by_role("slider").first
    thumb.focus()
    thumb.press("ArrowRight")


def _equal(page: Any) -> None:
    page.locator(".st-key-w_classes button").nth(1).click()


def _canvas(page: Any) -> bytes:
    """The map's pixels, small: what is seen of the canvas, without waiting for it to be still."""
    shot = page.screenshot(clip=page.locator("canvas").first.bounding_box(), timeout=120_000)
    return Image.open(io.BytesIO(shot)).convert("RGB").resize((60, 50)).tobytes()


def _settled(page: Any, began: float) -> float:
    """Seconds since `began` until the map has many colours and stops changing."""
    last = b""
    while time.perf_counter() - began < 120:
        now = _canvas(page)
        if now == last and len(set(zip(now[::3], now[1::3], now[2::3]))) > 20:
            break
        last = now
        page.wait_for_timeout(150)
    return time.perf_counter() - began
