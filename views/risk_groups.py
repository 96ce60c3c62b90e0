"""Groups of the survey: how many times more often than everyone, and how many people that is here."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from indicators import risk
from loaders.store import Store
from views import figure, group_charts, kept, numbers, session, sources, tables
from views.city import territory
from views.group_charts import Row
from views.tables import Column, Table
from views.words import known, local, plural, say

# Shown first when a survey has more groups than fit: wide groups, one of each kind, both sides of 1.
AT_A_GLANCE = (
    "indigenous_15plus", "black", "arab", "latin_american", "recent_immigrants_15plus", "born_in_canada_15plus",
    "one_parent", "couple_with_children", "couple_no_children", "unattached_non_senior", "unattached_senior",
    "age_under18", "age_25to34", "age_65plus", "not_visible_minority_nor_indigenous",
)
REFERENCES = ("all", "all_15plus")
# What others are compared with in all but name: drawn, and never the group a sentence begins with.
LIKE_REFERENCES = (*REFERENCES, "not_visible_minority_nor_indigenous", "born_in_canada_15plus")
_LAYERS = ("age", "gender", "family", "origin", "immigration", "indigenous")


def published(store: Store) -> pd.DataFrame:
    """Latest year of every group: the result columns, label, dimension, `others` [ratios of other years], order."""
    everything = store.groups(risk.RATIO.id)
    if everything.empty:
        return everything
    labels = store.group_labels()
    labels["label"] = [local(row.label_fr, row.label_en) for row in tables.records(labels)]
    now = everything[everything["period"] == everything["period"].max()]
    before = everything[(everything["period"] != everything["period"].max()) & everything["value"].notna()]
    rows = now.merge(labels[["group_id", "label", "dimension"]], left_on="grp", right_on="group_id")
    rows["others"] = rows["grp"].map(before.groupby("grp")["value"].apply(list))
    rows["others"] = rows["others"].map(lambda x: x if isinstance(x, list) else [])
    return rows.sort_values(["value", "label"], ascending=[False, True], na_position="last", ignore_index=True)


def chosen_groups(rows: pd.DataFrame) -> pd.DataFrame:
    """The groups of the dimension the reader chose; at first a few wide ones, published this year."""
    present = [name for name in _LAYERS if name in set(rows["dimension"])]
    present += sorted(set(rows["dimension"]) - set(present) - {"all"})
    key = session.seed("groups", ["glance", *present], "glance")
    asked = st.pills(
        say("risk_factors.dimension"), ["glance", *present], key=key, required=True,
        format_func=lambda x: say(f"dimension.{x}") if known(f"dimension.{x}") else x,
    )
    session.keep("groups", asked, label=say("risk_factors.dimension"))
    if asked not in present:
        # Everyone is the line at 1; as a head-count it would be a second city total, at the survey's own rate.
        few = rows[rows["status"].eq("ok") & ~rows["grp"].isin(REFERENCES)]
        return few[few["grp"].isin(AT_A_GLANCE)] if len(few) > len(AT_A_GLANCE) else few
    return rows[rows["dimension"].eq(asked)]


def lead(store: Store, rows: pd.DataFrame) -> str:
    """Everyone in one number, then the group furthest above and furthest below in the first view."""
    everyone = rows[(rows["grp"] == "all") & rows["status"].eq("ok")]
    few = rows[rows["grp"].isin(AT_A_GLANCE) & rows["status"].eq("ok") & ~rows["grp"].isin(LIKE_REFERENCES)]
    if everyone.empty or few.empty:
        return say("risk_factors.lead_none")
    (top, top_times, _), (low, low_times, _) = extreme(few, 0), extreme(few, -1)
    return say(
        "risk_factors.lead", place=territory(str(store.setting("survey_geography"))), year=few["period"].iloc[0],
        share=numbers.percent(everyone["numerator"].iloc[0] / 100), top=top, top_times=top_times, low=low,
        low_times=low_times,
    )


def extreme(ordered: pd.DataFrame, at: int) -> tuple[str, str, str]:
    """Names, ratio and spread of the first (0) or last (-1) group: all those that read the same, never one of them."""
    times = numbers.times(ordered["value"].iloc[at])
    same = ordered[ordered["value"].map(numbers.times) == times]
    limits = pd.Series({"low": same["low"].min(), "high": same["high"].max()})
    return "; ".join(same["label"]), times, spread(limits)


def spread(row: pd.Series) -> str:
    """The ratios of all published years: « de 1,6 à 2,8 × »; empty with one year."""
    if not numbers.known(row["low"]):
        return ""
    low, high = numbers.times(row["low"]), numbers.times(row["high"])
    return low if low == high else say("number.span", low=numbers.decimal(float(row["low"]), 1), high=high)


# --- ratios -----------------------------------------------------------------------------------------------


def ratio_sentence(rows: pd.DataFrame) -> str:
    """Highest and lowest with their spread over the years; how many moved across 1; never a cause."""
    ok = rows[rows["status"].eq("ok") & ~rows["grp"].isin(REFERENCES)]
    if ok.empty:
        return say("risk_factors.ratio_none")
    told = []
    for name, at in (("top", 0), ("low", -1)):
        group, times, span = extreme(ok, at)
        words = say(f"risk_factors.ratio_{name}", group=group, times=times)
        if span != times:
            words += " " + say("risk_factors.ratio_span", span=span)
        if words not in told and (at == 0 or times != extreme(ok, 0)[1]):
            told.append(words)
    crossed = int(((ok["low"] < 0.995) & (ok["high"] > 1.005)).sum())
    if crossed:
        told.append(plural("risk_factors.ratio_crossed", crossed, n=numbers.count(crossed)))
    hidden = int(rows["status"].eq("suppressed").sum())
    if hidden:
        told.append(plural("risk_factors.ratio_hidden", hidden, n=numbers.count(hidden)))
    told.append(say("risk_factors.no_margin"))
    return " ".join(told)


def nature(basis: str, how: str) -> str:
    """What a row is made of: its basis, then what is observed and what is modelled in it."""
    return say(f"risk_factors.nature_{how}", basis=say(f"basis.{basis}"))


def ratio_table(rows: pd.DataFrame) -> Table:
    """Group, ratio, spread, share of the group and of its reference."""
    ok = rows["status"].eq("ok") & rows["value"].notna()
    refs = risk.reference_group(rows["grp"])
    return Table([
        Column(say("risk_factors.group"), rows["label"].tolist(), "head"),
        Column(say("risk_factors.times"), [
            numbers.times(row.value) if good else tables.status_word(row.status)
            for row, good in zip(tables.records(rows), ok)
        ], "number", words=(~ok).tolist()),
        Column(say("risk_factors.spread"), [spread(row) for _, row in rows.iterrows()], "number", second=True),
        Column(say("risk_factors.own_share"), [
            numbers.percent(x / 100) if numbers.known(x) else "" for x in rows["numerator"]
        ], "number"),
        Column(say("risk_factors.reference"), [
            numbers.percent(x / 100) if numbers.known(x) else "" for x in rows["denominator"]
        ], "number", second=True, under=[say(f"risk_factors.ref_{ref}") for ref in refs]),
        Column(say("risk_factors.nature"), [
            nature(row.basis, "ratio") if good else "" for row, good in zip(tables.records(rows), ok)
        ], "text", second=True),
    ], rows.assign(name=rows["label"], reference=refs).drop(columns=["others", "label", "group_id"]),
        say("table.caption", title=risk.RATIO.title.of(local("fr", "en"))))


def ratio_mark(row: pd.Series) -> Row:
    """One lollipop, or the word that stands for it."""
    if row["status"] != "ok":
        return Row(row["label"], None, say(f"short.{row['status']}"), row["others"])
    times = numbers.times(row["value"])
    hover = say("risk_factors.hover_ratio", group=row["label"], times=times, span=spread(row))
    return Row(row["label"], row["value"], times, row["others"], hover=hover)


def ratio_figure(store: Store, rows: pd.DataFrame, everything: pd.DataFrame) -> figure.Figure:
    """Lollipops of the groups chosen."""
    sentence = ratio_sentence(rows)
    marks = [ratio_mark(row) for _, row in rows.iterrows()]
    behind = [str(store.setting("survey_dataset"))]
    refs = everything.set_index("grp")["numerator"]
    told = [say(f"risk_factors.everyone_{name}", share=numbers.percent(refs[name] / 100))
            for name in REFERENCES if name in refs.index and numbers.known(refs[name])]
    return figure.Figure(
        id="ratios", title=say("risk_factors.ratio_title"), sentence=sentence, table=ratio_table(rows),
        draw=kept.chart(
            lambda dark: group_charts.ratios(marks, simulated="simulated" in set(rows["basis"]), dark=dark),
            key="chart_ratios", alt=figure.alt_of(sentence, say("risk_factors.ratio_alt")),
        ),
        bases=rows["basis"].unique().tolist(), indicator=risk.RATIO, name=(str(session.held("groups", "glance")),),
        source=sources.line(store, behind, method=" ".join([say("risk_factors.ratio_method"), *told])),
        source_plain=sources.plain(store, behind),
    )


# --- head-counts ------------------------------------------------------------------------------------------


def head_rows(store: Store, rows: pd.DataFrame) -> pd.DataFrame:
    """Estimated people of each group in the order of the ratios (`ratio`); a value its survey hides is `suppressed`."""
    counts = store.groups(risk.BURDEN.id)
    out = rows[["grp", "label", "status", "value"]].rename(columns={"status": "survey", "value": "ratio"})
    out = out.merge(counts, on="grp", how="left")
    out["status"] = out["status"].fillna("missing").mask(out["survey"].eq("suppressed"), "suppressed")
    out["basis"] = out["basis"].fillna("modelled")
    out["people_low"], out["people_high"] = out["denominator"] * out["low"], out["denominator"] * out["high"]
    return out


def head_sentence(rows: pd.DataFrame) -> str:
    """People of the group most at risk that the files count; where none is above everyone, the one they lack."""
    above = rows[rows["ratio"].map(_above) & ~rows["grp"].isin(LIKE_REFERENCES)]
    counted, told = above[above["status"].eq("ok")], []
    if len(counted):
        row = counted.iloc[0]
        told.append(say(
            "risk_factors.head_one", group=row["label"], n=numbers.people(row["numerator"], city=True),
            span=numbers.people_span(row["people_low"], row["people_high"], city=True) or "",
        ))
    else:
        if len(above):
            times = above["ratio"].map(numbers.times)
            first = " · ".join(above.loc[times == times.iloc[0], "label"])
            told.append(say("risk_factors.head_lacks", group=first, times=times.iloc[0]))
        told.append(say("risk_factors.head_below"))
    return " ".join([*told, say("risk_factors.head_overlap")])


def _above(ratio: float) -> bool:
    """Whether a ratio reads as more than that of everyone."""
    return numbers.known(ratio) and ratio > 1 and numbers.times(ratio) != numbers.times(1.0)


def head_absent(rows: pd.DataFrame) -> list[str]:
    """The groups that cannot be counted here, in one line each reason."""
    told = []
    for status in ("missing", "suppressed"):
        names = rows.loc[rows["status"].eq(status), "label"].tolist()
        if names:
            told.append(plural(f"risk_factors.head_{status}", len(names), names="; ".join(names)))
    return told


def head_method(store: Store) -> str:
    """The method in a few words, and why the total is not the one of the map."""
    told, benchmark = [say("risk_factors.head_method")], store.settings["need"].get("benchmark")
    if benchmark:
        told.append(say("risk_factors.head_other_rate", share=numbers.percent(benchmark)))
    return " ".join(told)


def head_figure(store: Store, rows: pd.DataFrame) -> figure.Figure:
    """Bars of estimated people beside the ratios."""
    every = head_rows(store, rows)
    frame = every[every["status"].eq("ok")].reset_index(drop=True)
    sentence = head_sentence(every)
    marks = [Row(
        row.label, row.numerator, numbers.people(row.numerator, city=True), low=row.people_low, high=row.people_high,
        hover=say("risk_factors.hover_heads", group=row.label, n=numbers.people(row.numerator, city=True),
                  of=numbers.count(row.denominator), share=numbers.percent(row.value)),
    ) for row in tables.records(frame)]
    table = Table([
        Column(say("risk_factors.group"), frame["label"].tolist(), "head"),
        Column(say("table.people"), [mark.text for mark in marks], "number"),
        Column(say("risk_factors.spread"), [
            numbers.people_span(row.people_low, row.people_high, city=True) or "" for row in tables.records(frame)
        ], "number", second=True),
        Column(say("risk_factors.group_size"), [numbers.count(x) for x in frame["denominator"]], "number", second=True),
        Column(say("risk_factors.nature"), [nature(str(x), "heads") for x in frame["basis"]], "text", second=True),
    ], frame.assign(name=frame["label"]).drop(columns=["label", "survey", "ratio"]),
        say("table.caption", title=risk.BURDEN.title.of(local("fr", "en"))))
    behind = [str(store.setting("survey_dataset"))]
    for variable in store.group_labels()["head_variable"].dropna().str.removeprefix("not:").unique():
        behind += store.census(variable)["dataset_id"].unique().tolist()
    return figure.Figure(
        id="heads", title=say("risk_factors.head_title"), sentence=sentence, table=table, indicator=risk.BURDEN,
        draw=kept.chart(
            lambda dark: group_charts.heads(marks, simulated="simulated" in set(frame["basis"]), dark=dark),
            key="chart_heads", alt=figure.alt_of(sentence, say("risk_factors.head_alt")),
        ),
        bases=frame["basis"].unique().tolist(), name=(str(session.held("groups", "glance")),),
        empty=say("risk_factors.head_none") if frame.empty else "",
        source=sources.line(store, behind, method=" ".join([*head_absent(every), head_method(store)])),
        source_plain=sources.plain(store, behind),
    )
