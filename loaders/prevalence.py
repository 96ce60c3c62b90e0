"""Published shares of persons in food-insecure households: one survey table a source, vintages side by side."""

from __future__ import annotations

from typing import Any

import pandas as pd

from loaders.catalog import TABLE, LoadError
from loaders.census import not_brought, numbers, read_source
from loaders.draft import Draft
from loaders.edition import HOUSE, Source
from loaders.staging import Intake, read_csv

SEVERITIES = ("any", "marginal", "moderate", "severe", "moderate_or_severe")


def prevalence(draft: Draft, source: Source) -> None:
    """Rows of `prevalence`: geography × group × severity × reference year, percent of persons [0 to 100].

    Options: columns year, geography, value; optionally severity, quality [a number and its letter, glued],
    group [columns of which each row fills one]; `geographies` and `severities` [label -> ours; other labels are
    left out]; `only` [column -> the one value asked for]; group_id, severity_id [where there is no column];
    groups [table under data/: source_label, group_id, label_fr, label_en, dimension, head_variable];
    headline [geography, group_id and severity of rows whose dimensions are all blank]; collection_lag [years
    from the year described to the interviews]; optional; those of `census.read_source`. An empty value is
    `suppressed`.
    """
    o = source.options
    if not_brought(draft, source):
        return
    intake = read_source(draft, source, columns_of(o))
    for column, value in o.get("only", {}).items():
        intake.leave_out(f"{column} other than {value}", intake.rows[column] != value)
    name_rows(draft, intake, o)
    intake.number(o["year"], minimum=1990, maximum=2100)
    numbers(intake, o, o["value"], minimum=0, maximum=100)
    _split_quality(intake, o)
    intake.unique("geography", "group_id", "severity", o["year"], compare=[o["value"]])
    rows = intake.rows
    year = rows[o["year"]].astype("int64")
    draft.insert("prevalence", pd.DataFrame({
        "geography": rows["geography"], "group_id": rows["group_id"], "severity": rows["severity"],
        "reference_year": year, "collection_year": year + o["collection_lag"], "percent": rows[o["value"]],
        "quality": rows["letter"], "status": rows[o["value"]].notna().map({True: "ok", False: "suppressed"}),
        "basis": source.about["basis"], "dataset_id": source.dataset_id,
    }))
    draft.close_intake(intake, source)


def name_rows(draft: Draft, intake: Intake, o: dict[str, Any]) -> None:
    """Give each row its geography, severity and group_id; labels the edition does not ask for are left out."""
    headline = _take_headline(intake, o)
    for key, column, known in (("geography", o["geography"], o["geographies"]),
                               ("severity", o.get("severity", ""), o.get("severities", {}))):
        if column:
            asked = intake.rows[column].isin(known) | headline.reindex(intake.rows.index)
            intake.leave_out(f"{column} not asked for", ~asked)
            intake.rows = intake.rows.assign(**{key: intake.rows[column].map(known)})
        else:
            intake.rows = intake.rows.assign(**{key: o[f"{key}_id"]})
    _name_groups(draft, intake, o)
    if headline.any():
        rows = headline.reindex(intake.rows.index)
        for key, value in o["headline"].items():
            intake.rows.loc[rows, key] = value


def columns_of(o: dict[str, Any]) -> list[str]:
    """The columns of the file that the options name; raises LoadError at a severity that is not ours."""
    unknown = set(o.get("severities", {}).values()) - set(SEVERITIES)
    if unknown:
        raise LoadError(f"unknown severities {sorted(unknown)}", remedy=f"Use: {', '.join(SEVERITIES)}.")
    named = [o["year"], o["geography"], o["value"]]
    named += [o[key] for key in ("severity", "quality") if key in o]
    return list(dict.fromkeys([*named, *o.get("group", []), *o.get("only", {})]))


def _take_headline(intake: Intake, o: dict[str, Any]) -> pd.Series:
    """Rows whose every dimension is blank: the publisher's own headline series, not an error."""
    if "headline" not in o:
        return pd.Series(False, index=intake.rows.index)
    dimensions = [o["geography"], o["severity"], *o["group"]]
    return (intake.rows[dimensions] == "").all(axis=1)


def _name_groups(draft: Draft, intake: Intake, o: dict[str, Any]) -> None:
    """Give each row its `group_id` and fill `survey_group`; a label the table of groups does not know is refused."""
    if "group" not in o:
        intake.rows = intake.rows.assign(group_id=o["group_id"])
        return
    label = intake.rows[o["group"][0]].str.cat([intake.rows[column] for column in o["group"][1:]])
    names = [c.name for c in TABLE["survey_group"].columns]
    groups = read_csv("", HOUSE / "data", o["groups"], ["source_label", *names]).rows
    intake.rows = intake.rows.assign(label=label, group_id=label.map(groups.set_index("source_label")["group_id"]))
    known = intake.rows["group_id"].notna() | (label == "")
    intake.reject(
        ~known, "label", "group", "Ce groupe n’est pas dans la table des groupes de l’édition.",
        "This group is not in the edition’s table of groups.",
    )
    had = draft.frame("SELECT group_id FROM survey_group")["group_id"]
    new = groups[groups["group_id"].isin(intake.rows["group_id"]) & ~groups["group_id"].isin(had)]
    draft.insert("survey_group", new[names].assign(
        head_variable=new["head_variable"].where(new["head_variable"] != ""),
    ).drop_duplicates("group_id"))


def _split_quality(intake: Intake, o: dict[str, Any]) -> None:
    """The quality letter glued to a number (`16.8B`) becomes `letter`; a number that disagrees is refused."""
    if "quality" not in o:
        intake.rows = intake.rows.assign(letter=None)
        return
    parts = intake.rows[o["quality"]].str.extract(r"^([0-9.]*)([A-F])$")
    intake.rows = intake.rows.assign(letter=parts[1])
    glued = pd.to_numeric(parts[0], errors="coerce")
    value = intake.rows[o["value"]]
    intake.reject(
        parts[1].isna() | ((glued - value).abs() > 1e-9), o["quality"], "quality",
        "La cote de qualité ne répète pas la valeur suivie d’une lettre de A à F.",
        "The quality mark does not repeat the value followed by a letter from A to F.",
    )
