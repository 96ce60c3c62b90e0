"""How each number is made: one block an indicator, and the facts of this version, from declarations and manifest."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from indicators.examples import example
from indicators.spec import Indicator
from loaders.store import Store
from views import legends, numbers, session, tables, theme
from views.figure import Figure, tag
from views.tables import Column, Table
from views.words import known, language, local, plural, say

STATUSES = ("ok", "zero", "suppressed", "missing", "not_applicable", "unknown")
BASES = ("counted", "modelled", "simulated")
FONTS = ("Newsreader", "Public Sans")


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """A list of names and values [HTML]: names escaped here, values by their maker."""
    rows = "".join(f"<div><dt>{html.escape(name)}</dt><dd>{value}</dd></div>" for name, value in pairs)
    return f'<dl class="cv-facts">{rows}</dl>'


def contents(themes: Mapping[str, Sequence[Indicator]]) -> None:
    """Links to every theme and to every indicator under it."""
    spoken = "fr" if language() == "fr" else "en"
    parts = []
    for name, indicators in themes.items():
        links = "".join(
            f'<li><a href="#{html.escape(i.id)}" target="_self">{html.escape(i.title.of(spoken))}</a></li>'
            for i in indicators
        )
        head = f'<a href="#theme-{name}" target="_self"><b>{html.escape(say(f"theme.{name}"))}</b></a>'
        parts.append(f"<li>{head}<ul>{links}</ul></li>")
    st.html(f'<ul class="cv-toc">{"".join(parts)}</ul>')


def block(indicator: Indicator, store: Store, held: Collection[str]) -> None:
    """One indicator, all of it: what a reader who asked for it came for."""
    spoken = "fr" if language() == "fr" else "en"
    question = f'<p class="cv-sentence"><b>{html.escape(indicator.question.of(spoken))}</b></p>'
    body = told(indicator, store, held)
    section(f"ind-{indicator.id}", indicator.title.of(spoken), f'{question}<div class="cv-ind">{body}</div>')


def theme_of(name: str, indicators: Sequence[Indicator], store: Store, held: Collection[str]) -> None:
    """The indicators of a theme, each folded under its title and question: one piece of HTML, so that the page is
    light. Its anchor is inside the fold: a link to it opens it."""
    spoken = "fr" if language() == "fr" else "en"
    parts = []
    for indicator in indicators:
        absent = "" if indicator.id in held else f' <em>{html.escape(say("methods.not_here"))}</em>'
        parts.append(
            f'<details class="cv-ind"><summary><b role="heading" aria-level="3">'
            f'{html.escape(indicator.title.of(spoken))}</b>{absent}'
            f'<span>{html.escape(indicator.question.of(spoken))}</span></summary>'
            f'<div id="{html.escape(indicator.id)}">{told(indicator, store, held)}</div></details>'
        )
    section(f"theme-{name}", say(f"theme.{name}"), "".join(parts))


def told(indicator: Indicator, store: Store, held: Collection[str]) -> str:
    """One indicator from its declaration [HTML]: nothing here is written twice."""
    spoken = "fr" if language() == "fr" else "en"
    limits = "".join(f"<li>{html.escape(limit.of(spoken))}</li>" for limit in indicator.limits)
    misuse = "" if indicator.misuse is None else (
        f'<p><b>{html.escape(say("methods.misuse"))}</b> {html.escape(indicator.misuse.of(spoken))}</p>'
    )
    return (
        f'<div class="cv-ind-body"><div><p class="cv-sentence">{html.escape(indicator.method.of(spoken))}</p>'
        f'<pre class="cv-formula">{html.escape(indicator.formula)}</pre>'
        f'<p class="cv-note"><b>{html.escape(say("methods.example"))}</b> '
        f"{html.escape(example(indicator.id).of(spoken))}</p></div>"
        f'<div class="cv-caveats"><b>{html.escape(say("figure.limits"))}</b><ul>{limits}</ul>{misuse}</div></div>'
        f"{facts(_declared(indicator, store, spoken, held))}"
    )


def _declared(
    indicator: Indicator, store: Store, spoken: str, held: Collection[str]
) -> list[tuple[str, str]]:
    pairs = [
        ("methods.held", "" if indicator.id in held else say("methods.held_no")),
        ("methods.counts", indicator.counts.of(spoken)), ("methods.unit", say(f"unit.{indicator.unit}")),
        ("methods.grain", say(f"grain.{indicator.grain}")),
        # Higher means more need, or more help, where a map says so by its colours; elsewhere the unit says it.
        ("methods.direction", say(f"direction.{indicator.direction}") if indicator.mapped else ""),
        ("methods.setting", say("methods.reach", reach=numbers.reach(store.setting("reach_m")))
         if indicator.setting else ""),
        ("methods.assumptions", " ".join(a.of(spoken) for a in indicator.assumptions)),
        ("methods.range", indicator.range_means.of(spoken)), ("methods.citation", indicator.citation.of(spoken)),
    ]
    shown = [(say(key), html.escape(text)) for key, text in pairs if text]
    read = " ".join(f"<code>{html.escape(name)}</code>" for name in indicator.tables)
    classes = [(say("methods.classes"), _classes(indicator))] if indicator.mapped else []
    return [*shown, (say("methods.tables"), read), *classes,
            (say("methods.id"), f"<code>{html.escape(indicator.id)}</code>")]


def _classes(indicator: Indicator) -> str:
    swatches = zip(theme.ramp(indicator.direction), legends.ranges(indicator))
    return '<span class="cv-keys">' + "".join(
        f'<span><i style="background:{colour}"></i><span>{html.escape(words)}</span></span>'
        for colour, words in swatches
    ) + "</span>"


# --- this version -----------------------------------------------------------------------------------------


def version(store: Store) -> str:
    """What this version is [HTML]: its name, code, database, day, size."""
    built = datetime.fromisoformat(store.facts["built_at"])
    rows = store.facts.get("rows", {})
    return facts([
        (say("methods.version"), f"<code>{html.escape(store.version)}</code>"),
        (say("methods.edition"), html.escape(local(store.settings["title_fr"], store.settings["title_en"]))),
        (say("methods.built"), html.escape(numbers.day(built))),
        (say("methods.code"), f"<code>{html.escape(store.facts['code'])}</code>"),
        (say("methods.duckdb"), f"<code>{html.escape(store.facts['duckdb'])}</code>"),
        (say("methods.rows"), html.escape(numbers.count(sum(rows.values())))),
        (say("methods.sha"), f'<code class="cv-long">{html.escape(store.facts.get("sha256", ""))}</code>'),
    ])


def calibration(store: Store) -> Figure:
    """Every calculation of need: shares declared, total asked for, shares after the shift δ."""
    asked, found = store.settings["need"], store.facts["calibration"]
    benchmark, relative = asked.get("benchmark"), float(asked.get("benchmark_relative", 0.0))
    levels = [None] if benchmark is None else [benchmark, benchmark * (1 - relative), benchmark * (1 + relative)]
    variants = [(below, above, level) for below, above in asked["rates"] for level in levels]
    export = pd.DataFrame([
        {"variant": n, "declared_below": below, "declared_above": above, "benchmark": level, "below": shifted[0],
         "above": shifted[1]}
        for n, ((below, above, level), shifted) in enumerate(zip(variants, found["rates"]), start=1)
    ])
    first = export.iloc[0]
    names = {"total": "" if benchmark is None else numbers.percent(benchmark),
             "delta": numbers.decimal(found["delta"], 2),
             "from_below": numbers.percent(first["declared_below"]), "below": numbers.percent(first["below"]),
             "from_above": numbers.percent(first["declared_above"]), "above": numbers.percent(first["above"])}
    sentence = say("methods.calibrated" if benchmark is not None else "methods.not_calibrated", **names)
    sentence += " " + plural("methods.variants", len(export), n=numbers.count(len(export)))
    heads = [say("methods.central") if n == 0 else say("methods.variant", n=n + 1) for n in range(len(export))]
    columns = [Column(say("methods.calculation"), heads, "head")]
    for name in ("declared_below", "declared_above", "benchmark", "below", "above"):
        texts = [numbers.percent(x) if numbers.known(x) else say("methods.no_total") for x in export[name]]
        columns.append(Column(say(f"methods.{name}"), texts, "number", second=name.startswith("declared")))
    return Figure(
        id="calibration", title=say("methods.calibration"), sentence=sentence, bases=("modelled",),
        table=Table(columns, export, say("table.caption", title=say("methods.calibration"))),
        source=f'<p class="cv-source">{html.escape(local(asked["rates_fr"], asked["rates_en"]))}</p>',
        source_plain=local(asked["rates_fr"], asked["rates_en"]),
    )


def unreached(store: Store, bases: Sequence[str]) -> Figure:
    """Capacity that nobody in need can reach, at each reach."""
    found = store.facts["calibration"]["unreached_capacity"]
    export = pd.DataFrame([
        {"reach_m": int(name.split("=")[1]), "capacity": places} for name, places in found.items()
    ]).sort_values("reach_m", ignore_index=True)
    left = int((export["capacity"] > 0.5).sum())
    sentence = plural("methods.unreached_some", left, n=numbers.count(left)) if left else say("methods.unreached_none")
    return Figure(
        id="unreached", title=say("methods.unreached"), sentence=f"{sentence} {say('methods.unreached_note')}",
        bases=bases, source=_own_source(store), source_plain=say("methods.own_source"),
        table=Table([
            Column(say("methods.reach_head"), [numbers.reach(x) for x in export["reach_m"]], "head"),
            Column(say("methods.places"), [numbers.count(round(x)) for x in export["capacity"]], "number"),
        ], export, say("table.caption", title=say("methods.unreached"))),
    )


def crosswalks(store: Store) -> Figure:
    """Residents each pair of levels could place, and why not where it could not."""
    rows = store.crosswalks().assign(_lost=lambda f: f["unplaced"].fillna(0)).sort_values(
        ["_lost", "child_level", "parent_level"], ascending=[False, True, True], ignore_index=True,
    ).drop(columns="_lost")
    whole, pairs = int((rows["unplaced"].fillna(0) < 0.5).sum()), len(rows)
    sentence = plural("methods.placed", whole, n=numbers.count(whole), pairs=numbers.count(pairs))
    if whole < pairs:
        worst = rows.iloc[0]
        sentence += " " + plural(
            "methods.unplaced", worst["unplaced"], n=numbers.count(round(worst["unplaced"])),
            child=level(worst["child_level"]), parent=level(worst["parent_level"]),
        )
    reasons = [
        local(row.reason_fr, row.reason_en) if isinstance(row.reason_fr, str) else "" for row in tables.records(rows)
    ]
    return Figure(
        id="crosswalks", title=say("methods.crosswalks"), sentence=sentence, source=_own_source(store),
        source_plain=say("methods.own_source"), bases=(),
        table=Table([
            Column(say("methods.child"), [level(x) for x in rows["child_level"]], "head"),
            Column(say("methods.parent"), [level(x) for x in rows["parent_level"]], "text"),
            Column(say("methods.residents"), [numbers.count(x) for x in rows["population"]], "number", second=True),
            Column(say("methods.placed_head"), [numbers.count(round(x)) for x in rows["placed"]], "number",
                   second=True),
            Column(say("methods.unplaced_head"), [numbers.count(round(x)) for x in rows["unplaced"]], "number"),
            Column(say("methods.reason"), reasons, "text", second=True),
        ], rows, say("table.caption", title=say("methods.crosswalks"))),
    )


def level(name: str) -> str:
    """A level in words; blocks and the points where people live have no page of their own."""
    return say(f"methods.level_{name}") if known(f"methods.level_{name}") else say(f"level.{name}")


def _own_source(store: Store) -> str:
    words = f"{say('methods.own_source')} {say('source.version', version=store.version)}"
    return f'<p class="cv-source">{html.escape(words)}</p>'


# --- words that go with every number ----------------------------------------------------------------------


def statuses() -> str:
    """What stands where a number could be [HTML], each with its look on maps."""
    looks = {"ok": f'<i style="background:{theme.ramp("more_is_worse")[2]}"></i>'}
    rows = [(say(f"methods.status_{name}"), looks.get(name, f'<i class="{name}"></i>'), say(f"methods.means_{name}"))
            for name in STATUSES]
    return '<ul class="cv-looks cv-keys">' + "".join(
        f"<li>{look}<b>{html.escape(word)}</b><span>{html.escape(meaning)}</span></li>" for word, look, meaning in rows
    ) + "</ul>"


def bases() -> str:
    """The three bases of a number [HTML], strongest first."""
    return '<ul class="cv-looks">' + "".join(
        f"<li>{tag(name)}<span>{html.escape(say(f'methods.means_{name}'))}</span></li>" for name in BASES
    ) + "</ul>"


def disclosure(store: Store) -> str:
    """How counts of requests are protected, with the settings of this edition."""
    return say("methods.disclosure_text", smallest=numbers.count(store.setting("smallest")),
               base=numbers.count(store.setting("base")))


def fonts() -> str:
    """Licences of the letters on screen [HTML]."""
    return facts([(name, html.escape(say("methods.font_licence"))) for name in FONTS])


def section(name: str, title: str, *parts: str) -> None:
    """A block of words under the same rule as a figure."""
    with st.container(key=f"fig-{name}", gap="small"):
        st.header(title, anchor=name)
        for part in parts:
            st.html(part)


def chosen(indicators: Sequence[Indicator]) -> Indicator | None:
    """The indicator the reader asked for, or None."""
    spoken = "fr" if language() == "fr" else "en"
    by_id = {i.id: i for i in indicators}
    name = session.select(
        "indicator", say("methods.choose"), sorted(by_id, key=lambda x: tables.folded(by_id[x].title.of(spoken))),
        lambda x: by_id[x].title.of(spoken), may_be_empty=True, placeholder=say("methods.choose_hint"),
    )
    return by_id.get(name)
