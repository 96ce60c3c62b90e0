"""Numbers of two languages, units, symbols of Statistics Canada, totals among the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from loaders.staging import Intake
from loaders.values import symbols
from tests.corpus.entry import Entry, Seen, loader, mapped, numbers, put, table

VALUES = """
table = "values"
[fields]
area = "where"
variable = {{ constant = "below_mbm" }}
year = {{ constant = 2021 }}
value = {{ column = "v"{more} }}
"""
REFERRALS = """
table = "referrals"
[fields]
place = "where"
period = { column = "when", date = "%Y-%m-%d" }
need = "what"
count = "n"
"""
SHARES = "SELECT area_id, value, status FROM census_value ORDER BY area_id"


def shares(**more: str) -> Callable[[Path], Seen]:
    """A share by borough; `more` is said of its column."""
    said = "".join(f", {key} = {value}" for key, value in more.items())
    return mapped(VALUES.format(more=said), "x.csv", SHARES, level="borough")


def marks(intake: Intake) -> None:
    """What a column of marks becomes."""
    value, status = symbols(intake.rows["n"])
    intake.rows = intake.rows.assign(n=value, status=status)
    intake.reject(status == "unknown", "n", "number", "x", "x")


def read_marks(folder: Path) -> Seen:
    return table(["n"], then=marks)(folder)


def whole(intake: Intake) -> None:
    intake.identifier("id", r"\d+")
    intake.number("n", minimum=0, maximum=2**31 - 1)


def counts(text: str) -> Callable[[Path], object]:
    return put("where,when,what,n\n" + text)


needs = mapped(REFERRALS, "x.csv", private="referrals", level="borough", grain="month")

ENTRIES = (
    Entry("decimal comma", "a decimal comma, declared", put("id;n\na;12,5\nb;1 234,25\n"),
          table(then=numbers(decimal=",")), [["a", 12.5], ["b", 1234.25]]),
    Entry("decimal comma", "a decimal comma, not declared", put("id;n\na;12,5\nb;3\n"), table(then=numbers()),
          [["b", 3.0]], refused=((2, "n", "number"),)),
    Entry("1.234,5", "a point that groups, where the comma is declared", put("id;n\na;1.234,5\nb;1,5\n"),
          table(then=numbers(decimal=",")), [["b", 1.5]], refused=((2, "n", "number"),),
          why="1.234,5 could be read; 1.234 beside it could be two numbers: neither is guessed"),
    Entry("1.234,5", "commas that group, where the point is declared", put('id,n\na,"1,234"\nb,1.5\n'),
          table(then=numbers()), [["b", 1.5]], refused=((2, "n", "number"),)),
    Entry("one share three ways", "12 %, 0.12 and 12 in one column", put("where,v\nNord,12 %\nSud-Est,0.12\n"),
          shares(percent="true", maximum="1"), [["B1", 0.12, "ok"], ["B2", None, "missing"]],
          noted=((3, "value", "unit"),)),
    Entry("one share three ways", "12 where a proportion is declared", put("where,v\nNord,0.12\nSud-Est,12\n"),
          shares(maximum="1"), told="x.csv, line 3, column “v”: a value of 12 where a proportion is at most 1"),
    Entry("one share three ways", "percentages, declared", put("where,v\nNord,12 %\nSud-Est,12.0%\n"),
          shares(percent="true", maximum="1"), [["B1", 0.12, "ok"], ["B2", 0.12, "ok"]]),
    Entry("negative counts", "a count below zero", put("id,n\na,-3\nb,\u22124\nc,5\n"),
          table(then=numbers(minimum=0)), [["c", 5.0]], refused=((2, "n", "range"), (3, "n", "range"))),
    Entry("1E5 ids", "an identifier that reads as a number", put("id,n\n1E5,1\n0012,2\n"), table(then=whole),
          [["0012", 2.0]], refused=((2, "id", "identifier"),)),
    Entry("-0", "minus zero", put("id,n\na,-0\nb,-0.0\n"),
          table(then=lambda intake: (intake.number("n", minimum=0),
                                     setattr(intake, "rows", intake.rows.assign(n=intake.rows["n"].map(str))))),
          [["a", "0.0"], ["b", "0.0"]]),
    Entry("∞", "infinities", put("id,n\na,∞\nb,inf\nc,1e999\nd,NaN\ne,1\n"), table(then=numbers()), [["e", 1.0]],
          refused=((2, "n", "number"), (3, "n", "number"), (4, "n", "range"), (5, "n", "number"))),
    Entry(">100 % coverage", "more than everybody", put("where,v\nNord,99 %\nSud-Est,130 %\n"),
          shares(percent="true", maximum="1"), [["B1", 0.99, "ok"], ["B2", None, "missing"]],
          noted=((3, "value", "range"),)),
    Entry("integer overflow", "more than an integer holds", put("id,n\n1,99999999999\n2,99999999999999999999\n3,7\n"),
          table(then=whole), [["3", 7.0]], refused=((2, "n", "range"), (3, "n", "range"))),
    Entry("integer overflow", "more needs than an integer holds",
          counts("Nord,2026-03-01,food,99999999999999999999\nNord,2026-03-01,rent,3\n"), needs,
          [["B1", "2026-03-01", "rent", "all", 3]], refused=((2, "count", "empty"),), noted=((2, "count", "range"),)),
    Entry("integer overflow", "a table of the catalogue",
          put("area_id,variable,reference_year,numerator,denominator,value,status\n"
              "a,v,99999999999,1,2,0.5,ok\nb,v,2021,1,2,0.5,ok\n"),
          loader("table", "x.csv", "SELECT area_id FROM census_value", table="census_value"), ["b"],
          refused=((2, "reference_year", "range"),)),
    Entry("totals row", "a total among the places", counts("Nord,2026-03-01,food,3\nTotal,2026-03-01,food,9\n"), needs,
          [["B1", "2026-03-01", "food", "all", 3]], refused=((3, "place", "place"),)),
    Entry("totals row", "a total among the needs",
          counts("Nord,2026-03-01,food,3\nNord,2026-03-01,Tous les besoins,9\n"),
          needs, [["B1", "2026-03-01", "food", "all", 3]], refused=((3, "need", "total"),)),
    Entry("symbols", "marks of Statistics Canada",
          put("n\nx\n..\n...\n.\nF\n12E\n0s\n5p\n7r\n<LOD\n"), read_marks,
          [[None, "suppressed"], [None, "missing"], [None, "not_applicable"], [None, "missing"], [None, "missing"],
           [12.0, "ok"], [0.0, "ok"], [5.0, "ok"], [7.0, "ok"], [None, "missing"]],
          why="0s is a value the publisher rounded to zero: it is zero, where a mark alone never is"),
    Entry("symbols", "letters of quality with no number", put("n\nE\np\nr\n-\n0\n"), read_marks, [[0.0, "ok"]],
          refused=((2, "n", "number"), (3, "n", "number"), (4, "n", "number"), (5, "n", "number"))),
    Entry("symbols", "marks in a mapped table", put("where,v\nNord,x\nSud-Est,0.25E\n"), shares(maximum="1"),
          [["B1", None, "suppressed"], ["B2", 0.25, "ok"]]),
)
