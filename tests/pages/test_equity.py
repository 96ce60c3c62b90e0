"""What the page on risk factors adds to groups: crossings, fifths, who lives around help, the spread, by pencil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from loaders.store import Store
from views import crossed, equity, spread, words

Written = Callable[..., str]
NBSP = "\u00a0"


pytestmark = pytest.mark.usefixtures("french")


def test_the_page_in_french(written: Written, toyville: Path) -> None:
    page = written(toyville, "risk_factors", lang="fr")
    assert "L’enquête chargée ne publie <b>aucun croisement</b>." in page
    # Most deprived fifth of 500 people: Nord's 100, at 25 %; the least deprived is Rive, then Colline: 10 %.
    assert "de 25,0 % chez les 20 % les plus défavorisés, contre 10,0 %. Rapport : 2,5 ×, de" in page
    assert "on ne voit <b>pas d’écart clair</b> : 0,40 place, contre 0,20 place. Rapport : 2,0 ×" in page
    assert "Secteurs (districts) rangés par la cote économique de l’indice." in page
    # Two comparisons, two names, and each page says what the other compares.
    assert page.count("20 % des gens : secteurs les plus défavorisés") >= 3
    assert "L’aperçu compare autre chose" in page
    assert page.count("cinquième le plus défavorisé") == 1
    other = written(toyville, "overview", lang="fr")
    assert "Majorité dans le cinquième le plus défavorisé" in other
    assert "compare autre chose : les 20 % de gens" in other
    assert "Aucune source d’ici ne donne l’insécurité alimentaire par tranche de revenu." in page
    assert "Sur 3 districts, aucun secteur n’a moins de lieux que sa part du besoin, aucun n’en a plus, 3" in page
    # 100 people at 0.4 place and 300 at 0.2: 80 least served have 16 of 100 places, 80 best served 32.
    assert "Les 20 % de personnes les moins bien servies ont <b>16,0 %</b> des places à portée." in page
    assert "Les 20 % les mieux servies en ont <b>32,0 %</b>." in page
    assert "L’indice de Gini est de 0,15" in page


def test_the_page_in_english(written: Written, toyville: Path) -> None:
    words.use(None)
    page = written(toyville, "risk_factors", lang="en")
    assert "The survey loaded publishes <b>no crossing</b>." in page
    assert "Estimated need is 25.0% for the most deprived 20%, against 10.0%. Ratio: 2.5 ×" in page
    assert "It cannot be told whether help leans as far as need (index −0.16" in page
    assert "The 20% of people served least have <b>16.0%</b> of the places within reach." in page


def test_an_edition_without_indices_says_what_is_missing(
    written: Written, toyville: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = Store.groups
    kept = ("representation_ratio", "people_by_group")
    monkeypatch.setattr(
        Store, "groups", lambda self, name: groups(self, name).iloc[: None if name in kept else 0]
    )
    page = written(toyville, "risk_factors", lang="fr")
    assert "il faut <b>une cote ou une proportion de pauvreté par secteur</b>" in page
    assert "il faut <b>des lieux d’aide placés</b>" in page
    assert "<b>le nombre de places à portée n’est pas connu</b>" in page


# --- crossings ------------------------------------------------------------------------------------------------


def survey(store: Store, years: dict[str, tuple[float, float, float, float]]) -> pd.DataFrame:
    """Shares of neither, women+, 65 and over, both, by year, in the shape of the groups of a survey."""
    one = store.groups("representation_ratio").iloc[:1]
    of = crossed.CROSSINGS[0]
    rows = [one.assign(grp=grp, period=year, numerator=100 * share, status="ok")
            for year, shares in years.items()
            for grp, share in zip((of.neither, of.first, of.second, of.both), shares)]
    return pd.concat(rows, ignore_index=True)


def test_a_crossing_passes_the_sum_of_its_gaps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # 25 + 20 − 10 = 35 expected; 42 seen, 7 more; the year before 40, 5 more.
    rows = survey(store, {"2023": (.10, .25, .20, .40), "2024": (.10, .25, .20, .42)})
    monkeypatch.setattr(store, "groups", lambda _: rows)
    frame = crossed.crossed(store)
    one = frame.iloc[0]
    assert len(frame) == 1 and one["expected"] == pytest.approx(0.35) and one["excess"] == pytest.approx(0.07)
    assert one["others"] == pytest.approx([0.05]) and crossed.kind(one) == "more"
    told = crossed.crossed_sentence(frame)
    assert f"Cumuls que l’enquête publie{NBSP}: 1. **1** dépasse" in told
    assert f"42,0{NBSP}%. Si les deux écarts s’ajoutaient, on attendrait 35,0{NBSP}%" in told
    assert f"+7,0{NBSP}points d’écart" in told and "tableau croisé" in told
    assert "observées par l’enquête" in crossed.crossed_table(frame).columns[5].texts[0]


def test_one_year_alone_concludes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = survey(store, {"2024": (.10, .25, .20, .42)})
    monkeypatch.setattr(store, "groups", lambda _: rows)
    assert crossed.kind(crossed.crossed(store).iloc[0]) == "unclear"
    assert "**Aucun** ne dépasse" in crossed.crossed_sentence(crossed.crossed(store))


def test_a_hidden_share_is_a_word(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = survey(store, {"2023": (.10, .25, .20, .40), "2024": (.10, .25, .20, .42)})
    last = rows.index[-1]
    rows.loc[last, "numerator"], rows.loc[last, "status"] = float("nan"), "suppressed"
    monkeypatch.setattr(store, "groups", lambda _: rows)
    frame = crossed.crossed(store)
    assert frame["status"].tolist() == ["suppressed"] and "rien ne peut être dit" in crossed.crossed_sentence(frame)
    assert crossed.crossed_table(frame).columns[1].texts == ["Masqué (confidentiel)"]


# --- equity ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high", "distance", "places"), [
    (0.2, 0.8, "**plus proche**", "**moins de places**"), (1.2, 3.0, "**plus loin**", "**plus de places**"),
    (0.5, 2.0, "**pas d’écart clair**", "**pas d’écart clair**"),
])
def test_fifths_are_told_apart_only_where_the_range_leaves_one_out(
    store: Store, low: float, high: float, distance: str, places: str,
) -> None:
    rows = equity.indices(store)
    rows.loc[rows["indicator_id"] == "fifth_ratio", ["low", "high"]] = [low, high]
    told = equity.fifths_sentence(rows).split("Rapport")
    assert distance in told[0] and places in told[1]


def test_untold_capacity_is_not_zero(store: Store) -> None:
    rows = equity.indices(store)
    access = (rows["quantity"] == "access") & (rows["indicator_id"] == "fifth_ratio")
    rows.loc[access, "status"] = "unknown"
    assert "Le nombre de places à portée n’est **pas connu**" in equity.fifths_sentence(rows)


def test_groups_and_areas_keep_their_words(store: Store) -> None:
    rows, level = equity.gaps(store)
    assert level == "district" and rows["side"].value_counts().to_dict() == {"area": 5, "group": 2}
    table = equity.around_table(rows)
    told = dict(zip(table.columns[0].texts, table.columns[1].texts))
    assert told["Nord"] == f"+7,0{NBSP}points"  # 1 of 3 places, 25 of 95 people in need
    assert told["Parc"] == "Sans objet" and told["Rive"] == "Donnée manquante"


def test_the_curve_ends_where_everyone_has_everything(store: Store) -> None:
    rows = spread.curve(store)
    assert spread.held(rows, 1.0) == 1 and spread.held(rows, 0.0) == 0
    assert spread.held(rows, 0.75) == pytest.approx(0.6)  # 300 of 400 people have 60 of 100 places
