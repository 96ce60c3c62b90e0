"""The packaged districts and the facts we ship for them."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from loaders import districts
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import HOUSE, read_edition
from loaders.sources import LOADERS

REAL = ("districts_2013", "district_people", "district_equity_index", "district_cimd", "district_seniors")


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """Limits and facts only."""
    edition = read_edition("montreal")
    draft = Draft(edition, None, tmp_path_factory.mktemp("districts") / "draft.duckdb")
    for dataset_id in REAL:
        source = edition.source(dataset_id)
        LOADERS[source.loader](draft, source)
    return draft


def test_fifty_eight_districts_nineteen_boroughs_one_city(draft: Draft) -> None:
    found = draft.frame("SELECT level, count(*) AS n, min(vintage) AS vintage FROM area GROUP BY level")
    found = found.set_index("level")
    assert found["n"].to_dict() == {"district": 58, "borough": 19, "city": 1}
    assert set(found["vintage"]) == {"2013"}
    assert set(draft.frame("SELECT area_id FROM area WHERE level = 'city'")["area_id"]) == {"2021A00052466023"}
    assert draft.frame("SELECT * FROM area WHERE land_km2 IS NOT NULL").empty


def test_names_are_ours_with_their_dashes_and_apostrophes(draft: Draft) -> None:
    rows = draft.frame("SELECT area_id, name_fr, place_fr, fr_in, fr_of, en_in FROM area").set_index("area_id")
    names = rows["name_fr"]
    assert names["D72"] == "Maisonneuve–Longue-Pointe"
    assert names["D161"] == "Saint-Henri–Petite-Bourgogne–Pointe-Saint-Charles"
    assert names["D162"] == "Saint-Paul–Émard"
    assert names["D171"] == "Champlain–L’Île-des-Sœurs"
    assert list(rows.loc[["D21", "D22", "D23"], "name_fr"]) == ["Ouest", "Est", "Centre"]
    assert set(rows.loc[["D21", "D22", "D23"], "place_fr"]) == {"Anjou"}
    assert rows.loc["D21", "fr_in"] == "dans le district Ouest (Anjou)"
    assert rows.loc["D41", "fr_of"] == "du district du Canal"
    assert rows.loc["REM21", "fr_in"] == "dans l’arrondissement du Plateau-Mont-Royal"
    assert rows.loc["REM25", "name_fr"] == "Villeray–Saint-Michel–Parc-Extension"
    for column in rows.columns:
        assert not rows[column].dropna().str.contains("['\x80-\x9f]", regex=True).any(), column


def test_a_borough_is_its_number_without_the_last_digit(draft: Draft) -> None:
    names = districts.district_names()
    assert names.groupby(names.index.str[:-1])["borough"].nunique().eq(1).all()
    assert names["borough"].nunique() == 19
    shapes = {
        area_id: shapely.from_wkb(bytes(value))
        for area_id, value in draft.con.execute("SELECT area_id, geometry FROM area").fetchall()
    }
    for number, row in names.iterrows():
        spot = shapely.point_on_surface(shapes[f"D{number}"])
        assert shapes[row["borough"]].contains(spot) and shapes[districts.CITY].contains(spot)
    whole = sum(shapes[f"D{number}"].area for number in names.index)
    assert shapes[districts.CITY].area == pytest.approx(whole, rel=1e-6)


def test_residents_and_the_701_outside(draft: Draft) -> None:
    inside = draft.frame("SELECT sum(population) AS n, sum(households) AS h FROM area WHERE level = 'district'").iloc[0]
    assert inside["n"] == 1_762_248
    row = draft.frame("SELECT * FROM crosswalk WHERE child_level = 'block' AND parent_level = 'district'").iloc[0]
    assert (row["population"], row["placed"], row["unplaced"]) == (1_762_949, 1_762_248, 701)
    assert row["reason_fr"].startswith("701 personnes (373 logements occupés") and "701 people" in row["reason_en"]
    left = draft.frame("SELECT DISTINCT rule, rows FROM left_out")
    assert left.to_records(index=False).tolist() == [("residents outside every district", 1)]


def test_facts_fill_the_variables_the_indicators_read(draft: Draft) -> None:
    found = draft.frame("""
        SELECT variable, count(*) AS n, sum(numerator) / sum(denominator) AS share, min(value) AS low,
            max(value) AS high
        FROM census_value WHERE status = 'ok' GROUP BY variable ORDER BY variable
    """).set_index("variable")
    assert set(found.index) == {
        "below_mbm", "seniors_65plus", "recent_immigrants", "minority_or_indigenous", "no_diploma",
        "core_housing_need", "lone_parent_families", "food_shops_near",
    }
    assert found["n"].eq(58).all()
    assert found.loc["below_mbm", "share"] == pytest.approx(0.1137, abs=5e-4)
    assert found.loc["seniors_65plus", "share"] == pytest.approx(0.168, abs=2e-3)
    shares = found.drop(index="food_shops_near")
    assert shares["low"].ge(0).all() and shares["high"].le(1).all()
    fifth = draft.frame("""
        SELECT sum(q5_population) / sum(population) AS share, count(*) AS n FROM deprivation
        WHERE dimension = 'economic'
    """).iloc[0]
    assert fifth["n"] == 58 and fifth["share"] == pytest.approx(0.2, abs=2e-3)


def test_no_fifth_can_be_cut_over_districts(draft: Draft) -> None:
    cimd = draft.frame("SELECT * FROM deprivation WHERE index_id = 'cimd_2021'")
    assert len(cimd) == 4 * 58 and cimd["score"].notna().all()
    assert cimd["population"].isna().all() and cimd["quintile"].isna().all()
    assert draft.frame("SELECT score FROM deprivation WHERE dimension = 'economic'")["score"].isna().all()


def test_a_package_without_the_districts_is_a_plain_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(districts, "PACKAGED", ("package_data", "datasets", "gone.geojson.gz"))
    with pytest.raises(LoadError, match=r"gone\.geojson\.gz: the plotly package no longer ships the districts"):
        districts.unpacked(tmp_path)


def test_a_district_without_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = districts.district_names()
    monkeypatch.setattr(districts, "district_names", lambda: names.drop(index="194"))
    intake = districts.district_limits("x", tmp_path)
    assert intake.rejected == 1 and len(intake.rows) == 57


def test_a_word_in_the_facts_is_refused_and_stops_the_build(tmp_path: Path) -> None:
    text = (HOUSE / "data" / "montreal" / "district_facts.csv").read_text(encoding="utf-8")
    (tmp_path / "district_facts.csv").write_text(text.replace("\n11,30719,", "\n11,beaucoup,", 1), encoding="utf-8")
    edition = read_edition("montreal")
    draft = Draft(edition, tmp_path, tmp_path / "draft.duckdb")
    districts.packaged_districts(draft, edition.source("districts_2013"))
    with pytest.raises(LoadError, match=r"district_facts\.csv, line 2, column “residents”"):
        districts.district_facts(draft, edition.source("district_people"))
