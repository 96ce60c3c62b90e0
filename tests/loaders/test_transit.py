"""Minutes by transit on a real feed: never slower than walking, and no answer for a day without trips."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from indicators.walking import Streets, walking_minutes
from loaders.catalog import LoadError
from loaders.streets import walked
from loaders.transit import transit_minutes

SATURDAY = datetime(2019, 5, 18, 14)  # noqa: DTZ001 — the time of the place, as timetables tell it
QUIET = pytest.mark.filterwarnings("ignore::UserWarning")  # what the library says of stops outside the extract


def _points(raw: Path) -> tuple[list[Path], Path, pd.DataFrame]:
    folder = raw / "network" / "porto_alegre"
    rng = np.random.default_rng(4)
    some = pd.DataFrame({"lon": rng.uniform(-51.23, -51.20, 60), "lat": rng.uniform(-30.05, -30.02, 60)},
                        index=[f"p{row}" for row in range(60)])
    return [folder / "poa_eptc.zip", folder / "poa_trensurb.zip"], folder / "poa.osm.pbf", some


@QUIET
def test_never_slower_than_walking_and_refused_outside_its_dates(raw: Path, tmp_path: Path) -> None:
    pytest.importorskip("cafein", reason="an optional extra")
    feeds, extract, some = _points(raw)
    on_foot = walking_minutes(Streets(**walked(extract, tmp_path)), some, some.iloc[:8], 30)  # type: ignore[arg-type]
    told = transit_minutes(feeds[1:], extract, some, some.iloc[:8], SATURDAY, 30, on_foot)
    both = on_foot.merge(told, on=["origin", "destination"], how="left", suffixes=("_foot", "_transit"))
    assert len(told) >= len(on_foot) > 100
    assert (both["cost_transit"] <= both["cost_foot"] + 1e-9).all()
    with pytest.raises(LoadError, match=r"runs from 20\d\d-\d\d-\d\d to .*; 2030-01-05 is outside"):
        transit_minutes(feeds[1:], extract, some, some, SATURDAY.replace(2030, 1, 5), 30, on_foot)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cafein", None)
    nothing = pd.DataFrame({"lon": [], "lat": []})
    with pytest.raises(LoadError, match=r"feed\.zip: .*optional packages cafein and pyrosm"):
        transit_minutes([Path("feed.zip")], Path("x.osm.pbf"), nothing, nothing, SATURDAY, 30, nothing)
