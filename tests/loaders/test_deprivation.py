"""Deprivation indexes: fifths as published, the model and the region they are of, and nothing filled in."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loaders import deprivation
from loaders.catalog import LoadError
from loaders.draft import Draft
from tests.loaders.small import draft, one, peopled, source, square, write_features

FIRST, SECOND = "2021S051224660001", "2021S051224660002"


def with_areas(folder: Path, codes: list[str], raw: Path | None = None) -> Draft:
    """A draft that holds these dissemination areas, without limits."""
    made = draft(folder)
    if raw is not None:
        made._raw = raw
    text = ("kind", "name_fr", "name_en", "fr_in", "fr_of", "en_in", "vintage", "dataset_id")
    made.insert("area", pd.DataFrame({
        "area_id": [f"2021S0512{code}" for code in codes], "level": "dissemination_area", "code": codes,
        "population": 500, **dict.fromkeys(text, "x"), **dict.fromkeys(("lon", "lat", "x_m", "y_m"), 0.0),
    }))
    return made


def told(made: Draft, dataset_id: str) -> dict[str, Any]:
    return made.frame("SELECT * FROM load_ledger WHERE dataset_id = ?", dataset_id).iloc[0].to_dict()


# --- the City's equity index, both exports ------------------------------------------------------------------

EARLIER: dict[str, Any] = {
    "level": "dissemination_area", "id": "ADIDU", "prefix": "2021S0512", "pattern": r"2466\d{4}", "decimal": ",",
    "blank": "missing", "population": "Pop2021", "index_id": "equity_index_earlier", "vintage": 2023,
    "reference_region": "Ville de Montréal", "dimensions": [{"dimension": "economic", "column": "ACP_econo"}],
    "variables": [{"variable": "below_sfr", "column": "pr_ind_sfr", "reference_year": 2020, "scale": 0.01,
                   "denominator": "Pop2021"}],
}
LATER: dict[str, Any] = {
    **{key: value for key, value in EARLIER.items() if key != "decimal"}, "id": "adidu", "population": "pop2021",
    "index_id": "equity_index_2023",
    "variables": [{"variable": "below_mbm", "column": "pr_ind_mpc", "reference_year": 2020, "scale": 0.01,
                   "denominator": "pop2021"}],
}


def test_both_exports_of_the_equity_index(raw: Path, tmp_path: Path) -> None:
    codes = pd.read_csv(raw / "deprivation/Indice-equite-milieux-vie_20230731.csv", dtype=str)["adidu"].tolist()
    made = with_areas(tmp_path, codes, raw)
    deprivation.index_with_values(made, source("later", "deprivation/Indice-equite-milieux-vie_20230731.csv", LATER))
    deprivation.index_with_values(made, source("earlier", "deprivation/indice_emv_data.csv", EARLIER))
    later, earlier = told(made, "later"), told(made, "earlier")
    assert (later["rows_read"], later["loaded"], later["duplicates"]) == (2822, 2822, 0)
    assert (earlier["rows_read"], earlier["loaded"], earlier["duplicates"], earlier["rejected"]) == (2826, 2822, 4, 0)
    rows = made.frame("SELECT variable, status, count(*) AS n FROM census_value GROUP BY ALL").set_index(
        ["variable", "status"])["n"].to_dict()
    assert rows[("below_mbm", "missing")] == 36 and rows[("below_mbm", "ok")] == 2786
    assert rows[("below_sfr", "missing")] == 32 and rows[("below_sfr", "ok")] == 2790
    # `3,921568627` in quotes is a number, and the two lines are not the same figure.
    sfr = one(made, "SELECT value FROM census_value WHERE variable = 'below_sfr' AND area_id LIKE '%24660277'")
    assert sfr == pytest.approx(0.03921568627)
    both = made.frame("SELECT a.value AS m, b.value AS s FROM census_value a JOIN census_value b USING (area_id) "
                      "WHERE a.variable = 'below_mbm' AND b.variable = 'below_sfr'").dropna()
    assert 0.5 < both["m"].corr(both["s"]) < 0.99 and (both["m"] - both["s"]).abs().max() > 0.05
    score = made.frame("SELECT a.score AS m, b.score AS s FROM deprivation a JOIN deprivation b USING (area_id) "
                       "WHERE a.index_id = 'equity_index_2023' AND b.index_id = 'equity_index_earlier'")
    assert len(score) == 2822


@pytest.mark.parametrize(("column", "variable"), [("pr_ind_sfr", "below_mbm"), ("pr_ind_mpc", "below_sfr")])
def test_one_poverty_line_never_fills_the_other(tmp_path: Path, column: str, variable: str) -> None:
    made = with_areas(tmp_path, ["24660001"])
    options = {**EARLIER, "variables": [{**EARLIER["variables"][0], "column": column, "variable": variable}]}
    with pytest.raises(LoadError, match=f"“{column}” measures .*, never {variable}"):
        deprivation.index_with_values(made, source("i", "i.csv", options))


def test_an_area_twice_with_other_values_is_refused(tmp_path: Path) -> None:
    made = with_areas(tmp_path, ["24660001", "24660002"])
    (tmp_path / "i.csv").write_text(
        'ADIDU,Pop2021,pr_ind_sfr,ACP_econo\n24660001,100,"3,5","-0,5"\n24660001,100,"3,5","-0,5"\n'
        '24660001,100,"9,5","-0,5"\n24660002,100,,"1,5"\n', encoding="utf-8",
    )
    deprivation.index_with_values(made, source("i", "i.csv", EARLIER, 0.5))
    assert (told(made, "i")["duplicates"], told(made, "i")["rejected"]) == (1, 1)
    assert made.frame("SELECT line, rule FROM reject").to_numpy().tolist() == [[4, "key"]]
    assert one(made, f"SELECT numerator FROM census_value WHERE area_id = '{FIRST}'") == pytest.approx(3.5)


# --- multiple deprivation: Canada and Québec are two models -------------------------------------------------

CANADA: dict[str, Any] = {
    "level": "dissemination_area", "id": "DAUID", "prefix": "2021S0512", "pattern": r"\d{8}", "index_id": "cimd_2021",
    "vintage": 2021, "model": "canada",
    "dimensions": [{"dimension": "situational_vulnerability", "column": "Situational vulnerability Scores"}],
}
OFFICIAL: dict[str, Any] = {
    **CANADA, "id": "PRCDDA", "dimensions": [{
        "dimension": "situational_vulnerability", "column": "Situational vulnerability Scores",
        "quintile": "Situational vulnerability Quintiles",
    }],
}
HEAD = "PRCDDA,Situational vulnerability Quintiles,Situational vulnerability Scores\n"


def test_the_canadian_index_is_labelled_canada(raw: Path, tmp_path: Path) -> None:
    made = with_areas(tmp_path, ["24660001", "24660003"], raw)
    deprivation.index_of_region(made, source("cimd", "deprivation/cimd_2021_canada_da.csv", CANADA))
    assert told(made, "cimd")["rows_read"] == 54368
    assert made.frame("SELECT DISTINCT index_id, reference_region FROM deprivation").to_numpy().tolist() == [
        ["cimd_2021_canada", "Canada"],
    ]
    with pytest.raises(LoadError, match=r"40831 of its areas are outside Québec"):
        deprivation.index_of_region(made, source("q", "deprivation/cimd_2021_canada_da.csv", {
            **CANADA, "model": "quebec",
        }))


def test_published_fifths_are_kept_with_both_models_apart(tmp_path: Path) -> None:
    made = with_areas(tmp_path, ["24660001", "24660002"])
    (tmp_path / "c.csv").write_text(HEAD + "24660001,1,-1\n24660002,5,2\n35000001,3,0\n", encoding="utf-8")
    (tmp_path / "q.csv").write_text(HEAD + "24660001,4,1\n24660002,,\n", encoding="utf-8")
    deprivation.index_of_region(made, source("c", "c.csv", OFFICIAL))
    deprivation.index_of_region(made, source("q", "q.csv", {**OFFICIAL, "model": "quebec"}))
    rows = made.frame("SELECT * FROM deprivation ORDER BY index_id, area_id")
    assert rows["index_id"].tolist() == ["cimd_2021_canada"] * 2 + ["cimd_2021_quebec"] * 2
    assert rows["reference_region"].tolist() == ["Canada"] * 2 + ["Québec"] * 2
    assert rows["quintile"].tolist()[:3] == [1, 5, 4] and pd.isna(rows["quintile"][3])
    assert rows["q5_population"].tolist()[:3] == [0.0, 500.0, 0.0]
    assert rows["status"].tolist() == ["ok", "ok", "ok", "missing"]


@pytest.mark.parametrize(("model", "rows", "message"), [
    ("canada", "24660001,1,-1\n24660002,5,2\n", "all its areas are in the province 24: it is the index of a region"),
    ("quebec", "24660001,1,-1\n35000001,5,2\n", "1 of its areas are outside Québec"),
    ("ontario", "24660001,1,-1\n", "there is no model “ontario”"),
])
def test_the_file_of_another_model_is_refused(tmp_path: Path, model: str, rows: str, message: str) -> None:
    made = with_areas(tmp_path, ["24660001", "24660002"])
    (tmp_path / "c.csv").write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(LoadError, match=message):
        deprivation.index_of_region(made, source("c", "c.csv", {**OFFICIAL, "model": model}))
    assert one(made, "SELECT count(*) FROM deprivation") == 0


def test_scores_that_fall_as_fifths_rise_stop_the_build(tmp_path: Path) -> None:
    made = with_areas(tmp_path, ["24660001", "24660002"])
    (tmp_path / "c.csv").write_text(HEAD + "24660001,1,2\n24660002,5,-1\n35000001,3,0\n", encoding="utf-8")
    with pytest.raises(LoadError, match="scores fall as fifths rise"):
        deprivation.index_of_region(made, source("c", "c.csv", OFFICIAL))
    turned = [{**OFFICIAL["dimensions"][0], "sign": -1}]
    deprivation.index_of_region(made, source("c", "c.csv", {**OFFICIAL, "dimensions": turned}))
    assert one(made, f"SELECT score FROM deprivation WHERE area_id = '{SECOND}'") == 1


# --- material and social deprivation ------------------------------------------------------------------------

TABLE: dict[str, Any] = {
    "level": "dissemination_area", "id": "AD", "prefix": "2021S0512", "pattern": r"24\d{6}", "sheet": "Données",
    "population": "ADPOP2021", "fraction": "FRAC_CLSC", "index_id": "inspq_2021", "vintage": 2021,
    "reference_region": "Québec", "dimensions": [
        {"dimension": "material", "column": "NoteMat", "quintile": "QuintMat"},
        {"dimension": "social", "column": "NoteSoc", "quintile": "QuintSoc"},
    ],
    "regional": {"index_id": "inspq_2021_region", "region": "RSS",
                 "columns": {"material": "QuintMatRSS", "social": "QuintSocRSS"}},
}
COLUMNS = ("AD", "FRAC_CLSC", "ADPOP2021", "NoteMat", "NoteSoc", "QuintMat", "QuintSoc", "RSS", "QuintMatRSS",
           "QuintSocRSS")
ROWS: list[tuple[Any, ...]] = [
    (24660001, 0.3, 500, -0.05, 0.02, 1, 5, "06", 2, 4), (24660001, 0.7, 500, -0.05, 0.02, 1, 5, "06", 2, 4),
    (24660002, 1, 300, 0.04, -0.03, 5, 1, "06", 5, 0), (24660003, 1, 80, None, None, 0, None, "06", None, -1),
    (24230001, 1, 700, 0.01, 0.0, 3, 3, "03", 3, 3),
]


SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def sheet(rows: list[tuple[Any, ...]]) -> str:
    """A worksheet: numbers as numbers, text inline, nothing where there is nothing."""
    lines = []
    for at, row in enumerate(rows, start=1):
        cells = ""
        for column, value in zip("ABCDEFGHIJ", row, strict=False):
            if isinstance(value, str):
                cells += f'<c r="{column}{at}" t="inlineStr"><is><t>{value}</t></is></c>'
            elif value is not None:
                cells += f'<c r="{column}{at}"><v>{value}</v></c>'
        lines.append(f'<row r="{at}">{cells}</row>')
    return f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def workbook(path: Path, rows: list[tuple[Any, ...]]) -> None:
    """A workbook whose second sheet is the table, its codes held as numbers."""
    names = ("Lisez-moi", "Données")
    kinds = {"/xl/workbook.xml": "sheet.main", "/xl/s1.xml": "worksheet", "/xl/s2.xml": "worksheet"}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' + "".join(
            f'<Override PartName="{name}" ContentType="{kind.format(what)}"/>' for name, what in kinds.items()
        ) + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets>' + "".join(
            f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(names, start=1)
        ) + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">' + "".join(
            f'<Relationship Id="r{at}" Type="{RELATIONS}/worksheet" Target="s{at}.xml"/>' for at in (1, 2)
        ) + "</Relationships>",
        "xl/s1.xml": sheet([("x",)]), "xl/s2.xml": sheet([COLUMNS, *rows]),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


def inspq(folder: Path, rows: list[tuple[Any, ...]], threshold: float = 0.0) -> Draft:
    made = with_areas(folder, ["24660001", "24660002", "24660003"])
    workbook(folder / "i.xlsx", rows)
    deprivation.material_social(made, source("inspq", "i.xlsx", TABLE, threshold))
    return made


def test_the_largest_piece_of_a_split_area_is_kept(tmp_path: Path) -> None:
    made = inspq(tmp_path, ROWS)
    assert (told(made, "inspq")["rows_read"], told(made, "inspq")["loaded"]) == (5, 3)
    left = dict(made.frame("SELECT rule, rows FROM left_out").to_numpy().tolist())
    assert left == {"smaller piece of a split area": 1, "area outside the edition": 1}
    rows = made.frame("SELECT * FROM deprivation WHERE index_id = 'inspq_2021'").set_index(["dimension", "area_id"])
    assert rows.loc[("material", FIRST), ["score", "quintile", "q5_population"]].tolist() == [-0.05, 1, 0]
    assert rows.loc[("material", SECOND), ["quintile", "q5_population"]].tolist() == [5, 300]
    assert set(rows["reference_region"]) == {"Québec"}


def test_an_area_not_scored_is_missing_and_never_in_a_fifth(tmp_path: Path) -> None:
    made = inspq(tmp_path, ROWS)
    rows = made.frame("SELECT index_id, dimension, score, quintile, q5_population, status FROM deprivation "
                      "WHERE area_id = '2021S051224660003'")
    assert len(rows) == 4 and set(rows["status"]) == {"missing"}
    assert rows[["score", "quintile", "q5_population"]].isna().all(axis=None)


def test_regional_fifths_are_labelled_with_their_region(tmp_path: Path) -> None:
    made = inspq(tmp_path, ROWS)
    rows = made.frame("SELECT * FROM deprivation WHERE index_id = 'inspq_2021_region'").set_index(
        ["dimension", "area_id"])
    assert set(rows["reference_region"]) == {"RSS 06"}
    assert rows.loc[("material", FIRST), "quintile"] == 2 and rows.loc[("social", FIRST), "quintile"] == 4
    # 0 is “not scored within the region”, though the area has its score in the province.
    assert rows.loc[("social", SECOND), "status"] == "missing" and pd.isna(rows.loc[("social", SECOND), "score"])


def test_pieces_that_disagree_are_refused(tmp_path: Path) -> None:
    rows = [ROWS[0][:5] + (2,) + ROWS[0][6:], *ROWS[1:]]
    made = inspq(tmp_path, rows, 0.5)
    assert made.frame("SELECT line, rule FROM reject").to_numpy().tolist() == [[2, "key"]]
    assert one(made, f"SELECT quintile FROM deprivation WHERE area_id = '{FIRST}' AND dimension = 'material' "
                     "AND index_id = 'inspq_2021'") == 1


def test_a_sixth_fifth_is_emptied_and_noted(tmp_path: Path) -> None:
    made = inspq(tmp_path, [*ROWS[:2], ROWS[2][:5] + (6,) + ROWS[2][6:], *ROWS[3:]])
    assert made.frame("SELECT line, column_name, rule FROM cell_note").to_numpy().tolist() == [[4, "QuintMat", "fifth"]]
    assert one(made, f"SELECT status FROM deprivation WHERE area_id = '{SECOND}' AND dimension = 'material' "
                     "AND index_id = 'inspq_2021'") == "missing"


def test_the_map_s_attributes_give_the_same_index(tmp_path: Path) -> None:
    made = with_areas(tmp_path, ["24660001", "24660002"])
    keys = ("ADIDU", "ADPOP2021", "NoteMat", "NoteSoc", "QuintMat", "QuintSoc", "RSS", "QuintMatRS", "QuintSocRS")
    values = [("24660001", 500, -0.05, 0.02, 1, 5, "06", 2, 4), ("24660002", 300, 0.04, -0.03, 5, 1, "06", 5, 1)]
    write_features(tmp_path / "m.geojson", [
        (dict(zip(keys, row, strict=True)), square(i, 0)) for i, row in enumerate(values)
    ])
    options = {**{k: v for k, v in TABLE.items() if k not in ("fraction", "sheet")}, "id": "ADIDU",
               "regional": {**TABLE["regional"], "columns": {"material": "QuintMatRS", "social": "QuintSocRS"}}}
    deprivation.material_social(made, source("inspq", "m.geojson", options))
    assert made.frame("SELECT quintile FROM deprivation WHERE index_id = 'inspq_2021' ORDER BY dimension, area_id")[
        "quintile"].tolist() == [1, 5, 5, 1]


def test_an_index_nobody_brought_is_told_as_such(tmp_path: Path) -> None:
    made = peopled(tmp_path)
    deprivation.material_social(made, source("inspq", "i.xlsx", {**TABLE, "optional": True}))
    row = told(made, "inspq")
    assert (row["encoding"], row["sha256"], row["rows_read"], row["loaded"]) == ("absent", "", 0, 0)
    assert one(made, "SELECT count(*) FROM deprivation") == 0
    with pytest.raises(LoadError, match="the file is missing"):
        deprivation.material_social(made, source("inspq", "i.xlsx", TABLE))
