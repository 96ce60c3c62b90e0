"""What tests of pages share: the store of toyville, and everything a page writes as one text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from loaders.store import Store, current_version, open_store
from tests.pages.crawl import Heard, crawl
from tests.pages.visit import HOUSE, whole
from views import kept, words


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Tests change what a version holds: no figure of another test is shown."""
    kept.forget()


@pytest.fixture
def french() -> Iterator[None]:
    """Words outside a visit are French."""
    words.use("fr")
    yield
    words.use(None)


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    """Nothing a cache holds is of another test: where one changes what a version holds."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def app(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The whole app over toyville, not yet run."""
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    # AppTest forgets before each run that the app calls st.navigation, and would run the page file alone.
    monkeypatch.setattr(script_runner, "_mpa_v1", whole)
    yield AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    words.use(None)


@pytest.fixture
def store(toyville: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    version = current_version("toyville")
    assert version
    return open_store("toyville", version)


@pytest.fixture(scope="session")
def heard(toyville: Path) -> dict[tuple[str, str], Heard]:
    """(page, language) -> everything that page of toyville says."""
    return dict(crawl(toyville, "toyville", "T2"))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`written(versions, page, lang=…)`: titles, heads and HTML of a page of toyville, no-break spaces made plain."""

    def run(versions: Path, page: str, **chosen: str) -> str:
        monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
        monkeypatch.setenv("COUVERT_EDITION", "toyville")
        app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
        for key, text in chosen.items():
            app.query_params[key] = text
        app.run()
        if page != "overview":  # where a visit begins
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        bodies = [element.proto.body for element in app.get("html")]
        told = [*(title.value for title in app.title), *(head.value for head in app.header), *bodies]
        return "\n".join(told).replace("\u00a0", " ")

    return run
