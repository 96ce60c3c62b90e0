"""The files of a deployment, made from one template each and from what a machine is like."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from serving import headers, notices

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Pages the proxy answers by itself: file name -> kind of notice.
NOTICES = {"couvert-down.html": "down", "couvert-wait.html": "wait", "couvert-unknown.html": "unknown"}
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PROCESS = re.compile(r"(?P<host>[0-9.]+):(?P<port>\d{1,5})")
_LISTEN = re.compile(r"([0-9.]+:|\[[0-9a-f:]+\]:)?\d{1,5}")
# A path goes into a file others read as orders: nothing in it may end a word, a line or a block.
_PATH = re.compile(r"/[\w./@+-]*")


class RenderError(ValueError):
    """A value that would not make a working file; says which and why."""


@dataclass(frozen=True)
class Proxy:
    """What the proxy is told: names it answers to, processes behind it, folders, limits. `certificate` turns TLS on.

    `processes` are address:port, `listen` places nginx listens on. Limits are per address of a reader: pages a second
    with `burst` at once, `connections` open at a time.
    """

    hosts: tuple[str, ...]
    processes: tuple[str, ...]
    site: Path
    notices_folder: Path
    log: str = "/var/log/nginx/couvert.log"
    listen: tuple[str, ...] = ("80", "[::]:80")
    listen_tls: tuple[str, ...] = ("443", "[::]:443")
    certificate: Path | None = None
    key: Path | None = None
    challenges: Path = Path("/var/www/html")
    site_url: str = "/site/"
    pages_per_second: int = 5
    burst: int = 60  # a room of 25 people that opens a link together, twice
    connections: int = 50
    upload: str = "21m"  # 20 MB and the form around them
    retry_after: int = notices.AGAIN

    def __post_init__(self) -> None:
        """Refuse what cannot be right before it is written."""
        if not self.hosts or not all(len(name) < 254 and _HOST.fullmatch(name) for name in self.hosts):
            raise RenderError(f"host names: {', '.join(self.hosts) or 'none'}: give names such as couvert.example.org")
        if not self.processes or not all(map(_process, self.processes)):
            raise RenderError(f"processes: {', '.join(self.processes) or 'none'}: give addresses like 127.0.0.1:8501")
        if len(set(self.processes)) < len(self.processes):
            raise RenderError("processes: one address comes twice")
        if not all(_LISTEN.fullmatch(place) for place in (*self.listen, *self.listen_tls)):
            raise RenderError("listen: give ports or address:port")
        if (self.certificate is None) != (self.key is None):
            raise RenderError("a certificate goes with its key")
        paths = (self.site, self.notices_folder, self.challenges, self.certificate, self.key, Path(self.log))
        _whole_paths(paths)


@dataclass(frozen=True)
class Units:
    """What systemd is told: where the program, its data and its settings are, who runs it, what a process may take.

    `raw` is the folder of source files of an edition that has some. `outward`: processes may open connections to
    others, which signing in through a provider asks; the build may where `raw` is given, to fetch.
    """

    home: Path = Path("/opt/couvert")
    state: Path = Path("/var/lib/couvert")
    settings: Path = Path("/etc/couvert/couvert.env")
    copies: Path = Path("/var/backups/couvert")
    python: Path = Path("/opt/couvert/.venv/bin/python")
    user: str = "couvert"
    edition: str = "montreal"
    ports: tuple[int, ...] = (8501, 8502)
    memory: str = "1500M"  # from here on the system presses; a third more and it ends the process
    raw: Path | None = None
    outward: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be right before it is written."""
        paths = (self.home, self.state, self.settings, self.copies, self.python, self.raw)
        _whole_paths(paths)
        if not re.fullmatch(r"[a-z_][a-z0-9_-]*", self.user) or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", self.edition):
            raise RenderError("user and edition: small letters, digits and dashes")
        if not re.fullmatch(r"[1-9][0-9]*M", self.memory):
            raise RenderError("memory: megabytes, such as 1500M")
        if not self.ports or not all(1024 <= port < 65536 for port in self.ports):
            raise RenderError("ports: from 1024 to 65535")


@dataclass(frozen=True)
class Whole:
    """What a whole nginx of its own is told; a Debian server has one already. `user` is "" where it is not root's."""

    here: Path
    run: Path
    errors: str = "stderr"
    user: str = ""
    workers: str = "auto"


def proxy(wanted: Proxy) -> dict[str, str]:
    """Name -> text of the proxy's own file: what every answer carries is `serving.headers`."""
    carried = headers.security()
    values = {
        **asdict(wanted), "tls": wanted.certificate is not None, "names": list(carried),
        "security": headers.for_nginx(),
    }
    return {"couvert.conf": _render("couvert.conf.jinja", values)}


def whole(wanted: Whole) -> dict[str, str]:
    """Name -> text of an nginx of its own that includes couvert.conf."""
    return {"nginx.conf": _render("nginx.conf.jinja", asdict(wanted))}


def pages(site_url: str) -> dict[str, bytes]:
    """Name -> bytes of the pages the proxy answers by itself; each links to the static pages, which are always open."""
    return {
        name: notices.notice(kind, site_url=site_url, again="/" if kind == "unknown" else "", seconds=notices.AGAIN)
        for name, kind in NOTICES.items()
    }


def units(wanted: Units) -> dict[str, str]:
    """Name -> text of every unit."""
    found = sorted(path.name.removesuffix(".jinja") for path in TEMPLATES.glob("couvert*.jinja")
                   if path.name.removesuffix(".jinja").endswith((".service", ".timer", ".target")))
    most = f"{int(wanted.memory[:-1]) * 4 // 3}M"
    return {name: _render(f"{name}.jinja", {**asdict(wanted), "memory_max": most}) for name in found}


def _render(name: str, values: Mapping[str, Any]) -> str:
    # Orders for programs, not pages: nothing is escaped, so nothing comes in that was not checked above.
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True,
                              autoescape=False)
    return environment.get_template(name).render(values)


def _whole_paths(paths: Iterable[Path | None]) -> None:
    if wrong := [str(path) for path in paths if path is not None and not _PATH.fullmatch(str(path))]:
        raise RenderError(f"paths: {', '.join(wrong)}: give whole paths of letters, digits, “.”, “_”, “-” and “/”")


def _process(text: str) -> bool:
    found = _PROCESS.fullmatch(text)
    try:
        return bool(found) and bool(ipaddress.ip_address(found["host"])) and 0 < int(found["port"]) < 65536
    except ValueError:
        return False
