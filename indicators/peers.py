"""Similar areas: the nearest neighbours of an area by its census profile, why they are near, and groups of peers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from indicators.rates import rate
from indicators.spec import Indicator, InputError, Text

_CONTEXT = Text(
    "Semblable par le profil du recensement, pas par l’aide, les gens ou l’histoire.",
    "Alike by census profile, not by help, people or history.",
)

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="similar_areas",
        title=Text("Secteurs semblables", "Similar areas"),
        question=Text("Quels secteurs ressemblent à celui-ci?", "Which areas are like this one?"),
        counts=Text("écart entre deux profils, en écarts types", "gap between two profiles, in standard deviations"),
        unit="deviations", direction="more_is_worse", tables=("census_value", "area"),
        formula="d²_ab = (z_a − z_b)ᵀ R⁻¹ (z_a − z_b) = Σ_v w²_v;  w = R^(−1/2) (z_a − z_b)",
        method=Text(
            "On compare les secteurs sur plusieurs mesures du recensement à la fois, chacune ramenée à la même "
            "échelle. Des mesures qui disent la même chose ne comptent pas deux fois. On retient les secteurs les plus "
            "proches.",
            "Areas are compared on several census measures at once, each brought to one scale. Measures that say the "
            "same thing do not count twice. The nearest areas are kept.",
        ),
        range_means=Text("Aucune fourchette.", "No range."),
        limits=(_CONTEXT, Text(
            "Un secteur à qui il manque une mesure n’est pas comparé.", "An area that lacks a measure is not compared.",
        )),
        citation=Text(
            "Mahalanobis (1936); part de chaque mesure : Garthwaite et Koch (2016).",
            "Mahalanobis (1936); share of each measure: Garthwaite and Koch (2016).",
        ),
        breaks=(1.0, 2.0, 3.0, 4.0), grain="pair",
        assumptions=(Text(
            "Les mesures choisies suffisent à dire ce qui rend deux secteurs comparables.",
            "The measures chosen are enough to say what makes two areas comparable.",
        ),),
        misuse=Text(
            "Conclure que ce qui marche chez l’un marchera chez l’autre.",
            "Concluding that what works in one will work in the other.",
        ),
    ),
    Indicator(
        id="peer_group",
        title=Text("Groupes de secteurs semblables", "Groups of similar areas"),
        question=Text("À quel groupe ce secteur ressemble-t-il?", "Which group is this area like?"),
        counts=Text(
            "appartenance au groupe, de −1 (mal placé) à 1 (bien placé)",
            "fit in the group, from −1 (poor) to 1 (good)",
        ),
        unit="index", direction="more_is_better", tables=("census_value", "area"),
        formula="min Σ_a d(a, medoid of a);  s_a = (b_a − w_a) ÷ max(w_a, b_a)",
        method=Text(
            "On cherche les quelques secteurs types dont les autres sont le moins éloignés. Chaque secteur rejoint le "
            "type le plus proche. On refait les groupes en laissant des secteurs de côté pour voir s’ils tiennent.",
            "We look for the few typical areas the others are least far from. Each area joins the nearest. Groups are "
            "made again with some areas left out, to see whether they hold.",
        ),
        range_means=Text("Aucune fourchette.", "No range."),
        limits=(_CONTEXT, Text(
            "Des groupes peu stables ne méritent pas de nom.", "Groups that are not stable deserve no name.",
        )),
        citation=Text(
            "Kaufman et Rousseeuw (1990); silhouette : Rousseeuw (1987); stabilité : Hubert et Arabie (1985).",
            "Kaufman and Rousseeuw (1990); silhouette: Rousseeuw (1987); stability: Hubert and Arabie (1985).",
        ),
        breaks=(0.0, 0.25, 0.5, 0.7),
        assumptions=(Text(
            "Quelques types suffisent à décrire tous les secteurs.", "A few types are enough to describe every area.",
        ),),
        misuse=Text("Lire les groupes comme un classement.", "Reading the groups as a ranking."),
    ),
)

# A combination of variables with less than this share of one variable's variance is rounding, not a difference.
DEGENERATE = 1e-9


def profile_coordinates(variables: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """Position of each complete area: one coordinate a variable, in standard deviations; distances are Mahalanobis'.

    `variables`: indexed by area_id, one column a variable [NaN = missing]; `population` [people], same index. Means,
    variances and correlations R are weighted by population; w = R^(−1/2) z keeps each coordinate as close as can be to
    its own variable (Garthwaite & Koch 2016), so d² splits into shares of variables that add up to 1. Areas that lack a
    variable, or where nobody lives, are left out, sorted by area_id. Empty where fewer than variables + 2 are left:
    there all would be alike. Raises InputError where a variable is the same everywhere or follows from the others.
    """
    _check(variables, population)
    kept = variables.astype("float64").dropna().sort_index()
    people = population.reindex(kept.index).astype("float64")
    kept = kept[people > 0]
    weight = people[people > 0].to_numpy()
    if len(kept) < kept.shape[1] + 2:
        return kept.iloc[:0]
    value = kept.to_numpy()
    share = weight / weight.sum()
    centred = value - share @ value
    spread = np.sqrt(share @ centred**2)
    flat = spread <= DEGENERATE * np.maximum(1e-300, np.abs(value).max(axis=0))
    if flat.any():
        raise InputError(f"variables.{kept.columns[flat][0]}: the same in all {len(kept)} areas that can be compared")
    scaled = centred / spread
    root, axes = np.linalg.eigh((scaled * share[:, None]).T @ scaled)
    if root[0] < DEGENERATE:
        tied = kept.columns[np.abs(axes[:, 0]) > 1e-3]
        raise InputError(f"variables.{', '.join(map(str, tied))}: one follows from the others; leave one out")
    return pd.DataFrame(scaled @ (axes / np.sqrt(root)) @ axes.T, index=kept.index, columns=kept.columns)


def neighbours(variables: pd.DataFrame, population: pd.Series, k: int = 5) -> pd.DataFrame:
    """The `k` areas most like each area, nearest first, and what each variable has to do with their distance.

    `variables`, `population` as for `profile_coordinates`. One row an area and neighbour: area_id, peer_id, rank [1 =
    nearest; ties by id], then the result shape with value = Mahalanobis distance [standard deviations], then `share_…`
    of each variable in the squared distance [0 to 1, adding to 1; NaN at distance 0]: the small ones say what they
    have in common. An area that lacks a variable has one row, status `missing`; one where nobody lives, or in a city of
    fewer than variables + 2 comparable areas, `not_applicable`. Raises InputError.
    """
    if k < 1:
        raise InputError(f"k: {k} neighbours; at least 1 is needed")
    where = profile_coordinates(variables, population)
    at, ids = where.to_numpy(), where.index.to_numpy()
    count = min(k, max(len(at) - 1, 0))
    near = np.empty((len(at), count), dtype="int64")
    for i in range(len(at)):
        distance = np.sqrt(((at - at[i]) ** 2).sum(axis=1))
        # Rounded, so that the last bit of a sum does not choose between two equal distances; stable: ties by id.
        order = np.argsort(np.round(distance, 9), kind="stable")
        near[i] = order[order != i][:count]
    own = np.repeat(np.arange(len(at)), count)
    parts = (at[own] - at[near.ravel()]) ** 2
    out = pd.DataFrame({
        "area_id": ids[own], "peer_id": ids[near.ravel()], "rank": np.tile(np.arange(1, count + 1), len(at)),
        "value": np.sqrt(parts.sum(axis=1)), "status": "ok",
    })
    squared = pd.Series(parts.sum(axis=1))
    for v, name in enumerate(where.columns):
        out[f"share_{name}"] = rate(pd.Series(parts[:, v]), squared)
    left = _left_out(variables, population, where.index).assign(peer_id=None, rank=np.nan, value=np.nan)
    left = left.assign(**{f"share_{name}": np.nan for name in where.columns})
    out = pd.concat([out, left], ignore_index=True) if len(out) and len(left) else (out if len(out) else left)
    out["rank"] = out["rank"].astype("Int64")
    out = out.assign(numerator=np.nan, denominator=np.nan, low=np.nan, high=np.nan, basis="counted")
    first = ["area_id", "peer_id", "rank", "numerator", "denominator", "value", "low", "high", "status", "basis"]
    return out.sort_values(["area_id", "rank"], kind="stable", ignore_index=True)[
        first + [f"share_{name}" for name in where.columns]
    ]


def medoids(distance: np.ndarray, k: int) -> np.ndarray:
    """Positions of `k` medoids, sorted: PAM (Kaufman & Rousseeuw 1990), all swaps of a pass at once (FastPAM1).

    `distance`: square, symmetric. BUILD, then the best swap until none lowers Σ distance to the nearest medoid; ties go
    to the first. A local optimum, the same at every run.
    """
    size = len(distance)
    if not 1 <= k <= size:
        raise InputError(f"k: {k} groups of {size} areas")
    # Every choice is among rounded numbers: areas in pairs tie, and the last bit of a sum must not choose.
    chosen = [int(distance.sum(axis=0).round(9).argmin())]
    while len(chosen) < k:
        nearest = distance[:, chosen].min(axis=1)
        gain = np.maximum(nearest[:, None] - distance, 0).sum(axis=0)
        gain[chosen] = -1
        chosen.append(int(gain.round(9).argmax()))
    while True:
        to = distance[:, chosen]
        mine = to.argmin(axis=1)
        ranked = np.sort(to, axis=1)
        first, second = ranked[:, 0], (ranked[:, 1] if k > 1 else np.full(size, np.inf))
        joined = np.minimum(distance - first[:, None], 0)  # what each area gains from a new medoid
        lost = np.minimum(distance, second[:, None]) - first[:, None] - joined  # and pays, if its own goes
        change = (np.eye(k)[mine].T @ lost) + joined.sum(axis=0)
        change[:, chosen] = np.inf
        out, new = np.unravel_index(change.round(9).argmin(), change.shape)
        if not change[out, new] < -1e-8 * max(1.0, first.sum()):
            return np.sort(chosen)
        chosen[out] = int(new)


def peer_groups(variables: pd.DataFrame, population: pd.Series, k: int) -> pd.DataFrame:
    """Groups of areas alike, each named for its medoid, the area most like all of its group.

    `variables`, `population` as for `profile_coordinates`; `k` from 2. Result shape with group [area_id of the medoid]
    and value = silhouette [−1 to 1; 0 for a group of one]; sorted by area_id. Statuses as in `neighbours`. Raises
    InputError, also where fewer than k + 1 areas can be compared.
    """
    where = profile_coordinates(variables, population)
    out = _left_out(variables, population, where.index).assign(group=None, value=np.nan)
    if len(where):
        label, fit = _grouped(where.to_numpy(), k)
        inside = pd.DataFrame({
            "area_id": where.index, "group": where.index.to_numpy()[label], "value": fit, "status": "ok",
        })
        out = pd.concat([inside, out], ignore_index=True) if len(out) else inside
    out = out.assign(numerator=np.nan, denominator=np.nan, low=np.nan, high=np.nan, basis="counted")
    return out.sort_values("area_id", ignore_index=True)[
        ["area_id", "group", "numerator", "denominator", "value", "low", "high", "status", "basis"]
    ]


def group_quality(
    variables: pd.DataFrame, population: pd.Series, ks: Iterable[int], draws: int = 100, kept: float = 0.8,
    seed: int = 0,
) -> pd.DataFrame:
    """How well k groups fit and hold, to choose k: one row a k.

    Columns: k, silhouette [mean, −1 to 1], stability [mean adjusted Rand index, 1 = same groups, 0 = chance] between
    the groups and those made again from a share `kept` of the areas drawn without replacement, standardized anew, over
    `draws`; stability_low [their 10th centile]. Empty where too few areas can be compared. A draw whose areas no longer
    tell the variables apart is left out; stability is NaN where all are. Seeded: the same at every run.
    """
    from sklearn.metrics import adjusted_rand_score

    if not 0 < kept < 1 or draws < 1:
        raise InputError(f"group_quality: kept {kept} is not between 0 and 1, or draws {draws} below 1")
    where = profile_coordinates(variables, population)
    ks = list(ks) if len(where) else []
    fitted = {k: _grouped(where.to_numpy(), k) for k in ks}
    agreed: dict[int, list[float]] = {k: [] for k in ks}
    rng = np.random.default_rng(seed)
    for _ in range(draws if ks else 0):
        some = np.sort(rng.choice(len(where), round(kept * len(where)), replace=False))
        areas = where.index[some]
        try:
            again = profile_coordinates(variables.loc[areas], population.loc[areas])
        except InputError:
            continue
        distance = _distances(again.to_numpy())
        for k in ks:
            if len(again) > k:
                agreed[k].append(float(adjusted_rand_score(fitted[k][0][some], _labels(distance, k))))
    return pd.DataFrame([
        {"k": k, "silhouette": float(fitted[k][1].mean()),
         "stability": float(np.mean(found)) if found else np.nan,
         "stability_low": float(np.quantile(found, 0.1)) if found else np.nan}
        for k, found in agreed.items()
    ], columns=["k", "silhouette", "stability", "stability_low"])


def _distances(at: np.ndarray) -> np.ndarray:
    """Distance between every two rows."""
    from scipy.spatial.distance import cdist

    return cdist(at, at)


def _labels(distance: np.ndarray, k: int) -> np.ndarray:
    """Position of the medoid of each area's group."""
    centres = medoids(distance, k)
    return centres[distance[:, centres].round(9).argmin(axis=1)]


def _grouped(at: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Position of the medoid of each row's group, and its silhouette."""
    from sklearn.metrics import silhouette_samples

    if not 2 <= k < len(at):
        raise InputError(f"k: {k} groups of {len(at)} areas; from 2 to {len(at) - 1} can be made")
    distance = _distances(at)
    label = _labels(distance, k)
    # Given distances: its own come from inner products and keep eight digits only.
    return label, np.asarray(silhouette_samples(distance, label, metric="precomputed"), dtype="float64")


def _left_out(variables: pd.DataFrame, population: pd.Series, compared: pd.Index) -> pd.DataFrame:
    """area_id and status of the areas that are not compared."""
    rest = variables.index.difference(compared)
    empty = ~(population.reindex(rest).fillna(0.0) > 0).to_numpy()
    lacking = variables.loc[rest].isna().any(axis=1).to_numpy()
    status = np.select([empty, lacking], ["not_applicable", "missing"], "not_applicable")
    return pd.DataFrame({"area_id": rest, "status": status})


def _check(variables: pd.DataFrame, population: pd.Series) -> None:
    """Raise InputError where a frame cannot be compared."""
    if variables.empty:
        raise InputError("variables: no area or no variable")
    for name, frame in (("variables", variables), ("population", population)):
        if not frame.index.is_unique:
            raise InputError(f"{name}: area_id {frame.index[frame.index.duplicated()][0]!r} twice")
    if not variables.columns.is_unique:
        raise InputError(f"variables: column {variables.columns[variables.columns.duplicated()][0]!r} twice")
    unknown = variables.index.difference(population.index)
    if len(unknown):
        raise InputError(f"population: no row for {len(unknown)} areas, first {unknown[0]!r}")
    for name, column in (*variables.items(), ("population", population)):
        number = column.astype("float64")
        bad = np.isinf(number) | ((number < 0) if column is population else False)
        if bad.any():
            where = "population" if column is population else f"variables.{name}"
            raise InputError(f"{where}: {int(bad.sum())} values negative or infinite, first {number.index[bad][0]!r}")
