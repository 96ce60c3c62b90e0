"""Census profiles as Statistics Canada gives them out: the bulk files of 2021 and 2016, and its data service."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute

from loaders import forms
from loaders.archives import opened, split
from loaders.catalog import LoadError
from loaders.census import fill_shares, not_brought
from loaders.draft import Draft
from loaders.edition import Source
from loaders.records import Part, Reading
from loaders.staging import EMPTY, Intake, find, part_intake
from loaders.values import NUMBER

# The 23 columns of 98-401-X2021, in order: six share one name, so each is read where it stands.
LAYOUT_2021 = (
    "CENSUS_YEAR", "DGUID", "ALT_GEO_CODE", "GEO_LEVEL", "GEO_NAME", "TNR_SF", "TNR_LF", "DATA_QUALITY_FLAG",
    "CHARACTERISTIC_ID", "CHARACTERISTIC_NAME", "CHARACTERISTIC_NOTE", "C1_COUNT_TOTAL", "SYMBOL", "C2_COUNT_MEN+",
    "SYMBOL", "C3_COUNT_WOMEN+", "SYMBOL", "C10_RATE_TOTAL", "SYMBOL", "C11_RATE_MEN+", "SYMBOL", "C12_RATE_WOMEN+",
    "SYMBOL",
)
READ_2021: dict[str, str | int] = {
    "DGUID": 1, "ALT_GEO_CODE": 2, "GEO_LEVEL": 3, "characteristic": 8, "name": 9, "count": 11, "count_mark": 12,
    "rate": 17, "rate_mark": 18,
}
# 98-401-X2016: the profile's name is inside the names of its columns, so they are known by their form.
FORMS_2016 = {
    "GEO_CODE": r"GEO_CODE \(POR\)", "GEO_LEVEL": "GEO_LEVEL", "ALT_GEO_CODE": "ALT_GEO_CODE",
    "characteristic": r"Member ID: Profile of .*\(\d+\)", "name": r"DIM: Profile of .*\(\d+\)",
    "count": r"Dim: Sex \(3\): Member ID: \[1\]: Total - Sex",
}
READ_SDMX = {
    "REF_AREA": "REF_AREA", "GENDER": "GENDER", "characteristic": "CHARACTERISTIC", "STATISTIC": "STATISTIC",
    "TIME_PERIOD": "TIME_PERIOD", "count": "OBS_VALUE", "count_mark": "OBS_STATUS",
}
pc: Any = pyarrow.compute  # its functions are made as it is imported: a type checker sees none of them
LARGEST_ID = 9_999  # 2 631 characteristics in 2021; a larger number is another column
BATCH = 200_000  # rows handed to DuckDB at once
CELL = rf"^\s*{NUMBER}\s*$"

# What a mark says of the cell beside it. `E` (use with caution), `r` and `p` come with a number; the service writes
# SDMX codes: A normal, M O L H not there, Q suppressed, N not significant.
SILENT = {
    "..": "missing", "...": "not_applicable", "x": "suppressed", "X": "suppressed", "F": "missing",
    "M": "missing", "O": "missing", "L": "missing", "H": "missing", "Q": "suppressed", "N": "missing",
}
SPEAKING = ("", "A", "E", "r", "p", "P")
MARKS = pa.array([*SPEAKING, *SILENT], pa.string())
FAULTS = {
    "characteristic": (
        "Le numéro de la caractéristique n’est pas un nombre entier : une colonne a pu se décaler.",
        "The characteristic’s number is not a whole number: a column may have shifted.",
    ),
    "number": ("Ce n’est ni un nombre ni un symbole connu.", "This is neither a number nor a known symbol."),
    "symbol": (
        "Le symbole voisin est inconnu, ou dit que ce nombre n’existe pas : vérifier la cellule et la suivante.",
        "The symbol beside it is unknown, or says this number does not exist: check the cell and the next one.",
    ),
    "area": (
        "L’édition n’a pas ce secteur : vérifier l’année du recensement et le filtre des secteurs.",
        "The edition has no such area: check the census year and the filter of areas.",
    ),
    "key": (
        "Ce secteur et cette caractéristique sont déjà plus haut, avec d’autres valeurs.",
        "This area and characteristic stand above already, with other values.",
    ),
}


def census_profile(draft: Draft, source: Source) -> None:
    """A profile kept whole: rows of `census_long`, `census_characteristic` and, where asked, `census_value`.

    Options: layout [2021, 2016 or sdmx]; areas [column of the file -> the prefixes asked for: DGUID, ALT_GEO_CODE,
    GEO_LEVEL]; compare [identifiers kept though the edition has no such area, such as a province]; whole [false
    keeps only the characteristics of `variables`]; variables [see `census.fill_shares`]; encoding; optional.
    2016: dguid [GEO_LEVEL -> what is put before the code; other levels are left out].
    sdmx: gender, count_statistic, rate_statistic, period [codes asked for].

    A blank, `..` or F is missing, `...` not applicable, x suppressed: none is ever 0. Raises LoadError where the
    columns are not those of the layout, no area is the edition's, or a characteristic has two names.
    """
    o = source.options
    if not_brought(draft, source):
        return
    path = find(draft.raw, split(source.file)[0])
    how = forms.How(encoding=o.get("encoding"), optional=("count_mark",))
    reading = forms.read(path, source.file, _columns(path, source), how)
    intake = Intake(source.dataset_id, source.file, path, EMPTY, "")
    taken = _Taken(o, intake)
    draft.con.execute("CREATE OR REPLACE TEMP TABLE census_incoming (line BIGINT, area INTEGER, id INTEGER, "
                      "side UTINYINT, count DOUBLE, count_mark UTINYINT, rate DOUBLE, rate_mark UTINYINT)")
    for batch in taken.batches(reading):
        draft.con.register("batch", batch)
        draft.con.execute("INSERT INTO census_incoming BY NAME SELECT * FROM batch")
        draft.con.unregister("batch")
    intake.encoding = reading.encoding
    _know_areas(draft, source, intake, taken.areas)
    _refuse_repeats(draft, intake)
    _keep_names(draft, source, taken.names)
    intake.kept = _keep_values(draft, source)
    fill_shares(draft, source, intake)
    draft.con.execute("DROP TABLE census_incoming; DROP TABLE census_areas")
    draft.close_intake(intake, source)


def _columns(path: Any, source: Source) -> dict[str, str | int]:
    """Where each column of the layout stands; raises LoadError at the first that is not there."""
    layout = str(source.options["layout"])
    with opened(path, split(source.file)[1]) as stream:
        header = next(csv.reader([stream.readline().decode("utf-8-sig", "replace")]), [])
    if layout == "2021":
        for at, (here, expected) in enumerate(zip(header, LAYOUT_2021, strict=False), start=1):
            if here != expected:
                raise LoadError(
                    f"column {at} is “{here}” where 98-401-X2021 has “{expected}”", file=source.file, line=1,
                    remedy="Use the English CSV of the Census Profile, 2021, as downloaded, without the intervals.",
                )
        if len(header) != len(LAYOUT_2021):
            raise LoadError(
                f"it has {len(header)} columns where 98-401-X2021 has {len(LAYOUT_2021)}", file=source.file, line=1,
                remedy="Use the English CSV of the Census Profile, 2021, as downloaded, without the intervals.",
            )
        return READ_2021
    if layout == "sdmx":
        return dict(READ_SDMX)
    if layout != "2016":
        raise LoadError(f"there is no layout “{layout}”", file=source.file, remedy="Use 2021, 2016 or sdmx.")
    where: dict[str, str | int] = {}
    for ours, form in FORMS_2016.items():
        found = [at for at, here in enumerate(header) if re.fullmatch(form, here)]
        if len(found) != 1:
            raise LoadError(
                f"{len(found)} columns have the form {form}", file=source.file, line=1,
                remedy="Use the English CSV of the Census Profile, 2016, as downloaded.",
            )
        where[ours] = found[0]
    return where


class _Taken:
    """What is taken from a file as it goes by: typed rows; the others counted by rule or refused."""

    def __init__(self, o: dict[str, Any], intake: Intake) -> None:
        self.o, self.sdmx, self.intake = o, str(o["layout"]) == "sdmx", intake
        self.areas: dict[str, int] = {}
        self.names: dict[tuple[int, str], int] = {}

    def batches(self, reading: Reading) -> Iterator[pa.Table]:
        """Columns of numbers, some hundred thousand rows at a time: text would cost ten times as much to keep."""
        waiting: list[pa.Table] = []
        for part in reading.parts:
            told = Part(part.table.slice(0, 0), part.records, part.left_out, part.faults)
            self.intake.gather(part_intake(self.intake, [told]))
            rows = self._asked(part.table)
            if rows.num_rows:
                waiting.append(self._typed(rows))
            if sum(one.num_rows for one in waiting) >= BATCH:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)

    def _asked(self, rows: pa.Table) -> pa.Table:
        """The rows that the declared filters ask for."""
        o = self.o
        for column, prefixes in o.get("areas", {}).items():
            rows = self._keep(rows, column, f"{column} not asked for", tuple(prefixes), prefix=True)
        if "dguid" in o:
            rows = self._keep(rows, "GEO_LEVEL", "GEO_LEVEL not asked for", tuple(o["dguid"]))
        if self.sdmx:
            sides = tuple(str(o[key]) for key in ("count_statistic", "rate_statistic") if key in o)
            rows = self._keep(rows, "GENDER", f"GENDER other than {o['gender']}", (str(o["gender"]),))
            rows = self._keep(rows, "TIME_PERIOD", f"TIME_PERIOD other than {o['period']}", (str(o["period"]),))
            rows = self._keep(rows, "STATISTIC", "STATISTIC not asked for", sides)
        if not o.get("whole", True):
            wanted = {str(v[k]) for v in o["variables"] for k in ("numerator", "denominator", "rate", "mean") if k in v}
            rows = self._keep(rows, "characteristic", "characteristic not asked for", tuple(wanted))
        return rows

    def _keep(
        self, rows: pa.Table, column: str, rule: str, asked: tuple[str, ...], *, prefix: bool = False,
    ) -> pa.Table:
        # A block holds a few areas, thousands of times each: they are looked at once.
        encoded = rows[column].combine_chunks().dictionary_encode()
        kept = [text.startswith(asked) if prefix else text in asked for text in encoded.dictionary.to_pylist()]
        if all(kept):
            return rows
        few = rows.filter(pa.array(kept, pa.bool_()).take(encoded.indices))
        left = self.intake.left_out
        left[rule] = left.get(rule, 0) + rows.num_rows - few.num_rows
        return few

    def _typed(self, rows: pa.Table) -> pa.Table:
        """line, area [its place in `areas`], id, side [1 count, 2 rate, 0 both], and each cell with its mark."""
        text = {name: rows[name].combine_chunks() for name in rows.column_names}
        blank = pa.repeat(pa.scalar("", pa.string()), rows.num_rows)
        number, bad = _numbers(text["characteristic"])
        usable = pc.and_(pc.greater_equal(number, 1), pc.less_equal(number, LARGEST_ID))
        wrong = pc.invert(pc.fill_null(usable, False))
        faults = [(wrong, "characteristic", text["characteristic"])]
        out: dict[str, Any] = {
            "line": text["line"], "area": self._area(text),
            "id": pc.if_else(wrong, None, pc.floor(number)).cast(pa.int32()),
            "side": pa.repeat(pa.scalar(0, pa.uint8()), rows.num_rows),
        }
        if self.sdmx:
            rate = pc.equal(text["STATISTIC"], str(self.o.get("rate_statistic")))
            out["side"] = pc.if_else(rate, pa.scalar(2, pa.uint8()), pa.scalar(1, pa.uint8()))
        for cell in ("count", "rate"):
            written, mark = text.get(cell, blank), text.get(f"{cell}_mark", blank)
            out[cell], bad = _numbers(written)
            code = pc.index_in(mark, value_set=MARKS)
            if bad is not None:  # a symbol may stand in the cell itself (2016)
                inside = pc.index_in(pc.utf8_trim_whitespace(written), value_set=MARKS)
                faults.append((pc.and_(bad, pc.is_null(inside)), "number", written))
                code = pc.if_else(bad, inside, code)
            says_none = pc.and_(pc.is_valid(out[cell]), pc.greater_equal(code, len(SPEAKING)))
            odd = pc.or_(pc.is_null(code), pc.fill_null(says_none, False))
            faults.append((odd, "symbol", pc.binary_join_element_wise(written, mark, " ")))
            out[f"{cell}_mark"] = pc.fill_null(code, 0).cast(pa.uint8())
        self._name(out["id"], text)
        faulty = self._refuse(text["line"], faults)
        table = pa.table(out)
        return table if faulty is None else table.filter(pc.invert(faulty))

    def _area(self, text: dict[str, Any]) -> Any:
        """The place in `areas` of each row's identifier: its DGUID, made from the code in 2016."""
        o = self.o
        if "dguid" in o:
            encoded = pc.binary_join_element_wise(text["GEO_LEVEL"], text["GEO_CODE"], "|").dictionary_encode()
            pairs = [one.split("|", 1) for one in encoded.dictionary.to_pylist()]
            names = [o["dguid"][level] + code for level, code in pairs]
        elif self.sdmx:  # the service cannot write a dot in an address
            encoded = text["REF_AREA"].dictionary_encode()
            names = [name.replace("_", ".") for name in encoded.dictionary.to_pylist()]
        else:
            encoded = text["DGUID"].dictionary_encode()
            names = encoded.dictionary.to_pylist()
        places = [self.areas.setdefault(name, len(self.areas)) for name in names]
        return pa.array(places, pa.int32()).take(encoded.indices)

    def _name(self, ids: Any, text: dict[str, Any]) -> None:
        """Note each characteristic's name, with the first line that has it."""
        if "name" not in text:
            return
        encoded = text["name"].dictionary_encode()
        pairs = pc.unique(pc.add(pc.multiply(ids.cast(pa.int64()), 1 << 32), encoded.indices.cast(pa.int64())))
        names = encoded.dictionary
        for pair in pairs.drop_null().to_pylist():
            self.names.setdefault((pair >> 32, names[pair & 0xFFFFFFFF].as_py().rstrip()), len(self.names))

    def _refuse(self, line: Any, faults: list[tuple[Any, str, Any]]) -> Any:
        """Keep the rows at fault for the ledger, under the first rule each breaks; gives their mask, or None."""
        seen = None
        for mask, rule, value in faults:
            new = mask if seen is None else pc.and_not(mask, seen)
            seen = mask if seen is None else pc.or_(mask, seen)
            if pc.any(new).as_py():
                fr, en = FAULTS[rule]
                self.intake.rejects.append(pd.DataFrame({
                    "line": line.filter(new).to_numpy(), "column_name": rule,
                    "value": [one.strip() for one in value.filter(new).to_pylist()], "rule": rule,
                    "message_fr": fr, "message_en": en,
                }))
        return seen if pc.any(seen).as_py() else None


def _numbers(text: Any) -> tuple[Any, Any]:
    """Numbers [null where blank or not a number], and the mask of cells that are neither; None where all are."""
    blank = pc.equal(text, "")
    try:
        value = pc.if_else(blank, None, text).cast(pa.float64())
        if pc.all(pc.fill_null(pc.is_finite(value), True)).as_py() is not False:
            return value, None
    except pa.ArrowInvalid:
        pass
    written = pc.match_substring_regex(text, CELL)
    value = pc.if_else(written, pc.utf8_trim_whitespace(text), None).cast(pa.float64())
    written = pc.and_(written, pc.fill_null(pc.is_finite(value), False))
    value = pc.if_else(written, value, None)
    spaces = pc.equal(pc.utf8_trim_whitespace(text), "")
    return value, pc.invert(pc.or_(written, spaces))


def _know_areas(draft: Draft, source: Source, intake: Intake, areas: dict[str, int]) -> None:
    """Refuse the rows of areas the edition does not have; raises LoadError where it has none of them."""
    table = pd.DataFrame({"area": list(areas.values()), "area_id": list(areas)}, dtype=object)
    draft.con.register("areas_read", table.astype({"area": "int32", "area_id": "str"}))
    draft.con.execute("CREATE OR REPLACE TEMP TABLE census_areas AS SELECT * FROM areas_read")
    draft.con.unregister("areas_read")
    known = set(draft.frame("SELECT area_id FROM census_areas SEMI JOIN area USING (area_id)")["area_id"])
    kept = known | set(source.options.get("compare", []))
    strange = [place for name, place in areas.items() if name not in kept]
    if len(strange) == len(areas):
        first = f"; the first is {next(iter(areas))}" if areas else ""
        raise LoadError(
            f"none of its areas is in the edition{first}", file=source.file,
            remedy="Check the census year of the areas, and the filter of the source.",
        )
    _drop(draft, intake, "area", "area IN (SELECT unnest(?))", strange)


def _refuse_repeats(draft: Draft, intake: Intake) -> None:
    """Drop rows that repeat a key: those that agree are duplicates, the others are refused."""
    # A string of bits per area costs a tenth of grouping five million keys.
    suspects = [row[0] for row in draft.con.execute(f"""
        SELECT area FROM census_incoming GROUP BY area, side
        HAVING bit_count(bitstring_agg(id, 1, {LARGEST_ID})) < count(*)
    """).fetchall()]
    if not suspects:
        return
    repeats = draft.con.execute("""
        SELECT line, agrees FROM (
            SELECT line, row_number() OVER key AS nth, (count, count_mark, rate, rate_mark) IS NOT DISTINCT FROM
                first_value((count, count_mark, rate, rate_mark)) OVER key AS agrees
            FROM census_incoming WHERE area IN (SELECT unnest(?))
            WINDOW key AS (PARTITION BY area, side, id ORDER BY line)
        ) WHERE nth > 1
    """, [suspects]).fetchall()
    same = [line for line, agrees in repeats if agrees]
    intake.duplicates += len(same)
    draft.con.execute("DELETE FROM census_incoming WHERE line IN (SELECT unnest(?))", [same])
    _drop(draft, intake, "key", "line IN (SELECT unnest(?))", [line for line, agrees in repeats if not agrees])


def _drop(draft: Draft, intake: Intake, rule: str, where: str, values: list[int]) -> None:
    """Refuse rows that are already staged; the value shown is the area and the characteristic."""
    if not values:
        return
    rows = draft.frame(f"""
        SELECT line, '{rule}' AS column_name, area_id || ' ' || id AS value, '{rule}' AS rule
        FROM census_incoming JOIN census_areas USING (area) WHERE {where} ORDER BY line
    """, values)
    fr, en = FAULTS[rule]
    intake.rejects.append(rows.assign(message_fr=fr, message_en=en))
    draft.con.execute(f"DELETE FROM census_incoming WHERE {where}", [values])


def _keep_names(draft: Draft, source: Source, found: dict[tuple[int, str], int]) -> None:
    """Fill `census_characteristic`; a number with two names means the rows have shifted."""
    names = pd.DataFrame(sorted(found), columns=["characteristic_id", "name"])
    two = names[names["characteristic_id"].duplicated(keep=False)]
    if len(two):
        first, second = two["name"].iloc[:2]
        raise LoadError(
            f"characteristic {two['characteristic_id'].iloc[0]} has two names, “{first.strip()}” and "
            f"“{second.strip()}”", file=source.file,
            remedy="Download it again: two releases were joined, or columns have shifted.",
        )
    if len(names):
        bare = names["name"].str.strip()
        depth = (names["name"].str.len() - bare.str.len()) // 2
        draft.insert("census_characteristic", names.assign(name=bare, depth=depth, dataset_id=source.dataset_id))


def _keep_values(draft: Draft, source: Source) -> int:
    """Fill `census_long`; gives the number of rows of the file behind it."""
    words = list(enumerate(MARKS.to_pylist()))
    status = " ".join(f"WHEN {at} THEN '{SILENT[mark]}'" for at, mark in words if mark in SILENT)
    written = " ".join(f"WHEN {at} THEN '{mark}'" for at, mark in words if mark)

    def cell(number: str, mark: str) -> str:
        said = f"CASE WHEN {number} IS NOT NULL THEN 'ok' ELSE CASE {mark} {status} ELSE 'missing' END END"
        return f"{number}, {said}, CASE WHEN {mark} > 0 THEN CASE {mark} {written} END END"

    rows = "SELECT area, id, count, count_mark, rate, rate_mark FROM census_incoming"
    if str(source.options["layout"]) == "sdmx":  # one row of the answer a statistic: two make one of ours
        rows = """
            SELECT area, id, max(count) FILTER (side = 1) AS count, max(count_mark) FILTER (side = 1) AS count_mark,
                max(count) FILTER (side = 2) AS rate, max(count_mark) FILTER (side = 2) AS rate_mark
            FROM census_incoming GROUP BY area, id
        """
    draft.con.execute(f"""
        INSERT INTO census_long (dataset_id, area_id, characteristic_id, count, count_status, count_mark, rate,
            rate_status, rate_mark)
        SELECT ?, area_id, id, {cell("count", "count_mark")}, {cell("rate", "rate_mark")}
        FROM ({rows}) JOIN census_areas USING (area)
    """, [source.dataset_id])
    row = draft.con.execute("SELECT count(*) FROM census_incoming").fetchone()
    return int(row[0]) if row else 0
