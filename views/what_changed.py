"""What changed since the previous version: city numbers, the largest moves by area, services, sources."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from indicators.rates import weakest
from loaders.store import Store
from views import numbers, overview, sources
from views.city import ASKED, city_row, reach_of, territory
from views.figure import Figure
from views.tables import Column, Table
from views.taken import BASES
from views.words import local, plural, say

AREAS, NAMED = 3, 4  # areas and services told by name


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: what, before, now, by how much [words], and where to read on [address].

    `basis` is the weakest of the two sides, empty for a source; ranges [words] are empty where none is known.
    """

    kind: str
    what: str
    before: str
    now: str
    by: str
    href: str
    basis: str = ""
    before_range: str = ""
    now_range: str = ""


def changes(now: Store, then: Store) -> list[Change]:
    """Every change a reader would see: numbers first, then areas, services, sources. Cached by the two versions."""
    return _changes(now.edition, now.version, then.version, local("fr", "en"), now, then)


@st.cache_data(max_entries=32, show_spinner=False)
def _changes(edition: str, version: str, before: str, spoken: str, _now: Store, _then: Store) -> list[Change]:  # noqa: ARG001
    return [*city(_now, _then), *areas(_now, _then), *services(_now, _then), *datasets(_now, _then)]


# --- numbers ------------------------------------------------------------------------------------------------


def signed(by: float, shown: str) -> str:
    """A change with its sign always written."""
    return f"+{shown}" if by > 0 else shown


def city(now: Store, then: Store) -> list[Change]:
    """The city's numbers that do not read as they did: people in need, people out of reach, requests, the survey."""
    asked = (
        ("need", overview.NEED.id, "", "gap_map", {"indicator": overview.NEED.id}),
        ("far", overview.FAR.id, reach_of(now), "gap_map", {"indicator": overview.FAR.id}),
        ("asked", ASKED.id, "", "referrals", {}),
    )
    found = []
    for name, indicator, setting, page, chosen in asked:
        rows = [city_row(store, indicator, setting) for store in (then, now)]
        pair = [None if row is None else float(row["numerator"]) for row in rows]
        # Requests are a count: the limits of their row are those of a rate.
        spans = ["", ""] if name == "asked" else [_people_range(row, city=True) for row in rows]
        one = _moved(
            say(f"overview.changes_{name}", reach=numbers.reach(now.setting("reach_m"))), pair,
            numbers.count if name == "asked" else _people,
        )
        if one is not None:
            found.append(Change("number", *one, overview.address(page, **chosen), _weakest(rows), *spans))
    return [*found, *_survey(now, then)]


def _people(value: float) -> str:
    return numbers.people(value, city=True)


def _people_range(row: pd.Series | None, *, city: bool = False) -> str:
    """The range of people of a row whose limits are shares of its residents; empty where it has none."""
    if row is None:
        return ""
    return numbers.people_span(row["low"] * row["denominator"], row["high"] * row["denominator"], city=city) or ""


def _weakest(rows: list[pd.Series | None]) -> str:
    """The weakest basis of the rows there are; empty where there is none."""
    bases = [str(row["basis"]) for row in rows if row is not None]
    return weakest(bases) if bases else ""


def _survey(now: Store, then: Store) -> list[Change]:
    """The published share the overview shows, where it does not read the same; between two places, no difference."""
    rows = [overview.survey_row(store) for store in (then, now)]
    places = list(dict.fromkeys(str(row["geography"]) for row in rows if row is not None))
    pair = [None if row is None else float(row["percent"]) / 100 for row in rows]
    one = _moved(say("overview.changes_survey"), pair, numbers.percent, points=True)
    if len(places) == 2:
        first, last = (
            say("overview.changes_place", value=numbers.percent(value or 0.0), place=_lower(territory(place)))
            for value, place in zip(pair, places)
        )
        one = say("overview.changes_survey"), first, last, ""
    if one is None:
        return []
    spans = ["" if row is None else numbers.span(row["low"] / 100, row["high"] / 100, "share") or "" for row in rows]
    what, before, after, by = one
    return [Change("number", what, before, after, by, overview.address("data_library"), _weakest(rows), *spans)]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _moved(
    what: str, pair: list[float | None], words: Any, *, points: bool = False,
) -> tuple[str, str, str, str] | None:
    """What, before, now and by how much, in words; None where both read the same."""
    shown = [say("overview.unknown") if x is None else words(x) for x in pair]
    if shown[0] == shown[1]:
        return None
    then, now = pair
    if then is None or now is None:
        return what, shown[0], shown[1], ""
    by = now - then
    return what, shown[0], shown[1], signed(by, numbers.value(by, "points") if points else words(by))


def areas(now: Store, then: Store) -> list[Change]:
    """The areas whose people out of reach moved most, by at least a hundred people as shown."""
    level, setting = str(now.settings["default_level"]), reach_of(now)
    pair = [store.indicator(overview.FAR.id, level, setting) for store in (then, now)]
    before, after = (rows[rows["status"] == "ok"].set_index("area_id") for rows in pair)
    both = pd.DataFrame({"before": before["numerator"], "after": after["numerator"]}).dropna()
    both["by"] = both["after"] - both["before"]
    both = both[both["by"].abs() >= 50].sort_values("by", key=abs, ascending=False, kind="stable").head(AREAS)
    sides: dict[str, list[pd.Series | None]] = {str(x): [before.loc[x], after.loc[x]] for x in both.index.tolist()}
    names = now.areas(level).set_index("area_id")[local("name_fr", "name_en")]
    return [
        Change(
            "area", say("overview.changes_area", name=names.get(area_id, area_id)), numbers.people(row["before"]),
            numbers.people(row["after"]), signed(row["by"], numbers.people(row["by"])),
            overview.address("gap_map", area=str(area_id), level=level, indicator=overview.FAR.id),
            _weakest(sides[str(area_id)]), *(_people_range(side) for side in sides[str(area_id)]),
        )
        for area_id, row in both.iterrows()
    ]


# --- services and sources -----------------------------------------------------------------------------------


def services(now: Store, then: Store) -> list[Change]:
    """Food services listed in one version only, by name, and how many listings there were and are."""
    kind = str(now.setting("food_kind"))
    rows = [store.services(kind).drop_duplicates("service_id").set_index("service_id") for store in (then, now)]
    before, after = (one["name"] for one in rows)
    new, gone = after[~after.index.isin(before.index)], before[~before.index.isin(after.index)]
    if new.empty and gone.empty:
        return []
    told = [plural(f"overview.changes_{key}", len(names), n=numbers.count(len(names)), list=_listed(names))
            for key, names in (("new", new), ("gone", gone)) if len(names)]
    by = len(after) - len(before)
    href = overview.address("services" if overview.has_page("services") else "gap_map")
    return [Change(
        "service", f"{say('overview.changes_services')} {' '.join(told)}", numbers.count(len(before)),
        numbers.count(len(after)), signed(by, numbers.count(by)), href, weakest(pd.concat(rows)["basis"].astype(str)),
    )]


def _listed(names: pd.Series) -> str:
    first = ", ".join(sorted(str(name) for name in names)[:NAMED])
    return f"{first}…" if len(names) > NAMED else first


def datasets(now: Store, then: Store) -> list[Change]:
    """Sources added, taken out, or whose files are not the same bytes."""
    marks = []
    for store in (then, now):
        rows = store.ledger()
        rows = rows[rows["encoding"] != "absent"]
        marks.append({str(name): frozenset(own["sha256"]) for name, own in rows.groupby("dataset_id")})
    told = {str(row.dataset_id): row for store in (then, now) for row in sources.datasets(store).itertuples()}
    found = []
    for name in sorted({*marks[0], *marks[1]}):
        was, here = marks[0].get(name), marks[1].get(name)
        if was == here:
            continue
        row: Any = told[name]
        key = "added" if was is None else "removed" if here is None else "updated"
        before = "" if was is None else _reference(then, name)
        after = "" if here is None else _reference(now, name)
        found.append(Change(
            "source", str(row.title), before, after, say(f"overview.changes_{key}"),
            overview.address("data_library", dataset=name) if here is not None else overview.address("data_library"),
        ))
    return found


def _reference(store: Store, name: str) -> str:
    rows = sources.datasets(store).set_index("dataset_id")
    return str(rows.loc[name, "reference"]) if name in rows.index else ""


# --- the block ----------------------------------------------------------------------------------------------


def figure_of(now: Store, then: Store | None) -> Figure:
    """What changed, each line linked to the page that says more; or why there is nothing to compare."""
    title = say("overview.changes_title")
    onward = overview.onward("data_library", "overview.changes_go")
    common: dict[str, Any] = {
        "id": "changes", "title": title, "source_plain": say("overview.changes_own"),
        "source": f'<p class="cv-source">{html.escape(say("overview.changes_own"))}</p>{onward}',
    }
    if then is None:
        day = numbers.version_day(now.version)
        return Figure(**common, sentence="", empty=say("overview.changes_one", day=day))
    day, rows = numbers.version_day(then.version), changes(now, then)
    name = say("overview.changes_since", day=day, version=then.version)
    if not rows:
        return Figure(**common, sentence="", empty=f"{name} {say('overview.changes_none')}")
    moved = sum(row.kind == "number" for row in rows)
    told = plural("overview.changes_numbers", moved, n=numbers.count(moved)) if moved else say("overview.changes_same")
    columns = [
        Column(title, [row.what for row in rows], "head", html=[
            f'<a href="{html.escape(row.href)}" target="_self">{html.escape(row.what)}</a>' for row in rows
        ]),
        Column(say("overview.changes_before"), [row.before for row in rows], "number", second=True,
               under=[row.before_range for row in rows]),
        Column(say("overview.changes_now"), [row.now for row in rows], "number", second=True,
               under=[row.now_range for row in rows]),
        Column(say("overview.changes_by"), [row.by for row in rows], "number"),
    ]
    export = pd.DataFrame([vars(row) for row in rows]).drop(columns="href")
    return Figure(
        **common, sentence=f"{name} {told}", table=Table(columns, export, say("table.caption", title=title)),
        bases=[basis for basis in BASES if any(row.basis == basis for row in rows)], name=(then.version,),
    )
