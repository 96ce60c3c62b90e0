"""What is listed and where: food aid, shops, markets, gardens and community organizations, in HSDS terms."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd
import shapely

from loaders import listing
from loaders.catalog import LoadError
from loaders.draft import Draft
from loaders.edition import Source
from loaders.features import read_features
from loaders.staging import Intake, read_csv, read_json
from loaders.store_scenario import FOOD_AID, SERVED


def add_services(draft: Draft, source: Source, rows: pd.DataFrame) -> None:
    """Write one organization, one service and one location a row: the sources tell no more than that.

    `rows`: id, name, kind, lon, lat [degrees]; optionally form, address, assured_date [a person confirmed the
    listing]. Capacity stays empty: never told.
    """
    key = rows["id"]
    listing.write(draft, source, {
        "organization": rows[["id", "name"]],
        "service": rows.assign(organization_id=key, service_status="active"),
        "location": _locations(rows),
        "service_at_location": pd.DataFrame({"service_id": key, "location_id": key}),
    })


def _locations(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(address=rows.get("address", ""))[["id", "lon", "lat", "address"]]


def _degrees(intake: Intake, lon: str, lat: str) -> None:
    for column, limit in ((lon, 180), (lat, 90)):
        intake.number(column, minimum=-limit, maximum=limit)
        intake.reject(
            intake.rows[column].isna(), column, "empty", "La position est vide.", "The position is empty.",
        )


def service_table(draft: Draft, source: Source) -> None:
    """Services from a CSV of points.

    Options: name, lon, lat, address [columns], kind; optionally form [column], forms [value -> form].
    """
    o = source.options
    columns = [o[key] for key in ("name", "lon", "lat", "address", "form") if key in o]
    intake = read_csv(source.dataset_id, draft.raw, source.file, columns, encoding=o.get("encoding"))
    # The file gives no identifier: its name and position, as written, make one that survives a change of order.
    written = intake.rows[[o["name"], o["lat"], o["lon"]]].agg("|".join, axis=1)
    intake.rows = intake.rows.assign(
        id=[hashlib.sha256(text.encode()).hexdigest()[:10] for text in written], kind=o["kind"]
    )
    _degrees(intake, o["lon"], o["lat"])
    intake.unique("id", compare=columns)
    rows = intake.rows.rename(columns={o["name"]: "name", o["lon"]: "lon", o["lat"]: "lat", o["address"]: "address"})
    if "form" in o:
        rows["form"] = rows[o["form"]].map(o["forms"])
    add_services(draft, source, rows)
    draft.close_intake(intake, source)


def service_points(draft: Draft, source: Source) -> None:
    """Services from a layer of points. Options: id, name, type [columns], kinds [type -> kind], address [columns].

    Types that `kinds` does not name are left out; a record without a position is refused.
    """
    o = source.options
    intake = read_features(source.dataset_id, draft.raw, source.file, [o["id"], o["name"], o["type"], *o["address"]])
    intake.leave_out(f"{o['type']} not asked for", ~intake.rows[o["type"]].isin(o["kinds"]))
    shapes = intake.rows["geometry"].to_numpy()
    intake.reject(
        shapely.is_missing(shapes) | shapely.is_empty(shapes), "geometry", "geometry",
        "La position est vide.", "The position is empty.",
    )
    at = shapely.point_on_surface(intake.rows["geometry"].to_numpy())
    intake.rows = intake.rows.assign(lon=shapely.get_x(at), lat=shapely.get_y(at))
    intake.unique(o["id"], compare=[o["name"], o["type"], *o["address"], "lon", "lat"])
    rows = intake.rows
    add_services(draft, source, pd.DataFrame({
        "id": rows[o["id"]], "name": rows[o["name"]].str.strip(), "kind": rows[o["type"]].map(o["kinds"]),
        "address": rows[o["address"]].agg(" ".join, axis=1).str.replace(r"\s+", " ", regex=True),
        "lon": rows["lon"], "lat": rows["lat"],
    }))
    draft.close_intake(intake, source)


def overpass(draft: Draft, source: Source) -> None:
    """Services from an Overpass answer: tagged nodes, and ways at their centre or the mean of their nodes.

    Options: key [tag that names the type, such as shop], kind. Nodes without tags are the vertices of the ways and
    are left out. A tagged node without `key` (an entrance, a loading dock, a shop that closed) is a place but offers
    nothing: it is kept as a location without a service. A `check_date` tag is a visit by a person: it fills
    assured_date.
    """
    o = source.options
    intake = read_json(source.dataset_id, draft.raw, source.file, lambda answer: _elements(answer, source, o["key"]))
    intake.leave_out("vertices of ways", ~intake.rows["tagged"])
    intake.reject(
        intake.rows["lon"].isna() | intake.rows["lat"].isna(), "lon", "geometry",
        "L’élément n’a pas de position.", "The element has no position.",
    )
    intake.unique("id")
    rows = intake.rows.assign(kind=o["kind"])
    add_services(draft, source, rows[rows["asked"]])
    listing.write(draft, source, {"location": _locations(rows[~rows["asked"]])})
    draft.close_intake(intake, source)


def _elements(answer: Any, source: Source, key: str) -> pd.DataFrame:
    """One row an element: line, id, tagged, asked, name, address, lon, lat, assured_date."""
    if not isinstance(answer, dict) or not answer.get("elements"):
        raise LoadError("it holds no elements", file=source.file, remedy="Ask Overpass again with [out:json].")
    where = {e["id"]: (e["lon"], e["lat"]) for e in answer["elements"] if e["type"] == "node"}
    rows = []
    for line, element in enumerate(answer["elements"], start=1):
        tags = element.get("tags", {})
        # A closed way repeats its first node: count it once.
        nodes = [where[n] for n in dict.fromkeys(element.get("nodes", ())) if n in where]
        if at := element.get("center", element if element["type"] == "node" else None):  # `out center` sends no nodes
            nodes = [(at["lon"], at["lat"])]
        rows.append({
            "line": line, "id": f"{element['type']}/{element['id']}", "tagged": bool(tags), "asked": key in tags,
            "name": tags.get("name") or tags.get("brand") or tags.get("operator") or "",
            "address": " ".join(filter(None, (tags.get("addr:housenumber"), tags.get("addr:street")))),
            "lon": sum(x for x, _ in nodes) / len(nodes) if nodes else float("nan"),
            "lat": sum(y for _, y in nodes) / len(nodes) if nodes else float("nan"),
            "checked": tags.get("check_date"),
        })
    frame = pd.DataFrame(rows)
    # OpenStreetMap accepts a month or a year as a check date: only a whole date is a date.
    return frame.assign(assured_date=pd.to_datetime(frame.pop("checked"), format="%Y-%m-%d", errors="coerce"))


def served(draft: Draft) -> pd.DataFrame:
    """The points each place with a service area may serve: destination [as in `food_aid`], area_id [point].

    A place with no row serves anyone; so does one whose areas all go by names that are none of ours.
    """
    return draft.frame(SERVED)


def food_aid(draft: Draft) -> pd.DataFrame:
    """Active food-aid service points by id: lon, lat, capacity [people a month; NaN = never told], basis.

    A place without a position is listed but not counted: its part of a service's capacity is placed nowhere. A
    service the publisher asks not to refer to is not counted either.
    """
    return draft.frame(FOOD_AID, draft.edition.settings["food_kind"]).set_index("id")
