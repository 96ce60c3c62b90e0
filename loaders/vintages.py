"""Two vintages of one listing compared: what opened, closed or changed, and which closures look like new names."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from loaders.catalog import LoadError
from loaders.publish import current, published, verify
from loaders.values import LETTERS

# Words that two spellings of one name may or may not carry: articles and legal forms, accents folded.
_SILENT = frozenset((
    "the", "le", "la", "les", "l",
    "inc", "incorporated", "ltd", "limited", "ltee", "limitee", "llc", "corp", "corporation", "enr", "senc", "sencrl",
    "obnl", "osbl",
))
# Street words that are written short in one vintage and whole in the next.
_STREET = {
    "st": "street", "ave": "avenue", "av": "avenue", "rd": "road", "dr": "drive", "blvd": "boulevard",
    "boul": "boulevard", "n": "north", "s": "south", "e": "east", "w": "west",
}
_WORD = re.compile(r"[^\W_]+")

NEAR_M = 60.0  # a building and its entrance, geocoded twice
# Half of what two names lack is forgiven at one place, so that 75 asks for names half alike there. Of the pairs of
# programmes that stand side by side in Vancouver's list, 1 in 100 at two places passes for one under two names.
LEAST, _FORGIVEN = 75.0, 0.5
_CHUNK = 500  # rows of names scored at a time: memory stays below a few MB for a listing of ten thousand

COLUMNS = (
    "change", "before_id", "after_id", "name", "field", "before", "after", "score", "why_fr", "why_en",
)
_ORDER = ("closed", "opened", "renamed", "changed")


def _words(text: str) -> list[str]:
    """Words of a text, case, accents and punctuation folded: “L’Œuvre” gives l, oeuvre."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return _WORD.findall("".join(c for c in bare if not unicodedata.combining(c)))


def folded_name(name: str) -> str:
    """A name without case, accents, punctuation, articles and legal forms; “” where it has no word.

    >>> folded_name("The Dépôt Alimentaire, Inc.")
    'depot alimentaire'
    """
    words = _words(name)
    return " ".join([word for word in words if word not in _SILENT] or words)


def folded_address(address: str) -> str:
    """An address without case, accents and punctuation, its street words whole; “” where it has no word.

    >>> folded_address("59 Powell St., Vancouver")
    '59 powell street vancouver'
    """
    return " ".join(_STREET.get(word, word) for word in _words(address))


def pairs(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Every record of two listings, once: before_id, after_id [NaN where it has no fellow], matched_by.

    `before`, `after`: id [unique], name. matched_by is id; name, where the identifier changed but one record on each
    side, and only one, bears the name; or “” for a record that only one listing has. Raises ValueError where an
    identifier is repeated: the comparison would count a record twice.
    """
    for listing in (before, after):
        if listing["id"].duplicated().any():
            raise ValueError(f"the identifier {listing.loc[listing['id'].duplicated(), 'id'].iloc[0]!r} is repeated")
    old = pd.DataFrame({"before_id": before["id"], "name": _column(before, "name").map(folded_name)})
    new = pd.DataFrame({"after_id": after["id"], "name": _column(after, "name").map(folded_name)})
    same = old.loc[old["before_id"].isin(new["after_id"]), "before_id"]
    by_id = pd.DataFrame({"before_id": same, "after_id": same, "matched_by": "id"})
    alone = [
        side[(side["name"] != "") & ~side["name"].duplicated(keep=False) & ~side.iloc[:, 0].isin(same)]
        for side in (old, new)
    ]
    by_name = alone[0].merge(alone[1], on="name")[["before_id", "after_id"]].assign(matched_by="name")
    found = pd.concat([by_id, by_name], ignore_index=True)
    gone = old.loc[~old["before_id"].isin(found["before_id"]), ["before_id"]]
    come = new.loc[~new["after_id"].isin(found["after_id"]), ["after_id"]]
    return pd.concat([found, gone.assign(matched_by=""), come.assign(matched_by="")], ignore_index=True)


def compare(before: pd.DataFrame, after: pd.DataFrame, *, near_m: float = NEAR_M, least: float = LEAST) -> pd.DataFrame:
    """What happened between two vintages of one listing.

    `before`, `after`, one row a record: id [unique], name, address, lon, lat [degrees; NaN = not placed], and any
    further columns (status, phone, last_modified …); those that both have are compared.

    Returns one row a change, columns COLUMNS: opened (only in `after`), closed (only in `before`), changed (one field
    of a record that both have: before, after [text; empty = blank]; `position` where it moved by more than a metre,
    `id` where only the name told that it is the same record), and renamed: a closed and an opened record that look
    like one, with score [0 to 100] and the reason in both languages. A renaming is a proposal: its two records stay
    in opened and closed until a person decides. No row = nothing changed.
    """
    found = pairs(before, after)
    old, new = before.set_index("id", drop=False), after.set_index("id", drop=False)
    gone = old.loc[found.loc[found["after_id"].isna(), "before_id"]]
    come = new.loc[found.loc[found["before_id"].isna(), "after_id"]]
    closed = pd.DataFrame({"before_id": gone["id"], "name": _column(gone, "name")}).assign(change="closed")
    opened = pd.DataFrame({"after_id": come["id"], "name": _column(come, "name")}).assign(change="opened")
    both = found.dropna(subset=["before_id", "after_id"])
    parts = [closed, opened, _renamed(gone, come, near_m, least), _changed(both, old, new)]
    frame = pd.concat([part for part in parts if len(part)] or [closed], ignore_index=True)
    frame = frame.reindex(columns=list(COLUMNS))
    frame["change"] = pd.Categorical(frame["change"], categories=_ORDER, ordered=True)
    frame = frame.sort_values(["change", "name", "before_id", "after_id", "field"], ignore_index=True)
    return frame.assign(change=frame["change"].astype("str"))


def metres_apart(lon: np.ndarray, lat: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    """Distance [m; NaN where a position is missing] on a sphere: half a percent is nothing at sixty metres."""
    east = np.radians(lon2 - lon) * np.cos(np.radians((lat + lat2) / 2))
    return np.hypot(east, np.radians(lat2 - lat)) * 6_371_000


def _column(listing: pd.DataFrame, name: str) -> pd.Series:
    """A column as comparable text: blank, NaN and absent are the same, a date is its day."""
    if name not in listing:
        return pd.Series("", index=listing.index, dtype="str")
    values = listing[name]
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    return values.astype("object").where(values.notna(), "").astype("str").str.strip()


def _number(listing: pd.DataFrame, name: str) -> np.ndarray:
    if name not in listing:
        return np.full(len(listing), np.nan)
    return pd.to_numeric(listing[name]).to_numpy(dtype="float64", na_value=np.nan)


def _changed(both: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """One row a record and field that differ, for the pairs of `both`."""
    left, right = old.loc[both["before_id"]], new.loc[both["after_id"]]
    fields = [c for c in left.columns if c in right.columns and c not in ("lon", "lat")]
    cells = {field: (_column(left, field).to_numpy(), _column(right, field).to_numpy()) for field in fields}
    differs = {field: a != b for field, (a, b) in cells.items()}
    where = [(_number(side, "lon"), _number(side, "lat")) for side in (left, right)]
    placed = [~np.isnan(lon) & ~np.isnan(lat) for lon, lat in where]
    apart = metres_apart(*where[0], *where[1])
    cells["position"] = (_written(*where[0]), _written(*where[1]))
    differs["position"] = (placed[0] != placed[1]) | (np.nan_to_num(apart) > 1)
    named = (both["matched_by"] == "name").to_numpy()
    rows = [
        pd.DataFrame({
            "change": "changed", "before_id": both["before_id"].to_numpy()[mask],
            "after_id": both["after_id"].to_numpy()[mask], "name": cells["name"][1][mask], "field": field,
            "before": cells[field][0][mask], "after": cells[field][1][mask],
            "why_fr": np.where(named, "même nom, autre identifiant", "")[mask],
            "why_en": np.where(named, "same name, another identifier", "")[mask],
        })
        for field, mask in differs.items() if mask.any()
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))


def _written(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    text = [f"{y:.6f}, {x:.6f}" if not np.isnan(x + y) else "" for x, y in zip(lon, lat, strict=True)]
    return np.array(text, dtype=object)


def _renamed(gone: pd.DataFrame, come: pd.DataFrame, near_m: float, least: float) -> pd.DataFrame:
    """Proposals: the best pairs of a closed and an opened record, each record in one proposal at most."""
    candidates = _candidates(gone, come, near_m, least)
    # Best first; ties by name, so that the order of the rows never decides.
    candidates = candidates.sort_values(["score", "before", "after", "before_id", "after_id"],
                                        ascending=[False, True, True, True, True])
    left: set[str] = set()
    right: set[str] = set()
    kept = []
    for row, a, b in zip(candidates.index, candidates["before_id"], candidates["after_id"], strict=True):
        if a not in left and b not in right:
            left.add(a)
            right.add(b)
            kept.append(row)
    best = candidates.loc[kept]
    why = {f"why_{language}": _reasons(best, near_m, language) for language in ("fr", "en")}
    return best.assign(change="renamed", field="name", name=best["after"], **why)


def _candidates(gone: pd.DataFrame, come: pd.DataFrame, near_m: float, least: float) -> pd.DataFrame:
    """Pairs whose score reaches `least`: ids, names, score, alike [of the names], street [the same], apart [m]."""
    names = [_column(side, "name") for side in (gone, come)]
    folded = [name.map(folded_name).to_numpy(dtype=object) for name in names]
    streets = [_column(side, "address").map(folded_address).to_numpy(dtype=object) for side in (gone, come)]
    places = [(_number(side, "lon"), _number(side, "lat")) for side in (gone, come)]
    parts = []
    for start in range(0, len(gone), _CHUNK):
        some = slice(start, start + _CHUNK)
        # The weaker of the two: a shared word alone would give 100 to token_set_ratio.
        alike = np.minimum(
            process.cdist(folded[0][some], folded[1], scorer=fuzz.token_set_ratio, dtype=np.float64),
            process.cdist(folded[0][some], folded[1], scorer=fuzz.WRatio, dtype=np.float64),
        )
        street = (streets[0][some, None] == streets[1][None, :]) & (streets[1] != "")[None, :]
        apart = metres_apart(places[0][0][some, None], places[0][1][some, None], places[1][0], places[1][1])
        here = street | (apart <= near_m)
        score = np.where(here, alike + (100 - alike) * _FORGIVEN, alike)
        score = np.where((folded[0][some] != "")[:, None] & (folded[1] != "")[None, :], score, 0)
        i, j = np.nonzero(score >= least)
        parts.append(pd.DataFrame({
            "before_id": gone["id"].to_numpy()[some][i], "after_id": come["id"].to_numpy()[j],
            "before": names[0].to_numpy()[some][i], "after": names[1].to_numpy()[j], "score": score[i, j].round(1),
            "alike": alike[i, j], "street": street[i, j], "apart": apart[i, j],
        }))
    names_of = [*COLUMNS, "alike", "street", "apart"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names_of)


def _reasons(best: pd.DataFrame, near_m: float, language: str) -> np.ndarray:
    """Why two records look like one, in words: how alike the names are, and whether the place is the same."""
    here, metres, none, names = {
        "fr": ("même adresse", "à {} m", "autre adresse", "noms semblables à {} %; {}"),
        "en": ("same address", "{} m apart", "another address", "names {}% alike; {}"),
    }[language]
    said = []
    for score, same, distance in zip(best["alike"], best["street"], best["apart"], strict=True):
        near = metres.format(round(distance)) if distance <= near_m else none
        said.append(names.format(round(score), here if same else near))
    return np.array(said, dtype=object)


# The order of a service's places is that of their identifiers: a comparison must not see the order of a file.
SERVICES = """
    SELECT s.*, o.name AS organization, l.address, l.lon, l.lat
    FROM service s LEFT JOIN organization o USING (organization_id)
    LEFT JOIN (
        SELECT service_id, string_agg(address, '; ' ORDER BY location_id) AS address,
            arg_min(lon, location_id) AS lon, arg_min(lat, location_id) AS lat
        FROM service_at_location JOIN location USING (location_id) GROUP BY service_id
    ) l USING (service_id)
    ORDER BY s.service_id
"""


def as_listing(services: pd.DataFrame, dataset_id: str = "") -> pd.DataFrame:
    """What the query SERVICES found, as `compare` reads it: id, name, address, lon, lat, status and its other columns.

    A service of several places has all their addresses, in the order of their identifiers, and the position of the
    first. With `dataset_id`, that source's services alone, under the publisher's own identifiers: one directory
    under two names of source still compares.
    """
    frame = services[services["dataset_id"] == dataset_id] if dataset_id else services
    start = len(f"{dataset_id}:") if dataset_id else 0
    frame = frame.assign(id=frame["service_id"].str.slice(start))
    frame = frame.drop(columns=["service_id", "organization_id", "dataset_id", "basis"])
    return frame.rename(columns={"service_status": "status"}).reset_index(drop=True)


def listed(con: duckdb.DuckDBPyConnection, dataset_id: str = "") -> pd.DataFrame:
    """The listing a database holds, one row a service: see `as_listing`."""
    return as_listing(con.execute(SERVICES).df(), dataset_id)


def compare_versions(folder: Path, before: str = "", after: str = "", dataset_id: str = "") -> pd.DataFrame:
    """The changes between two published versions of one edition: the services of each, compared.

    `after` is the current version where it is not named, `before` the one published before it; `dataset_id` keeps one
    source's services. `attrs` of the frame holds both names. Raises LoadError where there is no such version, or its
    file is not whole.
    """
    known = published(folder)
    after = after or current(folder) or ""
    earlier = [version for version in known if version < after]
    before = before or (earlier[-1] if earlier else "")
    for version in (after, before):
        if version not in known:
            raise LoadError(
                f"there is no version “{version}” of “{folder.name}”" if version else "there are not two versions",
                remedy=f"Published: {', '.join(known) or 'none'}. Build again when a file has changed.",
            )
    listings = []
    for version in (before, after):
        verify(folder, version)
        with duckdb.connect(str(folder / f"{version}.duckdb"), read_only=True) as con:
            listings.append(listed(con, dataset_id))
    changes = compare(*listings)
    changes.attrs = {"before": before, "after": after}
    return changes


def lines(changes: pd.DataFrame) -> list[str]:
    """The changes as lines to print, in English: how many of each, then one a change."""
    counts = changes["change"].value_counts()
    records = changes.loc[changes["change"] == "changed", "after_id"].nunique()
    told = [f"{int(counts.get('closed', 0))} closed, {int(counts.get('opened', 0))} opened, {records} changed; "
            f"{int(counts.get('renamed', 0))} look renamed (a person decides)"]
    for row in changes.astype("object").where(changes.notna(), "").itertuples(index=False):
        if row.change == "changed":
            told.append(f"changed  {_short(row.name)}: {row.field}: {_short(row.before)} -> {_short(row.after)}")
        elif row.change == "renamed":
            told.append(f"renamed? {_short(row.before)} -> {_short(row.after)} ({row.why_en})")
        else:
            told.append(f"{row.change}   {_short(row.name)}")
    return told


def _short(text: object, longest: int = 70) -> str:
    """One printable line: a name from a file must not move the cursor of a terminal."""
    line = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in str(text))).strip()
    return (line if len(line) <= longest else f"{line[: longest - 1]}…") or "(blank)"
