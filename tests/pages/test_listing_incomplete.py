"""An edition whose listing is declared incomplete gives limits, no verdict and no range, wherever places count."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import docx
import pandas as pd
import pytest
import streamlit as st
from pypdf import PdfReader

from indicators import INDICATORS
from loaders import incomplete
from loaders.store import Store, current_version, open_store
from views import brief, brief_docx, brief_pdf, gaps, guide, hours, metadata, my_area, tables, taken, words
from views.city import reach_of
from views.overview import FAR, far_number

NOTICE = {"listing_notice_fr": "Liste très incomplète.", "listing_notice_en": "Very incomplete listing."}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Two toyvilles bear one version number here: nothing kept of one may be shown of the other."""
    for clear in (st.cache_data.clear, st.cache_resource.clear):
        clear()
    yield
    words.use(None)
    for clear in (st.cache_data.clear, st.cache_resource.clear):
        clear()


@pytest.fixture(scope="module")
def short(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of versions of a toyville that declares its listing incomplete."""
    versions = tmp_path_factory.mktemp("short")
    shutil.copytree(toyville / "toyville", versions / "toyville")
    (path,) = (versions / "toyville").glob("*-*.json")
    facts = json.loads(path.read_text("utf-8"))
    facts["settings"]["settings"].update(NOTICE)
    path.write_text(json.dumps(facts), "utf-8")
    return versions


@pytest.fixture
def declared(short: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(short))
    version = current_version("toyville")
    assert version
    return open_store("toyville", version)


def test_every_indicator_of_listed_places_is_of_one_side_or_about_the_listing_itself() -> None:
    # One that is one minus another is bounded as that one is, the other way round.
    of_places = {one.id for one in INDICATORS if "service" in one.tables and not one.complement_of}
    assert {one.complement_of for one in INDICATORS if one.complement_of} <= incomplete.AT_LEAST
    assert of_places >= incomplete.AT_MOST | incomplete.AT_LEAST and not incomplete.AT_MOST & incomplete.AT_LEAST
    about = of_places - incomplete.AT_MOST - incomplete.AT_LEAST
    directions = {one.id: one.direction for one in INDICATORS}
    assert {directions[name] for name in incomplete.AT_MOST} == {"more_is_worse"}
    assert {directions[name] for name in incomplete.AT_LEAST} == {"more_is_better"}
    # What is left judges the listing, or sets areas and groups against one another, which no page does of places here.
    assert about == {
        "effective_capacity", "verification_priority", "unlisted_places", "concentration_index", "gini", "fifth_ratio",
        "inequity", "geographic_disparity", "demographic_disparity", "local_cluster",
    } & about


def test_limits_by_pencil() -> None:
    rows = pd.DataFrame({
        "numerator": [20.0, 0.0, None], "denominator": [100.0, 100.0, 100.0], "value": [0.2, 0.0, None],
        "low": [0.1, 0.0, 0.3], "high": [0.3, 0.0, 0.6], "status": ["ok", "ok", "unknown"],
    })
    most = incomplete.bounded(rows, "need_out_of_reach")
    assert most["value"].tolist()[:2] == [0.3, 0.0] and most["numerator"].tolist()[:2] == [30, 0]
    assert pd.isna(most["low"].iloc[0]) and most["low"].iloc[1] == 0  # nobody out of reach of a listed place: known
    assert pd.isna(most["value"].iloc[2]) and pd.isna(most["low"].iloc[2]) and most["high"].iloc[2] == 0.6
    least = incomplete.bounded(rows, "open_within_reach")
    assert least["value"].iloc[0] == 0.1 and least["numerator"].iloc[0] == 10 and pd.isna(least["high"].iloc[0])
    assert incomplete.bounded(rows, "food_insecurity").equals(rows)
    metres = incomplete.bounded(rows, "nearest_food_aid")  # low and high span residents: only the mean is a limit
    assert metres["value"].iloc[0] == metres["high"].iloc[0] == 0.2 and metres["numerator"].iloc[0] == 20


@pytest.mark.parametrize(("page", "lang", "most", "verdicts"), [
    ("overview", "fr", "au plus", ("y est <b>plus", "Rang probable")), ("gap_map", "en", "At most", ("highest class",)),
    ("my_area", "fr", "ces mesures ont un maximum", ("aide connue à portée", "aide connue sans écart")),
    ("risk_factors", "en", "Very incomplete", ("is <b>closer", "is <b>farther", "more places", "fewer places")),
])
def test_a_page_says_at_most_and_gives_no_verdict(
    written: Callable[..., str], short: Path, page: str, lang: str, most: str, verdicts: tuple[str, ...],
) -> None:
    told = written(short, page, lang=lang, area="T2", indicator="need_out_of_reach")
    assert NOTICE[f"listing_notice_{lang}"] in told and most in told
    assert not [word for word in verdicts if word in told]


def test_the_number_of_the_overview_is_a_maximum(declared: Store) -> None:
    words.use("fr")
    number = far_number(declared)
    plain = number.under.replace("\u00a0", " ")
    assert number.big.startswith("au plus") and "probablement" not in plain and "de 0" not in plain
    ranked = gaps.gaps(declared, "district")
    assert gaps.rank_words(*ranked[["rank_best", "rank_worst"]].iloc[0]) == ""
    assert set(ranked["side"]) == {"most"} and (ranked["share_need"] <= 1).all()
    assert ranked["numerator"].tolist() == (declared.indicator(FAR.id, "district", reach_of(declared)).set_index(
        "area_id").loc[ranked["area_id"], "high"].to_numpy() * ranked["denominator"]).tolist()


@pytest.mark.parametrize(("lang", "most"), [("fr", "au plus"), ("en", "at most")])
def test_the_brief_says_at_most(declared: Store, lang: str, most: str) -> None:
    words.use(lang)
    area = my_area.of(declared, "T2")
    assert area is not None
    content = brief.of(area, link="https://couvert.example/", version=declared.version)
    far = content.numbers[1]
    assert far.shown.startswith(most) and far.span == "" and most in far.note
    assert content.notice == NOTICE[f"listing_notice_{lang}"]
    reader = PdfReader(io.BytesIO(brief_pdf.made(content)))
    pdf = " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ").split())
    assert far.shown.replace("\u00a0", " ") in pdf and content.notice in pdf
    document = docx.Document(io.BytesIO(brief_docx.made(content)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(p.text for p in document.paragraphs), *cells])
    assert far.shown in text and content.notice in text
    row = next(row for row in content.rows if row.label.startswith(FAR.title.of(lang)))
    assert row.cells[0].startswith(most) and row.cells[-1] == ""  # no rank


def test_files_taken_away_say_it(declared: Store) -> None:
    words.use("en")
    rows = declared.indicator(FAR.id, "district", reach_of(declared)).assign(name="x", place="")
    what = taken.Taken(
        id="map", title="t", sentence="", store=declared, link="", day=date(2026, 11, 23),
        table=lambda: tables.of_values(rows, FAR),
        language="en", bases=["modelled"], indicator=FAR,
    )
    note = dict(metadata.notes(what))["Listing of places"]
    assert note.startswith(NOTICE["listing_notice_en"]) and "maximum" in note


def test_an_hour_is_at_most_too() -> None:
    rows = pd.DataFrame({
        "value": [0.4, 0.4, None], "low": [None, 0.3, None], "high": [0.4, 0.5, 0.9], "denominator": [100.0] * 3,
        "status": ["ok", "ok", "unknown"],
    }).astype({"low": "float64"})
    told = hours.without(rows)
    assert told["least"].isna().tolist() == [True, False, True] and told["most"].tolist() == [40, 40, 90]


def test_the_guide_asks_only_what_this_edition_answers(declared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.key for one in guide.questions(declared, "council")] == ["need", "asked", "area"]
    one = declared.indicator
    monkeypatch.setattr(
        declared, "indicator", lambda name, *a, **k: one("" if name == "referrals_per_1000" else name, *a, **k)
    )
    council = guide.questions(declared, "council")
    assert [one.key for one in council] == ["need", "area", "who"]
    assert council[0].chosen["indicator"] == "food_insecurity"
    assert [one.key for one in guide.questions(declared, "borough")] == ["area", "borough", "services"]
    assert guide.questions(declared, "borough")[1].chosen["indicator"] == "food_insecurity"
