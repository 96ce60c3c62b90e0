"""Contact and need records of a 211: read in memory, counted by place, need and week or month, never kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from loaders import referrals
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.staging import Intake, read_table
from loaders.values import folded

# Columns no option may name: who called, from where, who answered, what was said.
PRIVATE = re.compile(
    r"caller|(first|last|given|family|nick|full|client|contact|person)_?name|^name$|phone|mobile|e_?mail|address|street"
    r"|narrative|note|comment|worker|birth|naissance|(^|_)(age|sexe?|dob)(_|$)|household|gender|^nom$|nom_|prenom"
    r"|usager|courriel|adresse|telephone|appelant", re.IGNORECASE,
)
# What is never asked of a person's record: rejects and notes keep the line and the reason, not the value.
ROLES = ("contact", "need_id", "referral", "date", "need", "outcome", "city", "postal", "entered")
POSTAL = r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z](\d[ABCEGHJ-NPRSTV-Z]\d)?|\d{5}(-\d{4})?"
ORDERS = {"ymd": (1, 2, 3), "mdy": (3, 1, 2), "dmy": (3, 2, 1)}
OUTCOMES = ("met", "unmet")


@dataclass(frozen=True)
class Tables:
    """What the edition says of places: spellings of cities, and areas of postal codes [code, area_id]; None = none."""

    spellings: pd.DataFrame | None
    postal: pd.DataFrame | None


def contact_records(draft: Draft, source: Source) -> None:
    """Uncontrolled cuts of needs, set aside for disclosure control: no record, name or number goes further.

    Grain: a contact has many needs, a need many referrals (one row each). What is counted is needs: by need_id, or
    by row where the file has one row a need and no identifier. A need is unmet where it has an outcome and no row
    of it was met; where no row tells, it is in `all` alone.

    Options [columns]: need, date, and as the file has them contact, need_id, referral [those that tell one referral
    of a need from another], outcome, city, postal. outcomes {word: met or unmet}; needs, needs_file, need_match,
    need_other; date_order [ymd, mdy or dmy]; header, encoding; leave_out {column: words}; contacts {file, contact,
    city, postal, entered, leave_out, header, encoding}: a second export, one row a contact, that says where;
    postal_areas [table: code, area_id]; aliases and resembles; unplaced = "leave_out"; start, end [days that the
    export covers]; cuts.

    The day is the one written, whatever the hour or zone beside it. A period the export does not cover whole, or has
    no record of, has no row; elsewhere none noted is 0. Records entered late count in the month of their contact: each
    build counts every month again. A place that cannot be told is `unplaced`. Raises LoadError where an option names
    a private column, or where nothing says whether 03/04 is in March or April.
    """
    o = source.options
    _refuse_private(source)
    tables = Tables(
        referrals.aliases(draft, source) if "aliases" in o else None,
        _postal_table(draft, source) if "postal_areas" in o else None,
    )
    where = _contacts(draft, source) if "contacts" in o else None
    intake = _open(draft, source, source.file, o, [*_columns(o), *_second(o)])
    _locate(intake, o, where)
    _date(intake, source)
    referrals.name_needs(
        intake, o["need"], referrals.need_words(draft, source), prefix=o.get("need_match") == "prefix",
        other=o.get("need_other", ""), into="_need",
    )
    _outcomes(intake, o)
    _places(intake, o, tables)
    needs = _needs(intake, o)
    _close(draft, source, intake)
    if needs.empty:
        raise LoadError("no need is left to count", file=source.file, remedy="See what was left out, and why.")
    made = referrals.cuts(draft, o, needs, _levels(draft, o, tables, needs["_place"]))
    draft.keep_private("referrals", made.assign(basis=source.about["basis"], dataset_id=source.dataset_id))


def _columns(o: dict[str, Any]) -> list[str]:
    """The columns the options name, by role: nothing else of the file is read."""
    named = [o[role] for role in ROLES if role in o and role != "referral"]
    return list(dict.fromkeys([*named, *o.get("leave_out", {})]))


def _second(o: dict[str, Any]) -> list[str]:
    return [column for column in o.get("referral", ()) if column not in _columns(o)]


def _refuse_private(source: Source) -> None:
    o = source.options
    for column in [*_columns(o), *_second(o), *(_columns(o["contacts"]) if "contacts" in o else [])]:
        if PRIVATE.search(folded(pd.Series([column])).iloc[0].replace(" ", "_")):
            raise LoadError(
                "a private column is never read", file=source.file, column=column,
                remedy="Take it out of the options: no count needs it.",
            )


def _open(draft: Draft, source: Source, file: str, o: dict[str, Any], columns: list[str]) -> Intake:
    """The rows of an export, stripped, without those the edition leaves out (calls that were not, hang-ups)."""
    try:
        intake = read_table(
            source.dataset_id, draft.raw, file, columns, encoding=o.get("encoding"), header=o.get("header"),
        )
    except LoadError as error:
        if "The file has" not in str(error):
            raise
        raise LoadError(  # what stands where the header should be may be a person
            f"it lacks one of the columns {', '.join(columns)}, or its header is on another line", file=file,
            remedy="Give the names as they are in the export, and the line of its header.",
        ) from None
    intake.rows = intake.rows.assign(**{column: intake.rows[column].str.strip() for column in columns})
    for column, words in o.get("leave_out", {}).items():
        unwanted = {word.casefold() for word in words}
        intake.leave_out(f"{column}: {', '.join(words)}", intake.rows[column].str.casefold().isin(unwanted))
    return intake


def _close(draft: Draft, source: Source, intake: Intake) -> None:
    """Close the file without what was written in it: a shifted column may hold a name where a code should be."""
    intake.withhold()
    draft.close_intake(intake, source)


# --- contacts ---------------------------------------------------------------------------------------------


def _contacts(draft: Draft, source: Source) -> pd.DataFrame:
    """One row a contact, by contact: city, postal [text, blank where the column is not declared].

    An export made again repeats contacts: rows that agree are duplicates; of others the last entered stands (the
    version of the form says nothing of that), and where two were entered at once all are refused.
    """
    o = source.options["contacts"]
    intake = _open(draft, source, o["file"], o, _columns(o))
    key = o["contact"]
    intake.require(key)
    same = intake.rows.duplicated(_columns(o))
    intake.duplicates += int(same.sum())
    intake.rows = intake.rows.loc[~same]
    if "entered" in o:
        again = intake.rows[intake.rows.duplicated(key, keep=False)]
        if len(again):
            written = order(intake.rows[o["entered"]], o, o["file"], o["entered"])
            entered = _moments(again[o["entered"]], written)
            early = entered < entered.groupby(again[key]).transform("max")
            intake.leave_out("earlier entry of the same contact", early.reindex(intake.rows.index, fill_value=False))
    intake.reject(
        intake.rows.duplicated(key, keep=False), key, "key",
        "Ce contact est écrit deux fois, autrement, sans que rien dise laquelle est la bonne.",
        "This contact is written twice, differently, and nothing tells which is right.",
    )
    found = intake.rows.set_index(key)
    where = pd.DataFrame({
        role: found[o[role]] if role in o else pd.Series("", index=found.index) for role in ("city", "postal")
    })
    _close(draft, source, intake)
    return where


def _moments(text: pd.Series, written: str) -> pd.Series:
    """When a row was entered, to the second where it is written [earliest where it is blank or unreadable]."""
    day = days(text, written)
    clock = text.str.extract(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?")
    hour, minute, second = (pd.to_numeric(clock[i]).fillna(0) for i in range(3))
    half = clock[3].str.lower()
    hour = (hour % 12).where(half.notna(), hour) + 12 * (half == "pm")
    moment = day + pd.to_timedelta(hour * 3600 + minute * 60 + second, unit="s")
    return moment.fillna(pd.Timestamp("1900-01-01"))


# --- dates ------------------------------------------------------------------------------------------------

_YMD = r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)"
_DMY = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)"


def order(text: pd.Series, o: dict[str, Any], file: str, column: str) -> str:
    """Whether days are written ymd, mdy or dmy: declared, or told by a number above 12 somewhere in the column.

    Raises LoadError where neither tells, or where two rows tell opposite things.
    """
    if "date_order" in o:
        return o["date_order"]
    parts = text.str.slice(0, 11).drop_duplicates().str.extract(_DMY)
    if parts[0].isna().all():
        return "ymd"
    first, second = pd.to_numeric(parts[0]).max() > 12, pd.to_numeric(parts[1]).max() > 12
    if first != second:
        return "dmy" if first else "mdy"
    raise LoadError(
        "days and months are written in both orders" if first else "no day is above 12: 03/04 could be March or April",
        file=file, column=column, remedy="Declare date_order = \"mdy\" or \"dmy\" in the edition.",
    )


def days(text: pd.Series, written: str) -> pd.Series:
    """The day as it is written, without hour or zone; NaT where there is none."""
    if written not in ORDERS:
        raise LoadError(f"“{written}” is not an order of dates", remedy=f"Use one of: {', '.join(ORDERS)}.")
    if text.empty:  # every row was refused before: pandas maps nothing to a number, not to a day
        return pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    start = text.str.slice(0, 11)  # a day and what follows it; days repeat, hours do not
    each = start.drop_duplicates()
    parts = each.str.extract(_YMD if written == "ymd" else _DMY)
    year, month, day = (pd.to_numeric(parts[i - 1]) for i in ORDERS[written])
    year = year.where(year >= 1900)
    found = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce")
    return start.map(pd.Series(found.to_numpy(), index=each))


def _last_day(source: Source) -> pd.Timestamp:
    """No contact is later than the end of the export, or the day the file was obtained, or today."""
    told = source.options.get("end") or source.about.get("retrieved") or datetime.now(UTC).date()
    return pd.Timestamp(told)


# --- records ----------------------------------------------------------------------------------------------


def _locate(intake: Intake, o: dict[str, Any], where: pd.DataFrame | None) -> None:
    """Give the rows _city and _postal: their own, or those of their contact; a contact that is not there is refused."""
    if where is None:
        blank = pd.Series("", index=intake.rows.index)
        told = {f"_{role}": intake.rows[o[role]] if role in o else blank for role in ("city", "postal")}
    else:
        at = where.index.get_indexer(intake.rows[o["contact"]])
        intake.reject(
            at < 0, o["contact"], "reference", "Ce contact n’est pas dans le fichier des contacts : exporter les deux "
            "pour les mêmes dates.", "This contact is not in the file of contacts: export both for the same dates.",
        )
        found = where.iloc[at[at >= 0]]
        told = {f"_{role}": found[role].to_numpy() for role in ("city", "postal")}
    intake.rows = intake.rows.assign(**told)


def _date(intake: Intake, source: Source) -> None:
    o, column = source.options, source.options["date"]
    day = days(intake.rows[column], order(intake.rows[column], o, intake.file, column))
    intake.rows = intake.rows.assign(_day=day)
    intake.reject(
        day.isna(), column, "date", "La date du contact ne se lit pas dans l’ordre déclaré.",
        "The day of the contact cannot be read in the declared order.",
    )
    last = _last_day(source)
    if "end" not in o:
        intake.reject(
            intake.rows["_day"] > last, column, "future", "Le contact est daté d’après l’obtention du fichier.",
            "The contact is dated after the file was obtained.",
        )
    for rule, outside in (
        ("before the first day covered", intake.rows["_day"] < pd.Timestamp(o.get("start", "1900-01-01"))),
        ("after the last day covered", intake.rows["_day"] > last),
    ):
        if outside.any():
            intake.leave_out(rule, outside.reindex(intake.rows.index, fill_value=False))


def _outcomes(intake: Intake, o: dict[str, Any]) -> None:
    """_outcome: met, unmet or blank where the row does not tell. A word the edition does not declare is refused."""
    if "outcome" not in o:
        intake.rows = intake.rows.assign(_outcome="")
        return
    wrong = set(o["outcomes"].values()) - set(OUTCOMES)
    if wrong:
        raise LoadError(
            f"an outcome is met or unmet, not “{sorted(wrong)[0]}”", file=intake.file, column=o["outcome"],
            remedy="Say which of the two a partly met need is: unmet where nothing was given.",
        )
    word = intake.rows[o["outcome"]]
    intake.rows = intake.rows.assign(_outcome=word.str.casefold().map(
        {"": "", **{told.casefold(): ours for told, ours in o["outcomes"].items()}}
    ))
    intake.reject(
        intake.rows["_outcome"].isna(), o["outcome"], "outcome", "Cette issue n’est pas déclarée dans l’édition.",
        "This outcome is not declared in the edition.",
    )


def _places(intake: Intake, o: dict[str, Any], tables: Tables) -> None:
    """_place: position of the place in the edition's tables; by postal code, then by name of city; or unplaced."""
    postal = intake.rows["_postal"].str.upper().str.replace(r"[\s-]", "", regex=True)
    postal = postal.where(postal.str.fullmatch(POSTAL), "")
    code = pd.Series("", index=postal.index)
    if tables.postal is not None:
        known = set(tables.postal["code"])
        for length in (6, 3, 5):  # a whole code first, then its first three; five digits where codes are such
            short = postal.str[:length]
            code = code.mask((code == "") & short.isin(known), "postal:" + short)
        elsewhere = (code == "") & (postal != "")
    else:
        elsewhere = pd.Series(False, index=postal.index)
    intake.rows = intake.rows.assign(_place=code, _elsewhere=elsewhere)
    if tables.spellings is not None:
        _by_city(intake, o, tables.spellings)
    if intake.rows["_elsewhere"].any():
        intake.leave_out("place outside the edition", intake.rows["_elsewhere"])
    intake.rows = intake.rows.assign(_place=intake.rows["_place"].replace("", referrals.UNPLACED))
    if o.get("unplaced") == "leave_out":
        intake.leave_out("no place told", intake.rows["_place"] == referrals.UNPLACED)


def _by_city(intake: Intake, o: dict[str, Any], spellings: pd.DataFrame) -> None:
    """Place by the table of spellings what no postal code placed; other cities are elsewhere."""
    mapped = spellings.loc[spellings["decision"] == "map", "area_id"]
    column = o.get("city") or o.get("contacts", {}).get("city", "")
    asked = (intake.rows["_place"] == "") & ~intake.rows["_elsewhere"] & (intake.rows["_city"] != "")
    suspect = referrals.resembling(intake.rows["_city"], o.get("resembles", ""))
    listed = intake.rows["_city"].isin(spellings.index)
    intake.rows = intake.rows.assign(
        _place=intake.rows["_place"].mask(asked & intake.rows["_city"].isin(mapped.index),
                                          "area:" + intake.rows["_city"].map(mapped).fillna("")),
        _elsewhere=intake.rows["_elsewhere"] | (asked & ~listed & ~suspect),
        _suspect=asked & ~listed & suspect, _asked=asked,
    )
    intake.reject(
        intake.rows["_suspect"], column, "alias",
        "Cette écriture n’est pas dans la table des écritures de l’édition.",
        "This spelling is not in the edition’s table of spellings.",
    )
    for spelling, alias in spellings[spellings["decision"] == "reject"].iterrows():
        intake.reject(
            intake.rows["_asked"] & (intake.rows["_city"] == spelling), column, "alias",
            alias["reason_fr"], alias["reason_en"],
        )


def _postal_table(draft: Draft, source: Source) -> pd.DataFrame:
    """The edition's table of postal codes: code [three or six characters, or five digits], area_id."""
    file = source.options["postal_areas"]
    table = referrals.table_of(draft, source, file, ["code", "area_id"])
    code = table["code"].str.upper().str.replace(r"\s", "", regex=True)
    return pd.DataFrame({"code": code, "area_id": table["area_id"].str.strip()})


def _levels(draft: Draft, o: dict[str, Any], tables: Tables, keys: pd.Series) -> pd.DataFrame:
    """The district and the borough of each place met, by place; unplaced where the tables do not tell."""
    found = [pd.DataFrame({"key": ["area:"], "area_id": [""]})]
    if tables.postal is not None:
        found.append(tables.postal.assign(key="postal:" + tables.postal["code"])[["key", "area_id"]])
    if tables.spellings is not None:
        mapped = tables.spellings["area_id"]
        mapped = mapped[mapped != ""].drop_duplicates()
        found.append(pd.DataFrame({"key": "area:" + mapped, "area_id": mapped}))
    areas = draft.frame("SELECT area_id, level FROM area").set_index("area_id")["level"]
    table = pd.concat(found).query("area_id != ''").drop_duplicates()
    level = table["area_id"].map(areas)
    if level.isna().any():
        raise LoadError(
            f"“{table.loc[level.isna(), 'area_id'].iloc[0]}” is not an area of the edition",
            file=o.get("postal_areas", o.get("aliases", "")), column="area_id", remedy="Mend the table of places.",
        )
    table = table.assign(level=level)
    if table.duplicated(["key", "level"]).any():
        bad = table[table.duplicated(["key", "level"])].iloc[0]
        raise LoadError(
            f"“{bad['key'].partition(':')[2]}” is in two areas of level {bad['level']}",
            file=o.get("postal_areas", ""), column="code",
            remedy="Keep one, or none: a place that is cut in two has no area.",
        )
    wide = table.pivot(index="key", columns="level", values="area_id").reindex(keys.unique())
    wide = wide.reindex(columns=["district", "borough"]).astype("object")
    held = draft.frame("""
        SELECT a.area_id, b.area_id AS borough FROM area a JOIN area b ON b.level = 'borough' AND b.name_fr = a.place_fr
        WHERE a.level = 'district'
    """).set_index("area_id")["borough"]
    return wide.assign(borough=wide["borough"].fillna(wide["district"].map(held))).fillna(referrals.UNPLACED)


def _needs(intake: Intake, o: dict[str, Any]) -> pd.DataFrame:
    """One row a need: _day, _need, _place, outcome. Repeated referrals are duplicates; needs told twice are refused."""
    if "need_id" not in o:  # one row a need: two people may well ask the same thing on the same day
        return intake.rows[["_day", "_need", "_place"]].assign(outcome=intake.rows["_outcome"])
    key = o["need_id"]
    intake.require(key)
    told = ["_day", "_need", "_place", *([o["contact"]] if "contact" in o else [])]
    again = intake.rows.duplicated([key, *told, "_outcome", *o.get("referral", [])])
    intake.duplicates += int(again.sum())
    intake.rows = intake.rows.loc[~again]
    apart = intake.rows.drop_duplicates([key, *told])[key]
    intake.reject(
        intake.rows[key].isin(apart[apart.duplicated()]), key, "key",
        "Les lignes de ce besoin ne disent pas le même jour, la même catégorie ou le même contact.",
        "The rows of this need do not tell the same day, category or contact.",
    )
    rows = intake.rows
    met = (rows["_outcome"] == "met").groupby(rows[key]).any()
    unmet = (rows["_outcome"] == "unmet").groupby(rows[key]).any()
    outcome = pd.Series("", index=met.index).mask(unmet, "unmet").mask(met, "met")
    one = rows.drop_duplicates(key).set_index(key)
    return one[["_day", "_need", "_place"]].assign(outcome=outcome)
