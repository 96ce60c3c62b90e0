"""Find food near you: what is listed, cut by the areas families know, every entry in words ready to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from indicators.opening import DAYS
from loaders.store import Store
from publish.places import Place, Places, slug
from views import numbers, services, tables
from views.words import cap, say

# Ten digits as people write them here, with or without the country's 1.
_PHONE = re.compile(r"(?:\+?1[\s.-]*)?\(?\b([2-9]\d{2})\)?[\s.-]*([2-9]\d{2})[\s.-]*(\d{4})\b")


@dataclass(frozen=True)
class Phone:
    """A number as it is published, and what a telephone dials; `dial` is empty where the text holds no number."""

    shown: str
    dial: str


@dataclass(frozen=True)
class Entry:
    """One service at one address. Texts are as published or in the language spoken; none is escaped yet.

    `week` is empty where hours are unknown; `openings` are what a script reads: `MO0900-1200`. `number` is that of the
    address on the map of the page, the same for all services there; empty without a position.
    """

    id: str
    name: str
    owner: str
    what: str
    address: str
    state: str
    week: str
    openings: str
    who: str
    tongues: str
    facts: tuple[tuple[str, str], ...]
    phones: tuple[Phone, ...]
    url: str
    host: str
    fresh: str
    glyph: str
    fresh_words: str
    as_of: str
    basis: str
    searched: str
    location: str
    lon: float
    lat: float
    closed: bool
    number: str = ""

    @property
    def placed(self) -> bool:
        """Whether it can be drawn on a map."""
        return bool(numbers.known(self.lon) and numbers.known(self.lat))

    @property
    def simulated(self) -> bool:
        """Whether it is invented: nobody may be sent there."""
        return self.basis == "simulated"


@dataclass(frozen=True)
class Part:
    """The entries of one neighbourhood inside a page; `place` is None for what is in none."""

    place: Place | None
    entries: list[Entry]


@dataclass(frozen=True)
class Day:
    """One day of the week: its name, and who is open, with their hours."""

    code: str
    name: str
    entries: list[tuple[Entry, str]]


def listed(store: Store) -> pd.DataFrame:
    """Food aid that is open or closed for now, by name: rows of `services.rows`. Closed for good is not help."""
    rows = services.rows(store)
    shown = (rows["kind"] == store.setting("food_kind")) & rows["service_status"].isin(services.STATES["listed"])
    return rows[shown].reset_index(drop=True)


def entries(store: Store, frame: pd.DataFrame) -> list[Entry]:
    """One entry a row of `listed`, same order."""
    held = services.schedule(store)
    week = {
        str(name): list(own[["byday", "opens_at", "closes_at"]].itertuples(index=False, name=None))
        for name, own in held.groupby("service_id", sort=False)
    }
    return [_entry(row, week.get(str(row.service_id), [])) for row in tables.records(frame)]


def _entry(row: Any, week: Sequence[tuple[str, str, str]]) -> Entry:
    invented = str(row.basis) == "simulated"
    owner = _text(row.organization)
    closed = row.service_status != "active" or services.held_back(row.referable)
    facts = [(key, _text(getattr(row, key))) for key in ("delivery", "fees", "referral")]
    url = "" if invented else web(row.url)
    as_of = ""
    if row.fresh == "never" and pd.notna(row.as_of):
        as_of = say("services.as_of", day=numbers.day(pd.Timestamp(row.as_of).date()))
    return Entry(
        id=slug(f"{row.service_id} {_text(row.location_id)}"), name=str(row.name),
        owner="" if tables.folded(owner) == tables.folded(str(row.name)) else owner,
        what=str(row.what), address=_text(row.address), state=str(row.state) if closed else "",
        week=cap(_text(row.week)), openings="" if closed else _openings(week),
        who=str(row.who_words), tongues=cap(_text(row.tongues)), facts=tuple((k, v) for k, v in facts if v),
        phones=() if invented else phones(row.phone), url=url, host=urlsplit(url).hostname or "",
        fresh=str(row.fresh), glyph=services.CLASSES[str(row.fresh)], fresh_words=str(row.fresh_words), as_of=as_of,
        basis=str(row.basis), searched=str(row.searched), location=_text(row.location_id),
        lon=float(row.lon), lat=float(row.lat), closed=closed,
    )


def _openings(week: Sequence[tuple[str, str, str]]) -> str:
    return " ".join(f"{day}{opens}-{closes}".replace(":", "") for day, opens, closes in week)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def web(value: object) -> str:
    """A published address of a page, only where it is https with a host; anything else is dropped.

    >>> web("https://exemple.org/x"), web("javascript:alert(1)"), web("https://"), web(None)
    ('https://exemple.org/x', '', '', '')
    """
    text = _text(value)
    if not text.startswith("https://") or re.search(r"[\s\"'<>\\\x00-\x1f]", text):
        return ""
    try:
        return text if urlsplit(text).hostname else ""
    except ValueError:
        return ""


def phones(value: object) -> tuple[Phone, ...]:
    """Each number of a published text that a telephone can dial; the whole text, undialled, where there is none.

    >>> [p.dial for p in phones("514 555-0123, poste 4; 1-438-555.0199")]
    ['+15145550123', '+14385550199']
    >>> phones("javascript:alert(1)")[0].dial
    ''
    """
    text = _text(value)
    if not text:
        return ()
    found = list(_PHONE.finditer(text))
    if not found:
        return (Phone(text, ""),)
    ends = [match.start() for match in found[1:]] + [len(text)]
    told = []
    for match, end in zip(found, ends):
        shown = text[match.start() : end].strip(" ,;/|")
        told.append(Phone(shown, "+1" + "".join(match.groups())))
    return tuple(told)


# --- cut by area ------------------------------------------------------------------------------------------


def by_place(store: Store, places: Places) -> dict[str, list[Part]]:
    """area_id of the page -> its parts in the order of the page; "" holds what stands in no area.

    Every listed service is in exactly one page. Numbers follow the page: one an address.
    """
    frame = listed(store)
    told = entries(store, frame)
    page_of = places.holding(frame, places.help_level)
    part_of = places.holding(frame, places.finer) if places.finer else {}
    pages: dict[str, dict[str, list[Entry]]] = {}
    for entry in told:
        page = page_of.get(entry.location, "")
        pages.setdefault(page, {}).setdefault(part_of.get(entry.location, "") if page else "", []).append(entry)
    order = [place.id for place in places.of(places.finer)] if places.finer else []
    known = {place.id: place for place in places.of(places.finer)} if places.finer else {}
    out = {}
    for page, parts in pages.items():
        numbered: dict[str, str] = {}
        out[page] = [
            Part(known.get(part), [_numbered(entry, numbered) for entry in parts[part]])
            for part in [*(part for part in order if part in parts), *([""] if "" in parts else [])]
        ]
    return out


def _numbered(entry: Entry, numbered: dict[str, str]) -> Entry:
    if not entry.placed:
        return entry
    number = numbered.setdefault(entry.location, str(len(numbered) + 1))
    return Entry(**{**vars(entry), "number": number})


def every(parts: Sequence[Part]) -> list[Entry]:
    """The entries of all the parts of a page, in its order."""
    return [entry for part in parts for entry in part.entries]


def days(parts: Sequence[Part]) -> list[Day]:
    """The week: who is open each day, earliest first. A service that never told its hours is in no day."""
    out = []
    for code in DAYS:
        rows = []
        for entry in every(parts):
            spans = [span[2:] for span in entry.openings.split() if span.startswith(code)]
            if spans:
                rows.append((spans[0], entry, say("site.join").join(_span(span) for span in spans)))
        rows.sort(key=lambda row: (row[0], tables.folded(row[1].name), row[1].id))
        out.append(Day(code, say(f"weekday.{code}"), [(entry, told) for _, entry, told in rows]))
    return out


def _span(span: str) -> str:
    """`0900-1200` in words."""
    if span == "0000-2400":
        return say("services.all_day")
    opens, closes = (f"{part[:2]}:{part[2:]}" for part in span.split("-"))
    return say("services.from_to", opens=numbers.time_of_day(opens), closes=numbers.time_of_day(closes))


def kinds(parts: Sequence[Part]) -> list[tuple[str, list[Entry]]]:
    """The entries by what they offer, by its name."""
    found: dict[str, list[Entry]] = {}
    for entry in every(parts):
        found.setdefault(entry.what, []).append(entry)
    return sorted(found.items(), key=lambda pair: tables.folded(pair[0]))
