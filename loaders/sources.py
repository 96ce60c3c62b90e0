"""The list of loaders: a source of an edition names one of these."""

from __future__ import annotations

from collections.abc import Callable

from loaders import boundaries, tables
from loaders.draft import Draft
from loaders.edition import Source

LOADERS: dict[str, Callable[[Draft, Source], None]] = {
    "areas": boundaries.areas,
    "referral_table": tables.referral_table,
    "table": tables.table,
}
