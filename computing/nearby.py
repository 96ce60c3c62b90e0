"""What is near whom: demand points, places of food aid, pairs within the farthest reach, the areas of each point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from computing.facts import Facts
from computing.need import demand
from indicators import access
from indicators.rates import weakest
from loaders.draft import Draft
from loaders.lift import coarser
from loaders.services import food_aid, served


@dataclass(frozen=True)
class Nearby:
    """`points` of `need.demand` with `nearest_m` [m], and `places` of `food_aid`, by id.

    `cost`: pairs within the farthest reach [m]; a pair is there only where the place may serve the point. `member`:
    area of each point by level, in their order; None where it has none.
    """

    points: pd.DataFrame
    places: pd.DataFrame
    cost: pd.DataFrame
    member: dict[str, np.ndarray]
    reaches: tuple[float, ...]
    basis: str

    def within(self, reach: float) -> pd.DataFrame:
        """The pairs within a reach [m]."""
        return self.cost[self.cost["cost"] <= reach]

    def by_level(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Each level, and the points that have an area of it, with `area_id`."""
        for level, areas in self.member.items():
            yield level, self.points.assign(area_id=areas)[pd.notna(areas)]


def setting_of(reach: float) -> str:
    """How the tables name a reach [m].

    >>> setting_of(1000.0)
    'reach_m=1000'
    """
    return f"reach_m={reach:g}"


def by_area_and_reach(
    at: pd.DataFrame, areas: np.ndarray, result_of: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """One computation over every area and reach at once: an area at one reach is one group, by number.

    `at`: the points once per reach, in order, with `setting` [category]; `areas`: area of each point, None where it has
    none. Returns what `result_of` gives, with area_id and setting. One call a reach would take six times as long.
    """
    member, reaches = pd.Categorical(areas), at["setting"].cat.categories
    codes = np.tile(member.codes.astype("int64"), len(reaches))
    group = at["setting"].cat.codes.to_numpy("int64") * len(member.categories) + codes
    result = result_of(at.assign(area_id=group)[codes >= 0])
    which, area = np.divmod(result["area_id"].to_numpy(), len(member.categories))
    return result.assign(area_id=member.categories[area], setting=reaches[which])


def at_each_reach(frames: dict[float, pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same points, by reach [m], one under the other with their `setting`."""
    names = [setting_of(reach) for reach in frames]
    sizes = [len(frame) for frame in frames.values()]
    setting = pd.Categorical(np.repeat(names, sizes), categories=names)
    return pd.concat(frames.values(), ignore_index=True).assign(setting=setting)


def nearby(draft: Draft, facts: Facts) -> Nearby:
    """Who is near what, up to the farthest reach of the edition; made once a build."""
    if facts.nearby is None:
        facts.nearby = _found(draft, facts)
    return facts.nearby


def _found(draft: Draft, facts: Facts) -> Nearby:
    points, places, allowed = demand(draft, facts.rates), food_aid(draft), served(draft)
    points["nearest_m"] = access.nearest_allowed(points, places, allowed)
    steps = [float(step) for step in draft.edition.settings["reach_steps_m"]]
    cost = access.limit(access.cost_matrix(points, places, max(steps)), allowed)
    cost.attrs["reach"] = max(steps)
    links = draft.frame("""
        SELECT child_id AS point_id, parent_level, parent_id FROM area_link WHERE child_level = 'demand_point'
    """)
    of = {str(level): rows.set_index("point_id")["parent_id"] for level, rows in links.groupby("parent_level")}
    levels = coarser(draft, draft.edition.base_level)
    member = {level: of[level].reindex(points.index).to_numpy() for level in levels if level in of}
    basis = weakest(["modelled", *points["basis"].unique(), *places["basis"].unique()])
    return Nearby(points.drop(columns="basis"), places, cost, member, tuple(steps), basis)
