"""Three food banks worked live: what three counts allow, and what knowing more would leave of it."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from indicators import reach
from indicators.spec import InputError
from loaders.store import Store
from views import figure, kept, numbers, people, people_charts, session
from views.figure import Figure
from views.people import Range
from views.people_charts import Mark
from views.tables import Column, Table
from views.words import plural, say

# The example of the founding brief: three places that each count fifty people.
BANKS = (50, 50, 50)
PAIRS = ((0, 1), (0, 2), (1, 2))
MOST = 1_000_000
# Shares of the possible overlap a reader may suppose [%].
STEPS = tuple(range(101))
# Where the slider starts: the middle, since either end says that all or nobody goes to two places.
SUPPOSED = 50


@dataclass(frozen=True)
class Example:
    """Three counts, the people each pair shares [None = not known], and everyone who could be counted [None]."""

    counts: tuple[int, int, int]
    shared: tuple[int | None, int | None, int | None] = (None, None, None)
    everyone: int | None = None

    @property
    def told(self) -> bool:
        """Whether something narrows the range beyond the counts."""
        return any(one is not None for one in self.shared)

    def plain(self) -> Range:
        """What the three counts alone allow."""
        return Range(*reach.bounds(self.counts), False)

    def narrowed(self) -> Range | None:
        """What they allow with the overlaps given and everyone there is; None where these cannot all be true."""
        matrix = np.full((3, 3), np.nan)
        for (i, j), both in zip(PAIRS, self.shared):
            matrix[i, j] = matrix[j, i] = np.nan if both is None else both
        everyone = np.nan if self.everyone is None else float(self.everyone)
        try:
            low, high = reach.bounds(self.counts, everyone, matrix if self.told else None)
        except InputError:
            return None
        return Range(np.ceil(low - reach.TOLERANCE), np.floor(high + reach.TOLERANCE), False)

    def independent(self) -> float | None:
        """U_ind among everyone: three times fifty of 200 give 115.6; None without that number, or below a count."""
        if self.everyone is None or self.everyone < max(self.counts):
            return None
        rows = pd.DataFrame({
            "area_id": "here", "organization_id": ["1", "2", "3"], "period": "now", "unit": "people",
            "count": self.counts, "status": "ok", "basis": "counted",
        })
        return float(reach.people_reached(rows, pd.Series({"here": float(self.everyone)}))["value"].iloc[0])

    def chapman(self) -> dict[str, float] | None:
        """Everyone the first two lists may be drawn from (Chapman), where how many are on both is known."""
        both = self.shared[0]
        if both is None or min(self.counts[:2]) < 1 or both > min(self.counts[:2]):
            return None
        return reach.chapman(self.counts[0], self.counts[1], both)


def example_sentence(example: Example) -> str:
    """What the three counts allow, then what the reader's overlaps leave of it, then what would narrow it."""
    told = [say(
        "people_served.example_counts", **{name: numbers.count(n) for name, n in zip("abc", example.counts)},
        total=numbers.count(sum(example.counts)), between=people.between(example.plain(), "people"),
    )]
    narrowed = example.narrowed()
    if narrowed is None:
        told.append(say("people_served.example_impossible"))
    elif narrowed != example.plain():
        told.append(say("people_served.example_narrowed", between=people.between(narrowed, "people")))
    elif example.told or example.everyone is not None:
        told.append(say("people_served.example_same"))
    else:
        told.append(say("people_served.example_untold"))
    return " ".join(told)


def example_more(example: Example) -> str:
    """Two suppositions beside the range: no link among so many people, and Chapman's estimate from two lists."""
    told = []
    alone, lists = example.independent(), example.chapman()
    if alone is not None and example.everyone is not None:
        told.append(say(
            "people_served.example_independent", everyone=numbers.count(example.everyone),
            n=numbers.decimal(alone, 1),
        ))
    if lists is not None and example.shared[0] is not None:
        told.append(plural(
            "people_served.example_chapman", example.shared[0], n=numbers.count(example.shared[0]),
            value=numbers.decimal(lists["value"], 1), low=numbers.decimal(lists["low"], 1),
            high=numbers.decimal(lists["high"], 1), variance=numbers.decimal(lists["variance"], 1),
        ))
    return " ".join(told)


def example_table(example: Example, share: float) -> Table:
    """One row per reading of the three counts: what it supposes, fewest, most; an estimate where there is one."""
    found: list[tuple[str, Range | None, float | None, float | None]] = [
        ("counts", example.plain(), None, None), ("overlaps", example.narrowed(), None, None),
        ("slider", None, reach.at_overlap(example.counts, share), None),
    ]
    if example.independent() is not None:
        found.append(("independent", None, example.independent(), None))
    lists = example.chapman()
    if lists is not None:
        found.append(("chapman", Range(lists["low"], lists["high"], False), lists["value"], lists["variance"]))
    rows = pd.DataFrame([{
        "reading": name, "low": inside.low if inside else None, "high": inside.top if inside else None,
        "estimate": estimate, "variance": variance, "unit": "people",
    } for name, inside, estimate, variance in found])
    impossible = say("people_served.impossible")

    def shown(name: str, inside: Range | None) -> str:
        if inside is None:
            return impossible if name == "overlaps" else ""
        digits = 1 if name == "chapman" else 0
        low, high = numbers.decimal(inside.low, digits), numbers.decimal(inside.top, digits)
        return high if low == high else say("number.span", low=low, high=high)

    return Table([
        Column(say("people_served.reading"), [say(f"people_served.reading_{name}") for name, *_ in found], "head"),
        Column(say("people_served.range_people"), [shown(name, inside) for name, inside, *_ in found], "number"),
        Column(say("people_served.estimate"), [
            "" if estimate is None else numbers.decimal(estimate, 1, least=0) for _, _, estimate, _ in found
        ], "number"),
        Column(say("people_served.variance"), [
            "" if variance is None else numbers.decimal(variance, 1) for *_, variance in found
        ], "number", second=True),
    ], rows, say("table.caption", title=say("people_served.example_title")))


# --- its figure -------------------------------------------------------------------------------------------


def held() -> Example:
    """The example as the address and the fields hold it."""
    counts = [session.seed_number(f"bank{n}", least=0, most=MOST, default=BANKS[n - 1]) for n in (1, 2, 3)]
    shared = [
        session.seed_number(f"both{i + 1}{j + 1}", least=0, most=MOST, default=None) for i, j in PAIRS
    ]
    everyone = session.seed_number("everyone", least=0, most=MOST, default=None)
    return Example(tuple(int(n or 0) for n in counts), tuple(shared), everyone)  # type: ignore[arg-type]


def overlap_slider() -> float:
    """The share of the possible overlap that the reader supposes [0 to 1]."""
    return session.slide(
        "overlap", say("people_served.overlap"), STEPS, lambda x: numbers.percent(x / 100, 0), default=SUPPOSED,
    ) / 100


def controls(*, alone: bool) -> None:
    """Three counts, then what would narrow the range: people two of them share, and everyone there is.

    `alone`: the page has no slider of its own above.
    """
    for column, n in zip(st.columns(3, gap="medium"), (1, 2, 3)):
        with column:
            session.number(
                f"bank{n}", say("people_served.bank", n=n), least=0, most=MOST, default=BANKS[n - 1],
            )
    st.html(f'<p class="cv-note">{html.escape(say("people_served.narrow"))}</p>')
    *columns, last = st.columns(4, gap="medium")
    unknown = say("people_served.unknown")
    for column, (i, j) in zip(columns, PAIRS):
        with column:
            session.number(
                f"both{i + 1}{j + 1}", say("people_served.both", first=i + 1, second=j + 1), least=0, most=MOST,
                default=None, placeholder=unknown,
            )
    with last:
        session.number(
            "everyone", say("people_served.everyone"), least=0, most=MOST, default=None, placeholder=unknown,
        )
    if alone:
        left, _ = st.columns([1, 1])
        with left:
            overlap_slider()


def example_figure(store: Store, *, alone: bool) -> Figure:
    """The figure block: everything typed is in the address. `alone`: it brings the slider."""
    example = held()
    overlap = st.session_state[session.seed("overlap", STEPS, SUPPOSED)] / 100
    return kept.figure(
        store, "people_served.example", lambda: figure_of(example, overlap, alone=alone), example, overlap, alone,
    )


def figure_of(example: Example, overlap: float, *, alone: bool) -> Figure:
    """The figure of one example and one supposed overlap."""
    left = example.narrowed() or example.plain()
    sentence, more = example_sentence(example), example_more(example)
    chart = kept.chart(
        lambda dark: people_charts.one(left, marks(example, left, overlap), simulated=False, dark=dark),
        key="example", alt=figure.alt_of(sentence, say("people_served.example_alt")),
    )

    def draw() -> None:
        chart()
        if more:
            st.html(f'<p class="cv-sentence">{figure.rich(more)}</p>')

    return Figure(
        "example", say("people_served.example_title"), sentence, draw=draw, controls=lambda: controls(alone=alone),
        table=example_table(example, overlap), indicator=people.REACHED, name=("example",),
        source=f'<p class="cv-source">{html.escape(say("people_served.example_source"))}</p>',
        source_plain=say("people_served.example_source"),
    )


def marks(example: Example, left: Range, overlap: float) -> list[Mark]:
    """The reader's overlap and the independence reference, as long as they are inside what the counts allow."""
    alone, at = example.independent(), float(reach.at_overlap(example.counts, overlap))
    found = [(at, say(
        "people_served.mark_overlap", share=numbers.percent(overlap, 0), n=numbers.count(round(at)),
    ), "diamond")]
    if alone is not None:
        found.append((alone, say("people_served.mark_independent", n=numbers.decimal(alone, 1)), "circle-open"))
    return [Mark(*one) for one in found if not left.exact and left.low <= one[0] <= left.top]
