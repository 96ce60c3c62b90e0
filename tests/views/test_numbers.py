"""Numbers as people read them, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from views import numbers, words

N = "\u00a0"


@pytest.fixture(params=["fr", "en"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    words.use(request.param)
    yield request.param
    words.use(None)


def pick(spoken: str, fr: str, en: str) -> str:
    return fr if spoken == "fr" else en


def test_shares_counts_and_distances(spoken: str) -> None:
    assert numbers.percent(0.1143) == pick(spoken, f"11,4{N}%", "11.4%")
    assert numbers.count(1234567) == pick(spoken, f"1{N}234{N}567", "1,234,567")
    assert numbers.metres(976.8) == f"980{N}m"
    assert numbers.metres(2560) == pick(spoken, f"2,6{N}km", f"2.6{N}km")
    assert numbers.metres(996) == pick(spoken, f"1,0{N}km", f"1.0{N}km")
    assert numbers.reach(1000) == f"1{N}km" and numbers.reach(500) == f"500{N}m"
    assert numbers.decimal(-2.5, 1) == pick(spoken, "−2,5", "−2.5")
    assert numbers.decimal(-0.001, 1) == pick(spoken, "0,0", "0.0")


def test_estimated_people_are_rounded(spoken: str) -> None:
    assert numbers.people(6132) == pick(spoken, f"6{N}100", "6,100")
    assert numbers.people(198_765, city=True) == pick(spoken, f"199{N}000", "199,000")
    assert numbers.people(30, city=True) == "30" and numbers.people(12) == "12"


def test_ranges_and_their_degenerate_cases(spoken: str) -> None:
    assert numbers.span(0.201, 0.22, "share") == pick(spoken, f"de{N}20,1{N}à{N}22,0{N}%", f"20.1{N}to{N}22.0%")
    assert numbers.span(0.2, 0.2004, "share") == pick(spoken, f"20,0{N}%", "20.0%")
    assert numbers.span(None, float("nan"), "share") is None
    assert numbers.span(0.2, None, "share") == pick(spoken, f"au moins 20,0{N}%", "at least 20.0%")
    assert numbers.span(900, 1200, "metres") == pick(spoken, f"de{N}900{N}m{N}à{N}1,2{N}km", f"900{N}m{N}to{N}1.2{N}km")


@pytest.mark.parametrize(("unit", "number", "fr", "en"), [
    ("index", -0.126, "−0,13", "−0.13"), ("index", 0.0042, "0,004", "0.004"),
    ("index", 0.0, "0,00", "0.00"),
    ("points", -0.03, f"−3,0{N}points", f"−3.0{N}points"), ("points", 0.01, f"1,0{N}point", f"1.0{N}point"),
    ("hours", 3.5, f"3,5{N}heures", f"3.5{N}hours"), ("hours", 1, f"1,0{N}heure", f"1.0{N}hour"),
    ("deviations", 1.02, f"1,0{N}écart type", f"1.0{N}standard deviation"),
    ("deviations", 2.04, f"2,0{N}écarts types", f"2.0{N}standard deviations"),
    ("people", 1234.4, f"1{N}234{N}personnes", f"1,234{N}people"), ("people", 1, f"1{N}personne", f"1{N}person"),
    ("people", 0, f"0{N}personne", f"0{N}people"),
])
def test_units_of_indices_gaps_and_people(spoken: str, unit: str, number: float, fr: str, en: str) -> None:
    assert numbers.value(number, unit) == pick(spoken, fr, en)


def test_a_range_around_zero_keeps_its_signs(spoken: str) -> None:
    assert numbers.span(-0.251, 0.724, "points") == pick(
        spoken, f"de{N}−25,1{N}à{N}72,4{N}points", f"−25.1{N}to{N}72.4{N}points"
    )


def test_no_number_is_never_formatted(spoken: str) -> None:
    with pytest.raises(ValueError, match="status"):
        numbers.value(float("nan"), "share")


def test_dates(spoken: str) -> None:
    assert numbers.day(date(2025, 3, 1)) == pick(spoken, f"1er{N}mars{N}2025", f"March{N}1,{N}2025")
    assert numbers.month(date(2026, 11, 1)) == pick(spoken, f"novembre{N}2026", f"November{N}2026")
    assert numbers.version_day("2026-11-23-002") == pick(spoken, f"23{N}novembre{N}2026", f"November{N}23,{N}2026")
