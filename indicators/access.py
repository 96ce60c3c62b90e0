"""Access: how far help is, and how much of it each person in need could claim, over one sparse cost table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from pyproj import Transformer
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

from indicators.rates import require_counts
from indicators.spec import Indicator, InputError, Text

STRAIGHT = Text(
    "Distance à vol d’oiseau : la marche réelle est plus longue.",
    "Straight-line distance: the real walk is longer.",
)
LISTED = Text(
    "Seuls les lieux répertoriés comptent. Aucun lieu connu ne veut pas dire aucun lieu.",
    "Only listed places count. No known place does not mean no place.",
)
BORDER = Text(
    "L’aide hors de la carte n’est pas comptée.", "Help outside the map is not counted.",
)
OPEN = Text(
    "La distance ne dit rien des heures, de l’accueil, de la langue ni des marches.",
    "Distance says nothing of hours, welcome, language or stairs.",
)

NEAREST = Indicator(
    id="nearest_food_aid",
    title=Text("Distance de l’aide alimentaire la plus proche", "Distance to the nearest food aid"),
    question=Text(
        "À quelle distance se trouve l’aide alimentaire la plus proche?", "How far is the nearest food aid?",
    ),
    counts=Text("mètres, moyenne des résidents", "metres, average of residents"),
    unit="metres", direction="more_is_worse", tables=("demand_point", "service", "location"),
    formula="d_a = Σ_i∈a N_i · min_j d_ij ÷ Σ_i∈a N_i",
    method=Text(
        "Pour chaque point où des gens habitent, on mesure la distance à vol d’oiseau, en mètres, jusqu’au lieu "
        "d’aide alimentaire le plus proche. On fait la moyenne selon le nombre de résidents.",
        "From each point where people live, we measure the straight-line distance, in metres, to the nearest "
        "food-aid place. We average it by number of residents.",
    ),
    range_means=Text(
        "Huit résidents sur dix sont entre ces deux distances.",
        "Eight residents in ten are between these two distances.",
    ),
    limits=(STRAIGHT, LISTED, OPEN, BORDER),
    citation=Text(
        "Distance sur l’ellipsoïde WGS 84, par coordonnées géocentriques.",
        "Distance on the WGS 84 ellipsoid, through geocentric coordinates.",
    ),
    breaks=(400.0, 800.0, 1500.0, 2500.0),
)

ACCESS = Indicator(
    id="access",
    title=Text("Accès : places par personne touchée", "Access: places per person in need"),
    question=Text(
        "Combien de places d’aide chaque personne touchée pourrait-elle obtenir?",
        "How many places of help could each person in need claim?",
    ),
    counts=Text("places d’aide par mois", "places of help a month"),
    unit="places_per_need", direction="more_is_better", tables=("demand_point", "service", "census_value"),
    formula="q_ij = w_ij ÷ Σ_j w_ij;  D_j = Σ_i P_i q_ij;  V_i = Σ_j q_ij · S_j ÷ D_j;  w_ij = 1 where d_ij ≤ d₀",
    method=Text(
        "Chaque personne touchée se partage entre les lieux à sa portée. La capacité de chaque lieu se partage "
        "entre les personnes qui s’y adressent. La somme des places données est celle des places offertes.",
        "Each person in need is shared among the places within reach. The capacity of each place is shared among "
        "the people who turn to it. Places given add up to places offered.",
    ),
    range_means=Text(
        "Selon le besoin le plus élevé et le plus bas estimés.", "From the highest and the lowest need estimated.",
    ),
    limits=(
        LISTED, STRAIGHT, BORDER,
        Text(
            "Le besoin porte sur douze mois, la capacité sur un mois.",
            "Need is over twelve months, capacity over one month.",
        ),
        Text(
            "Où un lieu à portée n’a pas dit sa capacité, la valeur est inconnue.",
            "Where a place within reach has not reported its capacity, the value is unknown.",
        ),
    ),
    citation=Text(
        "Répartition qui conserve l’offre, d’après Páez, Higgins et Vivona (2019).",
        "Supply-conserving allocation, after Páez, Higgins and Vivona (2019).",
    ),
    breaks=(0.05, 0.10, 0.20, 0.40), setting="reach_m",
)

TWO_STEP = Indicator(
    id="access_e2sfca",
    title=Text("Accès : zones desservies flottantes", "Access: floating catchments"),
    question=Text(
        "Et si chaque lieu servait tous ceux qui l’entourent?", "What if each place served everyone around it?",
    ),
    counts=Text("places d’aide par mois", "places of help a month"),
    unit="places_per_need", direction="more_is_better", tables=("demand_point", "service", "census_value"),
    formula="R_j = S_j ÷ Σ_i w_ij P_i;  A_i = Σ_j w_ij R_j;  w = 1 | 0.68 | 0.22 by thirds of the reach",
    method=Text(
        "Méthode 2SFCA améliorée : la capacité d’un lieu se divise par les personnes à sa portée, les plus proches "
        "comptant davantage. Puis chaque secteur additionne ce qui est à sa portée.",
        "Enhanced 2SFCA: the capacity of a place is divided by the people within its reach, nearer ones counting "
        "more. Each area then adds up what is within its own reach.",
    ),
    range_means=Text(
        "Selon le besoin le plus élevé et le plus bas estimés.", "From the highest and the lowest need estimated.",
    ),
    limits=(
        LISTED, STRAIGHT, BORDER,
        Text(
            "Une personne est comptée à chaque lieu à sa portée.", "A person is counted at every place within reach.",
        ),
    ),
    citation=Text("Luo et Qi (2009), poids 1, 0,68 et 0,22.", "Luo and Qi (2009), weights 1, 0.68 and 0.22."),
    breaks=(0.05, 0.10, 0.20, 0.40), setting="reach_m",
)

Weight = Callable[[np.ndarray], np.ndarray]
_GEOCENTRIC = Transformer.from_crs(4979, 4978, always_xy=True)


def geocentric(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Geocentric x, y, z [m] of points on the WGS 84 ellipsoid: chords there equal ground metres to 0.1 mm at 5 km."""
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    return np.column_stack(_GEOCENTRIC.transform(lon, lat, np.zeros(len(lon))))


def _positions(frame: pd.DataFrame, name: str) -> np.ndarray:
    for column in ("lon", "lat"):
        if column not in frame:
            raise InputError(f"{name}: no column {column}")
    if not frame.index.is_unique:
        raise InputError(f"{name}: index has duplicates, first {frame.index[frame.index.duplicated()][0]!r}")
    lon, lat = frame["lon"].to_numpy("float64"), frame["lat"].to_numpy("float64")
    bad = ~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if bad.any():
        raise InputError(f"{name}: {int(bad.sum())} rows without a position in degrees, first {frame.index[bad][0]!r}")
    return geocentric(lon, lat)


def nearest(origins: pd.DataFrame, destinations: pd.DataFrame) -> pd.Series:
    """Distance [m] from each origin to its nearest destination, indexed as `origins`; NaN where there is none.

    Both frames are indexed by id with `lon`, `lat` [degrees].
    """
    at = _positions(origins, "origins")
    if destinations.empty or origins.empty:
        return pd.Series(np.nan, index=origins.index, name="nearest_m")
    metres = cKDTree(_positions(destinations, "destinations")).query(at)[0]
    return pd.Series(metres, index=origins.index, name="nearest_m")


def cost_matrix(origins: pd.DataFrame, destinations: pd.DataFrame, reach_m: float) -> pd.DataFrame:
    """Pairs within reach: `origin`, `destination` [categoricals of the indexes], `cost` [m], reach inclusive.

    Both frames are indexed by id with `lon`, `lat` [degrees].
    """
    if not reach_m > 0:
        raise InputError(f"reach_m: {reach_m} is not above 0")
    a, b = _positions(origins, "origins"), _positions(destinations, "destinations")
    if len(a) and len(b):
        pairs = cKDTree(a).sparse_distance_matrix(cKDTree(b), reach_m, output_type="ndarray")
        i, j, cost = pairs["i"], pairs["j"], pairs["v"]
    else:
        i = j = np.empty(0, dtype="int64")
        cost = np.empty(0)
    return pd.DataFrame({
        "origin": pd.Categorical.from_codes(i, categories=origins.index),
        "destination": pd.Categorical.from_codes(j, categories=destinations.index),
        "cost": cost,
    })


def step_weight(steps: dict[float, float]) -> Weight:
    """Weight of each cost by steps, upper limit inclusive; 0 past the last.

    >>> step_weight({500: 1, 1000: .68, 1500: .22})(np.array([0.0, 500.0, 501.0, 1500.0, 1501.0])).tolist()
    [1.0, 1.0, 0.68, 0.22, 0.0]
    """
    limits = np.array(sorted(steps), dtype="float64")
    values = np.array([steps[k] for k in sorted(steps)] + [0.0], dtype="float64")

    def weight(cost: np.ndarray) -> np.ndarray:
        return values[np.searchsorted(limits, np.asarray(cost, dtype="float64"), side="left")]

    return weight


def _codes(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row of the origin, row of the destination and cost of every pair."""
    for name, series in (("demand", demand), ("supply", supply)):
        require_counts(series.to_frame("value"), name, ["value"])
        if not series.index.is_unique:
            raise InputError(f"{name}: index has duplicates, first {series.index[series.index.duplicated()][0]!r}")
        if series.isna().any():
            first = series.index[series.isna()][0]
            raise InputError(f"{name}: {int(series.isna().sum())} rows missing, first {first!r}")
    found = []
    for column, series in (("origin", demand), ("destination", supply)):
        values = cost[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            translate = series.index.get_indexer(values.cat.categories)
            codes = translate[values.cat.codes.to_numpy()] if len(translate) else np.empty(0, dtype="int64")
        else:
            codes = series.index.get_indexer(pd.Index(values))
        if (codes < 0).any():
            raise InputError(f"cost.{column}: {int((codes < 0).sum())} rows name an id that is not in the index")
        found.append(codes)
    return found[0], found[1], cost["cost"].to_numpy("float64")


def _result(demand: pd.Series, per_person: np.ndarray) -> pd.DataFrame:
    people = demand.to_numpy("float64")
    return pd.DataFrame({
        "area_id": demand.index, "numerator": people * per_person, "denominator": people,
        "value": per_person, "low": np.nan, "high": np.nan,
        "status": np.where(people > 0, "ok", "not_applicable"), "basis": "modelled",
    })


def e2sfca(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Enhanced two-step floating catchment (Luo & Qi 2009): places per person at each origin.

    `demand` [people] and `supply` [places] are indexed by id; `cost` has origin, destination, cost. A site
    nobody in demand can reach gives 0. An origin without demand keeps its value, status `not_applicable`.
    """
    i, j, metres = _codes(demand, supply, cost)
    w = weight(metres)
    claimed = np.bincount(j, weights=demand.to_numpy("float64")[i] * w, minlength=len(supply))
    ratio = np.divide(supply.to_numpy("float64"), claimed, out=np.zeros(len(supply)), where=claimed > 0)
    return _result(demand, np.bincount(i, weights=ratio[j] * w, minlength=len(demand)))


def allocation(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.DataFrame:
    """Supply-conserving allocation: places per person in need at each origin.

    Σ demand · value = the supply of the sites that have demand within reach; use `unreached` for the rest.
    Same frames and statuses as `e2sfca`.
    """
    i, j, metres = _codes(demand, supply, cost)
    w = weight(metres)
    total = np.bincount(i, weights=w, minlength=len(demand))
    share = np.divide(w, total[i], out=np.zeros(len(w)), where=total[i] > 0)
    claimed = np.bincount(j, weights=demand.to_numpy("float64")[i] * share, minlength=len(supply))
    ratio = np.divide(supply.to_numpy("float64"), claimed, out=np.zeros(len(supply)), where=claimed > 0)
    return _result(demand, np.bincount(i, weights=share * ratio[j], minlength=len(demand)))


def unreached(demand: pd.Series, supply: pd.Series, cost: pd.DataFrame, weight: Weight) -> pd.Series:
    """Supply [places] of the sites that no demand can reach, indexed by destination: what `allocation` leaves."""
    i, j, metres = _codes(demand, supply, cost)
    claimed = np.bincount(j, weights=demand.to_numpy("float64")[i] * weight(metres), minlength=len(supply))
    return supply[claimed == 0]
