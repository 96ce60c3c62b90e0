"""How fast access is computed, from coordinates to the result, against the floor and against PySAL `access`.

Run alone: `python -m tests.bench_access [--pysal [SIZE]] [--only SIZE]`. Every case runs in a process of its own:
seconds and peak memory are of that case. `--pysal` adds PySAL's own cross join at 57,000 × 5,000 (83 s and 16.1 GB when
last measured), refused where the machine has not the memory free.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HOUSE = Path(__file__).resolve().parent.parent
REACH = 1500.0
STEPS = {500: 1.0, 1000: .68, 1500: .22}
# Demand points, sites, width of the largest cluster [km], fitted to the pairs named in the design notes.
SIZES = {
    "3,200 x 300": (3_200, 300, 0.0), "16,000 x 1,000": (16_000, 1_000, 1.4), "57,000 x 5,000": (57_000, 5_000, 7.4),
    "125,000 x 10,000": (125_000, 10_000, 7.8), "250,000 x 20,000": (250_000, 20_000, 7.8),
    "500,000 x 20,000": (500_000, 20_000, 7.8),
}
# The largest that PySAL's cross join can hold on a small server, and the memory it may take.
LARGEST = "57,000 x 5,000"
PYSAL_GB = 18


def country(n: int, m: int, width_km: float, seed: int = 4) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Demand (lon, lat, people) and sites (lon, lat, places): 85 % in 900 Zipf-sized clusters, 15 % over Canada.

    Without a width, one city of 35 × 15 km.
    """
    rng = np.random.default_rng(seed)
    clusters = 900
    centre = np.column_stack([rng.uniform(-125, -60, clusters), rng.uniform(43, 55, clusters)])
    share = 1 / np.arange(1, clusters + 1)

    def points(k: int, what: str, most: int) -> pd.DataFrame:
        at = rng.choice(clusters, k, p=share / share.sum())
        km = np.column_stack([111.2 * np.cos(np.radians(centre[at, 1])), np.full(k, 111.2)])
        inside = centre[at] + rng.normal(size=(k, 2)) * (width_km * np.sqrt(share[at]))[:, None] / km
        scattered = np.column_stack([rng.uniform(-125, -60, k), rng.uniform(43, 55, k)])
        place = np.where(rng.random((k, 1)) < .85, inside, scattered)
        if not width_km:
            place = np.array([-73.8, 45.45]) + rng.random((k, 2)) * [35 / 78, 15 / 111.2]
        return pd.DataFrame(
            {"lon": place[:, 0], "lat": place[:, 1], what: rng.integers(1, most, k).astype("float64")},
            index=pd.Index([f"{what[0]}{i}" for i in range(k)]),
        )

    return points(n, "people", 1000), points(m, "size", 200)


def clocked(act: Callable[[], Any]) -> tuple[Any, float, float]:
    """What `act` gives, seconds on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    out = act()
    return out, time.perf_counter() - wall, time.process_time() - cpu


def floor(people: np.ndarray, places: np.ndarray, i: np.ndarray, j: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The pair-walking floor: pairs found, weighed and numbered already, two numpy bincounts and nothing checked."""
    claimed = np.bincount(j, weights=people[i] * w, minlength=len(places))
    ratio = np.divide(places, claimed, out=np.zeros(len(places)), where=claimed > 0)
    return np.bincount(i, weights=ratio[j] * w, minlength=len(people))


def ours(size: str) -> dict[str, float]:
    """E2SFCA from coordinates: best of three."""
    from indicators import access

    demand, sites = country(*SIZES[size])
    weight = access.step_weight(STEPS)
    access.e2sfca(demand["people"].head(9), sites["size"], access.cost_matrix(demand.head(9), sites, REACH), weight)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    runs: list[tuple[float, ...]] = []
    cost = result = here = there = pd.DataFrame()
    for _ in range(3):
        # A fresh frame, as a caller brings it: the index has not been hashed yet.
        here, there = demand.set_axis(list(demand.index), axis=0), sites.set_axis(list(sites.index), axis=0)
        cost, wall_a, cpu_a = clocked(lambda: access.cost_matrix(here, there, REACH))  # noqa: B023
        result, wall_b, cpu_b = clocked(lambda: access.e2sfca(here["people"], there["size"], cost, weight))  # noqa: B023
        runs.append((cpu_a + cpu_b, cpu_a, cpu_b, wall_a + wall_b))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    pairs = len(cost)
    frame_mb = cost.memory_usage(index=False, deep=False).sum() / 1e6
    i, j = (cost[c].cat.codes.to_numpy().astype("int64") for c in ("origin", "destination"))
    w = weight(cost["cost"].to_numpy())
    people, places = here["people"].to_numpy(), there["size"].to_numpy()
    walks = [clocked(lambda: floor(people, places, i, j, w)) for _ in range(3)]
    assert np.allclose(walks[0][0], result["value"], rtol=1e-9)
    best = min(runs)
    return {
        "pairs": pairs, "cpu": best[0], "cost_matrix": best[1], "e2sfca": best[2], "wall": min(r[3] for r in runs),
        "floor": min(walk[2] for walk in walks), "peak_mb": peak, "base_mb": base, "frame_mb": frame_mb,
    }


def pysal(size: str, own_distances: bool) -> dict[str, float]:
    """PySAL's E2SFCA: from coordinates by its own cross join, or from our pairs."""
    import warnings

    import geopandas
    import pyproj
    from access import Access, weights  # pyright: ignore[reportMissingImports]

    from indicators import access

    warnings.simplefilter("ignore")
    # Past this, the case dies and not its neighbours.
    resource.setrlimit(resource.RLIMIT_AS, (PYSAL_GB * 10**9, PYSAL_GB * 10**9))
    demand, sites = (f.rename_axis("id") for f in country(*SIZES[size]))  # it cannot merge on an index without a name
    given = {"demand_value": "people", "supply_value": ["size"]}
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

    def act() -> pd.Series:
        if own_distances:
            # Numbers for ids: with text ones its cross join passes 18 GB. Its distances are planar: Lambert of
            # Statistics Canada, as a user of it would project.
            flat = pyproj.Transformer.from_crs(4326, 3347, always_xy=True)
            points = [geopandas.points_from_xy(*flat.transform(f["lon"], f["lat"])) for f in (demand, sites)]
            frames = [
                geopandas.GeoDataFrame(f.reset_index(drop=True), geometry=p, crs=3347).rename_axis("id")
                for f, p in zip((demand, sites), points, strict=True)
            ]
            scored = Access(demand_df=frames[0], supply_df=frames[1], **given)
            scored.create_euclidean_distance(name="cost", threshold=REACH, centroid_o=True, centroid_d=True)
        else:
            cost = access.cost_matrix(demand, sites, REACH).astype({"origin": "str", "destination": "str"})
            scored = Access(
                demand_df=demand, supply_df=sites, cost_df=cost, cost_origin="origin", cost_dest="destination",
                cost_name="cost", **given,
            )
        scored.enhanced_two_stage_fca(name="e", weight_fn=weights.step_fn(STEPS))
        return scored.access_df["e_size"]

    _, wall, cpu = clocked(act)
    return {"cpu": cpu, "wall": wall, "base_mb": base,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}


def geo(size: str) -> dict[str, float]:
    """E2SFCA from coordinates by a spatial join of geopandas, in Statistics Canada's Lambert."""
    import geopandas
    import pyproj

    from indicators import access

    demand, sites = country(*SIZES[size])
    weight, base = access.step_weight(STEPS), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

    def act() -> pd.Series:
        flat = pyproj.Transformer.from_crs(4326, 3347, always_xy=True)
        left, right = (
            geopandas.GeoDataFrame(f, geometry=geopandas.points_from_xy(*flat.transform(f["lon"], f["lat"])), crs=3347)
            for f in (demand, sites)
        )
        pairs = left.sjoin(right.assign(at=right.geometry), predicate="dwithin", distance=REACH)
        w = weight(pairs.geometry.distance(geopandas.GeoSeries(pairs["at"])).to_numpy())
        claimed = (pairs["people"] * w).groupby(pairs["index_right"]).sum()
        ratio = sites["size"].reindex(claimed.index) / claimed
        return (ratio.reindex(pairs["index_right"]).to_numpy() * pd.Series(w, pairs.index)).groupby(level=0).sum()

    _, wall, cpu = clocked(act)
    return {"cpu": cpu, "wall": wall, "base_mb": base,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}


def alone(kind: str, size: str) -> dict[str, float]:
    """A case in a process of its own; its last line is its figures."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench_access", "--case", kind, size], cwd=HOUSE, check=False,
        capture_output=True, text=True,
    )
    if "MemoryError" in run.stderr:
        return {}
    if run.returncode:
        raise SystemExit(f"{kind} {size} failed ({run.returncode})\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.splitlines()[-1])


def free_gb() -> float:
    """Memory the machine could give a process now [GB]."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return int(next(x for x in lines if x.startswith("MemAvailable")).split()[1]) / 1e6


def growth(found: dict[str, dict[str, float]]) -> tuple[float, float, float]:
    """Seconds of the processor against pairs: slope of the logarithms, then ns a pair and r² of a straight line."""
    pairs = np.array([f["pairs"] for f in found.values()])
    walk = np.array([f["e2sfca"] + f["cost_matrix"] for f in found.values()])
    slope = np.polyfit(np.log(pairs), np.log(walk), 1)[0]
    per, start = np.polyfit(pairs, walk, 1)
    left = walk - per * pairs - start
    return float(slope), float(per * 1e9), float(1 - (left**2).sum() / ((walk - walk.mean())**2).sum())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pysal", choices=SIZES, nargs="?", const=LARGEST, help="also PySAL's own cross join")
    parser.add_argument("--only", choices=SIZES, action="append")
    parser.add_argument("--case", nargs=2)
    asked = parser.parse_args()
    if asked.case:
        kind, size = asked.case
        act = {"ours": ours, "geopandas": geo}.get(kind, lambda x: pysal(x, kind == "pysal-own"))
        print(json.dumps(act(size)))
        return
    before, found, rows = os.getloadavg()[0], {}, []
    for size in asked.only or SIZES:
        f = found[size] = alone("ours", size)
        rows.append((
            f"E2SFCA {size}",
            f"{f['pairs']:,.0f} pairs, {f['cpu']:.3f} s cpu ({f['cost_matrix']:.3f} pairs + {f['e2sfca']:.3f}), "
            f"{f['wall']:.3f} s wall, {f['e2sfca'] / f['floor']:.1f} and {f['cpu'] / f['floor']:.0f} times the floor, "
            f"{f['peak_mb']:.0f} MB ({f['base_mb']:.0f} before), cost frame {f['frame_mb']:.0f} MB",
            "at most 1.5 s, 1000 MB" if size == "500,000 x 20,000" else "",
        ))
    if len(found) > 2:
        slope, per, r2 = growth(found)
        rows.append(("growth with pairs", f"log-log slope {slope:.2f}, {per:.0f} ns a pair, r2 {r2:.3f}", "linear"))
    for kind, size in (
        ("geopandas", LARGEST), ("geopandas", "500,000 x 20,000"), ("pysal-pairs", LARGEST), ("pysal-own", asked.pysal),
    ):
        if size not in found:
            continue
        if kind == "pysal-own" and size == LARGEST and free_gb() < PYSAL_GB:
            rows.append((f"PySAL, own {size}", f"not run: {free_gb():.0f} GB free", f"needs {PYSAL_GB} GB"))
            continue
        f, us = alone(kind, size), found[size]
        if not f:
            rows.append((f"{kind} {size}", f"out of memory at {PYSAL_GB} GB", ""))
            continue
        rows.append((
            f"{kind.replace('pysal-', 'PySAL, ')} {size}",
            f"{f['wall']:.1f} s wall, {f['cpu']:.1f} s cpu: {f['cpu'] / us['cpu']:.0f} times ours; "
            f"{f['peak_mb']:.0f} MB: {f['peak_mb'] / us['peak_mb']:.0f} times ours",
            "at least 50 and 20 times" if kind == "pysal-own" else "",
        ))
    width = max(len(what) for what, _, _ in rows)
    print(f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores")
    for what, measured, target in rows:
        print(f"{what:{width}}  {measured}" + (f"  ({target})" if target else ""))


if __name__ == "__main__":
    main()
