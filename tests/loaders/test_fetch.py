"""Fetching: whole or not at all, from listed hosts alone, whatever a server does."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import socket
import ssl
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from loaders.__main__ import main
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import EDITIONS, Edition, Fetch, Source, read_edition
from loaders.fetch import Fetcher, Outcome
from loaders.fetch_download import TRIES
from loaders.fetch_record import retrieved, write_record
from loaders.fetch_web import BROWSER, OFFICIAL_HOSTS, SHARED_HOSTS, Deadline, Web, is_public
from tests.loaders.fetch_server import (
    PUBLIC,
    Network,
    Server,
    broken,
    dripping,
    endless,
    redirect,
    status,
    understated,
    whole,
)
from tests.report import record

BODY = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(9000))
HOST = "www150.statcan.gc.ca"
ADDRESS = f"https://{HOST}/t.csv"
OPEN = read_edition("montreal-open")
CITY = "donnees.montreal.ca"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def net(server: Server) -> Iterator[Network]:
    canary = Server()
    yield Network(server, canary)
    canary.stop()
    assert canary.hits == []


class Run:
    """One edition of one source, `t.csv`, fetched into one folder; `waits` are the pauses it took."""

    def __init__(self, net: Network, folder: Path) -> None:
        self.net, self.folder, self.waits = net, folder, []
        self.seen: list[tuple[str, int, int | None]] = []

    def fetcher(self, *sources: Source, mirror: str = "", again: bool = False) -> Fetcher:
        return Fetcher(
            an_edition(*sources), self.folder, mirror=mirror, again=again, sleep=self.waits.append,
            resolve=self.net.resolve, connect=self.net.connect, watch=lambda *seen: self.seen.append(seen),
        )

    def __call__(
        self, fetch: Fetch | None = None, file: str = "t.csv", *, mirror: str = "", again: bool = False,
        only: list[str] | None = None,
    ) -> Outcome:
        source = Source("a_table", "none", file, fetch=fetch, about={"address": "https://example.org/page"})
        (outcome,) = self.fetcher(source, mirror=mirror, again=again).fetch(only)
        return outcome

    @property
    def left(self) -> list[str]:
        """Every file of the folder but the lock."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.name != ".fetch.lock")
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    @property
    def record(self) -> dict[str, dict[str, object]]:
        return json.loads((self.folder / "fetched.json").read_text())


def an_edition(*sources: Source) -> Edition:
    return dataclasses.replace(OPEN, sources=sources)


@pytest.fixture
def run(net: Network, tmp_path: Path) -> Run:
    return Run(net, tmp_path / "raw")


def plain(**keys: object) -> Fetch:
    return Fetch("url", **{"address": ADDRESS, **keys})  # type: ignore[arg-type]


# What a server does


def test_a_whole_file_is_kept_with_its_checksum_and_asked_by_its_own_name(run: Run, server: Server) -> None:
    server.on("/t.csv", whole(BODY))
    outcome = run(plain())
    assert (outcome.status, outcome.bytes) == ("fetched", len(BODY))
    assert (run.folder / "t.csv").read_bytes() == BODY and run.left == ["fetched.json", "t.csv"]
    entry = run.record["t.csv"]
    assert entry["sha256"] == hashlib.sha256(BODY).hexdigest() and entry["bytes"] == len(BODY)
    assert entry["address"] == entry["final_address"] == ADDRESS and entry["etag"] == '"v1"'
    assert retrieved(run.folder, "t.csv") == entry["retrieved"]
    # Connected to the address that was checked, encrypted and asked under the host's name.
    assert run.net.connected == [(PUBLIC, 443)] and run.net.certified == [HOST]
    assert server.hits[0][0] == HOST and server.hits[0][2]["Accept-Encoding"] == "identity"
    assert run.seen[0] == ("a_table", 0, None) and run.seen[-1] == ("a_table", len(BODY), len(BODY))


def test_a_file_fetched_twice_is_unchanged(run: Run, server: Server) -> None:
    server.on("/t.csv", whole(BODY))
    assert run(plain()).status == "fetched"
    assert run(plain()).status == "unchanged" and len(server.hits) == 1
    assert run(plain(), again=True).status == "unchanged" and server.hits[1][2]["If-None-Match"] == '"v1"'
    server.on("/t.csv", whole(BODY, etag='"v2"'))
    assert run(plain(), again=True).status == "unchanged" and run.record["t.csv"]["etag"] == '"v2"'
    server.on("/t.csv", whole(BODY + b"1,1\n", etag='"v3"'))
    assert run(plain(), again=True).status == "fetched"
    assert (run.folder / "t.csv").read_bytes() == BODY + b"1,1\n"


def test_a_file_put_there_by_hand_is_left_alone_and_has_no_date(run: Run, server: Server) -> None:
    run.folder.mkdir()
    (run.folder / "t.csv").write_bytes(b"mine\n")
    assert run(plain()).status == "kept" and server.hits == []
    assert retrieved(run.folder, "t.csv") == ""


def test_a_fetched_file_changed_by_hand_has_no_date_and_is_not_called_unchanged(run: Run, server: Server) -> None:
    server.on("/t.csv", whole(BODY))
    run(plain())
    (run.folder / "t.csv").write_bytes(b"mine\n")
    assert retrieved(run.folder, "t.csv") == ""
    assert run(plain(), again=True).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY


def test_a_broken_download_goes_on_from_where_it_stopped(run: Run, server: Server) -> None:
    server.on("/t.csv", broken(BODY, 40_000), whole(BODY))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY
    assert server.hits[1][2]["Range"] == "bytes=40000-" and server.hits[1][2]["If-Range"] == '"v1"'
    assert len(run.waits) == 1 and 0.5 <= run.waits[0] <= 1.0


def test_a_download_goes_on_in_another_run(run: Run, server: Server) -> None:
    server.on("/t.csv", broken(BODY, 40_000), status(404))
    assert run(plain()).status == "failed" and run.left == ["t.csv.part", "t.csv.part.json"]
    server.on("/t.csv", whole(BODY))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY
    assert server.hits[-1][2]["Range"] == "bytes=40000-" and run.left == ["fetched.json", "t.csv"]


def test_a_server_that_ignores_ranges_starts_again(run: Run, server: Server) -> None:
    server.on("/t.csv", broken(BODY, 40_000), whole(BODY, ranges=False))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY


def test_a_file_without_validator_starts_again(run: Run, server: Server) -> None:
    server.on("/t.csv", broken(BODY, 40_000, etag=""), whole(BODY, etag=""))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY
    assert "Range" not in server.hits[1][2]


@pytest.mark.parametrize("mixes", [False, True], ids=["says so", "sends the rest of another file"])
def test_a_file_that_changes_midway_is_never_two_halves(run: Run, server: Server, mixes: bool) -> None:
    other = BODY.replace(b"1", b"2")
    rest = {"ETag": '"v2"', "Content_Range": f"bytes 40000-{len(other) - 1}/{len(other)}"}
    middle = [lambda h: h.reply(206, other[40_000:], **rest)] if mixes else []
    server.on("/t.csv", broken(BODY, 40_000), *middle, whole(other, etag='"v2"'))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == other


def test_a_shorter_range_than_asked_is_gone_on_from(run: Run, server: Server) -> None:
    rest = {"ETag": '"v1"', "Content_Range": f"bytes 40000-49999/{len(BODY)}"}
    server.on("/t.csv", broken(BODY, 40_000), lambda h: h.reply(206, BODY[40_000:50_000], **rest), whole(BODY))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY
    assert server.hits[2][2]["Range"] == "bytes=50000-"


def test_a_part_longer_than_the_file_starts_again(run: Run, server: Server) -> None:
    server.on("/t.csv", broken(BODY + b"x" * 100, len(BODY) + 50), whole(BODY))
    assert run(plain()).status == "fetched" and (run.folder / "t.csv").read_bytes() == BODY
    assert [hit[2].get("Range") for hit in server.hits] == [None, f"bytes={len(BODY) + 50}-", None]


def test_a_length_too_long_is_broken_off_after_five_tries(run: Run, server: Server) -> None:
    server.on("/t.csv", lambda h: h.reply(200, BODY, length=len(BODY) + 10))
    outcome = run(plain())
    assert outcome.status == "failed" and "broke off" in outcome.note and len(server.hits) == TRIES
    assert "t.csv" not in run.left


def test_a_length_too_short_is_not_taken_for_the_whole(run: Run, server: Server) -> None:
    for length in (len(BODY) - 7, 4):
        server.on("/t.csv", understated(BODY, length))
        outcome = run(plain())
        assert outcome.status == "failed" and "more than the length it announced" in outcome.note
        assert "t.csv" not in run.left and "t.csv.part" not in run.left


@pytest.mark.parametrize("how", ["announced", "announced, then silent", "chunked", "resumed"])
def test_a_file_larger_than_its_limit_stops_there(run: Run, server: Server, how: str) -> None:
    answers = {
        "announced": [whole(BODY)], "announced, then silent": [dripping(BODY, 3)],
        "chunked": [endless(b"1,2\n" * 1000)], "resumed": [broken(BODY[:9_500], 9_000), whole(BODY)],
    }
    server.on("/t.csv", *answers[how])
    outcome = run(plain(max_bytes=10_000, max_seconds=2))
    assert outcome.status == "failed" and "larger than 0.0 MB" in outcome.note and "max_bytes" in outcome.note
    assert not [name for name in run.left if name.endswith(".part")]


@pytest.mark.parametrize(("pause", "from_header"), [(0.02, False), (0.02, True), (3, False)])
def test_a_slow_server_is_left_at_the_time_limit(
    run: Run, server: Server, pause: float, from_header: bool,
) -> None:
    server.on("/t.csv", dripping(BODY, pause, from_header))
    began = time.monotonic()
    outcome = run(plain(max_seconds=0.4))
    assert outcome.status == "failed" and "not done after 0.4 seconds" in outcome.note
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("code", "word"), [(403, "User-Agent"), (404, "no longer there"), (401, "401"), (418, "418")])
def test_a_refusal_is_not_asked_again_and_destroys_nothing(run: Run, server: Server, code: int, word: str) -> None:
    server.on("/t.csv", whole(BODY), status(code))
    run(plain())
    outcome = run(plain(), again=True)
    assert outcome.status == "failed" and word in outcome.note and len(server.hits) == 2 and run.waits == []
    assert (run.folder / "t.csv").read_bytes() == BODY and outcome.note.count("\n") == 0


def test_a_busy_server_is_asked_again_when_it_says(run: Run, server: Server) -> None:
    server.on("/t.csv", status(429, Retry_After="7"), status(503, Retry_After="99999"), whole(BODY))
    assert run(plain()).status == "fetched" and run.waits == [7.0, 60.0]


def test_a_date_to_come_back_at_is_honoured_too(run: Run, server: Server) -> None:
    server.on("/t.csv", status(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), status(503, Retry_After="soon"),
              whole(BODY))
    assert run(plain()).status == "fetched"
    assert run.waits[0] == 0 and 1.0 <= run.waits[1] <= 2.0


def test_a_wait_longer_than_the_time_left_is_not_taken(run: Run, server: Server) -> None:
    server.on("/t.csv", status(503, Retry_After="50"))
    assert run(plain(max_seconds=20)).status == "failed" and run.waits == [] and len(server.hits) == 1


def test_an_error_once_is_mended_and_an_error_forever_is_told(run: Run, server: Server) -> None:
    server.on("/t.csv", status(500), whole(BODY))
    assert run(plain()).status == "fetched"
    run.waits.clear()
    server.on("/t.csv", status(500))
    outcome = run(plain(), again=True)
    assert outcome.status == "failed" and f"{HOST} answers 500" in outcome.note
    assert len(run.waits) == TRIES - 1 and run.waits == sorted(run.waits) and max(run.waits) <= 8
    assert (run.folder / "t.csv").read_bytes() == BODY


@pytest.mark.parametrize(("file", "body", "word"), [
    ("t.csv", b"<!doctype html><p>no</p>", "a page"), ("t.csv", b"RBAC: access denied", "RBAC"),
    ("t.csv", b"", "empty"),
    ("t.geojson", b'{"type": "FeatureColl', "whole JSON"), ("t.zip", b"PK\x03\x04 cut", "whole zip"),
    ("t.shp", b"\x00\x00\x00\x00rest", "Shapefile"), ("t.csv", b"PK\x03\x04\x00\x00", "not text"),
])
def test_a_file_that_is_not_what_its_name_says_is_not_kept(
    run: Run, server: Server, file: str, body: bytes, word: str,
) -> None:
    server.on("/t.csv", whole(body))
    run.folder.mkdir()
    (run.folder / file).write_bytes(b"good")
    outcome = run(plain(), file, again=True)
    assert outcome.status == "failed" and word in outcome.note
    assert (run.folder / file).read_bytes() == b"good" and run.left == [file]


def test_a_compressed_answer_is_refused(run: Run, server: Server) -> None:
    server.on("/t.csv", whole(BODY, Content_Encoding="gzip"))
    assert "compresses" in run(plain()).note


def test_a_pinned_file_must_be_that_file(run: Run, server: Server) -> None:
    server.on("/t.csv", whole(BODY))
    assert "sha256" in run(plain(sha256="0" * 64)).note and run.left == []
    assert run(plain(sha256=hashlib.sha256(BODY).hexdigest())).status == "fetched"


def test_a_full_disk_leaves_nothing_behind(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.on("/t.csv", whole(BODY))
    real = Path.open

    def full(self: Path, mode: str = "r", *a: object, **k: object) -> object:
        if self.suffix == ".part" and mode == "wb":
            raise OSError(28, "No space left on device")
        return real(self, mode, *a, **k)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    outcome = run(plain())
    assert outcome.status == "failed" and "No space left" in outcome.note and run.left == []


# Where it may go


def test_a_redirect_to_a_listed_host_is_followed_and_its_signature_is_not_kept(run: Run, server: Server) -> None:
    storage = "montreal-prod.storage.googleapis.com"
    server.on(f"{CITY}/t.csv", redirect(f"https://{storage}/t.csv?X-Goog-Signature=secret"))
    server.on(f"{storage}/t.csv?X-Goog-Signature=secret", whole(BODY))
    assert run(plain(address=f"https://{CITY}/t.csv")).status == "fetched"
    assert run.record["t.csv"]["final_address"] == f"https://{storage}/t.csv"
    assert "secret" not in (run.folder / "fetched.json").read_text()
    assert [hit[2]["User-Agent"] for hit in server.hits] == [BROWSER, BROWSER]


OFF_THE_LIST = [
    "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://[::1]/", "https://2130706433/",
    "https://0177.0.0.1/", "https://0x7f.1/", "https://127.0.0.1/", "https://localhost/", "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://evil.example/t.csv", f"http://{HOST}/t.csv", f"https://{HOST}:8443/t.csv",
    f"https://{HOST}@evil.example/", f"https://user:pass@{HOST}/t.csv", f"https://{HOST}.evil.example/",
    f"https://{HOST}./t.csv", "//evil.example/t.csv", f"https://evil.example\\@{HOST}/", "file:///etc/hosts",
    "ftp://www150.statcan.gc.ca/t.csv", "https://raw.githubusercontent.com/anyone/t.csv", "https://[::1/",
    "gopher://x", "http:///etc", f"http://{HOST}:443/t.csv",
]


@pytest.mark.parametrize("target", OFF_THE_LIST)
def test_a_redirect_off_the_list_reaches_nobody(run: Run, server: Server, net: Network, target: str) -> None:
    for host in ("evil.example", "localhost"):
        net.names[host] = [["10.0.0.1"]]
    server.on("/t.csv", redirect(target))
    outcome = run(plain())
    assert outcome.status == "failed" and "\n" not in outcome.note
    assert len(server.hits) == 1 and len(net.connected) == 1
    assert record(25, "a download redirected off the list", "0 requests reach the canary", target,
                  passed=net.canary.hits == [])


@pytest.mark.parametrize("address", [
    "http://www150.statcan.gc.ca/t.csv", "https://127.0.0.1/t.csv", "https://2130706433/t.csv", "https://[::1]/t.csv",
    "https://www150.statcan.gc.ca:444/t.csv", "https://a:b@www150.statcan.gc.ca/t.csv", "https://example.org/t.csv",
    "https://raw.githubusercontent.com/someone/t.csv", "t.csv", "",
])
def test_an_address_off_the_list_reaches_nobody(run: Run, net: Network, address: str) -> None:
    assert run(Fetch("url", address)).status == "failed"
    assert net.connected == [] and net.resolved == []


@pytest.mark.parametrize("address", OFF_THE_LIST)
def test_an_address_off_the_list_is_refused_before_the_connection_refuses_it(address: str) -> None:
    web = Web(Deadline(1))
    with pytest.raises(LoadError):
        web.allowed(address)
    web.close()


def test_the_connection_itself_knows_the_list(net: Network) -> None:
    web = Web(Deadline(1), resolve=net.resolve, connect=net.connect)
    for host, port in (("evil.example", 443), (HOST, 80), ("127.0.0.1", 443)):
        with pytest.raises(LoadError, match="not an official host"):
            web._transport._pool._network_backend.connect_tcp(host, port)  # type: ignore[attr-defined]
    web.close()
    assert net.resolved == []


def test_a_shared_host_needs_a_checksum(run: Run, server: Server) -> None:
    (host,) = SHARED_HOSTS
    server.on(f"{host}/t.csv", whole(BODY))
    assert "sha256" in run(plain(address=f"https://{host}/t.csv")).note and server.hits == []
    pinned = plain(address=f"https://{host}/t.csv", sha256=hashlib.sha256(BODY).hexdigest())
    assert run(pinned).status == "fetched"


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.9", "::1", "::", "fe80::1",
    "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "64:ff9b::a00:1", "64:ff9b:1::1",
    "2002:a00:1::1", "2001::1", "2001:db8::1", "fec0::1", "100::1", "not an address", "2130706433", "0x7f.1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_reaches_nobody(run: Run, net: Network, address: str) -> None:
    net.names[HOST] = [[address], [PUBLIC, address], [address, PUBLIC]]
    for _ in range(3):
        assert "private network" in run(plain()).note
    assert len(net.resolved) == 3
    assert record(25, "an official name that resolves inside", "0 connections", address, passed=net.connected == [])


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4009::200e"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_changes_its_mind_is_not_asked_twice(run: Run, server: Server, net: Network) -> None:
    server.on("/t.csv", whole(BODY))
    net.names[HOST] = [[PUBLIC], ["127.0.0.1"]]
    assert run(plain()).status == "fetched"
    assert net.resolved == [HOST] and net.connected == [(PUBLIC, 443)]
    # A second connection asks again, and is refused: nothing is remembered from the first.
    assert "private network" in run(plain(), again=True).note and (run.folder / "t.csv").read_bytes() == BODY


def test_a_try_after_a_rebinding_reaches_nobody(run: Run, server: Server, net: Network) -> None:
    server.on("/t.csv", broken(BODY, 40_000))
    net.names[HOST] = [[PUBLIC], ["127.0.0.1"]]
    assert "private network" in run(plain()).note
    assert record(25, "a name that changes its mind between two tries", "0 connections inside", "none",
                  passed=net.connected == [(PUBLIC, 443)])


def test_a_host_nobody_knows_is_tried_again_and_named(run: Run, server: Server, net: Network) -> None:
    server.on("/t.csv", whole(BODY))
    net.names[HOST] = [[], [PUBLIC]]
    assert run(plain()).status == "fetched" and len(run.waits) == 1
    net.names[HOST] = [[]]
    assert f"no connection ({HOST} has no address)" in run(plain(), again=True).note


def test_six_redirects_are_too_many(run: Run, server: Server) -> None:
    server.on("/t.csv", redirect(ADDRESS))
    assert "more than 5 redirects" in run(plain()).note and len(server.hits) == 6


def test_a_proxy_of_the_environment_is_not_used(
    run: Run, server: Server, net: Network, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{net.canary.port}")
    server.on("/t.csv", whole(BODY))
    assert run(plain()).status == "fetched"


def test_the_certificate_is_asked_for_the_name_and_checked() -> None:
    """The real handshake: pinned to an address, it names the host; an answer without a certificate ends it."""
    hello: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def listen() -> None:
            client, _ = listener.accept()
            with client:
                hello.append(client.recv(4096))

        thread = threading.Thread(target=listen)
        thread.start()
        here = f"https://localhost:{listener.getsockname()[1]}/"
        web = Web(Deadline(5), mirror=here, resolve=lambda *_: ["127.0.0.1"])
        try:
            with pytest.raises(httpx.TransportError), web.ask(here):
                pass
        finally:
            web.close()
        thread.join()
        context = web._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert b"localhost" in hello[0]
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname


# Who is asked for the address


def ckan(*resources: tuple[str, str, str], licence: str = "cc-by") -> bytes:
    listed = [{"id": i, "format": f, "url": u, "name": "x"} for i, f, u in resources]
    return json.dumps({"success": True, "result": {"license_id": licence, "resources": listed}}).encode()


PACKAGE = f"{CITY}/api/3/action/package_show?id=limits"
LIMITS = Fetch("ckan", f"https://{CITY}/api/3/action", package="limits", resource="good", name="limits.geojson",
               format="GeoJSON")


@pytest.mark.parametrize("ids", [("bad", "good"), ("reissued-1", "reissued-2")])
def test_a_package_gives_the_file_in_degrees_whatever_its_order(run: Run, server: Server, raw: Path,
                                                                ids: tuple[str, str]) -> None:
    names = [f"limites-administratives-agglomeration{metres}.geojson" for metres in ("-nad83", "")]
    resources = [(i, "GeoJSON", f"https://{CITY}/download/{name}") for i, name in zip(ids, names)]
    server.on(PACKAGE, whole(ckan(("shp", "SHP", f"https://{CITY}/download/x.zip"), *resources)))
    for name in names:
        server.on(f"{CITY}/download/{name}", whole((raw / "boundaries" / name).read_bytes()))
    fetch = dataclasses.replace(LIMITS, name=names[1])
    assert run(fetch, "limits.geojson").status == "fetched"
    assert (run.folder / "limits.geojson").read_bytes() == (raw / "boundaries" / names[1]).read_bytes()
    assert run.record["limits.geojson"]["licence"] == "cc-by"
    assert server.hits[0][2]["User-Agent"] == BROWSER


@pytest.mark.parametrize("answer", [
    ckan(("a", "GeoJSON", f"https://{CITY}/limits-nad83.geojson")),
    ckan(("a", "GeoJSON", f"https://{CITY}/1/limits.geojson"), ("b", "GeoJSON", f"https://{CITY}/2/limits.geojson")),
    ckan(("good", "SHP", f"https://{CITY}/limits.zip")),
    b'{"success": false}', b"[]", b"<html>", b'{"result": {"resources": [{"id": 1}]}}', b"[" * 100_000,
])
def test_a_package_without_the_one_resource_is_an_error(run: Run, server: Server, answer: bytes) -> None:
    server.on(PACKAGE, whole(answer))
    outcome = run(LIMITS, "limits.geojson")
    assert outcome.status == "failed" and "\n" not in outcome.note and len(server.hits) == 1


def test_a_package_may_not_lead_off_the_list(run: Run, server: Server) -> None:
    server.on(PACKAGE, whole(ckan(("good", "GeoJSON", "https://evil.example/limits.geojson"))))
    assert "not an official host" in run(LIMITS, "limits.geojson").note and len(server.hits) == 1


def test_an_answer_that_never_ends_is_not_read_to_the_end(run: Run, server: Server) -> None:
    server.on(PACKAGE, endless(b" " * 1_000_000))
    assert "more than 10,000,000 bytes" in run(LIMITS, "limits.geojson").note


def test_statistics_canada_says_where_its_table_is(run: Run, server: Server, tmp_path: Path) -> None:
    zipped = tmp_path / "t.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("13100835.csv", BODY)
        archive.writestr("13100835_MetaData.csv", "x")
    service = f"{HOST}/t1/wds/rest/getFullTableDownloadCSV/13100835/en"
    there = f"https://{HOST}/n1/tbl/csv/13100835-eng.zip"
    server.on(service, whole(json.dumps({"status": "SUCCESS", "object": there}).encode()))
    server.on(f"{HOST}/n1/tbl/csv/13100835-eng.zip", whole(zipped.read_bytes()))
    fetch = Fetch("wds", f"https://{HOST}/t1/wds/rest", table="13100835", members={"13100835.csv": "in/t.csv"})
    assert run(fetch, "in/t.csv").status == "fetched"
    assert run.left == ["archives/a_table.zip", "fetched.json", "in/t.csv"]
    assert (run.folder / "in/t.csv").read_bytes() == BODY
    assert run.record["in/t.csv"]["archive"] == "archives/a_table.zip" and retrieved(run.folder, "in/t.csv")
    server.on(service, whole(b'{"status": "FAILED", "object": null}'))
    assert "no address for table 13100835" in run(fetch, "in/t.csv", again=True).note
    server.on(service, whole(json.dumps({"status": "SUCCESS", "object": "https://10.0.0.1/x.zip"}).encode()))
    assert "not an official host" in run(fetch, "in/t.csv", again=True).note


@pytest.mark.parametrize("bad", ["../t.csv", "/t.csv", "link", "absent"])
def test_a_zip_that_leaves_its_folder_is_refused(run: Run, server: Server, tmp_path: Path, bad: str) -> None:
    zipped = tmp_path / "t.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        if bad != "absent":
            archive.writestr("t.csv", BODY)
        if bad == "link":
            link = zipfile.ZipInfo("l.csv")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/hosts")
        for i in range(300 if bad == "many" else 0):
            archive.writestr(f"{i}.csv", "x")
        if bad.endswith(".csv"):
            archive.writestr(bad, "x")
    server.on("/t.zip", whole(zipped.read_bytes()))
    run.folder.mkdir()
    (run.folder / "t.csv").write_bytes(b"good")
    outcome = run(plain(address=f"https://{HOST}/t.zip", members={"t.csv": "t.csv"}), again=True)
    assert outcome.status == "failed" and (run.folder / "t.csv").read_bytes() == b"good"
    assert not [name for name in run.left if name.endswith(".part")] and not (tmp_path / "t.csv").exists()


def test_overpass_is_asked_its_query_and_must_have_finished(run: Run, server: Server) -> None:
    asked: list[str] = []
    good = b'{"elements": [{"id": 1}]}'

    def answer(body: bytes) -> object:
        return lambda h: (asked.append(h.posted), h.reply(200, body))

    fetch = Fetch("overpass", "https://overpass-api.de/api/interpreter", query="[out:json];node[shop];out;")
    server.on("overpass-api.de/api/interpreter", answer(good))  # type: ignore[arg-type]
    assert run(fetch, "t.json").status == "fetched" and (run.folder / "t.json").read_bytes() == good
    assert httpx.QueryParams(asked[0])["data"] == fetch.query
    late = b'{"elements": [], "remark": "runtime error: Query timed out"}'
    server.on("overpass-api.de/api/interpreter", answer(late))  # type: ignore[arg-type]
    assert "Query timed out" in run(fetch, "t.json", again=True).note
    assert (run.folder / "t.json").read_bytes() == good
    server.on("overpass-api.de/api/interpreter", redirect("https://overpass-api.de/other"))
    assert run(fetch, "t.json", again=True).status == "failed"


# A mirror


def test_a_mirror_address_serves_every_file_of_the_edition(run: Run, server: Server, raw: Path) -> None:
    def answer(h: object) -> None:
        path = raw / h.path.removeprefix("/m/")  # type: ignore[attr-defined]
        whole(path.read_bytes() if path.is_file() else b"")(h) if path.is_file() else status(404)(h)  # type: ignore[arg-type]

    edition = read_edition("montreal-open")
    fetcher = run.fetcher(*edition.sources, mirror=f"http://127.0.0.1:{server.port}/m/")
    wanted = [source.file for source in fetcher.sources()]
    beside = [str(Path(name).with_suffix(s)) for name in wanted if name.endswith(".shp")
              for s in (".dbf", ".shx", ".prj", ".cpg")]
    for name in [*wanted, *beside]:
        server.on(f"/m/{name}", answer)
    # What its users bring themselves is on no mirror.
    brought = {s.file for s in edition.sources if s.options.get("optional") and not (raw / s.file).is_file()}
    assert len(brought) == 1
    assert {outcome.file: outcome.status for outcome in fetcher.fetch()} == {
        name: "by hand" if name in brought else "fetched" for name in wanted
    }
    wanted = [name for name in wanted if name not in brought]
    assert run.left == sorted([*wanted, *beside, "fetched.json"])
    assert all((run.folder / name).read_bytes() == (raw / name).read_bytes() for name in wanted)


def test_a_mirror_folder_is_copied_with_the_same_checks(run: Run, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    assert "cannot be copied" in run(plain(), mirror=str(mirror)).note
    (mirror / "t.csv").write_bytes(b"<html>")
    assert "a page" in run(plain(), mirror=str(mirror)).note
    (mirror / "t.csv").write_bytes(BODY)
    assert "larger than" in run(plain(max_bytes=100), mirror=str(mirror)).note
    assert "sha256" in run(plain(sha256="0" * 64), mirror=str(mirror)).note
    assert run.left == [] and run.net.connected == []
    assert run(None, mirror=str(mirror)).status == "fetched"
    assert run(None, mirror=str(mirror), again=True).status == "unchanged"
    assert run.record["t.csv"]["sha256"] == hashlib.sha256(BODY).hexdigest()


def test_a_copy_is_as_old_as_its_mirror_says_and_no_younger(run: Run, server: Server, tmp_path: Path) -> None:
    mirror = tmp_path / "raw"  # the folder of the first run
    server.on("/t.csv", whole(BODY))
    run(plain())
    record = run.record
    record["t.csv"]["retrieved"] = "2026-01-02"
    (mirror / "fetched.json").write_text(json.dumps(record))
    copy = Run(run.net, tmp_path / "copy")
    assert copy(plain(), mirror=str(mirror)).status == "fetched"
    assert retrieved(copy.folder, "t.csv") == "2026-01-02" and copy.record["t.csv"]["address"] == ADDRESS
    (mirror / "fetched.json").unlink()
    silent = Run(run.net, tmp_path / "silent")
    assert silent(plain(), mirror=str(mirror)).status == "fetched" and retrieved(silent.folder, "t.csv") == ""


def test_a_shapefile_of_a_mirror_is_not_half_copied_in_silence(run: Run, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for suffix in (".shp", ".shx", ".prj"):
        (mirror / f"b{suffix}").write_bytes(b"\x00\x00\x27\x0a rest")
    outcome = run(None, "b.shp", mirror=str(mirror))
    assert outcome.status == "failed" and "b.dbf" in outcome.note
    (mirror / "b.dbf").write_bytes(b"x")
    assert run(None, "b.shp", mirror=str(mirror)).status == "fetched"  # its .cpg may be absent


def test_only_the_mirror_itself_escapes_the_rules(run: Run, server: Server, net: Network) -> None:
    mirror = f"http://127.0.0.1:{server.port}"
    for target in (f"http://127.0.0.1:{net.canary.port}/t.csv", f"http://localhost:{server.port}/t.csv",
                   f"https://127.0.0.1:{server.port}/t.csv", "http://169.254.169.254/"):
        server.on("/t.csv", redirect(target))
        assert "a redirect was refused" in run(plain(), mirror=mirror).note
    assert len(server.hits) == 4
    server.on("/t.csv", redirect("/other.csv"))
    server.on("/other.csv", whole(BODY))
    assert run(plain(), mirror=mirror).status == "fetched"
    server.on("/t.csv", redirect(f"https://{HOST}/official.csv"))
    server.on(f"{HOST}/official.csv", whole(BODY + b"1,1\n", etag='"v2"'))
    assert run(plain(), mirror=mirror, again=True).status == "fetched"


def test_an_official_host_may_not_lead_to_the_loopback_it_shares_with_nobody(run: Run, server: Server) -> None:
    server.on("/t.csv", redirect(f"http://127.0.0.1:{server.port}/inside.csv"))
    assert "redirect was refused" in run(plain()).note and len(server.hits) == 1


@pytest.mark.parametrize("mirror", ["http://a:b@127.0.0.1/", "http://127.0.0.1/?q=1", "no/such/folder", "ftp://x/"])
def test_a_mirror_that_cannot_be_one_is_refused(run: Run, mirror: str) -> None:
    with pytest.raises(LoadError):
        run(plain(), mirror=mirror)


# The run as a whole


def test_one_failure_does_not_stop_the_others(run: Run, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    from loaders.fetch_screen import fetch_and_tell

    server.on("/good.csv", whole(BODY))
    sources = [
        Source("bad", "none", "bad.csv", fetch=plain(address=f"https://{HOST}/bad.csv")),
        Source("good", "none", "good.csv", fetch=plain(address=f"https://{HOST}/good.csv")),
        Source("none", "none", "none.csv", about={"address": "https://example.org/page"}),
        Source("other", "none", "o.csv", fetch=plain(aside="official/o.zip")),
        Source("drawn", "none"),
    ]
    assert fetch_and_tell(run.fetcher(*sources)) == 1
    out, err = capsys.readouterr()
    assert "failed     bad" in out and "error: bad.csv: www150.statcan.gc.ca answers 404" in out
    assert "fetched    good" in out and "1 fetched, 2 by hand, 1 failed" in out
    assert "put none.csv in raw/; see https://example.org/page" in out and "--only other" in out
    assert "fetching bad" in err and f"received good: {len(BODY):,} bytes" in err and "drawn" not in out
    assert run.left == ["fetched.json", "good.csv"]
    (run.folder / "bad.csv").write_bytes(BODY)
    assert fetch_and_tell(run.fetcher(*sources)) == 0


def test_an_official_file_in_another_layout_is_fetched_when_named(run: Run, server: Server, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "o.zip", "w") as archive:
        archive.writestr("o.csv", BODY)
    server.on("/t.csv", whole((tmp_path / "o.zip").read_bytes()))
    outcome = run(plain(aside="official/o.zip"), only=["a_table"])
    assert outcome.status == "fetched" and "put it in raw/" in outcome.note
    assert run.left == ["fetched.json", "official/o.zip"]


def test_the_build_says_the_day_a_file_was_fetched(tmp_path: Path) -> None:
    source = OPEN.source("social_neighbourhoods")
    path = tmp_path / source.file
    path.parent.mkdir()
    path.write_bytes(BODY)
    write_record(tmp_path, {source.file: {"sha256": hashlib.sha256(BODY).hexdigest(), "retrieved": "2026-12-01"}})
    dates = []
    for text in (BODY, b"another file"):
        path.write_bytes(text)
        draft = Draft(OPEN, tmp_path, tmp_path / f"{len(text)}.duckdb")
        draft.describe(source)
        dates.append(draft.con.execute("SELECT retrieved FROM dataset").fetchall())
        draft.close()
    assert dates == [[(date(2026, 12, 1),)], [(source.about["retrieved"],)]]


def test_two_runs_do_not_fill_one_folder(run: Run, server: Server) -> None:
    server.on("/t.csv", whole(BODY))
    with run.fetcher()._alone(), pytest.raises(LoadError, match="another run"):
        run(plain())
    assert run(plain()).status == "fetched"


def test_a_record_that_cannot_be_read_is_said(run: Run) -> None:
    run.folder.mkdir()
    (run.folder / "fetched.json").write_text("[1]")
    with pytest.raises(LoadError, match="Remove it"):
        run(plain())


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mirror, folder = tmp_path / "mirror", tmp_path / "raw"
    (mirror / "boundaries").mkdir(parents=True)
    (mirror / "boundaries/quartiers_sociologiques_2014.geojson").write_text("{}")
    asked = ["fetch", "--edition", "montreal-open", "--raw", str(folder), "--mirror", str(mirror)]
    assert main([*asked, "--only", "social_neighbourhoods"]) == 0
    assert "1 fetched" in capsys.readouterr().out and (folder / "fetched.json").is_file()
    assert main([*asked, "--only", "social_neighbourhoods", "montreal_boroughs"]) == 1
    assert "1 unchanged, 1 failed" in capsys.readouterr().out
    assert main([*asked, "--only", "nothing"]) == 1
    assert capsys.readouterr().err.startswith("error: montreal-open.toml: “nothing” is not a source to fetch")
    assert main(["fetch", "--edition", "toyville"]) == 0
    assert "no source has an official download" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(path.stem for path in EDITIONS.glob("*.toml")))
def test_every_declared_address_is_one_we_may_ask(name: str) -> None:
    for source in read_edition(name).sources:
        if source.fetch:
            web = Web(Deadline(1), hosts=OFFICIAL_HOSTS | (SHARED_HOSTS if source.fetch.sha256 else frozenset()))
            web.allowed(source.fetch.address)
            web.close()
            assert (source.fetch.kind == "ckan") == bool(source.fetch.package)
            assert not Path(source.fetch.aside).is_absolute() and ".." not in source.fetch.aside


@pytest.mark.parametrize("entry", ['kind = "ftp"', 'kind = "ckan"\naddress = "https://x"', 'kind = "url"', "x = 1",
                                   'kind = "url"\naddress = "https://x"\ncolour = "red"'])
def test_a_fetch_that_is_not_one_is_refused_by_name(
    entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (EDITIONS / "montreal-open.toml").read_text(encoding="utf-8")
    start = text.index("[source.fetch]")
    (tmp_path / "x.toml").write_text(
        text[:start] + f"[source.fetch]\n{entry}\n" + text[text.index("[source.about]", start):], encoding="utf-8",
    )
    monkeypatch.setattr("loaders.edition.EDITIONS", tmp_path)
    with pytest.raises(LoadError, match=r"x.toml: the fetch of “montreal_boroughs”"):
        read_edition("x")
