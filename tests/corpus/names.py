"""Names as people write them and as others attack with them; records of people, of which nothing may pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.corpus.entry import Entry, loader, mapped, put

LISTING = """
table = "listing"
[fields]
id = "id"
name = "name"
"""
NAMES = "SELECT name FROM service ORDER BY service_id"


def named(key: str, name: str, written: str, shown: str | None, *, why: str = "") -> Entry:
    """A listing of one service of that name, and what is kept of it; None where the row is refused."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["id", "name"], ["1", written], ["2", "Soupe"]])
    return Entry(
        key, name, put(out.getvalue()), mapped(LISTING, "x.csv", NAMES),
        ["Soupe"] if shown is None else [shown, "Soupe"], why=why,
        refused=((2, "name", "empty"),) if shown is None else (),
    )


REFERRALS = """
table = "referrals"
[fields]
id = "call"
place = "where"
period = { column = "when", date = "%Y-%m-%d" }
need = { column = "what", words = { "Food" = "food", "Rent" = "housing" } }
"""
CALLER = "Zyx Canari"
HEAD = "call,where,when,what,CallerName,Phone,Age,HouseholdSize\n"


def calls(*rows: str) -> Callable[[Path], object]:
    return put(HEAD + "".join(f"{row},{CALLER},514 555-0199,{age},{size}\n" for row, age, size in zip(
        rows, ("-7", "34", "200", "8"), ("0", "99", "-1", "x"))))


def counted(mapping: str = REFERRALS) -> Callable[[Path], Any]:
    return mapped(mapping, "x.csv", private="referrals", level="borough", grain="month")


FOOD = [["B1", "2026-03-01", "food", "all", 1]]

ENTRIES = (
    named("emoji", "a cook of two signs", "👩🏽‍🍳 Popote", "👩🏽‍🍳 Popote"),
    named("RTL override", "letters turned around", "Soupe \u202eexe.fdp", "Soupe exe.fdp"),
    named("zero-width joiners", "joiners between letters", "Po\u200bpo\u2060te\ufeff", "Popote"),
    named("zero-width joiners", "nothing that can be seen", "\u200b\u2060", "—"),
    named("combining accents", "an accent apart from its letter", "Cafe\u0301", "Café"),
    named("Inuktitut", "syllabics", "ᓂᕿᑖᕐᕕᒃ", "ᓂᕿᑖᕐᕕᒃ"),
    named("300 characters", "a long name", "é" * 300, "é" * 300),
    named("only spaces", "spaces of three kinds", " \u00a0\t ", None),
    named("NULL", "a name that reads as nothing", "NULL", "NULL", why="a name is text: nothing is read into it"),
    named("=cmd|", "a formula", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", why="kept as text; exports escape it"),
    named("<script>", "a script", "<script>alert(1)</script>Soupe du jour", "Soupe du jour"),
    named("<script>", "a script and nothing else", "<script>alert(1)</script>", "—"),
    named("<script>", "a script escaped twice", "&amp;lt;script&amp;gt;x&amp;lt;/script&amp;gt;Midi", "Midi"),
    named('"><img onerror>', "an image that runs", '"><img src=x onerror=alert(1)>', '">'),
    named("${7*7}", "a template", "${7*7} {{7*7}}", "${7*7} {{7*7}}"),
    named("'; DROP", "a statement", "'; DROP TABLE service; --", "'; DROP TABLE service; --"),
    named("../../etc", "a path", "../../etc/passwd", "../../etc/passwd"),
    named("newline in a name", "two lines", "Soupe\npopulaire", "Soupe populaire"),
    # records of people
    Entry("caller name or phone", "in the file, and asked for by nobody", calls("1,Nord,2026-03-02,Food"), counted(),
          FOOD,
          why="no other column than those of the mapping is read: the name is in nothing that is handed on"),
    Entry("caller name or phone", "asked for", calls("1,Nord,2026-03-02,Food"),
          counted(REFERRALS.replace('"where"', '"CallerName"')),
          told="mapping.toml, column “CallerName”: names of people, their own lines and notes about them are not read"),
    Entry("caller name or phone", "asked for in an export of contacts", calls("1,Nord,2026-03-02,Food"),
          loader("contact_records", "x.csv", "", private="referrals", need="what", date="when", contact="Phone"),
          told="x.csv, column “Phone”: a private column is never read"),
    Entry("negative age, odd household", "ages and sizes that cannot be", calls(
        "1,Nord,2026-03-02,Food", "2,Nord,2026-03-02,Rent", "3,Nord,2026-03-02,Rent"), counted(),
          [*FOOD, ["B1", "2026-03-01", "housing", "all", 2]], why="ages and sizes of households are never read"),
    Entry("negative age, odd household", "an age asked for", calls("1,Nord,2026-03-02,Food"),
          loader("contact_records", "x.csv", "", private="referrals", need="what", date="when", contact="Age"),
          told="x.csv, column “Age”: a private column is never read"),
    Entry("need codes renamed", "a word that came in the middle of the year", calls(
        "1,Nord,2026-03-02,Food", "2,Nord,2026-07-02,Food/Meals"), counted(), FOOD, refused=((3, "need", "word"),)),
    Entry("duplicate call ids", "an export made again", calls(
        "1,Nord,2026-03-02,Food", "1,Nord,2026-03-02,Food", "1,Nord,2026-03-02,Rent"), counted(), FOOD,
          refused=((4, "id", "key"),)),
    Entry("late rows for a closed month", "two rows of March below those of May", calls(
        "1,Nord,2026-05-02,Food", "2,Nord,2026-03-31,Food", "3,Nord,2026-03-01,Food"), counted(),
          [["B1", "2026-03-01", "food", "all", 2], ["B1", "2026-05-01", "food", "all", 1]],
          why="each build counts every month again, so a closed month takes its late rows"),
)
