"""`python -m deploy nginx` and `units` write files and start nothing; `ready` waits until processes answer."""

from __future__ import annotations

import argparse
import sys
import time
import urllib.request
from pathlib import Path

from deploy.rendering import Proxy, RenderError, Units, Whole, pages, proxy, units, whole


def main(arguments: list[str] | None = None) -> int:
    """One command; gives 0, or 1 after a one-line error."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    web = commands.add_parser("nginx", help="couvert.conf, the pages it answers by itself, and an nginx.conf")
    web.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    web.add_argument("--host", nargs="+", required=True, help="names readers use")
    web.add_argument("--process", nargs="+", default=["127.0.0.1:8501", "127.0.0.1:8502"], metavar="ADDRESS:PORT")
    web.add_argument("--site", type=Path, default=Path("/var/lib/couvert/site/montreal/current"))
    web.add_argument("--site-url", default="/site/")
    web.add_argument("--listen", nargs="+", default=list(Proxy.listen))
    web.add_argument("--listen-tls", nargs="+", default=list(Proxy.listen_tls))
    web.add_argument("--certificate", type=Path, help="turns TLS on; needs --key")
    web.add_argument("--key", type=Path)
    web.add_argument("--log", default=Proxy.log)
    web.add_argument("--errors", default="stderr", help="of nginx.conf")
    web.add_argument("--user", default="", help="of nginx.conf: who workers run as, where root starts it")
    web.add_argument("--run", type=Path, default=Path("/tmp"), help="folder nginx.conf may write in")
    web.add_argument("--here", type=Path, help="where nginx will find them; default: where they are written")
    unit = commands.add_parser("units", help="units and timers")
    unit.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    for name in ("home", "state", "settings", "copies", "python"):
        unit.add_argument(f"--{name}", type=Path, default=getattr(Units, name))
    for name in ("user", "edition", "memory"):
        unit.add_argument(f"--{name}", default=getattr(Units, name))
    unit.add_argument("--raw", type=Path, help="folder of source files, fetched before each build")
    unit.add_argument("--outward", action="store_true", help="let processes reach a provider people sign in with")
    unit.add_argument("--port", nargs="+", type=int, default=list(Units.ports), help="one per process")
    waiting = commands.add_parser("ready", help="wait until processes answer")
    waiting.add_argument("process", nargs="+", metavar="ADDRESS:PORT")
    waiting.add_argument("--seconds", type=float, default=90.0, help="at most so long; 0 asks once")
    asked = parser.parse_args(arguments)
    if asked.command == "ready":
        return ready(asked.process, asked.seconds)
    try:
        files = _web(asked) if asked.command == "nginx" else _units(asked)
        asked.to.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (asked.to / name).write_bytes(content)
            print(asked.to / name)
    except (RenderError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def ready(processes: list[str], seconds: float) -> int:
    """Wait until every process says it is well; 1 where one does not within the time."""
    ends = time.monotonic() + seconds
    for process in processes:
        while not _well(process):
            if time.monotonic() >= ends:
                print(f"error: {process} does not answer", file=sys.stderr)
                return 1
            time.sleep(0.2)
    return 0


def _well(process: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{process}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:  # nobody listens yet, or the answer is no
        return False


def _web(asked: argparse.Namespace) -> dict[str, bytes]:
    here = asked.here or asked.to.resolve()
    wanted = Proxy(
        hosts=tuple(asked.host), processes=tuple(asked.process), site=asked.site, notices_folder=here, log=asked.log,
        listen=tuple(asked.listen), listen_tls=tuple(asked.listen_tls), certificate=asked.certificate, key=asked.key,
        site_url=asked.site_url,
    )
    texts = {**proxy(wanted), **whole(Whole(here=here, run=asked.run, errors=asked.errors, user=asked.user))}
    return {**{name: text.encode() for name, text in texts.items()}, **pages(asked.site_url)}


def _units(asked: argparse.Namespace) -> dict[str, bytes]:
    wanted = Units(
        home=asked.home, state=asked.state, settings=asked.settings, copies=asked.copies, python=asked.python,
        user=asked.user, edition=asked.edition, ports=tuple(asked.port), memory=asked.memory, raw=asked.raw,
        outward=asked.outward,
    )
    return {name: text.encode() for name, text in units(wanted).items()}


if __name__ == "__main__":
    raise SystemExit(main())
