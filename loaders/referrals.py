"""Contacts published by place, need and year: places by a declared table of spellings, nothing guessed."""

from __future__ import annotations

import pandas as pd

from loaders.boundaries import plain_name
from loaders.draft import Draft
from loaders.edition import HOUSE, Source
from loaders.staging import Intake, read_csv


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
        encoding=o.get("encoding", "utf-8-sig"),
    )
    _place(intake, source)
    intake.reject(
        ~intake.rows[o["need"]].isin(o["needs"]), o["need"], "need",
        "Cette catégorie n’est pas déclarée dans l’édition.", "This category is not declared in the edition.",
    )
    intake.identifier(o["year"], r"(19|20)\d\d")
    intake.number(o["count"], minimum=0)
    intake.reject(
        intake.rows[o["count"]].isna(), o["count"], "empty", "La cellule est vide.", "The cell is empty.",
    )
    intake.unique(o["year"], o["place"], o["need"])
    rows = intake.rows.assign(need_id=intake.rows[o["need"]].map(o["needs"]))
    total = rows.groupby(["area_id", o["year"], "need_id"], as_index=False)[o["count"]].sum()
    draft.keep_private("referrals", pd.DataFrame({
        "cut": "place_year_need", "place_id": total["area_id"], "level": o["level"],
        "period": pd.to_datetime(total[o["year"]] + "-01-01"), "grain": "year", "need": total["need_id"],
        "outcome": "all", "count": total[o["count"]].astype("int64"), "basis": source.about["basis"],
        "dataset_id": source.dataset_id,
    }))
    draft.close_intake(intake, source)


def _place(intake: Intake, source: Source) -> None:
    """Give each row its `area_id`: other cities are left out, spellings decided against are refused with the reason."""
    o = source.options
    aliases = read_csv(
        source.dataset_id, HOUSE / "data", o["aliases"], ["spelling", "area_id", "decision", "reason_fr", "reason_en"]
    ).rows.set_index("spelling")
    written = intake.rows[o["place"]]
    suspect = plain_name(written).str.contains(plain_name(pd.Series([o["resembles"]])).iloc[0], regex=False)
    intake.leave_out("place of another city", ~written.isin(aliases.index) & ~suspect)
    for spelling, alias in aliases[aliases["decision"] == "reject"].iterrows():
        intake.reject(
            intake.rows[o["place"]] == spelling, o["place"], "alias", alias["reason_fr"], alias["reason_en"],
        )
    known = aliases.loc[aliases["decision"] == "map", "area_id"]
    intake.reject(
        ~intake.rows[o["place"]].isin(known.index), o["place"], "alias",
        "Cette écriture n’est pas dans la table des écritures de l’édition.",
        "This spelling is not in the edition’s table of spellings.",
    )
    intake.rows = intake.rows.assign(area_id=intake.rows[o["place"]].map(known))
