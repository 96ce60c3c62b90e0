"""Clusters: whether high and low values stand side by side (Moran) and where (LISA), through PySAL."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd

from indicators.alerts import benjamini_hochberg
from indicators.rates import require, weakest
from indicators.resampled import require_areas
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="local_cluster",
        title=Text("Regroupements locaux", "Local clusters"),
        question=Text("Où des valeurs élevées se touchent-elles?", "Where do high values stand side by side?"),
        counts=Text("indice local de Moran", "local Moran index"),
        unit="index", direction="more_is_worse", tables=("indicator_value", "area"),
        formula="I_i = z_i · Σ_j w_ij z_j",
        method=Text(
            "Chaque secteur est comparé à ses voisins, puis à 999 mélanges au hasard des valeurs (graine fixe).",
            "Each area is compared with its neighbours, then with 999 random shuffles of the values (fixed seed)."),
        range_means=Text(
            "Aucune fourchette : une valeur p par secteur, corrigée pour que 5 % au plus des secteurs nommés soient "
            "faux.",
            "No range: a p-value per area, corrected so that at most 5% of the areas named are false."),
        limits=(
            Text(
            "Une île n’a pas de voisin : elle est signalée, pas classée.",
            "An island has no neighbour: it is reported, not classed."),
            Text(
            "Des estimations tirées d’un même modèle se ressemblent par construction.",
            "Estimates from one model are alike by construction."),
        ),
        assumptions=(
            Text(
            "Des secteurs qui se touchent, même par un coin, sont voisins.",
            "Areas that touch, even at a corner, are neighbours."),
        ),
        misuse=Text("Chercher une cause locale à un regroupement.", "Looking for a local cause of a cluster."),
        citation=Text(
            "Moran (1950); Anselin (1995); Benjamini et Hochberg (1995); PySAL esda.",
            "Moran (1950); Anselin (1995); Benjamini and Hochberg (1995); PySAL esda."),
        breaks=(-1.0, -0.25, 0.25, 1.0),
    ),
)

PERMUTATIONS = 999
# Fewest areas with a neighbour for a permutation to mean anything.
FEWEST = 8
# esda's quadrants of the Moran scatter plot.
_QUADRANT = {1: "high_high", 2: "low_high", 3: "low_low", 4: "high_low"}


def contiguity(shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Areas that share a border or a corner (queen, libpysal): area_id, neighbour_id, each pair both ways, sorted.

    `shapes`: area_id and geometry [any projection, valid polygons]. An area without neighbours has no row.
    """
    from libpysal.graph import Graph  # several seconds to import: only where asked for

    require(shapes, "shapes", ["area_id"])
    if shapes["area_id"].duplicated().any():
        raise InputError("shapes.area_id: an area is given twice")
    absent = shapes.geometry.isna() | shapes.geometry.is_empty
    if absent.any():
        raise InputError(f"shapes.geometry: no shape at row {absent.idxmax()}")
    graph = Graph.build_contiguity(shapes.set_index("area_id").geometry, rook=False)
    pairs = graph.adjacency.reset_index()
    pairs = pairs[pairs["focal"] != pairs["neighbor"]]  # libpysal writes an island as its own neighbour of weight 0
    pairs = pairs.rename(columns={"focal": "area_id", "neighbor": "neighbour_id"})
    return pairs[["area_id", "neighbour_id"]].sort_values(["area_id", "neighbour_id"], ignore_index=True)


def _prepared(areas: pd.DataFrame, neighbours: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.Index]:
    """Areas with people, a value and a neighbour such as they are; the pairs among them; the islands."""
    require_areas(areas, ["population"])
    require(areas, "areas", ["value"])
    bad = areas["value"].astype("float64").isin([np.inf, -np.inf])
    if bad.any():
        raise InputError(f"areas.value: {int(bad.sum())} infinite, first at row {bad.idxmax()}")
    require(neighbours, "neighbours", ["area_id", "neighbour_id"])
    place = areas.sort_values("area_id").set_index("area_id")
    strange = ~(neighbours["area_id"].isin(place.index) & neighbours["neighbour_id"].isin(place.index))
    if strange.any():
        raise InputError(f"neighbours: {int(strange.sum())} rows not in areas, first at row {strange.idxmax()}")
    kept = place[(place["population"] > 0) & place["value"].notna()]
    both = pd.concat([neighbours, neighbours.rename(columns={
        "area_id": "neighbour_id", "neighbour_id": "area_id",
    })])[["area_id", "neighbour_id"]].drop_duplicates()
    both = both[both["area_id"].isin(kept.index) & both["neighbour_id"].isin(kept.index)]
    both = both[both["area_id"] != both["neighbour_id"]].sort_values(["area_id", "neighbour_id"], ignore_index=True)
    islands = kept.index.difference(both["area_id"].unique())
    return kept.drop(islands), both, islands


def _graph(pairs: pd.DataFrame):
    from libpysal.graph import Graph

    weight = pairs.rename(columns={"area_id": "focal", "neighbour_id": "neighbor"}).assign(weight=1.0)
    return Graph.from_adjacency(weight).transform("r")


def moran(
    areas: pd.DataFrame, neighbours: pd.DataFrame, place: str, permutations: int = PERMUTATIONS, seed: int = 0
) -> pd.DataFrame:
    """Global Moran's I: whether areas resemble their neighbours more than chance would have it. One row for the city.

    `areas`: area_id, population [people], value [any finite number], basis; NaN = not known. `neighbours`: area_id,
    neighbour_id (`contiguity`; one way is enough). Areas with nobody, no value, or no neighbour left are out;
    neighbours weigh the same and sum to 1.

    Result shape: value = I (above `expected` = −1 ÷ (n − 1): alike; below: unlike), no numerator, denominator, low or
    high; and expected, p_value (twice esda's folded pseudo p over seeded permutations, at most 1), areas, islands
    (how many were left without a neighbour). `not_applicable` where fewer than 8 areas are left or all their values
    are equal: there is no pattern to look for. Raises InputError for no rows, an area twice, negative people,
    infinite values, neighbours that are not areas. Moran (1950), Rey & Anselin (2007).
    """
    kept, pairs, islands = _prepared(areas, neighbours)
    out = {
        "area_id": place, "numerator": np.nan, "denominator": np.nan, "value": np.nan, "low": np.nan, "high": np.nan,
        "status": "not_applicable", "basis": weakest(areas["basis"].unique()), "expected": np.nan, "p_value": np.nan,
        "areas": len(kept), "islands": len(islands),
    }
    if len(kept) >= FEWEST and kept["value"].nunique() > 1:
        from esda.moran import Moran  # several seconds to import

        state = np.random.get_state()  # esda's global test takes no seed: it draws from NumPy's own state
        np.random.seed(seed)
        try:
            found = Moran(kept["value"].to_numpy("float64"), _graph(pairs), permutations=permutations)
        finally:
            np.random.set_state(state)
        out |= {
            "value": float(found.I), "status": "ok", "expected": float(found.EI),
            "p_value": min(1.0, 2 * float(found.p_sim)),
        }
    return pd.DataFrame([out])


def local_clusters(
    areas: pd.DataFrame, neighbours: pd.DataFrame, permutations: int = PERMUTATIONS, seed: int = 0,
    false_discoveries: float = 0.05,
) -> pd.DataFrame:
    """Local Moran (LISA): where high values stand among high ones, low among low, or apart. One row per area, sorted.

    `areas` and `neighbours` as for `moran`. Result shape: value = local I; numerator = the area's value, denominator
    = the mean of its neighbours' values; no low or high; and p_value (twice esda's folded pseudo p, seeded),
    cluster: `high_high`, `low_low`, `high_low`, `low_high` (the area first, its neighbours second) where the
    Benjamini–Hochberg procedure lets at most `false_discoveries` of the named areas be false, `not_significant`
    elsewhere, `island` where no neighbour is left, `none` without a value or without people. Status: `missing`
    without a value, `not_applicable` for nobody, an island, fewer than 8 areas or equal values. Errors as `moran`.
    Anselin (1995); Benjamini & Hochberg (1995).
    """
    if not 0 < false_discoveries < 1:
        raise InputError(f"local_clusters.false_discoveries: {false_discoveries} is not strictly between 0 and 1")
    kept, pairs, islands = _prepared(areas, neighbours)
    place = areas.sort_values("area_id").set_index("area_id")
    out = pd.DataFrame(
        {"numerator": np.nan, "denominator": np.nan, "value": np.nan, "low": np.nan, "high": np.nan,
         "status": "not_applicable", "basis": place["basis"], "p_value": np.nan, "cluster": "none"}, index=place.index,
    )
    out.loc[(place["population"] != 0) & place[["value", "population"]].isna().any(axis=1), "status"] = "missing"
    out.loc[islands, "cluster"] = "island"
    if len(kept) >= FEWEST and kept["value"].nunique() > 1:
        index, quadrant, p_value = _local(kept["value"], pairs, permutations, seed)
        named = benjamini_hochberg(pd.Series(p_value, index=kept.index), false_discoveries)["flagged"]
        around = pairs["neighbour_id"].map(kept["value"]).groupby(pairs["area_id"]).mean()
        cluster = pd.Series(quadrant, index=kept.index).map(_QUADRANT).where(named, "not_significant")
        out.loc[kept.index, "cluster"] = cluster
        out.loc[kept.index, ["numerator", "value", "p_value"]] = np.c_[kept["value"], index, p_value]
        out.loc[kept.index, "denominator"] = around
        out.loc[kept.index, "status"] = "ok"
    return out.reset_index()


def _local(
    value: pd.Series, pairs: pd.DataFrame, permutations: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local I, quadrant and two-sided pseudo p of each area, by esda."""
    from esda.moran import Moran_Local

    with warnings.catch_warnings():
        # esda announces that a later release will double these p itself; Moran_Local has no argument to choose.
        warnings.filterwarnings("ignore", "The alternative hypothesis", DeprecationWarning)
        found = Moran_Local(value.to_numpy("float64"), _graph(pairs), permutations=permutations, seed=seed, n_jobs=1)
    return found.Is, found.q, np.minimum(1.0, 2 * found.p_sim)
