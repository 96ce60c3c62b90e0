"""The key of a map, in HTML: classes in words with their counts, the city's tick, then zero and the four statuses."""

from __future__ import annotations

import html

import pandas as pd

from indicators.spec import Indicator
from views import assets, maps, numbers, theme
from views.words import plural, say


def key(
    indicator: Indicator, frame: pd.DataFrame, *, unit_key: str, city: float | None = None,
    services: dict[str, int] | None = None, closed: int = 0,
) -> str:
    """The key [HTML] of one indicator over areas. `unit_key` names the plural of the level (`level_n.district`).

    `services` counts places by kind, `closed` those of them that are closed for now (hollow shapes).
    """
    ok = frame[(frame["status"] == "ok") & frame["value"].notna()]
    classes = maps.classes_of(indicator, ok["value"])
    colours = theme.ramp(indicator.direction)
    cells = []
    for n, (colour, words) in enumerate(zip(colours, ranges(indicator)), start=1):
        count = int((classes == n).sum())
        told = plural(unit_key, count, n=numbers.count(count))
        cells.append(
            f'<div><i style="background:{colour}"></i><span class="cv-nowrap">{html.escape(words)}</span>'
            f"<small>{html.escape(told)}</small></div>"
        )
    return (
        f'<div class="cv-legend"><div class="cv-ramp">{_tick(indicator, city)}{"".join(cells)}</div>'
        f'<div class="cv-keys">{_statuses(indicator, frame, classes)}</div>'
        f'<div class="cv-keys">{_services(services or {}, closed)}</div></div>'
    )


def ranges(indicator: Indicator) -> list[str]:
    """The five classes in words: « moins de 3 % », « 3 à 8 % », … « 20 % et plus »."""
    shown = [_plain(brk, indicator) for brk in indicator.breaks]
    bare = [_plain(brk, indicator, bare=True) for brk in indicator.breaks]
    inner = [say("legend.between", low=bare[i], high=shown[i + 1]) for i in range(3)]
    return [say("legend.under", value=shown[0]), *inner, say("legend.over", value=shown[3])]


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


def _tick(indicator: Indicator, city: float | None) -> str:
    if not numbers.known(city):
        return ""
    value = float(city)  # type: ignore[arg-type]
    n = max(maps.class_of(indicator, value), 1)
    low = 0.0 if n == 1 else indicator.breaks[n - 2]
    high = indicator.breaks[n - 1] if n <= 4 else indicator.breaks[3] * 1.5
    share = min(max((value - low) / (high - low), 0.03), 0.97)
    at = 20 * (n - 1 + share)
    edge = " first" if at < 14 else " last" if at > 86 else ""
    words = html.escape(say("legend.city", value=numbers.value(value, indicator.unit)))
    return f'<b class="cv-tick{edge}" style="left:{at:.1f}%"><span>{words}</span></b>'


def _statuses(indicator: Indicator, frame: pd.DataFrame, classes: pd.Series) -> str:
    zero = numbers.value(0.0, indicator.unit) if indicator.unit != "share" else numbers.percent(0, 0)
    entries = [("zero", zero, int((classes == 0).sum()))]
    entries += [(s, say(f"status.{s}"), int((frame["status"] == s).sum())) for s in
                ("suppressed", "missing", "not_applicable", "unknown")]
    return "".join(
        f'<span><i class="{name}"></i><span>{html.escape(words)} <small>{numbers.count(count)}</small></span></span>'
        for name, words, count in entries
    )


def _services(services: dict[str, int], closed: int) -> str:
    entries = [(kind, 0, say(f"kinds.{kind}"), count) for kind, count in services.items() if kind in assets.ICONS]
    if closed:
        entries.append((entries[0][0], 18, say("legend.closed"), closed))
    return "".join(
        f'<span><i class="icon" style="background-position:-{18 * assets.ICONS[kind]}px -{down}px"></i>'
        f"<span>{html.escape(words)} <small>{numbers.count(count)}</small></span></span>"
        for kind, down, words, count in entries
    )
