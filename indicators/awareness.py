"""Awareness: requests noted against the need estimated, drawn towards the city where counts are small."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import gammaincinv, pdtr, psi

from indicators.rates import rate, weakest
from indicators.resampled import require_areas
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="awareness_ratio",
        title=Text("Demandes selon le besoin", "Requests for the need"),
        question=Text("Où demande-t-on peu pour le besoin estimé?", "Where is little asked for the need estimated?"),
        counts=Text("fois les demandes attendues", "times the requests expected"),
        unit="ratio", direction="more_is_better", tables=("referral_count", "indicator_value"),
        formula="θ_a = (α + O_a) ÷ (α + E_a);  E_a = FI_a · ΣO ÷ ΣFI",
        method=Text(
            "Demandes notées, divisées par celles qu’on attendrait du besoin estimé au taux de la ville. Les petits "
            "nombres sont ramenés vers 1.",
            "Requests noted, divided by those expected from estimated need at the city’s rate. Small numbers are "
            "drawn towards 1."),
        range_means=Text(
            "Limites exactes à 95 % du modèle gamma–Poisson : le hasard seul, le besoin estimé pris comme juste.",
            "Exact 95% limits of the gamma–Poisson model: chance alone, estimated need taken as right."),
        limits=(
            Text(
            "Peu de demandes : peu de notoriété, autre aide, ou estimation fausse; le rapport ne les distingue pas.",
            "Few requests: little awareness, other help, or a wrong estimate; the ratio does not tell them apart."),
        ),
        assumptions=(
            Text(
            "Les écarts entre secteurs suivent une même loi gamma.",
            "Departures between areas follow one gamma law."),
        ),
        misuse=Text("Lire peu de demandes comme peu de besoin.", "Reading few requests as little need."),
        citation=Text(
            "Clayton et Kaldor (1987); entonnoir : Spiegelhalter (2005).",
            "Clayton and Kaldor (1987); funnel: Spiegelhalter (2005)."),
        breaks=(0.5, 0.8, 1.25, 2.0),
    ),
)

# Shapes of the prior the fit may take: beyond the last, areas differ less than any count could show.
SHAPES = (1e-3, 1e4)
FUNNEL = (0.95, 0.998)


def expected_requests(requests: pd.Series, need: pd.Series) -> pd.Series:
    """Requests if all asked as the city does: need × (Σ requests ÷ Σ need), over areas where both are known."""
    known = requests.notna() & need.notna()
    total, people = requests.where(known).sum(), need.where(known).sum()
    return need.where(known) * float(rate(pd.Series([total]), pd.Series([people])).iloc[0])


def prior_shape(requests: np.ndarray, expected: np.ndarray) -> float:
    """Shape α of a Gamma(α, α) prior on the ratios (mean 1), by maximum marginal (negative binomial) likelihood.

    inf where the counts vary no more than chance alone makes them.
    """
    def slope(log_shape: float) -> float:
        a = float(np.exp(log_shape))
        part = psi(a + requests) - psi(np.array([a])) + np.log(a) + 1 - np.log(a + expected)
        # A shape and an expectation are above 0: nothing to guard, and this runs some fifty times.
        return float((part - (a + requests) * np.reciprocal(a + expected)).sum())

    low, high = np.log(SHAPES)
    if slope(high) >= 0:
        return float("inf")
    if slope(low) <= 0:
        return SHAPES[0]
    return float(np.exp(brentq(slope, low, high, xtol=1e-13, rtol=1e-14)))  # pyright: ignore[reportCallIssue, reportArgumentType]


def awareness_ratio(areas: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Requests noted ÷ requests expected from need, drawn towards 1 as far as chance allows; one row per area.

    `areas`: area_id, population [people], requests [whole counts; NaN = hidden or missing], need [people in need,
    estimated; NaN = missing], basis. Expected E_a = need × city requests per person in need. Posterior of a
    gamma–Poisson model: Gamma(α + O_a, α + E_a), α by maximum marginal likelihood over the areas (`prior_shape`).

    Result shape, as ordered: numerator = O, denominator = E, value = posterior mean (α + O) ÷ (α + E) [1 = asks as the
    city does], low and high = exact posterior limits given α; and raw [O ÷ E], kept [share of the raw departure from 1
    that is kept, E ÷ (α + E)], funnel_low, funnel_high, far_low, far_high [raw ratios chance alone leaves inside with
    95 and 99.8 %], verdict: `below` or `above` the outer funnel, `low` or `high` the inner one, `inside`, `unknown`.
    Low is little asking for the need estimated: little awareness, little trust, other help, or a wrong estimate.
    `missing` where requests or need are, `not_applicable` where nobody lives or is in need, or nobody asked
    anywhere. Raises InputError for no rows, an area twice, negative, infinite or broken counts.
    Clayton & Kaldor (1987); Spiegelhalter (2005).
    """
    require_areas(areas, ["population", "requests", "need"])
    broken = (areas["requests"] % 1 > 0)
    if broken.any():
        raise InputError(f"areas.requests: {int(broken.sum())} not whole, first at row {broken.idxmax()}")
    live = areas["population"] > 0
    requests, need = areas["requests"].astype("float64").where(live), areas["need"].astype("float64").where(live)
    expected = expected_requests(requests, need)
    requests, expected = requests.where(expected > 0), expected.where(expected > 0)
    known = requests.notna() & expected.notna()
    shape = np.nan
    if known.any():
        shape = prior_shape(requests[known].to_numpy(), expected[known].to_numpy())
    # An infinite shape leaves nothing of the departures: the last finite one says the same without ∞ ÷ ∞.
    a = min(shape, SHAPES[1])
    tail = (1 - level) / 2
    upper = a + expected
    out = areas[["area_id"]].assign(
        numerator=requests, denominator=expected, value=rate(a + requests, upper),
        low=rate(pd.Series(gammaincinv(a + requests, tail), index=areas.index), upper),
        high=rate(pd.Series(gammaincinv(a + requests, 1 - tail), index=areas.index), upper), status="ok",
        basis=[weakest([basis, "modelled"]) for basis in areas["basis"]],
        raw=rate(requests, expected), kept=rate(expected, upper),
    )
    for name, part in zip(("funnel", "far"), FUNNEL, strict=True):
        least, most = poisson_quantiles(expected, part)
        out[f"{name}_low"], out[f"{name}_high"] = rate(least, expected), rate(most, expected)
    out["verdict"] = np.select(
        [~known, out["raw"] < out["far_low"], out["raw"] > out["far_high"], out["raw"] < out["funnel_low"],
         out["raw"] > out["funnel_high"]], ["unknown", "below", "above", "low", "high"], "inside",
    )
    out["status"] = out["status"].mask(~known, "not_applicable")
    absent = areas[["population", "requests", "need"]].isna().any(axis=1)
    out["status"] = out["status"].mask(absent & (areas["population"] != 0), "missing")
    out.loc[~known, ["numerator", "denominator"]] = np.nan
    return out


def poisson_quantiles(mean: pd.Series, level: float) -> tuple[pd.Series, pd.Series]:
    """Least and most counts that leave at most (1 − level) ÷ 2 on either side of them: P(Y < least) and P(Y > most)."""
    tail = (1 - level) / 2
    found, at = [], mean.fillna(1.0).to_numpy("float64")
    for part in (tail, 1 - tail):
        # gammaincinv is close to the quantile; the exact one is stepped to, at most a few counts away.
        count = np.floor(gammaincinv(at, part))
        moved = np.ones(len(at))
        while moved.any():
            above = (count > 0) & (pdtr(np.maximum(count - 1, 0), at) >= part)
            moved = (pdtr(count, at) < part).astype("float64") - above
            count = count + moved
        found.append(pd.Series(count, index=mean.index).where(mean.notna()))
    return found[0], found[1]
