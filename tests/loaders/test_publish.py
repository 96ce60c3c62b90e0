"""Publishing: what readers see changes only when a complete, verified version is there."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import build as house
from loaders import edition as editions
from loaders.__main__ import main
from loaders.catalog import LoadError
from loaders.gates import GateError, Gates
from loaders.publish import current, manifest, next_version, published, verify
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
        rejected = versions / "toyville" / "rejected-toyville.csv"
        assert rejected.is_file() == ("refused" in told)
        rejected.unlink(missing_ok=True)
        assert sorted(p.name for p in (versions / "toyville").iterdir()) == [
            ".lock", first.name, f"{first.stem}.json", "CURRENT"
        ]


def test_a_build_prints_the_new_path_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--no-site", "--edition", "toyville", "--versions", str(tmp_path)]) == 0
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


def test_an_id_past_the_last_of_a_day_is_of_the_next_day(tmp_path: Path) -> None:
    (tmp_path / "2026-12-31-999.json").touch()
    assert next_version(tmp_path, datetime(2026, 12, 31, tzinfo=UTC)) == "2027-01-01-001"


@pytest.mark.parametrize("pointer", ["", "2031-01-01-001", "../etc"])
def test_a_broken_pointer_falls_back_to_the_newest(toyville: Path, tmp_path: Path, pointer: str) -> None:
    folder = tmp_path / "toyville"
    shutil.copytree(toyville / "toyville", folder)
    (folder / "CURRENT").write_text(pointer)
    assert current(folder) == published(folder)[-1]


def test_the_manifest_names_sources_counts_settings_and_code(toyville: Path) -> None:
    facts = manifest(toyville / "toyville", published(toyville / "toyville")[-1])
    assert facts["rows"]["area"] == 6 and facts["settings"]["settings"]["reach_m"] == 1100
    assert len(facts["sources"]) == 14 and all(len(s["sha256"]) == 64 for s in facts["sources"])
    assert facts["duckdb"] == "1.5.5" and facts["code"].startswith("0.1.0") and facts["storage"].startswith("v1")
    assert facts["previous"] is None and facts["accepted"] is None and set(facts["checksums"]) == set(facts["rows"])
    assert {"dataset_id", "file", "sha256", "rows_in", "loaded", "rejected", "duplicates"} <= set(facts["sources"][0])


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


def test_every_gate_is_told_at_once_and_a_written_reason_passes(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions, command = tmp_path / "versions", ["build", "--no-site", "--edition", "toyville", "--versions"]
    first = house.build("toyville", versions=versions)
    census, referrals = broken / "census_value.csv", broken / "referrals.csv"
    census.write_text(census.read_text().replace("T1,below_mbm,2026,50", "T1,below_mbm,2026,=1+cmd()"))
    head, *rows = referrals.read_text().splitlines()
    referrals.write_text("\n".join([head, *rows[: len(rows) * 8 // 10]]) + "\n")

    assert main([*command, str(versions)]) == 1
    told = capsys.readouterr().err
    assert "2 gates stop this build" in told and "census_value.csv, line 2, column “numerator”" in told
    assert "rule “number”" in told and "'=1+cmd()'" in told
    assert "referrals.csv: " in told and "in the version now served (20." in told
    rejected = versions / "toyville" / "rejected-toyville.csv"
    assert str(rejected) in told and rejected.stat().st_mode & 0o077 == 0
    assert rejected.read_bytes().startswith(b"\xef\xbb\xbf")
    with rejected.open(encoding="utf-8-sig", newline="") as handle:
        (row,) = csv.DictReader(handle, delimiter=";")
    assert row == {
        "dataset_id": "toy_census", "file": "census_value.csv", "line": "2", "record": "", "column": "numerator",
        "value": "'=1+cmd()", "rule": "number", "reason_fr": "Ce n’est pas un nombre.",
        "reason_en": "This is not a number.",
    }
    assert current(versions / "toyville") == first.stem

    assert main([*command, str(versions), "--accept", "  oh well  "]) == 1  # too short to be a reason
    assert current(versions / "toyville") == first.stem
    reason = "Confirmed by the publisher on 2026-11-20."
    assert main([*command, str(versions), "--accept", reason]) == 0
    accepted = manifest(versions / "toyville", current(versions / "toyville") or "")["accepted"]
    assert accepted["reason"] == reason and accepted["date"][:2] == "20"
    assert [(f["gate"], f["dataset_id"]) for f in accepted["failures"]] == [
        ("reject_rate", "toy_census"), ("row_count", "toy_referrals"),
    ]
    assert not rejected.exists()
    capsys.readouterr()
    assert main([*command, str(versions), "--again"]) == 1  # the rows are still refused: no reason outlives its version
    assert "row_count" not in capsys.readouterr().err


@pytest.mark.parametrize(("now", "stopped"), [
    ([("d", "a.csv", 0, "absent")], True),  # waited for again
    ([], True), ([("d", "b.csv", 50, "utf-8")], True), ([("d", "b.csv", 95, "utf-8")], False),  # another name
    ([("d", "a.csv", 100, "utf-8")], False),
])
def test_a_file_that_is_no_longer_read_stops_the_build(now: list[tuple[str, str, int, str]], stopped: bool) -> None:
    gates = Gates({("d", "a.csv"): 100, ("left", "c.csv"): 10})
    gates.miss(pd.DataFrame(now, columns=["dataset_id", "file", "loaded", "encoding"]), ["d"])
    if not stopped:
        gates.check()
        return
    with pytest.raises(GateError, match=r"a\.csv: not read, 100 rows in the version now served"):
        gates.check()


def test_no_reason_passes_a_missing_column(broken: Path, tmp_path: Path) -> None:
    path = broken / "census_value.csv"
    path.write_text(path.read_text().replace("variable", "variables", 1))
    with pytest.raises(LoadError, match="the column is missing"):
        house.build("toyville", versions=tmp_path, accept="The publisher renamed the column, we know.")
    assert current(tmp_path / "toyville") is None


def test_rollback_moves_the_pointer_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, where = tmp_path / "toyville", ["--edition", "toyville", "--versions", str(tmp_path)]
    ids = [house.build("toyville", versions=tmp_path, again=True).stem for _ in range(3)]
    assert main(["rollback", "--no-site", *where]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"toyville: readers are now given {ids[1]} (before: {ids[2]})"
    ]
    assert current(folder) == ids[1] and published(folder) == ids
    assert house.build("toyville", versions=tmp_path, again=True).stem > ids[2]
    assert main(["rollback", "--no-site", *where, "--to", ids[0]]) == 0 and current(folder) == ids[0]
    assert main(["rollback", "--no-site", *where]) == 1 and "no earlier whole version" in capsys.readouterr().err
    assert main(["rollback", "--no-site", *where, "--to", "../../etc"]) == 1
    (folder / f"{ids[1]}.duckdb").write_bytes(b"nothing")
    assert main(["rollback", "--no-site", *where, "--to", ids[1]]) == 1 and current(folder) == ids[0]
    capsys.readouterr()
    assert main(["check", *where, "--all"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"error: {ids[1]}.duckdb: the file has 7 bytes") and len(told.err.splitlines()) == 1
    assert sum("the file is the one published" in line for line in told.out.splitlines()) == 3


def test_what_a_killed_build_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "toyville" / ".draft-killed"
    left.mkdir(parents=True)
    (left / "draft.duckdb").write_text("half")
    house.build("toyville", versions=tmp_path)
    assert not left.exists()
