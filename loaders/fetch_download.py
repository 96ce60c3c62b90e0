"""One file, from an address that was checked to a name beside its target: resumed, tried again, bounded."""

from __future__ import annotations

import json
import random
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import tenacity

from loaders.catalog import LoadError
from loaders.fetch_web import Deadline, Web, body_over, plain

TRIES = 5
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
JSON_BYTES = 10_000_000  # what an API may answer; a CKAN package is some 100 kB
AGAIN = (408, 425, 429)  # and every 5xx

Sleep = Callable[[float], None]
Progress = Callable[[int, int | None], None]
T = TypeVar("T")


class BrokenError(LoadError):
    """A download that failed in a way another try may mend; `wait` is what the server asked for [s]."""

    def __init__(self, what: str, *, wait: float | None = None) -> None:
        """`what` is the fault."""
        super().__init__(what, remedy="Run again later: it goes on from where it stopped.")
        self.wait = wait


@dataclass(frozen=True)
class Received:
    """What was received: None where the server said the file had not changed."""

    path: Path | None
    address: str
    etag: str = ""
    last_modified: str = ""


def silent(done: int, total: int | None) -> None:
    """Progress nobody looks at: bytes received, and in all where the server says."""


def try_again(work: Callable[[], T], deadline: Deadline, sleep: Sleep = time.sleep) -> T:
    """What `work` gives; after a BrokenError or an error of the network, again, TRIES times in all.

    Waits 1, 2, 4 … seconds, drawn between half and the whole of it so that many machines do not return together,
    or what the server asked for, at most LONGEST_WAIT. Raises the last BrokenError; LoadError of any other kind
    at once.
    """
    def attempt() -> T:
        try:
            return work()
        except httpx.TransportError as error:
            begun = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            what = "the connection broke off" if begun else "no connection"
            raise BrokenError(f"{what} ({plain(error) or type(error).__name__})") from error

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, BrokenError) and error.wait is not None:
            return min(error.wait, LONGEST_WAIT)
        return min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT) * random.uniform(0.5, 1.0)

    def stop(state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= TRIES or state.upcoming_sleep > deadline.left()

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(BrokenError), wait=wait, stop=stop, sleep=sleep, reraise=True,
    )
    return retrying(attempt)


def read_json(web: Web, address: str, sleep: Sleep = time.sleep) -> Any:
    """The JSON document at an address; raises LoadError where it is refused, too large or not JSON."""
    def work() -> bytes:
        with web.ask(address) as response:
            _check_status(response)
            body = bytearray()
            for chunk in response.stream:  # type: ignore[union-attr]
                body += chunk
                if len(body) > JSON_BYTES:
                    raise LoadError(f"{plain(response.url.host)} answers with more than {JSON_BYTES:,} bytes")
            return bytes(body)

    try:
        return json.loads(try_again(work, web.deadline, sleep))
    except (ValueError, RecursionError) as error:
        raise LoadError(
            f"{plain(httpx.URL(address).host)} does not answer with JSON", remedy="Look at the source's page."
        ) from error


def download(
    web: Web, address: str, target: Path, *, max_bytes: int, form: dict[str, str] | None = None,
    known: dict[str, str] | None = None, progress: Progress = silent, sleep: Sleep = time.sleep,
) -> Received:
    """Receive a file under `target` + `.part`, going on from what an earlier run left there.

    `known` holds the `etag` and `last_modified` of the file at hand: where the server says it has not changed,
    nothing is received. `form` is posted, and then nothing is resumed. Raises LoadError; what was received stays
    for the next run where it may be of use, and goes where it may not.
    """
    part, notes = Path(f"{target}.part"), Path(f"{target}.part.json")
    target.parent.mkdir(parents=True, exist_ok=True)

    def work() -> Received:
        return _attempt(web, address, part, notes, max_bytes, form, known or {}, progress)

    try:
        received = try_again(work, web.deadline, sleep)
    except OSError as error:
        discard(target)
        raise LoadError(
            f"it cannot be written ({error.strerror})", remedy="Look at the disk and its rights."
        ) from error
    notes.unlink(missing_ok=True)
    return received


def discard(target: Path) -> None:
    """Remove what a download left beside its target."""
    for suffix in (".part", ".part.json"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)


def check_shape(path: Path, name: str) -> None:
    """Raise LoadError where a file is not what its name says: a portal's error page, a JSON document cut short."""
    suffix = Path(name).suffix.lower()
    with path.open("rb") as handle:
        start = handle.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
        handle.seek(max(path.stat().st_size - 64, 0))
        end = handle.read().rstrip()
    if not start:
        fault = "it is empty"
    elif start[:1] == b"<" and suffix not in (".xml", ".html", ".kml", ".gml"):
        fault = "it is a page, not data"
    elif start.startswith(b"RBAC:"):
        fault = "the portal refused it (RBAC)"
    elif suffix == ".zip" and not zipfile.is_zipfile(path):
        fault = "it is not a whole zip archive"
    elif suffix in (".json", ".geojson") and not (start[:1] in b"{[" and end[-1:] in b"}]"):
        fault = "it is not a whole JSON document"
    elif suffix == ".shp" and not start.startswith(b"\x00\x00\x27\x0a"):
        fault = "it is not a Shapefile"
    elif suffix == ".csv" and b"\x00" in start:
        fault = "it is not text"
    else:
        return
    raise LoadError(fault, file=name, remedy="Look at the source's page; the file at hand was kept.")


def _attempt(
    web: Web, address: str, part: Path, notes: Path, max_bytes: int, form: dict[str, str] | None,
    known: dict[str, str], progress: Progress,
) -> Received:
    begun = {} if form else _begun(part, notes, address)
    have = begun.get("bytes", 0)
    headers: dict[str, str] = {}
    if have:
        headers = {"Range": f"bytes={have}-", "If-Range": begun["validator"]}
    elif known.get("etag"):
        headers["If-None-Match"] = known["etag"]
    elif known.get("last_modified"):
        headers["If-Modified-Since"] = known["last_modified"]
    with web.ask(address, headers=headers, form=form) as response:
        final = str(response.url)
        if response.status_code == 304 and not have:
            return Received(None, final)
        if have and response.status_code == 416:
            _forget(part, notes)
            raise BrokenError("the server has no more of the file than was received: it starts again", wait=0)
        _check_status(response)
        etag, modified = response.headers.get("etag", ""), response.headers.get("last-modified", "")
        total = None
        if response.status_code == 206:
            same = begun.get("validator") in (etag, modified) or not (etag or modified)
            told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
            if not have or not same or not told or int(told[1]) != have:
                _forget(part, notes)
                raise BrokenError("the file changed during its download: it starts again", wait=0)
            total = int(told[2]) if told[2] != "*" else None
        else:
            have = 0
            _note(notes, address, etag, modified)
        received = _receive(response, part, have, total, max_bytes, progress)
        if total is not None and received != total:
            raise BrokenError(f"broke off after {received:,} of {total:,} bytes", wait=0)
        return Received(part, final, etag, modified)


def _receive(
    response: httpx.Response, part: Path, have: int, total: int | None, max_bytes: int, progress: Progress,
) -> int:
    if response.headers.get("content-encoding", "identity") not in ("", "identity"):
        raise LoadError("the server compresses what was asked for as it is", remedy="Download it by hand.")
    announced = response.headers.get("content-length", "")
    length = int(announced) if announced.isdecimal() else None
    if total is None and length is not None:
        total = have + length
    if total is not None and total > max_bytes:
        _too_large(part, max_bytes)
    received = have
    with part.open("ab" if have else "wb") as handle:
        for chunk in response.stream:  # type: ignore[union-attr]
            received += len(chunk)
            # The header is a promise: what arrives is counted too.
            if received > max_bytes:
                _too_large(part, max_bytes)
            handle.write(chunk)
            progress(received, total)
    if length is not None and body_over(response, length):
        part.unlink(missing_ok=True)
        raise BrokenError("the server sent more than the length it announced")
    return received


def _too_large(part: Path, max_bytes: int) -> None:
    part.unlink(missing_ok=True)
    raise LoadError(
        f"it is larger than {max_bytes / 1e6:,.1f} MB", remedy="Raise max_bytes of its fetch if that is right."
    )


def _check_status(response: httpx.Response) -> None:
    status, host = response.status_code, plain(response.url.host)
    if status in (200, 206):
        return
    if status in AGAIN or status >= 500:
        raise BrokenError(f"{host} answers {status}", wait=_asked_wait(response.headers.get("retry-after", "")))
    if status == 403:
        raise LoadError(
            f"{host} answers 403",
            remedy="It wants a browser’s User-Agent (BROWSER in loaders/fetch_web.py may be too old), "
                   "or download the file by hand.",
        )
    if status in (404, 410):
        raise LoadError(f"{host} answers {status}: the file is no longer there", remedy="Look at the source's page.")
    raise LoadError(f"{host} answers {status}", remedy="Look at the source's page.")


def _asked_wait(text: str) -> float | None:
    """Seconds of a Retry-After header, whether it gives a number or a date; None where it gives neither."""
    if text.isascii() and text.isdecimal():
        return float(text[:6])
    try:
        return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _note(notes: Path, address: str, etag: str, modified: str) -> None:
    # A weak ETag does not promise the same bytes: a range may not be asked with it.
    validator = etag if etag and not etag.startswith("W/") else modified
    notes.write_text(json.dumps({"address": address, "validator": validator}), encoding="utf-8")


def _begun(part: Path, notes: Path, address: str) -> dict[str, Any]:
    """What an earlier try left: `bytes` and `validator`; empty where it cannot be gone on from."""
    try:
        told = json.loads(notes.read_text(encoding="utf-8"))
        size = part.stat().st_size
        usable = size and told["address"] == address and told["validator"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {"bytes": size, "validator": str(told["validator"])} if usable else {}


def _forget(part: Path, notes: Path) -> None:
    part.unlink(missing_ok=True)
    notes.unlink(missing_ok=True)
