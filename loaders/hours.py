"""Opening hours as directories write them, as weekly openings that never cross midnight."""

from __future__ import annotations

import re

import pandas as pd

DAYS: tuple[str, ...] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Past midnight, a longer opening is a slip of the pen: “9 am to 5” that lost its “pm” would last twenty hours.
LONGEST_NIGHT = 16 * 60

_CLOCK = re.compile(
    r"(\d{1,2})(?:[:h.](\d{2})|h)?(?::\d{2})?(?:\.\d+)?\s*([ap])?\.?(?:m\.?)?(?:z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)


def clock(text: pd.Series) -> pd.Series:
    """Minutes since midnight [0 to 1440] of a time of day; NaN where blank or not one.

    Reads 9:00am, 9am, 9:00 a.m., 09:00, 09:00:00, 9h30, 9 h 30, 17:00Z (its zone is the place's), noon, midnight.

    >>> clock(pd.Series(["9:30am", "12:00am", "12pm", "17:00:00", "24:00", "9:75", "8:00m"])).tolist()
    [570.0, 0.0, 720.0, 1020.0, 1440.0, nan, nan]
    """
    own = text.fillna("").astype("str").str.strip().str.casefold()
    return own.map({written: _minutes(written) for written in own.unique()}).astype("float64")


def _minutes(text: str) -> float:
    named = {"noon": 720.0, "midi": 720.0, "midnight": 0.0, "minuit": 0.0}
    if text in named:
        return named[text]
    read = _CLOCK.fullmatch(re.sub(r"(?<=\d)\s*h\s*", "h", text))
    if not read:
        return float("nan")
    whole = read[2] is not None or read[3] is not None or "h" in text  # “9” alone says nothing
    if not whole or (text.endswith("m") and not read[3]):
        return float("nan")
    hour, minute, half = int(read[1]), int(read[2] or 0), read[3]
    if minute > 59 or (half and not 1 <= hour <= 12) or hour > 24 or (hour == 24 and minute):
        return float("nan")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return float(hour * 60 + minute)


def hhmm(minutes: pd.Series) -> pd.Series:
    """HH:MM of minutes since midnight [0 to 1440]; empty where NaN."""
    whole = minutes.fillna(0).astype("int64")
    text = (whole // 60).astype("str").str.zfill(2) + ":" + (whole % 60).astype("str").str.zfill(2)
    return text.where(minutes.notna(), "")


def backwards(opens: pd.Series, closes: pd.Series) -> pd.Series:
    """True where hours [minutes since midnight] close before they open, and no night could explain it."""
    return (closes < opens) & (closes + 1440 - opens > LONGEST_NIGHT) | (closes == opens) & (opens != 0)


def openings(rows: pd.DataFrame) -> pd.DataFrame:
    """Weekly hours as the schedule holds them: one row an opening, never past midnight.

    `rows`: service_id, byday [MO to SU], opens_at, closes_at [times `clock` reads], any day of the week once or
    more. An opening that ends after midnight becomes two rows, the second on the next day; all day is 00:00 to 24:00;
    00:00 to 00:00 is how some programs write “closed”, and gives no row. Rows without two times, or `backwards`, give
    none: the loader refuses them with their line before. Overlapping openings of a day are one.
    """
    opens, closes = clock(rows["opens_at"]), clock(rows["closes_at"])
    closes = closes.mask(closes == 1439, 1440)  # 23:59 is how a program that has no 24:00 writes it
    stands = opens.notna() & closes.notna() & rows["byday"].isin(DAYS) & ~backwards(opens, closes) & ~(
        (opens == 0) & (closes == 0)
    )
    one = pd.DataFrame({
        "service_id": rows["service_id"], "byday": rows["byday"], "opens": opens, "closes": closes,
    })[stands]
    night = one["closes"] < one["opens"]
    following = dict(zip(DAYS, (*DAYS[1:], DAYS[0]), strict=True))
    after = one[night & (one["closes"] > 0)]
    after = after.assign(byday=after["byday"].map(following), opens=0.0)
    before = one.assign(closes=one["closes"].mask(night, 1440))
    before = before[before["opens"] < before["closes"]]  # from 24:00 on, all of it is on the next day
    one = pd.concat([before, after]).sort_values(
        ["service_id", "byday", "opens", "closes"], kind="stable"
    )
    # Openings of a day that meet or overlap are one: a new one begins only after all those before have closed.
    day = [one["service_id"], one["byday"]]
    latest = one["closes"].groupby(day).cummax().groupby(day).shift()
    begins = ~(one["opens"] <= latest)
    whole = one.groupby([*day, begins.cumsum().rename("opening")], as_index=False, sort=False).agg(
        opens=("opens", "min"), closes=("closes", "max"),
    )
    return pd.DataFrame({
        "service_id": whole["service_id"], "byday": whole["byday"],
        "opens_at": hhmm(whole["opens"]), "closes_at": hhmm(whole["closes"]),
    })


def weekday(text: pd.Series) -> pd.Series:
    """MO to SU of a day's name in English or French, its first letters, its HSDS code, or its number (1 = Monday).

    >>> weekday(pd.Series(["Monday", "tues", "Mercredi", "7", "SA", "x"])).tolist()
    ['MO', 'TU', 'WE', 'SU', 'SA', '']
    """
    return text.fillna("").astype("str").str.strip().str.strip(".:").str.casefold().map(_WEEKDAY).fillna("")


def _weekdays() -> dict[str, str]:
    english = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    french = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    known = {}
    for number, (code, en, fr) in enumerate(zip(DAYS, english, french, strict=True), start=1):
        shorter = {en[:n] for n in range(3, len(en) + 1)} | {fr[:n] for n in range(3, len(fr) + 1)}
        known |= dict.fromkeys((*shorter, code.casefold(), str(number), f"{en}s", f"{fr}s"), code)
    return known


_WEEKDAY = _weekdays()
