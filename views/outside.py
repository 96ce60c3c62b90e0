"""Rows of an indicator that is one minus another (`Indicator.complement_of`): worked out here, stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from indicators import INDICATOR, INDICATORS, rates
from indicators.spec import Indicator
from loaders.store import Store


def stored(indicator: Indicator) -> str:
    """The id under which a version holds the rows of an indicator."""
    return indicator.complement_of or indicator.id


def of_level(store: Store, indicator: Indicator, level: str, setting: str = "") -> pd.DataFrame:
    """`Store.indicator` of any indicator: the result shape over a level, by area_id."""
    rows = store.indicator(stored(indicator), level, setting)
    return rates.complement(rows) if indicator.complement_of else rows


def of_area(values: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """The rows of one area (`Store.indicators_of`) with those of `indicator` among them."""
    if not indicator.complement_of:
        return values
    other = values[values["indicator_id"] == indicator.complement_of]
    return pd.concat([values, rates.complement(other).assign(indicator_id=indicator.id)], ignore_index=True)


def values(store: Store, level: str, indicator_ids: Sequence[str]) -> pd.DataFrame:
    """`Store.values` of any indicators: indicator_id, setting, area_id, value, status, every setting."""
    turned = {name: INDICATOR[name].complement_of for name in indicator_ids if INDICATOR[name].complement_of}
    rows = store.values(level, [name for name in indicator_ids if name not in turned])
    others = [
        rates.complement(store.values(level, [other])).assign(indicator_id=name) for name, other in turned.items()
    ]
    return pd.concat([rows, *others], ignore_index=True) if others else rows


def held(store: Store) -> frozenset[str]:
    """Indicators this version can tell: those it holds rows of, and those that are one minus one of these."""
    here = frozenset(store.held())
    return here | {indicator.id for indicator in INDICATORS if indicator.complement_of in here}
