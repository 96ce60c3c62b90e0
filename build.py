"""From source files to a published version: every source loaded, every indicator computed, in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from computing import (
    access,
    agreement,
    census,
    clients,
    equity,
    groups,
    help_seeking,
    missing,
    need,
    opening,
    referrals,
    services,
    similar,
    trends,
)
from computing.facts import Facts
from indicators.spec import InputError
from loaders.aside import Report, build_aside
from loaders.catalog import LoadError
from loaders.checkpoint import checkpoint
from loaders.draft import Draft
from loaders.edition import read_edition
from loaders.forms import from_outside
from loaders.links import link
from loaders.publish import code_version
from loaders.sources import LOADERS

# What is computed once every source is loaded, in order: a step may read what those before it wrote.
STEPS: tuple[tuple[str, Callable[[Draft, Facts], None]], ...] = (
    ("Linking levels", lambda draft, _: link(draft)),
    ("Cutting fifths", census.cut_fifths),
    ("Estimating need", need.compute),
    ("Measuring access", access.compute),
    ("Adding up the census", census.compute),
    ("Controlling referrals", referrals.compute),
    ("Watching requests", trends.compute),
    ("Comparing sources", agreement.compute),
    ("Comparing groups", groups.compute),
    ("Weighing the listing", services.compute),
    ("Estimating who seeks help", help_seeking.compute),
    ("Reading opening hours", opening.compute),
    ("Bounding people served", clients.compute),
    ("Measuring equity", equity.compute),
    ("Finding similar areas", similar.compute),
    ("Naming who is missing", missing.compute),
)


def build(
    name: str, raw: Path | None = None, versions: Path | None = None, report: Report | None = None, *,
    again: bool = False, accept: str | None = None, wait: bool = True,
) -> Path:
    """Build an edition aside, check it, publish it; gives the path of the version readers now have.

    Where no input changed nothing is published, unless `again`. Raises LoadError where a source, the edition, a
    gate (unless `accept` gives a written reason) or the disk is at fault: what was published before stands.
    """
    edition = read_edition(name)
    tell = report or (lambda *_: None)
    try:
        return build_aside(edition, raw, versions, tell, fill, again=again, accept=accept, wait=wait)
    except InputError as error:
        raise LoadError(str(error), file=edition.path.name, remedy="Mend the source that fills it.") from error


def fill(draft: Draft, tell: Report) -> dict[str, Any]:
    """Load every source, link the levels, compute and control; gives the facts of the manifest."""
    edition = draft.edition
    total = len(edition.sources) + len(STEPS)
    for done, source in enumerate(edition.sources):
        tell(source.about["title_en"], done, total)
        if source.loader not in LOADERS:
            raise LoadError(
                f"source “{source.dataset_id}”: there is no loader “{source.loader}”", file=edition.path.name,
                remedy=f"Use one of: {', '.join(sorted(LOADERS))}.",
            )
        draft.describe(source)
        with from_outside(source.partner, edition.raw):
            LOADERS[source.loader](draft, source)
    draft.check_gates()
    checkpoint("build.loaded")
    found = Facts()
    for done, (what, step) in enumerate(STEPS, start=len(edition.sources)):
        tell(what, done, total)
        step(draft, found)
    draft.flush()
    facts = manifest_facts(draft, found)
    draft.insert("edition", pd.DataFrame([
        {"key": key, "value": str(value)} for key, value in facts.items()
        if key not in ("sources", "agreement", "compared_on")
    ]))
    tell("Done", total, total)
    return facts


def manifest_facts(draft: Draft, found: Facts) -> dict[str, Any]:
    """What the manifest says of a version: settings, sources with their SHA-256, calibration, code."""
    edition = draft.edition
    ledger = draft.frame("SELECT * EXCLUDE (encoding, threshold) FROM load_ledger ORDER BY ALL")
    return {
        "edition": edition.id, "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code_version(), "duckdb": duckdb.__version__,
        "settings": {
            "title_fr": edition.title_fr, "title_en": edition.title_en, "levels": list(edition.levels),
            "base_level": edition.base_level, "default_level": edition.default_level,
            "settings": edition.settings, "need": edition.need, "view": edition.view,
        },
        "calibration": {
            "delta": found.rates[0].delta if found.rates else None,
            "rates": [[r.below, r.above] for r in found.rates],
            "unreached_capacity": found.unreached,
        },
        "against_previous": found.against_previous,
        "agreement": found.agreement,
        "compared_on": found.compared_on,
        "sources": ledger.to_dict("records"),
    }
