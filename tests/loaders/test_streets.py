"""Streets read from an extract: which ways are walked, what breaks, what is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from loaders.catalog import LoadError
from loaders.streets import on_foot, walked

# Two streets that cross at node 2, a motorway, a private lane that says people may walk, and an island.
OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
  <node id="1" version="1" lat="45.500" lon="-73.600"/><node id="2" version="1" lat="45.500" lon="-73.599"/>
  <node id="3" version="1" lat="45.500" lon="-73.598"/><node id="4" version="1" lat="45.501" lon="-73.599"/>
  <node id="5" version="1" lat="45.502" lon="-73.599"/><node id="6" version="1" lat="45.510" lon="-73.599"/>
  <node id="7" version="1" lat="45.520" lon="-73.500"/><node id="8" version="1" lat="45.521" lon="-73.500"/>
  <way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
  <way id="2" version="1"><nd ref="2"/><nd ref="4"/><tag k="highway" v="service"/><tag k="access" v="private"/>
    <tag k="foot" v="yes"/></way>
  <way id="3" version="1"><nd ref="4"/><nd ref="6"/><tag k="highway" v="motorway"/></way>
  <way id="4" version="1"><nd ref="7"/><nd ref="8"/><tag k="highway" v="path"/></way>
  <way id="5" version="1"><nd ref="4"/><nd ref="99"/><nd ref="5"/><tag k="highway" v="footway"/></way>
</osm>
"""


def test_the_network_of_a_small_extract(tmp_path: Path) -> None:
    extract = tmp_path / "small.osm"
    extract.write_text(OSM, encoding="utf-8")
    found = walked(extract, tmp_path / "kept")
    # Nodes 1 to 5, 7 and 8: the motorway's end is not walked to. 4 to 5 passes a node the extract lacks: no stretch.
    assert len(found["at"]) == 7  # type: ignore[arg-type]
    assert found["metres"].nnz == 2 * 4  # type: ignore[attr-defined] # 1-2, 2-3, 2-4, 7-8, both ways
    assert len(found["main"]) == 4  # type: ignore[arg-type]
    assert found["metres"].max() == pytest.approx(111.2, abs=0.5)  # type: ignore[attr-defined]
    assert found["covers"] == (-73.6, 45.5, -73.5, 45.521)


def test_a_second_reading_needs_no_osmium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extract = tmp_path / "small.osm"
    extract.write_text(OSM, encoding="utf-8")
    first = walked(extract, tmp_path / "kept")
    monkeypatch.setitem(sys.modules, "osmium", None)
    second = walked(extract, tmp_path / "kept")
    assert np.array_equal(first["at"], second["at"])  # type: ignore[arg-type]
    extract.write_text(OSM.replace("45.510", "45.511"), encoding="utf-8")
    with pytest.raises(LoadError, match=r"small\.osm: .*optional package osmium"):
        walked(extract, tmp_path / "kept")


@pytest.mark.parametrize(("name", "content", "fault"), [
    ("cut.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader", "not a whole OpenStreetMap extract"),
    ("text.osm.pbf", b"<html>404</html>", "not a whole OpenStreetMap extract"),
    ("none.osm", b'<?xml version="1.0"?><osm version="0.6"></osm>', "no street open to people on foot"),
])
def test_a_broken_extract_is_refused_by_name(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    extract = tmp_path / name
    extract.write_bytes(content)
    with pytest.raises(LoadError, match=fault) as told:
        walked(extract, tmp_path / "kept")
    assert str(told.value).startswith(name) and not (tmp_path / "kept").exists()


def test_an_absent_extract_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is not there"):
        walked(tmp_path / "no.osm.pbf", tmp_path)


@pytest.mark.parametrize(("tags", "walks"), [
    ({"highway": "residential"}, True), ({"highway": "motorway"}, False), ({"highway": "trunk", "foot": "yes"}, True),
    ({"highway": "footway", "access": "private"}, False), ({"highway": "steps", "foot": "no"}, False),
])
def test_who_may_walk_where(tags: dict[str, str], walks: bool) -> None:
    assert on_foot(tags) is walks
