"""Access against PySAL `access` on Montréal's own files; their differences are in docs/indicators.md."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from indicators import access


def montreal(raw: Path, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The 2,822 areas of the equity index with their residents, and the 339 tagged groceries."""
    from loaders.draft import Draft
    from loaders.edition import read_edition
    from loaders.sources import LOADERS

    edition = read_edition("montreal-open")
    draft = Draft(edition, raw, folder / "open.duckdb")
    for source in edition.sources:
        if source.dataset_id in ("montreal_boroughs", "census_blocks_2021", "equity_index_2023"):
            draft.describe(source)
            LOADERS[source.loader](draft, source)
    areas = draft.frame("""
        SELECT area_id, lon, lat, area.population FROM area JOIN deprivation USING (area_id)
        WHERE index_id = 'equity_index_2023' ORDER BY area_id
    """).set_index("area_id")
    answer = json.loads((raw / "food_services/osm_grocery_montreal_overpass_20251222.json").read_text("utf-8"))
    nodes = [e for e in answer["elements"] if e["type"] == "node" and "tags" in e]
    shops = pd.DataFrame(nodes).assign(id=lambda f: "n" + f["id"].astype("str")).set_index("id")
    # Sizes are not published: seeded ones keep a site from being exchangeable with its neighbour.
    return areas, shops[["lon", "lat"]].assign(size=np.random.default_rng(4).integers(1, 50, len(shops)))


# PySAL access 1.1.10 drops columns in place, which pandas 3.1 announces the end of.
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
def test_pysal_agrees_on_real_montreal(raw: Path, tmp_path: Path) -> None:
    pysal = pytest.importorskip("access", reason="PySAL access is a development requirement")
    areas, shops = montreal(raw, tmp_path)
    assert (len(areas), len(shops)) == (2822, 339)
    demand, supply = areas["population"].astype("float64"), shops["size"].astype("float64")
    cost = access.cost_matrix(areas, shops, 1500)
    text = cost.astype({"origin": "str", "destination": "str"})
    theirs = pysal.Access(
        demand_df=demand.to_frame("people"), demand_value="people", supply_df=supply.to_frame("places"),
        supply_value=["places"], cost_df=text, cost_origin="origin", cost_dest="destination", cost_name="cost",
    )
    steps, wan = {500: 1, 1000: .68, 1500: .22}, {300: .962, 600: .704, 900: .377, 1500: .042}
    theirs.two_stage_fca(name="two", max_cost=1000)
    theirs.enhanced_two_stage_fca(name="enhanced", weight_fn=pysal.weights.step_fn(steps))
    theirs.three_stage_fca(name="three", weight_fn=pysal.weights.step_fn(wan))
    for name, ours in (
        ("two_places", access.two_step(demand, supply, cost, 1000)),
        ("enhanced_places", access.e2sfca(demand, supply, cost, access.step_weight(steps))),
        ("three_places", access.three_step(demand, supply, cost, access.step_weight(wan))),
    ):
        value = ours.set_index("area_id")["value"]
        want = theirs.access_df[name].reindex(value.index)
        assert (value[want.isna()] == 0).all() and want.isna().sum() > 0  # their missing is our zero, uncovered
        assert value.to_dict() == pytest.approx(want.fillna(0.0).to_dict(), rel=1e-9, abs=1e-9)
        assert (value > 0).sum() > 2000


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning", "ignore::FutureWarning")
def test_pysal_says_infinity_and_nothing_where_we_say_a_status() -> None:
    pysal = pytest.importorskip("access", reason="PySAL access is a development requirement")
    demand = pd.Series({"a": 0.0, "b": 5.0, "c": 7.0}).rename_axis("id")
    supply = pd.Series({"x": 3.0, "y": 4.0}).rename_axis("id")
    cost = pd.DataFrame({"origin": ["a", "b"], "destination": ["x", "y"], "cost": [1.0, 1.0]})
    theirs = pysal.Access(
        demand_df=demand.to_frame("people"), demand_value="people", supply_df=supply.to_frame("places"),
        supply_value=["places"], cost_df=cost, cost_origin="origin", cost_dest="destination", cost_name="cost",
    )
    theirs.two_stage_fca(name="two", max_cost=2)
    assert theirs.access_df["two_places"].tolist() == pytest.approx([np.inf, 0.8, np.nan], nan_ok=True)
    ours = access.two_step(demand, supply, cost, 2)
    assert ours["value"].tolist() == [0, 0.8, 0] and ours["status"].tolist() == ["not_applicable", "ok", "ok"]
    flat = access.step_weight({2: 1})
    assert access.uncovered(demand, supply, cost, flat).to_dict() == {"c": 7}
    assert access.unreached(demand, supply, cost, flat).to_dict() == {"x": 3}
