"""Equity and disparity: worked examples, the referee, laws, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import disparity, equity
from indicators.spec import InputError
from tests import reference_equity as reference

# Toyville: people; places a resident (T3's capacity is unknown); need a resident; score; Parc has nobody.
TOY = pd.DataFrame({
    "area_id": ["T1", "T2", "T3", "T4", "T5"], "population": [100.0, 300, 100, 0, 100], "basis": "simulated",
    "value": [.25, .20, .10, np.nan, np.nan], "deprivation": [2.0, 1, 0, np.nan, -1],
    "supply": [10 / 100, 12 / 300, np.nan, np.nan, np.nan], "need": [.25, .20, .10, np.nan, np.nan],
})


def areas(seed: int, columns: tuple[str, ...] = ("value",)) -> pd.DataFrame:
    """Random areas: ties, nobody in some, some values missing."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    frame = pd.DataFrame({
        "area_id": [f"A{i:02}" for i in range(n)], "population": rng.integers(0, 60, n) * 10.0, "basis": "counted",
        "deprivation": rng.integers(-3, 4, n).astype("float64"),
    })
    frame.loc[:1, "population"], frame.loc[:1, "deprivation"] = 900.0, [9.0, -9.0]
    for column in columns:
        frame[column] = rng.gamma(1, 2, n).round(2)
        frame.loc[rng.uniform(size=n) < 0.05, column] = np.nan
        frame.loc[:1, column] = [1.0, 3.0]
    return frame


def listed(frame: pd.DataFrame, *columns: str) -> list[reference.Area]:
    rows = frame.drop(columns=["area_id", "basis"]).to_dict("records")
    return reference.kept(rows, columns)  # pyright: ignore[reportArgumentType]


def only(result: pd.DataFrame) -> pd.Series:
    assert list(result.columns[:8]) == [
        "area_id", "numerator", "denominator", "value", "low", "high", "status", "basis"
    ]
    assert len(result) == 1
    return result.iloc[0]


def test_toyville() -> None:
    # 500 people ranked Nord 1/10, Centre 1/2, Colline 9/10; 25, 60 and 10 of 95 in need:
    # 2 × (25 × 0.1 + 60 × 0.5 + 10 × 0.9) ÷ 95 − 1 = −12 ÷ 95.
    row = only(equity.concentration_index(TOY, "TOY"))
    assert row["value"] == pytest.approx(-12 / 95) and row["denominator"] == pytest.approx(.19)
    assert (row["status"], row["basis"]) == ("ok", "simulated") and row["low"] <= row["value"] <= row["high"]
    # A share is bounded: 4 × 0.19 × −12 ÷ 95 = −0.096.
    assert only(equity.concentration_index(TOY, "TOY", bounds=(0, 1)))["value"] == pytest.approx(-.096)
    # Half the mean gap: (2 × 100 × 300 × .05 + 2 × 100 × 100 × .15 + 2 × 300 × 100 × .10) ÷ (2 × 500²) = .024; ÷ .19.
    assert only(equity.gini(TOY, "TOY"))["value"] == pytest.approx(.024 / .19)
    # The first 100 of 500 people are Nord's, the last Colline's: 0.25 ÷ 0.10.
    assert only(equity.fifth_ratio(TOY, "TOY"))["value"] == pytest.approx(2.5)
    # Nord and Centre alone know both: ranks 1/8 and 5/8. Supply 10 and 12 of 22: −9/44; need 25 and 60 of 85: −3/68.
    row = only(equity.inequity(TOY, "TOY"))
    assert (row["numerator"], row["denominator"]) == pytest.approx((-9 / 44, -3 / 68))
    assert row["value"] == pytest.approx(-9 / 44 + 3 / 68)
    curve = equity.lorenz(TOY, by="deprivation")
    assert curve["people_share"].tolist() == pytest.approx([0, .2, .8, 1])
    assert curve["resource_share"].tolist() == pytest.approx([0, 25 / 95, 85 / 95, 1])


@pytest.mark.parametrize("seed", range(200))
def test_equity_agrees_with_the_referee(seed: int) -> None:
    frame = areas(seed, ("value", "supply", "need"))
    ranked, known = listed(frame, "value", "deprivation"), listed(frame, "value")
    cov, mean = reference.concentration(ranked, "value", lambda a: -a["deprivation"])
    row = only(equity.concentration_index(frame, "x", draws=1))
    assert (row["numerator"], row["denominator"]) == pytest.approx((cov, mean), abs=1e-9)
    assert row["value"] == pytest.approx(cov / mean, abs=1e-9)
    bounded = only(equity.concentration_index(frame, "x", bounds=(0, 50), draws=1))
    assert bounded["value"] == pytest.approx(4 * cov / 50, abs=1e-9)
    assert only(equity.gini(frame, "x", draws=1))["value"] == pytest.approx(reference.gini(known), abs=1e-9)
    least = reference.fifth_mean(ranked, most=False)
    row = only(equity.fifth_ratio(frame, "x", draws=1))
    if least > 0:
        assert row["value"] == pytest.approx(reference.fifth_mean(ranked, most=True) / least, rel=1e-9)
    both = listed(frame, "supply", "need", "deprivation")
    c = [np.divide(*reference.concentration(both, name, lambda a: -a["deprivation"])) for name in ("supply", "need")]
    assert only(equity.inequity(frame, "x", draws=1))["value"] == pytest.approx(c[0] - c[1], abs=1e-9)


@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_scale_order_and_bounds(seed: int, scale: float) -> None:
    frame = areas(seed)
    mixed = frame.sample(frac=1, random_state=seed)
    bigger = frame.assign(value=frame["value"] * scale, population=frame["population"] * 7)
    index = (equity.concentration_index, equity.gini, equity.fifth_ratio)[seed % 3]
    row = only(index(frame, "x", draws=20))
    pd.testing.assert_series_equal(row, only(index(mixed, "x", draws=20)))
    again = only(index(bigger, "x", draws=20))
    if row["status"] == "ok":
        assert again[["value", "low", "high"]].to_list() == pytest.approx(
            row[["value", "low", "high"]].to_list(), abs=1e-9, nan_ok=True
        )
        assert seed % 3 != 0 or -1 <= row["value"] <= 1
        assert seed % 3 != 1 or 0 <= row["value"] < 1
    tied = frame.assign(deprivation=frame["deprivation"].clip(-1, 1))
    upside_down = tied.assign(deprivation=-tied["deprivation"])
    one, other = (only(equity.concentration_index(f, "x", draws=1))["value"] for f in (tied, upside_down))
    assert one == pytest.approx(-other, abs=1e-9)


@given(st.integers(0, 10**6), st.floats(.01, 100))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_the_same_everywhere_is_zero(seed: int, value: float) -> None:
    frame = areas(seed).assign(value=value)
    for index in (equity.gini, equity.concentration_index):
        row = index(frame, "x", draws=5)
        assert (row.at[0, "value"], row.at[0, "status"]) == (0.0, "ok")
    assert equity.fifth_ratio(frame, "x", draws=5).at[0, "value"] == pytest.approx(1)


def test_nothing_to_compare_has_a_status() -> None:
    frame = areas(3).dropna()
    indices = (equity.concentration_index, equity.gini, equity.fifth_ratio)
    for empty in (frame.assign(population=0.0), frame.head(1), frame.assign(value=0.0)):
        for index in indices:
            row = only(index(empty, "x", draws=5))
            assert row["status"] == "not_applicable" and np.isnan(row["value"]) and np.isnan(row["high"])
    assert only(equity.concentration_index(frame.assign(deprivation=1.0), "x"))["status"] == "not_applicable"
    assert only(equity.concentration_index(frame.assign(value=np.nan), "x"))["status"] == "missing"
    assert only(equity.concentration_index(frame.assign(value=0.0), "x", bounds=(0, 1)))["value"] == 0
    assert equity.lorenz(frame.assign(value=0.0)).empty


def test_equity_refuses() -> None:
    frame = areas(3)
    for bad, message in (
        (frame.assign(value=-1.0), r"areas\.value: \d+ values negative or infinite, first at row 0"),
        (frame.assign(population=-1.0), r"areas\.population"),
        (frame.assign(deprivation=np.inf), r"areas\.deprivation"),
        (frame.head(0), "areas: no rows"), (frame.drop(columns="value"), "no column value"),
        (pd.concat([frame, frame.head(1)]), r"areas\.area_id: 1 given twice, first A00"),
    ):
        with pytest.raises(InputError, match=message):
            equity.concentration_index(bad, "x")
    with pytest.raises(InputError, match=r"areas\.value: \d+ outside"):
        equity.concentration_index(frame, "x", bounds=(0, .5))
    with pytest.raises(InputError, match="not a range"):
        equity.concentration_index(frame, "x", bounds=(1, 1))
    with pytest.raises(InputError, match="neither"):
        equity.lorenz(frame, by="name")


def test_areas_with_nobody_change_nothing() -> None:
    frame = areas(8).dropna()
    ghost = pd.DataFrame({"area_id": ["Z"], "population": 0.0, "basis": "counted", "deprivation": 99.0, "value": 1e6})
    for index in (equity.concentration_index, equity.gini, equity.fifth_ratio):
        pd.testing.assert_frame_equal(index(frame, "x", draws=9), index(pd.concat([frame, ghost]), "x", draws=9))


def test_eight_in_ten_intervals_of_the_index_hold_the_truth() -> None:
    # Areas drawn from a law whose index is known from 200,000 of them.
    rng = np.random.default_rng(5)

    def city(n: int) -> pd.DataFrame:
        score = rng.normal(size=n)
        return pd.DataFrame({
            "area_id": np.arange(n), "population": rng.integers(100, 900, n) * 1.0, "basis": "counted",
            "deprivation": score, "value": np.exp(.3 * score + .5 * rng.normal(size=n)),
        })

    truth = only(equity.concentration_index(city(200_000), "x", draws=1))["value"]
    rows = [only(equity.concentration_index(city(100), "x", draws=200, seed=i, level=.8)) for i in range(150)]
    held = float(np.mean([row["low"] <= truth <= row["high"] for row in rows]))
    assert .73 <= held <= .87


def places(seed: int) -> pd.DataFrame:
    return areas(seed, ("resource", "baseline"))


def test_disparity_in_toyville() -> None:
    toy = TOY.assign(resource=[11.0, 11, 0, 0, 0], baseline=[25.0, 60, 10, 0, np.nan])
    units = disparity.effective_units(pd.Series([11.0, 11.0]))
    found = disparity.geographic_disparity(toy, units).set_index("area_id")
    # Nord: 11 of 22 places, 25 of 95 people in need.
    assert found["value"]["T1"] == pytest.approx(.5 - 25 / 95)
    assert found["status"].to_dict() == {
        "T1": "ok", "T2": "ok", "T3": "ok", "T4": "not_applicable", "T5": "missing"
    }
    # One of two places: Clopper–Pearson 1.3 to 98.7 %.
    assert (found["low"]["T1"], found["high"]["T1"]) == pytest.approx((.012579 - 25 / 95, .987421 - 25 / 95), abs=1e-6)
    assert set(found["verdict"]) == {"not_significant", "unknown"}
    groups = pd.DataFrame({"area_id": ["T1", "T2", "T3"], "group_id": "age_65plus", "share": [.20, .10, .40]})
    row = disparity.demographic_disparity(toy, groups, units).iloc[0]
    # Half of the places at 20 %, half at 10 %: 15 %, against (20 + 30 + 40) of 500.
    assert (row["numerator"], row["denominator"], row["value"]) == pytest.approx((.15, .18, -.03))
    assert row["verdict"] == "not_significant" and row["low"] < 0 < row["high"]


@pytest.mark.parametrize("seed", range(200))
def test_disparity_agrees_with_the_referee(seed: int) -> None:
    frame = places(seed)
    rows = frame.set_index("area_id").drop(columns="basis").to_dict("index")
    want = reference.geographic(rows)  # pyright: ignore[reportArgumentType]
    found = disparity.geographic_disparity(frame, units=12.5).set_index("area_id")
    assert found["value"].dropna().to_dict() == pytest.approx(want, abs=1e-9)
    assert found["value"].sum() == pytest.approx(0, abs=1e-9)
    inside = found.dropna(subset="value")
    assert (inside["low"] <= inside["value"] + 1e-12).all() and (inside["value"] <= inside["high"] + 1e-12).all()
    rng = np.random.default_rng(seed)
    groups = pd.DataFrame({"area_id": frame["area_id"], "group_id": "g", "share": rng.uniform(0, 1, len(frame))})
    row = disparity.demographic_disparity(frame.fillna({"resource": 0}), groups, units=5, draws=200).iloc[0]
    clean = {k: v | {"resource": 0.0 if v["resource"] != v["resource"] else v["resource"]} for k, v in rows.items()}
    want_g = reference.demographic(clean, groups.set_index("area_id")["share"].to_dict())  # type: ignore[arg-type]
    assert row["value"] == pytest.approx(want_g, abs=1e-9)


def test_places_scattered_as_people_are_rarely_significant() -> None:
    rng = np.random.default_rng(1)
    frame = areas(21, ("baseline",)).fillna(1.0)
    groups = pd.DataFrame({"area_id": frame["area_id"], "group_id": "g", "share": rng.uniform(0, .5, len(frame))})
    chance = (frame["population"] / frame["population"].sum()).to_numpy()
    called = 0
    for i in range(100):
        drawn = frame.assign(resource=rng.multinomial(26, chance).astype("float64"))
        verdict = disparity.demographic_disparity(drawn, groups, 26, draws=200, seed=i)["verdict"][0]
        called += verdict != "not_significant"
    assert called <= 12  # 5 % of 100 is 5


def test_disparity_refuses_and_says_nothing_of_nothing() -> None:
    frame = places(4)
    groups = pd.DataFrame({"area_id": frame["area_id"], "group_id": "g", "share": .1})
    assert set(disparity.geographic_disparity(frame.assign(resource=0.0), 3)["status"]) <= {"not_applicable", "missing"}
    for nothing in (frame.assign(resource=0.0), frame.assign(population=0.0)):
        assert disparity.demographic_disparity(nothing, groups)["status"].tolist() == ["not_applicable"]
    assert set(disparity.geographic_disparity(frame)["verdict"]) == {"unknown"}
    for call, message in (
        (lambda: disparity.geographic_disparity(frame, -1), "units"),
        (lambda: disparity.demographic_disparity(frame, groups.assign(share=1.2)), r"groups\.share: \d+ above 1"),
        (lambda: disparity.demographic_disparity(frame, groups.assign(area_id="?")), "not in areas, first at row 0"),
        (lambda: disparity.demographic_disparity(frame, pd.concat([groups, groups])), "twice in a group"),
        (lambda: disparity.demographic_disparity(frame, groups.head(0)), "groups: no rows"),
        (lambda: disparity.effective_units(pd.Series([-1.0])), r"places\.amount"),
    ):
        with pytest.raises(InputError, match=message):
            call()
    assert disparity.effective_units(pd.Series([], dtype="float64")) == 0
