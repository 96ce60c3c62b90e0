"""A reader's own table on the map: what was chosen, its sentence, its classes, its figures and its check report."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from loaders import layer
from loaders.layer import Check, Upload
from loaders.store import Store
from views import classes, layer_map, maps, numbers, tables, webgl
from views.figure import Figure, alt_of, nothing, rich
from views.tables import Column, Table
from views.words import known, local, plural, say

# What the check report lists, in order, and the word of each count.
_CHECKED = ("rows_read", "used", "refused", "duplicates", "silent", "several", "repaired", "cleaned")


@dataclass(frozen=True)
class Choice:
    """What the reader said of the table: how rows are placed, which column is the value, what it is.

    `key` and `level` where areas are named; `lon`, `lat` [columns] where points are; map points have neither column.
    """

    by: str
    level: str
    key: int = -1
    lon: int = -1
    lat: int = -1
    label: int | None = None
    value: int | None = None
    kind: str = "count"
    hundred: bool | None = None


def levels(store: Store) -> list[str]:
    """Levels a table can be joined to."""
    return [level for level in store.levels() if level not in layer.LEVEL_NOT_MAPPED and len(store.shapes(level))]


def known_areas(store: Store) -> dict[str, Any]:
    """Level -> its areas as they may be written."""
    return _known(store.edition, store.version, store)


@st.cache_resource(max_entries=8, show_spinner=False)
def _known(edition: str, version: str, _store: Store) -> dict[str, Any]:  # noqa: ARG001  cache key
    declared = layer.spellings(edition)
    return {level: layer.areas_of(_store.areas(level), declared) for level in levels(_store)}


@st.cache_resource(max_entries=8, show_spinner=False)
def _city(edition: str, version: str, _store: Store) -> list[str]:  # noqa: ARG001  cache key
    """Limits of the places that make up the city, as GeoJSON text."""
    return _store.shapes(levels(_store)[-1])["geojson"].tolist()


def check(store: Store, upload: Upload, chosen: Choice) -> Check:
    """The rows placed, and those refused with their reason."""
    rows, refused, read = upload.rows, upload.refused, upload.rows_read
    value = None if chosen.value is None else (upload.columns[chosen.value], upload.column(chosen.value))
    if chosen.by == "area":
        key = upload.columns[chosen.key], upload.column(chosen.key)
        return layer.by_area(
            rows, refused, read, known_areas(store)[chosen.level], key=key, value=value or key, kind=chosen.kind,
            hundred=chosen.hundred,
        )
    named = say("add_layer.position")
    lon = (named, rows["lon"]) if chosen.lon < 0 else (upload.columns[chosen.lon], upload.column(chosen.lon))
    lat = (named, rows["lat"]) if chosen.lat < 0 else (upload.columns[chosen.lat], upload.column(chosen.lat))
    label = None if chosen.label is None else upload.column(chosen.label)
    return layer.by_point(
        rows, refused, read, _city(store.edition, store.version, store), lon=lon, lat=lat, label=label, value=value,
        kind=chosen.kind, hundred=chosen.hundred,
    )


# --- values in words ----------------------------------------------------------------------------------------


def shown(value: float, kind: str) -> str:
    """A value as the reader said it is: a share in %, a count or a rate with the decimals it has, two at most."""
    return numbers.percent(value) if kind == "share" else numbers.decimal(value, 2, least=0)


def words_of(frame: pd.DataFrame, kind: str) -> list[str]:
    """Value or status of each row; a row of points without a value column has no words."""
    out = []
    for value, status in zip(frame["value"], frame["status"]):
        if status == "ok":
            out.append(shown(value, kind) if numbers.known(value) else "")
        else:
            out.append(say("add_layer.absent") if status == "absent" else tables.status_word(status))
    return out


def breaks(values: pd.Series) -> list[float]:
    """Where classes of about as many values each begin: at most four cuts, fewer where values repeat; zero apart."""
    some = np.sort(values[values > 0].to_numpy("float64"))
    return [float(cut) for cut in np.unique(classes.equal(some, classes.MOST))] if len(some) else []


def legend(placed: pd.DataFrame, cuts: list[float], kind: str, unit_key: str) -> str:
    """The key [HTML]: each class with its range and count, then zero, and what has no value."""
    ok = placed[(placed["status"] == "ok") & placed["value"].notna()]
    own_class = layer_map.class_of(ok["value"], cuts)
    steps = layer_map.colours(len(cuts) + 1)
    cells = []
    for n, colour in enumerate(steps, start=1):
        own = ok["value"][own_class == n]
        if own.empty:
            continue
        low, high = shown(own.min(), kind), shown(own.max(), kind)
        span = low if low == high else say("legend.between", low=low, high=high)
        told = plural(unit_key, len(own), n=numbers.count(len(own)))
        cells.append(
            f'<div><i style="background:{colour}"></i><span class="cv-nowrap">{html.escape(span)}</span>'
            f"<small>{html.escape(told)}</small></div>"
        )
    keys = [("zero", shown(0.0, kind), int((own_class == 0).sum()))]
    keys += [(status, tables.status_word(status), int((placed["status"] == status).sum()))
             for status in ("suppressed", "missing", "not_applicable")]
    keys += [(layer_map.ABSENT, say("add_layer.absent"), int((placed["status"] == "absent").sum()))]
    entries = "".join(
        f'<span><i class="{name}"></i><span>{html.escape(words)} <small>{numbers.count(count)}</small></span></span>'
        for name, words, count in keys if count
    )
    ramp = f'<div class="cv-ramp">{"".join(cells)}</div>'
    return f'<div class="cv-legend">{ramp}<div class="cv-keys">{entries}</div></div>'


def sentence(made: Check, chosen: Choice, total: int, names: dict[str, str]) -> str:
    """What the table says: where it is highest, between which values, and the sum of a count alone."""
    good = made.placed[(made.placed["status"] == "ok") & made.placed["value"].notna()]
    if chosen.by == "point":
        told = [plural("add_layer.points", len(made.placed), n=numbers.count(len(made.placed)))]
    else:
        whole = plural(f"level_n.{chosen.level}", total, n=numbers.count(total))
        told = [plural("add_layer.areas", len(good), n=numbers.count(len(good)), total=whole)]
    if good.empty:
        return " ".join(told)
    if chosen.kind == "count":
        told.append(say("add_layer.sum", n=shown(good["value"].sum(), "count")))
    low, high = good["value"].min(), good["value"].max()
    if low == high:
        told.append(say("add_layer.same", value=shown(high, chosen.kind)))
    else:
        told.append(say("add_layer.between", low=shown(low, chosen.kind), high=shown(high, chosen.kind)))
        top = good[good["value"] == high]
        name = names.get(str(top["area_id"].iloc[0]), "") if "area_id" in top else ""
        if len(top) == 1 and name:
            told.append(say("add_layer.highest", name=name))
    if chosen.kind != "count":
        told.append(say(f"add_layer.no_sum_{chosen.kind}"))
    return " ".join(told)


# --- figures ------------------------------------------------------------------------------------------------


def source(store: Store, level: str, file: str) -> tuple[str, str]:
    """The source line [HTML] and the same in plain text: the reader's file, and the limits it was joined to."""
    vintage = store.areas(level)["vintage"].dropna().astype(str).unique()
    told = say("add_layer.source", file=file)
    if len(vintage):
        told += " " + say("add_layer.limits_of", level=say(f"level.{level}"), vintage=", ".join(vintage))
    tail = html.escape(say("source.version", version=store.version))
    return f'<p class="cv-source">{html.escape(told)} <span class="cv-nowrap">{tail}</span></p>', told


def joined(store: Store, made: Check, level: str) -> pd.DataFrame:
    """Every area of the level with its value and status; `absent` where no row of the table names it."""
    named = maps.names(store, level)[["area_id", "name", "place"]]
    rows = named.merge(made.placed, on="area_id", how="left")
    return rows.assign(status=rows["status"].fillna("absent"), rows=rows["rows"].fillna(0).astype("int64"))


def figure_of(store: Store, upload: Upload, made: Check, chosen: Choice, file: str) -> Figure:
    """The map of the table, its key and its rows."""
    title = upload.columns[chosen.value] if chosen.value is not None else file
    line, plain = source(store, chosen.level, file)
    common: dict[str, Any] = {
        "id": "layer", "title": say("add_layer.map_title", name=title), "source": line, "source_plain": plain,
        "name": (chosen.level if chosen.by == "area" else chosen.by,),
    }
    if made.placed.empty:
        return Figure(**common, sentence="", empty=say(f"add_layer.nothing_{chosen.by}"))
    if chosen.by == "area":
        rows = joined(store, made, chosen.level)
        unit = f"level_n.{chosen.level}"
    else:
        rows = made.placed.assign(name=[
            text or say("add_layer.line_n", n=numbers.count(line))
            for text, line in zip(made.placed["label"], made.placed["line"])
        ])
        unit = "add_layer.points_n"
    rows = rows.assign(words=words_of(rows, chosen.kind))
    cuts = breaks(rows["value"].where(rows["status"] == "ok"))
    names = dict(zip(rows["area_id"], rows["name"])) if "area_id" in rows else {}
    told = sentence(made, chosen, len(rows), names)

    def draw() -> None:
        layer_map.show(store, chosen.level, rows, cuts, alt=alt_of(told, say("add_layer.alt")))

    valued, blind = chosen.value is not None, webgl.absent()

    def warn() -> None:
        st.html(f'<div class="cv-empty">{rich(say("gap_map.no_webgl"))}</div>')

    return Figure(
        **common, sentence=told, draw=nothing if blind else draw, controls=warn if blind else None,
        table=_table(rows, chosen, title),
        legend=legend(rows, cuts, chosen.kind, unit) if valued else "",
        on_phone="table",
    )


def _table(rows: pd.DataFrame, chosen: Choice, title: str) -> Table:
    ordered = tables.by_name(rows, "name").reset_index(drop=True)
    none = ((ordered["status"] != "ok") | ordered["value"].isna()).tolist()
    heads = "table.area" if chosen.by == "area" else "add_layer.place"
    under = ordered["place"].fillna("").tolist() if "place" in ordered else None
    columns = [Column(say(heads), ordered["name"].tolist(), "head", under=under, under_name=say("export.place"))]
    if chosen.value is not None:
        columns.append(Column(title, ordered["words"].tolist(), "number", words=none))
    if chosen.by == "area":
        shown_rows = [numbers.count(n) if n else "" for n in ordered["rows"]]
        columns.append(Column(say("add_layer.rows_used"), shown_rows, "number", second=True))
        keep = ["area_id", "name", "place", "value", "status", "rows"]
    else:
        lat, lon = ([numbers.decimal(x, 5) for x in ordered[name]] for name in ("lat", "lon"))
        columns += [Column(say("add_layer.lat"), lat, "number", second=True),
                    Column(say("add_layer.lon"), lon, "number", second=True)]
        keep = ["name", "line", "lon", "lat", "value", "status"]
    return Table(columns, ordered[keep], say("table.caption", title=title))


def report(made: Check, upload: Upload, chosen: Choice) -> Figure:
    """What became of every row of the file."""
    counts = made.counts
    told = [plural(
        "add_layer.balance", counts["rows_read"], n=numbers.count(counts["rows_read"]),
        used=numbers.count(counts["used"]), refused=numbers.count(counts["refused"]),
        duplicates=numbers.count(counts["duplicates"]),
    )]
    how = upload.columns[chosen.key] if chosen.by == "area" else ""
    told.append(
        say("add_layer.matched_area", column=how, level=say(f"level.{chosen.level}")) if chosen.by == "area"
        else say("add_layer.matched_point")
    )
    if made.decimal == ",":
        told.append(say("add_layer.decimal_comma"))
    if upload.unread:
        told.append(plural("add_layer.unread", len(upload.unread), list=", ".join(upload.unread[:6])))
    rows = [name for name in _CHECKED if name in ("rows_read", "used", "refused") or counts[name]]
    title = say("add_layer.report_title")
    export = pd.DataFrame({"check": rows, "rows": [counts[name] for name in rows]})
    return Figure(
        id="report", title=title, sentence=" ".join(told), source_plain=say("add_layer.own"),
        table=Table([
            Column(say("add_layer.check"), [say(f"add_layer.check_{name}") for name in rows], "head",
                   under=[say(f"add_layer.check_{name}_under") if known(f"add_layer.check_{name}_under") else ""
                          for name in rows]),
            Column(say("add_layer.count"), [numbers.count(counts[name]) for name in rows], "number"),
        ], export, say("table.caption", title=title)),
    )


def refused(store: Store, made: Check, chosen: Choice) -> Figure | None:
    """The rows that are not on the map, with line, value and what to do; None where there is none."""
    own = made.refused
    if own.empty:
        return None
    reasons = reasons_of(own, suggested(store, own, chosen))
    often = pd.Series(reasons).value_counts()
    title = say("add_layer.refused_title")
    told = plural("add_layer.refused_sentence", len(own), n=numbers.count(len(own)))
    most = [f"{str(why).split('. ')[0].rstrip('.')} ({numbers.count(n)})" for why, n in often.head(3).items()]
    told = f"{told} {say('add_layer.most_often', reasons='; '.join(most))}"
    export = own[["line", "column", "value", "rule"]].assign(reason=reasons)
    return Figure(
        id="refused", title=title, sentence=told, source_plain=say("add_layer.own"),
        table=Table([
            Column(say("add_layer.line"), [str(int(x)) for x in own["line"]], "number"),
            Column(say("add_layer.column"), own["column"].fillna("").astype("str").tolist(), "text", second=True),
            Column(say("add_layer.cell"), [str(x) if isinstance(x, str) and x else say("add_layer.blank")
                                            for x in own["value"]], "text"),
            Column(say("add_layer.reason"), reasons, "text"),
        ], export, say("table.caption", title=title)),
    )


def suggested(store: Store, own: pd.DataFrame, chosen: Choice) -> dict[str, str]:
    """Written place -> name of the area it may have meant, for places that are none of the level."""
    if chosen.by != "area":
        return {}
    places = own.loc[own["rule"] == "unknown", "value"].astype("str").tolist()
    close = layer.near(places, known_areas(store)[chosen.level])
    names = maps.names(store, chosen.level).set_index("area_id")["name"]
    return {place: str(names[area]) for place, area in close.items() if area in names.index}


def reasons_of(own: pd.DataFrame, near: Mapping[str, str]) -> list[str]:
    """Why each row is not on the map, and what to do, in the reader's language; `near`: places and what they meant."""
    spoken = {rule: say(f"add_layer.rule_{rule}") for rule in own["rule"].unique() if known(f"add_layer.rule_{rule}")}
    told = own["rule"].map(spoken)
    column = local("message_fr", "message_en")  # what a reading said of a record, where we have no words for it
    words = told.fillna(own.get(column, "")).astype("str").tolist()
    return [
        say("add_layer.rule_near", name=near[cell]) if rule == "unknown" and cell in near else word
        for word, rule, cell in zip(words, own["rule"], own["value"].astype("str"))
    ]


def fault(error: layer.UploadError) -> str:
    """Why a whole file was refused, with a way on."""
    where = f" {say('add_layer.at_line', line=numbers.count(error.line))}" if error.line else ""
    return say(f"add_layer.fault_{error.kind}", where=where)


def template(store: Store, level: str) -> bytes:
    """A CSV to fill in: identifier and name of each area of a level, and a column for the value."""
    named = tables.by_name(maps.names(store, level), "name")[["area_id", "name"]]
    frame = named.assign(value="").rename(columns={"value": say("add_layer.template_value"),
                                                   "area_id": "code", "name": say("table.area")})
    return tables.csv(frame, french_excel=local("fr", "en") == "fr")
