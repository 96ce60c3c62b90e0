"""The library of sources: what was read, what was left out and refused, how old it is, and what to do about it."""

from __future__ import annotations

import html
from datetime import date

import pandas as pd

from loaders.store import Store
from views import access, methods, numbers, tables
from views import sources as spoken_sources
from views.figure import Figure, tag
from views.tables import Column, Table
from views.words import known, local, plural, say

# A source is to be reviewed, or let go, once this many of its own cycles have passed without a newer file.
SUNSET_CYCLES = 2
_LEDGER = ("rows_read", "left_out", "loaded", "rejected", "duplicates")


def sources(store: Store, today: date) -> pd.DataFrame:
    """Every source by title: ledger totals as whole numbers, `read` [has files], age [days], title; `due` and `sunset`
    [days, missing where it has no cycle or no date], `cycles` [age ÷ expected cycle], `overdue`, `ossified`.
    """
    rows = spoken_sources.datasets(store)
    rows["read"] = rows["rows_read"].notna() & ~rows["waiting"]
    for column in _LEDGER:
        rows[column] = rows[column].fillna(0).astype("int64")
    rows["age"] = pd.Series([age(x, today) for x in rows["retrieved"]], index=rows.index, dtype="Int64")
    rows["overdue"] = [
        bool(numbers.known(own) and numbers.known(cycle) and own > cycle)
        for own, cycle in zip(rows["age"], rows["cycle_days"])
    ]
    cycle = pd.to_timedelta(rows["cycle_days"].astype("Float64"), unit="D")
    fetched = pd.to_datetime(rows["retrieved"])
    rows["due"], rows["sunset"] = fetched + cycle, fetched + SUNSET_CYCLES * cycle
    rows["cycles"] = (rows["age"].astype("Float64") / rows["cycle_days"].astype("Float64")).astype("float64")
    rows["ossified"] = rows["cycles"] > SUNSET_CYCLES
    return rows


def age(retrieved: object, today: date) -> int | None:
    """Days since a source was fetched, never under 0: a clock may run behind; None where the day is not known."""
    if pd.isna(retrieved):  # type: ignore[call-overload]
        return None
    return max((today - pd.Timestamp(retrieved).date()).days, 0)  # type: ignore[arg-type]


def age_words(days: object, *, overdue: bool) -> tuple[str, str]:
    """An age in words, and the same as HTML: ochre, with what to do, only past the expected cycle."""
    if not numbers.known(days):
        words = say("data_library.undated")
    else:
        whole = int(days)  # type: ignore[call-overload]
        words = plural("data_library.days", whole, n=numbers.count(whole)) if whole else say("data_library.today")
    if not overdue:
        return words, html.escape(words)
    words = f"{words}, {say('data_library.renew')}"
    return words, f'<span class="cv-due">{html.escape(words)}</span>'


def day(when: object) -> str:
    """A day in words, or the word for a source that has no expected cycle."""
    return numbers.day(when) if isinstance(when, pd.Timestamp) and pd.notna(when) else say("data_library.no_due")


def link(address: object, words: str = "") -> str:
    """The official page as a text link [HTML]; a word where there is none."""
    if not isinstance(address, str) or not address.startswith("https://"):
        return html.escape(say("data_library.no_link"))
    shown = words or address.removeprefix("https://").split("/")[0]
    return f'<a href="{html.escape(address, quote=True)}" target="_blank" rel="noopener">{html.escape(shown)}</a>'


def rejected(count: int) -> str:
    """How many rows were refused [HTML]: ochre only where there are some."""
    words = numbers.count(count)
    return f'<span class="cv-due">{html.escape(words)}</span>' if count else html.escape(words)


def totals(rows: pd.DataFrame) -> dict[str, int]:
    """Rows of all sources: read, left out, loaded, rejected, duplicates."""
    return {column: int(rows[column].sum()) for column in _LEDGER}


def balance(row: pd.Series | dict[str, int]) -> str:
    """« lues = laissées de côté + chargées + rejetées + doublons », with the numbers of a source or of all."""
    return plural(
        "data_library.balance", int(row["rows_read"]), n=numbers.count(row["rows_read"]),
        left_out=numbers.count(row["left_out"]), loaded=numbers.count(row["loaded"]),
        rejected=numbers.count(row["rejected"]), duplicates=numbers.count(row["duplicates"]),
    )


def counts(rows: pd.DataFrame) -> list[Column]:
    """The five counts of the ledger, a word where a source has no file; refused rows in ochre."""
    read = rows["read"] if "read" in rows else pd.Series(True, index=rows.index)
    waiting = rows["waiting"] if "waiting" in rows else pd.Series(False, index=rows.index)
    noted = [plural("data_library.noted", int(x), n=numbers.count(x)) if x else "" for x in rows["noted"]] if (
        "noted" in rows) else None
    columns = []
    for name in _LEDGER:
        none = ["" if name not in ("rows_read", "loaded") else say(
            "data_library.waiting_short" if late else "data_library.no_rows"
        ) for late in waiting]
        pairs = list(zip(rows[name], read))
        columns.append(Column(
            say(f"data_library.{name}"),
            [numbers.count(x) if own else no for (x, own), no in zip(pairs, none)], "number",
            second=name not in ("loaded", "rejected"), words=(~read).tolist(),
            html=[rejected(int(x)) if own else "" for x, own in pairs] if name == "rejected" else None,
            under=noted if name == "rejected" else None,
        ))
    return columns


def catalogue(rows: pd.DataFrame) -> Figure:
    """The table of every source."""
    ages = [age_words(days, overdue=late) for days, late in zip(rows["age"], rows["overdue"])]
    told = [balance(totals(rows))]
    flags = {"overdue": rows["overdue"], "ossified": rows["ossified"], "refused": rows["rejected"] > 0}
    for name, count in ((name, int(flag.sum())) for name, flag in flags.items()):
        key = f"data_library.{name}" if count else f"data_library.no_{name}"
        told.append(plural(key, count, n=numbers.count(count)))
    under = [
        " · ".join(str(x) for x in (row.producer, row.product) if isinstance(x, str) and x)
        for row in tables.records(rows)
    ]
    columns = [
        Column(say("data_library.source"), rows["title"].tolist(), "head", under=under,
               under_name=say("data_library.producer")),
        Column(say("data_library.reference"), rows["reference"].astype(str).tolist(), "text", second=True),
        Column(say("data_library.basis"), [say(f"basis.{x}") for x in rows["basis"]], "text", second=True, html=[
            tag(x) for x in rows["basis"]
        ]),
        Column(say("data_library.age"), [words for words, _ in ages], "text", second=True, html=[
            marked for _, marked in ages
        ]),
        Column(say("data_library.due"), [day(x) for x in rows["due"]], "text", second=True, under=[
            say("data_library.sunset_on", day=day(x)) if pd.notna(x) else "" for x in rows["sunset"]
        ]),
        *counts(rows),
        Column(say("data_library.licence_page"), rows["licence"].tolist(), "text", second=True, html=[
            f"{html.escape(row.licence)}<small>{link(row.address)}</small>" for row in tables.records(rows)
        ]),
    ]
    keep = ["dataset_id", "title", "producer", "product", "licence", "address", "reference", "retrieved", "cycle_days",
            "due", "sunset", "age", "cycles", "overdue", "ossified", "basis", *_LEDGER]
    return Figure(
        id="library", title=say("data_library.table_title"), sentence=" ".join(told),
        table=Table(columns, rows[keep], say("table.caption", title=say("data_library.table_title"))),
        source=f'<p class="cv-source">{html.escape(say("data_library.own_source"))}</p>',
        source_plain=say("data_library.own_source"),
    )


def sunset(row: pd.Series) -> str:
    """When a source is to be reviewed or let go, and how many of its cycles have passed."""
    if pd.isna(row["sunset"]):
        return say("data_library.no_due")
    told = say("data_library.sunset_rule", day=numbers.day(row["sunset"]), n=numbers.count(SUNSET_CYCLES))
    if numbers.known(row["cycles"]):
        told += " " + say("data_library.cycles", n=numbers.decimal(row["cycles"], 1))
    return told


def accepted(store: Store) -> Figure | None:
    """Controls that this version was published past, with the reason its operator wrote; None where it passed all."""
    kept = store.facts.get("accepted")
    if not kept:
        return None
    titles = spoken_sources.datasets(store).set_index("dataset_id")["title"]
    rows = pd.DataFrame(kept["failures"], columns=["gate", "dataset_id", "file", "told"])
    title = say("data_library.accepted_title")
    on = numbers.day(pd.Timestamp(kept["date"]))
    n, why = len(rows), str(kept["reason"])
    told = plural("data_library.accepted_sentence", n, n=numbers.count(n), day=on, reason=why)
    gates = [say(f"gate.{gate}") if known(f"gate.{gate}") else str(gate) for gate in rows["gate"]]
    return Figure(
        id="accepted", title=title, sentence=told, source_plain=say("data_library.own_source"),
        table=Table([
            Column(say("data_library.gate"), gates, "head", under=rows["file"].fillna("").astype(str).tolist()),
            Column(say("data_library.source"), [str(titles.get(x, x)) for x in rows["dataset_id"]], "text"),
        ], rows.assign(reason=kept["reason"]), say("table.caption", title=title)),
    )


# --- one source -------------------------------------------------------------------------------------------


def details(row: pd.Series) -> str:
    """What one source is [HTML]: producer, period, licence, age, page, what to know."""
    pairs = [(say("data_library.producer"), html.escape(str(row["producer"])))]
    if isinstance(row["product"], str) and row["product"]:
        pairs.append((say("data_library.product"), html.escape(row["product"])))
    cycle = say("data_library.no_cycle") if pd.isna(row["cycle_days"]) else plural(
        "data_library.every", int(row["cycle_days"]), n=numbers.count(row["cycle_days"]),
    )
    fetched = say("data_library.undated") if pd.isna(row["retrieved"]) else numbers.day(pd.Timestamp(row["retrieved"]))
    late = age_words(row["age"], overdue=True)[1] if row["overdue"] else ""
    pairs += [
        (say("data_library.reference"), html.escape(str(row["reference"]))),
        (say("data_library.licence"), html.escape(str(row["licence"]))),
        (say("data_library.retrieved"), f"{html.escape(fetched)} {late}"),
        (say("data_library.cycle"), html.escape(cycle)),
        (say("data_library.due"), html.escape(day(row["due"]))),
        (say("data_library.sunset"), html.escape(sunset(row))),
        (say("data_library.page"), link(row["address"])),
        (say("data_library.basis"), tag(row["basis"])),
    ]
    note = local(row["note_fr"], row["note_en"]) if isinstance(row["note_fr"], str) else say("data_library.no_note")
    return methods.facts([*pairs, (say("data_library.note"), html.escape(note))])


def files(store: Store, row: pd.Series) -> Figure:
    """The files of one source and their balance."""
    ledger = store.ledger()
    own = ledger[ledger["dataset_id"] == row["dataset_id"]].reset_index(drop=True)
    own["threshold"] = own["threshold"].astype(float)
    if row["waiting"]:
        awaited = ", ".join(own["file"])
        return Figure(
            id="files", title=say("data_library.files_title"), sentence="",
            empty=say("data_library.waiting", file=awaited),
            name=(str(row["dataset_id"]),), source_plain=str(row["producer"]),
        )
    title = say("data_library.files_title")
    return Figure(
        id="files", title=title, sentence=balance(row) if len(own) else "",
        empty="" if len(own) else say("data_library.no_file"),
        table=Table([
            Column(say("data_library.file"), own["file"].tolist(), "head",
                   under=[f"SHA-256 {x}" for x in own["sha256"]]),
            Column(say("data_library.encoding"), own["encoding"].tolist(), "text", second=True),
            *counts(own),
            Column(say("data_library.threshold"), [numbers.percent(x, 0) for x in own["threshold"]], "number",
                   second=True),
        ], own, say("table.caption", title=title)),
        name=(str(row["dataset_id"]),), source_plain=str(row["producer"]),
    )


def left_out(store: Store, row: pd.Series) -> Figure | None:
    """Rows that declared filters did not ask for, by rule; None where no filter left anything out."""
    every = store.left_out()
    own = every[(every["dataset_id"] == row["dataset_id"]) & (every["rows"] > 0)].reset_index(drop=True)
    if own.empty:
        return None
    title = say("data_library.left_out_title")
    total = int(own["rows"].sum())
    return Figure(
        id="left_out", title=title, sentence=plural("data_library.left_out_sentence", total, n=numbers.count(total)),
        table=Table([
            Column(say("data_library.rule"), [rule(x) for x in own["rule"]], "head", under=own["file"].tolist()),
            Column(say("data_library.rows"), [numbers.count(x) for x in own["rows"]], "number"),
        ], own, say("table.caption", title=title)),
        name=(str(row["dataset_id"]),), source_plain=str(row["producer"]),
    )


def rule(declared: str) -> str:
    """A declared filter in the reader's words; as declared where it has none."""
    if known(f"left_out.{declared}"):
        return say(f"left_out.{declared}")
    for end, key in ((" not asked for", "left_out.not_asked"),):
        if declared.endswith(end):
            return say(key, column=declared.removesuffix(end))
    for middle, key in ((" not in ", "left_out.not_in"), (" other than ", "left_out.other_than")):
        if middle in declared:
            column, value = declared.split(middle, 1)
            return say(key, column=column, value=value)
    return declared


def rejects(store: Store, row: pd.Series) -> Figure | None:
    """Refused rows a custodian can mend: file, line, column, value, rule and reason; None where none was refused."""
    return _lines("rejects", store.rejects(str(row["dataset_id"])), row)


def notes(store: Store, row: pd.Series) -> Figure | None:
    """Cells that were emptied or repaired while their row was kept; None where none was."""
    return _lines("notes", store.cell_notes(str(row["dataset_id"])), row)


def _lines(figure_id: str, own: pd.DataFrame, row: pd.Series) -> Figure | None:
    """One line of a file a row, and first how many for each reason: the reasons for all, the lines for analysts."""
    if own.empty:
        return None
    title = say(f"data_library.{figure_id}_title")
    own = own.assign(reason=own["message_fr" if local("fr", "en") == "fr" else "message_en"])
    often = own["reason"].value_counts()
    n, whole = numbers.count(len(own)), access.may("rejects")
    told = plural(f"data_library.{figure_id}_sentence", len(own), n=n)
    if not whole:
        told = plural(f"access.lines_{figure_id}", len(own), n=n)
    if len(own) > len(often) > 1 or not whole:
        counts = [f"{str(reason).rstrip('.')} ({numbers.count(count)})" for reason, count in often.head(3).items()]
        told = f"{told} {say('data_library.most_often', reasons='; '.join(counts))}"
    if not whole:
        return Figure(id=figure_id, title=title, sentence="", empty=f"{told} {access.reserved('rejects')}")
    return Figure(
        id=figure_id, title=title, sentence=told,
        table=Table([
            Column(say("data_library.file"), own["file"].tolist(), "head", second=True),
            Column(say("data_library.line"), [str(int(x)) for x in own["line"]], "number"),
            Column(say("data_library.column"), own["column_name"].tolist(), "text",
                   under=own["record"].fillna("").tolist()),
            Column(say("data_library.value"), own["value"].fillna(say("data_library.blank")).tolist(), "text"),
            Column(say("data_library.reason"), own["reason"].tolist(), "text", second=False),
        ], own.drop(columns=["dataset_id", "reason"]), say("table.caption", title=title)),
        name=(str(row["dataset_id"]),), source_plain=str(row["producer"]),
    )
