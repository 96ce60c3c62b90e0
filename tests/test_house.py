"""The rules of the house: lists complete, imports inward, one place for each thing, no path of a machine."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from pathlib import Path

import pytest

import indicators
from indicators.examples import example
from indicators.spec import Indicator
from loaders.catalog import TABLES
from loaders.sources import LOADERS

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = (
    "app.py", "server.py", "serving", "deploy", "build.py", "computing", "loaders", "indicators", "views", "pages",
    "publish", "partners",
)


WORDS = ("LANGUAGES", "say", "speaking")


def sources() -> list[Path]:
    found = []
    for room in ROOMS:
        path = HOUSE / room
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_imports_point_inward(path: Path) -> None:
    names, here, relative = imports(path), room(path), str(path.relative_to(HOUSE))
    tops = {name.split(".")[0] for name in names}
    if here in ("indicators", "loaders"):
        assert "streamlit" not in tops and "views" not in tops and "pages" not in tops
    if here == "indicators":
        assert not tops & {"duckdb", "loaders", "computing", "build"}
    if here == "computing":
        assert not tops & {"streamlit", "views", "pages", "build"}
    if here == "loaders":
        assert not tops & {"indicators", "computing"}
        assert "build" not in tops or relative == "loaders/__main__.py"
    if here == "views":
        inner = {name for name in names if name.startswith(("loaders.", "computing"))}
        # loaders.layer is the door of a reader's own table (docs/decisions.md, 63): two files use it, no other.
        theirs = {"loaders.layer"} if path.name in ("layer.py", "layer_input.py") else set()
        assert not {name for name in inner if not name.startswith(("loaders.store", *theirs))}
        assert "build" not in tops or relative == "views/session.py"  # the app's first start
    if here == "publish":
        inner = {name for name in names if name.startswith(("loaders", "computing"))}
        assert not {name for name in inner if name != "loaders" and not name.startswith("loaders.store")}
        assert not tops & {"build", "duckdb"}
    elif relative != "loaders/__main__.py":  # the static side is made from the house, the house does not know it
        assert "publish" not in tops
    if here == "pages":
        assert not any(name.startswith(("loaders", "computing")) or name == "build" for name in names)
    if here == "serving":
        # words of both languages, and the one inline script, whose hash the content policy names
        inner = {name for name in names if name.split(".")[0] in ("views", "pages", "loaders", "indicators", "build")}
        assert inner <= {"views", "views.words", "views.frame", *(f"views.words.{x}" for x in WORDS)}
    if here == "deploy":
        assert not tops & {"views", "pages", "loaders", "indicators", "computing", "build", "streamlit"}
    if here == "app":
        assert not tops & {"loaders", "indicators", "build", "duckdb"}
    assert not tops & {"pages", "server"}  # app.py names their files, the command line the server


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_sql_has_one_place(path: Path) -> None:
    if room(path) in ("views", "pages", "publish", "app", "indicators"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bSELECT\b.+\bFROM\b", text, re.DOTALL), "SQL lives in loaders/store.py"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_file_is_read_in_one_sitting_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= 400
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 70, f"{node.name} is long"


SHOWN = {
    "title", "header", "subheader", "markdown", "caption", "text", "info", "warning", "error", "success", "button",
    "selectbox", "select_slider", "slider", "radio", "toggle", "checkbox", "pills", "segmented_control", "popover",
    "expander", "write", "metric", "status", "download_button", "text_input",
}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_word_is_shown_outside_the_catalogues(path: Path) -> None:
    if room(path) not in ("views", "pages", "publish", "app", "serving"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first, asked = node.args[0], node.func
        shown = ast.unparse(asked.value) == "st" and asked.attr in SHOWN
        if shown and isinstance(first, ast.Constant) and isinstance(first.value, str):
            assert not re.search(r"[^\W\d_]{3,}", first.value), f"line {node.lineno}: {first.value}"


def test_every_indicator_is_on_the_list() -> None:
    declared = set()
    for path in (HOUSE / "indicators").glob("*.py"):
        module = importlib.import_module(f"indicators.{path.stem}" if path.stem != "__init__" else "indicators")
        for value in vars(module).values():
            several = value if isinstance(value, tuple) else (value,)
            declared |= {one.id for one in several if isinstance(one, Indicator)}
    assert declared == set(indicators.INDICATOR)
    assert len(indicators.INDICATORS) == len(indicators.INDICATOR), "an id comes twice"


def test_indicators_read_tables_that_exist_and_declare_both_languages() -> None:
    tables = {table.name for table in TABLES}
    for indicator in indicators.INDICATORS:
        assert set(indicator.tables) <= tables
        assert list(indicator.breaks) == sorted(indicator.breaks)
        assert indicator.misuse and indicator.assumptions and indicator.limits, indicator.id
        for text in (indicator.title, indicator.question, indicator.counts, indicator.method, indicator.range_means,
                     indicator.citation, indicator.misuse, *indicator.limits, *indicator.assumptions,
                     example(indicator.id)):
            assert (text.fr.strip() and text.en.strip() and text.fr != text.en) or text.fr == text.en == ""
            assert "'" not in text.fr and " :" not in text.fr and "« " not in text.fr, text.fr


def test_every_indicator_is_in_the_document_with_its_formula_and_example() -> None:
    text = " ".join((HOUSE / "docs" / "indicators.md").read_text(encoding="utf-8").split())
    for indicator in indicators.INDICATORS:
        assert f"(`{indicator.id}`)" in text, indicator.id
        for words in (indicator.question.en, indicator.formula, indicator.citation.en,
                      example(indicator.id).en, *(limit.en for limit in indicator.limits)):
            assert " ".join(words.split()) in text, (indicator.id, words)


def test_every_loader_file_is_used_by_the_list() -> None:
    used = {loader.__module__ for loader in LOADERS.values()}
    shared = {
        "fetch", "fetch_web", "fetch_download", "fetch_record", "fetch_screen",
        "catalog", "staging", "edition", "draft", "publish", "store", "links", "lift", "sources", "derive", "listing",
        "streets", "transit", "store_scenario", "hours", "wording", "hsds_hours", "hsds_json", "hsds_tabular",
        "vintages", "weekly",
        "archives", "encodings", "delimited", "records", "sheets", "objects", "features", "forms", "limited", "values",
        "identity", "mapping", "older", "layer", "placing", "trial", "sketch", "aside", "checkpoint", "gates", "inputs",
        "answers", "incomplete",
        "retention", "backup", "custody", "scratch",
        "__main__", "__init__",
    }
    for path in (HOUSE / "loaders").glob("*.py"):
        assert path.stem in shared or f"loaders.{path.stem}" in used, f"{path.name} is in no list"


def test_every_page_is_on_the_list() -> None:
    text = (HOUSE / "app.py").read_text(encoding="utf-8")
    for path in (HOUSE / "pages").glob("*.py"):
        assert f'"{path.stem}"' in text or f"pages/{path.name}" in text, f"{path.name} is not in app.py"


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(
        ["git", "-C", str(HOUSE), "ls-files"], capture_output=True, text=True, check=False
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout: nothing is committed here")
    words = re.compile(r"/wo" + r"rk/|/ro" + r"ot/|pypi\.o" + r"rg|pythonhosted\.o" + r"rg|--index-u" + r"rl")
    kinds = {".py", ".md", ".toml", ".txt", ".in", ".yml", ".sh", ".po", ".css", ""}
    files = [HOUSE / name for name in tracked if Path(name).suffix in kinds]
    found = [path.name for path in files if path.is_file() and words.search(path.read_text("utf-8", "ignore"))]
    assert found == []


def test_readme_shows_both_commands() -> None:
    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert text.index("make run") < 2500 and "make test" in text and "pip install -r requirements.txt" in text


def test_direct_requirements_are_pinned_with_a_reason() -> None:
    chosen = (HOUSE / "requirements.in").read_text(encoding="utf-8").splitlines()
    lines = [x for x in chosen if x and not x.startswith("#")]
    compiled = (HOUSE / "requirements.txt").read_text(encoding="utf-8")
    for line in lines:
        pin, _, reason = line.partition("#")
        assert "==" in pin and reason.strip(), line
        assert f"{pin.strip()} \\" in compiled or f"{pin.strip()}\n" in compiled, f"{pin} is not in requirements.txt"
