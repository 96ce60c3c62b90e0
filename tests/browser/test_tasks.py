"""Three things a reader comes for, done on the default edition as a new reader would, each in at most four clicks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from build import build
from loaders.store import Store, open_store
from tests.browser.conftest import serving
from views import numbers, words

pytestmark = pytest.mark.browser

MOST = 4  # clicks, or names typed


class Visitor:
    """A reader on the first page, who counts what it takes."""

    def __init__(self, page) -> None:
        self.page, self.clicks = page, 0

    def click(self, found) -> None:
        self.clicks += 1
        assert self.clicks <= MOST
        found.first.click()

    def find(self, typed: str) -> None:
        """Go to the search box, type a name and take the first that is proposed: one act."""
        self.clicks += 1
        assert self.clicks <= MOST
        box = self.page.get_by_role("combobox", name="Chercher un secteur")
        box.click()
        box.fill(typed)
        self.page.get_by_role("option").first.wait_for()
        assert "Add:" not in self.page.get_by_role("listbox").inner_text()
        box.press("Enter")

    def told(self, beginning: str) -> str:
        """The sentence that holds these words, no-break spaces made plain."""
        found = self.page.locator(".cv-sentence", has_text=beginning).first
        found.wait_for(timeout=30_000)
        return found.inner_text().replace("\u00a0", " ")


@pytest.fixture(scope="module")
def montreal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the default edition, and its folder of versions."""
    versions = tmp_path_factory.mktemp("versions")
    build("montreal", versions=versions)
    for address in serving(versions, "montreal"):
        yield address, versions


@pytest.fixture
def visitor(browser, montreal) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1400, "height": 1400}, locale="fr-CA", accept_downloads=True)
    page = context.new_page()
    page.goto(montreal[0])
    page.locator(".cv-foot").wait_for(timeout=60_000)
    yield Visitor(page)
    context.close()


@pytest.fixture
def store(montreal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("COUVERT_VERSIONS", str(montreal[1]))
    words.use("fr")
    yield open_store("montreal", (montreal[1] / "montreal" / "CURRENT").read_text().strip())
    words.use(None)


def test_is_my_borough_worse_than_last_year_and_than_similar_ones(visitor: Visitor, store: Store) -> None:
    visitor.click(visitor.page.get_by_role("link", name="Mon secteur"))
    visitor.find("Verdun")
    told = visitor.told("En douze mois")
    asked = store.indicator("referrals_per_1000", "borough").set_index("area_id").loc["REM12", "numerator"]
    before = store.indicator("referrals_per_1000", "borough", period="year_before").set_index("area_id")
    for count in (asked, before.loc["REM12", "numerator"]):
        assert numbers.count(count).replace("\u00a0", " ") in told
    assert "semblables" in told
    assert visitor.clicks == 2


def test_where_is_nobody_open_on_saturday_morning_within_a_kilometre(visitor: Visitor) -> None:
    visitor.click(visitor.page.get_by_role("link", name="Carte des écarts", exact=True))
    visitor.click(visitor.page.get_by_text("Selon l’heure", exact=True))
    visitor.click(visitor.page.get_by_text("sam.", exact=True))
    told = visitor.told("Le samedi de")
    assert "sans aucun lieu ouvert connu à moins de 1 km" in told
    assert visitor.clicks == 3


def test_print_the_brief_for_parc_extension(visitor: Visitor) -> None:
    visitor.click(visitor.page.get_by_role("link", name="Mon secteur"))
    visitor.find("Parc-Extension")
    button = visitor.page.get_by_role("button", name="Imprimer le dossier")
    button.wait_for(timeout=30_000)
    with visitor.page.expect_download(timeout=60_000) as taken:
        visitor.click(button)
    name, brief = taken.value.suggested_filename, PdfReader(io.BytesIO(Path(taken.value.path()).read_bytes()))
    assert "parc-extension" in name and name.endswith(".pdf") and "SIMULE" in name.upper()
    assert len(brief.pages) == 2 and "Parc-Extension" in brief.pages[0].extract_text()
    assert visitor.page.locator("h1").inner_text().split(" : ")[0].replace("\u00a0", " ").startswith("Parc-Extension")
    assert visitor.clicks == 3
