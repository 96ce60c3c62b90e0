"""The overview over toyville, in both languages, against pencil values; and an edition without requests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pandas as pd
import pytest

from build import build
from loaders.store import Store, known_versions, open_store
from views import gaps, guide, numbers, overview, session, sources, tables, what_changed, words

Written = Callable[..., str]
HOUSE = Path(__file__).resolve().parent.parent.parent


def test_the_four_numbers_in_french(written: Written, toyville: Path) -> None:
    page = written(toyville, "overview", lang="fr")
    assert "Comment va la ville, en quatre nombres?" in page
    assert '<div class="big">20,0<small> %</small></div>' in page  # Toyland, 2024
    assert "année décrite" in page and "2024, collecte" in page and "collecte : 2025" in page
    assert '<div class="big">100</div>' in page  # 95 people, to the nearest 100
    assert "19,0 % des résidents; probablement de 100 à 200" in page  # 95 to 160 of 500
    assert '<div class="big">30</div>' in page  # out of reach: all of them in Centre
    assert "31,6 % des personnes touchées" in page  # 30 of 95
    assert '<div class="big">300</div>' in page
    assert "C’est <b>plus</b> qu’un an avant (180) : +66,7 %" in page  # 300 to 180
    assert "de 30 à 0" not in page


def test_the_four_numbers_in_english(written: Written, toyville: Path) -> None:
    page = written(toyville, "overview", lang="en")
    assert "How is the city doing, in four numbers?" in page
    for shown in ("20.0<small>%</small>", "100", "30", "300"):
        assert f'<div class="big">{shown}</div>' in page
    assert "31.6% of people in need" in page
    assert "That is <b>more</b> than a year before (180): +66.7%" in page
    assert "Personnes" not in page


def test_the_gap_by_name_and_what_has_no_rank(written: Written, toyville: Path) -> None:
    page = written(toyville, "overview", lang="fr")
    assert "Dans le quartier Centre, environ <b>30 personnes</b>" in page
    assert "C’est le seul secteur dans ce cas." in page
    assert "Dans 2 secteurs, toutes les personnes touchées ont une aide à portée." in page  # Nord, Colline
    assert "2 secteurs n’ont pas de rang" in page  # Parc, Rive
    assert "gap_map?lang=fr&amp;version=" in page and "area=T2" in page


def test_what_goes_with_need_by_pencil(store: Store) -> None:
    sides = gaps.together(store, "district")
    # Nord alone is in the most deprived fifth: 25 of 100, none out of reach, next to a place.
    assert sides.loc["inside", "value"] == pytest.approx(0.25) and sides.loc["inside", "far"] == 0
    # Centre, Colline, Rive: 70 of 400; 30 of 70 out of reach.
    assert sides.loc["outside", "value"] == pytest.approx(70 / 400)
    assert sides.loc["outside", "far"] == pytest.approx(30 / 70)


def test_ranks_are_ranges_where_ranges_meet(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    areas = store.areas("district")
    far = pd.DataFrame({
        "area_id": ["T1", "T2", "T3", "T5"], "numerator": [50.0, 20.0, 19.0, 0.0], "denominator": [100.0] * 4,
        "value": [0.5, 0.2, 0.19, 0.0], "low": [0.4, 0.18, 0.17, 0.0], "high": [0.6, 0.22, 0.21, 0.0],
        "status": "ok", "basis": "modelled", "reason": None,
    })
    monkeypatch.setattr(store, "indicator", lambda *_, **__: far)
    monkeypatch.setattr(store, "areas", lambda _: areas)
    words.use("fr")
    try:
        ranked = gaps.gaps(store, "district")
        assert ranked[["rank_best", "rank_worst"]].to_numpy().tolist() == [[1, 1], [2, 3], [2, 3]]
        told = gaps.gaps_sentence(store, "district", ranked)
    finally:
        words.use(None)
    assert "À partir du 2e rang, les fourchettes se chevauchent" in told
    assert "Dans 1 secteur, toutes" in told


def test_an_edition_without_requests_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cuts = store.referral_cuts()
    nothing = store.indicator("referrals_per_1000", "city").iloc[:0]
    monkeypatch.setattr(store, "indicator", lambda *_, **__: nothing)
    monkeypatch.setattr(store, "referral_cuts", lambda: cuts.iloc[:0])
    monkeypatch.setattr(session, "version", lambda: store.version)
    for lang, title in (("fr", "Pas encore de demandes dans cette édition"), ("en", "No requests in this edition yet")):
        words.use(lang)
        try:
            one = overview.asked_number(store)
        finally:
            words.use(None)
        assert one.word and one.big == title and one.under


def test_the_twelve_months_name_every_cut_they_rest_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview.sources, "behind", lambda *_: ["toy_survey"])
    monkeypatch.setattr(session, "version", lambda: store.version)
    assert overview.asked_number(store).source == overview.short_source(store, ["toy_survey"])


def test_a_survey_of_a_place_without_words_of_its_own(
    monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path,
) -> None:
    setting, prevalence = Store.setting, Store.prevalence
    monkeypatch.setattr(
        Store, "setting", lambda self, name: "atlantis" if name == "survey_geography" else setting(self, name),
    )
    monkeypatch.setattr(
        Store, "prevalence", lambda self, place, *a: prevalence(self, "toyland" if place == "atlantis" else place, *a),
    )
    page = written(toyville, "overview", lang="fr")
    assert "Insécurité alimentaire, territoire : atlantis" in page and "Territoire : atlantis, en 2023" in page


# --- what changed, and the guided visit -------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of toyville. In the second: S3 (Colline) is gone, a counter is new beside S2, the survey says 21."""
    versions, raw = tmp_path_factory.mktemp("two"), tmp_path_factory.mktemp("raw") / "toyville"
    shutil.copytree(toyville / "toyville", versions / "toyville")
    shutil.copytree(HOUSE / "data" / "toyville", raw)

    def written(name: str, old: str, new: str) -> None:
        text = (raw / name).read_text("utf-8")
        assert old in text
        (raw / name).write_text(text.replace(old, new), "utf-8")

    kept = ",food_aid,fridge,active,"
    written("service.csv", f"S3,O2,Service simulé 3{kept}", f"S9,O1,Comptoir neuf{kept}")
    written("service_at_location.csv", "S3,L3", "S9,L2")
    written("prevalence.csv", "toyland,all,any,2024,2025,20,", "toyland,all,any,2024,2025,21,")
    text = (raw / "schedule.csv").read_text("utf-8")
    (raw / "schedule.csv").write_text("".join(x for x in text.splitlines(True) if not x.startswith("S3,")), "utf-8")
    build("toyville", raw=raw, versions=versions)
    return versions


def test_what_changed_since_the_version_before_by_pencil(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(two))
    before, after = (open_store("toyville", version) for version in known_versions("toyville"))
    monkeypatch.setattr(session, "version", lambda: after.version)
    words.use("fr")
    try:
        found = [tuple(text.replace("\u00a0", " ") for text in (c.kind, c.what, c.before, c.now, c.by))
                 for c in what_changed.changes(after, before)]
    finally:
        words.use(None)
    assert [one for one in found if one[0] != "source"] == [
        ("number", "D’entre elles, à plus de 1,1 km de l’aide", "30", "40", "+10"),  # Colline: 10 of its 100
        ("number", "Part publiée la plus récente", "20,0 %", "21,0 %", "+1,0 point"),
        ("service", "Services d’aide alimentaire listés. 1 nouveau : Comptoir neuf. 1 retiré : Service simulé 3.", "4",
         "4", "0"),
    ]
    assert {one[4] for one in found if one[0] == "source"} == {"mise à jour"}


@pytest.mark.parametrize(("lang", "told"), [
    ("fr", ("Parmi les quatre nombres, <b>2</b> ont bougé.", ">+10</td>", "Comptoir neuf", "Écart")),
    ("en", ("Of the four numbers, <b>2</b> moved.", ">+10</td>", "1 taken out: Service simulé 3.", "Change")),
])
def test_the_block_of_changes_links_on(written: Written, two: Path, lang: str, told: tuple[str, ...]) -> None:
    page = written(two, "overview", lang=lang)
    for words_of in told:
        assert words_of in page, words_of
    assert f"gap_map?lang={lang}&amp;version=" in page and "data_library?" in page


def test_what_changed_says_how_sure_each_side_is(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(two))
    before, after = (open_store("toyville", version) for version in known_versions("toyville"))
    monkeypatch.setattr(session, "version", lambda: after.version)
    words.use("fr")
    try:
        block = what_changed.figure_of(after, before)
        rows = [overview.city_row(store, overview.FAR.id, overview.reach_of(store)) for store in (before, after)]
        spans = [numbers.people_span(r["low"] * r["denominator"], r["high"] * r["denominator"], city=True)
                 for r in rows if r is not None]
        assert isinstance(block.table, tables.Table)
    finally:
        words.use(None)
    export = block.table.export.set_index("what")
    far = next(row for name, row in export.iterrows() if "de l’aide" in str(name))
    assert far["basis"] == rows[1]["basis"] and far["basis"] in block.bases  # type: ignore[index]
    assert [far["before_range"], far["now_range"]] == spans and all(spans)
    assert set(block.bases) == set(export["basis"]) - {""}
    assert (export.loc[export["kind"] == "source", "basis"] == "").all()
    for column, at in ((1, 0), (2, 1)):
        under = block.table.columns[column].under
        assert under and spans[at] in under


def test_an_area_that_moved_says_its_ranges_and_its_basis(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Larger:
        """The same version with a thousand times as many people."""

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def indicator(self, *asked: str) -> pd.DataFrame:
            rows = store.indicator(*asked)
            return rows.assign(numerator=1000 * rows["numerator"], denominator=1000 * rows["denominator"])

    monkeypatch.setattr(session, "version", lambda: store.version)
    rows = store.indicator(overview.FAR.id, "district", overview.reach_of(store)).set_index("area_id").loc["T2"]
    words.use("fr")
    try:
        (one,) = what_changed.areas(Larger(), store)  # type: ignore[arg-type]
        spans = [numbers.people_span(*(n * rows[x] * rows["denominator"] for x in ("low", "high"))) for n in (1, 1000)]
    finally:
        words.use(None)
    assert one.now == "30\u00a0000" and one.basis == rows["basis"]
    assert [one.before_range, one.now_range] == spans and all(spans)


def test_the_survey_compared_is_the_one_shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later:
        """The same version, with a series of the region where `region` gives one."""

        def __init__(self, region: float | None) -> None:
            self.region = region

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def prevalence(self, place: str, *asked: str) -> pd.DataFrame:
            rows = store.prevalence("toyland", *asked)
            return rows.assign(percent=self.region) if place == overview.REGION and self.region else \
                store.prevalence(place, *asked)

    monkeypatch.setattr(session, "version", lambda: store.version)
    without, then, now = (Later(region) for region in (None, 15.0, 16.0))
    words.use("fr")
    try:
        moved, first = ([c for c in what_changed.city(now, one) if "publiée" in c.what]  # type: ignore[arg-type]
                        for one in (then, without))
        shown = overview.survey_number(now).big  # type: ignore[arg-type]
    finally:
        words.use(None)
    assert [(c.before, c.now) for c in moved] == [("15,0\u00a0%", f"{shown}\u00a0%")]
    # Two places: both are named, and no difference is made of them.
    assert [(c.before, c.now, c.by) for c in first] == [
        ("20,0\u00a0% (à Toyland)", "16,0\u00a0% (dans la région de Montréal)", ""),
    ]


def test_an_address_holds_any_code_as_the_link_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "version", lambda: "2026-11-23-001")
    asked = parse_qs(overview.address("gap_map", area="A&B é=1").split("?")[1])
    assert asked["area"] == ["A&B é=1"] and asked["version"] == ["2026-11-23-001"]


def test_the_source_of_a_picture_has_no_link_onward(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "version", lambda: store.version)
    line = sources.line(store, ["toy_survey"])
    onward = overview.onward("data_library", "overview.changes_go")
    assert onward and sources.bare(line + onward) == sources.bare(line)


def test_one_version_alone_says_that_there_is_nothing_to_compare(written: Written, toyville: Path) -> None:
    assert "il n’y a rien à comparer" in written(toyville, "overview", lang="fr")
    assert "there is nothing to compare" in written(toyville, "overview", lang="en")


def test_the_guide_asks_three_questions_of_each_reader_on_pages_that_are_there(
    store: Store, monkeypatch: pytest.MonkeyPatch, written: Written, toyville: Path,
) -> None:
    for reader in guide.READERS:
        asked = guide.questions(store, reader)
        assert len(asked) == 3 and len({one.page for one in asked} | {one.key for one in asked}) >= 3
        assert all(overview.has_page(one.page) for one in asked)
    monkeypatch.setattr(overview, "PAGES", Path("nowhere"))
    assert guide.questions(store, "council") == []
    monkeypatch.undo()
    page = written(toyville, "overview", lang="fr", reader="analyst")
    assert "Comment chaque nombre est-il fait?" in page and "methods?lang=fr" in page
    assert "Première visite?" not in written(toyville, "overview", lang="fr", guide="off")
