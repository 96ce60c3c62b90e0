"""Freshness: how old a listing is, how likely it still holds, which to verify first, and what it does not list."""

from __future__ import annotations

import datetime as dt
import unicodedata
from math import log
from typing import Any

import numpy as np
import pandas as pd

from indicators.access import cost_matrix
from indicators.rates import blank, rate, require, require_counts
from indicators.spec import Indicator, InputError, Text

_DECAY = Text(
    "Chaque fiche a la même chance de changer chaque jour, quel que soit son âge.",
    "Each listing is as likely to change on any day, whatever its age.",
)
_CHECKED = Text(
    "Les fiches revérifiées ressemblent à celles qui ne le sont pas.",
    "Listings that were verified again are like those that were not.",
)
_SAVED = Text(
    "Seule compte la date où une personne a confirmé la fiche, jamais celle du dernier enregistrement.",
    "Only the date a person confirmed the listing counts, never the date it was last saved.",
)

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="effective_capacity",
        title=Text("Capacité probablement encore exacte", "Capacity likely still right"),
        question=Text(
            "Quelle part de la capacité répertoriée tient encore?", "How much of the listed capacity still holds?",
        ),
        counts=Text("places par mois probablement encore offertes", "places a month likely still offered"),
        unit="share", direction="more_is_better", tables=("service", "location", "service_at_location"),
        formula="P_j = exp(−λ · age_j);  share_a = Σ_j∈a S_j P_j ÷ Σ_j∈a S_j",
        method=Text(
            "On suppose que la moitié des fiches change en un an, faute de fiches revérifiées pour l’estimer. On en "
            "déduit la chance que chaque fiche soit encore exacte, selon le temps passé depuis sa confirmation.",
            "Half of the listings are taken to change in a year, for want of listings verified again to estimate it. "
            "This gives the chance that each listing still holds, by the time since it was last confirmed.",
        ),
        range_means=Text(
            "Selon que la moitié des fiches change en six mois ou en deux ans (réglage); avec des revérifications, "
            "leur intervalle à 95 %.",
            "Whether half of the listings change in six months or in two years (a setting); with re-verifications, "
            "their 95% interval.",
        ),
        limits=(_SAVED, Text(
            "Où une fiche n’a jamais été confirmée, ou une capacité jamais donnée, la valeur est inconnue.",
            "Where a listing was never confirmed, or a capacity never told, the value is unknown.",
        )),
        citation=Text(
            "Données de statut courant, loi exponentielle, intervalle de vraisemblance profilée (Sun, 2006).",
            "Current-status data, exponential law, profile-likelihood interval (Sun, 2006).",
        ),
        breaks=(0.4, 0.6, 0.8, 0.9), counts_people=False, assumptions=(_DECAY, _CHECKED),
        misuse=Text(
            "Rayer une fiche parce qu’elle est vieille : elle est à vérifier, pas fermée.",
            "Striking out a listing because it is old: it is to be verified, not closed.",
        ),
    ),
    Indicator(
        id="verification_priority",
        title=Text("Fiches à vérifier d’abord", "Listings to verify first"),
        question=Text("Quelle fiche vérifier en premier?", "Which listing should be verified first?"),
        counts=Text(
            "personnes qui comptent sur une fiche probablement fausse", "people relying on a likely wrong listing",
        ),
        unit="people", direction="more_is_worse", tables=("service", "demand_point"),
        formula="priority_j = (1 − P_j) · people who depend on j",
        method=Text(
            "La chance que la fiche ne soit plus exacte, multipliée par le nombre de personnes qui en dépendent.",
            "The chance that the listing no longer holds, times the number of people who depend on it.",
        ),
        range_means=Text(
            "Selon la vitesse de changement. Une fiche jamais confirmée va de personne à tout le monde.",
            "By the speed of change. A listing never confirmed goes from nobody to everyone.",
        ),
        limits=(_SAVED,),
        citation=Text("Espérance de personnes mal dirigées.", "Expected number of people misdirected."),
        breaks=(10.0, 50.0, 100.0, 250.0), grain="service", assumptions=(_DECAY, _CHECKED),
        misuse=Text("Lire ce rang comme une note de l’organisme.", "Reading this rank as a grade of the organization."),
    ),
    Indicator(
        id="unlisted_places",
        title=Text("Lieux connus mais absents du répertoire", "Known places missing from the listing"),
        question=Text("Que manque-t-il dans le répertoire?", "What does the listing leave out?"),
        counts=Text("lieux du registre absents du répertoire", "register places not in the listing"),
        unit="share", direction="more_is_worse", tables=("service", "location"),
        formula="share_a = register places without a listed one within 60 m and of a like name ÷ register places",
        method=Text(
            "On cherche chaque lieu d’un registre public dans le répertoire : à 60 m au plus, sous un nom semblable.",
            "Each place of a public register is looked for in the listing: within 60 m, under a like name.",
        ),
        range_means=Text("Aucune fourchette.", "No range."),
        limits=(
            Text("Un registre a lui aussi des oublis et des fermetures.", "A register too has gaps and closures."),
            Text("Un lieu qui a changé de nom paraît absent.", "A place that changed its name seems missing."),
        ),
        citation=Text("Noms comparés par rapidfuzz (Indel).", "Names compared with rapidfuzz (Indel)."),
        breaks=(0.1, 0.3, 0.5, 0.7), counts_people=False,
        assumptions=(Text(
            "Un même lieu porte à peu près le même nom et la même position dans les deux listes.",
            "One place has about the same name and position in both lists.",
        ),),
        misuse=Text("Non répertorié ne veut pas dire inexistant.", "Not listed does not mean not there."),
    ),
)

# Days after which half of the listings changed: declared, not measured. Directories verify theirs every year.
HALF_LIFE = {"low": 180.0, "value": 365.0, "high": 730.0}

# Words that tell no two places apart: legal forms and articles.
SILENT = frozenset((
    "inc", "enr", "ltee", "ltd", "senc", "osbl", "le", "la", "les", "l", "de", "des", "du", "d", "the", "of", "et",
    "and",
))
SPELLED = {"st": "saint", "ste": "sainte"}


def listing_age(services: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Days since a person confirmed each listing, indexed as given; NaN where nobody ever did.

    `services`: assured_date [date; NaT = never]. `last_modified` is not read: a save is not a verification. Raises
    InputError where a confirmation is later than `as_of`.
    """
    require(services, "services", ("assured_date",))
    days = (pd.Timestamp(as_of) - pd.to_datetime(services["assured_date"])).dt.days.astype("float64").rename("age_days")
    if (days < 0).any():
        late = days < 0
        raise InputError(f"services.assured_date: {int(late.sum())} after {as_of}, first at row {late.idxmax()}")
    return days


def change_rate(age_days: pd.Series, changed: pd.Series, level: float = 0.95) -> dict[str, float]:
    """How fast listings stop holding, λ [a day], from looks at them: `value`, `low`, `high`.

    A look at age a says only whether the listing had changed by then (current-status data): maximum likelihood of
    Σ_changed ln(1 − e^(−λa)) − λ Σ_unchanged a, and its profile-likelihood interval. Where none or all had changed
    there is no estimate, only an exact one-sided bound at `level`: 0 to high, or low to NaN. All NaN without a single
    informative look. Raises InputError for negative or missing ages, or a change at age 0.
    """
    from scipy.optimize import brentq
    from scipy.special import chdtri

    require_counts(age_days.to_frame("age_days"), "checks", ("age_days",))
    hit = changed.to_numpy("bool")
    age = age_days.to_numpy("float64")
    bad = np.isnan(age) | (hit & (age <= 0))
    if bad.any():
        row = age_days.index[bad][0]
        raise InputError(f"checks.age_days: {int(bad.sum())} missing, or 0 and changed, first at row {row}")
    gone, held = age[hit], float(age[~hit].sum())

    def chance(rates: float) -> float:
        return float(np.log(-np.expm1(-rates * gone)).sum() - rates * held)

    def slope(rates: float) -> float:
        return float((gone * np.exp(-rates * gone) / -np.expm1(-rates * gone)).sum() - held)

    def crossing(start: float, factor: float, depth: float) -> float:
        """Where the log-likelihood falls to `depth`, walking from `start` by `factor`."""
        end = start * factor
        while chance(end) > depth:
            end *= factor
        return float(brentq(lambda x: chance(x) - depth, *sorted((start, end)), xtol=1e-300))  # type: ignore[arg-type]

    alone = np.log(1 - level)
    if not len(gone):
        high = float(-alone / held) if held > 0 else np.nan
        return {"value": np.nan, "low": 0.0 if held > 0 else np.nan, "high": high}
    if held == 0:
        top = 1.0
        while chance(top) < alone:
            top *= 2
        return {"value": np.nan, "low": crossing(top, 0.5, alone), "high": np.nan}
    # 1 − x/2 ≤ x/(eˣ − 1) ≤ 1 brackets the only root.
    least, most = len(gone) / (held + gone.sum() / 2), len(gone) / held
    best = float(brentq(slope, least * 0.999, most * 1.001, xtol=1e-300))  # type: ignore[arg-type]
    depth = chance(best) - float(chdtri(1, 1 - level)) / 2
    return {"value": best, "low": crossing(best, 0.5, depth), "high": crossing(best, 2.0, depth)}


def change_rates(checks: pd.DataFrame, by: str = "form", enough: int = 5, level: float = 0.95) -> pd.DataFrame:
    """λ [a day] per type of service, and for all of them together under the type "".

    `checks`, one row a re-verification: `by` [type; missing joins only the whole], age_days [days since the one
    before it], changed [bool]. A type with fewer than `enough` changed or unchanged looks takes the whole's rate
    (`fitted_on` is "all", not "own"). Columns: `by`, numerator [changed], denominator [looks], value, low, high, status
    (`unknown` where only a bound is known, `missing` without a look), basis, fitted_on. Raises InputError.
    """
    require(checks, "checks", (by, "age_days", "changed"))
    odd = ~checks["changed"].isin([True, False])
    if odd.any():
        raise InputError(f"checks.changed: {int(odd.sum())} neither true nor false, first at row {odd.idxmax()}")
    hit = checks["changed"].astype("bool")
    whole = change_rate(checks["age_days"], hit, level)
    rows: list[dict[str, Any]] = [{by: "", "numerator": int(hit.sum()), "denominator": len(checks), **whole,
                                   "fitted_on": "own"}]
    for kind, group in checks.groupby(by, sort=True):
        seen = hit[group.index]
        own = min(seen.sum(), (~seen).sum()) >= enough
        rows.append({
            by: kind, "numerator": int(seen.sum()), "denominator": len(group),
            **(change_rate(group["age_days"], seen, level) if own else whole), "fitted_on": "own" if own else "all",
        })
    out = pd.DataFrame(rows)
    told = out["low"].notna() | out["high"].notna()
    out["status"] = np.select([out["value"].notna(), told], ["ok", "unknown"], "missing")
    return out.assign(basis="modelled")[
        [by, "numerator", "denominator", "value", "low", "high", "status", "basis", "fitted_on"]
    ]


def declared_rates(days: dict[str, float], by: str = "form") -> pd.DataFrame:
    """λ [a day] of every type, as `change_rates` tells it, from a declared half-life: low, value, high [days]."""
    fast, middle, slow = (log(2) / days[name] for name in ("low", "value", "high"))
    return pd.DataFrame([{by: "", "value": middle, "low": slow, "high": fast}])


def still_valid(services: pd.DataFrame, rates: pd.DataFrame, by: str = "form") -> pd.DataFrame:
    """Chance that each listing still holds, P = exp(−λ · age) [0 to 1], one row a service, sorted as given.

    `services`: service_id, `by`, age_days [NaN = never confirmed]; `rates` of `change_rates`. Result shape by
    service_id, no numerator or denominator; low and high from the fastest and slowest λ. A listing never confirmed, or
    whose λ is only bounded, is `unknown` and keeps its limits (0 to 1 at worst): never a chance of 0, never of 1.
    """
    require(services, "services", ("service_id", by))
    require_counts(services, "services", ("age_days",))
    _once(services["service_id"], "services.service_id")
    by_kind = rates.set_index(by)
    kind = services[by].where(services[by].isin(by_kind.index), "")
    age = services["age_days"].astype("float64")
    # P under each λ; the fastest change gives the lowest chance.
    chance = {
        name: pd.Series(np.exp(-kind.map(by_kind[name]).astype("float64").to_numpy() * age.to_numpy()), index=age.index)
        for name in ("value", "low", "high")
    }
    out = pd.DataFrame({
        "service_id": services["service_id"], "numerator": np.nan, "denominator": np.nan,
        "value": chance["value"],
        # A rate without an upper bound may have undone any listing older than a day.
        "low": chance["high"].fillna((age == 0).astype("float64")),
        "high": chance["low"].fillna(1.0),
    })
    out["status"] = np.where(out["value"].notna(), "ok", "unknown")
    return blank(out.assign(basis="modelled"))


def effective_capacity(services: pd.DataFrame, by: str = "area_id") -> pd.DataFrame:
    """Share of the listed capacity that likely still holds, Σ S·P ÷ Σ S, per area (or per service_id).

    `services`: `by`, capacity [people a month; NaN = never told], value, low, high [of `still_valid`]. Result shape:
    numerator = effective capacity, denominator = nominal capacity [people a month]. `unknown` where a capacity was
    never told or a listing never confirmed: low and high then hold what is possible; `not_applicable` without capacity.
    """
    require_counts(services, "services", ("capacity", "value", "low", "high"))
    require(services, "services", (by,))
    over = (services[["value", "low", "high"]] > 1).any(axis=1)
    if over.any():
        raise InputError(f"services.value: {int(over.sum())} chances above 1, first at row {over.idxmax()}")
    size = services["capacity"].astype("float64")
    each = services.assign(
        capacity=size, **{name: size * services[name] for name in ("value", "low", "high")},
        untold=size.isna(), doubtful=services["value"].isna() & (size > 0), worst=services["low"].where(~(size == 0)),
        best=services["high"].where(~(size == 0)),
    ).groupby(by, sort=True)
    total = each[["capacity", "value", "low", "high"]].sum(min_count=1)
    unsure = each["untold"].any()
    out = pd.DataFrame({
        "numerator": total["value"], "denominator": total["capacity"].mask(unsure),
        "value": rate(total["value"], total["capacity"]),
        # Where a capacity was never told the share is an average with unknown weights: between its ends.
        "low": rate(total["low"], total["capacity"]).mask(unsure, each["worst"].min()),
        "high": rate(total["high"], total["capacity"]).mask(unsure, each["best"].max()),
    })
    out["status"] = np.select(
        [unsure | each["doubtful"].any(), total["capacity"] == 0], ["unknown", "not_applicable"], "ok",
    )
    return blank(out.assign(basis="modelled").reset_index())


def verification_priority(valid: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """People expected to rely on a listing that no longer holds, (1 − P) × people, one row a service.

    `valid` of `still_valid`; `people` who depend on each service [people; NaN = unknown], indexed by service_id. Result
    shape by service_id: value and numerator [people], denominator = people; `unknown` (low 0, high everyone) where it
    was never confirmed. `rank` 1 = first to verify: by value, or by the worst case where it is unknown; ties by id.
    """
    require(valid, "valid", ("service_id", "value", "low", "high"))
    require_counts(people.to_frame("people"), "people", ("people",))
    _once(people.index.to_series(), "people")
    who = valid["service_id"].map(people).astype("float64")
    out = pd.DataFrame({
        "service_id": valid["service_id"], "numerator": (1 - valid["value"]) * who, "denominator": who,
        "value": (1 - valid["value"]) * who, "low": (1 - valid["high"]) * who, "high": (1 - valid["low"]) * who,
    })
    out["status"] = np.where(out["value"].notna(), "ok", "unknown")
    order = out.assign(sort=out["value"].fillna(out["high"])).dropna(subset="sort")
    order = order.sort_values(["sort", "service_id"], ascending=[False, True], kind="stable")
    out["rank"] = pd.Series(np.arange(1, len(order) + 1), index=order.index).reindex(out.index).astype("Int64")
    return blank(out.assign(basis="modelled"))


def folded(name: object) -> str:
    """A place's name without accents, case, dashes, legal form or articles; "" where it has none.

    >>> folded("Moisson Montréal inc."), folded("L’Épicerie de St-Henri")
    ('moisson montreal', 'epicerie saint henri')
    """
    plain = name.casefold().replace("œ", "oe").replace("æ", "ae") if isinstance(name, str) else ""
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return " ".join(SPELLED.get(word, word) for word in words if word not in SILENT)


def reconcile(
    register: pd.DataFrame, listing: pd.DataFrame, within_m: float = 60.0, alike: float = 80.0,
) -> pd.DataFrame:
    """Which places of a register are in a listing, and which of either are not in the other.

    Both: id, name, lon, lat [degrees; NaN = not placed]. A pair is at most `within_m` [m] apart and its folded names
    score at least `alike` [0 to 100: rapidfuzz token_sort_ratio]; a place without a name pairs with nothing. The
    likest pair goes first, then the nearest, then by id; a place is in one pair at most. Returns register_id,
    listing_id, found (`matched`, `register_only`, `listing_only`, `unplaced`: cannot be looked for), alike, metres,
    every id once: matched first, by register_id. Raises InputError.
    """
    from rapidfuzz import fuzz, process

    sides: dict[str, pd.DataFrame] = {}
    for name, frame in (("register", register), ("listing", listing)):
        require(frame, name, ("id", "name", "lon", "lat"))
        _once(frame["id"], f"{name}.id")
        sides[name] = frame.set_index("id")[["name", "lon", "lat"]].sort_index()
    placed = {name: frame[frame["lon"].notna() & frame["lat"].notna()] for name, frame in sides.items()}
    if not within_m > 0:
        raise InputError(f"within_m: {within_m} is not above 0")
    try:
        pairs = cost_matrix(placed["register"], placed["listing"], within_m)
    except InputError as error:
        raise InputError(str(error).replace("origins", "register").replace("destinations", "listing")) from error
    pairs = pairs.astype({"origin": object, "destination": object})
    names = [[folded(sides[side]["name"][i]) for i in pairs[end]]
             for side, end in (("register", "origin"), ("listing", "destination"))]
    score = np.asarray(process.cpdist(*names, scorer=fuzz.token_sort_ratio, dtype=np.float64)) if len(pairs) else []
    pairs["alike"] = score * np.array([bool(a and b) for a, b in zip(*names)], dtype="float64") if len(pairs) else 0.0
    # Rounded, so that the last bit of a distance does not choose between two equal pairs.
    pairs["near"] = pairs["cost"].round(6)
    pairs = pairs[pairs["alike"] >= max(alike, 1e-9)].sort_values(
        ["alike", "near", "origin", "destination"], ascending=[False, True, True, True], kind="stable",
    )
    rows, seen = [], {"register": set(), "listing": set()}
    for i, j, metres, score_ in zip(pairs["origin"], pairs["destination"], pairs["cost"], pairs["alike"]):
        if i not in seen["register"] and j not in seen["listing"]:
            seen["register"].add(i)
            seen["listing"].add(j)
            rows.append((i, j, "matched", score_, metres))
    rows.sort(key=lambda row: row[0])
    for side, blank_ in (("register", lambda i: (i, None)), ("listing", lambda i: (None, i))):
        for i in sides[side].index:
            if i not in seen[side]:
                found = f"{side}_only" if i in placed[side].index else "unplaced"
                rows.append((*blank_(i), found, np.nan, np.nan))
    return pd.DataFrame(rows, columns=["register_id", "listing_id", "found", "alike", "metres"])


def unlisted(found: pd.DataFrame, areas: pd.Series) -> pd.DataFrame:
    """Share of a register's places that the listing leaves out, per area.

    `found` of `reconcile`; `areas`: area_id of each place, indexed by register id. Result shape: numerator = places
    only in the register, denominator = places looked for; `missing` where none of an area's places could be looked for.
    """
    require(found, "found", ("register_id", "found"))
    rows = found[found["register_id"].notna()]
    area = rows["register_id"].map(areas)
    if area.isna().any():
        lost = rows["register_id"][area.isna()]
        raise InputError(f"areas: no area for {len(lost)} places, first {lost.iloc[0]!r}")
    looked = rows["found"].isin(["matched", "register_only"])
    each = pd.DataFrame({
        "area_id": area, "numerator": (rows["found"] == "register_only").astype("float64").where(looked),
        "denominator": looked.astype("float64"),
    }).groupby("area_id", sort=True)
    out = each["numerator"].sum(min_count=1).to_frame()
    out["denominator"] = each["denominator"].sum(min_count=1)
    out = out.assign(value=rate(out["numerator"], out["denominator"]), low=np.nan, high=np.nan)
    out["status"] = np.where(out["value"].notna(), "ok", "missing")
    return blank(out.assign(basis="counted").reset_index())


def _once(ids: pd.Series, name: str) -> None:
    """Raise InputError where an id is missing or given twice."""
    if ids.isna().any() or ids.duplicated().any():
        bad = ids.isna() | ids.duplicated()
        raise InputError(f"{name}: {int(bad.sum())} missing or given twice, first {ids[bad].iloc[0]!r}")
