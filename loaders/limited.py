"""A process of its own for files from outside: little memory, little time, no network, nothing but tables out."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.ipc as ipc

from loaders.catalog import LoadError
from loaders.records import Fault, Part, Reading
from loaders.scratch import Scratch

if TYPE_CHECKING:
    from loaders.forms import How

MEMORY, SECONDS, WRITTEN, LARGEST = 2 << 30, 30, 500_000_000, 200_000_000
HOUSE = Path(__file__).resolve().parent.parent
# Where the system allows it the process has no network at all: it leaves it (CLONE_NEWNET, as a user of its own or
# as root) before a library is loaded, because one that starts a thread makes it too late. It ends with the thread
# that asked (PR_SET_PDEATHSIG), and what it leaves is in that one's folder.
_START = """
import ctypes
leave = getattr(ctypes.CDLL(None), "unshare", lambda what: 0)
leave(0x50000000) and leave(0x40000000)
getattr(ctypes.CDLL(None), "prctl", lambda *_: 0)(1, 9)
from loaders.limited import main
main()
"""


def table(path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], how: How) -> Reading:
    """`forms.read` of a file from outside. Raises LoadError where it asks for more than the limits."""
    named = dict(columns) if isinstance(columns, Mapping) else list(columns)
    written = asdict(how) | {"keep": {
        rule: {column: list(values) for column, values in asked.items()} for rule, asked in how.keep.items()
    }}
    aside = Scratch()
    try:
        facts = _run({"what": "table", "columns": named, "how": written}, path, file, Path(aside.name))
    except LoadError:
        aside.cleanup()
        raise
    return Reading(facts["encoding"], facts["preamble"], _parts(aside, facts["parts"]), facts["unread"])


def top(path: Path, file: str) -> tuple[list[list[str]], str]:
    """`forms.top` of a file from outside."""
    with Scratch() as aside:
        facts = _run({"what": "top"}, path, file, Path(aside))
    return facts["rows"], facts["delimiter"]


def tried(path: Path, file: str) -> None:
    """Raise LoadError where a JSON document from outside asks for more than the limits."""
    with Scratch() as aside:
        _run({"what": "document"}, path, file, Path(aside))


def features(path: Path, file: str, columns: Sequence[str] | None, how: Mapping[str, Any]) -> pa.Table:
    """`features.wkb_rows` of a map file from outside; without `columns`, all of them."""
    named = None if columns is None else list(columns)
    with Scratch() as aside:
        _run({"what": "features", "columns": named, "how": dict(how)}, path, file, Path(aside))
        with pa.memory_map(str(Path(aside) / "rows.arrow")) as source:
            return ipc.open_stream(source).read_all()


def _parts(aside: Scratch, described: list[dict[str, Any]]) -> Iterator[Part]:
    """The parts the other process wrote, each read once."""
    with aside, pa.memory_map(str(Path(aside.name) / "rows.arrow")) as source:
        rows = ipc.open_stream(source)
        for one in described:
            batches = [rows.read_next_batch() for _ in range(one["batches"])]
            yield Part(
                pa.Table.from_batches(batches, rows.schema), one["records"], one["left_out"],
                [Fault(**fault) for fault in one["faults"]],
            )


def _run(request: dict[str, Any], path: Path, file: str, aside: Path) -> dict[str, Any]:
    """Run one request in a limited process; gives what it wrote in `facts.json`."""
    if path.stat().st_size > LARGEST:
        raise LoadError(
            f"it is larger than {LARGEST / 1e6:,.0f} MB", file=file, remedy="Send the columns and rows that are needed."
        )
    request |= {
        "path": str(path.resolve()), "file": file, "aside": str(aside), "limits": [MEMORY, SECONDS, WRITTEN],
    }
    try:
        with (aside / "stderr").open("wb") as said:  # under the same limit of bytes written as the rest
            done = subprocess.run(
                [sys.executable, "-c", _START], input=json.dumps(request).encode(), stdout=subprocess.DEVNULL,
                stderr=said, timeout=SECONDS * 2, cwd=HOUSE, check=False,
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1",
                     "TMPDIR": str(aside)},
            )
    except subprocess.TimeoutExpired as error:
        raise _too_much(file, "time") from error
    if done.returncode == 0:
        facts = json.loads((aside / "facts.json").read_text(encoding="utf-8"))
        if "error" in facts:
            raise LoadError(facts["error"])
        return facts
    told = (aside / "stderr").read_text(encoding="utf-8", errors="replace")[-4000:]
    if done.returncode == -signal.SIGXCPU:
        raise _too_much(file, "time")
    if done.returncode == -signal.SIGXFSZ or "File too large" in told:
        raise _too_much(file, "disk")
    if done.returncode in (-signal.SIGKILL, -signal.SIGABRT) or "MemoryError" in told or (
        "bad_alloc" in told or "ArrowMemoryError" in told
    ):
        raise _too_much(file, "memory")
    kind = told.split()[-1] if done.returncode == 1 and told.strip() else done.returncode
    raise LoadError(
        f"it could not be read ({kind})", file=file, remedy="Open it where it comes from and export it again.",
    )


def _too_much(file: str, what: str) -> LoadError:
    limit = {"time": f"{SECONDS} s", "memory": f"{MEMORY >> 30} GB of memory", "disk": f"{WRITTEN / 1e6:,.0f} MB"}
    return LoadError(
        f"reading it takes more than {limit[what]}", file=file, remedy="Send the table alone, as CSV if you can.",
    )


# --- in the other process ---------------------------------------------------------------------------------


def _limit(memory: int, seconds: int, written: int) -> None:
    """Give up what reading a table does not need, for good."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, written), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    # The signal of the first limit says that it was time; that of the second says nothing.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from loaders import forms, objects  # here, so that the limits hold while the libraries run

    path, file, aside = Path(request["path"]), request["file"], Path(request["aside"])
    if request["what"] == "top":
        rows, delimiter = forms.top(path, file)
        return {"rows": rows, "delimiter": delimiter}
    if request["what"] == "document":
        objects.document(path, file, "utf-8-sig", untrusted=True)
        return {}
    if request["what"] == "features":
        from loaders.features import wkb_rows

        rows = wkb_rows(path, file, request["columns"], request["how"])
        with ipc.new_stream(str(aside / "rows.arrow"), rows.schema) as out:
            out.write_table(rows)
        return {}
    how = dict(request["how"])
    how["optional"] = tuple(how["optional"])
    reading = forms.read_here(path, file, request["columns"], forms.How(**how), untrusted=True)
    described: list[dict[str, Any]] = []
    out = None
    for part in reading.parts:
        batches = part.table.combine_chunks().to_batches()
        out = out or ipc.new_stream(str(aside / "rows.arrow"), part.table.schema)
        for batch in batches:
            out.write_batch(batch)
        described.append({
            "batches": len(batches), "records": part.records, "left_out": part.left_out,
            "faults": [asdict(fault) for fault in part.faults],
        })
    if out is not None:
        out.close()
    return {
        "encoding": reading.encoding, "preamble": reading.preamble, "parts": described, "unread": reading.unread,
    }


def main() -> None:
    """Read a request on standard input, answer it under the limits, write `facts.json`."""
    request = json.loads(sys.stdin.read())
    _limit(*request["limits"])
    try:
        facts = _answer(request)
    except LoadError as error:
        facts = {"error": str(error)}
    except Exception as error:
        if isinstance(error, MemoryError) or "File too large" in str(error) or "bad_alloc" in str(error):
            raise  # its words tell which limit it met
        # Those of another may quote a cell that was never to be read: its kind is enough.
        raise SystemExit(type(error).__name__) from None
    (Path(request["aside"]) / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")

