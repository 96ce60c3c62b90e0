"""Everything a figure can be taken away as: the menu, and the file made at the click."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from serving import turns
from views import metadata, tables, taken
from views.taken import Taken
from views.words import LANGUAGES, language, say, speaking

Family = Literal["table", "map", "image", "all"]
FAMILIES: tuple[Family, ...] = ("table", "map", "image", "all")


@dataclass(frozen=True)
class Form:
    """One file a figure can become. `id` names its words, `family` its row in the menu."""

    id: str
    extension: str
    family: Family


FORMS: tuple[Form, ...] = (
    Form("csv_excel", "excel.csv", "table"), Form("csv_machine", "machine.csv", "table"), Form("xlsx", "xlsx", "table"),
    Form("gpkg", "gpkg", "map"), Form("parquet", "parquet", "map"), Form("geojson", "geojson", "map"),
    Form("png", "png", "image"), Form("svg", "svg", "image"),
    Form("zip", "zip", "all"),
)
FORM = {form.id: form for form in FORMS}
_LIGHT = ("csv_excel", "csv_machine")  # made at once; the others wait their turn


def offered(what: Taken) -> list[Form]:
    """The forms this figure has: map files where its rows are areas of one level, pictures where it is drawn."""
    return [
        form for form in FORMS
        if (form.family != "map" or what.level) and (form.family != "image" or what.picture is not None)
    ]


def made(what: Taken, form: Form) -> bytes:
    """One file, in the language the figure was read in."""
    with speaking(what.language):
        if form.id in _LIGHT:
            return _one(what, form)
        with turns.heavy():
            return everything(what) if form.family == "all" else _one(what, form)


def _one(what: Taken, form: Form) -> bytes:
    if form.id in ("csv_excel", "csv_machine"):
        excel = form.id == "csv_excel"
        return tables.csv(taken.rows(what, words=excel), french_excel=excel)
    if what.picture is not None and (form.id == "png" or form.id == "svg"):
        return what.picture(form.id)
    from views import geofiles, workbooks  # at the first click: geopandas takes a second to load

    make: dict[str, Callable[[Taken], bytes]] = {
        "xlsx": workbooks.xlsx, "gpkg": geofiles.gpkg, "parquet": geofiles.parquet, "geojson": geofiles.geojson,
    }
    return make[form.id](what)


def everything(what: Taken) -> bytes:
    """An archive of every form, with a descriptor, a catalogue record and a page to read in each language."""
    files = {taken.file_name(what, form.extension): _one(what, form) for form in offered(what) if form.family != "all"}
    data = taken.file_name(what, FORM["csv_machine"].extension)
    files["datapackage.json"] = metadata.datapackage(what, taken.rows(what, words=False), data)
    files["dcat.jsonld"] = metadata.dcat(what, list(files))
    listed = [*files, *(_PAGES[name] for name in LANGUAGES)]
    for name in LANGUAGES:
        with speaking(name):
            files[_PAGES[name]] = metadata.readme(what, listed).encode("utf-8-sig")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


_PAGES = {"fr": "LISEZMOI.txt", "en": "README.txt"}


# --- the menu ---------------------------------------------------------------------------------------------


@st.fragment
def menu(key: str, taking: Callable[[], Taken]) -> None:
    """The download menu of figure `key`. Its rows are drawn when it is opened, a file is made when it is asked for.

    A fragment: opening it runs nothing of the page.
    """
    box = st.popover(
        say("figure.download"), icon=":material/download:", type="tertiary", width="content", key=f"take_{key}",
        on_change="rerun",
    )
    if box.open:
        with box:
            _rows(key, taking())


def _rows(key: str, what: Taken) -> None:
    forms = offered(what)
    for family in FAMILIES:
        here = [form for form in forms if form.family == family]
        if not here:
            continue
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"take-{family}-{key}"):
            st.html(f'<p class="cv-take">{html.escape(say(f"exports.family_{family}"))}</p>', width="content")
            for form in here:
                _button(key, what, form)
    if what.hidden:
        st.html(f'<p class="cv-source">{html.escape(say("exports.image_hint"))}</p>')
    _cite(what)


def _button(key: str, what: Taken, form: Form) -> None:
    st.download_button(
        say(f"exports.form_{form.id}"), data=lambda: made(what, form), file_name=taken.file_name(what, form.extension),
        mime=metadata.MEDIA[form.extension.rsplit(".", 1)[-1]], key=f"{form.id}_{key}", on_click="ignore",
        type="tertiary",
    )


def _cite(what: Taken) -> None:
    """How to quote the figure, the reader's language first, each with its own copy button."""
    st.html(f'<p class="cv-take">{html.escape(say("exports.cite"))}</p>')
    for name in sorted(LANGUAGES, key=lambda one: one != language()):
        with speaking(name):
            st.code(metadata.citation(what), language=None, wrap_lines=True)
    if metadata.openstreetmap(what):
        st.html(f'<p class="cv-source">{html.escape(say("exports.odbl"))}</p>')
