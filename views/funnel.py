"""From need to help: what is counted, what is only a range, what nobody knows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import INDICATOR
from loaders.store import Store
from views import bars, figure, numbers, sources, tables
from views.city import city_row
from views.figure import Figure
from views.overview import NEED
from views.referral_figures import about
from views.tables import Column, Table
from views.words import language, say

HELP = INDICATOR["referral_help"]
STEPS = ("need", "referred", "reached", "helped")


def steps(store: Store) -> pd.DataFrame:
    """The four steps in order: step, unit, known [count; NaN = not known], low, high [counts], status, basis.

    `need` is people and comes with its own range; `referred` is requests; `reached` and `helped` are requests known
    between two bounds where nobody followed them up. No rows where the version has none.
    """
    rows = store.groups(HELP.id).set_index("grp").reindex(STEPS)
    if rows["status"].isna().all():
        return pd.DataFrame()
    out = pd.DataFrame({
        "step": STEPS, "unit": ["people", "requests", "requests", "requests"], "known": rows["numerator"].to_numpy(),
        "low": (rows["low"] * rows["denominator"]).to_numpy(), "high": (rows["high"] * rows["denominator"]).to_numpy(),
        "status": rows["status"].tolist(), "basis": rows["basis"].tolist(),
    }).astype({"known": "float64", "low": "float64", "high": "float64"})
    # Its row is measured against people in need; what was referred is what the later steps are shares of.
    referred = out["step"] == "referred"
    out.loc[referred, "known"] = rows["denominator"].to_numpy()[STEPS.index("reached")]
    out.loc[referred, ["low", "high"]] = float("nan")
    need = city_row(store, NEED.id)
    if need is not None:
        limits = [need["low"] * need["denominator"], need["high"] * need["denominator"]]
        out.loc[out["step"] == "need", ["low", "high"]] = limits
    return out


def step_text(row: pd.Series) -> str:
    """A count or its range in words; a status where there is neither."""
    if row["step"] == "need" and numbers.known(row["known"]):
        return numbers.people(row["known"], city=True)
    if numbers.known(row["known"]):
        return numbers.count(row["known"])
    return numbers.people_span(row["low"], row["high"]) or tables.status_word(
        "missing" if row["status"] in ("ok", "unknown") else row["status"]
    )


def funnel_sentence(rows: pd.DataFrame) -> str:
    """Need, then what was directed and the range of what led to help; why where it is not known."""
    need, referred, _, helped = tables.records(rows)
    told = []
    if numbers.known(need.known):
        span = numbers.people_span(need.low, need.high, city=True)
        told.append(say("referrals.help_need", n=step_text(rows.iloc[0]), span=span or step_text(rows.iloc[0])))
    if numbers.known(referred.known):
        told.append(say("referrals.help_referred", n=numbers.count(referred.known)))
        told.append(say("referrals.help_followed" if numbers.known(helped.known) else "referrals.help_range",
                        span=step_text(rows.iloc[-1])))
    else:
        told.append(say("referrals.help_hidden" if referred.status == "suppressed" else "referrals.help_missing"))
    return " ".join([*told, say("referrals.help_requests")])


def funnel_table(rows: pd.DataFrame) -> Table:
    """Step, number or range, unit, and how it is known."""
    texts = [step_text(row) for _, row in rows.iterrows()]
    absent = (rows["known"].isna() & rows["low"].isna()).tolist()
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
    if numbers.known(row["known"]):
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
    drawable = requests["known"].notna().any()

    def draw() -> None:
        marks = [bars.Row(
            say(f"referrals.help_step_{row['step']}"), step_text(row),
            row["known"] if numbers.known(row["known"]) else None,
            *((row["low"], row["high"]) if numbers.known(row["low"]) else (None, None)), under=known_how(row),
        ) for _, row in requests.iterrows()]
        heads = ["", say("referrals.help_step"), say("referrals.help_head")]
        st.html(bars.to_html(marks, heads, say("referrals.help_caption"), simulated="simulated" in bases))

    behind = list(dict.fromkeys([*sources.behind(store, HELP), *sources.behind(store, NEED)]))
    return Figure(
        "help", title, sentence, draw=draw if drawable else figure.nothing, table=funnel_table(rows), bases=bases,
        indicator=HELP, name=("city", "year"),
        source=sources.line(store, behind, method=HELP.citation.of(language())),
        source_plain=sources.plain(store, behind),
    )
