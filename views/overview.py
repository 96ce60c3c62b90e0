"""What the overview shows: its four numbers as HTML, the ranked gaps, and what goes with need."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd

from indicators import INDICATOR
from loaders.store import Store
from views import figure, numbers, session, sources
from views.city import ASKED, against_year, city_row, reach_of, share_of_need, territory, why_none
from views.words import local, plural, say

NEED, FAR, NEAR, FIFTH = (
    INDICATOR[name] for name in
    ("food_insecurity", "need_out_of_reach", "nearest_food_aid", "most_deprived_fifth")
)
REGION = "montreal_region"
PAGES = Path(__file__).resolve().parent.parent / "pages"


# --- the four numbers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """One of the four: its label, the number and its unit apart (or words), one line of context, basis and source."""

    label: str
    big: str
    unit: str
    under: str
    basis: str
    source: str
    word: bool = False
    link: str = ""


def to_html(four: list[Number]) -> str:
    """The four numbers in a row [HTML]: two by two on a tablet, one under the other on a phone."""
    return f'<div class="cv-numbers">{"".join(_number(one) for one in four)}</div>'


def _number(one: Number) -> str:
    space = numbers.NBSP if local("fr", "en") == "fr" else ""
    unit = f"<small>{space}{html.escape(one.unit)}</small>" if one.unit else ""
    tag = f"{figure.tag(one.basis)} " if one.basis else ""
    # « au plus 310 000 » is as wide as two numbers: its words stand above it.
    words, number = ("", one.big) if one.word else _led(one.big)
    side = f'<span class="side">{html.escape(words)} </span>' if words else ""
    return (
        f'<div><div class="label">{html.escape(one.label)}</div>'
        f'<div class="big{" word" if one.word else ""}">{side}{html.escape(number)}{unit}</div>'
        f'<div class="under">{figure.rich(one.under)}{one.link}</div>'
        f'<div class="from">{tag}{html.escape(one.source)}</div></div>'
    )


def _led(big: str) -> tuple[str, str]:
    """The words before a number, and the number.

    >>> _led("au plus 310 000"), _led("22,0")
    (('au plus', '310 000'), ('', '22,0'))
    """
    found = re.match(r"(\D+?)\s(?=\d)", big)
    return (found[1], big[found.end():]) if found else ("", big)


def made(store: Store) -> list[Number]:
    """The four numbers, without a link."""
    return [survey_number(store), need_number(store), far_number(store), asked_number(store)]


def four(store: Store) -> list[Number]:
    """The four numbers, each with its link to the page that says more."""
    onward = (("risk_factors", {}), ("gap_map", {"indicator": NEED.id}), ("gap_map", {"indicator": FAR.id}))
    shown = made(store)
    more = [_more(page, chosen) if has_page(page) else "" for page, chosen in onward]
    return [replace(one, link=link) for one, link in zip(shown, [*more, _asked_link(store, shown[-1])])]


def _asked_link(store: Store, asked: Number) -> str:
    if not has_page("referrals"):
        return ""
    if not asked.word:
        return _more("referrals", {})
    where, words = html.escape(address("referrals")), html.escape(say("overview.asked_go"))
    return f' <a href="{where}" target="_self">{words}</a>' if why_none(store) != "none" else _more("referrals", {})


def _more(page: str, chosen: dict[str, str]) -> str:
    where, words = html.escape(address(page, **chosen)), html.escape(say("overview.more", page=say(f"nav.{page}")))
    return f' <a href="{where}" target="_self">{words}</a>'


def short_source(store: Store, dataset_ids: list[str], *, most: int = 1) -> str:
    """Producer and year of the first sources, in a few words of the reader's language."""
    datasets = sources.datasets(store).set_index("dataset_id")
    told = []
    for name in dataset_ids:
        if name in datasets.index and len(told) < most:
            row = datasets.loc[name]
            told.append(f"{str(row['producer']).split(';')[0].split(', ')[0]}, {row['reference']}")
    return " · ".join(dict.fromkeys(told))


def survey_place(store: Store) -> str:
    """Where the published share shown is of: the region where a survey has one, else the survey's own territory."""
    return REGION if len(store.prevalence(REGION)) else str(store.setting("survey_geography"))


def survey_row(store: Store) -> pd.Series | None:
    """The newest published share of that place, with its `geography`; None where none is published."""
    place = survey_place(store)
    rows = store.prevalence(REGION) if place == REGION else series(store)
    rows = rows[rows["percent"].notna()].sort_values("reference_year")
    return None if rows.empty else rows.assign(geography=place).iloc[-1]


def survey_number(store: Store) -> Number:
    """The newest published share: of the region where there is one, else of the survey's own territory."""
    wide, row = str(store.setting("survey_geography")), survey_row(store)
    place = territory(survey_place(store))
    label = say("overview.survey_label", place=place[:1].lower() + place[1:])
    if row is None:
        return Number(label, say("overview.unknown"), "", "", "", "", word=True)
    share = float(row["percent"]) / 100
    told = [say("overview.survey_under", reference=row["reference_year"], collection=row["collection_year"])]
    if row["geography"] == REGION:
        same = store.prevalence(wide)
        same = same[(same["dataset_id"] == row["dataset_id"]) & (same["reference_year"] == row["reference_year"])]
        if len(same) and numbers.known(same["percent"].iloc[0]):
            beside = numbers.percent(float(same["percent"].iloc[0]) / 100)
            told.append(say("overview.survey_beside", place=territory(wide), value=beside))
    limits = numbers.span(row["low"] / 100, row["high"] / 100, "share")
    told.append(say("overview.survey_range", span=limits) if limits else say("overview.survey_no_range"))
    source = short_source(store, [str(row["dataset_id"])])
    return Number(label, numbers.decimal(100 * share, 1), "%", " ".join(told), str(row["basis"]), source)


def need_number(store: Store) -> Number:
    """People estimated in food-insecure households of the city."""
    row = city_row(store, NEED.id)
    if row is None:
        return Number(say("overview.need_label"), say("overview.unknown"), "", "", "", "", word=True)
    span = numbers.people_span(row["low"] * row["denominator"], row["high"] * row["denominator"], city=True)
    under = say("overview.need_under", share=numbers.percent(row["value"]), span=span)
    source = short_source(store, sources.behind(store, NEED), most=2)
    return Number(
        say("overview.need_label"), numbers.people(row["numerator"], city=True), "", under, str(row["basis"]), source,
    )


def far_number(store: Store) -> Number:
    """Of them, people with no food aid within the default reach, and their share of the need."""
    need, far = city_row(store, NEED.id), city_row(store, FAR.id, reach_of(store))
    label = say("overview.far_label", reach=numbers.reach(store.setting("reach_m")))
    if need is None or far is None:
        return Number(label, say("overview.unknown"), "", "", "", "", word=True)
    span = numbers.people_span(far["low"] * far["denominator"], far["high"] * far["denominator"], city=True)
    under = say("overview.far_under", share=share_of_need(need, far), span=span) if span else say(
        "overview.far_under_listed", share=share_of_need(need, far),
    )
    listed = store.services(str(store.setting("food_kind")))["dataset_id"].unique().tolist()
    return Number(
        label, people_out(far, city=True), "", under, str(far["basis"]), short_source(store, listed),
    )


def people_out(far: pd.Series, *, city: bool = False) -> str:
    """People out of reach; « au plus » as many where the listing is incomplete."""
    return numbers.people_limited(far["numerator"], far["value"], far["low"], far["high"], city=city)


def asked_number(store: Store) -> Number:
    """Food needs noted in twelve months against the year before, or why there is no such number."""
    label, now = say("overview.asked_label"), city_row(store, ASKED.id)
    if now is None:
        why = say(f"overview.asked_why_{why_none(store)}")
        return Number(label, say("overview.asked_none"), "", why, "", "", word=True)
    source = short_source(store, sources.behind(store, ASKED))
    return Number(label, numbers.count(now["numerator"]), "", against_year(store), str(now["basis"]), source)


# --- published series -------------------------------------------------------------------------------------


def series(store: Store) -> pd.DataFrame:
    """The one series the edition follows: its survey, its territory, by year."""
    rows = store.prevalence(str(store.setting("survey_geography")))
    return rows[rows["dataset_id"] == store.setting("survey_dataset")].reset_index(drop=True)


def all_series(store: Store) -> pd.DataFrame:
    """Every published series of the edition's territories, side by side, never merged."""
    wide = str(store.setting("survey_geography"))
    found = [store.prevalence(place).assign(geography=place) for place in (REGION, wide)]
    rows = pd.concat([frame for frame in found if len(frame)]) if any(len(frame) for frame in found) else found[0]
    titles = sources.datasets(store).set_index("dataset_id")
    rows["title"] = rows["dataset_id"].map(titles["title"])
    return rows.reset_index(drop=True)


def address(page: str, **chosen: str) -> str:
    """The address of another page for the same reader: language and version kept, `chosen` added."""
    pairs = {"lang": local("fr", "en"), "version": session.version(), **chosen}
    return f"{page}?{urlencode(pairs)}"  # a code from a file may hold & or é


def has_page(name: str) -> bool:
    """Whether a page is there to link to."""
    return (PAGES / f"{name}.py").is_file()


def onward(page: str, key: str, **chosen: str) -> str:
    """A link [HTML] to the page that answers next, in the words of `key`; nothing where that page is not there."""
    if not has_page(page):
        return ""
    where = html.escape(address(page, **chosen))
    return f'<p class="cv-next"><a href="{where}" target="_self">{html.escape(say(key))}</a></p>'


def survey_sentence(store: Store, rows: pd.DataFrame, every: pd.DataFrame) -> str:
    """First and last published year of the series drawn, whether a change can be told, how many series stand by."""
    first, last = rows.iloc[0], rows.iloc[-1]
    told = [say(
        "overview.survey_sentence", place=territory(str(store.setting("survey_geography"))),
        year0=first["reference_year"], value0=numbers.percent(first["percent"] / 100),
        year1=last["reference_year"], value1=numbers.percent(last["percent"] / 100),
    )]
    if rows[["low", "high"]].isna().all(axis=None):
        told.append(say("overview.survey_doubt"))
    others = every.groupby(["dataset_id", "geography"]).ngroups - 1
    if others > 0:
        told.append(plural("overview.survey_series", others, n=numbers.count(others)))
    return " ".join(told)
