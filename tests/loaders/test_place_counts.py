"""Counts by place, need and period: totals proved before they are left out, gaps that stay gaps, real files."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import place_counts
from loaders.catalog import LoadError
from loaders.draft import Draft
from tests.loaders.small import draft, one, source

LONG: dict[str, Any] = {
    "place": "town", "need": "need", "period": "month", "count": "n", "grain": "month", "level": "town",
    "needs": {"Food/Meals": "food", "Housing": "housing"},
}
DAYS = {"first": "2024-02-01", "last": "2024-03-31", "format": "%Y-%m-%d", "every": "day"}
WIDE: dict[str, Any] = {
    "place": "town", "need": "need", "period_columns": DAYS, "every": "day", "grain": "month", "level": "town",
    "needs": LONG["needs"], "absent": "zero", "totals": {"town": ["All Areas"], "need": ["All Categories"]},
}


def fresh(raw: Path, folder: Path) -> Draft:
    """An empty draft of its own that reads `raw`."""
    aside = Path(tempfile.mkdtemp(dir=folder))
    return Draft(draft(aside).edition, raw, aside / "fresh.duckdb")


def load(folder: Path, text: str, options: dict[str, Any], threshold: float = 0.0) -> tuple[Draft, pd.DataFrame]:
    """The draft and what was set aside of a file with that text."""
    (folder / "f.csv").write_text(text, encoding="utf-8")
    made = fresh(folder, folder)
    place_counts.place_counts(made, source("f", "f.csv", options, threshold))
    return made, made.private["referrals"][0]


def real(raw: Path, folder: Path, file: str, options: dict[str, Any], threshold: float = 0.0) -> Any:
    """The draft and what was set aside of a real file."""
    made = fresh(raw, folder)
    place_counts.place_counts(made, source("f", file, options, threshold))
    return made, made.private["referrals"][0]


def cells(frame: pd.DataFrame, *names: str) -> list[list[Any]]:
    """Rows as lists, NaN as None."""
    rows = frame[list(names)].astype("object")
    return rows.where(rows.notna(), None).to_numpy().tolist()


def wide(rows: list[tuple[str, str, dict[str, int]]], **shown: str) -> str:
    """A wide file: a place, a need and some days that are not zero."""
    days = [day.strftime("%Y-%m-%d") for day in pd.date_range(DAYS["first"], DAYS["last"])]
    lines = [",".join(["town", "need", *days])]
    lines += [",".join([town, need, *(shown.get(f"{town}{need}{d}", str(n.get(d, 0))) for d in days)])
              for town, need, n in rows]
    return "\n".join(lines) + "\n"


# --- long -------------------------------------------------------------------------------------------------


def test_long_rows_are_summed_and_what_is_not_told_is_missing(tmp_path: Path) -> None:
    made, kept = load(tmp_path, "town,need,month,n\n" + "\n".join([
        "A,Food/Meals,2024-01,3", "A,Housing,2024-01,0", "B,Food/Meals,2024-01,", "A,Food/Meals,2024-03,7",
        "A,Food/Meals,2024-03,7", "A,Housing,2024-01,4", "B,Juggling,2024-01,2", "B,Housing,01/2024,2",
        "B,Food/Meals,2024-03,2.5", "B,Food/Meals,2024-03,-1",
    ]) + "\n", LONG, threshold=0.9)
    assert set(kept["cut"]) == {"place_month_need"} and set(kept["outcome"]) == {"all"}
    food = kept[(kept["need"] == "food") & (kept["place_id"] == "A")]
    assert cells(food, "count") == [[3.0], [None], [7.0]]  # February is not in the file: missing, not zero
    assert kept[kept["place_id"] == "B"]["count"].isna().all()  # a blank cell is missing too
    assert cells(kept[(kept["need"] == "housing") & (kept["period"] == "2024-01-01")], "count") == [[0.0], [None]]
    refused = made.frame("SELECT value, rule FROM reject ORDER BY line")
    assert cells(refused, "value", "rule") == [  # what may be a count is not told
        ["A", "key"], ["Juggling", "need"], [None, "date"], [None, "whole"], [None, "range"],
    ]
    assert one(made, "SELECT duplicates FROM load_ledger") == 1
    assert one(made, "SELECT count(*) FROM referral_count") == 0  # uncontrolled counts never enter the file


@pytest.mark.parametrize("label", [
    "All Areas", "ALL", "Total", "Total_distinct", "TOTAL :", "Grand total", "Tous", "Toutes les villes",
    "Ensemble du Québec", "City total", "Somme", "Totaux", "Sous-total",
])
def test_a_label_that_reads_as_a_total_is_refused_not_summed(tmp_path: Path, label: str) -> None:
    text = f"town,need,month,n\nA,Housing,2024-01,3\n{label},Housing,2024-01,3\n"
    made, kept = load(tmp_path, text, LONG, threshold=0.9)
    assert kept["place_id"].tolist() == ["A"]
    assert cells(made.frame("SELECT rule, value FROM reject"), "rule", "value") == [["total", label]]
    made, kept = load(tmp_path, text, {**LONG, "not_totals": {"town": [label]}})
    assert kept["place_id"].tolist() == sorted(["A", label])


@pytest.mark.parametrize("label", ["Allegheny", "Allston", "Toussaint", "Totalville", "Summit", "Sumter", "Ensemblier"])
def test_a_name_that_only_begins_like_a_total_is_a_place(tmp_path: Path, label: str) -> None:
    _, kept = load(tmp_path, f"town,need,month,n\n{label},Housing,2024-01,3\n", LONG)
    assert kept["place_id"].tolist() == [label]


def test_a_total_that_is_not_the_sum_of_its_parts_stops_the_file(tmp_path: Path) -> None:
    text = "town,need,month,n\nA,Housing,2024-01,3\nB,Housing,2024-01,4\nEvery town,Housing,2024-01,{}\n"
    told = {**LONG, "totals": {"town": ["Every town"]}}
    made, kept = load(tmp_path, text.format(7), told)
    assert kept["count"].sum() == 7
    assert one(made, "SELECT rule FROM left_out") == "totals row, equal to the sum of its parts"
    for wrong in (8, 6):
        with pytest.raises(LoadError, match=rf"line 4, column “n”: the total “Every town” is {wrong} where .* to 7"):
            load(tmp_path, text.format(wrong), told)
    assert load(tmp_path, text.format(8), {**told, "totals_tolerance": 1})[1]["count"].sum() == 7


def test_a_total_may_exceed_parts_of_which_one_is_hidden_but_never_fall_short(tmp_path: Path) -> None:
    text = "town,need,month,n\nA,Housing,2024-01,3\nB,Housing,2024-01,..\nAll,Housing,2024-01,{}\n"
    told = {**LONG, "totals": {"town": ["All"]}}
    assert cells(load(tmp_path, text.format(9), told)[1], "count") == [[3.0], [None]]
    with pytest.raises(LoadError, match="is 2 where its parts sum to 3"):
        load(tmp_path, text.format(2), told)


def test_row_order_changes_nothing(tmp_path: Path) -> None:
    rows = [f"{t},{n},2024-0{m},{m + len(t)}" for t in ("A", "BB") for n in LONG["needs"] for m in (1, 2, 4)]
    one_way = load(tmp_path, "town,need,month,n\n" + "\n".join(rows) + "\n", LONG)[1]
    other = load(tmp_path, "town,need,month,n\n" + "\n".join(rows[::-1]) + "\n", LONG)[1]
    pd.testing.assert_frame_equal(one_way, other)


def test_a_cut_of_areas_takes_areas_only_and_says_missing_by_having_no_row(tmp_path: Path) -> None:
    text = "town,need,month,n\nT1,Housing,2024-01,3\nT1,Housing,2024-03,3\nT9,Housing,2024-01,3\n"
    text += "Other,Housing,2024-01,2\n"
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    made = draft(tmp_path)
    made.con.execute("""INSERT INTO area (area_id, level, kind, code, name_fr, name_en, fr_in, fr_of, en_in, vintage,
        lon, lat, x_m, y_m, dataset_id) VALUES ('T1', 'district', '', '', '', '', '', '', '', '', 0, 0, 0, 0, '')""")
    place_counts.place_counts(made, source("f", "f.csv", {
        **LONG, "cut": "district_month_need", "level": "district", "unplaced": ["Other"],
    }, 0.5))
    (kept,) = made.private["referrals"]
    assert cells(kept, "place_id", "count") == [["T1", 3.0], ["T1", 3.0], ["unplaced", 2.0]]
    assert cells(made.frame("SELECT rule, value FROM reject"), "rule", "value") == [["reference", "T9"]]


# --- wide -------------------------------------------------------------------------------------------------


def test_days_as_columns_become_months_and_an_absent_need_is_zero(tmp_path: Path) -> None:
    made, kept = load(tmp_path, wide([
        ("A", "Food/Meals", {"2024-02-03": 2, "2024-02-04": 3, "2024-03-01": 1}),
        ("A", "Housing", {"2024-02-03": 1}), ("B", "Food/Meals", {"2024-03-31": 5}),
        ("All Areas", "Food/Meals", {"2024-02-03": 2, "2024-02-04": 3, "2024-03-01": 1, "2024-03-31": 5}),
        ("All Areas", "Housing", {"2024-02-03": 1}),
        ("A", "All Categories", {"2024-02-03": 3, "2024-02-04": 3, "2024-03-01": 1}),
        ("B", "All Categories", {"2024-03-31": 5}),
    ]), WIDE)
    assert kept["count"].tolist() == [5, 1, 1, 0, 0, 5, 0, 0]  # B never asked for housing
    assert one(made, "SELECT left_out FROM load_ledger") == 4


def test_a_bad_cell_makes_its_month_missing_and_keeps_the_row(tmp_path: Path) -> None:
    text = wide([("A", "Housing", {"2024-02-03": 2, "2024-03-03": 4})], **{"AHousing2024-02-10": "?"})
    made, kept = load(tmp_path, text, WIDE)
    assert cells(kept, "count") == [[None], [4.0]]
    note = made.frame("SELECT line, column_name, value FROM cell_note")
    assert cells(note, "line", "column_name", "value") == [[2, "2024-02-10", "?"]]


def test_a_file_of_which_nothing_is_left_says_so(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"f\.csv: no count is left"):
        load(tmp_path, "town,need,month,n\nA,Juggling,2024-01,1\n", LONG, threshold=1.0)
    for document in ({"records": [{"town": "A"}]}, [1, 2], "x", {"features": [{"properties": None}]}):
        (tmp_path / "f.json").write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(LoadError, match=r"f\.json: it is neither a map layer nor a list of records"):
            place_counts.place_counts(fresh(tmp_path, tmp_path), source("f", "f.json", LONG))


def test_a_month_whose_days_are_not_all_there_is_missing(tmp_path: Path) -> None:
    text = wide([("A", "Housing", {"2024-02-03": 2, "2024-03-03": 4})])
    _, kept = load(tmp_path, text, {**WIDE, "period_columns": {**DAYS, "last": "2024-03-30"}})
    assert cells(kept, "count") == [[2.0], [None]]
    with pytest.raises(LoadError, match="2024-04-01"):  # a day that is declared and not there
        load(tmp_path, text, {**WIDE, "period_columns": {**DAYS, "last": "2024-04-01"}})


def test_need_is_what_was_given_and_what_was_not(tmp_path: Path) -> None:
    made, kept = load(tmp_path, "t,need,given,not\n1,10,4,6\n2,9,4,6\n", {
        "place": "t", "need_value": "food (lb)", "period_value": "2015-01-01", "grain": "year", "level": "tract",
        "outcome_columns": {"need": "all", "given": "met", "not": "unmet"}, "parts": {"need": ["given", "not"]},
    }, threshold=0.5)
    assert dict(zip(kept["outcome"], kept["count"], strict=True)) == {"all": 10, "met": 4, "unmet": 6}
    assert set(kept["cut"]) == {"place_year_need"} and one(made, "SELECT rule FROM reject") == "parts"


def test_two_files_of_one_month_and_a_name_without_one_are_faults(tmp_path: Path) -> None:
    o = {**LONG, "file_period": r"-(\d{6})\.csv$", "period_formats": ["%Y%m"]}
    del o["period"]
    for name in ("a-202401.csv", "b-202401.csv"):
        (tmp_path / name).write_text("town,need,n\nA,Housing,1\n", encoding="utf-8")
    with pytest.raises(LoadError, match=r"b-202401\.csv: it tells 2024-01-01, as a-202401\.csv does"):
        place_counts.place_counts(fresh(tmp_path, tmp_path), source("f", "*-*.csv", o))
    (tmp_path / "b-202401.csv").rename(tmp_path / "b-2024.csv")
    with pytest.raises(LoadError, match="its name does not tell its period"):
        place_counts.place_counts(fresh(tmp_path, tmp_path), source("f", "*-*.csv", o))
    with pytest.raises(LoadError, match="no file has such a name"):
        place_counts.place_counts(fresh(tmp_path, tmp_path), source("f", "none-*.csv", o))


# --- needs by the user's own mapping ----------------------------------------------------------------------


def test_the_longest_beginning_of_a_code_decides_and_a_modifier_does_not(tmp_path: Path) -> None:
    o = {**LONG, "needs": {"X": "basic", "XA-1": "food"}, "need_match": "prefix"}
    codes = ("XA-1.2", "XA-1.2 * ZZ-9", "XB-2 * XA-1", "ZZ-9")
    made, kept = load(
        tmp_path, "town,need,month,n\n" + "".join(f"A,{code},2024-01,1\n" for code in codes), o, threshold=0.5,
    )
    assert dict(zip(kept["need"], kept["count"], strict=True)) == {"basic": 1, "food": 2}
    assert one(made, "SELECT value FROM reject") == "ZZ-9"


def test_a_mapping_file_may_repeat_itself_but_not_disagree(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("their,ours\nPantry,F\nPantry,F2\nRent,H\n,H\n", encoding="utf-8")
    o = {**LONG, "needs": {"F": "food", "F2": "food", "H": "housing"},
         "needs_file": {"file": "map.csv", "from": "their", "to": "ours"}}
    text = "town,need,month,n\nA,Pantry,2024-01,2\nA,Rent,2024-01,5\n"
    made, kept = load(tmp_path, text, o, threshold=0.5)
    assert dict(zip(kept["need"], kept["count"], strict=True)) == {"food": 2, "housing": 5}
    ledger = made.frame("SELECT loaded, rejected, duplicates FROM load_ledger WHERE file = 'map.csv'")
    assert cells(ledger, "loaded", "rejected", "duplicates") == [[2, 1, 1]]
    with pytest.raises(LoadError, match=r"map\.csv, line 3, column “ours”: “Pantry” means two needs"):
        load(tmp_path, text, {**o, "needs": {"F": "food", "F2": "other", "H": "housing"}}, threshold=0.5)


# --- real files -------------------------------------------------------------------------------------------


def test_rhode_island_counts_each_request_once(raw: Path, tmp_path: Path) -> None:
    file = "referrals/rhode_island_211/dashboard_data.csv"
    with (raw / file).open(encoding="utf-8") as handle:
        rows = list(csv.reader(handle))[1:]
    assert sum(int(n) for row in rows for n in row[2:]) == 93408  # the trap
    kinds = {row[1] for row in rows} - {"All Categories"}
    o: dict[str, Any] = {
        "place": "city", "need": "type", "grain": "month", "every": "day", "level": "town", "absent": "zero",
        "period_columns": {"first": "2020-03-01", "last": "2020-08-31", "format": "%Y-%m-%d", "every": "day"},
        "needs": {kind: kind for kind in kinds}, "totals": {"city": ["All Areas"], "type": ["All Categories"]},
    }
    made, kept = real(raw, tmp_path, file, o)
    assert cells(made.frame("SELECT rows_read, left_out, loaded, rejected FROM load_ledger"),
                 "rows_read", "left_out", "loaded", "rejected") == [[619, 61, 558, 0]]
    assert kept["count"].sum() == 31136 and kept["count"].notna().all()
    food = kept[kept["need"] == "Food/Meals"].groupby("period")["count"].sum()
    assert food.tolist() == [246, 539, 540, 281, 163, 207]
    assert kept["place_id"].nunique() == 40 and "Other" in set(kept["place_id"])
    assert len(kept) == 40 * len(kinds) * 6 and len(kinds) == 21
    undeclared, _ = real(raw, tmp_path, file, {k: v for k, v in o.items() if k != "totals"}, threshold=1.0)
    assert undeclared.frame("SELECT rule, count(*) AS n FROM reject GROUP BY 1").to_numpy().tolist() == [["total", 61]]
    assert undeclared.private["referrals"][0]["count"].sum() == 31136  # never summed, declared or not


QUEBEC = "referrals/quebec_social_assistance/"
PROGRAMMES = {  # pattern: a measure, months, rows
    "*/Objectif_Emploi/oe-adultes-*.csv": ("Femmes", 32, 1949), "*/PAS/as-adultes-*.csv": ("Femmes", 32, 2112),
    "*/PRB*/prb-adultes-*.csv": ("Femmes", 32, 2208), "*/PRB/prb-clienteles-*.csv": ("Nb_adultes", 32, 1344),
    "*/PSS/ss-adultes-*.csv": ("Femmes", 32, 2144), "*/Tous_programmes/afdr-adultes-*.csv": ("Femmes", 28, 1792),
}
MONTHLY: dict[str, Any] = {
    "place": "Valeur", "need_value": "social assistance", "only": {"Caracteristique": ["Région"]}, "grain": "month",
    "level": "region", "file_period": r"-(\d{6})\.csv$", "period_formats": ["%Y%m"], "unplaced": ["Région inconnue"],
}


def test_quebec_months_are_in_the_names_of_188_files(raw: Path, tmp_path: Path) -> None:
    files = rows = short = 0
    layouts = {(path.read_text("utf-8-sig").splitlines()[0], path.name.split("-20")[0])
               for path in (raw / QUEBEC).rglob("*.csv")}
    assert len(layouts) == 6
    for pattern, (measure, months, read) in PROGRAMMES.items():
        made, kept = real(raw, tmp_path, QUEBEC + pattern, {**MONTHLY, "count": measure})
        ledger = made.frame("SELECT * FROM load_ledger")
        assert (len(ledger), ledger["rows_read"].sum()) == (months, read)
        assert ledger["rejected"].sum() == 0 and set(ledger["loaded"]) <= {17, 18}
        files, rows, short = files + len(ledger), rows + read, short + int((ledger["loaded"] == 17).sum())
        told = kept.groupby("period")["count"].count()
        assert len(told) == 32 and kept["place_id"].nunique() == 18
        assert int((told > 0).sum()) == months
        # What is absent is missing: the unknown region of three files, and whole months.
        assert kept["count"].isna().sum() == 18 * (32 - months) + int((ledger["loaded"] == 17).sum())
        if months == 28:
            gone = told.index[told == 0]
            assert [f"{day:%Y-%m}" for day in gone] == ["2024-09", "2024-10", "2024-11", "2024-12"]
    assert (files, rows, short) == (188, 11549, 3)


def test_a_total_hidden_in_quebec_rows_is_refused(raw: Path, tmp_path: Path) -> None:
    o = {**MONTHLY, "count": "Nb_adultes", "only": {"Caracteristique": ["Clientèle supplémentée"]}}
    made, _ = real(raw, tmp_path, QUEBEC + "2023/PRB/prb-clienteles-202301.csv", o, threshold=0.5)
    assert made.frame("SELECT value, rule FROM reject").to_numpy().tolist() == [["Total_distinct", "total"]]


def test_massachusetts_food_by_category_is_not_food_by_code(raw: Path, tmp_path: Path) -> None:
    o: dict[str, Any] = {
        "count": "CountOfNeeds", "key": ["TaxonomyCode"], "place_value": "MA", "period_value": "2017-01-01",
        "grain": "month", "level": "province", "need_other": "other",
    }
    file = "referrals/massachusetts_211/icarol_CountOfCallerNeeds_2017-01.xlsx"
    made, kept = real(raw, tmp_path, file, {**o, "need": "AIRSNeedCategory", "needs": {"Food/Meals": "food"}})
    assert dict(zip(kept["need"], kept["count"], strict=True)) == {"food": 355, "other": 6380 - 355}
    assert cells(made.frame("SELECT * FROM load_ledger"), "rows_read", "left_out", "loaded") == [[376, 1, 375]]
    assert one(made, "SELECT rule FROM left_out") == "preamble"  # the title above the header
    # The user's own mapping: here, the two-letter beginning under which the file itself writes “Food”.
    table = pd.read_excel(raw / file, header=1, dtype=str, engine="calamine")
    (food,) = table.loc[table["Level2Name"] == "Food", "Level2"].unique()
    _, kept = real(raw, tmp_path, file, {
        **o, "need": "TaxonomyCode", "need_match": "prefix", "needs": {food: "food"},
    })
    assert dict(zip(kept["need"], kept["count"], strict=True)) == {"food": 152, "other": 6380 - 152}
    assert table["TaxonomyCode"].str.contains(" * ", regex=False).sum() == 17


@pytest.mark.parametrize(("level", "pattern", "areas", "duplicates", "published", "once", "missing"), [
    ("zip", r"\d{5}", 516, 15, 79765, 78879, 10), ("town", ".+", 351, 0, 79484, 79484, 3),
    ("county", ".+", 14, 0, 78074, 78074, 0),
])
def test_massachusetts_split_polygons_count_once_and_null_is_missing(
    raw: Path, tmp_path: Path, level: str, pattern: str, areas: int, duplicates: int, published: int, once: int,
    missing: int,
) -> None:
    file = f"referrals/massachusetts_211/{level}.json"
    document = json.loads((raw / file).read_text("utf-8"))
    assert sum(f["properties"]["n_call"] or 0 for f in document["features"]) == published
    made, kept = real(raw, tmp_path, file, {
        "place": "name", "place_pattern": pattern, "count": "n_call", "need_value": "all", "grain": "month",
        "period_value": "2017-02-01", "level": level,
    })
    assert kept["count"].sum() == once and kept["count"].isna().sum() == missing
    assert cells(made.frame("SELECT * FROM load_ledger"), "rows_read", "duplicates", "rejected") == [
        [areas, duplicates, 0]]
    _, by_need = real(raw, tmp_path, file, {
        "place": "name", "need_columns": {"n_call_food_cloth": "food", "n_call_housing": "housing"},
        "grain": "month", "period_value": "2017-02-01", "level": level,
    })
    assert set(by_need["need"]) == {"food", "housing"} and len(by_need) == 2 * (areas - duplicates)


def test_capital_area_need_is_what_was_distributed_plus_unmet(raw: Path, tmp_path: Path) -> None:
    made, kept = real(raw, tmp_path, "referrals/cafb_tract_need_distribution_2014_2015.csv", {
        "place": "GEOID10", "place_pattern": r"\d{11}", "need_value": "food (lb)", "whole": False, "level": "tract",
        "outcome_columns": {"F15_LB_NEED": "all", "F15_DISTRIB": "met", "F15_LB_UNME": "unmet"},
        "parts": {"F15_LB_NEED": ["F15_DISTRIB", "F15_LB_UNME"]}, "period_value": "2015-01-01", "grain": "year",
    })
    assert one(made, "SELECT loaded FROM load_ledger") == 1039 == kept["place_id"].nunique()
    assert one(made, "SELECT rejected + duplicates FROM load_ledger") == 0
    total = (kept.groupby("outcome")["count"].sum() / 1e6).round(1)
    assert total.to_dict() == {"all": 93.3, "met": 34.0, "unmet": 59.3}


def test_central_michigan_names_map_to_needs_once_both_vintages_mean_one(raw: Path, tmp_path: Path) -> None:
    file = "referrals/central_michigan_211_service_to_airs_category.csv"
    table = pd.read_csv(raw / file, dtype=str, keep_default_na=False)
    categories = {word: word.split("/")[0] for word in table.iloc[:, 1].unique()}
    words = {"needs_file": {"file": file, "from": "Referred Services", "to": "AIRS Problem Needs"}, "needs": categories}
    made = fresh(raw, tmp_path)
    told = place_counts.referrals.need_words(made, source("m", "", words, threshold=0.04))
    ledger = made.frame("SELECT rows_read, loaded, rejected, duplicates FROM load_ledger")
    # Of the 34 repeats of the document, 19 are blank names (20 rows in all, one of them of delimiters alone, left
    # out) and 15 two vintages of one category.
    assert ledger.to_numpy().tolist() == [[538, 503, 19, 15]] and len(told) == 503
    assert made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist() == [["blank", 1]]
    vintages = {word: word for word in categories}
    again = fresh(raw, tmp_path)
    with pytest.raises(LoadError, match="means two needs"):
        place_counts.referrals.need_words(again, source("m", "", {**words, "needs": vintages}, threshold=0.04))


def test_the_canadian_file_keeps_places_without_areas(raw: Path, tmp_path: Path) -> None:
    file = "referrals/canada_211/canada_211_contacts_city_category_year_2024_2026.csv"
    labels = pd.read_csv(raw / file, dtype=str)["AIRSNeedCategory"].unique()
    made, kept = real(raw, tmp_path, file, {
        "place": "CityName", "need": "AIRSNeedCategory", "period": "year", "period_formats": ["%Y"], "grain": "year",
        "count": "contact_count", "needs": {label: label for label in labels}, "level": "city",
    })
    assert one(made, "SELECT loaded FROM load_ledger") == 886
    assert kept.groupby("period")["count"].sum().tolist() == [123176, 136041, 31217]
    food = kept[kept["need"] == "Food/Meals"].groupby("period")["count"].sum()
    assert food.tolist() == [7222, 8345, 1962]
    assert kept["count"].isna().any() and not (kept["count"] == 0).any()  # absent is not zero
