"""Requests as they are published: toyville by pencil, the embedded edition attacked, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from computing import census, need, referrals, trends
from computing.facts import Facts
from indicators import disclosure
from indicators.published_cuts import KEYS, YEAR, cells_of_cuts
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import read_edition
from loaders.links import link
from loaders.publish import manifest
from loaders.sources import LOADERS
from loaders.store import Store
from tests import reference_disclosure as reference
from tests.report import record, times

Change = Callable[[pd.DataFrame], pd.DataFrame]
WEEKS = pd.date_range("2023-11-06", periods=155, freq="7D")


def made(
    name: str, folder: Path, change: Change | None = None, previous: Path | None = None, twice: tuple[Change, ...] = (),
) -> tuple[Draft, Facts]:
    """A draft of an edition up to its requests, and its facts.

    `change` may replace their uncontrolled counts; `twice` makes a source of each of its changes.
    """
    edition, facts = read_edition(name), Facts()
    draft = Draft(edition, None, folder / f"{len(list(folder.iterdir()))}.duckdb")
    draft.previous = previous
    for source in edition.sources:
        draft.describe(source)
        LOADERS[source.loader](draft, source)
    link(draft)
    census.cut_fifths(draft, facts)
    changes = twice or ((change,) if change else ())
    if changes:
        draft.private["referrals"] = [one(frame) for frame in draft.private["referrals"] for one in changes]
    for step in (need.compute, referrals.compute, trends.compute):
        step(draft, facts)
    draft.flush()
    return draft, facts


# --- toyville, by pencil --------------------------------------------------------------------------------------


def test_what_would_give_a_hidden_year_away_is_hidden_with_it(toy_values: pd.DataFrame) -> None:
    # Nord 240, Centre 60, Colline 0, Rive 2; the city 302, published as 300 (298 to 302). With Nord (238 to 242) and
    # Centre (58 to 62) both shown, Rive would be at most 302 − 238 − 58 = 6: Centre, the smaller, is hidden too.
    rows = toy_values.loc["referrals_per_1000"].xs("", level="period").droplevel("setting")
    assert rows["status"].to_dict() == {
        "T1": "ok", "T2": "suppressed", "T3": "ok", "T4": "not_applicable", "T5": "suppressed", "TOY": "ok",
    }
    assert rows.loc[["T1", "T3", "TOY"], "numerator"].tolist() == [240, 0, 300]
    assert rows.loc["T2"][["numerator", "value", "low", "high"]].isna().all()
    # The year before: 120, 60 and 0 of 180, nothing hidden.
    before = toy_values.loc["referrals_per_1000"].xs("year_before", level="period").droplevel("setting")["numerator"]
    assert before[["T1", "T2", "T3", "T5", "TOY"]].tolist() == [120, 60, 0, 0, 180]


def test_requests_against_need(toy_values: pd.DataFrame) -> None:
    rows = toy_values.loc["awareness_ratio"].reset_index(level=["setting", "period"])
    # Where both are known: 240 requests over Nord's 25 and Colline's 10 in need. Nord alone would ask 240 × 25 ÷ 35.
    assert rows.loc["T1"][["numerator", "denominator"]].tolist() == pytest.approx([240, 240 * 25 / 35])
    assert rows.loc["T3"][["numerator", "denominator"]].tolist() == pytest.approx([0, 240 * 10 / 35])
    # Both drawn towards 1 from 240 ÷ 171.4 = 1.4 and from 0.
    assert 1 < rows["value"]["T1"] < 1.4 and 0 < rows["value"]["T3"] < 1
    assert rows["status"].to_dict() == {
        "T1": "ok", "T2": "suppressed", "T3": "ok", "T4": "not_applicable", "T5": "suppressed",
    }
    assert rows.loc[["T2", "T5"], ["numerator", "denominator", "value", "low", "high"]].isna().all(axis=None)


def test_eight_weeks_tell_no_year_no_alert_and_no_effect(toyville_con: duckdb.DuckDBPyConnection) -> None:
    funnel = toyville_con.sql("""
        SELECT grp, numerator, denominator, value, status, reason, basis FROM indicator_value
        WHERE indicator_id = 'referral_help'
    """).df().set_index("grp")
    assert funnel["numerator"]["need"] == pytest.approx(95) and funnel["status"]["need"] == "ok"  # 25 + 60 + 10
    rest = funnel.drop(index="need")
    assert set(rest["status"]) == {"missing"} and rest[["numerator", "value"]].isna().all(axis=None)
    assert rest["denominator"]["referred"] == pytest.approx(95) and set(funnel["basis"]) == {"simulated"}
    watched = toyville_con.sql("SELECT need, direction, status, reason, flagged FROM alert ORDER BY ALL").fetchall()
    assert watched == [(n, d, "missing", "short", False) for n in ("food", "housing") for d in ("less", "more")]
    rise = toyville_con.sql("SELECT * FROM indicator_value WHERE indicator_id = 'request_alert'").df()
    assert set(rise["level"]) == {"city"} and set(rise["grp"]) == {"food", "housing"}
    assert set(rise["status"]) == {"missing"} and set(rise["reason"]) == {"short"}
    effect = toyville_con.sql("SELECT title_fr, need, control, value, status, reason FROM event_effect").fetchall()
    assert effect == [("Envoi postal", "food", "housing", None, "missing", "short")]
    nowcast = toyville_con.sql("SELECT * FROM indicator_value WHERE indicator_id = 'reporting_completeness'")
    assert nowcast.fetchall() == []  # no source says when a request was reported


# --- the audit ------------------------------------------------------------------------------------------------


def test_a_leak_stops_the_build_and_the_message_tells_no_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_by_one(cells: pd.DataFrame, _: pd.DataFrame, smallest: int, base: int) -> pd.DataFrame:
        return disclosure.controlled(cells["count"], smallest, base).assign(cell=cells["cell"])

    monkeypatch.setattr(disclosure, "nested", one_by_one)
    with pytest.raises(LoadError) as error:
        made("toyville", tmp_path)
    assert str(error.value) == (
        "toy_referrals: 3 published counts would give small ones away. Take a cut out of this source, or raise "
        "“smallest” in the edition."
    )


def test_two_sources_are_controlled_together(tmp_path: Path) -> None:
    def city(frame: pd.DataFrame) -> pd.DataFrame:
        return weekly(frame).query("need == 'food' and outcome == 'all'").assign(count=15)

    def boroughs(frame: pd.DataFrame) -> pd.DataFrame:
        """All but five of the city's fifteen: 13 to 17 less 10 to 12 leaves one to seven."""
        return city(frame).assign(cut="borough_week_food", place_id="T1", level="district", count=10)

    for alone in (city, boroughs):
        draft, _ = made("toyville", tmp_path, alone)
        assert set(draft.frame("SELECT status FROM referral_count")["status"]) == {"ok"}
    draft, _ = made("toyville", tmp_path, twice=(city, boroughs))
    shown = draft.frame("SELECT cut, status FROM referral_count").groupby(["cut", "status"]).size()
    assert shown.to_dict() == {
        ("borough_week_food", "suppressed"): len(WEEKS), ("city_week_need_outcome", "ok"): len(WEEKS),
    }
    with pytest.raises(LoadError, match=r"counts are told twice, in the cut city_week_need_outcome"):
        made("toyville", tmp_path, twice=(city, city))


def test_the_version_before_is_subtracted_and_stops_nothing(tmp_path: Path) -> None:
    first, facts = made("toyville", tmp_path)
    first.close()
    assert facts.against_previous == {}

    def later(frame: pd.DataFrame) -> pd.DataFrame:
        one = (frame["place_id"] == "T1") & (frame["period"] == "2025-01-01") & (frame["need"] == "food")
        assert frame.loc[one, "count"].tolist() == [10]
        return frame.assign(count=frame["count"].mask(one, 15))

    same = made("toyville", tmp_path, previous=first.path)[1]
    # 10 (10 to 12), then 15 (13 to 17): 1 to 7 more. The year, 120 then 125: 1 to 9, as “hidden” says already.
    moved = made("toyville", tmp_path, later, previous=first.path)[1]
    assert record(43, "a version whose one month moved from 10 to 15", "counted in its manifest, and no other is",
                  f"{moved.against_previous}; nothing moved: {same.against_previous}",
                  passed=(same.against_previous, moved.against_previous) == ({}, {"versions": 1}))
    assert made("toyville", tmp_path, later, previous=tmp_path / "none.duckdb")[1].against_previous == {}


def test_a_version_open_in_the_app_is_read_all_the_same(toyville: Path, tmp_path: Path) -> None:
    (path,) = (toyville / "toyville").glob("*.duckdb")
    store = Store(path, manifest(path.parent, path.stem))
    alert = store.alerts()
    assert alert["flagged"].tolist() == [False] * 4 and set(alert["reason"]) == {"short"}
    assert store.event_effects()[["title_en", "kind", "status"]].to_numpy().tolist() == [
        ["Mail-out", "outreach", "missing"],
    ]
    assert manifest(path.parent, path.stem)["against_previous"] == {}

    def more(frame: pd.DataFrame) -> pd.DataFrame:
        one = (frame["place_id"] == "T1") & (frame["period"] == "2025-01-01") & (frame["need"] == "food")
        return frame.assign(count=frame["count"].mask(one, 15))

    assert made("toyville", tmp_path, more, previous=path)[1].against_previous == {"versions": 1}


def test_a_level_that_splits_places_has_no_total(tmp_path: Path) -> None:
    draft, _ = made("toyville", tmp_path)
    assert referrals.places_above(draft, ["district"]) == (
        dict.fromkeys(("T1", "T2", "T3", "T5"), "TOY"), {"district": ["district", "city"]},
    )
    draft.con.execute("DELETE FROM area_link WHERE child_level <> 'demand_point'")  # then by the points
    assert referrals.places_above(draft, ["district"])[0] == dict.fromkeys(("T1", "T2", "T3", "T5"), "TOY")
    draft.con.execute("INSERT INTO area_link VALUES ('district', 'T1', 'city', 'TOY', 0.5, 0.5, 'point')")
    assert referrals.places_above(draft, ["district", "elsewhere"]) == ({}, {"district": ["district"]})


# --- the embedded edition, attacked ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """cells [with their true count] and nesting of montreal, and the same cells as the closed file shows them."""
    true: list[pd.DataFrame] = []

    def kept(frame: pd.DataFrame) -> pd.DataFrame:
        true.append(frame)
        return frame

    draft, _ = made("montreal", tmp_path_factory.mktemp("attacked"), kept)
    draft.close()
    with duckdb.connect(str(draft.path), read_only=True) as con:
        shown = con.execute("""
            SELECT cut, place_id, strftime(period, '%Y-%m-%d') AS period, need, outcome, count::DOUBLE AS count, status
            FROM referral_count
            UNION ALL
            SELECT ?, area_id, period, 'food', 'all', numerator, status FROM indicator_value
            WHERE indicator_id = 'referrals_per_1000'
        """, [YEAR]).df()
        over = con.execute("""
            SELECT child_id, parent_id FROM area_link
            WHERE (child_level, parent_level) IN (('district', 'borough'), ('borough', 'city'))
        """).fetchall()
    cells, nesting = cells_of_cuts(true[0], dict(over), ["food"])
    published = shown.merge(cells[["cell", *KEYS]], on=list(KEYS), validate="one_to_one")
    assert len(published) == len(cells)
    return cells, nesting, published[["cell", "count", "status"]].astype({"count": "Int64"})


def test_nothing_can_be_subtracted_from_what_the_file_holds(
    attacked: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    cells, nesting, published = attacked
    given = disclosure.differencing(cells, published, nesting)
    assert record(42, "subtraction, exhaustive over the published cuts (embedded edition)", "0 counts of 1 to 9 told",
                  f"{len(cells):,} cells, {len(nesting):,} nestings: {len(given)}", passed=given.empty)
    alone = disclosure.controlled(cells["count"]).assign(cell=cells["cell"])
    assert len(disclosure.differencing(cells, alone, nesting)) > 200  # what one by one would give away
    hidden = cells.merge(published, on="cell").query("status == 'suppressed'").groupby("cut").size()
    assert hidden.to_dict() == {"borough_week_food": 406, "city_week_need_outcome": 762, "district_month_need": 13925}


def test_no_published_count_is_small_and_all_are_rounded(
    attacked: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    _, _, published = attacked
    count = published["count"].dropna().astype("int64")
    small = int(((count > 0) & (count < 10)).sum())
    odd = int((count % 5 != 0).sum())
    bare = int((published["status"].eq("ok") != published["count"].notna()).sum())
    assert record(41, "every cell of requests in the published file (embedded edition)",
                  "0 cells of 1 to 9, all multiples of 5", f"{len(published):,} cells: {small}, {odd} not",
                  passed=len(count) > 5000 and not small and not odd and not bare)


def test_no_two_views_of_a_page_differ_by_a_small_count(
    attacked: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    """A view is what a page may show: a published count, a twelve-month total, a filtered sum; one inside another."""
    cells, _, published = attacked
    monthly = cells.merge(published, on="cell", suffixes=("_true", "")).query("cut == 'district_month_need'")
    monthly = monthly[(monthly["outcome"] == "all") & (monthly["need"] == "food")].reset_index(drop=True)
    years = cells.merge(published, on="cell", suffixes=("_true", "")).query("cut == @YEAR and period == ''")
    shown_years = years[years["status"] == "ok"].set_index("place_id")
    drawn, tried, told, both = np.random.default_rng(9), 0, [], 0
    months = sorted(monthly["period"].unique())
    places = monthly["place_id"].unique()
    wanted = times(600, 10_000)
    while tried < wanted:
        tried += 1
        some = monthly["place_id"].isin(drawn.choice(places, drawn.integers(1, 4), replace=False))
        start = int(drawn.integers(0, len(months) - 1))
        span = months[start:start + int(drawn.integers(1, 13))]
        outer = (some & monthly["period"].isin(span)).to_numpy()
        inner = outer & (drawn.random(len(monthly)) < 0.8)
        pair = [disclosure.filtered_sum(monthly, pd.Series(chosen)).iloc[0] for chosen in (outer, inner)]
        place = str(drawn.choice(places))
        if tried % 3 == 0 and place in shown_years.index:  # a year, and all of its months but some
            mine = (monthly["place_id"] == place).to_numpy() & monthly["period"].isin(months[-12:]).to_numpy()
            kept = mine & (drawn.random(len(monthly)) < 0.9)
            year = float(shown_years.at[place, "count"])
            outer, inner = mine, kept
            pair = [pd.Series({"status": "ok", "low": year - 2 if year else 0.0, "high": year + 2 if year else 0.0}),
                    disclosure.filtered_sum(monthly, pd.Series(kept)).iloc[0]]
        if any(one["status"] != "ok" for one in pair) or not (outer & ~inner).any():
            continue
        both += 1
        left = float(monthly.loc[outer & ~inner, "count_true"].sum())
        least, most = pair[0]["low"] - pair[1]["high"], pair[0]["high"] - pair[1]["low"]
        if 1 <= left <= 9 and least >= 1 and most <= 9:
            told.append((int(outer.sum()), int(inner.sum()), left))
    assert record(42, "pairs of views a page can show, one inside the other", "0 differences tell 1 to 9",
                  f"{tried:,} pairs, {both:,} with two numbers: {len(told)}",
                  passed=both > tried / 20 and not told), told


def test_the_referee_finds_every_hidden_count_free(
    attacked: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    cells, nesting, published = attacked
    count = cells.set_index("cell")["count"].astype("int64").to_dict()
    hidden = set(published.loc[published["status"] == "suppressed", "cell"])
    parents = set(nesting["parent"])
    sums = [(p, rows["child"].tolist(), True) for (p, _), rows in nesting.groupby(["parent", "partition"])]
    of = dict[str, list[int]]()
    for at, (parent, children, _) in enumerate(sums):
        for cell in (parent, *children):
            of.setdefault(cell, []).append(at)
    small = sorted(cell for cell in hidden if count[cell] < 10 and cell in of and cell not in parents)
    tried = np.random.default_rng(3).choice(np.array(small, dtype=object), 80, replace=False).tolist()
    for cell in tried:
        reached, todo = set[int](), list(of[cell])
        while todo:
            at = todo.pop()
            if at not in reached:
                reached.add(at)
                todo += [x for member in (sums[at][0], *sums[at][1]) for x in of[member]]
        inside = [sums[at] for at in sorted(reached)]
        names = {name for parent, children, _ in inside for name in (parent, *children)}
        limits = reference.known({n: count[n] for n in names}, hidden & names, inside, 10, 5)
        low, high = reference.interval(cell, limits, inside)
        assert low <= 1 + 1e-6 and high >= 9 - 1e-6, cell


# --- what is made of a whole series ---------------------------------------------------------------------------


def weekly(frame: pd.DataFrame, hide: bool = False) -> pd.DataFrame:
    """155 weeks of the city: food 40 a week and 80 in the last eight, all met; housing 40, half met."""
    late = np.arange(len(WEEKS)) >= len(WEEKS) - 8
    food = np.where(late, 80, 40)
    rows = [
        pd.DataFrame({"period": WEEKS, "need": name, "outcome": outcome, "count": np.broadcast_to(count, len(WEEKS))})
        for name, outcome, count in (
            ("food", "all", food), ("food", "met", np.where(late & hide, 5, food)),
            ("food", "unmet", np.where(late & hide, 75, 0)),
            ("housing", "all", 40), ("housing", "met", 20), ("housing", "unmet", 20),
        )
    ]
    return pd.concat(rows, ignore_index=True).assign(
        cut="city_week_need_outcome", place_id="TOY", level="city", grain="week",
        basis=frame["basis"].iloc[0], dataset_id=frame["dataset_id"].iloc[0],
    )


def test_a_doubling_is_an_alert_an_effect_and_a_year_of_referrals(tmp_path: Path) -> None:
    def doubled(frame: pd.DataFrame) -> pd.DataFrame:
        return weekly(frame)

    draft, _ = made("toyville", tmp_path, doubled)
    alert = draft.frame("SELECT * FROM alert").set_index(["need", "direction"])
    row = alert.loc[("food", "more")]
    assert row["flagged"] and row["status"] == "ok" and (row["weeks"], row["level"]) == (13, "city")
    assert (row["observed"], row["expected"]) == pytest.approx((5 * 40 + 8 * 80, 13 * 40))
    # Each of eight weeks departs by ln(81 ÷ 41) ÷ (√40 ÷ 41), less a slack of ½.
    assert row["statistic"] == pytest.approx(8 * (math.log(81 / 41) / (math.sqrt(40) / 41) - 0.5))
    assert row["since"] == pd.Timestamp(WEEKS[-7]) and row["threshold"] == pytest.approx(4.772, abs=0.001)
    assert not alert.drop(index=("food", "more"))["flagged"].any()
    rise = draft.frame("SELECT * FROM indicator_value WHERE indicator_id = 'request_alert' AND grp = 'food'").iloc[0]
    assert (rise["value"], rise["period"], rise["area_id"]) == (pytest.approx(840 / 520), "2026-10-19", "TOY")
    funnel = draft.frame("SELECT * FROM indicator_value WHERE indicator_id = 'referral_help'").set_index("grp")
    # 44 weeks of 40 and 8 of 80 directed to a service; between 69 and 82 % of them reached one.
    assert funnel["denominator"]["reached"] == 44 * 40 + 8 * 80
    assert (funnel["low"]["reached"], funnel["high"]["reached"]) == (.69, .82)
    assert (funnel["low"]["helped"], funnel["high"]["helped"]) == (.36, .67)
    assert set(funnel.drop(index="need")["status"]) == {"unknown"}
    assert funnel["numerator"].drop("need").isna().all() and funnel["value"].isna().all()
    # Toyville's mail-out is of 14 September: six weeks since, where eight are asked. Dated two weeks earlier, it has 8.
    effect = draft.frame("SELECT * FROM event_effect").iloc[0]
    assert (effect["status"], effect["reason"], effect["control"]) == ("missing", "short", "housing")
    draft.con.execute("UPDATE event SET date = ?::DATE", [WEEKS[-8].strftime("%Y-%m-%d")])
    draft.con.execute("DELETE FROM event_effect")
    weeks = draft.frame("SELECT * FROM referral_count WHERE cut = 'city_week_need_outcome'")
    trends._events(draft, weeks)
    effect = draft.frame("SELECT * FROM event_effect").iloc[0]
    assert (effect["status"], effect["observed"]) == ("ok", 640)
    assert effect["value"] == pytest.approx(80.5 / 40.5) and effect["slope"] == pytest.approx(1)


def test_a_hidden_week_hides_the_year_of_referrals(tmp_path: Path) -> None:
    def hidden(frame: pd.DataFrame) -> pd.DataFrame:
        return weekly(frame, hide=True)

    draft, _ = made("toyville", tmp_path, hidden)
    funnel = draft.frame("SELECT * FROM indicator_value WHERE indicator_id = 'referral_help'").set_index("grp")
    rest = funnel.drop(index="need")
    assert set(rest["status"]) == {"suppressed"} and set(rest["reason"]) == {"suppressed"}
    assert rest[["numerator", "value", "low", "high"]].isna().all(axis=None)
    assert rest["denominator"].drop("referred").isna().all()
