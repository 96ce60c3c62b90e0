"""The files of a deployment: what they refuse to be made from, what systemd and nginx say of them, TLS."""

from __future__ import annotations

import contextlib
import http.client
import os
import pwd
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.__main__ import main
from deploy.rendering import Proxy, RenderError, Units, proxy, units
from serving import headers, settings
from tests.browser.proxied import NGINX, free_ports

HOUSE = Path(__file__).resolve().parent.parent.parent
DEPLOY = HOUSE / "deploy"
HERE = {"site": Path("/srv/site"), "notices_folder": Path("/etc/couvert")}


@pytest.mark.parametrize("wrong", [
    {"hosts": ()}, {"hosts": ("a.org; return 200",)}, {"hosts": ("*.org",)}, {"hosts": ("a.org\n",)},
    {"hosts": ("A.org",)}, {"processes": ()}, {"processes": ("localhost:80",)}, {"processes": ("1.2.3.400:80",)},
    {"processes": ("1.2.3.4:0",)},
    {"processes": ("1.2.3.4:80", "1.2.3.4:80")}, {"processes": ("1.2.3.4:80; deny all",)}, {"site": Path("a/b")},
    {"site": Path("/a b")}, {"notices_folder": Path("/a;b")}, {"log": "/a}\n"}, {"listen": ("80;",)},
    {"key": Path("/k")},
])
def test_a_value_that_would_write_another_order_is_refused(wrong: dict[str, object]) -> None:
    proxy(Proxy(**{"hosts": ("a.org",), "processes": ("127.0.0.1:80",), **HERE}))  # type: ignore[arg-type]
    with pytest.raises(RenderError):
        Proxy(**{"hosts": ("a.org",), "processes": ("127.0.0.1:80",), **HERE, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [
    {"user": "root; rm"}, {"edition": "a\nUser=root"}, {"home": Path("/a\nb")}, {"ports": ()}, {"ports": (80,)},
    {"memory": "lots"}, {"raw": Path("/a %i")},
])
def test_a_unit_too(wrong: dict[str, object]) -> None:
    with pytest.raises(RenderError):
        Units(**wrong)  # type: ignore[arg-type]


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nginx", "--to", str(tmp_path / "p"), "--host", "a b"]) == 1
    assert capsys.readouterr().err.startswith("error: host names: a b") and not (tmp_path / "p").exists()
    assert main(["ready", "--seconds", "0", f"127.0.0.1:{free_ports(1)[0]}"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_every_place_says_every_header() -> None:
    """add_header of a place takes those around it away: a place that forgets one sends none."""
    for tls in (False, True):
        more = {"certificate": Path("/c.pem"), "key": Path("/k.pem")} if tls else {}
        text = proxy(Proxy(hosts=("a.org",), processes=("127.0.0.1:80",), **HERE, **more))["couvert.conf"]
        places = re.findall(r"location [^{]+\{(?!\s*(?:return|root [^;]+; default_type))(.*?)\n    \}", text, re.DOTALL)
        assert len(places) == 9
        for place in places:
            for name, value in headers.security().items():
                assert place.count(f'add_header {name} "{value}" always;') == 1, name
            assert ("Strict-Transport-Security" in place) == tls
        for name in headers.security():
            assert f"proxy_hide_header {name};" in text


# --- systemd ---------------------------------------------------------------------------------------------


def test_systemd_takes_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    written = tmp_path / "units"
    assert main([
        "units", "--to", str(written), "--home", str(HOUSE), "--python", sys.executable, "--user", "nobody",
        "--state", str(tmp_path / "state"), "--copies", str(tmp_path / "copies"), "--raw", str(tmp_path / "raw"),
        "--settings", str(tmp_path / "couvert.env"), "--edition", "toyville", "--port", "8501", "8502",
    ]) == 0
    (tmp_path / "couvert.env").touch()
    for port in (8501, 8502):  # systemd makes these from couvert@.service; its checker does not
        shutil.copy(written / "couvert@.service", written / f"couvert@{port}.service")
    whole = [str(path) for path in sorted(written.iterdir()) if path.name != "couvert@.service"]
    assert len(whole) == 9
    checked = ["systemd-analyze", "verify", "--man=no", *whole]
    told = subprocess.run(checked, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    for name in whole:
        if not name.endswith(".service"):
            continue
        told = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", name],
                              capture_output=True, text=True, check=False)
        level = re.search(r"exposure level for \S+: ([0-9.]+)", told.stdout)
        assert level and float(level[1]) <= 3.0, told.stdout[-300:]  # 0 is closed, 10 is open


def test_units_run_what_exists(tmp_path: Path) -> None:
    texts = units(Units(raw=Path("/var/lib/couvert/raw")))
    commands = [shlex.split(line.partition("=")[2].lstrip("-")) for text in texts.values() for line in text.splitlines()
                if line.startswith("ExecStart")]
    modules = {command[2] for command in commands}
    assert modules == {"streamlit", "deploy", "loaders"}
    for module in modules - {"streamlit"}:
        assert (HOUSE / module / "__main__.py").is_file(), module
    assert "IPAddressDeny=any" in texts["couvert@.service"]
    assert "IPAddressDeny" not in units(Units(outward=True))["couvert@.service"]
    for path in (texts[name] for name in texts if name.endswith(".timer")):
        assert "Persistent=yes" in path
    for name in texts:
        if name.endswith(".timer"):
            assert name.replace(".timer", ".service") in texts


# --- containers: what can be told without an engine ---------------------------------------------------------


def test_the_container_file_keeps_what_it_promises() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    first, last = text.split("\nFROM ")[1:]
    assert "AS build" in first and "--require-hashes" in first
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001"] and "HEALTHCHECK" in last
    assert all(line.startswith("COPY --from=build") for line in re.findall(r"^COPY .+$", last, re.MULTILINE))
    assert not re.search(r"apt-get|gcc|curl", text)
    rooms = re.search(r"compileall -q -j 0 /opt/venv ([^&]+?)\s*\\?\n\s*&&", text)
    assert rooms and all((HOUSE / name).exists() for name in rooms[1].replace("\\", "").split())
    left_out = (HOUSE / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".*", "data/versions", "data/raw", "tests", "*.env"} <= set(left_out)


def test_the_compose_file_agrees_with_itself(tmp_path: Path) -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    fixed = r"^  (\w+):\n(?:    .*\n)*?      inside: \{ipv4_address: ([0-9.]+)\}"
    addresses = dict(re.findall(fixed, text, re.MULTILINE))
    assert set(addresses) == {"one", "two", "proxy"}
    assert f"COUVERT_TRUSTED_PROXY: {addresses['proxy']}\n" in text
    assert text.count("read_only: true") == 2 and text.count("cap_drop: [ALL]") == 2  # ours, and the proxy’s
    assert "versions:/var/lib/couvert/versions:ro" in text
    line = re.search(r"python -m deploy (nginx .+?)\n\n", text, re.DOTALL)
    assert line is not None
    words = shlex.split(line[1].replace("$$(echo \"$$COUVERT_ALLOWED_HOSTS\" | tr ',' ' ')", "couvert.example.org")
                        .replace("$${COUVERT_EDITION:-montreal}", "montreal"))
    words[words.index("--to") + 1] = str(tmp_path)
    assert main(words) == 0
    made = (tmp_path / "couvert.conf").read_text()
    for name in ("one", "two"):
        assert f"server {addresses[name]}:8501 max_fails=0;" in made
    assert "include /etc/couvert/couvert.conf;" in (tmp_path / "nginx.conf").read_text()


def test_the_example_names_every_setting_and_is_taken(tmp_path: Path) -> None:
    text = (DEPLOY / "couvert.env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"COUVERT_\w+", (HOUSE / "serving" / "settings.py").read_text(encoding="utf-8")))
    asked -= {"COUVERT_OIDC", "COUVERT_LOCAL", "COUVERT_VERSIONS", "COUVERT_SITE"}  # the units and the image say these
    assert set(re.findall(r"^#?(COUVERT_\w+)=", text, re.MULTILINE)) == asked
    given = dict(line.split("=", 1) for line in text.splitlines() if line.startswith("COUVERT_"))
    with pytest.raises(settings.MisfitError, match="COUVERT_COOKIE_SECRET"):
        settings.read(given)
    assert settings.read({**given, "COUVERT_COOKIE_SECRET": "0123456789abcdef" * 2}).max_sessions == 40


def test_the_guide_names_every_setting_and_unit() -> None:
    text = (HOUSE / "docs" / "deployment.md").read_text(encoding="utf-8")
    example = (DEPLOY / "couvert.env.example").read_text(encoding="utf-8")
    for name in {*re.findall(r"^#?(COUVERT_\w+)=", example, re.MULTILINE), *units(Units())}:
        assert name in text, name


# --- TLS -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, ssl.SSLContext]]:
    """Ports (plain, TLS) of a proxy with a certificate of its own and no process behind it; what trusts it."""
    if not NGINX.exists():
        pytest.skip("no nginx on this machine")
    place = tmp_path_factory.mktemp("tls")
    subprocess.run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(place / "key.pem"),
        "-out", str(place / "certificate.pem"),
    ], check=True, capture_output=True)
    plain, secure, nobody = free_ports(3)
    assert main([
        "nginx", "--to", str(place), "--run", str(place), "--host", "localhost", "--listen", f"127.0.0.1:{plain}",
        "--listen-tls", f"127.0.0.1:{secure}", "--certificate", str(place / "certificate.pem"),
        "--key", str(place / "key.pem"), "--process", f"127.0.0.1:{nobody}", "--log", str(place / "access.log"),
        "--errors", str(place / "error.log"), *(["--user", pwd.getpwuid(0).pw_name] if os.geteuid() == 0 else []),
    ]) == 0
    command = [str(NGINX), "-c", str(place / "nginx.conf"), "-g", "daemon off;"]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", secure), timeout=1):
                break
            time.sleep(0.05)
        yield plain, secure, ssl.create_default_context(cafile=str(place / "certificate.pem"))
    finally:
        running.terminate()
        running.wait(10)


def fetched(asked: http.client.HTTPConnection, path: str) -> tuple[int, http.client.HTTPMessage, str]:
    """Status, headers and text of one request for localhost."""
    with contextlib.closing(asked):
        asked.request("GET", path, headers={"Host": "localhost"})
        answer = asked.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def test_tls_is_kept_and_plain_readers_are_led_to_it(tls: tuple[int, int, ssl.SSLContext]) -> None:
    plain, secure, trusting = tls
    status, carried, _ = fetched(http.client.HTTPConnection("127.0.0.1", plain, timeout=10), "/gap_map?lang=fr")
    assert (status, carried["Location"]) == (308, "https://localhost/gap_map?lang=fr")
    asked = http.client.HTTPSConnection("localhost", secure, timeout=10, context=trusting)
    status, carried, text = fetched(asked, "/gap_map")
    assert status == 503 and carried["Strict-Transport-Security"] == "max-age=31536000"
    assert "ne répond pas en ce moment" in text


def test_tls_under_another_name_or_of_another_age_is_refused(tls: tuple[int, int, ssl.SSLContext]) -> None:
    _, secure, trusting = tls
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    for name in ("evil.example", None):
        with socket.create_connection(("127.0.0.1", secure), timeout=10) as opened, pytest.raises(ssl.SSLError):
            careless.wrap_socket(opened, server_hostname=name)
    with (socket.create_connection(("127.0.0.1", secure), timeout=10) as opened,
          trusting.wrap_socket(opened, server_hostname="localhost") as held):
        assert held.version() == "TLSv1.3"
