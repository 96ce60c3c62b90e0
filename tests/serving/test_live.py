"""The whole server on loopback: who signs in may do what, a page that breaks, a full house, headers and logs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from serving.headers import security
from tests.pages.crawl import pages
from tests.report import record
from tests.serving.provider import Provider
from tests.serving.test_settings import GOOD, HOUSE, PROVIDER
from tests.serving.wire import Visit, closed, incident


class Live(NamedTuple):
    base: str
    provider: Provider
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def live(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder, provider = tmp_path_factory.mktemp("live"), Provider()
    people, log = folder / "roles.toml", folder / "log"
    people.write_text('[roles]\n"ana@example.org" = "analyst"\n"omar@example.org" = "operator"\n', "utf-8")
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    environment = {
        **{key: text for key, text in os.environ.items() if not key.startswith("COUVERT")}, **GOOD, **PROVIDER,
        "COUVERT_OIDC_ISSUER": provider.issuer, "COUVERT_OIDC_REDIRECT": f"{base}/oauth2callback",
        "COUVERT_ALLOWED_HOSTS": "127.0.0.1", "COUVERT_ROLES": str(people), "COUVERT_MAX_SESSIONS": "4",
        "COUVERT_EDITION": "toyville", "COUVERT_VERSIONS": str(toyville), "COUVERT_SITE_URL": "https://s.example.org/",
    }
    command = [sys.executable, "-m", "uvicorn", "tests.serving.breaking:app", "--port", str(port), "--no-access-log"]
    with log.open("w") as written:
        server = subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=written, stderr=written)
    try:
        for _ in range(300):
            if server.poll() is not None:
                pytest.fail(log.read_text("utf-8"))
            try:
                httpx.get(f"{base}/_stcore/health", timeout=1)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield Live(base, provider, log)
    finally:
        server.terminate()
        server.wait(10)
        provider.shutdown()
        provider.server_close()


@pytest.fixture(autouse=True)
def _over() -> Iterator[None]:
    yield
    closed()


def signed_in(live: Live, **claims: Any) -> Visit:
    """A visit that went through the provider's authorization-code flow, as a browser does."""
    from streamlit.auth_util import encode_provider_token  # signed with the server's secret, as the button's link is

    visit = Visit(live.base)
    live.provider.person = claims
    with pytest.MonkeyPatch.context() as patch:
        from streamlit import auth_util

        patch.setattr(auth_util, "get_signing_secret", lambda: GOOD["COUVERT_COOKIE_SECRET"])
        token = encode_provider_token("default")
    asked = visit.http.get("/auth/login", params={"provider": token})
    assert asked.status_code == 302 and asked.headers["location"].startswith(live.provider.issuer)
    given = httpx.get(asked.headers["location"])
    back = visit.http.get(given.headers["location"])
    assert back.status_code == 302, back.text
    return visit


ANA = {"email": "Ana@example.org", "email_verified": True}
OMAR = {"email": "omar@example.org", "email_verified": True}
DROP, EXPLAINED, OPERATE = "add_layer" , "réservé aux analystes", "Quelle version les lecteurs"


def test_the_role_table_decides_and_everything_else_is_public(live: Live) -> None:
    tried, wrong = 0, []
    for claims, uploads, operates in (
        (ANA, True, False),
        (OMAR, True, True),
        ({"email": "ana@example.org"}, False, False),  # the provider does not say that the address is theirs
        ({"email": "stranger@example.org", "email_verified": True}, False, False),
        ({**OMAR, "iat": int(time.time()) - 9 * 3600, "exp": int(time.time()) + 60}, False, False),  # yesterday's
    ):
        visit = signed_in(live, **claims)
        page = visit.see("add_layer")
        assert "Se déconnecter" in page
        sent = visit.put("a.csv", b"id,n\nT1,3\n")
        told = ("Choisir un fichier" in page, EXPLAINED not in page, sent.status_code != 403)
        tried += 1
        if told != (uploads,) * 3 or (OPERATE in visit.see("data_library")) != operates:
            wrong.append((claims, told, sent.status_code))
    assert record(37, "five who signed in: analyst, operator, unproved, stranger, yesterday’s",
                  "each their role’s acts", f"{tried - len(wrong)} of {tried}", passed=not wrong), wrong


def test_the_public_reads_every_page_and_puts_nothing_in(live: Live) -> None:
    visit = Visit(live.base)
    for page in pages():
        told = visit.see(page)
        assert "notice" not in incident(told) and not incident(told), page
        assert OPERATE not in told
    assert EXPLAINED in visit.see("add_layer") and "Se connecter" in visit.see("add_layer")
    assert visit.put("a.csv", b"id\n1\n").status_code == 403
    acts = [line.get("audit", {}) for line in live.lines()]
    audited = any(act.get("act") == "upload" and not act["granted"] for act in acts)
    assert record(37, "the public: every page read, a file sent", "pages whole; the file refused, the refusal logged",
                  f"{len(pages())} pages; logged: {audited}", passed=audited)


@pytest.mark.parametrize("forged", ["altered", "other secret", "not signed"])
def test_a_forged_cookie_is_nobody(live: Live, forged: str) -> None:
    visit = signed_in(live, **OMAR)
    cookie = visit.http.cookies["_streamlit_user"]
    body = json.dumps({**OMAR, "is_logged_in": True, "iat": int(time.time()), "origin": live.base})
    if forged == "other secret":
        from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

        cookie = create_signed_value("another secret of thirty-two signs", "_streamlit_user", body).decode()
    visit.http.cookies.delete("_streamlit_user")
    altered = cookie[:10] + ("A" if cookie[10] != "A" else "B") + cookie[11:]
    visit.http.cookies.set("_streamlit_user", {"altered": altered, "not signed": "x"}.get(forged, cookie))
    refused = OPERATE not in visit.see("data_library") and visit.put("a.csv", b"id\n1\n").status_code == 403
    assert record(37, "forged cookies: altered, another secret, not signed", "nobody", forged, passed=refused)


def test_a_page_that_breaks_tells_a_number_and_nothing_else(live: Live) -> None:
    wrong = {}
    for page in pages():
        told = Visit(live.base).see(page, "lang=en&break=1")
        number = incident(told)
        leaks = ("Zora", "zq@example.org", "514-555", "RuntimeError", "Traceback", "/srv/", "breaking", str(HOUSE))
        shown = [leak for leak in leaks if leak in told]
        if shown or not all(words in told for words in ("Something did not work", "pas fonctionné", "/?lang=en")):
            wrong[page] = shown or "no message"
        (line,) = [line for line in live.lines() if line.get("incident") == number]
        assert number and line["error"] == "RuntimeError" and any("breaking.py" in place for place in line["at"])
    others = [page for page in pages() if incident(Visit(live.base).see(page, "lang=en"))]
    written = live.log.read_text("utf-8")
    for personal in ("Zora", "zq@", "514-555", "H2X", "/srv/secret", "ana@", "omar@", "Ana@", "127.0.0.1", "lang=en"):
        assert personal not in written, personal
    assert record(53, "an exception in every page",
                  "a message in both languages, its number in the log, no trace; other visits go on",
                  f"{len(pages()) - len(wrong)} of {len(pages())}, {len(others)} others hit",
                  passed=not wrong and not others), (wrong, others)
    assert not [key for key in (GOOD["COUVERT_COOKIE_SECRET"], "s3cr3t-of-the-client") if key in written]


def test_a_connection_from_another_site_is_refused(live: Live) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(InvalidStatus) as refused, Visit(live.base).connected(**headers):
            pass
        assert refused.value.response.status_code in (400, 403)
    visit = signed_in(live, **ANA)
    visit.see("add_layer")
    visit.http.cookies.delete("_streamlit_xsrf")
    assert visit.put("a.csv", b"id\n1\n").status_code == 403


def test_a_full_house_says_so_and_empties(live: Live) -> None:
    time.sleep(5)  # seats of earlier visits
    visits = [Visit(live.base) for _ in range(5)]
    for visit in visits[:4]:
        assert visit.http.get("/").status_code == 200
    refused = visits[4].http.get("/gap_map")
    assert refused.status_code == 503 and "https://s.example.org/" in refused.text
    with ExitStack() as open_:
        connections = [open_.enter_context(visit.connected()) for visit in visits[:4]]
        with pytest.raises(InvalidStatus) as full, visits[4].connected():
            pass
        assert full.value.response.status_code == 503 and full.value.response.headers["Retry-After"] == "30"
        begun = time.monotonic()
        assert visits[4].http.get("/_stcore/health").text == "ok" and time.monotonic() - begun < 1
        connections[0].socket.shutdown(socket.SHUT_RDWR)  # cut: its seat is kept for who comes back
        time.sleep(0.5)
        assert visits[4].http.get("/").status_code == 503
        open_.enter_context(visits[0].connected())
    begun = time.monotonic()
    while visits[4].http.get("/").status_code != 200:
        assert time.monotonic() - begun < 30
        time.sleep(0.2)
    assert any(line["what"] == "full" for line in live.lines())


def test_headers_are_on_every_kind_of_answer(live: Live) -> None:
    begun = time.monotonic()
    while "src=" not in (page := httpx.get(f"{live.base}/").text):  # seats of an earlier test
        assert time.monotonic() - begun < 30
        time.sleep(0.2)
    script = page.split('src="./')[1].split('"')[0]
    for path in ("/", "/methods", "/nothing", "/_stcore/health", "/_stcore/host-config", f"/{script}",
                 "/app/static/logo-light.svg", "/_stcore/metrics", "/media/none", "/static/../../etc/passwd"):
        answer = httpx.get(live.base + path)
        for name, value in security().items():
            assert answer.headers.get(name) == value, (path, name)
    assert httpx.get(f"{live.base}/{script}").headers["cache-control"].endswith("immutable")
    assert httpx.get(f"{live.base}/{script}").headers["content-encoding"] in ("br", "gzip")
