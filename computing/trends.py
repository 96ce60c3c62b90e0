"""What published requests tell: unusual rises and falls, requests against need, events, and what became of them.

Everything here is computed from controlled counts, read back from the draft: it tells nothing they do not. Nothing is
nowcast: no source says when a request was reported.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from computing.facts import Facts
from indicators import alerts, awareness, disclosure, events, funnel, need, trends
from indicators.rates import weakest
from loaders.draft import Draft
from loaders.lift import SHAPE, keep

OUTCOMES = "city_week_need_outcome"
WEEKLY = ("borough_week_food", OUTCOMES)
# Weeks of a season, and the weeks watched for a change: a quarter, so that a change is told before the season is over.
CYCLE, WATCHED = 52, 13
REASONS = {"missing": "not_published", "unknown": "not_published", "suppressed": "suppressed",
           "not_applicable": "nobody"}


def compute(draft: Draft, _: Facts) -> None:
    """Write alerts, awareness, the referral funnel of the city and the effects of events, where counts allow them."""
    draft.flush()
    _alerts(draft)
    _awareness(draft)
    weeks = draft.frame("""
        SELECT place_id, need, outcome, period, count, status, basis FROM referral_count
        WHERE cut = ? AND level = 'city' QUALIFY dataset_id = min(dataset_id) OVER () ORDER BY ALL
    """, OUTCOMES)
    if len(weeks):
        _funnel(draft, weeks)
        _events(draft, weeks)


# --- alerts ---------------------------------------------------------------------------------------------------


def _alerts(draft: Draft) -> None:
    """Rises of each area × need as an indicator; rises and falls, judged together, in the table `alert`.

    A hidden week counts as not covered: where many are, the series has no verdict (`gaps`).
    """
    counts = draft.frame("""
        SELECT r.place_id AS area_id, r.level, r.need, r.period, r.count, r.basis, r.dataset_id
        FROM referral_count r JOIN area a ON a.area_id = r.place_id AND a.level = r.level
        WHERE list_contains(?, r.cut) AND r.grain = 'week' AND r.outcome = 'all'
        QUALIFY r.dataset_id = min(r.dataset_id) OVER (PARTITION BY r.cut) ORDER BY ALL
    """, list(WEEKLY))
    if counts.empty:
        return
    week = counts["period"].max()
    found = alerts.alerts(counts, "week", CYCLE, WATCHED, direction="both").merge(
        counts.drop_duplicates(["area_id", "need"])[["area_id", "need", "level", "dataset_id"]], on=["area_id", "need"],
    )
    rises = found[found["direction"] == "more"]
    for (level, asked), rows in rises.groupby(["level", "need"]):
        told = rows.assign(because=rows["reason"].replace("", None))
        keep(draft, alerts.INDICATORS[0].id, str(level), told, period=week.strftime("%Y-%m-%d"), group=str(asked),
             covered=pd.Series(1.0, index=rows["area_id"]))
    names = {"numerator": "observed", "denominator": "expected", "height": "statistic", "limit": "threshold"}
    columns = ["area_id", "level", "need", "direction", *names.values(), "since", "p_value", "adjusted", "flagged",
               "status", "reason", "basis", "dataset_id"]
    draft.insert("alert", found.rename(columns=names)[columns].assign(
        period=week, weeks=WATCHED, reason=found["reason"].replace("", None),
    ))


# --- awareness ------------------------------------------------------------------------------------------------


def _awareness(draft: Draft) -> None:
    """Twelve months of published food requests against estimated need, at every level below the city that has both."""
    rows = draft.frame("""
        SELECT r.level, r.area_id, a.population, r.numerator AS requests, n.numerator AS need, r.status AS asked,
            r.basis AS requests_basis, n.basis AS need_basis
        FROM indicator_value r JOIN area a USING (area_id, level)
        JOIN indicator_value n USING (area_id, level, grp, period, setting)
        WHERE r.indicator_id = ? AND n.indicator_id = ? AND r.level <> 'city' AND r.grp = '' AND r.period = ''
        ORDER BY ALL
    """, trends.INDICATOR.id, need.INDICATOR.id)
    for level, areas in rows.groupby("level"):
        areas = areas.reset_index(drop=True)
        bases = zip(areas["requests_basis"], areas["need_basis"], strict=True)
        result = awareness.awareness_ratio(areas.assign(basis=[weakest(pair) for pair in bases]))
        hidden = (areas["asked"] == "suppressed") & (result["status"] == "missing")
        result["status"] = result["status"].mask(hidden, "suppressed")
        told = areas["asked"].isin(["ok", "suppressed"]).astype("float64")
        keep(draft, awareness.INDICATORS[0].id, str(level), result, covered=told.set_axis(areas["area_id"]))


# --- the city's funnel ----------------------------------------------------------------------------------------


def _funnel(draft: Draft, weeks: pd.DataFrame) -> None:
    """People in need, requests directed to a service, reached, helped: one row a step, `grp` its name.

    Directed = food needs met at 211 in the last 52 published weeks; hidden where one of them is, missing where there
    are fewer. Nobody followed them up: reached and helped are ranges, `unknown`.
    """
    place = str(weeks["place_id"].iloc[0])
    area = draft.frame("""
        SELECT area_id, population, v.numerator AS need, v.low * v.denominator AS need_low,
            v.high * v.denominator AS need_high, v.basis
        FROM indicator_value v JOIN area USING (area_id, level)
        WHERE v.indicator_id = ? AND area_id = ? AND grp = '' AND period = ''
    """, need.INDICATOR.id, place)
    if area.empty:
        return
    met = weeks[(weeks["outcome"] == "met") & weeks["need"].isin(draft.edition.settings["food_needs"])]
    met = met[met["period"] > weeks["period"].max() - pd.Timedelta(weeks=CYCLE)].reset_index(drop=True)
    told = _sum_of_a_year(draft, met)
    basis = weakest([str(area["basis"].iloc[0]), *weeks["basis"].unique()])
    count = float(told["count"]) if told["status"] == "ok" else np.nan
    result = funnel.referral_funnel(area.assign(referred=count, basis=basis))
    hidden = (result["status"] == "missing") & (result["step"] != "need") & (told["status"] == "suppressed")
    result["status"] = result["status"].mask(hidden, "suppressed")
    draft.insert("indicator_value", result[SHAPE].assign(
        indicator_id=funnel.INDICATORS[0].id, level="city", period="", setting="", grp=result["step"],
        reason=result["status"].map(REASONS),
    ))


def _sum_of_a_year(draft: Draft, rows: pd.DataFrame) -> pd.Series:
    """count [needs], low, high and status of the sum of a year of published weeks; missing where weeks are."""
    settings = draft.edition.settings
    if rows.empty or (rows.groupby("need")["period"].nunique() < CYCLE).any():
        return pd.Series({"count": pd.NA, "low": np.nan, "high": np.nan, "status": "missing"})
    every = pd.Series(True, index=rows.index)
    return disclosure.filtered_sum(rows, every, settings["smallest"], settings["base"]).iloc[0]


# --- events ---------------------------------------------------------------------------------------------------


def _events(draft: Draft, weeks: pd.DataFrame) -> None:
    """What each dated event did to the city's food requests, against a need it should not touch: table `event_effect`.

    The control is the edition's `control_need`, else the other need most often noted. Every event has its row:
    `missing` with its reason where there are too few weeks around it.
    """
    settings, every = draft.edition.settings, weeks[weeks["outcome"] == "all"]
    wide = every.pivot(index="period", columns="need", values="count").astype("float64")
    food = [name for name in settings["food_needs"] if name in wide]
    others = wide.drop(columns=food).sum()
    control = str(settings.get("control_need", others.sort_index().idxmax() if len(others) else ""))
    dated = draft.frame("SELECT date, title_fr, kind FROM event ORDER BY ALL")
    if dated.empty or not food or control not in wide:
        return
    counts = pd.DataFrame({"count": wide[food].sum(axis=1, skipna=False), "control": wide[control]}).reset_index()
    counts["basis"] = weakest(weeks["basis"].unique())
    found = pd.concat([
        events.event_effect(counts, day.strftime("%Y-%m-%d"), "week", str(weeks["place_id"].iloc[0]))
        for day in dated["date"]
    ], ignore_index=True)
    found = found.drop(columns=["step_low", "step_high", "slope_low", "slope_high"])
    draft.insert("event_effect", found.rename(columns={"numerator": "observed", "denominator": "expected"}).assign(
        date=dated["date"], title_fr=dated["title_fr"], need=", ".join(food), control=control,
        reason=found["reason"].replace("", None),
    ))
