"""Risk: ratios and burdens with their margins, crossings, and who is missing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.crossings import crossings, from_fit
from indicators.missing import who_is_missing
from indicators.raking import fitted
from indicators.risk import burden_interval, log_spread, ratio_interval
from indicators.spec import InputError
from tests import reference_need as referee

LAWS = settings(max_examples=200, deadline=None, derandomize=True)


def prevalence(**margins: object) -> pd.DataFrame:
    return pd.DataFrame({
        "group_id": ["all", "black", "age_65plus"], "reference_year": 2024, "percent": [20.0, 40, 10], "status": "ok",
    }).assign(**margins)


# --- margins --------------------------------------------------------------------------------------------------


def test_ratio_with_its_margin_by_pencil() -> None:
    # CV 8 % for the group and 2 % for all: √(.0064 + .0004) = .08246; 2 × e^(±1.96 × .08246) = 1.70 to 2.35.
    out = ratio_interval(prevalence(cv=[.02, .08, .16])).set_index("group_id")
    assert out.loc["black", ["value", "low", "high"]].tolist() == pytest.approx([2, 1.7015, 2.3508], abs=1e-4)
    assert out.loc["all", ["value", "low", "high"]].tolist() == [1, 1, 1]
    # The group is 10 % of everyone: − 2 × .1 × 2 × .0064 narrows it, √.00424 = .06512.
    out = ratio_interval(prevalence(cv=[.02, .08, .16], share_of_all=[1, .1, .2])).set_index("group_id")
    assert out.loc["black", "high"] == pytest.approx(2 * math.exp(1.959964 * math.sqrt(.00424)), rel=1e-6)


def test_margins_come_from_limits_then_cv_then_letters_or_not_at_all() -> None:
    frame = prevalence(low=[19.0, None, None], high=[21.0, None, None], cv=[.5, .08, None], quality=["A", "C", "F"])
    spread = log_spread(frame)
    assert spread["interval_from"].tolist() == ["limits", "cv", "none"]
    assert spread["se_log"].tolist()[:2] == pytest.approx([math.log(21 / 19) / 2 / 1.959964, .08], rel=1e-6)
    out = ratio_interval(frame).set_index("group_id")
    assert math.isnan(out.loc["age_65plus", "low"]) and out.loc["age_65plus", "value"] == .5
    # Without any margin the extremes of the years stay another function's business.
    assert ratio_interval(prevalence())["low"].tolist() == pytest.approx([math.nan, 1, math.nan], nan_ok=True)


def test_burden_by_pencil() -> None:
    # 90 people of 65 and over, 10 % with a CV of 16 %: 9 people, e^(±1.96 × .16) makes 6.6 to 12.3.
    heads = pd.DataFrame({"group_id": ["age_65plus", "black"], "heads": [90.0, np.nan]})
    out = burden_interval(heads, prevalence(quality=["B", "C", "D"])).set_index("group_id")
    row = out.loc["age_65plus", ["numerator", "people_low", "people_high"]]
    assert row.tolist() == pytest.approx([9, 6.5773, 12.3150], abs=1e-4)
    assert out.loc["black", "status"] == "missing" and math.isnan(out.loc["black", "people_high"])


@given(st.floats(1, 90), st.floats(1, 90), st.floats(.001, .3), st.floats(.001, .3))
@LAWS
def test_an_interval_holds_its_value_and_grows_with_doubt(own: float, all_: float, cv: float, more: float) -> None:
    frame = prevalence(percent=[all_, own, own])
    narrow = ratio_interval(frame.assign(cv=cv)).set_index("group_id").loc["black"]
    wide = ratio_interval(frame.assign(cv=cv + more)).set_index("group_id").loc["black"]
    assert wide["low"] < narrow["low"] < narrow["value"] < narrow["high"] < wide["high"]
    assert narrow["value"] == pytest.approx(own / all_, rel=1e-12)
    assert narrow["low"] * narrow["high"] == pytest.approx(narrow["value"] ** 2, rel=1e-9)


# --- crossings ------------------------------------------------------------------------------------------------


def two(p0: float | None, p1: float, p2: float, p12: float, people: int = 100) -> pd.DataFrame:
    return pd.DataFrame({
        "lone_parent": [0, 1, 0, 1], "tenant": [0, 0, 1, 1], "people": [400, 100, 300, people],
        "share": [p0, p1, p2, p12],
    })


def test_crossing_by_pencil() -> None:
    # 10 % with neither, 25 % and 20 % with one: 35 % expected with both; 42 % seen is 7 points more.
    out = crossings(two(.10, .25, .20, .42).assign(se=[.01, .02, .02, .04]), ["lone_parent", "tenant"]).iloc[0]
    assert (out["grp"], out["denominator"], out["observed"]) == ("lone_parent × tenant", 100, True)
    assert out[["numerator", "value", "expected", "excess"]].tolist() == pytest.approx([42, .42, .35, .07])
    # √(.04² + .01² + .02² + .02²) = .05: − 2.8 to 16.8 points.
    assert out[["excess_low", "excess_high"]].tolist() == pytest.approx([-.028, .168], abs=1e-4)
    assert out[["low", "high"]].tolist() == pytest.approx([.3416, .4984], abs=1e-4)


def test_crossings_that_cannot_be_had_say_so() -> None:
    out = crossings(two(None, .25, .20, .42), ["lone_parent", "tenant"]).iloc[0]
    assert out["status"] == "missing" and math.isnan(out["value"])
    out = crossings(two(.1, .25, .20, .42, people=0), ["lone_parent", "tenant"]).iloc[0]
    assert out["status"] == "not_applicable"
    modelled = two(.1, .25, .2, .42).assign(observed=[True, True, False, True])
    assert not crossings(modelled, ["lone_parent", "tenant"])["observed"].item()


def test_a_crossing_from_margins_is_modelled() -> None:
    keys = ["lone_parent", "tenant", "in_need"]
    seed = pd.DataFrame([(a, b, c, 1.0) for a in (0, 1) for b in (0, 1) for c in (0, 1)], columns=[*keys, "weight"])
    size = pd.DataFrame({"lone_parent": [0, 0, 1, 1], "tenant": [0, 1, 0, 1], "people": [400.0, 300, 100, 100]})
    alone = pd.DataFrame({"lone_parent": [0, 0, 1, 1], "in_need": [0, 1, 0, 1], "people": [600.0, 100, 140, 60]})
    tenants = pd.DataFrame({"tenant": [0, 0, 1, 1], "in_need": [0, 1, 0, 1], "people": [440.0, 60, 300, 100]})
    fit = fitted(seed, [size, alone, tenants], keys)
    cells = from_fit(fit.cells, ["lone_parent", "tenant"])
    assert cells["people"].tolist() == pytest.approx([400, 300, 100, 100])
    assert (cells["share"] * cells["people"]).sum() == pytest.approx(160)
    out = crossings(cells, ["lone_parent", "tenant"]).iloc[0]
    assert not out["observed"] and out["value"] > max(cells["share"][:3])
    # Raking adds no interaction of its own: the odds of being in need multiply.
    odds = (cells["share"] / (1 - cells["share"])).tolist()
    assert odds[3] / odds[2] == pytest.approx(odds[1] / odds[0], rel=1e-6)


@pytest.mark.parametrize("seed", range(200))
def test_crossings_agree_with_the_referee(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 2 + seed % 2
    keys = ["a", "b", "c"][:size]
    cells = [tuple(int(x) for x in np.binary_repr(i, size)) for i in range(2**size)]
    shares = dict(zip(cells, rng.uniform(0, 1, len(cells)), strict=True))
    people = rng.integers(1, 99, len(cells))
    frame = pd.DataFrame(cells, columns=keys).assign(people=people, share=list(shares.values()))
    out = crossings(frame.sample(frac=1, random_state=seed), keys).set_index("grp")
    for chosen in [(0, 1), (0, 2), (1, 2), (0, 1, 2)]:
        if max(chosen) < size:
            grp = " × ".join(keys[i] for i in chosen)
            assert out.loc[grp, "excess"] == pytest.approx(referee.excess(shares, chosen), abs=1e-9)
    assert len(out) == (1 if size == 2 else 4)


# --- who is missing -------------------------------------------------------------------------------------------


def test_who_is_missing_by_pencil() -> None:
    expected = pd.DataFrame({
        "indicator_id": ["need", "need", "seniors"], "grp": ["", "indigenous", ""], "level": "district",
    })
    residents = pd.DataFrame({
        "level": "district", "area_id": ["T1", "T2", "T3", "T4", "T5"], "residents": [100, 300, 100, 0, 100],
    })
    values = pd.DataFrame({
        "indicator_id": ["need"] * 5 + ["seniors"] * 4, "grp": "", "level": "district",
        "area_id": ["T1", "T2", "T3", "T4", "T5", "T1", "T2", "T3", "T4"],
        "status": ["ok", "ok", "ok", "not_applicable", "missing", "ok", "suppressed", "ok", "not_applicable"],
    })
    out = who_is_missing(expected, values, residents, {("need", "indigenous"): "missing.no_crossing"})
    need, crossed, seniors = (out.iloc[i] for i in range(3))
    # Rive's 100 of the 600 who live somewhere.
    assert need[["numerator", "denominator", "value"]].tolist() == pytest.approx([100, 600, 1 / 6])
    assert (need["shown"], need["missing"], need["not_applicable"], need["reason"]) == ("part", 1, 1, "missing.part")
    # No source crosses it: nobody is shown, and everyone counts.
    assert (crossed["shown"], crossed["value"], crossed["reason"]) == ("not_collected", 1, "missing.no_crossing")
    # Centre is hidden and Rive has no row: 400 of 600.
    assert (seniors["suppressed"], seniors["missing"], seniors["value"]) == (1, 1, pytest.approx(2 / 3))
    nobody = who_is_missing(expected, values, residents[residents["area_id"] == "T4"])
    assert nobody["status"].tolist() == ["not_applicable"] * 3 and nobody["value"].isna().all()
    uncounted = who_is_missing(expected, values, residents.assign(residents=[100, np.nan, 100, 0, 100]))
    assert uncounted["status"].tolist() == ["missing"] * 3 and uncounted["numerator"].isna().all()


# --- bad input ------------------------------------------------------------------------------------------------


def test_refusals() -> None:
    keys = ["lone_parent", "tenant"]
    with pytest.raises(InputError, match=r"cells.share: 1 shares outside 0 to 1, first at row 3"):
        crossings(two(.1, .2, .3, 1.4), keys)
    with pytest.raises(InputError, match=r"cells.tenant: 1 values other than 0 and 1"):
        crossings(two(.1, .2, .3, .4).assign(tenant=[0, 0, 1, 2]), keys)
    with pytest.raises(InputError, match="1 characteristics; two or three"):
        crossings(two(.1, .2, .3, .4), keys[:1])
    with pytest.raises(InputError, match=r"cells.lone_parent, tenant: 4 keys missing or repeated"):
        crossings(pd.concat([two(.1, .2, .3, .4)] * 2, ignore_index=True), keys)
    with pytest.raises(InputError, match="do not hold the share"):
        log_spread(prevalence(low=[30.0, 1, 1], high=[31.0, 90, 90]))
    with pytest.raises(InputError, match=r"prevalence.share_of_all: 1 outside 0 to 1"):
        ratio_interval(prevalence(cv=.1, share_of_all=[1, 2, .1]))
    with pytest.raises(InputError, match=r"prevalence.percent: 1 values negative"):
        ratio_interval(prevalence(percent=[20.0, -1, 5]))
    with pytest.raises(InputError, match="prevalence: the frame is empty"):
        ratio_interval(prevalence().head(0))
    expected = pd.DataFrame({"indicator_id": ["need"], "grp": [""], "level": ["district"]})
    values = expected.assign(area_id="T1", status="hidden")
    residents = pd.DataFrame({"level": ["district"], "area_id": ["T1"], "residents": [5]})
    with pytest.raises(InputError, match=r"values.status: 1 values are none of"):
        who_is_missing(expected, values, residents)
    with pytest.raises(InputError, match="expected: nothing declares"):
        who_is_missing(expected.assign(grp="x"), values.assign(status="ok"), residents)
    with pytest.raises(InputError, match="1 values negative"):
        who_is_missing(expected, values.assign(status="ok"), residents.assign(residents=-1))
