"""Identifiers that a spreadsheet has been through, and days that could be others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from loaders.staging import Intake
from tests.corpus.entry import Entry, Seen, both, loader, mapped, put, table

TRACTS = ("4620001.00", "4620010.00", "4620100.01", "4620100.10", "4620514.00")
DAS = ("24660001", "24660010", "24661234")


def repair(*known: str) -> Callable[[Intake], object]:
    return lambda intake: intake.repair("id", known)


def exact(pattern: str) -> Callable[[Intake], object]:
    return lambda intake: intake.identifier("id", pattern)


def once(intake: Intake) -> None:
    intake.unique("id")


LISTING = """
table = "listing"
[fields]
id = "id"
name = "name"
phone = "phone"
postal_code = "postal"
assured_date = {{ column = "day", date = {form} }}
"""


def listing(form: str, *days: str) -> Callable[[Path], object]:
    """A listing whose services were verified on these days."""
    rows = "".join(f"{i},S{i},,,\"{day}\"\n" for i, day in enumerate(days, start=1))
    return put(f"id,name,phone,postal,day\n{rows}")


def day(form: str) -> Callable[[Path], Seen]:
    return mapped(LISTING.format(form=form), "x.csv", "SELECT assured_date FROM service ORDER BY service_id")


CONTACTS = {"need_id": "need", "date": "when", "need": "what", "postal": "postal", "needs": {"Food": "food"},
            "postal_areas": "postal.csv", "cuts": ["borough_week_food"], "start": "2026-03-02", "end": "2026-03-08"}
REFERRALS = """
table = "referrals"
[fields]
place = "where"
period = { column = "when", date = "%Y-%m-%d" }
need = "what"
"""


def referrals(*days: str) -> Callable[[Path], object]:
    return put("where,when,what\n" + "".join(f"Nord,{d},food\n" for d in days))


needs = mapped(REFERRALS, "x.csv", private="referrals", level="borough", grain="month")
contacts = loader(
    "contact_records", "x.csv", "", private="referrals", need_id="need", date="when", need="what",
    needs={"Food": "food"},
)
ZONES = "day\n2026-11-01T01:30:00-04:00\n2026-11-01T01:30:00-05:00\n2026-03-08T00:00:00Z\n"


def zoned(intake: Intake) -> None:
    intake.date("day", formats=("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M"))


ENTRIES = (
    Entry("4620001.00 lost its zeros", "a tract with its zeros back", put("id,n\n4620001,1\n4620010.00,2\n"),
          table(then=repair(*TRACTS)), [["4620001.00", "1"], ["4620010.00", "2"]], noted=((2, "id", "repaired"),)),
    Entry("4620001.00 lost its zeros", "a tract that could be two", put("id,n\n4620100.1,1\n4620514,2\n"),
          table(then=repair("4620100.10", "4620100.1", "04620514.00", "4620514.00")),
          [["4620100.1", "1"]], refused=((3, "id", "identifier"),),
          why="4620100.1 is itself known; 4620514 could be two, and is not guessed"),
    Entry("4620001.0", "a tract as a spreadsheet writes it", put("id,n\n4620001.0,1\n4620100.1,2\n"),
          table(then=repair(*TRACTS)), [["4620001.00", "1"], ["4620100.10", "2"]],
          noted=((2, "id", "repaired"), (3, "id", "repaired"))),
    Entry("462 0001.00", "a tract with a space", put("id,n\n462 0001.00,1\n"), table(then=repair(*TRACTS)),
          [["4620001.00", "1"]], noted=((2, "id", "repaired"),)),
    Entry("DAUID as a number", "2.466e7 names no area, 2.4660001E7 one",
          put("id,n\n2.466e7,1\n2.4660001E7,2\n24660010.0,3\n"), table(then=repair(*DAS)),
          [["24660001", "2"], ["24660010", "3"]], refused=((2, "id", "identifier"),),
          noted=((3, "id", "repaired"), (4, "id", "repaired"))),
    Entry("CSDUID", "a municipality without its province", put("id,n\n2466023,1\n66023,2\n"),
          table(then=exact(r"\d{7}")),
          [["2466023", "1"]], refused=((3, "id", "identifier"),)),
    Entry("DGUID", "a DGUID among codes", put("id,n\n2021S05074620001.00,1\n4620001.00,2\n"),
          table(then=exact(r"2021S0507\d{7}\.\d\d")), [["2021S05074620001.00", "1"]],
          refused=((3, "id", "identifier"),)),
    Entry("wrong vintage", "a tract of 2016 that was cut in two since", put("id,n\n4620514.01,1\n4620514.00,2\n"),
          table(then=repair(*TRACTS)), [["4620514.00", "2"]], refused=((2, "id", "identifier"),)),
    Entry("postal code", "small letters, no space; its first half only; half of one",
          both(put("need,when,what,postal\n1,2026-03-02,Food,h2x1y4\n2,2026-03-02,Food,H2X\n3,2026-03-02,Food,H9\n"),
               put("code,area_id\nH2X,B1\n", "postal.csv")),
          loader("contact_records", "x.csv", "", with_areas=True, private="referrals", **CONTACTS),
          [["B1", "2026-03-02", "food", "all", 2], ["B2", "2026-03-02", "food", "all", 0],
           ["unplaced", "2026-03-02", "food", "all", 1]]),
    Entry("postal code", "small letters, kept as published", put("id,name,phone,postal,day\n1,A,,h2x1y4,\n2,B,,H2X,\n"),
          mapped(LISTING.format(form='"%Y-%m-%d"'), "x.csv", "SELECT postal_code FROM location ORDER BY location_id"),
          ["h2x1y4", "H2X"]),
    Entry("leading zero phones", "a phone that begins with zeros", put("id,name,phone,postal,day\n01,A,0514555,,\n"),
          mapped(LISTING.format(form='"%Y-%m-%d"'), "x.csv", "SELECT service_id, phone FROM service"),
          [["d:01", "0514555"]]),
    Entry("duplicate ids", "one identifier twice, alike", put("id,n\na,1\na,1\nb,2\n"), table(then=once),
          [["a", "1"], ["b", "2"]]),
    Entry("duplicate ids", "one identifier twice, unlike", put("id,n\na,1\na,2\nb,2\n"), table(then=once),
          [["a", "1"], ["b", "2"]], refused=((3, "id", "key"),)),
    # days
    Entry("03/04/2026", "nothing tells day from month", put("need,when,what\n1,03/04/2026,Food\n2,05/06/2026,Food\n"),
          contacts, told="x.csv, column “when”: no day is above 12: 03/04 could be March or April"),
    Entry("03/04/2026", "both orders in one file", put("need,when,what\n1,13/04/2026,Food\n2,05/26/2026,Food\n"),
          contacts, told="x.csv, column “when”: days and months are written in both orders"),
    Entry("03/04/2026", "a mapping that lets both orders in", listing("", "03/04/2026"),
          day('["%d/%m/%Y", "%m/%d/%Y"]'), told="mapping.toml: the date of “assured_date” may be %d/%m/%Y or %m/%d/%Y"),
    Entry("03/04/2026", "an order that is declared", listing("", "03/04/2026", "13/04/2026", "04/13/2026"),
          day('"%d/%m/%Y"'), ["2026-04-03", "2026-04-13", None], noted=((4, "assured_date", "date"),)),
    Entry("Excel serial 46000", "a serial, declared", listing("", "46000", "46000.75"), day('"excel"'),
          ["2025-12-09", "2025-12-09"]),
    Entry("Excel serial 46000", "a serial, not declared", listing("", "46000", "2025-12-09"), day('"%Y-%m-%d"'),
          [None, "2025-12-09"], noted=((2, "assured_date", "date"),)),
    Entry("3 févr. 2026", "months in words, two languages", listing("", "3 févr. 2026", "3 Feb 2026", "1 août 2026"),
          day('"%d %B %Y"'), ["2026-02-03", "2026-02-03", "2026-08-01"]),
    Entry("2026-02-30", "a day that is not in the calendar", listing("", "2026-02-30", "2024-02-29"),
          day('"%Y-%m-%d"'), [None, "2024-02-29"], noted=((2, "assured_date", "date"),)),
    Entry("year 0026", "years of Rome and of the far future", listing("", "0026-03-04", "2926-03-04", "2026-03-04"),
          day('"%Y-%m-%d"'), [None, None, "2026-03-04"],
          noted=((2, "assured_date", "date"), (3, "assured_date", "date"))),
    Entry("future referral", "a need dated next century", referrals("2026-03-02", "2126-03-02"), needs,
          [["B1", "2026-03-01", "food", "all", 1]], refused=((3, "period", "future"),)),
    Entry("future referral", "a listing verified tomorrow", listing("", "2126-01-01", "2026-01-01"), day('"%Y-%m-%d"'),
          [None, "2026-01-01"], noted=((2, "assured_date", "future"),)),
    Entry("timezone-less midnight", "midnight without a zone", put("day\n2026-03-08 00:00\n"),
          table(["day"], then=zoned), ["2026-03-08"]),
    Entry("DST duplicate hour", "one hour twice, two offsets; midnight of Greenwich", put(ZONES),
          table(["day"], then=zoned), ["2026-11-01", "2026-11-01", "2026-03-08"],
          why="the day is the one that was written: moved to a zone, midnight would be the day before"),
)
