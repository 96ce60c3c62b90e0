"""The source line under a figure: producer, product, year, licence, method in six words, version, age."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date

import pandas as pd
import streamlit as st

from indicators import risk
from indicators.spec import Indicator
from loaders.store import Store
from views import numbers
from views.words import language, plural, say

# What a source says in both languages.
SPOKEN = ("title", "producer", "licence", "reference", "note")


class Named(str):
    """Producers and licences in plain text; `datasets` are the sources named, for the record that goes with a file."""

    datasets: tuple[str, ...]

    def __new__(cls, text: str, datasets: Iterable[str] = ()) -> Named:
        """The text, with the ids of what it names."""
        made = super().__new__(cls, text)
        made.datasets = tuple(datasets)
        return made


def behind(store: Store, indicator: Indicator) -> list[str]:
    """dataset_id of the sources an indicator rests on in this version, as far as its tables say."""
    return _behind(store.edition, store.version, indicator.id, store, indicator)


@st.cache_data(max_entries=256, show_spinner=False)
def _behind(edition: str, version: str, name: str, _store: Store, _indicator: Indicator) -> list[str]:  # noqa: ARG001  cache key
    store, indicator = _store, _indicator
    found: list[str] = []
    tables = set(indicator.tables)
    if "census_value" in tables:
        variable = indicator.census_variable or "below_mbm"
        found += store.census(variable)["dataset_id"].unique().tolist()
    if "prevalence" in tables:
        # An estimate rests on the rates it applied; groups, and an edition with rates of its own, on the survey.
        applied = [store.settings["need"].get(name) for name in ("rates_dataset", "benchmark_dataset")]
        groups = indicator.id in (risk.RATIO.id, risk.BURDEN.id) or not any(applied)
        found += [str(store.setting("survey_dataset"))] if groups else [str(name) for name in applied if name]
    if tables & {"service", "location"}:
        found += store.services(str(store.setting("food_kind")))["dataset_id"].unique().tolist()
    if "referral_count" in tables:
        for cut in store.referral_cuts()["cut"]:
            found += store.referrals(cut)["dataset_id"].unique().tolist()
    return list(dict.fromkeys(found))


def datasets(store: Store) -> pd.DataFrame:
    """Every source with `title`, `producer`, `licence`, `reference` and `note` in the reader's language, by title."""
    return _datasets(store.edition, store.version, language(), store)


@st.cache_data(max_entries=16, show_spinner=False)
def _datasets(edition: str, version: str, spoken: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    rows = _store.datasets()
    own = {name: rows[f"{name}_{spoken}"] for name in SPOKEN if name != "reference"}
    return rows.assign(**own, reference=[numbers.period(str(x)) for x in rows[f"reference_{spoken}"]])


def held(store: Store) -> pd.DataFrame:
    """The same, indexed by dataset_id. Cached, as every figure of a page asks: do not change it in place."""
    return _held(store.edition, store.version, language(), store)


@st.cache_resource(max_entries=32, show_spinner=False)
def _held(edition: str, version: str, spoken: str, _store: Store) -> pd.DataFrame:  # noqa: ARG001  cache key
    return datasets(_store).set_index("dataset_id")


def line(store: Store, dataset_ids: Iterable[str], *, method: str = "", dated: bool = False) -> str:
    """The source line [HTML] of a figure; `method` is one short clause, plain text.

    `dated` says the day a source was obtained, not how long ago that is: for a page that is read long after it is made.
    """
    known = held(store)
    told = [_one(known.loc[[name]].iloc[0], dated) for name in dataset_ids if name in known.index]
    parts = list(dict.fromkeys(told))
    text = plural("source.line", len(parts), list=" · ".join(parts)) if parts else say("source.none")
    tail = [html.escape(method)] if method else []
    tail.append(f'<span class="cv-nowrap">{html.escape(say("source.version", version=store.version))}</span>')
    return f'<p class="cv-source">{text} {" ".join(tail)}</p>'


def bare(told: str) -> str:
    """A source line [HTML] as plain text, for a picture: no link onward; what may not break keeps its spaces closed."""
    told = re.sub(r'<p class="cv-next">.*?</p>', "", told, flags=re.DOTALL)
    closed = re.sub(r'<span class="cv-nowrap">(.*?)</span>', lambda x: x[1].replace(" ", numbers.NBSP), told)
    return html.unescape(re.sub(r"<[^>]+>", "", closed))


def plain(store: Store, dataset_ids: Iterable[str]) -> Named:
    """Producers and licences in plain text, for a column of an export."""
    known = held(store)
    found = {name: known.loc[name] for name in dataset_ids if name in known.index}
    told = dict.fromkeys(f"{row['producer']} ({row['licence']})" for row in found.values())
    return Named("; ".join(told), found)


def cited(store: Store, dataset_ids: Iterable[str]) -> list[str]:
    """Producer, title, reference and licence of each source in plain text, each line once."""
    known = datasets(store).set_index("dataset_id")
    rows = [known.loc[name] for name in dataset_ids if name in known.index]
    cells = ([str(row[name]) for name in ("producer", "title", "reference", "licence")] for row in rows)
    return list(dict.fromkeys(", ".join(parts) for parts in cells))


def _one(row: pd.Series, dated: bool) -> str:
    parts = [str(row["producer"])]
    title = str(row["title"])
    product = row["product"]
    parts.append(title if pd.isna(product) or not product else f"{title} ({product})")
    parts.append(str(row["reference"]))
    told = ", ".join(html.escape(part) for part in parts)
    return f"{told}, {html.escape(str(row['licence']))}{_age(row['retrieved'], dated)}"


def _age(retrieved: object, dated: bool = False) -> str:
    """How long ago the source was fetched, or the day it was, where that is known."""
    if pd.isna(retrieved):  # type: ignore[call-overload]
        return ""
    when = pd.Timestamp(retrieved).date()  # type: ignore[arg-type]
    if dated:
        return ", " + say("source.obtained", day=numbers.day(when))
    today = date.today()  # noqa: DTZ011  a day is enough
    months = (today.year - when.year) * 12 + today.month - when.month - (today.day < when.day)
    if months < 1:
        return ""
    return ", " + plural("source.age", months, n=numbers.count(months))
