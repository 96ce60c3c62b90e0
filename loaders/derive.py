"""The small tables of real figures the embedded edition ships, made from openly licensed files by our own loaders."""

from __future__ import annotations

from pathlib import Path

from loaders.draft import Draft


def derive(draft: Draft) -> list[Path]:
    """Write the embedded facts from a filled draft of `montreal-open`; gives the files written."""
    return []
