"""Sites on disk: whole or not at all, one link moved, old ones kept a while; and what a build does with them."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from loaders.__main__ import main
from loaders.publish import current
from loaders.store import Store
from publish import shelf, site

SMALL = {"index.html": b"<p>one</p>" * 50, "fr/a.html": b"a" * 400, "assets/x.woff2": b"\0" * 64}


def held(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of what `current` shows."""
    root = folder / shelf.CURRENT
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".gz" and path.name[0] != "."
    }


def test_a_site_is_written_whole_with_its_packed_files(tmp_path: Path) -> None:
    target = shelf.put(tmp_path, "2026-11-01-001", SMALL)
    assert held(tmp_path) == SMALL
    assert (tmp_path / "current").is_symlink() and (tmp_path / "current").readlink() == Path(target.name)
    assert gzip.decompress((target / "index.html.gz").read_bytes()) == SMALL["index.html"]
    assert not (target / "assets" / "x.woff2.gz").exists()  # packed already


def test_the_same_site_again_changes_nothing_and_another_one_never_writes_over(tmp_path: Path) -> None:
    first = shelf.put(tmp_path, "2026-11-01-001", SMALL)
    before = first.stat().st_mtime_ns
    assert shelf.put(tmp_path, "2026-11-01-001", SMALL) == first and first.stat().st_mtime_ns == before
    other = {**SMALL, "index.html": b"<p>two</p>"}
    second = shelf.put(tmp_path, "2026-11-01-001", other)
    assert second != first and second.name.startswith("2026-11-01-001-") and held(tmp_path) == other
    assert (first / "index.html").read_bytes() == SMALL["index.html"]  # a page that is open still finds its files


def test_old_sites_are_let_go_but_not_the_one_readers_have(tmp_path: Path) -> None:
    for n in range(1, 6):
        shelf.put(tmp_path, f"2026-11-01-{n:03d}", {"index.html": str(n).encode()})
    assert shelf.known(tmp_path) == ["2026-11-01-003", "2026-11-01-004", "2026-11-01-005"]
    shelf.point(tmp_path, "2026-11-01-003")
    (tmp_path / "2026-11-01-006").mkdir()
    assert shelf.retire(tmp_path) == [] and shelf.named(tmp_path) == "2026-11-01-003"


@pytest.mark.parametrize("step", range(11))
def test_what_fails_half_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    shelf.put(tmp_path, "2026-11-01-001", SMALL)
    other = {**SMALL, "index.html": b"<p>two</p>" * 50}
    real, calls = shelf._sync, []

    def failing(path: Path) -> None:
        calls.append(path)
        if len(calls) > step:
            raise OSError(28, "No space left on device")
        real(path)

    monkeypatch.setattr(shelf, "_sync", failing)
    with pytest.raises(OSError, match="No space"):
        shelf.put(tmp_path, "2026-11-01-002", other)
    assert held(tmp_path) in (SMALL, other)  # the second only once the link has moved
    moved = shelf.named(tmp_path) == "2026-11-01-002"
    assert (held(tmp_path) == other) == moved
    monkeypatch.setattr(shelf, "_sync", real)
    shelf.put(tmp_path, "2026-11-01-002", other)
    assert held(tmp_path) == other and not list(tmp_path.glob(".draft-*"))


def _write_for_ever(folder: str) -> None:
    for n in range(1, 100_000):
        shelf.put(Path(folder), f"2026-11-01-{n:06d}", {f"p{i}.html": f"{n}".encode() * 30 for i in range(20)})


def test_killed_at_any_moment_readers_have_a_whole_site(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    for _ in range(6):
        writer = multiprocessing.get_context("fork").Process(target=_write_for_ever, args=(str(tmp_path),))
        writer.start()
        deadline = time.monotonic() + 10
        while not shelf.named(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.15))
        assert writer.pid
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(10)
        seen = held(tmp_path)
        assert len(seen) == 20 and len(set(seen.values())) == 1
    shelf.put(tmp_path, "2026-11-02-001", SMALL)
    assert held(tmp_path) == SMALL and not list(tmp_path.glob(".draft-*")) and len(shelf.known(tmp_path)) <= 4


# --- what a build does ------------------------------------------------------------------------------------


def copied(toyville: Path, to: Path) -> Path:
    """A copy of the built version, to publish over."""
    shutil.copytree(toyville, to)
    return to


def test_a_build_gives_readers_its_site_and_a_rollback_the_one_before(
    toyville: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    sites, versions, asked = tmp_path / "sites", copied(toyville, tmp_path / "versions"), []

    def made(store: Store, _: site.Tell | None = None) -> dict[str, bytes]:
        asked.append(store.version)
        told = f'{{"version": "{store.version}", "database": "{store.facts["sha256"]}"}}'
        return {"index.html": store.version.encode(), "site.json": told.encode()}

    monkeypatch.setattr(site, "made", made)
    monkeypatch.setenv("COUVERT_SITE", str(sites))
    where = ["--edition", "toyville", "--versions", str(versions)]
    first = current(versions / "toyville")
    assert main(["build", *where]) == 0 and asked == [first]  # nothing new is published: its site was missing
    assert main(["build", "--again", *where]) == 0
    second = current(versions / "toyville")
    assert second and asked == [first, second] and shelf.named(sites / "toyville") == second
    assert (sites / "toyville" / "current" / "index.html").read_text() == second
    assert main(["rollback", *where]) == 0
    assert shelf.named(sites / "toyville") == first and asked == [first, second]  # it stands: it is not made again


def test_a_site_that_cannot_be_made_leaves_the_version_published_and_says_so(
    toyville: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object) -> dict[str, bytes]:
        raise ValueError("no ink")

    versions = copied(toyville, tmp_path / "versions")
    monkeypatch.setattr(site, "made", fails)
    monkeypatch.setenv("COUVERT_SITE", str(tmp_path / "sites"))
    where = ["--edition", "toyville", "--versions", str(versions)]
    assert main(["build", *where]) == 1
    told, version = capsys.readouterr(), current(versions / "toyville")
    assert version and told.out.splitlines()[-1].endswith(f"{version}.duckdb")
    assert f"version {version} is published; its static pages could not be made (ValueError: no ink)" in told.err
    assert not (tmp_path / "sites" / "toyville" / "current").exists()
    assert main(["build", "--no-site", *where]) == 0


def test_the_command_makes_the_site_of_the_version_readers_have(
    tmp_path: Path, toyville: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    from publish.__main__ import main as command

    monkeypatch.setattr(site, "made", lambda store, _: {"index.html": store.version.encode()})
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    assert command(["--edition", "toyville", "--site", str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).name == current(toyville / "toyville")
    assert command(["--edition", "nowhere", "--site", str(tmp_path)]) == 1
    assert "nothing is published for “nowhere”" in capsys.readouterr().err
