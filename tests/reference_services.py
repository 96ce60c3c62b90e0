"""The referee of help-seeking and opening hours: the same answers by loops over plain lists, sharing no code."""

from __future__ import annotations

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
Row = dict[str, float | str]
Opening = tuple[str, str, str, str]  # place, weekday, opens, closes


def number(row: Row, name: str) -> float:
    return float(row[name])


def unserved(points: list[Row], h: tuple[float, float, float]) -> dict[str, tuple[float, float, float, bool]]:
    """Per area: value, low and high shares unserved, and whether an untold or doubtful place hides the value."""
    out = {}
    for area in sorted({str(p["area_id"]) for p in points}):
        here = [p for p in points if p["area_id"] == area]
        shares, best = [], []
        for share, need, places in zip(h, ("need", "need_low", "need_high"), ("places", "places_low", "places_high")):
            seekers = sum(share * number(p, need) for p in here)
            left = [max(0.0, share * number(p, need) - number(p, places)) for p in here]
            shares.append(sum(left) / seekers)
            best.append(sum(0.0 if number(p, "untold") > 0 else x for p, x in zip(here, left)) / seekers)
        hidden = any(number(p, "need") > 0 and number(p, "untold") + number(p, "doubtful") > 0 for p in here)
        out[area] = (shares[0], min(best) if hidden else min(shares), max(shares), hidden)
    return out


def minutes(text: str) -> int:
    return 60 * int(text[:2]) + int(text[3:])


def is_open(place: str, day: str, hour: int, openings: list[Opening]) -> bool:
    """Whether thirty minutes or more of an hour fall inside the openings of a place, minute by minute."""
    count = 0
    for minute in range(60 * hour, 60 * hour + 60):
        count += any(p == place and d == day and minutes(a) <= minute < minutes(b) for p, d, a, b in openings)
    return count >= 30


def states(
    near: dict[str, list[str]], openings: list[Opening], day: str, hour: int
) -> dict[str, str]:
    """Per point: open, unknown or closed at an hour, from the places near it."""
    told = {place for place, *_ in openings}
    out = {}
    for point, places in near.items():
        if any(is_open(place, day, hour, openings) for place in places):
            out[point] = "open"
        else:
            out[point] = "unknown" if any(place not in told for place in places) else "closed"
    return out
