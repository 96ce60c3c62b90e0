"""Builds in processes of their own, to be killed, held or started together; and what may be asked of a folder after."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from loaders.aside import Report, build_aside
from loaders.catalog import LoadError
from loaders.checkpoint import VARIABLE, checkpoint
from loaders.draft import Draft
from loaders.edition import HOUSE, read_edition
from loaders.publish import current, manifest, published, verify
from loaders.sources import LOADERS

# A server that imported the house once and forks: a build starts in a tenth of a second instead of three.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["build"])


def tagged(folder: Path, tag: str) -> Path:
    """Raw files of toyville whose organizations *and* events carry `tag`: a mixed version would carry two."""
    if not folder.exists():
        shutil.copytree(HOUSE / "data" / "toyville", folder)
    for name, column in (("organization.csv", 1), ("event.csv", 2)):
        head, *rows = (HOUSE / "data" / "toyville" / name).read_text(encoding="utf-8").splitlines()
        cells = rows[0].split(",")
        cells[column] = tag
        (folder / name).write_text("\n".join([head, ",".join(cells), *rows[1:]]) + "\n", encoding="utf-8")
    return folder


def tags(path: Path) -> set[str]:
    """The tags a version carries: one where it is whole."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute("""
            SELECT name FROM organization WHERE starts_with(name, 'run ')
            UNION SELECT title_fr FROM event WHERE starts_with(title_fr, 'run ')
        """).fetchall()
    return {tag for (tag,) in found}


def start(versions: Path, raw: Path, *, fault: str = "", **ways: Any) -> ForkServerProcess:
    """Start a build of toyville (`thin`: of two of its tables).

    Its exit code is 0, -9 where it was killed, 3 after a LoadError, whose text is in `versions`/error.
    """
    child = _FORKS.Process(target=_build, args=(versions, raw, fault, ways))
    child.start()
    return child


def _build(versions: Path, raw: Path, fault: str, ways: dict[str, Any]) -> None:
    from build import build

    os.environ[VARIABLE] = fault
    thin = ways.pop("thin", False)
    try:
        if thin:
            build_aside(read_edition("toyville"), raw, versions, lambda *_: None, _thin, **ways)
        else:
            build("toyville", raw, versions, **ways)
    except LoadError as error:
        (versions / "error").write_text(str(error), encoding="utf-8")
        os._exit(3)


def _thin(draft: Draft, tell: Report) -> dict[str, Any]:
    """Two sources and one row of what a version must hold: what surrounds a build is the same, and it is quicker."""
    for name in ("toy_organizations", "toy_events"):
        LOADERS["table"](draft, draft.edition.source(name))
    checkpoint("build.loaded")
    draft.insert("area", pd.DataFrame([{
        "area_id": "T1", "level": "city", "kind": "city", "code": "T1", "name_fr": "T", "name_en": "T", "fr_in": "T",
        "fr_of": "T", "en_in": "T", "vintage": "2026", "lon": 0.0, "lat": 0.0, "x_m": 0.0, "y_m": 0.0,
        "dataset_id": "toy_city",
    }]))
    draft.insert("demand_point", pd.DataFrame([{
        "point_id": "P", "base_id": "T1", "lon": 0.0, "lat": 0.0, "population": 1.0, "basis": "simulated",
    }]))
    draft.insert("indicator_value", pd.DataFrame([{
        "indicator_id": "i", "level": "city", "area_id": "T1", "period": "", "grp": "", "setting": "",
        "status": "missing", "basis": "simulated",
    }]))
    ledger = draft.frame("SELECT * FROM load_ledger").to_dict("records")
    return {"edition": "toyville", "settings": {}, "sources": ledger}


def run(versions: Path, raw: Path, *, fault: str = "", **ways: Any) -> int:
    """Run a build to its end; gives its exit code."""
    child = start(versions, raw, fault=fault, **ways)
    child.join(60)
    assert child.exitcode is not None, "the build hangs"
    code = child.exitcode
    child.close()
    return code


def whole(folder: Path) -> str:
    """The tag readers are given, after every promise about the folder was checked."""
    version = current(folder)
    assert version is not None, "readers have nothing"
    assert (folder / "CURRENT").read_text().strip() == version, "the pointer names another version"
    verify(folder, version)
    (tag,) = tags(folder / f"{version}.duckdb")
    facts = manifest(folder, version)
    with duckdb.connect(str(folder / f"{version}.duckdb"), read_only=True) as con:
        for table, rows in facts["rows"].items():
            assert con.table(table).count("*").fetchall() == [(rows,)], table
    return tag


def leftovers(folder: Path) -> list[str]:
    """Names in a folder that belong to no published version."""
    expected = {".lock", "CURRENT"}
    for version in published(folder):
        expected |= {f"{version}.duckdb", f"{version}.json"}
    return sorted({path.name for path in folder.iterdir()} - expected)
