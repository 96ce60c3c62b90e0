"""What every figure of a scenario says of itself: names, sources, bases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indicators.access import NEAREST
from indicators.coverage import NEED
from loaders.store import Store
from partners.decisions import Number
from views import kept, sources, tables
from views.plan_city import City
from views.words import local, say


@dataclass(frozen=True)
class Scenario:
    """What a section of the page shows, for the log and the printed page: `kind` is close, open, hours or surge.

    `sentence` has `**x**` in bold; `rows` are a name and its cells, under `heads`. No numbers: nothing is on screen.
    """

    kind: str
    sentence: str
    numbers: tuple[Number, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    heads: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def area_names(store: Store, level: str) -> dict[str, str]:
    """Names of the areas of a level, by id, in the reader's language."""
    return kept.once(store, "plan.areas", lambda: {
        row.area_id: local(row.name_fr, row.name_en) for row in tables.records(store.areas(level))
    }, level)


def site_name(city: City, site: str) -> str:
    """A site by its name, and its organization where the name does not say it."""
    row = city.sites.loc[site]
    return str(row["name"])


def at_most(city: City) -> list[str]:
    """That the numbers are limits, where the listing is declared incomplete; nothing elsewhere."""
    return [say("plan.at_most")] if city.incomplete else []


def bases_of(city: City) -> list[str]:
    """A scenario is modelled; simulated where its sites are."""
    return list(city.bases)


def about(store: Store, city: City) -> dict[str, Any]:
    """Source line and plain source: the estimate of need, the listing, and what one site counts for."""
    behind = list(dict.fromkeys([*sources.behind(store, NEED), *sources.behind(store, NEAREST)]))
    method = say("plan.method_units" if city.units else "plan.method")
    return {"source": sources.line(store, behind, method=method), "source_plain": sources.plain(store, behind)}
