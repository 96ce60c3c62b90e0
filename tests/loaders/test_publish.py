"""Publishing: what readers see changes only when a complete, verified version is there."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import build as house
from loaders import edition as editions
from loaders.__main__ import main
from loaders.catalog import LoadError
from loaders.publish import current, manifest, next_version, published, retire, verify
from loaders.store import open_store


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of toyville's edition and files that a test may damage; gives the folder of its files."""
    data = tmp_path / "data"
    shutil.copytree(editions.HOUSE / "data" / "toyville", data / "toyville")
    shutil.copytree(editions.EDITIONS, data / "editions")
    monkeypatch.setattr(editions, "HOUSE", tmp_path)
    monkeypatch.setattr(editions, "EDITIONS", data / "editions")
    return data / "toyville"


def test_a_fault_leaves_the_published_version_and_nothing_else(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = tmp_path / "versions"
    first = house.build("toyville", versions=versions)
    before = first.read_bytes()
    text = (broken / "census_value.csv").read_text()
    for damage, told in (
        (
            text.replace("variable", "variables", 1),
            "census_value.csv, line 1, column “variable”: the column is missing",
        ),
        (
            text.replace("T1,below_mbm,2026,50", "T1,below_mbm,2026,fifty"),
            "census_value.csv, line 2, column “numerator”: 1 of 8 rows refused",
        ),
        (None, "census_value.csv: the file is missing"),
    ):
        if damage is None:
            (broken / "census_value.csv").unlink()
        else:
            (broken / "census_value.csv").write_text(damage)
        assert main(["build", "--edition", "toyville", "--versions", str(versions)]) == 1
        error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
        assert len(error) == 1 and told in error[0]
        assert current(versions / "toyville") == "-".join(first.stem.split("-")) and first.read_bytes() == before
        assert sorted(p.name for p in (versions / "toyville").iterdir()) == [
            ".lock", first.name, f"{first.stem}.json", "CURRENT"
        ]


def test_a_build_prints_the_new_path_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--edition", "toyville", "--versions", str(tmp_path)]) == 0
    path = Path(capsys.readouterr().out.splitlines()[-1])
    assert path.is_file() and path.stem == current(tmp_path / "toyville")
    assert main(["check", "--edition", "toyville", "--versions", str(tmp_path)]) == 0
    assert main(["list", "--versions", str(tmp_path)]) == 0
    assert f"* {path.stem}" in capsys.readouterr().out


def test_an_unknown_edition_names_those_there_are() -> None:
    with pytest.raises(LoadError, match=r"Choose one of: .*toyville"):
        house.build("atlantis")


def test_one_flipped_byte_is_seen(toyville: Path, tmp_path: Path) -> None:
    folder = tmp_path / "toyville"
    shutil.copytree(toyville / "toyville", folder)
    version = current(folder)
    assert version is not None
    verify(folder, version)
    path = folder / f"{version}.duckdb"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(LoadError, match="is not the one that was published"):
        verify(folder, version)


def test_ids_sort_in_the_order_of_publication_even_if_the_clock_goes_back(tmp_path: Path) -> None:
    for name in ("2026-11-23-001", "2026-11-23-002"):
        (tmp_path / f"{name}.duckdb").touch()
    assert next_version(tmp_path, datetime(2026, 11, 23, tzinfo=UTC)) == "2026-11-23-003"
    assert next_version(tmp_path, datetime(2026, 11, 24, tzinfo=UTC)) == "2026-11-24-001"
    assert next_version(tmp_path, datetime(2025, 1, 1, tzinfo=UTC)) == "2026-11-23-003"


def test_last_five_month_ends_and_pins_are_kept(tmp_path: Path) -> None:
    months = ["2026-09-01-001", "2026-09-30-001", "2026-10-02-001", "2026-10-31-001"]
    names = [*months, *(f"2026-11-0{d}-001" for d in range(1, 8))]
    for name in names:
        (tmp_path / f"{name}.duckdb").touch()
        (tmp_path / f"{name}.json").write_text("{}")
    (tmp_path / "2026-09-01-001.pin").touch()
    assert retire(tmp_path) == ["2026-10-02-001", "2026-11-01-001", "2026-11-02-001"]
    assert "2026-09-30-001" in published(tmp_path) and "2026-09-01-001" in published(tmp_path)


@pytest.mark.parametrize("pointer", ["", "2031-01-01-001", "../etc"])
def test_a_broken_pointer_falls_back_to_the_newest(toyville: Path, tmp_path: Path, pointer: str) -> None:
    folder = tmp_path / "toyville"
    shutil.copytree(toyville / "toyville", folder)
    (folder / "CURRENT").write_text(pointer)
    assert current(folder) == published(folder)[-1]


def test_the_manifest_names_sources_counts_settings_and_code(toyville: Path) -> None:
    facts = manifest(toyville / "toyville", published(toyville / "toyville")[-1])
    assert facts["rows"]["area"] == 6 and facts["settings"]["settings"]["reach_m"] == 1100
    assert len(facts["sources"]) == 13 and all(len(s["sha256"]) == 64 for s in facts["sources"])
    assert facts["duckdb"] == "1.5.5" and facts["code"].startswith("0.1.0")


def test_the_store_cannot_write_nor_read_other_files(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    store = open_store("toyville", published(toyville / "toyville")[-1])
    for sql in (
        "DELETE FROM area", "SELECT * FROM read_text('/etc/hosts')", "ATTACH ':memory:' AS other",
        "COPY area TO '/tmp/x.csv'", "SET enable_external_access = true", "INSTALL spatial",
    ):
        with pytest.raises(Exception, match=r"(?i)read-only|disabled|locked|cannot|not allowed|permission"):
            store._frame(sql)
    assert len(store.areas("district")) == 5


def test_a_year_with_months_missing_is_no_year(broken: Path, tmp_path: Path) -> None:
    path = broken / "referrals.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *(r for r in rows if not r.split(",")[3].startswith(("2024", "2025-0")))]) + "\n")
    version = house.build("toyville", versions=tmp_path / "versions")
    with duckdb.connect(str(version), read_only=True) as con:
        periods = con.sql("SELECT DISTINCT period FROM indicator_value WHERE indicator_id = 'referrals_per_1000'")
        assert periods.fetchall() == [("",)]  # thirteen months are left: this year is whole, the one before is not


def test_a_blank_count_is_refused_not_read_as_zero(broken: Path, tmp_path: Path) -> None:
    path = broken / "referrals.csv"
    path.write_text(path.read_text().replace("2026-10-01,month,food,all,20", "2026-10-01,month,food,all,", 1))
    version = house.build("toyville", versions=tmp_path / "versions")
    with duckdb.connect(str(version), read_only=True) as con:
        assert con.sql("SELECT rule, column_name FROM reject").fetchall() == [("empty", "count")]


def test_what_a_killed_build_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "toyville" / ".draft-killed"
    left.mkdir(parents=True)
    (left / "draft.duckdb").write_text("half")
    house.build("toyville", versions=tmp_path)
    assert not left.exists()
