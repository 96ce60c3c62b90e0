"""Profiles in the publishers' layouts: read where columns stand, kept whole, a symbol never zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders import census_profile
from loaders.catalog import LoadError
from loaders.draft import Draft
from tests.loaders.small import draft, one, peopled, source

HEAD = ",".join(census_profile.LAYOUT_2021)
AREAS = ("2021S051224660001", "2021S051224660002")
OPTIONS: dict[str, Any] = {"layout": "2021", "areas": {"DGUID": ["2021S0512"]}}
NAMES = {8: "Total - Age groups of the population - 100% data", 24: "  65 years and over", 345: "    Prevalence (%)",
         243: "    Median total income of household in 2020 ($)"}


def line(area: str, key: int | str, count: str = "", mark: str = "", rate: str = "", rate_mark: str = "...") -> str:
    """One row as the publisher writes it: text in quotes, numbers without."""
    code = area.split("S0512")[-1]
    name = NAMES.get(int(key), f"Characteristic {key}") if str(key).isdigit() else "?"
    return (f'2021,"{area}","{code}","Dissemination area","Montréal – {code}",3.1,4.3,"00000",{key},"{name}",,'
            f'{count},"{mark}",,"...",,"...",{rate},"{rate_mark}",,"...",,"..."')


def write(folder: Path, *rows: str, head: str = HEAD, encoding: str = "cp1252") -> None:
    (folder / "p.csv").write_bytes(("\r\n".join([head, *rows]) + "\r\n").encode(encoding))


def loaded(folder: Path, *rows: str, threshold: float = 0.0, **options: Any) -> Draft:
    made = peopled(folder)
    write(folder, *rows)
    census_profile.census_profile(made, source("profile", "p.csv", {**OPTIONS, **options}, threshold))
    return made


def ledger(made: Draft) -> dict[str, Any]:
    return made.frame("SELECT * FROM load_ledger WHERE dataset_id = 'profile'").iloc[0].to_dict()


def test_the_real_excerpt_is_kept_whole(raw: Path, tmp_path: Path) -> None:
    made = draft(tmp_path)
    made._raw = raw
    file = "census/98-401-X2021_profile_excerpt_original_layout.csv"
    census_profile.census_profile(made, source("profile", file, {
        "layout": "2021", "compare": ["2021A000011124", "2021A000224"],
    }))
    told = ledger(made)
    assert (told["rows_read"], told["loaded"], told["rejected"], told["left_out"]) == (48, 48, 0, 0)
    rows = made.frame("SELECT area_id, count(*) AS n, count(rate) AS rated FROM census_long GROUP BY 1 ORDER BY 1")
    assert rows.to_numpy().tolist() == [["2021A000011124", 17, 12], ["2021A000224", 31, 31]]
    assert made.frame("SELECT rate_status, count(*) FROM census_long GROUP BY 1 ORDER BY 1").to_numpy().tolist() == [
        ["not_applicable", 5], ["ok", 43],
    ]
    canada = "SELECT count FROM census_long WHERE area_id = '2021A000011124' AND characteristic_id = {}"
    assert one(made, canada.format(1)) == 36991981 and one(made, canada.format(37)) == 19
    names = made.frame("SELECT * FROM census_characteristic").set_index("characteristic_id")
    assert names.loc[1, "name"] == "Population, 2021" and names.loc[87, "depth"] == 2
    # Names repeat; their numbers do not.
    assert names["name"].eq("65 years and over").sum() == 2


def test_windows_1252_is_found_and_recorded(tmp_path: Path) -> None:
    made = loaded(tmp_path, line(AREAS[0], 24, "15"))
    assert ledger(made)["encoding"] == "cp1252"


@pytest.mark.parametrize(("mark", "status"), [
    ("x", "suppressed"), ("..", "missing"), ("...", "not_applicable"), ("F", "missing"), ("", "missing"),
])
def test_a_symbol_is_a_status_and_never_zero(tmp_path: Path, mark: str, status: str) -> None:
    made = loaded(tmp_path, line(AREAS[0], 24, "", mark), line(AREAS[1], 24, "0", ""))
    rows = made.frame("SELECT count, count_status, count_mark FROM census_long ORDER BY area_id")
    assert rows["count"].isna().tolist() == [True, False] and rows["count"][1] == 0
    assert rows["count_status"].tolist() == [status, "ok"] and (rows["count_mark"][0] or "") == mark


def test_a_caution_keeps_its_number_and_its_mark(tmp_path: Path) -> None:
    made = loaded(tmp_path, line(AREAS[0], 24, "15", "E"))
    assert made.frame("SELECT count, count_status, count_mark FROM census_long").to_numpy().tolist() == [
        [15.0, "ok", "E"],
    ]


@pytest.mark.parametrize(("row", "rule", "value"), [
    (line(AREAS[0], 24, "12", "x"), "symbol", "12 x"),
    (line(AREAS[0], 24, "12", "?"), "symbol", "12 ?"),
    (line(AREAS[0], 24, "twelve"), "number", "twelve"),
    (line(AREAS[0], 24, "inf"), "number", "inf"),
    (line(AREAS[0], 24, "1", "", "abc", ""), "number", "abc"),
    (line(AREAS[0], "24a", "12"), "characteristic", "24a"),
    (line(AREAS[0], 24665, "12"), "characteristic", "24665"),
    (line("2021S051224669999", 24, "12"), "area", "2021S051224669999 24"),
    (line(AREAS[1], 8, "151"), "key", f"{AREAS[1]} 8"),
])
def test_a_row_at_fault_is_refused_with_its_reason(tmp_path: Path, row: str, rule: str, value: str) -> None:
    made = loaded(tmp_path, line(AREAS[0], 8, "50"), line(AREAS[1], 8, "150"), row, threshold=0.5)
    refused = made.frame("SELECT line, rule, value, message_fr FROM reject")
    assert refused[["line", "rule", "value"]].to_numpy().tolist() == [[4, rule, value]]
    assert refused["message_fr"][0] and ledger(made)["loaded"] == 2
    assert one(made, "SELECT count(*) FROM census_long") == 2


def test_a_row_that_repeats_and_agrees_is_a_duplicate(tmp_path: Path) -> None:
    made = loaded(tmp_path, line(AREAS[0], 8, "50"), line(AREAS[0], 8, "50"), line(AREAS[0], 24, "50"))
    assert (ledger(made)["duplicates"], ledger(made)["loaded"]) == (1, 2)


def test_columns_are_read_where_they_stand(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    names = list(census_profile.LAYOUT_2021)
    names[11], names[13] = names[13], names[11]
    write(tmp_path, line(AREAS[0], 8, "50"), head=",".join(names))
    with pytest.raises(LoadError, match=r"column 12 is “C2_COUNT_MEN\+” where 98-401-X2021 has “C1_COUNT_TOTAL”"):
        census_profile.census_profile(made, source("profile", "p.csv", OPTIONS))
    write(tmp_path, line(AREAS[0], 8, "50"), head=HEAD + ",C1_LOWER")
    with pytest.raises(LoadError, match="24 columns where 98-401-X2021 has 23"):
        census_profile.census_profile(made, source("profile", "p.csv", OPTIONS))


def test_a_short_row_is_refused_and_not_shifted(tmp_path: Path) -> None:
    short = ",".join(line(AREAS[0], 24, "15").split(",")[:20])
    made = loaded(tmp_path, line(AREAS[0], 8, "50"), short, threshold=0.5)
    assert made.frame("SELECT line, rule FROM reject").to_numpy().tolist() == [[3, "fields"]]


def test_areas_not_asked_for_are_left_out_by_rule(tmp_path: Path) -> None:
    rows = [line("2021A000224", 8, "5"), line("2021S051235200001", 8, "5"), line(AREAS[0], 8, "50")]
    made = loaded(tmp_path, *rows, areas={"DGUID": ["2021S0512"], "ALT_GEO_CODE": ["2466"]})
    left = made.frame("SELECT rule, rows FROM left_out ORDER BY rule").to_numpy().tolist()
    assert left == [["ALT_GEO_CODE not asked for", 1], ["DGUID not asked for", 1]]
    assert one(made, "SELECT count(*) FROM census_long") == 1


def test_another_census_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"none of its areas is in the edition; the first is 2021S051299999999"):
        loaded(tmp_path, line("2021S051299999999", 8, "5"))


def test_a_number_with_two_names_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="characteristic 8 has two names"):
        loaded(tmp_path, line(AREAS[0], 8, "50"), line(AREAS[1], 8, "50").replace("Total - Age", "Total - Income"))


SHARES = [
    {"variable": "seniors_65plus", "reference_year": 2021, "numerator": 24, "denominator": 8},
    {"variable": "low_income_lim", "reference_year": 2020, "rate": 345, "column": "count", "denominator": 8},
    {"variable": "median_income", "reference_year": 2020, "mean": 243},
]


def test_shares_come_out_of_the_long_table(tmp_path: Path) -> None:
    first, second = AREAS
    made = loaded(
        tmp_path, line(first, 8, "50"), line(first, 24, "10"), line(first, 345, "14.5"), line(first, 243, "52000"),
        line(second, 8, "0"), line(second, 24, "0"), line(second, 345, "", "x"), line(second, 243, "", "..."),
        variables=SHARES,
    )
    rows = made.frame("SELECT * FROM census_value").set_index(["variable", "area_id"])
    assert rows.loc[("seniors_65plus", first), ["numerator", "denominator", "value"]].tolist() == [10, 50, 0.2]
    assert rows.loc[("low_income_lim", first), ["numerator", "value"]].tolist() == pytest.approx([7.25, 0.145])
    assert rows.loc[("median_income", first), "value"] == 52000
    assert rows.xs(second, level=1)["status"].to_dict() == {
        "seniors_65plus": "not_applicable", "low_income_lim": "suppressed", "median_income": "not_applicable",
    }
    assert rows.xs(second, level=1)["value"].isna().all()
    assert set(rows["reference_year"]) == {2020, 2021}


def test_a_characteristic_the_file_lacks_for_an_area_is_missing(tmp_path: Path) -> None:
    made = loaded(tmp_path, line(AREAS[0], 8, "50"), line(AREAS[0], 24, "10"), line(AREAS[1], 8, "150"),
                  variables=SHARES[:1])
    assert one(made, f"SELECT status FROM census_value WHERE area_id = '{AREAS[1]}'") == "missing"


def test_random_rounding_never_makes_more_than_everyone(tmp_path: Path) -> None:
    made = loaded(tmp_path, line(AREAS[0], 8, "10"), line(AREAS[0], 24, "15"), variables=SHARES[:1])
    assert made.frame("SELECT numerator, value FROM census_value").to_numpy().tolist() == [[10.0, 1.0]]
    assert made.frame("SELECT line, value, rule FROM cell_note").to_numpy().tolist() == [[3, "15", "rounded"]]


@pytest.mark.parametrize(("rows", "told"), [
    ([line(AREAS[0], 8, "10"), line(AREAS[0], 24, "25")], "24 passes 8 by 15"),
    ([line(AREAS[0], 8, "10")], "characteristic 24 has no row"),
])
def test_the_number_of_another_characteristic_stops_the_build(tmp_path: Path, rows: list[str], told: str) -> None:
    with pytest.raises(LoadError, match=told):
        loaded(tmp_path, *rows, variables=SHARES[:1])


def test_dollars_are_not_a_rate(tmp_path: Path) -> None:
    wrong = [{"variable": "low_income_lim", "reference_year": 2020, "rate": 243, "column": "count"}]
    with pytest.raises(LoadError, match="reaches 52000: it is not a percentage"):
        loaded(tmp_path, line(AREAS[0], 243, "52000"), variables=wrong)


def test_only_the_characteristics_of_variables_where_asked(tmp_path: Path) -> None:
    made = loaded(tmp_path, line(AREAS[0], 8, "50"), line(AREAS[0], 24, "10"), line(AREAS[0], 243, "1"),
                  variables=SHARES[:1], whole=False)
    assert made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist() == [["characteristic not asked for", 1]]


HEAD_2016 = ('"CENSUS_YEAR","GEO_CODE (POR)","GEO_LEVEL","GEO_NAME","GNR","GNR_LF","DATA_QUALITY_FLAG",'
             '"CSD_TYPE_NAME","ALT_GEO_CODE","DIM: Profile of Dissemination Areas (2247)",'
             '"Member ID: Profile of Dissemination Areas (2247)","Notes: Profile of Dissemination Areas (2247)",'
             '"Dim: Sex (3): Member ID: [1]: Total - Sex","Dim: Sex (3): Member ID: [2]: Male",'
             '"Dim: Sex (3): Member ID: [3]: Female"')


def test_2016_holds_its_symbols_in_the_value(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    rows = [f'"2016","{code}","{level}","x","3.1","4.3","00000","V","{code}","{name}","{key}","","{value}","...","F"'
            for code, level, key, name, value in (
                ("24660001", 4, 8, "Total - Age", "50"), ("24660001", 4, 40, "  65 years and over", "x"),
                ("24660002", 4, 8, "Total - Age", ".."), ("24660002", 4, 40, "  65 years and over", "F"),
                ("24", 1, 8, "Total - Age", "8164361"), ("24660002", 4, 41, "  Other", "1O"),
            )]
    write(tmp_path, *rows, head=HEAD_2016)
    # The little city's areas are of 2021: their identifiers stand in for those of 2016.
    options = {"layout": "2016", "dguid": {"4": "2021S0512"}}
    census_profile.census_profile(made, source("profile", "p.csv", options, 0.3))
    rows_out = made.frame("SELECT area_id, characteristic_id, count, count_status, rate_status FROM census_long "
                          "ORDER BY ALL")
    assert rows_out["count_status"].tolist() == ["ok", "suppressed", "missing", "missing"]
    assert rows_out["count"].notna().sum() == 1 and set(rows_out["rate_status"]) == {"missing"}
    assert made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist() == [["GEO_LEVEL not asked for", 1]]
    assert made.frame("SELECT line, value, rule FROM reject").to_numpy().tolist() == [[7, "1O", "number"]]


def test_2016_is_not_2021(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    write(tmp_path, line(AREAS[0], 8, "50"))
    with pytest.raises(LoadError, match=r"0 columns have the form GEO_CODE"):
        census_profile.census_profile(made, source("p", "p.csv", {"layout": "2016", "dguid": {"4": "2016S0512"}}))


SDMX: dict[str, Any] = {
    "layout": "sdmx", "gender": 1, "count_statistic": 1, "rate_statistic": 4, "period": 2021,
    "variables": SHARES[:1],
}


def test_the_data_service_gives_the_same_table(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    head = "DATAFLOW,FREQ,REF_AREA,GENDER,CHARACTERISTIC,STATISTIC,TIME_PERIOD,OBS_VALUE,OBS_STATUS"
    flow = "STC_CP:DF_DA(1.3),A5"
    write(
        tmp_path, *(f"{flow},{AREAS[0]},{rest}" for rest in (
            "1,8,1,2021,50,A", "1,24,1,2021,10,A", "1,24,4,2021,20,A", "2,24,1,2021,5,A", "1,24,3,2021,7,A",
        )), f"{flow},{AREAS[1]},1,8,1,2021,,Q", head=head, encoding="utf-8",
    )
    census_profile.census_profile(made, source("profile", "p.csv", SDMX))
    rows = made.frame("SELECT characteristic_id, count, count_status, rate, rate_status FROM census_long ORDER BY "
                      "area_id, 1")
    assert rows.iloc[1].tolist() == [24, 10.0, "ok", 20.0, "ok"]
    assert rows["count_status"].tolist() == ["ok", "ok", "suppressed"]
    assert one(made, f"SELECT value FROM census_value WHERE area_id = '{AREAS[0]}'") == 0.2
    assert (ledger(made)["rows_read"], ledger(made)["loaded"], ledger(made)["left_out"]) == (6, 4, 2)
    left = dict(made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist())
    assert left == {"GENDER other than 1": 1, "STATISTIC not asked for": 1}


def test_a_dot_comes_back_into_the_service_s_identifier(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    made.con.execute("UPDATE area SET area_id = '2021S05074620001.00' WHERE area_id = ?", [AREAS[0]])
    head = "REF_AREA,GENDER,CHARACTERISTIC,STATISTIC,TIME_PERIOD,OBS_VALUE"
    write(tmp_path, "2021S05074620001_00,1,8,1,2021,50", head=head)
    census_profile.census_profile(made, source("profile", "p.csv", {**SDMX, "variables": []}))
    assert one(made, "SELECT area_id FROM census_long") == "2021S05074620001.00"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """One empty draft for many examples."""
    return draft(tmp_path_factory.mktemp("law"))


@settings(max_examples=25)
@given(values=st.lists(st.one_of(st.integers(0, 10**7), st.sampled_from(["x", "..", "...", "F", ""])), min_size=1,
                       max_size=30))
def test_every_row_is_loaded_and_every_symbol_stays_empty(desk: Draft, values: list[int | str]) -> None:
    made, folder = desk, desk.raw
    for table in ("census_long", "census_characteristic", "load_ledger"):
        made.con.execute(f"DELETE FROM {table}")
    rows = [line(AREAS[0], 1000 + i, *((str(v), "") if isinstance(v, int) else ("", v))) for i, v in enumerate(values)]
    write(folder, *rows)
    census_profile.census_profile(made, source("profile", "p.csv", {"layout": "2021", "compare": [AREAS[0]]}))
    found = made.frame("SELECT count, count_status FROM census_long ORDER BY characteristic_id")
    assert len(found) == len(values)
    for value, count, status in zip(values, found["count"], found["count_status"], strict=True):
        assert (count == value and status == "ok") if isinstance(value, int) else (pd.isna(count) and status != "ok")


def test_another_characteristic_costs_one_scan(tmp_path: Path) -> None:
    rows = [line(AREAS[a], key, str(key * 5)) for a in range(2) for key in range(1, 2632)]
    made = loaded(tmp_path, *rows)
    assert ledger(made)["loaded"] == 5262
    again = made.frame("SELECT area_id, count FROM census_long WHERE dataset_id = 'profile' AND characteristic_id = ?",
                       2631)
    assert again["count"].tolist() == [13155.0, 13155.0]


def test_a_number_without_end_is_no_number() -> None:
    value, bad = census_profile._numbers(pa.array(["1e999", " 3 ", "", "x"]))
    assert value.to_pylist() == [None, 3.0, None, None] and bad.to_pylist() == [True, False, False, True]
