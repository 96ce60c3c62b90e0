"""What the page on requests shows: weeks, needs and areas, from the published cuts only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from indicators import withheld
from indicators.trends import unmet_share, year_ago
from loaders.store import Store
from views import maps
from views.city import ASKED
from views.tables import folded
from views.words import known, say

WEEKLY, MONTHLY, YEARLY = "city_week_need_outcome", "district_month_need", "place_year_need"
# One window for every figure made of weeks: a year, and the year before. Areas are published by month: twelve of them.
YEAR = 52


def need_name(need: str) -> str:
    """A need in words; as the source writes it where the catalogue does not hold it."""
    key = f"referrals.need_{folded(need).replace(' ', '_')}"
    return say(key) if known(key) else need


def cut(store: Store, name: str) -> pd.DataFrame:
    """One published cut with periods as dates, or an empty frame where the version has none."""
    rows = store.referrals(name)
    return rows.assign(period=pd.to_datetime(rows["period"]), count=rows["count"].astype("float64"))


# --- weeks ------------------------------------------------------------------------------------------------


def weekly(store: Store) -> pd.DataFrame:
    """Food needs of the city by every week from the first published to the last: count and status, by period.

    A count that is not there is NaN, and its status says whether it is hidden or missing.
    """
    rows = cut(store, WEEKLY)
    food = rows[rows["need"].isin(store.setting("food_needs")) & (rows["outcome"] == "all")]
    if food.empty:
        return pd.DataFrame(columns=["count", "status"])
    status = food["status"].mask(food["count"].isna() & (food["status"] == "ok"), "missing")
    by_week = food.assign(status=status).groupby("period")
    total = pd.DataFrame({
        "count": by_week["count"].agg(lambda x: x.sum(skipna=False)), "status": by_week["status"].agg(_worst),
    })
    every = total.reindex(pd.date_range(total.index.min(), total.index.max(), freq="7D", name="period"))
    return every.fillna({"status": "missing"})


def weeks(store: Store) -> pd.DataFrame:
    """The last weeks of `weekly`, newest last: period, count, before [a year ago], status, before_status."""
    total = weekly(store)
    if total.empty:
        return pd.DataFrame(columns=["period", "count", "before", "status", "before_status"])
    before = total.shift(YEAR).rename(columns={"count": "before", "status": "before_status"})
    frame = pd.concat([total, before], axis=1).reset_index().fillna({"before_status": "missing"})
    return frame[["period", "count", "before", "status", "before_status"]].tail(YEAR).reset_index(drop=True)


def week_pair(store: Store) -> pd.Series | None:
    """Food needs of the last 52 weeks, `now`, and of the 52 before, with ratio, limits and verdict (`year_ago`).

    A year with a week hidden or missing is NaN; None where the last one is.
    """
    counts = weekly(store)["count"]
    if len(counts) < YEAR or counts.tail(YEAR).isna().any():
        return None
    before = counts.iloc[-2 * YEAR:-YEAR]
    known = len(before) == YEAR and before.notna().all()
    pair = pd.DataFrame({"now": [counts.tail(YEAR).sum()], "before": [before.sum() if known else np.nan]})
    return year_ago(pair).iloc[0]


def _worst(status: pd.Series) -> str:
    """What stands for a sum: `ok` where every part is; else `suppressed` before `missing`."""
    return next((name for name in sorted(status, reverse=True) if name != "ok"), "ok")


def events_in(store: Store, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Dated events between two days, by date."""
    events = store.events()
    events["date"] = pd.to_datetime(events["date"])
    return events[(events["date"] >= first) & (events["date"] < last + pd.Timedelta(days=7))].reset_index(drop=True)


# --- needs ------------------------------------------------------------------------------------------------


def needs(store: Store) -> tuple[pd.DataFrame, int]:
    """Needs of the last weeks (a year at most), most noted first, and how many weeks that is.

    Columns: need, count with low and high, share [unmet ÷ met and unmet] with share_low and share_high. A count is of
    rounded weeks: its limits are what those weeks may have been. Where a week is hidden there is no count or share,
    only limits (`withheld`): no upper one where nothing published limits the week. Elsewhere the limits of a share are
    exact 95 %. A missing week could hold anything: no upper limit, and no share. `hidden` counts the weeks hidden, of
    any outcome.
    """
    rows = limited(store)
    if rows.empty:
        return pd.DataFrame(), 0
    rows = rows[rows["period"] > rows["period"].max() - pd.Timedelta(weeks=YEAR)]
    base, none = int(store.setting("base")), (float("nan"), 0.0, float("nan"))
    weeks = len(pd.date_range(rows["period"].min(), rows["period"].max(), freq="7D"))
    masked = rows["status"] == "suppressed"
    found = {key: _sum_of(group, weeks, base) for key, group in rows.groupby(["need", "outcome"])}
    told = []
    for need in sorted({name for name, _ in found}):
        every, met, unmet = (found.get((need, outcome), none) for outcome in ("all", "met", "unmet"))
        told.append({
            "need": need, "count": every[0], "low": every[1], "high": every[2], **unmet_share(met, unmet),
            "hidden": int((masked & (rows["need"] == need)).sum()),
        })
    frame = pd.DataFrame(told)
    order = frame.assign(_n=frame["high"].fillna(frame["low"])).sort_values(["_n", "need"], ascending=[False, True])
    return frame.loc[order.index].reset_index(drop=True), int(rows["period"].nunique())


def limited(store: Store) -> pd.DataFrame:
    """The weekly cut with low and high: what each week may hold, by what is published beside it."""
    rows = cut(store, WEEKLY)
    return withheld.outcome_limits(rows, int(store.setting("smallest")), int(store.setting("base")))


def _sum_of(rows: pd.DataFrame, weeks: int, base: int) -> tuple[float, float, float]:
    """Sum of one need and outcome [NaN where a week is hidden or missing], least, and most [NaN without a limit]."""
    low, high = withheld.sum_limits(rows, base)
    whole = len(rows) == weeks and bool(rows["count"].notna().all())
    limited = len(rows) == weeks and np.isfinite(high)
    return float(rows["count"].sum()) if whole else float("nan"), low, high if limited else float("nan")


def years(store: Store) -> tuple[pd.DataFrame, list[int], list[int]]:
    """Needs of the city by year (rows: need; columns: year), every year, and the years that are not over."""
    rows = cut(store, YEARLY)
    cities = store.areas("city")["area_id"]
    rows = rows[rows["place_id"].isin(cities) & (rows["outcome"] == "all")].assign(year=lambda f: f["period"].dt.year)
    part = [int(year) for year in store.settings["settings"].get("part_years", [])]
    status = rows.pivot_table(index="need", columns="year", values="status", aggfunc="first")
    count = rows.pivot_table(index="need", columns="year", values="count", aggfunc="first", dropna=False)
    return status.where(status != "ok", count.reindex(status.index, columns=status.columns)), [
        int(year) for year in status.columns], part


# --- areas ------------------------------------------------------------------------------------------------


def area_levels(store: Store) -> list[str]:
    """Levels below the city where requests are published."""
    return [level for level in store.levels() if level != "city" and ASKED.id in store.offered(level)]


def areas(store: Store, level: str) -> pd.DataFrame:
    """Requests per 1,000 of each area beside a year ago: the result shape, name, place, now, before, ratio, verdict.

    `status` and `reason` say why `now` is not there, `before_status` and `before_reason` why `before` is not.
    """
    now = store.indicator(ASKED.id, level)
    before = store.indicator(ASKED.id, level, period="year_before").set_index("area_id").reindex(now["area_id"])
    now["before_status"] = before["status"].fillna("missing").to_numpy()
    now["before_reason"] = before["reason"].to_numpy()
    pair = pd.DataFrame({"now": now["numerator"], "before": before["numerator"].to_numpy()}).astype("float64")
    change = year_ago(pair).rename(columns={"low": "ratio_low", "high": "ratio_high"})
    named = maps.names(store, level)[["area_id", "name", "place", "fr_in", "en_in"]]
    return pd.concat([now, change], axis=1).merge(named, on="area_id")
