"""What is written in the log: one JSON object a line, and nothing that tells who a reader is."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

_LOG = logging.getLogger("couvert")
# What an error's own words may repeat from a request or a file: addresses of people, of machines, telephone numbers,
# postal codes, what stands between quotes, and what an address carries after its question mark.
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-fA-F:]*::[0-9a-fA-F:]*\b"
    r"|\+?\d[\d .()-]{7,}\d|\b[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d\b|'[^'\n]*'|\"[^\"\n]*\"|«[^»\n]*»|\?[^\s]*"
)


def scrubbed(text: str) -> str:
    """Words of an error without what may be a person's.

    >>> scrubbed("no area 'Marie' for a@b.ca at 10.0.0.7 /gap_map?area=x")
    'no area … for … at … /gap_map…'
    """
    return _PERSONAL.sub("…", text)


class Lines(logging.Formatter):
    """A record as one line of JSON: time, level, where it comes from, what happened, and facts given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "from": record.name, "what": scrubbed(record.getMessage()),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = record.exc_info[1].__class__.__name__
            told["at"] = frames(record.exc_info[1])
        return json.dumps(told, ensure_ascii=False)


def frames(error: BaseException) -> list[str]:
    """Where an error passed, innermost last: file, line, function. Not its words, which may quote data."""
    return [
        f"{frame.filename.rsplit('/', 2)[-2]}/{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        if "/" in frame.filename else f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def begin() -> None:
    """Every logger of the process writes such lines on standard error, those the framework has yet to make included."""
    from streamlit import logger as theirs

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    theirs.setup_formatter = _plain  # it gives each of its loggers a handler of its own
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("streamlit", "uvicorn", "websockets", "couvert"):
            _plain(logging.getLogger(name))


def _plain(logger: logging.Logger) -> None:
    logger.handlers[:] = []
    logger.propagate = logger.name != "uvicorn.access"  # a line a request would say who reads what
    if logger.name == "uvicorn.error":
        logger.setLevel(logging.WARNING)  # nor one a visit


def event(what: str, **facts: str | int) -> None:
    """Write down something that happened to the server."""
    _LOG.info(what, extra={"facts": facts})


def incident() -> str:
    """A number for one fault: eight signs a reader can say on the telephone."""
    return "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(8))


def fault(error: BaseException, where: str) -> str:
    """Write down an error under a new number, which is given back."""
    number = incident()
    _LOG.error("incident", exc_info=error, extra={"facts": {"incident": number, "where": where}})
    return number


def audit(act: str, *, granted: bool, role: str, mark: str, **facts: str | int) -> None:
    """Write down that an act kept from the public was granted or refused."""
    told = {"act": act, "granted": granted, "role": role, "person": mark, **facts}
    _LOG.log(logging.INFO if granted else logging.WARNING, "audit", extra={"facts": {"audit": told}})
