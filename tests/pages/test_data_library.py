"""The data library of toyville: the ledger on screen is the ledger of the file."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from loaders.store import Store
from tests.pages.test_risk_factors import html_of, opened
from views import library, session, words


@pytest.mark.parametrize(("lang", "read"), [
    ("fr", "Sur <b>227</b> lignes lues\N{NO-BREAK SPACE}: 227 gardées, "),
    ("en", "Of <b>227</b> rows read: 227 loaded, "),
])
def test_totals_and_every_source(
    toyville: Path, toyville_con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, lang: str, read: str
) -> None:
    told = html_of(opened(toyville, monkeypatch, "data_library", lang))
    row = toyville_con.sql("SELECT sum(rows_read), sum(loaded), count(DISTINCT dataset_id) FROM load_ledger").fetchone()
    assert row == (227, 227, 14)
    assert read in told or read.replace("<b>", "").replace("</b>", "") in told
    for (title,) in toyville_con.sql(f"SELECT title_{lang} FROM dataset").fetchall():
        assert title in told
    for name, loaded in toyville_con.sql(f"""
        SELECT title_{lang}, rows_read FROM dataset JOIN load_ledger USING (dataset_id)
    """).fetchall():
        assert re.search(rf"{re.escape(name)}\s*Couvert\s*[\d–-]+\s*Simul\S+\s*\D+{loaded}\D", told), name


def test_a_source_shows_its_file_and_its_balance(
    toyville: Path, toyville_con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = html_of(opened(toyville, monkeypatch, "data_library", "fr", dataset="toy_referrals"))
    row = toyville_con.sql("SELECT file, sha256 FROM load_ledger WHERE dataset_id = 'toy_referrals'").fetchone()
    assert row is not None and row[0] in told and f"SHA-256 {row[1]}" in told
    assert "168 lignes lues\N{NO-BREAK SPACE}: 168 gardées, 0 laissées de côté, 0 rejetées, 0 en double." in told


def test_ochre_only_where_action_is_due() -> None:
    words.use("fr")
    try:
        assert library.age_words(29, overdue=False) == ("il y a 29 jours", "il y a 29 jours")
        shown, marked = library.age_words(31, overdue=True)
        assert shown == "il y a 31 jours, à renouveler" and "cv-due" in marked
        assert library.age_words(1, overdue=False)[0] == "il y a 1 jour"
        assert library.age_words(pd.NA, overdue=False)[0] == "date inconnue"
        assert library.age(pd.Timestamp("2026-11-01"), date(2026, 11, 23)) == 22
        assert "cv-due" in library.rejected(3) and "cv-due" not in library.rejected(0)
    finally:
        words.use(None)


def test_an_address_is_a_link_only_when_it_is_one() -> None:
    words.use("fr")
    try:
        assert 'href="https://donnees.montreal.ca/x"' in library.link("https://donnees.montreal.ca/x")
        assert "href" not in library.link("javascript:alert(1)") and "href" not in library.link(None)
        assert library.rule("Geography not asked for") == "Valeur de «\u00a0Geography\u00a0» non demandée"
    finally:
        words.use(None)


# --- age against the expected cycle, and what was published past a gate -----------------------------------


def test_next_expected_sunset_and_cycles_by_pencil(store: Store) -> None:
    told = library.spoken_sources.datasets(store).iloc[:3].assign(
        retrieved=pd.to_datetime(["2026-01-01", "2026-01-01", None]), cycle_days=pd.array([100, 365, 30], "Int64"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library.spoken_sources, "datasets", lambda _: told)
        rows = library.sources(store, date(2026, 9, 8))  # 250 days later
    assert rows["age"].tolist()[:2] == [250, 250] and rows["cycles"].tolist()[0] == 2.5
    assert rows["due"].dt.strftime("%m-%d").tolist()[:2] == ["04-11", "01-01"]
    assert rows["sunset"].dt.strftime("%Y-%m-%d").tolist()[0] == "2026-07-20"
    assert rows["ossified"].tolist() == [True, False, False] and rows["overdue"].tolist() == [True, False, False]
    words.use("fr")
    try:
        assert "**1** source a plus de deux cycles" in library.catalogue(rows).sentence
        assert library.sunset(rows.iloc[0]).endswith("Cycles passés depuis l’obtention\u00a0: 2,5.")
        assert library.day(rows["due"].iloc[2]) == library.sunset(rows.iloc[2]) == "sans cycle connu"
    finally:
        words.use(None)


@pytest.mark.parametrize(("lang", "told"), [
    ("fr", (r"publiée malgré\s+1\s+contrôle", "Moins de lignes qu’avant")),
    ("en", (r"published past\s+1\s+control", "Fewer rows than before")),
])
def test_a_gate_that_was_passed_over_is_told_with_its_reason(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, told: tuple[str, ...],
) -> None:
    kept = {"reason": "Le fichier <b>source</b> a été repris", "date": "2026-11-23T10:00:00+00:00", "failures": [
        {"gate": "row_count", "dataset_id": "toy_referrals", "file": "referrals.csv", "told": "fewer"}]}
    opening = Store.__init__

    def opened_with(self: Store, path: Path, facts: dict[str, object]) -> None:
        opening(self, path, {**facts, "accepted": kept})

    monkeypatch.setattr(Store, "__init__", opened_with)
    session._open.clear()
    try:
        page = html_of(opened(toyville, monkeypatch, "data_library", lang))
    finally:
        session._open.clear()
    for one in (*told, "a été repris"):
        assert re.search(one, page), one
