"""The words, numbers and map of the meeting brief: one content, laid out as PDF and as a text document."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date
from typing import cast

import pandas as pd

from indicators import INDICATOR
from loaders.store import Store
from views import area_words, city, drawn_map, maps, my_area, numbers, sources, strips
from views.city import change, change_span
from views.figure import plain, rich
from views.my_area import ASKED, FAR, NEED, Area, Line
from views.strips import Strip
from views.words import language, plural, say

# Levels of areas so small that only a map of their surroundings shows them.
SMALL = ("tract", "dissemination_area")
MAP_SIZE = (7.22, 4.75)  # [in]: the width of a letter page within its margins
# The three numbers of the first page are the first three of these that the area has.
FIRST = ("food_insecurity", "need_out_of_reach", "referrals_per_1000", "below_mbm", "low_income_lim",
         "nearest_food_aid", "seniors_65plus")


@dataclass(frozen=True)
class Number:
    """One of the three numbers: what it is, the number or the word for none, its range, its basis, a note."""

    label: str
    shown: str
    known: bool
    span: str
    note: str
    basis: str


@dataclass(frozen=True)
class Row:
    """One row of the comparison, ready to read; `cells` follow `Brief.heads` after the first."""

    label: str
    basis: str
    cells: list[str]
    unders: list[str]
    strip: Strip | None


@dataclass(frozen=True)
class Brief:
    """Everything the brief says, in one language; texts are plain except `lead` and `answer`, where `**x**` is bold."""

    language: str
    name: str
    kicker: str
    title: str
    lead: str
    simulated: str
    notice: str
    numbers: list[Number]
    map_title: str
    map_png: bytes
    map_alt: str
    map_source: str
    heads: list[str]
    rows: list[Row]
    key: str
    answer: str
    rank: str
    limits: list[str]
    methods: list[tuple[str, str]]
    sources: list[str]
    version: str
    day: date
    link: str
    footer: str


def of(area: Area, *, link: str, version: str) -> Brief:
    """The brief of an area in the reader's language; `link` is the address of the live page."""
    store = area.store
    shown = my_area.shown_first(area)
    columns = [column for column in area_words.comparison(area).columns if column.kind == "number"]
    map_title, png, alt, source = _map(area, shown)
    told = [name for line in area.lines for name in sources.behind(store, line.indicator)]
    day = numbers.version_day(version)
    return Brief(
        language=language(), name=area.name, kicker=say("brief.kicker"), title=area_words.finding(area),
        lead=area_words.lead(area), simulated=_simulated() if "simulated" in area.bases else "",
        notice=city.listing_notice(store),
        numbers=_numbers(area), map_title=map_title, map_png=png, map_alt=alt, map_source=source,
        heads=[say("brief.this"), *(c.name for c in columns[1:])],
        rows=_rows(area, [c.texts for c in columns], [c.under for c in columns]),
        key=_key(area), answer=area_words.year_answer(area), rank=area_words.rank_sentence(area),
        limits=limits(area), methods=_methods(area), sources=sources.cited(store, dict.fromkeys(told)),
        version=say("brief.version", version=version, day=day), day=date.fromisoformat(version[:10]), link=link,
        footer=say("brief.footer", name=area.name, version=version),
    )


def _simulated() -> str:
    return f"{say('simulated.title')} {say('brief.simulated')}"


# --- the first page ---------------------------------------------------------------------------------------


def _numbers(area: Area) -> list[Number]:
    lines = [area.line(INDICATOR[name]) for name in FIRST]
    held = [line for line in lines if line is not None]
    held.sort(key=lambda line: not line.known)  # what is known first; a word for the rest only where room is left
    return [_number(area, line) for line in held[:3]]


def _basis(line: Line) -> str:
    """How the area's own value was come by; empty where there is none."""
    return str(line.own["basis"]) if pd.notna(line.own["basis"]) else ""


def _number(area: Area, line: Line) -> Number:
    """People out of reach and requests are counted; everything else is shown as on the page."""
    own, basis = line.own, _basis(line)
    if line.known and line.indicator.id == FAR.id and numbers.known(own["numerator"]):
        people = own["denominator"]
        span = numbers.people_span(own["low"] * people, own["high"] * people) if numbers.known(own["low"]) else ""
        shown = numbers.people_limited(own["numerator"], own["value"], own["low"], own["high"])
        share = numbers.limited(own["value"], own["low"], own["high"], "share")
        note = say("brief.of_residents", share=share)
        return Number(_far_label(area), shown, True, "" if span == shown else span or "", note, basis)
    if line.known and line.indicator.id == ASKED.id:
        row = area.requests
        span = ""
        if row is not None and numbers.known(row["ratio"]) and numbers.known(row["high"]):
            span = say("brief.since", change=change(row["ratio"]), span=change_span(row["low"], row["high"]))
        note = say("brief.rate", rate=numbers.value(own["value"], line.indicator.unit),
                   span=area_words.span(own, line.indicator.unit))
        return Number(say("brief.requests"), numbers.count(own["numerator"]), True, span, note, basis)
    unit = line.indicator.unit
    note = ""
    if line.known and line.indicator.counts_people and unit == "share" and numbers.known(own["numerator"]):
        note = plural("brief.people", own["numerator"], n=numbers.people(own["numerator"]))
    return Number(area_words.label(line, area), area_words.value(own, unit), line.known,
                  area_words.span(own, unit), note, basis)


def _far_label(area: Area) -> str:
    return say("brief.far", reach=numbers.reach(area.store.setting("reach_m")))


def _map(area: Area, line: Line | None) -> tuple[str, bytes, str, str]:
    """Title, picture, its words and its source; an area without any measure has no picture."""
    if line is None:
        return "", b"", "", ""
    store: Store = area.store
    asked = maps.Map(store, area.level, line.indicator, line.setting, area.id)
    png = drawn_map.draw(asked, form="png", near=area.level in SMALL, size=MAP_SIZE, margin=0.0, water=False)
    alt = say("brief.map_alt", title=line.indicator.title.of(language()), name=area.name)
    told = sources.cited(store, sources.behind(store, line.indicator))
    return line.indicator.question.of(language()), png, alt, " · ".join(told)


# --- the second page --------------------------------------------------------------------------------------


def _rows(area: Area, texts: list[list[str]], unders: list[list[str] | None]) -> list[Row]:
    return [
        Row(
            area_words.label(line, area), _basis(line), [column[n] for column in texts],
            [column[n] if column else "" for column in unders], strips.strip(area, line),
        )
        for n, line in enumerate(area.lines)
    ]


def _key(area: Area) -> str:
    total = max((len(line.frame) for line in area.lines), default=0)
    every = plural(f"level_n.{area.level}", total, n=numbers.count(total))
    told = [say("brief.key", name=area.name, all=every)]
    if area.borough is not None:
        told.append(say("brief.key_borough"))
    if "simulated" in area.bases:
        told.append(say("brief.key_hollow"))
    if len(area.peers):
        told.append(say("brief.key_similar", names=", ".join(area.peers["name"].map(str))))
    else:
        told.append(area_words.alone(area))
    return " ".join(told)


def limits(area: Area) -> list[str]:
    """What the numbers do not say: the first limit of each measure, each once."""
    spoken = language()
    told = [line.indicator.limits[0].of(spoken) for line in area.lines if line.indicator.limits]
    return list(dict.fromkeys(told))


def limits_html(area: Area) -> str:
    """The limits as a block of the page [HTML]."""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in limits(area))
    return f'<div class="cv-source"><p><b>{html.escape(say("brief.limits"))}</b></p><ul>{items}</ul></div>'


def _methods(area: Area) -> list[tuple[str, str]]:
    spoken = language()
    asked = [indicator for indicator in (NEED, FAR, ASKED) if area.line(indicator) is not None]
    # The fonts hold no Greek, and the letter stands for nothing here: the brief shows no formula.
    return [
        (x.title.of(spoken), x.method.of(spoken).replace(" δ", "")) for x in (*asked, INDICATOR["similar_areas"])
    ]


def words_of(text: str, *, bold: str = "b") -> str:
    """Catalogue words as the small mark-up of a PDF paragraph: escaped, `**x**` in the tag `bold`."""
    return rich(text).replace("<b>", f"<{bold}>").replace("</b>", f"</{bold.split()[0]}>")


def unmarked(text: str) -> str:
    """The same words without marks."""
    return cast("str", plain(text))
