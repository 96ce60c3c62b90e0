"""No package we install is in the range of an advisory we know of (tests/security/advisories.toml, kept by hand)."""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.report import record

HOUSE = Path(__file__).resolve().parents[2]
LIST = tomllib.loads((Path(__file__).parent / "advisories.toml").read_text("utf-8"))
ADVISORIES: list[dict[str, Any]] = LIST["advisory"]
IDS = re.compile(r"CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}|PYSEC-\d{4}-\d+")
# The newest release of Streamlit that an advisory asks for: older ones are refused even if a pin is moved by hand.
FLOORS = {"streamlit": "1.54.0"}


def pinned(text: str) -> dict[str, set[Version]]:
    """Versions of each package of a compiled list; a package may have one for each version of Python."""
    found: dict[str, set[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(Version(version))
    return found


def hit(advisories: list[dict[str, Any]], packages: dict[str, set[Version]]) -> list[dict[str, Any]]:
    """The advisories whose range holds a version we install; a range that is not known holds every one."""
    def held(one: dict[str, Any]) -> bool:
        installed = packages.get(canonicalize_name(one["package"]), set())
        return any(version in SpecifierSet(one["affected"]) for version in installed)

    return [one for one in advisories if held(one)]


def test_nothing_we_install_has_a_known_advisory() -> None:
    packages = pinned((HOUSE / "requirements.txt").read_text("utf-8"))
    assert len(packages) > 50
    found = hit(ADVISORIES, packages)
    open_ = [one["id"] for one in found if not one.get("acknowledged")]
    assert record(
        59, f"packages with a known advisory (list of {LIST['checked']})", "0 that nobody acknowledged",
        f"{len(ADVISORIES)} advisories, {len(packages)} packages: {len(open_)}, {len(found) - len(open_)} acknowledged",
        passed=not open_,
    ), open_


def test_the_list_is_dated_named_and_about_what_we_install() -> None:
    packages = pinned((HOUSE / "requirements.txt").read_text("utf-8"))
    names = [one["id"] for one in ADVISORIES]
    assert len(set(names)) == len(names)
    for one in ADVISORIES:
        assert IDS.fullmatch(one["id"]) and IDS.fullmatch(one.get("also", one["id"])), one["id"]
        assert isinstance(one["checked"], datetime.date) and one["checked"] <= LIST["checked"]
        assert canonicalize_name(one["package"]) in packages, f"{one['package']} is not installed: take it out"
        assert one["affected"] or one.get("acknowledged"), one["id"]
        assert not one.get("acknowledged") or len(one["acknowledged"]) > 40, f"{one['id']}: say why it may stay"
        SpecifierSet(one["affected"])


def test_floors_are_kept() -> None:
    packages = pinned((HOUSE / "requirements.txt").read_text("utf-8"))
    for name, floor in FLOORS.items():
        assert all(version >= Version(floor) for version in packages[name])


@pytest.mark.parametrize(("line", "found"), [
    ("streamlit==1.53.0 \\\n    --hash=sha256:0", ["CVE-2026-33682"]), ("streamlit==1.54.0", []),
    ("Jinja2==3.1.5", ["CVE-2025-27516"]), ("joserfc==1.3.0", ["CVE-2026-75509"]),
])
def test_an_old_pin_is_found(line: str, found: list[str]) -> None:
    known = [one for one in ADVISORIES if one["affected"]]
    assert [one["id"] for one in hit(known, pinned(line))] == found
