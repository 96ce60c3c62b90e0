"""What the reader gives and says of a table: the file, read once; how its rows are placed; what its numbers are."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from loaders import layer as door
from loaders.layer import Upload, UploadError
from loaders.store import Store
from serving import turns
from views import access, figure, layer, numbers
from views.layer import Choice
from views.words import plural, say

# One table at a time, in the memory of the visit alone: `layer` (name and rows), and under `layer_…` its fault, what
# was made and guessed of it and what the reader says of it. These stay when it goes: they hold nothing of it.
_STAY = ("layer_turn", "layer_file_", "layer_template_")


def received() -> tuple[str, Upload] | None:
    """The table of this visit, after the place to drop one; None where there is none yet."""
    turn = st.session_state.setdefault("layer_turn", 0)
    _translate()
    given = st.file_uploader(
        say("add_layer.drop"), type=[ending[1:] for ending in door.ENDINGS], key=f"layer_file_{turn}",
        max_upload_size=door.LARGEST // 1_000_000,
    )
    if given is not None:
        _read(given.name, given.getvalue())
        # A new, empty place to drop a file: Streamlit lets go of the bytes, which nobody needs any more.
        st.session_state["layer_turn"] = turn + 1
        st.rerun()
    fault = st.session_state.get("layer_fault")
    if fault is not None:
        st.html(f'<div class="cv-empty" role="alert">{figure.rich(_fault(*fault))}</div>')
    held = st.session_state.get("layer")
    if held is None:
        return None
    with st.container(key="layer_held", horizontal=True, vertical_alignment="center"):
        told = plural("add_layer.held", held[1].rows_read, n=numbers.count(held[1].rows_read), file=held[0])
        st.html(f'<p class="cv-sentence">{figure.rich(told)}</p>', width="content")
        st.button(say("add_layer.remove"), on_click=forget, type="tertiary", icon=":material/delete:")
    return held


def _fault(name: str, kind: str, line: int | None) -> str:
    error = UploadError(kind, line)
    return f"{say('add_layer.not_read', file=name)} {layer.fault(error)}"


def _read(name: str, data: bytes) -> None:
    """Read a file with visible progress; what was held before goes, whatever comes of this one."""
    access.require("upload", bytes=len(data))
    forget()
    with st.status(say("add_layer.reading"), expanded=True) as status:
        bar = st.progress(0.1, text=say("add_layer.step_read"))
        try:
            with turns.heavy(lambda: status.update(label=say("turn.waiting"))):
                upload = door.read(name, data)
            bar.progress(0.9, text=say("add_layer.step_check"))
            st.session_state["layer"] = (_short(name), upload)
            status.update(label=say("add_layer.read"), state="complete", expanded=False)
        except UploadError as error:
            st.session_state["layer_fault"] = (_short(name), error.kind, error.line)
            status.update(label=say("add_layer.refused"), state="error", expanded=False)


def forget() -> None:
    """Let go of the table of this visit and of everything said about it."""
    held = [str(key) for key in st.session_state if str(key) == "layer" or str(key).startswith("layer_")]
    for key in held:
        if not key.startswith(_STAY):
            del st.session_state[key]


def _short(name: str) -> str:
    """A file's name on one line, without marks of emphasis, not over sixty signs."""
    return " ".join(name.replace("*", "").split())[:60]


def _translate() -> None:
    """Put our words where Streamlit's own stand in the box: it has them in English only."""
    button, limit = (json.dumps(say(f"add_layer.{key}"), ensure_ascii=False) for key in ("browse", "limit"))
    st.html(
        "<style>"
        '[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] * { font-size: 0; }'
        f'[data-testid="stFileUploaderDropzone"] button p::after {{ content: {button}; font-size: 1rem; }}'
        '[data-testid="stFileUploaderDropzoneInstructions"] * { font-size: 0; }'
        f'[data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: {limit}; font-size: .875rem; }}'
        "</style>"
    )


# --- what is said of it -------------------------------------------------------------------------------------


def choose(store: Store, upload: Upload) -> Choice:
    """What the reader says of the table, each choice begun with the likely one.

    These choices are not in the address: it would name the columns of a table that only this visit has.
    """
    turn = st.session_state["layer_turn"]
    areas = layer.known_areas(store)
    held = st.session_state.setdefault(f"layer_guess_{turn}", _guess(upload, areas))
    key, where = held
    ways = [way for way, can in (("area", bool(upload.columns)), ("point", upload.pointed or len(upload.columns) > 1))
            if can]
    begin = "point" if (key is None or key.rows < 0.5 * upload.rows_read) and (upload.pointed or where) else "area"
    first, second, third = st.columns([0.9, 1.1, 1.1], gap="medium")
    with first:
        by = st.radio(
            say("add_layer.by"), ways, index=ways.index(begin) if begin in ways else 0,
            format_func=lambda way: say(f"add_layer.by_{way}"), key=f"layer_by_{turn}", persist_state="session",
        )
    with second:
        placed = _areas(upload, areas, key, turn) if by == "area" else _points(upload, store, where, turn)
    with third:
        valued = _value(upload, placed, turn)
    return Choice(by=by, **placed, **valued)


def _guess(upload: Upload, areas: dict[str, Any]) -> tuple[door.Key | None, tuple[int, int] | None]:
    columns = [(name, upload.column(i)) for i, name in enumerate(upload.columns)]
    return door.best_key(columns, areas), door.where_columns(upload)


def _column(upload: Upload, name: str, at: int | None, turn: int, *, none: str = "") -> int | None:
    """A select box of the columns of the table; `none` words the choice of no column, where there is one."""
    options = [*([None] if none else []), *range(len(upload.columns))]
    return st.selectbox(
        say(f"add_layer.{name}"), options, index=options.index(at) if at in options else 0,
        format_func=lambda i: none if i is None else upload.columns[i], key=f"layer_{name}_{turn}",
        persist_state="session",
    )


def _areas(upload: Upload, areas: dict[str, Any], key: door.Key | None, turn: int) -> dict[str, Any]:
    at = _column(upload, "key", key.column if key else 0, turn)
    offered = list(areas)
    level = st.selectbox(
        say("add_layer.level"), offered, index=offered.index(key.level) if key else 0,
        format_func=lambda x: say(f"level.{x}"), key=f"layer_level_{turn}", persist_state="session",
    )
    return {"key": at, "level": level}


def _points(upload: Upload, store: Store, where: tuple[int, int] | None, turn: int) -> dict[str, Any]:
    level = layer.levels(store)[-1]
    if upload.pointed:
        name = _column(upload, "label", None, turn, none=say("add_layer.no_label")) if upload.columns else None
        return {"level": level, "label": name}
    lat = _column(upload, "lat_column", where[1] if where else 0, turn)
    lon = _column(upload, "lon_column", where[0] if where else min(1, len(upload.columns) - 1), turn)
    name = _column(upload, "label", None, turn, none=say("add_layer.no_label"))
    return {"level": level, "lat": lat, "lon": lon, "label": name}


def _value(upload: Upload, placed: dict[str, Any], turn: int) -> dict[str, Any]:
    """The value column and what it is."""
    taken = {placed[name] for name in ("key", "lat", "lon", "label") if placed.get(name) is not None}
    likely = door.likely_value(upload, taken)
    only_places = say("add_layer.no_value") if "key" not in placed else ""
    at = _column(upload, "value", likely, turn, none=only_places)
    if at is None:
        return {"value": None}
    kind = st.radio(
        say("add_layer.kind"), door.KINDS_OF_VALUE, index=door.KINDS_OF_VALUE.index(door.likely_kind(upload, at)),
        format_func=lambda x: say(f"add_layer.kind_{x}"), key=f"layer_kind_{turn}_{at}", persist_state="session",
    )
    hundred = None
    if kind == "share":
        hundred = st.radio(
            say("add_layer.written"), (None, False, True), key=f"layer_hundred_{turn}_{at}", persist_state="session",
            format_func=lambda x: say(f"add_layer.written_{'told' if x is None else 'hundred' if x else 'one'}"),
        )
    return {"value": at, "kind": kind, "hundred": hundred}


def made(store: Store, upload: Upload, chosen: Choice) -> door.Check:
    """The check of the table as it is now said to be, kept until something else is said."""
    asked = (chosen, store.version, st.session_state["layer_turn"])
    held = st.session_state.get("layer_made")
    if held is None or held[0] != asked:
        held = st.session_state["layer_made"] = (asked, layer.check(store, upload, chosen))
    return held[1]


def begin(store: Store) -> None:
    """Before a file is there: what it should hold, and a table to fill in for each level."""
    most = {"size": numbers.count(door.LARGEST / 1e6), "rows": numbers.count(door.ROWS),
            "columns": numbers.count(door.COLUMNS)}
    told = (figure.rich(say(f"add_layer.help_{key}", **most)) for key in ("columns", "places", "limits", "kept"))
    st.html("".join(f'<p class="cv-note">{words}</p>' for words in told))
    with st.popover(say("add_layer.template"), icon=":material/download:", width="content"):
        for level in layer.levels(store):
            st.download_button(
                say(f"level.{level}"), data=layer.template(store, level),
                file_name=f"couvert_{say('add_layer.template_file')}_{level}.csv", mime="text/csv",
                key=f"layer_template_{level}", on_click="ignore", type="tertiary",
            )
