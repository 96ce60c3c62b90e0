"""Similar areas: a rectangle by pencil, distances that no unit can change, groups that hold."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.peers import group_quality, medoids, neighbours, peer_groups, profile_coordinates
from indicators.spec import InputError
from tests import reference_peers as reference

LAW = settings(max_examples=200, deadline=None, derandomize=True)

# Four corners of a rectangle, then one area with a missing measure and one where nobody lives.
CORNERS = pd.DataFrame(
    {"low_income": [.1, .1, .3, .3, None, .9], "seniors": [.2, .3, .2, .3, .2, .9]}, index=list("ABCDEF"), dtype=float,
)
PEOPLE = pd.Series([100.0, 100, 100, 100, 100, 0], index=CORNERS.index)


def city(seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """A made-up city of complete areas, with correlated variables of unlike sizes."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(6, 15)), int(rng.integers(1, 4))
    value = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) * 10 ** rng.uniform(-2, 3, p) + rng.normal(size=p)
    ids = pd.Index([f"A{i:02}" for i in range(n)])
    return (
        pd.DataFrame(value, index=ids, columns=[f"v{i}" for i in range(p)]),
        pd.Series(rng.integers(1, 900, n).astype(float), index=ids),
    )


def test_a_rectangle_by_pencil() -> None:
    # Each measure is one standard deviation from its mean, and they are not correlated: sides of 2, diagonal √8.
    found = neighbours(CORNERS, PEOPLE, k=3)
    near = found[found["area_id"] == "A"]
    assert near["peer_id"].tolist() == ["B", "C", "D"]  # B and C are as near: by id
    assert near["value"].tolist() == pytest.approx([2, 2, math.sqrt(8)])
    assert near["share_low_income"].tolist() == pytest.approx([0, 1, .5], abs=1e-12)
    assert near["share_seniors"].tolist() == pytest.approx([1, 0, .5], abs=1e-12)
    rest = found[found["status"] != "ok"].set_index("area_id")
    assert rest["status"].to_dict() == {"E": "missing", "F": "not_applicable"}
    assert rest[["value", "peer_id", "rank"]].isna().all(axis=None)
    groups = peer_groups(CORNERS, PEOPLE, 2).set_index("area_id")
    assert groups["group"].tolist()[:4] == ["A", "B", "A", "B"] and groups["status"]["E"] == "missing"
    # Own group 2 away; the other at 2 and √8, (2 + 2.83) ÷ 2 = 2.41: (2.41 − 2) ÷ 2.41.
    assert groups["value"]["A"] == pytest.approx((1 + math.sqrt(2) - 2) / (1 + math.sqrt(2)))


def test_toyville() -> None:
    # 50, 33.3 and 0 % below the line, of 100, 300 and 100 people: mean 0.3, variance (4 + 0.333 + 9) ÷ 500 = 2 ÷ 75.
    below = pd.DataFrame({"below_mbm": [.5, 1 / 3, 0, None]}, index=["T1", "T2", "T3", "T5"])
    found = neighbours(below, pd.Series({"T1": 100, "T2": 300, "T3": 100, "T5": 100}), k=1).set_index("area_id")
    assert found["peer_id"].to_dict() == {"T1": "T2", "T2": "T1", "T3": "T2", "T5": None}
    assert found["value"].tolist()[:3] == pytest.approx([1.0206, 1.0206, 2.0412], abs=1e-4)
    assert found["status"]["T5"] == "missing" and (found["share_below_mbm"][:3] == 1).all()


def test_people_weigh_and_correlated_measures_do_not_count_twice() -> None:
    # Doubling an area's people is the same as having it twice.
    twin = pd.concat([CORNERS.iloc[:4], CORNERS.iloc[:1].rename(index={"A": "AA"})])
    heavy = neighbours(CORNERS, PEOPLE * [2, 1, 1, 1, 1, 1], 3).set_index(["area_id", "peer_id"])["value"]
    twice = neighbours(twin, pd.Series(100.0, index=twin.index), 4).set_index(["area_id", "peer_id"])["value"]
    for pair in (("B", "C"), ("A", "D"), ("C", "D")):
        assert heavy[pair] == pytest.approx(twice[pair], rel=1e-12)
    assert twice["A", "AA"] == 0
    shares = neighbours(twin, pd.Series(100.0, index=twin.index), 1).set_index("area_id")
    assert math.isnan(shares["share_seniors"]["A"])  # no distance to share out


@pytest.mark.parametrize("part", range(4))
def test_two_hundred_cities_agree_with_the_referee(part: int) -> None:
    for seed in range(part, 200, 4):
        variables, people = city(seed)
        rows = {str(a): [float(x) for x in row] for a, row in zip(variables.index, variables.to_numpy())}
        counted = {str(a): float(x) for a, x in people.items()}
        gaps = reference.distance(rows, counted)
        found = neighbours(variables.sample(frac=1, random_state=seed), people, k=4)
        for area, group in found.groupby("area_id"):
            want = sorted((round(gaps[str(area), b], 9), b) for b in rows if b != area)[:4]
            assert group["peer_id"].tolist() == [b for _, b in want]
            assert group["value"].tolist() == pytest.approx([gaps[str(area), b] for _, b in want], rel=1e-9)
        row = found.iloc[0]
        assert row[[f"share_{v}" for v in variables]].tolist() == pytest.approx(
            reference.shares(rows, counted, row["area_id"], row["peer_id"]), rel=1e-9, abs=1e-9
        )
        k = 2 + seed % 3
        groups = peer_groups(variables, people, k).set_index("area_id")
        centres = reference.medoids(gaps, list(rows), k)
        label = {a: min(centres, key=lambda m: (round(gaps[a, m], 9), m)) for a in rows}
        assert groups["group"].to_dict() == label
        assert groups["value"].to_dict() == pytest.approx(reference.silhouette(gaps, label), rel=1e-9, abs=1e-9)


@given(st.integers(0, 10**6), st.floats(.01, 100), st.floats(-50, 50))
@LAW
def test_no_unit_and_no_order_changes_a_distance(seed: int, scale: float, shift: float) -> None:
    variables, people = city(seed)
    one = profile_coordinates(variables, people)
    other = profile_coordinates(
        (variables * scale + shift * variables.std()).sample(frac=1, random_state=seed), people * 3,
    )
    assert other.index.equals(one.index)
    assert np.abs(other - one).max(axis=None) < 1e-6
    # The population's mean is 0, its variances 1 and its correlations 0.
    share = people.to_numpy() / people.sum()
    assert share @ one.to_numpy() == pytest.approx(0, abs=1e-7)
    assert (one.to_numpy() * share[:, None]).T @ one.to_numpy() == pytest.approx(np.eye(one.shape[1]), abs=1e-6)


@given(st.integers(0, 10**6))
@LAW
def test_medoids_never_do_worse_than_a_swap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = rng.normal(size=(int(rng.integers(3, 12)), 2))
    distance = np.sqrt(((at[:, None] - at) ** 2).sum(axis=2))
    k = int(rng.integers(1, len(at)))
    chosen = list(medoids(distance, k))
    total = distance[:, chosen].min(axis=1).sum()
    for i in range(k):
        for new in set(range(len(at))) - set(chosen):
            assert distance[:, [*chosen[:i], new, *chosen[i + 1:]]].min(axis=1).sum() >= total - 1e-8
    assert len(set(chosen)) == k


def test_shares_add_up_and_distance_is_mutual() -> None:
    variables, people = city(11)
    found = neighbours(variables, people, k=len(variables))
    shares = found[[f"share_{v}" for v in variables]]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1) and (shares >= 0).all(axis=None)
    value = found.set_index(["area_id", "peer_id"])["value"]
    assert len(value) == len(variables) * (len(variables) - 1)
    assert all(value[b, a] == value[a, b] for a, b in value.index)


def test_real_groups_are_found_and_hold_and_noise_does_not() -> None:
    rng = np.random.default_rng(2)
    centre = np.repeat([[0, 0], [8, 0], [0, 8]], 15, axis=0)
    ids = pd.Index([f"A{i:02}" for i in range(45)])
    people = pd.Series(rng.integers(100, 900, 45).astype(float), index=ids)
    clear = group_quality(pd.DataFrame(centre + rng.normal(size=(45, 2)), index=ids), people, (2, 3, 4), 40)
    noise = group_quality(pd.DataFrame(rng.normal(size=(45, 5)), index=ids), people, (3,), 40)
    assert clear.set_index("k")["silhouette"].idxmax() == 3
    assert clear["stability"][1] > .95 and clear["stability_low"][1] > .9
    assert noise["stability"][0] < .8 and noise["silhouette"][0] < clear["silhouette"][1]
    flat = pd.DataFrame(rng.normal(size=(45, 2)), index=ids)
    pd.testing.assert_frame_equal(*(group_quality(flat, people, (2, 3), 5, seed=1) for _ in range(2)))


def test_a_city_too_small_to_compare_says_so() -> None:
    few = CORNERS.iloc[:3]
    for rows in (few, CORNERS.iloc[:1]):
        assert set(neighbours(rows, PEOPLE)["status"]) == {"not_applicable"}
        assert set(peer_groups(rows, PEOPLE, 2)["status"]) == {"not_applicable"}
        assert group_quality(rows, PEOPLE, (2,)).empty
    # A toyville of zero population everywhere.
    assert set(neighbours(CORNERS, PEOPLE * 0)["status"]) == {"not_applicable"}


@pytest.mark.parametrize(("change", "words"), [
    (lambda v, p: (v.iloc[:0], p), "variables: no area or no variable"),
    (lambda v, p: (pd.concat([v, v.iloc[:1]]), p), "variables: area_id 'A' twice"),
    (lambda v, p: (v, pd.concat([p, p.iloc[:1]])), "population: area_id 'A' twice"),
    (lambda v, p: (v, p.iloc[1:]), "population: no row for 1 areas, first 'A'"),
    (lambda v, p: (v, -p), "population: 5 values negative or infinite, first 'A'"),
    (lambda v, p: (v.assign(seniors=math.inf), p), r"variables\.seniors: 6 values negative or infinite, first 'A'"),
    (lambda v, p: (v.assign(seniors=.2), p), r"variables\.seniors: the same in all 4 areas"),
    (lambda v, p: (v.iloc[:, [0, 1, 0]], p), "variables: column 'low_income' twice"),
])
def test_broken_input_is_refused(change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        neighbours(*change(CORNERS, PEOPLE))


def test_other_broken_input_is_refused() -> None:
    variables, people = city(3)
    doubled = variables.assign(copy=variables["v0"] * 2 + 1)
    with pytest.raises(InputError, match=r"variables\.v0, copy: one follows from the others"):
        neighbours(doubled, people)
    for k, call in ((0, neighbours), (1, peer_groups), (99, peer_groups)):
        with pytest.raises(InputError, match=f"k: {k} "):
            call(variables, people, k)
    with pytest.raises(InputError, match="k: 5 groups of 3 areas"):
        medoids(np.zeros((3, 3)), 5)
    with pytest.raises(InputError, match="kept 1 is not between"):
        group_quality(variables, people, (2,), kept=1)
