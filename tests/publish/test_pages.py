"""What the static pages of toyville say: numbers a pencil finds, in both languages, without a script."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pandas as pd
import pytest
from lxml.html import HtmlElement

from loaders.store import Store
from publish import food, shelf, site
from publish import pages as press
from tests.publish import small
from views import brief_pdf, services
from views.words import LANGUAGES, speaking

Pages = dict[str, HtmlElement]
WIRE = 100_000


def test_both_languages_have_the_same_pages_and_say_which(pages: Pages) -> None:
    french = {path[3:] for path in pages if path.startswith("fr/")}
    assert french == {path[3:] for path in pages if path.startswith("en/")} and len(french) > 12
    for path, page in pages.items():
        lang = path[:2] if path[:3] in ("fr/", "en/") else "fr"
        assert page.get("lang") == lang and len(page.xpath("//h1")) == 1, path
        if path[:3] in ("fr/", "en/"):
            there = {str(one.get("hreflang")): str(one.get("href")) for one in page.xpath("//link[@rel='alternate']")}
            assert small.target(path, there["fr"])[0] == f"fr/{path[3:]}"
            assert small.target(path, there["en"])[0] == f"en/{path[3:]}"
            (own,) = page.xpath("//link[@rel='canonical']/@href")
            assert small.target(path, str(own))[0] == path


@pytest.mark.parametrize(("lang", "need", "span", "asked"), [
    ("fr", "20,0 %", "de 20,0 à 33,3 %", "60"), ("en", "20.0%", "20.0 to 33.3%", "60"),
])
def test_the_page_of_centre_says_what_its_brief_says(
    pages: Pages, made: dict[str, bytes], lang: str, need: str, span: str, asked: str,
) -> None:
    page = pages[f"{lang}/areas/centre-t2.html"]
    assert need in small.text(page, "//div[@class='numbers three']")  # 60 of 300 residents
    assert span in small.text(page, "//table[@class='compare']")
    assert len(page.xpath("//div[@class='numbers three']/div")) == 3
    taken = map(str, page.xpath("//p[@class='take']/a/@href"))
    files = [small.target(f"{lang}/areas/centre-t2.html", one)[0] for one in taken]
    assert [path[:2] for path in files if path.endswith(".pdf")] == [lang, "en" if lang == "fr" else "fr"]
    assert all(made[path].startswith(b"%PDF-") for path in files if path.endswith(".pdf"))
    assert all("SIMUL" in path for path in files if path.endswith(".pdf"))


def test_the_overview_says_the_four_numbers_of_the_app(pages: Pages, store: Store) -> None:
    from views import overview

    for lang in LANGUAGES:
        with speaking(lang):
            four = overview.made(store)
        page = pages[f"{lang}/overview.html"]
        shown = [small.text(one, ".") for one in page.xpath("//div[@class='numbers']/div")]
        assert len(shown) == 4
        for one, words in zip(four, shown):
            for told in (one.label, one.big):
                assert " ".join(told.replace("\u00a0", " ").split()) in words


def figures(page: HtmlElement) -> list[str]:
    """The numbers of a page's main part as digits, whatever the language writes between them."""
    told = "|".join(str(one) for one in page.xpath("//main//text()"))
    told = re.sub(r"(?<=\d)[\u00a0,.](?=\d)", "", told)
    return sorted(re.findall(r"\d+", told))


@pytest.mark.parametrize("path", ["overview.html", "areas/centre-t2.html", "areas/rive-t5.html"])
def test_both_languages_show_the_same_numbers(pages: Pages, path: str) -> None:
    french, english = figures(pages[f"fr/{path}"]), figures(pages[f"en/{path}"])
    assert french and french == english


# --- find food --------------------------------------------------------------------------------------------


def test_every_listed_place_is_on_the_page_of_its_area_and_no_closed_one(pages: Pages) -> None:
    where = {}
    for path, page in pages.items():
        if path.startswith("fr/food/"):
            for one in page.xpath("//li[@class='place']"):
                where.setdefault(one.get("id"), []).append((path, small.text(one, ".")))
    assert {key: [path for path, _ in found] for key, found in where.items()} == {
        "s1-l1": ["fr/food/nord-t1.html"], "s2-l2": ["fr/food/centre-t2.html"], "s3-l3": ["fr/food/colline-t3.html"],
    }  # S4 is gone for good, G1 is a grocery
    ((_, told),) = where["s1-l1"]
    assert "Lundi de 17 h à 19 h 30; mercredi de 10 h à midi" in told and "Simulé" in told
    ((_, told),) = where["s3-l3"]
    assert "Heures inconnues" in told and "jamais vérifiée" in told


def test_the_first_page_counts_places_by_area_and_names_the_day(pages: Pages) -> None:
    front = small.text(pages["fr/index.html"], "//ul[@class='areas']")
    assert front == ("Centre 1 lieu inventé Colline 1 lieu inventé Nord 1 lieu inventé Parc 0 lieu inventé "
                     "Rive 0 lieu inventé")
    week = small.text(pages["en/food/nord-t1.html"], "//details[@class='by'][1]")
    assert "Monday 1 place" in week and "5 p.m. to 7:30 p.m." in week and "Tuesday no known place" in week
    empty = small.text(pages["en/food/parc-t4.html"], "//main")
    assert "No known place here. That does not mean there is none." in empty and "Colline" in empty


def test_invented_places_are_marked_unlisted_by_search_engines_and_cannot_be_called(
    pages: Pages, made: dict[str, bytes],
) -> None:
    for path, page in pages.items():
        if path[3:] != "index.html" and "/food/" not in path:
            continue
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"], path
        assert "sim" in [str(one) for one in page.xpath("//main/p/@class")], path
        assert {str(x) for x in page.xpath("//a[starts-with(@href, 'tel:')]/@href")} == {"tel:211"}
        assert path not in made["sitemap.xml"].decode()
    assert "fr/areas/centre-t2.html" in made["sitemap.xml"].decode()


# --- without a script, without anyone else ---------------------------------------------------------------


def test_nothing_is_written_inside_a_page_that_a_strict_policy_refuses(pages: Pages) -> None:
    for path, page in pages.items():
        assert not page.xpath("//@style | //@onclick | //@onload | //@onerror"), path
        scripts = page.xpath("//script")
        assert all(one.get("src") and not (one.text or "").strip() for one in scripts), path
        assert path in ("404.html", "503.html") or not page.xpath("//style"), path
        assert not page.xpath("//form | //iframe | //object | //embed | //base"), path


def test_what_needs_a_script_is_hidden_until_it_runs(pages: Pages) -> None:
    page = pages["fr/food/nord-t1.html"]
    assert all(one.get("hidden") is not None for one in page.xpath("//*[@class='finder' or @class='scripted']"))
    assert not page.xpath("//li[@class='place' and @hidden]")


def test_every_link_is_relative_and_leads_somewhere(pages: Pages, made: dict[str, bytes]) -> None:
    ids = {path: {str(one) for one in page.xpath("//@id")} for path, page in pages.items()}
    seen = 0
    for path, page in pages.items():
        if path in ("404.html", "503.html"):
            continue  # served at any address: their links begin at the root
        for address in small.addresses(page):
            if address.startswith(("tel:", "https://")):
                assert address == "tel:211" or not page.xpath("//main//a[@href=$x]", x=address) or "data" in path
                continue
            assert not address.startswith(("/", "http:", "//", "javascript:", "data:")), (path, address)
            where, place = small.target(path, address)
            where = "index.html" if where == "." else where
            assert where in made, (path, address)
            assert not place or place in ids[where], (path, address)
            seen += 1
    assert seen > 300


def test_addresses_of_the_style_sheet_are_there_too(made: dict[str, bytes]) -> None:
    (path,) = [path for path in made if path.endswith(".css")]
    found = re.findall(r"url\(([^)#]+)\)", made[path].decode())
    assert len(found) == 2
    assert all(posixpath.join("assets", name) in made for name in found)


def test_the_first_page_is_small_on_the_wire(pages: Pages, made: dict[str, bytes]) -> None:
    def wire(path: str) -> int:
        return len(shelf.packed(path, made[path]) or made[path])

    for path, page in pages.items():
        needed = {small.target(path, str(x))[0] for x in page.xpath(
            "//script/@src | //img/@src | //link[@rel='stylesheet' or @rel='icon']/@href") if x != "data:,"}
        assert wire(path) + sum(map(wire, needed)) <= WIRE, path
    fonts = [path for path in made if path.endswith(".woff2")]
    assert sum(len(made[path]) for path in fonts) < 200_000


def test_the_page_of_a_full_dashboard_stands_alone(pages: Pages, made: dict[str, bytes]) -> None:
    for name in ("503.html", "404.html"):
        page = pages[name]
        assert len(made[name]) <= 20_000
        assert not page.xpath("//script | //img | //link[@href != 'data:,']")
        assert [one.get("lang") for one in page.xpath("//section")] == ["fr", "en"]
        links = {str(x) for x in page.xpath("//a/@href")}
        assert {"/site/fr/index.html", "/site/en/index.html", "tel:211"} <= links
    assert site.WAIT == 30 and "" in [str(x) for x in pages["503.html"].xpath("//a/@href")]  # this address again
    assert "Beaucoup de monde" in small.text(pages["503.html"]) and "30 seconds" in small.text(pages["503.html"])


def test_whole_addresses_are_used_where_the_host_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUVERT_SITE_URL", "https://couvert.example/aide")
    monkeypatch.setattr(brief_pdf, "made", lambda told: told.link.encode())
    made = site.made(store)
    assert b'<link rel="canonical" href="https://couvert.example/aide/fr/areas/centre-t2.html">' in (
        made["fr/areas/centre-t2.html"])
    assert made["fr/areas/couvert_dossier_centre-t2_SIMULE.pdf"] == (
        b"https://couvert.example/aide/fr/areas/centre-t2.html")
    assert b"<loc>https://couvert.example/aide/en/overview.html</loc>" in made["sitemap.xml"]
    assert b"Sitemap: https://couvert.example/aide/sitemap.xml" in made["robots.txt"]
    assert made["503.html"].count(b"https://couvert.example/aide/") == 4


# --- what others wrote ------------------------------------------------------------------------------------

HOSTILE = ('<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{ 7 * 7 }}",
           "'\"><svg/onload=alert(1)>", "</title><script>1</script>", "=cmd()|' /C calc'!A0")


def test_hostile_words_are_shown_and_never_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.services()

    def services_(kind: str | None = None) -> pd.DataFrame:
        rows = real.copy()
        rows["basis"], n = "counted", len(rows)
        for column in ("name", "organization", "address", "eligibility", "fees", "hours", "referral", "delivery"):
            rows[column] = [HOSTILE[(i + len(column)) % len(HOSTILE)] for i in range(n)]
        rows["url"], rows["phone"] = "javascript:alert(1)", "514 555-0123 <script>; javascript:alert(2)"
        rows["service_id"] = rows["service_id"] + '"><script>'
        return rows if kind is None else rows[rows["kind"] == kind]

    monkeypatch.setattr(store, "services", services_)
    monkeypatch.setattr(services, "rows", lambda held: services.written(
        held.services(), held.schedule(), held.service_areas(), held.datasets()))
    made = small.quick(store)
    shown = 0
    for path, page in small.pages(made).items():
        assert all(one.get("src", "").startswith(("../", "assets/")) for one in page.xpath("//script")), path
        assert not page.xpath("//@onerror | //@onload | //img[@src='x']"), path
        assert not [x for x in small.addresses(page) if "javascript" in x.lower()], path
        shown += small.text(page).count("<script>alert(1)</script>")
        dials = {str(x) for x in page.xpath("//a[starts-with(@href, 'tel:')]/@href")}
        assert dials <= {"tel:211", "tel:+15145550123"}
    assert shown > 0
    assert "49" not in small.text(small.pages(made)["fr/food/nord-t1.html"], "//ol")
    table = made[next(path for path in made if "services" in path and path.endswith(".csv"))].decode()
    assert "'=cmd()" in table and "\n=cmd()" not in table and ",=cmd()" not in table


def test_a_page_address_is_https_or_nothing() -> None:
    for bad in ("javascript:alert(1)", "http://a.example", "https://", "https://a b.example", "https://[", "data:x",
                'https://a.example/"onmouseover=1', None, 3):
        assert food.web(bad) == ""
    assert food.web(" https://a.example/é?x=1 ") == "https://a.example/é?x=1"


def test_numbers_of_telephones_are_found_in_what_people_write() -> None:
    assert [(x.shown, x.dial) for x in food.phones("(514) 555-0123 poste 4 ou 438.555.0199")] == [
        ("(514) 555-0123 poste 4 ou", "+15145550123"), ("438.555.0199", "+14385550199")]
    assert [x.dial for x in food.phones("+1 514 555 0123")] == ["+15145550123"]
    assert [(x.shown, x.dial) for x in food.phones("demandez Léa")] == [("demandez Léa", "")]
    assert food.phones("") == food.phones(None) == ()


# --- the same again ---------------------------------------------------------------------------------------


def test_the_same_version_gives_the_same_bytes(made: dict[str, bytes], store: Store) -> None:
    again = small.quick(store)
    assert set(again) == set(made)
    assert [path for path in made if not path.endswith(".pdf") and made[path] != again[path]] == []
    assert shelf.packed("a.html", made["fr/index.html"]) == shelf.packed("a.html", again["fr/index.html"])


def test_templates_refuse_a_word_that_is_not_given(store: Store) -> None:
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        press.Press(store).env.from_string("{{ nothing }}").render()
    assert Path(press.HERE / "templates" / "base.html").is_file()


def test_a_page_read_next_year_says_when_a_source_was_obtained_not_how_long_ago(pages: Pages) -> None:
    for path, page in pages.items():
        assert "il y a" not in " ".join(small.text(one, ".") for one in page.xpath("//*[@class='cv-source']")), path
