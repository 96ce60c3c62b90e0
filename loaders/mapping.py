"""A custodian's own file in our words: what each of their columns is, read from a mapping.toml."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from loaders.catalog import LoadError
from loaders.clients import UNITS
from loaders.listing import KINDS as SERVICE_KINDS
from loaders.listing import STATUSES
from loaders.staging import Intake
from loaders.values import BLANKS, NUMBER, as_numbers, by_value, dates, plain_number, symbols

MOST = 1e9  # more needs or clients than that are a slip of a spreadsheet


@dataclass(frozen=True)
class Kind:
    """One kind of table a file can become: its fields, those it cannot do without, how each is read."""

    fields: tuple[str, ...]
    required: tuple[str, ...]
    numbers: AnyMapping[str, tuple[float | None, float | None]]
    days: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "listing": Kind(
        ("id", "name", "organization", "kind", "form", "status", "capacity", "languages", "assured_date",
         "last_modified", "verifier", "description", "eligibility", "fees", "referral", "delivery", "url", "phone",
         "codes", "hours", "address", "postal_code", "lon", "lat"),
        ("name",), {"capacity": (0, None), "lon": (-180, 180), "lat": (-90, 90)}, ("assured_date", "last_modified"),
    ),
    "referrals": Kind(
        ("id", "place", "period", "need", "outcome", "count"), ("place", "period", "need"), {"count": (0, MOST)},
        ("period",),
    ),
    "clients": Kind(
        ("organization", "period", "unit", "count"), ("organization", "period", "unit"), {"count": (0, MOST)},
        ("period",),
    ),
    "values": Kind(
        ("area", "variable", "year", "numerator", "denominator", "value"), ("area", "variable", "year"),
        {"numerator": (0, None), "denominator": (0, None), "value": (None, None)},
    ),
}
FILE_KEYS = ("encoding", "delimiter", "sheet", "header", "footer", "decimal")
FIELD_KEYS = ("column", "constant", "join", "with", "match", "words", "other", "default", "required", "date", "decimal",
              "percent", "minimum", "maximum", "public")
# Columns that hold names of people, their own lines or what was written about them are not read, whatever a mapping
# asks. A column whose name only sounds like one is read where the field says `public = true`.
_NEVER = re.compile(
    r"caller|client.?name|appelant|usager|narrati|internal.?note|notes?.internes?|birth|naissance|\bssn\b|\bnas\b|"
    r"senior.?worker", re.IGNORECASE
)
_PERSONAL = re.compile(
    r"contact|responsable|pr[ée]nom|first.?name|last.?name|surname|nom de famille|coordonn(at|ateur|atrice)|direct(eur|"
    r"rice|or)|manager|gestionnaire|personne.?ressource|courriel|e.?mail|cell|mobile|person(al|nel)|remarque|comment|"
    r"\bnotes?\b|employ|b[ée]n[ée]vole|volunteer", re.IGNORECASE
)


def personal(column: str) -> bool:
    """Whether the name of a column sounds like a person, their own line, or notes about them."""
    return bool(_NEVER.search(column) or _PERSONAL.search(column))


# How a person writes the form of a date, in ours.
_SPOKEN_DATE = (("aaaa", "%Y"), ("yyyy", "%Y"), ("jj", "%d"), ("dd", "%d"), ("mm", "%m"), ("aa", "%y"), ("yy", "%y"))
_NO_WORD = ("Ce mot n’est pas dans la correspondance (words).", "This word is not in the mapping (words).")
# What a word may become, by field.
OURS: dict[str, tuple[str, ...]] = {
    "status": STATUSES, "kind": SERVICE_KINDS, "outcome": ("met", "unmet"), "unit": UNITS,
}


@dataclass(frozen=True)
class Field:
    """One of our fields and how it is made of their columns."""

    name: str
    rule: AnyMapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """Their columns it reads."""
        return [*([self.rule["column"]] if "column" in self.rule else []), *self.rule.get("join", [])]


@dataclass(frozen=True)
class Mapping:
    """One mapping file: the kind of table, how the file is written, and the fields."""

    table: str
    file: AnyMapping[str, Any]
    fields: tuple[Field, ...]
    name: str
    leave_out: AnyMapping[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    typed: bool = False  # a workbook keeps numbers as numbers, whatever the decimal of its language

    @property
    def kind(self) -> Kind:
        """What the table asks."""
        return KINDS[self.table]

    @property
    def columns(self) -> list[str]:
        """Their columns that are read, each once; no other enters the program."""
        wanted = [column for one in self.fields for column in one.columns]
        return list(dict.fromkeys([*wanted, *self.leave_out]))


def read_mapping(path: Path) -> Mapping:
    """The mapping of a file; raises LoadError naming the key at fault and what could stand there."""
    name = path.name
    if not path.is_file():
        raise LoadError("the mapping is missing", file=name, remedy="Put it beside the file it describes.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LoadError(
            str(error), file=name, remedy="Look for a quote that is missing, or an accent in the name of one of our "
            "fields: only your own words take accents, between quotes.",
        ) from error
    table = content.get("table", "")
    if table not in KINDS:
        raise LoadError(f"“{table}” is not a kind of table", file=name, remedy=f"Use one of: {', '.join(KINDS)}.")
    _known(content, ("table", "file", "fields", "leave_out"), "key", name)
    _known(content.get("file", {}), FILE_KEYS, "key of [file]", name)
    if content.get("file", {}).get("decimal", ".") not in (".", ","):
        raise LoadError("the decimal is neither “.” nor “,”", file=name, remedy='Write decimal = "," or leave it out.')
    kind, fields = KINDS[table], content.get("fields", {})
    _known(fields, kind.fields, f"field of a table of {table}", name)
    for field in kind.required:
        if field not in fields:
            raise LoadError(
                f"nothing is mapped to “{field}”", file=name, remedy=f"Add {field} = \"their column\" under [fields].",
            )
    made = tuple(_field(field, fields[field], name) for field in kind.fields if field in fields)
    if table == "values" and not {"value", "numerator"} & set(fields):
        raise LoadError("nothing is mapped to “value” or “numerator”", file=name, remedy="Map one of the two.")
    out = {column: tuple(map(str, words)) for column, words in content.get("leave_out", {}).items()}
    return Mapping(table, content.get("file", {}), made, name, out)


def _field(field: str, rule: Any, file: str) -> Field:
    rule = {"column": rule} if isinstance(rule, str) else rule
    if not isinstance(rule, dict) or sum(key in rule for key in ("column", "constant", "join")) != 1:
        raise LoadError(
            f"the field “{field}” should say one of column, constant or join", file=file,
            remedy=f'For example: {field} = "Their column".',
        )
    _known(rule, FIELD_KEYS, f"key of the field “{field}”", file)
    _check_rule(rule, field, file)
    made = Field(field, rule)
    for column in made.columns:
        if _NEVER.search(column) or (_PERSONAL.search(column) and not rule.get("public")):
            public = "" if _NEVER.search(column) else f" If it is public: {field} = {{ column = …, public = true }}."
            raise LoadError(
                "names of people, their own lines and notes about them are not read", file=file, column=column,
                remedy=f"Take the column out of the mapping.{public}",
            )
    _two_orders(rule, field, file)
    if "match" in rule:
        try:
            groups = re.compile(rule["match"]).groups
        except re.error as error:
            raise LoadError(f"the match of “{field}” cannot be read: {error}", file=file) from error
        if groups != 1:
            raise LoadError(f"the match of “{field}” has {groups} pairs of brackets, not 1", file=file)
    return made


def _check_rule(rule: dict[str, Any], field: str, file: str) -> None:
    """Refuse what would otherwise be complained of once a row; write the forms of dates in our way."""
    for key in ("minimum", "maximum"):
        if key in rule and not isinstance(rule[key], int | float):
            raise LoadError(f"the {key} of “{field}” is not a number", file=file, remedy="Write it without quotes.")
    if rule.get("decimal", ".") not in (".", ","):
        raise LoadError(f"the decimal of “{field}” is neither “.” nor “,”", file=file)
    if "date" in rule:
        forms = [rule["date"]] if isinstance(rule["date"], str) else list(rule["date"])
        rule["date"] = [_date_form(str(form)) for form in forms]
        for form in rule["date"]:
            if form != "excel" and not ("%" in form and re.search("%[YyGx]", form)):
                raise LoadError(
                    f"the date of “{field}” says no year: “{form}”", file=file, remedy='For example "%d/%m/%Y".',
                )
    allowed = OURS.get(field)
    said = [*rule.get("words", {}).values(), *(rule[key] for key in ("constant", "other", "default") if key in rule)]
    for word in said:
        if allowed and word and word not in allowed:
            raise LoadError(
                f"“{word}” is not a word for {field}", file=file, remedy=f"Use one of: {', '.join(allowed)}.",
            )


def _date_form(form: str) -> str:
    if "%" in form or form == "excel":
        return form
    for theirs, ours in _SPOKEN_DATE:
        form = re.sub(theirs, ours, form, flags=re.IGNORECASE)
    return form


def _two_orders(rule: AnyMapping[str, Any], field: str, file: str) -> None:
    """Refuse two forms of date that read one text as two days: 03/04 would be the day of the first of them."""
    forms = rule.get("date", [])
    seen: dict[str, str] = {}
    for form in [forms] if isinstance(forms, str) else forms:
        shape = re.sub("%[dmy]", "%d", form)
        if seen.setdefault(shape, form) != form:
            raise LoadError(
                f"the date of “{field}” may be {seen[shape]} or {form}: 03/04 would be two days", file=file,
                remedy="Keep the one the file is written in.",
            )


def _known(given: AnyMapping[str, Any], allowed: tuple[str, ...], what: str, file: str) -> None:
    for key in given:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, 1)
            meant = f"Did you mean “{near[0]}”? " if near else ""
            raise LoadError(f"“{key}” is not a {what}", file=file, remedy=f"{meant}Use: {', '.join(allowed)}.")


def apply(intake: Intake, mapping: Mapping, newest: date) -> None:
    """Turn their columns into our fields, typed; blanks of a field that is required refuse the row.

    A value that cannot be read empties its cell, with a note, where the field may be empty; otherwise it refuses
    the row. So does a day after `newest`. Raises LoadError where a proportion is written as a percentage.
    """
    for column, words in mapping.leave_out.items():
        intake.leave_out(f"{column}: {', '.join(words)}", intake.rows[column].str.strip().isin(words))
    theirs = intake.rows
    made = {field.name: _text(theirs, field) for field in mapping.fields}
    name_intake(intake, mapping)
    intake.rows = pd.DataFrame({"line": theirs["line"], **made}, index=theirs.index)
    for field in mapping.fields:
        _check(intake, mapping, field, newest)


def name_intake(intake: Intake, mapping: Mapping) -> None:
    """Let what is refused be told in the custodian's words: their columns, and the record's own id or name."""
    intake.labels = {one.name: "/".join(one.columns) or one.name for one in mapping.fields}
    intake.record = next((name for name in ("id", "name") if name in intake.labels), "")


def _text(rows: pd.DataFrame, field: Field) -> pd.Series:
    """A field as text: taken, joined or constant; then matched, replaced by our words, and its blanks filled."""
    rule = field.rule
    if "constant" in rule:
        return pd.Series(str(rule["constant"]), index=rows.index, dtype="str")
    if "join" in rule:
        parts = [rows[column].str.strip() for column in rule["join"]]
        text = parts[0]
        for part in parts[1:]:
            between = pd.Series(str(rule.get("with", " ")), index=rows.index).where((text != "") & (part != ""), "")
            text = text + between + part
    else:
        text = rows[rule["column"]]
    return by_value(text, lambda written: _worded(written.str.strip(), rule)).astype("str")


def _worded(text: pd.Series, rule: AnyMapping[str, Any]) -> pd.Series:
    if "match" in rule:
        text = text.str.extract(rule["match"], expand=False).fillna("")
    if "words" in rule:
        words = {str(key).strip(): str(value) for key, value in rule["words"].items()}
        ours = text.map(words)
        text = ours.where(ours.notna() | (text == ""), rule["other"] if "other" in rule else "\x00" + text)
        text = text.fillna("")
    if "default" in rule:
        text = text.where(text != "", str(rule["default"]))
    return text


def _check(intake: Intake, mapping: Mapping, field: Field, newest: date) -> None:
    name, rule = field.name, field.rule
    # A listing whose status is not understood would pass for open: it is refused, not emptied.
    required = rule.get("required", name in mapping.kind.required)
    if name in ("status", "outcome") and "words" in rule:
        unknown = intake.rows[name].str.startswith("\x00")
        intake.rows = intake.rows.assign(**{name: intake.rows[name].str.removeprefix("\x00")})
        intake.reject(unknown, name, "word", _NO_WORD[0], _NO_WORD[1])
    drop = intake.reject if required else intake.blank
    text = intake.rows[name]
    if "words" in rule:
        unknown = text.str.startswith("\x00")
        if unknown.any():
            intake.rows = intake.rows.assign(**{name: text.str.removeprefix("\x00")})
            drop(unknown.to_numpy(), name, "word", _NO_WORD[0], _NO_WORD[1])
    if required:
        intake.require(name)
    if name in mapping.kind.numbers:
        _number(intake, mapping, field, drop)
    elif name in mapping.kind.days:
        written = intake.rows[name]
        formats = rule.get("date", ["%Y-%m-%d"])
        if mapping.typed and "%Y-%m-%d" not in formats:  # a workbook's own dates come out so
            formats = [*formats, "%Y-%m-%d"]
        day = by_value(written, lambda text: dates(text, formats))
        bad = day.isna() & (written.str.strip() != "")
        shown = ", ".join(formats)
        drop(
            bad.to_numpy(), name, "date", f"La date n’est pas écrite selon {shown}.",
            f"The date is not written as {shown}.",
        )
        intake.rows = intake.rows.assign(**{name: day.reindex(intake.rows.index)})
        drop(
            (intake.rows[name] > pd.Timestamp(newest)).to_numpy(), name, "future", "La date est dans l’avenir.",
            "The date is in the future.",
        )


def _number(intake: Intake, mapping: Mapping, field: Field, drop: Any) -> None:
    """A number, its range and its unit; `percent` divides by 100 and takes the sign off.

    Where some cells of a percentage have the sign, one without it may be a proportion: it is not read.
    """
    name, rule = field.name, field.rule
    if rule.get("percent"):
        sign = intake.rows[name].str.endswith("%")
        bare = ~sign & intake.rows[name].str.contains(r"\d", regex=True) if sign.any() else sign
        drop(
            bare.to_numpy(), name, "unit", "D’autres cellules de la colonne ont le signe % : l’unité est douteuse.",
            "Other cells of the column have the % sign: the unit is in doubt.",
        )
    text = intake.rows[name].mask(intake.rows[name].isin(BLANKS), "")
    if mapping.table == "values":
        text = _marks(intake, name, text)
    if rule.get("percent"):
        text = text.str.replace(r"[\s\u00a0\u202f]*%$", "", regex=True)
    decimal = rule.get("decimal", mapping.file.get("decimal", "."))
    odd = (text != "") & (~text.str.fullmatch(NUMBER) if decimal == "." or mapping.typed else True)
    if odd.any():
        text = text.where(~odd, plain_number(text[odd], decimal).reindex(text.index))
    bad = (text != "") & ~text.str.fullmatch(NUMBER)
    drop(bad.to_numpy(), name, "number", "Ce n’est pas un nombre.", "This is not a number.")
    text = text.mask(bad, "").reindex(intake.rows.index)
    value = as_numbers(text) / (100 if rule.get("percent") else 1)
    low, high = mapping.kind.numbers[name]
    low, high = rule.get("minimum", low), rule.get("maximum", high)
    if high == 1 and not rule.get("percent") and (value > 1.5).any():
        raise LoadError(
            f"a value of {value.max():g} where a proportion is at most 1", file=intake.file,
            line=int(intake.rows["line"].to_numpy()[value.argmax()]), column="/".join(field.columns),
            remedy="Say percent = true in the mapping, or mend the column.",
        )
    out = value.isin([float("inf"), float("-inf")])
    out |= value < low if low is not None else False
    out |= value > high if high is not None else False
    drop(
        out.to_numpy(), name, "range", f"La valeur sort de l’intervalle permis ({low} à {high}).",
        f"The value is outside the allowed range ({low} to {high}).",
    )
    intake.rows = intake.rows.assign(**{name: value.mask(out).reindex(intake.rows.index)})


def _marks(intake: Intake, name: str, text: pd.Series) -> pd.Series:
    """The text without the marks of Statistics Canada; `NAME_status` says what each stood for, ok elsewhere."""
    _, status = symbols(text)
    told = ~status.isin(["ok", "unknown"])
    intake.rows = intake.rows.assign(**{f"{name}_status": status.where(told, "ok")})
    beside = text.str.extract(rf"^({NUMBER})[A-Fprst]+$", expand=True)[0]  # 12E: the letter is of its quality
    return text.mask(told, "").where(beside.isna() | told, beside)
