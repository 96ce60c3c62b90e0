"""A lost folder comes back equal from its copy; a damaged copy is refused by name; a full disk loses nothing."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from loaders import backup as copies
from loaders.__main__ import main
from loaders.backup import LIST, backup, read_index, restore
from loaders.catalog import LoadError
from loaders.custody import BACK_WITHIN_SECONDS
from loaders.draft import contents
from loaders.publish import current, manifest, published, rollback, verify
from loaders.retention import pin
from loaders.store import open_store
from tests.report import record, times

IDS = ["2026-09-30-001", "2026-10-31-001", "2026-11-20-001", "2026-11-23-001"]


@pytest.fixture(scope="module")
def four(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four versions of toyville, each with one row of its own; the oldest is pinned."""
    root = tmp_path_factory.mktemp("four")
    (built,) = (toyville / "toyville").glob("*.duckdb")
    folder = root / "toyville"
    folder.mkdir()
    facts = json.loads(built.with_suffix(".json").read_text(encoding="utf-8"))
    for version in IDS:
        path = folder / f"{version}.duckdb"
        shutil.copy(built, path)
        with duckdb.connect(str(path)) as con:
            con.execute("UPDATE organization SET name = ? WHERE organization_id = "
                        "(SELECT min(organization_id) FROM organization)", [f"run {version}"])
            facts |= contents(con)
        facts |= {"version": version, "bytes": path.stat().st_size, "sha256": copies.sha256(path)}
        (folder / f"{version}.json").write_text(json.dumps(facts), encoding="utf-8")
    (folder / "CURRENT").write_text(IDS[-1] + "\n")
    pin(folder, IDS[0], "shown to the council")
    return root


@pytest.fixture
def versions(four: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    shutil.copytree(four, tmp_path / "versions")
    return tmp_path / "versions"


def logical(folder: Path) -> dict[str, dict[str, str]]:
    """Checksum of every table of every version, and what readers are given: what must come back equal."""
    found = {}
    for version in published(folder):
        with duckdb.connect(str(folder / f"{version}.duckdb"), read_only=True) as con:
            found[version] = contents(con)["checksums"]
    return {"": {"current": current(folder) or ""}, **found}


def test_a_lost_folder_comes_back_equal(
    versions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, copy = logical(versions / "toyville"), tmp_path / "copy"
    assert len({found["organization"] for version, found in before.items() if version}) == len(IDS)
    where = ["--edition", "toyville", "--versions", str(versions)]
    assert main(["backup", "--to", str(copy), *where]) == 0
    assert main(["backup", "--to", str(copy), *where]) == 0
    first, again = capsys.readouterr().out.splitlines()
    assert "the copy holds 4 versions; 8 files copied" in first and "0 files copied (0.0 MB), 8 found whole" in again
    shutil.rmtree(versions)
    begun = time.monotonic()
    assert main(["restore", "--from", str(copy), *where]) == 0
    seconds = time.monotonic() - begun
    told = capsys.readouterr().out
    assert f"readers are given {IDS[-1]}" in told and "back in " in told
    assert logical(versions / "toyville") == before
    assert (versions / "toyville" / f"{IDS[0]}.pin").read_text().endswith("shown to the council\n")
    assert sorted(path.name for path in versions.iterdir()) == ["toyville"]
    assert rollback(versions / "toyville") == (IDS[-1], IDS[-2])
    assert record(16, "a lost folder of versions, restored from its copy", "every table equal, back ≤ 600 s",
                  f"{len(IDS)} versions of toyville, equal, in {seconds:.2f} s", passed=seconds < BACK_WITHIN_SECONDS)


def test_a_month_end_comes_back_alone_and_a_rehearsal_leaves_nothing(
    versions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy, before = tmp_path / "copy", logical(versions / "toyville")
    backup(versions, copy, "toyville")
    begun = time.monotonic()
    restore(copy, tmp_path / "empty", "toyville", only=IDS[1])
    seconds = time.monotonic() - begun
    same = logical(tmp_path / "empty" / "toyville") == {"": {"current": IDS[1]}, IDS[1]: before[IDS[1]]}
    assert record(16, "a month-end restored alone into an empty folder", "every table equal, back ≤ 600 s",
                  f"equal, in {seconds:.2f} s", passed=same and seconds < BACK_WITHIN_SECONDS)
    assert not list((tmp_path / "empty" / "toyville").glob("*.pin"))
    workshop = tmp_path / "workshop"
    workshop.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(workshop))
    assert main(["restore", "--from", str(copy), "--rehearse"]) == 0
    assert "rehearsed" in capsys.readouterr().out and list(workshop.iterdir()) == []
    assert main(["restore", "--from", str(copy)]) == 1 and "say where to" in capsys.readouterr().err
    with pytest.raises(LoadError, match="holds no version 2020-01-01-001"):
        restore(copy, tmp_path / "other", "toyville", only="2020-01-01-001")


def test_a_copy_reads_without_this_program(versions: Path, tmp_path: Path) -> None:
    backup(versions, tmp_path / "copy", "toyville")
    told = subprocess.run(["sha256sum", "--check", "--strict", LIST], cwd=tmp_path / "copy" / "toyville",
                          capture_output=True, text=True, check=False)
    assert told.returncode == 0 and told.stdout.count(": OK") == 2 * len(IDS)


def test_a_restoration_never_overwrites(versions: Path, tmp_path: Path) -> None:
    backup(versions, tmp_path / "copy", "toyville")
    before = logical(versions / "toyville")
    with pytest.raises(LoadError, match="never overwrites"):
        restore(tmp_path / "copy", versions, "toyville")
    assert logical(versions / "toyville") == before
    with pytest.raises(LoadError, match="is lost with it"):
        backup(versions, versions, "toyville")
    with pytest.raises(LoadError, match="this is no copy"):
        restore(tmp_path, tmp_path / "empty", "toyville")


def test_a_damaged_copy_is_refused_by_name(versions: Path, tmp_path: Path) -> None:
    copy, drawn, tries = tmp_path / "copy" / "toyville", random.Random(7), times(12, 200)
    backup(versions, copy.parent, "toyville")
    for number in range(tries):
        path = sorted(copy.iterdir())[number % (2 * len(IDS) + 1)]
        kept = path.read_bytes()
        content = bytearray(kept)
        content[drawn.randrange(len(content))] ^= 1 << drawn.randrange(8)
        path.write_bytes(content)
        with pytest.raises(LoadError) as told:
            restore(copy.parent, tmp_path / "empty", "toyville")
        assert path.name in str(told.value) and list((tmp_path / "empty").glob("*")) == []
        path.write_bytes(kept)
    for cut in (f"{IDS[1]}.json", f"{IDS[2]}.duckdb"):
        (copy / cut).unlink()
    with pytest.raises(LoadError) as told:
        restore(copy.parent, tmp_path / "empty", "toyville")
    assert f"{IDS[1]}.json" in str(told.value) and f"{IDS[2]}.duckdb" in str(told.value)  # all at once
    assert restore(copy.parent, tmp_path / "empty", "toyville", only=IDS[3]).current == IDS[3]
    record(16, "one flipped bit in any file of a copy", "refused, the file named", f"{tries} of {tries}", passed=True)


def test_a_damaged_version_never_replaces_its_copy(
    versions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, copy = versions / "toyville", tmp_path / "copy"
    backup(versions, copy, "toyville")
    before = logical(folder)
    (folder / f"{IDS[1]}.json").write_text((folder / f"{IDS[1]}.json").read_text().replace("0.1.0", "0.1.9", 1))
    (folder / f"{IDS[2]}.duckdb").write_bytes(b"rot")
    (copy / "toyville" / f"{IDS[2]}.duckdb").write_bytes(b"rot too")
    assert main(["backup", "--to", str(copy), "--edition", "toyville", "--versions", str(versions)]) == 1
    told = capsys.readouterr().err
    assert f"toyville/{IDS[1]}.json: the manifest is not the one" in told and f"toyville/{IDS[2]}.duckdb" in told
    shutil.rmtree(versions)
    assert restore(copy, versions, "toyville", only=IDS[1]).faults == []
    verify(folder, IDS[1])
    assert logical(folder)[IDS[1]] == before[IDS[1]]


def test_a_backup_cut_short_is_the_one_before_and_goes_on(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, copy = versions / "toyville", tmp_path / "copy"
    for version in IDS[2:]:  # first only two versions were there
        for end in (".duckdb", ".json"):
            (folder / (version + end)).rename(tmp_path / (version + end))
    (folder / "CURRENT").write_text(IDS[1])
    backup(versions, copy, "toyville")
    for version in IDS[2:]:
        for end in (".duckdb", ".json"):
            (tmp_path / (version + end)).rename(folder / (version + end))
    (folder / "CURRENT").write_text(IDS[3])

    whole, files = copies._streamed, 0

    def cut(source: Path, aside: Path, digest: str) -> int:
        nonlocal files
        files += 1
        if files == 2:
            aside.write_bytes(source.read_bytes()[:100])
            raise KeyboardInterrupt
        return whole(source, aside, digest)

    monkeypatch.setattr(copies, "_streamed", cut)
    with pytest.raises(KeyboardInterrupt):
        backup(versions, copy, "toyville")
    assert read_index(copy / "toyville").versions == IDS[:2]
    assert restore(copy, tmp_path / "early", "toyville").current == IDS[1]
    monkeypatch.setattr(copies, "_streamed", whole)
    told = backup(versions, copy, "toyville")
    assert (told.copied, told.whole, told.versions, told.current) == (3, 5, IDS, IDS[3])
    assert sorted(path.name for path in (copy / "toyville").iterdir()) == sorted(
        [LIST, *(version + end for version in IDS for end in (".duckdb", ".json"))]
    )


def test_the_copy_follows_the_same_rule_when_asked(versions: Path, tmp_path: Path) -> None:
    folder, copy = versions / "toyville", tmp_path / "copy"
    for day in range(21, 28):
        for end in (".duckdb", ".json"):
            shutil.copy(folder / f"{IDS[2]}{end}", folder / f"2026-11-{day}-002{end}")
    assert backup(versions, copy, "toyville").dropped == []
    told = backup(versions, copy, "toyville", drop=True)
    assert told.dropped == [IDS[2], "2026-11-21-002", "2026-11-22-002"] and IDS[0] in told.versions
    assert not (copy / "toyville" / f"{IDS[2]}.duckdb").exists()
    assert IDS[2] in published(folder)  # the versions themselves are not touched
    assert restore(copy, tmp_path / "empty", "toyville").versions == told.versions


def test_two_at_once_are_refused(versions: Path, tmp_path: Path) -> None:
    backup(versions, tmp_path / "copy", "toyville")
    with copies._held(tmp_path / "copy" / "toyville"), pytest.raises(LoadError, match="at work there"):
        backup(versions, tmp_path / "copy", "toyville")


def test_a_full_disk_keeps_the_copy_there_was(
    versions: Path, tmp_path: Path, small_disk: Callable[[int], Path]
) -> None:
    size = sum(path.stat().st_size for path in (versions / "toyville").iterdir())
    disk = small_disk(size * 5 // 8)
    with pytest.raises(LoadError, match="the disk is full") as told:
        backup(versions, disk / "copy", "toyville")
    assert "bytes free" in str(told.value) and not list((disk / "copy" / "toyville").glob("*.part"))
    assert IDS[3] in read_index(disk / "copy" / "toyville").versions  # what readers have goes first
    restore(disk / "copy", tmp_path / "some", "toyville")
    small_disk(3 * size)
    assert backup(versions, disk / "copy", "toyville").whole >= 2  # it goes on from there
    small_disk(size * 3 // 2)
    with pytest.raises(LoadError, match="the disk is full"):
        restore(disk / "copy", disk / "back", "toyville")
    assert not (disk / "back" / "toyville").exists()
    small_disk(3 * size)
    assert restore(disk / "copy", disk / "back", "toyville").whole >= 1
    assert logical(disk / "back" / "toyville") == logical(versions / "toyville")
    record(16, "a full disk during backup and restoration", "one line; the copy there was stands; it goes on after",
           "2 of 2", passed=True)


def test_a_visit_keeps_its_version_through_a_rollback(versions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    store = open_store("toyville", IDS[-1])
    faults: list[str] = []
    stop = threading.Event()

    def reading() -> None:
        while not stop.is_set():
            names = set(store.services()["organization"])
            if f"run {IDS[-1]}" not in names:
                faults.append(str(names))

    reader = threading.Thread(target=reading)
    reader.start()
    for target in (IDS[0], IDS[2], IDS[-1], IDS[1]):
        rollback(versions / "toyville", target)
        assert current(versions / "toyville") == target
    stop.set()
    reader.join(10)
    assert faults == [] and manifest(versions / "toyville", IDS[-1])["version"] == IDS[-1]
