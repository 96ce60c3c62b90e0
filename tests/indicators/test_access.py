"""Access by pencil, by law and against the referee; every bad input is refused by name."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import access
from indicators.spec import InputError
from tests import reference, reference_access
from tests.indicators.test_against_reference import city, listed

TOYVILLE = Path(__file__).resolve().parents[2] / "data" / "toyville"
METHODS: dict[str, Callable[..., pd.DataFrame]] = {
    "allocation": access.allocation, "e2sfca": access.e2sfca, "three_step": access.three_step,
    "balanced": access.balanced, "gravity": access.gravity,
}
STEPS = {500.0: 1.0, 1000.0: .68, 1500.0: .22}
DECAYS = {
    "step": (access.step_weight(STEPS), reference_access.steps(STEPS)),
    "gaussian": (access.gaussian(600, 1800), reference_access.gaussian(600, 1800)),
    "exponential": (access.exponential(700, 1800), reference_access.exponential(700, 1800)),
    "inverse power": (access.inverse_power(1.5, 80, 1800), reference_access.inverse_power(1.5, 80, 1800)),
}
law = settings(max_examples=200, deadline=None, derandomize=True)
seeds, decays = st.integers(0, 499), st.sampled_from(sorted(DECAYS))


def rows(name: str) -> list[dict[str, str]]:
    with (TOYVILLE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def toyville() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nord and Centre's three points, and the two places that told their capacity."""
    points = pd.DataFrame(rows("demand_point.csv")).set_index("point_id").loc[["P1", "P2", "P3"]]
    points[["lon", "lat"]] = points[["lon", "lat"]].astype(float)
    sites = pd.DataFrame(rows("location.csv")).set_index("location_id").loc[["L1", "L2"]]
    sites[["lon", "lat"]] = sites[["lon", "lat"]].astype(float)
    return points.assign(need=[25.0, 30.0, 30.0]), sites.assign(capacity=11.0)


def plain(series: pd.Series) -> dict[str, float]:
    return {str(i): float(v) for i, v in series.items()}


def values(result: pd.DataFrame) -> list[float]:
    return result["value"].tolist()


# --- worked examples: the very numbers of docs/indicators.md -------------------------------------------------

TOY_STEPS = {1100: 1.0, 2000: .5}


@pytest.mark.parametrize(("method", "each"), [
    # Half of P1 and P2 to each place, all of P3 to L2: 27.5 and 57.5 people; 11 ÷ 27.5 = 0.4, 11 ÷ 57.5 = 0.1913.
    ("allocation", [(0.4 + 11 / 57.5) / 2] * 2 + [11 / 57.5]),
    # 55 people at L1, 55 + 30 × 0.5 = 70 at L2: 0.2 and 0.1571.
    ("e2sfca", [0.2 + 11 / 70] * 2 + [11 / 140]),
    # 27.5 at L1, 27.5 + 30 × 1 × 0.5 = 42.5 at L2: 0.4 and 0.2588, halved: by choice at P1 and P2, by distance at P3.
    ("three_step", [0.2 + 11 / 85] * 2 + [11 / 85]),
    # The 0.4 of L1 in two equal parts, the 0.1913 of L2 in parts of 1, 1 and 0.5.
    ("balanced", [0.2 + 11 / 57.5 / 2.5] * 2 + [11 / 57.5 / 5]),
    ("gravity", [22.0, 22.0, 5.5]),
])
def test_each_method_by_pencil(method: str, each: list[float]) -> None:
    points, sites = toyville()
    cost = access.cost_matrix(points, sites, 2000)
    got = METHODS[method](points["need"], sites["capacity"], cost, access.step_weight(TOY_STEPS))
    assert values(got) == pytest.approx(each, abs=1e-12)
    if method in ("allocation", "e2sfca", "three_step"):
        assert got["numerator"].sum() == pytest.approx(22, abs=1e-12)
    if method == "balanced":  # keeps Σ A = Σ L, loses places: 16.36 of 22
        assert got["value"].sum() == pytest.approx(0.4 + 11 / 57.5) and got["numerator"].sum() < 16.4
    if method == "gravity":
        assert values(access.min_max(got)) == [1, 1, 0]


def test_what_is_within_reach_by_pencil() -> None:
    points, sites = toyville()
    need, places, cost = points["need"], sites["capacity"], access.cost_matrix(points, sites, 2000)
    flat = access.step_weight({1100: 1})
    assert values(access.two_step(need, places, cost, 1100)) == pytest.approx([0.4, 0.4, 0])
    assert access.uncovered(need, places, cost, flat).to_dict() == {"P3": 30}
    assert access.claims(need, places, cost, flat).to_dict() == {"L1": 27.5, "L2": 27.5}
    assert values(access.services_within(need, places, cost, 1100)) == [2, 2, 0]
    assert values(access.people_within(need, places, cost, 1100)) == [55, 55]
    assert values(access.people_within(need, places, cost, 2000)) == [55, 85]
    assert values(access.nearest_cost(need, places, cost)) == pytest.approx([0, 0, 1953.64], abs=0.01)
    # P1 alone with L1: 11 ÷ 25 = 0.44. Reaching further brings P2 and its place (0.4), then P3 without any (0.2957).
    strip = access.at_each_reach(need, places, cost, [500, 1100, 2000]).set_index(["reach", "area_id"])["value"]
    assert strip.unstack()["P1"].tolist() == pytest.approx([0.44, 0.4, (0.4 + 11 / 57.5) / 2])
    assert strip[500, "P2"] == pytest.approx(11 / 30) and strip[500, "P3"] == 0
    # L1 serves Nord only: P2 turns to L2 alone. 12.5 people at L1 (0.88), 12.5 + 30 at L2 (0.2588).
    nord = pd.DataFrame({"destination": ["L1"], "area_id": ["T1"]})
    served = access.limit(cost, nord, points["base_id"])
    got = access.allocation(need, places, served, flat)
    assert values(got) == pytest.approx([(0.88 + 11 / 42.5) / 2, 11 / 42.5, 0])
    assert got["numerator"].sum() == pytest.approx(22)


def test_an_origin_without_people_keeps_its_value_and_nothing_in_reach_is_zero() -> None:
    points, sites = toyville()
    need = pd.Series({"P1": 25.0, "P2": 0.0, "P3": 30.0})
    got = access.allocation(need, sites["capacity"], access.cost_matrix(points, sites, 1100),
                            access.step_weight({1100: 1})).set_index("area_id")
    assert got["status"].to_dict() == {"P1": "ok", "P2": "not_applicable", "P3": "ok"}
    assert got["value"].to_dict() == pytest.approx({"P1": 0.88, "P2": 0.88, "P3": 0.0})
    assert got["numerator"].to_dict() == pytest.approx({"P1": 22, "P2": 0, "P3": 0})
    assert list(got.reset_index()) == [
        "area_id", "numerator", "denominator", "value", "low", "high", "status", "basis"
    ]


def test_minutes_in_text_are_as_good_as_metres_in_categories() -> None:
    cost = pd.DataFrame({"origin": ["a", "b", "b"], "destination": ["x", "x", "y"], "cost": [10, 30, 60]})
    demand, supply = pd.Series({"a": 10, "b": 5}), pd.Series({"x": 30, "y": 4})
    got = access.three_step(demand, supply, cost, access.step_weight(access.WAN_2012))
    g = .377 / (.377 + .042)  # b chooses between x at 30 minutes and y at 60
    x, y = 30 / (10 * .962 + 5 * g * .377), 4 / (5 * (1 - g) * .042)
    assert values(got) == pytest.approx([.962 * x, g * .377 * x + (1 - g) * .042 * y])
    assert values(access.two_step(demand, supply, cost, 30)) == [2, 2]  # reach is inclusive
    as_text = access.two_step(demand, supply, cost.astype({"origin": "category", "destination": "category"}), 30)
    assert values(as_text) == [2, 2]
    assert access.limit(cost, pd.DataFrame({"destination": ["x"], "area_id": ["b"]})).index.tolist() == [1, 2]


def test_cost_matrix_is_inclusive_light_and_remembers_its_reach() -> None:
    points, sites = toyville()
    far = float(access.nearest(points, sites)["P3"])
    cost = access.cost_matrix(points, sites, far)
    assert len(cost) == 5 and cost["cost"].max() == far and cost.attrs["reach"] == far
    assert len(access.cost_matrix(points, sites, far * (1 - 1e-12))) == 4
    assert cost["origin"].cat.codes.dtype == "int8"  # pandas keeps codes as small as the ids allow
    with pytest.raises(InputError, match=r"reaches: 3000 is beyond 1953\.\d+, the reach of cost"):
        access.at_each_reach(points["need"], sites["capacity"], cost, [3000.0])
    blocks = pd.concat([points] * 30_000).set_axis(range(90_000), axis=0)  # more origins than one block holds
    assert len(access.cost_matrix(blocks, sites, far)) == 5 * 30_000


# --- referee -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(200))
def test_referee_agrees_on_random_cities(seed: int) -> None:
    points, sites = city(seed)
    demand, supply, cost = points["need"], sites["capacity"], access.cost_matrix(points, sites, 1800)
    pairs = reference.pairs(listed(points), listed(sites), 1800)
    people, places = plain(demand), plain(supply)
    ours, theirs = list(DECAYS.values())[seed % len(DECAYS)]

    def same(got: pd.DataFrame | pd.Series, want: dict[str, float]) -> None:
        found = got if isinstance(got, pd.Series) else got.set_index("area_id")["value"].dropna()
        assert found.to_dict() == pytest.approx(want, rel=1e-9, abs=1e-9)

    for name, method in METHODS.items():
        same(method(demand, supply, cost, ours), getattr(reference_access, name)(people, places, pairs, theirs))
    same(access.two_step(demand, supply, cost, 900), reference_access.two_step(people, places, pairs, 900))
    same(access.claims(demand, supply, cost, ours), reference_access.claims(people, places, pairs, theirs))
    same(access.uncovered(demand, supply, cost, ours), reference_access.uncovered(people, pairs, theirs))
    same(access.unreached(demand, supply, cost, ours), reference_access.unreached(people, places, pairs, theirs))
    same(access.nearest_cost(demand, supply, cost), reference_access.nearest_cost(people, pairs))
    same(access.services_within(demand, supply, cost, 900), reference_access.services_within(people, pairs, 900))
    same(access.people_within(demand, supply, cost, 900),
         reference_access.people_within(people, places, pairs, 900))
    proximity = access.gravity(demand, supply, cost, ours)
    if proximity.loc[proximity["status"] == "ok", "value"].nunique() > 1:
        raw = reference_access.gravity(people, places, pairs, theirs)
        same(access.min_max(proximity), reference_access.min_max(raw, people))
    rng = np.random.default_rng(seed)
    allowed = pd.DataFrame({"destination": rng.choice(sites.index, 4), "area_id": rng.choice(["A", "B", "Z"], 4)})
    kept = access.limit(cost, allowed, points["area_id"])
    want = reference_access.limit(
        pairs, list(allowed.itertuples(index=False, name=None)), dict(zip(points.index, points["area_id"], strict=True))
    )
    assert set(zip(kept["origin"], kept["destination"], strict=True)) == set(want)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("decay", DECAYS)
def test_referee_agrees_on_toyville(name: str, decay: str) -> None:
    points, sites = toyville()
    ours, theirs = DECAYS[decay]
    pairs = reference.pairs(listed(points), listed(sites), 3000)
    got = METHODS[name](points["need"], sites["capacity"], access.cost_matrix(points, sites, 3000), ours)
    want = getattr(reference_access, name)(plain(points["need"]), plain(sites["capacity"]), pairs, theirs)
    assert got.set_index("area_id")["value"].to_dict() == pytest.approx(want, rel=1e-9, abs=1e-9)


# --- laws --------------------------------------------------------------------------------------------------


@cache
def case(seed: int) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    points, sites = city(seed)
    return points["need"], sites["capacity"], access.cost_matrix(points, sites, 1500)


@given(seeds, decays, st.sampled_from(["allocation", "e2sfca", "three_step"]))
@law
def test_supply_is_given_or_reported_unreached(seed: int, decay: str, method: str) -> None:
    demand, supply, cost = case(seed)
    weight = DECAYS[decay][0]
    given_ = METHODS[method](demand, supply, cost, weight)["numerator"].sum()
    assert given_ + access.unreached(demand, supply, cost, weight).sum() == pytest.approx(supply.sum(), rel=1e-12)


@given(seeds, decays)
@law
def test_people_turn_to_a_site_or_are_reported_uncovered(seed: int, decay: str) -> None:
    demand, supply, cost = case(seed)
    weight = DECAYS[decay][0]
    claims = access.claims(demand, supply, cost, weight)
    left = access.uncovered(demand, supply, cost, weight).sum()
    assert claims.sum() + left == pytest.approx(demand.sum(), rel=1e-12)
    level = (supply[claims > 0] / claims[claims > 0]).sum()  # Σ A_i = Σ L_j, and places given back are places offered
    assert access.balanced(demand, supply, cost, weight)["value"].sum() == pytest.approx(level, rel=1e-9)


@given(seeds, decays, st.sampled_from(sorted(METHODS)), st.integers(0, 20), st.floats(0, 500))
@law
def test_more_places_never_lower_a_value(seed: int, decay: str, method: str, site: int, more: float) -> None:
    demand, supply, cost = case(seed)
    added = supply.copy()
    added.iloc[site % len(supply)] += more
    before = METHODS[method](demand, supply, cost, DECAYS[decay][0])["value"]
    after = METHODS[method](demand, added, cost, DECAYS[decay][0])["value"]
    assert (after >= before - 1e-12 * before.abs()).all()


@given(seeds, decays, st.sampled_from(["allocation", "e2sfca", "three_step", "gravity"]), st.floats(0, 1))
@law
def test_splitting_an_area_keeps_its_sums(seed: int, decay: str, method: str, share: float) -> None:
    demand, supply, cost = case(seed)
    weight, cut = DECAYS[decay][0], demand.index[seed % len(demand)]
    halves = pd.concat([demand.drop(cut), pd.Series({"one": demand[cut] * share, "two": demand[cut] * (1 - share)})])
    mine, text = cost["origin"] == cut, cost.astype({"origin": "str"})
    split = pd.concat([text[~mine], text[mine].assign(origin="one"), text[mine].assign(origin="two")])
    whole = METHODS[method](demand, supply, cost, weight).set_index("area_id")
    parts = METHODS[method](halves, supply, split, weight).set_index("area_id")
    assert parts["value"][["one", "two"]].tolist() == pytest.approx([whole["value"][cut]] * 2, rel=1e-9, abs=1e-12)
    assert parts["numerator"].sum() == pytest.approx(whole["numerator"].sum(), rel=1e-9)


@given(seeds, decays, st.sampled_from(sorted(METHODS)))
@law
def test_order_of_rows_is_irrelevant(seed: int, decay: str, method: str) -> None:
    demand, supply, cost = case(seed)
    weight = DECAYS[decay][0]
    straight = METHODS[method](demand, supply, cost, weight).set_index("area_id")["value"]
    shuffled = METHODS[method](
        demand.sample(frac=1, random_state=seed), supply.sample(frac=1, random_state=seed),
        cost.sample(frac=1, random_state=seed), weight,
    ).set_index("area_id")["value"]
    assert shuffled[straight.index].tolist() == pytest.approx(straight.tolist(), rel=1e-12, abs=1e-15)


@given(seeds, st.sampled_from(sorted(METHODS)), st.lists(st.floats(1, 1500), min_size=2, max_size=2))
@law
def test_the_strip_is_each_reach_alone_and_reaching_further_never_uncovers(
    seed: int, method: Any, reaches: list[float]
) -> None:
    demand, supply, cost = case(seed)
    strip = access.at_each_reach(demand, supply, cost, reaches, method)
    alone = [METHODS[method](demand, supply, cost, access.step_weight({r: 1.0}))["value"] for r in reaches]
    assert strip["value"].tolist() == pd.concat(alone).tolist()
    left = [access.uncovered(demand, supply, cost, access.step_weight({r: 1.0})).sum() for r in sorted(reaches)]
    assert left == sorted(left, reverse=True)


# --- bad input ---------------------------------------------------------------------------------------------

FLAT = access.step_weight({1000: 1})
# Any: what follows gives the functions what their types forbid.
DEMAND: Any = pd.Series({"a": 10.0, "b": 5.0})
SUPPLY: Any = pd.Series({"x": 30.0})
COST: Any = pd.DataFrame({"origin": ["a", "b"], "destination": ["x", "x"], "cost": [10.0, 30.0]})
AT: Any = pd.DataFrame({"lon": [-73.6, -73.5], "lat": [45.5, 45.6]}, index=["a", "b"])


@pytest.mark.parametrize(("demand", "supply", "cost", "says"), [
    (DEMAND - 8, SUPPLY, COST, r"demand: 1 rows negative or infinite \[people\], first 'b'"),
    (DEMAND, SUPPLY * np.inf, COST, r"supply: 1 rows negative or infinite \[places\], first 'x'"),
    (DEMAND * np.nan, SUPPLY, COST, r"demand: 2 rows missing \[people\], first 'a'"),
    (DEMAND, pd.Series({"x": pd.NA}, dtype="Int64"), COST, "supply: 1 rows missing"),
    (DEMAND.astype("str"), SUPPLY, COST, "demand: not numbers but str, first 'a': '10.0'"),
    (DEMAND.to_frame(), SUPPLY, COST, "demand: DataFrame given"),
    (pd.concat([DEMAND, DEMAND]), SUPPLY, COST, "demand: index has duplicates, 2 rows, first 'a'"),
    (DEMAND, pd.concat([SUPPLY, SUPPLY]), COST, "supply: index has duplicates"),
    (DEMAND.set_axis(["a", None]), SUPPLY, COST, "demand: 1 rows without an id"),
    (DEMAND.head(0), SUPPLY, COST.head(0), "demand: no rows"),
    (pd.Series([]), SUPPLY, COST.head(0), "demand: no rows"),
    (DEMAND, SUPPLY, COST.drop(columns="cost"), "cost: no column cost; it has origin, destination"),
    (DEMAND, SUPPLY, COST["cost"], "cost: Series given"),
    (DEMAND, SUPPLY, COST.assign(cost=[1, -1]), "cost.cost: 1 rows negative or not finite, first at row 1"),
    (DEMAND, SUPPLY, COST.assign(cost=[np.nan, np.inf]), "cost.cost: 2 rows negative or not finite, first at row 0"),
    (DEMAND, SUPPLY, COST.assign(cost=["1", "2"]), "cost.cost: not numbers but str"),
    (DEMAND, SUPPLY, COST.assign(origin=["a", "z"]), "cost.origin: 1 rows .* index of demand, first 'z'"),
    (DEMAND, SUPPLY, COST.assign(destination=["x", None]), "cost.destination: 1 rows .* index of supply, first nan"),
    (DEMAND, SUPPLY, COST.assign(origin=pd.Categorical(["a", None], ["a", "b"])), "cost.origin: 1 rows .* first nan"),
    (DEMAND, SUPPLY, COST.assign(origin=pd.Categorical(["a", None], ["b", "a"])), "cost.origin: 1 rows .* first nan"),
    (DEMAND, SUPPLY, COST.assign(origin="a"), r"cost: 1 rows repeat a pair .* first \['a', 'x'\]"),
    (DEMAND * 5e-324, SUPPLY * 1e300, COST, "demand: too few people beside supply, 1 ratios overflow"),
])
def test_bad_frames_are_refused_by_name(demand: Any, supply: Any, cost: Any, says: str) -> None:
    for method in (access.allocation, access.e2sfca, access.three_step, access.balanced):
        with pytest.raises(InputError, match=says):
            method(demand, supply, cost, FLAT)


@pytest.mark.parametrize(("act", "says"), [
    (lambda: access.cost_matrix(AT.assign(lat=np.nan), AT, 10), "origins.lon, lat: 2 rows without a position"),
    (lambda: access.cost_matrix(AT, AT.assign(lon=[0, 181]), 10), "destinations.lon, lat: 1 rows .* first 'b'"),
    (lambda: access.cost_matrix(AT, AT.astype("str"), 10), "destinations.lon: not degrees but str, first '-73.6'"),
    (lambda: access.cost_matrix(AT[["lon"]], AT, 10), "origins: no column lat"),
    (lambda: access.cost_matrix(AT["lon"], AT, 10), "origins: Series given"),
    (lambda: access.cost_matrix(AT.set_axis(["a", "a"]), AT, 10), "origins: index has duplicates, first 'a'"),
    (lambda: access.cost_matrix(AT.set_axis(["a", None]), AT, 10), "origins: 1 rows without an id"),
    (lambda: access.cost_matrix(AT, AT, 0), "reach_m: 0 is not above 0"),
    (lambda: access.cost_matrix(AT, AT, np.nan), "reach_m: nan is not above 0"),
    (lambda: access.cost_matrix(AT, AT, np.inf), "reach_m: inf is not a finite"),
    (lambda: access.cost_matrix(AT, AT, True), "reach_m: True is not above 0"),
    (lambda: access.nearest(AT.assign(lat=np.nan), AT), "origins.lon, lat: 2 rows"),
    (lambda: access.two_step(DEMAND, SUPPLY, COST, -1), "reach: -1 is not above 0"),
    (lambda: access.step_weight({}), "steps: no step"),
    (lambda: access.step_weight({500: 1.2}), "steps: 500: 1.2 is not"),
    (lambda: access.step_weight({-5: 1}), "steps: -5: 1 is not"),
    (lambda: access.step_weight({500: np.nan}), "steps: 500: nan is not"),
    (lambda: access.gaussian(0), "bandwidth: 0 is not above 0"),
    (lambda: access.exponential(5e-324), "scale: 5e-324 is not a finite"),
    (lambda: access.inverse_power(2, 0), "near: 0 is not above 0"),
    (lambda: access.gravity(DEMAND, SUPPLY, COST, lambda d: d - 20), "weight: 1 weights negative .* at cost 10"),
    (lambda: access.gravity(DEMAND, SUPPLY, COST, lambda d: d[:1]), r"weight: \(1,\) weights for \(2,\) costs"),
    (lambda: access.min_max(access.gravity(DEMAND, SUPPLY, COST, FLAT)), "result.value: 2 rows ok and no two differ"),
    (lambda: access.at_each_reach(DEMAND, SUPPLY, COST, []), "reaches: none given"),
    (lambda: access.at_each_reach(DEMAND, SUPPLY, COST, [10], "huff"), "method: 'huff' is none of allocation"),  # type: ignore[arg-type]
    (lambda: access.limit(COST, pd.DataFrame({"destination": ["x"]})), "allowed: no column area_id"),
    (lambda: access.limit(COST, pd.DataFrame({"destination": ["x", None], "area_id": ["a", "b"]})),
     "allowed: 1 rows without a destination or an area_id, first at row 1"),
    (lambda: access.limit(COST, COST.rename(columns={"origin": "area_id"}), pd.Series(["A", "B"], ["a", "a"])),
     "areas: index has duplicates, first 'a'"),
])
def test_bad_settings_are_refused_by_name(act: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        act()


@pytest.mark.parametrize("name", METHODS)
def test_edges_keep_their_documented_status(name: str) -> None:
    method = METHODS[name]
    nobody = method(DEMAND * 0, SUPPLY, COST, FLAT)
    assert set(nobody["status"]) == {"not_applicable"} and np.isfinite(nobody["value"]).all()
    assert access.unreached(DEMAND * 0, SUPPLY, COST, FLAT).to_dict() == {"x": 30}
    nothing = method(DEMAND, SUPPLY.head(0), COST.head(0), FLAT)  # an empty listing covers nobody, and says so
    assert values(nothing) == [0, 0] and set(nothing["status"]) == {"ok"}
    assert access.uncovered(DEMAND, SUPPLY.head(0), COST.head(0), FLAT).to_dict() == DEMAND.to_dict()
    single = method(DEMAND.head(1), SUPPLY, COST.head(1), FLAT)
    assert values(single) == ([30.0] if name == "gravity" else [3.0])
    far = method(DEMAND, SUPPLY, COST, access.gaussian(0.01))  # so far that every weight is 0
    assert values(far) == [0, 0]


def test_every_alternate_is_declared_in_both_languages() -> None:
    for indicator in (access.NEAREST, access.ACCESS, access.TWO_STEP, *access.ALTERNATES):
        assert indicator.misuse and indicator.assumptions
        for text in (indicator.title, indicator.question, indicator.counts, indicator.method, indicator.range_means,
                     indicator.citation, indicator.misuse, *indicator.limits, *indicator.assumptions):
            assert text.fr.strip() and text.en.strip() and "'" not in text.fr and " :" not in text.fr, text.fr
