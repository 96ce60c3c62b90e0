"""Simulated requests to 211 and people helped: made one by one from one seed, kept only as totals.

The requests never touch the disk; what leaves this file is uncontrolled totals, set aside for the build to control.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from loaders.draft import Draft
from loaders.edition import Source
from loaders.scratch import Scratch
from loaders.simulate import PEOPLE, REFERRALS, chance, districts, metres
from loaders.staging import read_csv

# Requests by day of the week, Monday first, and of food by month: the holidays and the end of summer stand out.
WEEKDAY = np.array([1.3, 1.2, 1.15, 1.1, 1.0, 0.45, 0.35])
FOOD_MONTH = np.array([1.02, 0.95, 0.97, 0.95, 0.92, 0.9, 0.88, 0.98, 1.04, 1.0, 1.12, 1.34])
OTHER_MONTH = np.array([1.12, 1.05, 1.02, 1.0, 0.98, 1.06, 1.0, 0.96, 1.0, 1.0, 0.98, 0.85])
CUT_COLUMNS = ["cut", "place_id", "level", "period", "grain", "need", "outcome", "count"]


def simulated_referrals(draft: Draft, source: Source) -> None:
    """Needs noted by 211, one by one, kept as three uncontrolled cuts set aside under `referrals`; and the events.

    Options: start, end [days], needs: {need, monthly [in the whole city], growth [a year], met [share]}, mail_out:
    {date, days, boroughs, factor, decay_days}, shock: {date, days, factor, unmet, decay_days}, and events: {date,
    kind, title_fr, title_en}. The shock is felt in the boroughs where services closed on its day. Every place ×
    period × need of a cut has a row: a count of 0 is a count. Weeks start on Monday; a week cut short by the period
    has no row.
    """
    places = districts(draft)
    o = {**source.options, "shock": {**source.options["shock"], "boroughs": closed_in(draft, places, source)}}
    needs = one_by_one(places, o, chance(draft, REFERRALS))
    stamp = {"basis": source.about["basis"], "dataset_id": source.dataset_id}
    draft.keep_private("referrals", cuts(draft, places, needs, o).assign(**stamp))
    draft.insert("event", pd.DataFrame(o["events"]).assign(
        date=lambda rows: pd.to_datetime(rows["date"]), basis=source.about["basis"],
    ))


def closed_in(draft: Draft, places: pd.DataFrame, source: Source) -> list[str]:
    """The boroughs where a simulated service closed on the day of the shock."""
    spots = draft.frame("""
        SELECT DISTINCT lon, lat FROM service_event JOIN service_at_location USING (service_id)
        JOIN location USING (location_id) WHERE event = 'closed' AND date = ?::DATE AND lon IS NOT NULL ORDER BY ALL
    """, source.options["shock"]["date"])
    x, y = metres(draft, spots["lon"], spots["lat"])
    held = np.array([shapely.contains_xy(shape, x, y).any() for shape in places["shape"]], dtype=bool)
    return sorted(places.loc[held, "borough"].unique())


def one_by_one(places: pd.DataFrame, o: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """One row a need: day [number since start], district [position in `places`], need [position], met."""
    days = pd.date_range(o["start"], o["end"], freq="D")
    people = places["need"].to_numpy() * rng.lognormal(0.0, 0.30, len(places))
    drawn = []
    for number, entry in enumerate(o["needs"]):
        where = people * rng.lognormal(0.0, 0.15, len(places))
        food = entry["need"] == "food"
        month = (FOOD_MONTH if food else OTHER_MONTH)[days.month.to_numpy() - 1]
        years = np.arange(len(days)) / 365.25
        daily = WEEKDAY[days.day_of_week.to_numpy()] / WEEKDAY.mean() * month * (1 + entry["growth"]) ** years
        daily = daily * entry["monthly"] * 12 / 365.25 * rng.lognormal(0.0, 0.06, len(days))
        expected = daily[:, None] * (where / where.sum())[None, :]
        if food:
            for name in ("mail_out", "shock"):
                expected = expected * _surge(places, days, o[name])
        count = rng.poisson(expected)
        day, district = np.divmod(np.repeat(np.arange(count.size), count.ravel()), len(places))
        unmet = np.full(len(day), 1 - entry["met"])
        if food:
            unmet = unmet + o["shock"]["unmet"] * _fading(days, o["shock"])[day]
        drawn.append(pd.DataFrame({
            "day": day, "district": district, "need": number, "met": rng.random(len(day)) >= unmet,
        }))
    return pd.concat(drawn, ignore_index=True)


def _fading(days: pd.DatetimeIndex, event: dict[str, Any]) -> np.ndarray:
    """1 on the day of an event, fading after it; 0 before it and once its days are over."""
    since = (days - pd.Timestamp(event["date"])).days.to_numpy()
    return np.where((since >= 0) & (since < event["days"]), np.exp(-np.maximum(since, 0) / event["decay_days"]), 0.0)


def _surge(places: pd.DataFrame, days: pd.DatetimeIndex, event: dict[str, Any]) -> np.ndarray:
    """Day × district multiplier of an event: `factor` in its boroughs at first, fading to 1."""
    reached = places["borough"].isin(event["boroughs"]).to_numpy().astype("float64")
    return 1 + (event["factor"] - 1) * _fading(days, event)[:, None] * reached[None, :]


def cuts(draft: Draft, places: pd.DataFrame, needs: pd.DataFrame, o: dict[str, Any]) -> pd.DataFrame:
    """The published cuts, uncontrolled, with zeros: the columns of CUT_COLUMNS."""
    days = pd.date_range(o["start"], o["end"], freq="D")
    names = [entry["need"] for entry in o["needs"]]
    date = days[needs["day"].to_numpy()]
    monday = days - pd.to_timedelta(days.day_of_week, unit="D")
    whole = monday[(monday >= days[0]) & (monday + pd.Timedelta(6, "D") <= days[-1])].unique()
    rows = pd.DataFrame({
        "district": places.index.to_numpy()[needs["district"]],
        "borough": places["borough"].to_numpy()[needs["district"]],
        "need": np.array(names)[needs["need"]], "month": date.to_period("M").to_timestamp(),
        "week": monday[needs["day"].to_numpy()], "met": np.where(needs["met"], "met", "unmet"),
    })
    months = days.to_period("M").to_timestamp().unique()
    weekly = rows[rows["week"].isin(whole)]
    food = weekly[weekly["need"].isin(draft.edition.settings["food_needs"])]
    by_district = _filled(rows, {"district": places.index, "month": months, "need": names})
    by_borough = _filled(food, {"borough": sorted(places["borough"].unique()), "week": whole})
    outcomes = _filled(weekly, {"week": whole, "need": names, "met": ["met", "unmet"]})
    every = outcomes.groupby(["week", "need"], as_index=False)["count"].sum().assign(met="all")
    city = draft.frame("SELECT area_id FROM area WHERE level = 'city'")["area_id"].iloc[0]
    return pd.concat([
        by_district.rename(columns={"district": "place_id", "month": "period"}).assign(
            cut="district_month_need", level="district", grain="month", outcome="all"),
        by_borough.rename(columns={"borough": "place_id", "week": "period"}).assign(
            cut="borough_week_food", level="borough", grain="week", outcome="all", need="food"),
        pd.concat([outcomes, every]).rename(columns={"week": "period", "met": "outcome"}).assign(
            cut="city_week_need_outcome", level="city", grain="week", place_id=city),
    ], ignore_index=True)[CUT_COLUMNS]


def _filled(rows: pd.DataFrame, keys: dict[str, Any]) -> pd.DataFrame:
    """Counts over every combination of keys: none seen is 0, not absent."""
    every = pd.MultiIndex.from_product(list(keys.values()), names=list(keys))
    return rows.groupby(list(keys)).size().reindex(every, fill_value=0).rename("count").reset_index()


# --- people helped ----------------------------------------------------------------------------------------


def simulated_clients(draft: Draft, source: Source) -> None:
    """People helped a month by each reporting organization, set aside under `clients`, from one set of people.

    Options: people, months, last [first day of the last month], reporting [share of organizations], second,
    third [chance of a second and third organization], stay [monthly chance of coming], households, visits
    [organizations that count those instead], blank [share of months never sent]. The same person may be counted by
    several organizations: the totals of two organizations do not add up to different people.
    """
    rng = chance(draft, PEOPLE)
    o = source.options
    monthly = _monthly(draft, o, rng)
    text = monthly.astype({"count": "Int64"}).astype("str").replace({"count": {"<NA>": ""}})
    bad = text.iloc[[3, 30, 60]].copy()
    lost_zero, word = bad.index[:2]
    bad.at[lost_zero, "organization_id"] = "O" + str(bad.at[lost_zero, "organization_id"]).lstrip("O0")
    bad.at[word, "count"] = "beaucoup"
    with Scratch() as folder:  # never beside the versions: these counts are uncontrolled
        pd.concat([text, bad], ignore_index=True).to_csv(Path(folder) / source.file, index=False)
        intake = read_csv(source.dataset_id, Path(folder), source.file, list(text.columns))
    intake.identifier("organization_id", "O[0-9]{3}")
    intake.number("count", minimum=0, blanks=("",))
    intake.unique("organization_id", "period", "unit")
    frame = intake.rows.drop(columns="line").assign(period=lambda rows: pd.to_datetime(rows["period"]))
    draft.keep_private("clients", frame.reset_index(drop=True).assign(
        basis=source.about["basis"], dataset_id=source.dataset_id,
    ))
    draft.close_intake(intake, source)


def _monthly(draft: Draft, o: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """organization_id, period [text], unit, count [NaN where the month was never sent]."""
    organizations = _organizations(draft)
    member = _memberships(draft, organizations, o, rng)
    number = len(organizations)
    reports = rng.random(number) < o["reporting"]
    unit = np.full(number, "people", dtype=object)
    other = rng.choice(np.flatnonzero(reports), o["households"] + o["visits"], replace=False)
    unit[other[: o["households"]]], unit[other[o["households"]:]] = "households", "visits"
    by_home = unit == "households"
    family = np.cumsum(rng.random(o["people"]) < 1 / 2.2)
    months = pd.date_range(end=pd.Timestamp(o["last"]), periods=o["months"], freq="MS")
    found = []
    for at, month in enumerate(months):
        season = FOOD_MONTH[month.month - 1] * (1 + 0.004 * at)
        here = member[rng.random(len(member)) < o["stay"] * season]
        people = np.bincount(here["organization"], minlength=number)
        counted = here[by_home[here["organization"]]]
        homes = counted.assign(family=family[counted["person"]]).drop_duplicates(["organization", "family"])
        households = np.bincount(homes["organization"], minlength=number)
        visits = people + rng.poisson(people * 0.9)
        count = np.select([by_home, unit == "visits"], [households, visits], people).astype("float64")
        count[rng.random(number) < o["blank"]] = np.nan
        found.append(pd.DataFrame({
            "organization_id": organizations.index, "period": month.strftime("%Y-%m-%d"), "unit": unit, "count": count,
        })[reports])
    return pd.concat(found).sort_values(["organization_id", "period"], ignore_index=True)


def _organizations(draft: Draft) -> pd.DataFrame:
    """Organizations of active services by identifier: lon, lat and size [people a month; a guess where untold]."""
    return draft.frame("""
        SELECT organization_id, avg(lon) AS lon, avg(lat) AS lat, sum(coalesce(capacity, 200)) AS size
        FROM service JOIN service_at_location USING (service_id) JOIN location USING (location_id)
        WHERE service_status = 'active' AND lon IS NOT NULL GROUP BY organization_id ORDER BY organization_id
    """).set_index("organization_id")


def _memberships(
    draft: Draft, organizations: pd.DataFrame, o: dict[str, Any], rng: np.random.Generator
) -> pd.DataFrame:
    """Who goes where: person and organization [positions], once each; near and large places draw more."""
    points = draft.frame("""
        SELECT p.lon, p.lat, p.population * c.value AS poor FROM demand_point p
        JOIN census_value c ON c.area_id = p.base_id AND c.variable = 'below_mbm' ORDER BY p.point_id
    """)
    here = np.column_stack(metres(draft, points["lon"], points["lat"]))
    there = np.column_stack(metres(draft, organizations["lon"], organizations["lat"]))
    away = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
    draw = organizations["size"].to_numpy() * np.exp(-away / 900.0)
    reach = np.cumsum(draw / draw.sum(axis=1, keepdims=True), axis=1)
    home = rng.choice(len(points), o["people"], p=(points["poor"] / points["poor"].sum()).to_numpy())
    found = []
    for likely in (1.0, o["second"], o["third"]):
        person = np.flatnonzero(rng.random(o["people"]) < likely)
        chosen = (reach[home[person]] < rng.random(len(person))[:, None]).sum(axis=1)
        found.append(pd.DataFrame({"person": person, "organization": chosen.clip(max=len(organizations) - 1)}))
    return pd.concat(found).drop_duplicates(ignore_index=True)
