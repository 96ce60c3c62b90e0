"""Clusters: the referee, seeds, islands, and what has no pattern."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from indicators import clusters
from indicators.spec import InputError
from tests import reference_equity as reference

GRID = gpd.GeoDataFrame(
    {"area_id": [f"c{i}{j}" for i in range(6) for j in range(6)] + ["isle"]},
    geometry=[box(i, j, i + 1, j + 1) for i in range(6) for j in range(6)] + [box(20, 20, 21, 21)],
)
NEAR = clusters.contiguity(GRID)


def the(result: pd.DataFrame) -> pd.Series:
    assert len(result) == 1
    return result.iloc[0]


def grid(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"area_id": GRID["area_id"], "population": 100.0, "basis": "counted"})
    frame["value"] = [i * 2.0 + j for i in range(6) for j in range(6)] + [3.0] + rng.normal(size=37)
    frame.loc[[7, 20], "population"] = 0.0
    frame.loc[13, "value"] = np.nan
    return frame


def test_clusters_agree_with_the_referee_and_with_their_seed() -> None:
    frame = grid(2)
    kept = frame[(frame["population"] > 0) & frame["value"].notna() & (frame["area_id"] != "isle")]
    value = dict(zip(kept["area_id"], kept["value"], strict=True))
    near: dict[str, list[str]] = {a: [] for a in value}
    for a, b in NEAR.to_numpy().tolist():
        if a in value and b in value:
            near[a].append(b)
    whole, local = reference.moran(value, near)
    before = np.random.get_state()[1]
    row = the(clusters.moran(frame, NEAR, "x"))
    assert (before == np.random.get_state()[1]).all()  # pyright: ignore[reportAttributeAccessIssue]
    assert row["value"] == pytest.approx(whole, abs=1e-9) and (row["areas"], row["islands"]) == (33, 1)
    assert row["expected"] == pytest.approx(-1 / 32) and row["p_value"] == .002
    found = clusters.local_clusters(frame, NEAR, seed=3)
    by_area = found.set_index("area_id")
    # esda divides by n − 1 over Σ z²: the referee does the same.
    assert by_area["value"].dropna().to_dict() == pytest.approx(local, abs=1e-9)
    assert by_area["cluster"]["c44"] == "high_high" and by_area["cluster"]["c01"] == "low_low"
    assert by_area["cluster"]["isle"] == "island" and by_area["status"]["isle"] == "not_applicable"
    assert by_area["status"]["c11"] == "not_applicable" and by_area["status"]["c21"] == "missing"
    mixed = clusters.local_clusters(frame.sample(frac=1, random_state=1), NEAR.sample(frac=1, random_state=2), seed=3)
    pd.testing.assert_frame_equal(found, mixed)


def test_clusters_say_when_there_is_no_pattern() -> None:
    frame = grid(2)
    for nothing in (frame.assign(value=4.0), frame.assign(population=0.0), frame.assign(value=np.nan)):
        assert the(clusters.moran(nothing, NEAR, "x"))["status"] == "not_applicable"
        assert not clusters.local_clusters(nothing, NEAR)["status"].eq("ok").any()
    with pytest.raises(InputError, match="not in areas"):
        clusters.moran(frame.head(5), NEAR, "x")
    with pytest.raises(InputError, match=r"areas\.value: 37 infinite"):
        clusters.moran(frame.assign(value=np.inf), NEAR, "x")
    with pytest.raises(InputError, match="given twice"):
        clusters.contiguity(pd.concat([GRID, GRID]))
