"""What the code may not do, read from the code: no pickle, no eval, no shell, no raw HTML, one locked database."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = ("app.py", "build.py", "server.py", "computing", "loaders", "indicators", "views", "pages", "serving",
         "publish", "deploy", "partners")
BANNED_MODULES = {
    "pickle": "it runs what it reads", "cPickle": "it runs what it reads", "dill": "it runs what it reads",
    "marshal": "it runs what it reads", "shelve": "it is pickle", "joblib": "it is pickle",
    "xml.etree": "entities: use calamine", "xml.dom": "entities: use calamine", "xml.sax.make_parser": "entities",
    "lxml": "entities: use calamine", "telnetlib": "no such thing", "ftplib": "https only",
    "requests": "httpx, with its time limits",
    "yaml": "TOML or JSON",
}
BANNED_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execvp",
                "pd.read_pickle", "pandas.read_pickle", "yaml.load", "pickle.loads", "tempfile.mktemp",
                "pd.eval", "pandas.eval"}
# Where a database may be opened: the one that is built, and finished ones to be read only. Pages have the store.
DATABASES = {"loaders/store.py", "loaders/draft.py", "loaders/trial.py", "loaders/vintages.py",
             "loaders/backup.py"}
LIVE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "enable_external_access": False,
        "lock_configuration": True}


def sources() -> Iterator[Path]:
    for room in ROOMS:
        path = HOUSE / room
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(path.rglob("*.py"))


SOURCES = list(sources())
named = pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(HOUSE)))


def faults(text: str, name: str) -> list[str]:
    """What breaks a rule in a file, with its line."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        found += [f"{node.lineno}: {what}" for what in _faults(node, name)]  # type: ignore[attr-defined]
    return found


def _faults(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from _modules([alias.name for alias in node.names])
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from _modules([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    elif isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        given = {word.arg: word.value for word in node.keywords}
        if called in BANNED_CALLS:
            yield f"{called} runs what it is given"
        if "allow_pickle" in given and ast.unparse(given["allow_pickle"]) != "False":  # numpy’s own default
            yield "a file of numbers holds no pickle"
        if "shell" in given and ast.unparse(given["shell"]) != "False":
            yield "a shell reads the words of others"
        if re.search(r"subprocess\.(run|Popen|call|check_output|check_call)$", called) and not (
            node.args and isinstance(node.args[0], ast.List | ast.Name)
        ):
            yield "a command is a list of words"
        if "unsafe_allow_html" in given:
            yield "HTML is shown by st.html, after html.escape"
        if "unsafe_allow_javascript" in given and name not in ("views/frame.py", "views/page.py"):
            yield "scripts of ours are in views/frame.js"
        asks = re.search(r"httpx\.(get|post|head|put|stream|request|Client|AsyncClient)$|urlopen$", called)
        if asks and "timeout" not in given:
            yield "a request without a time limit"
        if called == "duckdb.connect" and name not in DATABASES:
            yield "a database is opened by the store or the draft"
        if called == "duckdb.connect" and name != "loaders/draft.py" and "read_only" not in given:
            yield "a finished database is opened to be read only"


def _modules(names: list[str]) -> Iterator[str]:
    for banned, why in BANNED_MODULES.items():
        if any(name == banned or name.startswith(f"{banned}.") for name in names):
            yield f"{banned}: {why}"


@named
def test_no_file_breaks_a_rule(path: Path) -> None:
    assert faults(path.read_text("utf-8"), str(path.relative_to(HOUSE))) == []


@pytest.mark.parametrize("planted", [
    "import pickle", "from pickle import loads", "eval('1')", "exec(text)", "import subprocess\nsubprocess.run('ls', "
    "shell=True)", "import subprocess\nsubprocess.run(f'ls {x}')", "yaml.load(text)", "import requests", "import yaml",
    "urllib.request.urlopen(address)", "httpx.get(address)", "import streamlit as st\nst.markdown(name, "
    "unsafe_allow_html=True)", "import duckdb\nduckdb.connect(path)", "pd.read_pickle(path)", "import xml.etree",
    "np.load(path, allow_pickle=True)",
])
def test_each_rule_can_fail(planted: str) -> None:
    assert faults(planted, "views/planted.py") != []


def test_the_store_is_locked_when_it_is_opened() -> None:
    """The settings that refuse every other file are those of the very connection pages read."""
    tree = ast.parse((HOUSE / "loaders" / "store.py").read_text("utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "duckdb.connect"]
    (call,) = calls
    given = {word.arg: word.value for word in call.keywords}
    assert ast.literal_eval(given["read_only"]) is True
    settings = ast.literal_eval(given["config"])
    assert {key: settings.get(key) for key in LIVE} == LIVE
    assert {"memory_limit", "max_temp_directory_size", "threads"} <= set(settings)
