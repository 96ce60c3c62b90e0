"""Any table at all, by a mapping.toml its custodian writes: a listing, referrals, clients or values by area."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa

from loaders import forms, identity, listing, mapping, staging
from loaders.archives import split
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.mapping import Mapping
from loaders.records import Part, Reading
from loaders.staging import Intake, find
from loaders.values import TOTAL, by_value, folded
from loaders.weekly import weekly

ROWS = 250_000  # taken at a time: ten million rows never stand in memory together
GRAINS = {"year": "Y", "month": "M", "week": "W"}


def mapped(draft: Draft, source: Source) -> None:
    """Fill the table a mapping names. Options: mapping [file beside the raw one], and those of its kind of table:

    - listing: kinds or kind, within, placeholder_from (as `listing.write`)
    - referrals: level [of the places], grain [year, month or week]; optionally aliases [table of spellings under
      data/]. Without a `count`, each row is one need
    - clients: none
    - values: level [of the areas]; optionally aliases
    """
    asked = mapping.read_mapping(draft.raw / source.options["mapping"])
    FILL[asked.table](draft, source, asked)


def _taken(draft: Draft, source: Source, asked: Mapping) -> tuple[Intake, Iterator[Intake]]:
    """The whole file as an empty intake that gathers, and its parts, typed."""
    path = find(draft.raw, split(source.file)[0])
    asked = replace(asked, typed=source.file.lower().endswith(".xlsx"))
    how = forms.How(**{key: value for key, value in asked.file.items() if key != "decimal"})
    reading = forms.read(path, source.file, asked.columns, how)
    whole = Intake(source.dataset_id, source.file, path, staging.EMPTY, "")
    mapping.name_intake(whole, asked)
    whole.rows_read = reading.preamble
    if reading.preamble:
        whole.left_out["preamble"] = reading.preamble
    newest = source.about.get("retrieved") or datetime.now(UTC).date()
    return whole, _typed(_intakes(whole, reading), asked, newest)


def _intakes(whole: Intake, reading: Reading) -> Iterator[Intake]:
    """Parts of a file, gathered until they are worth the cost of a frame."""
    held: list[Part] = []
    for part in reading.parts:
        held.append(part)
        if sum(p.table.num_rows for p in held) >= ROWS:
            yield staging.part_intake(whole, held)
            held = []
    if held:
        yield staging.part_intake(whole, held)
    whole.encoding = reading.encoding


def _typed(parts: Iterator[Intake], asked: Mapping, newest: date) -> Iterator[Intake]:
    names = {field.name for field in asked.fields}
    for part in parts:
        theirs = part.rows
        mapping.apply(part, asked, newest)
        if asked.table == "referrals" and "count" in names and "id" not in names:
            # Two of their needs, days or spellings may be one of ours: a row repeats another as it was written.
            said = pd.Series("", index=theirs.index, dtype="str")
            for column in dict.fromkeys(c for field in asked.fields if field.name != "count" for c in field.columns):
                said = said + "|" + theirs[column].str.strip()
            part.rows = part.rows.assign(id=said.reindex(part.rows.index))
        yield part


# --- a listing --------------------------------------------------------------------------------------------


def _listing(draft: Draft, source: Source, asked: Mapping) -> None:
    """One service and one location a row. Without an id, the name and the address as written make one."""
    whole, parts = _taken(draft, source, asked)
    rows = pd.concat([whole.gather(part) for part in parts], ignore_index=True)
    whole.rows, whole.kept = rows, 0
    for name in (*asked.kind.fields,):
        if name not in rows and name not in ("kind", "form"):
            rows[name] = float("nan") if name in asked.kind.numbers else ""
    if not any(field.name == "id" for field in asked.fields):
        written = rows["name"] + "|" + rows["address"]
        made = [hashlib.sha256(text.casefold().encode()).hexdigest()[:12] for text in written]
        rows["id"] = pd.Series(made, index=rows.index, dtype="str")
    whole.rows = rows
    whole.require("id")
    status = whole.rows["status"].mask(whole.rows["status"] == "", "active")
    whole.rows = whole.rows.assign(status=status)
    whole.choice("status", listing.STATUSES)
    if "kind" in whole.rows:
        whole.choice("kind", (*listing.KINDS, ""))
    whole.unique("id")
    hours = _hours(whole)
    listing.note_positions(whole, draft, source)
    listing.write(draft, source, _frames(whole.rows, hours, asked))
    draft.close_intake(whole, source)


def _frames(rows: pd.DataFrame, hours: pd.DataFrame, asked: Mapping) -> dict[str, pd.DataFrame]:
    """Rows of a listing as the frames `listing.write` takes."""
    organization = rows["organization"].mask(rows["organization"] == "", rows["name"])
    known = pd.DataFrame({"name": organization}).drop_duplicates()
    known["id"] = [hashlib.sha256(name.casefold().encode()).hexdigest()[:12] for name in known["name"]]
    service = rows.assign(
        organization_id=organization.map(known.set_index("name")["id"]), service_status=rows["status"],
    )
    service = service.drop(columns=["status", "organization", "address", "postal_code", "lon", "lat", "line"])
    for name in ("kind", "form", "languages", "codes"):
        if name in service:
            service[name] = service[name].where(service[name] != "", None)
    for name in asked.kind.days:
        service[name] = pd.to_datetime(service[name], errors="coerce")
    return {
        "organization": known.drop_duplicates("id"), "service": service,
        "location": rows[["id", "address", "postal_code", "lon", "lat"]],
        "service_at_location": pd.DataFrame({"service_id": rows["id"], "location_id": rows["id"]}),
        "schedule": hours,
    }


def _hours(whole: Intake) -> pd.DataFrame:
    """Openings of the `hours` column; hours that cannot be read as one week are noted, and stay in words."""
    read = {text: weekly(text) for text in whole.rows["hours"].unique() if text}
    unread = whole.rows["hours"].map(lambda text: text != "" and read[text] is None)
    openings = [
        (key, day, opens, closes) for key, text in zip(whole.rows["id"], whole.rows["hours"], strict=True)
        for day, opens, closes in (read.get(text) or ())
    ]
    whole.note(
        unread.to_numpy(dtype=bool), "hours", "hours",
        "Les heures ne se lisent pas comme une semaine : elles restent en toutes lettres.",
        "The hours cannot be read as a week: they stay in words.",
    )
    return pd.DataFrame(openings, columns=["service_id", "byday", "opens_at", "closes_at"])


# --- referrals --------------------------------------------------------------------------------------------


def _referrals(draft: Draft, source: Source, asked: Mapping) -> None:
    """Place × period × need × outcome, set aside for disclosure control. A row without a count is one need."""
    o = source.options
    if o.get("grain") not in GRAINS:
        raise LoadError(
            f"source “{source.dataset_id}” does not say its grain", file=draft.edition.path.name,
            remedy=f"Add grain under its options: {', '.join(GRAINS)}.",
        )
    known, declared = _places(draft, source)
    whole, parts = _taken(draft, source, asked)
    draft.con.execute("""
        CREATE OR REPLACE TEMP TABLE taken (
            line BIGINT, id VARCHAR, place VARCHAR, period DATE, need VARCHAR, outcome VARCHAR, count DOUBLE
        )
    """)
    for part in parts:
        if len(part.rows):
            identity.place(part, "place", known, declared)
            rows = part.rows
            if "count" in rows:
                part.reject(rows["count"].isna(), "count", "empty", "Le compte est vide.", "The count is empty.")
            label = folded(part.rows["need"]).str.fullmatch(TOTAL)
            part.reject(
                label.to_numpy(dtype=bool), "need", "total", "Cette étiquette semble être un total.",
                "This label reads as a total.",
            )
            if "outcome" in rows:
                part.choice("outcome", {"": "all", "all": "all", "met": "met", "unmet": "unmet"})
        rows = whole.gather(part)
        if rows.empty:
            continue
        period = by_value(rows["period"], lambda day: day.dt.to_period(GRAINS[o["grain"]]).dt.start_time)
        # Handed over as Arrow: a frame would be turned into Python objects, cell by cell.
        draft.con.register("part", pa.table({
            "line": pa.array(rows["line"]), "id": _text(rows, "id"), "place": _text(rows, "place"),
            "period": pa.array(period).cast(pa.date32()), "need": _text(rows, "need"),
            "outcome": _text(rows, "outcome", "all"),
            "count": pa.array(rows["count"]) if "count" in rows else pa.nulls(len(rows), pa.float64()).fill_null(1.0),
        }))
        draft.con.execute("INSERT INTO taken SELECT * FROM part")
        draft.con.unregister("part")
    if {"id", "count"} & {field.name for field in asked.fields}:
        _once(draft, whole)
    total = draft.frame("""
        SELECT place, period, need, outcome, sum(count) AS count FROM taken GROUP BY ALL ORDER BY ALL
    """)
    draft.con.execute("DROP TABLE taken")
    draft.keep_private("referrals", pd.DataFrame({
        "cut": f"place_{o['grain']}_need", "place_id": total["place"], "level": o["level"],
        "period": total["period"], "grain": o["grain"], "need": total["need"], "outcome": total["outcome"],
        "count": total["count"].round().astype("int64"), "basis": source.about["basis"],
        "dataset_id": source.dataset_id,
    }))
    _close_private(draft, whole, source)


def _text(rows: pd.DataFrame, column: str, otherwise: str | None = None) -> pa.Array | pa.ChunkedArray:
    if column in rows:
        return pa.array(rows[column], pa.large_string())
    return pa.array([otherwise] * len(rows), pa.large_string())


def _once(draft: Draft, whole: Intake) -> None:
    """One row an id in `taken`: the first stands, a repeat that agrees is a duplicate, another is refused."""
    again = draft.frame("""
        WITH repeated AS (
            SELECT hash(id) AS mark FROM taken GROUP BY mark HAVING count(*) > 1
        ), numbered AS (
            SELECT line, row_number() OVER (PARTITION BY id ORDER BY line) AS nth,
                row(place, period, need, outcome, count)
                    = first_value(row(place, period, need, outcome, count)) OVER (PARTITION BY id ORDER BY line)
                    AS same
            FROM taken WHERE hash(id) IN (SELECT mark FROM repeated)
        )
        SELECT line, same FROM numbered WHERE nth > 1 ORDER BY line
    """)
    if again.empty:
        return
    draft.con.register("again", again)
    draft.con.execute("DELETE FROM taken WHERE line IN (SELECT line FROM again)")
    draft.con.unregister("again")
    whole.duplicates += int(again["same"].sum())
    other = again[~again["same"]]
    if len(other):
        whole.rejects.append(pd.DataFrame({
            "line": other["line"], "column_name": "id", "value": None, "rule": "key",
            "message_fr": "La clé existe déjà plus haut, avec d’autres valeurs.",
            "message_en": "The key already exists above, with other values.",
        }))
    whole.kept -= len(again)


def _close_private(draft: Draft, whole: Intake, source: Source) -> None:
    """Close a file of records; only a rehearsal, which publishes nothing, keeps what was written in refused cells."""
    if not draft.rehearsal:
        whole.withhold()
    draft.close_intake(whole, source)


def _places(draft: Draft, source: Source) -> tuple[pd.Series, pd.DataFrame | None]:
    """The areas of the source's level by every name, and the declared spellings."""
    o = source.options
    if o.get("level") not in draft.edition.levels:
        raise LoadError(
            f"source “{source.dataset_id}” does not say the level of its places", file=draft.edition.path.name,
            remedy=f"Add level under its options, or --level in a rehearsal: {', '.join(draft.edition.levels)}.",
        )
    declared = identity.aliases(source.dataset_id, o["aliases"]) if "aliases" in o else None
    return identity.places(draft, o["level"]), declared


# --- clients, values ---------------------------------------------------------------------------------------


def _clients(draft: Draft, source: Source, asked: Mapping) -> None:
    """Organization × month × unit, set aside for disclosure control; units are never added together."""
    whole, parts = _taken(draft, source, asked)
    rows = pd.concat([whole.gather(part) for part in parts], ignore_index=True)
    whole.rows, whole.kept = rows, 0
    whole.choice("unit", ("people", "households", "visits", "meals"))
    month = whole.rows["period"].dt.to_period("M").dt.start_time
    whole.rows = whole.rows.assign(period=month)
    whole.unique("organization", "period", "unit")
    found = whole.rows
    draft.keep_private("clients", pd.DataFrame({
        "organization_id": found["organization"], "period": found["period"], "unit": found["unit"],
        "count": found["count"], "basis": source.about["basis"], "dataset_id": source.dataset_id,
    }))
    _close_private(draft, whole, source)


def _values(draft: Draft, source: Source, asked: Mapping) -> None:
    """Area × variable × year; a blank value is missing, never zero."""
    known, declared = _places(draft, source)
    whole, parts = _taken(draft, source, asked)
    rows = pd.concat([whole.gather(part) for part in parts], ignore_index=True)
    whole.rows, whole.kept = rows, 0
    identity.place(whole, "area", known, declared)
    whole.identifier("year", r"(19|20)\d\d")
    whole.unique("area", "variable", "year")
    found = whole.rows
    status = found["value_status" if "value_status" in found else "numerator_status"]
    numerator = found.get("numerator", pd.Series(float("nan"), index=found.index))
    denominator = found.get("denominator", pd.Series(float("nan"), index=found.index))
    value = found["value"] if "value" in found else (numerator / denominator).where(denominator > 0)
    draft.insert("census_value", pd.DataFrame({
        "area_id": found["area"], "variable": found["variable"], "reference_year": found["year"].astype("int64"),
        "numerator": numerator, "denominator": denominator, "value": value,
        "status": status.mask((status == "ok") & value.isna(), "missing"), "basis": source.about["basis"],
        "dataset_id": source.dataset_id,
    }))
    draft.close_intake(whole, source)


FILL: dict[str, Callable[[Draft, Source, Mapping], None]] = {
    "listing": _listing, "referrals": _referrals, "clients": _clients, "values": _values,
}
