"""A first mapping.toml, written from the names and the first rows of a file nobody has described."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from loaders import limited, listing, mapping
from loaders.catalog import LoadError
from loaders.values import dates, folded

# Headers met in directories and records of both languages, folded: enough to begin with, never to decide.
SAID: dict[str, tuple[str, ...]] = {
    "id": ("id", "no", "numero", "identifiant", "code", "record id", "call", "no dossier", "no appel"),
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
    "outcome": ("outcome", "issue", "met", "comble", "needs met"),
    "count": ("count", "nombre", "n", "total", "personnes"),
    "unit": ("unit", "unite"), "area": ("area", "secteur", "geouid", "dauid", "ctuid", "dguid", "arrondissement"),
    "variable": ("variable", "indicateur"), "year": ("year", "annee"), "value": ("value", "valeur", "taux"),
}
STREET = (("no civique", "rue"), ("numero civique", "rue"), ("numero", "rue"), ("street number", "street"))
FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y-%m", "%d %B %Y", "%B %Y", "excel")
# Words of status met in directories, folded; others are left for a person to decide.
MEANT = {
    "ouvert": "active", "open": "active", "actif": "active", "active": "active", "en activite": "active",
    "ferme": "defunct", "closed": "defunct", "ferme definitivement": "defunct", "inactif": "inactive",
    "inactive": "inactive", "ferme temporairement": "temporarily closed", "temporarily closed": "temporarily closed",
    "comble": "met", "met": "met", "oui": "met", "t": "met", "non comble": "unmet", "unmet": "unmet", "non": "unmet",
    "f": "unmet", "personnes": "people", "people": "people", "menages": "households", "households": "households",
    "visites": "visits", "visits": "visits", "repas": "meals", "meals": "meals",
}


def sketch(path: Path, table: str) -> str:
    """A mapping.toml to begin with: what the names and the first rows could tell, then every other column.

    Columns that may hold names of people, their own lines or notes are never proposed. Raises LoadError where the
    file cannot be read or `table` is not a kind of table.
    """
    if table not in mapping.KINDS:
        raise LoadError(f"“{table}” is not a kind of table", remedy=f"Use one of: {', '.join(mapping.KINDS)}.")
    header, line, delimiter, rows = _top(path)
    kind = mapping.KINDS[table]
    taken = _columns(header, kind)
    fields = [f"{field} = {_rule(field, taken[field], rows, kind)}" if field in taken else missing
              for field in kind.fields if (missing := _missing(field, kind)) or field in taken]
    written = [f'table = "{table}"', "", "[file]"]
    written += [f"header = {line}"] if line > 1 else []
    written += [f"delimiter = {json.dumps(delimiter)}"] if delimiter else []
    numbers = [rows[column] for field in kind.numbers for column in taken.get(field, [])]
    if path.suffix.lower() != ".xlsx" and any(cells.str.fullmatch(r"-?\d+,\d+").any() for cells in numbers):
        written.append('decimal = ","')
    used = {column for columns in taken.values() for column in columns}
    rest = [name for name in header if name and name not in used]
    empty = [field for field in kind.fields if field not in taken and not _missing(field, kind)]
    return "\n".join([
        *written, "", "[fields]", *fields, "", f"# Fields that nothing fills yet: {', '.join(empty)}",
        "# Columns that are not read:", *(f"#   {' '.join(name.split())}" for name in rest), "",
    ])


def _top(path: Path) -> tuple[list[str], int, str, pd.DataFrame]:
    """The names of the columns, the line they stand on, the delimiter where it is not a comma, and some rows."""
    rows, delimiter = limited.top(path, path.name)
    filled = [len({cell.strip() for cell in row} - {""}) for row in rows]
    at = filled.index(max(filled))
    header = [cell.strip() for cell in rows[at]]
    body = [row[: len(header)] for row in rows[at + 1 :] if len(row) >= len(header)]
    sample = pd.DataFrame(body, columns=range(len(header)), dtype="str").rename(columns=dict(enumerate(header)))
    sample = sample.loc[:, ~sample.columns.duplicated()].apply(lambda cells: cells.str.strip())
    return header, at + 1, "" if delimiter == "," else delimiter, sample


def _columns(header: list[str], kind: mapping.Kind) -> dict[str, list[str]]:
    """Our field -> their columns: a name that is one of `SAID`, else one that has all the words of one."""
    open_to = [name for name in dict.fromkeys(header) if name and not mapping.personal(name)]
    plain = dict(zip(open_to, folded(pd.Series(open_to, dtype="str")).str.replace("°", "o"), strict=True))
    taken: dict[str, list[str]] = {}
    if "address" in kind.fields:
        for pair in STREET:
            both = [next((name for name in open_to if plain[name] == word), "") for word in pair]
            if all(both):
                taken["address"] = both
                break
    for exact in (True, False):
        for field in kind.fields:
            used = {column for columns in taken.values() for column in columns}
            for name in open_to:
                words = set(re.split(r"[^\w]+", plain[name]))
                hit = any(plain[name] == said if exact else set(said.split()) <= words for said in SAID.get(field, ()))
                if field not in taken and name not in used and hit:
                    taken[field] = [name]
                    break
    return taken


def _missing(field: str, kind: mapping.Kind) -> str:
    """The line of a field no column could be told for; empty where it may be left out."""
    if field == "kind":
        return f'kind = {{ constant = "food_aid" }}  # or one of: {", ".join(listing.KINDS)}'
    if field in kind.required:
        return f'{field} = "?"  # needed: which column is it? or the same for all: {field} = {{ constant = "…" }}'
    return ""


def _rule(field: str, columns: list[str], rows: pd.DataFrame, kind: mapping.Kind) -> str:
    names = [json.dumps(column, ensure_ascii=False) for column in columns]
    if len(names) > 1:
        return f"{{ join = [{', '.join(names)}] }}"
    cells = rows[columns[0]]
    cells = cells[cells != ""]
    if field in kind.days:
        fits = [form for form in FORMS if len(cells) and dates(cells, [form]).notna().all()]
        doubt = "  # or %m/%d/%Y: in the first rows no day passes 12" if {"%d/%m/%Y", "%m/%d/%Y"} <= set(fits) else ""
        return f'{{ column = {names[0]}, date = "{fits[0] if fits else FORMS[0]}" }}{doubt}'
    if field in mapping.OURS and 0 < cells.nunique() <= 15:
        words = [f'{json.dumps(word, ensure_ascii=False)} = "{MEANT.get(plain, "?")}"'
                 for word, plain in zip(cells.unique(), folded(pd.Series(cells.unique(), dtype="str")), strict=True)]
        return f"{{ column = {names[0]}, words = {{ {', '.join(words)} }} }}  # ours: {', '.join(mapping.OURS[field])}"
    return names[0]
