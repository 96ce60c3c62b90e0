"""The deployment as readers meet it: the rendered proxy of Debian in front of two processes, whole and broken."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving import headers
from tests.browser.proxied import NGINX, Deployment
from tests.report import record, times

pytestmark = pytest.mark.browser

MAP = "/gap_map?lang=en&reach=500"
TOLD = ".cv-sentence"


@pytest.fixture(scope="module")
def site(toyville: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Toyville, deployed."""
    if not NGINX.exists():
        pytest.skip("no nginx on this machine")
    deployed = Deployment(tmp_path_factory.mktemp("deployed"), toyville, "toyville")
    try:
        for port in deployed.app_ports:
            deployed.open_app(port)
        deployed.open_proxy()
        deployed.ready()
        yield deployed
    finally:
        deployed.close()


@pytest.fixture
def reader(browser, site: Deployment) -> Iterator:
    """A visit to the gap map through the proxy; `page.refused` lists what its policy refused, `page.sockets` visits."""
    context = browser.new_context(viewport={"width": 1400, "height": 1400}, locale="fr-CA")
    page = context.new_page()
    page.refused, page.sockets = [], []
    page.on("console", lambda told: page.refused.append(told.text) if "Content Security Policy" in told.text else None)
    page.on("websocket", lambda opened: page.sockets.append(opened))
    page.goto(site.address + MAP)
    page.wait_for_selector(TOLD, timeout=60_000)
    page.wait_for_function("() => location.search.includes('version=')", timeout=30_000)
    yield page
    context.close()


def values(answer: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in answer if key == name.lower()]


def process_of(context) -> str:
    """Number of the process the visit's cookie names."""
    return next(one["value"] for one in context.cookies() if one["name"] == "couvert_place")


def test_every_answer_carries_every_header_once(site: Deployment) -> None:
    asked = [
        ("/", "GET", 200), ("/gap_map?lang=en", "HEAD", 200), ("/_stcore/health", "GET", 200),
        ("/_stcore/host-config", "GET", 200), ("/app/static/mark.svg", "GET", 200), ("/site/", "GET", 200),
        ("/site/catalogue.jsonld", "GET", 200), ("/site/nothing", "GET", 404), ("/nothing", "GET", 404),
        ("/_stcore/metrics", "GET", 404), ("/site/", "POST", 404), ("/gap_map", "POST", 405),
        ("/_stcore/upload_file/a/b", "PUT", 403), ("/media/none.png", "GET", 404), ("/.git/config", "GET", 404),
    ]
    wrong, looked = [], 0
    for path, method, status in asked:
        found, carried, body = site.ask(path, method)
        wrong += [f"{method} {path}: {found}"] if found != status else []
        for name, value in headers.security().items():
            looked += 1
            wrong += [f"{method} {path}: {name}"] if values(carried, name) != [value] else []
        wrong += [f"{method} {path}: Server"] if values(carried, "server") != ["nginx"] else []
        wrong += [f"{method} {path}: a version"] if re.search(rb"nginx/\d|[Uu]vicorn|Traceback", body) else []
    assert record(36, "headers of every kind of answer, through the proxy", "100 % of the list",
                  f"{looked - len(wrong)} of {looked} over {len(asked)} answers", passed=not wrong), wrong


def test_another_name_gets_no_answer(site: Deployment) -> None:
    told = [
        site.ask("/", host="evil.example")[0], site.ask("/", host="")[0], site.ask("/", host="127.0.0.1")[0],
        site.ask("/", host=f"x.localhost:{site.web}")[0], site.ask("/site/", host="evil.example")[0],
        site.ask("http://evil.example/", host=f"localhost:{site.web}")[0],
    ]
    assert set(told) <= {0, 400} and site.ask("/", headers={"X-Forwarded-Host": "evil.example"})[0] == 200
    assert b"evil.example" not in site.ask("/", headers={"X-Forwarded-Host": "evil.example"})[2]
    record(36, "a request under another name", "refused, unanswered", f"{len(told)} of {len(told)}", passed=True)


@pytest.mark.parametrize("path", [
    "/_stcore/metrics", "/_stcore/metrics/", "//_stcore/metrics", "/_stcore/./metrics", "/%5fstcore/metrics",
    "/_stcore/x/../metrics", "/_stcore/agent/openapi.json", "/site/../server.py", "/site/..%2f..%2fserver.py",
    "/app/static/../../server.py", "/app/static/..%2f..%2fserver.py", "/site//etc/passwd",
])
def test_what_is_not_for_readers_is_not_there(site: Deployment, path: str) -> None:
    status, _, body = site.ask(path, headers={"Accept": "text/plain"})
    assert status in (400, 403, 404) and not re.search(rb"# HELP|streamlit_|import |root:", body)


def test_requests_of_another_site_are_refused(site: Deployment) -> None:
    assert site.shake(origin="https://evil.example")[0] == 403
    assert site.ask("/_stcore/upload_file/a/b", "PUT", body=b"x", headers={"Content-Length": "1"})[0] == 403
    status, held = site.shake()
    assert status == 101 and held is not None
    held.close()
    record(35, "another site’s websocket, an upload without its token, through the proxy", "refused", "2 of 2",
           passed=True)


def test_bodies_are_bounded_before_they_are_sent(site: Deployment) -> None:
    assert site.ask("/", "POST", headers={"Content-Length": "70000"})[0] == 413
    assert site.ask("/_stcore/upload_file/a/b", "PUT", headers={"Content-Length": str(22 * 1024 ** 2)})[0] == 413
    assert site.ask("/" + "x" * 9000)[0] == 414


def test_one_machine_is_slowed_and_others_are_not(site: Deployment) -> None:
    with ThreadPoolExecutor(16) as together:  # faster than the limit gives back, on a slow machine too
        found = list(together.map(lambda _: site.ask("/gap_map", source="127.0.0.9"), range(200)))
    refused = [answer for answer in found if answer[0] == 429]
    assert 0 < len(refused) <= 139 and {answer[0] for answer in found} == {200, 429}
    assert values(refused[0][1], "retry-after") == ["30"]
    assert "Un instant" in refused[0][2].decode() and 'lang="en"' in refused[0][2].decode()
    assert site.ask("/gap_map")[0] == 200 and site.ask("/site/", source="127.0.0.9")[0] == 200
    opened = [site.shake(source="127.0.0.8") for _ in range(55)]
    for _, held in opened:
        if held is not None:
            held.close()
    assert [status for status, _ in opened] == [101] * 50 + [429] * 5


def test_a_reader_stays_with_one_process(site: Deployment) -> None:
    cookies = {tuple(re.findall(r"couvert_place=(\d)", " ".join(values(site.ask("/")[1], "set-cookie"))))
               for _ in range(12)}
    assert cookies == {("1",), ("2",)}  # newcomers are shared out
    for number, path in (("1", "/methods"), ("2", "/services")):
        for _ in range(6):
            carried = site.ask(path, headers={"Cookie": f"couvert_place={number}"})[1]
            assert "couvert_place" not in " ".join(values(carried, "set-cookie"))
        site.until(lambda path=path: len(site.logged(path)) == 6, 10)  # written after it was sent
        assert [line["process"] for line in site.logged(path)] == [number] * 6
    assert site.ask("/", headers={"Cookie": "couvert_place=99; couvert_place=../x"})[0] == 200


def test_the_log_says_nothing_of_the_reader(site: Deployment) -> None:
    site.ask("/my_area?area=T1&lang=fr", headers={"User-Agent": "Canary/1", "Cookie": "canary=2"})
    text = site.log.read_text()
    assert '"path":"/my_area"' in text and not re.search(r"127\.0\.0\.1|area=|Canary|canary|lang=", text)
    assert not (site.place / "error.log").exists() or "127.0.0.1" not in (site.place / "error.log").read_text()


def test_static_pages_are_sent_as_they_were_packed(site: Deployment) -> None:
    status, carried, body = site.ask("/site/", headers={"Accept-Encoding": "gzip"})
    assert status == 200 and values(carried, "content-encoding") == ["gzip"] and len(body) > 0
    assert b"plain" in site.ask("/site/index.html")[2]
    assert values(site.ask("/site/catalogue.jsonld")[1], "content-type")[0].startswith("application/ld+json")
    for path in ("/site/nowhere/", "/site/empty/"):
        status, _, body = site.ask(path)
        assert status == 404 and "Il n’y a pas de page" in body.decode()
    assert [site.ask(path)[0] for path in ("/site", "/site/empty")] == [301, 301]
    assert values(site.ask("/site/empty")[1], "location") == ["/site/empty/"]  # no name, no port: TLS may end elsewhere


def test_a_page_is_drawn_and_its_policy_refuses_nothing_of_ours(site: Deployment, reader) -> None:
    reader.wait_for_selector("canvas", timeout=60_000)
    site.until(lambda: reader.locator("canvas").count() and len(set(reader.screenshot()[::997])) > 20, 30)
    reader.wait_for_timeout(1000)
    assert reader.refused == [] and len(reader.sockets) == 1
    reader.evaluate("""() => { const s = document.createElement('script'); s.textContent = 'window.canary = 1';
                              document.body.append(s); }""")
    assert reader.evaluate("() => window.canary") is None and len(reader.refused) == 1  # it does refuse what is not
    record(36, "a page with its map through the proxy in Chromium", "0 of ours refused by the policy", "0", passed=True)


def come_back(site: Deployment, page, before: tuple[str, str], sockets: int, seconds: float) -> None:
    """Wait for a new connection, then for the same view: same address, same numbers, and a control that answers."""
    deadline = time.monotonic() + seconds
    while len(page.sockets) <= sockets or page.locator("[data-testid=stStatusWidget]").count():
        assert time.monotonic() < deadline, "the page does not come back"
        page.wait_for_timeout(100)
    page.wait_for_selector(TOLD, timeout=30_000)
    assert view(page) == before


def view(page) -> tuple[str, str]:
    return page.url, page.locator(TOLD).first.inner_text()


def test_a_cut_connection_brings_the_same_view_back(site: Deployment, reader) -> None:
    cuts = [5.0] * times(1, 18) + [60.0, 300.0] * times(0, 1)
    reader.get_by_role("slider").focus()
    reader.get_by_role("slider").press("ArrowRight")  # the reader’s own choice, not the link’s
    reader.wait_for_function("() => location.search.includes('reach=1000') || location.search.includes('reach=1100')")
    reader.wait_for_timeout(1500)
    before = view(reader)
    for seconds in cuts:
        sockets = len(reader.sockets)
        site.close_proxy()
        reader.wait_for_timeout(seconds * 1000)
        site.open_proxy()
        come_back(site, reader, before, sockets, 45)
    record(51, "connection cut 5 s, 60 s, 5 min", "the same view, 20 of 20",
           f"{len(cuts)} of {len(cuts)} ({', '.join(sorted({f'{cut:.0f} s' for cut in cuts}))})", passed=True)


def test_a_killed_process_leaves_readers_to_the_other(site: Deployment, reader) -> None:
    reader.wait_for_timeout(1500)
    before, sockets, number = view(reader), len(reader.sockets), process_of(reader.context)
    port = site.app_ports[int(number) - 1]
    begun = time.monotonic()
    site.kill(port)
    come_back(site, reader, before, sockets, 45)
    seconds = time.monotonic() - begun
    assert process_of(reader.context) != number  # the cookie follows, so does what the visit fetches next
    assert {site.ask("/")[0] for _ in range(6)} == {200}  # newcomers do not notice
    assert site.ask("/", headers={"Cookie": f"couvert_place={number}"})[0] == 200
    site.open_app(port)
    site.ready(port)
    record(52, "one of two processes killed during a visit", "the same view ≤ 15 s", f"{seconds:.1f} s",
           passed=seconds <= 15)


def test_all_processes_restarted_during_a_meeting(site: Deployment, reader) -> None:
    reader.wait_for_timeout(1500)
    before, sockets = view(reader), len(reader.sockets)
    begun = time.monotonic()
    site.kill(*site.app_ports)
    status, carried, body = site.ask("/gap_map")
    assert status == 503 and values(carried, "retry-after") == ["30"]
    assert values(carried, "cache-control") == ["no-store"]
    for words in ("ne répond pas en ce moment", "is not answering", 'lang="en"', 'href="/site/"', "211"):
        assert words in body.decode()
    for name, value in headers.security().items():
        assert values(carried, name) == [value], name
    assert site.ask("/_stcore/health")[0] == 503 and site.ask("/site/")[0] == 200 and site.shake()[0] == 503
    for port in site.app_ports:
        site.open_app(port)
    come_back(site, reader, before, sockets, 90)
    seconds = time.monotonic() - begun
    site.ready()
    record(52, "every process killed and started during a visit", "the same view ≤ 15 s",
           f"{seconds:.1f} s; meanwhile static pages answer, others get the notice", passed=seconds <= 15)
