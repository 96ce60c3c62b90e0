"""Words of the interface: gettext catalogues read through Babel; French first, English equal."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

LANGUAGES = ("fr", "en")
LOCALE = Path(__file__).resolve().parent.parent / "locale"

_FORCED: ContextVar[str | None] = ContextVar("language", default=None)


class MissingWordError(KeyError):
    """A key that a catalogue does not hold: a test compares both catalogues and every key the code uses."""


def language() -> str:
    """The reader's language, `fr` or `en`: the one forced by `use`, else the session's, else French."""
    forced = _FORCED.get()
    if forced is not None:
        return forced
    if get_script_run_ctx(suppress_warning=True) is None:
        return "fr"
    import streamlit as st

    return st.session_state.get("lang_now", "fr")


def use(name: str | None) -> None:
    """Force a language (tests, exports made outside a page); None gives it back to the session."""
    _FORCED.set(name)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """A language for the length of a block: what is made outside a visit, or in both languages."""
    token = _FORCED.set(name)
    try:
        yield
    finally:
        _FORCED.reset(token)


@functools.lru_cache(maxsize=4)
def _catalogue(name: str, changed: float) -> dict[str, tuple[str, ...]]:  # noqa: ARG001  cache key
    """Key -> its one form, or its two. Read again when a file changes (`changed`: the newest time)."""
    found: dict[str, tuple[str, ...]] = {}
    for path in _paths(name):
        with path.open("rb") as handle:
            for message in read_po(handle, locale=name):
                if not message.id:
                    continue
                plural_form = isinstance(message.id, tuple | list)
                key = str(message.id[0]) if plural_form else str(message.id)
                if key in found:
                    raise MissingWordError(f"{key} comes twice ({name}, {path.name})")
                found[key] = tuple(map(str, message.string or ())) if plural_form else (str(message.string),)
    return found


def _paths(name: str) -> list[Path]:
    """The catalogues of a language: `couvert.po` for what pages share, one more per page."""
    return sorted((LOCALE / name / "LC_MESSAGES").glob("*.po"))


_READ: dict[str, tuple[float, dict[str, tuple[str, ...]]]] = {}


def catalogue(name: str) -> dict[str, tuple[str, ...]]:
    """Every key of one language with its forms; the files are looked at again after two seconds, not at each word."""
    now = time.monotonic()
    read = _READ.get(name)
    if read is None or now - read[0] > 2:
        read = now, _catalogue(name, max(path.stat().st_mtime for path in _paths(name)))
        _READ[name] = read
    return read[1]


def say(key: str, **values: Any) -> str:
    """The words of `key` in the reader's language, `{name}` replaced by `values`; raises MissingWordError."""
    return _forms(key)[0].format(**values)


def plural(key: str, number: float, **values: Any) -> str:
    """The form of `key` that agrees with `number` as shown.

    French: singular while |number| < 2. English: singular only for exactly 1. `{n}` is `number` unless given.
    """
    forms = _forms(key)
    one = abs(number) < 2 if language() == "fr" else number == 1
    values.setdefault("n", f"{number:g}")
    return forms[0 if one or len(forms) == 1 else 1].format(**values)


def known(key: str) -> bool:
    """Whether the reader's catalogue holds `key`: for families of keys that may have a gap."""
    return key in catalogue(language())


def _forms(key: str) -> tuple[str, ...]:
    forms = catalogue(language()).get(key)
    if forms is None or not forms[0]:
        raise MissingWordError(f"{key} ({language()})")
    return forms


def cap(text: str) -> str:
    """First letter raised, the rest as it is: « à Toyville » becomes « À Toyville »."""
    return text[:1].upper() + text[1:]


def begun_low(text: str) -> str:
    """First letter lowered, for words that stand alone elsewhere: « Districts » inside a sentence is « districts »."""
    return text[:1].lower() + text[1:]


def local(fr: object, en: object) -> str:
    """The one of two data strings that the reader's language asks for."""
    return str(fr if language() == "fr" else en)


def elsewhere(text: str, spoken: str, wanted: str) -> str:
    """Words of one language in the other, where they are one entry of the catalogue; else as they are."""
    if spoken == wanted:
        return text
    keys = (key for key, forms in catalogue(spoken).items() if forms[0] == text)
    return next((catalogue(wanted)[key][0] for key in keys if key in catalogue(wanted)), text)
