"""The card of one area: its name, its place, then value, range and city value of each indicator."""

from __future__ import annotations

import html
from collections.abc import Callable

import pandas as pd
import streamlit as st

from indicators import MAPPED, intervals
from indicators.spec import Indicator
from loaders.store import Store
from views import numbers, outside, sentences
from views.figure import rich, tags
from views.words import language, local, say

# Rows of the card: the chosen indicator and the first others; the rest is one choice away. How sure a rank is comes
# last: it reads only beside the need it is about, and what help there is matters more to a first look.
ROWS = 7
_ORDER = (*(other for other in MAPPED if other is not intervals.STABILITY), intervals.STABILITY)


def area(store: Store, area_row: pd.Series, indicator: Indicator, setting: str) -> None:
    """Draw the card of an area: the indicator shown on the map first and largest, then the others at one reach.

    The city has a card too: what stands there before an area is chosen, with a hint.
    """
    values = outside.of_area(store.indicators_of(str(area_row["area_id"])), indicator)
    cities = store.areas("city")
    city = (outside.of_area(store.indicators_of(str(cities["area_id"].iloc[0])), indicator) if len(cities)
            else values.iloc[:0])
    reach = setting.split(";")[0] or f"reach_m={store.setting('reach_m')}"
    here = _at(indicator, setting, reach)
    ours = here(values)
    theirs = here(city) if area_row["level"] != "city" else ours.iloc[:0]
    ordered = [indicator, *(other for other in _ORDER if other.id != indicator.id)]
    rows = [
        _row(one, _line(ours, one), _line(theirs, one) if one.id in theirs.index else None, one.id == indicator.id)
        for one in [x for x in ordered if x.id in ours.index][:ROWS]
    ]
    place = local(area_row["name_fr"], area_row["name_en"])
    where = [str(area_row["place_fr"])] if pd.notna(area_row["place_fr"]) and area_row["place_fr"] != place else []
    if pd.notna(area_row["population"]):
        where.append(say("card.residents", n=numbers.count(area_row["population"])))
    told = say("card.none") if area_row["level"] == "city" else ""
    if not told and indicator.id in ours.index and indicator.id in theirs.index:
        told = sentences.of_area(area_row, ours.loc[indicator.id], theirs.loc[indicator.id], indicator)
    st.html(
        f'<div class="cv-card"><h3>{html.escape(place)}</h3><div class="place">{html.escape(" · ".join(where))}</div>'
        f'<p class="cv-note">{rich(told)}</p><dl>{"".join(rows)}</dl>'
        "</div>"
    )
    if area_row["level"] != "city":
        chosen = {"area": str(area_row["area_id"]), "level": str(area_row["level"])}
        st.page_link("pages/my_area.py", label=say("card.open"), query_params=chosen)


def _at(indicator: Indicator, setting: str, reach: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The rows of a card: indicators that have no setting or this reach, and the one shown at its own setting."""
    listed = [other.id for other in MAPPED if other.id != indicator.id]

    def rows(values: pd.DataFrame) -> pd.DataFrame:
        own = (values["indicator_id"] == indicator.id) & (values["setting"] == setting)
        kept = values[own | (values["setting"].isin(["", reach]) & values["indicator_id"].isin(listed))]
        return kept.drop_duplicates("indicator_id").set_index("indicator_id")

    return rows


def _line(values: pd.DataFrame, indicator: Indicator) -> pd.Series:
    return values.loc[[indicator.id]].iloc[0]


def _shown(row: pd.Series, indicator: Indicator) -> str:
    return numbers.limited(row["value"], row["low"], row["high"], indicator.unit)


def _row(indicator: Indicator, row: pd.Series, city: pd.Series | None, first: bool) -> str:
    spoken = language()
    label = html.escape(indicator.title.of("fr" if spoken == "fr" else "en"))
    if city is not None and numbers.known(city["value"]) and city["status"] == "ok":
        label += f"<small>{html.escape(say('card.city', value=_shown(city, indicator)))}</small>"
    if row["status"] == "ok" and numbers.known(row["value"]):
        shown = _shown(row, indicator)
        limits = numbers.span(row["low"], row["high"], indicator.unit)
        under = f"<small>{html.escape(limits)}</small>" if limits and limits != shown else ""
        cell = f"<dd>{html.escape(shown)}{under}</dd>"
    else:
        limits = numbers.span(row["low"], row["high"], indicator.unit) if row["status"] == "unknown" else None
        word = say("status.unknown_hours" if row["reason"] == "hours_untold" else f"status.{row['status']}")
        shown, under = (limits, f"<small>{html.escape(word)}</small>") if limits else (word, "")
        cell = f'<dd class="word">{html.escape(shown)}{under}</dd>'
    label += f'<span class="cv-under">{tags([row["basis"]])}</span>'
    return f'<div{" class=on" if first else ""}><dt>{label}</dt>{cell}</div>'
