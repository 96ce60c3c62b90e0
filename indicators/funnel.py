"""The referral funnel: from need to referral, to a service reached, to help received; ranges, never one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.rates import rate, ratio_limits, weakest
from indicators.resampled import require_areas
from indicators.spec import Indicator, InputError, Text

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="referral_help",
        title=Text("Orientations qui mènent à de l’aide", "Referrals that lead to help"),
        question=Text("Combien d’orientations mènent à de l’aide?", "How many referrals lead to help?"),
        counts=Text("demandes dirigées qui ont mené à de l’aide", "requests directed that led to help"),
        unit="share", direction="more_is_better", tables=("referral_count",),
        formula="helped_a ∈ [0.36, 0.67] · referred_a",
        method=Text(
            "Faute de suivi ici, on applique la fourchette d’un suivi fait ailleurs.",
            "With no follow-up here, the range of a follow-up done elsewhere is applied."),
        range_means=Text(
            "De 36 % (tous besoins) à 67 % (nourriture) dans un suivi au Missouri; exact à 95 % là où un suivi "
            "existe.",
            "From 36% (all needs) to 67% (food) in a follow-up in Missouri; exact 95% where a follow-up exists."),
        limits=(
            Text("Le Missouri n’est pas Montréal.", "Missouri is not Montréal."),
            Text(
            "Une personne peut demander plusieurs fois : les demandes ne sont pas des personnes.",
            "One person may ask several times: requests are not people."),
        ),
        assumptions=(
            Text(
            "Les issues suivies ailleurs valent ici, entre les deux bornes.",
            "Outcomes followed elsewhere hold here, between the two bounds."),
        ),
        misuse=Text("Compter une orientation comme une aide reçue.", "Counting a referral as help received."),
        citation=Text("Boyum et coll. (2016); Kreuter et coll. (2020).", "Boyum et al. (2016); Kreuter et al. (2020)."),
        grain="city", counts_people=False, breaks=(0.2, 0.4, 0.6, 0.8),
    ),
)

STEPS = ("need", "referred", "reached", "helped")


@dataclass(frozen=True)
class Range:
    """A share known only between `low` and `high` [0 to 1], and where both come from. Editable; never one number."""

    low: float
    high: float
    source: str

    def __post_init__(self) -> None:
        """Refuse what is not a range of shares."""
        if not 0 <= self.low < self.high <= 1:
            raise InputError(f"funnel range {self.low} to {self.high}: 0 ≤ low < high ≤ 1 expected")


_SOURCE = "Boyum et al. (2016), 211 follow-up in Missouri; Kreuter et al. (2020), Health Affairs 39(4):679–688"
# The report's shares read as parts of all referrals (82 %), or each as a part of the one before (93 × 91 × 82 %).
REACHED = Range(0.69, 0.82, _SOURCE)
# 36 % got help over all needs, 67 % for food.
HELPED = Range(0.36, 0.67, _SOURCE)


def referral_funnel(
    areas: pd.DataFrame, reached: Range = REACHED, helped: Range = HELPED,
    per_person: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Where requests for food are lost, per area: four rows, in the order of `STEPS`.

    `areas`: area_id, population [people], need, need_low, need_high [people], referred [requests directed to a
    service], basis; and, where they were followed up, reached and helped [requests, of `referred`]; NaN = not known.
    `per_person` = least and most requests one person makes over the period; None = not known.

    Result shape with step and unit (`people` for need, `requests` after). `reached` and `helped`: denominator =
    requests referred; where followed up, status ok, numerator, value = their share [0 to 1], low and high exact 95 %;
    elsewhere `unknown`: low and high of the source, no value. `referred`: denominator = people in need; requests are
    not people, so the share of them who were referred has only low and high, through `per_person`, at most 1, status
    `unknown`. `need`: numerator = people in need. count_low and count_high: each step as a count; `referred` twice
    the same. `missing` where the count is, `not_applicable` where nobody lives, is in need or was referred. A
    referral is not help: counting it as help overstates it. Raises InputError for no rows, an area twice, negative
    or infinite numbers, more helped than reached or more reached than referred.
    """
    require_areas(areas, ["population", "need", "need_low", "need_high", "referred"])
    frame = areas.assign(**{c: areas.get(c, np.nan) for c in ("reached", "helped")}).astype({"referred": "float64"})
    require_areas(frame, ["reached", "helped"])
    _require_nested(frame)
    if per_person is not None and not 1 <= per_person[0] <= per_person[1] < np.inf:
        raise InputError(f"referral_funnel.per_person: {per_person}; 1 ≤ low ≤ high expected")
    live = frame["population"].fillna(0) > 0
    parts = [
        _need(frame), _referred(frame, per_person), _followed(frame, "reached", reached),
        _followed(frame, "helped", helped),
    ]
    out = pd.concat([part.assign(area_id=frame["area_id"], step=step) for step, part in zip(STEPS, parts, strict=True)])
    nobody = ~pd.concat([live] * len(STEPS)) & pd.concat([frame["population"].notna()] * len(STEPS))
    out["status"] = out["status"].mask(nobody, "not_applicable")
    hidden = out["status"].isin(["missing", "not_applicable"])
    out.loc[hidden, ["numerator", "value", "low", "high", "count_low", "count_high"]] = np.nan
    out["basis"] = pd.concat([frame["basis"]] * len(STEPS)).map(lambda basis: weakest([str(basis), "modelled"]))
    counted = ((out["step"] != "need") & (out["status"] == "ok")).to_numpy()
    out["basis"] = np.where(counted, np.tile(frame["basis"].to_numpy(), len(STEPS)), out["basis"])
    order = pd.Series(np.tile(np.arange(len(frame)), len(STEPS)), index=out.index)
    columns = ["area_id", "step", "unit", "numerator", "denominator", "value", "low", "high", "status", "basis",
               "count_low", "count_high"]
    return out.assign(order=order).sort_values("order", kind="stable", ignore_index=True)[columns]


def _require_nested(frame: pd.DataFrame) -> None:
    for less, more in (("reached", "referred"), ("helped", "reached"), ("helped", "referred")):
        bad = frame[less] > frame[more]
        if bad.any():
            raise InputError(f"areas.{less}: {int(bad.sum())} above {more}, first at row {bad.idxmax()}")


def _need(frame: pd.DataFrame) -> pd.DataFrame:
    status = np.where(frame["need"].isna(), "missing", "ok")
    return pd.DataFrame({
        "unit": "people", "numerator": frame["need"], "denominator": np.nan, "value": np.nan, "low": np.nan,
        "high": np.nan, "status": status, "count_low": frame["need_low"], "count_high": frame["need_high"],
    })


def _referred(frame: pd.DataFrame, per_person: tuple[float, float] | None) -> pd.DataFrame:
    """Share of people in need referred: only a range, as one person may ask several times."""
    low, high = pd.Series(np.nan, index=frame.index), pd.Series(np.nan, index=frame.index)
    if per_person is not None:
        fewest, most = (rate(frame["referred"], pd.Series(n, index=frame.index)) for n in reversed(per_person))
        low = rate(fewest, frame["need_high"]).clip(upper=1)
        high = rate(most, frame["need_low"]).clip(upper=1)
    status = pd.Series("unknown", index=frame.index).mask(frame["need"] == 0, "not_applicable")
    status = status.mask(frame["referred"].isna() | frame["need"].isna(), "missing")
    return pd.DataFrame({
        "unit": "requests", "numerator": np.nan, "denominator": frame["need"], "value": np.nan, "low": low,
        "high": high, "status": status, "count_low": frame["referred"], "count_high": frame["referred"],
    })


def _followed(frame: pd.DataFrame, step: str, known: Range) -> pd.DataFrame:
    """Share of referrals that got so far: counted where they were followed up, else the range of the source."""
    counted, referred = frame[step].astype("float64"), frame["referred"]
    odds_low, odds_high = ratio_limits(counted, referred - counted)
    everyone = pd.Series(np.where(counted == referred, 1.0, np.nan), index=frame.index)
    low = rate(odds_low, 1 + odds_low).where(counted.notna(), known.low)
    high = rate(odds_high, 1 + odds_high).fillna(everyone).where(counted.notna(), known.high)
    status = pd.Series(np.where(counted.isna(), "unknown", "ok"), index=frame.index)
    status = status.mask(referred == 0, "not_applicable").mask(referred.isna(), "missing")
    return pd.DataFrame({
        "unit": "requests", "numerator": counted, "denominator": referred, "value": rate(counted, referred),
        "low": low, "high": high, "status": status,
        "count_low": counted.fillna(known.low * referred), "count_high": counted.fillna(known.high * referred),
    })
