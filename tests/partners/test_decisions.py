"""The decision log, on SQLite and on a real PostgreSQL: nothing lost, nothing edited, then beside now."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from partners.decisions import Decision, DecisionError, DecisionLog, Number, View, address, then_and_now

VIEW = View("toyville", "2026-11-23-001", "plan", {"close": "s1,s2", "reach_m": "1000"}, (
    Number("uncovered", 1200.0, 1100.0, 1300.0, "people", "simulated"),
    Number("farthest", 2100.0, None, None, "metres", "simulated"),
))
SAID = Decision(
    "Garder le site du parc", "Conseil, 23 novembre", "On garde le site.", "1 200 personnes sans lieu.", "a@b.ca",
)


def _postgres() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed here")
    return found[-1].parent


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of our own on a free port of loopback, in a short path: its socket's name is limited."""
    programs, root = _postgres(), Path(tempfile.mkdtemp(prefix="pg"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(root, "postgres")

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, cwd=root, capture_output=True, timeout=60)

    data = str(root / "data")
    run(str(programs / "initdb"), "-D", data, "-A", "trust", "-U", "couvert", "--no-sync")
    options = f"-p {port} -k {root} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(root / "log"), "-o", options, "start")
    yield f"postgresql+psycopg://couvert@127.0.0.1:{port}/postgres"
    run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(root)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log' / 'decisions.sqlite'}"
    url = request.getfixturevalue("server")
    engine = sa.create_engine(url)
    with engine.begin() as con:
        con.execute(sa.text("DROP TABLE IF EXISTS decision"))
    engine.dispose()
    return url


@pytest.fixture
def log(where: str) -> Iterator[DecisionLog]:
    opened = DecisionLog(where)
    yield opened
    opened.close()


def test_what_is_saved_is_read_back_whole(log: DecisionLog, where: str) -> None:
    number = log.save(VIEW, SAID)
    again = DecisionLog(where)
    entry = again.one(number)
    again.close()
    assert entry is not None and entry.view == VIEW and entry.decision == SAID
    assert entry.current and entry.intact and not entry.withdrawn and entry.saved_at.tzinfo is not None
    assert [one.decision_id for one in log.entries("toyville")] == [number] and log.entries("elsewhere") == []
    assert log.one(number + 1) is None


def test_a_correction_is_a_new_line_and_a_withdrawal_too(log: DecisionLog) -> None:
    first = log.save(VIEW, SAID)
    second = log.save(VIEW, replace(SAID, decision="On l’agrandit."), replaces=first)
    third = log.withdraw(second, "Budget refusé.", "c@d.ca")
    told = {entry.decision_id: entry for entry in log.entries("toyville")}
    assert [told[one].current for one in (first, second, third)] == [False, False, True]
    assert told[third].withdrawn and told[third].decision.reason == "Budget refusé."
    assert told[first].decision == SAID, "the first line is as it was"
    with pytest.raises(DecisionError, match="unknown"):
        log.save(VIEW, SAID, replaces=99)


def test_forty_people_write_at_once_and_nothing_is_lost(log: DecisionLog) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda row: log.save(VIEW, replace(SAID, title=f"n {row}")), range(40)))
    assert len(set(numbers)) == 40 and len(log.entries("toyville")) == 40


def test_numbers_changed_behind_its_back_are_seen(log: DecisionLog, where: str) -> None:
    number = log.save(VIEW, SAID)
    engine = sa.create_engine(where)
    with engine.begin() as con:
        con.execute(sa.text("UPDATE decision SET numbers = replace(numbers, '1200', '1300')"))
    engine.dispose()
    entry = log.one(number)
    assert entry is not None and not entry.intact


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "'; DROP TABLE decision; --", "=1+1", "🏠 ‮x", "x\ny"])
def test_any_text_is_kept_as_it_is(log: DecisionLog, text: str) -> None:
    number = log.save(VIEW, replace(SAID, decision=text, title=text))
    entry = log.one(number)
    assert entry is not None and entry.decision.decision == text and entry.decision.title == text


@pytest.mark.parametrize(("change", "fault"), [
    ({"title": "  "}, "title: empty"), ({"reason": ""}, "reason: empty"), ({"title": "x" * 201}, "title: long"),
    ({"decision": "x" * 4001}, "decision: long"), ({"author": "\x00"}, "author: empty"),
])
def test_an_empty_or_endless_box_is_refused_and_nothing_kept(
    log: DecisionLog, change: dict[str, str], fault: str
) -> None:
    with pytest.raises(DecisionError, match=fault):
        log.save(VIEW, replace(SAID, **change))
    assert log.entries("toyville") == []


def test_then_beside_now(log: DecisionLog) -> None:
    entry = log.one(log.save(VIEW, SAID))
    assert entry is not None
    told = then_and_now(entry, (
        Number("uncovered", 1500.0, 1400.0, 1600.0, "people", "simulated"),
        Number("newly", 10.0, None, None, "people", "simulated"),
    )).set_index("name")
    assert [told[name]["uncovered"] for name in ("then", "now", "change")] == [1200.0, 1500.0, 300.0]
    assert told["then"]["farthest"] == 2100 and told["change"].loc[["farthest", "newly"]].isna().all()


def test_another_number_or_parameter_is_another_hash() -> None:
    assert VIEW.figure_hash == replace(VIEW).figure_hash
    assert VIEW.figure_hash != replace(VIEW, version="2026-11-24-001").figure_hash
    assert VIEW.figure_hash != replace(VIEW, parameters={"close": "s1"}).figure_hash


def test_the_address_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUVERT_DECISIONS", raising=False)
    assert address().startswith("sqlite:///") and address().endswith("data/partners/decisions.sqlite")
    monkeypatch.setenv("COUVERT_DECISIONS", "postgresql+psycopg://x/y")
    assert address() == "postgresql+psycopg://x/y"
