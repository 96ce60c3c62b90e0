"""Similar areas as the build writes them: toyville by pencil and by the referee, Montréal by its laws."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from computing.similar import SIZES, chosen
from tests import reference_peers as reference


def rows_of(con: duckdb.DuckDBPyConnection, indicator: str) -> pd.DataFrame:
    return con.execute("SELECT * FROM indicator_value WHERE indicator_id = ? ORDER BY ALL", [indicator]).df()


def test_toyville_by_pencil(toyville_con: duckdb.DuckDBPyConnection) -> None:
    # Three areas can be compared, so on one measure: 50, 33.3 and 0 % below the line, of 100, 300 and 100 people.
    # Mean 0.3, variance 2 ÷ 75: 1 ÷ 6 apart is 1.0206 standard deviations, 1 ÷ 3 is 2.0412, 1 ÷ 2 is 3.0619.
    found = rows_of(toyville_con, "similar_areas")
    ok = found[found["status"] == "ok"].set_index(["area_id", "setting"])
    assert ok["grp"].to_dict() == {
        ("T1", "rank=1"): "T2", ("T1", "rank=2"): "T3", ("T2", "rank=1"): "T1", ("T2", "rank=2"): "T3",
        ("T3", "rank=1"): "T2", ("T3", "rank=2"): "T1",
    }
    gaps = reference.distance({"T1": [.5], "T2": [1 / 3], "T3": [0.0]}, {"T1": 100, "T2": 300, "T3": 100})
    assert gaps["T1", "T2"] == pytest.approx(1.0206, abs=1e-4)
    for (area, _), row in ok.iterrows():
        assert row["value"] == pytest.approx(gaps[area, row["grp"]]) and row["basis"] == "simulated"
    rest = found[found["status"] != "ok"].set_index("area_id")
    assert rest[["grp", "status", "reason"]].to_dict("index") == {
        "T4": {"grp": "none", "status": "not_applicable", "reason": "nobody"},
        "T5": {"grp": "none", "status": "missing", "reason": "not_published"},
    }
    # Three areas make no groups.
    groups = rows_of(toyville_con, "peer_group").set_index("area_id")
    assert (groups["grp"] == "none").all() and groups["value"].isna().all()
    assert groups["reason"].to_dict() == {
        "T1": "no_comparison", "T2": "no_comparison", "T3": "no_comparison", "T4": "nobody", "T5": "not_published",
    }


def test_a_measure_is_kept_when_it_tells_areas_apart() -> None:
    rng = np.random.default_rng(3)
    ids = pd.Index([f"A{i:02}" for i in range(30)])
    one, two = rng.normal(size=30), rng.normal(size=30)
    values = pd.DataFrame({
        "one": one, "flat": 1.0, "sum": one * 2 + 5, "nearly": one + .1 * rng.normal(size=30), "two": two,
        "rare": np.where(np.arange(30) < 20, np.nan, two), "none": np.nan,
    }, index=ids)
    people = pd.Series(100.0, index=ids)
    assert chosen(values, people) == ["one", "two"]
    assert chosen(values.iloc[::-1], people.iloc[::-1]) == ["one", "two"]
    assert chosen(values.iloc[:5], people.iloc[:5]) == ["one"]  # three areas for each measure
    assert chosen(values.iloc[:2], people.iloc[:2]) == chosen(values, people * 0) == []


def test_montreal_keeps_the_laws(montreal: duckdb.DuckDBPyConnection, montreal_version: Path) -> None:
    compared = json.loads(montreal_version.with_suffix(".json").read_text("utf-8"))["compared_on"]
    assert set(compared) == {"district", "borough"}
    assert "food_shops_near" not in compared["district"] and compared["district"][0] == "below_mbm"
    found = rows_of(montreal, "similar_areas")
    assert (found["status"] == "ok").all() and (found["area_id"] != found["grp"]).all()
    for level, areas in (("district", 58), ("borough", 19)):
        own = found[found["level"] == level]
        assert len(own) == 5 * areas and not own.duplicated(["area_id", "grp"]).any()
        ranked = own.sort_values(["area_id", "setting"]).groupby("area_id")["value"]
        assert ranked.apply(lambda each: each.is_monotonic_increasing).all()
        mutual = own.set_index(["area_id", "grp"])["value"]
        for area, peer in mutual.index:
            assert mutual.get((peer, area), mutual[area, peer]) == pytest.approx(mutual[area, peer])
        assert set(own["grp"]) <= set(own["area_id"])


def test_montreal_by_the_referee(montreal: duckdb.DuckDBPyConnection, montreal_version: Path) -> None:
    measures = json.loads(montreal_version.with_suffix(".json").read_text("utf-8"))["compared_on"]["district"]
    values = montreal.sql("SELECT area_id, variable, value FROM census_value").df().pivot(
        index="area_id", columns="variable", values="value"
    )[measures]
    people = montreal.sql("SELECT area_id, population FROM area WHERE level = 'district'").df()
    counted = {str(a): float(p) for a, p in zip(people["area_id"], people["population"], strict=True)}
    rows = {str(a): [float(x) for x in row] for a, row in zip(values.index, values.to_numpy(), strict=True)}
    gaps = reference.distance(rows, counted)
    found = rows_of(montreal, "similar_areas")
    for area, own in found[found["level"] == "district"].groupby("area_id"):
        want = sorted((round(gaps[str(area), b], 9), b) for b in rows if b != area)[:5]
        assert own.sort_values("setting")["grp"].tolist() == [b for _, b in want]
    groups = rows_of(montreal, "peer_group")
    city, own = groups[groups["level"] == "city"], groups[groups["level"] == "district"].set_index("area_id")
    tried = city[city["setting"] == "silhouette"].set_index("grp")["value"]
    assert set(tried.index) == {f"k={k}" for k in SIZES} and f"k={own['grp'].nunique()}" == tried.idxmax()
    label = {str(a): str(g) for a, g in own["grp"].items()}
    centres = reference.medoids(gaps, list(rows), own["grp"].nunique())
    assert sorted(set(label.values())) == centres
    assert own["value"].to_dict() == pytest.approx(reference.silhouette(gaps, label), abs=1e-9)
    assert own["value"].mean() == pytest.approx(tried.max())
    stable = city[city["setting"] == "stability"]
    assert stable["value"].between(-1, 1).all() and (stable["low"] <= stable["value"]).all()
