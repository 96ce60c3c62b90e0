"""Where every directory of services ends up: cleaned words, our own kinds, places we can trust."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loaders.catalog import TABLE, LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.features import where_it_serves
from loaders.hours import openings
from loaders.staging import Intake, find
from loaders.values import dates, folded
from loaders.wording import without_mailboxes, words

KINDS: tuple[str, ...] = ("food_aid", "grocery", "market", "garden", "community_organization", "other")
STATUSES: tuple[str, ...] = ("active", "inactive", "defunct", "temporarily closed")  # the words of HSDS

# A pair of coordinates that so many different addresses share is the middle of a postal area, not a building. In
# the two real directories at hand, the busiest building of the one that geocodes each address (Miami, 2 260 points)
# holds 6 addresses; the postal centres of the other (Washington, 2014) hold 12 to 118, and nothing lies between.
PLACEHOLDER_FROM = 10
UNNAMED = "—"  # nothing of a name can be seen: the same mark in both languages

_LONG_TEXT = ("description", "eligibility", "fees", "hours", "referral")
_SHORT_TEXT = ("name", "address", "verifier", "delivery", "extent", "phone", "postal_code", "url")


def write(draft: Draft, source: Source, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write a directory into the service tables.

    `frames` is keyed by table, with the publisher's own identifiers; a table may be absent, references must be whole.

    - organization: id, name
    - service: id, organization_id, name, service_status; optionally kind, form, capacity [people a month], languages,
      assured_date, last_modified, verifier, referable, description, eligibility, fees, referral, delivery, url, phone,
      codes [separated by "; "]
    - location: id, address, lon, lat; optionally postal_code
    - service_at_location: service_id, location_id
    - schedule: service_id, byday, opens_at, closes_at, as `hours.openings` reads them
    - service_area: service_id, name; optionally extent

    Identifiers are prefixed by the dataset's. Options: `kinds` [file under raw: code, kind, form; the longest code
    that begins a service's own wins] or `kind` [one for all]; neither leaves kind "other". `placeholder_from` and
    `within`: see `positions`. Raises LoadError where the file of kinds cannot be read or names an unknown kind.
    """
    for table in ("organization", "service", "location", "service_at_location", "schedule", "service_area"):
        if table not in frames or frames[table].empty:
            continue
        rows = _ours(source, table, frames[table])
        if table == "service":
            rows = _with_kind(draft, source, rows)
        elif table == "location":
            rows = placed(rows, {"within": where_it_serves(draft.edition.projection), **source.options})
        elif table == "schedule":
            rows = openings(rows)
        elif table == "service_area":
            rows = _known_areas(draft, rows)
        declared = TABLE[table]
        rows = rows.assign(basis=source.about["basis"], dataset_id=source.dataset_id)
        rows = rows[[name for name in declared.names if name in rows]]
        if len(declared.key) > 1:  # a pair said twice is the same pair
            rows = rows.drop_duplicates(list(declared.key))
        draft.insert(table, rows)


def _ours(source: Source, table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The frame with its words cleaned and its identifiers prefixed, an `id` under its full name."""
    rows = _cleaned(rows).rename(columns={"id": f"{table}_id"})
    names = [name for name in ("organization_id", "service_id", "location_id") if name in rows]
    return rows.assign(**{name: f"{source.dataset_id}:" + rows[name] for name in names})


# --- cells -----------------------------------------------------------------------------------------------

# A day, and perhaps an hour and a zone: the day is the one that was written, as another zone could make it another.
_DAY = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"


def days(text: pd.Series) -> pd.Series:
    """Days of dates, or dates and times, written as ISO 8601 says [NaT where blank or not one]."""
    return dates(text.str.strip().where(text.str.strip().str.fullmatch(_DAY), "").str.slice(0, 10), ("%Y-%m-%d",))


def day(intake: Intake, column: str, source: Source) -> None:
    """Turn an optional date into a day [NaT where empty]; what is none, or is still to come, is noted and emptied."""
    found = days(intake.rows[column])
    intake.blank(
        found.isna() & (intake.rows[column].str.strip() != ""), column, "date", "Ce n’est pas une date AAAA-MM-JJ.",
        "This is not a date YYYY-MM-DD.",
    )
    obtained = pd.Timestamp(source.about.get("retrieved") or pd.Timestamp.today())
    intake.blank(
        found > obtained, column, "future", "La date suit le jour où le fichier a été obtenu.",
        "The date is after the day the file was obtained.",
    )
    intake.rows = intake.rows.assign(**{column: found.where(found <= obtained)})


def degrees(intake: Intake, *columns: str) -> None:
    """Turn columns into degrees [NaN where empty]; what is no number is noted and emptied, and its row stays."""
    for column in columns:
        text = intake.rows[column].str.strip()
        value = pd.to_numeric(text.where(text != ""), errors="coerce").astype("float64")
        value = value.where(np.isfinite(value))
        intake.blank(
            (text != "") & value.isna(), column, "number", "Ce n’est pas un nombre : le lieu n’est pas placé.",
            "This is not a number: the place is not placed.",
        )
        intake.rows = intake.rows.assign(**{column: value})


def address(*parts: pd.Series) -> pd.Series:
    """The parts of an address that are not blank, in one line."""
    line = words(reduce(lambda before, part: before + ", " + part, parts))
    return line.str.replace(r"(, ?){2,}", ", ", regex=True).str.strip(", ")


# --- words -----------------------------------------------------------------------------------------------


def _cleaned(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame with its texts cleaned, without mailboxes; an empty optional one is NULL, a blank name a dash."""
    changed: dict[str, Any] = {}
    for name in (*_LONG_TEXT, *_SHORT_TEXT):
        if name in rows:
            text = without_mailboxes(words(rows[name], lines=name in _LONG_TEXT))
            changed[name] = text.where(text != "", UNNAMED if name == "name" else None)
    return rows.assign(**changed)


# --- kinds -----------------------------------------------------------------------------------------------


def kinds(raw: Path, file: str) -> dict[str, tuple[str, str | None]]:
    """The user's own table: code (or its beginning) -> kind and form.

    A CSV with the columns code, kind and, optionally, form; or TOML, "code" = "kind" or { kind = …, form = … }.
    Raises LoadError where it is absent, cannot be read, or names a kind that is not one of ours.
    """
    path = find(raw, file)
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".toml":
            given = tomllib.loads(text)
            given = given.get("kinds", given)
            rows = [(code, *((v, "") if isinstance(v, str) else (v["kind"], v.get("form", ""))))
                    for code, v in given.items()]
        else:
            rows = [(r["code"], r["kind"], r.get("form") or "") for r in csv.DictReader(text.splitlines())]
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise LoadError(
            f"the table of kinds cannot be read ({error})", file=file,
            remedy="Give the columns code, kind and form, in UTF-8.",
        ) from error
    for code, kind, _ in rows:
        if kind not in KINDS:
            raise LoadError(
                f"“{kind}” is not a kind (code {code})", file=file, remedy=f"Use one of: {', '.join(KINDS)}."
            )
    return {code.strip(): (kind, form.strip() or None) for code, kind, form in rows if code.strip()}


def _with_kind(draft: Draft, source: Source, rows: pd.DataFrame) -> pd.DataFrame:
    """The services with kind and form: those given stand; then the codes decide; then the option; then "other"."""
    wanted = str(draft.edition.settings.get("food_kind", "food_aid"))
    kind = rows["kind"] if "kind" in rows else pd.Series(None, index=rows.index, dtype="object")
    form = rows["form"] if "form" in rows else pd.Series(None, index=rows.index, dtype="object")
    if "kinds" in source.options and "codes" in rows:
        table = kinds(draft.raw, source.options["kinds"])
        # A few hundred lists of codes repeat over thousands of services.
        known = {text: kind_of(text, table, wanted) for text in rows["codes"].dropna().unique()}
        found = rows["codes"].map(known)
        kind = kind.where(kind.notna(), found.str[0])
        form = form.where(form.notna(), found.str[1])
    rest = source.options.get("kind", "other")
    if rest not in KINDS:
        raise LoadError(f"“{rest}” is not a kind", remedy=f"Use one of: {', '.join(KINDS)}.")
    return rows.assign(kind=kind.where(kind.notna(), rest), form=form.where(form.notna(), None))


def kind_of(codes: str, table: Mapping[str, tuple[str, str | None]], wanted: str) -> tuple[str | None, str | None]:
    """Kind and form of a service that carries `codes`: `wanted` before any other, then the longest code that fits."""
    found: list[tuple[bool, int, str, str | None]] = []
    for code in codes.split(";"):
        begins = [own for own in table if code.strip().startswith(own)]
        if begins:
            own = max(begins, key=len)
            found.append((table[own][0] == wanted, len(own), *table[own]))
    return max(found, key=lambda f: f[:2])[2:] if found else (None, None)


# --- places ----------------------------------------------------------------------------------------------


def placed(rows: pd.DataFrame, options: Mapping[str, Any]) -> pd.DataFrame:
    """The locations with their `position`; lon and lat [degrees] stand only where it is given."""
    position = positions(rows, options)
    given = position == "given"
    return rows.assign(position=position, lon=rows["lon"].where(given), lat=rows["lat"].where(given))


def positions(rows: pd.DataFrame, options: Mapping[str, Any]) -> pd.Series:
    """What the coordinates of each location are worth: given, missing, placeholder or outside.

    placeholder: 0,0, or a pair shared by at least `placeholder_from` [option] different addresses. What follows a
    comma is a suite or a city, not another address; a location with no address counts as one of its own. A pair
    shared by many services at one address is a building, and is given. outside: not on Earth, or beyond `within`
    [option: west, south, east, north; where the edition's projection serves, for `write`]. `rows`: address, lon, lat.
    """
    lon, lat = rows["lon"].astype("float64"), rows["lat"].astype("float64")
    missing = lon.isna() | lat.isna()
    least = int(options.get("placeholder_from", PLACEHOLDER_FROM))
    street = words(rows["address"]).str.split(",").str[0].str.casefold()
    address = street.str.replace(r"[\W_]+", " ", regex=True).str.strip()
    alone = address.where(address != "", [f"row {n}" for n in range(len(rows))])
    shared = alone.groupby([lon, lat]).transform("nunique")
    placeholder = (shared >= least) | ((lon == 0) & (lat == 0))
    west, south, east, north = options.get("within", (-180, -90, 180, 90))
    inside = lon.between(west, east) & lat.between(south, north)
    word = np.select([missing, placeholder, ~inside], ["missing", "placeholder", "outside"], "given")
    return pd.Series(word, index=rows.index, dtype="str")


def note_positions(intake: Intake, draft: Draft, source: Source) -> None:
    """Note the rows whose place cannot be shown, and what may have happened to it. `intake.rows`: address, lon, lat.

    Raises LoadError where most of the file lies elsewhere: its columns are swapped, or it is another city's.
    """
    options = {"within": where_it_serves(draft.edition.projection), **source.options}
    west, south, east, north = options["within"]
    word, lon, lat = positions(intake.rows, options), intake.rows["lon"], intake.rows["lat"]
    outside = word == "outside"
    if outside.sum() >= 5 and outside.sum() > word.isin(["given", "outside"]).sum() / 2:
        raise LoadError(
            f"{int(outside.sum())} of its places are outside the edition’s map ({west:g}, {south:g} to {east:g}, "
            f"{north:g})", file=intake.file, line=int(intake.rows.loc[outside.to_numpy(), "line"].iloc[0]),
            remedy="Latitude and longitude may be swapped, or the file is another city’s.",
        )
    swapped = outside & lat.between(west, east) & lon.between(south, north)
    intake.note(
        swapped, "lat", "outside", "Latitude et longitude semblent inversées : le lieu n’est pas placé.",
        "Latitude and longitude seem swapped: the place is not on the map.",
    )
    intake.note(
        outside & ~swapped, "lat", "outside", "La position est hors de la carte : le lieu n’est pas placé.",
        "The position is outside the map: the place is not on it.",
    )
    intake.note(
        word == "placeholder", "lat", "placeholder",
        "Bien des adresses ont cette même position : le lieu n’est pas placé.",
        "Many addresses share this position: the place is not on the map.",
    )
    intake.note(
        (word == "missing") & bool((word != "missing").any()), "lat", "missing",
        "Sans position : le service est listé, pas placé.", "No position: the service is listed, not placed.",
    )


def _known_areas(draft: Draft, rows: pd.DataFrame) -> pd.DataFrame:
    """Service areas with `area_id` where the name is that of one area of the edition, and of one only."""
    areas = draft.frame("SELECT area_id, name_fr, name_en FROM area")
    named = pd.concat([areas[["area_id", name]].rename(columns={name: "name"}) for name in ("name_fr", "name_en")])
    named = named.assign(name=folded(named["name"])).drop_duplicates()
    ours = named.drop_duplicates("name", keep=False).set_index("name")["area_id"]
    return rows.assign(area_id=folded(rows["name"].fillna("")).map(ours.to_dict()))
