"""Turns, limits, log lines, and what each role may do where data are given or taken."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from build import build
from loaders.store import current_version, known_versions
from serving import limits, logs, roles, settings, turns
from serving.roles import ACTS, DeniedError, person
from tests.report import record
from tests.serving.test_settings import GOOD, HOUSE, PROVIDER
from views import access, layer_input, library, operations

PUBLIC = settings.read(GOOD)


def test_three_pages_are_computed_at_once_and_no_more() -> None:
    here, most, lock, go = [0], [0], threading.Lock(), threading.Barrier(8)

    def one() -> None:
        go.wait()
        with turns.page(), turns.page():  # a page in a page has its turn already
            with lock:
                here[0] += 1
                most[0] = max(most[0], here[0])
            time.sleep(0.02)
            with lock:
                here[0] -= 1

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most[0] == turns.PAGES and here[0] == 0


def test_a_heavy_thing_waits_says_so_and_lends_its_page_s_turn() -> None:
    told: list[str] = []
    begun, end = threading.Event(), threading.Event()

    def long() -> None:
        with turns.page(), turns.heavy():
            begun.set()
            end.wait(10)

    first = threading.Thread(target=long)
    first.start()
    assert begun.wait(10)
    with turns.page(), turns.page():
        pass
    with pytest.raises(turns.BusyError), turns.page(), turns.heavy(lambda: told.append("wait"), patience=0.05):
        pass
    assert told == ["wait"] and turns._pages._value == turns.PAGES  # the turns of both pages are free
    end.set()
    first.join(10)
    with pytest.raises(ZeroDivisionError), turns.page(), turns.heavy():
        raise ZeroDivisionError
    assert turns._pages._value == turns.PAGES and turns._heavy._value == turns.HEAVY


def test_one_client_is_told_to_wait_and_another_is_not() -> None:
    most = limits.RATES["form"].amount
    assert [limits.allow("form", "203.0.113.5") for _ in range(200)].count(True) == most  # row 39
    assert 1 <= limits.wait("form", "203.0.113.5") <= 60
    assert limits.allow("form", "203.0.113.6") and limits.wait("form", "203.0.113.7") == 0
    with pytest.raises(KeyError):
        limits.allow("anything", "203.0.113.5")


@pytest.mark.parametrize("personal", [
    "ana@example.org", "203.0.113.5", "2001:db8::7", "+1 514 555-0199", "H2X 1Y4", "'Zoraïde'", '"Zoraïde"',
    "« Zoraïde »", "/my_area?area=x",
])
def test_the_words_of_an_error_are_written_without_what_may_be_a_persons(personal: str) -> None:
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "no %s here", (personal,), None)
    told = json.loads(logs.Lines().format(record))["what"]
    assert "…" in told and told.startswith("no ") and told.endswith(" here")
    assert not any(part in told for part in ("ana", "203", "db8", "555", "H2X", "Zora", "area=x"))


def test_an_incident_has_a_number_a_reader_can_say_and_never_the_error_s_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise ValueError("Zoraïde")
    except ValueError as error:
        number = logs.fault(error, "page")
    told = json.loads(logs.Lines().format(caplog.records[-1]))
    assert len(number) == 8 and told["incident"] == number and told["error"] == "ValueError"
    assert "Zora" not in json.dumps(told) and "test_parts.py" in told["at"][-1]


def test_roles_hold_each_other_and_an_unlisted_act_is_nobodys() -> None:
    wanted = {"public": set(), "analyst": {"upload", "rejects", "decisions"}, "operator": set(ACTS)}
    found = {role: {act for act in (*ACTS, "anything") if roles.Person(role).may(act)} for role in wanted}
    assert record(37, "every act by every role", "as listed; an act on no list is nobody’s",
                  f"{len(wanted)} roles, {len(ACTS) + 1} acts", passed=found == wanted), found


def test_who_has_which_role(tmp_path: Path) -> None:
    table = tmp_path / "roles.toml"
    table.write_text('[roles]\n"ana@example.org" = "analyst"\n', "utf-8")
    served = settings.read({**GOOD, **PROVIDER, "COUVERT_ROLES": str(table)})
    ana = {"is_logged_in": True, "email": "Ana@Example.org", "email_verified": True, "iat": 1000}
    assert person(served, [], ana, now=1000 + roles.WORKDAY).role == "analyst"
    assert person(served, [], ana, now=1001 + roles.WORKDAY + 60).role == "public"  # tomorrow
    for changed in ({"is_logged_in": False}, {"email_verified": False}, {"email_verified": "true"}, {"iat": None},
                    {"iat": 9999}, {"email": "bob@example.org"}, {"email": None}):
        assert person(served, [], {**ana, **changed}, now=2000).role == "public", changed
    mine = settings.read({"COUVERT_LOCAL": "1"})
    assert person(mine, ["Host"], {}).role == "operator" and person(mine, ["x-forwarded-for"], {}).role == "public"
    assert person(PUBLIC, ["Host"], ana, now=2000).role == "public"  # claims without a provider are nobody's
    assert "ana" not in person(served, [], ana, now=2000).mark


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_SERVED", [PUBLIC])


@pytest.mark.usefixtures("public")
def test_the_public_is_refused_where_data_are_given_or_taken_and_it_is_written_down(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    for act, asked in (
        ("upload", lambda: layer_input._read("a.csv", b"id,n\nT1,3\n")),
        ("versions", lambda: operations.give_back("2026-01-01-001")),
    ):
        with pytest.raises(DeniedError):
            asked()
        facts = caplog.records[-1].facts["audit"]  # type: ignore[attr-defined]
        assert (facts["act"], facts["granted"], facts["role"]) == (act, False, "public")


@pytest.mark.usefixtures("public")
def test_the_public_is_told_how_many_rows_were_refused_and_why_but_not_which() -> None:
    refused = pd.DataFrame({
        "dataset_id": "d", "file": "secret.csv", "line": [3, 4], "column_name": "kept_n", "record": "R77",
        "value": ["Zora", "H2X"], "rule": "r", "message_fr": "Ce n’est pas un nombre.", "message_en": "Not a number.",
    })
    row = pd.Series({"dataset_id": "d", "producer": "P"})
    shown = library._lines("rejects", refused, row)
    assert shown is not None and shown.table is None and "réservé aux analystes" in shown.empty and "2" in shown.empty
    assert not any(hidden in shown.empty for hidden in ("secret", "kept_n", "R77", "Zora", "H2X"))
    settings.serve(settings.read({"COUVERT_LOCAL": "1"}))
    shown = library._lines("rejects", refused, row)
    assert shown is not None and shown.table is not None


def opened(page: str, lang: str) -> AppTest:
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    return app.switch_page(f"pages/{page}.py").run()


def said(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html")).replace("\u00a0", " ")


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize(("lang", "words"), [("fr", "n’a pas de compte"), ("en", "no accounts")])
def test_a_server_without_accounts_says_why_there_is_nothing_to_upload(
    toyville: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str,
) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(toyville))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    page = opened("add_layer", lang)
    assert words in said(page) and "make run" in said(page) and not page.get("file_uploader") and not page.exception
    assert not [button for button in opened("data_library", lang).button if button.key == "operations_ask"]


def test_an_operator_gives_an_earlier_version_back_in_two_gestures(
    toyville: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    shutil.copytree(toyville, tmp_path / "v")
    build("toyville", versions=tmp_path / "v", again=True)
    monkeypatch.setenv("COUVERT_VERSIONS", str(tmp_path / "v"))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    monkeypatch.setattr(access, "client", lambda: "operator")
    caplog.set_level(logging.INFO, "couvert")
    old, new = known_versions("toyville")
    page = opened("data_library", "fr")
    assert f"<b>{new}</b>" in said(page) and page.button(key="operations_ask").disabled
    page.checkbox(key=f"operations_sure_{old}").check().run()
    page.button(key="operations_ask").click().run()
    assert f"reçoivent maintenant la version {old}" in said(page) and current_version("toyville") == old
    granted = [vars(record)["facts"]["audit"] for record in caplog.records if hasattr(record, "facts")]
    assert {"act": "versions", "granted": True, "role": "operator", "person": "local", "version": old} in granted
    (tmp_path / "v" / "toyville" / f"{new}.duckdb").write_bytes(b"broken")
    assert "endommagée" in str(opened("data_library", "fr").selectbox(key="operations_version").options)
