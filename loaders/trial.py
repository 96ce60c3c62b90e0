"""A rehearsal of what a mapping would load, before any edition knows the file: nothing is published."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source, read_edition
from loaders.forms import from_outside
from loaders.gates import reject_csv
from loaders.mapped import mapped
from loaders.mapping import read_mapping
from loaders.scratch import Scratch
from loaders.values import folded

LIMIT = 0.02  # rows refused, where an edition says nothing else


def rehearse(
    path: Path, how: Path, edition: str, version: Path | None, options: dict[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series]:
    """What a mapping would load: ledger, refused rows, cells emptied or repaired, and the names of the areas.

    `version` [a published file] gives the areas that places are compared with; `options` are those of `mapped`.
    """
    source = Source(
        "rehearsal", "mapped", path.name, 1.0, "a rehearsal", {"mapping": how.name, "kind": "food_aid", **options},
        {"basis": "counted"}, partner=True,
    )
    if how.parent.resolve() != path.parent.resolve():
        raise LoadError("the mapping is not beside the file", file=how.name, remedy=f"Put it in {path.parent}.")
    with Scratch() as aside:
        draft = Draft(read_edition(edition), path.parent, Path(aside) / "rehearsal.duckdb")
        draft.rehearsal = True
        try:
            if version is not None:
                with duckdb.connect(str(version), read_only=True) as published:
                    draft.insert("area", published.execute("SELECT * FROM area").df())
            elif read_mapping(how).table in ("referrals", "values"):
                raise LoadError(
                    f"edition “{edition}” has no published version, so no place can be known",
                    remedy=f"Run first: python -m loaders build --edition {edition}",
                )
            with from_outside(source.partner):
                mapped(draft, source)
            level = options.get("level")
            return (
                draft.frame("SELECT * FROM load_ledger"), draft.frame("SELECT * FROM reject ORDER BY line"),
                draft.frame("SELECT * FROM cell_note ORDER BY line"),
                _names(draft, level) if level else pd.Series(dtype="str"),
            )
        finally:
            draft.close()


def _names(draft: Draft, level: str) -> pd.Series:
    """The names of a level as they are shown, by their folded form."""
    names = draft.frame("SELECT DISTINCT name_fr FROM area WHERE level = ? ORDER BY name_fr", level)["name_fr"]
    return pd.Series(names.to_numpy(), index=folded(names))


def told(ledger: pd.DataFrame, rejects: pd.DataFrame, notes: pd.DataFrame, names: pd.Series) -> list[str]:
    """The balance of a rehearsal, whether a build would take it, and the reasons, as lines for a terminal.

    `names`: the edition's names of places, to say which one a misspelt place may be.
    """
    row = ledger.iloc[0]
    lines = [
        f"{row['rows_read']:,} rows read = {row['left_out']:,} left out + {row['loaded']:,} loaded "
        f"+ {row['rejected']:,} rejected + {row['duplicates']:,} duplicates ({row['encoding']})",
        f"A build would {'take' if passes(ledger) else 'REFUSE'} this file: {share(ledger):.1%} of its rows are "
        f"refused, and the limit is {LIMIT:.0%} unless the edition sets another with its reason.",
    ]
    for title, frame in (("Rejected", rejects), ("Emptied, repaired or to look at", notes)):
        if len(frame):
            lines.append(f"{title}:")
            groups = frame.fillna({"value": ""}).groupby(["column_name", "rule", "message_en"], sort=False)
            for (column, rule, message), own in sorted(groups, key=lambda g: -len(g[1])):
                lines.append(f"    {len(own):,} × {column}: {message} First: line {own['line'].iloc[0]}.")
                if rule in ("word", "place", "date", "number", "range", "hours"):
                    lines.append(f"        {_values(own['value'], names if rule == 'place' else None)}")
    return lines


def share(ledger: pd.DataFrame) -> float:
    """Share of the rows asked for that were refused, 0 to 1; 1 where none was loaded."""
    row = ledger.iloc[0]
    return float(row["rejected"] / row["rows_in"]) if row["rows_in"] and row["loaded"] else 1.0


def passes(ledger: pd.DataFrame) -> bool:
    """Whether a build would publish with this file, at the usual limit."""
    return share(ledger) <= LIMIT


def _values(written: pd.Series, names: pd.Series | None) -> str:
    """The values at fault, most frequent first; for a place, the name it may be."""
    often = written[written != ""].value_counts()
    shown = []
    for value in list(often.index)[:6]:
        near = difflib.get_close_matches(folded(pd.Series([value])).iloc[0], list(names.index), 1) if (
            names is not None) else []
        shown.append(f"“{value}”" + (f" (did you mean “{names[near[0]]}”?)" if names is not None and near else ""))
    rest = f" … and {len(often) - 6} more" if len(often) > 6 else ""
    return ", ".join(shown) + rest


def write_rejects(path: Path, frames: Sequence[pd.DataFrame]) -> None:
    """Refused rows and emptied cells for the custodian: file, line, column, value, rule, reason in both languages."""
    every = pd.concat([frame.assign(what=what) for frame, what in zip(frames, ("rejected", "noted"), strict=True)])
    path.write_text(reject_csv(every.drop(columns="dataset_id")), encoding="utf-8", newline="")


