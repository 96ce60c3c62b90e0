"""JSON: an array of objects as rows of text, or a document read whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from loaders import archives
from loaders.catalog import LoadError
from loaders.records import Part, spoilt


def read(
    path: Path, file: str, columns: Sequence[str] | Mapping[str, str | int], encoding: str | None,
    optional: Sequence[str], *, untrusted: bool = False,
) -> Part:
    """Rows of a JSON array of objects; a nested value is its JSON text, null is empty."""
    records = document(path, file, encoding or "utf-8-sig", untrusted=untrusted)
    if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
        raise LoadError("it is not a list of records", file=file, remedy="Use a JSON array of objects.")
    if not records:
        raise LoadError("the file is empty", file=file, remedy="Ask for it again.")
    names = dict(columns) if isinstance(columns, Mapping) else {name: name for name in columns}
    known = set().union(*records)
    for ours, theirs in names.items():
        if theirs not in known and ours not in optional:
            raise LoadError(
                "the column is missing", file=file, column=str(theirs),
                remedy=f"The file has: {', '.join(sorted(known)[:12])}.",
            )
    rows = {line: [_json_text(item.get(theirs)) for theirs in names.values()]
            for line, item in enumerate(records, start=1)}
    faults = [fault for line, cells in rows.items() if (fault := spoilt(line, cells))]
    for fault in faults:
        del rows[fault.line]
    table: dict[str, Any] = {"line": pa.array(list(rows), pa.int64())}
    for i, ours in enumerate(names):
        table[ours] = pa.array([cells[i] for cells in rows.values()], pa.string())
    return Part(pa.table(table), len(records), faults=faults)


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def document(path: Path, file: str, encoding: str, *, untrusted: bool = False) -> Any:
    """A JSON document; raises LoadError where it is cut short, repeats a key in one object, or is no UTF-8."""
    try:
        with archives.opened(path, archives.split(file)[1], untrusted=untrusted) as stream:
            return json.loads(stream.read().decode(encoding), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise LoadError(
            error.msg, file=file, line=error.lineno, remedy="Ask for it again: the file looks cut short."
        ) from error
    except UnicodeDecodeError as error:
        raise LoadError(
            f"byte 0x{error.object[error.start]:02X} is not {encoding}", file=file,
            line=error.object.count(b"\n", 0, error.start) + 1,
            remedy="Declare the source's encoding in the edition (often cp1252).",
        ) from error
    except (RecursionError, ValueError) as error:
        what = "its brackets nest too deep" if isinstance(error, RecursionError) else str(error)
        raise LoadError(what, file=file, remedy="Ask for it again.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: a repeated key would silently win over the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key “{again}” appears twice in one object")
    return found
