"""Suppression never reveals: worked examples, the linear-programming referee, and what the audit must catch."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure import controlled, differencing, filtered_sum, nested, published_rate
from indicators.published_cuts import cells_of_cuts
from indicators.spec import InputError
from tests import reference_disclosure as reference

LAWS = settings(max_examples=200, deadline=None, derandomize=True)


def frames(counts: dict[str, int], sums: reference.Sums) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = pd.DataFrame({"cell": list(counts), "count": list(counts.values())})
    rows = [(p, c, str(i), complete) for i, (p, children, complete) in enumerate(sums) for c in children]
    return cells, pd.DataFrame(rows, columns=["parent", "child", "partition", "complete"])


def hidden_of(out: pd.DataFrame) -> set[str]:
    return set(out.loc[out["status"] == "suppressed", "cell"])


def whole(*parts: int) -> tuple[dict[str, int], reference.Sums]:
    """A total and its parts a, b, c…"""
    names = [chr(ord("a") + i) for i in range(len(parts))]
    return {"all": sum(parts), **dict(zip(names, parts, strict=True))}, [("all", names, True)]


# --- by pencil ------------------------------------------------------------------------------------------------


def test_met_and_unmet_do_not_give_each_other_away() -> None:
    # 18 met, 3 unmet, 21 in all. Published 20 in all (18 to 22) and 20 met (18 to 22), unmet would be 1 to 4.
    counts, sums = whole(18, 3)
    out = nested(*frames(counts, sums)).set_index("cell")
    assert out["status"].to_dict() == {"all": "ok", "a": "suppressed", "b": "suppressed"}
    assert out.loc["all", ["count", "low", "high"]].tolist() == [20, 18, 22]
    alone = controlled(pd.Series(counts)).rename_axis("cell").reset_index()
    found = differencing(frames(counts, sums)[0], alone, frames(counts, sums)[1])
    # Subtracting gives 18 − 22 to 22 − 18, and hidden means at least 1.
    assert found[["kind", "cell", "low", "high"]].to_numpy().tolist() == [["hidden", "b", 1, 4]]


def test_twelve_hidden_months_and_their_year() -> None:
    months = {f"m{i:02d}": 5 for i in range(12)}
    sums: reference.Sums = [("year", list(months), True)]
    # 5 a month: 58 to 62 leaves a month free to be 1 to 9.
    assert nested(*frames({"year": 60, **months}, sums)).set_index("cell")["count"]["year"] == 60
    # 9 a month: 108 to 112 leaves no month but 9: the year is hidden too.
    assert nested(*frames({"year": 108, **dict.fromkeys(months, 9)}, sums))["status"].eq("suppressed").all()


def test_a_sum_with_room_keeps_everything_but_the_small_count() -> None:
    counts, sums = whole(30, 25, 40, 4)
    assert hidden_of(nested(*frames(counts, sums))) == {"d"}


def test_zero_missing_and_hidden_stay_apart() -> None:
    cells = pd.DataFrame({"cell": list("tabcd"), "count": [52, 40, 0, np.nan, 12]})
    out = nested(cells, pd.DataFrame({"parent": "t", "child": list("abcd")})).set_index("cell")
    assert out["status"].to_dict() == {"t": "ok", "a": "ok", "b": "ok", "c": "missing", "d": "ok"}
    assert out["count"]["b"] == 0 and out["low"]["b"] == 0


def test_what_is_not_listed_is_protected_too() -> None:
    # The city's 15 (13 to 17) without the borough's 10 (10 to 12): 1 to 7 people live elsewhere.
    cells, nesting = frames({"city": 15, "borough": 10}, [("city", ["borough"], False)])
    assert hidden_of(nested(cells, nesting)) == {"borough"}
    shown = controlled(cells["count"]).assign(cell=cells["cell"])
    found = differencing(cells, shown, nesting)
    assert found[["kind", "cell", "other", "low", "high"]].to_numpy().tolist() == [
        ["hidden", "city", "rest", 1, 7], ["pair", "city", "borough", 1, 7],
    ]


def test_two_versions_are_subtracted() -> None:
    cells, nesting = frames({"t": 60, "a": 15, "b": 45}, [("t", ["a", "b"], True)])
    before = nested(cells.assign(count=[55, 10, 45]), nesting)
    found = differencing(cells, nested(cells, nesting), nesting, before)
    # a went from 10 (10 to 12) to 15 (13 to 17): 1 to 7 more. The total went from 55 to 60: 1 to 9, as “hidden” says.
    assert found[["kind", "cell", "low", "high"]].to_numpy().tolist() == [["versions", "a", 1, 7]]
    same = differencing(cells, nested(cells, nesting), nesting, nested(cells, nesting))
    assert same.empty


def test_a_count_withdrawn_now_is_read_from_the_version_before() -> None:
    counts, sums = whole(18, 3)
    cells, nesting = frames(counts, sums)
    before = pd.DataFrame({"cell": ["all", "a", "b"], "count": [20, 20, pd.NA], "status": ["ok", "ok", "suppressed"]})
    found = differencing(cells, nested(cells, nesting), nesting, before)
    assert found[["kind", "cell", "low", "high"]].to_numpy().tolist() == [["withdrawn", "b", 1, 4]]


def test_rates_and_filters_use_published_counts_only() -> None:
    shown = controlled(pd.Series([12, 3, 0, 20]))
    rates = published_rate(shown, pd.Series([100.0, 100, 100, 0]), per=1000)
    assert rates["value"].tolist()[0] == 100 and (rates["low"][0], rates["high"][0]) == (100, 120)
    assert rates["status"].tolist() == ["ok", "suppressed", "ok", "not_applicable"]
    assert rates["value"].isna().tolist() == [False, True, False, True]
    with pytest.raises(InputError, match=r"published\.count: 1 counts are not controlled"):
        published_rate(shown.assign(count=pd.array([12, pd.NA, 0, 20], dtype="Int64")), pd.Series([1.0] * 4))
    nothing = filtered_sum(shown, pd.Series([False] * 4)).iloc[0]
    assert nothing["status"] == "not_applicable" and pd.isna(nothing["count"])
    assert filtered_sum(shown, pd.Series([True] * 4))["status"].item() == "suppressed"
    assert filtered_sum(shown, pd.Series([True, False, True, True])).iloc[0].tolist() == [30, 28, 34, "ok"]


def test_the_cuts_nest_as_published() -> None:
    months = pd.date_range("2025-01-01", periods=12, freq="MS")
    monthly = pd.DataFrame([("district_month_need", d, m, "food", "all", n) for m in months
                            for d, n in (("D1", 5), ("D2", 20))])
    weekly = pd.DataFrame([
        ("city_week_need_outcome", "city", months[0], "food", "all", 21),
        ("city_week_need_outcome", "city", months[0], "food", "met", 18),
        ("city_week_need_outcome", "city", months[0], "food", "unmet", 3),
        ("borough_week_food", "B1", months[0], "food", "all", 21),
    ])
    columns = ["cut", "place_id", "period", "need", "outcome", "count"]
    cuts = pd.concat([monthly, weekly], ignore_index=True).set_axis(columns, axis=1)
    cells, nesting = cells_of_cuts(cuts, {"D1": "B1", "D2": "B1", "B1": "city"}, ["food"])
    assert cells["count"].tolist()[:28] == cuts["count"].tolist()
    years = cells[cells["cut"] == "place_year_food"].set_index("place_id")["count"]
    assert years.to_dict() == {"D1": 60, "D2": 240, "B1": 300, "city": 300}
    assert len(nesting) == 24 + 2 + 1 + 2 + 1 and nesting["complete"].all()
    out = nested(cells, nesting).assign(place=cells["place_id"], cut=cells["cut"], outcome=cells["outcome"])
    year = out[out["cut"] == "place_year_food"].set_index("place")
    assert year["count"].to_dict() == {"D1": 60, "D2": 240, "B1": 300, "city": 300}
    week = out[out["cut"] == "city_week_need_outcome"].set_index("outcome")["status"]
    assert week.to_dict() == {"all": "ok", "met": "suppressed", "unmet": "suppressed"}
    # One district may belong to the city directly.
    uneven, _ = cells_of_cuts(cuts, {"D1": "B1", "D2": "city", "B1": "city"}, ["food"])
    years = uneven[uneven["cut"] == "place_year_food"].set_index("place_id")["count"]
    assert years.to_dict() == {"D1": 60, "D2": 240, "B1": 60, "city": 300}
    with pytest.raises(InputError, match="above: B1 is above itself"):
        cells_of_cuts(cuts, {"D1": "B1", "B1": "B1"}, ["food"])
    with pytest.raises(InputError, match="above: D2 has counts of its own, and is above D1"):
        cells_of_cuts(cuts, {"D1": "D2"}, ["food"])


CUTS = ["cut", "place_id", "period", "need", "outcome", "count"]


def parts_of(nesting: pd.DataFrame, parent: str) -> dict[str, bool]:
    """Children of a cell, and whether the partition they belong to is complete."""
    rows = nesting[nesting["parent"] == parent]
    return dict(zip(rows["child"], rows["complete"], strict=True))


def test_requests_no_borough_could_be_given_complete_the_city() -> None:
    week = pd.Timestamp("2025-01-06")
    cuts = pd.DataFrame([
        ("city_week_need_outcome", "city", week, "food", "all", 27),
        ("borough_week_food", "B1", week, "food", "all", 24),
        ("borough_week_food", "unplaced", week, "food", "all", 3),
    ], columns=CUTS)
    cells, nesting = cells_of_cuts(cuts, {"B1": "city"}, ["food"])
    city, borough, nowhere = cells["cell"]
    assert parts_of(nesting, city) == {borough: True, nowhere: True}
    # Published alone, 25 (23 to 27) of 25 (23 to 27) would leave the three in sight.
    assert nested(cells, nesting).set_index("cell")["status"][[borough, nowhere]].tolist() == ["suppressed"] * 2


def test_outcomes_nest_in_every_cut() -> None:
    month = pd.Timestamp("2025-01-01")
    cuts = pd.DataFrame([
        ("place_month_need", "P", month, "food", outcome, n) for outcome, n in (("all", 21), ("met", 18), ("unmet", 3))
    ] + [("city_week_need_outcome", "city", month, "food", outcome, n) for outcome, n in (("all", 50), ("met", 30))],
        columns=CUTS)
    cells, nesting = cells_of_cuts(cuts, {}, ["food"])
    name = cells["cell"].tolist()
    # The city's week lacks its unmet requests: that takes nothing from what is known of the month.
    assert parts_of(nesting, name[0]) == {name[1]: True, name[2]: True}
    assert parts_of(nesting, name[3]) == {name[4]: False}
    assert nested(cells, nesting)["status"].tolist()[:3] == ["ok", "suppressed", "suppressed"]


def test_a_place_that_lacks_a_month_has_no_year_and_neither_has_the_city() -> None:
    months = pd.date_range("2025-01-01", periods=12, freq="MS")
    cuts = pd.DataFrame([("district_month_need", d, m, "food", "all", np.nan if d == "D2" and m == months[4] else 20)
                         for m in months for d in ("D1", "D2", "D3")], columns=CUTS)
    cells, nesting = cells_of_cuts(cuts, {"D1": "B1", "D2": "B2", "D3": "B1", "B1": "city", "B2": "city"}, ["food"])
    year = cells[cells["cut"] == "place_year_food"].set_index("place_id")
    assert year["count"].dropna().to_dict() == {"D1": 240, "D3": 240, "B1": 480}
    assert set(nesting["parent"]) == set(year.loc[["D1", "D3", "B1"], "cell"])
    assert parts_of(nesting, year["cell"]["B1"]) == {year["cell"]["D1"]: True, year["cell"]["D3"]: True}


# --- laws -----------------------------------------------------------------------------------------------------

COUNT = st.one_of(st.integers(0, 14), st.integers(0, 60))


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, int], reference.Sums]:
    """A city, its boroughs, their districts; sums are complete or leave something unlisted."""
    sums: reference.Sums = []
    counts: dict[str, int] = {}
    boroughs = [f"b{i}" for i in range(draw(st.integers(1, 3)))]
    for borough in boroughs:
        districts = [f"{borough}d{i}" for i in range(draw(st.integers(0, 3)))]
        for district in districts:
            counts[district] = draw(COUNT)
        if districts:
            complete = draw(st.booleans())
            counts[borough] = sum(counts[d] for d in districts) + (0 if complete else draw(st.integers(0, 12)))
            sums.append((borough, districts, complete))
        else:
            counts[borough] = draw(COUNT)
    complete = draw(st.booleans())
    counts["city"] = sum(counts[b] for b in boroughs) + (0 if complete else draw(st.integers(0, 12)))
    sums.append(("city", boroughs, complete))
    return counts, sums


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, int], reference.Sums]:
    """A two-way table with both margins and its total."""
    rows, columns = range(draw(st.integers(1, 2))), range(draw(st.integers(1, 3)))
    counts = {f"{i},{j}": draw(COUNT) for i in rows for j in columns}
    sums: reference.Sums = []
    for i in rows:
        sums.append((f"r{i}", [f"{i},{j}" for j in columns], True))
    for j in columns:
        sums.append((f"c{j}", [f"{i},{j}" for i in rows], True))
    for parent, children, _ in tuple(sums):
        counts[parent] = sum(counts[c] for c in children)
    sums.append(("all", [f"r{i}" for i in rows], True))
    sums.append(("all", [f"c{j}" for j in columns], True))
    counts["all"] = sum(counts[f"r{i}"] for i in rows)
    return counts, sums


def never_reveals(counts: dict[str, int], sums: reference.Sums, k: int, base: int, *, audit: bool) -> None:
    cells, nesting = frames(counts, sums)
    out = nested(cells, nesting, k, base)
    if audit:
        assert differencing(cells, out, nesting, smallest=k, base=base).empty
    hidden = hidden_of(out)
    assert {cell for cell, count in counts.items() if 0 < count < k} <= hidden
    assert reference.safe(counts, hidden, sums, k, base)
    inside = {(p, c) for p, children, _ in sums for c in children}
    inside |= {(a, d) for a, b in inside for c, d in inside if b == c}
    shown = {cell for cell in counts if counts[cell] > 0 and cell not in hidden}
    assert not [p for p in inside if set(p) <= shown and reference.pair_gives_away(counts, *p, k, base)]
    truth = out["cell"].map(counts)
    ok = out["status"] == "ok"
    assert ((out["low"] <= truth) & (truth <= out["high"]))[ok].all()


@given(trees(), st.sampled_from([(10, 5), (5, 5), (10, 1), (6, 3)]))
@LAWS
def test_suppression_never_reveals_in_trees(tree: tuple[dict[str, int], reference.Sums], rule: tuple[int, int]) -> None:
    never_reveals(*tree, *rule, audit=True)


@given(tables())
@LAWS
def test_suppression_never_reveals_in_two_way_tables(table: tuple[dict[str, int], reference.Sums]) -> None:
    never_reveals(*table, 10, 5, audit=False)  # it would solve the same programmes again


@given(trees())
@LAWS
def test_the_audit_sees_what_the_referee_sees_in_counts_controlled_alone(
    tree: tuple[dict[str, int], reference.Sums],
) -> None:
    counts, sums = tree
    cells, nesting = frames(counts, sums)
    alone = controlled(cells["count"]).assign(cell=cells["cell"])
    found = differencing(cells, alone, nesting)
    narrowed = set(found.loc[(found["kind"] == "hidden") & (found["other"] == ""), "cell"])
    hidden = hidden_of(alone)
    now = reference.known(counts, hidden, sums, 10, 5)
    blank = reference.known(counts, {c for c in counts if counts[c]}, sums, 10, 5)
    want = set()
    for cell in hidden:
        (low, high), (least, most) = reference.interval(cell, now, sums), reference.interval(cell, blank, sums)
        if low > max(least, 1) + 1e-6 or high < min(most, 9) - 1e-6:
            want.add(cell)
    assert narrowed == want
    if want:
        assert hidden_of(nested(cells, nesting)) > hidden


@given(trees(), st.randoms(use_true_random=False))
@LAWS
def test_row_order_is_irrelevant(
    tree: tuple[dict[str, int], reference.Sums], random: object,
) -> None:
    cells, nesting = frames(*tree)
    once = nested(cells, nesting)
    mixed = nested(cells, nesting.sample(frac=1, random_state=random.randint(0, 99)))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(once, mixed)


@pytest.mark.parametrize("parts", [(3, 12), (9, 9), (1, 10), (2, 0), (5, 4)])
def test_every_value_the_limits_allow_is_a_whole_table(parts: tuple[int, int]) -> None:
    """Linear programming forgets that people are whole: here every table of whole numbers is tried."""
    counts, sums = whole(*parts)
    hidden = hidden_of(nested(*frames(counts, sums)))
    limits = reference.known(counts, hidden, sums, 10, 5)
    for cell in hidden - {"all"}:
        if counts[cell] < 10:
            assert reference.by_trying(cell, limits, sums, 40) >= set(range(1, 10))


@given(st.lists(COUNT, min_size=1, max_size=12), st.data())
@LAWS
def test_a_filtered_sum_holds_the_truth_or_is_refused(counts: list[int], data: st.DataObject) -> None:
    chosen = pd.Series(data.draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts))))
    shown = controlled(pd.Series(counts))
    out = filtered_sum(shown, chosen).iloc[0]
    picked = pd.Series(counts)[chosen]
    if out["status"] == "ok":
        assert out["low"] <= picked.sum() <= out["high"] and not picked.between(1, 9).any()
    else:
        assert pd.isna(out["count"])


# --- the size of Montréal, and bad input ----------------------------------------------------------------------


def test_the_published_cuts_of_a_city_are_controlled_quickly() -> None:
    rng = np.random.default_rng(4)
    month = rng.poisson(rng.gamma(1.5, 9, (58, 1)), (58, 24))
    leaf = pd.DataFrame({
        "cell": [f"D{d:02d} {m:02d}" for d in range(58) for m in range(24)], "count": month.ravel(),
        "parent": [f"D{d:02d} {'year' if m >= 12 else 'year_before'}" for d in range(58) for m in range(24)],
    })
    year = leaf.groupby("parent", as_index=False)["count"].sum().set_axis(["cell", "count"], axis=1)
    year["parent"] = "B" + (year["cell"].str[1:3].astype(int) // 3).astype("str") + year["cell"].str[3:]
    borough = year.groupby("parent", as_index=False)["count"].sum().set_axis(["cell", "count"], axis=1)
    borough["parent"] = "city " + borough["cell"].str.split(" ").str[1]
    city = borough.groupby("parent", as_index=False)["count"].sum().set_axis(["cell", "count"], axis=1)
    cells = pd.concat([leaf, year, borough, city], ignore_index=True)
    nesting = cells.dropna(subset="parent").rename(columns={"cell": "child"})[["parent", "child"]]
    began = time.perf_counter()
    out = nested(cells, nesting)
    assert differencing(cells, out, nesting).empty
    assert time.perf_counter() - began < 10
    small = cells["count"].between(1, 9)
    # What protection costs: few counts beside the small ones.
    assert ((out["status"] == "suppressed") & ~small).sum() <= 0.05 * len(cells)


@pytest.mark.parametrize(("counts", "nesting", "says"), [
    ([5, 3, 1], [("t", "a"), ("t", "b")], "1 sums are not made up by their parts, first that of t"),
    ([5, -1, 6], [("t", "a"), ("t", "b")], "whole numbers from 0 up"),
    ([5.5, 5, .5], [("t", "a"), ("t", "b")], "whole numbers from 0 up"),
    ([4, 3, 1], [("t", "a"), ("t", "x")], "nesting.child: x is not a cell"),
    ([4, 4, 4], [("t", "a"), ("a", "b"), ("b", "t")], "a cell is inside itself"),
    ([4, 3, 1], [("t", "a"), ("t", "a")], "nesting: 1 rows say what another one says"),
])
def test_broken_tables_are_refused(counts: list[float], nesting: list[tuple[str, str]], says: str) -> None:
    cells = pd.DataFrame({"cell": ["t", "a", "b"], "count": counts})
    with pytest.raises(InputError, match=says):
        nested(cells, pd.DataFrame(nesting, columns=["parent", "child"]))


def test_other_refusals() -> None:
    nothing = pd.DataFrame({"parent": [], "child": []})
    with pytest.raises(InputError, match="cells: the frame is empty"):
        nested(pd.DataFrame({"cell": [], "count": []}), nothing)
    with pytest.raises(InputError, match=r"cells\.cell: 1 keys missing or repeated"):
        nested(pd.DataFrame({"cell": ["a", "a"], "count": [1, 2]}), nothing)
    with pytest.raises(InputError, match="would be published as 0"):
        nested(pd.DataFrame({"cell": ["a"], "count": [3]}), nothing, smallest=2, base=5)
    one = pd.DataFrame({"cell": ["a"], "count": [3]})
    assert nested(one, nothing)["status"].item() == "suppressed"
    with pytest.raises(InputError, match=r"published.count: 1 counts under 10 are not hidden"):
        differencing(one, pd.DataFrame({"cell": ["a"], "count": [3], "status": ["ok"]}), nothing)
