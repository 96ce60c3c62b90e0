"""Deprivation: published first, else computed; rotation, standardization and fifths against the referee."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import composite
from indicators.spec import InputError
from tests import reference
from tests import reference_need as referee

LAWS = settings(max_examples=200, deadline=None, derandomize=True)
STANDARD = pd.DataFrame({"age": ["young", "old"], "people": [60.0, 40.0]})


def city(seed: int, areas: int = 60) -> pd.DataFrame:
    """Two hidden dimensions, six indicators that follow them, and people."""
    rng = np.random.default_rng(seed)
    poor, alone = rng.standard_normal(areas), rng.standard_normal(areas)

    def follows(dimension: np.ndarray, sign: float) -> np.ndarray:
        return 1 / (1 + np.exp(1 - sign * .5 * dimension - .2 * rng.standard_normal(areas)))

    return pd.DataFrame({
        "area_id": [f"a{i:02d}" for i in range(areas)], "population": rng.integers(200, 900, areas).astype(float),
        "no_diploma": follows(poor, 1), "employment": follows(poor, -1),
        "income": 40_000 * np.exp(-.4 * poor + .1 * rng.standard_normal(areas)),
        "living_alone": follows(alone, 1), "separated": follows(alone, 1), "lone_parent": follows(alone, 1),
    })


# --- standardization ------------------------------------------------------------------------------------------


def test_direct_standardization_by_pencil() -> None:
    # 10 of 20 young and 10 of 80 old are 20 % as they are; at the standard's ages .6 × .5 + .4 × .125 = 35 %.
    strata = pd.DataFrame({
        "area_id": ["A", "A", "B", "B", "C", "C", "D", "D"], "age": ["young", "old"] * 4,
        "cases": [10, 10, 3, 0, 0, 0, 1, np.nan], "people": [20, 80, 10, 0, 0, 0, 5, 5],
    })
    out = composite.directly_standardized(strata, STANDARD, ["age"]).set_index("area_id")
    # B has no old people: the young stand for everyone, being 60 % of the standard.
    assert out["value"].dropna().to_dict() == pytest.approx({"A": .35, "B": .3})
    assert out["status"].to_dict() == {"A": "ok", "B": "ok", "C": "not_applicable", "D": "missing"}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=2))
@LAWS
def test_direct_standardization_agrees(rows: list[tuple[int, int]]) -> None:
    strata = {name: (float(min(a, b)), float(b)) for name, (a, b) in zip(["young", "old"], rows, strict=True)}
    frame = pd.DataFrame([("A", s, *pair) for s, pair in strata.items()], columns=["area_id", "age", "cases", "people"])
    got = composite.directly_standardized(frame, STANDARD, ["age"])["value"].item()
    want = referee.directly_standardized(strata, dict(zip(STANDARD["age"], STANDARD["people"], strict=True)))
    assert math.isnan(got) if want is None else got == pytest.approx(want, rel=1e-9)


# --- the computed index ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=3, max_size=6))
@LAWS
def test_no_angle_is_better_than_varimax(rows: list[tuple[float, float]]) -> None:
    turn = composite.varimax(np.array(rows))
    assert turn.T @ turn == pytest.approx(np.eye(2), abs=1e-12)
    own = referee.varimax_gain([tuple(row) for row in np.array(rows) @ turn], 0.0)
    best = max(referee.varimax_gain(rows, math.pi * step / 720) for step in range(360))
    assert own >= best - 1e-9


@pytest.mark.parametrize("seed", range(200))
def test_the_computed_index_holds_what_it_says(seed: int) -> None:
    frame = city(seed)
    index = composite.computed(frame)
    people = frame["population"].to_numpy()
    scores = index.values.pivot(index="area_id", columns="dimension", values="value").loc[frame["area_id"]]
    six = frame[list(composite.SIX)].assign(income=np.log(frame["income"]))
    rows = [
        [*six.iloc[i], scores["material"].iloc[i], scores["social"].iloc[i]] for i in range(len(frame))
    ]
    matrix = np.array(referee.correlations(rows, list(people)))
    # Scores are uncorrelated, and a loading is the correlation of an indicator with a score.
    assert matrix[6, 7] == pytest.approx(0, abs=1e-9)
    assert index.loadings.to_numpy() == pytest.approx(matrix[:6, 6:], abs=1e-9)
    roots = np.sort(np.linalg.eigvalsh(matrix[:6, :6]))[::-1]
    assert index.explained.sum() == pytest.approx(roots[:2].sum() / 6, abs=1e-9)
    share = people / people.sum()
    for dimension in composite.DIMENSIONS:
        score = scores[dimension].to_numpy()
        assert (share @ score, share @ score**2) == pytest.approx((0, 1), abs=1e-9)
        fifth = index.values[index.values["dimension"] == dimension].set_index("area_id")["fifth"].astype(int)
        want = reference.fifths(scores[dimension].to_dict(), frame.set_index("area_id")["population"].to_dict())
        assert fifth.to_dict() == want
    signs = {**composite.MATERIAL, **composite.SOCIAL}
    for name, sign in signs.items():
        own, other = ("material", "social") if name in composite.MATERIAL else ("social", "material")
        assert index.loadings.loc[name, own] * sign > .5 > abs(index.loadings.loc[name, other])


@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(.1, 20))
@LAWS
def test_order_and_unit_of_income_are_irrelevant(seed: int, mix: int, dollars: float) -> None:
    frame = city(seed, 25)
    one = composite.computed(frame).values.set_index(["area_id", "dimension"])["value"]
    other = frame.sample(frac=1, random_state=mix).assign(income=lambda f: f["income"] * dollars)
    two = composite.computed(other).values.set_index(["area_id", "dimension"])["value"]
    pd.testing.assert_series_equal(one, two.reindex(one.index), rtol=1e-7, atol=1e-9)


def test_statuses_and_regions() -> None:
    frame = city(1)
    frame.loc[0, "income"], frame.loc[1, "population"] = np.nan, 0.0
    region = pd.Series(["east", "west"] * 30)
    index = composite.computed(frame, region)
    values = index.values[index.values["dimension"] == "material"].set_index("area_id")
    assert (values.loc["a00", "status"], values.loc["a01", "status"]) == ("missing", "not_applicable")
    assert values.loc[["a00", "a01"], ["value", "fifth"]].isna().all(axis=None)
    for side in ("east", "west"):
        inside = values[region.to_numpy() == side].dropna(subset="fifth")
        held = inside.groupby("fifth")["denominator"].sum() / inside["denominator"].sum()
        assert held.to_numpy() == pytest.approx([.2] * 5, abs=.06)


# --- published first ------------------------------------------------------------------------------------------


def test_the_published_index_comes_first_and_is_compared() -> None:
    frame = city(2)
    own = composite.computed(frame).values
    table = own[["area_id", "dimension"]].assign(quintile=own["fifth"], score=own["value"] * 2 + 1, population=1.0)
    index = composite.index(table, frame)
    assert index.source == "published" and index.loadings.empty
    assert index.values["fifth"].tolist() == own["fifth"].tolist()
    assert index.agreement.set_index("dimension").to_dict("index") == {
        d: {"areas": 60, "pearson": pytest.approx(1), "spearman": pytest.approx(1), "same_fifth": pytest.approx(1)}
        for d in composite.DIMENSIONS
    }
    assert composite.index(None, frame).source == "computed"
    withheld = composite.published(table.assign(quintile=[np.nan, *table["quintile"][1:]]))
    assert withheld["status"].iloc[0] == "missing" and math.isnan(withheld["value"].iloc[0])


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "says"), [
    ({"employment": 1.5}, r"indicators.employment: 60 values shares above 1"),
    ({"income": 0.0}, r"indicators.income: 60 values not above 0"),
    ({"separated": .1}, r"indicators.separated: equal in every area"),
    ({"population": 0.0}, r"0 areas have all six and people; 8 are needed"),
    ({"population": -1.0}, r"indicators.population: 60 values negative"),
    ({"area_id": "a"}, r"indicators.area_id: 59 keys missing or repeated"),
])
def test_broken_indicators_are_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        composite.computed(city(0).assign(**change))


def test_other_refusals() -> None:
    with pytest.raises(InputError, match="1 areas have all six"):
        composite.computed(city(0).head(1))
    with pytest.raises(InputError, match="the frame is empty"):
        composite.computed(city(0).head(0))
    with pytest.raises(InputError, match="neither a published index"):
        composite.index(None)
    with pytest.raises(InputError, match=r"published.quintile: 1 values other than 1 to 5"):
        composite.published(pd.DataFrame({"area_id": ["a"], "dimension": ["material"], "quintile": [6]}))
    broken = pd.DataFrame({"area_id": ["A"], "age": ["young"], "cases": [5], "people": [4]})
    with pytest.raises(InputError, match=r"strata.cases: 1 exceed the people"):
        composite.directly_standardized(broken, STANDARD, ["age"])
    with pytest.raises(InputError, match=r"standard.people: nothing for the stratum \('middle',\)"):
        composite.directly_standardized(broken.assign(age="middle", people=5), STANDARD, ["age"])
