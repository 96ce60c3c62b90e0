"""The indicators, each declared once: a new one is one file and one line here, under its theme."""

from indicators import (
    access,
    alerts,
    awareness,
    clusters,
    coverage,
    crossings,
    deprivation,
    disparity,
    equity,
    freshness,
    funnel,
    help_seeking,
    intervals,
    missing,
    need,
    nowcast,
    opening,
    peers,
    profile,
    reach,
    risk,
    trends,
)
from indicators.spec import Indicator

# In the order of the Methods page; the first of a theme are the first a reader is offered.
THEMES: dict[str, tuple[Indicator, ...]] = {
    "need": (need.INDICATOR, intervals.STABILITY),
    "coverage": (coverage.NEED, coverage.RESIDENTS, coverage.GAP),
    "access": (access.NEAREST, access.ACCESS, access.TWO_STEP, *access.ALTERNATES, *opening.INDICATORS),
    "context": (deprivation.INDICATOR, *profile.INDICATORS),
    "requests": (
        trends.INDICATOR, *awareness.INDICATORS, *alerts.INDICATORS, *nowcast.INDICATORS, *funnel.INDICATORS,
        *help_seeking.INDICATORS,
    ),
    "groups": (risk.RATIO, risk.BURDEN, crossings.INDICATOR),
    "reached": reach.INDICATORS,
    "listings": freshness.INDICATORS,
    "equity": (*equity.INDICATORS, *disparity.INDICATORS),
    "similar": (*peers.INDICATORS, *clusters.INDICATORS),
    "missing": (missing.INDICATOR,),
}

INDICATORS: tuple[Indicator, ...] = tuple(indicator for theme in THEMES.values() for indicator in theme)
MAPPED: tuple[Indicator, ...] = tuple(indicator for indicator in INDICATORS if indicator.mapped)
INDICATOR: dict[str, Indicator] = {indicator.id: indicator for indicator in INDICATORS}
