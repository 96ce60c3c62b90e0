"""Whom the numbers do not show: by indicator and level, by group and scale, over the years, outside every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd
import streamlit as st

from indicators import INDICATOR, INDICATORS, access, missing, need, reach, risk, trends
from indicators.rates import weakest
from indicators.spec import Text
from loaders.store import Store
from views import people
from views.city import reach_of
from views.overview import REGION
from views.words import language, local

HIDDEN = ("suppressed", "missing", "unknown")
# What the groups of a survey cross, where a group is of more than one kind: nothing else in the file says it.
CROSSED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((
        "men_under18", "men_18to64", "men_65plus", "women_under18", "women_18to64", "women_65plus",
    ), ("age", "gender")),
    **dict.fromkeys((
        "senior_family", "senior_couples", "other_senior_family", "non_senior_family", "other_non_senior_family",
        "unattached_senior", "unattached_non_senior",
    ), ("age", "family")),
    **dict.fromkeys(("one_parent_man", "one_parent_woman"), ("family", "gender")),
    **dict.fromkeys((
        "unattached_senior_men", "unattached_senior_women", "unattached_non_senior_men", "unattached_non_senior_women",
    ), ("age", "family", "gender")),
}
PLACE = "place"


# --- indicators and levels --------------------------------------------------------------------------------


def matrix(store: Store) -> pd.DataFrame:
    """One row per indicator, group and level: who has no value, by status, and what the values known are made of.

    indicator_id, grp, level, numerator [residents without a value], denominator [residents it applies to], value, kind
    [`all`, `part`, `none`, `never`: no value at this scale, `not_applicable`], suppressed, missing and unknown
    [residents], within [those of unknown between known limits: what the card of their area shows], hours [what is
    unknown are opening hours, not capacities], side [`most` or `least`: values are limits, the listing is incomplete],
    basis [of the values known; of the count where none is], in the order of the methods page.
    """
    return _matrix(store.edition, store.version, store)


@st.cache_data(max_entries=8, show_spinner=False)
def _matrix(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    rows = _store.missing()
    keys = ["indicator_id", "grp", "level"]
    behind = _store.statuses(reach_of(_store))
    hidden = behind[behind["status"].isin(HIDDEN)].pivot_table(
        index=keys, columns="status", values="residents", aggfunc="sum",
    ).reindex(columns=list(HIDDEN))
    known = behind[behind["status"] == "ok"].groupby(keys)["basis"].agg(lambda bases: weakest(list(bases)))
    unsure = behind[behind["status"] == "unknown"].groupby(keys).agg(within=("within", "sum"), hours=("hours", "any"))
    rows = rows.merge(hidden.reset_index(), on=keys, how="left").merge(
        known.rename("known_basis").reset_index(), on=keys, how="left",
    ).merge(unsure.reset_index(), on=keys, how="left")
    rows["within"] = rows["within"].astype("float64").fillna(0.0)
    rows["hours"] = rows["hours"].eq(True)
    rows["side"] = [_store.listing_side(name) for name in rows["indicator_id"]]
    # What no row says (an area without a row, a level without any) is missing too.
    told = rows["suppressed"].fillna(0) + rows["unknown"].fillna(0)
    rows["missing"] = (rows["numerator"] - told).clip(lower=0)
    rows[["suppressed", "unknown"]] = rows[["suppressed", "unknown"]].fillna(0.0)
    rows["kind"] = [
        "not_applicable" if status == "not_applicable" else "never" if why == missing.NEVER
        else "all" if share == 0 else "none" if share == 1 else "part"
        for status, why, share in zip(rows["status"], rows["reason"], rows["value"])
    ]
    rows["basis"] = rows["known_basis"].fillna(rows["basis"])
    order = {indicator.id: n for n, indicator in enumerate(INDICATORS)}
    rows["_at"] = rows["indicator_id"].map(order)
    return rows.sort_values(["_at", "grp", "level"], ignore_index=True).drop(columns=["_at", "known_basis"])


def largest(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """The indicators of a level that leave out the most residents: several where they tie, none where nobody is.

    Other readings of an indicator (`grp`) are not blind spots of their own.
    """
    here = rows[(rows["level"] == level) & rows["numerator"].gt(0) & rows["grp"].eq("")]
    return here[here["numerator"] == here["numerator"].max()].reset_index(drop=True)


def title(indicator_id: str, grp: str, words: str) -> str:
    """The title of an indicator; of one of its readings, `words` in brackets."""
    told = INDICATOR[indicator_id].title.of(local("fr", "en"))
    return f"{told} ({words})" if grp else told


# --- groups -----------------------------------------------------------------------------------------------


def given(store: Store) -> pd.DataFrame:
    """Every group of every source for the survey's territory, as `Store.surveyed` gives them."""
    return _given(store.edition, store.version, store)


@st.cache_data(max_entries=8, show_spinner=False)
def _given(edition: str, version: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return _store.surveyed(str(_store.setting("survey_geography")))


def surveyed(store: Store, severity: str = "any") -> pd.DataFrame:
    """The groups of the edition's survey: group_id, label, dimension, reference_year, status; labelled groups only."""
    return _surveyed(store.edition, store.version, severity, local("label_fr", "label_en"), store)


@st.cache_data(max_entries=32, show_spinner=False)
def _surveyed(
    edition: str, version: str, severity: str, label: str, _store: Store,  # noqa: ARG001  cache key
) -> pd.DataFrame:
    rows = given(_store)
    rows = rows[(rows["dataset_id"] == _store.setting("survey_dataset")) & (rows["severity"] == severity)]
    labels = _store.group_labels()
    labels["label"] = labels[label]
    columns = ["group_id", "label", "dimension", "head_variable"]
    return rows[["group_id", "reference_year", "status", "basis"]].merge(labels[columns], on="group_id")


def severities(store: Store) -> list[str]:
    """Severities the survey gives by group, in one stated order."""
    rows = given(store)
    held = set(rows.loc[rows["dataset_id"] == store.setting("survey_dataset"), "severity"])
    return [name for name in ("any", "moderate_or_severe", "marginal", "moderate", "severe") if name in held]


def only_everyone(store: Store) -> int:
    """How many other sources speak of the survey's territory and give one figure, that of everyone."""
    rows = given(store)
    groups = rows[rows["dataset_id"] != store.setting("survey_dataset")].groupby("dataset_id")["group_id"]
    return int((groups.agg(set) == {"all"}).sum()) if groups.ngroups else 0


def scales(store: Store) -> pd.DataFrame:
    """What can be told of each group at each scale: group_id, label, dimension, survey, region, city, areas.

    `published` (a share), `suppressed`, `modelled` (people estimated from shares), `heads` (how many live there, not
    how many are short of food) or `none` (no source gives it).
    """
    return _scales(store.edition, store.version, language(), store)


@st.cache_data(max_entries=16, show_spinner=False)
def _scales(edition: str, version: str, spoken: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    store, rows = _store, surveyed(_store)
    if rows.empty:
        return rows.assign(survey="", region="", city="", areas="")
    last = rows[rows["reference_year"] == rows["reference_year"].max()].set_index("group_id")
    out = rows.drop_duplicates("group_id")[["group_id", "label", "dimension", "head_variable"]].reset_index(drop=True)
    words = {"ok": "published", "suppressed": "suppressed"}
    out["survey"] = out["group_id"].map(last["status"]).map(words).fillna("none")
    beside = store.surveyed(REGION)
    newest = beside.sort_values("reference_year").drop_duplicates("group_id", keep="last").set_index("group_id")
    out["region"] = out["group_id"].map(newest["status"]).map(words).fillna("none")
    heads = store.groups(risk.BURDEN.id)
    counted = set(heads.loc[heads["status"] == "ok", "grp"])
    out["city"] = ["modelled" if group in counted else "none" for group in out["group_id"]]
    held = matrix(store)
    fine = held[held["level"].eq(store.settings["default_level"]) & held["kind"].isin(["all", "part"])]
    variables = {INDICATOR[name].census_variable for name in fine["indicator_id"]} - {""}
    everyone = need.INDICATOR.id in set(fine["indicator_id"])
    out["areas"] = [
        "modelled" if group == "all" and everyone else "heads" if variable in variables else "none"
        for group, variable in zip(out["group_id"], out["head_variable"])
    ]
    return out


def crossings(groups: pd.DataFrame) -> pd.DataFrame:
    """Every pair of kinds of groups, and each kind with the place: first, second, groups [how many cross them], labels.

    `groups` as `scales` gives them. Zero groups is a crossing that cannot be made. A kind and the place cross where
    groups of that kind have an estimate or a head-count by area.
    """
    kinds = sorted(set(groups["dimension"]) - {"all"})
    of = {group: CROSSED.get(group, ()) for group in groups["group_id"]}
    rows = []
    for first, second in combinations(kinds, 2):
        both = groups[[{first, second} <= set(of[group]) for group in groups["group_id"]]]
        rows.append({"first": first, "second": second, "groups": len(both), "labels": both["label"].tolist()})
    for kind in kinds:
        here = groups[groups["dimension"].eq(kind) & groups["areas"].eq("modelled")]
        rows.append({"first": kind, "second": PLACE, "groups": len(here), "labels": here["label"].tolist()})
    return pd.DataFrame(rows, columns=["first", "second", "groups", "labels"])


def changed(rows: pd.DataFrame) -> pd.DataFrame:
    """Groups a survey does not publish in every year: group_id, label, dimension, change, since, one column a year.

    `rows` as `surveyed` gives them. `change`: `gone` (published, now hidden), `never`, `back` (came and went), `new`
    (hidden at first). `since`: the first year of what holds now. A year holds its status, or `absent` without a row.
    """
    table = rows.pivot_table(index="group_id", columns="reference_year", values="status", aggfunc="first")
    table = table.fillna("absent")
    years = list(table.columns)
    label, kind = (dict(zip(rows["group_id"], rows[name])) for name in ("label", "dimension"))
    out = []
    for group, told in table.iterrows():
        shown = (told == "ok").tolist()
        if all(shown):
            continue
        now = shown[-1]
        since = len(shown)
        while since and shown[since - 1] == now:
            since -= 1
        change = "never" if not any(shown) else "gone" if not now else "new" if not any(shown[:since]) else "back"
        out.append({
            "group_id": group, "label": label[group], "dimension": kind[group],
            "change": change, "since": int(years[since]), **dict(zip(map(str, years), told)),
        })
    order = {"gone": 0, "never": 1, "back": 2, "new": 3}
    frame = pd.DataFrame(out, columns=["group_id", "label", "dimension", "change", "since", *map(str, years)])
    return frame.sort_values(
        ["change", "label"], key=lambda c: c.map(order) if c.name == "change" else c, ignore_index=True,
    )


# --- outside every source ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """People the sources leave out: words by `key`, how many [None = nobody counts them], what says so, and who.

    `says` is a limit an indicator declares or a note of the catalogue; `datasets` are the sources it speaks of.
    """

    key: str
    n: int | None
    says: Text | None
    datasets: Sequence[str]


def left_out(store: Store) -> list[Left]:
    """Everyone this version's sources leave out, as its declarations and catalogue say; only of sources it holds."""
    return _left_out(store.edition, store.version, store)


@st.cache_data(max_entries=8, show_spinner=False)
def _left_out(edition: str, version: str, _store: Store) -> list[Left]:  # noqa: ARG001  cache key
    found: list[Left] = []
    store, groups = _store, surveyed(_store)
    survey = [str(store.setting("survey_dataset"))]
    if len(groups):
        beyond = risk.RATIO.limits[1]
        found += [Left("homeless", None, beyond, survey), Left("institutions", None, beyond, survey)]
        last = groups[groups["reference_year"] == groups["reference_year"].max()]
        found.append(Left("small_groups", int((last["status"] == "suppressed").sum()), None, survey))
    found.append(Left("no_status", None, missing.INDICATOR.limits[0], []))
    applied = store.settings["need"].get("rates_dataset")
    if applied:
        found.append(Left("children", None, need.INDICATOR.limits[2], [str(applied)]))
    asked = [name for cut in store.referral_cuts()["cut"] for name in store.referrals(cut)["dataset_id"].unique()]
    if asked:
        found.append(Left("silent_211", None, trends.INDICATOR.limits[1], list(dict.fromkeys(asked))))
    found += _outside(store)
    listed = store.services(str(store.setting("food_kind")))["dataset_id"].unique().tolist()
    if listed:
        found.append(Left("unlisted", None, access.LISTED, listed))
    clients = people.counts(store)
    if len(clients):
        sources = clients["dataset_id"].unique().tolist()
        found.append(Left("unsent", len(people.never(store, clients)), reach.INDICATORS[0].limits[2], sources))
    return found


def _outside(store: Store) -> list[Left]:
    """Residents of linked cities that the poverty index does not cover, and residents outside every area."""
    found = []
    areas = store.areas("borough") if "borough" in store.levels() else store.areas("city")
    linked = areas[areas["kind"] == "linked_city"]
    if len(linked):
        index = store.census("below_mbm")["dataset_id"].unique().tolist()
        found.append(Left("linked_cities", int(linked["population"].sum()), note(store, index), index))
    links = store.crosswalks()
    lost = links[(links["child_level"] == "block") & (links["parent_level"] == store.settings["default_level"])]
    if len(lost) and lost["unplaced"].iloc[0] > 0:
        row = lost.iloc[0]
        says = Text(str(row["reason_fr"]), str(row["reason_en"])) if isinstance(row["reason_fr"], str) else None
        found.append(Left("outside", int(row["unplaced"]), says, []))
    return found


def note(store: Store, dataset_ids: Sequence[str]) -> Text | None:
    """The note of the catalogue on the first of these sources that has one."""
    rows = store.datasets().set_index("dataset_id")
    for name in dataset_ids:
        if name in rows.index and isinstance(rows.loc[name, "note_fr"], str):
            return Text(str(rows.loc[name, "note_fr"]), str(rows.loc[name, "note_en"]))
    return None
