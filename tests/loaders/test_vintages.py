"""Two vintages of a listing: nothing is counted twice, a new name is proposed and never decided."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders import programme_list
from loaders.__main__ import main
from loaders.draft import Draft
from loaders.staging import sha256
from loaders.values import folded
from loaders.vintages import compare, folded_address, folded_name, lines, listed, metres_apart, pairs
from tests.loaders.small import draft, source
from tests.loaders.test_programme_list import MEAL, VANCOUVER, WITHIN, loaded

FIELDS = ["id", "name", "address", "lon", "lat", "status"]


def listing(*rows: tuple[str, str, str, float, float, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=FIELDS)


PHARE = ("1", "Le Phare", "1 rue A", -73.5, 45.5, "active")
ABRI = ("2", "L’Abri", "2 rue B", -73.6, 45.6, "active")


def told(changes: pd.DataFrame) -> list[list[object]]:
    """change, before_id, after_id, field of every row; NaN as an empty string."""
    return changes[["change", "before_id", "after_id", "field"]].fillna("").to_numpy().tolist()


# --- laws ------------------------------------------------------------------------------------------------

RECORD = st.tuples(
    st.sampled_from("abcdefgh"), st.sampled_from(["", "Le Phare", "PHARE", "Phare Inc.", "Quest Food", "Quest Fair"]),
    st.sampled_from(["", "1 rue A", "1, Rue A", "9 av B"]), st.sampled_from([-73.5, -73.50001, float("nan")]),
    st.sampled_from([45.5, 45.50001, float("nan")]), st.sampled_from(["active", "inactive", ""]),
)
LISTING = st.lists(RECORD, max_size=8, unique_by=lambda r: r[0]).map(lambda rows: listing(*rows))


@settings(max_examples=40)
@given(LISTING)
def test_a_listing_compared_with_itself_gives_nothing(one: pd.DataFrame) -> None:
    assert compare(one, one.sample(frac=1, random_state=0)).empty


@settings(max_examples=40)
@given(LISTING, LISTING)
def test_opened_and_closed_swap_when_the_two_swap(one: pd.DataFrame, other: pd.DataFrame) -> None:
    there, back = compare(one, other), compare(other, one)
    for change, opposite in (("opened", "closed"), ("closed", "opened"), ("changed", "changed")):
        ids = {"opened": ["after_id"], "closed": ["before_id"], "changed": ["before_id", "after_id", "field"]}[change]
        swapped = [{"before_id": "after_id", "after_id": "before_id"}.get(name, name) for name in ids]
        assert sorted(map(tuple, there.loc[there["change"] == change, ids].to_numpy().tolist())) == sorted(
            map(tuple, back.loc[back["change"] == opposite, swapped].to_numpy().tolist())
        )


@settings(max_examples=40)
@given(LISTING, LISTING)
def test_every_record_of_both_is_accounted_for_exactly_once(one: pd.DataFrame, other: pd.DataFrame) -> None:
    found = pairs(one, other)
    assert sorted(found["before_id"].dropna()) == sorted(one["id"])
    assert sorted(found["after_id"].dropna()) == sorted(other["id"])
    changes = compare(one, other)
    alone = found["before_id"].isna() | found["after_id"].isna()
    assert changes["change"].isin(["opened", "closed"]).sum() == alone.sum()
    proposed = changes[changes["change"] == "renamed"]
    # A proposal decides nothing: both its records are still among the closed and the opened, and in no other proposal.
    for side, change in (("before_id", "closed"), ("after_id", "opened")):
        assert set(proposed[side]) <= set(changes.loc[changes["change"] == change, side])
        assert not proposed[side].duplicated().any()


@settings(max_examples=40)
@given(LISTING, LISTING, st.integers(0, 5))
def test_the_order_of_the_rows_is_irrelevant(one: pd.DataFrame, other: pd.DataFrame, seed: int) -> None:
    shuffled = compare(one.sample(frac=1, random_state=seed), other.sample(frac=1, random_state=seed + 1))
    pd.testing.assert_frame_equal(compare(one, other), shuffled)


# --- examples --------------------------------------------------------------------------------------------


def test_changes_are_told_by_field() -> None:
    moved = listing(("1", "Le Phare", "1 rue A", -73.51, 45.5, "inactive"), ABRI)
    changes = compare(listing(PHARE, ABRI), moved)
    assert changes[["change", "field", "before", "after"]].to_numpy().tolist() == [
        ["changed", "position", "45.500000, -73.500000", "45.500000, -73.510000"],
        ["changed", "status", "active", "inactive"],
    ]


def test_blank_nan_and_absent_are_the_same_nothing() -> None:
    before = listing(PHARE).assign(phone=None, day=pd.NaT)
    assert compare(before, listing(PHARE).assign(phone="", extra="x", day="")).empty
    gone = listing(("1", "Le Phare", "1 rue A", float("nan"), float("nan"), "active"))
    assert told(compare(listing(PHARE), gone)) == [["changed", "1", "1", "position"]]


def test_one_name_under_another_number_is_one_record_where_nobody_else_bears_it() -> None:
    renumbered = ("9", "Phare, inc.", "1 rue A", -73.5, 45.5, "active")
    assert told(compare(listing(PHARE), listing(renumbered))) == [
        ["changed", "1", "9", "id"], ["changed", "1", "9", "name"],
    ]
    two = listing(renumbered, ("8", "LE PHARE", "7 rue Z", -73.9, 45.9, "active"))
    assert set(compare(listing(PHARE), two)["change"]) == {"closed", "opened", "renamed"}


def test_a_new_name_at_the_same_door_is_proposed_and_explained() -> None:
    before = listing(("1", "Quest Food Exchange Grocery", "2020 Dundas St", -73.5, 45.5, "active"))
    after = listing(("2", "Quest Grocery Markets", "2020 Dundas Street", -73.9, 45.9, "active"))
    changes = compare(before, after)
    assert changes["change"].tolist() == ["closed", "opened", "renamed"]
    proposal = changes.iloc[2]
    assert (proposal["before"], proposal["after"]) == ("Quest Food Exchange Grocery", "Quest Grocery Markets")
    assert 75 <= proposal["score"] < 100 and "même adresse" in proposal["why_fr"] and "same" in proposal["why_en"]
    elsewhere = compare(before, after.assign(address="9 Elm St"))
    assert elsewhere["change"].tolist() == ["closed", "opened"]  # the same two names, at two places
    near = compare(before, after.assign(address="", lon=-73.5004, lat=45.5))
    assert near["change"].tolist()[-1] == "renamed" and "31 m" in near["why_en"].iloc[-1]


def test_two_organizations_of_one_building_are_not_one() -> None:
    before = listing(("1", "Clinique du Parc", "1 rue A", -73.5, 45.5, "active"))
    after = listing(("2", "Soupe populaire", "1 rue A", -73.5, 45.5, "active"))
    assert compare(before, after)["change"].tolist() == ["closed", "opened"]
    unnamed = compare(before.assign(name=""), after.assign(name="—"))
    assert unnamed["change"].tolist() == ["closed", "opened"]


def test_each_record_is_in_the_best_proposal_alone() -> None:
    here, there = ("1 A", -73.5, 45.5, ""), ("2 B", 0.0, 0.0, "")
    before = listing(("1", "Quest Food (Dundas)", *here), ("2", "Quest Food (Hastings)", *there))
    after = listing(("3", "Quest Market (Hastings)", *there), ("4", "Quest Market (Dundas)", *here))
    proposed = compare(before, after).query("change == 'renamed'")
    assert proposed[["before_id", "after_id"]].to_numpy().tolist() == [["1", "4"], ["2", "3"]]


def test_a_repeated_identifier_is_refused() -> None:
    with pytest.raises(ValueError, match="'1' is repeated"):
        compare(listing(PHARE, PHARE), listing(ABRI))


def test_folding() -> None:
    assert folded_name("The L'Œuvre — Dépôt, Inc.") == "oeuvre depot"
    assert folded_name("The") == "the" and folded_name("—") == ""
    assert folded(pd.Series(["Sacré-Cœur", "SACRE–COEUR"])).tolist() == ["sacre coeur"] * 2  # in both
    assert folded_address("59 Powell St., Vancouver") == folded_address("59 POWELL Street Vancouver")
    lon, lat = pd.Series([-73.5]).to_numpy(), pd.Series([45.5]).to_numpy()
    assert metres_apart(lon, lat, lon, lat + 0.001)[0] == pytest.approx(111.2, abs=0.1)


# --- the real files and the command ----------------------------------------------------------------------


def test_vancouver_from_one_vintage_to_the_next(raw: Path, tmp_path: Path) -> None:
    vintages = []
    for file in VANCOUVER.values():
        folder = tmp_path / file[-12:-5]
        folder.mkdir()
        shutil.copy(raw / "services" / "vancouver" / file, folder)
        made = draft(folder)
        programme_list.programme_list(made, source("v", file, {"within": WITHIN}))
        vintages.append(listed(made.con, "v"))
    found = pairs(*vintages)
    assert (found["matched_by"] != "").sum() == 77
    assert found["matched_by"].value_counts().to_dict() == {"id": 76, "name": 1, "": 8}  # one moved: its key is new
    changes = compare(*vintages)
    counts = changes["change"].value_counts().to_dict()
    assert (counts["closed"], counts["opened"], counts["renamed"]) == (5, 3, 2)
    renamed = changes[changes["change"] == "renamed"]
    assert renamed[["before", "after"]].to_numpy().tolist() == [
        [f"Quest Food Exchange Low Cost Grocery ({place})", f"Quest Non-Profit Grocery Markets ({place})"]
        for place in ("Dundas", "Hastings")
    ]
    changed = changes[changes["change"] == "changed"]
    assert changed["after_id"].nunique() == 12
    # The date of the last update moved in every one of them; in two, nothing else that we read did.
    by_record = changed.groupby("after_id")["field"].agg(set)
    assert by_record.map(lambda fields: "last_modified" in fields).all()
    assert by_record.map(lambda fields: fields == {"last_modified"}).sum() == 2


def publish(made: Draft, folder: Path, version: str) -> None:
    """The draft as a version of an edition, with the least of a manifest."""
    made.close()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}.duckdb"
    shutil.move(made.path, path)
    facts = {"edition": folder.name, "version": version, "settings": {}, "sha256": sha256(path),
             "bytes": path.stat().st_size, "built_at": "2026-01-01"}
    (folder / f"{version}.json").write_text(json.dumps(facts), encoding="utf-8")
    (folder / "CURRENT").write_text(version, encoding="utf-8")


def test_two_versions_are_compared_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["compare", "--edition", "small", "--versions", str(tmp_path / "versions")]
    second = {**MEAL, "program_name": "Frigo\x1b[31m", "location_address": "3 rue C"}
    publish(loaded(tmp_path / "a", MEAL, second), tmp_path / "versions" / "small", "2026-01-01-001")
    assert main(asked) == 1 and "there are not two versions" in capsys.readouterr().err
    publish(loaded(tmp_path / "b", {**MEAL, "meal_cost": "$2.00"}), tmp_path / "versions" / "small", "2026-02-01-001")
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines() == [
        "small: from 2026-01-01-001 to 2026-02-01-001",
        "1 closed, 0 opened, 1 changed; 0 look renamed (a person decides)",
        "closed   Frigo[31m",
        "changed  Soupe du midi: fees: meals: Free -> meals: $2.00",
    ]
    assert main([*asked, "--before", "2026-02-01-001", "--source", "v"]) == 0
    assert "0 closed, 0 opened, 0 changed" in capsys.readouterr().out
    assert main([*asked, "--before", "1999-01-01-001"]) == 1
    assert "there is no version “1999-01-01-001”" in capsys.readouterr().err


def test_lines_cannot_move_a_terminal() -> None:
    changes = compare(listing(PHARE), listing(("9", "A\x1b]0;b\x07\r\nc" + "x" * 200, "", 0.0, 0.0, "")))
    assert all(line.isprintable() and len(line) < 300 for line in lines(changes))
