"""Before an edition knows a file: a first mapping written from its header, and a rehearsal of what it would load."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from loaders import delimited, listing, mapping, objects, sheets
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source, read_edition
from loaders.forms import from_outside
from loaders.mapped import mapped
from loaders.values import folded

# Headers met in directories and records of both languages, folded: enough to begin with, never to decide.
SAID: dict[str, tuple[str, ...]] = {
    "id": ("id", "no", "numero", "identifiant", "code", "record id", "call", "no dossier"),
    "name": ("name", "nom", "program name", "nom de l'organisme", "service", "ressource", "nom du service", "titre"),
    "organization": ("organization", "organisme", "organization name", "agency", "agence", "organisation"),
    "status": ("status", "statut", "etat", "program status"),
    "capacity": ("capacity", "capacite", "places", "personnes par mois"),
    "assured_date": ("last verified", "verifie le", "date de verification", "derniere verification"),
    "last_modified": ("last update date", "updated", "modifie le", "mise a jour", "derniere mise a jour"),
    "description": ("description",), "eligibility": ("eligibility", "admissibilite", "clientele"),
    "fees": ("fees", "frais", "cout", "cost"), "phone": ("phone", "telephone", "tel"),
    "url": ("url", "website", "site web", "web"), "hours": ("hours", "heures", "horaire", "heures d'ouverture"),
    "address": ("address", "adresse", "location address", "adresse civique"),
    "postal_code": ("postal code", "code postal", "cp"), "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"), "languages": ("languages", "langues"),
    "place": ("place", "city", "ville", "borough", "arrondissement", "quartier", "secteur", "lieu"),
    "period": ("period", "date", "month", "mois", "year", "annee", "periode", "contact date"),
    "need": ("need", "besoin", "category", "categorie", "needs category"),
    "outcome": ("outcome", "issue", "met", "comble", "needs met"), "count": ("count", "nombre", "n", "total"),
    "unit": ("unit", "unite"), "area": ("area", "secteur", "geouid", "dauid", "ctuid", "dguid", "arrondissement"),
    "variable": ("variable", "indicateur"), "year": ("year", "annee"), "value": ("value", "valeur", "taux"),
}


def sketch(path: Path, table: str) -> str:
    """A mapping.toml to begin with: fields whose column could be told from its name, then every other column.

    Raises LoadError where the file cannot be read or `table` is not a kind of table.
    """
    if table not in mapping.KINDS:
        raise LoadError(f"“{table}” is not a kind of table", remedy=f"Use one of: {', '.join(mapping.KINDS)}.")
    header, line, delimiter = _header(path)
    kind, taken = mapping.KINDS[table], set[str]()
    plain = dict(zip(header, folded(pd.Series(header, dtype="str")), strict=True))
    written = [f'table = "{table}"', "", "[file]"]
    if line > 1:
        written.append(f"header = {line}")
    if delimiter:
        written.append(f"delimiter = {json.dumps(delimiter)}")
    written += ["", "[fields]"]
    for field in kind.fields:
        found = next((name for name in header if plain[name] in SAID.get(field, ()) and name not in taken), None)
        if found is not None:
            taken.add(found)
            column = json.dumps(found, ensure_ascii=False)
            form = f'{{ column = {column}, date = "%Y-%m-%d" }}' if field in kind.days else column
            written.append(f"{field} = {form}")
        elif field == "kind":
            written.append(f'kind = {{ constant = "food_aid" }}  # or one of: {", ".join(listing.KINDS)}')
        elif field in kind.required:
            written.append(f'{field} = "?"  # needed: which column is it?')
    rest = [name for name in header if name not in taken and name]
    empty = [field for field in kind.fields if not any(one.startswith(f"{field} =") for one in written)]
    written += ["", f"# Fields that nothing fills yet: {', '.join(empty)}"]
    written += ["# Columns that are not read:", *(f"#   {name}" for name in rest)]
    return "\n".join(written) + "\n"


def _header(path: Path) -> tuple[list[str], int, str]:
    """The names of the columns, the line they stand on, and the delimiter where it is not a comma."""
    form = path.suffix.lower()
    if form == ".json":
        records = objects.document(path, path.name, "utf-8-sig")
        if not isinstance(records, list) or not records or not isinstance(records[0], dict):
            raise LoadError("it is not a list of records", file=path.name, remedy="Use a JSON array of objects.")
        return list(dict.fromkeys(key for record in records for key in record)), 1, ""
    if form == ".xlsx":
        rows, delimiter = sheets.top(path, path.name), ""
    else:
        rows, delimiter, _ = delimited.top(path, path.name)
    filled = [len({cell.strip() for cell in row} - {""}) for row in rows]
    at = filled.index(max(filled))
    return [cell.strip() for cell in rows[at]], at + 1, "" if delimiter == "," else delimiter


def rehearse(
    path: Path, how: Path, edition: str, version: Path | None, options: dict[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What a mapping would load, without publishing anything: ledger, refused rows, cells emptied or repaired.

    `version` [a published file] gives the areas that places are compared with; `options` are those of `mapped`.
    """
    source = Source(
        "rehearsal", "mapped", path.name, 1.0, "a rehearsal", {"mapping": how.name, "kind": "food_aid", **options},
        {"basis": "counted"}, partner=True,
    )
    if how.parent.resolve() != path.parent.resolve():
        raise LoadError("the mapping is not beside the file", file=how.name, remedy=f"Put it in {path.parent}.")
    with tempfile.TemporaryDirectory() as aside:
        draft = Draft(read_edition(edition), path.parent, Path(aside) / "rehearsal.duckdb")
        try:
            if version is not None:
                with duckdb.connect(str(version), read_only=True) as published:
                    draft.insert("area", published.execute("SELECT * FROM area").df())
            with from_outside(source.partner):
                mapped(draft, source)
            return (
                draft.frame("SELECT * FROM load_ledger"), draft.frame("SELECT * FROM reject ORDER BY line"),
                draft.frame("SELECT * FROM cell_note ORDER BY line"),
            )
        finally:
            draft.close()


def told(ledger: pd.DataFrame, rejects: pd.DataFrame, notes: pd.DataFrame) -> list[str]:
    """The balance of a rehearsal and the reasons, most frequent first, as lines for a terminal."""
    row = ledger.iloc[0]
    lines = [
        f"{row['rows_read']:,} rows read = {row['left_out']:,} left out + {row['loaded']:,} loaded "
        f"+ {row['rejected']:,} rejected + {row['duplicates']:,} duplicates ({row['encoding']})"
    ]
    for title, frame in (("Rejected", rejects), ("Emptied or repaired", notes)):
        if len(frame):
            lines.append(f"{title}:")
            groups = frame.groupby(["column_name", "message_en"], sort=False)["line"].agg(["size", "min"])
            lines += [
                f"    {found['size']:,} × {found['column_name']}: {found['message_en']} First: line {found['min']}."
                for found in groups.sort_values("size", ascending=False).reset_index().to_dict("records")
            ]
    return lines


def write_rejects(path: Path, frames: Sequence[pd.DataFrame]) -> None:
    """Refused rows and emptied cells for the custodian: file, line, column, value, rule, reason in both languages."""
    every = pd.concat([frame.assign(what=what) for frame, what in zip(frames, ("rejected", "noted"), strict=True)])
    columns = ["what", "file", "line", "column_name", "value", "rule", "message_fr", "message_en"]
    every[columns].to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_ALL)


