"""A reader's own table on toyville: its numbers, its account of rows, its refusals, both languages; then it is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from loaders import layer as door
from loaders import placing
from loaders.store import Store
from tests.pages.saying import ENGLISH, FRENCH, tell_tale
from tests.pages.visit import shown
from views import exports, layer, layer_map, session, taken, words

TABLE = (
    "Quartier;Repas servis\nNord;1 200\nCentre;300\nT4;x\nColline;0\nTotal;1500\nCentre;50\nailleurs;9\nNord;1 200\n"
)
POINTS = "nom,latitude,longitude,n\nA,45.50,-73.60,5\nB,-73.60,45.50,6\nC,0,0,7\n"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    yield
    words.use(None)


def opened(app: AppTest, lang: str) -> AppTest:
    app.query_params["lang"] = lang
    app.run()
    words.use(lang)  # AppTest calls format_func outside the visit
    return app.switch_page("pages/add_layer.py").run()


def dropped(app: AppTest, name: str, text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    app.file_uploader[0].upload(name, data, "text/csv").run()
    assert not app.exception
    return shown(app)


@pytest.mark.parametrize(("lang", "told"), [
    ("fr", ("« repas.csv »</b> : 8 lignes lues", "La somme est de <b>1 550</b>", "de <b>0</b> à <b>1 200</b>",
            "La plus élevée : Nord.", "<b>8</b>. Sur la carte : 5; refus : 2; en double : 1.", "ligne de total",
            "Masqué (confidentiel) <small>1</small>", "Absent de votre tableau <small>1</small>",
            "<b>3</b> des 5 districts ont une valeur")),
    ("en", ("“repas.csv”</b>: 8 rows read", "The sum is <b>1,550</b>", "from <b>0</b> to <b>1,200</b>",
            "The highest: Nord.", "<b>8</b>. On the map: 5; refused: 2; repeated: 1.", "row of totals",
            "Hidden (confidential) <small>1</small>", "Not in your table <small>1</small>",
            "<b>3</b> of 5 districts have a value")),
])
def test_a_table_is_on_the_map_with_its_account(app: AppTest, lang: str, told: tuple[str, ...]) -> None:
    opened(app, lang)
    page = dropped(app, "repas.csv", TABLE)
    for words_of in told:
        assert words_of in page, words_of
    assert [radio.value for radio in app.radio] == ["area", "count"]
    app.radio[1].set_value("rate").run()
    page = shown(app)
    assert "1 550" not in page and "1,550" not in page  # a rate is never added
    assert ("plusieurs valeurs" if lang == "fr" else "several values") in page  # Centre has two: neither stands


def test_what_is_held_is_the_rows_alone_and_goes_when_removed(app: AppTest) -> None:
    opened(app, "fr")
    dropped(app, "repas.csv", TABLE)
    held = app.session_state["layer"][1]
    assert isinstance(held, door.Upload) and held.rows.memory_usage(deep=True).sum() < 20_000
    assert app.file_uploader[0].value is None  # Streamlit has let go of the bytes
    assert "repas" not in str(dict(app.query_params)) and "Quartier" not in str(dict(app.query_params))
    app.switch_page("pages/methods.py").run()
    app.switch_page("pages/add_layer.py").run()
    assert "La somme est de" in shown(app)
    guess = f"layer_guess_{app.session_state['layer_turn']}"
    assert guess in app.session_state
    next(b for b in app.button if b.label == "Retirer ce tableau").click().run()
    assert "La somme est de" not in shown(app) and "layer" not in app.session_state
    assert "layer_made" not in app.session_state and not app.exception
    assert guess not in app.session_state  # it holds the name of a column


def test_points_and_why_the_others_are_not(app: AppTest) -> None:
    opened(app, "fr")
    page = dropped(app, "lieux.csv", POINTS)
    assert app.radio[0].value == "point" and "<b>1</b> lieu de votre tableau est sur la carte" in page
    assert "Latitude et longitude sont inversées. Échangez les deux colonnes." in page and "0, 0" in page


@pytest.mark.parametrize(("lang", "name", "data", "told"), [
    ("fr", "x.csv", b"", "Il est vide."), ("en", "x.csv", b"", "It is empty."),
    ("fr", "<script>alert(1)</script>.csv", b"%PDF-1.4", "n’est pas ce que dit son nom"),
    ("en", "x.csv", b'id,n\na,1\n"b,2\n', "A quote opens and never closes (line 3)."),
])
def test_a_bad_file_says_why_and_what_to_do(app: AppTest, lang: str, name: str, data: bytes, told: str) -> None:
    opened(app, lang)
    page = dropped(app, name, data)
    assert told in page and "<script>alert" not in page
    assert app.file_uploader and not app.header  # the way on is still there


def _feature(geometry: str, properties: str = "{}") -> bytes:
    one = f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}'
    return f'{{"type":"FeatureCollection","features":[{one}]}}'.encode()


BAD_FILES: tuple[tuple[str, bytes], ...] = (
    ("empty.csv", b""), ("mark.csv", b"\xef\xbb\xbf"), ("head.csv", b"Quartier,n\n"), ("blank.csv", b"\n\n\n"),
    ("nul.csv", b"Quartier,n\nNord\x00,1\nCentre,2\n"), ("quote.csv", b'Quartier,n\n"Nord,1\nCentre,2\n'),
    ("broken.csv", "Quartier,n\nNord,1\nMontrÃ©al,2\n".encode()), ("same.csv", b"n,n\n1,2\n"),
    ("columns.csv", b"\n".join(b",".join([f"{one}{i}".encode() for i in range(150)]) for one in ("c", ""))),
    ("utf16.csv", "Quartier,n\nNord,1\n".encode("utf-16")), ("cell.csv", b"Quartier,n\nNord," + b"9" * 1_000_000),
    ("symbols.csv", b"Quartier,n\nNord,..\nCentre,F\nColline,<LOD\nT4,0s\n"),
    ("huge.csv", b"Quartier,n\nNord,1e400\nCentre,-0\nColline,-5\n"), ("infinite.csv", "a;n\nNord;∞\n".encode()),
    ("dates.csv", b"Quartier,jour\nNord,03/04/2026\nCentre,2026-02-30\n"),
    ("names.csv", "Quartier,n\n=cmd|' /C calc'!A0,1\n<script>alert(1)</script>,2\n\u202eNord,3\n".encode()),
    ("wrong.xlsx", b"PK\x03\x04 not a workbook"), ("page.xlsx", b"<html><table></table></html>"),
    ("old.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600), ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    ("run.exe", b"MZ"), ("noend", b"a,b\n1,2\n"), ("cut.json", b'{"type":"FeatureCollection","features":['),
    ("list.json", b'["a", 1]'), ("none.json", b"{}"), ("deep.json", b"[" * 20_000),
    ("null.geojson", _feature("null", '{"n":1}')),
    ("metres.geojson", _feature('{"type":"Point","coordinates":[300000,5040000]}', '{"n":1}')),
    ("bow.geojson", _feature('{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}')),
    ("line.geojson", b'{"type":"LineString","coordinates":[[0,0],[1,1]]}'),
)


def test_a_file_of_every_bad_kind_ends_in_words(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused as a whole in words of both catalogues, or read row by row with a reason for each that is not placed."""
    monkeypatch.setattr(session, "version", lambda: store.version)
    refused = 0
    for name, data in BAD_FILES:
        fault, own, chosen = None, pd.DataFrame(), layer.Choice("area", "district")
        try:
            upload = door.read(name, data)
        except door.UploadError as error:
            fault, refused = error, refused + 1
        else:
            chosen = layer.Choice("area", "district", key=0, value=len(upload.columns) - 1)
            with words.speaking("fr"):
                made = layer.check(store, upload, chosen)
            own, counts = made.refused, made.counts
            assert counts["rows_read"] == counts["used"] + counts["refused"] + counts["duplicates"], name
            assert len(own) or counts["used"], name
        for lang in words.LANGUAGES:
            with words.speaking(lang):
                said = [layer.fault(fault)] if fault else layer.reasons_of(own, layer.suggested(store, own, chosen))
            for told in said:
                assert told.strip() and not re.search(r"Traceback|Error\b|\{|Exception", told), (name, told)
                assert tell_tale(told, ENGLISH if lang == "fr" else FRENCH) == [], (name, told)
    assert refused >= 15


def test_a_name_close_to_an_area_is_suggested_and_never_placed(app: AppTest) -> None:
    opened(app, "fr")
    page = dropped(app, "x.csv", "Quartier,n\nNord,1\nCentr,2\nColine,3\nAilleurs,4\n")
    assert "Vouliez-vous dire «\u00a0Centre\u00a0»?".replace("\u00a0", " ") in page.replace("\u00a0", " ")
    assert "Colline" in page and page.count("Vouliez-vous dire") == 2 and "Vérifiez l’écriture" in page
    assert "<b>1</b> des 5 districts a une valeur" in page


@pytest.mark.parametrize(("name", "cells", "kind"), [
    ("nombre", ["10.5", "3.2"], "count"), ("Total", ["1,5", "2,25"], "count"), ("count", ["0.5", "0.25"], "count"),
    ("Nombre de repas", ["12", "7"], "count"), ("taux pour 1000 personnes", ["12", "7"], "rate"),
    ("part des ménages", ["12", "7"], "share"), ("score", ["1.5", "2.5"], "rate"), ("score", ["3", "4"], "count"),
])
def test_a_column_is_proposed_as_what_its_name_says(name: str, cells: list[str], kind: str) -> None:
    assert placing.likely_kind(name, pd.Series(cells)) == kind


def test_a_table_that_names_no_area_says_so_in_its_block(app: AppTest) -> None:
    opened(app, "fr")
    page = dropped(app, "x.csv", "a,b\nfoo,1\nbar,2\n")
    assert "Aucune ligne n’a trouvé son secteur" in page and "<b>2</b> lignes ne sont pas sur la carte" in page


def test_a_browser_without_webgl_is_given_the_table(app: AppTest) -> None:
    app.session_state["no_webgl"] = True
    opened(app, "en")
    page = dropped(app, "repas.csv", TABLE)
    assert ">Nord<" in page and "WebGL" in page


def test_before_a_file_is_there_the_page_says_what_it_takes_and_keeps(app: AppTest) -> None:
    opened(app, "en")
    page = shown(app)
    assert "No one else sees it" in page and "The file is erased as soon as it is read." in page
    assert len(app.get("download_button")) == 1  # one level: districts


# --- views ------------------------------------------------------------------------------------------------


def test_classes_are_of_equal_size_and_zero_stands_apart() -> None:
    values = pd.Series([0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, None])
    cuts = layer.breaks(values)
    assert cuts == [3, 5, 7, 9]
    assert layer_map.class_of(values.dropna(), cuts).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert layer.breaks(pd.Series([5.0, 5.0, 5.0])) == [] and layer.breaks(pd.Series([], dtype="float64")) == []
    repeated = layer.breaks(pd.Series([1.0] * 8 + [2.0, 3.0]))
    assert repeated and min(repeated) > 1 and len(layer_map.colours(len(repeated) + 1)) == len(repeated) + 1


def test_the_table_to_fill_in_comes_back_on_the_map(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "version", lambda: store.version)
    words.use("fr")
    filled = layer.template(store, "district").decode("utf-8-sig").replace("\r\n", "\n").replace(";\n", ";2\n")
    upload = door.read("x.csv", filled.encode())
    key, value = layer.known_areas(store), None
    best = door.best_key([(n, upload.column(i)) for i, n in enumerate(upload.columns)], key)
    value = door.likely_value(upload, {best.column} if best else set())
    assert best is not None and best.level == "district" and value == 2
    made = layer.check(store, upload, layer.Choice("area", "district", key=best.column, value=value))
    assert made.counts["used"] == 5 and made.placed["value"].sum() == 10


def test_a_table_of_ones_own_names_no_publisher(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[taken.Taken] = []
    monkeypatch.setattr(exports, "menu", lambda _, asked: kept.append(asked()))
    opened(app, "fr")
    dropped(app, "t.csv", "code;$ [x](y)\nT1;4\nT2;8\n")
    own = next(one for one in kept if one.id == "layer")
    assert own.level == "district" and own.datasets == () and "t.csv" in own.sources
    assert any("\\$ \\[x\\](y)" in head.value for head in app.header)  # not a formula, not a link


def test_nothing_of_a_table_is_written_where_others_read() -> None:
    source = "".join(Path(module.__file__ or "").read_text("utf-8") for module in (layer, layer_map, door))
    assert "write_aside" not in source and "write_text" not in source and "cache_data" not in source
