"""What the page on requests adds to counts: verdicts, events, changes, need, help and season, by pencil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from indicators.trends import change_parts
from loaders.store import Store
from views import (
    alerts,
    awareness,
    changes,
    events,
    funnel,
    range_charts,
    referral_figures,
    referrals,
    seasons,
    words,
)

Written = Callable[..., str]
NBSP = "\u00a0"


pytestmark = pytest.mark.usefixtures("french")


# --- the page over toyville -----------------------------------------------------------------------------------


def test_the_page_in_french(written: Written, toyville: Path) -> None:
    page = written(toyville, "referrals", lang="fr")
    assert "Aucun verdict n’est possible</b> pour l’instant" in page  # eight weeks: no season to learn
    assert "Pas de verdict : trop peu de semaines" in page
    assert "Une semaine masquée n’est pas comptée." in page
    assert "Pour 1 événement, on ne peut rien dire : il faut au moins 8 semaines comptées avant et après." in page
    # Nord: 240 − 120 = 120, all of the city's 300 − 180.
    assert "parmi les changements clairs par secteur, le plus grand : <b>Nord</b>, +120 demandes" in page
    assert "C’est 100,0 % du changement de la ville" in page
    # Nord 240 and Colline 0 for needs of 25 and 10: expected 171 and 69.
    assert "Sur 2 districts, moins de demandes que le besoin estimé ne le laisse attendre : <b>1</b>; plus : 1." in page
    assert "Les rapports les plus bas : Colline." in page
    assert "<b>Peu de demandes ne veut pas dire peu de besoins.</b>" in page
    assert "Les demandes dirigées en un an ne sont pas connues : il faut 52 semaines publiées." in page
    assert "il faut <b>plus de deux ans</b> de semaines publiées" in page  # the season
    assert "Aucune source ne dit si toutes les demandes d’une semaine y sont déjà." in page


def test_the_page_in_english(written: Written, toyville: Path) -> None:
    words.use(None)
    page = written(toyville, "referrals", lang="en", area="T1")
    assert "<b>No verdict is possible</b> yet" in page
    assert "among clear changes by area, the largest: <b>Nord</b>, +120 requests" in page
    assert "In Nord: 240 requests for 171 expected. The ratio is <b>1.4 ×</b> (1.2 to 1.6 ×): <b>more</b>" in page
    assert "Requests directed in a year are not known: it takes 52 published weeks." in page


def test_a_hidden_area_keeps_its_word(written: Written, toyville: Path) -> None:
    page = written(toyville, "referrals", lang="fr", area="T5")
    assert page.count("Dans le quartier Rive : masqué") == 2  # its change, and its requests for the need


@pytest.mark.parametrize(("lang", "told"), [
    ("fr", ("Rien à surveiller dans cette édition", "Rien à comparer dans cette édition", "Rien à suivre")),
    ("en", ("Nothing to watch in this edition", "Nothing to compare in this edition", "Nothing to follow")),
])
def test_an_edition_without_requests(
    monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path, lang: str, told: tuple[str, ...],
) -> None:
    words.use(None)
    cuts, rows, groups, offered, one = (
        Store.referral_cuts, Store.referrals, Store.groups, Store.offered, Store.indicator,
    )
    gone = ("referrals_per_1000", "awareness_ratio")
    monkeypatch.setattr(Store, "referral_cuts", lambda self: cuts(self).iloc[:0])
    monkeypatch.setattr(Store, "referrals", lambda self, cut: rows(self, cut).iloc[:0])
    monkeypatch.setattr(Store, "offered", lambda self, level: [x for x in offered(self, level) if x not in gone])
    monkeypatch.setattr(Store, "groups", lambda self, name: groups(self, name).iloc[: 0 if name == "referral_help"
                                                                                    else None])
    monkeypatch.setattr(
        Store, "indicator", lambda self, name, *a, **k: one(self, "" if name in gone else name, *a, **k)
    )
    nothing = Store.alerts, Store.event_effects
    monkeypatch.setattr(Store, "alerts", lambda self: nothing[0](self).iloc[:0])
    monkeypatch.setattr(Store, "event_effects", lambda self: nothing[1](self).iloc[:0])
    page = written(toyville, "referrals", lang=lang)
    for words_told in told:
        assert words_told in page


# --- alerts ---------------------------------------------------------------------------------------------------




def test_a_flagged_series_is_told_with_its_numbers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    since = pd.Timestamp("2026-09-28")
    rows = store.alerts()
    assert len(rows) == 4
    never = pd.Series(pd.NaT, index=rows.index)
    made = rows.assign(status="ok", reason=None, expected=100.0, p_value=0.5, since=never)
    made["observed"] = made["need"].map({"food": 130.0, "housing": 100.0})
    rose, passed = ((made["need"] == n) & (made["direction"] == d) for n, d in (("food", "more"), ("housing", "less")))
    made["flagged"] = rose
    made.loc[rose | passed, "since"] = since
    monkeypatch.setattr(store, "alerts", lambda: made.sort_values("flagged", ascending=False))
    series = alerts.watched(store).set_index("need")
    assert series["verdict"].to_dict() == {"food": "more", "housing": "passed"}
    low, ratio, high = (float(series[name].loc["food"]) for name in ("low", "ratio", "high"))
    assert ratio == 1.3 and low < ratio < high
    assert series["tests"].tolist() == [2, 2]
    told = alerts.alerts_sentence(alerts.watched(store))
    assert "**1** série sur 2 sort de l’ordinaire" in told
    assert f"130 demandes notées pour 100 attendues, soit +30,0{NBSP}%" in told
    assert f"depuis la semaine du 28{NBSP}septembre{NBSP}2026" in told
    assert "1 autre série passe sa limite. Avec 4 essais, le hasard seul en fait passer environ 0" in told  # 5 % × 4
    table = alerts.alerts_table(alerts.watched(store))
    assert table.columns[1].texts == ["Hausse inhabituelle", "Passe sa limite, non retenue"]


def test_nothing_unusual_and_no_verdict_read_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = store.alerts()
    food = rows["need"] == "food"
    made = rows.assign(observed=100.0, expected=100.0, p_value=0.5)
    made.loc[~food, ["observed", "expected", "p_value"]] = float("nan")
    made["status"] = ["ok" if one else "missing" for one in food]
    made["reason"] = [None if one else "gaps" for one in food]
    monkeypatch.setattr(store, "alerts", lambda: made)
    told = alerts.alerts_sentence(alerts.watched(store))
    assert f"Séries jugées{NBSP}: 1 (" in told and "**aucune** ne sort de l’ordinaire" in told
    assert "Pour 1 série, pas de verdict" in told
    texts = alerts.alerts_table(alerts.watched(store)).columns[1].texts
    assert texts == ["Rien d’inhabituel", f"Pas de verdict{NBSP}: trop de semaines masquées ou manquantes"]


# --- events ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high", "told"), [
    (1.1, 1.3, "**plus demandée** qu’attendu"), (0.7, 0.9, "**moins demandée** qu’attendu"),
    (0.9, 1.5, "**pas d’écart clair**"),
])
def test_an_event_is_a_link_in_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, low: float, high: float, told: str,
) -> None:
    rows = store.event_effects().assign(
        status="ok", reason=None, value=(low + high) / 2, low=low, high=high, observed=120.0, expected=100.0,
    )
    monkeypatch.setattr(store, "event_effects", lambda: rows)
    said = events.events_sentence(events.effects(store))
    assert told in said and "14\u00a0septembre\u00a02026" in said and "**pas une preuve**" in said


# --- where the change comes from ------------------------------------------------------------------------------


def test_parts_of_a_change_by_pencil() -> None:
    frame = pd.DataFrame({"now": [60.0, 10.0, 0.0, None], "before": [40.0, 0.0, 0.0, 5.0]})
    out = change_parts(frame)
    assert out["change"].tolist()[:3] == [20, 10, 0] and pd.isna(out["change"].iloc[3])
    assert out["change_low"].iloc[0] < 0 < 20 < out["change_high"].iloc[0]  # 60 against 40 may be chance
    assert out["change_high"].iloc[1] == 10 and out["change_low"].iloc[1] > 0  # none a year ago: all is more
    assert out[["change_low", "change_high"]].iloc[2:].isna().all(axis=None)


def two_years(store: Store, now: float, before: float) -> pd.DataFrame:
    """Toyville's food rows over 104 weeks: `before` a week in the first year, `now` in the second."""
    one = store.referrals("city_week_need_outcome").query("need == 'food' and outcome == 'all'").iloc[:1]
    weeks = pd.date_range("2024-11-04", periods=104, freq="7D")
    rows = pd.concat([one] * 104, ignore_index=True).assign(period=weeks, status="ok")
    return rows.assign(count=[before] * 52 + [now] * 52)


def test_needs_change_over_two_years(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = two_years(store, 30.0, 20.0)
    monkeypatch.setattr(store, "referrals", lambda _: rows)
    food = changes.by_need(store).iloc[0]
    assert (food["now"], food["before"], food["change"], food["status"]) == (1560, 1040, 520, "ok")
    hidden = rows.assign(count=rows["count"].mask(rows.index == 103), status="ok")
    hidden.loc[103, "status"] = "suppressed"
    monkeypatch.setattr(store, "referrals", lambda _: hidden)
    food = changes.by_need(store).iloc[0]
    assert pd.isna(food["change"]) and food["status"] == "suppressed"
    # Hidden so that another cannot be worked out, the week may hold any number: no upper limit. From below, 51 weeks of
    # 28 at least and one of 1, less 52 of at most 22.
    assert food["change_low"] == 51 * 28 + 1 - 4 - 1145  # both moved outwards to a multiple of 5: 1 425, and 1 145
    assert pd.isna(food["change_high"])
    assert changes.signed_span(food["change_low"], food["change_high"]) == "au moins +280"
    monkeypatch.setattr(store, "referrals", lambda _: rows.iloc[:-1])
    food = changes.by_need(store).iloc[0]  # 103 weeks: the first year is not whole
    assert food["status"] == "missing" and pd.isna(food["change_low"])


def test_one_window_for_every_figure_made_of_weeks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = two_years(store, 30.0, 20.0)
    monkeypatch.setattr(store, "referrals", lambda cut: rows if cut == "city_week_need_outcome" else rows.iloc[:0])
    frame = referrals.weeks(store)
    assert len(frame) == referrals.YEAR == 52
    told = referral_figures.weeks_sentence(store, frame)
    assert f"En 52 semaines{NBSP}: **1{NBSP}560** besoins" in told and f"qu’un an avant (1{NBSP}040)" in told
    assert "Sur les 52 semaines montrées" in told and "douze mois" not in told
    needs, weeks = referrals.needs(store)
    assert weeks == 52 and needs["count"].tolist() == changes.by_need(store)["now"].tolist() == [1560]
    assert "la fenêtre est de 52 semaines" in referral_figures.windows(store)  # and why areas have months
    hidden = rows.assign(count=rows["count"].mask(rows.index == 60), status="ok")
    hidden.loc[60, "status"] = "suppressed"
    monkeypatch.setattr(store, "referrals", lambda _: hidden)
    assert referrals.week_pair(store) is None  # a partial sum is not the sum


def frame_of(frame: pd.DataFrame, name: str) -> dict[Any, Any]:
    return frame[frame["name"] == name].iloc[0].to_dict()


def test_shares_of_a_fall_keep_their_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, _ = changes.parts(store)
    nord = frame_of(frame, "Nord")
    assert nord["share"] == 1 and nord["share_low"] < 1 < nord["share_high"]
    assert frame[frame["side"] == "need"]["share"].isna().all()
    monkeypatch.setattr(changes, "city_change", lambda _: -120.0)
    fall = frame_of(changes.parts(store)[0], "Nord")
    assert fall["share_low"] < fall["share"] == -1 < fall["share_high"]


def test_signs_are_always_written() -> None:
    assert [changes.signed(x) for x in (120, -35, 0, 0.2)] == ["+120", "−35", "0", "0"]
    assert changes.signed_span(-5, 10) == f"de{NBSP}−5{NBSP}à{NBSP}+10" and changes.signed_span(None, None) == ""
    assert changes.signed_span(None, 3) == "au plus +3"


# --- requests beside need, and what became of them ----------------------------------------------------------------


def test_few_requests_are_not_little_need(store: Store) -> None:
    rows = awareness.asked(store, "district").set_index("area_id")
    assert rows["kind"].to_dict() == {"T3": "less", "T1": "more", "T2": "unclear", "T4": "unclear", "T5": "unclear"}
    table = awareness.awareness_table(awareness.asked(store, "district"), "T1")
    told = dict(zip(table.columns[0].texts, table.columns[1].texts))
    assert told["Nord"] == f"1,4{NBSP}×" and told["Rive"].startswith("Masqué (confidentiel)")
    assert told["Parc"].startswith("Sans objet")


def help_rows(store: Store, referred: float, status: str) -> pd.DataFrame:
    rows = store.groups("referral_help").set_index("grp")
    rows.loc[["reached", "helped"], "denominator"] = referred
    rows.loc[["referred", "reached", "helped"], "status"] = status
    if status == "unknown":
        rows.loc["reached", ["low", "high"]] = [0.69, 0.82]
        rows.loc["helped", ["low", "high"]] = [0.36, 0.67]
    return rows.reset_index()


def test_help_is_a_range_and_people_are_not_requests(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = help_rows(store, 10_000.0, "unknown")
    monkeypatch.setattr(store, "groups", lambda _: rows)
    steps = funnel.steps(store)
    assert steps["unit"].tolist() == ["people", "requests", "requests", "requests"]
    told = funnel.funnel_sentence(steps)
    assert f"dirigé **10{NBSP}000** demandes" in told
    assert f"**de{NBSP}3{NBSP}600{NBSP}à{NBSP}6{NBSP}700** auraient mené" in told
    texts = funnel.funnel_table(steps).columns[1].texts
    assert texts[1:] == [
        f"10{NBSP}000", f"de{NBSP}6{NBSP}900{NBSP}à{NBSP}8{NBSP}200", f"de{NBSP}3{NBSP}600{NBSP}à{NBSP}6{NBSP}700",
    ]


def test_a_hidden_week_gives_no_total_of_referrals(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = help_rows(store, float("nan"), "suppressed")
    monkeypatch.setattr(store, "groups", lambda _: rows)
    steps = funnel.steps(store)
    assert "Une semaine au moins est masquée" in funnel.funnel_sentence(steps)
    assert funnel.funnel_table(steps).columns[1].texts[1:] == ["Masqué (confidentiel)"] * 3


# --- season ---------------------------------------------------------------------------------------------------


def test_the_season_is_told_apart_from_the_level(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = pd.date_range("2023-01-02", periods=156, freq="7D", name="period")
    counts = pd.Series([150.0 if day.month == 12 else 100.0 for day in weeks], index=weeks)
    frame = pd.DataFrame({"count": counts, "status": "ok"})
    frame.loc[weeks[80], ["count", "status"]] = [None, "suppressed"]
    monkeypatch.setattr(seasons.referrals, "weekly", lambda _: frame)
    seasons._decomposed.clear()  # the test's weeks, not the version's
    rows = seasons.parted(store)
    seasons._decomposed.clear()
    assert len(rows) == 156 and rows["level"].isna().sum() == 1
    table = seasons.seasons_table(rows)
    assert table.columns[1].texts[155 - 80] == "Masqué (confidentiel)"  # not missing
    assert table.export["status"].value_counts().to_dict() == {"ok": 155, "suppressed": 1}
    told = seasons.seasons_sentence(rows)
    assert "La saison est la plus haute en décembre" in told
    assert "1 semaine masquée ou manquante n’est pas comptée." in told
    december = rows[rows["period"].dt.month == 12]["season"].mean()
    others = rows[rows["period"].dt.month == 6]["season"].mean()
    assert (1 + december) / (1 + others) == pytest.approx(1.5, rel=0.1)


# --- the chart of ranges ----------------------------------------------------------------------------------------


def test_a_range_chart_holds_its_line_and_every_range() -> None:
    marks = [range_charts.Mark("a", 2.0, "2", 1.0, 3.0, "more"), range_charts.Mark("b", None, "masqué", 4.0, 5.0)]
    layout = range_charts.drawn(marks, str, dark=False).to_dict()["layout"]
    low, high = layout["xaxis"]["range"]
    assert low < 0 and high > 5
    assert [a["text"] for a in layout["annotations"]] == ["a", "<b>2</b>", "b", "masqué"]
    alone = range_charts.drawn([range_charts.Mark("c", None, "manquant")], str, dark=True).to_dict()["layout"]
    assert alone["xaxis"]["range"][0] < 0 < alone["xaxis"]["range"][1]
