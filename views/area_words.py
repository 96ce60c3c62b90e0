"""What the page and the brief say of one area: the same sentences, made from the same rows."""

from __future__ import annotations

import pandas as pd

from views import numbers, sentences, tables
from views.city import change, change_span, verdict_words
from views.my_area import FAR, NEED, Area, Line
from views.words import begun_low, cap, known, language, plural, say


def label(line: Line, area: Area) -> str:
    """A measure's name; with the reach it was counted at, where there is one."""
    title = line.indicator.title.of(language())
    if line.indicator.setting != "reach_m":
        return title
    return say("my_area.at_reach", title=title, reach=numbers.reach(area.store.setting("reach_m")))


def one_sided(line: Line) -> str:
    """`most` or `least` where the listing behind a measure is declared incomplete, and the area has a value."""
    return numbers.one_sided(line.own["value"], line.own["low"], line.own["high"]) if line.known else ""


def value(row: pd.Series | None, unit: str) -> str:
    """A value in words; its status, as a word, where there is none."""
    if row is None:
        return say("status.missing")
    if row["status"] == "ok" and numbers.known(row["value"]):
        return numbers.limited(row["value"], row["low"], row["high"], unit)
    return say(f"status.{row['status'] if row['status'] != 'ok' else 'missing'}")


def span(row: pd.Series | None, unit: str) -> str:
    """The range of a row in words; empty where there is none or it is the value itself."""
    if row is None:
        return ""
    told = numbers.span(row["low"], row["high"], unit) or ""
    return "" if numbers.known(row["value"]) and told in (numbers.value(row["value"], unit), value(row, unit)) else told


def finding(area: Area) -> str:
    """The title: what kind of area it is, need against the city, then help; only what the ranges allow to say.

    A district and a neighbourhood may bear one name and not say the same.
    """
    told = []
    for name, indicator in (("need", NEED), ("far", FAR)):
        line = area.line(indicator)
        verdict = line.against(line.city) if line is not None else None
        if verdict:
            told.append(say(f"my_area.{name}_{verdict}"))
    if not told:
        return say("my_area.finding_none", name=named(area))
    return say("my_area.finding", name=named(area), what=say("my_area.and").join(told))


def named(area: Area) -> str:
    """Name and kind of area: « Parc-Extension, district »; the name alone where it says the kind."""
    key = f"my_area.kind_{area.row['kind']}"
    kind = say(key) if area.level == "borough" and known(key) else say(f"level_one.{area.level}")
    return area.name if tables.folded(kind) in tables.folded(area.name) else say(
        "my_area.named", name=area.name, kind=kind,
    )


def lead(area: Area) -> str:
    """The answer in a few sentences: need and its range, borough, city, similar areas, the year before."""
    line = next((x for x in area.lines if x.known), None)
    if line is None:
        return say("my_area.lead_none", place=cap(sentences.place_in(area.row)))
    unit = line.indicator.unit
    limits = span(line.own, unit)
    key = "my_area.lead_range" if limits else "my_area.lead"
    told = [say(key, title=label(line, area), value=value(line.own, unit), span=limits)]
    told.append(_beside(area, line))
    told.append(peers_sentence(line))
    told.append(year_sentence(area))
    return " ".join(part for part in told if part)


def _beside(area: Area, line: Line) -> str:
    unit = line.indicator.unit
    city = value(line.city, unit)
    if area.borough is None:
        return say("my_area.beside_city", city=city)
    return say("my_area.beside_both", borough=value(line.borough, unit), city=city)


def peers_sentence(line: Line) -> str:
    """The middle value of the similar areas, and whether the area stands apart from all of them."""
    if line.middle is None:
        return ""
    unit = line.indicator.unit
    told = plural("my_area.peers", len(line.peers), n=numbers.count(len(line.peers)),
                  value=numbers.value(line.middle, unit))
    if not line.known:
        return told
    verdicts = [line.against(row) for _, row in line.peers.iterrows()]
    if any(verdict is None for verdict in verdicts):
        return told
    if len(verdicts) == 1:
        return f"{told} {say(f'my_area.peer_{verdicts[0]}')}"
    for side in ("more", "less"):
        count = sum(verdict == side for verdict in verdicts)
        if count:
            told += " " + plural(f"my_area.peers_{side}", count, n=numbers.count(count))
    if all(verdict == "unclear" for verdict in verdicts):
        told += " " + say("my_area.peers_unclear")
    return told


def year_sentence(area: Area) -> str:
    """Requests against the year before; empty where the version has none at this level."""
    row = area.requests
    if row is None:
        return ""
    if not numbers.known(row["now"]):
        return say("my_area.year_hidden")
    told = plural("my_area.year", row["now"], n=numbers.count(row["now"]))
    return f"{told} {verdict_words(row, 'low', 'high')}"


def year_answer(area: Area) -> str:
    """Worse than last year, and than similar areas? Both, as counts allow."""
    told = [year_sentence(area) or say("my_area.year_none")]
    similar = area.peer_requests
    if len(similar):
        low, high = (change(similar["ratio"].min()), change(similar["ratio"].max()))
        told.append(plural(
            "my_area.year_peers", len(similar), n=numbers.count(len(similar)),
            middle=change(float(similar["ratio"].median())), low=low, high=high,
        ))
    return " ".join(told)


def compare_sentence(area: Area) -> str:
    """Which measures stand surely above or below the city, how many cannot be told apart or are not known."""
    verdicts = [line.against(line.city) for line in area.lines]
    told = []
    for side in ("more", "less"):
        names = [begun_low(label(line, area)) for line, verdict in zip(area.lines, verdicts) if verdict == side]
        if names:
            told.append(say(f"my_area.compare_{side}", names="; ".join(names)))
    unclear = verdicts.count("unclear")
    if unclear:
        told.append(plural("my_area.compare_unclear", unclear, n=numbers.count(unclear)))
    limits = [label(line, area) for line in area.lines if one_sided(line)]
    if limits:
        told.append(say("my_area.compare_limits", names="; ".join(limits)))
    no_range = sum(
        verdict is None and line.known and not one_sided(line) for verdict, line in zip(verdicts, area.lines)
    )
    if no_range:
        told.append(plural("my_area.compare_plain", no_range, n=numbers.count(no_range)))
    silent = sum(not line.known for line in area.lines)
    if silent:
        told.append(plural("my_area.compare_silent", silent, n=numbers.count(silent)))
    return " ".join(told)


def rank_words(line: Line) -> str:
    """A likely rank in words; empty where it is not told."""
    if line.rank is None:
        return ""
    best, worst, total = line.rank
    span = numbers.count(best) if best == worst else say("overview.rank_span", low=best, high=worst)
    return say("my_area.rank_of", rank=span, n=numbers.count(total))


def rank_sentence(area: Area) -> str:
    """The likely rank by share of need, then, apart, the chance of being among the most affected by number."""
    line = area.line(NEED)
    told = []
    if line is not None and line.rank is not None:
        best, worst, total = line.rank
        every = plural(f"level_n.{area.level}", total, n=numbers.count(total))
        words = {"total": every, "best": numbers.place(best), "worst": numbers.place(worst)}
        if (best, worst) == (1, total):
            told.append(say("my_area.rank_any", **words))
        else:
            told.append(say("my_area.rank_one" if best == worst else "my_area.rank_range", **words))
            told.append(say("my_area.rank_close"))
    if area.sure is not None:
        told += [say("my_area.by_number")] if told else []
        chance = float(area.sure["value"])
        told.append(say(f"my_area.sure_{'all' if chance else 'none'}") if chance in (0, 1) else
                    say("my_area.sure", chance=numbers.percent(chance, 0 if 0.005 <= chance < 0.995 else 1)))
    return " ".join(told) or say("my_area.rank_none")


def alone(area: Area) -> str:
    """Why no area is similar to this one."""
    reason = f"reason.{area.alone}"
    return say("my_area.alone_because", reason=say(reason)) if known(reason) else say("my_area.alone")


def comparison(area: Area) -> tables.Table:
    """The table of the page and the brief: one row a measure, the area, its borough, the city, its similar areas."""
    lines, column = area.lines, tables.Column
    units = [line.indicator.unit for line in lines]
    columns = [
        column(say("my_area.measure"), [label(line, area) for line in lines], "head",
               under=[_basis(line) for line in lines], under_name=say("export.basis")),
        column(area.name, [value(x.own, u) for x, u in zip(lines, units)], "number",
               words=[not x.known for x in lines], under=[span(x.own, u) for x, u in zip(lines, units)]),
    ]
    if area.borough is not None:
        texts = [value(x.borough, u) for x, u in zip(lines, units)]
        columns.append(column(say("my_area.borough"), texts, "number", second=True))
    columns.append(column(say("my_area.city"), [value(x.city, u) for x, u in zip(lines, units)], "number"))
    columns.append(column(
        say("my_area.similar"), [peers_value(x, area) for x in lines], "number", under=[peers_span(x) for x in lines],
    ))
    columns.append(column(say("my_area.rank"), [rank_words(x) for x in lines], "number", second=True))
    return tables.Table(columns, exported(area), say("my_area.caption", name=area.name))


def _basis(line: Line) -> str:
    return say(f"basis.{line.own['basis']}") if pd.notna(line.own["basis"]) else ""


def peers_value(line: Line, area: Area) -> str:
    """The middle value of the similar areas, or the word for none: hidden before missing."""
    if line.middle is not None:
        shown, side = numbers.value(line.middle, line.indicator.unit), one_sided(line)
        return say(f"number.at_{side}", value=shown) if side else shown
    found = {peer_status(line, str(peer)) for peer in area.peers["peer_id"]}
    return tables.status_word(sorted(found)[-1]) if found else say("status.missing")


def peer_status(line: Line, peer: str) -> str:
    """The status of a similar area's row; `missing` where there is no row, or no value that it should have."""
    status = line.frame.loc[line.frame["area_id"] == peer, "status"]
    if status.empty or (status.iloc[0] == "ok" and peer not in line.peers.index):
        return "missing"
    return str(status.iloc[0])


def peers_span(line: Line) -> str:
    """From the least to the most of the similar areas; empty under two of them."""
    if len(line.peers) < 2 or one_sided(line):
        return ""
    return numbers.span(line.peers["value"].min(), line.peers["value"].max(), line.indicator.unit) or ""


def exported(area: Area) -> pd.DataFrame:
    """The comparison as raw numbers: one row a measure."""
    rows = []
    for line in area.lines:
        best, worst, total = line.rank or (None, None, None)
        own = line.own
        rows.append({
            "area_id": area.id, "name": area.name, "indicator": line.indicator.id, "unit": line.indicator.unit,
            **{name: own[name] for name in ("value", "low", "high", "status", "basis", "reason")},
            "borough_value": None if line.borough is None else line.borough["value"],
            "city_value": None if line.city is None else line.city["value"],
            "similar_middle": line.middle, "similar_known": len(line.peers),
            "rank_best": best, "rank_worst": worst, "ranked": total,
        })
    return pd.DataFrame(rows)


def ranked(area: Area) -> tables.Table:
    """The likely rank of every measure that has one, 1 = most."""
    lines = [line for line in area.lines if line.rank is not None]
    columns = [
        tables.Column(say("my_area.measure"), [label(line, area) for line in lines], "head",
                      under=[_basis(line) for line in lines], under_name=say("export.basis")),
        tables.Column(area.name, [value(x.own, x.indicator.unit) for x in lines], "number",
                      under=[span(x.own, x.indicator.unit) for x in lines]),
        tables.Column(say("my_area.rank"), [rank_words(line) for line in lines], "number"),
    ]
    kept = {line.indicator.id for line in lines}
    export = exported(area)
    export = export[export["indicator"].isin(kept)].reset_index(drop=True) if len(export) else export
    # Not the value of the indicator the figure is named after: these columns say which measure is ranked.
    export = export.rename(columns={"indicator": "measure", "value": "measure_value", "unit": "measure_unit"})
    return tables.Table(columns, export, say("my_area.rank_caption", name=area.name))


def years(area: Area) -> tables.Table:
    """Requests of twelve months and of the twelve before: the area, then each similar area."""
    rows = [(area.id, area.name, area.requests)]
    pair = area.peer_requests
    rows += [(peer, name, pair.loc[peer]) for peer, name in zip(area.peers["peer_id"], area.peers["name"])
             if peer in pair.index]

    def doubt(row: pd.Series | None) -> str:
        if row is None or not numbers.known(row["ratio"]) or not numbers.known(row["high"]):
            return ""
        return change_span(row["low"], row["high"])

    cells = [row for _, _, row in rows]
    columns = [
        tables.Column(say("table.area"), [name for _, name, _ in rows], "head"),
        tables.Column(say("my_area.now"), [_counted(row, "now") for row in cells], "number"),
        tables.Column(say("my_area.before"), [_counted(row, "before") for row in cells], "number"),
        tables.Column(say("my_area.change"), [_changed(row) for row in cells], "number",
                      under=[doubt(row) for row in cells]),
    ]
    names = {
        "now": "year_now", "before": "year_before", "ratio": "year_ratio", "low": "low", "high": "high",
        **{name: name for name in ("status", "reason", "before_status", "before_reason")},
    }
    export = pd.DataFrame([
        {"area_id": area_id, "name": name,
         **{column: None if row is None else row[k] for k, column in names.items()}}
        for area_id, name, row in rows
    ])
    return tables.Table(columns, export, say("my_area.years_caption", name=area.name), 0)


def _counted(row: pd.Series | None, name: str) -> str:
    """A count of twelve months, `now` or `before`, or why it is not there."""
    if row is None:
        return say("status.missing")
    if numbers.known(row[name]):
        return numbers.count(row[name])
    start = "" if name == "now" else "before_"
    status = row[f"{start}status"]
    return tables.status_word(status if status != "ok" else "missing", row[f"{start}reason"])


def _changed(row: pd.Series | None) -> str:
    """The change, or why it is not there: from a known zero, there can be none."""
    if row is None:
        return say("status.missing")
    if numbers.known(row["ratio"]):
        return change(row["ratio"])
    unknown = next((name for name in ("now", "before") if not numbers.known(row[name])), None)
    return tables.status_word("not_applicable") if unknown is None else _counted(row, unknown)
