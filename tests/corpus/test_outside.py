"""Files from outside: nothing is fetched, nothing else is read, and what asks for too much is stopped and cleared."""

from __future__ import annotations

import ast
import http.server
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders import MAP_DRIVERS, SKIPPED_DRIVERS, features, limited
from loaders.catalog import LoadError
from loaders.edition import HOUSE
from loaders.features import read_features
from loaders.forms import from_outside
from loaders.hsds import hsds
from loaders.staging import read_table
from tests.corpus.archives import BOMBS
from tests.corpus.entry import Seen
from tests.corpus.geometry import SQUARE, collection
from tests.loaders.small import draft, one, source
from tests.report import record


def python(code: str, *arguments: str) -> str:
    """What a process of its own prints."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=HOUSE, capture_output=True, text=True,
    check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- drivers ----------------------------------------------------------------------------------------------


def test_only_the_listed_kinds_of_map_file_can_be_opened() -> None:
    found = python("import loaders, pyogrio; print(sorted(pyogrio.list_drivers()))")
    assert ast.literal_eval(found) == sorted(MAP_DRIVERS)


def test_no_driver_is_in_neither_list() -> None:
    every = ast.literal_eval(python("import pyogrio; print(sorted(pyogrio.list_drivers()))"))
    known = {*MAP_DRIVERS, *SKIPPED_DRIVERS}
    assert set(every) <= known, "a new driver: put it in one of the lists of loaders/__init__.py"
    assert not set(MAP_DRIVERS) & set(SKIPPED_DRIVERS)


# --- network ----------------------------------------------------------------------------------------------


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and the paths that were asked of it."""
    hits: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", hits
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("partner", [True, False])
def test_no_name_of_a_file_is_an_address(tmp_path: Path, canary: tuple[str, list[str]], partner: bool) -> None:
    address, hits = canary
    with from_outside(partner):
        for name in (f"/vsicurl/{address}/x.geojson", f"/vsizip//vsicurl/{address}/x.zip", f"{address}/x.csv",
                     f"/vsizip/{address}/x.zip/x.geojson", f"file://{tmp_path}/x.csv"):
            with pytest.raises(LoadError, match="missing"):
                read_features("d", tmp_path, name, ["id"])
            with pytest.raises(LoadError, match="missing"):
                read_table("d", tmp_path, name, ["id"])
            with pytest.raises(LoadError):
                hsds(draft(tmp_path), source("d", name, {}))
            (tmp_path / "small.duckdb").unlink()
    assert record(24, "addresses as names of files (/vsicurl/, /vsizip/, http)", "0 requests reach the server",
                  f"5 names, three loaders: {len(hits)}", passed=hits == [])


@pytest.mark.parametrize("partner", [True, False])
def test_no_address_inside_a_file_is_followed(tmp_path: Path, canary: tuple[str, list[str]], partner: bool) -> None:
    address, hits = canary
    links = [
        {"type": "link", "properties": {"href": f"{address}/a", "type": "proj4"}},
        {"type": "URL", "properties": {"url": f"{address}/b"}}, {"type": "name",
        "properties": {"name": f"{address}/c"}},
        {"type": "name", "properties": {"name": f"/vsicurl/{address}/d"}},
        {"type": "name", "type ": "link", "properties": {"name": "EPSG:4326", "href": f"{address}/e"}},
    ]
    written = [collection(SQUARE, more={"crs": crs}) for crs in links]
    written += [written[0].replace('"crs":', other) for other in ('"CRS":', "'crs':", '"crs"/**/:', '"\\u0063rs":')]
    written = written[::4] if partner else written  # a process for each: the others are the same words
    refused = 0
    with from_outside(partner):
        for content in written:
            (tmp_path / "x.geojson").write_text(content)
            try:
                assert len(read_features("d", tmp_path, "x.geojson", ["id"]).rows) == 1
            except LoadError:
                refused += 1
        (tmp_path / "p").mkdir()
        (tmp_path / "p" / "organizations.csv").write_text(f"id,name,url\no,Phare,{address}/f\n")
        service = f"id,organization_id,name,status,url\ns,o,S,active,/vsicurl/{address}/g\n"
        (tmp_path / "p" / "services.csv").write_text(service)
        made = draft(tmp_path)
        hsds(made, source("d", "p", {}))
    assert hits == [] and refused >= len(written) - 2
    assert one(made, "SELECT url FROM service") == f"/vsicurl/{address}/g"  # text, and only text


def test_a_link_past_a_block_is_seen(tmp_path: Path, canary: tuple[str, list[str]]) -> None:
    address, hits = canary
    link = ', "crs": {"type": "link", "properties": {"href": "' + address + '"}}}'
    for short in (0, 3, 40, 499, 600):  # the key falls on, before and after the end of a block of a megabyte
        whole = collection(SQUARE)[:-1]
        (tmp_path / "x.geojson").write_text(whole + " " * ((1 << 20) - len(whole) - short) + link)
        with pytest.raises(LoadError, match="not given by name"):
            read_features("d", tmp_path, "x.geojson", ["id"])
    assert hits == []


def test_the_process_has_no_network_where_the_system_allows_it(canary: tuple[str, list[str]]) -> None:
    address, hits = canary
    leave = limited._START.split("from loaders")[0]
    allowed = python(leave.replace("leave(0x50000000) and leave(0x40000000)",
                                   "print(leave(0x50000000) and leave(0x40000000))"))
    if allowed != "0":
        pytest.skip("this system lets no process leave the network")
    told = python(f"{leave}\nimport sys, urllib.request\ntry: urllib.request.urlopen(sys.argv[1], timeout=2)\n"
                  "except OSError as error: print(error)", address)
    assert "unreachable" in told and hits == []


# --- limits -----------------------------------------------------------------------------------------------

_MEASURE = """
import json, resource, sys, time
from pathlib import Path
from loaders.catalog import LoadError
from tests.corpus.archives import BOMBS
found = []
for entry, folder in zip(BOMBS, sys.argv[1:], strict=True):
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        entry.read(Path(folder))
    except LoadError as error:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append([entry.name, str(error), time.monotonic() - started, after.ru_maxrss // 1024, used])
print(json.dumps(found))
"""


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    folders = [tmp_path / str(i) for i in range(len(BOMBS))]
    for entry, folder in zip(BOMBS, folders, strict=True):
        folder.mkdir()
        entry.write(folder)
    packed, unpacked = (folders[-1] / "x.xlsx").stat().st_size, 186 * 1000 * 1000
    assert packed < 700_000 < unpacked
    found = json.loads(python(_MEASURE, *map(str, folders)))
    assert [name for name, *_ in found] == [entry.name for entry in BOMBS]
    # Alone on two cores each takes 0.2 to 0.4 s, start included; a busy machine takes longer, not more processor.
    assert all(seconds < 20 for _, _, seconds, _, _ in found), found
    assert record(
        26, "archives that would fill the disk", "refused within 1 s of processor, under 300 MB",
        f"{len(found)} files: {max(used for *_, used in found):.2f} s at most, {found[-1][3]} MB",
        passed=found[-1][3] < 300 and all(used <= 1 for *_, used in found),
    ), found


def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], Seen | object]) -> str:
    """The error of a file from outside; nothing of it is left in the folder of temporary files."""
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    with from_outside(True), pytest.raises(LoadError) as error:
        read(tmp_path)
    assert list((tmp_path / "temp").iterdir()) == []
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_memory_of_the_process_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "MEMORY", 700 << 20)
    (tmp_path / "x.json").write_text("[" + ",".join(['{"id": "a", "n": 1}'] * 4_000_000) + "]")
    told = refused(tmp_path, monkeypatch, lambda folder: read_table("d", folder, "x.json", ["id"]))
    assert told.startswith("x.json: reading it takes more than") and "of memory. Send the table alone" in told


def test_the_time_of_the_process_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "SECONDS", 2)
    rows = "".join(f'"a ""{i}""",1\n' for i in range(100_000)) * 60
    (tmp_path / "x.csv").write_text("id,n\n" + rows)
    told = refused(tmp_path, monkeypatch, lambda folder: read_table("d", folder, "x.csv", ["id"]))
    assert told == "x.csv: reading it takes more than 2 s. Send the table alone, as CSV if you can."


def test_what_the_process_writes_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "WRITTEN", 1_000_000)
    chance = random.Random(1)
    (tmp_path / "x.csv").write_text("id,n\n" + "".join(f"{chance.random()},1\n" for _ in range(200_000)))
    told = refused(tmp_path, monkeypatch, lambda folder: read_table("d", folder, "x.csv", ["id"]))
    assert told == "x.csv: reading it takes more than 1 MB. Send the table alone, as CSV if you can."


def test_a_file_larger_than_the_limit_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "LARGEST", 10)
    (tmp_path / "x.csv").write_text("id,n\nabcdef,1\n")
    told = refused(tmp_path, monkeypatch, lambda folder: read_table("d", folder, "x.csv", ["id"]))
    assert told.startswith("x.csv: it is larger than")


# --- vertices ---------------------------------------------------------------------------------------------


def line(vertices: int) -> str:
    ring = ",".join(["[0,0]", "[1,1]"] * (vertices // 2))
    return '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"1"},"geometry":' \
           '{"type":"LineString","coordinates":[' + ring + "]}}]}"


def test_five_million_vertices_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    (tmp_path / "x.geojson").write_text(line(5_100_000))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with from_outside(True), pytest.raises(LoadError, match=r"x\.geojson: it has more than 5,000,000 vertices"):
        read_features("d", tmp_path, "x.geojson", ["id"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert record(29, "a GeoJSON of 5,100,000 vertices", "refused with its reason, within 5 s of processor",
                  f"{took:.1f} s", passed=took <= 5)


def test_vertices_are_counted_in_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "VERTICES", 100)
    for content in (line(102), line(102).replace("[0,0]", "[ 0,0]").replace("[1,1]", "[\n1,1]")):
        (tmp_path / "x.geojson").write_text(content)
        with pytest.raises(LoadError, match="more than 100 vertices"):
            read_features("d", tmp_path, "x.geojson", ["id"])
    (tmp_path / "x.geojson").write_text(line(98))
    assert len(read_features("d", tmp_path, "x.geojson", ["id"]).rows) == 1
