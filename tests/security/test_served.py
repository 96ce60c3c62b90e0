"""What leaves a running app: no private column, no temporary file, no answer to another site."""

from __future__ import annotations

import http.client
import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from build import build
from loaders.__main__ import main
from loaders.catalog import TABLES, LoadError
from loaders.edition import HOUSE
from loaders.store import current_version, open_store
from tests.pages.crawl import pages
from tests.report import record, times
from tests.security.hostile import CANARIES, contacts, hostile
from tests.security.live import Served, Visit, canary, form, serve, token, visit
from tests.security.payloads import markdown, scripts
from views import brief, brief_docx, brief_pdf, exports, figure, my_area, words
from views.assets import STATIC
from views.words import LANGUAGES

# Columns of exports that count requests or people.
COUNTED = ("count", "before", "numerator", "observed", "unmet", "met", "now")
LARGEST = 20 << 20  # maxUploadSize of .streamlit/config.toml


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Toyville with code in every name, its requests counted from records that have private columns."""
    with pytest.MonkeyPatch.context() as patch:
        names = [*scripts("http://127.0.0.1:9"), *markdown("http://127.0.0.1:9")]
        yield hostile(tmp_path_factory.mktemp("hostile"), names, patch)


@pytest.fixture(scope="module")
def served(versions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(versions, tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def reader(served: Served) -> Iterator[Visit]:
    with visit(served) as here:
        yield here


# --- private columns ----------------------------------------------------------------------------------------


def hits(data: bytes) -> list[str]:
    """The canaries in some bytes, in any of the encodings a file or a frame may have."""
    low = data.lower()  # of the letters of ASCII alone
    return [
        name for name in CANARIES
        if any(form.encode(code).lower() in low for form in (name, name.lower())
               for code in ("utf-8", "cp1252", "utf-16-le"))
        or name.encode("unicode_escape").lower() in low
    ]


def in_folder(folder: Path) -> dict[str, list[str]]:
    found = {str(path): hits(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    assert found, f"{folder} holds nothing"
    return {name: names for name, names in found.items() if names}


def test_a_canary_is_seen_where_there_is_one() -> None:
    for name in CANARIES:
        assert hits(b"x" + name.encode() + b"y") and hits(name.encode("utf-16-le")) and hits(repr(name).encode())
    assert hits(CANARIES[2].encode("ascii", "backslashreplace")) and not hits(b"Organisme fictif A")


def test_nothing_private_is_in_what_is_published(versions: Path) -> None:
    (path,) = (versions / "toyville").glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as con:  # blocks are packed: their bytes alone would not tell
        told = "\n".join(str(con.table(table.name).fetchall()) for table in TABLES)
    found = {**in_folder(versions), "tables": hits(told.encode())}
    found = {where: names for where, names in found.items() if names}
    rows = told.count("), (")
    assert record(44, "private columns in the published file, manifest and folder", "0 hits",
                  f"{len(CANARIES)} canaries, {rows:,} rows: {len(found)}", passed=rows > 500 and not found), found


def test_nothing_private_is_sent_nor_logged(versions: Path, served: Served, reader: Visit) -> None:
    for language in LANGUAGES:
        for page in pages():
            reader.run("" if page == pages()[0] else page, lang=language, area="T1", level="district")
    sent = b"".join(reader.frames)
    assert b"Appels de Toyville" in sent and b"Calls of Toyville" in sent  # the pages were there
    found = {
        "frames": hits(sent), "log": hits(served.log.read_bytes()),
        "temporary": [name for path in served.spooled() for name in hits((served.temporary / path).read_bytes())],
    }
    (path,) = (versions / "toyville").glob("*.duckdb")
    maps = [one for one in (STATIC / "maps" / "toyville").glob(f"{path.stem}-*") if one.is_dir()]
    for folder in maps:
        found |= in_folder(folder)
    found = {where: names for where, names in found.items() if names}
    assert record(44, "private columns in frames, logs, temporary and static files", "0 hits",
                  f"{2 * len(pages())} pages, {len(sent) / 1e6:.1f} MB: {len(found)}", passed=not found), found


def test_nothing_private_is_in_a_file_that_is_taken_away(
    versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    shown: list[figure.Figure] = []
    taken = []
    show = figure.show

    def kept(asked: figure.Figure) -> None:
        shown.append(asked)
        show(asked)

    def menu(_: str, taking) -> None:
        taken.append(taking())

    monkeypatch.setattr(figure, "show", kept)
    monkeypatch.setattr(exports, "menu", menu)
    app = AppTest.from_file(str(HOUSE / "app.py"), default_timeout=90)
    app.query_params["lang"] = "fr"
    app.switch_page("pages/referrals.py")
    app.run()
    assert not app.exception and taken
    made = 0
    for what in taken[: times(3, 99)]:
        for one in exports.offered(what):
            if one.family in ("table", "map") or times(0, 1):
                data = exports.made(what, one)
                made += 1
                assert hits(data) == [], (what.id, one.id)
    assert record(44, "private columns in files taken away from the page of requests", "0 hits", f"{made} files: 0",
                  passed=made >= 6)
    cells = [
        cell for what in taken for column in COUNTED if column in (rows := what.table().export)
        for cell in rows[column].dropna().astype("float64").tolist()
    ]
    small = [cell for cell in cells if 0 < cell < 10 or cell % 5]
    assert record(41, "counts in tables and files of the page of requests", "0 of 1 to 9, all multiples of 5",
                  f"{len(taken)} figures, {len(cells)} counts: {len(small)}", passed=bool(cells) and not small), small


def test_no_count_of_a_published_file_is_small(versions: Path) -> None:
    (path,) = (versions / "toyville").glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as con:
        cells, small = con.execute("""
            SELECT count(*), count_if((n > 0 AND n < 10) OR n % 5 <> 0) FROM (
                SELECT count AS n FROM referral_count UNION ALL SELECT count FROM clients_count
                UNION ALL SELECT observed FROM alert
                UNION ALL SELECT numerator FROM indicator_value WHERE indicator_id = 'referrals_per_1000'
            ) WHERE n IS NOT NULL
        """).fetchall()[0]
    assert record(41, "every cell of requests, people served, alerts and rates in a published file",
                  "0 of 1 to 9, all multiples of 5", f"{cells} counts: {small}", passed=cells > 100 and not small)


def test_no_error_of_a_build_quotes_a_private_cell(
    versions: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    raw = versions.parent / "raw"
    contacts(raw / "calls.csv")
    whole = (raw / "calls.csv").read_text("utf-8")
    head, *rows = whole.splitlines()
    ways = {
        "a column is gone": [head.replace("Unmet", "Issue"), *rows],
        "no header": rows,
        "shifted by one": [head, *(f"{row.split(',')[-6]},{row}" for row in rows)],
        "a quote that never closes": [head, *rows, '1,1,2025-01-01,"Food,Zyxwa Canari-Bleu'],
        "every row refused": [head, *(row.replace("Food", "elle chuchote qu’il ne reste rien zyxw") for row in rows)],
    }
    told = []
    for name, lines in ways.items():
        (raw / "calls.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(LoadError) as error:
            build("toyville", raw, tmp_path / "v")
        told.append(f"{name}: {error.value}")
        assert main(["build", "--edition", "toyville", "--raw", str(raw), "--versions", str(tmp_path / "v")]) != 0
    (raw / "calls.csv").write_text(whole, encoding="utf-8")
    out = capfd.readouterr()
    said = "\n".join([*told, out.out, out.err, caplog.text])
    found = hits(said.encode()) + [name for names in in_folder(tmp_path / "v").values() for name in names]
    assert record(44, "private cells in errors of builds, and in what failed builds leave", "0 hits",
                  f"{len(ways)} broken exports, twice: {len(found)}", passed=not found), said


# --- uploads ------------------------------------------------------------------------------------------------


def test_uploads_too_large_slow_or_cut_leave_nothing(served: Served, reader: Visit) -> None:
    reader.run("add_layer", lang="fr")
    key = token(served)
    ways = {"X-Xsrftoken": key, "Cookie": f"_streamlit_xsrf={key}"}

    def path() -> str:
        return f"/_stcore/upload_file/{reader.session}/{time.monotonic_ns():x}"

    body, kind = form(b"code,n\nT1,4\n")
    assert served.ask("PUT", path(), body, **ways, **kind)[0] == 204  # one that may

    before = served.spooled()
    body, kind = form(b"a" * (LARGEST + (1 << 20)))
    answers = [served.ask("PUT", path(), body, **ways, **kind)[0]]
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    try:  # the same without its length
        client.request("PUT", path(), body=(body[at:at + 65_536] for at in range(0, len(body), 65_536)),
                       headers={**ways, **kind}, encode_chunked=True)
        answers.append(client.getresponse().status)
    except (BrokenPipeError, ConnectionResetError):
        answers.append(413)  # it hung up before all was sent
    finally:
        client.close()
    open_ = []
    for sent, pace in ((2_000_000, 0.0), (times(3, 20) * 1000, 1.0)):  # cut at half; a kilobyte a second, then cut
        body, kind = form(b"a" * 4_000_000)
        client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        client.putrequest("PUT", path())
        for name, value in {**ways, **kind, "Content-Length": str(len(body))}.items():
            client.putheader(name, value)
        client.endheaders()
        for at in range(0, sent, 1000 if pace else sent):
            client.send(body[at:at + (1000 if pace else sent)])
            time.sleep(pace)
        open_.append(client)
    reader.run("", lang="fr")  # others are served meanwhile
    for client in open_:
        client.close()
    begun = time.monotonic()
    while (left := [name for name in served.spooled() if name not in before]) and time.monotonic() - begun < 120:
        time.sleep(0.2)
    took = time.monotonic() - begun
    assert record(
        31, "uploads over 20 MB, slow, cut at half", "refused; nothing left after 120 s",
        f"{answers} and cut; {len(left)} files left after {took:.1f} s", passed=answers == [413, 413] and not left,
    ), left
    assert served.ask("GET", "/_stcore/health")[0] == 200


# --- other sites --------------------------------------------------------------------------------------------


def test_another_site_is_refused(served: Served, reader: Visit) -> None:
    reader.run("", lang="fr")
    key = token(served)
    body, kind = form(b"code,n\nT1,4\n")
    path = f"/_stcore/upload_file/{reader.session}/planted"
    parts = key.split("|")  # a version, a mask, the token under it, a moment
    other = "|".join([*parts[:2], parts[2][::-1], *parts[3:]])
    assert other != key
    refused = []
    for ways in (
        {}, {"Cookie": f"_streamlit_xsrf={key}"}, {"X-Xsrftoken": key},
        {"X-Xsrftoken": "x", "Cookie": "_streamlit_xsrf=x"},
        {"X-Xsrftoken": other, "Cookie": f"_streamlit_xsrf={key}"},
    ):
        refused += [served.ask(method, path, body, **ways, **kind)[0] for method in ("PUT", "DELETE")]
    assert set(refused) == {403}, refused
    origins = ["http://evil.example", "https://evil.example", f"http://127.0.0.1.evil.example:{served.port}", "null",
               f"http://evil.example:{served.port}", "http://10.0.0.1", f"https://localhost.evil:{served.port}",
               "http://192.168.1.1:8501", f"http://evil.example/127.0.0.1:{served.port}", "http://169.254.169.254"]
    # Another port of this very machine is let in: Streamlit takes loopback for the same site.
    let_in = []
    for origin in origins:
        try:
            with connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", subprotocols=["streamlit"],  # type: ignore[list-item]
                         origin=origin, open_timeout=30, proxy=None):  # type: ignore[arg-type]
                let_in.append(origin)
        except InvalidStatus as answer:
            assert answer.response.status_code in (400, 403)
    assert record(
        35, "uploads without a token, websockets of another site", "403 or closed, N = 10 each",
        f"{len(refused)} uploads refused, {len(origins) - len(let_in)} of {len(origins)} websockets",
        passed=not let_in and len(origins) == 10,
    ), let_in


# --- names that are code, in what is printed ----------------------------------------------------------------


def test_a_brief_and_a_picture_show_code_as_text(versions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The paragraphs of a PDF have a mark-up of their own, that can load a picture; an SVG may hold a script."""
    monkeypatch.setenv("COUVERT_VERSIONS", str(versions))
    monkeypatch.setenv("COUVERT_EDITION", "toyville")
    version = current_version("toyville")
    assert version
    store, bad, made = open_store("toyville", version), [], 0
    with canary() as (_, asked):
        for area_id in store.areas("district")["area_id"]:
            for language in LANGUAGES:
                with words.speaking(language):
                    area = my_area.of(store, area_id)
                    assert area is not None
                    told = brief.of(area, link="https://couvert.example/", version=store.version)
                    pdf = PdfReader(io.BytesIO(brief_pdf.made(told)))
                    text = "".join(page.extract_text() for page in pdf.pages)
                    raw = str([page.get("/Annots") for page in pdf.pages]) + str(pdf.root_object)
                    name = str(area.name)
                    bad += [area_id] if "/JavaScript" in raw or "javascript:" in raw else []
                    bad += [area_id] if _letters(name)[:12] not in _letters(text) else []
                    parts = zipfile.ZipFile(io.BytesIO(brief_docx.made(told)))
                    linked = "".join(parts.read(one).decode() for one in parts.namelist() if one.endswith(".rels"))
                    bad += [area_id] if "127.0.0.1" in linked or "javascript" in linked else []
                    made += 2
        assert record(32, "40 scripts in names: the brief as PDF and DOCX", "text; 0 scripts, 0 loads",
                      f"{made} briefs: {len(bad)}, {len(asked)}", passed=not bad and not asked), bad


def _letters(text: str) -> str:
    return "".join(text.split())
