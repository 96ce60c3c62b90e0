"""Sentences, tables, files, map expressions and search, on rows made by hand."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

from indicators import INDICATOR, MAPPED, access, coverage, need
from views import assets, figure, legends, maps, search, sentences, sources, tables, theme, words


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    words.use("fr")
    yield
    words.use(None)


def row(value: float | None, low: float | None = None, high: float | None = None, status: str = "ok") -> pd.Series:
    return pd.Series({"value": value, "low": low, "high": high, "status": status, "basis": "modelled", "reason": None,
                      "numerator": value, "denominator": 1.0})


AREA = pd.Series({"fr_in": "dans le quartier Centre", "en_in": "in Centre"})


def test_more_is_said_only_where_ranges_do_not_meet() -> None:
    assert sentences.compare(row(0.3, 0.28, 0.32), row(0.2, 0.18, 0.22), "share") == "more"
    assert sentences.compare(row(0.1, 0.08, 0.12), row(0.2, 0.18, 0.22), "share") == "less"
    assert sentences.compare(row(0.21, 0.19, 0.23), row(0.2, 0.18, 0.22), "share") == "unclear"
    assert sentences.compare(row(0.3), row(0.2), "share") is None
    assert sentences.compare(row(900, 100, 200), row(300, 250, 400), "metres") is None


@pytest.mark.parametrize("status", ["missing", "suppressed", "not_applicable", "unknown"])
def test_a_status_is_a_sentence_and_never_a_number(status: str) -> None:
    said = sentences.of_area(AREA, row(None, status=status), row(0.2, 0.1, 0.3), need.INDICATOR)
    assert said and not re.search(r"\d", said)


def test_a_value_without_a_range_and_with_one_of_no_width() -> None:
    city = row(0.2, 0.18, 0.22)
    assert sentences.of_area(AREA, row(0.25), city, need.INDICATOR) == (
        "Dans le quartier Centre\u00a0: **25,0\u00a0%**. Toute la ville\u00a0: 20,0\u00a0%."
    )
    assert "fourchette" not in sentences.of_area(AREA, row(0.25, 0.25, 0.25), city, need.INDICATOR)


def test_the_map_sentence_in_its_degenerate_cases() -> None:
    none = pd.DataFrame([row(None, status="missing"), row(None, status="suppressed")])
    assert sentences.of_map(none, None, need.INDICATOR, "district") == words.say("sentence.map_none")
    same = pd.DataFrame([row(0.2), row(0.2)])
    assert "même valeur" in sentences.of_map(same, None, need.INDICATOR, "district")
    mixed = pd.DataFrame([row(0.0), row(0.25), row(None, status="missing"), row(None, status="not_applicable")])
    said = sentences.of_map(mixed, row(0.2, 0.2, 0.2), need.INDICATOR, "district")
    assert "Dans **1** des 2 districts" in said and "Pour 1 secteur" in said and "probablement" not in said


def test_zero_missing_suppressed_not_applicable_and_unknown_read_as_five_things() -> None:
    absent = ("missing", "suppressed", "not_applicable", "unknown")
    frame = pd.DataFrame([row(0.0), *(row(None, status=status) for status in absent)])
    frame = frame.assign(area_id=list("abcde"), name=["Île", "zèbre", "Écluse", "eau", "Œuf"], place="")
    table = tables.of_values(frame, need.INDICATOR)
    # The only value first, then those without one by name, accents folded.
    assert table.columns[0].texts == ["Île", "eau", "Écluse", "Œuf", "zèbre"]
    assert len(set(table.columns[1].texts)) == 5
    assert not any(text in ("", "–", "0") for text in table.columns[1].texts)
    page = tables.to_html(table)
    assert page.count("<tr") == 6 and 'scope="row"' in page


def test_a_table_begins_with_the_highest_value() -> None:
    frame = pd.DataFrame([row(0.1), row(0.3), row(None, status="missing"), row(0.1), row(0.2)])
    frame = frame.assign(area_id=list("abcde"), name=["Sud", "Nord", "Rive", "Centre", "Parc"], place="")
    assert tables.of_values(frame, need.INDICATOR).columns[0].texts == ["Nord", "Parc", "Centre", "Sud", "Rive"]


def test_a_share_of_places_or_of_draws_names_no_people() -> None:
    frame = pd.DataFrame([row(0.2)]).assign(area_id="x", name="Nord", place="", numerator=22.0)
    heads = [
        [column.name for column in tables.of_values(frame, indicator).columns]
        for indicator in (need.INDICATOR, INDICATOR["worst_fifth"], INDICATOR["effective_capacity"])
    ]
    assert [words.say("table.people") in names for names in heads] == [True, False, False]


def test_names_cannot_write_html() -> None:
    frame = pd.DataFrame([row(0.2)]).assign(area_id="x", name="<b onload=1>", place="")
    assert "<b onload" not in tables.to_html(tables.of_values(frame, need.INDICATOR))
    assert figure.rich("**<i>**") == "<b>&lt;i&gt;</b>"


def test_a_csv_cannot_hold_a_formula_and_french_excel_reads_it() -> None:
    frame = pd.DataFrame({"name": ["=HYPERLINK(1)", "+1", "-a", "@x", "Anjou"], "value": [-0.5, 0.25, 1, 2, None]})
    excel = tables.csv(frame, french_excel=True)
    assert excel.startswith(b"\xef\xbb\xbf")
    lines = excel.decode("utf-8-sig").split("\r\n")
    assert lines[1] == "'=HYPERLINK(1);-0,5" and lines[2] == "'+1;0,25" and lines[5] == "Anjou;"
    machine = tables.csv(frame, french_excel=False).decode("utf-8")
    assert "'-a,1.0" in machine and machine.startswith("name,value\n")


def reading(expression: str, value: float | None) -> str:
    """What the ternary chain gives for a value, read the way the browser reads it."""
    for part in expression.split(":"):
        if "?" not in part:
            return part
        test, colour = part.split("?")
        match = re.fullmatch(r"properties\.v7(==|>=|>)(-?[\d.]+)", test)
        assert match, test
        limit = float(match[2])
        if value is not None and {"==": value == limit, ">=": value >= limit, ">": value > limit}[match[1]]:
            return colour
    raise AssertionError("the chain has no end")


@pytest.mark.parametrize("indicator", MAPPED, ids=lambda i: i.id)
@pytest.mark.parametrize("dark", [False, True])
def test_the_fill_expression_cuts_as_class_of_does(indicator: object, dark: bool) -> None:
    expression = maps.fill(indicator, 7, dark=dark)  # type: ignore[arg-type]
    breaks = indicator.breaks  # type: ignore[attr-defined]
    colours = theme.ramp(indicator.direction, dark=dark)  # type: ignore[attr-defined]
    for value in (*breaks, *(b * 0.999 for b in breaks), breaks[-1] * 3, breaks[0] / 10):
        n = maps.class_of(indicator, value)  # type: ignore[arg-type]
        assert reading(expression, value) == "[{},{},{}]".format(*theme.rgb(colours[n - 1]))
        assert maps.classes_of(indicator, pd.Series([value])).tolist() == [n]  # type: ignore[arg-type]
    looks = {reading(expression, v) for v in (0.0, maps.CODES["not_applicable"], maps.CODES["missing"])}
    assert len(looks) == (3 if dark else 2)  # by day zero and the paper under the patterns are both white
    assert "@@" not in expression


def test_the_key_counts_every_area_once() -> None:
    frame = pd.DataFrame([row(0.0), row(0.04), row(0.5), row(None, status="suppressed"), row(None, status="missing")])
    indicator = dataclasses.replace(coverage.NEED, breaks=(0.03, 0.08, 0.14, 0.20))
    counts = maps.classes_of(indicator, frame.loc[:2, "value"]).value_counts().to_dict()
    assert counts == {0: 1, 2: 1, 5: 1}
    assert legends.ranges(indicator)[0] == "moins de 3\u00a0%"
    assert legends.ranges(indicator)[4] == "20\u00a0% et plus"
    far = dataclasses.replace(access.NEAREST, breaks=(400, 800, 1500, 2500))
    assert legends.ranges(far)[1] == "400\u00a0m à 800\u00a0m" and legends.ranges(far)[4] == "2,5\u00a0km et plus"


@pytest.mark.parametrize(("typed", "wanted"), [
    ("cote saint luc", "b"), ("CSL", "b"), ("St-Léonard", "a"), ("saint leo", "a"), ("TMR", "c"), ("montroyal", "c"),
    ("", None), ("xyzzy", None),
])
def test_search_folds_what_people_type(typed: str, wanted: str | None) -> None:
    told = {"a": "Saint-Léonard", "b": "Côte-Saint-Luc", "c": "Mont-Royal", "d": "L’Île-Dorval"}
    assert search.found(typed, told) == wanted


def test_areas_that_share_a_name_have_labels_of_their_own() -> None:
    areas = pd.DataFrame({
        "area_id": ["1", "2", "3"], "name": ["Ouest", "Ouest", "Est"], "place": ["Anjou", "LaSalle", ""],
        "code": ["1", "2", "3"],
    })
    assert search.labels(areas) == {"3": "Est", "1": "Ouest (Anjou)", "2": "Ouest (LaSalle)"}


def test_assets_are_built_once_and_every_accent_is_in_the_fonts(tmp_path, monkeypatch) -> None:
    from fontTools.ttLib import TTFont

    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assert {path.name for path in assets.ensure()} == {
        "newsreader-latin.woff2", "public-sans-latin.woff2", "patterns.png", "icons.png",
    }
    assert assets.ensure() == []
    for name in ("newsreader-latin.woff2", "public-sans-latin.woff2"):
        font = TTFont(tmp_path / "fonts" / name)
        known = font.getBestCmap() or {}
        assert all(ord(c) in known for c in "éàêîôûçœŒÉ«»’–—−×\u00a0%")
        assert "fvar" in font
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize(("today", "months"), [("2026-03-09", 1), ("2026-03-10", 2), ("2026-01-31", 0)])
def test_a_month_is_over_only_on_its_day(monkeypatch: pytest.MonkeyPatch, today: str, months: int) -> None:
    class Today(date):
        @classmethod
        def today(cls) -> date:
            return date.fromisoformat(today)

    monkeypatch.setattr(sources, "date", Today)
    assert sources._age("2026-01-10") == (f", {words.plural('source.age', months)}" if months else "")
