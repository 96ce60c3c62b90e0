"""What every scenario starts from: people in need where they live, sites, candidates, and what is within reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from indicators import access
from indicators.need import INDICATOR as NEED
from indicators.rates import rate, weakest
from loaders import store_scenario
from loaders.store import Store
from views import kept

# Candidates of a grid are about this far apart, and where people live: finer asks more of the solver and of no one.
GRID_M = 1000.0
# Rules that weigh every pair of origin and candidate take areas, not points, up to this many.
MOST_ORIGINS = 100


@dataclass(frozen=True)
class City:
    """One version of a city, ready to be changed.

    `points`, by id: lon, lat, area_id, need, need_low, need_high [people; NaN where not published], nearest_m [to the
    nearest site that may serve it; inf where there is none].
    `sites`, by service and place: name, lon, lat, capacity [places a month; NaN = never told], area_id, basis.
    `cost`: pairs of a point and a site within the farthest reach [m] that the site may serve. `units`: True where no
    site told its capacity, so that one site counts as one unit.
    `level` names the areas of area_id. `incomplete`: the listing is declared so, and people without a place are then
    at most so many.
    """

    points: pd.DataFrame
    sites: pd.DataFrame
    cost: pd.DataFrame
    level: str
    units: bool
    bases: tuple[str, ...]
    incomplete: bool

    @property
    def need(self) -> pd.Series:
        """People in need by point, none where it is not published: such points are told apart, never guessed."""
        return self.points["need"].fillna(0.0)

    @property
    def supply(self) -> pd.Series:
        """Places a month by site; one a site where none told its own, none where others did."""
        return self.sites["capacity"].fillna(1.0 if self.units else 0.0)

    def within(self, reach: float) -> pd.DataFrame:
        """Pairs within a reach [m]."""
        return self.cost[self.cost["cost"] <= reach]


def city(store: Store) -> City:
    """The city of the pinned version; made once a version."""
    return kept.once(store, "plan.city", lambda: _city(store))


def _city(store: Store) -> City:
    level, settings = store.settings["default_level"], store.settings["settings"]
    points = with_need(
        store_scenario.demand_points(store, level), store.indicator(NEED.id, store.settings["base_level"]),
    )
    sites = store_scenario.food_aid(store)
    sites = sites.assign(area_id=_nearest_point(points, sites).to_numpy())
    reach = float(max(settings["reach_steps_m"]))
    allowed = store_scenario.served(store)
    cost = access.limit(access.cost_matrix(points, sites, reach), allowed)
    points["nearest_m"] = access.nearest_allowed(points, sites, allowed).fillna(np.inf)
    basis = weakest(["modelled", *sites["basis"].unique()])
    return City(points, sites, cost, level, bool(sites["capacity"].isna().all()), (basis,), store.listing_incomplete)


def with_need(points: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """`points` with need, need_low, need_high [people]: those of their base area, shared by residents.

    `points`: base_id, population; `base`: area_id, numerator, denominator, low, high, status of the estimate. NaN
    where the estimate is not published, and where nobody lives.
    """
    known = base[base["status"] == "ok"].set_index("area_id")
    residents = points.groupby("base_id")["population"].transform("sum")
    share = rate(points["population"], residents).where(points["population"] > 0)
    people = pd.DataFrame({
        "need": known["numerator"], "need_low": known["low"] * known["denominator"],
        "need_high": known["high"] * known["denominator"],
    })
    told = {str(name): points["base_id"].map(column) * share for name, column in people.items()}
    return points.assign(**told)


def _nearest_point(points: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    """Area of the point nearest to each place: where its neighbours live."""
    _, row = access.tree_of(points).query(access.geocentric(places["lon"].to_numpy(), places["lat"].to_numpy()))
    return pd.Series(points["area_id"].to_numpy()[row], index=places.index)


# --- candidates and distances ------------------------------------------------------------------------------


def candidate_kinds(store: Store) -> list[str]:
    """Where new sites may be looked for: a grid, and kinds of places listed that are not food aid."""
    kinds = store.services()["kind"].value_counts()
    food = store.setting("food_kind")
    return ["grid", *(kind for kind in ("community_organization", "grocery", "garden", "market")
                      if kinds.get(kind, 0) and kind != food)]


def candidates(store: Store, kind: str) -> pd.DataFrame:
    """Candidate sites by id: name [empty on a grid], lon, lat, area_id."""
    return kept.once(store, "plan.candidates", lambda: _candidates(store, kind), kind)


def _candidates(store: Store, kind: str) -> pd.DataFrame:
    points = city(store).points
    if kind == "grid":
        return on_grid(points)
    rows = store.services(kind)
    rows = rows[rows["lon"].notna()].drop_duplicates("service_id").drop_duplicates(["lon", "lat"])
    rows = rows.set_index("service_id")[["name", "lon", "lat"]]
    return rows.assign(area_id=_nearest_point(points, rows).to_numpy())


def on_grid(points: pd.DataFrame, step: float = GRID_M) -> pd.DataFrame:
    """One candidate for each square of about `step` metres where people live: its point with most residents."""
    south = float(points["lat"].min())
    east = np.cos(np.radians(points["lat"].mean())) * 111_320
    square = pd.DataFrame({
        "row": ((points["lat"] - south) * 111_195 // step).astype("int64"),
        "column": ((points["lon"] - points["lon"].min()) * east // step).astype("int64"),
        "population": points["population"],
    }, index=points.index)
    most = square[square["population"] > 0].sort_values("population", ascending=False, kind="stable")
    chosen = most[~most.duplicated(["row", "column"])].sort_values(["row", "column"]).index
    out = points.loc[chosen, ["lon", "lat", "area_id"]]
    return out.set_axis([f"g{number}" for number in range(1, len(out) + 1)], axis=0).assign(name="")


def distances(origins: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Metres from each origin to each place: a row an origin, a column a place, straight line."""
    a, b = (access.geocentric(frame["lon"].to_numpy(), frame["lat"].to_numpy()) for frame in (origins, places))
    return pd.DataFrame(cdist(a, b), index=origins.index, columns=places.index)


def as_areas(store: Store, points: pd.DataFrame) -> pd.DataFrame:
    """People in need by area, at the centre of its residents: lon, lat, need [people], by area_id; those with any."""
    level = city(store).level
    need = points.groupby("area_id")["need"].sum(min_count=1)
    areas = store.areas(level).set_index("area_id")[["lon", "lat"]].assign(need=need)
    return areas[areas["need"].notna() & (areas["need"] > 0)]
