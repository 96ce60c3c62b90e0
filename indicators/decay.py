"""Decay: how much a site counts, from 1 beside it to 0 out of reach; every weight is in the unit of its cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from indicators.spec import InputError

Weight = Callable[[np.ndarray], np.ndarray]

# Wan, Zou and Sternberg (2012), in minutes: never given to metres by default.
WAN_2012 = {10: 0.962, 20: 0.704, 30: 0.377, 60: 0.042}


def above_zero(name: str, value: float, *, endless: bool = False) -> float:
    """`value` as a number above 0, finite unless `endless`; InputError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not value > 0:
        raise InputError(f"{name}: {value!r} is not above 0")
    if not endless and not (np.isfinite(value) and np.isfinite(1 / float(value))):
        raise InputError(f"{name}: {value!r} is not a finite length or time")
    return float(value)


def step_weight(steps: Mapping[Any, float]) -> Weight:
    """Weight of each cost by steps, upper limit inclusive; 0 past the last. Limits above or at 0, weights 0 to 1.

    >>> step_weight({500: 1, 1000: .68, 1500: .22})(np.array([0.0, 500.0, 501.0, 1500.0, 1501.0])).tolist()
    [1.0, 1.0, 0.68, 0.22, 0.0]
    """
    if not steps:
        raise InputError("steps: no step")
    for limit, value in steps.items():
        if not (limit >= 0 and 0 <= value <= 1):
            raise InputError(f"steps: {limit!r}: {value!r} is not a limit of 0 or more and a weight from 0 to 1")
    falling = [(float(limit), float(steps[limit])) for limit in sorted(steps, reverse=True)]

    def weight(cost: np.ndarray) -> np.ndarray:
        cost = np.asarray(cost, dtype="float64")
        out = np.zeros(cost.shape)
        for limit, value in falling:
            out[cost <= limit] = value
        return out

    return weight


def gaussian(bandwidth: float, reach: float = np.inf) -> Weight:
    """exp(−½ (d ÷ bandwidth)²), 0 beyond `reach`; both in the unit of the cost.

    >>> gaussian(500, 1500)(np.array([0.0, 500.0, 1501.0])).round(4).tolist()
    [1.0, 0.6065, 0.0]
    """
    scale, reach = above_zero("bandwidth", bandwidth) ** -1, above_zero("reach", reach, endless=True)

    # Past 38 bandwidths the weight is below the smallest double: the cap only keeps the square finite.
    def weight(cost: np.ndarray) -> np.ndarray:
        return np.where(cost <= reach, np.exp(-0.5 * np.minimum(np.asarray(cost) * scale, 40.0) ** 2), 0.0)

    return weight


def exponential(scale: float, reach: float = np.inf) -> Weight:
    """exp(−d ÷ scale), 0 beyond `reach`; both in the unit of the cost.

    >>> exponential(1000)(np.array([0.0, 1000.0])).round(4).tolist()
    [1.0, 0.3679]
    """
    per, reach = above_zero("scale", scale) ** -1, above_zero("reach", reach, endless=True)

    def weight(cost: np.ndarray) -> np.ndarray:
        return np.where(cost <= reach, np.exp(-np.minimum(np.asarray(cost) * per, 800.0)), 0.0)

    return weight


def inverse_power(exponent: float, near: float, reach: float = np.inf) -> Weight:
    """(d ÷ near)^−exponent, 1 up to `near`, 0 beyond `reach`; a site at distance 0 would weigh infinity without `near`.

    >>> inverse_power(2, 100)(np.array([0.0, 100.0, 200.0])).tolist()
    [1.0, 1.0, 0.25]
    """
    power, per = above_zero("exponent", exponent), above_zero("near", near) ** -1
    reach = above_zero("reach", reach, endless=True)

    def weight(cost: np.ndarray) -> np.ndarray:
        return np.where(cost <= reach, np.maximum(np.asarray(cost) * per, 1.0) ** -power, 0.0)

    return weight
