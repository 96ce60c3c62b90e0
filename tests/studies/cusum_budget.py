"""Computes the table of `indicators.alerts` and what it holds of its budget; run by hand, some minutes.

python -m tests.studies.cusum_budget table | check
"""

from __future__ import annotations

import sys

import numpy as np

from indicators.alerts import Direction, calibrated, heights, null_of, null_surprises

SERIES = 600
# cycle, history, watches
SETTINGS = ((52, 105, (13, 52)), (52, 156, (13, 52)), (12, 25, (6, 12)), (12, 36, (6, 12)), (12, 60, (6, 12)))
MEANS = (5.0, 50.0, 500.0)
DIRECTIONS: tuple[Direction, Direction] = ("more", "less")


def table() -> None:
    """Print the table: for each setting, the highest of the heights of the means."""
    for cycle, history, watches in SETTINGS:
        drawn = [null_surprises(cycle, history, max(watches), mean, SERIES, 4) for mean in MEANS]
        for watched in watches:
            for direction in DIRECTIONS:
                worst = np.array([null_of(heights(z, watched, direction)).maxima for z in drawn]).max(axis=0)
                shown = tuple(float(v) for v in worst)
                print(f'    ({cycle}, {history}, {watched}, "{direction}"): {shown},', flush=True)


def check() -> None:
    """Print the share of fresh series without change that alarm during a watch, against a budget of 5 %."""
    print("cycle, history, mean, watch: share that alarm", SERIES, "series a row")
    for cycle, history, watches in SETTINGS:
        for mean in (3.0, 5.0, 20.0, 200.0):
            z = null_surprises(cycle, history, max(watches), mean, SERIES, 99)
            found = [f"{w}: {(heights(z, w) > calibrated(cycle, history, w).limit(0.05)).mean():.3f}" for w in watches]
            print(cycle, history, mean, *found, flush=True)


if __name__ == "__main__":
    {"table": table, "check": check}[sys.argv[1]]()
