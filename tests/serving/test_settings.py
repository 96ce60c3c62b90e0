"""A server that lacks a setting, or has a malformed one, says which in both languages and does not start (row 58)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from serving import settings
from serving.settings import OIDC, MisfitError, read
from tests.report import record

HOUSE = Path(__file__).resolve().parents[2]
GOOD = {"COUVERT_COOKIE_SECRET": "0123456789abcdef0123456789abcdef", "COUVERT_ALLOWED_HOSTS": "couvert.example.org"}
PROVIDER = {
    "COUVERT_OIDC_ISSUER": "https://id.example.org", "COUVERT_OIDC_CLIENT_ID": "couvert",
    "COUVERT_OIDC_CLIENT_SECRET": "s3cr3t-of-the-client", "COUVERT_OIDC_REDIRECT": "https://c.example.org/oauth2callback",
}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "roles.toml"
    path.write_text('[roles]\n"Ana@Example.org" = "analyst"\n"op@example.org" = "operator"\n', "utf-8")
    return path


def faults(environment: dict[str, str]) -> set[tuple[str, str]]:
    with pytest.raises(MisfitError) as caught:
        read(environment)
    return {(fault.key, fault.kind) for fault in caught.value.faults}


def test_defaults_are_those_of_a_public_server_without_accounts() -> None:
    found = read(GOOD)
    assert (found.local, found.max_sessions, found.site_url, found.provider) == (False, 40, "/site/", None)
    assert found.secrets() == {} and found.people == {} and found.proxies == ()


def test_a_machine_of_ones_own_needs_no_setting_and_draws_its_secret() -> None:
    one, other = read({"COUVERT_LOCAL": "1"}), read({"COUVERT_LOCAL": "1"})
    assert one.local and one.cookie_secret != other.cookie_secret and len(one.cookie_secret) >= 32
    assert one.hosts == ("localhost", "127.0.0.1", "::1")


def test_every_missing_key_is_named_at_once(people: Path) -> None:
    assert faults({}) == {("COUVERT_COOKIE_SECRET", "missing"), ("COUVERT_ALLOWED_HOSTS", "missing")}
    whole = {**GOOD, **PROVIDER, "COUVERT_ROLES": str(people)}
    assert read(whole).people == {"ana@example.org": "analyst", "op@example.org": "operator"}
    named = [key for key in whole
             if faults({name: text for name, text in whole.items() if name != key}) == {(key, "missing")}]
    assert record(58, "each needed setting taken away", "refused, the key named", f"{len(named)} of {len(whole)}",
                  passed=named == list(whole)), named


@pytest.mark.parametrize(("key", "text"), [
    ("COUVERT_LOCAL", "yes"), ("COUVERT_COOKIE_SECRET", "short"), ("COUVERT_COOKIE_SECRET", "a" * 40),
    ("COUVERT_ALLOWED_HOSTS", "*"), ("COUVERT_ALLOWED_HOSTS", "https://a.org"), ("COUVERT_MAX_SESSIONS", "0"),
    ("COUVERT_MAX_SESSIONS", "-3"), ("COUVERT_MAX_SESSIONS", "many"), ("COUVERT_SITE_URL", "javascript:alert(1)"),
    ("COUVERT_SITE_URL", "//evil.org"), ("COUVERT_SITE_URL", '/site/"><script>'), ("COUVERT_EDITION", "../montreal"),
    ("COUVERT_EDITION", "atlantis"), ("COUVERT_TRUSTED_PROXY", "nginx"), ("COUVERT_ROLES", "no/such/file.toml"),
    ("COUVERT_VERSIONS", __file__), ("COUVERT_SITE", __file__),
])
def test_a_malformed_value_is_named_and_never_repeated(key: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(58, "a malformed setting", "refused, the key named", key,
                  passed=faults({**GOOD, key: text}) == {(key, "malformed")})
    with pytest.raises(SystemExit) as left:
        settings.refuse([settings.Fault(key, "malformed")])
    told = capsys.readouterr().err
    assert left.value.code == 2 and told.count(key) == 2 and "ne démarre pas" in told and "does not start" in told


@pytest.mark.parametrize(("key", "text"), [
    ("COUVERT_OIDC_ISSUER", "http://id.example.org"), ("COUVERT_OIDC_REDIRECT", "https://c.example.org/"),
    ("COUVERT_OIDC_REDIRECT", "http://c.example.org/oauth2callback"),
])
def test_a_provider_is_reached_over_https_or_on_this_machine(key: str, text: str, people: Path) -> None:
    whole = {**GOOD, **PROVIDER, "COUVERT_ROLES": str(people)}
    assert faults({**whole, key: text}) == {(key, "malformed")}
    assert read({**whole, "COUVERT_OIDC_ISSUER": "http://127.0.0.1:9000"}).provider is not None


@pytest.mark.parametrize("table", ["", "[roles]\nx = 'analyst'\n", "[roles]\n'a@b.c' = 'king'\n", "[roles"])
def test_a_role_table_that_is_none_is_refused(tmp_path: Path, table: str) -> None:
    path = tmp_path / "roles.toml"
    path.write_text(table, "utf-8")
    assert faults({**GOOD, "COUVERT_ROLES": str(path)}) == {("COUVERT_ROLES", "malformed")}


def test_secrets_are_not_in_what_is_printed_of_the_settings(people: Path) -> None:
    told = repr(read({**GOOD, **PROVIDER, "COUVERT_ROLES": str(people)}))
    assert GOOD["COUVERT_COOKIE_SECRET"] not in told and "s3cr3t" not in told and "example.org'" not in str(people)
    assert "ana@" not in told and all(key.startswith("COUVERT_OIDC") for key in OIDC)


@pytest.mark.parametrize(("environment", "flags", "named"), [
    ({"COUVERT_ALLOWED_HOSTS": "a.org"}, [], "COUVERT_COOKIE_SECRET"),
    ({"COUVERT_LOCAL": "1"}, [], "server.address"),
])
def test_the_command_leaves_with_2_and_names_the_key(
    environment: dict[str, str], flags: list[str], named: str,
) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "server.py", "--server.port", "0", *flags]
    left = subprocess.run(
        command, cwd=HOUSE, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True, timeout=60,
        check=False,
    )
    assert record(58, "the command that serves, without a setting", "leaves with 2, the key in both languages", named,
                  passed=left.returncode == 2 and left.stderr.count(named) >= 2 and "Traceback" not in left.stderr)
