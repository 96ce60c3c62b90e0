"""Contact records: the grain is the need, the record stays out of the file, and no day or place is guessed."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from computing import referrals
from computing.facts import Facts
from loaders import contact_records
from loaders.catalog import TABLES, LoadError
from loaders.draft import Draft
from loaders.edition import Source
from tests.loaders.small import ABOUT, draft

AREAS = [  # area_id, level, name, place
    ("D1", "district", "Un", "Nord"), ("D2", "district", "Deux", "Nord"), ("D3", "district", "Trois", "Sud"),
    ("B1", "borough", "Nord", ""), ("B2", "borough", "Sud", ""), ("C", "city", "Ville", ""),
]
POSTAL = "code,area_id\nH2X,D1\nH3Y,D2\nH4Z1A1,D3\n"
SPELLINGS = (
    "spelling,area_id,decision,reason_fr,reason_en\nVille,C,map,Le nom.,The name.\nVi1le,C,map,Abîmé.,Damaged.\n"
    "Ville-Nord,,reject,Fourre-tout.,A catch-all.\n"
)
# Canaries: nothing of this may be found anywhere after a build.
NAME, PHONE, STORY = "Zyx Canari-Bleu", "514-555-0199", "elle a dit tout bas qu’il n’y a plus rien"
CONTACTS = ["CallReportNum", "ReportVersion", "CallDateAndTimeStart", "EnteredOn", "CityName", "PostalCode",
            "CallerName", "PhoneNumberFull", "Narrative", "PhoneWorkerName", "HouseholdSize", "Age", "WasRealCall",
            "WasHangup"]
NEEDS = ["DateOfCall", "CallReportNum", "ReportNeedNum", "ResourceAgencyNum", "AgencyNamePublic", "AIRSNeedCategory",
         "NeedWasUnmet", "ReasonIfUnmetOrPartial"]
OPTIONS: dict[str, Any] = {
    "contact": "CallReportNum", "need_id": "ReportNeedNum", "referral": ["ResourceAgencyNum"], "date": "DateOfCall",
    "need": "AIRSNeedCategory", "outcome": "NeedWasUnmet", "encoding": "cp1252", "header": 3, "date_order": "mdy",
    "outcomes": {"True": "unmet", "False": "met"},
    "needs": {"Food/Meals": "food", "Food": "food", "Housing": "housing"},
    "postal_areas": "postal.csv", "aliases": "spellings.csv", "resembles": "ville",
    "start": "2024-01-01", "end": "2024-03-31",
    "contacts": {
        "file": "contacts.csv", "contact": "CallReportNum", "city": "CityName", "postal": "PostalCode",
        "entered": "EnteredOn", "header": 3, "encoding": "cp1252", "date_order": "mdy",
        "leave_out": {"WasRealCall": ["False", "No"], "WasHangup": ["True", "Yes"]},
    },
}
Row = dict[str, str]


def contact(number: int, **changed: str) -> Row:
    """A contact as iCarol exports it, in a postal code of D1."""
    return {
        "CallReportNum": str(number), "ReportVersion": "4", "CallDateAndTimeStart": "1/15/2024 9:00:00 AM",
        "EnteredOn": "1/15/2024 9:30:00 AM", "CityName": "Ville", "PostalCode": "H2X 1Y4", "CallerName": NAME,
        "PhoneNumberFull": PHONE, "Narrative": STORY, "PhoneWorkerName": NAME, "HouseholdSize": "-2", "Age": "-7",
        "WasRealCall": "True", "WasHangup": "False", **changed,
    }


def need(number: int, call: int, day: str = "1/15/2024", **changed: str) -> Row:
    """A referral row of a need, met unless said otherwise."""
    return {
        "DateOfCall": f"{day} 9:00:00 AM", "CallReportNum": str(call), "ReportNeedNum": str(number),
        "ResourceAgencyNum": "1", "AgencyNamePublic": "Agence", "AIRSNeedCategory": "Food/Meals",
        "NeedWasUnmet": "False", "ReasonIfUnmetOrPartial": "", **changed,
    }


def write(path: Path, columns: list[str], rows: list[Row], raw: str = "") -> None:
    """An export as iCarol writes it: two lines above the header, cp1252."""
    lines = [f"Rapport pour {NAME}", "Du 1/1/2024 au 3/31/2024", ",".join(columns)]
    lines += [",".join(f'"{row[c]}"' if "," in row[c] else row[c] for c in columns) for row in rows]
    path.write_bytes(("\r\n".join(lines) + "\r\n" + raw).encode("cp1252"))


def city(folder: Path) -> Draft:
    """An empty draft of a city of three districts, with its tables of places."""
    aside = Path(tempfile.mkdtemp(dir=folder))
    edition = replace(draft(aside).edition, settings={"food_needs": ["food"], "smallest": 10, "base": 5})
    made = Draft(edition, folder, aside / "city.duckdb")
    made.con.executemany("""
        INSERT INTO area (area_id, level, kind, code, name_fr, name_en, fr_in, fr_of, en_in, place_fr, vintage, lon,
            lat, x_m, y_m, dataset_id)
        VALUES (?, ?, '', '', ?, '', '', '', '', ?, '', 0, 0, 0, 0, '')
    """, AREAS)
    (folder / "postal.csv").write_text(POSTAL, encoding="utf-8")
    (folder / "spellings.csv").write_text(SPELLINGS, encoding="utf-8")
    return made


def load(
    folder: Path, calls: list[Row], rows: list[Row], threshold: float = 0.0, **changed: Any
) -> tuple[Draft, pd.DataFrame]:
    """The draft, and the cuts set aside, of two exports."""
    write(folder / "contacts.csv", CONTACTS, calls)
    write(folder / "needs.csv", NEEDS, rows)
    made = city(folder)
    o = {key: value for key, value in {**OPTIONS, **changed}.items() if value is not None}
    contact_records.contact_records(made, Source("c", "", "needs.csv", threshold, "test", o, ABOUT))
    return made, made.private["referrals"][0]


def total(kept: pd.DataFrame, cut: str = "district_month_need", **where: str) -> int:
    """Needs of a cut."""
    rows = kept[kept["cut"] == cut]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return int(rows["count"].sum())


def rules(made: Draft) -> dict[str, int]:
    """Refused rows by rule."""
    return dict(made.con.execute("SELECT rule, count(*) FROM reject GROUP BY 1").fetchall())


def left(made: Draft) -> dict[str, int]:
    """Rows left out by rule."""
    return dict(made.con.execute("SELECT rule, sum(rows) FROM left_out GROUP BY 1").fetchall())


# --- the grain --------------------------------------------------------------------------------------------


def test_a_contact_has_needs_and_a_need_has_referrals_counting_rows_inflates(tmp_path: Path) -> None:
    rows = [
        need(1, 10, ResourceAgencyNum="1"), need(1, 10, ResourceAgencyNum="2", NeedWasUnmet="True"),
        need(1, 10, ResourceAgencyNum="3"),
        need(2, 10, ResourceAgencyNum="1", NeedWasUnmet="True"),
        need(2, 10, ResourceAgencyNum="4", NeedWasUnmet="True"),
        need(3, 11, ResourceAgencyNum="1", AIRSNeedCategory="Housing"),
        need(4, 11, ResourceAgencyNum="", AIRSNeedCategory="Housing", NeedWasUnmet=""),
        need(4, 11, ResourceAgencyNum="", AIRSNeedCategory="Housing", NeedWasUnmet=""),
    ]
    made, kept = load(tmp_path, [contact(10), contact(11)], rows)
    assert len(rows) == 8 and total(kept) == 4  # two contacts, four needs, seven referrals
    weekly = {(o, n): total(kept, "city_week_need_outcome", outcome=o, need=n)
              for o in ("all", "met", "unmet") for n in ("food", "housing")}
    assert weekly == {("all", "food"): 2, ("met", "food"): 1, ("unmet", "food"): 1,  # by rows, 3 of 5 were unmet
                      ("all", "housing"): 2, ("met", "housing"): 1, ("unmet", "housing"): 0}  # one was never told
    assert made.frame("SELECT loaded, duplicates FROM load_ledger WHERE file = 'needs.csv'").to_numpy().tolist() == [
        [7, 1]]


def test_cuts_have_zeros_where_the_export_covers_and_no_row_where_it_does_not(tmp_path: Path) -> None:
    needs = [need(1, 10), need(2, 11, "3/31/2024")]
    _, kept = load(tmp_path, [contact(10), contact(11, PostalCode="h3y9z9")], needs)
    monthly = kept[kept["cut"] == "district_month_need"]
    # February: nothing in the whole file. Missing, so no row; January and March have every district.
    assert sorted({f"{p:%Y-%m}" for p in monthly["period"]}) == ["2024-01", "2024-03"]
    assert monthly.groupby("place_id")["count"].agg(list).to_dict() == {"D1": [1, 0], "D2": [0, 1], "D3": [0, 0]}
    weekly = kept[kept["cut"] == "borough_week_food"]
    assert weekly.groupby("place_id")["count"].agg(list).to_dict() == {"B1": [1, 1], "B2": [0, 0]}
    assert {f"{p:%Y-%m-%d %a}" for p in weekly["period"]} == {"2024-01-15 Mon", "2024-03-25 Mon"}
    assert set(weekly["level"]) == {"borough"} and set(weekly["grain"]) == {"week"}
    _, shorter = load(tmp_path, [contact(10), contact(11)], needs, end="2024-03-30")
    assert f"{shorter['period'].max():%Y-%m-%d}" == "2024-01-15"  # the last day is left out with its month and week
    _, undeclared = load(tmp_path, [contact(10), contact(11)], [*needs, need(3, 11, "2/3/2024")], start=None, end=None)
    months = undeclared[undeclared["cut"] == "district_month_need"]["period"].unique()
    assert [f"{p:%Y-%m}" for p in months] == ["2024-02", "2024-03"]  # January begins on its 15th: not whole


def test_the_cuts_agree_with_loops_over_seeded_files_and_row_order_is_irrelevant(tmp_path: Path) -> None:
    rng = random.Random(211)
    codes = {"H2X 1Y4": "D1", "h3y 2b2": "D2", "H4Z-1A1": "D3", "H4Z 9Z9": None, "": "unplaced", "??": "unplaced"}
    held = {"D1": "B1", "D2": "B1", "D3": "B2", "unplaced": "unplaced"}
    contacts, needs, truth, weeks = [], [], Counter(), Counter()
    for call in range(400):
        code = rng.choice(list(codes))
        contacts.append(contact(call, PostalCode=code, CityName="" if codes[code] == "unplaced" else "Ville"))
        day = date(2024, 1, 1) + timedelta(days=rng.randrange(91))
        for number in range(rng.randrange(4)):
            kind, ours = rng.choice([("Food/Meals", "food"), ("Food", "food"), ("Housing", "housing")])
            agencies = rng.sample(range(50), rng.randrange(1, 4))
            needs += [need(call * 10 + number, call, f"{day.month}/{day.day}/2024", AIRSNeedCategory=kind,
                           ResourceAgencyNum=str(agency)) for agency in agencies]
            place = codes[code]
            if place:
                truth[place, f"{day:%Y-%m}", ours] += 1
                monday = day - timedelta(days=day.weekday())
                if ours == "food" and monday + timedelta(days=6) <= date(2024, 3, 31):
                    weeks[held[place], monday.isoformat()] += 1
    _, kept = load(tmp_path, contacts, needs)
    rows = kept[(kept["cut"] == "district_month_need") & (kept["count"] > 0)]
    assert {(r.place_id, f"{r.period:%Y-%m}", r.need): r.count_ for r in rows.rename(
        columns={"count": "count_"}).itertuples()} == dict(truth)
    rows = kept[(kept["cut"] == "borough_week_food") & (kept["count"] > 0)]
    assert {(p, f"{w:%Y-%m-%d}"): n for p, w, n in zip(rows["place_id"], rows["period"], rows["count"], strict=True)
            } == dict(weeks)
    assert len(needs) > 1.5 * sum(truth.values())
    rng.shuffle(contacts)
    rng.shuffle(needs)
    pd.testing.assert_frame_equal(kept, load(tmp_path, contacts, needs)[1])


# --- what never enters the file ---------------------------------------------------------------------------


def test_no_record_reaches_the_database_its_wal_or_any_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, aside = tmp_path / "raw", tmp_path / "temporary"
    folder.mkdir()
    aside.mkdir()
    contacts = [contact(n, PostalCode=code) for n, code in enumerate(["H2X 1Y4"] * 37 + ["H3Y 2B2"] * 7)]
    needs = [need(n, n) for n in range(44)]
    # Shifted columns: a name where a city, a code, a category, an outcome, a day should be; a contact unknown.
    contacts += [contact(90, CityName=f"Ville {NAME}", PostalCode=PHONE), contact(91), contact(91, CityName=STORY)]
    needs += [need(90, 90), need(91, 0, AIRSNeedCategory=STORY), need(92, 0, NeedWasUnmet=NAME),
              need(93, 0, day=PHONE), need(94, 0), need(94, 0, day="1/16/2024")]
    needs += [{**need(95, 0), "CallReportNum": PHONE}]
    write(folder / "contacts.csv", CONTACTS, contacts, raw=f"{NAME},{PHONE}\r\n")
    write(folder / "needs.csv", NEEDS, needs, raw=f"{STORY},1\r\nÃ©{NAME}" + "," * 7 + "\r\n")
    made = city(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    made.con.execute(f"SET temp_directory = '{aside}'")
    contact_records.contact_records(made, Source("c", "", "needs.csv", 0.9, "test", OPTIONS, ABOUT))
    (kept,) = made.private["referrals"]
    assert total(kept, place_id="D2") == 7 and total(kept, place_id="D1") == 37
    referrals.compute(made, Facts())
    canaries = [text.encode(code) for text in (NAME, PHONE, STORY) for code in ("utf-8", "cp1252", "utf-16-le")]
    canaries += [b"H2X 1Y4", b"H2X1Y4", b"Canari", b"5550199"]

    def found() -> list[tuple[str, bytes]]:
        files = [p for p in (*made.path.parent.iterdir(), *aside.rglob("*")) if p.is_file()]
        assert made.path in files
        return [(p.name, canary) for p in files for canary in canaries if canary in p.read_bytes()]

    assert made.path.with_suffix(".duckdb.wal").exists() and found() == []  # before the checkpoint
    assert rules(made) == {"fields": 2, "encoding": 1, "key": 4, "alias": 1, "need": 1, "outcome": 1, "date": 1,
                           "reference": 1}
    assert made.frame("SELECT value FROM reject")["value"].isna().all()
    assert (made.frame("SELECT line FROM reject")["line"] > 3).all()
    counts = made.frame("SELECT place_id, count, status FROM referral_count WHERE cut = 'district_month_need' "
                        "AND need = 'food'").set_index("place_id")
    assert counts.loc["D1", "count"] == 35 and counts.loc["D2", "status"] == "suppressed"
    assert made.frame("SELECT * FROM referral_count WHERE count % 5 <> 0").empty
    for table in TABLES:  # a checkpoint compresses text: what the file holds is asked of it too
        held = made.con.table(table.name).df().to_csv()
        assert not [c for c in (NAME, PHONE, STORY, "H2X1Y4", "H2X 1Y4") if c in held], table.name
    made.close()
    assert found() == []


def test_the_search_for_canaries_would_find_one(tmp_path: Path) -> None:
    made = city(tmp_path)
    made.con.execute("CREATE TABLE planted AS SELECT ? AS who", [NAME])
    assert NAME.encode() in made.path.with_suffix(".duckdb.wal").read_bytes()


def test_errors_do_not_say_what_was_written(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as error:
        load(tmp_path, [contact(1)], [need(1, 1, AIRSNeedCategory=STORY)])
    assert "not declared" in str(error.value) and STORY not in str(error.value)
    with pytest.raises(LoadError, match="header is on another line") as error:
        load(tmp_path, [contact(1)], [need(1, 1)], header=4)
    assert "Agence" not in str(error.value)


@pytest.mark.parametrize("column", [
    "CallerName", "PhoneNumberFull", "Narrative", "PhoneWorkerNum", "Physical Address", "Email", "First Name", "Notes",
    "HouseholdSize", "Age", "age_range", "Nom de l’appelant", "Téléphone", "Caller - Gender",
    "Client Name", "full_name", "Nom", "Date de naissance", "DOB", "Sexe",
])
def test_a_private_column_is_refused_whatever_role_it_is_given(tmp_path: Path, column: str) -> None:
    roles: tuple[dict[str, Any], ...] = ({"referral": [column]}, {"need": column}, {"leave_out": {column: ["x"]}},
                                         {"contacts": {**OPTIONS["contacts"], "city": column}})
    for changed in roles:
        with pytest.raises(LoadError, match="a private column is never read"):
            load(tmp_path, [contact(1)], [need(1, 1)], **changed)


# --- contacts ---------------------------------------------------------------------------------------------


def test_a_contact_exported_again_counts_once_and_the_last_entry_stands(tmp_path: Path) -> None:
    contacts = [
        contact(1), contact(1), contact(1, Narrative="autre"),  # the same, in what is read
        contact(2), contact(2, PostalCode="H3Y 1A1", EnteredOn="1/15/2024 1:30:00 PM"),
        # A later form version is not a later entry.
        contact(3, EnteredOn="1/16/2024 8:00:00 AM"), contact(3, PostalCode="H3Y 1A1", ReportVersion="9"),
        contact(4), contact(4, PostalCode="H3Y 1A1"),  # entered at once, differently: neither is believed
    ]
    needs = [need(n, n) for n in (1, 2, 3, 4)]
    for order in (contacts, contacts[::-1]):
        made, kept = load(tmp_path, order, needs, threshold=0.5)
        assert [total(kept, place_id=p) for p in ("D1", "D2")] == [2, 1]
        assert rules(made) == {"key": 2, "reference": 1}
        assert left(made)["earlier entry of the same contact"] == 2
        told = made.frame("SELECT duplicates FROM load_ledger WHERE file = 'contacts.csv'")
        assert told["duplicates"].tolist() == [2]


def test_calls_that_were_not_and_hang_ups_are_left_out_with_their_rule(tmp_path: Path) -> None:
    contacts = [contact(1), contact(2, WasRealCall="False"), contact(3, WasHangup="yes")]
    made, kept = load(tmp_path, contacts, [need(1, 1)])
    assert total(kept) == 1
    assert left(made) == {"preamble": 4, "WasRealCall: False, No": 1, "WasHangup: True, Yes": 1}


def test_a_need_whose_contact_is_not_there_is_refused(tmp_path: Path) -> None:
    made, kept = load(tmp_path, [contact(1)], [need(1, 1), need(2, 2)], threshold=0.5)
    assert total(kept) == 1 and rules(made) == {"reference": 1}


def test_places_are_told_by_code_then_by_name_and_never_guessed(tmp_path: Path) -> None:
    places = [
        ("h2x1y4", "Halifax", "D1"), ("H4Z 1A1", "", "D3"), ("H4Z 1A2", "Ville", "out"), ("B3H 1A1", "Ville", "out"),
        ("", "Ville", "unplaced"), ("O0O 0O0", "Vi1le", "unplaced"), ("", "Halifax", "out"), ("", "", "unplaced"),
        ("", "Ville-Nord", "refused"), ("", "Vieille Ville", "refused"), ("90210", "", "out"),
    ]
    contacts = [contact(n, PostalCode=code, CityName=name) for n, (code, name, _) in enumerate(places)]
    made, kept = load(tmp_path, contacts, [need(n, n) for n in range(len(places))], threshold=0.9)
    monthly = kept[kept["cut"] == "district_month_need"].groupby("place_id")["count"].sum()
    assert monthly.to_dict() == {"D1": 1, "D2": 0, "D3": 1, "unplaced": 3}
    assert total(kept, "city_week_need_outcome", outcome="all") == 5  # the city counts those it cannot place
    assert left(made)["place outside the edition"] == 4 and rules(made) == {"alias": 2}
    made, kept = load(tmp_path, contacts, [need(n, n) for n in range(len(places))], threshold=0.9, unplaced="leave_out")
    assert total(kept, "city_week_need_outcome", outcome="all") == 4 and left(made)["no place told"] == 1


def test_a_table_of_places_that_names_no_area_or_cuts_one_in_two_is_refused(tmp_path: Path) -> None:
    for extra, words in (("H9X,D9\n", "“D9” is not an area"), ("H2X,D2\n", "“H2X” is in two areas of level district")):
        write(tmp_path / "contacts.csv", CONTACTS, [contact(1)])
        write(tmp_path / "needs.csv", NEEDS, [need(1, 1)])
        made = city(tmp_path)
        (tmp_path / "postal.csv").write_text(POSTAL + extra, encoding="utf-8")
        with pytest.raises(LoadError, match=words):
            contact_records.contact_records(made, Source("c", "", "needs.csv", 0.0, "test", OPTIONS, ABOUT))


# --- needs ------------------------------------------------------------------------------------------------


def test_codes_renamed_in_the_year_are_one_need_once_the_edition_says_so(tmp_path: Path) -> None:
    rows = [need(1, 1), need(2, 1, "3/1/2024", AIRSNeedCategory="Food"), need(3, 1, AIRSNeedCategory="Nourriture")]
    made, kept = load(tmp_path, [contact(1)], rows, threshold=0.5)
    assert total(kept, need="food") == 2 and rules(made) == {"need": 1}


def test_a_need_whose_rows_disagree_is_refused_whole(tmp_path: Path) -> None:
    rows = [need(1, 1), need(1, 1, AIRSNeedCategory="Housing"), need(2, 1), need(2, 2), need(4, 1),
            need(3, 1, AIRSNeedCategory="Food"), need(3, 1, ResourceAgencyNum="2")]
    made, kept = load(tmp_path, [contact(1), contact(2)], rows, threshold=0.9)
    assert total(kept) == 2 and rules(made) == {"key": 4}  # “Food” and “Food/Meals” are one need in our words


def test_a_word_for_the_outcome_is_declared_and_partly_met_is_decided_by_the_edition(tmp_path: Path) -> None:
    rows = [need(1, 1, NeedWasUnmet="Partially"), need(2, 1, NeedWasUnmet="TRUE")]
    made, kept = load(tmp_path, [contact(1)], rows, threshold=0.5)
    assert rules(made) == {"outcome": 1} and total(kept, "city_week_need_outcome", outcome="unmet") == 1
    told = {"True": "unmet", "False": "met", "Partially": "met"}
    _, kept = load(tmp_path, [contact(1)], rows, outcomes=told)
    assert [total(kept, "city_week_need_outcome", outcome=o) for o in ("all", "met", "unmet")] == [2, 1, 1]
    with pytest.raises(LoadError, match="an outcome is met or unmet, not “partial”"):
        load(tmp_path, [contact(1)], rows, outcomes={**told, "Partially": "partial"})


def test_rows_that_arrive_late_for_a_closed_month_count_in_their_month(tmp_path: Path) -> None:
    rows = [need(n, 1, f"{m}/5/2024") for n, m in ((1, 1), (2, 2), (3, 3))]
    _, before = load(tmp_path, [contact(1)], rows)
    late = contact(2, EnteredOn="3/30/2024 9:00:00 AM")
    _, after = load(tmp_path, [contact(1), late], [*rows, need(9, 2, "1/30/2024")])
    both = before.merge(after, on=["cut", "place_id", "period", "need", "outcome"], suffixes=("", "_after"))
    changed = both[(both["count"] != both["count_after"]) & (both["cut"] == "district_month_need")]
    assert changed["period"].dt.strftime("%Y-%m").tolist() == ["2024-01"]


# --- days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "order", "day"), [
    ("1/15/2024 11:59:59 PM", "mdy", "2024-01-15"), ("15/1/2024 00:00", "dmy", "2024-01-15"),
    ("2024-01-15T00:30:00-05:00", "ymd", "2024-01-15"), ("2024-01-15 23:30:00Z", "ymd", "2024-01-15"),
    ("3/10/2024 2:30:00 AM", "mdy", "2024-03-10"), ("11/3/2024 1:30:00 AM", "mdy", "2024-11-03"),
    ("2/30/2024", "mdy", None), ("15/1/2024", "mdy", None), ("45306", "ymd", None), ("1/15/24", "mdy", None),
    ("0026-01-15", "ymd", None), ("15 janv. 2024", "dmy", None), ("", "ymd", None),
])
def test_the_day_is_the_one_written(written: str, order: str, day: str | None) -> None:
    found = contact_records.days(pd.Series([written]), order).iloc[0]
    assert (None if pd.isna(found) else f"{found:%Y-%m-%d}") == day


def test_the_order_of_days_is_declared_or_told_by_the_file_or_refused(tmp_path: Path) -> None:
    def order(*written: str) -> str:
        return contact_records.order(pd.Series(written), {}, "f.csv", "DateOfCall")

    assert order("03/04/2024", "03/13/2024") == "mdy" and order("03/04/2024 9:00", "13/03/2024") == "dmy"
    assert order("2024-03-04") == "ymd"
    with pytest.raises(LoadError, match=r"f\.csv, column “DateOfCall”: no day is above 12.*Declare date_order"):
        order("03/04/2024", "05/06/2024")
    with pytest.raises(LoadError, match="in both orders"):
        order("13/04/2024", "05/16/2024")
    with pytest.raises(LoadError, match="03/04"):
        load(tmp_path, [contact(1)], [need(1, 1, "3/4/2024")], date_order=None)
    assert total(load(tmp_path, [contact(1)], [need(1, 1, "3/14/2024")], date_order=None)[1]) == 1


def test_a_contact_of_the_future_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "contacts.csv", CONTACTS, [contact(1)])
    write(tmp_path / "needs.csv", NEEDS, [need(1, 1, f"1/{d}/2024") for d in (1, 31)] + [need(3, 1, "2/2/2024")])
    made = city(tmp_path)
    o = {**OPTIONS, "end": None}
    o.pop("end")
    about = {**ABOUT, "retrieved": date(2024, 2, 1)}
    with pytest.raises(LoadError, match="dated after"):
        contact_records.contact_records(made, Source("c", "", "needs.csv", 0.1, "test", o, about))


# --- another layout: one row a need -----------------------------------------------------------------------


def test_one_row_a_need_without_identifiers_is_never_deduplicated(tmp_path: Path) -> None:
    rows = ["contact_date,gender,age_range,zip_code,county,state,needs_category,needs_code,needs_met"]
    rows += ["2024-01-09,F,25 to 44,15201,Allegheny County,PA,Basic Needs,X-1,t"] * 2
    rows += ["2024-01-09,,,,Allegheny,PA,Basic Needs,X-2,f", "2024-01-09,,,15201,,PA,Basic Needs,Y-1,",
             "2024-01-10,,,,Allegheny County|Westmoreland County,PA,Basic Needs,X-1,t",
             "2024-01-10,,,,Beaver County,PA,Basic Needs,X-1,t"]
    (tmp_path / "needs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    made = city(tmp_path)
    (tmp_path / "postal.csv").write_text("code,area_id\n15201,D1\n", encoding="utf-8")
    (tmp_path / "spellings.csv").write_text(
        SPELLINGS.split("\n")[0] + "\nAllegheny County,C,map,a,a\nAllegheny,C,map,a,a\n", encoding="utf-8")
    contact_records.contact_records(made, Source("c", "", "needs.csv", 0.3, "test", {
        "date": "contact_date", "postal": "zip_code", "city": "county", "need": "needs_code", "need_match": "prefix",
        "needs": {"X": "food"}, "need_other": "other", "outcome": "needs_met", "outcomes": {"t": "met", "f": "unmet"},
        "postal_areas": "postal.csv", "aliases": "spellings.csv", "resembles": "allegheny",
        "start": "2024-01-01", "end": "2024-01-31",
    }, ABOUT))
    (kept,) = made.private["referrals"]
    assert total(kept, need="food", place_id="D1") == 2 and total(kept, need="other") == 1
    assert total(kept, "city_week_need_outcome", need="food", outcome="unmet") == 1
    assert rules(made) == {"alias": 1} and left(made)["place outside the edition"] == 1
    assert made.frame("SELECT sum(duplicates) AS n FROM load_ledger")["n"].tolist() == [0]
