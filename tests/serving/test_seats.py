"""Seats are counted without loss: never more than there are, all of them free again in the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from serving.seats import COMING, CUT, RELOADING, Seats


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_page_keeps_a_seat_until_it_connects_or_is_too_late() -> None:
    clock = Clock()
    seats = Seats(1, now=clock)
    assert seats.page("a") and not seats.page("b") and not seats.sit("b")
    assert seats.sit("a") and seats.open() == seats.taken() == 1
    seats.leave("a", cut=False)
    assert not seats.page("b")  # a page read again comes back within a moment
    clock.now += RELOADING
    assert seats.page("b")
    clock.now += COMING  # it never connected
    assert seats.taken() == 0 and seats.sit("c")


def test_a_visit_cut_off_finds_its_seat_again_and_nobody_else_does() -> None:
    clock = Clock()
    seats = Seats(2, now=clock)
    assert seats.sit("a") and seats.sit("b")
    seats.leave("a", cut=True)
    clock.now += CUT - 0.1
    assert not seats.page("c") and not seats.sit("c") and seats.sit("a")
    seats.leave("a", cut=True)
    clock.now += CUT
    assert seats.sit("c") and not seats.sit("a")


def test_a_full_house_still_gives_its_page_again_to_who_is_in_it() -> None:
    seats = Seats(1, now=Clock())
    assert seats.sit("a") and not seats.page("b")
    assert seats.page("a")  # a browser asks for the page before it closes the old connection
    seats.leave("a", cut=False)
    assert seats.sit("a") and seats.taken() == 1


def test_who_keeps_no_cookie_has_a_seat_while_connected_and_none_after() -> None:
    seats = Seats(1, now=Clock())
    assert seats.page("") and seats.taken() == 0
    assert seats.sit("") and not seats.sit("")
    seats.leave("", cut=True)
    assert seats.taken() == 0


STEPS = st.lists(st.tuples(st.sampled_from("psclt"), st.sampled_from(["", "a", "b", "c"])), max_size=60)


@given(STEPS, st.integers(1, 3))
def test_no_order_of_events_breaks_the_cap_or_leaks_a_seat(steps: list[tuple[str, str]], most: int) -> None:
    clock, sitting = Clock(), []
    seats = Seats(most, now=clock)
    for step, who in steps:
        if step == "p":
            seats.page(who)
        elif step == "s" and seats.sit(who):
            sitting.append(who)
        elif step in "cl" and who in sitting:
            sitting.remove(who)
            seats.leave(who, cut=step == "c")
        elif step == "t":
            clock.now += 3.0
        assert seats.open() == len(sitting) <= most and seats.taken() <= most
    for who in sitting:
        seats.leave(who, cut=True)
    clock.now += CUT
    assert seats.taken() == 0
