"""The indicators, each declared once: a new one is one file and one line here."""

from indicators import access, coverage, deprivation, need, profile, risk, trends
from indicators.spec import Indicator

INDICATORS: tuple[Indicator, ...] = (
    need.INDICATOR,
    coverage.NEED,
    coverage.RESIDENTS,
    coverage.GAP,
    access.NEAREST,
    access.ACCESS,
    access.TWO_STEP,
    deprivation.INDICATOR,
    *profile.INDICATORS,
    trends.INDICATOR,
    risk.RATIO,
    risk.BURDEN,
)

INDICATOR: dict[str, Indicator] = {indicator.id: indicator for indicator in INDICATORS}
