"""Settings from the environment, read and checked once, before anything is served."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from views.words import LANGUAGES, say, speaking

HOUSE = Path(__file__).resolve().parent.parent
ROLES = ("public", "analyst", "operator")  # each may do what those before it may
OIDC = ("COUVERT_OIDC_ISSUER", "COUVERT_OIDC_CLIENT_ID", "COUVERT_OIDC_CLIENT_SECRET", "COUVERT_OIDC_REDIRECT")
SECRET_LENGTH = 32  # signs of a cookie secret: 16 random bytes written in hexadecimal
MISFIT = 2  # exit code of a refusal to start

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Fault:
    """One key of the environment that keeps the server from starting; `kind` is missing, malformed or unsafe."""

    key: str
    kind: str

    def told(self) -> str:
        """The fault and what the key should hold, in the language being spoken."""
        return f"{say(f'settings.{self.kind}', name=self.key)} {say(f'settings.{self.key}')}"


class MisfitError(Exception):
    """The environment does not let the server start; `faults` says every reason at once."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(f"{fault.key} {fault.kind}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Provider:
    """Who vouches for people who sign in (OpenID Connect)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect: str

    @property
    def metadata(self) -> str:
        """Where the provider describes itself."""
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"


@dataclass(frozen=True)
class Settings:
    """How this process serves. `hosts` are names in `Host`; `proxies` those whose X-Forwarded-For is believed."""

    local: bool
    cookie_secret: str = field(repr=False)
    hosts: tuple[str, ...]
    max_sessions: int
    site: Path
    site_url: str
    provider: Provider | None
    people: Mapping[str, str] = field(repr=False)  # e-mail in lower case -> role
    proxies: tuple[Network, ...]

    def secrets(self) -> dict[str, Any]:
        """What `st.login` reads; nothing where nobody signs in."""
        if self.provider is None:
            return {}
        return {"auth": {
            "redirect_uri": self.provider.redirect, "cookie_secret": self.cookie_secret,
            "client_id": self.provider.client_id, "client_secret": self.provider.client_secret,
            "server_metadata_url": self.provider.metadata,
            "client_kwargs": {"scope": "openid email", "prompt": "select_account"},
        }}


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings; raises MisfitError naming every key that is missing, malformed or unsafe."""
    faults: list[Fault] = []

    def taken(key: str, make: Callable[[str], Any], default: Any, *, required: bool = False) -> Any:
        text = environment.get(key, "").strip()
        if not text:
            if required:
                faults.append(Fault(key, "missing"))
            return default
        try:
            return make(text)
        except ValueError:
            faults.append(Fault(key, "malformed"))
            return default

    local = taken("COUVERT_LOCAL", _yes, False)
    taken("COUVERT_EDITION", _edition, "")
    taken("COUVERT_VERSIONS", _folder, None)
    made = Settings(
        local=local,
        cookie_secret=taken("COUVERT_COOKIE_SECRET", _secret, secrets.token_hex(), required=not local),
        hosts=taken("COUVERT_ALLOWED_HOSTS", _hosts, ("localhost", "127.0.0.1", "::1"), required=not local),
        max_sessions=taken("COUVERT_MAX_SESSIONS", _count, 40),
        site=taken("COUVERT_SITE", _folder, HOUSE / "data" / "site"),
        site_url=taken("COUVERT_SITE_URL", _address, "/site/"),
        provider=_provider(environment, taken),
        people=taken("COUVERT_ROLES", _people, {}, required=any(environment.get(key) for key in OIDC)),
        proxies=taken("COUVERT_TRUSTED_PROXY", _networks, ()),
    )
    if faults:
        raise MisfitError(faults)
    return made


def _provider(environment: Mapping[str, str], taken: Callable[..., Any]) -> Provider | None:
    """All four keys, or none of them."""
    if not any(environment.get(key, "").strip() for key in OIDC):
        return None
    makes = (_issuer, str, str, _redirect)
    issuer, client, secret, redirect = (taken(key, make, "", required=True) for key, make in zip(OIDC, makes))
    return Provider(issuer, client, secret, redirect)


# --- one reader for each kind of value: ValueError says it is malformed -------------------------------------------


def _yes(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _secret(text: str) -> str:
    if len(text) < SECRET_LENGTH or len(set(text)) < 8:
        raise ValueError("too short, or one sign repeated")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ValueError(text)
    return int(text)


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(text)
    return path


def _edition(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text) or not (HOUSE / "data" / "editions" / f"{text}.toml").is_file():
        raise ValueError(text)
    return text


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not names or not all(re.fullmatch(r"(\*\.)?[a-z0-9]([a-z0-9.:-]*[a-z0-9])?|::1", name) for name in names):
        raise ValueError(text)
    return names


def _address(text: str) -> str:
    asked = urlsplit(text)
    ours = text.startswith("/") and not text.startswith("//") and not re.search(r"[\s\"'<>\\]", text)
    theirs = asked.scheme in ("http", "https") and bool(asked.hostname) and not re.search(r"[\s\"'<>\\]", text)
    if not ours and not theirs:
        raise ValueError(text)
    return text.rstrip("/") + "/"


def _secure(text: str) -> str:
    """An address that only its owner can answer at: https, or this machine."""
    asked = urlsplit(text)
    if not (asked.scheme == "https" and asked.hostname) and not (asked.scheme == "http" and loopback(asked.hostname)):
        raise ValueError(text)
    return text


def _issuer(text: str) -> str:
    return _secure(text)


def _redirect(text: str) -> str:
    if urlsplit(text).path != "/oauth2callback":
        raise ValueError(text)
    return _secure(text)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip())


def _people(text: str) -> dict[str, str]:
    """The role table, a TOML file: `[roles]`, then `"person@example.org" = "analyst"`."""
    try:
        table = tomllib.loads(Path(text).expanduser().read_text("utf-8"))["roles"]
        people = {str(email).strip().lower(): role for email, role in table.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise ValueError(text) from error
    if not all("@" in email and role in ROLES for email, role in people.items()):
        raise ValueError(text)
    return people


def loopback(host: str | None) -> bool:
    """Whether a name or an address is this machine itself.

    >>> loopback("127.0.0.1"), loopback("::1"), loopback("0.0.0.0"), loopback(None)
    (True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


# --- at the start -------------------------------------------------------------------------------------------------


def refuse(faults: list[Fault]) -> NoReturn:
    """Say in both languages what keeps the server from starting, and stop; no value is repeated."""
    for name in LANGUAGES:
        with speaking(name):
            print("\n".join([say("settings.refused"), *(f"  {fault.told()}" for fault in faults)]), file=sys.stderr)
    raise SystemExit(MISFIT)


def begin(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings and hand the framework what it needs of them; refuses to start where they do not fit."""
    from streamlit import config

    try:
        found = read(environment)
    except MisfitError as error:
        refuse(error.faults)
    if found.local and not loopback(config.get_option("server.address")):
        refuse([Fault("server.address", "unsafe")])  # every role, open to the network
    os.environ["STREAMLIT_SERVER_COOKIE_SECRET"] = found.cookie_secret  # outlives a second reading of its settings
    config.set_option("server.cookieSecret", found.cookie_secret)
    config.set_option("server.allowedHosts", list(found.hosts))
    serve(found)
    return found


_SERVED: list[Settings] = []


def serve(found: Settings) -> None:
    """Make settings those of this process."""
    _SERVED[:] = [found]


def served() -> Settings:
    """The settings of this process; where app.py was run without server.py, those of a server that grants nothing."""
    if not _SERVED:
        nobody = {"COUVERT_COOKIE_SECRET": secrets.token_hex(), "COUVERT_ALLOWED_HOSTS": "localhost"}
        serve(read({**nobody, **{key: os.environ[key] for key in ("COUVERT_SITE_URL",) if key in os.environ}}))
    return _SERVED[0]
