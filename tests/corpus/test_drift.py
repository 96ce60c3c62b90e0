"""A file whose columns changed since last time: one that is gone stops and is named, one more does not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from loaders.catalog import TABLES, LoadError
from loaders.sources import LOADERS
from tests.corpus.entry import Seen, loader, mapped, shapes, table
from tests.corpus.workbooks import one as workbook
from tests.corpus.workbooks import text
from tests.loaders.small import BLOCK_OPTIONS, draft, peopled, source, square
from tests.report import record

Row = dict[str, Any]


@dataclass(frozen=True)
class Drift:
    """A file of one row or a few, how it is read, and a column that is needed."""

    name: str
    rows: list[Row]
    write: Callable[[Path, list[Row]], object]
    read: Callable[[Path], Seen]
    needed: str
    warns: bool = False  # where every column is one of ours, one more is noted


def as_csv(folder: Path, rows: list[Row], file: str = "x.csv", delimiter: str = ",") -> None:
    with (folder / file).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def as_package(folder: Path, rows: list[Row]) -> None:
    (folder / "p").mkdir(exist_ok=True)
    as_csv(folder / "p", rows, "services.csv")
    as_csv(folder / "p", [{"id": "o", "name": "Phare"}], "organizations.csv")


def as_contacts(folder: Path, rows: list[Row]) -> None:
    as_csv(folder, rows)
    as_csv(folder, [{"code": "H2X", "area_id": "B1"}], "postal.csv")


def as_workbook(folder: Path, rows: list[Row]) -> None:
    workbook(*[[text(cell) for cell in line] for line in (list(rows[0]), *(list(map(str,
    row.values())) for row in rows))])(folder)


def as_map(folder: Path, rows: list[Row], file: str = "x.geojson") -> None:
    features = [{"type": "Feature", "properties": row, "geometry": square(i, 0)} for i, row in enumerate(rows)]
    (folder / file).write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def as_shapefile(folder: Path, rows: list[Row]) -> None:
    frame = gpd.GeoDataFrame(rows, geometry=[shapely.geometry.shape(square(i, 0)) for i in range(len(rows))], crs=4326)
    frame.to_file(folder / "x.shp", driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8")


def blocks(folder: Path) -> Seen:
    """The blocks of the small city, over its boroughs; the limits are read, then the file of the drift."""
    made = peopled(folder)
    made.con.execute("DELETE FROM area WHERE level <> 'borough'; DELETE FROM demand_point")
    made.con.execute("DELETE FROM load_ledger")
    LOADERS["blocks"](made, source("d", "x.geojson", BLOCK_OPTIONS))
    return Seen(made.con.execute("SELECT point_id, population FROM demand_point ORDER BY 1").fetchall(), [], [], [])


def toml(kind: str, **fields: str) -> str:
    return f'table = "{kind}"\n[fields]\n' + "".join(f"{ours} = {theirs}\n" for ours, theirs in fields.items())


MONTH = '{ column = "when", date = "%Y-%m-%d" }'
PLAIN = [{"id": "1", "n": "2"}, {"id": "3", "n": "4"}]
NEEDS = [{"call": "1", "where": "Nord", "when": "2026-03-02", "what": "food"}]
DRIFTS = (
    Drift("csv", PLAIN, as_csv, table(), "n"),
    Drift("tabs", PLAIN, lambda f, r: as_csv(f, r, delimiter="\t"), table(), "n"),
    Drift("workbook", PLAIN, as_workbook, table(file="x.xlsx"), "n"),
    Drift("json", PLAIN, lambda f, r: (f / "x.json").write_text(json.dumps(r)), table(file="x.json"), "n"),
    Drift("geojson", PLAIN, as_map, shapes(columns=["id", "n"]), "n"),
    Drift("shapefile", PLAIN, as_shapefile, shapes("x.shp", ["id", "n"]), "n"),
    Drift("table", [{"date": "2026-03-01", "kind": "policy", "title_fr": "a", "title_en": "b"}], as_csv,
          loader("table", "x.csv", "SELECT date, kind, title_fr, title_en FROM event", table="event"), "kind",
          warns=True),
    Drift("referral_table", [{"cut": "c", "place_id": "p", "level": "district", "period": "2026-03-01",
        "grain": "month",
                              "need": "food", "outcome": "all", "count": "3"}], as_csv,
          loader("referral_table", "x.csv", "", private="referrals"), "outcome", warns=True),
    Drift("listing", [{"no": "1", "nom": "Soupe", "tel": "514"}], as_csv, mapped(
        toml("listing", id='"no"', name='"nom"', phone='"tel"'), "x.csv",
        "SELECT service_id, name, phone FROM service"),
          "tel"),
    Drift("referrals", NEEDS, as_csv, mapped(
        toml("referrals", id='"call"', place='"where"', period=MONTH, need='"what"'), "x.csv", private="referrals",
        level="borough", grain="month"), "what"),
    Drift("clients", [{"org": "A", "when": "2026-03-01", "n": "9"}], as_csv, mapped(
        toml("clients", organization='"org"', period=MONTH, unit='{ constant = "people" }', count='"n"'), "x.csv",
        private="clients"), "n"),
    Drift("values", [{"where": "Nord", "v": "0.5"}], as_csv, mapped(
        toml("values", area='"where"', variable='{ constant = "x" }', year="{ constant = 2021 }", value='"v"'), "x.csv",
        "SELECT area_id, value FROM census_value", level="borough"), "v"),
    Drift("hsds", [{"id": "s", "organization_id": "o", "name": "Soupe", "status": "active"}], as_package,
          loader("hsds", "p", "SELECT name, service_status FROM service"), "organization_id"),
    Drift("contact_records", [{"need": "1", "when": "2026-03-02", "what": "food", "postal": "H2X"}], as_contacts,
        loader(
        "contact_records", "x.csv", "", with_areas=True, private="referrals", need="what", date="when", postal="postal",
        need_id="need", needs={"food": "food"}, postal_areas="postal.csv", cuts=["borough_week_food"],
        start="2026-03-02", end="2026-03-08"), "what"),
    Drift("service_table", [{"name": "A", "lon": "-73.6", "lat": "45.5", "address": "1 rue"}], as_csv,
          loader("service_table", "x.csv",
          "SELECT name, lon, lat FROM service JOIN location ON service_id = location_id",
                 name="name", lon="lon", lat="lat", address="address", kind="grocery"), "lat"),
    Drift("areas", [{"no": "1", "nom": "Un"}, {"no": "2", "nom": "Deux"}], as_map, loader(
        "areas", "x.geojson", "SELECT area_id, name_fr FROM area ORDER BY 1", level="district", id="no", name="nom",
        pattern=r"\d", vintage=2026), "nom"),
    Drift("blocks", [{"id": "24660001001", "pop": 30, "hh": 10, "land": "0.5", "place": "Nord"}], as_map, blocks, "hh"),
)


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.name)
def test_a_column_that_is_gone_stops_and_is_named(drift: Drift, tmp_path: Path) -> None:
    drift.write(tmp_path, [{f"{k}_new" if k == drift.needed else k: v for k, v in row.items()} for row in drift.rows])
    with pytest.raises(LoadError) as error:
        drift.read(tmp_path)
    assert drift.needed in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.name)
def test_a_column_more_and_another_order_change_nothing(drift: Drift, tmp_path: Path) -> None:
    seen = []
    for i, rows in enumerate((
        drift.rows, [dict(reversed(row.items())) for row in drift.rows],
        [{"nouveau": "x", **row, "autre": "y"} for row in drift.rows],
    )):
        folder = tmp_path / str(i)
        folder.mkdir()
        drift.write(folder, rows)
        seen.append(drift.read(folder))
    assert seen[0].rows and seen[0].rows == seen[1].rows == seen[2].rows
    assert seen[0].refused == seen[1].refused == seen[2].refused == []
    assert seen[0].noted == seen[1].noted == []
    assert seen[2].noted == ([(1, "autre", "unread"), (1, "nouveau", "unread")] if drift.warns else [])


# --- names of columns that are not names ------------------------------------------------------------------

ODD = ['"; DROP TABLE service; --', 'a"b', "select", "c" * 300, "d\0e", "'; DELETE FROM area; --", "*", "é\u202en"]


@pytest.mark.parametrize("header", ODD, ids=lambda name: repr(name[:12]))
def test_a_header_is_never_a_statement(header: str, tmp_path: Path) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["id", header], ["1", "Soupe"]])
    (tmp_path / "x.csv").write_bytes(out.getvalue().encode())
    assert table({"id": "id", "n": header})(tmp_path).rows == [["1", "Soupe"]]
    mapping = toml("listing", id='"id"', name=json.dumps(header))
    if "\0" not in header:
        seen = mapped(mapping, "x.csv", "SELECT service_id, name FROM service")(tmp_path)
        assert seen.rows == [["d:1", "Soupe"]]
    (tmp_path / "2").mkdir()
    made = draft(tmp_path / "2")
    as_csv(tmp_path / "2", [{"date": "2026-03-01", "kind": "k", "title_fr": "a", "title_en": "b", header: "x"}])
    LOADERS["table"](made, source("d", "x.csv", {"table": "event"}))
    assert made.con.execute("SELECT title_fr FROM event").fetchall() == [("a",)]
    assert made.con.execute("SELECT column_name, rule FROM cell_note").fetchall() == [(header, "unread")]
    tables = {name for (name,) in made.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert record(
        19, "names of columns that are statements, through three loaders", "tables intact, header kept as text or told",
        repr(header[:20]), passed=tables == {declared.name for declared in TABLES},
    )
