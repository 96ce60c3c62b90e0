"""Needs noted by 211, by place: a publisher's yearly contacts; and the words for places and needs, nothing guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import HOUSE, Source
from loaders.identity import ALIASES, once
from loaders.staging import Intake, read_csv
from loaders.values import folded

# Where the record does not say where: a place of its own, that no area of the map takes.
UNPLACED = "unplaced"


def contacts_by_place(draft: Draft, source: Source) -> None:
    """Uncontrolled aggregates place × year × need, set aside for disclosure control; count in contacts.

    Options: year, place, need, count [columns]; aliases [table under data/: spelling, area_id, decision (map or
    reject), reason_fr, reason_en]; resembles [letters that make an undeclared spelling suspect]; level; `needs`
    [publisher's label -> ours]. The publisher changed its list of categories: labels of the two lists stay
    apart, so the two are never summed as one series. Spellings that mean one area are summed.
    """
    o = source.options
    intake = read_csv(
        source.dataset_id, draft.raw, source.file, [o["year"], o["place"], o["need"], o["count"]],
        encoding=o.get("encoding"),
    )
    place(intake, o["place"], aliases(draft, source), o["resembles"])
    name_needs(intake, o["need"], o["needs"])
    intake.identifier(o["year"], r"(19|20)\d\d")
    intake.number(o["count"], minimum=0)
    intake.reject(
        intake.rows[o["count"]].isna(), o["count"], "empty", "La cellule est vide.", "The cell is empty.",
    )
    intake.reject(
        intake.rows[o["count"]] % 1 > 0, o["count"], "whole", "Un compte est un nombre entier.",
        "A count is a whole number.",
    )
    intake.unique(o["year"], o["place"], o["need"])
    total = intake.rows.groupby(["area_id", o["year"], "need_id"], as_index=False)[o["count"]].sum()
    draft.keep_private("referrals", pd.DataFrame({
        "cut": "place_year_need", "place_id": total["area_id"], "level": o["level"],
        "period": pd.to_datetime(total[o["year"]] + "-01-01"), "grain": "year", "need": total["need_id"],
        "outcome": "all", "count": total[o["count"]].astype("int64"), "basis": source.about["basis"],
        "dataset_id": source.dataset_id,
    }))
    intake.withhold_numbers()
    draft.close_intake(intake, source)


# --- places -----------------------------------------------------------------------------------------------


def beside(draft: Draft, file: str) -> Path:
    """The folder that holds a table of the edition: data/ where it ships with it, the raw files otherwise."""
    return HOUSE / "data" if (HOUSE / "data" / file).is_file() else draft.raw


def table_of(draft: Draft, source: Source, file: str, columns: list[str]) -> pd.DataFrame:
    """A table of the edition, to be read once: one that does not ship under data/ has its line in the ledger."""
    folder = beside(draft, file)
    intake = read_csv(source.dataset_id, folder, file, columns)
    if folder != HOUSE / "data":
        draft.close_intake(intake, source)
    return intake.rows


def aliases(draft: Draft, source: Source) -> pd.DataFrame:
    """The edition's table of spellings, by spelling: area_id, decision (map or reject), reason_fr, reason_en."""
    file = source.options["aliases"]
    found = table_of(draft, source, file, list(ALIASES))
    once(found, file)
    return found.set_index("spelling")


def place(intake: Intake, column: str, spellings: pd.DataFrame, resembles: str) -> None:
    """Give each row its `area_id`: other cities are left out, spellings decided against are refused with the reason."""
    written = intake.rows[column]
    suspect = resembling(written, resembles)
    intake.leave_out("place of another city", ~written.isin(spellings.index) & ~suspect)
    for spelling, alias in spellings[spellings["decision"] == "reject"].iterrows():
        intake.reject(intake.rows[column] == spelling, column, "alias", alias["reason_fr"], alias["reason_en"])
    known = spellings.loc[spellings["decision"] == "map", "area_id"]
    intake.reject(
        ~intake.rows[column].isin(known.index), column, "alias",
        "Cette écriture n’est pas dans la table des écritures de l’édition.",
        "This spelling is not in the edition’s table of spellings.",
    )
    intake.rows = intake.rows.assign(area_id=intake.rows[column].map(known))


def resembling(written: pd.Series, resembles: str) -> pd.Series:
    """Whether a spelling holds the letters that could mean the city [never where none are declared]."""
    if not resembles:
        return pd.Series(False, index=written.index)
    return folded(written).str.contains(folded(pd.Series([resembles])).iloc[0], regex=False)


# --- needs ------------------------------------------------------------------------------------------------


def need_words(draft: Draft, source: Source) -> dict[str, str]:
    """The publisher's needs -> ours: option `needs`, or a mapping file the user brings, then `needs` on what it says.

    Option needs_file: {file, from, to [columns], encoding}; a need written on several lines is one need where the
    lines agree in our words. Blank cells are refused and counted as those of any file. Raises LoadError where two
    lines disagree: which one is meant cannot be told.
    """
    words: dict[str, str] = source.options.get("needs", {})
    told: dict[str, Any] | None = source.options.get("needs_file")
    if told is None:
        return words
    file, theirs, ours = told["file"], told["from"], told["to"]
    intake = read_csv(
        source.dataset_id, beside(draft, file), file, [theirs, ours], encoding=told.get("encoding"),
    )
    for column in (theirs, ours):
        intake.rows = intake.rows.assign(**{column: intake.rows[column].str.strip()})
        intake.reject(
            intake.rows[column] == "", column, "empty", "La cellule est vide.", "The cell is empty.",
        )
    if words:
        intake.reject(
            ~intake.rows[ours].isin(words), ours, "need", "Cette catégorie n’est pas déclarée dans l’édition.",
            "This category is not declared in the edition.",
        )
        intake.rows = intake.rows.assign(**{ours: intake.rows[ours].map(words)})
    rows = intake.rows.drop_duplicates([theirs, ours])
    twice = rows[theirs].duplicated()
    if twice.any():
        bad = rows[twice].iloc[0]
        raise LoadError(
            f"“{bad[theirs]}” means two needs", file=file, line=int(bad["line"]), column=ours,
            remedy="Keep one line, or give both categories one need in the option “needs”.",
        )
    intake.unique(theirs, compare=[ours])
    draft.close_intake(intake, source)
    return dict(zip(intake.rows[theirs], intake.rows[ours], strict=True))


def name_needs(
    intake: Intake, column: str, words: dict[str, str], *, prefix: bool = False, other: str = "",
    into: str = "need_id",
) -> None:
    """Give each row its need, in the column `into`; one that is not declared is refused, or becomes `other`.

    With `prefix`, `words` holds beginnings of codes and the longest that fits decides. A compound code (a service
    ` * ` a modifier) is the need of its first part: the modifier says for whom.
    """
    written = intake.rows[column]
    if prefix:
        ours = {code: _by_prefix(code.split(" * ")[0].strip(), words) for code in written.unique()}
    else:
        ours = {label: words.get(label) for label in written.unique()}
    need = written.map(ours)
    need = need.where(need.notna(), other or None)
    intake.rows = intake.rows.assign(**{into: need})
    intake.reject(
        need.isna(), column, "need",
        "Cette catégorie n’est pas déclarée dans l’édition.", "This category is not declared in the edition.",
    )


def _by_prefix(code: str, words: dict[str, str]) -> str | None:
    fits = [start for start in words if code.startswith(start)]
    return words[max(fits, key=len)] if fits else None


# --- cuts -------------------------------------------------------------------------------------------------


def cuts(draft: Draft, o: dict[str, Any], needs: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """The published cuts, uncontrolled: the columns REFERRAL of tables.py, count [needs].

    `needs` has one row a need: _day, _need, _place, outcome [met, unmet, or blank: not told]; `levels` the district
    and borough of each place. Every place, period and need of a cut has a row, 0 where none was noted: the days from
    `start` to `end` are those the export covers (its first and last day where the edition does not say). A week or a
    month cut short by them, or in which the whole file notes nothing, has no row.
    """
    day = needs["_day"]
    start, end = pd.Timestamp(o.get("start", day.min())), pd.Timestamp(o.get("end", day.max()))
    rows = needs.join(levels, on="_place").assign(
        month=day.dt.to_period("M").dt.start_time, week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"),
    )
    months, weeks = _covered(rows["month"], "M", start, end), _covered(rows["week"], "W-SUN", start, end)
    names = sorted(rows["_need"].unique())
    food = rows[rows["_need"].isin(draft.edition.settings["food_needs"])]
    city = draft.frame("SELECT area_id FROM area WHERE level = 'city'")["area_id"]
    made = {}
    for cut, level, grain, periods, kept, asked in (
        ("district_month_need", "district", "month", months, rows, names),
        ("borough_week_food", "borough", "week", weeks, food.assign(_need="food"), ["food"]),
    ):
        if (levels[level] != UNPLACED).any():
            places = [*draft.frame("SELECT area_id FROM area WHERE level = ? ORDER BY 1", level)["area_id"]]
            places += [UNPLACED] * bool((kept[level] == UNPLACED).any())
            counts = _noted(kept, {level: places, grain: periods, "_need": asked})
            made[cut] = counts.set_axis(["place_id", "period", "need", "count"], axis=1).assign(
                cut=cut, level=level, grain=grain, outcome="all",
            )
    if len(city):
        told = [_noted(rows, {"week": weeks, "_need": names}).assign(outcome="all")]
        if "outcome" in o:
            told.append(_noted(rows, {"week": weeks, "_need": names, "outcome": ["met", "unmet"]}))
        made["city_week_need_outcome"] = pd.concat(told).rename(columns={"week": "period", "_need": "need"}).assign(
            cut="city_week_need_outcome", level="city", grain="week", place_id=city.iloc[0],
        )
    kept = [frame for cut, frame in made.items() if cut in o.get("cuts", made)]
    if not kept:
        raise LoadError(
            "no cut can be made of it: no area of the edition is named, or no period is whole",
            remedy="Give postal_areas or aliases, and the days that the export covers (start, end).",
        )
    order = ["cut", "place_id", "level", "period", "grain", "need", "outcome", "count"]
    return pd.concat(kept, ignore_index=True)[order]


def _covered(period: pd.Series, freq: str, start: pd.Timestamp, end: pd.Timestamp) -> list[pd.Timestamp]:
    """The weeks or months in which something was noted and that lie between two days whole."""
    seen = pd.PeriodIndex(period.drop_duplicates().sort_values(), freq=freq)
    return list(seen.start_time[(seen.start_time >= start) & (seen.end_time.normalize() <= end)])


def _noted(rows: pd.DataFrame, keys: dict[str, Any]) -> pd.DataFrame:
    """Needs by every combination of keys: none noted is 0."""
    every = pd.MultiIndex.from_product(list(keys.values()), names=list(keys))
    return rows.groupby(list(keys)).size().reindex(every, fill_value=0).rename("count").reset_index()
