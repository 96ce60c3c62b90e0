"""Access: how far help is, and how much of it each person in need could claim, over one sparse cost table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pyproj import Transformer
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

from indicators.catchments import (
    Method,
    allocation,
    at_each_reach,
    balanced,
    claims,
    e2sfca,
    gravity,
    limit,
    min_max,
    nearest_cost,
    people_within,
    services_within,
    three_step,
    two_step,
    uncovered,
    unreached,
)
from indicators.decay import WAN_2012, Weight, above_zero, exponential, gaussian, inverse_power, step_weight
from indicators.spec import Indicator, InputError, Text

__all__ = [
    "ACCESS", "ALTERNATES", "BALANCED", "GRAVITY", "NEAREST", "THREE_STEP", "TWO_STEP", "WAN_2012", "Method",
    "Weight", "allocation", "at_each_reach", "balanced", "claims", "cost_matrix", "e2sfca", "exponential",
    "gaussian", "geocentric", "gravity", "inverse_power", "limit", "min_max", "nearest", "nearest_allowed",
    "nearest_cost", "people_within", "services_within", "step_weight", "three_step", "tree_of", "two_step",
    "uncovered", "unreached",
]

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
SHARED = Text(
    "Les personnes touchées vont aux lieux à leur portée, et à aucun autre.",
    "People in need go to the places within their reach, and to no other.",
)
HOME = Text("Les gens partent de chez eux.", "People start from home.")
NOT_SERVED = Text(
    "Ce n’est pas le nombre de personnes servies : c’est ce que chacune pourrait obtenir si tout le monde venait.",
    "This is not how many people are served: it is what each could claim if everyone came.",
)
RANGE = Text("Selon le besoin le plus élevé et le plus bas estimés.", "From the highest and the lowest need estimated.")

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
    breaks=(400.0, 800.0, 1500.0, 2500.0), assumptions=(HOME,),
    misuse=Text(
        "Proche ne veut pas dire servi : un lieu peut être fermé, plein ou réservé à d’autres.",
        "Near does not mean served: a place may be closed, full or kept for others.",
    ),
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
    range_means=RANGE,
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
    breaks=(0.05, 0.10, 0.20, 0.40), setting="reach_m", assumptions=(HOME, SHARED), misuse=NOT_SERVED,
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
    range_means=RANGE,
    limits=(
        LISTED, STRAIGHT, BORDER,
        Text(
            "Une personne est comptée à chaque lieu à sa portée.", "A person is counted at every place within reach.",
        ),
    ),
    citation=Text("Luo et Qi (2009), poids 1, 0,68 et 0,22.", "Luo and Qi (2009), weights 1, 0.68 and 0.22."),
    breaks=(0.05, 0.10, 0.20, 0.40), setting="reach_m", assumptions=(HOME, SHARED), misuse=NOT_SERVED,
)

# Other readings of the same question, beside ACCESS and TWO_STEP.
THREE_STEP = Indicator(
    id="access_3sfca",
    title=Text("Accès : zones desservies et choix", "Access: catchments with choice"),
    question=Text(
        "Et si chacun préférait les lieux les plus proches?", "What if everyone preferred the nearest places?",
    ),
    counts=Text("places d’aide par mois", "places of help a month"),
    unit="places_per_need", direction="more_is_better", tables=("demand_point", "service", "census_value"),
    formula="G_ij = w_ij ÷ Σ_j w_ij;  R_j = S_j ÷ Σ_i G_ij w_ij P_i;  A_i = Σ_j G_ij w_ij R_j",
    method=Text(
        "Méthode 3SFCA : comme la 2SFCA améliorée, mais chaque personne se partage d’abord entre les lieux à sa "
        "portée. Un lieu qui a des voisins est donc moins demandé.",
        "3SFCA: as the enhanced 2SFCA, but each person is first shared among the places within reach. A place "
        "with neighbours is therefore less in demand.",
    ),
    range_means=RANGE,
    limits=(
        LISTED, STRAIGHT, BORDER,
        Text(
            "La distance compte deux fois : les secteurs éloignés en sortent plus bas.",
            "Distance counts twice: far areas come out lower.",
        ),
    ),
    citation=Text("Wan, Zou et Sternberg (2012).", "Wan, Zou and Sternberg (2012)."),
    breaks=(0.05, 0.10, 0.20, 0.40), setting="reach_m", assumptions=(HOME, SHARED), misuse=NOT_SERVED,
)

BALANCED = Indicator(
    id="access_balanced",
    title=Text("Accès : zones desservies équilibrées", "Access: balanced catchments"),
    question=Text(
        "Où les lieux sont-ils moins demandés, personne n’étant compté deux fois?",
        "Where are places less in demand, nobody being counted twice?",
    ),
    counts=Text("indice, en places par personne", "index, in places per person"),
    unit="index", direction="more_is_better", tables=("demand_point", "service", "census_value"),
    formula="D_j = Σ_i P_i w_ij ÷ Σ_j w_ij;  A_i = Σ_j (S_j ÷ D_j) · w_ij ÷ Σ_i w_ij",
    method=Text(
        "Chaque personne se partage entre les lieux à sa portée. Le niveau de service de chaque lieu se partage "
        "ensuite entre les points qu’il atteint, selon la distance et non selon les personnes.",
        "Each person is shared among the places within reach. The level of service of each place is then shared "
        "among the points it reaches, by distance and not by people.",
    ),
    range_means=RANGE,
    limits=(
        LISTED, STRAIGHT, BORDER,
        Text(
            "Les places ne s’additionnent pas : cette méthode garde les personnes, pas l’offre.",
            "Places do not add up: this method keeps people, not supply.",
        ),
        Text(
            "Couper un secteur en deux change la valeur : ne comparer qu’avec le même découpage.",
            "Cutting an area in two changes its value: compare within one set of areas only.",
        ),
    ),
    citation=Text(
        "Páez, Higgins et Vivona (2019), poids divisés par ligne; Higgins et collab. (2021) pour Hamilton.",
        "Páez, Higgins and Vivona (2019), weights divided by row; Higgins et al. (2021) for Hamilton.",
    ),
    breaks=(0.001, 0.005, 0.02, 0.1), setting="reach_m", assumptions=(HOME, SHARED),
    misuse=Text(
        "Ce n’est pas un nombre de places : ne le multiplier par aucune population.",
        "This is not a number of places: do not multiply it by any population.",
    ),
)

GRAVITY = Indicator(
    id="access_gravity",
    title=Text("Proximité de l’offre", "Proximity to supply"),
    question=Text("Combien d’aide est proche, sans partage?", "How much help is near, with no sharing?"),
    counts=Text("indice de 0 à 1", "index from 0 to 1"),
    unit="index", direction="more_is_better", tables=("demand_point", "service"),
    formula="PM_i = Σ_j S_j f(d_ij);  (PM_i − min) ÷ (max − min)",
    method=Text(
        "On additionne les places de tous les lieux, chacune comptant moins si le lieu est loin. Le résultat est "
        "ramené entre 0, le plus bas, et 1, le plus haut.",
        "We add up the places of all sites, each counting less when the site is far. The result is brought "
        "between 0, the lowest, and 1, the highest.",
    ),
    range_means=Text("Aucune fourchette : le besoin n’y entre pas.", "No range: need does not enter it."),
    limits=(
        LISTED, STRAIGHT, BORDER,
        Text(
            "Personne ne fait la file : un lieu plein compte autant qu’un lieu vide.",
            "Nobody queues: a full place counts as much as an empty one.",
        ),
    ),
    citation=Text(
        "Hansen (1959); Statistique Canada, Mesures de proximité.",
        "Hansen (1959); Statistics Canada, Proximity Measures.",
    ),
    breaks=(0.05, 0.15, 0.30, 0.60), setting="reach_m", assumptions=(HOME,),
    misuse=Text(
        "Un indice de 0,6 n’est pas 60 % : il ne compare que les secteurs de cette carte.",
        "An index of 0.6 is not 60%: it only compares the areas of this map.",
    ),
)

ALTERNATES = (THREE_STEP, BALANCED, GRAVITY)

_GEOCENTRIC = Transformer.from_crs(4979, 4978, always_xy=True)
# Origins searched at once: pairs leave the tree in 24 bytes each and are kept in 14 or fewer, block by block.
_BLOCK = 2**16


def geocentric(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Geocentric x, y, z [m] of points on the WGS 84 ellipsoid: chords there equal ground metres to 0.1 mm at 5 km."""
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    return np.column_stack(_GEOCENTRIC.transform(lon, lat, np.zeros(len(lon))))


def _positions(frame: pd.DataFrame, name: str) -> np.ndarray:
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"{name}: {type(frame).__name__} given, a frame of lon, lat indexed by id is needed")
    for column in ("lon", "lat"):
        if column not in frame:
            raise InputError(f"{name}: no column {column}")
        if len(frame) and not pd.api.types.is_numeric_dtype(frame[column].dtype):
            raise InputError(f"{name}.{column}: not degrees but {frame[column].dtype}, first {frame[column].iloc[0]!r}")
    if not frame.index.is_unique:
        raise InputError(f"{name}: index has duplicates, first {frame.index[frame.index.duplicated()][0]!r}")
    if frame.index.hasnans:
        raise InputError(f"{name}: {np.count_nonzero(frame.index.isna())} rows without an id")
    lon, lat = (frame[column].to_numpy("float64", na_value=np.nan) for column in ("lon", "lat"))
    bad = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if bad.any():
        raise InputError(
            f"{name}.lon, lat: {int(bad.sum())} rows without a position in degrees, first {frame.index[bad][0]!r}"
        )
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


def nearest_allowed(points: pd.DataFrame, services: pd.DataFrame, allowed: pd.DataFrame) -> pd.Series:
    """Distance [m] from each point to the nearest place that may serve it; NaN where there is none.

    `allowed`: destination, area_id [the point]: a place with no row serves anyone. Frames of `nearest`.
    """
    anyone = ~services.index.isin(allowed["destination"])
    metres = nearest(points, services[anyone])
    for place, rows in allowed.groupby("destination"):
        if place in services.index:
            its = points.loc[points.index.isin(rows["area_id"])]
            metres = pd.concat([metres, nearest(its, services.loc[[place]])], axis=1).min(axis=1)
    return metres.rename("nearest_m")


def cost_matrix(origins: pd.DataFrame, destinations: pd.DataFrame, reach_m: float) -> pd.DataFrame:
    """Pairs within reach: `origin`, `destination` [categoricals of the indexes], `cost` [m], reach inclusive.

    Both frames are indexed by id with `lon`, `lat` [degrees]; either may be empty: no pairs. A pair takes 14 bytes
    where there are up to 32,767 destinations, 16 beyond. Cost is the straight line on the WGS 84 ellipsoid through
    geocentric coordinates: 0.1 mm short of the ground at 5 km, 0.13 m at 50 km. `attrs["reach"]` remembers the reach.
    Raises InputError on a position missing or out of range, a repeated id, a reach that is not above 0 and finite.
    """
    reach = above_zero("reach_m", reach_m)
    a, b = _positions(origins, "origins"), _positions(destinations, "destinations")
    i, j, cost = [np.empty(0, "int32")], [np.empty(0, "int32")], [np.empty(0)]
    sites = _tree(b) if len(a) and len(b) else None
    for start in range(0, len(a) if sites is not None else 0, _BLOCK):
        # The tree compares squares: a hair more, then the very rule that the callers apply.
        pairs = _tree(a[start:start + _BLOCK]).sparse_distance_matrix(sites, reach * (1 + 1e-9), output_type="ndarray")
        pairs = pairs[pairs["v"] <= reach]
        i.append((pairs["i"] + start).astype("int32"))
        j.append(pairs["j"].astype("int32"))
        cost.append(pairs["v"].copy())
    frame = pd.DataFrame({
        "origin": pd.Categorical.from_codes(np.concatenate(i), categories=origins.index),
        "destination": pd.Categorical.from_codes(np.concatenate(j), categories=destinations.index),
        "cost": np.concatenate(cost),
    }, copy=False)
    frame.attrs["reach"] = reach
    return frame


def tree_of(points: pd.DataFrame) -> cKDTree:
    """The points (lon, lat, by id) as a tree of geocentric positions [m], to ask what is nearest."""
    return cKDTree(_positions(points, "points"))


def _tree(at: np.ndarray) -> cKDTree:
    """A tree quick to build: it is asked once, so balance and tight boxes cost more than they save."""
    return cKDTree(at, balanced_tree=False, compact_nodes=False)
