"""The key of a map, in HTML: classes in words with their counts, the city's tick, then zero and the four statuses."""

from __future__ import annotations

import html

import pandas as pd

from indicators.spec import Indicator
from views import assets, classes, numbers, theme
from views.classes import Breaks
from views.words import local, plural, say


def key(
    indicator: Indicator, frame: pd.DataFrame, *, unit_key: str, city: float | None = None,
    services: dict[str, int] | None = None, closed: int = 0, breaks: Breaks | None = None, unknown: str = "",
    more: str = "",
) -> str:
    """The key [HTML] of one indicator over areas. `unit_key` names the plural of the level (`level_n.district`).

    `services` counts places by kind, `closed` those of them that are closed for now (hollow shapes). `breaks`: inner
    limits of the classes where they are not the declared ones. `unknown`: what is not known, if not a capacity.
    `more`: entries [HTML] of what is drawn above the areas.
    """
    ok = frame[(frame["status"] == "ok") & frame["value"].notna()]
    found = classes.classes_of(indicator, ok["value"], breaks)
    colours = classes.shades(theme.ramp(indicator.direction), breaks)
    cells = []
    for n, (colour, words) in enumerate(zip(colours, ranges(indicator, breaks)), start=1):
        count = int((found == n).sum())
        told = plural(unit_key, count, n=numbers.count(count))
        cells.append(
            f'<div><i style="background:{colour}"></i><span class="cv-nowrap">{html.escape(words)}</span>'
            f"<small>{html.escape(told)}</small></div>"
        )
    zero = numbers.value(0.0, indicator.unit) if indicator.unit != "share" else numbers.percent(0, 0)
    side = next(filter(None, map(numbers.one_sided, ok["value"], ok["low"], ok["high"])), "")
    return (
        f'<div class="cv-legend">{title(indicator)}'
        f'<div class="cv-ramp">{_tick(indicator, city, breaks, side)}{"".join(cells)}</div>'
        f'<div class="cv-keys">{look("zero", zero, int((found == 0).sum()))}{statuses(frame["status"], unknown)}</div>'
        f'<div class="cv-keys">{places(services or {}, closed)}{more}</div></div>'
    )


def title(indicator: Indicator) -> str:
    """What the colours of a key stand for [HTML]."""
    return f'<p class="cv-key">{html.escape(indicator.title.of(local("fr", "en")))}</p>'


def ranges(indicator: Indicator, breaks: Breaks | None = None) -> list[str]:
    """The classes in words: « moins de 3 % », « 3 à 8 % », … « 20 % et plus »."""
    limits = indicator.breaks if breaks is None else breaks
    if not limits:
        return [say("legend.above_zero", value=_plain(0.0, indicator))]
    shown = [_plain(brk, indicator) for brk in limits]
    bare = [_plain(brk, indicator, bare=True) for brk in limits]
    inner = [say("legend.between", low=low, high=high) for low, high in zip(bare, shown[1:])]
    return [say("legend.under", value=shown[0]), *inner, say("legend.over", value=shown[-1])]


def class_words(indicator: Indicator, values: pd.Series, breaks: Breaks | None = None) -> list[str]:
    """The class of each value in words, as the key says it; empty where there is no value."""
    told = [_plain(0.0, indicator), *ranges(indicator, breaks)]
    found = classes.classes_of(indicator, values.dropna(), breaks).map(dict(enumerate(told)))
    return found.reindex(values.index, fill_value="").tolist()


def _plain(value: float, indicator: Indicator, *, bare: bool = False) -> str:
    """A class limit without idle decimals."""
    if indicator.unit == "share":
        text = numbers.decimal(100 * value, 1, least=0)
        return text if bare else numbers.percent(value, 0 if round(100 * value, 6).is_integer() else 1)
    if indicator.unit == "metres":
        return numbers.reach(value)
    if indicator.unit in ("points", "people", "hours"):
        return numbers.bare(value, indicator.unit) if bare else numbers.value(value, indicator.unit)
    text = numbers.decimal(value, 3 if indicator.unit == "index" else 2, least=0)
    return text if bare or indicator.unit != "ratio" else f"{text}{numbers.NBSP}×"


def _tick(indicator: Indicator, city: float | None, breaks: Breaks | None, side: str) -> str:
    if not numbers.known(city):
        return ""
    value, limits = float(city), indicator.breaks if breaks is None else breaks  # type: ignore[arg-type]
    n = max(classes.class_of(indicator, value, breaks), 1)
    low = 0.0 if n == 1 else limits[n - 2]
    high = limits[n - 1] if n <= len(limits) else max(low * 1.5, value)
    share = min(max((value - low) / (high - low), 0.03), 0.97) if high > low else 0.5
    at = 100 / (len(limits) + 1) * (n - 1 + share)
    edge = " first" if at < 14 else " last" if at > 86 else ""
    shown = numbers.value(value, indicator.unit)
    words = html.escape(say("legend.city", value=say(f"number.at_{side}", value=shown) if side else shown))
    return f'<b class="cv-tick{edge}" style="left:{at:.1f}%"><span>{words}</span></b>'


def look(name: str, words: str, count: int) -> str:
    """One look and how many areas have it [HTML]."""
    return (
        f'<span><i class="{name}"></i><span>{html.escape(words)} <small>{numbers.count(count)}</small></span></span>'
    )


def statuses(status: pd.Series, unknown: str = "") -> str:
    """The looks of the four statuses with their counts [HTML]."""
    words = {name: say(f"status.{name}") for name in ("suppressed", "missing", "not_applicable", "unknown")}
    words["unknown"] = unknown or words["unknown"]
    return "".join(look(name, told, int((status == name).sum())) for name, told in words.items())


def places(services: dict[str, int], closed: int) -> str:
    """The shapes of places by kind with their counts [HTML]."""
    entries = [(kind, 0, say(f"kinds.{kind}"), count) for kind, count in services.items() if kind in assets.ICONS]
    if closed:
        entries.append((entries[0][0], 18, say("legend.closed"), closed))
    return "".join(
        f'<span><i class="icon" style="background-position:-{18 * assets.ICONS[kind]}px -{down}px"></i>'
        f"<span>{html.escape(words)} <small>{numbers.count(count)}</small></span></span>"
        for kind, down, words, count in entries
    )
