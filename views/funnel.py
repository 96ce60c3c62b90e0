"""From need to help: what is counted, what is only a range, what nobody knows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import INDICATOR
from loaders.store import Store
from views import bars, numbers, sources, tables
from views.city import city_row
from views.figure import Figure
from views.overview import NEED
from views.referral_figures import about
from views.tables import Column, Table
from views.words import language, say

HELP = INDICATOR["referral_help"]
STEPS = ("need", "referred", "reached", "helped")


def steps(store: Store) -> pd.DataFrame:
    """The four steps in order: step, unit, count [exact; NaN = not known], low, high [counts], status, reason, basis.

    `need` is people and comes with its own range; `referred` is requests; `reached` and `helped` are requests known
    between two bounds where nobody followed them up. No rows where the version has none.
    """
    rows = store.groups(HELP.id).set_index("grp").reindex(STEPS)
    if rows["status"].isna().all():
        return pd.DataFrame()
    out = pd.DataFrame({"step": STEPS, "status": rows["status"].tolist(), "basis": rows["basis"].tolist()})
    out["unit"] = ["people", "requests", "requests", "requests"]
    counts, lows, highs = [], [], []
    need = city_row(store, NEED.id)
    for step in STEPS:
        row = rows.loc[step]
        count = float(row["numerator"])
        low, high = row["low"] * row["denominator"], row["high"] * row["denominator"]
        if step == "need" and need is not None:
            low, high = need["low"] * need["denominator"], need["high"] * need["denominator"]
        if step == "referred":  # its row holds people in need below it; what was referred is what later steps divide by
            count, low, high = float(rows.loc["reached", "denominator"]), float("nan"), float("nan")
        counts.append(count)
        lows.append(low)
        highs.append(high)
    return out.assign(count=counts, low=lows, high=highs)


def step_text(row: pd.Series) -> str:
    """A count or its range in words; a status where there is neither."""
    if row["step"] == "need" and numbers.known(row["count"]):
        return numbers.people(row["count"], city=True)
    if numbers.known(row["count"]):
        return numbers.count(row["count"])
    return numbers.people_span(row["low"], row["high"]) or tables.status_word(
        "missing" if row["status"] in ("ok", "unknown") else row["status"]
    )


def funnel_sentence(rows: pd.DataFrame) -> str:
    """Need, then what was directed and the range of what led to help; why where it is not known."""
    one = rows.set_index("step")
    told = []
    if numbers.known(one.loc["need", "count"]):
        span = numbers.people_span(one.loc["need", "low"], one.loc["need", "high"], city=True)
        told.append(say("referrals.help_need", n=step_text(rows.iloc[0]), span=span or step_text(rows.iloc[0])))
    if numbers.known(one.loc["referred", "count"]):
        told.append(say("referrals.help_referred", n=numbers.count(one.loc["referred", "count"])))
        followed = numbers.known(one.loc["helped", "count"])
        told.append(say("referrals.help_followed" if followed else "referrals.help_range",
                        span=step_text(rows.iloc[STEPS.index("helped")])))
    else:
        hidden = one.loc["referred", "status"] == "suppressed"
        told.append(say("referrals.help_hidden" if hidden else "referrals.help_missing"))
    return " ".join([*told, say("referrals.help_requests")])


def funnel_table(rows: pd.DataFrame) -> Table:
    """Step, number or range, unit, and how it is known."""
    texts = [step_text(row) for _, row in rows.iterrows()]
    absent = (rows["count"].isna() & rows["low"].isna()).tolist()
    return Table([
        Column(say("referrals.help_step"), [say(f"referrals.help_step_{step}") for step in rows["step"]], "head"),
        Column(say("referrals.help_count"), texts, "number", words=absent),
        Column(say("referrals.help_unit"), [say(f"referrals.help_unit_{unit}") for unit in rows["unit"]], "text"),
        Column(say("referrals.help_known"), [known_how(row) for _, row in rows.iterrows()], "text", second=True),
    ], rows, say("referrals.help_caption"))


def known_how(row: pd.Series) -> str:
    """Whether a step was estimated, counted at 211, followed up, or only bounded from elsewhere."""
    if row["step"] == "need":
        return say("referrals.help_known_need")
    if numbers.known(row["count"]):
        return say("referrals.help_known_counted" if row["step"] == "referred" else "referrals.help_known_followed")
    return say("referrals.help_known_range" if numbers.known(row["low"]) else "referrals.help_known_none")


def funnel_figure(store: Store) -> Figure:
    """Requests from directed to helped as bars and ranges; people in need are words: another unit, no shared axis."""
    rows, title = steps(store), HELP.question.of(language())
    if rows.empty:
        none = store.referral_cuts().empty
        empty = say("referrals.help_empty_none" if none else "referrals.help_empty")
        return Figure("help", title, "", empty=empty, indicator=HELP, **({} if none else about(store)))
    sentence, bases = funnel_sentence(rows), rows["basis"].dropna().unique().tolist()
    requests = rows[rows["unit"] == "requests"]
    drawable = requests["count"].notna().any()

    def draw() -> None:
        marks = [bars.Row(
            say(f"referrals.help_step_{row['step']}"), step_text(row),
            row["count"] if numbers.known(row["count"]) else None,
            *((row["low"], row["high"]) if numbers.known(row["low"]) else (None, None)), under=known_how(row),
        ) for _, row in requests.iterrows()]
        heads = ["", say("referrals.help_step"), say("referrals.help_head")]
        st.html(bars.to_html(marks, heads, say("referrals.help_caption"), simulated="simulated" in bases))

    behind = list(dict.fromkeys([*sources.behind(store, HELP), *sources.behind(store, NEED)]))
    extra = {"draw": draw} if drawable else {}
    return Figure(
        "help", title, sentence, table=funnel_table(rows), bases=bases, indicator=HELP, name=("city", "year"),
        source=sources.line(store, behind, method=HELP.citation.of(language())),
        source_plain=sources.plain(store, behind), **extra,
    )
