"""Census profiles: shares published by area, kept as shares with the people they are a share of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from loaders.archives import split
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_table
from loaders.values import SYMBOLS

# Counts are rounded at random to a multiple of 5, a part and its whole apart: the part may pass it by this much.
ROUNDING = 10
SAID = {symbol: status for symbol, status in SYMBOLS.items() if symbol}


def not_brought(draft: Draft, source: Source) -> bool:
    """Whether an `optional` source still waits for its file: its ledger row says `absent`, with no row and no hash."""
    if not source.options.get("optional"):
        return False
    try:
        folder = draft.raw
    except LoadError:  # the edition was given no folder at all
        folder = None
    if folder is not None and (folder / split(source.file)[0]).is_file():
        return False
    nothing = dict.fromkeys(("rows_read", "left_out", "rows_in", "loaded", "rejected", "duplicates"), 0)
    draft.insert("load_ledger", pd.DataFrame([{
        "dataset_id": source.dataset_id, "file": source.file, "sha256": "", "encoding": "absent", **nothing,
        "threshold": source.threshold,
    }]))
    return True


def area_values(draft: Draft, source: Source) -> None:
    """Shares by area from a wide file: one row an area, one column a variable.

    Options: level, id [column], prefix, pattern, decimal [`,` where the file writes 14,7], blank [status of
    an empty cell: suppressed or missing], optional [the file may be absent], `variables`: see `census_rows`, and
    those of `place_rows` and `read_source`.
    """
    o = source.options
    if not_brought(draft, source):
        return
    intake = read_source(draft, source, columns_of(o))
    place_rows(draft, intake, o)
    draft.insert("census_value", census_rows(intake, source))
    draft.close_intake(intake, source)


def read_source(draft: Draft, source: Source, columns: list[str], optional: tuple[str, ...] = ()) -> Intake:
    """The rows of a source's file, read as its options say: encoding, delimiter, sheet, header [line], footer."""
    o = source.options
    said = {key: o[key] for key in ("encoding", "delimiter", "sheet", "header", "footer") if key in o}
    return read_table(source.dataset_id, draft.raw, source.file, columns, optional=optional, **said)


def columns_of(options: dict[str, Any]) -> list[str]:
    """The columns of the file that the options name: identifier, variables and their denominators."""
    named = [options["id"]]
    for variable in options["variables"]:
        named += [variable["column"], *([variable["denominator"]] if "denominator" in variable else [])]
    return list(dict.fromkeys(named))


def place_rows(draft: Draft, intake: Intake, options: dict[str, Any]) -> None:
    """Give each row its `area_id`; a lost zero, a repeated area or an area unknown at that level is refused.

    Options: leave_out [rule -> form of the identifiers it drops, such as the 4 digits of a census division]; repair
    [true gives identifiers their lost zeros back, where one area only can be meant]; region [true where the file
    covers more than the edition: the areas of elsewhere are left out].
    """
    key, prefix = options["id"], options.get("prefix", "")
    for rule, pattern in options.get("leave_out", {}).items():
        intake.leave_out(rule, intake.rows[key].str.fullmatch(pattern))
    known = draft.frame("SELECT area_id FROM area WHERE level = ?", options["level"])["area_id"]
    if options.get("repair"):
        intake.repair(key, set(known.str.removeprefix(prefix)))
    intake.identifier(key, options["pattern"])
    if options.get("region"):
        intake.leave_out("area outside the edition", ~(prefix + intake.rows[key]).isin(known))
        if intake.rows.empty:
            raise LoadError(
                "none of its areas is in the edition", file=intake.file, column=key,
                remedy="Use a file of the same census as the areas.",
            )
    intake.unique(key)
    intake.rows = intake.rows.assign(area_id=prefix + intake.rows[key])
    intake.reject(
        ~intake.rows["area_id"].isin(known), key, "area",
        "Aucun secteur n’a cet identifiant.", "No area has this identifier.",
    )


def census_rows(intake: Intake, source: Source) -> pd.DataFrame:
    """Rows of `census_value` for each declared variable, one per area; also turns its columns into numbers.

    A variable is {variable, column, reference_year, scale [what one unit of the column is worth; 0.01 for
    percent], denominator [column, people or households]}. `value` is the column × scale; `numerator` is value ×
    denominator; both empty where the source gives no denominator. Empty cells take the source's `blank` status, and
    Statistics Canada's symbols their own.
    """
    o = source.options
    shares = {v["column"] for v in o["variables"] if v["scale"] == 0.01}
    intake.rows = intake.rows.assign(**{  # before they become numbers: a symbol is neither zero nor a fault
        f"{column} says": intake.rows[column].str.strip().map(SAID) for column in columns_of(o)[1:]
    })
    for column in columns_of(o)[1:]:
        said = intake.rows[f"{column} says"].notna()
        intake.rows = intake.rows.assign(**{column: intake.rows[column].mask(said, "")})
        numbers(intake, o, column, minimum=0, maximum=100 if column in shares else None)
    rows = intake.rows
    frames = []
    for variable in o["variables"]:
        value = rows[variable["column"]] * variable["scale"]
        # Where the source does not count whom it is a share of, the share stands alone.
        denominator = rows[variable["denominator"]] if "denominator" in variable else value * float("nan")
        frames.append(pd.DataFrame({
            "area_id": rows["area_id"], "variable": variable["variable"],
            "reference_year": variable["reference_year"],
            "numerator": value * denominator, "denominator": denominator, "value": value,
            "status": rows[f"{variable['column']} says"].fillna(o["blank"]).mask(value.notna(), "ok"),
            "basis": source.about["basis"], "dataset_id": source.dataset_id,
        }))
    return pd.concat(frames, ignore_index=True)


def numbers(
    intake: Intake, options: dict[str, Any], column: str, *, minimum: float | None = None, maximum: float | None = None,
) -> None:
    """Turn a column into numbers, read with the decimal mark that the source declares."""
    intake.number(column, minimum=minimum, maximum=maximum, decimal=options.get("decimal", "."))


def fill_shares(draft: Draft, source: Source, intake: Intake) -> None:
    """Rows of `census_value` out of `census_long`, for the areas of the edition.

    `variables` of the source: {variable, reference_year} and one of {numerator, denominator} [characteristics
    counted], {rate, denominator} [a percentage, 0 to 100, and whom it is a share of where that is counted] or {mean}
    [a mean or a median, in its unit]; column [count or rate: where the figure stands; rate for a `rate`].

    A share of nobody is `not_applicable`. Raises LoadError where a characteristic is not in the file, a rate passes
    100 or a part passes its whole by more than random rounding explains: the number is of another characteristic.
    """
    asked = source.options.get("variables", [])
    ids = sorted({int(v[key]) for v in asked for key in ("numerator", "denominator", "rate", "mean") if key in v})
    if not ids:
        return
    found = draft.frame("""
        SELECT area_id, characteristic_id, count, count_status, rate, rate_status
        FROM census_long JOIN area USING (area_id)
        WHERE census_long.dataset_id = ? AND characteristic_id IN (SELECT unnest(?))
    """, source.dataset_id, ids)
    absent = set(ids) - set(found["characteristic_id"])
    if absent:
        raise LoadError(
            f"characteristic {min(absent)} has no row for the areas asked for", file=source.file,
            remedy="Numbers change from one census to the next: look it up in the file’s own list.",
        )
    areas = pd.Index(sorted(found["area_id"].unique()), name="area_id")
    by_id = {key: rows.set_index("area_id").reindex(areas) for key, rows in found.groupby("characteristic_id")}
    frames = []
    for variable in asked:
        over = _passes(by_id, variable, source)
        if over.any():
            _note_rounding(draft, intake, variable, by_id[variable["numerator"]].loc[over, "count"])
        frames.append(_share(by_id, variable, source))
    whole = pd.concat(frames).reset_index()
    draft.insert("census_value", whole.assign(basis=source.about["basis"], dataset_id=source.dataset_id))


def _passes(by_id: dict[Any, pd.DataFrame], v: dict[str, Any], source: Source) -> pd.Series:
    """Areas where a part passes its whole, as rounding at random makes it; raises LoadError past what that explains."""
    if "numerator" not in v:
        return pd.Series(dtype=bool)
    over = by_id[v["numerator"]]["count"] - by_id[v["denominator"]]["count"]
    if (over > ROUNDING).any():
        raise LoadError(
            f"characteristic {v['numerator']} passes {v['denominator']} by {over.max():g}: it is no part of it",
            file=source.file, remedy=f"Check the numbers declared for “{v['variable']}”.",
        )
    return over > 0


def _note_rounding(draft: Draft, intake: Intake, v: dict[str, Any], counts: pd.Series) -> None:
    """Say which counts were brought down to their whole, and where they stand in the file."""
    lines = draft.frame("SELECT area_id, min(line) AS line FROM census_incoming JOIN census_areas USING (area) "
                        "WHERE id = ? GROUP BY area_id", v["numerator"]).set_index("area_id")["line"]
    intake.notes.append(pd.DataFrame({
        "line": lines.reindex(counts.index).to_numpy(), "column_name": v["variable"],
        "value": counts.map("{:g}".format).to_numpy(), "rule": "rounded",
        "message_fr": "Arrondie au hasard, la partie dépassait le tout : elle est ramenée au tout.",
        "message_en": "Rounded at random, the part passed the whole: it is brought down to the whole.",
    }))


def _share(by_id: dict[Any, pd.DataFrame], v: dict[str, Any], source: Source) -> pd.DataFrame:
    """One variable of `fill_shares` by area_id."""
    head = next(key for key in ("numerator", "rate", "mean") if key in v)
    column = v.get("column", "rate" if head == "rate" else "count")
    figure = by_id[v[head]][column]
    status = by_id[v[head]][f"{column}_status"].fillna("missing")
    whole = by_id[v["denominator"]]["count"] if "denominator" in v else figure * float("nan")
    if head == "mean":
        value, part = figure, figure * float("nan")
    elif head == "rate":
        if (figure > 100).any() or (figure < 0).any():
            raise LoadError(
                f"characteristic {v['rate']} reaches {figure.max():g}: it is not a percentage", file=source.file,
                remedy=f"Check its number, or declare it as the mean of “{v['variable']}”.",
            )
        value, part = figure / 100, figure / 100 * whole
    else:
        part = figure.where(~(figure > whole), whole)
        beside = by_id[v["denominator"]]["count_status"].fillna("missing")
        status = status.where(status != "ok", beside)
        status = status.mask(whole == 0, "not_applicable")
        value = part / whole.where(whole > 0)
    ok = status == "ok"
    return pd.DataFrame({
        "variable": v["variable"], "reference_year": int(v["reference_year"]), "numerator": part.where(ok),
        "denominator": whole, "value": value.where(ok), "status": status,
    })
