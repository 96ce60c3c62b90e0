"""One reader's visit: the pinned version, its store, the language, and what the address carries."""

from __future__ import annotations

import html
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import streamlit as st

from loaders import store as published
from loaders.store import Store
from views import access, unread, words
from views.words import LANGUAGES, say

_BUILDING = threading.Lock()
_LOG = logging.getLogger("couvert")
_TOLD: set[str] = set()  # a page runs again at every click: the log says a thing once
_PAGES = Path(__file__).resolve().parent.parent / "pages"


# --- the version this visit reads -------------------------------------------------------------------------


@st.cache_resource(max_entries=6, show_spinner=False)
def _open(edition: str, version: str) -> Store:
    return published.open_store(edition, version)


def edition() -> str:
    """The edition this server shows."""
    return published.edition_id()


def ensure_published() -> None:
    """Build the embedded edition, with visible progress, when nothing whole is published; stops the page on failure.

    Where the version the pointer names is damaged, readers get the last good one, and the operator is told.
    """
    now = published.now_serving(edition())
    if now.version is not None:
        if now.fault:
            _damaged(now)
        return
    from build import build

    with st.status(say("start.building"), expanded=True) as status:
        bar = st.progress(0.0)

        def tell(what: str, done: int, total: int) -> None:
            bar.progress(done / max(total, 1), text=what)

        try:
            with _BUILDING:  # a second visit waits here, then finds what the first one built
                if published.current_version(edition()) is None:
                    build(edition(), report=tell)
        except published.LoadError as error:
            _LOG.error("%s: nothing could be built: %s", edition(), error)
            status.update(label=say("start.failed"), state="error")
            st.html(f'<div class="cv-empty">{html.escape(say("start.way_on"))}</div>')
            if access.may("faults"):
                st.text(str(error))
            st.stop()
        status.update(label=say("start.ready"), state="complete", expanded=False)
    st.rerun()


def _damaged(now: published.Serving) -> None:
    """Say once in the log what is wrong with the published version, and to the operator that readers have another."""
    told = f"{edition()}: version {now.named or 'unknown'}: {now.fault}; readers are given {now.version}"
    if told not in _TOLD:
        _TOLD.add(told)
        _LOG.error(told)
    if access.may("faults"):
        st.error(say("start.damaged", version=now.version), icon=":material/error:")


def pin() -> None:
    """Pin the visit to the version its address names, or to the newest; say so where that version is gone."""
    asked = st.query_params.get("version")
    known = published.known_versions(edition())
    newest = cast("str", published.current_version(edition()))
    if asked in known and published.readable(edition(), asked):
        if asked != st.session_state.get("version_now"):
            st.session_state.pop("version_gone", None)
        st.session_state["version_now"] = asked
    elif asked is not None or st.session_state.get("version_now") not in known:
        if asked is not None:
            st.session_state["version_gone"] = ""
        st.session_state["version_now"] = newest
    _carry("version", st.session_state["version_now"])


def routed() -> None:
    """Give a page that was run without app.py back to it.

    Because a folder `pages/` exists, the first visit of a cold server to a deep link runs the page file alone;
    the first call of `st.navigation` ends that for good, so one more run is enough.
    """
    if "version_now" not in st.session_state:
        start = st.Page(lambda: None, title="Couvert", url_path="start", default=True)
        st.navigation([start, *(st.Page(path) for path in sorted(_PAGES.glob("*.py")))], position="hidden")
        st.rerun()


def version() -> str:
    """The version this visit is pinned to."""
    routed()
    return st.session_state["version_now"]


def store() -> Store:
    """The store of the pinned version, shared by every visit that reads it."""
    return _open(edition(), version())


def store_of(earlier: str) -> Store | None:
    """The store of another version of the edition, to compare with; None where its file is not whole."""
    return _open(edition(), earlier) if published.readable(edition(), earlier) else None


def earlier() -> list[str]:
    """Versions published before the one this visit reads, newest first."""
    return [known for known in reversed(published.known_versions(edition())) if known < version()]


def before() -> Store | None:
    """The store of the version published before the pinned one, the newest that is whole; None where there is none."""
    return next((found for found in map(store_of, earlier()) if found is not None), None)


def gone(page: str) -> bool:
    """Whether to say on this page that the link was to a removed version: on the first page read, not on the next."""
    on = st.session_state.get("version_gone")
    if on is None:
        return False
    if on in ("", page):
        st.session_state["version_gone"] = page
        return True
    del st.session_state["version_gone"]
    return False


def newer() -> bool:
    """Whether a newer version than the one this visit reads is published."""
    return version() != published.current_version(edition())


def read_newest() -> None:
    """Let go of the pinned version and read the newest."""
    newest = cast("str", published.current_version(edition()))
    st.session_state["version_now"] = newest
    st.session_state.pop("version_gone", None)
    _carry("version", newest)


# --- language ---------------------------------------------------------------------------------------------


def start_language() -> str:
    """Settle the language before anything is drawn: the address, then what was chosen, then French."""
    asked = st.query_params.get("lang")
    if asked is not None and asked not in LANGUAGES:
        st.session_state["lang_astray"] = asked
    if asked in LANGUAGES and asked != st.session_state.get("lang_seen"):
        st.session_state["lang_now"] = asked
    now = st.session_state.setdefault("lang_now", "fr")
    st.session_state["lang_seen"] = now
    _carry("lang", now)
    return now


def language_switch() -> None:
    """FR | EN: a change is in force from the next run, words, address and all."""
    st.session_state["lang_switch"] = words.language()
    st.segmented_control(
        say("strip.language"), LANGUAGES, format_func=str.upper, key="lang_switch", label_visibility="collapsed",
        on_change=_switched,
    )


def turn_to(page: str) -> None:
    """Begin a run of `page`: what an earlier page was asked for in vain is no longer told."""
    if page != st.session_state.get("page_now", page):
        unread.forget()
    st.session_state["page_now"] = page
    if asked := st.session_state.pop("lang_astray", None):
        unread.note("lang", asked)
    unread.named("lang", "", words.language())


def page_now() -> str:
    """The page this run draws, by its file name."""
    return st.session_state.get("page_now", "")


def _switched() -> None:
    chosen = st.session_state.get("lang_switch")
    if chosen in LANGUAGES:
        st.session_state["lang_now"] = chosen  # `lang_seen` stays: the address still says the old one


# --- what the address carries -----------------------------------------------------------------------------
#
# Streamlit's `bind="query-params"` writes the *label* of an option in the address: a link copied in French would
# not open in English, and two areas that share a name would be one. So selectors keep identifiers: the address
# wins when it changed (a link, Back), the reader wins otherwise, and a kept copy outlives a change of page.


def _carry(name: str, text: str) -> None:
    if st.query_params.get(name) != text:
        st.query_params[name] = text


def _drop(name: str) -> None:
    if name in st.query_params:
        del st.query_params[name]


def seed(name: str, options: Sequence[Any], default: Any, *, own: str = "") -> str:
    """Settle what selector `name` holds before it is drawn; gives the key of its widget.

    `options` are identifiers or numbers; `default` may be None where a selector may be empty. `own` is what the visit
    remembers it under where two pages use one name for two things.
    """
    own = own or name
    key, by_text = f"w_{own}", {str(option): option for option in options}
    asked = st.query_params.get(name)
    new = asked is not None and asked != st.session_state.get(f"seen_{own}")
    if new and asked in by_text:
        st.session_state[key] = by_text[asked]
    elif key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"kept_{own}", default)
    if new and asked not in by_text:
        unread.note(name, str(asked))
    held = st.session_state[key]
    if (held is not None and str(held) not in by_text) or (held is None and default is not None):
        st.session_state[key] = default
    return key


def keep(name: str, held: Any, *, label: str = "", own: str = "", usual: Any = None) -> Any:
    """Remember what selector `name` now holds, in the address and across pages; gives it back.

    `label` are its words, for a reader whose address asked it for what it does not have. The address does not carry
    `usual`: what the selector holds for everyone who asks for nothing.
    """
    st.session_state[f"kept_{own or name}"] = held
    carried = None if held is None or held == usual else str(held)
    st.session_state[f"seen_{own or name}"] = carried
    if carried is None:
        _drop(name)
    else:
        _carry(name, carried)
    unread.named(name, label, held)
    return held


def put(name: str, held: Any) -> None:
    """Set selector `name` from elsewhere (a click on a map): call it in a callback, before the page is drawn."""
    st.session_state[f"w_{name}"] = held
    st.session_state[f"kept_{name}"] = held


def held(name: str, default: Any = None) -> Any:
    """What selector `name` holds, without drawing it: for pages that follow a choice made elsewhere."""
    return st.session_state.get(f"kept_{name}", st.query_params.get(name, default))


def select(
    name: str, label: str, options: Sequence[Any], names: Callable[[Any], str], *, default: Any = None,
    may_be_empty: bool = False, placeholder: str | None = None,
) -> Any:
    """A select box whose choice, an identifier, lives in the address as `?name=`.

    Typing filters without accents or dashes as long as `names` gives distinct words.
    """
    first = default if default is not None or may_be_empty else options[0]
    key = seed(name, options, first)
    chosen = st.selectbox(
        label, options, index=None if may_be_empty else 0, format_func=names, key=key, placeholder=placeholder,
    )
    return keep(name, chosen, label=label)


def slide(name: str, label: str, options: Sequence[Any], names: Callable[[Any], str], *, default: Any) -> Any:
    """A slider over a few stated steps whose choice lives in the address as `?name=`."""
    key = seed(name, options, default)
    return keep(name, st.select_slider(label, options, format_func=names, key=key), label=label)


def now(name: str, options: Sequence[Any], default: Any) -> Any:
    """What selector `name` will hold when it is drawn further down: for words that stand above it."""
    return st.session_state[seed(name, options, default)]


def pick(name: str, label: str, options: Sequence[Any], names: Callable[[Any], str], *, default: Any) -> Any:
    """A row of buttons, one of them on, whose choice lives in the address as `?name=`."""
    key = seed(name, options, default)
    return keep(name, st.segmented_control(label, options, format_func=names, key=key, required=True), label=label)


def toggle(name: str, label: str, *, disabled: bool = False, help: str | None = None) -> bool:
    """A switch, off at first, that lives in the address as `?name=True` while it is on."""
    key = seed(name, (True, False), False)
    on = st.toggle(label, key=key, disabled=disabled, help=help)
    keep(name, on or None, label=label)
    return on and not disabled


def several(name: str, label: str, options: Sequence[str], names: Callable[[str], str], *, most: int) -> list[str]:
    """A box of several identifiers, `most` at most, that live in the address as `?name=a,b`; unknown ones are left."""
    key, asked = f"w_{name}", st.query_params.get(name)
    if asked is not None and asked != st.session_state.get(f"seen_{name}"):
        st.session_state[key] = asked.split(",")
    elif key not in st.session_state:
        st.session_state[key] = (st.session_state.get(f"kept_{name}") or "").split(",")
    known = set(options)
    st.session_state[key] = [one for one in dict.fromkeys(st.session_state[key]) if one in known][:most]
    chosen = st.multiselect(label, options, format_func=names, key=key, max_selections=most,
                            placeholder=say("control.choose"))
    keep(name, ",".join(chosen) or None)
    return chosen


def text(name: str, label: str, *, placeholder: str = "", most: int = 80) -> str:
    """A box of free words, `most` characters at most, that live in the address as `?name=`; “” where it is empty."""
    key, asked = f"w_{name}", st.query_params.get(name)
    if asked is not None and asked != st.session_state.get(f"seen_{name}"):
        st.session_state[key] = asked[:most]
    elif key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"kept_{name}") or ""
    typed = st.text_input(label, key=key, max_chars=most, placeholder=placeholder)
    return keep(name, typed.strip() or None) or ""


def seed_number(name: str, *, least: int, most: int, default: int | None) -> int | None:
    """Settle what number field `name` holds before it is drawn, and give it; None where it may be empty and is.

    Only a whole number from `least` to `most` is taken from the address.
    """
    key, asked = f"w_{name}", st.query_params.get(name, "")
    new = asked != st.session_state.get(f"seen_{name}") and asked.isdecimal() and len(asked) < 10
    if asked and asked != st.session_state.get(f"seen_{name}") and not (new and least <= int(asked) <= most):
        unread.note(name, asked)
    if new and least <= int(asked) <= most:
        st.session_state[key] = int(asked)
    elif key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"kept_{name}", default)
    if st.session_state[key] is None:
        st.session_state[key] = default
    return st.session_state[key]


def number(
    name: str, label: str, *, least: int, most: int, default: int | None, placeholder: str | None = None,
) -> int | None:
    """A whole number the reader types, which lives in the address as `?name=`; empty only without a `default`."""
    seed_number(name, least=least, most=most, default=default)
    start: Any = None if default is None else "min"  # what the field holds wins over it
    field = st.number_input(label, least, most, value=start, step=1, key=f"w_{name}", placeholder=placeholder)
    return keep(name, field, label=label)


def link() -> str:
    """The full address of what is shown, everything chosen included."""
    base = (st.context.url or "").split("?")[0]
    pairs = urlencode(sorted(st.query_params.items()))  # words typed in a search box may hold & or é
    return f"{base}?{pairs}" if pairs else base


def on_phone() -> bool:
    """A hint, never a fact: the browser says it is mobile."""
    headers = st.context.headers
    return headers.get("Sec-Ch-Ua-Mobile") == "?1" or "Mobi" in (headers.get("User-Agent") or "")


def dark() -> bool:
    """Whether the reader's theme is dark; unknown counts as light."""
    return st.context.theme.type == "dark"
