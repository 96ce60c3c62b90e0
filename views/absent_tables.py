"""What the page on who is missing draws: matrices as real tables, every cell with its word, and their long forms."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from indicators import THEMES
from indicators.spec import Indicator
from loaders.store import Store
from views import absent, numbers, sources, tables
from views.absent import HIDDEN, PLACE, Left
from views.figure import tag
from views.tables import Column, Table
from views.words import known, local, plural, say

CHANGES = ("gone", "never", "back", "new")


def grid(heads: Sequence[str], rows: Sequence[tuple[str, str, Sequence[str]]], caption: str) -> str:
    """A matrix as HTML: `rows` are name, what stands under it, and cells already escaped by their maker."""
    head = "".join(f'<th scope="col" role="columnheader">{html.escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{html.escape(name)}'
        + (f"<small>{html.escape(under)}</small>" if under else "") + "</th>"
        + "".join(f'<td role="cell" data-head="{html.escape(one)}">{cell}</td>' for one, cell in zip(heads[1:], cells))
        + "</tr>" for name, under, cells in rows
    )
    # Roles are said again: a phone shows each row as a block, which would make browsers forget that it is a table.
    return (
        f'<div class="cv-table cv-matrix" tabindex="0" role="region" aria-label="{html.escape(caption)}">'
        f'<table role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def mark(look: str, word: str, *, under: str = "") -> str:
    """One cell: the pattern of a status beside its word; `under` is HTML."""
    return f'<span class="cv-cell"><i class="{look}"></i><span>{html.escape(word)}{under}</span></span>'


# --- indicators and levels --------------------------------------------------------------------------------


def name_of(row: Any) -> str:
    """The title of a row's indicator, its reading in brackets."""
    return absent.title(row.indicator_id, row.grp, reading(row.grp))


def reading(grp: str) -> str:
    """The words of one reading of an indicator; its identifier where the catalogue has none."""
    return say(f"who_is_missing.reading_{grp}") if known(f"who_is_missing.reading_{grp}") else grp


def matrix_html(rows: pd.DataFrame, levels: Sequence[str]) -> str:
    """Indicators down, levels across: residents with a value as a bar by status, the share in words, the basis."""
    cells = {(row.indicator_id, row.grp, row.level): row for row in tables.records(rows)}
    names = list(dict.fromkeys((row.indicator_id, row.grp) for row in tables.records(rows)))
    drawn = []
    for indicator_id, grp in names:
        told = [_cell(cells.get((indicator_id, grp, level))) for level in levels]
        side = next(row.side for key, row in cells.items() if key[:2] == (indicator_id, grp))
        limit = say(f"who_is_missing.side_{side}") if side else ""
        drawn.append((absent.title(indicator_id, grp, reading(grp)), limit, told))
    heads = [say("who_is_missing.indicator"), *(say(f"level.{level}") for level in levels)]
    return grid(heads, drawn, say("who_is_missing.matrix_title"))


def _cell(row: Any | None) -> str:
    if row is None or row.kind == "not_applicable":
        return mark("not_applicable", say("status.not_applicable"))
    if row.kind == "never":
        return mark("missing", say("who_is_missing.never"))
    if not numbers.known(row.value):
        return mark("unknown", say("who_is_missing.not_told"))
    total = row.denominator
    parts = [(row.basis, total - row.numerator), *((name, getattr(row, name)) for name in HIDDEN)]
    bar = "".join(
        f'<i class="{look}" style="width:{100 * n / total:.2f}%"></i>' for look, n in parts if n > 0
    )
    share = numbers.percent(row.within / total, 0)
    only = row.kind == "none" and row.within > 0
    words = say("who_is_missing.kind_within", share=share) if only else say(
        f"who_is_missing.kind_{row.kind}", share=share_known(row),
    )
    told = [why_not(row)] if main_status(row) else []
    if row.within and not only:
        told.append(say("who_is_missing.within", share=share))
    under = f"<small>{html.escape('; '.join(told))}</small>" if told else ""
    of = f" {tag(row.basis)}" if row.kind != "none" else ""  # no value, so nothing to say how it was made
    return f'<span class="cv-bar" aria-hidden="true">{bar}</span>{html.escape(words)}{of}{under}'


def share_known(row: Any) -> str:
    """Residents with a value, in percent; never 100 where someone is missing, nor 0 where someone is not."""
    share = 1 - float(row.value)
    text = numbers.percent(share, 0)
    if 0 < share < 1 and text in (numbers.percent(0, 0), numbers.percent(1, 0)):
        return say("who_is_missing.nearly_all") if share > 0.5 else say("who_is_missing.nearly_none")
    return text


def main_status(row: Any) -> str:
    """The status that hides the most residents; empty where none is hidden."""
    counts = {name: getattr(row, name) for name in HIDDEN}
    name = max(counts, key=lambda one: counts[one])
    return name if counts[name] > 0 else ""


def why_not(row: Any) -> str:
    """That status in the words the card of an area uses."""
    name = main_status(row)
    return say("status.unknown_hours" if name == "unknown" and row.hours else f"status.{name}")


def matrix_key(bases: Sequence[str]) -> str:
    """The key of the bars [HTML]: known values by basis, then what is not known; none by colour alone."""
    known_looks = [(one, say("who_is_missing.known", basis=say(f"basis.{one}").lower())) for one in bases]
    hidden = ((name, say("who_is_missing.unknown" if name == "unknown" else f"status.{name}")) for name in HIDDEN)
    looks = (*known_looks, *hidden, ("not_applicable", say("status.not_applicable")))
    entries = "".join(f'<span><i class="{look}"></i><span>{html.escape(word)}</span></span>' for look, word in looks)
    return f'<div class="cv-legend"><div class="cv-keys">{entries}</div></div>'


def matrix_table(rows: pd.DataFrame) -> Table:
    """One row per indicator, reading and level: residents without a value, by status."""
    cells = tables.records(rows)
    heads = [(name, say("who_is_missing.unknown" if name == "unknown" else f"status.{name}")) for name in HIDDEN]
    heads.append(("within", say("who_is_missing.of_them_within")))

    told = [numbers.known(r.value) for r in cells]

    def residents(row: Any, name: str) -> str:
        return numbers.count(getattr(row, name)) if numbers.known(getattr(row, name)) else ""

    return Table([
        Column(say("who_is_missing.indicator"), [name_of(r) for r in cells], "head"),
        Column(say("control.level"), [say(f"level.{r.level}") for r in cells], "text"),
        Column(
            say("who_is_missing.without"),
            [numbers.percent(r.value) if ok else tables.status_word(r.status, r.reason) for r, ok in zip(cells, told)],
            "number", words=[not ok for ok in told], under=[residents(r, "numerator") for r in cells],
        ),
        *(Column(word, [residents(r, name) for r in cells], "number", second=True) for name, word in heads),
        Column(say("who_is_missing.basis"), [say(f"basis.{r.basis}") for r in cells], "text", second=True),
    ], rows.assign(name=[name_of(r) for r in cells]), say("table.caption", title=say("who_is_missing.matrix_title")))


# --- groups -----------------------------------------------------------------------------------------------

# What can be told of a group, the most first; the look of each in a bar.
_TOLD = {
    "published": "counted", "modelled": "modelled", "heads": "heads", "suppressed": "suppressed", "none": "missing",
}
SCALES = ("survey", "region", "city", "areas")


def scales_html(rows: pd.DataFrame, heads: Sequence[str]) -> str:
    """Kinds of groups down, four scales across: how many groups can be told of, and how (names: in the table)."""
    drawn = []
    for kind, some in sorted(rows.groupby("dimension"), key=lambda one: tables.folded(dimension(str(one[0])))):
        n = len(some)
        under = plural("who_is_missing.groups_n", n, n=numbers.count(n))
        drawn.append((dimension(str(kind)), under, [_scale(some[scale]) for scale in SCALES]))
    return grid(heads, drawn, say("who_is_missing.groups_title"))


def _scale(kinds: pd.Series) -> str:
    counts = Counter(kinds)
    bar = "".join(
        f'<i class="{look}" style="width:{100 * counts[kind] / len(kinds):.2f}%"></i>'
        for kind, look in _TOLD.items() if counts[kind]
    )
    told = [
        plural(f"who_is_missing.scale_n_{kind}", counts[kind], n=numbers.count(counts[kind]))
        for kind in _TOLD if counts[kind]
    ]
    return f'<span class="cv-bar" aria-hidden="true">{bar}</span>{html.escape(", ".join(told))}'


def scales_key() -> str:
    """The key of those bars [HTML]."""
    entries = "".join(
        f'<span><i class="{look}"></i><span>{html.escape(say(f"who_is_missing.scale_{kind}"))}</span></span>'
        for kind, look in _TOLD.items()
    )
    return f'<div class="cv-legend"><div class="cv-keys">{entries}</div></div>'


def scales_table(rows: pd.DataFrame, heads: Sequence[str]) -> Table:
    """The same in words, one row a group."""
    columns = [Column(heads[0], rows["label"].tolist(), "head", under=[dimension(x) for x in rows["dimension"]])]
    columns += [
        Column(head, [say(f"who_is_missing.scale_{kind}") for kind in rows[name]], "text")
        for head, name in zip(heads[1:], SCALES)
    ]
    return Table(columns, rows.rename(columns={"label": "name"}).drop(columns="head_variable"),
                 say("table.caption", title=say("who_is_missing.groups_title")))


def dimension(name: str) -> str:
    """A kind of group in words; `all` stands for everyone, `place` for the area."""
    if name == PLACE:
        return say("who_is_missing.place")
    return say(f"dimension.{name}") if known(f"dimension.{name}") else say("who_is_missing.everyone")


def crossings_html(rows: pd.DataFrame) -> str:
    """Kinds of groups down and across, the place last: how many published groups carry both, or that none does."""
    kinds = list(dict.fromkeys(rows["first"]))
    counts = {frozenset((r.first, r.second)): r.groups for r in tables.records(rows)}

    def cell(first: str, second: str) -> str:
        if first == second:
            return mark("not_applicable", say("status.not_applicable"))
        n = counts[frozenset((first, second))]
        if not n:
            return mark("missing", say("who_is_missing.crossing_no"))
        return mark("counted", plural("who_is_missing.crossing_some", n, n=numbers.count(n)))

    across = [*kinds, PLACE]
    drawn = [(dimension(first), "", [cell(first, second) for second in across]) for first in kinds]
    heads = [say("who_is_missing.crossing"), *(dimension(one) for one in across)]
    return grid(heads, drawn, say("who_is_missing.crossings_title"))


def crossings_table(rows: pd.DataFrame) -> Table:
    """Pairs that no source crosses first: the two kinds, how many groups cross them, which."""
    rows = rows.assign(_none=rows["groups"].gt(0)).sort_values("_none", kind="stable", ignore_index=True)
    rows = rows.drop(columns="_none")
    cells = tables.records(rows)
    none = [r.groups == 0 for r in cells]
    return Table([
        Column(say("who_is_missing.crossing"), [
            say("who_is_missing.crossed", first=dimension(r.first), second=dimension(r.second)) for r in cells
        ], "head"),
        Column(say("who_is_missing.crossing_groups"), [
            say("who_is_missing.crossing_none") if no else plural(
                "who_is_missing.crossing_some", r.groups, n=numbers.count(r.groups),
            ) for r, no in zip(cells, none)
        ], "text"),
        Column(say("who_is_missing.crossing_which"), [", ".join(r.labels) for r in cells], "text", second=True),
    ], rows.assign(labels=[", ".join(r.labels) for r in cells]),
        say("table.caption", title=say("who_is_missing.crossings_title")))


def years_of(rows: pd.DataFrame) -> list[str]:
    """The year columns of `absent.changed`."""
    return [name for name in rows.columns if str(name).isdigit()]


_YEAR_LOOKS = {"ok": "counted", "absent": "missing"}


def changed_html(rows: pd.DataFrame) -> str:
    """Groups down, years across: published or hidden; under each group, what changed."""
    years = years_of(rows)
    drawn = []
    for _, row in rows.iterrows():
        told = [mark(_YEAR_LOOKS.get(str(row[y]), str(row[y])), say(f"who_is_missing.year_{row[y]}"))
                for y in years]
        drawn.append((str(row["label"]), change_words(row), told))
    return grid([say("who_is_missing.group"), *years], drawn, say("who_is_missing.vanished_title"))


def change_words(row: Any) -> str:
    """What changed for one group, and since which year."""
    return say(f"who_is_missing.change_{row['change']}", year=row["since"])


def changed_table(rows: pd.DataFrame) -> Table:
    """The same as text: group, what changed, a word a year."""
    columns = [
        Column(say("who_is_missing.group"), rows["label"].tolist(), "head",
               under=[dimension(x) for x in rows["dimension"]]),
        Column(say("who_is_missing.change"), [change_words(row) for _, row in rows.iterrows()], "text"),
    ]
    columns += [
        Column(year, [say(f"who_is_missing.year_{one}") for one in rows[year]], "text", second=True)
        for year in years_of(rows)
    ]
    return Table(columns, rows.rename(columns={"label": "name"}),
                 say("table.caption", title=say("who_is_missing.vanished_title")))


# --- outside every source; warnings -----------------------------------------------------------------------


def left_table(store: Store, found: Sequence[Left]) -> Table:
    """Who is left out, how many where somebody knows, what says so, and of which source."""
    known_sources = sources.datasets(store).set_index("dataset_id")
    spoken = "fr" if local("fr", "en") == "fr" else "en"
    names = [
        "; ".join(str(known_sources.loc[one, "title"]) for one in left.datasets if one in known_sources.index)
        or say("who_is_missing.every_source") for left in found
    ]
    says = [left.says.of(spoken) if left.says else say("who_is_missing.counted_here") for left in found]
    who = [say(f"who_is_missing.left_{left.key}") for left in found]
    counts = [
        say("who_is_missing.nobody_counts") if left.n is None
        else plural(f"who_is_missing.n_{left.key}", left.n, n=numbers.count(left.n)) for left in found
    ]
    export = pd.DataFrame({
        "name": who, "count": [left.n for left in found], "says": says, "about": names,
        "key": [left.key for left in found],
    })
    return Table([
        Column(say("who_is_missing.who"), who, "head"),
        Column(say("who_is_missing.how_many"), counts, "text"),
        Column(say("who_is_missing.says"), says, "text"),
        Column(say("who_is_missing.about"), names, "text", second=True),
    ], export, say("table.caption", title=say("who_is_missing.left_title")))


def misuse_table(indicators: Sequence[Indicator]) -> Table:
    """The wrong conclusion each indicator invites, as it declares it."""
    spoken = "fr" if local("fr", "en") == "fr" else "en"
    theme = {one.id: name for name, several in THEMES.items() for one in several}
    titles = [one.title.of(spoken) for one in indicators]
    told = [one.misuse.of(spoken) if one.misuse else "" for one in indicators]
    under = [say(f"theme.{theme[one.id]}") for one in indicators]
    return Table([
        Column(say("who_is_missing.indicator"), titles, "head", under=under),
        Column(say("who_is_missing.misuse"), told, "text"),
    ], pd.DataFrame({"name": titles, "indicator_id": [x.id for x in indicators], "misuse": told}),
        say("table.caption", title=say("who_is_missing.misuse_title")))
