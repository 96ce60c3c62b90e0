"""The publishers' own files, loaded whole: every count the documents give must come out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import shapely

from loaders.draft import Draft
from loaders.edition import read_edition
from loaders.links import link
from loaders.sources import LOADERS

CITY = "2021A00052466023"


@pytest.fixture(scope="module")
def loaded(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """A draft of montreal-open with every source loaded and the levels linked."""
    edition = read_edition("montreal-open")
    draft = Draft(edition, raw, tmp_path_factory.mktemp("open") / "open.duckdb")
    for source in edition.sources:
        draft.describe(source)
        LOADERS[source.loader](draft, source)
    link(draft)
    return draft


def table(loaded: Draft, sql: str) -> dict[object, object]:
    """A two-column query as a dictionary."""
    frame = loaded.frame(sql)
    return dict(zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True))


def test_areas_of_every_level(loaded: Draft) -> None:
    assert table(loaded, "SELECT level, count(*) FROM area GROUP BY 1") == {
        "block": 13842, "dissemination_area": 3228, "tract": 541, "neighbourhood_housing": 91,
        "neighbourhood_social": 32, "borough": 34, "city": 1,
    }
    assert table(loaded, "SELECT kind, count(*) FROM area WHERE level = 'borough' GROUP BY 1") == {
        "borough": 19, "linked_city": 15,
    }


def test_residents_of_every_level(loaded: Draft) -> None:
    assert table(loaded, "SELECT level, sum(population) FROM area GROUP BY 1") == {
        "block": 2004265, "dissemination_area": 2004265, "tract": 2004265, "neighbourhood_housing": 2004265,
        "neighbourhood_social": 1762743, "borough": 2004265, "city": 1762949,
    }
    lost = loaded.frame("SELECT * FROM crosswalk WHERE abs(population - placed - unplaced) >= 1")
    assert lost.empty
    silent = loaded.frame("SELECT * FROM crosswalk WHERE unplaced > 0 AND (reason_fr IS NULL OR reason_en IS NULL)")
    assert silent.empty


def test_land_is_land(loaded: Draft) -> None:
    land = table(loaded, "SELECT level, sum(land_km2) FROM area WHERE level <> 'block' GROUP BY 1")
    assert land["dissemination_area"] == pytest.approx(498.29, abs=0.01)
    assert land["borough"] == pytest.approx(498.29, abs=0.01)
    assert land["city"] == pytest.approx(364.74, abs=0.01)
    shapes = loaded.frame("SELECT geometry, geojson FROM area WHERE level = 'borough'")
    limits = shapely.area(shapely.from_wkb([bytes(value) for value in shapes["geometry"]])).sum()
    drawn = shapely.area(shapely.from_geojson(shapes["geojson"].to_numpy(dtype=object))).sum()
    assert drawn / limits == pytest.approx(499.5 / 619.2, abs=0.02)  # drawn without the river


def test_names_come_from_the_edition(loaded: Draft) -> None:
    names = loaded.frame("SELECT area_id, name_fr, fr_in, fr_of, en_in FROM area").set_index("area_id")
    assert names.loc["REM21"].tolist() == [
        "Le Plateau-Mont-Royal", "dans l’arrondissement du Plateau-Mont-Royal",
        "de l’arrondissement du Plateau-Mont-Royal", "in Le Plateau-Mont-Royal",
    ]
    assert names.loc["66112", "fr_in"] == "à Baie-D’Urfé" and names.loc[CITY, "fr_in"] == "à Montréal"
    assert names.loc["REM24", "name_fr"] == "Rosemont–La Petite-Patrie"
    assert not loaded.frame("SELECT name_fr FROM area WHERE name_fr LIKE '%''%' OR place_fr LIKE '%''%'").size
    places = table(loaded, "SELECT area_id, place_fr FROM area WHERE area_id IN ('QS6', 'QR80', 'QR17')")
    assert places == {
        "QS6": "L’Île-Bizard–Sainte-Geneviève / Pierrefonds-Roxboro", "QR80": "Montréal-Est",
        "QR17": "Rosemont–La Petite-Patrie",
    }


def test_a_suppressed_tract_is_neither_zero_nor_absent(loaded: Draft) -> None:
    rows = loaded.frame("SELECT status, count(*) n, count(value) v FROM census_value "
                        "WHERE variable = 'low_income_lim' GROUP BY 1 ORDER BY 1")
    assert rows.to_numpy().tolist() == [["ok", 530, 530], ["suppressed", 11, 0]]
    years = loaded.frame("SELECT DISTINCT reference_year FROM census_value WHERE variable = 'low_income_lim'")
    assert years["reference_year"].tolist() == [2020]
    one = loaded.frame("SELECT value FROM census_value WHERE area_id = '2021S05074620001.00' "
                       "AND variable = 'low_income_lim'")
    assert one["value"].tolist() == pytest.approx([0.145])


def test_the_equity_index_covers_the_city(loaded: Draft) -> None:
    assert table(loaded, "SELECT status, count(*) FROM census_value WHERE variable = 'below_mbm' GROUP BY 1") == {
        "ok": 2786, "missing": 36,
    }
    both = loaded.frame("""
        SELECT corr(score, value) AS r, count(*) AS n FROM deprivation JOIN census_value USING (area_id)
        WHERE variable = 'below_mbm' AND index_id = 'equity_index_2023' AND census_value.status = 'ok'
    """)
    assert both["n"].tolist() == [2786] and both["r"].tolist()[0] > 0.8  # higher = more deprived
    outside = loaded.frame("""
        SELECT count(*) AS n FROM deprivation JOIN area_link ON child_id = area_id JOIN area AS parent
        ON parent.area_id = parent_id WHERE index_id = 'equity_index_2023' AND parent.kind = 'linked_city'
        AND population_weight > 0.5
    """)
    assert outside["n"].tolist() == [0]


def test_the_canadian_index_covers_the_island(loaded: Draft) -> None:
    rows = loaded.frame("SELECT dimension, status, count(*) AS n FROM deprivation "
                        "WHERE index_id = 'cimd_2021' GROUP BY ALL")
    assert rows["dimension"].nunique() == 4
    assert rows.groupby("status")["n"].unique().map(list).to_dict() == {"ok": [3213], "suppressed": [15]}


def test_vintages_of_food_insecurity_stay_side_by_side(loaded: Draft) -> None:
    rows = loaded.frame("SELECT dataset_id, reference_year, collection_year, percent FROM prevalence "
                        "WHERE geography = 'quebec' AND group_id = 'all' AND severity = 'any' ORDER BY 1, 2")
    series = rows.groupby("dataset_id")["percent"].agg(list).to_dict()
    assert series == {
        "cis_food_insecurity": [14.5, 11.0, 12.8, 14.8, 15.8, 19.9, 18.0],
        "cis_food_insecurity_2018_2022": [14.4, 10.9, 12.7, 14.7, 15.7],
        "isq_food_insecurity": [14.0, 11.6, 13.1, 13.8, 16.4, 19.0],
    }
    assert (rows["collection_year"] == rows["reference_year"] + 1).all()
    region = loaded.frame("SELECT percent FROM prevalence WHERE geography = 'montreal_region'")
    assert region["percent"].tolist() == [22.0]
    severe = loaded.frame("SELECT percent FROM prevalence WHERE geography = 'quebec' AND group_id = 'all' "
                          "AND severity = 'moderate_or_severe' AND reference_year = 2024")
    assert severe["percent"].tolist() == [12.1]
    headline = loaded.frame("SELECT percent FROM prevalence WHERE geography = 'canada' AND group_id = 'all' "
                            "AND severity = 'moderate_or_severe' AND dataset_id = 'cis_food_insecurity'")
    assert len(headline) == 7 and headline["percent"].notna().all()
    unlabelled = loaded.frame("SELECT DISTINCT group_id FROM prevalence ANTI JOIN survey_group USING (group_id) "
                              "WHERE dataset_id <> 'poverty_rates'")
    assert unlabelled.empty and len(loaded.frame("SELECT group_id FROM survey_group")) == 59


def in_boroughs(loaded: Draft, lon: pd.Series, lat: pd.Series) -> int:
    shapes = loaded.frame("SELECT geometry FROM area WHERE level = 'borough'")["geometry"]
    tree = shapely.STRtree(shapely.from_wkb([bytes(value) for value in shapes]))
    found = tree.query(shapely.points(lon.to_numpy(), lat.to_numpy()), predicate="intersects")[0]
    return len(set(found.tolist()))


def test_listed_places(loaded: Draft, raw: Path) -> None:
    assert table(loaded, "SELECT kind, count(*) FROM service GROUP BY 1") == {
        "food_aid": 26, "grocery": 354, "garden": 90, "market": 5, "community_organization": 271,
    }
    assert loaded.frame("SELECT service_id FROM service WHERE capacity IS NOT NULL").empty
    where = loaded.frame("SELECT kind, lon, lat FROM service JOIN service_at_location USING (service_id) "
                         "JOIN location USING (location_id)")
    for kind, count in (("food_aid", 26), ("grocery", 354)):
        points = where[where["kind"] == kind]
        assert in_boroughs(loaded, points["lon"], points["lat"]) == count
    # 339 tagged nodes: 326 shops, and 13 entrances, loading docks and one closed shop: places without a service.
    answer = json.loads((raw / "food_services/osm_grocery_montreal_overpass_20251222.json").read_text("utf-8"))
    tagged = pd.DataFrame([e for e in answer["elements"] if e["type"] == "node" and "tags" in e])
    assert in_boroughs(loaded, tagged["lon"], tagged["lat"]) == len(tagged) == 339
    left = table(loaded, "SELECT rule, rows FROM left_out WHERE dataset_id = 'osm_grocery'")
    assert left == {"vertices of ways": 252}
    assert table(loaded, "SELECT 'n', loaded FROM load_ledger WHERE dataset_id = 'osm_grocery'") == {"n": 339 + 28}
    bare = loaded.frame("SELECT * FROM location ANTI JOIN service_at_location USING (location_id)")
    assert len(bare) == 13 and in_boroughs(loaded, bare["lon"], bare["lat"]) == 13


def test_eleven_spellings_are_mapped_or_refused(loaded: Draft) -> None:
    (kept,) = loaded.private["referrals"]
    assert kept["count"].sum() == 1771 and set(kept["place_id"]) == {CITY}
    refused = loaded.frame("SELECT value, count(DISTINCT message_fr) AS n FROM reject "
                           "WHERE dataset_id = 'contacts_211' GROUP BY 1 ORDER BY 1")
    assert refused["value"].tolist() == [
        "MontrxE9al-Est", "MontrxE9al-Nord", "MontrxE9al-Ouest", "Montréal - Région 06", "Montréal-Est",
        "Montréal-Nord", "Montréal-Ouest",
    ]
    # Five ideas come under the labels of two lists: they are never one series.
    pairs = {"Health (2)", "Disaster (2)", "Legal/Public Safety (2)", "Income Support/Financial Assistance (2)"}
    assert pairs <= set(kept["need"]) and "Health Care" in set(kept["need"])


def test_every_file_balances(loaded: Draft) -> None:
    ledger = loaded.frame("SELECT * FROM load_ledger").set_index("dataset_id")
    assert (ledger["rows_read"] == ledger["rows_in"] + ledger["left_out"]).all()
    assert (ledger["rows_in"] == ledger["loaded"] + ledger["rejected"] + ledger["duplicates"]).all()
    read = {
        "census_blocks_2021": 13842, "da_crosswalk_2021": 57936, "tracts_2021": 1004, "equity_index_2023": 2822,
        "cimd_2021": 54368, "cis_food_insecurity": 39960, "osm_grocery": 619, "city_places": 3231,
        "contacts_211": 886,
    }
    assert ledger.loc[list(read), "rows_read"].to_dict() == read
    assert ledger.loc["city_places", ["loaded", "left_out"]].tolist() == [366, 2865]
    assert ledger["rejected"].drop("contacts_211").eq(0).all()
