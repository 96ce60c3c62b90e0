"""The simulated listing of food aid, row by row: who offers what, where, when, and how well it is known.

It goes through the same staging as a real file, with a few faults put in on purpose.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from loaders.draft import Draft
from loaders.edition import Source
from loaders.simulate import SERVICES, chance, degrees, districts, inside, metres
from loaders.staging import Intake, read_csv

LISTING = (
    "service_id", "organization_id", "organization_name", "name", "form", "service_status", "capacity", "languages",
    "assured_date", "last_modified", "verifier", "location_id", "address", "lon", "lat",
)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# (form, French name, share of services, median capacity [people a month]; None = never told).
FORMS: tuple[tuple[str, str, float, float | None], ...] = (
    ("pantry", "Comptoir alimentaire simulé", 0.32, 700.0),
    ("hamper", "Panier de denrées simulé", 0.18, 450.0),
    ("soup_kitchen", "Soupe populaire simulée", 0.14, 600.0),
    ("community_meal", "Repas communautaire simulé", 0.18, 220.0),
    ("home_delivery", "Popote roulante simulée", 0.10, 120.0),
    ("fridge", "Frigo communautaire simulé", 0.08, None),
)
LANGUAGES = (("en", 0.7), ("es", 0.22), ("ar", 0.16), ("ht", 0.1), ("zh", 0.07), ("pt", 0.05), ("bn", 0.04))
VERIFIERS = ("organization", "211", "college hub")
# Days since the last verification, by share of services: most within 18 months, some past three years.
AGES = ((0.55, 5, 270), (0.22, 270, 548), (0.13, 548, 1095), (0.10, 1095, 2000))
NEVER = 0.08


def simulated_services(draft: Draft, source: Source) -> None:
    """Food-aid organizations, services, places, hours, service areas and events, through the staging of a real file.

    Options: services, organizations, empty_districts, untold_boroughs, untold_share, today, shock [day some
    closed], shock_closures. Capacity in people a month, empty where never told. The listing carries faults on
    purpose: see `with_faults`.
    """
    rng = chance(draft, SERVICES)
    places = districts(draft)
    rows = services(draft, places, source.options, rng)
    folder = Path(draft.path).parent
    with_faults(rows).to_csv(folder / source.file, index=False)
    intake = read_csv(source.dataset_id, folder, source.file, LISTING)
    check_listing(draft, intake)
    kept = intake.rows.drop(columns="line").reset_index(drop=True)
    stamp = {"basis": source.about["basis"], "dataset_id": source.dataset_id}
    organizations = kept[["organization_id", "organization_name"]].drop_duplicates("organization_id")
    draft.insert("organization", organizations.rename(columns={"organization_name": "name"}).assign(**stamp))
    draft.insert("location", kept.drop_duplicates("location_id")[["location_id", "address", "lon", "lat"]].assign(
        position="given", dataset_id=source.dataset_id,
    ))
    columns = [c for c in LISTING if c not in ("organization_name", "location_id", "address", "lon", "lat")]
    draft.insert("service", kept[columns].assign(kind=draft.edition.settings["food_kind"], **stamp))
    draft.insert("service_at_location", kept[["service_id", "location_id"]])
    draft.insert("schedule", schedules(kept, rng))
    draft.insert("service_area", service_areas(kept, rows, rng))
    draft.insert("service_event", events(kept, source.options, rng).assign(basis=source.about["basis"]))
    draft.close_intake(intake, source)


def check_listing(draft: Draft, intake: Intake) -> None:
    """Give the listing its types; refuse lost zeros, words for numbers, broken dates and places outside the city."""
    intake.identifier("service_id", "S[0-9]{3}")
    intake.identifier("organization_id", "O[0-9]{3}")
    intake.number("capacity", minimum=0, blanks=("",))
    for column in ("assured_date", "last_modified"):
        text = intake.rows[column]
        day = pd.to_datetime(text.where(text != ""), format="%Y-%m-%d", errors="coerce")
        broken = day.isna() & (text != "")
        intake.reject(
            broken, column, "date", "La date n’est pas écrite AAAA-MM-JJ.", "The date is not written YYYY-MM-DD.",
        )
        intake.rows = intake.rows.assign(**{column: day[~broken]})
    for column, limit in (("lon", 180), ("lat", 90)):
        intake.number(column, minimum=-limit, maximum=limit)
    shape = draft.con.execute("SELECT geometry FROM area WHERE level = 'city'").fetchall()[0][0]
    city = shapely.from_wkb(bytes(shape))
    shapely.prepare(city)
    intake.reject(
        ~shapely.contains_xy(city, intake.rows["lon"].to_numpy(), intake.rows["lat"].to_numpy()), "lon", "position",
        "Le lieu est hors des limites de la ville.", "The place is outside the city limits.",
    )
    intake.unique("service_id", compare=list(LISTING))
    intake.rows = intake.rows.assign(**{
        column: intake.rows[column].where(intake.rows[column] != "") for column in ("languages", "verifier", "address")
    })


def services(draft: Draft, places: pd.DataFrame, o: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """One row a service, as text-ready columns of the listing, with `borough`.

    Density follows people in need loosely; some districts get none. Untold capacities gather in a few boroughs,
    as they do when whole networks were never asked.
    """
    weight = places["need"].to_numpy() * rng.lognormal(0.0, 0.45, len(places))
    # Honest holes: districts where little need is estimated, and one where much is.
    calm = places["need"].rank().to_numpy() <= len(places) / 2
    empty = np.append(
        rng.choice(np.flatnonzero(calm), o["empty_districts"] - 1, replace=False), rng.choice(np.flatnonzero(~calm)),
    )
    weight[empty] = 0.0
    boroughs = np.array(sorted(places["borough"].unique()))
    untold = set(rng.choice(boroughs, o["untold_boroughs"], replace=False))
    home = rng.choice(len(places), o["organizations"], p=weight / weight.sum())
    owner = np.sort(np.append(
        np.arange(o["organizations"]), rng.integers(0, o["organizations"], o["services"] - o["organizations"])
    ))
    rows = pd.DataFrame({
        "service_id": [f"S{i:03d}" for i in range(1, o["services"] + 1)],
        "organization_id": [f"O{i + 1:03d}" for i in owner],
        "organization_name": [f"Organisme simulé {i + 1:03d}" for i in owner],
        "borough": places["borough"].to_numpy()[home[owner]],
    })
    in_untold = rows["borough"].isin(untold).to_numpy()
    form = _forms(in_untold, rng)
    rows["form"] = [FORMS[i][0] for i in form]
    rows["name"] = [f"{FORMS[i][1]} {n:03d}" for n, i in enumerate(form, 1)]
    median = np.array([f[3] if f[3] is not None else np.nan for f in FORMS])[form]
    capacity = np.maximum(20, np.round(median * rng.lognormal(0.0, 0.6, len(rows)) / 10) * 10)
    hidden = np.isnan(median) | (rng.random(len(rows)) < np.where(in_untold, o["untold_share"], 0.01))
    rows["capacity"] = np.where(hidden, "", np.nan_to_num(capacity).astype("int64").astype("str"))
    rows = _placed(draft, rows, places, home[owner], owner, rng)
    return _known(rows, o, rng)


def _forms(in_untold: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A form for each service: fridges only where capacities are untold, for nobody counts who opens a fridge."""
    share = np.array([f[2] for f in FORMS])
    fridge = np.array([f[3] is None for f in FORMS])
    with_fridge = np.where(fridge, share / in_untold.mean(), share)
    without = np.where(fridge, 0.0, share)
    draw = rng.random(len(in_untold))
    chosen = [
        np.searchsorted(np.cumsum(p / p.sum()), draw).clip(max=len(FORMS) - 1) for p in (with_fridge, without)
    ]
    return np.where(in_untold, chosen[0], chosen[1])


def _placed(
    draft: Draft, rows: pd.DataFrame, places: pd.DataFrame, home: np.ndarray, owner: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Add a place: an organization's services mostly share one, close to where people of its district live."""
    points = draft.frame("SELECT base_id, lon, lat, population FROM demand_point ORDER BY point_id")
    points["x"], points["y"] = metres(draft, points["lon"], points["lat"])
    around = {str(base_id): near for base_id, near in points.groupby("base_id")}
    spots: dict[tuple[int, int], tuple[float, float]] = {}
    where = []
    for row, (district, organization) in enumerate(zip(home, owner, strict=True)):
        second = int(row > 0 and owner[row - 1] == organization and rng.random() < 0.4)
        if (organization, second) not in spots:
            spots[organization, second] = _near_people(
                around[str(places.index[district])], places["shape"].iloc[district], rng,
            )
        where.append((int(organization), second))
    number = {spot: f"L{n:03d}" for n, spot in enumerate(sorted(spots), 1)}
    x, y = np.array([spots[spot] for spot in where]).T
    lon, lat = degrees(draft, x, y)
    location = [number[spot] for spot in where]
    return rows.assign(
        location_id=location, address=[f"Adresse simulée {code[1:]}" for code in location], lon=lon, lat=lat,
    )


def _near_people(
    points: pd.DataFrame, shape: shapely.Geometry, rng: np.random.Generator
) -> tuple[float, float]:
    """A place within some 200 m of a demand point (x, y [m], population), inside the limits of its district."""
    share = points["population"].to_numpy() / points["population"].sum()
    at = points[["x", "y"]].to_numpy()[rng.choice(len(points), p=share)]
    near = at + rng.normal(0.0, 120.0, (20, 2))
    held = near[shapely.contains_xy(shape, near[:, 0], near[:, 1])]
    spot = held[0] if len(held) else inside(shape, 1, rng)[0]
    return float(spot[0]), float(spot[1])


def _known(rows: pd.DataFrame, o: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """Add status, languages, and how well the listing is known: last verification apart from last change."""
    n, today = len(rows), pd.Timestamp(o["today"])
    status = np.full(n, "active", dtype=object)
    closed = rng.choice(n, 16, replace=False)
    for word, some in (("inactive", closed[:6]), ("defunct", closed[6:11]), ("temporarily closed", closed[11:])):
        status[some] = word
    low, high = np.array([a[1] for a in AGES]), np.array([a[2] for a in AGES])
    band = np.searchsorted(np.cumsum([a[0] for a in AGES]), rng.random(n)).clip(max=len(AGES) - 1)
    age = low[band] + rng.random(n) * (high - low)[band]
    assured = pd.Series(today - pd.to_timedelta(np.round(age), unit="D"))
    never = rng.random(n) < NEVER
    later = np.where(rng.random(n) < 0.45, np.round(rng.random(n) * age), 0)
    modified = (assured + pd.to_timedelta(later, unit="D")).where(~(never & (rng.random(n) < 0.4)))
    spoken = rng.random((n, len(LANGUAGES))) < [share for _, share in LANGUAGES]
    verifier = rng.choice(np.array(VERIFIERS, dtype=object), n, p=[0.5, 0.3, 0.2])
    return rows.assign(
        service_status=status,
        languages=[",".join(["fr", *(LANGUAGES[i][0] for i in np.flatnonzero(row))]) for row in spoken],
        assured_date=assured.where(~never).dt.strftime("%Y-%m-%d").fillna(""),
        last_modified=modified.dt.strftime("%Y-%m-%d").fillna(""), verifier=np.where(never, "", verifier),
    )


def with_faults(rows: pd.DataFrame) -> pd.DataFrame:
    """The listing as text, with faults of real files added at its end: each repeats a good row, badly.

    A lost zero, a word for a number, a place in the sea, a date nobody can read, a key with other values: five
    refused. Then two rows repeated as they are: duplicates.
    """
    text = rows[list(LISTING)].astype("str")
    bad = text.iloc[[6, 20, 40, 60, 80, 100, 120]].copy()
    bad.iloc[0, LISTING.index("service_id")] = "S" + bad["service_id"].iloc[0].lstrip("S0")
    bad.iloc[1, LISTING.index("capacity")] = "une trentaine"
    bad.iloc[2, LISTING.index("lon")] = "-43.5"
    bad.iloc[3, LISTING.index("assured_date")] = "31/02/2026"
    bad.iloc[4, LISTING.index("name")] = "Comptoir alimentaire simulé sans numéro"
    return pd.concat([text, bad], ignore_index=True)


def schedules(kept: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row a service and opening: weekdays, some evenings and Saturdays; one service in twenty tells no hours."""
    found = []
    for service_id, form in zip(kept["service_id"], kept["form"], strict=True):
        told, kind, count = rng.random(), rng.random(), int(rng.integers(1, 4))
        days = np.sort(rng.choice(5, 5 if form in ("soup_kitchen", "home_delivery") else count, replace=False))
        hour = int(rng.integers(9, 14))
        if told < 0.05:
            continue
        if form == "fridge":
            found += [(service_id, day, "08:00", "20:00") for day in DAYS]
        elif kind < 0.22:
            found += [(service_id, DAYS[d], "17:00", "19:30") for d in days]
        else:
            found += [(service_id, DAYS[d], f"{hour:02d}:00", f"{hour + 3:02d}:00") for d in days]
            if kind > 0.82:
                found.append((service_id, "SA", "10:00", "12:30"))
    return pd.DataFrame(found, columns=["service_id", "byday", "opens_at", "closes_at"])


def service_areas(kept: pd.DataFrame, rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One service in four serves only the residents of its borough; the others have no row and serve anyone."""
    borough = kept["service_id"].map(rows.set_index("service_id")["borough"])
    only = rng.random(len(kept)) < 0.25
    return pd.DataFrame({"service_id": kept["service_id"], "name": borough, "area_id": borough})[only]


def events(kept: pd.DataFrame, o: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """Openings, reductions and closings of the last three years; the first closings fall on the day of the shock."""
    today = pd.Timestamp(o["today"])

    def ago(least: int, most: int) -> pd.Timestamp:
        return today - pd.Timedelta(int(rng.integers(least, most)), "D")

    by_status = kept.groupby("service_status")["service_id"].apply(list)
    found = [
        (service_id, pd.Timestamp(o["shock"]) if n < o["shock_closures"] else ago(20, 900), "closed")
        for n, service_id in enumerate(by_status["defunct"])
    ]
    found += [(service_id, ago(20, 200), "closed") for service_id in by_status["temporarily closed"]]
    drawn = rng.choice(np.array(by_status["active"]), 22, replace=False)
    assured = kept.set_index("service_id")["assured_date"]
    for service_id in drawn[:12]:
        # Nobody can have verified a service before it opened.
        verified = assured[service_id] if assured.notna()[service_id] else today
        found.append((service_id, min(ago(60, 1000), verified), "opened"))
    for service_id in drawn[12:]:
        day = ago(200, 900)
        found += [(service_id, day, "reduced"), (service_id, day + pd.Timedelta(90, "D"), "resumed")]
    return pd.DataFrame(found, columns=["service_id", "date", "event"])
