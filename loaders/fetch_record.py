"""What was fetched, from where and when: `fetched.json`, beside the files it speaks of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loaders.catalog import LoadError
from loaders.staging import sha256

RECORD = "fetched.json"


def read_record(folder: Path) -> dict[str, dict[str, Any]]:
    """File name under the folder to its entry: dataset_id, sha256, bytes, address, final_address, retrieved and
    checked [ISO dates], etag, last_modified, licence, mirror; empty where nothing was fetched. Raises LoadError.
    """
    path = folder / RECORD
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(record, dict) and all(isinstance(entry, dict) for entry in record.values())
    except (OSError, ValueError):
        whole = False
    if not whole:
        raise LoadError("cannot be read", file=str(path), remedy="Remove it: the files stay.")
    return record


def write_record(folder: Path, record: dict[str, dict[str, Any]]) -> None:
    """Replace the record, whole or not at all."""
    part = folder / f"{RECORD}.part"
    part.write_text(json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(folder / RECORD)


def retrieved(folder: Path, file: str) -> str:
    """The ISO date a file came from its publisher; empty where nobody knows.

    That is where it was not fetched, is no longer the file that was fetched, or came from a mirror that
    does not say.
    """
    name = file.partition("!")[0]  # `archive.zip!member`
    try:
        entry = read_record(folder).get(name, {})
        known = entry and not entry.get("mirror") and sha256(folder / name) == entry.get("sha256")
    except (LoadError, OSError):
        return ""
    return str(entry.get("retrieved", "")) if known else ""
