"""What is written in a cell, and what it means: numbers of two languages, symbols, dates, identifiers, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BLANKS = ("", "NA", "..", "…", "...", "None")
NUMBER = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?"
# A thousands mark is a kind of space (or an apostrophe); before it stand at most three digits, after it three.
_MARK = r"[ \u00a0\u202f\u2009'’]"
_GROUPED = rf"[+-]?[0-9]{{1,3}}({_MARK}[0-9]{{3}})+([.,][0-9]*)?"
# Statistics Canada's standard symbols: what each says of the value it stands for or beside.
SYMBOLS = {
    "": "ok", "..": "missing", "...": "not_applicable", "…": "not_applicable", ".": "missing",
    "x": "suppressed", "X": "suppressed", "F": "missing", "t": "missing", "<LOD": "missing",
}
# What a row of totals calls itself, once `folded`.
TOTAL = r"(all|tous|toutes|ensemble|(grand |sub|sous )?tota(l|ls|ux)|somme|sum)(?![a-z]).*|.*[ _](total|totals|totaux)"
QUALITY = ("A", "B", "C", "D", "E", "p", "r")  # the value stands; these say how good or how new it is


def by_value(text: pd.Series, make: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """`make` of a column, called once for each different value: columns of words, days and places repeat."""
    codes, different = pd.factorize(text, use_na_sentinel=False)
    if len(different) > len(text) / 4:
        return make(text)
    made = make(pd.Series(different, dtype=text.dtype))
    return pd.Series(made.array.take(codes), index=text.index, name=text.name)


def plain_number(text: pd.Series, decimal: str = ".") -> pd.Series:
    """Numbers as written in French or English, as digits and a point: `1 234,5` is `1234.5` where decimal is `,`.

    Only the declared mark is a decimal: `1.234,5` stays as it is, and is then refused as no number.
    """
    text = text.str.strip().str.replace("\u2212", "-", regex=False)
    text = text.where(~text.str.fullmatch(_GROUPED), text.str.replace(_MARK, "", regex=True))
    if decimal == ",":
        # With a decimal comma a point may only group: it is refused rather than guessed.
        text = text.where(~text.str.contains(".", regex=False), "point: " + text)
        text = text.str.replace(",", ".", n=1, regex=False)
    return text


def as_numbers(text: pd.Series) -> pd.Series:
    """Text that is all `NUMBER` or empty as numbers [NaN where empty]; Arrow casts it ten times faster than pandas."""
    plain = pa.array(text.str.removeprefix("+"), pa.large_string())
    blank = pc.call_function("equal", [plain, pa.scalar("", pa.large_string())])
    number = pc.call_function("if_else", [blank, pa.scalar(None, pa.large_string()), plain]).cast(pa.float64())
    # + 0.0: minus zero is zero.
    return pd.Series(number.to_numpy(zero_copy_only=False) + 0.0, index=text.index, name=text.name)


def symbols(text: pd.Series, symbol: pd.Series | None = None) -> tuple[pd.Series, pd.Series]:
    """Values and statuses of a StatCan column, with its own column of symbols or the symbol glued to the number.

    The value is NaN wherever the status is not `ok`: a symbol is never zero. `0s` (rounded to zero) is 0. Text that
    is neither a number nor a known symbol has status `unknown`: the caller refuses it.
    """
    written = text.fillna("").str.strip()
    beside = (symbol if symbol is not None else pd.Series("", index=text.index)).fillna("").str.strip()
    glued = written.str.extract(rf"^({NUMBER})([A-Fprstx]*)$", expand=True)
    number, letters = glued[0], glued[glued.columns[-1]].fillna("")
    value = pd.to_numeric(number, errors="coerce").astype("float64")
    status = written.map(SYMBOLS).where(value.isna(), "ok").fillna("unknown")
    for letter, meaning in (("x", "suppressed"), ("F", "missing")):
        hidden = (beside == letter) | (letters.str.contains(letter, regex=False) & value.notna())
        status = status.mask(hidden, meaning)
    for mark in ("..", "...", "x", "F"):
        status = status.mask((written == "") & (beside == mark), SYMBOLS[mark])
    status = status.mask((written == "") & (status == "ok"), "missing")
    return value.where(status == "ok"), status


def repaired(text: pd.Series, known: Collection[str]) -> pd.Series:
    """Identifiers with their lost zeros back: the one of `known` that the written one can come from, or missing.

    A spreadsheet drops zeros at the start, zeros after the point and a whole `.00`, and writes `24660001.0`
    or `2.4660001E7`. An identifier that could come from two of `known` is not repaired; nor is `2.466E+07`, whose
    last digits were rounded away, or a blank.
    """
    exact = set(known)
    return text.where(text.isin(exact), text.str.strip().map(worn).map(unworn(known)))


def unworn(known: Collection[str]) -> dict[str, str]:
    """`worn` identifier -> the one of `known` it comes from; those that two share are not in it."""
    found: dict[str, set[str]] = {}
    for full in known:
        found.setdefault(worn(full), set()).add(full)
    return {key: next(iter(fulls)) for key, fulls in found.items() if key and len(fulls) == 1}


def worn(written: str) -> str:
    """An identifier without what a spreadsheet may take from it."""
    written = re.sub(r"\s", "", written)
    power = re.fullmatch(r"[0-9](?:\.([0-9]+))?[eE]\+?([0-9]{1,2})", written)
    if power and len(power[1] or "") >= int(power[2]):
        written = str(int(Decimal(written)))
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.lstrip("0")


def dates(text: pd.Series, formats: Collection[str]) -> pd.Series:
    """Days written in one of `formats` (tried in order), `excel` for spreadsheet serials; NaT where none fits.

    The day is the one that was written, whatever the zone beside it; a year before 1800 or after 2199 is none.
    """
    written = text.fillna("").str.strip()
    written = written.where(written.str.contains("[0-9]", regex=True), "")  # pandas reads “now” and “today” in any form
    if any("%z" in form for form in formats):
        written = written.str.replace(r"\s*(?:Z|[+-]\d\d:?\d\d)$", "", regex=True)
    day = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")
    for form in (form.replace("%z", "").strip() for form in formats):
        if form == "excel":
            serial = pd.to_numeric(written.where(written.str.fullmatch(r"\d{5}(\.\d+)?")), errors="coerce")
            found = pd.to_datetime(serial, unit="D", origin="1899-12-30", errors="coerce").dt.normalize()
        elif "%B" in form or "%b" in form:
            found = pd.to_datetime(_months(written), format=form.replace("%B", "%m").replace("%b", "%m"),
                                   errors="coerce")
        else:
            whole = written
            if re.search("%[YymdHIMS]%[YymdHIMS]", form):  # without marks between them, 2026111 would be two days
                length = len(pd.Timestamp(2000, 12, 31).strftime(form))
                whole = written.where(written.str.len() == length, "")
            found = pd.to_datetime(whole, format=form, errors="coerce")
        found = found.where(found.dt.year.between(1800, 2199))
        day = day.fillna(found.astype("datetime64[ns]"))
    return day


_MONTHS = {
    name: number for number, names in enumerate((
        "janvier janv jan january", "février févr fév fevrier feb february", "mars mar march", "avril avr apr april",
        "mai may", "juin jun june", "juillet juil july jul", "août aout aoû aug august",
        "septembre sept sep september", "octobre oct october", "novembre nov november",
        "décembre déc decembre dec december",
    ), start=1) for name in names.split()
}


def _months(text: pd.Series) -> pd.Series:
    """Month names of both languages as two digits."""
    return text.str.replace(
        r"[^\W\d_]+\.?", lambda word: f"{_MONTHS[key]:02d}" if (key := word[0].rstrip(".").lower()) in _MONTHS
        else word[0], regex=True,
    )


# What Unicode does not take apart.
LETTERS = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


def folded(text: pd.Series) -> pd.Series:
    """Names as they compare: no accents, one dash, one apostrophe, one space, lower case, Saint for St."""
    text = text.astype("str").map(lambda name: unicodedata.normalize("NFKD", str(name).translate(LETTERS)))
    text = text.str.replace(r"[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", regex=True).str.lower()
    text = text.str.replace(r"[‐‑‒–—−-]+", "-", regex=True).str.replace(r"[‘’ʼ`´']", "'", regex=True)
    text = text.str.replace(r"\bst(e?)[.]?(?=[\s-])", r"saint\1", regex=True)
    return text.str.replace(r"\s*-\s*|\s+", " ", regex=True).str.strip()
