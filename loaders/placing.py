"""Where the rows of a reader's table belong: areas by code or name, points by coordinates, numbers as written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from loaders.values import BLANKS, NUMBER, TOTAL, as_numbers, folded, plain_number, symbols, unworn, worn

KINDS_OF_VALUE = ("count", "share", "rate")
LEVEL_NOT_MAPPED = ("city", "block")  # one area, or people without a name: no map of them
_ENGLISH = r"-?\d{1,3}(,\d{3})+(\.\d+)?"  # 12,345 and 12,345.6
_COMMA = r"-?\d+,\d+\s*%?"
_DGUID = re.compile(r"(\d{4})[A-Z]\d{4}(\S+)")
_POSTAL = r"[A-Za-z]\d[A-Za-z]([ -]?\d[A-Za-z]\d)?"
_KEYS = ("dguid", "dauid", "ctuid", "adidu", "sridu", "idugd", "code", "id", "area id", "geouid", "no", "numero")
_PLACES = ("borough", "arrondissement", "district", "quartier", "secteur", "area", "nom", "name", "place", "lieu")
# A name is suggested at this likeness [0 to 100], where no other area's is within so many points of it.
_CLOSE, _APART, _ASKED = 80.0, 4.0, 500
_COUNTS = (
    r"\b(count|counts|total|totals|number|nombre|nb|nbre|n|effectif|effectifs|somme|sum|quantite|quantity|population|"
    r"people|persons|personnes|households|menages|visits|visites|meals|repas|places|demandes|requests)\b"
)
_MARGIN = 0.004  # [degrees, some 400 m]: simplified limits lose that much of a shore


def plain_names(names: Sequence[str]) -> list[str]:
    """Names of columns without accents, case or marks between words."""
    text = folded(pd.Series(list(names), dtype="str"))
    return [" ".join(re.split(r"[^\w]+|_", name)).strip() for name in text]


# --- areas --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """What names the area of a row: the number of a column, the level it is of, rows it could place."""

    column: int
    level: str
    rows: int


@dataclass(frozen=True)
class Known:
    """The areas of one level as they may be written -> area_id: names folded and codes, identifiers that lost zeros."""

    written: dict[str, str]
    codes: dict[str, str]
    worn: dict[str, str]


def areas_of(areas: pd.DataFrame, declared: Mapping[str, str]) -> Known:
    """The areas of a level [area_id, code, name_fr, name_en]: identifiers, codes, names, spellings `declared`.

    What could be two areas is not in it.
    """
    codes = _once([*zip(areas["area_id"], areas["area_id"]), *zip(areas["code"].astype("str"), areas["area_id"])])
    names = _once([(name, area) for column in ("name_fr", "name_en")
                   for name, area in zip(folded(areas[column]), areas["area_id"])])
    here = set(areas["area_id"])
    spelled = {spelling: area for spelling, area in declared.items() if area in here}
    return Known({**names, **spelled, **codes}, codes, {short: codes[full] for short, full in unworn(codes).items()})


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for written, area in pairs:
        found.setdefault(written, set()).add(area)
    return {written: next(iter(areas)) for written, areas in found.items() if len(areas) == 1 and written}


@dataclass(frozen=True)
class Written:
    """Different cells of a column, and each as it compares: folded, and without what a spreadsheet takes."""

    cells: list[str]
    folded: list[str]
    worn: list[str]


def _compared(text: pd.Series) -> Written:
    cells = text.unique().tolist()
    return Written(cells, folded(pd.Series(cells, dtype="str")).tolist(), [worn(cell) for cell in cells])


def _found(different: Written, known: Known) -> list[tuple[str | None, str]]:
    """The area of each cell and how it was found: exact or repaired; none and empty where it is none."""
    found: list[tuple[str | None, str]] = []
    for cell, plain, short in zip(different.cells, different.folded, different.worn):
        area = known.written.get(cell) or known.written.get(plain)
        other = None if area or not short else known.worn.get(short)
        found.append((area, "exact") if area else (other, "repaired" if other else ""))
    return found


def placed(text: pd.Series, known: Known) -> tuple[pd.Series, pd.Series]:
    """area_id of each written place [missing where none], and how: exact, repaired, or the reason it is none."""
    different = _compared(text)
    pairs = dict(zip(different.cells, _found(different, known)))
    how = {cell: told or _why(cell, known) for cell, (_, told) in pairs.items()}
    return text.map({cell: area for cell, (area, _) in pairs.items()}), text.map(how).astype("str")


def near(cells: Sequence[str], known: Known) -> dict[str, str]:
    """Written place -> area_id of the one area whose name is close to it; places close to none, or to two, are absent.

    A suggestion for a reader, never used to place a row. At most `_ASKED` different places are compared.
    """
    from rapidfuzz import fuzz, process

    names = [name for name in known.written if not any(sign.isdigit() for sign in name)]
    found: dict[str, str] = {}
    wanted = [cell for cell in dict.fromkeys(cells) if len(cell) > 3 and not any(sign.isdigit() for sign in cell)]
    for cell, plain in zip(wanted[:_ASKED], folded(pd.Series(wanted[:_ASKED], dtype="str"))):
        close = process.extract(plain, names, scorer=fuzz.token_sort_ratio, score_cutoff=_CLOSE, limit=4)
        best = {known.written[name] for name, score, _ in close if score > close[0][1] - _APART}
        if len(best) == 1:
            found[cell] = best.pop()
    return found


def _why(cell: str, known: Known) -> str:
    """Why a written place is none of the areas: empty, total, postal, vintage or unknown."""
    if not cell or cell in BLANKS:
        return "empty"
    if re.fullmatch(_POSTAL, cell):
        return "postal"
    if (of := _DGUID.fullmatch(cell)) and any(
        area.endswith(of[2]) and area[:4] != of[1] for area in [known.codes.get(of[2], "")]
    ):
        return "vintage"
    return "total" if re.fullmatch(TOTAL, folded(pd.Series([cell])).iloc[0]) else "unknown"


def best_key(columns: Sequence[tuple[str, pd.Series]], levels: Mapping[str, Known]) -> Key | None:
    """The column and level that place most rows; of equals, the one a name speaks for. None where none places any."""
    found: list[tuple[tuple[Any, ...], Key]] = []
    plain = plain_names([name for name, _ in columns])
    for i, (_, text) in enumerate(columns):
        often = text.value_counts()
        often = often[(often.index != "") & (np.arange(len(often)) < 5000)]
        different = _compared(pd.Series(often.index, dtype="str"))
        hint = 2 if plain[i] in _KEYS else 1 if plain[i] in _PLACES else 0
        for at, (level, known) in enumerate(levels.items()):
            pairs = _found(different, known)
            rows = sum(n for n, (area, _) in zip(often.tolist(), pairs) if area)
            exact = sum(how == "exact" for _, how in pairs)
            if rows:
                found.append(((rows, hint, exact, -i, -at), Key(i, level, rows)))
    return max(found, key=lambda one: one[0])[1] if found else None


# --- numbers ------------------------------------------------------------------------------------------------


def number_share(text: pd.Series) -> float:
    """Share of the filled cells that are numbers as someone writes them."""
    filled = text[~text.isin(BLANKS)]
    value, _, _, _ = written_numbers(filled, "count")
    return float(value.notna().mean()) if len(filled) else 0.0


def likely_kind(name: str, text: pd.Series) -> str:
    """What a column seems to hold: a share by its % or its name, a count or a rate by its name, a rate by decimals."""
    plain = plain_names([name])[0]
    value, _, _, _ = written_numbers(text, "count")
    if text.str.contains("%", regex=False).any() or "%" in name or re.search(
        r"\b(share|percent|pct|pourcentage|proportion|part)\b", plain
    ):
        return "share"
    if re.search(r"\b(rate|taux|per|pour|ratio|index|indice)\b", plain):
        return "rate"
    if re.search(_COUNTS, plain):  # what it is called says more than the decimals of an estimate
        return "count"
    known = value.dropna()
    if len(known) and known.between(0, 1).all() and (known % 1 != 0).any():
        return "share"
    return "rate" if (known % 1 != 0).any() else "count"


def decimal_of(text: pd.Series, kind: str) -> str:
    """The decimal mark of a column: `,` by its cells; `12,345` alone groups thousands in a count, not in a share."""
    comma, point = text.str.fullmatch(_COMMA), text.str.contains(r"\d\.\d", regex=True)
    english = text.str.fullmatch(_ENGLISH)
    if point.any() or not comma.any():
        return "."
    return "." if english[comma].all() and kind == "count" else ","


def written_numbers(text: pd.Series, kind: str) -> tuple[pd.Series, pd.Series, pd.Series, str]:
    """Values [NaN where none], statuses (ok, missing, suppressed, not_applicable, unknown: no number at all), marks of
    cells whose writing was put right (spaces, %, apostrophe, thousands), and the decimal mark.

    A value with % is divided by 100. Statistics Canada's symbols are statuses, never 0.
    """
    decimal = decimal_of(text, kind)
    bare = text.str.lstrip("'’").str.strip()
    percent = bare.str.endswith("%")
    bare = bare.str.removesuffix("%").str.strip()
    if decimal == ".":
        english = bare.str.fullmatch(_ENGLISH)
        bare = bare.where(~english, bare.str.replace(",", "", regex=False))
    plain = plain_number(bare, decimal)
    value, status = symbols(plain.where(~bare.isin(BLANKS) | bare.isin(("..", "...", "…")), ""))
    number = plain.str.fullmatch(NUMBER)
    value = value.mask(number, as_numbers(plain.where(number, "")))
    status = status.mask(number, "ok")
    value = value.where(np.isfinite(value))
    status = status.mask((status == "ok") & value.isna(), "unknown")
    cleaned = (value.notna()) & (plain != text)
    return value.where(~percent, value / 100), status, cleaned, decimal


# --- the check ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """What came of a table. `placed`: one row per area (area_id, value, status, rows) or per point (line, label, lon,
    lat, value, status); `refused`: line, column, value, rule; `counts`: rows_read = used + refused + duplicates, and
    repaired, cleaned, several (areas of more than one row), silent (rows without a value); `decimal`: the mark read.
    """

    placed: pd.DataFrame
    refused: pd.DataFrame
    counts: dict[str, int]
    decimal: str


class _Rows:
    """Rows on their way to a map: those still standing, those refused with their reason."""

    def __init__(self, rows: pd.DataFrame, refused: pd.DataFrame, rows_read: int) -> None:
        self.rows, self.rows_read, self.duplicates = rows, rows_read, 0
        self.kept = [refused]

    def refuse(self, mask: pd.Series, column: str, cells: str, rule: pd.Series | str) -> None:
        bad = self.rows.loc[mask]
        if len(bad):
            why = rule.loc[bad.index] if isinstance(rule, pd.Series) else rule
            self.kept.append(pd.DataFrame({
                "line": bad["line"], "column": column, "value": bad[cells].astype("str").str.slice(0, 200), "rule": why,
            }))
            self.rows = self.rows.loc[~mask]

    def ended(self, placed_rows: pd.DataFrame, used: int, decimal: str, **counts: int) -> Check:
        refused = pd.concat([one for one in self.kept if len(one)] or self.kept[:1]).sort_values("line", kind="stable")
        told = {"rows_read": self.rows_read, "used": used, "refused": len(refused), "duplicates": self.duplicates}
        return Check(placed_rows.reset_index(drop=True), refused.reset_index(drop=True), {**told, **counts}, decimal)


def _valued(
    intake: _Rows, text: pd.Series, column: str, kind: str, hundred: bool | None,
) -> tuple[str, int]:
    """Give the rows `value` and `status`, refusing what is no number or out of range; decimal mark, cells put right."""
    value, status, cleaned, decimal = written_numbers(text, kind)
    if kind == "share":
        bare = ~text.str.contains("%", regex=False)
        whole = hundred if hundred is not None else bool((value[bare] > 1.0).any())
        value = value.where(~(bare & whole), value / 100)
    intake.rows = intake.rows.assign(value=value, status=status, written=text)
    intake.refuse(status == "unknown", column, "written", "number")
    now = intake.rows["value"]
    high = 1.0 + 1e-9 if kind == "share" else np.inf
    intake.refuse((now < 0) | (now > high), column, "written", "share" if kind == "share" else "negative")
    return decimal, int(cleaned.loc[intake.rows.index].sum())


def by_area(
    rows: pd.DataFrame, refused: pd.DataFrame, rows_read: int, known: Known, *, key: tuple[str, pd.Series],
    value: tuple[str, pd.Series], kind: str, hundred: bool | None = None,
) -> Check:
    """One value for each area of a level. `rows` are those of an Upload; `key` and `value`: a column's name and cells.

    Counts of several rows of one area are added; of shares and rates that differ none stands, because neither can be
    added. A row that repeats another cell for cell counts once. An area of which one row has no value has none.
    `hundred`: shares are written from 0 to 100; None tells it from the numbers.
    """
    intake = _Rows(rows.assign(place=key[1], area_id=None), refused, rows_read)
    again = rows.drop(columns="line").duplicated()
    intake.duplicates = int(again.sum())
    intake.rows = intake.rows.loc[~again]
    area, how = placed(intake.rows["place"], known)
    intake.rows["area_id"] = area
    intake.refuse(area.isna(), key[0], "place", how)
    mended = int((how == "repaired").sum())
    decimal, cleaned = _valued(intake, value[1].loc[intake.rows.index], value[0], kind, hundred)
    if kind != "count":
        differ = intake.rows.groupby("area_id")["written"].transform("nunique") > 1
        intake.refuse(differ, value[0], "written", "several")
    of = intake.rows.groupby("area_id", sort=True)
    rank = {"ok": 0, "not_applicable": 1, "missing": 2, "suppressed": 3}
    worst = of["status"].agg(lambda cells: max(cells, key=lambda one: rank[one]))
    total = of["value"].sum(min_count=1) if kind == "count" else of["value"].first()
    made = pd.DataFrame({"area_id": worst.index, "value": total.where(worst == "ok").to_numpy(),
                         "status": worst.to_numpy(), "rows": of.size().to_numpy()})
    return intake.ended(
        made, len(intake.rows), decimal, repaired=mended, cleaned=cleaned, several=int((made["rows"] > 1).sum()),
        silent=int((intake.rows["status"] != "ok").sum()),
    )


def by_point(
    rows: pd.DataFrame, refused: pd.DataFrame, rows_read: int, shapes: Sequence[str], *, lon: tuple[str, pd.Series],
    lat: tuple[str, pd.Series], label: pd.Series | None, value: tuple[str, pd.Series] | None, kind: str,
    hundred: bool | None = None,
) -> Check:
    """One point a row, inside the limits `shapes` [GeoJSON text] or just beside; the others refused with their reason.

    Coordinates are degrees, decimal comma or point. `swapped` is said where the two exchanged would be inside.
    """
    # A comma in degrees is a decimal mark, whatever the cells beside it: nothing groups thousands there.
    spot = [written_numbers(cells.astype("str").str.replace(",", "."), "rate")[0] for _, cells in (lon, lat)]
    told = lon[1].astype("str") + " / " + lat[1].astype("str")
    intake = _Rows(rows.assign(lon=spot[0], lat=spot[1], place=told), refused, rows_read)
    intake.rows["label"] = "" if label is None else label
    again = rows.drop(columns="line").duplicated()
    intake.duplicates, intake.rows = int(again.sum()), intake.rows.loc[~again]
    named = f"{lon[0]} / {lat[0]}"
    blank = intake.rows["lon"].isna() | intake.rows["lat"].isna()
    intake.refuse(blank, named, "place", "coordinates")
    city = shapely.buffer(shapely.union_all(shapely.make_valid(shapely.from_geojson(list(shapes)))), _MARGIN)
    shapely.prepare(city)
    x, y = intake.rows["lon"].to_numpy("float64"), intake.rows["lat"].to_numpy("float64")
    inside, turned = shapely.contains_xy(city, x, y), shapely.contains_xy(city, y, x)
    metres, zero = (np.abs(x) > 180) | (np.abs(y) > 90), (x == 0) & (y == 0)
    why = np.select([turned, zero, metres], ["swapped", "zero", "metres"], "outside")
    intake.refuse(pd.Series(~inside, intake.rows.index), named, "place", pd.Series(why, intake.rows.index))
    decimal, cleaned = ".", 0
    if value is None:
        intake.rows = intake.rows.assign(value=np.nan, status="ok")
    else:
        decimal, cleaned = _valued(intake, value[1].loc[intake.rows.index], value[0], kind, hundred)
    made = intake.rows[["line", "label", "lon", "lat", "value", "status"]]
    silent = 0 if value is None else int((intake.rows["status"] != "ok").sum())
    return intake.ended(made, len(made), decimal, repaired=0, cleaned=cleaned, several=0, silent=silent)
