"""The list of services: one entry a service and place, every text escaped; the same as a table and a file."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd

from views import numbers, services
from views.figure import tag
from views.library import link
from views.tables import Column, Table, folded, records
from views.words import cap, say

PER_PAGE = 20
_EXPORT = (
    "service_id", "name", "organization", "kind", "form", "service_status", "address", "lon", "lat", "week",
    "languages", "who_words", "capacity", "assured_date", "last_modified", "verifier", "as_of", "age_days", "phone",
    "url", "basis", "dataset_id",
)


def page_of(frame: pd.DataFrame, page: int) -> pd.DataFrame:
    """The rows of one page of the list, the first being 1."""
    return frame.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]


def pages(frame: pd.DataFrame) -> int:
    """How many pages the list has: one at least."""
    return max(1, -(-len(frame) // PER_PAGE))


def to_html(frame: pd.DataFrame, start: int, caption: str) -> str:
    """Entries of one page [HTML], numbered from `start`."""
    entries = "".join(_entry(row) for row in records(frame))
    return f'<ol class="cv-list" start="{start}" aria-label="{html.escape(caption)}">{entries}</ol>'


def _entry(row: Any) -> str:
    cells = {name: getattr(row, name) for name in ("name", "organization", "what", "address", "state", "fresh")}
    own = cells["organization"] if folded(str(cells["organization"])) != folded(str(cells["name"])) else ""
    where = cells["address"] if isinstance(cells["address"], str) and cells["address"] else say("services.no_address")
    under = [html.escape(str(text)) for text in (own, cells["what"]) if text]
    closed = row.service_status != "active" or services.held_back(row.referable)
    state = f'<p class="state">{html.escape(str(cells["state"]))}</p>' if closed else ""
    return (
        f'<li><div class="what"><h3>{html.escape(str(cells["name"]))} {tag(str(row.basis))}</h3>'
        f'<p>{" · ".join(under)}</p><p>{html.escape(str(where))}</p>{state}{fresh(row)}</div>'
        f"<dl>{''.join(_facts(row))}</dl></li>"
    )


def _facts(row: Any) -> list[str]:
    """Hours, languages, eligibility, capacity and how to reach the service, each with its word where it is not told."""
    told = [
        ("services.hours", html.escape(_sentence(row.week) or say("services.hours_unknown"))),
        ("services.tongue", html.escape(cap(row.tongues) or say("services.tongues_unknown"))),
        ("services.who", html.escape(row.who_words)),
        ("services.capacity", html.escape(row.room)),
    ]
    for name, key in (("delivery", "services.delivery"), ("fees", "services.fees"), ("referral", "services.referral")):
        text = getattr(row, name)
        if isinstance(text, str) and text:
            told.append((key, html.escape(text)))
    phone, url = row.phone, row.url
    if isinstance(phone, str) and phone:
        told.append(("services.phone", html.escape(phone)))
    if isinstance(url, str) and url.startswith("https://"):
        told.append(("services.page", link(url)))
    return [f"<div><dt>{html.escape(say(key))}</dt><dd>{text}</dd></div>" for key, text in told]


def _sentence(text: str) -> str:
    return cap(text) if text else ""


def fresh(row: Any) -> str:
    """Freshness [HTML]: glyph, word and date; the source's day where nobody verified the listing."""
    name = str(row.fresh)
    words = html.escape(str(row.fresh_words))
    if name == "never" and pd.notna(row.as_of):
        day = numbers.day(pd.Timestamp(row.as_of).date())
        words += f" <small>{html.escape(say('services.as_of', day=day))}</small>"
    return f'<p class="fresh {name}"><b aria-hidden="true">{services.CLASSES[name]}</b> {words}</p>'


def table(frame: pd.DataFrame) -> Table:
    """Every row of the answer as a table; the export holds what the listing publishes, raw."""
    rows = frame.reset_index(drop=True)
    glyphs = [f"{services.CLASSES[name]} {words}" for name, words in zip(rows["fresh"], rows["fresh_words"])]
    unknown = rows["capacity"].isna().tolist()
    columns = [
        Column(say("services.service"), rows["name"].tolist(), "head", under=rows["what"].tolist(),
               under_name=say("services.kind")),
        Column(say("services.address"), [_or(x, "services.no_address") for x in rows["address"]], "text"),
        Column(say("services.hours"), [_or(x, "services.hours_unknown") for x in rows["week"]], "text", second=True),
        Column(say("services.tongue"), [_or(x, "services.tongues_unknown") for x in rows["tongues"]], "text",
               second=True),
        Column(say("services.who"), rows["who_words"].tolist(), "text", second=True),
        Column(say("services.state"), rows["state"].tolist(), "text", second=True),
        Column(say("services.capacity"), rows["room"].tolist(), "number", second=True, words=unknown),
        Column(say("services.fresh"), glyphs, "text"),
    ]
    return Table(columns, rows[list(_EXPORT)], say("table.caption", title=say("services.list_title")))


def _or(text: object, key: str) -> str:
    return text if isinstance(text, str) and text else say(key)
