"""A full disk and broken files: a clear line, the last good version, the space given back."""

from __future__ import annotations

import hashlib
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from build import build
from loaders.__main__ import main
from loaders.catalog import LoadError
from loaders.edition import HOUSE, read_edition
from loaders.inputs import changed
from loaders.publish import current, fault, manifest, published, rollback, serving, verify
from serving import settings
from tests.chaos.builds import leftovers, tagged, whole
from tests.report import record, times

PUBLIC = {"COUVERT_COOKIE_SECRET": "0123456789abcdef" * 2, "COUVERT_ALLOWED_HOSTS": "couvert.example.org"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of versions where toyville was built twice."""
    home = tmp_path_factory.mktemp("two")
    for tag in ("run old", "run new"):
        build("toyville", tagged(home / "raw", tag), home / "v")
    with pytest.MonkeyPatch.context() as patch:  # a first visit, as a server has had: libraries are imported by then
        patch.setenv("COUVERT_VERSIONS", str(home / "v"))
        patch.setenv("COUVERT_EDITION", "toyville")
        AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60).run()
    return home


@pytest.fixture
def copy(two: Path, tmp_path: Path) -> Path:
    """The edition's folder of a copy that a test may damage."""
    shutil.copytree(two / "v", tmp_path / "v")
    return tmp_path / "v" / "toyville"


def test_a_full_disk(two: Path, tmp_path: Path, small_disk: Callable[[int], Path]) -> None:
    version = current(two / "v" / "toyville")
    assert version is not None
    need = manifest(two / "v" / "toyville", version)["peak_bytes"]
    raw, slowest = tagged(tmp_path / "raw", "run more"), 0.0
    disk = small_disk(10 * need)
    shutil.copytree(two / "v" / "toyville", disk / "toyville")
    held = shutil.disk_usage(disk).used
    for share in (25, 50, 75, 95):
        small_disk(held + need * share // 100)
        free = shutil.disk_usage(disk).free
        with pytest.raises(LoadError) as told:
            build("toyville", raw, disk)
        begun = time.monotonic()
        assert shutil.disk_usage(disk).free >= free - 65_536
        slowest = max(slowest, time.monotonic() - begun)
        assert "\n" not in str(told.value) and str(disk / "toyville") in str(told.value)
        assert f"{need:,} bytes" in str(told.value) and f"{free:,} bytes free" in str(told.value)
        assert whole(disk / "toyville") == "run new" and leftovers(disk / "toyville") == []
    build("toyville", raw, small_disk(held + 2 * need))
    assert whole(disk / "toyville") == "run more"
    assert record(
        3, "a full disk (25, 50, 75, 95 % of a build’s need)", "4 of 4 told in one line, served on; space back ≤ 5 s",
        f"4 of 4: folder and bytes named; the space is back {slowest:.2f} s after the message", passed=slowest <= 5,
    )


def test_a_flipped_bit_of_a_version(copy: Path) -> None:
    version = current(copy)
    assert version is not None
    path, tries, drawn = copy / f"{version}.duckdb", times(40, 200), random.Random(5)
    seen = 0
    for _ in range(tries):
        at, bit = drawn.randrange(path.stat().st_size), 1 << drawn.randrange(8)
        for _ in range(2):  # flip it, look, flip it back
            with path.open("r+b") as handle:
                handle.seek(at)
                byte = handle.read(1)[0]
                handle.seek(at)
                handle.write(bytes([byte ^ bit]))
            broken = serving(copy)
            seen += broken.version != version and "is not the one that was published" in broken.fault
    assert record(
        5, "a flipped bit of a version", "all seen before it is served",
        f"{seen} of {tries}; the version before is served", passed=seen == tries,
    )
    verify(copy, version)


def test_a_flipped_bit_of_a_source(two: Path, tmp_path: Path) -> None:
    raw, drawn, tries = tagged(tmp_path / "raw", "run new"), random.Random(6), times(40, 200)
    edition, folder = read_edition("toyville"), two / "v" / "toyville"
    facts = manifest(folder, published(folder)[-1])
    parquet = raw / "prices.parquet"  # a file of another kind, archived the same way
    duckdb.sql("SELECT range AS n, hash(range) AS h FROM range(2000)").write_parquet(str(parquet))
    facts["inputs"]["files"] |= {"prices.parquet": hashlib.sha256(parquet.read_bytes()).hexdigest()}
    assert changed(facts, edition, raw) == []
    seen = 0
    for number in range(tries):
        path = raw / ("referrals.csv", "prices.parquet")[number % 2]
        content = bytearray(path.read_bytes())
        kept, at = bytes(content), drawn.randrange(len(content))
        content[at] ^= 1 << drawn.randrange(8)
        path.write_bytes(bytes(content))
        seen += changed(facts, edition, raw) == [path.name]
        path.write_bytes(kept)
    assert record(6, "a flipped bit of a source file (CSV, Parquet)", "all seen, and the file named",
                  f"{seen} of {tries}", passed=seen == tries)


def _truncated(folder: Path, version: str) -> None:
    with (folder / f"{version}.duckdb").open("r+b") as handle:
        handle.truncate(100_000)


DAMAGE: dict[str, Callable[[Path, str], object]] = {
    "file cut short": _truncated,
    "file deleted": lambda folder, version: (folder / f"{version}.duckdb").unlink(),
    "pointer empty": lambda folder, _: (folder / "CURRENT").write_text(""),
    "pointer deleted": lambda folder, _: (folder / "CURRENT").unlink(),
    "pointer to no version": lambda folder, _: (folder / "CURRENT").write_text("2031-01-01-001\n"),
    "manifest deleted": lambda folder, version: (folder / f"{version}.json").unlink(),
    "manifest cut short": lambda folder, version: (folder / f"{version}.json").write_text('{"edition": "toy'),
    "manifest of another kind": lambda folder, version: (folder / f"{version}.json").write_text("[]"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_by_hand_gives_readers_the_last_good_version(
    copy: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old, new = published(copy)
    DAMAGE[name](copy, new)
    good = new if name.startswith("pointer") else old
    assert current(copy) == good and serving(copy).fault
    assert main(["check", "--edition", "toyville", "--versions", str(copy.parent)]) == 1
    assert good in capsys.readouterr().err

    monkeypatch.setenv("COUVERT_VERSIONS", str(copy.parent))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    slowest = 0.0
    word = {"fr": "ne peut pas être lue", "en": "cannot be read"}
    for language, operator in (("fr", "1"), ("en", "0"), ("en", "1"))[: 3 if name == "file cut short" else 2]:
        served = {"COUVERT_LOCAL": "1"} if operator == "1" else PUBLIC
        monkeypatch.setattr(settings, "_SERVED", [settings.read(served)])
        app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
        app.query_params["lang"] = language
        begun = time.process_time()  # seconds of processor: what else the machine does is not the page's
        app.run()
        slowest = max(slowest, time.process_time() - begun)
        assert not app.exception
        told = [error.value for error in app.error]
        assert bool(told) == (operator == "1") and all(word[language] in text and good in text for text in told)
        assert str(copy) not in "".join(told)
        assert app.query_params["version"] in (good, [good])  # the harness keeps the kind it was given
    assert sum(good in record.message for record in caplog.records) <= 1  # the log says it once
    assert record(7, f"damage by hand: {name}", "last good version served, operator told, page ≤ 3 s",
                  f"served and told, page in {slowest:.2f} s of processor", passed=slowest <= 3)


def test_a_damaged_version_in_an_address_is_not_opened(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = published(copy)
    _truncated(copy, old)
    monkeypatch.setenv("COUVERT_VERSIONS", str(copy.parent))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    app.query_params["version"] = old
    app.run()
    assert not app.exception and app.query_params["version"] in (new, [new])


def test_readers_fall_back_never_forward(two: Path, copy: Path) -> None:
    newest = build("toyville", tagged(two / "raw", "run newest"), copy.parent).stem
    old, new, _ = published(copy)
    assert rollback(copy) == (newest, new)  # the newest has wrong numbers
    _truncated(copy, new)
    assert current(copy) == old  # and does not come back when the one in its place breaks
    _truncated(copy, old)
    assert current(copy) == newest  # unless nothing else is left
    assert fault(copy, newest) == ""


def test_a_lost_manifest_is_left_for_a_person(two: Path, copy: Path) -> None:
    old, _ = published(copy)
    (copy / f"{old}.json").unlink()
    build("toyville", tagged(two / "raw", "run newest"), copy.parent)
    assert (copy / f"{old}.duckdb").is_file() and old not in published(copy)
