"""Counts by place, need and period as publishers give them: long, wide, one file a month, tables or map layers."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from loaders import referrals
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_json, read_table
from loaders.tables import REFERRAL
from loaders.values import BLANKS, NUMBER, TOTAL, dates, folded, plain_number

GRAINS = {"day": "D", "week": "W-SUN", "month": "M", "year": "Y"}
# The cuts that the map and its rates are made from: their places must be areas of the edition.
OF_AREAS = ("district_month_need", "borough_week_food", "city_week_need_outcome")


def place_counts(draft: Draft, source: Source) -> None:
    """Uncontrolled counts place × need × period × outcome, set aside for disclosure control.

    The columns of the file: `place`, `need`, `period`, `count`; or a constant for what it does not hold: place_value,
    need_value, period_value. The count may stand in several columns instead: `period_columns` {first, last, format,
    every}, one column a period; `need_columns` or `outcome_columns` {their column: our word}. `file` may hold `*`:
    one file a period, read from its name by `file_period` [a pattern with one group].

    Other options: key [columns that name a row, where place, need and period do not]; grain [week, month or year] and
    `every` [day, week or month: what the file counts by]; level; cut; period_formats; only {column: words}; totals
    {column: words}, totals_tolerance, not_totals; place_pattern; aliases and resembles, or unplaced [words]; needs,
    needs_file, need_match = "prefix", need_other; parts {column: columns it sums}; whole = false for amounts; absent =
    "zero"; sheet, header, footer, encoding, decimal.

    A cell without a number is missing, and so is a sum that lacks a part or a period; it is never zero. A label that
    reads as a total and is not declared one is refused. Raises LoadError where declared totals are not the sums of
    their parts, or where two files tell one period.
    """
    o = source.options
    words = referrals.need_words(draft, source)
    spellings = referrals.aliases(draft, source) if "aliases" in o else None
    parts: list[pd.DataFrame] = []
    seen: dict[pd.Timestamp, str] = {}
    for file in _files(draft, source):
        intake = _read(draft, source, file)
        rows = _rows(draft, source, intake, words, spellings)
        if "file_period" in o:
            period = _file_period(o, file)
            if period in seen:
                raise LoadError(
                    f"it tells {period:%Y-%m-%d}, as {seen[period]} does", file=file, remedy="Keep one of the two."
                )
            seen[period] = file
            rows = rows.assign(period=period)
        parts.append(rows)
        intake.withhold_numbers()
        draft.close_intake(intake, source)
    counts = _summed(pd.concat(parts, ignore_index=True), o)
    if counts.empty:
        raise LoadError("no count is left", file=source.file, remedy="See what was left out or refused, and why.")
    counts = _whole_periods(counts, o)
    cut = o.get("cut", f"place_{o['grain']}_need")
    if not cut.startswith("place_"):
        counts = counts[counts["count"].notna()]  # a cut of areas says missing by having no row
    draft.keep_private("referrals", counts.assign(
        cut=cut, level=o["level"], grain=o["grain"],
    )[list(REFERRAL)].assign(basis=source.about["basis"], dataset_id=source.dataset_id))


# --- reading ----------------------------------------------------------------------------------------------


def _files(draft: Draft, source: Source) -> list[str]:
    if "*" not in source.file:
        return [source.file]
    found = sorted(path.relative_to(draft.raw).as_posix() for path in draft.raw.glob(source.file) if path.is_file())
    if not found:
        raise LoadError("no file has such a name", file=source.file, remedy="Put the files there, or mend the pattern.")
    return found


def _file_period(o: dict[str, Any], file: str) -> pd.Timestamp:
    written = re.search(o["file_period"], file)
    day = dates(pd.Series([written[1] if written else ""]), _formats(o)).iloc[0]
    if pd.isna(day):
        raise LoadError(
            f"its name does not tell its period ({o['file_period']})", file=file,
            remedy="Rename the file as the others, or mend file_period and period_formats.",
        )
    return day


def _formats(o: dict[str, Any]) -> list[str]:
    return o.get("period_formats", ["%Y-%m-%d", "%Y-%m"])


def _values(o: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Columns that hold counts, and what each says of its counts: period, need or outcome."""
    if "period_columns" in o:
        told = o["period_columns"]
        days = pd.date_range(told["first"], told["last"], freq={"day": "D", "week": "7D", "month": "MS"}[told["every"]])
        return {day.strftime(told["format"]): {"period": day} for day in days}
    for what in ("need", "outcome"):
        if f"{what}_columns" in o:
            return {column: {what: word} for column, word in o[f"{what}_columns"].items()}
    return {o["count"]: {}}


def _keys(o: dict[str, Any]) -> list[str]:
    return [o[key] for key in ("place", "need", "period") if key in o]


def _read(draft: Draft, source: Source, file: str) -> Intake:
    o = source.options
    summed = o.get("parts", {})
    columns = [*o.get("key", ()), *_keys(o), *_values(o), *o.get("only", {}), *summed]
    columns = list(dict.fromkeys([*columns, *(part for names in summed.values() for part in names)]))
    if Path(file).suffix.lower() in (".json", ".geojson"):
        return read_json(source.dataset_id, draft.raw, file, lambda document: _features(document, columns, file))
    return read_table(
        source.dataset_id, draft.raw, file, columns, encoding=o.get("encoding"), sheet=o.get("sheet"),
        header=o.get("header"), footer=o.get("footer"),
    )


def _features(document: Any, columns: list[str], file: str) -> pd.DataFrame:
    """The properties of a map layer, or a plain list of records, as text; null is empty."""
    records = document
    if isinstance(document, dict) and isinstance(document.get("features"), list):
        records = [f.get("properties") if isinstance(f, dict) else None for f in document["features"]]
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise LoadError(
            "it is neither a map layer nor a list of records", file=file, remedy="Use GeoJSON, or an array of objects."
        )
    frame = pd.DataFrame(records, dtype="object")
    for column in columns:
        if column not in frame.columns:
            raise LoadError(
                "the column is missing", file=file, column=column,
                remedy=f"The file has: {', '.join(map(str, frame.columns[:12]))} …",
            )
    text = frame[columns].astype("string").fillna("").astype("str")
    text.insert(0, "line", range(1, len(text) + 1))
    return text


# --- rows -------------------------------------------------------------------------------------------------


def _rows(
    draft: Draft, source: Source, intake: Intake, words: dict[str, str], spellings: pd.DataFrame | None,
) -> pd.DataFrame:
    """The counts of one file, long: place_id, need, period [where a row tells it], outcome, count [NaN = missing]."""
    o, values = source.options, _values(source.options)
    intake.rows = intake.rows.assign(**{key: intake.rows[key].str.strip() for key in _keys(o)})
    for column, asked in o.get("only", {}).items():
        intake.leave_out(f"{column} not asked for", ~intake.rows[column].str.strip().isin(asked))
    for key in _keys(o):
        intake.reject(intake.rows[key] == "", key, "empty", "La cellule est vide.", "The cell is empty.")
    _numbers(intake, o, list(values))
    intake.unique(*o.get("key", _keys(o)), compare=[*_keys(o), *values])
    _check_totals(intake, o, list(values))
    _check_parts(intake, o)
    told = _named(draft, source, intake, words, spellings)
    found = [told.assign(outcome="all", count=intake.rows[column]).assign(**says) for column, says in values.items()]
    return pd.concat(found, ignore_index=True)


def _numbers(intake: Intake, o: dict[str, Any], values: list[str]) -> None:
    """The columns of counts as numbers: those of plain digits at once, as a year of days has hundreds."""
    summed = o.get("parts", {})
    columns = list(dict.fromkeys([*values, *summed, *(part for names in summed.values() for part in names)]))
    plain = [column for column in columns if intake.rows[column].str.fullmatch(r"\d{1,15}").all()]
    rest = intake.rows.drop(columns=plain)
    intake.rows = pd.concat([rest, intake.rows[plain].astype("float64")], axis=1).copy()
    for column in columns:
        if column not in plain:
            number(intake, column, o, alone=len(values) == 1)


def number(intake: Intake, column: str, o: dict[str, Any], *, alone: bool) -> None:
    """A column of counts as numbers. A bad cell refuses its row, or is emptied where the row has other counts.

    Options: decimal; whole [false for amounts].
    """
    decimal = o.get("decimal", ".")
    if not alone:
        text = intake.rows[column].str.strip()
        read = plain_number(text, decimal)
        good = read.str.fullmatch(NUMBER) & ~read.str.startswith("-")
        intake.blank(
            ~good & ~text.isin(BLANKS), column, "number",
            "Ce n’est pas un compte : la cellule est tenue pour manquante.",
            "This is not a count: the cell is held as missing.",
        )
    intake.number(column, minimum=0, decimal=decimal)
    if o.get("whole", True):
        refuse = intake.reject if alone else intake.blank
        refuse(
            intake.rows[column] % 1 > 0, column, "whole",
            "Un compte est un nombre entier (sinon, l’édition dit « whole = false »).",
            "A count is a whole number (if it is not one, the edition says “whole = false”).",
        )


def _named(
    draft: Draft, source: Source, intake: Intake, words: dict[str, str], spellings: pd.DataFrame | None,
) -> pd.DataFrame:
    """Of the rows that stand: place_id, need and period, as far as a row or the edition tells them."""
    o = source.options
    if "place" in o:
        _name_places(draft, source, intake, spellings)
    else:
        intake.rows = intake.rows.assign(_place=o["place_value"])
    if "need" in o:
        referrals.name_needs(
            intake, o["need"], words, prefix=o.get("need_match") == "prefix", other=o.get("need_other", ""),
            into="_need",
        )
    else:
        intake.rows = intake.rows.assign(_need=o.get("need_value", ""))
    if "period" in o:
        day = dates(intake.rows[o["period"]], _formats(o))
        intake.rows = intake.rows.assign(_period=day)
        intake.reject(
            day.isna(), o["period"], "date", f"La période n’est pas écrite comme l’édition le dit ({_formats(o)}).",
            f"The period is not written as the edition says ({_formats(o)}).",
        )
    elif "period_value" in o:
        intake.rows = intake.rows.assign(_period=pd.Timestamp(o["period_value"]))
    ours = {"_place": "place_id", "_need": "need", "_period": "period"}
    return intake.rows[[name for name in ours if name in intake.rows]].rename(columns=ours)


def _name_places(draft: Draft, source: Source, intake: Intake, spellings: pd.DataFrame | None) -> None:
    o, column = source.options, source.options["place"]
    if "place_pattern" in o:
        intake.identifier(column, o["place_pattern"])
    if spellings is not None:
        referrals.place(intake, column, spellings, o.get("resembles", ""))
        intake.rows = intake.rows.rename(columns={"area_id": "_place"})
    else:
        written = intake.rows[column]
        nowhere = written.isin(o.get("unplaced", ()))
        intake.rows = intake.rows.assign(_place=written.mask(nowhere, referrals.UNPLACED))
    if o.get("cut") in OF_AREAS:
        known = {*draft.frame("SELECT area_id FROM area WHERE level = ?", o["level"])["area_id"], referrals.UNPLACED}
        intake.reject(
            ~intake.rows["_place"].isin(known), column, "reference",
            "Ce lieu n’est pas une aire de l’édition à ce niveau.", "This place is not an area of the edition here.",
        )


# --- totals -----------------------------------------------------------------------------------------------


def _check_totals(intake: Intake, o: dict[str, Any], values: list[str]) -> None:
    """Leave out declared totals once they prove to be the sums of their parts; refuse the undeclared ones."""
    keys, declared = _keys(o), {c: set(words) for c, words in o.get("totals", {}).items() if c in _keys(o)}
    rows = intake.rows
    total = pd.DataFrame({c: rows[c].isin(declared.get(c, set())) for c in keys}, index=rows.index)
    parts = rows[~total.any(axis=1)]
    for size in range(1, len(declared) + 1):
        for over in combinations(declared, size):
            inside = total[list(over)].all(axis=1) & ~total[[c for c in keys if c not in over]].any(axis=1)
            _compare(intake, rows[inside], parts, [c for c in keys if c not in over], over, o, values)
    if declared:
        intake.leave_out("totals row, equal to the sum of its parts", total.any(axis=1))
    for column in keys:
        if column == o.get("period"):
            continue
        label = folded(intake.rows[column])
        spared = intake.rows[column].isin(o.get("not_totals", {}).get(column, ()))
        intake.reject(
            label.str.fullmatch(TOTAL) & ~spared, column, "total",
            "Cette étiquette semble être un total : la déclarer dans « totals », ou dans « not_totals ».",
            "This label reads as a total: declare it in “totals”, or in “not_totals”.",
        )


def _compare(
    intake: Intake, totals: pd.DataFrame, parts: pd.DataFrame, by: list[str], over: tuple[str, ...],
    o: dict[str, Any], values: list[str],
) -> None:
    """Raise LoadError where a total is not the sum of its parts, within `totals_tolerance` [counts].

    Where a part is missing the total may only be larger.
    """
    if totals.empty:
        return
    sides = [parts.assign(_all=""), totals.assign(_all="")]
    keys = ["_all", *by]
    told = sides[0].groupby(keys)[values]
    holes = parts[values].isna().groupby([sides[0][key] for key in keys]).any()
    asked = pd.MultiIndex.from_frame(sides[1][keys])
    sums = told.sum().reindex(asked, fill_value=0.0).to_numpy(dtype="float64")
    hollow = holes.reindex(asked, fill_value=False).to_numpy(dtype=bool)
    said = totals[values].to_numpy(dtype="float64")
    slack = float(o.get("totals_tolerance", 0)) + 1e-6
    wrong = (said < sums - slack) | ((said > sums + slack) & ~hollow)
    if not wrong.any():
        return
    row, column = (int(x[0]) for x in wrong.nonzero())
    bad = totals.iloc[row]
    raise LoadError(
        f"the total “{' / '.join(str(bad[c]) for c in over)}” is {said[row, column]:g} where its parts sum to "
        f"{sums[row, column]:g}", file=intake.file, line=int(bad["line"]), column=values[column],
        remedy="Ask the publisher what the total counts, or declare totals_tolerance.",
    )


def _check_parts(intake: Intake, o: dict[str, Any]) -> None:
    """Refuse rows whose `parts` do not sum to their whole: need is what was given plus what was not."""
    for column, names in o.get("parts", {}).items():
        rows = intake.rows
        apart = (rows[column] - rows[names].sum(axis=1, skipna=False)).abs() > float(o.get("totals_tolerance", 0.01))
        intake.reject(
            apart, column, "parts", f"Ce n’est pas la somme de {' et '.join(names)}.",
            f"This is not the sum of {' and '.join(names)}.",
        )


# --- periods ----------------------------------------------------------------------------------------------


def _summed(counts: pd.DataFrame, o: dict[str, Any]) -> pd.DataFrame:
    """Counts brought to the grain: place_id, need, outcome, period [its first day], count, told [source periods]."""
    first = counts["period"].dt.to_period(GRAINS[o["grain"]]).dt.start_time
    keys = ["place_id", "need", "outcome", "period"]
    counts = counts.assign(source_period=counts["period"], period=first)
    known = counts.groupby("period")["source_period"].nunique().rename("told")
    told = counts.groupby(keys)["count"]
    total = told.sum().where(told.count() == told.size()).reset_index()
    return total.merge(known, on="period")


def _whole_periods(counts: pd.DataFrame, o: dict[str, Any]) -> pd.DataFrame:
    """Every place, need, outcome and period from first to last; what the file does not tell is missing.

    With absent = "zero", a combination that is absent from a period the file tells in full is zero instead.
    """
    freq = GRAINS[o["grain"]]
    every = pd.period_range(counts["period"].min(), counts["period"].max(), freq=freq).start_time
    told = counts.drop_duplicates("period").set_index("period")["told"].reindex(every, fill_value=0)
    asked = pd.Series(1, index=every)
    if o.get("every", o["grain"]) != o["grain"]:
        span = [pd.period_range(p, p.to_period(freq).end_time, freq=GRAINS[o["every"]]) for p in every]
        asked = pd.Series([len(days) for days in span], index=every)
    whole = told >= asked
    grid = pd.MultiIndex.from_product(
        [*(counts[c].unique() for c in ("place_id", "need", "outcome")), every],
        names=["place_id", "need", "outcome", "period"],
    ).to_frame(index=False)
    filled = grid.merge(counts.drop(columns="told").assign(found=True), how="left", on=list(grid.columns))
    if o.get("absent") == "zero":
        filled["count"] = filled["count"].where(filled["found"].notna(), 0.0)
    filled["count"] = filled["count"].where(filled["period"].map(whole))
    return filled.drop(columns="found").sort_values(list(grid.columns), ignore_index=True)
