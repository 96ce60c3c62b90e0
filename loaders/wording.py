"""What a directory writes, as a reader should see it: no markup, no sentinel, languages by their code."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser

import pandas as pd

LONGEST_TEXT = 20_000
# A marker of the publisher's own program: capitals between number signs, one side of which may be lost.
SENTINEL = re.compile(r"#{2,}\s*[A-Z]{2,10}\s*#{2,}|#{3}[A-Z]{2,10}\b|\b[A-Z]{2,10}#{3}")

_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&#?\w+;")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class _Words(HTMLParser):
    """Collects what a reader would see of a fragment of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  its signature
        self.hidden += tag in ("script", "style")
        self.seen.append("\n" if tag in ("br", "p", "li", "div", "tr") else "")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in ("script", "style")))

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.seen.append(data)


def _without_markup(text: str) -> str:
    for _ in range(3):  # markup is sometimes escaped, then escaped again
        if not _MARKUP.search(text):
            break
        words = _Words()
        words.feed(text)
        words.close()
        text = html.unescape("".join(words.seen))
    return text


def words(text: pd.Series, *, lines: bool = False) -> pd.Series:
    """Text as a reader should see it: no markup, no "\\n" spelt out, no sentinel, no invisible sign, no outer space.

    `lines` keeps line breaks (one blank line at most); otherwise any run of spaces is one. A text past `LONGEST_TEXT`
    signs is cut with an ellipsis. Empty stays empty.

    >>> words(pd.Series(["<b>Soupe</b> &amp; pain\\\\n###ABC###", "a < b"])).tolist()
    ['Soupe & pain', 'a < b']
    """
    out = text.astype("object").fillna("").astype("str")  # a column where nothing is told is one of numbers
    long = out.str.len() > LONGEST_TEXT
    if long.any():
        out = out.mask(long, out.str.slice(0, LONGEST_TEXT) + "…")
    marked = out.str.contains(_MARKUP)
    if marked.any():
        out = out.mask(marked, out[marked].map(_without_markup).reindex(out.index))
    out = out.str.replace(r"\\r|\\n|\r\n?", "\n", regex=True).str.replace("\\t", " ", regex=False)
    out = out.str.replace(SENTINEL, "", regex=True).str.replace(_UNSEEN, "", regex=True).str.normalize("NFC")
    if lines:
        out = out.str.replace(r"[^\S\n]+", " ", regex=True).str.replace(r" ?\n ?", "\n", regex=True)
        out = out.str.replace(r"\n{3,}", "\n\n", regex=True)
    else:
        out = out.str.replace(r"\s+", " ", regex=True)
    return out.str.strip()


def without_mailboxes(text: pd.Series) -> pd.Series:
    """Text with “…” for its e-mail addresses: many of those in a listing are a person's.

    >>> without_mailboxes(pd.Series(["write to m.une@example.org."])).tolist()
    ['write to ….']
    """
    return text.str.replace(_MAILBOX, "…", regex=True)


def languages(text: pd.Series) -> pd.Series:
    """ISO 639 codes, comma separated, of the languages a free text names; empty where it names none.

    >>> languages(pd.Series(["French; English", "français et anglais", "ask us"])).fillna("").tolist()
    ['fr,en', 'fr,en', '']
    """
    each = text.fillna("").str.split(r"[,;&/\n]|\b(?:and|et|via)\b", regex=True).explode()
    code = language_codes(each)
    return code[code != ""].groupby(level=0).agg(lambda codes: ",".join(dict.fromkeys(codes))).reindex(text.index)


def language_codes(text: pd.Series) -> pd.Series:
    """ISO 639 code of a language named in English or French, or already a code; empty where it is neither.

    >>> language_codes(pd.Series(["English", "créole haïtien", "fr", "Spanish (limited)", "on request"])).tolist()
    ['en', 'ht', 'fr', 'es', '']
    """
    names = _language_names()

    def code(word: str) -> str:
        plain = re.sub(r"\(.*?\)", "", word).strip().strip(".").casefold()
        plain = unicodedata.normalize("NFC", plain.replace("-", " "))
        return names.get(plain, "")

    own = text.astype("object").fillna("").astype("str")
    return own.map({word: code(word) for word in own.unique()})


@cache
def _language_names() -> dict[str, str]:
    from babel import Locale  # its tables take a tenth of a second: only a directory needs them

    known: dict[str, str] = {}
    for locale in ("fr", "en"):
        for code, name in Locale(locale).languages.items():
            if re.fullmatch("[a-z]{2,3}", code):
                known[name.replace("-", " ").casefold()] = code
                known[code] = code
    # What directories write: in both cities at hand the Creole spoken is Haitian.
    creole = dict.fromkeys(("creole", "créole", "haitian"), "ht")
    return known | creole | {"mandarin": "zh", "cantonese": "yue", "farsi": "fa"}
