"""A crowd without browsers, in one event loop: people who open a link, move its slider, are refused, and leave.

Each keeps its own cookies and asks what a browser asks before its connection (the page, health, host-config); what the
interface is made of comes from memory or a browser's cache, and is not asked for. Every wait ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.serving.wire import SMALL, asking, ended, joining

PATIENCE = 60.0  # [s] after which a wait is a failure: many times what is promised, for a busy machine
EVERY = 0.2  # [s] between two questions to the health address
HEALTH = "/_stcore/health"


class WrongError(Exception):
    """An answer that is not what a reader should get."""


def _asking(base: str, **options: Any) -> httpx.AsyncClient:
    """A browser's way to ask, straight to the server."""
    return httpx.AsyncClient(base_url=base, timeout=PATIENCE, trust_env=False, verify=False, **options)


@dataclass(frozen=True)
class Link:
    """What everybody opens, and the slider they move: its identifier, the words of its steps, the step it is on."""

    page: str
    query: str
    script: str = ""
    slider: str = ""
    steps: tuple[str, ...] = ()
    step: int = 0

    def moved(self, query: str, step: int) -> bytes:
        """What a browser sends when the slider is put on a step; `query` is the address as it stands."""
        asked = BackMsg()
        asked.rerun_script.query_string, asked.rerun_script.page_script_hash = query, self.script
        state = asked.rerun_script.widget_states.widgets.add()
        state.id = self.slider
        state.string_array_value.data.append(self.steps[step % len(self.steps)])
        return asked.SerializeToString()


@dataclass
class Person:
    """One reader at `base`, and how long everything took [s]; `refused` holds every answer that the house is full."""

    base: str
    link: Link
    first: float | None = None
    reruns: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    connection: ClientConnection | None = None
    query: str = ""  # the address as the page last wrote it

    async def __aenter__(self) -> Self:
        self.http = _asking(self.base)
        self.query = self.link.query
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()
        await self.http.aclose()

    async def leave(self) -> None:
        """Close the page; who comes back afterwards is a new visit of the same browser."""
        if self.connection is not None:
            await self.connection.close()
            self.connection = None

    async def arrive(self) -> bool:
        """Open the link and wait until its page is whole; gives False where the house is full.

        Who is refused the page tries the connection too, as a page left open would.
        """
        begun = time.monotonic()
        page = await self.http.get(f"/{self.link.page}?{self.link.query}")
        if page.status_code == 503:
            if "Retry-After" not in page.headers or 'lang="en"' not in page.text:
                raise WrongError("a full house does not say so")
            self.refused.append(time.monotonic() - begun)
        else:
            page.raise_for_status()
            for path in (HEALTH, "/_stcore/host-config"):
                (await self.http.get(path)).raise_for_status()
        tried = time.monotonic()
        address, options = joining(self.base, dict(self.http.cookies))
        try:
            self.connection = await connect(
                address, **options, ping_interval=None, open_timeout=PATIENCE, close_timeout=5, proxy=None,
            )
        except InvalidStatus as error:
            if error.response.status_code != 503:
                raise
            self.refused.append(time.monotonic() - tried)
            return False
        await self._run(asking(self.link.page, self.link.query))
        self.first = time.monotonic() - begun
        return True

    async def move(self) -> None:
        """Put the slider on its next step and wait for the page; a page that does not follow is a failure."""
        before, begun = self.query, time.monotonic()
        await self._run(self.link.moved(before, self.link.step + len(self.reruns) + 1))
        self.reruns.append(time.monotonic() - begun)
        if self.query == before:
            raise WrongError("the slider was moved and the page did not follow")

    async def _run(self, asked: bytes) -> list[bytes]:
        """One run of the page: everything sent for it. Large pieces are not looked into: they cost the crowd time."""
        assert self.connection is not None
        told: list[bytes] = []
        async with asyncio.timeout(PATIENCE):
            await self.connection.send(asked)
            while not told or not ended(told[-1]):
                data = await self.connection.recv()
                assert isinstance(data, bytes)
                told.append(data)
                if len(data) < SMALL:
                    message = ForwardMsg.FromString(data)
                    if message.WhichOneof("type") == "page_info_changed":
                        self.query = message.page_info_changed.query_string
        return told

    async def learn(self) -> Link:
        """The link with its slider, as the page draws it."""
        await self.arrive()
        assert self.connection is not None
        script, sliders = "", []
        for data in await self._run(asking(self.link.page, self.query)):
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            script = message.navigation.page_script_hash if kind == "navigation" else script
            if kind == "delta" and message.delta.new_element.WhichOneof("type") == "slider":
                sliders.append(message.delta.new_element.slider)
        (slider,) = sliders
        return Link(self.link.page, self.link.query, script, slider.id, tuple(slider.options), int(slider.default[0]))


async def learned(base: str, page: str, query: str) -> Link:
    """A link, looked at once before everybody does."""
    async with Person(base, Link(page, query)) as person:
        return await person.learn()


@contextlib.asynccontextmanager
async def crowd(people: Sequence[Person]) -> AsyncIterator[None]:
    """People who are there for the block, and leave together."""
    async with contextlib.AsyncExitStack() as held:
        for person in people:
            await held.enter_async_context(person)
        yield


async def together(acts: Sequence[Callable[[], Awaitable[object]]], after: Sequence[float]) -> list[BaseException]:
    """Each act begun `after` so many seconds; gives what went wrong."""

    async def one(act: Callable[[], Awaitable[object]], wait: float) -> None:
        await asyncio.sleep(wait)
        await act()

    done = await asyncio.gather(*(one(*pair) for pair in zip(acts, after, strict=True)), return_exceptions=True)
    return [error for error in done if error is not None]


class Pulse:
    """The health address, asked all along a block; `times` are its answers [s], `wrong` what was none."""

    def __init__(self, base: str) -> None:
        self.base, self.times, self.wrong = base, [], []

    times: list[float]
    wrong: list[str]

    async def __aenter__(self) -> Self:
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._task

    async def _beat(self) -> None:
        async with _asking(self.base) as http:
            while not self._over.is_set():
                begun = time.monotonic()
                try:
                    answer = await http.get(HEALTH)
                    self.wrong += [] if answer.text == "ok" else [str(answer.status_code)]
                except httpx.HTTPError as error:
                    self.wrong.append(repr(error))
                self.times.append(time.monotonic() - begun)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), EVERY)


@dataclass
class Readers:
    """People who open static pages, one request each on a connection of its own: how long [s], and what went wrong."""

    base: str
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def come(self, paths: Sequence[str], each_second: float, seconds: float) -> None:
        """So many a second, for so long, whether or not those before were answered."""
        alone = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with _asking(self.base, limits=alone) as http:
            count = round(each_second * seconds)
            asked = [paths[n % len(paths)] for n in range(count)]
            acts = [lambda path=path: self._read(http, path) for path in asked]
            self.wrong += map(repr, await together(acts, [n / each_second for n in range(count)]))

    async def _read(self, http: httpx.AsyncClient, path: str) -> None:
        begun = time.monotonic()
        answer = await http.get(path)
        self.times.append(time.monotonic() - begun)
        if answer.status_code != 200 or not answer.content:
            self.wrong.append(f"{path}: {answer.status_code}")


def p95(times: Sequence[float]) -> float:
    """The time within which 95 of 100 were done [s]; infinite where nothing was."""
    if len(times) < 2:
        return max(times, default=float("inf"))
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def resident(process: int) -> int:
    """Memory of a process [bytes]."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))
