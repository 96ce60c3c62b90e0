"""Whom do these numbers not show?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from indicators import INDICATOR, INDICATORS, missing, risk
from indicators.rates import BASES
from views import absent, figure, kept, numbers, outside, page, session, sources
from views import absent_tables as shown
from views.city import territory
from views.figure import Figure
from views.overview import REGION
from views.session import Store
from views.words import local, plural, say

# Groups named in a sentence; more than these are counted there, and named in the figure.
NAMED = 5


def lead(store: Store, rows: pd.DataFrame, groups: pd.DataFrame) -> str:
    """The largest blind spot by number, the groups hidden in the newest year, and who is in no number at all."""
    level = str(store.settings["default_level"])
    told, worst = [], absent.largest(rows, level)
    if len(worst):
        first = worst.iloc[0]
        told.append(say(
            "who_is_missing.lead", n=numbers.count(first["numerator"]), total=numbers.count(first["denominator"]),
            title=shown.name_of(first), level=say(f"who_is_missing.by_{level}"),
        ))
        if len(worst) > 1:
            told.append(plural("who_is_missing.lead_ties", len(worst) - 1, n=numbers.count(len(worst) - 1)))
    elif len(rows):
        told.append(say("who_is_missing.lead_all", level=say(f"who_is_missing.by_{level}")))
    else:
        told.append(say("who_is_missing.lead_none"))
    if len(groups):
        year = groups["reference_year"].max()
        last = groups[groups["reference_year"] == year]
        n = int((last["status"] != "ok").sum())
        told.append(plural(
            "who_is_missing.lead_groups", n, n=numbers.count(n), total=numbers.count(len(last)), year=year,
        ))
    told.append(say("who_is_missing.lead_outside"))
    return " ".join(told)


def survey_about(store: Store) -> dict[str, Any]:
    """Source line and plain source of the survey of groups."""
    behind = [str(store.setting("survey_dataset"))]
    return {"source": sources.line(store, behind), "source_plain": sources.plain(store, behind)}


# --- indicators and levels --------------------------------------------------------------------------------


def matrix_figure(store: Store, rows: pd.DataFrame) -> Figure:
    """Indicator by level: the share of residents with a value, and what hides the others."""
    title = say("who_is_missing.matrix_title")
    if rows.empty:
        return Figure("matrix", title, "", empty=say("who_is_missing.empty"), indicator=missing.INDICATOR)
    levels, bases = store.levels(), [one for one in BASES if one in set(rows["basis"])]
    return Figure(
        "matrix", title, matrix_sentence(store, rows), draw=kept.markup(lambda: [shown.matrix_html(rows, levels)]),
        legend=shown.matrix_key(bases), table=lambda: shown.matrix_table(rows), indicator=missing.INDICATOR,
        bases=bases,
        source=sources.line(store, [], method=say("who_is_missing.matrix_method")),
        source_plain=say("who_is_missing.matrix_method"),
    )


def matrix_sentence(store: Store, rows: pd.DataFrame) -> str:
    """At the level the version opens on: how many indicators have a value for everyone, for some, for nobody."""
    level = str(store.settings["default_level"])
    kinds = rows.loc[rows["level"] == level, "kind"].value_counts()
    told = [plural(
        "who_is_missing.matrix", int(kinds.get("all", 0)), n=numbers.count(kinds.get("all", 0)),
        total=numbers.count(kinds.sum() - kinds.get("not_applicable", 0)), level=say(f"who_is_missing.by_{level}"),
    )]
    told += [
        plural(f"who_is_missing.matrix_{kind}", int(kinds[kind]), n=numbers.count(kinds[kind]))
        for kind in ("part", "none", "never") if kinds.get(kind, 0)
    ]
    hidden = rows[rows["level"].eq(level)]["suppressed"].max()
    told.append(
        say("who_is_missing.matrix_hidden", n=numbers.count(hidden)) if hidden
        else say("who_is_missing.matrix_not_hidden")
    )
    return " ".join([*told, say("who_is_missing.matrix_not_zero")])


# --- groups -----------------------------------------------------------------------------------------------


def groups_figure(store: Store, rows: pd.DataFrame) -> Figure:
    """Group by scale: what can be told of each, from the survey's territory to areas of the city."""
    title = say("who_is_missing.groups_title")
    if rows.empty:
        return Figure("groups", title, "", empty=say("who_is_missing.groups_none"), indicator=risk.RATIO)
    heads = [
        say("who_is_missing.group"), territory(str(store.setting("survey_geography"))), territory(REGION),
        say("level.city"), say(f"level.{store.settings['default_level']}"),
    ]
    n = {name: int(rows[name].isin(["published", "modelled"]).sum()) for name in shown.SCALES}
    sentence = " ".join([
        plural("who_is_missing.groups", n["survey"], n=numbers.count(n["survey"]), total=numbers.count(len(rows)),
               place=heads[1]),
        plural("who_is_missing.groups_region", n["region"], n=numbers.count(n["region"])),
        plural("who_is_missing.groups_city", n["city"], n=numbers.count(n["city"])),
        plural("who_is_missing.groups_areas", n["areas"], n=numbers.count(n["areas"])),
    ])
    return Figure(
        "groups", title, sentence, draw=kept.markup(lambda: [shown.scales_html(rows, heads)]),
        legend=shown.scales_key(),
        table=lambda: shown.scales_table(rows, heads), indicator=risk.RATIO,
        bases=["counted", "modelled"], name=("scale",), **survey_about(store),
    )


def crossings_figure(store: Store, rows: pd.DataFrame) -> Figure:
    """Pairs of characteristics, and each with the place: crossed by some published group, or by none."""
    title = say("who_is_missing.crossings_title")
    found = absent.crossings(rows) if len(rows) else rows
    if found.empty:
        return Figure("crossings", title, "", empty=say("who_is_missing.groups_none"))
    none = int(found["groups"].eq(0).sum())
    places = found[found["second"].eq(absent.PLACE)]
    sentence = " ".join([
        plural("who_is_missing.crossings", none, n=numbers.count(none), total=numbers.count(len(found))),
        plural("who_is_missing.crossings_place", int(places["groups"].eq(0).sum()),
               n=numbers.count(places["groups"].eq(0).sum()), total=numbers.count(len(places))),
        say("who_is_missing.crossings_absent"),
    ])
    return Figure(
        "crossings", title, sentence, draw=kept.markup(lambda: [shown.crossings_html(found)]),
        table=lambda: shown.crossings_table(found), bases=["counted"], **survey_about(store),
    )


def vanished_figure(store: Store, severities: list[str], severity: str) -> Figure:
    """Groups the survey does not publish every year, at the severity the reader chose."""
    title = say("who_is_missing.vanished_title")
    if not severities:
        return Figure("vanished", title, "", empty=say("who_is_missing.groups_none"))
    every = absent.surveyed(store, severity)
    rows = absent.changed(every)

    def controls() -> None:
        left, _ = st.columns([1, 2.6])
        with left:
            session.select("severity", say("who_is_missing.severity"), severities,
                           lambda x: say(f"who_is_missing.severity_{x}"))

    return Figure(
        "vanished", title, vanished_sentence(every, rows, absent.only_everyone(store)), controls=controls,
        draw=kept.markup(lambda: [shown.changed_html(rows) if len(rows) else (
            f'<div class="cv-empty">{figure.rich(say("who_is_missing.vanished_none"))}</div>'
        )]),
        table=lambda: shown.changed_table(rows), bases=["counted"], name=(severity,), **survey_about(store),
    )


def vanished_sentence(every: pd.DataFrame, rows: pd.DataFrame, others: int) -> str:
    """Which groups are no longer published, which never were, how many come and go, what other sources give."""
    year = every["reference_year"].max()
    told = [plural(
        "who_is_missing.vanished", len(rows), n=numbers.count(len(rows)),
        total=numbers.count(every["group_id"].nunique()), first=every["reference_year"].min(), last=year,
    )]
    for change in ("gone", "never"):
        one = rows.loc[rows["change"] == change, "label"].tolist()
        if one:
            key = f"who_is_missing.vanished_{change}{'_many' if len(one) > NAMED else ''}"
            told.append(plural(key, len(one), n=numbers.count(len(one)), year=year, list=", ".join(one)))
    n = int(rows["change"].isin(["back", "new"]).sum())
    if n:
        told.append(plural("who_is_missing.vanished_back", n, n=numbers.count(n)))
    if len(rows):
        told.append(say("who_is_missing.vanished_not_zero"))
    if others:
        told.append(plural("who_is_missing.vanished_others", others, n=numbers.count(others)))
    return " ".join(told)


# --- outside every source; warnings -----------------------------------------------------------------------


def left_figure(store: Store) -> Figure:
    """Who no source reaches, with the limit or the note that says so."""
    found = absent.left_out(store)
    n = sum(left.n is None for left in found)
    sentence = plural("who_is_missing.left", n, n=numbers.count(n), total=numbers.count(len(found)))
    behind = list(dict.fromkeys(name for left in found for name in left.datasets))
    return Figure(
        "left", say("who_is_missing.left_title"), sentence, table=lambda: shown.left_table(store, found),
        first="table", source=sources.line(store, behind), source_plain=sources.plain(store, behind),
    )


def misuse_figure(store: Store) -> Figure:
    """The wrong conclusion a reader in a hurry would draw from each indicator this version holds."""
    held = outside.held(store)
    several = [one for one in INDICATORS if one.id in held and one.misuse is not None]
    if not several:
        return Figure("misuse", say("who_is_missing.misuse_title"), "", empty=say("who_is_missing.empty"))
    example = INDICATOR.get("food_insecurity", several[0])
    first = (example if example in several else several[0]).misuse
    sentence = say("who_is_missing.misuse_lead", text=first.of(local("fr", "en")) if first else "")
    return Figure(
        "misuse", say("who_is_missing.misuse_title"), sentence, table=lambda: shown.misuse_table(several),
        first="table", source=sources.line(store, [], method=say("who_is_missing.misuse_method")),
        source_plain=say("who_is_missing.misuse_method"),
    )


def main() -> None:
    """The page."""
    store = session.store()
    rows, groups, scales = absent.matrix(store), absent.surveyed(store), absent.scales(store)
    severities = absent.severities(store)
    severity = str(session.now("severity", severities, severities[0])) if severities else ""
    said = kept.once(store, "who_is_missing.lead", lambda: lead(store, rows, groups))
    page.header("who_is_missing", said, bases=rows["basis"].unique().tolist())
    makers: dict[str, Callable[[], Figure]] = {
        "matrix": lambda: matrix_figure(store, rows), "groups": lambda: groups_figure(store, scales),
        "vanished": lambda: vanished_figure(store, severities, severity),
        "crossings": lambda: crossings_figure(store, scales), "left": lambda: left_figure(store),
        "misuse": lambda: misuse_figure(store),
    }
    for name, make in makers.items():
        by = (severity,) if name == "vanished" else ()
        figure.show(kept.figure(store, f"who_is_missing.{name}", make, *by))


main()
