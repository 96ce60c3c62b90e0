"""What is said of the whole city: an indicator's row, its change since a year ago, where its survey speaks of."""

from __future__ import annotations

import pandas as pd

from indicators import INDICATOR, trends
from indicators.rates import rate
from loaders.store import Store
from views import numbers
from views.words import known, language, say

ASKED = INDICATOR["referrals_per_1000"]


def city_row(store: Store, indicator_id: str, setting: str = "", *, period: str = "") -> pd.Series | None:
    """The city's row of an indicator, or None where it has no value."""
    rows = store.indicator(indicator_id, "city", setting, period=period)
    good = rows[(rows["status"] == "ok") & rows["value"].notna()]
    return None if good.empty else good.iloc[0]


def listing_notice(store: Store) -> str:
    """What the edition says of its listing, in the reader's language, where it is declared incomplete; else empty."""
    if not store.listing_incomplete:
        return ""
    own = store.settings["settings"]
    return str(own.get(f"listing_notice_{language()}") or own.get("listing_notice_fr") or own["listing_notice_en"])


def share_of_need(need: pd.Series, far: pd.Series) -> str:
    """People out of reach as a share of people in need, or the word for unknown; « au plus » it where the listing is
    incomplete: both are then taken at their upper limit."""
    side = numbers.one_sided(far["value"], far["low"], far["high"])
    people = need["high"] * need["denominator"] if side and numbers.known(need["high"]) else need["numerator"]
    share = rate(pd.Series([far["numerator"]]), pd.Series([people])).iloc[0]
    if not numbers.known(share):
        return say("overview.unknown")
    return say(f"number.at_{side}", value=numbers.percent(share)) if side else numbers.percent(share)


def city(store: Store) -> pd.Series | None:
    """The area that is the whole city, or None where the edition has none."""
    rows = store.areas("city")
    return None if rows.empty else rows.iloc[0]


def reach_of(store: Store) -> str:
    """The default reach, as indicator rows name it."""
    return f"reach_m={store.setting('reach_m')}"


def territory(geography: str) -> str:
    """« Au Québec », “In Québec”: the place a survey speaks of; its identifier where no words exist for it."""
    key = f"geography.{geography}"
    return say(key) if known(key) else say("geography.other", name=geography)


def why_none(store: Store) -> str:
    """Why there is no weekly or twelve-month count: `none` (no source), `hidden` (food totals masked) or `yearly`."""
    cuts = store.referral_cuts()
    if cuts.empty:
        return "none"
    rows = pd.concat([store.referrals(cut) for cut in cuts["cut"]])
    food = rows[rows["need"].isin(store.setting("food_needs"))]
    return "hidden" if len(food) and food["count"].isna().all() else "yearly"


# --- against a year ago -----------------------------------------------------------------------------------


def year_pair(store: Store, level: str) -> pd.DataFrame:
    """Counts of twelve months, `now` and `before`, per area of a level, with ratio, limits and verdict.

    `status` and `reason` say why `now` is not there, `before_status` and `before_reason` why `before` is not.
    """
    now = store.indicator(ASKED.id, level).set_index("area_id")
    before = store.indicator(ASKED.id, level, period="year_before").set_index("area_id").reindex(now.index)
    pair = pd.DataFrame({"now": now["numerator"], "before": before["numerator"]})
    return trends.year_ago(pair.astype("float64")).assign(
        status=now["status"], reason=now["reason"], before_status=before["status"].fillna("missing"),
        before_reason=before["reason"],
    )


def against_year(store: Store) -> str:
    """The city's change since a year ago as a sentence, with the range of the ratio."""
    return verdict_words(year_pair(store, "city").iloc[0], "low", "high")


def verdict_words(row: pd.Series, low: str, high: str) -> str:
    """A change since a year ago as a sentence: verdict, the count before, change and range (columns named).

    From a known zero there is no ratio: the sentence says that there were none.
    """
    if numbers.known(row["now"]) and row["before"] == 0:
        return say(f"referrals.year_none_{row['verdict']}")
    if row["verdict"] == "unknown" or not numbers.known(row["ratio"]):
        return say("referrals.year_unknown")
    return say(
        f"referrals.year_{row['verdict']}", before=numbers.count(row["before"]),
        change=change(row["ratio"]), span=change_span(row[low], row[high]),
    )


def change(ratio: float) -> str:
    """A ratio of two counts as a change: « +11,0 % », « −3,2 % »; its sign is always written."""
    shown = numbers.percent(ratio - 1)
    return f"+{shown}" if ratio > 1 else shown


def change_tick(gap: float) -> str:
    """A change [ratio less 1] on an axis: « +20 % », « 0 % »; one decimal under one percent."""
    digits = 0 if abs(round(100 * gap) - 100 * gap) < 1e-6 else 1
    shown = numbers.percent(gap, digits)
    return f"+{shown}" if gap > 0 else shown


def change_span(low: float, high: float) -> str:
    """The range of a change, both signs written."""
    first, last = change(low), change(high)
    return last if first == last else say("number.span", low=first, high=last)
