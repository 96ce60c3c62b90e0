"""Who likely seeks help, and who of them finds no place within reach: by listed capacity, and by what still holds."""

from __future__ import annotations

import pandas as pd

from computing.facts import Facts
from computing.nearby import Nearby, at_each_reach, by_area_and_reach, nearby, setting_of
from computing.need import poverty
from computing.services import still_valid
from indicators import access, help_seeking
from indicators.help_seeking import DEFAULT, Seeking
from indicators.spec import InputError
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.lift import covered, keep

# The group of the rows computed with the capacity that likely still holds; those of the listed one have none.
EFFECTIVE = "effective"


def compute(draft: Draft, facts: Facts) -> None:
    """Write who seeks help and who has no place, at every reach; and by effective capacity, at the default reach."""
    seeking, near = seeking_of(draft), nearby(draft, facts)
    chance = still_valid(draft).set_index("service_id")
    own = pd.Index(near.places.index.str.split("@").str[0])
    listed = near.places["capacity"]
    held = {name: listed * chance[name].reindex(own).to_numpy() for name in ("value", "low", "high")}
    same = {"value": listed, "low": listed, "high": listed}
    whole = at_each_reach({reach: _claimed(near, reach, same) for reach in near.reaches})
    start = float(draft.edition.settings["reach_m"])
    effective = at_each_reach({start: _claimed(near, start, held)})
    known, base = poverty(draft)["area_id"], draft.edition.base_level
    for level, here in near.by_level():
        told = covered(draft, known, base, level)
        found = help_seeking.help_seekers(here, seeking).assign(basis=near.basis)
        keep(draft, help_seeking.SEEKERS.id, level, found, covered=told)
        untold: set[str] = set()  # areas whose nominal share is unknown already, at the default reach
        for group, frame in (("", whole), (EFFECTIVE, effective)):
            left = by_area_and_reach(
                frame, near.member[level], lambda points: help_seeking.unserved_seekers(points, seeking)
            ).assign(basis=near.basis)
            hidden = left["status"] == "unknown"
            if group == EFFECTIVE:
                why = pd.Series("never_confirmed", index=left.index)
                left["because"] = why.where(hidden & ~left["area_id"].isin(untold))
            untold = set(left.loc[hidden & (left["setting"] == setting_of(start)), "area_id"])
            keep(draft, help_seeking.UNSERVED.id, level, left, settings=tuple(frame["setting"].cat.categories),
                 covered=told, group=group)


def seeking_of(draft: Draft) -> Seeking:
    """The edition's share of people in need who seek help, or the default. Raises LoadError where it is no range."""
    asked = draft.edition.settings.get("help_seeking")
    try:
        return DEFAULT if asked is None else Seeking(**asked)
    except (InputError, TypeError) as error:
        raise LoadError(
            str(error), file=draft.edition.path.name,
            remedy="Write help_seeking = { low = 0.20, value = 0.275, high = 0.35 }.",
        ) from error


def _claimed(near: Nearby, reach: float, supply: dict[str, pd.Series]) -> pd.DataFrame:
    """The points with what they can claim within a reach, as `unserved_seekers` asks.

    `supply`: capacity by place under the central, the `low` and the `high` chance that it holds [places a month; NaN =
    not known]. The most supply goes with the lowest need.
    """
    pairs, flat = near.within(reach), access.step_weight({reach: 1.0})
    frame = near.points[["population", "known", "need", "need_low", "need_high"]].copy()
    for need, name, places in (("need", "value", "places"), ("need_low", "high", "places_low"),
                               ("need_high", "low", "places_high")):
        # People also turn to the places whose capacity is not known: leaving those out would crowd the others.
        found = access.allocation(frame[need].fillna(0.0), supply[name].fillna(0.0), pairs, flat)["numerator"]
        frame[places] = pd.Series(found.to_numpy(), index=frame.index).where(frame[need].notna())
    untold = near.places["capacity"].isna()
    doubtful = supply["value"].isna() & ~untold & (near.places["capacity"] > 0)
    for column, places in (("untold", untold), ("doubtful", doubtful)):
        reached = pairs["origin"][pairs["destination"].isin(near.places.index[places])].value_counts()
        frame[column] = reached.reindex(frame.index).fillna(0.0).astype("float64").to_numpy()
    return frame
